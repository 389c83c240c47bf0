"""What the platform remembers: tables of documents, cached, written through to the store."""

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cartcarrier.http import Clock
from cartcarrier.sandbox import Store

Document = dict[str, Any]

DEFAULT_SWITCHES: Final[Document] = {
    "search_lag_seconds": 120.0,
    "listing_delay_seconds": 60.0,
    "feed_queue_seconds": 30.0,
    "feed_work_seconds": 60.0,
    "result_gzip_above": 2000,
    "rate_header": True,
    "deny_searching_orders": False,
    "refuse_fulfillment_data": False,
    "swallowed_patches": 0,
    "subscription_delay_seconds": 0.0,
    "idempotency_seconds": 600.0,
    "fulfillment_order_lag_seconds": 0.0,
}


def stamp(moment: datetime) -> str:
    """Write a time as Amazon does: UTC, milliseconds. Such texts sort as their times do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def read_time(text: object) -> datetime | None:
    """Read an ISO 8601 time with a date and a zone; what is none is ``None``."""
    if not isinstance(text, str) or "T" not in text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo is not None else None


class World:
    """The platform's documents and their one way to change.

    Documents that reading hands out are shared: nobody changes them. A change starts with ``edit``, which gives a copy,
    and ends with ``put``, inside ``transaction``. An exception in between undoes all of it.

    Args:
        store: Where the documents are kept.
        clock: Where time comes from.
        seed: What invented facts are drawn from.
    """

    def __init__(self, store: Store, clock: Clock, seed: int) -> None:
        self.store = store
        self.clock = clock
        self.seed = seed
        self._tables: dict[str, dict[str, Document]] = {}
        self._touched: set[str] = set()
        self._depth = 0

    def forget(self) -> None:
        """Read everything from the store again when it is needed."""
        self._tables = {}

    # --- time and numbers ---------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the platform's present."""
        return self.clock.now()

    def stamp(self, seconds: float = 0) -> str:
        """Return the present, or a moment so many seconds from it, as Amazon writes it."""
        return stamp(self.clock.now() + timedelta(seconds=seconds))

    def next_number(self, series: str) -> int:
        """Return the next number of a series, starting with 1."""
        row = self.table("series").get(series, {"value": 0})
        self.put("series", series, {"value": row["value"] + 1})
        return int(row["value"]) + 1

    def draw(self, what: str) -> random.Random:
        """Return chance that is the same for the same thing."""
        return random.Random(f"amazon:{self.seed}:{what}")  # noqa: S311 - reproducible facts of a simulator, not secrets

    # --- switches -----------------------------------------------------------------------------------------------------

    def switch(self, name: str) -> Any:  # noqa: ANN401 - a number or a truth value, as DEFAULT_SWITCHES has it
        """Return the position of a switch."""
        return self.table("switch").get(name, {"value": DEFAULT_SWITCHES[name]})["value"]

    def set_switch(self, name: str, value: object) -> None:
        """Move a switch."""
        self.put("switch", name, {"value": value})

    # --- tables -------------------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything inside, or nothing."""
        self._depth += 1
        try:
            with self.store.transaction():
                yield
        except BaseException:
            for kind in self._touched:
                self._tables.pop(kind, None)
            raise
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._touched = set()

    def table(self, kind: str) -> Mapping[str, Document]:
        """Return a table by key, oldest row first. Nobody changes its rows."""
        rows = self._tables.get(kind)
        if rows is None:
            rows = self._tables[kind] = {row["key"]: row for row in self.store.all(kind)}
        return rows

    def get(self, kind: str, key: str) -> Document | None:
        """Return a row to look at, or ``None``."""
        return self.table(kind).get(key)

    def edit(self, kind: str, key: str) -> Document:
        """Return a row to change: a copy, until it is put back."""
        row = self.store.get(kind, key)
        if row is None:
            raise KeyError(key)
        return row

    def put(self, kind: str, key: str, row: Document) -> None:
        """Write a row."""
        table = self.table(kind)
        row = {**row, "key": key}
        self.store.put(kind, key, row)
        if self._depth:
            self._touched.add(kind)
        table[key] = row  # type: ignore[index]  # the cache behind the read-only view

    def drop(self, kind: str, key: str) -> None:
        """Forget a row."""
        table = self.table(kind)
        self.store.delete(kind, key)
        if self._depth:
            self._touched.add(kind)
        table.pop(key, None)  # type: ignore[attr-defined]  # the cache behind the read-only view
