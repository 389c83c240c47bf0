"""Search terms, sorting and pages. Facts: field guide shopify.md §7."""

import base64
import hashlib
import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, TypeVar

import attrs
from graphql import GraphQLError

from cartcarrier.sandbox.shopify._ids import Document, Json, read_time, stamp

Row = TypeVar("Row")
Key = tuple[Any, int]
Predicate = Callable[[Mapping[str, Any]], bool]

MAX_PAGE = 250
PAGING = ("first", "last", "after", "before", "reverse")
TERM = re.compile(
    r"""(?P<minus>-)?(?:(?P<name>[A-Za-z_]+):)?(?P<op>>=|<=|>|<)?(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<bare>[^\s()]+))"""
)
TIMES = frozenset({"updated_at", "created_at", "processed_at"})
FULFILLMENT = {
    "unshipped": frozenset({"UNFULFILLED", "ON_HOLD", "SCHEDULED", "IN_PROGRESS", "REQUEST_DECLINED"}),
    "unfulfilled": frozenset(
        {"UNFULFILLED", "PARTIALLY_FULFILLED", "ON_HOLD", "SCHEDULED", "IN_PROGRESS", "REQUEST_DECLINED"}
    ),
    "shipped": frozenset({"FULFILLED"}),
    "fulfilled": frozenset({"FULFILLED"}),
    "partial": frozenset({"PARTIALLY_FULFILLED"}),
    "scheduled": frozenset({"SCHEDULED"}),
    "on_hold": frozenset({"ON_HOLD"}),
    "request_declined": frozenset({"REQUEST_DECLINED"}),
}


def everything(_row: Mapping[str, Any]) -> bool:
    """Match every row: also what an unknown filter does."""
    return True


def compile_query(text: str | None, kind: str, now: datetime) -> Predicate:
    """Read a search: terms side by side mean AND, ``OR`` binds weaker, ``NOT`` and ``-`` deny, brackets group.

    A filter name that does not exist is not an error: the filter is ignored.

    Args:
        text: What the caller wrote.
        kind: ``order``, ``fulfillment_order``, ``item`` or ``location``: which filters exist.
        now: What ``now`` means in it.
    """
    if not text or not text.strip():
        return everything
    return _Parser(text, kind, now).read()


