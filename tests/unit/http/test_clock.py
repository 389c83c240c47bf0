from datetime import UTC, datetime, timedelta

import anyio
import pytest

from cartcarrier.errors import InvalidValueError
from cartcarrier.http import ManualClock, SystemClock


async def test_sleeping_moves_the_manual_clock(clock: ManualClock) -> None:
    """Nobody waits in tests, and yet time passes."""
    start = clock.now()
    await clock.sleep(3600)
    assert clock.now() - start == timedelta(hours=1)
    assert clock.monotonic() == 3600


async def test_sleepers_wake_in_the_order_of_their_times(clock: ManualClock) -> None:
    """Time that jumps to the longest sleep first would reorder what a program does."""
    woken: list[tuple[float, float]] = []

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append((seconds, clock.monotonic()))

    async with anyio.create_task_group() as group:
        for seconds in (30, 1, 10, 1):
            group.start_soon(sleep, seconds)
    assert woken == [(1, 1), (1, 1), (10, 10), (30, 30)]


async def test_a_cancelled_sleeper_holds_nobody_up(clock: ManualClock) -> None:
    """A sleeper that is gone must not keep its place in the order."""
    async with anyio.create_task_group() as group:
        group.start_soon(clock.sleep, 1)
        await anyio.lowlevel.checkpoint()
        group.cancel_scope.cancel()
    before = clock.monotonic()
    await clock.sleep(5)
    assert clock.monotonic() - before == 5


def test_advance_moves_and_never_turns_back(clock: ManualClock) -> None:
    """A test that turns time back would test what cannot happen."""
    clock.advance(0.25)
    assert clock.monotonic() == 0.25
    with pytest.raises(InvalidValueError):
        clock.advance(-1)


def test_a_start_without_zone_is_refused() -> None:
    """Every datetime is aware."""
    with pytest.raises(InvalidValueError):
        ManualClock(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of the test


async def test_the_system_clock_is_aware_and_sleeps() -> None:
    """Naive times cannot be compared with a platform's."""
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    before = clock.monotonic()
    await clock.sleep(0)
    assert clock.monotonic() >= before
