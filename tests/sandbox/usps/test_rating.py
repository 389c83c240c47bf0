"""Prices at home and abroad, shipping options and days in transit."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.usps.samples import (
    Json,
    USPSClient,
    base_rate_request,
    code_of,
    message_of,
    options_abroad,
    options_request,
    put,
    rates_abroad,
    rates_request,
)

ACCOUNT = {"accountType": "EPS", "accountNumber": "1000000001"}


async def search(usps: USPSClient, name: str, body: Json, *, abroad: bool = False) -> Any:
    """Ask for prices, and return the answer's body."""
    answer = await usps.call("POST", f"/{'international-' if abroad else ''}prices/v3/{name}/search", body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def options(usps: USPSClient, body: Json) -> list[Json]:
    """Ask for shipping options, and return those of the first price type, each with its class."""
    answer = await usps.call("POST", "/shipments/v3/options/search", body)
    assert answer.status_code == 200, answer.text
    found = answer.json()["pricingOptions"][0]["shippingOptions"]
    return [{"mailClass": one["mailClass"], **option} for one in found for option in one["rateOptions"]]


async def test_one_call_shows_every_class_with_price_and_day(usps: USPSClient) -> None:
    """With sixty calls an hour, that is the way to shop."""
    found = await options(usps, options_request())
    classes = {option["mailClass"] for option in found}

    assert {"USPS_GROUND_ADVANTAGE", "PRIORITY_MAIL", "PRIORITY_MAIL_EXPRESS", "MEDIA_MAIL", "PARCEL_SELECT"} <= classes
    by_name = {option["mailClass"]: option for option in found if option["rates"][0]["rateIndicator"] in {"SP", "PA"}}
    slow, fast = by_name["USPS_GROUND_ADVANTAGE"], by_name["PRIORITY_MAIL_EXPRESS"]
    assert slow["totalPrice"] < fast["totalPrice"]
    assert slow["commitment"]["expectedDeliveryDate"] > fast["commitment"]["expectedDeliveryDate"] > "2026-01-05"
    assert (slow["commitment"]["guaranteedDelivery"], fast["commitment"]["guaranteedDelivery"]) == (False, True)


async def test_destination_entry_looks_temptingly_cheap(usps: USPSClient) -> None:
    """A client must drop what needs a facility of USPS."""
    found = await options(usps, options_request())
    entered = [one for one in found if one["rates"][0]["destinationEntryFacilityType"] != "NONE"]
    others = [one for one in found if one["rates"][0]["destinationEntryFacilityType"] == "NONE"]
    assert min(one["totalPrice"] for one in entered) < min(one["totalPrice"] for one in others)


async def test_the_ingredients_of_an_option_give_its_price(usps: USPSClient) -> None:
    """Each of them: options, lists and exact prices agree."""
    for option in await options(usps, options_request()):
        (rate,) = option["rates"]
        names = ("rateIndicator", "processingCategory", "destinationEntryFacilityType", "priceType")
        body = base_rate_request() | {"mailClass": option["mailClass"]} | {name: rate[name] for name in names}
        exact = await search(usps, "base-rates", body)
        assert exact["totalBasePrice"] == option["totalBasePrice"]
        assert exact["rates"][0]["SKU"] == rate["SKU"]


async def test_a_filter_leaves_a_single_option(usps: USPSClient) -> None:
    """The cheapest, or the fastest."""
    everything = await options(usps, options_request())
    (cheapest,) = await options(usps, options_request() | {"shippingFilter": "PRICE"})
    (fastest,) = await options(usps, options_request() | {"shippingFilter": "SERVICE_STANDARDS"})

    assert cheapest["totalPrice"] == min(option["totalPrice"] for option in everything)
    assert fastest["commitment"]["expectedDeliveryDate"] == min(
        option["commitment"]["expectedDeliveryDate"] for option in everything
    )


async def test_extra_services_are_added_to_the_total(usps: USPSClient) -> None:
    """In options always, in prices only when they were asked for."""
    body = put(options_request(), "packageDescription.mailClass", "PRIORITY_MAIL")
    (plain, *_), (signed, *_) = (
        await options(usps, body),
        await options(usps, put(body, "packageDescription.extraServices", [921])),
    )
    added = Decimal(str(signed["extraServices"][0]["price"]))
    assert Decimal(str(signed["totalPrice"])) == Decimal(str(plain["totalPrice"])) + added
    without = (await search(usps, "total-rates", rates_request()))["rateOptions"][0]
    with_it = (await search(usps, "total-rates", rates_request() | {"extraServices": [921]}))["rateOptions"][0]
    assert "totalPrice" not in without
    assert Decimal(str(with_it["totalPrice"])) == Decimal(str(with_it["totalBasePrice"])) + added


async def test_price_types_are_compared_in_one_call(usps: USPSClient) -> None:
    """Retail above commercial above contract."""
    account = {"paymentAccount": {**ACCOUNT, "CRID": "12345678"}}
    pricing = [{"priceType": "RETAIL"}, {"priceType": "COMMERCIAL"}, {"priceType": "CONTRACT", **account}]
    body = put(options_request(), "packageDescription.mailClass", "USPS_GROUND_ADVANTAGE") | {"pricingOptions": pricing}
    answer = (await usps.call("POST", "/shipments/v3/options/search", body)).json()
    prices = [one["shippingOptions"][0]["rateOptions"][0]["totalPrice"] for one in answer["pricingOptions"]]

    assert prices[0] > prices[1] > prices[2]


async def test_an_account_number_brings_contract_prices(usps: USPSClient) -> None:
    """Whatever price type was asked for; but a list of all classes has none."""
    named = await search(usps, "base-rates-list", rates_request() | ACCOUNT)
    every = await search(usps, "base-rates-list", put(rates_request(), "mailClasses", ["ALL"]) | ACCOUNT)
    assert {option["rates"][0]["priceType"] for option in named["rateOptions"]} == {"CONTRACT"}
    assert {option["rates"][0]["priceType"] for option in every["rateOptions"]} == {"COMMERCIAL"}


async def test_a_contract_that_is_not_shared_is_a_403(usps: USPSClient) -> None:
    """The bearer is fine: it is the account that is not this app's."""
    usps.simulator.set_switches(contract_shared=False)
    answer = await usps.call("POST", "/prices/v3/total-rates/search", rates_request() | ACCOUNT)
    assert answer.status_code == 403
    assert "not authorized to access" in message_of(answer)
    usps.simulator.set_switches(contract_shared=True, contract=False)
    body = base_rate_request() | ACCOUNT | {"priceType": "CONTRACT"}
    assert code_of(await usps.call("POST", "/prices/v3/base-rates/search", body)) == "160212"


async def test_large_light_parcels_are_priced_by_size(usps: USPSClient) -> None:
    """More than a cubic foot: length by width by height through 166."""
    size = {"length": 20, "width": 16, "height": 12, "weight": 5}
    found = await search(usps, "total-rates", rates_request() | size)
    rates = {
        option["rates"][0]["mailClass"]: option["rates"][0]
        for option in found["rateOptions"]
        if option["rates"][0]["rateIndicator"] == "DR"
    }
    assert set(rates) == {"USPS_GROUND_ADVANTAGE", "PRIORITY_MAIL"}
    assert rates["PRIORITY_MAIL"]["dimWeight"] == 23.14  # 3840 / 166, rounded up
    assert code_of(await usps.call("POST", "/prices/v3/base-rates/search", base_rate_request() | size)) == "030007"
    home = {"originZIPCode": "30005", "destinationZIPCode": "80012", "pricingOptions": [{}]}
    package = {**size, "mailClass": "PRIORITY_MAIL"}
    shown = await options(usps, {**home, "packageDescription": package})
    assert (
        next(one for one in shown if one["rates"][0]["rateIndicator"] == "DR")["rates"][0]["dimensionalWeight"]
        == 370.24
    )


async def test_awkward_parcels_cost_a_fee(usps: USPSClient) -> None:
    """And are called nonstandard."""
    found = await search(usps, "total-rates", rates_request() | {"length": 31, "weight": 12})
    (rate,) = found["rateOptions"][0]["rates"]
    assert rate["processingCategory"] == "NONSTANDARD"
    assert "Length" in rate["fees"][0]["name"]
    assert found["rateOptions"][0]["totalBasePrice"] > rate["price"]


async def test_cubic_prices_are_not_for_the_counter(usps: USPSClient) -> None:
    """Up to half a cubic foot, commercial prices only."""

    def indicators(answer: Json) -> set[str]:
        return {option["rates"][0]["rateIndicator"] for option in answer["rateOptions"]}

    assert "CP" in indicators(await search(usps, "total-rates", rates_request()))
    assert "CP" not in indicators(await search(usps, "total-rates", rates_request() | {"priceType": "RETAIL"}))
    assert "CP" not in indicators(await search(usps, "total-rates", rates_request() | {"height": 17}))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"mailingDate": "2026-01-04"}, "160211"),
        ({"mailingDate": "2026-01-13"}, "030003"),
        ({"destinationZIPCode": "00000"}, "030001"),
        ({"weight": 71}, "030020"),
        ({"width": 0}, "160294"),
        ({"priceType": "CONTRACT"}, "160207"),
        ({"priceType": "CONTRACT", "accountType": "EPS"}, "160208"),
        ({"extraServices": [930]}, "030024"),
        ({"extraServices": [930], "itemValue": 5001}, "030012"),
        ({"weight": "1"}, "steps.oasvalidation.Failed"),
        ({"mailClases": []}, "steps.oasvalidation.Failed"),
    ],
)
async def test_what_has_no_price_is_refused(usps: USPSClient, change: Json, code: str) -> None:
    """With USPS's own code."""
    answer = await usps.call("POST", "/prices/v3/total-rates/search", rates_request() | change)
    assert answer.status_code == 400
    assert code_of(answer) == code, message_of(answer)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"rateIndicator": "FB"}, "030002"),
        ({"mailClass": "BOUND_PRINTED_MATTER", "weight": 16}, "030004"),
        ({"length": 28}, "030011"),
        ({"mailClass": "USPS_CONNECT_LOCAL"}, "030022"),
        ({"rateIndicator": ...}, "steps.oasvalidation.Failed"),
    ],
)
async def test_exact_prices_want_ingredients_that_go_together(usps: USPSClient, change: Json, code: str) -> None:
    """All of them, too."""
    body = base_rate_request()
    for name, value in change.items():
        body = put(body, name, value)
    assert code_of(await usps.call("POST", "/prices/v3/base-rates/search", body)) == code


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: put(options_request(), "packageDescription.mailingDate", "2026-02-05"), "040002"),
        (lambda: put(options_request(), "originZIPCode", "00000"), "160243"),
        (lambda: put(options_request(), "destinationZIPCode", "00000"), "160244"),
        (lambda: put(options_request(), "pricingOptions", [{"priceType": "CONTRACT"}]), "160154"),
        (lambda: put(options_request(), "packageDescription.weight", 71), "160306"),
        (
            lambda: put(
                put(options_request(), "packageDescription.mailClass", "MEDIA_MAIL"),
                "packageDescription.extraServices",
                [922],
            ),
            "160155",
        ),
        (lambda: options_request() | {"destinationCountryCode": "CA"}, "steps.oasvalidation.Failed"),
        (lambda: put(options_abroad(), "requestDutiesTaxesFees", value=True), "160396"),
        (lambda: put(options_abroad(), "destinationCountryCode", "RU"), "030013"),
    ],
)
async def test_options_that_cannot_be(usps: USPSClient, make: Callable[[], Json], code: str) -> None:
    """With USPS's own code; home and abroad are not mixed."""
    answer = await usps.call("POST", "/shipments/v3/options/search", make())
    assert answer.status_code == 400
    assert code_of(answer) == code, message_of(answer)


