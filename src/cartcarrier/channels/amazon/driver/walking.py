"""Walking over orders with the scarcest of Amazon's calls (field guide amazon.md §2.1, pitfalls 1, 5, 6).

``searchOrders`` gives 20 calls an hour. A walk that meets the limit half-way gives what notifications named, by ``getOrder``,
which has ninety times as many; then it says that it is not complete. The next walk goes on where this one stopped.
"""

import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any, Final

from typing_extensions import override

from cartcarrier.channels.amazon import mapping
from cartcarrier.channels.amazon.driver.reading import OrderReader, Unfinished
from cartcarrier.channels.amazon.schemas import orders as schemas
from cartcarrier.errors import (
    InvalidValueError,
    NotFoundError,
    OperationError,
    RateLimitError,
    RejectedError,
    ResponseError,
)
from cartcarrier.http import Lane
from cartcarrier.models import Order, OrderQuery

_logger = logging.getLogger("cartcarrier.channels.amazon")

# Of one walk: about the burst of getOrder, less what is kept for confirming.
_MOST_NAMED: Final = 20
# As a token lives 24 hours (§2.1), a little less.
_TOKEN_LIFE: Final = timedelta(hours=23)


class _Phase(Enum):
    START = auto()
    RESUMED = auto()
    SEARCH = auto()
    NAMED = auto()
    END = auto()


