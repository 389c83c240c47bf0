"""Which parcels are followed, and how often."""

from datetime import datetime, timedelta
from typing import Final

from cartcarrier.fulfillment._desk import Desk, bought_parts
from cartcarrier.ledger import ShipmentRow, TrackingRow
from cartcarrier.models import Tracking, TrackingStatus

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


def next_look(tracking: Tracking | None, now: datetime) -> datetime | None:
    """Return when a parcel is asked about again; ``None`` when it has arrived, came back or was cancelled."""
    if tracking is None:
        return now + FIRST_LOOK
    pace = _PACE.get(tracking.status)
    return None if pace is None else now + pace


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
