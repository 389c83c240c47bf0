"""Where parcels are: questions, results, events, times."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from cartcarrier.carriers.fedex.mapping import (
    choose_result,
    error_code,
    results_by_number,
    to_batches,
    to_proof,
    to_proof_question,
    to_track_question,
    to_tracking,
    to_wanted,
)
from cartcarrier.carriers.fedex.mapping.tracking import event_key, expected, to_estimate, to_times
from cartcarrier.carriers.fedex.schemas import ProofAnswer, TrackAnswer, TrackResult
from cartcarrier.http import json_decoder, json_encode
from cartcarrier.models import (
    Location,
    TimeCertainty,
    Tracking,
    TrackingReason,
    TrackingRef,
    TrackingStatus,
    event_order,
)
from tests.unit.carriers.fedex.samples import ACCOUNT, CARRIER, FIRST, SECOND, b64, result, scan, tracked, unknown

MEMPHIS = timezone(timedelta(hours=-6))
S = TrackingStatus


def wall(text: str) -> datetime:
    """Return a wall clock without a zone."""
    return datetime.fromisoformat(text)


def read(one: dict[str, Any]) -> TrackResult:
    """Return a result as the driver reads it."""
    return json_decoder(TrackResult).decode(msgspec.json.encode(one))


def tracking_of(one: dict[str, Any]) -> Tracking:
    """Return what is made of a result."""
    return to_tracking(read(one), FIRST, CARRIER)


# --- questions ------------------------------------------------------------------------------------------------------------


def test_question_names_number_day_and_unique_id() -> None:
    """Numbers are used again: the day and the id tell which."""
    wanted = [
        to_wanted("7949 5353 5000"),
        to_wanted(TrackingRef(number=SECOND, shipped_on=date(2026, 1, 5), token="1~x~FDEG")),
        to_wanted(FIRST),
    ]
    made = json.loads(json_encode(to_track_question(wanted)))
    assert made == {
        "includeDetailedScans": True,
        "trackingInfo": [
            {"trackingNumberInfo": {"trackingNumber": FIRST}},
            {
                "trackingNumberInfo": {"trackingNumber": SECOND, "trackingNumberUniqueId": "1~x~FDEG"},
                "shipDateBegin": "2026-01-04",
                "shipDateEnd": "2026-01-06",
            },
        ],
    }


@pytest.mark.parametrize(
    ("number", "fits"), [(FIRST, True), ("1234567", False), ("x" * 41, False), ("12-34-56-78", False), ("", False)]
)
def test_number_has_a_form(number: str, fits: bool) -> None:
    """One that can be no number makes FedEx refuse it, or all of them."""
    assert to_wanted(number).is_number is fits


def test_thirty_numbers_go_together() -> None:
    """More are refused (field guide fedex.md section 7.1)."""
    wanted = [to_wanted(f"{number:012}") for number in range(31)]
    assert [len(batch) for batch in to_batches(wanted)] == [30, 1]
    assert to_batches([]) == []


def test_parcel_asked_for_twice_is_asked_once() -> None:
    """Both places get the answer."""
    (places,) = to_batches([to_wanted(FIRST), to_wanted(SECOND), to_wanted(FIRST)])
    assert places == [0, 1, 2]


def test_one_number_of_two_days_is_asked_apart() -> None:
    """In one answer they could not be told apart."""
    old = to_wanted(TrackingRef(number=FIRST, shipped_on=date(2025, 1, 5)))
    new = to_wanted(TrackingRef(number=FIRST, shipped_on=date(2026, 1, 5)))
    assert to_batches([old, new, old]) == [[0, 2], [1]]


# --- results --------------------------------------------------------------------------------------------------------------


def test_results_are_found_by_the_number_that_was_asked_for() -> None:
    """FedEx's order is its own."""
    answer = json_decoder(TrackAnswer).decode(
        msgspec.json.encode(tracked(result(number=SECOND), result(number=FIRST), result(number=SECOND)))
    )
    found = results_by_number(answer)
    assert {number: len(results) for number, results in found.items()} == {SECOND: 2, FIRST: 1}
    bare = b'{"output":{"completeTrackResults":[{"trackResults":[{"trackingNumberInfo":{"trackingNumber":"123456789012"}}]},'
    bare += b'{"trackResults":[{}]}]}}'
    assert list(results_by_number(json_decoder(TrackAnswer).decode(bare))) == ["123456789012"]
    assert results_by_number(json_decoder(TrackAnswer).decode(b'{"output":{}}')) == {}


