"""Giving back: within the carrier's time and after it; refunds are followed to their end."""

from datetime import timedelta

import anyio
import pytest

from cartcarrier.errors import IdempotencyConflictError, UnavailableError
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment import RefundRefused, Voided
from cartcarrier.http import ManualClock
from cartcarrier.ledger import ShipmentState, WorkState
from cartcarrier.models import OrderRef, VoidResult, VoidStatus
from tests.unit.fulfillment.conftest import Open, until_dead
from tests.unit.fulfillment.desk_fakes import DeskCarrier
from tests.unit.fulfillment.fakes import NOON, AdoptCarrier, Fate, World, make_order, make_parcel

REF = OrderRef(channel="fakeshop:default", order_id="1001")
DONE = VoidResult(status=VoidStatus.VOIDED, message="paid back")
NEVER = VoidResult(status=VoidStatus.REFUSED, message="it was scanned")
PLACES = 14  # at which writing down the end of a refund may die


async def _void_late(world: World, fulfiller: Fulfiller) -> None:
    world.add(order := make_order())
    await fulfiller.ship(order, parcels=[make_parcel()])
    assert (await fulfiller.void(REF)).status is VoidStatus.REFUND_PENDING


async def _state(fulfiller: Fulfiller, key: str = "1") -> ShipmentState:
    return (await fulfiller._desk.row(REF, key)).state


