"""Access Points near an address."""

import json
from typing import Any

import pytest

from cartcarrier.carriers.ups import UPSOptions
from cartcarrier.errors import AddressRejectedError, InvalidValueError, RejectedError
from cartcarrier.models import Address, CarrierLocation, ShipmentOptions
from tests.unit.carriers.ups.samples import carrier, parisian, recipient, reply, request, sent, shipment_of


def place(identity: str | None = "U12345678", **changes: Any) -> dict[str, Any]:
    """Return a place as UPS writes it."""
    made: dict[str, Any] = {
        "LocationID": "4711",
        "AddressKeyFormat": {
            "ConsigneeName": "CORNER SHOP",
            "AddressLine": "12 MAIN ST",
            "PoliticalDivision2": "AURORA",
            "PoliticalDivision1": "CO",
            "PostcodePrimaryLow": "80012",
            "CountryCode": "US",
        },
        "PhoneNumber": ["3035550199"],
        "LocationAttribute": [
            {"OptionType": {"Code": "03"}, "OptionCode": [{"Code": "01", "Description": "x"}]},
            {"OptionType": {"Code": "01"}, "OptionCode": [{"Code": "018", "Description": "UPS Access Point"}]},
        ],
        "Distance": {"Value": "0.7", "UnitOfMeasurement": {"Code": "MI"}},
        "AccessPointInformation": {"PublicAccessPointID": identity} if identity else {},
    }
    return {**made, **changes}


def places(*found: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return UPS's answer."""
    results = {"DropLocation": list(found)} if found else {}
    return {"LocatorResponse": {"Response": {"ResponseStatusCode": "1"}, "SearchResults": {**results, **changes}}}


async def test_places_are_read() -> None:
    """The nearest first, as UPS has them; UPS's internal id is not for customers."""
    driver = carrier(lambda _: reply(places(place(), place("U87654321"))))
    first, second = await driver.find_locations(recipient())
    assert first == CarrierLocation(
        id=first.id,
        name="CORNER SHOP",
        address=Address(
            company="CORNER SHOP",
            street1="12 MAIN ST",
            city="AURORA",
            region="CO",
            postal_code="80012",
            country_code="US",
            phone="3035550199",
        ),
        kind="UPS Access Point",
        distance="0.7 mi",
    )
    assert first.id.startswith("U12345678~")
    assert second.id.startswith("U87654321~")


async def test_found_place_can_be_named_in_a_shipment() -> None:
    """Nothing else is needed for it."""
    driver = carrier(lambda _: reply(places(place())))
    (found,) = await driver.find_locations(recipient())
    options = ShipmentOptions(hold_at_location=found.id, carrier_options=UPSOptions())
    made = shipment_of(request(ship_to=recipient(email="j@example.com"), options=options))
    assert made["AlternateDeliveryAddress"]["UPSAccessPointID"] == "U12345678"
    assert made["AlternateDeliveryAddress"]["Address"]["AddressLine"] == ["12 MAIN ST"]


async def test_free_access_points_are_asked_for_the_closest_first() -> None:
    """One that is closed for a while takes no parcel."""
    driver = carrier(lambda _: reply(places()))
    assert await driver.find_locations(recipient(postal_code="80012-1234"), limit=3) == ()
    (one,) = sent(driver)
    asked = json.loads(one.content)["LocatorRequest"]
    assert one.path.endswith("/search/availabilities/64")
    assert asked["OriginAddress"]["AddressKeyFormat"] == {
        "AddressLine": "9 Elm St",
        "PoliticalDivision2": "Aurora",
        "PoliticalDivision1": "CO",
        "PostcodePrimaryLow": "80012",
        "PostcodeExtendedLow": "1234",
        "CountryCode": "US",
    }
    assert asked["LocationSearchCriteria"] == {
        "MaximumListSize": "3",
        "SearchRadius": "100",
        "AccessPointSearch": {"AccessPointStatus": "01"},
    }
    assert asked["SortCriteria"] == {"SortType": "01"}
    assert asked["UnitOfMeasurement"] == {"Code": "MI"}


async def test_elsewhere_distances_are_in_kilometres() -> None:
    """And addresses have no state."""
    driver = carrier(lambda _: reply(places()))
    await driver.find_locations(parisian(region=None))
    asked = json.loads(sent(driver)[0].content)["LocatorRequest"]
    assert asked["UnitOfMeasurement"] == {"Code": "KM"}
    assert "PoliticalDivision1" not in asked["OriginAddress"]["AddressKeyFormat"]


async def test_place_without_an_id_is_left_out() -> None:
    """It could not be named in a shipment."""
    driver = carrier(lambda _: reply(places(place(None), place(AddressKeyFormat=None), place())))
    assert len(await driver.find_locations(recipient())) == 1


async def test_no_more_places_than_asked_for() -> None:
    """Whatever UPS sends."""
    driver = carrier(lambda _: reply(places(place(), place(), place())))
    assert len(await driver.find_locations(recipient(), limit=2)) == 2


async def test_address_that_ups_does_not_know_is_an_error() -> None:
    """In place of locations it names addresses that may be meant; they are not repeated."""
    guess = {"GeocodeCandidate": [{"AddressKeyFormat": {"AddressLine": "9 ELM AVE"}}]}
    driver = carrier(lambda _: reply(places(**guess)))
    with pytest.raises(AddressRejectedError) as caught:
        await driver.find_locations(recipient())
    assert "ELM" not in str(caught.value)
    assert caught.value.operation == "find_locations"


async def test_error_inside_a_success_is_an_error() -> None:
    """This interface is old: it says so in the body."""
    body = {"Response": {"ResponseStatusCode": "0", "Error": {"ErrorCode": "350201"}}, "SearchResults": {}}
    driver = carrier(lambda _: reply({"LocatorResponse": body}))
    with pytest.raises(RejectedError) as caught:
        await driver.find_locations(recipient())
    assert caught.value.code == "350201"


@pytest.mark.parametrize("limit", [0, 51])
async def test_limit_is_what_ups_takes(limit: int) -> None:
    """It would take another one in silence."""
    driver = carrier(lambda _: reply(places()))
    with pytest.raises(InvalidValueError):
        await driver.find_locations(recipient(), limit=limit)
    assert sent(driver) == []


async def test_place_of_no_known_kind_and_distance_is_one_all_the_same() -> None:
    """It takes the parcel."""
    driver = carrier(
        lambda _: reply(places(place(LocationAttribute=None, Distance=None), place(Distance={"Value": "2"})))
    )
    first, second = await driver.find_locations(recipient())
    assert (first.kind, first.distance) == (None, None)
    assert second.distance == "2"
