"""Return labels: bought like every other, told to nobody, and never in the way of the order."""

from functools import partial

import attrs
import pytest

from cartcarrier.errors import IdempotencyConflictError, InvalidValueError, RejectedError
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment import ShipFailure, Shipped, ShipPlan, fastest
from cartcarrier.ledger import ShipmentState, WorkState
from cartcarrier.models import OrderCancelled, OrderRef, OrderStatus, Tracking, TrackingStatus, VoidStatus
from tests.unit.fulfillment.conftest import Open, until_dead
from tests.unit.fulfillment.desk_fakes import DeskCarrier
from tests.unit.fulfillment.fakes import (
    HOME,
    NOON,
    WAREHOUSE,
    AdoptCarrier,
    BlindCarrier,
    CancelCarrier,
    FakeChannel,
    Fate,
    KeyCarrier,
    World,
    make_order,
    make_parcel,
    usd,
)
from tests.unit.fulfillment.test_crashes import settle_by_hand
from tests.unit.fulfillment.test_follow import PUSH, scan

REF = OrderRef(channel="fakeshop:default", order_id="1001")
PLACES = 24  # at which a return may die


async def _shipped(world: World, fulfiller: Fulfiller) -> None:
    world.add(order := make_order())
    await fulfiller.ship(order, parcels=[make_parcel()])


async def _return(fulfiller: Fulfiller) -> None:
    await fulfiller.ship_return(REF, parcels=[make_parcel()], key="back")


async def test_a_return_goes_the_other_way_and_no_channel_is_told(world: World, open_fulfiller: Open) -> None:
    """From the buyer to where the order left from, as a return; the order stays shipped."""
    carrier = DeskCarrier(world)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _shipped(world, fulfiller)
        told = world.calls["fulfill"]
        done = await fulfiller.ship_return(REF, parcels=[make_parcel()], key="back")
        row = await fulfiller._desk.row(REF, "back")
        order = await fulfiller._desk.ledger.get_order(REF)
        assert [order.id async for order in fulfiller.orders()] == []
    asked = carrier.requests[-1]
    assert (asked.ship_from, asked.ship_to, asked.is_return) == (HOME, WAREHOUSE, True)
    assert row.request is not None
    assert row.request.is_return
    assert done.shipment.is_return
    assert (done.state, done.fulfillment) == (ShipmentState.BOUGHT, None)
    assert world.calls["fulfill"] == told == len(world.told) == 1
    assert order is not None
    assert order.state is WorkState.SHIPPED


async def test_a_return_is_bought_once_for_its_key(world: World, open_fulfiller: Open) -> None:
    """A double click costs nothing; another box is another key; a key of a shipment is taken."""
    async with open_fulfiller() as fulfiller:
        await _shipped(world, fulfiller)
        await _return(fulfiller)
        again = await fulfiller.ship_return(REF, parcels=[make_parcel()], key="back")
        assert again.shipment.tracking_number == "1F0002"
        with pytest.raises(IdempotencyConflictError):
            await fulfiller.ship_return(REF, parcels=[make_parcel()] * 2, key="back")
        with pytest.raises(IdempotencyConflictError):
            await fulfiller.ship_return(REF, parcels=[make_parcel()], key="1")
    assert len(world.labels) == 2


async def test_a_return_takes_a_chooser_or_a_rate(world: World, open_fulfiller: Open) -> None:
    """The same words as for every shipment."""
    async with open_fulfiller() as fulfiller:
        await _shipped(world, fulfiller)
        done = await fulfiller.ship_return(REF, parcels=[make_parcel()], key="a", choose=fastest())
        assert done.choice is not None
        rate = attrs.evolve(done.choice.rate, total=usd("30"))
        same = await fulfiller.ship_return(REF, parcels=[make_parcel()], key="b", rate=rate)
        record = await fulfiller.get_choice(REF, key="b")
    assert done.shipment.service.code == same.shipment.service.code == "air"
    assert record is not None
    assert record.given


