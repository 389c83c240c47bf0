"""Addresses and postal codes: what is found, what is missing, what is not supported."""

from typing import Any

import pytest

from tests.sandbox.fedex.samples import FedExClient, Json, address, refusal
from tests.sandbox.fedex.shop import postal_request

RESOLVE, POSTAL = "/address/v1/addresses/resolve", "/country/v1/postal/validate"


async def resolve(fedex: FedExClient, *places: Json) -> list[Json]:
    """Ask about addresses, and return ``resolvedAddresses``."""
    body = {"addressesToValidate": [{"address": place} for place in places]}
    found: list[Json] = (await fedex.output(RESOLVE, body))["resolvedAddresses"]
    return found


def codes(found: Json) -> list[str]:
    """Return the codes of an address's messages."""
    return [message["code"] for message in found["customerMessage"]]


async def test_a_known_address_is_standardized(fedex: FedExClient) -> None:
    """Abbreviated, in capitals, with its extension; what changed is said."""
    place = address("9 elm street", "Denver", "CO", "80012")
    (found,) = await resolve(fedex, place)

    assert (found["streetLinesToken"], found["city"]) == (["9 ELM ST"], "AURORA")
    assert found["parsedPostalCode"] == {"base": "80012", "addOn": "1109", "deliveryPoint": "09"}
    assert found["cityToken"] == [{"changed": True, "value": "AURORA"}]
    assert found["attributes"]["DPV"] is found["attributes"]["Resolved"] is True
    assert found["classification"] == "RESIDENTIAL"


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        (address("1 Dock Rd", "Alpharetta", "GA", "30005"), "BUSINESS"),
        (address(), "RESIDENTIAL"),
        (address("5 New Field Rd", "Boise", "ID", "83702"), "UNKNOWN"),
        (address("1 Nowhere Blvd"), "UNKNOWN"),
    ],
    ids=["business", "home", "unclassified", "not found"],
)
async def test_an_address_is_classified(fedex: FedExClient, place: Json, expected: str) -> None:
    """It decides between Ground and Home Delivery; unknown is not a business (field guide, section 11-5)."""
    (found,) = await resolve(fedex, place)

    assert found["classification"] == expected


async def test_answers_come_in_order(fedex: FedExClient) -> None:
    """One for each address, found or not."""
    found = await resolve(fedex, address("1 Nowhere Blvd"), address(), address("PO Box 7"))

    assert [each["attributes"]["Resolved"] for each in found] == [False, True, False]
    assert [each["postOfficeBox"] for each in found] == [False, False, True]
    assert codes(found[0]) == ["STANDARDIZED.ADDRESS.NOTFOUND"]


async def test_a_missing_suite_is_said(fedex: FedExClient) -> None:
    """Such a parcel comes back."""
    without, with_it = await resolve(
        fedex,
        address("5 Maple Ave", "Brooklyn", "NY", "11201"),
        address("5 Maple Ave", "Brooklyn", "NY", "11201", streetLines=["5 Maple Ave", "Apt 2"]),
    )

    assert codes(without) == ["SUITE.NUMBER.REQUIRED"]
    assert without["attributes"]["SuiteRequiredButMissing"] is True
    assert without["attributes"]["DPV"] is False
    assert codes(with_it) == []
    assert with_it["attributes"]["DPV"] is True


async def test_a_street_in_two_places_is_ambiguous(fedex: FedExClient) -> None:
    """Oak Lane lies in two postal codes of Austin."""
    (found,) = await resolve(fedex, address("20 Oak Ln", "Austin", "TX", "78799"))

    assert found["attributes"]["MultipleMatches"] is True
    assert found["attributes"]["Resolved"] is False


async def test_abroad_only_the_form_is_checked(fedex: FedExClient) -> None:
    """And in some countries not even that (field guide, section 3)."""
    paris = {"streetLines": ["4 rue X"], "city": "Paris", "postalCode": "75001", "countryCode": "FR"}
    peru = {"streetLines": ["4 calle X"], "city": "Lima", "postalCode": "15001", "countryCode": "PE"}
    found = await resolve(fedex, paris, peru)

    assert [each["attributes"]["CountrySupported"] for each in found] == [True, False]
    assert [each["classification"] for each in found] == ["UNKNOWN", "UNKNOWN"]


async def test_attributes_can_be_strings(fedex: FedExClient) -> None:
    """Live they are, where the description says booleans (field guide, section 3)."""
    fedex.simulator.set_switches(string_attributes=True)
    (found,) = await resolve(fedex, address())

    assert (found["attributes"]["DPV"], found["attributes"]["POBox"]) == ("true", "false")


async def test_an_address_can_be_made_bad(fedex: FedExClient) -> None:
    """By command, and good again."""
    fedex.simulator.bad_address(postal_code="80012")
    (bad,) = await resolve(fedex, address())
    fedex.simulator.bad_address(postal_code="80012", bad=False)
    (good,) = await resolve(fedex, address())

    assert codes(bad) == ["STANDARDIZED.ADDRESS.NOTFOUND"]
    assert codes(good) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, (400, "ADDRESSESTOVALIDATE.EMPTY")),
        ({"addressesToValidate": [{"address": address()}] * 101}, (400, "ADDRESSESTOVALIDATE.SIZE.INVALID")),
        ({"addressesToValidate": [{"address": {"city": "Aurora"}}]}, (400, "STREETLINE1.EMPTY")),
        ({"addressesToValidate": {"address": address()}}, (422, "INVALID.INPUT.EXCEPTION")),
    ],
    ids=["none", "101", "no street", "no list"],
)
async def test_a_wrong_question_is_refused(fedex: FedExClient, body: Json, expected: tuple[int, str]) -> None:
    """At most 100 addresses a call."""
    assert refusal(await fedex.call(RESOLVE, body)) == expected


async def test_a_hundred_addresses_are_answered(fedex: FedExClient) -> None:
    """The most that a call takes."""
    assert len(await resolve(fedex, *[address()] * 100)) == 100


async def test_a_postal_code_is_cleaned(fedex: FedExClient) -> None:
    """Without spaces and dashes."""
    canada = postal_request(countryCode="CA", stateOrProvinceCode="ON", postalCode="M5H 1J9")
    output = await fedex.output(POSTAL, canada)

    assert output["cleanedPostalCode"] == "M5H1J9"
    assert output["locationDescriptions"][0]["locationId"] == "ONKA"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"carrierCode": "UPS"}, (422, "INVALID.INPUT.EXCEPTION")),
        ({"countryCode": ""}, (400, "COUNTRYCODE.REQUIRED")),
        ({"postalCode": ""}, (400, "CITYNAME.POSTALCODE.REQUIRED")),
        ({"postalCode": "8001"}, (400, "DESTINATION.POSTALCODE.INVALID")),
        ({"stateOrProvinceCode": "NY"}, (400, "COUNTRY.POSTALANDSTATEORPROVINCECODE.MISMATCH")),
        ({"shipDate": ""}, (400, "SHIPDATE.REQUIRED")),
        ({"shipDate": "2025-01-01"}, (400, "AVAILABILITY.SHIP.DATE.INVALID")),
    ],
    ids=["carrier", "country", "nothing", "form", "state", "no date", "past"],
)
async def test_a_wrong_postal_code_is_refused(
    fedex: FedExClient, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    """Each for its own reason."""
    assert refusal(await fedex.call(POSTAL, postal_request(**changes))) == expected
