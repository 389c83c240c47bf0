"""One count for all channels: none is raised above what is left, whatever was sold meanwhile, and wherever."""

from datetime import timedelta

import anyio
import attrs
import pytest
from typing_extensions import override

from cartcarrier.errors import ConfigurationError, InvalidValueError, UnavailableError
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.http import ManualClock
from cartcarrier.models import Allocation, FulfilledBy, InventoryLevel, InventoryResult, InventoryStatus, OrderStatus
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import NOON, FakeChannel, OrderChannel, World, make_order

SHOP, EU = "fakeshop:default", "fakeshop:eu"
DOWN = UnavailableError("down", provider="fakeshop", operation="list_orders")


@pytest.fixture
def open_fulfiller(world: World, open_fulfiller: Open) -> Open:
    """As elsewhere, with two channels that keep stock and one that does not."""
    channels = [FakeChannel(world), FakeChannel(world, "eu"), OrderChannel(world, "mute")]
    return lambda **settings: open_fulfiller(**{"channels": channels, "max_wait": timedelta(seconds=5), **settings})


async def tell(fulfiller: Fulfiller, available: int = 10, **when: object) -> dict[str, list[InventoryStatus]]:
    """Tell all channels of A; returns what became of it."""
    levels = [InventoryLevel(sku="A", available=available)]
    results = await fulfiller.set_inventory(levels, **when)  # type: ignore[arg-type]  # as_of
    return {key: [result.status for result in found] for key, found in results.items()}


def told(world: World) -> tuple[int | None, int | None]:
    """What the two channels have."""
    return world.stock.get((SHOP, "A")), world.stock.get((EU, "A"))


async def test_stock_goes_to_all_channels_and_none_is_lost(world: World, open_fulfiller: Open) -> None:
    """A channel that is down gives a result for each level, with why."""
    world.fail("set_inventory eu", UnavailableError("down", provider="fakeshop", operation="stock"))
    levels = [InventoryLevel(sku="A", available=3), InventoryLevel(sku="B", available=0)]
    async with open_fulfiller() as fulfiller:
        results = await fulfiller.set_inventory(levels)
    assert set(results) == {SHOP, EU}
    assert [result.status for result in results[SHOP]] == [InventoryStatus.ACCEPTED] * 2
    assert [(result.sku, result.status, result.message) for result in results[EU]] == [
        ("A", InventoryStatus.REJECTED, "down"),
        ("B", InventoryStatus.REJECTED, "down"),
    ]


async def test_each_channel_keeps_back_its_buffer(world: World, open_fulfiller: Open) -> None:
    """And none is told less than nothing."""
    async with open_fulfiller(stock_buffers={EU: 3}) as fulfiller:
        await tell(fulfiller)
        assert told(world) == (10, 7)
        await tell(fulfiller, 2)
        assert told(world) == (2, 0)


@pytest.mark.parametrize(
    "buffers", [{"fakeshop:mute": 1}, {"nobody:x": 1}, {SHOP: -1}, {SHOP: 1.5}], ids=["mute", "nobody", "minus", "half"]
)
async def test_a_buffer_that_cannot_be_is_said_at_once(open_fulfiller: Open, buffers: dict[str, int]) -> None:
    """A misspelt key would be no buffer at all."""
    with pytest.raises(ConfigurationError) as caught:
        async with open_fulfiller(stock_buffers=buffers):
            pass
    assert caught.value.field == "stock_buffers"


