"""Giving labels back, and cancel against ship: every interleaving ends in one of three ways."""

import contextlib

import anyio
import pytest

from cartcarrier.errors import (
    CartCarrierError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    OrderChangedError,
    PurchaseUncertainError,
    TransportError,
    UnavailableError,
    UnsupportedOperationError,
)
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment import Bought
from cartcarrier.ledger import LeaseLostError, ShipmentState, WorkState
from cartcarrier.models import CancellationStatus, OrderRef, OrderStatus, VoidStatus
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import BlindCarrier, OrderChannel, World, make_order, make_parcel

REF = OrderRef(channel="fakeshop:default", order_id="1001")


async def _state(fulfiller: Fulfiller, key: str = "1") -> ShipmentState:
    row = await fulfiller._desk.ledger.get_shipment(REF, key)
    assert row is not None
    return row.state


async def _work(fulfiller: Fulfiller) -> WorkState:
    row = await fulfiller._desk.ledger.get_order(REF)
    assert row is not None
    return row.state


async def test_void_gives_back_the_label_and_what_the_channel_was_told(world: World, open_fulfiller: Open) -> None:
    """The order is open again, and a repeat returns the first result without asking anybody."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        first = await fulfiller.void(REF)
        again = await fulfiller.void(REF)
        assert await _state(fulfiller) is ShipmentState.VOIDED
        assert [found.id async for found in fulfiller.orders()] == ["1001"]
        assert await fulfiller._desk.ledger.next_parcel_due() is None
    assert first == again
    assert first.status is VoidStatus.VOIDED
    assert world.calls["void"] == 1
    assert (world.live, world.told) == ([], [])


async def test_a_voided_key_is_not_shipped_again(world: World, open_fulfiller: Open) -> None:
    """A stored result that is void must not be returned as a label."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        await fulfiller.void(REF)
        with pytest.raises(CartCarrierError, match="given back"):
            await fulfiller.ship(world.orders["1001"], parcels=[make_parcel()])
        await fulfiller.ship(world.orders["1001"], parcels=[make_parcel()], key="2")
    assert len(world.live) == len(world.told) == 1


async def test_a_refused_void_is_a_result_and_may_be_tried_again(world: World, open_fulfiller: Open) -> None:
    """The channel is told nothing of it: the parcel is on its way."""
    world.add(order := make_order())
    world.void_refused = True
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        result = await fulfiller.void(REF)
        assert result.status is VoidStatus.REFUSED
        assert await _state(fulfiller) is ShipmentState.VOID_REFUSED
        assert len(world.told) == 1
        world.void_refused = False
        assert (await fulfiller.void(REF)).status is VoidStatus.VOIDED
    assert not world.told


@pytest.mark.parametrize("kind", [ConflictError, NotFoundError])
async def test_a_carrier_that_says_no_by_an_error_refuses(
    world: World, open_fulfiller: Open, kind: type[ConflictError]
) -> None:
    """Drivers differ in how they say it."""
    world.add(order := make_order())
    world.fail("void", kind("it is on the truck", provider="fakepost", operation="void"))
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        result = await fulfiller.void(REF)
    assert (result.status, result.message) == (VoidStatus.REFUSED, "it is on the truck")


async def test_a_lost_void_is_asked_again(world: World, open_fulfiller: Open) -> None:
    """Voids may be repeated without harm."""
    world.add(order := make_order())
    world.lose("void")
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        assert (await fulfiller.void(REF)).status is VoidStatus.VOIDED
    assert world.calls["void"] == 2


async def test_a_void_that_cannot_be_asked_is_ended_by_recovery(world: World, open_fulfiller: Open) -> None:
    """It is on record as begun; meanwhile the key ships nothing."""
    world.add(order := make_order())
    world.fail("void", UnavailableError("down", provider="fakepost", operation="void"))
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        with pytest.raises(UnavailableError):
            await fulfiller.void(REF)
        assert await _state(fulfiller) is ShipmentState.VOIDING
        with pytest.raises(CartCarrierError, match="given back"):
            await fulfiller.ship(order, parcels=[make_parcel()])
        assert (await fulfiller.recover()).voided == 1
        assert (await fulfiller.recover()).found == 0
    assert (world.live, world.told) == ([], [])


async def test_a_fulfillment_that_cannot_be_taken_back_does_not_lose_the_void(
    world: World, open_fulfiller: Open
) -> None:
    """The money comes back, the rest is said in the result and named by reconcile."""
    world.add(order := make_order())
    world.fail("cancel_fulfillment", ConflictError("too late", provider="fakeshop", operation="cancel"))
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        result = await fulfiller.void(REF)
    assert result.status is VoidStatus.VOIDED
    assert "too late" in (result.message or "")


