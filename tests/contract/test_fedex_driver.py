"""What the FedEx driver sends fits FedEx's published descriptions, and what they describe is what the driver reads."""

import json
import types
import typing
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

import attrs
import msgspec
import pytest

from cartcarrier.carriers.fedex import FedExBattery, FedExCarrier, FedExNotice, FedExOptions
from cartcarrier.carriers.fedex.codes import event_status
from cartcarrier.carriers.fedex.codes.services import LASER_STOCKS, THERMAL_STOCKS
from cartcarrier.carriers.fedex.codes.tracking import STATUS_CODES
from cartcarrier.carriers.fedex.errors import ErrorBody
from cartcarrier.carriers.fedex.mapping import to_rate_question, to_transit_question
from cartcarrier.carriers.fedex.schemas import (
    AddressAnswer,
    CancelAnswer,
    CloseAnswer,
    LocationAnswer,
    PickupAnswer,
    PickupCancelAnswer,
    PostalAnswer,
    ProofAnswer,
    RateAnswer,
    ShipAnswer,
    TrackAnswer,
    TransitAnswer,
    UploadAnswer,
)
from cartcarrier.http import ManualClock, asgi_transport, handler_transport, json_decoder, json_encode
from cartcarrier.models import (
    BillParty,
    BillTo,
    ContentsType,
    CustomsDeclaration,
    Document,
    LabelFormat,
    Money,
    PickupRequest,
    ShipmentOptions,
    ShipmentRequest,
    Signature,
    TaxId,
    TrackingRef,
    TrackingStatus,
    Weight,
    WeightUnit,
)
from cartcarrier.sandbox import Sandbox
from cartcarrier.testing import make_address, make_parcel, make_request, make_warehouse
from tests.contract import oracle
from tests.unit.carriers.fedex.samples import (
    ACCOUNT,
    FIRST,
    always,
    body_sent,
    bought,
    config,
    offer,
    offers,
    options,
    parcel,
    parisian,
    piece,
    recipient,
    reply,
    request,
    result,
    scan,
    sender,
    sent,
    step_of,
    tracked,
)
from tests.unit.carriers.fedex.samples import abroad as abroad_request
from tests.unit.carriers.fedex.samples import carrier as carrier_of

pytestmark = oracle.needs_specs

RATE = ("fedex/rates_transit_times.json", "/rate/v1/rates/quotes", "post")
TRANSIT = ("fedex/service_availability.json", "/availability/v1/transittimes", "post")
SHIP = ("fedex/ship.json", "/ship/v1/shipments", "post")
RESULTS = ("fedex/ship.json", "/ship/v1/shipments/results", "post")
CANCEL = ("fedex/ship.json", "/ship/v1/shipments/cancel", "put")
TRACK = ("fedex/track_tracking_numbers.json", "/track/v1/trackingnumbers", "post")
BY_REFERENCE = ("fedex/track_reference_numbers.json", "/track/v1/referencenumbers", "post")
PROOF = ("fedex/track_documents.json", "/track/v1/trackingdocuments", "post")
ADDRESS = ("fedex/address_validation.json", "/address/v1/addresses/resolve", "post")
POSTAL = ("fedex/postal_code_validation.json", "/country/v1/postal/validate", "post")
CLOSE = ("fedex/ground_end_of_day_close.json", "/ship/v1/endofday/", "put")
REPRINT = ("fedex/ground_end_of_day_close.json", "/ship/v1/endofday/", "post")
PICKUP = ("fedex/pickup.json", "/pickup/v1/pickups", "post")
PICKUP_CANCEL = ("fedex/pickup.json", "/pickup/v1/pickups/cancel", "put")
LOCATIONS = ("fedex/locations.json", "/location/v1/locations", "post")
UPLOAD = ("fedex/trade_documents_upload.json", "/documents/v1/etds/upload", "post")
TOKEN = ("fedex/authorization.json", "/oauth/token", "post")

THIRD = BillTo(party=BillParty.THIRD_PARTY, account_number="987654321", postal_code="60601", country_code="US")
RECEIVER = BillTo(party=BillParty.RECEIVER, account_number="987654321")
BERLIN = sender(country_code="DE", region=None, postal_code="10115", city="Berlin", phone="+49 30 55501000")
MONTREAL = recipient(country_code="CA", region="QC", postal_code="h2x 1y4", city="Montréal", phone="514 555 0101")


