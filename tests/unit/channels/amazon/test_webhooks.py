"""Notifications of the queue as events."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cartcarrier.errors import AuthenticationError, ResponseError
from cartcarrier.models import (
    Event,
    FulfillmentChanged,
    InventoryChanged,
    OrderCancelled,
    OrderChanged,
    WebhookRequest,
)
from tests.unit.channels.amazon.fakes import ORDER, US, Amazon

TIME = "2026-11-24T08:58:00.5Z"


def message(kind: str, payload: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return a notification in the old spelling."""
    return {
        "NotificationVersion": "1.0",
        "NotificationType": kind,
        "PayloadVersion": "1.0",
        "EventTime": TIME,
        "Payload": payload,
        "NotificationMetadata": {"ApplicationId": "a", "SubscriptionId": "s", "NotificationId": "n-1"},
        **changes,
    }


def change(status: str = "Unshipped", kind: str = "OrderStatusChange", **changes: Any) -> dict[str, Any]:
    """Return the notification of a changed order."""
    inner = {
        "SellerId": "A3SELLER",
        "AmazonOrderId": ORDER,
        "OrderChangeType": kind,
        "OrderChangeTrigger": {"TimeOfOrderChange": "2026-11-24T08:57:00Z", "ChangeReason": "x"},
        "Summary": {"OrderStatus": status, "OrderItems": []},
        **changes,
    }
    return message("ORDER_CHANGE", {"OrderChangeNotification": inner})


def pushed(body: object) -> WebhookRequest:
    """Return a message of the queue."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return WebhookRequest(method="POST", url="sqs", headers={}, body=raw)


async def events_of(amazon: Amazon, body: object) -> tuple[Event, ...]:
    """Return what a message means."""
    return (await amazon.channel().receive(pushed(body))).events


async def test_changed_order_is_to_be_read_again(amazon: Amazon) -> None:
    """A notification has no address and no price: it is a trigger."""
    (event,) = await events_of(amazon, change())
    assert event == OrderChanged(
        id="n-1",
        account="amazon:us",
        occurred_at=datetime(2026, 11, 24, 8, 57, tzinfo=UTC),
        order_id=ORDER,
        what="ORDER_CHANGE/OrderStatusChange",
    )


async def test_cancelled_order_is_one(amazon: Amazon) -> None:
    """Notifications spell it with one l."""
    (event,) = await events_of(amazon, change("Canceled"))
    assert isinstance(event, OrderCancelled)
    assert (event.order_id, event.requested) == (ORDER, False)


@pytest.mark.parametrize("flag", [True, "true"], ids=["boolean", "text"])
async def test_buyers_request_is_one(amazon: Amazon, flag: object) -> None:
    """The flag is on the items, a boolean or a text."""
    summary = {"OrderStatus": "Unshipped", "OrderItems": [{"IsBuyerRequestedCancel": flag}]}
    (event,) = await events_of(amazon, change(kind="BuyerRequestedChange", Summary=summary))
    assert isinstance(event, OrderCancelled)
    assert event.requested


async def test_other_wish_of_the_buyer_is_no_cancellation(amazon: Amazon) -> None:
    """Another address, say."""
    summary = {"OrderStatus": "Unshipped", "OrderItems": [{"IsBuyerRequestedCancel": False}]}
    (event,) = await events_of(amazon, change(kind="BuyerRequestedChange", Summary=summary))
    assert isinstance(event, OrderChanged)


async def test_spelling_does_not_matter(amazon: Amazon) -> None:
    """New types write their members small."""
    small = json.loads(
        json.dumps(change())
        .replace('"NotificationType"', '"notificationType"')
        .replace('"Payload"', '"payload"')
        .replace('"NotificationMetadata"', '"notificationMetadata"')
        .replace('"NotificationId"', '"notificationId"')
        .replace('"AmazonOrderId"', '"amazonOrderId"')
    )
    assert await events_of(amazon, small) == await events_of(amazon, change())


async def test_envelope_of_eventbridge_is_opened(amazon: Amazon) -> None:
    """The same message, one level deeper."""
    assert await events_of(amazon, {"version": "0", "detail": change()}) == await events_of(amazon, change())


async def test_quantity_of_the_merchant_is_stock(amazon: Amazon) -> None:
    """Somebody changed it in Seller Central."""
    payload = {"SellerId": "A3SELLER", "FulfillmentChannelCode": "DEFAULT", "Sku": "SKU-1", "Quantity": 99}
    (event,) = await events_of(amazon, message("LISTINGS_ITEM_MFN_QUANTITY_CHANGE", payload))
    assert isinstance(event, InventoryChanged)
    assert (event.sku, event.available) == ("SKU-1", 99)


async def test_quantity_at_amazon_is_stock_by_marketplace(amazon: Amazon) -> None:
    """One event each, with an id of its own."""
    entry = {"MarketplaceId": US, "FulfillmentInventory": {"Fulfillable": 7}}
    payload = {
        "SellerId": "A3SELLER",
        "SKU": "SKU-1",
        "ASIN": "B1",
        "FulfillmentInventoryByMarketplace": [entry, {**entry, "MarketplaceId": "X"}],
    }
    first, second = await events_of(amazon, message("FBA_INVENTORY_AVAILABILITY_CHANGES", payload))
    assert isinstance(first, InventoryChanged)
    assert (first.sku, first.item_id, first.location_id, first.available) == ("SKU-1", "B1", US, 7)
    assert len({first.id, second.id}) == 2


async def test_shipment_of_amazon_is_a_fulfillment(amazon: Amazon) -> None:
    """Made by somebody else."""
    payload = {
        "FBAOutboundShipmentStatusNotification": {
            "SellerId": "A3SELLER",
            "AmazonOrderId": ORDER,
            "AmazonShipmentId": "D1",
        }
    }
    (event,) = await events_of(amazon, message("FBA_OUTBOUND_SHIPMENT_STATUS", payload))
    assert isinstance(event, FulfillmentChanged)
    assert (event.order_id, event.fulfillment_id) == (ORDER, "D1")


@pytest.mark.parametrize("kind", ["FEED_PROCESSING_FINISHED", "ANY_OFFER_CHANGED", "SOMETHING_NEW"])
async def test_type_that_is_not_ours_is_accepted_and_means_nothing(amazon: Amazon, kind: str) -> None:
    """A message that is never deleted would come back for ever."""
    outcome = await amazon.channel().receive(pushed(message(kind, {"x": {}})))
    assert (outcome.status, outcome.events) == (200, ())


async def test_message_of_another_seller_is_refused(amazon: Amazon) -> None:
    """One queue may serve several sellers: the application must route them."""
    with pytest.raises(AuthenticationError, match="another seller"):
        await events_of(amazon, change(SellerId="A3OTHER"))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"{}",
        message("ORDER_CHANGE", {}, NotificationMetadata={}),
        {**change(), "Payload": "x"},
        message("ORDER_CHANGE", {"OrderChangeNotification": {"SellerId": "A3SELLER"}}),
    ],
    ids=["empty", "cut", "a list", "no text", "nothing in it", "no id", "no payload", "no order"],
)
async def test_message_that_cannot_be_read_is_named(amazon: Amazon, body: object) -> None:
    """And nothing of it is quoted."""
    with pytest.raises(ResponseError) as caught:
        await events_of(amazon, body)
    assert (caught.value.provider, caught.value.account, caught.value.operation) == ("amazon", "us", "receive")


async def test_huge_message_is_not_read(amazon: Amazon) -> None:
    """A queue takes 256 kB at most."""
    assert (await amazon.channel().receive(pushed(b"x" * (1024 * 1024 + 1)))).status == 413
