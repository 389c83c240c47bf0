"""Setting notifications up."""

from typing import Any

import pytest

from cartcarrier.channels import SupportsSubscriptions
from cartcarrier.errors import ConflictError, InvalidValueError, PermissionDeniedError, ResponseError
from cartcarrier.models import WebhookSubscription
from tests.unit.channels.amazon.fakes import CA, US, Amazon, refusal

ARN = "arn:aws:sqs:us-east-1:123456789012:orders"
TAKEN = refusal(409, "Conflict")
WRITES = {"createDestination", "createSubscription", "deleteSubscriptionById", "deleteDestination"}
BUS = {"destinationId": "d-0", "name": "x", "resource": {"eventBridge": {"region": "r", "accountId": "a", "name": "n"}}}


def destination(number: int, arn: str) -> dict[str, Any]:
    """Return a destination that Amazon has."""
    return {"destinationId": f"d-{number}", "name": "x", "resource": {"sqs": {"arn": arn}}}


def subscribed(
    identity: str = "s-1", place: str = "d-1", *, marketplaces: Any = (US,), **changes: Any
) -> dict[str, Any]:
    """Return a subscription to orders that Amazon has."""
    wanted = {
        "eventFilterType": "ORDER_CHANGE",
        "marketplaceIds": list(marketplaces),
        "orderChangeTypes": ["OrderStatusChange", "BuyerRequestedChange"],
    }
    known = {"subscriptionId": identity, "payloadVersion": "1.0", "destinationId": place}
    return {**known, "processingDirective": {"eventFilter": wanted}, **changes}


def has(amazon: Amazon, *subscriptions: dict[str, Any], destinations: Any = (ARN,)) -> None:
    """Let Amazon have destinations and subscriptions, and take new ones."""
    amazon.on(
        "getDestinations", {"payload": [BUS, *(destination(n, arn) for n, arn in enumerate(destinations, start=1))]}
    )
    amazon.on("createDestination", {"payload": destination(9, ARN)})
    amazon.on("getSubscriptions", {"payload": {"subscriptions": list(subscriptions)}})
    amazon.on("createSubscription", {"payload": {"subscriptionId": "s-new"}})
    amazon.on("deleteSubscriptionById", {})


def writes(amazon: Amazon) -> list[str]:
    """Return what was changed, in turn."""
    return [name for name in amazon.names() if name in WRITES]


async def test_queue_and_subscription_are_made(amazon: Amazon) -> None:
    """From the queue's address alone."""
    has(amazon, destinations=())
    channel = amazon.channel(marketplace_ids=["US", "CA"])
    assert isinstance(channel, SupportsSubscriptions)
    made = await channel.subscribe(ARN)
    assert made == [WebhookSubscription(id="s-new", topic="ORDER_CHANGE", destination=ARN)]
    (named,) = amazon.bodies("createDestination")
    assert named["resourceSpecification"] == {"sqs": {"arn": ARN}}
    assert named["name"].startswith("cartcarrier-orders-")
    (request,) = amazon.requests("createSubscription")
    assert request.path == "/notifications/v1/subscriptions/ORDER_CHANGE"
    assert amazon.bodies("createSubscription") == [
        {
            "payloadVersion": "1.0",
            "destinationId": "d-9",
            "processingDirective": {
                "eventFilter": {
                    "eventFilterType": "ORDER_CHANGE",
                    "marketplaceIds": [US, CA],
                    "orderChangeTypes": ["OrderStatusChange", "BuyerRequestedChange"],
                }
            },
        }
    ]


async def test_two_queues_of_one_name_have_two_names(amazon: Amazon) -> None:
    """Amazon refuses a name that is taken."""
    has(amazon, destinations=())
    channel = amazon.channel()
    for region in ("us-east-1", "eu-west-1"):
        await channel.subscribe(f"arn:aws:sqs:{region}:123456789012:orders")
    names = {one["name"] for one in amazon.bodies("createDestination")}
    assert len(names) == 2


