"""What the eBay driver sends fits eBay's published descriptions, and what they describe is what the driver reads.

Every exchange with the simulator is checked in both directions as it happens. Where eBay publishes no schema (the token endpoint,
Post-Order, the headers of a signed call) it is checked against one of ours in ``assumed``, and the total is told.
"""

import json
import re
import typing
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

import jsonschema_rs
import msgspec
import pytest

from cartcarrier.channels.ebay import EbayChannel, EbayConfig, schemas
from cartcarrier.channels.ebay.mapping import to_order
from cartcarrier.errors import NotFoundError
from cartcarrier.http import ManualClock, ReceivedRequest, asgi_transport, handler_transport, json_decoder
from cartcarrier.models import Fulfillment, FulfillmentParcel, InventoryLevel, Order, OrderQuery, OrderStatus
from cartcarrier.sandbox.ebay import EbaySimulator
from tests.contract import oracle
from tests.unit.channels.ebay.fakes import NOW

pytestmark = [oracle.needs_specs, pytest.mark.anyio]

FULFILLMENT, INVENTORY = "ebay/sell_fulfillment_v1.json", "ebay/sell_inventory_v1.json"
NOTIFICATION, ANALYTICS = "ebay/commerce_notification_v1.json", "ebay/developer_analytics_v1_beta.json"
POST_ORDER = "ebay/post_order_cancellation_v2.json"
BASES = {
    "/sell/fulfillment/v1": FULFILLMENT,
    "/sell/inventory/v1": INVENTORY,
    "/commerce/notification/v1": NOTIFICATION,
    "/developer/analytics/v1_beta": ANALYTICS,
    "/post-order/v2": POST_ORDER,
}
ASSUMED = Path(__file__).parent / "assumed"
# Post-Order has no schemas: ours, by what is sent and answered there. No answer means an empty one.
POST_ORDER_BODIES = {
    ("POST", "/cancellation"): ("createCancellation.request", "createCancellation"),
    ("GET", "/cancellation/search"): (None, "searchCancellations"),
    ("POST", "/cancellation/{cancelId}/approve"): (None, None),
    ("POST", "/cancellation/{cancelId}/reject"): ("rejectCancellation.request", None),
}
SIGNED = ("x-ebay-signature-key", "content-digest", "signature-input", "signature")