async def test_a_return_can_be_given_back_and_the_order_stays_shipped(world: World, open_fulfiller: Open) -> None:
    """The buyer keeps it after all."""
    async with open_fulfiller() as fulfiller:
        await _shipped(world, fulfiller)
        await _return(fulfiller)
        assert (await fulfiller.void(REF, key="back")).status is VoidStatus.VOIDED
        order = await fulfiller._desk.ledger.get_order(REF)
    assert order is not None
    assert order.state is WorkState.SHIPPED
    assert len(world.live) == len(world.told) == 1


async def test_a_return_is_followed_and_its_arrival_told_to_nobody(world: World, open_fulfiller: Open) -> None:
    """It arrives here: that is no delivery to the buyer, and no delay of theirs."""
    async with open_fulfiller() as fulfiller:
        await _shipped(world, fulfiller)
        await _return(fulfiller)
        world.scans["1F0002"] = [scan(TrackingStatus.DELIVERED, 30)]
        results = {one.tracking_number: one for one in await fulfiller.track(REF)}
    assert isinstance(results["1F0002"], Tracking)
    assert world.posted == []


async def test_the_buyers_address_is_found_where_the_channel_withholds_it(world: World, open_fulfiller: Open) -> None:
    """The label of the way there has it; where nothing has, it must be said."""
    carrier = DeskCarrier(world)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _shipped(world, fulfiller)
        world.change("1001", ship_to=None)
        await _return(fulfiller)
        assert carrier.requests[-1].ship_from == HOME
        world.add(make_order("2", ship_to=None, status=OrderStatus.FULFILLED))
        other = OrderRef(channel="fakeshop:default", order_id="2")
        with pytest.raises(InvalidValueError) as caught:
            await fulfiller.ship_return(other, parcels=[make_parcel()], key="back")
        assert caught.value.field == "come_from"
        await fulfiller.ship_return(other, parcels=[make_parcel()], key="back", come_from=HOME)
    assert carrier.requests[-1].ship_from == HOME


async def test_a_return_may_go_elsewhere(world: World, open_fulfiller: Open) -> None:
    """Some shops have their returns repaired by others; the place counts for the key."""
    carrier = DeskCarrier(world)
    elsewhere = attrs.evolve(WAREHOUSE, street1="5 Repair Ln")
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _shipped(world, fulfiller)
        await fulfiller.ship_return(REF, parcels=[make_parcel()], key="back", return_to=elsewhere)
        with pytest.raises(IdempotencyConflictError):
            await _return(fulfiller)
    assert carrier.requests[-1].ship_to == elsewhere


