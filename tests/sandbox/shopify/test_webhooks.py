"""Webhooks: subscribed, signed, repeated, reordered, given up."""

import base64
import hashlib
import hmac
import json
from typing import Any, TypeAlias

import pytest

# What conftest.py gives: it cannot be imported from here.
Fixture: TypeAlias = Any

SUBSCRIBE = """mutation($t: WebhookSubscriptionTopic!, $w: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $t, webhookSubscription: $w) {
    webhookSubscription { id topic uri callbackUrl endpoint { ... on WebhookHttpEndpoint { callbackUrl } } } userErrors { message } } }"""
LIST = (
    "query($t: [WebhookSubscriptionTopic!]) { webhookSubscriptions(first: 20, topics: $t) { nodes { id topic uri } } }"
)
DELETE = (
    "mutation($id: ID!) { webhookSubscriptionDelete(id: $id) { deletedWebhookSubscriptionId userErrors { message } } }"
)
URI = "https://hooks.example.com/shopify"


async def subscribe(shop: Fixture, topic: str, **more: Fixture) -> dict[str, Any]:
    said: dict[str, Any] = await shop.data(SUBSCRIBE, t=topic, w={"uri": URI, "format": "JSON", **more})
    return dict(said["webhookSubscriptionCreate"])


async def topics(shop: Fixture) -> list[str]:
    return [each["headers"]["X-Shopify-Topic"] for each in shop.simulator.deliveries()]


async def test_delivery_is_signed_over_its_raw_body(shop: Fixture) -> None:
    """Base64 of HMAC-SHA256 under the client secret, before anything is parsed."""
    await subscribe(shop, "ORDERS_CREATE")
    shop.place(note="Grüße 🐕")
    (sent,) = shop.simulator.deliveries()
    secret = shop.simulator.credentials()["webhooks"]["secret"]
    digest = hmac.new(secret.encode(), sent["body"].encode(), hashlib.sha256).digest()
    assert sent["headers"]["X-Shopify-Hmac-Sha256"] == base64.b64encode(digest).decode()
    assert sent["url"] == URI


async def test_rotated_secret_signs_on_demand(shop: Fixture) -> None:
    """For up to an hour after a rotation the old one signs."""
    await subscribe(shop, "ORDERS_CREATE")
    shop.place()
    (old,) = shop.simulator.deliveries(keep=True, secret="old-secret")
    (new,) = shop.simulator.deliveries()
    assert old["body"] == new["body"]
    assert old["headers"]["X-Shopify-Hmac-Sha256"] != new["headers"]["X-Shopify-Hmac-Sha256"]


async def test_delivery_carries_the_documented_headers(shop: Fixture) -> None:
    """Those that a receiver needs for dispatch and duplicates."""
    await subscribe(shop, "ORDERS_UPDATED", name="main")
    shop.simulator.edit_address(shop.place(), city="Elsewhere")
    (sent,) = shop.simulator.deliveries()
    headers = sent["headers"]
    assert headers["X-Shopify-Topic"] == "orders/updated"
    assert headers["X-Shopify-Shop-Domain"] == "cartcarrier-sandbox.myshopify.com"
    assert headers["X-Shopify-API-Version"] == "2026-10"
    assert headers["X-Shopify-Name"] == "main"
    assert headers["X-Shopify-Triggered-At"].startswith("2026-11-24T09:00:00")
    assert headers["X-Shopify-Webhook-Id"] != headers["X-Shopify-Event-Id"]


async def test_two_subscriptions_share_the_event_and_not_the_delivery(shop: Fixture) -> None:
    """Duplicates are sorted out by the webhook id."""
    await subscribe(shop, "ORDERS_CREATE")
    await subscribe(shop, "ORDERS_CREATE", uri="https://other.example.com/")
    shop.place()
    first, second = (each["headers"] for each in shop.simulator.deliveries())
    assert first["X-Shopify-Event-Id"] == second["X-Shopify-Event-Id"]
    assert first["X-Shopify-Webhook-Id"] != second["X-Shopify-Webhook-Id"]


