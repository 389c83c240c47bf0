"""What an error of asyncpg's means for what was under way. Imported when such a ledger is opened."""

from contextlib import suppress
from typing import Final

import asyncpg

from cartcarrier.ledger._postgres_session import Connection

# Classes of SQLSTATE whose texts speak of the server, not of what was to be written.
_SPOKEN: Final = frozenset({"08", "0A", "25", "28", "3D", "3F", "42", "53", "54", "55", "57", "58", "XX"})
AGAIN: Final = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.InvalidCachedStatementError,  # another worker has changed the tables
)
"""The server has undone it, and it may be done again."""

ENDED: Final = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InternalClientError,  # what asyncpg raises when a server goes away while a connection is being made
)
"""The connection is of no more use."""

FAILURES: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""All that asyncpg raises."""


def has_ended(connection: Connection, exc: BaseException) -> bool:
    """Return whether the connection is of no more use after that error."""
    if isinstance(exc, ENDED):
        return True
    try:
        return isinstance(exc, FAILURES) and connection.is_closed()
    except asyncpg.InterfaceError:  # it broke, and the pool has taken it back already
        return True


def cut(connection: Connection) -> None:
    """End a connection without a word to the server."""
    with suppress(asyncpg.InterfaceError):  # it broke, and the pool has taken it back already
        connection.terminate()


def why(exc: BaseException) -> str:
    """Return what happened, in words without anything that was to be written."""
    if isinstance(exc, asyncpg.PostgresError):
        state = exc.sqlstate or ""
        # A text of another class may repeat what was to be written, and that may be somebody's name.
        words = str(exc.args[0]) if state[:2] in _SPOKEN and exc.args else type(exc).__name__
        return f"{words} ({state})" if state else words
    if isinstance(exc, OSError):
        return exc.strerror or type(exc).__name__
    return type(exc).__name__