async def test_soldiers_have_no_day(usps: USPSClient) -> None:
    """Only a word."""
    found = await options(usps, put(options_request(), "destinationZIPCode", "09021"))
    assert {tuple(option["commitment"].items()) for option in found} == {(("name", "MILITARY"),)}


async def test_prices_abroad(usps: USPSClient) -> None:
    """First-Class up to four pounds, and a class that labels do not take any more."""
    light = await search(usps, "total-rates", rates_abroad(), abroad=True)
    heavy = await search(usps, "total-rates", rates_abroad() | {"weight": 5}, abroad=True)

    def classes(answer: Json) -> set[str]:
        return {option["rates"][0]["mailClass"] for option in answer["rateOptions"]}

    assert classes(light) - classes(heavy) == {"FIRST-CLASS_PACKAGE_INTERNATIONAL_SERVICE"}
    assert "GLOBAL_EXPRESS_GUARANTEED" in classes(heavy)
    assert all("commitment" not in option for option in await options(usps, options_abroad()))


async def test_duties_are_quoted_when_asked_for(usps: USPSClient) -> None:
    """A fee for the parcel, and duty and tax for each thing."""
    items = [{"itemId": "a", "itemValue": 50, "itemQuantity": 1}]
    found = await options(usps, options_abroad() | {"requestDutiesTaxesFees": True, "items": items})
    (quote,) = {str(option["dutiesTaxesFeesQuote"]) for option in found}
    assert "'dutyPrice': 5" in quote


