"""UPS on your own machine: labels, prices, addresses and tracking, with UPS's rules and without its invoice."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from typing_extensions import override

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox._bucket import Bucket
from cartcarrier.sandbox._simulator import ASGIApp, Simulator, command
from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.ups.account import (
    ACCOUNT_NUMBER,
    CLIENT_ID,
    CLIENT_SECRET,
    DEFAULT_SWITCHES,
    World,
    is_voided,
)
from cartcarrier.sandbox.ups.app import UPSPaths, name_operation
from cartcarrier.sandbox.ups.errors import body_for_status
from cartcarrier.sandbox.ups.journey import KINDS

CALLS_PER_SECOND = 10
PRODUCTS = ("rating", "shipping", "address", "tracking")


class UPSSimulator(Simulator):
    """A simulated UPS with one account, written from the field guide and UPS's published descriptions.

    It has no idempotency, as UPS has none: each ``ship`` call that passes the rules buys a label and spends money. Operations,
    as faults and counters name them: ``token``, ``rate``, ``shop``, ``address``, ``ship``, ``void``, ``recover``, ``track``,
    ``track_shipment``, ``track_reference``.
    """

    name: ClassVar[str] = "ups"

    @property
    def world(self) -> World:
        """What the platform knows; tests may look, commands are the way for everybody else."""
        return World(self.store, self.clock, self.seed)

    @override
    def build(self) -> ASGIApp:
        bucket = Bucket(self.clock, capacity=CALLS_PER_SECOND, rate=CALLS_PER_SECOND) if self.limits else None
        return UPSPaths(self.world, bucket).build()

    @override
    def operation(self, method: str, path: str, body: bytes) -> str:
        return name_operation(method, path)

    @override
    def error_body(self, status: int) -> tuple[bytes, str]:
        return body_for_status(status), "application/json"

    @override
    def settings(self) -> dict[str, object]:
        return {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "account_number": ACCOUNT_NUMBER,
            "sandbox": True,
        }

    @override
    def hosts(self, base_url: str) -> dict[str, str]:
        return {"api": f"{base_url.rstrip('/')}/{self.name}"}

    @override
    def describe(self) -> Mapping[str, object]:
        limit = f"{CALLS_PER_SECOND} calls a second, then 429 (10429)" if self.limits else "raised: none in force"
        return {
            "platform": "UPS REST APIs",
            "simulates": "OAuth, Rating, Shipping, Void, Label Recovery, Tracking, Address Validation",
            "left_out": "Track Alert, pickups, paperless documents, Quantum View",
            "limits": limit,
            "prices": "invented",
        }

    @override
    def totals(self) -> Mapping[str, object]:
        world = self.world
        return {
            "labels": world.count("labels"),
            "shipments": self.store.count("shipments"),
            "voided": world.count("voided"),
            "spent": self.spent(),
        }

    @command
    def labels(self) -> list[Document]:
        """List every label ever bought, oldest first."""
        return [
            {
                "tracking_number": package["tracking_number"],
                "shipment_id": shipment["id"],
                "service": shipment["service"],
                "references": [reference["value"] for reference in shipment["references"]],
                "created_at": shipment["created_at"],
                "voided": package["voided_at"] is not None,
            }
            for shipment in self.world.shipments()
            for package in shipment["packages"]
        ]

    @command
    def spent(self) -> dict[str, dict[str, str]]:
        """Return the money spent on labels, the money credited for voided ones, and the difference, by currency."""
        bought, credited = self.world.money("bought"), self.world.money("credited")
        net = {
            currency: str(Decimal(sum_) - Decimal(credited.get(currency, "0.00"))) for currency, sum_ in bought.items()
        }
        return {"bought": bought, "credited": credited, "net": net}

    @command
    def duplicates(self, *, code: str | None = None) -> dict[str, list[str]]:
        """Return the references that more than one shipment bears that is not voided: what was bought twice.

        Args:
            code: Look at references of that code only, for example ``TN``.

        Returns:
            Reference to the numbers of the shipments.
        """
        found: dict[str, list[str]] = defaultdict(list)
        for shipment in self.world.shipments():
            if is_voided(shipment):
                continue
            for value in {r["value"] for r in shipment["references"] if code is None or r["code"] == code}:
                found[value].append(shipment["id"])
        return {value: numbers for value, numbers in found.items() if len(numbers) > 1}

    @command
    def find_late(self, *, seconds: float) -> None:
        """Let label recovery find a label only when it is that old, by the simulator's clock.

        Raises:
            InvalidValueError: A negative time.
        """
        if seconds < 0:
            raise InvalidValueError("find_late: seconds cannot be negative", field="seconds")
        self.world.set_switches(find_late_seconds=seconds)

    @command
    def set_journey(self, *, tracking_number: str, kind: str) -> None:
        """Choose what happens to a parcel.

        Args:
            tracking_number: Its number.
            kind: One of ``journey.KINDS``.

        Raises:
            InvalidValueError: No such script, or no such parcel.
        """
        if kind not in KINDS:
            raise InvalidValueError(f"no such journey: {kind}; there are {', '.join(KINDS)}", field="kind")
        shipment = self.world.shipment(tracking_number)
        if shipment is None:
            raise InvalidValueError("the sandbox has sold no label of that number", field="tracking_number")
        for package in shipment["packages"]:
            if package["tracking_number"] == tracking_number:
                package["journey"] = kind
        self.world.save_shipment(shipment)

    @command
    def set_switches(self, **positions: object) -> dict[str, object]:
        """Move switches that change how the platform behaves, and return all of them.

        Args:
            positions: ``negotiated`` (whether the account has prices of its own), ``payment_declined``, ``disabled_products``
                (of ``PRODUCTS``: they answer 401), ``cie_void_decoration`` and ``cie_states`` (oddities of UPS's test system),
                ``void_result_key`` (``PackageLevelResult``, as seen, or ``PackageLevelResults``, as documented),
                ``single_as_object`` (``True``, ``False``, or ``None`` for what the path's version does), ``legacy_fault``,
                ``find_late_seconds``.

        Raises:
            InvalidValueError: No such switch.
        """
        unknown = sorted(set(positions) - set(DEFAULT_SWITCHES))
        if unknown:
            raise InvalidValueError(f"no such switch: {', '.join(unknown)}", field=unknown[0])
        self.world.set_switches(**positions)
        return {name: self.world.switch(name) for name in DEFAULT_SWITCHES}
