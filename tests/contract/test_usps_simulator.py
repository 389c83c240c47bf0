"""What passes between a client and the simulated USPS fits USPS's published descriptions, errata applied.

Four things USPS does not describe: service standards, subscriptions and their pushes, adjustments and disputes. They are checked
against schemas of ours in ``assumed/usps.json``.
"""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox.usps import USPSSimulator
from cartcarrier.sandbox.usps.journey import KINDS
from tests.contract import oracle, usps_checked
from tests.contract.usps_checked import check_media, fits
from tests.sandbox.usps import samples
from tests.sandbox.usps.samples import (
    Json,
    USPSClient,
    base_rate_request,
    domestic,
    international,
    options_abroad,
    options_request,
    put,
    rates_abroad,
    rates_request,
)

pytestmark = oracle.needs_specs

OAUTH, PAYMENTS, ADDRESSES = "usps/oauth2_v3.yaml", "usps/payments_v3.yaml", "usps/addresses_v3.yaml"
PRICES, ABROAD_PRICES = "usps/domestic_prices_v3.yaml", "usps/international_prices_v3.yaml"
OPTIONS, LABELS, ABROAD = "usps/shipping_options_v3.yaml", "usps/labels_v3.yaml", "usps/international_labels_v3.yaml"
SCAN, PICKUP, LOCATIONS = "usps/scan_forms_v3.yaml", "usps/carrier_pickup_v3.yaml", "usps/locations_v3.yaml"
TRACKING, OLD_TRACKING = "usps/tracking_v3r2.yaml", "usps/tracking_v3.yaml"
SPECS = (
    OAUTH,
    PAYMENTS,
    ADDRESSES,
    PRICES,
    ABROAD_PRICES,
    OPTIONS,
    LABELS,
    ABROAD,
    SCAN,
    PICKUP,
    LOCATIONS,
    TRACKING,
    OLD_TRACKING,
)
ONE_LABEL, ONE_PICKUP = "/label/{trackingNumber}", "/carrier-pickup/{confirmationNumber}"
ASSUMED = Path(__file__).parent / "assumed" / "usps.json"
JSON = "application/json"


@pytest.fixture
def usps() -> USPSClient:
    """Return a client of a fresh simulator without quotas."""
    clock = ManualClock()
    return USPSClient(USPSSimulator(clock=clock, limits=False), clock)


def check_assumed(body: object, name: str) -> None:
    """Fail the test when a body does not fit our own schema of that name."""
    document = json.loads(ASSUMED.read_text(encoding="utf-8"))
    found = oracle.problems(jsonschema_rs.Draft202012Validator(document["schemas"][name]), body)
    assert not found, f"{name} does not fit assumed/usps.json:\n" + "\n".join(found)


async def test_tokens_fit(usps: USPSClient) -> None:
    """Granted and refused, as JSON and as a form."""
    settings = usps.simulator.settings()
    good = {
        "grant_type": "client_credentials",
        "client_id": settings["client_id"],
        "client_secret": settings["client_secret"],
    }
    for answer, status in (
        (await usps.http.post("/oauth2/v3/token", json=good), 200),
        (await usps.http.post("/oauth2/v3/token", data=good), 200),
        (await usps.http.post("/oauth2/v3/token", json={**good, "client_secret": "x"}), 401),
        (await usps.http.post("/oauth2/v3/token", json={"grant_type": "client_credentials"}), 400),
    ):
        assert answer.status_code == status
        fits(answer, OAUTH, "/token", "post")


