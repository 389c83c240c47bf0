"""Where parcels are: the vocabulary, the clocks, what a push and a pull have in common."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from cartcarrier.carriers.usps.codes import category_status, event_reason, event_status, text_status
from cartcarrier.carriers.usps.codes.tracking import EVENT_CODES
from cartcarrier.carriers.usps.mapping import bare_number, is_number, to_item, to_tracking
from cartcarrier.carriers.usps.mapping.tracking import event_key, to_event, to_offset, to_times
from cartcarrier.carriers.usps.schemas import TrackDetail, TrackEvent
from cartcarrier.models import TimeCertainty, Tracking, TrackingReason, TrackingRef, TrackingStatus
from tests.unit.carriers.usps.samples import CARRIER, FIRST, event, tracked

S = TrackingStatus
R = TrackingReason
MOUNTAIN = timezone(timedelta(hours=-7))


def tracking_of(*events: dict[str, Any], **changes: Any) -> Tracking:
    """Return where a parcel is."""
    return to_tracking(msgspec.convert(tracked(*events, **changes), TrackDetail, strict=False), FIRST, CARRIER)


# The groups of the field guide (usps.md §7.4), written down here once more.
MEANINGS = [
    (S.PRE_TRANSIT, "GX MA 89 TM 80 81 82 83"),
    (S.IN_TRANSIT, "03 OA UA AD SF 10 A1 T1 TL NT L1 07 PC DX 06 08"),
    (S.OUT_FOR_DELIVERY, "OF 59 DG"),
    (S.AVAILABLE_FOR_PICKUP, "14 16"),
    (S.DELIVERED, "01 60 17 I0 BR DN AH DL OK"),
    (S.DELIVERY_ATTEMPTED, "02 51 52 53 54 55 56 57 CA CM H0 NH"),
    (S.RETURN_TO_SENDER, "04 05 09 21 22 23 24 25 26 27 28 29 31 BA H8 K4 K5 K6 K7 RD RE RT"),
]


@pytest.mark.parametrize(("status", "code"), [(status, code) for status, codes in MEANINGS for code in codes.split()])
def test_code_means_what_the_guide_says(status: TrackingStatus, code: str) -> None:
    """A wrong one tells a buyer that a parcel has arrived."""
    assert event_status(code, None) is status
    assert event_status(code.lower(), "") is status


def test_no_other_code_is_in_the_table() -> None:
    """Codes copied from other carriers are wrong here (pitfall 21)."""
    assert sum(len(codes.split()) for _, codes in MEANINGS) == len(EVENT_CODES)
    for code in ("DE", "D1", "PU", "99", None):
        assert event_status(code, None) is S.UNKNOWN


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("Delivered, To Original Sender", S.RETURNED),
        ("Delivered, Front Door/Porch", S.DELIVERED),
        ("Delivery Attempted - No Access to Delivery Location", S.DELIVERY_ATTEMPTED),
        ("Notice Left (No Authorized Recipient Available)", S.DELIVERY_ATTEMPTED),
        ("Business Closed", S.DELIVERY_ATTEMPTED),
        ("Out for Delivery, Expected Delivery by 9:00pm", S.OUT_FOR_DELIVERY),
        ("Available for Pickup", S.AVAILABLE_FOR_PICKUP),
        ("Held at Post Office, At Customer Request", S.AVAILABLE_FOR_PICKUP),
        ("Shipping Label Created, USPS Awaiting Item", S.PRE_TRANSIT),
        ("Pre-Shipment Info Sent to USPS", S.PRE_TRANSIT),
        ("Return to Sender Processed", S.RETURN_TO_SENDER),
        ("Unclaimed/Being Returned to Sender", S.RETURN_TO_SENDER),
        ("Weather Delay", S.EXCEPTION),
        ("Insufficient Address", S.EXCEPTION),
        ("Seized by Law Enforcement", S.EXCEPTION),
        ("Departed USPS Regional Facility", S.IN_TRANSIT),
        ("Inbound Into Customs", S.IN_TRANSIT),
        ("USPS in possession of item", S.IN_TRANSIT),
        ("Something new", None),
        ("", None),
        (None, None),
    ],
)
def test_text_is_the_last_word(text: str | None, status: TrackingStatus | None) -> None:
    """In an order: "Delivery Attempted" must not be taken for "delivered"."""
    assert text_status(text) is status
    assert event_status("??", text) is (status or S.UNKNOWN)


def test_code_goes_before_text_but_for_the_sender() -> None:
    """A delivery to the original sender has the code of a delivery."""
    assert event_status("01", "Delivered, To Original Sender") is S.RETURNED
    assert event_status("OF", "Delivered") is S.OUT_FOR_DELIVERY
    assert event_status("09", "to original sender") is S.RETURN_TO_SENDER


@pytest.mark.parametrize(
    ("category", "code", "text", "status"),
    [
        ("Pre-Shipment", None, None, S.PRE_TRANSIT),
        ("Accepted", None, None, S.IN_TRANSIT),
        ("In-Transit", None, None, S.IN_TRANSIT),
        ("Moving Through Network", None, None, S.IN_TRANSIT),
        ("Out for Delivery", None, None, S.OUT_FOR_DELIVERY),
        ("Available for Pickup", None, None, S.AVAILABLE_FOR_PICKUP),
        ("Delivered", "01", "Delivered", S.DELIVERED),
        ("Delivered", "01", "Delivered, To Original Sender", S.RETURNED),
        ("Delivery Attempt: Action Needed", None, None, S.DELIVERY_ATTEMPTED),
        ("Returned to Sender", None, None, S.RETURN_TO_SENDER),
        ("Alert", "02", None, S.DELIVERY_ATTEMPTED),
        ("Alert", "09", None, S.RETURN_TO_SENDER),
        ("Alert", None, "Return to Sender", S.RETURN_TO_SENDER),
        ("Alert", None, "Weather Delay", S.EXCEPTION),
        ("Alert", "01", None, S.EXCEPTION),
        ("Alert", None, None, S.EXCEPTION),
        ("Brand New", "01", "Delivered", None),
        (None, None, None, None),
    ],
)
def test_category_is_the_best_word(
    category: str | None, code: str | None, text: str | None, status: TrackingStatus | None
) -> None:
    """But for an alert, which is anything."""
    assert category_status(category, code, text) is status


@pytest.mark.parametrize(
    ("code", "text", "status", "reason"),
    [
        ("02", None, S.DELIVERY_ATTEMPTED, R.RECIPIENT_ABSENT),
        ("53", None, S.DELIVERY_ATTEMPTED, R.OTHER),
        ("04", None, S.RETURN_TO_SENDER, R.REFUSED),
        ("22", None, S.RETURN_TO_SENDER, R.ADDRESS),
        ("08", None, S.IN_TRANSIT, R.DELAYED),
        (None, "Weather Delay", S.EXCEPTION, R.WEATHER),
        (None, "Held in Customs", S.EXCEPTION, R.CUSTOMS),
        (None, "Damaged", S.EXCEPTION, R.DAMAGED),
        (None, "Something", S.EXCEPTION, R.OTHER),
        ("OF", "Out", S.OUT_FOR_DELIVERY, None),
    ],
)
def test_reasons(code: str | None, text: str | None, status: TrackingStatus, reason: TrackingReason | None) -> None:
    """A buyer is told why."""
    assert event_reason(code, text, status) is reason


# --- clocks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "hours"),
    [("-05:00", -5), ("-7:00", -7), ("-420", -7), ("+05:30", 5.5), ("60", 1), ("0", 0), ("-6:00", -6)],
)
def test_offset_is_read_in_three_notations(text: str, hours: float) -> None:
    """Hours with and without a zero, and minutes (pitfall 20)."""
    assert to_offset(text) == timezone(timedelta(hours=hours))


@pytest.mark.parametrize("text", [None, "", "EST", "-99:00", "9999", "5:0"])
def test_offset_that_cannot_be_read_is_none(text: str | None) -> None:
    """A zone is never invented."""
    assert to_offset(text) is None


def times_of(**changes: str) -> tuple[datetime | None, datetime | None, TimeCertainty]:
    """Return what an event's fields say."""
    return to_times(msgspec.convert(changes, TrackEvent))


