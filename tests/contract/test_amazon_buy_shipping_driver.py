"""What the Buy Shipping driver sends fits Amazon's description of Shipping v2, and what that describes is what the driver reads."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, get_args, get_type_hints

import attrs
import httpx
import msgspec
import pytest

from cartcarrier.carriers.amazon_buy_shipping import (
    AmazonBuyShippingCarrier,
    AmazonBuyShippingConfig,
    AmazonBuyShippingOptions,
    codes,
    schemas,
)
from cartcarrier.carriers.amazon_buy_shipping.client import OPERATIONS
from cartcarrier.carriers.amazon_buy_shipping.config import _BY_COUNTRY as BUSINESSES
from cartcarrier.carriers.amazon_buy_shipping.mapping import to_question
from cartcarrier.http import ManualClock, asgi_transport, json_decoder
from cartcarrier.models import (
    Dimensions,
    LengthUnit,
    Money,
    OrderRef,
    ParcelItem,
    ShipmentOptions,
    ShipmentRequest,
    Signature,
    TaxId,
    TrackingFailure,
    Weight,
    WeightUnit,
)
from cartcarrier.sandbox.amazon import AmazonSimulator
from cartcarrier.testing import make_parcel, make_request
from tests.contract import oracle, oracle_swagger2
from tests.unit.carriers.amazon_buy_shipping import samples
from tests.unit.carriers.amazon_buy_shipping.samples import (
    amazon_request,
    at_rate,
    book,
    document,
    group,
    offer,
    parcel,
    recipient,
    request,
    sender,
    sent_by,
    service,
    step_of,
)

pytestmark = oracle.needs_specs

SPEC = "amazon/shipping_v2.json"
RATES, PURCHASE = "/shipping/v2/shipments/rates", "/shipping/v2/shipments"
TRACKING, CANCEL = "/shipping/v2/tracking", "/shipping/v2/shipments/{shipmentId}/cancel"
DOCUMENTS = "/shipping/v2/shipments/{shipmentId}/documents"


def definitions() -> dict[str, Any]:
    """Return what the description defines."""
    found: dict[str, Any] = oracle.load_spec(SPEC)["definitions"]
    return found


def _requests() -> Iterator[tuple[str, ShipmentRequest]]:
    yield "external", request()
    yield "shopify order", request(order=OrderRef(channel="shopify:eu", order_id="1"), reference="order 7")
    yield "amazon order", amazon_request()
    worth = book(
        unit_value=Money(amount="12.50", currency="USD"), weight=Weight(value=350, unit=WeightUnit.GRAM), quantity=1
    )
    yield "amazon order, valued", amazon_request(parcels=[parcel(items=[worth, book()])])
    sides = Dimensions(length="100.5", width="80", height="40", unit=LengthUnit.MILLIMETER)
    yield (
        "metric, insured",
        request(
            parcels=[
                parcel(
                    weight=Weight(value="1.25", unit=WeightUnit.KILOGRAM),
                    dimensions=sides,
                    insured_value=Money(amount="99.90", currency="EUR"),
                )
            ]
        ),
    )
    yield "ounces", request(parcels=[parcel(weight=Weight(value=7, unit=WeightUnit.OUNCE))])
    options = ShipmentOptions(hold_at_location="AP-1", carrier_options=AmazonBuyShippingOptions(delivery_notes="ring"))
    yield "access point, notes, day", request(options=options, ship_date=date(2026, 1, 7))
    full = recipient(street2="b", company="Acme", delivery_reference="hub 7", phone="3035550101", email="j@example.com")
    yield "fullest address", request(ship_to=full, ship_from=sender(tax_ids=[TaxId(kind="GST", value="06F")]))
    yield "no region", request(ship_to=recipient(country_code="GB", region=None, postal_code="EX33 2JL"))


REQUESTS = dict(_requests())


@pytest.mark.parametrize("name", list(REQUESTS))
def test_question_fits(name: str) -> None:
    """A member that Amazon does not know, or a text where a number is due, is InvalidInput and no more."""
    body = json.loads(to_question(REQUESTS[name], samples.config()).body)
    oracle.check(body, SPEC, RATES, "post", "request")


@pytest.mark.parametrize("name", list(REQUESTS))
def test_purchase_fits(name: str) -> None:
    """As above, with money at stake."""
    oracle.check(sent_by(step_of(REQUESTS[name])), SPEC, PURCHASE, "post", "request")


def test_fullest_purchase_fits() -> None:
    """Services, further inputs, joined documents, a printed reference."""
    given = AmazonBuyShippingOptions(additional_inputs='{"harmonizedSystemCode": "490199"}', dpi=300)
    options = ShipmentOptions(signature=Signature.ADULT, carrier_options=given)
    joined = document(
        "PDF",
        supportedFileJoiningOptions=[True],
        supportedDocumentDetails=[{"name": "LABEL", "isMandatory": True}, {"name": "PACKSLIP", "isMandatory": True}],
    )
    wants = offer(
        requiresAdditionalInputs=True,
        supportedDocumentSpecifications=[joined],
        availableValueAddedServiceGroups=[group(service("ADULT_SIGNATURE_CONFIRMATION", 4.25))],
    )
    step = step_of(at_rate(request(options=options, reference="7"), wants))
    oracle.check(sent_by(step), SPEC, PURCHASE, "post", "request")


ANSWERS: dict[str, type[msgspec.Struct]] = {
    "GetRatesResult": schemas.Rates,
    "PurchaseShipmentResult": schemas.Purchased,
    "GetShipmentDocumentsResult": schemas.Reprinted,
    "GetTrackingResult": schemas.Followed,
}


def _structs(kind: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        yield kind
    for part in get_args(kind):
        yield from _structs(part)


def _follow(schema: dict[str, Any]) -> dict[str, Any]:
    while True:
        if "$ref" in schema:
            schema = definitions()[schema["$ref"].rpartition("/")[2]]
        elif schema.get("type") == "array":
            schema = schema["items"]
        else:
            return schema


def _unknown(kind: type[msgspec.Struct], schema: dict[str, Any]) -> list[str]:
    """Return the members that a schema of ours reads and the description does not have."""
    found = []
    described = _follow(schema).get("properties", {})
    hints = get_type_hints(kind)
    for field in msgspec.structs.fields(kind):
        if field.encode_name not in described:
            found.append(f"{kind.__name__}.{field.encode_name}")
            continue
        for inner in _structs(hints[field.name]):
            found += _unknown(inner, described[field.encode_name])
    return found


@pytest.mark.parametrize("name", list(ANSWERS))
def test_every_member_that_is_read_is_described(name: str) -> None:
    """A misspelled one would be missing from every answer, and nobody would notice."""
    assert _unknown(ANSWERS[name], definitions()[name]) == []


@pytest.mark.parametrize(
    ("path", "method", "kind"),
    [
        (RATES, "post", schemas.Rates),
        (PURCHASE, "post", schemas.Purchased),
        (DOCUMENTS, "get", schemas.Reprinted),
        (TRACKING, "get", schemas.Followed),
    ],
    ids=["rates", "purchase", "documents", "tracking"],
)
def test_published_example_is_read(path: str, method: str, kind: type[msgspec.Struct]) -> None:
    """Amazon's own examples break its description; they are what it sends."""
    example = oracle.load_spec(SPEC)["paths"][path][method]["responses"]["200"]["examples"]["application/json"]
    json_decoder(kind).decode(msgspec.json.encode(example))


