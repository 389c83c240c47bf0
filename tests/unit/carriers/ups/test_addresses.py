"""Checked addresses."""

import json
from typing import Any

import pytest

from cartcarrier.carriers.ups.mapping import to_address_question, to_validation
from cartcarrier.carriers.ups.schemas import XAVResponseEnvelope
from cartcarrier.errors import UnsupportedOperationError
from cartcarrier.http import json_decoder, json_encode
from cartcarrier.models import Address, AddressValidation, AddressVerdict
from tests.unit.carriers.ups.samples import parisian, recipient


def candidate(code: str | None = "2", **changes: Any) -> dict[str, Any]:
    """Return an address that UPS proposes."""
    key: dict[str, Any] = {
        "AddressLine": ["9 ELM ST"],
        "PoliticalDivision2": "AURORA",
        "PoliticalDivision1": "CO",
        "PostcodePrimaryLow": "80012",
        "PostcodeExtendedLow": "1234",
        "CountryCode": "US",
    }
    made: dict[str, Any] = {"AddressKeyFormat": {**key, **changes}}
    if code is not None:
        made["AddressClassification"] = {"Code": code, "Description": ""}
    return made


def verdict(asked: Address | None = None, **members: Any) -> AddressValidation:
    """Return what is made of an answer."""
    document = {"XAVResponse": {"Response": {"ResponseStatus": {"Code": "1"}}, **members}}
    answer = json_decoder(XAVResponseEnvelope).decode(json.dumps(document)).xav_response
    return to_validation(answer, asked or recipient())


def test_question_is_in_ups_words() -> None:
    """City and state are political divisions; no name is sent, none is needed."""
    made = json.loads(json_encode(to_address_question(recipient(street2="Apt 4", postal_code="80012-1234"))))
    assert made == {
        "XAVRequest": {
            "AddressKeyFormat": {
                "AddressLine": ["9 Elm St", "Apt 4"],
                "PoliticalDivision2": "Aurora",
                "PoliticalDivision1": "CO",
                "PostcodePrimaryLow": "80012",
                "PostcodeExtendedLow": "1234",
                "CountryCode": "US",
            }
        }
    }


def test_other_countries_cannot_be_checked() -> None:
    """UPS would answer that it has no candidates: that is not a wrong address."""
    with pytest.raises(UnsupportedOperationError):
        to_address_question(parisian())


def test_same_address_in_capitals_is_valid() -> None:
    """UPS writes in capitals and adds four digits."""
    made = verdict(ValidAddressIndicator="", Candidate=[candidate()])
    assert (made.verdict, made.residential) == (AddressVerdict.VALID, True)
    assert made.candidates[0].postal_code == "80012-1234"
    assert made.candidates[0].name == "Jill Doe", "the person stays with the address"


@pytest.mark.parametrize(
    "change", [{"AddressLine": ["9 ELM AVE"]}, {"PoliticalDivision2": "DENVER"}, {"PostcodePrimaryLow": "80013"}]
)
def test_what_ups_corrects_in_passing_is_corrected(change: dict[str, Any]) -> None:
    """It calls that valid, too (field guide ups.md section 3)."""
    made = verdict(ValidAddressIndicator="", Candidate=candidate(**change))
    assert made.verdict is AddressVerdict.CORRECTED
    assert len(made.candidates) == 1


def test_ambiguous_address_has_candidates() -> None:
    """A person chooses."""
    made = verdict(AmbiguousAddressIndicator="", Candidate=[candidate("1"), candidate("2", AddressLine="11 ELM ST")])
    assert made.verdict is AddressVerdict.AMBIGUOUS
    assert [(one.street1, one.residential) for one in made.candidates] == [("9 ELM ST", False), ("11 ELM ST", True)]


def test_no_candidates_are_a_verdict() -> None:
    """An address that UPS does not know is not an error of the call."""
    made = verdict(NoCandidatesIndicator="")
    assert (made.verdict, made.candidates) == (AddressVerdict.INVALID, ())


def test_answer_without_an_indicator_is_unknown() -> None:
    """It is not guessed."""
    assert verdict().verdict is AddressVerdict.UNKNOWN


@pytest.mark.parametrize(("code", "expected"), [("0", None), ("1", False), ("2", True), ("9", None)])
def test_residential_is_none_when_ups_does_not_know(code: str, expected: bool | None) -> None:
    """False would be billed as a firm (field guide ups.md section 3)."""
    made = verdict(ValidAddressIndicator="", AddressClassification={"Code": code}, Candidate=candidate(code))
    assert made.residential is expected


def test_candidate_without_a_street_is_left_out() -> None:
    """It is no address."""
    made = verdict(AmbiguousAddressIndicator="", Candidate=[candidate(AddressLine=[]), {}])
    assert made.candidates == ()