async def test_payments_fit(usps: USPSClient) -> None:
    """Authorization and funds; refused too."""
    usps_checked.check({"roles": usps.roles()}, PAYMENTS, "/payment-authorization", "post", "request")
    fits(await usps.authorize(), PAYMENTS, "/payment-authorization", "post")
    fits(await usps.authorize(usps.roles()[:1]), PAYMENTS, "/payment-authorization", "post")
    path = "/payment-account/{account-number}"
    fits(
        await usps.call("GET", "/payments/v3/payment-account/1000000001?accountType=EPS&amount=5"),
        PAYMENTS,
        path,
        "get",
    )
    fits(
        await usps.call("GET", "/payments/v3/payment-account/4321?accountType=PERMIT&permitZIPCode=30005"),
        PAYMENTS,
        path,
        "get",
    )


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("streetAddress=9 Elm St&city=Aurora&state=CO&ZIPCode=80012", 200),
        ("streetAddress=1 Maple Ave&city=Brooklyn&state=NY", 200),
        ("streetAddress=1 Pine Ct&secondaryAddress=Apt 9&city=Brooklyn&state=NY", 200),
        ("streetAddress=3 Calle Sol&city=San Juan&state=PR", 200),
        ("streetAddress=9 Nowhere&city=Aurora&state=CO", 404),
        ("streetAddress=9 Elm St&state=CO&ZIPCode=99", 400),
    ],
)
async def test_addresses_fit(usps: USPSClient, query: str, status: int) -> None:
    """Each verdict."""
    answer = await usps.call("GET", f"/addresses/v3/address?{query}")
    assert answer.status_code == status, answer.text
    fits(answer, ADDRESSES, "/address", "get")


async def test_cities_and_zip_codes_fit(usps: USPSClient) -> None:
    """The two smaller look-ups."""
    fits(await usps.call("GET", "/addresses/v3/city-state?ZIPCode=80012"), ADDRESSES, "/city-state", "get")
    query = "streetAddress=9 Elm St&city=Aurora&state=CO"
    fits(await usps.call("GET", f"/addresses/v3/zipcode?{query}"), ADDRESSES, "/zipcode", "get")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("base-rates", base_rate_request()),
        ("base-rates-list", rates_request()),
        ("total-rates", put(put(rates_request(), "extraServices", [921, 930]), "itemValue", 80)),
        ("total-rates", put(put(rates_request(), "mailClasses", ...), "mailClass", "ALL")),
        ("total-rates", put(put(rates_request(), "length", 40), "weight", 36)),
        (
            "extra-service-rates",
            {"mailClass": "PRIORITY_MAIL", "priceType": "COMMERCIAL", "itemValue": 80, "extraServices": [930, 921]},
        ),
    ],
)
async def test_prices_fit(usps: USPSClient, name: str, body: Json) -> None:
    """In both directions."""
    usps_checked.check(body, PRICES, f"/{name}/search", "post", "request")
    answer = await usps.call("POST", f"/prices/v3/{name}/search", body)
    assert answer.status_code == 200, answer.text
    fits(answer, PRICES, f"/{name}/search", "post")


_ITEMS = [{"itemId": "a1", "itemValue": 20, "itemQuantity": 2, "countryOfOrigin": "US", "HSTariffNumber": "610910"}]


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("base-rates-list", rates_abroad()),
        ("total-rates", rates_abroad()),
        (
            "total-rates",
            rates_abroad() | {"requestDutiesTaxesFees": True, "items": _ITEMS, "destinationCity": "Ottawa"},
        ),
        (
            "base-rates",
            rates_abroad()
            | {
                "mailClass": "PRIORITY_MAIL_INTERNATIONAL",
                "rateIndicator": "SP",
                "processingCategory": "MACHINABLE",
                "destinationEntryFacilityType": "NONE",
            },
        ),
        (
            "extra-service-rates",
            {
                "mailClass": "PRIORITY_MAIL_INTERNATIONAL",
                "priceType": "RETAIL",
                "itemValue": "80",
                "extraServices": [930],
                "weight": 2,
                "rateIndicator": "SP",
                "destinationCountryCode": "CA",
            },
        ),
    ],
)
async def test_prices_abroad_fit(usps: USPSClient, name: str, body: Json) -> None:
    """In both directions."""
    usps_checked.check(body, ABROAD_PRICES, f"/{name}/search", "post", "request")
    answer = await usps.call("POST", f"/international-prices/v3/{name}/search", body)
    assert answer.status_code == 200, answer.text
    fits(answer, ABROAD_PRICES, f"/{name}/search", "post")


