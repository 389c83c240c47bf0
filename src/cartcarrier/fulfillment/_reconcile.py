"""Comparing the ledger with channels and carriers: every difference once, each with a way to mend it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import Final

from cartcarrier.channels import SupportsFulfillment, SupportsFulfillmentChanges
from cartcarrier.errors import NotFoundError, UnsupportedOperationError
from cartcarrier.fulfillment._confirm import confirm, confirm_package
from cartcarrier.fulfillment._desk import (
    Desk,
    all_bought,
    bought_parts,
    is_given_back,
    is_refund_refused,
    is_return,
    is_submission,
    last_step,
    log,
)
from cartcarrier.fulfillment._findings import (
    CancelledButLive,
    ConfirmedWithoutLabel,
    Finding,
    LinkedNotPaid,
    NeverScanned,
    NotConfirmed,
    RefundRefused,
)
from cartcarrier.fulfillment._packages import packages
from cartcarrier.fulfillment._parcels import NEVER_SEEN, is_over, was_seen
from cartcarrier.fulfillment._settle import settle_as
from cartcarrier.fulfillment._telling import of_package, told_already
from cartcarrier.fulfillment._void import void
from cartcarrier.ledger import ShipmentRow, ShipmentState, StepKind, WorkState
from cartcarrier.models import Fulfillment, FulfillmentStatus, Order, OrderRef, OrderStatus, VoidResult, VoidStatus

_IN_WORK: Final = frozenset(
    {ShipmentState.PLANNED, ShipmentState.BUYING, ShipmentState.UNCERTAIN, ShipmentState.SUBMITTING}
)
_OUTSIDE: Final = "shipped outside of this ledger"


async def reconcile(desk: Desk, since: datetime) -> AsyncIterator[Finding]:
    """Yield what differs about the shipments written since then; see ``Fulfiller.reconcile``."""
    rows = await desk.ledger.list_shipments(since=since)
    for ref in dict.fromkeys(row.ref for row in rows):
        channel = desk.channels.get(ref.channel)
        if channel is None:
            continue
        try:
            order = await desk.read_order(ref)
            told = await _told(channel, order)
        except (NotFoundError, UnsupportedOperationError) as exc:
            log.warning("%s cannot be compared: %s", ref, type(exc).__name__)
            continue
        # the other shipments of the order count too: what the channel knows may be of an older one
        rows_of_order = await desk.ledger.list_shipments(ref=ref)
        for finding in _compare(desk, order, rows_of_order, told):
            yield finding
        for finding in await _never_scanned(desk, rows_of_order):
            yield finding
        if not await _is_accepted(desk, ref):
            for finding in _foreign(desk, order, rows_of_order, told):
                yield finding


async def _told(channel: object, order: Order) -> Sequence[Fulfillment]:
    if isinstance(channel, SupportsFulfillment):
        return await channel.list_fulfillments(order.id)
    return order.fulfillments


def _compare(desk: Desk, order: Order, rows: Sequence[ShipmentRow], told: Sequence[Fulfillment]) -> Iterator[Finding]:
    for row in rows:
        if is_submission(row):
            yield from _compare_submission(desk, order, row, told)
            continue
        name = f"shipment {row.ref}/{row.key}"
        if is_refund_refused(row):
            step = last_step(row, StepKind.VOID)
            said = step.result.message if step is not None and isinstance(step.result, VoidResult) else None
            what = f"{row.carrier} refuses the refund of {name} ({said or 'no reason given'}); the fix asks for it anew"
            yield RefundRefused(ref=row.ref, key=row.key, what=what, mend=_refund_again(desk, row.ref, row.key))
        if is_return(row):
            continue  # no channel knows of it, and none should
        parts = bought_parts(row)
        known = told_already(row, told) if parts else None
        live = bool(parts) and not is_given_back(row)
        if live and order.status is OrderStatus.CANCELLED:
            what = f"{name} has a live label ({row.state}), and its order is cancelled; the fix gives the label back"
            yield CancelledButLive(ref=row.ref, key=row.key, what=what, mend=_void(desk, row.ref, row.key))
        elif is_given_back(row) and known is not None:
            what = f"{name} was given back, and the channel says that it left; the fix takes that back"
            yield ConfirmedWithoutLabel(ref=row.ref, key=row.key, what=what, mend=_untell(desk, row.ref, known))
        elif live and row.confirms and all_bought(row) and known is None and not _marketplace_knows(row):
            what = f"{name} was bought, and the channel does not know; the fix tells it"
            yield NotConfirmed(ref=row.ref, key=row.key, what=what, mend=_confirm(desk, row.ref, row.key))


async def _never_scanned(desk: Desk, rows: Sequence[ShipmentRow]) -> Sequence[Finding]:
    """Return the parcels that no carrier has seen, and that are followed no more for that."""
    found: list[Finding] = []
    for row in rows:
        if not all_bought(row) or is_given_back(row) or is_return(row) or row.state is ShipmentState.VOIDING:
            continue
        for parcel in await desk.ledger.list_parcels(ref=row.ref):
            over = parcel.due_at is None and desk.now() - row.created_at > NEVER_SEEN
            if parcel.key == row.key and over and not is_over(parcel.tracking) and not was_seen(parcel.tracking):
                days = (desk.now() - row.created_at).days
                what = (
                    f"{parcel.tracking_number} of shipment {row.ref}/{row.key} was bought {days} days ago, and {row.carrier}"
                    " has never seen it: it was not handed over, or got lost; a person must look"
                )
                found.append(NeverScanned(ref=row.ref, key=row.key, what=what))
    return found


def _compare_submission(desk: Desk, order: Order, row: ShipmentRow, told: Sequence[Fulfillment]) -> Iterator[Finding]:
    sent = packages(row)
    live = row.state is ShipmentState.SUBMITTED or bool(sent)
    if live and order.status is OrderStatus.CANCELLED:
        what = (
            f"{row.ref}/{row.key} is with {row.carrier} ({row.state}), and its order is cancelled; the fix asks it back"
        )
        yield CancelledButLive(ref=row.ref, key=row.key, what=what, mend=_void(desk, row.ref, row.key))
        return
    missing = [package for package in sent if row.confirms and of_package(row, package).known_in(told) is None]
    if missing:
        what = (
            f"{row.carrier} has sent {len(missing)} packages of {row.ref}/{row.key} that the channel does not know of"
        )
        mend = _tell_package(desk, row.ref, row.key)
        yield NotConfirmed(ref=row.ref, key=row.key, what=f"{what}; the fix tells it", mend=mend)


async def _is_accepted(desk: Desk, ref: OrderRef) -> bool:
    """Return whether somebody has said that the order was shipped or dealt with outside."""
    row = await desk.ledger.get_order(ref)
    if row is None:
        return False
    return row.state is WorkState.DISMISSED or (row.state is WorkState.SHIPPED and row.reason == _OUTSIDE)


def _foreign(desk: Desk, order: Order, rows: Sequence[ShipmentRow], told: Sequence[Fulfillment]) -> Iterator[Finding]:
    if any(row.state in _IN_WORK for row in rows):
        return  # a number that nobody knows may be of a purchase whose answer is awaited
    for fulfillment in told:
        if fulfillment.status is FulfillmentStatus.ACTIVE and not _is_ours(fulfillment, rows):
            what = (
                f"the channel was told of a shipment of {order.ref} that the ledger has not bought;"
                " the fix writes the order down as shipped, once nothing of it is open"
            )
            yield LinkedNotPaid(ref=order.ref, key=None, what=what, mend=_accept(desk, order.ref))


def _marketplace_knows(row: ShipmentRow) -> bool:
    return any(part.confirms_order for part in bought_parts(row))


def _is_ours(fulfillment: Fulfillment, rows: Sequence[ShipmentRow]) -> bool:
    numbers: set[str | None] = {
        number
        for row in rows
        for part in bought_parts(row)
        for number in (part.tracking_number, *(parcel.tracking_number for parcel in part.parcels))
    }
    sent = [package for row in rows if is_submission(row) for package in packages(row)]
    numbers |= {parcel.tracking_number for package in sent for parcel in package.parcels if parcel.tracking_number}
    if any(fulfillment.reference and fulfillment.reference == row.reference and bought_parts(row) for row in rows):
        return True
    return any(parcel.tracking_number in numbers for parcel in fulfillment.parcels)


Mend = Callable[[], Awaitable[None]]


def _void(desk: Desk, ref: OrderRef, key: str) -> Mend:
    async def mend() -> None:
        result = await void(desk, ref, key)
        if result.status is VoidStatus.REFUSED:
            msg = f"the carrier refuses to take back the label of shipment {ref}/{key}: {result.message or 'no reason given'}"
            raise UnsupportedOperationError(msg)
        await settle_as(desk, ref, WorkState.CANCELLED, reason="cancelled at the channel")

    return mend


def _refund_again(desk: Desk, ref: OrderRef, key: str) -> Mend:
    async def mend() -> None:
        result = await void(desk, ref, key)
        if result.status is VoidStatus.REFUSED:
            msg = f"the carrier refuses the refund of shipment {ref}/{key}: {result.message or 'no reason given'}"
            raise UnsupportedOperationError(msg)

    return mend


def _untell(desk: Desk, ref: OrderRef, known: Fulfillment) -> Mend:
    async def mend() -> None:
        channel = desk.channel(ref.channel)
        if not isinstance(channel, SupportsFulfillmentChanges):
            msg = f"{ref.channel} takes no fulfillment back: do it by hand at the channel"
            raise UnsupportedOperationError(msg)
        await channel.cancel_fulfillment(known)

    return mend


def _confirm(desk: Desk, ref: OrderRef, key: str) -> Mend:
    async def mend() -> None:
        async with desk.turn(ref, key) as turn:
            await turn.take(patience=desk.max_wait)
            await confirm(desk, turn, await desk.row(ref, key), forgotten=True)

    return mend


def _tell_package(desk: Desk, ref: OrderRef, key: str) -> Mend:
    async def mend() -> None:
        async with desk.turn(ref, key) as turn:
            await turn.take(patience=desk.max_wait)
            row = await desk.row(ref, key)
            for package in packages(row):
                row = await confirm_package(desk, turn, row, package)

    return mend


def _accept(desk: Desk, ref: OrderRef) -> Mend:
    async def mend() -> None:
        order = await desk.read_order(ref)
        if order.status is not OrderStatus.FULFILLED:
            msg = f"order {ref} is {order.status}: a person must say whose shipment it is"
            raise UnsupportedOperationError(msg)
        await settle_as(desk, ref, WorkState.SHIPPED, reason=_OUTSIDE)

    return mend
