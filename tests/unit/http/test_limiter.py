from collections.abc import Callable
from datetime import timedelta

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcarrier.errors import RateLimitError
from cartcarrier.http import Lane, Limit, Limiter, ManualClock, MemoryLimitStore

ONE_A_SECOND = Limit(capacity=2, rate=1)


@pytest.fixture
def make_limiter(clock: ManualClock) -> Callable[..., Limiter]:
    def make(limit: Limit = ONE_A_SECOND, *, max_wait: float = 60) -> Limiter:
        return Limiter("acme:eu:orders", limit, MemoryLimitStore(), clock, timedelta(seconds=max_wait))

    return make


async def test_what_the_bucket_holds_goes_at_once_and_the_rest_at_its_rate(
    make_limiter: Callable[..., Limiter], clock: ManualClock
) -> None:
    """This is what a token bucket is."""
    limiter = make_limiter()
    times = []
    for _ in range(5):
        await limiter.acquire()
        times.append(round(clock.monotonic(), 3))
    assert times == [0, 0, 1, 2, 3]


async def test_a_wait_that_is_too_long_is_refused_at_once(
    make_limiter: Callable[..., Limiter], clock: ManualClock
) -> None:
    """With 60 calls an hour, waiting in silence would be hanging."""
    limiter = make_limiter(Limit(capacity=1, rate=1 / 60), max_wait=30)
    await limiter.acquire()
    with pytest.raises(RateLimitError) as caught:
        await limiter.acquire(operation="rates")
    assert clock.monotonic() == 0
    assert caught.value.retry_after is not None
    assert caught.value.retry_after.total_seconds() == pytest.approx(60, abs=0.01)
    assert (caught.value.provider, caught.value.account, caught.value.operation) == ("acme", "eu", "rates")
    assert not caught.value.outcome_unknown


async def test_a_refused_call_takes_nothing(make_limiter: Callable[..., Limiter], clock: ManualClock) -> None:
    """Units that nobody uses would be lost to all."""
    limiter = make_limiter(Limit(capacity=1, rate=0.1), max_wait=1)
    await limiter.acquire()
    for _ in range(5):
        with pytest.raises(RateLimitError):
            await limiter.acquire()
    clock.advance(10)
    await limiter.acquire()


async def test_those_who_cannot_be_served_in_time_are_told_when_they_come(
    make_limiter: Callable[..., Limiter], clock: ManualClock
) -> None:
    """The hundredth in a queue for 60 calls an hour should not find out after a minute."""
    limiter = make_limiter(Limit(capacity=1, rate=1), max_wait=5)
    outcomes: list[tuple[str, float]] = []

    async def call() -> None:
        try:
            await limiter.acquire()
        except RateLimitError:
            outcomes.append(("refused", clock.monotonic()))
        else:
            outcomes.append(("served", clock.monotonic()))

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(call)
    served = [at for outcome, at in outcomes if outcome == "served"]
    refused = [at for outcome, at in outcomes if outcome == "refused"]
    assert 5 <= len(served) <= 6
    assert max(served) <= 5
    assert len(refused) == 20 - len(served)
    assert max(refused) <= 5.1


async def test_earlier_lanes_go_first_and_each_lane_in_order(make_limiter: Callable[..., Limiter]) -> None:
    """A label that a buyer waits for goes before the look at where a parcel is."""
    limiter = make_limiter(Limit(capacity=1, rate=1))
    served: list[tuple[Lane, int]] = []
    await limiter.acquire()

    async def call(lane: Lane, number: int) -> None:
        await limiter.acquire(1, lane)
        served.append((lane, number))

    asked = [(lane, number) for number in range(3) for lane in (Lane.TRACK, Lane.SYNC, Lane.CONFIRM, Lane.PURCHASE)]
    async with anyio.create_task_group() as group:
        for lane, number in asked:
            group.start_soon(call, lane, number)
            await anyio.lowlevel.checkpoint()
    lanes = [lane for lane, _ in served]
    # The first to come was alone when it came; from then on, precedence.
    assert lanes[-9:] == sorted(lanes[-9:], key=list(Lane).index)
    for lane in Lane:
        numbers = [number for other, number in served if other is lane]
        assert numbers == sorted(numbers)


