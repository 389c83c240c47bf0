"""Every code of the field guide's section 8 that a request can provoke is provoked by one."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.sandbox.ups import desk_samples as desk
from tests.sandbox.ups.samples import (
    Json,
    UPSClient,
    address_question,
    code_of,
    domestic,
    international,
    put,
    quote_request,
    us_address,
)

Ask = Callable[[UPSClient], Awaitable[httpx.Response]]
PACKAGE = "Shipment.Package.0"
OPTIONS = "Shipment.ShipmentServiceOptions"
CHARGE = "Shipment.PaymentInformation.ShipmentCharge"
TO = "Shipment.ShipTo.Address"


def shipping(path: str, value: Any, *more: tuple[str, Any], make: Callable[[], Json] = domestic) -> Ask:
    """Ask for a label with the members changed."""

    async def ask(ups: UPSClient) -> httpx.Response:
        body = put(make(), path, value)
        for another, change in more:
            put(body, another, change)
        return await ups.ship(body)

    return ask


def rating(path: str, value: Any, option: str = "Rate") -> Ask:
    """Ask for a price with a member changed."""

    async def ask(ups: UPSClient) -> httpx.Response:
        return await ups.rate(put(put(quote_request(), "Shipment.Service", {"Code": "03"}), path, value), option)

    return ask


def switched(ask: Ask, **switches: Any) -> Ask:
    """Ask after moving switches."""

    async def moved(ups: UPSClient) -> httpx.Response:
        ups.simulator.set_switches(**switches)
        return await ask(ups)

    return moved


def out_of_order(operation: str, code: str, ask: Ask) -> Ask:
    """Ask while an operation is down."""
    return switched(ask, outages={operation: code})


async def ship(ups: UPSClient) -> httpx.Response:
    """Ask for the good label."""
    return await ups.ship(domestic())


async def ship_without_account(ups: UPSClient) -> httpx.Response:
    """Ask with a token that UPS never gave."""
    ups.token = "none"
    return await ups.ship(domestic())


async def sign_in(ups: UPSClient, times: int = 1, secret: str = "wrong") -> httpx.Response:  # noqa: S107 - opens nothing
    """Ask for a token, with wrong credentials unless told otherwise."""
    answer = httpx.Response(500)
    for _ in range(times):
        answer = await ups.http.post(
            "/security/v1/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=("sandbox-ups-client", secret),
        )
    return answer


async def locked_out(ups: UPSClient) -> httpx.Response:
    """Ask for a token with the right credentials after thirty wrong ones."""
    await sign_in(ups, 30)
    return await sign_in(ups, secret="sandbox-ups-secret")


async def expired(ups: UPSClient) -> httpx.Response:
    """Ask with yesterday's token."""
    await ups.sign_in()
    ups.clock.advance(86400)
    return await ups.ship(domestic())


async def throttled(ups: UPSClient) -> httpx.Response:
    """Stands for the limit, which has a test of its own: the simulator here has none."""
    ups.simulator.add_fault(operation="ship", kind="status", status=429)
    return await ups.ship(domestic())


async def raw(ups: UPSClient, content: bytes) -> httpx.Response:
    """Send a body that is not made from JSON."""
    await ups.sign_in()
    return await ups.http.post(
        "/api/shipments/v2409/ship", content=content, headers={"Authorization": f"Bearer {ups.token}"}
    )


def voiding(number: str = "", query: str = "", *, version: str = "v2409", refusal: str = "", hours: float = 0) -> Ask:
    """Ask to void a fresh label, or a number."""

    async def ask(ups: UPSClient) -> httpx.Response:
        bought = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
        if refusal:
            ups.simulator.refuse_void(tracking_number=bought, code=refusal)
        ups.clock.advance(hours * 3600)
        ups.token = ""
        return await ups.void(number or bought, query, version)

    return ask


async def void_twice(ups: UPSClient) -> httpx.Response:
    """Void a label, and again."""
    bought = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    await ups.void(bought)
    return await ups.void(bought)


async def void_late_return(ups: UPSClient) -> httpx.Response:
    """Void a return that nobody handed in for a day."""
    bought = (await ups.buy(desk.coming_back()))["ShipmentIdentificationNumber"]
    ups.simulator.set_journey(tracking_number=bought, kind="untendered")
    ups.clock.advance(timedelta(hours=24, seconds=1).total_seconds())
    ups.token = ""
    return await ups.void(bought)