def _requests() -> Iterator[tuple[str, ShipmentRequest]]:
    yield "home", request()
    yield "several parcels", request(parcels=[parcel(), parcel(dimensions=None), parcel()], reference="order 7")
    yield "ship date", request(ship_date=date(2026, 11, 25))
    yield (
        "insured, signed",
        request(
            parcels=[parcel(insured_value=Money(amount="1250.5", currency="USD")), parcel()],
            options=options(signature=Signature.ADULT, saturday_delivery=True, alcohol=True),
            service="PRIORITY_OVERNIGHT",
        ),
    )
    yield "indirect signature", request(options=options(signature=Signature.INDIRECT))
    yield "held", request(options=options(hold_at_location="MEMKA"), service="FEDEX_2_DAY")
    yield "dry ice", request(options=options(dry_ice=Weight(value=1, unit=WeightUnit.POUND)), service="FEDEX_2_DAY")
    for battery in FedExBattery:
        yield battery.value, request(options=options(lithium=battery.value), service="FEDEX_2_DAY")
    yield "third party pays", request(options=options(bill_to=THIRD))
    yield "receiver pays", request(options=options(bill_to=RECEIVER))
    yield (
        "one rate",
        request(
            parcels=[parcel(packaging="FEDEX_PAK", dimensions=None)],
            options=options(FedExOptions(one_rate=True)),
            service="FEDEX_2_DAY",
        ),
    )
    yield (
        "options of FedEx",
        request(
            ship_to=recipient(email="jill@example.com"),
            options=options(
                FedExOptions(home_delivery="EVENING", notices=list(FedExNotice), description="Books"),
                label_formats=[LabelFormat.EPL],
                label_size="4x8",
            ),
            reference="7",
        ),
    )
    yield (
        "a certain day",
        request(options=options(FedExOptions(home_delivery="DATE_CERTAIN", home_delivery_date=date(2026, 12, 5)))),
    )
    yield (
        "economy",
        request(
            service="SMART_POST",
            options=options(FedExOptions(smartpost_hub="5531", smartpost_endorsement="CHANGE_SERVICE")),
        ),
    )
    yield (
        "return",
        request(
            is_return=True,
            ship_from=recipient(residential=None),
            ship_to=sender(residential=False),
            service="FEDEX_GROUND",
            options=options(FedExOptions(rma_reason="too small", return_of=FIRST)),
        ),
    )
    yield "Puerto Rico", request(ship_to=recipient(region="PR", postal_code="00901-1234"), service="FEDEX_2_DAY")
    yield (
        "Canada",
        abroad_request(ship_to=MONTREAL, service="FEDEX_GROUND", options=options(signature=Signature.DIRECT)),
    )
    yield (
        "from Canada",
        abroad_request(
            ship_from=MONTREAL, ship_to=recipient(), options=options(FedExOptions(canada_export="NOT_REQUIRED"))
        ),
    )
    yield (
        "France, duties paid",
        abroad_request(
            ship_from=sender(tax_ids=[TaxId(kind="EIN", value="12-3456789"), TaxId(kind="IOSS", value="IM0400000001")]),
            customs=CustomsDeclaration(incoterm="DDP", sold_to=parisian(name="Buyer")),
        ),
    )
    yield "France, receiver's account", abroad_request(customs=CustomsDeclaration(duties_bill_to=RECEIVER))
    yield (
        "exempt export",
        abroad_request(customs=CustomsDeclaration(export_filing="30.37(a)", contents=ContentsType.GIFT)),
    )
    yield "filed export", abroad_request(customs=CustomsDeclaration(export_filing="X20261124123456"))
    yield (
        "other contents",
        abroad_request(customs=CustomsDeclaration(contents=ContentsType.OTHER, explanation="for an exhibition")),
    )
    yield (
        "own papers",
        abroad_request(customs=CustomsDeclaration(document_ids=["COMMERCIAL_INVOICE:0904", "OTHER:0905"])),
    )
    yield "on paper", abroad_request(options=options(FedExOptions(paperless=False)))
    yield "return over a border", abroad_request(is_return=True)
    yield (
        "Brazil",
        abroad_request(
            ship_to=parisian(country_code="BR", region="SP", tax_ids=[TaxId(kind="CPF", value="123.456.789-09")])
        ),
    )
    yield "metric", abroad_request(ship_from=BERLIN, ship_to=recipient())
    yield "within the EU", abroad_request(ship_from=BERLIN, service="FEDEX_REGIONAL_ECONOMY", customs=None)
    yield (
        "documents",
        abroad_request(parcels=[parcel()], customs=CustomsDeclaration(contents=ContentsType.DOCUMENTS)),
    )


