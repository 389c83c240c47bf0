"""A provider with a warehouse behind it: what the kit's own tests break on purpose."""

import json
from collections.abc import Sequence
from typing import Any, ClassVar

import attrs
from typing_extensions import override

from cartcarrier.errors import InvalidValueError, ResponseError
from cartcarrier.http import ManualClock, ReceivedRequest, Request, Response, Session, StaticAuth
from cartcarrier.models import (
    CancellationResult,
    CancellationStatus,
    Order,
    ProviderOrder,
    ProviderOrderStatus,
    Rate,
    from_plain,
    to_plain,
)
from cartcarrier.providers import FulfillmentProvider
from cartcarrier.testing import Answered, ProviderPlatform, make_rate


@attrs.frozen(kw_only=True)
class WarehouseConfig:
    """The settings of one account."""

    api_key: str = attrs.field(default="warehouse-not-a-real-key", repr=False)


class Warehouse:
    """The platform."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}

    def __call__(self, request: ReceivedRequest) -> Answered:
        """Answer a request."""
        body = json.loads(request.content) if request.content else None
        match request.method, request.path.strip("/").split("/"):
            case "POST", ["preview"]:
                return _say({"rates": [to_plain(make_rate(carrier="warehouse:default"))]})
            case "PUT", ["orders", reference]:
                known = self.orders.setdefault(reference, {"goods": body, "status": "received"})
                if known["goods"] != body:
                    return 409, {}, b"{}"
                return self._state(reference)
            case method, ["orders", reference] if reference in self.orders:
                if method == "DELETE":
                    self.orders[reference]["status"] = "cancelled"
                return self._state(reference)
        return 404, {}, b"{}"

    def _state(self, reference: str) -> Answered:
        return _say({"reference": reference, "status": self.orders[reference]["status"]})


def _say(answer: object) -> Answered:
    return 200, {"content-type": "application/json"}, json.dumps(answer).encode()


class WarehouseProvider(FulfillmentProvider):
    """A sound driver."""

    driver: ClassVar[str] = "warehouse"
    config_class: ClassVar[type[Any]] = WarehouseConfig
    session: Session | None = None

    async def ask(self, operation: str, method: str, path: str, body: object = None, *, safe: bool = True) -> Response:
        """Send one request."""
        if self.session is None:
            auth = StaticAuth({"X-Api-Key": self.config.api_key})
            self.session = Session(self, hosts={"api": "https://warehouse.example"}, auth=auth)
        content = None if body is None else json.dumps(body).encode()
        return await self.session.send(
            Request(operation=operation, method=method, path=path, content=content, safe=safe)
        )

    def unreadable(self, response: Response) -> ResponseError:
        """Return the error for an answer that cannot be read."""
        unknown = not response.request.safe
        return ResponseError("the warehouse's answer cannot be read", outcome_unknown=unknown, **response.facts)

    def read(self, response: Response) -> ProviderOrder:
        """Read how far an order is."""
        try:
            state = json.loads(response.content)
            return ProviderOrder(reference=state["reference"], status=ProviderOrderStatus(state["status"]))
        except (ValueError, KeyError, TypeError):
            raise self.unreadable(response) from None

    @override
    async def preview(self, order: Order) -> Sequence[Rate]:
        response = await self.ask("preview", "POST", "/preview", [line.sku for line in order.lines])
        try:
            return from_plain(tuple[Rate, ...], json.loads(response.content)["rates"])
        except (ValueError, KeyError, TypeError, InvalidValueError):
            raise self.unreadable(response) from None

    @override
    async def submit(self, order: Order, *, reference: str, service: str | None = None) -> ProviderOrder:
        goods = {line.id: line.quantity for line in order.lines}
        return self.read(await self.ask("submit", "PUT", f"/orders/{reference}", goods, safe=False))

    @override
    async def get_status(self, reference: str) -> ProviderOrder:
        return self.read(await self.ask("get_status", "GET", f"/orders/{reference}"))

    @override
    async def cancel(self, reference: str) -> CancellationResult:
        self.read(await self.ask("cancel", "DELETE", f"/orders/{reference}"))
        return CancellationResult(status=CancellationStatus.DONE)

    @override
    async def aclose(self) -> None:
        if self.session is not None:
            await self.session.aclose()


class WarehousePlatform(ProviderPlatform):
    """What the suite must know of the warehouse."""

    def __init__(self) -> None:
        self.warehouse = Warehouse()
        self.clock = ManualClock()

    @override
    def submitted(self) -> int:
        return len(self.warehouse.orders)
