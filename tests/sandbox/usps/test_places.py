"""Addresses, cities, ZIP codes, post offices and lockers."""

import pytest

from tests.sandbox.usps.samples import Json, USPSClient, code_of, message_of

ADDRESS = "/addresses/v3/address"


async def look_up(usps: USPSClient, **query: str) -> Json:
    """Look an address up, and return the answer."""
    answer = await usps.http.get(ADDRESS, params=query, headers={"Authorization": f"Bearer {await signed_in(usps)}"})
    assert answer.status_code == 200, answer.text
    made: Json = answer.json()
    return made


async def signed_in(usps: USPSClient) -> str:
    """Return a token."""
    if not usps.token:
        await usps.sign_in()
    return usps.token


async def test_an_address_comes_back_as_usps_writes_it(usps: USPSClient) -> None:
    """In capitals, abbreviated, with its ZIP+4."""
    found = await look_up(usps, streetAddress="9 elm street", city="aurora", state="CO")
    assert found["address"]["streetAddress"] == "9 ELM ST"
    assert (found["address"]["ZIPCode"], found["address"]["ZIPPlus4"]) == ("80012", "1109")
    assert found["additionalInfo"]["DPVConfirmation"] == "Y"
    assert found["matches"][0]["code"] == "31"
    assert found["additionalInfo"]["business"] == "N"


@pytest.mark.parametrize(
    ("street", "place", "member", "verdict"),
    [
        ("1 Maple Ave", "Brooklyn NY", "DPVConfirmation", "D"),
        ("1 Maple Ave Apt 4", "Brooklyn NY", "DPVConfirmation", "Y"),
        ("1 Pine Ct Apt 9", "Brooklyn NY", "DPVConfirmation", "S"),
        ("3 Ghost Rd", "Boise ID", "carrierRoute", "R777"),
        ("3 New Field Rd", "Boise ID", "vacant", "Y"),
        ("30 Mailbox Plaza", "Sacramento CA", "DPVCMRA", "Y"),
        ("1 Dock Rd", "Alpharetta GA", "business", "Y"),
    ],
)
async def test_verdicts(usps: USPSClient, street: str, place: str, member: str, verdict: str) -> None:
    """Each signal that a client has to read."""
    city, state = place.split()
    found = await look_up(usps, streetAddress=street, city=city, state=state)
    assert found["additionalInfo"][member] == verdict
    assert bool(found["corrections"]) == (verdict == "D")


async def test_a_direction_in_the_second_line_belongs_to_the_street(usps: USPSClient) -> None:
    """It is folded into the street line."""
    found = await usps.call("GET", f"{ADDRESS}?streetAddress=200 Lake St&secondaryAddress=N&city=Chicago&state=IL")
    assert found.status_code == 404
    found = await usps.call("GET", f"{ADDRESS}?streetAddress=200 N Lake St&city=Chicago&state=IL")
    assert found.json()["address"]["ZIPCode"] == "60614"


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("streetAddress=9 Nowhere Rd&city=Aurora&state=CO", 404, "Address Not Found"),
        ("streetAddress=20 Oak Ln&city=Austin&state=TX", 404, "Multiple addresses"),
        ("streetAddress=9 Elm St&state=CO&ZIPCode=10018", 400, "010003"),
        ("streetAddress=9 Elm St&state=CO&ZIPCode=00000", 400, "010002"),
        ("streetAddress=9 Elm St&state=CO", 400, "010004"),
        ("streetAddress=9 Elm St&city=Aurora", 400, "OASValidation"),
        ("streetAddress=9 Elm St&city=Aurora&state=Colorado", 400, "OASValidation"),
        ("street=9 Elm St&streetAddress=9 Elm St&city=Aurora&state=CO", 400, "OASValidation"),
    ],
)
async def test_addresses_that_are_not_found(usps: USPSClient, query: str, status: int, text: str) -> None:
    """404 with a sentence, 400 with a code, 400 of the gateway for a typo."""
    answer = await usps.call("GET", f"{ADDRESS}?{query}")
    assert answer.status_code == status
    assert text in answer.text


async def test_cities_and_zip_codes(usps: USPSClient) -> None:
    """The two smaller look-ups."""
    city = await usps.call("GET", "/addresses/v3/city-state?ZIPCode=80012")
    assert city.json() == {"city": "AURORA", "state": "CO", "ZIPCode": "80012"}
    assert code_of(await usps.call("GET", "/addresses/v3/city-state?ZIPCode=00000")) == "010002"
    found = await usps.call("GET", "/addresses/v3/zipcode?streetAddress=9 Elm St&city=Aurora&state=CO")
    assert found.json()["address"]["ZIPPlus4"] == "1109"


OFFICES = "/locations/v3/post-office-locations"


async def test_post_offices_that_keep_parcels(usps: USPSClient) -> None:
    """Only some of them do."""
    every = (await usps.call("GET", f"{OFFICES}?ZIPCode=80012")).json()
    held = (await usps.call("GET", f"{OFFICES}?ZIPCode=80012&pickupService=HOLD_FOR_PICKUP")).json()
    saturday = (await usps.call("GET", f"{OFFICES}?ZIPCode=80012&hours=SATURDAY_HOURS")).json()
    assert len(every["locations"]) == every["metadata"]["totalCount"] > len(held["locations"]) > 0
    assert len(every["locations"]) > len(saturday["locations"])
    assert {one["facilityAddress"]["state"] for one in every["locations"]} == {"CO"}
    by_city = (await usps.call("GET", f"{OFFICES}?city=Seattle&state=WA")).json()["locations"]
    assert {one["facilityAddress"]["ZIPCode"] for one in by_city} == {"98101"}


async def test_post_offices_come_in_pages(usps: USPSClient) -> None:
    """With the total beside them."""
    first = (await usps.call("GET", f"{OFFICES}?ZIPCode=80012&limit=2")).json()
    second = (await usps.call("GET", f"{OFFICES}?ZIPCode=80012&limit=2&offset=2")).json()
    names = [one["facilityName"] for one in (*first["locations"], *second["locations"])]
    assert len(set(names)) == 4
    assert (second["metadata"]["page"], second["metadata"]["totalPages"]) == (2, 3)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "160171"),
        ("?ZIPCode=80012&LAT=1&LONG=2", "160230"),
        ("?ZIPCode=00000", "160033"),
        ("?city=Nowhere&state=CO", "160033"),
        ("?ZIPCode=80012&pickupService=PICKUP_PARCEL_LOCKER", "160231"),
        ("?zip=80012", "steps.oasvalidation.Failed"),
    ],
)
async def test_places_that_cannot_be_looked_for(usps: USPSClient, query: str, code: str) -> None:
    """One way to say where, and a real one."""
    answer = await usps.call("GET", f"{OFFICES}{query}")
    assert code_of(answer) == code, message_of(answer)


async def test_lockers_and_facilities(usps: USPSClient) -> None:
    """Lockers have sizes; the two spellings of a facility's number are both in use."""
    (first, *_) = (await usps.call("GET", "/locations/v3/parcel-locker-locations?ZIPCode=80012")).json()
    assert first["lockerSizeMaximumLength"] > 0
    usps.simulator.set_switches(facility_id_name="facilityId")
    assert "facilityId" in (await usps.call("GET", f"{OFFICES}?ZIPCode=80012")).json()["locations"][0]
    dropoffs = await usps.call("GET", "/locations/v3/dropoff-locations?destinationZIPCode=80012")
    assert dropoffs.json()[0]["destinationZIPCode"] == "80012"
