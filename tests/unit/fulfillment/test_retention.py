"""Personal data goes by itself when it has had its time; the money trail stays."""

from datetime import timedelta

import pytest

from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment._retention import AGAIN, RetentionWatch
from cartcarrier.http import ManualClock
from cartcarrier.ledger import ShipmentState
from cartcarrier.models import OrderRef
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import World, make_order, make_parcel

REF = OrderRef(channel="fakeshop:default", order_id="1001")
KEEP = timedelta(days=30)
MOMENT = timedelta(seconds=1)


async def _ship(world: World, fulfiller: Fulfiller) -> None:
    world.add(order := make_order())
    await fulfiller.ship(order, parcels=[make_parcel()])


async def _is_known(fulfiller: Fulfiller) -> bool:
    row = await fulfiller._desk.row(REF, "1")
    assert row.state is ShipmentState.CONFIRMED
    return row.request is not None


async def test_data_is_erased_thirty_days_after_the_order_was_settled(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Amazon's rule, kept for every channel: not a moment later, and what was paid is still known."""
    async with open_fulfiller() as fulfiller:
        await _ship(world, fulfiller)
        watch = RetentionWatch(fulfiller._desk, KEEP)
        clock.advance(KEEP.total_seconds())
        await watch.look()
        assert await _is_known(fulfiller)
        clock.advance(AGAIN.total_seconds())
        await watch.look()
        assert not await _is_known(fulfiller)


async def test_looking_is_seldom(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """An erasure empties the ledger's log; each minute would be a waste."""
    async with open_fulfiller() as fulfiller:
        await _ship(world, fulfiller)
        watch = RetentionWatch(fulfiller._desk, KEEP)
        clock.advance((KEEP - AGAIN + MOMENT + MOMENT).total_seconds())
        await watch.look()
        clock.advance((AGAIN - MOMENT).total_seconds())
        await watch.look()
        assert await _is_known(fulfiller)
        clock.advance(MOMENT.total_seconds())
        await watch.look()
        assert not await _is_known(fulfiller)


async def test_open_orders_and_those_to_be_kept_are_spared(
    world: World, open_fulfiller: Open, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """What must still be shipped needs its address; who has to keep names says so."""
    caplog.set_level("INFO", "cartcarrier")
    async with open_fulfiller() as fulfiller:
        world.add(make_order("1002"))
        async for order in fulfiller.orders():
            assert order.id == "1002"
            break
        await _ship(world, fulfiller)
        clock.advance((KEEP * 10).total_seconds())
        await RetentionWatch(fulfiller._desk, None).look()
        assert await _is_known(fulfiller)
        await RetentionWatch(fulfiller._desk, KEEP).look()
        assert not await _is_known(fulfiller)
        row = await fulfiller._desk.ledger.get_order(OrderRef(channel="fakeshop:default", order_id="1002"))
    assert row is not None
    assert row.order is not None
    assert "personal data of 1 orders was erased, 30 days after" in caplog.text
