"""Bad luck on order, and a memory that survives the process."""

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from cartcarrier.http import asgi_transport
from cartcarrier.sandbox import Fault, FaultKind, MemoryStore, Sandbox, SandboxApp, SQLiteStore, Store
from cartcarrier.sandbox.amazon import AmazonSimulator
from tests.sandbox.amazon.client import AGENT, ORDERS, US, AmazonClient, listings_feed, quantity_patch

Reopen = Callable[[Store], AmazonClient]


async def test_every_call_is_counted_by_operation(amazon: AmazonClient) -> None:
    """Harnesses count what a client did."""
    order_id = amazon.simulator.place_order()
    await amazon.order(order_id)
    await amazon.confirm(order_id)
    await amazon.get("/nothing")
    await amazon.upload(b"{}", "application/json")
    calls = amazon.simulator.calls
    for operation, count in {
        "token": 1,
        "getOrder": 2,
        "confirmShipment": 1,
        "unknown": 1,
        "createFeedDocument": 1,
        "upload": 1,
    }.items():
        assert calls[operation] == count, operation


async def test_ordered_status_speaks_amazons_words(amazon: AmazonClient) -> None:
    """And nothing was done."""
    order_id = amazon.simulator.place_order()
    body = await amazon.package(order_id)
    amazon.simulator.add_fault(operation="confirmShipment", kind="status", status=503)
    refused = await amazon.send_confirmation(order_id, body)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (503, "ServiceUnavailable")
    assert await amazon.status(order_id) == "UNSHIPPED"


async def test_lost_answer_leaves_the_effect(amazon: AmazonClient) -> None:
    """The write took effect; repeating it with the same reference adds nothing."""
    order_id = amazon.simulator.place_order()
    body = await amazon.package(order_id)
    amazon.simulator.faults.add(Fault(operation="confirmShipment", kind=FaultKind.STATUS_AFTER))
    assert (await amazon.send_confirmation(order_id, body)).status_code == 503
    assert await amazon.status(order_id) == "SHIPPED"
    assert (await amazon.send_confirmation(order_id, body)).status_code == 204
    assert amazon.simulator.counts()["packages"] == 1


async def test_html_page_of_the_edge(amazon: AmazonClient) -> None:
    """Amazon sends one for malformed requests: a client must not parse it as JSON."""
    amazon.simulator.add_fault(operation="getOrder", kind="html", status=400)
    answer = await amazon.get(f"{ORDERS}/112-0000000-0000000")
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (400, "text/html")


async def test_dropped_connection_in_process(amazon: AmazonClient) -> None:
    """Before the write: nothing has happened."""
    order_id = amazon.simulator.place_order()
    body = await amazon.package(order_id)
    amazon.simulator.add_fault(operation="confirmShipment", kind="drop_before")
    amazon.http = httpx.AsyncClient(transport=asgi_transport(amazon.simulator.app), headers={"user-agent": AGENT})  # type: ignore[arg-type]  # has what the client needs
    with pytest.raises(httpx.ReadError):
        await amazon.send_confirmation(order_id, body)
    assert await amazon.status(order_id) == "UNSHIPPED"


async def everything(amazon: AmazonClient) -> None:
    """Do something of each kind that must survive."""
    await amazon.log_in()
    await amazon.subscribe("ORDER_CHANGE")
    first = amazon.simulator.place_order(lines=[{"sku": "MUG-RED-01", "quantity": 2}])
    await amazon.confirm(first)
    for _ in range(2):
        amazon.simulator.place_order()
    await amazon.patch("LAMP-7", quantity_patch(9))
    seller = str(amazon.simulator.settings()["seller_id"])
    await amazon.feed("JSON_LISTINGS_FEED", listings_feed({"SOAP-3": 4}, seller), "application/json")
    amazon.simulator.set_roles(["inventory_and_order_tracking"])
    amazon.simulator.set_switches(search_lag_seconds=5.0)


