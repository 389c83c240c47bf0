"""What another process does with a ledger; run by the tests as ``python -m tests.unit.ledger.child WHAT FILE NAME``.

Each line that it prints says that something was acknowledged; it is written past all buffers, so that a kill loses none.
"""

import os
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta

import anyio

from cartcarrier.http import Lane, Limit, Token
from cartcarrier.ledger import SQLiteLedger
from cartcarrier.testing._factories import NOW
from tests.unit.ledger.builders import LEASE, make_labelled_shipment, make_new

KEYS = 20
ROUNDS = 10
WORKERS = 6
UNITS = 30


def say(*words: object) -> None:
    """Print one line, at once."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def steps(ledger: SQLiteLedger, name: str) -> None:
    """Take shipment after shipment through its steps, in several tasks, until killed."""

    async def work(worker: int) -> None:
        for number in range(100_000):
            key = f"{name}-{worker}-{number}"
            row, claim = await ledger.plan_shipment(make_new(key=key), owner=name, lease=LEASE, now=NOW)
            say("planned", key)
            assert claim is not None
            await ledger.start_step(claim, row.steps[0].id, now=NOW)
            say("sending", key)
            await ledger.finish_step(claim, row.steps[0].id, make_labelled_shipment(), now=NOW)
            say("done", key)

    async with anyio.create_task_group() as tasks:
        for worker in range(WORKERS):
            tasks.start_soon(work, worker)


async def race(ledger: SQLiteLedger, name: str) -> None:
    """Plan the same keys as the others, and say which were won."""
    for number in range(KEYS):
        _, claim = await ledger.plan_shipment(make_new(key=str(number)), owner=name, lease=LEASE, now=NOW)
        if claim is not None:
            say("won", number)


async def count(ledger: SQLiteLedger, _: str) -> None:
    """Count up in a token, under its lock."""
    tokens = ledger.token_store()
    for _round in range(ROUNDS):
        async with tokens.lock("k"):
            token = await tokens.load("k")
            number = 0 if token is None else int(token.access_token)
            await tokens.save("k", Token(access_token=str(number + 1)))


async def take(ledger: SQLiteLedger, _: str) -> None:
    """Take units of a limit as long as there are any."""
    limits = ledger.limit_store()
    limit = Limit(capacity=UNITS, rate=0.0)
    while await limits.acquire("k", cost=1, limit=limit, lane=Lane.SYNC, now=NOW) == timedelta():
        say("taken")


async def open_only(_: SQLiteLedger, __: str) -> None:
    """Do no more than open the file, at the same time as others."""


async def main(what: str, path: str, name: str) -> None:
    """Open the ledger, wait for the start, and do it."""
    todo: dict[str, Callable[[SQLiteLedger, str], Awaitable[None]]] = {
        "steps": steps,
        "race": race,
        "count": count,
        "take": take,
        "open": open_only,
    }
    if what == "open":
        say("ready")
        sys.stdin.readline()
    async with SQLiteLedger(path) as ledger:
        if what != "open":
            say("ready")
            sys.stdin.readline()
        await todo[what](ledger, name)
        say("finished")


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], sys.argv[2], sys.argv[3])
