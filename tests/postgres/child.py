"""What another worker does with a ledger; run by the tests as ``python -m tests.postgres.child WHAT URL NAME``."""

import sys
from datetime import timedelta
from typing import Any

import anyio

from cartcarrier.errors import LedgerError
from cartcarrier.ledger import PostgresLedger, ShipmentState, StepState
from cartcarrier.testing._factories import NOW
from tests.unit.ledger import child
from tests.unit.ledger.builders import REF, make_labelled_shipment

SHIPMENTS = 30
LONG = timedelta(hours=1)


async def drain(ledger: PostgresLedger, name: str) -> None:
    """Buy what is planned, with several tasks, each taking whichever shipment nobody else has."""

    async def work(task: int) -> None:
        for row in await ledger.list_shipments(states=[ShipmentState.PLANNED]):
            claim = await ledger.claim(row.ref, row.key, owner=f"{name}-{task}", lease=LONG, now=NOW)
            if claim is None:
                continue
            try:
                step = await ledger.start_step(claim, row.steps[0].id, now=NOW)
            except LedgerError:  # bought by another meanwhile, and given back
                continue
            child.say("bought", row.key)
            await ledger.finish_step(claim, step.id, make_labelled_shipment(), now=NOW)
            await ledger.release(claim)

    async with anyio.create_task_group() as tasks:
        for task in range(4):
            tasks.start_soon(work, task)


async def steal(ledger: PostgresLedger, name: str) -> None:
    """Take one shipment over again and again, and plan anew what the other planned: each write under the newest fence."""
    written = 0
    while written < SHIPMENTS:
        claim = await ledger.claim(REF, "1", owner=name, lease=timedelta(), now=NOW)
        if claim is None:
            continue
        row = await ledger.get_shipment(REF, "1")
        if row is None:
            continue
        step = row.steps[0]
        try:
            if step.state is StepState.PLANNED:
                await ledger.start_step(claim, step.id, now=NOW)
            await ledger.replan_step(claim, step.id, now=NOW)
        except LedgerError:
            continue
        written += 1
        child.say("replanned", claim.fence)


async def main(what: str, url: str, name: str) -> None:
    """Open the ledger, wait for the start, and do it."""
    todo: dict[str, Any] = {
        "steps": child.steps,
        "race": child.race,
        "count": child.count,
        "take": child.take,
        "open": child.open_only,
        "drain": drain,
        "steal": steal,
    }
    if what == "open":
        child.say("ready")
        sys.stdin.readline()
    async with PostgresLedger(url) as ledger:
        if what != "open":
            child.say("ready")
            sys.stdin.readline()
        await todo[what](ledger, name)
        child.say("finished")


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], sys.argv[2], sys.argv[3])
