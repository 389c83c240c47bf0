"""A transport between the driver and its platform that makes things go wrong when it is told to."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Final, Protocol

import attrs
from typing_extensions import override

from cartcarrier.http import ConnectionDropped, HandlerTransport, ReceivedRequest, handler_transport

Answered = tuple[int, Mapping[str, str], bytes]

_HTML: Final = b"<!DOCTYPE html><html><head><title>One moment</title></head><body><h1>Reference 18.5</h1></body></html>"
_SHAPE: Final = b'{"unexpected": [1, 2, 3]}'
# Header fields that carry credentials, for the search for leaks.
_CREDENTIALS: Final = ("authorization", "token", "api-key", "secret")


class Failure(StrEnum):
    """What goes wrong between a driver and its platform.

    Attributes:
        REFUSED: No connection is made; nothing is sent.
        LOST: The platform does it; the connection breaks before the answer.
        HTML: An edge server answers 200 with a page; the platform never hears of it.
        CUT: The platform does it; 200 and half of the answer's body arrive.
        SHAPE: The platform answers 200 with JSON of another shape, and does nothing.
        LIMITED: 429, to come back after an hour; nothing is done.
        UNAVAILABLE: 503; nothing is done.
        UNAVAILABLE_AFTER: The platform does it, and answers 503 all the same.
        UNAUTHORIZED: 401; nothing is done.
        FORBIDDEN: 403; nothing is done.
        QUOTED: 400; the platform's message quotes name and street of who was written to.
    """

    REFUSED = "refused"
    LOST = "lost"
    HTML = "html"
    CUT = "cut"
    SHAPE = "shape"
    LIMITED = "limited"
    UNAVAILABLE = "unavailable"
    UNAVAILABLE_AFTER = "unavailable_after"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    QUOTED = "quoted"


_AFTER: Final = frozenset({Failure.LOST, Failure.CUT, Failure.UNAVAILABLE_AFTER})
_STATUS: Final = {
    Failure.LIMITED: 429,
    Failure.UNAVAILABLE: 503,
    Failure.UNAVAILABLE_AFTER: 503,
    Failure.UNAUTHORIZED: 401,
    Failure.FORBIDDEN: 403,
    Failure.QUOTED: 400,
}
RETRY_AFTER: Final = 3600


class AsyncTransport(Protocol):
    """A transport of the HTTP library: what ``transport=`` of a driver takes."""

    async def handle_async_request(self, request: Any) -> Any:  # noqa: ANN401 - objects of the HTTP library
        """Answer one request."""
        ...


def plain_answer(failure: Failure, message: str) -> Answered:
    """Return an answer that any driver must understand by its status alone.

    Args:
        failure: One that is an answer.
        message: What the body says, in fields of common names.
    """
    if failure is Failure.HTML:
        return 200, {"content-type": "text/html; charset=utf-8"}, _HTML
    if failure is Failure.SHAPE:
        return 200, {"content-type": "application/json"}, _SHAPE
    text = message.replace('"', "'")
    body = f'{{"message": "{text}", "error": "{text}", "errors": [{{"code": "X1", "message": "{text}"}}]}}'
    headers = {"content-type": "application/json"}
    if failure is Failure.LIMITED:
        headers["retry-after"] = str(RETRY_AFTER)
    return _STATUS[failure], headers, body.encode()


def credentials_in(request: ReceivedRequest) -> list[str]:
    """Return the values of the header fields that carry credentials, without the scheme."""
    return [
        value.rpartition(" ")[2]
        for name, value in request.headers.items()
        if any(word in name for word in _CREDENTIALS)
    ]


@attrs.define
class _Order:
    failure: Failure
    when: Callable[[ReceivedRequest], bool]


class FaultyTransport:
    """Hands requests on to another transport, or lets them fail. Remembers all.

    Args:
        inner: The transport to the simulator, or to your own fake.
        answer: What the platform says when something goes wrong; by default what every driver must understand.

    Attributes:
        requests: All requests, failed ones too, oldest first.
        credentials: Every credential that was sent; for the search for leaks.
    """

    def __init__(self, inner: AsyncTransport, answer: Callable[[Failure], Answered] | None = None) -> None:
        self.requests: list[ReceivedRequest] = []
        self.credentials: set[str] = set()
        self._inner = inner
        self._answer = answer or (lambda failure: plain_answer(failure, "no"))
        self._orders: list[_Order] = []

    @contextmanager
    def failing(self, failure: Failure, when: Callable[[ReceivedRequest], bool]) -> Iterator[None]:
        """Let every request that fits fail, until the block is left.

        Args:
            failure: How.
            when: Which requests. Asked when the request comes, so it may change its mind.
        """
        order = _Order(failure, when)
        self._orders.append(order)
        try:
            yield
        finally:
            self._orders.remove(order)

    def count(self, path: str | None = None) -> int:
        """Return how many requests were made, of this path or in all."""
        return sum(path is None or request.path == path for request in self.requests)

    async def handle_async_request(self, request: Any) -> Any:  # noqa: ANN401 - objects of the HTTP library
        """Answer one request of the HTTP library."""
        witness = HandlerTransport(lambda _: (200, {}, b""))
        await witness.handle_async_request(request)
        received = witness.requests[0]
        self.requests.append(received)
        self.credentials.update(credentials_in(received))
        failure = next((order.failure for order in self._orders if order.when(received)), None)
        if failure is None:
            return await self._inner.handle_async_request(request)
        return await self._fail(failure, request)

    async def aclose(self) -> None:
        """Do nothing: the inner transport is its owner's to close."""

    @override
    def __repr__(self) -> str:
        return f"<FaultyTransport after {len(self.requests)} requests>"

    async def _fail(self, failure: Failure, request: Any) -> Any:  # noqa: ANN401 - objects of the HTTP library
        def raise_dropped(_: ReceivedRequest) -> Answered:
            raise ConnectionDropped(sent=failure is not Failure.REFUSED)

        answer: Answered | None = None
        if failure in _AFTER:
            done = await self._inner.handle_async_request(request)
            body = await done.aread()
            if failure is Failure.CUT:
                left_out = {"content-length", "content-encoding", "transfer-encoding"}
                headers = {name: value for name, value in done.headers.items() if name.lower() not in left_out}
                answer = (200, headers, body[: len(body) // 2])
        if failure in {Failure.REFUSED, Failure.LOST}:
            return await handler_transport(raise_dropped).handle_async_request(request)
        if answer is None:
            answer = self._answer(failure)
        canned = answer
        return await handler_transport(lambda _: canned).handle_async_request(request)
