"""SQL on orders, followed parcels, events, cursors and personal data, in PostgreSQL."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

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
    from cartcarrier.ledger._postgres_session import Row, Session

Personal = Mapping[tuple[str, str], bytes]
"""What there is about an order, by kind and key."""

_ORDERS: Final = (
    "SELECT orders.channel, orders.order_id, number, state, ship_by, first_seen, last_seen, seen.value, said.value"  # noqa: S608 - constants
    " FROM orders LEFT JOIN personal_data seen ON (seen.channel, seen.order_id, seen.kind, seen.key)"
    f" = (orders.channel, orders.order_id, '{ORDER}', '')"
    " LEFT JOIN personal_data said ON (said.channel, said.order_id, said.kind, said.key)"
    f" = (orders.channel, orders.order_id, '{REASON}', '')"
)
_PARCELS: Final = "SELECT channel, order_id, key, carrier, tracking_number, due_at, told FROM parcels"


# personal data


async def put(session: "Session", ref: OrderRef, pieces: Iterable[tuple[str, str, bytes]]) -> None:
    """Write pieces (kind, key, value), in place of what was there."""
    pieces = list(pieces)
    if pieces:
        kinds, keys, values = zip(*pieces, strict=True)
        await session.run(
            "INSERT INTO personal_data (channel, order_id, kind, key, value)"
            " SELECT $1, $2, kind, key, value FROM unnest($3::text[], $4::text[], $5::bytea[]) AS given (kind, key, value)"
            " ON CONFLICT (channel, order_id, kind, key) DO UPDATE SET value = excluded.value",
            ref.channel,
            ref.order_id,
            kinds,
            keys,
            values,
        )


async def remove(session: "Session", ref: OrderRef, kind: str, key: str) -> None:
    """Delete one piece; nothing happens when there is none."""
    await session.run(
        "DELETE FROM personal_data WHERE channel = $1 AND order_id = $2 AND kind = $3 AND key = $4",
        ref.channel,
        ref.order_id,
        kind,
        key,
    )


async def load(session: "Session", refs: Iterable[OrderRef], kinds: Sequence[str]) -> Mapping[OrderRef, Personal]:
    """Return what there is of these kinds about each of these orders."""
    wanted = {ref: dict[tuple[str, str], bytes]() for ref in refs}
    if wanted:
        rows = await session.rows(
            "SELECT channel, order_id, kind, key, value FROM personal_data"
            " JOIN unnest($1::text[], $2::text[]) AS wanted (channel, order_id) USING (channel, order_id)"
            " WHERE kind = ANY($3::text[])",
            [ref.channel for ref in wanted],
            [ref.order_id for ref in wanted],
            kinds,
        )
        for channel, order_id, kind, key, value in rows:
            wanted[OrderRef(channel=channel, order_id=order_id)][kind, key] = value
    return wanted


async def erase_settled(session: "Session", before: str) -> int:
    """Erase what there is about orders settled before that time; return about how many there was something."""
    rows = await session.rows("SELECT channel, order_id FROM orders WHERE settled_at < $1", before)
    return await erase(session, [OrderRef(channel=channel, order_id=order_id) for channel, order_id in rows], before)


async def erase(session: "Session", refs: Sequence[OrderRef], before: str | None = None) -> int:
    """Erase what there is about these orders, and ask no carrier about them any more.

    Args:
        session: In a transaction.
        refs: Which orders.
        before: Only those settled before that time: one may be open again since it was looked up.

    Returns:
        About how many there was something.
    """
    # The lock keeps out whoever would write something personal beside it; in one order, so that two do not block each other.
    places = await session.rows(
        "SELECT channel, order_id FROM orders"
        " JOIN unnest($1::text[], $2::text[]) AS wanted (channel, order_id) USING (channel, order_id)"
        " WHERE $3::text IS NULL OR settled_at < $3 ORDER BY channel, order_id FOR UPDATE OF orders",
        [ref.channel for ref in refs],
        [ref.order_id for ref in refs],
        before,
    )
    wanted = ([channel for channel, _ in places], [order_id for _, order_id in places])
    these = "unnest($1::text[], $2::text[]) AS wanted (channel, order_id)"
    erased: int = await session.value(
        f"WITH gone AS (DELETE FROM personal_data USING {these} WHERE personal_data.channel = wanted.channel"  # noqa: S608 - constants
        " AND personal_data.order_id = wanted.order_id RETURNING personal_data.channel, personal_data.order_id)"
        " SELECT count(*) FROM (SELECT DISTINCT channel, order_id FROM gone) AS orders",
        *wanted,
    )
    for change in ("orders SET erased = 1", "parcels SET due_at = NULL"):
        table = change.partition(" ")[0]
        await session.run(
            f"UPDATE {change} FROM {these} WHERE {table}.channel = wanted.channel AND {table}.order_id = wanted.order_id",
            *wanted,
        )
    return erased


# orders


async def ensure_orders(session: "Session", refs: Iterable[OrderRef], now: str) -> None:
    """Make rows for orders that nobody recorded, so that what is written about them has its place."""
    wanted = sorted({(ref.channel, ref.order_id) for ref in refs})
    await session.run(
        "INSERT INTO orders (channel, order_id, number, state, first_seen, last_seen)"
        " SELECT channel, order_id, order_id, $3, $4, $4 FROM unnest($1::text[], $2::text[]) AS given (channel, order_id)"
        " ON CONFLICT DO NOTHING",
        [channel for channel, _ in wanted],
        [order_id for _, order_id in wanted],
        WorkState.OPEN,
        now,
    )


async def record_orders(session: "Session", orders: Sequence[tuple[Order, bytes]], now: str) -> None:
    """See ``Ledger.record_orders``; the bytes are the order as JSON."""
    # Each once, the newest, and in one order, so that two workers that record the same ones do not block each other.
    newest = {(order.channel, order.id): (order, data) for order, data in orders}
    given = [newest[place] for place in sorted(newest)]
    rows = await session.rows(
        "INSERT INTO orders (channel, order_id, number, state, ship_by, first_seen, last_seen)"
        " SELECT channel, order_id, number, $5, ship_by, $6, $6"
        " FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS given (channel, order_id, number, ship_by)"
        " ON CONFLICT (channel, order_id) DO UPDATE SET"
        " number = excluded.number, ship_by = excluded.ship_by, last_seen = excluded.last_seen,"
        " erased = CASE WHEN orders.state = 'open' THEN 0 ELSE orders.erased END"
        " RETURNING channel, order_id, erased",
        [order.channel for order, _ in given],
        [order.id for order, _ in given],
        [order.number for order, _ in given],
        [to_text_or_none(order.ship_by) for order, _ in given],
        WorkState.OPEN,
        now,
    )
    kept = [(channel, order_id) for channel, order_id, settled_and_erased in rows if not settled_and_erased]
    await session.run(
        "INSERT INTO personal_data (channel, order_id, kind, key, value)"
        " SELECT channel, order_id, $4, '', value"
        " FROM unnest($1::text[], $2::text[], $3::bytea[]) AS given (channel, order_id, value)"
        " ON CONFLICT (channel, order_id, kind, key) DO UPDATE SET value = excluded.value",
        [channel for channel, _ in kept],
        [order_id for _, order_id in kept],
        [newest[place][1] for place in kept],
        ORDER,
    )


async def get_order(session: "Session", ref: OrderRef) -> OrderRow | None:
    """See ``Ledger.get_order``."""
    row = await session.row(f"{_ORDERS} WHERE orders.channel = $1 AND orders.order_id = $2", ref.channel, ref.order_id)
    return None if row is None else _order_row(row)


async def list_orders(
    session: "Session", states: Sequence[WorkState], channel: str | None, seen_since: str | None
) -> Sequence[OrderRow]:
    """See ``Ledger.list_orders``."""
    rows = await session.rows(
        f"{_ORDERS} WHERE state = ANY($1::text[]) AND ($2::text IS NULL OR orders.channel = $2)"
        " AND ($3::text IS NULL OR first_seen >= $3)"
        " ORDER BY ship_by IS NULL, ship_by, first_seen, orders.channel, orders.order_id",
        states,
        channel,
        seen_since,
    )
    return [_order_row(row) for row in rows]


async def settle_order(session: "Session", ref: OrderRef, state: WorkState, reason: str | None, now: str) -> None:
    """See ``Ledger.settle_order``. Saying the same again does not move the time from which a purge counts."""
    await session.run(
        "INSERT INTO orders (channel, order_id, number, state, first_seen, last_seen, settled_at)"
        " VALUES ($1, $2, $2, $3, $4, $4, $5)"
        " ON CONFLICT (channel, order_id) DO UPDATE SET state = excluded.state,"
        " settled_at = CASE WHEN orders.state = excluded.state THEN orders.settled_at ELSE excluded.settled_at END,"
        " erased = CASE WHEN excluded.state = 'open' THEN 0 ELSE orders.erased END",
        ref.channel,
        ref.order_id,
        state,
        now,
        None if state is WorkState.OPEN else now,
    )
    if reason is None:
        await remove(session, ref, REASON, "")
    else:
        await put(session, ref, [(REASON, "", reason.encode())])


def _order_row(row: "Row") -> OrderRow:
    channel, order_id, number, state, ship_by, first_seen, last_seen, order, reason = row
    return OrderRow(
        ref=OrderRef(channel=channel, order_id=order_id),
        number=number,
        state=WorkState(state),
        reason=None if reason is None else reason.decode(),
        order=None if order is None else read_model(Order, order),
        ship_by=to_moment_or_none(ship_by),
        first_seen=to_moment(first_seen),
        last_seen=to_moment(last_seen),
    )


# parcels


async def follow_parcels(session: "Session", rows: Sequence[tuple[TrackingRow, bytes | None]], now: str) -> None:
    """See ``Ledger.follow_parcels``; the bytes are the tracking as JSON. An erased order is not followed."""
    refs = {row.ref for row, _ in rows}
    await ensure_orders(session, refs, now)
    # The lock keeps an erasure of these orders out until this is committed.
    found = await session.rows(
        "SELECT channel, order_id, erased FROM orders"
        " JOIN unnest($1::text[], $2::text[]) AS wanted (channel, order_id) USING (channel, order_id)"
        " ORDER BY channel, order_id FOR SHARE OF orders",
        [ref.channel for ref in refs],
        [ref.order_id for ref in refs],
    )
    erased = {OrderRef(channel=channel, order_id=order_id): bool(gone) for channel, order_id, gone in found}
    for row, data in sorted(rows, key=lambda pair: (str(pair[0].ref), pair[0].tracking_number)):
        gone = erased[row.ref]
        await session.run(
            "INSERT INTO parcels (channel, order_id, key, carrier, tracking_number, due_at, told)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)"
            " ON CONFLICT (channel, order_id, key, carrier, tracking_number)"
            " DO UPDATE SET due_at = excluded.due_at, told = excluded.told",
            row.ref.channel,
            row.ref.order_id,
            row.key,
            row.carrier,
            row.tracking_number,
            None if gone else to_text_or_none(row.due_at),
            to_json_text(sorted(row.told)),
        )
        name = _tracking_key(row.key, row.carrier, row.tracking_number)
        if data is None or gone:
            await remove(session, row.ref, TRACKING, name)
        else:
            await put(session, row.ref, [(TRACKING, name, data)])


async def list_parcels(
    session: "Session", due_before: str | None, ref: OrderRef | None, tracking_number: str | None
) -> Sequence[TrackingRow]:
    """See ``Ledger.list_parcels``."""
    conditions, values = [], []
    if due_before is not None:
        values.append(due_before)
        conditions.append(f"due_at <= ${len(values)}")
    if ref is not None:
        values += [ref.channel, ref.order_id]
        conditions.append(f"channel = ${len(values) - 1} AND order_id = ${len(values)}")
    if tracking_number is not None:
        values.append(tracking_number)
        conditions.append(f"tracking_number = ${len(values)}")
    rows = await session.rows(
        f"{_PARCELS} WHERE {' AND '.join(conditions) or 'TRUE'}"
        " ORDER BY due_at IS NULL, due_at, channel, order_id, key, carrier, tracking_number",
        *values,
    )
    refs = [OrderRef(channel=channel, order_id=order_id) for channel, order_id, *_ in rows]
    personal = await load(session, refs, (TRACKING,))
    found = []
    for order, (_, _, key, carrier, number, due_at, told) in zip(refs, rows, strict=True):
        data = personal[order].get((TRACKING, _tracking_key(key, carrier, number)))
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


async def next_parcel_due(session: "Session") -> str | None:
    """See ``Ledger.next_parcel_due``."""
    moment: str | None = await session.value("SELECT min(due_at) FROM parcels WHERE due_at IS NOT NULL")
    return moment


def _tracking_key(key: str, carrier: str, tracking_number: str) -> str:
    return to_json_text([key, carrier, tracking_number])


# events and cursors


async def record_event(session: "Session", account: str, event_id: str, now: str, forget: str) -> bool:
    """See ``Ledger.record_event``; what was seen before ``forget`` is forgotten."""
    await session.run("DELETE FROM events WHERE seen_at < $1", forget)
    written = await session.run(
        "INSERT INTO events (account, event_id, seen_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        account,
        event_id,
        now,
    )
    return written == 1


async def load_cursor(session: "Session", name: str) -> str | None:
    """See ``Ledger.load_cursor``."""
    value: str | None = await session.value("SELECT value FROM cursors WHERE name = $1", name)
    return value


async def save_cursor(session: "Session", name: str, value: str) -> None:
    """See ``Ledger.save_cursor``."""
    await session.run(
        "INSERT INTO cursors (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name,
        value,
    )