async def test_light_ground_parcels_are_priced_by_ounces(usps: USPSClient) -> None:
    """Below a pound, in bands of four ounces."""
    body = base_rate_request()
    prices = [
        (await search(usps, "base-rates", body | {"weight": weight}))["totalBasePrice"]
        for weight in (0.2, 0.25, 0.26, 1)
    ]
    assert prices[0] == prices[1] < prices[2] < prices[3]


async def test_days_in_transit_without_prices(usps: USPSClient) -> None:
    """The same days that options promise."""
    path = "/service-standards/v3"
    query = "originZIPCode=30005&destinationZIPCode=80012"
    found = (await usps.call("GET", f"{path}/estimates?{query}")).json()
    promised = {
        option["mailClass"]: option["commitment"]["expectedDeliveryDate"]
        for option in await options(usps, options_request())
        if option["mailClass"] != "PRIORITY_MAIL_EXPRESS"
    }
    days = {one["mailClass"]: one["delivery"]["scheduledDeliveryDateTime"] for one in found}
    assert {name: days[name] for name in promised} == promised
    one = (await usps.call("GET", f"{path}/standards?{query}&mailClass=PRIORITY_MAIL")).json()
    assert len(one) == 1
    assert code_of(await usps.call("GET", f"{path}/standards?originZIPCode=30005&destinationZIPCode=00000")) == "040001"
    assert code_of(await usps.call("GET", f"{path}/standards?{query}&acceptanceDate=2027-01-01")) == "040002"
