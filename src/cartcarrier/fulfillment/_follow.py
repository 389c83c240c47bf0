"""Where the parcels are: asking each carrier at its pace, joining what is known, telling the channels."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final

import attrs

from cartcarrier.carriers import SupportsProofOfDelivery, SupportsTracking
from cartcarrier.channels import SupportsTrackingUpdates
from cartcarrier.errors import (
    CartCarrierError,
    ConflictError,
    InvalidValueError,
    LedgerError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
    UnsupportedOperationError,
)
from cartcarrier.fulfillment._delays import say_if_late
from cartcarrier.fulfillment._desk import Desk, last_step, log
from cartcarrier.fulfillment._parcels import is_over, last_news, next_look, was_seen
from cartcarrier.fulfillment._tasks import task_group
from cartcarrier.ledger import ShipmentRow, StepKind, TrackingRow
from cartcarrier.models import (
    Document,
    Fulfillment,
    OrderRef,
    Tracking,
    TrackingEvent,
    TrackingFailure,
    TrackingRef,
    TrackingStatus,
)

_AFTER_FAILURE: Final = timedelta(minutes=30)
_LONGEST_SLEEP: Final = timedelta(minutes=10)
_AT_ONCE: Final = 30  # parcels in one question; every built-in carrier takes as many, its driver splits further
# What says nothing of the parcel and passes by itself: worth asking again soon.
_NOT_PASSING: Final = (NotFoundError, PermissionDeniedError, RejectedError)
# What a channel will say again however often it is told.
_FINAL: Final = (
    NotFoundError,
    ConflictError,
    RejectedError,
    PermissionDeniedError,
    UnsupportedOperationError,
    InvalidValueError,
)

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
        for row, result in await _ask_carrier(desk, carrier, parcels):
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
    found: dict[tuple[OrderRef, str, str, str], Result] = {}
    for carrier in dict.fromkeys(row.carrier for row in rows):
        for row, result in await _ask_carrier(desk, carrier, [row for row in rows if row.carrier == carrier]):
            found[_name(row)] = result
    return [found[_name(row)] for row in sorted(rows, key=lambda row: (row.key, row.tracking_number))]


async def proof_of_delivery(desk: Desk, ref: OrderRef) -> Mapping[str, Document | TrackingFailure]:
    """Return the papers that show who took an order's parcels; see ``Fulfiller.proof_of_delivery``."""
    found: dict[str, Document | TrackingFailure] = {}
    for row in sorted(await desk.ledger.list_parcels(ref=ref), key=lambda row: (row.key, row.tracking_number)):
        carrier = desk.carriers.get(row.carrier)
        number = row.tracking_number
        if not isinstance(carrier, SupportsProofOfDelivery):
            found[number] = _cannot(row, "proof_of_delivery", "gives out no proof of delivery")
            continue
        try:
            found[number] = await carrier.get_proof_of_delivery(await _ref(desk, row))
        except OperationError as exc:
            found[number] = TrackingFailure(tracking_number=number, error=exc)
    return found


def _cannot(row: TrackingRow, operation: str, why: str) -> TrackingFailure:
    driver, _, account = row.carrier.partition(":")
    error = OperationError(f"{row.carrier} {why}", provider=driver, account=account or "default", operation=operation)
    return TrackingFailure(tracking_number=row.tracking_number, error=error)


async def _ask_carrier(desk: Desk, key: str, rows: Sequence[TrackingRow]) -> list[tuple[TrackingRow, Result]]:
    """Ask one carrier, and keep what it says; a failure of it is one result for each parcel.

    A carrier that fails as a whole is asked no more in this round: the other parcels would meet the same limit or the same
    dead line.
    """
    carrier = desk.carriers.get(key)
    kept: list[tuple[TrackingRow, Result]] = []
    failure: OperationError | None = None
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        refs = [await _ref(desk, row) for row in some]
        results: Sequence[Result]
        if not isinstance(carrier, SupportsTracking):
            results = [_cannot(row, "track", "cannot be asked where parcels are") for row in some]
        else:
            try:
                results = () if failure is not None else await carrier.track(refs)
            except OperationError as exc:
                failure = exc
            if failure is not None:
                results = [TrackingFailure(tracking_number=row.tracking_number, error=failure) for row in some]
        for row, ref, result in zip(some, refs, results, strict=True):
            if isinstance(result, TrackingFailure):
                log.info("%s: a parcel of %s could not be followed: %s", key, row.ref, type(result.error).__name__)
                await _keep_failure(desk, row, result, shipped_on=ref.shipped_on)
                kept.append((row, result))
            else:
                kept.append((row, await keep(desk, row, result, shipped_on=ref.shipped_on, asked=True)))
    return kept


