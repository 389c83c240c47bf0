"""Where a client is killed: wrappers around the ledger and the transport that end their own process with SIGKILL."""

import os
import signal
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

import attrs
import httpx
from typing_extensions import override

# (where, operation, when): the ledger's writes before and after their commit, the calls before they are sent, after their
# effect and after their answer. "answer" differs from "effect" in that the bytes of the answer have been read.
BOUNDARIES: tuple[tuple[str, str, str], ...] = (
    ("ledger", "record_orders", "after"),
    ("ledger", "plan_shipment", "before"),
    ("ledger", "plan_shipment", "after"),
    ("ledger", "start_step:purchase", "before"),
    ("ledger", "start_step:purchase", "after"),
    ("call", "ship", "before"),
    ("call", "ship", "effect"),
    ("call", "ship", "answer"),
    ("ledger", "finish_step:purchase", "before"),
    ("ledger", "finish_step:purchase", "after"),
    ("ledger", "add_step:confirm", "before"),
    ("ledger", "add_step:confirm", "after"),
    ("ledger", "start_step:confirm", "before"),
    ("ledger", "start_step:confirm", "after"),
    ("call", "confirm", "before"),
    ("call", "confirm", "effect"),
    ("call", "confirm", "answer"),
    ("ledger", "finish_step:confirm", "before"),
    ("ledger", "finish_step:confirm", "after"),
    ("ledger", "settle_order", "before"),
    ("ledger", "settle_order", "after"),
)


def die() -> NoReturn:
    """End this process as a power cut would: no handler runs, nothing is flushed."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


@attrs.frozen
class Deadline:
    """Which boundary kills.

    Attributes:
        where: ``"ledger"``, ``"call"``, or ``""`` for none.
        operation: The ledger's method with the kind of step, or the platform's operation.
        when: ``"before"``, ``"after"``, ``"effect"`` or ``"answer"``.
    """

    where: str = ""
    operation: str = ""
    when: str = ""

    def strike(self, where: str, operation: str, when: str) -> None:
        """Die if this is the boundary."""
        if (self.where, self.operation, self.when) == (where, operation, when):
            die()


class MortalLedger:
    """A ledger whose process dies before or after one of its writes.

    Args:
        ledger: The real one.
        deadline: When to die.
    """

    def __init__(self, ledger: Any, deadline: Deadline) -> None:
        self._ledger = ledger
        self._deadline = deadline
        self._kinds: dict[int, str] = {}

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._ledger, name)
        return self._wrap(name, value) if name in _WRITES else value

    def _wrap(self, name: str, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            operation = name
            if name == "add_step":
                operation = f"add_step:{args[1].value}"
            elif name in {"start_step", "finish_step"}:
                operation = f"{name}:{self._kinds.get(args[1], 'purchase')}"
            self._deadline.strike("ledger", operation, "before")
            result = await method(*args, **kwargs)
            if name == "add_step":
                self._kinds[result.id] = result.kind.value
            self._deadline.strike("ledger", operation, "after")
            return result

        return call


_WRITES = {"record_orders", "plan_shipment", "add_step", "start_step", "finish_step", "settle_order"}


class MortalTransport(httpx.AsyncBaseTransport):
    """A transport whose process dies around one of its calls.

    Args:
        deadline: When to die.
    """

    def __init__(self, deadline: Deadline) -> None:
        self._inner = httpx.AsyncHTTPTransport()
        self._deadline = deadline

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        operation = _operation(request)
        self._deadline.strike("call", operation, "before")
        response = await self._inner.handle_async_request(request)
        # the head of the answer is here: the platform has done it
        self._deadline.strike("call", operation, "effect")
        body = b"".join([chunk async for chunk in response.aiter_raw()])
        await response.aclose()
        self._deadline.strike("call", operation, "answer")
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(body))

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()


SELLS_LABELS = ("/ship", "/ship/v1/shipments", "/labels/v3/label")  # UPS, FedEx, USPS
CONFIRMS = ("/shipping_fulfillment", "/shipmentConfirmation")  # eBay, Amazon; Shopify says it in the body


def _operation(request: httpx.Request) -> str:
    path = request.url.path
    if request.method == "POST" and path.endswith(SELLS_LABELS):
        return "ship"
    by_graph = path.endswith("graphql.json") and b"fulfillmentCreate" in request.content
    if by_graph or (request.method == "POST" and path.endswith(CONFIRMS)):
        return "confirm"
    return path
