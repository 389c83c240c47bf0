"""Cost, bucket, and how throttling looks."""

from typing import Any, TypeAlias

import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox.shopify import ShopifySimulator

# What conftest.py gives: it cannot be imported from here.
Fixture: TypeAlias = Any

WIDE = """{ orders(first: %d) { nodes { id
  lineItems(first: 250) { nodes { id originalUnitPriceSet { shopMoney { amount } presentmentMoney { amount } }
    variant { id inventoryItem { id measurement { weight { value } } } } } }
  fulfillmentOrders(first: 250) { nodes { id lineItems(first: 250) { nodes { id
    lineItem { id originalUnitPriceSet { shopMoney { amount } } variant { product { id } inventoryItem { id unitCost { amount } } } }
    weight { value } } } } } } } }"""


async def cost(shop: Fixture, document: str, **variables: Fixture) -> dict[str, Any]:
    found: dict[str, Any] = (await shop.ask(document, **variables))["extensions"]["cost"]
    return found


async def test_scalar_is_free_and_object_costs_one(shop: Fixture) -> None:
    """The two documented prices."""
    assert (await cost(shop, "{ shop { name email plan { displayName } } }"))["requestedQueryCost"] == 2


async def test_mutation_costs_ten_and_its_payload(shop: Fixture) -> None:
    """The documented price of a mutation."""
    document = 'mutation { fulfillmentCancel(id: "gid://shopify/Fulfillment/1") { userErrors { message } } }'
    assert (await cost(shop, document))["requestedQueryCost"] == 11


async def test_connection_meets_the_public_figure(shop: Fixture) -> None:
    """A product with 250 variants and their items costs 25 where multiplying gives 503 (field guide §5.1)."""
    document = "{ location { inventoryLevels(first: 250) { nodes { item { id } } } } }"
    assert (await cost(shop, document))["requestedQueryCost"] == 25


@pytest.mark.parametrize("first", [2, 10, 50, 250])
async def test_connection_is_cheaper_than_multiplying(shop: Fixture, first: int) -> None:
    """A client that multiplies would starve itself."""
    document = "query($n: Int) { orders(first: $n) { nodes { lineItems(first: 20) { nodes { id } } } } }"
    asked = (await cost(shop, document, n=first))["requestedQueryCost"]
    assert asked < 2 + first * (1 + 2 + 20)


async def test_unused_part_is_given_back(shop: Fixture) -> None:
    """What was asked for must fit before; what was found is charged."""
    shop.place()
    said = await cost(shop, "{ orders(first: 100) { nodes { id lineItems(first: 50) { nodes { id } } } } }")
    assert said["actualQueryCost"] < said["requestedQueryCost"]
    assert said["throttleStatus"]["currentlyAvailable"] == 2000 - said["actualQueryCost"]
    assert (said["throttleStatus"]["maximumAvailable"], said["throttleStatus"]["restoreRate"]) == (2000, 100)


async def test_every_answer_says_its_cost_even_an_error(shop: Fixture) -> None:
    """A client feeds its model from each of them."""
    shop.simulator.set_scopes([])
    assert "cost" in (await shop.ask("{ orders(first: 1) { nodes { id } } }"))["extensions"]


async def test_throttled_call_is_a_200_without_data_and_does_not_run(shop: Fixture) -> None:
    """Not a 429; the call may be repeated, mutations too."""
    order = shop.place()
    entry = (await shop.fulfillment_orders(order))[0]
    shop.simulator.drain_bucket()
    answer = await shop.post(
        "mutation($f: FulfillmentInput!) { fulfillmentCreate(fulfillment: $f) { userErrors { message } } }",
        {"f": {"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": entry["id"]}]}},
    )
    assert answer.status_code == 200
    assert answer.json()["errors"] == [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
    assert "data" not in answer.json()
    assert shop.simulator.counts()["fulfillments"] == 0


async def test_wait_computed_from_the_answer_is_long_enough(shop: Fixture, clock: ManualClock) -> None:
    """The numbers in the refusal tell exactly when the same query runs."""
    shop.simulator.drain_bucket()
    document = "{ orders(first: 50) { nodes { id } } }"
    said = await cost(shop, document)
    missing = said["requestedQueryCost"] - said["throttleStatus"]["currentlyAvailable"]
    clock.advance(missing / said["throttleStatus"]["restoreRate"] - 0.01)
    assert "errors" in await shop.ask(document)
    clock.advance(0.01)
    assert "errors" not in await shop.ask(document)


async def test_query_above_the_ceiling_never_runs(shop: Fixture) -> None:
    """It is permanent for the document: only a smaller page helps."""
    error = await shop.refusal(WIDE % 250)
    assert error["extensions"]["code"] == "MAX_COST_EXCEEDED"
    assert error["extensions"]["maxCost"] == 1000
    assert error["extensions"]["cost"] > 1000
    assert "errors" not in await shop.ask(WIDE % 1)


async def test_raised_limits_are_said_and_never_throttle(clock: ManualClock, reopen: Fixture) -> None:
    """A throughput run says that it does not run under the real limits."""
    simulator = ShopifySimulator(clock=clock, limits=False)
    assert simulator.describe()["limits"] == "raised"
    assert ShopifySimulator(clock=clock).describe()["limits"] == "real"
    client = type(reopen(simulator.store, clock))(simulator, clock)
    for _ in range(30):
        assert "errors" not in await client.ask("{ orders(first: 250) { nodes { id } } }")
