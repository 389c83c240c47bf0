"""What is asked of the list of orders, and what fits (field guide ebay.md §4.1)."""

from datetime import datetime, timedelta
from typing import Final

import attrs

from cartcarrier.channels.ebay import schemas
from cartcarrier.channels.ebay.mapping.fulfillments import to_text
from cartcarrier.models import Order, OrderQuery, OrderStatus

LARGEST_PAGE: Final = 200
LAG: Final = timedelta(minutes=2)
"""Lists show a change up to two minutes late (§4.2)."""
HISTORY: Final = timedelta(days=90)
"""How far back is read when nobody says since when; eBay's own default (§4.1)."""

HORIZON: Final = timedelta(days=729)
"""eBay refuses to look further back than two years (30830); nothing older is told."""

_SHORTEST: Final = timedelta(minutes=1)
_OPEN: Final = frozenset(
    {OrderStatus.PENDING, OrderStatus.UNFULFILLED, OrderStatus.PARTIALLY_FULFILLED, OrderStatus.ON_HOLD}
)
_OPEN_FILTER: Final = "orderfulfillmentstatus:{NOT_STARTED|IN_PROGRESS}"


@attrs.frozen(kw_only=True)
class Window:
    """A part of the time line.

    Attributes:
        field: ``"creationdate"`` or ``"lastmodifieddate"``, never both: eBay would ignore the second (pitfall 6).
        start: Included.
        end: Included; ``None`` for no end.
        open_only: Whether only what is not wholly shipped is asked for.
    """

    field: str
    start: datetime
    end: datetime | None
    open_only: bool

    @property
    def criteria(self) -> str:
        """The text of the filter."""
        end = to_text(self.end) if self.end is not None else ""
        dates = f"{self.field}:[{to_text(self.start)}..{end}]"
        return f"{dates},{_OPEN_FILTER}" if self.open_only else dates

    def holds(self, order: schemas.Order) -> bool:
        """Return whether an order is in it: a filter that got lost on the way brings everything (pitfall 7)."""
        moment = order.creation_date if self.field == "creationdate" else order.last_modified_date
        # To the millisecond, which is as fine as the filter is.
        return moment >= self.start - timedelta(milliseconds=1)

    def halves(self) -> "tuple[Window, Window] | None":
        """Return the window in two, the earlier part first; ``None`` when it is too short for that."""
        if self.end is None or self.end - self.start <= _SHORTEST:
            return None
        middle = self.start + (self.end - self.start) / 2
        middle -= timedelta(microseconds=middle.microsecond % 1000)
        return attrs.evolve(self, end=middle), attrs.evolve(self, start=middle)


def windows(query: OrderQuery, now: datetime, *, ours: datetime) -> tuple[Window, ...]:
    """Return the windows to read, in this order: what is settled, and then all that moves while it is read.

    Args:
        query: What is asked for.
        now: The present, by the slower clock.
        ours: The present, by our own.
    """
    since = query.updated_since
    if since is not None:
        # Two minutes more: what was touched just before may have become visible only after.
        field, start, open_only = "lastmodifieddate", max(since - LAG, now - HORIZON), False
    else:
        open_only = query.statuses is not None and query.statuses <= _OPEN
        field, start = "creationdate", now - HISTORY
    if start > ours:
        return ()  # nothing can have been touched in the future
    # A start in eBay's future is refused (30850).
    start, border = min(start, now), now - LAG
    last = Window(field=field, start=max(start, border), end=None, open_only=open_only)
    if start >= border:
        return (last,)
    return Window(field=field, start=start, end=border, open_only=open_only), last


def matches(order: Order, query: OrderQuery) -> bool:
    """Return whether an order is one of those that are asked for."""
    if query.statuses is not None and order.status not in query.statuses:
        return False
    return query.fulfilled_by is None or order.fulfilled_by is query.fulfilled_by