def test_utc_with_the_places_offset_is_best() -> None:
    """Its seconds may differ from the local field's."""
    local = datetime(2026, 12, 2, 13, 58)  # noqa: DTZ001 - the place's own clock
    assert times_of(eventTimestamp="2026-12-02T13:58:00", GMTTimestamp="2026-12-02T20:58:40Z", GMTOffset="-07:00") == (
        datetime(2026, 12, 2, 13, 58, 40, tzinfo=MOUNTAIN),
        local,
        TimeCertainty.ZONED,
    )
    assert times_of(GMTTimestamp="2026-12-02T20:58:40Z")[0] == datetime(2026, 12, 2, 20, 58, 40, tzinfo=UTC)
    assert times_of(eventTimestamp="2026-12-02T13:58:00", GMTOffset="-420")[0] == datetime(
        2026, 12, 2, 13, 58, tzinfo=MOUNTAIN
    )


def test_false_z_is_no_zone() -> None:
    """Samples append a Z to the place's own clock; believed, it is 5 hours off (pitfall 19)."""
    occurred, local, certainty = times_of(eventTimestamp="2026-12-02T07:31:00Z")
    assert occurred is None
    assert local == datetime(2026, 12, 2, 7, 31)  # noqa: DTZ001 - the place's own clock
    assert certainty is TimeCertainty.LOCAL


