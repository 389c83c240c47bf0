"""Cancelling orders, by a feed that takes its time (field guide amazon.md §2.9)."""

from collections import OrderedDict
from typing import Final

from cartcarrier.channels.amazon import codes, mapping
from cartcarrier.channels.amazon.driver.feeding import Feeds, is_over
from cartcarrier.channels.amazon.driver.reading import OrderReader
from cartcarrier.channels.amazon.schemas import orders as schemas
from cartcarrier.errors import ConflictError
from cartcarrier.http import Lane
from cartcarrier.models import CancellationResult, CancellationStatus

_MOST_REMEMBERED: Final = 10_000
_XML: Final = "text/xml; charset=UTF-8"


class Cancelling:
    """Cancellations of one seller, and the feeds that are under way for them.

    The feeds are remembered in this process only. After a restart ``resume`` takes up a feed by its id; ``cancel`` may send a second
    one, which does no harm.

    Args:
        under_way: Feeds by order; shared by all calls of a driver.
        reader: To read orders with.
    """

    def __init__(self, reader: OrderReader, under_way: "OrderedDict[str, str]") -> None:
        self._reader = reader
        self._client = reader.client
        self._config = reader.config
        self._feeds = Feeds(reader.client)
        self._under_way = under_way

    async def cancel(self, order_id: str, *, reason: str, named: str = "cancel_order") -> CancellationResult:
        """Cancel an order, or say how far its cancellation is.

        Raises:
            NotFoundError: Amazon does not know it.
        """
        node, _, _ = await self._reader.node(order_id, named=named, lane=Lane.CONFIRM)
        decided = _decided(node)
        if decided is not None:
            self._under_way.pop(order_id, None)
            return decided
        feed_id = self._under_way.get(order_id)
        if feed_id is None:
            document = mapping.to_cancel_document(
                self._config.the_seller(self._client.driver),
                order_id,
                [item.order_item_id for item in node.order_items],
                reason,
            )
            feed_id = await self._feeds.submit(
                codes.CANCEL_FEED, document, _XML, named=named, others=self._under_way.values
            )
            self._under_way[order_id] = feed_id
            while len(self._under_way) > _MOST_REMEMBERED:
                self._under_way.popitem(last=False)
        return await self._outcome(order_id, feed_id, named=named)

    async def resume(self, order_id: str, feed_id: str) -> CancellationResult:
        """Say how far a cancellation is whose feed another process handed in. Nothing is sent anew.

        Raises:
            NotFoundError: Amazon does not know the order or the feed.
        """
        named = "get_cancellation_result"
        node, _, _ = await self._reader.node(order_id, named=named, lane=Lane.CONFIRM)
        decided = _decided(node)
        if decided is not None:
            return decided
        self._under_way.setdefault(order_id, feed_id)
        return await self._outcome(order_id, feed_id, named=named)

    async def answer(self, order_id: str, *, accept: bool, reason: str) -> CancellationResult:
        """Answer a buyer who asks for a cancellation.

        Raises:
            ConflictError: Nobody asks, or it has been answered.
            NotFoundError: Amazon does not know the order.
        """
        named = "answer_cancel_request"
        node, _, response = await self._reader.node(order_id, named=named, lane=Lane.CONFIRM)
        asked = any(
            item.cancellation is not None
            and item.cancellation.cancellation_request is not None
            and item.cancellation.cancellation_execution is None
            for item in node.order_items
        )
        if _is_cancelled(node) or not asked:
            raise ConflictError(
                "amazon: nobody asks for a cancellation of this order, or it is cancelled", **response.facts
            )
        if not accept:
            msg = "Amazon is not told of a refusal: sending the order is the answer, and the buyer may be written to"
            return CancellationResult(status=CancellationStatus.REFUSED, message=msg)
        return await self.cancel(order_id, reason=reason, named=named)

    async def _outcome(self, order_id: str, feed_id: str, *, named: str) -> CancellationResult:
        feed = await self._feeds.wait(feed_id, self._config.feed_wait_seconds, named=named)
        if not is_over(feed):
            msg = f"Amazon works on it (feed {feed_id}): ask again"
            return CancellationResult(status=CancellationStatus.PENDING, message=msg)
        report = await self._feeds.result(feed, named=named)
        taken, code = mapping.read_cancel_report(report) if report is not None else (None, None)
        node, _, _ = await self._reader.node(order_id, named=named, lane=Lane.CONFIRM)
        if _is_cancelled(node):
            self._under_way.pop(order_id, None)
            return CancellationResult(status=CancellationStatus.DONE)
        if taken is False or feed.processing_status.upper() in {"FATAL", "CANCELLED"}:
            # May be tried anew: the next call sends another feed.
            self._under_way.pop(order_id, None)
            why = f"code {code}" if code else f"feed {feed_id} ended {feed.processing_status}"
            return CancellationResult(
                status=CancellationStatus.REFUSED, message=f"Amazon refused the cancellation: {why}"
            )
        msg = f"Amazon took it (feed {feed_id}), and the order does not show it yet: ask again"
        return CancellationResult(status=CancellationStatus.PENDING, message=msg)


def _is_cancelled(node: schemas.Order) -> bool:
    return node.fulfillment is not None and node.fulfillment.fulfillment_status == "CANCELLED"


def _decided(node: schemas.Order) -> CancellationResult | None:
    """Return the result that needs no feed."""
    if _is_cancelled(node):
        return CancellationResult(status=CancellationStatus.DONE)
    fulfillment = node.fulfillment
    if fulfillment is not None and fulfillment.fulfilled_by == "AMAZON":
        msg = "Amazon ships this order itself: only its buyer or Amazon can cancel it"
        return CancellationResult(status=CancellationStatus.REFUSED, message=msg)
    status = fulfillment.fulfillment_status if fulfillment is not None else ""
    left = any(
        item.fulfillment is not None and (item.fulfillment.quantity_fulfilled or 0) > 0 for item in node.order_items
    )
    if left or status in {"PARTIALLY_SHIPPED", "SHIPPED", "INVOICE_UNCONFIRMED"}:
        # Sent after something has left, this feed would refund the whole order (§2.9).
        msg = "something of the order has left already: it cannot be cancelled any more"
        return CancellationResult(status=CancellationStatus.REFUSED, message=msg)
    return None
