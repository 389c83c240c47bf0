"""An Amazon that answers with payloads made by hand, and remembers what it was asked."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from cartcarrier.channels.amazon import AmazonChannel, AmazonConfig
from cartcarrier.channels.amazon.client import OPERATIONS
from cartcarrier.http import ConnectionDropped, HandlerTransport, ManualClock, ReceivedRequest, handler_transport
from cartcarrier.platforms.amazon import SHARED

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ORDER = "111-1234567-1234567"
OTHER = "111-7654321-7654321"
US, CA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
SECRET = "amzn1.oa2-cs.v1.0123456789abcdef"
LOST = ConnectionDropped()


def settings(**changes: Any) -> dict[str, Any]:
    """Return the settings of a seller in the US."""
    return {
        "client_id": "amzn1.application-oa2-client.1",
        "client_secret": SECRET,
        "refresh_token": "Atzr|0123456789",
        "seller_id": "A3SELLER",
        "marketplace_ids": ["US"],
        "region": "na",
        **changes,
    }


def money(amount: str, currency: str = "USD") -> dict[str, str]:
    """Return an amount as Orders 2026 has it."""
    return {"amount": amount, "currencyCode": currency}


def part(kind: str, amount: str, **details: str) -> dict[str, Any]:
    """Return a breakdown, with the parts of it."""
    found: dict[str, Any] = {"type": kind, "subtotal": money(amount)}
    if details:
        found["detailedBreakdowns"] = [{"subtype": name, "value": money(value)} for name, value in details.items()]
    return found


def item(number: int = 1, quantity: int = 2, done: int = 0, **changes: Any) -> dict[str, Any]:
    """Return a line."""
    return {
        "orderItemId": str(number),
        "quantityOrdered": quantity,
        "product": {"sellerSku": f"SKU-{number}", "title": "Mug", "asin": "B000000001"},
        "proceeds": {"breakdowns": [part("ITEM", "25.00"), part("TAX", "2.00"), part("SHIPPING", "4.90")]},
        "fulfillment": {"quantityFulfilled": done, "quantityUnfulfilled": quantity - done},
        **changes,
    }


def address(**changes: Any) -> dict[str, Any]:
    """Return where it goes."""
    return {
        "name": "Ada Example",
        "addressLine1": "1 Main Street",
        "city": "Springfield",
        "stateOrRegion": "IL",
        "postalCode": "62701",
        "countryCode": "US",
        "phone": "+1 217 555 0100",
        "addressType": "RESIDENTIAL",
        **changes,
    }


def package(reference: str = "1", lines: Mapping[str, int] | None = None, **changes: Any) -> dict[str, Any]:
    """Return a package that Amazon knows."""
    inside = lines if lines is not None else {"1": 2}
    return {
        "packageReferenceId": reference,
        "createdTime": "2026-11-24T08:30:00Z",
        "packageStatus": {"status": "SHIPPED"},
        "carrier": "UPS",
        "shipTime": "2026-11-24T08:29:00Z",
        "shippingService": "UPS Ground",
        "trackingNumber": "1Z999AA10123456784",
        "packageItems": [{"orderItemId": line, "quantity": quantity} for line, quantity in inside.items()],
        **changes,
    }


def order(order_id: str = ORDER, status: str = "UNSHIPPED", **changes: Any) -> dict[str, Any]:
    """Return a paid order of one line that the merchant ships."""
    return {
        "orderId": order_id,
        "createdTime": "2026-11-24T07:59:00Z",
        "lastUpdatedTime": "2026-11-24T08:00:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": US, "marketplaceName": "Amazon.com"},
        "buyer": {"buyerName": "Ada Example", "buyerEmail": "x1@marketplace.amazon.com"},
        "recipient": {"deliveryAddress": address()},
        "proceeds": {"grandTotal": money("31.90")},
        "fulfillment": {
            "fulfillmentStatus": status,
            "fulfilledBy": "MERCHANT",
            "fulfillmentServiceLevel": "STANDARD",
            "shipByWindow": {"earliestDateTime": "2026-11-24T08:00:00Z", "latestDateTime": "2026-11-25T07:59:59Z"},
            "deliverByWindow": {"earliestDateTime": "2026-11-27T08:00:00Z", "latestDateTime": "2026-11-30T07:59:59Z"},
        },
        "orderItems": [item()],
        **changes,
    }


def page(*orders: Mapping[str, Any], token: str | None = None) -> dict[str, Any]:
    """Return a page of orders; with a token when there is more."""
    found: dict[str, Any] = {"orders": list(orders), "lastUpdatedBefore": "2026-11-24T08:58:00Z"}
    if token is not None:
        found["pagination"] = {"nextToken": token}
    return found


def refusal(status: int, code: str, message: str = "no") -> tuple[int, Mapping[str, str], bytes]:
    """Return an error of Amazon's."""
    body = json.dumps({"errors": [{"code": code, "message": message, "details": ""}]}).encode()
    return status, {"content-type": "application/json", "x-amzn-requestid": "req-1"}, body


