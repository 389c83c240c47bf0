"""FedEx's driver against the rules for every carrier, over the simulator: to a home by Ground, to a firm, and abroad."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest
from typing_extensions import override

from cartcarrier.carriers import Carrier, SupportsLabels
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

NOBODYS_NUMBER = "612340987650"


class FedExPlatform(CarrierPlatform):
    """What the suite must know of FedEx."""

    token_path: ClassVar[str | None] = "/oauth/token"
    signature_header: ClassVar[str | None] = "fdx-signature"
    unknown_number: ClassVar[str] = NOBODYS_NUMBER
    unknown_service: ClassVar[str] = "FEDEX_BY_PIGEON"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self.simulator: Any = sandbox.simulator("fedex")

    @override
    def make_request(self) -> ShipmentRequest:
        return make_request(service="GROUND_HOME_DELIVERY")

    @override
    def is_write(self, request: ReceivedRequest) -> bool:
        return request.method == "PUT" or request.path == "/ship/v1/shipments"

    @override
    def bought(self) -> int:
        return sum(not label["voided"] for label in self.simulator.labels())

    @override
    def unknown_shipment(self, shipment: Shipment) -> Shipment:
        parcels = [attrs.evolve(parcel, tracking_number=NOBODYS_NUMBER) for parcel in shipment.parcels]
        return attrs.evolve(shipment, id=NOBODYS_NUMBER, tracking_number=NOBODYS_NUMBER, parcels=parcels)

    @override
    async def pass_time(self, driver: Driver, duration: timedelta) -> None:
        await self.simulator.advance(duration.total_seconds())

    @override
    async def make_push(self, driver: Driver) -> WebhookRequest:
        assert isinstance(driver, SupportsLabels)
        shipment = await driver.create_shipment(self.make_request())
        self.simulator.subscribe(url="https://shop.example/fedex", tracking_numbers=[shipment.tracking_number])
        await self.simulator.advance(timedelta(days=1).total_seconds())
        sent = self.simulator.deliveries(limit=1)[0]
        body = sent["body"]
        return WebhookRequest(
            method="POST",
            url=sent["url"],
            headers=sent["headers"],
            body=body.encode() if isinstance(body, str) else body,
        )


class AbroadPlatform(FedExPlatform):
    """FedEx to Germany."""

    @override
    def make_request(self) -> ShipmentRequest:
        home = make_address(
            street1="12 Canarybird Lane", city="Berlin", region=None, postal_code="10115", country_code="DE",
            phone="+493012345678",
        )  # fmt: skip
        mug = ParcelItem(
            title="Ceramic mug",
            quantity=2,
            unit_value=Money(amount=Decimal("12.50"), currency="USD"),
            weight=Weight(value=Decimal("0.8"), unit=WeightUnit.POUND),
            hs_code="691200",
            country_of_origin="PT",
        )
        customs = CustomsDeclaration(incoterm="DAP", invoice_number="1001", export_filing="30.37(a)")
        return make_request(
            service="FEDEX_INTERNATIONAL_PRIORITY", ship_to=home, parcels=[make_parcel(items=[mug])], customs=customs
        )


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox whose time is moved by hand."""
    async with Sandbox(clock=ManualClock()) as opened:
        yield opened


class TestHome(CarrierConformance):
    """From Los Angeles to a home in New York."""

    @pytest.fixture
    @override
    def platform(self, sandbox: Sandbox) -> FedExPlatform:
        return FedExPlatform(sandbox)

    @pytest.fixture
    @override
    def carrier(self, sandbox: Sandbox) -> Carrier:
        return sandbox.carrier("fedex")


class TestAbroad(CarrierConformance):
    """From Los Angeles to Berlin."""

    known_gaps: ClassVar[dict[str, str]] = {
        "test_manifest_closes_a_shipment_once": "only Ground has a close of the day, Express goes without",
    }

    @pytest.fixture
    @override
    def platform(self, sandbox: Sandbox) -> AbroadPlatform:
        return AbroadPlatform(sandbox)

    @pytest.fixture
    @override
    def carrier(self, sandbox: Sandbox) -> Carrier:
        return sandbox.carrier("fedex")