async def test_what_fits_is_left_alone(amazon: Amazon) -> None:
    """A new subscription may be silent for an hour."""
    has(amazon, subscribed(), destinations=(f"{ARN}-2", ARN)[::-1])
    (found,) = await amazon.channel().subscribe(ARN, topics=["order_change"])
    assert found.id == "s-1"
    assert writes(amazon) == []


@pytest.mark.parametrize(
    "known",
    [
        subscribed(marketplaces=(US, CA)),
        subscribed(processingDirective=None),
        subscribed(processingDirective={"eventFilter": {"eventFilterType": "ORDER_CHANGE"}}),
    ],
    ids=["more-places", "nothing-said", "all"],
)
async def test_subscription_that_says_more_is_no_reason_to_be_silent(amazon: Amazon, known: dict[str, Any]) -> None:
    """What is too much is passed over by the driver."""
    has(amazon, known)
    await amazon.channel().subscribe(ARN)
    assert writes(amazon) == []


@pytest.mark.parametrize(
    "known", [subscribed(place="d-7"), subscribed(marketplaces=(CA,))], ids=["elsewhere", "another-place"]
)
async def test_subscription_that_misses_something_is_replaced(amazon: Amazon, known: dict[str, Any]) -> None:
    """Amazon has no way to change one, and takes no second one of a version."""
    has(amazon, known)
    (made,) = await amazon.channel().subscribe(ARN)
    assert made.id == "s-new"
    assert writes(amazon) == ["deleteSubscriptionById", "createSubscription"]
    assert amazon.requests("deleteSubscriptionById")[0].path.endswith("/ORDER_CHANGE/s-1")


async def test_subscription_of_somebody_elses_is_not_touched(amazon: Amazon) -> None:
    """Another version, and one with an expression, stand beside ours."""
    others = subscribed("s-2", payloadVersion="2.0"), subscribed("s-3", processingDirective={"filterExpression": "x"})
    has(amazon, *others)
    (made,) = await amazon.channel().subscribe(ARN)
    assert made.id == "s-new"
    assert writes(amazon) == ["createSubscription"]


async def test_newer_types_have_their_version(amazon: Amazon) -> None:
    """Another one is refused."""
    has(amazon)
    await amazon.channel().subscribe(ARN, topics=["FEED_PROCESSING_FINISHED", "FEED_PROCESSING_FINISHED"])
    assert amazon.bodies("createSubscription") == [{"payloadVersion": "2020-09-04", "destinationId": "d-1"}]


async def test_queue_that_was_named_meanwhile_is_found(amazon: Amazon) -> None:
    """By another worker, or by a call whose answer was lost."""
    has(amazon)
    amazon.on("getDestinations", {"payload": []}, {"payload": [destination(3, ARN)]})
    amazon.on("createDestination", TAKEN)
    await amazon.channel().subscribe(ARN)
    assert amazon.bodies("createSubscription")[0]["destinationId"] == "d-3"


async def test_conflict_about_another_queue_stays_one(amazon: Amazon) -> None:
    """The name is taken, say."""
    has(amazon, destinations=(f"{ARN}-2",))
    amazon.on("createDestination", TAKEN)
    with pytest.raises(ConflictError):
        await amazon.channel().subscribe(ARN)


@pytest.mark.parametrize(
    "arn",
    [
        f"{ARN}.fifo",
        "https://sqs.example/orders",
        "arn:aws:sns:us-east-1:1:t",
        "arn:aws:sqs:us-east-1:1:",
        "arn:aws:sqs:q",
    ],
)
async def test_queue_that_gets_nothing_is_refused(amazon: Amazon, arn: str) -> None:
    """Amazon takes a FIFO queue and sends nothing to it (pitfall 29)."""
    with pytest.raises(InvalidValueError) as caught:
        await amazon.channel().subscribe(arn)
    assert caught.value.field == "destination"
    assert amazon.asked == []


async def test_subscription_that_was_made_meanwhile_is_used(amazon: Amazon) -> None:
    """Setting up twice is no error."""
    has(amazon)
    empty, found = ({"payload": {"subscriptions": known}} for known in ([], [subscribed()]))
    amazon.on("getSubscriptions", empty, found)
    amazon.on("createSubscription", TAKEN)
    (made,) = await amazon.channel().subscribe(ARN)
    assert made.id == "s-1"


