"""The facade, blocking: every method runs its async twin in the loop; there is no logic here."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from types import TracebackType
from typing import Final, Self, TypeVar

from typing_extensions import override

from cartcarrier import fulfiller as _async
from cartcarrier.carriers import Carrier
from cartcarrier.channels import Channel
from cartcarrier.drivers import Driver
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
)
from cartcarrier.http import Clock
from cartcarrier.ledger import Ledger
from cartcarrier.models import (
    Address,
    Allocation,
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
from cartcarrier.sync._around import AroundTheLabel
from cartcarrier.sync._drivers import BlockingDriver
from cartcarrier.sync._loop import Loop

C = TypeVar("C", bound=Driver)

_OPTIONS: Final = ShipmentOptions()
_MAX_WAIT: Final = timedelta(seconds=60)


class BlockingFinding:
    """A difference that ``reconcile`` found; see ``Finding``."""

    def __init__(self, finding: Finding, loop: Loop) -> None:
        self.finding = finding
        self._loop = loop
        self.ref: OrderRef = finding.ref
        self.key: str | None = finding.key
        self.what: str = finding.what

    def fix(self) -> None:
        """Mend it. Doing that twice does no more than once."""
        self._loop.call(self.finding.fix)

    @override
    def __repr__(self) -> str:
        return f"<blocking {self.finding!r}>"


class Fulfiller(AroundTheLabel):
    """The blocking ``cartcarrier.Fulfiller``: the same arguments, methods, results and errors.

    Args:
        channels: Drivers, or what ``open_channel`` of this module returns, not opened.
        carriers: As ``channels``.
        providers: As ``channels``.
        ledger: As in ``cartcarrier.Fulfiller``, and so are the others.
        ship_from: See there.
        max_wait: See there.
        clock: See there.
        rebuy_after_settle: See there.
        notify_buyer: See there.
        stock_buffers: See there.
        keep_personal_data: See there.
    """

    def __init__(
        self,
        *,
        channels: Sequence[Channel | BlockingDriver] = (),
        carriers: Sequence[Carrier | BlockingDriver] = (),
        providers: Sequence[FulfillmentProvider | BlockingDriver] = (),
        ledger: str | Ledger = "sqlite:///cartcarrier.db",
        ship_from: Address | Callable[[Order, Allocation], Address] | None = None,
        max_wait: timedelta = _MAX_WAIT,
        clock: Clock | None = None,
        rebuy_after_settle: bool = False,
        notify_buyer: bool = True,
        stock_buffers: Mapping[str, int] | None = None,
        keep_personal_data: timedelta | None = None,
    ) -> None:
        given = (*channels, *carriers, *providers)
        self._proxies = [driver for driver in given if isinstance(driver, BlockingDriver)]
        self._async = _async.Fulfiller(
            channels=[_plain(driver) for driver in channels],
            carriers=[_plain(driver) for driver in carriers],
            providers=[_plain(driver) for driver in providers],
            ledger=ledger,
            ship_from=ship_from,
            max_wait=max_wait,
            clock=clock,
            rebuy_after_settle=rebuy_after_settle,
            notify_buyer=notify_buyer,
            stock_buffers=stock_buffers,
            keep_personal_data=keep_personal_data,
        )
        self._loop = Loop()
        self._stack: ExitStack | None = None

    @override
    def __repr__(self) -> str:
        return f"<blocking {self._async!r}>"

    def __enter__(self) -> Self:
        if self._stack is not None:
            msg = "this Fulfiller is open already"
            raise ConfigurationError(msg)
        with ExitStack() as stack:
            portal = self._loop.inner = stack.enter_context(self._loop.open())
            for proxy in self._proxies:
                proxy.join(portal)
                stack.callback(proxy.join, None)
            stack.enter_context(portal.wrap_async_context_manager(self._async))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        stack, self._stack = self._stack, None
        if stack is not None:
            try:
                stack.__exit__(kind, error, trace)
            finally:
                self._loop.inner = None

    def orders(self) -> Iterator[Order]:
        """See ``cartcarrier.Fulfiller.orders``."""
        return self._loop.iterate(self._async.orders)

    def dismiss(self, ref: OrderRef, *, reason: str | None = None) -> None:
        """See ``cartcarrier.Fulfiller.dismiss``."""
        self._loop.call(lambda: self._async.dismiss(ref, reason=reason))

    def changes(self, channel: str, cursor: str | None = None) -> Iterator[OrderChange]:
        """See ``cartcarrier.Fulfiller.changes``."""
        return self._loop.iterate(lambda: self._async.changes(channel, cursor))

    def quote(
        self,
        order: Order,
        *,
        parcels: Sequence[Parcel],
        options: ShipmentOptions = _OPTIONS,
        location_id: str | None = None,
    ) -> Quote:
        """See ``cartcarrier.Fulfiller.quote``."""
        return self._loop.call(
            lambda: self._async.quote(order, parcels=parcels, options=options, location_id=location_id)
        )

    def ship(
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
        """See ``cartcarrier.Fulfiller.ship``."""
        return self._loop.call(
            lambda: self._async.ship(
                order,
                parcels=parcels,
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
        )

    def ship_many(self, plans: Iterable[ShipPlan], *, concurrency: int = 8) -> Iterator[Shipped | ShipFailure]:
        """See ``cartcarrier.Fulfiller.ship_many``. All plans are taken before the first is shipped."""
        waiting = tuple(plans)
        return self._loop.iterate(lambda: self._async.ship_many(waiting, concurrency=concurrency))

    def confirm(self, ref: OrderRef, *, key: str = "1", despite_changes: bool = False) -> Shipped:
        """See ``cartcarrier.Fulfiller.confirm``."""
        return self._loop.call(lambda: self._async.confirm(ref, key=key, despite_changes=despite_changes))

    def submit(self, order: Order, *, provider: str, key: str = "1", service: str | None = None) -> Submitted:
        """See ``cartcarrier.Fulfiller.submit``."""
        return self._loop.call(lambda: self._async.submit(order, provider=provider, key=key, service=service))

    def follow_submissions(self) -> Iterator[Submitted]:
        """See ``cartcarrier.Fulfiller.follow_submissions``."""
        return self._loop.iterate(self._async.follow_submissions)

    def void(self, ref: OrderRef, *, key: str = "1") -> VoidResult:
        """See ``cartcarrier.Fulfiller.void``."""
        return self._loop.call(lambda: self._async.void(ref, key=key))

    def cancel(self, ref: OrderRef, *, reason: str | None = None) -> CancellationResult:
        """See ``cartcarrier.Fulfiller.cancel``."""
        return self._loop.call(lambda: self._async.cancel(ref, reason=reason))

    def track(self, ref: OrderRef) -> Sequence[Tracking | TrackingFailure]:
        """See ``cartcarrier.Fulfiller.track``."""
        return self._loop.call(lambda: self._async.track(ref))

    def follow(self) -> Iterator[Tracking]:
        """See ``cartcarrier.Fulfiller.follow``."""
        return self._loop.iterate(self._async.follow)

    def set_inventory(
        self, levels: Sequence[InventoryLevel], *, as_of: datetime | None = None
    ) -> Mapping[str, Sequence[InventoryResult]]:
        """See ``cartcarrier.Fulfiller.set_inventory``."""
        return self._loop.call(lambda: self._async.set_inventory(levels, as_of=as_of))

    def handle_webhook(self, account_key: str, request: WebhookRequest) -> WebhookOutcome:
        """See ``cartcarrier.Fulfiller.handle_webhook``."""
        return self._loop.call(lambda: self._async.handle_webhook(account_key, request))

    def recover(self) -> RecoveryReport:
        """See ``cartcarrier.Fulfiller.recover``."""
        return self._loop.call(self._async.recover)

    def resolve(self, ref: OrderRef, *, key: str = "1", outcome: Bought | NotBought | Voided) -> None:
        """See ``cartcarrier.Fulfiller.resolve``."""
        self._loop.call(lambda: self._async.resolve(ref, key=key, outcome=outcome))

    def reconcile(self, since: datetime) -> Iterator[BlockingFinding]:
        """See ``cartcarrier.Fulfiller.reconcile``."""
        for finding in self._loop.iterate(lambda: self._async.reconcile(since)):
            yield BlockingFinding(finding, self._loop)

    def deadlines_at_risk(self, *, within: timedelta) -> Sequence[DeadlineAtRisk]:
        """See ``cartcarrier.Fulfiller.deadlines_at_risk``."""
        return self._loop.call(lambda: self._async.deadlines_at_risk(within=within))

    def purge_personal_data(self, before: datetime) -> int:
        """See ``cartcarrier.Fulfiller.purge_personal_data``."""
        return self._loop.call(lambda: self._async.purge_personal_data(before))

    def run(self, *, concurrency: int = 8) -> None:
        """See ``cartcarrier.Fulfiller.run``; ends with Ctrl-C."""
        self._loop.call(lambda: self._async.run(concurrency=concurrency))


def _plain(driver: C | BlockingDriver) -> C:
    """Return the driver behind a blocking one; its kind is what the list that it stands in says."""
    return driver.join(None) if isinstance(driver, BlockingDriver) else driver  # type: ignore[return-value]  # checked by use
