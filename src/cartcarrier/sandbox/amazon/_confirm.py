"""``confirmShipment``: the seller says that a package has left.

Facts: field guide amazon.md §2.6 and §2.8.
"""

import re
from typing import Final

from cartcarrier.sandbox.amazon._call import Answer, Call, object_of, objects_of, text_of
from cartcarrier.sandbox.amazon._errors import InvalidInputError, RefusedError
from cartcarrier.sandbox.amazon._orders import WITH_ADDRESS, Orders, live_packages, packed, status_of
from cartcarrier.sandbox.amazon._world import Document, World, read_time, stamp

NOT_MATCHING: Final = (
    "Failed to create package due to not finding a matching package or order already fulfilled. "
    "Reason: PackageToUpdateNotFound"
)
CARRIER_CODES: Final = frozenset(
    {
        "USPS",
        "UPS",
        "UPSMI",
        "FedEx",
        "DHL",
        "Fastway",
        "GLS",
        "GO!",
        "Hermes Logistik Gruppe",
        "Royal Mail",
        "Parcelforce",
        "City Link",
        "TNT",
        "Target",
        "SagawaExpress",
        "NipponExpress",
        "YamatoTransport",
        "DHL Global Mail",
        "UPS Mail Innovations",
        "FedEx SmartPost",
        "OSM",
        "OnTrac",
        "Streamlite",
        "Newgistics",
        "Canada Post",
        "Blue Package",
        "Chronopost",
        "Deutsche Post",
        "DPD",
        "La Poste",
        "Parcelnet",
        "Poste Italiane",
        "SDA",
        "Smartmail",
        "FEDEX_JP",
        "JP_EXPRESS",
        "NITTSU",
        "SAGAWA",
        "YAMATO",
        "BlueDart",
        "AFL/Fedex",
        "Aramex",
        "India Post",
        "Professional",
        "DTDC",
        "Overnite Express",
        "First Flight",
        "Delhivery",
        "Lasership",
        "Yodel",
        "Other",
    }
)
_REFERENCE: Final = re.compile(r"^[1-9][0-9]*$")
_TRANSPARENCY: Final = re.compile(r"^(?:(?:AZ|ZA)[:A-Za-z0-9]{27,36}|[A-Za-z0-9-]{7,20}|https?://\S+)$")
# Programs whose orders are confirmed in other ways (guide §2.6 and §2.8).
_OTHER_WAYS: Final = {
    "FBM_SHIP_PLUS": "Ship+ orders need no manual confirmation.",
    "AMAZON_EASY_SHIP": "Easy Ship orders are confirmed through Easy Ship.",
    "DELIVERY_BY_AMAZON": "Delivery by Amazon orders are confirmed by Amazon.",
}