@pytest.mark.parametrize(
    "plan",
    [
        {"return_to": WAREHOUSE},
        {"come_from": HOME},
        {"is_return": True, "replacement": True},
    ],
    ids=["return_to", "come_from", "replacement"],
)
async def test_a_plan_that_is_half_a_return_is_refused(
    world: World, open_fulfiller: Open, plan: dict[str, object]
) -> None:
    """An address that would be ignored is a parcel in the wrong place."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        (failed,) = [
            one
            async for one in fulfiller.ship_many([ShipPlan(order=order, parcels=[make_parcel()], **plan)])  # type: ignore[arg-type]  # as given
        ]
    assert isinstance(failed, ShipFailure)
    assert isinstance(failed.error, InvalidValueError)
    assert world.labels == []


async def test_many_may_have_returns_among_them(world: World, open_fulfiller: Open) -> None:
    """A plan is the arguments of either call."""
    async with open_fulfiller() as fulfiller:
        await _shipped(world, fulfiller)
        plan = ShipPlan(order=world.orders["1001"], parcels=(make_parcel(),), key="back", is_return=True)
        (done,) = [one async for one in fulfiller.ship_many([plan])]
    assert isinstance(done, Shipped)
    assert done.shipment.is_return
    assert len(world.told) == 1


async def test_an_order_that_is_cancelled_or_on_hold_may_come_back(world: World, open_fulfiller: Open) -> None:
    """Most returns are of refunded orders. A hold is about sending."""
    async with open_fulfiller() as fulfiller:
        await _shipped(world, fulfiller)
        world.change("1001", status=OrderStatus.CANCELLED, holds=("fraud",))
        await _return(fulfiller)
        findings = [finding.key async for finding in fulfiller.reconcile(NOON)]
    assert len(world.live) == 2
    assert "back" not in findings


async def test_a_cancellation_that_is_pushed_leaves_the_return_alone(world: World, open_fulfiller: Open) -> None:
    """The shop refunds the order when the return was agreed: the buyer holds that label in their hands."""
    channel = FakeChannel(world)
    async with open_fulfiller(channels=[channel]) as fulfiller:
        await _shipped(world, fulfiller)
        await _return(fulfiller)
        world.cancel("1001")
        channel.pushes = (OrderCancelled(id="e1", account=channel.key, order_id="1001"),)
        await fulfiller.handle_webhook(channel.key, PUSH)
        assert (await fulfiller._desk.row(REF, "back")).state is ShipmentState.BOUGHT
    assert "back" not in {label.step_reference for label in world.labels if label.void}
    assert len(world.live) == 2


async def test_recovery_leaves_a_return_that_is_bought_alone(world: World, open_fulfiller: Open) -> None:
    """There is nothing to confirm."""
    async with open_fulfiller() as fulfiller:
        await _shipped(world, fulfiller)
        await _return(fulfiller)
        report = await fulfiller.recover()
    assert (report.found, report.confirmed) == (0, 0)


@pytest.mark.parametrize("carrier", [KeyCarrier, AdoptCarrier, CancelCarrier, BlindCarrier])
@pytest.mark.parametrize("die_at", range(PLACES))
async def test_death_anywhere_in_a_return_leaves_one_label(
    world: World, open_fulfiller: Open, carrier: type[BlindCarrier], die_at: int
) -> None:
    """The same promise as on the way there."""
    settings = {"carriers": [carrier(world)]}
    async with open_fulfiller(**settings) as fulfiller:
        await _shipped(world, fulfiller)
    world.fate = Fate(die_at=die_at)
    died = await until_dead(world, open_fulfiller, _return, **settings)
    async with open_fulfiller(**settings) as fulfiller:
        await fulfiller.recover()
        await settle_by_hand(fulfiller, world)
        await _return(fulfiller)
    assert died
    assert len(world.live) == 2
    assert len(world.told) == 1


async def test_a_return_of_two_boxes_goes_on_where_it_stopped(world: World, open_fulfiller: Open) -> None:
    """What has become of the order meanwhile is no reason against the second label."""
    async with open_fulfiller(carriers=[AdoptCarrier(world, per_parcel=True)]) as fulfiller:
        await _shipped(world, fulfiller)

        async def cancel() -> None:
            world.change("1001", status=OrderStatus.CANCELLED)
            world.fail("purchase", RejectedError("no", provider="fakepost", operation="purchase"))
            del world.hooks["purchase"]

        world.hooks["purchase"] = cancel
        two = [make_parcel()] * 2
        with pytest.raises(RejectedError):
            await fulfiller.ship_return(REF, parcels=two, key="back")
        done = await fulfiller.ship_return(REF, parcels=two, key="back")
    assert len(done.shipment.parcels) == 2
    assert len(world.live) == 3


@pytest.mark.parametrize("carrier", [AdoptCarrier, BlindCarrier])
async def test_a_lost_answer_of_a_return_buys_nothing_twice(
    world: World, open_fulfiller: Open, carrier: type[BlindCarrier]
) -> None:
    """It is found, or a person says so."""
    settings = {"carriers": [carrier(world)]}
    async with open_fulfiller(**settings) as fulfiller:
        await _shipped(world, fulfiller)
        world.lose("purchase")
        work = partial(_return, fulfiller)
        try:
            await work()
        except Exception:  # noqa: BLE001 - uncertain is one of the two ends
            await settle_by_hand(fulfiller, world)
            await work()
    assert len(world.live) == 2


async def test_the_places_of_that_matrix_are_all_there_are(world: World, open_fulfiller: Open) -> None:
    """A new write needs a new row."""
    async with open_fulfiller() as fulfiller:
        await _shipped(world, fulfiller)
    world.fate = Fate()
    async with open_fulfiller() as fulfiller:
        await _return(fulfiller)
    assert len(world.fate.reached) == PLACES
