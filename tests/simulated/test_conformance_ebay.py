"""eBay's driver against the rules for every channel, over the simulator: a seller in the US, and one whom the law binds."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from typing_extensions import override

from cartcarrier.channels import Channel
from cartcarrier.channels.ebay import EbayChannel, EbayConfig
from cartcarrier.drivers import Driver
from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.models import WebhookRequest
from cartcarrier.sandbox.ebay import EbaySimulator
from cartcarrier.testing import ChannelConformance, ChannelPlatform, make_address

START = datetime(2026, 11, 24, 9, tzinfo=UTC)


class EbayPlatform(ChannelPlatform):
    """What the suite must know of eBay."""

    token_path: ClassVar[str | None] = "/identity/v1/oauth2/token"
    signature_header: ClassVar[str | None] = "X-EBAY-SIGNATURE"
    unknown_order_id: ClassVar[str] = "99-99999-99999"

    def __init__(self, seller: str | None = None, **settings: Any) -> None:
        self.clock = ManualClock(START)
        self.simulator = EbaySimulator(clock=self.clock)
        self.seller = seller
        self.settings: dict[str, Any] = dict(self.simulator.settings())
        if seller is not None:
            self.settings.update(self.simulator.add_seller(seller, country="DE", marketplace="EBAY_DE"))
        self.settings.update(settings)

    def open(self) -> EbayChannel:
        """Return the driver of this platform's seller."""
        return EbayChannel(EbayConfig(**self.settings), transport=asgi_transport(self.simulator.app), clock=self.clock)

    @override
    async def place_order(self) -> str:
        person = make_address()
        address = {
            "addressLine1": person.street1,
            "city": person.city,
            "stateOrProvince": person.region,
            "postalCode": person.postal_code,
            "countryCode": person.country_code,
        }
        return self.simulator.place_order(
            seller=self.seller,
            lines=[{"sku": "MUG-1", "title": "Mug", "quantity": 2, "price": "12.50"}],
            full_name=person.name,
            phone=person.phone,
            email=person.email,
            address=address,
        )

    @override
    async def request_cancellation(self, order_id: str) -> None:
        self.simulator.request_cancellation(order_id)

    @override
    async def known_sku(self, channel: Channel) -> str:
        self.simulator.stock("MUG-1", 5, seller=self.seller)
        return "MUG-1"

    @override
    async def pass_time(self, driver: Driver, duration: timedelta) -> None:
        await self.simulator.advance(duration.total_seconds())

    @override
    async def make_push(self, driver: Driver) -> WebhookRequest:
        order_id = await self.place_order()
        self.simulator.push_notification("ORDER_CONFIRMATION", {"order": {"orderId": order_id}})
        (sent,) = self.simulator.deliveries()
        body = sent["body"]
        return WebhookRequest(
            method="POST",
            url=sent["url"],
            headers=sent["headers"],
            body=body.encode() if isinstance(body, str) else body,
        )


class TestSellerInTheUS(ChannelConformance):
    """A seller whose calls need no signature."""

    @pytest.fixture
    @override
    def platform(self) -> EbayPlatform:
        return EbayPlatform()

    @pytest.fixture
    @override
    def channel(self, platform: EbayPlatform) -> Channel:
        return platform.open()


class TestSellerInGermany(ChannelConformance):
    """A seller whose cancellations must be signed."""

    @pytest.fixture
    @override
    def platform(self) -> EbayPlatform:
        platform = EbayPlatform("acme_de")
        key = platform.simulator.credentials("acme_de")
        platform.settings["signing_key"] = json.dumps(key["signing_key"])
        return platform

    @pytest.fixture
    @override
    def channel(self, platform: EbayPlatform) -> Channel:
        return platform.open()