REQUESTS = dict(_requests())


def problems_of(body: object, operation: tuple[str, str, str]) -> list[str]:
    """Return what a description has against a request."""
    return oracle.problems(oracle.validator_for_operation(*operation, "request"), body)


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("currency", [None, "EUR"], ids=["own currency", "in euro"])
def test_purchase_fits(name: str, currency: str | None) -> None:
    """A misspelled member is dropped in silence, or refused without a word about which one it is."""
    assert problems_of(json.loads(step_of(REQUESTS[name], currency=currency).body), SHIP) == []


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("one", [True, False], ids=["one service", "all services"])
def test_question_for_prices_fits(name: str, one: bool) -> None:
    """Rate has other words for the same things: a recipient, a ship date with a capital S."""
    asked = REQUESTS[name] if one else attrs.evolve(REQUESTS[name], service=None)
    question = to_rate_question(asked, config(currency="EUR"))
    assert problems_of(json.loads(json_encode(question, decimals="number")), RATE) == []


@pytest.mark.parametrize("name", REQUESTS)
def test_question_for_durations_fits(name: str) -> None:
    """Transit times have recipients, as Ship has."""
    question = to_transit_question(REQUESTS[name], config())
    assert problems_of(json.loads(json_encode(question, decimals="number")), TRANSIT) == []


# --- the other calls: what the driver really sends -----------------------------------------------------------------------

READY = datetime(2026, 1, 6, 9, tzinfo=timezone(timedelta(hours=-6)))
PICKUP_REQUEST = PickupRequest(
    address=sender(),
    ready_at=READY,
    close_at=READY.replace(hour=17),
    parcels=2,
    weight=Weight(value=5, unit=WeightUnit.POUND),
    service="FDXE",
)
PAPER = Document(kind="commercial_invoice", format="pdf", data=b"%PDF-1.7")
Call = Callable[[FedExCarrier], Awaitable[object]]


async def _void(driver: FedExCarrier) -> None:
    shipment = await carrier_of(lambda _: reply(bought())).purchase(step_of(request()))
    await driver.void_shipment(shipment)


async def _manifest(driver: FedExCarrier) -> None:
    shipment = await carrier_of(lambda _: reply(bought())).purchase(step_of(request()))
    await driver.create_manifest([shipment], ship_from=sender())


async def _cancel_pickup(driver: FedExCarrier) -> None:
    answer = {"output": {"pickupConfirmationCode": "3001", "location": "MEMA"}}
    await driver.cancel_pickup(await always(answer).schedule_pickup(PICKUP_REQUEST))


