"""Walking over all orders of a window (field guide shopify.md §7.2)."""

import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Final

from typing_extensions import override

from cartcarrier.channels.shopify import mapping, schemas
from cartcarrier.channels.shopify.client import documents
from cartcarrier.channels.shopify.driver.pages import Pages, next_cursor
from cartcarrier.channels.shopify.driver.reading import OrderReader, Unreadable, raw_orders
from cartcarrier.errors import NotFoundError, ResponseError
from cartcarrier.models import FulfilledBy, Order, OrderQuery

_logger = logging.getLogger("cartcarrier.channels.shopify")

# A page holds at most that many (field guide shopify.md §5.1).
_LARGEST_PAGE: Final = 250


class OrderWalk(AsyncIterator[Order]):
    """The orders of a bounded window, each state once; then those of which only a fulfillment order changed.

    A class, not a generator: whoever stops half-way leaves nothing behind that somebody would have to close.

    Args:
        open_reader: Makes the reader, and says whether articles may be read; called at the first step.
        query: Which orders.
    """

    def __init__(self, open_reader: Callable[[], Awaitable[tuple[OrderReader, bool]]], query: OrderQuery) -> None:
        self._open_reader = open_reader
        self._query = query
        self._since = query.updated_since.replace(microsecond=0) if query.updated_since is not None else None
        self._reader: OrderReader | None = None
        self._customs = False
        self._until: datetime | None = None
        self._nodes: deque[tuple[schemas.Order, bytes | None]] = deque()
        self._touched: deque[str] = deque()
        self._states: set[tuple[str, datetime]] = set()
        self._seen: set[str] = set()
        self._orders_left = True
        self._touched_left = query.updated_since is not None
        self._cursor: str | None = None
        self._cursors: set[str] = set()
        self._asked = 0
        self._unreadable = Unreadable()

    @override
    async def __anext__(self) -> Order:
        """Return the next order that fits.

        Raises:
            ResponseError: Some orders cannot be expressed; all others were given before.
        """
        if self._reader is None:
            self._reader, self._customs = await self._open_reader()
            self._until = self._reader.client.clock.now()
        reader = self._reader
        while True:
            if self._nodes:
                order = await self._take(reader, *self._nodes.popleft())
            elif self._orders_left:
                await self._read_orders(reader)
                continue
            elif self._touched:
                order = await self._reread(reader, self._touched.popleft())
            elif self._touched_left:
                await self._read_touched(reader)
                continue
            else:
                unreadable = self._unreadable.error(reader.client.facts("list_orders"))
                if unreadable is not None:
                    raise unreadable
                raise StopAsyncIteration
            if order is not None and mapping.matches(order, self._query):
                return order

    async def _take(self, reader: OrderReader, node: schemas.Order, raw: bytes | None) -> Order | None:
        # What changes during the walk moves to the end, and pushes others over the border of a page (pitfall 9).
        state = (node.id, node.updated_at)
        if state in self._states:
            return None
        self._states.add(state)
        if self._since is not None and node.updated_at < self._since:
            # A filter that Shopify does not understand is left out without a word (§7.1).
            _logger.warning("%s: Shopify gave an order that is older than asked for; it is left out", reader.key)
            return None
        self._seen.add(node.id)
        if node.test and not reader.test_too:
            return None
        whole = await Pages(reader.client, operation="list_orders").whole_order(node, asked=self._asked)
        if reader.is_foreign(whole):
            return None
        try:
            return reader.to_order(whole, raw=raw)
        except ResponseError as error:
            self._unreadable.note(node.id, error)
            return None

    async def _reread(self, reader: OrderReader, order_id: str) -> Order | None:
        if order_id in self._seen:
            return None
        self._seen.add(order_id)
        try:
            order = await reader.get(order_id, operation="list_orders", customs=self._customs)
        except NotFoundError:
            return None  # deleted, or older than this app may read
        except ResponseError as error:
            self._unreadable.note(order_id, error)
            return None
        if mapping.TEST_ORDER in order.holds or (reader.chosen_places and order.fulfilled_by is FulfilledBy.CHANNEL):
            return None
        return order

    async def _read_orders(self, reader: OrderReader) -> None:
        wanted = self._query.page_size
        data, response = await Pages(reader.client, operation="list_orders").read(
            documents.ORDERS,
            {"query": mapping.order_search(self._query, self._end), "after": self._cursor},
            first=min(wanted, _LARGEST_PAGE) if wanted is not None else None,
        )
        page = data.orders
        reader.check_addresses(page.nodes, response)
        raws = raw_orders(response.content) if reader.keep_raw else [None] * len(page.nodes)
        self._nodes.extend(zip(page.nodes, raws, strict=True))
        self._asked = reader.client.size(documents.ORDERS, "fulfillments")
        self._advance(page.page_info, reader)
        self._orders_left = self._cursor is not None

    async def _read_touched(self, reader: OrderReader) -> None:
        """Find orders whose fulfillment orders changed: holds and moves leave an order's own time alone (pitfall 6)."""
        data, _ = await Pages(reader.client, operation="list_orders").read(
            documents.CHANGED_FULFILLMENT_ORDERS,
            {"query": mapping.window(self._since, self._end), "after": self._cursor},
        )
        page = data.fulfillment_orders
        self._touched.extend(
            node.order_id for node in page.nodes if self._since is None or node.updated_at >= self._since
        )
        self._advance(page.page_info, reader)
        self._touched_left = self._cursor is not None

    def _advance(self, info: schemas.PageInfo, reader: OrderReader) -> None:
        self._cursor = next_cursor(info, self._cursors)
        if self._cursor is None:
            if info.has_next_page:
                _logger.warning("%s: Shopify repeats a place in a list of orders; the walk ends there", reader.key)
            self._cursors.clear()

    @property
    def _end(self) -> datetime:
        assert self._until is not None  # noqa: S101 - set with the reader
        return self._until