# Each of the driver's schemas, and what it reads or writes.
DESCRIBED: dict[type[msgspec.Struct], tuple[str, str]] = {
    schemas.Amount: (FULFILLMENT, "Amount"),
    schemas.Buyer: (FULFILLMENT, "Buyer"),
    schemas.CancelRequest: (FULFILLMENT, "CancelRequest"),
    schemas.CancelStatus: (FULFILLMENT, "CancelStatus"),
    schemas.Contact: (FULFILLMENT, "ExtendedContact"),
    schemas.EbayReference: (FULFILLMENT, "EbayTaxReference"),
    schemas.EbayShipping: (FULFILLMENT, "EbayShipping"),
    schemas.EbayVault: (FULFILLMENT, "EbayVaultProgram"),
    schemas.FulfillmentProgram: (FULFILLMENT, "EbayFulfillmentProgram"),
    schemas.GiftDetails: (FULFILLMENT, "GiftDetails"),
    schemas.LineProperties: (FULFILLMENT, "LineItemProperties"),
    schemas.LineInstructions: (FULFILLMENT, "LineItemFulfillmentInstructions"),
    schemas.LineItem: (FULFILLMENT, "LineItem"),
    schemas.LineReference: (FULFILLMENT, "LineItemReference"),
    schemas.Order: (FULFILLMENT, "Order"),
    schemas.OrderPage: (FULFILLMENT, "OrderSearchPagedCollection"),
    schemas.Payment: (FULFILLMENT, "Payment"),
    schemas.PaymentSummary: (FULFILLMENT, "PaymentSummary"),
    schemas.PhoneNumber: (FULFILLMENT, "PhoneNumber"),
    schemas.PostalAddress: (FULFILLMENT, "Address"),
    schemas.PricingSummary: (FULFILLMENT, "PricingSummary"),
    schemas.Program: (FULFILLMENT, "Program"),
    schemas.RawOrderPage: (FULFILLMENT, "OrderSearchPagedCollection"),
    schemas.ShippedLine: (FULFILLMENT, "LineItemReference"),
    schemas.ShippingFulfillment: (FULFILLMENT, "ShippingFulfillment"),
    schemas.ShippingFulfillmentDetails: (FULFILLMENT, "ShippingFulfillmentDetails"),
    schemas.ShippingFulfillments: (FULFILLMENT, "ShippingFulfillmentPagedCollection"),
    schemas.ShippingStep: (FULFILLMENT, "ShippingStep"),
    schemas.StartInstruction: (FULFILLMENT, "FulfillmentStartInstruction"),
    schemas.Tax: (FULFILLMENT, "EbayCollectAndRemitTax"),
    schemas.TaxIdentifier: (FULFILLMENT, "TaxIdentifier"),
    schemas.ErrorDetail: (FULFILLMENT, "Error"),
    schemas.ErrorParameter: (FULFILLMENT, "ErrorParameter"),
    schemas.Availability: (INVENTORY, "AvailabilityWithAll"),
    schemas.BulkPriceQuantity: (INVENTORY, "BulkPriceQuantity"),
    schemas.BulkPriceQuantityAnswer: (INVENTORY, "BulkPriceQuantityResponse"),
    schemas.Distribution: (INVENTORY, "AvailabilityDistribution"),
    schemas.Duration: (INVENTORY, "TimeDuration"),
    schemas.InventoryItem: (INVENTORY, "InventoryItem"),
    schemas.ItemAnswer: (INVENTORY, "GetInventoryItemResponse"),
    schemas.ItemsAnswer: (INVENTORY, "BulkGetInventoryItemResponse"),
    schemas.ItemsQuestion: (INVENTORY, "BulkGetInventoryItem"),
    schemas.Listing: (INVENTORY, "ListingDetails"),
    schemas.NewAvailability: (INVENTORY, "ShipToLocationAvailability"),
    schemas.Offer: (INVENTORY, "EbayOfferDetailsWithAll"),
    schemas.OfferQuantity: (INVENTORY, "OfferPriceQuantity"),
    schemas.Offers: (INVENTORY, "Offers"),
    schemas.PriceQuantity: (INVENTORY, "PriceQuantity"),
    schemas.PriceQuantityAnswer: (INVENTORY, "PriceQuantityResponse"),
    schemas.ReadAvailability: (INVENTORY, "ShipToLocationAvailabilityWithAll"),
    schemas.ReadDistribution: (INVENTORY, "AvailabilityDistribution"),
    schemas.Sku: (INVENTORY, "GetInventoryItem"),
    schemas.ApiLimits: (ANALYTICS, "RateLimit"),
    schemas.Rate: (ANALYTICS, "Rate"),
    schemas.RateLimits: (ANALYTICS, "RateLimitsResponse"),
    schemas.Resource: (ANALYTICS, "Resource"),
    schemas.PublicKey: (NOTIFICATION, "PublicKey"),
    schemas.DeliveryConfig: (NOTIFICATION, "DeliveryConfig"),
    schemas.Destination: (NOTIFICATION, "Destination"),
    schemas.DestinationWanted: (NOTIFICATION, "DestinationRequest"),
    schemas.Destinations: (NOTIFICATION, "DestinationSearchResponse"),
    schemas.NotificationConfig: (NOTIFICATION, "Config"),
    schemas.Payload: (NOTIFICATION, "SubscriptionPayloadDetail"),
    schemas.Subscription: (NOTIFICATION, "Subscription"),
    schemas.SubscriptionChanged: (NOTIFICATION, "UpdateSubscriptionRequest"),
    schemas.SubscriptionWanted: (NOTIFICATION, "CreateSubscriptionRequest"),
    schemas.Subscriptions: (NOTIFICATION, "SubscriptionSearchResponse"),
    schemas.SupportedPayload: (NOTIFICATION, "PayloadDetail"),
    schemas.Topic: (NOTIFICATION, "Topic"),
}
# Read if they are there, and described nowhere (field guide ebay.md §3.1, §5).
UNDESCRIBED = {(schemas.Order, "legacyOrderId"), (schemas.ErrorDetail, "parameter")}
# Schemas without a description of eBay's: Post-Order, pushes, envelopes of errors and warnings.
OUR_OWN = {
    schemas.CancellationCreated,
    schemas.CancellationSummary,
    schemas.Cancellations,
    schemas.CreateCancellation,
    schemas.DateValue,
    schemas.ErrorBody,
    schemas.Message,
    schemas.Metadata,
    schemas.Notification,
    schemas.Present,
    schemas.RejectCancellation,
    schemas.SignatureHeader,
    schemas.Warned,
}


