"""The result of a bulk operation: a file at an address of Shopify's choosing, read piece by piece.

The address is a secret of its own and needs no token, so none is sent there (field guide shopify.md §7.3).
"""

import re
from collections import deque
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from cartcarrier.channels.shopify.config import ShopifyConfig
from cartcarrier.channels.shopify.errors import response_facts
from cartcarrier.errors import NotFoundError, OperationError, ResponseError
from cartcarrier.http import Request, Response, RetryPolicy, Session, SessionOwner

OPERATION: Final = "import_orders"
# Bytes at a time. A result can be many gigabytes; a server that knows no ranges is believed up to the session's limit.
PIECE: Final = 4 * 1024 * 1024
_RETRY: Final = RetryPolicy(attempts=6)
_RANGE: Final = re.compile(r"bytes (?P<first>\d+)-(?P<last>\d+)/(?P<size>\d+|\*)")
_GONE: Final = frozenset({403, 404, 410})


class ResultFile:
    """One result.

    Args:
        driver: Who asks; its transport and its clock are used.
        config: The shop's settings.
        url: As Shopify gave it.
        size: In bytes, where Shopify says; what is shorter was cut.

    Raises:
        ResponseError: The address is none that a secret file could have.
    """

    def __init__(self, driver: SessionOwner, config: ShopifyConfig, url: str, *, size: int | None) -> None:
        self._facts: dict[str, Any] = {"provider": driver.driver, "account": driver.account, "operation": OPERATION}
        try:
            parts = urlsplit(url)
            sound = parts.scheme == "https" and bool(parts.hostname) and parts.username is None and parts.port is None
        except ValueError:
            sound = False
        if not sound:
            message = "shopify gave an address for the result of a bulk operation that is none"
            raise ResponseError(message, **self._facts)
        own = parts.hostname == config.shop
        self._host = "api" if own else "files"
        self._path = parts.path
        self._params = parse_qs(parts.query, keep_blank_values=True)
        self._size = size
        self._done = 0
        self._rest = b""
        self._lines: deque[bytes] = deque()
        self._ended = False
        self._session = Session(
            driver,
            hosts={"api": f"https://{config.shop}", "files": f"https://{parts.hostname}"},
            translate=_translate,
            retry=_RETRY,
        )

    async def aclose(self) -> None:
        """Close the connections. Calling it again does nothing."""
        await self._session.aclose()

    async def read_line(self) -> bytes | None:
        """Return the next line that is not empty; ``None`` at the end.

        Raises:
            NotFoundError: The file is kept no longer.
            ResponseError: It ends before its end.
        """
        while True:
            while self._lines:
                line = self._lines.popleft()
                if line.strip():
                    return line
            if self._ended:
                return None
            piece = await self._read_piece()
            *lines, self._rest = (self._rest + piece).split(b"\n")
            self._lines.extend(lines)
            if self._ended:
                self._lines.append(self._rest)

    async def _read_piece(self) -> bytes:
        """Return the next megabytes of the file."""
        done = self._done
        response = await self._session.send(
            Request(
                operation=OPERATION,
                method="GET",
                path=self._path,
                template="(result of a bulk operation)",
                host=self._host,
                params=self._params,
                # Packed, a piece would be another than the one that was asked for.
                headers={"Range": f"bytes={done}-{done + PIECE - 1}", "Accept-Encoding": "identity"},
                safe=True,
            )
        )
        piece = response.content
        size = self._size
        if response.status == 206:
            given = _RANGE.fullmatch(response.headers.get("content-range", ""))
            if given is None or int(given["first"]) != done or int(given["last"]) - done + 1 != len(piece):
                message = "the result of a bulk operation came in pieces that do not fit"
                raise ResponseError(message, **response_facts(response))
            if size is None and given["size"] != "*":
                size = int(given["size"])
            self._done += len(piece)
            self._ended = not piece or (self._done >= size if size is not None else len(piece) < PIECE)
        else:
            # It knows no ranges: this is all of it. What was read before is left out.
            piece = piece[done:]
            self._done += len(piece)
            self._ended = True
        if self._ended:
            await self._session.aclose()
            if size is not None and self._done != size:
                raise ResponseError("the result of a bulk operation is not as long as Shopify says", **self._facts)
        return piece


def _translate(request: Request, response: Response) -> OperationError | None:
    del request
    if response.status in _GONE:
        return NotFoundError(
            "the result of the bulk operation is gone: Shopify keeps it for 7 days; import anew",
            **response_facts(response),
        )
    return None
