"""What is new or was touched at a channel, with a cursor to go on from, without a gap.

A channel lists orders in an order of its own, and its pages move while they are read. So a walk is read to its end first, into
the ledger; of each order only its time stamp and a digest stay in memory. Then the changes are handed on, the oldest first, and
read back one by one.
"""

import base64
import binascii
import hashlib
import json
from collections import deque
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs

from cartcarrier.channels import SupportsOrders
from cartcarrier.errors import CartCarrierError, InvalidValueError, LedgerError, OperationError
from cartcarrier.fulfillment._compare import place_of
from cartcarrier.fulfillment._desk import Desk, log
from cartcarrier.fulfillment._reports import OrderChange
from cartcarrier.fulfillment._stream import closing
from cartcarrier.models import Order, OrderQuery, OrderRef, OrderStatus

_OVERLAP: Final = timedelta(minutes=10)
"""Channels show a change some time after its own time stamp: that far back is asked again, and what was seen is left out."""
_BATCH: Final = 64
_MOST_SEEN: Final = 1000
"""So many states are remembered in a cursor; where more were touched within the overlap, the oldest may come again."""
_STAMP_BYTES: Final = 5
_MARK_BYTES: Final = 12  # the stamp in seconds, and seven bytes of digest: sixteen letters
_MARK_LETTERS: Final = 16


class _Position:
    """How far one has come, and which states of which orders were seen near there.

    Attributes:
        at: All that was touched before then, and shown in time, was handed on; ``None`` at the beginning.
    """

    def __init__(self, at: datetime | None, seen: Sequence[str] = ()) -> None:
        self.at = at
        self._marks = deque(seen, maxlen=_MOST_SEEN)
        self._known = set(self._marks)

    @classmethod
    def read(cls, text: str) -> "_Position":
        """Read a cursor.

        Raises:
            InvalidValueError: It is none of ours.
        """
        try:
            values = json.loads(text)
            at = datetime.fromisoformat(values["at"]) if values["at"] is not None else None
            # a dict is what the first version wrote; without it some may come twice
            seen = values["seen"] if not isinstance(values["seen"], dict) else ""
            letters = len(base64.b64decode(seen, validate=True))
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
            letters, at = -1, None
        if letters % _MARK_BYTES or (at is not None and at.tzinfo is None):
            raise InvalidValueError("cursor: not one that changes() gave out", field="cursor")
        return cls(at, [seen[start : start + _MARK_LETTERS] for start in range(0, len(seen), _MARK_LETTERS)])

    def text(self) -> str:
        at = self.at.isoformat() if self.at is not None else None
        return json.dumps({"at": at, "seen": "".join(self._marks)}, separators=(",", ":"))

    def has_seen(self, mark: str) -> bool:
        return mark in self._known

    def remember(self, mark: str) -> None:
        if mark in self._known:
            return
        if len(self._marks) == _MOST_SEEN:
            self._known.discard(self._marks[0])
        self._marks.append(mark)
        self._known.add(mark)

    def advance(self, at: datetime) -> None:
        """Go on to a moment; what is before its overlap is not asked for again and need not be remembered."""
        if self.at is not None and at <= self.at:
            return
        self.at = at
        limit = int((at - _OVERLAP).timestamp())
        while self._marks and _stamp_of(self._marks[0]) < limit:
            self._known.discard(self._marks.popleft())


def _touched(order: Order) -> datetime:
    return order.updated_at or order.placed_at


def _mark(order: Order) -> str:
    """Return what tells this state of an order from its others. Holds and moves do not touch the time stamp everywhere."""
    state = (
        order.id,
        _touched(order).astimezone(UTC).isoformat(),
        *(str(word) for word in (order.status, order.payment_status, order.fulfilled_by)),
        order.cancel_requested,
        tuple(order.holds),
        tuple((line.id, line.quantity, line.unfulfilled_quantity) for line in order.lines),
        sorted((share.line_id, share.location_id or "", share.quantity) for share in order.allocations),
        place_of(order.ship_to),
    )
    digest = hashlib.blake2b(repr(state).encode(), digest_size=_MARK_BYTES - _STAMP_BYTES).digest()
    stamp = max(0, int(_touched(order).timestamp())).to_bytes(_STAMP_BYTES, "big")
    return base64.b64encode(stamp + digest).decode()


def _stamp_of(mark: str) -> int:
    return int.from_bytes(base64.b64decode(mark)[:_STAMP_BYTES], "big")


@attrs.frozen
class _Found:
    """All that a walk keeps of an order in memory."""

    stamp: datetime
    mark: str
    is_new: bool


class _Walk:
    """One reading of a channel's list."""

    def __init__(self, desk: Desk, source: SupportsOrders, position: _Position) -> None:
        self._desk = desk
        self._source = source
        self._position = position
        self.found: dict[str, _Found] = {}

    async def read(self) -> CartCarrierError | None:
        """Read the list into the ledger; returns what ended it early."""
        at = self._position.at
        query = OrderQuery(updated_since=at - _OVERLAP if at is not None else None)
        batch: list[Order] = []
        failure: CartCarrierError | None = None
        try:
            async with closing(self._source.list_orders(query)) as orders:
                async for order in orders:
                    batch.append(order)
                    if len(batch) == _BATCH:
                        full, batch = batch, []
                        await self._keep(full)
        except LedgerError:
            raise
        except OperationError as exc:
            failure = exc
        await self._keep(batch)
        return failure

    async def _keep(self, batch: Sequence[Order]) -> None:
        ledger = self._desk.ledger
        fresh: list[Order] = []
        for order in batch:
            mark = _mark(order)
            if self._position.has_seen(mark):
                continue
            before = self.found.get(order.id)
            if before is not None and _touched(order) < before.stamp:
                continue
            is_new = before.is_new if before is not None else await ledger.get_order(order.ref) is None
            self.found[order.id] = _Found(_touched(order), mark, is_new)
            fresh.append(order)
        if fresh:
            await ledger.record_orders(fresh, now=self._desk.now())


async def order_changes_since(desk: Desk, channel: str, cursor: str | None) -> AsyncIterator[OrderChange]:
    """Yield what is new or was touched, the oldest change first; see ``Fulfiller.changes``."""
    source = desk.order_source(channel)
    position = _Position.read(cursor) if cursor is not None else _Position(None)
    start = position.at
    begun = desk.now()
    walk = _Walk(desk, source, position)
    failure = await walk.read()
    if failure is not None:
        log.warning("%s: its changes could not be read to their end: %s", channel, type(failure).__name__)
    for order_id in sorted(walk.found, key=lambda order_id: (walk.found[order_id].stamp, order_id)):
        found = walk.found.pop(order_id)
        row = await desk.ledger.get_order(OrderRef(channel=channel, order_id=order_id))
        # one whose personal data was erased is not in the ledger any more
        order = row.order if row is not None and row.order is not None else await source.get_order(order_id)
        position.remember(found.mark)
        position.remember(_mark(order))
        if failure is None:
            # A stamp ahead of our clock, by a fast clock there, must not make us miss what is stamped rightly after it.
            position.advance(min(found.stamp, begun))
        kind = "new" if found.is_new or start is None or order.placed_at > start else "changed"
        if order.status is OrderStatus.CANCELLED:
            kind = "cancelled"
        yield OrderChange(cursor=position.text(), order=order, kind=kind)
    if failure is not None:
        raise failure
