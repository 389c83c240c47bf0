"""Half of the pushes get lost: reading closes the gaps, and the sets at the end are those of the platforms."""

import random
from typing import Any

import pytest

import cartcarrier as cc
from cartcarrier.drivers import SupportsSubscriptions
from cartcarrier.http import ManualClock
from cartcarrier.sandbox import Sandbox
from tests.attacks.conftest import Open
from tests.routes.many_orders import held_open, plain_order
from tests.routes.route import MUG, NEW_YORK, box

CHANNELS = ("shopify", "ebay", "amazon")
ORDERS = 12  # at each channel
SETTLED = 900
QUEUE = "arn:aws:sqs:us-east-1:123456789012:orders"


class Shops:
    """Three channels that push about what buyers do, over a wire that loses every other push.

    Args:
        sandbox: Where they are.
        share: How many of the pushes arrive.
        seed: Which of them, and what buyers do.
    """

    def __init__(self, sandbox: Sandbox, *, share: float, seed: int = 1) -> None:
        self.sandbox = sandbox
        self.draw = random.Random(seed)  # noqa: S311 - reproducible, not secret
        self.simulators: dict[str, Any] = {name: sandbox.simulator(name) for name in CHANNELS}
        self.placed: dict[str, list[str]] = {name: [] for name in CHANNELS}
        self.share = share
        self.arrived = self.lost = 0

    async def subscribe(self) -> None:
        """Have everything pushed that the library makes use of."""
        secret = self.simulators["shopify"].credentials()["webhooks"]["secret"]
        endpoint = "https://shop.example/ebay"
        token = "verification-token-of-forty-letters-0001"
        self.simulators["ebay"].answer_challenges(endpoint, token)
        settings: dict[str, dict[str, Any]] = {
            "shopify": {"webhook_secrets": [secret]},
            "ebay": {"verification_token": token, "webhook_endpoint": endpoint, "alert_email": "it@shop.example"},
            "amazon": {},
        }
        where = {"shopify": "https://shop.example/shopify", "ebay": endpoint, "amazon": QUEUE}
        self.simulators["amazon"].set_switches(subscription_delay_seconds=0)
        self.channels = [self.sandbox.channel(name, **settings[name]) for name in CHANNELS]
        for channel in self.channels:
            assert isinstance(channel, SupportsSubscriptions)
            assert await channel.subscribe(where[channel.driver])

    def buy(self) -> None:
        """Place an order at each channel."""
        for name in CHANNELS:
            self.placed[name].append(self.simulators[name].place_order(**plain_order(name, self.draw)))

    def change_minds(self) -> None:
        """Cancel one order in five, hold another."""
        for name in CHANNELS:
            for place, order_id in enumerate(self.placed[name]):
                if place % 5 == 1:
                    self.simulators[name].cancel(order_id)
                elif place % 5 == 2:
                    self.simulators[name].hold(order_id)

    def pushes(self) -> list[tuple[str, cc.WebhookRequest]]:
        """Return what arrives of what was sent since the last time."""
        found: list[tuple[str, cc.WebhookRequest]] = []
        for name in ("shopify", "ebay"):
            for sent in self.simulators[name].deliveries(shuffle=True):
                body = sent["body"].encode()
                push = cc.WebhookRequest(method="POST", url=sent["url"], headers=sent["headers"], body=body)
                found.append((f"{name}:default", push))
        for sent in self.simulators["amazon"].messages(shuffle=True):
            push = cc.WebhookRequest(method="POST", url="", headers={}, body=sent["Body"].encode())
            found.append(("amazon:default", push))
        arriving = [one for one in found if self.draw.random() < self.share]
        self.arrived += len(arriving)
        self.lost += len(found) - len(arriving)
        return arriving


