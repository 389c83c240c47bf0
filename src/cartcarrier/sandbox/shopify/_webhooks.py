"""What the shop tells its subscribers: signed requests, queued for whoever plays the wire. Field guide shopify.md §15."""

import base64
import hashlib
import hmac
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

from cartcarrier.sandbox.shopify import _payloads as payloads
from cartcarrier.sandbox.shopify._ids import Document, gid
from cartcarrier.sandbox.shopify._world import World

TRIES = 9
TWO_WORDS = (
    "FULFILLMENT_ORDERS",
    "FULFILLMENT_EVENTS",
    "FULFILLMENT_HOLDS",
    "INVENTORY_LEVELS",
    "INVENTORY_ITEMS",
    "ORDER_TRANSACTIONS",
    "BULK_OPERATIONS",
)


def topic_path(topic: str) -> str:
    """Return the header's spelling of a topic: ``ORDERS_UPDATED`` is ``orders/updated``."""
    for head in TWO_WORDS:
        if topic.startswith(f"{head}_"):
            return f"{head.lower()}/{topic.removeprefix(head + '_').lower()}"
    if not topic:
        return ""  # a call to a service's own address has none
    head, _, tail = topic.partition("_")
    return f"{head.lower()}/{tail.lower()}"


def sign(secret: str, body: bytes) -> str:
    """Sign a webhook's body: base64 of HMAC-SHA256 under the app's client secret."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class Webhooks:
    """Subscriptions and the queue of deliveries.

    Args:
        world: The shop's memory.
        shop: The shop's permanent domain.
        secret: The app's client secret, which signs.
        seed: What the order of shuffled deliveries is drawn from.
    """

    def __init__(self, world: World, *, shop: str, secret: str, seed: int) -> None:
        self._world = world
        self._shop = shop
        self._secret = secret
        self._random = random.Random(seed)  # noqa: S311 - reproducible, not secret

    # --- the queue ----------------------------------------------------------------------------------------------------

    def publish(self, topic: str, payload: Mapping[str, Any]) -> None:
        """Queue a delivery for each subscription of a topic."""
        rows = [row for row in self._world.table("subscription").values() if row["topic"] == topic]
        if not rows:
            return
        with self._world.transaction():
            event = self._identifier()
            for row in rows:
                body = {key: value for key, value in payload.items() if not row["fields"] or key in row["fields"]}
                self._queue(topic, row["uri"], body, event=event, subscription=row)

    def push(self, topic: str, payload: Mapping[str, Any], uri: str) -> None:
        """Queue a delivery that no subscription asked for: the privacy topics come that way."""
        with self._world.transaction():
            self._queue(topic, uri, payload, event=self._identifier(), subscription=None)

    def _queue(
        self, topic: str, uri: str, payload: Mapping[str, Any], *, event: str, subscription: Mapping[str, Any] | None
    ) -> None:
        row: Document = {
            "topic": topic_path(topic),
            "url": uri,
            "body": json.dumps(payload, ensure_ascii=False, separators=(",", ":")),
            "event": event,
            "subscription": subscription["key"] if subscription else None,
            "name": subscription["name"] if subscription else None,
            "triggered_at": self._world.now().isoformat().replace("+00:00", "Z"),
            "tries": 0,
        }
        self._world.put("delivery", self._identifier(), row)

    def _identifier(self) -> str:
        return self._world.job_key(self._world.next_id())

    def take(
        self, *, limit: int | None, duplicates: int, shuffle: bool, keep: bool, secret: str | None
    ) -> list[Document]:
        """Return what is queued as requests, and forget it unless told to keep it."""
        rows = list(self._world.table("delivery").values())[:limit]
        requests = [self._request(row, secret or self._secret) for row in rows]
        if not keep:
            with self._world.transaction():
                for row in rows:
                    self._world.drop("delivery", row["key"])
                    self._world.put("sent", row["key"], row)
        out = [dict(request) for request in requests for _ in range(1 + duplicates)]
        if shuffle:
            self._random.shuffle(out)
        return out

    def report(self, webhook_id: str, status: int, seconds: float) -> str:
        """Hear how a delivery went: anything but 2xx within 5 s comes again, 8 times, then the subscription ends."""
        row = self._world.table("sent").get(webhook_id)
        if row is None:
            return "unknown"
        with self._world.transaction():
            self._world.drop("sent", webhook_id)
            if 200 <= status < 300 and seconds <= 5:
                return "delivered"
            row = {**row, "tries": row["tries"] + 1}
            if row["tries"] < TRIES:
                self._world.put("delivery", webhook_id, row)
                return "queued again"
            if row["subscription"]:
                self._world.drop("subscription", row["subscription"])
            return "given up"

    def _request(self, row: Mapping[str, Any], secret: str) -> Document:
        body = str(row["body"])
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Hmac-Sha256": sign(secret, body.encode()),
            "X-Shopify-Shop-Domain": self._shop,
            "X-Shopify-API-Version": payloads.VERSION,
            "X-Shopify-Webhook-Id": row["key"],
            "X-Shopify-Event-Id": row["event"],
            "X-Shopify-Triggered-At": row["triggered_at"],
        }
        if row["topic"]:
            headers["X-Shopify-Topic"] = row["topic"]
        if row["name"]:
            headers["X-Shopify-Name"] = row["name"]
        return {"url": row["url"], "headers": headers, "body": body}

    # --- what happened ------------------------------------------------------------------------------------------------

    def _wanted(self, topic: str) -> bool:
        return any(row["topic"] == topic for row in self._world.table("subscription").values())

    def order_event(self, order: Mapping[str, Any], topic: str) -> None:
        """Tell about an order."""
        if self._wanted(topic):
            self.publish(topic, payloads.order(order))

    def fulfillment_event(self, order: Mapping[str, Any], fulfillment: Mapping[str, Any], what: str) -> None:
        """Tell about a fulfillment: ``CREATE`` or ``UPDATE``."""
        topic = f"FULFILLMENTS_{what}"
        if self._wanted(topic):
            self.publish(topic, payloads.fulfillment(order, fulfillment))

    def event_event(self, order: Mapping[str, Any], fulfillment: Mapping[str, Any], event: Mapping[str, Any]) -> None:
        """Tell about a tracking event."""
        if self._wanted("FULFILLMENT_EVENTS_CREATE"):
            self.publish("FULFILLMENT_EVENTS_CREATE", payloads.fulfillment_event(order, fulfillment, event))

    def fulfillment_order_event(
        self, what: str, target: Mapping[str, Any], *, replacement: Mapping[str, Any] | None = None
    ) -> None:
        """Tell about a fulfillment order."""
        payload: Document = {"fulfillment_order": payloads.fulfillment_order(target)}
        if what == "CANCELLED":
            payload["replacement_fulfillment_order"] = payloads.fulfillment_order(replacement) if replacement else None
        self.publish(f"FULFILLMENT_ORDERS_{what}", payload)

    def hold_event(
        self, target: Mapping[str, Any], hold: Mapping[str, Any], *, added: bool, first_or_last: bool
    ) -> None:
        """Tell about a hold; of the fulfillment order itself only with its first and its last."""
        said = payloads.hold(hold)
        payload: Document = {
            "fulfillment_order": {"id": gid("FulfillmentOrder", target["id"])},
            "fulfillment_hold": said,
        }
        self.publish("FULFILLMENT_HOLDS_ADDED" if added else "FULFILLMENT_HOLDS_RELEASED", payload)
        if first_or_last and added:
            held = [payloads.hold(entry) for entry in target["holds"]]
            placed: Document = {
                "fulfillment_order": {**payloads.fulfillment_order(target), "fulfillment_holds": held},
                "remaining_fulfillment_order": None,
                "held_fulfillment_order_line_items": [
                    {"id": gid("FulfillmentOrderLineItem", line["id"]), "quantity": line["remaining"]}
                    for line in target["lines"]
                ],
                "created_fulfillment_hold": said,
            }
            self.publish("FULFILLMENT_ORDERS_PLACED_ON_HOLD", placed)
        elif first_or_last:
            self.fulfillment_order_event("HOLD_RELEASED", target)

    def split_event(self, target: Mapping[str, Any], rest: int, lines: Sequence[Mapping[str, Any]]) -> None:
        """Tell about a split."""
        payload: Document = {
            "fulfillment_order": payloads.fulfillment_order(target),
            "remaining_fulfillment_order": {"id": gid("FulfillmentOrder", rest), "status": "open"},
            "replacement_fulfillment_order": None,
            "split_line_items": [{"id": line["id"], "quantity": line["quantity"]} for line in lines],
        }
        self.publish("FULFILLMENT_ORDERS_SPLIT", payload)

    def moved_event(self, original: Mapping[str, Any], moved: Mapping[str, Any], source: int) -> None:
        """Tell about a move."""
        there = gid("Location", moved["location_id"])
        here = gid("Location", source)
        lines = [
            {"id": gid("FulfillmentOrderLineItem", line["id"]), "quantity": line["total"]} for line in moved["lines"]
        ]
        payload: Document = {
            "original_fulfillment_order": {**payloads.fulfillment_order(original), "assigned_location_id": here},
            "moved_fulfillment_order": {**payloads.fulfillment_order(moved), "assigned_location_id": there},
            "destination_location_id": there,
            "source_location": {"id": here},
            "fulfillment_order_line_items_requested": lines,
        }
        self.publish("FULFILLMENT_ORDERS_MOVED", payload)

    # --- fulfillment services -----------------------------------------------------------------------------------------

    def fulfillment_requested(self, target: Mapping[str, Any], request: Mapping[str, Any]) -> None:
        """Tell that a service is asked to ship."""
        said = {**payloads.fulfillment_order(target), "request_status": target["request_status"].lower()}
        payload: Document = {
            "original_fulfillment_order": said,
            "submitted_fulfillment_order": said,
            "fulfillment_order_merchant_request": payloads.merchant_request(request),
        }
        self.publish("FULFILLMENT_ORDERS_FULFILLMENT_REQUEST_SUBMITTED", payload)
        self._call_service(target, request)

    def cancellation_requested(self, target: Mapping[str, Any], request: Mapping[str, Any]) -> None:
        """Tell that a service is asked not to ship after all."""
        payload: Document = {
            "fulfillment_order": {
                **payloads.fulfillment_order(target),
                "request_status": target["request_status"].lower(),
            },
            "fulfillment_order_merchant_request": payloads.merchant_request(request),
        }
        self.publish("FULFILLMENT_ORDERS_CANCELLATION_REQUEST_SUBMITTED", payload)
        self._call_service(target, request)

    def request_answered(self, what: str, target: Mapping[str, Any], message: str | None) -> None:
        """Tell what a service has answered."""
        said = payloads.fulfillment_order(target)
        if target["status"] not in {"CLOSED", "INCOMPLETE"}:
            said["request_status"] = target["request_status"].lower()
        self.publish(f"FULFILLMENT_ORDERS_{what}", {"fulfillment_order": said, "message": message})

    def _call_service(self, target: Mapping[str, Any], request: Mapping[str, Any]) -> None:
        """Call a service's own address, if it has one: signed like a webhook, with no id inside."""
        callback = self._world.table("location")[str(target["location_id"])].get("callback")
        if callback:
            self.push("", {"kind": request["kind"]}, f"{callback}/fulfillment_order_notification")

    # --- stock and bulk -----------------------------------------------------------------------------------------------

    def bulk_event(self, row: Mapping[str, Any]) -> None:
        """Tell that a bulk operation has ended."""
        self.publish("BULK_OPERATIONS_FINISH", payloads.bulk_operation(row))

    def level_event(self, item: Mapping[str, Any], location: int) -> None:
        """Tell about stock."""
        if self._wanted("INVENTORY_LEVELS_UPDATE"):
            self.publish("INVENTORY_LEVELS_UPDATE", payloads.level(item, location))
