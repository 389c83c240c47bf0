"""The driver's questions, what it reads of the answers, and the pushes it knows, against Shopify's published descriptions."""

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import attrs
import graphql
import httpx
import msgspec
import pytest

from cartcarrier.channels.shopify import ShopifyChannel, ShopifyConfig, codes, mapping
from cartcarrier.channels.shopify.client import DOCUMENTS, Document
from cartcarrier.channels.shopify.client.documents import document_names
from cartcarrier.channels.shopify.config import SUPPORTED_VERSIONS
from cartcarrier.channels.shopify.driver.importing import bulk_query
from cartcarrier.channels.shopify.webhooks import sign, to_events
from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.models import (
    Fulfillment,
    FulfillmentParcel,
    InventoryLevel,
    InventoryStatus,
    Location,
    OrderChanged,
    OrderQuery,
    TrackingEvent,
    TrackingStatus,
    WebhookRequest,
)
from cartcarrier.sandbox import Sandbox
from tests.contract.oracle import SHARED, needs_specs

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
NAMES = sorted(DOCUMENTS)


@cache
def schema_of(version: str) -> graphql.GraphQLSchema:
    """Return the published schema of a version."""
    assert SHARED is not None
    text = (SHARED / "specs" / "shopify" / f"admin_{version}.graphql").read_text(encoding="utf-8")
    return graphql.build_schema(text, assume_valid=True, no_location=True)


def operation_of(document: Document[Any]) -> graphql.OperationDefinitionNode:
    """Return the one operation of a document."""
    (operation,) = graphql.parse(document.text).definitions
    assert isinstance(operation, graphql.OperationDefinitionNode)
    return operation


# --- what is asked ---


def test_every_file_is_a_document_of_the_driver() -> None:
    """A file that nobody sends is checked by nobody."""
    assert document_names() == tuple(NAMES)


@needs_specs
@pytest.mark.parametrize("version", SUPPORTED_VERSIONS)
@pytest.mark.parametrize("name", NAMES)
def test_document_is_valid_on_every_supported_version(name: str, version: str) -> None:
    """A field that one version lacks would fail every call of a user of that version."""
    errors = graphql.validate(schema_of(version), graphql.parse(DOCUMENTS[name].text))
    assert [error.message for error in errors] == []


@pytest.mark.parametrize("name", NAMES)
def test_document_has_no_aliases_and_its_page_sizes_are_variables(name: str) -> None:
    """Answers carry the names of the schema; sizes can be made smaller without another document."""
    document = DOCUMENTS[name]

    class Visitor(graphql.Visitor):
        def enter_field(self, node: graphql.FieldNode, *_: object) -> None:
            assert node.alias is None

    graphql.visit(graphql.parse(document.text), Visitor())
    variables = {definition.variable.name.value for definition in operation_of(document).variable_definitions or ()}
    assert {size for size, _ in document.sizes} <= variables


@needs_specs
@pytest.mark.parametrize("name", NAMES)
def test_document_asks_for_no_deprecated_field(name: str) -> None:
    """What is deprecated today fails after the next change of version."""
    schema = schema_of(SUPPORTED_VERSIONS[-1])
    info = graphql.TypeInfo(schema)
    found: list[str] = []

    class Visitor(graphql.Visitor):
        def enter_field(self, node: graphql.FieldNode, *_: object) -> None:
            field = info.get_field_def()
            if field is not None and field.deprecation_reason is not None:
                found.append(node.name.value)

    graphql.visit(graphql.parse(DOCUMENTS[name].text), graphql.TypeInfoVisitor(info, Visitor()))
    assert found == []


def test_driver_changes_nothing_else() -> None:
    """Refunds, edits, holds and closing have traps of their own (keys, other apps' holds, who may): none is sent."""
    sent = set()
    for document in DOCUMENTS.values():
        operation = operation_of(document)
        if operation.operation is graphql.OperationType.MUTATION:
            (field,) = operation.selection_set.selections
            assert isinstance(field, graphql.FieldNode)
            sent.add(field.name.value)
    assert sent == {
        "fulfillmentCreate",
        "fulfillmentCancel",
        "fulfillmentTrackingInfoUpdate",
        "fulfillmentEventCreate",
        "orderCancel",
        "fulfillmentOrderAcceptCancellationRequest",
        "fulfillmentOrderRejectCancellationRequest",
        "fulfillmentOrderAcceptFulfillmentRequest",
        "fulfillmentOrderRejectFulfillmentRequest",
        "inventorySetQuantities",
        "inventoryActivate",
        "webhookSubscriptionCreate",
        "webhookSubscriptionUpdate",
        "webhookSubscriptionDelete",
        "bulkOperationRunQuery",
    }


