"""Parcels that come back."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

from cartcarrier.carriers.ups import UPSNotice, UPSOptions, UPSReturn
from cartcarrier.carriers.ups.mapping import to_rate_question, to_rates
from cartcarrier.carriers.ups.schemas import RateResponse
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.http import json_decoder, json_encode
from cartcarrier.models import (
    BillParty,
    BillTo,
    ContentsType,
    CustomsDeclaration,
    Document,
    LabelFormat,
    Rate,
    ShipmentOptions,
    ShipmentRequest,
    Signature,
)
from tests.unit.carriers.ups.samples import (
    CARRIER,
    FIRST,
    bought,
    carrier,
    config,
    package_result,
    parcel,
    recipient,
    reply,
    request,
    sender,
    shipment_of,
    shirt,
    step_of,
)

OTTAWA = recipient(country_code="CA", region="ON", postal_code="K1A 0B1", city="Ottawa", phone="613 555 0101")


def back(extra: UPSOptions | None = None, **changes: Any) -> ShipmentRequest:
    """Return shirts that a customer sends back."""
    options = changes.pop("options", ShipmentOptions(label_formats=[LabelFormat.ZPL]))
    values: dict[str, Any] = {
        "ship_from": recipient(email="jill@example.com"),
        "ship_to": sender(),
        "parcels": [parcel(items=[shirt()])],
        "is_return": True,
        "options": attrs.evolve(options, carrier_options=extra),
    }
    return request(**{**values, **changes})


def test_return_label_comes_with_the_purchase_unless_said_otherwise() -> None:
    """The element's presence makes it a return (field guide ups.md section 4.9)."""
    made = shipment_of(back())
    assert made["ReturnService"] == {"Code": "9"}
    assert "LabelDelivery" not in made.get("ShipmentServiceOptions", {})
    assert "ReturnService" not in shipment_of(request())


def test_shipper_is_who_holds_the_account() -> None:
    """The customer sends it, the warehouse pays; else two of the three countries might not coincide."""
    made = shipment_of(back())
    assert made["Shipper"]["Name"] == made["ShipTo"]["Name"] == "Acme"
    assert made["Shipper"]["ShipperNumber"] == "AB12C3"
    assert made["ShipFrom"]["Name"] == "Jill Doe"
    assert made["PaymentInformation"]["ShipmentCharge"] == [{"Type": "01", "BillShipper": {"AccountNumber": "AB12C3"}}]


def test_package_says_what_is_in_it() -> None:
    """UPS demands it of returns, in 35 characters; forward it stands on the shipment."""
    assert shipment_of(back())["Package"][0]["Description"] == "Cotton shirt"
    long = back(parcels=[parcel(items=[shirt(title="Cotton shirt"), shirt(title="Trousers of the finest linen")])])
    assert shipment_of(long)["Package"][0]["Description"] == "Cotton shirt"
    words = back(parcels=[parcel(items=[shirt(title="Trousers of the finest linen that we have")])])
    assert shipment_of(words)["Package"][0]["Description"] == "Trousers of the finest linen that"
    assert "Description" not in shipment_of(request())["Package"][0]


def test_contents_that_nobody_knows_are_an_error() -> None:
    """UPS would refuse the return."""
    with pytest.raises(InvalidValueError) as caught:
        shipment_of(back(parcels=[parcel()]))
    assert caught.value.field == "UPSOptions.description"
    told = back(UPSOptions(description="Shirts"), parcels=[parcel()])
    assert shipment_of(told)["Package"][0]["Description"] == "Shirts"