async def test_conflict_without_a_subscription_stays_one(amazon: Amazon) -> None:
    """Nothing to use."""
    has(amazon)
    amazon.on("createSubscription", TAKEN)
    with pytest.raises(ConflictError):
        await amazon.channel().subscribe(ARN)


async def test_empty_success_is_looked_up(amazon: Amazon) -> None:
    """A subscription without an id could not be ended; one that never shows is uncertain."""
    has(amazon)
    amazon.on("createSubscription", {})
    with pytest.raises(ResponseError) as caught:
        await amazon.channel().subscribe(ARN)
    assert caught.value.outcome_unknown


async def test_missing_role_names_the_type(amazon: Amazon) -> None:
    """Of several types one was refused: which?"""
    has(amazon)
    amazon.on("createSubscription", refusal(403, "Unauthorized"))
    with pytest.raises(PermissionDeniedError, match="ORDER_CHANGE") as caught:
        await amazon.channel().subscribe(ARN)
    assert (caught.value.operation, caught.value.account, caught.value.http_status) == ("subscribe", "us", 403)


@pytest.mark.parametrize("kind", ["ORDER_STATUS_CHANGE", "mfn_order_status_change", "x/y", ""])
async def test_type_that_does_not_exist_is_refused(amazon: Amazon, kind: str) -> None:
    """Two were removed (pitfall 31): nobody would wait for them."""
    with pytest.raises(InvalidValueError, match="ORDER_CHANGE"):
        await amazon.channel().subscribe(ARN, topics=[kind])
    assert amazon.asked == []


async def test_subscriptions_are_listed_with_their_queues(amazon: Amazon) -> None:
    """Of every known type, over all pages; a bus and a queue that is forgotten have names, too."""
    has(amazon)
    orders = [
        {"payload": {"subscriptions": [subscribed()], "nextToken": "p-2"}},
        {"payload": {"subscriptions": [subscribed("s-2", "d-0"), subscribed("s-3", "d-gone")]}},
        {"payload": {"subscriptions": []}},
    ]
    amazon.on("getSubscriptions", *orders)
    found = await amazon.channel().list_subscriptions()
    assert [(one.id, one.topic, one.destination) for one in found] == [
        ("s-1", "ORDER_CHANGE", ARN),
        ("s-2", "ORDER_CHANGE", "eventbridge:r:a"),
        ("s-3", "ORDER_CHANGE", "d-gone"),
    ]
    asked = [one.params for one in amazon.requests("getSubscriptions")]
    assert asked[1]["nextToken"] == "p-2"
    assert {"ORDER_CHANGE", "FULFILLMENT_ORDER_STATUS"} <= {str(one["notificationTypes"]) for one in asked}


async def test_type_that_may_not_be_asked_about_does_not_hide_the_others(amazon: Amazon) -> None:
    """Regions and roles differ; but where nothing may be asked at all, that is said."""
    has(amazon)
    amazon.on("getSubscriptions", {"payload": {"subscriptions": [subscribed()]}}, refusal(400, "InvalidInput"))
    assert [one.id for one in await amazon.channel().list_subscriptions()] == ["s-1"]
    amazon.on("getSubscriptions", refusal(403, "Unauthorized"))
    with pytest.raises(PermissionDeniedError):
        await amazon.channel().list_subscriptions()


async def test_taking_back_twice_is_no_error(amazon: Amazon) -> None:
    """404 means done, and so does a queue that Amazon does not know."""
    has(amazon)
    amazon.on("deleteSubscriptionById", refusal(404, "NotFound"))
    amazon.on("deleteDestination", refusal(404, "NotFound"))
    channel = amazon.channel()
    await channel.unsubscribe(WebhookSubscription(id="s-1", topic="ORDER_CHANGE", destination=ARN))
    await channel.delete_destination(ARN)
    await channel.delete_destination(f"{ARN}-unknown")
    assert writes(amazon) == ["deleteSubscriptionById", "deleteDestination"]
    assert amazon.requests("deleteDestination")[0].path.endswith("/destinations/d-1")
