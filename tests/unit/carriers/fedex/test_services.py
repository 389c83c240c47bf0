"""What is asked for beside moving a box, and what is refused before it costs."""

from datetime import date
from typing import Any

import pytest

from cartcarrier.carriers.fedex import FedExBattery, FedExOptions
from cartcarrier.carriers.ups import UPSOptions
from cartcarrier.errors import CartCarrierError, InvalidValueError, UnsupportedOperationError
from cartcarrier.models import Money, ShipmentRequest, Signature, Weight, WeightUnit
from tests.unit.carriers.fedex.samples import (
    FIRST,
    abroad,
    options,
    parcel,
    recipient,
    request,
    sender,
    shipment_of,
    step_of,
)


def heavy(pounds: str) -> Any:
    """Return a parcel of some weight."""
    return parcel(weight=Weight(value=pounds, unit=WeightUnit.POUND))


def ice(pounds: str) -> Any:
    """Return options with dry ice."""
    return options(dry_ice=Weight(value=pounds, unit=WeightUnit.POUND))


PAK = [parcel(packaging="FEDEX_PAK", dimensions=None)]
ONE_RATE = options(FedExOptions(one_rate=True))
HUB = options(FedExOptions(smartpost_hub="5531"))

REFUSED: dict[str, tuple[ShipmentRequest, type[CartCarrierError], str]] = {
    "no service": (request(service=None), InvalidValueError, "ShipmentRequest.service"),
    "31 parcels": (request(parcels=[parcel()] * 31), InvalidValueError, "ShipmentRequest.parcels"),
    "several packagings": (
        request(parcels=[parcel(), *PAK], service="FEDEX_2_DAY"),
        UnsupportedOperationError,
        "ShipmentRequest.parcels",
    ),
    "150.1 pounds": (
        request(parcels=[parcel(), heavy("150.1")]),
        InvalidValueError,
        "ShipmentRequest.parcels[1].weight",
    ),
    "heavy envelope": (
        request(parcels=[parcel(packaging="FEDEX_ENVELOPE")], service="FEDEX_2_DAY"),
        InvalidValueError,
        "ShipmentRequest.parcels[0].weight",
    ),
    "71 pounds by Economy": (
        request(parcels=[heavy("71")], service="SMART_POST", options=HUB),
        InvalidValueError,
        "ShipmentRequest.parcels[0].weight",
    ),
    "Economy without a hub": (request(service="SMART_POST"), InvalidValueError, "FedExOptions.smartpost_hub"),
    "two parcels by Economy": (
        request(parcels=[parcel(), parcel()], service="SMART_POST", options=HUB),
        InvalidValueError,
        "ShipmentRequest.parcels",
    ),
    "FedEx's packaging by Ground": (request(parcels=PAK), InvalidValueError, "ShipmentRequest.parcels"),
    "one rate in a box": (
        request(options=ONE_RATE, service="FEDEX_2_DAY"),
        InvalidValueError,
        "FedExOptions.one_rate",
    ),
    "one rate abroad": (
        request(options=ONE_RATE, parcels=PAK, service="INTERNATIONAL_ECONOMY"),
        InvalidValueError,
        "FedExOptions.one_rate",
    ),
    "Home Delivery to a firm": (
        request(ship_to=recipient(residential=False)),
        InvalidValueError,
        "ShipmentRequest.ship_to.residential",
    ),
    "Home Delivery to who knows": (
        request(ship_to=recipient(residential=None)),
        InvalidValueError,
        "ShipmentRequest.ship_to.residential",
    ),
    "Ground to a home": (request(service="FEDEX_GROUND"), InvalidValueError, "ShipmentRequest.service"),
    "evening by 2Day": (
        request(options=options(FedExOptions(home_delivery="EVENING")), service="FEDEX_2_DAY"),
        InvalidValueError,
        "FedExOptions.home_delivery",
    ),
    "indirect at a firm": (
        request(
            ship_to=recipient(residential=False), service="FEDEX_2_DAY", options=options(signature=Signature.INDIRECT)
        ),
        InvalidValueError,
        "options.signature",
    ),
    "indirect abroad": (abroad(options=options(signature=Signature.INDIRECT)), InvalidValueError, "options.signature"),
    "alcohol without an adult": (
        request(options=options(alcohol=True, signature=Signature.DIRECT)),
        InvalidValueError,
        "options.signature",
    ),
    "dry ice in two parcels": (
        request(parcels=[parcel(), parcel()], options=ice("1")),
        UnsupportedOperationError,
        "options.dry_ice",
    ),
    "more ice than parcel": (request(options=ice("3.1")), InvalidValueError, "options.dry_ice"),
    "unknown battery": (request(options=options(lithium="UN3481")), InvalidValueError, "options.lithium"),
    "another carrier's options": (
        request(options=options(UPSOptions())),  # type: ignore[arg-type]  # that is the point
        InvalidValueError,
        "ShipmentOptions.carrier_options",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_cost_money_is_refused_before_buying(name: str) -> None:
    """The error names the field; nothing was sent."""
    asked, kind, field = REFUSED[name]
    with pytest.raises(kind) as caught:
        step_of(asked)
    assert getattr(caught.value, "field", None) == field


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(request(parcels=[heavy("150")]), id="150 pounds"),
        pytest.param(request(parcels=[heavy("1000")], service="FEDEX_1_DAY_FREIGHT"), id="freight"),
        pytest.param(request(ship_to=recipient(residential=False), service="FEDEX_GROUND"), id="Ground to a firm"),
        pytest.param(
            request(is_return=True, ship_to=recipient(residential=True), service="FEDEX_GROUND"), id="return by Ground"
        ),
        pytest.param(request(parcels=[parcel()] * 30), id="30 parcels"),
    ],
)
def test_what_fits_is_let_through(asked: ShipmentRequest) -> None:
    """A limit that is too narrow sells nothing."""
    assert step_of(asked).body


