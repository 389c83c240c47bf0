"""What a request for rates or labels must be.

Facts: field guide amazon.md §4.2; lengths from the published description.
"""

from collections.abc import Callable
from typing import Final

from cartcarrier.sandbox.amazon._call import Call, object_of, objects_of, text_of
from cartcarrier.sandbox.amazon._errors import DeniedError, InvalidInputError
from cartcarrier.sandbox.amazon._orders import WITH_ADDRESS, packed, status_of
from cartcarrier.sandbox.amazon._routes import AMAZON_LOGISTICS, DIRECT_TO_CONSUMER
from cartcarrier.sandbox.amazon._tariff import BUSINESSES, DEFAULT_BUSINESS, kilograms, longest_side
from cartcarrier.sandbox.amazon._world import Document

_REQUIRED: Final = (("name", 50), ("addressLine1", 60), ("stateOrRegion", None), ("city", None), ("postalCode", None))
_OPTIONAL: Final = {"addressLine2": (1, 60), "addressLine3": (1, 60), "email": (0, 64), "phoneNumber": (1, 20)}
SIZES: Final = ({"width": 4, "length": 6, "unit": "INCH"},)
FORMATS: Final = ("PDF", "PNG", "ZPL")
DPIS: Final = (203, 300)


def read_business(call: Call) -> str:
    """Read for which business the call is: Great Britain's without the header.

    Raises:
        InvalidInputError: No such business, or one of another region.
    """
    business = call.headers.get("x-amzn-shipping-business-id", DEFAULT_BUSINESS)
    if business not in BUSINESSES or BUSINESSES[business][0] != call.region:
        raise InvalidInputError(f"x-amzn-shipping-business-id {business} is not valid for this seller in this region.")
    return business


def read_address(body: Document, name: str) -> Document:
    """Read an address.

    Raises:
        InvalidInputError: A member is missing, empty or too long.
    """
    address = object_of(body, name)
    for member, most in _REQUIRED:
        text_of(address, member, most=most, where=name)
    country = text_of(address, "countryCode", where=name)
    if len(country) != 2:
        raise InvalidInputError(f"{name}.countryCode {country} is not a country.")
    for member, (least, most) in _OPTIONAL.items():
        if member in address:
            value = address[member]
            if not isinstance(value, str) or not least <= len(value) <= most:
                raise InvalidInputError(f"{name}.{member} must be a text of {least} to {most} characters.")
    return address


def read_channel(call: Call, body: Document, order_of: Callable[[str], Document | None]) -> Document | None:
    """Read for which order the label is; ``None`` when it is for one from elsewhere.

    Raises:
        RefusedError: The order is not known or cannot be shipped, or the role for this channel is missing.
    """
    channel = object_of(body, "channelDetails")
    kind = text_of(channel, "channelType", where="channelDetails")
    if kind == "EXTERNAL":
        if AMAZON_LOGISTICS not in call.roles:
            raise DeniedError("The seller is not enrolled in Amazon Shipping.")
        read_address(body, "shipTo")
        return None
    if kind != "AMAZON":
        raise InvalidInputError(f"channelDetails.channelType {kind} is not valid.")
    if DIRECT_TO_CONSUMER not in call.roles:
        raise DeniedError
    details = object_of(channel, "amazonOrderDetails", where="channelDetails")
    order_id = text_of(details, "orderId", where="channelDetails.amazonOrderDetails")
    order = order_of(order_id)
    if order is None or order["region"] != call.region or order["fulfilled_by"] != "MERCHANT":
        raise InvalidInputError(f"The order {order_id} is not one that this seller ships.")
    left = sum(line["quantity"] - packed(order, line["id"]) for line in order["lines"])
    if status_of(order) not in WITH_ADDRESS or left <= 0:
        raise InvalidInputError(f"The order {order_id} cannot be shipped: it is {status_of(order)}.")
    return order


def read_packages(body: Document, order: Document | None) -> list[Document]:
    """Read the parcels: each with its kilograms and longest side beside what was sent.

    Raises:
        InvalidInputError: A member is missing or wrong, a reference is there twice, or an item is not the order's.
    """
    found: list[Document] = []
    for package in objects_of(body, "packages"):
        reference = text_of(package, "packageClientReferenceId", where="packages")
        if any(each["reference"] == reference for each in found):
            raise InvalidInputError(f"packageClientReferenceId {reference} is there twice.")
        object_of(package, "insuredValue", where="packages")
        try:
            weight = kilograms(object_of(package, "weight", where="packages"))
            side = longest_side(object_of(package, "dimensions", where="packages"))
        except ValueError as exc:
            raise InvalidInputError(f"packages: {exc}.") from exc
        items = [_read_item(item, order) for item in objects_of(package, "items", where="packages")]
        found.append({"reference": reference, "kilograms": str(weight), "side": str(side), "items": items})
    return found


def _read_item(item: Document, order: Document | None) -> Document:
    quantity, line_id = item.get("quantity"), item.get("itemIdentifier")
    if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
        raise InvalidInputError("items.quantity must be a positive integer.")
    if order is not None and line_id is not None:
        line = next((each for each in order["lines"] if each["id"] == line_id), None)
        if line is None:
            raise InvalidInputError(f"items.itemIdentifier {line_id} is not an item of order {order['id']}.")
        if quantity > line["quantity"] - packed(order, line_id):
            raise InvalidInputError(
                f"items.itemIdentifier {line_id}: quantity {quantity} is more than is left to ship."
            )
    return {"line_id": line_id, "quantity": quantity}


def document_specifications() -> list[Document]:
    """Return which documents every rate offers."""
    return [
        {
            "format": format_,
            "size": dict(SIZES[0]),
            "printOptions": [
                {
                    **({} if format_ == "PDF" else {"supportedDPIs": list(DPIS)}),
                    "supportedPageLayouts": ["DEFAULT"],
                    "supportedFileJoiningOptions": [False],
                    "supportedDocumentDetails": [{"name": "LABEL", "isMandatory": True}],
                }
            ],
        }
        for format_ in FORMATS
    ]


def read_specification(body: Document) -> Document:
    """Read which document is wanted: one of the combinations that the rate offered.

    Raises:
        InvalidInputError: It is none of them.
    """
    where = "requestedDocumentSpecification"
    wish = object_of(body, where)
    size = object_of(wish, "size", where=where)
    joined, kinds = wish.get("needFileJoining"), wish.get("requestedDocumentTypes")
    if (
        text_of(wish, "format", where=where) not in FORMATS
        or size not in SIZES
        or wish.get("dpi", DPIS[0]) not in DPIS
        or wish.get("pageLayout", "DEFAULT") != "DEFAULT"
        or joined is not False
        or kinds != ["LABEL"]
    ):
        raise InvalidInputError(f"{where} is not one of the combinations that the rate offers.")
    return {"format": wish["format"], "dpi": wish.get("dpi", DPIS[0])}