@attrs.define
class _Parser:
    """One pass over a search, left to right."""

    text: str
    kind: str
    now: datetime
    at: int = 0

    def read(self) -> Predicate:
        """Read alternatives until the end, or until the bracket closes."""
        options = [self._all()]
        while self._word("OR"):
            options.append(self._all())
        return options[0] if len(options) == 1 else lambda row: any(option(row) for option in options)

    def _space(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def _word(self, word: str) -> bool:
        self._space()
        end = self.at + len(word)
        if self.text[self.at : end] == word and (end == len(self.text) or self.text[end] in " ()"):
            self.at = end
            return True
        return False

    def _all(self) -> Predicate:
        parts: list[Predicate] = []
        while True:
            self._space()
            if self.at >= len(self.text) or self.text[self.at] == ")":
                break
            mark = self.at
            if self._word("OR"):
                self.at = mark
                break
            if self._word("AND"):
                continue
            parts.append(self._one())
        return lambda row: all(part(row) for part in parts)

    def _one(self) -> Predicate:
        if self._word("NOT"):
            return _denied(self._one())
        self._space()
        if self.at < len(self.text) and self.text[self.at] == "(":
            self.at += 1
            inner = self.read()
            self._space()
            self.at += 1
            return inner
        match = TERM.match(self.text, self.at)
        if match is None:
            self.at += 1
            return everything
        self.at = match.end()
        value = next((match[name] for name in ("single", "double", "bare") if match[name] is not None), "")
        found = self._term(match["name"], match["op"] or "", value)
        return _denied(found) if match["minus"] else found

    def _term(self, name: str | None, operator: str, value: str) -> Predicate:
        if name is None:
            needle = value.casefold()
            return lambda row: any(needle in str(row.get(field, "")).casefold() for field in ("name", "email", "sku"))
        if name in TIMES:
            return _time_term(name, operator, value, self.now)
        if name == "id":
            digits = value.rpartition("/")[2]
            return _compare("id", operator, int(digits)) if digits.isdigit() else _nothing
        make = FILTERS.get((self.kind, name))
        return make(value) if make else everything


def _denied(inner: Predicate) -> Predicate:
    return lambda row: not inner(row)


def _nothing(_row: Mapping[str, Any]) -> bool:
    return False


def _compare(name: str, operator: str, value: Json) -> Predicate:
    return {
        ">=": lambda row: row[name] >= value,
        "<=": lambda row: row[name] <= value,
        ">": lambda row: row[name] > value,
        "<": lambda row: row[name] < value,
        "": lambda row: row[name] == value,
    }[operator]


def _time_term(name: str, operator: str, value: str, now: datetime) -> Predicate:
    moment = now if value == "now" else read_time(value)
    if moment is None:
        return everything
    edge = stamp(moment)
    if operator == "" and len(value) == 10:
        following = stamp(moment + timedelta(days=1))
        return lambda row: edge <= row[name] < following
    return _compare(name, operator, edge)


def _any_of(name: str) -> Callable[[str], Predicate]:
    def make(value: str) -> Predicate:
        wanted = {part.upper().replace("-", "_") for part in value.split(",")}
        return lambda row: str(row[name]).upper() in wanted

    return make


def _within(name: str) -> Callable[[str], Predicate]:
    def make(value: str) -> Predicate:
        wanted = {part.strip().casefold().replace("-", "_") for part in value.split(",")}
        return lambda row: any(str(entry).casefold().replace("-", "_") in wanted for entry in row[name])

    return make


def _order_status(value: str) -> Predicate:
    return {
        "open": lambda row: not row["closed"] and not row["cancelled"],
        "closed": lambda row: bool(row["closed"]),
        "cancelled": lambda row: bool(row["cancelled"]),
        "not_closed": lambda row: not row["closed"],
    }.get(value, everything)


def _fulfillment_status(value: str) -> Predicate:
    wanted = frozenset[str]().union(*(FULFILLMENT.get(part, frozenset()) for part in value.lower().split(",")))
    return (lambda row: row["fulfillment_status"] in wanted) if wanted else everything


def _text(name: str) -> Callable[[str], Predicate]:
    def make(value: str) -> Predicate:
        wanted = value.casefold()
        if wanted.endswith("*"):
            return lambda row: str(row[name] or "").casefold().startswith(wanted[:-1])
        return lambda row: str(row[name] or "").casefold() in {wanted, f"#{wanted}"}

    return make


def _words(name: str) -> Callable[[str], Predicate]:
    """Match word by word, whatever the case: more than the exact text is found, so clients must compare themselves."""

    def make(value: str) -> Predicate:
        wanted = _split(value.removesuffix("*"))

        def matches(row: Mapping[str, Any]) -> bool:
            there = _split(str(row[name] or ""))
            return any(there[at : at + len(wanted)] == wanted for at in range(len(there) - len(wanted) + 1))

        return matches if wanted else everything

    return make


def _split(text: str) -> list[str]:
    return [word for word in re.split(r"[^0-9a-z]+", text.casefold()) if word]


def _boolean(name: str) -> Callable[[str], Predicate]:
    return lambda value: lambda row: row[name] == (value == "true")


FILTERS: Mapping[tuple[str, str], Callable[[str], Predicate]] = {
    ("order", "status"): _order_status,
    ("order", "fulfillment_status"): _fulfillment_status,
    ("order", "financial_status"): _any_of("financial_status"),
    ("order", "return_status"): _any_of("returns"),
    ("order", "name"): _text("name"),
    ("order", "email"): _text("email"),
    ("order", "source_identifier"): _text("source_identifier"),
    ("order", "sku"): _within("skus"),
    ("order", "tag"): _within("tags"),
    ("order", "delivery_method"): _within("methods"),
    ("order", "fulfillment_location_id"): _within("locations"),
    ("order", "test"): _boolean("test"),
    ("fulfillment_order", "status"): _any_of("status"),
    ("fulfillment_order", "assigned_location_id"): _any_of("location_id"),
    ("item", "sku"): _words("sku"),
    ("location", "name"): _text("name"),
    ("bulk", "status"): _any_of("status"),
}


# --- pages ------------------------------------------------------------------------------------------------------------


_UNPAGED: ContextVar[bool] = ContextVar("unpaged", default=False)


@contextmanager
def unpaged() -> Iterator[None]:
    """Let lists be whole inside, whatever size was asked for: bulk operations know no pages."""
    token = _UNPAGED.set(True)
    try:
        yield
    finally:
        _UNPAGED.reset(token)


@attrs.frozen
class Ranked:
    """A row with its place in the order of a list."""

    key: Key
    row: Any


def connection(
    rows: Sequence[Ranked],
    show: Callable[[Any], Document],
    *,
    bound_to: str,
    first: int | None = None,
    last: int | None = None,
    after: str | None = None,
    before: str | None = None,
    reverse: bool | None = None,
) -> Document:
    """Cut a page out of rows that are in ascending order of their keys.

    A cursor says which list it belongs to and behind which key it stands. A row whose key moves while somebody walks
    the list is met twice, or pushes others over the edge, as on the platform (field guide shopify.md §7.2).

    Args:
        rows: All rows, in ascending order.
        show: Makes the GraphQL object of a row.
        bound_to: What the list is: a cursor of another list is refused.
        first: Size of the page from the front.
        last: Size of the page from the back.
        after: Cursor behind which the page starts.
        before: Cursor before which it ends.
        reverse: Whether the list runs the other way.

    Raises:
        GraphQLError: No size, both sizes, more than 250, or somebody else's cursor.
    """
    if _UNPAGED.get():
        return _page(rows, show, bound_to, more_behind=False, more_ahead=False)
    if first is None and last is None:
        raise _bad("you must provide one of first or last")
    if first is not None and last is not None:
        raise _bad("providing both first and last is not supported")
    size = first if first is not None else last or 0
    if size > MAX_PAGE:
        raise _bad(f"must be less than or equal to {MAX_PAGE}: {'first' if first is not None else 'last'}")
    if size < 0:
        raise _bad("must not be negative")
    keys = [ranked.key for ranked in rows]
    low, high = 0, len(rows)
    if after is not None or before is not None:
        start, end = (before, after) if reverse else (after, before)
        if start is not None:
            low = bisect_right(keys, _read_cursor(start, bound_to))
        if end is not None:
            stop = _read_cursor(end, bound_to)
            high = bisect_right(keys, stop)
            high -= 1 if high and keys[high - 1] == stop else 0
    chosen = list(rows[low:high])
    if reverse:
        chosen.reverse()
    page = chosen[:size] if first is not None else chosen[max(len(chosen) - size, 0) :]
    more_behind = len(chosen) > size if first is not None else before is not None
    more_ahead = after is not None if first is not None else len(chosen) > size
    return _page(page, show, bound_to, more_behind=more_behind, more_ahead=more_ahead)


def _page(
    page: Sequence[Ranked], show: Callable[[Any], Document], bound_to: str, *, more_behind: bool, more_ahead: bool
) -> Document:
    nodes = [show(ranked.row) for ranked in page]
    return {
        "nodes": nodes,
        "edges": lambda _info: [
            {"node": node, "cursor": _cursor(ranked.key, bound_to)} for node, ranked in zip(nodes, page, strict=True)
        ],
        "pageInfo": {
            "hasNextPage": more_behind,
            "hasPreviousPage": more_ahead,
            "startCursor": _cursor(page[0].key, bound_to) if page else None,
            "endCursor": _cursor(page[-1].key, bound_to) if page else None,
        },
    }


def listed(rows: Sequence[Any], show: Callable[[Any], Document], bound_to: str) -> Callable[..., Document]:
    """Return a field that pages through rows of one parent; they carry an ``id`` and stand in its order."""

    def field(_info: object, **arguments: Json) -> Document:
        paging = {name: value for name, value in arguments.items() if name in PAGING}
        return connection([Ranked((0, row["id"]), row) for row in rows], show, bound_to=bound_to, **paging)

    return field


def list_name(*parts: object) -> str:
    """Return a short name for a list, for its cursors."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def _cursor(key: Key, bound_to: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([bound_to, *key]).encode()).decode()


def _read_cursor(text: str, bound_to: str) -> Key:
    try:
        whose, value, number = json.loads(base64.urlsafe_b64decode(text.encode()))
    except ValueError as exc:
        raise _bad("Invalid cursor for current pagination sort.") from exc
    if whose != bound_to:
        raise _bad("Invalid cursor for current pagination sort.")
    return value, number


def _bad(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})
