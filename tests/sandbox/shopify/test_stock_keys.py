"""Stock, second part: keys that were used, articles that share a SKU, places that refuse."""

from typing import Any, TypeAlias

import pytest

# What conftest.py gives: it cannot be imported from here.
Fixture: TypeAlias = Any

SET = """mutation($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id } userErrors { code field } } }"""
ADJUST = """mutation($input: InventoryAdjustQuantitiesInput!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: "adjust") { userErrors { code } } }"""
ACTIVATE = """mutation($i: ID!, $l: ID!, $a: Int, $o: Int, $k: String!) {
  inventoryActivate(inventoryItemId: $i, locationId: $l, available: $a, onHand: $o) @idempotent(key: $k) {
    inventoryLevel { quantities(names: ["available", "on_hand"]) { quantity } } userErrors { message } } }"""
FIND = """query($q: String) { inventoryItems(first: 10, query: $q) { nodes { id sku tracked duplicateSkuCount
  inventoryLevels(first: 5) { nodes { location { id } quantities(names: ["available"]) { quantity } } } } } }"""
RENO, NEWARK, ACME = (f"gid://shopify/Location/7000000{each}" for each in (1, 2, 3))


def wish(item: str, quantity: int, place: str = RENO, **more: Fixture) -> dict[str, Any]:
    entry = {"inventoryItemId": item, "locationId": place, "quantity": quantity, "changeFromQuantity": None}
    return {"name": "available", "reason": "correction", "quantities": [entry], **more}


async def put(shop: Fixture, wanted: dict[str, Any], key: str = "k1") -> dict[str, Any]:
    said: dict[str, Any] = (await shop.data(SET, input=wanted, key=key))["inventorySetQuantities"]
    return said


async def available(shop: Fixture, sku: str = "MUG") -> list[int]:
    rows = (await shop.data(FIND, q=f"sku:'{sku}'"))["inventoryItems"]["nodes"]
    return [level["quantities"][0]["quantity"] for row in rows for level in row["inventoryLevels"]["nodes"]]


async def test_repeat_while_the_first_call_runs_must_wait(shop: Fixture, clock: Fixture) -> None:
    """Same key, a few seconds later: then the first answer."""
    item = shop.simulator.add_item("MUG", available=5, locations=[RENO])
    shop.simulator.keep_keys_busy(5)
    first = await put(shop, wish(item, 12))
    said = await put(shop, wish(item, 12))
    assert said["userErrors"][0]["code"] == "IDEMPOTENCY_CONCURRENT_REQUEST"
    clock.advance(5)
    assert await put(shop, wish(item, 12)) == first
    assert await available(shop) == [12]