@pytest.mark.parametrize(
    "body",
    [
        options_request(),
        put(options_request(), "packageDescription.extraServices", [921]),
        put(options_request(), "shippingFilter", "PRICE"),
        put(options_request(), "packageDescription.mailClass", "ALL_RETURNS"),
        put(
            options_request(),
            "pricingOptions",
            [
                {"priceType": "RETAIL"},
                {
                    "priceType": "CONTRACT",
                    "paymentAccount": {"accountType": "EPS", "accountNumber": "1000000001", "CRID": "12345678"},
                },
            ],
        ),
        put(options_request(), "destinationZIPCode", "09021"),
        options_abroad(),
        options_abroad() | {"requestDutiesTaxesFees": True, "items": _ITEMS},
    ],
)
async def test_shipping_options_fit(usps: USPSClient, body: Json) -> None:
    """In both directions, at home and abroad."""
    usps_checked.check(body, OPTIONS, "/options/search", "post", "request")
    answer = await usps.call("POST", "/shipments/v3/options/search", body)
    assert answer.status_code == 200, answer.text
    fits(answer, OPTIONS, "/options/search", "post")


def scan_request(**shipment: object) -> Json:
    """Return a good request for a SCAN form."""
    return {
        "imageInfo": {"imageType": "PDF", "labelType": "8.5X11LABEL"},
        "mailingDate": samples.TODAY,
        "overwriteMailingDate": False,
        "entryFacilityZIPCode": "30005",
        "destinationEntryFacilityType": "NONE",
        "shipment": shipment,
        "fromAddress": samples.home(),
    }


@pytest.mark.parametrize("accept", [JSON, "*/*"])
async def test_scan_forms_fit(usps: USPSClient, accept: str) -> None:
    """In both directions; the repeat, which names the first one, too."""
    numbers = [(await usps.buy(domestic()))["trackingNumber"] for _ in range(2)]
    body = scan_request(trackingNumbers=numbers)
    usps_checked.check(body, SCAN, "/scan-form", "post", "request")
    made = await usps.call("POST", "/scan-forms/v3/scan-form", body, Accept=accept)
    assert made.status_code == 200, made.text
    check_media(made, SCAN, "/scan-form")
    fits(await usps.call("POST", "/scan-forms/v3/scan-form", body), SCAN, "/scan-form", "post")


def pickup_request(**more: object) -> Json:
    """Return a good request for a pickup tomorrow."""
    return {
        "pickupDate": "2026-01-06",
        "pickupAddress": {
            "firstName": "Ship",
            "lastName": "Desk",
            "firm": "Acme Inc",
            "address": {"streetAddress": "1 Dock Rd", "city": "Alpharetta", "state": "GA", "ZIPCode": "30005"},
            "contact": [{"email": "ship@acme.test"}, {"cellNumber": "7705550100"}],
        },
        "packages": [{"packageType": "USPS_GROUND_ADVANTAGE", "packageCount": 3}],
        "estimatedWeight": 4.5,
        "pickupLocation": {"packageLocation": "OFFICE"},
        **more,
    }


async def test_pickups_fit(usps: USPSClient) -> None:
    """Ordered, read, changed, and refused the second time."""
    usps_checked.check(pickup_request(), PICKUP, "/carrier-pickup", "post", "request")
    made = await usps.call("POST", "/pickup/v3/carrier-pickup", pickup_request())
    fits(made, PICKUP, "/carrier-pickup", "post")
    fits(await usps.call("POST", "/pickup/v3/carrier-pickup", pickup_request()), PICKUP, "/carrier-pickup", "post")
    where = f"/pickup/v3/carrier-pickup/{made.json()['confirmationNumber']}"
    read = await usps.call("GET", where)
    fits(read, PICKUP, ONE_PICKUP, "get")
    change = {"carrierPickupRequest": pickup_request(pickupDate="2026-01-07")}
    usps_checked.check(change, PICKUP, ONE_PICKUP, "put", "request")
    fits(await usps.call("PUT", where, change, If_Match=read.headers["etag"]), PICKUP, ONE_PICKUP, "put")
    eligible = await usps.call("GET", "/pickup/v3/carrier-pickup/eligibility?streetAddress=1 Dock Rd&ZIPCode=30005")
    fits(eligible, PICKUP, "/carrier-pickup/eligibility", "get")