async def test_an_unknown_purchase_is_not_voided_blindly(world: World, open_fulfiller: Open) -> None:
    """Void what?"""
    world.add(order := make_order())
    world.lose("purchase")
    async with open_fulfiller(carriers=[BlindCarrier(world)]) as fulfiller:
        for work in (lambda: fulfiller.ship(order, parcels=[make_parcel()]), lambda: fulfiller.void(REF)):
            with pytest.raises(PurchaseUncertainError):
                await work()
    assert world.calls["void"] == 0


async def test_void_names_what_is_not_there(world: World, open_fulfiller: Open) -> None:
    """A wrong key is not a success."""
    async with open_fulfiller() as fulfiller:
        with pytest.raises(InvalidValueError):
            await fulfiller.void(REF, key="9")


async def _bought_not_told(world: World, fulfiller: Fulfiller) -> None:
    world.add(order := make_order())
    world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
    with pytest.raises(UnavailableError):
        await fulfiller.ship(order, parcels=[make_parcel()])


async def test_cancel_gives_back_what_was_bought(world: World, open_fulfiller: Open) -> None:
    """First ending: cancelled, the label voided."""
    async with open_fulfiller() as fulfiller:
        await _bought_not_told(world, fulfiller)
        result = await fulfiller.cancel(REF)
        assert await _work(fulfiller) is WorkState.CANCELLED
        assert await _state(fulfiller) is ShipmentState.VOIDED
    assert result.status is CancellationStatus.DONE
    assert world.orders["1001"].status is OrderStatus.CANCELLED
    assert (world.live, world.told) == ([], [])


