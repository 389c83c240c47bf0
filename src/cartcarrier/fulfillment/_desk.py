"""What every step of shipping needs: the drivers by key, the ledger, the clock, and whose turn it is."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Final, TypeVar

import anyio
import anyio.abc
import attrs

from cartcarrier.carriers import Carrier, SupportsLabels, join_shipments
from cartcarrier.channels import Channel, SupportsInventory, SupportsOrders
from cartcarrier.drivers import Driver
from cartcarrier.errors import ConfigurationError, InvalidValueError, LedgerError, UnsupportedOperationError
from cartcarrier.fulfillment._claims import Claims, Turn
from cartcarrier.fulfillment._stream import Send, Stream
from cartcarrier.fulfillment._workers import new_name
from cartcarrier.http import Clock
from cartcarrier.ledger import Ledger, ShipmentRow, ShipmentState, StepKind, StepRow, StepState
from cartcarrier.models import Address, Allocation, Order, OrderRef, Shipment, VoidResult, VoidStatus
from cartcarrier.providers import FulfillmentProvider

D = TypeVar("D", bound=Driver)
T = TypeVar("T")

ShipFrom = Address | Callable[[Order, Allocation], Address]

GIVEN_BACK: Final = frozenset({ShipmentState.VOIDED, ShipmentState.REFUND_PENDING})
REFUND: Final = "refund"
"""What a void step names that tells how the refund of an earlier void ended."""

log = logging.getLogger("cartcarrier.fulfillment")


def by_key(drivers: Sequence[D], kind: str) -> dict[str, D]:
    """Return the drivers by their account keys.

    Raises:
        ConfigurationError: Two have the same key.
    """
    found: dict[str, D] = {}
    for driver in drivers:
        if driver.key in found:
            msg = f"two {kind} have the key {driver.key!r}: give one of them another account name"
            raise ConfigurationError(msg, field=kind)
        found[driver.key] = driver
    return found


def checked_buffers(buffers: Mapping[str, int], channels: Mapping[str, Channel]) -> Mapping[str, int]:
    """Return the pieces that are kept back from each channel.

    Raises:
        ConfigurationError: One names no channel that keeps stock, or is negative.
    """
    for key, pieces in buffers.items():
        if not isinstance(channels.get(key), SupportsInventory):
            msg = f"stock_buffers names {key!r}, which is none of the channels that keep stock here"
            raise ConfigurationError(msg, field="stock_buffers")
        if type(pieces) is not int or pieces < 0:
            msg = f"stock_buffers[{key!r}] must be a whole number of pieces that is not negative"
            raise ConfigurationError(msg, field="stock_buffers")
    return dict(buffers)


class Desk:
    """The small context that the steps share.

    Attributes:
        channels: By account key.
        carriers: By account key.
        providers: By account key.
        ledger: The record of every step.
        clock: Where time comes from.
        max_wait: The longest that a call waits for an outcome, or for another worker.
        ship_from: Where parcels leave, or how to find that out.
        rebuy_after_settle: Whether a purchase that a carrier does not know after its settle time may be bought anew.
        notify_buyer: Whether channels write to the buyer.
        stock_buffers: Pieces kept back from each channel, by account key.
        keep_personal_data: How long after an order was settled its data is kept.
        owner: The name of this worker in the ledger.
    """

    def __init__(
        self,
        *,
        channels: Sequence[Channel],
        carriers: Sequence[Carrier],
        providers: Sequence[FulfillmentProvider],
        ledger: Ledger,
        clock: Clock,
        max_wait: timedelta,
        ship_from: ShipFrom | None,
        rebuy_after_settle: bool,
        notify_buyer: bool,
        stock_buffers: Mapping[str, int] | None = None,
        keep_personal_data: timedelta | None = None,
    ) -> None:
        self.channels = by_key(channels, "channels")
        self.carriers = by_key(carriers, "carriers")
        self.providers = by_key(providers, "providers")
        self.ledger = ledger
        self.clock = clock
        self.max_wait = max_wait
        self.ship_from = ship_from
        self.rebuy_after_settle = rebuy_after_settle
        self.notify_buyer = notify_buyer
        self.stock_buffers = checked_buffers(stock_buffers or {}, self.channels)
        if keep_personal_data is not None and keep_personal_data < timedelta():
            raise ConfigurationError("keep_personal_data must not be negative", field="keep_personal_data")
        self.keep_personal_data = keep_personal_data
        self.owner = new_name()
        self._claims = Claims(ledger, clock, owner=self.owner, max_wait=max_wait)
        self._tasks: anyio.abc.TaskGroup | None = None
        self._streams: list[Stream[object]] = []

    # life

    async def open(self) -> None:
        """Start the background tasks. The drivers and the ledger are open already."""
        await self._claims.workers.register()
        self._tasks = await anyio.create_task_group().__aenter__()
        self._tasks.start_soon(self._claims.keep_alive)

    async def aclose(self, *, finish: bool) -> None:
        """End the background tasks.

        Args:
            finish: Let those that are buying end what they have begun, for at most ``max_wait``.
        """
        tasks, self._tasks = self._tasks, None
        if tasks is None:
            return
        for stream in self._streams:
            stream.close()
        try:
            if finish:
                with anyio.move_on_after(self.max_wait.total_seconds()):
                    for stream in self._streams:
                        await stream.aclose()
        finally:
            tasks.cancel_scope.cancel()
            # The error that ends the caller's block is not shown to the group: it would come out wrapped.
            await tasks.__aexit__(None, None, None)
            self._streams.clear()
        with anyio.CancelScope(shield=True):
            await self._claims.workers.unregister()

    def stream(self, produce: Callable[[Send[T]], Awaitable[None]], *, finish: bool = False) -> Stream[T]:
        """Return an iterator over what a background task sends; it ends with this desk at the latest."""
        if self._tasks is None:
            msg = "the Fulfiller is not open: use it inside 'async with'"
            raise ConfigurationError(msg)
        stream = Stream[T](self._tasks, produce, finish=finish)
        self._streams = [known for known in self._streams if known.started]
        self._streams.append(stream)  # type: ignore[arg-type]  # only closed here, never read
        return stream

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        return self.clock.now()

    # drivers

    def channel(self, key: str) -> Channel:
        """Return a channel's driver.

        Raises:
            ConfigurationError: This Fulfiller has no such channel.
        """
        return _known(self.channels, key, "channels")

    def carrier(self, key: str) -> Carrier:
        """Return a carrier's driver.

        Raises:
            ConfigurationError: This Fulfiller has no such carrier.
        """
        return _known(self.carriers, key, "carriers")

    def provider(self, key: str) -> FulfillmentProvider:
        """Return a warehouse's driver.

        Raises:
            ConfigurationError: This Fulfiller has no such provider.
        """
        return _known(self.providers, key, "providers")

    def label_carrier(self, key: str) -> SupportsLabels:
        """Return a carrier's driver that sells labels.

        Raises:
            ConfigurationError: This Fulfiller has no such carrier.
            UnsupportedOperationError: It sells none.
        """
        carrier = self.carrier(key)
        if not isinstance(carrier, SupportsLabels):
            msg = f"{key} sells no labels"
            raise UnsupportedOperationError(msg)
        return carrier

    def order_source(self, key: str) -> SupportsOrders:
        """Return a channel's driver that can read orders.

        Raises:
            ConfigurationError: This Fulfiller has no such channel.
            UnsupportedOperationError: It cannot read orders.
        """
        channel = self.channel(key)
        if not isinstance(channel, SupportsOrders):
            msg = f"{key} cannot read orders, so nothing of it can be shipped safely"
            raise UnsupportedOperationError(msg)
        return channel

    async def read_order(self, ref: OrderRef) -> Order:
        """Read an order from its channel as it is now, and write it down."""
        order = await self.order_source(ref.channel).get_order(ref.order_id)
        await self.ledger.record_orders([order], now=self.now())
        return order

    # shipments

    def turn(self, ref: OrderRef, key: str) -> AbstractAsyncContextManager[Turn]:
        """Wait for one's turn at a shipment."""
        return self._claims.turn(ref, key)

    async def row(self, ref: OrderRef, key: str) -> ShipmentRow:
        """Return a shipment that must be there.

        Raises:
            LedgerError: It is not.
        """
        row = await self.ledger.get_shipment(ref, key)
        if row is None:
            msg = f"the ledger has lost shipment {ref}/{key}"
            raise LedgerError(msg)
        return row

    async def asked_row(self, ref: OrderRef, key: str) -> ShipmentRow:
        """Return a shipment that a caller names.

        Raises:
            InvalidValueError: There is none under that key.
        """
        row = await self.ledger.get_shipment(ref, key)
        if row is None:
            msg = f"order {ref} has no shipment {key!r} in the ledger"
            raise InvalidValueError(msg, field="key")
        return row


