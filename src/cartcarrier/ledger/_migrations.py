"""From one version of the file to the next. Imported when a ledger is opened."""

import hashlib
import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from cartcarrier.ledger._codec import ORDER, from_json, to_json_text, to_text

Migration = str | Callable[[sqlite3.Connection], None]

_TO_2: Final = """
ALTER TABLE orders ADD COLUMN owner TEXT;
ALTER TABLE orders ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN lease_until TEXT;
ALTER TABLE shipments ADD COLUMN due_at TEXT;
CREATE INDEX orders_by_first_seen ON orders (first_seen);
CREATE INDEX shipments_by_due ON shipments (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX events_by_time ON events (seen_at);
"""
_SUBMITTED: Final = "submit/"


def run_script(connection: sqlite3.Connection, script: str) -> None:
    """Run SQL inside the transaction that is open; ``executescript`` would commit it."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


def to_version_2(connection: sqlite3.Connection) -> None:
    """Orders get leases of their own, and what was handed to a warehouse gets rows.

    Version 1 kept of a hand-over only the provider's key, written before the call: whether it took effect is not known, so
    each becomes an uncertain step under the reference that version 1 used, and recovery asks the warehouse about it.
    """
    run_script(connection, _TO_2)
    now = to_text(datetime.now(UTC))
    rows = connection.execute("SELECT name, value FROM cursors WHERE name LIKE 'submit/%'").fetchall()
    for name, provider in rows:
        channel, _, rest = name.removeprefix(_SUBMITTED).partition("/")
        order_id, _, key = rest.rpartition("/")
        place = (channel, order_id)
        taken = "SELECT 1 FROM shipments WHERE channel = ? AND order_id = ? AND key = ?"
        if connection.execute(taken, (*place, key)).fetchone() is None:
            _hand_over(connection, place, key, provider, now)
        connection.execute("DELETE FROM cursors WHERE name = ?", (name,))


def _hand_over(connection: sqlite3.Connection, place: tuple[str, str], key: str, provider: str, now: str) -> None:
    connection.execute(
        "INSERT INTO orders (channel, order_id, number, state, first_seen, last_seen) VALUES (?, ?, ?, 'open', ?, ?)"
        " ON CONFLICT DO NOTHING",
        (*place, place[1], now, now),
    )
    name = f"{place[0]}/{place[1]}/{key}"
    reference = f"cc-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    request_hash = hashlib.sha256(json.dumps(["submit", provider, None]).encode()).hexdigest()
    shipment_id = connection.execute(
        "INSERT INTO shipments (channel, order_id, key, carrier, request_hash, reference, state, lines, notify_buyer,"
        " confirms, created_at, updated_at, fence) VALUES (?, ?, ?, ?, ?, ?, 'uncertain', ?, 1, 1, ?, ?, 0)",
        (*place, key, provider, request_hash, reference, to_json_text(_open_lines(connection, place)), now, now),
    ).lastrowid
    connection.execute(
        "INSERT INTO steps (shipment_id, kind, place, attempt, newest, state, reference, planned_at, sent_at, error_code,"
        " error_message) VALUES (?, 'submit', 0, 1, 1, 'uncertain', ?, ?, ?, 'version_1', ?)",
        (shipment_id, reference, now, now, "an earlier version did not write down what became of it"),
    )


def _open_lines(connection: sqlite3.Connection, place: tuple[str, str]) -> dict[str, int]:
    """Return what was open of the order when it was recorded last; nothing when that was erased."""
    row = connection.execute(
        "SELECT value FROM personal_data WHERE channel = ? AND order_id = ? AND kind = ? AND key = ''", (*place, ORDER)
    ).fetchone()
    lines = from_json(row[0]).get("lines", ()) if row is not None else ()
    return {
        line["id"]: line["unfulfilled_quantity"]
        for line in lines
        if line.get("requires_shipping", True) and line["unfulfilled_quantity"]
    }
