"""What the USPS driver sends fits USPS's published descriptions, and what they describe is what the driver reads."""

import json
import re
import types
import typing
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import attrs
import jsonschema_rs
import msgspec
import pytest

from cartcarrier.carriers.usps import USPSCarrier, USPSConfig
from cartcarrier.carriers.usps.auth import payment_roles
from cartcarrier.carriers.usps.codes import REFUSALS
from cartcarrier.carriers.usps.documents import read_parts
from cartcarrier.carriers.usps.errors import ErrorBody
from cartcarrier.carriers.usps.mapping import (
    plan_quotes,
    read_step,
    to_address_question,
    to_location_question,
    to_locations,
    to_options_question,
    to_pickup_question,
    to_prices_question,
    to_reprint,
    to_scan_form,
)
from cartcarrier.carriers.usps.schemas import (
    AddressResponse,
    CancelResponse,
    CityStateResponse,
    LabelResponse,
    LocationsResponse,
    OptionsResponse,
    PaymentAccountResponse,
    PaymentResponse,
    PickupResponse,
    PricesResponse,
    ScanFormResponse,
    ScanMetadata,
    TrackDetail,
)
from cartcarrier.errors import ConflictError
from cartcarrier.http import ManualClock, asgi_transport, handler_transport, json_decoder, json_encode
from cartcarrier.models import (
    Address,
    ContentsType,
    CustomsDeclaration,
    LabelFormat,
    Pickup,
    PickupRequest,
    ShipmentRequest,
    Signature,
    TaxId,
    TrackingRef,
    Weight,
    WeightUnit,
)
from cartcarrier.sandbox import Sandbox
from tests.contract import oracle
from tests.unit.carriers.usps.samples import (
    FIRST,
    NOW,
    SECRET,
    abroad,
    back,
    berliner,
    bought,
    bought_abroad,
    canadian,
    carrier,
    config,
    dollars,
    event,
    extra,
    inches,
    military,
    options,
    parcel,
    price,
    priced,
    rate_option,
    recipient,
    reply,
    request,
    sender,
    sent,
    shirt,
    steps_of,
    tracked,
)

pytestmark = oracle.needs_specs

Operation = tuple[str, str, str]
LABEL: Operation = ("usps/labels_v3.yaml", "/label", "post")
RETURN: Operation = ("usps/labels_v3.yaml", "/return-label", "post")
CANCEL: Operation = ("usps/labels_v3.yaml", "/label/{trackingNumber}", "delete")
REPRINT: Operation = ("usps/labels_v3.yaml", "/label-reprint/{trackingNumber}", "post")
REPRINT_BY_KEY: Operation = ("usps/labels_v3.yaml", "/label-reprint", "post")
ABROAD: Operation = ("usps/international_labels_v3.yaml", "/international-label", "post")
CANCEL_ABROAD: Operation = ("usps/international_labels_v3.yaml", "/international-label/{trackingNumber}", "delete")
REPRINT_ABROAD: Operation = (
    "usps/international_labels_v3.yaml",
    "/international-label-reprint/{trackingNumber}",
    "post",
)
OPTIONS: Operation = ("usps/shipping_options_v3.yaml", "/options/search", "post")
TOTAL: Operation = ("usps/domestic_prices_v3.yaml", "/total-rates/search", "post")
BASE: Operation = ("usps/domestic_prices_v3.yaml", "/base-rates-list/search", "post")
TOTAL_ABROAD: Operation = ("usps/international_prices_v3.yaml", "/total-rates/search", "post")
BASE_ABROAD: Operation = ("usps/international_prices_v3.yaml", "/base-rates-list/search", "post")
PAYMENT: Operation = ("usps/payments_v3.yaml", "/payment-authorization", "post")
FUNDS: Operation = ("usps/payments_v3.yaml", "/payment-account/{account-number}", "get")
SCAN: Operation = ("usps/scan_forms_v3.yaml", "/scan-form", "post")
PICKUP: Operation = ("usps/carrier_pickup_v3.yaml", "/carrier-pickup", "post")
PICKUP_GET: Operation = ("usps/carrier_pickup_v3.yaml", "/carrier-pickup/{confirmationNumber}", "get")
PICKUP_CANCEL: Operation = ("usps/carrier_pickup_v3.yaml", "/carrier-pickup/{confirmationNumber}", "delete")
ADDRESS: Operation = ("usps/addresses_v3.yaml", "/address", "get")
CITY: Operation = ("usps/addresses_v3.yaml", "/city-state", "get")
PLACES: Operation = ("usps/locations_v3.yaml", "/post-office-locations", "get")
TRACK: Operation = ("usps/tracking_v3r2.yaml", "/tracking", "post")
TRACK_ONE: Operation = ("usps/tracking_v3.yaml", "/tracking/{trackingNumber}", "get")
TOKEN: Operation = ("usps/oauth2_v3.yaml", "/token", "post")

