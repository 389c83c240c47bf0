"""What UPS does not carry, or not so, is said before it costs money."""

from typing import Any

import attrs
import pytest

from cartcarrier.carriers.ups import SimpleRate, UPSBattery, UPSOptions, UPSRestricted
from cartcarrier.carriers.ups.mapping import to_rate_question
from cartcarrier.carriers.ups.schemas._base import PricedHazMat
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import (
    BillParty,
    BillTo,
    Dimensions,
    LengthUnit,
    Money,
    ShipmentOptions,
    ShipmentRequest,
    Weight,
    WeightUnit,
)
from tests.unit.carriers.ups.samples import (
    abroad,
    config,
    parcel,
    parisian,
    recipient,
    request,
    sender,
    shipment_of,
    shirt,
    step_of,
)

BERLIN = sender(country_code="DE", region=None, postal_code="10115", city="Berlin", phone="+49 30 5550100")
OTTAWA = recipient(country_code="CA", region="ON", postal_code="K1A 0B1", city="Ottawa", phone="613 555 0101")


def inches(length: str, width: str, height: str) -> Dimensions:
    """Return sides."""
    return Dimensions(length=length, width=width, height=height, unit=LengthUnit.INCH)


def centimeters(length: str, width: str, height: str) -> Dimensions:
    """Return sides."""
    return Dimensions(length=length, width=width, height=height, unit=LengthUnit.CENTIMETER)


def pounds(value: str) -> Weight:
    """Return a weight."""
    return Weight(value=value, unit=WeightUnit.POUND)


def kilograms(value: str) -> Weight:
    """Return a weight."""
    return Weight(value=value, unit=WeightUnit.KILOGRAM)


@pytest.mark.parametrize(
    ("origin", "box"),
    [
        (sender(), {"weight": pounds("150")}),
        (sender(), {"dimensions": inches("8", "108", "4")}),
        (sender(), {"dimensions": inches("65", "25", "25")}),
        (BERLIN, {"weight": kilograms("70")}),
        (BERLIN, {"dimensions": centimeters("270", "15", "15")}),
        (sender(), {"weight": pounds("400"), "packaging": "30", "dimensions": inches("120", "60", "60")}),
    ],
    ids=["pounds", "longest", "around", "kilograms", "longest cm", "pallet"],
)
def test_what_just_fits_is_bought(origin: Any, box: dict[str, Any]) -> None:
    """The limits are those that UPS publishes (field guide ups.md section 2.4); pallets have others."""
    step_of(request(ship_from=origin, ship_to=origin, parcels=[parcel(**box)], service="11"))


@pytest.mark.parametrize(
    ("origin", "box", "member"),
    [
        (sender(), {"weight": pounds("150.01")}, "weight"),
        (sender(), {"dimensions": inches("4", "108.1", "4")}, "dimensions"),
        (sender(), {"dimensions": inches("65", "25", "25.5")}, "dimensions"),
        (BERLIN, {"weight": kilograms("70.1")}, "weight"),
        (BERLIN, {"dimensions": centimeters("271", "10", "10")}, "dimensions"),
        (BERLIN, {"dimensions": centimeters("130", "50", "51")}, "dimensions"),
    ],
    ids=["pounds", "longest", "around", "kilograms", "longest cm", "around cm"],
)
@pytest.mark.parametrize("priced", [True, False], ids=["price", "purchase"])
def test_what_is_too_large_is_an_error(origin: Any, box: dict[str, Any], member: str, priced: bool) -> None:
    """UPS takes the money and sends the parcel back."""
    asked = request(ship_from=origin, ship_to=origin, parcels=[parcel(), parcel(**box)], service="11")
    with pytest.raises(InvalidValueError) as caught:
        to_rate_question(asked, config()) if priced else step_of(asked)
    assert caught.value.field == f"ShipmentRequest.parcels[1].{member}"


def test_simple_rate_ignores_sides_and_weight() -> None:
    """Its price goes by the box alone (field guide ups.md section 2.1)."""
    extra = UPSOptions(simple_rate=SimpleRate.LARGE)
    step_of(
        request(parcels=[parcel(dimensions=inches("109", "4", "4"))], options=ShipmentOptions(carrier_options=extra))
    )


