"""Stock, manifests, somebody else's warehouse, and the loop of one machine."""

from datetime import timedelta

import anyio
import attrs
import pytest
from typing_extensions import override

from cartcarrier.errors import (
    ConfigurationError,
    IdempotencyConflictError,
    OrderChangedError,
    TransportError,
    UnavailableError,
    UnsupportedOperationError,
)
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.http import ManualClock
from cartcarrier.ledger import WorkState
from cartcarrier.models import InventoryLevel, InventoryStatus, TrackingEvent, TrackingStatus
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import (
    HOME,
    NOON,
    WAREHOUSE,
    AdoptCarrier,
    FakeChannel,
    FakeProvider,
    OrderChannel,
    World,
    make_order,
    make_parcel,
)


async def test_stock_goes_to_all_channels_and_none_is_lost(world: World, open_fulfiller: Open) -> None:
    """A channel that is down gives a result for each level, with why."""
    channels = [FakeChannel(world), FakeChannel(world, "eu"), OrderChannel(world, "mute")]
    world.fail("set_inventory eu", UnavailableError("down", provider="fakeshop", operation="stock"))
    levels = [InventoryLevel(sku="A", available=3), InventoryLevel(sku="B", available=0)]
    async with open_fulfiller(channels=channels) as fulfiller:
        results = await fulfiller.set_inventory(levels)
    assert set(results) == {"fakeshop:default", "fakeshop:eu"}
    assert [result.status for result in results["fakeshop:default"]] == [InventoryStatus.ACCEPTED] * 2
    assert [(result.sku, result.status, result.message) for result in results["fakeshop:eu"]] == [
        ("A", InventoryStatus.REJECTED, "down"),
        ("B", InventoryStatus.REJECTED, "down"),
    ]


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


async def test_a_carrier_without_manifests_says_so(world: World, open_fulfiller: Open) -> None:
    """An unknown one is a set-up error."""
    async with open_fulfiller(carriers=[]) as fulfiller:
        with pytest.raises(ConfigurationError):
            await fulfiller.manifest("fakepost:default", NOON.date())


async def test_an_order_is_handed_to_a_warehouse_under_one_reference(world: World, open_fulfiller: Open) -> None:
    """A repeat after a lost answer names the same order there."""
    world.add(order := make_order())
    world.lose("submit")
    async with open_fulfiller(providers=[FakeProvider(world)]) as fulfiller:
        with pytest.raises(TransportError):
            await fulfiller.submit(order, provider="fakewarehouse:default")
        done = await fulfiller.submit(order, provider="fakewarehouse:default")
        other = await fulfiller.submit(order, provider="fakewarehouse:default", key="2")
    assert world.submitted == {done.reference: 2, other.reference: 1}


async def test_a_changed_order_is_not_handed_over(world: World, open_fulfiller: Open) -> None:
    """As for our own labels."""
    world.add(order := make_order())
    world.change("1001", ship_to=attrs.evolve(HOME, city="Bend"))
    async with open_fulfiller(providers=[FakeProvider(world)]) as fulfiller:
        with pytest.raises(OrderChangedError):
            await fulfiller.submit(order, provider="fakewarehouse:default")
        with pytest.raises(ConfigurationError):
            await fulfiller.submit(order, provider="nobody:x")
    assert not world.submitted


async def test_a_key_belongs_to_one_provider(world: World, open_fulfiller: Open) -> None:
    """Two warehouses would ship it twice."""
    world.add(order := make_order())

    class Other(FakeProvider):
        driver = "otherwarehouse"

    async with open_fulfiller(providers=[FakeProvider(world), Other(world)]) as fulfiller:
        await fulfiller.submit(order, provider="fakewarehouse:default")
        with pytest.raises(IdempotencyConflictError):
            await fulfiller.submit(order, provider="otherwarehouse:default")


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
        await _run_for(fulfiller, clock, timedelta(hours=3))
        assert await fulfiller._desk.ledger.next_parcel_due() is None
    assert len(world.told) == 1
    assert world.calls["fulfill"] == 4
    assert caplog.text.count("DeadlineAtRisk") == 1
    assert "fakeshop:default/2" in caplog.text


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