def test_no_document_asks_for_a_count() -> None:
    """Counts stop at 25,001 and then say "at least": completeness is never judged by one (pitfall 32)."""
    asked: set[str] = set()

    class Visitor(graphql.Visitor):
        def enter_field(self, node: graphql.FieldNode, *_: object) -> None:
            asked.add(node.name.value)

    for document in DOCUMENTS.values():
        graphql.visit(graphql.parse(document.text), Visitor())
    # How many share a SKU is no total of a list.
    assert [name for name in asked if name.lower().endswith("count")] == ["duplicateSkuCount"]
    assert not asked & {"closed", "closedAt"}, "archived says nothing about shipping (pitfall 26)"


# --- what is read ---


def structs_in(kind: msgspec.inspect.Type) -> Iterator[msgspec.inspect.StructType]:
    """Yield the structs that a field's type holds."""
    if isinstance(kind, msgspec.inspect.StructType):
        yield kind
    elif isinstance(kind, msgspec.inspect.UnionType):
        for part in kind.types:
            yield from structs_in(part)
    elif isinstance(kind, msgspec.inspect.ListType | msgspec.inspect.VarTupleType):
        yield from structs_in(kind.item_type)


def may_be_null(kind: msgspec.inspect.Type) -> bool:
    """Return whether a field's type takes null."""
    return isinstance(kind, msgspec.inspect.NoneType | msgspec.inspect.AnyType) or (
        isinstance(kind, msgspec.inspect.UnionType) and kind.includes_none
    )


def compare(
    selection: graphql.SelectionSetNode,
    parent: graphql.GraphQLObjectType,
    struct: msgspec.inspect.StructType,
    path: str,
) -> Iterator[str]:
    """Yield where a struct and what is asked for differ."""
    fields = {field.encode_name: field for field in struct.fields}
    asked: set[str] = set()
    for node in selection.selections:
        assert isinstance(node, graphql.FieldNode)
        name = node.name.value
        asked.add(name)
        where = f"{path}.{name}"
        if name not in fields:
            yield f"{where} is asked for and not read"
            continue
        described = parent.fields[name].type
        if not isinstance(described, graphql.GraphQLNonNull) and not may_be_null(fields[name].type):
            yield f"{where} may be null, and is not expected to be"
        inner = list(structs_in(fields[name].type))
        if node.selection_set is not None:
            named = graphql.get_named_type(described)
            assert isinstance(named, graphql.GraphQLObjectType)
            if len(inner) != 1:
                yield f"{where} has no struct"
                continue
            yield from compare(node.selection_set, named, inner[0], where)
    for name, field in fields.items():
        if field.required and name not in asked:
            yield f"{path}.{name} is needed and not asked for"


@needs_specs
@pytest.mark.parametrize("name", NAMES)
def test_answer_is_read_as_it_is_described(name: str) -> None:
    """Each field that is asked for is read; each that may be null may be null; none is awaited that was not asked for."""
    document = DOCUMENTS[name]
    operation = operation_of(document)
    schema = schema_of(SUPPORTED_VERSIONS[0])
    root = schema.mutation_type if operation.operation is graphql.OperationType.MUTATION else schema.query_type
    assert root is not None
    answer = msgspec.inspect.type_info(document.schema)
    assert isinstance(answer, msgspec.inspect.StructType)
    data = next(field for field in answer.fields if field.encode_name == "data")
    (struct,) = structs_in(data.type)
    assert list(compare(operation.selection_set, root, struct, name)) == []


def words_of(name: str) -> set[str]:
    """Return the values of an enum of the newest version."""
    kind = schema_of(SUPPORTED_VERSIONS[-1]).type_map[name]
    assert isinstance(kind, graphql.GraphQLEnumType)
    return set(kind.values)


