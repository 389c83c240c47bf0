"""Refunds that carriers take their time with: asked about until they have ended, and the end written down."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import anyio
import attrs

from cartcarrier.carriers import SupportsVoidStatus
from cartcarrier.errors import CartCarrierError, LedgerError, NotFoundError
from cartcarrier.fulfillment._claims import Turn
from cartcarrier.fulfillment._desk import REFUND, Desk, bought_parts, last_step, log
from cartcarrier.fulfillment._refund import Refund
from cartcarrier.fulfillment._void import joined
from cartcarrier.ledger import ShipmentRow, ShipmentState, StepKind
from cartcarrier.models import Shipment, VoidResult, VoidStatus

AGAIN: Final = timedelta(hours=12)
GIVE_UP: Final = timedelta(days=60)
"""So long after the void a carrier is asked no more: what it has not said by then only its invoice says."""


async def check_refunds(desk: Desk) -> Sequence[Refund]:
    """Ask about every refund that is awaited, and write down those that have ended; see ``Fulfiller.check_refunds``."""
    found: list[Refund] = []
    for row in await desk.ledger.list_shipments(states=(ShipmentState.REFUND_PENDING,)):
        async with desk.turn(row.ref, row.key) as turn:
            if not await turn.try_to_take(patience=timedelta(0)):
                found.append(_refund(row, VoidStatus.REFUND_PENDING, "another worker is at it: ask again later"))
                continue
            now_is = await desk.row(row.ref, row.key)
            if now_is.state is ShipmentState.REFUND_PENDING:
                found.append(await _check(desk, turn, now_is))
    return found


async def _check(desk: Desk, turn: Turn, row: ShipmentRow) -> Refund:
    carrier = desk.carriers.get(row.carrier)
    if not isinstance(carrier, SupportsVoidStatus):
        return _refund(row, VoidStatus.REFUND_PENDING, f"{row.carrier} cannot be asked: look at its invoice")
    step = last_step(row, StepKind.VOID)
    if step is not None and step.finished_at is not None and desk.now() - step.finished_at > GIVE_UP:
        why = f"{row.carrier} has said nothing for {GIVE_UP.days} days: look at its invoice, and resolve() it"
        return _refund(row, VoidStatus.REFUND_PENDING, why)
    try:
        results = [(part, await _ask(carrier, part)) for part in bought_parts(row)]
    except LedgerError:
        raise
    except CartCarrierError as exc:
        log.info("%s/%s: the refund could not be asked about: %s", row.ref, row.key, type(exc).__name__)
        return _refund(row, VoidStatus.REFUND_PENDING, str(exc))
    result = joined(results)
    if result.status is not VoidStatus.REFUND_PENDING:
        await _write_down(desk, turn, row, result)
    return _refund(row, result.status, result.message)


async def _ask(carrier: SupportsVoidStatus, part: Shipment) -> VoidResult:
    try:
        return await carrier.get_void_status(part)
    except NotFoundError as exc:
        # It said before that a refund was on its way; void() may ask for it anew.
        return VoidResult(status=VoidStatus.REFUSED, message=f"the carrier knows of no refund any more: {exc.message}")


async def resolve_refund(desk: Desk, turn: Turn, row: ShipmentRow) -> None:
    """Write down by a person's word that the money is back."""
    await _write_down(desk, turn, row, VoidResult(status=VoidStatus.VOIDED, message="by a person's word"))


async def _write_down(desk: Desk, turn: Turn, row: ShipmentRow, result: VoidResult) -> None:
    with anyio.CancelScope(shield=True):
        # Whoever dies between the two leaves a void that recover() repeats, and repeating one does no harm.
        step = await desk.ledger.add_step(turn.claim, StepKind.VOID, reference=REFUND, now=desk.now())
        await desk.ledger.finish_step(turn.claim, step.id, result, now=desk.now())
    if result.status is VoidStatus.REFUSED:
        log.warning("RefundRefused: %s/%s: %s", row.ref, row.key, result.message or "no reason given")
    else:
        log.info("%s/%s: the refund has come", row.ref, row.key)


def _refund(row: ShipmentRow, status: VoidStatus, message: str | None) -> Refund:
    return Refund(ref=row.ref, key=row.key, carrier=row.carrier, status=status, message=message)


@attrs.define
class RefundWatch:
    """When refunds are asked about in a loop: seldom, they take days."""

    _desk: Desk
    _due: datetime

    async def look(self) -> None:
        """Ask, if it is time."""
        now = self._desk.now()
        if now >= self._due:
            self._due = now + AGAIN
            await check_refunds(self._desk)
