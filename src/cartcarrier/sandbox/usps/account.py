"""The seeded account, and what the platform remembers: labels, keys, money, switches. All of it lives in the store."""

import hashlib
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from cartcarrier.http import Clock
from cartcarrier.sandbox._store import Document, Store

CLIENT_ID: Final = "sandbox-usps-key"
CLIENT_SECRET: Final = "sandbox-usps-secret"  # noqa: S105 - opens nothing but the sandbox
CRID: Final = "12345678"
MID: Final = "900123456"
MANIFEST_MID: Final = "900123457"
ACCOUNT_TYPE: Final = "EPS"
ACCOUNT_NUMBER: Final = "1000000001"
PERMIT: Final = ("4321", "30005")
"""A permit beside the account: its number and its ZIP code."""
STARTING_FUNDS: Final = "100000.00"

SCOPES: Final = (
    "addresses",
    "prices",
    "international-prices",
    "shipments",
    "service-standards",
    "locations",
    "labels",
    "international-labels",
    "payments",
    "pickup",
    "scan-forms",
    "tracking",
    "subscriptions-tracking",
    "adjustments",
    "disputes",
)

DEFAULT_SWITCHES: Final[Document] = {
    "scopes": list(SCOPES),
    "tracking_api": "v3r2",
    "ship_outbound": True,
    "ship_returns": True,
    "account_state": "active",
    "contract": True,
    "contract_shared": True,
    "company_name": True,
    "test_environment": False,
    "refunds": True,
    "international_refunds": False,
    "key_lifetime_seconds": 86_400,
    "find_late_seconds": 0,
    "mailing_days_ahead": 7,
    "shared_quota": False,
    "status_created": False,
    "gmt_offset_style": "+hh:mm",
    "false_z": False,
    "string_booleans": False,
    "dispute_days": 14,
    "facility_id_name": "facilityID",
    "pickup_as_list": True,
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

    def mint(self, name: str) -> str:
        """Return a new secret of 64 hexadecimal digits; no two are the same."""
        number = self.next_number(name)
        return hashlib.sha256(f"{self.seed}:{name}:{number}:{self.now().isoformat()}".encode()).hexdigest()

    # Money: what was bought and credited, and what is left on the account.

    def add_money(self, name: str, amount: Decimal) -> None:
        """Add to a sum of money, in US dollars."""
        sums = self.store.get("world", name) or {}
        sums["USD"] = str(Decimal(sums.get("USD", "0.00")) + amount)
        self.store.put("world", name, sums)

    def money(self, name: str) -> dict[str, str]:
        """Return a sum of money, by currency."""
        return dict(self.store.get("world", name) or {})

    def funds(self) -> Decimal:
        """Return what is left on the account."""
        return Decimal((self.store.get("world", "funds") or {"amount": STARTING_FUNDS})["amount"])

    def set_funds(self, amount: Decimal) -> None:
        """Say what is on the account."""
        self.store.put("world", "funds", {"amount": str(amount)})

    def pay(self, amount: Decimal) -> None:
        """Spend money on a label."""
        self.add_money("bought", amount)
        self.set_funds(self.funds() - amount)

    def credit(self, amount: Decimal) -> None:
        """Give money back."""
        self.add_money("credited", amount)
        self.set_funds(self.funds() + amount)

    # Labels: one document each, under the tracking number; an index leads from references to them.

    def save_label(self, label: Document) -> None:
        """Write a label, and what leads to it."""
        with self.store.transaction():
            self.store.put("labels", label["number"], label)
            if is_pending(label):
                self.store.put("pending", label["number"], {"number": label["number"]})
            else:
                self.store.delete("pending", label["number"])
            for value in set(label["references"]):
                entry = self.store.get("references", value) or {"labels": []}
                if label["number"] not in entry["labels"]:
                    entry["labels"].append(label["number"])
                    self.store.put("references", value, entry)

    def label(self, number: str) -> Document | None:
        """Return the label with a tracking number, routing code in front or not."""
        return self.store.get("labels", strip_routing(number))

    def pending_labels(self) -> list[Document]:
        """Return the labels that time may still charge or credit."""
        found = (self.store.get("labels", entry["number"]) for entry in self.store.all("pending"))
        return [label for label in found if label is not None]

    def labels(self) -> list[Document]:
        """Return every label, oldest first."""
        return self.store.all("labels")


def is_pending(label: Document) -> bool:
    """Say whether a label has a refund that is not decided, or is a return label that was not used."""
    dispute = label["dispute"]
    undecided = dispute is not None and dispute["decision"] is None
    return undecided or (label["kind"] == "return" and not label.get("charged"))


def strip_routing(number: str) -> str:
    """Return a scanned number without the ``420`` and the ZIP code in front (guide §10)."""
    written = "".join(number.split()).upper()
    if written.startswith("420") and len(written) in {30, 34}:
        return written[-22:]
    return written


def created_at(label: Document) -> datetime:
    """Return when a label was bought."""
    return datetime.fromisoformat(label["created_at"])


def age(label: Document, now: datetime) -> timedelta:
    """Return how long ago a label was bought."""
    return now - created_at(label)
