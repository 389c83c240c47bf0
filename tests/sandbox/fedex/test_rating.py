"""Prices: which services, which types of price, when it arrives, and what is refused."""

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.fedex.samples import FedExClient, Json, address, put, quote_request, refusal
from tests.sandbox.fedex.shop import signed, transit_request

PIECE = "requestedPackageLineItems.0"
NO_SERVICE = (400, "SERVICE.PACKAGECOMBINATION.INVALID")
SHAPE = (422, "INVALID.INPUT.EXCEPTION")


def services(quotes: list[Json]) -> list[str]:
    """Return what was offered."""
    return [quote["serviceType"] for quote in quotes]


def abroad(country: str, code: str) -> Json:
    """Return a good rate request to another country."""
    return put(quote_request(), "recipient.address", {"city": "X", "postalCode": code, "countryCode": country})


async def test_a_home_is_offered_home_delivery_and_a_business_ground(fedex: FedExClient) -> None:
    """They are one service under two names (field guide, section 11-4)."""
    home = services(await fedex.quotes(quote_request()))
    business = services(await fedex.quotes(put(quote_request(), "recipient.address.residential", value=False)))

    assert home[-1] == "GROUND_HOME_DELIVERY"
    assert business[-1] == "FEDEX_GROUND"
    assert home[:-1] == business[:-1] == [
        "FIRST_OVERNIGHT", "PRIORITY_OVERNIGHT", "STANDARD_OVERNIGHT", "FEDEX_2_DAY_AM", "FEDEX_2_DAY", "FEDEX_EXPRESS_SAVER",
    ]  # fmt: skip


async def test_ground_to_a_home_is_quoted_when_asked_for_by_name(fedex: FedExClient) -> None:
    """With the surcharge of a residence."""
    (quote,) = await fedex.quotes(put(quote_request(), "serviceType", "FEDEX_GROUND"))
    surcharges = quote["ratedShipmentDetails"][0]["shipmentRateDetail"]["surCharges"]

    assert "RESIDENTIAL_DELIVERY" in {each["type"] for each in surcharges}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (abroad("FR", "75001"), "FEDEX_INTERNATIONAL_CONNECT_PLUS"),
        (abroad("CA", "M5H 1J9"), "FEDEX_GROUND"),
        (put(abroad("DE", "10115"), "shipper.address", {"city": "P", "postalCode": "75001", "countryCode": "FR"}), "FEDEX_REGIONAL_ECONOMY"),
        (put(abroad("FR", "13001"), "shipper.address", {"city": "P", "postalCode": "75001", "countryCode": "FR"}), "FEDEX_ECONOMY"),
    ],
    ids=["overseas", "canada", "europe", "within france"],
)  # fmt: skip
async def test_each_lane_has_services_of_its_own(fedex: FedExClient, body: Json, expected: str) -> None:
    """The last of each list tells them apart."""
    assert services(await fedex.quotes(body))[-1] == expected


async def test_several_types_of_price_come_in_one_answer(fedex: FedExClient) -> None:
    """And in several currencies: the list in the origin's, the preferred one in its own."""
    body = put(put(quote_request(), "rateRequestType", ["LIST", "ACCOUNT", "PREFERRED"]), "preferredCurrency", "EUR")
    quote = (await fedex.quotes(body))[-1]
    found = {each["rateType"]: each for each in quote["ratedShipmentDetails"]}

    assert list(found) == ["LIST", "ACCOUNT", "PREFERRED_CURRENCY"]
    assert [each["shipmentRateDetail"]["currency"] for each in found.values()] == ["USD", "USD", "EUR"]
    assert found["LIST"]["totalNetCharge"] > found["ACCOUNT"]["totalNetCharge"]
    assert found["LIST"]["totalDiscounts"] == 0