def services_of(asked: ShipmentRequest) -> dict[str, Any]:
    """Return what is asked of the first package."""
    made: dict[str, Any] = shipment_of(asked)["requestedPackageLineItems"][0]["packageSpecialServices"]
    return made


@pytest.mark.parametrize(
    ("signature", "told"),
    [
        (Signature.NOT_REQUIRED, "NO_SIGNATURE_REQUIRED"),
        (Signature.INDIRECT, "INDIRECT"),
        (Signature.DIRECT, "DIRECT"),
        (Signature.ADULT, "ADULT"),
    ],
)
def test_signature_is_asked_on_the_package(signature: Signature, told: str) -> None:
    """A parcel left at the door that an adult should have opened."""
    assert services_of(request(options=options(signature=signature))) == {
        "specialServiceTypes": ["SIGNATURE_OPTION"],
        "signatureOptionType": told,
    }


def test_alcohol_asks_for_an_adult() -> None:
    """The contract wants it (field guide fedex.md section 4.6)."""
    assert services_of(request(options=options(alcohol=True))) == {
        "specialServiceTypes": ["SIGNATURE_OPTION", "ALCOHOL"],
        "signatureOptionType": "ADULT",
        "alcoholDetail": {"alcoholRecipientType": "CONSUMER"},
    }


def test_dry_ice_is_in_kilograms() -> None:
    """Whatever the parcel is weighed in."""
    assert services_of(request(options=ice("1"))) == {
        "specialServiceTypes": ["DRY_ICE"],
        "dryIceWeight": {"units": "KG", "value": 0.46},
    }


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            FedExBattery.ION_IN_EQUIPMENT.value,
            {
                "specialServiceTypes": ["BATTERY"],
                "batteryDetails": [
                    {
                        "batteryPackingType": "CONTAINED_IN_EQUIPMENT",
                        "batteryRegulatoryType": "IATA_SECTION_II",
                        "batteryMaterialType": "LITHIUM_ION",
                    }
                ],
            },
        ),
        (
            "Lithium_Metal_packed_with_equipment",
            {
                "specialServiceTypes": ["BATTERY"],
                "batteryDetails": [
                    {
                        "batteryPackingType": "PACKED_WITH_EQUIPMENT",
                        "batteryRegulatoryType": "IATA_SECTION_II",
                        "batteryMaterialType": "LITHIUM_METAL",
                    }
                ],
            },
        ),
        (
            "UN 3480",
            {
                "specialServiceTypes": ["STANDALONE_BATTERY"],
                "standaloneBatteryDetails": [{"batteryMaterialType": "LITHIUM_ION"}],
            },
        ),
    ],
)
def test_battery_is_declared_in_fedex_words(words: str, told: dict[str, Any]) -> None:
    """A battery that is not declared may not fly."""
    assert services_of(request(options=options(lithium=words))) == told


def test_every_battery_can_be_said() -> None:
    """A word that we offer must be one that we understand."""
    assert all(services_of(request(options=options(lithium=word)))["specialServiceTypes"] for word in FedExBattery)


def test_shipment_options_stand_on_the_shipment() -> None:
    """Saturday, a place to wait, one price for all."""
    asked = request(
        parcels=PAK,
        service="PRIORITY_OVERNIGHT",
        options=options(FedExOptions(one_rate=True), saturday_delivery=True, hold_at_location="MEMKA"),
    )
    assert shipment_of(asked)["shipmentSpecialServices"] == {
        "specialServiceTypes": ["SATURDAY_DELIVERY", "HOLD_AT_LOCATION", "FEDEX_ONE_RATE"],
        "holdAtLocationDetail": {"locationId": "MEMKA"},
    }


