"""After a crash, a time-out or a lost answer: look at everything that is neither done nor known, and buy nothing."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import attrs

from cartcarrier.errors import (
    CartCarrierError,
    IdempotencyConflictError,
    InvalidValueError,
    OrderChangedError,
    PurchaseUncertainError,
)
from cartcarrier.fulfillment._cancel import finish_cancellations
from cartcarrier.fulfillment._claims import LEASE, Turn
from cartcarrier.fulfillment._confirm import confirm
from cartcarrier.fulfillment._desk import (
    GIVEN_BACK,
    REFUND,
    Desk,
    all_bought,
    is_refund_refused,
    is_submission,
    last_step,
    needs_telling,
    purchases,
    step_name,
)
from cartcarrier.fulfillment._find_out import GIVEN_BACK as GIVEN_BACK_UNSEEN
from cartcarrier.fulfillment._find_out import find_out
from cartcarrier.fulfillment._packages import is_over, submit_step, told_lines, untold
from cartcarrier.fulfillment._parcels import follow_from_now
from cartcarrier.fulfillment._refund import Refund
from cartcarrier.fulfillment._refunds import check_refunds, resolve_refund
from cartcarrier.fulfillment._reports import (
    Bought,
    NotBought,
    PlannedShipment,
    RecoveryProblem,
    RecoveryReport,
    UncertainStep,
    Voided,
)
from cartcarrier.fulfillment._submit import find_submission, uncertain_submission
from cartcarrier.fulfillment._take_back import take_back
from cartcarrier.fulfillment._void import give_back, reopen
from cartcarrier.fulfillment._warehouse import look, tell
from cartcarrier.ledger import LeaseLostError, ShipmentRow, ShipmentState, StepKind, StepState
from cartcarrier.models import CancellationStatus, OrderRef, VoidResult, VoidStatus

_UNFINISHED: Final = (
    ShipmentState.PLANNED,
    ShipmentState.BUYING,
    ShipmentState.UNCERTAIN,
    ShipmentState.PARTLY_BOUGHT,
    ShipmentState.BOUGHT,
    ShipmentState.CONFIRMING,
    ShipmentState.VOIDING,
    ShipmentState.SUBMITTING,
    ShipmentState.SUBMITTED,
)
_UNSURE: Final = frozenset({StepState.SENDING, StepState.UNCERTAIN})
_NO_PATIENCE: Final = timedelta(0)

log = logging.getLogger("cartcarrier.fulfillment")


@attrs.define
class _Tally:
    found: int = 0
    adopted: int = 0
    confirmed: int = 0
    voided: int = 0
    uncertain: list[UncertainStep] = attrs.field(factory=list)
    planned: list[PlannedShipment] = attrs.field(factory=list)
    problems: list[RecoveryProblem] = attrs.field(factory=list)
    busy: list[PlannedShipment] = attrs.field(factory=list)
    refunds: Sequence[Refund] = ()

    def report(self) -> RecoveryReport:
        return RecoveryReport(
            found=self.found,
            adopted=self.adopted,
            confirmed=self.confirmed,
            voided=self.voided,
            uncertain=tuple(self.uncertain),
            planned=tuple(self.planned),
            problems=tuple(self.problems),
            busy=tuple(self.busy),
            refunds=tuple(self.refunds),
        )


async def recover(desk: Desk) -> RecoveryReport:
    """Bring to an end what an earlier run left open, as far as that can be known; nothing is bought.

    A shipment whose lease still runs is waited for, for one lease: a worker that died renews none, one that lives does, and
    is left alone. Calling this twice does no more than once.

    Raises:
        LedgerError: The ledger cannot be read or written.
    """
    tally = _Tally()
    for ref, error in await finish_cancellations(desk):
        tally.problems.append(RecoveryProblem(ref=ref, key=None, error=error))
    rows = await _unfinished(desk)
    later = [row for row in rows if not await _look_after(desk, row, tally, patience=_NO_PATIENCE)]
    deadline = desk.now() + LEASE
    for row in later:
        left = max(deadline - desk.now(), _NO_PATIENCE)
        if not await _look_after(desk, row, tally, patience=left):
            tally.busy.append(PlannedShipment(ref=row.ref, key=row.key))
    tally.refunds = await check_refunds(desk)
    report = tally.report()
    log.info(
        "recovery: %d looked at, %d uncertain, %d problems", tally.found, len(tally.uncertain), len(tally.problems)
    )
    return report


async def _unfinished(desk: Desk) -> Sequence[ShipmentRow]:
    rows = await desk.ledger.list_shipments(states=_UNFINISHED)
    return [row for row in rows if _is_unfinished(row)]


def _is_unfinished(row: ShipmentRow) -> bool:
    if row.state is ShipmentState.BOUGHT:
        return needs_telling(row)
    if row.state is ShipmentState.SUBMITTED:  # the warehouse is at work; run() asks it
        return bool(untold(row))
    return row.state in _UNFINISHED


async def _look_after(desk: Desk, row: ShipmentRow, tally: _Tally, *, patience: timedelta) -> bool:
    """Look after one shipment; False when another worker holds it."""
    async with desk.turn(row.ref, row.key) as turn:
        if not await turn.try_to_take(patience=patience):
            return False
        row = await desk.row(row.ref, row.key)
        if not _is_unfinished(row):
            return True
        tally.found += 1
        try:
            await _Recovery(desk, turn, tally).run(row)
        except LeaseLostError:
            return False
        except PurchaseUncertainError as exc:
            tally.uncertain.append(
                UncertainStep(ref=row.ref, key=row.key, step=exc.step, reference=exc.reference, why=str(exc))
            )
        except CartCarrierError as exc:
            log.warning("shipment %s/%s could not be finished: %s", row.ref, row.key, exc)
            tally.problems.append(RecoveryProblem(ref=row.ref, key=row.key, error=exc))
    return True


@attrs.define
class _Recovery:
    _desk: Desk
    _turn: Turn
    _tally: _Tally

    async def run(self, row: ShipmentRow) -> None:
        desk = self._desk
        if is_submission(row):
            await self._warehouse(row)
            return
        if row.state is ShipmentState.VOIDING:
            await self._void(row)
            return
        await self._find_out(row)
        row = await desk.row(row.ref, row.key)
        if row.state in {ShipmentState.PLANNED, ShipmentState.PARTLY_BOUGHT}:
            self._tally.planned.append(PlannedShipment(ref=row.ref, key=row.key))
        if all_bought(row):
            await follow_from_now(desk, row)
            await self._confirm(row)

    async def _find_out(self, row: ShipmentRow) -> None:
        first: CartCarrierError | None = None
        for step in purchases(row):
            if step.state not in _UNSURE:
                continue
            try:
                step = await find_out(self._desk, self._turn, row, step, patience=_NO_PATIENCE)  # noqa: PLW2901 - the same step, as it is now
            except PurchaseUncertainError as exc:
                first = first or exc
                continue
            if step.state is StepState.DONE:
                self._tally.adopted += 1
            elif step.error_code == GIVEN_BACK_UNSEEN:
                self._tally.voided += 1
        if first is not None:
            raise first

    async def _warehouse(self, row: ShipmentRow) -> None:
        desk, turn, tally = self._desk, self._turn, self._tally
        step = submit_step(row)
        if step.state is StepState.PLANNED:
            tally.planned.append(PlannedShipment(ref=row.ref, key=row.key))
            return
        if step.state in _UNSURE:
            found = await find_submission(desk, turn, row, patient=False)
            if found is None:
                raise uncertain_submission(row)
            tally.adopted += 1
            row = found
        if row.state is ShipmentState.VOIDING:
            if (await take_back(desk, turn, row)).status is CancellationStatus.DONE:
                tally.voided += 1
            row = await desk.row(row.ref, row.key)
        elif row.state is ShipmentState.SUBMITTED and not untold(row):
            row = await look(desk, turn, row)
        before = len(told_lines(row))
        try:
            await tell(desk, turn, row)
        finally:
            tally.confirmed += len(told_lines(await desk.row(row.ref, row.key))) - before

    async def _void(self, row: ShipmentRow) -> None:
        step = last_step(row, StepKind.VOID)
        of_refund = step is not None and step.reference == REFUND
        if step is not None and of_refund and step.state is StepState.PLANNED:
            # The end of a refund was about to be written down: it is awaited again, and asked about below.
            awaited = VoidResult(status=VoidStatus.REFUND_PENDING)
            await self._desk.ledger.finish_step(self._turn.claim, step.id, awaited, now=self._desk.now())
            return
        result = await give_back(self._desk, self._turn, row)
        if result.status is not VoidStatus.REFUSED:
            self._tally.voided += 1
            if not of_refund:
                await reopen(self._desk, row)

    async def _confirm(self, row: ShipmentRow) -> None:
        if not needs_telling(row):
            return
        try:
            await confirm(self._desk, self._turn, row)
        except OrderChangedError:
            if (await self._desk.row(row.ref, row.key)).state not in GIVEN_BACK:
                raise
            self._tally.voided += 1  # cancelled at the channel, and its label given back: nothing is left to be done
            return
        self._tally.confirmed += 1


async def resolve(desk: Desk, ref: OrderRef, key: str, outcome: Bought | NotBought | Voided) -> None:
    """Settle by a person's word what cannot be found out.

    Raises:
        InvalidValueError: There is no such shipment, or the shipment handed in is another carrier's.
        IdempotencyConflictError: Nothing of it is uncertain.
    """
    await desk.asked_row(ref, key)
    async with desk.turn(ref, key) as turn:
        await turn.take(patience=desk.max_wait)
        row = await desk.row(ref, key)
        if is_submission(row):
            await _resolve_submission(desk, turn, row, outcome)
            return
        awaited = row.state is ShipmentState.REFUND_PENDING or is_refund_refused(row)
        if awaited and isinstance(outcome, Voided):
            await resolve_refund(desk, turn, row)
            return
        open_steps = [step for step in purchases(row) if step.state in _UNSURE]
        if isinstance(outcome, NotBought):
            open_steps = open_steps or [step for step in purchases(row) if step.state is StepState.PLANNED]
        if not open_steps:
            msg = f"nothing of shipment {ref}/{key} is uncertain ({row.state})"
            raise IdempotencyConflictError(msg)
        if isinstance(outcome, Bought):
            if outcome.shipment.carrier != row.carrier:
                msg = f"shipment {ref}/{key} was bought at {row.carrier}, not at {outcome.shipment.carrier}"
                raise InvalidValueError(msg, field="outcome.shipment.carrier")
            named = [step for step in open_steps if step.reference == outcome.shipment.reference]
            step = (named or open_steps)[0]
            await desk.ledger.finish_step(turn.claim, step.id, outcome.shipment, now=desk.now())
            log.info("%s: bought, by a person's word", step_name(row, step))
            await follow_from_now(desk, await desk.row(ref, key))
            return
        code = "not_bought" if isinstance(outcome, NotBought) else "voided"
        for step in open_steps:
            await desk.ledger.refuse_step(turn.claim, step.id, code=code, message="by a person's word", now=desk.now())
        if isinstance(outcome, Voided):
            await _void_by_word(desk, turn, await desk.row(ref, key))


async def _resolve_submission(desk: Desk, turn: Turn, row: ShipmentRow, outcome: Bought | NotBought | Voided) -> None:
    """Settle by a person's word what a warehouse has: nothing of it, or nothing more than has left."""
    step = submit_step(row)
    if isinstance(outcome, Bought):
        msg = f"{row.ref}/{row.key} was handed to {row.carrier}; submit() with the same key finds what it has"
        raise InvalidValueError(msg, field="outcome")
    if step.state is not StepState.DONE and step.state is not StepState.REFUSED:
        await desk.ledger.refuse_step(
            turn.claim, step.id, code="not_taken", message="by a person's word", now=desk.now()
        )
    elif row.state in {ShipmentState.SUBMITTED, ShipmentState.CONFIRMING, ShipmentState.VOIDING} and not is_over(row):
        request = await desk.ledger.add_step(turn.claim, StepKind.CANCEL, reference=step.reference, now=desk.now())
        result = VoidResult(status=VoidStatus.VOIDED, message="by a person's word")
        await desk.ledger.finish_step(turn.claim, request.id, result, now=desk.now())
    else:
        msg = f"nothing of {row.ref}/{row.key} is uncertain ({row.state})"
        raise IdempotencyConflictError(msg)
    await desk.ledger.note_progress(turn.claim, step.id, None, due_at=None, now=desk.now())
    log.info("%s: settled by a person's word", step_name(row, step))


async def _void_by_word(desk: Desk, turn: Turn, row: ShipmentRow) -> None:
    """Write down that all labels are void: those that a person found, and with them what the ledger knows of."""
    if any(step.state is StepState.DONE for step in purchases(row)):
        await give_back(desk, turn, row)
        return
    step = last_step(row, StepKind.VOID)
    if step is None or step.state is not StepState.DONE:
        step = await desk.ledger.add_step(turn.claim, StepKind.VOID, reference=row.reference, now=desk.now())
        result = VoidResult(status=VoidStatus.VOIDED, message="by a person's word")
        await desk.ledger.finish_step(turn.claim, step.id, result, now=desk.now())
