"""Pickups: when a carrier could come, orders, doubles, cancellations (field guide fedex.md, section 6)."""

import json
from typing import Any

import pytest

from tests.sandbox.fedex.samples import ACCOUNT, FedExClient, Json, put, refusal
from tests.sandbox.fedex.shop import PICKUP_ADDRESS, pickup_request

PICKUP = "/pickup/v1/pickups"
INPUT = (422, "INVALID.INPUT.EXCEPTION")


def availability(**changes: object) -> Json:
    """Return a good question about pickups."""
    asked: Json = {
        "pickupAddress": PICKUP_ADDRESS,
        "pickupRequestType": ["SAME_DAY", "FUTURE_DAY"],
        "carriers": ["FDXE", "FDXG"],
        "countryRelationship": "DOMESTIC",
    }
    return {**asked, **changes}


def cancel_request(code: str, **changes: object) -> Json:
    """Return a good cancellation of a pickup of the next day."""
    asked = {
        "associatedAccountNumber": {"value": ACCOUNT},
        "pickupConfirmationCode": code,
        "carrierCode": "FDXE",
        "scheduledDate": "2026-01-06",
        "location": "GAKA",
    }
    return {**asked, **changes}


async def test_each_carrier_has_times_of_its_own(fedex: FedExClient) -> None:
    """Ground comes the next business day at the earliest; express until its cut-off."""
    path = f"{PICKUP}/availabilities"
    morning = (await fedex.output(path, availability()))["options"]
    fedex.clock.advance(10.5 * 3600)  # half past five in Georgia
    fedex.tokens.clear()
    evening = (await fedex.output(path, availability()))["options"]

    def shown(options: list[Json]) -> list[tuple[str, str, bool]]:
        return [(each["carrier"], each["pickupDate"], each["available"]) for each in options]

    assert shown(morning) == [
        ("FDXE", "2026-01-05", True),
        ("FDXE", "2026-01-06", True),
        ("FDXG", "2026-01-05", False),
        ("FDXG", "2026-01-06", True),
    ]
    assert shown(evening)[0] == ("FDXE", "2026-01-05", False)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"pickupAddress": {"countryCode": "US"}}, (400, "PICKUP.POSTALCODE.MISSING")),
        ({"pickupAddress": {**PICKUP_ADDRESS, "stateOrProvinceCode": "NY"}}, (400, "COUNTRY.POSTALANDSTATEORPROVINCECODE.MISMATCH")),
        ({"carriers": []}, INPUT),
        ({"carriers": ["UPS"]}, INPUT),
        ({"pickupRequestType": ["NEVER"]}, INPUT),
        ({"countryRelationship": ""}, (400, "PICKUP.COUNTRYRELATIONSHIP.REQUIRED")),
        ({"dispatchDate": "2026-01-04"}, (400, "PICKUP.REQUESTED.PREVIOUS.DAY")),
    ],
)  # fmt: skip
async def test_a_wrong_question_about_pickups_is_refused(
    fedex: FedExClient, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    """Each for its own reason."""
    assert refusal(await fedex.call(f"{PICKUP}/availabilities", availability(**changes))) == expected


async def test_ordering_twice_makes_two_pickups(fedex: FedExClient) -> None:
    """Nothing stops it, and nothing lists them: a client must not repeat blindly (field guide, section 12)."""
    codes = [(await fedex.output(PICKUP, pickup_request()))["pickupConfirmationCode"] for _ in range(2)]
    await fedex.output(PICKUP, pickup_request("FDXG"))

    assert [each["code"] for each in fedex.simulator.pickups()][:2] == codes
    assert fedex.simulator.duplicate_pickups() == {"FDXE 2026-01-06 30005": codes}
    fedex.simulator.set_switches(refuse_duplicate_pickups=True)
    assert refusal(await fedex.call(PICKUP, pickup_request())) == (400, "PICKUP.DUPLICATE.INVALID")


async def test_only_an_express_pickup_has_a_location(fedex: FedExClient) -> None:
    """Which its cancellation must repeat."""
    air = await fedex.output(PICKUP, pickup_request())
    ground = await fedex.output(PICKUP, pickup_request("FDXG"))

    assert air["location"] == "GAKA"
    assert "location" not in ground


async def test_a_pickup_can_be_cancelled_once(fedex: FedExClient) -> None:
    """And not after its day."""
    path = f"{PICKUP}/cancel"
    first = (await fedex.output(PICKUP, pickup_request()))["pickupConfirmationCode"]
    second = (await fedex.output(PICKUP, pickup_request()))["pickupConfirmationCode"]
    done = await fedex.output(path, cancel_request(first), method="PUT")
    again = await fedex.call(path, cancel_request(first), method="PUT")
    fedex.clock.advance(2 * 86400)
    fedex.tokens.clear()
    late = await fedex.call(path, cancel_request(second), method="PUT")

    assert done["pickupConfirmationCode"] == first
    assert refusal(again) == (400, "PICKUP.CONFIRMATIONCODE.NOTFOUND")
    assert refusal(late) == (400, "PICKUP.NUMBER.EXPIRED")
    assert fedex.simulator.duplicate_pickups() == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"associatedAccountNumber": {}}, (400, "ACCOUNT.NUMBER.REQUIRED")),
        ({"associatedAccountNumber": {"value": "802255209"}}, (400, "ACCOUNT.NUMBER.NOTFOUND")),
        ({"pickupConfirmationCode": ""}, (400, "PICKUP.CONFIRMATIONCODE.REQUIRED")),
        ({"pickupConfirmationCode": "GAKA9"}, (400, "PICKUP.CONFIRMATIONCODE.NOTFOUND")),
        ({"scheduledDate": ""}, (400, "PICKUP.SCHEDULEDDATE.REQUIRED")),
        ({"scheduledDate": "soon"}, (400, "PICKUP.SCHEDULEDDATE.INVALID")),
        ({"scheduledDate": "2026-01-07"}, (400, "PICKUP.CONFIRMATIONCODE.NOTFOUND")),
        ({"carrierCode": "UPS"}, INPUT),
        ({"location": ""}, (400, "PICKUP.LOCATION.REQUIRED")),
        ({"location": "COKA"}, (400, "PICKUP.CONFIRMATIONCODE.NOTFOUND")),
    ],
)
async def test_a_wrong_cancellation_of_a_pickup_is_refused(
    fedex: FedExClient, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    """Date, carrier and, for express, location must be those of the order."""
    code = (await fedex.output(PICKUP, pickup_request()))["pickupConfirmationCode"]
    answer = await fedex.call(f"{PICKUP}/cancel", cancel_request(code, **changes), method="PUT")

    assert refusal(answer) == expected
    assert fedex.simulator.pickups()[0]["cancelled_at"] is None


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("/associatedAccountNumber.value", "802255209", (400, "ACCOUNT.NUMBER.NOTFOUND")),
        ("/carrierCode", ..., (400, "PICKUP.CARRIERCODE.REQUIRED")),
        ("/carrierCode", "UPS", INPUT),
        ("/originDetail.pickupLocation.contact.phoneNumber", ..., (400, "PICKUP.PHONENUMBER.REQUIRED")),
        ("/originDetail.pickupLocation.address.city", ..., (400, "PICKUP.CITY.REQUIRED")),
        ("/originDetail.pickupDateType", "SOMETIME", INPUT),
        ("/originDetail.readyDateTimestamp", ..., (400, "PICKUP.READYDATETIMESTAMP.REQUIRED")),
        ("/originDetail.readyDateTimestamp", "noon", (400, "PICKUP.READYDATETIMESTAMP.INVALID")),
        ("/originDetail.readyDateTimestamp", "2026-01-04T11:00:00Z", (400, "PICKUP.REQUESTED.PREVIOUS.DAY")),
        ("/originDetail.readyDateTimestamp", "2026-01-09T11:00:00Z", (400, "PICKUP.READYDATETIMESTAMP.INVALID")),
        ("/originDetail.readyDateTimestamp", "2026-01-06T17:30:00Z", (400, "PICKUP.CUTOFFTIME.INVALID")),
        ("/originDetail.readyDateTimestamp", "2026-01-06T16:00:00Z", (400, "PICKUP.ACCESSTIME.INVALID")),
        ("/originDetail.customerCloseTime", ..., (400, "PICKUP.CUSTOMERCLOSETIME.REQUIRED")),
        ("/originDetail.customerCloseTime", "5 pm", (400, "PICKUP.CUSTOMERCLOSETIME.INVALID")),
        ("/originDetail.customerCloseTime", "25:00", (400, "PICKUP.CUSTOMERCLOSETIME.INVALID")),
        ("/packageCount", 0, (400, "PICKUP.PACKAGECOUNT.INVALID")),
    ],
)
async def test_a_wrong_pickup_is_refused(fedex: FedExClient, path: str, value: Any, expected: tuple[int, str]) -> None:
    """Nobody comes then."""
    body = pickup_request()
    body["originDetail"]["pickupLocation"] = json.loads(json.dumps(body["originDetail"]["pickupLocation"]))

    assert refusal(await fedex.call(PICKUP, put(body, path, value))) == expected
    assert fedex.simulator.pickups() == []


async def test_ground_does_not_come_today_or_on_weekends(fedex: FedExClient) -> None:
    """Monday for Tuesday at the earliest."""
    today = pickup_request("FDXG", ready="2026-01-05T12:00:00Z")
    saturday = pickup_request("FDXG", ready="2026-01-10T12:00:00Z")
    friday = pickup_request("FDXG", ready="2026-01-09T12:00:00Z")

    refused = [refusal(await fedex.call(PICKUP, body)) for body in (today, saturday)]
    assert refused == [(400, "PICKUP.READYDATETIMESTAMP.INVALID")] * 2
    assert (await fedex.call(PICKUP, friday)).status_code == 200
