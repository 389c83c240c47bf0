"""Tokens and limits in PostgreSQL."""

import math
from datetime import datetime, timedelta

import anyio
import anyio.lowlevel
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartcarrier.errors import LedgerError
from cartcarrier.http import Lane, Limit, LimitStore, ManualClock, MemoryLimitStore, Token
from cartcarrier.ledger import PostgresLedger, PostgresTokenStore, SharedStores
from cartcarrier.testing._factories import NOW
from tests.postgres.cluster import Cluster
from tests.unit.ledger.test_stores import CALLS, TOKEN


class _OddError(Exception):
    """Something that a refresh raises."""


async def test_token_comes_back_whole_and_the_newest_counts(ledger: PostgresLedger) -> None:
    """A rotating refresh token is good once, and a refresh needs all that the platform gave."""
    store = ledger.token_store()
    assert store.durable
    assert await store.load("k") is None
    await store.save("k", Token(access_token="access-0"))
    await store.save("k", TOKEN)
    loaded = await store.load("k")
    assert loaded == TOKEN
    assert loaded is not None
    assert loaded.extra == TOKEN.extra


async def test_stores_show_no_secret_and_say_when_the_ledger_is_not_open(url: str) -> None:
    """Their text form ends up in logs; a refreshed token that could not be kept must be heard of."""
    ledger = PostgresLedger(url)
    assert isinstance(ledger, SharedStores)
    assert repr(ledger.token_store()) == "<PostgresTokenStore>"
    assert repr(ledger.limit_store()) == "<PostgresLimitStore>"
    with pytest.raises(LedgerError, match="not open"):
        await ledger.token_store().save("k", TOKEN)
    with pytest.raises(LedgerError, match="not open"):
        await ledger.limit_store().block("k", until=NOW)


async def test_lock_is_held_by_one_task_of_all_workers(ledger: PostgresLedger, url: str) -> None:
    """Twenty callers on two workers cause one refresh at a time."""
    inside, most, done = 0, 0, 0

    async def refresh(store: PostgresTokenStore) -> None:
        nonlocal inside, most, done
        async with store.lock("k"):
            inside += 1
            most = max(most, inside)
            await anyio.lowlevel.checkpoint()
            inside -= 1
            done += 1

    async with PostgresLedger(url) as other, anyio.create_task_group() as tasks:
        for store in (ledger.token_store(), other.token_store()):
            for _ in range(10):
                tasks.start_soon(refresh, store)
    assert (most, done) == (1, 20)


async def test_lock_is_free_after_a_failure_or_a_cancellation(ledger: PostgresLedger) -> None:
    """A refresh that was refused must not block the next for the whole lease."""
    store = ledger.token_store()
    with pytest.raises(_OddError):
        async with store.lock("k"):
            raise _OddError
    with anyio.CancelScope() as scope:
        async with store.lock("k"):
            scope.cancel()
            await anyio.lowlevel.checkpoint()
    with anyio.fail_after(30):
        async with store.lock("k"), store.lock("another"):
            pass


async def test_lock_of_a_dead_worker_ends_with_its_lease(ledger: PostgresLedger, cluster: Cluster, url: str) -> None:
    """Whoever died in a refresh must not lock the account out for ever, nor may the others come in before."""
    store = PostgresTokenStore(ledger._running, clock=ManualClock(NOW), lease=timedelta(hours=1))
    assert await store._take("k", "dead")
    assert not await store._take("k", "alive")
    assert await store._take("k", "dead")  # the same statement again, after a broken connection
    schema = url.partition("schema=")[2]
    cluster.sql(
        "UPDATE locks SET until = to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US') || '+00:00'", schema
    )
    assert await store._take("k", "alive")
    assert not await store._take("k", "dead")


async def test_late_unlock_takes_nothing_from_the_successor(ledger: PostgresLedger) -> None:
    """A refresh that outlived its lease must not open the door for a third."""
    slow = PostgresTokenStore(ledger._running, lease=timedelta(seconds=-1))
    successor = PostgresTokenStore(ledger._running, lease=timedelta(hours=1))
    async with slow.lock("k"):
        assert await successor._take("k", "successor")
    assert not await successor._take("k", "a third")


