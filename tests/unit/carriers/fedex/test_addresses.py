"""Checked addresses, postal codes and places."""

import json
from datetime import date
from typing import Any

import msgspec
import pytest

from cartcarrier.carriers.fedex.mapping import (
    to_address_question,
    to_location_question,
    to_locations,
    to_postal_code,
    to_postal_question,
    to_validation,
)
from cartcarrier.carriers.fedex.schemas import AddressAnswer, LocationAnswer, PostalAnswer
from cartcarrier.errors import InvalidValueError
from cartcarrier.http import json_decoder, json_encode
from cartcarrier.models import Address, AddressValidation, AddressVerdict, CarrierLocation
from tests.unit.carriers.fedex.samples import parisian, recipient

V = AddressVerdict


def resolved(**changes: Any) -> dict[str, Any]:
    """Return what FedEx makes of Jill's address, changed by keyword."""
    made: dict[str, Any] = {
        "streetLinesToken": ["9 ELM ST"],
        "city": "AURORA",
        "stateOrProvinceCode": "CO",
        "parsedPostalCode": {"base": "80012", "addOn": "1234"},
        "countryCode": "US",
        "classification": "RESIDENTIAL",
        "attributes": {"DPV": True, "Resolved": True, "Matched": True, "CountrySupported": True},
    }
    return {**made, **changes}


def judged(asked: Address | None = None, **changes: Any) -> AddressValidation:
    """Return the verdict on an address."""
    answer = {"output": {"resolvedAddresses": [resolved(**changes)]}}
    return to_validation(json_decoder(AddressAnswer).decode(msgspec.json.encode(answer)), asked or recipient())


def facts(**changes: Any) -> dict[str, Any]:
    """Return attributes."""
    return {"attributes": {"DPV": True, "Resolved": True, "Matched": True, **changes}}


def test_address_is_asked_as_it_is() -> None:
    """What does not fit is for FedEx to judge; Quebec in its spelling."""
    asked = recipient(street2=" ", street3="Rear", region="qc", country_code="CA", postal_code=None)
    assert json.loads(json_encode(to_address_question(asked))) == {
        "addressesToValidate": [
            {
                "address": {
                    "streetLines": ["9 Elm St", "Rear"],
                    "city": "Aurora",
                    "stateOrProvinceCode": "PQ",
                    "countryCode": "CA",
                }
            }
        ]
    }


def test_known_address_is_valid() -> None:
    """Capitals and the four digits that are added change nothing."""
    made = judged()
    assert made.verdict is V.VALID
    assert made.residential is True
    (candidate,) = made.candidates
    assert (candidate.street1, candidate.postal_code, candidate.residential) == ("9 ELM ST", "80012-1234", True)
    assert candidate.name == "Jill Doe"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"streetLinesToken": ["9 ELM STREET"]}, V.CORRECTED),
        ({"city": "DENVER"}, V.CORRECTED),
        ({"parsedPostalCode": {"base": "80013"}}, V.CORRECTED),
        ({"parsedPostalCode": None}, V.VALID),
        ({"streetLinesToken": [{"changed": True, "value": "9 ELM AVE"}]}, V.CORRECTED),
        ({"streetLinesToken": [{"changed": False, "value": "9 ELM ST"}]}, V.VALID),
        ({"cityToken": [{"changed": True, "value": "AURORA"}]}, V.VALID),
        (facts(SuiteRequiredButMissing="true"), V.AMBIGUOUS),
        (facts(InvalidSuiteNumber=True), V.AMBIGUOUS),
        (facts(MultipleMatches=True), V.AMBIGUOUS),
        ({"customerMessage": ["SUITE.NUMBER.REQUIRED"]}, V.AMBIGUOUS),
        (facts(DPV=False), V.INVALID),
        (facts(DPV="false"), V.INVALID),
        (facts(DPV=None), V.VALID),
        (facts(DPV=None, Resolved="false", Matched="false"), V.INVALID),
        (facts(DPV=None, Resolved=False, Matched="True"), V.VALID),
        ({"customerMessage": [{"code": "STANDARDIZED.ADDRESS.NOTFOUND"}]}, V.INVALID),
        ({"streetLinesToken": []}, V.INVALID),
        ({"attributes": None}, V.INVALID),
        (facts(CountrySupported="false"), V.UNKNOWN),
    ],
)
def test_verdict_follows_the_facts(changes: dict[str, Any], verdict: AddressVerdict) -> None:
    """Texts or truth values (field guide fedex.md section 3)."""
    made = judged(**changes)
    assert made.verdict is verdict
    assert bool(made.candidates) is (verdict not in {V.INVALID, V.UNKNOWN})