async def test_a_refusal_after_the_carriers_time_says_when_that_ended(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """It is asked all the same: a carrier may be kinder than its own rule."""
    async with open_fulfiller(carriers=[DeskCarrier(world)]) as fulfiller:
        world.add(order := make_order())
        await fulfiller.ship(order, parcels=[make_parcel()])
        world.void_refused = True
        before = await fulfiller.void(REF)
        clock.advance(timedelta(days=29).total_seconds())
        after = await fulfiller.void(REF)
        world.void_refused = False
        kind = await fulfiller.void(REF)
    assert before.message == "it was scanned"
    assert after.status is VoidStatus.REFUSED
    assert (
        after.message
        == "it was scanned; fakepost:default takes labels back for 28 days, until 2026-02-02 12:00:00+00:00"
    )
    assert kind.status is VoidStatus.VOIDED
    assert world.calls["void"] == 3


async def test_a_refund_is_followed_until_the_money_is_back(world: World, open_fulfiller: Open) -> None:
    """Asking does no harm while it is awaited, and the end is written down once."""
    carrier = DeskCarrier(world, slow_refunds=True)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _void_late(world, fulfiller)
        (waiting,) = await fulfiller.check_refunds()
        assert await _state(fulfiller) is ShipmentState.REFUND_PENDING
        carrier.refund = DONE
        (done,) = await fulfiller.check_refunds()
        assert await fulfiller.check_refunds() == []
        assert await _state(fulfiller) is ShipmentState.VOIDED
    assert (waiting.status, waiting.message) == (VoidStatus.REFUND_PENDING, "wait")
    assert (done.ref, done.key, done.status) == (REF, "1", VoidStatus.VOIDED)
    assert world.calls["void"] == 1


async def test_a_refused_refund_is_a_finding_and_leaves_the_label_given_back(
    world: World, open_fulfiller: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """Its pieces ship under another key; its own key stays closed, and the channel is not told of it."""
    carrier = DeskCarrier(world, slow_refunds=True)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _void_late(world, fulfiller)
        carrier.refund = NEVER
        (refused,) = await fulfiller.check_refunds()
        assert await _state(fulfiller) is ShipmentState.VOID_REFUSED
        with pytest.raises(IdempotencyConflictError):
            await fulfiller.ship(world.orders["1001"], parcels=[make_parcel()])
        await fulfiller.ship(world.orders["1001"], parcels=[make_parcel()], key="2")
        (finding,) = [finding async for finding in fulfiller.reconcile(NOON)]
        report = await fulfiller.recover()
    assert refused.status is VoidStatus.REFUSED
    assert isinstance(finding, RefundRefused)
    assert (finding.ref, finding.key) == (REF, "1")
    assert "it was scanned" in finding.what
    assert (report.confirmed, report.problems) == (0, ())
    assert len(world.told) == 1
    assert any("RefundRefused" in record.message for record in caplog.records)


async def test_a_refund_that_the_carrier_forgot_can_be_asked_for_anew(world: World, open_fulfiller: Open) -> None:
    """The fix of the finding does that."""
    carrier = DeskCarrier(world, slow_refunds=True)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _void_late(world, fulfiller)
        carrier.knows_refund = False
        (forgotten,) = await fulfiller.check_refunds()
        assert forgotten.status is VoidStatus.REFUSED
        (finding,) = [finding async for finding in fulfiller.reconcile(NOON)]
        await finding.fix()
        await finding.fix()
        assert await _state(fulfiller) is ShipmentState.REFUND_PENDING
    assert world.calls["void"] == 2


@pytest.mark.parametrize("refused", [True, False])
async def test_a_person_may_say_that_the_money_is_back(world: World, open_fulfiller: Open, refused: bool) -> None:
    """Some carriers tell it on their invoice only, and some say no and pay."""
    carrier = DeskCarrier(world, slow_refunds=True)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _void_late(world, fulfiller)
        if refused:
            carrier.refund = NEVER
            await fulfiller.check_refunds()
        await fulfiller.resolve(REF, outcome=Voided())
        assert await _state(fulfiller) is ShipmentState.VOIDED
        assert [finding async for finding in fulfiller.reconcile(NOON)] == []


async def test_a_refund_without_an_end_is_asked_about_no_more(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """USPS never tells how it ended: that must not be a call twice a day for ever."""
    async with open_fulfiller(carriers=[DeskCarrier(world, slow_refunds=True)]) as fulfiller:
        await _void_late(world, fulfiller)
        clock.advance(timedelta(days=61).total_seconds())
        (waiting,) = await fulfiller.check_refunds()
    assert waiting.status is VoidStatus.REFUND_PENDING
    assert "resolve" in (waiting.message or "")
    assert world.calls["get_void_status"] == 0


async def test_a_carrier_that_fails_or_cannot_be_asked_ends_nothing(world: World, open_fulfiller: Open) -> None:
    """The refund stays awaited, and the reason is said."""
    carrier = DeskCarrier(world, slow_refunds=True)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _void_late(world, fulfiller)
        world.fail("get_void_status", UnavailableError("down", provider="fakepost", operation="get_void_status"))
        (down,) = await fulfiller.check_refunds()
    async with open_fulfiller(carriers=[AdoptCarrier(world)]) as fulfiller:
        (unable,) = await fulfiller.check_refunds()
        assert await _state(fulfiller) is ShipmentState.REFUND_PENDING
    assert (down.status, down.message) == (VoidStatus.REFUND_PENDING, "down")
    assert unable.message == "fakepost:default cannot be asked: look at its invoice"


async def test_giving_back_twice_does_not_reopen_what_has_left_since(world: World, open_fulfiller: Open) -> None:
    """The first label is void; the second one carries the order."""
    async with open_fulfiller() as fulfiller:
        world.add(order := make_order())
        await fulfiller.ship(order, parcels=[make_parcel()])
        await fulfiller.void(REF)
        await fulfiller.ship(world.orders["1001"], parcels=[make_parcel()], key="2")
        assert (await fulfiller.void(REF)).status is VoidStatus.VOIDED
        row = await fulfiller._desk.ledger.get_order(REF)
        assert [order.id async for order in fulfiller.orders()] == []
    assert row is not None
    assert row.state is WorkState.SHIPPED


async def test_recovery_asks_once_and_the_worker_twice_a_day(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """They take days; nobody hammers a carrier about them."""
    async with open_fulfiller(carriers=[DeskCarrier(world, slow_refunds=True)]) as fulfiller:
        await _void_late(world, fulfiller)
        report = await fulfiller.recover()
        assert world.calls["get_void_status"] == 1
        assert [refund.status for refund in report.refunds] == [VoidStatus.REFUND_PENDING]
        ends = clock.now() + timedelta(days=2)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(fulfiller.run)
            while clock.now() < ends:
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
    assert 4 <= world.calls["get_void_status"] <= 7


@pytest.mark.parametrize("die_at", range(PLACES))
async def test_death_anywhere_leaves_an_end_that_can_be_written_down_again(
    world: World, open_fulfiller: Open, clock: ManualClock, die_at: int
) -> None:
    """Whatever was between: the next process knows that the money is back, when the lease of the dead one is over."""
    carrier = DeskCarrier(world, slow_refunds=True)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _void_late(world, fulfiller)
    carrier.refund = DONE
    world.fate = Fate(die_at=die_at)
    died = await until_dead(world, open_fulfiller, lambda fulfiller: fulfiller.check_refunds(), carriers=[carrier])
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        report = await fulfiller.recover()
        clock.advance(31)
        await fulfiller.check_refunds()
        state = await _state(fulfiller)
    assert died
    assert report.problems == ()
    assert state is ShipmentState.VOIDED
    assert world.calls["void"] == 1, "the label was given back once; only the money was awaited"


async def test_the_places_of_that_matrix_are_all_there_are(world: World, open_fulfiller: Open) -> None:
    """A new write needs a new row."""
    carrier = DeskCarrier(world, slow_refunds=True)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _void_late(world, fulfiller)
    carrier.refund = DONE
    world.fate = Fate()
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await fulfiller.check_refunds()
    assert len(world.fate.reached) == PLACES
