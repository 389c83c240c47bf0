"""Fulfillment services: requests, answers, and who may give them."""

import json
from typing import Any, TypeAlias

import pytest

# What conftest.py gives: it cannot be imported from here.
Fixture: TypeAlias = Any

ACME = "gid://shopify/Location/70000003"
FIELDS = "fulfillmentOrder { id status requestStatus supportedActions { action } } userErrors { field message }"
ACCEPT = f'mutation($id: ID!, $m: String) {{ fulfillmentOrderAcceptFulfillmentRequest(id: $id, message: $m, estimatedShippedAt: "2026-11-25T09:00:00Z") {{ {FIELDS} }} }}'
REJECT = f'mutation($id: ID!, $l: [IncomingRequestLineItemInput!]) {{ fulfillmentOrderRejectFulfillmentRequest(id: $id, reason: INVENTORY_OUT_OF_STOCK, message: "gone", lineItems: $l) {{ {FIELDS} }} }}'
ACCEPT_CANCEL = (
    f'mutation($id: ID!) {{ fulfillmentOrderAcceptCancellationRequest(id: $id, message: "fine") {{ {FIELDS} }} }}'
)
REJECT_CANCEL = (
    f'mutation($id: ID!) {{ fulfillmentOrderRejectCancellationRequest(id: $id, message: "too late") {{ {FIELDS} }} }}'
)
CLOSE = f"mutation($id: ID!) {{ fulfillmentOrderClose(id: $id) {{ {FIELDS} }} }}"
CANCEL_REQUEST = f'mutation($id: ID!) {{ fulfillmentOrderSubmitCancellationRequest(id: $id, message: "changed mind") {{ {FIELDS} }} }}'
SUBMIT = """mutation($id: ID!, $l: [FulfillmentOrderLineItemInput!], $m: String) {
  fulfillmentOrderSubmitFulfillmentRequest(id: $id, fulfillmentOrderLineItems: $l, message: $m, notifyCustomer: true) {
    originalFulfillmentOrder { id } submittedFulfillmentOrder { id status requestStatus }
    unsubmittedFulfillmentOrder { id requestStatus lineItems(first: 5) { nodes { remainingQuantity } } }
    userErrors { field message } } }"""
ASSIGNED = """query($s: FulfillmentOrderAssignmentStatus, $l: [ID!]) {
  assignedFulfillmentOrders(first: 10, assignmentStatus: $s, locationIds: $l) { nodes { id
    merchantRequests(first: 5) { nodes { id kind message requestOptions responseData sentAt } } } } }"""
SERVICE = ("read_assigned_fulfillment_orders", "write_assigned_fulfillment_orders")
MANAGER = ("read_third_party_fulfillment_orders", "write_third_party_fulfillment_orders")


def grant(shop: Fixture, *scopes: str) -> None:
    shop.simulator.set_scopes([*shop.simulator.shop.world.scopes, *scopes])


def served(shop: Fixture, quantity: int = 1) -> str:
    """Place an order that the service ships, and return its fulfillment order."""
    order = shop.place(lines=[{"sku": "B", "quantity": quantity, "location_id": ACME}])
    found: str = shop.simulator.fulfillment_orders(order)[0]["id"]
    return found


async def carry_out(shop: Fixture, document: str, entry: str, **more: Fixture) -> dict[str, Any]:
    said: dict[str, Any] = next(iter((await shop.data(document, id=entry, **more)).values()))
    return said


async def ready(shop: Fixture, *steps: str) -> str:
    """Bring a fulfillment order to a state: ``submitted``, ``accepted``, ``asked``."""
    grant(shop, *SERVICE)
    entry = served(shop)
    if "submitted" in steps:
        shop.simulator.request_fulfillment(entry, "Fragile")
    if "accepted" in steps:
        assert (await carry_out(shop, ACCEPT, entry))["userErrors"] == []
    if "asked" in steps:
        shop.simulator.request_cancellation(entry, "Changed mind")
    return entry


