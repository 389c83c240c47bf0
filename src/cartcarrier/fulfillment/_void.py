"""Giving labels back. A void may be repeated without harm, so a lost answer is asked again."""

from collections.abc import Mapping, Sequence
from typing import Final

import anyio
import attrs

from cartcarrier.carriers import SupportsVoid
from cartcarrier.channels import SupportsFulfillmentChanges
from cartcarrier.errors import (
    CartCarrierError,
    ConflictError,
    NotFoundError,
    RejectedError,
    ResponseError,
    UnsupportedOperationError,
)
from cartcarrier.fulfillment._claims import Turn
from cartcarrier.fulfillment._desk import (
    GIVEN_BACK,
    REFUND,
    Desk,
    bought_parts,
    is_given_back,
    is_refund_refused,
    is_return,
    is_submission,
    last_step,
    log,
    purchases,
    step_name,
)
from cartcarrier.fulfillment._find_out import error_code, find_out, outcome_unknown, uncertain
from cartcarrier.fulfillment._take_back import void_submission
from cartcarrier.ledger import ShipmentRow, StepKind, StepRow, StepState, TrackingRow, WorkState
from cartcarrier.models import Fulfillment, OrderRef, Shipment, VoidResult, VoidStatus

_TRIES: Final = 3
_UNSURE: Final = frozenset({StepState.SENDING, StepState.UNCERTAIN})


async def void(desk: Desk, ref: OrderRef, key: str) -> VoidResult:
    """Give back all labels of a shipment, and take back what its channel was told of them.

    Doing that twice returns the first result; after a refusal it is tried anew.

    Raises:
        InvalidValueError: There is no such shipment.
        UnsupportedOperationError: The carrier takes no labels back.
        PurchaseUncertainError: It is not known what was bought.
        OperationError: The carrier could not be asked; the shipment is ``voiding``, and a repeat goes on.
    """
    await desk.asked_row(ref, key)
    async with desk.turn(ref, key) as turn:
        await turn.take(patience=desk.max_wait)
        row = await desk.row(ref, key)
        if is_submission(row):
            return await void_submission(desk, turn, row)
        for step in purchases(row):
            if step.state in _UNSURE:
                await find_out(desk, turn, row, step, patience=desk.max_wait)
        row = await desk.row(ref, key)
        result = await give_back(desk, turn, row)
        # its pieces may have left under another key since it was given back first
        if result.status is not VoidStatus.REFUSED and not is_given_back(row):
            await reopen(desk, row)
        return result


async def reopen(desk: Desk, row: ShipmentRow) -> None:
    """Let an order that was shipped be shipped again, unless what was given back is the label of a return."""
    order = await desk.ledger.get_order(row.ref)
    if order is not None and order.state is WorkState.SHIPPED and not is_return(row):
        await desk.ledger.settle_order(row.ref, WorkState.OPEN, reason="a label was given back", now=desk.now())


async def give_back(desk: Desk, turn: Turn, row: ShipmentRow) -> VoidResult:
    """Give back all labels of a shipment whose lease is held; see ``void``."""
    for step in purchases(row):
        if step.state in _UNSURE:
            raise uncertain(row, step, "what was not bought cannot be given back")
        if step.state is StepState.PLANNED:
            await desk.ledger.refuse_step(turn.claim, step.id, code="withdrawn", message="never sent", now=desk.now())
    parts = bought_parts(row)
    if not parts:
        return VoidResult(status=VoidStatus.VOIDED, message="nothing had been bought")
    before = last_step(row, StepKind.VOID)
    if row.state in GIVEN_BACK and before is not None and isinstance(before.result, VoidResult):
        return before.result
    carrier = desk.carrier(row.carrier)
    if not isinstance(carrier, SupportsVoid):
        msg = f"{row.carrier} takes no labels back: ask its support about {row.ref}/{row.key}"
        raise UnsupportedOperationError(msg)
    reference = REFUND if is_refund_refused(row) else row.reference
    step = await desk.ledger.add_step(turn.claim, StepKind.VOID, reference=reference, now=desk.now())
    if step.state is StepState.PLANNED:
        step = await desk.ledger.start_step(turn.claim, step.id, now=desk.now())
    result = joined([(part, await _void_one(desk, turn, step, carrier, part)) for part in parts])
    if result.status is VoidStatus.REFUSED:
        result = _with_window(desk, row, carrier, parts, result)
    else:
        result = await _untell(desk, row, result)
    with anyio.CancelScope(shield=True):
        await desk.ledger.finish_step(turn.claim, step.id, result, now=desk.now())
        if result.status is not VoidStatus.REFUSED:
            await _stop_following(desk, row)
    log.info("%s: %s", step_name(row, step), result.status)
    return result