@pytest.mark.parametrize(
    ("extra", "delivery"),
    [
        (UPSOptions(return_service=UPSReturn.EMAIL_LABEL), {"EMail": {"EMailAddress": "jill@example.com"}}),
        (
            UPSOptions(return_service=UPSReturn.EMAIL_LABEL, return_email="her@example.com"),
            {"EMail": {"EMailAddress": "her@example.com"}},
        ),
        (UPSOptions(return_service=UPSReturn.EMAIL_LABEL, return_links=True), {"LabelLinksIndicator": ""}),
        (UPSOptions(return_links=True), {"LabelLinksIndicator": ""}),
        (UPSOptions(return_service=UPSReturn.ONE_ATTEMPT), None),
    ],
    ids=["customer's address", "other address", "e-mailed, by link", "printed, by link", "brought along"],
)
def test_label_reaches_the_customer(extra: UPSOptions, delivery: object) -> None:
    """An electronic label without a way to the customer fails (field guide ups.md pitfall 23)."""
    made = shipment_of(back(extra))
    assert made.get("ShipmentServiceOptions", {}).get("LabelDelivery") == delivery
    assert made["ReturnService"]["Code"] == extra.return_service.value


def test_label_without_an_address_to_mail_it_to_is_an_error() -> None:
    """Said before buying."""
    with pytest.raises(InvalidValueError) as caught:
        shipment_of(back(UPSOptions(return_service=UPSReturn.EMAIL_LABEL), ship_from=recipient()))
    assert caught.value.field == "ShipmentRequest.ship_from.email"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (back(service="13"), "ShipmentRequest.service"),
        (back(options=ShipmentOptions(signature=Signature.ADULT)), "options.signature"),
        (back(options=ShipmentOptions(saturday_delivery=True)), "options.saturday_delivery"),
        (back(options=ShipmentOptions(hold_at_location="U12345678")), "options.hold_at_location"),
        (
            back(
                options=ShipmentOptions(
                    bill_to=BillTo(party=BillParty.RECEIVER, account_number="A1B2C3", postal_code="30005")
                )
            ),
            "options.bill_to",
        ),
        (back(UPSOptions(shipper_release=True)), "UPSOptions.shipper_release"),
        (back(UPSOptions(notices=[UPSNotice.SHIPPED])), "UPSOptions.notices"),
        (back(customs=CustomsDeclaration(document_ids=["002:x"])), "customs.document_ids"),
        (
            back(UPSOptions(return_links=True, return_service=UPSReturn.PRINT_AND_MAIL)),
            "UPSOptions.return_links",
        ),
        (
            request(options=ShipmentOptions(carrier_options=UPSOptions(notices=[UPSNotice.IN_TRANSIT]))),
            "UPSOptions.notices",
        ),
    ],
    ids=[
        "service",
        "signature",
        "saturday",
        "held",
        "receiver pays",
        "release",
        "notice",
        "papers",
        "links",
        "forward notice",
    ],
)
def test_what_returns_do_not_have_is_refused_before_buying(asked: ShipmentRequest, field: str) -> None:
    """An option that UPS drops in silence costs more than an error (field guide ups.md sections 4.3, 4.6, 4.7, 4.9)."""
    with pytest.raises(UnsupportedOperationError) as caught:
        step_of(asked)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("origin", "most"), [(recipient(email="a@example.com"), 1), (OTTAWA, 20)], ids=["US", "Canada"]
)
def test_return_has_few_parcels(origin: Any, most: int) -> None:
    """From the US one, from elsewhere 20 (field guide ups.md section 4.2)."""
    customs = CustomsDeclaration(contents=ContentsType.RETURNED_GOODS)
    many = [parcel(items=[shirt()])] * most
    step_of(back(ship_from=origin, parcels=many, service="11", customs=customs))
    with pytest.raises(InvalidValueError) as caught:
        step_of(back(ship_from=origin, parcels=[*many, parcel(items=[shirt()])], service="11", customs=customs))
    assert caught.value.field == "ShipmentRequest.parcels"