async def test_locations_fit(usps: USPSClient) -> None:
    """Offices, lockers and places to drop off."""
    start = "/locations/v3"
    offices = await usps.call("GET", f"{start}/post-office-locations?ZIPCode=80012&pickupService=HOLD_FOR_PICKUP")
    fits(offices, LOCATIONS, "/post-office-locations", "get")
    lockers = await usps.call("GET", f"{start}/parcel-locker-locations?ZIPCode=80012")
    fits(lockers, LOCATIONS, "/parcel-locker-locations", "get")
    dropoffs = await usps.call("GET", f"{start}/dropoff-locations?destinationZIPCode=80012")
    fits(dropoffs, LOCATIONS, "/dropoff-locations", "get")


@pytest.mark.parametrize("kind", KINDS)
async def test_tracking_fits_at_every_hour(usps: USPSClient, kind: str) -> None:
    """Whenever a client looks, until all is over; in both versions."""
    body = international() if kind == "customs_hold" else domestic()
    made = await usps.buy(body)
    number = made.get("trackingNumber") or made["internationalTrackingNumber"]
    usps.simulator.set_journey(tracking_number=number, kind=kind)
    usps.simulator.set_switches(tracking_api="both")
    for _ in range(24):
        usps.token = ""
        found = await usps.track(number, "9400100000000000123453")
        assert found.status_code == 207
        fits(found, TRACKING, "/tracking", "post")
        for expand in ("DETAIL", "SUMMARY"):
            old = await usps.call("GET", f"/tracking/v3/tracking/{number}?expand={expand}")
            fits(old, OLD_TRACKING, "/tracking/{trackingNumber}", "get")
        usps.clock.advance(12 * 3600)


async def test_batches_of_known_parcels_fit(usps: USPSClient) -> None:
    """A batch of which all is known is a plain 200; the request fits too."""
    numbers = [(await usps.buy(domestic()))["trackingNumber"] for _ in range(3)]
    question = [{"trackingNumber": number, "destinationZIPCode": "80012"} for number in numbers]
    usps_checked.check(question, TRACKING, "/tracking", "post", "request")
    answer = await usps.track(*numbers)
    assert answer.status_code == 200
    fits(answer, TRACKING, "/tracking", "post")
    fits(await usps.track("1"), TRACKING, "/tracking", "post")


async def test_letters_and_mails_fit(usps: USPSClient) -> None:
    """Taken with 202; in both directions."""
    number = (await usps.buy(domestic()))["trackingNumber"]
    usps.pass_time(days=10)
    unique = (await usps.parcel(number))["uniqueTrackingID"]
    people = [{"email": "a@b.test", "firstName": "A", "lastName": "B"}]
    bodies: dict[str, Json] = {
        "notifications": {"uniqueTrackingID": unique, "notifyEventTypes": ["ALL_UPDATES"], "recipients": people},
        "proof-of-delivery": {"uniqueTrackingID": unique, "recipients": people},
    }
    for name, body in bodies.items():
        path = f"/tracking/{{trackingNumber}}/{name}"
        usps_checked.check(body, TRACKING, path, "post", "request")
        answer = await usps.call("POST", f"/tracking/v3r2/tracking/{number}/{name}", body)
        assert answer.status_code == 202
        fits(answer, TRACKING, path, "post")


async def test_the_older_letter_fits(usps: USPSClient) -> None:
    """With the members of the detail that it repeats."""
    number = (await usps.buy(domestic()))["trackingNumber"]
    usps.simulator.set_switches(tracking_api="v3")
    usps.pass_time(days=10)
    detail = (await usps.call("GET", f"/tracking/v3/tracking/{number}?expand=DETAIL")).json()
    body = {
        "uniqueMailPieceID": detail["uniqueMailPieceId"],
        "mailPieceIntakeDate": detail["mailPieceIntakeDate"],
        "tableCode": detail["tableCode"],
        "requestType": "email",
        "firstName": "A",
        "lastName": "B",
        "email": ["a@b.test"],
    }
    path = "/tracking/{trackingNumber}/proof-of-delivery"
    usps_checked.check(body, OLD_TRACKING, path, "post", "request")
    answer = await usps.call("POST", f"/tracking/v3/tracking/{number}/proof-of-delivery", body)
    assert answer.status_code == 202
    fits(answer, OLD_TRACKING, path, "post")