def _with_window(
    desk: Desk, row: ShipmentRow, carrier: SupportsVoid, parts: Sequence[Shipment], result: VoidResult
) -> VoidResult:
    """Say when the carrier's time for giving back ended, where it has: the likeliest reason of a refusal."""
    if carrier.void_window is None:
        return result
    ended = min(part.created_at for part in parts) + carrier.void_window
    if desk.now() <= ended:
        return result
    why = f"{row.carrier} takes labels back for {carrier.void_window.days} days, until {ended}"
    return attrs.evolve(result, message=f"{result.message}; {why}" if result.message else why)


async def _void_one(desk: Desk, turn: Turn, step: StepRow, carrier: SupportsVoid, part: Shipment) -> VoidResult:
    tries = 0
    while True:
        tries += 1
        try:
            return await carrier.void_shipment(part)
        except (RejectedError, ConflictError, NotFoundError) as exc:
            return VoidResult(
                status=VoidStatus.REFUSED,
                parcels={parcel.tracking_number: VoidStatus.REFUSED for parcel in part.parcels},
                message=str(exc),
            )
        except CartCarrierError as exc:
            with anyio.CancelScope(shield=True):
                await desk.ledger.doubt_step(
                    turn.claim, step.id, code=error_code(exc), message=str(exc), now=desk.now()
                )
            # an answer that cannot be read tells nothing either, and giving back twice does no harm
            if tries == _TRIES or not (outcome_unknown(exc) or isinstance(exc, ResponseError)):
                exc.add_note(f"shipment {turn.ref}/{turn.key} is being voided; void it again, or let recover() do it")
                raise
        await desk.clock.sleep(tries)
        await turn.renew()


def joined(answers: Sequence[tuple[Shipment, VoidResult]]) -> VoidResult:
    """Return what became of all parts of a shipment as one: the worst of them speaks."""
    results = [result for _, result in answers]
    if len(results) == 1:
        return results[0]
    statuses = {result.status for result in results}
    worst = next(s for s in (VoidStatus.REFUSED, VoidStatus.REFUND_PENDING, VoidStatus.VOIDED) if s in statuses)
    return VoidResult(
        status=worst,
        parcels={number: status for part, result in answers for number, status in _by_parcel(part, result).items()},
        message="; ".join(dict.fromkeys(result.message for result in results if result.message)) or None,
    )


def _by_parcel(part: Shipment, result: VoidResult) -> Mapping[str, VoidStatus]:
    """Return what became of each parcel; a carrier that names none speaks of all."""
    return result.parcels or {parcel.tracking_number: result.status for parcel in part.parcels}


async def _untell(desk: Desk, row: ShipmentRow, result: VoidResult) -> VoidResult:
    """Take back what the channel was told. That it cannot be is no reason to lose the void: reconcile() names it."""
    confirm = last_step(row, StepKind.CONFIRM)
    if confirm is None or confirm.state is not StepState.DONE or not isinstance(confirm.result, Fulfillment):
        return result
    channel = desk.channels.get(row.ref.channel)
    if isinstance(channel, SupportsFulfillmentChanges):
        try:
            await channel.cancel_fulfillment(confirm.result)
        except NotFoundError:
            return result
        except CartCarrierError as exc:
            why = str(exc)
        else:
            return result
    else:
        why = f"{row.ref.channel} takes no fulfillment back"
    log.warning("%s/%s: ConfirmedWithoutLabel: %s", row.ref, row.key, why)
    said = f"the channel still believes that it left: {why}"
    return VoidResult(
        status=result.status,
        parcels=result.parcels,
        message=f"{result.message}; {said}" if result.message else said,
    )


async def _stop_following(desk: Desk, row: ShipmentRow) -> None:
    numbers = {parcel.tracking_number for part in bought_parts(row) for parcel in part.parcels}
    known = await desk.ledger.list_parcels(ref=row.ref)
    await desk.ledger.follow_parcels(
        [
            TrackingRow(
                ref=parcel.ref,
                key=parcel.key,
                carrier=parcel.carrier,
                tracking_number=parcel.tracking_number,
                tracking=parcel.tracking,
                told=parcel.told,
            )
            for parcel in known
            if parcel.key == row.key and parcel.tracking_number in numbers
        ]
    )
