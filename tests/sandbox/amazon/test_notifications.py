"""Destinations, subscriptions, and the messages in the seller's queue."""

import json

import pytest

from tests.sandbox.amazon.client import DE, QUEUE, US, AmazonClient, Json, listings_feed, quantity_patch

BASE = "/notifications/v1"
EVENTS = {"eventBridge": {"region": "us-east-1", "accountId": "123456789012"}}


async def destination(amazon: AmazonClient, resource: Json, name: str = "queue") -> tuple[int, Json]:
    answer = await amazon.call(
        "POST",
        f"{BASE}/destinations",
        token=await amazon.grantless(),
        json={"name": name, "resourceSpecification": resource},
    )
    return answer.status_code, answer.json()


async def subscribe_events(amazon: AmazonClient, kind: str) -> int:
    _, made = await destination(amazon, EVENTS)
    body = {"payloadVersion": "1.0", "destinationId": made["payload"]["destinationId"]}
    return (await amazon.call("POST", f"{BASE}/subscriptions/{kind}", json=body)).status_code


async def test_order_change_tells_of_a_new_order(amazon: AmazonClient) -> None:
    """A trigger: no address, no prices, the status in v0's spelling."""
    assert (await amazon.subscribe("ORDER_CHANGE")).status_code == 200
    order_id = amazon.simulator.place_order(programs=["PRIME"])
    note = amazon.notifications()[0]
    change = note["Payload"]["OrderChangeNotification"]
    assert (note["NotificationType"], change["AmazonOrderId"]) == ("ORDER_CHANGE", order_id)
    assert change["OrderChangeType"] == "OrderStatusChange"
    assert change["Summary"]["OrderStatus"] == "Unshipped"
    assert change["Summary"]["OrderPrograms"] == ["Prime"]
    assert "Address" not in json.dumps(note)
    assert "Price" not in json.dumps(note)


async def test_every_change_of_status_is_told_once(amazon: AmazonClient) -> None:
    """Placed, partly shipped, shipped; an edited package changes no status."""
    await amazon.subscribe("ORDER_CHANGE")
    order_id = amazon.simulator.place_order(lines=[{"sku": "A", "quantity": 2}])
    item = (await amazon.order(order_id))["orderItems"][0]["orderItemId"]
    for reference in ("1", "1", "2"):
        items = [{"orderItemId": item, "quantity": 1}]
        await amazon.confirm(order_id, packageReferenceId=reference, orderItems=items)
    statuses = [note["Payload"]["OrderChangeNotification"]["Summary"]["OrderStatus"] for note in amazon.notifications()]
    assert statuses == ["Unshipped", "PartiallyShipped", "Shipped"]


async def test_buyers_request_is_a_change_of_its_own(amazon: AmazonClient) -> None:
    """The earliest that one can hear of it."""
    await amazon.subscribe("ORDER_CHANGE")
    order_id = amazon.simulator.place_order()
    amazon.simulator.request_cancellation(order_id)
    amazon.simulator.cancel(order_id)
    changes = [note["Payload"]["OrderChangeNotification"] for note in amazon.notifications()]
    assert [change["OrderChangeType"] for change in changes] == [
        "OrderStatusChange",
        "BuyerRequestedChange",
        "OrderStatusChange",
    ]
    assert changes[1]["Summary"]["OrderItems"][0]["IsBuyerRequestedCancel"] is True
    assert changes[2]["Summary"]["OrderStatus"] == "Canceled"


async def test_filter_lets_through_what_was_asked_for(amazon: AmazonClient) -> None:
    """By marketplace and kind of change."""
    wanted = {
        "eventFilter": {
            "eventFilterType": "ORDER_CHANGE",
            "marketplaceIds": [US],
            "orderChangeTypes": ["BuyerRequestedChange"],
        }
    }
    assert (await amazon.subscribe("ORDER_CHANGE", directive=wanted)).status_code == 200
    american = amazon.simulator.place_order()
    canadian = amazon.simulator.place_order(marketplace="CA")
    for order_id in (american, canadian):
        amazon.simulator.request_cancellation(order_id)
    notes = amazon.notifications()
    assert [note["Payload"]["OrderChangeNotification"]["AmazonOrderId"] for note in notes] == [american]


async def test_orders_of_another_region_are_not_told(amazon: AmazonClient) -> None:
    """A subscription belongs to the seller in one region."""
    await amazon.subscribe("ORDER_CHANGE")
    amazon.simulator.place_order(marketplace=DE)
    assert amazon.notifications() == []