CLOSED = {"output": {"closeDocuments": [{"type": "MANIFEST", "parts": [{"image": "TUFOSUZFU1Q="}]}]}}
CALLS: dict[str, tuple[tuple[str, str, str], object, Call]] = {
    "address": (ADDRESS, {"output": {}}, lambda driver: driver.validate_address(recipient(street2="Apt 4"))),
    "address in Quebec": (ADDRESS, {"output": {}}, lambda driver: driver.validate_address(MONTREAL)),
    "postal code": (
        POSTAL,
        {"output": {}},
        lambda driver: driver.validate_postal_code("80012", country_code="US", region="CO", ground=True),
    ),
    "locations": (LOCATIONS, {"output": {}}, lambda driver: driver.find_locations(recipient())),
    "track": (
        TRACK,
        tracked(result(scan("OC", "2026-01-05T12:00:00-07:00"))),
        lambda driver: driver.track([FIRST, TrackingRef(number="794953535011", shipped_on=date(2026, 1, 5))]),
    ),
    "track by unique id": (
        TRACK,
        tracked(result(scan("OC", "2026-01-05T12:00:00-07:00"))),
        lambda driver: driver.track([TrackingRef(number=FIRST, token=f"1~{FIRST}~FDEG")]),
    ),
    "look-up": (BY_REFERENCE, {"output": {}}, lambda driver: driver.find_purchase(step_of(request()))),
    "proof": (PROOF, {"output": {"document": ["JVBERi0="]}}, lambda driver: driver.get_proof_of_delivery(FIRST)),
    "cancel": (CANCEL, {"output": {"cancelledShipment": True}}, _void),
    "close": (CLOSE, CLOSED, _manifest),
    "reprint of a day": (REPRINT, CLOSED, lambda driver: driver.reprint_manifest(date(2026, 1, 5))),
    "reprint of a parcel": (
        REPRINT,
        CLOSED,
        lambda driver: driver.reprint_manifest(date(2026, 1, 5), tracking_number=FIRST),
    ),
    "pickup": (
        PICKUP,
        {"output": {"pickupConfirmationCode": "3001"}},
        lambda driver: driver.schedule_pickup(PICKUP_REQUEST),
    ),
    "cancelled pickup": (PICKUP_CANCEL, {"output": {}}, _cancel_pickup),
}


@pytest.mark.parametrize("name", CALLS)
async def test_call_fits(name: str) -> None:
    """Path, verb, header fields and body are the described ones."""
    operation, answer, call = CALLS[name]
    driver = always(answer)
    await call(driver)
    asked = sent(driver)[0]
    assert (asked.method.lower(), asked.path) == (operation[2], operation[1])
    assert problems_of(body_sent(driver, 0), operation) == []
    listed = {
        parameter["name"].lower()
        for parameter in oracle.load_spec(operation[0])["paths"][operation[1]][operation[2]]["parameters"]
    }
    assert {"x-locale", "x-customer-transaction-id", "authorization"} <= listed & set(asked.headers)


async def test_results_of_a_job_are_asked_for_as_described() -> None:
    """A purchase that FedEx makes in its own time is followed by its job."""
    driver = carrier_of(
        lambda asked: reply({"output": {"jobId": "job-1"}} if asked.path == SHIP[1] else bought(piece()))
    )
    await driver.purchase(step_of(request()))
    assert sent(driver)[1].path == RESULTS[1]
    assert problems_of(body_sent(driver, 1), RESULTS) == []


async def test_upload_fits() -> None:
    """The form's fields and the paper's facts are the described ones."""
    driver = carrier_of(lambda _: reply({"output": {"meta": {"docId": "0904"}}}, 201))
    await driver.upload_document(PAPER, request=abroad_request())
    (asked,) = sent(driver)
    assert asked.path == UPLOAD[1]
    document, attachment = (
        part.partition(b"\r\n\r\n") for part in asked.content.split(b"\r\n--") if b"form-data" in part
    )
    assert (b'name="document"' in document[0], b'name="attachment"' in attachment[0]) == (True, True)
    schema = oracle.load_spec(UPLOAD[0])["components"]["schemas"]["ETDUploadRequest"]
    made = json.loads(document[2])
    assert set(made) <= set(schema["properties"])
    assert set(schema["required"]) <= set(made)
    assert made["contentType"] in schema["properties"]["contentType"]["enum"]
    assert made["workflowName"] in schema["properties"]["workflowName"]["enum"]


async def test_token_is_asked_for_as_described() -> None:
    """Id and secret stand in the form's body, not in a header (field guide fedex.md section 1)."""
    driver = always({"output": {}})
    await driver.validate_address(recipient())
    assert driver.transport is not None
    token = driver.transport.requests[0]  # type: ignore[attr-defined]  # the tests' transport keeps what it got
    assert token.path == TOKEN[1]
    assert "authorization" not in token.headers
    fields = dict(pair.split("=") for pair in token.content.decode().split("&"))
    assert fields == {"grant_type": "client_credentials", "client_id": "id-of-app", "client_secret": "secret-of-app"}
    content = oracle.load_spec(TOKEN[0])["paths"][TOKEN[1]]["post"]["requestBody"]["content"]
    name = content["application/x-www-form-urlencoded"]["schema"]["$ref"].rpartition("/")[2]
    assert set(fields) <= set(oracle.load_spec(TOKEN[0])["components"]["schemas"][name]["properties"])