def test_published_rates_become_rates() -> None:
    """The demanded service of the example is in the price."""
    example = oracle.load_spec(SPEC)["paths"][RATES]["post"]["responses"]["200"]["examples"]["application/json"]
    (rate,) = samples.rates_for(request(), *example["rates"])
    assert rate.total == Money(amount=9, currency="USD")


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("EventCode", codes.EVENTS),
        ("Status", codes.SUMMARIES),
        ("IneligibilityReasonCode", codes.INELIGIBLE),
        ("DocumentFormat", set(codes.FORMATS.values())),
        ("DocumentType", {codes.LABEL, *codes.DOCUMENT_KINDS}),
    ],
)
def test_table_holds_what_is_described(name: str, table: Any) -> None:
    """A code that is described and not in the table is unknown where it need not be."""
    assert set(definitions()[name]["enum"]) == set(table)


def test_details_and_businesses_are_described_ones() -> None:
    """A misspelled one would never be met."""
    assert set(codes.DETAIL_REASONS) <= set(definitions()["DetailCodes"]["enum"])
    parameters = oracle.load_spec(SPEC)["paths"][RATES]["post"]["parameters"]
    header = next(one for one in parameters if one["in"] == "header")
    assert set(header["enum"]) == set(BUSINESSES.values())


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)
def test_operation_is_described(operation: Any) -> None:
    """Path, method and plan are Amazon's."""
    described = oracle.load_spec(SPEC)["paths"][operation.template][operation.method.lower()]
    assert described["operationId"] == operation.id
    assert f"| {operation.rate} | {operation.burst} |" in described["description"]


