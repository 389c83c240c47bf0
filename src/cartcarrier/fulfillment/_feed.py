"""What is new or was touched at a channel, with a cursor to go on from, without a gap."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

import attrs

from cartcarrier.errors import InvalidValueError
from cartcarrier.fulfillment._desk import Desk
from cartcarrier.fulfillment._reports import OrderChange
from cartcarrier.fulfillment._stream import closing
from cartcarrier.models import Order, OrderQuery, OrderStatus

_OVERLAP: Final = timedelta(minutes=5)
"""Channels show a change some time after its own time stamp: that far back is asked again, and what was seen is left out."""


@attrs.frozen
class _Cursor:
    """How far one has come, and which states of which orders were seen near there."""

    at: datetime
    seen: dict[str, str]

    @classmethod
    def read(cls, text: str) -> "_Cursor":
        try:
            values = json.loads(text)
            at = datetime.fromisoformat(values["at"])
            seen = {str(order_id): str(stamp) for order_id, stamp in values["seen"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            msg = "cursor: not one that changes() gave out"
            raise InvalidValueError(msg, field="cursor") from None
        if at.tzinfo is None:
            raise InvalidValueError("cursor: not one that changes() gave out", field="cursor")
        return cls(at, seen)

    def text(self) -> str:
        return json.dumps({"at": self.at.isoformat(), "seen": self.seen}, separators=(",", ":"))

    def after(self, order: Order) -> "_Cursor":
        at = max(self.at, _touched(order))
        seen = {
            order_id: stamp for order_id, stamp in self.seen.items() if datetime.fromisoformat(stamp) >= at - _OVERLAP
        }
        if _touched(order) >= at - _OVERLAP:
            seen[order.id] = _touched(order).isoformat()
        return _Cursor(at, seen)

    def has_seen(self, order: Order) -> bool:
        return self.seen.get(order.id) == _touched(order).isoformat()


def _touched(order: Order) -> datetime:
    return order.updated_at or order.placed_at


async def order_changes_since(desk: Desk, channel: str, cursor: str | None) -> AsyncIterator[OrderChange]:
    """Yield what is new or was touched, the oldest change first; see ``Fulfiller.changes``."""
    source = desk.order_source(channel)
    position = _Cursor.read(cursor) if cursor is not None else None
    since = position.at - _OVERLAP if position is not None else None
    newest: dict[str, Order] = {}
    # Pages come in the channel's order: only when all are there is it known which change is the oldest.
    async with closing(source.list_orders(OrderQuery(updated_since=since))) as orders:
        async for order in orders:
            known = newest.get(order.id)
            if known is None or _touched(order) >= _touched(known):
                newest[order.id] = order
    for order in sorted(newest.values(), key=lambda order: (_touched(order), order.id)):
        if position is not None and position.has_seen(order):
            continue
        known_row = await desk.ledger.get_order(order.ref)
        await desk.ledger.record_orders([order], now=desk.now())
        kind = "new" if known_row is None else "changed"
        if order.status is OrderStatus.CANCELLED:
            kind = "cancelled"
        position = (position or _Cursor(_touched(order), {})).after(order)
        yield OrderChange(cursor=position.text(), order=order, kind=kind)