async def test_request_is_accepted_and_shipped_by_the_service(shop: Fixture) -> None:
    """The plain way of a fulfillment service's order."""
    entry = await ready(shop, "submitted")
    said = await carry_out(shop, ACCEPT, entry, m="tomorrow")
    shown = said["fulfillmentOrder"]
    assert (shown["status"], shown["requestStatus"]) == ("IN_PROGRESS", "ACCEPTED")
    assert {"action": "CREATE_FULFILLMENT"} in shown["supportedActions"]
    assert (await shop.ship((entry, None)))["userErrors"] == []


@pytest.mark.parametrize("steps", [(), ("submitted",)], ids=["not asked", "not answered"])
async def test_service_does_not_ship_what_it_has_not_accepted(shop: Fixture, steps: tuple[str, ...]) -> None:
    """Goods that nobody asked for would leave."""
    entry = await ready(shop, *steps)
    assert (await shop.ship((entry, None)))["userErrors"]


async def test_other_apps_do_not_ship_for_a_service(shop: Fixture) -> None:
    """Since 2024-10 the third-party scope asks, and no more (field guide shopify.md §19.30)."""
    entry = await ready(shop, "submitted", "accepted")
    shop.simulator.set_scopes([s for s in shop.simulator.shop.world.scopes if s not in SERVICE] + [*MANAGER])
    assert (await shop.ship((entry, None)))["userErrors"]


async def test_rejected_request_is_the_merchants_again(shop: Fixture) -> None:
    """And may be submitted anew."""
    entry = await ready(shop, "submitted")
    shown = (await carry_out(shop, REJECT, entry))["fulfillmentOrder"]
    assert (shown["status"], shown["requestStatus"]) == ("OPEN", "REJECTED")
    shop.simulator.request_fulfillment(entry)
    assert (await carry_out(shop, ACCEPT, entry))["userErrors"] == []


async def test_rejection_names_lines_of_its_own(shop: Fixture) -> None:
    """Another fulfillment order's line is refused."""
    entry = await ready(shop, "submitted")
    other = [{"fulfillmentOrderLineItemId": "gid://shopify/FulfillmentOrderLineItem/1", "message": "none left"}]
    assert (await carry_out(shop, REJECT, entry, l=other))["userErrors"][0]["field"] == ["lineItems"]
    assert (await carry_out(shop, ACCEPT, entry))["userErrors"] == []


async def test_accepted_cancellation_closes_and_returns_the_goods(shop: Fixture) -> None:
    """What has not left lies with the merchant again, under a new id."""
    entry = await ready(shop, "submitted", "accepted", "asked")
    shown = (await carry_out(shop, ACCEPT_CANCEL, entry))["fulfillmentOrder"]
    assert (shown["status"], shown["requestStatus"]) == ("CLOSED", "CANCELLATION_ACCEPTED")
    order = shop.simulator.orders()[0]["id"]
    rows = shop.simulator.fulfillment_orders(order)
    assert [(row["status"], row["request_status"]) for row in rows] == [
        ("CLOSED", "CANCELLATION_ACCEPTED"),
        ("OPEN", "UNSUBMITTED"),
    ]
    assert [line["remaining"] for row in rows for line in row["lines"]] == [0, 1]


async def test_rejected_cancellation_ships_all_the_same(shop: Fixture) -> None:
    """The parcel is packed already."""
    entry = await ready(shop, "submitted", "accepted", "asked")
    shown = (await carry_out(shop, REJECT_CANCEL, entry))["fulfillmentOrder"]
    assert (shown["status"], shown["requestStatus"]) == ("IN_PROGRESS", "CANCELLATION_REJECTED")
    assert (await shop.ship((entry, None)))["userErrors"] == []