class Witness:
    """A transport that keeps what passes."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.exchanges: list[tuple[str, str, str, bytes, int, bytes]] = []

    async def handle_async_request(self, asked: Any) -> Any:
        """Hand a request on."""
        sent = await asked.aread()
        answer = await self.inner.handle_async_request(asked)
        got = await answer.aread()
        path, _, query = asked.url.raw_path.decode().partition("?")
        self.exchanges.append((asked.method, path, query, sent, answer.status_code, got))
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(got), request=asked)

    async def aclose(self) -> None:
        """Do nothing: the simulator is not ours to close."""


def _template(path: str) -> str:
    for end in ("/cancel", "/documents"):
        if path.endswith(end):
            return f"/shipping/v2/shipments/{{shipmentId}}{end}"
    return path


async def test_exchanges_with_the_simulator_fit_in_both_directions() -> None:
    """Two programs that agree with each other may both be wrong."""
    clock = ManualClock()
    simulator = AmazonSimulator(clock=clock)
    settings: dict[str, Any] = simulator.label_settings()
    witness = Witness(asgi_transport(simulator.app))
    order_id = simulator.place_order()
    (line,) = next(one for one in simulator.orders() if one["id"] == order_id)["lines"]
    item = ParcelItem(title="Book", quantity=1, order_line_id=line["id"])
    order = OrderRef(channel="amazon:default", order_id=order_id)
    asked = make_request(order=order, parcels=[make_parcel(items=[item])])
    async with AmazonBuyShippingCarrier(AmazonBuyShippingConfig(**settings), transport=witness, clock=clock) as carrier:
        for request_ in (asked, make_request(options=ShipmentOptions(signature=Signature.DIRECT))):
            rate = (await carrier.get_rates(request_))[-1]
            number = "cc-1" if request_ is asked else "cc-2"
            step = carrier.prepare_shipment(attrs.evolve(request_, rate=rate), reference=number).steps[0]
            shipment = await carrier.purchase(step)
            await carrier.track([shipment.tracking_number])
            await carrier.void_shipment(shipment)
            await carrier.void_shipment(shipment)
        (unknown,) = await carrier.track(["TBA999999999999"])
    assert isinstance(unknown, TrackingFailure)
    seen = set()
    for method, path, query, sent, status, got in witness.exchanges:
        if path.startswith("/shipping/"):
            oracle_swagger2.check_exchange(method, _template(path), query, sent, status, got)
            seen.add((method, _template(path), status))
    assert seen >= {
        ("POST", RATES, 200),
        ("POST", PURCHASE, 200),
        ("GET", TRACKING, 200),
        ("GET", TRACKING, 404),
        ("PUT", CANCEL, 200),
        ("PUT", CANCEL, 400),
    }
