"""Tokens and limits kept in memory, for one process. The ledger has those that last and are shared."""

import math
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta

import anyio
import attrs
from anyio.lowlevel import RunVar
from typing_extensions import override

from cartcarrier.http._protocols import Lane, Limit, Token

_NEVER = timedelta(days=1)  # what is said about a bucket that does not fill by itself
_RESERVED = frozenset({Lane.PURCHASE, Lane.CONFIRM})
_TOLERANCE = 1e-9  # units; binary fractions do not add up exactly
_LOWEST = -1e15  # units; so that sums stay numbers


def _refill_time(missing: float, rate: float) -> timedelta:
    """Return how long a bucket needs for ``missing`` units, at most a day whatever the numbers are: there are odd ones."""
    seconds = missing / rate if rate > 0 else math.inf
    if not seconds < _NEVER.total_seconds():  # also when it is no number
        return _NEVER
    # One microsecond more, so that the units are there when the wait is over.
    return timedelta(seconds=max(seconds, 0.0), microseconds=1)


def _is_finite(limit: Limit) -> bool:
    return all(math.isfinite(number) for number in (limit.capacity, limit.rate, limit.available or 0.0))


class LoopLocks:
    """A lock for each key, made anew for each event loop: an anyio lock belongs to the loop that it was first used on."""

    def __init__(self) -> None:
        self._locks: RunVar[dict[str, anyio.Lock]] = RunVar("cartcarrier.http locks")

    def __call__(self, key: str) -> anyio.Lock:
        """Return the lock of that key in the running event loop."""
        try:
            locks = self._locks.get()
        except LookupError:
            locks = {}
            self._locks.set(locks)
        return locks.setdefault(key, anyio.Lock())


class MemoryTokenStore:
    """Tokens that are forgotten when the process ends. Not for refresh tokens that rotate.

    Attributes:
        durable: False.
    """

    durable: bool = False

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._locks = LoopLocks()

    async def load(self, key: str) -> Token | None:
        """Return what was saved under this key last."""
        return self._tokens.get(key)

    async def save(self, key: str, token: Token) -> None:
        """Keep the token while the process lives."""
        self._tokens[key] = token

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Hold the right to refresh this key's token, alone in this process."""
        return self._hold(key)

    @asynccontextmanager
    async def _hold(self, key: str) -> AsyncIterator[None]:
        async with self._locks(key):
            yield

    @override
    def __repr__(self) -> str:
        return f"<MemoryTokenStore of {len(self._tokens)} tokens>"


@attrs.define
class _Bucket:
    capacity: float
    rate: float
    level: float
    updated: datetime
    blocked_until: datetime | None = None

    def refill(self, now: datetime) -> None:
        passed = (now - self.updated).total_seconds()
        if passed > 0:
            self.level = min(self.capacity, self.level + passed * self.rate)
            self.updated = now


class MemoryLimitStore:
    """The state of the limits of one process."""

    def __init__(self) -> None:
        self._buckets: dict[str, _Bucket] = {}

    async def acquire(self, key: str, *, cost: float, limit: Limit, lane: Lane, now: datetime) -> timedelta:
        """Take ``cost`` units, or say how long to wait before asking again.

        A cost above what the bucket can ever hold for this lane is let through when the bucket is as full as it gets.

        Args:
            key: ``driver:account`` or finer.
            cost: Units the call needs.
            limit: The bucket to start from when this key is new; its ``reserve`` counts always.
            lane: What the call is for.
            now: The caller's present.

        Returns:
            Zero when the units were taken; otherwise nothing was taken.
        """
        bucket = self._bucket(key, limit, now)
        bucket.refill(now)
        if bucket.blocked_until is not None:
            if now < bucket.blocked_until:
                return bucket.blocked_until - now
            bucket.blocked_until = None
        floor = 0.0 if lane in _RESERVED else bucket.capacity * limit.reserve
        needed = min(cost + floor, bucket.capacity)
        missing = needed - bucket.level
        if missing <= _TOLERANCE:
            bucket.level = max(bucket.level - cost, _LOWEST)
            return timedelta()
        return _refill_time(missing, bucket.rate)

    async def observe(self, key: str, *, limit: Limit, now: datetime) -> None:
        """Believe what the platform just said about this bucket, if those are numbers."""
        if not _is_finite(limit):
            return
        bucket = self._bucket(key, limit, now)
        bucket.refill(now)
        bucket.capacity = limit.capacity
        bucket.rate = limit.rate
        level = bucket.level if limit.available is None else limit.available
        bucket.level = max(min(level, bucket.capacity), _LOWEST)
        bucket.updated = max(now, bucket.updated)

    async def block(self, key: str, *, until: datetime) -> None:
        """Let nobody through before that time."""
        bucket = self._buckets.get(key)
        if bucket is None:
            # Not known yet: the first caller brings the limit, which replaces these numbers.
            self._buckets[key] = _Bucket(0, 0, -1, until, until)
        elif bucket.blocked_until is None or bucket.blocked_until < until:
            bucket.blocked_until = until

    def _bucket(self, key: str, limit: Limit, now: datetime) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None or bucket.capacity == 0:
            level = limit.capacity if limit.available is None else min(limit.available, limit.capacity)
            blocked = bucket.blocked_until if bucket is not None else None
            bucket = self._buckets[key] = _Bucket(limit.capacity, limit.rate, level, now, blocked)
        return bucket

    @override
    def __repr__(self) -> str:
        return f"<MemoryLimitStore of {len(self._buckets)} limits>"