async def recover_of_two(ups: UPSClient) -> httpx.Response:
    """Ask for labels of two shipments at once."""
    numbers = [(await ups.buy(domestic()))["ShipmentIdentificationNumber"] for _ in range(2)]
    return await ups.recover(TrackingNumbers={"TrackingNumber": numbers})


async def recover_contradicting(ups: UPSClient) -> httpx.Response:
    """Ask for a number and a reference that are of different shipments."""
    number = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    reference = {"ReferenceNumber": {"Value": "cc-other"}, "ShipperNumber": "C4RT01"}
    return await ups.recover(TrackingNumber=number, ReferenceValues=reference)


def recovering(code: str, days: float = 0) -> Ask:
    """Ask for the label of a return, or of an outbound shipment, again."""

    async def ask(ups: UPSClient) -> httpx.Response:
        bought = await ups.buy(desk.coming_back(code) if code else domestic())
        ups.clock.advance(days * 86400)
        ups.token = ""
        return await ups.recover(TrackingNumber=bought["ShipmentIdentificationNumber"])

    return ask


async def recover_voided(ups: UPSClient) -> httpx.Response:
    """Ask for a label that was given back."""
    number = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    await ups.void(number)
    return await ups.recover(TrackingNumber=number)


async def recover_unprocessed(ups: UPSClient) -> httpx.Response:
    """Ask for a label that UPS is still at work on."""
    ups.simulator.find_late(seconds=60, code="300034")
    number = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    return await ups.recover(TrackingNumber=number)


async def push_foreign(ups: UPSClient) -> httpx.Response:
    """Attach a document to a shipment of nobody."""
    return await desk.attach(ups, desk.attach_request(await desk.upload(ups), "1ZC4RT010300009999"))


THIRD = {"AccountNumber": "T1R2D3", "Address": {"PostalCode": "10001", "CountryCode": "US"}}
HOME = us_address("9 Elm St", "Boulder", "CO", "80012")
KILOS = {"UnitOfMeasurement": {"Code": "KGS"}, "Weight": "1"}
INCHES = {"UnitOfMeasurement": {"Code": "IN"}, "Length": "3", "Width": "2", "Height": "1"}
BARE = {"Packaging": {"Code": "02"}, "PackageWeight": {**KILOS, "UnitOfMeasurement": {"Code": "LBS"}}}
CENTIMETERS = {**INCHES, "UnitOfMeasurement": {"Code": "CM"}}


def return_with(path: str, value: Any, *more: tuple[str, Any]) -> Ask:
    """Ask for a return label with the members changed."""
    return shipping(path, value, *more, make=desk.coming_back)


