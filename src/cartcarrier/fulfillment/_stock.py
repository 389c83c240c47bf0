"""One count, told to all channels, and none raised above what is left after the orders that the count does not know of.

A channel takes its own orders off its own number when they are placed. But a number that is told replaces that, and the count
behind it is older than the last orders, on this channel and on all others. So before anything is told all channels are read,
and what was sold since the count is taken off it. Where one channel cannot be read nobody knows what was sold there: then
nothing is raised anywhere, while lowering, which can oversell nothing, goes on.
"""

import json
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import anyio
import attrs

from cartcarrier.channels import SupportsInventory, SupportsOrders
from cartcarrier.errors import CartCarrierError, InvalidValueError, LedgerError
from cartcarrier.fulfillment._desk import Desk, log
from cartcarrier.fulfillment._stream import closing
from cartcarrier.fulfillment._tasks import task_group
from cartcarrier.ledger import WorkState
from cartcarrier.models import (
    FulfilledBy,
    InventoryLevel,
    InventoryResult,
    InventoryStatus,
    Order,
    OrderQuery,
    OrderRef,
    OrderStatus,
)

_OVERLAP: Final = timedelta(minutes=10)
"""So far back is read again: clocks differ, and channels show an order some time after its own time stamp."""
_FIRST_LOOK: Final = timedelta(days=1)
"""So far before the count is read where it was never read before."""
_BATCH: Final = 64
_FRESH: Final = "stock"


async def set_inventory(
    desk: Desk, levels: Sequence[InventoryLevel], *, as_of: datetime | None
) -> Mapping[str, Sequence[InventoryResult]]:
    """Tell all channels that keep stock; see ``Fulfiller.set_inventory``."""
    counted = _checked(as_of, desk.now())
    reading = _Reading(desk, counted)
    left = levels
    if levels:
        await reading.read_all()
        sold = await _sold_since(desk, counted, reading.fresh, places={level.location_id for level in levels})
        left = [attrs.evolve(level, available=max(0, level.available - sold.of(level))) for level in levels]
    results: dict[str, Sequence[InventoryResult]] = {}

    async def tell(channel: SupportsInventory) -> None:
        results[channel.key] = await _tell(desk, channel, left, reading.unread)

    async with task_group() as tasks:
        for channel in desk.channels.values():
            if isinstance(channel, SupportsInventory):
                tasks.start_soon(tell, channel)
    if levels and not reading.unread:
        await reading.forget()
    return results


def _checked(as_of: datetime | None, now: datetime) -> datetime:
    if as_of is None:
        return now
    if as_of.tzinfo is None:
        raise InvalidValueError("as_of must have a time zone", field="as_of")
    if as_of > now:
        raise InvalidValueError("as_of lies in the future: nobody has counted yet", field="as_of")
    return as_of


class _Reading:
    """Reads what is new on all channels.

    Attributes:
        unread: Why a channel was not read, by account key.
        fresh: The orders that this ledger had not seen before, now or in an earlier call that did not come to its end.
    """

    def __init__(self, desk: Desk, counted: datetime) -> None:
        self._desk = desk
        self._counted = counted
        self.unread: dict[str, str] = {}
        self.fresh: set[OrderRef] = set()

    async def read_all(self) -> None:
        """Read all channels at once; one that fails, or takes longer than ``max_wait``, holds up none of the others."""
        kept = json.loads(await self._desk.ledger.load_cursor(_FRESH) or "[]")
        self.fresh = {OrderRef(channel=channel, order_id=order_id) for channel, order_id in kept}
        async with task_group() as tasks:
            for channel in self._desk.channels.values():
                if isinstance(channel, SupportsOrders):
                    tasks.start_soon(self._try_to_read, channel)

    async def forget(self) -> None:
        """Everybody was told of what was sold in the fresh orders: from now on they count by when they were seen."""
        if self.fresh:
            await self._desk.ledger.save_cursor(_FRESH, "[]")

    async def _try_to_read(self, channel: SupportsOrders) -> None:
        # Real time, not the clock's: a hand-moved clock does not move while a channel keeps silent.
        seconds = self._desk.max_wait.total_seconds()
        with anyio.move_on_after(seconds) as patience:
            try:
                await self._read(channel)
            except LedgerError:
                raise
            except CartCarrierError as exc:
                log.warning("%s: its orders could not be read before stock was told: %s", channel.key, exc)
                self.unread[channel.key] = str(exc)
        if patience.cancelled_caught:
            log.warning("%s: its orders could not be read in time before stock was told", channel.key)
            self.unread[channel.key] = f"it did not answer within {seconds:g} s"

    async def _read(self, channel: SupportsOrders) -> None:
        desk = self._desk
        begun = desk.now()
        cursor = f"stock/{channel.key}"
        last = await desk.ledger.load_cursor(cursor)
        since = min(self._counted, datetime.fromisoformat(last)) if last else self._counted - _FIRST_LOOK
        batch: list[Order] = []
        async with closing(channel.list_orders(OrderQuery(updated_since=since - _OVERLAP))) as orders:
            async for order in orders:
                batch.append(order)
                if len(batch) == _BATCH:
                    await self._record(batch)
                    batch = []
        await self._record(batch)
        await desk.ledger.save_cursor(cursor, begun.isoformat())

    async def _record(self, batch: list[Order]) -> None:
        ledger = self._desk.ledger
        fresh = {order.ref for order in batch if await ledger.get_order(order.ref) is None}
        if fresh:  # written first: whoever dies or fails before the channels are told leaves them fresh
            self.fresh |= fresh
            names = sorted((ref.channel, ref.order_id) for ref in self.fresh)
            await ledger.save_cursor(_FRESH, json.dumps(names))
        if batch:
            await ledger.record_orders(batch, now=self._desk.now())


