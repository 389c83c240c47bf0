"""The smaller questions: single objects, locations, goods, fragments and edges."""

from typing import Any, TypeAlias

import pytest

# What conftest.py gives: it cannot be imported from here.
Fixture: TypeAlias = Any

RENO = "gid://shopify/Location/70000001"


async def test_fulfillment_order_is_read_by_its_id(shop: Fixture) -> None:
    """Unless it is unknown, beyond the scopes, or not routed yet."""
    document = "query($id: ID!) { fulfillmentOrder(id: $id) { id order { name } } }"
    (entry,) = await shop.fulfillment_orders(shop.place())
    assert (await shop.data(document, id=entry["id"]))["fulfillmentOrder"]["order"]["name"] == "#1001"
    assert (await shop.data(document, id="gid://shopify/FulfillmentOrder/1"))["fulfillmentOrder"] is None
    (hidden,) = shop.simulator.fulfillment_orders(shop.place(settled=False))
    assert (await shop.data(document, id=hidden["id"]))["fulfillmentOrder"] is None
    shop.simulator.set_scopes(["read_orders"])
    assert (await shop.data(document, id=entry["id"]))["fulfillmentOrder"] is None


async def test_fulfillment_is_read_by_its_id(shop: Fixture) -> None:
    """With the fulfillment orders it came from."""
    made = (await shop.ship_all(shop.place()))["fulfillment"]["id"]
    document = "query($id: ID!) { fulfillment(id: $id) { name fulfillmentOrders(first: 1) { nodes { status } } } }"
    shown = (await shop.data(document, id=made))["fulfillment"]
    assert shown == {"name": "#1001-F1", "fulfillmentOrders": {"nodes": [{"status": "CLOSED"}]}}
    assert (await shop.data(document, id="gid://shopify/Fulfillment/1"))["fulfillment"] is None


async def test_held_and_assigned_fulfillment_orders_have_lists_of_their_own(shop: Fixture) -> None:
    """The one for merchants, the other for services."""
    held = shop.place()
    shop.simulator.hold(held)
    served = shop.place(lines=[{"sku": "B", "location_id": "gid://shopify/Location/70000003"}])
    shop.simulator.set_request_status(shop.simulator.fulfillment_orders(served)[0]["id"], "SUBMITTED")
    shop.simulator.set_scopes([*shop.simulator.shop.world.scopes, "read_assigned_fulfillment_orders"])
    document = """{ manualHoldsFulfillmentOrders(first: 5) { nodes { orderName } }
      assignedFulfillmentOrders(first: 5, assignmentStatus: FULFILLMENT_REQUESTED) { nodes { orderName } } }"""
    shown = await shop.data(document)
    assert shown["manualHoldsFulfillmentOrders"]["nodes"] == [{"orderName": "#1001"}]
    assert shown["assignedFulfillmentOrders"]["nodes"] == [{"orderName": "#1002"}]


async def test_locations_are_listed_and_found(shop: Fixture) -> None:
    """Two of the merchant's own, one of a service."""
    shown = await shop.data("{ locations(first: 5) { nodes { id name isFulfillmentService } } location { id } }")
    assert [row["isFulfillmentService"] for row in shown["locations"]["nodes"]] == [False, False, True]
    assert shown["location"]["id"] == RENO
    document = "query($q: String) { locations(first: 5, query: $q) { nodes { name } } }"
    found = (await shop.data(document, q="name:'Newark Warehouse'"))["locations"]["nodes"]
    assert found == [{"name": "Newark Warehouse"}]


@pytest.mark.parametrize(
    "document",
    [
        "{ locations(first: 1) { nodes { id } } }",
        "{ location { id } }",
        "{ inventoryItems(first: 1) { nodes { id } } }",
    ],
)
async def test_places_and_goods_need_their_scopes(shop: Fixture, document: str) -> None:
    """Unlike fulfillment orders they say so."""
    shop.simulator.set_scopes(["read_orders"])
    assert (await shop.refusal(document))["extensions"]["code"] == "ACCESS_DENIED"


async def test_stock_level_is_read_three_ways(shop: Fixture) -> None:
    """By its own id, by its item, by its location: the same numbers."""
    shop.place(lines=[{"sku": "MUG", "quantity": 2}])
    items = await shop.data("{ inventoryItems(first: 1) { nodes { id inventoryLevels(first: 1) { nodes { id } } } } }")
    (row,) = items["inventoryItems"]["nodes"]
    document = """query($l: ID!, $i: ID!, $p: ID!) {
      a: inventoryLevel(id: $l) { ...stock }
      b: inventoryItem(id: $i) { inventoryLevel(locationId: $p) { ...stock } }
      c: location(id: $p) { inventoryLevel(inventoryItemId: $i) { ...stock } } }
      fragment stock on InventoryLevel { quantities(names: ["available"]) { quantity } }"""
    shown = await shop.data(document, l=row["inventoryLevels"]["nodes"][0]["id"], i=row["id"], p=RENO)
    expected = {"quantities": [{"quantity": 998}]}
    assert shown["a"] == shown["b"]["inventoryLevel"] == shown["c"]["inventoryLevel"] == expected


async def test_versions_are_listed(shop: Fixture) -> None:
    """For a driver that wants to know before it is told."""
    shown = (await shop.data("{ publicApiVersions { handle supported } }"))["publicApiVersions"]
    assert [row["handle"] for row in shown] == ["2026-04", "2026-07", "2026-10"]


async def test_cost_is_the_same_however_it_is_written(shop: Fixture) -> None:
    """Fragments, edges and literals are no way around the price."""
    for _ in range(4):
        shop.place()
    plain = "{ orders(first: 10) { nodes { id shippingLine { title } lineItems(first: 5) { nodes { id } } } } }"
    fragment = """query($n: Int) { orders(first: $n) { nodes { ...o } } }
      fragment o on Order { id ... on Order { shippingLine { title } } lineItems(first: 5) { nodes { id } } }"""
    edges = "{ orders(first: 10) { edges { node { id shippingLine { title } lineItems(first: 5) { edges { node { id } } } } } } }"
    costs = [(await shop.ask(document, n=10))["extensions"]["cost"] for document in (plain, fragment, edges)]
    assert len({(cost["requestedQueryCost"], cost["actualQueryCost"]) for cost in costs}) == 1


async def test_dearest_branch_of_an_interface_counts(shop: Fixture) -> None:
    """A node may be anything, so it costs as much as the most that was asked of it."""
    document = """{ node(id: "gid://shopify/Order/1") { id ... on Order { shippingLine { title } billingAddress { zip } }
      ... on Location { address { zip } } } }"""
    assert (await shop.ask(document))["extensions"]["cost"]["requestedQueryCost"] == 3


async def test_order_keeps_its_object_until_it_changes(shop: Fixture) -> None:
    """Prepared objects must never be stale."""
    order = shop.place()
    document = "query($id: ID!) { order(id: $id) { note updatedAt displayFinancialStatus } }"
    assert (await shop.data(document, id=order))["order"]["displayFinancialStatus"] == "PAID"
    shop.simulator.set_financial_status(order, "REFUNDED")
    assert (await shop.data(document, id=order))["order"]["displayFinancialStatus"] == "REFUNDED"
