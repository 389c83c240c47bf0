"""Places: which are found, in which order, and what is refused."""

from typing import Any

import pytest

from tests.sandbox.ups import desk_samples as desk
from tests.sandbox.ups.samples import Json, UPSClient, code_of, put

INVALID, MISSING = "10003", "10002"
CRITERIA = "LocationSearchCriteria"
ADDRESS = "OriginAddress.AddressKeyFormat"


async def places(ups: UPSClient, body: Json, option: str = "64") -> list[Json]:
    """Ask, and return the places."""
    answer = await desk.ask_places(ups, body, option)
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["LocatorResponse"]["SearchResults"].get("DropLocation", [])
    return found


def points(found: list[Json]) -> list[str]:
    """Return the public numbers of Access Points."""
    return [place["AccessPointInformation"]["PublicAccessPointID"] for place in found]


async def test_the_nearest_access_point_comes_first(ups: UPSClient) -> None:
    """Only those that take parcels; its number is what a shipment names."""
    found = await places(ups, desk.places_question())

    assert points(found) == ["U12345678", "U22345678"]
    distances = [float(place["Distance"]["Value"]) for place in found]
    assert distances == sorted(distances)
    assert found[0]["AddressKeyFormat"]["PostcodePrimaryLow"] == "80012"
    body = desk.to_access_point(points(found)[0])
    assert (await ups.ship(body)).status_code == 200


async def test_kilometers_are_more_than_miles(ups: UPSClient) -> None:
    """The same place."""
    miles = await places(ups, desk.places_question("80010"))
    kilometers = await places(ups, put(desk.places_question("80010"), "UnitOfMeasurement.Code", "KM"))

    assert float(kilometers[0]["Distance"]["Value"]) > float(miles[0]["Distance"]["Value"])
    assert kilometers[0]["Distance"]["UnitOfMeasurement"]["Code"] == "KM"


async def test_a_small_radius_and_a_short_list_hide_places(ups: UPSClient) -> None:
    """Without a size five come."""
    all_of_them = await places(ups, desk.places_question("80022"))
    near = await places(ups, put(desk.places_question("80400"), f"{CRITERIA}.SearchRadius", "5"))
    one = await places(ups, put(desk.places_question(), f"{CRITERIA}.MaximumListSize", "1"))

    assert (len(all_of_them), len(near), len(one)) == (2, 0, 1)


async def test_stores_are_found_by_their_kind(ups: UPSClient) -> None:
    """Option 1 finds places to hand parcels in; a code narrows it down."""
    option = {"OptionType": {"Code": "01"}, "OptionCode": [{"Code": "002"}]}
    found = await places(ups, desk.places_question(), "1")
    stores = await places(ups, desk.places_question(SearchOption=[option]), "1")

    kinds = [place["LocationAttribute"][0]["OptionCode"][0]["Code"] for place in found]
    assert sorted(kinds) == ["001", "002"]
    assert [place["AddressKeyFormat"]["ConsigneeName"] for place in stores] == ["THE UPS STORE"]


@pytest.mark.parametrize(
    ("country", "code", "point"),
    [("FR", "75001", "U10000001"), ("DE", "10115", "U10000002"), ("CA", "K1A 0B1", "U10000003")],
)
async def test_there_are_access_points_abroad(ups: UPSClient, country: str, code: str, point: str) -> None:
    """Canadian postal codes with their space too."""
    body = desk.places_question(code, country)
    put(body, f"{ADDRESS}.PoliticalDivision1", "ON" if country == "CA" else "")

    assert points(await places(ups, body)) == [point]


async def test_an_access_point_is_found_by_its_number(ups: UPSClient) -> None:
    """Wherever the question comes from, and whether it takes parcels or not."""
    search = {"PublicAccessPointID": "U32345678"}
    (found,) = await places(ups, desk.places_question("10001", AccessPointSearch=search))
    closed = await places(ups, desk.places_question(AccessPointSearch={"AccessPointStatus": "07"}))

    assert found["AccessPointInformation"]["AccessPointStatus"]["Code"] == "07"
    assert points(closed) == ["U32345678"]


async def test_a_place_is_found_by_its_number(ups: UPSClient) -> None:
    """Even a distant one."""
    found = await places(ups, put(desk.places_question("10001"), "LocationID", ["100007"]), "1")

    assert [place["LocationID"] for place in found] == ["100007"]


