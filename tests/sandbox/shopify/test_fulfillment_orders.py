"""The state machine of fulfillment orders: actions, holds, splits, moves, and ids that change."""

from typing import Any, TypeAlias

import pytest

# What conftest.py gives: it cannot be imported from here.
Fixture: TypeAlias = Any

HOLD = """mutation($id: ID!, $h: FulfillmentOrderHoldInput!) { fulfillmentOrderHold(id: $id, fulfillmentHold: $h) {
  fulfillmentHold { id handle } fulfillmentOrder { id status } remainingFulfillmentOrder { id status }
  userErrors { code message } } }"""
RELEASE = """mutation($id: ID!, $ids: [ID!]) { fulfillmentOrderReleaseHold(id: $id, holdIds: $ids) {
  fulfillmentOrder { status fulfillmentHolds { id } } userErrors { code message } } }"""
SPLIT = """mutation($s: [FulfillmentOrderSplitInput!]!) { fulfillmentOrderSplit(fulfillmentOrderSplits: $s) {
  fulfillmentOrderSplits { fulfillmentOrder { id } remainingFulfillmentOrder { id } } userErrors { code message } } }"""
MOVE = """mutation($id: ID!, $to: ID!, $l: [FulfillmentOrderLineItemInput!]) {
  fulfillmentOrderMove(id: $id, newLocationId: $to, fulfillmentOrderLineItems: $l) {
    movedFulfillmentOrder { id } originalFulfillmentOrder { id status } userErrors { code message } } }"""
OPEN = "mutation($id: ID!) { fulfillmentOrderOpen(id: $id) { fulfillmentOrder { status } userErrors { message } } }"
CANCEL = """mutation($id: ID!) { fulfillmentOrderCancel(id: $id) {
  fulfillmentOrder { id status } replacementFulfillmentOrder { id status } userErrors { message } } }"""
PROGRESS = """mutation($id: ID!) { fulfillmentOrderReportProgress(id: $id) {
  fulfillmentOrder { status } userErrors { code } } }"""
NEWARK = "gid://shopify/Location/70000002"


def actions(entry: dict[str, Any]) -> set[str]:
    return {action["action"] for action in entry["supportedActions"]}


async def test_open_fulfillment_order_can_be_shipped_held_moved_and_split(shop: Fixture) -> None:
    """The actions are the authority; a single unit cannot be split."""
    (single,) = await shop.fulfillment_orders(shop.place())
    (double,) = await shop.fulfillment_orders(shop.place(lines=[{"quantity": 2}]))
    assert actions(single) == {"CREATE_FULFILLMENT", "REPORT_PROGRESS", "MOVE", "HOLD"}
    assert actions(double) == actions(single) | {"SPLIT"}


async def test_order_has_a_fulfillment_order_for_each_location_and_method(shop: Fixture) -> None:
    """Three items, two places, one of them digital."""
    order = shop.place(
        lines=[{"sku": "A"}, {"sku": "B", "location_id": NEWARK}, {"sku": "C", "requires_shipping": False}]
    )
    entries = await shop.fulfillment_orders(order)
    assert [[line["sku"] for line in entry["lineItems"]["nodes"]] for entry in entries] == [["A"], ["B"], ["C"]]


async def test_whole_hold_keeps_the_id_and_stops_shipping(shop: Fixture) -> None:
    """On hold: no CREATE_FULFILLMENT."""
    order = shop.place()
    (entry,) = await shop.fulfillment_orders(order)
    said = (await shop.data(HOLD, id=entry["id"], h={"reason": "INCORRECT_ADDRESS", "handle": "a"}))[
        "fulfillmentOrderHold"
    ]
    assert said["fulfillmentOrder"] == {"id": entry["id"], "status": "ON_HOLD"}
    assert said["remainingFulfillmentOrder"] is None
    (held,) = await shop.fulfillment_orders(order)
    assert actions(held) == {"RELEASE_HOLD", "HOLD", "MOVE"}
    assert held["fulfillmentHolds"][0]["heldByRequestingApp"] is True
    assert (await shop.order(order))["displayFulfillmentStatus"] == "ON_HOLD"


async def test_partial_hold_moves_the_rest_to_a_new_id(shop: Fixture) -> None:
    """Ids read before the hold are stale for the rest."""
    order = shop.place(lines=[{"sku": "A", "quantity": 3}])
    (entry,) = await shop.fulfillment_orders(order)
    line = entry["lineItems"]["nodes"][0]["id"]
    hold = {"reason": "INVENTORY_OUT_OF_STOCK", "fulfillmentOrderLineItems": [{"id": line, "quantity": 1}]}
    said = (await shop.data(HOLD, id=entry["id"], h=hold))["fulfillmentOrderHold"]
    held, rest = await shop.fulfillment_orders(order)
    assert (held["status"], rest["status"]) == ("ON_HOLD", "OPEN")
    assert said["remainingFulfillmentOrder"]["id"] == rest["id"] != entry["id"]
    assert [each["lineItems"]["nodes"][0]["remainingQuantity"] for each in (held, rest)] == [1, 2]
    assert rest["lineItems"]["nodes"][0]["id"] != line


