"""A cancellation that was begun stays open until the channel has decided; what cannot be asked again decides nothing."""

from typing import Any

import anyio
import pytest

from cartcarrier.errors import (
    AuthenticationError,
    CartCarrierError,
    ConflictError,
    LedgerError,
    NotFoundError,
    OrderChangedError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
    TransportError,
    UnavailableError,
)
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment._claims import LEASE
from cartcarrier.fulfillment._settle import is_being_cancelled
from cartcarrier.ledger import ShipmentState, WorkState
from cartcarrier.models import CancellationStatus, OrderRef, OrderStatus
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import World, make_order, make_parcel

REF = OrderRef(channel="fakeshop:default", order_id="1001")
FACTS: dict[str, Any] = {"provider": "fakeshop", "operation": "cancel_order"}

UNDECIDED: dict[str, CartCarrierError] = {
    "429": RateLimitError("too many calls", http_status=429, **FACTS),
    "403": PermissionDeniedError("no such scope", http_status=403, **FACTS),
    "401": AuthenticationError("the token was revoked", http_status=401, **FACTS),
    "404": NotFoundError("no open request", http_status=404, **FACTS),
    "503": UnavailableError("down", http_status=503, **FACTS),
    "refused connection": TransportError("connection refused", **FACTS),
    "ledger": LedgerError("disk full"),
}
DECIDED: dict[str, CartCarrierError] = {
    "409": ConflictError("it has left", http_status=409, **FACTS),
    "422": RejectedError("too late to cancel", http_status=422, **FACTS),
}


async def _begin(world: World, fulfiller: Fulfiller, *, pending: bool = False) -> None:
    """A label is bought and not told, and nobody knows whether the order was cancelled."""
    world.add(order := make_order())
    world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
    with pytest.raises(UnavailableError):
        await fulfiller.ship(order, parcels=[make_parcel()])
    if pending:
        world.cancel_answer = CancellationStatus.PENDING
        await fulfiller.cancel(REF)
        world.cancel_answer = CancellationStatus.DONE
    else:
        world.lose("cancel_order", effect=False)
        with pytest.raises(TransportError):
            await fulfiller.cancel(REF)
    assert await is_being_cancelled(fulfiller._desk, REF)


@pytest.mark.parametrize("pending", [False, True], ids=["lost", "pending"])
@pytest.mark.parametrize("answer", UNDECIDED)
async def test_recovery_confirms_nothing_while_a_cancellation_is_open(
    world: World, open_fulfiller: Open, *, answer: str, pending: bool
) -> None:
    """The first call may still take effect: shipping the order then is a parcel for money that was given back."""
    async with open_fulfiller() as fulfiller:
        await _begin(world, fulfiller, pending=pending)
        world.fail("cancel_order", UNDECIDED[answer])
        report = await fulfiller.recover()
        assert await is_being_cancelled(fulfiller._desk, REF)
        assert not world.told
        assert (REF, None) in [(problem.ref, problem.key) for problem in report.problems]
        await fulfiller.recover()
        row = await fulfiller._desk.row(REF, "1")
    assert row.state is ShipmentState.VOIDED
    assert world.orders["1001"].status is OrderStatus.CANCELLED
    assert (world.live, world.told) == ([], [])


@pytest.mark.parametrize("answer", UNDECIDED)
async def test_a_repeated_cancel_that_cannot_be_asked_keeps_it_open(
    world: World, open_fulfiller: Open, answer: str
) -> None:
    """Neither ship() nor confirm() goes on behind it."""
    async with open_fulfiller() as fulfiller:
        await _begin(world, fulfiller)
        world.fail("cancel_order", UNDECIDED[answer])
        with pytest.raises(type(UNDECIDED[answer])):
            await fulfiller.cancel(REF)
        with pytest.raises(OrderChangedError, match="being cancelled"):
            await fulfiller.ship(world.orders["1001"], parcels=[make_parcel()])
        with pytest.raises(OrderChangedError, match="being cancelled"):
            await fulfiller.confirm(REF)
    assert not world.told


async def test_a_held_lease_keeps_a_cancellation_open(world: World, open_fulfiller: Open) -> None:
    """That another worker is at the shipment says nothing of what the first call did."""
    async with open_fulfiller() as fulfiller, open_fulfiller() as other:
        await _begin(world, fulfiller)
        async with other._desk.turn(REF, "1") as turn:
            await turn.take(patience=other._desk.max_wait)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_keep, other)
                with pytest.raises(LedgerError, match="another worker"):
                    await fulfiller.cancel(REF)
                tasks.cancel_scope.cancel()
        assert await is_being_cancelled(fulfiller._desk, REF)
        await fulfiller.recover()
    assert (world.live, world.told) == ([], [])


async def _keep(holder: Fulfiller) -> None:
    """Renew what is held as often as anybody looks."""
    while True:
        for turn in tuple(holder._desk._claims._active):
            await turn.renew()
        await anyio.lowlevel.checkpoint()


