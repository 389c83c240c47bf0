"""What a channel can do: one abstract class for each ability."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence

from cartcarrier.drivers import Driver
from cartcarrier.models import (
    CancellationResult,
    Fulfillment,
    InventoryLevel,
    InventoryResult,
    Order,
    OrderQuery,
    TrackingEvent,
)

_ALL = OrderQuery()


class Channel(Driver):
    """Where things are sold. ``isinstance(channel, SupportsOrders)`` tells what it can do."""


class SupportsOrders(Channel):
    """A channel whose orders can be read."""

    @abstractmethod
    def list_orders(self, query: OrderQuery = _ALL) -> AsyncIterator[Order]:
        """Yield the orders that fit the query, page by page, each at least once.

        The caller may stop at any time. The order of the orders is the channel's.

        Raises:
            AuthenticationError: The credentials are not accepted.
            PermissionDeniedError: A scope or an approval is missing; an empty list is never given in its place.
            ResponseError: A page cannot be read.
        """

    @abstractmethod
    async def get_order(self, order_id: str) -> Order:
        """Return one order as it is now, with holds, allocations and what has been fulfilled.

        Raises:
            NotFoundError: The channel does not know it.
        """


class SupportsFulfillment(Channel):
    """A channel that is told what has left."""

    @abstractmethod
    async def fulfill(self, fulfillment: Fulfillment) -> Fulfillment:
        """Tell the channel that these lines left under this number.

        Not repeated by itself when the outcome is unknown: read ``list_fulfillments`` first.

        Returns:
            The fulfillment with the channel's ``id``.

        Raises:
            ConflictError: The lines have left already, are on hold, or the order is cancelled.
            RejectedError: The channel refuses it; the problems name the fields.
            NotFoundError: The channel does not know the order.
        """

    @abstractmethod
    async def list_fulfillments(self, order_id: str) -> Sequence[Fulfillment]:
        """Return what the channel has been told of this order, by anybody, oldest first.

        Raises:
            NotFoundError: The channel does not know the order.
        """


class SupportsFulfillmentChanges(Channel):
    """A channel where a fulfillment can be mended."""

    @abstractmethod
    async def update_tracking(self, fulfillment: Fulfillment) -> Fulfillment:
        """Replace carrier and number of a fulfillment, found by its ``id``.

        Raises:
            NotFoundError: The channel does not know the fulfillment.
            ConflictError: It cannot be changed any more.
        """

    @abstractmethod
    async def cancel_fulfillment(self, fulfillment: Fulfillment) -> None:
        """Take a fulfillment back; its lines are open again. Taking it back twice is no error.

        Raises:
            NotFoundError: The channel does not know the fulfillment.
            ConflictError: It cannot be taken back any more.
        """


class SupportsTrackingUpdates(Channel):
    """A channel that shows its buyer where the parcel is."""

    @abstractmethod
    async def post_tracking_event(self, fulfillment: Fulfillment, event: TrackingEvent) -> None:
        """Tell the channel of a scan; an event it has already is not added again.

        Raises:
            NotFoundError: The channel does not know the fulfillment.
        """


class SupportsOrderCancellation(Channel):
    """A channel where an order can be cancelled."""

    @abstractmethod
    async def cancel_order(self, order_id: str, *, reason: str | None = None) -> CancellationResult:
        """Cancel the order. Cancelling it twice is no error.

        Args:
            order_id: Of the channel.
            reason: One of the channel's own words; ``None`` for its most general one.

        Returns:
            ``DONE``; ``PENDING`` while the channel works on it; ``REFUSED`` with why.

        Raises:
            NotFoundError: The channel does not know the order.
        """

    @abstractmethod
    async def answer_cancel_request(self, order_id: str, *, accept: bool) -> CancellationResult:
        """Accept or decline what somebody asked for.

        Raises:
            NotFoundError: The channel does not know the order.
            ConflictError: Nobody asks for it, or it has been answered.
        """


class SupportsInventory(Channel):
    """A channel that keeps count of what can be sold."""

    @abstractmethod
    async def get_inventory(self, skus: Sequence[str]) -> Sequence[InventoryLevel]:
        """Return the levels of these articles, one for each place that has them."""

    @abstractmethod
    async def set_inventory(self, levels: Sequence[InventoryLevel]) -> Sequence[InventoryResult]:
        """Set levels; one result for each, in the same order, none lost. An unknown article is a result, not an error."""