def test_reused_number_is_the_newest_parcel() -> None:
    """The old one was delivered long ago; a buyer would be told so (field guide fedex.md section 11, pitfall 15)."""
    old = read(result(scan("DL", "2025-01-05T12:00:00-06:00"), code="DL"))
    new = read(result(scan("PU", "2026-01-05T12:00:00-06:00"), code="PU"))
    assert choose_result([old, new], None) is new
    assert choose_result([new, old], None) is new


def test_unique_id_tells_which_parcel_is_meant() -> None:
    """An earlier answer has named it."""
    old = read(result(scan("DL", "2025-01-05T12:00:00-06:00")))
    new = read({**result(scan("PU", "2026-01-05T12:00:00-06:00")), "trackingNumberInfo": {"trackingNumber": FIRST}})
    assert choose_result([new, old], f"1~{FIRST}~FDEG") is old
    assert choose_result([new, old], "1~another~FDEG") is new


def test_error_stands_in_place_of_a_result() -> None:
    """One bad number does not fail the others (field guide fedex.md section 0.6)."""
    failed = read(unknown(FIRST))
    assert choose_result([failed], None) is None
    assert error_code([failed]) == "TRACKING.TRACKINGNUMBER.NOTFOUND"
    assert error_code([read(result())]) is None
    good = read(result(scan("OC", "2026-01-05T12:00:00-06:00")))
    assert choose_result([failed, good], None) is good


# --- times ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "moment", "local", "certainty"),
    [
        (
            "2026-01-05T12:01:00-06:00",
            datetime(2026, 1, 5, 12, 1, tzinfo=MEMPHIS),
            wall("2026-01-05T12:01:00"),
            TimeCertainty.ZONED,
        ),
        (
            "2026-01-05T18:01:00Z",
            datetime(2026, 1, 5, 18, 1, tzinfo=UTC),
            wall("2026-01-05T18:01:00"),
            TimeCertainty.ZONED,
        ),
        ("2026-01-05T12:01:00", None, wall("2026-01-05T12:01:00"), TimeCertainty.LOCAL),
        ("2026-01-05", None, wall("2026-01-05T00:00:00"), TimeCertainty.DATE_ONLY),
        ("", None, None, TimeCertainty.DATE_ONLY),
        (None, None, None, TimeCertainty.DATE_ONLY),
        ("yesterday", None, None, TimeCertainty.DATE_ONLY),
    ],
)
def test_time_is_as_certain_as_fedex_writes_it(
    text: str | None, moment: datetime | None, local: datetime | None, certainty: TimeCertainty
) -> None:
    """A zone is never invented."""
    assert to_times(text) == (moment, local, certainty)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2024-04-25T00:00:00-06:00", date(2024, 4, 25)),
        ("2024-04-25T00:00:00", date(2024, 4, 25)),
        ("2024-04-25", date(2024, 4, 25)),
        ("2024-04-25T20:00:00", date(2024, 4, 25)),
        ("2024-04-25T20:00:00-06:00", datetime(2024, 4, 25, 20, tzinfo=MEMPHIS)),
        ("soon", None),
        (None, None),
    ],
)
def test_midnight_in_an_estimate_is_a_day(text: str | None, found: datetime | date | None) -> None:
    """Converted, it would be the day before for buyers in the west (field guide fedex.md section 11, pitfall 16)."""
    made = to_estimate(text)
    assert made == found
    assert type(made) is type(found)


