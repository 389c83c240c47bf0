"""Pushes."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cartcarrier.channels.shopify import webhooks
from cartcarrier.errors import AuthenticationError, ConfigurationError, ResponseError
from cartcarrier.models import (
    AccountRevoked,
    Event,
    FulfillmentChanged,
    InventoryChanged,
    OrderCancelled,
    OrderChanged,
    PersonalDataAction,
    PersonalDataRequest,
    WebhookRequest,
)
from tests.unit.channels.shopify import fakes as make
from tests.unit.channels.shopify.fakes import Shop

SECRETS = ("new-secret", "old-secret")
ORDER = {"id": 820982911946154500, "admin_graphql_api_id": "gid://shopify/Order/820982911946154508"}
OWN = {"shop_id": 1, "shop_domain": "my-shop.myshopify.com"}


def push(
    topic: str | None,
    payload: object,
    *,
    secret: str = "new-secret",  # noqa: S107 - a secret of the test's own
    body: bytes | None = None,
    prefix: str = "X-Shopify-",
    url: str = "https://hooks.example.com/shopify",
    **headers: str | None,
) -> WebhookRequest:
    """Return a push, signed as Shopify's documentation says."""
    content = body if body is not None else json.dumps(payload).encode()
    signature = base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()
    fields: dict[str, str | None] = {
        "Topic": topic,
        "Hmac-Sha256": signature,
        "Shop-Domain": "my-shop.myshopify.com",
        "API-Version": "2026-10",
        "Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        "Event-Id": "98880550-7158-44d4-b7cd-2c97c8a091b5",
        "Triggered-At": "2026-11-24T08:59:59.123456789Z",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    sent = {prefix + name: value for name, value in fields.items() if value is not None}
    return WebhookRequest(method="POST", url=url, headers=sent, body=content)


async def received(shop: Shop, request: WebhookRequest, **settings: Any) -> tuple[Event, ...]:
    outcome = await shop.channel(keep_raw=False, **{"webhook_secrets": SECRETS, **settings}).receive(request)
    assert outcome.status == 200
    return outcome.events


async def test_order_push_says_which_order_to_read(shop: Shop) -> None:
    """The payload is a hint: the global id is exact where the number was cut."""
    (event,) = await received(shop, push("orders/updated", ORDER))
    assert event == OrderChanged(
        id="b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        account="shopify:eu",
        occurred_at=datetime(2026, 11, 24, 8, 59, 59, 123456, tzinfo=UTC),
        order_id="gid://shopify/Order/820982911946154508",
        what="orders/updated",
    )


@pytest.mark.parametrize(
    ("topic", "payload", "kind", "facts"),
    [
        ("orders/create", {"id": 5}, OrderChanged, {"order_id": "gid://shopify/Order/5"}),
        ("orders/delete", {"id": 9007199254740993}, OrderChanged, {"order_id": "gid://shopify/Order/9007199254740993"}),
        (
            "orders/edited",
            {"order_edit": {"id": 1, "order_id": 5}},
            OrderChanged,
            {"order_id": "gid://shopify/Order/5"},
        ),
        ("orders/cancelled", {"id": 5}, OrderCancelled, {"order_id": "gid://shopify/Order/5", "requested": False}),
        ("refunds/create", {"id": 1, "order_id": 5}, OrderChanged, {"order_id": "gid://shopify/Order/5"}),
        ("returns/request", {"id": 1, "order": {"id": 5}}, OrderChanged, {"order_id": "gid://shopify/Order/5"}),
        (
            "fulfillments/create",
            {"id": 8, "order_id": 5},
            FulfillmentChanged,
            {"order_id": "gid://shopify/Order/5", "fulfillment_id": "gid://shopify/Fulfillment/8"},
        ),
        (
            "fulfillment_events/create",
            {"id": 1, "fulfillment_id": 8, "order_id": 5, "admin_graphql_api_id": "gid://shopify/FulfillmentEvent/1"},
            FulfillmentChanged,
            {"order_id": "gid://shopify/Order/5", "fulfillment_id": "gid://shopify/Fulfillment/8"},
        ),
        (
            "fulfillment_orders/placed_on_hold",
            {"fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/1", "status": "on_hold"}},
            OrderChanged,
            {"order_id": None, "what": "fulfillment_orders/placed_on_hold"},
        ),
        (
            "fulfillment_holds/added",
            {"fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/1"}},
            OrderChanged,
            {"order_id": None},
        ),
        (
            "fulfillment_orders/cancellation_request_submitted",
            {"fulfillment_order": {"id": "gid://shopify/FulfillmentOrder/1", "order_id": 5}},
            OrderCancelled,
            {"order_id": "gid://shopify/Order/5", "requested": True},
        ),
        (
            "inventory_levels/update",
            {"inventory_item_id": 31, "location_id": 7, "available": 3},
            InventoryChanged,
            {"item_id": "gid://shopify/InventoryItem/31", "location_id": "gid://shopify/Location/7", "available": 3},
        ),
        (
            "inventory_levels/connect",
            {
                "inventory_item_id": 271878346596884000,
                "location_id": 7,
                "available": None,
                "admin_graphql_api_id": "gid://shopify/InventoryLevel/7?inventory_item_id=271878346596884015",
            },
            InventoryChanged,
            {
                "item_id": "gid://shopify/InventoryItem/271878346596884015",
                "location_id": "gid://shopify/Location/7",
                "available": None,
            },
        ),
        (
            "inventory_levels/disconnect",
            {"inventory_item_id": 31, "location_id": 7},
            InventoryChanged,
            {"item_id": "gid://shopify/InventoryItem/31", "available": None},
        ),
        (
            "inventory_items/update",
            {"id": 31, "sku": "MUG", "tracked": True, "admin_graphql_api_id": "gid://shopify/InventoryItem/31"},
            InventoryChanged,
            {"item_id": "gid://shopify/InventoryItem/31", "sku": "MUG", "location_id": None, "available": None},
        ),
        (
            "inventory_items/delete",
            {"id": 31},
            InventoryChanged,
            {"item_id": "gid://shopify/InventoryItem/31", "sku": None},
        ),
        ("app/uninstalled", {"id": 1, "myshopify_domain": "My-Shop.myshopify.com"}, AccountRevoked, {}),
        ("app/scopes_update", {"current": []}, Event, {}),
        (
            "customers/redact",
            {**OWN, "customer": {"id": 9, "email": "ada@example.com"}, "orders_to_redact": [5, 6]},
            PersonalDataRequest,
            {
                "action": PersonalDataAction.ERASE,
                "customer_id": "gid://shopify/Customer/9",
                "order_ids": ("gid://shopify/Order/5", "gid://shopify/Order/6"),
            },
        ),
        (
            "customers/data_request",
            {**OWN, "customer": {"id": 9}, "orders_requested": [5]},
            PersonalDataRequest,
            {"action": PersonalDataAction.EXPORT, "order_ids": ("gid://shopify/Order/5",)},
        ),
        ("shop/redact", OWN, PersonalDataRequest, {"action": PersonalDataAction.ERASE_ACCOUNT}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_each_topic_has_its_event(
    shop: Shop, topic: str, payload: dict[str, Any], kind: type[Event], facts: dict[str, Any]
) -> None:
    """What a push means, in the vocabulary of all channels."""
    (event,) = await received(shop, push(topic, payload))
    assert type(event) is kind
    for name, value in facts.items():
        assert getattr(event, name) == value


STRANGE = {"shop_id": 2, "shop_domain": "other.myshopify.com"}


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("app/uninstalled", ORDER),
        ("app/uninstalled", {"id": 2, "myshopify_domain": "other.myshopify.com"}),
        ("app/uninstalled", OWN),
        ("shop/redact", ORDER),
        ("shop/redact", {"shop_domain": None}),
        ("shop/redact", STRANGE),
        ("shop/redact", {**OWN, "customer": {"id": 9}, "orders_to_redact": [5]}),
        ("shop/redact", {**OWN, "orders_requested": [5], "data_request": {"id": 1}}),
        ("customers/redact", ORDER),
        ("customers/redact", {**STRANGE, "customer": {"id": 9}, "orders_to_redact": [5]}),
        ("customers/redact", {**OWN, "customer": {"id": 9}, "orders_requested": [5], "data_request": {"id": 1}}),
        ("customers/data_request", {**STRANGE, "customer": {"id": 9}, "orders_requested": [5]}),
        ("customers/data_request", {**OWN, "customer": {"id": 9}, "orders_to_redact": [5]}),
    ],
)
async def test_body_of_another_topic_is_refused(shop: Shop, topic: str, payload: dict[str, Any]) -> None:
    """The topic is not signed: what was captured as an order, or as an export, must not erase anything."""
    with pytest.raises(AuthenticationError):
        await received(shop, push(topic, payload))


