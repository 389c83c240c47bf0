"""Shipping v2: what rates say, and what they need to know."""

import pytest

from tests.sandbox.amazon.client import EU, AmazonClient, Json
from tests.sandbox.amazon.label_calls import BASE, FROM, ask, parcel, question, rates


async def test_rates_say_what_they_need(amazon: AmazonClient) -> None:
    """Price, promise, documents, and which confirmation must be chosen."""
    offer = await rates(amazon, amazon.simulator.place_order())
    by_service = {rate["serviceId"]: rate for rate in offer["rates"]}
    assert set(by_service) == {
        "USPS_PTP_GA",
        "USPS_PTP_PRI",
        "UPS_PTP_GND",
        "UPS_PTP_2ND_DAY_AIR",
        "FEDEX_PTP_PRIORITY_OVERNIGHT",
        "std-us-swa-mfn",
    }
    assert by_service["USPS_PTP_GA"]["totalCharge"] == {"value": 5.85, "unit": "USD"}
    required = {name: rate["availableValueAddedServiceGroups"][0]["isRequired"] for name, rate in by_service.items()}
    assert [name for name, needed in required.items() if needed] == ["UPS_PTP_GND", "UPS_PTP_2ND_DAY_AIR"]
    assert {each["format"] for each in by_service["USPS_PTP_GA"]["supportedDocumentSpecifications"]} == {
        "PDF",
        "PNG",
        "ZPL",
    }


@pytest.mark.parametrize(
    ("changes", "code", "left"),
    [
        ({"weight": {"unit": "POUND", "value": 60}}, "WEIGHT_RESTRICTIONS", 5),
        ({"weight": {"unit": "KILOGRAM", "value": 100}}, "WEIGHT_RESTRICTIONS", 0),
        (
            {"dimensions": {"length": 120, "width": 6, "height": 4, "unit": "INCH"}},
            "SIZE_RESTRICTIONS",
            0,
        ),
    ],
    ids=["heavy", "too heavy", "long"],
)
async def test_services_that_cannot_are_named_with_their_reason(
    amazon: AmazonClient, changes: Json, code: str, left: int
) -> None:
    """An empty list of rates must not be a riddle."""
    offer = await rates(amazon, amazon.simulator.place_order(), packages=[parcel(**changes)])
    assert len(offer["rates"]) == left
    reasons = {each["ineligibilityReasons"][0]["code"] for each in offer["ineligibleRates"]}
    assert reasons == {code}


async def test_late_services_are_not_offered(amazon: AmazonClient) -> None:
    """The promise to the buyer counts."""
    order_id = amazon.simulator.place_order(deliver_by="2026-01-07T18:00:00Z")
    offer = await rates(amazon, order_id)
    assert {rate["serviceId"] for rate in offer["rates"]} == {
        "USPS_PTP_PRI",
        "UPS_PTP_2ND_DAY_AIR",
        "FEDEX_PTP_PRIORITY_OVERNIGHT",
    }


async def test_price_grows_with_the_weight_and_the_parcels(amazon: AmazonClient) -> None:
    """Invented, but not arbitrary."""
    order_id = amazon.simulator.place_order()

    async def price(*packages: Json) -> float:
        offer = await rates(amazon, order_id, packages=list(packages))
        return float(next(r for r in offer["rates"] if r["serviceId"] == "USPS_PTP_GA")["totalCharge"]["value"])

    heavy = parcel(weight={"unit": "KILOGRAM", "value": 3})
    assert await price(parcel()) == 5.85
    assert await price(heavy) == 9.65
    assert await price(parcel("A"), parcel("B")) == 11.70


