"""What has become of an order, after something has become of one of its shipments."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import attrs

from cartcarrier.errors import OrderChangedError
from cartcarrier.fulfillment._compare import open_quantities
from cartcarrier.fulfillment._desk import Desk, is_submission, is_told
from cartcarrier.fulfillment._packages import on_its_way, told_lines
from cartcarrier.fulfillment._telling import Notice
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
        told: The keys of those that the channel knows of; with a warehouse's package, where it knows of that.
    """

    pieces: Mapping[str, int]
    told: frozenset[str]


async def covered_elsewhere(
    desk: Desk,
    ref: OrderRef,
    key: str | None,
    *,
    told_before: frozenset[str] | None = None,
    submissions: bool = True,
) -> Cover:
    """Return what the order's other shipments have taken.

    Args:
        desk: The context.
        ref: Whose order.
        key: The shipment to leave out.
        told_before: Keys that the channel knew of when the order was read. Those that it was told of since count among the
            pieces: the order, as it was read, does not show them. ``None`` when the order was read after all of them.
        submissions: Whether what warehouses have counts, too.
    """
    pieces: Counter[str] = Counter()
    told: set[str] = set()
    for row in await desk.ledger.list_shipments(ref=ref):
        if row.key == key:
            continue
        if is_submission(row):
            if submissions and row.state is not ShipmentState.FAILED:
                pieces.update(_with_warehouse(row, told, told_before))
            continue
        if row.state in _NOT_ON_ITS_WAY:
            continue
        if is_told(row):
            told.add(row.key)
            if told_before is None or row.key in told_before:
                continue
        pieces.update(dict(row.lines))
    return Cover(pieces=pieces, told=frozenset(told))


def _with_warehouse(row: ShipmentRow, told: set[str], told_before: frozenset[str] | None) -> Counter[str]:
    """Return the pieces that a warehouse has or has sent, less those that the channel knew of."""
    pieces = on_its_way(row)
    for package, lines in told_lines(row).items():
        name = f"{row.key}/{package}"
        told.add(name)
        if told_before is None or name in told_before:
            pieces.subtract(dict(lines))
    return +pieces


async def settle(desk: Desk, row: ShipmentRow, order: Order, told: Notice) -> None:
    """Settle the order as shipped when nothing of it is left to ship.

    Args:
        desk: The context.
        row: The shipment that was told, or need not be.
        order: As it was read last; it may not show yet what the channel was told since.
        told: What the channel was told, or need not be.
    """
    left = Counter(open_quantities(order))
    if told.known_in(order.fulfillments) is None:
        left.subtract(dict(told.lines))
    if not row.confirms:
        # What a warehouse has and has not sent yet may still come back.
        cover = await covered_elsewhere(desk, row.ref, row.key, submissions=False)
        left.subtract(dict(cover.pieces))
    if all(pieces <= 0 for pieces in left.values()):
        await settle_as(desk, row.ref, WorkState.SHIPPED)


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


async def is_withdrawn(desk: Desk, ref: OrderRef, before: OrderRow | None) -> bool:
    """Return whether the order is being cancelled here, or has been since it was read.

    Args:
        desk: The context.
        ref: Which order.
        before: What the ledger said of it before it was read.
    """
    now_is = await desk.ledger.get_order(ref)
    if now_is is None:
        return False
    was_cancelled = before is not None and before.state is WorkState.CANCELLED
    return cancelling(now_is) is not None or (now_is.state is WorkState.CANCELLED and not was_cancelled)


def withdrawn(ref: OrderRef) -> OrderChangedError:
    """Return the error that says that an order is being cancelled."""
    msg = f"order {ref} is being cancelled, or has just been: nothing was bought"
    return OrderChangedError(msg, changes=("cancellation under way",))


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
