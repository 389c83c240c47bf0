"""The facade: everything that is done with orders, over all channels and carriers at once. The work is in ``fulfillment``."""

import functools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import date, datetime, timedelta
from types import TracebackType
from typing import Final, Self

from typing_extensions import override

from cartcarrier.carriers import Carrier
from cartcarrier.channels import Channel
from cartcarrier.errors import ConfigurationError
from cartcarrier.fulfillment import (
    Bought,
    Chooser,
    DeadlineAtRisk,
    Finding,
    NotBought,
    OrderChange,
    Quote,
    RecoveryReport,
    ShipFailure,
    Shipped,
    ShipPlan,
    Submitted,
    Voided,
    _cancel,
    _feed,
    _follow,
    _many,
    _orders,
    _quote,
    _reconcile,
    _recovery,
    _ship,
    _stock,
    _submit,
    _void,
    _warehouse,
    _webhooks,
    _worker,
)
from cartcarrier.fulfillment._around import AroundTheLabel
from cartcarrier.fulfillment._customs import CustomsUnknownError
from cartcarrier.fulfillment._desk import Desk, ShipFrom
from cartcarrier.fulfillment._draft import draft_for, open_lines
from cartcarrier.http import Clock, SystemClock
from cartcarrier.ledger import Ledger, SharedStores, open_ledger
from cartcarrier.models import (
    CancellationResult,
    CustomsDeclaration,
    InventoryLevel,
    InventoryResult,
    Money,
    Order,
    OrderRef,
    Parcel,
    Rate,
    ShipmentOptions,
    Tracking,
    TrackingFailure,
    VoidResult,
    WebhookOutcome,
    WebhookRequest,
)
from cartcarrier.providers import FulfillmentProvider

__all__ = ["Fulfiller"]

_OPTIONS: Final = ShipmentOptions()
_MAX_WAIT: Final = timedelta(seconds=60)


