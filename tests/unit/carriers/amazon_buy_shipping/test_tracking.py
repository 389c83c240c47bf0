"""Where parcels are."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from cartcarrier.carriers.amazon_buy_shipping import schemas
from cartcarrier.carriers.amazon_buy_shipping.codes import DETAIL_REASONS, EVENTS, SUMMARIES
from cartcarrier.carriers.amazon_buy_shipping.mapping import to_tracking
from cartcarrier.http import json_decoder
from cartcarrier.models import (
    Location,
    TimeCertainty,
    Tracking,
    TrackingReason,
    TrackingStatus,
    event_order,
)
from tests.unit.carriers.amazon_buy_shipping.samples import CARRIER, NUMBER

S = TrackingStatus


def event(code: str, hour: int = 9, leg: str | None = "FORWARD", **changes: Any) -> dict[str, Any]:
    values = {"eventCode": code, "eventTime": f"2026-01-06T{hour:02}:00:00.513Z", "shipmentType": leg}
    return {**values, **changes}


def followed(*events: dict[str, Any], **changes: Any) -> Tracking:
    values: dict[str, Any] = {
        "trackingId": NUMBER,
        "alternateLegTrackingId": "null",
        "eventHistory": list(events),
        "promisedDeliveryDate": "2026-01-08T20:00:00Z",
        "summary": {"status": None},
    }
    read = json_decoder(schemas.Followed).decode(msgspec.json.encode({**values, **changes}))
    return to_tracking(read, number=NUMBER, carrier=CARRIER)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ReadyForReceive", S.PRE_TRANSIT),
        ("PickupDone", S.IN_TRANSIT),
        ("Departed", S.IN_TRANSIT),
        ("ArrivedAtCarrierFacility", S.IN_TRANSIT),
        ("OutForDelivery", S.OUT_FOR_DELIVERY),
        ("AvailableForPickup", S.AVAILABLE_FOR_PICKUP),
        ("Delivered", S.DELIVERED),
        ("DeliveryAttempted", S.DELIVERY_ATTEMPTED),
        ("RecipientRequestedAlternateDeliveryTiming", S.EXCEPTION),
        ("Rejected", S.RETURN_TO_SENDER),
        ("ReturnInitiated", S.RETURN_TO_SENDER),
        ("Undeliverable", S.EXCEPTION),
        ("Lost", S.EXCEPTION),
        ("PickupCancelled", S.CANCELLED),
        ("Received", S.UNKNOWN),
        ("", None),
    ],
)
def test_event_means(code: str, expected: TrackingStatus | None) -> None:
    """What is not in the table is unknown, never guessed; Amazon sends codes that no description has."""
    tracking = followed(event(code))
    assert [one.status for one in tracking.events] == ([] if expected is None else [expected])
    assert tracking.status is (expected or S.UNKNOWN)


def test_tables_are_complete() -> None:
    """A code that is in the table and in no test may be wrong."""
    assert len(EVENTS) == 14
    assert len(SUMMARIES) == 10


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("PreTransit", S.PRE_TRANSIT),
        ("InTransit", S.IN_TRANSIT),
        ("OutForDelivery", S.OUT_FOR_DELIVERY),
        ("AwaitingCustomerPickup", S.AVAILABLE_FOR_PICKUP),
        ("Delivered", S.DELIVERED),
        ("DeliveryAttempted", S.DELIVERY_ATTEMPTED),
        ("Rejected", S.RETURN_TO_SENDER),
        ("Undeliverable", S.EXCEPTION),
        ("Lost", S.EXCEPTION),
        ("PickupCancelled", S.CANCELLED),
        ("BrandNew", S.UNKNOWN),
        (None, S.UNKNOWN),
    ],
)
def test_summary_stands_in_where_no_event_says_it(status: str | None, expected: TrackingStatus) -> None:
    """After 45 days the last status is all that Amazon keeps."""
    assert followed(summary={"status": status}).status is expected


@pytest.mark.parametrize(
    "changes",
    [
        {"eventHistory": None},
        {"summary": None},
        {"promisedDeliveryDate": None},
        {"trackingId": None, "eventHistory": []},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_required_fields_may_be_null(changes: dict[str, Any]) -> None:
    """They are, for numbers that are good."""
    assert followed(**changes).status is S.UNKNOWN


def test_delivery_on_the_way_back_is_a_return() -> None:
    """The summary says Delivered: to the seller."""
    tracking = followed(
        event("Undeliverable", 8),
        event("ReturnInitiated", 9, "RETURNS"),
        event("Delivered", 10, "RETURNS"),
        summary={
            "status": "Delivered",
            "trackingDetailCodes": {"forward": ["Rejected", "Damaged"], "returns": ["Signed"]},
        },
    )
    assert tracking.status is S.RETURNED
    assert [one.status for one in tracking.events] == [S.EXCEPTION, S.RETURN_TO_SENDER, S.RETURNED]
    assert tracking.estimated_delivery is None


@pytest.mark.parametrize("code", ["Departed", "Lost", "BrandNew"])
def test_whatever_happens_on_the_way_back_is_a_return(code: str) -> None:
    """The buyer will not get it."""
    assert followed(event(code, leg="RETURNS")).status is S.RETURN_TO_SENDER


def test_way_back_without_a_code_is_a_return_all_the_same() -> None:
    """The summary alone would call it undeliverable, and leave open where it goes."""
    nameless = event("x", leg="RETURNS", eventCode=None)
    assert followed(nameless, summary={"status": "Undeliverable"}).status is S.RETURN_TO_SENDER


def test_events_are_oldest_first_and_told_once() -> None:
    """Amazon promises no order, and repeats itself."""
    tracking = followed(event("Departed", 11), event("PickupDone", 9), event("Departed", 11))
    assert [one.carrier_code for one in tracking.events] == ["PickupDone", "Departed"]
    assert list(tracking.events) == sorted(tracking.events, key=event_order)
    assert len({one.key for one in tracking.events}) == 2


def test_summary_decides_between_events_of_one_moment() -> None:
    """A cancelled label has both in the same second."""
    tied = (event("ReadyForReceive"), event("PickupCancelled"))
    assert followed(*tied, summary={"status": "PickupCancelled"}).status is S.CANCELLED
    assert followed(*tied, summary={"status": "PreTransit"}).status is S.PRE_TRANSIT


def test_summary_does_not_overrule_a_newer_event() -> None:
    """It lags behind."""
    assert followed(event("PickupDone"), event("Delivered", 12), summary={"status": "InTransit"}).status is S.DELIVERED


def test_delivery_has_its_time() -> None:
    """For claims and for the buyer."""
    tracking = followed(event("Delivered", 12))
    assert tracking.delivered_at == datetime(2026, 1, 6, 12, 0, 0, 513000, tzinfo=UTC)
    assert tracking.estimated_delivery is None


def test_promise_is_the_estimate() -> None:
    """Until it has arrived."""
    assert followed(event("PickupDone")).estimated_delivery == datetime(2026, 1, 8, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("time", "zoned", "local"),
    [
        ("2026-01-06T09:00:00Z", datetime(2026, 1, 6, 9, tzinfo=UTC), None),
        ("2026-01-06T09:00:00", None, datetime(2026, 1, 6, 9)),  # noqa: DTZ001 - a wall clock has no zone
        ("soon", None, None),
        (None, None, None),
    ],
    ids=str,
)
def test_zone_is_never_invented(time: str | None, zoned: datetime | None, local: datetime | None) -> None:
    """A wall clock taken for UTC moves a delivery to another day."""
    (one,) = followed(event("Departed", eventTime=time)).events
    assert (one.occurred_at, one.local_time) == (zoned, local)
    assert one.time_certainty is (TimeCertainty.ZONED if zoned else TimeCertainty.LOCAL)


def test_place_is_read_as_far_as_it_is_one() -> None:
    """A country that is no ISO code is left out, not guessed."""
    place = {"city": "Exeter", "stateOrRegion": "", "countryCode": "UK!", "postalCode": "EX33 2JL"}
    (one,) = followed(event("Departed", location=place)).events
    assert one.location == Location(city="Exeter", postal_code="EX33 2JL")
    (bare,) = followed(event("Departed", location={})).events
    assert bare.location is None


@pytest.mark.parametrize("code", [*DETAIL_REASONS])
def test_detail_explains_the_newest_trouble(code: str) -> None:
    """An attempt alone does not tell whether the address is wrong."""
    summary = {"status": None, "trackingDetailCodes": {"forward": ["DeliveredToPorch", code], "returns": []}}
    tracking = followed(event("DeliveryAttempted", 8), event("DeliveryAttempted", 9), summary=summary)
    assert [one.reason for one in tracking.events] == [None, DETAIL_REASONS[code]]


def test_detail_does_not_overrule_what_an_event_says() -> None:
    """Lost is lost."""
    summary = {"trackingDetailCodes": {"forward": ["CustomerUnavailable"], "returns": None}}
    assert followed(event("Lost"), summary=summary).events[0].reason is TrackingReason.LOST
    assert followed(event("Rejected")).events[0].reason is TrackingReason.REFUSED


def test_detail_explains_no_smooth_way() -> None:
    """A delivered parcel needs no reason."""
    summary = {"trackingDetailCodes": {"forward": ["Damaged"], "returns": []}}
    assert followed(event("Delivered"), summary=summary).events[0].reason is None
