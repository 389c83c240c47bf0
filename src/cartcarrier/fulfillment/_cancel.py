"""Cancel against ship: whoever comes first, it ends in one of three ways, never silently.

* cancelled, and its labels given back or their refund asked;
* shipped, and the cancellation refused;
* cancelled, and the carrier refuses to take a label back: ``CancelledButLive``.

The channel decides first, the labels go back after that: the other way round an order whose cancellation is refused would be
left without the label that it is to be shipped with. What somebody else's warehouse has is asked back before: only the
warehouse knows whether it has left.
"""

from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Final

import attrs

from cartcarrier.channels import SupportsOrderCancellation
from cartcarrier.errors import (
    CartCarrierError,
    ConflictError,
    LedgerError,
    PurchaseUncertainError,
    RejectedError,
    UnsupportedOperationError,
)
from cartcarrier.fulfillment._claims import ORDER, Turn
from cartcarrier.fulfillment._desk import GIVEN_BACK, Desk, is_return, is_submission, is_told, log
from cartcarrier.fulfillment._find_out import outcome_unknown
from cartcarrier.fulfillment._settle import Cancelling, cancelling, settle_as
from cartcarrier.fulfillment._take_back import take_back
from cartcarrier.fulfillment._void import give_back
from cartcarrier.ledger import ShipmentRow, ShipmentState, WorkState
from cartcarrier.models import CancellationResult, CancellationStatus, Order, OrderRef, OrderStatus, VoidStatus

_NOTHING_LIVE: Final = GIVEN_BACK | {ShipmentState.FAILED}


async def cancel(desk: Desk, ref: OrderRef, *, reason: str | None = None) -> CancellationResult:
    """Cancel an order at its channel and give back what was bought for it.

    Shipments that are being bought are waited for. Until the end is known, nothing of the order is bought or confirmed; a
    cancellation that is ``PENDING``, or whose answer was lost, is asked again by ``recover``. Once it was begun, only the
    channel's own decision ends it: that it cannot be asked again just now says nothing of what the first call did.

    Raises:
        UnsupportedOperationError: The channel's orders cannot be cancelled; nothing was done.
        LedgerError: Another worker holds one of its shipments for too long.
        OperationError: The channel could not be asked.
    """
    channel = desk.channel(ref.channel)
    if not isinstance(channel, SupportsOrderCancellation):
        msg = f"{ref.channel}: orders cannot be cancelled here; void the shipment and cancel the order at the channel"
        raise UnsupportedOperationError(msg)
    if await desk.ledger.get_order(ref) is None:
        await desk.read_order(ref)  # a name that the channel does not know leaves no trace
    # One at a time for each order, in all processes: two would share one mark, and the second end what the first has begun.
    async with desk.turn(ref, ORDER) as whole:
        await whole.take(patience=desk.max_wait)
        return await _cancel(desk, channel, ref, whole, reason=reason)


async def _cancel(
    desk: Desk, channel: SupportsOrderCancellation, ref: OrderRef, whole: Turn, *, reason: str | None
) -> CancellationResult:
    order = await desk.read_order(ref)
    known = await desk.ledger.get_order(ref)
    earlier = cancelling(known) if known is not None else None
    begun = earlier
    if begun is None:
        begun = Cancelling(former=known.state if known is not None else WorkState.OPEN, reason=reason)
    # From here on ship() plans nothing more for this order; what it planned before is in the list below.
    await desk.ledger.settle_order(ref, WorkState.OPEN, reason=begun.mark(), now=desk.now())
    async with AsyncExitStack() as stack:
        try:
            turns = await _all_turns(desk, ref, stack)
        except LedgerError:
            if earlier is None:  # the channel was never asked
                await _not_cancelled(desk, ref, begun)
            raise
        await whole.renew()
        try:
            kept = await _ask_warehouses(desk, ref, turns, order)
        except CartCarrierError as exc:
            if earlier is None and not outcome_unknown(exc):
                await _not_cancelled(desk, ref, begun)
            raise
        if kept.decision is not None:
            if kept.decision.status is CancellationStatus.REFUSED:
                await _not_cancelled(desk, ref, begun)
            return kept.decision
        await whole.renew()
        try:
            result = await _ask(channel, order, begun.reason)
        except CartCarrierError as exc:
            done = await _cancelled_before(desk, ref, exc) if earlier is not None else None
            if done is None:
                if _is_decided(exc) if earlier is not None else not outcome_unknown(exc):
                    await _not_cancelled(desk, ref, begun)
                raise
            result = done
        if result.status is CancellationStatus.PENDING:
            return result
        if result.status is CancellationStatus.REFUSED:
            await _not_cancelled(desk, ref, begun)
            return attrs.evolve(result, message="; ".join(filter(None, (result.message, *kept.taken_back))) or None)
        return await _withdraw_all(desk, ref, turns, result, begun, said=kept.said)


