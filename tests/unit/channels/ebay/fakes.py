"""An eBay that answers with payloads made by hand, and remembers what it was asked."""

import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cartcarrier.channels.ebay import EbayChannel, EbayConfig
from cartcarrier.http import HandlerTransport, ManualClock, ReceivedRequest, handler_transport
from cartcarrier.models import Fulfillment, FulfillmentParcel

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ORDER_ID = "12-34567-89012"
NUMBER = "1Z999AA10123456784"
TOKEN_PATH = "/identity/v1/oauth2/token"
ORDERS = "/sell/fulfillment/v1/order"
ORDER = f"{ORDERS}/{ORDER_ID}"
FULFILLMENTS = f"{ORDER}/shipping_fulfillment"
CANCELLATIONS = "/post-order/v2/cancellation"
ITEMS = "/sell/inventory/v1/bulk_get_inventory_item"
OFFERS = "/sell/inventory/v1/offer"
UPDATES = "/sell/inventory/v1/bulk_update_price_quantity"
QUOTAS = "/developer/analytics/v1_beta/rate_limit/"

Answer = tuple[int, Mapping[str, str], bytes]
Answerer = Callable[[ReceivedRequest], Answer]


def answer(status: int = 200, body: object = None, **headers: str) -> Answer:
    """Return an answer in JSON; without a body where there is none."""
    content = b"" if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"content-type": "application/json", **named}, content


def refusal(status: int, code: int, *, category: str = "REQUEST", message: str = "no", **parameters: str) -> Answer:
    """Return an error as REST tells it."""
    named = [{"name": name, "value": value} for name, value in parameters.items()]
    error = {"errorId": code, "domain": "API", "category": category, "message": message, "parameters": named}
    return answer(status, {"errors": [error]})


class Ebay:
    """Answers what a test put in, in order; the last answer of a path stays. A request that nobody expected fails the test."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.transport: HandlerTransport = handler_transport(self._answer)
        self.tokens = 0
        self._answers: dict[tuple[str, str], deque[Answer | Answerer]] = {}
        self.on("POST", TOKEN_PATH, self._token)

    def on(self, method: str, path: str, *answers: Answer | Answerer) -> None:
        """Say what is answered there."""
        self._answers[method, path] = deque(answers)

    def channel(self, **changes: object) -> EbayChannel:
        """Return the driver."""
        common = {name: changes.pop(name) for name in ("account", "keep_raw", "limits") if name in changes}
        return EbayChannel(config(**changes), transport=self.transport, clock=self.clock, **common)  # type: ignore[arg-type]  # any of the common arguments

    def sent(self, method: str | None = None, path: str | None = None) -> list[ReceivedRequest]:
        """Return the requests, token requests left out."""
        return [
            request
            for request in self.transport.requests
            if request.path != TOKEN_PATH and method in {None, request.method} and path in {None, request.path}
        ]

    def body(self, method: str, path: str) -> Any:
        """Return the JSON of the last request there."""
        return json.loads(self.sent(method, path)[-1].content)

    def _token(self, request: ReceivedRequest) -> Answer:
        self.tokens += 1
        kind = "application" if b"client_credentials" in request.content else "user"
        return answer(200, {"access_token": f"{kind}-token-{self.tokens}", "expires_in": 7200, "token_type": "T"})

    def _answer(self, request: ReceivedRequest) -> Answer:
        queue = self._answers.get((request.method, request.path))
        assert queue, f"nobody expected {request.method} {request.path}"
        found = queue.popleft() if len(queue) > 1 else queue[0]
        return found(request) if callable(found) else found


def config(**changes: object) -> EbayConfig:
    """Return the settings of a seller."""
    settings: dict[str, Any] = {
        "client_id": "ACME-Ship-PRD-1",
        "client_secret": "PRD-not-a-secret",
        "refresh_token": "v^1.1#i^1#refresh",
        "marketplace_id": "EBAY_US",
        **changes,
    }
    return EbayConfig(**settings)


def amount(value: str, currency: str = "USD") -> dict[str, str]:
    """Return an amount as eBay sends it."""
    return {"value": value, "currency": currency}


def contact(**changes: object) -> dict[str, Any]:
    """Return the buyer's address."""
    place = {
        "addressLine1": "1 Elm St",
        "city": "Reno",
        "stateOrProvince": "NV",
        "postalCode": "89501",
        "countryCode": "US",
    }
    given = {name: changes.pop(name) for name in list(changes) if name in {*place, "addressLine2", "county"}}
    return {
        "fullName": "Jo Doe",
        "contactAddress": {name: value for name, value in {**place, **given}.items() if value is not None},
        "primaryPhone": {"phoneNumber": "7755550100"},
        "email": "jo@members.ebay.example",
        **changes,
    }