async def test_payload_is_the_older_picture_of_the_order(shop: Fixture) -> None:
    """Snake case, bare numbers, and the global id beside."""
    await subscribe(shop, "ORDERS_CREATE")
    order = shop.place(lines=[{"sku": "A", "quantity": 2, "price": "3.50", "weight_grams": 70}])
    (sent,) = shop.simulator.deliveries()
    body = json.loads(sent["body"])
    assert body["admin_graphql_api_id"] == order
    assert body["id"] == int(order.rpartition("/")[2])
    assert (body["name"], body["financial_status"], body["fulfillment_status"]) == ("#1001", "paid", None)
    (line,) = body["line_items"]
    assert (line["sku"], line["quantity"], line["grams"], line["price"]) == ("A", 2, 70, "3.50")
    assert body["total_price"] == "12.00"
    assert body["shipping_address"]["country_code"] == "US"


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("ORDERS_CREATE", ["orders/create"]),
        ("ORDERS_FULFILLED", ["orders/fulfilled"]),
        ("ORDERS_PARTIALLY_FULFILLED", ["orders/partially_fulfilled"]),
        ("FULFILLMENTS_CREATE", ["fulfillments/create", "fulfillments/create"]),
        ("FULFILLMENTS_UPDATE", ["fulfillments/update"]),
        ("FULFILLMENT_EVENTS_CREATE", ["fulfillment_events/create"]),
        ("ORDERS_EDITED", ["orders/edited"]),
        ("FULFILLMENT_ORDERS_PLACED_ON_HOLD", ["fulfillment_orders/placed_on_hold"]),
        ("FULFILLMENT_HOLDS_ADDED", ["fulfillment_holds/added"]),
        ("FULFILLMENT_ORDERS_HOLD_RELEASED", ["fulfillment_orders/hold_released"]),
        ("FULFILLMENT_ORDERS_ORDER_ROUTING_COMPLETE", ["fulfillment_orders/order_routing_complete"]),
        ("FULFILLMENT_ORDERS_MOVED", []),
        ("ORDERS_CANCELLED", []),
    ],
)
async def test_each_topic_tells_its_own_event(shop: Fixture, topic: str, expected: list[str]) -> None:
    """And no other."""
    await subscribe(shop, topic)
    order = shop.place(lines=[{"sku": "A", "quantity": 3}])
    shop.simulator.hold(order)
    shop.simulator.release(order)
    shop.simulator.edit_quantity(order, 0, 2)
    (entry,) = await shop.fulfillment_orders(order)
    line = entry["lineItems"]["nodes"][0]["id"]
    await shop.ship((entry["id"], [(line, 1)]))
    made = (await shop.ship((entry["id"], [(line, 1)])))["fulfillment"]["id"]
    document = "mutation($e: FulfillmentEventInput!) { fulfillmentEventCreate(fulfillmentEvent: $e) { userErrors { message } } }"
    await shop.data(document, e={"fulfillmentId": made, "status": "DELIVERED"})
    assert await topics(shop) == expected


async def test_plain_hold_does_not_update_the_order(shop: Fixture) -> None:
    """The webhook side of the same trap: orders/updated stays silent."""
    await subscribe(shop, "ORDERS_UPDATED")
    order = shop.place()
    shop.simulator.hold(order)
    assert await topics(shop) == []


async def test_routing_is_told_when_it_is_done(shop: Fixture, clock: Fixture) -> None:
    """The right moment to plan."""
    await subscribe(shop, "FULFILLMENT_ORDERS_ORDER_ROUTING_COMPLETE")
    shop.place(settled=False)
    assert await topics(shop) == []
    clock.advance(30)
    assert await topics(shop) == ["fulfillment_orders/order_routing_complete"]


async def test_deliveries_repeat_and_shuffle_on_demand(shop: Fixture) -> None:
    """Normal weather for a receiver."""
    await subscribe(shop, "ORDERS_CREATE")
    for _ in range(6):
        shop.place()
    straight = [each["headers"]["X-Shopify-Webhook-Id"] for each in shop.simulator.deliveries(keep=True)]
    mixed = [each["headers"]["X-Shopify-Webhook-Id"] for each in shop.simulator.deliveries(duplicates=1, shuffle=True)]
    assert sorted(mixed) == sorted(straight * 2)
    assert mixed != [each for each in straight for _ in range(2)]
    assert shop.simulator.deliveries() == []


