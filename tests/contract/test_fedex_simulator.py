"""What passes between a client and the simulated FedEx fits FedEx's published descriptions, errata applied."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox.fedex import FedExSimulator
from tests.contract import oracle
from tests.sandbox.fedex.kinds import QUOTES, SHIPMENTS, several
from tests.sandbox.fedex.samples import (
    ACCOUNT,
    FedExClient,
    Json,
    address,
    domestic,
    express,
    international,
    put,
)
from tests.sandbox.fedex.shop import (
    ETD,
    PICKUP_ADDRESS,
    close_request,
    document_form,
    pickup_request,
    postal_request,
    transit_request,
)

pytestmark = oracle.needs_specs

OAUTH, RATES, AVAILABILITY = (
    "fedex/authorization.json",
    "fedex/rates_transit_times.json",
    "fedex/service_availability.json",
)
ADDRESS, POSTAL, SHIP = "fedex/address_validation.json", "fedex/postal_code_validation.json", "fedex/ship.json"
CLOSE, PICKUP, DOCUMENTS = (
    "fedex/ground_end_of_day_close.json",
    "fedex/pickup.json",
    "fedex/trade_documents_upload.json",
)
TRACK, REFERENCE = "fedex/track_tracking_numbers.json", "fedex/track_reference_numbers.json"
ASSOCIATED, PROOF, LOCATIONS = (
    "fedex/track_associated_shipments.json",
    "fedex/track_documents.json",
    "fedex/locations.json",
)
SPECS = (OAUTH, RATES, AVAILABILITY, ADDRESS, POSTAL, SHIP, CLOSE, PICKUP, DOCUMENTS, TRACK, REFERENCE, ASSOCIATED, PROOF, LOCATIONS)  # fmt: skip
ASSUMED = Path(__file__).parent / "assumed"


@pytest.fixture
def fedex() -> FedExClient:
    """Return a client of a fresh simulator without rate limits."""
    clock = ManualClock()
    return FedExClient(FedExSimulator(clock=clock, limits=False), clock)


async def exchange(
    fedex: FedExClient, spec: str, path: str, body: Json, *, method: str = "POST", status: int = 200
) -> Json:
    """Send a good request, and check both directions against the description."""
    oracle.check(body, spec, path, method, "request")
    answer = await fedex.call(path, body, method=method, **{"x-customer-transaction-id": "ord-1001"})
    assert answer.status_code == status, answer.text
    oracle.check(answer.json(), spec, path, method, "response", status)
    made: Json = answer.json()
    return made


async def test_token_answers_fit(fedex: FedExClient) -> None:
    """Credentials stand in the form."""
    for secret, status in ((str(fedex.simulator.settings()["client_secret"]), 200), ("x", 401)):
        answer = await fedex.ask_token(client_secret=secret)
        assert answer.status_code == status
        oracle.check(answer.json(), OAUTH, "/oauth/token", "post", "response", status)


@pytest.mark.parametrize("kind", QUOTES)
async def test_rates_fit(fedex: FedExClient, kind: str) -> None:
    """In both directions."""
    await exchange(fedex, RATES, "/rate/v1/rates/quotes", QUOTES[kind]())


@pytest.mark.parametrize("service", ["", "FEDEX_GROUND", "PRIORITY_OVERNIGHT"])
async def test_transit_times_fit(fedex: FedExClient, service: str) -> None:
    """In both directions."""
    body = transit_request()
    if service:
        put(body, "serviceType", service)
    await exchange(fedex, AVAILABILITY, "/availability/v1/transittimes", body)


async def test_package_and_service_options_fit(fedex: FedExClient) -> None:
    """In both directions."""
    body = {"requestedShipment": {"shipper": {"address": address()}, "recipients": [{"address": address()}]}}
    await exchange(fedex, AVAILABILITY, "/availability/v1/packageandserviceoptions", body)


@pytest.mark.parametrize("line", ["9 Elm St", "Elm St", "9 Nowhere Blvd", "PO Box 7", "5 Maple Ave"])
async def test_addresses_fit(fedex: FedExClient, line: str) -> None:
    """In both directions, for each verdict."""
    place = address("5 Maple Ave", "Brooklyn", "NY", "11201") if "Maple" in line else address(line)
    body = {"addressesToValidate": [{"address": place, "clientReferenceId": "a1"}]}
    await exchange(fedex, ADDRESS, "/address/v1/addresses/resolve", body)


async def test_postal_codes_fit(fedex: FedExClient) -> None:
    """In both directions."""
    await exchange(fedex, POSTAL, "/country/v1/postal/validate", postal_request())


STOCKS = {"ZPLII": "STOCK_4X6", "EPL2": "STOCK_4X8", "PDF": "PAPER_LETTER", "PNG": "PAPER_4X6"}


@pytest.mark.parametrize("kind", SHIPMENTS)
async def test_shipments_fit(fedex: FedExClient, kind: str) -> None:
    """In both directions, and when they are only checked."""
    await exchange(fedex, SHIP, "/ship/v1/shipments", SHIPMENTS[kind]())


@pytest.mark.parametrize("response", ["LABEL", "URL_ONLY"])
@pytest.mark.parametrize("image", STOCKS)
async def test_labels_fit(fedex: FedExClient, image: str, response: str) -> None:
    """In each format, in bytes and by address."""
    body = put(international(), "labelSpecification", {"imageType": image, "labelStockType": STOCKS[image]})
    put(put(body, "/labelResponseOptions", response), "/mergeLabelDocOption", "LABELS_AND_DOCS")
    made = await exchange(fedex, SHIP, "/ship/v1/shipments", body)

    kinds = [each["contentType"] for each in made["output"]["transactionShipments"][0]["shipmentDocuments"]]
    merged = ["MERGED_LABEL_DOCUMENTS"] if response == "URL_ONLY" else []
    assert kinds == ["COMMERCIAL_INVOICE", *merged]


async def test_jobs_fit(fedex: FedExClient) -> None:
    """What is too much at once is a job, whose results can be read again and again."""
    body = put(domestic(), "requestedPackageLineItems.0.groupPackageCount", 41)
    made = await exchange(fedex, SHIP, "/ship/v1/shipments", put(body, "/processingOptionType", "ALLOW_ASYNCHRONOUS"))
    asked = {"accountNumber": {"value": ACCOUNT}, "jobId": made["output"]["jobId"]}
    for _ in range(2):
        read = await exchange(fedex, SHIP, "/ship/v1/shipments/results", asked)
        assert len(read["output"]["transactionShipments"][0]["pieceResponses"]) == 41


async def test_checks_without_buying_fit(fedex: FedExClient) -> None:
    """One package can be checked."""
    body = domestic()
    put(put(body, "totalWeight", 4), "requestedPackageLineItems.0.groupPackageCount", ...)
    del body["labelResponseOptions"]
    await exchange(fedex, SHIP, "/ship/v1/shipments/packages/validate", body)
    assert fedex.simulator.labels() == []


async def test_cancels_fit(fedex: FedExClient) -> None:
    """Cancelled, not cancelled, and refused."""
    path = "/ship/v1/shipments/cancel"
    numbers = [(await fedex.buy(domestic()))["masterTrackingNumber"] for _ in range(2)]
    answers = [await fedex.cancel(numbers[0]), await fedex.cancel(numbers[0])]
    fedex.simulator.set_switches(refuse_cancel=True)
    answers.append(await fedex.cancel(numbers[1]))

    assert [answer.status_code for answer in answers] == [200, 400, 200]
    for answer in answers:
        oracle.check(json.loads(answer.request.content), SHIP, path, "put", "request")
        oracle.check(answer.json(), SHIP, path, "put", "response", answer.status_code)


async def test_ground_close_fits(fedex: FedExClient) -> None:
    """And again from the archive."""
    number = (await fedex.buy(domestic()))["masterTrackingNumber"]
    await exchange(fedex, CLOSE, "/ship/v1/endofday/", close_request(), method="PUT")
    for option in (
        {"reprintOption": "BY_SHIP_DATE"},
        {"reprintOption": "BY_TRACKING_NUMBER", "trackingNumber": number},
    ):
        await exchange(fedex, CLOSE, "/ship/v1/endofday/", close_request(closeReqType="RGCDR", **option))


@pytest.mark.parametrize("carrier", ["FDXE", "FDXG"])
async def test_pickups_fit(fedex: FedExClient, carrier: str) -> None:
    """Asked for, ordered, cancelled."""
    asked = {
        "pickupAddress": PICKUP_ADDRESS,
        "pickupRequestType": ["SAME_DAY", "FUTURE_DAY"],
        "carriers": [carrier],
        "countryRelationship": "DOMESTIC",
    }
    await exchange(fedex, PICKUP, "/pickup/v1/pickups/availabilities", asked)
    made = (await exchange(fedex, PICKUP, "/pickup/v1/pickups", pickup_request(carrier)))["output"]
    undo = {
        "associatedAccountNumber": {"value": ACCOUNT},
        "pickupConfirmationCode": made["pickupConfirmationCode"],
        "carrierCode": carrier,
        "scheduledDate": "2026-01-06",
    }
    if carrier == "FDXE":
        undo["location"] = made["location"]
    await exchange(fedex, PICKUP, "/pickup/v1/pickups/cancel", undo, method="PUT")


async def upload(
    fedex: FedExClient, path: str, name: str, document: Json, files: list[tuple[str, Any]]
) -> httpx.Response:
    """Send a form as FedEx's document host wants it."""
    token = await fedex.sign_in()
    headers = {"Authorization": f"Bearer {token}", "x-customer-transaction-id": "ord-1001"}
    parts = [(name, (None, json.dumps(document), "application/json")), *files]
    url = f"https://documentapitest.prod.fedex.com/sandbox{path}"
    return await fedex.http.post(url, files=parts, headers=headers)