async def test_topic_that_is_not_ours_is_accepted_and_means_nothing(shop: Shop) -> None:
    """Anything but 2xx would come again, and in the end remove the subscription (pitfall 12)."""
    assert await received(shop, push("products/update", {"id": 1})) == ()


@pytest.mark.parametrize(
    ("kind", "topic"),
    [
        ("FULFILLMENT_REQUEST", "fulfillment_orders/fulfillment_request_submitted"),
        ("CANCELLATION_REQUEST", "fulfillment_orders/cancellation_request_submitted"),
        ("NEW", "fulfillment_order_notification"),
    ],
)
async def test_notice_to_a_service_has_no_topic(shop: Shop, kind: str, topic: str) -> None:
    """It comes to the service's own address, signed like the others (§13)."""
    request = push(None, {"kind": kind}, url="https://hooks.example.com/fulfillment_order_notification?x=1")
    (event,) = await received(shop, request)
    assert isinstance(event, OrderChanged)
    assert (event.order_id, event.what) == (None, topic)


@pytest.mark.parametrize("secret", SECRETS)
async def test_both_secrets_are_good_during_a_change(shop: Shop, secret: str) -> None:
    """The old one signs for up to an hour."""
    assert len(await received(shop, push("orders/updated", ORDER, secret=secret))) == 1