# --- answers ------------------------------------------------------------------------------------------------------------

ANSWERS: dict[str, tuple[type[msgspec.Struct], tuple[str, str, str], int]] = {
    "prices": (RateAnswer, RATE, 200),
    "durations": (TransitAnswer, TRANSIT, 200),
    "purchase": (ShipAnswer, SHIP, 200),
    "results": (ShipAnswer, RESULTS, 200),
    "cancel": (CancelAnswer, CANCEL, 200),
    "tracking": (TrackAnswer, TRACK, 200),
    "look-up": (TrackAnswer, BY_REFERENCE, 200),
    "proof": (ProofAnswer, PROOF, 200),
    "address": (AddressAnswer, ADDRESS, 200),
    "postal code": (PostalAnswer, POSTAL, 200),
    "close": (CloseAnswer, CLOSE, 200),
    "pickup": (PickupAnswer, PICKUP, 200),
    "cancelled pickup": (PickupCancelAnswer, PICKUP_CANCEL, 200),
    "locations": (LocationAnswer, LOCATIONS, 200),
    "upload": (UploadAnswer, UPLOAD, 201),
    "refusal": (ErrorBody, SHIP, 400),
}
# What the driver reads and the description of that answer does not list.
_PLACE = "output.completeTrackResults.trackResults.scanEvents.scanLocation"
UNDESCRIBED: dict[str, set[str]] = {
    # the struct is shared with transit times, which have it
    "prices": {"output.rateReplyDetails.commit.dateDetail.day"},
    # the struct is shared with prices, which have these
    "durations": {
        "output.transitTimes.transitTimeDetails.commit.dateDetail.dayFormat",
        "output.transitTimes.transitTimeDetails.commit.guaranteedType",
        "output.transitTimes.transitTimeDetails.commit.saturdayDelivery",
    },
    # of the two shapes of an alert this place has the one without a type (field guide fedex.md section 4.8)
    "purchase": {"output.transactionShipments.alerts.alertType"},
    # as above; and the struct is shared with the purchase, which has the job
    "results": {"output.transactionShipments.alerts.alertType", "output.jobId"},
    # the struct is shared with tracking by number; of a look-up no scans are read
    "look-up": {
        f"{_PLACE}.{name}"
        for name in ("streetLines", "city", "stateOrProvinceCode", "postalCode", "countryCode", "residential")
    },
    # field guide fedex.md section 8: a 404 has a shape of its own
    "refusal": {"error", "output"},
}