@needs_specs
def test_tables_know_every_word() -> None:
    """A word that the schema has and a table lacks would be UNKNOWN for no reason."""
    assert set(codes.PAYMENT_STATUS) == words_of("OrderDisplayFinancialStatus")
    assert set(codes.FULFILLMENT_STATUS) == words_of("FulfillmentStatus")
    assert words_of("FulfillmentOrderStatus") == codes.KNOWN_STATUSES
    assert words_of("OrderDisplayFulfillmentStatus") == codes.KNOWN_DISPLAY
    assert words_of("DeliveryMethodType") - codes.NO_PARCEL_METHODS == {"SHIPPING", "PICKUP_POINT"}
    assert set(codes.WEIGHT_UNIT) == words_of("WeightUnit")
    assert words_of("OrderCancelReason") == codes.CANCEL_REASONS
    assert set(codes.EVENT_STATUS.values()) | {"FAILURE"} <= words_of("FulfillmentEventStatus")
    assert words_of("FulfillmentEventStatus") | words_of("FulfillmentDisplayStatus") <= set(codes.TRACKING_STATUS)
    assert words_of("OrderCancelUserErrorCode") <= set(codes.ERROR_KIND)


@needs_specs
def test_companies_are_spelled_as_shopify_spells_them() -> None:
    """The list stands in a description of the schema; only its spelling makes links (pitfall 23)."""
    kind = schema_of(SUPPORTED_VERSIONS[-1]).type_map["FulfillmentTrackingInfo"]
    assert isinstance(kind, graphql.GraphQLObjectType)
    described = kind.fields["company"].description or ""
    assert [company for company in codes.COMPANY.values() if company not in described] == []


@needs_specs
def test_scopes_are_those_that_shopify_demands() -> None:
    """Each mutation of the driver is behind an ability that asks for a scope which allows it."""
    assert SHARED is not None
    table = json.loads((SHARED / "specs" / "shopify" / "admin_scopes_2026-10.json").read_text(encoding="utf-8"))
    demanded = {
        entry["fieldName"]: set(entry["offlineScopes"])
        for entry in table
        if entry.get("typeName") == "Mutation" and entry.get("offlineScopes")
    }
    abilities = {
        "fulfillmentCreate": "fulfill",
        "fulfillmentTrackingInfoUpdate": "changes",
        "fulfillmentEventCreate": "tracking",
        "orderCancel": "cancel",
        "fulfillmentOrderAcceptCancellationRequest": "cancel_requests",
    }
    abilities |= {
        "inventorySetQuantities": "set_inventory",
        "inventoryActivate": "set_inventory",
        "fulfillmentOrderAcceptFulfillmentRequest": "answers",
        "fulfillmentOrderRejectFulfillmentRequest": "answers",
    }
    for mutation, ability in abilities.items():
        groups = codes.ABILITY_SCOPES[ability]
        assert any(set(group) <= demanded[mutation] for group in groups), mutation


@needs_specs
def test_topics_and_their_scopes_are_those_of_the_schema() -> None:
    """Each topic that the driver knows scopes for needs one of these, and no topic of its families is read otherwise."""
    kind = schema_of(SUPPORTED_VERSIONS[-1]).type_map["WebhookSubscriptionTopic"]
    assert isinstance(kind, graphql.GraphQLEnumType)
    checked = set()
    for word, value in kind.values.items():
        topic = mapping.topic_text(word)
        scopes = mapping.topic_scopes(topic)
        if not scopes:
            continue
        described = set(re.findall(r"read_\w+", value.description or ""))
        # One table entry stands for a family whose topics differ in the scopes of marketplaces and memberships.
        assert described <= set(scopes) or described >= set(scopes), word
        assert described & set(scopes), word
        checked.add(topic.partition("/")[0])
    assert {"orders", "fulfillment_orders", "inventory_levels", "refunds", "locations"} <= checked


@needs_specs
@pytest.mark.parametrize("version", SUPPORTED_VERSIONS)
def test_default_topics_exist_in_every_version(version: str) -> None:
    """And the privacy topics do not: they cannot be subscribed to."""
    kind = schema_of(version).type_map["WebhookSubscriptionTopic"]
    assert isinstance(kind, graphql.GraphQLEnumType)
    assert {mapping.topic_word(topic) for topic in mapping.DEFAULT_TOPICS} <= set(kind.values)
    assert not {mapping.topic_word(topic) for topic in mapping.PRIVACY_TOPICS} & set(kind.values)