@attrs.define
class _Kept:
    """What the warehouses said.

    Attributes:
        decision: Their no, or that it is not decided yet; ``None`` when the channel is to be asked.
        taken_back: What has been taken back, in words.
        said: What a person must know.
    """

    decision: CancellationResult | None = None
    taken_back: list[str] = attrs.field(factory=list)
    said: list[str] = attrs.field(factory=list)


async def _ask_warehouses(desk: Desk, ref: OrderRef, turns: list[Turn], order: Order) -> _Kept:
    """Ask back what warehouses have of an order, before its channel is asked."""
    kept = _Kept()
    for turn in turns:
        row = await desk.row(ref, turn.key)
        if not is_submission(row) or row.state is ShipmentState.CONFIRMED:
            continue
        try:
            result = await take_back(desk, turn, row)
        except PurchaseUncertainError as exc:
            kept.said.append(str(exc))
            continue
        if result.status is CancellationStatus.DONE:
            kept.taken_back.append(f"{row.carrier} does not ship it any more: hand it over again under another key")
        elif order.status is OrderStatus.CANCELLED and result.status is CancellationStatus.REFUSED:
            kept.said.append(f"CancelledButLive: {row.carrier} ships {turn.key} all the same")
        else:
            why = result.message or "no reason given"
            kept.decision = CancellationResult(status=result.status, message=f"{row.carrier}: {why}")
            return kept
    return kept


async def finish_cancellations(desk: Desk) -> list[tuple[OrderRef, CartCarrierError]]:
    """Ask again for every cancellation whose end is not known; returns what could not be asked."""
    problems: list[tuple[OrderRef, CartCarrierError]] = []
    for row in await desk.ledger.list_orders(states=(WorkState.OPEN,)):
        if cancelling(row) is None:
            continue
        try:
            await cancel(desk, row.ref)
        except CartCarrierError as exc:
            log.warning("the cancellation of %s could not be finished: %s", row.ref, exc)
            problems.append((row.ref, exc))
    return problems


async def _all_turns(desk: Desk, ref: OrderRef, stack: AsyncExitStack) -> list[Turn]:
    """Wait for whoever works on the order's shipments, and hold them all."""
    turns: list[Turn] = []
    rows = await desk.ledger.list_shipments(ref=ref)
    for row in sorted(rows, key=lambda row: row.key):
        if row.state in _NOTHING_LIVE or is_return(row):
            continue
        turn = await stack.enter_async_context(desk.turn(ref, row.key))
        await turn.take(patience=desk.max_wait)
        turns.append(turn)
    return turns


async def _ask(channel: SupportsOrderCancellation, order: Order, reason: str | None) -> CancellationResult:
    if order.status is OrderStatus.CANCELLED:
        return CancellationResult(status=CancellationStatus.DONE, message="it was cancelled already")
    if order.cancel_requested:
        try:
            return await channel.answer_cancel_request(order.id, accept=True)
        except ConflictError:
            log.info("%s: nobody asks for its cancellation any more; it is cancelled outright", order.ref)
    return await channel.cancel_order(order.id, reason=reason)


