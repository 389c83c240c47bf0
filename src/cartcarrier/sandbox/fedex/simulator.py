"""FedEx on your own machine: labels, prices, addresses and tracking, with FedEx's rules and without its invoice."""

from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override

from cartcarrier.sandbox._simulator import ASGIApp
from cartcarrier.sandbox.fedex.account import (
    ACCOUNT_NUMBER,
    CLIENT_ID,
    CLIENT_SECRET,
    SECURITY_TOKEN,
    TRACK_CLIENT_ID,
    TRACK_CLIENT_SECRET,
)
from cartcarrier.sandbox.fedex.app import FedExPaths, name_operation
from cartcarrier.sandbox.fedex.control import Control
from cartcarrier.sandbox.fedex.errors import body_for_status
from cartcarrier.sandbox.fedex.limits import (
    CALLS_PER_DAY,
    CALLS_PER_WINDOW,
    TRACK_CALLS_PER_DAY,
    WINDOW_SECONDS,
    Limits,
)


class FedExSimulator(Control):
    """A simulated FedEx with one account, written from the field guide and FedEx's published descriptions.

    It has no idempotency, as FedEx has none: each ``ship`` call that passes the rules buys labels and spends money.
    Operations, as faults and counters name them: ``token``, ``rate``, ``transit``, ``options``, ``address``,
    ``postal``, ``ship``, ``ship_results``, ``validate``, ``cancel``, ``document``, ``close``, ``close_reprint``,
    ``pickup``, ``pickup_availability``, ``pickup_cancel``, ``upload``, ``upload_several``, ``locations``, ``track``,
    ``track_reference``, ``track_associated``, ``proof``.
    """

    name: ClassVar[str] = "fedex"

    @override
    def build(self) -> ASGIApp:
        self.limiter: Limits | None = Limits(self.world) if self.limits else None
        return FedExPaths(self.world, self.limiter, self.name).build()

    @override
    def operation(self, method: str, path: str, body: bytes) -> str:
        return name_operation(method, path)

    @override
    def error_body(self, status: int) -> tuple[bytes, str]:
        return body_for_status(status, self.world.new_id("transaction")), "application/json"

    @override
    def settings(self) -> dict[str, object]:
        return {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "track_client_id": TRACK_CLIENT_ID,
            "track_client_secret": TRACK_CLIENT_SECRET,
            "account_number": ACCOUNT_NUMBER,
            "webhook_secret": SECURITY_TOKEN,
            "sandbox": True,
        }

    @override
    def hosts(self, base_url: str) -> dict[str, str]:
        address = f"{base_url.rstrip('/')}/{self.name}"
        return {"api": address, "documents": address}

    @override
    def describe(self) -> Mapping[str, object]:
        limit = (
            f"{CALLS_PER_WINDOW} calls in {WINDOW_SECONDS} s a project, {CALLS_PER_DAY} a day, tracking"
            f" {TRACK_CALLS_PER_DAY} a day, then 429; token calls above 3 a second, then 403 for 10 minutes"
        )
        return {
            "platform": "FedEx REST APIs",
            "simulates": "OAuth, rates, transit times, addresses, postal codes, Ship, cancel, Ground close, pickups, trade"
            " documents, locations, tracking, proof of delivery, visibility webhooks",
            "left_out": "Open Ship, call tags, LTL freight, consolidation, letterheads, email notification of tracking",
            "limits": limit if self.limits else "raised: none in force",
            "prices": "invented",
        }

    @override
    def totals(self) -> Mapping[str, object]:
        world = self.world
        return {
            "labels": world.count("labels"),
            "shipments": len(world.shipments()),
            "voided": world.count("voided"),
            "spent": self.spent(),
        }
