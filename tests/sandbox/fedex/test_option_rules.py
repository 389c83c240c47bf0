"""Each rule of options and customs, and a request that breaks it (field guide fedex.md, sections 4.4 and 4.6)."""

import copy
from typing import Any

import pytest

from tests.sandbox.fedex.samples import FedExClient, Json, address, domestic, express, international, put, refusal
from tests.sandbox.fedex.shop import signed

PIECE = "requestedPackageLineItems.0"
GOODS = f"{PIECE}.packageSpecialServices"
SPECIAL = "shipmentSpecialServices"
CUSTOMS = "customsClearanceDetail"
ITEM = f"{CUSTOMS}.commodities.0"
INPUT = (422, "INVALID.INPUT.EXCEPTION")
BATTERY = {
    "batteryPackingType": "CONTAINED_IN_EQUIPMENT",
    "batteryRegulatoryType": "IATA_SECTION_II",
    "batteryMaterialType": "LITHIUM_ION",
}
PENDING = {
    "pendingShipmentType": "EMAIL",
    "expirationTimeStamp": "2026-02-05",
    "emailLabelDetail": {"recipients": [{"emailAddress": "j@example.org", "role": "SHIPMENT_COMPLETOR"}]},
}


async def check(fedex: FedExClient, body: Json, expected: tuple[int, str] | str) -> None:
    """Send a request that must be refused, for that reason and no other."""
    answer = await fedex.ship(body)

    assert refusal(answer) == ((400, expected) if isinstance(expected, str) else expected), answer.text
    assert fedex.simulator.labels() == []


def special(*kinds: str, **details: object) -> Json:
    """Return special services with their details."""
    return {"specialServiceTypes": list(kinds), **details}


@pytest.mark.parametrize(
    ("goods", "code"),
    [
        pytest.param(special("FRAGILE"), "SPECIALSERVICETYPES.INVALID", id="unknown"),
        pytest.param({"signatureOptionType": "BLOOD"}, INPUT, id="unknown signature"),
        pytest.param(special("DRY_ICE"), "DRYICEWEIGHT.REQUIRED", id="ice without weight"),
        pytest.param(special("DRY_ICE", dryIceWeight={"units": "LB", "value": 1}), "DRYICEWEIGHT.UNITS.INVALID", id="ice in pounds"),
        pytest.param(special("DRY_ICE", dryIceWeight={"units": "KG", "value": 2}), "DRYICEWEIGHT.VALUE.INVALID", id="more ice than parcel"),
        pytest.param(special("BATTERY"), "BATTERYDETAILS.REQUIRED", id="batteries without details"),
        pytest.param(special("BATTERY", batteryDetails=[{**BATTERY, "batteryMaterialType": "LEAD"}]), INPUT, id="unknown material"),
        pytest.param(special("BATTERY", batteryDetails=[{"batteryPackingType": "PACKED_WITH_EQUIPMENT"}]), "BATTERYDETAILS.BATTERYREGULATORYTYPE.REQUIRED", id="half the details"),
        pytest.param(special("STANDALONE_BATTERY"), "STANDALONEBATTERYDETAILS.REQUIRED", id="loose batteries"),
        pytest.param(special("DANGEROUS_GOODS"), "DANGEROUSGOODSDETAIL.REGULATION.REQUIRED", id="danger of no kind"),
        pytest.param(special("DANGEROUS_GOODS", dangerousGoodsDetail={"regulation": "IATA", "options": ["BATTERY"]}), "DANGEROUSGOODSDETAIL.ACCESSIBILITY.REQUIRED", id="danger, no access"),
        pytest.param(special("DANGEROUS_GOODS", dangerousGoodsDetail={"regulation": "DOT"}), "DANGEROUSGOODSDETAIL.OPTIONS.REQUIRED", id="danger, no options"),
        pytest.param(special("ALCOHOL"), "ALCOHOLDETAIL.RECIPIENTTYPE.REQUIRED", id="alcohol for whom"),
        pytest.param(special("ALCOHOL", alcoholDetail={"alcoholRecipientType": "CONSUMER"}), "ALCOHOL.SIGNATUREOPTION.INVALID", id="alcohol without an adult"),
    ],
)  # fmt: skip
async def test_wrong_goods_are_refused(fedex: FedExClient, goods: Json, code: tuple[int, str] | str) -> None:
    """What a package holds."""
    await check(fedex, put(express(), GOODS, goods), code)