async def test_finished_feed_is_told_in_camel_case(amazon: AmazonClient) -> None:
    """The newer spelling of the envelope."""
    await amazon.subscribe("FEED_PROCESSING_FINISHED")
    seller = str(amazon.simulator.settings()["seller_id"])
    feed_id = await amazon.feed("JSON_LISTINGS_FEED", listings_feed({"MUG-RED-01": 1}, seller), "application/json")
    assert amazon.notifications() == []
    amazon.clock.advance(90)
    note = amazon.notifications()[0]
    told = note["payload"]["feedProcessingFinishedNotification"]
    assert (note["notificationType"], note["payloadVersion"]) == ("FEED_PROCESSING_FINISHED", "2020-09-04")
    assert (told["feedId"], told["processingStatus"]) == (feed_id, "DONE")
    assert told["resultFeedDocumentId"] == (await amazon.feed_state(feed_id))["resultFeedDocumentId"]


async def test_shipment_by_amazon_is_told(amazon: AmazonClient) -> None:
    """The only news of it beside the order's status."""
    await amazon.subscribe("FBA_OUTBOUND_SHIPMENT_STATUS")
    order_id = amazon.simulator.place_order(fulfilled_by="AMAZON", lines=[{"sku": "FBA-LAMP-7"}])
    shipment = amazon.simulator.ship_by_amazon(order_id)
    told = amazon.notifications()[0]["Payload"]["FBAOutboundShipmentStatusNotification"]
    assert (told["AmazonOrderId"], told["AmazonShipmentId"], told["ShipmentStatus"]) == (order_id, shipment, "Created")


async def test_changed_quantity_is_told(amazon: AmazonClient) -> None:
    """By a patch, and by an order."""
    await amazon.subscribe("LISTINGS_ITEM_MFN_QUANTITY_CHANGE")
    await amazon.patch("MUG-RED-01", quantity_patch(9))
    amazon.clock.advance(60)
    amazon.simulator.place_order(lines=[{"sku": "MUG-RED-01", "quantity": 2}])
    told = [(note["Payload"]["Sku"], note["Payload"]["Quantity"]) for note in amazon.notifications()]
    assert told == [("MUG-RED-01", 9), ("MUG-RED-01", 7)]


async def test_listing_that_cannot_be_bought_any_more_is_told_as_an_event(amazon: AmazonClient) -> None:
    """It goes to EventBridge, whose events wrap the notification."""
    assert await subscribe_events(amazon, "LISTINGS_ITEM_STATUS_CHANGE") == 200
    for quantity in (0, 5):
        await amazon.patch("MUG-RED-01", quantity_patch(quantity))
        amazon.clock.advance(60)
    events = amazon.notifications()
    assert [event["detail-type"] for event in events] == ["LISTINGS_ITEM_STATUS_CHANGE"] * 2
    assert [event["detail"]["Payload"]["Status"] for event in events] == [["DISCOVERABLE"], ["BUYABLE", "DISCOVERABLE"]]


async def test_queue_hands_out_each_message_once_and_can_be_made_worse(amazon: AmazonClient) -> None:
    """At least once and in no order: duplicates and shuffling are asked for."""
    await amazon.subscribe("ORDER_CHANGE")
    placed = [amazon.simulator.place_order() for _ in range(5)]

    def ids(**how: object) -> list[str]:
        notes = amazon.notifications(**how)
        return [note["Payload"]["OrderChangeNotification"]["AmazonOrderId"] for note in notes]

    assert ids(keep=True) == placed
    assert ids(keep=True, limit=2) == placed[:2]
    assert sorted(ids(keep=True, duplicates=1)) == sorted(placed * 2)
    shuffled = ids(keep=True, shuffle=True)
    assert shuffled != placed
    assert sorted(shuffled) == sorted(placed)
    assert ids(keep=True, notification_type="FEED_PROCESSING_FINISHED") == []
    notes = amazon.notifications()
    assert len({note["NotificationMetadata"]["NotificationId"] for note in notes}) == 5
    assert ids() == []


async def test_fifo_queue_receives_nothing(amazon: AmazonClient) -> None:
    """In silence: the guide warns of it."""
    answer = await amazon.subscribe("ORDER_CHANGE", arn=QUEUE + ".fifo")
    assert answer.status_code == 200
    amazon.simulator.place_order()
    assert amazon.notifications() == []


async def test_messages_may_start_to_flow_later(amazon: AmazonClient) -> None:
    """About an hour, it is said."""
    amazon.simulator.set_switches(subscription_delay_seconds=3600)
    await amazon.subscribe("ORDER_CHANGE")
    amazon.simulator.place_order()
    assert amazon.notifications() == []
    amazon.clock.advance(3600)
    amazon.simulator.place_order()
    assert len(amazon.notifications()) == 1


