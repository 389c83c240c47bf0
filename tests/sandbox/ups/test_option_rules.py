"""Options of a shipment: Access Points, notices, dry ice, regulated and restricted goods, money on delivery, Ground Saver."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.ups import desk_samples as desk
from tests.sandbox.ups.samples import Json, UPSClient, code_of, domestic, international, put, quote_request

INVALID, MISSING = "10003", "10002"
OPTIONS = "Shipment.ShipmentServiceOptions"
PACKAGE = "Shipment.Package.0.PackageServiceOptions"
POINT = "Shipment.AlternateDeliveryAddress"
NOTICE = f"{OPTIONS}.Notification"
MAIL = {"EMailAddress": ["j@example.com"]}
Edit = tuple[str, Any]
Case = tuple[str, Callable[[], Json], list[Edit], str]


def ice(weight: str = "1.5", unit: str = "01", **more: Any) -> Json:
    """Return dry ice as UPS writes it."""
    return {"RegulationSet": "CFR", "DryIceWeight": {"UnitOfMeasurement": {"Code": unit}, "Weight": weight}, **more}


COD = {"CODFundsCode": "0", "CODAmount": {"CurrencyCode": "USD", "MonetaryValue": "50.00"}}

BROKEN: list[Case] = [
    ("access point of another kind", desk.to_access_point, [("Shipment.ShipmentIndicationType.0.Code", "03")], INVALID),
    (
        "access point of both kinds",
        desk.to_access_point,
        [("Shipment.ShipmentIndicationType", [{"Code": "01"}, {"Code": "02"}])],
        INVALID,
    ),
    ("access point without a number", desk.to_access_point, [(f"{POINT}.UPSAccessPointID", "")], MISSING),
    ("access point without a name", desk.to_access_point, [(f"{POINT}.Name", ...)], MISSING),
    ("access point without a person", desk.to_access_point, [(f"{POINT}.AttentionName", ...)], MISSING),
    ("access point without a street", desk.to_access_point, [(f"{POINT}.Address.AddressLine", [])], INVALID),
    ("unknown access point", desk.to_access_point, [(f"{POINT}.UPSAccessPointID", "U99999999")], INVALID),
    ("access point in another country", desk.to_access_point, [(f"{POINT}.UPSAccessPointID", "U10000001")], INVALID),
    ("closed access point", desk.to_access_point, [(f"{POINT}.UPSAccessPointID", "U32345678")], INVALID),
    ("access point without the notice", desk.to_access_point, [(NOTICE, ...)], MISSING),
    (
        "access point and direct delivery only",
        desk.to_access_point,
        [(f"{OPTIONS}.DirectDeliveryOnlyIndicator", "")],
        INVALID,
    ),
    (
        "access point for a return",
        desk.to_access_point,
        [("Shipment.ReturnService", {"Code": "9"}), ("Shipment.Package.0.Description", "Shoes")],
        INVALID,
    ),
    ("saturday at an access point", desk.to_access_point, [(f"{OPTIONS}.SaturdayDeliveryIndicator", ""), ("Shipment.Service.Code", "01")], "121200"),
    ("unknown notice", domestic, [(NOTICE, [{"NotificationCode": "9", "EMail": MAIL}])], INVALID),
    ("notice to nobody", domestic, [(NOTICE, [{"NotificationCode": "6"}])], MISSING),
    ("notice to no address", domestic, [(NOTICE, [{"NotificationCode": "6", "EMail": {"EMailAddress": ["j"]}}])], INVALID),
    ("notice to six", domestic, [(NOTICE, [{"NotificationCode": "6", "EMail": {"EMailAddress": ["j@e.com"] * 6}}])], INVALID),
    ("notice of a return on the way out", domestic, [(NOTICE, [{"NotificationCode": "2", "EMail": MAIL}])], INVALID),
    ("dry ice without regulations", domestic, [(f"{PACKAGE}.DryIce", {**ice(), "RegulationSet": ""})], MISSING),
    ("dry ice under european rules at home", domestic, [(f"{PACKAGE}.DryIce", ice(RegulationSet="ADR"))], INVALID),
    ("dry ice under american rules abroad", international, [(f"{PACKAGE}.DryIce", ice())], INVALID),
    ("dry ice of no weight", domestic, [(f"{PACKAGE}.DryIce", ice("0"))], INVALID),
    ("dry ice to two decimals", domestic, [(f"{PACKAGE}.DryIce", ice("1.25"))], INVALID),
    ("dry ice in ounces", domestic, [(f"{PACKAGE}.DryIce", ice(unit="OZS"))], INVALID),
    ("more dry ice than package, in kilograms", domestic, [(f"{PACKAGE}.DryIce", ice("1.4", "00"))], INVALID),
    (
        "medical dry ice under other rules",
        domestic,
        [(f"{PACKAGE}.DryIce", ice(RegulationSet="IATA", MedicalUseIndicator=""))],
        INVALID,
    ),
    ("regulated goods without a contract", domestic, [(f"{PACKAGE}.HazMat", [desk.hazardous()])], "120052"),
    ("release without signature abroad", international, [(f"{PACKAGE}.ShipperReleaseIndicator", "")], INVALID),
    ("money for a package abroad", international, [(f"{PACKAGE}.COD", COD)], INVALID),
    ("money for a shipment at home", domestic, [(f"{OPTIONS}.COD", COD)], INVALID),
    (
        "money and signature",
        domestic,
        [(f"{PACKAGE}.COD", COD), (f"{PACKAGE}.DeliveryConfirmation", {"DCISType": "2"})],
        "121020",
    ),
    (
        "saturday where there is none",
        international,
        [
            (f"{OPTIONS}.SaturdayDeliveryIndicator", ""),
            ("Shipment.Service.Code", "07"),
            ("Shipment.ShipTo.Address", {"AddressLine": ["1 Reforma"], "City": "Mexico", "PostalCode": "06600", "CountryCode": "MX"}),
            (f"{OPTIONS}.InternationalForms.Contacts.SoldTo.Address.CountryCode", "MX"),
        ],
        "121200",
    ),
    (
        "ground saver below a pound",
        domestic,
        [("Shipment.Service.Code", "93"), ("Shipment.Package.0.PackageWeight.Weight", "0.9")],
        "120616",
    ),
    ("25 kilogram box overloaded", domestic, [("Shipment.Package.0.Packaging.Code", "24"), ("Shipment.Package.0.PackageWeight.Weight", "56")], "120616"),
    ("service under contract", domestic, [("Shipment.Service.Code", "70")], "120124"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "edits", "code"), [pytest.param(m, e, c, id=n) for n, m, e, c in BROKEN])
async def test_an_option_that_breaks_a_rule_is_refused(
    ups: UPSClient, make: Callable[[], Json], edits: list[Edit], code: str
) -> None:
    """Nothing is bought then."""
    body = make()
    for path, value in edits:
        put(body, path, value)
    answer = await ups.ship(body)

    assert code_of(answer) == code, answer.text
    assert ups.simulator.labels() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"RegulationSet": "ABC"}, INVALID, id="regulations"),
        pytest.param({"RegulationSet": ...}, MISSING, id="no regulations"),
        pytest.param({"CommodityRegulatedLevelCode": "XX"}, INVALID, id="level"),
        pytest.param({"IDNumber": "3481"}, INVALID, id="number without UN"),
        pytest.param({"ProperShippingName": ...}, MISSING, id="no name"),
        pytest.param({"ClassDivisionNumber": ...}, MISSING, id="no class"),
        pytest.param({"Quantity": ...}, MISSING, id="no quantity"),
        pytest.param({"PackagingTypeQuantity": ...}, MISSING, id="no count"),
        pytest.param({"EmergencyPhone": ...}, MISSING, id="no emergency phone"),
        pytest.param({"TransportationMode": "Boat"}, INVALID, id="mode"),
        pytest.param(
            {"CommodityRegulatedLevelCode": "LR", "IDNumber": ...}, MISSING, id="lightly regulated, no number"
        ),
        pytest.param({"CommodityRegulatedLevelCode": "EQ", "UOM": ...}, MISSING, id="excepted, no unit"),
    ],
)
async def test_regulated_goods_need_their_papers(ups: UPSClient, changes: Json, code: str) -> None:
    """With a contract; lithium batteries that are fully regulated are such goods."""
    ups.simulator.set_switches(contracts=["hazmat"])
    answer = await ups.ship(put(domestic(), f"{PACKAGE}.HazMat", [desk.hazardous(**changes)]))

    assert code_of(answer) == code, answer.text


async def test_regulated_goods_are_at_most_three_and_of_one_set(ups: UPSClient) -> None:
    """More belong into another package."""
    ups.simulator.set_switches(contracts=["hazmat"])
    four = await ups.ship(put(domestic(), f"{PACKAGE}.HazMat", [desk.hazardous()] * 4))
    mixed = [desk.hazardous(), desk.hazardous(RegulationSet="IATA")]

    assert code_of(four) == INVALID
    assert code_of(await ups.ship(put(domestic(), f"{PACKAGE}.HazMat", mixed))) == INVALID


async def test_what_a_contract_allows_costs_and_comes_with_papers(ups: UPSClient) -> None:
    """Lithium batteries bring a shipping paper; alcohol goes, and neither costs money without a contract."""
    ups.simulator.set_switches(contracts=["hazmat", "restricted_articles"])
    body = put(domestic(), f"{PACKAGE}.HazMat", [desk.hazardous()])
    put(body, "Shipment.DGSignatoryInfo", {"Name": "A Smith", "Title": "Safety", "Place": "Here", "Date": "20260105"})
    results = await ups.buy(body)
    drinks = await ups.ship(put(domestic(), f"{OPTIONS}.RestrictedArticles", {"AlcoholicBeveragesIndicator": ""}))

    codes = {charge["Code"] for charge in results["ShipmentCharges"]["ItemizedCharges"]}
    assert "199" in codes
    assert base64.b64decode(results["DGPaperImage"][0]).startswith(b"%PDF")
    assert drinks.status_code == 200


@pytest.mark.parametrize(("unit", "weight"), [("00", "1.3"), ("KG", "1.3"), ("01", "3.0"), ("LBS", "3.0")])
async def test_dry_ice_up_to_the_packages_weight_goes(ups: UPSClient, unit: str, weight: str) -> None:
    """UPS's units of dry ice are not those of packages; the label says that it is there."""
    results = await ups.buy(put(domestic(), f"{PACKAGE}.DryIce", ice(weight, unit)))

    label = base64.b64decode(results["PackageResults"][0]["ShippingLabel"]["GraphicImage"])
    assert b"DRY ICE" in label
    assert "200" in {charge["Code"] for charge in results["ShipmentCharges"]["ItemizedCharges"]}


