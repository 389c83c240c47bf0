"""A feed of changes without a gap: pages that move, lists that break off, equal stamps, clocks that differ, and much at once."""

import gc
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import attrs
import pytest
from typing_extensions import override

from cartcarrier.errors import InvalidValueError, RateLimitError
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment import OrderChange
from cartcarrier.http import ManualClock
from cartcarrier.models import Order, OrderQuery, OrderStatus
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import NOON, FakeChannel, World, make_order

SHOP = "fakeshop:default"


async def changes(fulfiller: Fulfiller, cursor: str | None = None) -> list[OrderChange]:
    """All that is new since then."""
    return [change async for change in fulfiller.changes(SHOP, cursor)]


def ids(found: list[OrderChange]) -> list[str]:
    """Of which orders."""
    return [change.order.id for change in found]


async def test_orders_that_change_while_their_list_is_read_come_once_as_they_are(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """One is on the first page, is touched, and is on the last page again: its newest state counts."""

    class Moving(FakeChannel):
        @override
        async def list_orders(self, query: OrderQuery = OrderQuery()) -> AsyncIterator[Order]:  # noqa: B008 - frozen
            async for order in super().list_orders(query):
                yield order
            self.world.change("1", updated_at=NOON + timedelta(minutes=7), status=OrderStatus.ON_HOLD)
            yield self.world.orders["1"]
            yield self.world.orders["2"]

    world.add(*(make_order(str(n), updated_at=NOON + timedelta(minutes=n)) for n in (1, 2, 3)))
    clock.advance(3600)
    async with open_fulfiller(channels=[Moving(world)]) as fulfiller:
        found = await changes(fulfiller)
        assert ids(found) == ["2", "3", "1"]
        assert found[-1].order.status is OrderStatus.ON_HOLD
        assert ids(await changes(fulfiller, found[-1].cursor)) == []


async def test_a_list_that_breaks_off_loses_nothing(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """Its channel goes on where it stopped (as Amazon does), so what came before must be handed on, and the rest still come."""
    world.add(*(make_order(str(n), updated_at=NOON + timedelta(minutes=n)) for n in range(6)))
    clock.advance(3600)
    pages = [["3", "5"], ["0", "1"], ["2", "4"]]

    class Scarce(FakeChannel):
        @override
        async def list_orders(self, query: OrderQuery = OrderQuery()) -> AsyncIterator[Order]:  # noqa: B008 - frozen
            if not pages:
                return
            for order_id in pages.pop(0):
                yield self.world.orders[order_id]
            if pages:
                raise RateLimitError("the hour is over", provider="fakeshop", operation="list_orders")

    async with open_fulfiller(channels=[Scarce(world)]) as fulfiller:
        seen: list[str] = []
        cursor: str | None = None
        for _ in range(2):
            feed = fulfiller.changes(SHOP, cursor)
            for _ in range(2):
                change = await anext(feed)
                seen.append(change.order.id)
                cursor = change.cursor
            with pytest.raises(RateLimitError):
                await anext(feed)
        assert json.loads(cursor or "")["at"] is None, "the cursor must go over the same ground again"
        last = await changes(fulfiller, cursor)
    assert seen + ids(last) == ["3", "5", "0", "1", "2", "4"]
    assert {change.kind for change in last} == {"new"}


async def test_orders_of_one_moment_come_all(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """From each cursor among them the others follow."""
    world.add(*(make_order(str(n), updated_at=NOON) for n in range(5)))
    clock.advance(60)
    async with open_fulfiller() as fulfiller:
        found = await changes(fulfiller)
        for position, change in enumerate(found):
            assert ids(await changes(fulfiller, change.cursor)) == ids(found)[position + 1 :]


async def test_a_clock_ahead_at_the_channel_hides_nothing(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """One order is stamped an hour ahead; what is stamped rightly after it is not behind the cursor."""
    world.add(make_order("fast", updated_at=NOON + timedelta(hours=1)), make_order("1", updated_at=NOON))
    async with open_fulfiller() as fulfiller:
        first = await changes(fulfiller)
        assert ids(first) == ["1", "fast"]
        clock.advance(1200)
        world.add(make_order("2", updated_at=clock.now()))
        assert ids(await changes(fulfiller, first[-1].cursor)) == ["2"]


async def test_a_clock_behind_at_the_channel_hides_nothing(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Only the channel's own stamps are compared with one another."""
    behind = timedelta(hours=2)
    world.add(make_order("1", updated_at=NOON - behind))
    async with open_fulfiller() as fulfiller:
        first = await changes(fulfiller)
        world.add(make_order("2", updated_at=NOON - behind + timedelta(seconds=1)))
        assert ids(await changes(fulfiller, first[-1].cursor)) == ["2"]


async def test_what_a_channel_shows_late_is_found_within_the_overlap(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Its stamp is nine minutes before the cursor's."""
    clock.advance(3600)
    world.add(make_order("1", updated_at=NOON + timedelta(minutes=30)))
    async with open_fulfiller() as fulfiller:
        first = await changes(fulfiller)
        world.add(make_order("late", updated_at=NOON + timedelta(minutes=21)))
        assert ids(await changes(fulfiller, first[-1].cursor)) == ["late"]


async def test_a_hold_that_touches_no_time_stamp_is_a_change(world: World, open_fulfiller: Open) -> None:
    """So it is at Shopify: the same stamp, another state."""
    world.add(make_order("1", updated_at=NOON))
    async with open_fulfiller() as fulfiller:
        first = await changes(fulfiller)
        world.change("1", holds=("fraud",))
        (held,) = await changes(fulfiller, first[-1].cursor)
        assert (held.kind, held.order.holds) == ("changed", ("fraud",))
        assert await changes(fulfiller, held.cursor) == []


async def test_a_first_import_keeps_no_orders_in_memory(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """Of a hundred thousand orders only a stamp and a digest each stay; a cursor does not grow with them either."""
    count = 3000
    base = make_order()

    class Large(FakeChannel):
        @override
        async def list_orders(self, query: OrderQuery = OrderQuery()) -> AsyncIterator[Order]:  # noqa: B008 - frozen
            for n in range(count):
                yield attrs.evolve(base, id=str(n), updated_at=NOON + timedelta(milliseconds=n))

    clock.advance(3600)
    async with open_fulfiller(channels=[Large(world)]) as fulfiller:
        most, longest, seen = 0, 0, 0
        async for change in fulfiller.changes(SHOP):
            if seen % 1000 == 0:
                gc.collect()
                most = max(most, sum(isinstance(thing, Order) for thing in gc.get_objects()))
            longest = max(longest, len(change.cursor))
            seen += 1
    assert seen == count
    assert most < 200
    assert longest < 20_000


async def test_more_at_once_than_a_cursor_holds_may_come_again_but_none_is_missed(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """A bulk edit touches them all in one minute."""
    world.add(*(make_order(str(n), updated_at=NOON + timedelta(milliseconds=n)) for n in range(1500)))
    clock.advance(3600)
    async with open_fulfiller() as fulfiller:
        first = await changes(fulfiller)
        half = first[1199]
        rest = ids(await changes(fulfiller, half.cursor))
    assert {str(n) for n in range(1200, 1500)} <= set(rest)


async def test_an_order_whose_data_was_erased_is_read_from_its_channel(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """The ledger takes nothing personal in again; the change is handed on all the same."""
    world.add(make_order("1", updated_at=NOON))
    async with open_fulfiller() as fulfiller:
        first = await changes(fulfiller)
        await fulfiller.dismiss(first[0].order.ref)
        clock.advance(60)
        await fulfiller.purge_personal_data(clock.now())
        world.change("1", updated_at=NOON + timedelta(seconds=30), status=OrderStatus.CANCELLED)
        assert [(c.order.id, c.kind) for c in await changes(fulfiller, first[0].cursor)] == [("1", "cancelled")]


@pytest.mark.parametrize("seen", ['"A"', '"QUJD"', "5", '["a"]'], ids=["no base64", "too short", "number", "list"])
async def test_a_cursor_with_damaged_marks_is_refused(open_fulfiller: Open, seen: str) -> None:
    """Not silently taken for an empty one."""
    async with open_fulfiller() as fulfiller:
        with pytest.raises(InvalidValueError) as caught:
            await changes(fulfiller, f'{{"at": "2026-01-05T12:00:00+00:00", "seen": {seen}}}')
    assert caught.value.field == "cursor"


async def test_a_cursor_of_the_first_version_goes_on(world: World, open_fulfiller: Open) -> None:
    """An update of the library must not begin from the start."""
    world.add(make_order("1", updated_at=NOON - timedelta(days=1)), make_order("2", updated_at=NOON))
    stamp = NOON.isoformat()
    async with open_fulfiller() as fulfiller:
        old = json.dumps({"at": stamp, "seen": {"2": stamp}})
        assert ids(await changes(fulfiller, old)) == ["2"]
