"""Differences between ledger and channels: each named once, each mended by a fix that may run twice."""

import attrs
import pytest

from cartcarrier.errors import OrderChangedError, UnavailableError, UnsupportedOperationError
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment import (
    CancelledButLive,
    ChargeMismatch,
    ConfirmedWithoutLabel,
    Finding,
    LinkedNotPaid,
    NotConfirmed,
)
from cartcarrier.ledger import WorkState
from cartcarrier.models import Fulfillment, FulfillmentParcel, FulfillmentStatus, OrderRef, OrderStatus
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import NOON, World, make_order, make_parcel

REF = OrderRef(channel="fakeshop:default", order_id="1001")


async def _findings(fulfiller: Fulfiller) -> list[Finding]:
    return [finding async for finding in fulfiller.reconcile(NOON)]


async def _fix_twice(fulfiller: Fulfiller, kind: type[Finding]) -> None:
    (finding,) = await _findings(fulfiller)
    assert type(finding) is kind
    assert finding.ref == REF
    await finding.fix()
    await finding.fix()
    assert await _findings(fulfiller) == []


async def test_all_well_is_no_finding(world: World, open_fulfiller: Open) -> None:
    """A quiet night."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        assert await _findings(fulfiller) == []


async def test_a_label_the_channel_does_not_know_is_confirmed(world: World, open_fulfiller: Open) -> None:
    """Bought, and the confirmation failed."""
    world.add(order := make_order())
    world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(UnavailableError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        await _fix_twice(fulfiller, NotConfirmed)
    assert len(world.told) == 1


async def test_a_confirmation_the_channel_forgot_is_made_again(world: World, open_fulfiller: Open) -> None:
    """The ledger says told, the channel says never heard of it."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        world.fulfillments.clear()
        world.add(order)
        await _fix_twice(fulfiller, NotConfirmed)
    assert len(world.told) == 1


async def test_a_live_label_of_a_cancelled_order_is_given_back(world: World, open_fulfiller: Open) -> None:
    """Bought, then cancelled at the channel while nobody looked."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        world.fulfillments.clear()
        world.cancel("1001")
        await _fix_twice(fulfiller, CancelledButLive)
    assert not world.live


async def test_a_refused_void_stays_a_finding(world: World, open_fulfiller: Open) -> None:
    """The fix says that it did not help."""
    world.add(order := make_order())
    world.void_refused = True

    async def cancel() -> None:
        world.cancel("1001")

    world.hooks["purchase"] = cancel
    async with open_fulfiller() as fulfiller:
        with pytest.raises(OrderChangedError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        (finding,) = await _findings(fulfiller)
        assert isinstance(finding, CancelledButLive)
        with pytest.raises(UnsupportedOperationError, match="refuses"):
            await finding.fix()
        assert len(await _findings(fulfiller)) == 1


async def test_a_channel_that_believes_in_a_void_label_is_told(world: World, open_fulfiller: Open) -> None:
    """The label was given back, the fulfillment was not."""
    world.add(order := make_order())
    world.fail("cancel_fulfillment", UnavailableError("down", provider="fakeshop", operation="cancel"))
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        await fulfiller.void(REF)
        assert len(world.told) == 1
        await _fix_twice(fulfiller, ConfirmedWithoutLabel)
    assert not world.told


async def test_a_number_that_was_never_bought_here_is_named(world: World, open_fulfiller: Open) -> None:
    """Somebody else told the channel; the order is written down as shipped once nothing is open."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel(a=2)])
        foreign = Fulfillment(
            order_id="1001",
            lines={"b": 1},
            parcels=[FulfillmentParcel(carrier="elsewhere", tracking_number="X1")],
            shipped_at=NOON,
            notify_buyer=False,
            id="f9",
            status=FulfillmentStatus.ACTIVE,
        )
        world.fulfillments.append(foreign)
        (finding,) = await _findings(fulfiller)
        assert type(finding) is LinkedNotPaid
        with pytest.raises(UnsupportedOperationError):
            await finding.fix()
        lines = [attrs.evolve(line, unfulfilled_quantity=0) for line in order.lines]
        world.change("1001", lines=lines, status=OrderStatus.FULFILLED)
        await finding.fix()
        await finding.fix()
        assert await _findings(fulfiller) == []
        row = await fulfiller._desk.ledger.get_order(REF)
    assert row is not None
    assert row.state is WorkState.SHIPPED


async def test_a_finding_without_a_mending_says_so() -> None:
    """What no driver can do, a person must."""
    with pytest.raises(UnsupportedOperationError):
        await ChargeMismatch(ref=REF, key="1", what="charged more").fix()
