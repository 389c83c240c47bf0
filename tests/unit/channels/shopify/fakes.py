"""A shop that answers with payloads made by hand, and remembers what it was asked."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from cartcarrier.channels.shopify import ShopifyChannel, ShopifyConfig
from cartcarrier.http import HandlerTransport, ManualClock, ReceivedRequest, handler_transport

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SCOPES = (
    "read_orders",
    "read_locations",
    "write_merchant_managed_fulfillment_orders",
    "write_fulfillments",
    "write_orders",
)
COST = {
    "requestedQueryCost": 100,
    "actualQueryCost": 40,
    "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1900, "restoreRate": 100.0},
}
_NAME = re.compile(r"(?:query|mutation) (\w+)")


def page(*nodes: Mapping[str, Any], after: str | None = None) -> dict[str, Any]:
    """Return a page of a list; with a cursor when there is more."""
    return {"pageInfo": {"hasNextPage": after is not None, "endCursor": after}, "nodes": list(nodes)}


def money(amount: str, currency: str = "EUR") -> dict[str, Any]:
    """Return an amount as Shopify sends it."""
    return {"shopMoney": {"amount": amount, "currencyCode": currency}}


def line(number: int = 1, **changes: object) -> dict[str, Any]:
    """Return an order line of two pieces."""
    return {
        "id": f"gid://shopify/LineItem/{number}",
        "sku": f"SKU-{number}",
        "title": "Mug",
        "quantity": 2,
        "currentQuantity": 2,
        "unfulfilledQuantity": 2,
        "requiresShipping": True,
        "originalUnitPriceSet": money("12.50"),
        "discountedTotalSet": money("24.00"),
        "taxLines": [{"priceSet": money("3.83")}],
        **changes,
    }


def share_line(number: int = 1, remaining: int = 2, *, own: int | None = None, **changes: object) -> dict[str, Any]:
    """Return pieces of a line in a fulfillment order."""
    return {
        "id": f"gid://shopify/FulfillmentOrderLineItem/{own if own is not None else 100 + number}",
        "remainingQuantity": remaining,
        "requiresShipping": True,
        "weight": {"value": 0.35, "unit": "KILOGRAMS"},
        "lineItem": {"id": f"gid://shopify/LineItem/{number}"},
        **changes,
    }


def share(number: int = 11, *lines: Mapping[str, Any], location: int | None = 7, **changes: object) -> dict[str, Any]:
    """Return an open fulfillment order at one place."""
    place = {"id": f"gid://shopify/Location/{location}", "isFulfillmentService": False} if location else None
    return {
        "id": f"gid://shopify/FulfillmentOrder/{number}",
        "status": "OPEN",
        "requestStatus": "UNSUBMITTED",
        "updatedAt": "2026-11-24T08:00:00Z",
        "fulfillAt": None,
        "fulfillBy": "2026-11-25T16:00:00Z",
        "supportedActions": [{"action": "CREATE_FULFILLMENT"}, {"action": "HOLD"}],
        "assignedLocation": {"countryCode": "DE", "location": place},
        "deliveryMethod": {"methodType": "SHIPPING", "maxDeliveryDateTime": "2026-11-28T18:00:00Z"},
        "destination": None,
        "fulfillmentHolds": [],
        "lineItems": page(*(lines or (share_line(),))),
        **changes,
    }


def told(number: int = 21, lines: Mapping[int, int] | None = None, /, **changes: object) -> dict[str, Any]:
    """Return a fulfillment that Shopify knows."""
    pieces = lines if lines is not None else {1: 2}
    return {
        "id": f"gid://shopify/Fulfillment/{number}",
        "status": "SUCCESS",
        "createdAt": "2026-11-24T08:30:00Z",
        "location": {"id": "gid://shopify/Location/7"},
        "trackingInfo": [{"company": "UPS", "number": "1Z999AA10123456784", "url": None}],
        "fulfillmentLineItems": page(
            *[{"quantity": pieces[own], "lineItem": {"id": f"gid://shopify/LineItem/{own}"}} for own in pieces]
        ),
        **changes,
    }


def address(**changes: object) -> dict[str, Any]:
    """Return a buyer's address."""
    return {
        "name": "Ada Example",
        "company": None,
        "address1": "Hauptstraße 1",
        "address2": None,
        "city": "Köln",
        "province": "Nordrhein-Westfalen",
        "provinceCode": "NW",
        "zip": "50667",
        "countryCodeV2": "DE",
        "phone": "+49 221 5550100",
        **changes,
    }