async def test_failed_delivery_comes_again_eight_times_and_then_the_subscription_ends(shop: Fixture) -> None:
    """The night that costs a subscription."""
    await subscribe(shop, "ORDERS_CREATE")
    shop.place()
    for attempt in range(9):
        (sent,) = shop.simulator.deliveries()
        said = shop.simulator.report_delivery(sent["headers"]["X-Shopify-Webhook-Id"], 500)
        assert said == ("queued again" if attempt < 8 else "given up")
    assert (await shop.data(LIST))["webhookSubscriptions"]["nodes"] == []
    assert shop.simulator.deliveries() == []


@pytest.mark.parametrize(
    ("status", "seconds", "expected"), [(200, 5, "delivered"), (200, 5.1, "queued again"), (301, 0, "queued again")]
)
async def test_only_a_quick_2xx_counts(shop: Fixture, status: int, seconds: float, expected: str) -> None:
    """Five seconds in all; redirects fail."""
    await subscribe(shop, "ORDERS_CREATE")
    shop.place()
    (sent,) = shop.simulator.deliveries()
    assert shop.simulator.report_delivery(sent["headers"]["X-Shopify-Webhook-Id"], status, seconds) == expected


async def test_included_fields_cut_the_payload(shop: Fixture) -> None:
    """Only what was asked for travels."""
    await subscribe(shop, "ORDERS_CREATE", includeFields=["id", "updated_at"])
    shop.place()
    (sent,) = shop.simulator.deliveries()
    assert set(json.loads(sent["body"])) == {"id", "updated_at"}


async def test_subscription_is_listed_and_deleted(shop: Fixture) -> None:
    """The daily check finds what is missing."""
    made = (await subscribe(shop, "ORDERS_CREATE"))["webhookSubscription"]
    assert made["endpoint"]["callbackUrl"] == made["uri"] == URI
    listed = (await shop.data(LIST, t=["ORDERS_CREATE"]))["webhookSubscriptions"]["nodes"]
    assert listed == [{"id": made["id"], "topic": "ORDERS_CREATE", "uri": URI}]
    assert (await shop.data(LIST, t=["ORDERS_PAID"]))["webhookSubscriptions"]["nodes"] == []
    assert (await shop.data(DELETE, id=made["id"]))["webhookSubscriptionDelete"][
        "deletedWebhookSubscriptionId"
    ] == made["id"]
    assert (await shop.data(DELETE, id=made["id"]))["webhookSubscriptionDelete"]["userErrors"]


async def test_same_topic_and_address_twice_is_refused(shop: Fixture) -> None:
    """A client adopts what is there."""
    await subscribe(shop, "ORDERS_CREATE")
    said = await subscribe(shop, "ORDERS_CREATE")
    assert said["webhookSubscription"] is None
    assert "already been taken" in said["userErrors"][0]["message"]


@pytest.mark.parametrize("uri", ["http://plain.example.com", "", None])
async def test_address_without_encryption_is_refused(shop: Fixture, uri: str | None) -> None:
    """Personal data does not travel in clear."""
    said = await subscribe(shop, "ORDERS_CREATE", uri=uri)
    assert said["userErrors"]


async def test_subscription_moves_to_a_new_address(shop: Fixture) -> None:
    """Updating keeps the topic."""
    made = (await subscribe(shop, "ORDERS_CREATE"))["webhookSubscription"]
    document = """mutation($id: ID!, $w: WebhookSubscriptionInput!) { webhookSubscriptionUpdate(id: $id, webhookSubscription: $w) {
      webhookSubscription { uri topic } userErrors { message } } }"""
    said = await shop.data(document, id=made["id"], w={"uri": "https://new.example.com/"})
    assert said["webhookSubscriptionUpdate"]["webhookSubscription"] == {
        "uri": "https://new.example.com/",
        "topic": "ORDERS_CREATE",
    }
    said = await shop.data(document, id="gid://shopify/WebhookSubscription/1", w={})
    assert said["webhookSubscriptionUpdate"]["userErrors"]


async def test_privacy_topics_are_pushed_without_a_subscription(shop: Fixture) -> None:
    """They belong to the app's configuration."""
    payload = {"shop_id": 1, "shop_domain": "cartcarrier-sandbox.myshopify.com", "orders_to_redact": [5]}
    shop.simulator.push_webhook("CUSTOMERS_REDACT", payload, URI)
    (sent,) = shop.simulator.deliveries()
    assert sent["headers"]["X-Shopify-Topic"] == "customers/redact"


