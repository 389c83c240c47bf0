"""Telling the channel, once: the order is read again before, and the channel's fulfillments whenever the outcome is not known."""

from datetime import timedelta
from typing import Final

import anyio

from cartcarrier.channels import SupportsFulfillment
from cartcarrier.errors import (
    CartCarrierError,
    ConflictError,
    LedgerError,
    OrderChangedError,
    UnsupportedOperationError,
)
from cartcarrier.fulfillment._claims import Turn
from cartcarrier.fulfillment._compare import reasons_not_to_confirm
from cartcarrier.fulfillment._desk import (
    Desk,
    is_partly_given_back,
    is_submission,
    is_told,
    log,
    needs_telling,
    step_name,
)
from cartcarrier.fulfillment._find_out import error_code, outcome_unknown
from cartcarrier.fulfillment._packages import Package
from cartcarrier.fulfillment._settle import is_being_cancelled, settle, settle_as
from cartcarrier.fulfillment._telling import Notice, of_labels, of_package
from cartcarrier.fulfillment._void import give_back
from cartcarrier.ledger import ShipmentRow, StepKind, StepRow, StepState, WorkState
from cartcarrier.models import Fulfillment, Order, OrderStatus, VoidStatus

_BETWEEN_LOOKS: Final = timedelta(seconds=10)
_UNSURE: Final = frozenset({StepState.SENDING, StepState.UNCERTAIN})


async def confirm(
    desk: Desk, turn: Turn, row: ShipmentRow, *, despite_changes: bool = False, forgotten: bool = False
) -> ShipmentRow:
    """Tell the channel that a shipment left, unless it knows.

    Args:
        desk: The context.
        turn: Holds the lease.
        row: As it stands, everything bought.
        despite_changes: A person has looked: tell it although the order has changed.
        forgotten: Tell it again although the ledger says that it was told, if it does not know.

    Raises:
        OrderChangedError: The order is not what it was when the label was bought. When it was cancelled, the label has been
            given back, or the message says that the carrier refused that.
        CartCarrierError: What the channel says; the shipment stays ``bought``, or ``confirming`` where nobody knows.
    """
    if not needs_telling(row) and not forgotten:
        return row
    case = _Telling(desk, turn, row, _listener(desk, row), of_labels(row))
    order = await desk.read_order(row.ref)
    known = await case.known_before(order)
    if known is not None:
        return row if is_told(row) else await case.adopt(known, order)
    await _check(desk, turn, row, order, despite_changes=despite_changes)
    return await case.begin(order)


async def confirm_package(desk: Desk, turn: Turn, row: ShipmentRow, package: Package) -> ShipmentRow:
    """Tell the channel that a warehouse has sent a package, unless it knows.

    It has left: that the buyer has moved since, or that the order is on hold now, is no reason to keep the number back. Only a
    cancelled order takes none.

    Args:
        desk: The context.
        turn: Holds the lease.
        row: The submission.
        package: What has left.

    Raises:
        OrderChangedError: The order was cancelled, and this package of it has left all the same.
        CartCarrierError: What the channel says.
    """
    case = _Telling(desk, turn, row, _listener(desk, row), of_package(row, package))
    order = await desk.read_order(row.ref)
    known = await case.known_before(order)
    if known is not None:
        return await case.adopt(known, order)
    if order.status is OrderStatus.CANCELLED:
        log.warning("%s/%s: CancelledButLive: a package has left", row.ref, row.key)
        msg = (
            f"order {row.ref} was cancelled, and {row.carrier} has sent a package of it all the same: CancelledButLive"
        )
        raise OrderChangedError(msg, changes=("cancelled",), label_bought=True)
    return await case.begin(order)


def _listener(desk: Desk, row: ShipmentRow) -> SupportsFulfillment:
    channel = desk.channel(row.ref.channel)
    if not isinstance(channel, SupportsFulfillment):
        msg = f"{channel.key} cannot be told what has left"
        raise UnsupportedOperationError(msg)
    return channel


async def _check(desk: Desk, turn: Turn, row: ShipmentRow, order: Order, *, despite_changes: bool) -> None:
    """Refuse to tell the channel of a label for an order that has changed."""
    if despite_changes:
        return
    if order.status is not OrderStatus.CANCELLED and await is_being_cancelled(desk, row.ref):
        msg = f"order {row.ref} is being cancelled: shipment {row.key} is not confirmed before that is decided"
        raise OrderChangedError(msg, changes=("cancellation under way",), label_bought=True)
    ship_to = row.request.ship_to if row.request is not None else None
    changes = reasons_not_to_confirm(order, ship_to=ship_to, lines=row.lines)
    if order.status is OrderStatus.CANCELLED:
        await _withdraw(desk, turn, row, changes)
    if is_partly_given_back(row):
        changes = (*changes, "some of its labels were given back")
    if changes:
        msg = (
            f"order {row.ref} has changed since the label of shipment {row.key} was bought ({', '.join(changes)}): the channel"
            " was not told; void it, or confirm it despite the changes"
        )
        raise OrderChangedError(msg, changes=changes, label_bought=True)


