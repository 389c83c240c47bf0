"""Where parcels are: USPS's answers to our events. Times are taken as they are given; a zone is never invented."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final

from cartcarrier.carriers.usps.codes import (
    STATES,
    category_status,
    event_reason,
    event_status,
    mail_class,
    service_name,
)
from cartcarrier.carriers.usps.mapping.pieces import to_day
from cartcarrier.carriers.usps.mapping.text import clean
from cartcarrier.carriers.usps.schemas import TrackDetail, TrackEvent, TrackItem
from cartcarrier.models import (
    Location,
    Service,
    TimeCertainty,
    Tracking,
    TrackingEvent,
    TrackingRef,
    TrackingStatus,
    event_order,
    status_after,
)

_ROUTED: Final = re.compile(r"420\d{5}(?:\d{4})?(?=(?:9[1-5]\d{20}|9[1-5]\d{24}|\d{20})$)")
_NUMBER: Final = re.compile(r"[0-9A-Z]{10,34}")
_CLOCK: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?)?")
_OFFSET: Final = re.compile(r"([+-]?)(\d{1,2}):(\d{2})")
_MINUTES: Final = re.compile(r"[+-]?\d{1,4}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_ZIP: Final = re.compile(r"\d{5}")
_ARRIVED: Final = frozenset({TrackingStatus.DELIVERED, TrackingStatus.RETURNED})
_DAY: Final = timedelta(days=1)


def bare_number(number: str) -> str:
    """Return a number without spaces and without the routing that a scan of the barcode has in front (field guide usps.md §10)."""
    return _ROUTED.sub("", re.sub(r"[\s-]", "", number).upper())


def is_number(number: str) -> bool:
    """Whether that can be a tracking number. The check digit is not looked at: partners inject odd numbers."""
    return _NUMBER.fullmatch(number) is not None


def to_item(ref: TrackingRef | str) -> TrackItem:
    """Return the question about one parcel."""
    if isinstance(ref, str):
        return TrackItem(tracking_number=bare_number(ref))
    match = _ZIP.match((ref.postal_code or "").strip())
    return TrackItem(
        tracking_number=bare_number(ref.number),
        mailing_date=ref.shipped_on.isoformat() if ref.shipped_on is not None else None,
        destination_zip_code=match[0] if match is not None else None,
    )


def to_offset(text: str | None) -> timezone | None:
    """Read ``-05:00``, ``-7:00`` or ``-420`` minutes: all three occur (field guide usps.md §7.3)."""
    trimmed = (text or "").strip()
    match = _OFFSET.fullmatch(trimmed)
    if match is not None:
        shift = timedelta(hours=int(match[2]), minutes=int(match[3]))
        shift = -shift if match[1] == "-" else shift
    elif _MINUTES.fullmatch(trimmed):
        shift = timedelta(minutes=int(trimmed))
    else:
        return None
    return timezone(shift) if -_DAY < shift < _DAY else None


def to_local(text: str | None) -> tuple[datetime | None, bool]:
    """Read the place's own clock; whatever stands after it is not a zone (field guide usps.md §7.3).

    Returns:
        The wall clock, and whether the time of day is known.
    """
    match = _CLOCK.match((text or "").strip())
    if match is None:
        return None, False
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2] or '00:00'}"), match[2] is not None
    except ValueError:
        return None, False


def to_times(event: TrackEvent) -> tuple[datetime | None, datetime | None, TimeCertainty]:
    """Return when, by a clock with a zone and by the place's, and which to trust."""
    local, has_clock = to_local(event.event_timestamp)
    zone = to_offset(event.gmt_offset)
    instant, has_instant = to_local(event.gmt_timestamp)
    if instant is not None and has_instant:
        return instant.replace(tzinfo=UTC).astimezone(zone or UTC), local, TimeCertainty.ZONED
    if local is not None and has_clock and zone is not None:
        return local.replace(tzinfo=zone), local, TimeCertainty.ZONED
    return None, local, TimeCertainty.LOCAL if has_clock else TimeCertainty.DATE_ONLY


