"""Shopify's subscriptions and pushes against the simulator."""

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest

from cartcarrier.channels.shopify import ShopifyChannel
from cartcarrier.errors import InvalidValueError, PermissionDeniedError, RejectedError
from cartcarrier.http import ManualClock
from cartcarrier.models import InventoryChanged, InventoryLevel, OrderChanged, WebhookRequest
from cartcarrier.sandbox import Fault, FaultKind, Sandbox

HERE, THERE = "https://hooks.example/shopify", "https://other.example/shopify"
USED = ["orders/create", "orders/updated", "orders/cancelled", "app/uninstalled", "app/scopes_update"]
PLACE = "gid://shopify/Location/70000001"


class World:
    """A shop, and a driver that knows what signs its pushes.

    Attributes:
        clock: Moved by hand.
        shop: The simulator's control.
        channel: The driver.
    """

    def __init__(self, sandbox: Sandbox, clock: ManualClock) -> None:
        self.clock = clock
        self.shop = cast("Any", sandbox.simulator("shopify"))
        secret = self.shop.credentials()["webhooks"]["secret"]
        channel = sandbox.channel("shopify", webhook_secrets=[secret])
        assert isinstance(channel, ShopifyChannel)
        self.channel = channel

    def calls(self, operation: str) -> int:
        """Return how often the shop was asked something."""
        count: int = self.shop.counts()["calls"].get(operation, 0)
        return count

    async def standing(self) -> list[tuple[str, str]]:
        """Return what is pushed where."""
        return [(each.topic, each.destination) for each in await self.channel.list_subscriptions()]

    async def received(self) -> list[Any]:
        """Return what the waiting pushes mean."""
        events: list[Any] = []
        for sent in self.shop.deliveries():
            request = WebhookRequest(
                method="POST", url=sent["url"], headers=sent["headers"], body=sent["body"].encode()
            )
            events += (await self.channel.receive(request)).events
        return events


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A shop that nobody is subscribed to."""
    clock = ManualClock()
    async with Sandbox(clock=clock) as sandbox:
        yield World(sandbox, clock)


async def test_what_is_made_use_of_is_subscribed_to(world: World) -> None:
    """Without naming a topic."""
    made = await world.channel.subscribe(HERE)
    assert [each.topic for each in made] == USED
    assert {each.destination for each in made} == {HERE}
    assert await world.standing() == [(topic, HERE) for topic in USED]


async def test_subscribing_twice_changes_nothing(world: World) -> None:
    """It is run whenever the application starts."""
    first = await world.channel.subscribe(HERE)
    assert await world.channel.subscribe(HERE) == first
    assert world.calls("webhookSubscriptionCreate") == len(USED)
    assert world.calls("webhookSubscriptionUpdate") == 0


async def test_new_address_moves_what_is_ours_alone(world: World) -> None:
    """Another service of the same app keeps its own."""
    await world.channel.subscribe(HERE, topics=["orders/updated"])
    await ask(world, "ORDERS_UPDATED", "https://third.example/x")
    (moved,) = await world.channel.subscribe(THERE, topics=["ORDERS_UPDATED"])
    assert (moved.topic, moved.destination) == ("orders/updated", THERE)
    assert sorted(await world.standing()) == [("orders/updated", THERE), ("orders/updated", "https://third.example/x")]


async def test_subscription_that_ended_is_made_anew(world: World) -> None:
    """Shopify deletes one whose pushes failed (pitfall 12)."""
    (old,) = await world.channel.subscribe(HERE, topics=["orders/updated"])
    await world.channel.unsubscribe(old)
    assert await world.standing() == []
    await world.channel.unsubscribe(old)
    (new,) = await world.channel.subscribe(HERE, topics=["orders/updated"])
    assert new.id != old.id


async def test_lost_answer_is_looked_up(world: World) -> None:
    """The subscription stands: it is taken over, not made twice."""
    world.shop.faults.add(Fault(operation="webhookSubscriptionCreate", kind=FaultKind.DROP_AFTER))
    (made,) = await world.channel.subscribe(HERE, topics=["orders/updated"])
    assert [each.id for each in await world.channel.list_subscriptions()] == [made.id]
    assert world.calls("webhookSubscriptionCreate") == 1


async def test_queue_is_a_destination(world: World) -> None:
    """And an address without encryption is none."""
    (made,) = await world.channel.subscribe("pubsub://project:topic", topics=["orders/updated"])
    assert made.destination == "pubsub://project:topic"
    with pytest.raises(InvalidValueError):
        await world.channel.subscribe("http://hooks.example/shopify")


async def test_topic_without_its_scope_is_named(world: World) -> None:
    """Nothing is subscribed to then, not even the others."""
    world.shop.set_scopes(["read_orders"])
    with pytest.raises(PermissionDeniedError, match=r"inventory_levels/update.*read_inventory"):
        await world.channel.subscribe(HERE, topics=["orders/updated", "inventory_levels/update"])
    assert await world.standing() == []


@pytest.mark.parametrize("topic", ["customers/redact", "shop/redact", "orders/no_such_thing"])
async def test_topic_that_cannot_be_had_is_named(world: World, topic: str) -> None:
    """Privacy is set in the app's configuration; a topic that is none is refused by Shopify."""
    with pytest.raises(RejectedError, match=topic):
        await world.channel.subscribe(HERE, topics=[topic])


async def test_what_was_subscribed_to_arrives(world: World) -> None:
    """From the change in the shop to the event, signed and all."""
    world.shop.set_scopes([*world.shop.shop.world.scopes, "read_inventory", "write_inventory", "read_locations"])
    world.shop.add_item("MUG", available=3, locations=[PLACE])
    world.clock.advance(60)
    await world.channel.subscribe(HERE, topics=["orders/create", "inventory_levels/update"])
    order_id = world.shop.place_order(lines=[{"sku": "MUG", "title": "Mug", "quantity": 1, "price": "5.00"}])
    await world.channel.set_inventory([InventoryLevel(sku="MUG", available=9, location_id=PLACE)])
    events = await world.received()
    assert [event.order_id for event in events if isinstance(event, OrderChanged)] == [order_id]
    levels = [event for event in events if isinstance(event, InventoryChanged)]
    assert (levels[-1].location_id, levels[-1].available) == (PLACE, 9)


async def ask(world: World, topic: str, uri: str) -> None:
    """Subscribe as another service of the same app does."""
    document = (
        "mutation($topic: WebhookSubscriptionTopic!, $subscription: WebhookSubscriptionInput!)"
        "{ webhookSubscriptionCreate(topic: $topic, webhookSubscription: $subscription) { userErrors { message } } }"
    )
    settings = world.shop.settings()
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(world.shop.app),
        base_url=f"https://{settings['shop']}",
        headers={"X-Shopify-Access-Token": settings["access_token"]},
    ) as client:
        answer = await client.post(
            "/admin/api/2026-10/graphql.json",
            json={"query": document, "variables": {"topic": topic, "subscription": {"uri": uri}}},
        )
    assert answer.json()["data"]["webhookSubscriptionCreate"]["userErrors"] == []