def schema_of(operation: tuple[str, str, str], status: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a description and the schema of one of its answers."""
    spec, path, method = operation
    document = oracle.load_spec(spec)
    content = document["paths"][path][method]["responses"][str(status)]
    return document, next(iter(content["content"].values()))["schema"]


def members_of(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a schema, whatever it is made of."""
    if "$ref" in schema:
        return members_of(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    if schema.get("type") == "array":
        return members_of(document, schema["items"])
    found: dict[str, Any] = dict(schema.get("properties", {}))
    for kind in ("allOf", "anyOf", "oneOf"):
        for part in schema.get(kind, []):
            found |= members_of(document, part)
    return found


def structs_in(kind: object) -> list[type[msgspec.Struct]]:
    """Return the structs that a type may be."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return [kind]
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) in {typing.Union, list}:
        return [struct for part in typing.get_args(kind) for struct in structs_in(part)]
    return []


def undescribed(struct: type[msgspec.Struct], document: dict[str, Any], schema: dict[str, Any], path: str) -> list[str]:
    """Return the members that a struct reads and the description does not have."""
    known = members_of(document, schema)
    if not known:
        return []  # a plain value, where the driver reads an object, too
    hints = typing.get_type_hints(struct)
    missing: list[str] = []
    for field in msgspec.structs.fields(struct):
        here = f"{path}.{field.encode_name}".lstrip(".")
        if field.encode_name not in known:
            missing.append(here)
            continue
        for child in dict.fromkeys(structs_in(hints[field.name])):
            missing += undescribed(child, document, known[field.encode_name], here)
    return missing


@pytest.mark.parametrize("name", ANSWERS)
def test_every_member_that_is_read_is_described(name: str) -> None:
    """A misspelled one would always be missing, and nobody would notice."""
    struct, operation, status = ANSWERS[name]
    document, schema = schema_of(operation, status)
    assert set(undescribed(struct, document, schema, "")) == UNDESCRIBED.get(name, set())


def example_of(document: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> Any:
    """Return a value with every member that a description lists; with FedEx's own example where it has one."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return example_of(document, schema, depth + 1)
    if schema.get("type") == "array":
        return [example_of(document, schema["items"], depth + 1)]
    members = members_of(document, schema)
    if members:
        return {name: example_of(document, child, depth + 1) for name, child in members.items()} if depth < 40 else {}
    example = schema.get("example")
    kind = schema.get("type")
    if kind == "boolean":
        return example if isinstance(example, bool) else True
    if kind in {"integer", "number"}:
        return example if isinstance(example, (int, float)) and not isinstance(example, bool) else 1
    return example if isinstance(example, str) else "x"


@pytest.mark.parametrize("name", ANSWERS)
def test_fullest_described_answer_is_read(name: str) -> None:
    """Made of all that the description lists, with FedEx's own example values."""
    struct, operation, status = ANSWERS[name]
    document, schema = schema_of(operation, status)
    made = example_of(document, schema)
    json_decoder(struct).decode(msgspec.json.encode(made))


def published_examples() -> Iterator[Any]:
    """Yield the example answers that FedEx publishes, each with the struct that reads it."""
    if oracle.SHARED is None:
        return
    for name, (struct, operation, _) in ANSWERS.items():
        responses = oracle.load_spec(operation[0])["paths"][operation[1]][operation[2]]["responses"]
        for status, response in responses.items():
            for content in response.get("content", {}).values():
                listed = {**content.get("examples", {}), **({"": content} if "example" in content else {})}
                for title, holder in listed.items():
                    value = holder.get("value", holder.get("example"))
                    if isinstance(value, dict):
                        kind = struct if status.startswith("2") else ErrorBody
                        yield pytest.param(kind, value, id=f"{name} {status} {title}".strip())


@pytest.mark.parametrize(("struct", "value"), list(published_examples()))
def test_published_example_is_read(struct: type[msgspec.Struct], value: dict[str, Any]) -> None:
    """What FedEx shows is what it sends, more or less."""
    json_decoder(struct).decode(msgspec.json.encode(value))


def test_made_answers_of_the_unit_tests_fit() -> None:
    """What the driver's other tests answer with is what FedEx would, but for what the description leaves out."""
    answers: list[tuple[object, tuple[str, str, str]]] = [
        (bought(), SHIP),
        (offers(offer("FEDEX_GROUND")), RATE),
        (tracked(result(scan("OC", "2026-01-05T12:00:00-07:00"), code="OC")), TRACK),
    ]
    for body, operation in answers:
        found = oracle.problems(oracle.validator_for_operation(*operation, "response"), body)
        assert [one for one in found if "'currency' was unexpected" not in one] == []


# --- both directions ------------------------------------------------------------------------------------------------------


class Recorder:
    """Hands requests on to a simulator and keeps what passed, either way."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.passed: list[tuple[str, str, bytes, int, bytes]] = []

    async def handle_async_request(self, asked: Any) -> Any:
        """Answer one request of the HTTP library."""
        content = await asked.aread()
        answer = await self.inner.handle_async_request(asked)
        told = await answer.aread()
        self.passed.append((asked.method.lower(), asked.url.path, content, answer.status_code, told))
        # read, it cannot be streamed any more: another one goes on, unpacked
        fields = {name: value for name, value in answer.headers.items() if not name.startswith("content-")}
        again = handler_transport(lambda _: (answer.status_code, fields, told))
        return await again.handle_async_request(asked)


OPERATIONS = {
    (operation[2], operation[1]): operation
    for operation in (
        RATE, TRANSIT, SHIP, CANCEL, TRACK, BY_REFERENCE, PROOF, ADDRESS, POSTAL, CLOSE, REPRINT, PICKUP, PICKUP_CANCEL, LOCATIONS,
    )
}  # fmt: skip


async def test_what_passes_between_driver_and_simulator_fits() -> None:
    """Both were written from the descriptions by people who did not read each other; here they meet."""
    async with Sandbox(clock=ManualClock()) as sandbox:
        simulator = sandbox.simulator("fedex")
        recorder = Recorder(asgi_transport(simulator.app))
        driver = sandbox.carrier("fedex", transport=recorder)
        assert isinstance(driver, FedExCarrier)
        for asked in (make_request(), abroad_request(service=None)):
            rates = await driver.get_rates(asked)
            await driver.get_transit_times(asked)
            step = driver.prepare_shipment(attrs.evolve(asked, rate=rates[0]), reference="cc-1").steps[0]
            await driver.purchase(step)
        several = make_request(service="GROUND_HOME_DELIVERY", parcels=[make_parcel(), make_parcel()])
        step = driver.prepare_shipment(several, reference="cc-2").steps[0]
        bought_ = await driver.purchase(step)
        await driver.find_purchase(step)
        await driver.validate_address(make_address())
        await driver.validate_postal_code("10001", country_code="US", region="NY")
        await driver.find_locations(make_address(city="Memphis", region="TN", postal_code="38116"))
        await driver.create_manifest([bought_], ship_from=make_warehouse())
        await driver.reprint_manifest(date(2026, 1, 5))
        await driver.void_shipment(bought_)
        pickup = await driver.schedule_pickup(attrs.evolve(PICKUP_REQUEST, address=make_warehouse()))
        await driver.cancel_pickup(pickup)
        for _ in range(8):
            await simulator.advance(86_400)
            await driver.track([parcel_.tracking_number for parcel_ in bought_.parcels])
        await driver.get_proof_of_delivery(bought_.tracking_number)
    seen = set()
    for method, path, content, status, told in recorder.passed:
        if path == TOKEN[1]:
            continue
        operation = OPERATIONS[method, path]
        seen.add(operation)
        assert problems_of(json.loads(content), operation) == []
        # the description of a look-up's parcels contradicts itself; what comes is as by number
        described = TRACK if operation == BY_REFERENCE else operation
        oracle.check(json.loads(told), *described, "response", status)
    assert seen == set(OPERATIONS.values())


# --- codes --------------------------------------------------------------------------------------------------------------


def table(name: str) -> Any:
    """Return one of FedEx's reference tables."""
    return oracle.load_yaml("fedex/reference_tables.json")[name]


def test_every_published_tracking_code_has_a_meaning() -> None:
    """One that FedEx adds is UNKNOWN until somebody looks."""
    published = {code.upper() for code in table("Tracking Status Codes")}
    assert {code for code in published if event_status(code) is TrackingStatus.UNKNOWN} == set()
    assert published <= set(STATUS_CODES)


def test_every_published_push_code_has_a_meaning() -> None:
    """Pushes have codes of their own."""
    words = " ".join(
        row["Status/Event Code and Statuses"] for row in table("Status Code and Statuses for Webhook Tracking Events")
    )
    codes = {part.split()[-1] for part in words.split(":")[:-1] if len(part.split()[-1]) == 2}
    assert {code for code in codes if event_status(code) is TrackingStatus.UNKNOWN} == set()


def test_label_papers_are_the_published_ones() -> None:
    """A paper that FedEx does not know is refused, or replaced."""
    schemas = oracle.load_spec(SHIP[0])["components"]["schemas"]
    published = schemas["LabelSpecification"]["properties"]["labelStockType"]["enum"]
    assert set(published) == LASER_STOCKS | THERMAL_STOCKS


def test_options_default_needs_nothing() -> None:
    """The plain request is the one that most people send."""
    assert ShipmentOptions() == options()
    assert json.loads(step_of(request()).body)["accountNumber"] == {"value": ACCOUNT}
