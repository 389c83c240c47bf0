"""What Amazon's driver sends and reads fits Amazon's published descriptions, in both directions."""

import contextlib
import json
import re
import types
import typing
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

import anyio
import httpx
import msgspec
import pytest

from cartcarrier.channels.amazon import AmazonChannel, AmazonConfig, codes, mapping
from cartcarrier.channels.amazon.client import OPERATIONS
from cartcarrier.channels.amazon.schemas import notices, orders, stock
from cartcarrier.errors import OperationError
from cartcarrier.http import ManualClock, asgi_transport, json_encode
from cartcarrier.models import Event, Fulfillment, FulfillmentParcel, InventoryLevel, WebhookRequest
from cartcarrier.platforms.amazon import SHARED, Operation
from cartcarrier.sandbox.amazon import AmazonSimulator
from tests.contract import oracle, oracle_swagger2

ALL = (*SHARED, *OPERATIONS)
# The plan of listings feeds is in Amazon's pages, not in the description (field guide amazon.md 3.2).
DESCRIBED = [one for one in ALL if one.id != "createFeed:JSON_LISTINGS_FEED"]
QUEUE = "arn:aws:sqs:us-east-1:123456789012:amazon-orders"
NOTIFICATIONS = "amazon/schemas/notifications"


class Recorder:
    """A transport that remembers what passes through it."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.passed: list[tuple[httpx.Request, bytes, httpx.Response, bytes]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Hand a request on, and keep it with its answer."""
        asked = await request.aread()
        response: httpx.Response = await self._inner.handle_async_request(request)
        answered = await response.aread()
        self.passed.append((request, asked, response, answered))
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(answered))


async def _story(recorder: Recorder, simulator: Any, clock: ManualClock) -> None:
    """Do everything that the driver can do, with awkward orders among the plain ones."""
    settings = {**simulator.settings(), "marketplace_ids": simulator.credentials("na")["marketplace_ids"]}
    config = AmazonConfig(**settings, check_regulated=True, feed_wait_seconds=7200)
    channel = AmazonChannel(config, transport=recorder, clock=clock, max_wait=timedelta(hours=2))
    simulator.seed_orders(40)
    await channel.marketplaces()
    listed = [order async for order in channel.list_orders()]
    open_ones = [order async for order in channel.list_orders(_open(clock))]
    assert len(listed) >= len(open_ones) > 0
    order = await channel.get_order(
        simulator.place_order(
            lines=[{"sku": "A-1", "quantity": 2, "price": "9.99", "transparency": True}], regulated="Approved"
        )
    )
    told = Fulfillment(
        order_id=order.id,
        lines={order.lines[0].id: 1},
        parcels=(FulfillmentParcel(carrier="ups", tracking_number="1Z999AA10123456784", service="UPS Ground"),),
        reference="cc-1",
        shipped_at=clock.now(),
        notify_buyer=True,
    )
    done = await channel.fulfill(told, transparency_codes={order.lines[0].id: ["AZ:" + "A1" * 13]})
    await channel.list_fulfillments(order.id)
    await channel.update_tracking(done, transparency_codes={order.lines[0].id: ["AZ:" + "A1" * 13]})
    await channel.cancel_order(simulator.place_order())
    for number in range(70):
        simulator.add_listing(f"A-{number}", quantity=1)
    simulator.add_listing("A,1", quantity=1)
    await channel.set_inventory([InventoryLevel(sku="A-1", available=4), InventoryLevel(sku="NO-SUCH", available=4)])
    simulator.add_fault(operation="createFeed", kind="drop_after")
    await channel.set_inventory([InventoryLevel(sku=f"A-{number}", available=3) for number in range(70)])
    await channel.get_inventory(["A-1", "A,1", "NO-SUCH"])
    simulator.set_fba_stock("A-1", 7)
    await channel.get_fba_inventory(["A-1"])
    kinds = ["ORDER_CHANGE", "FEED_PROCESSING_FINISHED"]
    subscriptions = await channel.subscribe(QUEUE, topics=kinds)
    assert await channel.subscribe(QUEUE, topics=kinds) == subscriptions
    await channel.subscribe(f"{QUEUE}-2", topics=kinds)
    for one in await channel.list_subscriptions():
        await channel.unsubscribe(one)
    await channel.delete_destination(QUEUE)
    for refused in (channel.get_order("999-9999999-9999999"), channel.answer_cancel_request(order.id, accept=True)):
        with contextlib.suppress(OperationError):
            await refused
    await channel.aclose()


