"""Searching, paging, lagging."""

from typing import Any, TypeAlias

import pytest

from cartcarrier.sandbox.shopify import ShopifySimulator

# What conftest.py gives: it cannot be imported from here.
Fixture: TypeAlias = Any

ORDERS = """query($q: String, $n: Int, $after: String, $key: OrderSortKeys, $back: Boolean) {
  orders(first: $n, after: $after, query: $q, sortKey: $key, reverse: $back) {
    pageInfo { hasNextPage endCursor } nodes { id name updatedAt } edges { cursor node { id } } } }"""


async def names(shop: Fixture, query: str | None, **more: Fixture) -> list[str]:
    rows = (await shop.data(ORDERS, q=query, n=50, **more))["orders"]["nodes"]
    return [row["name"] for row in rows]


async def test_page_is_followed_by_its_cursor(shop: Fixture) -> None:
    """Every order is met once when nothing moves."""
    placed = [shop.place() for _ in range(5)]
    found: list[str] = []
    after = None
    while True:
        page = (await shop.data(ORDERS, n=2, after=after))["orders"]
        found += [row["id"] for row in page["nodes"]]
        assert [edge["node"]["id"] for edge in page["edges"]] == [row["id"] for row in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert found == placed


async def test_reverse_runs_from_the_newest(shop: Fixture) -> None:
    """And its cursors lead on in that direction."""
    placed = [shop.place() for _ in range(3)]
    page = (await shop.data(ORDERS, n=2, key="ID", back=True))["orders"]
    rest = (await shop.data(ORDERS, n=2, key="ID", back=True, after=page["pageInfo"]["endCursor"]))["orders"]
    assert [row["id"] for row in page["nodes"] + rest["nodes"]] == placed[::-1]


async def test_cursor_of_another_query_is_refused(shop: Fixture) -> None:
    """A cursor belongs to its query and sort."""
    shop.place()
    cursor = (await shop.data(ORDERS, n=1))["orders"]["pageInfo"]["endCursor"]
    assert "cursor" in (await shop.refusal(ORDERS, n=1, after=cursor, q="status:open"))["message"].lower()
    assert "cursor" in (await shop.refusal(ORDERS, n=1, after=cursor, key="UPDATED_AT"))["message"].lower()
    assert "cursor" in (await shop.refusal(ORDERS, n=1, after="garbage"))["message"].lower()


@pytest.mark.parametrize(
    "arguments", ["", "first: 251", "first: 2, last: 2", "first: -1"], ids=["none", "too many", "both", "negative"]
)
async def test_page_size_is_checked(shop: Fixture, arguments: str) -> None:
    """At most 250, from one side, and never left out."""
    brackets = f"({arguments})" if arguments else ""
    assert await shop.refusal(f"{{ orders{brackets} {{ nodes {{ id }} }} }}")


async def test_two_hundred_and_fifty_is_allowed(shop: Fixture) -> None:
    """The limit itself is inside."""
    await shop.data(ORDERS, n=250)


async def test_updated_at_window_is_half_open_as_written(shop: Fixture, clock: Fixture) -> None:
    """The polling window of a driver."""
    for _ in range(3):
        shop.place()
        clock.advance(60)
    window = "updated_at:>='2026-11-24T09:01:00Z' updated_at:<'2026-11-24T09:02:00Z'"
    assert await names(shop, window) == ["#1002"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("status:open", ["#1001", "#1003", "#1004"]),
        ("status:cancelled", ["#1002"]),
        ("fulfillment_status:shipped", ["#1003"]),
        ("status:open fulfillment_status:unshipped", ["#1001", "#1004"]),
        ("fulfillment_status:shipped OR status:cancelled", ["#1002", "#1003"]),
        ("status:open (fulfillment_status:shipped OR fulfillment_status:on_hold)", ["#1003", "#1004"]),
        ("-status:cancelled NOT fulfillment_status:shipped", ["#1001", "#1004"]),
        ("name:#1002", ["#1002"]),
        ("name:1002", ["#1002"]),
        ("fulfillment_status:on_hold", ["#1004"]),
        ("created_at:2026-11-24", ["#1001", "#1002", "#1003", "#1004"]),
        ("created_at:<'2026-11-24'", []),
        ("financial_status:refunded", ["#1002"]),
        ("sku:MUG-RED-01 name:1001", ["#1001"]),
    ],
)
async def test_filters_of_the_allow_list_work(shop: Fixture, query: str, expected: list[str]) -> None:
    """Those that a driver builds its searches from."""
    _plain, cancelled, shipped, held = [shop.place() for _ in range(4)]
    shop.simulator.cancel(cancelled)
    await shop.ship_all(shipped)
    shop.simulator.hold(held)
    shop.clock.advance(1)
    assert await names(shop, query) == expected


async def test_id_filter_takes_a_range(shop: Fixture) -> None:
    """Numbers, not global ids, are compared."""
    first, second = shop.place(), shop.place()
    assert await names(shop, f"id:>{first.rpartition('/')[2]}") == ["#1002"]
    assert await names(shop, f"id:{second.rpartition('/')[2]}") == ["#1002"]