@needs_specs
def test_pushed_families_are_known() -> None:
    """A topic in the words of the schema is told as the headers of pushes have it."""
    for path in examples():
        topic = read_example(path)["name"]
        assert mapping.topic_text(mapping.topic_word(topic)) == topic


@needs_specs
@pytest.mark.parametrize("version", SUPPORTED_VERSIONS)
def test_bulk_query_is_valid_and_shallow(version: str) -> None:
    """It is a text inside a document, so nobody else checks it; no deeper than two levels of lists, each with ids."""
    moment = datetime(2026, 11, 24, tzinfo=UTC)
    document = graphql.parse(bulk_query(OrderQuery(updated_since=moment), moment))
    errors = graphql.validate(schema_of(version), document)
    # A bulk operation needs no "first" (field guide shopify.md §7.3); the schema does not demand it either.
    assert [error.message for error in errors] == []
    text = graphql.print_ast(document)
    assert text.count("edges") == 2
    assert text.count("node {\n") == 2
    (asked,) = re.findall(r'query: "([^"]*)"', text)
    assert asked == "updated_at:>='2026-11-24T00:00:00Z' updated_at:<'2026-11-24T00:00:01Z'"


@needs_specs
@pytest.mark.parametrize("name", ["inventory_set", "inventory_activate"])
def test_stock_is_told_under_a_key(name: str) -> None:
    """The schema does not demand the directive, Shopify does since 2026-04 (pitfall 17)."""
    (field,) = operation_of(DOCUMENTS[name]).selection_set.selections
    assert isinstance(field, graphql.FieldNode)
    (directive,) = field.directives or ()
    assert directive.name.value == "idempotent"
    described = schema_of(SUPPORTED_VERSIONS[-1]).mutation_type
    assert described is not None
    assert "idempotency key is required" in (described.fields[field.name.value].description or "")


@needs_specs
def test_words_of_stock_and_requests_are_shopifys() -> None:
    """Codes that decide what becomes of a level, reasons to decline, states that answers lead to."""
    codes_of_stock = words_of("InventorySetQuantitiesUserErrorCode")
    assert {
        "IDEMPOTENCY_CONCURRENT_REQUEST",
        "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED",
        "CHANGE_FROM_QUANTITY_STALE",
    } <= codes_of_stock
    assert words_of("FulfillmentOrderRejectionReason") == codes.REJECTION_REASONS
    assert set(mapping.ASKED) <= words_of("FulfillmentOrderRequestStatus")
    assert {"OPERATION_IN_PROGRESS", "LIMIT_REACHED"} <= words_of("BulkOperationUserErrorCode")
    assert words_of("BulkOperationStatus") == {
        "CREATED",
        "RUNNING",
        "CANCELING",
        "COMPLETED",
        "FAILED",
        "EXPIRED",
        "CANCELED",
    }


# --- what passes between the driver and the simulator ---


class Recorder:
    """A transport that keeps what passes through it."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.seen: list[tuple[dict[str, Any], bytes]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass a request on, and keep it with its answer."""
        content = await request.aread()
        response: httpx.Response = await self.inner.handle_async_request(request)
        await response.aread()
        if request.method == "POST":
            self.seen.append((json.loads(content), response.content))
        return httpx.Response(
            response.status_code, headers=response.headers, stream=httpx.ByteStream(response.content), request=request
        )

    async def aclose(self) -> None:
        """Do nothing."""