@pytest.mark.parametrize(
    ("services", "code"),
    [
        pytest.param(special("GIFT_WRAP"), "SPECIALSERVICETYPES.INVALID", id="unknown"),
        pytest.param(special("SATURDAY_DELIVERY"), "SATURDAY.SERVICE.UNAVAILABLE", id="Saturday from a Monday"),
        pytest.param(special("HOLD_AT_LOCATION"), "HOLDATLOCATION.LOCATIONID.REQUIRED", id="hold nowhere"),
        pytest.param(special("HOLD_AT_LOCATION", holdAtLocationDetail={"locationId": "XXXXX"}), "HOLDATLOCATION.LOCATIONID.INVALID", id="hold at no place"),
        pytest.param(special("HOLD_AT_LOCATION", holdAtLocationDetail={"locationId": "DENGT"}), "HOLDATLOCATION.LOCATIONID.INVALID", id="hold where none is"),
        pytest.param(special("HOLD_AT_LOCATION", holdAtLocationDetail={"locationId": "AURKA", "locationType": "PUB"}), INPUT, id="hold at a pub"),
        pytest.param(special("HOME_DELIVERY_PREMIUM", homeDeliveryPremiumDetail={"homedeliveryPremiumType": "EVENING"}), "HOMEDELIVERYPREMIUM.SERVICE.UNAVAILABLE", id="premium by express"),
        pytest.param(special("RETURN_SHIPMENT"), "RETURNTYPE.REQUIRED", id="return of no type"),
        pytest.param(special("RETURN_SHIPMENT", returnShipmentDetail={"returnType": "DRONE"}), INPUT, id="unknown return"),
        pytest.param(special("RETURN_SHIPMENT", returnShipmentDetail={"returnType": "PENDING"}), "SPECIALSERVICETYPES.PENDINGSHIPMENT.REQUIRED", id="pending unsaid"),
    ],
)  # fmt: skip
async def test_wrong_services_are_refused(fedex: FedExClient, services: Json, code: tuple[int, str] | str) -> None:
    """What a shipment asks for."""
    await check(fedex, put(express(), SPECIAL, services), code)


