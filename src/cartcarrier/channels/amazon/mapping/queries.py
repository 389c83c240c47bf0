"""Which orders to ask for (field guide amazon.md §2.1)."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from cartcarrier.channels.amazon import codes
from cartcarrier.channels.amazon.config import AmazonConfig
from cartcarrier.models import FulfilledBy, Order, OrderQuery, OrderStatus

LARGEST_PAGE: Final = 100
# Amazon's memory (§2.1); a little less, so that clocks may differ.
_HISTORY: Final = timedelta(days=2 * 365 - 1)
# A bound must lie two minutes back (§2.1, pitfall 8); the rest is for clocks that differ.
_MARGIN: Final = timedelta(minutes=3)
# 3-7-7 digits; orders from outside Amazon begin with S01 and the like (§2.3).
_ORDER_ID: Final = re.compile(r"[A-Z0-9]{3}-[0-9]{7}-[0-9]{7}")
_ASKED_BY: Final = {FulfilledBy.MERCHANT: "MERCHANT", FulfilledBy.CHANNEL: "AMAZON"}


def is_order_id(text: str) -> bool:
    """Return whether a text has the form of an order's id; what has not is answered with 403, not with 404 (§1.5)."""
    return _ORDER_ID.fullmatch(text) is not None


def search_parameters(
    query: OrderQuery, config: AmazonConfig, included: Sequence[str], *, now: datetime
) -> dict[str, str | Sequence[str] | None]:
    """Return the parameters of ``searchOrders``: by last change, for searches by creation never see one (pitfall 7).

    There is no upper bound: one closer than two minutes to now would be refused.

    Args:
        query: Which orders.
        config: With the marketplaces.
        included: Which data.
        now: The present.
    """
    since = query.updated_since if query.updated_since is not None else now - _HISTORY
    # A second earlier, for whoever rounds; what is too old is left out afterwards.
    since = max(min(since - timedelta(seconds=1), now - _MARGIN), now - _HISTORY)
    statuses: Sequence[str] | None = None
    if query.statuses is not None and OrderStatus.UNKNOWN not in query.statuses:
        statuses = [
            word for status in codes.ASKED_STATUSES if status in query.statuses for word in codes.ASKED_STATUSES[status]
        ]
    asked_by = _ASKED_BY.get(query.fulfilled_by) if query.fulfilled_by is not None else None
    return {
        "lastUpdatedAfter": since.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "marketplaceIds": config.marketplace_ids,
        "fulfillmentStatuses": statuses,
        "fulfilledBy": asked_by,
        "includedData": included,
        "maxResultsPerPage": str(min(query.page_size or LARGEST_PAGE, LARGEST_PAGE)),
    }


def matches(order: Order, query: OrderQuery) -> bool:
    """Return whether an order is one of those asked for."""
    return (
        (query.statuses is None or order.status in query.statuses)
        and (query.fulfilled_by is None or order.fulfilled_by is query.fulfilled_by)
        and (query.updated_since is None or (order.updated_at or order.placed_at) >= query.updated_since)
    )
