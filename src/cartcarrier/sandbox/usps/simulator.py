"""USPS on your own machine: labels, prices, addresses and tracking, with USPS's rules and without its postage."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import ClassVar, Final

from typing_extensions import override

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox._simulator import ASGIApp, Simulator, command
from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps import adjustments, cancelling, subscriptions
from cartcarrier.sandbox.usps.account import (
    ACCOUNT_NUMBER,
    ACCOUNT_TYPE,
    CLIENT_ID,
    CLIENT_SECRET,
    CRID,
    DEFAULT_SWITCHES,
    MANIFEST_MID,
    MID,
    SCOPES,
    World,
)
from cartcarrier.sandbox.usps.app import USPSPaths, name_operation
from cartcarrier.sandbox.usps.errors import body_for_status
from cartcarrier.sandbox.usps.journey import KINDS
from cartcarrier.sandbox.usps.payments import ACCOUNT_STATES
from cartcarrier.sandbox.usps.quotas import AGREED_PER_HOUR, CALLS_PER_HOUR

_CHOICES: Mapping[str, tuple[object, ...]] = {
    "tracking_api": ("v3r2", "v3", "both"),
    "account_state": tuple(ACCOUNT_STATES),
    "gmt_offset_style": ("+hh:mm", "h:mm", "minutes"),
}

RAISED: Final = 1_000_000


class USPSSimulator(Simulator):
    """A simulated USPS with one account, written from the field guide and USPS's published descriptions.

    A label that is bought under an idempotency key is bought once, however often the call is repeated. Operations, as faults and
    counters name them, are those of ``app.OPERATIONS``; the common ones are ``token``, ``payment``, ``rate``, ``shop``,
    ``address``, ``ship`` (labels of every kind), ``void``, ``recover`` (reprints), ``manifest``, ``pickup``, ``track``.
    """

    name: ClassVar[str] = "usps"

    @property
    def world(self) -> World:
        """What the platform knows; tests may look, commands are the way for everybody else."""
        return World(self.store, self.clock, self.seed)

    @override
    def build(self) -> ASGIApp:
        return USPSPaths(self.world, limits=self.limits).build()

    @override
    def operation(self, method: str, path: str, body: bytes) -> str:
        return name_operation(method, path)

    @override
    def error_body(self, status: int) -> tuple[bytes, str]:
        return body_for_status(status), "application/json"

    @override
    def settings(self) -> dict[str, object]:
        # with the limits raised the driver must be told so too: it keeps to a new app's quota by itself
        return ({} if self.limits else {"calls_per_hour": RAISED}) | {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "crid": CRID,
            "mid": MID,
            "manifest_mid": MANIFEST_MID,
            "account_type": ACCOUNT_TYPE,
            "account_number": ACCOUNT_NUMBER,
            "sandbox": True,
        }

    @override
    def hosts(self, base_url: str) -> dict[str, str]:
        return {"api": f"{base_url.rstrip('/')}/{self.name}"}

    @override
    def describe(self) -> Mapping[str, object]:
        limit = (
            f"{CALLS_PER_HOUR} calls an hour and product, {AGREED_PER_HOUR} for labels, payments, tracking, pickups and forms"
            if self.limits
            else "raised: none in force"
        )
        return {
            "platform": "USPS APIs v3",
            "simulates": "OAuth, Payments, Addresses, Prices, Shipping Options, Service Standards, Locations, Labels,"
            " International Labels, SCAN Forms, Carrier Pickup, Tracking, Subscriptions, Adjustments",
            "left_out": "letters and indicia, containers, branding, presort prices, Connect products",
            "limits": limit,
            "prices": "invented",
        }

    @override
    def totals(self) -> Mapping[str, object]:
        world = self.world
        return {
            "labels": world.count("labels"),
            "shipments": self.store.count("labels"),
            "voided": world.count("voided"),
            "spent": self.spent(),
        }

    @command
    def labels(self) -> list[Document]:
        """List every label ever bought, oldest first."""
        return [
            {
                "tracking_number": label["number"],
                "shipment_id": label["number"],
                "service": label["mail_class"],
                "references": label["references"],
                "created_at": label["created_at"],
                "voided": label["status"] != "ACTIVE",
                "status": label["status"],
                "kind": label["kind"],
                "key": label["key"],
            }
            for label in self.world.labels()
        ]

    @command
    def spent(self) -> dict[str, dict[str, str]]:
        """Return the money spent on labels, the money credited for voided ones, and the difference, by currency.

        A refund that was asked for counts when it is granted.
        """
        cancelling.settle(self.world)
        bought, credited = self.world.money("bought"), self.world.money("credited")
        net = {
            currency: str(Decimal(sum_) - Decimal(credited.get(currency, "0.00"))) for currency, sum_ in bought.items()
        }
        return {"bought": bought, "credited": credited, "net": net}

    @command
    def duplicates(self, *, code: str | None = None) -> dict[str, list[str]]:
        """Return the references that more than one label bears that is not given back: what was bought twice.

        Args:
            code: Taken for the sake of other carriers; references have no codes here.

        Returns:
            Reference to tracking numbers.
        """
        del code
        found: dict[str, list[str]] = defaultdict(list)
        for label in self.world.labels():
            if label["status"] == "ACTIVE":
                for value in set(label["references"]):
                    found[value].append(label["number"])
        return {value: numbers for value, numbers in found.items() if len(numbers) > 1}

    @command
    def purchases(self) -> list[Document]:
        """List for every idempotency key which labels it bought, and how often its answer was given again."""
        return self.store.all("purchases")

    @command
    def refunds(self) -> list[Document]:
        """List the refunds that were asked for, and how they were decided: ``None`` while they are not."""
        cancelling.settle(self.world)
        return [
            {"tracking_number": label["number"], **label["dispute"]}
            for label in self.world.labels()
            if label["dispute"] is not None
        ]

    @command
    def set_funds(self, *, amount: str) -> str:
        """Say how much money is on the account, in dollars, and return it.

        Raises:
            InvalidValueError: That is no amount.
        """
        value = _read_amount(amount, "set_funds")
        self.world.set_funds(value)
        return str(value)

    @command
    def find_late(self, *, seconds: float) -> None:
        """Let cancel, reprint and tracking find a label only when it is that old, by the simulator's clock.

        A repeat under its idempotency key gives the label at once all the same.

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
        label = self.world.label(tracking_number)
        if label is None:
            raise InvalidValueError("the sandbox has sold no label of that number", field="tracking_number")
        label["journey"] = kind
        self.world.save_label(label)

    @command
    def adjust(self, *, tracking_number: str, amount: str, kind: str = "CENSUS", reason: str = "WEIGHT") -> Document:
        """Let a scan find out that a parcel should have cost more, or less: the difference is charged or given back.

        Args:
            tracking_number: Its number.
            amount: In dollars; negative gives back.
            kind: One of ``adjustments.KINDS``.
            reason: One of ``adjustments.REASONS``.

        Raises:
            InvalidValueError: No such parcel, kind, reason or amount.
        """
        label = self.world.label(tracking_number)
        if label is None:
            raise InvalidValueError("the sandbox has sold no label of that number", field="tracking_number")
        if kind not in adjustments.KINDS or reason not in adjustments.REASONS:
            raise InvalidValueError("no such kind of adjustment", field="kind")
        return adjustments.adjust(self.world, label, kind=kind, reason=reason, amount=_read_amount(amount, "adjust"))

    @command
    def deliveries(
        self, *, limit: int | None = None, duplicates: int = 0, shuffle: bool = False, keep: bool = False
    ) -> list[Document]:
        """Take what subscriptions are to be told by now, as signed requests: ``id``, ``url``, ``headers``, ``body``.

        Args:
            limit: How many at most.
            duplicates: How often each comes again.
            shuffle: Whether they come in another order than they happened.
            keep: Whether they stay in the queue.
        """
        return subscriptions.take(self.world, limit=limit, duplicates=duplicates, shuffle=shuffle, keep=keep)

    @command
    def report_delivery(self, delivery_id: str, status: int) -> str:
        """Say how a push went. Not 2xx: it comes again, and a listener that fails five times in a row is suspended."""
        return subscriptions.report(self.world, delivery_id, status)

    @command
    def set_switches(self, **positions: object) -> dict[str, object]:
        """Move switches that change how the platform behaves, and return all of them.

        Args:
            positions: ``scopes`` (what the app was granted, of ``account.SCOPES``), ``tracking_api`` (``v3r2``, ``v3``, ``both``),
                ``ship_outbound`` and ``ship_returns`` (enrolments), ``account_state`` (of ``payments.ACCOUNT_STATES``),
                ``contract`` (whether there is one) and ``contract_shared`` (whether the app may see it), ``company_name``,
                ``test_environment`` (TEM's oddities), ``refunds`` and ``international_refunds`` (whether a label can be given
                back after the manifest), ``dispute_days``, ``key_lifetime_seconds``, ``find_late_seconds``,
                ``mailing_days_ahead``, ``shared_quota``, ``status_created`` (201 for labels), ``gmt_offset_style``, ``false_z``,
                ``string_booleans``, ``facility_id_name``, ``pickup_as_list``.

        Raises:
            InvalidValueError: No such switch, or no such position.
        """
        unknown = sorted(set(positions) - set(DEFAULT_SWITCHES))
        if unknown:
            raise InvalidValueError(f"no such switch: {', '.join(unknown)}", field=unknown[0])
        for name, known in _CHOICES.items():
            if name in positions and positions[name] not in known:
                raise InvalidValueError(f"{name} is one of {', '.join(str(one) for one in known)}", field=name)
        scopes = positions.get("scopes", [])
        if not isinstance(scopes, list | tuple) or set(scopes) - set(SCOPES):
            raise InvalidValueError(f"scopes are of {', '.join(SCOPES)}", field="scopes")
        self.world.set_switches(**positions)
        return {name: self.world.switch(name) for name in DEFAULT_SWITCHES}


def _read_amount(written: str, command_name: str) -> Decimal:
    try:
        return Decimal(written)
    except InvalidOperation:
        raise InvalidValueError(f"{command_name}: the amount must be a number", field="amount") from None
