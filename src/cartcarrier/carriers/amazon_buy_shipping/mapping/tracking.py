"""Where parcels are. Codes are open and required fields may be null (field guide amazon.md §6.2)."""

import re
from datetime import datetime
from typing import Final

import attrs

from cartcarrier.carriers.amazon_buy_shipping import codes, schemas
from cartcarrier.models import (
    Location,
    TimeCertainty,
    Tracking,
    TrackingEvent,
    TrackingReason,
    TrackingStatus,
    event_order,
    status_after,
)

_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_ARRIVED: Final = frozenset({TrackingStatus.DELIVERED, TrackingStatus.RETURNED})
_EXPLAINED: Final = frozenset(
    {TrackingStatus.EXCEPTION, TrackingStatus.DELIVERY_ATTEMPTED, TrackingStatus.RETURN_TO_SENDER}
)


def to_event(event: schemas.Event) -> TrackingEvent | None:
    """Return an event; ``None`` when it says nothing."""
    code = event.event_code
    if not code:
        return None
    zoned, local = _times(event.event_time)
    place = _place(event.location)
    where = "/".join(part or "" for part in (place.city, place.region, place.country_code)) if place is not None else ""
    return TrackingEvent(
        status=codes.event_status(code, event.shipment_type),
        reason=codes.EVENT_REASONS.get(code) if event.shipment_type != codes.RETURNS else None,
        carrier_code=code,
        occurred_at=zoned,
        local_time=local,
        time_certainty=TimeCertainty.ZONED if zoned is not None else TimeCertainty.LOCAL,
        location=place,
        # Amazon gives an event no name: time, code, leg and place tell it from others (field guide amazon.md §6.1).
        key="|".join((event.event_time or "", code, event.shipment_type or "", where)),
    )


def _times(text: str | None) -> tuple[datetime | None, datetime | None]:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None, None
    return (moment, None) if moment.tzinfo is not None else (None, moment)


def _place(place: schemas.Place | None) -> Location | None:
    if place is None:
        return None
    country = place.country_code if _COUNTRY.fullmatch(place.country_code or "") else None
    made = Location(
        city=place.city or None,
        region=place.state_or_region or None,
        postal_code=place.postal_code or None,
        country_code=country,
    )
    return made if made != Location() else None


def to_tracking(answer: schemas.Followed, *, number: str, carrier: str, raw: object = None) -> Tracking:
    """Return where a parcel is.

    Args:
        answer: Amazon's.
        number: The number that was asked about.
        carrier: The account's key.
        raw: What Amazon sent, where it is kept.
    """
    by_key: dict[str, TrackingEvent] = {}
    for one in answer.event_history or ():
        event = to_event(one)
        if event is not None:
            by_key.setdefault(event.key, event)
    events = sorted(by_key.values(), key=event_order)
    summary = answer.summary
    said = codes.SUMMARIES.get((summary.status if summary is not None else None) or "", TrackingStatus.UNKNOWN)
    # Of several events of the same moment the order is not known: there the summary decides.
    newest = {event.status for event in events if event_order(event)[0] == event_order(events[-1])[0]}
    status = said if len(newest) > 1 and said in newest else status_after(events)
    if status is None or status is TrackingStatus.UNKNOWN:
        status = said
        if any(one.shipment_type == codes.RETURNS for one in answer.event_history or ()):
            status = TrackingStatus.RETURN_TO_SENDER
    events = _explained(events, summary)
    arrival = next((event for event in reversed(events) if event.status in _ARRIVED), None)
    arrived = status in _ARRIVED
    return Tracking(
        carrier=carrier,
        tracking_number=number,
        status=status,
        events=events,
        estimated_delivery=None if arrived else _times(answer.promised_delivery_date)[0],
        delivered_at=arrival.occurred_at if arrived and arrival is not None else None,
        raw=raw,
    )


def _explained(events: list[TrackingEvent], summary: schemas.Summary | None) -> list[TrackingEvent]:
    """Give the newest trouble the reason that Amazon states for the whole way there."""
    details = summary.tracking_detail_codes if summary is not None else None
    reasons = [
        codes.DETAIL_REASONS[code]
        for code in (details.forward if details else None) or ()
        if code in codes.DETAIL_REASONS
    ]
    if not reasons:
        return events
    made = list(events)
    for place in reversed(range(len(made))):
        event = made[place]
        if event.status in _EXPLAINED:
            if event.reason is None or event.reason is TrackingReason.OTHER:
                made[place] = attrs.evolve(event, reason=reasons[0])
            break
    return made
