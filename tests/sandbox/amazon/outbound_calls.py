"""Calls of Fulfillment Outbound, as tests make them."""

import httpx

from tests.sandbox.amazon.client import AmazonClient, Json, Value

BASE = "/fba/outbound/2020-07-01"
ORDERS = f"{BASE}/fulfillmentOrders"
SKU = "FBA-LAMP-7"
STOCK = 200
ADDRESS = {
    "name": "Ann",
    "addressLine1": "1 Main St",
    "city": "Chicago",
    "stateOrRegion": "IL",
    "postalCode": "60606",
    "countryCode": "US",
}


def wish(id_: str = "shopify-1001-1", **changes: Value) -> Json:
    """Return a fulfillment order of two lamps."""
    return {
        "sellerFulfillmentOrderId": id_,
        "displayableOrderId": "1001",
        "displayableOrderDate": "2026-01-05T11:00:00Z",
        "displayableOrderComment": "Thank you",
        "shippingSpeedCategory": "Standard",
        "destinationAddress": ADDRESS,
        "items": [{"sellerSku": SKU, "sellerFulfillmentOrderItemId": "1", "quantity": 2}],
        **changes,
    }


async def create(amazon: AmazonClient, body: Json) -> httpx.Response:
    return await amazon.call("POST", ORDERS, json=body)


async def made(amazon: AmazonClient, id_: str = "shopify-1001-1", **changes: Value) -> str:
    answer = await create(amazon, wish(id_, **changes))
    assert (answer.status_code, answer.json()) == (200, {}), answer.text
    return id_


async def read(amazon: AmazonClient, id_: str) -> Json:
    answer = await amazon.get(f"{ORDERS}/{id_}")
    assert answer.status_code == 200, answer.text
    payload: Json = answer.json()["payload"]
    return payload


async def status(amazon: AmazonClient, id_: str) -> str:
    return str((await read(amazon, id_))["fulfillmentOrder"]["fulfillmentOrderStatus"])


async def later(amazon: AmazonClient, seconds: float) -> None:
    amazon.clock.advance(seconds)
    await amazon.log_in()


async def tracked(amazon: AmazonClient, number: int) -> Json:
    answer = await amazon.get(f"{BASE}/tracking", packageNumber=number)
    assert answer.status_code == 200, answer.text
    payload: Json = answer.json()["payload"]
    return payload
