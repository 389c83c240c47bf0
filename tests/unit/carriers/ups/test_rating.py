"""Prices: what is asked, and what is made of the answer."""

import json
from datetime import date
from typing import Any

import pytest

from cartcarrier.carriers.ups import UPSOptions
from cartcarrier.carriers.ups.mapping import to_rate_question, to_rates
from cartcarrier.carriers.ups.mapping.rating import read_token
from cartcarrier.carriers.ups.schemas import RateResponseEnvelope
from cartcarrier.errors import UnsupportedOperationError
from cartcarrier.http import json_decoder, json_encode
from cartcarrier.models import CustomsDeclaration, Rate, ShipmentOptions, ShipmentRequest, Signature
from tests.unit.carriers.ups.samples import (
    CARRIER,
    TODAY,
    abroad,
    config,
    money,
    parcel,
    parisian,
    recipient,
    request,
    sender,
    shirt,
)


def asked(what: ShipmentRequest, **settings: Any) -> tuple[str, dict[str, Any]]:
    """Return which question is asked, and its body below ``RateRequest``."""
    question = to_rate_question(what, config(**settings))
    return question.option, json.loads(json_encode(question.envelope))["RateRequest"]


def rated(**changes: Any) -> dict[str, Any]:
    """Return one service and its price."""
    arrival = {"Arrival": {"Date": "20261130", "Time": "233000"}, "BusinessDaysInTransit": "3"}
    values: dict[str, Any] = {
        "Service": {"Code": "03", "Description": ""},
        "RatedShipmentAlert": [{"Code": "110971", "Description": "Your invoice may vary"}],
        "TransportationCharges": money("20.00"),
        "BaseServiceCharge": money("17.00"),
        "ServiceOptionsCharges": money("0.00"),
        "ItemizedCharges": [{"Code": "375", **money("3.00")}],
        "TotalCharges": money("20.00"),
        "NegotiatedRateCharges": {
            "BaseServiceCharge": [money("9.00")],
            "ItemizedCharges": [{"Code": "375", **money("1.50")}, {"Code": "270", "Description": "HOME", **money("2")}],
            "TotalCharge": money("12.50"),
        },
        "RatedPackage": [],
        "TimeInTransit": {"ServiceSummary": {"GuaranteedIndicator": "", "EstimatedArrival": arrival}},
    }
    values.update(changes)
    return {name: value for name, value in values.items() if value is not None}


def rates(*services: dict[str, Any], alerts: object = None, what: ShipmentRequest | None = None) -> list[Rate]:
    """Return what is made of an answer."""
    head = {"ResponseStatus": {"Code": "1"}, **({"Alert": alerts} if alerts else {})}
    body = json.dumps({"RateResponse": {"Response": head, "RatedShipment": list(services)}})
    answer = json_decoder(RateResponseEnvelope).decode(body)
    return to_rates(answer.rate_response, what or request(service=None), CARRIER)


# --- the question -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("what", "option"),
    [
        (request(service=None), "Shoptimeintransit"),
        (request(service="03"), "Ratetimeintransit"),
        (abroad(service=None), "Shoptimeintransit"),
        (abroad(service=None, parcels=[parcel(items=[shirt(unit_value=None)])]), "Shop"),
        (abroad(service="65", parcels=[parcel()]), "Rate"),
    ],
    ids=["all", "one", "abroad", "abroad without value", "abroad, one, without value"],
)
def test_transit_is_asked_for_where_it_can_be_had(what: ShipmentRequest, option: str) -> None:
    """Across borders UPS wants the goods' value for it; without one a price is better than a refusal."""
    made, body = asked(what)
    assert made == option
    assert ("DeliveryTimeInformation" in body["Shipment"]) == ("transit" in option)


def test_total_weight_is_always_said() -> None:
    """Left out it is error 111549 (field guide ups.md pitfall 9)."""
    _, body = asked(request(parcels=[parcel(), parcel()]))
    assert body["Shipment"]["ShipmentTotalWeight"]["Weight"] == "6"


def test_parcel_without_sides_is_priced_by_weight() -> None:
    """UPS takes that, and may charge more for a large one."""
    _, body = asked(request(parcels=[parcel(dimensions=None)]))
    assert "Dimensions" not in body["Shipment"]["Package"][0]


def test_negotiated_prices_are_asked_for_with_all_they_need() -> None:
    """Account, address and state of the shipper (field guide ups.md pitfall 7)."""
    _, body = asked(request())
    shipment = body["Shipment"]
    assert shipment["ShipmentRatingOptions"] == {"NegotiatedRatesIndicator": ""}
    assert shipment["Shipper"]["ShipperNumber"] == "AB12C3"
    assert shipment["Shipper"]["Address"]["StateProvinceCode"] == "GA"
    assert shipment["ShipFrom"]["Address"]["StateProvinceCode"] == "GA"


