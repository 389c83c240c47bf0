"""SQL on the one table that holds personal data."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cartcarrier.ledger._secrets import PERSONAL_DATA
from cartcarrier.models import OrderRef

if TYPE_CHECKING:
    from cartcarrier.ledger._sealing import Connection

Personal = Mapping[tuple[str, str], bytes]
"""What there is about an order, by kind and key."""


def put(connection: "Connection", ref: OrderRef, kind: str, key: str, value: bytes) -> None:
    """Write one piece, in place of what was there."""
    place = _place(ref, kind, key)
    connection.execute(
        "INSERT INTO personal_data (channel, order_id, kind, key, value) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (channel, order_id, kind, key) DO UPDATE SET value = excluded.value",
        (*place[1:], connection.seal(place, value)),
    )


def remove(connection: "Connection", ref: OrderRef, kind: str, key: str) -> None:
    """Delete one piece; nothing happens when there is none."""
    connection.execute(
        "DELETE FROM personal_data WHERE channel = ? AND order_id = ? AND kind = ? AND key = ?",
        (ref.channel, ref.order_id, kind, key),
    )


def load(connection: "Connection", ref: OrderRef, kinds: Sequence[str]) -> Personal:
    """Return what there is of these kinds about an order."""
    marks = ", ".join("?" * len(kinds))
    rows = connection.execute(
        f"SELECT kind, key, value FROM personal_data WHERE channel = ? AND order_id = ? AND kind IN ({marks})",  # noqa: S608 - question marks only
        (ref.channel, ref.order_id, *kinds),
    )
    return {(kind, key): connection.unseal(_place(ref, kind, key), value) for kind, key, value in rows}


def load_of_step(connection: "Connection", ref: OrderRef, step_id: int) -> Personal:
    """Return what there is about one step; its keys begin with its number and a slash."""
    rows = connection.execute(
        "SELECT kind, key, value FROM personal_data WHERE channel = ? AND order_id = ?"
        " AND kind IN ('body', 'result', 'label', 'document') AND key >= ? AND key < ?",
        (ref.channel, ref.order_id, f"{step_id}/", f"{step_id}0"),  # "0" follows "/"
    )
    return {(kind, key): connection.unseal(_place(ref, kind, key), value) for kind, key, value in rows}


def _place(ref: OrderRef, kind: str, key: str) -> tuple[str, ...]:
    return (PERSONAL_DATA, ref.channel, ref.order_id, kind, key)


def erase_settled(connection: "Connection", before: str) -> int:
    """Erase what there is about orders settled before that time; return about how many there was something."""
    # an open order has no such time
    rows = connection.execute("SELECT channel, order_id FROM orders WHERE settled_at < ?", (before,)).fetchall()
    return erase(connection, [OrderRef(channel=channel, order_id=order_id) for channel, order_id in rows])


def erase(connection: "Connection", refs: Sequence[OrderRef]) -> int:
    """Erase what there is about these orders, and ask no carrier about them any more; return about how many there was something."""
    erased = 0
    for ref in refs:
        place = (ref.channel, ref.order_id)
        deleted = connection.execute("DELETE FROM personal_data WHERE channel = ? AND order_id = ?", place).rowcount
        erased += deleted > 0
        connection.execute("UPDATE orders SET erased = 1 WHERE channel = ? AND order_id = ?", place)
        connection.execute("UPDATE parcels SET due_at = NULL WHERE channel = ? AND order_id = ?", place)
    return erased
