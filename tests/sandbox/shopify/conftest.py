"""A Shopify simulator in this process, and a client that speaks to it as any HTTP client would."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

import httpx
import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox import Store
from cartcarrier.sandbox.shopify import ShopifySimulator

Json = dict[str, Any]
Value: TypeAlias = Any
HOST = "https://cartcarrier-sandbox.myshopify.com"
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

PLAN = """
query Plan($id: ID!) {
  order(id: $id) {
    id updatedAt cancelledAt displayFulfillmentStatus displayFinancialStatus
    shippingAddress { name address1 zip }
    lineItems(first: 50) { nodes { id sku quantity currentQuantity unfulfilledQuantity } }
    fulfillmentOrders(first: 50) {
      nodes {
        id status requestStatus updatedAt
        supportedActions { action }
        assignedLocation { location { id } }
        destination { address1 zip }
        fulfillmentHolds { id reason handle heldByRequestingApp }
        lineItems(first: 100) { nodes { id sku totalQuantity remainingQuantity } }
      }
    }
    fulfillments(first: 50) {
      id name status displayStatus trackingInfo { company number url }
      fulfillmentLineItems(first: 100) { nodes { quantity lineItem { id sku } } }
      events(first: 50, sortKey: HAPPENED_AT) { nodes { status happenedAt } }
    }
  }
}
"""
SHIP = """
mutation Ship($f: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $f) { fulfillment { id name status } userErrors { field message } }
}
"""


class ShopClient:
    """Sends documents to a simulator.

    Attributes:
        simulator: The simulator.
        clock: The clock that both share.
        token: What goes into the token's header.
    """

    def __init__(self, simulator: ShopifySimulator, clock: ManualClock) -> None:
        self.simulator = simulator
        self.clock = clock
        self.token: str | None = str(simulator.settings()["access_token"])
        self.http = httpx.AsyncClient(transport=httpx.ASGITransport(simulator.app), base_url=HOST)

    async def post(
        self, document: str, variables: Mapping[str, Any] | None = None, version: str = "2026-10"
    ) -> httpx.Response:
        """Send a document, and return the raw answer."""
        headers = {} if self.token is None else {"X-Shopify-Access-Token": self.token}
        body = {"query": document, "variables": dict(variables or {})}
        return await self.http.post(f"/admin/api/{version}/graphql.json", json=body, headers=headers)

    async def ask(self, document: str, **variables: Value) -> Json:
        """Send a document, and return the whole JSON of a 200."""
        answer = await self.post(document, variables)
        assert answer.status_code == 200, answer.text
        whole: Json = answer.json()
        return whole

    async def data(self, document: str, **variables: Value) -> Json:
        """Send a document that must succeed."""
        whole = await self.ask(document, **variables)
        assert "errors" not in whole, whole["errors"]
        found: Json = whole["data"]
        return found

    async def refusal(self, document: str, **variables: Value) -> Json:
        """Send a document that must fail, and return its first error."""
        whole = await self.ask(document, **variables)
        assert "errors" in whole, whole
        error: Json = whole["errors"][0]
        return error

    async def order(self, order_id: str) -> Json:
        """Read an order with all that shipping needs."""
        found: Json = (await self.data(PLAN, id=order_id))["order"]
        return found

    async def fulfillment_orders(self, order_id: str) -> list[Json]:
        """Read an order's fulfillment orders as the app sees them."""
        found: list[Json] = (await self.order(order_id))["fulfillmentOrders"]["nodes"]
        return found

    async def ship(
        self, *parts: tuple[str, Sequence[tuple[str, int]] | None], number: str | None = "1Z1", **more: Value
    ) -> Json:
        """Create a fulfillment of these fulfillment orders with these lines; ``None`` is all that remains."""
        groups = []
        for fulfillment_order, lines in parts:
            group: Json = {"fulfillmentOrderId": fulfillment_order}
            if lines is not None:
                group["fulfillmentOrderLineItems"] = [{"id": line, "quantity": count} for line, count in lines]
            groups.append(group)
        wish: Json = {"lineItemsByFulfillmentOrder": groups, **more}
        if number is not None:
            wish.setdefault("trackingInfo", {"company": "UPS", "number": number})
        made: Json = (await self.data(SHIP, f=wish))["fulfillmentCreate"]
        return made

    async def ship_all(self, order_id: str, number: str = "1Z1") -> Json:
        """Ship all of the first fulfillment order, line by line."""
        entry = (await self.fulfillment_orders(order_id))[0]
        lines = [(line["id"], line["remainingQuantity"]) for line in entry["lineItems"]["nodes"]]
        return await self.ship((entry["id"], lines), number=number)

    def place(self, **shape: Value) -> str:
        """Let a buyer place an order."""
        return self.simulator.place_order(**shape)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def simulator(clock: ManualClock) -> ShopifySimulator:
    return ShopifySimulator(clock=clock)


@pytest.fixture
async def shop(simulator: ShopifySimulator, clock: ManualClock) -> AsyncIterator[ShopClient]:
    client = ShopClient(simulator, clock)
    async with client.http:
        yield client


class Reopen:
    """Makes simulators and clients on a store: as often as a process is started anew."""

    def __call__(self, store: Store, clock: ManualClock) -> ShopClient:
        """Start a process on this store."""
        return ShopClient(ShopifySimulator(store=store, clock=clock), clock)


@pytest.fixture
def reopen() -> Reopen:
    return Reopen()
