"""A channel with every ability, and the market behind it: what the kit's own tests break on purpose.

The market's JSON is our own models' plain form, so there is next to nothing to map.
"""

import hashlib
import hmac
import itertools
import json
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar
from urllib.parse import unquote

import attrs
from typing_extensions import override

from cartcarrier.channels import (
    Channel,
    SupportsFulfillment,
    SupportsFulfillmentChanges,
    SupportsInventory,
    SupportsOrderCancellation,
    SupportsOrders,
    SupportsTrackingUpdates,
    SupportsWebhooks,
)
from cartcarrier.drivers import Driver
from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    OperationError,
    ResponseError,
)
from cartcarrier.http import ManualClock, OAuth2Auth, ReceivedRequest, Request, Response, Session
from cartcarrier.models import (
    CancellationResult,
    CancellationStatus,
    Fulfillment,
    FulfillmentStatus,
    InventoryLevel,
    InventoryResult,
    InventoryStatus,
    Order,
    OrderChanged,
    OrderQuery,
    OrderStatus,
    TrackingEvent,
    WebhookOutcome,
    WebhookRequest,
    from_plain,
    to_plain,
)
from cartcarrier.testing import Answered, ChannelPlatform, make_order, make_order_line

M = TypeVar("M")
JSON = {"content-type": "application/json"}
PUSH_SECRET = "market-push-secret"


class Market:
    """The platform: orders, shipments, stock, all in memory."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.orders: dict[str, Order] = {}
        self.shipments: dict[str, Fulfillment] = {}
        self.stock = {"MUG-1": 10}
        self.requests: set[str] = set()
        self.numbers = itertools.count(1)
        self.tokens = 0

    def place(self) -> str:
        """Place an order of two mugs."""
        order_id = f"m{next(self.numbers)}"
        now = self.clock.now()
        order = make_order(id=order_id, channel="market:default", number=order_id, placed_at=now, updated_at=now)
        self.orders[order_id] = attrs.evolve(order, lines=(make_order_line(id=f"{order_id}-1"),), allocations=())
        return order_id

    def __call__(self, request: ReceivedRequest) -> Answered:  # noqa: PLR0911 - one answer a path
        """Answer a request."""
        if request.path == "/token":
            self.tokens += 1
            return _say({"access_token": f"market-token-{self.tokens:06}", "expires_in": 3600})
        issued = [f"Bearer market-token-{number:06}" for number in range(1, self.tokens + 1)]
        if request.headers.get("authorization") not in issued:
            return _refuse(401, "bad token")
        body: Any = json.loads(request.content) if request.content else None
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        match request.method, parts:
            case "GET", ["orders"]:
                return self._list(dict(request.params))
            case "GET", ["stock", sku]:
                return _say({"levels": [{"sku": sku, "available": self.stock[sku]}] if sku in self.stock else []})
            case "PUT", ["stock", sku]:
                if sku not in self.stock:
                    return _refuse(404, "no such article")
                self.stock[sku] = body["available"]
                return _say({})
            case method, ["orders", order_id, *rest]:
                if order_id not in self.orders:
                    return _refuse(404, "no such order")
                return self._order(method, order_id, rest, body)
            case method, ["shipments", shipment_id, *_]:
                if shipment_id not in self.shipments:
                    return _refuse(404, "no such shipment")
                return self._shipment(method, shipment_id, body)
        return _refuse(404, "no such path")

    def _list(self, params: dict[str, str]) -> Answered:
        since = params.get("since")
        found = [
            order
            for order in map(self._whole, self.orders)
            if (not since or (order.updated_at or order.placed_at) >= datetime.fromisoformat(since))
            and order.status in params.get("statuses", order.status).split(",")
        ]
        start, size = int(params["start"]), int(params["size"])
        page = found[start : start + size]
        return _say({"orders": [to_plain(order) for order in page], "more": start + size < len(found)})

    def _order(self, method: str, order_id: str, rest: list[str], body: Any) -> Answered:  # noqa: PLR0911 - JSON; one answer a path
        order = self._whole(order_id)
        match method, rest:
            case "GET", []:
                return _say(to_plain(order))
            case "GET", ["shipments"]:
                return _say({"shipments": [to_plain(shipment) for shipment in order.fulfillments]})
            case "POST", ["shipments"]:
                told = from_plain(Fulfillment, body)
                left = {line.id: line.unfulfilled_quantity for line in order.lines}
                if any(left[line] < quantity for line, quantity in told.lines.items()):
                    return _refuse(409, "these have left")
                kept = attrs.evolve(told, id=f"s{next(self.numbers)}")
                self.shipments[str(kept.id)] = kept
                return _say(to_plain(kept))
            case "POST", ["cancel"]:
                self.orders[order_id] = attrs.evolve(self.orders[order_id], status=OrderStatus.CANCELLED)
                return _say({})
            case "POST", ["answer"]:
                if order_id not in self.requests:
                    return _refuse(409, "nobody asks")
                self.requests.remove(order_id)
                return _say({})
        return _refuse(404, "no such path")

    def _shipment(self, method: str, shipment_id: str, body: Any) -> Answered:
        if method == "PUT":
            self.shipments[shipment_id] = from_plain(Fulfillment, body)
        elif method == "DELETE":
            taken_back = attrs.evolve(self.shipments[shipment_id], status=FulfillmentStatus.CANCELLED)
            self.shipments[shipment_id] = taken_back
        return _say(to_plain(self.shipments[shipment_id]))

    def _whole(self, order_id: str) -> Order:
        order = self.orders[order_id]
        told = [shipment for shipment in self.shipments.values() if shipment.order_id == order_id]
        left = {line.id: line.quantity for line in order.lines}
        for shipment in told:
            for line, quantity in shipment.lines.items():
                left[line] -= quantity if shipment.status is FulfillmentStatus.ACTIVE else 0
        lines = [attrs.evolve(line, unfulfilled_quantity=left[line.id]) for line in order.lines]
        status = order.status
        if status is OrderStatus.UNFULFILLED and any(left[line.id] < line.quantity for line in lines):
            status = OrderStatus.PARTIALLY_FULFILLED if any(left.values()) else OrderStatus.FULFILLED
        return attrs.evolve(order, lines=lines, status=status, fulfillments=told)


def _say(answer: object) -> Answered:
    return 200, JSON, json.dumps(answer).encode()


def _refuse(status: int, message: str) -> Answered:
    return status, JSON, json.dumps({"message": message}).encode()


def translate(request: Request, response: Response) -> OperationError | None:
    """Give the market's refusals a code of their own."""
    kinds: dict[int, type[NotFoundError | ConflictError]] = {404: NotFoundError, 409: ConflictError}
    kind = kinds.get(response.status)
    message = f"the market refused {request.operation}"
    return kind(message, code=f"M{response.status}", **response.facts) if kind else None


