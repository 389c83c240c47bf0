"""Stock: reads, keyed writes, and stale comparisons."""

from typing import Any, TypeAlias

import pytest

# What conftest.py gives: it cannot be imported from here.
Fixture: TypeAlias = Any

SET = """mutation($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id changes { delta quantityAfterChange } } userErrors { code field message } } }"""
SET_UNKEYED = """mutation($input: InventorySetQuantitiesInput!) { inventorySetQuantities(input: $input) {
  userErrors { code } } }"""
ADJUST = """mutation($input: InventoryAdjustQuantitiesInput!) {
  inventoryAdjustQuantities(input: $input) @idempotent(key: "adjust") { userErrors { code } } }"""
ACTIVATE = """mutation($i: ID!, $l: ID!) { inventoryActivate(inventoryItemId: $i, locationId: $l, available: 3)
  @idempotent(key: "activate") { inventoryLevel { quantities(names: ["available"]) { quantity } } userErrors { message } } }"""
ITEM = """query($q: String) { inventoryItems(first: 5, query: $q) { nodes { id sku duplicateSkuCount
  inventoryLevels(first: 5) { nodes { location { id } quantities(names: ["available", "committed", "on_hand"]) { name quantity } } } } } }"""
RENO = "gid://shopify/Location/70000001"


async def item(shop: Fixture, sku: str = "MUG") -> tuple[str, dict[str, int]]:
    (row,) = (await shop.data(ITEM, q=f"sku:'{sku}'"))["inventoryItems"]["nodes"]
    level = next(each for each in row["inventoryLevels"]["nodes"] if each["location"]["id"] == RENO)
    return row["id"], {each["name"]: each["quantity"] for each in level["quantities"]}


def wish(item_id: str, quantity: int, compare: int | None = None, **more: Fixture) -> dict[str, Any]:
    entry = {"inventoryItemId": item_id, "locationId": RENO, "quantity": quantity, "changeFromQuantity": compare}
    return {"name": "available", "reason": "correction", "quantities": [entry], **more}


async def set_stock(shop: Fixture, wanted: dict[str, Any], key: str = "k1") -> dict[str, Any]:
    said: dict[str, Any] = (await shop.data(SET, input=wanted, key=key))["inventorySetQuantities"]
    return said


async def test_open_order_is_committed_not_available(shop: Fixture) -> None:
    """Publishing on_hand less open orders would subtract them twice."""
    order = shop.place(lines=[{"sku": "MUG", "quantity": 3}])
    assert (await item(shop))[1] == {"available": 997, "committed": 3, "on_hand": 1000}
    await shop.ship_all(order)
    assert (await item(shop))[1] == {"available": 997, "committed": 0, "on_hand": 997}


async def test_cancelled_order_gives_its_goods_back(shop: Fixture) -> None:
    """With restocking, at least."""
    shop.simulator.cancel(shop.place(lines=[{"sku": "MUG", "quantity": 3}]))
    assert (await item(shop))[1] == {"available": 1000, "committed": 0, "on_hand": 1000}


async def test_set_is_absolute(shop: Fixture) -> None:
    """And on_hand follows."""
    shop.place(lines=[{"sku": "MUG", "quantity": 3}])
    item_id, _ = await item(shop)
    said = await set_stock(shop, wish(item_id, 12, 997))
    assert said["inventoryAdjustmentGroup"]["changes"] == [{"delta": -985, "quantityAfterChange": 12}]
    assert (await item(shop))[1] == {"available": 12, "committed": 3, "on_hand": 15}


async def test_missing_directive_is_a_bad_request(shop: Fixture) -> None:
    """The schema allows it, the call fails at run time."""
    shop.place(lines=[{"sku": "MUG"}])
    item_id, before = await item(shop)
    error = await shop.refusal(SET_UNKEYED, input=wish(item_id, 1))
    assert error["extensions"]["code"] == "BAD_REQUEST"
    assert (await item(shop))[1] == before


