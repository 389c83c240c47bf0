"""One writer's thread: what is committed together, what fails alone, and what cancellation leaves behind."""

import sqlite3
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import anyio
import anyio.abc
import anyio.lowlevel
import anyio.to_thread
import pytest
from typing_extensions import override

from cartcarrier.errors import LedgerError
from cartcarrier.ledger import LeaseLostError, ShipmentState, SQLiteLedger, StepState, WorkState
from cartcarrier.ledger._engine import Engine, Mode, _Job
from cartcarrier.testing import make_order
from cartcarrier.testing._factories import NOW
from tests.unit.ledger.builders import REF, make_labelled_shipment, plan
from tests.unit.ledger.conformance.moves import read

WRITERS = 50


class _OddError(Exception):
    """Something that no back-end expects."""


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SQLiteLedger]:
    """Return an empty ledger in a file."""
    async with SQLiteLedger(tmp_path / "shop.db") as ledger:
        yield ledger


class Gate:
    """Holds the writer's thread until it is opened, so that a test decides what gathers behind it."""

    def __init__(self, engine: Engine, tasks: anyio.abc.TaskGroup) -> None:
        self._engine = engine
        self._tasks = tasks
        self._entered = threading.Event()
        self._open = threading.Event()

    async def close(self) -> None:
        """Occupy the thread; return when it is occupied."""

        def wait(_: sqlite3.Connection) -> None:
            self._entered.set()
            assert self._open.wait(30)

        self._tasks.start_soon(self._engine.write, wait, Mode.BARE)
        await anyio.to_thread.run_sync(self._entered.wait, 30)

    def open(self) -> None:
        """Let the thread go on."""
        self._open.set()


async def settle(rounds: int = 10) -> None:
    """Let the other tasks run up to where they wait."""
    for _ in range(rounds):
        await anyio.lowlevel.checkpoint()


