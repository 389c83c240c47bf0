"""Reading orders: whole ones, what is withheld, what customs want to know (field guide shopify.md §4, §7)."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from cartcarrier.channels.shopify import mapping, schemas
from cartcarrier.channels.shopify.client import ShopifyClient, documents
from cartcarrier.channels.shopify.config import ShopifyConfig
from cartcarrier.channels.shopify.driver.pages import Pages, next_cursor
from cartcarrier.channels.shopify.errors import level_2_error, response_facts
from cartcarrier.errors import InvalidValueError, NotFoundError, ProviderError, ResponseError
from cartcarrier.http import Response
from cartcarrier.models import Fulfillment, Order

_logger = logging.getLogger("cartcarrier.channels.shopify")


CANNOT_BE: Final = "order_cannot_be"
"""The code of the error for one order that cannot be expressed: the others are to be read all the same."""
_MOST_NAMED: Final = 20


class Unreadable:
    """The orders of a walk that cannot be expressed: named at its end, when all others were given."""

    def __init__(self) -> None:
        self._why: dict[str, str] = {}

    def note(self, order_id: str, error: ResponseError) -> None:
        """Go on without this order.

        Raises:
            ResponseError: It is not this order alone that cannot be read.
        """
        if error.code != CANNOT_BE:
            raise error
        self._why[order_id] = error.message.rpartition(": ")[2]

    def error(self, facts: Mapping[str, Any]) -> ResponseError | None:
        """Return what is to be said at the end, once."""
        why, self._why = self._why, {}
        if not why:
            return None
        names = ", ".join(f"{order_id} ({field})" for order_id, field in sorted(why.items())[:_MOST_NAMED])
        message = f"shopify gave {len(why)} orders that cannot be expressed; the others were given: {names}"
        return ResponseError(message, code=CANNOT_BE, **facts)


class OrderReader:
    """Reads the orders of one shop.

    Args:
        client: Who asks.
        config: The shop's settings.
        key: The account's key.
        keep_raw: Keep Shopify's own bytes of each order.
    """

    def __init__(self, client: ShopifyClient, config: ShopifyConfig, *, key: str, keep_raw: bool) -> None:
        self.client = client
        self.key = key
        self.keep_raw = keep_raw
        self.test_too: bool = config.include_test_orders
        self._locations = mapping.location_gids(config.location_ids)

    # --- one order --------------------------------------------------------------------------------------------------

    async def get(self, order_id: str, *, operation: str, customs: bool) -> Order:
        """Return an order as it is now.

        Args:
            order_id: A global id.
            operation: What the caller does, for errors.
            customs: Whether articles may be read.

        Raises:
            NotFoundError: There is no such order, or it is too old for this app.
            PermissionDeniedError: Its address is withheld.
            ResponseError: Shopify answered with another order.
        """
        pages = Pages(self.client, operation=operation)
        asked = self.client.size(documents.ORDER, "fulfillments")
        data, response = await pages.read(documents.ORDER, {"id": order_id})
        if data.order is None:
            raise NotFoundError(
                "shopify does not know that order; without read_all_orders orders older than 60 days are not shown",
                **response_facts(response),
            )
        if data.order.id != order_id:
            msg = f"shopify answered {operation} with another order than the one that was asked for"
            raise ResponseError(msg, **response_facts(response))
        self.check_addresses([data.order], response)
        asked = min(asked, self.client.size(documents.ORDER, "fulfillments"))
        node = await pages.whole_order(data.order, asked=asked)
        raw = _raw_order(response.content) if self.keep_raw else None
        order = self.to_order(node, raw=raw)
        if not customs or not mapping.crosses_border(node, order):
            return order
        articles = await self._articles(pages, order_id)
        return self.to_order(node, raw=raw, customs=articles)

    async def fulfillments(self, order_id: str) -> Sequence[Fulfillment]:
        """Return what Shopify was told of an order, oldest first.

        Raises:
            NotFoundError: There is no such order.
        """
        pages = Pages(self.client, operation="list_fulfillments")
        data, response = await pages.read(documents.ORDER_FULFILLMENTS, {"id": order_id})
        if data.order is None or data.order.fulfillments is None:
            raise NotFoundError("shopify does not know the order of list_fulfillments", **response_facts(response))
        asked = self.client.size(documents.ORDER_FULFILLMENTS, "first")
        told = await pages.whole_fulfillments(order_id, data.order.fulfillments, asked=asked)
        return mapping.to_fulfillments(told, order_id=order_id)

    async def _articles(self, pages: Pages, order_id: str) -> Mapping[str, schemas.InventoryItem]:
        """Return what customs want to know of each line. An order can be shipped without it, so nothing fails for it."""
        articles: dict[str, schemas.InventoryItem] = {}
        cursor: str | None = None
        cursors: set[str] = set()
        while True:
            try:
                data, _ = await pages.read(documents.CUSTOMS, {"id": order_id, "after": cursor})
            except ProviderError as error:
                _logger.warning("%s: customs data cannot be read (%s)", self.key, type(error).__name__)
                return articles
            if data.order is None:
                return articles
            for line in data.order.line_items.nodes:
                if line.variant is not None and line.variant.inventory_item is not None:
                    articles[line.id] = line.variant.inventory_item
            cursor = next_cursor(data.order.line_items.page_info, cursors)
            if cursor is None:
                return articles

    @property
    def chosen_places(self) -> bool:
        """Whether only some places are ours."""
        return bool(self._locations)

    def is_foreign(self, node: schemas.Order) -> bool:
        """Return whether an order is shipped by other places than ours alone."""
        return mapping.is_foreign(node, self._locations)

    def to_order(
        self,
        node: schemas.Order,
        *,
        raw: bytes | None,
        customs: Mapping[str, schemas.InventoryItem] | None = None,
    ) -> Order:
        """Return a whole order of Shopify's as ours, and say so when some of it is hidden."""
        hidden = mapping.hidden_pieces(node)
        if hidden:
            _logger.warning(
                "%s: %d unfulfilled pieces of an order are in no fulfillment order that this app may see; "
                "check its fulfillment order scopes",
                self.key,
                hidden,
            )
        try:
            return mapping.to_order(
                node,
                channel=self.key,
                locations=self._locations,
                customs=customs or {},
                raw=raw,
                hold_tests=not self.test_too,
            )
        except (InvalidValueError, ArithmeticError) as exc:
            # Such as a negative count, or an amount that is no number; the field is named, never its value.
            field = exc.field if isinstance(exc, InvalidValueError) else "Money.amount"
            message = f"shopify gave an order that cannot be: {field}"
            raise ResponseError(message, code=CANNOT_BE, **self.client.facts("read an order")) from None

    def check_addresses(self, nodes: Sequence[schemas.Order], response: Response) -> None:
        """Refuse a page on which every address that is needed is missing: then it is withheld, and not one odd order."""
        wanting = [node for node in nodes if mapping.needs_address(node)]
        if wanting and all(node.shipping_address is None for node in wanting):
            raise level_2_error(response_facts(response), response.request.operation)


class _RawNodes(msgspec.Struct):
    nodes: list[msgspec.Raw]


class _RawOrdersData(msgspec.Struct):
    orders: _RawNodes


class _RawOrders(msgspec.Struct):
    data: _RawOrdersData


class _RawOrderData(msgspec.Struct):
    order: msgspec.Raw


class _RawOrder(msgspec.Struct):
    data: _RawOrderData


_RAW_ORDERS: Final = msgspec.json.Decoder(_RawOrders)
_RAW_ORDER: Final = msgspec.json.Decoder(_RawOrder)


def raw_orders(content: bytes) -> list[bytes]:
    """Return the bytes of each order of a page."""
    return [bytes(node) for node in _RAW_ORDERS.decode(content).data.orders.nodes]


def _raw_order(content: bytes) -> bytes:
    return bytes(_RAW_ORDER.decode(content).data.order)
