"""Calls of Shipping v2, as tests make them."""

import httpx

from tests.sandbox.amazon.client import AmazonClient, Json, Value

BASE = "/shipping/v2"
US_BUSINESS = {"x-amzn-shipping-business-id": "AmazonShipping_US"}
FROM = {
    "name": "Warehouse",
    "addressLine1": "1 Depot Rd",
    "city": "Reno",
    "stateOrRegion": "NV",
    "postalCode": "89506",
    "countryCode": "US",
    "phoneNumber": "+17755550100",
}
TO = {**FROM, "name": "Ann", "city": "Chicago", "stateOrRegion": "IL", "postalCode": "60606"}


def parcel(reference: str = "P-1", **changes: Value) -> Json:
    """Return a parcel of half a kilogram."""
    return {
        "dimensions": {"length": 10, "width": 6, "height": 4, "unit": "INCH"},
        "weight": {"unit": "GRAM", "value": 500},
        "insuredValue": {"value": 20, "unit": "USD"},
        "packageClientReferenceId": reference,
        "items": [{"quantity": 1}],
        **changes,
    }


def question(order_id: str | None, **changes: Value) -> Json:
    """Return a request for rates, of an order or of one from elsewhere."""
    if order_id is None:
        channel: Json = {"shipTo": TO, "channelDetails": {"channelType": "EXTERNAL"}}
    else:
        channel = {"channelDetails": {"channelType": "AMAZON", "amazonOrderDetails": {"orderId": order_id}}}
    return {"shipFrom": FROM, "packages": [parcel()], **channel, **changes}


async def ask(amazon: AmazonClient, body: Json, **headers: str) -> httpx.Response:
    return await amazon.call("POST", f"{BASE}/shipments/rates", json=body, headers={**US_BUSINESS, **headers})


async def rates(amazon: AmazonClient, order_id: str | None, **changes: Value) -> Json:
    answer = await ask(amazon, question(order_id, **changes))
    assert answer.status_code == 200, answer.text
    payload: Json = answer.json()["payload"]
    return payload


def wish(offer: Json, service: str = "std-us-swa-mfn", format_: str = "PDF", **changes: Value) -> Json:
    """Return the request that buys a service of an offer."""
    rate = next(each for each in offer["rates"] if each["serviceId"] == service)
    return {
        "requestToken": offer["requestToken"],
        "rateId": rate["rateId"],
        "requestedDocumentSpecification": {
            "format": format_,
            "size": {"width": 4, "length": 6, "unit": "INCH"},
            "needFileJoining": False,
            "requestedDocumentTypes": ["LABEL"],
        },
        **changes,
    }


async def buy(amazon: AmazonClient, body: Json, key: str | None = None) -> httpx.Response:
    headers = dict(US_BUSINESS)
    if key is not None:
        headers["x-amzn-IdempotencyKey"] = key
    return await amazon.call("POST", f"{BASE}/shipments", json=body, headers=headers)


async def bought(amazon: AmazonClient, order_id: str, **changes: Value) -> Json:
    """Buy a label, and return the purchase."""
    answer = await buy(amazon, wish(await rates(amazon, order_id), **changes))
    assert answer.status_code == 200, answer.text
    payload: Json = answer.json()["payload"]
    return payload


async def cancel(amazon: AmazonClient, shipment: str) -> int:
    answer = await amazon.call("PUT", f"{BASE}/shipments/{shipment}/cancel", headers=US_BUSINESS)
    return answer.status_code


async def track(amazon: AmazonClient, number: str, carrier: str = "AMZN_US") -> httpx.Response:
    return await amazon.call(
        "GET", f"{BASE}/tracking", params={"trackingId": number, "carrierId": carrier}, headers=US_BUSINESS
    )
