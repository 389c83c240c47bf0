"""Prices and transit times: what comes back, what is refused."""

from decimal import Decimal
from typing import Any

import pytest

from tests.sandbox.ups.samples import Json, UPSClient, code_of, international, put, quote_request

Edit = tuple[str, Any]


def rated(answer: Json) -> list[Json]:
    """Return the rated shipments of an answer."""
    found: list[Json] = answer["RateResponse"]["RatedShipment"]
    return found


def by_service(answer: Json) -> dict[str, Json]:
    """Return the rated shipments by service."""
    return {shipment["Service"]["Code"]: shipment for shipment in rated(answer)}


def abroad() -> Json:
    """Return a good rate request from the US to France."""
    body = put(quote_request(), "Shipment.ShipTo", international()["ShipmentRequest"]["Shipment"]["ShipTo"])
    return put(body, "Shipment.InvoiceLineTotal", {"CurrencyCode": "USD", "MonetaryValue": "30"})


async def test_shop_prices_every_service_of_the_lane(ups: UPSClient) -> None:
    """A chooser that sees only some of the services chooses badly."""
    at_home = (await ups.rate(quote_request())).json()
    business = (await ups.rate(put(quote_request(), "Shipment.ShipTo.Address.ResidentialAddressIndicator", ...))).json()
    far = (await ups.rate(abroad())).json()

    assert set(by_service(at_home)) == {"14", "01", "13", "59", "02", "12", "03", "93"}
    assert set(by_service(business)) == {"14", "01", "13", "59", "02", "12", "03"}
    assert set(by_service(far)) == {"54", "07", "65", "08"}


async def test_the_parts_of_a_price_add_up(ups: UPSClient) -> None:
    """Charges that do not add up would be booked wrong."""
    for shipment in rated((await ups.rate(quote_request())).json()):
        items = sum(Decimal(charge["MonetaryValue"]) for charge in shipment["ItemizedCharges"])
        parts = (shipment["TransportationCharges"], shipment["ServiceOptionsCharges"])
        total = Decimal(shipment["TotalCharges"]["MonetaryValue"])
        assert Decimal(shipment["BaseServiceCharge"]["MonetaryValue"]) + items == total
        assert sum(Decimal(part["MonetaryValue"]) for part in parts) == total
        account = shipment["NegotiatedRateCharges"]
        more = sum(Decimal(charge["MonetaryValue"]) for charge in account["ItemizedCharges"])
        assert Decimal(account["BaseServiceCharge"][0]["MonetaryValue"]) + more == Decimal(
            account["TotalCharge"]["MonetaryValue"]
        )
        assert Decimal(account["TotalCharge"]["MonetaryValue"]) < total


async def test_dimensional_weight_prices_a_light_large_box(ups: UPSClient) -> None:
    """The list divisor is 139: a box of 20 by 20 by 20 inches is charged as 58 pounds."""
    sides = {"UnitOfMeasurement": {"Code": "IN", "Description": "in"}, "Length": "20", "Width": "20", "Height": "20"}
    answer = (await ups.rate(put(quote_request(), "Shipment.Package.0.Dimensions", sides))).json()

    assert {shipment["BillingWeight"]["Weight"] for shipment in rated(answer)} == {"58.0"}


@pytest.mark.parametrize(
    ("edits", "service", "code"),
    [
        pytest.param([], "03", "270", id="residential"),
        pytest.param([("Shipment.ShipTo.Address.PostalCode", "80017")], "03", "376", id="delivery area"),
        pytest.param([("Shipment.ShipmentServiceOptions.SaturdayDeliveryIndicator", "")], "01", "300", id="saturday"),
        pytest.param([("Shipment.Package.0.PackageServiceOptions.DeliveryConfirmation", {"DCISType": "2"})], "03", "120", id="signature"),
        pytest.param([("Shipment.Package.0.PackageWeight.Weight", "51")], "03", "100", id="additional handling"),
        pytest.param(
            [("Shipment.Package.0.PackageServiceOptions.DeclaredValue", {"CurrencyCode": "USD", "MonetaryValue": "250.00"})],
            "03", "400", id="declared value",
        ),
        pytest.param([("Shipment.ShipmentServiceOptions.UPScarbonneutralIndicator", "")], "03", "441", id="carbon neutral"),
        pytest.param([("Shipment.ShipmentServiceOptions.ReturnService", {"Code": "9"})], "03", "250", id="return label"),
    ],
)  # fmt: skip
async def test_an_option_is_a_charge_with_its_code(ups: UPSClient, edits: list[Edit], service: str, code: str) -> None:
    """The codes are those of the field guide, section 2.5; fuel is always among them."""
    body = quote_request()
    for path, value in edits:
        put(body, path, value)
    shipment = by_service((await ups.rate(body)).json())[service]

    assert {code, "375"} <= {charge["Code"] for charge in shipment["ItemizedCharges"]}


