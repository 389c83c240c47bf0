"""Transports that never touch the network: for simulators in this process, and for tests."""

from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import anyio
import attrs
from typing_extensions import override

from cartcarrier.http._messages import Headers

if TYPE_CHECKING:
    import httpx

AsgiApp = Callable[[Any, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]
Answered = tuple[int, Mapping[str, str], bytes]


class ConnectionDropped(Exception):  # noqa: N818 - it is an event that a simulator orders, not an error that a user meets
    """Raised inside a simulator or a test handler: the client sees its connection break.

    Args:
        sent: False when the connection was never made, so that the request cannot have arrived.
    """

    def __init__(self, *, sent: bool = True) -> None:
        super().__init__("connection dropped" if sent else "connection refused")
        self.sent = sent


@attrs.frozen(kw_only=True, eq=False, repr=False)
class ReceivedRequest:
    """A request as the other side got it.

    Attributes:
        method: The HTTP method.
        url: The whole address.
        path: Its path, still percent-encoded.
        params: Its query, decoded; of a repeated name, the last.
        headers: The header fields.
        content: The body.
    """

    method: str
    url: str
    path: str
    params: Mapping[str, str]
    headers: Headers
    content: bytes

    @override
    def __repr__(self) -> str:
        return f"<ReceivedRequest {self.method} with {len(self.content)} bytes>"


Handler = Callable[[ReceivedRequest], Answered | Awaitable[Answered]]


class HandlerTransport:
    """A transport that asks a function for its answers, and remembers what was sent.

    Attributes:
        requests: All requests, oldest first.
    """

    def __init__(self, handler: Handler) -> None:
        self.requests: list[ReceivedRequest] = []
        self._handler = handler

    async def handle_async_request(self, request: "httpx.Request") -> "httpx.Response":
        """Answer one request of the HTTP library."""
        import httpx  # noqa: PLC0415 - loads when first used

        url = str(request.url)
        parts = urlsplit(url)
        received = ReceivedRequest(
            method=request.method,
            url=url,
            path=parts.path,
            params=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers=Headers(request.headers.multi_items()),
            content=await request.aread(),
        )
        self.requests.append(received)
        await anyio.lowlevel.checkpoint()
        try:
            answered = self._handler(received)
            status, headers, body = await answered if isawaitable(answered) else answered
        except ConnectionDropped as exc:
            raise (httpx.ReadError if exc.sent else httpx.ConnectError)(str(exc), request=request) from exc
        return httpx.Response(status, headers=dict(headers), stream=httpx.ByteStream(body), request=request)

    async def aclose(self) -> None:
        """Do nothing: there is nothing to close."""

    @override
    def __repr__(self) -> str:
        return f"<HandlerTransport after {len(self.requests)} requests>"


def handler_transport(handler: Handler) -> HandlerTransport:
    """Return a transport that asks ``handler`` for its answers: ``(status, headers, body)``.

    The handler may be async. It may raise ``ConnectionDropped``; any other exception goes through to the test.
    """
    return HandlerTransport(handler)


class AsgiTransport:
    """A transport that runs an ASGI application in the task of the caller."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    async def handle_async_request(self, request: "httpx.Request") -> "httpx.Response":
        """Answer one request of the HTTP library."""
        import httpx  # noqa: PLC0415 - loads when first used

        exchange = _Exchange(request.method, await request.aread())
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": request.method,
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "scheme": request.url.scheme,
            "path": request.url.path,
            "raw_path": request.url.raw_path.partition(b"?")[0],
            "query_string": request.url.query,
            "server": (request.url.host, request.url.port),
            "client": ("127.0.0.1", 0),
            "root_path": "",
            "state": {},
            "extensions": {"cartcarrier.inprocess": {}},
        }
        await anyio.lowlevel.checkpoint()
        dropped: ConnectionDropped | None = None
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except ConnectionDropped as exc:
            dropped = exc
        except BaseExceptionGroup as group:
            # Raised in a task group of the app.
            matching, rest = group.split(ConnectionDropped)
            if matching is None or rest is not None:
                raise
            dropped = _first(matching)
        finally:
            exchange.over.set()
        if dropped is not None:
            raise (httpx.ReadError if dropped.sent else httpx.ConnectError)(str(dropped), request=request) from dropped
        if exchange.status is None:
            raise httpx.RemoteProtocolError("the application answered nothing", request=request)
        return httpx.Response(
            exchange.status, headers=exchange.headers, stream=httpx.ByteStream(bytes(exchange.body)), request=request
        )

    async def aclose(self) -> None:
        """Do nothing: there is nothing to close."""


class _Exchange:
    def __init__(self, method: str, content: bytes) -> None:
        self.status: int | None = None
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()
        self.over = anyio.Event()
        self._method = method
        self._content: bytes | None = content

    async def receive(self) -> dict[str, Any]:
        if self._content is None:
            await self.over.wait()
            return {"type": "http.disconnect"}
        content, self._content = self._content, None
        return {"type": "http.request", "body": content, "more_body": False}

    async def send(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            if self._method != "HEAD":
                self.body += message.get("body", b"")
            if not message.get("more_body", False):
                self.over.set()


def _first(group: BaseExceptionGroup[ConnectionDropped]) -> ConnectionDropped:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


def asgi_transport(app: AsgiApp) -> AsgiTransport:
    """Return a transport to an ASGI application in this process, under asyncio or trio.

    The application sees ``"cartcarrier.inprocess"`` among the extensions of its scope. ``ConnectionDropped`` raised in it
    reaches the client as a broken connection, and so does a body shorter than its ``Content-Length``, which the session
    notices over any transport; other exceptions go through.
    """
    return AsgiTransport(app)
