"""Where a package is. Codes are open, and events come in no promised order (field guide amazon.md §6.4)."""

from datetime import datetime
from typing import Final

from cartcarrier.models import (
    Location,
    TimeCertainty,
    Tracking,
    TrackingEvent,
    TrackingStatus,
    event_order,
    status_after,
)
from cartcarrier.providers.amazon_mcf import codes, schemas

_ARRIVED: Final = frozenset({TrackingStatus.DELIVERED, TrackingStatus.RETURNED})


def _times(text: str | None) -> tuple[datetime | None, datetime | None]:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None, None
    return (moment, None) if moment.tzinfo is not None else (None, moment)


def _to_event(event: schemas.PackageEvent) -> TrackingEvent | None:
    code = event.event_code
    if not code:
        return None
    zoned, local = _times(event.event_date)
    place = event.event_address
    country = (place.country or "") if place is not None else ""
    where = "/".join((place.city or "", place.state or "", country)) if place is not None else ""
    location = Location(
        city=(place.city or None) if place is not None else None,
        region=(place.state or None) if place is not None else None,
        country_code=country if len(country) == 2 and country.isascii() and country.isupper() else None,
    )
    return TrackingEvent(
        status=codes.EVENTS.get(code, TrackingStatus.UNKNOWN),
        reason=codes.EVENT_REASONS.get(code),
        description=event.event_description or None,
        carrier_code=code,
        occurred_at=zoned,
        local_time=local,
        time_certainty=TimeCertainty.ZONED if zoned is not None else TimeCertainty.LOCAL,
        location=location if location != Location() else None,
        key="|".join((event.event_date or "", code, where)),
    )


def to_tracking(details: schemas.PackageDetails, *, carrier: str, raw: object = None) -> Tracking:
    """Return where a package is.

    Args:
        details: Amazon's.
        carrier: The account's key.
        raw: What Amazon sent, where it is kept.
    """
    by_key: dict[str, TrackingEvent] = {}
    for one in details.tracking_events or ():
        event = _to_event(one)
        if event is not None:
            by_key.setdefault(event.key, event)
    events = sorted(by_key.values(), key=event_order)
    said = codes.PACKAGE_STATUSES.get(details.current_status or "", TrackingStatus.UNKNOWN)
    # Of several events of the same moment the order is not known: there the current status decides.
    newest = {event.status for event in events if event_order(event)[0] == event_order(events[-1])[0]}
    status = said if len(newest) > 1 and said in newest else status_after(events)
    if status is None or status is TrackingStatus.UNKNOWN:
        status = said
    arrived = status in _ARRIVED
    arrival = next((event for event in reversed(events) if event.status in _ARRIVED), None)
    return Tracking(
        carrier=carrier,
        tracking_number=details.tracking_number or str(details.package_number),
        status=status,
        events=events,
        estimated_delivery=None if arrived else _times(details.estimated_arrival_date)[0],
        delivered_at=arrival.occurred_at if arrived and arrival is not None else None,
        signed_by=(details.signed_for_by or "").strip() or None,
        raw=raw,
    )
