"""Shopify's bulk operations against the simulator: the first import of a large shop."""

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest

from cartcarrier.channels.shopify import ShopifyChannel
from cartcarrier.errors import ConflictError, NotFoundError, PermissionDeniedError, UnavailableError
from cartcarrier.http import ManualClock
from cartcarrier.models import Order, OrderQuery, OrderStatus
from cartcarrier.sandbox import Fault, FaultKind, Sandbox


class World:
    """A shop with orders, and a driver.

    Attributes:
        clock: Moved by hand.
        shop: The simulator's control.
        channel: The driver.
    """

    def __init__(self, sandbox: Sandbox, clock: ManualClock) -> None:
        self.clock = clock
        self.shop = cast("Any", sandbox.simulator("shopify"))
        self.shop.seed_orders(80, 3)
        clock.advance(1200)
        channel = sandbox.channel("shopify")
        assert isinstance(channel, ShopifyChannel)
        self.channel = channel

    def calls(self, operation: str) -> int:
        """Return how often the shop was asked something."""
        count: int = self.shop.counts()["calls"].get(operation, 0)
        return count


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A shop with all kinds of orders."""
    clock = ManualClock()
    async with Sandbox(clock=clock) as sandbox:
        yield World(sandbox, clock)


def asked(*statuses: OrderStatus) -> OrderQuery:
    return OrderQuery(statuses=frozenset(statuses))  # type: ignore[arg-type]  # the attrs plugin loses the type variable


async def listed(channel: ShopifyChannel, query: OrderQuery) -> dict[str, Order]:
    return {order.id: order async for order in channel.list_orders(query)}


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(OrderQuery(), id="all"),
        pytest.param(asked(OrderStatus.UNFULFILLED, OrderStatus.PARTIALLY_FULFILLED), id="open"),
        pytest.param(asked(OrderStatus.FULFILLED), id="fulfilled"),
        pytest.param(asked(OrderStatus.CANCELLED), id="cancelled"),
    ],
)
async def test_import_gives_what_a_listing_gives(world: World, query: OrderQuery) -> None:
    """The same orders, each once, equal in all that they say."""
    found = [order async for order in world.channel.import_orders(query)]
    assert len({order.id for order in found}) == len(found)
    assert {order.id: order for order in found} == await listed(world.channel, query)


async def test_what_cannot_be_wanted_is_not_read(world: World) -> None:
    """Years of finished orders cost nothing."""
    query = asked(OrderStatus.ON_HOLD)
    for order in world.shop.orders():
        if not order["test"]:
            world.shop.cancel(order["id"])
    world.clock.advance(600)
    before = world.calls("orders")
    assert [order async for order in world.channel.import_orders(query)] == []
    assert world.calls("orders") == before


async def test_empty_shop_gives_nothing(world: World) -> None:
    """There is no file where nothing matched."""
    query = OrderQuery(updated_since=world.clock.now())
    assert [order async for order in world.channel.import_orders(query)] == []


async def test_import_is_taken_up_again(world: World) -> None:
    """By another process, from the operation that was begun."""
    first = world.channel.import_orders()
    order = await anext(first)
    assert first.operation_id is not None
    again = [each async for each in world.channel.import_orders(operation_id=first.operation_id)]
    assert order in again
    assert world.calls("bulkOperationRunQuery") == 1


async def test_lost_answer_is_looked_up(world: World) -> None:
    """Five run at a time: none should run for nobody."""
    world.shop.faults.add(Fault(operation="bulkOperationRunQuery", kind=FaultKind.DROP_AFTER))
    found = [order async for order in world.channel.import_orders()]
    assert found
    assert world.calls("bulkOperationRunQuery") == 1


async def test_cut_download_is_asked_again(world: World) -> None:
    """The file is read from where it broke off."""
    world.shop.faults.add(Fault(operation="bulk_file", kind=FaultKind.DROP_AFTER, times=2))
    found = {order.id async for order in world.channel.import_orders()}
    assert found == set(await listed(world.channel, OrderQuery()))
    assert world.calls("bulk_file") == 3


@pytest.mark.parametrize("partial", [False, True])
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("INTERNAL_SERVER_ERROR", UnavailableError),
        ("TIMEOUT", UnavailableError),
        ("ACCESS_DENIED", PermissionDeniedError),
    ],
)
async def test_failed_operation_is_an_error(world: World, code: str, kind: type[Exception], *, partial: bool) -> None:
    """What it found until then would be taken for all there is."""
    world.shop.fail_bulk(code, partial=partial)
    with pytest.raises(kind, match="bulk operation"):
        await anext(world.channel.import_orders())


async def test_too_many_operations_are_a_conflict(world: World) -> None:
    """And nothing is waited for in silence."""
    settings = world.shop.settings()
    document = (
        'mutation { bulkOperationRunQuery(query: "{ orders { edges { node { id } } } }") { userErrors { code } } }'
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(world.shop.app),
        base_url=f"https://{settings['shop']}",
        headers={"X-Shopify-Access-Token": settings["access_token"]},
    ) as client:
        for _ in range(5):
            await client.post("/admin/api/2026-10/graphql.json", json={"query": document})
    with pytest.raises(ConflictError, match="operation_id") as caught:
        await anext(world.channel.import_orders())
    assert caught.value.code == "LIMIT_REACHED"


async def test_unknown_operation_is_not_found(world: World) -> None:
    """An id of another shop, or one from last year."""
    with pytest.raises(NotFoundError, match="7 days"):
        await anext(world.channel.import_orders(operation_id="gid://shopify/BulkOperation/1"))
