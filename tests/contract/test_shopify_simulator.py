"""The Shopify simulator against the published schema and the published pictures of webhooks."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeAlias

import httpx
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_leaf_type,
    parse,
    print_ast,
    validate,
)

from cartcarrier.http import ManualClock
from cartcarrier.sandbox.shopify import ShopifySimulator
from cartcarrier.sandbox.shopify._schema import SINCE, VALUES_SINCE, schema_of
from tests.contract.oracle import SHARED, needs_specs

# What has no one type: parts of two schemas, or of two JSON documents.
Part: TypeAlias = Any

VERSIONS = ("2026-04", "2026-07", "2026-10")


@cache
def published(version: str) -> GraphQLSchema:
    if SHARED is None:
        pytest.skip("the published API descriptions (../shared/specs) are not here")
    text = (SHARED / "specs" / "shopify" / f"admin_{version}.graphql").read_text(encoding="utf-8")
    return build_schema(text, assume_valid=True)


def _type_map(version: str) -> dict[str, Part]:
    return dict(published(version).type_map)


def own_types(version: str) -> Iterator[tuple[str, Any]]:
    for name, kind in schema_of(version).type_map.items():
        if not name.startswith("__"):
            yield name, kind


@needs_specs
@pytest.mark.parametrize("version", VERSIONS)
def test_every_field_and_argument_is_the_published_one(version: str) -> None:
    """Name, type, nullability and default: a simulator that answers more than the platform would hide mistakes."""
    real = _type_map(version)
    wrong: list[str] = []
    for name, kind in own_types(version):
        other = real.get(name)
        if other is None or type(other) is not type(kind):
            wrong.append(name)
        elif isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            wrong += _differences(name, kind, other)
        elif isinstance(kind, GraphQLUnionType):
            wrong += [f"{name} | {each.name}" for each in kind.types if each.name not in {o.name for o in other.types}]
    assert wrong == []


def _differences(name: str, own: Part, other: Part) -> list[str]:
    wrong = [
        f"{name} implements {each.name}"
        for each in getattr(own, "interfaces", ())
        if each.name not in {o.name for o in other.interfaces}
    ]
    for field_name, field in own.fields.items():
        real = other.fields.get(field_name)
        if real is None or str(real.type) != str(field.type):
            wrong.append(f"{name}.{field_name}: {field.type} is published as {real and real.type}")
        elif isinstance(field, GraphQLField):
            for argument_name, argument in field.args.items():
                same = real.args.get(argument_name)
                if same is None or str(same.type) != str(argument.type) or _default(same) != _default(argument):
                    wrong.append(f"{name}.{field_name}({argument_name})")
            wrong += [
                f"{name}.{field_name} lacks the required {each}"
                for each, argument in real.args.items()
                if each not in field.args and str(argument.type).endswith("!") and _default(argument) is None
            ]
    if isinstance(own, GraphQLInputObjectType):
        wrong += [
            f"{name} lacks {each}"
            for each, real in other.fields.items()
            if each not in own.fields and str(real.type).endswith("!")
        ]
    return wrong


def _default(argument: Part) -> str | None:
    """Return a default as it is written: graphql-core keeps its value in another place in each of its versions."""
    node = argument.ast_node.default_value
    return None if node is None else print_ast(node)


@needs_specs
@pytest.mark.parametrize("version", VERSIONS)
def test_every_enumeration_has_only_published_values(version: str) -> None:
    """A client that meets a value of the future would be tested for the wrong thing."""
    real = _type_map(version)
    extra = [
        f"{name}.{value}"
        for name, kind in own_types(version)
        if isinstance(kind, GraphQLEnumType)
        for value in kind.values
        if value not in real[name].values
    ]
    assert extra == []


@needs_specs
@pytest.mark.parametrize(("member", "version"), SINCE.items(), ids=list(SINCE))
def test_later_fields_came_with_the_version_that_is_claimed(member: str, version: str) -> None:
    """The table of what older versions lack is checked both ways."""
    owner, _, field = member.partition(".")
    later = _type_map(version)
    earlier = _type_map(VERSIONS[VERSIONS.index(version) - 1])
    if field:
        assert field in later[owner].fields
        assert field not in earlier[owner].fields
    else:
        assert owner in later
        assert owner not in earlier


@needs_specs
def test_idempotent_directive_is_the_published_one() -> None:
    """Its place and its argument."""
    real = published("2026-10").get_directive("idempotent")
    own = schema_of("2026-10").get_directive("idempotent")
    assert real is not None
    assert own is not None
    assert {name: str(argument.type) for name, argument in own.args.items()} == {
        name: str(argument.type) for name, argument in real.args.items()
    }
    assert own.locations == real.locations


@needs_specs
@pytest.mark.parametrize(("value", "version"), VALUES_SINCE.items(), ids=list(VALUES_SINCE))
def test_later_values_came_with_the_version_that_is_claimed(value: str, version: str) -> None:
    """Like the later fields."""
    enums = {
        name for name, kind in own_types(VERSIONS[-1]) if isinstance(kind, GraphQLEnumType) and value in kind.values
    }
    (name,) = enums
    earlier = VERSIONS[VERSIONS.index(version) - 1]
    assert value in _type_map(version)[name].values
    assert value not in _type_map(earlier)[name].values


# --- the guide's documents --------------------------------------------------------------------------------------------


def guide_documents() -> list[str]:
    if SHARED is None:
        return []
    text = (SHARED / "field-guide" / "shopify.md").read_text(encoding="utf-8")
    return [block for block in re.findall(r"```graphql\n(.*?)```", text, re.DOTALL) if "refundCreate" not in block]


@needs_specs
@pytest.mark.parametrize("document", guide_documents(), ids=lambda text: text.split("(")[0].strip()[:40])
def test_guides_document_is_valid_here_and_there(document: str) -> None:
    """What drivers are written from runs on the simulator."""
    for version in VERSIONS:
        assert validate(schema_of(version), parse(document)) == []
        assert validate(published(version), parse(document)) == []


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.fixture
async def shop() -> AsyncIterator[tuple[ShopifySimulator, httpx.AsyncClient]]:
    simulator = ShopifySimulator(clock=ManualClock(datetime(2026, 11, 24, 9, tzinfo=UTC)), limits=False)
    headers = {"X-Shopify-Access-Token": str(simulator.settings()["access_token"])}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(simulator.app),
        base_url="https://cartcarrier-sandbox.myshopify.com",
        headers=headers,
    ) as client:
        yield simulator, client


async def ask(client: httpx.AsyncClient, document: str, **variables: Part) -> dict[str, Any]:
    answer = await client.post("/admin/api/2026-10/graphql.json", json={"query": document, "variables": variables})
    whole: dict[str, Any] = answer.json()
    return whole


def everything(kind: Part, *, depth: int, seen: tuple[str, ...] = ()) -> str:
    """Write a selection of all fields of a type, as deep as told."""
    parts = ["__typename"]
    for name, field in kind.fields.items():
        inner = get_named_type(field.type)
        arguments = _arguments(field)
        if arguments is None or inner.name == "QueryRoot":
            continue
        if is_leaf_type(inner):
            parts.append(name + arguments)
        elif isinstance(inner, GraphQLUnionType):
            parts.append(f"{name} {{ __typename }}")
        elif depth > 0 and inner.name not in seen:
            below = everything(inner, depth=depth if _is_page(inner.name) else depth - 1, seen=(*seen, kind.name))
            parts.append(f"{name}{arguments} {{ {below} }}")
    return " ".join(parts)


def _is_page(name: str) -> bool:
    return name.endswith(("Connection", "Edge"))


def _arguments(field: GraphQLField) -> str | None:
    required = [
        name for name, argument in field.args.items() if str(argument.type).endswith("!") and _default(argument) is None
    ]
    if required == ["names"]:
        return '(names: ["available", "on_hand"])'
    if required:
        return None
    return "(first: 3)" if "first" in field.args else ""


@pytest.mark.parametrize(
    "kind",
    [
        "Order",
        "FulfillmentOrder",
        "Fulfillment",
        "Location",
        "InventoryItem",
        "WebhookSubscription",
        "FulfillmentOrderMerchantRequest",
        "BulkOperation",
        "Shop",
        "AppInstallation",
    ],
)
async def test_every_field_of_an_object_is_answered_without_an_error(
    shop: tuple[ShopifySimulator, httpx.AsyncClient], kind: str
) -> None:
    """Nothing in the schema is a stub: graphql-core itself checks types, nulls and enumerations of the answer."""
    simulator, client = shop
    order = simulator.place_order(
        lines=[
            {"sku": "A", "quantity": 3, "hs_code": "691200", "origin": "PT"},
            {"sku": "B", "requires_shipping": False},
        ],
        tax_rate="0.08",
        discount="2.00",
        attributes={"gift": "yes"},
        localized_fields={"TAX_CREDENTIAL_BR": "12345678909"},
    )
    entry: Part = simulator.fulfillment_orders(order)[0]
    wish = {
        "originAddress": {"countryCode": "US", "zip": "89501"},
        "trackingInfo": {"company": "UPS", "number": "1Z1"},
        "lineItemsByFulfillmentOrder": [
            {
                "fulfillmentOrderId": entry["id"],
                "fulfillmentOrderLineItems": [{"id": entry["lines"][0]["id"], "quantity": 1}],
            }
        ],
    }
    made = await ask(
        client, "mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { fulfillment { id } } }", f=wish
    )
    fulfillment = made["data"]["fulfillmentCreate"]["fulfillment"]["id"]
    event = {
        "fulfillmentId": fulfillment,
        "status": "IN_TRANSIT",
        "estimatedDeliveryAt": "2026-11-27T17:00:00Z",
        "latitude": 39.5,
    }
    await ask(
        client,
        "mutation($e: FulfillmentEventInput!) { fulfillmentEventCreate(fulfillmentEvent: $e) { userErrors { message } } }",
        e=event,
    )
    simulator.hold(order)
    subscribed = await ask(
        client,
        'mutation { webhookSubscriptionCreate(topic: ORDERS_CREATE, webhookSubscription: {uri: "https://a.example"}) { webhookSubscription { id } } }',
    )
    simulator.set_scopes([*simulator.shop.world.scopes, "read_assigned_fulfillment_orders"])
    served: Part = simulator.place_order(lines=[{"sku": "C", "location_id": "gid://shopify/Location/70000003"}])
    simulator.request_fulfillment(simulator.fulfillment_orders(served)[0]["id"], "Fragile")  # type: ignore[arg-type]  # a JSON document
    requests = await ask(
        client, "{ assignedFulfillmentOrders(first: 1) { nodes { merchantRequests(first: 1) { nodes { id } } } } }"
    )
    bulk = await ask(
        client,
        'mutation { bulkOperationRunQuery(query: "{ orders { edges { node { id } } } }") { bulkOperation { id } } }',
    )
    await simulator.advance(5)
    items = await ask(client, "{ inventoryItems(first: 1) { nodes { id } } }")
    ids = {
        "Order": order,
        "FulfillmentOrder": entry["id"],
        "Fulfillment": fulfillment,
        "Location": "gid://shopify/Location/70000001",
        "InventoryItem": items["data"]["inventoryItems"]["nodes"][0]["id"],
        "FulfillmentOrderMerchantRequest": requests["data"]["assignedFulfillmentOrders"]["nodes"][0][
            "merchantRequests"
        ]["nodes"][0]["id"],
        "BulkOperation": bulk["data"]["bulkOperationRunQuery"]["bulkOperation"]["id"],
        "WebhookSubscription": subscribed["data"]["webhookSubscriptionCreate"]["webhookSubscription"]["id"],
    }
    selection = everything(schema_of("2026-10").type_map[kind], depth=2)
    roots = {"Shop": "shop", "AppInstallation": "currentAppInstallation"}
    if kind in roots:
        whole = await ask(client, f"{{ {roots[kind]} {{ {selection} }} }}")
    else:
        whole = await ask(
            client, f"query($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ {selection} }} }} }}", id=ids[kind]
        )
    assert whole.get("errors", []) == []
    assert next(iter(whole["data"].values()))["__typename"] == kind


async def test_answers_of_seeded_orders_hold_no_error(shop: tuple[ShopifySimulator, httpx.AsyncClient]) -> None:
    """The awkward ones too: whole objects, no nulls where none may be."""
    simulator, client = shop
    simulator.seed_orders(60)
    selection = everything(schema_of("2026-10").type_map["Order"], depth=1)
    whole = await ask(client, f"{{ orders(first: 60) {{ nodes {{ {selection} }} }} }}")
    assert whole.get("errors", []) == []
    assert len(whole["data"]["orders"]["nodes"]) == 60


# --- webhooks ---------------------------------------------------------------------------------------------------------

TOPICS = {
    "ORDERS_CREATE": "orders/create",
    "ORDERS_UPDATED": "orders/updated",
    "ORDERS_CANCELLED": "orders/cancelled",
    "FULFILLMENTS_CREATE": "fulfillments/create",
    "FULFILLMENT_EVENTS_CREATE": "fulfillment_events/create",
    "FULFILLMENT_ORDERS_ORDER_ROUTING_COMPLETE": "fulfillment_orders/order_routing_complete",
    "FULFILLMENT_ORDERS_PLACED_ON_HOLD": "fulfillment_orders/placed_on_hold",
    "FULFILLMENT_ORDERS_HOLD_RELEASED": "fulfillment_orders/hold_released",
    "FULFILLMENT_ORDERS_MOVED": "fulfillment_orders/moved",
    "FULFILLMENT_ORDERS_SPLIT": "fulfillment_orders/split",
    "FULFILLMENT_ORDERS_CANCELLED": "fulfillment_orders/cancelled",
    "FULFILLMENT_HOLDS_ADDED": "fulfillment_holds/added",
    "INVENTORY_LEVELS_UPDATE": "inventory_levels/update",
    "FULFILLMENT_ORDERS_FULFILLMENT_REQUEST_SUBMITTED": "fulfillment_orders/fulfillment_request_submitted",
    "FULFILLMENT_ORDERS_FULFILLMENT_REQUEST_ACCEPTED": "fulfillment_orders/fulfillment_request_accepted",
    "FULFILLMENT_ORDERS_FULFILLMENT_REQUEST_REJECTED": "fulfillment_orders/fulfillment_request_rejected",
    "FULFILLMENT_ORDERS_CANCELLATION_REQUEST_SUBMITTED": "fulfillment_orders/cancellation_request_submitted",
    "FULFILLMENT_ORDERS_CANCELLATION_REQUEST_ACCEPTED": "fulfillment_orders/cancellation_request_accepted",
    "FULFILLMENT_ORDERS_CANCELLATION_REQUEST_REJECTED": "fulfillment_orders/cancellation_request_rejected",
    "FULFILLMENT_ORDERS_FULFILLMENT_SERVICE_FAILED_TO_COMPLETE": "fulfillment_orders/fulfillment_service_failed_to_complete",
    "BULK_OPERATIONS_FINISH": "bulk_operations/finish",
}
# Members of ours that the published example (of 2026-07) does not show, because its object had nothing there.
BEYOND_EXAMPLE = {"latitude", "longitude", "admin_graphql_api_id", "held_by_app"}


def published_example(path: str) -> dict[str, Any]:
    if SHARED is None:
        pytest.skip("the published API descriptions (../shared/specs) are not here")
    text = (SHARED / "specs" / "shopify" / "webhooks" / "2026-07" / "examples" / f"{path}.json").read_text(
        encoding="utf-8"
    )
    found: dict[str, Any] = json.loads(text)["response"]
    return found


@needs_specs
@pytest.mark.parametrize(("topic", "path"), TOPICS.items(), ids=list(TOPICS.values()))
async def test_webhook_has_the_published_members_and_kinds(
    shop: tuple[ShopifySimulator, httpx.AsyncClient], topic: str, path: str
) -> None:
    """Every member that we send is a member of the published example, of the same JSON kind."""
    simulator, client = shop
    await ask(
        client,
        f'mutation {{ webhookSubscriptionCreate(topic: {topic}, webhookSubscription: {{uri: "https://a.example"}}) {{ userErrors {{ message }} }} }}',
    )
    await _live_a_little(simulator, client)
    await _serve_a_little(simulator, client)
    await ask(
        client,
        'mutation { bulkOperationRunQuery(query: "{ orders { edges { node { id } } } }") { bulkOperation { id } } }',
    )
    await simulator.advance(5)
    sent = [each for each in simulator.deliveries() if each["headers"]["X-Shopify-Topic"] == path]
    assert sent
    for each in sent:
        _compare(json.loads(each["body"]), published_example(path), path)


async def _live_a_little(simulator: ShopifySimulator, client: httpx.AsyncClient) -> None:
    order = simulator.place_order(lines=[{"sku": "A", "quantity": 3}])
    simulator.edit_address(order, city="Elsewhere")
    simulator.hold(order, notes="look at it", handle="h")
    simulator.release(order)
    entry: Any = simulator.fulfillment_orders(order)[0]
    part = {"id": entry["lines"][0]["id"], "quantity": 1}
    kept, rest = simulator.split(entry["id"], [part])
    moved = simulator.move(rest, "gid://shopify/Location/70000002")
    simulator.set_request_status(moved, "SUBMITTED")
    await ask(client, "mutation($id: ID!) { fulfillmentOrderCancel(id: $id) { userErrors { message } } }", id=moved)
    made = await ask(
        client,
        "mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { fulfillment { id } } }",
        f={
            "trackingInfo": {"company": "UPS", "number": "1Z1"},
            "lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": kept}],
        },
    )
    event = {
        "fulfillmentId": made["data"]["fulfillmentCreate"]["fulfillment"]["id"],
        "status": "IN_TRANSIT",
        "message": "on its way",
    }
    await ask(
        client,
        "mutation($e: FulfillmentEventInput!) { fulfillmentEventCreate(fulfillmentEvent: $e) { userErrors { message } } }",
        e=event,
    )
    simulator.cancel(simulator.place_order())
    item = (await ask(client, "{ inventoryItems(first: 1) { nodes { id } } }"))["data"]["inventoryItems"]["nodes"][0][
        "id"
    ]
    quantity = {
        "inventoryItemId": item,
        "locationId": "gid://shopify/Location/70000001",
        "quantity": 5,
        "changeFromQuantity": None,
    }
    await ask(
        client,
        'mutation($i: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $i) @idempotent(key: "k") { userErrors { code } } }',
        i={"name": "available", "reason": "correction", "quantities": [quantity]},
    )


async def _serve_a_little(simulator: ShopifySimulator, client: httpx.AsyncClient) -> None:
    """Let a fulfillment service answer each way that it can."""
    simulator.set_scopes([*simulator.shop.world.scopes, "write_assigned_fulfillment_orders"])

    async def answer(what: str, entry: str) -> None:
        document = (
            f'mutation($id: ID!) {{ fulfillmentOrder{what}(id: $id, message: "so") {{ userErrors {{ message }} }} }}'
        )
        said = await ask(client, document, id=entry)
        assert said["data"][f"fulfillmentOrder{what}"]["userErrors"] == []

    for way in ("reject", "close", "give up", "go on"):
        order = simulator.place_order(lines=[{"sku": "A", "location_id": "gid://shopify/Location/70000003"}])
        entry: Any = simulator.fulfillment_orders(order)[0]["id"]
        simulator.request_fulfillment(entry, "Fragile")
        if way == "reject":
            await answer("RejectFulfillmentRequest", entry)
            continue
        await answer("AcceptFulfillmentRequest", entry)
        if way == "close":
            await answer("Close", entry)
            continue
        simulator.request_cancellation(entry, "Changed mind")
        await answer("AcceptCancellationRequest" if way == "give up" else "RejectCancellationRequest", entry)


def _compare(own: Part, example: Part, at: str) -> None:
    if own is None or example is None:
        return
    if isinstance(example, dict):
        assert isinstance(own, dict), at
        for name, value in own.items():
            if name in example:
                _compare(value, example[name], f"{at}.{name}")
            else:
                assert name in BEYOND_EXAMPLE, f"{at}.{name} is not in the published example"
    elif isinstance(example, list):
        assert isinstance(own, list), at
        for each in own if example else ():
            _compare(each, example[0], f"{at}[]")
    elif isinstance(example, bool) or isinstance(own, bool):
        assert isinstance(own, bool), at
        assert isinstance(example, bool), at
    elif isinstance(example, int | float):
        assert isinstance(own, int | float), at
    else:
        assert isinstance(own, str), at