def _known(drivers: dict[str, D], key: str, kind: str) -> D:
    try:
        return drivers[key]
    except KeyError:
        known = ", ".join(sorted(drivers)) or "none"
        msg = f"this Fulfiller has no {key!r} among its {kind}; it has: {known}"
        raise ConfigurationError(msg, field=kind) from None


def step_name(row: ShipmentRow, step: StepRow) -> str:
    """Return how an error names a step: ``channel/order/key/purchase/0``."""
    return f"{row.ref}/{row.key}/{step.kind}/{step.index}"


def is_submission(row: ShipmentRow) -> bool:
    """Return whether it was handed to somebody else's warehouse, in place of buying labels."""
    kinds = {step.kind for step in row.steps}
    return StepKind.SUBMIT in kinds and StepKind.PURCHASE not in kinds


def purchases(row: ShipmentRow) -> list[StepRow]:
    """Return the newest attempt of each purchase, in order."""
    found = [step for step in row.steps if step.kind is StepKind.PURCHASE]
    return sorted(found, key=lambda step: step.index)


def last_step(row: ShipmentRow, kind: StepKind) -> StepRow | None:
    """Return the newest attempt of a step that a shipment has once."""
    return next((step for step in row.steps if step.kind is kind), None)


def bought_parts(row: ShipmentRow) -> list[Shipment]:
    """Return what was bought, one for each purchase that is done."""
    return [
        step.result for step in purchases(row) if step.state is StepState.DONE and isinstance(step.result, Shipment)
    ]