async def flow(channel: ShopifyChannel, simulator: Any, clock: ManualClock) -> None:
    """Let the driver do all it can."""
    ids = [
        simulator.place_order(lines=[{"sku": "MUG-RED-01", "quantity": 3}]),
        simulator.place_order(lines=[{"sku": "LAMP-7", "quantity": 1}]),
    ]
    clock.advance(600)
    query = OrderQuery(updated_since=clock.now() - timedelta(hours=1), page_size=1)
    orders = [order async for order in channel.list_orders(query)]
    assert {order.id for order in orders} == set(ids)
    order = await channel.get_order(ids[0])
    line = order.lines[0]
    told = await channel.fulfill(
        Fulfillment(
            order_id=order.id,
            lines={line.id: 2},
            parcels=(
                FulfillmentParcel(carrier="ups", tracking_number="1Z1", lines={line.id: 1}),
                FulfillmentParcel(
                    carrier="usps", tracking_number="94", lines={line.id: 1}, tracking_url="https://t.example/94"
                ),
            ),
            reference="r",
            shipped_at=clock.now(),
            notify_buyer=False,
        )
    )
    await channel.list_fulfillments(order.id)
    place = Location(city="Reno", region="NV", postal_code="89501", country_code="US")
    scan = TrackingEvent(
        status=TrackingStatus.IN_TRANSIT, occurred_at=clock.now(), description="On its way", location=place, key="k"
    )
    await channel.post_tracking_event(told, scan)
    await channel.update_tracking(
        attrs.evolve(told, parcels=(FulfillmentParcel(carrier="fedex", tracking_number="77"),))
    )
    await channel.cancel_fulfillment(told)
    await channel.cancel_fulfillment(told)
    await channel.cancel_order(ids[1], reason="customer")


SERVICE, EAST, WEST = (f"gid://shopify/Location/7000000{number}" for number in (3, 1, 2))


async def second_flow(channel: ShopifyChannel, simulator: Any, clock: ManualClock) -> None:
    """Let the driver do what keeps a shop in step: stock, subscriptions, an import, the work of a service."""
    simulator.add_item("MUG", available=3, locations=[EAST])
    clock.advance(60)
    levels = [InventoryLevel(sku="MUG", available=9, location_id=place) for place in (EAST, WEST)]
    assert {result.status for result in await channel.set_inventory(levels)} == {InventoryStatus.ACCEPTED}
    made = await channel.subscribe("https://hooks.example/a")
    await channel.subscribe("https://hooks.example/b")
    await channel.unsubscribe(made[0])
    order_id = simulator.place_order(lines=[{"sku": "LAMP-7", "quantity": 3}])
    clock.advance(600)
    assert [order.id async for order in channel.import_orders()] == [order_id]
    share = simulator.move(simulator.fulfillment_orders(order_id)[0]["id"], SERVICE)
    for accept in (False, True):
        simulator.request_fulfillment(share, "please")
        (request,) = await channel.list_fulfillment_requests()
        await channel.answer_fulfillment_request(request, accept=accept, message="m", ships_at=clock.now())
    await channel.answer_fulfillment_request(request, accept=True)
    for accept in (False, True):
        simulator.request_cancellation(share, "stop")
        (request,) = await channel.list_fulfillment_requests()
        await channel.answer_fulfillment_request(request, accept=accept)


async def recorded(work: Callable[[ShopifyChannel, Any, ManualClock], Awaitable[None]]) -> Recorder:
    """Return what passes while the driver works."""
    clock = ManualClock(NOW)
    async with Sandbox(clock=clock) as sandbox:
        simulator: Any = sandbox.simulator("shopify")
        simulator.set_scopes([*simulator.shop.world.scopes, *ALL_SCOPES])
        recorder = Recorder(asgi_transport(simulator.app))
        settings: Mapping[str, Any] = simulator.settings()
        async with ShopifyChannel(ShopifyConfig(**settings), transport=recorder, clock=clock) as channel:
            await work(channel, simulator, clock)
    return recorder


ALL_SCOPES = (
    "read_assigned_fulfillment_orders",
    "write_assigned_fulfillment_orders",
    "write_inventory",
    "read_locations",
)
FIRST = {"orders", "order", "plan", "fulfillment_create", "tracking_update", "event_create"} | {
    "fulfillment_cancel",
    "order_cancel",
    "job",
    "scopes",
    "changed_fulfillment_orders",
}
SECOND = {"inventory_items", "inventory_set", "inventory_activate", "bulk_run", "bulk_operation", "orders"} | {
    "webhook_subscriptions",
    "webhook_subscription_create",
    "webhook_subscription_update",
    "webhook_subscription_delete",
    "assigned_fulfillment_orders",
    "fulfillment_request_accept",
    "fulfillment_request_reject",
    "cancellation_request_accept",
    "cancellation_request_reject",
    "fulfillment_order_state",
}