async def test_only_the_accounts_price_comes_unasked(fedex: FedExClient) -> None:
    """ACCOUNT is the default."""
    quote = (await fedex.quotes(put(quote_request(), "rateRequestType", ...)))[0]

    assert [each["rateType"] for each in quote["ratedShipmentDetails"]] == ["ACCOUNT"]


async def test_a_price_is_the_sum_of_its_parts(fedex: FedExClient) -> None:
    """Base less discount, surcharges, taxes: a client that itemizes must come to the total."""
    canada = {"city": "Toronto", "stateOrProvinceCode": "ON", "postalCode": "M5H1J9", "countryCode": "CA"}
    bodies = [quote_request(), put(abroad("FR", "75001"), "shipper.address", canada)]
    bodies.append(put(quote_request(), f"{PIECE}.packageSpecialServices", signed("DIRECT")))
    for body in bodies:
        for quote in await fedex.quotes(body):
            for each in quote["ratedShipmentDetails"]:
                detail = each["shipmentRateDetail"]
                parts = [each["totalBaseCharge"], -each["totalDiscounts"]]
                parts += [part["amount"] for part in (*detail["surCharges"], *detail["taxes"])]
                assert sum((Decimal(str(part)) for part in parts), Decimal(0)) == Decimal(str(each["totalNetCharge"]))
                taxes = sum((Decimal(str(tax["amount"])) for tax in detail["taxes"]), Decimal(0))
                assert Decimal(str(each["totalNetFedExCharge"])) + taxes == Decimal(str(each["totalNetCharge"]))


async def test_money_can_come_as_an_object_and_without_a_currency(fedex: FedExClient) -> None:
    """Both have been met (field guide, sections 2.2 and 11-12)."""
    plain = (await fedex.quotes(quote_request()))[0]["ratedShipmentDetails"][0]
    fedex.simulator.set_switches(money_as_object=True, detail_currency=False)
    odd = (await fedex.quotes(quote_request()))[0]["ratedShipmentDetails"][0]

    assert odd["totalNetCharge"] == {"amount": plain["totalNetCharge"], "currency": "USD"}
    assert plain["currency"] == odd["shipmentRateDetail"]["currency"] == "USD"
    assert "currency" not in odd


async def test_transit_times_come_only_when_asked_for(fedex: FedExClient) -> None:
    """The default is without (field guide, section 2.1); stamps are local, without a zone."""
    asked = {quote["serviceType"]: quote for quote in await fedex.quotes(quote_request())}
    put(quote_request(), "/rateRequestControlParameters", {})
    plain = (await fedex.quotes(put(quote_request(), "/rateRequestControlParameters", {})))[0]

    assert asked["FEDEX_2_DAY"]["commit"]["dateDetail"] == {"dayOfWeek": "WED", "dayFormat": "2026-01-07T17:00:00"}
    assert asked["GROUND_HOME_DELIVERY"]["commit"]["transitDays"]["minimumTransitTime"] == "FIVE_DAYS"
    assert asked["GROUND_HOME_DELIVERY"]["operationalDetail"]["transitTime"] == "FIVE_DAYS"
    assert "commit" not in plain
    assert "deliveryDate" not in plain["operationalDetail"]


async def test_saturday_brings_the_same_service_twice(fedex: FedExClient) -> None:
    """A client must tell them apart by the flag (field guide, section 11-13)."""
    body = put(quote_request(), "/rateRequestControlParameters.variableOptions", "SATURDAY_DELIVERY")
    monday = services(await fedex.quotes(body))
    thursday = await fedex.quotes(put(body, "shipDateStamp", "2026-01-08"))
    twice = [quote for quote in thursday if quote["serviceType"] == "FEDEX_2_DAY"]

    assert monday.count("FEDEX_2_DAY") == 1
    assert [quote["commit"]["saturdayDelivery"] for quote in twice] == [False, True]
    assert [quote["commit"]["dateDetail"]["dayOfWeek"] for quote in twice] == ["MON", "SAT"]
    prices = [quote["ratedShipmentDetails"][0]["totalNetCharge"] for quote in twice]
    assert prices[1] > prices[0]
    assert services(
        await fedex.quotes(put(body, "/rateRequestControlParameters.variableOptions", ["SATURDAY_DELIVERY"]))
    )