TUBE = extra(nonstandard=True, girth=Decimal(20))


def _requests() -> Iterator[tuple[str, ShipmentRequest]]:
    yield "domestic", request()
    yield "referenced", request(reference="order 1001", ship_date=date(2026, 12, 3))
    yield "several parcels", request(parcels=[parcel(), parcel(dimensions=inches("12", "10", "3"))])
    yield "flat rate", request(service="PRIORITY_MAIL", parcels=[parcel(packaging="MD_FLAT_RATE_BOX")])
    yield "express", request(service="PRIORITY_MAIL_EXPRESS", options=options(signature=Signature.DIRECT))
    yield "bulky", request(parcels=[parcel(dimensions=inches("20", "20", "20"))])
    yield "tube", request(options=TUBE)
    yield "insured", request(parcels=[parcel(insured_value=dollars("750"))], options=options(signature=Signature.ADULT))
    yield "lithium", request(options=options(lithium="818"))
    yield "dry ice", request(options=options(dry_ice=Weight(value=Decimal(1), unit=WeightUnit.KILOGRAM)))
    yield "held", request(options=options(hold_at_location="1234567"))
    yield "small label", request(options=options(label_size="4x5", label_formats=[LabelFormat.PNG]))
    yield "thermal", request(options=options(label_formats=[LabelFormat.EPL]))
    yield "Puerto Rico", request(ship_to=recipient(region="PR", postal_code="00901", street2="URB Fair Oaks"))
    yield "military", military()
    yield "Guam", military(ship_to=recipient(country_code="GU", region=None, city="Hagatna", postal_code="96910"))
    yield "return", back()
    yield "return, asked as such", back(service="PRIORITY_MAIL_RETURN_SERVICE")
    yield "Canada", abroad(reference="order 7")
    yield (
        "Germany, duties paid",
        abroad(
            ship_to=berliner(tax_ids=[TaxId(kind="VAT", value="DE123456789")]),
            ship_from=sender(tax_ids=[TaxId(kind="EIN", value="12-3456789")]),
            customs=CustomsDeclaration(incoterm="DDP", contents=ContentsType.OTHER, explanation="Replacement"),
            parcels=[parcel(items=[shirt()], insured_value=dollars("100"))],
            options=options(label_formats=[LabelFormat.ZPL]),
        ),
    )
    yield "express abroad", abroad(service="PRIORITY_MAIL_EXPRESS_INTERNATIONAL")


REQUESTS = dict(_requests())


def plain(node: Any) -> Any:
    """Return a description's part as the validator takes it.

    YAML reads dates as dates. And an object that is composed with ``allOf`` is closed by none of its parts: which members there may
    be is what ``strangers`` looks at. Open, alternatives do not exclude each other any more: one of them must fit.
    """
    if isinstance(node, dict):
        return {
            "anyOf" if name == "oneOf" else name: plain(child)
            for name, child in node.items()
            if (name, child) != ("additionalProperties", False)
        }
    if isinstance(node, list):
        return [plain(child) for child in node]
    return node.isoformat() if isinstance(node, date) else node


