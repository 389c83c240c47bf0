"""What differs between an order as it was and as it is. Pure; the words carry no personal data."""

from collections.abc import Mapping

import attrs

from cartcarrier.models import Address, Order, OrderStatus

# What goes on the label and decides where the parcel ends up; a new telephone number moves no parcel.
_PLACE = (
    "name",
    "company",
    "street1",
    "street2",
    "street3",
    "city",
    "region",
    "postal_code",
    "country_code",
    "delivery_reference",
)


def place_of(address: Address | None) -> tuple[str | None, ...]:
    """Return what decides where a parcel ends up."""
    return () if address is None else tuple(getattr(address, name) for name in _PLACE)


def same_place(one: Address | None, other: Address | None) -> bool:
    """Return whether a parcel sent to one would arrive at the other."""
    return place_of(one) == place_of(other)


def open_quantities(order: Order) -> dict[str, int]:
    """Return the pieces that still have to leave in a parcel, by line id; lines without any are left out."""
    return {
        line.id: line.unfulfilled_quantity
        for line in order.lines
        if line.requires_shipping and line.unfulfilled_quantity
    }


def order_changes(old: Order, new: Order) -> tuple[str, ...]:
    """Return what differs, as far as it matters to whoever ships: address, open quantities, places, holds, cancel state.

    Time stamps are not looked at: holds and moves do not touch them at every channel.

    Returns:
        Words without personal data, ``("address", "quantity of line 123: 2 -> 1")``; empty when nothing differs.
    """
    return (
        *_cancel_state(old, new),
        *(("address",) if not same_place(old.ship_to, new.ship_to) else ()),
        *_quantities(open_quantities(old), open_quantities(new)),
        *_places(old, new),
        *_holds(old, new),
    )


def reasons_not_to_confirm(order: Order, *, ship_to: Address | None, lines: Mapping[str, int]) -> tuple[str, ...]:
    """Return why a label that was bought for these pieces should not be told to the channel as it stands.

    What other shipments of the order have done meanwhile is no reason, as long as enough is left open for this one.

    Args:
        order: As it is now.
        ship_to: Where the label goes; ``None`` when that was erased.
        lines: What the label covers.
    """
    found: list[str] = []
    if order.status is OrderStatus.CANCELLED:
        found.append("cancelled")
    elif order.cancel_requested:
        found.append("cancellation requested")
    elif order.status is OrderStatus.PENDING:
        found.append("payment pending")
    if ship_to is not None and not same_place(ship_to, order.ship_to):
        found.append("address")
    still_open = open_quantities(order)
    found += [
        f"quantity of line {line_id}: {pieces} -> {still_open.get(line_id, 0)}"
        for line_id, pieces in lines.items()
        if still_open.get(line_id, 0) < pieces
    ]
    if order.holds:
        found += [f"on hold: {reason}" for reason in order.holds]
    elif order.status is OrderStatus.ON_HOLD:
        found.append("on hold")
    return tuple(found)


def _cancel_state(old: Order, new: Order) -> list[str]:
    found: list[str] = []
    if (old.status is OrderStatus.CANCELLED) != (new.status is OrderStatus.CANCELLED):
        found.append("cancelled" if new.status is OrderStatus.CANCELLED else "no longer cancelled")
    if old.cancel_requested != new.cancel_requested:
        found.append("cancellation requested" if new.cancel_requested else "cancellation no longer requested")
    if (old.status is OrderStatus.PENDING) != (new.status is OrderStatus.PENDING):
        found.append("payment pending" if new.status is OrderStatus.PENDING else "payment no longer pending")
    if old.fulfilled_by is not new.fulfilled_by:
        found.append(f"fulfilled by: {old.fulfilled_by} -> {new.fulfilled_by}")
    return found


def _quantities(old: Mapping[str, int], new: Mapping[str, int]) -> list[str]:
    return [
        f"quantity of line {line_id}: {old.get(line_id, 0)} -> {new.get(line_id, 0)}"
        for line_id in dict.fromkeys((*old, *new))
        if old.get(line_id, 0) != new.get(line_id, 0)
    ]


def _places(old: Order, new: Order) -> list[str]:
    """Lines whose pieces are to leave from another place; a changed number of pieces is told as a quantity."""
    before = _pieces_by_place(old)
    after = _pieces_by_place(new)
    return [
        f"location of line {line_id}"
        for line_id in before
        if line_id in after
        and before[line_id] != after[line_id]
        and sum(before[line_id].values()) == sum(after[line_id].values())
    ]


def _pieces_by_place(order: Order) -> dict[str, dict[str | None, int]]:
    found: dict[str, dict[str | None, int]] = {}
    for share in order.allocations:
        if share.quantity:
            places = found.setdefault(share.line_id, {})
            places[share.location_id] = places.get(share.location_id, 0) + share.quantity
    return found


def _holds(old: Order, new: Order) -> list[str]:
    added = [f"on hold: {reason}" for reason in new.holds if reason not in old.holds]
    lifted = [f"hold lifted: {reason}" for reason in old.holds if reason not in new.holds]
    held = (old.status is OrderStatus.ON_HOLD, new.status is OrderStatus.ON_HOLD)
    if not added and not lifted and held[0] != held[1]:
        return ["on hold" if held[1] else "hold lifted"]
    return added + lifted


def as_open(order: Order, covered: Mapping[str, int]) -> Order:
    """Return the order with so many pieces fewer open: those that other labels, not yet confirmed, already cover."""
    return attrs.evolve(
        order,
        lines=[
            attrs.evolve(line, unfulfilled_quantity=max(0, line.unfulfilled_quantity - covered.get(line.id, 0)))
            for line in order.lines
        ],
    )
