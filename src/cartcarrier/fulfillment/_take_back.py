"""Asking a warehouse not to ship what was handed over. It may be repeated without harm, so a lost answer is asked again."""

from datetime import timedelta
from typing import Final

import anyio

from cartcarrier.errors import CartCarrierError, OperationError
from cartcarrier.fulfillment._claims import Turn
from cartcarrier.fulfillment._desk import Desk, log, step_name
from cartcarrier.fulfillment._find_out import error_code, outcome_unknown
from cartcarrier.fulfillment._packages import submit_step
from cartcarrier.fulfillment._submit import UNSURE, find_submission, uncertain_submission
from cartcarrier.ledger import ShipmentRow, ShipmentState, StepKind, StepState
from cartcarrier.models import CancellationResult, CancellationStatus, VoidResult, VoidStatus

_PENDING: Final = timedelta(minutes=5)


async def take_back(desk: Desk, turn: Turn, row: ShipmentRow, *, patient: bool = True) -> CancellationResult:
    """Ask the warehouse not to ship what was handed over. Asking twice is no error.

    Args:
        desk: The context.
        turn: Holds the lease.
        row: The submission.
        patient: Look several times for what was handed over and never answered.

    Returns:
        ``DONE``: it will not be shipped. ``REFUSED``: it is shipped, or has been. ``PENDING``: not decided; asked again later.

    Raises:
        CartCarrierError: The warehouse could not be asked.
    """
    ledger, step = desk.ledger, submit_step(row)
    if step.state is StepState.PLANNED:
        await ledger.refuse_step(turn.claim, step.id, code="withdrawn", message="never sent", now=desk.now())
        return CancellationResult(status=CancellationStatus.DONE, message="it had not been handed over")
    if row.state in {ShipmentState.VOIDED, ShipmentState.FAILED}:
        return CancellationResult(status=CancellationStatus.DONE, message="the warehouse does not ship it")
    if row.state is ShipmentState.CONFIRMED:
        return CancellationResult(status=CancellationStatus.REFUSED, message=f"{row.carrier} has shipped it")
    if step.state in UNSURE:
        found = await find_submission(desk, turn, row, patient=patient)
        if found is None:
            raise uncertain_submission(row)
        row = found
    request = await ledger.add_step(turn.claim, StepKind.CANCEL, reference=step.reference, now=desk.now())
    if request.state is StepState.PLANNED:
        request = await ledger.start_step(turn.claim, request.id, now=desk.now())
    try:
        result = await desk.provider(row.carrier).cancel(step.reference or row.reference)
    except CartCarrierError as exc:
        code, message = error_code(exc), str(exc)
        with anyio.CancelScope(shield=True):
            if outcome_unknown(exc):
                await ledger.doubt_step(turn.claim, request.id, code=code, message=message, now=desk.now())
            else:
                await ledger.refuse_step(turn.claim, request.id, code=code, message=message, now=desk.now())
            await ledger.note_progress(turn.claim, step.id, None, due_at=desk.now() + _PENDING, now=desk.now())
        raise
    said = result.message or f"{row.carrier} says no more"
    with anyio.CancelScope(shield=True):
        if result.status is CancellationStatus.DONE:
            done = VoidResult(status=VoidStatus.VOIDED, message=result.message)
            await ledger.finish_step(turn.claim, request.id, done, now=desk.now())
            await ledger.note_progress(turn.claim, step.id, None, due_at=None, now=desk.now())
        elif result.status is CancellationStatus.REFUSED:
            await ledger.refuse_step(turn.claim, request.id, code="refused", message=said, now=desk.now())
        else:
            await ledger.doubt_step(turn.claim, request.id, code="pending", message=said, now=desk.now())
            await ledger.note_progress(turn.claim, step.id, None, due_at=desk.now() + _PENDING, now=desk.now())
    log.info("%s: asked back: %s", step_name(row, step), result.status)
    return result


async def void_submission(desk: Desk, turn: Turn, row: ShipmentRow) -> VoidResult:
    """Take back what was handed over, as ``Fulfiller.void`` tells it.

    Raises:
        OperationError: The warehouse has not decided yet; a repeat asks again.
    """
    result = await take_back(desk, turn, row)
    if result.status is CancellationStatus.PENDING:
        driver, _, account = row.carrier.partition(":")
        msg = f"{row.carrier} has not decided yet whether it ships {row.ref}/{row.key}: ask again, or let run() do so"
        raise OperationError(msg, provider=driver, account=account, operation="cancel", outcome_unknown=True)
    status = VoidStatus.VOIDED if result.status is CancellationStatus.DONE else VoidStatus.REFUSED
    return VoidResult(status=status, message=result.message)