async def test_what_was_sold_after_the_count_is_taken_off_everywhere(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Sold on one channel, or on one that keeps no stock: the others are not raised above what is left."""
    async with open_fulfiller() as fulfiller:
        clock.advance(600)
        counted = clock.now()
        clock.advance(60)
        world.add(
            make_order("1", placed_at=clock.now(), updated_at=clock.now()),
            make_order("2", channel="fakeshop:mute", placed_at=clock.now(), updated_at=clock.now()),
        )
        await tell(fulfiller, as_of=counted)
        assert told(world) == (6, 6)
        await tell(fulfiller, as_of=counted)
        assert told(world) == (6, 6), "the same count again means the same"
        clock.advance(60)
        await tell(fulfiller, as_of=clock.now())
        assert told(world) == (6, 6), "a count made after them does not know of what was handed to nobody"
        clock.advance(60)
        assert sorted([order.id async for order in fulfiller.orders()]) == ["1", "2"]
        clock.advance(60)
        await tell(fulfiller, as_of=clock.now())
        assert told(world) == (10, 10), "a count made after they were handed on knows of them"


async def test_what_nobody_had_seen_is_taken_off(world: World, open_fulfiller: Open) -> None:
    """The count is of now, but this order was not in the ledger: whoever counted did not know of it."""
    world.add(make_order("1"))
    async with open_fulfiller() as fulfiller:
        await tell(fulfiller)
        assert told(world) == (8, 8)


async def test_what_the_caller_had_seen_is_not_taken_off_again(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """It was handed on by orders(), and the count was made after that."""
    world.add(make_order("1"))
    async with open_fulfiller() as fulfiller:
        assert [order.id async for order in fulfiller.orders()] == ["1"]
        clock.advance(1)
        await tell(fulfiller)
        assert told(world) == (10, 10)


async def test_what_was_seen_after_the_count_is_taken_off(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Placed before, and handed on by orders() only after: whoever counted did not know of it."""
    world.add(make_order("1"))
    counted = clock.now()
    clock.advance(1)
    async with open_fulfiller() as fulfiller:
        assert [order.id async for order in fulfiller.orders()] == ["1"]
        await tell(fulfiller, as_of=counted)
        assert told(world) == (8, 8)


async def test_what_left_since_the_count_is_taken_off_too(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Shipped or not, the piece is sold; a cancelled one is not, and what the channel ships is not ours."""
    clock.advance(60)
    lines = [attrs.evolve(line, unfulfilled_quantity=0) for line in make_order().lines]
    at = {"placed_at": clock.now(), "updated_at": clock.now()}
    world.add(
        make_order("left", lines=lines, status=OrderStatus.FULFILLED, **at),
        make_order("held", status=OrderStatus.ON_HOLD, **at),
        make_order("off", status=OrderStatus.CANCELLED, **at),
        make_order("theirs", fulfilled_by=FulfilledBy.CHANNEL, **at),
    )
    async with open_fulfiller() as fulfiller:
        await tell(fulfiller, as_of=NOON)
    assert told(world) == (6, 6)


async def test_a_sold_piece_is_taken_off_its_place(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """Off that place's level alone; a piece of no known place off each."""
    clock.advance(60)
    at = {"placed_at": clock.now(), "updated_at": clock.now()}
    allotted = (Allocation(line_id="a", quantity=2, location_id="east"),)
    elsewhere = (Allocation(line_id="a", quantity=2, location_id="a place of another channel"),)
    world.add(
        make_order("1", allocations=allotted, **at),
        make_order("2", channel=EU, allocations=elsewhere, **at),
    )
    seen: list[tuple[str | None, int]] = []

    class Placed(FakeChannel):
        @override
        async def set_inventory(self, levels: "list[InventoryLevel]") -> list[InventoryResult]:  # type: ignore[override]  # narrower
            seen.extend((level.location_id, level.available) for level in levels)
            return [InventoryResult(sku=level.sku, status=InventoryStatus.ACCEPTED) for level in levels]

    levels = [InventoryLevel(sku="A", available=10, location_id=place) for place in ("east", "west")]
    async with open_fulfiller(channels=[Placed(world), OrderChannel(world, "eu")]) as fulfiller:
        await fulfiller.set_inventory(levels, as_of=NOON)
    assert seen == [("east", 6), ("west", 8)]


async def test_while_a_channel_cannot_be_read_nothing_is_raised(world: World, open_fulfiller: Open) -> None:
    """What was sold there is not known; lowering can oversell nothing."""
    world.stock = {(SHOP, "A"): 5, (EU, "A"): 20}
    world.fail("list_orders mute", DOWN)
    async with open_fulfiller() as fulfiller:
        results = await fulfiller.set_inventory([InventoryLevel(sku="A", available=10)])
        assert told(world) == (5, 10)
        (held,) = results[SHOP]
        assert held.status is InventoryStatus.STALE
        assert "fakeshop:mute: down" in (held.message or "")
        assert results[EU][0].status is InventoryStatus.ACCEPTED
        assert await tell(fulfiller) == {SHOP: [InventoryStatus.ACCEPTED], EU: [InventoryStatus.ACCEPTED]}
    assert told(world) == (10, 10)


async def test_what_was_found_by_a_call_that_raised_nothing_is_taken_off_by_the_next(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """The first call wrote the order down and held back the raise; the second must not raise above it."""
    world.stock = {(SHOP, "A"): 5, (EU, "A"): 5}
    world.add(make_order("1"))
    world.fail("list_orders mute", DOWN)
    async with open_fulfiller() as fulfiller:
        await tell(fulfiller)
        assert told(world) == (5, 5)
        clock.advance(600)
        await tell(fulfiller)
        assert told(world) == (8, 8)
        clock.advance(600)
        assert [order.id async for order in fulfiller.orders()] == ["1"]
        clock.advance(600)
        await tell(fulfiller)
        assert told(world) == (10, 10)


async def test_where_not_even_the_stock_can_be_read_only_nothing_is_told(world: World, open_fulfiller: Open) -> None:
    """Whether it would be raised is not known; zero is never a raise."""
    world.stock = {(SHOP, "A"): 5, (EU, "A"): 5}
    world.fail("list_orders mute", DOWN)
    world.fail("get_inventory eu", DOWN)
    levels = [InventoryLevel(sku="A", available=4), InventoryLevel(sku="B", available=0)]
    async with open_fulfiller() as fulfiller:
        results = await fulfiller.set_inventory(levels)
    assert [result.status for result in results[EU]] == [InventoryStatus.STALE, InventoryStatus.ACCEPTED]
    assert [result.status for result in results[SHOP]] == [InventoryStatus.ACCEPTED, InventoryStatus.ACCEPTED]
    assert (world.stock[EU, "A"], world.stock[EU, "B"], world.stock[SHOP, "A"]) == (5, 0, 4)


async def test_a_channel_that_keeps_silent_holds_up_the_others_no_longer_than_max_wait(
    world: World, open_fulfiller: Open
) -> None:
    """Silent when its orders are read, or when it is told: the others are lowered, and nothing is lost."""
    world.stock = {(SHOP, "A"): 20, (EU, "A"): 20}
    world.hooks["list_orders mute"] = anyio.sleep_forever
    world.hooks["set_inventory eu"] = anyio.sleep_forever
    async with open_fulfiller(max_wait=timedelta(milliseconds=50)) as fulfiller:
        results = await fulfiller.set_inventory([InventoryLevel(sku="A", available=10)])
    assert world.stock[SHOP, "A"] == 10
    assert [result.status for result in results[SHOP]] == [InventoryStatus.ACCEPTED]
    assert [result.status for result in results[EU]] == [InventoryStatus.PENDING]


async def test_an_order_that_shows_late_is_found_by_the_next_call(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Each call reads on from a little before the last one."""
    async with open_fulfiller() as fulfiller:
        await tell(fulfiller)
        placed = clock.now() - timedelta(minutes=3)
        clock.advance(3600)
        world.add(make_order("late", placed_at=placed, updated_at=placed))
        await tell(fulfiller)
    assert told(world) == (8, 8)


@pytest.mark.parametrize("as_of", [NOON.replace(tzinfo=None), NOON + timedelta(hours=1)], ids=["no zone", "future"])
async def test_a_count_of_no_time_is_refused(world: World, open_fulfiller: Open, as_of: object) -> None:
    """A count of tomorrow would take nothing off."""
    async with open_fulfiller() as fulfiller:
        with pytest.raises(InvalidValueError) as caught:
            await tell(fulfiller, as_of=as_of)
    assert caught.value.field == "as_of"
    assert not world.stock