async def test_uploads_fit(fedex: FedExClient) -> None:
    """One document, and several."""
    single = await upload(
        fedex, ETD, "document", document_form(), [("attachment", ("invoice.pdf", b"%PDF-1.7", "application/pdf"))]
    )
    metas = [
        {"fileName": "a.pdf", "contentType": "application/pdf", "shipDocumentType": kind, "fileReferenceId": "CI_1"}
        for kind in ("COMMERCIAL_INVOICE", "OTHER")
    ]
    form = {
        "workflowName": "ETDPreshipment",
        "carrierCode": "FDXE",
        "orginCountryCode": "US",
        "destinationCountryCode": "FR",
        "metaData": metas,
    }
    files = [("fileAttachments", ("a.pdf", b"%PDF-1.7", "application/pdf"))] * 2
    both = await upload(fedex, "/documents/v1/etds/multiupload", "documentInformation", form, files)

    assert (single.status_code, both.status_code) == (201, 201)
    oracle.check(single.json(), DOCUMENTS, ETD, "post", "response", 201)
    oracle.check(both.json(), DOCUMENTS, "/documents/v1/etds/multiupload", "post", "response", 201)


async def test_locations_fit(fedex: FedExClient) -> None:
    """In both directions."""
    body = {"locationSearchCriterion": "ADDRESS", "location": {"address": {"postalCode": "80012", "countryCode": "US"}}}
    await exchange(fedex, LOCATIONS, "/location/v1/locations", body)


