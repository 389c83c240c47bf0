"""Transit times, Access Points, papers, visits and pushes: what the UPS driver sends and reads fits UPS's descriptions of each."""

import base64
import contextlib
import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from cartcarrier.carriers.ups import UPSCarrier
from cartcarrier.carriers.ups.schemas import (
    DeleteResponseEnvelope,
    LocatorResponseEnvelope,
    PickupCancelResponseEnvelope,
    PickupCreationResponseEnvelope,
    PickupPendingStatusResponseEnvelope,
    PickupRateResponseEnvelope,
    PushResponseEnvelope,
    SubscriptionAnswer,
    TrackingAlert,
    TransitResponse,
    UploadResponseEnvelope,
)
from cartcarrier.errors import OperationError
from cartcarrier.http import ReceivedRequest, json_decoder
from cartcarrier.models import (
    Address,
    Document,
    Pickup,
    PickupRequest,
    ShipmentRequest,
    TrackingStatus,
    TrackingUpdated,
    WebhookRequest,
    Weight,
    WeightUnit,
)
from tests.contract import oracle
from tests.contract.test_ups_driver import accepted, example_of, parameters_of, problems_of, schema_of, undescribed
from tests.unit.carriers.ups.samples import (
    FIRST,
    Answer,
    abroad,
    carrier,
    parcel,
    parisian,
    recipient,
    reply,
    request,
    sender,
    sent,
    shirt,
)
from tests.unit.carriers.ups.test_driver import of_shipment

pytestmark = oracle.needs_specs

TRANSIT = ("ups/time_in_transit.yaml", "/shipments/{version}/transittimes", "post")
LOCATE = ("ups/locator.yaml", "/locations/{version}/search/availabilities/{reqOption}", "post")
UPLOAD = ("ups/paperless.yaml", "/paperlessdocuments/{version}/upload", "post")
PUSH = ("ups/paperless.yaml", "/paperlessdocuments/{version}/image", "post")
DELETE = ("ups/paperless.yaml", "/paperlessdocuments/{version}/DocumentId/ShipperNumber", "delete")
COME = ("ups/pickup.yaml", "/pickupcreation/{version}/pickup", "post")
PRICE = ("ups/pickup.yaml", "/shipments/{version}/pickup/{pickuptype}", "post")
PENDING = ("ups/pickup.yaml", "/shipments/{version}/pickup/{pickuptype}", "get")
CANCEL = ("ups/pickup.yaml", "/shipments/{version}/pickup/{CancelBy}", "delete")
FOLLOW = ("ups/track_alert.yaml", "/subscription/{type}/package", "post")
TRACK = ("ups/tracking.yaml", "/track/v1/details/{inquiryNumber}", "get")

READY = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
BERLIN = sender(country_code="DE", region=None, postal_code="10115", city="Berlin", phone="+49 30 5550100")
PAPER = Document(kind="commercial_invoice", format="pdf", data=b"%PDF-1.4 invoice")


def visit(**changes: Any) -> PickupRequest:
    """Return what is asked of UPS's driver."""
    values: dict[str, Any] = {
        "address": sender(),
        "ready_at": READY,
        "close_at": READY + timedelta(hours=4),
        "parcels": 3,
    }
    return PickupRequest(**{**values, **changes})


async def sent_by(call: Callable[[UPSCarrier], Any], answer: object) -> ReceivedRequest:
    """Return the one request that a call sends."""
    driver = carrier(lambda _: reply(answer), webhook_credential="let me in")
    with contextlib.suppress(OperationError):  # an answer that makes no sense is not what is asked here
        await call(driver)
    (one,) = sent(driver)
    return one


def came_with(body: object) -> list[str]:
    """Return what the description has against a request to come; it is one of two things that may be asked there."""
    document = copy.deepcopy(oracle.load_spec(COME[0]))
    oracle.apply_patch(document, {"op": "limits_of_elements"})
    root = {"schema": document["components"]["schemas"]["PICKUPCreationRequestWrapper"], **parts(document)}
    root = oracle._to_json_schema(root, closed=True)
    validator = jsonschema_rs.Draft4Validator({"allOf": [root.pop("schema")], **root})
    return accepted(oracle.problems(validator, body), COME[0])


def parts(document: dict[str, Any]) -> dict[str, Any]:
    """Return what the schemas refer to."""
    return {"components": document["components"]}


