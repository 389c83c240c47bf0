"""Several workers on one database, and workers that are killed."""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio

from cartcarrier.ledger import PostgresLedger, ShipmentRow, ShipmentState, StepKind, StepRow, StepState
from cartcarrier.testing._factories import NOW
from tests.postgres.child import SHIPMENTS
from tests.postgres.cluster import Cluster
from tests.unit.ledger.builders import LEASE, make_labelled_shipment, make_new, make_step, plan
from tests.unit.ledger.child import KEYS, ROUNDS, UNITS, WORKERS
from tests.unit.ledger.conformance.moves import read
from tests.unit.ledger.test_processes import REACHED, assert_whole, start

ROOT = Path(__file__).resolve().parents[2]
KILLS = 5


@contextmanager
def child(what: str, url: str, name: str) -> Iterator["subprocess.Popen[str]"]:
    """Start a worker that has opened the ledger and waits for its start."""
    command = [sys.executable, "-m", "tests.postgres.child", what, url, name]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def together(what: str, url: str) -> list[list[str]]:
    """Run two workers at once; return what each has said, without its last word."""
    said: list[list[str]] = []
    with child(what, url, "worker-1") as first, child(what, url, "worker-2") as second:
        start(first)
        start(second)
        for process in (first, second):
            assert process.stdout is not None
            lines = process.stdout.read().splitlines()
            assert lines[-1:] == ["finished"], lines
            said.append(lines[:-1])
    return said


async def all_shipments(url: str) -> list[ShipmentRow]:
    """Return every shipment with its labels."""
    async with PostgresLedger(url) as ledger:
        refs = {row.ref for row in await ledger.list_shipments()}
        return [row for ref in refs for row in await ledger.list_shipments(ref=ref)]


def test_acknowledged_steps_survive_every_kill(url: str) -> None:
    """Whatever was acknowledged is there, with its labels; what was not is there whole or not at all."""
    chance = random.Random(20260105)  # noqa: S311 - the same kills each time
    acknowledged: dict[str, str] = {}
    for kill in range(KILLS):
        with child("steps", url, f"life-{kill}") as process:
            start(process)
            assert process.stdout is not None
            for _ in range(chance.randint(1, 60)):
                word, key = process.stdout.readline().split()
                acknowledged[key] = word
            process.kill()
            for line in process.stdout.read().splitlines():  # said before it died, read only now
                word, key = line.split()
                acknowledged[key] = word
        rows = {row.key: row for row in anyio.run(all_shipments, url)}
        for key, word in acknowledged.items():
            assert rows[key].steps[0].state in REACHED[word], (kill, key, word)
        for row in rows.values():
            assert_whole(row)
        assert len(rows) - len(acknowledged) <= WORKERS * (kill + 1)
    assert len(acknowledged) > KILLS


def test_two_workers_that_plan_one_key_make_one_row_and_one_claim(url: str) -> None:
    """Two machines, one label."""
    won = [line for lines in together("race", url) for line in lines]
    assert sorted(won) == sorted(f"won {number}" for number in range(KEYS))
    assert len(anyio.run(all_shipments, url)) == KEYS


def test_each_shipment_is_bought_by_one_of_two_workers(url: str) -> None:
    """Eight tasks in two processes look at the same list; none is bought twice, none is forgotten."""

    async def fill() -> None:
        async with PostgresLedger(url) as ledger:
            for number in range(SHIPMENTS):
                _, claim = await plan(ledger, key=str(number))
                await ledger.release(claim)

    anyio.run(fill)
    bought = [line for lines in together("drain", url) for line in lines]
    assert sorted(bought) == sorted(f"bought {number}" for number in range(SHIPMENTS))
    assert {row.state for row in anyio.run(all_shipments, url)} == {ShipmentState.BOUGHT}


