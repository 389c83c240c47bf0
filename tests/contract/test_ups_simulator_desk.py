"""Transit times, places, pickups, papers, subscriptions and shipping options of the simulated UPS fit UPS's descriptions."""

import json
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox.ups import UPSSimulator
from tests.contract import oracle
from tests.sandbox.ups import desk_samples as desk
from tests.sandbox.ups.samples import Json, UPSClient, domestic, international, put

pytestmark = oracle.needs_specs

TRANSIT, LOCATOR, PICKUP = "ups/time_in_transit.yaml", "ups/locator.yaml", "ups/pickup.yaml"
PAPERLESS, ALERTS, SHIPPING = "ups/paperless.yaml", "ups/track_alert.yaml", "ups/shipping.yaml"
TRANSIT_PATH = "/shipments/{version}/transittimes"
LOCATOR_PATH = "/locations/{version}/search/availabilities/{reqOption}"
CREATE_PATH = "/pickupcreation/{version}/pickup"
PENDING_PATH, CANCEL_PATH = "/shipments/{version}/pickup/{pickuptype}", "/shipments/{version}/pickup/{CancelBy}"
UPLOAD_PATH, IMAGE_PATH = "/paperlessdocuments/{version}/upload", "/paperlessdocuments/{version}/image"
DELETE_PATH = "/paperlessdocuments/{version}/DocumentId/ShipperNumber"
SUBSCRIBE_PATH, ACCOUNT_PATH = "/subscription/{type}/package", "/subscription/{type}/account"
SHIP_PATH, VOID_PATH = "/shipments/{version}/ship", "/shipments/{version}/void/cancel/{shipmentidentificationnumber}"
RECOVERY_PATH = "/labels/{version}/recovery"


@pytest.fixture
def ups() -> UPSClient:
    """Return a client of a fresh simulator without rate limits."""
    clock = ManualClock()
    return UPSClient(UPSSimulator(clock=clock, limits=False), clock)


TRANSITS: dict[str, Callable[[], Json]] = {
    "domestic": desk.transit_question,
    "abroad": desk.transit_abroad,
    "numbers": lambda: desk.transit_abroad(weight=3.5, shipmentContentsValue=30),
    "before a weekend": lambda: desk.transit_question(shipDate="2026-01-09"),
    "ambiguous": lambda: desk.transit_question(
        destinationPostalCode=..., destinationCityName="Chicago", destinationStateProvince="IL"
    ),
}


@pytest.mark.parametrize("kind", TRANSITS)
async def test_transit_times_fit(ups: UPSClient, kind: str) -> None:
    """In both directions; a list to pick from is an answer too."""
    body = TRANSITS[kind]()
    oracle.check(body, TRANSIT, TRANSIT_PATH, "post", "request")
    answer = await desk.ask_transit(ups, body)

    assert answer.status_code == 200, answer.text
    oracle.check(answer.json(), TRANSIT, TRANSIT_PATH, "post", "response")


@pytest.mark.parametrize("described", [True, False])
async def test_refused_transit_times_fit(ups: UPSClient, described: bool) -> None:
    """As described, and in the shape of every other path of UPS."""
    ups.simulator.set_switches(described_transit_errors=described)
    answer = await desk.ask_transit(ups, desk.transit_question(originCountryCode=...))

    assert answer.status_code == 400
    assert ("response" in answer.json()) != described
    oracle.check(answer.json(), TRANSIT, TRANSIT_PATH, "post", "response", 400)


@pytest.mark.parametrize("option", ["1", "8", "16", "24", "32", "40", "48", "56", "64"])
async def test_places_fit(ups: UPSClient, option: str) -> None:
    """In both directions, for everything that can be asked for."""
    body = desk.places_question()
    oracle.check(body, LOCATOR, LOCATOR_PATH, "post", "request")
    answer = await desk.ask_places(ups, body, option)

    assert answer.status_code == 200, answer.text
    oracle.check(answer.json(), LOCATOR, LOCATOR_PATH, "post", "response")