def put(name: str) -> Callable[[sqlite3.Connection], None]:
    """Return work that writes a row."""

    def work(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO cursors (name, value) VALUES (?, 'x')", (name,))

    return work


def names(path: Path) -> list[str]:
    """Return the rows that are committed, as another program sees them."""
    connection = sqlite3.connect(path)
    try:
        return [row[0] for row in connection.execute("SELECT name FROM cursors ORDER BY name")]
    finally:
        connection.close()


async def test_writes_that_gather_are_committed_once(ledger: SQLiteLedger) -> None:
    """The disk is waited for once, not fifty times; that is what makes the ledger fast."""
    statements: list[str] = []
    engine = ledger._running()
    async with anyio.create_task_group() as tasks:
        gate = Gate(engine, tasks)
        await gate.close()
        engine.writer.connection.set_trace_callback(statements.append)
        for number in range(WRITERS):
            tasks.start_soon(ledger.save_cursor, f"c{number}", "x")
        await settle()
        gate.open()
    engine.writer.connection.set_trace_callback(None)
    assert statements.count("COMMIT") == 1
    assert statements.count("SAVEPOINT job") == WRITERS
    assert [await ledger.load_cursor(f"c{number}") for number in range(WRITERS)] == ["x"] * WRITERS


async def test_fifty_workers_with_several_steps_need_far_fewer_commits(ledger: SQLiteLedger) -> None:
    """The same without a gate: real tasks, each waiting for its own commit before the next step."""
    statements: list[str] = []
    planned = [await plan(ledger, key=str(number)) for number in range(WRITERS)]

    async def work(number: int) -> None:
        row, claim = planned[number]
        step = await ledger.start_step(claim, row.steps[0].id, now=NOW)
        step = await ledger.doubt_step(claim, step.id, code="1", message="hm", now=NOW)
        await ledger.finish_step(claim, step.id, make_labelled_shipment(), now=NOW)
        await ledger.release(claim)

    connection = ledger._running().writer.connection
    connection.set_trace_callback(statements.append)
    async with anyio.create_task_group() as tasks:
        for number in range(WRITERS):
            tasks.start_soon(work, number)
    connection.set_trace_callback(None)
    assert statements.count("SAVEPOINT job") == 4 * WRITERS
    assert statements.count("COMMIT") <= 4 * WRITERS / 4
    assert len(await ledger.list_shipments(states=[ShipmentState.BOUGHT])) == WRITERS


async def test_nobody_goes_on_before_the_commit(ledger: SQLiteLedger, tmp_path: Path) -> None:
    """A step that is only in a buffer must not let the purchase go out."""
    seen: list[list[str]] = []

    async def write(name: str) -> None:
        await ledger.save_cursor(name, "x")
        seen.append(names(tmp_path / "shop.db"))

    async with anyio.create_task_group() as tasks:
        gate = Gate(ledger._running(), tasks)
        await gate.close()
        for name in ("a", "b"):
            tasks.start_soon(write, name)
        await settle()
        gate.open()
    assert seen == [["a", "b"], ["a", "b"]]


async def test_commits_wait_for_the_disk(ledger: SQLiteLedger) -> None:
    """A bought label must survive a power cut: FULL, in a write-ahead log, with foreign keys checked."""
    connection = ledger._running().writer.connection

    def pragmas(names: tuple[str, ...]) -> list[object]:
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    await ledger.limit_store().block("k", until=NOW)
    await ledger.save_cursor("a", "b")
    expected = ["wal", 2, 1, 1, 30_000]
    assert pragmas(("journal_mode", "synchronous", "foreign_keys", "secure_delete", "busy_timeout")) == expected


async def test_limits_alone_do_not_wait_for_the_disk(ledger: SQLiteLedger) -> None:
    """Counting calls must not cost a flush each; NORMAL keeps the log's order, so the steps lose nothing."""
    await ledger.limit_store().block("k", until=NOW)
    assert ledger._running().writer.connection.execute("PRAGMA synchronous").fetchone()[0] == 1


async def test_failing_write_takes_only_itself_back(ledger: SQLiteLedger, tmp_path: Path) -> None:
    """One worker's lost lease must not undo the label that another has just paid for."""
    engine = ledger._running()
    errors: list[BaseException] = []

    def fail(connection: sqlite3.Connection) -> None:
        put("half")(connection)
        raise _OddError

    async def failing() -> None:
        try:
            await engine.write(fail)
        except _OddError as exc:
            errors.append(exc)

    async with anyio.create_task_group() as tasks:
        gate = Gate(engine, tasks)
        await gate.close()
        for name in ("a", "b"):
            tasks.start_soon(engine.write, put(name))
            tasks.start_soon(failing)
        await settle()
        gate.open()
    assert len(errors) == 2
    assert names(tmp_path / "shop.db") == ["a", "b"]


async def test_lost_transaction_is_written_again_one_by_one(ledger: SQLiteLedger, tmp_path: Path) -> None:
    """A full disk undoes the whole transaction, not only the statement; those beside it were told nothing yet."""
    engine = ledger._running()
    refused: list[LedgerError] = []

    def lose(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")  # what SQLite does by itself on SQLITE_FULL and SQLITE_IOERR
        msg = "database or disk is full"
        raise sqlite3.OperationalError(msg)

    async def losing() -> None:
        try:
            await engine.write(lose)
        except LedgerError as exc:
            refused.append(exc)

    async with anyio.create_task_group() as tasks:
        gate = Gate(engine, tasks)
        await gate.close()
        tasks.start_soon(engine.write, put("a"))
        await settle()
        tasks.start_soon(losing)
        await settle()
        tasks.start_soon(engine.write, put("b"))
        await settle()
        gate.open()
    assert names(tmp_path / "shop.db") == ["a", "b"]
    assert len(refused) == 1
    assert "database or disk is full" in str(refused[0])


async def test_full_disk_is_a_ledger_error_and_leaves_nothing_half_written(ledger: SQLiteLedger) -> None:
    """The caller must hear that its label was not recorded, and the step must still say that it was sent."""
    row, claim = await plan(ledger)
    await ledger.start_step(claim, row.steps[0].id, now=NOW)
    before = await read(ledger)
    connection = ledger._running().writer.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages + 2}")
    shipment = make_labelled_shipment()
    big = make_labelled_shipment(warnings=("x" * 100_000,))
    with pytest.raises(LedgerError, match=r"full.*nothing was recorded"):
        await ledger.finish_step(claim, before.steps[0].id, big, now=NOW)
    assert await read(ledger) == before
    connection.execute(f"PRAGMA max_page_count={pages + 1000}")
    await ledger.finish_step(claim, before.steps[0].id, shipment, now=NOW)
    assert (await read(ledger)).steps[0].result == shipment


async def test_full_disk_refuses_the_big_write_and_takes_the_small_beside_it(ledger: SQLiteLedger) -> None:
    """Orders that do not fit must not keep the step of a running purchase off the record."""
    row, claim = await plan(ledger)
    engine = ledger._running()
    connection = engine.writer.connection
    refused: list[LedgerError] = []

    async def record() -> None:
        try:
            await ledger.record_orders([make_order(id=str(n), notes="x" * 3000) for n in range(200)], now=NOW)
        except LedgerError as exc:
            refused.append(exc)

    async with anyio.create_task_group() as tasks:
        gate = Gate(engine, tasks)
        await gate.close()
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages + 4}")
        tasks.start_soon(record)
        await settle()
        tasks.start_soon(lambda: ledger.start_step(claim, row.steps[0].id, now=NOW))
        await settle()
        gate.open()
    assert len(refused) == 1
    assert (await read(ledger)).steps[0].state is StepState.SENDING
    assert [order.ref for order in await ledger.list_orders(states=[WorkState.OPEN])] == [REF]