async def test_a_shipped_order_is_not_cancelled(world: World, open_fulfiller: Open) -> None:
    """Second ending: shipped, the cancellation refused; the label stays, for it is on its way."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        result = await fulfiller.cancel(REF)
        assert await _work(fulfiller) is WorkState.SHIPPED
    assert result.status is CancellationStatus.REFUSED
    assert len(world.live) == len(world.told) == 1


async def test_a_label_that_cannot_be_given_back_is_named(world: World, open_fulfiller: Open) -> None:
    """Third ending: cancelled, but the label is live."""
    world.void_refused = True
    async with open_fulfiller() as fulfiller:
        await _bought_not_told(world, fulfiller)
        result = await fulfiller.cancel(REF)
        assert result.status is CancellationStatus.DONE
        assert "CancelledButLive" in (result.message or "")
        assert await _state(fulfiller) is ShipmentState.VOID_REFUSED
        names = [type(found).__name__ async for found in fulfiller.reconcile(world.clock.now())]
    assert names == ["CancelledButLive"]


async def test_cancel_waits_for_who_is_buying(world: World, open_fulfiller: Open) -> None:
    """A cancellation in the middle of a purchase: one of the endings, never both labels and cancelled."""
    world.add(order := make_order())
    results: list[object] = []
    async with open_fulfiller() as fulfiller, anyio.create_task_group() as tasks:

        async def cancel() -> None:
            results.append(await fulfiller.cancel(REF))

        async def begin() -> None:
            del world.hooks["purchase"]
            tasks.start_soon(cancel)
            await anyio.wait_all_tasks_blocked()

        world.hooks["purchase"] = begin
        try:
            results.append(await fulfiller.ship(order, parcels=[make_parcel()]))
        except OrderChangedError as exc:
            results.append(exc)
    cancelled = world.orders["1001"].status is OrderStatus.CANCELLED
    assert len(results) == 2
    assert len(world.live) == len(world.told) == (0 if cancelled else 1)


INTERLEAVINGS = ["get_order", "get_rates default", "purchase", "fulfill", "list_fulfillments"]


@pytest.mark.parametrize("void", ["void accepted", "void refused"])
@pytest.mark.parametrize("moment", INTERLEAVINGS)
@pytest.mark.parametrize("who", ["by us", "at the channel"])
async def test_every_interleaving_of_cancel_and_ship_ends_well(
    world: World, open_fulfiller: Open, caplog: pytest.LogCaptureFixture, *, moment: str, who: str, void: str
) -> None:
    """At each moment of a shipment another worker cancels, or the buyer does at the channel."""
    world.add(order := make_order())
    refused = world.void_refused = void == "void refused"
    async with open_fulfiller() as shipper, open_fulfiller() as canceller, anyio.create_task_group() as tasks:

        async def cancel() -> None:
            del world.hooks[moment]
            if who == "by us":
                tasks.start_soon(canceller.cancel, REF)
                await anyio.wait_all_tasks_blocked()
            elif not world.told:
                world.cancel("1001")

        world.hooks[moment] = cancel
        # the hand-moved clock runs ahead while the canceller waits, so that the shipper may lose its lease, too
        with contextlib.suppress(OrderChangedError, ConflictError, LeaseLostError):
            await shipper.ship(order, parcels=[make_parcel()])
    async with open_fulfiller() as fulfiller:
        await fulfiller.recover()
        await fulfiller.recover()
    if world.orders["1001"].status is OrderStatus.CANCELLED:
        assert not world.told
        assert not world.live or (refused and "CancelledButLive" in caplog.text)
    else:
        assert len(world.live) == len(world.told) == 1


async def test_a_pending_cancellation_stops_buying_and_confirming(world: World, open_fulfiller: Open) -> None:
    """Until the channel has decided, neither happens; recovery asks again."""
    async with open_fulfiller() as fulfiller:
        await _bought_not_told(world, fulfiller)
        world.cancel_answer = CancellationStatus.PENDING
        assert (await fulfiller.cancel(REF)).status is CancellationStatus.PENDING
        with pytest.raises(OrderChangedError, match="being cancelled"):
            await fulfiller.ship(world.orders["1001"], parcels=[make_parcel()])
        assert not world.told
        assert [found async for found in fulfiller.orders()] == []
        world.cancel_answer = CancellationStatus.DONE
        await fulfiller.recover()
        assert await _work(fulfiller) is WorkState.CANCELLED
    assert not world.live


async def test_a_refused_cancellation_leaves_all_as_it_was(world: World, open_fulfiller: Open) -> None:
    """The order can still be shipped with its label."""
    async with open_fulfiller() as fulfiller:
        await _bought_not_told(world, fulfiller)
        world.cancel_answer = CancellationStatus.REFUSED
        assert (await fulfiller.cancel(REF)).status is CancellationStatus.REFUSED
        await fulfiller.ship(world.orders["1001"], parcels=[make_parcel()])
    assert len(world.live) == len(world.told) == 1


async def test_a_lost_cancellation_is_asked_again(world: World, open_fulfiller: Open) -> None:
    """The channel may have cancelled: recovery finds out and gives the label back."""
    async with open_fulfiller() as fulfiller:
        await _bought_not_told(world, fulfiller)
        world.lose("cancel_order")
        with pytest.raises(TransportError):
            await fulfiller.cancel(REF)
        assert len(world.live) == 1
        await fulfiller.recover()
        assert await _work(fulfiller) is WorkState.CANCELLED
    assert not world.live


async def test_a_cancellation_that_was_asked_for_is_answered(world: World, open_fulfiller: Open) -> None:
    """Channels that let buyers ask want an answer, not a second cancellation."""
    world.add(make_order(cancel_requested=True))
    async with open_fulfiller() as fulfiller:
        await fulfiller.cancel(REF)
    assert (world.calls["answer_cancel_request"], world.calls["cancel_order"]) == (1, 0)


async def test_a_channel_without_cancellation_says_so(world: World, open_fulfiller: Open) -> None:
    """And nothing is voided."""
    world.add(order := make_order())
    async with open_fulfiller(channels=[OrderChannel(world)]) as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        with pytest.raises(UnsupportedOperationError):
            await fulfiller.cancel(REF)
    assert len(world.live) == 1


@pytest.mark.parametrize("moment", ["get_order", "get_rates default"])
async def test_a_cancellation_that_ends_while_prices_are_asked_stops_the_purchase(
    world: World, open_fulfiller: Open, moment: str
) -> None:
    """The order as it was read is out of date, and its mark is gone again: the ledger still says what happened."""
    world.add(order := make_order())
    async with open_fulfiller() as shipper, open_fulfiller() as canceller:

        async def cancel() -> None:
            del world.hooks[moment]
            await canceller.cancel(REF)

        world.hooks[moment] = cancel
        with pytest.raises(OrderChangedError):
            await shipper.ship(order, parcels=[make_parcel()])
        assert (await shipper.recover()).found == 0
    assert not world.labels


async def test_cancelling_what_may_be_bought_says_so(world: World, open_fulfiller: Open) -> None:
    """The order is cancelled; the label, once a person has found it, is given back and not told."""
    world.add(order := make_order())
    world.lose("purchase")
    async with open_fulfiller(carriers=[BlindCarrier(world)]) as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        result = await fulfiller.cancel(REF)
        assert result.status is CancellationStatus.DONE
        assert "not known" in (result.message or "")
        await fulfiller.resolve(REF, outcome=Bought(world.labels[0].shipment))
        assert (await fulfiller.recover()).voided == 1
    assert (world.live, world.told) == ([], [])


async def test_a_label_that_is_not_given_back_yet_is_given_back_by_recovery(world: World, open_fulfiller: Open) -> None:
    """The channel has cancelled, the carrier is down: the end is not forgotten."""
    async with open_fulfiller() as fulfiller:
        await _bought_not_told(world, fulfiller)
        world.fail("void", UnavailableError("down", provider="fakepost", operation="void"))
        result = await fulfiller.cancel(REF)
        assert result.status is CancellationStatus.DONE
        assert "recover()" in (result.message or "")
        assert len(world.live) == 1
        await fulfiller.recover()
        assert await _work(fulfiller) is WorkState.CANCELLED
    assert not world.live


async def test_a_cancelled_order_whose_void_fails_is_ended_by_recovery(world: World, open_fulfiller: Open) -> None:
    """Cancelled at the channel while its label was bought, and the carrier is down just then."""
    world.add(order := make_order())

    async def cancel() -> None:
        world.cancel("1001")

    world.hooks["purchase"] = cancel
    world.fail("void", UnavailableError("down", provider="fakepost", operation="void"))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(OrderChangedError, match="recover"):
            await fulfiller.ship(order, parcels=[make_parcel()])
        assert (await fulfiller.recover()).voided == 1
        assert await _work(fulfiller) is WorkState.CANCELLED
    assert not world.live


async def test_a_channel_that_cannot_be_asked_to_cancel_leaves_all_as_it_was(
    world: World, open_fulfiller: Open
) -> None:
    """Nothing was sent, or it was refused: the order goes on."""
    async with open_fulfiller() as fulfiller:
        await _bought_not_told(world, fulfiller)
        world.fail("cancel_order", NotFoundError("unknown", provider="fakeshop", operation="cancel"))
        with pytest.raises(NotFoundError):
            await fulfiller.cancel(REF)
        await fulfiller.ship(world.orders["1001"], parcels=[make_parcel()])
    assert len(world.live) == len(world.told) == 1


async def test_a_cancellation_that_cannot_be_asked_is_a_problem_of_the_report(
    world: World, open_fulfiller: Open
) -> None:
    """It names the order, and no shipment of it."""
    async with open_fulfiller() as fulfiller:
        await _bought_not_told(world, fulfiller)
        for _ in range(2):
            world.lose("cancel_order", effect=False)
        with pytest.raises(TransportError):
            await fulfiller.cancel(REF)
        problems = (await fulfiller.recover()).problems
    assert [(problem.ref, problem.key) for problem in problems if problem.key is None] == [(REF, None)]
    assert not world.told


async def test_an_answered_request_falls_back_to_cancelling(world: World, open_fulfiller: Open) -> None:
    """Somebody has declined it meanwhile; the merchant cancels all the same."""
    world.add(make_order(cancel_requested=True))
    world.fail("answer_cancel_request", ConflictError("answered", provider="fakeshop", operation="answer"))
    async with open_fulfiller() as fulfiller:
        assert (await fulfiller.cancel(REF)).status is CancellationStatus.DONE
    assert world.calls["cancel_order"] == 1


async def test_an_order_cancelled_at_the_channel_is_done(world: World, open_fulfiller: Open) -> None:
    """Nobody is asked again; its unsent plan is dropped."""
    world.add(make_order(status=OrderStatus.CANCELLED))
    async with open_fulfiller() as fulfiller:
        assert (await fulfiller.cancel(REF)).status is CancellationStatus.DONE
    assert world.calls["cancel_order"] == 0


async def test_several_labels_are_given_back_together(world: World, open_fulfiller: Open) -> None:
    """One refusal makes the whole refused; a repeat asks for all again."""
    world.add(order := make_order())
    async with open_fulfiller(carriers=[BlindCarrier(world, per_parcel=True)]) as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()] * 2)
        world.fail("void", ConflictError("on the truck", provider="fakepost", operation="void"))
        first = await fulfiller.void(REF)
        assert (first.status, first.message) == (VoidStatus.REFUSED, "on the truck")
        assert len(world.told) == 1
        assert (await fulfiller.void(REF)).status is VoidStatus.VOIDED
    assert (world.live, world.told) == ([], [])
