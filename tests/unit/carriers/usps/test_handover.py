"""Addresses, SCAN forms, pickups, post offices, transit times, and what the quota allows."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import attrs
import msgspec
import pytest

from cartcarrier.carriers.usps import mapping
from cartcarrier.carriers.usps.codes import utc_offset
from cartcarrier.carriers.usps.schemas import (
    AddressResponse,
    Estimate,
    LocationsResponse,
    ScanFormResponse,
)
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import (
    Address,
    AddressValidation,
    AddressVerdict,
    PickupRequest,
    Shipment,
    ShippedParcel,
)
from cartcarrier.testing import make_shipment
from tests.unit.carriers.usps.samples import (
    FIRST,
    PDF,
    SECOND,
    TODAY,
    b64,
    canadian,
    config,
    pounds,
    recipient,
    request,
    sender,
)

# --- addresses ----------------------------------------------------------------------------------------------------------


def validation_of(asked: Address | None = None, **parts: Any) -> AddressValidation:
    """Return the verdict on an answer."""
    address = {
        "streetAddress": "9 ELM ST",
        "secondaryAddress": "APT 4",
        "city": "AURORA",
        "state": "CO",
        "ZIPCode": "80012",
        "ZIPPlus4": "1234",
    }
    info = {"DPVConfirmation": "Y", "business": "N", **parts.pop("info", {})}
    answer = {"address": {**address, **parts.pop("address", {})}, "additionalInfo": info, **parts}
    return mapping.to_validation(msgspec.convert(answer, AddressResponse), asked or recipient())


def test_question_has_no_empty_parameter() -> None:
    """The gateway refuses empty texts; old ZIP+4 are what is to be found out (pitfall 27)."""
    assert mapping.to_address_question(recipient(postal_code="80012-9999")) == {
        "streetAddress": "9 Elm St",
        "secondaryAddress": "Apt 4",
        "city": "Aurora",
        "state": "CO",
        "ZIPCode": "80012",
    }
    assert "ZIPCode" not in mapping.to_address_question(recipient(postal_code=None))
    assert mapping.to_address_question(recipient(company="Acme"))["firm"] == "Acme"
    with pytest.raises(UnsupportedOperationError) as caught:
        mapping.to_address_question(canadian())
    assert caught.value.field == "country_code"


def test_same_address_in_capitals_is_valid() -> None:
    """USPS writes capitals and adds four digits: that is no correction."""
    made = validation_of()
    assert made.verdict is AddressVerdict.VALID
    assert made.residential is True
    (found,) = made.candidates
    assert (found.street1, found.street2, found.postal_code, found.name) == (
        "9 ELM ST",
        "APT 4",
        "80012-1234",
        "Jill Q Doe",
    )


@pytest.mark.parametrize(
    ("parts", "verdict", "word"),
    [
        ({"address": {"streetAddress": "9 ELM AVE"}}, AddressVerdict.CORRECTED, None),
        ({"info": {"DPVConfirmation": "D"}}, AddressVerdict.AMBIGUOUS, "missing"),
        ({"info": {"DPVConfirmation": "S"}}, AddressVerdict.VALID, "not known"),
        ({"info": {"DPVConfirmation": "N"}}, AddressVerdict.INVALID, "cannot confirm"),
        ({"info": {"DPVConfirmation": None}}, AddressVerdict.UNKNOWN, None),
        ({"corrections": [{"code": "32", "text": "x"}]}, AddressVerdict.AMBIGUOUS, "default"),
        ({"corrections": [{"code": "22"}, {}]}, AddressVerdict.AMBIGUOUS, "none is the default"),
        ({"info": {"carrierRoute": "R777"}}, AddressVerdict.VALID, "no street delivery"),
        ({"info": {"vacant": "Y"}}, AddressVerdict.VALID, "vacant"),
        ({"info": {"DPVCMRA": "Y"}}, AddressVerdict.VALID, "mail receiving"),
    ],
)
def test_verdicts(parts: dict[str, Any], verdict: AddressVerdict, word: str | None) -> None:
    """Signals of field guide usps.md §3."""
    made = validation_of(**parts)
    assert made.verdict is verdict
    assert any(word in message for message in made.messages) if word is not None else made.messages == ()


def test_answer_without_an_address_is_no_candidate() -> None:
    """Any field may be null."""
    made = validation_of(address={"streetAddress": None})
    assert (made.verdict, made.candidates, made.residential) == (AddressVerdict.UNKNOWN, (), None)
    bare = mapping.to_validation(
        msgspec.convert({"address": {"streetAddress": "1 A ST", "city": "B"}}, AddressResponse),
        recipient(residential=True),
    )
    assert bare.verdict is AddressVerdict.UNKNOWN
    assert bare.candidates[0].postal_code == "80012"
    assert bare.candidates[0].residential is True


def test_puerto_rico_keeps_its_urbanization() -> None:
    """Its streets repeat."""
    asked = recipient(country_code="PR", region=None, street2="URB Fair Oaks")
    made = validation_of(asked, address={"urbanization": "URB FAIR OAKS", "secondaryAddress": None, "state": "PR"})
    assert (made.candidates[0].street2, made.candidates[0].street3, made.candidates[0].region) == (
        "URB FAIR OAKS",
        None,
        None,
    )
    both = validation_of(asked, address={"urbanization": "URB FAIR OAKS"}, info={"business": "Y"})
    assert (both.candidates[0].street2, both.candidates[0].street3) == ("APT 4", "URB FAIR OAKS")
    assert both.residential is False


def test_unknown_address_is_a_verdict() -> None:
    """Not an error."""
    assert mapping.not_found(ambiguous=False).verdict is AddressVerdict.INVALID
    assert mapping.not_found(ambiguous=True).verdict is AddressVerdict.AMBIGUOUS


# --- forms --------------------------------------------------------------------------------------------------------------


def shipment(*numbers: str, **changes: Any) -> Shipment:
    """Return something that was bought."""
    made = make_shipment(carrier="usps:default", tracking_number=numbers[0], **changes)
    return attrs.evolve(made, parcels=[ShippedParcel(tracking_number=number) for number in numbers])


def test_form_holds_each_label_once_and_no_return() -> None:
    """A return is handed in by somebody else."""
    assert mapping.numbers_for_form([shipment(FIRST, SECOND), shipment(FIRST), shipment("9", is_return=True)]) == [
        FIRST,
        SECOND,
    ]
    for nothing in ([], [shipment(FIRST, is_return=True)]):
        with pytest.raises(InvalidValueError) as caught:
            mapping.numbers_for_form(nothing)
        assert caught.value.field == "shipments"


def test_form_closes_what_is_handed_over_today() -> None:
    """Whatever day stood on the label."""
    made = mapping.to_scan_form([FIRST], sender(), TODAY)
    assert (made.mailing_date, made.overwrite_mailing_date, made.entry_facility_zip_code) == (
        "2026-12-01",
        True,
        "10018",
    )
    assert made.shipment.tracking_numbers == [FIRST]


def manifest_of(answer: dict[str, Any]) -> Any:
    """Return the manifest in an answer."""
    return mapping.to_manifest(msgspec.convert(answer, ScanFormResponse), [FIRST, SECOND])


def test_manifest_says_what_is_really_on_it() -> None:
    """USPS may include less than was asked for."""
    flat = manifest_of({"manifestNumber": "9275", "trackingNumbers": [FIRST], "SCANFormImage": b64(PDF)})
    assert (flat.id, flat.tracking_numbers) == ("9275", (FIRST,))
    assert [(paper.kind, paper.format, paper.data) for paper in flat.documents] == [("manifest", "pdf", PDF)]
    nested = manifest_of({"SCANFormMetaData": {"manifestNumber": "9275"}})
    assert (nested.tracking_numbers, nested.documents) == ((FIRST, SECOND), ())
    assert manifest_of({}) is None


def test_refusal_names_form_and_label() -> None:
    """In our own words: they are read again here."""
    assert mapping.form_in("x; SCAN form 9275; label 9400100000000000123453 (160040)") == "9275"
    assert mapping.label_in("x; label 9400100000000000123453 (160163)") == FIRST
    assert mapping.form_in("x") is None
    assert mapping.label_in("a label is") is None


# --- pickups ------------------------------------------------------------------------------------------------------------


def pickup(**changes: Any) -> PickupRequest:
    """Return a wish for a pickup."""
    values: dict[str, Any] = {
        "address": sender(),
        "ready_at": datetime(2026, 12, 2, 9, tzinfo=UTC),
        "close_at": datetime(2026, 12, 2, 17, tzinfo=UTC),
        "parcels": 4,
        "weight": pounds("12.5"),
    }
    return PickupRequest(**{**values, **changes})


@pytest.mark.parametrize(
    ("ready", "day"),
    [(datetime(2026, 12, 3, 1, tzinfo=UTC), "2026-12-02"), (datetime(2026, 12, 2, 9, tzinfo=UTC), "2026-12-02")],
    ids=["evening in New York", "morning"],
)
def test_pickup_is_on_the_day_of_the_place(ready: datetime, day: str) -> None:
    """By UTC an evening in America is tomorrow: the carrier would come a day late."""
    asked = pickup(ready_at=ready, close_at=ready + timedelta(hours=2))
    assert mapping.to_pickup_question(asked, config()).pickup_date == day


def test_pickup_asks_for_what_the_carrier_needs() -> None:
    """A person, a way to reach them, a place, a weight."""
    made = mapping.to_pickup_question(pickup(), config(pickup_location="OFFICE", pickup_instructions="Ring twice"))
    assert (made.pickup_date, made.estimated_weight) == ("2026-12-02", Decimal("12.5"))
    assert (made.pickup_address.first_name, made.pickup_address.last_name, made.pickup_address.firm) == (
        "Ship",
        "Desk",
        "Acme Inc",
    )
    assert [contact.cell_number for contact in made.pickup_address.contact] == ["2125550100"]
    assert (made.pickup_location.package_location, made.pickup_location.special_instructions) == (
        "OFFICE",
        "Ring twice",
    )
    assert made.pickup_address.address.zip_code == "10018"
    by_mail = mapping.to_pickup_question(pickup(address=sender(phone=None, company=None)), config())
    assert [contact.email for contact in by_mail.pickup_address.contact] == ["ship@acme.test"]
    assert by_mail.pickup_address.firm is None


@pytest.mark.parametrize(
    ("service", "kind"),
    [
        (None, "OTHER"),
        ("priority_mail", "PRIORITY_MAIL"),
        ("PRIORITY_MAIL_INTERNATIONAL", "INTERNATIONAL"),
        ("USPS_GROUND_ADVANTAGE_RETURN_SERVICE", "RETURNS"),
        ("MEDIA_MAIL", "OTHER"),
    ],
)
def test_pickup_names_the_kind_of_parcels(service: str | None, kind: str) -> None:
    """In a list of its own."""
    (packages,) = mapping.to_pickup_question(pickup(service=service), config()).packages
    assert (packages.package_type, packages.package_count) == (kind, 4)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": sender(name="Cher")}, "address.name"),
        ({"address": sender(name=None)}, "address.name"),
        ({"weight": None}, "weight"),
        ({"address": sender(phone=None, email=None)}, "address.phone"),
    ],
)
def test_pickup_that_is_not_complete_names_the_field(changes: dict[str, Any], field: str) -> None:
    """Before a call is spent."""
    with pytest.raises(InvalidValueError) as caught:
        mapping.to_pickup_question(pickup(**changes), config())
    assert caught.value.field == f"PickupRequest.{field}"


def test_pickup_abroad_is_refused() -> None:
    """Nothing was sent."""
    with pytest.raises(UnsupportedOperationError):
        mapping.to_pickup_question(pickup(address=canadian()), config())


def test_pickup_is_free_and_without_a_window() -> None:
    """The carrier comes with the mail."""
    made = mapping.to_pickup("WTC1", "usps:default")
    assert (made.id, made.window, made.charge) == ("WTC1", None, None)


# --- places and times ---------------------------------------------------------------------------------------------------


def test_places_are_asked_for_in_one_way() -> None:
    """160230: one of ZIP code, or city and state."""
    assert mapping.to_location_question(recipient(), 5) == {
        "ZIPCode": "80012",
        "pickupService": "HOLD_FOR_PICKUP",
        "limit": "5",
    }
    assert mapping.to_location_question(recipient(postal_code=None), 500) == {
        "city": "Aurora", "state": "CO", "pickupService": "HOLD_FOR_PICKUP", "limit": "100",
    }  # fmt: skip
    with pytest.raises(UnsupportedOperationError):
        mapping.to_location_question(canadian(), 5)


def test_places_that_can_be_named_are_returned() -> None:
    """``hold_at_location`` names one by its id."""
    address = {"streetAddress": "1 MAIN ST", "city": "AURORA", "state": "CO", "ZIPCode": "80012", "ZIPPlus4": "0001"}
    offices = [
        {
            "facilityID": "123",
            "facilityName": "AURORA",
            "facilityAddress": address,
            "postOfficeType": "POST_OFFICE",
            "distance": 2.1,
        },
        {"facilityId": "124", "facilityAddress": {**address, "state": "GU", "ZIPPlus4": None}},
        {"facilityName": "NAMELESS", "facilityAddress": address},
        {"facilityID": "125"},
        {"facilityID": "126", "facilityAddress": {"city": "X"}},
        {"facilityID": "127", "facilityAddress": address},
    ]
    made = mapping.to_locations(msgspec.convert({"locations": offices}, LocationsResponse, strict=False), 2)
    assert [(place.id, place.name, place.kind, place.distance) for place in made] == [
        ("123", "AURORA", "POST_OFFICE", "2.1 mi"),
        ("124", "", None, None),
    ]
    assert (made[0].address.postal_code, made[0].address.country_code) == ("80012-0001", "US")
    assert (made[1].address.postal_code, made[1].address.country_code) == ("80012", "GU")
    assert mapping.to_locations(msgspec.convert({}, LocationsResponse), 2) == []


def test_standard_is_asked_for_one_class() -> None:
    """With the day that it is handed over."""
    quoting = mapping.plan_quotes(request(), datetime(2026, 12, 1, 15, tzinfo=UTC))
    assert quoting is not None
    assert mapping.to_standard_question(quoting, "PRIORITY_MAIL") == {
        "originZIPCode": "10018", "destinationZIPCode": "80012", "acceptanceDate": "2026-12-01", "mailClass": "PRIORITY_MAIL",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("standard", "delivery", "days", "day"),
    [
        (2, {"scheduledDeliveryDateTime": "2026-12-03"}, 2, date(2026, 12, 3)),
        ("3", {"scheduledDeliveryDateTime": "2026-12-04T18:00:00"}, 3, date(2026, 12, 4)),
        ("NO STD", None, None, None),
        (None, {}, None, None),
    ],
)
def test_standards_are_read(standard: Any, delivery: Any, days: int | None, day: date | None) -> None:
    """USPS publishes examples only."""
    answer = [
        {"mailClass": "MEDIA_MAIL", "serviceStandard": 9},
        {"mailClass": "PRIORITY_MAIL", "serviceStandard": standard, "delivery": delivery},
    ]
    (made,) = mapping.to_transit_times(msgspec.convert(answer, list[Estimate]), "PRIORITY_MAIL")
    assert (made.service.code, made.transit_days, made.estimated_delivery) == ("PRIORITY_MAIL", days, day)
    assert mapping.to_transit_times([], "PRIORITY_MAIL") == []


def test_amounts_in_queries_have_cents() -> None:
    """As a number with a point."""
    assert mapping.to_dollar_text(Decimal("12.5")) == "12.50"


def test_states_have_days_of_their_own() -> None:
    """The earliest of a state's clocks, so that a day is never over yet."""
    assert [utc_offset(state) for state in ("NY", "TX", "CO", "CA", "HI", "GU", "??")] == [-4, -5, -6, -7, -10, 10, -4]


