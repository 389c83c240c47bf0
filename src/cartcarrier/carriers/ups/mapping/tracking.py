"""Where parcels are: UPS's answers to our events. Times are taken as they are given; a zone is never invented."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Final

from cartcarrier.carriers.ups.codes import event_reason, event_status
from cartcarrier.carriers.ups.mapping.labels import decode
from cartcarrier.carriers.ups.schemas import TrackPackage, TrackResponseEnvelope, many
from cartcarrier.carriers.ups.schemas.tracking import Activity, Place, Status, TrackWarning
from cartcarrier.models import (
    Document,
    Location,
    Service,
    TimeCertainty,
    Tracking,
    TrackingEvent,
    TrackingStatus,
    event_order,
    status_after,
)

_OFFSET: Final = re.compile(r"([+-])(\d{1,2})[:.]?(\d{2})")
_MAGIC: Final = ((b"%PDF", "pdf"), (b"GIF8", "gif"), (b"\x89PNG", "png"), (b"\xff\xd8", "jpg"), (b"<", "html"))
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


def to_day(text: str | None) -> date | None:
    """Read ``20210210`` or ``2021-02-10``."""
    digits = (text or "").replace("-", "").strip()
    if len(digits) != 8 or not digits.isdecimal():
        return None
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def to_clock(text: str | None) -> time | None:
    """Read ``15:58:00``, ``071356`` or ``74700``, which has lost its leading zero (field guide ups.md §7.3)."""
    digits = (text or "").replace(":", "").strip()
    if not digits or not digits.isdecimal() or len(digits) > 6:
        return None
    digits = digits.zfill(6)
    try:
        return time(int(digits[:2]), int(digits[2:4]), int(digits[4:]))
    except ValueError:
        return None


def to_offset(text: str | None) -> timezone | None:
    """Read ``-05:00``, or ``-04.00`` as pushes have it."""
    match = _OFFSET.fullmatch((text or "").strip())
    if match is None:
        return None
    shift = timedelta(hours=int(match[2]), minutes=int(match[3]))
    if shift >= timedelta(hours=24):
        return None
    return timezone(-shift if match[1] == "-" else shift)


def to_times(
    *,
    local_date: str | None,
    local_time: str | None,
    gmt_date: str | None = None,
    gmt_time: str | None = None,
    gmt_offset: str | None = None,
) -> tuple[datetime | None, datetime | None, TimeCertainty]:
    """Return when, by the clock of UTC and of the place, and which to trust.

    The order is the field guide's (ups.md §7.3): the time in UTC, else the place's with its offset, else the place's alone.
    """
    day, clock = to_day(local_date), to_clock(local_time)
    local = datetime.combine(day, clock or time()) if day is not None else None
    utc_day, utc_clock = to_day(gmt_date), to_clock(gmt_time)
    if utc_day is not None and utc_clock is not None:
        return datetime.combine(utc_day, utc_clock, UTC), local, TimeCertainty.ZONED
    zone = to_offset(gmt_offset)
    if day is not None and clock is not None and zone is not None:
        return datetime.combine(day, clock, zone), local, TimeCertainty.ZONED
    return None, local, TimeCertainty.LOCAL if clock is not None else TimeCertainty.DATE_ONLY


def event_key(kind: str | None, code: str | None, status_code: str | None, *moments: str | None) -> str:
    """Return the identity of an event, from what a pull and a push both say: type, code, and the place's own date and time."""
    what = code or status_code or ""
    when = "T".join(re.sub(r"[^0-9]", "", moment or "") for moment in moments)
    return f"{kind or ''}.{what}.{when}".upper()


def to_location(
    city: str | None, region: str | None, postal_code: str | None, *countries: str | None
) -> Location | None:
    """Return a place; ``None`` when nothing is said of it. A country that is spelled out is not taken for a code."""
    country = next((code for code in countries if code and _COUNTRY.fullmatch(code)), None)
    made = Location(city=city or None, region=region or None, postal_code=postal_code or None, country_code=country)
    return None if made == Location() else made


def _location(place: Place | None) -> Location | None:
    at = place.address if place is not None else None
    if at is None:
        return None
    return to_location(at.city, at.state_province, at.postal_code, at.country_code, at.country)


