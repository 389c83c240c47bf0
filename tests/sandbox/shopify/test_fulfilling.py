"""What leaves: fulfillments, tracking, events; and every way to be refused."""

from typing import Any, TypeAlias

import pytest

# What conftest.py gives: it cannot be imported from here.
Fixture: TypeAlias = Any

TRACK = """mutation($id: ID!, $t: FulfillmentTrackingInput!, $n: Boolean) {
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $t, notifyCustomer: $n) {
    fulfillment { trackingInfo { company number url } } userErrors { field message } } }"""
CANCEL = """mutation($id: ID!) { fulfillmentCancel(id: $id) { fulfillment { status displayStatus } userErrors { message } } }"""
EVENT = """mutation($e: FulfillmentEventInput!) { fulfillmentEventCreate(fulfillmentEvent: $e) {
  fulfillmentEvent { id status happenedAt } userErrors { field message } } }"""


def lines_of(entry: dict[str, Any]) -> list[tuple[str, int]]:
    return [(line["id"], line["remainingQuantity"]) for line in entry["lineItems"]["nodes"]]


def words(made: dict[str, Any]) -> str:
    assert made["fulfillment"] is None
    return " ".join(error["message"] for error in made["userErrors"])


async def test_whole_shipment_closes_the_fulfillment_order(shop: Fixture) -> None:
    """Nothing remains, the order is fulfilled."""
    order = shop.place(lines=[{"sku": "A", "quantity": 2}, {"sku": "B"}])
    made = await shop.ship_all(order, "1Z9")
    assert made["userErrors"] == []
    assert made["fulfillment"]["name"] == "#1001-F1"
    after = await shop.order(order)
    (entry,) = after["fulfillmentOrders"]["nodes"]
    assert (entry["status"], entry["supportedActions"]) == ("CLOSED", [])
    assert after["displayFulfillmentStatus"] == "FULFILLED"
    assert [line["remainingQuantity"] for line in entry["lineItems"]["nodes"]] == [0, 0]
    assert after["fulfillments"][0]["trackingInfo"][0]["number"] == "1Z9"


