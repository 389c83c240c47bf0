"""Tokens and limits that last, and are shared by all processes on the same ledger."""

import math
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar, runtime_checkable

import anyio
import attrs
from anyio.lowlevel import RunVar
from typing_extensions import override

from cartcarrier.http import Clock, Lane, Limit, LimitStore, SystemClock, Token, TokenStore
from cartcarrier.ledger._codec import from_json, to_json_text, to_moment, to_moment_or_none, to_text, to_text_or_none
from cartcarrier.ledger._secrets import TOKENS

if TYPE_CHECKING:
    from cartcarrier.ledger._engine import Engine
    from cartcarrier.ledger._sealing import Connection

T = TypeVar("T")

_LEASE: Final = timedelta(minutes=2)  # longer than a refresh with its retries takes
_POLL: Final = 0.1  # seconds between two looks at a lock that another process holds
_NEVER: Final = timedelta(days=1)  # what is said about a bucket that does not fill by itself
_RESERVED: Final = frozenset({Lane.PURCHASE, Lane.CONFIRM})
_TOLERANCE: Final = 1e-9  # units; binary fractions do not add up exactly
_LOWEST: Final = -1e15  # units; so that sums stay numbers


@runtime_checkable
class SharedStores(Protocol):
    """A ledger that also keeps tokens and limits; the ``Fulfiller`` binds them to its drivers where the ledger has them."""

    def token_store(self) -> TokenStore:
        """Return the durable store of tokens. It works while the ledger is open."""
        ...

    def limit_store(self) -> LimitStore:
        """Return the store of limits. It works while the ledger is open."""
        ...


class SQLiteTokenStore:
    """Tokens in the ledger's file: they survive the process, and one refresh serves all processes.

    Whoever holds the lock of a key has a row with its name and an end. A process that dies in the middle of a refresh blocks
    the others until that end. Tokens are sealed where the ledger has keys; the file is readable by its owner only.

    Attributes:
        durable: True.

    Args:
        engine: Gives the open file.
        clock: Where the end of a lock is read from; processes that share a file must agree on the time.
        lease: How long a lock holds; a refresh must not take longer.
    """

    durable: bool = True

    def __init__(
        self, engine: "Callable[[], Engine]", *, clock: Clock | None = None, lease: timedelta = _LEASE
    ) -> None:
        self._engine = engine
        self._clock = clock or SystemClock()
        self._lease = lease
        self._locks: RunVar[dict[str, anyio.Lock]] = RunVar(f"cartcarrier.ledger locks {id(self)}")

    @override
    def __repr__(self) -> str:
        return "<SQLiteTokenStore>"

    async def load(self, key: str) -> Token | None:
        """Return what was saved under this key last, by any process."""
        value = await self._engine().read(lambda connection: _load_token(connection, key))
        return None if value is None else token_from_text(value)

    async def save(self, key: str, token: Token) -> None:
        """Keep the token. When this returns, it is on the disk."""
        value = token_to_text(token)
        await self._engine().write(lambda connection: _save_token(connection, key, value))

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Hold the right to refresh this key's token, alone among all processes on the file."""
        return self._hold(key)

    @asynccontextmanager
    async def _hold(self, key: str) -> AsyncIterator[None]:
        owner = secrets.token_hex(8)
        async with self._lock_of_loop(key):  # tasks of one event loop queue here, so only one of them asks the file
            try:
                while not await self._take(key, owner):
                    await self._clock.sleep(_POLL)
                yield
            finally:
                with anyio.CancelScope(shield=True):
                    await self._engine().write(lambda connection: _unlock(connection, key, owner))

    async def _take(self, key: str, owner: str) -> bool:
        now = self._clock.now()
        until = to_text(now + self._lease)
        moment = to_text(now)
        return await self._engine().write(lambda connection: _lock(connection, key, owner, moment, until))

    def _lock_of_loop(self, key: str) -> anyio.Lock:
        try:
            locks = self._locks.get()
        except LookupError:
            locks = {}
            self._locks.set(locks)
        return locks.setdefault(key, anyio.Lock())


def _load_token(connection: "Connection", key: str) -> str | None:
    row = connection.execute("SELECT value FROM tokens WHERE key = ?", (key,)).fetchone()
    return None if row is None else connection.unseal((TOKENS, key), row[0]).decode()


def _save_token(connection: "Connection", key: str, value: str) -> None:
    connection.execute(
        "INSERT INTO tokens (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, connection.seal((TOKENS, key), value.encode()).decode()),
    )


def _lock(connection: "Connection", key: str, owner: str, now: str, until: str) -> bool:
    written = connection.execute(
        "INSERT INTO locks (key, owner, until) VALUES (?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, until = excluded.until WHERE until <= ?",
        (key, owner, until, now),
    ).rowcount
    return written == 1


def _unlock(connection: "Connection", key: str, owner: str) -> None:
    connection.execute("DELETE FROM locks WHERE key = ? AND owner = ?", (key, owner))


def token_to_text(token: Token) -> str:
    """Return a token as text. Every back-end seals it on its way into SQL: ``Sealer.seal_text((TOKENS, key), …)``."""
    return to_json_text(
        {
            "access_token": token.access_token,
            "expires_at": to_text_or_none(token.expires_at),
            "refresh_token": token.refresh_token,
            "refresh_expires_at": to_text_or_none(token.refresh_expires_at),
            "scopes": list(token.scopes),
            "extra": dict(token.extra),
        }
    )


