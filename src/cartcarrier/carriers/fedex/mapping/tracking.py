"""Where parcels are: references to FedEx's question, results to events.

Times: one with an offset is exact, one without is the place's wall clock and never turned into UTC. Midnight in an estimate means
the day, whatever the offset beside it (field guide fedex.md §7.4).
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import attrs

from cartcarrier.carriers.fedex.codes import event_reason, event_status, from_fedex_region, plain_number, service_name
from cartcarrier.carriers.fedex.mapping.labels import decode, form_of
from cartcarrier.carriers.fedex.mapping.text import said
from cartcarrier.carriers.fedex.schemas import ProofAnswer, ProofRequest, TrackAnswer, TrackRequest, TrackResult
from cartcarrier.carriers.fedex.schemas._base import PostalAddress
from cartcarrier.carriers.fedex.schemas.tracking import (
    Delay,
    NumberInfo,
    ProofDetail,
    ProofSpecification,
    ScanEvent,
    StatusDetail,
    TimeWindow,
    TrackingInfo,
)
from cartcarrier.models import (
    Document,
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

MOST_AT_ONCE: Final = 30
_AROUND: Final = timedelta(days=1)
_NOT_YET: Final = datetime.min.replace(tzinfo=UTC)
_NUMBER: Final = re.compile(r"[0-9A-Z]{8,40}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


@attrs.frozen(kw_only=True)
class Wanted:
    """One parcel to be followed.

    Attributes:
        asked: The number as it was asked for.
        number: As FedEx knows it.
        shipped_on: The day that tells apart numbers that were used again.
        token: FedEx's unique id, from an earlier answer.
    """

    asked: str
    number: str
    shipped_on: date | None
    token: str | None

    @property
    def is_number(self) -> bool:
        """Whether it has the form of a number that FedEx may follow."""
        return _NUMBER.fullmatch(self.number) is not None


def to_wanted(ref: TrackingRef | str) -> Wanted:
    """Return what is to be followed."""
    if isinstance(ref, str):
        return Wanted(asked=ref, number=plain_number(ref), shipped_on=None, token=None)
    return Wanted(asked=ref.number, number=plain_number(ref.number), shipped_on=ref.shipped_on, token=ref.token)


def to_batches(wanted: Sequence[Wanted]) -> list[list[int]]:
    """Return the places of what can be asked for together: up to 30, each number once, so that answers can be told apart.

    The same parcel asked for twice is asked of FedEx once; the caller gives both places the answer.
    """
    batches: list[tuple[dict[str, tuple[date | None, str | None]], list[int]]] = []
    for place, one in enumerate(wanted):
        facts = (one.shipped_on, one.token)
        for numbers, places in batches:
            if numbers.get(one.number) == facts or (one.number not in numbers and len(numbers) < MOST_AT_ONCE):
                numbers[one.number] = facts
                places.append(place)
                break
        else:
            batches.append(({one.number: facts}, [place]))
    return [places for _, places in batches]


def to_track_question(wanted: Iterable[Wanted]) -> TrackRequest:
    """Return the question for some parcels, each once."""
    infos: dict[str, TrackingInfo] = {}
    for one in wanted:
        begin, end = _window(one.shipped_on)
        infos.setdefault(
            one.number,
            TrackingInfo(
                tracking_number_info=NumberInfo(tracking_number=one.number, tracking_number_unique_id=one.token),
                ship_date_begin=begin,
                ship_date_end=end,
            ),
        )
    return TrackRequest(include_detailed_scans=True, tracking_info=list(infos.values()))


def _window(day: date | None) -> tuple[str | None, str | None]:
    return (None, None) if day is None else ((day - _AROUND).isoformat(), (day + _AROUND).isoformat())


def results_by_number(answer: TrackAnswer) -> dict[str, list[TrackResult]]:
    """Return the results by the number that was asked for."""
    found: dict[str, list[TrackResult]] = {}
    for complete in answer.output.complete_track_results or []:
        for result in complete.track_results or []:
            info = result.tracking_number_info
            number = complete.tracking_number or (info.tracking_number if info is not None else None)
            if number:
                found.setdefault(plain_number(number), []).append(result)
    return found


def choose_result(results: Sequence[TrackResult], token: str | None) -> TrackResult | None:
    """Return the result that is meant: by the unique id where one is known, else the one with the newest scan.

    Numbers are used again, and FedEx answers all that had them (field guide fedex.md §11, pitfall 15).
    """
    readable = [result for result in results if result.error is None]
    for result in readable:
        info = result.tracking_number_info
        if token is not None and info is not None and info.tracking_number_unique_id == token:
            return result
    return max(readable, key=_newest, default=None)


def _newest(result: TrackResult) -> datetime:
    moments = [event_order(to_event(scan))[0] for scan in result.scan_events or []]
    return max(moments, default=_NOT_YET)


def error_code(results: Sequence[TrackResult]) -> str | None:
    """Return why there is nothing about a number."""
    return next((result.error.code for result in results if result.error is not None and result.error.code), None)


# --- times ----------------------------------------------------------------------------------------------------------------


def to_times(text: str | None) -> tuple[datetime | None, datetime | None, TimeCertainty]:
    """Return when a scan was, its wall clock, and which of the two to trust."""
    given = (text or "").strip()
    if not given:
        return None, None, TimeCertainty.DATE_ONLY
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        return None, None, TimeCertainty.DATE_ONLY
    if moment.tzinfo is not None:
        return moment, moment.replace(tzinfo=None), TimeCertainty.ZONED
    bare = len(given) <= len("2026-01-05")
    return None, moment, TimeCertainty.DATE_ONLY if bare else TimeCertainty.LOCAL


def to_estimate(text: str | None) -> datetime | date | None:
    """Return an estimate: a time with its zone, or a day. Midnight is a day, and is not converted (pitfall 16)."""
    moment, local, _ = to_times(text)
    if local is None:
        return None
    if moment is None or local.time() == time():
        return local.date()
    return moment


def _dates(result: TrackResult, kind: str) -> list[str]:
    return [one.date_time for one in result.date_and_times or [] if one.type == kind and one.date_time]


def _window_end(window: TimeWindow | None) -> list[str]:
    inside = window.window if window is not None else None
    return [inside.ends] if inside is not None and inside.ends else []


def expected(result: TrackResult) -> datetime | date | None:
    """Return when the parcel is expected: the first that can be read, in the order of field guide fedex.md §7.4."""
    texts = [
        *_dates(result, "ESTIMATED_DELIVERY"),
        *_window_end(result.estimated_delivery_time_window),
        *_window_end(result.standard_transit_time_window),
        *_dates(result, "COMMITMENT"),
    ]
    return next((found for text in texts if (found := to_estimate(text)) is not None), None)


def _delivered_at(result: TrackResult, events: Sequence[TrackingEvent]) -> datetime | None:
    for text in _dates(result, "ACTUAL_DELIVERY"):
        found = to_estimate(text)
        if isinstance(found, datetime):
            return found
    arrived = {TrackingStatus.DELIVERED, TrackingStatus.RETURNED}
    return next((event.occurred_at for event in reversed(events) if event.status in arrived), None)


# --- events ---------------------------------------------------------------------------------------------------------------


def _delay(delay: Delay | None) -> tuple[str | None, str | None]:
    return (delay.type, delay.status) if delay is not None else (None, None)


def _location(place: PostalAddress | None) -> Location | None:
    if place is None:
        return None
    code = (place.country_code or "").strip().upper()
    country = code if _COUNTRY.fullmatch(code) else None
    region = (place.state_or_province_code or "").strip() or None
    made = Location(
        city=(place.city or "").strip() or None,
        region=from_fedex_region(country or "", region) if region is not None else None,
        postal_code=(place.postal_code or "").strip() or None,
        country_code=country,
    )
    return None if made == Location() else made


def event_key(kind: str | None, number: str | None, text: str | None) -> str:
    """Return a key for an event, the same over pull and push: what it is, and when, whatever the offset it is written with."""
    moment, _, _ = to_times(text)
    when = moment.astimezone(UTC).isoformat() if moment is not None else (text or "").strip()
    return hashlib.sha256(f"{(kind or '').upper()}|{(number or '').upper()}|{when}".encode()).hexdigest()[:24]


def to_event(scan: ScanEvent) -> TrackingEvent:
    """Return one event."""
    code = scan.event_type or scan.derived_status_code
    status = event_status(code, scan.exception_code, scan.exception_description)
    if status is TrackingStatus.UNKNOWN and scan.derived_status_code:
        status = event_status(scan.derived_status_code, scan.exception_code, scan.exception_description)
    occurred_at, local, certainty = to_times(scan.date)
    words = (scan.exception_description or "").strip() or (scan.event_description or "").strip()
    return TrackingEvent(
        status=status,
        reason=event_reason(code, status, scan.exception_code, delay=_delay(scan.delay_detail)),
        description=words or (scan.derived_status or "").strip() or None,
        carrier_code=code,
        occurred_at=occurred_at,
        local_time=local,
        time_certainty=certainty,
        location=_location(scan.scan_location),
        key=event_key(code, scan.exception_code, scan.date),
    )


def _events(result: TrackResult) -> list[TrackingEvent]:
    """Return the events as FedEx has them, the oldest first; each once."""
    found: dict[str, TrackingEvent] = {}
    for scan in reversed(result.scan_events or []):
        event = to_event(scan)
        found.setdefault(event.key, event)
    return list(found.values())


def _attempts(result: TrackResult) -> bool:
    details = result.delivery_details
    text = str(details.delivery_attempts or "").strip() if details is not None else ""
    return text.isdecimal() and int(text) > 0


def _latest(result: TrackResult) -> TrackingStatus | None:
    detail = result.latest_status_detail
    if detail is None:
        return None
    for code in (detail.derived_code, detail.code):
        if not code:
            continue
        status = event_status(code, *_why(detail), tried=_attempts(result))
        if status is not TrackingStatus.UNKNOWN:
            return status
    return TrackingStatus.UNKNOWN


def _why(detail: StatusDetail) -> tuple[str | None, str | None]:
    first = next(iter(detail.ancillary_details or []), None)
    return (first.reason, first.reason_description) if first is not None else (None, None)


def to_tracking(result: TrackResult, number: str, carrier: str, raw: object = None) -> Tracking:
    """Return where a parcel is.

    FedEx's own word for the present state goes first, then the scans; a delivery on the way back is a return.

    Args:
        result: FedEx's.
        number: As it was asked for.
        carrier: The account's key.
        raw: What FedEx sent, where it is kept.
    """
    told = _events(result)
    events = sorted(told, key=event_order)
    # FedEx's order is the better one: several scans share a second, and wall clocks of several places cannot be compared.
    by_scans = status_after(told)
    status = _latest(result) or by_scans or TrackingStatus.UNKNOWN
    if status is TrackingStatus.UNKNOWN and by_scans is not None:
        status = by_scans
    on_the_way_back = by_scans is TrackingStatus.RETURNED or result.return_detail is not None
    if status is TrackingStatus.DELIVERED and on_the_way_back:
        status = TrackingStatus.RETURNED
    arrived = status in {TrackingStatus.DELIVERED, TrackingStatus.RETURNED}
    details, service = result.delivery_details, result.service_detail
    code = said(service.type) if service is not None else None
    signed = (details.signed_by_name or details.received_by_name or "").strip() if details is not None else ""
    return Tracking(
        carrier=carrier,
        tracking_number=number,
        status=status,
        events=events,
        estimated_delivery=None if arrived else expected(result),
        delivered_at=_delivered_at(result, events) if arrived else None,
        signed_by=signed or None,
        service=Service(code=code, name=service_name(code, service.description))
        if service is not None and code is not None
        else None,
        raw=raw,
    )


# --- proof of delivery ----------------------------------------------------------------------------------------------------


def to_proof_question(wanted: Wanted, account: str) -> ProofRequest:
    """Return the question for a proof of delivery."""
    begin, end = _window(wanted.shipped_on)
    return ProofRequest(
        track_document_detail=ProofDetail(document_type="SIGNATURE_PROOF_OF_DELIVERY", document_format="PDF"),
        track_document_specification=[
            ProofSpecification(
                tracking_number_info=NumberInfo(tracking_number=wanted.number, tracking_number_unique_id=wanted.token),
                ship_date_begin=begin,
                ship_date_end=end,
                account_number=account,
            )
        ],
    )


def to_proof(answer: ProofAnswer) -> Document | None:
    """Return the proof of delivery; ``None`` when there is none."""
    papers = answer.output.papers
    for text in papers if isinstance(papers, list) else [papers]:
        data = decode(text)
        if data is not None:
            return Document(kind="proof_of_delivery", format=form_of(data, answer.output.document_format), data=data)
    return None