def test_rating_has_its_own_words() -> None:
    """Ship says Packaging and PaymentInformation (field guide ups.md section 0.6)."""
    _, body = asked(request())
    assert body["Shipment"]["Package"][0]["PackagingType"] == {"Code": "02"}
    assert body["Shipment"]["PaymentDetails"]["ShipmentCharge"][0]["Type"] == "01"
    assert body["PickupType"] == {"Code": "01"}
    assert body["Request"]["SubVersion"] == "2409"


def test_settings_of_the_account_are_said() -> None:
    """They change the price."""
    _, body = asked(request(), pickup_type="03", customer_classification="04")
    assert (body["PickupType"], body["CustomerClassification"]) == ({"Code": "03"}, {"Code": "04"})


def test_home_is_priced_as_one_by_presence() -> None:
    """Sent empty for a firm, it raises the price (field guide ups.md pitfall 2)."""
    _, home = asked(request(ship_to=recipient(residential=True)))
    _, firm = asked(request(ship_to=recipient(residential=False)))
    assert home["Shipment"]["ShipTo"]["Address"]["ResidentialAddressIndicator"] == ""
    assert "ResidentialAddressIndicator" not in firm["Shipment"]["ShipTo"]["Address"]


def test_options_are_priced_in() -> None:
    """A price without them would be another one."""
    options = ShipmentOptions(
        signature=Signature.ADULT, saturday_delivery=True, carrier_options=UPSOptions(carbon_neutral=True)
    )
    _, body = asked(request(options=options))
    assert body["Shipment"]["ShipmentServiceOptions"] == {
        "SaturdayDeliveryIndicator": "",
        "UPScarbonneutralIndicator": "",
    }
    package = body["Shipment"]["Package"][0]
    assert package["PackageServiceOptions"] == {"DeliveryConfirmation": {"DCISType": "3"}}


def test_duties_that_the_sender_pays_are_priced_in() -> None:
    """UPS takes a fee for that; without it the label costs more than was promised."""
    _, body = asked(abroad(customs=CustomsDeclaration(incoterm="DDP")))
    assert body["Shipment"]["PaymentDetails"]["ShipmentCharge"] == [
        {"Type": kind, "BillShipper": {"AccountNumber": "AB12C3"}} for kind in ("01", "02")
    ]


def test_ship_date_is_said_only_where_it_is_given() -> None:
    """UPS's today is better than ours: we do not know the sender's zone."""
    _, with_date = asked(request(ship_date=TODAY))
    _, without = asked(request())
    assert with_date["Shipment"]["DeliveryTimeInformation"]["Pickup"] == {"Date": "20261124"}
    assert "Pickup" not in without["Shipment"]["DeliveryTimeInformation"]


def test_province_with_more_than_two_letters_is_left_out() -> None:
    """Rating has room for two, Ship for five."""
    _, body = asked(abroad(ship_to=parisian(country_code="AU", region="NSW", postal_code="2000")))
    assert "StateProvinceCode" not in body["Shipment"]["ShipTo"]["Address"]


def test_option_that_cannot_be_said_is_refused_before_asking() -> None:
    """A price without it would mislead."""
    with pytest.raises(UnsupportedOperationError):
        asked(request(options=ShipmentOptions(lithium="UN3481")))


# --- the answer ---------------------------------------------------------------------------------------------------------


def test_account_pays_the_negotiated_price() -> None:
    """The published one stands beside it."""
    (rate,) = rates(rated())
    assert (str(rate.total), str(rate.list_total)) == ("12.50 USD", "20.00 USD")
    assert [(charge.code, charge.description, str(charge.amount)) for charge in rate.charges] == [
        ("base", "Base service charge", "9.00 USD"),
        ("375", "Fuel", "1.50 USD"),
        ("270", "HOME", "2.00 USD"),
    ]
    assert rate.warnings == ("110971: Your invoice may vary",)


@pytest.mark.parametrize("code", ["120900", "120901"])
def test_missing_negotiated_price_is_a_warning(code: str) -> None:
    """The published price is the price then, and whoever chooses must know (field guide ups.md pitfall 7)."""
    (rate,) = rates(rated(NegotiatedRateCharges=None), alerts=[{"Code": code, "Description": "not eligible"}])
    assert (str(rate.total), str(rate.list_total)) == ("20.00 USD", "20.00 USD")
    assert f"{code}: not eligible" in rate.warnings
    assert rate.token is not None
    assert not read_token(rate.token).negotiated


def test_missing_negotiated_price_without_an_alert_is_said_by_us() -> None:
    """UPS leaves the container out without a word."""
    (rate,) = rates(rated(NegotiatedRateCharges=None))
    assert any("negotiated" in warning for warning in rate.warnings)