async def test_town_and_state_are_enough_when_they_are_clear(ups: UPSClient) -> None:
    """Otherwise there is a list to pick from; an address in one line may hold the code."""
    clear = desk.places_question("")
    town = put(desk.places_question(""), f"{ADDRESS}.PoliticalDivision2", "Chicago")
    put(town, f"{ADDRESS}.PoliticalDivision1", "IL")
    line = put(desk.places_question(""), f"{ADDRESS}.SingleLineAddress", "9 Elm St, Aurora CO 80012")

    assert points(await places(ups, clear)) == ["U12345678", "U22345678"]
    assert points(await places(ups, line)) == ["U12345678", "U22345678"]
    results = (await desk.ask_places(ups, town)).json()["LocatorResponse"]["SearchResults"]
    codes = [candidate["AddressKeyFormat"]["PostcodePrimaryLow"] for candidate in results["GeocodeCandidate"]]
    assert codes == ["60614", "60616"]


async def test_a_country_says_whether_it_has_access_points(ups: UPSClient) -> None:
    """When asked."""
    with_some = await desk.ask_places(ups, desk.places_question(AccessPointSearch={"ExistIndicator": ""}))
    body = desk.places_question("1010", "AT", AccessPointSearch={"ExistIndicator": ""})
    without = await desk.ask_places(ups, put(body, f"{ADDRESS}.PoliticalDivision1", ""))

    name = "ActiveAvailableAccessPointIndicator"
    assert name in with_some.json()["LocatorResponse"]["SearchResults"]
    assert name not in without.json()["LocatorResponse"]["SearchResults"]


@pytest.mark.parametrize(("option", "kinds"), [("8", ["03"]), ("48", ["04", "02"]), ("56", ["03", "04", "02"])])
async def test_options_list_what_can_be_searched_for(ups: UPSClient, option: str, kinds: list[str]) -> None:
    """The number of the option is a sum."""
    results = (await desk.ask_places(ups, desk.places_question(), option)).json()["LocatorResponse"]["SearchResults"]

    assert [entry["OptionType"]["Code"] for entry in results["AvailableLocationAttributes"]] == kinds


BROKEN: list[tuple[str, list[tuple[str, Any]], str, str]] = [
    ("unknown option", [], "2", INVALID),
    ("no action", [("Request.RequestAction", ...)], "64", MISSING),
    ("another action", [("Request.RequestAction", "Find")], "64", INVALID),
    ("no language", [("Translate", ...)], "64", MISSING),
    ("no unit", [("UnitOfMeasurement", ...)], "1", MISSING),
    ("unknown unit", [("UnitOfMeasurement.Code", "FT")], "64", INVALID),
    ("no country", [(f"{ADDRESS}.CountryCode", ...)], "64", MISSING),
    (
        "nowhere",
        [(f"{ADDRESS}.PostcodePrimaryLow", ""), (f"{ADDRESS}.PoliticalDivision2", "")],
        "64",
        MISSING,
    ),
    ("postal code too short", [(f"{ADDRESS}.PostcodePrimaryLow", "8001")], "64", INVALID),
    ("no such state", [(f"{ADDRESS}.PoliticalDivision1", "ZZ")], "64", INVALID),
    ("list of none", [(f"{CRITERIA}.MaximumListSize", "0")], "64", INVALID),
    ("list of 51", [(f"{CRITERIA}.MaximumListSize", "51")], "64", INVALID),
    ("radius of four", [(f"{CRITERIA}.SearchRadius", "4")], "64", INVALID),
    ("radius of 101 miles", [(f"{CRITERIA}.SearchRadius", "101")], "64", INVALID),
    ("radius in words", [(f"{CRITERIA}.SearchRadius", "far")], "64", INVALID),
    ("unknown status", [(f"{CRITERIA}.AccessPointSearch", {"AccessPointStatus": "06"})], "64", INVALID),
    (
        "number and account",
        [(f"{CRITERIA}.AccessPointSearch", {"PublicAccessPointID": "U12345678", "AccountNumber": "C4RT01"})],
        "64",
        INVALID,
    ),
    ("unknown kind of search", [(f"{CRITERIA}.SearchOption", [{"OptionType": {"Code": "09"}}])], "1", INVALID),
]


@pytest.mark.parametrize(("edits", "option", "code"), [pytest.param(e, o, c, id=n) for n, e, o, c in BROKEN])
async def test_a_question_that_breaks_a_rule_is_refused(
    ups: UPSClient, edits: list[tuple[str, Any]], option: str, code: str
) -> None:
    """A rule that nothing enforces is no rule."""
    body = desk.places_question()
    for path, value in edits:
        put(body, path, value)

    assert code_of(await desk.ask_places(ups, body, option)) == code
