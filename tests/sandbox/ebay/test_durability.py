"""A process that is killed comes back with all it knew."""

import json
from pathlib import Path

import pytest

from cartcarrier.errors import InvalidValueError
from cartcarrier.http import ManualClock
from cartcarrier.sandbox import SandboxApp, SQLiteStore
from cartcarrier.sandbox.ebay import EbaySimulator
from tests.sandbox.ebay.client import CANCEL, ORDERS, STOCK, make_client


async def test_everything_survives_a_restart(clock: ManualClock, tmp_path: Path) -> None:
    """Tokens, orders, fulfillments, cancellations under way, stock, quotas, subscriptions and what is queued."""
    path = tmp_path / "ebay.sqlite3"
    store = SQLiteStore(path)
    before = make_client(clock, store=store)
    await before.subscribe()
    offer = before.simulator.stock("MUG", 5)
    shipped, cancelled = before.place(), before.place(lines=[{"sku": "MUG", "quantity": 2}])
    await before.ship(shipped)
    body = {"legacyOrderId": cancelled, "cancelReason": "OUT_OF_STOCK_OR_CANNOT_FULFILL"}
    cancellation = (await before.call("POST", CANCEL, body)).json()["cancelId"]
    before.simulator.set_switches(list_lag=7)
    known = before.simulator.orders()
    used = before.simulator.quotas()
    token = await before.user_token()
    store.close()

    store = SQLiteStore(path)
    after = make_client(clock, store=store)
    assert after.settings == before.settings
    answer = await after.http.get(f"{ORDERS}/order/{shipped}", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["orderFulfillmentStatus"] == "FULFILLED"
    assert after.simulator.orders() == known
    assert after.simulator.quotas()["sell.fulfillment"]["used"] == used["sell.fulfillment"]["used"] + 1
    assert (await after.get(f"{STOCK}/offer/{offer}"))["availableQuantity"] == 3
    assert len(after.simulator.deliveries()) == 2
    assert after.simulator.describe()["switches"]["list_lag"] == 7  # type: ignore[index]  # a mapping, as describe() has it
    clock.advance(60)
    assert (await after.get(f"{CANCEL}/{cancellation}"))["cancelDetail"]["cancelStatus"] == "CANCEL_CLOSED_WITH_REFUND"
    store.close()


async def test_new_ids_go_on_after_a_restart(clock: ManualClock, tmp_path: Path) -> None:
    """No number is given twice."""
    store = SQLiteStore(tmp_path / "ebay.sqlite3")
    first = make_client(clock, store=store).place()
    store.close()
    store = SQLiteStore(tmp_path / "ebay.sqlite3")
    second = make_client(clock, store=store).place()
    assert first != second
    store.close()


async def test_failed_batch_leaves_nothing(clock: ManualClock) -> None:
    """Orders are placed all or none."""
    ebay = make_client(clock)
    world = ebay.simulator.platform.world

    def place_two() -> None:
        with world.transaction():
            ebay.place()
            ebay.place(kind="wish")

    with pytest.raises(InvalidValueError):
        place_two()
    assert ebay.simulator.orders() == []
    assert await ebay.ids() == []


async def test_reset_forgets_all_but_the_keyset(clock: ManualClock) -> None:
    """The same seed gives the same credentials again."""
    ebay = make_client(clock)
    ebay.place()
    ebay.simulator.reset()
    assert ebay.simulator.settings() == ebay.settings
    assert await ebay.ids() == []


def test_same_seed_same_world(clock: ManualClock) -> None:
    """And another seed another one."""
    one, two, other = (EbaySimulator(clock=clock, seed=seed) for seed in (0, 0, 1))
    assert one.settings() == two.settings() != other.settings()
    for simulator in (one, two):
        simulator.seed_orders(40, seed=3)
    assert one.orders() == two.orders()
    assert len({order["kind"] for order in one.orders()}) > 2


async def test_control_surface_over_http(clock: ManualClock) -> None:
    """Commands, their results as JSON, and links that lead back through the server."""
    import httpx

    simulator = EbaySimulator(clock=clock)
    app = SandboxApp({"ebay": simulator})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8700") as http:
        placed = (await http.post("/_control/ebay/place_order", json={"lines": [{"sku": "A"}]})).json()
        await http.post("/_control/ebay/place_order", json={})
        for name in sorted(simulator.commands()):
            assert name in (await http.get("/_control/ebay")).json()["commands"]
        settings = simulator.settings()
        auth = (str(settings["client_id"]), str(settings["client_secret"]))
        base = simulator.hosts("http://127.0.0.1:8700")["api"]
        form = {"grant_type": "refresh_token", "refresh_token": settings["refresh_token"]}
        token = (await http.post(f"{base}/identity/v1/oauth2/token", data=form, auth=auth)).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        page = (await http.get(f"{base}{ORDERS}/order", params={"limit": 1}, headers=headers)).json()
        assert page["orders"][0]["orderId"] == placed
        assert (await http.get(page["next"], headers=headers)).status_code == 200
        assert (await http.post("/_control/ebay/place_order", json={"kind": "wish"})).status_code == 400
        counts = (await http.post("/_control/ebay/counts")).json()
        assert (counts["orders"], counts["calls"]["getOrders"]) == (2, 2)
        json.dumps(dict(simulator.describe()))