@pytest.mark.parametrize(
    "kind",
    [
        "normal",
        "delayed",
        "exception",
        "attempted",
        "returned",
        "customs_hold",
        "held",
        "odd",
        "untendered",
        "not_found",
    ],
)
async def test_tracking_fits_at_every_hour(fedex: FedExClient, kind: str) -> None:
    """Whenever a client looks, until all is over."""
    number = (await fedex.buy(international() if kind == "customs_hold" else express()))["masterTrackingNumber"]
    fedex.simulator.set_journey(tracking_number=number, kind=kind)
    body = {"includeDetailedScans": True, "trackingInfo": [{"trackingNumberInfo": {"trackingNumber": number}}]}
    for _ in range(40):
        fedex.tokens.clear()
        await exchange(fedex, TRACK, "/track/v1/trackingnumbers", body)
        fedex.clock.advance(6 * 3600)


async def related(fedex: FedExClient, spec: str, path: str, body: Json) -> None:
    """Check a question about several parcels, and its answer, whose parcels are held to the description of tracking by number.

    The other two descriptions carry an older parcel that contradicts itself: it wants members that it does not list.
    """
    oracle.check(body, spec, path, "post", "request")
    answer = (await fedex.call(path, body)).json()
    oracle.check(answer, TRACK, "/track/v1/trackingnumbers", "post", "response")
    for each in answer["output"]["completeTrackResults"]:
        each["trackResults"] = []
    oracle.check(answer, spec, path, "post", "response")