async def test_second_subscription_is_a_conflict_and_the_first_can_be_read(amazon: AmazonClient) -> None:
    """409 means: read it and use it."""
    first = (await amazon.subscribe("ORDER_CHANGE")).json()["payload"]
    assert (await amazon.subscribe("ORDER_CHANGE")).status_code == 409
    read = await amazon.get(f"{BASE}/subscriptions/ORDER_CHANGE")
    assert read.json()["payload"] == first
    listed = await amazon.get(f"{BASE}/subscriptions", notificationTypes="ORDER_CHANGE")
    assert listed.json()["payload"]["subscriptions"] == [first]


async def test_subscription_can_be_deleted(amazon: AmazonClient) -> None:
    """Then nothing is told, and the destination may go."""
    made = (await amazon.subscribe("ORDER_CHANGE")).json()["payload"]
    token = await amazon.grantless()
    path = f"{BASE}/subscriptions/ORDER_CHANGE/{made['subscriptionId']}"
    target = f"{BASE}/destinations/{made['destinationId']}"
    assert (await amazon.call("GET", path, token=token)).status_code == 200
    assert (await amazon.call("DELETE", target, token=token)).status_code == 409
    amazon.clock.advance(5)
    assert (await amazon.call("DELETE", path, token=token)).status_code == 200
    assert (await amazon.call("DELETE", path, token=token)).status_code == 404
    assert (await amazon.get(f"{BASE}/subscriptions/ORDER_CHANGE")).status_code == 404
    amazon.simulator.place_order()
    assert amazon.notifications() == []
    assert (await amazon.call("DELETE", target, token=token)).status_code == 200
    assert (await amazon.call("GET", target, token=token)).status_code == 404


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"sqs": {"arn": QUEUE}, **EVENTS},
        {"sqs": {"arn": "https://sqs.us-east-1.amazonaws.com/1/orders"}},
        {"sqs": {}},
        {"eventBridge": {"region": "us-east-1"}},
        {"smtp": {"to": "me"}},
    ],
    ids=["none", "both", "address", "no arn", "no account", "kind"],
)
async def test_wrong_destination_is_refused(amazon: AmazonClient, resource: Json) -> None:
    """One resource type per destination, and a real one."""
    assert (await destination(amazon, resource))[0] == 400


async def test_same_queue_twice_is_a_conflict(amazon: AmazonClient) -> None:
    """Then one finds it in the list."""
    assert (await destination(amazon, {"sqs": {"arn": QUEUE}}))[0] == 200
    assert (await destination(amazon, {"sqs": {"arn": QUEUE}}, "other"))[0] == 409


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("ORDER_STATUS_CHANGE", {}),
        ("ORDER_CHANGE", {"payloadVersion": "2.0"}),
        ("ORDER_CHANGE", {"destinationId": "unknown"}),
        ("ORDER_CHANGE", {"processingDirective": {"filterExpression": "x" * 257}}),
        ("ORDER_CHANGE", {"processingDirective": {"eventFilter": {"eventFilterType": "ANY_OFFER_CHANGED"}}}),
        (
            "ORDER_CHANGE",
            {"processingDirective": {"eventFilter": {"eventFilterType": "ORDER_CHANGE"}, "filterExpression": "true"}},
        ),
        (
            "ORDER_CHANGE",
            {"processingDirective": {"eventFilter": {"eventFilterType": "ORDER_CHANGE", "orderChangeTypes": ["All"]}}},
        ),
        ("FEED_PROCESSING_FINISHED", {"processingDirective": {"eventFilter": {"eventFilterType": "ORDER_CHANGE"}}}),
        ("LISTINGS_ITEM_STATUS_CHANGE", {}),
    ],
    ids=["removed", "version", "destination", "long", "other filter", "both", "change", "no filter", "route"],
)
async def test_wrong_subscription_is_refused(amazon: AmazonClient, kind: str, change: Json) -> None:
    """Each rule, broken: among them a type that Amazon removed, and one that queues do not get."""
    _, made = await destination(amazon, {"sqs": {"arn": QUEUE}})
    version = "2020-09-04" if kind.startswith("FEED") else "1.0"
    body = {"payloadVersion": version, "destinationId": made["payload"]["destinationId"], **change}
    answer = await amazon.call("POST", f"{BASE}/subscriptions/{kind}", json=body)
    assert answer.status_code == (404 if "destinationId" in change else 400)