async def test_missing_comparison_is_an_invalid_argument(shop: Fixture) -> None:
    """Null is an answer, absence is not: serialisers that strip nulls break here."""
    shop.place(lines=[{"sku": "MUG"}])
    item_id, _ = await item(shop)
    wanted = wish(item_id, 1)
    del wanted["quantities"][0]["changeFromQuantity"]
    error = await shop.refusal(SET, input=wanted, key="k1")
    assert error["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"


async def test_comparison_written_into_the_document_counts_too(shop: Fixture) -> None:
    """Literals are read like variables."""
    shop.place(lines=[{"sku": "MUG"}])
    item_id, _ = await item(shop)
    document = """mutation {{ inventorySetQuantities(input: {{name: "available", reason: "correction", quantities: [
      {{inventoryItemId: "{0}", locationId: "{1}", quantity: 4{2}}}]}}) @idempotent(key: "k") {{ userErrors {{ code }} }} }}"""
    assert (await shop.refusal(document.format(item_id, RENO, "")))["extensions"]["code"] == "INVALID_FIELD_ARGUMENTS"
    said = await shop.data(document.format(item_id, RENO, ", changeFromQuantity: null"))
    assert said["inventorySetQuantities"]["userErrors"] == []


async def test_stale_comparison_is_refused(shop: Fixture) -> None:
    """Somebody sold in between: read again, with a new key."""
    shop.place(lines=[{"sku": "MUG"}])
    item_id, before = await item(shop)
    said = await set_stock(shop, wish(item_id, 5, 1000))
    assert said["userErrors"][0]["code"] == "CHANGE_FROM_QUANTITY_STALE"
    assert said["userErrors"][0]["field"] == ["input", "quantities", "0", "changeFromQuantity"]
    assert (await item(shop))[1] == before


async def test_same_key_replays_the_first_answer(shop: Fixture) -> None:
    """A repeat after a lost answer changes nothing, even when the world moved on."""
    shop.place(lines=[{"sku": "MUG"}])
    item_id, _ = await item(shop)
    first = await set_stock(shop, wish(item_id, 12))
    await set_stock(shop, wish(item_id, 40), key="k2")
    assert await set_stock(shop, wish(item_id, 12)) == first
    assert (await item(shop))[1]["available"] == 40


async def test_same_key_with_other_input_is_refused(shop: Fixture) -> None:
    """That is a bug of the client."""
    shop.place(lines=[{"sku": "MUG"}])
    item_id, _ = await item(shop)
    await set_stock(shop, wish(item_id, 12))
    said = await set_stock(shop, wish(item_id, 13))
    assert said["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_PARAMETER_MISMATCH"


async def test_key_is_forgotten_after_a_day(shop: Fixture, clock: Fixture) -> None:
    """After that it protects no more."""
    shop.place(lines=[{"sku": "MUG"}])
    item_id, _ = await item(shop)
    await set_stock(shop, wish(item_id, 12))
    clock.advance(24 * 3600 + 1)
    assert (await set_stock(shop, wish(item_id, 13)))["userErrors"] == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "committed"}, "INVALID_NAME"),
        ({"reason": "because"}, "INVALID_REASON"),
        ({"quantity": -1}, "INVALID_QUANTITY_NEGATIVE"),
        ({"quantity": 2_000_000_000}, "INVALID_QUANTITY_TOO_HIGH"),
        ({"inventoryItemId": "gid://shopify/InventoryItem/1"}, "INVALID_INVENTORY_ITEM"),
        ({"locationId": "gid://shopify/Location/1"}, "INVALID_LOCATION"),
    ],
)
async def test_bad_set_is_refused_with_its_code(shop: Fixture, changes: dict[str, Any], code: str) -> None:
    """Each of the typed codes."""
    shop.place(lines=[{"sku": "MUG"}])
    item_id, before = await item(shop)
    wanted = wish(item_id, 5)
    for name, value in changes.items():
        (wanted if name in wanted else wanted["quantities"][0])[name] = value
    assert (await set_stock(shop, wanted))["userErrors"][0]["code"] == code
    assert (await item(shop))[1] == before


async def test_one_bad_element_fails_the_whole_call(shop: Fixture) -> None:
    """All or nothing."""
    shop.place(lines=[{"sku": "MUG"}])
    item_id, before = await item(shop)
    wanted = wish(item_id, 5)
    wanted["quantities"].append({**wanted["quantities"][0], "inventoryItemId": "gid://shopify/InventoryItem/1"})
    said = await set_stock(shop, wanted)
    assert said["userErrors"][0]["field"][:3] == ["input", "quantities", "1"]
    assert (await item(shop))[1] == before


async def test_same_pair_twice_is_refused(shop: Fixture) -> None:
    """Which of the two would win?"""
    shop.place(lines=[{"sku": "MUG"}])
    item_id, _ = await item(shop)
    wanted = wish(item_id, 5)
    wanted["quantities"] *= 2
    said = await set_stock(shop, wanted)
    assert said["userErrors"][0]["code"] == "NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR"


async def test_adjustment_is_a_delta_under_a_key(shop: Fixture) -> None:
    """A repeat with the same key changes nothing more."""
    shop.place(lines=[{"sku": "MUG"}])
    item_id, _ = await item(shop)
    change = {"delta": -9, "inventoryItemId": item_id, "locationId": RENO, "changeFromQuantity": None}
    wanted = {"name": "available", "reason": "shrinkage", "changes": [change]}
    for _ in range(2):
        assert (await shop.data(ADJUST, input=wanted))["inventoryAdjustQuantities"]["userErrors"] == []
    assert (await item(shop))[1]["available"] == 990


async def test_ledger_document_is_for_other_names_only(shop: Fixture) -> None:
    """Forbidden for available, required for the rest."""
    shop.place(lines=[{"sku": "MUG"}])
    item_id, _ = await item(shop)
    change = {
        "delta": 1,
        "inventoryItemId": item_id,
        "locationId": RENO,
        "changeFromQuantity": None,
        "ledgerDocumentUri": "x://1",
    }
    said = await shop.data(ADJUST, input={"name": "available", "reason": "other", "changes": [change]})
    assert said["inventoryAdjustQuantities"]["userErrors"][0]["code"] == "INVALID_AVAILABLE_DOCUMENT"


async def test_stock_without_its_scope_is_denied(shop: Fixture) -> None:
    """Reading orders is not writing stock."""
    shop.place(lines=[{"sku": "MUG"}])
    item_id, _ = await item(shop)
    shop.simulator.set_scopes(["read_orders", "read_inventory"])
    error = await shop.refusal(SET, input=wish(item_id, 1), key="k")
    assert error["extensions"]["code"] == "ACCESS_DENIED"


async def test_activation_keeps_what_is_stocked(shop: Fixture) -> None:
    """An item that is there already keeps its quantity; an unknown one is refused."""
    shop.place(lines=[{"sku": "MUG"}])
    item_id, _ = await item(shop)
    said = (await shop.data(ACTIVATE, i=item_id, l=RENO))["inventoryActivate"]
    assert said["inventoryLevel"]["quantities"] == [{"quantity": 999}]
    said = await shop.data(ACTIVATE.replace('"activate"', '"other"'), i="gid://shopify/InventoryItem/1", l=RENO)
    assert said["inventoryActivate"]["userErrors"]