def test_elsewhere_delivery_points_play_no_part() -> None:
    """They are the US post's."""
    paris = {
        "streetLinesToken": ["4 RUE DES TESTS"],
        "city": "PARIS",
        "stateOrProvinceCode": None,
        "parsedPostalCode": None,
        "postalCodeToken": {"changed": False, "value": "75001"},
        "countryCode": "FR",
    }
    asked = parisian(region=None)
    assert judged(asked, **paris, **facts(DPV=False)).verdict is V.VALID
    other = {**paris, "postalCodeToken": {"changed": True, "value": "75002"}}
    made = judged(asked, **other, **facts(DPV=False))
    assert made.verdict is V.CORRECTED
    assert made.candidates[0].postal_code == "75002"


@pytest.mark.parametrize(
    ("classification", "residential"),
    [("RESIDENTIAL", True), ("BUSINESS", False), ("MIXED", None), ("UNKNOWN", None), (None, None)],
)
def test_unclear_class_is_not_known(classification: str | None, residential: bool | None) -> None:
    """Taken for a firm, a home gets the wrong service (field guide fedex.md section 11, pitfall 5)."""
    made = judged(classification=classification)
    assert made.residential is residential
    assert made.candidates[0].residential is residential


def test_candidate_is_what_fedex_would_write() -> None:
    """City from its tokens, the rest of the street on the third line, the region as its post writes it."""
    made = judged(
        recipient(country_code="CA", region="QC", postal_code="H2X 1Y4"),
        streetLinesToken=["1 MAIN ST", "APT 2", "FLOOR 3", "REAR"],
        city=None,
        cityToken=[{"value": "MONTREAL"}],
        stateOrProvinceCode="PQ",
        parsedPostalCode={"base": "H2X1Y4"},
        countryCode="CA",
    )
    (candidate,) = made.candidates
    assert (candidate.street2, candidate.street3, candidate.city) == ("APT 2", "FLOOR 3 REAR", "MONTREAL")
    assert (candidate.region, candidate.postal_code) == ("QC", "H2X1Y4")


def test_messages_are_passed_on_in_both_shapes() -> None:
    """The description leaves their shape open."""
    made = judged(customerMessage=["INTERPOLATED.STREET.ADDRESS", {"code": "A.B", "message": "words"}, {}])
    assert made.messages == ("INTERPOLATED.STREET.ADDRESS", "A.B: words")


def test_no_answer_is_not_known() -> None:
    """It is not "invalid"."""
    empty = {"output": {"alerts": [{"code": "A.B", "message": "words"}]}}
    made = to_validation(json_decoder(AddressAnswer).decode(msgspec.json.encode(empty)), recipient())
    assert (made.verdict, made.messages) == (V.UNKNOWN, ("A.B: words",))


# --- postal codes ---------------------------------------------------------------------------------------------------------


def test_postal_code_is_asked_of_the_network() -> None:
    """Ground's is another than Express's."""
    question = to_postal_question(" h2x 1y4 ", country_code="ca", region=None, ground=True, day=date(2026, 12, 1))
    assert json.loads(json_encode(question)) == {
        "carrierCode": "FDXG",
        "countryCode": "CA",
        "stateOrProvinceCode": "",
        "postalCode": "H2X 1Y4",
        "shipDate": "2026-12-01",
    }
    express = to_postal_question("80012", country_code="US", region="co", ground=False, day=date(2026, 12, 1))
    assert (express.carrier_code, express.state_or_province_code) == ("FDXE", "CO")


@pytest.mark.parametrize(("code", "country", "field"), [(" ", "US", "postal_code"), ("80012", "", "country_code")])
def test_empty_question_is_refused(code: str, country: str, field: str) -> None:
    """Nothing was sent."""
    with pytest.raises(InvalidValueError) as caught:
        to_postal_question(code, country_code=country, region=None, ground=False, day=date(2026, 12, 1))
    assert caught.value.field == field


