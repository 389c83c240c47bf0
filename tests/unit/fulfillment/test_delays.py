"""Parcels that will not arrive as promised: known before the buyer asks, said once."""

from collections.abc import Sequence
from datetime import date, timedelta

import attrs
import pytest

from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment import ParcelLate
from cartcarrier.http import ManualClock
from cartcarrier.models import OrderRef, TrackingStatus
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import NOON, World, make_order, make_parcel
from tests.unit.fulfillment.test_follow import scan

REF = OrderRef(channel="fakeshop:default", order_id="1001")
PROMISE = NOON + timedelta(days=7)


async def _ship(world: World, fulfiller: Fulfiller, **changes: object) -> str:
    world.add(order := attrs.evolve(make_order(), **changes))  # type: ignore[arg-type]  # any field of an order
    return (await fulfiller.ship(order, parcels=[make_parcel()])).shipment.tracking_number


async def _late(fulfiller: Fulfiller) -> Sequence[ParcelLate]:
    await fulfiller.track(REF)
    return await fulfiller.late_parcels()


def _said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.message.startswith("ParcelLate")]


async def test_an_estimate_beyond_the_promise_is_said_at_once_and_once(
    world: World, open_fulfiller: Open, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Days before anybody misses the parcel; also over processes only once."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller, deliver_by=PROMISE)
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 1)]
        world.estimates[number] = date(2026, 1, 9)
        assert await _late(fulfiller) == []
        clock.advance(3600)
        world.estimates[number] = date(2026, 1, 13)
        (late,) = await _late(fulfiller)
    async with open_fulfiller() as fulfiller:
        assert len(await _late(fulfiller)) == 1
    assert (late.why, late.promised, late.expected) == ("expected", PROMISE, date(2026, 1, 13))
    assert (late.ref, late.key, late.tracking_number) == (REF, "1", number)
    assert len(_said(caplog)) == 1
    assert f"ParcelLate: {number} of {REF}/1: it was promised by" in _said(caplog)[0]


async def test_an_estimate_that_comes_back_is_late_no_more(world: World, open_fulfiller: Open) -> None:
    """The list tells what is true now."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller, deliver_by=PROMISE)
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 1)]
        for day, count in ((12, 1), (11, 0)):
            world.estimates[number] = date(2026, 1, day)
            assert len(await _late(fulfiller)) == count, day


async def test_a_day_of_the_estimate_ends_where_the_buyer_lives(world: World, open_fulfiller: Open) -> None:
    """Midnight in Oregon is eight in the morning of the next day in Greenwich."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller, deliver_by=PROMISE.replace(hour=7, minute=59, second=59))
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 1)]
        world.estimates[number] = date(2026, 1, 11)
        assert await _late(fulfiller) == []
        world.estimates[number] = date(2026, 1, 12)
        assert [late.why for late in await _late(fulfiller)] == ["expected"]


async def test_what_was_promised_and_has_not_come_is_overdue(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Whatever the carrier expects."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller, deliver_by=PROMISE)
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 24 * 7)]
        clock.advance(timedelta(days=7, seconds=1).total_seconds())
        (late,) = await _late(fulfiller)
        assert late.why == "overdue"
        world.scans[number].append(scan(TrackingStatus.DELIVERED, 24 * 7))
        assert await _late(fulfiller) == []


async def test_without_a_promise_of_the_channel_the_rates_counts(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Five business days from a Monday, to the end of the day in Oregon."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller)
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 24 * 7)]
        clock.advance(timedelta(days=7, hours=19, minutes=59).total_seconds())
        assert await _late(fulfiller) == []
        clock.advance(60)
        (late,) = await _late(fulfiller)
    assert late.why == "overdue"
    assert late.promised is not None
    assert late.promised.date() == date(2026, 1, 12)


async def test_silence_is_told_with_its_length(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """Nobody scans a parcel that fell off the belt."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller, deliver_by=NOON + timedelta(days=30))
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 2)]
        clock.advance(timedelta(days=3, hours=1).total_seconds())
        assert await _late(fulfiller) == []
        clock.advance(3600)
        (late,) = await _late(fulfiller)
        assert await fulfiller.late_parcels(quiet=timedelta(days=4)) == []
    assert (late.why, late.last_news) == ("silent", NOON + timedelta(hours=2))
    assert "for 3 days" in late.what


async def test_a_carrier_that_stands_by_its_day_may_be_silent_for_longer(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """A train through the desert is not scanned; when the day is over without it, it counts."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller, deliver_by=NOON + timedelta(days=30))
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 0)]
        world.estimates[number] = date(2026, 1, 20)
        for hours, why in ((24 * 7 + 23, []), (1, ["silent"])):
            clock.advance(timedelta(hours=hours).total_seconds())
            assert [late.why for late in await _late(fulfiller)] == why
        world.estimates[number] = date(2026, 1, 9)
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 24 * 4)]
        assert [late.why for late in await _late(fulfiller)] == []
        clock.advance(timedelta(days=1).total_seconds())
        assert [late.why for late in await _late(fulfiller)] == ["silent"]


async def test_a_weekend_is_no_silence(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """From Thursday to Monday two days are lost, not four."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller, deliver_by=NOON + timedelta(days=30))
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 24 * 3)]
        clock.advance(timedelta(days=7, hours=23).total_seconds())
        assert await _late(fulfiller) == []
        clock.advance(3600)
        assert [late.why for late in await _late(fulfiller)] == ["silent"]


async def test_a_label_that_nobody_has_scanned_for_days_is_unseen(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """The parcel may still lie on the desk."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller, deliver_by=NOON + timedelta(days=30))
        world.scans[number] = [scan(TrackingStatus.PRE_TRANSIT, 1)]
        clock.advance(timedelta(days=3).total_seconds())
        (late,) = await _late(fulfiller)
    assert late.why == "unseen"


async def test_what_comes_back_is_late_for_its_buyer(world: World, open_fulfiller: Open) -> None:
    """Long before the promise is over."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller, deliver_by=PROMISE)
        world.scans[number] = [scan(TrackingStatus.RETURN_TO_SENDER, 1)]
        assert [late.why for late in await _late(fulfiller)] == ["returning"]
        world.scans[number].append(scan(TrackingStatus.DELIVERED, 2))
        assert await _late(fulfiller) == []


async def test_the_worker_says_it_by_itself(
    world: World, open_fulfiller: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever only follows is told, too; and the channel is told nothing of it."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller, deliver_by=PROMISE)
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 1)]
        world.estimates[number] = date(2026, 2, 1)
        async for _ in fulfiller.follow():
            world.scans[number].append(scan(TrackingStatus.DELIVERED, 200))
    assert len(_said(caplog)) == 1
    assert [key for _, key in world.posted] == ["in_transit-1", "delivered-200"]
