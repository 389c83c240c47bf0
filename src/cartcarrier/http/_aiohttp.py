"""The fast transport, with its errors sorted anew.

httpx-aiohttp reports a connection that broke under way as a failed attempt to connect (its table maps
``aiohttp.ClientConnectionError``, the base of "server disconnected", to ``httpx.ConnectTimeout``; seen in 0.2.0, November 2025).
For a purchase that is the difference between "not sent" and "maybe bought", so this module looks at the cause.
"""

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import aiohttp
import httpx
import httpx_aiohttp
from typing_extensions import override

# Raised by aiohttp's connector only: no connection, nothing sent.
_NOT_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """Sends through aiohttp, without cookies and without the environment's netrc.

    Args:
        context: How to trust servers.
        max_connections: The size of the pool.
        keepalive_expiry: Seconds for which an idle connection is kept.
    """

    def __init__(self, context: ssl.SSLContext, *, max_connections: int, keepalive_expiry: float) -> None:
        self._context = context
        self._max_connections = max_connections
        self._keepalive_expiry = keepalive_expiry
        self._inner = httpx_aiohttp.AiohttpTransport(verify=context, client=self._make_client)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        with _sorted_errors():
            response = await self._inner.handle_async_request(request)
        stream = response.stream
        assert isinstance(stream, httpx.AsyncByteStream)  # noqa: S101 - what an async transport answers with
        response.stream = _SortedStream(stream)
        return response

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()

    def _make_client(self) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=self._max_connections, keepalive_timeout=self._keepalive_expiry, ssl=self._context
        )
        client = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        # aiohttp sends a PUT or DELETE again by itself when a reused connection breaks. Whether that does harm is for us to say.
        client._retry_connection = False  # there is no public switch; a test watches that this works
        return client


class _SortedStream(httpx.AsyncByteStream):
    def __init__(self, inner: httpx.AsyncByteStream) -> None:
        self._inner = inner

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _sorted_errors():
            async for chunk in self._inner:
                yield chunk

    @override
    async def aclose(self) -> None:
        await self._inner.aclose()


@contextmanager
def _sorted_errors() -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as exc:
        raise sort_error(exc.__cause__ or exc) from exc
    except (aiohttp.ClientError, TimeoutError) as exc:
        raise sort_error(exc) from exc


def sort_error(cause: BaseException) -> httpx.TransportError:
    """Return the httpx error that says what aiohttp's error means for the request.

    Only the connector's own errors prove that nothing was sent.
    """
    if isinstance(cause, aiohttp.ConnectionTimeoutError):
        return httpx.ConnectTimeout("connecting timed out")
    if isinstance(cause, _NOT_CONNECTED):
        return httpx.ConnectError("the connection could not be made")
    if isinstance(cause, aiohttp.InvalidURL):
        return httpx.UnsupportedProtocol("the address is not valid")
    if isinstance(cause, TimeoutError):
        return httpx.ReadTimeout("the answer timed out")
    if isinstance(cause, aiohttp.ClientPayloadError | aiohttp.ClientResponseError):
        return httpx.RemoteProtocolError("the answer was cut or broke the protocol")
    return httpx.ReadError("the connection was lost")
