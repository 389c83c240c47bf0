"""Telling the channel once, also where its answer is lost and it shows late what it was told."""

from datetime import timedelta

import pytest

from cartcarrier.errors import ConflictError, IdempotencyConflictError, TransportError, UnavailableError
from cartcarrier.http import ManualClock
from cartcarrier.ledger import ShipmentState
from cartcarrier.models import Fulfillment, FulfillmentParcel, OrderRef
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import NOON, World, make_order, make_parcel

REF = OrderRef(channel="fakeshop:default", order_id="1001")


@pytest.mark.parametrize("after", [0, 5])
async def test_a_lost_confirmation_is_looked_for_before_it_is_repeated(
    world: World, open_fulfiller: Open, after: int
) -> None:
    """This channel would take it twice, and shows it late: two looks, ten seconds apart."""
    world.add(order := make_order())
    world.takes_twice = True
    world.told_after = timedelta(seconds=after)
    world.lose("fulfill")
    async with open_fulfiller() as fulfiller:
        done = await fulfiller.ship(order, parcels=[make_parcel()])
    assert done.state is ShipmentState.CONFIRMED
    assert (len(world.told), world.calls["fulfill"]) == (1, 1)


async def test_recovery_looks_twice_before_it_repeats_a_confirmation(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """The process that sent it is dead, and the channel is slow to show it."""
    world.add(order := make_order())
    world.takes_twice = True
    world.told_after = timedelta(hours=1)
    world.lose("fulfill")
    world.fail("list_fulfillments", UnavailableError("down", provider="fakeshop", operation="list"))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(TransportError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        clock.advance(3595)
        report = await fulfiller.recover()
    assert report.confirmed == 1
    assert (len(world.told), world.calls["fulfill"]) == (1, 1)


async def test_a_confirmation_that_never_arrived_is_sent_once_more(world: World, open_fulfiller: Open) -> None:
    """The channel shows nothing on two looks."""
    world.add(order := make_order())
    world.lose("fulfill", effect=False)
    async with open_fulfiller() as fulfiller:
        done = await fulfiller.ship(order, parcels=[make_parcel()])
    assert done.state is ShipmentState.CONFIRMED
    assert (len(world.told), world.calls["fulfill"]) == (1, 2)


async def test_a_confirmation_lost_twice_is_left_for_recovery(world: World, open_fulfiller: Open) -> None:
    """The label is bought, the state says that the channel may or may not know."""
    world.add(order := make_order())
    for _ in range(2):
        world.lose("fulfill", effect=False)
    async with open_fulfiller() as fulfiller:
        with pytest.raises(TransportError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        row = await fulfiller._desk.ledger.get_shipment(REF, "1")
        assert row is not None
        assert row.state is ShipmentState.CONFIRMING
        assert (await fulfiller.recover()).confirmed == 1
    assert len(world.told) == len(world.live) == 1


async def test_shipped_already_by_ourselves_is_success(world: World, open_fulfiller: Open) -> None:
    """A retry inside the driver met its own first try."""
    world.add(order := make_order())
    world.fail("fulfill", ConflictError("already", provider="fakeshop", operation="fulfill"), after_effect=True)
    async with open_fulfiller() as fulfiller:
        done = await fulfiller.ship(order, parcels=[make_parcel()])
    assert done.state is ShipmentState.CONFIRMED
    assert done.fulfillment == world.told[0]


async def test_our_number_on_a_part_of_the_lines_is_not_ours_told(world: World, open_fulfiller: Open) -> None:
    """Somebody typed our number in for one line: the rest is still untold, and that is said."""
    world.add(order := make_order())
    world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(UnavailableError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        world.fulfillments.append(
            Fulfillment(
                order_id="1001",
                lines={"b": 1},
                parcels=[FulfillmentParcel(carrier="fakepost", tracking_number="1F0001")],
                shipped_at=NOON,
                notify_buyer=False,
                id="f1",
            )
        )
        await fulfiller.confirm(REF)
    assert world.calls["fulfill"] == 2


async def test_confirming_what_is_not_bought_is_refused(world: World, open_fulfiller: Open) -> None:
    """And so is what was given back."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        assert (await fulfiller.confirm(REF)).state is ShipmentState.CONFIRMED
        await fulfiller.void(REF)
        with pytest.raises(IdempotencyConflictError):
            await fulfiller.confirm(REF)
    assert world.calls["fulfill"] == 1


async def test_the_buyer_is_written_to_as_asked(world: World, open_fulfiller: Open) -> None:
    """The Fulfiller has a default, a shipment may differ."""
    world.add(make_order("1"), make_order("2"))
    async with open_fulfiller(notify_buyer=False) as fulfiller:
        await fulfiller.ship(world.orders["1"], parcels=[make_parcel()])
        await fulfiller.ship(world.orders["2"], parcels=[make_parcel()], notify_buyer=True)
    assert [told.notify_buyer for told in world.told] == [False, True]