async def test_a_parcel_waits_at_its_access_point(ups: UPSClient) -> None:
    """It is there before it is delivered; until when it waits is said, and the price is the one that was quoted."""
    quoted = put(quote_request(), "Shipment.ShipmentIndicationType", [{"Code": "01"}])
    rated = (await ups.rate(put(quoted, "Shipment.Service", {"Code": "03"}), "Rate")).json()["RateResponse"]
    results = await ups.buy(desk.to_access_point())
    number = results["ShipmentIdentificationNumber"]
    waiting = await ups.parcel(number)
    while waiting["currentStatus"]["statusCode"] != "161":
        ups.clock.advance(3600)
        ups.token = ""
        waiting = await ups.parcel(number)
    ups.clock.advance(2 * 86400)
    ups.token = ""
    collected = await ups.parcel(number, "?returnPOD=true")

    assert results["ShipmentCharges"]["TotalCharges"] == rated["RatedShipment"][0]["TotalCharges"]
    assert b"U12345678" in base64.b64decode(results["PackageResults"][0]["ShippingLabel"]["GraphicImage"])
    assert waiting["currentStatus"]["code"] == "2Q"
    assert "deliveryInformation" not in waiting
    assert waiting["accessPointInformation"]["pickupByDate"] > "20260105"
    assert (collected["currentStatus"]["code"], collected["currentStatus"]["statusCode"]) == ("2W", "011")
    assert collected["deliveryInformation"]["location"] == "UPS ACCESS POINT"


