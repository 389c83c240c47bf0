"""Carrier pickups: ordered once for an address and a day, changed with a fresh tag only."""

import pytest

from tests.sandbox.usps.samples import Json, USPSClient, code_of, message_of, put

PATH = "/pickup/v3/carrier-pickup"


def request(**more: object) -> Json:
    """Return a good request for a pickup tomorrow, Tuesday."""
    return {
        "pickupDate": "2026-01-06",
        "pickupAddress": {
            "firstName": "Ship",
            "lastName": "Desk",
            "firm": "Acme Inc",
            "address": {"streetAddress": "1 Dock Rd", "city": "Alpharetta", "state": "GA", "ZIPCode": "30005"},
            "contact": [{"email": "ship@acme.test"}],
        },
        "packages": [{"packageType": "USPS_GROUND_ADVANTAGE", "packageCount": 3}],
        "estimatedWeight": 4.5,
        "pickupLocation": {"packageLocation": "OFFICE"},
        **more,
    }


async def order(usps: USPSClient, **more: object) -> str:
    """Order a pickup, and return its confirmation number."""
    answer = await usps.call("POST", PATH, request(**more))
    assert answer.status_code == 200, answer.text
    number: str = answer.json()["confirmationNumber"]
    return number


async def test_a_second_pickup_at_an_address_is_refused(usps: USPSClient) -> None:
    """The only guard against ordering twice; the first one's number is not told. Another day is another pickup."""
    await order(usps)
    again = await usps.call("POST", PATH, put(request(), "pickupAddress.address.streetAddress", "1 dock road"))
    assert code_of(again) == "020001"
    await order(usps, pickupDate="2026-01-07")


async def test_a_tag_is_good_for_one_change(usps: USPSClient) -> None:
    """The second use is refused, and so is none."""
    where = f"{PATH}/{await order(usps)}"
    tag = (await usps.call("GET", where)).headers["etag"]
    change = {"carrierPickupRequest": request(pickupDate="2026-01-08")}
    assert (await usps.call("PUT", where, change)).status_code == 400
    first = await usps.call("PUT", where, change, If_Match=tag)
    assert first.json()["pickupDate"] == "2026-01-08"
    assert (await usps.call("PUT", where, change, If_Match=tag)).status_code == 412
    assert (await usps.call("DELETE", where, If_Match=first.headers["etag"])).status_code == 200
    assert (await usps.call("GET", where)).status_code == 404


async def test_a_tag_is_good_for_an_hour(usps: USPSClient) -> None:
    """Afterwards the pickup has to be read again."""
    where = f"{PATH}/{await order(usps)}"
    tag = (await usps.call("GET", where)).headers["etag"]
    usps.clock.advance(3600)
    assert (await usps.call("DELETE", where, If_Match=tag)).status_code == 412
    tag = (await usps.call("GET", where)).headers["etag"]
    usps.clock.advance(3599)
    assert (await usps.call("DELETE", where, If_Match=tag)).status_code == 200


async def test_after_a_cancellation_the_address_is_free(usps: USPSClient) -> None:
    """And may be ordered for anew."""
    where = f"{PATH}/{await order(usps)}"
    tag = (await usps.call("GET", where)).headers["etag"]
    await usps.call("DELETE", where, If_Match=tag)
    await order(usps)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param({"pickupDate": "2026-01-04"}, "020016", id="yesterday"),
        pytest.param({"pickupDate": "2027-01-06"}, "020017", id="in more than a year"),
        pytest.param({"pickupDate": "2026-01-11"}, "020018", id="a Sunday"),
        pytest.param({"pickupDate": "2026-01-05"}, "020018", id="today, after two in the night"),
        pytest.param({"pickupLocation": {"packageLocation": "OTHER"}}, "020020", id="elsewhere, unsaid"),
        pytest.param(
            {"pickupLocation": {"packageLocation": "OFFICE", "specialInstructions": "x" * 256}}, "020019", id="too long"
        ),
        pytest.param({"packages": [{"packageType": "OTHER", "packageCount": 0}]}, "020003", id="nothing to pick up"),
        pytest.param(
            {"packages": [{"packageType": "GROUND", "packageCount": 1}]},
            "steps.oasvalidation.Failed",
            id="unknown type",
        ),
        pytest.param({"estimatedWeight": "4"}, "steps.oasvalidation.Failed", id="text for a number"),
    ],
)
async def test_pickups_that_cannot_be(usps: USPSClient, change: Json, code: str) -> None:
    """With USPS's own code; a change has others for the same."""
    answer = await usps.call("POST", PATH, request(**change))
    assert code_of(answer) == code, message_of(answer)


@pytest.mark.parametrize(
    ("day", "code"), [("2026-01-04", "020009"), ("2027-01-06", "020010"), ("2026-01-11", "020011")]
)
async def test_changes_have_codes_of_their_own(usps: USPSClient, day: str, code: str) -> None:
    """The pickup stays as it was."""
    where = f"{PATH}/{await order(usps)}"
    tag = (await usps.call("GET", where)).headers["etag"]
    answer = await usps.call("PUT", where, {"carrierPickupRequest": request(pickupDate=day)}, If_Match=tag)
    assert code_of(answer) == code
    assert (await usps.call("GET", where)).json()[0]["pickupDate"] == "2026-01-06"


async def test_the_next_possible_day_is_found(usps: USPSClient) -> None:
    """From Sunday to Monday, when the caller leaves it to USPS."""
    answer = await usps.call("POST", PATH, request(pickupDate="2026-01-11", nextAvailablePickup=True))
    assert answer.json()["pickupDate"] == "2026-01-12"


async def test_today_is_possible_until_two_in_the_night_central(usps: USPSClient) -> None:
    """07:59 UTC on Tuesday is 01:59 in Chicago; a minute later it is too late."""
    usps.pass_time(hours=19, minutes=59)
    await order(usps)
    usps.pass_time(minutes=1)
    elsewhere = put(request(), "pickupAddress.address.streetAddress", "2 Dock Rd")
    assert code_of(await usps.call("POST", PATH, elsewhere)) == "020018"


async def test_eligibility_wants_a_place(usps: USPSClient) -> None:
    """A ZIP code, or city and state."""
    assert (await usps.call("GET", f"{PATH}/eligibility?streetAddress=1 Dock Rd&ZIPCode=30005")).status_code == 200
    assert code_of(await usps.call("GET", f"{PATH}/eligibility?streetAddress=1 Dock Rd&city=Alpharetta")) == "020003"
    assert code_of(await usps.call("GET", f"{PATH}/eligibility?ZIPCode=30005")) == "steps.oasvalidation.Failed"


async def test_a_pickup_may_be_read_as_an_object(usps: USPSClient) -> None:
    """The published example is one, the description says a list."""
    where = f"{PATH}/{await order(usps)}"
    assert isinstance((await usps.call("GET", where)).json(), list)
    usps.simulator.set_switches(pickup_as_list=False)
    assert (await usps.call("GET", where)).json()["pickupDate"] == "2026-01-06"