def test_postal_code_is_valid_where_somebody_serves_it() -> None:
    """Or where FedEx writes it anew."""
    answer = {
        "output": {
            "countryCode": "CA",
            "stateOrProvinceCode": "PQ",
            "cleanedPostalCode": "H2X1Y4",
            "locationDescriptions": [{"serviceArea": "A1"}, {"serviceArea": "A1"}, {}],
        }
    }
    made = to_postal_code(json_decoder(PostalAnswer).decode(msgspec.json.encode(answer)))
    assert (made.valid, made.postal_code, made.region, made.country_code) == (True, "H2X1Y4", "QC", "CA")
    assert made.service_areas == ("A1",)
    nothing = to_postal_code(json_decoder(PostalAnswer).decode(b'{"output":{"alerts":[{"code":"A.B"}]}}'))
    assert (nothing.valid, nothing.region, nothing.messages) == (False, None, ("A.B",))


# --- places ---------------------------------------------------------------------------------------------------------------


def places(*details: dict[str, Any], limit: int = 10) -> list[CarrierLocation]:
    """Return the places in an answer."""
    answer = {"output": {"locationDetailList": list(details)}}
    return to_locations(json_decoder(LocationAnswer).decode(msgspec.json.encode(answer)), limit)


def place(identity: str | None = "MEMKA", **changes: Any) -> dict[str, Any]:
    """Return a place."""
    address = {
        "streetLines": ["2903 Sprankel Ave", "Suite 1", "Floor 2", "Rear"],
        "city": "Memphis",
        "stateOrProvinceCode": "TN",
        "postalCode": "38118",
        "countryCode": "US",
        "residential": False,
        **changes,
    }
    return {
        "locationId": identity,
        "locationType": "FEDEX_STAFFED",
        "distance": {"units": "MI", "value": 3.50},
        "contactAndAddress": {
            "address": address,
            "contact": {"companyName": "FedEx Ship Center"},
            "addressAncillaryDetail": {"displayName": "Memphis Service Center"},
        },
    }


def test_places_are_asked_for_where_parcels_can_wait() -> None:
    """The nearest first, in the country's own measure."""
    made = json.loads(json_encode(to_location_question(recipient(), 5), decimals="number"))
    assert made["locationsSummaryRequestControlParameters"] == {
        "distance": {"units": "MI", "value": 50},
        "maxResults": 5,
    }
    assert made["locationCapabilities"] == [{"transferOfPossessionType": "HOLD_AT_LOCATION"}]
    assert made["sort"] == {"criteria": "DISTANCE", "order": "ASCENDING"}
    paris = json.loads(json_encode(to_location_question(parisian(), 5), decimals="number"))
    assert paris["locationsSummaryRequestControlParameters"]["distance"]["units"] == "KM"


@pytest.mark.parametrize("limit", [0, 101])
def test_odd_number_of_places_is_refused(limit: int) -> None:
    """Nothing was sent."""
    with pytest.raises(InvalidValueError) as caught:
        to_location_question(recipient(), limit)
    assert caught.value.field == "limit"


def test_place_is_read() -> None:
    """Its id is what a hold names."""
    (made,) = places(place())
    assert (made.id, made.name, made.kind, made.distance) == (
        "MEMKA",
        "Memphis Service Center",
        "FEDEX_STAFFED",
        "3.5 mi",
    )
    assert (made.address.street1, made.address.street2, made.address.street3) == (
        "2903 Sprankel Ave",
        "Suite 1",
        "Floor 2 Rear",
    )


@pytest.mark.parametrize(
    "detail",
    [
        place(None),
        {"locationId": "X"},
        {"locationId": "X", "contactAndAddress": {}},
        place(streetLines=[" "]),
        place(city=" "),
        place(countryCode=None),
        place(countryCode="USA"),
    ],
)
def test_place_that_cannot_be_used_is_left_out(detail: dict[str, Any]) -> None:
    """Without an id or an address nobody can go there."""
    assert places(detail, place()) == places(place())


def test_place_without_a_sign_has_the_firms_name() -> None:
    """Or FedEx's; a distance that is not said is not known."""
    bare = place()
    del bare["contactAndAddress"]["addressAncillaryDetail"]
    del bare["distance"]
    (made,) = places(bare)
    assert (made.name, made.distance) == ("FedEx Ship Center", None)
    del bare["contactAndAddress"]["contact"]
    assert places(bare)[0].name == "FedEx"


def test_no_more_places_than_asked_for() -> None:
    """FedEx may send more."""
    assert len(places(place("A"), place("B"), place("C"), limit=2)) == 2
    assert to_locations(json_decoder(LocationAnswer).decode(b'{"output":{}}'), 5) == []
