"""Prices and durations: what is asked, and what is made of the answers."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import msgspec
import pytest

from cartcarrier.carriers.fedex import FedExOptions
from cartcarrier.carriers.fedex.mapping import to_rate_question, to_rates, to_transit_question, to_transit_times
from cartcarrier.carriers.fedex.schemas import RateAnswer, TransitAnswer
from cartcarrier.errors import InvalidValueError
from cartcarrier.http import json_decoder, json_encode
from cartcarrier.models import (
    BillParty,
    BillTo,
    CustomsDeclaration,
    Money,
    Rate,
    ShipmentRequest,
    TransitTime,
    Weight,
    WeightUnit,
)
from tests.unit.carriers.fedex.samples import (
    ACCOUNT,
    CARRIER,
    abroad,
    config,
    offer,
    offers,
    options,
    parcel,
    price,
    recipient,
    request,
    sender,
    shirt,
)


def question_of(asked: ShipmentRequest, **settings: Any) -> dict[str, Any]:
    """Return what FedEx would be asked."""
    made: dict[str, Any] = json.loads(json_encode(to_rate_question(asked, config(**settings)), decimals="number"))
    return made


def rates_of(answer: dict[str, Any], asked: ShipmentRequest | None = None, **settings: Any) -> list[Rate]:
    """Return the rates in an answer."""
    read = json_decoder(RateAnswer).decode(msgspec.json.encode(answer))
    return to_rates(read, asked or request(service=None), config(**settings), CARRIER)


def usd(amount: str) -> Money:
    """Return dollars."""
    return Money(amount=amount, currency="USD")


def test_question_is_what_the_field_guide_shows() -> None:
    """With city and state, and the time in transit, which FedEx leaves out unless asked (section 2.1)."""
    assert question_of(request(service=None, ship_date=date(2026, 12, 1))) == {
        "accountNumber": {"value": ACCOUNT},
        "rateRequestControlParameters": {"returnTransitTimes": True},
        "requestedShipment": {
            "shipper": {
                "address": {
                    "city": "Memphis",
                    "stateOrProvinceCode": "TN",
                    "postalCode": "38116",
                    "countryCode": "US",
                }
            },
            "recipient": {
                "address": {
                    "city": "Aurora",
                    "stateOrProvinceCode": "CO",
                    "postalCode": "80012",
                    "countryCode": "US",
                    "residential": True,
                }
            },
            "rateRequestType": ["ACCOUNT", "LIST"],
            "shipDateStamp": "2026-12-01",
            "pickupType": "USE_SCHEDULED_PICKUP",
            "packagingType": "YOUR_PACKAGING",
            "totalPackageCount": 1,
            "totalWeight": 3,
            "requestedPackageLineItems": [
                {
                    "groupPackageCount": 1,
                    "weight": {"units": "LB", "value": 3},
                    "dimensions": {"length": 10, "width": 8, "height": 4, "units": "IN"},
                }
            ],
        },
    }


def test_one_service_is_asked_for_by_request_or_rate() -> None:
    """The rate's service counts."""
    assert question_of(request(service="FEDEX_2_DAY"))["requestedShipment"]["serviceType"] == "FEDEX_2_DAY"
    (rate,) = rates_of(offers(offer("FEDEX_2_DAY")))
    asked = request(service="PRIORITY_OVERNIGHT", rate=rate)
    assert question_of(asked)["requestedShipment"]["serviceType"] == "FEDEX_2_DAY"


def test_saturday_is_a_variable_option() -> None:
    """So FedEx prices it beside the usual; as a special service it would refuse what it cannot do."""
    made = question_of(request(service=None, options=options(saturday_delivery=True, hold_at_location="MEMKA")))
    assert made["rateRequestControlParameters"]["variableOptions"] == "SATURDAY_DELIVERY"
    assert made["requestedShipment"]["shipmentSpecialServices"]["specialServiceTypes"] == ["HOLD_AT_LOCATION"]
    alone = question_of(request(service=None, options=options(saturday_delivery=True)))
    assert "shipmentSpecialServices" not in alone["requestedShipment"]


def test_return_is_priced_as_one() -> None:
    """Its price has room for the kind of return only."""
    made = question_of(request(is_return=True, service=None, options=options(FedExOptions(rma_reason="too small"))))
    services = made["requestedShipment"]["shipmentSpecialServices"]
    assert services["returnShipmentDetail"] == {"returnType": "PRINT_RETURN_LABEL"}


