"""What a fulfillment order must be.

Facts: field guide amazon.md §5.1; lengths from the published description.
"""

from typing import Final

from cartcarrier.sandbox.amazon._call import Call, object_of, objects_of, text_of
from cartcarrier.sandbox.amazon._errors import InvalidInputError
from cartcarrier.sandbox.amazon._marketplaces import MARKETPLACES
from cartcarrier.sandbox.amazon._world import Document, read_time, stamp

MOST_LINES: Final = 100
MOST_UNITS: Final = 250
MOST_ID: Final = 40
SPEEDS: Final = ("Standard", "Expedited", "Priority", "ScheduledDelivery")
POLICIES: Final = ("FillOrKill", "FillAll", "FillAllAvailable")
ACTIONS: Final = ("Ship", "Hold")
FEATURES: Final = frozenset(
    {"BLANK_BOX", "BLOCK_AMZL", "OVERBOX", "PACKING_SLIP", "SIGNATURE_CONFIRMATION", "DELIVER_TOGETHER"}
)


def read_order(call: Call, body: Document) -> Document:
    """Read a new fulfillment order.

    Raises:
        InvalidInputError: A member is missing, too long or not one of the allowed values.
    """
    displayable = text_of(body, "displayableOrderId", most=40)
    if "  " in displayable or (not displayable.isascii() and not _is_latin(displayable)):
        raise InvalidInputError("displayableOrderId must be ISO 8859-1 text without double spaces.")
    date = read_time(body.get("displayableOrderDate"))
    if date is None:
        raise InvalidInputError("displayableOrderDate is not a date and time in ISO 8601 format.")
    marketplace = body.get("marketplaceId")
    if marketplace is not None:
        call.marketplace(marketplace)
    speed = _one_of(body, "shippingSpeedCategory", SPEEDS)
    address = read_address(body, "destinationAddress")
    if speed == "ScheduledDelivery" and address["countryCode"] != "JP":
        raise InvalidInputError("shippingSpeedCategory ScheduledDelivery is only valid in Japan.")
    emails = body.get("notificationEmails", [])
    if not isinstance(emails, list) or not all(isinstance(each, str) and len(each) <= 64 for each in emails):
        raise InvalidInputError("notificationEmails must be texts of at most 64 characters.")
    return {
        "id": text_of(body, "sellerFulfillmentOrderId", most=MOST_ID),
        "marketplace": marketplace or next(row.id for row in MARKETPLACES.values() if row.region == call.region),
        "displayable_id": displayable,
        "displayable_date": stamp(date),
        "comment": text_of(body, "displayableOrderComment", most=750),
        "speed": speed,
        "address": address,
        "action": _one_of(body, "fulfillmentAction", ACTIONS, default="Ship"),
        "policy": _one_of(body, "fulfillmentPolicy", POLICIES, default="FillOrKill"),
        "features": read_features(body, address["countryCode"]),
        "emails": emails,
        "items": read_items(body),
    }


def read_address(body: Document, name: str) -> Document:
    """Read where it goes: a city everywhere but in Japan.

    Raises:
        InvalidInputError: A member is missing, or a city is where none may be.
    """
    address = object_of(body, name)
    for member in ("name", "addressLine1", "postalCode", "countryCode"):
        text_of(address, member, where=name)
    japan = address["countryCode"] == "JP"
    if japan == bool(address.get("city")):
        raise InvalidInputError(f"{name}.city {'must be absent in Japan' if japan else 'is required'}.")
    return address


def read_items(body: Document) -> list[Document]:
    """Read the lines: at most 100, and at most 250 units.

    Raises:
        InvalidInputError: Too many, an id twice, or a member is missing.
    """
    items: list[Document] = []
    for wish in objects_of(body, "items", most=MOST_LINES):
        item_id = text_of(wish, "sellerFulfillmentOrderItemId", most=50, where="items")
        sku, quantity = text_of(wish, "sellerSku", most=50, where="items"), wish.get("quantity")
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
            raise InvalidInputError("items.quantity must be a positive integer.")
        if any(item["id"] == item_id for item in items):
            raise InvalidInputError(f"items.sellerFulfillmentOrderItemId {item_id} is there twice.")
        items.append({"id": item_id, "sku": sku, "quantity": quantity, "cancelled": 0, "unfulfillable": 0})
    if sum(item["quantity"] for item in items) > MOST_UNITS:
        raise InvalidInputError(f"items: an order has at most {MOST_UNITS} units.")
    return items


def read_features(body: Document, country: str) -> list[Document]:
    """Read the features that are wanted.

    Raises:
        InvalidInputError: No such feature or policy, or one that cannot be honoured there.
    """
    wishes = body.get("featureConstraints") or []
    if not isinstance(wishes, list) or not all(isinstance(wish, dict) for wish in wishes):
        raise InvalidInputError("featureConstraints must be a list of objects.")
    for wish in wishes:
        name = text_of(wish, "featureName", where="featureConstraints")
        policy = text_of(wish, "featureFulfillmentPolicy", where="featureConstraints")
        if name not in FEATURES or policy not in {"Required", "NotRequired"}:
            raise InvalidInputError(f"featureConstraints: {name} {policy} is not valid.")
        if name == "SIGNATURE_CONFIRMATION" and policy == "Required" and country != "US":
            raise InvalidInputError("SIGNATURE_CONFIRMATION cannot be honoured outside of the US.")
    return wishes


def _one_of(body: Document, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
    value = body.get(name, default)
    if value not in allowed:
        raise InvalidInputError(f"{name} {value} is not one of {', '.join(allowed)}.")
    return str(value)


def _is_latin(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True