@pytest.mark.parametrize(
    ("edits", "alerts"),
    [
        pytest.param([], ["110971"], id="all given"),
        pytest.param([("Shipment.Shipper.ShipperNumber", ...)], ["110971", "120901"], id="no shipper number"),
        pytest.param([("Shipment.Shipper.Address.City", ...)], ["110971", "120901"], id="no shipper's city"),
    ],
)
async def test_negotiated_prices_need_the_shipper(ups: UPSClient, edits: list[Edit], alerts: list[str]) -> None:
    """Without number or address UPS answers with list prices only, and a warning (field guide, section 11-7)."""
    body = quote_request()
    for path, value in edits:
        put(body, path, value)
    for shipment in rated((await ups.rate(body)).json()):
        assert [alert["Code"] for alert in shipment["RatedShipmentAlert"]] == alerts
        assert ("NegotiatedRateCharges" in shipment) == (alerts == ["110971"])


async def test_negotiated_prices_are_asked_for_by_the_indicator(ups: UPSClient) -> None:
    """Without it they do not come, and a JSON true is none."""
    left_out = (await ups.rate(put(quote_request(), "Shipment.ShipmentRatingOptions", ...))).json()
    boolean = (
        await ups.rate(put(quote_request(), "Shipment.ShipmentRatingOptions", {"NegotiatedRatesIndicator": True}))
    ).json()

    assert not any("NegotiatedRateCharges" in shipment for shipment in rated(left_out) + rated(boolean))


async def test_details_come_with_the_sub_version(ups: UPSClient) -> None:
    """Itemized charges from 1601, the base from 1701, the zone from 2409 (field guide, section 2.2)."""
    seen = {}
    for sub_version in ("1600", "1601", "1701", "2408", "2409"):
        answer = (await ups.rate(put(quote_request(), "Request.SubVersion", sub_version))).json()
        seen[sub_version] = {"ItemizedCharges", "BaseServiceCharge", "Zone"} & set(rated(answer)[0])

    assert seen == {
        "1600": set(),
        "1601": {"ItemizedCharges"},
        "1701": {"ItemizedCharges", "BaseServiceCharge"},
        "2408": {"ItemizedCharges", "BaseServiceCharge"},
        "2409": {"ItemizedCharges", "BaseServiceCharge", "Zone"},
    }


async def test_transit_times_skip_the_weekend(ups: UPSClient) -> None:
    """Picked up on Friday, 9 January 2026, a two-day parcel arrives on Tuesday."""
    body = put(quote_request(), "Shipment.DeliveryTimeInformation.Pickup.Date", "20260109")
    services = by_service((await ups.rate(body, "Shoptimeintransit")).json())

    arrival = services["02"]["TimeInTransit"]["ServiceSummary"]["EstimatedArrival"]
    assert (arrival["Arrival"]["Date"], arrival["BusinessDaysInTransit"], arrival["DayOfWeek"]) == (
        "20260113",
        "2",
        "TUE",
    )
    assert services["01"]["TimeInTransit"]["ServiceSummary"]["EstimatedArrival"]["Arrival"] == {
        "Date": "20260112",
        "Time": "103000",
    }
    assert services["01"]["GuaranteedDelivery"]["DeliveryByTime"] == "10:30"
    assert "GuaranteedDelivery" not in services["03"]


async def test_saturday_delivery_arrives_on_saturday(ups: UPSClient) -> None:
    """That is what the option is paid for."""
    body = put(quote_request(), "Shipment.ShipmentServiceOptions.SaturdayDeliveryIndicator", "")
    put(body, "Shipment.DeliveryTimeInformation.Pickup.Date", "20260109")
    services = by_service((await ups.rate(body, "Shoptimeintransit")).json())

    summary = services["01"]["TimeInTransit"]["ServiceSummary"]
    assert (summary["EstimatedArrival"]["Arrival"]["Date"], summary["SaturdayDelivery"]) == ("20260110", "1")
    assert "03" not in services


async def test_transit_is_asked_for_in_the_path_or_in_the_query(ups: UPSClient) -> None:
    """Both ways are documented."""
    by_query = await ups.call("POST", "/api/rating/v2409/Shop?additionalinfo=timeintransit", quote_request())
    plain = await ups.rate(quote_request())

    assert all("TimeInTransit" in shipment for shipment in rated(by_query.json()))
    assert not any("TimeInTransit" in shipment for shipment in rated(plain.json()))


