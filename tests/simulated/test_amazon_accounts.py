"""Two accounts of one application side by side, in one store of tokens and limits: nothing of one reaches the other."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from typing_extensions import override

from cartcarrier.carriers.amazon_buy_shipping import AmazonBuyShippingCarrier, AmazonBuyShippingConfig
from cartcarrier.channels.amazon import AmazonChannel, AmazonConfig
from cartcarrier.errors import AuthenticationError, NotFoundError, RateLimitError
from cartcarrier.http import (
    ManualClock,
    MemoryLimitStore,
    MemoryTokenStore,
    ReceivedRequest,
    Token,
    asgi_transport,
    handler_transport,
)
from cartcarrier.models import InventoryLevel, InventoryStatus, WebhookRequest
from cartcarrier.providers.amazon_mcf import AmazonMCFConfig, AmazonMCFProvider
from cartcarrier.sandbox.amazon import AmazonSimulator

pytestmark = pytest.mark.anyio
QUEUES = {name: f"arn:aws:sqs:{name}:123456789012:orders" for name in ("us-east-1", "eu-west-1")}


class Tokens(MemoryTokenStore):
    """A store that shows under which keys tokens are kept.

    Attributes:
        kept: Access tokens by key.
    """

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}

    @override
    async def save(self, key: str, token: Token) -> None:
        """Keep a token."""
        self.kept[key] = token.access_token
        await super().save(key, token)


class Two:
    """One seller of one application, in two regions: two accounts.

    Attributes:
        clock: Moved by hand.
        simulator: Amazon.
        tokens: Of both.
        us: One account.
        de: The other.
    """

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.simulator: Any = AmazonSimulator(clock=self.clock)
        self.tokens = Tokens()
        self._limits = MemoryLimitStore()
        self.us = self.open("us", "na")
        self.de = self.open("de", "eu")

    def open(self, account: str, region: str, **settings: Any) -> AmazonChannel:
        """Return a driver on the stores that all share."""
        own = {**self.simulator.credentials(region), **settings}
        return AmazonChannel(
            AmazonConfig(**own),
            account=account,
            transport=asgi_transport(self.simulator.app),
            clock=self.clock,
            tokens=self.tokens,
            limits=self._limits,
        )


@pytest.fixture
async def two() -> AsyncIterator[Two]:
    """Both accounts."""
    opened = Two()
    yield opened
    await opened.us.aclose()
    await opened.de.aclose()


async def test_each_sees_its_own_orders(two: Two) -> None:
    """By its own tokens, at its own region."""
    placed = {two.us: two.simulator.place_order(), two.de: two.simulator.place_order(marketplace="DE")}
    await two.simulator.advance(600)
    for channel, order_id in placed.items():
        orders = [order async for order in channel.list_orders()]
        assert [(order.id, order.channel) for order in orders] == [(order_id, channel.key)]
    with pytest.raises(NotFoundError):
        await two.us.get_order(placed[two.de])
    kept = {key: token for key, token in two.tokens.kept.items() if "grantless" not in key}
    assert len(set(kept.values())) == len(kept) == 2
    assert {"amazon:us" in key for key in kept} == {True, False}


async def test_limits_of_one_do_not_stop_the_other(two: Two) -> None:
    """Buckets belong to seller and application: twenty searches each."""
    for _ in range(20):
        async for _order in two.us.list_orders():
            pass
    with pytest.raises(RateLimitError) as caught:
        async for _order in two.us.list_orders():
            pass
    assert caught.value.account == "us"
    assert [order async for order in two.de.list_orders()] == []


async def test_feed_of_one_is_unknown_to_the_other(two: Two) -> None:
    """A feed's id is unique with its seller only: another's is never taken for one's own."""
    levels = [InventoryLevel(sku=f"SKU-{number}", available=5) for number in range(60)]
    for level in levels:
        two.simulator.add_listing(level.sku, quantity=1)
    us = two.open("us", "na", marketplace_ids=["US"], feed_wait_seconds=0)
    assert {one.status for one in await us.set_inventory(levels)} == {InventoryStatus.PENDING}
    await two.simulator.advance(7200)
    feed_id = two.simulator.feeds()[-1]["id"]
    with pytest.raises(NotFoundError):
        await two.de.get_inventory_results(feed_id)
    with pytest.raises(NotFoundError):
        await two.de.get_inventory_results(feed_id, levels=levels)
    assert {one.status for one in await us.get_inventory_results(feed_id)} == {InventoryStatus.ACCEPTED}


