"""Fulfillment orders and their packages as 2020-07-01 shows them.

Facts: field guide amazon.md §5.1 and §6.4.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from cartcarrier.sandbox.amazon._views import kept
from cartcarrier.sandbox.amazon._world import Document, read_time, stamp

FULFILLMENT_CENTER: Final = "RNO4"
# Hours after the shipment, event code, its words, and the current status from then on.
_START: Final = (
    (0, "EVENT_101", "Carrier notified to pick up package.", "IN_TRANSIT"),
    (2, "EVENT_102", "Shipment picked up from the fulfillment center.", "IN_TRANSIT"),
    (14, "EVENT_201", "Arrival scan.", "IN_TRANSIT"),
    (20, "EVENT_202", "Departure scan.", "IN_TRANSIT"),
    (44, "EVENT_302", "Out for delivery.", "OUT_FOR_DELIVERY"),
)
JOURNEYS: Final[Mapping[str, tuple[tuple[int, str, str, str], ...]]] = {
    "delivered": (*_START, (50, "EVENT_301", "Delivered.", "DELIVERED")),
    "attempted": (
        *_START,
        (50, "EVENT_304", "Delivery attempted.", "DELIVERY_ATTEMPTED"),
        (74, "EVENT_301", "Delivered.", "DELIVERED"),
    ),
    "returned": (
        *_START,
        (50, "EVENT_407", "Package refused.", "RETURNING"),
        (90, "EVENT_309", "Package returned.", "RETURNED"),
    ),
    "lost": (*_START[:4], (200, "EVENT_409", "Package lost.", "UNDELIVERABLE")),
}
_PLACES: Final = (
    {"city": "Reno", "state": "NV", "country": "US"},
    {"city": "Chicago", "state": "IL", "country": "US"},
)


def package_number_of(number: int) -> int:
    """Return the package number of the n-th package ever sent."""
    return 1_000_000 + number


def order_view(order: Document) -> Document:
    """Show the order itself."""
    return kept(
        {
            "sellerFulfillmentOrderId": order["id"],
            "marketplaceId": order["marketplace"],
            "displayableOrderId": order["displayable_id"],
            "displayableOrderDate": order["displayable_date"],
            "displayableOrderComment": order["comment"],
            "shippingSpeedCategory": order["speed"],
            "destinationAddress": order["address"],
            "fulfillmentAction": order["action"],
            "fulfillmentPolicy": order["policy"],
            "receivedDate": order["received"],
            "fulfillmentOrderStatus": order["status"],
            "statusUpdatedDate": order["updated"],
            "notificationEmails": order["emails"] or None,
            "featureConstraints": order["features"] or None,
        }
    )


def order_result(order: Document) -> Document:
    """Show an order with its items, shipments and packages."""
    return {
        "fulfillmentOrder": order_view(order),
        "fulfillmentOrderItems": [
            {
                "sellerSku": item["sku"],
                "sellerFulfillmentOrderItemId": item["id"],
                "quantity": item["quantity"],
                "cancelledQuantity": item["cancelled"],
                "unfulfillableQuantity": item["unfulfillable"],
            }
            for item in order["items"]
        ],
        "fulfillmentShipments": [_shipment(shipment) for shipment in order["shipments"]] or _planned(order),
        "returnItems": [],
        "returnAuthorizations": [],
    }


def _shipment(shipment: Document) -> Document:
    return {
        "amazonShipmentId": shipment["id"],
        "fulfillmentCenterId": FULFILLMENT_CENTER,
        "fulfillmentShipmentStatus": "SHIPPED",
        "shippingDate": shipment["at"],
        "estimatedArrivalDate": shipment["arrives"],
        "fulfillmentShipmentItem": [
            {
                "sellerSku": item["sku"],
                "sellerFulfillmentOrderItemId": item["id"],
                "quantity": item["quantity"],
                "packageNumber": shipment["package"],
            }
            for item in shipment["items"]
        ],
        "fulfillmentShipmentPackage": [
            {
                "packageNumber": shipment["package"],
                "carrierCode": "Amazon Logistics",
                "trackingNumber": shipment["tracking"],
                "amazonFulfillmentTrackingNumber": shipment["tracking"],
                "estimatedArrivalDate": shipment["arrives"],
            }
        ],
    }


def _planned(order: Document) -> list[Document]:
    """Show a shipment that is being packed: it has no package yet."""
    if order["status"] != "Processing":
        return []
    items = [
        {"sellerSku": item["sku"], "sellerFulfillmentOrderItemId": item["id"], "quantity": item["quantity"]}
        for item in order["items"]
    ]
    return [
        {
            "amazonShipmentId": f"P{order['id']}",
            "fulfillmentCenterId": FULFILLMENT_CENTER,
            "fulfillmentShipmentStatus": "PENDING",
            "fulfillmentShipmentItem": items,
        }
    ]


def package_view(order: Document, number: int, now: datetime) -> Document:
    """Show where a package is."""
    shipment = next(each for each in order["shipments"] if each["package"] == number)
    start = read_time(shipment["at"]) or now
    past = [row for row in JOURNEYS[order["journey"]] if start + timedelta(hours=row[0]) <= now]
    address = order["address"]
    status = past[-1][3] if past else "UNKNOWN"
    return kept(
        {
            "packageNumber": number,
            "trackingNumber": shipment["tracking"],
            "carrierCode": "Amazon Logistics",
            "shipDate": shipment["at"],
            "estimatedArrivalDate": shipment["arrives"],
            "shipToAddress": {
                "city": address.get("city", ""),
                "state": address.get("stateOrRegion", ""),
                "country": address["countryCode"],
            },
            "currentStatus": status,
            "currentStatusDescription": past[-1][2] if past else None,
            "signedForBy": address["name"] if status == "DELIVERED" else None,
            "trackingEvents": [
                {
                    "eventDate": stamp(start + timedelta(hours=hours)),
                    "eventAddress": dict(_PLACES[hours >= 44]),
                    "eventCode": code,
                    "eventDescription": words,
                }
                for hours, code, words, _ in past
            ],
        }
    )


def notification(order: Document) -> Document:
    """Return what is told when an order has moved on; shipments only once there are any (guide §7.3)."""
    told: Document = {
        "EventType": "Shipment" if order["shipments"] else "Order",
        "StatusUpdatedDateTime": order["updated"],
        "SellerFulfillmentOrderId": order["id"],
        "FulfillmentOrderStatus": order["status"],
    }
    if order["shipments"]:
        shipment = order["shipments"][-1]
        told["FulfillmentShipment"] = {
            "FulfillmentShipmentStatus": "SHIPPED",
            "AmazonShipmentId": shipment["id"],
            "EstimatedArrivalDateTime": shipment["arrives"],
            "FulfillmentShipmentPackages": [
                {
                    "PackageNumber": shipment["package"],
                    "CarrierCode": "Amazon Logistics",
                    "TrackingNumber": shipment["tracking"],
                }
            ],
        }
    return told