def _open(clock: ManualClock) -> Any:
    from cartcarrier.models import FulfilledBy, OrderQuery, OrderStatus

    return OrderQuery(
        updated_since=clock.now() - timedelta(days=30),
        statuses=frozenset({OrderStatus.UNFULFILLED, OrderStatus.PENDING}),  # type: ignore[arg-type]  # the attrs plugin loses frozenset's type variable
        fulfilled_by=FulfilledBy.MERCHANT,
    )


@cache
def passed() -> tuple[tuple[httpx.Request, bytes, httpx.Response, bytes], ...]:
    """Return all that passed between driver and simulator, told once for all tests."""
    clock = ManualClock()
    simulator = AmazonSimulator(clock=clock)
    recorder = Recorder(asgi_transport(simulator.app))
    anyio.run(_story, recorder, simulator, clock)
    return tuple(recorder.passed)


def path_of(operation: Operation) -> str:
    """Return the path as the description has it."""
    return operation.template.partition(" ")[0]


def _is_for(operation: Operation, request: httpx.Request, body: bytes) -> bool:
    pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(path_of(operation)))
    path = request.url.raw_path.partition(b"?")[0].decode()
    if request.method != operation.method or re.fullmatch(pattern, path) is None:
        return False
    if operation.id.startswith("createFeed") and operation.id != "createFeedDocument":
        return (codes.LISTINGS_FEED.encode() in body) == ("JSON" in operation.id)
    return True


@oracle.needs_specs
@pytest.mark.parametrize("operation", ALL, ids=lambda one: one.id)
def test_operation_fits_its_description_in_both_directions(operation: Operation) -> None:
    """What is sent and not described may be ignored; what is read and not described may be the simulator's invention."""
    mine = [one for one in passed() if _is_for(operation, one[0], one[1])]
    assert mine, f"the story has no {operation.id}"
    for request, asked, response, answered in mine:
        query = request.url.query.decode()
        oracle_swagger2.check_exchange(
            operation.method, path_of(operation), query, asked, response.status_code, answered
        )


@oracle.needs_specs
@pytest.mark.parametrize("operation", DESCRIBED, ids=lambda one: one.id)
def test_usage_plan_is_the_documented_one(operation: Operation) -> None:
    """The table is what calls are paced by until Amazon's header says otherwise."""
    if operation.id == "createFeed:JSON_LISTINGS_FEED":
        pytest.skip(
            "the plan of listings feeds is in Amazon's pages, not in the description (field guide amazon.md 3.2)"
        )
    spec = oracle_swagger2.load(oracle_swagger2.spec_of(path_of(operation)))
    described = spec["paths"][path_of(operation)][operation.method.lower()]
    assert described["operationId"] == operation.id
    found = re.search(r"\|\s*([\d.]+)\s*\|\s*(\d+)\s*\|", described["description"])
    assert found is not None, "the description has no table of rates"
    assert (float(found[1]), int(found[2])) == (operation.rate, operation.burst)


def test_nothing_else_is_sent() -> None:
    """An operation that is in no table has no limit, and no contract."""
    for request, body, _, _ in passed():
        known = any(_is_for(operation, request, body) for operation in ALL)
        path = request.url.path
        assert known or path == "/auth/o2/token" or request.headers.get("x-amz-access-token") is None, path


def test_documents_travel_without_credentials() -> None:
    """The store refuses them, and they would end up in somebody's log."""
    transfers = [one[0] for one in passed() if not any(_is_for(operation, one[0], one[1]) for operation in ALL)]
    documents = [request for request in transfers if request.url.path != "/auth/o2/token"]
    assert {request.method for request in documents} == {"PUT", "GET"}
    for request in documents:
        assert "x-amz-access-token" not in request.headers
        assert "authorization" not in request.headers


def test_every_call_says_who_and_when() -> None:
    """The user agent must name the language; the date was mandatory once."""
    for request, body, _, _ in passed():
        if any(_is_for(operation, request, body) for operation in ALL):
            assert re.fullmatch(
                r"cartcarrier/\S+ \(Language=Python/3\.\d+; Platform=\w+\)", request.headers["user-agent"]
            )
            assert re.fullmatch(r"\d{8}T\d{6}Z", request.headers["x-amz-date"])


