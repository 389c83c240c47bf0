"""Orders, whole: with what has left of them where the open quantities depend on it."""

from collections.abc import Sequence

from cartcarrier.channels.ebay import mapping, schemas
from cartcarrier.channels.ebay.client import EbayClient
from cartcarrier.errors import ResponseError
from cartcarrier.http import Lane
from cartcarrier.models import Order


class OrderReader:
    """Reads orders of one account.

    Args:
        client: To ask with.
        key: The account's key.
        keep_raw: Whether eBay's own bytes are kept.
    """

    def __init__(self, client: EbayClient, *, key: str, keep_raw: bool) -> None:
        self.client = client
        self.key = key
        self.keep_raw = keep_raw

    async def get(self, order_id: str) -> Order:
        """Return one order, as it is now.

        Raises:
            NotFoundError: eBay does not know it.
            ResponseError: eBay answered with another order.
        """
        found, response = await self.client.get_order(order_id)
        if order_id not in {found.order_id, found.legacy_order_id}:
            msg = "ebay answered get_order with another order than the one that was asked for"
            raise ResponseError(msg, **response.facts)
        known: Sequence[schemas.ShippingFulfillment] = ()
        if mapping.has_left(found):
            told = await self.client.list_fulfillments(order_id, operation="get_order")
            known = told.fulfillments
        raw = response.content if self.keep_raw else None
        return mapping.to_order(found, channel=self.key, fulfillments=known, raw=raw)

    async def complete(self, found: schemas.Order, *, raw: bytes | None) -> Order:
        """Return an order of a list. What has left is asked for only where a line has left in part: it costs a call."""
        known: Sequence[schemas.ShippingFulfillment] = ()
        if mapping.has_left_in_part(found):
            told = await self.client.list_fulfillments(found.order_id, operation="list_orders", lane=Lane.SYNC)
            known = told.fulfillments
        return mapping.to_order(found, channel=self.key, fulfillments=known, raw=raw)
