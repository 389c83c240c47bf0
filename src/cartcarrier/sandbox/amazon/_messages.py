"""Notifications: what Amazon puts into the seller's queue.

Facts: field guide amazon.md §7. Delivery is at least once and in no order; ``Messages.take`` can show both.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from cartcarrier.sandbox.amazon._lwa import APPLICATION_ID, SELLER_ID
from cartcarrier.sandbox.amazon._marketplaces import MARKETPLACES
from cartcarrier.sandbox.amazon._orders import status_of
from cartcarrier.sandbox.amazon._views_v0 import CHANNELS, STATUSES
from cartcarrier.sandbox.amazon._world import Document, World, read_time, stamp

# Types that can be subscribed to: their payload version, and which kinds of destination take them (guide §7.2; the kind is
# not confirmed for changes of quantity, so both are taken).
TYPES: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "ORDER_CHANGE": ("1.0", frozenset({"sqs"})),
    "FEED_PROCESSING_FINISHED": ("2020-09-04", frozenset({"sqs"})),
    "FBA_OUTBOUND_SHIPMENT_STATUS": ("1.0", frozenset({"sqs"})),
    "FULFILLMENT_ORDER_STATUS": ("1.0", frozenset({"sqs"})),
    "LISTINGS_ITEM_MFN_QUANTITY_CHANGE": ("1.0", frozenset({"sqs", "eventBridge"})),
    "LISTINGS_ITEM_STATUS_CHANGE": ("1.0", frozenset({"eventBridge"})),
}
_CAMEL: Final = frozenset({"FEED_PROCESSING_FINISHED"})
_PROGRAMS: Final[Mapping[str, str]] = {
    "AMAZON_BUSINESS": "Business",
    "PRIME": "Prime",
    "PREMIUM": "Premium",
    "INVOICE_BY_AMAZON": "IBA",
}


class Messages:
    """The messages, made when something happens for which there is a subscription.

    Args:
        world: The platform's memory.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    # --- what happens -------------------------------------------------------------------------------------------------

    def order_changed(self, order: Document, kind: str, reason: str) -> None:
        """An order changed its status, or the buyer asked for something."""
        notification = {
            "NotificationLevel": "OrderLevel",
            "SellerId": SELLER_ID,
            "AmazonOrderId": order["id"],
            "OrderChangeType": kind,
            "OrderChangeTrigger": {"TimeOfOrderChange": order["updated"], "ChangeReason": reason},
            "Summary": _summary(order),
        }
        filters = {"marketplaceIds": order["marketplace"], "orderChangeTypes": kind}
        self._publish("ORDER_CHANGE", order["region"], {"OrderChangeNotification": notification}, filters)

    def amazon_shipped(self, order: Document, shipment_id: str, status: str) -> None:
        """Amazon sent something of an order that it fulfills, or did not."""
        notification = {
            "SellerId": SELLER_ID,
            "AmazonOrderId": order["id"],
            "AmazonShipmentId": shipment_id,
            "ShipmentStatus": status,
        }
        payload = {"FBAOutboundShipmentStatusNotification": notification}
        self._publish("FBA_OUTBOUND_SHIPMENT_STATUS", order["region"], payload)

    def feed_finished(self, feed: Document) -> None:
        """A feed is done, cancelled or has failed."""
        notification = {
            "sellerId": SELLER_ID,
            "accountId": f"amzn1.merchant.o.{SELLER_ID}",
            "feedId": feed["id"],
            "feedType": feed["type"],
            "processingStatus": feed["status"],
        }
        if feed["result"]:
            notification["resultFeedDocumentId"] = feed["result"]
        payload = {"feedProcessingFinishedNotification": notification}
        self._publish("FEED_PROCESSING_FINISHED", feed["region"], payload)

    def quantity_changed(self, region: str, sku: str, quantity: int) -> None:
        """The quantity of a merchant's offer is another one."""
        payload = {"SellerId": SELLER_ID, "FulfillmentChannelCode": "DEFAULT", "Sku": sku, "Quantity": quantity}
        self._publish("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", region, payload)

    def status_changed(self, listing: Document, status: list[str]) -> None:
        """A listing can be bought, or cannot any more."""
        payload = {
            "SellerId": SELLER_ID,
            "MarketplaceId": listing["marketplace"],
            "Asin": listing["asin"],
            "Sku": listing["sku"],
            "CreatedDate": listing["created"],
            "Status": status,
        }
        self._publish("LISTINGS_ITEM_STATUS_CHANGE", MARKETPLACES[listing["marketplace"]].region, payload)

    def fulfillment_order_changed(self, region: str, notification: Document) -> None:
        """A multi-channel fulfillment order moved on."""
        payload = {"FulfillmentOrderStatusNotification": {"SellerId": SELLER_ID, **notification}}
        self._publish("FULFILLMENT_ORDER_STATUS", region, payload)

    # --- the queue ----------------------------------------------------------------------------------------------------

    def take(
        self, *, limit: int | None, duplicates: int, shuffle: bool, keep: bool, kind: str | None
    ) -> list[Document]:
        """Return what waits in the queues, as the queue service hands it out: ``MessageId``, ``Body`` and so on."""
        rows = [row for row in self._world.table("message").values() if kind in {None, row["type"]}]
        rows = rows[:limit] if limit is not None else rows
        if not keep:
            with self._world.transaction():
                for row in rows:
                    self._world.drop("message", row["key"])
        found = [_delivery(row) for row in rows for _ in range(duplicates + 1)]
        if shuffle:
            self._world.draw(f"queue:{len(found)}").shuffle(found)
        return found

    def _publish(self, kind: str, region: str, payload: Document, filters: Mapping[str, str] | None = None) -> None:
        for subscription in list(self._world.table("subscription").values()):
            if subscription["type"] != kind or subscription["region"] != region or not _passes(subscription, filters):
                continue
            destination = self._world.get("destination", subscription["destination"])
            if destination is None or destination["arn"].endswith(
                ".fifo"
            ):  # a FIFO queue receives nothing (guide §7.1)
                continue
            since = read_time(subscription["flows_from"])
            if since is not None and self._world.now() < since:
                continue
            number = self._world.next_number("message")
            body = self._envelope(kind, payload, subscription, number)
            if destination["kind"] == "eventBridge":
                body = self._event(kind, body, destination, number)
            row = {"type": kind, "destination": destination["id"], "body": json.dumps(body), "at": self._world.stamp()}
            self._world.put("message", str(number), row)

    def _envelope(self, kind: str, payload: Document, subscription: Document, number: int) -> Document:
        now = stamp(self._world.now())
        whole: Document = {
            "NotificationVersion": "1.0",
            "NotificationType": kind,
            "PayloadVersion": subscription["version"],
            "EventTime": now,
            "Payload": payload,
            "NotificationMetadata": {
                "ApplicationId": APPLICATION_ID,
                "SubscriptionId": subscription["id"],
                "PublishTime": now,
                "NotificationId": self._uuid(f"notification:{number}"),
            },
        }
        if kind not in _CAMEL:
            return whole
        metadata = {_lower(name): value for name, value in whole["NotificationMetadata"].items()}
        whole["NotificationVersion"] = subscription["version"]
        return {**{_lower(name): value for name, value in whole.items()}, "notificationMetadata": metadata}

    def _event(self, kind: str, body: Document, destination: Document, number: int) -> Document:
        return {
            "version": "0",
            "id": self._uuid(f"event:{number}"),
            "detail-type": kind,
            "source": f"aws.partner/sellingpartnerapi.amazon.com/{destination['account']}/{APPLICATION_ID}",
            "account": destination["account"],
            "time": self._world.stamp(),
            "region": destination["region"],
            "resources": [],
            "detail": body,
        }

    def _uuid(self, what: str) -> str:
        text = f"{self._world.draw(what).getrandbits(128):032x}"
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _passes(subscription: Document, filters: Mapping[str, str] | None) -> bool:
    wanted = (subscription.get("directive") or {}).get("eventFilter") or {}
    return all(value in wanted[name] for name, value in (filters or {}).items() if wanted.get(name))