@pytest.mark.parametrize("share", [0.5, 0.0], ids=["half", "all"])
async def test_lost_pushes_leave_no_gap(
    share: float, sandbox: Sandbox, clock: ManualClock, open_fulfiller: Open
) -> None:
    """A push is a hint: who reads sees every order, every cancellation and every hold, with it or without."""
    shops = Shops(sandbox, share=share)
    await shops.subscribe()
    async with open_fulfiller(channels=shops.channels, carriers=[sandbox.carrier("ups")]) as fulfiller:

        async def deliver() -> None:
            for key, push in shops.pushes():
                await fulfiller.handle_webhook(key, push)

        for _ in range(ORDERS):
            shops.buy()
            clock.advance(60)
        await deliver()
        clock.advance(SETTLED)
        half_way = {(order.channel.partition(":")[0], order.id) async for order in fulfiller.orders()}
        assert len(half_way) == len(CHANNELS) * ORDERS
        shops.change_minds()
        clock.advance(60)
        await deliver()
        clock.advance(SETTLED)
        seen: dict[str, dict[str, bool]] = {name: {} for name in CHANNELS}
        for name in CHANNELS:
            async for change in fulfiller.changes(f"{name}:default"):
                seen[name][change.order.id] = change.order.status is cc.OrderStatus.CANCELLED
        found = {(order.channel.partition(":")[0], order.id) async for order in fulfiller.orders()}
    assert shops.lost > 20
    assert (shops.arrived > 20) is (share > 0)
    for name in CHANNELS:
        held = {order["id"]: order for order in shops.simulators[name].orders()}
        assert seen[name] == {order_id: bool(order["cancelled"]) for order_id, order in held.items()}, name
        assert set(seen[name]) == set(shops.placed[name])
        expected = {order_id for order_id, order in held.items() if held_open(name, order)}
        assert {order_id for channel, order_id in found if channel == name} == expected, name


@pytest.mark.parametrize("platform", ["fedex", "ups", "usps"])
@pytest.mark.parametrize("share", [0.5, 0.0], ids=["half", "all"])
async def test_lost_scans_are_asked_for(
    platform: str, share: float, sandbox: Sandbox, clock: ManualClock, open_fulfiller: Open
) -> None:
    """A parcel whose news got lost is asked about all the same, until it has arrived."""
    shops = Shops(sandbox, share=share, seed=2)
    carrier: Any = sandbox.simulator(platform)
    url, secret = f"https://shop.example/{platform}", "0123456789abcdef0123456789abcdef"
    settings: Any = {
        "fedex": {"webhook_secret": secret},
        "ups": {"webhook_credential": secret},
        "usps": {"webhook_secret": secret, "admin_email": "it@shop.example", "calls_per_hour": 100_000},
    }[platform]
    signed: dict[str, Any] = {} if platform == "usps" else {"secret": secret}
    driver: Any = sandbox.carrier(platform, **settings)
    if platform == "fedex":
        carrier.subscribe(url=url)
    elif isinstance(driver, SupportsSubscriptions):
        await driver.subscribe(url)
    shops.simulators["shopify"].place_order(lines=[MUG], address=NEW_YORK)
    clock.advance(60)
    taken = 0
    async with open_fulfiller(channels=[sandbox.channel("shopify")], carriers=[driver]) as fulfiller:
        (order,) = [order async for order in fulfiller.orders()]
        shipped = await fulfiller.ship(order, parcels=[box()], choose=ground)
        assert shipped.shipment is not None
        number = shipped.shipment.tracking_number
        if platform == "ups":
            await driver.subscribe_tracking([number], url=url)
            carrier.set_journey(tracking_number=number, kind="normal")
        async for _ in fulfiller.follow():
            for sent in carrier.deliveries(**signed):
                if shops.draw.random() < share:
                    body = sent["body"].encode()
                    push = cc.WebhookRequest(method="POST", url=sent["url"], headers=sent["headers"], body=body)
                    taken += len((await fulfiller.handle_webhook(driver.key, push)).events)
        (end,) = await fulfiller.track(order.ref)
    assert isinstance(end, cc.Tracking)
    assert end.status is cc.TrackingStatus.DELIVERED
    assert (taken > 0) is (share > 0)


def ground(_order: cc.Order, rates: Any) -> cc.Choice:
    """Choose what travels on the ground."""
    rate = next((rate for rate in rates if "round" in rate.service.name), rates[0])
    return cc.Choice(rate=rate, reason="it can be followed")