async def _withdraw(desk: Desk, turn: Turn, row: ShipmentRow, changes: tuple[str, ...]) -> None:
    """Give back the label of an order that was cancelled, and say so by the error."""
    try:
        result = await give_back(desk, turn, row)
    except LedgerError:
        raise
    except UnsupportedOperationError:
        outcome = "the carrier takes no labels back: CancelledButLive"
    except CartCarrierError as exc:
        outcome = f"giving its label back failed, and recover() tries again: {exc}"
    else:
        outcome = {
            VoidStatus.VOIDED: "its label was given back",
            VoidStatus.REFUND_PENDING: "its label was given back, the refund is awaited",
            VoidStatus.REFUSED: "the carrier refuses to take its label back: CancelledButLive",
        }[result.status]
    await settle_as(desk, row.ref, WorkState.CANCELLED, reason="cancelled at the channel")
    log.warning("order %s was cancelled after shipment %s was bought: %s", row.ref, row.key, outcome)
    msg = f"order {row.ref} was cancelled after the label of shipment {row.key} was bought; {outcome}"
    raise OrderChangedError(msg, changes=changes, label_bought=True)


class _Telling:
    def __init__(self, desk: Desk, turn: Turn, row: ShipmentRow, channel: SupportsFulfillment, notice: Notice) -> None:
        self._desk = desk
        self._turn = turn
        self._row = row
        self._channel = channel
        self._notice = notice

    async def known_before(self, order: Order) -> Fulfillment | None:
        """Return what the channel knows of it already; it is asked whenever the last try has begun."""
        known = self._notice.known_in(order.fulfillments)
        step = self._notice.step
        if known is None and step is not None and step.state is not StepState.PLANNED:
            known = await self.look()
        return known

    async def begin(self, order: Order) -> ShipmentRow:
        """Write down what is about to be told, and tell it; look first where an earlier try is not known to have failed."""
        step = await self._plan()
        if step.state in _UNSURE:
            known = await self.look_again_later()
            if known is not None:
                return await self.adopt(known, order)
            step = await self._desk.ledger.replan_step(self._turn.claim, step.id, now=self._desk.now())
        return await self.tell(step, order)

    async def _plan(self) -> StepRow:
        notice = self._notice
        return await self._desk.ledger.add_step(
            self._turn.claim, StepKind.CONFIRM, index=notice.index, reference=notice.reference, now=self._desk.now()
        )

    async def tell(self, step: StepRow, order: Order) -> ShipmentRow:
        """Send the confirmation; where its answer is lost, look, and send it once more when the channel does not know."""
        desk = self._desk
        fulfillment = self._notice.make(desk.now())
        sent_again = False
        while True:
            step = await desk.ledger.start_step(self._turn.claim, step.id, now=desk.now())
            try:
                answer = await self._channel.fulfill(fulfillment)
            except CartCarrierError as exc:
                if not outcome_unknown(exc):
                    return await self._refused(step, order, exc)
                known = await self._doubt_and_look(step, exc)
                if known is not None:
                    return await self.adopt(known, order)
                if sent_again:
                    raise
                sent_again = True
                step = await desk.ledger.replan_step(self._turn.claim, step.id, now=desk.now())
            else:
                return await self._done(step, answer, order)

    async def look(self) -> Fulfillment | None:
        """Return what the channel has been told of this shipment."""
        return self._notice.known_in(await self._channel.list_fulfillments(self._row.ref.order_id))

    async def look_again_later(self) -> Fulfillment | None:
        """Look twice: a channel may show only later what it was told."""
        known = await self.look()
        if known is None:
            await self._desk.clock.sleep(_BETWEEN_LOOKS.total_seconds())
            await self._turn.renew()
            known = await self.look()
        return known

    async def adopt(self, known: Fulfillment, order: Order) -> ShipmentRow:
        """Record what the channel knows as the outcome of our step."""
        log.info("%s/%s: the channel knows of it", self._row.ref, self._row.key)
        return await self._done(await self._plan(), known, order)

    async def _done(self, step: StepRow, answer: Fulfillment, order: Order) -> ShipmentRow:
        desk, row = self._desk, self._row
        with anyio.CancelScope(shield=True):
            await desk.ledger.finish_step(self._turn.claim, step.id, answer, now=desk.now())
            await settle(desk, row, order, self._notice)
        log.info("%s: the channel was told", step_name(row, step))
        return await desk.row(row.ref, row.key)

    async def _refused(self, step: StepRow, order: Order, exc: CartCarrierError) -> ShipmentRow:
        """The channel says no: because it knows already, because the order was cancelled meanwhile, or for its own reason."""
        desk, row = self._desk, self._row
        if isinstance(exc, ConflictError):
            try:
                known = await self.look()
            except CartCarrierError as second:
                await self._refuse(step, exc)
                raise exc from second
            if known is not None:
                return await self.adopt(known, order)
        await self._refuse(step, exc)
        if isinstance(exc, ConflictError):
            now_is = await desk.read_order(row.ref)
            if now_is.status is OrderStatus.CANCELLED and not is_submission(row):
                await _check(desk, self._turn, await desk.row(row.ref, row.key), now_is, despite_changes=False)
        raise exc

    async def _refuse(self, step: StepRow, exc: CartCarrierError) -> None:
        await self._desk.ledger.refuse_step(
            self._turn.claim, step.id, code=error_code(exc), message=str(exc), now=self._desk.now()
        )

    async def _doubt_and_look(self, step: StepRow, exc: CartCarrierError) -> Fulfillment | None:
        with anyio.CancelScope(shield=True):
            await self._desk.ledger.doubt_step(
                self._turn.claim, step.id, code=error_code(exc), message=str(exc), now=self._desk.now()
            )
        try:
            return await self.look_again_later()
        except LedgerError:
            raise
        except CartCarrierError as second:
            exc.add_note(f"looking at what the channel knows failed too: {second}")
            raise exc from second
