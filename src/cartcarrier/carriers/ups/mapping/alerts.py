"""Track Alert: what to follow, and what a push says (field guide ups.md §7.6)."""

import re
from typing import Final

from cartcarrier.carriers.ups.codes import event_reason, event_status
from cartcarrier.carriers.ups.mapping.tracking import event_key, to_day, to_location, to_times
from cartcarrier.carriers.ups.schemas import SubscriptionRequest, TrackingAlert
from cartcarrier.models import Tracking, TrackingEvent, TrackingStatus

MOST_AT_ONCE: Final = 100
_NUMBER: Final = re.compile(r"1Z[0-9A-Z]{16}|1R[0-9A-Z]{14}|1R[0-9A-Z]{26}")
_ARRIVED: Final = frozenset({TrackingStatus.DELIVERED, TrackingStatus.RETURNED})


def can_follow(number: str) -> bool:
    """Say whether pushes can be had about a number: 1Z and 1R only."""
    return _NUMBER.fullmatch(number) is not None


def to_subscription(numbers: list[str]) -> SubscriptionRequest:
    """Return the request to push what becomes of parcels."""
    return SubscriptionRequest(locale="en_US", country_code="US", tracking_number_list=numbers)


def to_pushed_event(alert: TrackingAlert) -> TrackingEvent:
    """Return the event in a push, under the key that a pull gives it."""
    status = alert.activity_status
    number = status.description_code
    status_code = f"{number:03}" if isinstance(number, int) else number or None
    meaning = event_status(status.type, status.code, status_code)
    occurred_at, local, certainty = to_times(
        local_date=alert.local_activity_date,
        local_time=alert.local_activity_time,
        gmt_date=alert.gmt_activity_date,
        gmt_time=alert.gmt_activity_time,
        gmt_offset=alert.gmt_offset,
    )
    moments = (
        (alert.local_activity_date, alert.local_activity_time)
        if alert.local_activity_date
        else (alert.gmt_activity_date, alert.gmt_activity_time)
    )
    place = alert.activity_location
    return TrackingEvent(
        status=meaning,
        reason=event_reason(status.type, status.code, status_code, meaning),
        description=(status.description or "").strip() or None,
        carrier_code=status.code or status_code,
        occurred_at=occurred_at,
        local_time=local,
        time_certainty=certainty,
        location=to_location(place.city, place.state_province, place.postal_code, place.country) if place else None,
        key=event_key(status.type, status.code, status_code, *moments),
    )


def to_pushed_tracking(alert: TrackingAlert, carrier: str, raw: object = None) -> Tracking:
    """Return what a push says about a parcel; merge it with what is known.

    Args:
        alert: UPS's.
        carrier: The account's key.
        raw: The push, where it is kept.
    """
    event = to_pushed_event(alert)
    arrived = event.status in _ARRIVED
    return Tracking(
        carrier=carrier,
        tracking_number=alert.tracking_number,
        status=event.status or TrackingStatus.UNKNOWN,
        events=(event,),
        estimated_delivery=None if arrived else to_day(alert.scheduled_delivery_date),
        delivered_at=event.occurred_at if arrived else None,
        signed_by=(alert.received_by or "").strip() or None,
        raw=raw,
    )