async def test_standards_are_as_assumed(usps: USPSClient) -> None:
    """USPS publishes examples of them only."""
    query = "originZIPCode=30005&destinationZIPCode=80012"
    for name in ("estimates", "standards"):
        answer = await usps.call("GET", f"/service-standards/v3/{name}?{query}")
        check_assumed(answer.json(), name)


async def test_subscriptions_are_as_assumed(usps: USPSClient) -> None:
    """So are pushes, whose payload is tracking detail as the description has it."""
    number = (await usps.buy(domestic()))["trackingNumber"]
    body = {
        "listenerURL": "https://shop.example/usps",
        "secret": "s" * 32,
        "adminNotification": [{"email": "ops@shop.example"}],
        "filterProperties": {"MID": "900123456", "trackingEventTypes": ["ALL_UPDATES"]},
    }
    check_assumed(body, "subscription.request")
    made = await usps.call("POST", "/subscriptions-tracking/v3/subscriptions", body)
    check_assumed(made.json(), "subscription")
    usps.pass_time(days=3)
    pushes = usps.simulator.deliveries()
    assert len(pushes) > 3
    for push in pushes:
        told = json.loads(push["body"])
        check_assumed(told, "push")
        detail = json.loads(told["payload"])
        assert detail["trackingNumber"] == number
        usps_checked.check([detail], TRACKING, "/tracking", "post", "response")


async def test_adjustments_are_as_assumed(usps: USPSClient) -> None:
    """And disputes of them."""
    number = (await usps.buy(domestic()))["trackingNumber"]
    usps.simulator.adjust(tracking_number=number, amount="1.20")
    found = await usps.call("GET", f"/adjustments/v3/adjustments/12345678/{number}/CENSUS")
    check_assumed(found.json(), "adjustments")
    asked = {"CRID": "12345678", "trackingNumber": number, "reason": "WEIGHT"}
    made = await usps.call("POST", "/disputes/v3/dispute", asked)
    check_assumed(made.json(), "dispute")


REFUSALS: list[tuple[str, str, str, Callable[[USPSClient], Awaitable[httpx.Response]]]] = [
    (PRICES, "/base-rates/search", "post", lambda usps: usps.call("POST", "/prices/v3/base-rates/search", {})),
    (OPTIONS, "/options/search", "post", lambda usps: usps.call("POST", "/shipments/v3/options/search", {})),
    (LABELS, "/label", "post", lambda usps: usps.ship(put(domestic(), "toAddress.ZIPCode", "10018"))),
    (ABROAD, "/international-label", "post", lambda usps: usps.ship(put(international(), "toAddress.postalCode", "1"))),
    (LOCATIONS, "/post-office-locations", "get", lambda usps: usps.call("GET", "/locations/v3/post-office-locations")),
    (TRACKING, "/tracking", "post", lambda usps: usps.track()),
]


@pytest.mark.parametrize(
    ("spec", "path", "method", "ask"), [pytest.param(*row, id=row[0].partition("/")[2]) for row in REFUSALS]
)
async def test_refusals_fit(
    usps: USPSClient, spec: str, path: str, method: str, ask: Callable[[USPSClient], Awaitable[Any]]
) -> None:
    """Errors have a shape too."""
    answer = await ask(usps)
    assert answer.status_code == 400
    fits(answer, spec, path, method)


async def test_requests_without_a_token_are_refused_in_shape(usps: USPSClient) -> None:
    """401 has a body in the common shape, and a header that says how to sign in."""
    answer = await usps.http.get("/addresses/v3/city-state?ZIPCode=80012")
    assert answer.status_code == 401
    assert "www-authenticate" in answer.headers
    fits(answer, ADDRESSES, "/city-state", "get")


def test_every_erratum_has_a_reason_and_evidence() -> None:
    """A blanket exception would make the oracle blind."""
    errata = json.loads((oracle.ERRATA / "usps.json").read_text(encoding="utf-8"))

    assert all(len(patch["reason"]) > 20 and len(patch["evidence"]) > 10 for patch in errata["patches"])
    for spec in SPECS:
        oracle.load_spec(spec)
