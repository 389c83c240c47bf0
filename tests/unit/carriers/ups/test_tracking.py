"""Where parcels are."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from cartcarrier.carriers.ups.codes import event_reason, event_status
from cartcarrier.carriers.ups.mapping import find_package, find_warnings, to_tracking
from cartcarrier.carriers.ups.mapping.tracking import event_key, to_clock, to_day, to_event, to_offset, to_times
from cartcarrier.carriers.ups.schemas import TrackResponseEnvelope
from cartcarrier.carriers.ups.schemas.tracking import Activity
from cartcarrier.http import json_decoder
from cartcarrier.models import TimeCertainty, Tracking, TrackingReason, TrackingStatus
from tests.unit.carriers.ups.samples import CARRIER, FIRST, SECOND

S = TrackingStatus


def activity(kind: str, code: str, status_code: str | None, when: str, **changes: Any) -> dict[str, Any]:
    """Return an event, five hours behind UTC; ``when`` is the place's own ``YYYYMMDDHHMMSS``."""
    moment = datetime.strptime(when, "%Y%m%d%H%M%S").replace(tzinfo=timezone(timedelta(hours=-5))).astimezone(UTC)
    status = {"type": kind, "code": code, "description": f"event {code}"}
    if status_code is not None:
        status["statusCode"] = status_code
    values = {
        "date": when[:8],
        "time": when[8:],
        "gmtDate": f"{moment:%Y%m%d}",
        "gmtTime": f"{moment:%H:%M:%S}",
        "gmtOffset": "-05:00",
        "status": status,
        "location": {"address": {"city": "Louisville", "stateProvince": "KY", "countryCode": "US"}},
        **changes,
    }
    return {name: value for name, value in values.items() if value is not None}


def answer(*packages: dict[str, Any], **members: Any) -> TrackResponseEnvelope:
    """Return an answer about these packages."""
    shipment: dict[str, Any] = {"inquiryNumber": FIRST, **members}
    if packages:
        shipment["package"] = list(packages)
    document = json.dumps({"trackResponse": {"shipment": [shipment]}})
    decoded: TrackResponseEnvelope = json_decoder(TrackResponseEnvelope).decode(document)
    return decoded


def tracking(*events: dict[str, Any], **members: Any) -> Tracking:
    """Return what is made of a package with these events, newest first."""
    package = find_package(answer({"trackingNumber": FIRST, "activity": list(events), **members}), FIRST)
    assert package is not None
    return to_tracking(package, FIRST, CARRIER)


# --- codes --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "codes"),
    [
        (S.PRE_TRANSIT, "003 044 045 065 077 079 080 131 135 157 166"),
        (
            S.IN_TRANSIT,
            (
                "005 010 012 014 016 025 038 039 042 047 057 070 071 072 073 074 075 084 087 092 094 134 137 138 158 159"
                " 160 164 165 167 168 169"
            ),
        ),
        (S.OUT_FOR_DELIVERY, "006 021 037 078 089 091 146 162"),
        (S.AVAILABLE_FOR_PICKUP, "017 040 144 161"),
        (S.DELIVERED, "011 026 143 156"),
        (S.DELIVERY_ATTEMPTED, "022 023 024 060 061 062 066 145"),
        (
            S.EXCEPTION,
            (
                "013 029 030 032 046 048 049 050 051 052 053 058 059 064 068 069 076 083 085 086 090 093 123 124 125 126"
                " 129 130 132 139 141 147 149"
            ),
        ),
        (S.RETURN_TO_SENDER, "033 035 036 117 118 119"),
        (S.RETURNED, "034 067 081"),
        (S.CANCELLED, "007 043"),
        (S.UNKNOWN, "000 088 148 163"),
        (
            None,
            (
                "018 019 020 027 028 041 054 055 056 063 082 095 096 097 098 099 100 101 102 103 104 105 106 107 108 109"
                " 110 111 112 113 114 115 116 120 121 122 127 128 133 136 140 142 153 154 155"
            ),
        ),
    ],
    ids=str,
)
def test_status_code_decides(status: TrackingStatus | None, codes: str) -> None:
    """The table of the field guide (ups.md section 7.4), code by code."""
    for code in codes.split():
        assert event_status("I", "??", code) is status, code
        assert event_status(None, None, code.lstrip("0") or "0") is (status if code != "000" else S.UNKNOWN), code