def test_return_is_said_with_its_reason() -> None:
    """A return that is not one goes to the customer."""
    asked = request(
        is_return=True,
        ship_from=recipient(),
        ship_to=sender(residential=False),
        service="FEDEX_GROUND",
        options=options(FedExOptions(rma_reason="too small", return_of=FIRST)),
    )
    assert shipment_of(asked)["shipmentSpecialServices"] == {
        "specialServiceTypes": ["RETURN_SHIPMENT"],
        "returnShipmentDetail": {
            "returnType": "PRINT_RETURN_LABEL",
            "rma": {"reason": "too small"},
            "returnAssociationDetail": {"trackingNumber": FIRST},
        },
    }


def test_evening_is_said_for_home_delivery() -> None:
    """The recipient is at home then."""
    made = shipment_of(request(options=options(FedExOptions(home_delivery="EVENING"))))["shipmentSpecialServices"]
    assert made == {
        "specialServiceTypes": ["HOME_DELIVERY_PREMIUM"],
        "homeDeliveryPremiumDetail": {"homedeliveryPremiumType": "EVENING"},
    }


def test_certain_day_is_said_with_its_date() -> None:
    """Without one it is any day."""
    extra = FedExOptions(home_delivery="DATE_CERTAIN", home_delivery_date=date(2026, 12, 5))
    made = shipment_of(request(options=options(extra)))["shipmentSpecialServices"]
    assert made["homeDeliveryPremiumDetail"] == {
        "homedeliveryPremiumType": "DATE_CERTAIN",
        "deliveryDate": "2026-12-05",
    }
    for changes in ({"home_delivery": "DATE_CERTAIN"}, {"home_delivery_date": date(2026, 12, 5)}):
        with pytest.raises(InvalidValueError) as caught:
            FedExOptions(**changes)
        assert caught.value.field == "FedExOptions.home_delivery_date"


@pytest.mark.parametrize(
    ("pounds", "indicia", "told"),
    [
        ("0.9", None, "PRESORTED_STANDARD"),
        ("0.95", None, "PARCEL_SELECT"),
        ("1", None, "PARCEL_SELECT"),
        ("1", "MEDIA_MAIL", "MEDIA_MAIL"),
    ],
)
def test_kind_of_economy_parcel_goes_by_the_weight(pounds: str, indicia: str | None, told: str) -> None:
    """Under a pound it is another price."""
    extra = FedExOptions(smartpost_hub="5531", smartpost_indicia=indicia)
    asked = request(service="SMART_POST", parcels=[heavy(pounds)], options=options(extra))
    assert shipment_of(asked)["smartPostInfoDetail"] == {"hubId": "5531", "indicia": told}


def test_plain_parcel_asks_for_nothing() -> None:
    """An empty container may be refused."""
    made = shipment_of(request())
    assert "shipmentSpecialServices" not in made
    assert "packageSpecialServices" not in made["requestedPackageLineItems"][0]
    assert "smartPostInfoDetail" not in made


def test_declared_values_add_up() -> None:
    """FedEx demands the sum (field guide fedex.md section 4.5)."""
    value = Money(amount="100.10", currency="USD")
    made = shipment_of(request(parcels=[parcel(insured_value=value), parcel(insured_value=value), parcel()]))
    assert made["totalDeclaredValue"] == {"amount": 200.20, "currency": "USD"}
    assert [one.get("declaredValue") for one in made["requestedPackageLineItems"]] == [
        {"amount": 100.10, "currency": "USD"},
        {"amount": 100.10, "currency": "USD"},
        None,
    ]


def test_value_of_nothing_is_not_declared() -> None:
    """It would be a declaration of 0."""
    made = shipment_of(request(parcels=[parcel(insured_value=Money(amount=0, currency="USD"))]))
    assert "totalDeclaredValue" not in made
    assert "declaredValue" not in made["requestedPackageLineItems"][0]


def test_options_of_several_carriers_stand_side_by_side() -> None:
    """A shop asks several for their prices; each reads its own."""
    both = options((UPSOptions(), FedExOptions(home_delivery="EVENING")))  # type: ignore[arg-type]  # the general form
    assert shipment_of(request(options=both))["shipmentSpecialServices"]["specialServiceTypes"] == [
        "HOME_DELIVERY_PREMIUM"
    ]
    assert shipment_of(request(options=options((UPSOptions(),)))) == shipment_of(request())  # type: ignore[arg-type]  # as above