def instruction(**changes: object) -> dict[str, Any]:
    """Return how an ordinary order is shipped."""
    step = {"shipTo": contact(), "shippingCarrierCode": "USPS", "shippingServiceCode": "USPSPriority"}
    given = {name: changes.pop(name) for name in list(changes) if name in {*step, "shipToReferenceId"}}
    return {
        "fulfillmentInstructionsType": "SHIP_TO",
        "maxEstimatedDeliveryDate": "2026-12-01T08:00:00.000Z",
        "shippingStep": {**step, **given},
        **changes,
    }


def line(number: int = 1, **changes: object) -> dict[str, Any]:
    """Return a line of two pieces, nothing of which has left."""
    return {
        "lineItemId": str(10047812345670 + number),
        "legacyItemId": "110551100001",
        "sku": f"SKU-{number}",
        "title": "Mug",
        "quantity": 2,
        "lineItemCost": amount("25.00"),
        "lineItemFulfillmentStatus": "NOT_STARTED",
        "lineItemFulfillmentInstructions": {
            "shipByDate": "2026-11-26T07:59:59.000Z",
            "maxEstimatedDeliveryDate": "2026-11-30T08:00:00.000Z",
        },
        **changes,
    }


LINE = line()["lineItemId"]


def order(order_id: str = ORDER_ID, /, **changes: object) -> dict[str, Any]:
    """Return a paid order of one line that may be shipped."""
    return {
        "orderId": order_id,
        "salesRecordReference": "1042",
        "creationDate": "2026-11-24T08:00:00.000Z",
        "lastModifiedDate": "2026-11-24T08:05:00.000Z",
        "orderFulfillmentStatus": "NOT_STARTED",
        "orderPaymentStatus": "PAID",
        "cancelStatus": {"cancelState": "NONE_REQUESTED", "cancelRequests": []},
        "buyer": {"username": "jodoe"},
        "pricingSummary": {
            "priceSubtotal": amount("25.00"),
            "deliveryCost": amount("5.00"),
            "total": amount("30.00"),
        },
        "paymentSummary": {
            "totalDueSeller": amount("30.00"),
            "payments": [{"paymentDate": "2026-11-24T08:01:00.000Z", "paymentStatus": "PAID"}],
        },
        "fulfillmentStartInstructions": [instruction()],
        "lineItems": [line()],
        **changes,
    }


def page(*orders: Mapping[str, Any], total: int | None = None, after: str | None = None) -> dict[str, Any]:
    """Return a page of orders."""
    body: dict[str, Any] = {"orders": list(orders), "total": len(orders) if total is None else total}
    return body if after is None else {**body, "next": after}


def told(number: str | None = NUMBER, lines: Mapping[str, int] | None = None, **changes: object) -> dict[str, Any]:
    """Return a parcel that eBay knows."""
    pieces = {LINE: 2} if lines is None else lines
    body: dict[str, Any] = {
        "fulfillmentId": number or "999",
        "shippedDate": "2026-11-24T08:30:00.000Z",
        "lineItems": [{"lineItemId": line_id, "quantity": quantity} for line_id, quantity in pieces.items()],
    }
    if number is not None:
        body |= {"shipmentTrackingNumber": number, "shippingCarrierCode": "UPS"}
    return {**body, **changes}