class Fulfiller(AroundTheLabel):
    """Ships the orders of several channels with several carriers, each exactly once.

    An async context manager: it opens the ledger, lends its stores, clock and ``max_wait`` to the drivers, and at the end
    closes them all. Making one does no I/O.

    Args:
        channels: Where things are sold.
        carriers: Who moves them.
        providers: Somebody else's warehouses.
        ledger: Where every paid step is recorded: an address such as ``"sqlite:///shop.db"``, or a ledger.
        ship_from: Where parcels leave, or a function of order and allocation that says so.
        max_wait: The longest that a call waits for a lost answer, a rate limit or another worker.
        clock: Where time comes from.
        rebuy_after_settle: A purchase that a carrier still does not know after its settle time may be bought anew. Off: it
            stays uncertain until ``resolve``.
        notify_buyer: Whether channels write to the buyer when they are told.
        stock_buffers: Pieces of every article that ``set_inventory`` keeps back from a channel, by account key; none without.
        keep_personal_data: How long after an order was settled ``run`` keeps its names, addresses and labels; ``None``: until
            ``purge_personal_data`` is called. Marketplaces want them gone, some 30 days after delivery.

    Raises:
        ConfigurationError: Two channels, carriers or providers have one key, the ledger's address is wrong, or a buffer is.
    """

    def __init__(
        self,
        *,
        channels: Sequence[Channel] = (),
        carriers: Sequence[Carrier] = (),
        providers: Sequence[FulfillmentProvider] = (),
        ledger: str | Ledger = "sqlite:///cartcarrier.db",
        ship_from: ShipFrom | None = None,
        max_wait: timedelta = _MAX_WAIT,
        clock: Clock | None = None,
        rebuy_after_settle: bool = False,
        notify_buyer: bool = True,
        stock_buffers: Mapping[str, int] | None = None,
        keep_personal_data: timedelta | None = None,
    ) -> None:
        self._context = Desk(
            channels=channels,
            carriers=carriers,
            providers=providers,
            ledger=open_ledger(ledger) if isinstance(ledger, str) else ledger,
            clock=clock or SystemClock(),
            max_wait=max_wait,
            ship_from=ship_from,
            rebuy_after_settle=rebuy_after_settle,
            notify_buyer=notify_buyer,
            stock_buffers=stock_buffers,
            keep_personal_data=keep_personal_data,
        )
        self._stack: AsyncExitStack | None = None

    @override
    def __repr__(self) -> str:
        keys = (*self._context.channels, *self._context.carriers, *self._context.providers)
        return f"<Fulfiller {', '.join(keys)}>"

    async def __aenter__(self) -> Self:
        if self._stack is not None:
            msg = "this Fulfiller is open already"
            raise ConfigurationError(msg)
        desk = self._context
        async with AsyncExitStack() as stack:
            stack.push_async_callback(desk.ledger.aclose)
            await desk.ledger.open()
            stores = desk.ledger if isinstance(desk.ledger, SharedStores) else None
            for driver in (*desk.channels.values(), *desk.carriers.values(), *desk.providers.values()):
                driver.bind(
                    tokens=stores.token_store() if stores is not None else None,
                    limits=stores.limit_store() if stores is not None else None,
                    clock=desk.clock,
                    max_wait=desk.max_wait,
                )
                await stack.enter_async_context(driver)
            await desk.open()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stack, self._stack = self._stack, None
        if stack is None:
            return
        try:
            await self._context.aclose(finish=kind is None)
        finally:
            await stack.aclose()

    @property
    @override
    def _desk(self) -> Desk:
        if self._stack is None:
            msg = "the Fulfiller is not open: use it inside 'async with'"
            raise ConfigurationError(msg)
        return self._context

    def orders(self) -> AsyncIterator[Order]:
        """Yield the open work of all channels at once, as it arrives.

        Each is written down before it is yielded, and yielded by every call until it is shipped, cancelled or dismissed. What
        waits (on hold, not paid, a cancellation asked for) is written down but not yielded, nor is what somebody else's
        warehouse has all of. Channels are read side by side, a few orders ahead of you. You may stop at any time.

        Raises:
            CartCarrierError: A channel could not be read; raised after the others' orders, with further failures as notes.
        """
        return _orders.open_orders(self._desk)

    async def dismiss(self, ref: OrderRef, *, reason: str | None = None) -> None:
        """Deal with an order outside: ``orders`` yields it no longer.

        The reason is for people.
        """
        await _orders.dismiss(self._desk, ref, reason=reason)

    def changes(self, channel: str, cursor: str | None = None) -> AsyncIterator[OrderChange]:
        """Yield the orders that are new or were touched at a channel, the oldest change first, without a gap.

        The channel's list is read to its end into the ledger first; in memory stays of each order its time stamp and a digest.
        A change may come more than once, never not at all: ten minutes before the cursor are read again, because channels show
        changes late, and what was seen there is left out. A cursor remembers a thousand orders of these minutes: where more
        were touched, some come again with each call, so do not read on until nothing comes.

        Args:
            channel: The account's key.
            cursor: Of the last change that was dealt with; without one, all orders.

        Raises:
            InvalidValueError: The cursor is none of ours.
            OperationError: The channel cannot be read to its end. What was read was yielded before, under cursors that go over
                the same ground again.
        """
        return _feed.order_changes_since(self._desk, channel, cursor)

    async def quote(
        self,
        order: Order,
        *,
        parcels: Sequence[Parcel],
        options: ShipmentOptions = _OPTIONS,
        location_id: str | None = None,
    ) -> Quote:
        """Ask all carriers at once what they want for these parcels.

        Args:
            order: What to ship.
            parcels: What leaves.
            options: What else is asked.
            location_id: Which of the channel's places it leaves from; needed where several could ship these lines.

        Returns:
            The rates, and beside them why the other carriers have none.

        Raises:
            InvalidValueError: The order cannot be shipped like that; names the field.
            ConfigurationError: No carrier can be asked, or where parcels leave from is not known.
        """
        desk = self._desk
        lines = open_lines(order, parcels)
        draft = functools.partial(
            draft_for, parcels=parcels, options=options, lines=lines, ship_from=desk.ship_from, location_id=location_id
        )
        try:
            request = draft(order).request
        except CustomsUnknownError:  # what a list left out the order itself may say
            request = draft(await desk.read_order(order.ref)).request
        return await _quote.ask_carriers(desk, request, to_buy=False)

    async def ship(
        self,
        order: Order,
        *,
        parcels: Sequence[Parcel],
        key: str = "1",
        rate: Rate | None = None,
        choose: Chooser | None = None,
        options: ShipmentOptions = _OPTIONS,
        max_increase: Money | None = None,
        customs: CustomsDeclaration | None = None,
        ship_date: date | None = None,
        reference: str | None = None,
        notify_buyer: bool | None = None,
        replacement: bool = False,
        location_id: str | None = None,
        check_address: bool = False,
    ) -> Shipped:
        """Buy a shipment's labels once and tell the channel once.

        Safe to repeat with the same key after any error, time-out or crash: what was done is not done again.

        Args:
            order: As it was read; its channel is asked again before anything is bought, and before it is told.
            parcels: What leaves. Items that name order lines say what is covered; without any it is all that is open.
            key: Which shipment of that order; another parcel later, or a replacement, is another key.
            rate: Buy at this rate, and no other.
            choose: Picks one of the rates that are quoted; ``cheapest()`` without one.
            options: What else is asked of the carrier.
            max_increase: How much more than ``rate`` may be paid when its price has ended; nothing without one.
            customs: For borders; made from the items and order lines without one.
            ship_date: When it is handed over; ``None`` for today.
            reference: Yours, printed on the label where the carrier can.
            notify_buyer: Whether the channel writes to the buyer; ``None`` for the Fulfiller's choice.
            replacement: It goes in the place of a parcel that the channel knows of: nothing need be open, and the channel is
                not told again.
            location_id: Which of the channel's places it leaves from; needed where several could ship these lines.
            check_address: Ask the carriers whether the address is good, once for a key, before anything is written down; off,
                because it costs a call. Whether it is a home goes into the prices. With ``rate`` only its carrier is asked.

        Raises:
            InvalidValueError: Something cannot be; names the field. Nothing was written down.
            AddressNotGoodError: With ``check_address``: it is invalid, or one of several; ``check.candidates`` are proposed.
            OrderChangedError: The order is not what you hold. With ``label_bought``: a label was bought before that was seen.
            RateExpiredError: The price is over, and the new one is above what you allow.
            IdempotencyConflictError: The key stands for another shipment, or one that was voided.
            PurchaseUncertainError: A label may have been bought; see ``recover`` and ``resolve``.
            OperationError: The carrier or the channel refused, or could not be reached.
        """
        plan = ShipPlan(
            order=order,
            parcels=tuple(parcels),
            key=key,
            rate=rate,
            choose=choose,
            options=options,
            max_increase=max_increase,
            customs=customs,
            ship_date=ship_date,
            reference=reference,
            notify_buyer=notify_buyer,
            replacement=replacement,
            location_id=location_id,
            check_address=check_address,
        )
        return await _ship.ship(self._desk, plan)

    def ship_many(
        self, plans: Sequence[ShipPlan] | AsyncIterator[ShipPlan], *, concurrency: int = 8
    ) -> AsyncIterator[Shipped | ShipFailure]:
        """Ship many, and yield what becomes of each as it is known. One that fails stops no other.

        Left early, it ends what it has begun and begins nothing more.
        """
        return _many.ship_many(self._desk, plans, concurrency=concurrency)

    async def confirm(self, ref: OrderRef, *, key: str = "1", despite_changes: bool = False) -> Shipped:
        """Tell the channel of a shipment that was bought and not told yet, unless it knows.

        Args:
            ref: Whose order.
            key: Which shipment.
            despite_changes: A person has looked: tell it although the order has changed since.

        Raises:
            OrderChangedError: The order has changed since the label was bought.
            IdempotencyConflictError: It is not bought, or was voided.
        """
        return await _ship.confirm_again(self._desk, ref, key, despite_changes=despite_changes)

    async def submit(self, order: Order, *, provider: str, key: str = "1", service: str | None = None) -> Submitted:
        """Hand all that is open of an order to somebody else's warehouse, once. Safe to repeat with the same key.

        It is written down before the call. Where the answer is lost the warehouse is asked by our reference, and what it has is
        adopted. ``run`` and ``follow_submissions`` ask it how far it is and tell the order's channel of each package as it
        leaves; ``orders`` hands the order on no longer, ``ship`` refuses it, ``cancel`` and ``void`` ask it back.

        Args:
            order: As it was read; it is read again before.
            provider: The account's key.
            key: Which submission of that order; ``ship`` uses the same keys.
            service: The provider's code of a speed; ``None`` for its standard one.

        Raises:
            InvalidValueError: The order must not be shipped now, or nothing of it is open.
            OrderChangedError: The order is not what you hold.
            IdempotencyConflictError: The key stands for something else, or another shipment covers pieces of the order.
            OperationError: The provider refused it, or could not be reached; repeat with the same key.
        """
        return await _submit.submit(self._desk, order, provider=provider, key=key, service=service)

    def follow_submissions(self) -> AsyncIterator[Submitted]:
        """Yield what is new about the orders that warehouses have, and tell the channels; ends when they have none.

        ``run`` does the same.
        """
        return _warehouse.follow_submissions(self._desk)

    async def void(self, ref: OrderRef, *, key: str = "1") -> VoidResult:
        """Give a shipment's labels back and take back what its channel was told; the order is open again. Safe to repeat.

        What was handed to somebody else's warehouse is asked back from it: ``REFUSED`` when it ships it all the same. After the
        carrier's ``void_window`` it is asked all the same, and a refusal says when that ended.

        Raises:
            UnsupportedOperationError: The carrier takes no labels back.
            PurchaseUncertainError: It is not known what was bought.
            OperationError: The carrier could not be asked; repeat it, or let ``recover`` do so.
        """
        return await _void.void(self._desk, ref, key)

    async def cancel(self, ref: OrderRef, *, reason: str | None = None) -> CancellationResult:
        """Cancel an order at its channel and give back what was bought for it.

        Args:
            ref: Which order.
            reason: One of the channel's own words.

        Returns:
            ``DONE``, with what became of its labels; a label that the carrier will not take back is ``CancelledButLive`` in the
            message. ``REFUSED``, by the channel or by a warehouse that ships it: nothing was voided. ``PENDING``: nothing is bought or confirmed until it is decided.
        """
        return await _cancel.cancel(self._desk, ref, reason=reason)

    async def track(self, ref: OrderRef) -> Sequence[Tracking | TrackingFailure]:
        """Ask where an order's parcels are; a failure stands beside the others' results."""
        return await _follow.track(self._desk, ref)

    def follow(self) -> AsyncIterator[Tracking]:
        """Yield what is new about all that travels, at each parcel's pace, and tell the channels; ends when nothing travels."""
        return _follow.follow(self._desk)

    async def set_inventory(
        self, levels: Sequence[InventoryLevel], *, as_of: datetime | None = None
    ) -> Mapping[str, Sequence[InventoryResult]]:
        """Tell all channels that keep stock how many can be sold, and raise none above what is left.

        ``available`` is what you counted as free to sell at ``as_of``, less all orders that ``orders`` or ``changes`` had handed
        on by then. Before a channel is told, the orders of all channels are read, and those that this ledger sees for the first
        time after ``as_of``, on whichever channel, are taken off. What is left, less the channel's buffer, is what each channel
        is told.

        An order that was met by a push or while stock was told, or that waits or is on hold, is taken off every count until
        ``orders`` or ``changes`` hands it on, it has left, or is cancelled. Whoever reads orders by neither of them undersells
        by what is open.

        Where the orders of one channel cannot be read, or not within ``max_wait``, nothing is raised anywhere: those levels
        come back ``STALE``, with why. Lowering goes on. That is told by reading the channel's own number first.

        What remains: orders placed between the reading and the writing. At worst each channel oversells by what all channels
        sold in these moments, less its buffer. Each call lists every channel's orders once, so the channel with the scarcest
        lists says how often it can be called.

        Args:
            levels: One for each article, or for each of a channel's places. What was sold is taken off the place that the order
                is allotted to, and off every level of the article where it names none.
            as_of: When you counted; ``None`` for now. Pass it whenever the count is older than this call.

        Returns:
            By account key one result for each level, in the order given; a channel that failed gives ``REJECTED`` with why.

        Raises:
            InvalidValueError: ``as_of`` has no time zone, or lies in the future.
        """
        return await _stock.set_inventory(self._desk, levels, as_of=as_of)

    async def handle_webhook(self, account_key: str, request: WebhookRequest) -> WebhookOutcome:
        """Verify a push, act on it once, and return what to answer, with the events that are new.

        Personal data is erased on request at once for settled orders; an order that must still be shipped keeps its address
        until it is.

        Raises:
            AuthenticationError: It is not genuine: answer 401.
            ConfigurationError: There is no such account.
        """
        return await _webhooks.handle_webhook(self._desk, account_key, request)

    async def recover(self) -> RecoveryReport:
        """Bring to an end what a crash, a time-out or a lost answer left open. Nothing is bought. Twice is once."""
        return await _recovery.recover(self._desk)

    async def resolve(self, ref: OrderRef, *, key: str = "1", outcome: Bought | NotBought | Voided) -> None:
        """Settle what cannot be found out, by the word of a person who has looked.

        Of what a warehouse has, ``NotBought`` says that it has nothing of it, or sends nothing more: what has left stays told,
        and the rest is open again.

        Raises:
            IdempotencyConflictError: Nothing of that shipment is uncertain.
        """
        await _recovery.resolve(self._desk, ref, key, outcome)

    def reconcile(self, since: datetime) -> AsyncIterator[Finding]:
        """Compare ledger and channels over the shipments written since then, and yield each difference once."""
        return _reconcile.reconcile(self._desk, since)

    async def deadlines_at_risk(self, *, within: timedelta) -> Sequence[DeadlineAtRisk]:
        """Return the open orders that must leave within that time, the most urgent first."""
        return await _worker.deadlines_at_risk(self._desk, within=within)

    async def purge_personal_data(self, before: datetime) -> int:
        """Erase names, addresses and labels of orders settled before then; returns of how many."""
        return await self._desk.ledger.purge_personal_data(before=before)

    async def run(self, *, concurrency: int = 8) -> None:
        """Recover, then confirm what is late, follow what travels and what warehouses have, warn of deadlines, until cancelled."""
        await _worker.run(self._desk, concurrency=concurrency)