@pytest.mark.parametrize(
    ("document", "steps"),
    [
        (ACCEPT, ()),
        (ACCEPT, ("submitted", "accepted")),
        (REJECT, ()),
        (REJECT, ("submitted", "accepted")),
        (ACCEPT_CANCEL, ("submitted",)),
        (ACCEPT_CANCEL, ("submitted", "accepted")),
        (REJECT_CANCEL, ("submitted", "accepted")),
        (CLOSE, ()),
        (CLOSE, ("submitted",)),
        (CLOSE, ("submitted", "accepted", "asked")),
    ],
    ids=[
        "accept nothing",
        "accept twice",
        "reject nothing",
        "reject what was accepted",
        "agree to no cancellation",
        "agree unasked",
        "refuse unasked",
        "close what lies with the merchant",
        "close what was not accepted",
        "close instead of answering",
    ],
)
async def test_answer_to_no_request_is_refused(shop: Fixture, document: str, steps: tuple[str, ...]) -> None:
    """The state machine has no other ways."""
    entry = await ready(shop, *steps)
    before = shop.simulator.fulfillment_orders(shop.simulator.orders()[0]["id"])
    said = await carry_out(shop, document, entry)
    assert said["fulfillmentOrder"] is None
    assert said["userErrors"][0]["field"] == ["id"]
    assert shop.simulator.fulfillment_orders(shop.simulator.orders()[0]["id"]) == before


async def test_second_answer_to_a_cancellation_is_refused(shop: Fixture) -> None:
    """No idempotency: whoever lost the answer reads the state."""
    entry = await ready(shop, "submitted", "accepted", "asked")
    await carry_out(shop, ACCEPT_CANCEL, entry)
    assert (await carry_out(shop, ACCEPT_CANCEL, entry))["userErrors"]


async def test_service_that_gives_up_leaves_it_incomplete(shop: Fixture) -> None:
    """The merchant decides: here, to ask again."""
    entry = await ready(shop, "submitted", "accepted")
    shown = (await carry_out(shop, CLOSE, entry))["fulfillmentOrder"]
    assert (shown["status"], shown["requestStatus"]) == ("INCOMPLETE", "CLOSED")
    shop.simulator.request_fulfillment(entry)
    assert (await carry_out(shop, ACCEPT, entry))["fulfillmentOrder"]["status"] == "IN_PROGRESS"


@pytest.mark.parametrize(
    ("document", "scope"),
    [
        *((each, MANAGER) for each in (ACCEPT, REJECT, ACCEPT_CANCEL, REJECT_CANCEL, CLOSE)),
        (SUBMIT, SERVICE),
        (CANCEL_REQUEST, SERVICE),
    ],
    ids=["accept", "reject", "accept cancel", "reject cancel", "close", "submit", "submit cancel"],
)
async def test_answers_and_questions_need_scopes_of_their_own(
    shop: Fixture, document: str, scope: tuple[str, ...]
) -> None:
    """Services answer with the assigned scope, order managers ask with the third-party one; the other one won't do."""
    entry = served(shop)
    grant(shop, *scope)
    assert (await shop.refusal(document, id=entry))["extensions"]["code"] == "ACCESS_DENIED"


async def test_assigned_list_needs_its_scope_and_knows_states(shop: Fixture) -> None:
    """The service's own inbox."""
    assert (await shop.refusal(ASSIGNED))["extensions"]["code"] == "ACCESS_DENIED"
    grant(shop, *SERVICE)
    quiet, asked = served(shop), served(shop)
    shop.simulator.request_fulfillment(asked, "Fragile", notify=True)
    for status, expected in (
        ("FULFILLMENT_REQUESTED", [asked]),
        ("FULFILLMENT_UNSUBMITTED", [quiet]),
        ("FULFILLMENT_ACCEPTED", []),
        (None, [quiet, asked]),
    ):
        rows = (await shop.data(ASSIGNED, s=status))["assignedFulfillmentOrders"]["nodes"]
        assert [row["id"] for row in rows] == expected
    here = await shop.data(ASSIGNED, l=["gid://shopify/Location/70000001"])
    assert here["assignedFulfillmentOrders"]["nodes"] == []