@pytest.mark.parametrize(
    ("kind", "code", "status"),
    [
        ("M", "DP", S.PRE_TRANSIT),
        ("I", "DP", S.IN_TRANSIT),
        ("I", "OT", S.OUT_FOR_DELIVERY),
        ("I", "OD", S.IN_TRANSIT),
        ("I", "OC", S.PRE_TRANSIT),
        ("D", "FS", S.DELIVERED),
        ("D", "KB", S.DELIVERED),
        ("U", "PX", None),
        ("X", "2Q", S.AVAILABLE_FOR_PICKUP),
        ("X", "3N", S.RETURN_TO_SENDER),
        ("X", "48", S.DELIVERY_ATTEMPTED),
        ("X", "UA", S.RETURNED),
        ("I", "UA", S.IN_TRANSIT),
    ],
)
def test_same_code_means_something_else_under_another_type(kind: str, code: str, status: TrackingStatus | None) -> None:
    """Tables of other libraries confuse these (field guide ups.md section 7.4)."""
    assert event_status(kind, code, None) is status


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("M", S.PRE_TRANSIT),
        ("MV", S.CANCELLED),
        ("I", S.IN_TRANSIT),
        ("X", S.EXCEPTION),
        ("U", None),
        ("DO", S.IN_TRANSIT),
        ("DD", S.IN_TRANSIT),
        ("W", S.IN_TRANSIT),
        ("NA", S.UNKNOWN),
        ("D", S.UNKNOWN),
        ("Q", S.UNKNOWN),
        (None, S.UNKNOWN),
    ],
)
def test_type_is_the_last_resort(kind: str | None, status: TrackingStatus | None) -> None:
    """D alone may be out for delivery as well as delivered: that is not guessed."""
    assert event_status(kind, "??", None) is status


def test_status_code_that_says_nothing_leaves_it_to_the_pair() -> None:
    """148 stands for "unavailable"; the type alone would be a guess then, type and code are not."""
    assert event_status("I", "DP", "148") is S.IN_TRANSIT
    assert event_status("I", "??", "148") is S.UNKNOWN


def test_code_that_ups_adds_goes_by_its_type() -> None:
    """A number that no table has says nothing, its type still does."""
    assert event_status("I", "??", "170") is S.IN_TRANSIT
    assert event_status("D", "??", "170") is S.UNKNOWN


@pytest.mark.parametrize(
    ("kind", "code", "status_code", "reason"),
    [
        ("X", "KR", None, TrackingReason.REFUSED),
        ("X", "48", None, TrackingReason.RECIPIENT_ABSENT),
        ("X", "A6", None, TrackingReason.ADDRESS),
        ("X", "S9", None, TrackingReason.LOST),
        ("X", "??", "052", TrackingReason.WEATHER),
        ("X", "??", "126", TrackingReason.CUSTOMS),
        ("X", "??", "059", TrackingReason.DAMAGED),
        ("X", "??", "048", TrackingReason.DELAYED),
        ("X", "??", None, TrackingReason.OTHER),
        ("I", "DP", "005", None),
    ],
)
def test_reasons_come_from_the_codes(
    kind: str, code: str, status_code: str | None, reason: TrackingReason | None
) -> None:
    """Whoever writes to the buyer wants to know why."""
    assert event_reason(kind, code, status_code, event_status(kind, code, status_code)) is reason


# --- times --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("gmt_date", ["20210210", "2021-02-10"])
@pytest.mark.parametrize(("gmt_time", "hour"), [("15:58:00", 15), ("155800", 15), ("75800", 7)])
def test_utc_is_read_in_each_notation(gmt_date: str, gmt_time: str, hour: int) -> None:
    """With colons, without, and without its leading zero (field guide ups.md pitfall 10)."""
    occurred, local, certainty = to_times(
        local_date="20210210", local_time="105800", gmt_date=gmt_date, gmt_time=gmt_time, gmt_offset="-05:00"
    )
    assert occurred == datetime(2021, 2, 10, hour, 58, tzinfo=UTC)
    assert local == datetime(2021, 2, 10, 10, 58)  # noqa: DTZ001 - the carrier's wall clock
    assert certainty is TimeCertainty.ZONED


