"""A bounded pool of connections, transactions, and what happens when one breaks. Imported when such a ledger is opened.

A connection that breaks before its COMMIT was sent has written nothing: the work is done again on another. One that breaks
while the COMMIT is under way may have written all: every transaction also counts up the number of its connection, in the
table ``writers``, so the next connection can read whether it was committed. Only where no connection can be had, or the number
cannot be read, does the caller hear that the outcome is not known.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final, TypeVar

import anyio
import anyio.lowlevel
import asyncpg
import attrs

from cartcarrier.errors import ConfigurationError, LedgerError
from cartcarrier.ledger._postgres_failures import AGAIN, ENDED, FAILURES, cut, has_ended, why
from cartcarrier.ledger._postgres_schema import prepare
from cartcarrier.ledger._postgres_session import Connection, Session
from cartcarrier.ledger._postgres_steps import Mark
from cartcarrier.ledger._postgres_url import PostgresAddress

T = TypeVar("T")

_LOGGER = logging.getLogger("cartcarrier.ledger")
_PAUSES: Final = (0.05, 0.1, 0.2, 0.5)  # seconds between tries to reach the server; the last is repeated
_STATEMENTS: Final = 256  # prepared ones that a connection keeps
_FORGET: Final = "30 days"  # when the number of a connection that is gone is of no use any more


Work = Callable[[Session], Awaitable[T]]


class _LostError(Exception):
    """The connection broke, or the server gave the transaction up, and nothing was written: do it again."""


@attrs.define
class _Writer:
    """A connection's name, how many transactions it has begun, and the server's process behind it."""

    name: str
    number: int = 0
    pid: int = 0
    begun: datetime | None = None


class Engine:
    """A schema of a PostgreSQL database, and the connections to it.

    Args:
        address: Where it is.
        patience: How long a call waits for a free connection, for another transaction's lock, for a statement and for a server
            that is starting again.
    """

    def __init__(self, address: PostgresAddress, patience: timedelta) -> None:
        self.name = address.name
        self._address = address
        self._patience = patience.total_seconds()
        self._writers: dict[int, _Writer] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._loop = asyncio.get_running_loop()
        self._pool: Any = None

    async def open(self) -> None:
        """Connect, and make the tables or bring them up to date.

        Raises:
            ConfigurationError: The address cannot be understood.
            LedgerError: The server cannot be reached, refuses, or what is there is not ours.
        """
        try:
            # A connection of its own: the pool's would count their transactions before there is a table to count in.
            connection = await asyncpg.connect(**self._settings())
            try:
                async with connection.transaction():
                    await prepare(Session(connection), self._address.schema, self.name)
                await self._look_at_the_server(connection)
            finally:
                connection.terminate()
            self._pool = await asyncpg.create_pool(
                **self._settings(),
                min_size=self._address.min_size,
                max_size=self._address.max_size,
                init=self._greet,
                reset=_keep_as_it_is,
            )
        except (asyncpg.ClientConfigurationError, ValueError) as exc:
            # "from None": the cause may repeat the address, and with it a password
            msg = f"ledger: asyncpg cannot use the address of {self.name}: {type(exc).__name__}"
            raise ConfigurationError(msg, field="ledger") from None
        except FAILURES as exc:
            raise self._refusal(exc, "opened") from exc

    async def close(self) -> None:
        """Let what has begun come to its end, and close the connections."""
        try:
            await asyncio.wait_for(self._pool.close(), self._patience)
        except TimeoutError:
            _LOGGER.warning("%s: connections were still in use and were cut", self.name)
            self._pool.terminate()

    async def write(self, work: "Work[T]") -> T:
        """Run it in a transaction; it is committed when this returns, and has left no trace when this raises.

        Args:
            work: What to do; it may be done twice, the first time undone.

        Raises:
            LedgerError: It cannot be written; or, and then the message says so, it is not known whether it was.
            CancelledError: Either it had not begun, or it has come to its end.
        """
        return await self._until_done(self._transact, work, finish=True)

    async def swap(self, work: Callable[[Session, Mark], Awaitable[T]], again: Callable[[Session], Awaitable[T]]) -> T:
        """Run statements of which the last one writes, and commits by itself; it is committed when this returns.

        Args:
            work: Reads, and writes where what it read still stands. It counts its write under the mark, in the same statement.
            again: Reads what was written, where a connection broke and it turns out that the write was committed.

        Raises:
            LedgerError: It cannot be written; or, and then the message says so, it is not known whether it was.
            CancelledError: Either it had not begun, or it has come to its end.
        """

        async def how(connection: Connection, _: object) -> T:
            writer = self._count(connection)
            mark = Mark(writer.name, writer.number)
            try:
                return await work(Session(connection), mark)
            except FAILURES as exc:
                if not has_ended(connection, exc):
                    if isinstance(exc, AGAIN):
                        raise _LostError from exc
                    raise self._refusal(exc, "written") from exc
                cut(connection)
                if not mark.used or not await self._was_committed(writer, exc):
                    raise _LostError from exc
            return await self.read(again)

        return await self._until_done(how, again, finish=True)

    async def repeat(self, work: "Work[T]") -> T:
        """Run one statement that commits by itself and may take effect twice without harm.

        Raises:
            LedgerError: It cannot be written.
        """
        return await self._until_done(self._at_once, work, finish=True)

    async def read(self, work: "Work[T]") -> T:
        """Run one statement that only reads.

        Raises:
            LedgerError: It cannot be read.
        """
        return await self._until_done(self._at_once, work, finish=False)

    async def look(self, work: "Work[T]") -> T:
        """Run several statements that only read, on one consistent state.

        Raises:
            LedgerError: It cannot be read.
        """
        return await self._until_done(self._snapshot, work, finish=False)

    async def scrub(self, table: str) -> None:
        """Have the space of deleted rows given back; what was erased may be read in the files before that."""
        try:
            await self.repeat(lambda session: session.script(f"VACUUM {table}"))
        except LedgerError as exc:
            _LOGGER.warning("%s: what was erased leaves the files with the next vacuum: %s", self.name, exc)

    async def _until_done(
        self, how: Callable[[Any, "Work[T]"], Coroutine[Any, Any, T]], work: "Work[T]", *, finish: bool
    ) -> T:
        await anyio.lowlevel.checkpoint_if_cancelled()
        if asyncio.get_running_loop() is not self._loop:
            msg = f"{self.name} was opened in another event loop; open one there for each"
            raise LedgerError(msg)
        deadline = monotonic() + self._patience
        pauses = _forever(_PAUSES)
        while True:
            connection = await self._acquire(deadline)
            try:
                return await self._shielded(self._run(connection, how, work), finish=finish)
            except _LostError as exc:
                if monotonic() >= deadline:
                    cause = exc.__cause__ or exc
                    if how == self._at_once and finish:
                        msg = (
                            f"{self.name} could not be written: {why(cause)}; whether it was recorded is not known, "
                            "and doing it again does no harm"
                        )
                        raise LedgerError(msg) from cause
                    raise self._refusal(cause, "written" if finish else "read") from cause
            await anyio.sleep(next(pauses))

    async def _shielded(self, coroutine: Coroutine[Any, Any, T], *, finish: bool) -> T:
        """Run it to its end in a task of its own: a connection that is left in the middle of a statement is lost."""
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if finish:
                with anyio.CancelScope(shield=True):
                    await asyncio.wait([task])
            raise

    async def _run(
        self, connection: Connection, how: Callable[[Any, "Work[T]"], Coroutine[Any, Any, T]], work: "Work[T]"
    ) -> T:
        try:
            return await how(connection, work)
        finally:
            await self._pool.release(connection)

    async def _transact(self, connection: Connection, work: "Work[T]") -> T:
        writer = self._count(connection)
        try:
            # In one message with BEGIN, so that it costs no round trip. Name and number are ours.
            await connection.execute(
                "BEGIN; INSERT INTO writers (name, number)"  # noqa: S608 - a name and a number of ours
                f" VALUES ('{writer.name}', {writer.number})"
                " ON CONFLICT (name) DO UPDATE SET number = excluded.number"
            )
            result = await work(Session(connection))
        except BaseException as exc:
            await self._give_up(connection, exc)
            raise
        try:
            status = await connection.execute("COMMIT")
        except FAILURES as exc:
            if not has_ended(connection, exc):
                await self._give_up(connection, exc)
            cut(connection)
            if await self._was_committed(writer, exc):
                return result
            raise _LostError from exc
        if status != "COMMIT":
            msg = f"{self.name} undid what was to be written; nothing was recorded"
            raise LedgerError(msg)
        return result

    def _count(self, connection: Connection) -> _Writer:
        try:
            writer = self._writers[connection.get_server_pid()]
        except asyncpg.InterfaceError as exc:  # it has broken in this moment
            raise _LostError from exc
        writer.number += 1
        return writer

    async def _give_up(self, connection: Connection, exc: BaseException) -> None:
        """Undo what was begun, and raise what that means; return where the error is not the database's."""
        ended = has_ended(connection, exc)
        try:
            if ended:
                cut(connection)
            else:
                await connection.execute("ROLLBACK")
        except FAILURES:
            cut(connection)
        if ended or isinstance(exc, AGAIN):
            raise _LostError from exc
        if isinstance(exc, FAILURES):
            raise self._refusal(exc, "written") from exc

    async def _was_committed(self, writer: _Writer, cause: Exception) -> bool:
        """Find out whether the newest transaction of a connection that is gone was committed.

        Raises:
            LedgerError: That cannot be known.
        """
        deadline = monotonic() + self._patience
        for pause in _forever(_PAUSES):
            try:
                connection = await asyncpg.connect(**self._settings())
                try:
                    await _end_of(connection, writer, deadline)
                    # It waits for the lock, and so for the end of the transaction where the server is still at it.
                    number = await connection.fetchval(
                        "SELECT number FROM writers WHERE name = $1 FOR UPDATE", writer.name
                    )
                finally:
                    connection.terminate()
            except FAILURES as exc:
                if monotonic() >= deadline or isinstance(
                    exc, asyncpg.LockNotAvailableError | asyncpg.QueryCanceledError
                ):
                    break
                await asyncio.sleep(pause)
                continue
            if number is not None:
                return bool(number == writer.number)
            break
        msg = (
            f"{self.name}: the connection broke while it was being written, and whether it was recorded is not known: "
            "read it again before anything is sent"
        )
        raise LedgerError(msg) from cause

    async def _at_once(self, connection: Connection, work: "Work[T]") -> T:
        try:
            return await work(Session(connection))
        except FAILURES as exc:
            if has_ended(connection, exc):
                cut(connection)
                raise _LostError from exc
            if isinstance(exc, AGAIN):
                raise _LostError from exc
            raise self._refusal(exc, "read or written") from exc

    async def _snapshot(self, connection: Connection, work: "Work[T]") -> T:
        try:
            await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            result = await work(Session(connection))
            await connection.execute("COMMIT")
        except BaseException as exc:
            await self._give_up(connection, exc)
            raise
        return result

    async def _acquire(self, deadline: float) -> Connection:
        pauses = _forever(_PAUSES)
        while True:
            left = deadline - monotonic()
            try:
                return await self._pool.acquire(timeout=max(left, 0.01))
            except TimeoutError as exc:
                msg = (
                    f"{self.name}: no connection was free within {self._patience:g} s (max_size is "
                    f"{self._address.max_size}); nothing was recorded"
                )
                raise LedgerError(msg) from exc
            except FAILURES as exc:
                if not isinstance(exc, ENDED) or left <= 0:
                    raise self._refusal(exc, "reached") from exc
            await anyio.sleep(next(pauses))

    async def _greet(self, connection: Connection) -> None:
        """Get a new connection ready: it waits for the disk, and has a row in which it counts."""
        writer = _Writer(secrets.token_hex(8))
        # Stronger settings of the server's (remote_apply) stay; "off" would lose labels that were bought.
        await connection.fetchval(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
        writer.begun = await connection.fetchval(
            "INSERT INTO writers (name, number) VALUES ($1, 0)"
            " RETURNING (SELECT backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid())",
            writer.name,
        )
        pid = writer.pid = connection.get_server_pid()
        self._writers[pid] = writer

        def forget(_: object) -> None:
            if self._writers.get(pid) is writer:  # the number of a process is used again
                del self._writers[pid]

        connection.add_termination_listener(forget)

    async def _look_at_the_server(self, connection: Connection) -> None:
        await connection.execute(f"DELETE FROM writers WHERE begun < now() - interval '{_FORGET}'")  # noqa: S608 - a constant
        for name in ("fsync", "full_page_writes"):
            if await connection.fetchval("SELECT current_setting($1)", name) == "off":
                _LOGGER.warning("%s: the server runs with %s=off; a power cut may lose labels", self.name, name)

    def _settings(self) -> dict[str, Any]:
        milliseconds = max(int(self._patience * 1000), 1)
        return {
            "dsn": self._address.dsn,
            "timeout": self._patience,
            "command_timeout": self._patience * 1.5,  # the server gives up first, and says so
            "statement_cache_size": _STATEMENTS,
            "max_cached_statement_lifetime": 0,
            "server_settings": {
                "application_name": "cartcarrier",
                "search_path": f'"{self._address.schema}"',
                "statement_timeout": str(milliseconds),
                "lock_timeout": str(max(milliseconds * 9 // 10, 1)),  # before the other, for its words say more
                # Whoever hangs in the middle of a transaction must not block the others for ever.
                "idle_in_transaction_session_timeout": str(milliseconds),
                "default_transaction_isolation": "read committed",
                "jit": "off",
            },
        }

    def _refusal(self, exc: BaseException, what: str) -> LedgerError:
        return LedgerError(f"{self.name} could not be {what}: {why(exc)}; nothing was recorded")


def _forever(pauses: tuple[float, ...]) -> Iterator[float]:
    yield from pauses
    while True:
        yield pauses[-1]


async def _keep_as_it_is(_: object) -> None:
    """Leave a connection as it is: nobody changes its settings, and resetting them would cost a round trip each time."""


async def _end_of(connection: Connection, writer: _Writer, deadline: float) -> None:
    """End the server's process behind a connection that broke, and wait until it is gone.

    What we sent may still wait there to be read, and would be written after we have looked.

    Raises:
        TimeoutError: It does not end.
    """
    who = (writer.pid, writer.begun)
    await connection.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2", *who
    )
    for pause in _forever(_PAUSES):
        if not await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2", *who
        ):
            return
        if monotonic() >= deadline:
            raise TimeoutError
        await asyncio.sleep(pause)
