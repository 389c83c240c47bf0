"""Open work of all channels, as it arrives; written down before it is handed on."""

from collections import Counter
from typing import Final

from cartcarrier.channels import SupportsOrders
from cartcarrier.errors import CartCarrierError
from cartcarrier.fulfillment._compare import open_quantities
from cartcarrier.fulfillment._desk import Desk, is_submission, log
from cartcarrier.fulfillment._packages import still_coming, submit_step
from cartcarrier.fulfillment._settle import cancelling, covered_elsewhere, settle_as
from cartcarrier.fulfillment._stream import Send, Stream, closing
from cartcarrier.fulfillment._tasks import task_group
from cartcarrier.ledger import ShipmentState, StepState, WorkState
from cartcarrier.models import FulfilledBy, Order, OrderQuery, OrderRef, OrderStatus

_STATUSES: Final[frozenset[OrderStatus]] = frozenset(
    {OrderStatus.UNFULFILLED, OrderStatus.PARTIALLY_FULFILLED, OrderStatus.PENDING, OrderStatus.ON_HOLD}
)
_TO_SHIP: Final = frozenset({OrderStatus.UNFULFILLED, OrderStatus.PARTIALLY_FULFILLED})
_MOST_AT_ONCE: Final = 64


def open_orders(desk: Desk) -> Stream[Order]:
    """Return an iterator over what is open and not dealt with yet, of all channels at once."""

    async def produce(send: Send[Order]) -> None:
        failures: list[CartCarrierError] = []

        async def read(channel: SupportsOrders) -> None:
            try:
                await _read_channel(desk, channel, send)
            except CartCarrierError as exc:
                log.warning("%s: its orders could not be read: %s", channel.key, type(exc).__name__)
                failures.append(exc)

        async with task_group() as tasks:
            for channel in desk.channels.values():
                if isinstance(channel, SupportsOrders):
                    tasks.start_soon(read, channel)
        if failures:
            first, *others = failures
            for other in others:
                first.add_note(f"another channel failed too: {type(other).__name__}: {other}")
            raise first

    return desk.stream(produce)


async def _read_channel(desk: Desk, channel: SupportsOrders, send: Send[Order]) -> None:
    """Write down in growing batches: the first order comes at once, many cost few commits."""
    batch: list[Order] = []
    wanted = 1
    query = OrderQuery(statuses=_STATUSES)  # type: ignore[arg-type]  # the attrs plugin loses frozenset's type variable
    async with closing(channel.list_orders(query)) as orders:
        async for order in orders:
            batch.append(order)
            if len(batch) >= wanted:
                await _hand_on(desk, batch, send)
                batch = []
                wanted = min(wanted * 2, _MOST_AT_ONCE)
    await _hand_on(desk, batch, send)


async def _hand_on(desk: Desk, batch: list[Order], send: Send[Order]) -> None:
    if not batch:
        return
    await desk.ledger.record_orders(batch, now=desk.now())
    for order in batch:
        work = await _open_work(desk, order) if is_to_ship(order) else None
        if work is not None:
            await send(work)


def is_to_ship(order: Order) -> bool:
    """Return whether there is something of the order that its seller should ship now."""
    return (
        order.status in _TO_SHIP
        and order.fulfilled_by is not FulfilledBy.CHANNEL
        and not order.cancel_requested
        and not order.holds
        and bool(open_quantities(order))
    )


async def _open_work(desk: Desk, order: Order) -> Order | None:
    """Return the order where the ledger does not say that it is dealt with. What was shipped and is open again, is not.

    Lists lag behind: what the ledger says was shipped is read by itself before that is believed.
    """
    row = await desk.ledger.get_order(order.ref)
    if row is None:
        return order
    if row.state is WorkState.OPEN:
        return order if cancelling(row) is None and not await _is_with_a_warehouse(desk, order) else None
    if row.state is not WorkState.SHIPPED or not await _has_uncovered(desk, order):
        return None
    order = await desk.read_order(order.ref)
    if not is_to_ship(order) or not await _has_uncovered(desk, order):
        return None
    await desk.ledger.settle_order(order.ref, WorkState.OPEN, reason="open again at its channel", now=desk.now())
    return order


async def _has_uncovered(desk: Desk, order: Order) -> bool:
    cover = await covered_elsewhere(desk, order.ref, None)
    return any(cover.pieces.get(line_id, 0) < pieces for line_id, pieces in open_quantities(order).items())


async def _is_with_a_warehouse(desk: Desk, order: Order) -> bool:
    """Return whether somebody else's warehouse has all that is open of it: nothing is left to do but to wait."""
    taken: Counter[str] = Counter()
    for row in await desk.ledger.list_shipments(ref=order.ref):
        if is_submission(row) and submit_step(row).state is StepState.DONE and row.state is not ShipmentState.FAILED:
            taken.update(still_coming(row))
    return bool(taken) and all(taken[line_id] >= pieces for line_id, pieces in open_quantities(order).items())


async def dismiss(desk: Desk, ref: OrderRef, *, reason: str | None) -> None:
    """Write down that the order is not ours to deal with any more; ``orders`` hands it on no longer."""
    await settle_as(desk, ref, WorkState.DISMISSED, reason=reason)
