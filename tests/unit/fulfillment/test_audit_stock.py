"""One count for all channels, told again and again by somebody who reads orders more seldom than that."""

from datetime import timedelta

import anyio
import attrs
import pytest

from cartcarrier.fulfiller import Fulfiller
from cartcarrier.http import ManualClock
from cartcarrier.models import InventoryLevel, OrderStatus
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import FakeChannel, World, make_order

SHOP = "fakeshop:default"


@pytest.fixture
def open_fulfiller(world: World, open_fulfiller: Open) -> Open:
    """As elsewhere, with two channels that keep stock."""
    channels = [FakeChannel(world), FakeChannel(world, "eu")]
    return lambda **settings: open_fulfiller(**{"channels": channels, **settings})


async def tell(fulfiller: Fulfiller, available: int = 10, **when: object) -> None:
    """Tell all channels of A."""
    await fulfiller.set_inventory([InventoryLevel(sku="A", available=available)], **when)  # type: ignore[arg-type]  # as_of


def told(world: World) -> int | None:
    """What the first channel has."""
    return world.stock.get((SHOP, "A"))


async def drain(fulfiller: Fulfiller) -> list[str]:
    """All that is open work."""
    return [order.id async for order in fulfiller.orders()]


async def test_the_same_count_told_twice_is_not_raised_by_the_second(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Nobody was handed the order in between, so the count cannot know of it: ten and two sold are eight, as before."""
    world.add(make_order("1"))
    async with open_fulfiller() as fulfiller:
        await tell(fulfiller)
        assert told(world) == 8
        clock.advance(900)
        await tell(fulfiller)
        assert told(world) == 8
        clock.advance(1)
        assert await drain(fulfiller) == ["1"]
        clock.advance(1)
        await tell(fulfiller, 8)
        assert told(world) == 8, "handed on: the count of eight knows of it, and nothing is taken off twice"


async def test_what_was_handed_on_after_the_count_is_still_taken_off(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Found while stock was told, handed on a little later: a count of the moment between them knows nothing of it."""
    world.add(make_order("1"))
    async with open_fulfiller() as fulfiller:
        await tell(fulfiller)
        clock.advance(60)
        counted = clock.now()
        clock.advance(60)
        await drain(fulfiller)
        for _ in range(2):
            clock.advance(60)
            await tell(fulfiller, as_of=counted)
            assert told(world) == 8


async def test_a_restart_between_two_counts_forgets_nothing(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """A job that is started every quarter of an hour."""
    world.add(make_order("1"))
    for _ in range(3):
        async with open_fulfiller() as fulfiller:
            await tell(fulfiller)
        assert told(world) == 8
        clock.advance(900)


async def test_what_left_is_taken_off_no_more(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """Whoever counts after a piece has left counts without it, even when orders() never handed it on."""
    order = make_order("1")
    world.add(order)
    async with open_fulfiller() as fulfiller:
        await tell(fulfiller)
        gone = [attrs.evolve(line, unfulfilled_quantity=0) for line in order.lines]
        clock.advance(3600)
        world.change("1", status=OrderStatus.FULFILLED, lines=gone, updated_at=clock.now())
        await tell(fulfiller, 8)
        clock.advance(3600)
        await tell(fulfiller, 8)
    assert told(world) == 8


async def test_what_is_cancelled_is_taken_off_no_more(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """Its pieces can be sold again."""
    world.add(make_order("1"))
    async with open_fulfiller() as fulfiller:
        await tell(fulfiller)
        clock.advance(3600)
        world.change("1", status=OrderStatus.CANCELLED, updated_at=clock.now())
        await tell(fulfiller)
    assert told(world) == 10


@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.ON_HOLD])
async def test_what_orders_keeps_back_is_taken_off(
    world: World, open_fulfiller: Open, clock: ManualClock, status: OrderStatus
) -> None:
    """It was sold, and is written down, but never handed on: the count does not know of it."""
    world.add(make_order("1", status=status))
    async with open_fulfiller() as fulfiller:
        assert await drain(fulfiller) == []
        clock.advance(60)
        await tell(fulfiller)
        assert told(world) == 8
        clock.advance(60)
        world.change("1", status=OrderStatus.UNFULFILLED, updated_at=clock.now())
        await tell(fulfiller)
        assert told(world) == 8, "released, but not handed on yet"
        clock.advance(60)
        assert await drain(fulfiller) == ["1"]
        clock.advance(60)
        await tell(fulfiller, 8)
        assert told(world) == 8


async def test_an_old_order_that_nobody_has_seen_is_taken_off(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """A new ledger on the Monday after a weekend: what is open there was never handed on."""
    old = clock.now() - timedelta(days=4)
    world.add(make_order("1", placed_at=old, updated_at=old))
    async with open_fulfiller() as fulfiller:
        await tell(fulfiller)
        assert told(world) == 8


async def test_a_clock_of_ours_that_is_ahead_hides_no_order(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """By our clock it is read up to a moment that the channel has not reached."""
    async with open_fulfiller() as fulfiller:
        await tell(fulfiller)
        theirs = clock.now() - timedelta(minutes=40)  # of the channel, a quarter of an hour later
        clock.advance(900)
        world.add(make_order("1", placed_at=theirs + timedelta(minutes=15), updated_at=theirs + timedelta(minutes=15)))
        await tell(fulfiller)
    assert told(world) == 8


async def test_an_older_count_does_not_overtake_a_newer_one(world: World, open_fulfiller: Open) -> None:
    """The first call is slow to read the orders; what was counted after it is told after it."""
    reading, go_on = anyio.Event(), anyio.Event()

    async def slow() -> None:
        if not reading.is_set():
            reading.set()
            await go_on.wait()

    world.hooks["list_orders default"] = slow
    done = anyio.Event()

    async def newer(fulfiller: Fulfiller) -> None:
        await tell(fulfiller, 3)
        done.set()

    async with open_fulfiller() as fulfiller, anyio.create_task_group() as tasks:
        tasks.start_soon(tell, fulfiller, 10)
        await reading.wait()
        tasks.start_soon(newer, fulfiller)
        with anyio.move_on_after(0.1):  # as long as it would take if it did not wait
            await done.wait()
        go_on.set()
    assert told(world) == 3
