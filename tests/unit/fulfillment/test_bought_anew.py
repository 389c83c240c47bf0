"""Before anything is bought again the order is read: minutes or days lie between the plan and the next bytes."""

from collections.abc import Callable
from datetime import timedelta

import anyio
import attrs
import pytest
from typing_extensions import override

from cartcarrier.errors import OrderChangedError, PurchaseUncertainError, RejectedError, UnavailableError
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment._settle import Cancelling
from cartcarrier.http import ManualClock
from cartcarrier.ledger import ShipmentState, WorkState
from cartcarrier.models import (
    OrderRef,
    OrderStatus,
    PreparedPurchase,
    Shipment,
    ShipmentRequest,
    VoidResult,
    VoidStatus,
)
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import HOME, AdoptCarrier, BlindCarrier, CancelCarrier, World, make_order, make_parcel

REF = OrderRef(channel="fakeshop:default", order_id="1001")
CHANGES: dict[str, Callable[[World], None]] = {
    "address": lambda world: world.change("1001", ship_to=attrs.evolve(HOME, street1="9 Oak St")),
    "on hold": lambda world: world.change("1001", holds=("fraud check",), status=OrderStatus.ON_HOLD),
    "cancelled": lambda world: world.cancel("1001"),
    "cancellation requested": lambda world: world.change("1001", cancel_requested=True),
    "quantity of line a": lambda world: world.change(
        "1001", lines=[attrs.evolve(line, unfulfilled_quantity=0) for line in world.orders["1001"].lines]
    ),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_rebuy_after_the_settle_time_reads_the_order(
    world: World, open_fulfiller: Open, clock: ManualClock, change: str
) -> None:
    """Otherwise the second label goes to the old address, or to nobody."""
    world.add(order := make_order())
    world.lose("purchase", effect=False)
    async with open_fulfiller(rebuy_after_settle=True) as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        clock.advance(900)
        CHANGES[change](world)
        with pytest.raises(OrderChangedError, match="nothing was bought") as caught:
            await fulfiller.ship(order, parcels=[make_parcel()])
    assert any(change in found for found in caught.value.changes)
    assert not caught.value.label_bought
    assert world.calls["purchase"] == 1
    assert not world.live


async def test_a_rebuy_waits_for_an_open_cancellation(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """It was begun here, and the channel does not show it yet."""
    world.add(order := make_order())
    world.lose("purchase", effect=False)
    async with open_fulfiller(rebuy_after_settle=True) as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        clock.advance(900)
        mark = Cancelling(former=WorkState.OPEN, reason=None).mark()
        await fulfiller._desk.ledger.settle_order(REF, WorkState.OPEN, reason=mark, now=clock.now())
        with pytest.raises(OrderChangedError) as caught:
            await fulfiller.ship(order, parcels=[make_parcel()])
    assert caught.value.changes == ("cancellation under way",)
    assert world.calls["purchase"] == 1


async def test_the_order_as_it_is_now_can_be_shipped_after_that(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """The key is free: nothing of it was bought."""
    world.add(order := make_order())
    world.lose("purchase", effect=False)
    async with open_fulfiller(rebuy_after_settle=True) as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        clock.advance(900)
        CHANGES["address"](world)
        with pytest.raises(OrderChangedError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        await fulfiller.ship(world.orders["1001"], parcels=[make_parcel()])
        row = await fulfiller._desk.row(REF, "1")
    assert row.request is not None
    assert row.request.ship_to.street1 == "9 Oak St"
    assert len(world.live) == len(world.told) == 1


@pytest.mark.parametrize("change", CHANGES)
async def test_a_label_given_back_unseen_is_not_replaced_for_a_changed_order(
    world: World, open_fulfiller: Open, change: str
) -> None:
    """Within one call, too: the carrier was asked for up to ``max_wait``."""
    world.add(order := make_order())
    world.lose("purchase")

    async def touch() -> None:
        CHANGES[change](world)

    world.hooks["find"] = touch
    async with open_fulfiller(carriers=[CancelCarrier(world)]) as fulfiller:
        with pytest.raises(OrderChangedError):
            await fulfiller.ship(order, parcels=[make_parcel()])
    assert world.calls["purchase"] == 1
    assert not world.live


async def _buy_the_first_of_two(world: World, fulfiller: Fulfiller) -> None:
    async def refuse_next() -> None:
        if world.calls["purchase"] == 1:
            world.fail("purchase", RejectedError("too heavy", provider="fakepost", operation="ship"))

    world.hooks["purchase"] = refuse_next
    with pytest.raises(RejectedError):
        await fulfiller.ship(world.orders["1001"], parcels=[make_parcel()] * 2)


@pytest.mark.parametrize("change", CHANGES)
async def test_the_rest_of_a_shipment_is_not_bought_for_a_changed_order(
    world: World, open_fulfiller: Open, change: str
) -> None:
    """One label is live; the error says so, and no second one joins it."""
    world.add(order := make_order())
    async with open_fulfiller(carriers=[BlindCarrier(world, per_parcel=True)]) as fulfiller:
        await _buy_the_first_of_two(world, fulfiller)
        CHANGES[change](world)
        calls = world.calls["purchase"]
        with pytest.raises(OrderChangedError, match="void the shipment") as caught:
            await fulfiller.ship(order, parcels=[make_parcel()] * 2)
        assert caught.value.label_bought
        row = await fulfiller._desk.row(REF, "1")
        assert row.state is ShipmentState.PARTLY_BOUGHT
    assert world.calls["purchase"] == calls
    assert not world.told


async def test_the_rest_is_bought_where_the_first_label_has_told_the_channel(
    world: World, open_fulfiller: Open
) -> None:
    """A marketplace counts the pieces as gone by the very label that it sold: that is no change."""
    world.add(make_order())
    carrier = BlindCarrier(world, per_parcel=True)
    carrier.marketplace = True
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        order = world.orders["1001"]
        await _buy_the_first_of_two(world, fulfiller)
        CHANGES["quantity of line a"](world)
        await fulfiller.ship(order, parcels=[make_parcel()] * 2)
    assert len(world.live) == 2


class _Short(AdoptCarrier):
    """Its second label is sent only within a minute after it was planned."""

    @override
    def prepare_shipment(self, request: ShipmentRequest, *, reference: str) -> PreparedPurchase:
        prepared = super().prepare_shipment(request, reference=reference)
        ends = self.world.clock.now() + timedelta(minutes=1)
        first, *rest = prepared.steps
        return attrs.evolve(prepared, steps=[first, *(attrs.evolve(step, expires_at=ends) for step in rest)])


async def test_an_expired_step_is_not_planned_anew_for_a_changed_order(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """The first was lost and is found; the second was never sent, and its bytes are over."""
    world.add(order := make_order())
    world.lose("purchase")
    world.fail("find", UnavailableError("down", provider="fakepost", operation="find"))
    world.found_after = timedelta(minutes=5)
    async with open_fulfiller(carriers=[_Short(world, per_parcel=True)]) as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()] * 2)
        clock.advance(600)
        CHANGES["address"](world)
        with pytest.raises(OrderChangedError) as caught:
            await fulfiller.ship(order, parcels=[make_parcel()] * 2)
    assert (caught.value.changes, caught.value.label_bought) == (("address",), True)
    assert world.calls["purchase"] == 1


async def test_an_unchanged_order_is_read_once_and_goes_on(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """The look is no obstacle."""
    world.add(order := make_order())
    world.lose("purchase", effect=False)
    async with open_fulfiller(rebuy_after_settle=True) as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        clock.advance(900)
        await fulfiller.ship(order, parcels=[make_parcel()])
    assert len(world.live) == len(world.told) == 1


class _Half(BlindCarrier):
    """It takes the first label back and says no for the second one, of several or of one shipment."""

    names_parcels = False

    @override
    async def void_shipment(self, shipment: Shipment, *, tracking_numbers: object = None) -> VoidResult:
        await anyio.lowlevel.checkpoint()
        if self.names_parcels:
            first, *others = (parcel.tracking_number for parcel in shipment.parcels)
            parcels = {first: VoidStatus.VOIDED} | dict.fromkeys(others, VoidStatus.REFUSED)
            return VoidResult(status=VoidStatus.REFUSED, parcels=parcels)
        refused = shipment.id != self.world.labels[0].shipment.id
        return VoidResult(status=VoidStatus.REFUSED if refused else VoidStatus.VOIDED)


@pytest.mark.parametrize("per_parcel", [True, False], ids=["two labels", "one label of two parcels"])
async def test_a_shipment_of_which_a_part_was_given_back_is_confirmed_only_by_a_persons_word(
    world: World, open_fulfiller: Open, *, per_parcel: bool
) -> None:
    """One of the numbers is void: a buyer who was told it waits for a parcel that never comes."""
    world.add(order := make_order())
    world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
    carrier = _Half(world, per_parcel=per_parcel)
    carrier.names_parcels = not per_parcel
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        with pytest.raises(UnavailableError):
            await fulfiller.ship(order, parcels=[make_parcel()] * 2)
        assert (await fulfiller.void(REF)).status is VoidStatus.REFUSED
        with pytest.raises(OrderChangedError, match="given back") as caught:
            await fulfiller.ship(order, parcels=[make_parcel()] * 2)
        assert caught.value.label_bought
        with pytest.raises(OrderChangedError, match="given back"):
            await fulfiller.confirm(REF)
        assert not world.told
        await fulfiller.confirm(REF, despite_changes=True)
    assert len(world.told) == 1


async def test_a_void_that_was_refused_as_a_whole_may_be_confirmed(world: World, open_fulfiller: Open) -> None:
    """Every parcel is on its way."""
    world.add(order := make_order())
    world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
    world.void_refused = True
    async with open_fulfiller(carriers=[BlindCarrier(world, per_parcel=True)]) as fulfiller:
        with pytest.raises(UnavailableError):
            await fulfiller.ship(order, parcels=[make_parcel()] * 2)
        assert (await fulfiller.void(REF)).status is VoidStatus.REFUSED
        await fulfiller.ship(order, parcels=[make_parcel()] * 2)
    assert len(world.told) == 1
