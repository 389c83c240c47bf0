"""What customs is told, and FedEx's papers."""

from decimal import Decimal
from typing import Any

import pytest

from cartcarrier.carriers.fedex import FedExOptions
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import (
    BillParty,
    BillTo,
    ContentsType,
    CustomsDeclaration,
    Money,
    TaxId,
    Weight,
    WeightUnit,
)
from tests.unit.carriers.fedex.samples import (
    ACCOUNT,
    REFERENCE,
    abroad,
    options,
    parcel,
    parisian,
    recipient,
    request,
    sender,
    shipment_of,
    shirt,
    step_of,
)


def customs_of(asked: Any) -> dict[str, Any]:
    """Return what customs is told."""
    made: dict[str, Any] = shipment_of(asked)["customsClearanceDetail"]
    return made


def declared(**changes: Any) -> dict[str, Any]:
    """Return what customs is told with another declaration."""
    return customs_of(abroad(customs=CustomsDeclaration(**changes)))


def test_goods_are_told_by_line() -> None:
    """Value and weight are the line's, the price is the piece's; the unit is the packages' (pitfall 24)."""
    made = customs_of(abroad())
    assert made["commodities"] == [
        {
            "description": "Cotton shirt, men's",
            "countryOfManufacture": "PT",
            "harmonizedCode": "6109100012",
            "partNumber": "SKU1",
            "quantity": 2,
            "quantityUnits": "PCS",
            "numberOfPieces": 1,
            "unitPrice": {"amount": 15, "currency": "USD"},
            "customsValue": {"amount": 30.0, "currency": "USD"},
            "weight": {"units": "LB", "value": 0.8},
        }
    ]
    assert made["totalCustomsValue"] == {"amount": 30.0, "currency": "USD"}
    assert made["isDocumentOnly"] is False


def test_goods_from_a_metric_country_are_in_kilograms() -> None:
    """Mixed with the packages' unit they are refused."""
    berlin = sender(country_code="DE", region=None, postal_code="10115", city="Berlin", phone="+49 30 55501000")
    made = shipment_of(abroad(ship_from=berlin, ship_to=recipient()))
    goods, package = made["customsClearanceDetail"]["commodities"][0], made["requestedPackageLineItems"][0]
    assert goods["weight"] == {"units": "KG", "value": 0.37}
    assert package["weight"] == {"units": "KG", "value": 1.4}


def test_declared_items_go_before_what_lies_in_the_parcels() -> None:
    """The declaration is what the seller says to customs."""
    hat = shirt(title="Hat", quantity=1)
    assert [one["description"] for one in declared(items=[hat])["commodities"]] == ["Hat"]


@pytest.mark.parametrize("name", ["unit_value", "weight", "hs_code", "country_of_origin"])
def test_missing_fact_is_named(name: str) -> None:
    """Goods that customs knows too little of wait at the border."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(abroad(parcels=[parcel(items=[shirt(**{name: None})])]))
    assert caught.value.field == f"ShipmentRequest.parcels[0].items[0].{name}"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"customs": CustomsDeclaration(), "parcels": [parcel()]}, "ShipmentRequest.customs.items"),
        ({"parcels": [parcel(items=[shirt()] * 100)]}, "ShipmentRequest.customs.items"),
        ({"parcels": [parcel(items=[shirt(title="x" * 451)])]}, "ShipmentRequest.parcels[0].items[0].title"),
        ({"parcels": [parcel(items=[shirt(hs_code="12")])]}, "ShipmentRequest.parcels[0].items[0].hs_code"),
        (
            {"parcels": [parcel(items=[shirt(unit_value=Money(amount=0, currency="USD"))])]},
            "ShipmentRequest.parcels[0].items[0].unit_value",
        ),
        ({"customs": CustomsDeclaration(incoterm="FREE")}, "ShipmentRequest.customs.incoterm"),
        (
            {"customs": CustomsDeclaration(contents=ContentsType.OTHER)},
            "ShipmentRequest.customs.explanation",
        ),
        ({"customs": CustomsDeclaration(export_filing="none")}, "ShipmentRequest.customs.export_filing"),
        ({"customs": CustomsDeclaration(invoice_number="x" * 31)}, "ShipmentRequest.customs.invoice_number"),
        (
            {"customs": CustomsDeclaration(incoterm="DDP", duties_bill_to=BillTo(party=BillParty.RECEIVER))},
            "ShipmentRequest.customs.duties_bill_to",
        ),
        (
            {"customs": CustomsDeclaration(duties_bill_to=BillTo(party=BillParty.THIRD_PARTY))},
            "ShipmentRequest.customs.duties_bill_to.account_number",
        ),
        (
            {"customs": CustomsDeclaration(items=[shirt(), shirt(unit_value=Money(amount=1, currency="EUR"))])},
            "ShipmentRequest.customs.items[1].unit_value",
        ),
    ],
)
def test_what_customs_would_not_take_is_named(changes: dict[str, Any], field: str) -> None:
    """Before the label is paid."""
    with pytest.raises(InvalidValueError) as caught:
        step_of(abroad(**changes))
    assert caught.value.field == field


def test_part_number_without_room_is_left_out() -> None:
    """It is no fact for customs."""
    made = customs_of(abroad(parcels=[parcel(items=[shirt(sku="x" * 41)])]))
    assert "partNumber" not in made["commodities"][0]


@pytest.mark.parametrize(
    ("contents", "purpose"),
    [
        (ContentsType.MERCHANDISE, "SOLD"),
        (ContentsType.GIFT, "GIFT"),
        (ContentsType.SAMPLE, "SAMPLE"),
        (ContentsType.RETURNED_GOODS, "NOT_SOLD"),
    ],
)
def test_purpose_is_told(contents: ContentsType, purpose: str) -> None:
    """A gift pays other duties than a sale."""
    assert declared(contents=contents)["commercialInvoice"]["shipmentPurpose"] == purpose


def test_other_contents_are_explained() -> None:
    """In the seller's words."""
    made = declared(contents=ContentsType.OTHER, explanation="for an exhibition")["commercialInvoice"]
    assert (made["shipmentPurpose"], made["specialInstructions"]) == ("NOT_SOLD", "for an exhibition")


