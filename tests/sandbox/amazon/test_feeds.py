"""Feeds: queue, work, report."""

import json

import pytest

from tests.sandbox.amazon.client import AmazonClient, Json, acknowledgement, listings_feed, quantity_patch
from tests.sandbox.amazon.feed_calls import (
    CANCEL,
    JSON_TYPE,
    LISTINGS,
    WHOLE,
    XML_TYPE,
    cancel,
    items_of,
    read_report,
    seller_of,
    update,
)


async def test_feed_takes_time_from_queue_to_report(amazon: AmazonClient) -> None:
    """Polling sees each state; nothing has happened before the end."""
    feed_id = await amazon.feed(LISTINGS, listings_feed({"MUG-RED-01": 7}, seller_of(amazon)), JSON_TYPE)
    states = []
    for seconds in (0, 29, 1, 59):
        amazon.clock.advance(seconds)
        states.append((await amazon.feed_state(feed_id))["processingStatus"])
        assert amazon.simulator.stock("MUG-RED-01") == 500
    assert states == ["IN_QUEUE", "IN_QUEUE", "IN_PROGRESS", "IN_PROGRESS"]
    amazon.clock.advance(1)
    state = await amazon.feed_state(feed_id)
    assert state["processingStatus"] == "DONE"
    assert {"processingStartTime", "processingEndTime", "resultFeedDocumentId"} <= set(state)
    assert amazon.simulator.stock("MUG-RED-01") == 7


async def test_three_of_ten_thousand_messages_are_refused(amazon: AmazonClient) -> None:
    """DONE is not success: the report names the three, and the others took effect."""
    for number in range(9_997):
        amazon.simulator.add_listing(f"S-{number}", quantity=1)
    quantities: dict[str, object] = {f"S-{number}": 5 for number in range(9_997)}
    quantities |= {"UNKNOWN-1": 5, "MUG-RED-01": -1, "": 5}
    state, report = await update(amazon, listings_feed(quantities, seller_of(amazon)))
    assert state["processingStatus"] == "DONE"
    assert report["summary"] == {
        "errors": 3,
        "warnings": 0,
        "messagesProcessed": 10_000,
        "messagesAccepted": 9_997,
        "messagesInvalid": 3,
    }
    assert [(issue["messageId"], issue.get("sku"), issue["severity"]) for issue in report["issues"]] == [
        (9_998, "UNKNOWN-1", "ERROR"),
        (9_999, "MUG-RED-01", "ERROR"),
        (10_000, None, "ERROR"),
    ]
    assert amazon.simulator.stock("S-0") == amazon.simulator.stock("S-9996") == 5
    assert amazon.simulator.stock("MUG-RED-01") == 500


async def test_large_report_comes_compressed(amazon: AmazonClient) -> None:
    """And a small one does not: a client must look at compressionAlgorithm."""
    quantities: dict[str, object] = {f"UNKNOWN-{number}": 1 for number in range(50)}
    compressed = []
    for wanted in (quantities, {"MUG-RED-01": 1}):
        state, _ = await update(amazon, listings_feed(wanted, seller_of(amazon)))
        document = (await amazon.get(f"/feeds/2021-06-30/documents/{state['resultFeedDocumentId']}")).json()
        compressed.append(document.get("compressionAlgorithm"))
    assert compressed == ["GZIP", None]


async def test_message_number_twice_is_refused_for_both(amazon: AmazonClient) -> None:
    """Results are told by that number."""
    body = json.loads(listings_feed({"MUG-RED-01": 1, "LAMP-7": 1, "SOAP-3": 1}, seller_of(amazon)))
    body["messages"][1]["messageId"] = 1
    _, report = await update(amazon, json.dumps(body).encode())
    assert report["summary"]["messagesAccepted"] == 1
    assert amazon.simulator.stock("SOAP-3") == 1
    assert amazon.simulator.stock("MUG-RED-01") == 500