@pytest.mark.parametrize(
    ("changes", "day"),
    [
        (
            {
                "dateAndTimes": [
                    {"type": "COMMITMENT", "dateTime": "2026-01-04"},
                    {"type": "ESTIMATED_DELIVERY", "dateTime": "soon"},
                    {"type": "ESTIMATED_DELIVERY", "dateTime": "2026-01-01"},
                ]
            },
            1,
        ),
        (
            {
                "estimatedDeliveryTimeWindow": {"window": {"ends": "2026-01-02"}},
                "standardTransitTimeWindow": {"window": {"ends": "2026-01-03"}},
            },
            2,
        ),
        (
            {
                "estimatedDeliveryTimeWindow": {"window": {"begins": "2026-01-02"}},
                "standardTransitTimeWindow": {"window": {"ends": "2026-01-03"}},
                "dateAndTimes": [{"type": "COMMITMENT", "dateTime": "2026-01-04"}],
            },
            3,
        ),
        ({"estimatedDeliveryTimeWindow": {}, "dateAndTimes": [{"type": "COMMITMENT", "dateTime": "2026-01-04"}]}, 4),
        ({"dateAndTimes": [{"type": "SHIP", "dateTime": "2026-01-04"}, {"type": "ESTIMATED_DELIVERY"}]}, None),
    ],
)
def test_estimate_is_the_first_that_can_be_read(changes: dict[str, Any], day: int | None) -> None:
    """In the order of the field guide (section 7.4)."""
    assert expected(read(result(**changes))) == (date(2026, 1, day) if day is not None else None)


# --- events ---------------------------------------------------------------------------------------------------------------

JOURNEY = (
    scan("OD", "2026-01-07T08:00:00-07:00"),
    scan("AR", "2026-01-06T09:00:00-06:00"),
    scan("PU", "2026-01-05T16:00:00-06:00"),
    scan("OC", "2026-01-05T12:00:00-06:00"),
)


def test_events_are_oldest_first() -> None:
    """FedEx has them the other way round."""
    made = tracking_of(result(*JOURNEY, code="OD"))
    assert [event.carrier_code for event in made.events] == ["OC", "PU", "AR", "OD"]
    assert [event.status for event in made.events] == [S.PRE_TRANSIT, S.IN_TRANSIT, S.IN_TRANSIT, S.OUT_FOR_DELIVERY]
    assert made.status is S.OUT_FOR_DELIVERY
    assert list(made.events) == sorted(made.events, key=event_order)


def test_event_has_place_words_and_code() -> None:
    """The region as its post writes it."""
    place = {"city": "MONTREAL", "stateOrProvinceCode": "PQ", "postalCode": "H2X", "countryCode": "CA"}
    (event,) = tracking_of(result(scan("AR", "2026-01-06T09:00:00", scanLocation=place))).events
    assert event.location == Location(city="MONTREAL", region="QC", postal_code="H2X", country_code="CA")
    assert event.description == "words for AR"
    assert (event.occurred_at, event.local_time) == (None, wall("2026-01-06T09:00:00"))


@pytest.mark.parametrize(
    ("place", "location"),
    [
        ({}, None),
        ({"city": " ", "stateOrProvinceCode": "", "countryCode": "?"}, None),
        ({"countryCode": "us"}, Location(country_code="US")),
        ({"stateOrProvinceCode": "TN"}, Location(region="TN")),
    ],
)
def test_place_is_what_is_known_of_it(place: dict[str, str], location: Location | None) -> None:
    """A code that is none costs no tracking."""
    (event,) = tracking_of(result(scan("AR", "2026-01-06T09:00:00", scanLocation=place))).events
    assert event.location == location


def test_exception_is_told_by_its_own_words_and_number() -> None:
    """They say more than "delivery exception"."""
    failed = scan("DE", "2026-01-06T09:00:00-06:00", exceptionCode="07", exceptionDescription="Refused by recipient")
    (event,) = tracking_of(result(failed)).events
    assert (event.status, event.reason, event.description) == (
        S.EXCEPTION,
        TrackingReason.REFUSED,
        "Refused by recipient",
    )