async def test_other_answers_of_the_locator_fit(ups: UPSClient) -> None:
    """None found, one by its number, an ambiguous town, a refusal."""
    nowhere = desk.places_question("99501")
    put(nowhere, "OriginAddress.AddressKeyFormat.PoliticalDivision1", "AK")
    by_number = desk.places_question(AccessPointSearch={"PublicAccessPointID": "U32345678", "ExistIndicator": ""})
    town = desk.places_question("")
    put(put(town, "OriginAddress.AddressKeyFormat.PoliticalDivision2", "Chicago"), "Translate", {"Locale": "en_US"})
    put(town, "OriginAddress.AddressKeyFormat.PoliticalDivision1", "IL")
    answers = [await desk.ask_places(ups, body) for body in (nowhere, by_number, town)]
    answers.append(await desk.ask_places(ups, put(desk.places_question(), "Request.RequestAction", "Find")))

    results = [answer.json()["LocatorResponse"]["SearchResults"] for answer in answers[:3]]
    assert "DropLocation" not in results[0]
    assert "ActiveAvailableAccessPointIndicator" in results[1]
    assert len(results[2]["GeocodeCandidate"]) == 2
    for answer in answers:
        oracle.check(answer.json(), LOCATOR, LOCATOR_PATH, "post", "response", answer.status_code)


async def test_pickups_fit(ups: UPSClient) -> None:
    """Price, order, pending status, cancellation; and each refused."""
    oracle.check(desk.pickup_price(), PICKUP, PENDING_PATH, "post", "request")
    oracle.check(desk.pickup_order(), PICKUP, CREATE_PATH, "post", "request")
    priced = await ups.call("POST", "/api/shipments/v2409/pickup/oncall", desk.pickup_price(), **desk.HEADERS)
    ordered = await desk.order_pickup(ups)
    pending = await desk.pending_pickups(ups)
    prn = ordered.json()["PickupCreationResponse"]["PRN"]
    cancelled = await desk.cancel_pickup(ups, Prn=prn)
    again = await desk.cancel_pickup(ups, Prn=prn)
    unrated = await desk.order_pickup(ups, put(desk.pickup_order(), "RatePickupIndicator", "N"))

    assert [answer.status_code for answer in (priced, ordered, pending, cancelled, again, unrated)] == [
        200, 200, 200, 200, 400, 200,
    ]  # fmt: skip
    oracle.check(priced.json(), PICKUP, PENDING_PATH, "post", "response")
    oracle.check(ordered.json(), PICKUP, CREATE_PATH, "post", "response")
    oracle.check(unrated.json(), PICKUP, CREATE_PATH, "post", "response")
    assert pending.json()["PickupPendingStatusResponse"]["PendingStatus"]
    oracle.check(pending.json(), PICKUP, PENDING_PATH, "get", "response")
    oracle.check(cancelled.json(), PICKUP, CANCEL_PATH, "delete", "response")
    oracle.check(again.json(), PICKUP, CANCEL_PATH, "delete", "response", 400)


async def test_the_list_of_states_fits(ups: UPSClient) -> None:
    """It belongs to the pickup's address."""
    answer = await ups.call("GET", "/api/pickup/v2409/countries/US", **desk.HEADERS)

    oracle.check(answer.json(), PICKUP, "/pickup/{version}/countries/{countrycode}", "get", "response")


async def test_documents_fit(ups: UPSClient) -> None:
    """Upload, attach, delete; and each refused."""
    bought = (await ups.buy(international()))["ShipmentIdentificationNumber"]
    oracle.check(desk.upload_request(), PAPERLESS, UPLOAD_PATH, "post", "request")
    uploaded = await desk.send_upload(ups)
    number = uploaded.json()["UploadResponse"]["FormsHistoryDocumentID"]["DocumentID"][0]
    oracle.check(desk.attach_request(number, bought), PAPERLESS, IMAGE_PATH, "post", "request")
    attached = await desk.attach(ups, desk.attach_request(number, bought))
    deleted = await desk.delete_document(ups, DocumentId=number, **desk.SHIPPER)
    again = await desk.delete_document(ups, DocumentId=number, **desk.SHIPPER)
    refused = await desk.attach(ups, desk.attach_request(number, bought))

    assert [answer.status_code for answer in (uploaded, attached, deleted, again, refused)] == [200, 200, 200, 400, 400]
    oracle.check(uploaded.json(), PAPERLESS, UPLOAD_PATH, "post", "response")
    oracle.check(attached.json(), PAPERLESS, IMAGE_PATH, "post", "response")
    oracle.check(deleted.json(), PAPERLESS, DELETE_PATH, "delete", "response")
    oracle.check(again.json(), PAPERLESS, DELETE_PATH, "delete", "response", 400)
    oracle.check(refused.json(), PAPERLESS, IMAGE_PATH, "post", "response", 400)


