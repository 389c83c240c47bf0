"""Shopify as a channel: the rooms beside this one, joined."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from typing_extensions import override

from cartcarrier.channels import (
    SupportsFulfillment,
    SupportsFulfillmentChanges,
    SupportsInventory,
    SupportsOrderCancellation,
    SupportsOrders,
    SupportsTrackingUpdates,
)
from cartcarrier.channels.shopify import mapping, webhooks
from cartcarrier.channels.shopify.auth import authorization_address, check_callback
from cartcarrier.channels.shopify.driver.account import ShopifyAccount
from cartcarrier.channels.shopify.driver.cancelling import Cancelling
from cartcarrier.channels.shopify.driver.importing import OrderImport
from cartcarrier.channels.shopify.driver.reading import OrderReader
from cartcarrier.channels.shopify.driver.servicing import Servicing
from cartcarrier.channels.shopify.driver.shipping import Shipping
from cartcarrier.channels.shopify.driver.stock import Stock
from cartcarrier.channels.shopify.driver.subscribing import Subscribing
from cartcarrier.channels.shopify.driver.walking import OrderWalk
from cartcarrier.channels.shopify.options import FulfillmentRequest
from cartcarrier.drivers import SupportsAuthorization, SupportsSubscriptions
from cartcarrier.models import (
    CancellationResult,
    Fulfillment,
    InventoryLevel,
    InventoryResult,
    Order,
    OrderQuery,
    TrackingEvent,
    WebhookOutcome,
    WebhookRequest,
    WebhookSubscription,
)

_ALL: Final = OrderQuery()
# Articles of customs data need it (field guide shopify.md §4).
_CUSTOMS: Final = "read_products"


class ShopifyChannel(
    ShopifyAccount,
    SupportsOrders,
    SupportsFulfillment,
    SupportsFulfillmentChanges,
    SupportsTrackingUpdates,
    SupportsOrderCancellation,
    SupportsInventory,
    SupportsSubscriptions,
    SupportsAuthorization,
):
    """One shop on Shopify, through the Admin GraphQL API.

    Ids of orders, lines, fulfillments and places are Shopify's global ids; bare numbers are accepted too. A fulfillment that
    Shopify keeps as several, one for each place or parcel, has their ids joined by commas.

    Example:
        ``open_channel("shopify", shop="my-shop.myshopify.com", access_token="…")``
    """

    # --- orders -----------------------------------------------------------------------------------------------------

    @override
    def list_orders(self, query: OrderQuery = _ALL) -> AsyncIterator[Order]:
        """Yield the orders that fit the query, the longest untouched first, each state once.

        With ``updated_since`` also those of which only a fulfillment order was touched since: holds and moves leave an order's
        own time alone. Orders that change while the walk goes on are left to the next one, so let ``updated_since`` overlap by
        some minutes: Shopify's search lags behind. Without the scope ``read_all_orders`` orders older than 60 days are missing.

        Raises:
            AuthenticationError: The token is not accepted.
            PermissionDeniedError: A scope or the access to addresses is missing.
            ResponseError: A page cannot be read.
        """

        async def open_reader() -> tuple[OrderReader, bool]:
            scopes = await self._require("orders", "list_orders")
            return self._reader(), _CUSTOMS in scopes

        return OrderWalk(open_reader, query)

    def import_orders(self, query: OrderQuery = _ALL, *, operation_id: str | None = None) -> OrderImport:
        """Yield the orders that fit the query, each once, found by a bulk operation; for the first time in a large shop.

        Shopify looks through all its orders in the background, which costs no points and takes seconds to hours; what cannot
        be wanted (finished orders, where ``query.statuses`` asks for open ones) is left out unread. The others are read whole, 25 at
        a time, as they are now. For all that comes later ``list_orders`` is cheaper: let its ``updated_since`` begin some minutes
        before the import did.

        Args:
            query: Which orders.
            operation_id: Of a bulk operation that ``import_orders`` began with the same query and did not get to read, to take
                it up again within 7 days; its own is ``OrderImport.operation_id``.

        Raises:
            PermissionDeniedError: A scope or the access to addresses is missing.
            ConflictError: As many bulk operations run as Shopify allows, or this one was canceled.
            UnavailableError: The operation failed; nothing of it is used.
            NotFoundError: The operation is not known, or its result is gone.
            ResponseError: The result cannot be read, or was cut.
        """

        async def open_reader() -> OrderReader:
            await self._require("orders", "import_orders")
            return self._reader()

        return OrderImport(open_reader, query, operation_id=operation_id)

    @override
    async def get_order(self, order_id: str) -> Order:
        """Return one order as it is now. A test order is held, unless test orders were asked for.

        Raises:
            NotFoundError: Shopify does not know it, or it is older than this app may read.
            PermissionDeniedError: A scope or the access to addresses is missing.
        """
        gid = self._order_gid(order_id, "get_order")
        scopes = await self._require("orders", "get_order")
        return await self._reader().get(gid, operation="get_order", customs=_CUSTOMS in scopes)

    # --- fulfillments -----------------------------------------------------------------------------------------------

    @override
    async def fulfill(self, fulfillment: Fulfillment) -> Fulfillment:
        """Tell Shopify that these lines left under these numbers.

        One call for each place and, where ``FulfillmentParcel.lines`` says what is in each, for each parcel. What Shopify was
        told already under the same number is not told again, so that the call can be repeated after a failure half-way.

        Raises:
            ConflictError: The pieces have left, are on hold, or the order is cancelled; the tracking number stands for others.
            RejectedError: Shopify refuses it.
            NotFoundError: Shopify does not know the order.
        """
        gid = self._order_gid(fulfillment.order_id, "fulfill")
        scopes = await self._require("fulfill", "fulfill")
        foreign = "write_assigned_fulfillment_orders" in scopes
        return await self._shipping().fulfill(fulfillment, gid, foreign=foreign)

    @override
    async def list_fulfillments(self, order_id: str) -> Sequence[Fulfillment]:
        """Return what Shopify was told of this order, by anybody, oldest first.

        Raises:
            NotFoundError: Shopify does not know the order.
        """
        gid = self._order_gid(order_id, "list_fulfillments")
        await self._require("fulfillments", "list_fulfillments")
        return await self._reader().fulfillments(gid)

    @override
    async def update_tracking(self, fulfillment: Fulfillment) -> Fulfillment:
        """Replace carrier and numbers of a fulfillment, found by its ``id``.

        Raises:
            NotFoundError: Shopify does not know the fulfillment.
            ConflictError: It was taken back.
        """
        await self._require("changes", "update_tracking")
        return await self._shipping().update_tracking(fulfillment)

    @override
    async def cancel_fulfillment(self, fulfillment: Fulfillment) -> None:
        """Take a fulfillment back; its lines are open again, in new fulfillment orders. Twice is no error.

        Raises:
            NotFoundError: Shopify does not know the fulfillment.
            ConflictError: It cannot be taken back any more.
        """
        await self._require("changes", "cancel_fulfillment")
        await self._shipping().cancel(fulfillment)

    @override
    async def post_tracking_event(self, fulfillment: Fulfillment, event: TrackingEvent) -> None:
        """Show the buyer a scan, unless Shopify has it already. What Shopify has no word for is not posted.

        Where Shopify keeps a fulfillment as several, the scan goes to those with a number of ``fulfillment.parcels``.

        Raises:
            NotFoundError: Shopify does not know the fulfillment.
        """
        await self._require("tracking", "post_tracking_event")
        await self._shipping().post_event(fulfillment, event)

    # --- cancelling -------------------------------------------------------------------------------------------------

    @override
    async def cancel_order(self, order_id: str, *, reason: str | None = None) -> CancellationResult:
        """Cancel the order; refund, restocking and the buyer's mail as the settings say.

        Args:
            order_id: Shopify's.
            reason: ``customer``, ``declined``, ``fraud``, ``inventory``, ``staff`` or ``other``.

        Raises:
            NotFoundError: Shopify does not know the order.
            InvalidValueError: Shopify has no such reason.
        """
        word = mapping.to_cancel_reason(reason)
        gid = self._order_gid(order_id, "cancel_order")
        await self._require("cancel", "cancel_order")
        return await Cancelling(self._client, self.config).cancel(gid, reason=word)

    @override
    async def answer_cancel_request(self, order_id: str, *, accept: bool) -> CancellationResult:
        """Answer a merchant who asks the fulfillment service that this app is to stop.

        Buyers cannot ask for a cancellation on Shopify.

        Returns:
            ``DONE`` when it was accepted, ``REFUSED`` when it was declined.

        Raises:
            NotFoundError: Shopify does not know the order.
            ConflictError: Nobody asks for it, or it has been answered.
        """
        gid = self._order_gid(order_id, "answer_cancel_request")
        await self._require("cancel_requests", "answer_cancel_request")
        return await Cancelling(self._client, self.config).answer(gid, accept=accept)

    # --- the work of a fulfillment service -------------------------------------------------------------------------

    async def list_fulfillment_requests(self) -> Sequence[FulfillmentRequest]:
        """Return what merchants ask of the fulfillment service that this app is, and have no answer to.

        Only what is asked of the locations of the settings, or of all that the app has.

        Raises:
            PermissionDeniedError: ``read_assigned_fulfillment_orders`` is missing.
        """
        await self._require("requests", "list_fulfillment_requests")
        return await Servicing(self._client, self.config).waiting()

    async def answer_fulfillment_request(
        self,
        request: FulfillmentRequest,
        *,
        accept: bool,
        reason: str | None = None,
        message: str | None = None,
        ships_at: datetime | None = None,
    ) -> None:
        """Accept or decline what a merchant asks for. The same answer twice is no error.

        What was accepted is shipped with ``fulfill``; what is to be cancelled must not be, once that was accepted.

        Args:
            request: From ``list_fulfillment_requests``.
            accept: Whether it will be done.
            reason: Why it will not be shipped, one of Shopify's words: ``inventory_out_of_stock``, ``undeliverable_destination``
                and others; ``other`` by default. Not told of cancellations.
            message: For the merchant.
            ships_at: When it is expected to leave; for requests to ship that are accepted.

        Raises:
            NotFoundError: Shopify does not know it.
            ConflictError: It is not asked for any more, or was answered otherwise.
            RejectedError: Shopify refuses the answer.
            InvalidValueError: Shopify has no such reason.
        """
        word = mapping.to_rejection_reason(reason)
        await self._require("answers", "answer_fulfillment_request")
        servicing = Servicing(self._client, self.config)
        await servicing.answer(request, accept=accept, reason=word, message=message, ships_at=ships_at)

    # --- stock ------------------------------------------------------------------------------------------------------

    @override
    async def get_inventory(self, skus: Sequence[str]) -> Sequence[InventoryLevel]:
        """Return what can be sold of these articles at each location, or at those of the settings.

        There is no level for a SKU that Shopify does not know, that several articles share, or whose stock is not tracked.

        Raises:
            PermissionDeniedError: ``read_inventory`` or ``read_locations`` is missing.
        """
        await self._require("inventory", "get_inventory")
        return await Stock(self._client, self.config, key=self.key).get(skus)

    @override
    async def set_inventory(self, levels: Sequence[InventoryLevel]) -> Sequence[InventoryResult]:
        """Set what can be sold; one result for each level, in the same order.

        Levels are read first and set only if they still are what they were then: ``STALE`` says that somebody sold or counted
        meanwhile. A level without a location is for the only one of the settings, or the only one that has the article; where
        there are several, it is ``REJECTED``. An article that is new to a location is kept there from then on. A call whose answer
        is lost is repeated under its key, so nothing is done twice; ``PENDING`` says that no answer came at all.

        Raises:
            PermissionDeniedError: ``write_inventory`` or ``read_locations`` is missing.
            OperationError: Nothing could be set. Once something was, failures are results.
        """
        await self._require("set_inventory", "set_inventory")
        return await Stock(self._client, self.config, key=self.key).set(levels)

    # --- webhooks and authorization ---------------------------------------------------------------------------------

    @override
    async def receive(self, request: WebhookRequest) -> WebhookOutcome:
        """Verify a push on its bytes, and say what it means.

        Raises:
            AuthenticationError: The signature is missing or wrong, or it is for another shop.
            ResponseError: It is genuine, but cannot be read.
            ConfigurationError: There is no secret to verify with.
        """
        outcome, topic = webhooks.receive(request, self.config, key=self.key, account=self.account)
        if topic == webhooks.SCOPES_UPDATE:
            self._scopes = None  # asked for again at the next use
        return outcome

    @override
    async def subscribe(self, destination: str, *, topics: Sequence[str] = ()) -> Sequence[WebhookSubscription]:
        """Have topics pushed; safe to repeat, and to be repeated: Shopify ends a subscription whose pushes failed for four hours.

        Subscriptions made here are known again by a name; one that has it and points elsewhere is moved, others are left alone.
        Those of the app's configuration file are not seen.

        Args:
            destination: An ``https`` address, ``pubsub://project:topic`` or ``arn:aws:events:…``; queues get no signature, so
                ``receive`` is not for what they hold.
            topics: ``"orders/updated"`` and the like; by default ``orders/create``, ``orders/updated``, ``orders/cancelled``,
                ``app/uninstalled`` and ``app/scopes_update``. The privacy topics (``customers/data_request``,
                ``customers/redact``, ``shop/redact``) are set in the app's configuration, not here.

        Raises:
            InvalidValueError: The destination cannot be one, or a topic is none.
            PermissionDeniedError: A scope that a topic needs is missing.
            RejectedError: Shopify refuses a topic or the destination, or the topic is one of privacy.
        """
        where, wanted = mapping.check_destination(destination), mapping.to_topics(topics)
        scopes = await self._granted("subscribe")
        return await Subscribing(self._client, scopes).subscribe(where, wanted)

    @override
    async def list_subscriptions(self) -> Sequence[WebhookSubscription]:
        """Return what this app is subscribed to by the API; what its configuration file has, Shopify does not tell."""
        found = await Subscribing(self._client, frozenset()).standing("list_subscriptions")
        return [mapping.to_subscription(each) for each in found]

    @override
    async def unsubscribe(self, subscription: WebhookSubscription) -> None:
        """End a subscription. Ending it twice is no error."""
        gid = mapping.to_gid("WebhookSubscription", subscription.id)
        if gid is not None:
            await Subscribing(self._client, frozenset()).unsubscribe(gid)

    @override
    def authorization_url(self, *, redirect_uri: str, state: str) -> str:
        """Return the page on which the seller gives the app access.

        Args:
            redirect_uri: One of those that the app's settings allow.
            state: Unguessable; give it to ``verify_callback`` again.
        """
        return authorization_address(self.config, self._client.base_url, redirect_uri=redirect_uri, state=state)

    def verify_callback(self, url: str, *, state: str) -> str:
        """Check the address on which the seller came back, and return the code for ``exchange_code``.

        Args:
            url: The whole address, as the browser asked for it.
            state: What ``authorization_url`` was given.

        Raises:
            AuthenticationError: State, shop, signature or time do not fit.
        """
        return check_callback(self.config, url, state=state, now=self._client.clock.now(), account=self.account)

    @override
    async def exchange_code(self, code: str, *, redirect_uri: str) -> Mapping[str, str]:
        """Turn the code into the settings to keep: secrets.

        Args:
            code: From ``verify_callback``.
            redirect_uri: Not asked for by Shopify.

        Raises:
            AuthenticationError: The code is wrong, used, or too old.
        """
        del redirect_uri
        return await self._client.exchange_code(code)

    # --- what they share --------------------------------------------------------------------------------------------

    def _reader(self) -> OrderReader:
        return OrderReader(self._client, self.config, key=self.key, keep_raw=self.keep_raw)

    def _shipping(self) -> Shipping:
        return Shipping(self._client, self.config)
