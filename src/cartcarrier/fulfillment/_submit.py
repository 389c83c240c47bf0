"""Handing an order to somebody else's warehouse, once: written down before the call, looked up where its answer is lost."""

import hashlib
import json
from typing import Final

import anyio

from cartcarrier.channels import SupportsFulfillment
from cartcarrier.errors import (
    CartCarrierError,
    ConflictError,
    IdempotencyConflictError,
    InvalidValueError,
    LedgerError,
    NotFoundError,
    OrderChangedError,
    PurchaseUncertainError,
)
from cartcarrier.fulfillment._claims import LEASE, Turn
from cartcarrier.fulfillment._compare import open_quantities, order_changes, reasons_not_to_confirm
from cartcarrier.fulfillment._desk import GIVEN_BACK, Desk, is_submission, log, step_name
from cartcarrier.fulfillment._draft import must_be_shippable
from cartcarrier.fulfillment._find_out import error_code, outcome_unknown
from cartcarrier.fulfillment._packages import FIRST_LOOK, believed, provider_order, submit_step
from cartcarrier.fulfillment._reports import Submitted
from cartcarrier.fulfillment._settle import Cover, covered_elsewhere, is_being_cancelled, is_withdrawn, withdrawn
from cartcarrier.ledger import (
    NewShipment,
    OrderRow,
    ShipmentRow,
    ShipmentState,
    StepKind,
    StepRow,
    StepState,
)
from cartcarrier.models import Fulfillment, Order, OrderRef, OrderStatus, ProviderOrder

UNSURE: Final = frozenset({StepState.SENDING, StepState.UNCERTAIN})
_LOOKS: Final = (0.0, 2.0, 8.0, 20.0)
"""Seconds before each look: a warehouse may show only later what it took; three looks within half a minute."""
_SENDINGS: Final = 2  # in one call; the same reference twice is one order
_ROUNDS: Final = 4  # a key may be planned by another worker between a look and the plan


async def submit(desk: Desk, order: Order, *, provider: str, key: str, service: str | None) -> Submitted:
    """Hand an order to somebody else's warehouse, once; see ``Fulfiller.submit``."""
    if not key or key.isspace() or "/" in key:
        raise InvalidValueError("key must not be empty and must not contain '/'", field="key")
    desk.provider(provider)
    desk.order_source(order.channel)
    handover = _Handover(desk, order, provider, key, service)
    async with desk.turn(order.ref, key) as turn:
        for _ in range(_ROUNDS):
            row = await desk.ledger.get_shipment(order.ref, key)
            if row is None or row.state is ShipmentState.FAILED:
                done = await handover.begin(turn, row)
            else:
                done = await handover.go_on(turn, row)
            if done is not None:
                return submitted(done)
    msg = f"other workers keep planning {order.ref}/{key}: try again later with the same key"
    raise LedgerError(msg)


def submitted(row: ShipmentRow) -> Submitted:
    """Return what the caller gets to see of an order that a warehouse has."""
    order = provider_order(row)
    step = submit_step(row)
    reference = step.reference or row.reference
    if order is None:
        msg = f"what became of {row.ref}/{row.key} at {row.carrier} is not on record"
        raise LedgerError(msg)
    told = [known.result for known in row.steps if known.kind is StepKind.CONFIRM and known.state is StepState.DONE]
    return Submitted(
        ref=row.ref,
        key=row.key,
        provider=row.carrier,
        reference=reference,
        order=order,
        state=row.state,
        fulfillments=tuple(result for result in told if isinstance(result, Fulfillment)),
    )


