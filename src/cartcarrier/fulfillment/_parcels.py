"""Which parcels are followed, and how often."""

from datetime import date, datetime, timedelta
from typing import Final

from cartcarrier.fulfillment._desk import Desk, bought_parts
from cartcarrier.ledger import ShipmentRow, TrackingRow
from cartcarrier.models import Tracking, TrackingStatus, event_order

_PACE: Final = {
    TrackingStatus.OUT_FOR_DELIVERY: timedelta(minutes=30),
    TrackingStatus.PRE_TRANSIT: timedelta(hours=2),
    TrackingStatus.EXCEPTION: timedelta(hours=2),
    TrackingStatus.DELIVERY_ATTEMPTED: timedelta(hours=2),
    TrackingStatus.UNKNOWN: timedelta(hours=2),
    TrackingStatus.IN_TRANSIT: timedelta(hours=4),
    TrackingStatus.AVAILABLE_FOR_PICKUP: timedelta(hours=4),
    TrackingStatus.RETURN_TO_SENDER: timedelta(hours=4),
}
FIRST_LOOK: Final = _PACE[TrackingStatus.PRE_TRANSIT]
GIVE_UP: Final = timedelta(days=120)
"""A parcel without news for that long is followed no more: carriers forget numbers after it, and use them again."""


def next_look(tracking: Tracking | None, now: datetime, *, shipped_on: date | None = None) -> datetime | None:
    """Return when a parcel is asked about again.

    Args:
        tracking: What is known.
        now: The present.
        shipped_on: When its label was bought, where that is known.

    Returns:
        ``None`` when it has arrived, came back or was cancelled, or when there has been no news for ``GIVE_UP``.
    """
    pace = FIRST_LOOK if tracking is None else _PACE.get(tracking.status)
    if pace is None:
        return None
    events = tracking.events if tracking is not None else ()
    news = [event_order(event)[0].date() for event in events if event.occurred_at or event.local_time]
    latest = max([*news, *([shipped_on] if shipped_on is not None else [])], default=None)
    if latest is not None and now.date() - latest > GIVE_UP:
        return None
    return now + pace


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
