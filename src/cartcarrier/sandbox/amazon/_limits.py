"""Usage plans in force: a bucket per seller, application and operation.

Facts: field guide amazon.md §1.7.
"""

from typing import Final

from cartcarrier.http import Clock
from cartcarrier.sandbox._bucket import Bucket
from cartcarrier.sandbox.amazon._routes import BY_NAME, Operation, Plan

RAISED: Final = Plan(1000, 1000)
SANDBOX: Final = Plan(5, 15)
LISTINGS_FEED: Final = "createFeed:JSON_LISTINGS_FEED"
_LISTINGS_FEEDS: Final = Plan(5 / 300, 5)


class Limits:
    """The buckets.

    Args:
        clock: The simulator's clock.
        real: Whether the documented plans are in force; otherwise all are raised.
    """

    def __init__(self, clock: Clock, *, real: bool) -> None:
        self._clock = clock
        self._real = real
        self._plans: dict[str, Plan] = {}
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def plan(self, name: str) -> Plan:
        """Return an operation's plan: the one that was set for this seller, or the default."""
        if name in self._plans:
            return self._plans[name]
        if not self._real:
            return RAISED
        if name == LISTINGS_FEED:
            return _LISTINGS_FEEDS
        return SANDBOX if name == "sandbox" else BY_NAME[name].plan

    def set(self, name: str, plan: Plan) -> None:
        """Give the seller another plan for an operation, as Amazon does for large ones; its buckets start full."""
        self._plans[name] = plan
        for key in [key for key in self._buckets if key[1] == name]:
            del self._buckets[key]

    def take(self, region: str, name: str) -> bool:
        """Take one call from the bucket, and say whether there was one."""
        key = (region, name)
        if key not in self._buckets:
            plan = self.plan(name)
            self._buckets[key] = Bucket(self._clock, capacity=plan.burst, rate=plan.rate)
        return self._buckets[key].take()

    def name_for(self, operation: Operation, *, feed_type: str | None, sandbox: bool) -> str:
        """Return which bucket a call draws from: sandbox calls share one, listings feeds have their own (guide §3.2)."""
        if sandbox:
            return "sandbox"
        if operation.name == "createFeed" and feed_type == "JSON_LISTINGS_FEED":
            return LISTINGS_FEED
        return operation.name


def as_header(plan: Plan) -> str:
    """Write a plan's rate as the header ``x-amzn-RateLimit-Limit`` has it."""
    return str(float(plan.rate)) if plan.rate != round(plan.rate) else f"{plan.rate:.1f}"
