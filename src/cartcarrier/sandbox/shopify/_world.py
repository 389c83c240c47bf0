"""What the shop remembers: orders as documents with everything that belongs to them, written through to the store."""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Literal

from cartcarrier.http import Clock
from cartcarrier.sandbox import Store
from cartcarrier.sandbox.shopify._ids import Document, stamp
from cartcarrier.sandbox.shopify._status import snapshot

Search = Literal["later", "now", "unchanged"]

FIRST_ID = 5_100_000_000_000
EVERY_SCOPE = (
    "read_orders",
    "write_orders",
    "read_merchant_managed_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
    "read_fulfillments",
    "write_fulfillments",
    "read_inventory",
    "write_inventory",
    "read_locations",
    "read_products",
)


class World:
    """The shop's documents, cached, and their one way to change.

    Documents that reading hands out are shared: nobody changes them. A change starts with ``edit``, which gives a copy,
    and ends with ``save``, inside ``transaction``. An exception in between undoes all of it.

    Args:
        store: Where the documents are kept.
        clock: Where time comes from.
        search_lag: Seconds until a change is seen by searches.
        job_seconds: How long an asynchronous job takes.
    """

    def __init__(self, store: Store, clock: Clock, *, search_lag: float, job_seconds: float) -> None:
        self.store = store
        self.clock = clock
        self.search_lag = search_lag
        self.job_seconds = job_seconds
        self._orders: dict[int, Document] = {}
        self._pending: dict[int, Document] = {}
        self._versions: dict[int, int] = {}
        self._owners: dict[tuple[str, int], int] = {}
        self._waiting: set[int] = set()
        self._meta: Document = {}
        self._tables: dict[str, dict[str, Document]] = {}
        self._depth = 0
        self.load()

    def load(self) -> None:
        """Read everything from the store again."""
        self._orders = {order["id"]: order for order in self.store.all("order")}
        self._pending = {}
        self._tables = {}
        self._owners = {}
        self._waiting = set()
        for order in self._orders.values():
            self._remember(order)
        self._meta = self.store.get("meta", "shop") or {
            "sequence": FIRST_ID,
            "order_number": 1000,
            "scopes": list(EVERY_SCOPE),
            "access_level": 2,
            "generation": 0,
        }

    # --- time and numbers ---------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the shop's present."""
        return self.clock.now()

    def epoch(self) -> float:
        """Return the present as seconds."""
        return self.clock.now().timestamp()

    def stamp(self) -> str:
        """Return the present as this API writes it."""
        return stamp(self.clock.now())

    def next_id(self) -> int:
        """Return a number that no object has had."""
        self._meta["sequence"] += 1
        self.store.put("meta", "shop", self._meta)
        return int(self._meta["sequence"])

    def next_order_number(self) -> int:
        """Return the next number of an order's name."""
        self._meta["order_number"] += 1
        self.store.put("meta", "shop", self._meta)
        return int(self._meta["order_number"])

    @staticmethod
    def job_key(number: int) -> str:
        """Return the UUID that stands for a number, where this API uses UUIDs."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"cartcarrier:{number}"))

    # --- settings -----------------------------------------------------------------------------------------------------

    @property
    def scopes(self) -> frozenset[str]:
        """What the app may do."""
        return frozenset(self._meta["scopes"])

    @property
    def is_service_app(self) -> bool:
        """Whether the app answers for the locations of its own fulfillment service."""
        return "write_assigned_fulfillment_orders" in self.scopes

    @property
    def access_level(self) -> int:
        """Level of access to customers' data; below 2, names and addresses are withheld."""
        return int(self._meta["access_level"])

    def setting(self, name: str) -> object:
        """Return a remembered setting, or ``None``."""
        return self._meta.get(name)

    def set(self, **changes: object) -> None:
        """Change remembered settings."""
        with self.transaction():
            self._meta.update(changes)
            self.store.put("meta", "shop", self._meta)

    # --- transactions -------------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do everything inside, or nothing."""
        self._depth += 1
        try:
            with self.store.transaction():
                yield
        except BaseException:
            self._depth -= 1
            self._pending = {}
            self._tables = {}
            self._meta = self.store.get("meta", "shop") or self._meta
            raise
        self._depth -= 1
        if self._depth == 0:
            for number, order in self._pending.items():
                self._orders[number] = order
                self._versions[number] = self._versions.get(number, 0) + 1
                self._remember(order)
            self._pending = {}

    # --- orders -------------------------------------------------------------------------------------------------------

    def orders(self) -> list[Document]:
        """Return every order, oldest first."""
        return list({**self._orders, **self._pending}.values()) if self._pending else list(self._orders.values())

    def order(self, number: int | None) -> Document | None:
        """Return an order to look at."""
        if number is None:
            return None
        return self._pending.get(number) or self._orders.get(number)

    def version(self, number: int) -> int:
        """Return a number that is new after every change of that order."""
        return -1 if number in self._pending else self._versions.get(number, 0)

    def owner(self, kind: str, number: int | None) -> Document | None:
        """Return the order to which a fulfillment order, a fulfillment or one of their lines belongs."""
        if number is None:
            return None
        for order in self._pending.values():
            if (kind, number) in _parts(order):
                return order
        return self.order(self._owners.get((kind, number)))

    def edit(self, number: int) -> Document:
        """Return an order to change: a copy, until it is saved."""
        document = self.store.get("order", str(number))
        if document is None:
            raise KeyError(number)
        return document

    def save(self, order: Document, *, touch: bool = True, search: Search = "later") -> None:
        """Keep a changed order.

        Args:
            order: The changed copy.
            touch: Whether this moves the order's ``updatedAt``. Holds don't (field guide shopify.md §0.11).
            search: When searches see it: after the lag, ``now``, or never, because nothing they know has changed.
        """
        now = self.epoch()
        if touch:
            order["updated_at"] = self.stamp()
        if search != "unchanged":
            visible = [entry for entry in order["index"] if entry[0] <= now][-1:]
            waiting = [entry for entry in order["index"] if entry[0] > now]
            due = now if search == "now" else now + self.search_lag
            order["index"] = [*visible, *waiting, [due, snapshot(order)]]
        self.store.put("order", str(order["id"]), order)
        self._pending[order["id"]] = order
        if self._depth == 0:
            with self.transaction():
                pass

    def waiting(self) -> list[Document]:
        """Return the orders for which time itself will do something: routing, and running jobs."""
        return [self._orders[number] for number in sorted(self._waiting)]

    def _remember(self, order: Document) -> None:
        for part in _parts(order):
            self._owners[part] = order["id"]
        if order["routing_announced"] and not order.get("job_due"):
            self._waiting.discard(order["id"])
        else:
            self._waiting.add(order["id"])

    # --- small tables -------------------------------------------------------------------------------------------------

    def table(self, kind: str) -> Mapping[str, Document]:
        """Return a table by key: locations, items, subscriptions, deliveries, jobs, keys. Nobody changes its rows."""
        if kind not in self._tables:
            self._tables[kind] = {row["key"]: row for row in self.store.all(kind)}
        return self._tables[kind]

    def put(self, kind: str, key: str, row: Document) -> None:
        """Write a row of a table."""
        row = {**row, "key": key}
        self.store.put(kind, key, row)
        if kind in self._tables:
            self._tables[kind][key] = row

    def drop(self, kind: str, key: str) -> None:
        """Forget a row."""
        self.store.delete(kind, key)
        if kind in self._tables:
            self._tables[kind].pop(key, None)


def _parts(order: Document) -> Iterator[tuple[str, int]]:
    for line in order["lines"]:
        yield "LineItem", line["id"]
    for fulfillment_order in order["fulfillment_orders"]:
        yield "FulfillmentOrder", fulfillment_order["id"]
        for line in fulfillment_order["lines"]:
            yield "FulfillmentOrderLineItem", line["id"]
    for fulfillment in order["fulfillments"]:
        yield "Fulfillment", fulfillment["id"]