CODES: dict[str, Ask] = {
    # Credentials and rights.
    "250002": ship_without_account,
    **{
        code: switched(ship_without_account, auth_code=code)
        for code in ("250003", "250004", "250005", "250009", "10401")
    },
    "UJ0001": lambda ups: ups.http.post(f"{desk.ALERT}/standard/package", json=desk.subscription(desk.TEST_NUMBER)),
    "251004": expired,
    "250006": lambda ups: sign_in(ups, 20),
    "250007": locked_out,
    "10403": switched(sign_in, merchant_blocked=True),
    "120121": shipping("Shipment.Shipper.ShipperNumber", "CL0SED"),
    "120052": shipping(f"{OPTIONS}.RestrictedArticles", {"AlcoholicBeveragesIndicator": ""}),
    "120900": switched(ship, negotiated_refused=True),
    "10429": throttled,
    # Malformed.
    "10001": lambda ups: raw(ups, b"{"),
    "10002": shipping("Shipment.Package", []),
    "10003": shipping(f"{PACKAGE}.Packaging.Code", "99"),
    "10006": lambda ups: raw(ups, b"[" * 200_000),
    "20007": shipping("Request.RequestOption", "perhaps"),
    "20008": shipping("Request.SubVersion", "latest"),
    "121000": shipping("Shipment.GlobalTaxInformation", {}),
    # Addresses.
    "120801": shipping("Request.RequestOption", "validate", ("Shipment.Shipper.Address.City", "Roswell")),
    "120802": shipping("Request.RequestOption", "validate", (TO, HOME)),
    "120803": shipping("Request.RequestOption", "validate", ("Shipment.ShipFrom.Address.City", "Roswell")),
    "120202": shipping(f"{TO}.AddressLine", []),
    "120205": shipping(f"{TO}.City", ""),
    "120206": shipping(f"{TO}.StateProvinceCode", ...),
    "120213": shipping("Shipment.ShipTo.Phone.Number", "+13035550101"),
    "111285": shipping(f"{TO}.PostalCode", "8001"),
    "111286": shipping(f"{TO}.StateProvinceCode", "ZZ"),
    "110208": shipping(f"{TO}.CountryCode", "USA"),
    # Services.
    "120124": shipping("Shipment.Service.Code", "17"),
    "111100": rating("Shipment.Service.Code", "98"),
    "111210": rating("Shipment.Service.Code", "07"),
    "111217": rating("Shipment.Service.Code", "M4"),
    "111215": lambda ups: ups.rate(
        put(put(quote_request(), f"{TO}.ResidentialAddressIndicator", ...), "Shipment.Service", {"Code": "93"}), "Rate"
    ),
    "121100": shipping("Shipment.Service.Code", "98"),
    "121210": shipping("Shipment.Service.Code", "07"),
    "121215": shipping("Shipment.Service.Code", "93", (f"{TO}.ResidentialAddressIndicator", ...)),
    # Shipper's number.
    "120100": shipping("Shipment.Shipper.ShipperNumber", "C4"),
    "120113": shipping("Shipment.Shipper.Phone.Number", "1"),
    "120120": shipping("Shipment.Shipper.ShipperNumber", "T1R2D3"),
    "120122": shipping("Shipment.Shipper.ShipperNumber", "N0TM1N"),
    "111580": rating("Shipment.Shipper.ShipperNumber", "T1R2D3"),
    # Payers.
    "120413": shipping(f"{CHARGE}.0", {"Type": "01", "BillThirdParty": {**THIRD, "AccountNumber": "N0B1LL"}}),
    "120414": switched(ship, payment_declined=True),
    "120415": shipping(f"{CHARGE}.0", {"Type": "01", "BillThirdParty": {**THIRD, "AccountNumber": "X9X9X9"}}),
    "120437": shipping(
        f"{CHARGE}.0",
        {"Type": "01", "BillReceiver": {"AccountNumber": "R3CV01", "Address": {"PostalCode": "80013"}}},
    ),
    # Number, weight, size, units.
    "120020": shipping("Shipment.Package", [domestic()["ShipmentRequest"]["Shipment"]["Package"][0]] * 201),
    "120616": shipping(f"{PACKAGE}.Packaging.Code", "25", (f"{PACKAGE}.PackageWeight.Weight", "23")),
    "121050": shipping(f"{PACKAGE}.PackageWeight.Weight", "151"),
    "121055": shipping(f"{PACKAGE}.Dimensions", {**INCHES, "Length": "109"}),
    "121056": shipping(f"{PACKAGE}.Dimensions", {**INCHES, "Height": "9"}),
    "111035": rating(f"{PACKAGE}.PackageWeight.Weight", "151"),
    "120528": shipping("Shipment.Package", [BARE, {**BARE, "PackageWeight": KILOS}]),
    "120529": shipping("Shipment.Package", [{**BARE, "Dimensions": sides} for sides in (INCHES, CENTIMETERS)]),
    "120546": shipping("Shipment.Package", [{"Packaging": {"Code": "02"}, "PackageWeight": KILOS}]),
    "120547": shipping(
        "Shipment.Package",
        [{"Packaging": {"Code": "02"}, "SimpleRate": {"Code": "S"}, "Dimensions": CENTIMETERS}],
    ),
    "120548": shipping(f"{PACKAGE}.Dimensions", CENTIMETERS),
    "111057": rating("Shipment.Package", [{"PackagingType": {"Code": "02"}, "PackageWeight": KILOS}]),
    "111549": rating("Shipment.ShipmentTotalWeight", ..., "Ratetimeintransit"),
    # Signatures and Saturdays.
    "120598": shipping(f"{PACKAGE}.PackageServiceOptions.DeliveryConfirmation", {"DCISType": "2"}, make=international),
    "120599": shipping(f"{OPTIONS}.DeliveryConfirmation", {"DCISType": "1"}),
    "121150": shipping(f"{PACKAGE}.PackageServiceOptions.DeliveryConfirmation", {"DCISType": "1"}),
    "121020": return_with(f"{PACKAGE}.PackageServiceOptions.DeliveryConfirmation", {"DCISType": "2"}),
    "120505": return_with("Shipment.Service.Code", "01", (f"{OPTIONS}.SaturdayDeliveryIndicator", "")),
    "121045": shipping(f"{OPTIONS}.SaturdayDeliveryIndicator", ""),
    "121200": shipping(
        f"{OPTIONS}.SaturdayDeliveryIndicator", "", ("Shipment.Service.Code", "01"), make=desk.to_access_point
    ),
    # References.
    "120541": shipping("Shipment.ReferenceNumber", [{"Value": "r"}]),
    "120542": shipping(f"{PACKAGE}.ReferenceNumber", [{"Value": "r"}], make=international),
    "120543": shipping(f"{PACKAGE}.ReferenceNumber", [{"Value": str(n)} for n in range(6)]),
    "120544": shipping(f"{PACKAGE}.ReferenceNumber.0.Value", "r" * 36),
    # Out of order.
    "190001": out_of_order("void", "190001", voiding()),
    "300000": out_of_order("recover", "300000", recovering("")),
    "120001": out_of_order("ship", "120001", ship),
    "20001": out_of_order("ship", "20001", ship),
    "10004": out_of_order("track", "10004", lambda ups: ups.track("1ZC4RT010300000018")),
    "250050": out_of_order("token", "250050", sign_in),
    "VSS100": out_of_order("subscribe", "VSS100", lambda ups: desk.subscribe(ups, desk.subscription("1Z"))),
    # Voids.
    "190100": voiding("12345"),
    "190109": voiding("", "?trackingnumber=[1"),
    "190122": voiding("1R12345678912345"),
    "190101": voiding(hours=9),
    "190102": voiding("1ZC4RT010300009999"),
    "190103": voiding("1ZT1R2D30300000012"),
    "190104": void_late_return,
    **{code: voiding(refusal=code) for code in ("190108", "190115", "190118", "190121", "190124")},
    "190117": void_twice,
    # Labels again.
    "300001": recover_contradicting,
    "300002": recovering("2"),
    "300006": recovering("", days=91),
    "300007": lambda ups: ups.recover(TrackingNumber="1ZC4RT010300009999"),
    "300032": recovering("3"),
    "300033": recover_voided,
    "300034": recover_unprocessed,
    "300035": recover_of_two,
    # Tracking, addresses, papers.
    "TV1002": lambda ups: ups.track("1"),
    "9264030": switched(
        lambda ups: ups.call("POST", "/api/addressvalidation/v2/3", address_question()), cie_states=["NY"]
    ),
    "9590009": push_foreign,
    "9590022": lambda ups: desk.delete_document(ups, DocumentId="2026-01-01-00.00.00.000000", **desk.SHIPPER),
}

