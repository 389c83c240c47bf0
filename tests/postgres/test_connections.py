"""Connections that break, servers that are started again, and pools that are empty."""

import asyncio
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from cartcarrier.errors import ConfigurationError, LedgerError
from cartcarrier.ledger import Claim, PostgresLedger, ShipmentState, StepKind, StepState
from cartcarrier.testing._factories import NOW
from tests.postgres.cluster import Cluster
from tests.postgres.proxy import COMMIT, Break, Proxy
from tests.unit.ledger.builders import REF, make_labelled_shipment, make_step, plan
from tests.unit.ledger.conformance.moves import read

PATIENCE = timedelta(seconds=20)
SHORT = timedelta(seconds=3)
LABEL = b"GIF89a"  # in the message that records the purchase


def hurry(ledger: PostgresLedger) -> None:
    """Have the ledger give up soon from now on; opening it may have taken longer on a busy machine."""
    ledger._running()._patience = 0.3


@pytest.fixture
async def proxy(cluster: Cluster) -> AsyncIterator[Proxy]:
    """Return a wire to the server."""
    folder = Path(tempfile.mkdtemp(prefix="cc-"))
    proxy = Proxy(folder, cluster.folder)
    await proxy.start()
    yield proxy
    await proxy.stop()
    shutil.rmtree(folder)


@pytest.mark.parametrize("how", Break)
async def test_commit_whose_answer_is_lost_is_known_all_the_same(cluster: Cluster, proxy: Proxy, how: Break) -> None:
    """A label that was bought must be recorded once, whenever the wire breaks; doing it twice would be an error here."""
    async with PostgresLedger(cluster.url(host=proxy.folder), patience=PATIENCE) as ledger:
        row, claim = await plan(ledger)
        await ledger.start_step(claim, row.steps[0].id, now=NOW)
        proxy.breaks, proxy.at = how, LABEL
        step = await ledger.finish_step(claim, row.steps[0].id, make_labelled_shipment(), now=NOW)
        assert proxy.breaks is None
        assert (step.state, step.result) == (StepState.DONE, make_labelled_shipment())
        assert (await read(ledger)).steps == (step,)


@pytest.mark.parametrize("how", Break)
@pytest.mark.parametrize("what", ["add", "replan"])
async def test_step_that_is_planned_while_the_wire_breaks_is_planned_once(
    cluster: Cluster, proxy: Proxy, how: Break, what: str
) -> None:
    """A confirmation that is planned twice would be an attempt that nobody made."""
    async with PostgresLedger(cluster.url(host=proxy.folder), patience=PATIENCE) as ledger:
        row, claim = await plan(ledger)
        await ledger.start_step(claim, row.steps[0].id, now=NOW)
        proxy.breaks, proxy.at = how, b"mark-1"
        if what == "add":
            step = await ledger.add_step(claim, StepKind.CONFIRM, reference="mark-1", now=NOW)
        else:
            step = await ledger.replan_step(claim, row.steps[0].id, purchase=make_step(reference="mark-1"), now=NOW)
            assert step.purchase == make_step(reference="mark-1")
        assert proxy.breaks is None
        assert (step.attempt, step.state, step.reference) == (1 + (what == "replan"), StepState.PLANNED, "mark-1")
        assert step in (await read(ledger)).steps


@pytest.mark.parametrize("how", Break)
async def test_shipment_that_is_planned_while_the_wire_breaks_is_planned_once(
    cluster: Cluster, proxy: Proxy, how: Break
) -> None:
    """Planned by the write whose answer was lost, it would belong to nobody until the lease ends."""
    async with PostgresLedger(cluster.url(host=proxy.folder), patience=PATIENCE) as ledger:
        proxy.breaks, proxy.at = how, COMMIT
        row, claim = await plan(ledger)
        assert proxy.breaks is None
        assert (claim.fence, row.steps[0].attempt) == (1, 1)
        assert await read(ledger) == row


async def test_commit_that_is_still_on_its_way_does_not_arrive_any_more(cluster: Cluster, proxy: Proxy) -> None:
    """It was looked for and not found, so it is written anew: what arrives after that would be a second one."""
    url = cluster.url(host=proxy.folder)
    async with PostgresLedger(url, patience=PATIENCE) as ledger, anyio.create_task_group() as tasks:
        claims: list[Claim] = []
        done = anyio.Event()

        async def work() -> None:
            claims.append((await plan(ledger))[1])
            done.set()

        await ledger.load_cursor("a")
        proxy.breaks, proxy.held = Break.WHILE, asyncio.Event()
        tasks.start_soon(work)
        with anyio.fail_after(15):
            await done.wait()
        proxy.held.set()
        assert await ledger.load_cursor("a") is None
        assert len(await ledger.list_shipments()) == 1
    assert [claim.fence for claim in claims] == [1]