@attrs.frozen(kw_only=True)
class MarketConfig:
    """The settings of one account."""

    client_id: str = attrs.field(default="market-app", repr=False)
    client_secret: str = attrs.field(default="market-not-a-real-secret", repr=False)


class MarketChannel(
    SupportsOrders,
    SupportsFulfillment,
    SupportsFulfillmentChanges,
    SupportsTrackingUpdates,
    SupportsOrderCancellation,
    SupportsInventory,
    SupportsWebhooks,
    Channel,
):
    """A sound driver."""

    driver: ClassVar[str] = "market"
    config_class: ClassVar[type[Any]] = MarketConfig
    session: Session | None = None

    async def ask(self, operation: str, method: str, path: str, body: object = None, **facts: Any) -> Response:
        """Send one request."""
        if self.session is None:
            config = self.config
            auth = OAuth2Auth(token_path="/token", client_id=config.client_id, client_secret=config.client_secret)
            self.session = Session(
                self, hosts={"api": "https://market.example"}, auth=auth, translate=type(self).translate
            )
        content = None if body is None else json.dumps(body).encode()
        facts.setdefault("safe", method in {"GET", "DELETE", "PUT"})
        return await self.session.send(Request(operation=operation, method=method, path=path, content=content, **facts))

    translate = staticmethod(translate)

    def read(self, response: Response, cls: type[M], *path: str) -> M:
        """Read an answer, or a part of it."""
        try:
            value = json.loads(response.content)
            for name in path:
                value = value[name]
            return from_plain(cls, value)
        except (ValueError, KeyError, TypeError, InvalidValueError):
            unknown = not response.request.safe
            raise ResponseError(
                f"the market's answer to {response.request.operation} cannot be read",
                outcome_unknown=unknown,
                **response.facts,
            ) from None

    @override
    async def list_orders(self, query: OrderQuery = OrderQuery()) -> AsyncGenerator[Order, None]:  # noqa: B008 - frozen
        size = query.page_size or 50
        for start in itertools.count(0, size):
            params = {"start": str(start), "size": str(size)}
            if query.updated_since:
                params["since"] = query.updated_since.isoformat()
            if query.statuses:
                params["statuses"] = ",".join(sorted(query.statuses))
            response = await self.ask("list_orders", "GET", "/orders", params=params)
            for order in self.read(response, tuple[Order, ...], "orders"):
                yield self.finish(order, response)
            if not self.read(response, bool, "more"):
                return

    @override
    async def get_order(self, order_id: str) -> Order:
        response = await self.ask("get_order", "GET", f"/orders/{order_id}")
        return self.finish(self.read(response, Order), response)

    def finish(self, order: Order, response: Response) -> Order:
        """Keep the market's bytes where that was asked for."""
        return attrs.evolve(order, raw=response.content if self.keep_raw else None)

    @override
    async def fulfill(self, fulfillment: Fulfillment) -> Fulfillment:
        response = await self.ask("fulfill", "POST", f"/orders/{fulfillment.order_id}/shipments", to_plain(fulfillment))
        return self.read(response, Fulfillment)

    @override
    async def list_fulfillments(self, order_id: str) -> Sequence[Fulfillment]:
        response = await self.ask("list_fulfillments", "GET", f"/orders/{order_id}/shipments")
        return self.read(response, tuple[Fulfillment, ...], "shipments")

    @override
    async def update_tracking(self, fulfillment: Fulfillment) -> Fulfillment:
        response = await self.ask("update", "PUT", f"/shipments/{fulfillment.id}", to_plain(fulfillment))
        return self.read(response, Fulfillment)

    @override
    async def cancel_fulfillment(self, fulfillment: Fulfillment) -> None:
        await self.ask("cancel_fulfillment", "DELETE", f"/shipments/{fulfillment.id}")

    @override
    async def post_tracking_event(self, fulfillment: Fulfillment, event: TrackingEvent) -> None:
        await self.ask("post_event", "POST", f"/shipments/{fulfillment.id}/events", {"key": event.key})

    @override
    async def cancel_order(self, order_id: str, *, reason: str | None = None) -> CancellationResult:
        await self.ask("cancel_order", "POST", f"/orders/{order_id}/cancel", {"reason": reason})
        return CancellationResult(status=CancellationStatus.DONE)

    @override
    async def answer_cancel_request(self, order_id: str, *, accept: bool) -> CancellationResult:
        await self.ask("answer", "POST", f"/orders/{order_id}/answer", {"accept": accept})
        return CancellationResult(status=CancellationStatus.DONE)

    @override
    async def get_inventory(self, skus: Sequence[str]) -> Sequence[InventoryLevel]:
        levels: list[InventoryLevel] = []
        for sku in skus:
            response = await self.ask("get_inventory", "GET", f"/stock/{sku}")
            levels += self.read(response, tuple[InventoryLevel, ...], "levels")
        return levels

    @override
    async def set_inventory(self, levels: Sequence[InventoryLevel]) -> Sequence[InventoryResult]:
        results: list[InventoryResult] = []
        for level in levels:
            try:
                await self.ask("set_inventory", "PUT", f"/stock/{level.sku}", {"available": level.available})
            except NotFoundError as error:
                results.append(InventoryResult(sku=level.sku, status=InventoryStatus.REJECTED, message=error.message))
            else:
                results.append(InventoryResult(sku=level.sku, status=InventoryStatus.ACCEPTED))
        return results

    @override
    async def receive(self, request: WebhookRequest) -> WebhookOutcome:
        self.verify(request)
        topic = json.loads(request.body)
        event = OrderChanged(id=topic["id"], account=self.key, order_id=topic["order"], what="orders/changed")
        return WebhookOutcome(events=(event,))

    def verify(self, request: WebhookRequest) -> None:
        """Refuse what the market did not sign."""
        if not hmac.compare_digest(request.header("x-market-signature") or "", signature(request.body)):
            raise AuthenticationError("the push is not signed by the market", provider="market", operation="receive")

    @override
    async def aclose(self) -> None:
        if self.session is not None:
            await self.session.aclose()


def signature(body: bytes) -> str:
    """Sign a push as the market does."""
    return hmac.new(PUSH_SECRET.encode(), body, hashlib.sha256).hexdigest()


class MarketPlatform(ChannelPlatform):
    """What the suite must know of the market."""

    token_path: ClassVar[str | None] = "/token"
    signature_header: ClassVar[str | None] = "X-Market-Signature"
    secrets: ClassVar[tuple[str, ...]] = (PUSH_SECRET,)

    def __init__(self) -> None:
        self.market = Market(ManualClock())

    @override
    async def place_order(self) -> str:
        return self.market.place()

    @override
    async def request_cancellation(self, order_id: str) -> None:
        self.market.requests.add(order_id)

    @override
    async def known_sku(self, channel: Channel) -> str:
        return "MUG-1"

    @override
    async def make_push(self, driver: Driver) -> WebhookRequest:
        body = json.dumps({"id": "e1", "order": "m1"}).encode()
        headers = {"X-Market-Signature": signature(body)}
        return WebhookRequest(method="POST", url="https://shop.example/push", headers=headers, body=body)

    @override
    async def pass_time(self, driver: Driver, duration: timedelta) -> None:
        self.market.clock.advance(duration.total_seconds())
