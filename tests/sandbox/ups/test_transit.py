"""Time in transit: what is asked for, what comes back, what is refused."""

from datetime import date
from typing import Any

import pytest

from tests.sandbox.ups import desk_samples as desk
from tests.sandbox.ups.samples import Json, UPSClient, code_of, put, quote_request

INVALID, MISSING = "10003", "10002"


async def services(ups: UPSClient, body: Json) -> dict[str, Json]:
    """Ask, and return the services by their level."""
    answer = await desk.ask_transit(ups, body)
    assert answer.status_code == 200, answer.text
    response = answer.json()["emsResponse"]
    assert response["numberOfServices"] == len(response["services"])
    return {service["serviceLevel"]: service for service in response["services"]}


async def test_services_have_codes_of_their_own(ups: UPSClient) -> None:
    """They are not the rating codes (field guide, section 2.2)."""
    home = await services(ups, desk.transit_question())
    abroad = await services(ups, desk.transit_abroad())

    assert list(home) == ["1DM", "1DA", "1DP", "2DM", "2DA", "3DS", "GND"]
    assert all(len(code) == 2 and code.isdigit() for code in abroad)
    assert home["1DA"]["guaranteeIndicator"] == "1"
    assert home["GND"]["guaranteeIndicator"] == "0"
    assert home["GND"]["totalTransitDays"] == 0
    assert all(service["totalTransitDays"] >= service["businessTransitDays"] for service in abroad.values())


async def test_a_day_agrees_with_the_one_that_rating_gives(ups: UPSClient) -> None:
    """Two interfaces of one carrier must not contradict each other."""
    question = put(quote_request(), "Shipment.Service", {"Code": "03"})
    rated = (await ups.rate(question, "Ratetimeintransit")).json()["RateResponse"]["RatedShipment"][0]
    ground = (await services(ups, desk.transit_question()))["GND"]

    arrival = rated["TimeInTransit"]["ServiceSummary"]["EstimatedArrival"]
    assert ground["deliveryDate"].replace("-", "") == arrival["Arrival"]["Date"]
    assert str(ground["businessTransitDays"]) == arrival["BusinessDaysInTransit"]
    assert ground["deliveryDayOfWeek"] == arrival["DayOfWeek"]


async def test_a_friday_brings_saturday_services(ups: UPSClient) -> None:
    """As levels of their own, which cost more; on other days there are none."""
    friday = await services(ups, desk.transit_question(shipDate="2026-01-09"))

    assert (friday["1DA"]["deliveryDate"], friday["1DAS"]["deliveryDate"]) == ("2026-01-12", "2026-01-10")
    assert friday["1DMS"]["deliveryDayOfWeek"] == "SAT"


async def test_a_shipment_of_the_weekend_leaves_on_monday(ups: UPSClient) -> None:
    """And it says so."""
    saturday = await services(ups, desk.transit_question(shipDate="2026-01-10"))

    assert saturday["1DA"]["pickupDate"] == "2026-01-12"
    assert saturday["1DA"]["nextDayPickupIndicator"] == "1"
    assert date.fromisoformat(saturday["1DA"]["deliveryDate"]) == date(2026, 1, 13)


@pytest.mark.parametrize("status", [200, 206])
async def test_an_ambiguous_town_brings_a_list(ups: UPSClient, status: int) -> None:
    """It is no error (field guide, section 2.2); another status than 200 has been seen."""
    ups.simulator.set_switches(ambiguous_status=status)
    body = desk.transit_question(
        destinationPostalCode=..., destinationCityName="Chicago", destinationStateProvince="IL"
    )
    answer = await desk.ask_transit(ups, body)

    assert answer.status_code == status
    made = answer.json()
    assert made["validationList"] == {"originAmbiguous": False, "destinationAmbiguous": True}
    assert [candidate["postalCode"] for candidate in made["destinationPickList"]] == ["60614", "60616"]
    assert "emsResponse" not in made


BROKEN: list[tuple[str, dict[str, Any], str]] = [
    ("no origin", {"originCountryCode": ...}, MISSING),
    ("no destination", {"destinationCountryCode": ...}, MISSING),
    ("country in words", {"destinationCountryCode": "USA"}, INVALID),
    ("postal code too short", {"destinationPostalCode": "8001"}, INVALID),
    ("no postal code, unknown town", {"destinationPostalCode": ..., "destinationCityName": "Nowhere"}, INVALID),
    ("home or not is not said", {"residentialIndicator": ...}, MISSING),
    ("home or not in words", {"residentialIndicator": "yes"}, INVALID),
    ("date without dashes", {"shipDate": "20260105"}, INVALID),
    ("date that is none", {"shipDate": "2026-02-30"}, INVALID),
    ("date too long ago", {"shipDate": "2025-11-30"}, INVALID),
    ("date too far ahead", {"shipDate": "2026-03-07"}, INVALID),
    ("time that is none", {"shipTime": "25:00:00"}, INVALID),
    ("weight without unit", {"weightUnitOfMeasure": ...}, MISSING),
    ("weight in words", {"weight": "three"}, INVALID),
    ("weight true", {"weight": True}, INVALID),
    ("weight above 150 pounds", {"weight": "150.1"}, INVALID),
    ("unknown kind of bill", {"billType": "05"}, INVALID),
]
ABROAD: list[tuple[str, dict[str, Any], str]] = [
    ("no weight", {"weight": ...}, MISSING),
    ("no kind of bill", {"billType": ...}, MISSING),
    ("no value", {"shipmentContentsValue": ...}, MISSING),
    ("value without currency", {"shipmentContentsCurrencyCode": ...}, MISSING),
]


@pytest.mark.parametrize(("changes", "code"), [pytest.param(c, k, id=n) for n, c, k in BROKEN])
async def test_a_question_that_breaks_a_rule_is_refused(ups: UPSClient, changes: dict[str, Any], code: str) -> None:
    """At home."""
    assert code_of(await desk.ask_transit(ups, desk.transit_question(**changes))) == code


@pytest.mark.parametrize(("changes", "code"), [pytest.param(c, k, id=n) for n, c, k in ABROAD])
async def test_a_question_abroad_needs_more(ups: UPSClient, changes: dict[str, Any], code: str) -> None:
    """Weight, kind of bill and value."""
    assert code_of(await desk.ask_transit(ups, desk.transit_abroad(**changes))) == code


async def test_documents_abroad_need_no_value(ups: UPSClient) -> None:
    """They have none."""
    body = desk.transit_abroad(billType="02", shipmentContentsValue=..., shipmentContentsCurrencyCode=...)

    assert await services(ups, body)


@pytest.mark.parametrize(
    "headers", [{"transId": "t1"}, {"transactionSrc": "tests"}, {"transId": "t" * 33, "transactionSrc": "tests"}]
)
async def test_both_headers_are_required(ups: UPSClient, headers: dict[str, str]) -> None:
    """As for tracking (field guide, section 1.1)."""
    answer = await ups.call("POST", "/api/shipments/v1/transittimes", desk.transit_question(), **headers)

    assert answer.status_code == 400