def to_event(activity: Activity) -> TrackingEvent:
    """Return one event."""
    status = activity.status or Status()
    meaning = event_status(status.type, status.code, status.status_code)
    occurred_at, local, certainty = to_times(
        local_date=activity.date,
        local_time=activity.time,
        gmt_date=activity.gmt_date,
        gmt_time=activity.gmt_time,
        gmt_offset=activity.gmt_offset,
    )
    moments = (activity.date, activity.time) if activity.date else (activity.gmt_date, activity.gmt_time)
    return TrackingEvent(
        status=meaning,
        reason=event_reason(status.type, status.code, status.status_code, meaning),
        description=(status.description or status.simplified_text_description or "").strip() or None,
        carrier_code=status.code or status.status_code,
        occurred_at=occurred_at,
        local_time=local,
        time_certainty=certainty,
        location=_location(activity.location),
        key=event_key(status.type, status.code, status.status_code, *moments),
    )


def find_package(answer: TrackResponseEnvelope, number: str) -> TrackPackage | None:
    """Return the package that was asked for; ``None`` when the answer is about others, or empty."""
    packages = [package for shipment in many(answer.track_response.shipment) for package in many(shipment.package)]
    wanted = number.upper()
    for package in packages:
        if (package.tracking_number or "").upper() == wanted:
            return package
    for package in packages:
        if any((one.number or "").upper() == wanted for one in many(package.alternate_tracking_number)):
            return package
    # A number that UPS rewrites (Mail Innovations, freight) comes back alone.
    return packages[0] if len(packages) == 1 else None


def find_warnings(answer: TrackResponseEnvelope) -> list[TrackWarning]:
    """Return why there is nothing."""
    return [warning for shipment in many(answer.track_response.shipment) for warning in many(shipment.warnings)]


def to_tracking(package: TrackPackage, number: str, carrier: str, raw: object = None) -> Tracking:
    """Return where a parcel is.

    Args:
        package: UPS's.
        number: As it was asked for.
        carrier: The account's key.
        raw: What UPS sent, where it is kept.
    """
    by_key: dict[str, TrackingEvent] = {}
    for activity in reversed(many(package.activity)):  # newest first, as UPS has them
        event = to_event(activity)
        by_key.setdefault(event.key, event)
    events = sorted(by_key.values(), key=event_order)
    # UPS's own order is the better one where the wall clocks of several places cannot be compared.
    comparable = all(event.occurred_at is not None for event in events)
    status = status_after(events if comparable else by_key.values())
    current = package.current_status
    if (status is None or status is TrackingStatus.UNKNOWN) and current is not None:
        status = event_status(current.type, current.code, current.status_code) or status
    status = status or TrackingStatus.UNKNOWN
    arrived = status in {TrackingStatus.DELIVERED, TrackingStatus.RETURNED}
    handed_over = next(
        (event for event in reversed(events) if event.status in {TrackingStatus.DELIVERED, TrackingStatus.RETURNED}),
        None,
    )
    service = package.service
    info = package.delivery_information
    return Tracking(
        carrier=carrier,
        tracking_number=number,
        status=status,
        events=events,
        estimated_delivery=None if arrived else _expected(package),
        delivered_at=handed_over.occurred_at if arrived and handed_over is not None else None,
        signed_by=(info.received_by or "").strip() or None if info is not None else None,
        service=Service(code=service.code, name=service.description or service.code)
        if service is not None and service.code
        else None,
        raw=raw,
    )


def to_proof(package: TrackPackage) -> Document | None:
    """Return the letter that proves the delivery, or else the signature; ``None`` when UPS gives neither (field guide ups.md §7.5)."""
    info = package.delivery_information
    if info is None:
        return None
    letter = decode(info.pod.content) if info.pod is not None else None
    if letter is not None:
        return Document(kind="proof_of_delivery", format=_form(letter, "html"), data=letter)
    picture = decode(info.signature.image) if info.signature is not None else None
    return Document(kind="signature", format=_form(picture, "gif"), data=picture) if picture is not None else None


def _form(data: bytes, otherwise: str) -> str:
    return next((form for magic, form in _MAGIC if data.lstrip().startswith(magic)), otherwise)


def _expected(package: TrackPackage) -> date | None:
    days = {one.type: to_day(one.date) for one in many(package.delivery_date)}
    wanted: Sequence[str] = ("RDD", "SDD")  # rescheduled before scheduled
    return next((day for kind in wanted if (day := days.get(kind)) is not None), None)
