"""Tokens and limits in the ledger."""

import math
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typing_extensions import override

from cartcarrier.errors import LedgerError
from cartcarrier.http import Lane, Limit, ManualClock, MemoryLimitStore, Token
from cartcarrier.ledger import SQLiteLedger, SQLiteTokenStore
from cartcarrier.testing._factories import NOW

TOKEN = Token(
    access_token="access-1",
    expires_at=NOW,
    refresh_token="refresh-1",
    refresh_expires_at=NOW + timedelta(days=90),
    scopes=("a", "b"),
    extra={"shop": "eu"},
)


class _OddError(Exception):
    """Something that a refresh raises."""


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[SQLiteLedger]:
    """Return an empty ledger in a file."""
    async with SQLiteLedger(tmp_path / "shop.db") as ledger:
        yield ledger


async def test_token_comes_back_whole(ledger: SQLiteLedger) -> None:
    """A refresh needs all that the platform gave, and ``extra`` does not take part in equality."""
    store = ledger.token_store()
    await store.save("shopify:eu", TOKEN)
    loaded = await store.load("shopify:eu")
    assert loaded == TOKEN
    assert loaded is not None
    assert loaded.extra == TOKEN.extra


async def test_newest_token_counts(ledger: SQLiteLedger) -> None:
    """A rotating refresh token is good once; the one before is worthless."""
    store = ledger.token_store()
    await store.save("k", TOKEN)
    await store.save("k", Token(access_token="access-2"))
    assert await store.load("k") == Token(access_token="access-2")
    assert await store.load("other") is None


async def test_token_survives_the_process(tmp_path: Path) -> None:
    """Losing a rotating token means that the seller must connect the account again."""
    for expected in (None, TOKEN):
        async with SQLiteLedger(tmp_path / "shop.db") as ledger:
            store = ledger.token_store()
            assert store.durable
            assert await store.load("k") == expected
            await store.save("k", TOKEN)


async def test_stores_say_when_the_ledger_is_not_open(tmp_path: Path) -> None:
    """A refreshed token that could not be kept must be heard of."""
    ledger = SQLiteLedger(tmp_path / "shop.db")
    with pytest.raises(LedgerError, match="not open"):
        await ledger.token_store().save("k", TOKEN)
    with pytest.raises(LedgerError, match="not open"):
        await ledger.limit_store().block("k", until=NOW)


async def test_stores_show_no_secret(ledger: SQLiteLedger) -> None:
    """Their text form ends up in logs."""
    store = ledger.token_store()
    await store.save("k", TOKEN)
    assert repr(store) == "<SQLiteTokenStore>"
    assert repr(ledger.limit_store()) == "<SQLiteLimitStore>"


async def test_lock_is_held_by_one_task(ledger: SQLiteLedger) -> None:
    """Twenty callers cause one refresh."""
    store = ledger.token_store()
    inside, most = 0, 0

    async def refresh() -> None:
        nonlocal inside, most
        async with store.lock("k"):
            inside += 1
            most = max(most, inside)
            await anyio.lowlevel.checkpoint()
            inside -= 1

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(refresh)
    assert most == 1


class _NoWaiting(ManualClock):
    """A clock on which nobody waits."""

    @override
    async def sleep(self, seconds: float) -> None:
        pytest.fail("somebody polls")


async def test_tasks_of_one_process_do_not_poll(ledger: SQLiteLedger) -> None:
    """Twenty callers that wait for one refresh must not ask the file ten times a second each."""
    store = SQLiteTokenStore(ledger._running, clock=_NoWaiting(NOW))

    async def refresh() -> None:
        async with store.lock("k"):
            await store.load("k")

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(refresh)


async def test_locks_of_two_keys_do_not_wait_for_each_other(ledger: SQLiteLedger) -> None:
    """One platform's slow refresh must not stop the others."""
    store = ledger.token_store()
    with anyio.fail_after(30):
        async with store.lock("a"), store.lock("b"):
            pass


