"""One thread that writes, one that reads. Writes that arrive together are committed together. Imported when a ledger is opened.

A commit under ``synchronous=FULL`` waits for the disk; fifty tasks that each commit wait fifty times, one after the other. Here
tasks put what they want written into a queue; the thread takes all that has gathered, runs each in a savepoint of its own,
commits once, and only then wakes them.
"""

import logging
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from enum import Enum, auto
from threading import Condition, Thread
from typing import Any, Generic, TypeVar

import anyio
import anyio.lowlevel

from cartcarrier.errors import LedgerError
from cartcarrier.ledger._schema import connect, prepare, retry_while_busy
from cartcarrier.ledger._sealing import Connection, Position, needs_sealing, seal_more
from cartcarrier.ledger._secrets import Sealer

T = TypeVar("T")
Work = Callable[[Connection], T]

_LOGGER = logging.getLogger("cartcarrier.ledger")
_MOST = 256  # how many are committed together; bounds what one failing commit must do again


class Mode(Enum):
    """How a piece of work is run."""

    DURABLE = auto()
    """In a transaction that is on the disk before the caller goes on."""
    RELAXED = auto()
    """In a transaction that a power cut may undo, a killed process may not."""
    BARE = auto()
    """Outside of any transaction, by itself."""


class _Job(Generic[T]):
    """A piece of work, and who waits for it."""

    __slots__ = ("done", "error", "loop", "mode", "result", "started", "work")

    def __init__(self, work: "Work[T]", mode: Mode) -> None:
        self.work = work
        self.mode = mode
        self.loop = _callback_scheduler()
        self.done = anyio.Event()
        self.started = False
        self.result: T | None = None
        self.error: BaseException | None = None


def _callback_scheduler() -> Callable[[Callable[[], object]], object]:
    """Return what runs a callback in this event loop from another thread, without waiting for it.

    ``anyio.from_thread.run_sync`` would make the thread wait for the loop after every commit; these two do not. The scheduler
    also tells event loops apart: it compares equal for the same one.
    """
    token: Any = anyio.lowlevel.current_token()
    native: Any = getattr(token, "native_token", token)  # anyio before 4.11 returned the loop's own token
    schedule: Callable[[Callable[[], object]], object] = (
        native.call_soon_threadsafe if hasattr(native, "call_soon_threadsafe") else native.run_sync_soon
    )
    return schedule


