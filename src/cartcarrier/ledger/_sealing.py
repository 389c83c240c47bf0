"""Sealing a SQLite file: the marker, and sealing what is plain or sealed with an older key. Imported when a ledger is opened."""

import sqlite3
from typing import Final

import attrs

from cartcarrier.ledger._secrets import (
    KEY_COLUMNS,
    MARKER,
    Row,
    Sealer,
    admit,
    all_sealed,
    check_admitted,
    is_sealing,
)

_BATCH: Final = 100  # rows that are sealed in one transaction


class Connection(sqlite3.Connection):
    """A connection, and what seals the values that go through it."""

    sealer: Sealer
    _marker: str | None = None

    def seal(self, row: Row, value: bytes) -> bytes:
        """Return a value as it is kept in that row."""
        return self.sealer.seal(row, value)

    def unseal(self, row: Row, value: bytes | str) -> bytes:
        """Return the value that was sealed for that row; a column of either type may give either.

        Raises:
            LedgerError: It was changed, or belongs to another row, or is not sealed.
        """
        found = value.encode() if isinstance(value, str) else value
        return self.sealer.unseal(row, found, plain=is_sealing(self._marker))

    def enter(self, name: str) -> None:
        """Write down which key is in use from now on. The caller has opened a transaction.

        Raises:
            ConfigurationError: A key that is in use is missing.
        """
        standing = _read_marker(self)
        self._marker = admit(standing, self.sealer, name)
        if self._marker is not None and self._marker != standing:
            _write_marker(self, self._marker)

    def look(self, name: str) -> None:
        """Make sure, in each transaction, that no other process has sealed the file or rotated its keys since.

        Raises:
            ConfigurationError: One has, and these keys do not do any more.
        """
        marker = _read_marker(self)
        if marker != self._marker:
            check_admitted(marker, self.sealer, name)
            self._marker = marker


@attrs.frozen
class Position:
    """How far the sealing has come."""

    table: str
    key: tuple[str, ...]


def needs_sealing(connection: Connection) -> bool:
    """Return whether there may be plain values in a file that is to have none."""
    return is_sealing(_read_marker(connection))


def seal_more(connection: Connection, after: Position | None) -> tuple[int, Position | None]:
    """Seal the next values that are plain or sealed with an older key. The caller has opened a transaction.

    Whoever is killed in between begins anew and passes over what is done. When nothing is left, the marker says in the same
    transaction that only the newest key is in use: others that still write with an older one can do so no more.

    Returns:
        How many were sealed, and where to go on; ``None`` when all are.

    Raises:
        LedgerError: A value was changed, or belongs to another row.
    """
    sealer = connection.sealer
    tables = list(KEY_COLUMNS)
    for table in tables[tables.index(after.table) if after is not None else 0 :]:
        names = ", ".join(KEY_COLUMNS[table])
        marks = ", ".join("?" * len(KEY_COLUMNS[table]))
        start = after.key if after is not None and after.table == table else ("",) * len(KEY_COLUMNS[table])
        rows = connection.execute(
            f"SELECT {names}, value FROM {table} WHERE ({names}) >= ({marks})"  # noqa: S608 - constants and question marks
            f" AND CAST(substr(value, 1, ?) AS BLOB) != ? ORDER BY {names} LIMIT ?",
            (*start, len(sealer.mark), sealer.mark, _BATCH),
        ).fetchall()
        for *key, value in rows:
            row = (table, *key)
            sealed = connection.seal(row, connection.unseal(row, value))
            connection.execute(
                f"UPDATE {table} SET value = ? WHERE ({names}) = ({marks})",  # noqa: S608 - constants and question marks
                (sealed.decode() if isinstance(value, str) else sealed, *key),
            )
        if rows:
            return len(rows), Position(table, tuple(rows[-1][:-1]))
    if after is not None:
        return seal_more(connection, None)  # others may have written behind us
    connection.execute("UPDATE meta SET value = ? WHERE key = ?", (all_sealed(sealer), MARKER))
    return 0, None


def _read_marker(connection: Connection) -> str | None:
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (MARKER,)).fetchone()
    return None if row is None else row[0]


def _write_marker(connection: Connection, marker: str) -> None:
    connection.execute(
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (MARKER, marker),
    )
