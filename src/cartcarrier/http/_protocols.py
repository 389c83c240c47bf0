"""What callers may hand in: a clock, a store of tokens, a store of limits, a transport."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import attrs


class Clock(Protocol):
    """Where time comes from. Tests and simulators share one that they move by hand."""

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that long by this clock."""
        ...


@attrs.frozen(kw_only=True)
class Token:
    """An access token, and what is needed to get the next one.

    Attributes:
        access_token: What goes into the request.
        expires_at: When it stops being good; ``None`` when it never does.
        refresh_token: For the next one, where the grant gives it; a rotating one is good once.
        refresh_expires_at: When the refresh token stops being good.
        scopes: What the platform granted.
        extra: What else the platform said and its driver needs again.
    """

    access_token: str = attrs.field(repr=False)
    expires_at: datetime | None = None
    refresh_token: str | None = attrs.field(default=None, repr=False)
    refresh_expires_at: datetime | None = None
    scopes: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])
    extra: Mapping[str, str] = attrs.field(factory=dict, repr=False, eq=False)


class TokenStore(Protocol):
    """Where tokens live between calls, and between processes.

    Attributes:
        durable: True when a token that was saved survives the process. A rotating refresh token needs that.
    """

    @property
    def durable(self) -> bool:
        """Whether a saved token survives this process."""
        ...

    async def load(self, key: str) -> Token | None:
        """Return what was saved under this key last."""
        ...

    async def save(self, key: str, token: Token) -> None:
        """Keep the token. When this returns, it is kept."""
        ...

    def lock(self, key: str) -> AbstractAsyncContextManager[None]:
        """Hold the right to refresh this key's token, alone among all users of the store."""
        ...


class Lane(StrEnum):
    """What a call is for. When a limit is short, the earlier lanes go first and keep a share of their own."""

    PURCHASE = "purchase"
    CONFIRM = "confirm"
    SYNC = "sync"
    TRACK = "track"


@attrs.frozen(kw_only=True)
class Limit:
    """A token bucket, as far as the platform has described it.

    Attributes:
        capacity: How many units the full bucket holds.
        rate: Units that flow back in a second.
        available: Units in it when the platform last said so; ``None`` when it did not.
        reserve: Share of the bucket (0 to 1) that only the purchase and confirm lanes may use.
    """

    capacity: float
    rate: float
    available: float | None = None
    reserve: float = 0.0


class LimitStore(Protocol):
    """The state of the limits, shared by all who use the same account."""

    async def acquire(self, key: str, *, cost: float, limit: Limit, lane: Lane, now: datetime) -> timedelta:
        """Take ``cost`` units, or say how long to wait before asking again.

        Args:
            key: ``driver:account`` or finer, ``driver:account:operation``.
            cost: Units the call needs.
            limit: The bucket to start from when the store does not know this key yet.
            lane: What the call is for.
            now: The caller's present.

        Returns:
            Zero when the units were taken; otherwise nothing was taken.
        """
        ...

    async def observe(self, key: str, *, limit: Limit, now: datetime) -> None:
        """Believe what the platform just said about this bucket."""
        ...

    async def block(self, key: str, *, until: datetime) -> None:
        """Let nobody through before that time: the platform asked for a pause."""
        ...
