"""What a fulfillment order would cost, before it is made. Fees are invented.

Facts: field guide amazon.md §5.1.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from cartcarrier.sandbox.amazon import _outbound_requests as requests
from cartcarrier.sandbox.amazon._call import Answer, Call
from cartcarrier.sandbox.amazon._errors import InvalidInputError
from cartcarrier.sandbox.amazon._inventory import Inventory
from cartcarrier.sandbox.amazon._marketplaces import Marketplace, of_region
from cartcarrier.sandbox.amazon._world import Document, World, stamp

DAYS: Final = {"Standard": 5, "Expedited": 3, "Priority": 1, "ScheduledDelivery": 5}


class Previews:
    """The operation.

    Args:
        world: The platform's memory.
        inventory: The stock from which would be sent.
    """

    def __init__(self, world: World, inventory: Inventory) -> None:
        self._world = world
        self._inventory = inventory

    def preview(self, call: Call) -> Answer:
        """Answer ``getFulfillmentPreview``: what each speed would cost, and what is missing.

        Raises:
            InvalidInputError: The request is wrong.
        """
        body = call.json()
        address = requests.read_address(body, "address")
        items = requests.read_items(body)
        features = requests.read_features(body, address["countryCode"])
        given = body.get("marketplaceId")
        marketplace = call.marketplace(given) if given else of_region(call.region)[0]
        speeds = body.get("shippingSpeedCategories", ["Standard", "Expedited", "Priority"])
        if not isinstance(speeds, list) or not speeds or not set(speeds) <= set(requests.SPEEDS):
            raise InvalidInputError("shippingSpeedCategories is not valid.")
        short = [item for item in items if self._inventory.fulfillable(call.region, item["sku"]) < item["quantity"]]
        now = self._world.now()
        previews = [
            {
                "shippingSpeedCategory": speed,
                "isFulfillable": not short,
                "isCODCapable": False,
                "marketplaceId": marketplace.id,
                "featureConstraints": features,
                **(_missing(short) if short else _offer(speed, items, marketplace, now)),
            }
            for speed in speeds
        ]
        return Answer({"payload": {"fulfillmentPreviews": previews}})


def _missing(short: list[Document]) -> Document:
    reasons = ["Inventory unavailable"]
    return {
        "orderUnfulfillableReasons": reasons,
        "unfulfillablePreviewItems": [{**_item(item), "itemUnfulfillableReasons": reasons} for item in short],
    }


def _offer(speed: str, items: list[Document], marketplace: Marketplace, now: datetime) -> Document:
    days, units = DAYS[speed], sum(item["quantity"] for item in items)
    fee = (Decimal("5.95") + Decimal(6 - days) * Decimal("1.80")) * units
    return {
        "estimatedShippingWeight": {"unit": "POUNDS", "value": str(Decimal("0.9") * units)},
        "estimatedFees": [
            {
                "name": "FBAPerUnitFulfillmentFee",
                "amount": {"currencyCode": marketplace.currency, "value": str(fee)},
            }
        ],
        "fulfillmentPreviewShipments": [
            {
                "earliestShipDate": stamp(now + timedelta(hours=4)),
                "latestShipDate": stamp(now + timedelta(days=1)),
                "earliestArrivalDate": stamp(now + timedelta(days=max(days - 1, 1))),
                "latestArrivalDate": stamp(now + timedelta(days=days)),
                "fulfillmentPreviewItems": [_item(item) for item in items],
            }
        ],
    }


def _item(item: Document) -> Document:
    return {
        "sellerSku": item["sku"],
        "quantity": item["quantity"],
        "sellerFulfillmentOrderItemId": item["id"],
    }
