"""The driver's class: it joins the rooms."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar

from typing_extensions import override

from cartcarrier.channels import (
    SupportsAuthorization,
    SupportsFulfillment,
    SupportsInventory,
    SupportsOrderCancellation,
    SupportsOrders,
    SupportsSubscriptions,
)
from cartcarrier.channels.ebay import mapping, webhooks
from cartcarrier.channels.ebay.client import EbayClient, Quota
from cartcarrier.channels.ebay.config import EbayConfig
from cartcarrier.channels.ebay.driver.cancelling import Cancelling
from cartcarrier.channels.ebay.driver.reading import OrderReader
from cartcarrier.channels.ebay.driver.shipping import Shipping
from cartcarrier.channels.ebay.driver.stock import Stock
from cartcarrier.channels.ebay.driver.subscribing import Subscribing
from cartcarrier.channels.ebay.driver.walking import OrderWalk
from cartcarrier.channels.ebay.schemas import PublicKey
from cartcarrier.models import (
    CancellationResult,
    Fulfillment,
    InventoryLevel,
    InventoryResult,
    Order,
    OrderQuery,
    WebhookOutcome,
    WebhookRequest,
    WebhookSubscription,
)

_ALL = OrderQuery()


class EbayChannel(
    SupportsOrders,
    SupportsFulfillment,
    SupportsOrderCancellation,
    SupportsInventory,
    SupportsSubscriptions,
    SupportsAuthorization,
):
    """One seller at eBay.

    Not offered, because eBay has no way to say it: changing or taking back a fulfillment, and scans for the buyer.
    """

    driver: ClassVar[str] = "ebay"
    config_class: ClassVar[type[EbayConfig]] = EbayConfig
    config: EbayConfig

    _opened: EbayClient | None = None
    _known_keys: webhooks.Keys | None = None
    _known_stock: Stock | None = None

    @property
    def _client(self) -> EbayClient:
        # Made with the first call: stores and clock may come late.
        if self._opened is None:
            self._opened = EbayClient(self, self.config)
        return self._opened

    @override
    async def aclose(self) -> None:
        """Close the connections. Calling it again does nothing."""
        await self._client.aclose()

    # --- orders -----------------------------------------------------------------------------------------------------

    @override
    def list_orders(self, query: OrderQuery = _ALL) -> AsyncIterator[Order]:
        """Yield the orders that fit, each state once.

        Without ``updated_since`` those of the last 90 days; with it, those touched since two minutes before, because lists show
        a change that much later. ``fulfillments`` are read where the open quantities depend on them: ``get_order`` has them all.

        Raises:
            AuthenticationError: The seller's consent is gone.
            PermissionDeniedError: A scope is missing.
            RateLimitError: The share of the daily quota that reading may use is spent.
        """
        return OrderWalk(self._reader(), query)

    @override
    async def get_order(self, order_id: str) -> Order:
        """Return one order as it is now, with the requests to cancel it that lists leave out.

        Raises:
            NotFoundError: eBay does not know it.
        """
        return await self._reader().get(order_id)

    # --- what has left ----------------------------------------------------------------------------------------------

    @override
    async def fulfill(self, fulfillment: Fulfillment) -> Fulfillment:
        """Tell eBay that these lines left, a call for each parcel; those that it knows are not told again.

        Returns:
            The fulfillment with eBay's id, which is the first tracking number. ``None`` where there is no number: eBay's id means
            nothing then. Parcels that eBay cannot be told of, more boxes of one unit, are left out.

        Raises:
            ConflictError: The pieces have left under other numbers, or the order is cancelled.
            RejectedError: eBay refuses it; the problems name the fields.
            NotFoundError: eBay does not know the order.
            InvalidValueError: A tracking number has neither letters nor digits.
        """
        return await Shipping(self._client, self.config).fulfill(fulfillment)

    @override
    async def list_fulfillments(self, order_id: str) -> Sequence[Fulfillment]:
        """Return what eBay has been told of this order, by anybody, oldest first.

        Raises:
            NotFoundError: eBay does not know the order.
        """
        told = await self._client.list_fulfillments(order_id)
        return mapping.to_fulfillments(told.fulfillments, order_id=order_id)

    # --- cancelling -------------------------------------------------------------------------------------------------

    @override
    async def cancel_order(self, order_id: str, *, reason: str | None = None) -> CancellationResult:
        """Cancel the whole order; where the buyer has asked for it, by saying yes. Cancelling twice is no error.

        Args:
            order_id: Of eBay.
            reason: ``OUT_OF_STOCK_OR_CANNOT_FULFILL`` (the default; counts against the seller), ``BUYER_ASKED_CANCEL``,
                ``ADDRESS_ISSUES`` or ``ORDER_UNPAID``.

        Raises:
            NotFoundError: eBay does not know the order.
            InvalidValueError: The reason is none of these.
            PermissionDeniedError: The seller's country asks for signatures, and there is no ``signing_key``.
        """
        return await Cancelling(self._client, self.config).cancel_order(order_id, reason)

    @override
    async def answer_cancel_request(self, order_id: str, *, accept: bool) -> CancellationResult:
        """Accept or decline the buyer's wish. Accepted, the money goes back by itself.

        Raises:
            NotFoundError: eBay does not know the order.
            ConflictError: The buyer does not ask for it, or it has been answered.
        """
        return await Cancelling(self._client, self.config).answer(order_id, accept=accept)

    # --- stock ------------------------------------------------------------------------------------------------------

    @override
    async def get_inventory(self, skus: Sequence[str]) -> Sequence[InventoryLevel]:
        """Return the levels of these articles; none for what the Inventory API does not manage."""
        return await self._stock().get(skus)

    @override
    async def set_inventory(self, levels: Sequence[InventoryLevel]) -> Sequence[InventoryResult]:
        """Set what exists and what the published offers may sell, one result for each level.

        Only quantities that differ are sent. ``PENDING`` means that eBay did not say: set it again. Listings that were made
        elsewhere are ``REJECTED``, and never created.
        """
        return await self._stock().set(levels)

    # --- pushes -----------------------------------------------------------------------------------------------------

    @override
    async def receive(self, request: WebhookRequest) -> WebhookOutcome:
        """Answer eBay's challenge, or verify a push and say what it means.

        Raises:
            AuthenticationError: The signature is missing or false.
            ResponseError: It is genuine, but cannot be read.
            ConfigurationError: A challenge, and no ``verification_token``.
            OperationError: eBay's key cannot be read now: answer 5xx, so that the push comes again.
        """
        challenge = webhooks.answer_challenge(request, self.config)
        if challenge is not None:
            return challenge
        if len(request.body) > webhooks.MAX_BODY:
            return WebhookOutcome(status=413)
        if self._known_keys is None:
            self._known_keys = webhooks.Keys(self._fetch_key, account=self.account)
        await webhooks.verify(request, self._known_keys, clock=self._client.clock, account=self.account)
        return webhooks.read(request, self.config, key=self.key, account=self.account)

    @override
    async def subscribe(self, destination: str, *, topics: Sequence[str] = ()) -> Sequence[WebhookSubscription]:
        """Have these topics pushed; safe to repeat, and worth repeating: eBay disables what fails.

        The application is given its ``alert_email``, the endpoint becomes a destination (eBay asks it for its challenge at once:
        it must be up, and hand everything over to ``receive``), and each topic is subscribed to in its newest form.
        A destination that eBay marked down, and a subscription that was disabled, are enabled again; a subscription of this seller
        that points elsewhere is moved, since eBay keeps one for each topic.

        Args:
            destination: The endpoint, ``https``, byte for byte as ``webhook_endpoint`` has it where that is set.
            topics: In eBay's words; without any ``ORDER_CONFIRMATION``, and ``ORDER_CANCELLATION_ACTIVITY`` and
                ``ITEM_MARKED_SHIPPED`` where ``scopes`` has theirs. ``MARKETPLACE_ACCOUNT_DELETION`` is set up in eBay's
                developer portal.

        Raises:
            InvalidValueError: The destination cannot be one.
            PermissionDeniedError: The seller's consent does not reach a topic; names it and its scopes.
            RejectedError: eBay has no such topic, or the endpoint did not answer the challenge.
            ConfigurationError: ``verification_token`` or ``alert_email`` is missing.
        """
        return await self._subscribing().subscribe(destination, topics)

    @override
    async def list_subscriptions(self) -> Sequence[WebhookSubscription]:
        """Return what is pushed for this seller. One whose destination eBay has marked down is not active."""
        return await self._subscribing().known()

    @override
    async def unsubscribe(self, subscription: WebhookSubscription) -> None:
        """End a subscription. Ending it twice is no error. The destination stays: other sellers may use it."""
        await self._subscribing().unsubscribe(subscription)

    async def test_subscription(self, subscription: WebhookSubscription) -> None:
        """Have eBay push a message of this topic, made up, to see that it arrives.

        Raises:
            NotFoundError: eBay does not know the subscription.
        """
        await self._subscribing().order(subscription, "test", operation="test_subscription")

    async def disable_subscription(self, subscription: WebhookSubscription) -> None:
        """Have a topic rest; ``enable_subscription``, and ``subscribe`` too, wake it up.

        Raises:
            NotFoundError: eBay does not know the subscription.
        """
        await self._subscribing().order(subscription, "disable", operation="disable_subscription")

    async def enable_subscription(self, subscription: WebhookSubscription) -> None:
        """Have a topic pushed again that rests.

        Raises:
            NotFoundError: eBay does not know the subscription.
            RejectedError: Its destination is down, or the topic is no more: ``subscribe`` mends the first.
        """
        await self._subscribing().order(subscription, "enable", operation="enable_subscription")

    # --- connecting a seller ----------------------------------------------------------------------------------------

    @override
    def authorization_url(self, *, redirect_uri: str, state: str) -> str:
        """Return the page on which a seller gives the application access.

        Args:
            redirect_uri: The RuName, where the settings have none. eBay takes no address here.
            state: Unguessable; compare it with what comes back.

        Raises:
            ConfigurationError: There is no RuName.
        """
        return self._client.consent_address(redirect_uri=redirect_uri, state=state)

    @override
    async def exchange_code(self, code: str, *, redirect_uri: str) -> Mapping[str, str]:
        """Turn the code that came back into the settings to keep: secrets.

        Args:
            code: From the address on which the seller came back, decoded or not. It is good once and for minutes.
            redirect_uri: As in ``authorization_url``.

        Raises:
            AuthenticationError: The code is wrong, used, or too old.
        """
        token = await self._client.exchange_code(code, redirect_uri=redirect_uri)
        return {
            "client_id": self.config.client_id,
            "client_secret": self.config.client_secret,
            "refresh_token": token,
            "marketplace_id": self.config.marketplace_id,
        }

    # --- eBay's own -------------------------------------------------------------------------------------------------

    async def read_quotas(self) -> Mapping[str, Quota]:
        """Return what is left of the application's daily quotas, by eBay's names, and go by it from now on.

        Worth a call when a process starts: other sellers and other programs count against the same quotas.
        """
        return await self._client.read_quotas()

    # --- what they share --------------------------------------------------------------------------------------------

    def _reader(self) -> OrderReader:
        return OrderReader(self._client, key=self.key, keep_raw=self.keep_raw)

    def _subscribing(self) -> Subscribing:
        return Subscribing(self._client, self.config, key=self.key)

    def _stock(self) -> Stock:
        # Kept: it learns how many articles one call takes.
        if self._known_stock is None:
            self._known_stock = Stock(self._client, self.config)
        return self._known_stock

    async def _fetch_key(self, key_id: str) -> PublicKey:
        return await self._client.get_public_key(key_id)
