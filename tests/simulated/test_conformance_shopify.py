"""Shopify's driver against the rules for every channel, over the simulator, with each way to authenticate."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, ClassVar, cast

import pytest
from typing_extensions import override

from cartcarrier.channels import Channel
from cartcarrier.drivers import Driver
from cartcarrier.http import ManualClock, MemoryTokenStore, ReceivedRequest
from cartcarrier.models import WebhookRequest
from cartcarrier.sandbox import Sandbox
from cartcarrier.testing import ChannelConformance, ChannelPlatform, make_address

GIDS = "gid://shopify"
SIGNED_FOR = "https://shop.example/webhooks"


class ShopifyPlatform(ChannelPlatform):
    """What the suite must know of Shopify."""

    token_path: ClassVar[str | None] = None
    signature_header: ClassVar[str | None] = "X-Shopify-Hmac-Sha256"
    unknown_order_id: ClassVar[str] = f"{GIDS}/Order/999999999999"
    unknown_fulfillment_id: ClassVar[str] = f"{GIDS}/Fulfillment/999999999999"

    def __init__(self, sandbox: Sandbox) -> None:
        self.simulator = cast("Any", sandbox.simulator("shopify"))
        # Answering a merchant's request needs the scope of a fulfillment service beside the usual ones.
        scopes = ("write_assigned_fulfillment_orders", "read_inventory", "write_inventory", "read_locations")
        self.simulator.set_scopes([*self.simulator.shop.world.scopes, *scopes])
        self.simulator.add_item("MUG-1", available=10)

    @override
    def is_write(self, request: ReceivedRequest) -> bool:
        return b'"mutation' in request.content or b'"query":"mutation' in request.content

    @override
    async def place_order(self) -> str:
        person = make_address()
        assert person.name is not None
        first, _, last = person.name.partition(" ")
        address = {
            "first_name": first,
            "last_name": last,
            "address1": person.street1,
            "city": person.city,
            "province": "New York",
            "province_code": person.region,
            "zip": person.postal_code,
            "country": "United States",
            "country_code": person.country_code,
            "phone": person.phone,
        }
        line = {"sku": "MUG-1", "title": "Mug", "quantity": 2, "price": "12.50"}
        order_id: str = self.simulator.place_order(lines=[line], address=address, email=person.email)
        return order_id

    @override
    async def known_sku(self, channel: Channel) -> str:
        return "MUG-1"

    @override
    async def request_cancellation(self, order_id: str) -> None:
        for share in self.simulator.fulfillment_orders(order_id):
            self.simulator.set_request_status(share["id"], "CANCELLATION_REQUESTED")

    @override
    async def pass_time(self, driver: Driver, duration: timedelta) -> None:
        await self.simulator.advance(duration.total_seconds())

    @override
    async def make_push(self, driver: Driver) -> WebhookRequest:
        self.simulator.push_webhook("ORDERS_UPDATED", await self._order_payload(), SIGNED_FOR)
        (sent,) = self.simulator.deliveries()
        return WebhookRequest(method="POST", url=sent["url"], headers=sent["headers"], body=sent["body"].encode())

    async def _order_payload(self) -> dict[str, object]:
        order_id = await self.place_order()
        return {"id": int(order_id.rpartition("/")[2]), "admin_graphql_api_id": order_id}


class RefreshingPlatform(ShopifyPlatform):
    """Shopify with tokens that end."""

    token_path: ClassVar[str | None] = "/admin/oauth/access_token"


class LastingTokenStore(MemoryTokenStore):
    """A store that says it lasts, as the ledger's does: rotating tokens want one."""

    durable: bool = True


GAPS: dict[str, str] = {}


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox whose time is moved by hand."""
    async with Sandbox(clock=ManualClock()) as opened:
        yield opened


class TestPermanentToken(ChannelConformance):
    """A custom app's token, which never changes."""

    known_gaps: ClassVar[dict[str, str]] = GAPS

    @pytest.fixture
    @override
    def platform(self, sandbox: Sandbox) -> ShopifyPlatform:
        return ShopifyPlatform(sandbox)

    @pytest.fixture
    @override
    def channel(self, sandbox: Sandbox, platform: ShopifyPlatform) -> Channel:
        secret = platform.simulator.credentials()["webhooks"]["secret"]
        return sandbox.channel("shopify", webhook_secrets=[secret])


class TestClientCredentials(ChannelConformance):
    """Tokens by client id and secret, a day long."""

    known_gaps: ClassVar[dict[str, str]] = GAPS

    @pytest.fixture
    @override
    def platform(self, sandbox: Sandbox) -> RefreshingPlatform:
        return RefreshingPlatform(sandbox)

    @pytest.fixture
    @override
    def channel(self, sandbox: Sandbox, platform: RefreshingPlatform) -> Channel:
        credentials = platform.simulator.credentials()
        settings = {**credentials["client_credentials"], "access_token": None}
        return sandbox.channel("shopify", webhook_secrets=[credentials["webhooks"]["secret"]], **settings)


class TestRefreshToken(ChannelConformance):
    """Tokens by a refresh token that is replaced at each use."""

    known_gaps: ClassVar[dict[str, str]] = GAPS

    @pytest.fixture
    @override
    def platform(self, sandbox: Sandbox) -> RefreshingPlatform:
        return RefreshingPlatform(sandbox)

    @pytest.fixture
    @override
    def channel(self, sandbox: Sandbox, platform: RefreshingPlatform) -> Channel:
        credentials = platform.simulator.credentials()
        settings = {**credentials["refresh"], "access_token": None}
        secret = credentials["webhooks"]["secret"]
        return sandbox.channel("shopify", webhook_secrets=[secret], tokens=LastingTokenStore(), **settings)