def _delivery(row: Document) -> Document:
    return {
        "MessageId": row["key"],
        "ReceiptHandle": hashlib.sha256(row["key"].encode()).hexdigest(),
        "MD5OfBody": hashlib.md5(row["body"].encode(), usedforsecurity=False).hexdigest(),
        "Body": row["body"],
        "Attributes": {"SentTimestamp": row["at"]},
    }


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]


def _summary(order: Document) -> Document:
    shipped = sum(line["fulfilled"] for line in order["lines"])
    return {
        "MarketplaceId": order["marketplace"],
        "OrderStatus": STATUSES[status_of(order)],
        "PurchaseDate": order["created"],
        "DestinationPostalCode": order["address"].get("postal_code"),
        "FulfillmentType": CHANNELS[order["fulfilled_by"]],
        "OrderType": "Preorder" if "PREORDER" in order["programs"] else "StandardOrder",
        "NumberOfItemsShipped": shipped,
        "NumberOfItemsUnshipped": sum(line["quantity"] for line in order["lines"]) - shipped,
        "EarliestShipDate": order["ship_by"][0],
        "LatestShipDate": order["ship_by"][1],
        "EarliestDeliveryDate": order["deliver_by"][0],
        "LatestDeliveryDate": order["deliver_by"][1],
        "OrderPrograms": [_PROGRAMS[name] for name in order["programs"] if name in _PROGRAMS]
        + (["Replacement"] if order["replaces"] else []),
        "OrderItems": [
            {
                "OrderItemId": line["id"],
                "SellerSKU": line["sku"],
                "SupplySourceId": None,
                "OrderItemStatus": "Shipped"
                if line["quantity"] and line["fulfilled"] >= line["quantity"]
                else "Unshipped",
                "Quantity": line["quantity"],
                "QuantityShipped": line["fulfilled"],
                "IsBuyerRequestedCancel": line["cancel_request"] is not None,
            }
            for line in order["lines"]
        ],
    }
