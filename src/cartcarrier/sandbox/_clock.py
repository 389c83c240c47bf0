"""The clock of a sandbox that nobody holds: the system's, with an offset that commands can move."""

from datetime import datetime, timedelta

from cartcarrier.http import Clock, SystemClock


class ShiftedClock:
    """The system's time plus an offset, so that a day can pass by command.

    Args:
        offset: How far ahead it starts.
    """

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self._clock: Clock = SystemClock()
        self.offset: timedelta = offset

    def now(self) -> datetime:
        """Return the shifted present, in UTC."""
        return self._clock.now() + self.offset

    def monotonic(self) -> float:
        """Return seconds that never go backwards."""
        return self._clock.monotonic() + self.offset.total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        await self._clock.sleep(seconds)

    def advance(self, seconds: float) -> None:
        """Let that many seconds have passed; they are never negative."""
        self.offset += timedelta(seconds=max(seconds, 0))