def bought_shipment(row: ShipmentRow) -> Shipment | None:
    """Return what was bought as one shipment; ``None`` when nothing was."""
    parts = bought_parts(row)
    return join_shipments(parts) if parts else None


def all_bought(row: ShipmentRow) -> bool:
    """Return whether there are purchases, and every one is done."""
    steps = purchases(row)
    return bool(steps) and all(step.state is StepState.DONE for step in steps)


def is_told(row: ShipmentRow) -> bool:
    """Return whether the channel knows of all of it, by us or by the marketplace that sold the label."""
    if is_submission(row):
        return row.state is ShipmentState.CONFIRMED
    confirm = last_step(row, StepKind.CONFIRM)
    if confirm is not None and confirm.state is StepState.DONE:
        return True
    parts = bought_parts(row)
    return bool(parts) and any(part.confirms_order for part in parts)


def as_asked(row: ShipmentRow, shipment: Shipment) -> Shipment:
    """Return what was bought, marked as a return where one was asked for: a look-up may not show that."""
    wanted = row.request is not None and row.request.is_return
    return attrs.evolve(shipment, is_return=True) if wanted and not shipment.is_return else shipment


def is_partly_given_back(row: ShipmentRow) -> bool:
    """Return whether the carrier took some of the labels back and refused the others."""
    step = last_step(row, StepKind.VOID)
    if row.state is not ShipmentState.VOID_REFUSED or step is None or not isinstance(step.result, VoidResult):
        return False
    return any(status is not VoidStatus.REFUSED for status in step.result.parcels.values())


def is_refund_refused(row: ShipmentRow) -> bool:
    """Return whether its labels were given back, and the carrier has refused the money since."""
    step = last_step(row, StepKind.VOID)
    return row.state is ShipmentState.VOID_REFUSED and step is not None and step.reference == REFUND


def is_given_back(row: ShipmentRow) -> bool:
    """Return whether its labels were given back, however their refund ended."""
    return row.state in GIVEN_BACK or is_refund_refused(row)


def is_return(row: ShipmentRow) -> bool:
    """Return whether it goes back to the seller: no channel hears of it, and it neither covers nor reopens its order."""
    if row.request is not None:
        return row.request.is_return
    return any(part.is_return for part in bought_parts(row))


def needs_telling(row: ShipmentRow) -> bool:
    """Return whether the channel still has to be told."""
    going_back = row.state is ShipmentState.VOIDING or is_given_back(row)
    return row.confirms and all_bought(row) and not is_told(row) and not going_back
