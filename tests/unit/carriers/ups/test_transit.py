"""How long services take, without a price."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest

from cartcarrier.carriers.ups.codes import transit_service
from cartcarrier.errors import AddressRejectedError, InvalidValueError, ServiceUnavailableForLaneError
from cartcarrier.models import Service, ShipmentOptions, ShipmentRequest, TransitTime, Weight, WeightUnit
from tests.unit.carriers.ups.samples import abroad, carrier, parcel, recipient, reply, request, sent, shirt
from tests.unit.carriers.ups.test_driver import once


def service(level: str, words: str = "UPS Ground", **changes: Any) -> dict[str, Any]:
    """Return one service as UPS writes it."""
    made = {
        "serviceLevel": level,
        "serviceLevelDescription": words,
        "deliveryDate": "2026-11-30",
        "businessTransitDays": 3,
        "guaranteeIndicator": "1",
    }
    return {**made, **changes}


def times(*services: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return UPS's answer."""
    return {"emsResponse": {"guaranteeSuspended": False, "services": list(services), **changes}}


async def question_of(asked: ShipmentRequest) -> dict[str, Any]:
    """Return what UPS is asked."""
    driver = carrier(lambda _: reply(times(service("GND"), service("01", "UPS Worldwide Saver"))))
    await driver.get_transit_times(attrs.evolve(asked, service=None))
    document: dict[str, Any] = json.loads(sent(driver)[0].content)
    return document


async def test_times_come_in_the_codes_that_buy() -> None:
    """UPS's two lists use the same digits for different services (field guide ups.md section 2.2)."""
    driver = carrier(lambda _: reply(times(service("1DA", "UPS Next Day Air"), service("GND", guaranteeIndicator="0"))))
    assert await driver.get_transit_times(request(service=None)) == (
        TransitTime(
            service=Service(code="01", name="UPS Next Day Air"),
            transit_days=3,
            estimated_delivery=date(2026, 11, 30),
            guaranteed=True,
        ),
        TransitTime(
            service=Service(code="03", name="UPS Ground"),
            transit_days=3,
            estimated_delivery=date(2026, 11, 30),
            guaranteed=False,
        ),
    )


@pytest.mark.parametrize(
    ("code", "words", "known"),
    [
        ("1DM", "UPS Next Day Air Early", ("14", False)),
        ("1DMS", "", ("14", True)),
        ("1DA", "", ("01", False)),
        ("1DAS", "", ("01", True)),
        ("1DP", "", ("13", False)),
        ("2DM", "", ("59", False)),
        ("2DA", "", ("02", False)),
        ("3DS", "", ("12", False)),
        ("GND", "", ("03", False)),
        ("01", "UPS Worldwide Express", ("07", False)),
        ("05", "UPS Worldwide Expedited\u00ae", ("08", False)),
        ("25", "UPS  Standard", ("11", False)),
        ("28", "UPS Worldwide Saver", ("65", False)),
        ("21", "UPS Worldwide Express Plus", ("54", False)),
        ("01", "something new", ("transit-01", False)),
    ],
)
def test_services_are_told_apart_by_code_and_across_borders_by_name(
    code: str, words: str, known: tuple[str, bool]
) -> None:
    """A guess would buy Next Day Air (01) for Worldwide Express (01, too)."""
    assert transit_service(code, words) == known


async def test_service_that_cannot_be_named_cannot_be_mistaken() -> None:
    """It keeps UPS's name."""
    driver = carrier(lambda _: reply(times(service("01", "UPS Something New"))))
    (time,) = await driver.get_transit_times(abroad(service=None))
    assert time.service == Service(code="transit-01", name="UPS Something New")


async def test_saturday_is_for_those_who_ask() -> None:
    """Both come, whoever asks."""
    answer = times(
        service("1DA", deliveryDate="2026-11-30"), service("1DAS", deliveryDate="2026-11-28"), service("GND")
    )
    driver = carrier(lambda _: reply(answer))
    plain = await driver.get_transit_times(request(service="01"))
    assert [time.estimated_delivery for time in plain] == [date(2026, 11, 30)]
    asked = request(service="01", options=ShipmentOptions(saturday_delivery=True))
    assert [time.estimated_delivery for time in await driver.get_transit_times(asked)] == [date(2026, 11, 28)]