async def test_other_ways_to_track_fit(fedex: FedExClient) -> None:
    """By reference, by master, and the proof of delivery."""
    master = (await fedex.buy(several(express(), 2)))["masterTrackingNumber"]
    for value in ("cc-0001", "nobody"):
        asked = {
            "type": "CUSTOMER_REFERENCE",
            "value": value,
            "accountNumber": ACCOUNT,
            "shipDateBegin": "2026-01-01",
            "shipDateEndDate": "2026-01-31",
        }
        body = {"referencesInformation": asked, "includeDetailedScans": True}
        await related(fedex, REFERENCE, "/track/v1/referencenumbers", body)
    fedex.clock.advance(10 * 86400)
    fedex.tokens.clear()
    number = {"trackingNumberInfo": {"trackingNumber": master}}
    pieces = {"associatedType": "STANDARD_MPS", "masterTrackingNumberInfo": number, "includeDetailedScans": True}
    await related(fedex, ASSOCIATED, "/track/v1/associatedshipments", pieces)
    proof = {
        "trackDocumentDetail": {"documentType": "SIGNATURE_PROOF_OF_DELIVERY", "documentFormat": "PDF"},
        "trackDocumentSpecification": [number],
    }
    made = await exchange(fedex, PROOF, "/track/v1/trackingdocuments", proof)
    assert base64.b64decode(made["output"]["document"][0]).startswith(b"%PDF")


async def test_tracking_uses_fedexs_codes(fedex: FedExClient) -> None:
    """Every event that a parcel can show stands in FedEx's own table; one does not on purpose, since new ones come."""
    text = json.dumps(oracle.load_yaml("fedex/reference_tables.json"))
    seen: set[str] = set()
    for kind in ("normal", "delayed", "exception", "attempted", "returned", "customs_hold", "held", "odd"):
        for body in (express(), international()):
            del body["requestedShipment"]["shipDatestamp"]
            number = (await fedex.buy(body))["masterTrackingNumber"]
            fedex.simulator.set_journey(tracking_number=number, kind=kind)
            fedex.clock.advance(30 * 86400)
            fedex.tokens.clear()
            seen |= {scan["eventType"] for scan in (await fedex.parcel(number))["scanEvents"]}
    assert {code for code in seen if f'"{code}"' not in text} == {"ZZ"}


ERRORS: dict[str, tuple[str, str, str]] = {
    "rates": (RATES, "/rate/v1/rates/quotes", "POST"),
    "transit": (AVAILABILITY, "/availability/v1/transittimes", "POST"),
    "address": (ADDRESS, "/address/v1/addresses/resolve", "POST"),
    "postal": (POSTAL, "/country/v1/postal/validate", "POST"),
    "ship": (SHIP, "/ship/v1/shipments", "POST"),
    "results": (SHIP, "/ship/v1/shipments/results", "POST"),
    "cancel": (SHIP, "/ship/v1/shipments/cancel", "PUT"),
    "close": (CLOSE, "/ship/v1/endofday/", "PUT"),
    "pickup": (PICKUP, "/pickup/v1/pickups", "POST"),
    "locations": (LOCATIONS, "/location/v1/locations", "POST"),
    "track": (TRACK, "/track/v1/trackingnumbers", "POST"),
    "reference": (REFERENCE, "/track/v1/referencenumbers", "POST"),
    "proof": (PROOF, "/track/v1/trackingdocuments", "POST"),
}


@pytest.mark.parametrize("kind", ERRORS)
async def test_refusals_fit(fedex: FedExClient, kind: str) -> None:
    """Errors have a shape too: of a wrong request, of a wrong token, and of the wrong project."""
    spec, path, method = ERRORS[kind]
    other = "ship" if path.startswith("/track/") else "track"
    refusals = [
        await fedex.call(path, {}, method=method, **{"x-customer-transaction-id": "c1"}),
        await fedex.call(path, {}, method=method, Authorization="Bearer none"),
        await fedex.call(path, {}, method=method, project=other, **{"x-customer-transaction-id": "c1"}),
    ]

    assert [answer.status_code for answer in refusals] in ([400, 401, 403], [422, 401, 403])
    for answer in refusals:
        status = 400 if answer.status_code == 422 else answer.status_code  # 422 is met, and described nowhere
        oracle.check(answer.json(), spec, path, method, "response", status)


