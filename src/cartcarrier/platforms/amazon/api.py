"""Sending to the Selling Partner API: one method for all operations, and the bare transfers of its documents."""

import platform
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import metadata
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

from cartcarrier.errors import OperationError, RejectedError, ResponseError
from cartcarrier.http import Clock, Lane, Request, Response, RetryPolicy, Session, SessionOwner, Token, json_encode
from cartcarrier.platforms.amazon.account import AmazonAccount
from cartcarrier.platforms.amazon.errors import amazon_error
from cartcarrier.platforms.amazon.login import TOKEN_HOST, TOKEN_URL, AmazonAuth
from cartcarrier.platforms.amazon.operations import SHARED, LimitTable, Operation

_API: Final = "api"
_DOCUMENTS: Final = "documents"
_MOST: Final = 256 * 1024 * 1024
_MAGIC: Final = b"\x1f\x8b"


@cache
def user_agent() -> str:
    """Return how the application names itself; Amazon demands the language in it (field guide amazon.md §1.4)."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    system = platform.system() or "Unknown"
    return f"cartcarrier/{metadata.version('cartcarrier')} (Language=Python/{version}; Platform={system})"


class AmazonApi:
    """One seller at the Selling Partner API.

    Args:
        owner: The driver.
        account: Its settings.
        operations: The operations that it uses, beside the shared ones.
        retry: How often to try.
    """

    def __init__(
        self,
        owner: SessionOwner,
        account: AmazonAccount,
        operations: Iterable[Operation],
        *,
        retry: RetryPolicy | None = None,
    ) -> None:
        self._owner = owner
        self._hosts = {_API: account.base_url, TOKEN_HOST: TOKEN_URL}
        self.limits: LimitTable = LimitTable((*SHARED, *operations), sandbox=account.sandbox)
        self._auth = AmazonAuth(account, self.limits.operation)
        self._session = Session(
            owner,
            hosts=self._hosts,
            auth=self._auth,
            translate=self._translate,
            limits=self.limits.limits,
            observe=self.limits.observe,
            retry=retry,
            headers={"user-agent": user_agent()},
        )

    @property
    def clock(self) -> Clock:
        """Where time comes from."""
        return self._session.clock

    async def call(
        self,
        operation: Operation,
        *,
        named: str,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str | Sequence[str] | None] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        lane: Lane = Lane.SYNC,
        timeout: float | None = None,  # noqa: ASYNC109 - a setting of the transport, as in Request
    ) -> Response:
        """Send one request.

        Args:
            operation: What is asked of Amazon.
            named: What is asked in the driver's words, for errors.
            path: Values for the names in the operation's path; every character that is not plain is escaped, slashes too.
            query: Parameters; a sequence is sent with commas between, ``None`` is left out.
            body: Sent as JSON; ``None`` for none.
            headers: Header fields of this call.
            lane: What it is for.
            timeout: Seconds without any progress after which the call is given up, in place of the session's.

        Returns:
            A success.

        Raises:
            OperationError: What Amazon says.
        """
        filled = operation.template
        for name, value in (path or {}).items():
            filled = filled.replace(f"{{{name}}}", quote(value, safe=""))
        params = {
            name: value if isinstance(value, str) else ",".join(value)
            for name, value in (query or {}).items()
            if value is not None
        }
        return await self._session.send(
            Request(
                operation=named,
                method=operation.method,
                path=filled.partition(" ")[0],
                template=operation.template,
                params=params,
                headers=dict(headers or {}),
                content=json_encode(body) if body is not None else None,
                safe=operation.safe,
                lane=lane,
                timeout=timeout,
            )
        )

    async def exchange_code(self, code: str, *, redirect_uri: str) -> Token:
        """Turn the code of a seller's authorization into a token.

        Raises:
            AuthenticationError: It is wrong, used, or older than five minutes.
        """
        return await self._auth.exchange_code(code, redirect_uri=redirect_uri)

    async def upload(self, url: str, content: bytes, *, content_type: str, named: str) -> None:
        """Put a document where Amazon said: with the content type that was announced, and without credentials (§2.9).

        Args:
            url: Presigned; good for five minutes.
            content: The document.
            content_type: Exactly as announced.
            named: For errors.

        Raises:
            RejectedError: The store refuses it: the address is too old, or the content type another.
        """
        await self._transfer("PUT", url, named=named, content=content, content_type=content_type)

    async def download(self, url: str, *, named: str, gzipped: bool = False) -> bytes:
        """Fetch a document from where Amazon said, without credentials.

        Args:
            url: Presigned; good for five minutes.
            named: For errors.
            gzipped: Whether Amazon says that it is compressed. The bytes decide.

        Raises:
            ResponseError: It cannot be unpacked.
        """
        response = await self._transfer("GET", url, named=named)
        content = response.content
        if not gzipped or not content.startswith(_MAGIC):
            return content
        unpacker = zlib.decompressobj(31)
        try:
            unpacked = unpacker.decompress(content, _MOST)
        except zlib.error:
            unpacked = b""
        if not unpacker.eof:
            raise ResponseError(f"amazon gave {named} a document that cannot be unpacked", **response.facts)
        return unpacked

    async def aclose(self) -> None:
        """Close the connections. Calling it again does nothing."""
        await self._session.aclose()

    async def _transfer(
        self, method: str, url: str, *, named: str, content: bytes | None = None, content_type: str = "application/json"
    ) -> Response:
        parts = urlsplit(url)
        # A session of its own: Amazon's documents lie elsewhere, and no token may travel there.
        session = Session(
            self._owner,
            hosts={**self._hosts, _DOCUMENTS: f"{parts.scheme}://{parts.netloc}"},
            translate=_refused_transfer,
        )
        params: dict[str, list[str]] = {}
        for name, value in parse_qsl(parts.query, keep_blank_values=True):
            params.setdefault(name, []).append(value)
        try:
            return await session.send(
                Request(
                    operation=named,
                    method=method,
                    path=parts.path or "/",
                    template="(document)",
                    host=_DOCUMENTS,
                    params=params,
                    content=content,
                    content_type=content_type,
                    safe=True,
                )
            )
        finally:
            await session.aclose()

    def _translate(self, request: Request, response: Response) -> OperationError | None:
        if request.host != _API:
            return None
        operation = self.limits.operation(request)
        markers = operation.markers if operation is not None else ()
        return amazon_error(request, response, pause=self.limits.pause(request), markers=markers)


def _refused_transfer(request: Request, response: Response) -> OperationError | None:
    if response.ok or response.status >= 500 or response.status == 429:
        return None
    msg = f"amazon's document store refused {request.operation} (HTTP {response.status}): the address is good for five minutes"
    return RejectedError(msg, code=str(response.status), **response.facts)
