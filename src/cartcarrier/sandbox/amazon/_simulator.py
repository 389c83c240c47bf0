"""Amazon on your own machine: one seller in three regions, with Amazon's rules, limits and patience."""

from collections.abc import Mapping
from functools import cached_property

from typing_extensions import override

from cartcarrier.sandbox._simulator import ASGIApp
from cartcarrier.sandbox.amazon._app import AmazonPaths
from cartcarrier.sandbox.amazon._control import Control
from cartcarrier.sandbox.amazon._errors import body_for_status
from cartcarrier.sandbox.amazon._lwa import SELLER_ID
from cartcarrier.sandbox.amazon._marketplaces import of_region
from cartcarrier.sandbox.amazon._platform import Platform
from cartcarrier.sandbox.amazon._routes import name_operation
from cartcarrier.sandbox.amazon._world import World


class AmazonSimulator(Control):
    """A simulated Selling Partner API, written from the field guide and Amazon's published descriptions.

    The seller has authorized the application in all three regions; ``settings()`` are those of North America,
    ``credentials(region)`` gives the others. Operations, as faults and counters name them, are Amazon's operation ids; those of
    Orders v0 whose name v2026 has too end in ``V0``. Beside them: ``token``, ``upload``, ``download``.
    """

    name = "amazon"

    @cached_property
    @override
    def platform(self) -> Platform:
        return Platform(World(self.store, self.clock, self.seed), real_limits=self.limits)

    @override
    def plant(self) -> None:
        self.platform.world.forget()
        self.platform.plant()

    @override
    def build(self) -> ASGIApp:
        return AmazonPaths(self.platform)

    @override
    def operation(self, method: str, path: str, body: bytes) -> str:
        return name_operation(method, path)

    @override
    def error_body(self, status: int) -> tuple[bytes, str]:
        return body_for_status(status), "application/json"

    @override
    def settings(self) -> dict[str, object]:
        return {**self.credentials("na"), "marketplace_ids": [of_region("na")[0].id]}

    @override
    def settings_for(self, driver: str) -> dict[str, object]:
        return self.label_settings() if driver == "amazon-buy-shipping" else self.settings()

    @override
    def hosts(self, base_url: str) -> dict[str, str]:
        base = f"{base_url.rstrip('/')}/{self.name}"
        return {"api": base, "token": base}

    @override
    def describe(self) -> Mapping[str, object]:
        limits = "the documented usage plans, per region" if self.limits else "raised: 1000 calls a second"
        return {
            "platform": "Amazon Selling Partner API",
            "seller": SELLER_ID,
            "simulates": (
                "Login with Amazon, Tokens, Sellers, Orders 2026-01-01 and v0 reads, confirmShipment, Listings Items, Feeds"
                " (listings, order acknowledgement), FBA Inventory, Notifications, Shipping v2, Fulfillment Outbound 2020-07-01"
            ),
            "left_out": (
                "Merchant Fulfillment v0, Fulfillment Outbound 2026-07-04 and its returns, buying without rates, Reports,"
                " Easy Ship; CEL filters are taken and not evaluated"
            ),
            "limits": limits,
            "prices": "invented",
        }
