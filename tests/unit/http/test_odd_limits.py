"""Numbers that no bucket has: a platform may send them, and the account must go on all the same."""

import math
from datetime import timedelta

import anyio
import pytest

from cartcarrier.errors import RateLimitError
from cartcarrier.http import Lane, Limit, Limiter, ManualClock, MemoryLimitStore

ODD = [1e-300, 5e-324, 1e300, -1e300, math.nan, math.inf, -math.inf, -5.0, 0.0]
GOOD = Limit(capacity=2, rate=1)
DAY = timedelta(days=1)


def odd_limits(number: float) -> list[Limit]:
    """Return a good limit with this number in each place."""
    return [
        Limit(capacity=2, rate=number, available=-5),
        Limit(capacity=number, rate=1, available=0),
        Limit(capacity=2, rate=1, available=number),
        Limit(capacity=number, rate=number, available=number),
    ]


@pytest.mark.parametrize("number", ODD)
async def test_store_answers_and_recovers_after_an_odd_number(number: float, clock: ManualClock) -> None:
    """A store that raises, or remembers what is no number, stops the account for ever."""
    for start in (None, GOOD):
        for odd in odd_limits(number):
            store = MemoryLimitStore()
            if start is not None:
                await store.acquire("k", cost=1, limit=start, lane=Lane.SYNC, now=clock.now())
            await store.observe("k", limit=odd, now=clock.now())
            for cost in (1, 1e300):
                for after in (0, 3600):
                    now = clock.now() + timedelta(seconds=after)
                    wait = await store.acquire("k", cost=cost, limit=GOOD, lane=Lane.SYNC, now=now)
                    assert timedelta() <= wait <= DAY
            later = clock.now() + timedelta(hours=2)
            await store.observe("k", limit=Limit(capacity=2, rate=1, available=2), now=later)
            assert await store.acquire("k", cost=1, limit=GOOD, lane=Lane.SYNC, now=later) == timedelta()


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
async def test_what_is_no_number_is_as_if_nothing_was_said(number: float, clock: ManualClock) -> None:
    """The bucket stays what it was."""
    store = MemoryLimitStore()
    for odd in odd_limits(number):
        await store.observe("k", limit=GOOD, now=clock.now())
        await store.observe("k", limit=odd, now=clock.now())
    assert await store.acquire("k", cost=2, limit=GOOD, lane=Lane.SYNC, now=clock.now()) == timedelta()
    wait = await store.acquire("k", cost=1, limit=GOOD, lane=Lane.SYNC, now=clock.now())
    assert wait.total_seconds() == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize("number", ODD)
async def test_limiter_waits_or_refuses_and_recovers(number: float, clock: ManualClock) -> None:
    """A refusal is an answer; an arithmetic error is not one of ours."""
    for odd in odd_limits(number):
        limiter = Limiter("acme:eu", GOOD, MemoryLimitStore(), clock, timedelta(seconds=60))
        await limiter.observe(odd)
        told: list[timedelta] = []
        for cost in (1.0, 1e300):
            try:
                await limiter.acquire(cost)
            except RateLimitError as error:
                told.append(error.retry_after or timedelta.max)
        assert all(timedelta() < wait <= DAY for wait in told)
        await limiter.observe(Limit(capacity=2, rate=1, available=2))
        await limiter.acquire()
        assert limiter.limit.rate == 1


async def test_estimate_of_a_slow_bucket_is_a_day_at_most(clock: ManualClock) -> None:
    """The queue's estimate is arithmetic of its own."""
    limiter = Limiter("acme:eu", Limit(capacity=2, rate=1e-300), MemoryLimitStore(), clock, timedelta(seconds=60))
    await limiter.acquire(2)
    refused: list[timedelta | None] = []

    async def ask() -> None:
        with pytest.raises(RateLimitError) as caught:
            await limiter.acquire(2)
        refused.append(caught.value.retry_after)

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(ask)
    assert refused == [DAY, DAY, DAY]