# --- volume -------------------------------------------------------------------------------------------------------------


def plan(**changes: Any) -> Any:
    """Return what sixty calls an hour allow."""
    values: dict[str, Any] = {
        "calls_per_hour": 60,
        "burst": 20,
        "sustained": Decimal(40),
        "parcels_per_day": None,
        "hours": 8,
        "quotes_per_parcel": Decimal(1),
        "addresses_per_parcel": Decimal(1),
        "voids_per_parcel": Decimal(0),
        "looks_per_parcel": Decimal(35),
        "batch": True,
    }
    return mapping.plan(**{**values, **changes})


def test_plan_says_what_the_quota_allows() -> None:
    """A new account is counted dead on its first busy day otherwise (pitfall 1)."""
    made = plan()
    assert (made.calls_per_parcel, made.parcels_per_day, made.parcels_per_hour, made.burst) == (
        Decimal("4.00"),
        78,
        9,
        5,
    )
    assert (made.fits, made.calls_needed_per_hour) == (None, None)
    assert "about 78 parcels in 8 hours" in made.sentence


def test_plan_says_what_to_ask_for() -> None:
    """Before going live."""
    much = plan(parcels_per_day=1000)
    assert much.fits is False
    assert much.calls_needed_per_hour == 752
    assert "Ask USPS for 752 calls an hour" in much.sentence
    enough = plan(calls_per_hour=752, sustained=Decimal(501), parcels_per_day=1000)
    assert enough.fits
    little = plan(parcels_per_day=50)
    assert little.fits
    assert "50 a day fit" in little.sentence


def test_following_one_by_one_is_dear() -> None:
    """The old version asks about one parcel at a time."""
    assert plan(batch=False).calls_per_parcel == Decimal("38.00")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hours": 0}, "hours"),
        ({"hours": 25}, "hours"),
        ({"quotes_per_parcel": Decimal(-1)}, "quotes_per_parcel"),
        ({"looks_per_parcel": Decimal(-1)}, "looks_per_parcel"),
        ({"parcels_per_day": 0}, "parcels_per_day"),
    ],
)
def test_figures_that_make_no_sense_are_named(changes: dict[str, Any], field: str) -> None:
    """A typo here is a wrong promise."""
    with pytest.raises(InvalidValueError) as caught:
        plan(**changes)
    assert caught.value.field == field