async def test_secret_of_the_app_is_good_without_being_named(shop: Shop) -> None:
    """It is the one that Shopify signs with."""
    request = push("orders/updated", ORDER, secret="hush")
    settings = {"access_token": None, "client_id": "a", "client_secret": "hush", "webhook_secrets": ()}
    assert len(await received(shop, request, **settings)) == 1


@pytest.mark.parametrize("prefix", ["X-Shopify-", "x-shopify-", "Shopify-", "X-SHOPIFY-"])
async def test_headers_are_found_in_any_form(shop: Shop, prefix: str) -> None:
    """Proxies change the case, and the newer event system leaves the X- out."""
    assert len(await received(shop, push("orders/updated", ORDER, prefix=prefix))) == 1


@pytest.mark.parametrize(
    "request_",
    [
        push("orders/updated", ORDER, secret="guess"),
        push("orders/updated", ORDER, Hmac_Sha256=None),
        push("orders/updated", ORDER, Hmac_Sha256=""),
        push("orders/updated", ORDER, Shop_Domain="other.myshopify.com"),
        push("orders/updated", ORDER, Shop_Domain=None),
        push(
            "orders/updated",
            ORDER,
            Hmac_Sha256=hmac.new(b"new-secret", json.dumps(ORDER).encode(), hashlib.sha256).hexdigest(),
        ),
        push("orders/updated", ORDER, Hmac_Sha256="ümlaut"),
        push("orders/updated", ORDER, Hmac_Sha256="\udcff\udc80"),
    ],
    ids=["secret", "unsigned", "empty", "shop", "no-shop", "hex", "letters", "surrogates"],
)
async def test_forged_push_is_refused(shop: Shop, request_: WebhookRequest) -> None:
    """Anybody can find the address; only Shopify has the secret (pitfall 11)."""
    with pytest.raises(AuthenticationError):
        await received(shop, request_)