def test_invoice_has_a_number_and_terms() -> None:
    """Ours where none is given."""
    assert declared(incoterm="dap", invoice_number="INV-7")["commercialInvoice"] == {
        "customerReferences": [{"customerReferenceType": "INVOICE_NUMBER", "value": "INV-7"}],
        "termsOfSale": "DAP",
        "shipmentPurpose": "SOLD",
    }
    (reference,) = declared()["commercialInvoice"]["customerReferences"]
    assert reference["value"] == REFERENCE


@pytest.mark.parametrize(
    ("changes", "kind", "account"),
    [
        ({}, "RECIPIENT", None),
        ({"incoterm": "DAP"}, "RECIPIENT", None),
        ({"incoterm": "DDP"}, "SENDER", ACCOUNT),
        ({"duties_bill_to": BillTo(party=BillParty.SENDER)}, "SENDER", ACCOUNT),
        ({"duties_bill_to": BillTo(party=BillParty.RECEIVER)}, "RECIPIENT", None),
        ({"duties_bill_to": BillTo(party=BillParty.RECEIVER, account_number="987654321")}, "RECIPIENT", "987654321"),
        (
            {"duties_bill_to": BillTo(party=BillParty.THIRD_PARTY, account_number="987654321")},
            "THIRD_PARTY",
            "987654321",
        ),
    ],
)
def test_duties_are_paid_by_whom_the_terms_say(changes: dict[str, Any], kind: str, account: str | None) -> None:
    """A buyer who has paid them must not be asked again at the door."""
    made = declared(**changes)["dutiesPayment"]
    assert made["paymentType"] == kind
    found = made.get("payor", {}).get("responsibleParty", {}).get("accountNumber", {}).get("value")
    assert found == account


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("30.37(a)", "NO_EEI_30_37_A"),
        ("NO EEI 30.37(a)", "NO_EEI_30_37_A"),
        ("30.36", "NO_EEI_30_36"),
        ("X20261124123456", "AESX20261124123456"),
        ("AES ITN: X20261124123456", "AESX20261124123456"),
    ],
)
def test_export_filing_takes_fedex_form(said: str, told: str) -> None:
    """An exemption in the description's own word for it, or the number of a filing."""
    assert declared(export_filing=said)["exportDetail"] == {"exportComplianceStatement": told}


def test_export_from_canada_has_an_option_of_its_own() -> None:
    """B13A in place of an ITN."""
    made = customs_of(abroad(options=options(FedExOptions(canada_export="NOT_REQUIRED"))))
    assert made["exportDetail"] == {"b13AFilingOption": "NOT_REQUIRED"}


def test_brazil_knows_recipients_by_number() -> None:
    """Without it customs there does nothing."""
    somebody = parisian(country_code="BR", region="SP", tax_ids=[TaxId(kind="CPF", value="123 456")])
    assert customs_of(abroad(ship_to=somebody))["recipientCustomsId"] == {"type": "INDIVIDUAL", "value": "123456"}
    nobody = parisian(country_code="BR", region="SP", tax_ids=[TaxId(kind="VAT", value="1")])
    assert "recipientCustomsId" not in customs_of(abroad(ship_to=nobody))


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        (FedExOptions(), {"type": "COURTESY_RETURN_LABEL"}),
        (FedExOptions(customs_option="FAULTY_ITEM"), {"type": "FAULTY_ITEM"}),
        (FedExOptions(customs_option="OTHER", rma_reason="lost bet"), {"type": "OTHER", "description": "lost bet"}),
    ],
)
def test_return_over_a_border_says_why(extra: FedExOptions, told: dict[str, str]) -> None:
    """Returned goods pay no duties."""
    assert customs_of(abroad(is_return=True, options=options(extra)))["customsOption"] == told