@pytest.mark.parametrize("offset", ["-05:00", "-05.00"])
def test_offset_serves_where_utc_is_missing(offset: str) -> None:
    """A push writes it with a dot."""
    occurred, _, certainty = to_times(local_date="20210210", local_time="105800", gmt_offset=offset)
    assert occurred == datetime(2021, 2, 10, 15, 58, tzinfo=UTC)
    assert certainty is TimeCertainty.ZONED


def test_zone_is_never_invented() -> None:
    """Older events have no trio; then the wall clock is all that is known."""
    occurred, local, certainty = to_times(local_date="20210210", local_time="105800")
    assert (occurred, local) == (None, datetime(2021, 2, 10, 10, 58))  # noqa: DTZ001 - the carrier's wall clock
    assert certainty is TimeCertainty.LOCAL


def test_day_alone_is_said_to_be_one() -> None:
    """Midnight would be taken for a time."""
    occurred, local, certainty = to_times(local_date="20210210", local_time=None, gmt_offset="-05:00")
    assert (occurred, local) == (None, datetime(2021, 2, 10))  # noqa: DTZ001 - the carrier's wall clock
    assert certainty is TimeCertainty.DATE_ONLY
    assert to_times(local_date=None, local_time=None) == (None, None, TimeCertainty.DATE_ONLY)


@pytest.mark.parametrize("text", [None, "", "2021021", "20211399", "abcdefgh"])
def test_unreadable_day_is_not_known(text: str | None) -> None:
    """One broken field must not hide the parcel."""
    assert to_day(text) is None


@pytest.mark.parametrize("text", [None, "", "1234567", "250000", "noon"])
def test_unreadable_time_is_not_known(text: str | None) -> None:
    """As with days."""
    assert to_clock(text) is None


@pytest.mark.parametrize("text", [None, "", "EST", "-99:00"])
def test_unreadable_offset_is_not_known(text: str | None) -> None:
    """As with days."""
    assert to_offset(text) is None


# --- events and packages ------------------------------------------------------------------------------------------------


def test_event_says_what_where_and_when() -> None:
    """Everything that UPS says and we have a word for."""
    (event,) = tracking(activity("I", "DP", "005", "20210210105800")).events
    assert (event.status, event.carrier_code, event.description) == (S.IN_TRANSIT, "DP", "event DP")
    assert event.occurred_at == datetime(2021, 2, 10, 15, 58, tzinfo=UTC)
    assert event.location is not None
    assert (event.location.city, event.location.region, event.location.country_code) == ("Louisville", "KY", "US")
    assert event.key == "I.DP.20210210T105800"


def test_key_is_the_same_over_pull_and_push() -> None:
    """A push has type, code and the place's own time, but no statusCode (field guide ups.md section 7.6)."""
    (event,) = tracking(activity("I", "DP", "005", "20210210105800")).events
    assert event.key == event_key("I", "DP", None, "20210210", "105800")


def test_country_that_is_no_code_is_left_out() -> None:
    """``country`` holds names at times."""
    place = {"address": {"city": "Paris", "country": "France"}}
    (event,) = tracking(activity("I", "AR", "005", "20210210105800", location=place)).events
    assert event.location is not None
    assert event.location.country_code is None
    (nowhere,) = tracking(activity("I", "AR", "005", "20210210105800", location={"address": {}})).events
    assert nowhere.location is None


def test_empty_event_is_read() -> None:
    """Nothing is demanded of an event."""
    event = to_event(Activity())
    assert (event.status, event.occurred_at, event.local_time) == (S.UNKNOWN, None, None)


def test_events_are_oldest_first_and_the_newest_decides() -> None:
    """UPS has them newest first."""
    made = tracking(
        activity("D", "FS", "011", "20210212090000"),
        activity("I", "OT", "021", "20210212070000"),
        activity("M", "MP", "003", "20210209120000"),
    )
    assert [event.status for event in made.events] == [S.PRE_TRANSIT, S.OUT_FOR_DELIVERY, S.DELIVERED]
    assert made.status is S.DELIVERED
    assert made.delivered_at == datetime(2021, 2, 12, 14, 0, tzinfo=UTC)


