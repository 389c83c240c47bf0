"""Walking over all orders of a time line that moves under one's feet (field guide ebay.md §4).

Pages are no snapshot: an order that is touched while they are read leaves its place, and another one slips over the border of a
page unseen. So the past is read first, up to two minutes ago, in a window that nothing can enter. What leaves it lowers the
total that each page tells; then the window is read again in halves. All that left it is in the last window, which has no end.
"""

import logging
from collections import deque
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

from typing_extensions import override

from cartcarrier.channels.ebay import mapping, schemas
from cartcarrier.channels.ebay.driver.reading import OrderReader
from cartcarrier.http import Response, json_decoder, read_json
from cartcarrier.models import Order, OrderQuery

_logger = logging.getLogger("cartcarrier.channels.ebay")

# A page that cannot be halved any more is read that often in the hope of quiet.
_READINGS: Final = 3


class OrderWalk(AsyncIterator[Order]):
    """The orders that fit a query, each state once.

    A class, not a generator: whoever stops half-way leaves nothing behind that somebody would have to close.

    Args:
        reader: To read with.
        query: Which orders.
    """

    def __init__(self, reader: OrderReader, query: OrderQuery) -> None:
        self._reader = reader
        self._query = query
        self._windows: deque[mapping.Window] | None = None
        self._found: deque[tuple[mapping.Window, schemas.Order, bytes | None]] = deque()
        self._states: set[tuple[str, datetime]] = set()
        self._offset = 0
        self._total: int | None = None
        self._moved = False
        self._readings = 0

    @override
    async def __anext__(self) -> Order:
        """Return the next order that fits."""
        if self._windows is None:
            client = self._reader.client
            self._windows = deque(mapping.windows(self._query, client.now(), ours=client.clock.now()))
        while True:
            while self._found:
                order = await self._take(*self._found.popleft())
                if order is not None and mapping.matches(order, self._query):
                    return order
            if not self._windows:
                raise StopAsyncIteration
            await self._read(self._windows[0])

    async def _take(self, window: mapping.Window, found: schemas.Order, raw: bytes | None) -> Order | None:
        if not window.holds(found):
            _logger.warning("%s: eBay gave an order from outside the window asked for; left out", self._reader.key)
            return None
        state = (found.order_id, found.last_modified_date)
        if state in self._states:
            return None
        self._states.add(state)
        return await self._reader.complete(found, raw=raw)

    async def _read(self, window: mapping.Window) -> None:
        """Read one page, and go on to the next, to the window's halves, or to the next window."""
        wanted = self._query.page_size or mapping.LARGEST_PAGE
        limit = min(wanted, mapping.LARGEST_PAGE)
        page, response = await self._reader.client.list_orders(window.criteria, limit=limit, offset=self._offset)
        if self._total is not None and page.total < self._total:
            self._moved = True
        self._total = page.total
        raws = self._raws(response) if self._reader.keep_raw else [None] * len(page.orders)
        self._found.extend((window, found, raw) for found, raw in zip(page.orders, raws, strict=True))
        self._offset += len(page.orders)
        more = page.next is not None or self._offset < page.total
        if page.orders and more:
            return
        self._leave(window)

    def _leave(self, window: mapping.Window) -> None:
        """Be done with a window, unless something moved in it."""
        assert self._windows is not None  # noqa: S101 - set before the first page
        moved, self._moved = self._moved, False
        self._offset, self._total = 0, None
        halves = window.halves() if moved else None
        if halves is not None:
            self._windows.popleft()
            self._windows.extendleft(reversed(halves))
            return
        self._readings += 1
        if moved and self._readings < _READINGS:
            return
        self._readings = 0
        self._windows.popleft()

    def _raws(self, response: Response) -> list[bytes | None]:
        page = read_json(response, json_decoder(schemas.RawOrderPage))
        return [bytes(order) for order in page.orders]