def test_certain_day_is_priced_by_its_kind() -> None:
    """The price has no room for the date."""
    extra = FedExOptions(home_delivery="DATE_CERTAIN", home_delivery_date=date(2026, 12, 5))
    services = question_of(request(service=None, options=options(extra)))["requestedShipment"][
        "shipmentSpecialServices"
    ]
    assert services["homeDeliveryPremiumDetail"] == {"homedeliveryPremiumType": "DATE_CERTAIN"}


def test_wished_for_currency_is_asked_for() -> None:
    """Beside the account's own."""
    made = question_of(request(service=None), currency="EUR")["requestedShipment"]
    assert made["rateRequestType"] == ["ACCOUNT", "LIST", "PREFERRED"]
    assert made["preferredCurrency"] == "EUR"


def test_unknown_sides_are_left_out() -> None:
    """Zeros, or missing ones, hide the express services (field guide fedex.md section 11, pitfall 7)."""
    made = question_of(request(service=None, parcels=[parcel(dimensions=None)]))
    assert "dimensions" not in made["requestedShipment"]["requestedPackageLineItems"][0]


def test_goods_are_told_as_far_as_they_are_known() -> None:
    """A price is not a purchase: what is missing is left out."""
    made = question_of(abroad(parcels=[parcel(items=[shirt(hs_code=None, unit_value=None, weight=None)])]))
    (goods,) = made["requestedShipment"]["customsClearanceDetail"]["commodities"]
    assert goods == {
        "description": "Cotton shirt, men's",
        "countryOfManufacture": "PT",
        "partNumber": "SKU1",
        "quantity": 2,
        "quantityUnits": "PCS",
        "numberOfPieces": 1,
    }
    nothing = question_of(abroad(parcels=[parcel()], customs=None))
    assert "customsClearanceDetail" not in nothing["requestedShipment"]


def test_duties_that_the_sender_pays_belong_to_the_price() -> None:
    """Somebody else's do not, and FedEx has no word for them here."""
    paid = question_of(abroad(customs=CustomsDeclaration(incoterm="DDP")))["requestedShipment"]
    assert paid["customsClearanceDetail"]["dutiesPayment"]["paymentType"] == "SENDER"
    unpaid = question_of(abroad())["requestedShipment"]
    assert "dutiesPayment" not in unpaid["customsClearanceDetail"]


def test_battery_is_priced_in_rates_own_words() -> None:
    """Ship has others (field guide fedex.md section 0.4)."""
    made = question_of(request(service=None, options=options(lithium="lithium_ion_packed_with_equipment")))
    services = made["requestedShipment"]["requestedPackageLineItems"][0]["packageSpecialServices"]
    assert services["batteryDetails"] == [
        {"material": "LITHIUM_ION", "regulatorySubType": "IATA_SECTION_II", "packing": "PACKED_WITH_EQUIPMENT"}
    ]


@pytest.mark.parametrize("service", ["FEDEX_GROUND", "GROUND_HOME_DELIVERY"])
def test_question_about_ground_is_for_fedex_to_answer(service: str) -> None:
    """It costs nothing; the purchase is what is refused."""
    for home in (True, False, None):
        assert question_of(request(service=service, ship_to=recipient(residential=home)))


def test_a_hundred_parcels_are_priced() -> None:
    """More are refused (field guide fedex.md section 2.1)."""
    assert question_of(request(service=None, parcels=[parcel()] * 100))
    with pytest.raises(InvalidValueError):
        question_of(request(service=None, parcels=[parcel()] * 101))


# --- answers --------------------------------------------------------------------------------------------------------------


def test_account_pays_its_own_price() -> None:
    """The list price stands beside it, whichever comes first."""
    (rate,) = rates_of(offers(offer("FEDEX_2_DAY", price(20.0, "LIST"), price(12.53))))
    assert (rate.total, rate.list_total) == (usd("12.53"), usd("20.0"))
    assert (rate.carrier, rate.service.code, rate.service.name) == (CARRIER, "FEDEX_2_DAY", "FedEx 2Day")
    assert rate.warnings == ()


@pytest.mark.parametrize("number", ["0.1", "12.53", "1234567.89"])
def test_price_is_exact(number: str) -> None:
    """A binary float is another sum."""
    answer = (
        b'{"output":{"rateReplyDetails":[{"serviceType":"FEDEX_2_DAY","ratedShipmentDetails":[{"rateType":"ACCOUNT",'
    )
    answer += f'"totalNetCharge":{number},"currency":"USD"}}]}}]}}}}'.encode()
    (rate,) = to_rates(json_decoder(RateAnswer).decode(answer), request(service=None), config(), CARRIER)
    assert rate.total.amount == Decimal(number)