async def test_the_reserve_is_for_purchases_and_confirmations(make_limiter: Callable[..., Limiter]) -> None:
    """Tracking must never be the reason why a label cannot be bought."""
    limiter = make_limiter(Limit(capacity=10, rate=0.001, reserve=0.3), max_wait=1)
    for _ in range(7):
        await limiter.acquire(1, Lane.TRACK)
    with pytest.raises(RateLimitError):
        await limiter.acquire(1, Lane.SYNC)
    for lane in (Lane.PURCHASE, Lane.CONFIRM, Lane.PURCHASE):
        await limiter.acquire(1, lane)
    with pytest.raises(RateLimitError):
        await limiter.acquire(1, Lane.PURCHASE)


async def test_a_cancelled_waiter_leaves_the_queue(make_limiter: Callable[..., Limiter], clock: ManualClock) -> None:
    """Who gives up must not hold up those behind."""
    limiter = make_limiter(Limit(capacity=1, rate=0.1))
    await limiter.acquire()
    served = anyio.Event()

    async def second() -> None:
        await limiter.acquire()
        served.set()

    async with anyio.create_task_group() as outer:
        async with anyio.create_task_group() as inner:
            inner.start_soon(limiter.acquire)
            await anyio.lowlevel.checkpoint()
            outer.start_soon(second)
            await anyio.lowlevel.checkpoint()
            inner.cancel_scope.cancel()
        await served.wait()
    assert clock.monotonic() == pytest.approx(10, abs=0.01)


async def test_a_block_stops_all_lanes_until_it_ends(make_limiter: Callable[..., Limiter], clock: ManualClock) -> None:
    """When the platform asks for a pause, it asks everybody."""
    limiter = make_limiter()
    await limiter.block(clock.now() + timedelta(seconds=20))
    await limiter.acquire(1, Lane.PURCHASE)
    assert clock.monotonic() == pytest.approx(20, abs=0.001)


async def test_what_the_platform_says_replaces_what_was_assumed(
    make_limiter: Callable[..., Limiter], clock: ManualClock
) -> None:
    """Documented limits differ from those in force, in both directions."""
    limiter = make_limiter(Limit(capacity=2, rate=1))
    await limiter.observe(Limit(capacity=100, rate=50, available=0))
    for _ in range(50):
        await limiter.acquire()
    assert clock.monotonic() == pytest.approx(1, abs=0.01)


async def test_an_observation_counts_what_is_still_under_way(
    make_limiter: Callable[..., Limiter], clock: ManualClock
) -> None:
    """The platform's number does not know of calls that it has not seen yet."""
    limiter = make_limiter(Limit(capacity=10, rate=1))
    async with limiter.hold(4), limiter.hold(1) as answered:
        await limiter.observe(Limit(capacity=10, rate=1, available=9), answered)
        await limiter.acquire(6)
        assert clock.monotonic() == pytest.approx(1, abs=0.01)


async def test_an_answer_that_was_overtaken_is_old_news(
    make_limiter: Callable[..., Limiter], clock: ManualClock
) -> None:
    """A slow answer tells of a bucket that others have emptied since."""
    limiter = make_limiter(Limit(capacity=10, rate=1))
    async with limiter.hold(1) as slow:
        async with limiter.hold(5) as fast:
            await limiter.observe(Limit(capacity=10, rate=1, available=1), fast)
        await limiter.observe(Limit(capacity=10, rate=1, available=9), slow)
    await limiter.acquire(3)
    assert clock.monotonic() == pytest.approx(3, abs=0.01)


async def test_a_reserve_outlives_an_observation(make_limiter: Callable[..., Limiter]) -> None:
    """Platforms know nothing of our reserve."""
    limiter = make_limiter(Limit(capacity=10, rate=0.001, reserve=0.5), max_wait=1)
    await limiter.observe(Limit(capacity=10, rate=0.001, available=5))
    with pytest.raises(RateLimitError):
        await limiter.acquire(1, Lane.SYNC)
    await limiter.acquire(1, Lane.PURCHASE)


