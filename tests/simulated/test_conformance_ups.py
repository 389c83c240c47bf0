"""UPS's driver against the rules for every carrier, over the simulator: domestic by Ground, and abroad with customs papers."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest
from typing_extensions import override

from cartcarrier.carriers import Carrier
from cartcarrier.carriers.ups import UPSCarrier
from cartcarrier.drivers import Driver
from cartcarrier.http import ManualClock, ReceivedRequest
from cartcarrier.models import (
    CustomsDeclaration,
    Money,
    ParcelItem,
    Shipment,
    ShipmentRequest,
    WebhookRequest,
    Weight,
    WeightUnit,
)
from cartcarrier.sandbox import Sandbox
from cartcarrier.testing import CarrierConformance, CarrierPlatform, make_address, make_parcel, make_request

NOBODYS_NUMBER = "1Z999AA10123456784"
PUSHED_TO = "https://shop.example/webhooks/ups"


class UPSPlatform(CarrierPlatform):
    """What the suite must know of UPS."""

    token_path: ClassVar[str | None] = "/security/v1/oauth/token"
    unknown_number: ClassVar[str] = NOBODYS_NUMBER
    signature_header: ClassVar[str | None] = "credential"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self.simulator: Any = sandbox.simulator("ups")

    @override
    def make_request(self) -> ShipmentRequest:
        return make_request(service="03")

    @override
    def is_write(self, request: ReceivedRequest) -> bool:
        return request.path.endswith("/ship") or request.method == "DELETE"

    @override
    def bought(self) -> int:
        return sum(not label["voided"] for label in self.simulator.labels())

    @override
    def unknown_shipment(self, shipment: Shipment) -> Shipment:
        parcels = [attrs.evolve(parcel, tracking_number=NOBODYS_NUMBER) for parcel in shipment.parcels]
        return attrs.evolve(shipment, id=NOBODYS_NUMBER, tracking_number=NOBODYS_NUMBER, parcels=parcels)

    @override
    async def make_push(self, driver: Driver) -> WebhookRequest:
        assert isinstance(driver, UPSCarrier)
        self.simulator.set_webhook(url=PUSHED_TO)
        shipment = await driver.purchase(self.other_step(driver))
        await driver.subscribe_tracking([shipment.tracking_number], url=PUSHED_TO)
        await self.simulator.advance(timedelta(days=14).total_seconds())
        first, *_ = self.simulator.deliveries()
        return WebhookRequest(method="POST", url=first["url"], headers=first["headers"], body=first["body"])

    @override
    async def pass_time(self, driver: Driver, duration: timedelta) -> None:
        await self.simulator.advance(duration.total_seconds())


class AbroadPlatform(UPSPlatform):
    """UPS to Germany."""

    @override
    def make_request(self) -> ShipmentRequest:
        home = make_address(
            street1="12 Canarybird Lane", city="Berlin", region=None, postal_code="10115", country_code="DE",
            phone="+4930123456",
        )  # fmt: skip
        mug = ParcelItem(
            title="Ceramic mug",
            quantity=2,
            unit_value=Money(amount=Decimal("12.50"), currency="USD"),
            weight=Weight(value=Decimal(1), unit=WeightUnit.POUND),
            hs_code="691200",
            country_of_origin="PT",
        )
        customs = CustomsDeclaration(incoterm="DAP", invoice_number="1001", export_filing="30.37(a)")
        return make_request(service="65", ship_to=home, parcels=[make_parcel(items=[mug])], customs=customs)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox whose time is moved by hand."""
    async with Sandbox(clock=ManualClock()) as opened:
        yield opened


GAPS: dict[str, str] = {
    "test_void_of_an_unknown_shipment_is_not_found": "UPS says 190102 of what it never sold and of what is too old alike",
    "test_forged_push_is_refused[tampered body]": "UPS signs no body: it sends a credential along",
}


class TestDomestic(CarrierConformance):
    """From Los Angeles to New York."""

    known_gaps: ClassVar[dict[str, str]] = GAPS

    @pytest.fixture
    @override
    def platform(self, sandbox: Sandbox) -> UPSPlatform:
        return UPSPlatform(sandbox)

    @pytest.fixture
    @override
    def carrier(self, sandbox: Sandbox) -> Carrier:
        return sandbox.carrier("ups")


class TestAbroad(CarrierConformance):
    """From Los Angeles to Berlin."""

    known_gaps: ClassVar[dict[str, str]] = GAPS

    @pytest.fixture
    @override
    def platform(self, sandbox: Sandbox) -> AbroadPlatform:
        return AbroadPlatform(sandbox)

    @pytest.fixture
    @override
    def carrier(self, sandbox: Sandbox) -> Carrier:
        return sandbox.carrier("ups")