async def test_hold_handle_is_a_natural_key(shop: Fixture) -> None:
    """The same handle again is refused with the code that a client reads as success."""
    (entry,) = await shop.fulfillment_orders(shop.place())
    hold = {"reason": "OTHER", "handle": "cartcarrier-1"}
    await shop.data(HOLD, id=entry["id"], h=hold)
    said = (await shop.data(HOLD, id=entry["id"], h=hold))["fulfillmentOrderHold"]
    assert said["userErrors"][0]["code"] == "DUPLICATE_FULFILLMENT_HOLD_HANDLE"


async def test_eleventh_hold_of_an_app_is_refused(shop: Fixture) -> None:
    """Ten is the limit per app; another app's hold does not count."""
    order = shop.place()
    shop.simulator.hold(order)
    (entry,) = await shop.fulfillment_orders(order)
    for number in range(10):
        said = (await shop.data(HOLD, id=entry["id"], h={"reason": "OTHER", "handle": f"h{number}"}))[
            "fulfillmentOrderHold"
        ]
        assert said["userErrors"] == []
    said = (await shop.data(HOLD, id=entry["id"], h={"reason": "OTHER", "handle": "h10"}))["fulfillmentOrderHold"]
    assert said["userErrors"][0]["code"] == "FULFILLMENT_ORDER_HOLD_LIMIT_REACHED"


@pytest.mark.parametrize(
    ("hold", "code"),
    [
        ({"reason": "OTHER", "handle": "x" * 65}, None),
        (
            {"reason": "OTHER", "fulfillmentOrderLineItems": [{"id": "LINE", "quantity": 9}]},
            "INVALID_LINE_ITEM_QUANTITY",
        ),
        ({"reason": "OTHER", "fulfillmentOrderLineItems": [{"id": "LINE", "quantity": 0}]}, "GREATER_THAN_ZERO"),
    ],
    ids=["long handle", "too many", "none"],
)
async def test_bad_hold_is_refused(shop: Fixture, hold: dict[str, Any], code: str | None) -> None:
    """And nothing is held."""
    order = shop.place()
    (entry,) = await shop.fulfillment_orders(order)
    for line in hold.get("fulfillmentOrderLineItems", []):
        line["id"] = entry["lineItems"]["nodes"][0]["id"]
    said = (await shop.data(HOLD, id=entry["id"], h=hold))["fulfillmentOrderHold"]
    assert said["userErrors"][0]["code"] == code
    assert (await shop.fulfillment_orders(order))[0]["status"] == "OPEN"


async def test_hold_of_a_closed_fulfillment_order_is_refused(shop: Fixture) -> None:
    """What has left cannot be held."""
    order = shop.place()
    await shop.ship_all(order)
    (entry,) = await shop.fulfillment_orders(order)
    said = (await shop.data(HOLD, id=entry["id"], h={"reason": "OTHER"}))["fulfillmentOrderHold"]
    assert said["userErrors"]


async def test_named_hold_is_released_and_others_stay(shop: Fixture) -> None:
    """Another app's fraud hold must survive."""
    order = shop.place()
    shop.simulator.hold(order, "HIGH_RISK_OF_FRAUD")
    (entry,) = await shop.fulfillment_orders(order)
    own = (await shop.data(HOLD, id=entry["id"], h={"reason": "OTHER", "handle": "mine"}))["fulfillmentOrderHold"]
    said = (await shop.data(RELEASE, id=entry["id"], ids=[own["fulfillmentHold"]["id"]]))["fulfillmentOrderReleaseHold"]
    assert said["fulfillmentOrder"]["status"] == "ON_HOLD"
    assert len(said["fulfillmentOrder"]["fulfillmentHolds"]) == 1


async def test_release_without_ids_releases_everybody(shop: Fixture) -> None:
    """The trap of the guide: leaving ids out frees the fraud app's hold too."""
    order = shop.place()
    shop.simulator.hold(order)
    (entry,) = await shop.fulfillment_orders(order)
    await shop.data(HOLD, id=entry["id"], h={"reason": "OTHER", "handle": "mine"})
    said = (await shop.data(RELEASE, id=entry["id"]))["fulfillmentOrderReleaseHold"]
    assert said["fulfillmentOrder"] == {"status": "OPEN", "fulfillmentHolds": []}