@attrs.frozen
class _Sold:
    """Pieces that were sold since the count, by article and place; with the place ``None`` those of no place that is told of."""

    pieces: Counter[tuple[str, str | None]]

    def of(self, level: InventoryLevel) -> int:
        """Return how many are to be taken off a level."""
        if level.location_id is None:
            return sum(count for (sku, _), count in self.pieces.items() if sku == level.sku)
        return sum(
            count
            for (sku, place), count in self.pieces.items()
            if sku == level.sku and (place is None or place == level.location_id)
        )


async def _sold_since(desk: Desk, counted: datetime, fresh: set[OrderRef], *, places: Container[str | None]) -> _Sold:
    """Return what was sold in orders that the count cannot know of: those that were seen here for the first time after it.

    Shipped or not makes no difference: the pieces are sold.
    """
    pieces: Counter[tuple[str, str | None]] = Counter()
    rows = {row.ref: row for row in await desk.ledger.list_orders(states=tuple(WorkState), seen_since=counted)}
    for ref in fresh - rows.keys():
        row = await desk.ledger.get_order(ref)
        if row is not None:
            rows[ref] = row
    for row in rows.values():
        order = row.order
        if order is None or not (row.first_seen > counted or row.ref in fresh):
            continue
        if order.status is OrderStatus.CANCELLED or order.fulfilled_by is FulfilledBy.CHANNEL:
            continue
        allotted: Counter[tuple[str, str | None]] = Counter()
        for share in order.allocations:
            allotted[share.line_id, share.location_id] += share.quantity
        for line in order.lines:
            if line.sku is None:
                continue
            rest = line.quantity
            for (line_id, place), count in allotted.items():
                if line_id == line.id and place is not None and place in places:
                    pieces[line.sku, place] += min(count, rest)
                    rest -= min(count, rest)
            pieces[line.sku, None] += rest
    return _Sold(pieces)


async def _tell(
    desk: Desk, channel: SupportsInventory, left: Sequence[InventoryLevel], unread: Mapping[str, str]
) -> list[InventoryResult]:
    """Tell one channel what is left, less its buffer; one result for each level, none lost."""
    buffer = desk.stock_buffers.get(channel.key, 0)
    levels = [attrs.evolve(level, available=max(0, level.available - buffer)) for level in left]
    results: dict[int, InventoryResult] = {}
    try:
        with anyio.move_on_after(desk.max_wait.total_seconds()) as patience:
            if unread:
                results.update(await _held_back(channel, levels, unread))
            told = [index for index in range(len(levels)) if index not in results]
            if told or not levels:
                answers = await channel.set_inventory([levels[index] for index in told])
                results.update(zip(told, answers, strict=False))
        why = "no answer came in time: it may have been set" if patience.cancelled_caught else "the channel left it out"
        status = InventoryStatus.PENDING
    except CartCarrierError as exc:
        log.warning("%s: stock was not set: %s", channel.key, type(exc).__name__)
        why, status = str(exc), InventoryStatus.REJECTED
    return [
        results.get(index) or InventoryResult(sku=level.sku, status=status, message=why)
        for index, level in enumerate(levels)
    ]


async def _held_back(
    channel: SupportsInventory, levels: Sequence[InventoryLevel], unread: Mapping[str, str]
) -> dict[int, InventoryResult]:
    """Return the results of those levels that would be raised, or may be, while not all orders are known."""
    reasons = "; ".join(f"{key}: {why}" for key, why in sorted(unread.items()))
    held = f"not raised, because not all orders are known ({reasons}): tell it again"
    try:
        known = await channel.get_inventory(list(dict.fromkeys(level.sku for level in levels)))
    except CartCarrierError as exc:
        log.warning("%s: its stock could not be read, so nothing of it is told: %s", channel.key, type(exc).__name__)
        known = []
    found: dict[int, InventoryResult] = {}
    for index, level in enumerate(levels):
        there = [
            one.available for one in known if one.sku == level.sku and level.location_id in {None, one.location_id}
        ]
        if level.available > min(there, default=0):
            found[index] = InventoryResult(sku=level.sku, status=InventoryStatus.STALE, message=held)
    return found