@pytest.mark.parametrize(
    ("service", "day", "expected"),
    [
        ("PRIORITY_OVERNIGHT", "2026-01-09", 200),
        ("FEDEX_2_DAY", "2026-01-08", 200),
        ("PRIORITY_OVERNIGHT", "2026-01-08", 400),
        ("FEDEX_2_DAY", "2026-01-09", 400),
        ("STANDARD_OVERNIGHT", "2026-01-09", 400),
    ],
)
async def test_saturday_must_match_service_and_day(fedex: FedExClient, service: str, day: str, expected: int) -> None:
    """Overnight leaves on Friday, two days on Thursday; the others are never delivered then."""
    body = put(put(express(service), "shipDatestamp", day), SPECIAL, special("SATURDAY_DELIVERY"))

    assert (await fedex.ship(body)).status_code == expected


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({f"{SPECIAL}.pendingShipmentDetail": {}}, "PENDINGSHIPMENTTYPE.REQUIRED", id="no details"),
        pytest.param({f"{SPECIAL}.pendingShipmentDetail.expirationTimeStamp": ...}, "EXPIRATIONTIMESTAMP.REQUIRED", id="no end"),
        pytest.param({f"{SPECIAL}.pendingShipmentDetail.expirationTimeStamp": "2026-01-04"}, "EXPIRATIONTIMESTAMP.INVALID", id="over"),
        pytest.param({f"{SPECIAL}.pendingShipmentDetail.expirationTimeStamp": "2028-01-06"}, "EXPIRATIONTIMESTAMP.INVALID", id="more than two years"),
        pytest.param({f"{SPECIAL}.pendingShipmentDetail.emailLabelDetail.recipients": []}, "EMAILLABELDETAIL.RECIPIENTS.REQUIRED", id="nobody"),
        pytest.param({f"{SPECIAL}.pendingShipmentDetail.emailLabelDetail.recipients.0.emailAddress": ...}, "EMAILLABELDETAIL.EMAILADDRESS.REQUIRED", id="no address"),
        pytest.param({f"{SPECIAL}.pendingShipmentDetail.emailLabelDetail.recipients.0.emailAddress": "e" * 201}, "EMAILADDRESS.TOO.LONG", id="long address"),
        pytest.param({f"{SPECIAL}.pendingShipmentDetail.emailLabelDetail.recipients.0.role": "BOSS"}, INPUT, id="unknown role"),
        pytest.param({f"{PIECE}.groupPackageCount": 2}, "PENDINGSHIPMENT.PACKAGECOUNT.INVALID", id="two pieces"),
        pytest.param({f"{PIECE}.itemDescription": ...}, "ITEMDESCRIPTION.REQUIRED", id="no description"),
        pytest.param({"/shipAction": "CONFIRM"}, "SHIPACTION.REQUIRED", id="other action"),
    ],
)  # fmt: skip
async def test_a_wrong_emailed_return_is_refused(
    fedex: FedExClient, changes: dict[str, Any], code: tuple[int, str] | str
) -> None:
    """One package, an address, at most two years."""
    pending = copy.deepcopy(PENDING)
    detail = {"returnShipmentDetail": {"returnType": "PENDING"}, "pendingShipmentDetail": pending}
    body = put(domestic(), SPECIAL, special("RETURN_SHIPMENT", "PENDING_SHIPMENT", **detail))
    put(put(body, f"{PIECE}.itemDescription", "Shoes"), "/shipAction", "TRANSFER")
    for path, value in changes.items():
        put(body, path, value)
    await check(fedex, body, code)


async def test_a_return_is_neither_signed_nor_on_saturday(fedex: FedExClient) -> None:
    """The shipper is the customer then."""
    printed = {"returnShipmentDetail": {"returnType": "PRINT_RETURN_LABEL"}}
    body = put(express(), SPECIAL, special("RETURN_SHIPMENT", **printed))
    await check(fedex, put(body, GOODS, signed("DIRECT")), "SIGNATUREOPTION.INVALID")
    put(put(body, GOODS, ...), "shipDatestamp", "2026-01-08")
    saturday = put(body, SPECIAL, special("RETURN_SHIPMENT", "SATURDAY_DELIVERY", **printed))
    await check(fedex, saturday, "RETURN.SATURDAY.SERVICE.UNAVAILABLE")


async def test_an_indirect_signature_is_for_homes(fedex: FedExClient) -> None:
    """In the United States (field guide, section 4.6)."""
    body = put(express(), GOODS, signed("INDIRECT"))
    business = put(put(express(), GOODS, signed("INDIRECT")), "recipients.0.address", address())
    await check(fedex, business, "SIGNATUREOPTION.INVALID")

    assert (await fedex.ship(body)).status_code == 200


async def test_valuable_goods_cannot_go_unsigned(fedex: FedExClient) -> None:
    """From 500 dollars on."""
    body = put(express(), GOODS, signed("NO_SIGNATURE_REQUIRED"))
    await check(
        fedex, put(body, f"{PIECE}.declaredValue", {"amount": 500, "currency": "USD"}), "SIGNATUREOPTION.INVALID"
    )
    put(body, f"{PIECE}.declaredValue.amount", 499.99)

    assert (await fedex.ship(body)).status_code == 200