@cache
def assumed() -> dict[str, jsonschema_rs.Draft202012Validator]:
    """Return the validators of our own schemas by name."""
    made: dict[str, jsonschema_rs.Draft202012Validator] = {}
    for path in sorted([*ASSUMED.glob("ebay_*.json"), ASSUMED / "driver_ebay_requests.json"]):
        document = json.loads(path.read_text(encoding="utf-8"))
        for name, schema in document["schemas"].items():
            made[name] = jsonschema_rs.Draft202012Validator({"allOf": [schema], "$defs": document.get("$defs", {})})
    return made


def check_assumed(name: str, body: object) -> None:
    found = oracle.problems(assumed()[name], body)
    assert not found, f"{name}: {found}"


@cache
def templates(spec: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return the paths of a description, those without a variable first."""
    paths = sorted(oracle.load_spec(spec)["paths"], key=lambda path: "{" in path.rpartition("/")[2])
    return tuple((re.compile(re.sub(r"\{\w+\}", "[^/]+", path.rstrip("/")) + "/?"), path) for path in paths)


class CheckedTransport:
    """Hands requests on to the simulator, and checks both directions.

    Attributes:
        seen: The operations so far, as method and path template.
        named: Our own schemas that were used.
        misfits: What did not fit; a failure inside a transport would look like a lost connection.
    """

    def __init__(self, simulator: EbaySimulator) -> None:
        self._inner: Any = asgi_transport(simulator.app)
        self.seen: set[tuple[str, str]] = set()
        self.named: set[str] = set()
        self.misfits: list[str] = []

    async def handle_async_request(self, request: Any) -> Any:
        """Check a request, have it answered, check the answer."""
        response = await self._inner.handle_async_request(request)
        body = await response.aread()
        canned = (response.status_code, dict(response.headers.items()), body)
        again = handler_transport(lambda _: canned)
        answered = await again.handle_async_request(request)
        (received,) = again.requests
        base = next((base for base in BASES if received.path.startswith(base)), None)
        try:
            if base is not None:
                self._check(received, base, response.status_code, body)
            else:
                assert received.path == "/identity/v1/oauth2/token"
                self._check_token(received)
        except AssertionError as misfit:
            self.misfits.append(str(misfit))
        return answered

    async def aclose(self) -> None:
        """Do nothing."""

    def _assume(self, name: str, body: object) -> None:
        self.named.add(name)
        check_assumed(name, body)

    def _check_token(self, request: ReceivedRequest) -> None:
        form = dict(parse_qsl(request.content.decode(), strict_parsing=True))
        grant = {"refresh_token": "refresh", "client_credentials": "application", "authorization_code": "code"}
        self._assume(f"driver.token.{grant[form['grant_type']]}", form)

    def _check(self, request: ReceivedRequest, base: str, status: int, body: bytes) -> None:
        spec, path = BASES[base], request.path.removeprefix(base)
        template = next(template for pattern, template in templates(spec) if pattern.fullmatch(path))
        self.seen.add((request.method, template))
        signed = {name: request.headers[name] for name in SIGNED if name in request.headers}
        if signed:
            self._assume("driver.signature", signed)
        sent = json.loads(request.content) if request.content else None
        answered = json.loads(body) if body else None
        if spec == POST_ORDER:
            asks, answers = POST_ORDER_BODIES[request.method, template]
            for name, value in ((asks, sent), (answers if status < 300 else "postOrder.error", answered)):
                if name is None:
                    assert value is None
                else:
                    self._assume(name, value)
            return
        operation = oracle.load_spec(spec)["paths"][template][request.method.lower()]
        described = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
        assert set(request.params) <= described, f"{template} knows no {set(request.params) - described}"
        if sent is not None:
            oracle.check(sent, spec, template, request.method, "request")
        if answered is not None and status < 300:
            oracle.check(answered, spec, template, request.method, "response", status)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def simulator(clock: ManualClock) -> EbaySimulator:
    return EbaySimulator(clock=clock)


@pytest.fixture
def wire(simulator: EbaySimulator) -> Iterator[CheckedTransport]:
    transport = CheckedTransport(simulator)
    yield transport
    assert transport.misfits == []
    assert transport.seen or transport.named


def channel(simulator: EbaySimulator, wire: CheckedTransport, clock: ManualClock, **changes: Any) -> EbayChannel:
    settings: dict[str, Any] = {**simulator.settings(), **changes}
    return EbayChannel(EbayConfig(**settings), transport=wire, clock=clock)


def leaving(order: Order, *numbers: str | None) -> Fulfillment:
    return Fulfillment(
        order_id=order.id,
        lines={line.id: line.quantity for line in order.lines},
        parcels=[FulfillmentParcel(carrier="ups", tracking_number=number) for number in numbers],
        shipped_at=NOW,
        notify_buyer=True,
    )


async def exercise(driver: EbayChannel, simulator: EbaySimulator, clock: ManualClock, seller: str | None) -> None:
    """Do all that the driver can."""
    simulator.seed_orders(30, seller=seller)
    several = [{"sku": "A", "quantity": 2}, {"sku": "B", "quantity": 1}]
    placed = [simulator.place_order(seller=seller, lines=several) for _ in range(6)]
    statuses = frozenset({OrderStatus.UNFULFILLED})
    for query in (
        OrderQuery(page_size=10),
        OrderQuery(statuses=statuses),  # type: ignore[arg-type]  # the attrs plugin loses frozenset's type variable
        OrderQuery(updated_since=clock.now()),
    ):
        assert [order async for order in driver.list_orders(query)]
    await driver.fulfill(leaving(await driver.get_order(placed[0]), "1Z999AA10123456784", "1Z999AA10123456785"))
    await driver.fulfill(leaving(await driver.get_order(placed[1]), None))
    await driver.list_fulfillments(placed[0])
    await driver.cancel_order(placed[2])
    for order_id, accept in ((placed[3], True), (placed[4], False)):
        simulator.request_cancellation(order_id)
        await driver.answer_cancel_request(order_id, accept=accept)
    simulator.request_cancellation(placed[5])
    await driver._client.search_cancellations(placed[5], operation="cancel_order")
    for sku in ("A", "B"):
        simulator.stock(sku, 5, seller=seller)
    await driver.get_inventory(["A", "B", "C"])
    await driver.set_inventory([InventoryLevel(sku="A", available=7), InventoryLevel(sku="C", available=7)])
    await driver.read_quotas()
    with pytest.raises(NotFoundError):
        await driver.get_order("99-99999-99999")


async def test_every_exchange_fits_the_descriptions(
    simulator: EbaySimulator, wire: CheckedTransport, clock: ManualClock
) -> None:
    """All operations that the driver uses, in both directions."""
    await exercise(channel(simulator, wire, clock), simulator, clock, None)
    assert wire.seen == {
        ("GET", "/order"),
        ("GET", "/order/{orderId}"),
        ("GET", "/order/{orderId}/shipping_fulfillment"),
        ("POST", "/order/{orderId}/shipping_fulfillment"),
        ("POST", "/cancellation"),
        ("GET", "/cancellation/search"),
        ("POST", "/cancellation/{cancelId}/approve"),
        ("POST", "/cancellation/{cancelId}/reject"),
        ("POST", "/bulk_get_inventory_item"),
        ("POST", "/bulk_update_price_quantity"),
        ("GET", "/offer"),
        ("GET", "/rate_limit/"),
    }


async def test_every_exchange_of_a_seller_whom_the_law_binds_fits(
    simulator: EbaySimulator, wire: CheckedTransport, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    """With signatures, in another currency; and how many schemas are ours is told."""
    settings = simulator.add_seller("acme_de", country="DE", marketplace="EBAY_DE")
    key = json.dumps(simulator.credentials("acme_de")["signing_key"])
    driver = channel(simulator, wire, clock, **settings, signing_key=key)
    await exercise(driver, simulator, clock, "acme_de")
    assert "driver.signature" in wire.named
    with capsys.disabled():
        print(f"\nebay: {len(wire.named)} of the schemas used are assumed: {', '.join(sorted(wire.named))}")  # noqa: T201 - the total is told


async def test_public_key_of_a_push_fits_the_description(
    simulator: EbaySimulator, wire: CheckedTransport, clock: ManualClock
) -> None:
    """The application's own token, and a key that is read."""
    from cartcarrier.models import WebhookRequest

    simulator.push_notification("ORDER_CONFIRMATION", {"order": {"orderId": "12-3"}})
    (sent,) = simulator.deliveries()
    body = sent["body"].encode() if isinstance(sent["body"], str) else sent["body"]
    request = WebhookRequest(method="POST", url=sent["url"], headers=sent["headers"], body=body)
    assert (await channel(simulator, wire, clock).receive(request)).events
    assert wire.seen == {("GET", "/public_key/{public_key_id}")}
    assert "driver.token.application" in wire.named


async def test_setting_pushes_up_fits_the_description(
    simulator: EbaySimulator, wire: CheckedTransport, clock: ManualClock
) -> None:
    """From nothing, once more, moved, renewed, tested, and ended: with all that is sent and answered on the way."""
    first, second = "https://one.example.com/ebay", "https://two.example.com/ebay"
    driver = channel(simulator, wire, clock, alert_email="ops@example.com")
    for endpoint in (first, second):
        simulator.answer_challenges(endpoint, str(simulator.settings()["verification_token"]))
        await driver.subscribe(endpoint, topics=["ORDER_CONFIRMATION", "ORDER_CANCELLATION_ACTIVITY"])
    await driver.subscribe(second, topics=["ORDER_CONFIRMATION"])
    known = await driver.list_subscriptions()
    await driver.test_subscription(known[0])
    await driver.disable_subscription(known[0])
    await driver.enable_subscription(known[0])
    for one in known:
        await driver.unsubscribe(one)
        await driver.unsubscribe(one)
    simulator.answer_challenges(second, "v" * 40)
    await channel(simulator, wire, clock, verification_token="v" * 40, alert_email="new@example.com").subscribe(second)
    assert wire.seen == {
        ("GET", "/config"),
        ("PUT", "/config"),
        ("GET", "/destination"),
        ("POST", "/destination"),
        ("PUT", "/destination/{destination_id}"),
        ("GET", "/subscription"),
        ("POST", "/subscription"),
        ("PUT", "/subscription/{subscription_id}"),
        ("DELETE", "/subscription/{subscription_id}"),
        ("POST", "/subscription/{subscription_id}/test"),
        ("POST", "/subscription/{subscription_id}/disable"),
        ("POST", "/subscription/{subscription_id}/enable"),
        ("GET", "/topic/{topic_id}"),
    }


async def test_consent_fits_our_schema(simulator: EbaySimulator, wire: CheckedTransport, clock: ManualClock) -> None:
    """The page, the code, and the settings that come of it."""
    driver = channel(simulator, wire, clock, refresh_token=None)
    url = driver.authorization_url(redirect_uri="", state="s-1")
    check_assumed("driver.consent", dict(parse_qsl(urlsplit(url).query, strict_parsing=True)))
    back = parse_qs(urlsplit(simulator.consent(url)).query)
    settings = await driver.exchange_code(back["code"][0], redirect_uri="")
    assert settings["refresh_token"]
    assert unquote(url).count("api_scope") == 4


def test_every_schema_is_described_or_ours() -> None:
    """A schema that nobody looks after drifts."""
    structs = {
        value for value in vars(schemas).values() if isinstance(value, type) and issubclass(value, msgspec.Struct)
    }
    assert structs == set(DESCRIBED) | OUR_OWN
    assert not set(DESCRIBED) & OUR_OWN


@pytest.mark.parametrize("struct", DESCRIBED, ids=lambda struct: struct.__name__)
def test_members_are_those_of_the_description(struct: type[msgspec.Struct]) -> None:
    """A misspelled member is always missing, and nobody notices."""
    spec, name = DESCRIBED[struct]
    known = set(oracle.load_spec(spec)["components"]["schemas"][name]["properties"])
    ours = {field.encode_name for field in msgspec.structs.fields(struct)}
    assert {one for one in ours - known if (struct, one) not in UNDESCRIBED} == set()


def fullest(document: dict[str, Any], node: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """Return a value with every member that a description lists."""
    while "$ref" in node:
        node = document["components"]["schemas"][node["$ref"].rpartition("/")[2]]
    kind = node.get("type")
    if kind == "array":
        return [fullest(document, node["items"], name, depth + 1)]
    if kind == "object" or "properties" in node:
        members = node.get("properties", {})
        return {key: fullest(document, value, key, depth + 1) for key, value in members.items()} if depth < 12 else {}
    if kind == "integer":
        return 1
    if kind == "number":
        return 1.5
    if kind == "boolean":
        return True
    moment = name.endswith("Date") or name in {"reset", "appointmentStartTime", "appointmentEndTime"}
    return "2026-11-24T09:00:00.000Z" if moment else {"value": "12.50", "currency": "USD"}.get(name, "X")


ANSWERS: dict[tuple[str, str], type[msgspec.Struct]] = {
    (FULFILLMENT, "Order"): schemas.Order,
    (FULFILLMENT, "OrderSearchPagedCollection"): schemas.OrderPage,
    (FULFILLMENT, "ShippingFulfillmentPagedCollection"): schemas.ShippingFulfillments,
    (INVENTORY, "BulkGetInventoryItemResponse"): schemas.ItemsAnswer,
    (INVENTORY, "BulkPriceQuantityResponse"): schemas.BulkPriceQuantityAnswer,
    (INVENTORY, "Offers"): schemas.Offers,
    (ANALYTICS, "RateLimitsResponse"): schemas.RateLimits,
    (NOTIFICATION, "PublicKey"): schemas.PublicKey,
    (NOTIFICATION, "Config"): schemas.NotificationConfig,
    (NOTIFICATION, "DestinationSearchResponse"): schemas.Destinations,
    (NOTIFICATION, "SubscriptionSearchResponse"): schemas.Subscriptions,
    (NOTIFICATION, "Topic"): schemas.Topic,
}


@pytest.mark.parametrize(("described", "struct"), ANSWERS.items(), ids=lambda value: str(value))
def test_fullest_described_answer_is_read(described: tuple[str, str], struct: type[msgspec.Struct]) -> None:
    """Every member that eBay may send has the type that the driver expects."""
    document = oracle.load_spec(described[0])
    body = fullest(document, document["components"]["schemas"][described[1]])
    found = json_decoder(struct).decode(msgspec.json.encode(body))
    for field in msgspec.structs.fields(struct):
        assert field.encode_name not in body or getattr(found, field.name) is not None
    if isinstance(found, schemas.Order):
        assert to_order(found, channel="ebay:default").status is OrderStatus.UNKNOWN


def examples(node: object, key: str) -> Iterator[Any]:
    """Yield the published examples below a node."""
    if isinstance(node, dict):
        for name, value in typing.cast("dict[str, Any]", node).items():
            if name in {"example", "examples"}:
                yield value
            else:
                yield from examples(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from examples(value, key)


@pytest.mark.parametrize("spec", sorted(BASES.values()))
def test_descriptions_publish_no_examples(spec: str) -> None:
    """When one of them begins to, they belong among these tests."""
    document = oracle.load_spec(spec)
    bodies = [one for one in examples(document["paths"], "") if isinstance(one, dict)]
    assert bodies == []
