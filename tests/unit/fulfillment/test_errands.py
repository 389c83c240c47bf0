"""Manifests, the loop of one machine, and what it looks after."""

from datetime import timedelta

import anyio
import attrs
import pytest
from typing_extensions import override

from cartcarrier.errors import (
    ConfigurationError,
    ConflictError,
    TransportError,
    UnavailableError,
    UnsupportedOperationError,
)
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment._warehouse import look_at_due
from cartcarrier.http import ManualClock
from cartcarrier.ledger import WorkState
from cartcarrier.models import Manifest, ProviderOrderStatus, TrackingEvent, TrackingStatus
from tests.unit.fulfillment.conftest import Open, until_dead
from tests.unit.fulfillment.fakes import (
    NOON,
    WAREHOUSE,
    AdoptCarrier,
    FakeProvider,
    Fate,
    World,
    make_order,
    make_parcel,
)


async def test_a_manifest_has_each_shipment_once(world: World, open_fulfiller: Open) -> None:
    """Closing the day twice closes only what has come since; a voided label is in none."""
    world.add(*(make_order(str(n)) for n in range(4)))
    async with open_fulfiller() as fulfiller:
        for n in range(3):
            await fulfiller.ship(world.orders[str(n)], parcels=[make_parcel()])
        await fulfiller.void(world.orders["1"].ref)
        (first,) = await fulfiller.manifest("fakepost:default", NOON.date())
        await fulfiller.ship(world.orders["3"], parcels=[make_parcel()])
        (second,) = await fulfiller.manifest("fakepost:default", NOON.date())
        assert await fulfiller.manifest("fakepost:default", NOON.date()) == []
        assert await fulfiller.manifest("fakepost:default", NOON.date() + timedelta(days=1)) == []
    assert first.tracking_numbers == ("1F0001", "1F0003")
    assert second.tracking_numbers == ("1F0004",)


async def test_each_place_has_a_manifest_of_its_own(world: World, open_fulfiller: Open) -> None:
    """The truck stops at each."""
    world.add(make_order("1"), make_order("2"))
    other = attrs.evolve(WAREHOUSE, street1="9 Pier")
    async with open_fulfiller(ship_from=lambda order, _: WAREHOUSE if order.id == "1" else other) as fulfiller:
        for order_id in ("1", "2"):
            await fulfiller.ship(world.orders[order_id], parcels=[make_parcel()])
        assert len(await fulfiller.manifest("fakepost:default", NOON.date())) == 2


async def _two_parcels(world: World, open_fulfiller: Open) -> None:
    world.add(make_order("1"), make_order("2"))
    async with open_fulfiller() as fulfiller:
        for order_id in ("1", "2"):
            await fulfiller.ship(world.orders[order_id], parcels=[make_parcel()])


async def _close_the_day(fulfiller: Fulfiller) -> None:
    await fulfiller.manifest("fakepost:default", NOON.date())


@pytest.mark.parametrize("die_at", range(10))
async def test_death_anywhere_in_a_manifest_leaves_each_parcel_in_one(
    world: World, open_fulfiller: Open, die_at: int
) -> None:
    """That the carrier has them already, by the call before, is success."""
    await _two_parcels(world, open_fulfiller)
    world.fate = Fate(die_at=die_at)
    await until_dead(world, open_fulfiller, _close_the_day)
    async with open_fulfiller() as fulfiller:
        await _close_the_day(fulfiller)
        assert await fulfiller.manifest("fakepost:default", NOON.date()) == []
    assert [made.tracking_numbers for made in world.manifests] == [("1F0001", "1F0002")]


async def test_a_lost_manifest_is_asked_for_again_with_the_same_parcels(world: World, open_fulfiller: Open) -> None:
    """A third parcel that has come since goes into one of its own."""
    await _two_parcels(world, open_fulfiller)
    world.lose("create_manifest")
    world.add(third := make_order("3"))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(TransportError):
            await _close_the_day(fulfiller)
        await fulfiller.ship(third, parcels=[make_parcel()])
        (made,) = await fulfiller.manifest("fakepost:default", NOON.date())
    assert made.tracking_numbers == ("1F0003",)
    assert len(world.manifests) == 2


async def test_parcels_that_somebody_else_has_closed_are_a_conflict(world: World, open_fulfiller: Open) -> None:
    """No earlier call of ours: it is not taken for success."""
    await _two_parcels(world, open_fulfiller)
    world.manifests.append(Manifest(id="theirs", tracking_numbers=["1F0001"]))
    async with open_fulfiller() as fulfiller:
        for _ in range(2):
            with pytest.raises(ConflictError):
                await _close_the_day(fulfiller)


async def test_a_place_that_fails_holds_up_none_of_the_others(world: World, open_fulfiller: Open) -> None:
    """The truck comes to the others; that one is closed by the next call."""
    world.add(make_order("1"), make_order("2"))
    other = attrs.evolve(WAREHOUSE, street1="9 Pier")
    async with open_fulfiller(ship_from=lambda order, _: WAREHOUSE if order.id == "1" else other) as fulfiller:
        for order_id in ("1", "2"):
            await fulfiller.ship(world.orders[order_id], parcels=[make_parcel()])
        world.fail("create_manifest", UnavailableError("down", provider="fakepost", operation="create_manifest"))
        assert len(await fulfiller.manifest("fakepost:default", NOON.date())) == 1
        assert len(await fulfiller.manifest("fakepost:default", NOON.date())) == 1
    assert len(world.manifests) == 2