def test_day_without_a_clock_is_a_day() -> None:
    """Midnight would be a lie."""
    occurred, local, certainty = times_of(eventTimestamp="2026-12-02", GMTOffset="-05:00")
    assert (occurred, certainty) == (None, TimeCertainty.DATE_ONLY)
    assert local == datetime(2026, 12, 2)  # noqa: DTZ001 - a day
    assert times_of(eventTimestamp="soon") == (None, None, TimeCertainty.DATE_ONLY)
    assert times_of(eventTimestamp="2026-13-02T10:00") == (None, None, TimeCertainty.DATE_ONLY)
    assert times_of(GMTTimestamp="2026-12-02") == (None, None, TimeCertainty.DATE_ONLY)


def test_same_scan_has_the_same_key() -> None:
    """Over pull and push, and whatever stands after the time."""
    assert (
        event_key("OF", None, "2026-12-02T07:31:00")
        == event_key("OF", "x", "2026-12-02T07:31:00Z")
        == "OF.20261202073100"
    )
    assert event_key(None, "Out for Delivery", "2026-12-02") == "OUTFORDELIVERY.20261202000000"
    assert event_key(None, None, None) == "EVENT.00000000000000"


# --- parcels ------------------------------------------------------------------------------------------------------------


def test_events_are_oldest_first_and_once() -> None:
    """USPS has the newest first."""
    made = tracking_of(
        event("OF", "Out for Delivery", "2026-12-03T08:00:00"),
        event("OF", "Out for Delivery", "2026-12-03T08:00:00"),
        event("10", "Arrived", "2026-12-02T08:00:00"),
        statusCategory="Out for Delivery",
    )
    assert [one.carrier_code for one in made.events] == ["10", "OF"]
    assert made.status is S.OUT_FOR_DELIVERY
    assert made.carrier == CARRIER


def test_event_has_place_and_words() -> None:
    """In both versions' names; at home the country is said by the state."""
    made = to_event(msgspec.convert(event("03", "In possession<SUP>&reg;</SUP>", eventCountry=None), TrackEvent))
    assert made.description == "In possession®"
    assert made.location is not None
    assert (made.location.city, made.location.region, made.location.postal_code, made.location.country_code) == (
        "AURORA", "CO", "80012", "US",
    )  # fmt: skip
    old = to_event(msgspec.convert({"eventCity": "OTTAWA", "eventZIP": "K1A", "eventCountry": "ca"}, TrackEvent))
    assert old.location is not None
    assert (old.location.postal_code, old.location.country_code) == ("K1A", "CA")
    nowhere = to_event(msgspec.convert({"eventCountry": "CANADA"}, TrackEvent))
    assert nowhere.location is None


def test_delivery_after_a_return_is_a_return() -> None:
    """The buyer never had it."""
    made = tracking_of(
        event("01", "Delivered", "2026-12-09T08:00:00"),
        event("09", "Return to Sender", "2026-12-05T08:00:00"),
        statusCategory="Delivered",
    )
    assert made.status is S.RETURNED