async def test_quotes_can_be_sorted_by_arrival(fedex: FedExClient) -> None:
    """In both directions."""
    order = "/rateRequestControlParameters.rateSortOrder"
    up = services(await fedex.quotes(put(quote_request(), order, "COMMITASCENDING")))
    down = services(await fedex.quotes(put(quote_request(), order, "COMMITDESCENDING")))

    assert up[0] == down[-1] == "FIRST_OVERNIGHT"
    assert up[-1] == down[0] == "GROUND_HOME_DELIVERY"


async def test_entries_without_a_price_come_when_asked_for(fedex: FedExClient) -> None:
    """They are partial answers, to be skipped (field guide, section 2.2)."""
    body = put(quote_request(), "packagingType", "FEDEX_PAK")
    plain = services(await fedex.quotes(body))
    quotes = await fedex.quotes(put(body, "/rateRequestControlParameters.servicesNeededOnRateFailure", value=True))
    priceless = [quote for quote in quotes if "ratedShipmentDetails" not in quote]

    assert "GROUND_HOME_DELIVERY" not in plain
    assert "GROUND_HOME_DELIVERY" in services(priceless)
    assert services(quotes)[: len(plain)] == plain


async def test_a_heavy_envelope_is_rated_as_a_pak(fedex: FedExClient) -> None:
    """The answer's packaging differs from the question's (field guide, section 2.2)."""
    body = put(put(quote_request(), "packagingType", "FEDEX_ENVELOPE"), f"{PIECE}.weight.value", 1)
    light = (await fedex.quotes(body))[0]["packagingType"]
    answer = await fedex.rate(put(body, f"{PIECE}.weight.value", 1.5))

    assert light == "FEDEX_ENVELOPE"
    assert answer.json()["output"]["rateReplyDetails"][0]["packagingType"] == "FEDEX_PAK"


async def test_decimals_of_a_side_are_cut_off(fedex: FedExClient) -> None:
    """9.9 is 9 to FedEx, so a client must round up itself (field guide, section 11-6)."""
    prices = []
    for side in (20, 20.9, 21):
        body = put(quote_request(), f"{PIECE}.dimensions", {"length": side, "width": 20, "height": 20, "units": "IN"})
        prices.append((await fedex.quotes(body))[-1]["ratedShipmentDetails"][0]["totalNetCharge"])

    assert prices[0] == prices[1] < prices[2]


async def test_a_side_of_zero_makes_express_vanish(fedex: FedExClient) -> None:
    """Only ground rates come back (field guide, section 11-7)."""
    body = put(quote_request(), f"{PIECE}.dimensions", {"length": 0, "width": 0, "height": 0, "units": "IN"})

    assert services(await fedex.quotes(body)) == ["GROUND_HOME_DELIVERY"]


async def test_ground_economy_is_offered_with_its_details_only(fedex: FedExClient) -> None:
    """Without hub and indicia it is not there."""
    body = put(quote_request(), "smartPostInfoDetail", {"hubId": "5531", "indicia": "PARCEL_SELECT"})
    quotes = {quote["serviceType"]: quote for quote in await fedex.quotes(body)}

    assert quotes["SMART_POST"]["commit"]["daysInTransit"] == "SMARTPOST_TRANSIT_DAYS"
    assert "SMART_POST" not in services(await fedex.quotes(put(body, f"{PIECE}.weight.value", 71)))


async def test_a_carrier_can_be_chosen(fedex: FedExClient) -> None:
    """FDXG is Ground."""
    assert services(await fedex.quotes(put(quote_request(), "/carrierCodes", ["FDXG"]))) == ["GROUND_HOME_DELIVERY"]


