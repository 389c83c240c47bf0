"""Whole objects: what did not fit on the first page of a nested list is read and put in its place.

A list that is cut without a word would make an order look smaller than it is.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import msgspec

from cartcarrier.channels.shopify import schemas
from cartcarrier.channels.shopify.client import ShopifyClient, documents
from cartcarrier.channels.shopify.errors import response_facts
from cartcarrier.errors import NotFoundError, ResponseError
from cartcarrier.http import Lane, Response

T = TypeVar("T")

# Order.fulfillments is a list without a cursor: all of it is asked for at once, in ever larger lists.
_MORE: Final = (20, 100, 250)


class Pages:
    """Reads what is more than a page.

    Args:
        client: Who asks.
        operation: What the caller does, for errors.
        lane: What it is for.
    """

    def __init__(self, client: ShopifyClient, *, operation: str, lane: Lane = Lane.SYNC) -> None:
        self._client = client
        self._operation = operation
        self._lane = lane

    async def read(
        self, document: documents.Document[T], variables: dict[str, Any], *, first: int | None = None
    ) -> tuple[T, Response]:
        """Ask one query."""
        return await self._client.read(document, variables, operation=self._operation, lane=self._lane, first=first)

    async def whole_order(self, order: schemas.Order, *, asked: int) -> schemas.Order:
        """Return an order with all its lines, fulfillment orders and fulfillments.

        Args:
            order: With first pages.
            asked: How many fulfillments were asked for.
        """
        lines = await self._lines(order)
        shares = await self.whole_shares(order.id, order.fulfillment_orders)
        told = await self.whole_fulfillments(order.id, order.fulfillments, asked=asked)
        if lines is order.line_items and shares is order.fulfillment_orders and told is order.fulfillments:
            return order
        return msgspec.structs.replace(order, line_items=lines, fulfillment_orders=shares, fulfillments=told)

    async def _lines(self, order: schemas.Order) -> schemas.LineItems:
        page = order.line_items
        if not page.page_info.has_next_page:
            return page

        async def more(after: str) -> schemas.LineItems | None:
            data, _ = await self.read(documents.ORDER_LINES, {"id": order.id, "after": after})
            return data.order.line_items if data.order is not None else None

        nodes = [*page.nodes, *await self._rest(page.page_info, more)]
        return msgspec.structs.replace(page, nodes=nodes)

    async def whole_shares(self, order_id: str, page: schemas.FulfillmentOrders) -> schemas.FulfillmentOrders:
        """Return all fulfillment orders of an order, with all their lines."""

        async def more(after: str) -> schemas.FulfillmentOrders | None:
            data, _ = await self.read(documents.ORDER_FULFILLMENT_ORDERS, {"id": order_id, "after": after})
            return data.order.fulfillment_orders if data.order is not None else None

        nodes = page.nodes
        if page.page_info.has_next_page:
            nodes = [*nodes, *await self._rest(page.page_info, more)]
        if any(node.line_items.page_info.has_next_page for node in nodes):
            nodes = [await self._whole_share(node) for node in nodes]
        return page if nodes is page.nodes else msgspec.structs.replace(page, nodes=nodes)

    async def _whole_share(self, share: schemas.FulfillmentOrder) -> schemas.FulfillmentOrder:
        page = await self.share_lines(share.id, share.line_items)
        return share if page is share.line_items else msgspec.structs.replace(share, line_items=page)

    async def share_lines(
        self, share_id: str, page: schemas.FulfillmentOrderLineItems
    ) -> schemas.FulfillmentOrderLineItems:
        """Return all lines of a fulfillment order."""
        if not page.page_info.has_next_page:
            return page

        async def more(after: str) -> schemas.FulfillmentOrderLineItems | None:
            data, _ = await self.read(documents.FULFILLMENT_ORDER_LINES, {"id": share_id, "after": after})
            return data.fulfillment_order.line_items if data.fulfillment_order is not None else None

        return msgspec.structs.replace(page, nodes=[*page.nodes, *await self._rest(page.page_info, more)])

    async def whole_fulfillments(
        self, order_id: str, told: list[schemas.Fulfillment], *, asked: int
    ) -> list[schemas.Fulfillment]:
        """Return all fulfillments of an order, with all their lines.

        Args:
            order_id: Of the order.
            told: The first of them.
            asked: How many were asked for: as many as that may mean that there are more.
        """
        for first in _MORE:
            if len(told) < asked:
                break
            data, response = await self.read(documents.ORDER_FULFILLMENTS, {"id": order_id}, first=first)
            if data.order is None or data.order.fulfillments is None:
                raise NotFoundError(f"shopify does not know the order of {self._operation}", **response_facts(response))
            told = data.order.fulfillments
            asked = min(first, self._client.size(documents.ORDER_FULFILLMENTS, "first", default=first))
        else:
            if len(told) >= asked:
                message = f"shopify has more fulfillments of one order than can be read in {self._operation}"
                raise ResponseError(message, **self._client.facts(self._operation))
        if any(item.fulfillment_line_items.page_info.has_next_page for item in told):
            told = [await self.whole_fulfillment(item) for item in told]
        return told

    async def whole_fulfillment(self, told: schemas.Fulfillment) -> schemas.Fulfillment:
        """Return a fulfillment with all its lines."""
        page = told.fulfillment_line_items
        if not page.page_info.has_next_page:
            return told

        async def more(after: str) -> schemas.FulfillmentLineItems | None:
            data, _ = await self.read(documents.FULFILLMENT_LINES, {"id": told.id, "after": after})
            return data.fulfillment.fulfillment_line_items if data.fulfillment is not None else None

        nodes = [*page.nodes, *await self._rest(page.page_info, more)]
        return msgspec.structs.replace(told, fulfillment_line_items=msgspec.structs.replace(page, nodes=nodes))

    async def stock_levels(self, item: schemas.StockItem) -> list[schemas.StockLevel]:
        """Return the levels of an article that were not on the first page."""

        async def more(after: str) -> schemas.StockLevels | None:
            data, _ = await self.read(documents.INVENTORY_ITEM_LEVELS, {"id": item.id, "after": after})
            return data.inventory_item.inventory_levels if data.inventory_item is not None else None

        return await self._rest(item.inventory_levels.page_info, more)

    async def _rest(self, info: schemas.PageInfo, more: Callable[[str], Awaitable[Any]]) -> list[Any]:
        """Return what is on the pages after the first."""
        nodes: list[Any] = []
        seen: set[str] = set()
        while info.has_next_page:
            cursor = next_cursor(info, seen)
            page = await more(cursor) if cursor is not None else None
            if page is None:
                message = f"shopify cut a list short in {self._operation}: it is not known whole"
                raise ResponseError(message, **self._client.facts(self._operation))
            nodes += page.nodes
            info = page.page_info
        return nodes


def next_cursor(info: schemas.PageInfo, seen: set[str]) -> str | None:
    """Return where the next page begins, or ``None`` when the walk must end.

    A cursor that comes again would go on for ever (field guide shopify.md, pitfall 10).
    """
    cursor = info.end_cursor
    if not info.has_next_page or not cursor or cursor in seen:
        return None
    seen.add(cursor)
    return cursor
