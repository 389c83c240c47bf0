"""A token bucket in a simulator's own time: the plainest rate limit that platforms have."""

from cartcarrier.http import Clock


class Bucket:
    """So many calls at once, and so many more a second.

    Args:
        clock: The simulator's clock.
        capacity: How many the full bucket holds.
        rate: How many flow back in a second.
    """

    def __init__(self, clock: Clock, *, capacity: float, rate: float) -> None:
        self._clock = clock
        self._capacity = capacity
        self._rate = rate
        self._level = capacity
        self._at = clock.monotonic()

    def take(self, cost: float = 1) -> bool:
        """Take that much, and say whether there was enough; otherwise nothing is taken."""
        now = self._clock.monotonic()
        self._level = min(self._capacity, self._level + (now - self._at) * self._rate)
        self._at = now
        if self._level < cost:
            return False
        self._level -= cost
        return True