async def test_heavy_pieces_are_freight(fedex: FedExClient) -> None:
    """Above 150 pounds the express freight services are offered, and no others."""
    body = put(put(quote_request(), f"{PIECE}.weight.value", 200), f"{PIECE}.dimensions", ...)

    assert services(await fedex.quotes(body)) == ["FEDEX_1_DAY_FREIGHT", "FEDEX_2_DAY_FREIGHT", "FEDEX_3_DAY_FREIGHT"]


async def test_one_rate_is_one_price_by_packaging(fedex: FedExClient) -> None:
    """Without fuel and weight; twice as much overnight."""
    body = put(quote_request(), "shipmentSpecialServices", {"specialServiceTypes": ["FEDEX_ONE_RATE"]})
    put(put(body, "packagingType", "FEDEX_PAK"), f"{PIECE}.weight", ...)
    prices = {
        quote["serviceType"]: quote["ratedShipmentDetails"][0]["totalNetCharge"] for quote in await fedex.quotes(body)
    }

    assert prices["FEDEX_2_DAY"] * 2 == prices["PRIORITY_OVERNIGHT"]
    assert "GROUND_HOME_DELIVERY" not in prices


async def test_a_city_that_does_not_fit_is_a_warning(fedex: FedExClient) -> None:
    """The price comes all the same."""
    output = (await fedex.rate(put(quote_request(), "shipper.address.city", "Boston"))).json()["output"]

    assert [alert["code"] for alert in output["alerts"]] == ["SHIP.SHIPPER.POSTALCITY.MISMATCH"]


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        pytest.param("/accountNumber", ..., (400, "ACCOUNT.NUMBER.REQUIRED"), id="no account"),
        pytest.param("/accountNumber.value", "1234", (400, "ACCOUNT.NUMBER.INVALID"), id="short account"),
        pytest.param("/accountNumber.value", "802255209", (400, "ACCOUNT.NUMBER.NOTFOUND"), id="another's account"),
        pytest.param("shippingChargesPayment", {"paymentType": "SENDER", "payor": {"responsibleParty": {"accountNumber": {"value": "802255209"}}}}, (400, "ACCOUNT.NUMBER.MISMATCH"), id="another payor"),
        pytest.param("/requestedShipment", {}, SHAPE, id="no shipment"),
        pytest.param("pickupType", ..., SHAPE, id="no pickup type"),
        pytest.param("rateRequestType", ["CHEAP"], SHAPE, id="unknown price"),
        pytest.param("packagingType", "CRATE", SHAPE, id="unknown packaging"),
        pytest.param("/rateRequestControlParameters.rateSortOrder", "RANDOM", SHAPE, id="unknown order"),
        pytest.param("/rateRequestControlParameters.variableOptions", "SUNDAY", SHAPE, id="unknown option"),
        pytest.param("shipDateStamp", "2026-01-01", (400, "AVAILABILITY.SHIP.DATE.INVALID"), id="past"),
        pytest.param("shipDateStamp", "2026-02-01", (400, "AVAILABILITY.SHIP.DATE.INVALID"), id="too far"),
        pytest.param("shipper.address.countryCode", "KP", (400, "ORIGIN.COUNTRY.NOTSERVED"), id="origin not served"),
        pytest.param("recipient.address.postalCode", "1", (400, "RECIPIENTS.POSTALCODE.INVALID"), id="no postal code"),
        pytest.param("recipient.address.stateOrProvinceCode", "NY", (400, "COUNTRY.POSTALANDSTATEORPROVINCECODE.MISMATCH"), id="other state"),
        pytest.param("requestedPackageLineItems", [], (400, "REQUESTEDPACKAGELINEITEMS.REQUIRED"), id="no package"),
        pytest.param(f"{PIECE}.groupPackageCount", 101, (400, "TOTALPACKAGECOUNT.INVALID"), id="101 packages"),
        pytest.param(f"{PIECE}.weight.units", "KG", (400, "MIXED.MEASURING.UNITS.INCLUDED"), id="KG beside IN"),
        pytest.param("serviceType", "SAME_DAY_MOON", NO_SERVICE, id="unknown service"),
        pytest.param("serviceType", "INTERNATIONAL_ECONOMY", NO_SERVICE, id="other lane"),
        pytest.param("/carrierCodes", ["FXFR"], NO_SERVICE, id="other carrier"),
        pytest.param(f"{PIECE}.dimensions", {"length": 200, "width": 9, "height": 9, "units": "IN"}, NO_SERVICE, id="too long for all"),
    ],
)  # fmt: skip
async def test_a_wrong_question_is_refused(
    fedex: FedExClient, path: str, value: Any, expected: tuple[int, str]
) -> None:
    """A shape that is wrong is 422 and names nothing (field guide, section 2.1)."""
    assert refusal(await fedex.rate(put(quote_request(), path, value))) == expected


