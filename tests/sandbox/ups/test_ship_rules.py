"""Every rule of buying has a request that breaks it, and that is refused with the rule's own code."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.ups.samples import Json, UPSClient, code_of, domestic, international, put, us_address

Edit = tuple[str, Any]
INVALID, MISSING = "10003", "10002"
OPTIONS = "Shipment.ShipmentServiceOptions"
PACKAGE = "Shipment.Package.0"
CHARGE = "Shipment.PaymentInformation.ShipmentCharge"
FORMS = f"{OPTIONS}.InternationalForms"


def third_party(number: str = "T1R2D3", code: str = "10001", country: str = "US") -> Json:
    """Return a payer that is neither shipper nor receiver."""
    return {
        "Type": "01",
        "BillThirdParty": {"AccountNumber": number, "Address": {"PostalCode": code, "CountryCode": country}},
    }


def package(**changes: object) -> Json:
    """Return the good package, changed."""
    return {**copy.deepcopy(domestic()["ShipmentRequest"]["Shipment"]["Package"][0]), **changes}


def weight(value: str, unit: str = "LBS") -> Json:
    """Return a weight as UPS writes it."""
    return {"UnitOfMeasurement": {"Code": unit}, "Weight": value}


def sides(length: str, width: str, height: str, unit: str = "IN") -> Json:
    """Return dimensions as UPS writes them."""
    return {"UnitOfMeasurement": {"Code": unit}, "Length": length, "Width": width, "Height": height}


RETURN: list[Edit] = [("Shipment.ReturnService", {"Code": "9"}), (f"{PACKAGE}.Description", "Shoes")]

# What breaks: name, edits of the good request, UPS's code.
DOMESTIC: list[tuple[str, list[Edit], str]] = [
    ("no request option", [("Request.RequestOption", ...)], MISSING),
    ("no shipment", [("Shipment", ...)], MISSING),
    ("number where a string is due", [(f"{PACKAGE}.PackageWeight.Weight", 3)], MISSING),
    ("shipper number missing", [("Shipment.Shipper.ShipperNumber", ...)], "120100"),
    ("shipper number too short", [("Shipment.Shipper.ShipperNumber", "C4RT0")], "120100"),
    ("shipper number of somebody else", [("Shipment.Shipper.ShipperNumber", "T1R2D3")], "120120"),
    ("receiver's name missing", [("Shipment.ShipTo.Name", "")], "120200"),
    ("receiver's name too long", [("Shipment.ShipTo.Name", "N" * 36)], "120200"),
    ("sender's name missing", [("Shipment.ShipFrom.Name", ...)], "120300"),
    ("attention name too long", [("Shipment.ShipTo.AttentionName", "N" * 36)], "120201"),
    ("address line too long", [("Shipment.ShipTo.Address.AddressLine", ["L" * 36])], "120202"),
    ("second address line too long", [("Shipment.ShipTo.Address.AddressLine", ["ok", "L" * 36])], "120202"),
    ("four address lines", [("Shipment.ShipTo.Address.AddressLine", ["a", "b", "c", "d"])], "120202"),
    ("no address line", [("Shipment.ShipTo.Address.AddressLine", [])], "120202"),
    ("no city", [("Shipment.ShipTo.Address.City", "")], "120205"),
    ("city too long", [("Shipment.ShipTo.Address.City", "C" * 31)], "120205"),
    ("no state", [("Shipment.ShipTo.Address.StateProvinceCode", ...)], "120206"),
    ("no such state", [("Shipment.ShipTo.Address.StateProvinceCode", "ZZ")], "111286"),
    ("state of another postal code", [("Shipment.ShipTo.Address.StateProvinceCode", "NY")], "111285"),
    ("postal code too short", [("Shipment.ShipTo.Address.PostalCode", "8001")], "111285"),
    ("postal code missing", [("Shipment.ShipTo.Address.PostalCode", ...)], "111285"),
    ("no country", [("Shipment.ShipTo.Address.CountryCode", ...)], "110208"),
    ("country in words", [("Shipment.ShipTo.Address.CountryCode", "USA")], "110208"),
    (
        "canadian postal code with a space",
        [("Shipment.ShipTo.Address", {**us_address("1 Rue", "Montreal", "QC", "H2X 1Y4"), "CountryCode": "CA"})],
        "111285",
    ),
    (
        "city of another postal code, validated",
        [("Request.RequestOption", "validate"), ("Shipment.ShipTo.Address.City", "Boulder")],
        "120802",
    ),
    ("e-mail too long", [("Shipment.ShipTo.EMailAddress", "e" * 45 + "@a.com")], INVALID),
    ("phone with punctuation", [("Shipment.ShipTo.Phone.Number", "303-555-0101")], "120213"),
    ("phone with the country's code", [("Shipment.ShipTo.Phone.Number", "13035550101")], "120213"),
    ("shipper's phone too short", [("Shipment.Shipper.Phone.Number", "5550100")], "120113"),
    (
        "early delivery without attention",
        [("Shipment.Service.Code", "14"), ("Shipment.ShipTo.AttentionName", ...)],
        "120201",
    ),
    ("early delivery without phone", [("Shipment.Service.Code", "14"), ("Shipment.ShipTo.Phone", ...)], "120209"),
    ("no service", [("Shipment.Service", ...)], "121100"),
    ("unknown service", [("Shipment.Service.Code", "99")], "121100"),
    ("service with three digits", [("Shipment.Service.Code", "003")], "121100"),
    ("international service at home", [("Shipment.Service.Code", "07")], "121210"),
    (
        "home service to a business",
        [("Shipment.Service.Code", "93"), ("Shipment.ShipTo.Address.ResidentialAddressIndicator", ...)],
        "121215",
    ),
    ("no package", [("Shipment.Package", [])], MISSING),
    ("201 packages", [("Shipment.Package", [package()] * 201)], "120020"),
    (
        "packaging under rating's name",
        [(f"{PACKAGE}.PackagingType", {"Code": "02"}), (f"{PACKAGE}.Packaging", ...)],
        MISSING,
    ),
    ("unknown packaging", [(f"{PACKAGE}.Packaging.Code", "99")], INVALID),
    ("no weight", [(f"{PACKAGE}.PackageWeight", ...)], INVALID),
    ("weight of zero", [(f"{PACKAGE}.PackageWeight.Weight", "0")], INVALID),
    ("weight in words", [(f"{PACKAGE}.PackageWeight.Weight", "three")], INVALID),
    ("weight with two decimals", [(f"{PACKAGE}.PackageWeight.Weight", "3.25")], INVALID),
    ("weight above 150 pounds", [(f"{PACKAGE}.PackageWeight.Weight", "150.1")], "121050"),
    ("side with a decimal", [(f"{PACKAGE}.Dimensions.Length", "9.5")], INVALID),
    ("side of four digits", [(f"{PACKAGE}.Dimensions.Length", "1000")], INVALID),
    ("length is not the longest side", [(f"{PACKAGE}.Dimensions.Height", "11")], "121056"),
    ("length above 108 inches", [(f"{PACKAGE}.Dimensions", sides("109", "1", "1"))], "121055"),
    ("length and girth above 165 inches", [(f"{PACKAGE}.Dimensions", sides("60", "30", "23"))], "121056"),
    ("unknown weight unit", [(f"{PACKAGE}.PackageWeight", weight("3", "LB"))], INVALID),
    ("unknown length unit", [(f"{PACKAGE}.Dimensions", sides("3", "2", "1", "MM"))], INVALID),
    ("two weight units", [("Shipment.Package", [package(), package(PackageWeight=weight("1", "KGS"))])], "120528"),
    ("two length units", [("Shipment.Package", [package(), package(Dimensions=sides("3", "2", "1", "CM"))])], "120529"),
    ("pounds with centimeters", [(f"{PACKAGE}.Dimensions", sides("3", "2", "1", "CM"))], "120548"),
    (
        "kilograms from the US",
        [("Shipment.Package", [package(PackageWeight=weight("1", "KGS"), Dimensions=sides("3", "2", "1", "CM"))])],
        "120546",
    ),
    (
        "declared value too high",
        [(f"{PACKAGE}.PackageServiceOptions.DeclaredValue", {"CurrencyCode": "USD", "MonetaryValue": "50000.01"})],
        INVALID,
    ),
    (
        "declared value without currency",
        [(f"{PACKAGE}.PackageServiceOptions.DeclaredValue", {"MonetaryValue": "5"})],
        MISSING,
    ),
    (
        "more dry ice than package",
        [(f"{PACKAGE}.PackageServiceOptions.DryIce", {"RegulationSet": "CFR", "DryIceWeight": weight("4")})],
        INVALID,
    ),
    (
        "hazardous goods without a contract",
        [(f"{PACKAGE}.PackageServiceOptions.HazMat", [{"IDNumber": "UN1170"}])],
        "120052",
    ),
    (
        "restricted articles without a contract",
        [(f"{OPTIONS}.RestrictedArticles", {"AlcoholicBeveragesIndicator": ""})],
        "120052",
    ),
    (
        "shipment's signature where packages are asked",
        [(f"{OPTIONS}.DeliveryConfirmation", {"DCISType": "1"})],
        "120599",
    ),
    (
        "shipment's signature code on a package",
        [(f"{PACKAGE}.PackageServiceOptions.DeliveryConfirmation", {"DCISType": "1"})],
        "121150",
    ),
    ("saturday by ground", [(f"{OPTIONS}.SaturdayDeliveryIndicator", "")], "121045"),
    ("hold at a facility without freight", [(f"{OPTIONS}.HoldForPickupIndicator", "")], INVALID),
    ("four kinds of notices", [(f"{OPTIONS}.Notification", [{}] * 4)], INVALID),
    ("access point without its number", [("Shipment.ShipmentIndicationType", [{"Code": "01"}])], MISSING),
    ("description too long", [("Shipment.Description", "d" * 51)], INVALID),
    ("empty tax block", [("Shipment.GlobalTaxInformation", {})], "121000"),
    (
        "tax block of blanks",
        [("Shipment.GlobalTaxInformation", {"AgentTaxIdentificationNumber": [{"AgentRole": ""}]})],
        "121000",
    ),
    ("empty tax number", [("Shipment.ShipTo.TaxIdentificationNumber", "")], "121000"),
    ("emoji", [("Shipment.ShipTo.Name", "J Doe \N{PARTY POPPER}")], "121000"),
    (
        "typographic quote",
        [("Shipment.ShipTo.Address.AddressLine", ["9 Elm\N{RIGHT SINGLE QUOTATION MARK}s St"])],
        "121000",
    ),
    ("reference on the shipment", [("Shipment.ReferenceNumber", [{"Value": "r"}])], "120541"),
    ("six references on a package", [(f"{PACKAGE}.ReferenceNumber", [{"Value": str(n)} for n in range(6)])], "120543"),
    ("reference too long", [(f"{PACKAGE}.ReferenceNumber.0.Value", "r" * 36)], "120544"),
    ("reference missing its value", [(f"{PACKAGE}.ReferenceNumber.0.Value", "")], "120544"),
    ("barcode with a space", [(f"{PACKAGE}.ReferenceNumber.0", {"BarCodeIndicator": "", "Value": "a b"})], "120544"),
    ("barcode too long", [(f"{PACKAGE}.ReferenceNumber.0", {"BarCodeIndicator": "", "Value": "a" * 15})], "120544"),
    ("payer under rating's name", [("Shipment.PaymentDetails", {}), ("Shipment.PaymentInformation", ...)], MISSING),
    ("nobody pays transportation", [(CHARGE, [])], MISSING),
    (
        "duties at home",
        [(CHARGE, [{"Type": t, "BillShipper": {"AccountNumber": "C4RT01"}} for t in ("01", "02")])],
        INVALID,
    ),
    ("two payers for one charge", [(f"{CHARGE}.0.BillReceiver", {"AccountNumber": "R3CV01"})], INVALID),
    ("shipper's bill to another account", [(f"{CHARGE}.0.BillShipper.AccountNumber", "T1R2D3")], "120413"),
    ("unknown payer", [(CHARGE, [third_party("X9X9X9")])], "120415"),
    ("payer's postal code is another", [(CHARGE, [third_party(code="10002")])], "120437"),
    ("payer's country is another", [(CHARGE, [third_party(country="CA")])], "120437"),
    ("ship date in the past", [("Shipment.ShipmentDate", "20260103")], INVALID),
    ("ship date too far ahead", [("Shipment.ShipmentDate", "20260114")], INVALID),
    ("ship date in dashes", [("Shipment.ShipmentDate", "2026-01-06")], INVALID),
    ("no label format", [("LabelSpecification", ...)], MISSING),
    ("pdf label", [("LabelSpecification.LabelImageFormat.Code", "PDF")], INVALID),
    ("thermal label without size", [("LabelSpecification.LabelStockSize", ...)], INVALID),
    ("thermal label of another size", [("LabelSpecification.LabelStockSize.Height", "5")], INVALID),
    ("unknown return service", [*RETURN, ("Shipment.ReturnService.Code", "7")], INVALID),
    ("return by a service without returns", [*RETURN, ("Shipment.Service.Code", "13")], "121210"),
    ("return without origin", [*RETURN, ("Shipment.ShipFrom", ...)], MISSING),
    (
        "return of two packages",
        [*RETURN, ("Shipment.Package", [package(Description="a"), package(Description="b")])],
        "120020",
    ),
    ("return without description of the package", [RETURN[0]], MISSING),
    (
        "return on saturday",
        [*RETURN, ("Shipment.Service.Code", "01"), (f"{OPTIONS}.SaturdayDeliveryIndicator", "")],
        "120505",
    ),
    (
        "return with a signature",
        [*RETURN, (f"{PACKAGE}.PackageServiceOptions.DeliveryConfirmation", {"DCISType": "2"})],
        "121020",
    ),
    (
        "return billed to the receiver",
        [*RETURN, (CHARGE, [{"Type": "01", "BillReceiver": {"AccountNumber": "R3CV01"}}])],
        "120415",
    ),
    ("electronic return label to nobody", [*RETURN, ("Shipment.ReturnService.Code", "8")], MISSING),
]

PRODUCT = f"{FORMS}.Product.0"
SOLD_TO = f"{FORMS}.Contacts.SoldTo"
ABROAD: list[tuple[str, list[Edit], str]] = [
    ("no description", [("Shipment.Description", ...)], MISSING),
    ("no phone of the receiver", [("Shipment.ShipTo.Phone", ...)], "120209"),
    ("no phone of the shipper", [("Shipment.Shipper.Phone", ...)], "120109"),
    ("no attention of the receiver", [("Shipment.ShipTo.AttentionName", ...)], "120201"),
    ("no attention of the shipper", [("Shipment.Shipper.AttentionName", ...)], "120101"),
    ("home service abroad", [("Shipment.Service.Code", "03")], "121210"),
    ("reference on a package", [(f"{PACKAGE}.ReferenceNumber", [{"Value": "r"}])], "120542"),
    ("three references", [("Shipment.ReferenceNumber", [{"Value": str(n)} for n in range(3)])], "120543"),
    (
        "package's signature where shipments are asked",
        [(f"{PACKAGE}.PackageServiceOptions.DeliveryConfirmation", {"DCISType": "2"})],
        "120598",
    ),
    ("package's signature code on a shipment", [(f"{OPTIONS}.DeliveryConfirmation", {"DCISType": "3"})], "121150"),
    ("no forms", [(FORMS, ...)], MISSING),
    ("unknown form", [(f"{FORMS}.FormType", ["02"])], INVALID),
    ("whole and partial invoice", [(f"{FORMS}.FormType", ["01", "05"])], INVALID),
    ("own form without a document", [(f"{FORMS}.FormType", ["07"])], MISSING),
    ("no buyer", [(SOLD_TO, ...)], MISSING),
    ("no phone of the buyer", [(f"{SOLD_TO}.Phone", ...)], MISSING),
    ("buyer in another country", [(f"{SOLD_TO}.Address.CountryCode", "DE")], INVALID),
    ("buyer's address line too long", [(f"{SOLD_TO}.Address.AddressLine", ["l" * 36])], INVALID),
    ("no products", [(f"{FORMS}.Product", [])], MISSING),
    (
        "101 products",
        [
            (
                f"{FORMS}.Product",
                [
                    international()["ShipmentRequest"]["Shipment"]["ShipmentServiceOptions"]["InternationalForms"][
                        "Product"
                    ][0]
                ]
                * 101,
            )
        ],
        INVALID,
    ),
    ("no date", [(f"{FORMS}.InvoiceDate", ...)], MISSING),
    ("no currency", [(f"{FORMS}.CurrencyCode", ...)], MISSING),
    ("no reason", [(f"{FORMS}.ReasonForExport", ...)], MISSING),
    ("reason too long", [(f"{FORMS}.ReasonForExport", "r" * 21)], INVALID),
    ("unlisted terms", [(f"{FORMS}.TermsOfShipment", "DDU")], INVALID),
    ("product's line too long", [(f"{PRODUCT}.Description", ["d" * 36])], INVALID),
    ("commodity code too short", [(f"{PRODUCT}.CommodityCode", "61091")], INVALID),
    ("commodity code with dots", [(f"{PRODUCT}.CommodityCode", "6109.10")], INVALID),
    ("no country of origin", [(f"{PRODUCT}.OriginCountryCode", ...)], MISSING),
    ("unit value with seven decimals", [(f"{PRODUCT}.Unit.Value", "1.0000001")], INVALID),
]


def broken(make: Callable[[], Json], edits: list[Edit]) -> Json:
    """Return the good request with the edits made."""
    body = make()
    for path, value in edits:
        put(body, path, copy.deepcopy(value))
    return body


@pytest.mark.parametrize(("edits", "code"), [pytest.param(e, c, id=n) for n, e, c in DOMESTIC])
async def test_a_domestic_request_that_breaks_a_rule_is_refused(ups: UPSClient, edits: list[Edit], code: str) -> None:
    """A rule that nothing enforces is no rule; the good request below proves that only the edit is at fault."""
    answer = await ups.ship(broken(domestic, edits))

    assert answer.status_code in {400, 403}, answer.text
    assert code_of(answer) == code, answer.text
    assert ups.simulator.labels() == []


@pytest.mark.parametrize(("edits", "code"), [pytest.param(e, c, id=n) for n, e, c in ABROAD])
async def test_an_international_request_that_breaks_a_rule_is_refused(
    ups: UPSClient, edits: list[Edit], code: str
) -> None:
    """As at home."""
    answer = await ups.ship(broken(international, edits))

    assert answer.status_code == 400, answer.text
    assert code_of(answer) == code, answer.text
    assert ups.simulator.labels() == []


GOOD: list[tuple[str, Callable[[], Json], list[Edit]]] = [
    ("domestic", domestic, []),
    ("international", international, []),
    ("lone package as an object", domestic, [("Shipment.Package", package())]),
    ("third party pays", domestic, [(CHARGE, [third_party()])]),
    (
        "receiver pays",
        domestic,
        [(CHARGE, [{"Type": "01", "BillReceiver": {"AccountNumber": "R3CV01", "Address": {"PostalCode": "80012"}}}])],
    ),
    ("accented letters", domestic, [("Shipment.ShipTo.Name", "José Muñoz")]),
    ("return", domestic, RETURN),
    ("35 characters", domestic, [("Shipment.ShipTo.Address.AddressLine", ["L" * 35])]),
    ("150 pounds", domestic, [(f"{PACKAGE}.PackageWeight.Weight", "150")]),
    ("108 inches", domestic, [(f"{PACKAGE}.Dimensions", sides("108", "1", "1"))]),
    ("165 inches of length and girth", domestic, [(f"{PACKAGE}.Dimensions", sides("61", "30", "22"))]),
    ("saturday by air", domestic, [("Shipment.Service.Code", "02"), (f"{OPTIONS}.SaturdayDeliveryIndicator", "")]),
    (
        "adult signature at home",
        domestic,
        [(f"{PACKAGE}.PackageServiceOptions.DeliveryConfirmation", {"DCISType": "3"})],
    ),
    ("signature abroad", international, [(f"{OPTIONS}.DeliveryConfirmation", {"DCISType": "2"})]),
    (
        "a letter needs no forms",
        international,
        [(FORMS, ...), (f"{PACKAGE}.Packaging.Code", "01"), (f"{PACKAGE}.Dimensions", ...)],
    ),
    (
        "shipper pays duties",
        international,
        [(CHARGE, [{"Type": t, "BillShipper": {"AccountNumber": "C4RT01"}} for t in ("01", "02")])],
    ),
]


@pytest.mark.parametrize(("make", "edits"), [pytest.param(m, e, id=n) for n, m, e in GOOD])
async def test_a_good_request_buys(ups: UPSClient, make: Callable[[], Json], edits: list[Edit]) -> None:
    """Rules that refuse everything would pass the tests above."""
    answer = await ups.ship(broken(make, edits))

    assert answer.status_code == 200, answer.text


async def test_a_declined_card_is_said_so(ups: UPSClient) -> None:
    """The one refusal that means: no money."""
    ups.simulator.set_switches(payment_declined=True)

    assert code_of(await ups.ship(domestic())) == "120414"


async def test_puerto_rico_and_canada_want_the_line_total(ups: UPSClient) -> None:
    """Only there; elsewhere the value stands on the form (field guide, section 4.4)."""
    san_juan = us_address("9 Calle Sol", "San Juan", "PR", "00901", CountryCode="PR")
    body = broken(domestic, [("Shipment.ShipTo.Address", san_juan), (f"{PACKAGE}.ReferenceNumber", ...)])
    refused = await ups.ship(body)
    put(body, "Shipment.InvoiceLineTotal", {"CurrencyCode": "USD", "MonetaryValue": "30"})

    assert code_of(refused) == MISSING
    assert (await ups.ship(body)).status_code == 200


async def test_a_metric_origin_takes_metric_units_only(ups: UPSClient) -> None:
    """Units follow the origin (field guide, section 11-24)."""
    koeln = {"AddressLine": ["Gasse 1"], "City": "Koeln", "PostalCode": "50667", "CountryCode": "DE"}
    body = broken(
        domestic,
        [
            ("Shipment.ShipFrom.Address", koeln),
            ("Shipment.ShipTo.Address", {**koeln, "CountryCode": "FR", "PostalCode": "75001"}),
            ("Shipment.Service.Code", "11"),
            (f"{PACKAGE}.ReferenceNumber", ...),
        ],
    )
    assert code_of(await ups.ship(body)) == "120546"
    put(body, f"{PACKAGE}.PackageWeight", weight("2", "KGS"))
    put(body, f"{PACKAGE}.Dimensions", sides("30", "20", "10", "CM"))
    results = await ups.buy(body)
    assert results["ShipmentCharges"]["TotalCharges"]["CurrencyCode"] == "EUR"
    assert results["BillingWeight"]["UnitOfMeasurement"]["Code"] == "KGS"