NOT_PROVOKED = {
    "120021": "belongs to the older purchase in two steps, which the REST interface does not have",
    "TW0001": "is a warning in an answer of 200: see the tests of tracking",
    "120901": "is a warning in an answer of 200: see the tests of rating",
}


@pytest.mark.parametrize("code", CODES)
async def test_each_code_of_the_guide_can_be_met(ups: UPSClient, code: str) -> None:
    """A driver that maps a code must be able to see it."""
    answer = await CODES[code](ups)

    assert answer.status_code >= 400, answer.text
    assert code_of(answer) == code, answer.text


async def test_a_locked_access_opens_after_a_day(ups: UPSClient) -> None:
    """Until then even the right secret is refused, and a success before that forgets the failures."""
    await sign_in(ups, 19)
    assert (await sign_in(ups, secret="sandbox-ups-secret")).status_code == 200
    assert code_of(await sign_in(ups, 19)) == "250002"
    await sign_in(ups, 11)
    ups.clock.advance(86399)
    still = await sign_in(ups, secret="sandbox-ups-secret")
    ups.clock.advance(1)

    assert code_of(still) == "250007"
    assert (await sign_in(ups, secret="sandbox-ups-secret")).status_code == 200


async def test_an_outage_ends_with_its_switch(ups: UPSClient) -> None:
    """And touches the one operation only, with a 500 and nothing done."""
    ups.simulator.set_switches(outages={"ship": "120001"})
    down = await ups.ship(domestic())
    priced = await ups.rate(quote_request())
    ups.simulator.set_switches(outages={})

    assert (down.status_code, priced.status_code) == (500, 200)
    assert ups.simulator.labels() == []
    assert (await ups.ship(domestic())).status_code == 200


def test_what_is_not_provoked_has_a_reason() -> None:
    """A code that is left out is left out on purpose."""
    assert not set(NOT_PROVOKED) & set(CODES)
    assert all(len(reason) > 20 for reason in NOT_PROVOKED.values())
