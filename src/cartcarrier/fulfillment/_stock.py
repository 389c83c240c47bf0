"""One count, told to all channels, and none raised above what is left after the orders that the count does not know of.

A channel takes its own orders off its own number when they are placed. But a number that is told replaces that, and the count
behind it is older than the last orders, on this channel and on all others. So before anything is told all channels are read,
and what was sold since the count is taken off it. Where one channel cannot be read nobody knows what was sold there: then
nothing is raised anywhere, while lowering, which can oversell nothing, goes on.

An order that is met here or by a push first, or that waits or is on hold, was handed to nobody, so no count knows of it,
however late it is made. It is remembered, and taken off each time, until somebody else writes it down as open work, or it has
left.
"""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from weakref import WeakKeyDictionary

import anyio
import attrs

from cartcarrier.channels import SupportsInventory, SupportsOrders
from cartcarrier.errors import CartCarrierError, InvalidValueError, LedgerError
from cartcarrier.fulfillment._desk import Desk, log
from cartcarrier.fulfillment._fresh import OPEN, Fresh, load_fresh, marking, met_again, save_fresh
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
_TURNS: Final[WeakKeyDictionary[Desk, anyio.Lock]] = WeakKeyDictionary()


async def set_inventory(
    desk: Desk, levels: Sequence[InventoryLevel], *, as_of: datetime | None
) -> Mapping[str, Sequence[InventoryResult]]:
    """Tell all channels that keep stock; see ``Fulfiller.set_inventory``."""
    counted = _checked(as_of, desk.now())
    # One at a time, in turn: a call that is slow must not tell its count after one that was made later.
    async with _TURNS.setdefault(desk, anyio.Lock()):
        return await _set_inventory(desk, levels, counted)


async def _set_inventory(
    desk: Desk, levels: Sequence[InventoryLevel], counted: datetime
) -> Mapping[str, Sequence[InventoryResult]]:
    reading = _Reading(desk, counted)
    left = levels
    if levels:
        await reading.read_all()
        sold = await _sold_since(desk, counted, reading.unknown(), places={level.location_id for level in levels})
        left = [attrs.evolve(level, available=max(0, level.available - sold.of(level))) for level in levels]
    results: dict[str, Sequence[InventoryResult]] = {}

    async def tell(channel: SupportsInventory) -> None:
        results[channel.key] = await _tell(desk, channel, left, reading.unread)

    async with task_group() as tasks:
        for channel in desk.channels.values():
            if isinstance(channel, SupportsInventory):
                tasks.start_soon(tell, channel)
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
    """

    def __init__(self, desk: Desk, counted: datetime) -> None:
        self._desk = desk
        self._counted = counted
        self._fresh: dict[OrderRef, Fresh] = {}
        self._dropped: dict[OrderRef, Fresh] = {}
        self.unread: dict[str, str] = {}

    def unknown(self) -> set[OrderRef]:
        """Return the orders of which the count cannot know, although they were seen before it."""
        return {ref for ref, one in self._fresh.items() if one.known is None or one.known > self._counted}

    async def read_all(self) -> None:
        """Read all channels at once; one that fails, or takes longer than ``max_wait``, holds up none of the others."""
        await self._remember()
        async with task_group() as tasks:
            for channel in self._desk.channels.values():
                if isinstance(channel, SupportsOrders):
                    tasks.start_soon(self._try_to_read, channel)
        async with marking(self._desk):
            await self._merge()

    async def _remember(self) -> None:
        """Load what earlier calls and pushes met, before this one writes any of it down again."""
        desk, now = self._desk, self._desk.now()
        async with marking(desk):
            rows = {ref: await desk.ledger.get_order(ref) for ref in await load_fresh(desk)}
            # Loaded again after the rows: a push of another process may have moved both meanwhile, its mark first.
            for ref, stored in (await load_fresh(desk)).items():
                one = stored.seen_as(rows.get(ref))
                if one.is_over(rows.get(ref), counted=self._counted, now=now):
                    self._dropped[ref] = stored
                else:
                    self._fresh[ref] = one

    async def _merge(self) -> None:
        """Take in what pushes, and other processes, have marked since."""
        for ref, stored in (await load_fresh(self._desk)).items():
            mine = self._fresh.get(ref)
            if mine is not None:
                self._fresh[ref] = Fresh(max(mine.stamp, stored.stamp), mine.known or stored.known)
            elif self._dropped.get(ref) != stored:
                self._fresh[ref] = stored

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
        if last is None:  # what is open from before was handed to nobody, or the ledger knows it
            await self._walk(channel, OrderQuery(statuses=OPEN))  # type: ignore[arg-type]  # the attrs plugin loses frozenset's type variable
        newest = await self._walk(channel, OrderQuery(updated_since=since - _OVERLAP))
        # By the channel's clock: where ours is ahead of it, its next orders would lie before ours.
        reached = min(newest, begun) if newest is not None else since
        if last is None or reached > datetime.fromisoformat(last):
            await desk.ledger.save_cursor(cursor, reached.isoformat())

    async def _walk(self, channel: SupportsOrders, query: OrderQuery) -> datetime | None:
        """Write down what is listed; returns its newest time stamp."""
        newest: datetime | None = None
        batch: list[Order] = []
        async with closing(channel.list_orders(query)) as orders:
            async for order in orders:
                touched = order.updated_at or order.placed_at
                newest = touched if newest is None else max(newest, touched)
                batch.append(order)
                if len(batch) == _BATCH:
                    await self._record(batch)
                    batch = []
        await self._record(batch)
        return newest

    async def _record(self, batch: list[Order]) -> None:
        if not batch:
            return
        desk, ledger = self._desk, self._desk.ledger
        async with marking(desk):
            now = desk.now()
            rows = {order.ref: await ledger.get_order(order.ref) for order in batch}
            await self._merge()
            met = {
                ref: one for ref, row in rows.items() if (one := met_again(self._fresh.get(ref), row, now)) is not None
            }
            if met:  # written first: whoever dies or fails before the channels are told leaves them fresh
                self._fresh.update(met)
                await save_fresh(desk, self._fresh)
            await ledger.record_orders(batch, now=now)
            rows = {ref: await ledger.get_order(ref) for ref in met}
            await self._merge()
            for ref, row in rows.items():
                self._fresh[ref] = self._fresh[ref].seen_as(row)


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
