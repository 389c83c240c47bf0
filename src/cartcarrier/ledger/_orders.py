"""SQL on orders, followed parcels, events and cursors."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cartcarrier.ledger import _personal
from cartcarrier.ledger._codec import (
    ORDER,
    REASON,
    TRACKING,
    from_json,
    read_model,
    to_json_text,
    to_moment,
    to_moment_or_none,
    to_text_or_none,
)
from cartcarrier.ledger._interface import OrderRow, TrackingRow, WorkState
from cartcarrier.models import Order, OrderRef, Tracking

if TYPE_CHECKING:
    from cartcarrier.ledger._sealing import Connection

_ORDER_COLUMNS: Final = "channel, order_id, number, state, ship_by, first_seen, last_seen"
_PARCEL_COLUMNS: Final = "channel, order_id, key, carrier, tracking_number, due_at, told"


def ensure_order(connection: "Connection", ref: OrderRef, now: str) -> None:
    """Make a row for an order that nobody recorded, so that what is written about it has its place."""
    connection.execute(
        "INSERT INTO orders (channel, order_id, number, state, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        (ref.channel, ref.order_id, ref.order_id, WorkState.OPEN, now, now),
    )


def reopen_to_data(connection: "Connection", ref: OrderRef) -> None:
    """Take personal data of that order in again: it is being worked on."""
    connection.execute("UPDATE orders SET erased = 0 WHERE channel = ? AND order_id = ?", (ref.channel, ref.order_id))


def record_orders(connection: "Connection", orders: Sequence[tuple[Order, bytes]], now: str) -> None:
    """See ``Ledger.record_orders``; the bytes are the order as JSON."""
    for order, data in orders:
        settled_and_erased = connection.execute(
            "INSERT INTO orders (channel, order_id, number, state, ship_by, first_seen, last_seen)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (channel, order_id) DO UPDATE SET"
            " number = excluded.number, ship_by = excluded.ship_by, last_seen = excluded.last_seen,"
            " erased = erased AND state != 'open'"
            " RETURNING erased",
            (order.channel, order.id, order.number, WorkState.OPEN, to_text_or_none(order.ship_by), now, now),
        ).fetchall()[0][0]
        if not settled_and_erased:
            _personal.put(connection, order.ref, ORDER, "", data)


def get_order(connection: "Connection", ref: OrderRef) -> OrderRow | None:
    """See ``Ledger.get_order``."""
    row = connection.execute(
        f"SELECT {_ORDER_COLUMNS} FROM orders WHERE channel = ? AND order_id = ?",  # noqa: S608 - a constant
        (ref.channel, ref.order_id),
    ).fetchone()
    return None if row is None else _order_row(connection, row)


def list_orders(
    connection: "Connection", states: Sequence[WorkState], channel: str | None, seen_since: str | None
) -> Sequence[OrderRow]:
    """See ``Ledger.list_orders``."""
    marks = ", ".join("?" * len(states))
    rows = connection.execute(
        f"SELECT {_ORDER_COLUMNS} FROM orders WHERE state IN ({marks}) AND (? IS NULL OR channel = ?)"  # noqa: S608 - constants and question marks
        f"{'' if seen_since is None else ' AND first_seen >= ?'}"
        " ORDER BY ship_by IS NULL, ship_by, first_seen, channel, order_id",
        (*states, channel, channel, *(() if seen_since is None else (seen_since,))),
    ).fetchall()
    return [_order_row(connection, row) for row in rows]


def settle_order(connection: "Connection", ref: OrderRef, state: WorkState, reason: str | None, now: str) -> None:
    """See ``Ledger.settle_order``. Saying the same again does not move the time from which a purge counts."""
    ensure_order(connection, ref, now)
    place = (ref.channel, ref.order_id)
    if state is WorkState.OPEN:
        connection.execute(
            "UPDATE orders SET state = ?, settled_at = NULL, erased = 0 WHERE channel = ? AND order_id = ?",
            (state, *place),
        )
    else:
        connection.execute(
            "UPDATE orders SET settled_at = CASE WHEN state = ? THEN settled_at ELSE ? END, state = ?"
            " WHERE channel = ? AND order_id = ?",
            (state, now, state, *place),
        )
    if reason is None:
        _personal.remove(connection, ref, REASON, "")
    else:
        _personal.put(connection, ref, REASON, "", reason.encode())


def _order_row(connection: "Connection", row: tuple[str, str, str, str, str | None, str, str]) -> OrderRow:
    channel, order_id, number, state, ship_by, first_seen, last_seen = row
    ref = OrderRef(channel=channel, order_id=order_id)
    personal = _personal.load(connection, ref, (ORDER, REASON))
    order = personal.get((ORDER, ""))
    reason = personal.get((REASON, ""))
    return OrderRow(
        ref=ref,
        number=number,
        state=WorkState(state),
        reason=None if reason is None else reason.decode(),
        order=None if order is None else read_model(Order, order),
        ship_by=to_moment_or_none(ship_by),
        first_seen=to_moment(first_seen),
        last_seen=to_moment(last_seen),
    )


def follow_parcels(connection: "Connection", rows: Sequence[tuple[TrackingRow, bytes | None]], now: str) -> None:
    """See ``Ledger.follow_parcels``; the bytes are the tracking as JSON. An erased order is not followed."""
    for row, data in rows:
        ensure_order(connection, row.ref, now)
        place = (row.ref.channel, row.ref.order_id)
        erased = connection.execute("SELECT erased FROM orders WHERE channel = ? AND order_id = ?", place).fetchone()[0]
        connection.execute(
            f"INSERT INTO parcels ({_PARCEL_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - a constant
            " ON CONFLICT (channel, order_id, key, carrier, tracking_number)"
            " DO UPDATE SET due_at = excluded.due_at, told = excluded.told",
            (
                *place,
                row.key,
                row.carrier,
                row.tracking_number,
                None if erased else to_text_or_none(row.due_at),
                to_json_text(sorted(row.told)),
            ),
        )
        name = _tracking_key(row.key, row.carrier, row.tracking_number)
        if data is None or erased:
            _personal.remove(connection, row.ref, TRACKING, name)
        else:
            _personal.put(connection, row.ref, TRACKING, name, data)


def list_parcels(
    connection: "Connection", due_before: str | None, ref: OrderRef | None, tracking_number: str | None
) -> Sequence[TrackingRow]:
    """See ``Ledger.list_parcels``."""
    conditions, values = [], []
    if due_before is not None:
        conditions.append("due_at <= ?")
        values.append(due_before)
    if ref is not None:
        conditions.append("channel = ? AND order_id = ?")
        values += [ref.channel, ref.order_id]
    if tracking_number is not None:
        conditions.append("tracking_number = ?")
        values.append(tracking_number)
    rows = connection.execute(
        f"SELECT {_PARCEL_COLUMNS} FROM parcels WHERE {' AND '.join(conditions) or 'TRUE'}"  # noqa: S608 - constants
        " ORDER BY due_at IS NULL, due_at, channel, order_id, key, carrier, tracking_number",
        values,
    ).fetchall()
    found = []
    for channel, order_id, key, carrier, number, due_at, told in rows:
        order = OrderRef(channel=channel, order_id=order_id)
        data = _personal.load(connection, order, (TRACKING,)).get((TRACKING, _tracking_key(key, carrier, number)))
        found.append(
            TrackingRow(
                ref=order,
                key=key,
                carrier=carrier,
                tracking_number=number,
                tracking=None if data is None else read_model(Tracking, data),
                due_at=to_moment_or_none(due_at),
                told=frozenset(from_json(told)),
            )
        )
    return found


def next_parcel_due(connection: "Connection") -> str | None:
    """See ``Ledger.next_parcel_due``."""
    moment: str | None = connection.execute("SELECT min(due_at) FROM parcels WHERE due_at IS NOT NULL").fetchone()[0]
    return moment


def _tracking_key(key: str, carrier: str, tracking_number: str) -> str:
    return to_json_text([key, carrier, tracking_number])


def record_event(connection: "Connection", account: str, event_id: str, now: str, forget: str) -> bool:
    """See ``Ledger.record_event``; what was seen before ``forget`` is forgotten."""
    connection.execute("DELETE FROM events WHERE seen_at < ?", (forget,))
    written = connection.execute(
        "INSERT INTO events (account, event_id, seen_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (account, event_id, now),
    ).rowcount
    return written == 1


def load_cursor(connection: "Connection", name: str) -> str | None:
    """See ``Ledger.load_cursor``."""
    row = connection.execute("SELECT value FROM cursors WHERE name = ?", (name,)).fetchone()
    return None if row is None else row[0]


def save_cursor(connection: "Connection", name: str, value: str) -> None:
    """See ``Ledger.save_cursor``."""
    connection.execute(
        "INSERT INTO cursors (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )
