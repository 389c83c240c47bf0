"""Faults, breakdowns inside a 200, and restarts."""

from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox import SQLiteStore
from cartcarrier.sandbox.shopify import ShopifySimulator

# What conftest.py gives: it cannot be imported from here.
Fixture: TypeAlias = Any

SHIP = "mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { fulfillment { id } userErrors { message } } }"


async def ship(shop: Fixture, order: str) -> httpx.Response:
    (entry,) = shop.simulator.fulfillment_orders(order)
    answer: httpx.Response = await shop.post(
        SHIP, {"f": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": entry["id"]}]}}
    )
    return answer


@pytest.mark.parametrize("status", [401, 402, 403, 404, 423, 429, 430, 500, 502, 503, 504])
async def test_any_status_comes_on_demand_in_the_platforms_form(shop: Fixture, status: int) -> None:
    """And the write did not happen."""
    order = shop.place()
    shop.simulator.add_fault(operation="fulfillmentCreate", kind="status", status=status)
    answer = await ship(shop, order)
    assert answer.status_code == status
    assert isinstance(answer.json()["errors"], str)
    assert shop.simulator.counts()["fulfillments"] == 0
    assert (await ship(shop, order)).status_code == 200


async def test_write_may_take_effect_behind_a_5xx(shop: Fixture) -> None:
    """The ambiguous outcome that a client must look up."""
    order = shop.place()
    shop.simulator.add_fault(operation="fulfillmentCreate", kind="status_after", status=502)
    assert (await ship(shop, order)).status_code == 502
    assert shop.simulator.counts()["fulfillments"] == 1


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
async def test_internal_error_inside_a_200_comes_before_or_after_the_effect(
    shop: Fixture, when: str, made: int
) -> None:
    """INTERNAL_SERVER_ERROR tells nothing about the effect."""
    order = shop.place()
    shop.simulator.break_down("fulfillmentCreate", after=when == "after")
    answer = await ship(shop, order)
    assert answer.status_code == 200
    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["extensions"]["requestId"] == answer.headers["X-Request-Id"]
    assert "data" not in answer.json()
    assert shop.simulator.counts()["fulfillments"] == made


async def test_breakdown_hits_only_its_operation_and_as_often_as_ordered(shop: Fixture) -> None:
    """Chaos is exact."""
    order = shop.place()
    shop.simulator.break_down("fulfillmentCreate", times=2)
    assert (await shop.order(order))["id"] == order
    for _ in range(2):
        assert "errors" in (await ship(shop, order)).json()
    assert "errors" not in (await ship(shop, order)).json()


async def test_operations_are_named_by_their_root_field(shop: Fixture) -> None:
    """Faults and counters speak the platform's language."""
    order = shop.place()
    await ship(shop, order)
    await shop.data("query Whatever($id: ID!) { x: order(id: $id) { id } }", id=order)
    await shop.http.post("/admin/oauth/access_token", data={})
    await shop.http.get("/admin/oauth/authorize")
    await shop.http.get("/nowhere")
    await shop.post("{ broken")
    assert shop.simulator.counts()["calls"] == {
        "fulfillmentCreate": 1,
        "order": 1,
        "token": 1,
        "authorize": 1,
        "unknown": 2,
    }


async def test_shop_survives_a_restart(tmp_path: Path, clock: ManualClock, reopen: Fixture) -> None:
    """A killed server comes back with its orders, fulfillments, tokens, keys, subscriptions and queue."""
    store = SQLiteStore(tmp_path / "shop.db")
    before = reopen(store, clock)
    order = before.place(lines=[{"sku": "A", "quantity": 2}])
    before.simulator.set_scopes([*before.simulator.shop.world.scopes, "read_all_orders"])
    (entry,) = await before.fulfillment_orders(order)
    await before.ship((entry["id"], [(entry["lineItems"]["nodes"][0]["id"], 1)]), number="1Z3")
    refresh = before.simulator.credentials()["refresh"]
    plan = await before.order(order)
    await before.data(
        """mutation { webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {uri: "https://a.example"}) {
        userErrors { message } } }"""
    )
    second = before.place()
    counts, orders = before.simulator.counts(), before.simulator.orders()
    store.close()

    after = reopen(SQLiteStore(tmp_path / "shop.db"), clock)
    assert after.token == before.token
    assert after.simulator.counts() == counts
    assert after.simulator.orders() == orders
    assert await after.order(order) == plan
    assert "read_all_orders" in after.simulator.shop.world.scopes
    assert len(after.simulator.deliveries()) == 1
    form = {
        "grant_type": "refresh_token",
        **{key: refresh[key] for key in ("client_id", "client_secret", "refresh_token")},
    }
    assert (await after.http.post("/admin/oauth/access_token", data=form)).status_code == 200
    third = after.place()
    assert third not in {order, second}


async def test_running_job_survives_a_restart(tmp_path: Path, clock: ManualClock, reopen: Fixture) -> None:
    """A cancellation that was accepted comes true even when the process died."""
    store = SQLiteStore(tmp_path / "shop.db")
    before = reopen(store, clock)
    order = before.place()
    await before.data(
        "mutation($id: ID!) { orderCancel(orderId: $id, reason: OTHER, restock: true) { job { id } } }", id=order
    )
    store.close()
    after = reopen(SQLiteStore(tmp_path / "shop.db"), clock)
    assert (await after.order(order))["cancelledAt"] is None
    clock.advance(3)
    assert (await after.order(order))["cancelledAt"]


async def test_reset_forgets_everything_but_the_credentials(shop: Fixture) -> None:
    """A new shop under the same seed."""
    shop.simulator.seed_orders(3)
    shop.simulator.set_scopes([])
    shop.simulator.reset()
    assert shop.simulator.orders() == []
    assert shop.simulator.settings()["access_token"] == shop.token
    order = shop.place()
    assert len(await shop.fulfillment_orders(order)) == 1


async def test_settings_and_hosts_are_what_a_driver_is_opened_with(shop: Fixture) -> None:
    """The contract with the sandbox."""
    settings = shop.simulator.settings()
    assert settings["shop"] == "cartcarrier-sandbox.myshopify.com"
    assert str(settings["access_token"]).startswith("shpat_")
    assert shop.simulator.hosts("http://127.0.0.1:8700") == {"api": "http://127.0.0.1:8700/shopify"}
    assert set(shop.simulator.credentials()) == {"static", "client_credentials", "refresh", "webhooks"}


async def test_seed_draws_other_credentials(clock: ManualClock) -> None:
    """Two sandboxes with two seeds do not open each other's shops."""
    tokens: set[Any] = {ShopifySimulator(clock=clock, seed=seed).settings()["access_token"] for seed in (0, 1)}
    assert len(tokens) == 2


def test_every_command_is_listed() -> None:
    """What the control surface over HTTP offers."""
    expected = {
        "place_order",
        "seed_orders",
        "edit_address",
        "edit_quantity",
        "cancel",
        "hold",
        "release",
        "split",
        "move",
    }
    expected |= {
        "set_scopes",
        "set_access_level",
        "orders",
        "counts",
        "duplicates",
        "deliveries",
        "credentials",
        "break_down",
    }
    assert expected <= set(ShopifySimulator().commands())
