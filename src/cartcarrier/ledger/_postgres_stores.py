"""Tokens and limits in PostgreSQL, shared by all workers."""

import math
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import anyio
import attrs
from typing_extensions import override

from cartcarrier.http import Clock, Lane, Limit, SystemClock, Token
from cartcarrier.ledger._codec import to_moment, to_text
from cartcarrier.ledger._stores import is_finite, refill_time, token_from_text, token_to_text

if TYPE_CHECKING:
    from cartcarrier.ledger._postgres_engine import Engine

_LEASE: Final = timedelta(minutes=2)  # longer than a refresh with its retries takes
_POLL: Final = 0.1  # seconds between two looks at a lock that another worker holds
_RESERVED: Final = frozenset({Lane.PURCHASE, Lane.CONFIRM})
_TOLERANCE: Final = 1e-9  # units; binary fractions do not add up exactly
_LOWEST: Final = -1e15  # units; so that sums stay numbers
_LARGEST: Final = 1e150  # units, or units a second; PostgreSQL refuses a product that is too large for a number
_SMALLEST: Final = 1e-30  # below it a product is too small for a number

_TEXT_OF_TIME: Final = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""


class PostgresTokenStore:
    """Tokens in the ledger's database: they survive the process, and one refresh serves all workers.

    Whoever holds the lock of a key has a row with its name and an end, by the server's clock. A worker that dies in the middle
    of a refresh blocks the others until that end. Tokens are kept as they are: whoever may read the tables may use them.

    Attributes:
        durable: True.

    Args:
        engine: Gives the open database.
        clock: By which a waiting worker waits between two looks.
        lease: How long a lock holds; a refresh must not take longer.
    """

    durable: bool = True

    def __init__(
        self, engine: "Callable[[], Engine]", *, clock: Clock | None = None, lease: timedelta = _LEASE
    ) -> None:
        self._engine = engine
        self._clock = clock or SystemClock()
        self._lease = lease
        self._locks: dict[str, anyio.Lock] = {}

    @override
    def __repr__(self) -> str:
        return "<PostgresTokenStore>"

    async def load(self, key: str) -> Token | None:
        """Return what was saved under this key last, by any worker."""
        value: str | None = await self._engine().read(
            lambda session: session.value("SELECT value FROM tokens WHERE key = $1", key)
        )
        return None if value is None else token_from_text(value)

    async def save(self, key: str, token: Token) -> None:
        """Keep the token. When this returns, it is on the server's disk."""
        value = token_to_text(token)
        await self._engine().repeat(
            lambda session: session.run(
                "INSERT INTO tokens (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                key,
                value,
            )
        )

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Hold the right to refresh this key's token, alone among all workers."""
        return self._hold(key)

    @asynccontextmanager
    async def _hold(self, key: str) -> AsyncIterator[None]:
        owner = secrets.token_hex(8)
        async with self._locks.setdefault(key, anyio.Lock()):  # tasks queue here, so only one of them asks the server
            try:
                while not await self._take(key, owner):
                    await self._clock.sleep(_POLL)
                yield
            finally:
                with anyio.CancelScope(shield=True):
                    await self._engine().repeat(
                        lambda session: session.run("DELETE FROM locks WHERE key = $1 AND owner = $2", key, owner)
                    )

    async def _take(self, key: str, owner: str) -> bool:
        now = _TEXT_OF_TIME.format("now()")
        until = _TEXT_OF_TIME.format("(now() + $3::interval)")
        written = await self._engine().repeat(
            lambda session: session.run(
                f"INSERT INTO locks (key, owner, until) VALUES ($1, $2, {until}) ON CONFLICT (key) DO UPDATE"  # noqa: S608 - constants
                f" SET owner = excluded.owner, until = excluded.until WHERE locks.owner = $2 OR locks.until <= {now}",
                key,
                owner,
                self._lease,
            )
        )
        return written == 1


