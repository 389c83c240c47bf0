"""Shopify's stock against the simulator: read, set, and what goes wrong."""

from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from cartcarrier.channels.shopify import ShopifyChannel
from cartcarrier.errors import PermissionDeniedError, TransportError
from cartcarrier.http import ManualClock
from cartcarrier.models import InventoryLevel, InventoryResult, InventoryStatus
from cartcarrier.sandbox import Fault, FaultKind, Sandbox

EAST, WEST = "gid://shopify/Location/70000001", "gid://shopify/Location/70000002"
ACCEPTED, REJECTED, STALE, PENDING = (
    InventoryStatus.ACCEPTED,
    InventoryStatus.REJECTED,
    InventoryStatus.STALE,
    InventoryStatus.PENDING,
)


class World:
    """A shop with some articles, and a driver.

    Attributes:
        clock: Moved by hand.
        shop: The simulator's control.
        channel: The driver.
    """

    def __init__(self, sandbox: Sandbox, clock: ManualClock) -> None:
        self.clock = clock
        self.sandbox = sandbox
        self.shop = cast("Any", sandbox.simulator("shopify"))
        self.shop.set_scopes([*self.shop.shop.world.scopes, "read_inventory", "write_inventory", "read_locations"])
        self.shop.add_item("MUG", available=10, locations=[EAST, WEST])
        self.shop.add_item("LAMP", available=4, locations=[EAST])
        clock.advance(60)
        self.channel = self.open()

    def open(self, **settings: Any) -> ShopifyChannel:
        """Return another driver for the shop."""
        channel = self.sandbox.channel("shopify", **settings)
        assert isinstance(channel, ShopifyChannel)
        return channel

    async def stock(self, sku: str) -> dict[str | None, int]:
        """Return how many there are, by place."""
        return {level.location_id: level.available for level in await self.channel.get_inventory([sku])}

    def calls(self, operation: str) -> int:
        """Return how often the shop was asked something."""
        count: int = self.shop.counts()["calls"].get(operation, 0)
        return count


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A shop with two articles."""
    clock = ManualClock()
    async with Sandbox(clock=clock) as sandbox:
        yield World(sandbox, clock)


def level(sku: str, available: int, place: str | None = EAST) -> InventoryLevel:
    return InventoryLevel(sku=sku, available=available, location_id=place)


def words(results: Any) -> list[InventoryStatus]:
    return [result.status for result in results]


async def test_stock_is_read_by_article_and_place(world: World) -> None:
    """Each place that has the article has its level."""
    assert await world.stock("MUG") == {EAST: 10, WEST: 10}
    assert await world.stock("LAMP") == {EAST: 4}
    assert await world.stock("NO-SUCH") == {}


async def test_stock_that_was_set_is_read(world: World) -> None:
    """Places are told apart."""
    results = await world.channel.set_inventory([level("MUG", 7, WEST), level("LAMP", 0)])
    assert results == [
        InventoryResult(sku="MUG", status=ACCEPTED),
        InventoryResult(sku="LAMP", status=ACCEPTED),
    ]
    assert await world.stock("MUG") == {EAST: 10, WEST: 7}
    assert await world.stock("LAMP") == {EAST: 0}


async def test_each_level_has_its_result_in_the_order_given(world: World) -> None:
    """One article that cannot be set keeps no other from being set."""
    world.shop.add_item("TWIN", available=1)
    world.shop.add_item("TWIN", available=2)
    world.shop.add_item("LOOSE", available=1, tracked=False)
    world.shop.add_item("BUNDLE", available=1, mutable=False)
    world.clock.advance(60)
    asked = [
        level("NO-SUCH", 1),
        level("MUG", 3),
        level("TWIN", 5),
        level("LOOSE", 5),
        level("BUNDLE", 5),
        level("MUG", 5, None),
        level("LAMP", 9, None),
        level("MUG", 6),
        level("LAMP", 9, "gid://shopify/Order/1"),
    ]
    results = await world.channel.set_inventory(asked)
    assert [result.sku for result in results] == [each.sku for each in asked]
    assert words(results) == [REJECTED, STALE, REJECTED, REJECTED, REJECTED, REJECTED, ACCEPTED, ACCEPTED, REJECTED]
    said = [result.message or "" for result in results]
    assert "search finds no article" in said[0]
    assert "later level" in said[1]
    assert "several articles" in said[2]
    assert "not tracked" in said[3]
    assert "name the location" in said[5]
    assert "not the id" in said[8]
    assert (await world.stock("MUG"))[EAST] == 6
    assert await world.stock("LAMP") == {EAST: 9}
    assert await world.stock("TWIN") == {}, "which of the two is not known"


async def test_lost_answer_is_asked_again_under_the_same_key(world: World) -> None:
    """The second time is not a second change: the shop replays its first answer."""
    world.shop.faults.add(Fault(operation="inventorySetQuantities", kind=FaultKind.DROP_AFTER))
    (result,) = await world.channel.set_inventory([level("MUG", 3)])
    assert result.status is ACCEPTED
    assert await world.stock("MUG") == {EAST: 3, WEST: 10}
    assert world.calls("inventorySetQuantities") == 2


async def test_key_that_is_busy_is_waited_for(world: World) -> None:
    """The first call still runs: the same key again, some seconds later."""
    world.shop.keep_keys_busy(6)
    world.shop.faults.add(Fault(operation="inventorySetQuantities", kind=FaultKind.DROP_AFTER))
    (result,) = await world.channel.set_inventory([level("MUG", 3)])
    assert result.status is ACCEPTED
    assert await world.stock("MUG") == {EAST: 3, WEST: 10}


async def test_silence_to_the_end_is_an_error_of_unknown_outcome(world: World) -> None:
    """Nothing was set as far as anybody knows: no result could be true."""
    world.shop.faults.add(Fault(operation="inventorySetQuantities", kind=FaultKind.DROP_BEFORE, times=50))
    with pytest.raises(TransportError) as caught:
        await world.channel.set_inventory([level("MUG", 3)])
    assert caught.value.outcome_unknown


async def test_article_that_is_new_to_a_place_is_kept_there(world: World) -> None:
    """Stock that arrives at another place is no mistake."""
    (result,) = await world.channel.set_inventory([level("LAMP", 2, WEST)])
    assert result.status is ACCEPTED
    assert await world.stock("LAMP") == {EAST: 4, WEST: 2}


async def test_deactivated_place_takes_no_stock(world: World) -> None:
    """And the other place's level is set."""
    world.shop.set_location_active(WEST, active=False)
    results = await world.channel.set_inventory([level("MUG", 3, WEST), level("MUG", 2, EAST)])
    assert words(results) == [REJECTED, ACCEPTED]
    assert results[0].sku == "MUG"