def test_delivery_after_a_return_is_a_return() -> None:
    """Status 011 at the sender's own door (field guide ups.md section 7.4)."""
    made = tracking(activity("D", "FS", "011", "20210214090000"), activity("X", "3N", "035", "20210212070000"))
    assert made.status is S.RETURNED
    assert made.delivered_at == datetime(2021, 2, 14, 14, 0, tzinfo=UTC)


def test_note_changes_nothing() -> None:
    """A photo after the delivery is no new state."""
    made = tracking(activity("U", "PX", "155", "20210212100000"), activity("D", "FS", "011", "20210212090000"))
    assert made.status is S.DELIVERED


def test_unknown_code_does_not_hide_what_is_known() -> None:
    """And stays visible among the events."""
    made = tracking(activity("D", "??", "170", "20210212100000"), activity("I", "OT", "021", "20210212090000"))
    assert made.status is S.OUT_FOR_DELIVERY
    assert made.events[-1].status is S.UNKNOWN


def test_wall_clocks_of_two_places_are_not_compared() -> None:
    """Ten o'clock in Shanghai is before nine in Louisville: without zones UPS's own order counts."""
    late_label = activity("M", "MP", "003", "20210212100000", gmtDate=None, gmtTime=None, gmtOffset=None)
    made = tracking(activity("I", "OR", "160", "20210212030000"), late_label)
    assert made.status is S.IN_TRANSIT


def test_repeated_event_counts_once() -> None:
    """UPS lists some twice."""
    scan = activity("I", "DP", "005", "20210210105800")
    assert len(tracking(scan, scan).events) == 1


def test_current_status_serves_where_there_are_no_events() -> None:
    """A new label has none."""
    made = tracking(currentStatus={"type": "M", "code": "MP", "statusCode": "003"})
    assert (made.status, made.events) == (S.PRE_TRANSIT, ())
    assert tracking().status is S.UNKNOWN


def test_rescheduled_day_comes_before_the_scheduled_one() -> None:
    """And neither matters after the delivery."""
    days = [{"type": "SDD", "date": "20210212"}, {"type": "RDD", "date": "20210213"}]
    assert tracking(activity("I", "DP", "005", "20210210105800"), deliveryDate=days).estimated_delivery == date(
        2021, 2, 13
    )
    assert tracking(activity("D", "FS", "011", "20210212090000"), deliveryDate=days).estimated_delivery is None


def test_who_signed_and_which_service() -> None:
    """Names are personal data, and stay out of the text form."""
    made = tracking(
        activity("D", "FS", "011", "20210212090000"),
        deliveryInformation={"receivedBy": "DOE "},
        service={"code": "518", "description": "UPS Ground", "levelCode": "011"},
    )
    assert made.signed_by == "DOE"
    assert "DOE" not in repr(made)
    assert made.service is not None
    assert (made.service.code, made.service.name) == ("518", "UPS Ground")


def test_package_that_was_asked_for_is_chosen() -> None:
    """A shipment of several answers with all of them."""
    both = answer({"trackingNumber": FIRST}, {"trackingNumber": SECOND})
    chosen = find_package(both, SECOND.lower())
    assert chosen is not None
    assert chosen.tracking_number == SECOND
    assert find_package(both, "1Z0000000000000000") is None


def test_package_is_known_by_its_other_number() -> None:
    """Mail Innovations parcels have the post's."""
    other = {"number": "92419900000033499522966220", "type": "USPS_PIC"}
    both = answer({"trackingNumber": FIRST}, {"trackingNumber": SECOND, "alternateTrackingNumber": other})
    chosen = find_package(both, "92419900000033499522966220")
    assert chosen is not None
    assert chosen.tracking_number == SECOND


def test_warnings_stand_where_packages_are_missing() -> None:
    """A number that is not known is a success with a warning (field guide ups.md pitfall 11)."""
    nothing = answer(warnings=[{"code": "TW0001", "message": "Tracking Information Not Found"}])
    assert find_package(nothing, FIRST) is None
    assert [warning.code for warning in find_warnings(nothing)] == ["TW0001"]