async def test_write_cancelled_in_the_queue_does_not_happen(ledger: SQLiteLedger, tmp_path: Path) -> None:
    """Whoever gave up before it began may take it that nothing was written."""
    async with anyio.create_task_group() as tasks:
        gate = Gate(ledger._running(), tasks)
        await gate.close()
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as cancelled:
                cancelled.start_soon(ledger.save_cursor, "cancelled", "x")
                tasks.start_soon(ledger.save_cursor, "kept", "x")
                await settle()
                scope.cancel()
        gate.open()
    assert names(tmp_path / "shop.db") == ["kept"]


async def test_write_cancelled_while_it_runs_is_complete_before_the_cancellation_goes_on(
    ledger: SQLiteLedger, tmp_path: Path
) -> None:
    """Never half: when the cancelled task is gone, the write is on the disk."""
    engine = ledger._running()
    entered, go_on = threading.Event(), threading.Event()
    outcome: list[object] = []

    def slow(connection: sqlite3.Connection) -> None:
        put("slow")(connection)
        entered.set()
        assert go_on.wait(30)

    async def write(scope: anyio.CancelScope) -> None:
        with scope:
            await engine.write(slow)
            outcome.append("went on")
        outcome.append(names(tmp_path / "shop.db"))

    scope = anyio.CancelScope()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(write, scope)
        await anyio.to_thread.run_sync(entered.wait, 30)
        scope.cancel()
        await settle()
        assert outcome == []  # it waits for its write
        go_on.set()
    assert outcome == [["slow"]]
    assert scope.cancelled_caught


class _NoQueue(deque[object]):
    """Takes nothing in."""

    @override
    def append(self, value: object) -> None:
        pytest.fail("something was queued")


