"""Where parcels are: ``POST /track/v1/…`` (field guide fedex.md §7). What is not found is an answer, not an error."""

from datetime import date, timedelta
from typing import Any, Final

from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.account import ACCOUNT_NUMBER, World, age
from cartcarrier.sandbox.fedex.codes import SERVICES
from cartcarrier.sandbox.fedex.dates import read_date
from cartcarrier.sandbox.fedex.errors import FedExError
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.journey import Journey, choose_kind, travel
from cartcarrier.sandbox.fedex.numbers import ANY
from cartcarrier.sandbox.fedex.track_views import IDENTIFIERS, result, unique_id

MAX_NUMBERS: Final = 30
KEPT: Final = timedelta(days=90)
_REFERENCE_DAYS: Final = (timedelta(days=30), timedelta(days=1))
EMPTY: Final = ("TRACKING.TRACKINGNUMBER.EMPTY", "A tracking number is missing.")
INVALID: Final = ("TRACKING.TRACKINGNUMBER.INVALID", "This is no tracking number.")
NOT_FOUND: Final = (
    "TRACKING.TRACKINGNUMBER.NOTFOUND",
    "Nothing is known of this tracking number.",
)
_REFERENCE_NOT_FOUND: Final = (
    "TRACKING.REFERENCENUMBER.NOTFOUND",
    "Nothing is known of this reference.",
)
_REFERENCE_TYPES: Final = frozenset(
    {
        "BILL_OF_LADING", "COD_RETURN_TRACKING_NUMBER", "CUSTOMER_AUTHORIZATION_NUMBER", "CUSTOMER_REFERENCE", "DEPARTMENT",
        "DOCUMENT_AIRWAY_BILL", "EXPRESS_ALTERNATE_REFERENCE", "FEDEX_OFFICE_JOB_ORDER_NUMBER", "FREE_FORM_REFERENCE",
        "GROUND_INTERNATIONAL", "GROUND_SHIPMENT_ID", "INTERNATIONAL_DISTRIBUTION", "INVOICE",
        "JOB_GLOBAL_TRACKING_NUMBER", "ORDER_GLOBAL_TRACKING_NUMBER", "ORDER_TO_PAY_NUMBER", "PART_NUMBER",
        "PARTNER_CARRIER_NUMBER", "PURCHASE_ORDER", "REROUTE_TRACKING_NUMBER", "RETURN_MATERIALS_AUTHORIZATION",
        "RETURNED_TO_SHIPPER_TRACKING_NUMBER", "SHIPPER_REFERENCE", "TRANSBORDER_DISTRIBUTION",
        "TRANSPORTATION_CONTROL_NUMBER", "VIRTUAL_CONSOLIDATION",
    }
)  # fmt: skip
_ASSOCIATIONS: Final = frozenset({"OUTBOUND_LINK_TO_RETURN", "STANDARD_MPS", "GROUP_MPS"})


def track(world: World, body: Node, locale: str) -> Node:
    """Answer a question about up to 30 numbers: one bad number does not fail the others.

    Args:
        world: What the platform knows.
        body: The request.
        locale: The language of the texts.

    Raises:
        FedExError: No number, or too many.
    """
    questions = fields.objects(body, "trackingInfo")
    if not questions:
        raise FedExError(*EMPTY)
    if len(questions) > MAX_NUMBERS:
        raise FedExError("TRACKING.TRACKINGNUMBERS.INVALID", "A request takes at most 30 tracking numbers.")
    detailed = fields.flag(body, "includeDetailedScans")
    answers = [_answer_number(world, question, detailed=detailed, locale=locale) for question in questions]
    return {"completeTrackResults": answers, **_alerts(world)}


def track_reference(world: World, body: Node, locale: str) -> Node:
    """Answer a question about what bears a reference; a fresh label may be found only later (guide §9).

    Raises:
        FedExError: No reference, or nobody to whom it belongs.
    """
    asked = fields.child(body, "referencesInformation")
    value = fields.required(asked, "value", "TRACKING.REFERENCEVALUE.EMPTY", "A reference is missing.")
    kind = fields.text(asked, "type")
    if kind and kind not in _REFERENCE_TYPES:
        raise FedExError("TRACKING.REFERENCETYPE.INVALID", "There is no such type of reference.")
    account = fields.text(asked, "accountNumber")
    postal_code = fields.text(asked, "destinationPostalCode")
    if not account and not (postal_code and fields.text(asked, "destinationCountryCode")):
        text = "The account, or the destination's country and postal code, is missing."
        raise FedExError("TRACKING.ACCOUNTNUMBER.EMPTY", text)
    first, last = _read_window(world, asked, "shipDateEndDate")
    found = [
        (shipment, package)
        for shipment in world.with_reference(value)
        if not account or account == ACCOUNT_NUMBER
        if not postal_code or shipment["destination"]["postal_code"] == postal_code
        if _is_listed(world, shipment) and first <= date.fromisoformat(shipment["ship_date"]) <= last
        if fields.text(asked, "carrierCode") in {"", SERVICES[shipment["service"]].carrier}
        for package in shipment["packages"]
        if any(each["value"] == value and kind in {"", IDENTIFIERS.get(each["type"])} for each in package["references"])
    ]
    if not found:
        return {"completeTrackResults": [{"trackResults": [_failure(*_REFERENCE_NOT_FOUND)]}], **_alerts(world)}
    detailed = fields.flag(body, "includeDetailedScans")
    return {"completeTrackResults": _group(world, found, detailed=detailed, locale=locale), **_alerts(world)}