async def test_uninstalled_app_is_told(shop: Fixture) -> None:
    """Tokens are to be dropped."""
    await subscribe(shop, "APP_UNINSTALLED")
    shop.simulator.revoke_tokens()
    assert await topics(shop) == ["app/uninstalled"]


UPDATE = """mutation($id: ID!, $w: WebhookSubscriptionInput!) {
  webhookSubscriptionUpdate(id: $id, webhookSubscription: $w) { webhookSubscription { uri format } userErrors { message } } }"""
CREATE = """mutation($t: WebhookSubscriptionTopic!, $u: String!) {
  webhookSubscriptionCreate(topic: $t, webhookSubscription: {uri: $u}) { webhookSubscription { id } userErrors { message } } }"""


async def subscribed(shop: Fixture, topic: str, uri: str) -> str:
    said = (await shop.data(CREATE, t=topic, u=uri))["webhookSubscriptionCreate"]
    number: str = said["webhookSubscription"]["id"]
    return number


@pytest.mark.parametrize("uri", ["http://a.example", "https://taken.example"], ids=["not encrypted", "taken"])
async def test_move_to_an_address_that_cannot_be_is_refused(shop: Fixture, uri: str) -> None:
    """The rules of new subscriptions hold for changed ones."""
    await subscribed(shop, "ORDERS_UPDATED", "https://taken.example")
    number = await subscribed(shop, "ORDERS_UPDATED", "https://a.example")
    said = (await shop.data(UPDATE, id=number, w={"uri": uri}))["webhookSubscriptionUpdate"]
    assert said["webhookSubscription"] is None
    assert said["userErrors"]
    shown = await shop.data("query($id: ID!) { webhookSubscription(id: $id) { uri } }", id=number)
    assert shown == {"webhookSubscription": {"uri": "https://a.example"}}


async def test_update_of_what_is_not_there_is_refused(shop: Fixture) -> None:
    """It was deleted after the eighth failure: create it anew."""
    said = await shop.data(UPDATE, id="gid://shopify/WebhookSubscription/1", w={"uri": "https://a.example"})
    assert said["webhookSubscriptionUpdate"]["userErrors"]


async def test_update_to_its_own_address_is_no_conflict(shop: Fixture) -> None:
    """Only the other members change."""
    number = await subscribed(shop, "ORDERS_UPDATED", "https://a.example")
    wish = {"uri": "https://a.example", "format": "XML"}
    said = (await shop.data(UPDATE, id=number, w=wish))["webhookSubscriptionUpdate"]
    assert said == {"webhookSubscription": {"uri": "https://a.example", "format": "XML"}, "userErrors": []}


async def test_subscriptions_are_counted_filtered_and_paged(shop: Fixture) -> None:
    """What a daily check of missing subscriptions reads."""
    first = await subscribed(shop, "ORDERS_CREATE", "https://a.example")
    second = await subscribed(shop, "ORDERS_UPDATED", "https://a.example")
    third = await subscribed(shop, "ORDERS_UPDATED", "https://b.example")
    await shop.data(UPDATE, id=third, w={"format": "XML"})
    document = """query($t: [WebhookSubscriptionTopic!], $u: String, $f: WebhookSubscriptionFormat, $a: String) {
      webhookSubscriptions(first: 2, topics: $t, uri: $u, format: $f, after: $a) {
        nodes { id } pageInfo { hasNextPage endCursor } } webhookSubscriptionsCount { count precision } }"""

    async def found(**arguments: Any) -> list[str]:
        return [row["id"] for row in (await shop.data(document, **arguments))["webhookSubscriptions"]["nodes"]]

    whole = await shop.data(document)
    assert whole["webhookSubscriptionsCount"] == {"count": 3, "precision": "EXACT"}
    assert await found() == [first, second]
    assert await found(a=whole["webhookSubscriptions"]["pageInfo"]["endCursor"]) == [third]
    assert await found(t=["ORDERS_UPDATED"]) == [second, third]
    assert await found(u="https://b.example") == [third]
    assert await found(f="JSON") == [first, second]