@pytest.mark.parametrize(
    "detail",
    [
        price(12.53),
        price({"amount": 12.53, "currency": "USD"}, currency=None),
        price(12.53, currency=None, shipmentRateDetail={"currency": "USD"}),
        price(12.53, currency="USD", shipmentRateDetail={"currency": "EUR"}),
    ],
    ids=["number", "object", "currency below", "currency above goes first"],
)
def test_price_is_read_wherever_its_currency_stands(detail: dict[str, Any]) -> None:
    """FedEx has moved it (field guide fedex.md section 11, pitfall 12)."""
    (rate,) = rates_of(offers(offer("FEDEX_2_DAY", detail)))
    assert rate.total == usd("12.53")


def test_list_price_alone_is_the_price_with_a_warning() -> None:
    """The account may have none of its own."""
    (rate,) = rates_of(offers(offer("FEDEX_2_DAY", price(20.0, "LIST"))))
    assert (rate.total, rate.list_total) == (usd("20.0"), usd("20.0"))
    assert "list price" in rate.warnings[0]


def test_wished_for_currency_goes_first() -> None:
    """The list price in another one is not comparable."""
    details = [price(12.53), price(20.0, "LIST"), price(11.4, "PREFERRED_CURRENCY", currency="EUR")]
    (rate,) = rates_of(offers(offer("FEDEX_2_DAY", *details)), currency="EUR")
    assert rate.total == Money(amount="11.4", currency="EUR")
    assert rate.list_total is None
    (without,) = rates_of(offers(offer("FEDEX_2_DAY", *details[:2])), currency="EUR")
    assert without.total == usd("12.53")
    assert without.warnings == ("FedEx gave no price in EUR",)


def test_currency_is_read_from_fedex_code() -> None:
    """UKL is the pound."""
    (rate,) = rates_of(offers(offer("FEDEX_PRIORITY", price(9.5, currency="UKL"))))
    assert rate.total == Money(amount="9.5", currency="GBP")


def test_service_without_a_price_is_left_out() -> None:
    """A partial result is no error."""
    found = rates_of(
        offers(
            offer("FEDEX_2_DAY"),
            {"serviceType": "FIRST_OVERNIGHT"},
            offer("PRIORITY_OVERNIGHT", price(None)),
            {"ratedShipmentDetails": [price(1.0)]},
            offer(" "),
        )
    )
    assert [rate.service.code for rate in found] == ["FEDEX_2_DAY"]
    assert rates_of({"output": {}}) == []


def test_price_is_made_of_its_parts() -> None:
    """The parts add up to the total."""
    detail = price(
        12.53,
        totalBaseCharge=14.97,
        shipmentRateDetail={
            "freightDiscount": [{"type": "VOLUME", "description": "Volume discount", "amount": 5.00}],
            "surCharges": [
                {"type": "FUEL", "description": "Fuel Surcharge", "amount": 1.56},
                {"type": "NOTHING", "amount": 0},
            ],
            "taxes": [{"type": "VAT", "description": "VAT", "amount": 1.00}],
        },
    )
    (rate,) = rates_of(offers(offer("FEDEX_2_DAY", detail)))
    assert [(charge.code, charge.amount.amount) for charge in rate.charges] == [
        ("BASE", Decimal("14.97")),
        ("VOLUME", Decimal("-5.0")),
        ("FUEL", Decimal("1.56")),
        ("VAT", Decimal("1.0")),
    ]
    assert sum(charge.amount.amount for charge in rate.charges) == rate.total.amount


@pytest.mark.parametrize(
    ("changes", "days", "arrival", "guaranteed"),
    [
        ({"commit": {"dateDetail": {"dayFormat": "2026-12-03T20:00:00"}}}, None, date(2026, 12, 3), None),
        (
            {"commit": {"transitDays": {"minimumTransitTime": "THREE_DAYS"}, "guaranteedType": "GUARANTEED_MORNING"}},
            3,
            None,
            True,
        ),
        (
            {"operationalDetail": {"deliveryDate": "2026-12-04T17:00:00", "transitTime": "TWO_DAYS"}},
            2,
            date(2026, 12, 4),
            None,
        ),
        ({"operationalDetail": {"commitDate": "2026-12-05"}}, None, date(2026, 12, 5), None),
        ({"operationalDetail": {"ineligibleForMoneyBackGuarantee": True}}, None, None, False),
        ({"operationalDetail": {"ineligibleForMoneyBackGuarantee": False}}, None, None, True),
        ({"commit": {"dateDetail": {"dayFormat": "soon"}}}, None, None, None),
        ({"commit": {"transitDays": {"minimumTransitTime": "SMARTPOST_TRANSIT_DAYS"}}}, None, None, None),
        (
            {
                "commit": {"dateDetail": {"dayFormat": "2026-12-03"}, "transitDays": {"minimumTransitTime": "ONE_DAY"}},
                "operationalDetail": {"deliveryDate": "2026-12-09", "transitTime": "NINE_DAYS"},
            },
            1,
            date(2026, 12, 3),
            None,
        ),
    ],
)
def test_time_is_what_fedex_says_first(
    changes: dict[str, Any], days: int | None, arrival: date | None, guaranteed: bool | None
) -> None:
    """A wall clock without its zone is a day; what is not said is not known."""
    (rate,) = rates_of(offers(offer("FEDEX_2_DAY", **changes)))
    assert (rate.transit_days, rate.estimated_delivery, rate.guaranteed) == (days, arrival, guaranteed)