async def test_subscriptions_fit(ups: UPSClient) -> None:
    """To numbers and to the account: taken, taken in part, refused."""
    number = (await ups.buy(domestic()))["ShipmentIdentificationNumber"]
    body = desk.subscription(number, eventPreferences=["D", "X"])
    oracle.check(body, ALERTS, SUBSCRIBE_PATH, "post", "request")
    taken = await desk.subscribe(ups, body, "enhanced")
    in_part = await desk.subscribe(ups, desk.subscription(number, "1Z$"))
    refused = await desk.subscribe(ups, desk.subscription("1Z$"))
    account = {"locale": "en_US", "countryCode": "US", "shipperAccountNumber": "C4RT01", "subAccountType": ["Outbound"]}
    oracle.check(account, ALERTS, ACCOUNT_PATH, "post", "request")
    followed = await ups.call("POST", f"{desk.ALERT}/enhanced/account", account, **desk.HEADERS)
    path = f"{desk.ALERT}/enhanced/account?shipper_account_number=C4RT01"
    left = await ups.call("DELETE", path, **desk.HEADERS)
    again = await ups.call("DELETE", path, **desk.HEADERS)

    answers = (taken, in_part, refused, followed, left, again)
    assert [answer.status_code for answer in answers] == [200, 200, 400, 200, 200, 400]
    for answer in (taken, in_part, refused):
        oracle.check(answer.json(), ALERTS, SUBSCRIBE_PATH, "post", "response", answer.status_code)
    oracle.check(followed.json(), ALERTS, ACCOUNT_PATH, "post", "response")
    for answer in (left, again):
        oracle.check(answer.json(), ALERTS, ACCOUNT_PATH, "delete", "response", answer.status_code)


def push_validator() -> Any:
    """Return the validator of a push: the description has it among its webhooks, which are no paths."""
    document = oracle.load_spec(ALERTS)
    schema = oracle._to_json_schema({"components": document["components"]}, closed=True)
    return jsonschema_rs.Draft202012Validator({"$ref": "#/components/schemas/TrackingEventRequest", **schema})


@pytest.mark.parametrize("kind", ["normal", "delayed", "exception", "attempted", "returned", "not_collected"])
@pytest.mark.parametrize("make", [domestic, international, desk.to_access_point])
async def test_pushes_fit(ups: UPSClient, kind: str, make: Callable[[], Json]) -> None:
    """From the label to the end, abroad too."""
    number = (await ups.buy(make()))["ShipmentIdentificationNumber"]
    ups.simulator.set_journey(tracking_number=number, kind=kind)
    await desk.subscribe(ups, desk.subscription(number, desk.TEST_NUMBER), "enhanced")
    ups.clock.advance(14 * 86400)
    pushes = ups.simulator.deliveries()

    assert len(pushes) > 6
    for push in pushes:
        assert not oracle.problems(push_validator(), json.loads(push["body"])), push["body"]
        assert push["headers"]["User-Agent"] == "UPSPubSubTrackingService"