def test_documents_need_no_goods() -> None:
    """Papers are worth nothing to customs."""
    made = shipment_of(abroad(parcels=[parcel()], customs=CustomsDeclaration(contents=ContentsType.DOCUMENTS)))
    customs = made["customsClearanceDetail"]
    assert customs["isDocumentOnly"] is True
    (papers,) = customs["commodities"]
    assert (papers["description"], papers["customsValue"]) == ("Documents", {"amount": 0, "currency": "USD"})
    assert papers["weight"] == {"units": "LB", "value": 3}
    assert "shippingDocumentSpecification" not in made
    assert "shipmentSpecialServices" not in made


def test_no_papers_within_a_customs_union() -> None:
    """Nor within the US, territories included; a declaration that is given all the same is told."""
    berlin = sender(country_code="DE", region=None, postal_code="10115", city="Berlin", phone="+49 30 55501000")
    made = shipment_of(abroad(ship_from=berlin, customs=None))
    assert "customsClearanceDetail" not in made
    made = shipment_of(request(ship_to=recipient(region="PR", postal_code="00901"), service="FEDEX_2_DAY"))
    assert "customsClearanceDetail" not in made
    made = shipment_of(abroad(ship_from=berlin, customs=CustomsDeclaration()))
    assert "customsClearanceDetail" in made


# --- papers ---------------------------------------------------------------------------------------------------------------


def papers_of(asked: Any) -> tuple[list[str], dict[str, Any] | None, list[str]]:
    """Return the services, the electronic papers, and what FedEx prints."""
    made = shipment_of(asked)
    services = made.get("shipmentSpecialServices", {})
    printed = made.get("shippingDocumentSpecification", {}).get("shippingDocumentTypes", [])
    return services.get("specialServiceTypes", []), services.get("etdDetail"), printed


def test_invoice_goes_to_customs_electronically_and_comes_back() -> None:
    """Where a country does not take that, it must be printed."""
    assert papers_of(abroad()) == (
        ["ELECTRONIC_TRADE_DOCUMENTS"],
        {"requestedDocumentTypes": ["COMMERCIAL_INVOICE"]},
        ["COMMERCIAL_INVOICE"],
    )


def test_paper_only_when_asked() -> None:
    """Some want the pouch."""
    assert papers_of(abroad(options=options(FedExOptions(paperless=False)))) == ([], None, ["COMMERCIAL_INVOICE"])


def test_own_invoice_replaces_fedex_one() -> None:
    """Two invoices are one too many for customs."""
    declaration = CustomsDeclaration(document_ids=["COMMERCIAL_INVOICE:0904", "OTHER:0905", "0906"])
    assert papers_of(abroad(customs=declaration)) == (
        ["ELECTRONIC_TRADE_DOCUMENTS"],
        {
            "attachedDocuments": [
                {"documentType": "COMMERCIAL_INVOICE", "documentId": "0904"},
                {"documentType": "OTHER", "documentId": "0905"},
                {"documentId": "0906"},
            ]
        },
        [],
    )


def test_other_papers_stand_beside_fedex_invoice() -> None:
    """A certificate is no invoice."""
    declaration = CustomsDeclaration(document_ids=["CERTIFICATE_OF_ORIGIN:0904"])
    _, papers, printed = papers_of(abroad(customs=declaration, options=options(FedExOptions(), saturday_delivery=True)))
    assert papers == {
        "attachedDocuments": [{"documentType": "CERTIFICATE_OF_ORIGIN", "documentId": "0904"}],
        "requestedDocumentTypes": ["COMMERCIAL_INVOICE"],
    }
    assert printed == ["COMMERCIAL_INVOICE"]


def test_papers_stand_beside_other_services() -> None:
    """One list of services holds both."""
    services, _, _ = papers_of(abroad(options=options(saturday_delivery=True)))
    assert services == ["SATURDAY_DELIVERY", "ELECTRONIC_TRADE_DOCUMENTS"]


def test_buyer_who_is_not_the_recipient_is_told() -> None:
    """Customs asks who bought it."""
    made = shipment_of(abroad(customs=CustomsDeclaration(sold_to=parisian(name="Buyer"))))
    assert made["soldTo"]["contact"]["personName"] == "Buyer"


def test_weight_of_goods_is_rounded_up_to_hundredths() -> None:
    """A feather weighs something."""
    feather = shirt(weight=Weight(value="0.001", unit=WeightUnit.POUND), quantity=1)
    assert declared(items=[feather])["commodities"][0]["weight"] == {"units": "LB", "value": 0.01}


def test_value_of_all_is_the_sum_of_the_lines() -> None:
    """Rounded apart they would differ by a cent, and the papers contradict each other."""
    third = shirt(unit_value=Money(amount=Decimal("0.335"), currency="USD"), quantity=1)
    made = customs_of(abroad(parcels=[parcel(items=[third, third, third])]))
    assert [one["customsValue"]["amount"] for one in made["commodities"]] == [0.34, 0.34, 0.34]
    assert made["totalCustomsValue"] == {"amount": 1.02, "currency": "USD"}