async def test_event_whose_recording_was_cut_off_is_still_new(cluster: Cluster, proxy: Proxy) -> None:
    """Recorded by the write whose answer was lost, it would count as seen and never be dealt with."""
    async with PostgresLedger(cluster.url(host=proxy.folder), patience=PATIENCE) as ledger:
        proxy.breaks = Break.AFTER
        assert await ledger.record_event("shopify:eu", "e1", now=NOW)
        assert not await ledger.record_event("shopify:eu", "e1", now=NOW)


async def test_unknown_outcome_is_said_and_can_be_read_again(cluster: Cluster, proxy: Proxy) -> None:
    """When nobody can be asked whether a commit took effect, the caller must not take either for granted."""
    async with PostgresLedger(cluster.url(host=proxy.folder), patience=PATIENCE) as ledger:
        row, claim = await plan(ledger)
        await ledger.start_step(claim, row.steps[0].id, now=NOW)
        hurry(ledger)
        proxy.breaks, proxy.at, proxy.refuses = Break.AFTER, LABEL, True
        with pytest.raises(LedgerError, match=r"whether it was recorded is not known.*read it again") as caught:
            await ledger.finish_step(claim, row.steps[0].id, make_labelled_shipment(), now=NOW)
        assert "nothing was recorded" not in str(caught.value)
        proxy.refuses = False
        ledger._running()._patience = PATIENCE.total_seconds()
        assert (await read(ledger)).state is ShipmentState.BOUGHT


async def test_broken_connection_is_replaced_without_a_word(cluster: Cluster, proxy: Proxy) -> None:
    """A firewall that cuts idle connections is everyday life."""
    async with PostgresLedger(cluster.url(host=proxy.folder), patience=PATIENCE) as ledger:
        for number in range(3):
            await ledger.save_cursor("c", str(number))
            proxy.cut()
            assert await ledger.load_cursor("c") == str(number)
            proxy.cut()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_server_that_is_started_again_is_waited_for(cluster: Cluster, mode: str) -> None:
    """An update of the server in the night must not stop the shipping, nor lose what was acknowledged."""
    async with PostgresLedger(cluster.url(), patience=timedelta(seconds=60)) as ledger:
        row, claim = await plan(ledger)
        done: list[str] = []

        async def write(name: str) -> None:
            for number in range(40):
                await ledger.save_cursor(f"{name}-{number}", "x")
                done.append(f"{name}-{number}")

        async with anyio.create_task_group() as tasks:
            for worker in range(5):
                tasks.start_soon(write, f"worker-{worker}")
            await ledger.load_cursor("c")
            try:
                await anyio.to_thread.run_sync(cluster.stop, mode)
            finally:
                with anyio.CancelScope(shield=True):
                    await anyio.to_thread.run_sync(cluster.start)
        assert len(done) == 5 * 40
        assert [await ledger.load_cursor(name) for name in done] == ["x"] * len(done)
        await ledger.start_step(claim, row.steps[0].id, now=NOW)


async def test_server_that_stays_away_is_a_ledger_error(cluster: Cluster, proxy: Proxy) -> None:
    """The caller sends nothing then; it must be told within the time it allowed."""
    async with PostgresLedger(cluster.url(host=proxy.folder), patience=PATIENCE) as ledger:
        await ledger.save_cursor("a", "x")
        _, claim = await plan(ledger)
        hurry(ledger)
        proxy.refuses = True
        proxy.cut()
        with anyio.fail_after(30):
            with pytest.raises(LedgerError, match="nothing was recorded"):
                await ledger.record_event("a", "e", now=NOW)
            with pytest.raises(LedgerError, match="could not be"):
                await ledger.load_cursor("a")
            with pytest.raises(LedgerError, match="could not be reached"):
                await ledger.renew(claim, lease=PATIENCE, now=NOW)
        proxy.refuses = False
        ledger._running()._patience = PATIENCE.total_seconds()
        assert await ledger.load_cursor("a") == "x"


async def test_pool_is_bounded_and_says_when_it_is_empty(cluster: Cluster) -> None:
    """Fifty tasks must not open fifty connections, and none may wait for ever."""
    url = cluster.url(max_size=2)
    async with PostgresLedger(url, patience=SHORT) as ledger, PostgresLedger(url) as other:
        _, claim = await plan(ledger)
        async with other._running()._pool.acquire() as connection, connection.transaction():
            await connection.execute("LOCK TABLE cursors, shipments")
            failures = []

            async def write() -> None:
                try:
                    await ledger.save_cursor("a", "x")
                except LedgerError as exc:
                    failures.append(str(exc))

            async with anyio.create_task_group() as tasks:
                for _ in range(10):
                    tasks.start_soon(write)
            assert len(failures) == 10
            assert any("no connection was free" in words and "max_size is 2" in words for words in failures)
            assert any("lock timeout" in words for words in failures)
        await ledger.renew(claim, lease=PATIENCE, now=NOW)
    assert len(failures) == 10