@needs_specs
@pytest.mark.parametrize(("work", "expected"), [(flow, FIRST), (second_flow, SECOND)], ids=["orders", "the-rest"])
async def test_what_passes_is_as_described(
    work: Callable[[ShopifyChannel, Any, ManualClock], Awaitable[None]], expected: set[str]
) -> None:
    """Every question of a whole day's work has variables that the schema takes, and every answer is decoded strictly."""
    recorder = await recorded(work)
    asked: set[str] = set()
    by_text = {document.text: document for document in DOCUMENTS.values()}
    for question, body in recorder.seen:
        document = by_text[question["query"]]
        asked.add(document.name)
        schema = schema_of(SUPPORTED_VERSIONS[-1])
        given = graphql.execution.values.get_variable_values(
            schema, operation_of(document).variable_definitions or (), question["variables"]
        )
        assert not isinstance(given, list), given
        unknown = set(question["variables"]) - {
            definition.variable.name.value for definition in operation_of(document).variable_definitions or ()
        }
        assert unknown == set()
        answer = document.decoder.decode(body)
        assert answer.errors is None
        assert answer.data is not None
        assert list(leftovers(json.loads(body)["data"], msgspec.to_builtins(answer.data), document.name)) == []
    assert expected <= asked


def leftovers(sent: Any, read: Any, path: str) -> Iterator[str]:
    """Yield what an answer has and the driver does not read."""
    if isinstance(sent, dict):
        for name, value in sent.items():
            if name not in read:
                yield f"{path}.{name}"
            else:
                yield from leftovers(value, read[name], f"{path}.{name}")
    elif isinstance(sent, list):
        assert len(sent) == len(read), path
        for index, (one, other) in enumerate(zip(sent, read, strict=True)):
            yield from leftovers(one, other, f"{path}.{index}")


# --- pushes ---


def examples() -> list[Path]:
    """Return the published examples of webhooks."""
    if SHARED is None:
        return []
    return sorted((SHARED / "specs" / "shopify" / "webhooks").glob("*/examples/*/*.json"))


def read_example(path: Path) -> dict[str, Any]:
    """Return a published example."""
    example: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return example


NOT_OURS = {
    "app_subscriptions",
    "bulk_operations",
    "draft_orders",
    "inventory_shipments",
    "inventory_transfers",
    "locations",
    "products",
    "reverse_deliveries",
    "reverse_fulfillment_orders",
    "variants",
}
"""Families of topics that mean nothing to whoever ships."""


@needs_specs
@pytest.mark.parametrize("path", examples(), ids=lambda path: f"{path.parts[-4]}-{path.parts[-2]}-{path.stem}")
async def test_published_push_is_read(path: Path) -> None:
    """Each example becomes an event, except for the families that are not our business."""
    example = read_example(path)
    topic, shop = example["name"], "my-shop.myshopify.com"
    # the examples have a placeholder for the shop's own domain, or nothing
    named = {name: shop for name in ("shop_domain", "myshopify_domain") if name in example["response"]}
    body = json.dumps({**example["response"], **named}).encode()
    channel = ShopifyChannel(ShopifyConfig(shop="my-shop", access_token="shpat_0123456789", webhook_secrets=("hush",)))
    headers = {
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-SHA256": sign("hush", body),
        "X-Shopify-Shop-Domain": shop,
        "X-Shopify-Webhook-Id": "1",
    }
    outcome = await channel.receive(WebhookRequest(method="POST", url="https://h.example/", headers=headers, body=body))
    family = topic.partition("/")[0]
    expected = 0 if family in NOT_OURS or topic == "shop/update" else 1
    assert len(outcome.events) == expected
    await channel.aclose()


@needs_specs
def test_pushes_that_name_no_order_are_known() -> None:
    """Most pushes about fulfillment orders name no order: whoever gets one lists what was touched."""
    nameless = set()
    for path in examples():
        example = read_example(path)
        for event in to_events(
            example["name"], example["response"], event_id="1", account="shopify:eu", occurred_at=None
        ):
            if isinstance(event, OrderChanged) and event.order_id is None:
                nameless.add(example["name"].partition("/")[0])
    # returns/update and returns/process name the return alone; the risk's example has nulls throughout
    assert nameless == {"fulfillment_orders", "fulfillment_holds", "returns", "orders"}
