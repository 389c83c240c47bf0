"""What customs is told."""

from datetime import date
from typing import Any

import pytest

from cartcarrier.carriers.ups import UPSOptions
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import (
    BillParty,
    BillTo,
    ContentsType,
    CustomsDeclaration,
    Money,
    ShipmentOptions,
    ShipmentRequest,
    Weight,
    WeightUnit,
)
from tests.unit.carriers.ups.samples import (
    REFERENCE,
    TODAY,
    abroad,
    parcel,
    parisian,
    recipient,
    request,
    sender,
    shipment_of,
    shirt,
    step_of,
)


def declared(**changes: Any) -> ShipmentRequest:
    """Return a parcel to France with this declaration."""
    return abroad(customs=CustomsDeclaration(**{"invoice_number": "INV-7", "invoice_date": TODAY, **changes}))


def forms_of(asked: ShipmentRequest) -> dict[str, Any]:
    """Return the order for an invoice."""
    return shipment_of(asked)["ShipmentServiceOptions"]["InternationalForms"]  # type: ignore[no-any-return]  # plain JSON


def test_goods_across_a_border_have_an_invoice() -> None:
    """UPS makes it from this; each value is checked by hand."""
    made = forms_of(abroad())
    assert made["FormType"] == ["01"]
    assert made["InvoiceNumber"] == "INV-7"
    assert made["InvoiceDate"] == "20261124"
    assert made["ReasonForExport"] == "SALE"
    assert made["TermsOfShipment"] == "DAP"
    assert made["CurrencyCode"] == "USD"
    assert made["Product"] == [
        {
            "Description": ["Cotton shirt"],
            "Unit": {"Number": "2", "UnitOfMeasurement": {"Code": "PCS", "Description": "PCS"}, "Value": "15.00"},
            "CommodityCode": "610910",
            "PartNumber": "SKU1",
            "OriginCountryCode": "PT",
        }
    ]
    assert made["Contacts"]["SoldTo"]["Address"]["CountryCode"] == "FR"
    assert made["Contacts"]["SoldTo"]["AttentionName"] == "Anaïs Doe"
    assert made["Contacts"]["SoldTo"]["Phone"] == {"Number": "33155500100"}


def test_description_and_names_go_along() -> None:
    """UPS demands them when the countries differ (field guide ups.md section 4.4)."""
    made = shipment_of(abroad())
    assert made["Description"] == "Cotton shirt"
    assert made["ShipTo"]["AttentionName"] == "Anaïs Doe"
    assert made["Shipper"]["Phone"] == {"Number": "7705550100"}


@pytest.mark.parametrize(
    ("origin", "there"),
    [
        (sender(), recipient()),
        (sender(), recipient(region="PR", postal_code="00901")),
        (sender(country_code="DE", region=None, postal_code="10115"), parisian()),
    ],
    ids=["US", "US-PR", "EU"],
)
def test_no_invoice_within_a_customs_union(origin: Any, there: Any) -> None:
    """Forms there are refused, and duties cannot be billed."""
    made = shipment_of(abroad(ship_from=origin, ship_to=there, service="11"))
    assert "InternationalForms" not in made.get("ShipmentServiceOptions", {})
    assert [charge["Type"] for charge in made["PaymentInformation"]["ShipmentCharge"]] == ["01"]


def test_documents_have_no_invoice() -> None:
    """They have no commercial value."""
    asked = abroad(
        ship_from=sender(country_code="DE", region=None, postal_code="10115"),
        ship_to=recipient(),
        customs=CustomsDeclaration(contents=ContentsType.DOCUMENTS),
        parcels=[parcel()],
    )
    made = shipment_of(asked)
    assert made["DocumentsOnlyIndicator"] == ""
    assert made["Description"] == "Documents"
    assert "ShipmentServiceOptions" not in made


def test_papers_from_the_us_are_not_called_documents_only() -> None:
    """UPS takes the indicator from other countries only."""
    asked = abroad(customs=CustomsDeclaration(contents=ContentsType.DOCUMENTS), parcels=[parcel()])
    assert "DocumentsOnlyIndicator" not in shipment_of(asked)