async def test_cancelled_write_is_whole(ledger: PostgresLedger, url: str) -> None:
    """A caller that gives up in the middle of a commit leaves a step that is written, not half of one."""
    async with PostgresLedger(url) as other:
        row, claim = await plan(ledger)
        async with other._running()._pool.acquire() as connection, anyio.create_task_group() as tasks:
            happened: list[str] = []
            lock = connection.transaction()
            await lock.start()
            await connection.execute("LOCK TABLE steps IN EXCLUSIVE MODE")

            async def write() -> None:
                with anyio.CancelScope() as scope:
                    tasks.start_soon(let_go, scope)
                    await ledger.start_step(claim, row.steps[0].id, now=NOW)
                happened.append("the caller goes on")

            async def let_go(scope: anyio.CancelScope) -> None:
                while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                    await anyio.lowlevel.checkpoint()
                scope.cancel()
                for _ in range(10):
                    await anyio.lowlevel.checkpoint()
                happened.append("the table is free")
                await lock.rollback()

            tasks.start_soon(write)
        assert happened == ["the table is free", "the caller goes on"]
        assert (await read(ledger)).steps[0].state is StepState.SENDING


async def test_server_that_is_not_there_is_named_without_the_password() -> None:
    """Whoever mistyped the address must see which; logs must not see the password."""
    ledger = PostgresLedger("postgresql://shop:hunter2@localhost:1/orders", patience=timedelta(seconds=5))
    with pytest.raises(LedgerError, match=r"orders/cartcarrier on localhost:1 could not be opened") as caught:
        await ledger.open()
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(ledger)
    with pytest.raises(LedgerError, match="not open"):
        await ledger.load_cursor("a")


async def test_option_that_nobody_knows_is_a_configuration_error(cluster: Cluster) -> None:
    """A slip in the address is not a server that is down."""
    ledger = PostgresLedger(cluster.url(sslmode="sometimes"))
    with pytest.raises(ConfigurationError) as caught:
        await ledger.open()
    assert caught.value.field == "ledger"


async def test_server_without_fsync_is_warned_of(
    ledger: PostgresLedger, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What the ledger promises is only as true as the server's disk."""
    with caplog.at_level(logging.WARNING, "cartcarrier.ledger"):
        async with PostgresLedger(url):
            pass
    assert "fsync=off" in caplog.text


async def test_commits_wait_for_the_disk_whatever_the_database_says(cluster: Cluster) -> None:
    """Many servers run with synchronous_commit=off; a bought label must survive a power cut there, too."""
    cluster.sql("ALTER DATABASE postgres SET synchronous_commit = off")
    try:
        async with PostgresLedger(cluster.url()) as ledger:
            assert await ledger._running().read(lambda session: session.value("SHOW synchronous_commit")) == "on"
            # and a limit's relaxed statement does not change that for the statements after it
            await ledger.limit_store().block("k", until=NOW)
            assert await ledger._running().read(lambda session: session.value("SHOW synchronous_commit")) == "on"
    finally:
        cluster.sql("ALTER DATABASE postgres RESET synchronous_commit")


async def test_second_event_loop_is_refused(ledger: PostgresLedger) -> None:
    """A connection of another loop would hang; it is said instead."""

    async def elsewhere() -> None:
        with pytest.raises(LedgerError, match="another event loop"):
            await ledger.load_cursor("a")

    await anyio.to_thread.run_sync(anyio.run, elsewhere)


async def test_text_that_postgresql_cannot_hold_is_kept_as_far_as_possible(ledger: PostgresLedger) -> None:
    """A platform's odd message must not stop a refusal from being recorded."""
    row, claim = await plan(ledger)
    step = await ledger.refuse_step(claim, row.steps[0].id, code="1\0", message="no\0 \ud800way", now=NOW)
    assert step.state is StepState.REFUSED
    assert (await read(ledger)).steps[0].error_message == "no\N{REPLACEMENT CHARACTER} ?way"


async def test_value_that_cannot_be_written_is_not_repeated_in_the_error(ledger: PostgresLedger) -> None:
    """Errors end up in logs; what was to be written may be somebody's name."""
    with pytest.raises(LedgerError, match="nothing was recorded") as caught:
        await ledger.save_cursor("Jane Doe\0", "x")
    assert "Jane" not in str(caught.value)
    assert await ledger.get_order(REF) is None
