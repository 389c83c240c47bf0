"""Shipping fulfillments: no key that makes them safe to repeat, ids that are tracking numbers, and each refusal."""

from typing import Any

import pytest

from cartcarrier.http import ConnectionDropped, ManualClock
from tests.sandbox.ebay.client import API, ORDERS, EbayClient, code

NUMBER = "9400111202555842761024"


async def one_line(ebay: EbayClient, quantity: int = 1, **shape: Any) -> tuple[str, str]:
    """Place an order with one line, and return both ids."""
    placed = ebay.place(lines=[{"sku": "A", "quantity": quantity}], **shape)
    return placed, (await ebay.order(placed))["lineItems"][0]["lineItemId"]


async def test_tracked_fulfillment_has_its_number_as_id(ebay: EbayClient) -> None:
    """Created, nothing in the body, the id at the end of an address."""
    placed, line = await one_line(ebay)
    answer = await ebay.ship(placed)
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["Location"] == f"{API}{ORDERS}/order/{placed}/shipping_fulfillment/{NUMBER}"
    found = await ebay.fulfillments(placed)
    assert found == [
        {
            "fulfillmentId": NUMBER,
            "lineItems": [{"lineItemId": line, "quantity": 1}],
            "shippedDate": "2026-11-24T09:00:00.000Z",
            "shipmentTrackingNumber": NUMBER,
            "shippingCarrierCode": "USPS",
        }
    ]
    order = await ebay.order(placed)
    assert order["orderFulfillmentStatus"] == "FULFILLED"
    assert order["fulfillmentHrefs"] == [answer.headers["Location"]]


async def test_untracked_fulfillments_share_an_id(ebay: EbayClient) -> None:
    """A repeated call without tracking ships again, and nobody can tell the two apart."""
    placed, line = await one_line(ebay, 2)
    for _ in range(2):
        answer = await ebay.ship(placed, [(line, 1)], number=None)
        assert answer.headers["Location"].endswith("/999")
    assert [row["fulfillmentId"] for row in await ebay.fulfillments(placed)] == ["999", "999"]


async def test_quantity_is_one_by_default(ebay: EbayClient) -> None:
    """Not the line's quantity."""
    placed, line = await one_line(ebay, 3)
    body = {"lineItems": [{"lineItemId": line}], "trackingNumber": NUMBER, "shippingCarrierCode": "USPS"}
    await ebay.call("POST", f"{ORDERS}/order/{placed}/shipping_fulfillment", body)
    assert (await ebay.fulfillments(placed))[0]["lineItems"] == [{"lineItemId": line, "quantity": 1}]
    assert (await ebay.order(placed))["lineItems"][0]["lineItemFulfillmentStatus"] == "IN_PROGRESS"


async def test_lost_answer_is_found_by_listing(ebay: EbayClient) -> None:
    """The effect happened, the connection broke: the number is in the list."""
    placed, line = await one_line(ebay)
    ebay.simulator.add_fault(operation="createShippingFulfillment", kind="drop_after")
    with pytest.raises(ConnectionDropped):
        await ebay.ship(placed, [(line, 1)])
    assert [row["fulfillmentId"] for row in await ebay.fulfillments(placed)] == [NUMBER]
    again = await ebay.ship(placed, [(line, 1)])
    assert again.status_code == 400


@pytest.mark.parametrize("number", [NUMBER, "9400111202555842761031"], ids=["same number", "other number"])
async def test_more_than_ordered_never_leaves(ebay: EbayClient, number: str) -> None:
    """A repeat is an error, not a second shipment."""
    placed, line = await one_line(ebay)
    await ebay.ship(placed, [(line, 1)])
    answer = await ebay.ship(placed, [(line, 1)], number=number)
    assert (answer.status_code, code(answer)) == (400, 32600)
    assert ebay.simulator.duplicates() == []


async def test_same_number_for_what_is_left_asks_for_put(ebay: EbayClient) -> None:
    """34500, though this API has no PUT."""
    placed, line = await one_line(ebay, 2)
    await ebay.ship(placed, [(line, 1)], number="1Z999AA10123456784", carrier="UPS")
    answer = await ebay.ship(placed, [(line, 1)], number="1z999aa10123456784", carrier="UPS")
    assert (answer.status_code, code(answer)) == (400, 34500)


