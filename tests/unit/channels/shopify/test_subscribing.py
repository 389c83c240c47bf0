"""Subscriptions: what is kept, moved, made and ended."""

from typing import Any

import pytest

from cartcarrier.channels.shopify import mapping
from cartcarrier.errors import InvalidValueError, PermissionDeniedError, RejectedError, ResponseError, TransportError
from cartcarrier.models import WebhookSubscription
from tests.unit.channels.shopify.fakes import Shop, page

HERE, THERE = "https://hooks.example/shopify", "https://other.example/shopify"
NAME = "cartcarrier-orders_updated"


def known(number: int = 1, **changes: object) -> dict[str, Any]:
    """Return a subscription of ours to changed orders."""
    return {
        "id": f"gid://shopify/WebhookSubscription/{number}",
        "topic": "ORDERS_UPDATED",
        "uri": HERE,
        "name": NAME,
        "format": "JSON",
        "filter": None,
        "includeFields": [],
        **changes,
    }


def standing(*subscriptions: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    """Return a page of subscriptions."""
    return {"webhookSubscriptions": page(*subscriptions, after=after)}


def made(subscription: dict[str, Any] | None, *refusals: tuple[str, str], verb: str = "Create") -> dict[str, Any]:
    """Return what a mutation answers."""
    errors = [{"field": ["webhookSubscription", field], "message": message} for field, message in refusals]
    return {f"webhookSubscription{verb}": {"webhookSubscription": subscription, "userErrors": errors}}


async def subscribe(shop: Shop, *topics: str, to: str = HERE) -> list[tuple[str, str, str]]:
    """Subscribe, and return what stands then."""
    async with shop.channel() as channel:
        found = await channel.subscribe(to, topics=topics or ("orders/updated",))
    return [(each.id.rpartition("/")[2], each.topic, each.destination) for each in found]


# --- keeping, moving, making ---


async def test_what_fits_is_left_alone(shop: Shop) -> None:
    """Whoever made it, whatever its name."""
    shop.on("WebhookSubscriptions", standing(known(name=None)))
    assert await subscribe(shop) == [("1", "orders/updated", HERE)]
    assert shop.names() == ["WebhookSubscriptions"]


async def test_ours_that_points_elsewhere_is_moved(shop: Shop) -> None:
    """Its name says that it is ours."""
    shop.on(
        "WebhookSubscriptions", standing(known(1, uri="https://third.example/", name="theirs"), known(2, uri=THERE))
    )
    shop.on("WebhookSubscriptionUpdate", made(known(2), verb="Update"))
    assert await subscribe(shop) == [("2", "orders/updated", HERE)]
    (told,) = shop.variables("WebhookSubscriptionUpdate")
    assert told["id"].endswith("/2")
    assert told["subscription"]["uri"] == HERE


@pytest.mark.parametrize(
    "other",
    [
        known(uri=THERE, name="theirs"),
        known(topic="ORDERS_CREATE"),
        known(format="XML"),
        known(filter="id:1", name="theirs"),
        known(includeFields=["id"], name="theirs"),
    ],
    ids=["anothers", "another-topic", "xml", "filtered", "cut"],
)
async def test_what_does_not_fit_is_made_beside_it(shop: Shop, other: dict[str, Any]) -> None:
    """A filtered subscription would miss changes; another's is not ours to move."""
    shop.on("WebhookSubscriptions", standing(other))
    shop.on("WebhookSubscriptionCreate", made(known(7)))
    assert await subscribe(shop) == [("7", "orders/updated", HERE)]
    (told,) = shop.variables("WebhookSubscriptionCreate")
    assert told == {"topic": "ORDERS_UPDATED", "subscription": {"uri": HERE, "format": "JSON", "name": NAME}}


async def test_all_pages_are_looked_through(shop: Shop) -> None:
    """What stands on the second is not made again."""
    shop.on("WebhookSubscriptions", standing(known(1, topic="ORDERS_PAID"), after="c1"), standing(known(2)))
    assert await subscribe(shop) == [("2", "orders/updated", HERE)]


async def test_address_that_was_taken_meanwhile_is_adopted(shop: Shop) -> None:
    """Two processes start at once."""
    shop.on("WebhookSubscriptions", standing(), standing(known(4)))
    shop.on("WebhookSubscriptionCreate", made(None, ("uri", "Address for this topic has already been taken")))
    assert await subscribe(shop) == [("4", "orders/updated", HERE)]


async def test_taken_name_is_done_without(shop: Shop) -> None:
    """A name is unique in a shop; what is made without it is never moved."""
    shop.on("WebhookSubscriptions", standing())
    shop.on("WebhookSubscriptionCreate", made(None, ("name", "has already been taken")), made(known(5, name=None)))
    assert await subscribe(shop) == [("5", "orders/updated", HERE)]
    assert "name" not in shop.variables("WebhookSubscriptionCreate")[1]["subscription"]


async def test_lost_answer_is_looked_up(shop: Shop) -> None:
    """It may stand."""
    shop.on("WebhookSubscriptions", standing(), standing(known(6)))
    shop.on("WebhookSubscriptionCreate", TimeoutError())
    assert await subscribe(shop) == [("6", "orders/updated", HERE)]


@pytest.mark.parametrize("second", [standing(), TimeoutError()], ids=["none", "silence"])
async def test_lost_answer_that_shows_nowhere_stays_in_doubt(shop: Shop, second: object) -> None:
    """Repeat the call: it looks first."""
    shop.on("WebhookSubscriptions", standing(), second)
    shop.on("WebhookSubscriptionCreate", TimeoutError())
    with pytest.raises(TransportError) as caught:
        await subscribe(shop)
    assert caught.value.outcome_unknown


# --- refusals ---


async def test_filtered_subscription_is_not_adopted(shop: Shop) -> None:
    """It has the address already, and pushes only some of what happens: a person must decide."""
    shop.on("WebhookSubscriptions", standing(known(filter="id:1", name="theirs")))
    shop.on("WebhookSubscriptionCreate", made(None, ("uri", "Address for this topic has already been taken")))
    with pytest.raises(RejectedError, match="already been taken"):
        await subscribe(shop)


async def test_refusal_names_the_topic(shop: Shop) -> None:
    """One of five was refused: which?"""
    shop.on("WebhookSubscriptions", standing())
    shop.on("WebhookSubscriptionCreate", made(None, ("uri", "Address is not allowed")))
    with pytest.raises(RejectedError, match="orders/updated: Address is not allowed"):
        await subscribe(shop)


async def test_topic_that_the_schema_lacks_is_named(shop: Shop) -> None:
    """Shopify says only that a variable is wrong."""
    shop.on("WebhookSubscriptions", standing())
    shop.on("WebhookSubscriptionCreate", {"errors": [{"message": "", "extensions": {"code": "INVALID_VARIABLE"}}]})
    with pytest.raises(RejectedError, match="orders/no_such") as caught:
        await subscribe(shop, "orders/no_such")
    assert caught.value.request_id == "11aa22bb-33cc"


async def test_denied_topic_is_a_permission(shop: Shop) -> None:
    """A topic that we know no scope for may need one."""
    shop.on("WebhookSubscriptions", standing())
    shop.on("WebhookSubscriptionCreate", {"errors": [{"message": "", "extensions": {"code": "ACCESS_DENIED"}}]})
    with pytest.raises(PermissionDeniedError):
        await subscribe(shop, "carts/create")


async def test_success_without_a_subscription_is_no_success(shop: Shop) -> None:
    """Neither a result nor a reason."""
    shop.on("WebhookSubscriptions", standing())
    shop.on("WebhookSubscriptionCreate", made(None))
    with pytest.raises(ResponseError, match="orders/updated"):
        await subscribe(shop)


@pytest.mark.parametrize("topic", sorted(mapping.PRIVACY_TOPICS))
async def test_privacy_topics_are_set_elsewhere(shop: Shop, topic: str) -> None:
    """It says where, and nothing is sent."""
    with pytest.raises(RejectedError, match="configuration"):
        await subscribe(shop, "orders/updated", topic)
    assert shop.names() == []


async def test_missing_scope_is_named_with_its_topic(shop: Shop) -> None:
    """Shopify would say it in words only."""
    with pytest.raises(PermissionDeniedError, match=r"inventory_levels/update.*read_inventory"):
        await subscribe(shop, "inventory_levels/update")


@pytest.mark.parametrize("topics", [("orders updated",), ("",), ("Orders/updated",)])
async def test_what_is_no_topic_is_refused(shop: Shop, topics: tuple[str, ...]) -> None:
    """Before anything is sent."""
    with pytest.raises(InvalidValueError, match="topic"):
        await subscribe(shop, *topics)


@pytest.mark.parametrize(
    "destination",
    [
        "http://hooks.example/",
        "hooks.example",
        "https://",
        "https://user:pw@hooks.example/",
        "https://hooks.example/#part",
        "https://hooks.example/with blank",
        "https://[hooks/",
        "pubsub://project",
        "arn:aws:sqs:us-east-1:1:queue",
    ],
)
async def test_what_is_no_destination_is_refused(shop: Shop, destination: str) -> None:
    """Nothing is pushed in the clear."""
    with pytest.raises(InvalidValueError, match="https"):
        await subscribe(shop, to=destination)


@pytest.mark.parametrize(
    "queue", ["pubsub://project-1:topic", "arn:aws:events:us-east-1::event-source/aws.partner/x/1/y"]
)
def test_queues_are_destinations(queue: str) -> None:
    """As Shopify names them."""
    assert mapping.check_destination(queue) == queue


# --- topics ---


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("ORDERS_UPDATED", "orders/updated"),
        ("FULFILLMENT_ORDERS_PLACED_ON_HOLD", "fulfillment_orders/placed_on_hold"),
        ("FULFILLMENTS_CREATE", "fulfillments/create"),
        ("APP_SUBSCRIPTIONS_UPDATE", "app_subscriptions/update"),
        ("APP_UNINSTALLED", "app/uninstalled"),
        ("INVENTORY_LEVELS_UPDATE", "inventory_levels/update"),
        ("SELLING_PLAN_GROUPS_CREATE", "SELLING_PLAN_GROUPS_CREATE"),
    ],
)
def test_word_of_the_schema_is_the_headers_topic(word: str, text: str) -> None:
    """A family that is not known is not cut at a guess."""
    assert mapping.topic_text(word) == text
    assert mapping.topic_word(text) == word