async def test_cancelled_task_queues_nothing_any_more(ledger: SQLiteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A write that begins after the cancellation would be a surprise."""
    monkeypatch.setattr(ledger._running().writer, "_queue", _NoQueue())
    with anyio.CancelScope() as scope:
        scope.cancel()
        await ledger.save_cursor("late", "x")
    assert scope.cancelled_caught


async def test_odd_error_is_raised_where_it_belongs_and_the_thread_lives(ledger: SQLiteLedger) -> None:
    """A bug in one write must not leave every later caller waiting for ever."""
    engine = ledger._running()

    def fail(_: sqlite3.Connection) -> None:
        raise _OddError

    with pytest.raises(_OddError):
        await engine.write(fail)
    with pytest.raises(_OddError):
        await engine.write(fail, Mode.BARE)
    with pytest.raises(_OddError):
        await engine.read(fail)
    await ledger.save_cursor("a", "x")
    assert await ledger.load_cursor("a") == "x"


@pytest.mark.parametrize("mode", Mode)
async def test_sql_that_fails_is_a_ledger_error(ledger: SQLiteLedger, mode: Mode) -> None:
    """Only errors of the library's own tree leave it."""
    engine = ledger._running()
    with pytest.raises(LedgerError, match="could not be written: no such table: nowhere"):
        await engine.write(lambda connection: connection.execute("DELETE FROM nowhere"), mode)
    with pytest.raises(LedgerError, match="could not be read: no such table: nowhere"):
        await engine.read(lambda connection: connection.execute("SELECT * FROM nowhere"))


async def test_reader_cannot_write(ledger: SQLiteLedger) -> None:
    """All writes go through the one thread that commits them."""
    with pytest.raises(LedgerError, match="readonly"):
        await ledger._running().read(put("a"))


async def test_write_that_comes_while_closing_is_refused(ledger: SQLiteLedger) -> None:
    """Nobody may wait for a thread that has ended."""
    engine = ledger._running()
    await ledger.aclose()
    with pytest.raises(LedgerError, match="closed; nothing was recorded"):
        await engine.write(put("late"))


async def test_closing_writes_what_is_in_the_queue(ledger: SQLiteLedger, tmp_path: Path) -> None:
    """A clean stop loses nothing that somebody waits for."""
    async with anyio.create_task_group() as tasks:
        gate = Gate(ledger._running(), tasks)
        await gate.close()
        for name in ("a", "b"):
            tasks.start_soon(ledger.save_cursor, name, "x")
        await settle()
        tasks.start_soon(ledger.aclose)
        await settle()
        gate.open()
    assert names(tmp_path / "shop.db") == ["a", "b"]


async def test_closing_is_complete_also_under_cancellation(ledger: SQLiteLedger, tmp_path: Path) -> None:
    """Cancelling the program must not leave the log beside the file."""
    await ledger.save_cursor("a", "x")
    with anyio.CancelScope() as scope:
        scope.cancel()
        await ledger.aclose()
    assert [path.name async for path in anyio.Path(tmp_path).iterdir()] == ["shop.db"]


def test_one_ledger_serves_several_event_loops(tmp_path: Path) -> None:
    """The blocking front end runs loops in threads; each waiter is woken in its own."""
    ledger = SQLiteLedger(tmp_path / "shop.db")
    anyio.run(ledger.open)

    async def write(prefix: str) -> None:
        for number in range(20):
            await ledger.save_cursor(f"{prefix}{number}", "x")

    threads = [
        threading.Thread(target=anyio.run, args=(write, backend), kwargs={"backend": backend})
        for backend in ("asyncio", "trio")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    anyio.run(ledger.aclose)
    assert len(names(tmp_path / "shop.db")) == 40


def test_loop_that_ends_does_not_stop_the_others(tmp_path: Path) -> None:
    """A waiter whose loop is gone is nobody's; the writer's thread goes on."""
    ledger = SQLiteLedger(tmp_path / "shop.db")
    anyio.run(ledger.open)
    engine = ledger._running()

    async def abandoned() -> None:
        job = _Job(put("abandoned"), Mode.DURABLE)
        with engine.writer._changed:
            engine.writer._queue.append(job)

    anyio.run(abandoned)
    anyio.run(ledger.save_cursor, "next", "x")
    anyio.run(ledger.aclose)
    assert names(tmp_path / "shop.db") == ["abandoned", "next"]


async def test_lost_lease_is_raised_as_itself(ledger: SQLiteLedger) -> None:
    """The caller tells a lost lease from a full disk by the class."""
    row, claim = await plan(ledger)
    await ledger.release(claim)
    with pytest.raises(LeaseLostError):
        await ledger.start_step(claim, row.steps[0].id, now=NOW)