class OrderWalk(AsyncIterator[Order]):
    """The orders that fit a query, each state once.

    A class, not a generator: whoever stops half-way leaves nothing behind that somebody would have to close.

    Args:
        open_reader: Makes the reader; called at the first step.
        query: Which orders.
    """

    def __init__(self, open_reader: Callable[[], OrderReader], query: OrderQuery) -> None:
        self._open_reader = open_reader
        self._query = query
        self._reader: OrderReader | None = None
        self._phase = _Phase.START
        self._parameters: dict[str, object] = {}
        self._ready: deque[tuple[schemas.Order, bytes | None]] = deque()
        self._named: deque[str] = deque()
        self._states: set[tuple[str, datetime]] = set()
        self._given: set[str] = set()
        self._tokens: set[str] = set()
        self._restarted = False
        self._unreadable: list[str] = []
        self._addresses = [0, 0]  # orders with an address, and without one that is due
        self._stopped_by: OperationError | None = None
        self._facts: dict[str, Any] = {}

    @override
    async def __anext__(self) -> Order:
        """Return the next order that fits.

        Raises:
            RateLimitError: The searches are used up; what notifications named was given.
            PermissionDeniedError: A role is missing; an empty list is never given in its place.
            ResponseError: Some orders could not be read; all others were given before.
        """
        reader = self._reader or self._start()
        while True:
            order: Order | None = None
            if self._ready:
                order = self._take(reader, *self._ready.popleft())
            elif self._phase in {_Phase.RESUMED, _Phase.SEARCH}:
                await self._search(reader)
                continue
            elif self._named:
                order = await self._read_named(reader, self._named.popleft())
            elif self._phase is _Phase.NAMED:
                self._finish(reader)
                continue
            else:
                raise StopAsyncIteration
            if order is not None and mapping.matches(order, self._query):
                return order

    def _start(self) -> OrderReader:
        reader = self._reader = self._open_reader()
        now = reader.client.clock.now()
        memory = reader.memory
        since = self._query.updated_since
        if since is not None and since > now:
            self._phase = _Phase.END  # nothing was touched in the future, and Amazon would refuse to look for it
            return reader
        every = timedelta(minutes=reader.config.search_minutes)
        last = memory.searched.get(self._query)
        if since is None and last is not None and now < last + every:
            self._end_search(reader)
            return reader
        before = memory.unfinished.pop(self._query, None)
        if before is not None and now < before.at + _TOKEN_LIFE:
            self._phase, self._parameters = _Phase.RESUMED, before.parameters
        else:
            self._begin_search(reader)
        return reader

    def _begin_search(self, reader: OrderReader) -> None:
        self._phase = _Phase.SEARCH
        self._tokens.clear()
        self._parameters = dict(
            mapping.search_parameters(self._query, reader.config, reader.included, now=reader.client.clock.now())
        )

    def _end_search(self, reader: OrderReader) -> None:
        """Turn to what notifications named and the search has not shown yet: it lags behind them."""
        self._phase = _Phase.NAMED
        waiting = [order_id for order_id in reader.memory.touched if order_id not in self._given]
        self._named.extend(waiting[:_MOST_NAMED])
        for order_id in self._given:
            reader.memory.touched.pop(order_id, None)

    async def _search(self, reader: OrderReader) -> None:
        try:
            page, response = await reader.search(self._parameters)
        except RateLimitError as exc:
            self._stopped_by = exc
            if self._query.updated_since is None and "paginationToken" in self._parameters:
                reader.memory.unfinished[self._query] = Unfinished(self._parameters, reader.client.clock.now())
            self._end_search(reader)
            return
        except RejectedError as exc:
            # A token that is too old or no longer known (pitfall 5): from the start, once.
            if "paginationToken" not in self._parameters or self._restarted:
                raise
            self._restarted = True
            _logger.warning(
                "%s: Amazon refused the place in a list of orders (%s); starting again", reader.key, exc.code
            )
            self._begin_search(reader)
            return
        self._facts = response.facts
        for order_id, node, raw in reader.read_page(page, response):
            if node is None:
                self._unreadable.append(order_id)
            else:
                self._ready.append((node, raw))
        self._turn_page(reader, page)

    def _turn_page(self, reader: OrderReader, page: schemas.OrderPage) -> None:
        token = page.pagination.next_token if page.pagination is not None else None
        if token in self._tokens:
            _logger.warning("%s: Amazon repeats a place in a list of orders; the walk ends there", reader.key)
            token = None
        if token:
            self._tokens.add(token)
            # All else must be repeated unchanged (§2.1).
            self._parameters = {**self._parameters, "paginationToken": token}
        elif self._phase is _Phase.RESUMED:
            self._begin_search(reader)
        else:
            if self._query.updated_since is None:
                reader.memory.searched = {self._query: reader.client.clock.now()}
            self._end_search(reader)

    def _take(self, reader: OrderReader, node: schemas.Order, raw: bytes | None) -> Order | None:
        state = (node.order_id, node.last_updated_time)
        if state in self._states:
            return None
        self._states.add(state)
        if reader.config.read_addresses:
            lacks = mapping.lacks_address(node)
            self._addresses[lacks] += mapping.has_address(node) or lacks
            if lacks:
                _logger.warning("%s: the address of order %s is withheld; it is on hold", reader.key, node.order_id)
        try:
            order = reader.to_order(node, raw)
        except InvalidValueError as exc:
            _logger.warning("%s: order %s cannot be expressed: %s", reader.key, node.order_id, exc.field)
            self._unreadable.append(node.order_id)
            return None
        self._given.add(node.order_id)
        return order

    async def _read_named(self, reader: OrderReader, order_id: str) -> Order | None:
        reader.memory.touched.pop(order_id, None)
        if order_id in self._given:
            return None
        try:
            node, raw, response = await reader.node(order_id, named="list_orders", lane=Lane.SYNC)
        except NotFoundError:
            return None
        except RateLimitError:
            reader.memory.touch(order_id)
            self._named.clear()  # next time
            return None
        except ResponseError:
            self._unreadable.append(order_id)
            return None
        self._facts = response.facts
        return self._take(reader, node, raw)

    def _finish(self, reader: OrderReader) -> None:
        """End the walk; say what was not given."""
        self._phase = _Phase.END
        with_address, without = self._addresses
        if without and not with_address:
            raise reader.address_error(self._facts or self._own_facts(reader), f"any of {without} orders")
        if self._unreadable:
            names = ", ".join(sorted(set(self._unreadable))[:20])
            msg = f"amazon gave {len(self._unreadable)} orders that cannot be read; the others were given: {names}"
            raise ResponseError(msg, **(self._facts or self._own_facts(reader)))
        if self._stopped_by is not None:
            raise self._stopped_by

    def _own_facts(self, reader: OrderReader) -> dict[str, Any]:
        client = reader.client
        return {"provider": client.driver, "account": client.account, "operation": "list_orders"}