def examples() -> Iterator[tuple[str, str, str, str, Any]]:
    """Yield FedEx's own request examples: name, description, path, method, body."""
    if oracle.SHARED is None:
        return
    for spec in SPECS:
        document = oracle.load_yaml(spec)
        for path, item in document["paths"].items():
            for method, operation in item.items():
                content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
                schema = oracle._resolve(document, content.get("schema", {}))
                for option in schema.get("oneOf", []):
                    example = oracle._resolve(document, option).get("example")
                    if isinstance(example, dict) and example:
                        name = option["$ref"].rpartition("/")[2]
                        yield f"{spec.partition('/')[2]} {name}", spec, path, method, example


def tidy(node: Any, schema: Json, document: Json) -> Any:
    """Undo what most of FedEx's examples do: numbers in quotes, codes without, and nulls in place of nothing."""
    schema = oracle._resolve(document, schema)
    for part in schema.get("allOf", []):
        node = tidy(node, part, document)
    if isinstance(node, list):
        return [tidy(item, schema.get("items", {}), document) for item in node]
    if isinstance(node, dict):
        known = schema.get("properties", {})
        return {name: tidy(value, known.get(name, {}), document) for name, value in node.items() if value is not None}
    return tidy_scalar(node, schema.get("type"))


def tidy_scalar(node: Any, kind: str | None) -> Any:
    """Write a number, a code or a flag as its type wants it."""
    if kind == "string" and isinstance(node, int | float) and not isinstance(node, bool):
        return str(node)
    if kind in {"number", "integer"} and isinstance(node, str) and node.replace(".", "", 1).isdigit():
        return float(node) if kind == "number" else int(float(node))
    return node == "true" if kind == "boolean" and node in {"true", "false"} else node


def test_fedexs_own_examples_fit() -> None:
    """An erratum too few would refuse what FedEx itself sends; an excuse too many would hide what is broken."""
    excused: dict[str, str] = json.loads((oracle.ERRATA / "fedex.json").read_text())["examples"]
    fitting, broken = 0, {}
    for name, spec, path, method, body in examples():
        document = oracle.load_spec(spec)
        schema = oracle._schema_of(document, document["paths"][path][method], "request", "200")
        validator = oracle.validator_for_operation(spec, path, method, "request", closed=False)
        if found := oracle.problems(validator, tidy(body, schema, document)):
            broken[name] = found
        else:
            fitting += 1

    assert set(broken) == set(excused), broken
    assert fitting > 20


def test_every_erratum_has_a_reason_and_evidence() -> None:
    """A blanket exception would make the oracle blind."""
    errata = json.loads((oracle.ERRATA / "fedex.json").read_text())

    assert all(len(patch["reason"]) > 20 and len(patch["evidence"]) > 10 for patch in errata["patches"])
    for spec in SPECS:
        oracle.load_spec(spec)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param("labelSpecification.labelStockType", "STOCK_4X6.75", id="stock with a dot"),
        pytest.param("requestedPackageLineItems.0.weight.value", "3", id="string"),
        pytest.param("requestedPackageLineItems.0.weight.unit", "LB", id="misspelled"),
        pytest.param("recipients.0.address.city", "C" * 36, id="city too long"),
        pytest.param("recipients", ..., id="missing member"),
        pytest.param("shipDateStamp", "2026-01-05", id="rating's member"),
    ],
)
def test_the_oracle_sees_what_is_wrong(path: str, value: object) -> None:
    """An oracle that accepts everything proves nothing."""
    validator = oracle.validator_for_operation(SHIP, "/ship/v1/shipments", "post", "request")

    assert oracle.problems(validator, domestic()) == []
    assert oracle.problems(validator, put(domestic(), path, value))


async def test_pushes_fit_what_we_assume(fedex: FedExClient) -> None:
    """FedEx publishes no description of its pushes: the schema is ours, and named so."""
    schema = json.loads((ASSUMED / "fedex_push.json").read_text())
    validator = jsonschema_rs.Draft202012Validator(schema)
    fedex.simulator.subscribe(url="https://shop.example.org/fedex")
    await fedex.buy(express())
    fedex.clock.advance(5 * 86400)
    sent = fedex.simulator.deliveries()

    assert len(sent) > 5
    for each in sent:
        assert [error.message for error in validator.iter_errors(json.loads(each["body"]))] == []