SHIPMENTS: dict[str, Callable[[], Json]] = {
    "access point": desk.to_access_point,
    "printed return": lambda: put(desk.coming_back(), "ReceiptSpecification", {"ImageFormat": {"Code": "EPL"}}),
    "mailed return": lambda: desk.coming_back("8", EMail={"EMailAddress": "j@example.com"}, LabelLinksIndicator=""),
    "print and mail": lambda: desk.coming_back("2"),
    "one attempt": lambda: desk.coming_back("3"),
    "dry ice": lambda: put(
        domestic(),
        "Shipment.Package.0.PackageServiceOptions.DryIce",
        {"RegulationSet": "CFR", "DryIceWeight": {"UnitOfMeasurement": {"Code": "01"}, "Weight": "1.5"}},
    ),
    "alcohol": lambda: put(
        domestic(), "Shipment.ShipmentServiceOptions.RestrictedArticles", {"AlcoholicBeveragesIndicator": ""}
    ),
    "lithium": lambda: put(
        put(domestic(), "Shipment.Package.0.PackageServiceOptions.HazMat", [desk.hazardous()]),
        "Shipment.DGSignatoryInfo",
        {"Name": "A Smith", "Title": "Safety", "Place": "Alpharetta", "Date": "20260105"},
    ),
    "released": lambda: put(domestic(), "Shipment.Package.0.PackageServiceOptions.ShipperReleaseIndicator", ""),
    "third party": lambda: put(
        domestic(),
        "Shipment.PaymentInformation.ShipmentCharge.0",
        {
            "Type": "01",
            "BillThirdParty": {
                "AccountNumber": "T1R2D3",
                "Address": {"PostalCode": "10001", "CountryCode": "US"},
            },
        },
    ),
}


@pytest.mark.parametrize("kind", SHIPMENTS)
async def test_labels_with_options_fit(ups: UPSClient, kind: str) -> None:
    """In both directions, recovered where UPS can, and voided."""
    ups.simulator.set_switches(contracts=["hazmat", "restricted_articles"])
    body = SHIPMENTS[kind]()
    oracle.check(body, SHIPPING, SHIP_PATH, "post", "request")
    answer = await ups.ship(body)

    assert answer.status_code == 200, answer.text
    oracle.check(answer.json(), SHIPPING, SHIP_PATH, "post", "response")
    number = answer.json()["ShipmentResponse"]["ShipmentResults"]["ShipmentIdentificationNumber"]
    recovered = await ups.recover(TrackingNumber=number)
    oracle.check(recovered.json(), SHIPPING, RECOVERY_PATH, "post", "response", recovered.status_code)
    voided = await ups.void(number)
    oracle.check(voided.json(), SHIPPING, VOID_PATH, "delete", "response", voided.status_code)


async def test_a_shipment_with_uploaded_papers_fits(ups: UPSClient) -> None:
    """The merchant's own invoice in place of UPS's."""
    forms = "Shipment.ShipmentServiceOptions.InternationalForms"
    body = put(international(), f"{forms}.FormType", ["07"])
    put(body, f"{forms}.UserCreatedForm", {"DocumentID": [await desk.upload(ups)]})
    oracle.check(body, SHIPPING, SHIP_PATH, "post", "request")
    answer = await ups.ship(body)

    assert answer.status_code == 200, answer.text
    oracle.check(answer.json(), SHIPPING, SHIP_PATH, "post", "response")


@pytest.mark.parametrize("kind", ["normal", "not_collected"])
async def test_parcels_at_access_points_are_tracked_as_described(ups: UPSClient, kind: str) -> None:
    """Whenever a client looks; every code stands in UPS's tables."""
    tables = oracle.load_yaml("ups/tracking_code_tables.json")
    known = {value for rows in tables.values() for row in rows for name, value in row.items() if name.endswith("CODE")}
    number = (await ups.buy(desk.to_access_point()))["ShipmentIdentificationNumber"]
    ups.simulator.set_journey(tracking_number=number, kind=kind)
    seen = set()
    for _ in range(60):
        ups.token = ""
        answer = await ups.track(number, "?returnSignature=true&returnPOD=true")
        oracle.check(answer.json(), "ups/tracking.yaml", "/track/v1/details/{inquiryNumber}", "get", "response")
        package = answer.json()["trackResponse"]["shipment"][0]["package"][0]
        seen |= {activity["status"]["code"] for activity in package["activity"]}
        ups.clock.advance(8 * 3600)

    assert "2Q" in seen
    assert {"normal": "2W", "not_collected": "3N"}[kind] in seen
    assert seen - known <= {"FS"}