async def test_settings_name_the_only_place(world: World) -> None:
    """Then levels need not, and no other place is touched or shown."""
    channel = world.open(location_ids=["70000002"])
    results = await channel.set_inventory([level("MUG", 8, None), level("MUG", 1, EAST)])
    assert words(results) == [ACCEPTED, REJECTED]
    assert "location_ids" in (results[1].message or "")
    assert await world.stock("MUG") == {EAST: 10, WEST: 8}
    assert [found.location_id for found in await channel.get_inventory(["MUG"])] == [WEST]


async def test_many_levels_take_few_calls(world: World) -> None:
    """Hundreds of articles: one change for each 250 levels."""
    for number in range(300):
        world.shop.add_item(f"S-{number}", available=1, locations=[EAST])
    world.clock.advance(60)
    results = await world.channel.set_inventory([level(f"S-{number}", number + 2) for number in range(300)])
    assert words(results) == [ACCEPTED] * 300
    assert await world.stock("S-299") == {EAST: 301}
    assert world.calls("inventorySetQuantities") == 2


async def test_odd_skus_are_found(world: World) -> None:
    """Quotes, blanks and signs of the search's own language."""
    odd = ["O'NEIL 5", 'A "B"', "X:Y (Z)", "back\\slash", "OR", "mug"]
    for sku in odd:
        world.shop.add_item(sku, available=5, locations=[EAST])
    world.clock.advance(60)
    found = await world.channel.get_inventory(odd)
    assert [each.sku for each in found] == odd


async def test_missing_scope_is_an_error(world: World) -> None:
    """And names the scope."""
    world.shop.set_scopes(["read_orders", "read_inventory", "read_locations"])
    channel = world.open()
    await channel.get_inventory(["MUG"])
    with pytest.raises(PermissionDeniedError, match="write_inventory"):
        await channel.set_inventory([level("MUG", 1)])