async def test_unknown_filter_is_ignored_without_an_error(shop: Fixture) -> None:
    """Everything comes back: a misspelt filter is dangerous, so the simulator is too."""
    shop.place()
    shop.place()
    assert await names(shop, "updatd_at:>='2030-01-01' fulfilment_status:shipped") == ["#1001", "#1002"]


async def test_search_lags_behind_a_change_and_reading_by_id_does_not(shop: Fixture, clock: Fixture) -> None:
    """The index is seconds old; the object is not."""
    order = shop.place()
    clock.advance(60)
    shop.simulator.edit_address(order, address1="5 New St")
    late = "updated_at:>='2026-11-24T09:01:00Z'"
    assert await names(shop, late) == []
    assert (await shop.order(order))["shippingAddress"]["address1"] == "5 New St"
    clock.advance(1)
    assert await names(shop, late) == ["#1001"]


async def test_new_order_that_is_not_settled_is_unsearchable_for_the_lag(shop: Fixture, clock: Fixture) -> None:
    """A poll right behind the order's birth misses it."""
    shop.place(settled=False)
    assert await names(shop, None) == []
    clock.advance(1)
    assert await names(shop, None) == ["#1001"]


async def test_lag_is_configurable(clock: Fixture, reopen: Fixture) -> None:
    """Minutes have been seen."""
    simulator = ShopifySimulator(clock=clock, search_lag=120)
    client = type(reopen(simulator.store, clock))(simulator, clock)
    client.place(settled=False)
    clock.advance(119)
    assert await names(client, None) == []
    clock.advance(1)
    assert await names(client, None) == ["#1001"]


async def test_order_that_changes_during_the_walk_comes_twice(shop: Fixture, clock: Fixture) -> None:
    """A moving window gives duplicate rows; a client must drop them."""
    first, second = shop.place(), shop.place()
    page = (await shop.data(ORDERS, n=1, key="UPDATED_AT"))["orders"]
    clock.advance(10)
    shop.simulator.edit_address(first, city="Elsewhere")
    clock.advance(1)
    rest = (await shop.data(ORDERS, n=5, key="UPDATED_AT", after=page["pageInfo"]["endCursor"]))["orders"]
    assert [row["id"] for row in rest["nodes"]] == [second, first]


async def test_fulfillment_orders_appear_only_after_routing(shop: Fixture, clock: Fixture) -> None:
    """Routing is asynchronous: an empty list is not a digital order."""
    order = shop.place(settled=False)
    assert await shop.fulfillment_orders(order) == []
    clock.advance(29)
    assert await shop.fulfillment_orders(order) == []
    clock.advance(1)
    assert len(await shop.fulfillment_orders(order)) == 1


async def test_fulfillment_orders_have_a_poll_of_their_own(shop: Fixture, clock: Fixture) -> None:
    """Holds are found by it, and only by it."""
    order = shop.place()
    clock.advance(60)
    shop.simulator.hold(order)
    document = """query($q: String) { fulfillmentOrders(first: 10, query: $q, includeClosed: true, sortKey: UPDATED_AT) {
      nodes { orderName status } } }"""
    rows = (await shop.data(document, q="updated_at:>='2026-11-24T09:01:00Z'"))["fulfillmentOrders"]["nodes"]
    assert rows == [{"orderName": "#1001", "status": "ON_HOLD"}]


async def test_closed_fulfillment_orders_come_only_when_asked_for(shop: Fixture) -> None:
    """The default leaves them out."""
    await shop.ship_all(shop.place())
    document = "query($c: Boolean) { fulfillmentOrders(first: 10, includeClosed: $c) { nodes { status } } }"
    assert (await shop.data(document, c=False))["fulfillmentOrders"]["nodes"] == []
    assert (await shop.data(document, c=True))["fulfillmentOrders"]["nodes"] == [{"status": "CLOSED"}]


async def test_node_finds_objects_by_their_kind(shop: Fixture) -> None:
    """And nothing under a foreign kind of id."""
    order = shop.place()
    document = "query($id: ID!) { node(id: $id) { __typename id ... on Order { name } } }"
    assert (await shop.data(document, id=order))["node"] == {"__typename": "Order", "id": order, "name": "#1001"}
    assert (await shop.data(document, id=order.replace("/Order/", "/Fulfillment/")))["node"] is None
    assert (await shop.refusal(document, id="1001"))["message"]


async def test_count_says_how_exact_it_is(shop: Fixture) -> None:
    """A count at its limit is not a total."""
    for _ in range(3):
        shop.place()
    document = "query($n: Int) { ordersCount(limit: $n) { count precision } }"
    assert (await shop.data(document, n=2))["ordersCount"] == {"count": 2, "precision": "AT_LEAST"}
    assert (await shop.data(document, n=9))["ordersCount"] == {"count": 3, "precision": "EXACT"}
