"""Shopify as a channel: the rooms beside this one, joined."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, Final

import anyio
from typing_extensions import override

from cartcarrier.channels import (
    SupportsFulfillment,
    SupportsFulfillmentChanges,
    SupportsOrderCancellation,
    SupportsOrders,
    SupportsTrackingUpdates,
)
from cartcarrier.channels.shopify import codes, mapping, webhooks
from cartcarrier.channels.shopify.auth import authorization_address, check_callback
from cartcarrier.channels.shopify.client import ShopifyClient, documents
from cartcarrier.channels.shopify.config import ShopifyConfig
from cartcarrier.channels.shopify.driver.cancelling import Cancelling
from cartcarrier.channels.shopify.driver.reading import OrderReader
from cartcarrier.channels.shopify.driver.shipping import Shipping
from cartcarrier.channels.shopify.driver.walking import OrderWalk
from cartcarrier.drivers import SupportsAuthorization, SupportsWebhooks
from cartcarrier.errors import ConfigurationError, NotFoundError, PermissionDeniedError
from cartcarrier.http import Clock, Lane, LimitStore, TokenStore
from cartcarrier.models import (
    CancellationResult,
    Fulfillment,
    Order,
    OrderQuery,
    TrackingEvent,
    WebhookOutcome,
    WebhookRequest,
)

_ALL: Final = OrderQuery()
# Articles of customs data need it (field guide shopify.md §4).
_CUSTOMS: Final = "read_products"


class ShopifyChannel(
    SupportsOrders,
    SupportsFulfillment,
    SupportsFulfillmentChanges,
    SupportsTrackingUpdates,
    SupportsOrderCancellation,
    SupportsWebhooks,
    SupportsAuthorization,
):
    """One shop on Shopify, through the Admin GraphQL API.

    Ids of orders, lines, fulfillments and places are Shopify's global ids; bare numbers are accepted too. A fulfillment that
    Shopify keeps as several, one for each place or parcel, has their ids joined by commas.

    Example:
        ``open_channel("shopify", shop="my-shop.myshopify.com", access_token="…")``
    """

    driver: ClassVar[str] = "shopify"
    config_class: ClassVar[type[ShopifyConfig]] = ShopifyConfig
    config: ShopifyConfig

    def __init__(
        self,
        config: ShopifyConfig,
        *,
        account: str = "default",
        transport: object | None = None,
        hosts: Mapping[str, str] | None = None,
        tokens: TokenStore | None = None,
        limits: LimitStore | None = None,
        keep_raw: bool = False,
        clock: Clock | None = None,
        max_wait: timedelta | None = None,
    ) -> None:
        super().__init__(
            config,
            account=account,
            transport=transport,
            hosts=hosts,
            tokens=tokens,
            limits=limits,
            keep_raw=keep_raw,
            clock=clock,
            max_wait=max_wait,
        )
        self._opened: ShopifyClient | None = None
        self._closed = False
        self._scopes: frozenset[str] | None = None
        self._scopes_lock: anyio.Lock | None = None

    @property
    def _client(self) -> ShopifyClient:
        # Made at first use: a Fulfiller may still bind its stores and clock after the driver was made.
        if self._opened is None:
            if self._closed:
                raise ConfigurationError("shopify: the driver is closed; nothing was sent")
            self._opened = ShopifyClient(self, self.config)
        return self._opened

    @property
    def version_warning(self) -> str | None:
        """What to know when Shopify ran another version of its API than was asked for; ``None`` while it did not."""
        return self._opened.version_warning if self._opened is not None else None

    @override
    async def aclose(self) -> None:
        """Close the connections. Calling it again does nothing."""
        self._closed = True
        if self._opened is not None:
            await self._opened.aclose()

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

    def _order_gid(self, order_id: str, operation: str) -> str:
        gid = mapping.to_gid("Order", order_id)
        if gid is None:
            # Shopify would not know it either, and would say so in words that mean "malformed".
            msg = f"shopify does not know the order of {operation}: that is not the form of its ids"
            raise NotFoundError(msg, provider=self.driver, account=self.account, operation=operation)
        return gid

    async def _require(self, ability: str, operation: str) -> frozenset[str]:
        """Return the app's scopes, or refuse: without the right one Shopify gives empty lists, not errors (§4)."""
        scopes = await self._granted(operation)
        for group in codes.ABILITY_SCOPES[ability]:
            if not scopes.intersection(group):
                msg = f"shopify has not granted this app what {operation} needs: one of the scopes {', '.join(group)}"
                raise PermissionDeniedError(
                    msg, code="missing_scope", provider=self.driver, account=self.account, operation=operation
                )
        return scopes

    async def _granted(self, operation: str) -> frozenset[str]:
        if self._scopes is not None:
            return self._scopes
        if self._scopes_lock is None:
            self._scopes_lock = anyio.Lock()
        async with self._scopes_lock:
            if self._scopes is None:
                data, _ = await self._client.read(documents.SCOPES, operation=operation, lane=Lane.CONFIRM)
                granted = frozenset(scope.handle for scope in data.current_app_installation.access_scopes)
                self._scopes = codes.with_implied(granted)
            return self._scopes
