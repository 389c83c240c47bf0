"""Copies of a file that are made while it is written, and what is in them."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest

from cartcarrier.ledger import ShipmentState, SQLiteLedger, StepState
from cartcarrier.testing._factories import NOW
from tests.unit.ledger.builders import LEASE, REF, make_labelled_shipment, make_new


def vacuum_into(source: Path, target: Path) -> None:
    """Copy as SQLite's own statement does."""
    connection = sqlite3.connect(source)
    connection.execute("VACUUM INTO ?", (str(target),))
    connection.close()


def back_up(source: Path, target: Path) -> None:
    """Copy as the standard library's method does."""
    connection, copy = sqlite3.connect(source), sqlite3.connect(target)
    connection.backup(copy)
    connection.close()
    copy.close()


@pytest.mark.parametrize("make_copy", [vacuum_into, back_up])
async def test_copy_that_is_made_while_a_worker_writes_is_whole(
    tmp_path: Path, make_copy: Callable[[Path, Path], None]
) -> None:
    """What was acknowledged before the copy began is in it, with its labels; nothing in it is half."""
    before: list[str] = []
    stop = anyio.Event()
    async with SQLiteLedger(tmp_path / "shop.db") as ledger:

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
            await anyio.to_thread.run_sync(make_copy, tmp_path / "shop.db", tmp_path / "copy.db")
            stop.set()
    async with SQLiteLedger(tmp_path / "copy.db") as copy:
        rows = {row.key: row for row in await copy.list_shipments(ref=REF)}
        assert acknowledged <= set(rows)
        for row in rows.values():
            done = row.steps[0].state is StepState.DONE
            assert row.steps[0].result == (make_labelled_shipment() if done else None)
            assert (row.state is ShipmentState.BOUGHT) == done
        _, claim = await copy.plan_shipment(make_new(key="new"), owner="o", lease=LEASE, now=NOW)
        assert claim is not None
