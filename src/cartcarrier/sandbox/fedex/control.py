"""What a person or a harness can do to the simulated FedEx: the commands."""

import copy
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from typing import Any

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox._simulator import Simulator, command
from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.fedex.account import DEFAULT_SWITCHES, SECURITY_TOKEN, World, created_at, is_cancelled
from cartcarrier.sandbox.fedex.errors import FedExError
from cartcarrier.sandbox.fedex.journey import KINDS
from cartcarrier.sandbox.fedex.limits import Limits
from cartcarrier.sandbox.fedex.pickups import same_day
from cartcarrier.sandbox.fedex.pushes import Pushes


class Control(Simulator):
    """The commands of the simulated FedEx; those that other carriers' simulators have too bear the same names."""

    limiter: Limits | None = None

    @property
    def world(self) -> World:
        """What the platform knows; tests may look, commands are the way for everybody else."""
        return World(self.store, self.clock, self.seed)

    @command
    def labels(self) -> list[Document]:
        """List every label ever bought, oldest first."""
        return [
            {
                "tracking_number": package["tracking_number"],
                "shipment_id": shipment["id"],
                "service": shipment["service"],
                "references": [reference["value"] for reference in package["references"]],
                "created_at": shipment["created_at"],
                "voided": package["voided_at"] is not None,
            }
            for shipment in self.world.shipments()
            for package in shipment["packages"]
        ]

    @command
    def spent(self) -> dict[str, dict[str, str]]:
        """Return the money spent on labels, the money credited for cancelled ones, and the difference, by currency."""
        bought, credited = self.world.money("bought"), self.world.money("credited")
        net = {
            currency: str(Decimal(sum_) - Decimal(credited.get(currency, "0.00"))) for currency, sum_ in bought.items()
        }
        return {"bought": bought, "credited": credited, "net": net}

    @command
    def duplicates(self, *, code: str | None = None) -> dict[str, list[str]]:
        """Return the references that more than one shipment bears that is not cancelled: what was bought twice.

        Args:
            code: Look at references of that type only, for example ``CUSTOMER_REFERENCE``.

        Returns:
            Reference to the master numbers of the shipments.
        """
        found: dict[str, list[str]] = defaultdict(list)
        for shipment in self.world.shipments():
            if is_cancelled(shipment):
                continue
            for value in {each["value"] for each in shipment["references"] if code is None or each["code"] == code}:
                found[value].append(shipment["id"])
        return {value: numbers for value, numbers in found.items() if len(numbers) > 1}

    @command
    def find_late(self, *, seconds: float) -> None:
        """Let tracking by reference find a label only when it is that old, by the simulator's clock.

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
        shipment = self._shipment(tracking_number)
        for package in shipment["packages"]:
            if package["tracking_number"] == tracking_number:
                package["journey"] = kind
        self.world.save_shipment(shipment)

    @command
    def reuse_number(self, *, tracking_number: str, days_ago: int = 60) -> None:
        """Let a parcel's number have been another parcel's before: tracking then answers with both.

        Args:
            tracking_number: Its number.
            days_ago: How long before this one the other was shipped; history goes back 90 days.

        Raises:
            InvalidValueError: No such parcel.
        """
        shipment = copy.deepcopy(self._shipment(tracking_number))
        earlier = created_at(shipment) - timedelta(days=days_ago)
        packages = [each for each in shipment["packages"] if each["tracking_number"] == tracking_number]
        self.world.save_shipment(
            {
                **shipment,
                "key": f"{tracking_number}-{days_ago}",
                "id": tracking_number,
                "historic": True,
                "created_at": earlier.isoformat(),
                "ship_date": earlier.date().isoformat(),
                "packages": [{**packages[0], "journey": "normal", "references": [], "voided_at": None}],
                "references": [],
            }
        )

    @command
    def bad_address(self, *, postal_code: str, bad: bool = True) -> None:
        """Let no address of a postal code be found by validation, or let it be found again."""
        if bad:
            self.store.put("bad_addresses", postal_code[:5], {"postal_code": postal_code})
        else:
            self.store.delete("bad_addresses", postal_code[:5])

    @command
    def complete_pending(self, *, tracking_number: str) -> None:
        """Let the customer print an emailed return label: it can be shipped then, and cancelled no more.

        Raises:
            InvalidValueError: No such parcel.
        """
        shipment = self._shipment(tracking_number)
        shipment["completed_at"] = self.world.now().isoformat()
        self.world.save_shipment(shipment)

    @command
    def pickups(self) -> list[Document]:
        """List every pickup ever ordered, oldest first."""
        return self.store.all("pickups")

    @command
    def duplicate_pickups(self) -> dict[str, list[str]]:
        """Return the days for which one carrier was ordered to one place more than once, and was not cancelled.

        Returns:
            Carrier, day and postal code to the confirmation codes.
        """
        return same_day(self.pickups())

    @command
    def closes(self) -> list[Document]:
        """List every Ground close, oldest first, with its tracking numbers."""
        return self.store.all("closes")

    @command
    def documents(self) -> list[Document]:
        """List every uploaded trade document, oldest first."""
        return self.store.all("documents")

    @command
    def subscribe(
        self, *, url: str, tracking_numbers: list[str] | None = None, security_token: str = SECURITY_TOKEN
    ) -> None:
        """Do on FedEx's portal what lets it push events to an address.

        Args:
            url: Where to; public, HTTPS.
            tracking_numbers: Only these; by default the whole account's.
            security_token: What signs the events.

        Raises:
            InvalidValueError: An address that the portal refuses.
        """
        Pushes(self.world).subscribe(url, tracking_numbers, security_token)

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
        """Return the queued events as signed requests: ``id``, ``url``, ``headers``, ``body``.

        Args:
            limit: At most so many.
            duplicates: How often each comes again.
            shuffle: Whether they come in another order.
            keep: Whether they stay in the queue.
            secret: Sign with this one, as after a change on the portal.
        """
        return Pushes(self.world).take(limit=limit, duplicates=duplicates, shuffle=shuffle, keep=keep, secret=secret)

    @command
    def report_delivery(self, delivery: str, status: int) -> str:
        """Say how a delivery went. Not 2xx: it comes again, a few times."""
        return Pushes(self.world).report(delivery, status)

    @command
    def expire_tokens(self) -> None:
        """Let every token be expired now."""
        for token in self.store.all("tokens"):
            self.store.put("tokens", token["token"], {**token, "expires_at": self.world.now().isoformat()})

    @command
    def use_quota(self, *, calls: int, quota: str = "organization") -> None:
        """Let others of the same organization have made so many calls today.

        Args:
            calls: How many.
            quota: ``organization`` or ``track``.

        Raises:
            InvalidValueError: No such quota.
        """
        if quota not in {"organization", "track"}:
            raise InvalidValueError("use_quota: the quotas are organization and track", field="quota")
        try:
            Limits(self.world).use_day(quota, calls)
        except FedExError:
            return  # used up: that is what was wanted

    @command
    def set_switches(self, **positions: object) -> dict[str, object]:
        """Move switches that change how the platform behaves, and return all of them.

        Args:
            positions: ``find_late_seconds`` and ``track_late_seconds`` (a fresh label is found by reference, by number,
                only then), ``ground_listed_after_close`` (Ground's labels are found by reference only then),
                ``one_project`` (the shipping project may track too), ``disabled_capabilities`` (of ``rate availability
                address postal ship track pickup documents locations``: 403), ``label_approval`` (without it, labels are
                403 though rates work), ``credit_hold``, ``refuse_cancel`` (200, but not cancelled), ``ground_to_homes``
                (``surcharged`` or ``refused``), ``account_language`` (of texts when no ``x-locale`` is sent),
                ``money_as_object``, ``detail_currency``, ``string_attributes``, ``track_alerts`` (``list`` or
                ``string``), ``missing_messages``, ``gzip`` (``never``, ``asked``, ``always``), ``virtualized`` (as
                FedEx's own sandbox: every label has the same number), ``push_shape`` (``answer`` or ``result``),
                ``refuse_duplicate_pickups``.

        Raises:
            InvalidValueError: No such switch.
        """
        unknown = sorted(set(positions) - set(DEFAULT_SWITCHES))
        if unknown:
            raise InvalidValueError(f"no such switch: {', '.join(unknown)}", field=unknown[0])
        self.world.set_switches(**positions)
        return {name: self.world.switch(name) for name in DEFAULT_SWITCHES}

    def _shipment(self, tracking_number: str) -> Document:
        shipment = self.world.shipment(tracking_number)
        if shipment is None:
            raise InvalidValueError("the sandbox has sold no label of that number", field="tracking_number")
        return shipment
