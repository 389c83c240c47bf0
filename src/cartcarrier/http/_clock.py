"""Two clocks: the system's, and one that tests and simulators move by hand."""

import math
import time
from datetime import UTC, datetime, timedelta

import anyio
import anyio.lowlevel

from cartcarrier.errors import InvalidValueError

_TICKS = 1_000_000  # a second; whole microseconds, so that now() and monotonic() never disagree by a rounding
_PATIENCE = 10  # rounds of the scheduler that other tasks get before a sleeper moves the clock


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never go backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait that long."""
        await anyio.sleep(seconds)


class ManualClock:
    """A clock that stands still until it is moved, by ``advance`` or by somebody who sleeps on it.

    Nobody really waits: the sleeper who is due first moves the clock to its time, after the other tasks had a chance to run.
    Client and simulator share one, so that both see the same time pass.

    Args:
        start: What ``now()`` says at first; aware.
    """

    def __init__(self, start: datetime = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)) -> None:
        if start.tzinfo is None:
            raise InvalidValueError("ManualClock: start must be aware", field="start")
        self._start = start.astimezone(UTC)
        self._ticks = 0
        self._due: list[int] = []

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        return self._start + timedelta(microseconds=self._ticks)

    def monotonic(self) -> float:
        """Return the seconds that this clock was moved."""
        return self._ticks / _TICKS

    def advance(self, seconds: float) -> None:
        """Move the clock forward; it never goes back."""
        if seconds < 0:
            raise InvalidValueError("ManualClock: time does not go back", field="seconds")
        self._ticks += _to_ticks(seconds)

    async def sleep(self, seconds: float) -> None:
        """Let the other tasks run, and be that much later."""
        due = self._ticks + _to_ticks(max(seconds, 0))
        self._due.append(due)
        patience = _PATIENCE
        try:
            await anyio.lowlevel.checkpoint()
            while self._ticks < due:
                patience = patience - 1 if due <= min(self._due) else _PATIENCE
                if patience <= 0:
                    self._ticks = due
                await anyio.lowlevel.checkpoint()
        finally:
            self._due.remove(due)


def _to_ticks(seconds: float) -> int:
    # Never early: a part of a microsecond counts as a whole one. The small term forgives what binary fractions add.
    return math.ceil(seconds * _TICKS - 1e-3)
