"""The bytes of a purchase."""

import json
from datetime import date
from typing import Any

import attrs
import pytest

from cartcarrier.carriers.ups import SimpleRate, UPSNotice, UPSOptions
from cartcarrier.carriers.ups.mapping import prepare, read_step, to_recovery
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.http import json_encode
from cartcarrier.models import (
    BillParty,
    BillTo,
    CustomsDeclaration,
    LabelFormat,
    Money,
    Rate,
    Service,
    ShipmentOptions,
    ShipmentRequest,
    Signature,
    Weight,
    WeightUnit,
)
from tests.unit.carriers.ups.samples import (
    CARRIER,
    REFERENCE,
    TODAY,
    abroad,
    body_of,
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


def options(**changes: Any) -> ShipmentRequest:
    """Return a request with these options."""
    return request(options=ShipmentOptions(**changes))


def extras(**changes: Any) -> ShipmentRequest:
    """Return a request with these options of UPS."""
    return options(carrier_options=UPSOptions(**changes))


def values_of(node: object) -> list[object]:
    """Return every leaf and every container of a document."""
    if isinstance(node, dict):
        return [node, *(leaf for child in node.values() for leaf in values_of(child))]
    if isinstance(node, list):
        return [node, *(leaf for child in node for leaf in values_of(child))]
    return [node]


def everything() -> ShipmentRequest:
    """Return a request that asks for as much as it can."""
    return abroad(
        options=ShipmentOptions(
            signature=Signature.ADULT,
            saturday_delivery=True,
            alcohol=True,
            carrier_options=UPSOptions(
                carbon_neutral=True, additional_handling=True, direct_delivery_only=True, notices=[UPSNotice.DELIVERED],
                notice_emails=["jill@example.com"],
            ),
        ),
        reference="order 7",
        ship_date=TODAY,
    )  # fmt: skip


# --- what makes it this purchase ----------------------------------------------------------------------------------------


def test_same_request_and_reference_give_the_same_bytes() -> None:
    """After a crash the recorded bytes are compared with what would be sent."""
    assert step_of(everything()) == step_of(everything())


def test_hash_is_not_of_reference_or_default_dates() -> None:
    """A second try of the same shipment on the next day is the same shipment."""
    asked = abroad(customs=CustomsDeclaration(incoterm="DAP"))
    first = prepare(asked, reference="cc-1", config=config(), carrier=CARRIER, today=TODAY)
    second = prepare(asked, reference="cc-2", config=config(), carrier=CARRIER, today=date(2026, 11, 25))
    assert first.request_hash == second.request_hash
    assert first.steps[0].body != second.steps[0].body


@pytest.mark.parametrize(
    "change",
    [
        {"service": "02"},
        {"ship_to": recipient(street1="10 Elm St")},
        {"parcels": [parcel(weight=Weight(value="4", unit=WeightUnit.POUND))]},
        {"parcels": [parcel(), parcel()]},
        {"options": ShipmentOptions(signature=Signature.DIRECT)},
        {"reference": "order 8"},
        {"ship_date": TODAY},
    ],
    ids=["service", "address", "weight", "parcels", "signature", "reference", "ship_date"],
)
def test_hash_is_of_what_is_bought(change: dict[str, Any]) -> None:
    """The same key for something else is a conflict, not a repeat."""
    plain = prepare(request(), reference="cc-1", config=config(), carrier=CARRIER, today=TODAY)
    other = prepare(request(**change), reference="cc-1", config=config(), carrier=CARRIER, today=TODAY)
    assert plain.request_hash != other.request_hash


def test_one_step_buys_all_parcels() -> None:
    """UPS sells a shipment of several packages in one call (field guide ups.md section 4.5)."""
    step = step_of(request(parcels=[parcel(), parcel()]))
    assert (step.index, step.parcels, step.reference, step.key) == (0, (0, 1), REFERENCE, None)


def test_request_without_service_is_an_error() -> None:
    """UPS would choose for us."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(request(service=None))
    assert caught.value.field == "ShipmentRequest.service"


@pytest.mark.parametrize("reference", ["x" * 36, "two words", " "])
def test_reference_that_does_not_fit_is_an_error(reference: str) -> None:
    """A cut reference finds nothing."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(request(), reference=reference)
    assert caught.value.field == "reference"


# --- the shape of the document ------------------------------------------------------------------------------------------


def test_every_scalar_is_a_text() -> None:
    """A JSON boolean in an indicator is dropped in silence: a label without the option (field guide ups.md pitfall 1)."""
    for value in values_of(body_of(everything())):
        assert isinstance(value, (dict, list, str)), value


def test_no_container_is_empty() -> None:
    """UPS refuses empty containers (121000); indicators are empty texts and stay (field guide ups.md pitfall 12)."""
    for asked in (request(), everything()):
        for value in values_of(body_of(asked)):
            assert value not in ({}, []), body_of(asked)
    assert shipment_of(everything())["ShipmentServiceOptions"]["SaturdayDeliveryIndicator"] == ""


def test_options_that_are_off_are_not_there() -> None:
    """An indicator is on when its key is there, whatever stands in it."""
    assert b"Indicator" not in step_of(request()).body.replace(b"NegotiatedRatesIndicator", b"")


def test_home_is_said_by_presence_only() -> None:
    """Residential and commercial differ in price (field guide ups.md pitfall 2)."""
    home = shipment_of(request(ship_to=recipient(residential=True)))
    assert home["ShipTo"]["Address"]["ResidentialAddressIndicator"] == ""
    for unknown in (None, False):
        made = shipment_of(request(ship_to=recipient(residential=unknown)))
        assert "ResidentialAddressIndicator" not in made["ShipTo"]["Address"]


def test_ship_has_its_own_words() -> None:
    """Rating says PackagingType and PaymentDetails (field guide ups.md section 0.6)."""
    made = shipment_of(request())
    assert made["Package"][0]["Packaging"] == {"Code": "02"}
    assert made["PaymentInformation"]["ShipmentCharge"] == [{"Type": "01", "BillShipper": {"AccountNumber": "AB12C3"}}]
    assert body_of(request())["Request"]["SubVersion"] == "2409"


def test_more_parcels_than_ups_takes_are_an_error() -> None:
    """The rest would be refused, after all were packed."""
    step_of(request(parcels=[parcel()] * 200))
    with pytest.raises(InvalidValueError) as caught:
        step_of(request(parcels=[parcel()] * 201))
    assert caught.value.field == "ShipmentRequest.parcels"


@pytest.mark.parametrize(
    ("origin", "code", "weight", "side"),
    [("US", "30005", "LBS", "IN"), ("DE", "10115", "KGS", "CM"), ("CA", "K1A 0B1", "KGS", "CM")],
)
def test_units_are_those_of_the_origin(origin: str, code: str, weight: str, side: str) -> None:
    """Mixed units are refused: 120546, 120547 (field guide ups.md pitfall 24)."""
    region = {"US": "GA", "CA": "ON"}.get(origin)
    home = sender(country_code=origin, postal_code=code, region=region)
    there = recipient(country_code=origin, postal_code=code, region=region)
    box = shipment_of(request(ship_from=home, ship_to=there, service="11"))["Package"][0]
    assert box["PackageWeight"]["UnitOfMeasurement"]["Code"] == weight
    assert box["Dimensions"]["UnitOfMeasurement"]["Code"] == side


def test_letter_has_no_sides() -> None:
    """UPS's own envelope has one size."""
    assert "Dimensions" not in shipment_of(request(parcels=[parcel(packaging="01")], service="01"))["Package"][0]


# --- references ---------------------------------------------------------------------------------------------------------


def test_references_stand_on_packages_within_the_us() -> None:
    """At the other level UPS refuses them: 120541 (field guide ups.md pitfall 17)."""
    made = shipment_of(request(reference="order 7", parcels=[parcel(), parcel()]))
    expected = [{"Code": "TN", "Value": REFERENCE}, {"Value": "order 7"}]
    assert [one["ReferenceNumber"] for one in made["Package"]] == [expected, expected]
    assert "ReferenceNumber" not in made


@pytest.mark.parametrize("there", [parisian(), recipient(region="PR", postal_code="00901")], ids=["FR", "PR"])
def test_references_stand_on_the_shipment_elsewhere(there: Any) -> None:
    """Both levels at once are an error on most lanes."""
    made = shipment_of(abroad(ship_to=there, customs=None, reference="order 7"))
    assert made["ReferenceNumber"] == [{"Code": "TN", "Value": REFERENCE}, {"Value": "order 7"}]
    assert "ReferenceNumber" not in made["Package"][0]


def test_reference_code_can_be_chosen() -> None:
    """It is printed before the number: PO, invoice."""
    asked = attrs.evolve(extras(reference_code="PO"), reference="7")
    assert shipment_of(asked)["Package"][0]["ReferenceNumber"][1] == {"Code": "PO", "Value": "7"}


def test_printed_reference_too_long_is_an_error() -> None:
    """It would be cut on the label."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(request(reference="x" * 36))
    assert caught.value.field == "ShipmentRequest.reference"


# --- options ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ship_from", "ship_to", "on_package", "on_shipment"),
    [
        (sender(), recipient(), "3", None),
        (sender(), recipient(region="PR", postal_code="00901"), "3", None),
        (
            sender(country_code="CA", region="ON", postal_code="K1A0B1"),
            recipient(country_code="CA", region="ON", postal_code="K1A0B1"),
            "3",
            None,
        ),
        (sender(), recipient(region="VI", postal_code="00802"), None, "2"),
        (sender(), parisian(), None, "2"),
        (
            sender(country_code="DE", region=None, postal_code="10115"),
            recipient(country_code="DE", region=None, postal_code="10115"),
            None,
            "2",
        ),
    ],
    ids=["US-US", "US-PR", "CA-CA", "US-VI", "US-FR", "DE-DE"],
)
def test_signature_is_asked_where_the_lane_wants_it(
    ship_from: Any, ship_to: Any, on_package: str | None, on_shipment: str | None
) -> None:
    """The codes of the two levels differ by one; swapped, an adult's signature is anybody's (field guide ups.md pitfall 16)."""
    asked = abroad(ship_from=ship_from, ship_to=ship_to, options=ShipmentOptions(signature=Signature.ADULT))
    made = shipment_of(asked)
    package = made["Package"][0].get("PackageServiceOptions", {}).get("DeliveryConfirmation")
    shipment = made.get("ShipmentServiceOptions", {}).get("DeliveryConfirmation")
    assert package == ({"DCISType": on_package} if on_package else None)
    assert shipment == ({"DCISType": on_shipment} if on_shipment else None)


def test_direct_signature_on_a_package_is_code_two() -> None:
    """Code 1 is unsupported there."""
    made = shipment_of(options(signature=Signature.DIRECT))
    assert made["Package"][0]["PackageServiceOptions"] == {"DeliveryConfirmation": {"DCISType": "2"}}


def test_declared_value_stands_on_its_package() -> None:
    """Only one of the two is insured."""
    insured = parcel(insured_value=Money(amount="250", currency="USD"))
    made = shipment_of(request(parcels=[parcel(), insured]))
    value = {"CurrencyCode": "USD", "MonetaryValue": "250.00"}
    assert [one.get("PackageServiceOptions") for one in made["Package"]] == [None, {"DeclaredValue": value}]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (options(lithium="UN3481"), "options.lithium"),
        (options(signature=Signature.INDIRECT), "options.signature"),
        (options(label_size="A4"), "options.label_size"),
        (options(label_size="4x8", label_formats=[LabelFormat.GIF]), "options.label_formats"),
    ],
    ids=["lithium", "indirect", "size", "format"],
)
def test_what_cannot_be_said_is_refused_before_buying(asked: ShipmentRequest, field: str) -> None:
    """An option that is dropped in silence costs more than an error."""
    with pytest.raises(UnsupportedOperationError) as caught:
        step_of(asked)
    assert caught.value.field == field


def test_options_of_another_carrier_are_an_error() -> None:
    """They would be ignored."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(options(carrier_options=object()))
    assert caught.value.field == "ShipmentOptions.carrier_options"


def test_options_of_ups_are_said() -> None:
    """Each in its own place."""
    made = shipment_of(
        extras(carbon_neutral=True, direct_delivery_only=True, shipper_release=True, additional_handling=True)
    )
    assert made["ShipmentServiceOptions"] == {"DirectDeliveryOnlyIndicator": "", "UPScarbonneutralIndicator": ""}
    assert made["Package"][0]["PackageServiceOptions"] == {"ShipperReleaseIndicator": ""}
    assert made["Package"][0]["AdditionalHandlingIndicator"] == ""


def test_alcohol_is_said() -> None:
    """It needs a contract and an adult; UPS decides."""
    made = shipment_of(options(alcohol=True))
    assert made["ShipmentServiceOptions"]["RestrictedArticles"] == {"AlcoholicBeveragesIndicator": ""}


def test_simple_rate_is_for_one_parcel() -> None:
    """UPS takes no second one."""
    assert shipment_of(extras(simple_rate=SimpleRate.MEDIUM))["Package"][0]["SimpleRate"] == {"Code": "M"}
    with pytest.raises(InvalidValueError):
        step_of(attrs.evolve(extras(simple_rate=SimpleRate.MEDIUM), parcels=[parcel(), parcel()]))


def test_notices_go_to_the_recipient_unless_told_otherwise() -> None:
    """Each kind is a container of its own."""
    asked = attrs.evolve(
        extras(notices=[UPSNotice.SHIPPED, UPSNotice.DELIVERED, UPSNotice.SHIPPED]),
        ship_to=recipient(email="jill@example.com"),
    )
    made = shipment_of(asked)["ShipmentServiceOptions"]["Notification"]
    assert made == [
        {"NotificationCode": "6", "EMail": {"EMailAddress": ["jill@example.com"]}},
        {"NotificationCode": "8", "EMail": {"EMailAddress": ["jill@example.com"]}},
    ]


def test_notice_to_nobody_is_an_error() -> None:
    """UPS would refuse an empty list."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(extras(notices=[UPSNotice.SHIPPED]))
    assert caught.value.field == "ShipmentRequest.ship_to.email"


def test_third_party_pays_for_transport() -> None:
    """The payer's account, code and country; nobody else is billed."""
    bill = BillTo(party=BillParty.THIRD_PARTY, account_number="A1B2C3", postal_code="60601", country_code="US")
    address = {"PostalCode": "60601", "CountryCode": "US"}
    assert shipment_of(options(bill_to=bill))["PaymentInformation"]["ShipmentCharge"] == [
        {"Type": "01", "BillThirdParty": {"AccountNumber": "A1B2C3", "Address": address}}
    ]


# --- labels -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formats", "native", "wanted"),
    [
        (["gif"], "GIF", "gif"),
        (["png", "zpl"], "PNG", "png"),
        (["zpl"], "ZPL", "zpl"),
        (["epl", "zpl"], "EPL", "epl"),
        (["pdf"], "GIF", "pdf"),
        (["pdf", "zpl"], "ZPL", "pdf"),
    ],
)
def test_label_is_the_first_that_can_be_had(formats: list[str], native: str, wanted: str) -> None:
    """Ship makes no PDF: another label is bought, and the PDF fetched afterwards."""
    step = step_of(options(label_formats=[LabelFormat(one) for one in formats]))
    code = json.loads(step.body)["ShipmentRequest"]["LabelSpecification"]["LabelImageFormat"]["Code"]
    facts = read_step(step)
    assert (code, facts.native, facts.wanted) == (native, native.lower(), wanted)