@pytest.mark.parametrize(
    "change",
    [
        {"messageId": 0},
        {"messageId": "1"},
        {"operationType": "DELETE"},
        {"operationType": None},
        {"productType": None},
        {"patches": []},
        {"patches": [{"op": "test", "path": "/attributes/x"}]},
        {"patches": [quantity_patch(5, channel=None)]},
        {"patches": [quantity_patch(5, channel="AMAZON_NA")]},
        {"patches": [{"op": "merge", "path": "/attributes/fulfillmentAvailability", "value": [{"quantity": 1}]}]},
    ],
    ids=str,
)
async def test_wrong_message_is_refused_and_named(amazon: AmazonClient, change: Json) -> None:
    """Each rule about a message, broken; the other message of the feed takes effect."""
    body = json.loads(listings_feed({"MUG-RED-01": 5, "SOAP-3": 5}, seller_of(amazon)))
    body["messages"][0].update(change)
    body["messages"][1]["messageId"] = 99
    state, report = await update(amazon, json.dumps(body).encode())
    assert state["processingStatus"] == "DONE"
    assert (report["summary"]["messagesInvalid"], report["summary"]["messagesAccepted"]) == (1, 1)
    assert (amazon.simulator.stock("MUG-RED-01"), amazon.simulator.stock("SOAP-3")) == (500, 5)


async def test_partial_update_replaces_attributes(amazon: AmazonClient) -> None:
    """The lead time that was there is gone: that is why patches merge."""
    body = json.loads(listings_feed({"MUG-RED-01": 5}, seller_of(amazon)))
    message = body["messages"][0]
    del message["patches"]
    message["operationType"] = "PARTIAL_UPDATE"
    message["attributes"] = {"fulfillment_availability": [{"fulfillment_channel_code": "DEFAULT", "quantity": 5}]}
    await update(amazon, json.dumps(body).encode())
    assert amazon.simulator.listing("MUG-RED-01") == {
        "fulfillment_availability": [{"fulfillment_channel_code": "DEFAULT", "quantity": 5}]
    }


@pytest.mark.parametrize(
    "content",
    [b"{", b"[]", b'{"messages": []}', listings_feed({"A": 1}, "SOMEBODY"), b"\xff\xfe"],
    ids=["cut", "list", "no header", "other seller", "no text"],
)
async def test_unreadable_feed_is_fatal(amazon: AmazonClient, content: bytes) -> None:
    """Without a report."""
    feed_id = await amazon.feed(LISTINGS, content, JSON_TYPE)
    amazon.clock.advance(WHOLE)
    state = await amazon.feed_state(feed_id)
    assert state["processingStatus"] == "FATAL"
    assert "resultFeedDocumentId" not in state


async def test_fatal_feed_may_have_been_partly_applied(amazon: AmazonClient) -> None:
    """So FATAL does not mean that nothing happened."""
    amazon.simulator.doom_next_feed("FATAL")
    feed_id = await amazon.feed(LISTINGS, listings_feed({"MUG-RED-01": 7, "LAMP-7": 7}, seller_of(amazon)), JSON_TYPE)
    amazon.clock.advance(WHOLE)
    assert (await amazon.feed_state(feed_id))["processingStatus"] == "FATAL"
    assert (amazon.simulator.stock("MUG-RED-01"), amazon.simulator.stock("LAMP-7")) == (7, 500)


async def test_amazon_may_cancel_a_feed(amazon: AmazonClient) -> None:
    """Then nothing has happened."""
    amazon.simulator.doom_next_feed("CANCELLED")
    feed_id = await amazon.feed(LISTINGS, listings_feed({"MUG-RED-01": 7}, seller_of(amazon)), JSON_TYPE)
    amazon.clock.advance(WHOLE)
    assert (await amazon.feed_state(feed_id))["processingStatus"] == "CANCELLED"
    assert amazon.simulator.stock("MUG-RED-01") == 500


# --- cancelling orders ------------------------------------------------------------------------------------------------


async def test_acknowledgement_cancels_the_whole_order(amazon: AmazonClient) -> None:
    """By the merchant, with its reason; the report counts one success."""
    order_id = amazon.simulator.place_order(lines=[{"sku": "MUG-RED-01", "quantity": 2}])
    state, report = await cancel(amazon, order_id)
    assert state["processingStatus"] == "DONE"
    assert report.findtext("Message/ProcessingReport/ProcessingSummary/MessagesSuccessful") == "1"
    assert report.find("Message/ProcessingReport/Result") is None
    order = await amazon.order(order_id)
    assert order["fulfillment"]["fulfillmentStatus"] == "CANCELLED"
    assert order["orderItems"][0]["cancellation"]["cancellationExecution"] == {
        "cancelledBy": "MERCHANT",
        "cancelReason": "NO_INVENTORY",
    }


async def test_every_reason_but_missing_stock_gives_the_units_back(amazon: AmazonClient) -> None:
    """Or one unit would be sold twice."""
    stock = []
    for reason in ("NoInventory", "BuyerCanceled"):
        order_id = amazon.simulator.place_order(lines=[{"sku": "MUG-RED-01", "quantity": 2}])
        await cancel(amazon, order_id, reason=reason)
        stock.append(amazon.simulator.stock("MUG-RED-01"))
    assert stock == [498, 498]


