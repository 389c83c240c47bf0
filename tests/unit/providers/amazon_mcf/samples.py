"""Orders and answers for the tests of the MCF driver; all invented."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from cartcarrier.http import (
    HandlerTransport,
    ManualClock,
    ReceivedRequest,
    handler_transport,
    json_decoder,
    json_encode,
)
from cartcarrier.models import Address, Order, OrderLine, OrderStatus
from cartcarrier.providers.amazon_mcf import AmazonMCFConfig, AmazonMCFProvider, schemas
from cartcarrier.providers.amazon_mcf.mapping import to_order

REFERENCE = "cc-0123456789abcdef"
PROVIDER = "amazon-mcf:default"
NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
LINE = "gid://shopify/LineItem/4711"

Answer = tuple[int, Mapping[str, str], bytes]
Json = dict[str, Any]


def config(**changes: Any) -> AmazonMCFConfig:
    """Return settings of a seller in the US."""
    settings: Json = {
        "client_id": "amzn1.application-oa2-client.one",
        "client_secret": "secret-of-app",
        "refresh_token": "Atzr|refresh-of-seller",
        "seller_id": "A3SELLER",
        "marketplace_ids": ["ATVPDKIKX0DER"],
        "region": "na",
    }
    return AmazonMCFConfig(**{**settings, **changes})


def recipient(**changes: Any) -> Address:
    """Return somebody in Colorado."""
    values: Json = {
        "name": "Jill Doe",
        "street1": "9 Elm St",
        "city": "Aurora",
        "region": "CO",
        "postal_code": "80012",
        "country_code": "US",
        "phone": "3035550101",
        "email": "jill@example.com",
    }
    return Address(**{**values, **changes})


def line(**changes: Any) -> OrderLine:
    """Return two mugs that have not left."""
    quantity = changes.get("quantity", 2)
    values: Json = {
        "id": LINE,
        "sku": "MUG-1",
        "title": "Mug",
        "quantity": quantity,
        "unfulfilled_quantity": quantity,
    }
    return OrderLine(**{**values, **changes})


def order(**changes: Any) -> Order:
    """Return an order of another channel."""
    values: Json = {
        "channel": "shopify:eu",
        "id": "gid://shopify/Order/1",
        "number": "#1001",
        "status": OrderStatus.UNFULFILLED,
        "placed_at": datetime(2026, 1, 4, 9, 30, tzinfo=UTC),
        "ship_to": recipient(),
        "lines": [line()],
    }
    return Order(**{**values, **changes})


def request_of(asked: Order, *, service: str | None = None, **settings: Any) -> Json:
    """Return what Amazon is sent for an order."""
    made = to_order(asked, config(**settings), reference=REFERENCE, service=service)
    return json.loads(json_encode(made))  # type: ignore[no-any-return]  # plain JSON


def item_id(asked: Order | None = None) -> str:
    """Return the id of the first item of an order, as the driver makes it."""
    return str(request_of(asked or order())["items"][0]["sellerFulfillmentOrderItemId"])


def package(number: int = 1, **changes: Any) -> Json:
    """Return a package."""
    return {"packageNumber": number, "carrierCode": "Amazon Logistics", "trackingNumber": f"TBA{number}", **changes}


def shipment(status: str = "SHIPPED", *packages: Json, items: list[Json] | None = None) -> Json:
    """Return a shipment of both mugs."""
    own = packages or (package(),)
    lines = items or [
        {"sellerSku": "MUG-1", "sellerFulfillmentOrderItemId": item_id(), "quantity": 2, "packageNumber": 1}
    ]
    return {
        "amazonShipmentId": "DchKfcZ9N",
        "fulfillmentCenterId": "RNO1",
        "fulfillmentShipmentStatus": status,
        "fulfillmentShipmentItem": lines,
        "fulfillmentShipmentPackage": list(own),
    }


def placed(
    status: str = "Received",
    *shipments: Json,
    asked: Order | None = None,
    speed: str = "Standard",
    items: list[Json] | None = None,
) -> Json:
    """Return an order as Amazon has it."""
    had = items if items is not None else request_of(asked or order())["items"]
    return {
        "payload": {
            "fulfillmentOrder": {
                "sellerFulfillmentOrderId": REFERENCE,
                "shippingSpeedCategory": speed,
                "fulfillmentOrderStatus": status,
            },
            "fulfillmentOrderItems": [{**one, "cancelledQuantity": 0, "unfulfillableQuantity": 0} for one in had],
            "fulfillmentShipments": list(shipments),
            "returnItems": [],
            "returnAuthorizations": [],
        }
    }


def read_placed(answer: Json) -> schemas.PlacedOrder:
    """Return an order as the driver reads it."""
    return json_decoder(schemas.PlacedOrder).decode(msgspec.json.encode(answer["payload"]))


def preview(speed: str = "Standard", *, fees: list[Json] | None = None, **changes: Any) -> Json:
    """Return what a speed would cost."""
    own = [
        {"name": "FBAPerUnitFulfillmentFee", "amount": {"currencyCode": "USD", "value": "7.99"}},
        {"name": "FBATransportationFee", "amount": {"currencyCode": "USD", "value": "1.01"}},
    ]
    values: Json = {
        "shippingSpeedCategory": speed,
        "isFulfillable": True,
        "isCODCapable": False,
        "marketplaceId": "ATVPDKIKX0DER",
        "estimatedFees": own if fees is None else fees,
        "fulfillmentPreviewShipments": [
            {"latestArrivalDate": "2026-01-11T18:00:00Z", "fulfillmentPreviewItems": []},
            {"latestArrivalDate": "2026-01-09T18:00:00Z", "fulfillmentPreviewItems": []},
        ],
    }
    return {**values, **changes}


def previews(*each: Json) -> Json:
    """Return the answer about prices."""
    return {"payload": {"fulfillmentPreviews": list(each)}}


def refusal(code: str = "InvalidInput", message: str = "Jill Doe, 9 Elm St is refused") -> Json:
    """Return a refusal that quotes the recipient."""
    return {"errors": [{"code": code, "message": message, "details": ""}]}


def reply(document: object, status: int = 200) -> Answer:
    """Return an answer in JSON."""
    return status, {"content-type": "application/json", "x-amzn-RequestId": "req-1"}, msgspec.json.encode(document)


TOKEN = {"access_token": "Atza|access-1", "token_type": "bearer", "expires_in": 3600}


def provider(answer: Callable[[ReceivedRequest], Answer], **settings: Any) -> AmazonMCFProvider:
    """Return the driver before an Amazon that gives tokens by itself and asks ``answer`` for the rest."""
    transport = handler_transport(lambda asked: reply(TOKEN) if asked.path == "/auth/o2/token" else answer(asked))
    return AmazonMCFProvider(config(**settings), transport=transport, clock=ManualClock(NOW))


def sent(driver: AmazonMCFProvider) -> list[ReceivedRequest]:
    """Return what the driver has sent beside token requests."""
    assert isinstance(driver.transport, HandlerTransport)
    return [one for one in driver.transport.requests if one.path != "/auth/o2/token"]