def test_published_price_is_made_of_its_charges() -> None:
    """Base and surcharges; without a base, transport and options."""
    (rate,) = rates(rated(NegotiatedRateCharges=None))
    assert [charge.code for charge in rate.charges] == ["base", "375"]
    (coarse,) = rates(rated(NegotiatedRateCharges=None, BaseServiceCharge=None))
    assert [charge.code for charge in coarse.charges] == ["transportation", "service-options"]


def test_package_surcharges_are_charges() -> None:
    """Surcharges of one package stand on it."""
    package = {"NegotiatedCharges": {"ItemizedCharges": {"Code": "120", **money("5.00")}}}
    (rate,) = rates(rated(RatedPackage=package))
    assert ("120", "Delivery confirmation") in [(charge.code, charge.description) for charge in rate.charges]


def test_one_thing_may_come_as_object_or_array() -> None:
    """The version decides, and not always (field guide ups.md pitfall 6)."""
    listed = rates(rated(), alerts=[{"Code": "1", "Description": "x"}])
    body = json.dumps(
        {
            "RateResponse": {
                "Response": {"Alert": {"Code": "1", "Description": "x"}},
                "RatedShipment": rated(
                    RatedShipmentAlert={"Code": "110971", "Description": "Your invoice may vary"},
                    NegotiatedRateCharges={
                        "BaseServiceCharge": money("9.00"),
                        "ItemizedCharges": [
                            {"Code": "375", **money("1.50")},
                            {"Code": "270", "Description": "HOME", **money("2")},
                        ],
                        "TotalCharge": money("12.50"),
                    },
                    RatedPackage={},
                ),
            }
        }
    )
    answer = json_decoder(RateResponseEnvelope).decode(body)
    assert to_rates(answer.rate_response, request(service=None), CARRIER) == listed


def test_arrival_is_a_day_without_a_zone() -> None:
    """UPS prints the destination's clock; a zone would be invented."""
    (rate,) = rates(rated())
    assert rate.estimated_delivery == date(2026, 11, 30)
    assert (rate.transit_days, rate.guaranteed) == (3, True)


def test_older_transit_block_is_read_too() -> None:
    """It is coarser, and all there is without transit data."""
    older = {"BusinessDaysInTransit": "2", "ScheduledDeliveryDate": "20261127"}
    (rate,) = rates(rated(TimeInTransit=None, GuaranteedDelivery=older))
    assert (rate.transit_days, rate.estimated_delivery, rate.guaranteed) == (2, date(2026, 11, 27), True)
    (bare,) = rates(rated(TimeInTransit=None))
    assert (bare.transit_days, bare.estimated_delivery, bare.guaranteed) == (None, None, None)


def test_unreadable_transit_is_not_known() -> None:
    """Better than a crash or a guess."""
    broken = {"EstimatedArrival": {"Arrival": {"Date": "20261399"}, "BusinessDaysInTransit": "x"}}
    (rate,) = rates(rated(TimeInTransit={"ServiceSummary": broken}))
    assert (rate.transit_days, rate.estimated_delivery, rate.guaranteed) == (None, None, False)
    nonsense = {"EstimatedArrival": {"Arrival": {"Date": "soon"}}}
    (other,) = rates(rated(TimeInTransit={"ServiceSummary": nonsense}))
    assert other.estimated_delivery is None


def test_service_has_two_characters_and_the_name_of_its_origin() -> None:
    """Rating pads some codes; Ship takes them without (field guide ups.md section 2.3)."""
    (rate,) = rates(rated(Service={"Code": "072"}))
    assert (rate.service.code, rate.service.name) == ("72", "UPS Worldwide Economy DDP")
    canada = request(service=None, ship_from=sender(country_code="CA", region="ON", postal_code="K1A0B1"))
    (express,) = rates(rated(Service={"Code": "01"}), what=canada)
    assert express.service.name == "UPS Express"
    (new,) = rates(rated(Service={"Code": "ZZ"}))
    assert new.service.name == "UPS service ZZ"


def test_service_without_a_readable_price_is_left_out() -> None:
    """A price of nothing would always be the cheapest."""
    assert rates(rated(TotalCharges=money("n/a"), NegotiatedRateCharges=None)) == []
    assert rates(rated(Service={})) == []


def test_token_says_what_the_purchase_must_repeat() -> None:
    """It goes through the ledger and comes back as a text."""
    what = request(
        service=None,
        parcels=[parcel(), parcel(packaging="21")],
        ship_to=recipient(residential=True),
        options=ShipmentOptions(saturday_delivery=True),
    )
    (rate,) = rates(rated(), what=what)
    assert rate.token is not None
    token = read_token(rate.token)
    assert (token.v, token.service, token.packaging) == (1, "03", ("02", "21"))
    assert (token.negotiated, token.residential, token.saturday) == (True, True, True)
    assert rate.residential is True