def test_thermal_label_can_be_long() -> None:
    """Pictures have one size, so the first picture in the list is passed over."""
    made = body_of(options(label_size="4x8", label_formats=[LabelFormat.GIF, LabelFormat.ZPL]))["LabelSpecification"]
    assert made == {"LabelImageFormat": {"Code": "ZPL"}, "LabelStockSize": {"Height": "8", "Width": "4"}}


def test_step_tells_what_a_look_up_needs() -> None:
    """After a crash there is nothing but the step."""
    facts = read_step(step_of(attrs.evolve(abroad(parcels=[parcel(items=[shirt()]), parcel()]))))
    assert (facts.account, facts.service, facts.origin, facts.parcels, facts.saturday) == (
        "AB12C3",
        "65",
        "US",
        2,
        False,
    )


def test_bytes_that_are_not_ours_are_an_error() -> None:
    """A step of another driver must not be sent to UPS."""
    with pytest.raises(InvalidValueError) as caught:
        read_step(attrs.evolve(step_of(request()), body=b'{"a": 1}'))
    assert caught.value.field == "PurchaseStep.body"


def test_look_up_names_reference_and_account() -> None:
    """And asks for the label that was asked for; recovery has no PNG."""
    step = step_of(options(label_formats=[LabelFormat.PNG]))
    question = to_recovery(read_step(step), LabelFormat.PNG, reference=REFERENCE)
    made = json.loads(json_encode(question))["LabelRecoveryRequest"]
    assert made["ReferenceValues"] == {"ReferenceNumber": {"Value": REFERENCE}, "ShipperNumber": "AB12C3"}
    assert made["LabelSpecification"]["LabelImageFormat"] == {"Code": "GIF"}
    assert "TrackingNumber" not in made


