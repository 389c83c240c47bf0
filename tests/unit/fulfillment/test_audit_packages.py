"""What a warehouse tells of its packages changes afterwards: numbers come late, or are others than before."""

import contextlib
from datetime import timedelta

import attrs
import pytest

from cartcarrier.errors import CartCarrierError
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment._warehouse import look_at_due
from cartcarrier.http import ManualClock
from cartcarrier.ledger import ShipmentState
from cartcarrier.models import FulfillmentParcel, OrderRef, OrderStatus, ProviderOrderStatus
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import NOON, FakeProvider, World, make_order

REF = OrderRef(channel="fakeshop:default", order_id="1001")
WAREHOUSE = "fakewarehouse:default"
PARTLY = ProviderOrderStatus.PARTIALLY_SHIPPED


@pytest.fixture
def open_fulfiller(world: World, open_fulfiller: Open) -> Open:
    """As elsewhere, with a warehouse."""
    return lambda **settings: open_fulfiller(**{"providers": [FakeProvider(world)], **settings})


def show(world: World, *parcels: tuple[str | None, dict[str, int]], status: ProviderOrderStatus = PARTLY) -> None:
    """Let the warehouse say that these have left, and no others."""
    ((reference, known),) = world.handed.items()
    shown = [FulfillmentParcel(carrier="amazon", tracking_number=number, lines=lines) for number, lines in parcels]
    world.handed[reference] = attrs.evolve(known, status=status, parcels=shown)


async def look(fulfiller: Fulfiller, clock: ManualClock) -> None:
    """Let time pass until the warehouse is asked again, and ask it."""
    clock.advance(timedelta(hours=5).total_seconds())
    await look_at_due(fulfiller._desk)


def numbers(world: World) -> list[tuple[str | None, dict[str, int]]]:
    """What the channel was told, and what is in it."""
    return [(told.parcels[0].tracking_number, dict(told.lines)) for told in world.told]


async def test_a_number_that_comes_late_is_told_once(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """Told without its number first, and with it again, one piece would stand for two, and the order be thought shipped."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        show(world, (None, {"a": 1}))
        await look(fulfiller, clock)
        show(world, ("P1", {"a": 1}))
        await look(fulfiller, clock)
        await look(fulfiller, clock)
        assert numbers(world) == [("P1", {"a": 1})]
        assert world.orders["1001"].status is OrderStatus.PARTIALLY_FULFILLED
        show(world, ("P1", {"a": 1}), ("P2", {"a": 1, "b": 1}), status=ProviderOrderStatus.SHIPPED)
        await look(fulfiller, clock)
        row = await fulfiller._desk.ledger.get_shipment(REF, "1")
        assert row is not None
        assert row.state is ShipmentState.CONFIRMED
    assert numbers(world) == [("P1", {"a": 1}), ("P2", {"a": 1, "b": 1})]


async def test_what_never_gets_a_number_is_told_at_the_end(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """It has left all the same, and the channel must hear of it."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        show(world, (None, {"a": 2}), ("P2", {"b": 1}))
        await look(fulfiller, clock)
        assert numbers(world) == [("P2", {"b": 1})]
        show(world, (None, {"a": 2}), ("P2", {"b": 1}), status=ProviderOrderStatus.SHIPPED)
        await look(fulfiller, clock)
        row = await fulfiller._desk.ledger.get_shipment(REF, "1")
        assert row is not None
        assert row.state is ShipmentState.CONFIRMED
    assert numbers(world) == [("P2", {"b": 1}), (None, {"a": 2})]


async def test_another_number_for_what_was_told_is_not_told_as_another_package(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """The warehouse's own number first, the carrier's later: one piece has left, not two, and the other is still to come."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        show(world, ("TBA1", {"a": 1}))
        await look(fulfiller, clock)
        show(world, ("1Z1", {"a": 1}))
        await look(fulfiller, clock)
        assert world.orders["1001"].lines[0].unfulfilled_quantity == 1
        for finding in [finding async for finding in fulfiller.reconcile(NOON - timedelta(days=1))]:
            with contextlib.suppress(CartCarrierError):
                await finding.fix()
        assert world.orders["1001"].lines[0].unfulfilled_quantity == 1, "mended into two packages"
        assert [open_order async for open_order in fulfiller.orders()] == [], "the rest is with the warehouse"
        show(world, ("1Z1", {"a": 1}), ("1Z2", {"a": 1, "b": 1}), status=ProviderOrderStatus.SHIPPED)
        await look(fulfiller, clock)
        row = await fulfiller._desk.ledger.get_shipment(REF, "1")
        assert row is not None
        assert row.state is ShipmentState.CONFIRMED
        await look(fulfiller, clock)
    told: dict[str, int] = {}
    for one in world.told:
        for line, pieces in one.lines.items():
            told[line] = told.get(line, 0) + pieces
    assert told == {"a": 2, "b": 1}
    assert world.told[-1].parcels[0].tracking_number == "1Z2"


async def test_packages_of_the_same_contents_are_not_one(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """The first is left out of an answer: the second is another, and when both show, both are told."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        show(world, ("P1", {"a": 1}))
        await look(fulfiller, clock)
        show(world, ("P2", {"a": 1}))
        await look(fulfiller, clock)
        show(world, ("P1", {"a": 1}), ("P2", {"a": 1}), ("P3", {"b": 1}), status=ProviderOrderStatus.SHIPPED)
        await look(fulfiller, clock)
    assert sorted(number or "" for number, _ in numbers(world)) == ["P1", "P2", "P3"]


async def test_what_has_left_is_all_told_before_it_is_done(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """A warehouse that says "shipped" and shows no package yet has it all the same: it is no open work for a label."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        show(world, status=ProviderOrderStatus.SHIPPED)
        await look(fulfiller, clock)
        assert [open_order async for open_order in fulfiller.orders()] == []
        show(world, ("P1", {"a": 2, "b": 1}), status=ProviderOrderStatus.SHIPPED)
        await look(fulfiller, clock)
    assert numbers(world) == [("P1", {"a": 2, "b": 1})]