async def test_ice_in_several_packages_abroad_is_declared_for_all(fedex: FedExClient) -> None:
    """At the shipment's level too (field guide, section 4.6)."""
    body = put(international(), GOODS, special("DRY_ICE", dryIceWeight={"units": "KG", "value": 0.5}))
    put(body, f"{PIECE}.groupPackageCount", 2)
    await check(fedex, body, "SHIPMENTDRYICEDETAIL.REQUIRED")
    put(body, SPECIAL, special("DRY_ICE", shipmentDryIceDetail={"packageCount": 1}))
    await check(fedex, body, "SHIPMENTDRYICEDETAIL.PACKAGECOUNT.INVALID")
    put(body, f"{SPECIAL}.shipmentDryIceDetail.packageCount", 2)

    assert (await fedex.ship(body)).status_code == 200


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        pytest.param(CUSTOMS, ..., "CUSTOMSCLEARANCEDETAIL.REQUIRED", id="no customs"),
        pytest.param(f"{CUSTOMS}.commodities", [], "COMMODITIES.REQUIRED", id="no commodity"),
        pytest.param(f"{CUSTOMS}.commodities", [{"description": "x"}] * 1000, "COMMODITIES.SIZE.INVALID", id="1000 commodities"),
        pytest.param(f"{ITEM}.description", ..., "COMMODITY.DESCRIPTION.REQUIRED", id="no description"),
        pytest.param(f"{ITEM}.description", "D" * 451, "COMMODITY.DESCRIPTION.TOO.LONG", id="long description"),
        pytest.param(f"{ITEM}.countryOfManufacture", ..., "COMMODITY.COUNTRYOFMANUFACTURE.REQUIRED", id="made nowhere"),
        pytest.param(f"{ITEM}.countryOfManufacture", "CHINA", "COMMODITY.COUNTRYOFMANUFACTURE.INVALID", id="a word"),
        pytest.param(f"{ITEM}.quantity", 0, "COMMODITY.QUANTITY.REQUIRED", id="none of it"),
        pytest.param(f"{ITEM}.quantityUnits", ..., "COMMODITY.QUANTITYUNITS.REQUIRED", id="no unit"),
        pytest.param(f"{ITEM}.customsValue", ..., "COMMODITY.CUSTOMSVALUE.REQUIRED", id="no value"),
        pytest.param(f"{ITEM}.weight", ..., "COMMODITY.WEIGHT.REQUIRED", id="no weight"),
        pytest.param(f"{ITEM}.weight.units", "KG", "MIXED.MEASURING.UNITS.INCLUDED", id="another unit than the package's"),
        pytest.param(f"{CUSTOMS}.totalCustomsValue.amount", 31, "TOTALCUSTOMSVALUE.INVALID", id="not the sum"),
        pytest.param(f"{CUSTOMS}.dutiesPayment", {"paymentType": "THIRD_PARTY"}, "DUTIESPAYMENT.PAYOR.ACCOUNTNUMBER.REQUIRED", id="duties of nobody"),
        pytest.param(f"{CUSTOMS}.commercialInvoice.shipmentPurpose", "FUN", INPUT, id="unknown purpose"),
        pytest.param(f"{CUSTOMS}.commercialInvoice.shipmentPurpose", ..., "SHIPMENTPURPOSE.REQUIRED", id="no purpose"),
        pytest.param(f"{CUSTOMS}.commercialInvoice.termsOfSale", "DDAP", "TERMSOFSALE.TOO.LONG", id="four letters"),
        pytest.param(f"{CUSTOMS}.commercialInvoice.declarationStatement", "D" * 555, "DECLARATIONSTATEMENT.TOO.LONG", id="long statement"),
        pytest.param(f"{CUSTOMS}.exportDetail", {"exportComplianceStatement": "none"}, "EXPORTCOMPLIANCESTATEMENT.INVALID", id="no ITN"),
        pytest.param(f"{CUSTOMS}.exportDetail", {"b13AFilingOption": "MAYBE"}, INPUT, id="unknown filing"),
        pytest.param("shippingDocumentSpecification.shippingDocumentTypes", ["NOVEL"], INPUT, id="unknown paper"),
        pytest.param("shippingDocumentSpecification.shippingDocumentTypes", ["PRO_FORMA_INVOICE"], "SHIPMENTPURPOSE.INVALID", id="proforma of a sale"),
    ],
)  # fmt: skip
async def test_wrong_customs_are_refused(
    fedex: FedExClient, path: str, value: Any, code: tuple[int, str] | str
) -> None:
    """Commodities, sums, invoice, export."""
    await check(fedex, put(international(), path, value), code)