@pytest.mark.parametrize(
    "changes",
    [
        {"shipFrom": None},
        {"shipFrom": {**FROM, "addressLine2": ""}},
        {"shipFrom": {**FROM, "name": "x" * 51}},
        {"shipFrom": {**FROM, "countryCode": "USA"}},
        {"shipFrom": {name: value for name, value in FROM.items() if name != "city"}},
        {"packages": []},
        {"packages": [parcel("A"), parcel("A")]},
        {"packages": [parcel(items=[])]},
        {"packages": [parcel(items=[{"quantity": 0}])]},
        {"packages": [parcel(items=[{"quantity": 1, "itemIdentifier": "1"}])]},
        {"packages": [parcel(weight={"unit": "STONE", "value": 1})]},
        {"packages": [parcel(weight={"unit": "GRAM", "value": 0})]},
        {"packages": [parcel(dimensions={"length": 1, "width": 1, "unit": "INCH"})]},
        {"packages": [parcel(insuredValue=None)]},
        {"channelDetails": {"channelType": "EBAY"}},
        {"channelDetails": {"channelType": "AMAZON"}},
        {"channelDetails": {"channelType": "AMAZON", "amazonOrderDetails": {"orderId": "112-0000000-0000000"}}},
        {"channelDetails": {"channelType": "EXTERNAL"}},
    ],
    ids=[
        "no sender",
        "empty line",
        "long name",
        "country",
        "no city",
        "no parcel",
        "same reference",
        "no item",
        "no units",
        "other item",
        "unit",
        "no weight",
        "no height",
        "no value",
        "channel",
        "no order",
        "unknown order",
        "no receiver",
    ],
)
async def test_wrong_question_is_refused(amazon: AmazonClient, changes: Json) -> None:
    """Each rule, broken."""
    body = question(amazon.simulator.place_order(), **changes)
    assert (await ask(amazon, body)).status_code == 400


async def test_only_open_orders_of_the_merchant_get_rates(amazon: AmazonClient) -> None:
    """Unpaid, cancelled, Amazon's own, shipped: no."""
    shipped, cancelled = amazon.simulator.place_order(), amazon.simulator.place_order()
    await amazon.confirm(shipped)
    amazon.simulator.cancel(cancelled)
    pending = amazon.simulator.place_order(status="PENDING")
    fba = amazon.simulator.place_order(fulfilled_by="AMAZON")
    for order_id in (shipped, cancelled, pending, fba):
        assert (await ask(amazon, question(order_id))).status_code == 400


async def test_label_window_must_be_open(amazon: AmazonClient) -> None:
    """No label before the moment that the order names."""
    order_id = amazon.simulator.place_order(label_after="2026-01-05T12:30:00Z")
    assert (await ask(amazon, question(order_id))).status_code == 400
    amazon.clock.advance(1800)
    assert (await ask(amazon, question(order_id))).status_code == 200


async def test_business_must_be_named_and_the_regions(amazon: AmazonClient) -> None:
    """Without the header it is Great Britain's, which no seller in America has."""
    body = question(amazon.simulator.place_order())
    plain = await amazon.call("POST", f"{BASE}/shipments/rates", json=body)
    assert plain.status_code == 400
    for business in ("AmazonShipping_UK", "AmazonShipping_MARS"):
        assert (await ask(amazon, body, **{"x-amzn-shipping-business-id": business})).status_code == 400
    german = amazon.simulator.place_order(marketplace="GB")
    await amazon.log_in("eu")
    amazon.host = EU
    british = await amazon.call("POST", f"{BASE}/shipments/rates", json=question(german))
    assert {rate["carrierId"] for rate in british.json()["payload"]["rates"]} == {"AMZN_UK"}


async def test_roles_decide_on_the_channel(amazon: AmazonClient) -> None:
    """Orders from elsewhere need an enrolment; Amazon's own the role for addresses."""
    order_id = amazon.simulator.place_order()
    amazon.simulator.set_roles(["direct_to_consumer"])
    assert (await ask(amazon, question(order_id))).status_code == 200
    assert (await ask(amazon, question(None))).status_code == 403
    amazon.simulator.set_roles(["amazon_logistics"])
    assert (await ask(amazon, question(order_id))).status_code == 403
    assert (await ask(amazon, question(None))).status_code == 200
