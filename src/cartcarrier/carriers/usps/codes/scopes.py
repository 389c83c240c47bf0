"""Which API product each call belongs to, and the scopes that stand for it (field guide usps.md §1)."""

from typing import Final

# More than one word each: the names have changed, and accounts have old and new ones.
_SCOPES: Final[dict[str, frozenset[str]]] = {
    "rate": frozenset({"shipments", "prices", "domestic-prices", "international-prices"}),
    "transit_times": frozenset({"service-standards", "service-delivery-standards"}),
    "validate_address": frozenset({"addresses"}),
    "city_state": frozenset({"addresses"}),
    "payment": frozenset({"payments"}),
    "funds": frozenset({"payments"}),
    "ship": frozenset({"labels"}),
    "return": frozenset({"labels"}),
    "ship_abroad": frozenset({"international-labels"}),
    "reprint": frozenset({"labels", "international-labels"}),
    "void": frozenset({"labels", "international-labels"}),
    "manifest": frozenset({"scan-forms"}),
    "schedule_pickup": frozenset({"pickup", "carrier-pickup"}),
    "cancel_pickup": frozenset({"pickup", "carrier-pickup"}),
    "track": frozenset({"tracking"}),
    "subscribe": frozenset({"subscriptions", "subscriptions-tracking"}),
    "find_locations": frozenset({"locations"}),
}


def needed_scope(operation: str) -> str | None:
    """Return the scope that an operation needs; ``None`` for one that is not in the list."""
    wanted = _SCOPES.get(operation)
    return " or ".join(sorted(wanted)) if wanted is not None else None


def missing_scope(operation: str, granted: tuple[str, ...]) -> str | None:
    """Return the scope that an operation needs and the token does not have.

    Returns:
        ``None`` when it is there, or when nothing can be said: the token names none, or the operation is not in the list.
    """
    wanted = _SCOPES.get(operation)
    if not granted or wanted is None or wanted & set(granted):
        return None
    return needed_scope(operation)
