"""Refunds that carriers take their time with: asked about until they have ended, and the end written down."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import anyio
import attrs

from cartcarrier.carriers import SupportsVoidStatus
from cartcarrier.errors import CartCarrierError, LedgerError, NotFoundError
from cartcarrier.fulfillment._claims import Turn
from cartcarrier.fulfillment._desk import Desk, bought_parts, last_step, log
from cartcarrier.ledger import ShipmentRow, ShipmentState, StepKind, StepState
from cartcarrier.models import OrderRef, Shipment, VoidResult, VoidStatus

REFUND: Final = "refund"
"""What a void step names that tells how an earlier void's refund ended."""
AGAIN: Final = timedelta(hours=12)


@attrs.frozen(kw_only=True)
class Refund:
    """How far a refund is.

    Attributes:
        ref: Whose order.
        key: Which shipment of it.
        carrier: The account's key.
        status: ``VOIDED`` when the money is back, ``REFUSED`` when it will not come, ``REFUND_PENDING`` while it is awaited.
        message: What the carrier says, or why it could not be asked.
    """

    ref: OrderRef
    key: str
    carrier: str
    status: VoidStatus
    message: str | None = None


def is_refund_refused(row: ShipmentRow) -> bool:
    """Return whether its labels were given back, and the carrier has refused the money since."""
    step = last_step(row, StepKind.VOID)
    return (
        row.state is ShipmentState.VOID_REFUSED
        and step is not None
        and step.state is StepState.DONE
        and step.reference == REFUND
    )


async def check_refunds(desk: Desk) -> Sequence[Refund]:
    """Ask about every refund that is awaited, and write down those that have ended; see ``Fulfiller.check_refunds``."""
    found: list[Refund] = []
    for row in await desk.ledger.list_shipments(states=(ShipmentState.REFUND_PENDING,)):
        async with desk.turn(row.ref, row.key) as turn:
            if not await turn.try_to_take(patience=timedelta(0)):
                continue
            now_is = await desk.row(row.ref, row.key)
            if now_is.state is ShipmentState.REFUND_PENDING:
                found.append(await _check(desk, turn, now_is))
    return found


async def _check(desk: Desk, turn: Turn, row: ShipmentRow) -> Refund:
    carrier = desk.carriers.get(row.carrier)
    if not isinstance(carrier, SupportsVoidStatus):
        return _refund(row, VoidStatus.REFUND_PENDING, f"{row.carrier} cannot be asked: look at its invoice")
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


def joined(answers: Sequence[tuple[Shipment, VoidResult]]) -> VoidResult:
    """Return what became of all parts of a shipment as one: the worst of them speaks."""
    results = [result for _, result in answers]
    if len(results) == 1:
        return results[0]
    statuses = {result.status for result in results}
    worst = next(s for s in (VoidStatus.REFUSED, VoidStatus.REFUND_PENDING, VoidStatus.VOIDED) if s in statuses)
    return VoidResult(
        status=worst,
        parcels={number: status for part, result in answers for number, status in by_parcel(part, result).items()},
        message="; ".join(dict.fromkeys(result.message for result in results if result.message)) or None,
    )


def by_parcel(part: Shipment, result: VoidResult) -> dict[str, VoidStatus]:
    """Return what became of each parcel; a carrier that names none speaks of all."""
    return dict(result.parcels) or {parcel.tracking_number: result.status for parcel in part.parcels}


@attrs.define
class RefundWatch:
    """When refunds are asked about in a loop: seldom, they take days."""

    _desk: Desk
    _due: datetime | None = None

    async def look(self) -> None:
        """Ask, if it is time."""
        now = self._desk.now()
        if self._due is None or now >= self._due:
            self._due = now + AGAIN
            await check_refunds(self._desk)
