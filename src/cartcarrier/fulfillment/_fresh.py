"""Orders that were handed to nobody, so that no count of stock knows of them; remembered beside the ledger's rows.

They are marked before they are written down, in one value that all processes share. Its writers take turns within a process;
between processes whoever marks looks afterwards whether another one wrote over it.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from weakref import WeakKeyDictionary

import anyio
import attrs

from cartcarrier.channels import SupportsInventory
from cartcarrier.fulfillment._compare import open_quantities
from cartcarrier.fulfillment._desk import Desk
from cartcarrier.fulfillment._orders import is_to_ship
from cartcarrier.ledger import OrderRow, WorkState
from cartcarrier.models import FulfilledBy, Order, OrderRef, OrderStatus

_FRESH: Final = "stock"
_MARKING: Final[WeakKeyDictionary[Desk, anyio.Lock]] = WeakKeyDictionary()
"""Held while the ledger is read and written, never while a channel is asked: a push is to be answered within seconds."""
_TIDIED: Final = 256
"""After so many more orders were pushed, those that need not be remembered are forgotten."""
_REMEMBERED: Final = timedelta(days=1)
"""So much older a count may be than the last one, and still be less what was handed on since."""
OPEN: Final[frozenset[OrderStatus]] = frozenset(
    {OrderStatus.UNFULFILLED, OrderStatus.PARTIALLY_FULFILLED, OrderStatus.PENDING, OrderStatus.ON_HOLD}
)


@attrs.frozen
class Fresh:
    """An order that was met here first, or was written down and handed to nobody.

    Attributes:
        stamp: When it was written down here last.
        known: Since when counts know of it; ``None`` while they do not.
    """

    stamp: datetime
    known: datetime | None = None

    def seen_as(self, row: OrderRow | None) -> "Fresh":
        """Return what is to be thought of it, by what the ledger says."""
        if self.known is not None or row is None:
            return self
        order = row.order
        if order is None or row.state is not WorkState.OPEN:
            return attrs.evolve(self, known=row.last_seen)
        if not open_quantities(order):  # it has left: whoever counts after that counts without it
            return attrs.evolve(self, known=min(order.updated_at or row.last_seen, row.last_seen))
        by_others = row.last_seen > self.stamp
        return attrs.evolve(self, known=row.last_seen) if by_others and is_to_ship(order) else self

    def is_over(self, row: OrderRow | None, *, counted: datetime, now: datetime) -> bool:
        """Return whether it need not be remembered: it was cancelled, or all counts that may still come know of it."""
        if row is None:  # marked by a push that may be about to write it down
            return self.stamp <= now - _REMEMBERED
        if row.order is not None and row.order.status is OrderStatus.CANCELLED:
            return True
        return self.known is not None and self.known <= min(counted, now - _REMEMBERED)


def met_again(one: Fresh | None, row: OrderRow | None, now: datetime) -> Fresh | None:
    """Return how an order is remembered that is about to be written down, and handed to nobody by that.

    Args:
        one: How it was remembered before.
        row: What the ledger says of it; read before ``one``, because pushes mark first and write then.
        now: When it will be written down.
    """
    if one is not None:
        return attrs.evolve(one.seen_as(row), stamp=now)
    return Fresh(now) if row is None or _is_kept_back(row) else None


def _is_kept_back(row: OrderRow) -> bool:
    """Return whether an order was written down and, as it was then, handed to nobody: it waits, or is on hold."""
    order = row.order
    return (
        order is not None
        and row.state is WorkState.OPEN
        and order.status in OPEN
        and order.fulfilled_by is not FulfilledBy.CHANNEL
        and not is_to_ship(order)
        and bool(open_quantities(order))
    )


async def record_pushed(desk: Desk, order: Order) -> None:
    """Write down an order that was read because of a push, which hands it to nobody.

    It is marked before it is written: whoever dies in between leaves it fresh.

    Raises:
        LedgerError: It could not be written down.
    """
    ledger = desk.ledger
    async with marking(desk):
        now = desk.now()
        mark: Fresh | None = None
        if any(isinstance(channel, SupportsInventory) for channel in desk.channels.values()):
            row = await ledger.get_order(order.ref)
            before = (await load_fresh(desk)).get(order.ref)
            if before is None or before.known is None:
                mark = met_again(before, row, now)
        if mark is not None:
            await _mark(desk, order.ref, mark)
        await ledger.record_orders([order], now=now)
        # Another process that marked at the same moment may have written over ours.
        if mark is not None:
            kept = (await load_fresh(desk)).get(order.ref)
            if kept is None or kept.stamp < mark.stamp:
                await _mark(desk, order.ref, mark)


def marking(desk: Desk) -> anyio.Lock:
    """Return what is held while marks are read and written, so that the writers of this process take turns."""
    return _MARKING.setdefault(desk, anyio.Lock())


async def _mark(desk: Desk, ref: OrderRef, mark: Fresh) -> None:
    fresh = await load_fresh(desk)
    is_new = ref not in fresh
    fresh[ref] = mark
    if is_new and len(fresh) % _TIDIED == 0:
        now = desk.now()
        for other in [known for known in fresh if known != ref]:
            row = await desk.ledger.get_order(other)
            if fresh[other].seen_as(row).is_over(row, counted=now, now=now):
                del fresh[other]
    await save_fresh(desk, fresh)


async def load_fresh(desk: Desk) -> dict[OrderRef, Fresh]:
    """Return what is marked."""
    found: dict[OrderRef, Fresh] = {}
    for channel, order_id, *rest in json.loads(await desk.ledger.load_cursor(_FRESH) or "[]"):
        ref = OrderRef(channel=channel, order_id=order_id)
        if rest:
            stamp, known = rest
            found[ref] = Fresh(
                datetime.fromisoformat(stamp), datetime.fromisoformat(known) if known is not None else None
            )
            continue
        row = await desk.ledger.get_order(ref)
        if row is not None:  # an earlier version kept no times: what it met is known by nobody yet
            found[ref] = Fresh(row.last_seen)
    return found


async def save_fresh(desk: Desk, fresh: Mapping[OrderRef, Fresh]) -> None:
    """Keep what is marked."""
    kept = [
        (ref.channel, ref.order_id, one.stamp.isoformat(), one.known.isoformat() if one.known is not None else None)
        for ref, one in fresh.items()
    ]
    await desk.ledger.save_cursor(_FRESH, json.dumps(sorted(kept, key=lambda each: each[:2])))