async def find_submission(desk: Desk, turn: Turn, row: ShipmentRow, *, patient: bool) -> ShipmentRow | None:
    """Ask the warehouse what became of a hand-over whose answer was lost; what it has is adopted.

    Args:
        desk: The context.
        turn: Holds the lease.
        row: Its ``SUBMIT`` step is ``sending`` or ``uncertain``.
        patient: Look several times: a warehouse may show only later what it took.

    Returns:
        The row as it is then; ``None`` when the warehouse does not know the reference.

    Raises:
        CartCarrierError: The warehouse could not be asked; the step is ``uncertain``.
    """
    warehouse = desk.provider(row.carrier)
    step = submit_step(row)
    for pause in _LOOKS if patient else _LOOKS[:1]:
        if pause:
            await desk.clock.sleep(pause)
            await turn.renew()
        try:
            found = await warehouse.get_status(step.reference or row.reference)
        except NotFoundError:
            continue
        except CartCarrierError as exc:
            await _doubt(desk, turn, step, exc)
            raise
        log.info("%s: the warehouse has it", step_name(row, step))
        return await _taken(desk, turn, row, step, found)
    await desk.ledger.doubt_step(
        turn.claim, step.id, code="not_found", message="the warehouse does not know it", now=desk.now()
    )
    return None


def uncertain_submission(row: ShipmentRow) -> PurchaseUncertainError:
    """Return the error that says that nobody knows whether a warehouse has the order."""
    step = submit_step(row)
    msg = (
        f"whether {row.carrier} took order {row.ref} ({row.key}) is not known: it does not show it."
        f" submit() with the same key asks again and hands it over under the same reference; resolve() settles it once a person"
        f" has looked (reference {step.reference})"
    )
    return PurchaseUncertainError(msg, step=step_name(row, step), reference=step.reference)