def test_no_write_is_lost_when_two_workers_take_a_shipment_from_each_other(url: str, cluster: Cluster) -> None:
    """Every attempt stays on record, each under a number of its own, and one alone counts."""

    async def begin() -> None:
        async with PostgresLedger(url) as ledger:
            await ledger.plan_shipment(make_new(), owner="o", lease=0 * LEASE, now=NOW)

    anyio.run(begin)
    said = together("steal", url)
    written = sum(len(lines) for lines in said)
    assert written == 2 * SHIPMENTS
    fences = [line.split()[1] for lines in said for line in lines]
    assert len(set(fences)) == written
    schema = url.partition("schema=")[2]
    assert cluster.sql("SELECT count(*), max(attempt), sum(newest) FROM steps", schema) == [
        f"{written + 1}|{written + 1}|1"
    ]


def test_lock_of_a_token_holds_across_workers(url: str) -> None:
    """A rotating refresh token is good once: a second refresh at the same time would lose the account."""
    together("count", url)

    async def counted() -> str:
        async with PostgresLedger(url) as ledger:
            token = await ledger.token_store().load("k")
            assert token is not None
            return token.access_token

    assert anyio.run(counted) == str(2 * ROUNDS)


def test_workers_share_one_limit(url: str) -> None:
    """The platform counts the account's calls, not the worker's."""
    assert sum(len(lines) for lines in together("take", url)) == UNITS


def test_workers_may_make_the_tables_at_the_same_time(cluster: Cluster) -> None:
    """Workers of a new installation start together, and an update starts them all again."""
    for _ in range(3):
        assert together("open", cluster.url()) == [[], []]


async def test_events_are_new_to_one_worker(ledger: PostgresLedger, url: str) -> None:
    """A push that a platform delivers to two machines at once is dealt with once."""
    new = []

    async def record(worker: PostgresLedger, number: int) -> None:
        if await worker.record_event("shopify:eu", str(number), now=NOW):
            new.append(number)

    async with PostgresLedger(url) as other, anyio.create_task_group() as tasks:
        for number in range(20):
            for worker in (ledger, other):
                tasks.start_soon(record, worker, number)
    assert sorted(new) == list(range(20))


async def test_steps_of_a_shipment_that_end_at_the_same_time_add_up(ledger: PostgresLedger, url: str) -> None:
    """Of two tasks that each see the other's parcel as not yet bought, neither would say that all are bought."""
    row, claim = await plan(ledger, steps=[make_step(index) for index in range(8)])
    async with PostgresLedger(url) as other, anyio.create_task_group() as tasks:
        for step in row.steps:
            worker = (ledger, other)[step.index % 2]

            async def buy(worker: PostgresLedger = worker, step: StepRow = step) -> None:
                await worker.start_step(claim, step.id, now=NOW)
                await worker.finish_step(claim, step.id, make_labelled_shipment(), now=NOW)

            tasks.start_soon(buy)
    assert [step.state for step in (await read(ledger)).steps] == [StepState.DONE] * 8
    assert [row.key for row in await ledger.list_shipments(states=[ShipmentState.BOUGHT])] == ["1"]


async def test_step_is_planned_once_by_tasks_that_ask_at_the_same_time(ledger: PostgresLedger, url: str) -> None:
    """Two confirmations of one parcel would tell the buyer twice."""
    _, claim = await plan(ledger)
    planned = set()
    async with PostgresLedger(url) as other, anyio.create_task_group() as tasks:
        for number in range(8):

            async def confirm(worker: PostgresLedger = (ledger, other)[number % 2]) -> None:
                planned.add((await worker.add_step(claim, StepKind.CONFIRM, now=NOW)).id)

            tasks.start_soon(confirm)
    assert len(planned) == 1


async def test_claim_does_not_queue_behind_whoever_is_taking_the_shipment(ledger: PostgresLedger, url: str) -> None:
    """A worker that looks for work passes over what others are at, without waiting for them."""
    _, claim = await plan(ledger)
    await ledger.release(claim)
    async with PostgresLedger(url) as other, other._running()._pool.acquire() as connection:
        async with connection.transaction():
            await connection.execute("UPDATE shipments SET state = state")
            with anyio.fail_after(15):
                assert await ledger.claim(claim.ref, "1", owner="worker-2", lease=LEASE, now=NOW) is None
        assert await ledger.claim(claim.ref, "1", owner="worker-2", lease=LEASE, now=NOW) is not None
