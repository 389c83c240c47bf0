"""What a warehouse has of ours: how far it is, and telling the channel each package as it leaves."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Final

import anyio
import attrs

from cartcarrier.channels import SupportsFulfillmentChanges
from cartcarrier.errors import CartCarrierError, LedgerError, OrderChangedError
from cartcarrier.fulfillment._claims import Turn
from cartcarrier.fulfillment._confirm import confirm_package
from cartcarrier.fulfillment._desk import Desk, is_submission, log, step_name
from cartcarrier.fulfillment._find_out import error_code, outcome_unknown
from cartcarrier.fulfillment._packages import (
    Package,
    believed,
    is_over,
    packages,
    provider_order,
    renumbered,
    submit_step,
    untold,
)
from cartcarrier.fulfillment._reports import Submitted
from cartcarrier.fulfillment._settle import settle, settle_as
from cartcarrier.fulfillment._submit import UNSURE, find_submission, submitted, uncertain_submission
from cartcarrier.fulfillment._take_back import take_back
from cartcarrier.fulfillment._tasks import task_group
from cartcarrier.fulfillment._telling import of_package
from cartcarrier.ledger import ShipmentRow, ShipmentState, StepKind, StepState, WorkState
from cartcarrier.models import Fulfillment, OrderStatus

_AGAIN: Final = timedelta(minutes=30)
_QUIET: Final = timedelta(days=2)
_SELDOM: Final = timedelta(hours=4)
_GIVE_UP: Final = timedelta(days=60)
"""Without news for that long a warehouse is asked no more: part of it has left, and the rest will not come."""
_HELD: Final = timedelta(seconds=5)
_LONGEST_SLEEP: Final = timedelta(minutes=10)
_AT_ONCE: Final = 4
_NOT_SENT: Final = frozenset({ShipmentState.PLANNED, ShipmentState.FAILED})
_ENDED: Final = frozenset({ShipmentState.VOIDED, ShipmentState.FAILED, ShipmentState.CONFIRMED})


async def follow_submissions(desk: Desk) -> AsyncIterator[Submitted]:
    """Yield what is new about what warehouses have, until they have nothing; see ``Fulfiller.follow_submissions``."""
    while (due := await desk.ledger.next_shipment_due()) is not None:
        wait = due - desk.now()
        if wait > timedelta(0):
            await desk.clock.sleep(min(wait, _LONGEST_SLEEP).total_seconds())
            continue
        for news in await look_at_due(desk):
            yield news
        if await desk.ledger.next_shipment_due() == due:  # another worker is at it
            await desk.clock.sleep(_HELD.total_seconds())


async def look_at_due(desk: Desk) -> Sequence[Submitted]:
    """Ask the warehouses about all that is due, tell the channels, and return what is new; a failure waits for its next time."""
    rows = await desk.ledger.list_shipments(due_before=desk.now())
    limiter = anyio.CapacityLimiter(_AT_ONCE)
    news: list[Submitted] = []

    async def look_at(row: ShipmentRow) -> None:
        async with limiter, desk.turn(row.ref, row.key) as turn:
            if not await turn.try_to_take(patience=timedelta(0)):
                return
            before = await desk.row(row.ref, row.key)
            if before.due_at is None or before.due_at > desk.now():
                return
            try:
                after = await look(desk, turn, before)
            except LedgerError as exc:
                log.warning("%s/%s was not looked at: %s", row.ref, row.key, exc)
                return
            except CartCarrierError as exc:
                log.warning("%s/%s: %s", row.ref, row.key, exc)
                after = await desk.row(row.ref, row.key)
            order = provider_order(after) if is_submission(after) else None
            if order is not None and (order != provider_order(before) or after.state is not before.state):
                news.append(submitted(after))

    async with task_group() as tasks:
        for row in rows:
            tasks.start_soon(look_at, row)
    return news


async def look(desk: Desk, turn: Turn, row: ShipmentRow) -> ShipmentRow:
    """Ask a warehouse how far it is, write that down, and tell the channel of each package that has left, once.

    While nothing has left the order is read, too: one that was cancelled meanwhile is taken back.

    Raises:
        PurchaseUncertainError: It is not known whether the warehouse has it.
        CartCarrierError: The warehouse or the channel could not be asked; it is tried again later.
    """
    step = submit_step(row)
    if row.state in _NOT_SENT or step.state is StepState.PLANNED:
        await desk.ledger.note_progress(turn.claim, step.id, None, due_at=None, now=desk.now())
        return row
    # written first: whoever dies or fails on the way looks again
    await desk.ledger.note_progress(turn.claim, step.id, None, due_at=desk.now() + _AGAIN, now=desk.now())
    if step.state in UNSURE:
        found = await find_submission(desk, turn, row, patient=False)
        if found is None:
            raise uncertain_submission(row)
        row = found
    if row.state is ShipmentState.VOIDING or await _was_cancelled(desk, row):
        await take_back(desk, turn, row)
        row = await desk.row(row.ref, row.key)
        if row.state in {ShipmentState.VOIDING, ShipmentState.VOIDED}:
            return row
    return await tell(desk, turn, await _note(desk, turn, row))


async def _was_cancelled(desk: Desk, row: ShipmentRow) -> bool:
    """Return whether the order was cancelled while nothing of it has left; that it cannot be read is no reason to wait."""
    if packages(row) or is_over(row):
        return False
    try:
        order = await desk.read_order(row.ref)
    except LedgerError:
        raise
    except CartCarrierError as exc:
        log.warning("%s could not be read before its warehouse was asked: %s", row.ref, type(exc).__name__)
        return False
    return order.status is OrderStatus.CANCELLED


async def _note(desk: Desk, turn: Turn, row: ShipmentRow) -> ShipmentRow:
    step = submit_step(row)
    known = provider_order(row)
    order = believed(await desk.provider(row.carrier).get_status(step.reference or row.reference))
    if known is not None and not order.parcels and known.parcels:
        return row  # what has left does not come back; an answer without it is a poor one
    if order == known:
        await desk.ledger.note_progress(turn.claim, step.id, None, due_at=_next_look(desk, row), now=desk.now())
        return row
    log.info("%s: %s, %d packages have left", step_name(row, step), order.status, len(order.parcels))
    await desk.ledger.note_progress(turn.claim, step.id, order, due_at=desk.now() + _AGAIN, now=desk.now())
    return await desk.row(row.ref, row.key)


def _next_look(desk: Desk, row: ShipmentRow) -> datetime | None:
    """Return when to ask again about what has not changed since it was last written."""
    quiet = desk.now() - row.updated_at
    if quiet > _GIVE_UP:
        log.warning("%s/%s: %s has had no news for %s, and is asked no more", row.ref, row.key, row.carrier, quiet)
        return None
    return desk.now() + (_SELDOM if quiet > _QUIET else _AGAIN)


async def tell(desk: Desk, turn: Turn, row: ShipmentRow) -> ShipmentRow:
    """Tell the channel of the packages that it does not know of; one that fails does not hold up the others.

    Raises:
        CartCarrierError: What the channel said of the first that failed.
    """
    first: CartCarrierError | None = None
    for package in untold(row):
        before = renumbered(row).get(package.id)
        try:
            if before is not None:
                row = await _renumber(desk, turn, row, package, before)
            else:
                row = await confirm_package(desk, turn, row, package)
        except LedgerError:
            raise
        except CartCarrierError as exc:
            log.warning("%s/%s: a package is not confirmed: %s", row.ref, row.key, exc)
            first = first or exc
            row = await desk.row(row.ref, row.key)
        await turn.renew()
    if first is not None:
        if isinstance(first, OrderChangedError) and is_over(row):  # a person must look: reconcile() names it
            await desk.ledger.note_progress(turn.claim, submit_step(row).id, None, due_at=None, now=desk.now())
        raise first
    if row.state in _ENDED or (is_over(row) and not row.confirms):
        await desk.ledger.note_progress(turn.claim, submit_step(row).id, None, due_at=None, now=desk.now())
        if is_over(row) and not row.confirms and packages(row):
            await settle_as(
                desk, row.ref, WorkState.SHIPPED, reason="sent by a warehouse; its channel takes no numbers"
            )
    return row


async def _renumber(desk: Desk, turn: Turn, row: ShipmentRow, package: Package, before: Fulfillment) -> ShipmentRow:
    """Tell the channel the new number of what it was told of. Saying it twice says the same."""
    ledger, channel, notice = desk.ledger, desk.channel(row.ref.channel), of_package(row, package)
    step = await ledger.add_step(turn.claim, StepKind.CONFIRM, index=notice.index, reference=package.id, now=desk.now())
    if step.state in UNSURE:
        step = await ledger.replan_step(turn.claim, step.id, now=desk.now())
    step = await ledger.start_step(turn.claim, step.id, now=desk.now())
    now_is = attrs.evolve(before, parcels=package.parcels)
    try:
        if isinstance(channel, SupportsFulfillmentChanges):
            now_is = await channel.update_tracking(now_is)
        else:
            log.warning("%s/%s: %s keeps the old number of a package", row.ref, row.key, channel.key)
    except CartCarrierError as exc:
        code, message = error_code(exc), str(exc)
        with anyio.CancelScope(shield=True):
            if outcome_unknown(exc):
                await ledger.doubt_step(turn.claim, step.id, code=code, message=message, now=desk.now())
            else:
                await ledger.refuse_step(turn.claim, step.id, code=code, message=message, now=desk.now())
        raise
    with anyio.CancelScope(shield=True):
        await ledger.finish_step(turn.claim, step.id, now_is, now=desk.now())
    log.info("%s: the channel has the new number", step_name(row, step))
    await settle(desk, row, await desk.read_order(row.ref), attrs.evolve(notice, lines={}))
    return await desk.row(row.ref, row.key)