class _Handover:
    """One call of ``submit``."""

    def __init__(self, desk: Desk, order: Order, provider: str, key: str, service: str | None) -> None:
        self._desk = desk
        self._order = order
        self._provider = provider
        self._key = key
        self._service = service
        self._hash = hashlib.sha256(json.dumps(["submit", provider, service]).encode()).hexdigest()

    async def begin(self, turn: Turn, failed: ShipmentRow | None) -> ShipmentRow | None:
        """Check, plan and send; ``None`` when another worker was faster and its plan stands."""
        desk, ref = self._desk, self._order.ref
        cover = await covered_elsewhere(desk, ref, self._key)
        if cover.pieces:
            raise _covered(ref)
        before = await desk.ledger.get_order(ref)
        order = await desk.read_order(ref)
        changes = order_changes(self._order, order)
        if changes:
            msg = f"order {ref} has changed since it was read ({', '.join(changes)}): nothing was handed over"
            raise OrderChangedError(msg, changes=changes)
        must_be_shippable(order)
        if not open_quantities(order):
            msg = f"nothing of order {ref} is open"
            raise InvalidValueError(msg, field="order.lines")
        if await is_withdrawn(desk, ref, before):
            raise withdrawn(ref)
        new = self._write_up(order, failed)
        row, claim = await desk.ledger.plan_shipment(new, owner=turn.owner, lease=LEASE, now=desk.now())
        if claim is None:
            await turn.take(patience=desk.max_wait)
            return None
        turn.given(claim)
        if row.state is not ShipmentState.PLANNED or row.reference != new.reference:
            return None
        await self._only_one_covers(turn, row, order, cover, before)
        return await self._send(turn, row, order)

    def _write_up(self, order: Order, failed: ShipmentRow | None) -> NewShipment:
        desk = self._desk
        attempt = submit_step(failed).attempt + 1 if failed is not None and is_submission(failed) else 1
        return NewShipment(
            ref=order.ref,
            key=self._key,
            carrier=self._provider,
            request_hash=self._hash,
            reference=reference_of(order.ref, self._key, attempt),
            lines=open_quantities(order),
            notify_buyer=desk.notify_buyer,
            confirms=isinstance(desk.channel(order.channel), SupportsFulfillment),
            ship_by=order.ship_by,
            submits=True,
            due_at=desk.now() + FIRST_LOOK,
        )

    async def _only_one_covers(
        self, turn: Turn, row: ShipmentRow, order: Order, cover: Cover, before: OrderRow | None
    ) -> None:
        """Another key for the same pieces, planned at the same moment: each sees the other now, and at most one goes on."""
        desk = self._desk
        now = await covered_elsewhere(desk, row.ref, row.key, told_before=cover.told)
        left = open_quantities(order)
        fits = all(now.pieces.get(line, 0) + pieces <= left.get(line, 0) for line, pieces in row.lines.items())
        gone = await is_withdrawn(desk, row.ref, before)
        if fits and not gone:
            return
        await _discard(desk, turn, row)
        raise withdrawn(row.ref) if gone else _covered(row.ref)

    async def go_on(self, turn: Turn, row: ShipmentRow) -> ShipmentRow | None:
        """Go on with what stands under the key; ``None`` when it must be planned anew."""
        desk = self._desk
        self._same(row)
        if submit_step(row).state is StepState.DONE:
            return row
        await turn.take(patience=desk.max_wait)
        row = await desk.row(row.ref, row.key)
        if row.state is ShipmentState.FAILED:
            return None
        self._same(row)
        if submit_step(row).state is StepState.DONE:
            return row
        if row.state is ShipmentState.PLANNED and not _is_repeat(row):
            # Never sent, so it costs nothing to look at the order afresh.
            await _discard(desk, turn, row)
            return None
        if row.state is ShipmentState.PLANNED:
            # Planned once more after a lost answer, and nobody came to send it: as unsure as before.
            await desk.ledger.start_step(turn.claim, submit_step(row).id, now=desk.now())
            row = await desk.row(row.ref, row.key)
        found = await find_submission(desk, turn, row, patient=True)
        if found is not None:
            return found
        order = await self._check_again(row)
        step = await desk.ledger.replan_step(turn.claim, submit_step(row).id, now=desk.now())
        return await self._send(turn, await desk.row(row.ref, row.key), order, step=step)

    def _same(self, row: ShipmentRow) -> None:
        if not is_submission(row) or row.request_hash != self._hash:
            what = f"a hand-over to {row.carrier}" if is_submission(row) else f"a shipment with {row.carrier}"
            msg = f"the key {row.key!r} of order {row.ref} stands for {what} ({row.state}): nothing was handed over"
            raise IdempotencyConflictError(msg)
        if row.state in GIVEN_BACK or row.state is ShipmentState.VOIDING:
            msg = f"what was handed over under key {row.key!r} of order {row.ref} was taken back: use another key"
            raise IdempotencyConflictError(msg)

    async def _check_again(self, row: ShipmentRow) -> Order:
        """Read the order before it is sent once more; what was planned must still be what is open."""
        desk = self._desk
        order = await desk.read_order(row.ref)
        changes = order_changes(self._order, order) or reasons_not_to_confirm(order, ship_to=None, lines=row.lines)
        if order.status is not OrderStatus.CANCELLED and await is_being_cancelled(desk, row.ref):
            changes = (*changes, "cancellation under way")
        if changes:
            msg = (
                f"order {row.ref} has changed ({', '.join(changes)}), and whether {row.carrier} has it is not known:"
                " it was not handed over again"
            )
            raise OrderChangedError(msg, changes=changes)
        return order

    async def _send(self, turn: Turn, row: ShipmentRow, order: Order, *, step: StepRow | None = None) -> ShipmentRow:
        """Hand it over; where the answer is lost, look, and hand it over once more under the same reference.

        Args:
            turn: Holds the lease.
            row: The shipment.
            order: As it was read just now.
            step: Planned once more, because the answer to an earlier sending was lost; ``None`` for the first sending.
        """
        desk = self._desk
        warehouse = desk.provider(row.carrier)
        repeat = step is not None
        step = submit_step(row) if step is None else step
        sendings = 0
        while True:
            sendings += 1
            step = await desk.ledger.start_step(turn.claim, step.id, now=desk.now())
            # From here to finish_step whoever dies leaves the step "sending": the next owner looks before it sends.
            try:
                taken = await warehouse.submit(order, reference=step.reference or row.reference, service=self._service)
            except CartCarrierError as exc:
                if not outcome_unknown(exc):
                    return await self._refused(turn, row, step, exc, repeat=repeat or sendings > 1)
                await _doubt(desk, turn, step, exc)
                found = await self._look(turn, row, exc)
                if found is not None:
                    return found
                if sendings == _SENDINGS:
                    raise
                order = await self._check_again(row)
                step = await desk.ledger.replan_step(turn.claim, step.id, now=desk.now())
            else:
                log.info("%s: handed over", step_name(row, step))
                return await _taken(desk, turn, row, step, taken)

    async def _look(self, turn: Turn, row: ShipmentRow, lost: CartCarrierError) -> ShipmentRow | None:
        try:
            return await find_submission(self._desk, turn, await self._desk.row(row.ref, row.key), patient=True)
        except LedgerError:
            raise
        except CartCarrierError as second:
            lost.add_note(f"asking what became of it failed too: {second}")
            raise lost from second

    async def _refused(
        self, turn: Turn, row: ShipmentRow, step: StepRow, exc: CartCarrierError, *, repeat: bool
    ) -> ShipmentRow:
        """The warehouse says no; when it has another order under our reference, that is ours, from an earlier try.

        Where the answer to an earlier sending was lost, a refusal of this one says nothing of that one: it may show later.
        """
        desk = self._desk
        warehouse = desk.provider(row.carrier)
        if repeat:
            await _doubt(desk, turn, step, exc)
        if isinstance(exc, ConflictError):
            try:
                found = await warehouse.get_status(step.reference or row.reference)
            except NotFoundError:
                pass
            else:
                await _taken(desk, turn, row, step, found)
                msg = (
                    f"{row.carrier} has order {row.ref} as it was before it changed: take it back by void(), and hand it over"
                    " under another key"
                )
                raise OrderChangedError(msg, changes=("handed over before it changed",)) from exc
        if repeat:
            row = await desk.row(row.ref, row.key)
            shown = await find_submission(desk, turn, row, patient=False)
            if shown is not None:
                return shown
            raise uncertain_submission(row) from exc
        with anyio.CancelScope(shield=True):
            await desk.ledger.refuse_step(turn.claim, step.id, code=error_code(exc), message=str(exc), now=desk.now())
        raise exc


