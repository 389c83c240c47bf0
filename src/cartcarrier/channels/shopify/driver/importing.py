"""The first big import: Shopify looks through its orders in the background (field guide shopify.md §7.3)."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import attrs
import msgspec
from typing_extensions import override

from cartcarrier.channels.shopify import mapping, schemas
from cartcarrier.channels.shopify.client import documents
from cartcarrier.channels.shopify.client.files import OPERATION, ResultFile
from cartcarrier.channels.shopify.driver.pages import Pages, next_cursor
from cartcarrier.channels.shopify.driver.reading import OrderReader, Unreadable, raw_orders
from cartcarrier.channels.shopify.errors import conflict, response_facts, user_error
from cartcarrier.errors import (
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    ProviderError,
    ResponseError,
    UnavailableError,
)
from cartcarrier.http import Response, json_decoder
from cartcarrier.models import Order, OrderQuery

# Orders that are read whole at a time: a page of a listing.
_AT_ONCE: Final = 25
_SHORTEST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 60.0
_RUNNING: Final = frozenset({"CREATED", "RUNNING", "CANCELING"})
_BUSY: Final = frozenset({"OPERATION_IN_PROGRESS", "LIMIT_REACHED"})
# Shopify's clock and ours may differ by that much when a lost operation is looked for.
_SKEW: Final = timedelta(minutes=2)


@attrs.define
class _Entry:
    """An order in the result, with the states of its fulfillment orders."""

    order: schemas.BulkLine
    states: set[str] = attrs.field(factory=set)


class OrderImport(AsyncIterator[Order]):
    """The orders that fit a query, found by a bulk operation and read as they are now.

    A class, not a generator: whoever stops half-way leaves nothing behind that somebody would have to close.

    Attributes:
        operation_id: Of the bulk operation, once it is known: with it the import can be taken up again within 7 days.
    """

    def __init__(
        self,
        open_reader: Callable[[], Awaitable[OrderReader]],
        query: OrderQuery,
        *,
        operation_id: str | None,
    ) -> None:
        self.operation_id: str | None = operation_id
        self._open_reader = open_reader
        self._query = query
        self._reader: OrderReader | None = None
        self._file: ResultFile | None = None
        self._entry: _Entry | None = None
        self._found: deque[str] = deque()
        self._orders: deque[Order] = deque()
        self._ended = False
        self._unreadable = Unreadable()

    @override
    async def __anext__(self) -> Order:
        """Return the next order; the first step takes as long as Shopify's work.

        Raises:
            ResponseError: The result cannot be used, or some orders cannot be expressed and all others were given before.
        """
        if self._reader is None:
            self._reader = await self._open_reader()
        reader = self._reader
        if self._file is None and not self._ended:
            await self._open(reader)
        while not self._orders:
            if len(self._found) < _AT_ONCE and not self._ended:
                await self._read_line(reader)
            elif self._found:
                batch = [self._found.popleft() for _ in range(min(_AT_ONCE, len(self._found)))]
                self._orders.extend(await self._read_whole(reader, batch))
            else:
                unreadable = self._unreadable.error(reader.client.facts(OPERATION))
                if unreadable is not None:
                    raise unreadable
                raise StopAsyncIteration
        return self._orders.popleft()

    # --- the operation ----------------------------------------------------------------------------------------------

    async def _open(self, reader: OrderReader) -> None:
        operation = await self._begin(reader) if self.operation_id is None else None
        if operation is not None:
            self.operation_id = operation.id
        done = await self._wait(reader, operation)
        if done.url is None:
            self._ended = True  # nothing matched
            return
        size = int(done.file_size) if done.file_size is not None and done.file_size.isdigit() else None
        self._file = reader.client.open_result(done.url, size=size)

    async def _begin(self, reader: OrderReader) -> schemas.BulkOperation:
        client = reader.client
        begun = client.clock.now()
        text = bulk_query(self._query, begun)
        try:
            data, response = await client.change(documents.BULK_RUN, {"query": text}, operation=OPERATION)
        except OperationError as error:
            if not error.outcome_unknown:
                raise
            # The answer is lost, perhaps not the operation: five run at a time, and none should run for nobody (§7.3).
            try:
                lost = await self._find(reader, text, begun)
            except OperationError as second:
                raise error from second
            if lost is None:
                raise
            return lost
        payload = data.bulk_operation_run_query
        if payload is not None and payload.user_errors:
            code = payload.user_errors[0].code
            if code in _BUSY:
                message = "as many bulk operations run as Shopify lets this app have: wait for one to end, or take over yours by its operation_id"
                raise conflict(response_facts(response), message, code=code)
            raise user_error(response, payload.user_errors)
        if payload is None or payload.bulk_operation is None:
            message = "shopify answered import_orders with neither a result nor a reason"
            raise ResponseError(message, outcome_unknown=True, **response_facts(response))
        return payload.bulk_operation

    async def _find(self, reader: OrderReader, text: str, begun: datetime) -> schemas.BulkOperation | None:
        since = mapping.created_since(begun - _SKEW)
        data, _ = await reader.client.read(documents.BULK_OPERATIONS, {"query": since}, operation=OPERATION)
        fitting = [
            operation
            for operation in data.bulk_operations.nodes
            if operation.query.split() == text.split() and operation.created_at >= begun - _SKEW
        ]
        return max(fitting, key=lambda operation: operation.created_at, default=None)

    async def _wait(self, reader: OrderReader, operation: schemas.BulkOperation | None) -> schemas.BulkOperation:
        """Wait for the end of the operation, as long as that takes: Shopify ends each within 10 days."""
        pause = _SHORTEST_PAUSE
        while True:
            if operation is not None and operation.status in _RUNNING:
                await reader.client.clock.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
            data, response = await reader.client.read(
                documents.BULK_OPERATION, {"id": self.operation_id}, operation=OPERATION
            )
            operation = data.bulk_operation
            if operation is None:
                message = "shopify does not know that bulk operation: results are kept for 7 days; import anew"
                raise NotFoundError(message, **response_facts(response))
            if operation.status == "COMPLETED":
                return operation
            if operation.status not in _RUNNING:
                raise _failure(operation, response)

    # --- its result -------------------------------------------------------------------------------------------------

    async def _read_line(self, reader: OrderReader) -> None:
        raw = await self._file.read_line() if self._file is not None else None
        if raw is None:
            self._close_entry(reader)
            self._ended = True
            return
        try:
            line = json_decoder(schemas.BulkLine).decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise _unreadable(reader, "it has a line that cannot be read") from None
        if line.parent_id is None:
            self._close_entry(reader)
            self._entry = _Entry(line)
        elif self._entry is None or line.parent_id != self._entry.order.id:
            # Asked for below its order. Elsewhere it would be an order's share that nobody looked at.
            raise _unreadable(reader, "its lines are not grouped by order")
        else:
            self._entry.states.add(line.status)

    def _close_entry(self, reader: OrderReader) -> None:
        entry, self._entry = self._entry, None
        if entry is None:
            return
        order = entry.order
        if order.updated_at is None or mapping.to_number("Order", order.id) is None:
            raise _unreadable(reader, "it is not a list of orders")
        since = self._query.updated_since
        too_old = since is not None and order.updated_at < since.replace(microsecond=0)
        wanted = mapping.may_match(self._query, cancelled=order.cancelled_at is not None, states=entry.states)
        if wanted and not too_old and (reader.test_too or not order.test):
            self._found.append(order.id)

    # --- the orders -------------------------------------------------------------------------------------------------

    async def _read_whole(self, reader: OrderReader, ids: Sequence[str]) -> list[Order]:
        """Return the orders with these ids that fit, as they are now."""
        pages = Pages(reader.client, operation=OPERATION)
        left = dict.fromkeys(ids)
        orders: dict[str, Order | None] = {}
        search = " OR ".join(f"id:{mapping.to_number('Order', order_id)}" for order_id in ids)
        cursor: str | None = None
        cursors: set[str] = set()
        while True:
            data, response = await pages.read(documents.ORDERS, {"query": search, "after": cursor}, first=len(ids))
            page = data.orders
            nodes = [node for node in page.nodes if node.id in left]
            reader.check_addresses(nodes, response)
            raws = raw_orders(response.content) if reader.keep_raw else [None] * len(page.nodes)
            asked = reader.client.size(documents.ORDERS, "fulfillments")
            for node, raw in zip(page.nodes, raws, strict=True):
                if node.id not in left or node.id in orders:
                    continue  # a search that is not understood gives everything (§7.1)
                whole = await pages.whole_order(node, asked=asked)
                try:
                    orders[node.id] = None if reader.is_foreign(whole) else reader.to_order(whole, raw=raw)
                except ResponseError as error:
                    self._unreadable.note(node.id, error)
                    orders[node.id] = None
            cursor = next_cursor(page.page_info, cursors)
            if cursor is None or len(orders) == len(left):
                break
        for order_id in ids:
            if order_id in orders:
                continue
            try:  # the search lags behind
                orders[order_id] = await reader.get(order_id, operation=OPERATION, customs=False)
            except NotFoundError:
                orders[order_id] = None  # deleted since
            except ResponseError as error:
                self._unreadable.note(order_id, error)
                orders[order_id] = None
        found = [orders[order_id] for order_id in ids]
        return [order for order in found if order is not None and mapping.matches(order, self._query)]


def bulk_query(query: OrderQuery, until: datetime) -> str:
    """Return what Shopify is to look through: each order with the states of its fulfillment orders.

    No more is asked for, because the lines of fulfillment orders and fulfillments lie deeper than a bulk operation goes (two
    levels, §7.3), and because an order is bought for as it is, not as it was when the operation ran.
    """
    search = mapping.order_search(query, until)  # of moments and fixed words, so there is nothing to escape
    return (
        f'{{ orders(query: "{search}", sortKey: UPDATED_AT) {{ edges {{ node {{ id updatedAt cancelledAt test '
        "fulfillmentOrders { edges { node { id status } } } } } } }"
    )


def _unreadable(reader: OrderReader, why: str) -> ResponseError:
    message = f"the result of shopify's bulk operation cannot be used: {why}"
    return ResponseError(message, **reader.client.facts(OPERATION))


def _failure(operation: schemas.BulkOperation, response: Response) -> ProviderError:
    """Return the error for an operation that ended without a whole result. What it found until then is not used."""
    facts = response_facts(response)
    code = operation.error_code or operation.status
    if operation.error_code == "ACCESS_DENIED":
        return PermissionDeniedError("shopify denies the bulk operation access to orders", code=code, **facts)
    if operation.status == "FAILED":
        message = f"shopify's bulk operation failed ({code}); what it found until then is not used: import anew, or less at a time"
        return UnavailableError(message, code=code, **facts)
    if operation.status == "EXPIRED":
        message = "the result of shopify's bulk operation is gone: it is kept for 7 days; import anew"
        return NotFoundError(message, code=code, **facts)
    if operation.status == "CANCELED":
        return conflict(facts, "the bulk operation was canceled; import anew", code=code)
    return ResponseError(f"shopify's bulk operation is {operation.status}, which is not known", code=code, **facts)