def body(line: str, **changes: object) -> dict[str, object]:
    made: dict[str, object] = {
        "lineItems": [{"lineItemId": line, "quantity": 1}],
        "shippingCarrierCode": "USPS",
        "trackingNumber": NUMBER,
    }
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        pytest.param({"lineItems": None}, 400, 32600, id="no lines"),
        pytest.param({"lineItems": [{"lineItemId": "1"}]}, 400, 32200, id="unknown line"),
        pytest.param({"lineItems": "twice"}, 400, 32210, id="line twice"),
        pytest.param({"lineItems": "zero"}, 400, 32600, id="no units"),
        pytest.param({"lineItems": "text"}, 500, 30500, id="quantity as text"),
        pytest.param({"trackingNumber": "9400 1112"}, 400, 32300, id="space"),
        pytest.param({"trackingNumber": "9400-1112"}, 400, 32300, id="hyphen"),
        pytest.param({"shippingCarrierCode": "usps"}, 400, 32300, id="lower case"),
        pytest.param({"trackingNumber": "1Z999AA10123456784"}, 400, 32300, id="another carrier's number"),
        pytest.param({"trackingNumber": None}, 500, 30500, id="carrier alone"),
        pytest.param({"shippingCarrierCode": None}, 500, 30500, id="number alone"),
        pytest.param({"shippedDate": "2026-11-24T09:00:00.001Z"}, 400, 32500, id="future"),
        pytest.param({"shippedDate": "2026-11-24T08:59:59.999Z"}, 400, 32500, id="before the order"),
        pytest.param({"shippedDate": "24.11.2026"}, 500, 30500, id="no date"),
    ],
)
async def test_wrong_fulfillment_is_refused(ebay: EbayClient, changes: dict[str, Any], status: int, error: int) -> None:
    """And changes nothing; several of the caller's own mistakes look like the platform's."""
    placed, line = await one_line(ebay, 2)
    lists = {
        "twice": [{"lineItemId": line}, {"lineItemId": line}],
        "zero": [{"lineItemId": line, "quantity": 0}],
        "text": [{"lineItemId": line, "quantity": "1"}],
    }
    if isinstance(changes.get("lineItems"), str):
        changes = {"lineItems": lists[changes["lineItems"]]}
    answer = await ebay.call("POST", f"{ORDERS}/order/{placed}/shipping_fulfillment", body(line, **changes))
    assert (answer.status_code, code(answer)) == (status, error)
    assert await ebay.fulfillments(placed) == []


async def test_unknown_carrier_passes_unless_strict(ebay: EbayClient) -> None:
    """Both have been reported."""
    placed, line = await one_line(ebay, 2)
    assert (await ebay.ship(placed, [(line, 1)], carrier="PostNord")).status_code == 201
    ebay.simulator.set_switches(strict_carriers=True)
    answer = await ebay.ship(placed, [(line, 1)], number="AB123", carrier="PostNord")
    assert code(answer) == 32300


async def test_suspended_seller_ships_nothing(ebay: EbayClient) -> None:
    """32400."""
    placed, line = await one_line(ebay)
    ebay.simulator.set_switches(suspended=True)
    assert code(await ebay.ship(placed, [(line, 1)])) == 32400


async def test_programme_lines_ship_alone(ebay: EbayClient) -> None:
    """Global Shipping Program: never mixed with others, one line a call."""
    mixed = ebay.place(lines=[{"sku": "A", "gsp": True}, {"sku": "B"}])
    assert code(await ebay.ship(mixed)) == 34200
    both = ebay.place(kind="gsp", lines=[{"sku": "A"}, {"sku": "B"}])
    assert code(await ebay.ship(both)) == 34300
    line = (await ebay.order(both))["lineItems"][0]["lineItemId"]
    assert (await ebay.ship(both, [(line, 1)])).status_code == 201


async def test_numbers_of_an_order_have_a_ceiling(ebay: EbayClient) -> None:
    """34100; how many is not published."""
    placed, line = await one_line(ebay, 60)
    answers = [await ebay.ship(placed, [(line, 1)], number=f"9400{number:04d}") for number in range(51)]
    assert {answer.status_code for answer in answers[:50]} == {201}
    assert code(answers[50]) == 34100