def test_token_exchanges_are_as_assumed() -> None:
    """Login with Amazon has no description: our own schema stands in (assumed/amazon_lwa_token.json)."""
    tokens = [one for one in passed() if one[0].url.path == "/auth/o2/token"]
    grants = set()
    for request, asked, _, answered in tokens:
        assert request.headers["content-type"].startswith("application/x-www-form-urlencoded")
        form = dict(parse_qsl(asked.decode()))
        grants.add(form["grant_type"])
        assert ("scope" in form) != ("refresh_token" in form), "one of the two, never both"
        oracle_swagger2.check_assumed(json.loads(answered), "lwa_token")
    assert grants == {"refresh_token", "client_credentials"}


def _as_lists(element: ET.Element) -> Any:
    if not len(element):
        return element.text or ""
    found: dict[str, list[Any]] = {}
    for child in element:
        found.setdefault(child.tag, []).append(_as_lists(child))
    return found


def test_cancellation_document_is_as_assumed() -> None:
    """Amazon's XSD is not published: our own schema stands in (assumed/amazon_order_acknowledgement.json)."""
    document = mapping.to_cancel_document("A3SELLER", "111-1234567-1234567", ["25959136016214", "2"], "NoInventory")
    root = ET.fromstring(document)  # noqa: S314 - our own document
    assert root.tag == "AmazonEnvelope"
    oracle_swagger2.check_assumed(_as_lists(root), "order_acknowledgement")


@oracle.needs_specs
def test_listings_feed_fits_its_schema() -> None:
    """One wrong member, and all 25,000 messages are refused."""
    levels = [InventoryLevel(sku="A-1", available=0), InventoryLevel(sku="Ä/2", available=7)]
    document = json.loads(mapping.to_listings_feed(levels, seller_id="A3SELLER", product_type="PRODUCT"))
    oracle_swagger2.check_feed_document(document, "listings-feed-schema-v2")


@oracle.needs_specs
def test_published_report_is_read() -> None:
    """Amazon's own example of a result."""
    example = json_encode(
        oracle.load_yaml("amazon/schemas/feeds/listings-feed-processing-report-schema-v2.example.json")
    )
    report = msgspec.json.decode(example, type=stock.Report)
    assert report.issues
    assert report.summary is not None


@oracle.needs_specs
def test_full_confirmation_fits_its_description() -> None:
    """With every member that the driver may ever send."""
    fulfillment = Fulfillment(
        order_id="111-1234567-1234567",
        lines={"1": 1},
        parcels=(FulfillmentParcel(carrier="Snail", tracking_number="S1", service="Slow"),),
        reference="17",
        location_id="0b6f",
        shipped_at=ManualClock().now(),
        notify_buyer=True,
    )
    facts = mapping.OrderFacts(marketplace_id="A1VC38T7YXB528", cash_on_delivery=True)
    config = AmazonConfig(client_id="i", client_secret="s", marketplace_ids=["JP"], region="fe")
    (package,) = mapping.plan_packages(fulfillment)
    body = mapping.to_confirmation(
        package, fulfillment, facts, config, now=ManualClock().now(), transparency_codes={"1": ["AZ:1"]}
    )
    plain = json.loads(json_encode(body))
    assert set(plain) == {"marketplaceId", "codCollectionMethod", "packageDetail"}
    assert len(plain["packageDetail"]) == 8
    oracle_swagger2.check_exchange(
        "POST", "/orders/v0/orders/{orderId}/shipmentConfirmation", "", json_encode(body), 204, b""
    )


# --- what is read -------------------------------------------------------------------------------------------------------