def _is_decided(error: CartCarrierError) -> bool:
    """Return whether the channel has said no to a cancellation that it was asked for before.

    Limits, lost lines, maintenance and refused credentials say nothing of the earlier call; that something is not found may
    mean that the earlier call has answered it.
    """
    return isinstance(error, (ConflictError, RejectedError)) and not outcome_unknown(error)


async def _cancelled_before(desk: Desk, ref: OrderRef, error: CartCarrierError) -> CancellationResult | None:
    """Return the end of an earlier call that the channel refuses to repeat, if that call has cancelled the order."""
    if not _is_decided(error):
        return None
    # When this fails, nothing is decided: its error leaves, and the cancellation stays open.
    now_is = await desk.read_order(ref)
    if now_is.status is not OrderStatus.CANCELLED:
        return None
    return CancellationResult(status=CancellationStatus.DONE, message="it was cancelled already")


async def _not_cancelled(desk: Desk, ref: OrderRef, begun: Cancelling) -> None:
    await desk.ledger.settle_order(ref, begun.former, now=desk.now())


async def _withdraw_all(
    desk: Desk, ref: OrderRef, turns: list[Turn], result: CancellationResult, begun: Cancelling, *, said: list[str]
) -> CancellationResult:
    """The order is cancelled: give back its labels, and say what became of each."""
    said = [result.message, *said] if result.message else said
    later = False
    for turn in turns:
        row = await desk.row(ref, turn.key)
        if is_submission(row):
            continue
        try:
            given_back = await give_back(desk, turn, row)
        except PurchaseUncertainError as exc:
            said.append(str(exc))
        except UnsupportedOperationError as exc:
            said.append(f"CancelledButLive: {exc}")
        except LedgerError:
            raise
        except CartCarrierError as exc:
            said.append(f"shipment {turn.key}: its label is not given back yet, recover() tries again: {exc}")
            later = True
        else:
            if given_back.status is VoidStatus.REFUSED:
                said.append(f"CancelledButLive: {row.carrier} refuses to take back shipment {turn.key}")
            elif given_back.status is VoidStatus.REFUND_PENDING:
                said.append(f"shipment {turn.key}: the refund is awaited")
    if not later:
        await settle_as(desk, ref, WorkState.CANCELLED, reason=begun.reason)
    if any("CancelledButLive" in text for text in said):
        log.warning("%s: CancelledButLive", ref)
    return CancellationResult(status=CancellationStatus.DONE, message="; ".join(said) or None)


async def withdraw_cancelled(desk: Desk, ref: OrderRef) -> None:
    """The channel says that the order is cancelled: give back what was bought for it and never confirmed.

    What the channel was told of had left; whether its label is still live, ``reconcile`` says. A shipment that another worker
    is at is left to that worker, who reads the order before it confirms.
    """
    for row in await desk.ledger.list_shipments(ref=ref):
        if row.state in _NOTHING_LIVE or is_told(row) or is_return(row):
            continue
        async with desk.turn(ref, row.key) as turn:
            if not await turn.try_to_take(patience=timedelta(0)):
                continue
            try:
                refused = await _withdraw(desk, turn, await desk.row(ref, row.key))
            except LedgerError:
                raise
            except CartCarrierError as exc:
                log.warning("%s/%s: the order was cancelled, this is not taken back: %s", ref, row.key, exc)
            else:
                if refused:
                    log.warning("%s/%s: CancelledButLive", ref, row.key)
    await settle_as(desk, ref, WorkState.CANCELLED, reason="cancelled at the channel")


async def _withdraw(desk: Desk, turn: Turn, row: ShipmentRow) -> bool:
    """Give back labels, or ask a warehouse back what it has; returns whether that was refused."""
    if is_submission(row):
        return (await take_back(desk, turn, row, patient=False)).status is CancellationStatus.REFUSED
    return (await give_back(desk, turn, row)).status is VoidStatus.REFUSED