@pytest.mark.parametrize("state", ["cancelled", "cancelling", "fulfilled by eBay"])
async def test_order_that_must_not_ship_is_a_conflict(ebay: EbayClient, state: str) -> None:
    """Cancelled, on the way there, or in eBay's own hands."""
    placed, line = await one_line(ebay, kind="fulfilled_by_ebay" if state == "fulfilled by eBay" else "ordinary")
    if state == "cancelled":
        ebay.simulator.cancel(placed)
    if state == "cancelling":
        await ebay.call(
            "POST",
            "/post-order/v2/cancellation",
            {"legacyOrderId": placed, "cancelReason": "OUT_OF_STOCK_OR_CANNOT_FULFILL"},
        )
    answer = await ebay.ship(placed, [(line, 1)])
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["category"] == "BUSINESS"


async def test_fulfillments_can_be_read_late(ebay: EbayClient, clock: ManualClock) -> None:
    """How soon after a write the list has it is not known: the switch makes it late."""
    ebay.simulator.set_switches(fulfillment_lag=10)
    placed, line = await one_line(ebay)
    await ebay.ship(placed, [(line, 1)])
    assert await ebay.fulfillments(placed) == []
    assert (await ebay.order(placed))["fulfillmentHrefs"] == []
    clock.advance(10)
    assert len(await ebay.fulfillments(placed)) == 1


async def test_fulfillments_can_lack_the_carrier(ebay: EbayClient) -> None:
    """As in recorded answers: only the number is to be trusted."""
    ebay.simulator.set_switches(omit_carrier=True)
    placed, line = await one_line(ebay)
    await ebay.ship(placed, [(line, 1)])
    assert "shippingCarrierCode" not in (await ebay.fulfillments(placed))[0]


async def test_one_fulfillment_is_read_by_its_id(ebay: EbayClient) -> None:
    """32110 when there is none."""
    placed, line = await one_line(ebay)
    await ebay.ship(placed, [(line, 1)])
    path = f"{ORDERS}/order/{placed}/shipping_fulfillment"
    assert (await ebay.get(f"{path}/{NUMBER}"))["shipmentTrackingNumber"] == NUMBER
    answer = await ebay.call("GET", f"{path}/999")
    assert (answer.status_code, code(answer)) == (404, 32110)


async def test_order_without_fulfillments_has_an_empty_list(ebay: EbayClient) -> None:
    """Not a 404."""
    placed, _ = await one_line(ebay)
    assert await ebay.get(f"{ORDERS}/order/{placed}/shipping_fulfillment") == {"fulfillments": [], "total": 0}


async def test_seller_hub_ships_what_is_left(ebay: EbayClient) -> None:
    """Somebody else may have been faster."""
    placed, line = await one_line(ebay, 3)
    await ebay.ship(placed, [(line, 1)])
    assert ebay.simulator.ship_elsewhere(placed, "1Z999AA10123456784", "UPS") == "1Z999AA10123456784"
    summary = ebay.simulator.orders()[0]
    assert [row["lines"][0]["quantity"] for row in summary["fulfillments"]] == [1, 2]
    assert summary["lines"][0]["remaining"] == 0


@pytest.mark.parametrize("what", ["nothing", "over", "number twice", "left though cancelled"])
async def test_duplicates_are_found(ebay: EbayClient, what: str) -> None:
    """The rules do not let them happen; were a rule to break, the harness must see it."""
    placed, line = await one_line(ebay)
    orders = ebay.simulator.platform.orders
    order = orders.edit(placed)
    row = {"id": NUMBER, "number": NUMBER, "carrier": "USPS", "shipped": order["created"], "recorded": order["created"]}
    order["fulfillments"] = [{**row, "lines": [{"id": line, "quantity": 2 if what == "over" else 1}]}]
    if what == "number twice":
        order["fulfillments"].append({**row, "number": NUMBER, "lines": []})
    if what == "left though cancelled":
        order["cancel_state"] = "CANCELED"
    orders.save(order)
    expected = {
        "id": placed,
        "over": {"A": 1} if what == "over" else {},
        "tracking_numbers": [NUMBER] if what == "number twice" else [],
        "left_though_cancelled": what == "left though cancelled",
    }
    assert ebay.simulator.duplicates() == ([] if what == "nothing" else [expected])