def test_invoice_of_a_return_is_a_partial_one() -> None:
    """Returns take no other form; UPS leaves its date blank, and the goods may lack a tariff number."""
    asked = back(ship_from=OTTAWA, service="11", parcels=[parcel(items=[shirt(hs_code=None)])])
    forms = shipment_of(asked)["ShipmentServiceOptions"]["InternationalForms"]
    assert forms["FormType"] == ["05"]
    assert forms["ReasonForExport"] == "RETURN"
    assert "InvoiceDate" not in forms
    assert "Contacts" not in forms


def test_price_of_a_return_is_asked_for_as_one() -> None:
    """Returns cost otherwise."""
    question = to_rate_question(back(UPSOptions(return_service=UPSReturn.THREE_ATTEMPTS)), config())
    shipment = question.envelope.rate_request.shipment
    assert shipment.shipment_service_options is not None
    assert shipment.shipment_service_options.return_service is not None
    assert shipment.shipment_service_options.return_service.code == "5"
    assert shipment.shipper.shipper_number == "AB12C3"
    assert shipment.shipper.name == "Acme"


def rate_of(asked: ShipmentRequest) -> Rate:
    """Return what UPS quotes for this."""
    answer = {
        "Response": {},
        "RatedShipment": [{"Service": {"Code": "03"}, "TotalCharges": {"CurrencyCode": "USD", "MonetaryValue": "9"}}],
    }
    (rate,) = to_rates(json_decoder(RateResponse).decode(json_encode(answer)), asked, CARRIER)
    return rate


def test_price_of_a_forward_parcel_does_not_buy_a_return() -> None:
    """And the other way round."""
    step_of(back(rate=rate_of(back())))
    for asked in (back(rate=rate_of(request())), request(rate=rate_of(back()))):
        with pytest.raises(InvalidValueError) as caught:
            step_of(asked)
        assert caught.value.field == "ShipmentRequest.rate"


async def test_bought_return_says_so() -> None:
    """No channel is told of it, and its label is there."""
    driver = carrier(lambda _: reply(bought()))
    shipment = await driver.purchase(step_of(back()))
    assert shipment.is_return
    assert shipment.parcels[0].label is not None
    forward = await driver.purchase(step_of(request(options=ShipmentOptions(label_formats=[LabelFormat.ZPL]))))
    assert not forward.is_return


async def test_label_that_ups_brings_along_is_not_missed() -> None:
    """There is none to print, so none is warned about; of a label to be printed it would be."""
    brought = package_result(FIRST)
    del brought["ShippingLabel"]
    driver = carrier(lambda _: reply(bought(brought)))
    shipment = await driver.purchase(step_of(back(UPSOptions(return_service=UPSReturn.ONE_ATTEMPT))))
    assert shipment.parcels[0].label is None
    assert shipment.warnings == ()
    printed = await driver.purchase(step_of(back()))
    assert any("no label" in warning for warning in printed.warnings)


async def test_links_are_documents() -> None:
    """Whoever has one sees the customer's address: it is no text for logs."""
    driver = carrier(lambda _: reply(bought(LabelURL="https://ups.example/l?x=1", ReceiptURL="https://ups.example/r")))
    shipment = await driver.purchase(step_of(back(UPSOptions(return_links=True))))
    assert shipment.documents == (
        Document(kind="label_link", format="url", data=b"https://ups.example/l?x=1"),
        Document(kind="receipt_link", format="url", data=b"https://ups.example/r"),
    )
    assert "ups.example" not in repr(shipment)


async def test_found_return_says_so_too() -> None:
    """After a lost answer there is nothing but the step."""
    found = {
        "LabelRecoveryResponse": {
            "ShipmentIdentificationNumber": FIRST,
            "LabelResults": [{"TrackingNumber": FIRST, "Receipt": {"Image": {"GraphicImage": "PGh0bWw+"}}}],
        }
    }
    driver = carrier(lambda _: reply(found))
    shipment = await driver.find_purchase(step_of(back()))
    assert shipment is not None
    assert shipment.is_return
    assert shipment.parcels[0].documents[0].kind == "receipt"
    assert shipment.total is None or shipment.total.amount > Decimal(0)
