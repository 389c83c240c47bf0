"""Bulk operations: rules, states, files."""

import json
from typing import Any, TypeAlias

import httpx
import pytest

# What conftest.py gives: it cannot be imported from here.
Fixture: TypeAlias = Any

RUN = """mutation($q: String!, $g: Boolean! = false) { bulkOperationRunQuery(query: $q, groupObjects: $g) {
  bulkOperation { id status url } userErrors { code field message } } }"""
POLL = """query($id: ID!) { bulkOperation(id: $id) {
  status errorCode objectCount rootObjectCount fileSize url partialDataUrl completedAt query type } }"""
CANCEL = "mutation($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { status } userErrors { message } } }"
ORDERS = "{ orders { edges { node { id name lineItems { edges { node { id sku quantity } } } } } } }"


async def run(shop: Fixture, query: str = ORDERS, *, grouped: bool = False) -> dict[str, Any]:
    said: dict[str, Any] = (await shop.data(RUN, q=query, g=grouped))["bulkOperationRunQuery"]
    return said


async def started(shop: Fixture, query: str = ORDERS, *, grouped: bool = False) -> str:
    said = await run(shop, query, grouped=grouped)
    assert said["userErrors"] == []
    number: str = said["bulkOperation"]["id"]
    return number


async def poll(shop: Fixture, number: str) -> dict[str, Any]:
    shown: dict[str, Any] = (await shop.data(POLL, id=number))["bulkOperation"]
    return shown


async def fetch(shop: Fixture, url: str, **headers: str) -> httpx.Response:
    """Get a file as anybody can who has its address."""
    answer: httpx.Response = await shop.http.get(url, headers=headers)
    return answer


async def lines(shop: Fixture, url: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (await fetch(shop, url)).text.splitlines()]


async def test_operation_runs_by_itself_and_leaves_a_file(shop: Fixture, clock: Fixture) -> None:
    """Created, running, completed; then there is an address below the same host."""
    shop.place(lines=[{"sku": "A", "quantity": 2}, {"sku": "B"}])
    shop.place(lines=[{"sku": "C"}])
    clock.advance(5)
    said = await run(shop)
    assert said["bulkOperation"]["status"] == "CREATED"
    number = said["bulkOperation"]["id"]
    assert (await poll(shop, number))["status"] == "RUNNING"
    clock.advance(3)
    done = await poll(shop, number)
    assert (done["status"], done["errorCode"], done["partialDataUrl"]) == ("COMPLETED", None, None)
    assert (done["objectCount"], done["rootObjectCount"], done["type"]) == ("5", "2", "QUERY")
    assert done["url"].startswith("https://cartcarrier-sandbox.myshopify.com/")
    answer = await fetch(shop, done["url"])
    assert answer.status_code == 200
    assert len(answer.content) == int(done["fileSize"])


async def test_children_follow_their_parents_but_not_at_once(shop: Fixture, clock: Fixture) -> None:
    """Whoever expects them adjacent loses lines; grouping is asked for."""
    first = shop.place(lines=[{"sku": "A"}, {"sku": "B"}])
    second = shop.place(lines=[{"sku": "C"}])
    clock.advance(5)
    loose, grouped = await started(shop), await started(shop, grouped=True)
    clock.advance(3)
    rows = await lines(shop, (await poll(shop, loose))["url"])
    assert [row.get("sku") for row in rows] == [None, None, "A", "B", "C"]
    assert [row.get("__parentId") for row in rows] == [None, None, first, first, second]
    assert all("lineItems" not in row for row in rows)
    rows = await lines(shop, (await poll(shop, grouped))["url"])
    assert [row.get("sku") for row in rows] == [None, "A", "B", None, "C"]


async def test_file_is_whole_beyond_any_page(shop: Fixture, clock: Fixture) -> None:
    """No pages, no ``first``: that is what bulk is for."""
    shop.simulator.seed_orders(260)
    clock.advance(5)
    number = await started(shop, "{ orders { edges { node { id } } } }")
    clock.advance(3)
    assert (await poll(shop, number))["objectCount"] == "260"


async def test_nothing_found_is_no_file(shop: Fixture, clock: Fixture) -> None:
    """The address is null, and that is no failure."""
    number = await started(shop)
    clock.advance(3)
    done = await poll(shop, number)
    assert (done["status"], done["url"], done["objectCount"]) == ("COMPLETED", None, "0")


async def test_file_needs_no_token_and_takes_none(shop: Fixture, clock: Fixture) -> None:
    """A token sent to a storage address is a token given away."""
    shop.place()
    clock.advance(5)
    number = await started(shop)
    clock.advance(3)
    url = (await poll(shop, number))["url"]
    assert (await fetch(shop, url)).status_code == 200
    assert (await fetch(shop, url, **{"X-Shopify-Access-Token": shop.token})).status_code == 400
    assert (await fetch(shop, url.replace("/bulk/", "/bulk/0"))).status_code == 404


async def test_file_is_gone_after_a_week(shop: Fixture, clock: Fixture) -> None:
    """The operation says that it has expired."""
    shop.place()
    clock.advance(5)
    number = await started(shop)
    clock.advance(3)
    url = (await poll(shop, number))["url"]
    clock.advance(7 * 24 * 3600)
    shown = await poll(shop, number)
    assert (shown["status"], shown["url"]) == ("EXPIRED", None)
    assert (await fetch(shop, url)).status_code == 404


