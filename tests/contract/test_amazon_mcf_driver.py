"""What the MCF driver sends fits Amazon's description of Fulfillment Outbound 2020-07-01, and what that describes is what it reads."""

import json
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import httpx
import msgspec
import pytest

from cartcarrier.http import ManualClock, asgi_transport, json_decoder, json_encode
from cartcarrier.models import Order
from cartcarrier.providers.amazon_mcf import AmazonMCFConfig, AmazonMCFProvider, codes, schemas
from cartcarrier.providers.amazon_mcf.client import OPERATIONS
from cartcarrier.providers.amazon_mcf.config import POLICIES, SPEEDS
from cartcarrier.providers.amazon_mcf.mapping import to_preview, to_provider_order, to_rates
from cartcarrier.sandbox.amazon import AmazonSimulator
from cartcarrier.testing import make_order
from tests.contract import oracle, oracle_swagger2
from tests.unit.providers.amazon_mcf.samples import config, line, order, recipient, request_of

pytestmark = oracle.needs_specs

SPEC = "amazon/fulfillment_outbound_2020-07-01.json"
BASE = "/fba/outbound/2020-07-01"
ORDERS, PREVIEW = f"{BASE}/fulfillmentOrders", f"{BASE}/fulfillmentOrders/preview"
ORDER, TRACKING = f"{ORDERS}/{{sellerFulfillmentOrderId}}", f"{BASE}/tracking"
CANCEL = f"{ORDER}/cancel"


def definitions() -> dict[str, Any]:
    """Return what the description defines."""
    found: dict[str, Any] = oracle.load_spec(SPEC)["definitions"]
    return found


TOKYO = recipient(country_code="JP", city="千代田区", street1="丸の内1-1", region="東京都", postal_code="100-0005")
ORDERS_SENT: dict[str, tuple[Order, dict[str, Any]]] = {
    "plain": (order(), {}),
    "many lines": (order(lines=[line(id=str(n), quantity=1) for n in range(100)]), {}),
    "company and hub": (order(ship_to=recipient(company="Acme", delivery_reference="hub 7", phone=None)), {}),
    "no region": (order(ship_to=recipient(country_code="GB", region=None, postal_code="EX33 2JL")), {}),
    "japan": (order(ship_to=TOKYO), {"marketplace_ids": ["JP"], "region": "fe"}),
    "all settings": (
        order(number="注文"),
        {
            "blank_box": True,
            "block_amazon_logistics": True,
            "overbox": True,
            "packing_slip": True,
            "signature_confirmation": True,
            "notify_buyer": True,
            "shipping_speed": "Priority",
            "fulfillment_policy": "FillAllAvailable",
            "comment": "x" * 750,
        },
    ),
}


@pytest.mark.parametrize("name", list(ORDERS_SENT))
def test_order_fits(name: str) -> None:
    """A member that Amazon does not know is InvalidInput and no more."""
    asked, settings = ORDERS_SENT[name]
    oracle.check(request_of(asked, **settings), SPEC, ORDERS, "post", "request")


@pytest.mark.parametrize("name", list(ORDERS_SENT))
def test_preview_fits(name: str) -> None:
    """As above."""
    asked, settings = ORDERS_SENT[name]
    body = json.loads(json_encode(to_preview(asked, config(**settings))))
    oracle.check(body, SPEC, PREVIEW, "post", "request")


ANSWERS: dict[str, type[msgspec.Struct]] = {
    "GetFulfillmentPreviewResult": schemas.Previews,
    "GetFulfillmentOrderResult": schemas.PlacedOrder,
    "PackageTrackingDetails": schemas.PackageDetails,
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


def _example(path: str, method: str) -> bytes:
    examples = oracle.load_spec(SPEC)["paths"][path][method]["responses"]["200"]["examples"]
    return msgspec.json.encode(examples["payload"])


def test_published_order_is_read() -> None:
    """Its status is spelled in capitals, against the description."""
    made = to_provider_order(json_decoder(schemas.PlacedOrder).decode(_example(ORDER, "get")))
    assert (made.reference, made.status.value, made.parcels) == ("FBATestOrder-1", "processing", ())


def test_published_preview_is_read() -> None:
    """It lacks a member that is required."""
    answer = json_decoder(schemas.Previews).decode(_example(PREVIEW, "post"))
    (rate,) = to_rates(answer.fulfillment_previews, carrier="amazon-mcf:default")
    assert str(rate.total) == "19.71 USD"


def test_tables_hold_what_is_described() -> None:
    """A code that is described and not in the table is unknown where it need not be."""
    assert set(definitions()["EventCode"]["enum"]) == set(codes.EVENTS)
    unknown = {"UNKNOWN", "REFUND_ISSUED"}
    assert set(definitions()["CurrentStatus"]["enum"]) - unknown == set(codes.PACKAGE_STATUSES)
    assert {one.lower() for one in definitions()["FulfillmentOrderStatus"]["enum"]} == set(codes.ORDER_STATUSES)
    assert {*SPEEDS, "ScheduledDelivery"} == set(definitions()["ShippingSpeedCategory"]["enum"])
    assert set(POLICIES) == set(definitions()["FulfillmentPolicy"]["enum"])
    described = definitions()["FeatureSettings"]["properties"]["featureName"]["description"]
    everything = config(
        blank_box=True, block_amazon_logistics=True, overbox=True, packing_slip=True, signature_confirmation=True
    )
    assert all(f"`{name}`" in described for name in everything.features)


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
    if path in {ORDERS, PREVIEW, TRACKING}:
        return path
    return CANCEL if path.endswith("/cancel") else ORDER


async def test_exchanges_with_the_simulator_fit_in_both_directions() -> None:
    """Two programs that agree with each other may both be wrong."""
    clock = ManualClock()
    simulator = AmazonSimulator(clock=clock)
    simulator.set_fba_stock("MUG-1", 10)
    settings: dict[str, Any] = dict(simulator.settings())
    witness = Witness(asgi_transport(simulator.app))
    async with AmazonMCFProvider(AmazonMCFConfig(**settings), transport=witness, clock=clock) as provider:
        await provider.preview(make_order())
        for reference in ("cc-1", "cc-2"):
            await provider.submit(make_order(), reference=reference)
        await provider.cancel("cc-2")
        await simulator.advance(7 * 24 * 3600)
        await provider.get_status("cc-1")
        assert len(await provider.track("cc-1")) == 1
    seen = set()
    for method, path, query, sent, status, got in witness.exchanges:
        if path.startswith(BASE):
            oracle_swagger2.check_exchange(method, _template(path), query, sent, status, got)
            seen.add((method, _template(path), status))
    assert seen >= {
        ("POST", PREVIEW, 200),
        ("POST", ORDERS, 200),
        ("GET", ORDER, 200),
        ("GET", ORDER, 404),
        ("PUT", CANCEL, 200),
        ("GET", TRACKING, 200),
    }
