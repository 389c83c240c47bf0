"""Setting notifications up."""

from typing import Any

import pytest

from cartcarrier.errors import ConflictError, InvalidValueError
from tests.unit.channels.amazon.fakes import CA, US, Amazon, refusal

ARN = "arn:aws:sqs:us-east-1:123456789012:orders"
TAKEN = refusal(409, "Conflict")


def destination(number: int, arn: str) -> dict[str, Any]:
    """Return a destination that Amazon has."""
    return {"destinationId": f"d-{number}", "name": "x", "resource": {"sqs": {"arn": arn}}}


async def test_queue_is_named(amazon: Amazon) -> None:
    """Once, with its address."""
    amazon.on("createDestination", {"payload": destination(1, ARN)})
    assert await amazon.channel().create_destination("orders", sqs_arn=ARN) == "d-1"
    assert amazon.bodies("createDestination") == [{"name": "orders", "resourceSpecification": {"sqs": {"arn": ARN}}}]


async def test_queue_that_is_named_already_is_found(amazon: Amazon) -> None:
    """By its address, among those with another kind of resource."""
    amazon.on("createDestination", TAKEN)
    bus = {
        "destinationId": "d-0",
        "name": "x",
        "resource": {"eventBridge": {"region": "r", "accountId": "a", "name": "n"}},
    }
    amazon.on("getDestinations", {"payload": [bus, destination(1, f"{ARN}-2"), destination(2, ARN)]})
    assert await amazon.channel().create_destination("orders", sqs_arn=ARN) == "d-2"


async def test_conflict_about_another_queue_stays_one(amazon: Amazon) -> None:
    """The name is taken, say."""
    amazon.on("createDestination", TAKEN)
    amazon.on("getDestinations", {"payload": [destination(1, f"{ARN}-2")]})
    with pytest.raises(ConflictError):
        await amazon.channel().create_destination("orders", sqs_arn=ARN)


@pytest.mark.parametrize("arn", [f"{ARN}.fifo", "https://sqs.example/orders", "arn:aws:sns:us-east-1:1:t"])
async def test_queue_that_gets_nothing_is_refused(amazon: Amazon, arn: str) -> None:
    """Amazon takes a FIFO queue and sends nothing to it (pitfall 29)."""
    with pytest.raises(InvalidValueError) as caught:
        await amazon.channel().create_destination("orders", sqs_arn=arn)
    assert caught.value.field == "sqs_arn"
    assert amazon.asked == []


async def test_orders_are_filtered_by_marketplace(amazon: Amazon) -> None:
    """Of the account's own; tips do not matter."""
    amazon.on("createSubscription", {"payload": {"subscriptionId": "s-1"}})
    channel = amazon.channel(marketplace_ids=["US", "CA"])
    assert await channel.subscribe("order_change", destination_id="d-1") == "s-1"
    (request,) = amazon.requests("createSubscription")
    assert request.path == "/notifications/v1/subscriptions/ORDER_CHANGE"
    assert amazon.bodies("createSubscription") == [
        {
            "payloadVersion": "1.0",
            "destinationId": "d-1",
            "processingDirective": {
                "eventFilter": {
                    "eventFilterType": "ORDER_CHANGE",
                    "marketplaceIds": [US, CA],
                    "orderChangeTypes": ["OrderStatusChange", "BuyerRequestedChange"],
                }
            },
        }
    ]


async def test_newer_types_have_their_version(amazon: Amazon) -> None:
    """Another one is refused."""
    amazon.on("createSubscription", {"payload": {"subscriptionId": "s-1"}})
    await amazon.channel().subscribe("FEED_PROCESSING_FINISHED", destination_id="d-1")
    assert amazon.bodies("createSubscription") == [{"payloadVersion": "2020-09-04", "destinationId": "d-1"}]


async def test_subscription_that_exists_is_used_again(amazon: Amazon) -> None:
    """Setting up twice is no error."""
    amazon.on("createSubscription", TAKEN)
    amazon.on("getSubscription", {"payload": {"subscriptionId": "s-1"}})
    assert await amazon.channel().subscribe("ORDER_CHANGE", destination_id="d-1") == "s-1"
    assert amazon.requests("getSubscription")[0].params == {"payloadVersion": "1.0"}


async def test_conflict_without_a_subscription_stays_one(amazon: Amazon) -> None:
    """Nothing to use again."""
    amazon.on("createSubscription", TAKEN)
    amazon.on("getSubscription", {})
    with pytest.raises(ConflictError):
        await amazon.channel().subscribe("ORDER_CHANGE", destination_id="d-1")


@pytest.mark.parametrize("kind", ["ORDER_STATUS_CHANGE", "mfn_order_status_change", "x/y", ""])
async def test_type_that_does_not_exist_is_refused(amazon: Amazon, kind: str) -> None:
    """Two were removed (pitfall 31): nobody would wait for them."""
    with pytest.raises(InvalidValueError, match="ORDER_CHANGE"):
        await amazon.channel().subscribe(kind, destination_id="d-1")
    assert amazon.asked == []


async def test_taking_back_twice_is_no_error(amazon: Amazon) -> None:
    """404 means done."""
    amazon.on("deleteSubscriptionById", refusal(404, "NotFound"))
    amazon.on("deleteDestination", refusal(404, "NotFound"))
    channel = amazon.channel()
    await channel.unsubscribe("ORDER_CHANGE", subscription_id="s-1")
    await channel.delete_destination("d-1")
    assert amazon.names() == ["deleteSubscriptionById", "deleteDestination"]
