"""What this eBay remembers: documents by kind and key, cached, written through to the store."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import msgspec

from cartcarrier.errors import InvalidValueError
from cartcarrier.http import Clock
from cartcarrier.sandbox import Store

Document = dict[str, Any]
Json: TypeAlias = Any

SWITCHES: Mapping[str, Json] = {
    "list_lag": 120,
    "fulfillment_lag": 0,
    "cancel_seconds": 60,
    "refund_seconds": 60,
    "hide_cancel_state": False,
    "signature_required": None,
    "suspended": False,
    "omit_carrier": False,
    "strict_carriers": False,
    "one_sku_per_call": False,
}


def to_stamp(moment: datetime) -> str:
    """Write a moment as eBay does: UTC, three decimals, ``Z`` (field guide ebay.md §1). Such texts sort by time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_stamp(text: str) -> datetime:
    """Read a moment with any number of decimals.

    Raises:
        ValueError: It is no moment, or has no zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return moment.astimezone(UTC)


def copy(document: Mapping[str, Json]) -> Document:
    """Return a deep copy of a document."""
    made: Document = msgspec.json.decode(msgspec.json.encode(document))
    return made


class World:
    """Everything that is remembered, and the only way to change it.

    What reading hands out is shared: nobody changes it. A change is made to a copy (``edit``) that is ``put`` back, inside
    ``transaction`` where several belong together; an exception inside undoes all of them.

    Args:
        store: Where the documents are kept.
        clock: Where time comes from.
        seed: What invented facts are drawn from.
    """

    def __init__(self, store: Store, clock: Clock, *, seed: int) -> None:
        self.store = store
        self.clock = clock
        self.seed = seed
        self._tables: dict[str, dict[str, Document]] = {}
        self._touched: set[str] = set()
        self._depth = 0

    # --- time, numbers, switches --------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the platform's present."""
        return self.clock.now()

    def stamp(self, ahead: float = 0) -> str:
        """Return the present, or a moment that many seconds ahead of it, as eBay writes it."""
        return to_stamp(self.clock.now() + timedelta(seconds=ahead))

    def epoch(self) -> float:
        """Return the present in seconds."""
        return self.clock.now().timestamp()

    def next_number(self, name: str, start: int = 1) -> int:
        """Return the next number of a sequence."""
        row = self.get("sequence", name) or {"value": start - 1}
        value = int(row["value"]) + 1
        self.put("sequence", name, {"value": value})
        return value

    def mint(self, purpose: str) -> str:
        """Return 64 hexadecimal digits that nothing else has: the same seed and history give the same ones."""
        number = self.next_number("secrets")
        return hashlib.sha256(f"ebay:{self.seed}:{purpose}:{number}".encode()).hexdigest()

    def switch(self, name: str) -> Json:
        """Return a switch's position."""
        return (self.get("meta", "switches") or {}).get(name, SWITCHES[name])

    def set_switches(self, changes: Mapping[str, Json]) -> None:
        """Turn switches.

        Raises:
            InvalidValueError: There is no such switch.
        """
        for name in changes:
            if name not in SWITCHES:
                raise InvalidValueError(f"no switch {name}; there are {', '.join(SWITCHES)}", field=name)
        self.put("meta", "switches", {**(self.get("meta", "switches") or {}), **changes})

    # --- documents ----------------------------------------------------------------------------------------------------

    def table(self, kind: str) -> Mapping[str, Document]:
        """Return every document of a kind by key, oldest first."""
        return self._table(kind)

    def rows(self, kind: str) -> list[Document]:
        """Return every document of a kind, oldest first, in a list of its own."""
        return list(self._table(kind).values())

    def get(self, kind: str, key: str) -> Document | None:
        """Return a document to look at, or ``None``."""
        return self._table(kind).get(key)

    def edit(self, kind: str, key: str) -> Document:
        """Return a document to change: a copy, until it is put back.

        Raises:
            KeyError: There is none.
        """
        return copy(self._table(kind)[key])

    def put(self, kind: str, key: str, document: Mapping[str, Json]) -> Document:
        """Write a document, and return it as it is kept."""
        row = {**document, "key": key}
        table = self._table(kind)
        self._touched.add(kind)
        self.store.put(kind, key, row)
        table[key] = row
        return row

    def drop(self, kind: str, key: str) -> None:
        """Forget a document; one that is not there is no error."""
        table = self._table(kind)
        if key in table:
            self._touched.add(kind)
            self.store.delete(kind, key)
            del table[key]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything inside, or nothing; nested ones join the outer."""
        self._depth += 1
        try:
            with self.store.transaction():
                yield
        except BaseException:
            if self._depth == 1:
                for kind in self._touched:
                    self._tables.pop(kind, None)
            raise
        finally:
            self._depth -= 1
            if self._depth == 0:
                self._touched = set()

    def _table(self, kind: str) -> dict[str, Document]:
        if kind not in self._tables:
            self._tables[kind] = {row["key"]: row for row in self.store.all(kind)}
        return self._tables[kind]