def reference_of(ref: OrderRef, key: str, attempt: int) -> str:
    """Return our reference of a hand-over: the same for every repeat, another one after the warehouse has refused it."""
    name = f"{ref}/{key}" if attempt == 1 else f"{ref}/{key}/{attempt}"
    return f"cc-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def _is_repeat(row: ShipmentRow) -> bool:
    """Return whether its hand-over was planned once more under the reference of an earlier sending, whose answer was lost."""
    step = submit_step(row)
    return (step.reference or row.reference) != reference_of(row.ref, row.key, step.attempt)


def _covered(ref: OrderRef) -> IdempotencyConflictError:
    msg = (
        f"another shipment of order {ref} covers pieces of which its channel does not know yet: nothing was handed over"
    )
    return IdempotencyConflictError(msg)


async def _discard(desk: Desk, turn: Turn, row: ShipmentRow) -> None:
    step = submit_step(row)
    await desk.ledger.refuse_step(
        turn.claim, step.id, code="discarded", message="never sent, and planned anew", now=desk.now()
    )


async def _doubt(desk: Desk, turn: Turn, step: StepRow, exc: CartCarrierError) -> None:
    with anyio.CancelScope(shield=True):
        await desk.ledger.doubt_step(turn.claim, step.id, code=error_code(exc), message=str(exc), now=desk.now())


async def _taken(desk: Desk, turn: Turn, row: ShipmentRow, step: StepRow, order: ProviderOrder) -> ShipmentRow:
    with anyio.CancelScope(shield=True):
        await desk.ledger.finish_step(turn.claim, step.id, believed(order), now=desk.now())
    return await desk.row(row.ref, row.key)