async def test_sixth_operation_at_a_time_is_refused(shop: Fixture, clock: Fixture) -> None:
    """Five run side by side; when one has ended, another may start."""
    for _ in range(5):
        await started(shop)
    said = await run(shop)
    assert said["bulkOperation"] is None
    assert said["userErrors"][0]["code"] == "LIMIT_REACHED"
    clock.advance(3)
    await started(shop)


@pytest.mark.parametrize(
    "query",
    [
        "{ orders { edges { node { id nonsense } } } }",
        "{ orders {",
        "{ shop { name } }",
        'mutation { fulfillmentCancel(id: "x") { userErrors { message } } }',
        '{ nodes(ids: ["gid://shopify/Order/1"]) { ... on Order { lineItems { edges { node { id } } } } } }',
        "{ orders { edges { node { name lineItems { edges { node { sku } } } } } } }",
        "{ orders { edges { node { id fulfillmentOrders { edges { node { id lineItems { edges { node { id } } } } } } } } } }",
        (
            "{ orders { edges { node { id lineItems { edges { node { id } } } fulfillmentOrders { edges { node { id } } }"
            " shippingLines { edges { node { id } } } } } } locations { edges { node { id } } } inventoryItems { edges { node { id } } } }"
        ),
    ],
    ids=["unknown field", "no query", "no list", "a mutation", "top nodes", "no id", "too deep", "too many"],
)
async def test_query_that_cannot_run_in_bulk_is_refused(shop: Fixture, query: str) -> None:
    """At submission: nothing is started."""
    said = await run(shop, query)
    assert said["bulkOperation"] is None
    assert said["userErrors"][0]["code"] == "INVALID"
    assert said["userErrors"][0]["field"] == ["query"]


async def test_failed_operation_says_why_and_gives_what_it_has(shop: Fixture, clock: Fixture) -> None:
    """The half of the file is at the other address, never at ``url``."""
    for _ in range(4):
        shop.place()
    clock.advance(5)
    shop.simulator.fail_bulk("TIMEOUT", partial=True)
    number = await started(shop, "{ orders { edges { node { id } } } }")
    clock.advance(3)
    shown = await poll(shop, number)
    assert (shown["status"], shown["errorCode"], shown["url"]) == ("FAILED", "TIMEOUT", None)
    assert len(await lines(shop, shown["partialDataUrl"])) == 2


async def test_missing_scope_fails_the_operation(shop: Fixture, clock: Fixture) -> None:
    """It is found out while it runs, not at submission."""
    shop.simulator.set_scopes(["read_orders"])
    number = await started(shop, "{ locations { edges { node { id } } } }")
    clock.advance(3)
    shown = await poll(shop, number)
    assert (shown["status"], shown["errorCode"]) == ("FAILED", "ACCESS_DENIED")


async def test_operation_can_be_cancelled_once(shop: Fixture, clock: Fixture) -> None:
    """Cancelling takes a while, and what has ended stays as it is."""
    shop.place()
    number = await started(shop)
    said = (await shop.data(CANCEL, id=number))["bulkOperationCancel"]
    assert said["bulkOperation"]["status"] == "CANCELING"
    clock.advance(1)
    assert (await poll(shop, number))["status"] == "CANCELED"
    assert (await shop.data(CANCEL, id=number))["bulkOperationCancel"]["userErrors"]
    assert (await shop.data(CANCEL, id="gid://shopify/BulkOperation/1"))["bulkOperationCancel"]["userErrors"]


async def test_lost_submission_is_found_in_the_list(shop: Fixture, clock: Fixture) -> None:
    """No idempotency: list the latest, compare the query."""
    document = "query($q: String, $r: Boolean) { bulkOperations(first: 5, query: $q, reverse: $r) { nodes { id query status } } }"
    first = await started(shop)
    clock.advance(3)
    second = await started(shop, "{ locations { edges { node { id } } } }")
    rows = (await shop.data(document))["bulkOperations"]["nodes"]
    assert [row["id"] for row in rows] == [second, first]
    rows = (await shop.data(document, r=True))["bulkOperations"]["nodes"]
    assert [row["id"] for row in rows] == [first, second]
    rows = (await shop.data(document, q="status:completed"))["bulkOperations"]["nodes"]
    assert [row["query"] for row in rows] == [ORDERS]
    current = await shop.data(
        '{ currentBulkOperation { id } bulkOperation(id: "gid://shopify/BulkOperation/1") { id } }'
    )
    assert current == {"currentBulkOperation": {"id": second}, "bulkOperation": None}


async def test_end_is_told_by_a_webhook(shop: Fixture, clock: Fixture) -> None:
    """In lower case, unlike the API."""
    await shop.data(
        'mutation { webhookSubscriptionCreate(topic: BULK_OPERATIONS_FINISH, webhookSubscription: {uri: "https://a.example"}) { userErrors { message } } }'
    )
    number = await started(shop)
    shop.simulator.fail_bulk("TIMEOUT")
    clock.advance(3)
    (sent,) = shop.simulator.deliveries()
    body = json.loads(sent["body"])
    assert sent["headers"]["X-Shopify-Topic"] == "bulk_operations/finish"
    assert (body["admin_graphql_api_id"], body["status"], body["error_code"]) == (number, "failed", "timeout")


async def test_bulk_draws_on_no_points(shop: Fixture, clock: Fixture) -> None:
    """Apart from submitting."""
    shop.simulator.seed_orders(50)
    before = shop.simulator.shop.bucket.level()
    await started(shop)
    assert before - shop.simulator.shop.bucket.level() < 20
    clock.advance(3)
    shop.simulator.deliveries()
    assert shop.simulator.shop.bucket.level() == shop.simulator.shop.bucket.capacity
