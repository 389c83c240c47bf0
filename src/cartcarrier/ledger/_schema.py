"""Opening the file: pragmas, the schema, and its versions. Imported when a ledger is opened."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from importlib import resources
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Final, TypeVar

from cartcarrier.errors import LedgerError
from cartcarrier.ledger._migrations import Migration, run_script, to_version_2
from cartcarrier.ledger._sealing import Connection
from cartcarrier.ledger._secrets import Sealer

T = TypeVar("T")

APPLICATION_ID: Final = 0x63636C67  # "cclg", in the file's header: tells our files from other programs' databases

# From each version to the next; the first one leads from version 1 to 2. ``schema.sql`` is always the newest.
MIGRATIONS: list[Migration] = [to_version_2]

_PAUSE = 0.02  # seconds between two tries at a locked file


def connect(path: str | None, *, patience: timedelta, reader: bool = False, sealer: Sealer | None = None) -> Connection:
    """Open one connection, with the promises that the ledger makes.

    Args:
        path: The file; ``None`` for memory.
        patience: How long to wait for other processes.
        reader: For a connection that only reads.
        sealer: What seals tokens and personal data; without one they are kept as they are.

    Raises:
        sqlite3.Error: The file cannot be opened.
        OSError: It cannot be made.
    """
    if path is not None and not reader:
        # Only the owner may read it: it holds addresses and tokens. SQLite gives the log beside it the same mode.
        Path(path).touch(mode=0o600)
    connection = sqlite3.connect(
        path if path is not None else ":memory:",
        isolation_level=None,
        check_same_thread=False,  # made in one thread, used in another, never in two at once
        timeout=patience.total_seconds(),
        cached_statements=256,
        factory=Connection,
    )
    connection.sealer = sealer or Sealer()
    try:
        # Leaving these out of a transaction is required; WAL is a property of the file, the others of the connection.
        if not reader:
            retry_while_busy(lambda: connection.execute("PRAGMA journal_mode=WAL").fetchone(), patience)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA secure_delete=ON")  # what is deleted is overwritten, not only forgotten
        if reader:
            connection.execute("PRAGMA query_only=ON")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def retry_while_busy(action: Callable[[], T], patience: timedelta) -> T:
    """Do it again while another process holds the file, where SQLite itself gives up at once.

    Raises:
        sqlite3.Error: Something else is wrong, or patience is over.
    """
    deadline = monotonic() + patience.total_seconds()
    pause = Event()
    while True:
        try:
            return action()
        except sqlite3.OperationalError as exc:
            busy = exc.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
            if not busy or monotonic() >= deadline:
                raise
        pause.wait(_PAUSE)


def prepare(connection: Connection, name: str) -> None:
    """Make the tables in an empty file, or bring an older one up to date.

    Args:
        connection: The writer's.
        name: What to call the file in errors.

    Raises:
        LedgerError: A newer version wrote it, or it belongs to another program.
        ConfigurationError: It is sealed, and a key is missing.
        sqlite3.Error: It cannot be read or written.
    """
    newest = len(MIGRATIONS) + 1
    connection.execute("BEGIN IMMEDIATE")
    try:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        if application != APPLICATION_ID:
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if application or tables:
                msg = f"{name} is the database of another program; give the ledger a file of its own"
                raise LedgerError(msg)
            run_script(
                connection, resources.files("cartcarrier.ledger").joinpath("schema.sql").read_text(encoding="utf-8")
            )
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute("INSERT INTO meta (key, value) VALUES ('schema_version', ?)", (str(newest),))
        else:
            _migrate(connection, name, newest)
        connection.enter(name)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _migrate(connection: sqlite3.Connection, name: str, newest: int) -> None:
    row = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    version = int(row[0]) if row is not None and str(row[0]).isdecimal() else 0
    if version > newest:
        msg = (
            f"{name} has schema version {version}, this cartcarrier knows up to {newest}: "
            "it was written by a newer one; update cartcarrier"
        )
        raise LedgerError(msg)
    if version < 1:
        msg = f"{name} does not say its schema version; it is damaged"
        raise LedgerError(msg)
    for migration in MIGRATIONS[version - 1 :]:
        if isinstance(migration, str):
            run_script(connection, migration)
        else:
            migration(connection)
    if version < newest:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema_version'", (str(newest),))