async def test_key_of_a_call_that_broke_is_used_up(shop: Fixture) -> None:
    """An internal error before the effect: the state is looked at, then a new key."""
    item = shop.simulator.add_item("MUG", available=5, locations=[RENO])
    shop.simulator.break_down("inventorySetQuantities")
    assert (await shop.refusal(SET, input=wish(item, 12), key="k1"))["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    said = await put(shop, wish(item, 12))
    assert said["userErrors"][0]["code"] == "IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED"
    assert await available(shop) == [5]
    assert (await put(shop, wish(item, 12), key="k2"))["userErrors"] == []
    assert await available(shop) == [12]


async def test_key_of_a_call_that_broke_after_its_effect_replays(shop: Fixture) -> None:
    """The answer was lost, not the work: the same key gives it."""
    item = shop.simulator.add_item("MUG", available=5, locations=[RENO])
    shop.simulator.break_down("inventorySetQuantities", after=True)
    await shop.refusal(SET, input=wish(item, 12), key="k1")
    assert await available(shop) == [12]
    said = await put(shop, wish(item, 12))
    assert said["userErrors"] == []
    assert said["inventoryAdjustmentGroup"] is not None


async def test_sku_is_not_unique(shop: Fixture) -> None:
    """Setting the stock of an ambiguous SKU would set the wrong article's."""
    shop.simulator.add_item("MUG", available=1, locations=[RENO])
    shop.simulator.add_item("MUG", available=2, locations=[RENO])
    rows = (await shop.data(FIND, q="sku:'MUG'"))["inventoryItems"]["nodes"]
    assert [row["duplicateSkuCount"] for row in rows] == [1, 1]


async def test_search_for_a_sku_finds_more_than_the_sku(shop: Fixture) -> None:
    """Word by word and whatever the case: clients compare the SKU themselves."""
    for sku in ("MUG-RED", "mug-red-01", "MUG", "RED-MUG"):
        shop.simulator.add_item(sku)
    rows = (await shop.data(FIND, q="sku:'MUG-RED'"))["inventoryItems"]["nodes"]
    assert [row["sku"] for row in rows] == ["MUG-RED", "mug-red-01"]


@pytest.mark.parametrize("problem", ["not stocked", "inactive", "service's"])
async def test_place_that_takes_no_stock_is_refused(shop: Fixture, problem: str) -> None:
    """Not stocked there, deactivated, or somebody else's shelf."""
    place = {"not stocked": NEWARK, "inactive": RENO, "service's": ACME}[problem]
    item = shop.simulator.add_item("MUG", available=5, locations=[RENO, ACME])
    if problem == "inactive":
        shop.simulator.set_location_active(RENO, active=False)
    said = await put(shop, wish(item, 12, place))
    assert said["userErrors"] == [{"code": "INVALID_LOCATION", "field": ["input", "quantities", "0", "locationId"]}]
    assert await available(shop) == [5, 5]


async def test_service_sets_the_stock_of_its_own_place(shop: Fixture) -> None:
    """The location of a fulfillment service belongs to that service."""
    item = shop.simulator.add_item("MUG", available=5, locations=[ACME])
    shop.simulator.set_scopes([*shop.simulator.shop.world.scopes, "write_assigned_fulfillment_orders"])
    assert (await put(shop, wish(item, 12, ACME)))["userErrors"] == []
    assert await available(shop) == [12]


async def test_parent_of_a_bundle_cannot_be_set(shop: Fixture) -> None:
    """Its stock follows from its parts."""
    item = shop.simulator.add_item("SET-1", available=5, locations=[RENO], mutable=False)
    assert (await put(shop, wish(item, 12)))["userErrors"][0]["code"] == "NON_MUTABLE_INVENTORY_ITEM"


async def test_reference_document_must_be_an_address(shop: Fixture) -> None:
    """A free text is refused."""
    item = shop.simulator.add_item("MUG", locations=[RENO])
    said = await put(shop, wish(item, 12, referenceDocumentUri="stock sync of Tuesday"))
    assert said["userErrors"][0]["code"] == "INVALID_REFERENCE_DOCUMENT"
    said = await put(shop, wish(item, 12, referenceDocumentUri="cartcarrier://stock-sync/1"), key="k2")
    assert said["userErrors"] == []


async def test_more_than_250_elements_never_run(shop: Fixture) -> None:
    """The limit of every input array."""
    item = shop.simulator.add_item("MUG", locations=[RENO])
    wanted = wish(item, 1)
    wanted["quantities"] *= 251
    error = await shop.refusal(SET, input=wanted, key="k")
    assert error["extensions"]["code"] == "MAX_INPUT_SIZE_EXCEEDED"


async def test_adjustment_below_the_floor_is_refused(shop: Fixture) -> None:
    """Available may be negative, but not endlessly."""
    item = shop.simulator.add_item("MUG", locations=[RENO])
    change = {"delta": -2_000_000_000, "inventoryItemId": item, "locationId": RENO, "changeFromQuantity": None}
    said = await shop.data(ADJUST, input={"name": "available", "reason": "other", "changes": [change]})
    assert said["inventoryAdjustQuantities"]["userErrors"] == [{"code": "INVALID_QUANTITY_TOO_LOW"}]


async def test_adjustment_with_a_stale_comparison_is_refused(shop: Fixture) -> None:
    """Like the absolute one."""
    item = shop.simulator.add_item("MUG", available=5, locations=[RENO])
    change = {"delta": -1, "inventoryItemId": item, "locationId": RENO, "changeFromQuantity": 6}
    said = await shop.data(ADJUST, input={"name": "available", "reason": "other", "changes": [change]})
    assert said["inventoryAdjustQuantities"]["userErrors"] == [{"code": "CHANGE_FROM_QUANTITY_STALE"}]
    assert await available(shop) == [5]


async def test_item_is_activated_where_it_was_not_stocked(shop: Fixture) -> None:
    """Then it can be set; a repeat with the key changes nothing."""
    item = shop.simulator.add_item("MUG", available=5, locations=[RENO])
    for _ in range(2):
        said = (await shop.data(ACTIVATE, i=item, l=NEWARK, a=7, k="a"))["inventoryActivate"]
        assert said["inventoryLevel"]["quantities"] == [{"quantity": 7}, {"quantity": 7}]
    assert (await put(shop, wish(item, 12, NEWARK)))["userErrors"] == []
    assert await available(shop) == [5, 12]


@pytest.mark.parametrize("problem", ["both", "negative", "inactive", "other input"])
async def test_bad_activation_is_refused(shop: Fixture, problem: str) -> None:
    """And the item is stocked nowhere new."""
    item = shop.simulator.add_item("MUG", available=5, locations=[RENO])
    given: dict[str, Any] = {"i": item, "l": NEWARK, "a": 1, "k": "a"}
    if problem == "both":
        given["o"] = 1
    elif problem == "negative":
        given["a"] = -1
    elif problem == "inactive":
        shop.simulator.set_location_active(NEWARK, active=False)
    else:
        await shop.data(ACTIVATE, **{**given, "l": RENO})
    said = (await shop.data(ACTIVATE, **given))["inventoryActivate"]
    assert said["userErrors"]
    assert await available(shop) == [5]


async def test_activation_without_a_key_is_a_bad_request(shop: Fixture) -> None:
    """Mandatory since 2026-04."""
    item = shop.simulator.add_item("MUG", locations=[RENO])
    document = "mutation($i: ID!, $l: ID!) { inventoryActivate(inventoryItemId: $i, locationId: $l) { userErrors { message } } }"
    assert (await shop.refusal(document, i=item, l=NEWARK))["extensions"]["code"] == "BAD_REQUEST"