def destination(**changes: object) -> dict[str, Any]:
    """Return where a fulfillment order goes."""
    return {
        "firstName": "Ada",
        "lastName": "Example",
        "company": None,
        "address1": "Hauptstraße 1",
        "address2": None,
        "city": "Köln",
        "province": "Nordrhein-Westfalen",
        "zip": "50667",
        "countryCode": "DE",
        "phone": None,
        "email": None,
        **changes,
    }


def order(number: int = 1, **changes: object) -> dict[str, Any]:
    """Return a paid order of one line, routed to one place, nothing shipped."""
    return {
        "id": f"gid://shopify/Order/{number}",
        "name": f"#{1000 + number}",
        "createdAt": "2026-11-24T07:59:00Z",
        "updatedAt": "2026-11-24T08:00:00Z",
        "cancelledAt": None,
        "test": False,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "email": "ada@example.com",
        "phone": None,
        "note": None,
        "tags": [],
        "currentTotalPriceSet": money("28.90"),
        "totalShippingPriceSet": money("4.90"),
        "currentTotalTaxSet": money("4.61"),
        "currentTotalDiscountsSet": money("1.00"),
        "shippingLine": {"title": "Standard"},
        "risk": {"recommendation": "ACCEPT"},
        "transactions": [{"kind": "SALE", "status": "SUCCESS", "manualPaymentGateway": False}],
        "shippingAddress": address(),
        "lineItems": page(line()),
        "fulfillmentOrders": page(share()),
        "fulfillments": [],
        **changes,
    }


class Shop:
    """A shop that knows only what a test tells it. What is asked beyond that fails the test."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.scopes: tuple[str, ...] = SCOPES
        self.version = "2026-10"
        self.cost: Mapping[str, Any] = COST
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.transport: HandlerTransport = handler_transport(self._answer)
        self.serve: Callable[[ReceivedRequest], tuple[int, Mapping[str, str], bytes]] | None = None
        self.fetched: list[ReceivedRequest] = []
        self._answers: dict[str, list[Any]] = {}

    def on(self, name: str, *answers: object) -> None:
        """Answer an operation with these in turn; the last one for ever.

        A mapping is the data; with a key ``errors`` or ``extensions`` it is the whole body. A tuple is a bare answer of HTTP. A
        function is given the variables. An exception is raised.
        """
        self._answers[name] = list(answers)

    def variables(self, name: str) -> list[dict[str, Any]]:
        """Return what an operation was asked with, each time."""
        return [variables for asked, variables in self.asked if asked == name]

    def names(self) -> list[str]:
        """Return what was asked, in turn, without the question for the scopes."""
        return [name for name, _ in self.asked if name != "Scopes"]

    def _answer(self, request: ReceivedRequest) -> tuple[int, Mapping[str, str], bytes]:
        if request.method == "GET":
            self.fetched.append(request)
            assert self.serve is not None, "the shop was asked for a file unexpectedly"
            return self.serve(request)
        question = json.loads(request.content)
        found = _NAME.match(question["query"])
        assert found is not None
        name = found[1]
        self.asked.append((name, question["variables"]))
        if name == "Scopes" and name not in self._answers:
            handles = [{"handle": scope} for scope in self.scopes]
            return self._reply({"data": {"currentAppInstallation": {"accessScopes": handles}}})
        assert name in self._answers, f"the shop was asked {name} unexpectedly"
        waiting = self._answers[name]
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if callable(answer) and not isinstance(answer, type):
            answer = answer(question["variables"])
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, tuple):
            status, headers, body = answer
            return status, headers, body
        if "errors" in answer or "extensions" in answer:
            return self._reply(dict(answer))
        return self._reply({"data": answer})

    def _reply(self, body: dict[str, Any]) -> tuple[int, Mapping[str, str], bytes]:
        body.setdefault("extensions", {"cost": self.cost})
        headers = {
            "content-type": "application/json",
            "x-shopify-api-version": self.version,
            "x-request-id": "11aa22bb-33cc",
        }
        return 200, headers, json.dumps(body).encode()

    def channel(self, *, keep_raw: bool = False, **settings: Any) -> ShopifyChannel:
        """Return a driver that talks to this shop."""
        config = ShopifyConfig(**{"shop": "my-shop", "access_token": "shpat_0123456789abcdef", **settings})
        return ShopifyChannel(config, account="eu", transport=self.transport, clock=self.clock, keep_raw=keep_raw)
