"""Webhooks from the shop, through the facade: verified, handled once, acted on."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import httpx
import pytest

import cartcarrier as cc
from tests.routes.route import Route, box

URI = "https://app.example/shopify"
TOPICS = ("ORDERS_CREATE", "ORDERS_UPDATED", "ORDERS_CANCELLED", "FULFILLMENTS_CREATE")


async def subscribe(route: Route, *topics: str) -> None:
    """Subscribe as an installed app would."""
    token = str(route.shop.settings()["access_token"])
    document = """mutation($t: WebhookSubscriptionTopic!, $u: String!) {
      webhookSubscriptionCreate(topic: $t, webhookSubscription: {uri: $u}) { userErrors { message } } }"""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(route.shop.app),
        base_url="https://cartcarrier-sandbox.myshopify.com",
        headers={"X-Shopify-Access-Token": token},
    ) as client:
        for topic in topics:
            answer = await client.post(
                "/admin/api/2026-10/graphql.json", json={"query": document, "variables": {"t": topic, "u": URI}}
            )
            assert answer.json()["data"]["webhookSubscriptionCreate"]["userErrors"] == []


def received(sent: Mapping[str, Any], **changes: Any) -> cc.WebhookRequest:
    """Return a delivery as a web framework hands it on."""
    given = {"method": "POST", "url": sent["url"], "headers": sent["headers"], "body": sent["body"].encode()}
    return cc.WebhookRequest(**{**given, **changes})


async def handle_all(fulfiller: cc.Fulfiller, deliveries: Sequence[Mapping[str, Any]]) -> list[cc.WebhookOutcome]:
    """Hand every delivery to the facade."""
    return [await fulfiller.handle_webhook("shopify:default", received(sent)) for sent in deliveries]


async def test_new_order_is_known_after_its_push(route: Route) -> None:
    """The push is a hint: the order itself is read, and written down."""
    await subscribe(route, "ORDERS_CREATE")
    async with route.open() as fulfiller:
        order_id = route.place()
        outcomes = await handle_all(fulfiller, route.shop.deliveries())
        assert [outcome.status for outcome in outcomes] == [200]
        (event,) = outcomes[0].events
        assert isinstance(event, cc.OrderChanged)
        assert event.order_id == order_id
        assert event.account == "shopify:default"
    assert route.work() == {order_id: "open"}


async def test_duplicates_and_reordering_are_handled_once(route: Route) -> None:
    """Three times each, shuffled: the application hears of every event once."""
    await subscribe(route, *TOPICS)
    async with route.open() as fulfiller:
        for _ in range(3):
            route.place()
        deliveries = route.shop.deliveries(duplicates=2, shuffle=True)
        assert len(deliveries) >= 9
        outcomes = await handle_all(fulfiller, deliveries)
        assert all(outcome.status == 200 for outcome in outcomes)
        seen = [event.id for outcome in outcomes for event in outcome.events]
    assert len(seen) == len(set(seen)) == len(deliveries) / 3
    async with route.open() as fulfiller:
        again = await handle_all(fulfiller, deliveries)
    assert [event for outcome in again for event in outcome.events] == []


@pytest.mark.parametrize("forgery", ["body", "signature", "no signature", "other secret"])
async def test_forged_push_is_refused_and_does_nothing(route: Route, forgery: str) -> None:
    """Anybody can post to a public address."""
    await subscribe(route, "ORDERS_CREATE")
    async with route.open() as fulfiller:
        order_id = route.place()
        (sent,) = route.shop.deliveries(secret="somebody else's" if forgery == "other secret" else None)
        headers = dict(sent["headers"])
        changes: dict[str, Any] = {}
        if forgery == "body":
            changes["body"] = sent["body"].replace("1001", "1002").encode()
        elif forgery == "signature":
            changes["headers"] = {**headers, "X-Shopify-Hmac-Sha256": "A" * 43 + "="}
        elif forgery == "no signature":
            changes["headers"] = {name: value for name, value in headers.items() if "Hmac" not in name}
        asked = route.shop.calls["order"]
        with pytest.raises(cc.AuthenticationError):
            await fulfiller.handle_webhook("shopify:default", received(sent, **changes))
        assert route.shop.calls["order"] == asked
    assert order_id not in route.work()


async def test_headers_are_found_in_any_case(route: Route) -> None:
    """Frameworks and proxies write them as they like."""
    await subscribe(route, "ORDERS_CREATE")
    async with route.open() as fulfiller:
        route.place()
        (sent,) = route.shop.deliveries()
        small = {name.lower(): value for name, value in sent["headers"].items()}
        outcome = await fulfiller.handle_webhook("shopify:default", received(sent, headers=small))
    assert len(outcome.events) == 1


async def test_push_for_an_unknown_account_is_a_configuration_error(route: Route) -> None:
    """It names what there is."""
    async with route.open() as fulfiller:
        route.place()
        with pytest.raises(cc.ConfigurationError) as caught:
            await fulfiller.handle_webhook("shopify:us", received({"url": URI, "headers": {}, "body": "{}"}))
    assert caught.value.field == "account_key"


async def test_pushed_cancellation_gives_back_a_label_that_was_not_told(route: Route) -> None:
    """Bought, the shop was down, the buyer cancels: the push alone brings the money back."""
    await subscribe(route, "ORDERS_CANCELLED")
    order_id = route.place()
    route.shop.add_fault(operation="fulfillmentCreate", kind="status", status=503, times=50)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.OperationError):
            await fulfiller.ship(order, parcels=[box()])
        route.shop.clear_faults()
        route.shop.cancel(order_id)
        outcomes = await handle_all(fulfiller, route.shop.deliveries())
        assert any(isinstance(event, cc.OrderCancelled) for outcome in outcomes for event in outcome.events)
    assert route.states() == ["voided"]
    assert route.work() == {order_id: "cancelled"}
    route.audit(labels=0, fulfillments=0, bought=1)


async def test_late_picture_of_an_order_does_not_undo_what_is_known(route: Route) -> None:
    """A push from before the shipment comes after it: the order stays shipped."""
    await subscribe(route, "ORDERS_CREATE", "ORDERS_UPDATED")
    order_id = route.place()
    early = route.shop.deliveries()
    async with route.open() as fulfiller:
        await fulfiller.ship(await route.order(fulfiller, order_id), parcels=[box()])
        await handle_all(fulfiller, [*route.shop.deliveries(), *early])
        assert await route.open_work(fulfiller) == []
    assert route.work() == {order_id: "shipped"}
    route.audit(labels=1, fulfillments=1)


async def test_buyer_who_asks_to_be_forgotten_is(route: Route) -> None:
    """The privacy topic erases what is settled: no name, no street, no label is left of it."""
    order_id = route.place()
    open_id = route.place(email="other@example.com")
    async with route.open() as fulfiller:
        await fulfiller.ship(await route.order(fulfiller, order_id), parcels=[box()])
        number = int(order_id.rpartition("/")[2])
        payload = {
            "shop_id": 1,
            "shop_domain": "cartcarrier-sandbox.myshopify.com",
            "customer": {"id": 1, "email": "x@example.com", "phone": None},
            "orders_to_redact": [number],
        }
        route.shop.push_webhook("CUSTOMERS_REDACT", payload, URI)
        (outcome,) = await handle_all(fulfiller, route.shop.deliveries())
        (event,) = outcome.events
        assert isinstance(event, cc.PersonalDataRequest)
        assert event.action is cc.PersonalDataAction.ERASE
        assert await route.open_work(fulfiller) == [open_id]
    assert _personal(route, order_id) == 0
    assert _personal(route, open_id) > 0
    (row,) = route.shipments()
    assert row["state"] == "confirmed"
    assert json.loads(row["steps"][0]["result"])["tracking_number"] in route.labels()


def _personal(route: Route, order_id: str) -> int:

    with closing(sqlite3.connect(route.path)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM personal_data WHERE order_id = ?", (order_id,)).fetchone()
    return int(count)


async def test_revoked_app_is_said(route: Route) -> None:
    """The seller took the authorization back."""
    await subscribe(route, "APP_UNINSTALLED")
    async with route.open() as fulfiller:
        route.shop.revoke_tokens()
        (outcome,) = await handle_all(fulfiller, route.shop.deliveries())
    (event,) = outcome.events
    assert isinstance(event, cc.AccountRevoked)
