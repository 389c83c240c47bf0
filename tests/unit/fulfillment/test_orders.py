"""Open work of all channels, and what has changed at one."""

from datetime import timedelta

import attrs
import pytest

from cartcarrier.errors import AuthenticationError, ConfigurationError, InvalidValueError, UnavailableError
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment._stream import Stream
from cartcarrier.ledger import WorkState
from cartcarrier.models import FulfilledBy, OrderRef, OrderStatus
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import NOON, FakeChannel, World, make_order, make_parcel


async def test_orders_of_all_channels_are_written_down_before_they_are_yielded(
    world: World, open_fulfiller: Open
) -> None:
    """A crash after the yield loses none."""
    world.add(make_order("1"), make_order("2", channel="fakeshop:eu"))
    async with open_fulfiller(channels=[FakeChannel(world), FakeChannel(world, "eu")]) as fulfiller:
        seen = set()
        async for order in fulfiller.orders():
            assert await fulfiller._desk.ledger.get_order(order.ref) is not None
            seen.add(order.channel)
    assert seen == {"fakeshop:default", "fakeshop:eu"}


async def test_many_orders_come_each_once_a_call(world: World, open_fulfiller: Open) -> None:
    """More than the buffer and the batches hold."""
    world.add(*(make_order(str(n)) for n in range(300)))
    async with open_fulfiller() as fulfiller:
        seen = [order.id async for order in fulfiller.orders()]
    assert sorted(seen) == sorted(str(n) for n in range(300))


WAITING = {
    "held": {"status": OrderStatus.ON_HOLD},
    "hold named": {"holds": ("fraud check",)},
    "not paid": {"status": OrderStatus.PENDING},
    "cancellation asked": {"cancel_requested": True},
    "by the channel": {"fulfilled_by": FulfilledBy.CHANNEL},
    "digital": {"lines": (attrs.evolve(make_order().lines[0], requires_shipping=False),)},
}


@pytest.mark.parametrize("changes", WAITING.values(), ids=WAITING.keys())
async def test_what_must_wait_is_written_down_but_not_yielded(
    world: World, open_fulfiller: Open, changes: dict[str, object]
) -> None:
    """The ledger knows of it, the packing table does not."""
    world.add(order := make_order("1001", **changes))
    async with open_fulfiller() as fulfiller:
        assert [found async for found in fulfiller.orders()] == []
        assert await fulfiller._desk.ledger.get_order(order.ref) is not None


async def test_an_order_comes_again_until_it_is_dealt_with(world: World, open_fulfiller: Open) -> None:
    """At least once: also in the next process."""
    world.add(make_order("1"), make_order("2"), make_order("3"))
    for _ in range(2):
        async with open_fulfiller() as fulfiller:
            assert len([order async for order in fulfiller.orders()]) == 3
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(world.orders["1"], parcels=[make_parcel()])
        await fulfiller.dismiss(world.orders["2"].ref, reason="collected in the shop")
        assert [order.id async for order in fulfiller.orders()] == ["3"]


async def test_a_shipped_order_that_is_open_again_comes_again(world: World, open_fulfiller: Open) -> None:
    """The buyer added something, or a fulfillment was taken back."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        assert [found async for found in fulfiller.orders()] == []
        lines = (attrs.evolve(order.lines[0], unfulfilled_quantity=1),)
        world.change("1001", lines=lines, status=OrderStatus.PARTIALLY_FULFILLED)
        assert [found.id async for found in fulfiller.orders()] == ["1001"]
        row = await fulfiller._desk.ledger.get_order(order.ref)
    assert row is not None
    assert row.state is WorkState.OPEN


async def test_one_failing_channel_hides_no_other(world: World, open_fulfiller: Open) -> None:
    """Its error comes after the others' orders; further failures are notes of it."""
    world.add(make_order("1"))
    channels = [FakeChannel(world), FakeChannel(world, "eu"), FakeChannel(world, "uk")]
    world.fail("list_orders eu", AuthenticationError("revoked", provider="fakeshop", operation="list"))
    world.fail("list_orders uk", UnavailableError("down", provider="fakeshop", operation="list"))
    seen = []

    async def read(fulfiller: Fulfiller) -> None:
        async for order in fulfiller.orders():
            seen.append(order.id)  # noqa: PERF401 - what came before the error counts

    async with open_fulfiller(channels=channels) as fulfiller:
        with pytest.raises((AuthenticationError, UnavailableError)) as caught:
            await read(fulfiller)
    assert seen == ["1"]
    assert len(caught.value.__notes__) == 1