def track_associated(world: World, body: Node, locale: str) -> Node:
    """Answer a question about the pieces of a shipment, or the returns of an outbound parcel.

    Raises:
        FedExError: No number, or no such kind of association.
    """
    if fields.text(body, "associatedType") not in _ASSOCIATIONS:
        raise FedExError("TRACKING.REFERENCETYPE.INVALID", "There is no such type of association.")
    number = fields.required(body, "masterTrackingNumberInfo.trackingNumberInfo.trackingNumber", *EMPTY)
    shipment = world.shipment(number)
    if body["associatedType"] == "OUTBOUND_LINK_TO_RETURN":
        pieces = [
            (each, piece) for each in world.shipments() if each["outbound"] == number for piece in each["packages"]
        ]
    else:
        pieces = [(shipment, piece) for piece in shipment["packages"]] if shipment and shipment["id"] == number else []
    if not pieces:
        failure = {"trackingNumber": number, "trackResults": [_failure(*NOT_FOUND, number=number)]}
        return {"completeTrackResults": [failure], **_alerts(world)}
    detailed = fields.flag(body, "includeDetailedScans")
    return {"completeTrackResults": _group(world, pieces, detailed=detailed, locale=locale), **_alerts(world)}


def story(world: World, shipment: Document, package: Document) -> Journey:
    """Return a parcel's story up to now."""
    return travel(shipment, package, choose_kind(world.seed, package), world.now())


def find_parcels(world: World, question: Node) -> list[tuple[Document, Document]]:
    """Return the parcels that a ``trackingNumberInfo`` with its window means, oldest first: numbers are used again.

    Raises:
        FedExError: A wrong date.
    """
    number = fields.text(question, "trackingNumberInfo.trackingNumber").upper().replace(" ", "")
    unique = fields.text(question, "trackingNumberInfo.trackingNumberUniqueId")
    first, last = _read_window(world, question, "shipDateEnd", wide=True)
    found = []
    for shipment in world.with_number(number):
        package = next(each for each in shipment["packages"] if each["tracking_number"] == number)
        late = timedelta(seconds=float(world.switch("track_late_seconds")))
        if (
            package.get("journey") == "not_found"
            or age(shipment, world.now()) > KEPT
            or age(shipment, world.now()) < late
        ):
            continue
        if unique and unique_id(shipment, package) != unique:
            continue
        if first <= date.fromisoformat(shipment["ship_date"]) <= last:
            found.append((shipment, package))
    return found


def _answer_number(world: World, question: Node, *, detailed: bool, locale: str) -> Node:
    number = fields.text(question, "trackingNumberInfo.trackingNumber")
    if not number:
        return {"trackingNumber": number, "trackResults": [_failure(*EMPTY)]}
    clean = number.upper().replace(" ", "")
    if not ANY.fullmatch(clean):
        return {"trackingNumber": number, "trackResults": [_failure(*INVALID, number=number)]}
    found = find_parcels(world, question)
    if not found:
        return {"trackingNumber": number, "trackResults": [_failure(*NOT_FOUND, number=number)]}
    made = [_one(world, shipment, package, detailed=detailed, locale=locale) for shipment, package in found]
    return {"trackingNumber": number, "trackResults": made}


def _one(world: World, shipment: Document, package: Document, *, detailed: bool, locale: str) -> Node:
    return result(shipment, package, story(world, shipment, package), detailed=detailed, locale=locale)


def _group(world: World, found: list[tuple[Document, Document]], *, detailed: bool, locale: str) -> list[Node]:
    return [
        {
            "trackingNumber": package["tracking_number"],
            "trackResults": [_one(world, shipment, package, detailed=detailed, locale=locale)],
        }
        for shipment, package in found
    ]


def _failure(code: str, message: str, *, number: str = "") -> Node:
    made: Node = {"error": {"code": code, "message": message}}
    return {"trackingNumberInfo": {"trackingNumber": number}, **made} if number else made


def _is_listed(world: World, shipment: Document) -> bool:
    """Say whether a label can be found by its reference by now.

    The command ``find_late`` lets that take a while; by a switch Ground's are found only after the close (guide §9-2).
    """
    if (
        world.switch("ground_listed_after_close")
        and SERVICES[shipment["service"]].is_ground
        and not shipment["closed_on"]
    ):
        return False
    return age(shipment, world.now()) >= timedelta(seconds=float(world.switch("find_late_seconds")))


def _read_window(world: World, asked: Node, last_name: str, *, wide: bool = False) -> tuple[date, date]:
    """Read the days between which a parcel was shipped; without them a month back, or, for numbers, any."""
    today = world.now().date()
    before, after = (KEPT * 2, timedelta(days=30)) if wide else _REFERENCE_DAYS
    bounds = []
    for name, usual in (("shipDateBegin", today - before), (last_name, today + after)):
        written = fields.text(asked, name)
        bounds.append(read_date(written[:10], "TRACKING.SHIPDATE.INVALID", "Invalid ship date.") if written else usual)
    if bounds[0] > bounds[1]:
        raise FedExError("TRACKING.SHIPDATE.INVALID", "The ship dates are in the wrong order.")
    return bounds[0], bounds[1]


def _alerts(world: World) -> dict[str, Any]:
    """Return what every answer may have: a list of alerts, or the bare string of FedEx's own samples (guide §11-14)."""
    text = "TRACKING.DATA.NOTFOUND - no data"
    return {"alerts": text} if world.switch("track_alerts") == "string" else {}
