"""Amazon's driver against the rules for every channel, over the simulator."""

import json
from datetime import timedelta
from typing import Any, ClassVar

import attrs
import pytest
from typing_extensions import override

from cartcarrier.channels import Channel
from cartcarrier.channels.amazon import AmazonChannel, AmazonConfig
from cartcarrier.drivers import Driver
from cartcarrier.http import ManualClock, ReceivedRequest, asgi_transport
from cartcarrier.models import WebhookRequest
from cartcarrier.sandbox.amazon import AmazonSimulator
from cartcarrier.testing import ChannelConformance, ChannelPlatform, make_address

NOT_SIGNED = "messages of Amazon's queues are not signed: who may write into the queue is what its policy says"


class AmazonPlatform(ChannelPlatform):
    """What the suite must know of Amazon."""

    token_path: ClassVar[str | None] = "/auth/o2/token"
    unknown_order_id: ClassVar[str] = "999-9999999-9999999"
    unknown_fulfillment_id: ClassVar[str] = "999999999"

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.simulator: Any = AmazonSimulator(clock=self.clock)

    def open_channel(self) -> AmazonChannel:
        """Return the driver on the simulator."""
        config = AmazonConfig(**self.simulator.settings())
        return AmazonChannel(config, transport=asgi_transport(self.simulator.app), clock=self.clock)

    @override
    def is_write(self, request: ReceivedRequest) -> bool:
        return super().is_write(request) and "restrictedDataToken" not in request.path

    @override
    async def place_order(self) -> str:
        person = make_address()
        address = {
            "name": person.name,
            "address_line1": person.street1,
            "city": person.city,
            "state_or_region": person.region,
            "postal_code": person.postal_code,
            "country_code": person.country_code,
            "phone": person.phone,
        }
        line = {"sku": "MUG-1", "title": "Mug", "quantity": 2, "price": "12.50"}
        order_id: str = self.simulator.place_order(lines=[line], address=address)
        return order_id

    @override
    async def request_cancellation(self, order_id: str) -> None:
        self.simulator.request_cancellation(order_id)

    @override
    async def known_sku(self, channel: Channel) -> str:
        # What is accepted takes effect minutes later; the suite looks at once.
        self.simulator.set_switches(listing_delay_seconds=0)
        self.simulator.add_listing("MUG-1", quantity=5)
        self.simulator.add_listing("MUG-1", quantity=5, marketplace="CA")
        return "MUG-1"

    @override
    async def pass_time(self, driver: Driver, duration: timedelta) -> None:
        await self.simulator.advance(duration.total_seconds())

    @override
    async def make_push(self, driver: Driver) -> WebhookRequest:
        metadata = {
            "NotificationId": "d0e9e693-c3ad-4373-979f-ed4ec98dd746",
            "ApplicationId": "app",
            "SubscriptionId": "s",
        }
        note = {
            "NotificationVersion": "1.0",
            "NotificationType": "ORDER_CHANGE",
            "PayloadVersion": "1.0",
            "EventTime": "2026-01-05T12:00:00Z",
            "Payload": {
                "OrderChangeNotification": {
                    "SellerId": driver.config.seller_id,
                    "AmazonOrderId": await self.place_order(),
                    "OrderChangeType": "OrderStatusChange",
                    "Summary": {"OrderStatus": "Unshipped"},
                }
            },
            "NotificationMetadata": {**metadata, "PublishTime": "2026-01-05T12:00:01Z"},
        }
        return WebhookRequest(method="POST", url="sqs", headers={}, body=json.dumps(note).encode())


class TestAmazon(ChannelConformance):
    """One seller in North America."""

    known_gaps: ClassVar[dict[str, str]] = {"test_forged_push_is_refused": NOT_SIGNED}

    @pytest.fixture
    @override
    def platform(self) -> AmazonPlatform:
        return AmazonPlatform()

    @pytest.fixture
    @override
    def channel(self, platform: AmazonPlatform) -> Channel:
        return platform.open_channel()


class TestSecondAccount(TestAmazon):
    """Under another name, with two marketplaces."""

    @pytest.fixture
    @override
    def channel(self, platform: AmazonPlatform) -> Channel:
        settings = {**platform.simulator.settings(), "marketplace_ids": ["US", "CA"]}
        transport = asgi_transport(platform.simulator.app)
        return AmazonChannel(AmazonConfig(**settings), account="na2", transport=transport, clock=platform.clock)


def test_marketplaces_are_named_by_country() -> None:
    """Nobody remembers the ids."""
    config = AmazonConfig(client_id="i", client_secret="s", marketplace_ids=["US", "ca"], region="na")
    assert attrs.asdict(config)["marketplace_ids"] == ("ATVPDKIKX0DER", "A2EUQ1WTGCTBG2")
