"""Durable steps a second in the ledger, with 50 writers at once, against plain sqlite3 in one thread with a commit a step.

Run ``python benchmarks/ledger_steps.py [folder]``; the folder should be on the disk that a ledger would be on. Both sides run
with ``synchronous=FULL``, in turns, and the medians of the rounds are compared. The plain side does one ``UPDATE`` of two columns;
a step of the ledger checks claim and state, derives the shipment's state and reads the step back. So the ratio grows with the
time that the disk needs for a flush, and shows what grouping saves only where that time is longer than the SQL.
"""

import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio

from cartcarrier.ledger import Claim, NewShipment, SQLiteLedger
from cartcarrier.models import Address, OrderRef, Parcel, PurchaseStep, ShipmentRequest, Weight, WeightUnit

WRITERS = 50
STEPS_EACH = 40  # a start and a doubt count one each, as both are committed writes
PLAIN_STEPS = 400
ROUNDS = 5
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def plain_steps_per_second(path: Path) -> float:
    """Return what one thread reaches that commits each step: one row updated, by the statement alone."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE steps (id INTEGER PRIMARY KEY, state TEXT NOT NULL, sent_at TEXT)")
    connection.executemany("INSERT INTO steps (id, state) VALUES (?, 'planned')", [(i,) for i in range(WRITERS)])
    started = time.perf_counter()
    for number in range(PLAIN_STEPS):
        connection.execute("BEGIN IMMEDIATE")
        # Another time each: SQLite writes nothing, and flushes nothing, where a row does not change.
        moment = (NOW + timedelta(seconds=number)).isoformat()
        connection.execute("UPDATE steps SET state = 'sending', sent_at = ? WHERE id = ?", (moment, number % WRITERS))
        connection.execute("COMMIT")
    took = time.perf_counter() - started
    connection.close()
    return PLAIN_STEPS / took


async def ledger_steps_per_second(path: Path, writers: int) -> float:
    """Return what so many tasks reach that each take their own shipment through its steps."""
    async with SQLiteLedger(path) as ledger:
        planned = [await _plan(ledger, number) for number in range(writers)]

        async def work(claim: Claim, step_id: int) -> None:
            for _ in range(STEPS_EACH // 2):
                step = await ledger.start_step(claim, step_id, now=NOW)
                step_id = (await ledger.replan_step(claim, step.id, now=NOW)).id

        started = time.perf_counter()
        async with anyio.create_task_group() as tasks:
            for claim, step_id in planned:
                tasks.start_soon(work, claim, step_id)
        return writers * STEPS_EACH / (time.perf_counter() - started)


async def _plan(ledger: SQLiteLedger, number: int) -> tuple[Claim, int]:
    address = Address(street1="1 Main St", city="Springfield", region="IL", postal_code="62701", country_code="US")
    parcel = Parcel(weight=Weight(value=1, unit=WeightUnit.POUND))
    step = PurchaseStep(index=0, parcels=[0], reference=f"cc-{number}", body=b'{"Shipment": {}}' * 60)
    row, claim = await ledger.plan_shipment(
        NewShipment(
            ref=OrderRef(channel="shopify:bench", order_id=str(number)),
            key="1",
            carrier="ups:bench",
            request_hash="hash",
            reference=f"cc-{number}",
            lines={"1": 1},
            request=ShipmentRequest(ship_from=address, ship_to=address, parcels=[parcel]),
            steps=(step,),
        ),
        owner="bench",
        lease=timedelta(hours=1),
        now=NOW,
    )
    assert claim is not None
    return claim, row.steps[0].id


def main() -> None:
    """Print the numbers and the ratios."""
    plain, alone, together = [], [], []
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as name:
        folder = Path(name)
        for number in range(ROUNDS):
            plain.append(plain_steps_per_second(folder / f"plain-{number}.db"))
            alone.append(anyio.run(ledger_steps_per_second, folder / f"alone-{number}.db", 1))
            together.append(anyio.run(ledger_steps_per_second, folder / f"together-{number}.db", WRITERS))
    base = statistics.median(plain)
    print(f"{'plain sqlite3, one thread, a commit a step':44} {base:8.0f} steps/s   1.0")
    for label, rates in (("SQLiteLedger, 1 writer", alone), (f"SQLiteLedger, {WRITERS} writers", together)):
        print(f"{label:44} {statistics.median(rates):8.0f} steps/s {statistics.median(rates) / base:5.1f}")


if __name__ == "__main__":
    main()