async def test_release_of_an_unknown_hold_is_refused(shop: Fixture) -> None:
    """A stale id frees nothing."""
    order = shop.place()
    shop.simulator.hold(order)
    (entry,) = await shop.fulfillment_orders(order)
    said = await shop.data(RELEASE, id=entry["id"], ids=["gid://shopify/FulfillmentHold/1"])
    assert said["fulfillmentOrderReleaseHold"]["userErrors"]
    assert (await shop.fulfillment_orders(order))[0]["status"] == "ON_HOLD"


async def test_split_gives_the_rest_a_new_id(shop: Fixture) -> None:
    """Quantities add up to what was there."""
    order = shop.place(lines=[{"sku": "A", "quantity": 3}, {"sku": "B"}])
    (entry,) = await shop.fulfillment_orders(order)
    part = [{"id": entry["lineItems"]["nodes"][0]["id"], "quantity": 1}]
    await shop.data(SPLIT, s=[{"fulfillmentOrderId": entry["id"], "fulfillmentOrderLineItems": part}])
    kept, rest = await shop.fulfillment_orders(order)
    assert kept["id"] == entry["id"]
    shares = [
        [(line["sku"], line["remainingQuantity"]) for line in each["lineItems"]["nodes"]] for each in (kept, rest)
    ]
    assert shares == [[("A", 1)], [("A", 2), ("B", 1)]]


async def test_split_that_leaves_nothing_is_refused(shop: Fixture) -> None:
    """Everything is not a part."""
    (entry,) = await shop.fulfillment_orders(shop.place())
    part = [{"id": entry["lineItems"]["nodes"][0]["id"], "quantity": 1}]
    said = await shop.data(SPLIT, s=[{"fulfillmentOrderId": entry["id"], "fulfillmentOrderLineItems": part}])
    assert said["fulfillmentOrderSplit"]["userErrors"]
    said = await shop.data(SPLIT, s=[{"fulfillmentOrderId": entry["id"], "fulfillmentOrderLineItems": []}])
    assert said["fulfillmentOrderSplit"]["userErrors"][0]["code"] == "NO_LINE_ITEMS_PROVIDED_TO_SPLIT"


async def test_move_makes_a_new_fulfillment_order_and_closes_the_old(shop: Fixture) -> None:
    """The old id ships nothing any more."""
    order = shop.place()
    (entry,) = await shop.fulfillment_orders(order)
    said = (await shop.data(MOVE, id=entry["id"], to=NEWARK))["fulfillmentOrderMove"]
    assert said["originalFulfillmentOrder"] == {"id": entry["id"], "status": "CLOSED"}
    _, moved = await shop.fulfillment_orders(order)
    assert moved["id"] == said["movedFulfillmentOrder"]["id"]
    assert moved["assignedLocation"]["location"]["id"] == NEWARK
    assert (await shop.ship((entry["id"], None)))["userErrors"]
    assert (await shop.ship((moved["id"], None)))["userErrors"] == []


async def test_partial_move_leaves_the_rest_where_it_is(shop: Fixture) -> None:
    """Only the named quantity moves."""
    order = shop.place(lines=[{"quantity": 3}])
    (entry,) = await shop.fulfillment_orders(order)
    part = [{"id": entry["lineItems"]["nodes"][0]["id"], "quantity": 2}]
    await shop.data(MOVE, id=entry["id"], to=NEWARK, l=part)
    old, moved = await shop.fulfillment_orders(order)
    assert [each["lineItems"]["nodes"][0]["remainingQuantity"] for each in (old, moved)] == [1, 2]


async def test_move_is_refused_after_reported_progress(shop: Fixture) -> None:
    """The one typed code of this mutation."""
    (entry,) = await shop.fulfillment_orders(shop.place())
    await shop.data(PROGRESS, id=entry["id"])
    said = (await shop.data(MOVE, id=entry["id"], to=NEWARK))["fulfillmentOrderMove"]
    assert said["userErrors"][0]["code"] == "CANNOT_MOVE_FULFILLMENT_ORDER_WITH_REPORTED_PROGRESS"


async def test_other_bad_moves_are_refused(shop: Fixture) -> None:
    """To its own place, to nowhere, when closed, when a service has it."""
    order = shop.place()
    (entry,) = await shop.fulfillment_orders(order)
    for place in ("gid://shopify/Location/70000001", "gid://shopify/Location/1"):
        assert (await shop.data(MOVE, id=entry["id"], to=place))["fulfillmentOrderMove"]["userErrors"]
    shop.simulator.set_request_status(entry["id"], "SUBMITTED")
    assert (await shop.data(MOVE, id=entry["id"], to=NEWARK))["fulfillmentOrderMove"]["userErrors"]
    shop.simulator.set_request_status(entry["id"], "UNSUBMITTED")
    await shop.ship_all(order)
    assert (await shop.data(MOVE, id=entry["id"], to=NEWARK))["fulfillmentOrderMove"]["userErrors"]


