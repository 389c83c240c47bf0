"""USPS's driver against the rules for every carrier, over the simulator: at home, to the military post, and abroad."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import attrs
import pytest
from typing_extensions import override

from cartcarrier.carriers import Carrier
from cartcarrier.carriers.usps import USPSCarrier, USPSConfig
from cartcarrier.drivers import Driver
from cartcarrier.http import ManualClock, ReceivedRequest, asgi_transport
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

NOBODYS_NUMBER = "9400100000000000123453"
SECRET = "0123456789abcdef0123456789abcdef"
_WRITES = ("/label", "/return-label", "/international-label")


class USPSPlatform(CarrierPlatform):
    """What the suite must know of USPS."""

    token_path: ClassVar[str | None] = "/oauth2/v3/token"
    signature_header: ClassVar[str | None] = "X-HMAC"
    unknown_number: ClassVar[str] = NOBODYS_NUMBER
    unknown_service: ClassVar[str] = "97"

    def __init__(self, simulator: Any) -> None:
        super().__init__()
        self.simulator = simulator

    @override
    def make_request(self) -> ShipmentRequest:
        return make_request(service="USPS_GROUND_ADVANTAGE")

    @override
    def is_write(self, request: ReceivedRequest) -> bool:
        return request.path.endswith(_WRITES) or request.method == "DELETE"

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
        scan = {"eventType": "Delivered", "eventCode": "01", "eventTimestamp": "2026-01-07T13:58:00"}
        payload = json.dumps(
            {"trackingNumber": NOBODYS_NUMBER, "statusCategory": "Delivered", "trackingEvents": [scan]}
        )
        timestamp = "2026-01-05T12:00:00Z"
        digest = hmac.new(SECRET.encode(), (timestamp + payload).encode(), hashlib.sha256).digest()
        body = json.dumps({"subscriptionId": "sub-1", "timestamp": timestamp, "payload": payload}).encode()
        headers = {"X-HMAC": base64.b64encode(digest).decode()}
        return WebhookRequest(method="POST", url="https://shop.test/usps", headers=headers, body=body)


def mug() -> ParcelItem:
    """Return what lies in a parcel with a customs form."""
    return ParcelItem(
        title="Ceramic mug",
        quantity=2,
        unit_value=Money(amount=Decimal("12.50"), currency="USD"),
        weight=Weight(value=Decimal("0.9"), unit=WeightUnit.POUND),
        hs_code="691200",
        country_of_origin="PT",
    )


class AbroadPlatform(USPSPlatform):
    """USPS to Germany."""

    @override
    def make_request(self) -> ShipmentRequest:
        home = make_address(
            street1="12 Canarybird Lane", city="Berlin", region=None, postal_code="10115", country_code="DE",
            phone="+4930123456",
        )  # fmt: skip
        return make_request(
            service="PRIORITY_MAIL_INTERNATIONAL",
            ship_to=home,
            parcels=[make_parcel(items=[mug()])],
            customs=CustomsDeclaration(incoterm="DAP", invoice_number="1001"),
        )


class MilitaryPlatform(USPSPlatform):
    """USPS to a soldier."""

    @override
    def make_request(self) -> ShipmentRequest:
        army = make_address(city="APO", region="AE", postal_code="09012")
        return make_request(
            service="PRIORITY_MAIL",
            ship_to=army,
            parcels=[make_parcel(items=[mug()])],
            customs=CustomsDeclaration(),
        )


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox whose time is moved by hand, and whose quota is not in the way."""
    async with Sandbox(clock=ManualClock(), limits=False) as opened:
        yield opened


@pytest.fixture
async def usps(sandbox: Sandbox) -> AsyncIterator[USPSCarrier]:
    """The driver with calls enough, and without memory: what is answered from memory meets no failure."""
    simulator = sandbox.simulator("usps")
    settings: dict[str, Any] = {
        **simulator.settings_for("usps"),
        "calls_per_hour": 1_000_000,
        "quote_cache_minutes": 0,
        "address_cache_days": 0,
        "webhook_secret": SECRET,
    }
    driver = USPSCarrier(USPSConfig(**settings), transport=asgi_transport(simulator.app), clock=sandbox.clock)
    yield driver
    await driver.aclose()


GAPS: dict[str, str] = {
    "test_steps_cover_every_parcel_once": "the suite's second parcel is empty, and each parcel has a customs form of its own",
}


class TestDomestic(CarrierConformance):
    """From Los Angeles to New York."""

    @pytest.fixture
    @override
    def platform(self, sandbox: Sandbox) -> USPSPlatform:
        return USPSPlatform(sandbox.simulator("usps"))

    @pytest.fixture
    @override
    def carrier(self, usps: USPSCarrier) -> Carrier:
        return usps


class TestAbroad(CarrierConformance):
    """From Los Angeles to Berlin."""

    known_gaps: ClassVar[dict[str, str]] = GAPS

    @pytest.fixture
    @override
    def platform(self, sandbox: Sandbox) -> AbroadPlatform:
        return AbroadPlatform(sandbox.simulator("usps"))

    @pytest.fixture
    @override
    def carrier(self, usps: USPSCarrier) -> Carrier:
        return usps


class TestMilitary(CarrierConformance):
    """From Los Angeles to a soldier abroad: domestic mail with a customs form."""

    known_gaps: ClassVar[dict[str, str]] = GAPS

    @pytest.fixture
    @override
    def platform(self, sandbox: Sandbox) -> MilitaryPlatform:
        return MilitaryPlatform(sandbox.simulator("usps"))

    @pytest.fixture
    @override
    def carrier(self, usps: USPSCarrier) -> Carrier:
        return usps
