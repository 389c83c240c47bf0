"""Buying: each step is written down before it is sent and after it was answered, and nothing is sent twice unseen."""

import anyio
import attrs

from cartcarrier.carriers import SupportsLabels, new_reference
from cartcarrier.errors import CartCarrierError, InvalidValueError, LedgerError, OrderChangedError
from cartcarrier.fulfillment._claims import Turn
from cartcarrier.fulfillment._compare import reasons_not_to_confirm
from cartcarrier.fulfillment._desk import Desk, as_asked, is_return, is_told, log, purchases, step_name
from cartcarrier.fulfillment._find_out import error_code, find_out, outcome_unknown
from cartcarrier.fulfillment._quote import still_good
from cartcarrier.fulfillment._settle import is_being_cancelled
from cartcarrier.ledger import ShipmentRow, ShipmentState, StepRow, StepState
from cartcarrier.models import Money, OrderStatus, PurchaseStep

_SENDINGS = 2  # of one step in one call: the first, and one more after a label without bytes was given back


async def buy(
    desk: Desk, turn: Turn, row: ShipmentRow, *, order_is_fresh: bool, max_increase: Money | None = None
) -> ShipmentRow:
    """Bring every purchase of a shipment to its end, in order; the first that fails stops it.

    What was bought before stays, and calling again goes on from there.

    Args:
        desk: The context.
        turn: Holds the lease.
        row: As it stands, in any state between ``planned`` and ``bought``.
        order_is_fresh: The order was read and compared just now. Otherwise, and whenever an outcome had to be waited for,
            it is read before anything is sent.
        max_increase: How much more than the rate may be paid for a step that must be priced anew.

    Raises:
        OrderChangedError: The order is not what this shipment was planned for; nothing more was bought.
        PurchaseUncertainError: A step was sent and nobody knows what became of it.
        CartCarrierError: A step was refused, for the carrier's reason.
    """
    for step in purchases(row):
        order_is_fresh = await _finish(desk, turn, row, step, max_increase, order_is_fresh=order_is_fresh)
    return await desk.row(row.ref, row.key)


async def discard(desk: Desk, turn: Turn, row: ShipmentRow) -> None:
    """Take back what was written down and never sent; the key can be planned anew.

    Raises:
        LedgerError: Something of it was sent.
    """
    if row.state is not ShipmentState.PLANNED:
        msg = f"shipment {row.ref}/{row.key} is {row.state}: it cannot be discarded"
        raise LedgerError(msg)
    for step in purchases(row):
        await desk.ledger.refuse_step(
            turn.claim, step.id, code="discarded", message="never sent, and planned anew", now=desk.now()
        )


async def _finish(
    desk: Desk, turn: Turn, row: ShipmentRow, step: StepRow, max_increase: Money | None, *, order_is_fresh: bool
) -> bool:
    """Bring one purchase to its end. Returns whether the order is known as it is now."""
    sendings = 0
    while True:
        if step.state in {StepState.SENDING, StepState.UNCERTAIN}:
            step = await find_out(desk, turn, row, step, patience=desk.max_wait)
            order_is_fresh = False
        if step.state is StepState.DONE:
            return order_is_fresh
        if sendings == _SENDINGS:
            # Something is wrong, and each round costs a label and a void.
            msg = (
                f"{step_name(row, step)}: {sendings} labels were sold without their bytes and given back; no third one"
            )
            raise LedgerError(msg)
        if step.state is StepState.PLANNED and _is_over(desk, step.purchase):
            step = await desk.ledger.refuse_step(
                turn.claim, step.id, code="expired", message="it was not sent before its bytes ended", now=desk.now()
            )
        if not order_is_fresh:
            await _check_order(desk, await desk.row(row.ref, row.key))
            order_is_fresh = True
            await turn.renew()
        if step.state is StepState.REFUSED:
            step = await _plan_anew(desk, turn, row, step, max_increase)
        step = await _send(desk, turn, row, step)
        sendings += 1


async def _check_order(desk: Desk, row: ShipmentRow) -> None:
    """Refuse to buy for an order that is no longer what the shipment was planned for; a return is bought all the same."""
    if is_return(row):
        return
    order = await desk.read_order(row.ref)
    ship_to = row.request.ship_to if row.request is not None else None
    # A marketplace that sold one of the labels counts the pieces as gone already, by that very label.
    changes = reasons_not_to_confirm(order, ship_to=ship_to, lines={} if is_told(row) else row.lines)
    if order.status is not OrderStatus.CANCELLED and await is_being_cancelled(desk, row.ref):
        changes = (*changes, "cancellation under way")
    if not changes:
        return
    bought = any(step.state is StepState.DONE for step in purchases(row))
    rest = "the labels bought before are live: void the shipment" if bought else "nothing was bought"
    msg = f"order {row.ref} has changed since shipment {row.key} was planned ({', '.join(changes)}): {rest}"
    raise OrderChangedError(msg, changes=changes, label_bought=bought)


async def _send(desk: Desk, turn: Turn, row: ShipmentRow, step: StepRow) -> StepRow:
    """Send a planned step once. Returns it done, or uncertain where the answer was lost."""
    carrier = desk.label_carrier(row.carrier)
    purchase = step.purchase
    if purchase is None or not purchase.body:
        msg = f"{step_name(row, step)}: its bytes were erased, so it cannot be sent"
        raise LedgerError(msg)
    step = await desk.ledger.start_step(turn.claim, step.id, now=desk.now())
    # From here to finish_step whoever dies leaves the step "sending": the next owner looks before anything is bought.
    try:
        shipment = await carrier.purchase(purchase)
    except CartCarrierError as exc:
        code, message = error_code(exc), str(exc)
        with anyio.CancelScope(shield=True):
            # A value that cannot be is found before sending, by prepare_shipment; here it can only be the answer's.
            if outcome_unknown(exc) or isinstance(exc, InvalidValueError):
                log.warning("%s: the outcome is not known (%s)", step_name(row, step), code)
                return await desk.ledger.doubt_step(turn.claim, step.id, code=code, message=message, now=desk.now())
            await desk.ledger.refuse_step(turn.claim, step.id, code=code, message=message, now=desk.now())
        raise
    with anyio.CancelScope(shield=True):
        step = await desk.ledger.finish_step(turn.claim, step.id, as_asked(row, shipment), now=desk.now())
    log.info("%s: bought", step_name(row, step))
    return step


async def _plan_anew(desk: Desk, turn: Turn, row: ShipmentRow, step: StepRow, max_increase: Money | None) -> StepRow:
    """Make new bytes under a new reference for a step of which nothing is live."""
    carrier: SupportsLabels = desk.label_carrier(row.carrier)
    request = row.request
    if request is None:
        msg = f"{step_name(row, step)}: what was asked has been erased; ship under another key"
        raise LedgerError(msg)
    if request.rate is not None:
        good = await still_good(desk, request.rate, request, max_increase=max_increase)
        request = attrs.evolve(request, rate=good)
    prepared = carrier.prepare_shipment(request, reference=new_reference())
    fresh = next(candidate for candidate in prepared.steps if candidate.index == step.index)
    await turn.renew()
    return await desk.ledger.replan_step(turn.claim, step.id, purchase=fresh, now=desk.now())


def _is_over(desk: Desk, purchase: PurchaseStep | None) -> bool:
    return purchase is not None and purchase.expires_at is not None and purchase.expires_at <= desk.now()