async def test_scheduled_fulfillment_order_opens(shop: Fixture) -> None:
    """And can be shipped then; an open one cannot be opened."""
    order = shop.place(fulfill_at="2026-12-24T09:00:00Z")
    (entry,) = await shop.fulfillment_orders(order)
    said = (await shop.data(OPEN, id=entry["id"]))["fulfillmentOrderOpen"]
    assert said["fulfillmentOrder"]["status"] == "OPEN"
    assert (await shop.data(OPEN, id=entry["id"]))["fulfillmentOrderOpen"]["userErrors"]
    assert (await shop.ship((entry["id"], None)))["userErrors"] == []


async def test_reported_progress_is_in_progress_and_ships(shop: Fixture) -> None:
    """Somebody is at it; shipping stays possible."""
    order = shop.place()
    (entry,) = await shop.fulfillment_orders(order)
    said = (await shop.data(PROGRESS, id=entry["id"]))["fulfillmentOrderReportProgress"]
    assert said["fulfillmentOrder"]["status"] == "IN_PROGRESS"
    (entry,) = await shop.fulfillment_orders(order)
    assert {"CREATE_FULFILLMENT", "MARK_AS_OPEN"} <= actions(entry)


async def test_progress_on_a_held_one_is_refused(shop: Fixture) -> None:
    """A hold stops this too."""
    order = shop.place()
    (entry,) = await shop.fulfillment_orders(order)
    shop.simulator.hold(order)
    said = (await shop.data(PROGRESS, id=entry["id"]))["fulfillmentOrderReportProgress"]
    assert said["userErrors"] == [{"code": "FULFILLMENT_ORDER_STATUS_INVALID"}]


async def test_cancelled_fulfillment_order_is_replaced(shop: Fixture) -> None:
    """What was submitted to a service comes back under a new id."""
    order = shop.place()
    (entry,) = await shop.fulfillment_orders(order)
    assert (await shop.data(CANCEL, id=entry["id"]))["fulfillmentOrderCancel"]["userErrors"]
    shop.simulator.set_request_status(entry["id"], "SUBMITTED")
    said = (await shop.data(CANCEL, id=entry["id"]))["fulfillmentOrderCancel"]
    assert said["fulfillmentOrder"] == {"id": entry["id"], "status": "CANCELLED"}
    assert said["replacementFulfillmentOrder"]["status"] == "OPEN"
    assert said["replacementFulfillmentOrder"]["id"] != entry["id"]


async def test_unknown_fulfillment_order_is_not_found(shop: Fixture) -> None:
    """With the typed code, where the mutation has one."""
    wrong = shop.place()
    said = (await shop.data(HOLD, id=wrong, h={"reason": "OTHER"}))["fulfillmentOrderHold"]
    assert said["userErrors"][0]["code"] == "FULFILLMENT_ORDER_NOT_FOUND"
    assert (await shop.data(RELEASE, id=wrong))["fulfillmentOrderReleaseHold"]["userErrors"]
    assert (await shop.data(MOVE, id=wrong, to=NEWARK))["fulfillmentOrderMove"]["userErrors"]
    assert (await shop.data(OPEN, id=wrong))["fulfillmentOrderOpen"]["userErrors"]
    assert (await shop.data(CANCEL, id=wrong))["fulfillmentOrderCancel"]["userErrors"]


async def test_totals_add_up_through_every_rearrangement(shop: Fixture) -> None:
    """Whatever happens to ids, as many units remain and left as were bought."""
    order = shop.place(lines=[{"sku": "A", "quantity": 7}])
    (entry,) = await shop.fulfillment_orders(order)
    line = entry["lineItems"]["nodes"][0]["id"]
    await shop.data(
        SPLIT, s=[{"fulfillmentOrderId": entry["id"], "fulfillmentOrderLineItems": [{"id": line, "quantity": 3}]}]
    )
    first, second = await shop.fulfillment_orders(order)
    await shop.data(MOVE, id=second["id"], to=NEWARK)
    made = await shop.ship((first["id"], [(first["lineItems"]["nodes"][0]["id"], 2)]))
    await shop.data(
        "mutation($id: ID!) { fulfillmentCancel(id: $id) { userErrors { message } } }", id=made["fulfillment"]["id"]
    )
    await shop.ship((first["id"], [(first["lineItems"]["nodes"][0]["id"], 1)]))
    lines = [each for entry in await shop.fulfillment_orders(order) for each in entry["lineItems"]["nodes"]]
    assert sum(each["totalQuantity"] for each in lines) == 7
    assert sum(each["remainingQuantity"] for each in lines) == 6
    assert (await shop.order(order))["lineItems"]["nodes"][0]["unfulfilledQuantity"] == 6