async def test_a_cost_above_the_bucket_waits_for_a_full_one(
    make_limiter: Callable[..., Limiter], clock: ManualClock
) -> None:
    """It is for the platform to refuse it; waiting for ever would be no answer."""
    limiter = make_limiter(Limit(capacity=5, rate=1))
    await limiter.acquire(5)
    await limiter.acquire(50)
    assert clock.monotonic() == pytest.approx(5, abs=0.01)


async def test_a_bucket_that_never_fills_refuses(make_limiter: Callable[..., Limiter]) -> None:
    """A daily allowance that is used up."""
    limiter = make_limiter(Limit(capacity=1, rate=0))
    await limiter.acquire()
    with pytest.raises(RateLimitError):
        await limiter.acquire()


async def test_twenty_callers_reach_the_whole_rate_without_a_refusal(
    make_limiter: Callable[..., Limiter], clock: ManualClock
) -> None:
    """Staying under a limit is worth nothing when it costs half of it. The platform here counts strictly, and says what it has."""
    platform = MemoryLimitStore()
    true_limit = Limit(capacity=40, rate=20)
    limiter = make_limiter(Limit(capacity=20, rate=5))  # what is documented, and wrong
    refusals = 0
    taken = 0

    async def platform_answers(cost: float) -> Limit | None:
        await clock.sleep(0.01)
        wait = await platform.acquire("x", cost=cost, limit=true_limit, lane=Lane.PURCHASE, now=clock.now())
        bucket = platform._buckets["x"]
        level = bucket.level
        await clock.sleep(0.02)
        return None if wait else Limit(capacity=40, rate=20, available=level)

    async def worker() -> None:
        nonlocal refusals, taken
        while clock.monotonic() < 60:
            async with limiter.hold(2) as reservation:
                seen = await platform_answers(2)
                if seen is None:
                    refusals += 1
                else:
                    taken += 2
                    await limiter.observe(seen, reservation)

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(worker)
    ceiling = true_limit.capacity + true_limit.rate * clock.monotonic()
    assert refusals == 0
    assert taken / ceiling > 0.97  # the first answer comes late, and the last calls overlap the end


@given(steps=st.lists(st.tuples(st.floats(0, 5), st.floats(0.1, 8), st.sampled_from(Lane)), min_size=1, max_size=40))
async def test_no_bucket_gives_more_than_it_got(steps: list[tuple[float, float, Lane]]) -> None:
    """The law that every implementation of a bucket must keep."""
    clock = ManualClock()
    store = MemoryLimitStore()
    limit = Limit(capacity=10, rate=2, reserve=0.2)
    given_out = 0.0
    for seconds, cost, lane in steps:
        clock.advance(seconds)
        wait = await store.acquire("k", cost=cost, limit=limit, lane=lane, now=clock.now())
        if not wait:
            given_out += cost
        else:
            # The promise holds: after that wait, alone, it is let through.
            clock.advance(wait.total_seconds())
            assert not await store.acquire("k", cost=cost, limit=limit, lane=lane, now=clock.now())
            given_out += cost
        assert given_out <= 10 + 2 * clock.monotonic() + 1e-6


async def test_keys_do_not_share_a_bucket(clock: ManualClock) -> None:
    """Two accounts have two limits."""
    store = MemoryLimitStore()
    limit = Limit(capacity=1, rate=0.001)
    assert not await store.acquire("a:1", cost=1, limit=limit, lane=Lane.SYNC, now=clock.now())
    assert not await store.acquire("a:2", cost=1, limit=limit, lane=Lane.SYNC, now=clock.now())
    assert await store.acquire("a:1", cost=1, limit=limit, lane=Lane.SYNC, now=clock.now())


async def test_a_block_before_the_first_call_holds(clock: ManualClock) -> None:
    """A pause may be known from another process before anything was sent here."""
    store = MemoryLimitStore()
    await store.block("k", until=clock.now() + timedelta(seconds=5))
    wait = await store.acquire("k", cost=1, limit=ONE_A_SECOND, lane=Lane.SYNC, now=clock.now())
    assert wait == timedelta(seconds=5)
    clock.advance(5)
    assert not await store.acquire("k", cost=2, limit=ONE_A_SECOND, lane=Lane.SYNC, now=clock.now())