def test_saturday_variant_is_the_one_that_was_asked_for() -> None:
    """FedEx answers the service twice; the cheap one delivers on Monday."""
    plain = offer("FEDEX_2_DAY", price(12.53), commit={"saturdayDelivery": False})
    saturday = offer("FEDEX_2_DAY", price(28.53), commit={"saturdayDelivery": True})
    answer = offers(plain, saturday, offer("PRIORITY_OVERNIGHT"))
    asked = request(service=None, options=options(saturday_delivery=True))
    assert [(rate.service.code, rate.total) for rate in rates_of(answer, asked)] == [("FEDEX_2_DAY", usd("28.53"))]
    assert [(rate.service.code, rate.total) for rate in rates_of(answer)] == [
        ("FEDEX_2_DAY", usd("12.53")),
        ("PRIORITY_OVERNIGHT", usd("12.53")),
    ]


@pytest.mark.parametrize(
    ("home", "offered", "kept"),
    [
        (True, "FEDEX_GROUND GROUND_HOME_DELIVERY", "GROUND_HOME_DELIVERY"),
        (False, "FEDEX_GROUND GROUND_HOME_DELIVERY", "FEDEX_GROUND"),
        (None, "FEDEX_GROUND GROUND_HOME_DELIVERY", "FEDEX_GROUND"),
        (True, "FEDEX_GROUND", "FEDEX_GROUND"),
        (None, "GROUND_HOME_DELIVERY", "GROUND_HOME_DELIVERY"),
        (False, "GROUND_HOME_DELIVERY", ""),
    ],
)
def test_ground_and_home_delivery_go_by_the_address(home: bool | None, offered: str, kept: str) -> None:
    """The other one is refused, or surcharged (field guide fedex.md section 11, pitfall 4)."""
    answer = offers(*(offer(service) for service in offered.split()))
    found = rates_of(answer, request(service=None, ship_to=recipient(residential=home)))
    assert [rate.service.code for rate in found] == kept.split()


def test_economy_is_offered_with_its_hub_only() -> None:
    """Without one it cannot be bought."""
    answer = offers(offer("SMART_POST"), offer("FEDEX_2_DAY"))
    assert [rate.service.code for rate in rates_of(answer)] == ["FEDEX_2_DAY"]
    with_hub = request(service=None, options=options(FedExOptions(smartpost_hub="5531")))
    assert [rate.service.code for rate in rates_of(answer, with_hub)] == ["SMART_POST", "FEDEX_2_DAY"]


def test_home_is_priced_as_one() -> None:
    """What FedEx takes for a home is one for the purchase."""
    asked = request(service=None, ship_to=recipient(residential=None))
    (home,) = rates_of(offers(offer("GROUND_HOME_DELIVERY")), asked)
    (firm,) = rates_of(offers(offer("FEDEX_2_DAY")), asked)
    assert (home.residential, firm.residential) == (True, None)


def test_asked_service_is_the_only_one() -> None:
    """Whoever asks for 2Day must not be handed another price."""
    answer = offers(offer("FEDEX_2_DAY"), offer("PRIORITY_OVERNIGHT"), offer("FEDEX_2_DAY", price(99.0)))
    found = rates_of(answer, request(service="FEDEX_2_DAY"))
    assert [(rate.service.code, rate.total) for rate in found] == [("FEDEX_2_DAY", usd("12.53"))]