# --- what is sent -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        request(),
        request(ship_to=recipient(residential=True), service=None),
        abroad(),
        abroad(ship_from=BERLIN, ship_to=parisian()),
        abroad(parcels=[parcel(items=[shirt()], packaging="01")]),
    ],
    ids=["domestic", "home", "abroad", "within the EU", "letter"],
)
async def test_question_for_times_fits(asked: ShipmentRequest) -> None:
    """Names begin small there, and numbers are numbers."""
    one = await sent_by(lambda driver: driver.get_transit_times(asked), {})
    assert one.path == "/api/shipments/v1/transittimes"
    assert problems_of(json.loads(one.content), TRANSIT) == []
    assert {"transid", "transactionsrc"} <= set(one.headers)


@pytest.mark.parametrize("near", [recipient(postal_code="80012-1234"), BERLIN, parisian(region="IDF")])
async def test_question_for_places_fits(near: Address) -> None:
    """Its words for addresses are those of address validation."""
    one = await sent_by(lambda driver: driver.find_locations(near), {"LocatorResponse": {}})
    assert one.path == "/api/locations/v3/search/availabilities/64"
    assert problems_of(json.loads(one.content), LOCATE) == []


async def test_papers_fit() -> None:
    """The account stands in the header, too."""
    one = await sent_by(lambda driver: driver.upload_document(PAPER, request=abroad()), {"UploadResponse": {}})
    assert one.path == "/api/paperlessdocuments/v2/upload"
    assert one.headers["shippernumber"] == "AB12C3"
    assert problems_of(json.loads(one.content), UPLOAD) == []
    (file,) = json.loads(one.content)["UploadRequest"]["UserCreatedForm"]
    assert base64.b64decode(file["UserCreatedFormFile"]) == PAPER.data


async def test_papers_for_a_shipment_fit() -> None:
    """They are joined to it after the purchase."""
    one = await sent_by(
        lambda driver: driver.attach_documents(of_shipment(), ["002:2026-11-24-00.15.33.207814"]),
        {"PushToImageRepositoryResponse": {}},
    )
    assert one.path == "/api/paperlessdocuments/v2/image"
    assert problems_of(json.loads(one.content), PUSH) == []


async def test_paper_is_deleted_by_headers() -> None:
    """The words in the path are meant literally."""
    one = await sent_by(lambda driver: driver.delete_document("002:2026-11-24-00.15.33.207814"), {"DeleteResponse": {}})
    assert (one.method, one.path) == ("DELETE", "/api/paperlessdocuments/v2/DocumentId/ShipperNumber")
    assert one.headers["documentid"] == "2026-11-24-00.15.33.207814"
    assert {"documentid", "shippernumber"} <= parameters_of(DELETE)["header"]


@pytest.mark.parametrize(
    "asked",
    [
        visit(),
        visit(weight=Weight(value="300", unit=WeightUnit.POUND), service="01"),
        visit(address=BERLIN, weight=Weight(value="2", unit=WeightUnit.KILOGRAM)),
    ],
    ids=["plain", "heavy", "Berlin"],
)
async def test_request_to_come_fits(asked: PickupRequest) -> None:
    """A visit costs money; so do misunderstandings."""
    one = await sent_by(lambda driver: driver.schedule_pickup(asked), {"PickupCreationResponse": {}})
    assert one.path == "/api/pickupcreation/v2409/pickup"
    assert came_with(json.loads(one.content)) == []


async def test_question_for_the_price_of_a_visit_fits() -> None:
    """It has other words for the same things."""
    one = await sent_by(lambda driver: driver.rate_pickup(visit()), {"PickupRateResponse": {}})
    assert one.path == "/api/shipments/v2409/pickup/oncall"
    assert problems_of(json.loads(one.content), PRICE) == []


async def test_visit_is_cancelled_by_its_number() -> None:
    """By account it would be the latest one, whichever that is."""
    pickup = Pickup(carrier="ups:default", id="2929602E9CP")
    one = await sent_by(lambda driver: driver.cancel_pickup(pickup), {"PickupCancelResponse": {}})
    assert (one.method, one.path, one.headers["prn"]) == ("DELETE", "/api/shipments/v2409/pickup/02", "2929602E9CP")
    assert "prn" in parameters_of(CANCEL)["header"]
    assert "accountnumber" in parameters_of(PENDING)["header"]


async def test_request_for_pushes_fits() -> None:
    """In the version in use the address for pushes is not told."""
    one = await sent_by(lambda driver: driver.subscribe_tracking([FIRST], url="https://shop.example/ups"), {})
    assert one.path == "/api/track/v2/subscription/standard/package"
    # the subscription's number pattern and list stand in an allOf that the closed reading cannot close
    oracle.check(json.loads(one.content), *FOLLOW, "request", closed=False)