async def test_lock_is_free_after_a_failure(ledger: SQLiteLedger) -> None:
    """A refresh that was refused must not block the next for the whole lease."""
    store = ledger.token_store()
    with pytest.raises(_OddError):
        async with store.lock("k"):
            raise _OddError
    with anyio.fail_after(30):
        async with store.lock("k"):
            pass


async def test_lock_is_free_after_a_cancellation(ledger: SQLiteLedger) -> None:
    """A caller that gave up must not block the next for the whole lease."""
    store = ledger.token_store()
    with anyio.CancelScope() as scope:
        async with store.lock("k"):
            scope.cancel()
            await anyio.lowlevel.checkpoint()
    with anyio.fail_after(30):
        async with store.lock("k"):
            pass


async def test_lock_of_a_dead_process_ends_with_its_lease(ledger: SQLiteLedger) -> None:
    """Whoever died in a refresh must not lock the account out for ever, nor may the others come in before."""
    clock = ManualClock(NOW)
    lease = timedelta(seconds=30)
    dead = SQLiteTokenStore(ledger._running, clock=clock, lease=lease)
    assert await dead._take("k", "dead process")
    alive = SQLiteTokenStore(ledger._running, clock=clock, lease=lease)
    async with alive.lock("k"):
        assert timedelta() <= clock.now() - (NOW + lease) <= timedelta(seconds=1)
        # and it is theirs now, for a lease of their own
        assert not await dead._take("k", "a third")


async def test_lease_of_a_lock_ends_at_its_end(ledger: SQLiteLedger) -> None:
    """Not a moment before: that moment may be the one in which the refresh token is spent."""
    clock = ManualClock(NOW)
    store = SQLiteTokenStore(ledger._running, clock=clock, lease=timedelta(seconds=30))
    assert await store._take("k", "first")
    await clock.sleep(29.999)
    assert not await store._take("k", "second")
    await clock.sleep(0.001)
    assert clock.now() == NOW + timedelta(seconds=30)
    assert await store._take("k", "second")


async def test_late_unlock_takes_nothing_from_the_successor(ledger: SQLiteLedger) -> None:
    """A refresh that outlived its lease must not open the door for a third."""
    clock = ManualClock(NOW)
    slow = SQLiteTokenStore(ledger._running, clock=clock, lease=timedelta(seconds=1))
    next_one = SQLiteTokenStore(ledger._running, clock=clock, lease=timedelta(hours=1))
    async with slow.lock("k"):
        await clock.sleep(2)
        assert await next_one._take("k", "successor")
    assert not await next_one._take("k", "a third")


async def test_limit_is_shared_by_all_stores_of_the_file(ledger: SQLiteLedger, tmp_path: Path) -> None:
    """The platform counts the account's calls, whoever makes them."""
    limit = Limit(capacity=2, rate=1)
    async with SQLiteLedger(tmp_path / "shop.db") as other:
        for store in (ledger.limit_store(), other.limit_store()):
            assert await store.acquire("k", cost=1, limit=limit, lane=Lane.SYNC, now=NOW) == timedelta()
        wait = await ledger.limit_store().acquire("k", cost=1, limit=limit, lane=Lane.SYNC, now=NOW)
    assert timedelta(seconds=1) <= wait <= timedelta(seconds=1, milliseconds=1)


async def test_platforms_pause_holds_for_all_lanes(ledger: SQLiteLedger) -> None:
    """A 429 with a time is an order, also to purchases."""
    store = ledger.limit_store()
    until = NOW + timedelta(minutes=1)
    await store.block("k", until=until)
    await store.block("k", until=NOW)  # a shorter one does not shorten it
    limit = Limit(capacity=10, rate=1)
    assert await store.acquire("k", cost=1, limit=limit, lane=Lane.PURCHASE, now=NOW) == timedelta(minutes=1)
    assert await store.acquire("k", cost=1, limit=limit, lane=Lane.PURCHASE, now=until) == timedelta()