def test_invoice_date_is_the_one_that_is_said() -> None:
    """Its own, else the day of shipping, else today."""
    assert forms_of(declared(invoice_date=date(2026, 11, 20)))["InvoiceDate"] == "20261120"
    undated = CustomsDeclaration(invoice_number="INV-7")
    assert forms_of(abroad(customs=undated, ship_date=date(2026, 11, 26)))["InvoiceDate"] == "20261126"
    assert forms_of(abroad(customs=undated))["InvoiceDate"] == "20261124"


def test_invoice_has_our_reference_where_it_has_no_number() -> None:
    """UPS demands one."""
    assert forms_of(declared(invoice_number=None))["InvoiceNumber"] == REFERENCE


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (shirt(unit_value=None), "unit_value"),
        (shirt(unit_value=Money(amount="0", currency="USD")), "unit_value"),
        (shirt(country_of_origin=None), "country_of_origin"),
        (shirt(hs_code="61"), "hs_code"),
        (shirt(title="word " * 30), "title"),
        (shirt(sku="x" * 36), "sku"),
        (shirt(quantity=10_000_000), "quantity"),
    ],
)
def test_item_that_customs_would_stop_is_named(item: Any, field: str) -> None:
    """A parcel that waits at the border costs more than an error here."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(abroad(parcels=[parcel(items=[item])]))
    assert caught.value.field == f"ShipmentRequest.parcels[0].items[0].{field}"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"incoterm": "DDU"}, "incoterm"),
        ({"contents": ContentsType.OTHER}, "explanation"),
        ({"contents": ContentsType.OTHER, "explanation": "x" * 21}, "explanation"),
        ({"export_filing": "none needed"}, "export_filing"),
        ({"invoice_number": "x" * 36}, "invoice_number"),
        ({"sold_to": recipient()}, "sold_to.country_code"),
        ({"items": [shirt()] * 51}, "items"),
        ({"incoterm": "DDP", "duties_bill_to": BillTo(party=BillParty.RECEIVER)}, "duties_bill_to"),
    ],
)
def test_declaration_that_ups_cannot_make_is_named(change: dict[str, Any], field: str) -> None:
    """In the words of our model."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(declared(**change))
    assert caught.value.field == f"ShipmentRequest.customs.{field}"


def test_goods_without_declaration_are_an_error() -> None:
    """The parcel would be held at the border."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(abroad(customs=None, parcels=[parcel()]))
    assert caught.value.field == "ShipmentRequest.customs.items"


def test_description_that_is_due_and_missing_is_an_error() -> None:
    """Puerto Rico is another country for UPS, though not for customs."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(request(ship_to=recipient(region="PR", postal_code="00901"), service="02"))
    assert caught.value.field == "UPSOptions.description"


def test_items_in_several_currencies_are_an_error() -> None:
    """An invoice has one."""
    euros = shirt(unit_value=Money(amount="15", currency="EUR"))
    with pytest.raises(InvalidValueError) as caught:
        step_of(declared(items=[shirt(), euros]))
    assert caught.value.field == "ShipmentRequest.customs.items[1].unit_value"


def test_product_has_its_weight() -> None:
    """Of all its pieces, in the origin's unit."""
    item = shirt(weight=Weight(value="0.26", unit=WeightUnit.POUND))
    (product,) = forms_of(abroad(parcels=[parcel(items=[item])]))["Product"]
    assert product["ProductWeight"]["Weight"] == "0.6"


def test_missing_tariff_number_is_an_error_before_buying() -> None:
    """Customs would hold the parcel, or guess; the bill comes later."""
    with pytest.raises(InvalidValueError) as caught:
        forms_of(abroad(parcels=[parcel(items=[shirt(), shirt(hs_code=None)])]))
    assert caught.value.field == "ShipmentRequest.parcels[0].items[1].hs_code"


def test_several_goods_share_a_description() -> None:
    """Each title once; where they are too long together, the first."""
    items = [shirt(), shirt(title="Linen trousers"), shirt()]
    assert shipment_of(abroad(parcels=[parcel(items=items)]))["Description"] == "Cotton shirt; Linen trousers"
    many = [shirt(title=f"Cotton shirt of the kind {place}") for place in range(5)]
    assert shipment_of(abroad(parcels=[parcel(items=many)]))["Description"] == "Cotton shirt of the kind 0"