def test_category_that_is_new_leaves_it_to_the_events() -> None:
    """And without any, nobody knows."""
    assert tracking_of(event("01", "Delivered"), statusCategory="Brand New").status is S.DELIVERED
    assert tracking_of(statusCategory=None).status is S.UNKNOWN
    zoned = event("01", "Delivered", GMTTimestamp="2026-12-02T20:58:40Z", GMTOffset="-07:00")
    assert tracking_of(zoned, statusCategory=None).status is S.DELIVERED


def test_delivery_says_when_and_who() -> None:
    """Of whom there is only a name: personal data."""
    zoned = event("01", "Delivered", recipientName="J DOE", GMTTimestamp="2026-12-02T20:58:40Z", GMTOffset="-07:00")
    made = tracking_of(
        zoned, statusCategory="Delivered", deliveryDateExpectation={"expectedDeliveryDate": "2026-12-02"}
    )
    assert made.delivered_at == datetime(2026, 12, 2, 13, 58, 40, tzinfo=MOUNTAIN)
    assert made.signed_by == "J DOE"
    assert made.estimated_delivery is None
    assert "DOE" not in repr(made)
    older = tracking_of({**zoned, "recipientName": None, "name": "R ROE"}, statusCategory="Delivered")
    assert older.signed_by == "R ROE"
    silent = tracking_of(statusCategory="Delivered")
    assert (silent.delivered_at, silent.signed_by) == (None, None)


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({"guaranteedDeliveryTimeStamp": "2026-12-04T12:00:00Z", "predictedDeliveryDate": "2026-12-05"}, date(2026, 12, 4)),
        ({"predictedDeliveryDate": "2026-12-05", "expectedDeliveryTimeStamp": "2026-12-06T00:00:00Z"}, date(2026, 12, 5)),
        ({"expectedDeliveryTimeStamp": "2026-12-06T00:00:00Z"}, date(2026, 12, 6)),
        ({"deliveryDateExpectation": {"guaranteedDeliveryDate": "2026-12-04", "predictedDeliveryDate": "2026-12-05"}}, date(2026, 12, 4)),
        ({"deliveryDateExpectation": {"predictedDeliveryDate": "2026-12-05"}}, date(2026, 12, 5)),
        ({"deliveryDateExpectation": {"expectedDeliveryDate": "2026-12-06"}}, date(2026, 12, 6)),
        ({"deliveryDateExpectation": {}}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_estimates_have_an_order(fields: dict[str, Any], day: date | None) -> None:
    """Guaranteed, predicted, expected; in both versions."""
    assert tracking_of(**fields).estimated_delivery == day


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Priority Mail<SUP>&reg;</SUP>", "PRIORITY_MAIL"),
        ("USPS Ground Advantage&#153;", "USPS_GROUND_ADVANTAGE"),
        ("Ground Advantage", "USPS_GROUND_ADVANTAGE"),
        ("PRIORITY_MAIL_EXPRESS", "PRIORITY_MAIL_EXPRESS"),
        ("Certified Mail", "Certified Mail"),
    ],
)
def test_service_is_named_in_our_words(name: str, code: str) -> None:
    """Texts have HTML in them (pitfall 18)."""
    made = tracking_of(mailClass=name)
    assert made.service is not None
    assert made.service.code == code
    assert tracking_of().service is None


# --- numbers ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "bare"),
    [
        ("9400 1000 0000 0000 1234 53", FIRST),
        (f"42080012{FIRST}", FIRST),
        (f"420800121234{FIRST}", FIRST),
        ("4208001292748901234567890123456782", "92748901234567890123456782"),
        ("ea123456785us", "EA123456785US"),
        ("4201234567890123456789", "4201234567890123456789"),
    ],
)
def test_routing_of_a_scan_is_taken_off(number: str, bare: str) -> None:
    """USPS knows the parcel without it (field guide usps.md §10)."""
    assert bare_number(number) == bare
    assert is_number(bare)
    assert not is_number("123")


def test_question_has_what_tells_reused_numbers_apart() -> None:
    """Day and ZIP code."""
    item = to_item(TrackingRef(number=FIRST, shipped_on=date(2026, 12, 1), postal_code="80012-1234"))
    assert (item.tracking_number, item.mailing_date, item.destination_zip_code) == (FIRST, "2026-12-01", "80012")
    assert to_item(TrackingRef(number=FIRST, postal_code="K1A 0B1")).destination_zip_code is None
    assert to_item(FIRST).mailing_date is None