def known(*fulfillments: Mapping[str, Any]) -> Answer:
    """Return the list of parcels that eBay knows."""
    return answer(200, {"fulfillments": list(fulfillments), "total": len(fulfillments)})


def created(number: str = NUMBER) -> Answer:
    """Return what eBay answers to a parcel that it took: nothing but an address."""
    return 201, {"location": f"https://api.ebay.com{FULFILLMENTS}/{number}"}, b""


def leaving(*numbers: str | None, lines: Mapping[str, int] | None = None, **changes: Any) -> Fulfillment:
    """Return what the channel is told: the order of ``order()`` has left in these parcels."""
    settings: dict[str, Any] = {
        "order_id": ORDER_ID,
        "lines": {LINE: 2} if lines is None else lines,
        "parcels": tuple(FulfillmentParcel(carrier="ups", tracking_number=number) for number in numbers or (NUMBER,)),
        "reference": "cc-1",
        "shipped_at": NOW - timedelta(minutes=30),
        "notify_buyer": True,
        **changes,
    }
    return Fulfillment(**settings)


def item(sku: str, quantity: int | None = 5, **availability: object) -> dict[str, Any]:
    """Return an article that the Inventory API manages."""
    place: dict[str, Any] = dict(availability) if quantity is None else {"quantity": quantity, **availability}
    body = {"availability": {"shipToLocationAvailability": place}}
    return {"sku": sku, "statusCode": 200, "inventoryItem": body}


def items(*answers: Mapping[str, Any]) -> Answer:
    """Return what is known of articles."""
    return answer(200, {"responses": list(answers)})


def unknown_item(sku: str) -> dict[str, Any]:
    """Return what is said of an article that the Inventory API does not manage."""
    error = {"errorId": 25710, "category": "REQUEST", "message": "We didn't find the entity you are requesting."}
    return {"sku": sku, "statusCode": 404, "errors": [error]}


def offer(offer_id: str = "9876543210", quantity: int | None = 5, **changes: object) -> dict[str, Any]:
    """Return a published offer."""
    return (
        {
            "offerId": offer_id,
            "status": "PUBLISHED",
            "format": "FIXED_PRICE",
            "availableQuantity": quantity,
            **changes,
        }
        if quantity is not None
        else {"offerId": offer_id, "status": "PUBLISHED", "format": "FIXED_PRICE", **changes}
    )


def offers(*found: Mapping[str, Any], after: str | None = None) -> Answer:
    """Return the offers of an article."""
    body: dict[str, Any] = {"offers": list(found), "total": len(found)}
    return answer(200, body if after is None else {**body, "next": after})


def updated(*answers: Mapping[str, Any]) -> Answer:
    """Return what became of quantities."""
    return answer(207, {"responses": list(answers)})


def quotas(**remaining: int) -> Answer:
    """Return what is left, by eBay's names with underscores for dots."""
    limits = {"sell_fulfillment": 100_000, "sell_inventory": 2_000_000}
    resources = [
        {
            "name": name.replace("_", "."),
            "rates": [
                {
                    "limit": limits.get(name, 5000),
                    "remaining": left,
                    "reset": "2026-11-25T08:00:00.000Z",
                    "timeWindow": 86400,
                }
            ],
        }
        for name, left in remaining.items()
    ]
    return answer(200, {"rateLimits": [{"apiContext": "sell", "apiName": "Fulfillment", "resources": resources}]})


def numbers(requests: Sequence[ReceivedRequest]) -> list[str | None]:
    """Return the tracking numbers that were told."""
    return [json.loads(request.content).get("trackingNumber") for request in requests]