def test_topics_are_each_asked_for_once() -> None:
    """In whatever way they are written."""
    assert mapping.to_topics(["ORDERS_UPDATED", "orders/updated", "orders/paid"]) == ("orders/updated", "orders/paid")
    assert mapping.to_topics("orders/paid") == ("orders/paid",)
    assert mapping.to_topics([]) == mapping.DEFAULT_TOPICS


@pytest.mark.parametrize(
    "topic",
    ["orders/updated", "fulfillment_orders/line_items_prepared_for_local_delivery", "SELLING_PLAN_GROUPS_CREATE"],
)
def test_name_is_one_that_shopify_takes(topic: str) -> None:
    """Up to 50 letters, digits, hyphens and underscores; another for each topic."""
    name = mapping.subscription_name(topic)
    assert len(name) <= 50
    assert name.replace("-", "").replace("_", "").isalnum()
    assert name != mapping.subscription_name(f"{topic}s")


# --- ending ---


OURS = WebhookSubscription(id="gid://shopify/WebhookSubscription/1", topic="orders/updated", destination=HERE)


def ended(number: int | None, *messages: str) -> dict[str, Any]:
    """Return what the deletion answers."""
    return {
        "webhookSubscriptionDelete": {
            "deletedWebhookSubscriptionId": number and f"gid://shopify/WebhookSubscription/{number}",
            "userErrors": [{"field": ["id"], "message": message} for message in messages],
        }
    }


