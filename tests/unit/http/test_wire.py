"""The real transports, against a server on this machine that misbehaves on order."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import anyio
import anyio.abc
import pytest

from cartcarrier.errors import ResponseError, TransportError
from cartcarrier.http import Request, RetryPolicy, Session
from cartcarrier.http._aiohttp import sort_error

Call = Callable[..., Awaitable[list[object]]]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WHOLE = HEAD + b"Set-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Speaks just enough HTTP: one answer for each request, from a list; None closes the connection without one."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.requests: list[bytes] = []
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        """Listen on this machine."""
        async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
            port = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - anyio, not Django
            async with anyio.create_task_group() as group:
                group.start_soon(listener.serve, self.serve)
                yield f"http://127.0.0.1:{port}"
                group.cancel_scope.cancel()

    async def serve(self, connection: anyio.abc.SocketStream) -> None:
        """Answer on one connection until an answer is cut short or missing."""
        async with connection:
            while True:
                try:
                    request = await connection.receive()
                except (anyio.EndOfStream, anyio.BrokenResourceError):
                    return
                self.requests.append(request)
                answer = self.answers.pop(0)
                if answer is None:
                    return
                await connection.send(answer)
                if answer != WHOLE:
                    return


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def call(make_session: Callable[..., Session]) -> Call:
    """Send requests in order on one session; errors are returned, not raised."""

    async def call(url: str, *requests: Request, max_answer: int = 1000) -> list[object]:
        session = make_session(
            None,
            transport=None,
            clock=None,
            hosts={"api": url},
            retry=RetryPolicy(attempts=1),
            max_answer=max_answer,
        )
        outcomes: list[object] = []
        for request in requests:
            try:
                outcomes.append((await session.send(request)).content)
            except (TransportError, ResponseError) as error:
                outcomes.append(error)
        await session.aclose()
        return outcomes

    return call


async def test_requests_go_over_the_network(call: Call, make_request: Callable[..., Request]) -> None:
    """The default transport works, on one connection, and keeps no cookies."""
    server = Server(WHOLE, WHOLE)
    async with server.running() as url:
        outcomes = await call(url, make_request(params={"q": "a b"}), make_request())
    assert outcomes == [b"{}", b"{}"]
    assert server.requests[0].startswith(b"GET /orders/1?q=a%20b HTTP/1.1\r\n")
    assert b"cookie" not in server.requests[1].lower()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_write_on_a_connection_that_breaks_is_sent_once_and_left_in_doubt(
    call: Call, make_request: Callable[..., Request], make_write: Callable[..., Request], method: str
) -> None:
    """The aiohttp transport reports this as a failed attempt to connect, and aiohttp would send some methods again."""
    server = Server(WHOLE, None, WHOLE)
    async with server.running() as url:
        outcomes = await call(url, make_request(), make_write(method=method))
    assert isinstance(outcomes[1], TransportError)
    assert outcomes[1].outcome_unknown
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "answer",
    [
        None,
        HEAD + b"Content-Length: 10\r\n\r\n{}",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}",
        HEAD[:20],
        b"nonsense\r\n\r\n",
    ],
    ids=["silence", "cut", "cut-chunk", "half-head", "nonsense"],
)
async def test_a_broken_answer_to_a_write_leaves_doubt(
    call: Call, make_write: Callable[..., Request], answer: bytes | None
) -> None:
    """However it breaks, after the request left nothing is known."""
    server = Server(answer)
    async with server.running() as url:
        [error] = await call(url, make_write())
    assert isinstance(error, TransportError)
    assert error.outcome_unknown
    assert len(server.requests) == 1


async def test_a_refused_connection_leaves_no_doubt(call: Call, make_write: Callable[..., Request]) -> None:
    """Nothing left this machine."""
    async with Server().running() as url:
        pass
    [error] = await call(url, make_write())
    assert isinstance(error, TransportError)
    assert not error.outcome_unknown


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: 2000\r\n\r\n" + b"0" * 2000,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n7d0\r\n" + b"0" * 2000 + b"\r\n0\r\n\r\n",
        HEAD + b"Connection: close\r\n\r\n" + b"0" * 200_000,
    ],
    ids=["announced", "chunked", "until-close"],
)
async def test_an_answer_that_is_too_large_is_not_kept(
    call: Call, make_request: Callable[..., Request], answer: bytes
) -> None:
    """However its size is said, or not said."""
    server = Server(answer)
    async with server.running() as url:
        [error] = await call(url, make_request(), max_answer=1999)
    assert isinstance(error, ResponseError)
    assert "more than 1999 bytes" in error.message


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (aiohttp.ConnectionTimeoutError(), "ConnectTimeout"),
        (aiohttp.ClientConnectionError(), "ReadError"),
        (aiohttp.ServerDisconnectedError(), "ReadError"),
        (aiohttp.ClientOSError(), "ReadError"),
        (aiohttp.SocketTimeoutError(), "ReadTimeout"),
        (aiohttp.ServerTimeoutError(), "ReadTimeout"),
        (TimeoutError(), "ReadTimeout"),
        (aiohttp.ClientPayloadError(), "RemoteProtocolError"),
        (aiohttp.InvalidURL("x"), "UnsupportedProtocol"),
        (OSError(), "ReadError"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_only_the_connector_proves_that_nothing_was_sent(error: Exception, name: str) -> None:
    """Every error that we do not know better must count as one after sending."""
    assert type(sort_error(error)).__name__ == name
