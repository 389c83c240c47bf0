"""The seeded account, and what the platform remembers: labels, money, switches. All of it lives in the store."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from cartcarrier.http import Clock
from cartcarrier.sandbox._store import Document, Store

CLIENT_ID: Final = "sandbox-fedex-ship-project"
CLIENT_SECRET: Final = "sandbox-fedex-ship-secret"  # noqa: S105 - opens nothing but the sandbox
TRACK_CLIENT_ID: Final = "sandbox-fedex-track-project"
TRACK_CLIENT_SECRET: Final = "sandbox-fedex-track-secret"  # noqa: S105 - opens nothing but the sandbox
CHILD_KEY: Final = "sandbox-fedex-child"
CHILD_SECRET: Final = "sandbox-fedex-child-secret"  # noqa: S105 - opens nothing but the sandbox
SECURITY_TOKEN: Final = "sandbox-fedex-push-token"  # noqa: S105 - opens nothing but the sandbox
ACCOUNT_NUMBER: Final = "740561073"
ACCOUNT_COUNTRY: Final = "US"
THIRD_PARTIES: Final = {"802255209": "US", "613787364": "US", "510051408": "GB"}
"""Accounts of others that may be billed: number to country."""

DEFAULT_SWITCHES: Final[Document] = {
    "find_late_seconds": 0,
    "track_late_seconds": 0,
    "ground_listed_after_close": False,
    "one_project": False,
    "disabled_capabilities": [],
    "label_approval": True,
    "credit_hold": False,
    "refuse_cancel": False,
    "ground_to_homes": "surcharged",
    "account_language": "en_US",
    "money_as_object": False,
    "detail_currency": True,
    "string_attributes": False,
    "track_alerts": "list",
    "missing_messages": False,
    "gzip": "asked",
    "virtualized": False,
    "push_shape": "answer",
    "refuse_duplicate_pickups": False,
}


class World:
    """What the simulator knows, with the words of its trade.

    Args:
        store: Its part of the store.
        clock: Its time.
        seed: What its invented facts are drawn from.
    """

    def __init__(self, store: Store, clock: Clock, seed: int) -> None:
        self.store = store
        self.clock = clock
        self.seed = seed

    def now(self) -> datetime:
        """Return the present."""
        return self.clock.now()

    def switch(self, name: str) -> Any:  # noqa: ANN401 - each switch has a type of its own
        """Return a switch's position."""
        return (self.store.get("world", "switches") or {}).get(name, DEFAULT_SWITCHES[name])

    def set_switches(self, **positions: object) -> None:
        """Move switches."""
        switches = self.store.get("world", "switches") or {}
        self.store.put("world", "switches", {**switches, **positions})

    def next_number(self, name: str) -> int:
        """Count on, durably, and return the new count."""
        counters = self.store.get("world", "counters") or {}
        counters[name] = counters.get(name, 0) + 1
        self.store.put("world", "counters", counters)
        return int(counters[name])

    def count(self, name: str) -> int:
        """Return a counter."""
        return int((self.store.get("world", "counters") or {}).get(name, 0))

    def new_id(self, kind: str) -> str:
        """Make an identifier that looks like a random one, and is the same in every run."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"fedex:{self.seed}:{kind}:{self.next_number(f'id-{kind}')}"))

    def add_money(self, name: str, currency: str, amount: Decimal) -> None:
        """Add to a sum of money, per currency."""
        sums = self.store.get("world", name) or {}
        sums[currency] = str(Decimal(sums.get(currency, "0.00")) + amount)
        self.store.put("world", name, sums)

    def money(self, name: str) -> dict[str, str]:
        """Return a sum of money, per currency."""
        return dict(self.store.get("world", name) or {})

    # Shipments: one document each, under the master number; an index leads from every package to it. A number that was
    # used before leads to several shipments; the newest is the last.

    def save_shipment(self, shipment: Document) -> None:
        """Write a shipment, and what leads to it."""
        with self.store.transaction():
            self.store.put("shipments", shipment["key"], shipment)
            for package in shipment["packages"]:
                self._link("packages", package["tracking_number"], shipment["key"])
            for value in {reference["value"] for reference in shipment["references"]}:
                self._link("references", value, shipment["key"])

    def _link(self, kind: str, value: str, key: str) -> None:
        entry = self.store.get(kind, value) or {"shipments": []}
        if key not in entry["shipments"]:
            entry["shipments"].append(key)
            self.store.put(kind, value, entry)

    def shipment(self, number: str) -> Document | None:
        """Return the newest shipment that has a package of that number."""
        found = self.with_number(number)
        return found[-1] if found else None

    def with_number(self, number: str) -> list[Document]:
        """Return the shipments that have a package of that number, oldest first."""
        return self._linked("packages", number)

    def with_reference(self, value: str) -> list[Document]:
        """Return the shipments that bear a reference, oldest first."""
        return self._linked("references", value)

    def _linked(self, kind: str, value: str) -> list[Document]:
        entry = self.store.get(kind, value) or {"shipments": []}
        found = [self.store.get("shipments", key) for key in entry["shipments"]]
        return sorted((each for each in found if each is not None), key=lambda each: str(each["created_at"]))

    def shipments(self) -> list[Document]:
        """Return every shipment that was bought here, oldest first."""
        return [shipment for shipment in self.store.all("shipments") if not shipment["historic"]]


def created_at(shipment: Document) -> datetime:
    """Return when a label was bought."""
    return datetime.fromisoformat(shipment["created_at"])


def age(shipment: Document, now: datetime) -> timedelta:
    """Return how long ago a label was bought."""
    return now - created_at(shipment)


def is_cancelled(shipment: Document) -> bool:
    """Say whether every package of a shipment is cancelled."""
    return all(package["voided_at"] for package in shipment["packages"])