async def test_reserve_is_kept_for_purchases_and_confirmations(ledger: SQLiteLedger) -> None:
    """Tracking must not use up the calls that a label needs."""
    store = ledger.limit_store()
    limit = Limit(capacity=10, rate=0.1, available=5, reserve=0.5)
    assert await store.acquire("k", cost=1, limit=limit, lane=Lane.TRACK, now=NOW) > timedelta()
    assert await store.acquire("k", cost=1, limit=limit, lane=Lane.CONFIRM, now=NOW) == timedelta()


AMOUNTS = st.sampled_from([0.0, 0.5, 1.0, 2.0, 5.0, 10.0])
LIMITS = st.builds(
    Limit,
    capacity=st.sampled_from([1.0, 2.0, 10.0]),
    rate=AMOUNTS,
    available=st.none() | AMOUNTS,
    reserve=st.sampled_from([0.0, 0.3]),
)
CALLS = st.lists(
    st.one_of(
        st.tuples(st.just("acquire"), AMOUNTS, LIMITS, st.sampled_from(Lane)),
        st.tuples(st.just("observe"), LIMITS),
        st.tuples(st.just("block"), st.integers(-5, 60)),
    ),
    max_size=15,
)


@settings(max_examples=60, deadline=None)
@given(calls=CALLS, pauses=st.lists(st.integers(-1000, 20_000), min_size=15, max_size=15))
def test_limits_answer_as_those_in_memory_do(calls: list[tuple[object, ...]], pauses: list[int]) -> None:
    """An application that moves from one process to several must not meet other rules."""

    async def check() -> None:
        memory = MemoryLimitStore()
        now = NOW
        async with SQLiteLedger("sqlite://") as ledger:
            stored = ledger.limit_store()
            for call, pause in zip(calls, pauses, strict=False):
                now += timedelta(milliseconds=pause)
                answers = [await ask(store, call, now) for store in (memory, stored)]
                assert answers[0] == answers[1], call

    async def ask(store: object, call: tuple[object, ...], now: datetime) -> object:
        what, *rest = call
        if what == "acquire":
            cost, limit, lane = rest
            return await store.acquire("k", cost=cost, limit=limit, lane=lane, now=now)  # type: ignore[attr-defined]  # two classes of one shape
        if what == "observe":
            return await store.observe("k", limit=rest[0], now=now)  # type: ignore[attr-defined]  # as above
        return await store.block("k", until=now + timedelta(seconds=rest[0]))  # type: ignore[attr-defined, arg-type]  # as above

    anyio.run(check)


@pytest.mark.parametrize("number", [1e-300, 5e-324, 1e300, -1e300, math.nan, math.inf, -math.inf, -5.0, 0.0])
async def test_odd_numbers_do_not_stop_an_account(ledger: SQLiteLedger, number: float) -> None:
    """What the file remembers outlives the process: an odd number in it would fail every later call."""
    store = ledger.limit_store()
    memory = MemoryLimitStore()
    good = Limit(capacity=2, rate=1)
    odd_ones = [
        Limit(capacity=2, rate=number, available=-5),
        Limit(capacity=number, rate=1, available=0),
        Limit(capacity=2, rate=1, available=number),
        Limit(capacity=number, rate=number, available=number),
    ]
    for place, odd in enumerate(odd_ones):
        key = f"k{place}"
        for one in (store, memory):
            await one.observe(key, limit=odd, now=NOW)
        for cost in (1, 1e300, 1):
            wait = await store.acquire(key, cost=cost, limit=good, lane=Lane.SYNC, now=NOW)
            assert timedelta() <= wait <= timedelta(days=1)
            assert wait == await memory.acquire(key, cost=cost, limit=good, lane=Lane.SYNC, now=NOW)
        await store.observe(key, limit=Limit(capacity=2, rate=1, available=2), now=NOW)
        assert await store.acquire(key, cost=1, limit=good, lane=Lane.SYNC, now=NOW) == timedelta()
