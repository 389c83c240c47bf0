"""The only module that touches httpx: one client, its errors sorted by what they say about the outcome."""

import functools
import importlib.util
import logging
import ssl
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib import metadata
from typing import cast
from urllib.request import getproxies

import anyio
import attrs
import httpx
from typing_extensions import override

from cartcarrier.http._redaction import strip_queries

# httpx's own pool slows down as it grows: about 830 requests/s at 10 connections, 160 at 100.
_POOL = httpx.Limits(max_connections=10, max_keepalive_connections=10, keepalive_expiry=30.0)
_TOTAL = 4  # a whole exchange may take that many time-outs; each of them bounds one silence only
# What is asked for, one at a time, and the header formats to try: some servers send "deflate" without its wrapping.
_CODINGS = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
# httpx raises these only before a connection exists on which the request could have left.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


class NoAnswerError(Exception):
    """No whole answer came.

    Args:
        reason: What happened, without anything of the request.
        left: Whether the request may have reached the platform.
    """

    def __init__(self, reason: str, *, left: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.left = left


class TooLargeError(Exception):
    """The answer is larger than allowed. Its status came, its body was not kept.

    Args:
        status: The HTTP status.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


@attrs.frozen
class Answer:
    """What came back.

    Attributes:
        status: The HTTP status.
        headers: The header fields.
        content: The body, decompressed.
    """

    status: int
    headers: Sequence[tuple[str, str]]
    content: bytes


class _QueryFilter(logging.Filter):
    """Cuts the query off the addresses that the HTTP library logs of our calls: carriers are asked about streets in theirs.

    Attributes:
        hosts: Whom we call; what the application itself calls is logged as ever.
    """

    def __init__(self) -> None:
        super().__init__()
        self.hosts: set[str] = set()

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                part.copy_with(query=None) if isinstance(part, httpx.URL) and part.host in self.hosts else part
                for part in record.args
            )
        return True


_QUERY_FILTER = _QueryFilter()


class Wire:
    """One client of the HTTP library, for one session and one event loop. No redirects, no cookies, no HTTP/2.

    Args:
        transport: What to send through, in place of the network; it stays the caller's to close.
        max_answer: The largest body to accept, in bytes, after decompression.
    """

    def __init__(self, transport: object | None, *, max_answer: int) -> None:
        chosen = _default_transport() if transport is None else _Borrowed(cast("httpx.AsyncBaseTransport", transport))
        self._max_answer = max_answer
        logging.getLogger("httpx").addFilter(_QUERY_FILTER)  # added once, however often it is said
        self._client = httpx.AsyncClient(
            transport=chosen,
            verify=ssl_context() if chosen is None else False,
            limits=_POOL,
            follow_redirects=False,
            http2=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={
                "User-Agent": f"cartcarrier/{_version()}",
                "Accept": "application/json",
                "Accept-Encoding": "gzip, deflate",
            },
        )

    async def send(
        self, method: str, url: str, *, headers: dict[str, str], content: bytes | None, silence: float
    ) -> Answer:
        """Send one request and read the whole answer.

        Args:
            method: The HTTP method.
            url: The whole address.
            headers: All header fields.
            content: The body.
            silence: Seconds that connecting, sending and receiving may each stand still.

        Raises:
            NoAnswerError: No whole answer came.
            TooLargeError: It would not end.
        """
        with anyio.move_on_after(silence * _TOTAL) as scope:
            try:
                request = self._client.build_request(
                    method, url, headers=headers, content=content, timeout=httpx.Timeout(silence)
                )
                _QUERY_FILTER.hosts.add(request.url.host)
                response = await self._client.send(request, stream=True)
                try:
                    return Answer(response.status_code, response.headers.multi_items(), await self._read(response))
                finally:
                    await response.aclose()
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError) as exc:
                raise NoAnswerError(_reason(exc), left=not isinstance(exc, (*_NOT_SENT, httpx.InvalidURL))) from _clean(
                    exc
                )
        assert scope.cancelled_caught  # noqa: S101 - the block above returns or raises otherwise
        raise NoAnswerError("the exchange took too long", left=True)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _read(self, response: httpx.Response) -> bytes:
        announced = response.headers.get("content-length", "")
        bodiless = response.request.method == "HEAD" or response.status_code in {204, 304}
        length = int(announced) if announced.isdigit() and not bodiless else None
        if length is not None and length > self._max_answer:
            raise TooLargeError(response.status_code)
        chunks: list[bytes] = []
        size = 0
        stream = response.aiter_raw()
        async for chunk in stream:
            size += len(chunk)
            if size > self._max_answer:
                await _abandon(response, stream)
                raise TooLargeError(response.status_code)
            chunks.append(chunk)
        if length is not None and size != length:
            raise httpx.RemoteProtocolError("the body is shorter than announced")
        body = b"".join(chunks)
        coding = response.headers.get("content-encoding", "identity").strip().lower()
        if not body or coding == "identity":
            return body
        unpacked = _unpack(body, coding, self._max_answer)
        if len(unpacked) > self._max_answer:
            raise TooLargeError(response.status_code)
        return unpacked


async def _abandon(response: httpx.Response, stream: AsyncIterator[bytes]) -> None:
    """Close a response in the middle, and let the generators that it is made of come to their ends: trio wants that."""
    await response.aclose()
    with suppress(httpx.HTTPError, httpx.StreamError, OSError):
        for _ in range(16):
            if await anext(stream, None) is None:
                return


def _unpack(body: bytes, coding: str, most: int) -> bytes:
    """Decompress a body, up to one byte more than ``most``: a few bytes may unpack to more than the memory holds."""
    if coding not in _CODINGS:
        raise httpx.DecodingError("a compression that was not asked for")
    for bits in _CODINGS[coding]:
        unpacker = zlib.decompressobj(bits)
        try:
            unpacked = unpacker.decompress(body, most + 1)
        except zlib.error:
            continue
        if not unpacker.eof and len(unpacked) <= most:
            raise httpx.DecodingError("the compressed body is cut")
        return unpacked
    raise httpx.DecodingError("the compressed body is garbled")


class _Borrowed(httpx.AsyncBaseTransport):
    """Somebody else's transport: used, not closed."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport = transport

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._transport.handle_async_request(request)


@functools.cache
def ssl_context() -> ssl.SSLContext:
    """Return the context that all sessions share: making one costs 17 ms."""
    return httpx.create_ssl_context()


@functools.cache
def _version() -> str:
    return metadata.version("cartcarrier")


def _default_transport() -> httpx.AsyncBaseTransport | None:
    """Return the fast transport where it can be used, or None for httpx's own."""
    # httpx's own transport finds the proxies of the environment; the aiohttp one does not.
    if _running_asyncio() and importlib.util.find_spec("httpx_aiohttp") is not None and not getproxies():
        from cartcarrier.http._aiohttp import AiohttpTransport  # noqa: PLC0415 - an extra; loads when first used

        return AiohttpTransport(ssl_context(), max_connections=10, keepalive_expiry=30.0)
    return None


def _running_asyncio() -> bool:
    try:
        import sniffio  # noqa: PLC0415 - comes with trio; without it there is only asyncio
    except ImportError:
        return True
    return sniffio.current_async_library() == "asyncio"


def _reason(exc: Exception) -> str:
    for kind, words in (
        (httpx.PoolTimeout, "no connection became free in time"),
        (httpx.ConnectTimeout, "connecting timed out"),
        (httpx.ProxyError, "the proxy refused"),
        (httpx.ConnectError, "the connection could not be made"),
        (httpx.InvalidURL, "the address is not valid"),
        (httpx.UnsupportedProtocol, "the address is not valid"),
        (httpx.ReadTimeout, "the answer timed out"),
        (httpx.WriteTimeout, "sending timed out"),
        (httpx.TimeoutException, "it timed out"),
        (httpx.RemoteProtocolError, "the answer was cut or broke the protocol"),
        (httpx.DecodingError, "the answer could not be decompressed"),
        (httpx.NetworkError, "the connection was lost"),
    ):
        if isinstance(exc, kind):
            return words
    return "the exchange failed"


def _clean(exc: Exception) -> Exception | None:
    """Take addresses' queries, header values and the request itself out of a chain of errors, which tracebacks print."""
    seen: set[int] = set()
    current: BaseException | None = exc
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        if isinstance(current, httpx.RequestError):
            current.request = httpx.Request("GET", "https://redacted.invalid")
        said = str(current)
        cleaned = "(withheld)" if "header" in said.lower() else strip_queries(said)
        if cleaned != said:
            current.args = (cleaned,)
            if str(current) != cleaned:  # it makes its own text, out of what it still holds
                current.__cause__ = None
                return None if current is exc else exc
        current = current.__cause__ or current.__context__
    return exc
