"""UPS on your own machine: labels, prices, addresses and tracking, with UPS's rules and without its invoice."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

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
    WEBHOOK_CREDENTIAL,
    World,
    is_voided,
)
from cartcarrier.sandbox.ups.app import UPSPaths, name_operation
from cartcarrier.sandbox.ups.errors import body_for_status
from cartcarrier.sandbox.ups.journey import KINDS
from cartcarrier.sandbox.ups.pickups import status_of
from cartcarrier.sandbox.ups.pushes import Pushes
from cartcarrier.sandbox.ups.voiding import REFUSALS

CALLS_PER_SECOND = 10
PRODUCTS = ("rating", "shipping", "address", "tracking", "transit", "locator", "pickup", "paperless", "track_alert")


class UPSSimulator(Simulator):
    """A simulated UPS with one account, written from the field guide and UPS's published descriptions.

    It has no idempotency, as UPS has none: each ``ship`` call that passes the rules buys a label and spends money. Operations,
    as faults and counters name them: ``token``, ``rate``, ``shop``, ``address``, ``ship``, ``void``, ``recover``, ``track``,
    ``track_shipment``, ``track_reference``, ``transit``, ``locate``, ``pickup``, ``pickup_rate``, ``pickup_status``,
    ``pickup_cancel``, ``pickup_divisions``, ``upload``, ``attach``, ``delete_document``, ``subscribe``, ``subscribe_account``,
    ``unsubscribe_account``.
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
            "webhook_credential": WEBHOOK_CREDENTIAL,
        }

    @override
    def hosts(self, base_url: str) -> dict[str, str]:
        return {"api": f"{base_url.rstrip('/')}/{self.name}"}

    @override
    def describe(self) -> Mapping[str, object]:
        limit = f"{CALLS_PER_SECOND} calls a second, then 429 (10429)" if self.limits else "raised: none in force"
        return {
            "platform": "UPS REST APIs",
            "simulates": "OAuth, Rating, Time in Transit, Shipping, returns, Void, Label Recovery, Tracking, Track Alert, Address"
            " Validation, Locator, Pickup, Paperless Documents",
            "left_out": "Quantum View, Smart Pickup, freight, Mail Innovations, Delivery Intercept, dangerous goods pre-checks",
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
            "pickups": self.store.count("pickups"),
            "documents": self.store.count("documents"),
            "alerts": self.store.count("alerts"),
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
    def find_late(self, *, seconds: float, code: str = "300007") -> None:
        """Let label recovery find a label only when it is that old, by the simulator's clock.

        Args:
            seconds: How old.
            code: What is said until then: 300007 (not found), or 300034 (not processed yet).

        Raises:
            InvalidValueError: A negative time, or another code.
        """
        if seconds < 0:
            raise InvalidValueError("find_late: seconds cannot be negative", field="seconds")
        if code not in {"300007", "300034"}:
            raise InvalidValueError("find_late: code is 300007 or 300034", field="code")
        self.world.set_switches(find_late_seconds=seconds, late_code=code)

    @command
    def refuse_void(self, *, tracking_number: str, code: str) -> None:
        """Let UPS refuse to void a shipment for a reason of its own.

        Args:
            tracking_number: Of one of its parcels.
            code: One of ``voiding.REFUSALS``.

        Raises:
            InvalidValueError: No such code, or no such parcel.
        """
        if code not in REFUSALS:
            raise InvalidValueError(f"no such refusal: {code}; there are {', '.join(REFUSALS)}", field="code")
        shipment = self.world.shipment(tracking_number)
        if shipment is None:
            raise InvalidValueError("the sandbox has sold no label of that number", field="tracking_number")
        self.world.save_shipment({**shipment, "void_refusal": code})

    @command
    def emails(self) -> list[Document]:
        """List the return labels that UPS has mailed, oldest first: shipment and address."""
        return [
            {"shipment_id": shipment["id"], "to": shipment["label_mailed_to"], "return_code": shipment["return_code"]}
            for shipment in self.world.shipments()
            if shipment.get("label_mailed_to")
        ]

    @command
    def documents(self) -> list[Document]:
        """List the uploaded documents, oldest first: number, name, format, type, size, and the shipments they belong to."""
        return self.store.all("documents")

    @command
    def pickups(self) -> list[Document]:
        """List every pickup ever ordered, oldest first, with its fee and how far it is (``status``, UPS's code)."""
        world = self.world
        return [{**order, "status": status_of(world, order)} for order in self.store.all("pickups")]

    @command
    def alerts(self) -> list[Document]:
        """List the subscriptions to tracking numbers: number, kind, preferences, since when and until when."""
        return self.store.all("alerts")

    @command
    def set_webhook(self, *, url: str, credential: str = WEBHOOK_CREDENTIAL) -> None:
        """Set where Track Alert pushes to, as on UPS's developer portal.

        Args:
            url: Where to; HTTPS.
            credential: What stands in the header ``credential`` of every push.

        Raises:
            InvalidValueError: An address that is not HTTPS, or an empty credential.
        """
        if not url.startswith("https://"):
            raise InvalidValueError("UPS pushes to HTTPS addresses only", field="url")
        if not credential:
            raise InvalidValueError("the credential cannot be empty", field="credential")
        self.store.put("world", "webhook", {"url": url, "credential": credential})

    @command
    def deliveries(
        self,
        *,
        limit: int | None = None,
        duplicates: int = 0,
        shuffle: bool = False,
        keep: bool = False,
        secret: str | None = None,
    ) -> list[dict[str, Any]]:
        """Return the queued pushes of Track Alert as requests: ``id``, ``url``, ``headers``, ``body``.

        Args:
            limit: At most so many.
            duplicates: How often each comes again.
            shuffle: Whether they come in another order.
            keep: Whether they stay in the queue.
            secret: Another credential, as after a change on the portal.
        """
        return Pushes(self.world).take(limit=limit, duplicates=duplicates, shuffle=shuffle, keep=keep, secret=secret)

    @command
    def report_delivery(self, delivery: str, status: int) -> str:
        """Say how a delivery went. Not 2xx: it comes again, a few times."""
        return Pushes(self.world).report(delivery, status)

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
                ``find_late_seconds``, ``late_code``, ``contracts`` (of ``hazmat``, ``restricted_articles``), ``paperless_enabled``,
                ``cie_paperless`` (1 MB a file) and ``cie_track_alert`` (test numbers only), ``pickup_repeats`` (``same`` number for a
                pickup ordered twice, as described, or a ``new`` one that costs again), ``ambiguous_status`` (200 as documented, 206 as
                seen) and ``described_transit_errors`` of Time in Transit, ``outages`` (operation to the code of a 500),
                ``auth_code`` (of a 401), ``merchant_blocked``, ``negotiated_refused`` (120900 as an error).

        Raises:
            InvalidValueError: No such switch.
        """
        unknown = sorted(set(positions) - set(DEFAULT_SWITCHES))
        if unknown:
            raise InvalidValueError(f"no such switch: {', '.join(unknown)}", field=unknown[0])
        self.world.set_switches(**positions)
        return {name: self.world.switch(name) for name in DEFAULT_SWITCHES}