async def test_commodities_of_two_currencies_are_refused(fedex: FedExClient) -> None:
    """One invoice, one currency."""
    body = international()
    items = body["requestedShipment"][CUSTOMS]["commodities"]
    items.append({**items[0], "customsValue": {"amount": 1, "currency": "EUR"}})
    await check(fedex, body, "CURRENCYTYPE.PACKAGES.MUST")


async def test_a_printed_invoice_has_at_most_99_commodities(fedex: FedExClient) -> None:
    """FedEx prints no more (field guide, section 4.4)."""
    body = international()
    items = body["requestedShipment"][CUSTOMS]["commodities"]
    put(body, f"{CUSTOMS}.commodities", items * 100)
    put(body, f"{CUSTOMS}.totalCustomsValue.amount", 3000)
    put(body, f"{CUSTOMS}.exportDetail", {"exportComplianceStatement": "AESX20220714987654"})
    await check(fedex, body, "COMMODITIES.SIZE.INVALID")
    put(body, "shippingDocumentSpecification", ...)

    assert (await fedex.ship(body)).status_code == 200


@pytest.mark.parametrize(
    "statement", ["", "AESX20220714987654", "NO EEI 30.37(a)", "30.36", "NO_EEI_30_37_A", "NO_EEI_30_36"]
)
async def test_goods_above_2500_dollars_need_an_export_statement(fedex: FedExClient, statement: str) -> None:
    """An ITN, or the number of an exemption."""
    body = put(put(international(), f"{ITEM}.customsValue.amount", 2501), f"{CUSTOMS}.totalCustomsValue.amount", 2501)
    if not statement:
        await check(fedex, body, "EXPORTCOMPLIANCESTATEMENT.REQUIRED")
        return
    put(body, f"{CUSTOMS}.exportDetail", {"exportComplianceStatement": statement})

    assert (await fedex.ship(body)).status_code == 200


@pytest.mark.parametrize(
    ("detail", "code"),
    [
        pytest.param({}, "ETDDETAIL.DOCUMENTS.REQUIRED", id="nothing"),
        pytest.param({"requestedDocumentTypes": ["NOVEL"]}, INPUT, id="unknown type"),
        pytest.param({"attachedDocuments": [{"documentType": "OTHER"}]}, "ETDDETAIL.DOCUMENTID.REQUIRED", id="no id"),
        pytest.param({"attachedDocuments": [{"documentId": "x"}]}, "ETDDETAIL.DOCUMENTID.INVALID", id="unknown id"),
    ],
)
async def test_wrong_trade_documents_are_refused(fedex: FedExClient, detail: Json, code: tuple[int, str] | str) -> None:
    """What is attached must have been uploaded."""
    await check(fedex, put(international(), SPECIAL, special("ELECTRONIC_TRADE_DOCUMENTS", etdDetail=detail)), code)


async def test_a_country_that_wants_paper_drops_the_trade_documents(fedex: FedExClient) -> None:
    """The label is sold, with a warning and without the service (field guide, section 4.4)."""
    detail = {"requestedDocumentTypes": ["COMMERCIAL_INVOICE"]}
    body = put(international(), SPECIAL, special("ELECTRONIC_TRADE_DOCUMENTS", etdDetail=detail))
    taken = await fedex.buy(body)
    rio = {"streetLines": ["1 Rua Z"], "city": "Rio", "postalCode": "20040-002", "countryCode": "BR"}
    output = await fedex.output("/ship/v1/shipments", put(body, "recipients.0.address", rio))

    assert "completedEtdDetail" in taken["completedShipmentDetail"]
    assert [alert["code"] for alert in output["alerts"]] == ["SHIPMENT.ETD.NOTALLOWED"]
    assert "completedEtdDetail" not in output["transactionShipments"][0]["completedShipmentDetail"]


async def test_documents_only_need_no_commodities(fedex: FedExClient) -> None:
    """And no purpose."""
    detail = {"isDocumentOnly": True, "commodities": [{"description": "Documents"}]}
    body = put(put(international(), CUSTOMS, detail), "shippingDocumentSpecification", ...)

    assert (await fedex.ship(body)).status_code == 200