@pytest.mark.parametrize("region", ["VI", "GU"])
def test_territories_have_zip_codes(region: str) -> None:
    """They are countries for UPS only."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(abroad(ship_to=recipient(region=region, postal_code="802")))
    assert caught.value.field == "ShipmentRequest.ship_to.postal_code"


def test_declared_value_has_an_end() -> None:
    """Above it UPS insures nothing."""
    most = Money(amount="50000", currency="USD")
    step_of(request(parcels=[parcel(insured_value=most)]))
    with pytest.raises(InvalidValueError) as caught:
        step_of(request(parcels=[parcel(insured_value=Money(amount="50000.01", currency="USD"))]))
    assert caught.value.field == "ShipmentRequest.parcels[0].insured_value"


# --- dry ice ------------------------------------------------------------------------------------------------------------


def iced(**changes: Any) -> ShipmentRequest:
    """Return a parcel with a pound of dry ice."""
    extra = changes.pop("extra", None)
    return request(**changes, options=ShipmentOptions(dry_ice=pounds("1"), carrier_options=extra))


@pytest.mark.parametrize(
    ("asked", "rules", "unit"),
    [
        (iced(), "CFR", "LBS"),
        (iced(ship_to=OTTAWA, service="11", parcels=[parcel(items=[shirt()])]), "CFR", "LBS"),
        (iced(ship_to=OTTAWA, service="08", parcels=[parcel(items=[shirt()])]), "IATA", "LBS"),
        (iced(ship_to=parisian(), service="65", parcels=[parcel(items=[shirt()])]), "IATA", "LBS"),
        (iced(ship_from=BERLIN, ship_to=parisian(), service="11"), "ADR", "KGS"),
        (iced(ship_from=BERLIN, ship_to=parisian(), service="65", parcels=[parcel(items=[shirt()])]), "IATA", "KGS"),
    ],
    ids=["US", "ground to Canada", "air to Canada", "abroad", "Standard in the EU", "air in the EU"],
)
def test_dry_ice_goes_by_the_rules_of_its_way(asked: ShipmentRequest, rules: str, unit: str) -> None:
    """By the wrong rules the parcel is refused at the dock (field guide ups.md section 4.7)."""
    ice = shipment_of(asked)["Package"][0]["PackageServiceOptions"]["DryIce"]
    assert ice["RegulationSet"] == rules
    assert ice["DryIceWeight"]["UnitOfMeasurement"]["Code"] == unit
    assert ice["DryIceWeight"]["Weight"] == ("1" if unit == "LBS" else "0.5")
    assert "MedicalUseIndicator" not in ice


def test_medical_dry_ice_says_so_by_presence() -> None:
    """It costs less; only the rules of the US know it."""
    extra = UPSOptions(dry_ice_medical=True)
    ice = shipment_of(iced(extra=extra))["Package"][0]["PackageServiceOptions"]["DryIce"]
    assert ice["MedicalUseIndicator"] == ""
    abroad_ice = shipment_of(iced(extra=extra, ship_to=parisian(), service="65", parcels=[parcel(items=[shirt()])]))
    assert "MedicalUseIndicator" not in abroad_ice["Package"][0]["PackageServiceOptions"]["DryIce"]


def test_rating_names_the_units_of_dry_ice_by_number() -> None:
    """Its description has two characters for them."""
    package = to_rate_question(iced(), config()).envelope.rate_request.shipment.package[0]
    assert package.package_service_options is not None
    assert package.package_service_options.dry_ice is not None
    unit = package.package_service_options.dry_ice.dry_ice_weight.unit_of_measurement
    assert (unit.code, unit.description) == ("01", "LB")


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (iced(parcels=[parcel(), parcel()]), UnsupportedOperationError),
        (iced(parcels=[parcel(weight=pounds("0.9"))]), InvalidValueError),
        (request(options=ShipmentOptions(dry_ice=pounds("0"))), InvalidValueError),
    ],
    ids=["two parcels", "more than the parcel", "nothing"],
)
def test_dry_ice_that_cannot_be_is_an_error(asked: ShipmentRequest, kind: type[Exception]) -> None:
    """In which of two parcels it is would be a guess."""
    with pytest.raises(kind) as caught:
        step_of(asked)
    assert getattr(caught.value, "field", None) == "options.dry_ice"


# --- lithium ------------------------------------------------------------------------------------------------------------


def battery(kind: str = UPSBattery.ION_WITH_EQUIPMENT, **changes: Any) -> ShipmentRequest:
    """Return a parcel with batteries."""
    return request(**{"options": ShipmentOptions(lithium=kind), **changes})


@pytest.mark.parametrize(
    ("asked", "number", "mode", "rules"),
    [
        (battery(service="01"), "UN3481", "PAX", "CFR"),
        (battery(service="03"), "UN3481", "Ground", "CFR"),
        (battery(service="93"), "UN3481", "Ground", "CFR"),
        (battery(UPSBattery.ION_IN_EQUIPMENT, service="02"), "UN3481", "PAX", "CFR"),
        (battery(UPSBattery.ION_ALONE, service="01"), "UN3480", "CAO", "CFR"),
        (battery(UPSBattery.METAL_ALONE, service="03"), "UN3090", "Ground", "CFR"),
        (battery("lithium_metal_packed_with_equipment", service="01"), "UN3091", "PAX", "CFR"),
        (
            battery(service="65", ship_to=parisian(), parcels=[parcel(items=[shirt()])]),
            "UN3481",
            "PAX",
            "IATA",
        ),
        (battery(service="11", ship_from=BERLIN, ship_to=parisian()), "UN3481", "Ground", "ADR"),
    ],
    ids=["air", "road", "saver", "in equipment", "alone", "alone by road", "as a text", "abroad", "EU"],
)
def test_batteries_are_lightly_regulated_goods(asked: ShipmentRequest, number: str, mode: str, rules: str) -> None:
    """Alone they do not fly with passengers; UPS's description of ``HazMat`` wants number and name of these only."""
    options = shipment_of(asked)["Package"][0]["PackageServiceOptions"]
    (record,) = options["HazMat"]
    assert options["PackageIdentifier"] == "1"
    assert (record["IDNumber"], record["TransportationMode"], record["RegulationSet"]) == (number, mode, rules)
    assert record["CommodityRegulatedLevelCode"] == "LR"
    assert record["ProperShippingName"].startswith("Lithium ")


