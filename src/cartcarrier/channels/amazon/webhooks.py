"""Notifications that the application took from its queue, as events (field guide amazon.md §7.3)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from cartcarrier.channels.amazon.config import AmazonConfig
from cartcarrier.errors import AuthenticationError, InvalidValueError, ResponseError
from cartcarrier.models import (
    Event,
    FulfillmentChanged,
    InventoryChanged,
    OrderCancelled,
    OrderChanged,
    WebhookOutcome,
    WebhookRequest,
)
from cartcarrier.platforms.amazon import Notification, find, moment, read_notification

MAX_BODY: Final = 1024 * 1024
"""Bytes of the largest message that is read; a queue takes no more either."""


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _common(note: Notification, account: str, *, at: datetime | None = None, part: str = "") -> dict[str, Any]:
    return {
        "id": f"{note.id}{part}",
        "account": account,
        "occurred_at": at if at is not None else note.event_time,
    }


def _order_change(note: Notification, account: str) -> list[Event]:
    order_id = _text(note.field("AmazonOrderId"))
    if order_id is None:
        raise InvalidValueError("there is no order", field="AmazonOrderId")
    common = _common(note, account, at=moment(note.field("OrderChangeTrigger", "TimeOfOrderChange")))
    if _text(note.field("Summary", "OrderStatus")) in {"Canceled", "Cancelled"}:
        return [OrderCancelled(order_id=order_id, **common)]
    items = note.field("Summary", "OrderItems")
    listed = items if isinstance(items, list) else []
    asked = any(find(item, "IsBuyerRequestedCancel") in {True, "true", "True"} for item in listed)
    kind = _text(note.field("OrderChangeType")) or "unknown"
    if asked or (kind == "BuyerRequestedChange" and not listed):
        return [OrderCancelled(order_id=order_id, requested=True, **common)]
    return [OrderChanged(order_id=order_id, what=f"{note.type}/{kind}", **common)]


def _merchant_quantity(note: Notification, account: str) -> list[Event]:
    return [
        InventoryChanged(
            sku=_text(note.field("Sku")), available=_whole(note.field("Quantity")), **_common(note, account)
        )
    ]


def _amazons_quantity(note: Notification, account: str) -> list[Event]:
    events: list[Event] = []
    by_marketplace = note.field("FulfillmentInventoryByMarketplace")
    for index, entry in enumerate(by_marketplace if isinstance(by_marketplace, list) else []):
        quantity = _whole(find(entry, "FulfillmentInventory", "Fulfillable"))
        events.append(
            InventoryChanged(
                sku=_text(note.field("SKU")),
                item_id=_text(note.field("ASIN")),
                location_id=_text(find(entry, "MarketplaceId")),
                available=quantity,
                **_common(note, account, part=f"/{index}"),
            )
        )
    if not events:
        events.append(InventoryChanged(sku=_text(note.field("SKU")), **_common(note, account)))
    return events


def _fba_shipment(note: Notification, account: str) -> list[Event]:
    return [
        FulfillmentChanged(
            order_id=_text(note.field("AmazonOrderId")),
            fulfillment_id=_text(note.field("AmazonShipmentId")),
            **_common(note, account),
        )
    ]


_READERS: Final[Mapping[str, Callable[[Notification, str], list[Event]]]] = {
    "ORDER_CHANGE": _order_change,
    "LISTINGS_ITEM_MFN_QUANTITY_CHANGE": _merchant_quantity,
    "FBA_INVENTORY_AVAILABILITY_CHANGES": _amazons_quantity,
    "FBA_OUTBOUND_SHIPMENT_STATUS": _fba_shipment,
}
"""What means something to a channel. All else is accepted, and stands for nothing."""


def receive(request: WebhookRequest, config: AmazonConfig, *, key: str, account: str) -> WebhookOutcome:
    """Say what a message of the queue means.

    Messages of a queue are not signed: who may write into it is what its policy says. What can be checked is the seller.

    Args:
        request: Its body is the message's; the rest does not count.
        config: With the seller's id.
        key: The account's key.
        account: The account's name.

    Raises:
        AuthenticationError: It is another seller's.
        ResponseError: It cannot be read.
    """
    if len(request.body) > MAX_BODY:
        return WebhookOutcome(status=413)
    facts: dict[str, Any] = {"provider": key.partition(":")[0], "account": account, "operation": "receive"}
    try:
        note = read_notification(request.body)
    except ValueError as exc:
        raise ResponseError(f"amazon: a notification cannot be read: {exc}", **facts) from None
    if config.seller_id is not None and note.seller_id is not None and note.seller_id != config.seller_id:
        raise AuthenticationError("amazon: a notification is not accepted: it is for another seller", **facts)
    reader = _READERS.get(note.type.upper())
    try:
        events = reader(note, key) if reader is not None else []
    except InvalidValueError as exc:
        msg = f"amazon: a notification of the type {note.type[:64]} cannot be read: {exc.field}"
        raise ResponseError(msg, **facts) from None
    return WebhookOutcome(events=events)