# --- buying at a rate ---------------------------------------------------------------------------------------------------


def rate(**changes: Any) -> Rate:
    """Return a rate of this account for one box."""
    token = {"v": 1, "service": "02", "packaging": ["21"], "negotiated": True, "residential": False, "saturday": False}
    token.update(changes.pop("token", {}))
    values: dict[str, Any] = {
        "carrier": CARRIER,
        "service": Service(code="02", name="UPS 2nd Day Air"),
        "total": Money(amount="9", currency="USD"),
        "token": json.dumps(token),
    }
    return Rate(**{**values, **changes})


def test_rate_decides_on_service_and_packaging() -> None:
    """What was priced is what is bought."""
    made = shipment_of(request(service="03", rate=rate()))
    assert made["Service"]["Code"] == "02"
    assert made["Package"][0]["Packaging"]["Code"] == "21"


@pytest.mark.parametrize(
    "asked",
    [
        request(rate=rate(carrier="ups:other")),
        request(rate=rate(), parcels=[parcel(), parcel()]),
        request(rate=rate(), parcels=[parcel(packaging="04")]),
        request(rate=rate(), ship_to=recipient(residential=True)),
        request(rate=rate(), options=ShipmentOptions(saturday_delivery=True)),
        request(rate=attrs.evolve(rate(), token="{}")),
        request(rate=rate(token={"v": 2})),
    ],
    ids=["account", "parcels", "packaging", "home", "saturday", "foreign", "version"],
)
def test_rate_of_something_else_is_an_error(asked: ShipmentRequest) -> None:
    """Its price would not be the one that is paid."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(asked)
    assert caught.value.field == "ShipmentRequest.rate"


def test_rate_without_token_names_the_service() -> None:
    """Somebody may make a rate by hand."""
    assert shipment_of(request(service=None, rate=attrs.evolve(rate(), token=None)))["Service"]["Code"] == "02"