async def test_a_held_lease_before_the_first_question_leaves_all_as_it_was(world: World, open_fulfiller: Open) -> None:
    """The channel was never asked, so nothing is open."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller, open_fulfiller() as other:
        world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
        with pytest.raises(UnavailableError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        async with other._desk.turn(REF, "1") as turn:
            await turn.take(patience=other._desk.max_wait)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_keep, other)
                with pytest.raises(LedgerError, match="another worker"):
                    await fulfiller.cancel(REF)
                tasks.cancel_scope.cancel()
        assert not await is_being_cancelled(fulfiller._desk, REF)
    assert world.calls["cancel_order"] == 0


async def test_a_ledger_error_inside_the_channel_keeps_a_first_cancellation_open(
    world: World, open_fulfiller: Open
) -> None:
    """The driver keeps its limits in the ledger after it was answered: the order may be cancelled."""
    world.add(order := make_order())
    world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
    world.fail("cancel_order", LedgerError("disk full"), after_effect=True)
    async with open_fulfiller() as fulfiller:
        with pytest.raises(UnavailableError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        with pytest.raises(LedgerError):
            await fulfiller.cancel(REF)
        assert await is_being_cancelled(fulfiller._desk, REF)
        await fulfiller.recover()
    assert (world.live, world.told) == ([], [])


@pytest.mark.parametrize("answer", DECIDED)
async def test_a_definite_no_ends_an_open_cancellation(world: World, open_fulfiller: Open, answer: str) -> None:
    """The order is shipped with its label, by the same recovery."""
    async with open_fulfiller() as fulfiller:
        await _begin(world, fulfiller)
        world.fail("cancel_order", DECIDED[answer])
        await fulfiller.recover()
        row = await fulfiller._desk.ledger.get_order(REF)
        assert row is not None
        assert row.state is not WorkState.CANCELLED
    assert len(world.live) == len(world.told) == 1


@pytest.mark.parametrize("answer", DECIDED)
async def test_a_no_because_it_is_cancelled_already_is_a_yes(world: World, open_fulfiller: Open, answer: str) -> None:
    """The first call took effect between the look and the second question."""
    async with open_fulfiller() as fulfiller:
        await _begin(world, fulfiller)
        world.fail("cancel_order", DECIDED[answer], after_effect=True)
        assert (await fulfiller.cancel(REF)).status is CancellationStatus.DONE
    assert (world.live, world.told) == ([], [])


@pytest.mark.parametrize("workers", [1, 2], ids=["one process", "two processes"])
async def test_two_who_cancel_at_once_do_so_one_after_the_other(
    world: World, open_fulfiller: Open, workers: int
) -> None:
    """They would share one mark beside the order, and the second would end what the first has begun."""
    world.add(order := make_order())
    world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
    inside, most = 0, 0

    async def be_inside() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        for _ in range(20):
            await anyio.lowlevel.checkpoint()
        inside -= 1

    async with open_fulfiller() as one, open_fulfiller() as other:
        with pytest.raises(UnavailableError):
            await one.ship(order, parcels=[make_parcel()])
        world.hooks["cancel_order"] = be_inside
        found: list[CancellationStatus] = []

        async def cancel(fulfiller: Fulfiller) -> None:
            found.append((await fulfiller.cancel(REF)).status)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(cancel, one)
            tasks.start_soon(cancel, one if workers == 1 else other)
    assert found == [CancellationStatus.DONE] * 2
    assert most == 1
    assert world.calls["cancel_order"] == 1, "the second finds it cancelled"
    assert world.calls["void"] == 1
    assert not world.live


async def test_a_refused_cancellation_does_not_undo_one_that_waits(world: World, open_fulfiller: Open) -> None:
    """One waits for its turn while the other is refused: each has the channel's own answer."""
    world.add(make_order())
    async with open_fulfiller() as fulfiller:
        found: list[CancellationStatus] = []

        async def cancel() -> None:
            found.append((await fulfiller.cancel(REF)).status)

        async def refuse_the_first() -> None:
            world.cancel_answer = CancellationStatus.DONE

        world.cancel_answer = CancellationStatus.REFUSED
        world.hooks["cancel_order"] = refuse_the_first
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(cancel)
            tasks.start_soon(cancel)
        row = await fulfiller._desk.ledger.get_order(REF)
    assert found == [CancellationStatus.REFUSED, CancellationStatus.DONE]
    assert row is not None
    assert row.state is WorkState.CANCELLED


async def test_a_dead_process_that_was_cancelling_is_waited_for_one_lease(world: World, open_fulfiller: Open) -> None:
    """Another machine's, say: its right to the order runs out, and the cancellation is brought to its end."""
    world.add(make_order())
    async with open_fulfiller() as fulfiller:
        now = fulfiller._desk.now()
        assert await fulfiller._desk.ledger.claim(REF, "", owner="elsewhere", lease=LEASE, now=now)
        assert (await fulfiller.cancel(REF)).status is CancellationStatus.DONE
        assert fulfiller._desk.now() >= now + LEASE


async def test_cancelling_what_the_channel_does_not_know_leaves_no_trace(world: World, open_fulfiller: Open) -> None:
    """A mistyped id must not become an order of the ledger."""
    async with open_fulfiller() as fulfiller:
        with pytest.raises(NotFoundError):
            await fulfiller.cancel(REF)
        assert await fulfiller._desk.ledger.get_order(REF) is None
