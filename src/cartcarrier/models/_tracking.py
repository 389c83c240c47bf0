"""Where a parcel is."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

import attrs

from cartcarrier.errors import InvalidValueError, OperationError
from cartcarrier.models._shipping import Service
from cartcarrier.models._validators import aware_or_none, country_or_none, filled, naive_or_none


class TrackingStatus(StrEnum):
    """One vocabulary for all carriers."""

    PRE_TRANSIT = "pre_transit"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    AVAILABLE_FOR_PICKUP = "available_for_pickup"
    DELIVERY_ATTEMPTED = "delivery_attempted"
    DELIVERED = "delivered"
    EXCEPTION = "exception"
    RETURN_TO_SENDER = "return_to_sender"
    RETURNED = "returned"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"


class TrackingReason(StrEnum):
    """Why something went otherwise."""

    ADDRESS = "address"
    CUSTOMS = "customs"
    WEATHER = "weather"
    DAMAGED = "damaged"
    LOST = "lost"
    REFUSED = "refused"
    RECIPIENT_ABSENT = "recipient_absent"
    DELAYED = "delayed"
    CARRIER = "carrier"
    OTHER = "other"


class TimeCertainty(StrEnum):
    """How well the time of an event is known."""

    ZONED = "zoned"
    """The carrier gave the offset or UTC."""
    INFERRED = "inferred"
    """We worked the offset out, from the place."""
    LOCAL = "local"
    """Only the wall clock of the place is known."""
    DATE_ONLY = "date_only"
    """Only the day is known."""


@attrs.frozen(kw_only=True)
class TrackingRef:
    """Which parcel to look for, with what a carrier may want to know beside the number.

    Attributes:
        number: The tracking number.
        shipped_on: Numbers are used again: the day tells which.
        postal_code: Of the recipient.
        token: The carrier's own handle from an earlier answer.
    """

    number: str = attrs.field(validator=filled)
    shipped_on: date | None = None
    postal_code: str | None = attrs.field(default=None, repr=False)
    token: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class Location:
    """Where a scan was made.

    Attributes:
        city: As the carrier prints it.
        region: State, province or the like.
        postal_code: Of the place.
        country_code: ISO 3166-1 alpha-2.
    """

    city: str | None = None
    region: str | None = None
    postal_code: str | None = attrs.field(default=None, repr=False)
    country_code: str | None = attrs.field(default=None, validator=country_or_none)


@attrs.frozen(kw_only=True)
class TrackingEvent:
    """One scan or notice about one parcel.

    Attributes:
        status: What it makes of the parcel; ``None`` for a note that changes nothing.
        reason: Why.
        description: The carrier's words.
        carrier_code: The carrier's code.
        occurred_at: When, with a zone; ``None`` when that cannot be known.
        local_time: The wall clock the carrier printed; never turned into UTC.
        time_certainty: Which of the two to trust.
        location: Where.
        key: The same event has the same key, over pull and push.
        raw: What the carrier sent, where it is kept. For people.
    """

    status: TrackingStatus | None = None
    reason: TrackingReason | None = None
    description: str | None = None
    carrier_code: str | None = None
    occurred_at: datetime | None = attrs.field(default=None, validator=aware_or_none)
    local_time: datetime | None = attrs.field(default=None, validator=naive_or_none)
    time_certainty: TimeCertainty = TimeCertainty.ZONED
    location: Location | None = None
    key: str = attrs.field(validator=filled)
    raw: object = attrs.field(default=None, eq=False, repr=False)


_NO_TIME: Final = datetime.min.replace(tzinfo=UTC)

# How far a parcel is, for the case that no event says it.
_RANK: Final = {
    TrackingStatus.UNKNOWN: 0,
    TrackingStatus.PRE_TRANSIT: 1,
    TrackingStatus.IN_TRANSIT: 2,
    TrackingStatus.EXCEPTION: 3,
    TrackingStatus.DELIVERY_ATTEMPTED: 4,
    TrackingStatus.AVAILABLE_FOR_PICKUP: 5,
    TrackingStatus.OUT_FOR_DELIVERY: 6,
    TrackingStatus.RETURN_TO_SENDER: 7,
    TrackingStatus.CANCELLED: 8,
    TrackingStatus.DELIVERED: 9,
    TrackingStatus.RETURNED: 10,
}
# A delivery is taken back by these only; a late depot scan is not one of them.
_CORRECTIONS: Final = frozenset(
    {
        TrackingStatus.RETURN_TO_SENDER,
        TrackingStatus.RETURNED,
        TrackingStatus.EXCEPTION,
        TrackingStatus.DELIVERY_ATTEMPTED,
    }
)


def event_order(event: TrackingEvent) -> tuple[datetime, str]:
    """Return a key that sorts events oldest first. A bare wall clock counts as if it were UTC: the best there is."""
    moment = event.occurred_at
    if moment is None and event.local_time is not None:
        moment = event.local_time.replace(tzinfo=UTC)
    return (moment or _NO_TIME, event.key)


def status_after(events: Iterable[TrackingEvent]) -> TrackingStatus | None:
    """Return the status that these events, oldest first, lead to; ``None`` when none of them has one.

    A delivery on the way back is a return. A delivery is left only by a correction, not by a scan that came late.
    ``UNKNOWN`` never replaces what is known.
    """
    status: TrackingStatus | None = None
    on_the_way_back = False
    for event in events:
        new = event.status
        if new is None or (new is TrackingStatus.UNKNOWN and status is not None):
            continue
        if status is TrackingStatus.RETURNED:
            continue
        if status is TrackingStatus.DELIVERED and new is not TrackingStatus.DELIVERED and new not in _CORRECTIONS:
            continue
        on_the_way_back = on_the_way_back or new is TrackingStatus.RETURN_TO_SENDER
        status = TrackingStatus.RETURNED if on_the_way_back and new is TrackingStatus.DELIVERED else new
    return status


@attrs.frozen(kw_only=True)
class Tracking:
    """All that is known about one parcel's way.

    Attributes:
        carrier: The account's key, ``"ups:default"``.
        tracking_number: Of the parcel.
        status: Where it stands now.
        events: Oldest first.
        estimated_delivery: A day, or a time with zone.
        delivered_at: When it was handed over.
        signed_by: Who took it; personal data.
        service: Which service.
        raw: What the carrier sent, where it is kept. For people.
    """

    carrier: str = attrs.field(validator=filled)
    tracking_number: str = attrs.field(validator=filled)
    status: TrackingStatus
    events: tuple[TrackingEvent, ...] = attrs.field(default=(), converter=tuple[TrackingEvent, ...])
    estimated_delivery: datetime | date | None = None
    delivered_at: datetime | None = attrs.field(default=None, validator=aware_or_none)
    signed_by: str | None = attrs.field(default=None, repr=False)
    service: Service | None = None
    raw: object = attrs.field(default=None, eq=False, repr=False)

    def merge(self, other: "Tracking") -> "Tracking":
        """Join what two answers know about the same parcel; the order of the two does not matter.

        Raises:
            InvalidValueError: They are about different parcels.
        """
        if (self.carrier, self.tracking_number) != (other.carrier, other.tracking_number):
            msg = "Tracking.merge: the two are about different parcels"
            raise InvalidValueError(msg, field="Tracking.tracking_number")
        if self == other:
            return self
        by_key: dict[str, TrackingEvent] = {}
        for event in (*self.events, *other.events):
            known = by_key.get(event.key)
            by_key[event.key] = event if known is None else max(known, event, key=repr)
        events = tuple(sorted(by_key.values(), key=event_order))
        if self.status is other.status:
            status = self.status
        else:
            status = status_after(events) or max(self.status, other.status, key=_RANK.__getitem__)
        newer, older = sorted((self, other), key=_freshness, reverse=True)
        return attrs.evolve(
            newer,
            status=status,
            events=events,
            estimated_delivery=newer.estimated_delivery or older.estimated_delivery,
            delivered_at=newer.delivered_at or older.delivered_at,
            signed_by=newer.signed_by or older.signed_by,
            service=newer.service or older.service,
            raw=None,
        )


def _freshness(tracking: Tracking) -> tuple[datetime, int, str]:
    newest = max((event_order(event)[0] for event in tracking.events), default=_NO_TIME)
    # the text form decides between equals, so that a.merge(b) is b.merge(a)
    return (newest, _RANK[tracking.status], f"{tracking!r}{tracking.signed_by}")


@attrs.frozen(kw_only=True)
class TrackingFailure:
    """Why one parcel could not be followed; it stands beside the others' results.

    Attributes:
        tracking_number: Which parcel.
        error: Not found, access denied and the like.
    """

    tracking_number: str
    error: OperationError