async def test_a_wrong_shape_names_no_member(fedex: FedExClient) -> None:
    """Which is why a client must show the whole body (field guide, section 11-9)."""
    answer = await fedex.rate(put(quote_request(), "pickupType", "SOMETIME"))

    assert "rateInputVO" in answer.text
    assert "pickupType" not in answer.text


# --- transit times ------------------------------------------------------------------------------------------------------


async def test_transit_times_are_those_of_the_quotes(fedex: FedExClient) -> None:
    """Two questions, one answer."""
    body = transit_request()
    put(body, "recipients.0.address.residential", value=True)
    times = (await fedex.output("/availability/v1/transittimes", body))["transitTimes"][0]["transitTimeDetails"]
    quotes = {quote["serviceType"]: quote["commit"]["dateDetail"] for quote in await fedex.quotes(quote_request())}

    for each in times:
        if each["serviceType"] in quotes:
            assert each["commit"]["dateDetail"]["dayOfWeek"] == quotes[each["serviceType"]]["dayOfWeek"]
            assert each["commit"]["dateDetail"]["time"] == quotes[each["serviceType"]]["dayFormat"][11:]
    assert {each["serviceType"] for each in times} >= set(quotes)
    assert times[0]["commit"]["dateDetail"]["day"] == "Jan-06-2026"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        pytest.param("shipper", ..., SHAPE, id="no shipper"),
        pytest.param("recipients", [], SHAPE, id="no recipient"),
        pytest.param("shipper.address.postalCode", ..., (400, "ORIGIN.POSTAL.REQUIRED"), id="no origin"),
        pytest.param("packagingType", ..., (400, "PACKAGINGTYPE.REQUIRED"), id="no packaging"),
        pytest.param("serviceType", "FEDEX_ECONOMY", NO_SERVICE, id="other lane"),
        pytest.param("shipDatestamp", "2026-01-01", (400, "AVAILABILITY.SHIP.DATE.INVALID"), id="past"),
    ],
)
async def test_a_wrong_question_about_times_is_refused(
    fedex: FedExClient, path: str, value: Any, expected: tuple[int, str]
) -> None:
    """The same rules as for prices."""
    assert refusal(await fedex.call("/availability/v1/transittimes", put(transit_request(), path, value))) == expected


async def test_options_say_what_goes_together(fedex: FedExClient) -> None:
    """Ground takes the shipper's own packaging only."""
    body = {"requestedShipment": {"shipper": {"address": address()}, "recipients": [{"address": address()}]}}
    output = await fedex.output("/availability/v1/packageandserviceoptions", body)
    pairs = {(each["serviceType"]["key"], each["packageType"]["key"]) for each in output["packageOptions"]}

    assert ("FEDEX_GROUND", "YOUR_PACKAGING") in pairs
    assert ("FEDEX_2_DAY", "FEDEX_PAK") in pairs
    assert ("FEDEX_GROUND", "FEDEX_PAK") not in pairs
    assert output["oneRate"] is True