async def test_body_is_verified_byte_for_byte(shop: Shop) -> None:
    """A body that a framework decoded and encoded again is another body (pitfall 11)."""
    genuine = push("orders/updated", ORDER, body=b'{"id":5,  "note":"\\u00e9"}')
    again = WebhookRequest(
        method="POST", url=genuine.url, headers=genuine.headers, body=json.dumps(json.loads(genuine.body)).encode()
    )
    assert len(await received(shop, genuine)) == 1
    with pytest.raises(AuthenticationError):
        await received(shop, again)


async def test_signature_is_checked_before_the_body_is_read(shop: Shop) -> None:
    """A parser must not meet bytes of strangers."""
    with pytest.raises(AuthenticationError):
        await received(shop, push("orders/updated", None, body=b"{not json", secret="guess"))
    with pytest.raises(ResponseError):
        await received(shop, push("orders/updated", None, body=b"{not json"))


@pytest.mark.parametrize(
    "payload", [[1], {}, {"id": None}, {"id": "gid://shopify/Product/1"}], ids=["list", "empty", "null", "kind"]
)
async def test_genuine_push_that_names_no_order_is_unreadable(shop: Shop, payload: object) -> None:
    """A cancellation without an order must not be taken for handled."""
    with pytest.raises(ResponseError):
        await received(shop, push("orders/cancelled", payload))


async def test_without_a_secret_nothing_is_verified(shop: Shop) -> None:
    """The set-up lacks a setting: nothing is accepted."""
    with pytest.raises(ConfigurationError) as caught:
        await received(shop, push("orders/updated", ORDER), webhook_secrets=())
    assert caught.value.field == "webhook_secrets"


async def test_huge_push_is_not_read(shop: Shop) -> None:
    """Memory is not for strangers to fill."""
    request = push("orders/updated", None, body=b" " * (webhooks.MAX_BODY + 1))
    outcome = await shop.channel(webhook_secrets=SECRETS).receive(request)
    assert (outcome.status, outcome.events) == (413, ())


async def test_old_push_is_genuine_all_the_same(shop: Shop) -> None:
    """Delays up to a day have been seen: the time is a hint for whoever compares (pitfall 13)."""
    (event,) = await received(shop, push("orders/updated", ORDER, Triggered_At="2026-11-20T08:00:00Z"))
    assert event.occurred_at == datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("value", [None, "", "yesterday", "2026-11-24T08:00:00"], ids=str)
async def test_time_that_cannot_be_read_is_not_known(shop: Shop, value: str | None) -> None:
    """A time without a zone says nothing."""
    (event,) = await received(shop, push("orders/updated", ORDER, Triggered_At=value))
    assert event.occurred_at is None


async def test_event_has_an_id_in_any_case(shop: Shop) -> None:
    """Without one the same push could not be known again."""
    (first,) = await received(shop, push("orders/updated", ORDER, Webhook_Id=None))
    (second,) = await received(shop, push("orders/updated", ORDER, Webhook_Id=None, Event_Id=None))
    (third,) = await received(shop, push("orders/updated", ORDER, Webhook_Id=None, Event_Id=None))
    assert first.id == "98880550-7158-44d4-b7cd-2c97c8a091b5"
    assert second.id == third.id
    assert second.id.startswith("sha256:")


async def test_changed_scopes_are_asked_for_anew(shop: Shop) -> None:
    """What was allowed a minute ago may not be now."""
    shop.on("Order", {"order": make.order()})
    channel = shop.channel(webhook_secrets=SECRETS)
    await channel.get_order("1")
    await channel.receive(push("app/scopes_update", {"current": []}))
    await channel.get_order("1")
    assert [name for name, _ in shop.asked] == ["Scopes", "Order", "Scopes", "Order"]