async def test_notifications_are_each_accounts_own(two: Two) -> None:
    """Queues and subscriptions, and events under the account that they were handed to."""
    (us,) = await two.us.subscribe(QUEUES["us-east-1"])
    (de,) = await two.de.subscribe(QUEUES["eu-west-1"])
    assert list(await two.us.list_subscriptions()) == [us]
    assert list(await two.de.list_subscriptions()) == [de]
    await two.us.unsubscribe(us)
    assert list(await two.de.list_subscriptions()) == [de]


async def test_notification_of_another_seller_is_refused(two: Two) -> None:
    """Handed to the wrong account, it would mark another seller's order as touched here."""
    inside = {"SellerId": "A0SOMEBODYELSE", "AmazonOrderId": "111-1234567-1234567"}
    note = {
        "NotificationType": "ORDER_CHANGE",
        "Payload": {"OrderChangeNotification": inside},
        "NotificationMetadata": {"NotificationId": "n-1"},
    }
    request = WebhookRequest(method="POST", url="sqs", headers={}, body=json.dumps(note).encode())
    for channel in (two.us, two.de):
        with pytest.raises(AuthenticationError) as caught:
            await channel.receive(request)
        assert caught.value.account == channel.account


async def test_revoked_seller_does_not_take_the_other_along(two: Two) -> None:
    """One tears up the contract; the other sells on."""
    order_id = two.simulator.place_order(marketplace="DE")
    two.simulator.revoke("na")
    with pytest.raises(AuthenticationError) as caught:
        await two.us.get_order(order_id)
    assert caught.value.account == "us"
    assert (await two.de.get_order(order_id)).id == order_id


async def test_drivers_of_one_seller_share_nothing_by_name(two: Two) -> None:
    """Channel, carrier and provider of one name keep tokens and limits apart: each has its own key."""
    asked: list[str] = []

    def answer(request: ReceivedRequest) -> tuple[int, dict[str, str], bytes]:
        asked.append(request.path)
        if request.path == "/auth/o2/token":
            token = {"access_token": f"Atza|{len(asked)}", "token_type": "bearer", "expires_in": 3600}
            return 200, {"content-type": "application/json"}, json.dumps(token).encode()
        return 404, {"content-type": "application/json"}, b'{"errors": [{"code": "NotFound", "message": "no"}]}'

    settings = dict(two.simulator.credentials("na"))
    shared: dict[str, Any] = {"transport": handler_transport(answer), "clock": two.clock, "tokens": two.tokens}
    drivers = (
        AmazonChannel(AmazonConfig(**settings), **shared),
        AmazonBuyShippingCarrier(AmazonBuyShippingConfig(**two.simulator.label_settings("na")), **shared),
        AmazonMCFProvider(AmazonMCFConfig(**settings), **shared),
    )
    channel, carrier, provider = drivers
    with pytest.raises(NotFoundError):
        await channel.get_order("111-1234567-1234567")
    await carrier.track(["TBA1"])
    with pytest.raises(NotFoundError):
        await provider.get_status("cc-1")
    assert asked.count("/auth/o2/token") == 3
    assert len(set(two.tokens.kept.values())) == len(two.tokens.kept) == 3
    assert all(any(driver.key in key for driver in drivers) for key in two.tokens.kept)