STRUCTS: dict[str, dict[type[msgspec.Struct], str]] = {
    "amazon/orders_2026-01-01.json": {
        orders.Money: "Money",
        orders.OrderProceeds: "OrderProceeds",
        orders.ItemProceeds: "ItemProceeds",
        orders.Breakdown: "ItemProceedsBreakdown",
        orders.DetailedBreakdown: "ItemProceedsDetailedBreakdown",
        orders.Window: "DateTimeRange",
        orders.OrderFulfillment: "OrderFulfillment",
        orders.SalesChannel: "SalesChannel",
        orders.Buyer: "Buyer",
        orders.ExtendedFields: "AddressExtendedFields",
        orders.CustomerAddress: "CustomerAddress",
        orders.DeliveryPreference: "DeliveryPreference",
        orders.Recipient: "Recipient",
        orders.ItemPrice: "ItemPrice",
        orders.ItemProduct: "ItemProduct",
        orders.CancellationRequest: "ItemCancellationRequest",
        orders.CancellationExecution: "ItemCancellationExecution",
        orders.ItemCancellation: "ItemCancellation",
        orders.GiftOption: "GiftOption",
        orders.SerialNumberRequirement: "SerialNumberRequirement",
        orders.ItemPacking: "ItemPacking",
        orders.ShippingConstraints: "ItemShippingConstraints",
        orders.InternationalShipping: "ItemInternationalShipping",
        orders.ItemShipping: "ItemShipping",
        orders.ItemFulfillment: "ItemFulfillment",
        orders.OrderItem: "OrderItem",
        orders.PackageStatus: "PackageStatus",
        orders.PackageItem: "PackageItem",
        orders.OrderPackage: "OrderPackage",
        orders.TaxRegistration: "OrderTaxRegistration",
        orders.OrderTax: "OrderTax",
        orders.Alias: "Alias",
        orders.AssociatedOrder: "AssociatedOrder",
        orders.Order: "Order",
        orders.Pagination: "Pagination",
        orders.OrderPage: "SearchOrdersResponse",
        orders.OneOrder: "GetOrderResponse",
    },
    "amazon/orders_v0.json": {
        orders.ConfirmedItem: "ConfirmShipmentOrderItem",
        orders.PackageDetail: "PackageDetail",
        orders.Confirmation: "ConfirmShipmentRequest",
        orders.VerificationStatus: "RegulatedOrderVerificationStatus",
        orders.RegulatedInfo: "OrderRegulatedInfo",
        orders.RegulatedAnswer: "GetOrderRegulatedInfoResponse",
    },
    "amazon/listings_items_2021-08-01.json": {
        stock.Patch: "PatchOperation",
        stock.ListingPatch: "ListingsItemPatchRequest",
        stock.Issue: "Issue",
        stock.Submission: "ListingsItemSubmissionResponse",
        stock.ReadAvailability: "FulfillmentAvailability",
        stock.Item: "Item",
        stock.Found: "ItemSearchResults",
    },
    "amazon/fba_inventory_v1.json": {
        stock.InventoryDetails: "InventoryDetails",
        stock.InventorySummary: "InventorySummary",
        stock.InventorySummaries: "GetInventorySummariesResult",
        stock.InventoryPagination: "Pagination",
        stock.InventoryAnswer: "GetInventorySummariesResponse",
    },
    "amazon/feeds_2021-06-30.json": {
        stock.DocumentWanted: "CreateFeedDocumentSpecification",
        stock.FeedDocument: "FeedDocument",
        stock.FeedWanted: "CreateFeedSpecification",
        stock.FeedCreated: "CreateFeedResponse",
        stock.Feed: "Feed",
        stock.FeedList: "GetFeedsResponse",
    },
    "amazon/notifications_v1.json": {
        notices.Sqs: "SqsResource",
        notices.EventBridge: "EventBridgeResource",
        notices.Resource: "DestinationResource",
        notices.DestinationWanted: "CreateDestinationRequest",
        notices.Destination: "Destination",
        notices.DestinationAnswer: "CreateDestinationResponse",
        notices.DestinationsAnswer: "GetDestinationsResponse",
        notices.Directive: "ProcessingDirective",
        notices.SubscriptionWanted: "CreateSubscriptionRequest",
        notices.Subscription: "Subscription",
        notices.SubscriptionAnswer: "GetSubscriptionResponse",
        notices.SubscriptionPage: "GetSubscriptionsPayload",
        notices.SubscriptionsAnswer: "GetSubscriptionsResponse",
    },
    "amazon/sellers_v1.json": {
        notices.SoldAt: "Marketplace",
        notices.Participation: "Participation",
        notices.MarketplaceParticipation: "MarketplaceParticipation",
        notices.ParticipationsAnswer: "GetMarketplaceParticipationsResponse",
    },
}
# The payload of an answer that is a success; and what is only sent, never read.
ALWAYS_THERE = {"payload", "value"}
NOT_DESCRIBED = {
    orders.OrderName: "an order, read only as far as its id",
    stock.Availability: "an attribute of a product type (field guide amazon.md 3.1)",
    stock.FeedHeader: "checked as a whole document",
    stock.FeedMessage: "checked as a whole document",
    stock.ListingsFeed: "checked as a whole document",
    stock.ReportIssue: "checked by the published example",
    stock.ReportSummary: "checked by the published example",
    stock.Report: "checked by the published example",
    notices.EventFilter: "several alternatives, checked in the exchange",
}
CASES = [(struct, spec, name) for spec, structs in STRUCTS.items() for struct, name in structs.items()]


