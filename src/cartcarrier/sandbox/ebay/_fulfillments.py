"""Shipping fulfillments: created once a parcel, never changed, found again by their tracking number (field guide §6)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from cartcarrier.sandbox.ebay._errors import EbayError
from cartcarrier.sandbox.ebay._orders import Orders, shipped
from cartcarrier.sandbox.ebay._world import Document, Json, World, from_stamp, to_stamp

CARRIERS = (
    "USPS",
    "UPS",
    "UPS-MI",
    "FedEx",
    "FedExSmartPost",
    "DHL",
    "DHLGlobalMail",
    "DeutschePost",
    "Hermes",
    "Chronopost",
    "ColiposteDomestic",
    "ColiposteInternational",
    "Correos",
    "Seur",
    "Nacex",
    "iLoxx",
    "RoyalMail",
    "Evri",
    "DPD",
    "GLS",
    "CanadaPost",
    "AustraliaPost",
    "Other",
)
UNTRACKED_ID = "999"
# eBay names error 34100 but not the number; this one is ours.
MOST_NUMBERS = 50


class Tell(Protocol):
    """Tells subscribers what happened."""

    def __call__(self, topic: str, seller: str, data: Document) -> None:
        """Queue a notification for whoever subscribed to the topic."""


class Fulfillments:
    """The fulfillments of orders.

    Args:
        world: The memory.
        orders: The orders.
        tell: Tells subscribers.
        decline: Called with an order's id when it ships while a buyer's cancellation request is open.
    """

    def __init__(self, world: World, orders: Orders, tell: Tell, decline: Callable[[str], None]) -> None:
        self._world = world
        self._orders = orders
        self._tell = tell
        self._decline = decline

    def create(self, seller: str, order_id: str, body: Json) -> str:
        """Create one, and return its id.

        Raises:
            EbayError: One of §6's. Members of a wrong type, unreadable dates, and a carrier without a number are 30500, as
                the platform answers its caller's own mistakes.
        """
        order = self._order(seller, order_id)
        if self._world.switch("suspended"):
            raise EbayError(32400)
        if not isinstance(body, dict):
            raise EbayError(32600)
        parts = self._read_lines(order, body.get("lineItems"))
        number, carrier = self._read_tracking(body)
        at = self._read_date(order, body.get("shippedDate"))
        self._check_state(order, number)
        with self._world.transaction():
            changed = self._orders.edit(order_id)
            changed["fulfillments"].append(
                {
                    "id": number or UNTRACKED_ID,
                    "number": number,
                    "carrier": carrier,
                    "shipped": at,
                    "recorded": self._world.stamp(),
                    "lines": [{"id": line_id, "quantity": quantity} for line_id, quantity in parts.items()],
                }
            )
            self._orders.save(changed)
            self._decline(order_id)
            for line_id in parts:
                self._tell("ITEM_MARKED_SHIPPED", seller, {"orderId": order_id, "lineItemId": line_id})
        return number or UNTRACKED_ID

    def all(self, seller: str, order_id: str) -> Document:
        """Answer ``getShippingFulfillments``.

        Raises:
            EbayError: 32100.
        """
        order = self._order(seller, order_id)
        hidden = self.hidden(order)
        rows = [self._write(row) for index, row in enumerate(order["fulfillments"]) if index not in hidden]
        return {"fulfillments": rows, "total": len(rows)}

    def one(self, seller: str, order_id: str, fulfillment_id: str) -> Document:
        """Answer ``getShippingFulfillment``; of several without tracking, whose ids are one, it is the first.

        Raises:
            EbayError: 32100, 32110.
        """
        order = self._order(seller, order_id)
        hidden = self.hidden(order)
        for index, row in enumerate(order["fulfillments"]):
            if row["id"] == fulfillment_id and index not in hidden:
                return self._write(row)
        raise EbayError(32110, fulfillmentId=fulfillment_id)

    def hidden(self, order: Mapping[str, Json]) -> frozenset[int]:
        """Return which of an order's fulfillments reads do not know yet."""
        since = self._world.stamp(-self._world.switch("fulfillment_lag"))
        if not self._world.switch("fulfillment_lag"):
            return frozenset()
        return frozenset(index for index, row in enumerate(order["fulfillments"]) if row["recorded"] > since)

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _order(self, seller: str, order_id: str) -> Document:
        order = self._orders.get(order_id, seller)
        if order is None:
            raise EbayError(32100, orderId=order_id)
        return order

    def _write(self, row: Mapping[str, Json]) -> Document:
        made: Document = {
            "fulfillmentId": row["id"],
            "lineItems": [{"lineItemId": part["id"], "quantity": part["quantity"]} for part in row["lines"]],
            "shippedDate": row["shipped"],
        }
        if row["number"]:
            made["shipmentTrackingNumber"] = row["number"]
            if not self._world.switch("omit_carrier"):
                made["shippingCarrierCode"] = row["carrier"]
        return made

    def _read_lines(self, order: Mapping[str, Json], given: Json) -> dict[str, int]:
        # What leaving the list out means is not confirmed: refused.
        if not isinstance(given, list) or not given:
            raise EbayError(32600)
        known = {line["id"]: line for line in order["lines"]}
        parts: dict[str, int] = {}
        for entry in given:
            line_id, quantity = (
                (entry.get("lineItemId"), entry.get("quantity", 1)) if isinstance(entry, dict) else ("", 1)
            )
            if not isinstance(quantity, int) or isinstance(quantity, bool) or not isinstance(line_id, str):
                raise EbayError(30500)
            if line_id not in known:
                raise EbayError(32200, lineItemId=line_id)
            if line_id in parts:
                raise EbayError(32210)
            if quantity < 1:
                raise EbayError(32600)
            parts[line_id] = quantity
        programme = [line_id for line_id in parts if known[line_id]["gsp"]]
        if programme and len(programme) < len(parts):
            raise EbayError(34200)
        if len(programme) > 1:
            raise EbayError(34300)
        gone = shipped(order)
        if any(gone[line_id] + quantity > known[line_id]["quantity"] for line_id, quantity in parts.items()):
            raise EbayError(32600)
        return parts

    def _read_tracking(self, body: Mapping[str, Json]) -> tuple[str | None, str | None]:
        number, carrier = body.get("trackingNumber"), body.get("shippingCarrierCode")
        if number is None and carrier is None:
            return None, None
        if not isinstance(number, str) or not isinstance(carrier, str) or not number or not carrier:
            raise EbayError(30500)
        folded = {name.lower(): name for name in CARRIERS}
        misspelled = carrier not in CARRIERS and (carrier.lower() in folded or self._world.switch("strict_carriers"))
        foreign = number.startswith("1Z") and carrier in CARRIERS and carrier not in {"UPS", "UPS-MI", "Other"}
        if misspelled or foreign or not (number.isascii() and number.isalnum()):
            raise EbayError(32300)
        return number, carrier

    def _read_date(self, order: Mapping[str, Json], given: Json) -> str:
        now = self._world.now()
        if given is None:
            return to_stamp(now)
        at = _moment(given)
        if to_stamp(at) > to_stamp(now) or to_stamp(at) < order["created"]:
            raise EbayError(32500)
        return to_stamp(at)

    @staticmethod
    def _check_state(order: Mapping[str, Json], number: str | None) -> None:
        if order["cancel_state"] == "CANCELED" or order["cancel_by_seller"]:
            raise EbayError(32900, reason="it is cancelled")
        if order["kind"] == "fulfilled_by_ebay":
            raise EbayError(32900, reason="eBay fulfills it")
        if number is not None and any(_plain(row["number"]) == _plain(number) for row in order["fulfillments"]):
            raise EbayError(34500)
        numbers = sum(1 for row in order["fulfillments"] if row["number"])
        if number is not None and numbers >= MOST_NUMBERS:
            raise EbayError(34100)


def _plain(number: str | None) -> str:
    return (number or "").upper()


def _moment(given: Json) -> datetime:
    try:
        return from_stamp(given)
    except (ValueError, TypeError) as exc:
        raise EbayError(30500) from exc