async def test_requests_of_the_merchant_are_read_with_their_answers(shop: Fixture) -> None:
    """Message, wish to notify, and what the service said."""
    entry = await ready(shop, "submitted", "accepted", "asked")
    (row,) = (await shop.data(ASSIGNED, s="CANCELLATION_REQUESTED"))["assignedFulfillmentOrders"]["nodes"]
    first, second = row["merchantRequests"]["nodes"]
    assert row["id"] == entry
    assert (first["kind"], first["message"], first["requestOptions"]) == (
        "FULFILLMENT_REQUEST",
        "Fragile",
        {"notify_customer": False},
    )
    assert first["responseData"] == {"estimated_shipped_at": "2026-11-25T09:00:00Z"}
    assert (second["kind"], second["message"], second["responseData"]) == ("CANCELLATION_REQUEST", "Changed mind", None)
    document = (
        "query($id: ID!) { node(id: $id) { ... on FulfillmentOrderMerchantRequest { kind fulfillmentOrder { id } } } }"
    )
    assert (await shop.data(document, id=second["id"]))["node"] == {
        "kind": "CANCELLATION_REQUEST",
        "fulfillmentOrder": {"id": entry},
    }


async def test_partial_request_leaves_the_rest_under_a_new_id(shop: Fixture) -> None:
    """Ids read before are stale for the rest."""
    grant(shop, *MANAGER)
    entry = served(shop, quantity=3)
    line = shop.simulator.fulfillment_orders(shop.simulator.orders()[0]["id"])[0]["lines"][0]["id"]
    said = await carry_out(shop, SUBMIT, entry, l=[{"id": line, "quantity": 1}])
    assert said["submittedFulfillmentOrder"] == {"id": entry, "status": "OPEN", "requestStatus": "SUBMITTED"}
    rest = said["unsubmittedFulfillmentOrder"]
    assert rest["id"] != entry
    assert rest["requestStatus"] == "UNSUBMITTED"
    assert rest["lineItems"]["nodes"] == [{"remainingQuantity": 2}]


@pytest.mark.parametrize("problem", ["place", "twice", "quantity", "message"])
async def test_bad_request_is_refused(shop: Fixture, problem: str) -> None:
    """Not to a place of the merchant's, not twice, not for more than there is, not with a novel."""
    grant(shop, *MANAGER)
    entry = served(shop)
    more: dict[str, Any] = {}
    if problem == "place":
        entry = shop.simulator.fulfillment_orders(shop.place(lines=[{"sku": "A"}]))[0]["id"]
    elif problem == "twice":
        await carry_out(shop, SUBMIT, entry)
    elif problem == "quantity":
        line = shop.simulator.fulfillment_orders(shop.simulator.orders()[0]["id"])[0]["lines"][0]["id"]
        more = {"l": [{"id": line, "quantity": 2}]}
    else:
        more = {"m": "x" * 256}
    said = await carry_out(shop, SUBMIT, entry, **more)
    assert said["submittedFulfillmentOrder"] is None
    assert said["userErrors"]


async def test_cancellation_of_what_was_not_accepted_is_refused(shop: Fixture) -> None:
    """A submitted one is cancelled outright, without asking."""
    grant(shop, *MANAGER)
    entry = served(shop)
    assert (await carry_out(shop, CANCEL_REQUEST, entry))["userErrors"]
    await carry_out(shop, SUBMIT, entry)
    assert (await carry_out(shop, CANCEL_REQUEST, entry))["userErrors"]


async def test_service_is_called_at_its_own_address(shop: Fixture) -> None:
    """Signed like a webhook, with the kind and no id inside."""
    entry = await ready(shop)
    shop.simulator.set_service_callback(ACME, "https://service.example/shopify/")
    shop.simulator.request_fulfillment(entry)
    await carry_out(shop, ACCEPT, entry)
    shop.simulator.request_cancellation(entry)
    calls = shop.simulator.deliveries()
    assert {call["url"] for call in calls} == {"https://service.example/shopify/fulfillment_order_notification"}
    assert [json.loads(call["body"]) for call in calls] == [
        {"kind": "FULFILLMENT_REQUEST"},
        {"kind": "CANCELLATION_REQUEST"},
    ]
    assert all(call["headers"]["X-Shopify-Hmac-Sha256"] for call in calls)
    with pytest.raises(ValueError, match="not managed by a fulfillment service"):
        shop.simulator.set_service_callback("gid://shopify/Location/70000001", "https://service.example")