def token_from_text(value: str) -> Token:
    """Return the token that ``token_to_text`` wrote."""
    plain: dict[str, Any] = from_json(value)
    return Token(
        access_token=plain["access_token"],
        expires_at=to_moment_or_none(plain["expires_at"]),
        refresh_token=plain["refresh_token"],
        refresh_expires_at=to_moment_or_none(plain["refresh_expires_at"]),
        scopes=plain["scopes"],
        extra=plain["extra"],
    )


def refill_time(missing: float, rate: float) -> timedelta:
    """Return how long a bucket needs for ``missing`` units, at most a day whatever the numbers are: there are odd ones."""
    seconds = missing / rate if rate > 0 else math.inf
    if not seconds < _NEVER.total_seconds():  # also when it is no number
        return _NEVER
    # One microsecond more, so that the units are there when the wait is over.
    return timedelta(seconds=max(seconds, 0.0), microseconds=1)


def is_finite(limit: Limit) -> bool:
    """Return whether a limit is made of numbers."""
    return all(math.isfinite(number) for number in (limit.capacity, limit.rate, limit.available or 0.0))


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

    def take(self, cost: float, limit: Limit, lane: Lane, now: datetime) -> timedelta:
        self.refill(now)
        if self.blocked_until is not None:
            if now < self.blocked_until:
                return self.blocked_until - now
            self.blocked_until = None
        floor = 0.0 if lane in _RESERVED else self.capacity * limit.reserve
        missing = min(cost + floor, self.capacity) - self.level
        if missing <= _TOLERANCE:
            self.level = max(self.level - cost, _LOWEST)
            return timedelta()
        return refill_time(missing, self.rate)

    def believe(self, limit: Limit, now: datetime) -> None:
        self.refill(now)
        self.capacity, self.rate = limit.capacity, limit.rate
        level = self.level if limit.available is None else limit.available
        self.level = max(min(level, self.capacity), _LOWEST)
        self.updated = max(now, self.updated)


class SQLiteLimitStore:
    """The state of the limits in the ledger's file, the same for all processes; the rules are those of ``MemoryLimitStore``.

    Its writes are committed with the others, but alone they do not wait for the disk: a power cut may forget the last calls,
    and then the platform's next answer says what is left. A killed process forgets nothing.

    Args:
        engine: Gives the open file.
    """

    def __init__(self, engine: "Callable[[], Engine]") -> None:
        self._engine = engine

    @override
    def __repr__(self) -> str:
        return "<SQLiteLimitStore>"

    async def acquire(self, key: str, *, cost: float, limit: Limit, lane: Lane, now: datetime) -> timedelta:
        """Take ``cost`` units, or say how long to wait before asking again; zero when they were taken."""

        def work(connection: "Connection") -> timedelta:
            bucket = _bucket(connection, key, limit, now)
            wait = bucket.take(cost, limit, lane, now)
            _keep(connection, key, bucket)
            return wait

        return await self._write(work)

    async def observe(self, key: str, *, limit: Limit, now: datetime) -> None:
        """Believe what the platform just said about this bucket, if those are numbers."""
        if not is_finite(limit):
            return

        def work(connection: "Connection") -> None:
            bucket = _bucket(connection, key, limit, now)
            bucket.believe(limit, now)
            _keep(connection, key, bucket)

        await self._write(work)

    async def block(self, key: str, *, until: datetime) -> None:
        """Let nobody through before that time."""

        def work(connection: "Connection") -> None:
            # Not known yet: the first caller brings the limit, which replaces these numbers.
            bucket = _stored(connection, key) or _Bucket(0, 0, -1, until)
            if bucket.blocked_until is None or bucket.blocked_until < until:
                bucket.blocked_until = until
            _keep(connection, key, bucket)

        await self._write(work)

    async def _write(self, work: "Callable[[Connection], T]") -> T:
        from cartcarrier.ledger._engine import Mode  # noqa: PLC0415 - sqlite3 loads when a ledger is opened

        return await self._engine().write(work, Mode.RELAXED)


def _stored(connection: "Connection", key: str) -> _Bucket | None:
    row = connection.execute(
        "SELECT capacity, rate, level, updated, blocked_until FROM limits WHERE key = ?", (key,)
    ).fetchone()
    if row is None:
        return None
    capacity, rate, level, updated, blocked_until = row
    return _Bucket(capacity, rate, level, to_moment(updated), to_moment_or_none(blocked_until))


def _bucket(connection: "Connection", key: str, limit: Limit, now: datetime) -> _Bucket:
    bucket = _stored(connection, key)
    if bucket is not None and bucket.capacity:
        return bucket
    level = limit.capacity if limit.available is None else min(limit.available, limit.capacity)
    return _Bucket(limit.capacity, limit.rate, level, now, bucket.blocked_until if bucket is not None else None)


def _keep(connection: "Connection", key: str, bucket: _Bucket) -> None:
    connection.execute(
        "INSERT INTO limits (key, capacity, rate, level, updated, blocked_until) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET capacity = excluded.capacity, rate = excluded.rate, level = excluded.level,"
        " updated = excluded.updated, blocked_until = excluded.blocked_until",
        (
            key,
            bucket.capacity,
            bucket.rate,
            bucket.level,
            to_text(bucket.updated),
            to_text_or_none(bucket.blocked_until),
        ),
    )
