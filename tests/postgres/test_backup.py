"""Copies that are made while workers write, and what is in them."""

import anyio
import anyio.lowlevel
import anyio.to_thread

from cartcarrier.ledger import PostgresLedger, ShipmentState, StepState
from cartcarrier.testing import make_order
from cartcarrier.testing._factories import NOW
from tests.postgres.cluster import Cluster
from tests.unit.ledger.builders import LEASE, REF, make_labelled_shipment, make_new
from tests.unit.ledger.conformance.moves import read


async def test_copy_that_is_made_while_workers_write_is_whole(cluster: Cluster, url: str) -> None:
    """What was acknowledged before the copy began is in it, with its labels; nothing in it is half."""
    schema = url.partition("schema=")[2]
    before: list[str] = []
    stop = anyio.Event()
    async with PostgresLedger(url) as ledger:
        await ledger.record_orders([make_order()], now=NOW)

        async def work(name: str) -> None:
            number = 0
            while not stop.is_set():
                key = f"{name}-{number}"
                number += 1
                row, claim = await ledger.plan_shipment(make_new(key=key), owner=name, lease=LEASE, now=NOW)
                assert claim is not None
                await ledger.start_step(claim, row.steps[0].id, now=NOW)
                await ledger.finish_step(claim, row.steps[0].id, make_labelled_shipment(), now=NOW)
                before.append(key)

        async with anyio.create_task_group() as tasks:
            for worker in range(3):
                tasks.start_soon(work, f"worker-{worker}")
            while len(before) < 10:
                await anyio.lowlevel.checkpoint()
            acknowledged = set(before)
            dump = await anyio.to_thread.run_sync(
                lambda: cluster.run("pg_dump", "--format=custom", f"--schema={schema}")
            )
            stop.set()
    database = cluster.new_schema()
    cluster.sql(f"CREATE DATABASE {database}")
    cluster.run("pg_restore", "--exit-on-error", f"--dbname={database}", stdin=dump)
    async with PostgresLedger(url.replace("@/postgres?", f"@/{database}?")) as copy:
        rows = {row.key: row for row in await copy.list_shipments(ref=REF)}
        assert acknowledged <= set(rows)
        for row in rows.values():
            done = row.steps[0].state is StepState.DONE
            assert row.steps[0].result == (make_labelled_shipment() if done else None)
            assert (row.state is ShipmentState.BOUGHT) == done
        # and it can be worked on: numbers go on where they were
        row, claim = await copy.plan_shipment(make_new(key="new"), owner="o", lease=LEASE, now=NOW)
        assert claim is not None
        assert row.steps[0].id > max(old.steps[0].id for old in rows.values())
        assert (await read(copy, key="new")).state is ShipmentState.PLANNED