class Amazon:
    """An Amazon that knows only what a test tells it. What is asked beyond that fails the test."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.asked: list[tuple[str, ReceivedRequest]] = []
        self.transport: HandlerTransport = handler_transport(self._answer)
        self.headers: dict[str, str] = {}
        self._answers: dict[str, list[Any]] = {}

    def on(self, operation: str, *answers: Any) -> None:
        """Answer an operation with these in turn; the last one for ever.

        A mapping or list is the body; a tuple a bare answer of HTTP; a function is given the request; an exception is raised.
        """
        self._answers[operation] = list(answers)

    def names(self) -> list[str]:
        """Return what was asked, in turn, without tokens."""
        return [name for name, _ in self.asked if name != "token"]

    def requests(self, operation: str) -> list[ReceivedRequest]:
        """Return the requests of an operation."""
        return [request for name, request in self.asked if name == operation]

    def bodies(self, operation: str) -> list[Any]:
        """Return what an operation was sent, each time."""
        return [json.loads(request.content) for request in self.requests(operation)]

    def _name(self, request: ReceivedRequest) -> str:
        if request.path == "/auth/o2/token":
            return "token"
        if "documents.example" in request.url:
            return f"document {request.method}"
        for operation in (*SHARED, *OPERATIONS):
            pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(operation.template.partition(" ")[0]))
            if request.method == operation.method and re.fullmatch(pattern, request.path):
                return operation.id
        raise AssertionError(f"an unknown operation: {request.method} {request.path}")

    def _answer(self, request: ReceivedRequest) -> tuple[int, Mapping[str, str], bytes]:
        name = self._name(request)
        self.asked.append((name, request))
        if name == "token" and name not in self._answers:
            number = sum(1 for asked, _ in self.asked if asked == "token")
            token = {"access_token": f"Atza|{number}", "token_type": "bearer", "expires_in": 3600}
            return self._reply(token)
        assert name in self._answers, f"Amazon was asked {name} unexpectedly"
        waiting = self._answers[name]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if callable(answer) and not isinstance(answer, type):
            answer = answer(request)
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, tuple):
            status, headers, body = answer
            return status, headers, body
        return self._reply(answer)

    def _reply(self, body: Any) -> tuple[int, Mapping[str, str], bytes]:
        headers = {"content-type": "application/json", "x-amzn-requestid": "req-1", **self.headers}
        if body is None:
            return 204, headers, b""
        return 200, headers, body if isinstance(body, bytes) else json.dumps(body).encode()

    def channel(self, *, keep_raw: bool = False, max_wait: timedelta | None = None, **changes: Any) -> AmazonChannel:
        """Return a driver that talks to this Amazon."""
        config = AmazonConfig(**settings(**changes))
        return AmazonChannel(
            config, account="us", transport=self.transport, clock=self.clock, keep_raw=keep_raw, max_wait=max_wait
        )