async def test_what_nobody_collects_goes_back(ups: UPSClient) -> None:
    """After a week."""
    number = (await ups.buy(desk.to_access_point()))["ShipmentIdentificationNumber"]
    ups.simulator.set_journey(tracking_number=number, kind="not_collected")
    ups.clock.advance(30 * 86400)
    ups.token = ""
    parcel = await ups.parcel(number)

    codes = [activity["status"]["code"] for activity in parcel["activity"]]
    assert codes.index("FS") < codes.index("UF") < codes.index("3N") < codes.index("2Q")
    assert parcel["deliveryInformation"]["receivedBy"] == "ACME"


async def test_ground_saver_is_offered_from_a_pound(ups: UPSClient) -> None:
    """And to homes only."""
    offers = []
    for weight in ("1", "0.9"):
        answer = (await ups.rate(put(quote_request(), "Shipment.Package.0.PackageWeight.Weight", weight))).json()
        offers.append({rated["Service"]["Code"] for rated in answer["RateResponse"]["RatedShipment"]})

    assert [("93" in codes) for codes in offers] == [True, False]
    assert offers[0] - {"93"} == offers[1]


@pytest.mark.parametrize("code", ["6", "7", "8"])
async def test_a_notice_goes_to_five(ups: UPSClient, code: str) -> None:
    """Of each kind."""
    notice = {"NotificationCode": code, "EMail": {"EMailAddress": ["j@example.com"] * 5}}

    assert (await ups.ship(put(domestic(), NOTICE, [notice]))).status_code == 200
