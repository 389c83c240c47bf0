"""eBay's daily quotas: counted for the whole application, whatever seller a call is for (field guide ebay.md §3.4)."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import attrs
from typing_extensions import override

from cartcarrier.channels.ebay.config import EbayConfig
from cartcarrier.http import Lane, Limit, LimitStore, Request

CALLS_A_DAY: Final = {
    "sell.fulfillment": 100_000,
    "sell.inventory": 2_000_000,
    "post-order.cancellation": 5_000,
    "commerce.notification": 10_000,
    "developer.analytics": 5_000,
}
"""What a keyset begins with, as seen in September 2026; eBay raises it on request, and ``getRateLimits`` tells."""

_RESOURCES: Final = {
    "/sell/fulfillment/": "sell.fulfillment",
    "/sell/inventory/": "sell.inventory",
    "/post-order/": "post-order.cancellation",
    "/commerce/notification/": "commerce.notification",
    "/developer/analytics/": "developer.analytics",
}


@attrs.frozen(kw_only=True)
class Quota:
    """How many calls are left of a kind.

    Attributes:
        resource: eBay's name of the kind, ``"sell.fulfillment"``.
        limit: Calls a day.
        remaining: Calls left, for all sellers of the application.
        reset: When the count starts anew.
    """

    resource: str
    limit: int
    remaining: int
    reset: datetime | None


def resource_of(request: Request) -> str | None:
    """Return the quota that a call counts against; ``None`` for token requests, which have their own."""
    for beginning, resource in _RESOURCES.items():
        if request.path.startswith(beginning):
            return resource
    return None


@cache
def _pacific() -> tzinfo:
    try:
        return ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:
        # No zone data on this machine: standard time, so that in summer a day begins an hour late, never early.
        return timezone(timedelta(hours=-8))


def next_reset(now: datetime) -> datetime:
    """Return the next midnight in California, when all counts start anew."""
    local = now.astimezone(_pacific())
    midnight = datetime(local.year, local.month, local.day, tzinfo=_pacific()) + timedelta(days=1)
    return midnight.astimezone(UTC)


class ApplicationLimits:
    """A store of limits whose keys are the application's, not the seller's, and each day's own.

    A bucket that never fills, named after its day, is what a daily quota is: at midnight there is another one.

    Args:
        store: Gives the store below.
        config: Names the application.
        now: The present, where a call does not bring its own.
    """

    def __init__(self, store: Callable[[], LimitStore], config: EbayConfig, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        seed = f"{config.client_id}\n{config.sandbox}"
        self._application = hashlib.sha256(seed.encode()).hexdigest()[:16]
        self._reserve = config.reserve_percent / 100

    @override
    def __repr__(self) -> str:
        return f"<ApplicationLimits of {self._application}>"

    def limit(self, resource: str) -> Limit:
        """Return a kind's quota as documented."""
        return Limit(capacity=CALLS_A_DAY[resource], rate=0, reserve=self._reserve)

    def key(self, key: str, now: datetime) -> str:
        """Return the key under which the application's other sellers count, too."""
        resource = key.rpartition(":")[2]
        return f"ebay:app-{self._application}:{resource}:{now.astimezone(_pacific()).date().isoformat()}"

    async def acquire(self, key: str, *, cost: float, limit: Limit, lane: Lane, now: datetime) -> timedelta:
        """Take ``cost`` calls of today's, or say how long to wait: at most until midnight."""
        wait = await self._store().acquire(self.key(key, now), cost=cost, limit=limit, lane=lane, now=now)
        return min(wait, next_reset(now) - now) if wait > timedelta() else wait

    async def observe(self, key: str, *, limit: Limit, now: datetime) -> None:
        """Believe what eBay says about today's calls."""
        await self._store().observe(self.key(key, now), limit=limit, now=now)

    async def block(self, key: str, *, until: datetime) -> None:
        """Let nobody through before that time."""
        await self._store().block(self.key(key, self._now()), until=until)

    async def believe(self, quota: Quota) -> None:
        """Believe what ``getRateLimits`` told of one kind."""
        limit = Limit(capacity=quota.limit, rate=0, available=quota.remaining, reserve=self._reserve)
        now = self._now()
        await self.observe(f":{quota.resource}", limit=limit, now=now)
        if quota.remaining <= 0 and quota.reset is not None and quota.reset > now:
            await self.block(f":{quota.resource}", until=quota.reset)
