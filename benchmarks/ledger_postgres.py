"""Durable steps a second in PostgreSQL's ledger, with 50 writers at once, against one statement a step, one at a time.

Run ``python benchmarks/ledger_postgres.py [address]``; without an address it starts a server of its own, with ``fsync`` on,
on this machine's disk. All sides use asyncpg and the same server, in turns, and the medians of the rounds are compared. The
plain side commits one ``UPDATE`` of two columns; a step of the ledger locks the shipment, checks claim and state, derives the
shipment's state, writes both and reads the step back. The last line puts two workers (processes) side by side.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import anyio
import asyncpg

from cartcarrier.ledger import Claim, NewShipment, PostgresLedger
from cartcarrier.models import Address, OrderRef, Parcel, PurchaseStep, ShipmentRequest, Weight, WeightUnit

WRITERS = 50
STEPS_EACH = 20  # a start and a new plan count one each, as both are committed writes
PLAIN_STEPS = 400
ROUNDS = 5
NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


async def plain_steps_per_second(dsn: str) -> float:
    """Return what one connection reaches that commits each step: one row updated, by the statement alone."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("DROP TABLE IF EXISTS plain_steps")
    await connection.execute("CREATE TABLE plain_steps (id int PRIMARY KEY, state text NOT NULL, sent_at text)")
    await connection.executemany("INSERT INTO plain_steps VALUES ($1, 'planned')", [(i,) for i in range(WRITERS)])
    started = time.perf_counter()
    for number in range(PLAIN_STEPS):
        moment = (NOW + timedelta(seconds=number)).isoformat()
        await connection.execute(
            "UPDATE plain_steps SET state = 'sending', sent_at = $1 WHERE id = $2", moment, number % WRITERS
        )
    took = time.perf_counter() - started
    await connection.close()
    return PLAIN_STEPS / took


async def ledger_steps_per_second(url: str, writers: int, name: str = "bench") -> float:
    """Return what so many tasks reach that each take their own shipment through its steps."""
    async with PostgresLedger(url) as ledger:
        planned = [await _plan(ledger, f"{name}-{time.time_ns()}-{number}") for number in range(writers)]

        async def work(claim: Claim, step_id: int) -> None:
            for _ in range(STEPS_EACH // 2):
                step = await ledger.start_step(claim, step_id, now=NOW)
                step_id = (await ledger.replan_step(claim, step.id, now=NOW)).id

        started = time.perf_counter()
        async with anyio.create_task_group() as tasks:
            for claim, step_id in planned:
                tasks.start_soon(work, claim, step_id)
        return writers * STEPS_EACH / (time.perf_counter() - started)


def worker_steps_per_second(url: str, name: str) -> float:
    """Return what one of several processes reaches."""
    return asyncio.run(ledger_steps_per_second(url, WRITERS // 2, name))


async def _plan(ledger: PostgresLedger, number: str) -> tuple[Claim, int]:
    address = Address(street1="1 Main St", city="Springfield", region="IL", postal_code="62701", country_code="US")
    parcel = Parcel(weight=Weight(value=1, unit=WeightUnit.POUND))
    step = PurchaseStep(index=0, parcels=[0], reference=f"cc-{number}", body=b'{"Shipment": {}}' * 60)
    row, claim = await ledger.plan_shipment(
        NewShipment(
            ref=OrderRef(channel="shopify:bench", order_id=number),
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


def measure(url: str, dsn: str) -> tuple[Sequence[float], dict[str, Sequence[float]]]:
    """Return the rates of all sides, a round of each after the other."""
    plain: list[float] = []
    ours: dict[str, list[float]] = {"1 writer": [], f"{WRITERS} writers": [], f"{WRITERS} writers in 2 processes": []}
    alone, together, apart = ours.values()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as workers:
        for _ in range(ROUNDS):
            plain.append(asyncio.run(plain_steps_per_second(dsn)))
            alone.append(asyncio.run(ledger_steps_per_second(url, 1)))
            together.append(asyncio.run(ledger_steps_per_second(url, WRITERS)))
            apart.append(sum(workers.map(worker_steps_per_second, (url, url), ("a", "b"))))
    return plain, dict(ours)


def main() -> None:
    """Print the numbers and the ratios."""
    with ExitStack() as stack:
        if len(sys.argv) > 1:
            url = sys.argv[1]
        else:
            sys.path.append(str(Path(__file__).resolve().parents[1]))
            from tests.postgres.cluster import Cluster, UnavailableError  # noqa: PLC0415 - found by the line above

            try:
                cluster = Cluster(durable=True)
            except UnavailableError as exc:
                print(f"nothing was measured: {exc}")
                return
            stack.callback(cluster.remove)
            url = cluster.url("benchmark")
        plain, ours = measure(url, url.partition("&schema=")[0])
    base = statistics.median(plain)
    print(f"{'asyncpg, one statement a step, one at a time':50} {base:8.0f} steps/s   1.0")
    for label, rates in ours.items():
        print(
            f"{'PostgresLedger, ' + label:50} {statistics.median(rates):8.0f} steps/s {statistics.median(rates) / base:5.1f}"
        )


if __name__ == "__main__":
    main()