def test_emirates_want_a_description_always() -> None:
    """Even within the country (field guide ups.md section 4.2)."""
    home = sender(country_code="AE", region=None, postal_code=None, phone="+971 4 555 0100")
    there = recipient(country_code="AE", region=None, postal_code=None, phone="+971 4 555 0101")
    made = shipment_of(request(ship_from=home, ship_to=there, service="65", parcels=[parcel(items=[shirt()])]))
    assert made["Description"] == "Cotton shirt"


def test_items_of_the_declaration_come_before_those_of_the_parcels() -> None:
    """The declaration is what the seller wants customs to read."""
    made = forms_of(declared(items=[shirt(title="Linen shirt")]))
    assert [product["Description"] for product in made["Product"]] == [["Linen shirt"]]


def test_long_title_is_wrapped_on_the_invoice() -> None:
    """And summed up in the description, which has less room."""
    title = "Long-sleeved cotton shirt with mother-of-pearl buttons, blue"
    asked = abroad(parcels=[parcel(items=[shirt(title=title)])])
    (lines,) = [product["Description"] for product in forms_of(asked)["Product"]]
    assert " ".join(lines) == title
    assert all(len(line) <= 35 for line in lines)
    assert shipment_of(asked)["Description"] == "Long-sleeved cotton shirt with mother-of-pearl"


def test_description_can_be_given() -> None:
    """For goods that share a name."""
    options = ShipmentOptions(carrier_options=UPSOptions(description="Shirts"))
    assert shipment_of(abroad(options=options))["Description"] == "Shirts"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"incoterm": "DAP"}, None),
        ({"incoterm": "DDP"}, {"BillShipper": {"AccountNumber": "AB12C3"}}),
        (
            {"duties_bill_to": BillTo(party=BillParty.SENDER)},
            {"BillShipper": {"AccountNumber": "AB12C3"}},
        ),
        ({"duties_bill_to": BillTo(party=BillParty.RECEIVER)}, None),
        (
            {"duties_bill_to": BillTo(party=BillParty.RECEIVER, account_number="A1B2C3", postal_code="75001")},
            {"BillReceiver": {"AccountNumber": "A1B2C3", "Address": {"PostalCode": "75001"}}},
        ),
    ],
    ids=["DAP", "DDP", "sender", "receiver", "receiver's account"],
)
def test_duties_are_billed_as_agreed(change: dict[str, Any], expected: dict[str, Any] | None) -> None:
    """Without a second charge the recipient pays at the door (field guide ups.md section 4.3)."""
    charges = shipment_of(declared(**change))["PaymentInformation"]["ShipmentCharge"]
    duties = [
        {name: value for name, value in charge.items() if name != "Type"}
        for charge in charges
        if charge["Type"] == "02"
    ]
    assert duties == ([] if expected is None else [expected])


@pytest.mark.parametrize(
    ("said", "filed"),
    [
        ("30.37(a)", {"Code": "B", "ExemptionLegend": "30.37(a)"}),
        ("30.37(y)(6)", {"Code": "B", "ExemptionLegend": "30.37(y)(6)"}),
        ("X20261124123456", {"Code": "A", "PreDepartureITNNumber": "X20261124123456"}),
        ("AES ITN: X20261124123456", {"Code": "A", "PreDepartureITNNumber": "X20261124123456"}),
    ],
)
def test_export_filing_is_said(said: str, filed: dict[str, str]) -> None:
    """A shipment above the limit without it is stopped, and fined."""
    made = forms_of(declared(export_filing=said))
    assert made["FormType"] == ["01", "11"]
    assert made["EEIFilingOption"] == {"Code": "1", "ShipperFiled": filed}


@pytest.mark.parametrize("there", ["CA", "FR"])
def test_invoice_total_goes_where_ups_wants_it(there: str) -> None:
    """From the US to Canada and Puerto Rico only; elsewhere the form says it."""
    to = parisian() if there == "FR" else recipient(country_code="CA", region="ON", postal_code="K1A0B1")
    total = shipment_of(abroad(ship_to=to)).get("InvoiceLineTotal")
    assert total == (None if there == "FR" else {"CurrencyCode": "USD", "MonetaryValue": "30.00"})


def test_domestic_shipment_tells_no_customs() -> None:
    """What lies in the parcel is nobody's business there."""
    made = shipment_of(request(parcels=[parcel(items=[shirt()])]))
    assert "Description" not in made
    assert "ShipmentServiceOptions" not in made
