"""Search texts, out of an allow-list: an unknown filter is no error at Shopify, it is left out without a word (§7.1)."""

from collections.abc import Set
from datetime import UTC, datetime, timedelta
from typing import Final

from cartcarrier.channels.shopify import codes
from cartcarrier.models import Order, OrderQuery, OrderStatus

_OVER: Final = frozenset({OrderStatus.FULFILLED, OrderStatus.CANCELLED})
_SECOND: Final = timedelta(seconds=1)


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("'%Y-%m-%dT%H:%M:%SZ'")


def window(since: datetime | None, until: datetime) -> str:
    """Return the search for what was touched in a window, both ends included.

    The window has an end: what changes during the walk moves to the end of the list, and would be met again and push others over
    the border of a page (field guide shopify.md §7.2, pitfall 9).

    Args:
        since: Its beginning; ``None`` for all there is.
        until: Its end.
    """
    # Shopify keeps whole seconds; the end is the next one, and not included.
    terms = [f"updated_at:<{_moment(until.replace(microsecond=0) + _SECOND)}"]
    if since is not None:
        terms.insert(0, f"updated_at:>={_moment(since.replace(microsecond=0))}")
    return " ".join(terms)


def order_search(query: OrderQuery, until: datetime) -> str:
    """Return the search for orders.

    Only what Shopify means exactly as we do is left to it; the rest is sorted out here by ``matches``.
    """
    terms = [window(query.updated_since, until)]
    if query.statuses == frozenset({OrderStatus.CANCELLED}):
        terms.append("status:cancelled")
    return " ".join(terms)


def created_since(since: datetime) -> str:
    """Return the search for what was made since then."""
    return f"created_at:>={_moment(since)}"


def may_match(query: OrderQuery, *, cancelled: bool, states: Set[str]) -> bool:
    """Return whether an order of which only this is known may be what was asked for; what is unsure may.

    Args:
        query: What was asked for.
        cancelled: Whether it is cancelled, which counts before all else.
        states: Of its fulfillment orders. Where all are over, nothing is open any more.
    """
    if query.statuses is None:
        return True
    if cancelled:
        return OrderStatus.CANCELLED in query.statuses
    if states and states <= codes.OVER_STATUSES:
        return not query.statuses.isdisjoint(_OVER)
    return True


def matches(order: Order, query: OrderQuery) -> bool:
    """Return whether an order is what was asked for, whatever the search made of it."""
    if query.statuses is not None and order.status not in query.statuses:
        return False
    return query.fulfilled_by is None or order.fulfilled_by is query.fulfilled_by