async def test_report_names_each_refused_message(amazon: AmazonClient) -> None:
    """Three of four: unknown, Amazon's own, cancelled already."""
    good = amazon.simulator.place_order()
    fba = amazon.simulator.place_order(fulfilled_by="AMAZON")
    gone = amazon.simulator.place_order()
    amazon.simulator.cancel(gone)
    orders = {**await items_of(amazon, good, fba, gone), "112-0000000-0000000": ["1"]}
    feed_id = await amazon.feed(CANCEL, acknowledgement(orders, seller_of(amazon)), XML_TYPE)
    amazon.clock.advance(WHOLE)
    report = read_report(await amazon.report(feed_id))
    results = report.findall("Message/ProcessingReport/Result")
    assert [result.findtext("AdditionalInfo/AmazonOrderID") for result in results] == [fba, gone, "112-0000000-0000000"]
    assert [result.findtext("MessageID") for result in results] == ["2", "3", "4"]
    assert {result.findtext("ResultCode") for result in results} == {"Error"}
    assert await amazon.status(good) == "CANCELLED"


@pytest.mark.parametrize(
    ("status", "reason"), [("Failure", "BadMood"), ("Maybe", "NoInventory")], ids=["reason", "status"]
)
async def test_wrong_acknowledgement_is_refused(amazon: AmazonClient, status: str, reason: str) -> None:
    """And the order stays."""
    order_id = amazon.simulator.place_order()
    content = acknowledgement(await items_of(amazon, order_id), seller_of(amazon), status=status, reason=reason)
    feed_id = await amazon.feed(CANCEL, content, XML_TYPE)
    amazon.clock.advance(WHOLE)
    report = read_report(await amazon.report(feed_id))
    assert report.findtext("Message/ProcessingReport/ProcessingSummary/MessagesWithError") == "1"
    assert await amazon.status(order_id) == "UNSHIPPED"


async def test_item_of_another_order_is_refused(amazon: AmazonClient) -> None:
    """A mix-up must not cancel."""
    order_id = amazon.simulator.place_order()
    feed_id = await amazon.feed(CANCEL, acknowledgement({order_id: ["123"]}, seller_of(amazon)), XML_TYPE)
    amazon.clock.advance(WHOLE)
    assert b"18029" in await amazon.report(feed_id)
    assert await amazon.status(order_id) == "UNSHIPPED"


async def test_acknowledgement_without_items_does_nothing(amazon: AmazonClient) -> None:
    """It is even reported as a success: the guide warns of it."""
    order_id = amazon.simulator.place_order()
    feed_id = await amazon.feed(CANCEL, acknowledgement({order_id: []}, seller_of(amazon)), XML_TYPE)
    amazon.clock.advance(WHOLE)
    assert b"<MessagesSuccessful>1<" in await amazon.report(feed_id)
    assert await amazon.status(order_id) == "UNSHIPPED"


async def test_late_failure_refunds_what_has_left(amazon: AmazonClient) -> None:
    """The most expensive mistake: the goods are gone and the money too. The audit shows it."""
    order_id = amazon.simulator.place_order()
    await amazon.confirm(order_id)
    await cancel(amazon, order_id)
    assert await amazon.status(order_id) == "SHIPPED"
    assert amazon.simulator.orders()[0]["refunded"] is True


async def test_success_binds_the_sellers_own_number(amazon: AmazonClient) -> None:
    """The acknowledgement's other use."""
    order_id = amazon.simulator.place_order()
    content = acknowledgement({order_id: []}, seller_of(amazon), status="Success").replace(
        b"<StatusCode>", b"<MerchantOrderID>S-77</MerchantOrderID><StatusCode>"
    )
    await amazon.feed(CANCEL, content, XML_TYPE)
    amazon.clock.advance(WHOLE)
    assert (await amazon.order(order_id))["orderAliases"][0]["aliasId"] == "S-77"


@pytest.mark.parametrize(
    "content", [b"<a>", b"<a/>", acknowledgement({"1": []}, "SOMEBODY")], ids=["cut", "a", "seller"]
)
async def test_unreadable_acknowledgement_is_fatal(amazon: AmazonClient, content: bytes) -> None:
    """As with listings."""
    feed_id = await amazon.feed(CANCEL, content, XML_TYPE)
    amazon.clock.advance(WHOLE)
    assert (await amazon.feed_state(feed_id))["processingStatus"] == "FATAL"