async def keep(
    desk: Desk, row: TrackingRow, news: Tracking, *, shipped_on: date | None = None, asked: bool = False
) -> Tracking:
    """Join news with what is known of a parcel, write it down, then tell the channel what it does not know.

    That the channel cannot be told loses nothing: it is told with the next news.

    Args:
        desk: The context.
        row: The parcel.
        news: From an answer or a push.
        shipped_on: When its label was bought.
        asked: It is the carrier's answer of just now, so its estimate is the present one; a push may be of any age.
    """
    # One at a time for each parcel: a push that comes while the carrier is asked must not be overwritten by the answer.
    async with desk.turn(row.ref, f"parcel/{row.tracking_number}"):
        row = await _as_it_is(desk, row)
        merged = _joined(row.tracking, news, asked=asked)
        due_at = next_look(merged, desk.now(), shipped_on=shipped_on)
        if due_at is None and row.due_at is not None:
            _say_if_never_seen(row, merged)
        row = await say_if_late(desk, attrs.evolve(row, tracking=merged, due_at=due_at))
        await desk.ledger.follow_parcels([row])
        told = await _tell_channel(desk, row, merged)
        if told != row.told:
            await desk.ledger.follow_parcels([attrs.evolve(row, told=told)])
    return merged


async def _keep_failure(desk: Desk, row: TrackingRow, failure: TrackingFailure, *, shipped_on: date | None) -> None:
    async with desk.turn(row.ref, f"parcel/{row.tracking_number}"):
        row = await _as_it_is(desk, row)
        due_at = _after_failure(row, failure, desk.now(), shipped_on=shipped_on)
        if due_at is None and row.due_at is not None:
            _say_if_never_seen(row, row.tracking)
        row = attrs.evolve(row, due_at=due_at)
        await desk.ledger.follow_parcels([row if due_at is None else await say_if_late(desk, row)])


def _say_if_never_seen(row: TrackingRow, tracking: Tracking | None) -> None:
    if not is_over(tracking) and not was_seen(tracking):
        log.warning("NeverScanned: %s of %s/%s is followed no more", row.tracking_number, row.ref, row.key)


async def _as_it_is(desk: Desk, row: TrackingRow) -> TrackingRow:
    """Return the row as it stands now: a push may have come since it was read."""
    known = await desk.ledger.list_parcels(ref=row.ref)
    return next((other for other in known if _name(other) == _name(row)), row)


def _joined(known: Tracking | None, news: Tracking, *, asked: bool) -> Tracking:
    if known is None:
        return news
    merged = known.merge(news)
    # Of two answers with the same scans the later one has the present estimate. A push is believed when it has newer scans.
    told_later = asked or (last_news(news) or datetime.min.replace(tzinfo=UTC)) > (
        last_news(known) or datetime.min.replace(tzinfo=UTC)
    )
    first, second = (news, known) if told_later else (known, news)
    return attrs.evolve(merged, estimated_delivery=first.estimated_delivery or second.estimated_delivery)


async def _tell_channel(desk: Desk, row: TrackingRow, tracking: Tracking) -> frozenset[str]:
    """Tell the channel of the events it has not been told of; returns the keys of all it has been told of.

    What it refuses for good it is not told again; what fails in passing waits for the next news, and so does all after it.
    """
    channel = desk.channels.get(row.ref.channel)
    new: list[TrackingEvent] = [
        event for event in tracking.events if _is_for_buyers(event) and event.key not in row.told
    ]
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
        except _FINAL as exc:
            log.warning("%s takes no scan %s of %s: %s", channel.key, event.status, row.ref, type(exc).__name__)
        except CartCarrierError as exc:
            log.warning("%s was not told of a scan of %s: %s", channel.key, row.ref, type(exc).__name__)
            break
        told.add(event.key)
    return frozenset(told)


def _is_for_buyers(event: TrackingEvent) -> bool:
    return event.status is not None and event.status is not TrackingStatus.UNKNOWN


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
    if row.tracking is None or isinstance(failure.error, _NOT_PASSING):
        return later
    return min(later, now + _AFTER_FAILURE)


def _name(row: TrackingRow) -> tuple[OrderRef, str, str, str]:
    return (row.ref, row.key, row.carrier, row.tracking_number)