async def test_a_lone_rate_is_bare_below_v2409(ups: UPSClient) -> None:
    """The path's version decides; a switch can force either shape for tests of parsers."""
    old = (await ups.rate(quote_request(), "Rate", "v2408")).json()["RateResponse"]["RatedShipment"]
    new = (await ups.rate(quote_request(), "Rate")).json()["RateResponse"]["RatedShipment"]
    ups.simulator.set_switches(single_as_object=True)
    forced = (await ups.rate(quote_request(), "Rate")).json()["RateResponse"]["RatedShipment"]

    assert (type(old), type(new), type(forced)) == (dict, list, dict)
    assert isinstance(old["RatedPackage"], dict)


async def test_rate_takes_the_padded_codes_of_the_examples(ups: UPSClient) -> None:
    """UPS's own examples write 072 for 72."""
    answer = (await ups.rate(put(quote_request(), "Shipment.Service.Code", "003"), "Rate")).json()

    assert [shipment["Service"]["Code"] for shipment in rated(answer)] == ["03"]


TRANSIT = "Shipment.DeliveryTimeInformation"
BROKEN: list[tuple[str, str, list[Edit], str]] = [
    ("no such option", "Best", [], "10003"),
    ("no shipment", "Shop", [("Shipment", ...)], "10002"),
    ("no shipper's address", "Shop", [("Shipment.Shipper.Address", ...)], "10002"),
    ("shipper number of somebody else", "Shop", [("Shipment.Shipper.ShipperNumber", "T1R2D3")], "111580"),
    ("no destination country", "Shop", [("Shipment.ShipTo.Address.CountryCode", ...)], "110208"),
    ("no such state", "Shop", [("Shipment.ShipTo.Address.StateProvinceCode", "ZZ")], "111286"),
    ("postal code of another state", "Shop", [("Shipment.ShipTo.Address.PostalCode", "10001")], "111285"),
    (
        "packaging under shipping's name",
        "Shop",
        [("Shipment.Package.0.Packaging", {"Code": "02"}), ("Shipment.Package.0.PackagingType", ...)],
        "10002",
    ),
    ("package too heavy", "Shop", [("Shipment.Package.0.PackageWeight.Weight", "151")], "111035"),
    (
        "kilograms from the US",
        "Shop",
        [("Shipment.Package.0.PackageWeight.UnitOfMeasurement.Code", "KGS"), ("Shipment.Package.0.Dimensions", ...)],
        "111057",
    ),
    ("no service to rate", "Rate", [("Shipment.Service", ...)], "111100"),
    ("service of another lane", "Rate", [("Shipment.Service.Code", "07")], "111210"),
    ("saturday by ground", "Rate", [("Shipment.ShipmentServiceOptions.SaturdayDeliveryIndicator", "")], "121045"),
    ("transit without its block", "Shoptimeintransit", [(TRANSIT, ...)], "10002"),
    ("transit without total weight", "Ratetimeintransit", [("Shipment.ShipmentTotalWeight", ...)], "111549"),
    ("transit of an unknown bill type", "Shoptimeintransit", [(f"{TRANSIT}.PackageBillType", "05")], "10003"),
    ("transit too long ago", "Shoptimeintransit", [(f"{TRANSIT}.Pickup.Date", "20251130")], "10003"),
    ("transit too far ahead", "Shoptimeintransit", [(f"{TRANSIT}.Pickup.Date", "20260307")], "10003"),
    ("emoji", "Shop", [("Shipment.ShipTo.Name", "\N{PARTY POPPER}")], "121000"),
    (
        "simple rate of two",
        "Shop",
        [
            (
                "Shipment.Package",
                [{**quote_request()["RateRequest"]["Shipment"]["Package"][0], "SimpleRate": {"Code": "S"}}] * 2,
            )
        ],
        "10003",
    ),
]


@pytest.mark.parametrize(("option", "edits", "code"), [pytest.param(o, e, c, id=n) for n, o, e, c in BROKEN])
async def test_a_rate_request_that_breaks_a_rule_is_refused(
    ups: UPSClient, option: str, edits: list[Edit], code: str
) -> None:
    """A driver that gets this wrong must learn it here, not at UPS."""
    body = quote_request()
    for path, value in edits:
        put(body, path, value)
    answer = await ups.rate(body, option)

    assert answer.status_code in {400, 404}, answer.text
    assert code_of(answer) == code, answer.text


async def test_transit_abroad_needs_the_contents_value(ups: UPSClient) -> None:
    """UPS calls it an invalid value when it is missing."""
    good = await ups.rate(abroad(), "Shoptimeintransit")
    refused = await ups.rate(put(abroad(), "Shipment.InvoiceLineTotal", ...), "Shoptimeintransit")

    assert good.status_code == 200, good.text
    assert code_of(refused) == "111549"
