"""Several processes on one file, and processes that are killed."""

import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from cartcarrier.errors import LedgerError
from cartcarrier.ledger import ShipmentRow, SQLiteLedger, StepState
from cartcarrier.models import PurchaseStep
from cartcarrier.testing import make_request
from tests.unit.ledger.builders import make_labelled_shipment, make_step, plan
from tests.unit.ledger.child import KEYS, ROUNDS, UNITS, WORKERS

ROOT = Path(__file__).resolve().parents[3]
KILLS = 20
REACHED = {
    "planned": {StepState.PLANNED, StepState.SENDING, StepState.DONE},
    "sending": {StepState.SENDING, StepState.DONE},
    "done": {StepState.DONE},
}


@contextmanager
def child(what: str, path: Path, name: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a process that has opened the ledger and waits for its start."""
    command = [sys.executable, "-m", "tests.unit.ledger.child", what, str(path), name]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def start(process: "subprocess.Popen[str]") -> None:
    """Let it begin."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def together(what: str, path: Path) -> list[list[str]]:
    """Run two children at once; return what each has said, without its last word."""
    said: list[list[str]] = []
    with child(what, path, "worker-1") as first, child(what, path, "worker-2") as second:
        start(first)
        start(second)
        for process in (first, second):
            assert process.stdout is not None
            lines = process.stdout.read().splitlines()
            assert lines[-1:] == ["finished"], lines
            said.append(lines[:-1])
    return said


def test_acknowledged_steps_survive_every_kill(tmp_path: Path) -> None:
    """Whatever was acknowledged is there, with its labels; what was not is there whole or not at all."""
    path = tmp_path / "shop.db"
    chance = random.Random(20260105)  # noqa: S311 - the same kills each time
    acknowledged: dict[str, str] = {}
    for kill in range(KILLS):
        with child("steps", path, f"life-{kill}") as process:
            start(process)
            assert process.stdout is not None
            for _ in range(chance.randint(1, 60)):
                word, key = process.stdout.readline().split()
                acknowledged[key] = word
            process.kill()
            for line in process.stdout.read().splitlines():  # said before it died, read only now
                word, key = line.split()
                acknowledged[key] = word
        rows = {row.key: row for row in anyio.run(all_shipments, path)}
        for key, word in acknowledged.items():
            assert rows[key].steps[0].state in REACHED[word], (kill, key, word)
        for row in rows.values():
            assert_whole(row)
        # Each task of each life had one write under way at most.
        assert len(rows) - len(acknowledged) <= WORKERS * (kill + 1)
    assert len(acknowledged) > KILLS


def assert_whole(row: ShipmentRow) -> None:
    """A shipment has all that its state needs."""
    step = row.steps[0]
    assert row.request == make_request()
    assert step.purchase == make_step()
    assert (step.sent_at is None) == (step.state is StepState.PLANNED)
    assert step.result == (make_labelled_shipment() if step.state is StepState.DONE else None)


async def all_shipments(path: Path) -> list[ShipmentRow]:
    """Return every shipment with its labels."""
    async with SQLiteLedger(path) as ledger:
        refs = {row.ref for row in await ledger.list_shipments()}
        return [row for ref in refs for row in await ledger.list_shipments(ref=ref)]


def test_two_processes_that_plan_one_key_make_one_row_and_one_claim(tmp_path: Path) -> None:
    """Two workers on two cores, one label."""
    said = together("race", tmp_path / "shop.db")
    won = [line for lines in said for line in lines]
    assert sorted(won) == sorted(f"won {number}" for number in range(KEYS))
    assert len(anyio.run(all_shipments, tmp_path / "shop.db")) == KEYS


def test_lock_of_a_token_holds_across_processes(tmp_path: Path) -> None:
    """A rotating refresh token is good once: a second refresh at the same time would lose the account."""
    together("count", tmp_path / "shop.db")

    async def counted() -> str:
        async with SQLiteLedger(tmp_path / "shop.db") as ledger:
            token = await ledger.token_store().load("k")
            assert token is not None
            return token.access_token

    assert anyio.run(counted) == str(2 * ROUNDS)


def test_processes_share_one_limit(tmp_path: Path) -> None:
    """The platform counts the account's calls, not the process's."""
    said = together("take", tmp_path / "shop.db")
    assert sum(len(lines) for lines in said) == UNITS


def test_processes_may_make_the_file_at_the_same_time(tmp_path: Path) -> None:
    """Workers of a new installation start together."""
    for number in range(5):
        assert together("open", tmp_path / f"{number}.db") == [[], []]


async def test_file_locked_by_another_is_waited_for_only_so_long(tmp_path: Path) -> None:
    """A process that hangs in a transaction must not hang the others for ever; reading goes on."""
    path = tmp_path / "shop.db"
    async with SQLiteLedger(path, patience=timedelta(milliseconds=50)) as ledger:
        await ledger.save_cursor("a", "x")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match=r"locked.*nothing was recorded"):
            await ledger.save_cursor("b", "x")
        assert await ledger.load_cursor("a") == "x"
        other.execute("ROLLBACK")
        other.close()
        await ledger.save_cursor("b", "x")
        assert await ledger.load_cursor("b") == "x"


async def test_file_locked_by_another_is_waited_for(tmp_path: Path) -> None:
    """Another process's commit is no error."""
    path = tmp_path / "shop.db"
    async with SQLiteLedger(path) as ledger:
        await ledger.save_cursor("a", "x")
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO cursors (name, value) VALUES ('other', 'x')")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ledger.save_cursor, "b", "x")
            await ledger.load_cursor("a")  # a round trip: the write is at the lock by now, or soon
            await anyio.to_thread.run_sync(other.execute, "COMMIT")
        other.close()
        assert [await ledger.load_cursor(name) for name in ("other", "b")] == ["x", "x"]


def test_body_of_a_purchase_is_kept_to_the_byte(tmp_path: Path) -> None:
    """A repeat under a native key must be what was sent, in another process as well."""
    body = bytes(range(256)) * 3

    async def check() -> PurchaseStep | None:
        async with SQLiteLedger(tmp_path / "shop.db") as ledger:
            await plan(ledger, steps=(make_step(body=body),))
        async with SQLiteLedger(tmp_path / "shop.db") as ledger:
            return (await ledger.list_shipments())[0].steps[0].purchase

    assert anyio.run(check) == make_step(body=body)