async def test_partial_shipment_leaves_the_rest(shop: Fixture) -> None:
    """RemainingQuantity is what may still leave; quantity and totalQuantity stay."""
    order = shop.place(lines=[{"sku": "A", "quantity": 3}])
    (entry,) = await shop.fulfillment_orders(order)
    await shop.ship((entry["id"], [(entry["lineItems"]["nodes"][0]["id"], 2)]))
    after = await shop.order(order)
    (line,) = after["fulfillmentOrders"]["nodes"][0]["lineItems"]["nodes"]
    assert (line["totalQuantity"], line["remainingQuantity"]) == (3, 1)
    assert after["fulfillmentOrders"]["nodes"][0]["status"] == "IN_PROGRESS"
    assert after["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"
    assert after["lineItems"]["nodes"][0]["unfulfilledQuantity"] == 1


async def test_repeat_with_explicit_lines_fails_when_nothing_remains(shop: Fixture) -> None:
    """There is no idempotency: only explicit quantities make a repeat harmless."""
    order = shop.place()
    (entry,) = await shop.fulfillment_orders(order)
    await shop.ship((entry["id"], lines_of(entry)))
    assert "unfulfillable status= closed" in words(await shop.ship((entry["id"], lines_of(entry))))
    assert shop.simulator.counts()["fulfillments"] == 1


async def test_repeat_after_a_partial_shipment_ships_again(shop: Fixture) -> None:
    """The dangerous case: the platform takes the same call twice, and the harness must see it."""
    order = shop.place(lines=[{"sku": "A", "quantity": 4}])
    (entry,) = await shop.fulfillment_orders(order)
    part = [(entry["lineItems"]["nodes"][0]["id"], 1)]
    await shop.ship((entry["id"], part), number="1Z7")
    await shop.ship((entry["id"], part), number="1Z7")
    assert shop.simulator.duplicates() == [{"id": order, "over": {}, "tracking_numbers": ["1Z7"]}]


async def test_left_out_lines_mean_everything(shop: Fixture) -> None:
    """Why a client names its lines."""
    order = shop.place(lines=[{"sku": "A", "quantity": 3}, {"sku": "B", "quantity": 2}])
    (entry,) = await shop.fulfillment_orders(order)
    await shop.ship((entry["id"], None))
    (summary,) = shop.simulator.orders()
    assert [line["quantity"] for line in summary["fulfillments"][0]["lines"]] == [3, 2]


async def test_more_than_remains_is_refused(shop: Fixture) -> None:
    """In the platform's words."""
    order = shop.place()
    (entry,) = await shop.fulfillment_orders(order)
    said = words(await shop.ship((entry["id"], [(entry["lineItems"]["nodes"][0]["id"], 2)])))
    assert said == "Invalid fulfillment order line item quantity requested."


async def test_quantity_of_none_is_refused(shop: Fixture) -> None:
    """Zero is not a shipment."""
    (entry,) = await shop.fulfillment_orders(shop.place())
    assert "greater than 0" in words(await shop.ship((entry["id"], [(entry["lineItems"]["nodes"][0]["id"], 0)])))


async def test_wrong_kinds_of_ids_do_not_exist(shop: Fixture) -> None:
    """Order for FulfillmentOrder, LineItem for FulfillmentOrderLineItem: seen in many clients."""
    order = shop.place()
    whole = await shop.order(order)
    entry = whole["fulfillmentOrders"]["nodes"][0]
    assert "does not exist" in words(await shop.ship((order, None)))
    assert "does not exist" in words(await shop.ship((entry["id"], [(whole["lineItems"]["nodes"][0]["id"], 1)])))


async def test_two_orders_in_one_call_are_refused(shop: Fixture) -> None:
    """A fulfillment belongs to one order."""
    first, second = [(await shop.fulfillment_orders(shop.place()))[0]["id"] for _ in range(2)]
    assert "same order" in words(await shop.ship((first, None), (second, None)))


async def test_two_locations_in_one_call_are_refused(shop: Fixture) -> None:
    """A fulfillment leaves from one place."""
    order = shop.place(lines=[{"sku": "A"}, {"sku": "B", "location_id": "gid://shopify/Location/70000002"}])
    first, second = [entry["id"] for entry in await shop.fulfillment_orders(order)]
    assert "same location" in words(await shop.ship((first, None), (second, None)))


async def test_held_fulfillment_order_is_refused(shop: Fixture) -> None:
    """A hold is there to stop exactly this."""
    order = shop.place()
    (entry,) = await shop.fulfillment_orders(order)
    shop.simulator.hold(order)
    assert "unfulfillable status= on_hold" in words(await shop.ship((entry["id"], lines_of(entry))))


async def test_scheduled_fulfillment_order_is_refused(shop: Fixture) -> None:
    """It must be opened first."""
    order = shop.place(fulfill_at="2026-12-24T09:00:00Z")
    (entry,) = await shop.fulfillment_orders(order)
    assert entry["supportedActions"] == [{"action": "MARK_AS_OPEN"}]
    assert "unfulfillable status= scheduled" in words(await shop.ship((entry["id"], lines_of(entry))))


async def test_cancelled_order_is_refused(shop: Fixture) -> None:
    """Cancel against ship: the platform says no."""
    order = shop.place()
    (entry,) = await shop.fulfillment_orders(order)
    shop.simulator.cancel(order)
    assert "unfulfillable status= cancelled" in words(await shop.ship((entry["id"], lines_of(entry))))


async def test_fulfillment_order_of_a_service_is_refused(shop: Fixture) -> None:
    """Since 2024-10 another service's order is not ours to fulfil."""
    order = shop.place(lines=[{"sku": "A", "location_id": "gid://shopify/Location/70000003"}])
    (entry,) = shop.simulator.fulfillment_orders(order)
    assert "unfulfillable" in words(await shop.ship((entry["id"], None)))


async def test_nothing_and_twice_the_same_are_refused(shop: Fixture) -> None:
    """Empty lists and repeated fulfillment orders or lines."""
    (entry,) = await shop.fulfillment_orders(shop.place(lines=[{"quantity": 4}]))
    line = entry["lineItems"]["nodes"][0]["id"]
    assert words(await shop.ship())
    assert "twice" in words(await shop.ship((entry["id"], None), (entry["id"], None)))
    assert "uplicated" in words(await shop.ship((entry["id"], [(line, 1), (line, 1)])))
    assert shop.simulator.counts()["fulfillments"] == 0


@pytest.mark.parametrize(
    "info",
    [
        {"number": "1", "numbers": ["1", "2"]},
        {"number": "1", "url": "https://a", "urls": ["https://a"]},
        {"url": "https://a"},
    ],
    ids=["both numbers", "both urls", "url alone"],
)
async def test_contradictory_tracking_is_refused(shop: Fixture, info: dict[str, Any]) -> None:
    """Singular or plural, not both; a link needs a number."""
    (entry,) = await shop.fulfillment_orders(shop.place())
    assert "racking" in words(await shop.ship((entry["id"], None), trackingInfo=info))


async def test_refused_shipment_changes_nothing(shop: Fixture) -> None:
    """All or nothing: a bad second group leaves the first one alone."""
    order = shop.place(lines=[{"sku": "A"}, {"sku": "DIGITAL", "requires_shipping": False}])
    first, second = await shop.fulfillment_orders(order)
    bad = [(second["lineItems"]["nodes"][0]["id"], 5)]
    words(await shop.ship((first["id"], None), (second["id"], bad)))
    assert [entry["status"] for entry in await shop.fulfillment_orders(order)] == ["OPEN", "OPEN"]


async def test_digital_line_is_fulfilled_without_tracking(shop: Fixture) -> None:
    """It completes the order all the same."""
    order = shop.place(lines=[{"sku": "EBOOK", "requires_shipping": False}], needs_address=False)
    (entry,) = await shop.fulfillment_orders(order)
    assert entry["destination"] is None
    assert (await shop.ship((entry["id"], None), number=None))["userErrors"] == []
    assert (await shop.order(order))["displayFulfillmentStatus"] == "FULFILLED"


async def test_notification_is_off_unless_asked_for(shop: Fixture) -> None:
    """Buyers get no mail by default."""
    for wish in ({}, {"notifyCustomer": True}):
        (entry,) = await shop.fulfillment_orders(shop.place())
        await shop.ship((entry["id"], None), **wish)
    assert [summary["fulfillments"][0]["notify"] for summary in shop.simulator.orders()] == [False, True]


async def test_known_company_makes_a_link_and_another_does_not(shop: Fixture) -> None:
    """Exact spelling makes the tracking page."""
    urls = []
    for company in ("UPS", "Ups"):
        order = shop.place()
        (entry,) = await shop.fulfillment_orders(order)
        await shop.ship((entry["id"], None), trackingInfo={"company": company, "number": "1Z5"})
        urls.append((await shop.order(order))["fulfillments"][0]["trackingInfo"][0]["url"])
    assert "1Z5" in urls[0]
    assert urls[1] is None


# --- tracking, cancelling, events -------------------------------------------------------------------------------------


async def test_tracking_is_replaced_as_a_whole(shop: Fixture) -> None:
    """An idempotent set."""
    made = (await shop.ship_all(shop.place()))["fulfillment"]["id"]
    for _ in range(2):
        said = await shop.data(TRACK, id=made, t={"company": "Pigeon", "numbers": ["P1", "P2"]})
    shown = said["fulfillmentTrackingInfoUpdate"]["fulfillment"]["trackingInfo"]
    assert [(info["company"], info["number"], info["url"]) for info in shown] == [
        ("Pigeon", "P1", None),
        ("Pigeon", "P2", None),
    ]


async def test_tracking_of_nothing_is_refused(shop: Fixture) -> None:
    """An unknown fulfillment, or another kind's id."""
    for wrong in ("gid://shopify/Fulfillment/1", shop.place()):
        said = (await shop.data(TRACK, id=wrong, t={"number": "1"}))["fulfillmentTrackingInfoUpdate"]
        assert said["userErrors"][0]["message"] == "Fulfillment does not exist."


async def test_cancelled_fulfillment_brings_its_lines_back_under_new_ids(shop: Fixture) -> None:
    """Old fulfillment-order ids are stale afterwards."""
    order = shop.place(lines=[{"sku": "A", "quantity": 2}])
    made = await shop.ship_all(order)
    before = (await shop.fulfillment_orders(order))[0]["id"]
    said = (await shop.data(CANCEL, id=made["fulfillment"]["id"]))["fulfillmentCancel"]
    assert said["fulfillment"] == {"status": "CANCELLED", "displayStatus": "CANCELED"}
    old, new = await shop.fulfillment_orders(order)
    assert (old["id"], old["status"], old["lineItems"]["nodes"]) == (before, "CLOSED", [])
    assert (new["status"], lines_of(new)[0][1]) == ("OPEN", 2)
    assert (await shop.order(order))["displayFulfillmentStatus"] == "UNFULFILLED"


async def test_second_cancellation_is_refused(shop: Fixture) -> None:
    """A client reads the status instead."""
    made = (await shop.ship_all(shop.place()))["fulfillment"]["id"]
    await shop.data(CANCEL, id=made)
    said = (await shop.data(CANCEL, id=made))["fulfillmentCancel"]
    assert said["userErrors"][0]["message"] == "Fulfillment has already been cancelled."


async def test_equal_events_are_kept_twice(shop: Fixture) -> None:
    """Events append; nobody sorts out duplicates but the client."""
    order = shop.place()
    made = (await shop.ship_all(order))["fulfillment"]["id"]
    event = {"fulfillmentId": made, "status": "IN_TRANSIT", "happenedAt": "2026-11-24T08:10:00+01:00"}
    for _ in range(2):
        assert (await shop.data(EVENT, e=event))["fulfillmentEventCreate"]["userErrors"] == []
    (shown,) = (await shop.order(order))["fulfillments"]
    assert shown["events"]["nodes"] == [{"status": "IN_TRANSIT", "happenedAt": "2026-11-24T07:10:00Z"}] * 2
    assert shown["displayStatus"] == "IN_TRANSIT"


async def test_event_of_nothing_or_at_no_time_is_refused(shop: Fixture) -> None:
    """Both are mistakes of the client."""
    said = await shop.data(EVENT, e={"fulfillmentId": "gid://shopify/Fulfillment/1", "status": "DELIVERED"})
    assert said["fulfillmentEventCreate"]["userErrors"][0]["message"] == "Fulfillment does not exist."
    made = (await shop.ship_all(shop.place()))["fulfillment"]["id"]
    said = await shop.data(EVENT, e={"fulfillmentId": made, "status": "DELIVERED", "happenedAt": "yesterday"})
    assert said["fulfillmentEventCreate"]["userErrors"][0]["field"] == ["fulfillmentEvent", "happenedAt"]


async def test_status_that_is_no_event_is_refused(shop: Fixture) -> None:
    """Display statuses are not event statuses."""
    made = (await shop.ship_all(shop.place()))["fulfillment"]["id"]
    assert "FULFILLED" in (await shop.refusal(EVENT, e={"fulfillmentId": made, "status": "FULFILLED"}))["message"]


async def test_two_mutations_in_one_document_do_not_undo_each_other(shop: Fixture) -> None:
    """One failing leaves the other's effect."""
    order = shop.place()
    (entry,) = await shop.fulfillment_orders(order)
    document = """mutation($f: FulfillmentInput!) {
      a: fulfillmentCreate(fulfillment: $f) { fulfillment { id } userErrors { message } }
      b: fulfillmentCreate(fulfillment: $f) { fulfillment { id } userErrors { message } } }"""
    said = await shop.data(document, f={"lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": entry["id"]}]})
    assert said["a"]["fulfillment"]
    assert said["b"]["userErrors"]
    assert shop.simulator.counts()["fulfillments"] == 1