_GIVEN: Final = (
    "given AS (SELECT $1::text AS key, $2::double precision AS capacity, $3::double precision AS rate,"
    " $4::double precision AS level, $5::text AS now, $6::double precision AS cost, $7::double precision AS reserve)"
)
# One statement: it locks the row, works out what the bucket holds by now, and writes it. A capacity of zero is that of a bucket
# of which only a pause is known. Only the platform is asked too often when a power cut forgets it: nobody waits for the disk.
_ACQUIRE: Final = f"""
WITH {_GIVEN}, stored AS (
    SELECT capacity, rate, level, updated, blocked_until FROM limits WHERE key = $1 FOR UPDATE
), known AS (
    SELECT
        CASE WHEN stored.capacity = 0 THEN given.capacity ELSE stored.capacity END AS capacity,
        CASE WHEN stored.capacity = 0 THEN given.rate ELSE stored.rate END AS rate,
        CASE WHEN stored.capacity = 0 THEN given.level ELSE stored.level END AS level,
        CASE WHEN stored.capacity = 0 THEN given.now ELSE stored.updated END AS updated,
        CASE WHEN stored.blocked_until > given.now THEN stored.blocked_until END AS blocked_until
    FROM stored, given
), passed AS (
    SELECT *, extract(epoch FROM now::timestamptz - updated::timestamptz)::double precision AS seconds
    FROM known, (SELECT now, cost, reserve FROM given) AS call
), filled AS (
    SELECT
        capacity, rate, blocked_until, cost, reserve,
        CASE WHEN seconds > 0 THEN least(capacity, level + seconds * rate) ELSE level END AS level,
        CASE WHEN seconds > 0 THEN now ELSE updated END AS updated
    FROM passed
), asked AS (
    SELECT *, least(cost + capacity * reserve, capacity) - level AS missing FROM filled
), written AS (
    UPDATE limits SET
        capacity = asked.capacity, rate = asked.rate, updated = asked.updated, blocked_until = asked.blocked_until,
        level = CASE
            WHEN asked.blocked_until IS NULL AND missing <= {_TOLERANCE} THEN greatest(asked.level - cost, {_LOWEST})
            ELSE asked.level
        END
    FROM asked WHERE limits.key = $1
)
SELECT blocked_until, missing, rate, set_config('synchronous_commit', 'off', true) FROM asked
"""  # noqa: S608 - constants
_KNOW: Final = (
    "INSERT INTO limits (key, capacity, rate, level, updated) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
)
_OBSERVE: Final = f"""
INSERT INTO limits (key, capacity, rate, level, updated) VALUES ($1, $2, $3, greatest($4, {_LOWEST}), $5)
ON CONFLICT (key) DO UPDATE SET
    capacity = excluded.capacity,
    rate = excluded.rate,
    level = greatest({_LOWEST}, least(excluded.capacity, CASE
        WHEN $6 OR limits.capacity = 0 THEN excluded.level
        WHEN excluded.updated > limits.updated THEN least(limits.capacity, limits.level + limits.rate * extract(
            epoch FROM excluded.updated::timestamptz - limits.updated::timestamptz)::double precision)
        ELSE limits.level
    END)),
    updated = CASE WHEN limits.capacity = 0 THEN excluded.updated ELSE greatest(excluded.updated, limits.updated) END
RETURNING set_config('synchronous_commit', 'off', true)
"""  # noqa: S608 - a constant
# Not known yet: the first caller brings the limit, which replaces these numbers.
_BLOCK: Final = (
    "INSERT INTO limits (key, capacity, rate, level, updated, blocked_until) VALUES ($1, 0, 0, -1, $2, $2)"
    " ON CONFLICT (key) DO UPDATE SET blocked_until = excluded.blocked_until"
    " WHERE limits.blocked_until IS NULL OR limits.blocked_until < excluded.blocked_until"
)


class PostgresLimitStore:
    """The state of the limits in the ledger's database, the same for all workers; the rules are those of ``MemoryLimitStore``.

    Each call is one statement, and no call waits for the disk: a power cut may forget the last ones, and then the platform's
    next answer says what is left. A worker that is killed forgets nothing.

    Args:
        engine: Gives the open database.
    """

    def __init__(self, engine: "Callable[[], Engine]") -> None:
        self._engine = engine

    @override
    def __repr__(self) -> str:
        return "<PostgresLimitStore>"

    async def acquire(self, key: str, *, cost: float, limit: Limit, lane: Lane, now: datetime) -> timedelta:
        """Take ``cost`` units, or say how long to wait before asking again; zero when they were taken."""
        fresh = _Fresh.of(limit, now)
        reserve = 0.0 if lane in _RESERVED else _number(limit.reserve)
        call = (key, *attrs.astuple(fresh), _number(cost), reserve)
        row = await self._engine().repeat(lambda session: session.row(_ACQUIRE, *call))
        while row is None:  # the first call on this key
            await self._engine().repeat(lambda session: session.run(_KNOW, key, *attrs.astuple(fresh)))
            row = await self._engine().repeat(lambda session: session.row(_ACQUIRE, *call))
        blocked_until, missing, rate, _ = row
        if blocked_until is not None:
            return to_moment(blocked_until) - now
        return timedelta() if missing <= _TOLERANCE else refill_time(missing, rate)

    async def observe(self, key: str, *, limit: Limit, now: datetime) -> None:
        """Believe what the platform just said about this bucket, if those are numbers."""
        if not is_finite(limit):
            return
        said = (*attrs.astuple(_Fresh.of(limit, now)), limit.available is not None)
        await self._engine().repeat(lambda session: session.value(_OBSERVE, key, *said))

    async def block(self, key: str, *, until: datetime) -> None:
        """Let nobody through before that time."""
        moment = to_text(until)
        await self._engine().repeat(lambda session: session.run(_BLOCK, key, moment))


@attrs.frozen
class _Fresh:
    """A bucket of which nothing is known but what the caller says."""

    capacity: float
    rate: float
    level: float
    updated: str

    @classmethod
    def of(cls, limit: Limit, now: datetime) -> "_Fresh":
        """Return the bucket that a limit describes."""
        capacity = _number(limit.capacity)
        level = capacity if limit.available is None else min(_number(limit.available), capacity)
        return cls(capacity, _number(limit.rate), level, to_text(now))


def _number(value: float) -> float:
    """Return a number with which PostgreSQL can reckon: neither too large nor too small, and the sign stays."""
    if math.isnan(value) or value == 0:
        return 0.0
    return math.copysign(min(max(abs(value), _SMALLEST), _LARGEST), value)
