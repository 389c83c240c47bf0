"""Where packages are."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from cartcarrier.http import json_decoder
from cartcarrier.models import Location, Tracking, TrackingReason, TrackingStatus, event_order
from cartcarrier.providers.amazon_mcf import schemas
from cartcarrier.providers.amazon_mcf.codes import EVENT_REASONS, EVENTS, PACKAGE_STATUSES
from cartcarrier.providers.amazon_mcf.mapping import to_tracking
from tests.unit.providers.amazon_mcf.samples import PROVIDER

S = TrackingStatus
CODES = {
    S.PRE_TRANSIT: "101 411",
    S.IN_TRANSIT: "102 201 202 203 204 205 206 306 307 415",
    S.OUT_FOR_DELIVERY: "302",
    S.DELIVERED: "301 804",
    S.DELIVERY_ATTEMPTED: "304",
    S.AVAILABLE_FOR_PICKUP: "308 801",
    S.RETURN_TO_SENDER: "309 407 408",
    S.EXCEPTION: "401 402 403 404 405 406 409 412 413 414 416 417 418 419",
    S.UNKNOWN: "212 310 636",
}


def event(code: str, hour: int = 9, **changes: Any) -> dict[str, Any]:
    place = {"city": "Reno", "state": "NV", "country": "US"}
    values = {
        "eventDate": f"2026-01-06T{hour:02}:00:00Z",
        "eventCode": code,
        "eventDescription": "words",
        "eventAddress": place,
    }
    return {**values, **changes}


def followed(*events: dict[str, Any], **changes: Any) -> Tracking:
    values: dict[str, Any] = {"packageNumber": 7, "trackingNumber": "TBA7", "trackingEvents": list(events)}
    read = json_decoder(schemas.PackageDetails).decode(msgspec.json.encode({**values, **changes}))
    return to_tracking(read, carrier=PROVIDER)


@pytest.mark.parametrize(
    ("code", "expected"), [(f"EVENT_{code}", status) for status, codes in CODES.items() for code in codes.split()]
)
def test_event_means(code: str, expected: TrackingStatus) -> None:
    """Codes beyond the published list have broken clients before: they are unknown, and do no harm."""
    assert [one.status for one in followed(event(code)).events] == [expected]


def test_table_is_complete() -> None:
    """A code that is in the table and in no test may be wrong."""
    assert len(EVENTS) == sum(len(codes.split()) for status, codes in CODES.items() if status is not S.UNKNOWN)
    assert set(EVENT_REASONS) <= set(EVENTS)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("IN_TRANSIT", S.IN_TRANSIT),
        ("OUT_FOR_DELIVERY", S.OUT_FOR_DELIVERY),
        ("AVAILABLE_FOR_PICKUP", S.AVAILABLE_FOR_PICKUP),
        ("DELIVERED", S.DELIVERED),
        ("PICKUP_SUCCESSFUL", S.DELIVERED),
        ("RETURNING", S.RETURN_TO_SENDER),
        ("RETURNED", S.RETURNED),
        ("RETURN_REQUEST_ACCEPTED", S.RETURN_TO_SENDER),
        ("RETURN_RECEIVED_IN_FC", S.RETURNED),
        ("UNDELIVERABLE", S.EXCEPTION),
        ("CUSTOMER_ACTION", S.EXCEPTION),
        ("DELAYED", S.EXCEPTION),
        ("DELIVERY_ATTEMPTED", S.DELIVERY_ATTEMPTED),
        ("PICKUP_ATTEMPTED", S.EXCEPTION),
        ("PICKUP_SCHEDULED", S.PRE_TRANSIT),
        ("PICKUP_CANCELLED", S.CANCELLED),
        ("REFUND_ISSUED", S.UNKNOWN),
        ("UNKNOWN", S.UNKNOWN),
        (None, S.UNKNOWN),
    ],
)
def test_current_status_stands_in_where_no_event_says_it(status: str | None, expected: TrackingStatus) -> None:
    """Events may be missing, and money is not transport."""
    assert followed(currentStatus=status).status is expected
    assert len(PACKAGE_STATUSES) == 16


def test_events_are_oldest_first_and_told_once() -> None:
    """Amazon promises no order."""
    tracking = followed(event("EVENT_202", 11), event("EVENT_102", 9), event("EVENT_202", 11))
    assert [one.carrier_code for one in tracking.events] == ["EVENT_102", "EVENT_202"]
    assert list(tracking.events) == sorted(tracking.events, key=event_order)


def test_event_has_place_reason_and_words() -> None:
    """All that Amazon says is kept."""
    (one,) = followed(event("EVENT_401")).events
    assert one.location == Location(city="Reno", region="NV", country_code="US")
    assert one.reason is TrackingReason.ADDRESS
    assert one.description == "words"


@pytest.mark.parametrize("country", [None, "USA", "u1", ""], ids=str)
def test_country_that_is_no_iso_code_is_left_out(country: str | None) -> None:
    """The description allows six letters."""
    (one,) = followed(event("EVENT_201", eventAddress={"city": "Reno", "country": country})).events
    assert one.location == Location(city="Reno")


@pytest.mark.parametrize(
    "changes",
    [{"eventCode": None}, {"eventCode": ""}],
    ids=["null", "empty"],
)
def test_event_without_a_code_is_none(changes: dict[str, Any]) -> None:
    """It says nothing."""
    assert followed(event("x", **changes)).events == ()


@pytest.mark.parametrize(
    ("date", "zoned", "local"),
    [
        ("2026-01-06T09:00:00Z", datetime(2026, 1, 6, 9, tzinfo=UTC), None),
        ("2026-01-06T09:00:00", None, datetime(2026, 1, 6, 9)),  # noqa: DTZ001 - a wall clock has no zone
        (None, None, None),
    ],
    ids=str,
)
def test_zone_is_never_invented(date: str | None, zoned: datetime | None, local: datetime | None) -> None:
    """A wall clock taken for UTC moves a delivery to another day."""
    (one,) = followed(event("EVENT_201", eventDate=date, eventAddress=None)).events
    assert (one.occurred_at, one.local_time, one.location) == (zoned, local, None)


def test_delivered_package_has_time_and_signature() -> None:
    """For claims and for the buyer."""
    tracking = followed(event("EVENT_301"), signedForBy=" J. Doe ", estimatedArrivalDate="2026-01-08T20:00:00Z")
    assert tracking.delivered_at == datetime(2026, 1, 6, 9, tzinfo=UTC)
    assert tracking.signed_by == "J. Doe"
    assert tracking.estimated_delivery is None
    assert "Doe" not in repr(tracking)


def test_package_on_its_way_has_an_estimate() -> None:
    """Until it has arrived."""
    tracking = followed(event("EVENT_201"), estimatedArrivalDate="2026-01-08T20:00:00Z")
    assert tracking.estimated_delivery == datetime(2026, 1, 8, 20, tzinfo=UTC)


def test_current_status_decides_between_events_of_one_moment() -> None:
    """Two scans of one second have no order."""
    tied = (event("EVENT_301"), event("EVENT_302"))
    assert followed(*tied, currentStatus="DELIVERED").status is S.DELIVERED
    assert followed(event("EVENT_301", 8), event("EVENT_101", 7), currentStatus="IN_TRANSIT").status is S.DELIVERED


def test_package_without_a_number_is_named_by_amazons() -> None:
    """Something must tell it from others."""
    assert followed(trackingNumber=None).tracking_number == "7"