def event_key(code: str | None, text: str | None, moment: str | None) -> str:
    """Return the identity of an event, from what a pull and a push both say (field guide usps.md §7.5)."""
    when = re.sub(r"\D", "", moment or "")[:14].ljust(14, "0")
    what = code or re.sub(r"[^A-Z0-9]", "", (text or "").upper())[:40]
    return f"{what or 'EVENT'}.{when}"


def to_event(event: TrackEvent) -> TrackingEvent:
    """Return one event."""
    text = clean(event.event_type)
    status = event_status(event.event_code, text)
    occurred_at, local, certainty = to_times(event)
    region = clean(event.event_state)
    # at home no country is said, and the state says it
    country = (event.event_country or "").strip().upper() or ("US" if region in STATES else "")
    place = Location(
        city=clean(event.event_city),
        region=region,
        postal_code=clean(event.event_zip_code or event.event_zip),
        country_code=country if _COUNTRY.fullmatch(country) else None,
    )
    return TrackingEvent(
        status=status,
        reason=event_reason(event.event_code, text, status),
        description=text,
        carrier_code=event.event_code or None,
        occurred_at=occurred_at,
        local_time=local,
        time_certainty=certainty,
        location=place if place != Location() else None,
        key=event_key(event.event_code, text, event.event_timestamp or event.gmt_timestamp),
    )


def to_tracking(detail: TrackDetail, number: str, carrier: str, raw: object = None) -> Tracking:
    """Return where a parcel is.

    The category of the parcel is the best of USPS's words; then the events, by their codes and texts (field guide usps.md §7.4).

    Args:
        detail: USPS's.
        number: As it was asked for.
        carrier: The account's key.
        raw: What USPS sent, where it is kept.
    """
    listed = detail.tracking_events or []
    by_key: dict[str, TrackingEvent] = {}
    for event in reversed(listed):  # newest first, as USPS has them
        made = to_event(event)
        by_key.setdefault(made.key, made)
    events = sorted(by_key.values(), key=event_order)
    # USPS's own order is the better one where wall clocks of several places cannot be compared
    comparable = all(event.occurred_at is not None for event in events)
    by_events = status_after(events if comparable else by_key.values())
    newest = listed[0] if listed else TrackEvent()
    words = " ".join(text for text in (detail.status, detail.status_summary) if text)
    status = category_status(detail.status_category, newest.event_code, words or newest.event_type)
    if status is TrackingStatus.DELIVERED and by_events is TrackingStatus.RETURNED:
        status = TrackingStatus.RETURNED
    status = status or by_events or TrackingStatus.UNKNOWN
    arrival = (
        next((event for event in reversed(events) if event.status in _ARRIVED), None) if status in _ARRIVED else None
    )
    return Tracking(
        carrier=carrier,
        tracking_number=number,
        status=status,
        events=events,
        estimated_delivery=None if status in _ARRIVED else expected_day(detail),
        delivered_at=arrival.occurred_at if arrival is not None else None,
        signed_by=_signed_by(listed) if arrival is not None else None,
        service=_service(detail),
        raw=raw,
    )


def _signed_by(events: Sequence[TrackEvent]) -> str | None:
    return next((name for event in events if (name := clean(event.recipient_name or event.name))), None)


def _service(detail: TrackDetail) -> Service | None:
    name = clean(detail.mail_class)
    if name is None:
        return None
    words = re.sub(r"[®™]", "", name).strip()
    code = mail_class(words) or mail_class(f"USPS_{words}")
    return Service(code=code or words, name=service_name(code) if code is not None else words)


def expected_day(detail: TrackDetail) -> date | None:
    """Return when it should arrive: guaranteed, then predicted, then expected (field guide usps.md §7.3).

    The times beside these dates are clocks of a place that is not named: the day is what can be said.
    """
    there = detail.expectation
    told = (
        detail.guaranteed_delivery_time_stamp or (there.guaranteed_delivery_date if there is not None else None),
        detail.predicted_delivery_date or (there.predicted_delivery_date if there is not None else None),
        detail.expected_delivery_time_stamp or (there.expected_delivery_date if there is not None else None),
    )
    return next((day for text in told if (day := to_day(text)) is not None), None)