def test_unknown_type_of_scan_goes_by_its_derived_status() -> None:
    """FedEx says what it takes it for."""
    strange = scan(
        "ZZ", "2026-01-06T09:00:00-06:00", derivedStatusCode="IT", eventDescription=None, derivedStatus="In transit"
    )
    (event,) = tracking_of(result(strange)).events
    assert (event.status, event.carrier_code, event.description) == (S.IN_TRANSIT, "ZZ", "In transit")
    (other,) = tracking_of(result({"date": "2026-01-06T09:00:00-06:00", "derivedStatusCode": "PU"})).events
    assert (other.status, other.carrier_code) == (S.IN_TRANSIT, "PU")
    (nothing,) = tracking_of(result(scan("ZZ", "2026-01-06T09:00:00-06:00"))).events
    assert nothing.status is S.UNKNOWN


def test_wish_of_the_recipient_changes_nothing() -> None:
    """It is recorded, and the parcel stays where it is."""
    made = tracking_of(result(scan("RR", "2026-01-06T09:00:00-06:00"), scan("PU", "2026-01-05T09:00:00-06:00")))
    assert made.events[-1].status is None
    assert made.status is S.IN_TRANSIT


def test_scan_that_comes_twice_is_one_event() -> None:
    """With the same key, whatever the offset it is written with."""
    twice = (scan("AR", "2026-01-06T09:00:00-06:00"), scan("AR", "2026-01-06T15:00:00Z"))
    assert len(tracking_of(result(*twice)).events) == 1
    assert event_key("ar", None, "2026-01-06T09:00:00-06:00") == event_key("AR", None, "2026-01-06T15:00:00+00:00")
    assert event_key("AR", None, "2026-01-06T09:00:00") != event_key("AR", None, "2026-01-06T09:00:00Z")
    assert event_key("DE", "07", "2026-01-06") != event_key("DE", "08", "2026-01-06")
    assert event_key(None, None, None) != event_key("AR", None, None)


@pytest.mark.parametrize(
    ("newest", "older", "status"),
    [
        ("DL", "OD", S.DELIVERED),
        ("OD", "PU", S.OUT_FOR_DELIVERY),
        ("OD", "AR", S.OUT_FOR_DELIVERY),
        ("AR", "OD", S.IN_TRANSIT),
        ("HL", "OD", S.AVAILABLE_FOR_PICKUP),
        ("OD", "HL", S.OUT_FOR_DELIVERY),
    ],
)
def test_scans_of_one_second_keep_fedex_order_for_the_status(newest: str, older: str, status: TrackingStatus) -> None:
    """Several scans share a minute, and FedEx has the newest first."""
    moment = "2026-01-06T09:00:00-06:00"
    assert tracking_of(result(scan(newest, moment), scan(older, moment))).status is status


@pytest.mark.parametrize(
    ("detail", "status"),
    [
        ({"code": "IT", "derivedCode": "OD"}, S.OUT_FOR_DELIVERY),
        ({"code": "OD"}, S.OUT_FOR_DELIVERY),
        ({"code": "OD", "derivedCode": "ZZ"}, S.OUT_FOR_DELIVERY),
        ({"code": "ZZ"}, S.IN_TRANSIT),
        ({}, S.IN_TRANSIT),
        ({"code": "DE", "ancillaryDetails": [{"reason": "15"}]}, S.DELIVERY_ATTEMPTED),
        ({"code": "DE", "ancillaryDetails": [{"reasonDescription": "Business closed"}]}, S.DELIVERY_ATTEMPTED),
        ({"code": "DE"}, S.EXCEPTION),
        ({"code": "CA"}, S.CANCELLED),
    ],
)
def test_derived_code_goes_before_the_other(detail: dict[str, Any], status: TrackingStatus) -> None:
    """They disagree while a scan is being looked at again; then the scans say it (field guide fedex.md section 7.2)."""
    scanned = scan("PU", "2026-01-05T09:00:00-06:00")
    assert tracking_of(result(scanned, latestStatusDetail=detail)).status is status


def test_attempts_that_fedex_counts_are_attempts() -> None:
    """Whatever language the reason is in."""
    made = result(code="DE", deliveryDetails={"deliveryAttempts": "1"})
    assert tracking_of(made).status is S.DELIVERY_ATTEMPTED
    made = result(code="DE", deliveryDetails={"deliveryAttempts": "0"})
    assert tracking_of(made).status is S.EXCEPTION