class Confirming:
    """The operation.

    Args:
        world: The platform's memory.
        orders: Its orders.
    """

    def __init__(self, world: World, orders: Orders) -> None:
        self._world = world
        self._orders = orders

    def confirm(self, call: Call) -> Answer:
        """Answer ``confirmShipment``: a reference that is known edits its package, another one is a new package.

        Raises:
            RefusedError: The body is wrong, the order cannot be shipped, or everything of it has left already.
        """
        body = call.json()
        detail = object_of(body, "packageDetail")
        reference = _reference(detail)
        carrier, name = _carrier(detail)
        tracking = text_of(detail, "trackingNumber", where="packageDetail")
        shipped = read_time(detail.get("shipDate"))
        if shipped is None:
            raise RefusedError(
                400,
                "Invalid date format. Date must be in ISO 8601 format: packageDetail.shipDate",
                code="Invalid Input",
            )
        order = self._order(call, text_of(body, "marketplaceId"))
        if "codCollectionMethod" in body and (
            body["codCollectionMethod"] != "DirectPayment" or order["address"].get("country_code") != "JP"
        ):
            raise InvalidInputError("codCollectionMethod is only valid in Japan, and only DirectPayment.")
        known = next((each for each in live_packages(order) if each["reference"] == reference), None)
        if known is None and status_of(order) == "SHIPPED":
            raise RefusedError(400, NOT_MATCHING)
        items = _items(order, objects_of(detail, "orderItems", where="packageDetail"), reference)
        self._orders.put_package(
            order["id"],
            {
                "reference": reference,
                "created": known["created"] if known else self._world.stamp(),
                "status": "SHIPPED",
                "detailed_status": None,
                "carrier_code": carrier,
                "carrier": name or carrier,
                "method": detail.get("shippingMethod"),
                "tracking": tracking,
                "ship_time": stamp(shipped),
                "items": items,
                "source": "seller",
                "shipment_id": None,
                "edits": known["edits"] + 1 if known else 0,
            },
        )
        return Answer(status=204)

    def _order(self, call: Call, marketplace: str) -> Document:
        order = self._orders.get(call.path["orderId"])
        if order is None or order["region"] != call.region:
            raise RefusedError(404, f"The order {call.path['orderId']} was not found.")
        if marketplace != order["marketplace"]:
            raise InvalidInputError(f"The order {order['id']} was not placed in marketplace {marketplace}.")
        if order["fulfilled_by"] != "MERCHANT":
            raise InvalidInputError("The order is fulfilled by Amazon.")
        for program, why in _OTHER_WAYS.items():
            if program in order["programs"]:
                raise InvalidInputError(why)
        if order["state"] == "CANCELLED":
            raise InvalidInputError("The order was cancelled. Reason: NonexistentOrderItem")
        if status_of(order) not in WITH_ADDRESS:
            raise InvalidInputError(f"The order cannot be shipped: its status is {status_of(order)}.")
        return order


def _reference(detail: Document) -> str:
    reference = detail.get("packageReferenceId")
    if reference is not None and not isinstance(reference, str):
        raise InvalidInputError("Invalid request: fields with invalid type [packageDetail.packageReferenceId]")
    if not reference or not _REFERENCE.match(reference):
        raise InvalidInputError("packageDetail.packageReferenceId must be a positive number, as a text.")
    return reference


def _carrier(detail: Document) -> tuple[str, str | None]:
    code = text_of(detail, "carrierCode", where="packageDetail")
    if code not in CARRIER_CODES:
        raise InvalidInputError(f"packageDetail.carrierCode {code} is not a valid carrier code.")
    name = detail.get("carrierName")
    if code == "Other" and not name:
        raise InvalidInputError("packageDetail.carrierName is required when carrierCode is Other.")
    return code, name


def _items(order: Document, wishes: list[Document], reference: str) -> list[Document]:
    """Read what is in the package.

    Raises:
        InvalidInputError: An item of another order, named twice, more units than are left, or codes that are due are missing.
    """
    lines = {line["id"]: line for line in order["lines"]}
    items: list[Document] = []
    for wish in wishes:
        item_id = text_of(wish, "orderItemId", where="orderItems")
        if item_id not in lines or any(item["line_id"] == item_id for item in items):
            raise InvalidInputError(f"orderItemId {item_id} is not an item of the order, or is there twice.")
        line, quantity = lines[item_id], wish.get("quantity")
        if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
            raise InvalidInputError("orderItems.quantity must be a positive integer.")
        left = line["quantity"] - packed(order, item_id, without=reference)
        if quantity > left:
            raise InvalidInputError(f"orderItemId {item_id}: quantity {quantity} is more than the {left} left to ship.")
        codes = wish.get("transparencyCodes") or []
        if line["transparency"] and (
            len(codes) != quantity or not all(isinstance(code, str) and _TRANSPARENCY.match(code) for code in codes)
        ):
            raise InvalidInputError(f"orderItemId {item_id}: a valid transparency code is due for every unit.")
        items.append({"line_id": item_id, "quantity": quantity, "transparency_codes": codes})
    return items
