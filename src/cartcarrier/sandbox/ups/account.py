"""The seeded account, and what the platform remembers: labels, money, switches. All of it lives in the store."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from cartcarrier.http import Clock
from cartcarrier.sandbox._store import Document, Store

CLIENT_ID: Final = "sandbox-ups-client"
CLIENT_SECRET: Final = "sandbox-ups-secret"  # noqa: S105 - opens nothing but the sandbox
ACCOUNT_NUMBER: Final = "C4RT01"
ACCOUNT_POSTAL_CODE: Final = "30005"
THIRD_PARTIES: Final = {"T1R2D3": ("US", "10001"), "R3CV01": ("US", "80012")}
"""Payers that may be billed beside the account: number to country and pickup postal code."""
UNBILLABLE: Final = frozenset({"N0B1LL"})
"""Payers that exist and have not agreed to be billed by others."""
REFUSED_ACCOUNTS: Final[dict[str, tuple[str, str, int]]] = {
    "CL0SED": ("120121", "The shipper number is not enabled for this service.", 403),
    "N0TM1N": ("120122", "The shipper number is not in the profile of the user.", 400),
}
"""Accounts of others as shippers: number to what UPS answers."""
WEBHOOK_CREDENTIAL: Final = "sandbox-ups-webhook-credential"

DEFAULT_SWITCHES: Final[Document] = {
    "find_late_seconds": 0,
    "negotiated": True,
    "payment_declined": False,
    "disabled_products": [],
    "cie_void_decoration": False,
    "void_result_key": "PackageLevelResult",
    "single_as_object": None,
    "legacy_fault": False,
    "cie_states": [],
    "cie_paperless": False,
    "cie_track_alert": False,
    "paperless_enabled": True,
    "contracts": [],
    "outages": {},
    "auth_code": "250002",
    "merchant_blocked": False,
    "negotiated_refused": False,
    "ambiguous_status": 200,
    "described_transit_errors": False,
    "late_code": "300007",
    "pickup_repeats": "same",
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

    def add_money(self, name: str, currency: str, amount: Decimal) -> None:
        """Add to a sum of money, per currency."""
        sums = self.store.get("world", name) or {}
        sums[currency] = str(Decimal(sums.get(currency, "0.00")) + amount)
        self.store.put("world", name, sums)

    def money(self, name: str) -> dict[str, str]:
        """Return a sum of money, per currency."""
        return dict(self.store.get("world", name) or {})

    # Shipments: one document each, under the first package's number; an index leads from every package to it.

    def save_shipment(self, shipment: Document) -> None:
        """Write a shipment, and what leads to it."""
        with self.store.transaction():
            self.store.put("shipments", shipment["id"], shipment)
            for package in shipment["packages"]:
                self.store.put("packages", package["tracking_number"], {"shipment": shipment["id"]})
            for value in {reference["value"] for reference in shipment["references"]}:
                entry = self.store.get("references", value) or {"shipments": []}
                if shipment["id"] not in entry["shipments"]:
                    entry["shipments"].append(shipment["id"])
                    self.store.put("references", value, entry)

    def shipment(self, number: str) -> Document | None:
        """Return the shipment with that number, or with a package of that number."""
        entry = self.store.get("packages", number)
        return self.store.get("shipments", entry["shipment"]) if entry else self.store.get("shipments", number)

    def shipments(self) -> list[Document]:
        """Return every shipment, oldest first."""
        return self.store.all("shipments")

    def with_reference(self, value: str) -> list[Document]:
        """Return the shipments that bear a reference, oldest first."""
        entry = self.store.get("references", value) or {"shipments": []}
        found = (self.store.get("shipments", number) for number in entry["shipments"])
        return [shipment for shipment in found if shipment is not None]


def created_at(shipment: Document) -> datetime:
    """Return when a label was bought."""
    return datetime.fromisoformat(shipment["created_at"])


def age(shipment: Document, now: datetime) -> timedelta:
    """Return how long ago a label was bought."""
    return now - created_at(shipment)


def is_voided(shipment: Document) -> bool:
    """Say whether every package of a shipment is voided."""
    return all(package["voided_at"] for package in shipment["packages"])
