"""How many calls USPS takes in an hour (field guide usps.md §1.2): sixty for most products, more where it was agreed."""

from datetime import timedelta
from typing import Final

from cartcarrier.sandbox.usps.account import World
from cartcarrier.sandbox.usps.errors import OVER_QUOTA, USPSError

CALLS_PER_HOUR: Final = 60
AGREED_PER_HOUR: Final = 600
"""For products that are granted on request; each account has numbers of its own, this one is invented."""
DEFAULT_PRODUCTS: Final = frozenset(
    {"oauth2", "addresses", "prices", "international-prices", "shipments", "service-standards", "locations"}
)


def limit_of(product: str) -> int:
    """Return how many calls of a product an hour holds."""
    return CALLS_PER_HOUR if product in DEFAULT_PRODUCTS else AGREED_PER_HOUR


def take(world: World, product: str) -> None:
    """Count a call; refused calls that come here count too. An hour starts on the hour.

    With the switch ``shared_quota`` all products share one counter of sixty, as one tester saw it.

    Raises:
        USPSError: 429, with the seconds until the next hour.
    """
    shared = bool(world.switch("shared_quota"))
    name = "all" if shared else product
    limit = CALLS_PER_HOUR if shared else limit_of(product)
    now = world.now()
    hour = now.replace(minute=0, second=0, microsecond=0)
    kept = world.store.get("quotas", name)
    used = kept["used"] if kept is not None and kept["hour"] == hour.isoformat() else 0
    if used >= limit:
        wait = hour + timedelta(hours=1) - now
        seconds = int(wait.total_seconds()) + (1 if wait.microseconds else 0)
        raise USPSError("", OVER_QUOTA, status=429, headers={"Retry-After": str(max(seconds, 1))})
    world.store.put("quotas", name, {"hour": hour.isoformat(), "used": used + 1})
