"""Where the parcels are: asking each carrier at its pace, joining what is known, telling the channels."""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import attrs

from cartcarrier.carriers import SupportsTracking
from cartcarrier.channels import SupportsTrackingUpdates
from cartcarrier.errors import CartCarrierError, LedgerError, OperationError, RateLimitError
from cartcarrier.fulfillment._desk import Desk, last_step, log
from cartcarrier.fulfillment._parcels import next_look
from cartcarrier.fulfillment._tasks import task_group
from cartcarrier.ledger import ShipmentRow, StepKind, TrackingRow
from cartcarrier.models import (
    Fulfillment,
    OrderRef,
    Tracking,
    TrackingEvent,
    TrackingFailure,
    TrackingRef,
)

_AFTER_FAILURE: Final = timedelta(minutes=30)
_LONGEST_SLEEP: Final = timedelta(minutes=10)
_AT_ONCE: Final = 30  # parcels in one question; every built-in carrier takes as many, its driver splits further

Result = Tracking | TrackingFailure


async def follow(desk: Desk) -> AsyncIterator[Tracking]:
    """Yield what is new about the parcels that travel, until none does; see ``Fulfiller.follow``."""
    while (due := await desk.ledger.next_parcel_due()) is not None:
        wait = due - desk.now()
        if wait > timedelta(0):
            await desk.clock.sleep(min(wait, _LONGEST_SLEEP).total_seconds())
            continue
        for tracking in await ask_about_due(desk):
            yield tracking


async def ask_about_due(desk: Desk) -> Sequence[Tracking]:
    """Ask about all parcels that are due, all carriers at once, and return what is new."""
    rows = await desk.ledger.list_parcels(due_before=desk.now())
    before = {_name(row): row.tracking for row in rows}
    news: list[Tracking] = []

    async def ask(carrier: str, parcels: Sequence[TrackingRow]) -> None:
        for start in range(0, len(parcels), _AT_ONCE):
            for row, result in await _ask_carrier(desk, carrier, parcels[start : start + _AT_ONCE]):
                if isinstance(result, Tracking) and result != before[_name(row)]:
                    news.append(result)

    by_carrier: dict[str, list[TrackingRow]] = {}
    for row in rows:
        by_carrier.setdefault(row.carrier, []).append(row)
    async with task_group() as tasks:
        for carrier, parcels in by_carrier.items():
            tasks.start_soon(ask, carrier, parcels)
    return news


async def track(desk: Desk, ref: OrderRef) -> Sequence[Result]:
    """Ask about all parcels of an order, and return what is known of each, the failures among them."""
    rows = await desk.ledger.list_parcels(ref=ref)
    found: dict[tuple[str, str, str], Result] = {}
    for carrier in dict.fromkeys(row.carrier for row in rows):
        for row, result in await _ask_carrier(desk, carrier, [row for row in rows if row.carrier == carrier]):
            found[_name(row)] = result
    return [found[_name(row)] for row in sorted(rows, key=lambda row: (row.key, row.tracking_number))]


async def _ask_carrier(desk: Desk, key: str, rows: Sequence[TrackingRow]) -> list[tuple[TrackingRow, Result]]:
    """Ask one carrier, and keep what it says; a failure of it is one result for each parcel."""
    carrier = desk.carriers.get(key)
    results: Sequence[Result]
    refs = [await _ref(desk, row) for row in rows]
    if not isinstance(carrier, SupportsTracking):
        driver, _, account = key.partition(":")
        why = f"{key} cannot be asked where parcels are"
        error = OperationError(why, provider=driver, account=account or "default", operation="track")
        results = [TrackingFailure(tracking_number=row.tracking_number, error=error) for row in rows]
    else:
        try:
            results = await carrier.track(refs)
        except OperationError as exc:
            results = [TrackingFailure(tracking_number=row.tracking_number, error=exc) for row in rows]
    kept: list[tuple[TrackingRow, Result]] = []
    for row, ref, result in zip(rows, refs, results, strict=True):
        if isinstance(result, TrackingFailure):
            log.info("%s: a parcel of %s could not be followed: %s", key, row.ref, type(result.error).__name__)
            due_at = _after_failure(row, result, desk.now(), shipped_on=ref.shipped_on)
            await desk.ledger.follow_parcels([attrs.evolve(row, due_at=due_at)])
            kept.append((row, result))
        else:
            kept.append((row, await keep(desk, row, result, shipped_on=ref.shipped_on)))
    return kept


async def keep(desk: Desk, row: TrackingRow, news: Tracking, *, shipped_on: date | None = None) -> Tracking:
    """Join news with what is known of a parcel, write it down, then tell the channel what it does not know.

    That the channel cannot be told loses nothing: it is told with the next news.
    """
    merged = news if row.tracking is None else row.tracking.merge(news)
    row = attrs.evolve(row, tracking=merged, due_at=next_look(merged, desk.now(), shipped_on=shipped_on))
    await desk.ledger.follow_parcels([row])
    told = await _tell_channel(desk, row, merged)
    if told != row.told:
        await desk.ledger.follow_parcels([attrs.evolve(row, told=told)])
    return merged


async def _tell_channel(desk: Desk, row: TrackingRow, tracking: Tracking) -> frozenset[str]:
    """Tell the channel of the events it has not been told of; returns the keys of all it has been told of."""
    channel = desk.channels.get(row.ref.channel)
    new: list[TrackingEvent] = [e for e in tracking.events if e.status is not None and e.key not in row.told]
    if not new or not isinstance(channel, SupportsTrackingUpdates):
        return row.told
    shipment = await desk.ledger.get_shipment(row.ref, row.key)
    fulfillment = _told_fulfillment(shipment)
    told = set(row.told)
    if fulfillment is None:
        return row.told
    for event in new:
        try:
            await channel.post_tracking_event(fulfillment, event)
        except LedgerError:
            raise
        except CartCarrierError as exc:
            log.warning("%s was not told of a scan of %s: %s", channel.key, row.ref, type(exc).__name__)
            break
        told.add(event.key)
    return frozenset(told)


def _told_fulfillment(shipment: ShipmentRow | None) -> Fulfillment | None:
    step = last_step(shipment, StepKind.CONFIRM) if shipment is not None else None
    result = step.result if step is not None else None
    return result if isinstance(result, Fulfillment) and result.id is not None else None


async def _ref(desk: Desk, row: TrackingRow) -> TrackingRef:
    shipment = await desk.ledger.get_shipment(row.ref, row.key)
    if shipment is None:
        return TrackingRef(number=row.tracking_number)
    return TrackingRef(
        number=row.tracking_number,
        shipped_on=shipment.created_at.date(),
        postal_code=shipment.request.ship_to.postal_code if shipment.request is not None else None,
    )


def _after_failure(
    row: TrackingRow, failure: TrackingFailure, now: datetime, *, shipped_on: date | None
) -> datetime | None:
    later = next_look(row.tracking, now, shipped_on=shipped_on)
    if row.due_at is None or later is None:
        return None
    if isinstance(failure.error, RateLimitError) and failure.error.retry_after is not None:
        return now + failure.error.retry_after
    return min(later, now + _AFTER_FAILURE) if row.tracking is not None else later


def _name(row: TrackingRow) -> tuple[str, str, str]:
    return (row.carrier, row.key, row.tracking_number)