async def test_an_abandoned_iterator_does_not_hang_the_end(world: World, open_fulfiller: Open) -> None:
    """``break`` is allowed, and so is never looking."""
    world.add(*(make_order(str(n)) for n in range(100)))
    async with open_fulfiller() as fulfiller:
        async for _ in fulfiller.orders():
            break
        fulfiller.orders()
        begun = fulfiller.orders()
        await anext(begun)
        closed = fulfiller.orders()
        await anext(closed)
        assert isinstance(closed, Stream)
        await closed.aclose()
        assert [order async for order in closed] == []


async def test_orders_need_an_open_fulfiller(world: World, open_fulfiller: Open) -> None:
    """Said at the call, not at the first order."""
    async with open_fulfiller() as fulfiller:
        pass
    with pytest.raises(ConfigurationError, match="async with"):
        fulfiller.orders()


async def test_changes_resume_without_a_gap(world: World, open_fulfiller: Open) -> None:
    """From any cursor the rest comes, and what was seen does not come again."""
    world.add(*(make_order(str(n), updated_at=NOON + timedelta(minutes=n)) for n in range(8)))
    async with open_fulfiller() as fulfiller:
        first = [change async for change in fulfiller.changes("fakeshop:default")]
        assert [change.order.id for change in first] == [str(n) for n in range(8)]
        assert {change.kind for change in first} == {"new"}
        for position, change in enumerate(first):
            rest = [later.order.id async for later in fulfiller.changes("fakeshop:default", change.cursor)]
            assert rest == [str(n) for n in range(position + 1, 8)]


async def test_a_change_that_shows_late_is_not_lost(world: World, open_fulfiller: Open) -> None:
    """Its time stamp is before the cursor: the overlap finds it, and only it."""
    world.add(make_order("1", updated_at=NOON), make_order("2", updated_at=NOON + timedelta(minutes=4)))
    async with open_fulfiller() as fulfiller:
        cursor = [change.cursor async for change in fulfiller.changes("fakeshop:default")][-1]
        world.add(make_order("3", updated_at=NOON + timedelta(minutes=2)))
        late = [change async for change in fulfiller.changes("fakeshop:default", cursor)]
        assert [change.order.id for change in late] == ["3"]
        world.change("1", updated_at=NOON + timedelta(minutes=9), status=OrderStatus.CANCELLED)
        last = [change async for change in fulfiller.changes("fakeshop:default", late[-1].cursor)]
    assert [(change.order.id, change.kind) for change in last] == [("1", "cancelled")]


@pytest.mark.parametrize("cursor", ["", "x", "[]", '{"at": "2026-01-05T12:00:00", "seen": {}}', '{"at": 5, "seen": 3}'])
async def test_a_foreign_cursor_is_refused(world: World, open_fulfiller: Open, cursor: str) -> None:
    """Not silently taken for the beginning."""
    async with open_fulfiller() as fulfiller:
        with pytest.raises(InvalidValueError) as caught:
            await anext(fulfiller.changes("fakeshop:default", cursor))
    assert caught.value.field == "cursor"


async def test_deadlines_at_risk_name_the_most_urgent_first(world: World, open_fulfiller: Open) -> None:
    """What has left, or has time, is not among them."""
    world.add(
        make_order("late", ship_by=NOON - timedelta(hours=1)),
        make_order("soon", ship_by=NOON + timedelta(hours=1)),
        make_order("time", ship_by=NOON + timedelta(days=2)),
        make_order("none"),
    )
    async with open_fulfiller() as fulfiller:
        assert len([order async for order in fulfiller.orders()]) == 4
        risks = await fulfiller.deadlines_at_risk(within=timedelta(hours=4))
    assert [(risk.ref, risk.left) for risk in risks] == [
        (OrderRef(channel="fakeshop:default", order_id="late"), timedelta(hours=-1)),
        (OrderRef(channel="fakeshop:default", order_id="soon"), timedelta(hours=1)),
    ]