def test_parcel_without_anything_is_unknown() -> None:
    """It is not guessed."""
    made = tracking_of(result(code="ZZ"))
    assert (made.status, made.events, made.estimated_delivery) == (S.UNKNOWN, (), None)
    assert tracking_of(result()).status is S.UNKNOWN


def test_delivery_on_the_way_back_is_a_return() -> None:
    """After RS, or with a return's details."""
    back = result(scan("DL", "2026-01-08T09:00:00-06:00"), scan("RS", "2026-01-07T09:00:00-06:00"), code="DL")
    assert tracking_of(back).status is S.RETURNED
    named = result(scan("DL", "2026-01-08T09:00:00-06:00"), code="DL", returnDetail={"authorizationName": "x"})
    assert tracking_of(named).status is S.RETURNED
    assert tracking_of(result(code="OD", returnDetail={})).status is S.OUT_FOR_DELIVERY


def test_delivery_says_when_and_to_whom() -> None:
    """And is expected no more."""
    made = tracking_of(
        result(
            scan("DL", "2026-01-08T09:00:00-06:00"),
            code="DL",
            dateAndTimes=[
                {"type": "ACTUAL_DELIVERY", "dateTime": "2026-01-08T09:01:00-06:00"},
                {"type": "ESTIMATED_DELIVERY", "dateTime": "2026-01-09"},
            ],
            deliveryDetails={"receivedByName": "J.DOE"},
            serviceDetail={"type": "FEDEX_2_DAY", "description": "FedEx 2Day."},
        )
    )
    assert made.delivered_at == datetime(2026, 1, 8, 9, 1, tzinfo=MEMPHIS)
    assert made.signed_by == "J.DOE"
    assert made.estimated_delivery is None
    assert made.service is not None
    assert made.service.code == "FEDEX_2_DAY"


def test_delivery_at_midnight_is_timed_by_its_scan() -> None:
    """Midnight means the day."""
    made = tracking_of(
        result(
            scan("DL", "2026-01-08T09:00:00-06:00"),
            code="DL",
            dateAndTimes=[{"type": "ACTUAL_DELIVERY", "dateTime": "2026-01-08T00:00:00-06:00"}],
        )
    )
    assert made.delivered_at == datetime(2026, 1, 8, 9, tzinfo=MEMPHIS)
    bare = tracking_of(result(code="DL", deliveryDetails={"signedByName": " "}, serviceDetail={"type": " "}))
    assert (bare.delivered_at, bare.signed_by, bare.service) == (None, None, None)


def test_expected_day_is_said_on_the_way() -> None:
    """Until it is there."""
    made = tracking_of(result(code="IT", dateAndTimes=[{"type": "ESTIMATED_DELIVERY", "dateTime": "2026-01-09"}]))
    assert made.estimated_delivery == date(2026, 1, 9)


# --- proof of delivery ----------------------------------------------------------------------------------------------------


def test_proof_is_asked_for_as_a_pdf() -> None:
    """With the account, without which names are hidden."""
    made = json.loads(
        json_encode(to_proof_question(to_wanted(TrackingRef(number=FIRST, shipped_on=date(2026, 1, 5))), ACCOUNT))
    )
    assert made == {
        "trackDocumentDetail": {"documentType": "SIGNATURE_PROOF_OF_DELIVERY", "documentFormat": "PDF"},
        "trackDocumentSpecification": [
            {
                "trackingNumberInfo": {"trackingNumber": FIRST},
                "shipDateBegin": "2026-01-04",
                "shipDateEnd": "2026-01-06",
                "accountNumber": ACCOUNT,
            }
        ],
    }


@pytest.mark.parametrize(
    ("papers", "form"),
    [([b64(b"%PDF-1.7")], "pdf"), (b64(b"\x89PNG"), "png"), (["?"], None), ([], None), (None, None)],
)
def test_proof_is_read(papers: list[str] | str | None, form: str | None) -> None:
    """A list, or one."""
    answer = json_decoder(ProofAnswer).decode(msgspec.json.encode({"output": {"document": papers}}))
    made = to_proof(answer)
    assert (made.format if made is not None else None) == form
    assert made is None or made.kind == "proof_of_delivery"