async def test_question_for_a_proof_uses_parameters_that_are_described() -> None:
    """They are those of tracking."""
    one = await sent_by(lambda driver: driver.get_proof_of_delivery(FIRST), {"trackResponse": {"shipment": []}})
    assert one.params["returnPOD"] == "true"
    assert one.params["returnSignature"] == "true"
    assert {name.lower() for name in one.params} <= parameters_of(TRACK)["query"]


# --- what is read -------------------------------------------------------------------------------------------------------

ANSWERS: dict[str, tuple[type[msgspec.Struct], tuple[str, str, str]]] = {
    "times": (TransitResponse, TRANSIT),
    "places": (LocatorResponseEnvelope, LOCATE),
    "upload": (UploadResponseEnvelope, UPLOAD),
    "push of papers": (PushResponseEnvelope, PUSH),
    "deletion": (DeleteResponseEnvelope, DELETE),
    "visit": (PickupCreationResponseEnvelope, COME),
    "price of a visit": (PickupRateResponseEnvelope, PRICE),
    "pending visits": (PickupPendingStatusResponseEnvelope, PENDING),
    "cancelled visit": (PickupCancelResponseEnvelope, CANCEL),
    "subscription": (SubscriptionAnswer, FOLLOW),
}


def answer_schema(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a description and the schema of an answer; of two alternatives the one that is meant."""
    document, schema = schema_of(ANSWERS[name][1], 200)
    return document, schema["oneOf"][0] if "oneOf" in schema else schema


@pytest.mark.parametrize("name", ANSWERS)
def test_every_member_that_is_read_is_described(name: str) -> None:
    """A misspelled one would always be missing, and nobody would notice."""
    assert undescribed(ANSWERS[name][0], *answer_schema(name), "") == []


@pytest.mark.parametrize("single", [True, False], ids=["objects", "arrays"])
@pytest.mark.parametrize("name", ANSWERS)
def test_fullest_described_answer_is_read(name: str, single: bool) -> None:
    """Made of all that the description lists, with its own example values."""
    document, schema = answer_schema(name)
    json_decoder(ANSWERS[name][0]).decode(msgspec.json.encode(example_of(document, schema, single=single)))


# --- what is pushed -----------------------------------------------------------------------------------------------------

UNDESCRIBED = {"activityStatus.descriptionCode"}
"""In UPS's own examples of pushes; in their schema only with an erratum."""


def test_every_member_of_a_push_that_is_read_is_described() -> None:
    """As with answers."""
    document = oracle.load_spec(FOLLOW[0])
    schema = document["components"]["schemas"]["TrackingEventRequest"]
    assert set(undescribed(TrackingAlert, document, schema, "")) <= UNDESCRIBED


@pytest.mark.parametrize(
    ("example", "status"),
    [("1", TrackingStatus.OUT_FOR_DELIVERY), ("2", TrackingStatus.DELIVERED)],
)
async def test_published_push_is_read(example: str, status: TrackingStatus) -> None:
    """UPS's own examples, as they are; one has a number where a text with zeros is meant."""
    document = oracle.load_yaml(FOLLOW[0])
    operation = document["webhooks"]["TrackingEvent"]["post"]
    value = operation["requestBody"]["content"]["application/json"]["examples"][example]["value"]
    # YAML reads the bare 021 as an octal number; UPS writes JSON, where it can only be a text
    code = {"1": "021", "2": "011"}[example]
    value = {**value, "activityStatus": {**value["activityStatus"], "descriptionCode": code}}
    driver = carrier(unasked, webhook_credential="let me in")
    push = WebhookRequest(
        method="POST",
        url="https://shop.example/ups",
        headers={"Authorization": "Bearer let me in", "User-Agent": "UPSPubSubTrackingService"},
        body=msgspec.json.encode(value),
    )
    (event,) = (await driver.receive(push)).events
    assert isinstance(event, TrackingUpdated)
    assert event.tracking.tracking_number == "1Z204W4R0308071865"
    assert event.tracking.status is status
    assert event.occurred_at is not None
    assert event.occurred_at.utcoffset() == timedelta(0)


def unasked(_: ReceivedRequest) -> Answer:
    """Fail: a push is read without asking anybody."""
    raise AssertionError("a push needs no request")