@cache
def validator(operation: Operation, direction: oracle.Direction, status: int, media_type: str | None) -> Any:
    """Return the validator of a body."""
    document, schema = part_of(operation, direction, status, media_type)
    root = {"allOf": [schema], "components": document["components"]}
    made = oracle._to_json_schema(plain(root), closed=False)
    return jsonschema_rs.Draft4Validator(made)


def part_of(
    operation: Operation, direction: oracle.Direction, status: int, media_type: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a description and the schema of a request or of an answer."""
    spec, path, method = operation
    document = oracle.load_spec(spec)
    node = document["paths"][path][method]
    if direction == "response":
        responses = node["responses"]
        holder = responses.get(status) or responses[str(status)]
    else:
        holder = node["requestBody"]
    while "$ref" in holder:
        holder = follow(document, holder["$ref"])
    content = holder["content"]
    name = media_type or "application/json"
    name = name if name in content else next(one for one in content if "json" in one)
    return document, content[name]["schema"]


def strangers(body: object, document: dict[str, Any], schema: dict[str, Any], path: str = "") -> list[str]:
    """Return the members of a body that its description does not have."""
    if isinstance(body, list):
        return [one for element in body for one in strangers(element, document, schema, path)]
    if not isinstance(body, dict):
        return []
    known = members(document, schema)
    found = []
    for name, child in body.items():
        here = f"{path}.{name}".lstrip(".")
        found += strangers(child, document, known[name], here) if name in known else [f"{here}: is not described"]
    return found


def problems_with(
    body: object, operation: Operation, direction: oracle.Direction, status: int = 200, media_type: str | None = None
) -> list[str]:
    """Return what a description has against a body."""
    return [
        *oracle.problems(validator(operation, direction, status, media_type), body),
        *strangers(body, *part_of(operation, direction, status, media_type)),
    ]


def problems_of(body: object, operation: Operation) -> list[str]:
    """Return what a description has against a request. This driver's requests need no errata."""
    return problems_with(body, operation, "request")


def operation_of(made: ShipmentRequest) -> Operation:
    """Return where a request is bought."""
    kind = read_step(steps_of(made)[0]).operation
    return {"ship": LABEL, "return": RETURN, "ship_abroad": ABROAD}[kind]


@pytest.mark.parametrize("name", REQUESTS)
def test_purchase_fits(name: str) -> None:
    """The gateway refuses a member that is misspelled or null: the label is not sold (field guide usps.md §0.11)."""
    made = REQUESTS[name]
    for step in steps_of(made):
        assert problems_of(json.loads(step.body), operation_of(made)) == []


@pytest.mark.parametrize("name", REQUESTS)
@pytest.mark.parametrize("price_type", ["COMMERCIAL", "CONTRACT"])
def test_questions_for_prices_fit(name: str, price_type: str) -> None:
    """Three interfaces have three spellings for the same things."""
    made = REQUESTS[name]
    quoting = plan_quotes(made, NOW)
    assert quoting is not None
    question = to_options_question(quoting, 0, config(), price_type)
    assert problems_of(json.loads(json_encode(question, decimals="number")), OPTIONS) == []
    if made.is_return:
        return
    total, base = (TOTAL_ABROAD, BASE_ABROAD) if quoting.lane.is_abroad else (TOTAL, BASE)
    for operation, extras in ((total, True), (base, False)):
        asked = to_prices_question(quoting, 0, config(), price_type, extras=extras)
        assert problems_of(json.loads(json_encode(asked, decimals="number")), operation) == []


def test_question_for_all_services_fits() -> None:
    """Without a service the words are others."""
    for made in (request(service=None), abroad(service=None), back(service=None)):
        quoting = plan_quotes(made, NOW)
        assert quoting is not None
        question = to_options_question(quoting, 0, config(), "COMMERCIAL")
        assert problems_of(json.loads(json_encode(question, decimals="number")), OPTIONS) == []
        if not made.is_return:
            total = TOTAL_ABROAD if quoting.lane.is_abroad else TOTAL
            asked = to_prices_question(quoting, 0, config(), "COMMERCIAL", extras=True)
            assert problems_of(json.loads(json_encode(asked, decimals="number")), total) == []


def test_payment_and_token_requests_fit() -> None:
    """Both are asked for before anything else."""
    for settings in (config(), config(account_type="PERMIT", account_number="77", permit_zip="10018")):
        assert problems_of(json.loads(json_encode(payment_roles(settings))), PAYMENT) == []


def test_reprint_fits() -> None:
    """Abroad there are fewer forms."""
    for operation, image in ((REPRINT, "PDF"), (REPRINT_BY_KEY, "ZPL203DPI"), (REPRINT_ABROAD, "PDF")):
        made = json.loads(json_encode(to_reprint(image, "4X6LABEL")))
        assert problems_of(made, operation) == []


def test_scan_form_fits() -> None:
    """One wrong member and a day's parcels are scanned one by one."""
    made = json.loads(json_encode(to_scan_form([FIRST], sender(), date(2026, 12, 1))))
    assert problems_of(made, SCAN) == []


@pytest.mark.parametrize("phone", ["212 555 0100", None], ids=["phone", "mail"])
def test_pickup_fits(phone: str | None) -> None:
    """The carrier asks for a person, and how to reach them."""
    asked = PickupRequest(
        address=sender(phone=phone),
        ready_at=datetime(2026, 12, 2, 9, tzinfo=UTC),
        close_at=datetime(2026, 12, 2, 17, tzinfo=UTC),
        parcels=4,
        weight=Weight(value=Decimal(12), unit=WeightUnit.POUND),
        service="PRIORITY_MAIL",
    )
    made = json.loads(json_encode(to_pickup_question(asked, config()), decimals="number"))
    assert problems_of(made, PICKUP) == []


def parameters_of(operation: Operation) -> dict[str, set[str]]:
    """Return the names that an operation's description lists, by place."""
    spec, path, method = operation
    document = oracle.load_spec(spec)
    listed: dict[str, set[str]] = {"query": set(), "header": set(), "path": set()}
    node = document["paths"][path]
    for parameter in [*node.get("parameters", []), *node[method].get("parameters", [])]:
        if "$ref" in parameter:
            parameter = document["components"]["parameters"][parameter["$ref"].rpartition("/")[2]]  # noqa: PLW2901 - followed
        listed[parameter["in"]].add(parameter["name"])
    return listed


def test_queries_are_described() -> None:
    """A typo in a parameter is a 400 of the gateway (field guide usps.md §3)."""
    puerto_rican = recipient(region="PR", postal_code="00901-1234", street3="URB Fair Oaks", company="Acme")
    assert set(to_address_question(puerto_rican)) <= parameters_of(ADDRESS)["query"]
    somewhere = Address(street1="-", city="Aurora", region="CO", country_code="US")
    for address in (recipient(), somewhere):
        assert set(to_location_question(address, 5)) <= parameters_of(PLACES)["query"]


async def test_calls_without_a_body_use_parameters_that_are_described() -> None:
    """Cancel, funds, city, pickups and the old tracking say everything in address and headers."""
    answers = {
        "DELETE": reply({"trackingNumber": FIRST, "status": "CANCELED"}),
        "POST": reply(bought()),
    }

    def answer(asked: Any) -> Any:
        if "pickup" in asked.path:
            return reply({"confirmationNumber": "WTC1"}, ETag="tag-1")
        if "payment-account" in asked.path:
            return reply({"sufficientFunds": True})
        if "city-state" in asked.path:
            return reply({"city": "AURORA", "state": "CO"})
        return answers.get(asked.method) or reply(tracked())

    driver = carrier(answer, tracking_api="v3")
    shipment = await driver.purchase(steps_of(request())[0])
    await driver.void_shipment(shipment)
    await driver.track([TrackingRef(number=FIRST, shipped_on=date(2026, 12, 1), postal_code="80012")])
    await driver.has_funds(dollars("12.5"))
    await driver.city_and_state("80012")
    await driver.cancel_pickup(Pickup(carrier=driver.key, id="WTC1"))
    buy, cancel, track, funds, city, look, stop = sent(driver)
    for one, operation, root in (
        (buy, LABEL, "/labels/v3"),
        (cancel, CANCEL, "/labels/v3"),
        (track, TRACK_ONE, "/tracking/v3"),
        (funds, FUNDS, "/payments/v3"),
        (city, CITY, "/addresses/v3"),
        (look, PICKUP_GET, "/pickup/v3"),
        (stop, PICKUP_CANCEL, "/pickup/v3"),
    ):
        listed = parameters_of(operation)
        assert set(one.params) <= listed["query"]
        assert one.path.startswith(root)
        assert len(one.path.split("/")) == len((root + operation[1]).split("/"))
        ours = {name.lower() for name in listed["header"]} & {name.lower() for name in one.headers}
        for name in ("X-Payment-Authorization-Token", "If-Match"):
            assert (name in listed["header"]) is (name.lower() in ours), f"{name} of {operation}"


# --- answers ------------------------------------------------------------------------------------------------------------

ANSWERS: dict[str, tuple[type[msgspec.Struct], Operation, int, str | None]] = {
    "label": (LabelResponse, LABEL, 200, "application/vnd.usps.labels+json"),
    "return": (LabelResponse, RETURN, 200, "application/vnd.usps.labels+json"),
    "label abroad": (LabelResponse, ABROAD, 201, "application/vnd.usps.labels+json"),
    "cancel": (CancelResponse, CANCEL, 200, None),
    "cancel abroad": (CancelResponse, CANCEL_ABROAD, 200, None),
    "options": (OptionsResponse, OPTIONS, 200, None),
    "prices": (PricesResponse, TOTAL, 200, None),
    "prices abroad": (PricesResponse, TOTAL_ABROAD, 200, None),
    "payment": (PaymentResponse, PAYMENT, 200, None),
    "funds": (PaymentAccountResponse, FUNDS, 200, None),
    "address": (AddressResponse, ADDRESS, 200, None),
    "city": (CityStateResponse, CITY, 200, None),
    "form": (ScanFormResponse, SCAN, 200, "application/vnd.usps.labels+json"),
    "pickup": (PickupResponse, PICKUP, 200, None),
    "places": (LocationsResponse, PLACES, 200, None),
    "tracking": (TrackDetail, TRACK, 207, None),
    "tracking, old": (TrackDetail, TRACK_ONE, 200, None),
    "refusal": (ErrorBody, LABEL, 400, None),
}
# What the driver reads and this description does not list; it stands in another one, or was seen in the field.
UNDESCRIBED = {
    # under other media types, and abroad (field guide usps.md §4.4, §4.7)
    "label": {"internationalTrackingNumber", "labelMetadata", "prepaidDutiesTaxesFees", "extraServices.serviceID", "extraServices.serviceName"},
    "return": {"internationalTrackingNumber", "labelMetadata", "labelImage", "receiptImage", "prepaidDutiesTaxesFees", "extraServices.serviceID", "extraServices.serviceName"},
    "label abroad": {"trackingNumber", "labelMetadata", "receiptImage", "prepaidDutiesTaxesFees", "extraServices.name", "extraServices.SKU"},
    "prices": {"rateOptions.commitment", "rateOptions.dutiesTaxesFeesQuote"},
    "prices abroad": {"rateOptions.commitment"},
    # its own example spells it so
    "places": {"locations.facilityId"},
    # a refusal that looks like a success (§1.1)
    "payment": {"body"},
    "form": {"SCANFormMetaData"},
    # the two versions name things differently, and only the newer has failures in it
    "tracking": {"expectedDeliveryTimeStamp", "guaranteedDeliveryTimeStamp", "predictedDeliveryDate", "trackingEvents.eventZIP", "trackingEvents.name"},
    "tracking, old": {"mailClassCode", "deliveryDateExpectation", "error", "statusCode", "trackingEvents.eventZIPCode", "trackingEvents.recipientName"},
    # the gateway's and the payments' own shapes (§8)
    "refusal": {"fault", "message", "body"},
}  # fmt: skip


def follow(document: dict[str, Any], reference: str) -> dict[str, Any]:
    """Return what a reference stands for."""
    node: Any = document
    for part in reference.lstrip("#/").split("/"):
        node = node[part]
    return typing.cast("dict[str, Any]", node)


def members(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the members of an object, whatever it is composed of."""
    while "$ref" in schema:
        schema = follow(document, schema["$ref"])
    if schema.get("type") == "array":
        return members(document, schema["items"])
    found: dict[str, dict[str, Any]] = dict(schema.get("properties", {}))
    for word in ("allOf", "oneOf", "anyOf"):
        for part in schema.get(word, []):
            for name, child in members(document, part).items():
                known = found.get(name)
                found[name] = {"anyOf": [known, child]} if known is not None and known != child else child
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
    known = members(document, schema)
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
    struct, operation, status, media_type = ANSWERS[name]
    document, schema = part_of(operation, "response", status, media_type)
    assert set(undescribed(struct, document, schema, "")) == UNDESCRIBED.get(name, set())


def test_made_answers_of_the_unit_tests_are_read_and_fit() -> None:
    """What the driver's other tests answer with is what USPS would."""
    for body, operation, struct in (
        (priced(rate_option(price())), OPTIONS, OptionsResponse),
        ({"rateOptions": [rate_option(price(), commitment=None)]}, TOTAL, PricesResponse),
        # live answers have no zone, the description wants one (field guide usps.md §7.3)
        ([tracked(event("OF", "Out for Delivery", "2026-12-02T13:58:00Z"))], TRACK, list[TrackDetail]),
    ):
        json_decoder(struct).decode(msgspec.json.encode(body))
        assert problems_with(body, operation, "response") == []
    vendor = "application/vnd.usps.labels+json"
    for answer, operation, status in ((bought(), LABEL, 200), (bought_abroad(), ABROAD, 201)):
        json_decoder(LabelResponse).decode(msgspec.json.encode(answer))
        assert problems_with(answer, operation, "response", status, vendor) == []


def test_published_forms_in_parts_are_read() -> None:
    """USPS's own examples name the parts otherwise than its description (field guide usps.md §6)."""
    assert oracle.SHARED is not None
    for name in ("label", "manifest_mid"):  # the third lacks commas in its JSON
        path = oracle.SHARED / "specs" / "usps" / "examples" / f"scan_form_{name}_shipment_response.multipart.txt"
        content = path.read_bytes()
        boundary = content.lstrip()[2:].split(b"\n")[0].strip().decode()
        parts = read_parts(content, f"multipart/form-data; boundary={boundary}")
        assert parts is not None
        assert json_decoder(ScanMetadata).decode(parts["json"]).manifest_number
        assert any(data.lstrip().startswith(b"JVBER") for part, data in parts.items() if part != "json")


def test_published_places_are_read() -> None:
    """USPS's own example of post offices."""
    assert oracle.SHARED is not None
    path = oracle.SHARED / "specs" / "usps" / "examples" / "post_office_locator_v3_response.json"
    found = json_decoder(LocationsResponse).decode(path.read_bytes())
    assert found.locations
    assert len(to_locations(found, 10)) == len(found.locations)


# --- the two together ---------------------------------------------------------------------------------------------------

VENDOR = "application/vnd.usps.labels+json"
ROUTES: list[tuple[str, str, Operation]] = [
    ("POST", r"/labels/v3/label", LABEL),
    ("POST", r"/labels/v3/return-label", RETURN),
    ("DELETE", r"/labels/v3/label/[^/]+", CANCEL),
    ("POST", r"/labels/v3/label-reprint/[^/]+", REPRINT),
    ("POST", r"/labels/v3/label-reprint", REPRINT_BY_KEY),
    ("POST", r"/international-labels/v3/international-label", ABROAD),
    ("DELETE", r"/international-labels/v3/international-label/[^/]+", CANCEL_ABROAD),
    ("POST", r"/international-labels/v3/international-label-reprint/[^/]+", REPRINT_ABROAD),
    ("POST", r"/shipments/v3/options/search", OPTIONS),
    ("POST", r"/prices/v3/total-rates/search", TOTAL),
    ("POST", r"/prices/v3/base-rates-list/search", BASE),
    ("POST", r"/payments/v3/payment-authorization", PAYMENT),
    ("GET", r"/payments/v3/payment-account/[^/]+", FUNDS),
    ("POST", r"/scan-forms/v3/scan-form", SCAN),
    ("POST", r"/pickup/v3/carrier-pickup", PICKUP),
    ("GET", r"/pickup/v3/carrier-pickup/[^/]+", PICKUP_GET),
    ("DELETE", r"/pickup/v3/carrier-pickup/[^/]+", PICKUP_CANCEL),
    ("GET", r"/addresses/v3/address", ADDRESS),
    ("GET", r"/addresses/v3/city-state", CITY),
    ("GET", r"/locations/v3/post-office-locations", PLACES),
    ("POST", r"/tracking/v3r2/tracking", TRACK),
    ("GET", r"/tracking/v3/tracking/[^/]+", TRACK_ONE),
]
ASSUMED_ROUTES = {
    ("GET", "/service-standards/v3/estimates"): (None, "estimates"),
    ("POST", "/subscriptions-tracking/v3r2/subscriptions"): ("subscription.request", "subscription"),
}
# what the driver's operations are called where they have no description, and what needs none
UNCHECKED = {"/oauth2/v3/token", "/subscriptions-tracking/v3r2/subscriptions"}


@cache
def assumed(name: str) -> Any:
    """Return the validator of a schema of our own, where USPS publishes none."""
    path = oracle.ERRATA.parent / "assumed" / "usps.json"
    schemas = json.loads(path.read_text())["schemas"]
    return jsonschema_rs.Draft202012Validator(schemas[name])


class CheckedWire:
    """Hands requests on, and holds both directions against USPS's descriptions."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.found: list[str] = []
        self.seen: set[str] = set()

    async def handle_async_request(self, request: Any) -> Any:
        """Answer one request of the HTTP library."""
        body = await request.aread()
        response = await self.inner.handle_async_request(request)
        answer = await response.aread()
        self.check(request.method, request.url, body, response, answer)
        return await handler_transport(
            lambda _: (response.status_code, dict(response.headers), answer)
        ).handle_async_request(request)

    async def aclose(self) -> None:
        """Do nothing."""

    def check(self, method: str, url: Any, body: bytes, response: Any, answer: bytes) -> None:
        """Hold one exchange against its description."""
        path = url.path
        names = ASSUMED_ROUTES.get((method, path))
        if names is not None:
            self.seen.add(path)
            for name, content in zip(names, (body, answer), strict=True):
                if name is not None and (name != names[1] or response.status_code < 300):
                    self.told(f"{method} {path} ({name})", oracle.problems(assumed(name), json.loads(content)))
            return
        operation = next((one for verb, pattern, one in ROUTES if verb == method and re.fullmatch(pattern, path)), None)
        if operation is None:
            assert path.startswith(tuple(UNCHECKED)), f"{method} {path} is not in the list"
            return
        self.seen.add(f"{method} {operation[1]} of {operation[0]}")
        unknown = set(url.params) - parameters_of(operation)["query"]
        self.told(f"{method} {path}", [f"{name}: no such parameter" for name in sorted(unknown)])
        if body:
            self.told(f"{method} {path}", problems_of(json.loads(body), operation))
        status = response.status_code
        if answer:
            document = oracle.load_spec(operation[0])
            described = document["paths"][operation[1]][operation[2]]["responses"]
            holder = described.get(status) or described.get(str(status)) or described["default"]
            while "$ref" in holder:
                holder = follow(document, holder["$ref"])
            if not any("json" in name for name in holder.get("content", {})):
                return  # a status that has no description
            media_type = VENDOR if VENDOR in holder.get("content", {}) and b'"labelMetadata"' not in answer else None
            code = status if status in described or str(status) in described else "default"
            found = problems_with(json.loads(answer), operation, "response", code, media_type)  # type: ignore[arg-type]  # "default" is a status too
            self.told(f"{status} of {method} {path}", found)

    def told(self, what: str, problems: list[str]) -> None:
        """Keep what does not fit."""
        self.found += [f"{what}: {problem}" for problem in problems]


async def test_day_with_the_simulator_fits_in_both_directions() -> None:
    """Every operation that the driver uses: what it sends, and what it is answered, refusals too."""
    async with Sandbox(clock=ManualClock(NOW), limits=False) as sandbox:
        simulator: Any = sandbox.simulator("usps")
        settings = {**simulator.settings_for("usps"), "calls_per_hour": 1_000_000, "webhook_secret": SECRET}
        wire = CheckedWire(asgi_transport(simulator.app))
        driver = USPSCarrier(USPSConfig(**settings, admin_email="boss@acme.test"), transport=wire, clock=sandbox.clock)
        for made in REQUESTS.values():
            await driver.get_rates(attrs.evolve(made, service=None))
            shipment = await driver.create_shipment(made)
        await driver.get_transit_times(request(service=None))
        await driver.validate_address(recipient())
        await driver.city_and_state("80012")
        await driver.has_funds(dollars("5"))
        await driver.find_locations(recipient())
        (step,) = steps_of(request(), reference="cc-00000000000000aa")
        await driver.find_purchase(step)
        first, second = await driver.purchase(step), await driver.create_shipment(abroad())
        await driver.find_purchase(step)
        for one in (first, second):
            await driver.reprint_labels(one)
        await driver.create_manifest([first], ship_from=sender())
        with pytest.raises(ConflictError):
            await driver.create_manifest([first], ship_from=sender())
        for one in (shipment, second, second):
            await driver.void_shipment(one)
        pickup = await driver.schedule_pickup(
            PickupRequest(
                address=sender(),
                ready_at=datetime(2026, 12, 2, 9, tzinfo=UTC),
                close_at=datetime(2026, 12, 2, 17, tzinfo=UTC),
                parcels=4,
                weight=Weight(value=Decimal(12), unit=WeightUnit.POUND),
            )
        )
        for _ in range(2):
            await driver.cancel_pickup(pickup)
        await simulator.advance(86_400)
        await driver.track([first.id, FIRST])
        simulator.set_switches(tracking_api="v3")
        await driver.track([first.id, FIRST])
        await driver.subscribe("https://shop.test/usps")
        await driver.subscribe_tracking([first.id], url="https://shop.test/usps")
        simulator.add_fault(operation="shop", kind="status", status=500, times=3)
        await driver.get_rates(request(service=None, parcels=[parcel(dimensions=inches("5", "5", "5"))]))
    assert not wire.found, "\n".join(wire.found)
    assert len(wire.seen) >= len(ROUTES) - 1


def test_every_code_with_words_is_in_the_error_inventory() -> None:
    """A code that USPS does not have is a typo."""
    assert oracle.SHARED is not None
    inventory = (oracle.SHARED / "specs" / "usps" / "error_inventory.csv").read_text()
    assert [code for code in REFUSALS if code not in inventory] == []


def test_canadian_code_has_the_space_that_is_printed() -> None:
    """160197: it must begin with a letter."""
    made = json.loads(steps_of(abroad(ship_to=canadian(postal_code="k1a0b1")))[0].body)
    assert made["toAddress"]["postalCode"] == "K1A 0B1"