async def test_suspended_guarantee_is_none() -> None:
    """Before Christmas UPS guarantees nothing."""
    driver = carrier(lambda _: reply(times(service("GND"), guaranteeSuspended=True)))
    (time,) = await driver.get_transit_times(request())
    assert time.guaranteed is False


async def test_asked_service_that_does_not_run_is_an_error() -> None:
    """Asked for one, an empty list would hide why; asked for all, it is an answer."""
    driver = carrier(lambda _: reply(times()))
    with pytest.raises(ServiceUnavailableForLaneError) as caught:
        await driver.get_transit_times(request())
    assert caught.value.operation == "get_transit_times"
    assert await driver.get_transit_times(request(service=None)) == ()


@pytest.mark.parametrize(
    "answer",
    [
        {"destinationPickList": [{"countryName": "UNITED STATES", "city": "AURORA"}]},
        {"originPickList": [{"countryName": "UNITED STATES"}], "emsResponse": None},
        {"validationList": {"destinationAmbiguous": True}},
    ],
    ids=["destination", "origin", "flag"],
)
async def test_place_that_ups_does_not_know_is_an_error(answer: dict[str, Any]) -> None:
    """The status is 200 all the same (field guide ups.md section 2.2)."""
    driver = carrier(lambda _: reply(answer))
    with pytest.raises(AddressRejectedError) as caught:
        await driver.get_transit_times(request(service=None))
    assert "AURORA" not in str(caught.value)


async def test_question_has_what_ups_computes_with() -> None:
    """Homes are reached on other days."""
    asked = await question_of(request(ship_to=recipient(residential=True), ship_date=date(2026, 11, 25)))
    assert asked == {
        "originCountryCode": "US",
        "originStateProvince": "GA",
        "originCityName": "Alpharetta",
        "originPostalCode": "30005",
        "destinationCountryCode": "US",
        "destinationStateProvince": "CO",
        "destinationCityName": "Aurora",
        "destinationPostalCode": "80012",
        "residentialIndicator": "01",
        "shipDate": "2026-11-25",
        "billType": "03",
        "numberOfPackages": 1,
    }


async def test_weight_and_value_are_numbers_across_a_border() -> None:
    """As texts they would be refused."""
    asked = await question_of(abroad())
    assert (asked["weight"], asked["weightUnitOfMeasure"]) == (3, "LBS")
    assert (asked["shipmentContentsValue"], asked["shipmentContentsCurrencyCode"]) == (30, "USD")
    assert asked["residentialIndicator"] == "02"
    heavy = parcel(weight=Weight(value=Decimal(100), unit=WeightUnit.POUND), items=[shirt()])
    assert (await question_of(abroad(parcels=[heavy, heavy])))["weight"] == 150


async def test_value_that_nobody_knows_is_an_error_across_a_border() -> None:
    """UPS wants it, unless there are papers only."""
    driver = carrier(lambda _: reply(times()))
    with pytest.raises(InvalidValueError) as caught:
        await driver.get_transit_times(abroad(parcels=[parcel()]))
    assert caught.value.field == "ShipmentRequest.parcels"
    assert sent(driver) == []
    papers = await question_of(abroad(parcels=[parcel(packaging="01")]))
    assert papers["billType"] == "02"
    assert "shipmentContentsValue" not in papers


async def test_service_without_a_code_is_left_out() -> None:
    """And of two times of a service the first counts."""
    answer = times(service(""), service("GND"), service("GND", deliveryDate="2026-12-01"))
    driver = carrier(lambda _: reply(answer))
    (time,) = await driver.get_transit_times(request(service=None))
    assert time.estimated_delivery == date(2026, 11, 30)


async def test_saturday_comes_before_monday_for_those_who_ask() -> None:
    """In whichever order UPS names them."""
    asked = request(service="01", options=ShipmentOptions(saturday_delivery=True))
    for order in (("1DAS", "1DA"), ("1DA", "1DAS")):
        days = {"1DAS": "2026-11-28", "1DA": "2026-11-30"}
        answer = times(*(service(code, deliveryDate=days[code]) for code in order))
        driver = carrier(once(reply(answer)))
        (time,) = await driver.get_transit_times(asked)
        assert time.estimated_delivery == date(2026, 11, 28)
