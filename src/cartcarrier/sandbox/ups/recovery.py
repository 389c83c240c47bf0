"""Finding a label again: ``POST /api/labels/{version}/recovery`` (field guide ups.md §9)."""

from datetime import timedelta

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.ups import answers, documents, fields
from cartcarrier.sandbox.ups.account import ACCOUNT_NUMBER, World, age, created_at, is_voided
from cartcarrier.sandbox.ups.errors import INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node

NOT_FOUND = ("300007", "The label could not be found, or is not processed yet.")
NO_LABEL = ("300032", "There is no label to recover: the driver brings it.")
# Return services whose label UPS mails or brings itself (guide §8, §9: labels of the codes 8 and 9 are recoverable).
_NOT_PRINTED = {"2": ("300002", "The label has been sent by mail and cannot be retrieved.")} | dict.fromkeys(
    ("3", "5", *(str(number) for number in range(11, 21))), NO_LABEL
)
REFERENCE_REACH = timedelta(days=30)
LABEL_LIFE = timedelta(days=90)


def recover(world: World, body: Node) -> Node:
    """Answer a label recovery request.

    Args:
        world: What the platform knows.
        body: The request: a tracking number, several of one shipment, or a reference with the shipper's number.

    Raises:
        UPSError: 300007 nothing is found, or not yet; 300033 what is found is voided; 300006 it is too old; 300002 and 300032
            UPS mails or brings the label; 300001 and 300035 what is asked for belongs to several shipments.
    """
    fields.check_characters(body)
    root = fields.child(body, "LabelRecoveryRequest")
    if not root:
        raise UPSError(MISSING, "LabelRecoveryRequest is required.")
    specification = fields.child(root, "LabelSpecification")
    label_format = fields.text(specification, "LabelImageFormat.Code") or "GIF"
    if label_format not in documents.RECOVERY_FORMATS:
        raise UPSError(INVALID, "LabelSpecification.LabelImageFormat.Code must be GIF, PDF, ZPL, EPL or SPL.")
    found, numbers = _find(world, root)
    request = fields.child(root, "Request")
    if len(found) > 1:
        return {
            "LabelRecoveryResponse": {
                "Response": answers.response(request),
                "TrackingCandidate": [_candidate(shipment) for shipment in found],
            }
        }
    (shipment,) = found
    if (code := shipment["return_code"]) in _NOT_PRINTED:
        raise UPSError(*_NOT_PRINTED[code])
    if age(shipment, world.now()) > LABEL_LIFE:
        raise UPSError("300006", "The label has expired and cannot be retrieved.")
    indices = [
        index
        for index, package in enumerate(shipment["packages"])
        if not numbers or package["tracking_number"] in numbers
    ]
    results = [_result(shipment, index, label_format, first=index == indices[0]) for index in indices]
    made: Node = {
        "Response": answers.response(request),
        "ShipmentIdentificationNumber": shipment["id"],
        "LabelResults": answers.one_or_many(results, single_as_object=bool(world.switch("single_as_object"))),
    }
    if shipment["invoice"]:
        made["Form"] = {"Image": documents.form_image(shipment)}
    return {"LabelRecoveryResponse": made}


def _find(world: World, root: Node) -> tuple[list[Document], frozenset[str]]:
    """Return the shipments that are meant, and the packages of one that are; none means all."""
    listed = fields.find(root, "TrackingNumbers.TrackingNumber") or fields.find(root, "TrackingNumbers") or []
    given = [fields.text(root, "TrackingNumber"), *(listed if isinstance(listed, list) else [listed])]
    numbers = [number for number in given if isinstance(number, str) and number]
    if numbers:
        shipment = world.shipment(numbers[0])
        if shipment is None:
            raise UPSError(*NOT_FOUND)
        _check_ready(world, shipment)
        owners = {found["id"] for found in map(world.shipment, numbers) if found is not None}
        if len(owners) > 1:
            raise UPSError("300035", "The tracking numbers belong to several shipments.")
        value = fields.text(root, "ReferenceValues.ReferenceNumber.Value")
        if value and value not in {reference["value"] for reference in shipment["references"]}:
            raise UPSError("300001", "The tracking number and the reference match several shipments.")
        known = {package["tracking_number"]: package for package in shipment["packages"]}
        if not set(numbers) <= set(known):
            raise UPSError(*NOT_FOUND)
        if all(known[number]["voided_at"] for number in numbers):
            raise UPSError("300033", "The shipment has been voided.")
        return [shipment], frozenset(numbers) if len(numbers) > 1 or numbers[0] != shipment["id"] else frozenset()
    reference = fields.child(root, "ReferenceValues")
    if not reference:
        raise UPSError(MISSING, "A tracking number, or a reference with the shipper number, is required.")
    value = fields.required(reference, "ReferenceNumber.Value")
    number = fields.required(reference, "ShipperNumber")
    if number != ACCOUNT_NUMBER:
        raise UPSError(*NOT_FOUND)
    matching = [
        shipment
        for shipment in world.with_reference(value)
        if _is_ready(world, shipment) and age(shipment, world.now()) <= REFERENCE_REACH
    ]
    if not matching:
        for shipment in world.with_reference(value):
            _check_ready(world, shipment)
        raise UPSError(*NOT_FOUND)
    live = [shipment for shipment in matching if not is_voided(shipment)]
    if not live:
        raise UPSError("300033", "The shipment has been voided.")
    return live, frozenset()


def _check_ready(world: World, shipment: Document) -> None:
    if not _is_ready(world, shipment):
        raise UPSError(world.switch("late_code"), NOT_FOUND[1])


def _is_ready(world: World, shipment: Document) -> bool:
    """Say whether a label can be found by now: the command ``find_late`` lets that take a while."""
    return age(shipment, world.now()) >= timedelta(seconds=float(world.switch("find_late_seconds")))


def _result(shipment: Document, index: int, label_format: str, *, first: bool) -> Node:
    number = shipment["packages"][index]["tracking_number"]
    made: Node = {"TrackingNumber": number}
    if label_format == "PDF":
        if first:  # one document with all labels stands in the first result (guide §9)
            made["LabelImage"] = {"LabelImageFormat": {"Code": "PDF"}, "GraphicImage": documents.labels_pdf(shipment)}
        return made
    image = documents.label_image(shipment, index, label_format)
    made["LabelImage"] = {"LabelImageFormat": {"Code": label_format}, "GraphicImage": image}
    if label_format == "GIF":
        made["LabelImage"]["HTMLImage"] = documents.label_page(shipment, index)
    return made


def _candidate(shipment: Document) -> Node:
    day = created_at(shipment)
    return {
        "TrackingNumber": shipment["id"],
        "DestinationPostalCode": shipment["destination"]["postal_code"][:9],
        "DestinationCountryCode": shipment["destination"]["country"],
        "PickupDateRange": {"BeginDate": f"{day:%Y%m%d}", "EndDate": f"{day + timedelta(days=1):%Y%m%d}"},
    }