async def test_a_carrier_without_manifests_says_so(world: World, open_fulfiller: Open) -> None:
    """An unknown one is a set-up error."""
    async with open_fulfiller(carriers=[]) as fulfiller:
        with pytest.raises(ConfigurationError):
            await fulfiller.manifest("fakepost:default", NOON.date())


async def test_purging_keeps_what_is_open(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """Only settled orders, only before the day."""
    world.add(make_order("1"), make_order("2"))
    async with open_fulfiller() as fulfiller:
        assert len([order async for order in fulfiller.orders()]) == 2
        await fulfiller.ship(world.orders["1"], parcels=[make_parcel()])
        clock.advance(3600)
        assert await fulfiller.purge_personal_data(clock.now()) == 1
        rows = await fulfiller._desk.ledger.list_orders(states=tuple(WorkState))
    assert {row.ref.order_id: row.order is None for row in rows} == {"1": True, "2": False}


async def _run_for(fulfiller: Fulfiller, clock: ManualClock, duration: timedelta) -> None:
    ends = clock.now() + duration
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(fulfiller.run)
        while clock.now() < ends:
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()


async def test_run_confirms_late_follows_and_warns(
    world: World, open_fulfiller: Open, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """One machine needs nothing else; it stops cleanly when it is cancelled."""
    world.add(make_order("1"), make_order("2", ship_by=NOON + timedelta(hours=5)))
    for _ in range(3):
        world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
    async with open_fulfiller() as fulfiller:
        assert len([order async for order in fulfiller.orders()]) == 2
        with pytest.raises(UnavailableError):
            await fulfiller.ship(world.orders["1"], parcels=[make_parcel()])
        world.scans["1F0001"] = [TrackingEvent(status=TrackingStatus.DELIVERED, occurred_at=NOON, key="d")]
        await _run_for(fulfiller, clock, timedelta(hours=7))
        assert await fulfiller._desk.ledger.next_parcel_due() is None
    assert len(world.told) == 1
    assert world.calls["fulfill"] == 4
    assert caplog.text.count("DeadlineAtRisk") == 1
    assert "fakeshop:default/2" in caplog.text


async def test_run_follows_what_warehouses_have(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """Nobody listens, and the channel is told all the same; a warehouse that is down is asked again."""
    world.add(order := make_order())
    async with open_fulfiller(providers=[FakeProvider(world)]) as fulfiller:
        await fulfiller.submit(order, provider="fakewarehouse:default")
        world.send("P1", a=2, b=1)
        world.fail("get_status", UnavailableError("down", provider="fakewarehouse", operation="get_status"))
        await _run_for(fulfiller, clock, timedelta(hours=2))
        assert await fulfiller._desk.ledger.next_shipment_due() is None
    assert [told.parcels[0].tracking_number for told in world.told] == ["P1"]


async def test_a_warehouse_without_news_is_asked_less_often_and_in_the_end_no_more(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Part of it left and the rest never comes: every half hour for ever would be much for nothing."""
    world.add(order := make_order())
    async with open_fulfiller(providers=[FakeProvider(world)]) as fulfiller:
        await fulfiller.submit(order, provider="fakewarehouse:default")
        world.send("P1", status=ProviderOrderStatus.PARTIALLY_SHIPPED, a=2)
        due: list[timedelta | None] = []
        for days in (0, 1, 2, 58):
            clock.advance(timedelta(days=days, minutes=30).total_seconds())
            await look_at_due(fulfiller._desk)
            at = await fulfiller._desk.ledger.next_shipment_due()
            due.append(at - clock.now() if at is not None else None)
    assert due == [timedelta(minutes=30), timedelta(minutes=30), timedelta(hours=4), None]
    assert len(world.told) == 1


async def test_run_asks_less_often_for_what_keeps_failing(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """A channel that is down for a day is not called every minute."""
    world.add(order := make_order())
    for _ in range(500):
        world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
    async with open_fulfiller(carriers=[AdoptCarrier(world)]) as fulfiller:
        with pytest.raises(UnavailableError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        await _run_for(fulfiller, clock, timedelta(hours=4))
    assert 6 <= world.calls["fulfill"] <= 15


async def test_a_carrier_that_makes_none_is_unsupported(world: World, open_fulfiller: Open) -> None:
    """Not an empty list: the parcels are not handed over."""

    class Plain(AdoptCarrier):
        driver = "plain"

    from cartcarrier.carriers import Carrier

    class Mute(Carrier):
        driver = "mute"
        config_class = Plain.config_class

        @override
        async def aclose(self) -> None:
            """Nothing."""

    async with open_fulfiller(carriers=[Mute(Plain.config_class())]) as fulfiller:
        with pytest.raises(UnsupportedOperationError):
            await fulfiller.manifest("mute:default", NOON.date())
