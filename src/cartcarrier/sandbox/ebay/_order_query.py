"""``getOrders``: filters, pages by record, and a list that lags behind. Facts: field guide ebay.md §4.1."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from urllib.parse import urlencode

import attrs

from cartcarrier.sandbox.ebay._errors import EbayError
from cartcarrier.sandbox.ebay._orders import Orders
from cartcarrier.sandbox.ebay._routes import FULFILLMENT
from cartcarrier.sandbox.ebay._world import Document, Json, World, from_stamp, to_stamp

MOST, USUAL, MOST_IDS = 200, 50, 50
DEFAULT_DAYS, HORIZON_DAYS = 90, 731
STATUS_SETS = (frozenset({"NOT_STARTED", "IN_PROGRESS"}), frozenset({"FULFILLED", "IN_PROGRESS"}))
CRITERION = re.compile(r"(?P<name>[A-Za-z]+):(?P<value>\[[^\]]*\]|\{[^}]*\}|[^,]*)(?:,|$)")
UNENCODED = frozenset("[]{}|")
Window = tuple[str, str]


@attrs.frozen(kw_only=True)
class Wanted:
    """What a list is asked for.

    Attributes:
        field: ``created`` or ``modified``: what the window is about.
        window: From and to, inclusive; an empty end is open.
        statuses: Which fulfillment statuses.
    """

    field: str
    window: Window
    statuses: frozenset[str]

    def fits(self, order: Mapping[str, Json]) -> bool:
        """Whether an order is wanted."""
        start, end = self.window
        when = order[self.field]
        return start <= when and (not end or when <= end) and order["status"] in self.statuses


def read_filter(world: World, text: str) -> Wanted:
    """Read a filter.

    Raises:
        EbayError: 30700 to 30850, by what is wrong with it.
    """
    windows: dict[str, Window] = {}
    statuses = frozenset({"NOT_STARTED", "IN_PROGRESS", "FULFILLED"})
    position = 0
    while position < len(text):
        match = CRITERION.match(text, position)
        if match is None:
            raise EbayError(30700, filter=text[position:])
        position = match.end()
        name, value = match["name"], match["value"]
        if name in {"creationdate", "lastmodifieddate"}:
            windows[name] = _read_window(world, name, value)
        elif name == "orderfulfillmentstatus":
            statuses = frozenset(value[1:-1].split("|")) if value.startswith("{") else frozenset()
            if statuses not in STATUS_SETS:
                raise EbayError(30800, value=value, filter=name)
        else:
            raise EbayError(30700, filter=name)
    if "creationdate" in windows or not windows:
        horizon = to_stamp(world.now() - timedelta(days=DEFAULT_DAYS))
        return Wanted(field="created", window=windows.get("creationdate", (horizon, "")), statuses=statuses)
    return Wanted(field="modified", window=windows["lastmodifieddate"], statuses=statuses)


def _read_window(world: World, name: str, value: str) -> Window:
    if not value.startswith("[") or ".." not in value:
        raise EbayError(30800, value=value, filter=name)
    start, _, end = value[1:-1].partition("..")
    if not start:
        raise EbayError(30820, filter=name)
    try:
        moments = [from_stamp(part) for part in (start, end) if part]
    except ValueError as exc:
        raise EbayError(30810, value=value) from exc
    if any(moment > world.now() for moment in moments):
        raise EbayError(30850, filter=name)
    if len(moments) == 2 and moments[0] > moments[1]:
        raise EbayError(30840, filter=name)
    if moments[0] < world.now() - timedelta(days=HORIZON_DAYS):
        raise EbayError(30830, years=2)
    return to_stamp(moments[0]), to_stamp(moments[1]) if end else ""


def read_field_groups(query: Mapping[str, str]) -> bool:
    """Say whether the tax breakdown is asked for.

    Raises:
        EbayError: 32800: it is another group.
    """
    groups = [group for group in query.get("fieldGroups", "").split(",") if group]
    for group in groups:
        if group != "TAX_BREAKDOWN":
            raise EbayError(32800, fieldGroup=group)
    return bool(groups)


def _read_number(query: Mapping[str, str], name: str, usual: int, *, least: int, most: int | None, code: int) -> int:
    text = query.get(name, str(usual))
    if not text.isascii() or not text.isdigit() or int(text) < least or (most is not None and int(text) > most):
        raise EbayError(code, status=None, **{name: text})
    return int(text)


@attrs.frozen
class Question:
    """What is asked of ``getOrders``.

    Attributes:
        seller: Whose orders.
        query: The decoded parameters.
        raw_query: The query as it was sent, to see whether brackets were encoded.
        base_url: Where this API is found, for links.
    """

    seller: str
    query: Mapping[str, str]
    raw_query: str
    base_url: str

    def link(self, names: Iterable[str], **page: int) -> str:
        """Return an address that asks again, with these parameters kept, for another page."""
        kept = {name: self.query[name] for name in names if name in self.query}
        return f"{self.base_url}{FULFILLMENT}/order?{urlencode({**kept, **page})}"


def list_orders(world: World, orders: Orders, question: Question, write: Callable[..., Document]) -> Document:
    """Answer ``getOrders``.

    Args:
        world: The memory.
        orders: The orders.
        question: What is asked.
        write: Writes one order; takes it and ``breakdown``.

    Raises:
        EbayError: One of §4.1's.
    """
    if UNENCODED & set(question.raw_query):
        raise EbayError(30700, filter="characters that must be percent-encoded")
    query = question.query
    if "orderIds" in query:
        ids = [part for part in query["orderIds"].split(",") if part]
        if len(ids) > MOST_IDS:
            raise EbayError(30900, limit=MOST_IDS)
        found = [order for order in orders.shown(question.seller) if order["id"] in ids]
        return {
            "href": question.link(["orderIds"]),
            "total": len(found),
            "limit": MOST_IDS,
            "offset": 0,
            "orders": [write(order, breakdown=False) for order in found],
        }
    breakdown = read_field_groups(query)
    limit = _read_number(query, "limit", USUAL, least=1, most=MOST, code=31100)
    offset = _read_number(query, "offset", 0, least=0, most=None, code=31000)
    wanted = read_filter(world, query.get("filter", ""))
    found = sorted(
        (order for order in orders.shown(question.seller) if wanted.fits(order)),
        key=lambda order: str(order[wanted.field]),
    )
    kept = ("filter", "fieldGroups")
    page: Document = {
        "href": question.link(kept, limit=limit, offset=offset),
        "total": len(found),
        "limit": limit,
        "offset": offset,
        "orders": [write(order, breakdown=breakdown) for order in found[offset : offset + limit]],
    }
    if offset + limit < len(found):
        page["next"] = question.link(kept, limit=limit, offset=offset + limit)
    if offset:
        page["prev"] = question.link(kept, limit=limit, offset=max(offset - limit, 0))
    return page