async def test_everything_survives_a_restart(tmp_path: Path, reopen: Reopen) -> None:
    """Orders, tokens, feeds in the queue, messages, pages, settings: a killed process forgets nothing."""
    path = tmp_path / "amazon.sqlite3"
    store = SQLiteStore(path)
    before = reopen(store)
    await everything(before)
    token = (await before.search(maxResultsPerPage=1))["pagination"]["nextToken"]
    orders, settings, calls = before.simulator.orders(), before.simulator.settings(), before.simulator.calls
    notes = before.notifications(keep=True)
    await before.http.aclose()
    store.close()

    store = SQLiteStore(path)
    after = reopen(store)
    after.token = before.token
    assert after.simulator.orders() == orders
    assert after.simulator.settings() == settings
    assert after.simulator.calls == calls
    assert after.notifications(keep=True) == notes
    rest = await after.search(maxResultsPerPage=1, paginationToken=token)
    assert len(rest["orders"]) == 1
    after.clock.advance(90)
    assert (after.simulator.stock("LAMP-7"), after.simulator.stock("SOAP-3")) == (9, 4)
    assert after.simulator.feeds()[0]["status"] == "DONE"
    assert after.simulator.set_switches()["search_lag_seconds"] == 5.0
    assert (await after.get("/fba/inventory/v1/summaries")).status_code == 403
    await after.http.aclose()
    store.close()


async def test_two_simulators_on_stores_of_their_own_do_not_mix(reopen: Reopen) -> None:
    """One's orders are not the other's."""
    first, second = reopen(MemoryStore()), reopen(MemoryStore())
    first.simulator.place_order()
    assert second.simulator.orders() == []
    await first.http.aclose()
    await second.http.aclose()


async def test_reset_forgets_everything(amazon: AmazonClient) -> None:
    """As if the store were new: credentials are planted again, orders are gone."""
    settings = amazon.simulator.settings()
    amazon.simulator.place_order()
    await amazon.confirm(amazon.simulator.place_order())
    amazon.simulator.reset()
    assert amazon.simulator.orders() == []
    assert amazon.simulator.settings() == settings
    assert (await amazon.get(f"{ORDERS}/x")).status_code == 403
    await amazon.log_in()
    assert await amazon.search_all() == []


def test_failed_command_leaves_nothing_behind(simulator: AmazonSimulator) -> None:
    """An order that cannot be placed whole takes no units from the offer, and no message goes out."""
    simulator.seed_orders(3)
    before, stock = simulator.orders(), simulator.stock("MUG-RED-01")

    def fail_late() -> None:
        with simulator.platform.world.transaction():
            simulator.place_order(lines=[{"sku": "MUG-RED-01"}])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_late()
    assert simulator.orders() == before
    assert simulator.stock("MUG-RED-01") == stock


async def test_commands_over_http_are_the_same(amazon: AmazonClient) -> None:
    """A harness in another process drives it so, below one address with the API."""
    app = SandboxApp({"amazon": amazon.simulator})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8700") as http:
        made = await http.post("/_control/amazon/place_order", json={"lines": [{"sku": "A"}]})
        order_id = made.json()
        listed = (await http.get("/_control/amazon")).json()["commands"]
        assert {"place_order", "cancel", "request_cancellation", "hold", "messages", "revoke", "set_roles"} <= set(
            listed
        )
        bad = await http.post("/_control/amazon/place_order", json={"colour": "red"})
        assert bad.status_code == 400
        hosts = amazon.simulator.hosts("http://127.0.0.1:8700")
        known = amazon.simulator.settings()
        form = {"grant_type": "refresh_token"} | {
            name: str(known[name]) for name in ("client_id", "client_secret", "refresh_token")
        }
        token = (await http.post(f"{hosts['token']}/auth/o2/token", data=form)).json()["access_token"]
        headers = {"x-amz-access-token": token, "user-agent": "T/1 (Language=Python)"}
        read = await http.get(f"{hosts['api']}{ORDERS}/{order_id}", headers=headers)
        assert read.status_code == 200
        document = await http.post(
            f"{hosts['api']}/feeds/2021-06-30/documents", json={"contentType": "text/plain"}, headers=headers
        )
        put = await http.put(document.json()["url"], content=b"x", headers={"content-type": "text/plain"})
        assert put.status_code == 200


def test_settings_are_those_of_the_contract(simulator: AmazonSimulator) -> None:
    """A driver opens with them as they are."""
    assert set(simulator.settings()) == {
        "client_id",
        "client_secret",
        "refresh_token",
        "seller_id",
        "marketplace_ids",
        "region",
        "sandbox",
    }
    assert simulator.settings()["marketplace_ids"] == [US]
    assert json.dumps(simulator.settings())


async def test_sandbox_makes_it_by_name() -> None:
    """Through the entry point, once it is declared, or by its class."""
    async with Sandbox() as sandbox:
        simulator = AmazonSimulator(store=sandbox.store, clock=sandbox.clock)
        assert simulator.describe()["platform"] == "Amazon Selling Partner API"