def _wants(kind: object) -> bool:
    """Return whether a member may not be missing."""
    return not (typing.get_origin(kind) in {typing.Union, types.UnionType} and type(None) in typing.get_args(kind))


@oracle.needs_specs
@pytest.mark.parametrize(("struct", "spec", "name"), CASES, ids=lambda value: getattr(value, "__name__", str(value)))
def test_members_are_described(struct: type[msgspec.Struct], spec: str, name: str) -> None:
    """A member that Amazon does not have is a typing error; one that may be missing must not be demanded."""
    definition = oracle_swagger2.load(spec)["definitions"][name]
    for field in msgspec.structs.fields(struct):
        described = definition["properties"]
        assert field.encode_name in described, f"{struct.__name__}.{field.name}"
        if _wants(field.type) and field.required:
            assert field.encode_name in {*definition.get("required", []), *ALWAYS_THERE}, field.name


def test_every_object_is_checked() -> None:
    """An object that is added to the schemas is added here, or a reason is given."""
    checked = {struct for struct, _, _ in CASES} | set(NOT_DESCRIBED)
    for module in (orders, stock, notices):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, msgspec.Struct) and value.__module__ == module.__name__:
                assert value in checked, value.__name__


def _statuses() -> Iterator[str]:
    yield from oracle_swagger2.load("amazon/orders_2026-01-01.json")["definitions"]["FulfillmentStatus"]["enum"]


@oracle.needs_specs
def test_every_published_status_is_known() -> None:
    """A status that is in no table would keep an order from being shipped."""
    assert set(_statuses()) <= set(codes.STATUS)
    asked = {word for words in codes.ASKED_STATUSES.values() for word in words}
    assert asked == set(_statuses())


@oracle.needs_specs
def test_data_that_is_asked_for_exists() -> None:
    """One unknown word, and the whole search is refused."""
    spec = oracle_swagger2.load("amazon/orders_2026-01-01.json")
    parameters = spec["paths"]["/orders/2026-01-01/orders"]["get"]["parameters"]
    (included,) = [one for one in parameters if one.get("name") == "includedData"]
    assert {*codes.INCLUDED, "TAX"} <= set(included["items"]["enum"])


def _examples() -> Iterator[tuple[str, dict[str, Any]]]:
    if oracle.SHARED is None:
        return
    for path in sorted((oracle.SHARED / "specs" / NOTIFICATIONS).glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for number, example in enumerate(document.get("examples") or ()):
            yield f"{path.stem}-{number}", example


MEANT: dict[str, int] = {
    "OrderChangeNotification": 1,
    "ListingsItemMfnQuantityChange": 1,
    "FBAOutboundShipmentStatusNotification": 1,
}


@oracle.needs_specs
@pytest.mark.parametrize(
    ("name", "example"), list(_examples()), ids=lambda value: value if isinstance(value, str) else ""
)
async def test_published_notification_is_read(name: str, example: dict[str, Any]) -> None:
    """Those that mean something to a channel become events, all others are accepted."""
    config = AmazonConfig(client_id="i", client_secret="s", marketplace_ids=["US"], region="na")
    channel = AmazonChannel(config)
    request = WebhookRequest(method="POST", url="sqs", headers={}, body=json.dumps(example).encode())
    outcome = await channel.receive(request)
    events: tuple[Event, ...] = outcome.events
    assert (outcome.status, len(events)) == (200, MEANT.get(name.rpartition("-")[0], 0))
    metadata = example.get("NotificationMetadata") or example["notificationMetadata"]
    identity = metadata.get("NotificationId") or metadata.get("notificationId")
    assert all(event.id == identity for event in events)