class _Worker:
    """A thread with a connection and a queue."""

    def __init__(
        self, name: str, connection: Connection, run: Callable[[Connection, Sequence[_Job[Any]]], None]
    ) -> None:
        self.connection = connection
        self._run = run
        self._queue: deque[_Job[Any]] = deque()
        self._changed = Condition()
        self._closing = False
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def submit(self, work: "Work[T]", mode: Mode, *, finish: bool) -> T:
        """Have it done, and return what it returned.

        Args:
            work: What to do; it may be done twice, the first time undone.
            mode: How.
            finish: When the caller is cancelled and the work has begun: wait for its end before letting the cancellation
                through. Work that has not begun is taken out of the queue.
        """
        await anyio.lowlevel.checkpoint_if_cancelled()
        job = _Job(work, mode)
        with self._changed:
            if self._closing:
                msg = "the ledger is closed; nothing was recorded"
                raise LedgerError(msg)
            self._queue.append(job)
            self._changed.notify()
        try:
            await job.done.wait()
        except anyio.get_cancelled_exc_class():
            if not self._withdraw(job) and finish:
                with anyio.CancelScope(shield=True):
                    await job.done.wait()
            raise
        if job.error is not None:
            raise job.error
        return job.result  # type: ignore[return-value]  # no error: then there is a result, and it may be None

    def close(self) -> None:
        """Do what is in the queue, then end. Blocks."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self.connection.close()

    def _withdraw(self, job: _Job[Any]) -> bool:
        with self._changed:
            if job.started:
                return False
            self._queue.remove(job)
            return True

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._queue and not self._closing:
                    self._changed.wait()
                jobs = [self._queue.popleft() for _ in range(min(len(self._queue), _MOST))]
                for job in jobs:
                    job.started = True
            if not jobs:
                return
            try:
                self._run(self.connection, jobs)
            except BaseException as exc:  # noqa: BLE001 - it is raised in the tasks that wait; this thread must live
                for job in jobs:
                    job.error = job.error or exc
            _wake(jobs)


def _wake(jobs: Sequence[_Job[Any]]) -> None:
    by_loop: dict[Callable[[Callable[[], object]], object], list[_Job[Any]]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for schedule, waiting in by_loop.items():

        def set_all(waiting: list[_Job[Any]] = waiting) -> None:
            for job in waiting:
                job.done.set()

        try:
            schedule(set_all)
        except RuntimeError:
            _LOGGER.debug("an event loop ended before %d of its ledger calls were answered", len(waiting))


def _truncate_log(connection: Connection) -> bool:
    busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return bool(busy)


class Engine:
    """A SQLite file, its writer and its reader.

    Args:
        path: The file; ``None`` for memory, where one connection does both.
        patience: How long to wait for other processes that write.
        sealer: What seals tokens and personal data; what is plain in the file is sealed before anything else is done.
    """

    def __init__(self, path: str | None, patience: timedelta, sealer: Sealer | None = None) -> None:
        self._name = f"the ledger {path}" if path is not None else "the ledger in memory"
        self._patience = patience
        try:
            connection = connect(path, patience=patience, sealer=sealer)
            try:
                retry_while_busy(lambda: prepare(connection, self._name), patience)
                self._seal(connection)
                reader = connect(path, patience=patience, reader=True, sealer=sealer) if path is not None else None
            except BaseException:
                connection.close()
                raise
        except (sqlite3.Error, OSError) as exc:
            raise self._refusal(exc, "opened") from exc
        self._synchronous = "FULL"
        self.writer = _Worker("cartcarrier-ledger-writer", connection, self._write_together)
        self.reader = _Worker("cartcarrier-ledger-reader", reader, self._read_all) if reader is not None else None

    async def write(self, work: "Work[T]", mode: Mode = Mode.DURABLE) -> T:
        """Run it in the writer's thread; it is committed when this returns, and has left no trace when this raises.

        Raises:
            LedgerError: It cannot be written.
            CancelledError: Either it had not begun, or it is complete.
        """
        return await self.writer.submit(work, mode, finish=True)

    async def read(self, work: "Work[T]") -> T:
        """Run it in the reader's thread, on one consistent state of the file.

        Raises:
            LedgerError: It cannot be read.
        """
        worker = self.reader or self.writer
        return await worker.submit(work, Mode.RELAXED, finish=False)

    async def reseal(self) -> int:
        """Seal with the newest key what is sealed with an older one; return how many values. Others may write meanwhile.

        Raises:
            LedgerError: A value was changed, or belongs to another row.
        """
        count, after = await self._reseal_more(None)
        while after is not None:
            more, after = await self._reseal_more(after)
            count += more
        await self.scrub()
        return count

    async def _reseal_more(self, after: Position | None) -> tuple[int, Position | None]:
        return await self.write(lambda connection: seal_more(connection, after))

    def _seal(self, connection: Connection) -> None:
        """Seal what is plain, and leave nothing of it in the log."""
        if not needs_sealing(connection):
            return
        after: Position | None = None
        while True:
            retry_while_busy(lambda: connection.execute("BEGIN IMMEDIATE"), self._patience)
            try:
                _, after = seal_more(connection, after)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            if after is None:
                break
        if _truncate_log(connection):
            _LOGGER.warning("%s: its log is in use; what was plain leaves it with the next erasure", self._name)

    async def scrub(self) -> None:
        """Move the log into the file and empty it, so that what was deleted is in neither."""
        busy = await self.writer.submit(_truncate_log, Mode.BARE, finish=True)
        if busy:
            _LOGGER.warning("%s: its log is in use; what was erased leaves it with the next erasure", self._name)

    def close(self) -> None:
        """Write what is in the queue, and close the file. Blocks."""
        if self.reader is not None:
            self.reader.close()
        self.writer.close()

    def _write_together(self, connection: Connection, jobs: Sequence[_Job[Any]]) -> None:
        in_transaction = [job for job in jobs if job.mode is not Mode.BARE]
        if in_transaction:
            self._write(connection, in_transaction)
        for job in jobs:
            if job.mode is Mode.BARE:
                try:
                    job.result = job.work(connection)
                except sqlite3.Error as exc:
                    job.error = self._refusal(exc, "written")

    def _write(self, connection: Connection, jobs: Sequence[_Job[Any]]) -> None:
        try:
            self._set_synchronous(connection, "FULL" if any(job.mode is Mode.DURABLE for job in jobs) else "NORMAL")
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as exc:
            for job in jobs:
                job.error = self._refusal(exc, "written")
            return
        lost: sqlite3.Error | None = None
        try:
            connection.look(self._name)
            for job in jobs:
                self._run_in_savepoint(connection, job)
            connection.execute("COMMIT")
        except sqlite3.Error as exc:
            lost = exc
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        if lost is None:
            return
        if len(jobs) == 1:
            jobs[0].error = self._refusal(lost, "written")
            return
        # The transaction as a whole is lost (a full disk does that). Alone, those that can be written are.
        for job in jobs:
            self._write(connection, [job])

    def _run_in_savepoint(self, connection: Connection, job: _Job[Any]) -> None:
        job.result = job.error = None
        connection.execute("SAVEPOINT job")
        try:
            job.result = job.work(connection)
        except BaseException as exc:
            if not connection.in_transaction:
                raise
            job.error = self._refusal(exc, "written") if isinstance(exc, sqlite3.Error) else exc
            connection.execute("ROLLBACK TO job")
        connection.execute("RELEASE job")

    def _read_all(self, connection: Connection, jobs: Sequence[_Job[Any]]) -> None:
        for job in jobs:
            try:
                connection.execute("BEGIN")
                try:
                    connection.look(self._name)
                    job.result = job.work(connection)
                finally:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
            except sqlite3.Error as exc:
                job.error = self._refusal(exc, "read")
            except BaseException as exc:  # noqa: BLE001 - it is raised in the task that waits
                job.error = exc

    def _set_synchronous(self, connection: Connection, wanted: str) -> None:
        if wanted != self._synchronous:
            connection.execute(f"PRAGMA synchronous={wanted}")
            self._synchronous = wanted

    def _refusal(self, exc: BaseException, what: str) -> LedgerError:
        if isinstance(exc, sqlite3.Error):
            name = getattr(exc, "sqlite_errorname", None)
            why = f"{exc} ({name})" if name else str(exc)
        else:
            why = getattr(exc, "strerror", None) or type(exc).__name__
        return LedgerError(f"{self._name} could not be {what}: {why}; nothing was recorded")
