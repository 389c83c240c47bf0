"""Which parcels are followed, and how often."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from cartcarrier.fulfillment._desk import Desk, bought_parts
from cartcarrier.ledger import ShipmentRow, TrackingRow
from cartcarrier.models import Tracking, TrackingStatus, event_order

_PACE: Final = {
    TrackingStatus.OUT_FOR_DELIVERY: timedelta(minutes=30),
    TrackingStatus.EXCEPTION: timedelta(hours=2),
    TrackingStatus.DELIVERY_ATTEMPTED: timedelta(hours=2),
    TrackingStatus.UNKNOWN: timedelta(hours=4),
    TrackingStatus.PRE_TRANSIT: timedelta(hours=4),
    TrackingStatus.IN_TRANSIT: timedelta(hours=4),
    TrackingStatus.AVAILABLE_FOR_PICKUP: timedelta(hours=4),
    TrackingStatus.RETURN_TO_SENDER: timedelta(hours=4),
}
_ENDED: Final = frozenset(TrackingStatus) - _PACE.keys()
_NOT_MOVED: Final = frozenset({None, TrackingStatus.PRE_TRANSIT})
_SILENCE: Final = ((timedelta(days=10), timedelta(days=1)), (timedelta(days=3), timedelta(hours=8)))
_NEAR: Final = timedelta(hours=1)
_BEFORE_ARRIVAL: Final = timedelta(hours=12)
_AFTER_ARRIVAL: Final = timedelta(days=1)

FIRST_LOOK: Final = timedelta(hours=6)
"""In the first hours after a label was bought nobody has seen its parcel."""
GIVE_UP: Final = timedelta(days=120)
"""A parcel without news for that long is followed no more: carriers forget numbers after it, and use them again."""
NEVER_SEEN: Final = timedelta(days=30)
"""So long after its label was bought a parcel that no carrier has seen is followed no more: its label is void by then."""


def is_over(tracking: Tracking | None) -> bool:
    """Return whether a parcel has arrived, came back or was cancelled."""
    return tracking is not None and tracking.status in _ENDED


def was_seen(tracking: Tracking | None) -> bool:
    """Return whether a carrier has had the parcel in its hands: that a label was announced does not count."""
    if tracking is None:
        return False
    known = {*(event.status for event in tracking.events), tracking.status} - {TrackingStatus.UNKNOWN}
    strange = any(event.status is TrackingStatus.UNKNOWN for event in tracking.events)
    return strange or not known <= _NOT_MOVED


def last_news(tracking: Tracking | None) -> datetime | None:
    """Return when something was last heard of a parcel, by the carrier's clock."""
    events = tracking.events if tracking is not None else ()
    return max((event_order(event)[0] for event in events if event.occurred_at or event.local_time), default=None)


def next_look(tracking: Tracking | None, now: datetime, *, shipped_on: date | None = None) -> datetime | None:
    """Return when a parcel is asked about again: soon when it is about to arrive, seldom when it has been silent for long.

    Args:
        tracking: What is known.
        now: The present.
        shipped_on: When its label was bought, or is to be handed over, where that is known.

    Returns:
        ``None`` when it has arrived, came back or was cancelled, when there has been no news for ``GIVE_UP``, or when no
        carrier has seen it for ``NEVER_SEEN``.
    """
    if is_over(tracking):
        return None
    begun = datetime.combine(shipped_on, time.min, tzinfo=UTC) if shipped_on is not None else None
    latest = max(filter(None, (last_news(tracking), begun)), default=None)
    if latest is not None and now - latest > GIVE_UP + timedelta(days=1):
        return None
    if begun is not None and now - begun > NEVER_SEEN + timedelta(days=1) and not was_seen(tracking):
        return None
    return now + _pace(tracking, now, silence=now - latest if latest is not None else timedelta(0))


def _pace(tracking: Tracking | None, now: datetime, *, silence: timedelta) -> timedelta:
    pace = _PACE[tracking.status if tracking is not None else TrackingStatus.PRE_TRANSIT]
    if tracking is not None and _is_near(tracking.estimated_delivery, now):
        pace = min(pace, _NEAR)
    seldom = next((rest for length, rest in _SILENCE if silence > length), timedelta(0))
    return max(pace, seldom)


def _is_near(estimate: datetime | date | None, now: datetime) -> bool:
    """Return whether it is about to arrive; of a bare day it is not known in which zone it is meant."""
    if isinstance(estimate, datetime):
        moment = estimate if estimate.tzinfo is not None else estimate.replace(tzinfo=UTC)
        return now - _AFTER_ARRIVAL <= moment <= now + _BEFORE_ARRIVAL
    return estimate is not None and (now - _AFTER_ARRIVAL).date() <= estimate <= (now + _BEFORE_ARRIVAL).date()


async def follow_from_now(desk: Desk, row: ShipmentRow) -> None:
    """Begin to follow the parcels of a shipment; those that are followed already stay as they are."""
    known = {(parcel.key, parcel.tracking_number) for parcel in await desk.ledger.list_parcels(ref=row.ref)}
    numbers = dict.fromkeys(parcel.tracking_number for part in bought_parts(row) for parcel in part.parcels)
    new = [
        TrackingRow(
            ref=row.ref, key=row.key, carrier=row.carrier, tracking_number=number, due_at=desk.now() + FIRST_LOOK
        )
        for number in numbers
        if (row.key, number) not in known
    ]
    if new:
        await desk.ledger.follow_parcels(new)
