"""Amazon as a channel: the rooms beside this one, joined."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Final

import attrs
from typing_extensions import override

from cartcarrier.channels import SupportsFulfillment, SupportsInventory, SupportsOrderCancellation, SupportsOrders
from cartcarrier.channels.amazon import codes, mapping, webhooks
from cartcarrier.channels.amazon.client import AmazonClient
from cartcarrier.channels.amazon.config import AmazonConfig
from cartcarrier.channels.amazon.driver.cancelling import Cancelling
from cartcarrier.channels.amazon.driver.reading import Memory, OrderReader
from cartcarrier.channels.amazon.driver.shipping import Shipping
from cartcarrier.channels.amazon.driver.stock import Stock
from cartcarrier.channels.amazon.driver.subscribing import Subscribing
from cartcarrier.channels.amazon.driver.walking import OrderWalk
from cartcarrier.drivers import SupportsAuthorization, SupportsSubscriptions
from cartcarrier.errors import ConfigurationError
from cartcarrier.http import Clock, Lane, LimitStore, TokenStore
from cartcarrier.models import (
    CancellationResult,
    Fulfillment,
    InventoryLevel,
    InventoryResult,
    Order,
    OrderCancelled,
    OrderChanged,
    OrderQuery,
    WebhookOutcome,
    WebhookRequest,
    WebhookSubscription,
)
from cartcarrier.platforms.amazon import check_consent, consent_address

_ALL: Final = OrderQuery()
_A_DAY: Final = timedelta(days=1)


class AmazonChannel(
    SupportsOrders,
    SupportsFulfillment,
    SupportsOrderCancellation,
    SupportsInventory,
    SupportsSubscriptions,
    SupportsAuthorization,
):
    """One seller on Amazon's marketplaces of one region, through the Selling Partner API.

    A fulfillment of several parcels is several packages at Amazon; its id has their references joined by commas. There is no
    taking back of a confirmation, so ``SupportsFulfillmentChanges`` is not among the abilities; ``update_tracking`` is there.

    Example:
        ``open_channel("amazon", client_id="…", client_secret="…", refresh_token="…", seller_id="…", marketplace_ids=["US"],
        region="na")``
    """

    driver: ClassVar[str] = "amazon"
    config_class: ClassVar[type[AmazonConfig]] = AmazonConfig
    config: AmazonConfig

    def __init__(
        self,
        config: AmazonConfig,
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
        self._opened: AmazonClient | None = None
        self._closed = False
        self._memory = Memory()
        self._cancel_feeds: OrderedDict[str, str] = OrderedDict()
        self._stock_feeds: OrderedDict[str, tuple[InventoryLevel, ...]] = OrderedDict()
        self._marketplaces: tuple[datetime, tuple[str, ...]] | None = None

    @property
    def _client(self) -> AmazonClient:
        # Made at first use: a Fulfiller may still bind its stores and clock after the driver was made.
        if self._opened is None:
            if self._closed:
                raise ConfigurationError("amazon: the driver is closed; nothing was sent")
            self._opened = AmazonClient(self, self.config)
        return self._opened

    @override
    async def aclose(self) -> None:
        """Close the connections. Calling it again does nothing."""
        self._closed = True
        if self._opened is not None:
            await self._opened.aclose()

    def _reader(self) -> OrderReader:
        return OrderReader(self._client, self.config, self._memory, key=self.key, keep_raw=self.keep_raw)

    # --- orders -----------------------------------------------------------------------------------------------------

    @override
    def list_orders(self, query: OrderQuery = _ALL) -> AsyncIterator[Order]:
        """Yield the orders of all marketplaces that fit the query, each state once, two years back.

        Amazon allows 20 searches of 100 orders an hour. When they are used up, the orders that notifications named are given all
        the same, each by a call of its own, and then ``RateLimitError`` says that the list is not complete; the next list of the
        same kind goes on where this one stopped. Changes show some minutes late: let ``updated_since`` overlap.

        An order whose address is withheld is on hold (``ADDRESS_WITHHELD``).

        Raises:
            RateLimitError: The searches are used up.
            AuthenticationError: The seller's authorization, or the application, is not accepted.
            PermissionDeniedError: A role is missing: at once, or at the end when no order had its address.
            ResponseError: Some orders could not be read; all others were given before.
        """
        return OrderWalk(self._reader, query)

    @override
    async def get_order(self, order_id: str) -> Order:
        """Return one order as it is now.

        Raises:
            NotFoundError: Amazon does not know it.
            PermissionDeniedError: A role is missing, or the address of an order that is to be shipped is withheld.
        """
        return await self._reader().get(order_id, named="get_order", lane=Lane.CONFIRM)

    async def marketplaces(self) -> Sequence[str]:
        """Return the ids of the marketplaces in which the seller takes part; asked for once a day.

        Raises:
            AuthenticationError: The credentials are not accepted: there is no cheaper way to find out.
        """
        now = self._client.clock.now()
        if self._marketplaces is None or now >= self._marketplaces[0] + _A_DAY:
            found = await self._client.participations()
            taking_part = [
                one.marketplace.id
                for one in found
                if one.participation is None or one.participation.is_participating is not False
            ]
            self._marketplaces = (now, tuple(taking_part))
        return self._marketplaces[1]

    # --- fulfillments -----------------------------------------------------------------------------------------------

    @override
    async def fulfill(
        self, fulfillment: Fulfillment, *, transparency_codes: Mapping[str, Sequence[str]] | None = None
    ) -> Fulfillment:
        """Tell Amazon that these lines left under these numbers: one call for each parcel that says what is in it.

        The package's reference at Amazon is made from ``Fulfillment.reference``: told again, Amazon edits the same package. What
        it knows already under the same number is no error. Where several parcels do not say what is in each, Amazon is told of
        the first one only, and the answer shows that.

        Args:
            fulfillment: What left. ``location_id`` is a supply source of Amazon's.
            transparency_codes: By line, for articles of the Transparency program.

        Raises:
            ConflictError: The pieces have left otherwise, or the order is cancelled.
            RejectedError: Amazon refuses it; the problems name the fields.
            NotFoundError: Amazon does not know the order.
            UnsupportedOperationError: The order is not confirmed this way (FBA, Ship+, Easy Ship), or a number is missing.
        """
        return await Shipping(self._reader()).fulfill(fulfillment, transparency_codes=transparency_codes)

    @override
    async def list_fulfillments(self, order_id: str) -> Sequence[Fulfillment]:
        """Return the packages that Amazon knows of, by whomever, oldest first; labels bought from Amazon are among them.

        Raises:
            NotFoundError: Amazon does not know the order.
        """
        return await Shipping(self._reader()).known(order_id)

    async def update_tracking(
        self, fulfillment: Fulfillment, *, transparency_codes: Mapping[str, Sequence[str]] | None = None
    ) -> Fulfillment:
        """Replace carrier and number of packages, found by the fulfillment's ``id``.

        Raises:
            NotFoundError: Amazon does not know the fulfillment.
            ConflictError: It cannot be changed any more.
        """
        return await Shipping(self._reader()).update(fulfillment, transparency_codes=transparency_codes)

    # --- cancelling -------------------------------------------------------------------------------------------------

    @override
    async def cancel_order(self, order_id: str, *, reason: str | None = None) -> CancellationResult:
        """Cancel a whole order by a feed, and wait for it as long as ``feed_wait_seconds`` says. Ask again while ``PENDING``.

        Args:
            order_id: Amazon's.
            reason: ``NoInventory``, ``BuyerCanceled``, ``GeneralAdjustment``, …; every one but the first puts the pieces back
                into stock.

        Raises:
            NotFoundError: Amazon does not know the order.
            InvalidValueError: Amazon has no such reason.
        """
        word = mapping.to_cancel_reason(reason)
        return await self._cancelling().cancel(order_id, reason=word)

    async def get_cancellation_result(self, order_id: str, *, feed_id: str) -> CancellationResult:
        """Return how far a cancellation is that ``cancel_order`` left ``PENDING``, in this process or another one before it.

        Args:
            order_id: Amazon's.
            feed_id: From the message of the result. To call ``cancel_order`` again does no harm either.

        Raises:
            NotFoundError: Amazon does not know the order or the feed.
        """
        return await self._cancelling().resume(order_id, feed_id)

    @override
    async def answer_cancel_request(self, order_id: str, *, accept: bool) -> CancellationResult:
        """Answer a buyer who asks for a cancellation: accepting cancels the order.

        Raises:
            NotFoundError: Amazon does not know the order.
            ConflictError: Nobody asks for it, or it has been answered.
        """
        return await self._cancelling().answer(order_id, accept=accept, reason=codes.BUYERS_REASON)

    def _cancelling(self) -> Cancelling:
        return Cancelling(self._reader(), self._cancel_feeds)

    # --- stock ------------------------------------------------------------------------------------------------------

    @override
    async def get_inventory(self, skus: Sequence[str]) -> Sequence[InventoryLevel]:
        """Return the merchant's own stock of these articles, one level for each marketplace; not what Amazon holds.

        ``location_id`` is the marketplace where the account has several.
        """
        return await Stock(self._client, self._stock_feeds).get(skus)

    @override
    async def set_inventory(self, levels: Sequence[InventoryLevel]) -> Sequence[InventoryResult]:
        """Set the merchant's own stock; without ``location_id`` in all marketplaces of the account.

        From ``feed_threshold`` levels on by a feed. ``ACCEPTED`` means that Amazon took it: offers change some minutes later, and
        ``get_inventory`` shows when. ``PENDING`` names the feed to ask for by ``get_inventory_results``.

        Raises:
            OperationError: Nothing could be set, and for a reason that is not the articles'.
        """
        return await Stock(self._client, self._stock_feeds).set(levels)

    async def get_inventory_results(
        self, feed_id: str, *, levels: Sequence[InventoryLevel] = ()
    ) -> Sequence[InventoryResult]:
        """Return what became of the levels of a feed that ``set_inventory`` left ``PENDING``: one result for each level.

        Amazon keeps feeds for 90 days, this process the levels of its last 64. After a restart say which they were: those whose
        result named the feed, in any order. Setting them anew does no harm either: quantities are absolute.

        Args:
            feed_id: From the message of the results.
            levels: Of the feed, where another process handed it in.

        Raises:
            NotFoundError: This process did not hand it in, or too long ago, and there are no ``levels``; or Amazon does not know it.
        """
        return await Stock(self._client, self._stock_feeds).results(feed_id, given=levels)

    async def get_fba_inventory(self, skus: Sequence[str]) -> Sequence[InventoryLevel]:
        """Return what Amazon holds of these articles and can send; ``location_id`` is ``AMAZON_NA`` or the like."""
        return await Stock(self._client, self._stock_feeds).get_fba(skus)

    # --- notifications and authorization ----------------------------------------------------------------------------

    @override
    async def receive(self, request: WebhookRequest) -> WebhookOutcome:
        """Say what a notification means that the application took from its SQS queue (or got from EventBridge).

        Hand the message's body over as ``WebhookRequest.body``; method, url and headers do not count. Delete the message from
        the queue when this returns, or raises ``ResponseError``. Messages are not signed: let nobody but Amazon write into the
        queue. An event's id is Amazon's ``NotificationId``.

        Raises:
            AuthenticationError: It is another seller's.
            ResponseError: It cannot be read.
        """
        outcome = webhooks.receive(request, self.config, key=self.key, account=self.account)
        for event in outcome.events:
            if isinstance(event, OrderChanged | OrderCancelled) and event.order_id is not None:
                self._memory.touch(event.order_id)
        return outcome

    @override
    async def subscribe(self, destination: str, *, topics: Sequence[str] = ()) -> Sequence[WebhookSubscription]:
        """Have Amazon send notifications of these types to a queue; safe to repeat.

        The queue is named to Amazon once for the application, and each type is asked for in the version that the driver reads,
        ``ORDER_CHANGE`` for the account's marketplaces. One of this seller that goes elsewhere, or that leaves a marketplace out,
        is replaced. Messages may begin to flow an hour later.

        Args:
            destination: The ARN of a standard SQS queue whose policy lets Amazon's account 437568002678 send to it.
            topics: Amazon's notification types; without any ``ORDER_CHANGE``.

        Raises:
            InvalidValueError: It is no standard queue, or Amazon has no such type any more.
            PermissionDeniedError: The application lacks the role of a type; names it.
            RejectedError: Amazon refuses a type or the queue.
        """
        return await Subscribing(self._client).subscribe(destination, topics)

    @override
    async def list_subscriptions(self) -> Sequence[WebhookSubscription]:
        """Return what was asked for, of the types that this driver reads, and of feeds, reports and multi-channel orders."""
        return await Subscribing(self._client).known()

    @override
    async def unsubscribe(self, subscription: WebhookSubscription) -> None:
        """Ask for notifications of a type no longer. Twice is no error. The queue stays known: other sellers may use it."""
        await Subscribing(self._client).unsubscribe(subscription)

    async def delete_destination(self, destination: str) -> None:
        """Let Amazon forget a queue, for all sellers of the application. One that it does not know is no error.

        Args:
            destination: The queue's ARN.

        Raises:
            RejectedError: Subscriptions still go to it.
        """
        await Subscribing(self._client).forget(destination)

    @override
    def authorization_url(self, *, redirect_uri: str, state: str) -> str:
        """Return the page of Seller Central on which the seller authorizes the application.

        Args:
            redirect_uri: One of those that the application's settings allow.
            state: Unguessable; give it to ``verify_callback`` again.

        Raises:
            ConfigurationError: The setting ``application_id`` is missing.
        """
        if self.config.application_id is None:
            raise ConfigurationError("amazon: this needs the setting 'application_id'", field="application_id")
        return consent_address(
            self.config,
            self.config.application_id,
            redirect_uri=redirect_uri,
            state=state,
            draft=self.config.draft_application,
        )

    def verify_callback(self, url: str, *, state: str) -> Mapping[str, str]:
        """Check the address on which the seller came back; return ``code`` for ``exchange_code``, and ``seller_id``.

        Args:
            url: The whole address, as the browser asked for it.
            state: What ``authorization_url`` was given.

        Raises:
            AuthenticationError: The state does not fit, or there is no code.
        """
        return check_consent(url, state=state, driver=self.driver, account=self.account)

    @override
    async def exchange_code(self, code: str, *, redirect_uri: str) -> Mapping[str, str]:
        """Turn the code into the settings to keep: secrets. It lives five minutes.

        Args:
            code: From ``verify_callback``.
            redirect_uri: As given to ``authorization_url``.

        Raises:
            AuthenticationError: The code is wrong, used, or too old.
        """
        token = await self._client.exchange_code(code, redirect_uri=redirect_uri)
        kept = attrs.evolve(self.config, refresh_token=token.refresh_token)
        names = ("client_id", "client_secret", "region", "refresh_token", "seller_id")
        return {name: value for name in names if (value := getattr(kept, name)) is not None}