@pytest.mark.parametrize(("service", "mode"), [("03", "02"), ("01", "03"), (None, "03")], ids=["road", "air", "all"])
def test_rating_has_batteries_one_level_deeper(service: str | None, mode: str) -> None:
    """And its own words for the ways; where all services are asked for, the package is prepared for the air."""
    package = to_rate_question(battery(service=service), config()).envelope.rate_request.shipment.package[0]
    assert package.package_service_options is not None
    goods = package.package_service_options.haz_mat
    assert isinstance(goods, PricedHazMat)
    assert goods.haz_mat_chemical_record[0].transportation_mode == mode
    assert package.package_service_options.package_identifier is None


@pytest.mark.parametrize(
    "asked", [battery("UN3481"), battery(parcels=[parcel(), parcel()])], ids=["other words", "two parcels"]
)
def test_batteries_that_cannot_be_said_are_refused_before_buying(asked: ShipmentRequest) -> None:
    """A wrong declaration is an offence."""
    with pytest.raises(UnsupportedOperationError) as caught:
        step_of(asked)
    assert caught.value.field == "options.lithium"


# --- contracts and payers -----------------------------------------------------------------------------------------------


def test_goods_that_need_a_contract_are_named_by_presence() -> None:
    """A misspelled one would be dropped."""
    extra = UPSOptions(restricted=[UPSRestricted.E_CIGARETTES, UPSRestricted.PLANTS])
    made = shipment_of(request(options=ShipmentOptions(alcohol=True, carrier_options=extra)))
    assert made["ShipmentServiceOptions"]["RestrictedArticles"] == {
        "AlcoholicBeveragesIndicator": "",
        "ECigarettesIndicator": "",
        "PlantsIndicator": "",
    }


def test_prices_of_another_payer_are_asked_for() -> None:
    """Without it the price is the sender's, and the bill the payer's."""
    third = BillTo(party=BillParty.THIRD_PARTY, account_number="A1B2C3", postal_code="60601", country_code="US")
    options = ShipmentOptions(bill_to=third, carrier_options=UPSOptions(payer_rates=True))
    indicator = shipment_of(request(options=options))["ShipmentRatingOptions"]
    assert indicator == {"NegotiatedRatesIndicator": "", "TPFCNegotiatedRatesIndicator": ""}
    priced = to_rate_question(request(options=options), config()).envelope.rate_request.shipment.shipment_rating_options
    assert priced.tpfc_negotiated_rates_indicator == ""
    with pytest.raises(UnsupportedOperationError):
        step_of(request(options=ShipmentOptions(carrier_options=UPSOptions(payer_rates=True))))


def test_ground_saver_is_bought_by_its_code() -> None:
    """It is not in UPS's list of services, and is priced when it is asked for (field guide ups.md section 2.3)."""
    made = shipment_of(request(service="93", ship_to=recipient(residential=True)))
    assert made["Service"] == {"Code": "93", "Description": "UPS Ground Saver"}


# --- papers in the shipment ---------------------------------------------------------------------------------------------


def forms_of(*document_ids: str) -> dict[str, Any]:
    """Return the forms of a shipment with papers of one's own."""
    asked = abroad()
    assert asked.customs is not None
    made = shipment_of(attrs.evolve(asked, customs=attrs.evolve(asked.customs, document_ids=document_ids)))
    return made["ShipmentServiceOptions"]["InternationalForms"]  # type: ignore[no-any-return]  # plain JSON


def test_own_invoice_is_the_only_one() -> None:
    """Two invoices with customs are a question from customs."""
    forms = forms_of("002:doc-1", "010:doc-2")
    assert forms["FormType"] == ["07"]
    assert forms["UserCreatedForm"] == {"DocumentID": ["doc-1", "doc-2"]}


def test_other_papers_go_beside_the_invoice_that_ups_makes() -> None:
    """An identity of which the kind is not known is no invoice."""
    assert forms_of("010:doc-2")["FormType"] == ["01", "07"]
    assert forms_of("doc-3")["UserCreatedForm"] == {"DocumentID": ["doc-3"]}
    assert forms_of("doc-3")["FormType"] == ["01", "07"]


def test_too_many_papers_are_an_error() -> None:
    """UPS takes 13 with a shipment."""
    forms_of(*["doc"] * 13)
    with pytest.raises(InvalidValueError) as caught:
        forms_of(*["doc"] * 14)
    assert caught.value.field == "ShipmentRequest.customs.document_ids"