async def test_limit_is_taken_by_no_more_than_it_holds(ledger: PostgresLedger, url: str) -> None:
    """The platform counts the account's calls, whichever worker makes them, and however many ask at once."""
    limit = Limit(capacity=30, rate=0.0)
    taken = []

    async def take(store: LimitStore) -> None:
        while await store.acquire("k", cost=1, limit=limit, lane=Lane.SYNC, now=NOW) == timedelta():
            taken.append(1)

    async with PostgresLedger(url) as other, anyio.create_task_group() as tasks:
        for store in (ledger.limit_store(), other.limit_store()):
            for _ in range(8):
                tasks.start_soon(take, store)
    assert len(taken) == 30


async def test_platforms_pause_holds_for_all_lanes(ledger: PostgresLedger) -> None:
    """A 429 with a time is an order, also to purchases."""
    store = ledger.limit_store()
    until = NOW + timedelta(minutes=1)
    await store.block("k", until=until)
    await store.block("k", until=NOW)  # a shorter one does not shorten it
    limit = Limit(capacity=10, rate=1)
    assert await store.acquire("k", cost=1, limit=limit, lane=Lane.PURCHASE, now=NOW) == timedelta(minutes=1)
    assert await store.acquire("k", cost=1, limit=limit, lane=Lane.PURCHASE, now=until) == timedelta()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=CALLS, pauses=st.lists(st.integers(-1000, 20_000), min_size=15, max_size=15))
def test_limits_answer_as_those_in_memory_do(
    cluster: Cluster, calls: list[tuple[object, ...]], pauses: list[int]
) -> None:
    """An application that moves from one machine to several must not meet other rules."""

    async def check() -> None:
        memory = MemoryLimitStore()
        now = NOW
        async with PostgresLedger(cluster.url("limits_of_hypothesis")) as ledger:
            stored = ledger.limit_store()
            key = cluster.new_schema()
            for call, pause in zip(calls, pauses, strict=False):
                now += timedelta(milliseconds=pause)
                answers = [await ask(store, key, call, now) for store in (memory, stored)]
                assert answers[0] == answers[1], call

    async def ask(store: LimitStore, key: str, call: tuple[object, ...], now: datetime) -> object:
        what, *rest = call
        if what == "acquire":
            cost, limit, lane = rest
            return await store.acquire(key, cost=cost, limit=limit, lane=lane, now=now)  # type: ignore[arg-type]  # as the strategy makes them
        if what == "observe":
            return await store.observe(key, limit=rest[0], now=now)  # type: ignore[arg-type, func-returns-value]  # as above
        return await store.block(key, until=now + timedelta(seconds=rest[0]))  # type: ignore[arg-type, func-returns-value]  # as above

    anyio.run(check)


@pytest.mark.parametrize("number", [1e-300, 5e-324, 1e300, -1e300, math.nan, math.inf, -math.inf, -5.0, 0.0])
async def test_odd_numbers_do_not_stop_an_account(ledger: PostgresLedger, number: float) -> None:
    """PostgreSQL refuses sums that do not fit into a number; a limit that it refuses would stop all calls of an account."""
    store, memory = ledger.limit_store(), MemoryLimitStore()
    good = Limit(capacity=2, rate=1)
    odd_ones = [
        Limit(capacity=2, rate=number, available=-5),
        Limit(capacity=number, rate=1, available=0),
        Limit(capacity=2, rate=1, available=number),
        Limit(capacity=number, rate=number, available=number, reserve=1e-300),
    ]
    later = NOW + timedelta(days=3650)
    for place, odd in enumerate(odd_ones):
        key = f"k{place}"
        for one in (store, memory):
            await one.observe(key, limit=odd, now=NOW)
        for cost in (1, 1e300, 1):
            wait = await store.acquire(key, cost=cost, limit=good, lane=Lane.SYNC, now=NOW)
            assert timedelta() <= wait <= timedelta(days=1)
            assert wait == await memory.acquire(key, cost=cost, limit=good, lane=Lane.SYNC, now=NOW)
        await store.acquire(key, cost=1, limit=odd, lane=Lane.SYNC, now=later)
        await store.observe(key, limit=Limit(capacity=2, rate=1, available=2), now=later)
        assert await store.acquire(key, cost=1, limit=good, lane=Lane.SYNC, now=later) == timedelta()