async def test_subscription_is_ended(shop: Shop) -> None:
    """By its id."""
    shop.on("WebhookSubscriptionDelete", ended(1))
    async with shop.channel() as channel:
        await channel.unsubscribe(OURS)
    assert shop.variables("WebhookSubscriptionDelete") == [{"id": OURS.id}]


@pytest.mark.parametrize(
    "answer",
    [
        ended(None, "does not exist"),
        ended(None),
        {"errors": [{"message": "", "extensions": {"code": "RESOURCE_NOT_FOUND"}}]},
    ],
    ids=["refused", "nothing", "not-found"],
)
async def test_ending_twice_is_no_error(shop: Shop, answer: dict[str, Any]) -> None:
    """It does not stand: that is what was asked for."""
    shop.on("WebhookSubscriptionDelete", answer)
    shop.on("WebhookSubscriptions", standing())
    async with shop.channel() as channel:
        await channel.unsubscribe(OURS)


async def test_what_still_stands_was_not_ended(shop: Shop) -> None:
    """A refusal of another kind."""
    shop.on("WebhookSubscriptionDelete", ended(None, "You cannot"), ended(None))
    shop.on("WebhookSubscriptions", standing(known(1)))
    async with shop.channel() as channel:
        with pytest.raises(RejectedError, match="You cannot"):
            await channel.unsubscribe(OURS)
        with pytest.raises(ResponseError, match="neither"):
            await channel.unsubscribe(OURS)


async def test_what_is_no_id_of_shopifys_cannot_stand(shop: Shop) -> None:
    """Nothing is sent."""
    async with shop.channel() as channel:
        await channel.unsubscribe(WebhookSubscription(id="another platform's", topic="x", destination=HERE))
    assert shop.names() == []
