"""What has become of an order, after something has become of one of its shipments."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import attrs

from cartcarrier.fulfillment._compare import open_quantities
from cartcarrier.fulfillment._desk import Desk, is_told
from cartcarrier.fulfillment._telling import told_already
from cartcarrier.ledger import OrderRow, ShipmentRow, ShipmentState, WorkState
from cartcarrier.models import Order, OrderRef

# Nothing of these is on its way. A label whose void was refused is, but its owner wanted to be rid of it.
_NOT_ON_ITS_WAY: Final = frozenset(
    {ShipmentState.FAILED, ShipmentState.VOIDED, ShipmentState.REFUND_PENDING, ShipmentState.VOID_REFUSED}
)
_ERASE: Final = "asked"
_CANCELLING: Final = "cancelling:"


@attrs.frozen(kw_only=True)
class Cover:
    """What an order's other shipments have taken.

    Attributes:
        pieces: By line id, as far as the channel does not know of them.
        told: The keys of those that the channel knows of.
    """

    pieces: Mapping[str, int]
    told: frozenset[str]


async def covered_elsewhere(
    desk: Desk, ref: OrderRef, key: str | None, *, told_before: frozenset[str] | None = None
) -> Cover:
    """Return what the order's other shipments have taken.

    Args:
        desk: The context.
        ref: Whose order.
        key: The shipment to leave out.
        told_before: Keys that the channel knew of when the order was read. Those that it was told of since count among the
            pieces: the order, as it was read, does not show them. ``None`` when the order was read after all of them.
    """
    pieces: Counter[str] = Counter()
    told: set[str] = set()
    for row in await desk.ledger.list_shipments(ref=ref):
        if row.key == key or row.state in _NOT_ON_ITS_WAY:
            continue
        if is_told(row):
            told.add(row.key)
            if told_before is None or row.key in told_before:
                continue
        pieces.update(dict(row.lines))
    return Cover(pieces=pieces, told=frozenset(told))


async def settle(desk: Desk, ref: OrderRef, order: Order, *, told: ShipmentRow) -> None:
    """Settle the order as shipped when nothing of it is left to ship.

    Args:
        desk: The context.
        ref: Which order.
        order: As it was read last; it may not show yet what the channel was told since.
        told: The shipment that was told, or need not be.
    """
    left = Counter(open_quantities(order))
    if told_already(told, order.fulfillments) is None:
        left.subtract(dict(told.lines))
    if not told.confirms:
        cover = await covered_elsewhere(desk, ref, told.key)
        left.subtract(dict(cover.pieces))
    if all(pieces <= 0 for pieces in left.values()):
        await settle_as(desk, ref, WorkState.SHIPPED)


async def settle_as(desk: Desk, ref: OrderRef, state: WorkState, *, reason: str | None = None) -> None:
    """Write down what has become of an order, and erase its personal data where that was asked for."""
    await desk.ledger.settle_order(ref, state, reason=reason, now=desk.now())
    if state is not WorkState.OPEN and await desk.ledger.load_cursor(_erase_cursor(ref)) == _ERASE:
        await desk.ledger.erase_personal_data([ref])


async def erase_when_settled(desk: Desk, ref: OrderRef) -> None:
    """Erase the personal data of an order: now, or as soon as it need not be shipped any more."""
    await desk.ledger.save_cursor(_erase_cursor(ref), _ERASE)
    row = await desk.ledger.get_order(ref)
    if row is not None and row.state is not WorkState.OPEN:
        await desk.ledger.erase_personal_data([ref])


def _erase_cursor(ref: OrderRef) -> str:
    return f"erase/{ref}"


async def is_being_cancelled(desk: Desk, ref: OrderRef) -> bool:
    """Return whether a cancellation of the order was begun here and its end is not known yet."""
    row = await desk.ledger.get_order(ref)
    return row is not None and cancelling(row) is not None


@attrs.frozen(kw_only=True)
class Cancelling:
    """A cancellation that was begun.

    Attributes:
        former: What had become of the order before.
        reason: The channel's word for why.
    """

    former: WorkState
    reason: str | None

    def mark(self) -> str:
        """Return the text that says so beside the order, which stays open until the end is known."""
        return f"{_CANCELLING}{self.former}:{self.reason or ''}"


def cancelling(row: OrderRow) -> Cancelling | None:
    """Return the cancellation that was begun and not ended, if there is one."""
    if row.state is not WorkState.OPEN or row.reason is None or not row.reason.startswith(_CANCELLING):
        return None
    former, _, reason = row.reason.removeprefix(_CANCELLING).partition(":")
    return Cancelling(former=WorkState(former), reason=reason or None)