def test_what_fedex_wants_known_is_a_warning() -> None:
    """Once."""
    message = {"code": "SERVICE.TYPE.INTERNATIONAL.MESSAGE", "message": "without duties"}
    answer = offers(offer("FEDEX_2_DAY", customerMessages=[message]), alerts=[{"code": "A.B", "message": "c"}])
    (rate,) = rates_of(answer)
    assert rate.warnings == ("A.B: c", "SERVICE.TYPE.INTERNATIONAL.MESSAGE: without duties")


def test_price_of_somebody_elses_account_is_not_known() -> None:
    """FedEx prices for the account that asks."""
    bill = BillTo(party=BillParty.THIRD_PARTY, account_number="987654321")
    asked = request(service=None, options=options(bill_to=bill))
    (rate,) = rates_of(offers(offer("FEDEX_2_DAY")), asked)
    assert "as if this account paid" in rate.warnings[0]
    own = request(service=None, options=options(bill_to=BillTo(party=BillParty.SENDER)))
    assert rates_of(offers(offer("FEDEX_2_DAY")), own)[0].warnings == ()


# --- durations ------------------------------------------------------------------------------------------------------------


def times_of(*details: dict[str, Any], asked: ShipmentRequest | None = None) -> list[TransitTime]:
    """Return the durations in an answer."""
    answer = {"output": {"transitTimes": [{"transitTimeDetails": list(details)}]}}
    read = json_decoder(TransitAnswer).decode(msgspec.json.encode(answer))
    return to_transit_times(read, asked or request(service=None))


def test_duration_is_asked_without_what_a_price_knows() -> None:
    """Transit times have no room for it."""
    asked = request(service=None, options=options(alcohol=True), ship_date=date(2026, 12, 1))
    made = json.loads(json_encode(to_transit_question(asked, config()), decimals="number"))["requestedShipment"]
    assert made["requestedPackageLineItems"] == [
        {
            "weight": {"units": "LB", "value": 3},
            "dimensions": {"length": 10, "width": 8, "height": 4, "units": "IN"},
        }
    ]
    assert made["recipients"][0]["address"]["residential"] is True
    assert made["shipDatestamp"] == "2026-12-01"
    assert "customsClearanceDetail" not in made


def test_duration_across_a_border_names_the_goods() -> None:
    """Those with a value; others are refused here."""
    made = json.loads(json_encode(to_transit_question(abroad(), config()), decimals="number"))["requestedShipment"]
    assert [one["description"] for one in made["customsClearanceDetail"]["commodities"]] == ["Cotton shirt, men's"]
    unknown = abroad(parcels=[parcel(items=[shirt(unit_value=None)])])
    made = json.loads(json_encode(to_transit_question(unknown, config()), decimals="number"))["requestedShipment"]
    assert "customsClearanceDetail" not in made


def test_durations_are_read() -> None:
    """Each service once."""
    (first, second) = times_of(
        {
            "serviceType": "FEDEX_2_DAY",
            "serviceName": "FedEx 2Day®",
            "commit": {"transitDays": {"minimumTransitTime": "TWO_DAYS"}, "dateDetail": {"day": "Apr-13-2021"}},
        },
        {"serviceType": "FEDEX_2_DAY"},
        {"serviceName": "nameless"},
        {"serviceType": " "},
        {"serviceType": "FEDEX_GROUND", "commit": {"dateDetail": {"day": "Foo-13-2021"}}},
    )
    assert (first.service.code, first.service.name) == ("FEDEX_2_DAY", "FedEx 2Day")
    assert (first.transit_days, first.estimated_delivery) == (2, date(2021, 4, 13))
    assert (second.service.code, second.transit_days, second.estimated_delivery) == ("FEDEX_GROUND", None, None)


def test_duration_of_the_asked_service_is_the_only_one() -> None:
    """The others were not asked for."""
    found = times_of(
        {"serviceType": "FEDEX_2_DAY"}, {"serviceType": "FEDEX_GROUND"}, asked=request(service="FEDEX_GROUND")
    )
    assert [one.service.code for one in found] == ["FEDEX_GROUND"]
    read = json_decoder(TransitAnswer).decode(b'{"output":{"transitTimes":[{}]}}')
    assert to_transit_times(read, request()) == []


def test_metric_origin_weighs_in_kilograms() -> None:
    """As the purchase will."""
    berlin = sender(country_code="DE", region=None, postal_code="10115", city="Berlin", phone="+49 30 55501000")
    heavy = parcel(weight=Weight(value=2, unit=WeightUnit.KILOGRAM))
    made = question_of(request(service=None, ship_from=berlin, ship_to=attrs.evolve(berlin, name="B"), parcels=[heavy]))
    assert made["requestedShipment"]["requestedPackageLineItems"][0]["weight"] == {"units": "KG", "value": 2}
