"""Shopify's driver against the simulator: what a day brings."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import attrs
import pytest

from cartcarrier.channels.shopify import ShopifyChannel
from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    TransportError,
    UnavailableError,
)
from cartcarrier.http import ManualClock, MemoryTokenStore
from cartcarrier.models import (
    CancellationStatus,
    Event,
    Fulfillment,
    FulfillmentParcel,
    FulfillmentStatus,
    Order,
    OrderCancelled,
    OrderChanged,
    OrderQuery,
    OrderStatus,
    TrackingEvent,
    TrackingStatus,
    WebhookRequest,
)
from cartcarrier.sandbox import Fault, FaultKind, Sandbox

NUMBER = "1Z999AA10123456784"
EAST, WEST = "gid://shopify/Location/70000001", "gid://shopify/Location/70000002"


class LastingTokenStore(MemoryTokenStore):
    """A store that says it lasts, as the ledger's does."""

    durable: bool = True


class World:
    """A sandbox with a shop in it, and a driver.

    Attributes:
        clock: Moved by hand.
        sandbox: Where the shop is.
        shop: The simulator's control.
        channel: The driver.
    """

    def __init__(self, sandbox: Sandbox, clock: ManualClock) -> None:
        self.clock = clock
        self.sandbox = sandbox
        self.shop: Any = sandbox.simulator("shopify")
        self.channel = self.open()

    def open(self, **settings: Any) -> ShopifyChannel:
        """Return another driver for the shop."""
        channel = self.sandbox.channel("shopify", **settings)
        assert isinstance(channel, ShopifyChannel)
        return channel

    def place(self, *quantities: int, **shape: object) -> str:
        """Let a buyer order these many of a mug, a lamp, a shirt."""
        skus = ("MUG-RED-01", "LAMP-7", "TEE-BLK-M")
        lines = [{"sku": skus[index], "quantity": quantity} for index, quantity in enumerate(quantities or (2,))]
        order_id: str = self.shop.place_order(**{"lines": lines, **shape})
        return order_id

    def left(self, order: Order, pieces: int | None = None, number: str = NUMBER, **changes: object) -> Fulfillment:
        """Return what leaves: all of an order, or so many pieces of its first line."""
        lines = {line.id: line.unfulfilled_quantity for line in order.lines}
        if pieces is not None:
            lines = {order.lines[0].id: pieces}
        facts: dict[str, Any] = {
            "order_id": order.id,
            "lines": lines,
            "parcels": (FulfillmentParcel(carrier="ups", tracking_number=number),),
            "reference": "r",
            "shipped_at": self.clock.now(),
            "notify_buyer": False,
            **changes,
        }
        return Fulfillment(**facts)

    def calls(self, operation: str) -> int:
        """Return how often the shop was asked something."""
        count: int = self.shop.counts()["calls"].get(operation, 0)
        return count

    def told(self) -> int:
        """Return how many fulfillments the shop has."""
        count: int = self.shop.counts()["fulfillments"]
        return count


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A shop with nothing in it yet."""
    clock = ManualClock()
    async with Sandbox(clock=clock) as sandbox:
        yield World(sandbox, clock)


async def everything(channel: ShopifyChannel, query: OrderQuery | None = None) -> list[Order]:
    return [order async for order in channel.list_orders(query or OrderQuery())]


# --- reading ---


async def test_large_shop_is_walked_whole(world: World) -> None:
    """Plain and awkward orders, over many pages; each once, equal to what get_order gives."""
    world.shop.seed_orders(120, 3)
    world.clock.advance(1200)
    found = await everything(world.channel)
    assert len({order.id for order in found}) == len(found)
    assert {order.id for order in found} == {order["id"] for order in world.shop.orders() if not order["test"]}
    for order in found[:10]:
        again = await world.channel.get_order(order.id)
        # customs data is read one by one only
        assert [attrs.evolve(line, hs_code=None, country_of_origin=None) for line in again.lines] == list(order.lines)
        assert attrs.evolve(again, lines=order.lines) == order


async def test_order_with_many_lines_is_whole(world: World) -> None:
    """More lines than a page holds, in the order and in its fulfillment order."""
    lines = [
        {"sku": f"S-{index}", "title": f"Thing {index}", "quantity": index + 1, "price": "1.00"} for index in range(40)
    ]
    order_id = world.shop.place_order(lines=lines)
    order = await world.channel.get_order(order_id)
    assert [line.quantity for line in order.lines] == list(range(1, 41))
    assert sum(item.quantity for item in order.allocations) == sum(range(1, 41))


async def test_order_is_pending_until_it_is_routed(world: World) -> None:
    """Fulfillment orders appear some time after the order (pitfall 1)."""
    order_id = world.place(2, settled=False)
    before = await world.channel.get_order(order_id)
    assert (before.status, before.allocations) == (OrderStatus.PENDING, ())
    assert before.lines[0].unfulfilled_quantity == 2
    await world.shop.advance(60)
    after = await world.channel.get_order(order_id)
    assert after.status is OrderStatus.UNFULFILLED
    assert after.allocations[0].quantity == 2


async def test_hold_is_seen_by_the_next_listing(world: World) -> None:
    """It leaves the order's own time alone (pitfall 6)."""
    order_id = world.place()
    world.clock.advance(3600)
    since = world.clock.now() - timedelta(minutes=5)
    assert await everything(world.channel, OrderQuery(updated_since=since)) == []
    world.shop.hold(order_id)
    world.clock.advance(60)
    (order,) = await everything(world.channel, OrderQuery(updated_since=since))
    assert (order.id, order.status, order.holds) == (order_id, OrderStatus.ON_HOLD, ("HIGH_RISK_OF_FRAUD",))
    world.shop.release(order_id)
    assert (await world.channel.get_order(order_id)).status is OrderStatus.UNFULFILLED


@pytest.mark.parametrize("propagate", [True, False], ids=["everywhere", "order-only"])
async def test_edited_address_is_the_one_to_ship_to(world: World, *, propagate: bool) -> None:
    """Whether or not the fulfillment orders know of it (pitfall 7)."""
    order_id = world.place()
    world.clock.advance(60)
    world.shop.edit_address(order_id, propagate=propagate, address1="9 New Road")
    order = await world.channel.get_order(order_id)
    assert order.ship_to is not None
    assert order.ship_to.street1 == "9 New Road"
    assert order.status is OrderStatus.UNFULFILLED


async def test_withheld_addresses_are_a_permission(world: World) -> None:
    """An app without level 2 must not ship with blanks."""
    order_id = world.place()
    world.shop.set_access_level(1)
    with pytest.raises(PermissionDeniedError, match="level 2"):
        await world.channel.get_order(order_id)
    with pytest.raises(PermissionDeniedError, match="level 2"):
        await everything(world.channel)


async def test_lacking_scope_is_an_error_and_not_an_empty_list(world: World) -> None:
    """Shopify leaves out what the app may not see (pitfall 2)."""
    world.place()
    world.shop.set_scopes(["read_orders", "read_locations"])
    with pytest.raises(PermissionDeniedError, match="read_merchant_managed_fulfillment_orders"):
        await everything(world.channel)


async def test_scopes_for_other_places_leave_pieces_unseen(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A scope for the wrong kind of place lets the order look unrouted: it is pending, and never shipped."""
    order_id = world.place()
    world.shop.set_scopes(["read_orders", "read_locations", "read_assigned_fulfillment_orders"])
    order = await world.channel.get_order(order_id)
    assert order.status is OrderStatus.PENDING


async def test_customs_data_comes_with_orders_abroad(world: World) -> None:
    """Read only where a border is crossed."""
    line = {"sku": "MUG-RED-01", "title": "Mug", "quantity": 1, "price": "9.00", "hs_code": "691200", "origin": "PT"}
    abroad = world.shop.place_order(
        lines=[line],
        address={
            "address1": "Hauptstrasse 1",
            "city": "Berlin",
            "zip": "10115",
            "country": "Germany",
            "country_code": "DE",
        },
    )
    order = await world.channel.get_order(abroad)
    assert (order.lines[0].hs_code, order.lines[0].country_of_origin) == ("691200", "PT")


async def test_bucket_that_others_drained_is_waited_for(world: World) -> None:
    """THROTTLED comes inside a success, and is no failure (pitfall 14)."""
    world.place()
    await everything(world.channel)
    world.shop.drain_bucket()
    started = world.clock.now()
    assert len(await everything(world.channel)) == 1
    assert world.clock.now() > started


async def test_many_readers_stay_below_the_limit(world: World) -> None:
    """The answers tell how full the bucket is: nobody is refused."""
    world.shop.seed_orders(60, 1)
    world.clock.advance(600)
    for _ in range(10):
        await everything(world.channel)
    throttled = world.shop.counts().get("throttled", 0)
    assert throttled == 0


async def test_wide_query_is_narrowed_after_two_failures(world: World) -> None:
    """502 twice, then a smaller page (pitfall 15)."""
    world.shop.seed_orders(30, 1)
    world.clock.advance(600)
    world.shop.faults.add(Fault(operation="orders", kind=FaultKind.STATUS, status=502, times=2))
    assert len(await everything(world.channel)) >= 25
    assert world.calls("orders") >= 5


# --- telling ---


async def test_order_is_shipped_and_told_once(world: World) -> None:
    """The second call finds what the first one told."""
    order = await world.channel.get_order(world.place(2, 1))
    first = await world.channel.fulfill(world.left(order))
    second = await world.channel.fulfill(world.left(order))
    assert first.id == second.id
    assert world.told() == 1
    after = await world.channel.get_order(order.id)
    assert after.status is OrderStatus.FULFILLED
    assert after.fulfillments[0].parcels[0].tracking_number == NUMBER


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER, FaultKind.TRUNCATE], ids=str)
async def test_lost_answer_is_found_again(world: World, kind: FaultKind) -> None:
    """Told, and the answer lost: unknown, not repeated; whoever looks finds it, and a repeat adopts it (§17)."""
    order = await world.channel.get_order(world.place())
    world.shop.faults.add(Fault(operation="fulfillmentCreate", kind=kind))
    with pytest.raises(OperationError) as caught:
        await world.channel.fulfill(world.left(order))
    assert caught.value.outcome_unknown
    assert (world.calls("fulfillmentCreate"), world.told()) == (1, 1)
    (found,) = await world.channel.list_fulfillments(order.id)
    assert (found.parcels[0].tracking_number, dict(found.lines)) == (NUMBER, {order.lines[0].id: 2})
    assert (await world.channel.fulfill(world.left(order))).id == found.id
    assert world.told() == 1


async def test_failure_inside_shopify_leaves_the_outcome_open(world: World) -> None:
    """INTERNAL_SERVER_ERROR inside a 200, after the effect."""
    order = await world.channel.get_order(world.place())
    world.shop.break_down("fulfillmentCreate", after=True)
    with pytest.raises(UnavailableError) as caught:
        await world.channel.fulfill(world.left(order))
    assert caught.value.outcome_unknown
    assert world.told() == 1


async def test_request_that_never_arrived_is_sure(world: World) -> None:
    """Nothing was told, and a repeat tells it."""
    order = await world.channel.get_order(world.place())
    world.shop.faults.add(Fault(operation="fulfillmentCreate", kind=FaultKind.DROP_BEFORE))
    with pytest.raises(TransportError):
        await world.channel.fulfill(world.left(order))
    assert world.told() == 0
    await world.channel.fulfill(world.left(order))
    assert world.told() == 1


async def test_partial_shipment_leaves_the_rest_open(world: World) -> None:
    """Two of three today, one tomorrow, each under its own number (pitfall 4)."""
    order_id = world.place(3)
    order = await world.channel.get_order(order_id)
    await world.channel.fulfill(world.left(order, 2, "A"))
    order = await world.channel.get_order(order_id)
    assert (order.status, order.lines[0].unfulfilled_quantity) == (OrderStatus.PARTIALLY_FULFILLED, 1)
    with pytest.raises(ConflictError):
        await world.channel.fulfill(world.left(order, 2, "B"))
    await world.channel.fulfill(world.left(order, 1, "B"))
    assert (await world.channel.get_order(order_id)).status is OrderStatus.FULFILLED


async def test_split_order_is_shipped_in_one_call(world: World) -> None:
    """Two fulfillment orders of one place go together."""
    order_id = world.place(3)
    (share,) = world.shop.fulfillment_orders(order_id)
    world.shop.split(share["id"], [{"id": world_line(share), "quantity": 1}])
    order = await world.channel.get_order(order_id)
    assert len(order.allocations) == 2
    await world.channel.fulfill(world.left(order))
    assert world.calls("fulfillmentCreate") == 1
    assert (await world.channel.get_order(order_id)).status is OrderStatus.FULFILLED


def world_line(share: dict[str, Any]) -> str:
    """Return the id of the first line of a fulfillment order, as the simulator tells it."""
    lines = share.get("lines") or share.get("line_items") or share["lineItems"]
    line_id: str = (lines["nodes"] if isinstance(lines, dict) else lines)[0]["id"]
    return line_id


async def test_order_over_two_places_is_shipped_from_both(world: World) -> None:
    """Shopify takes one place in a call; a repeat after a failure half-way tells the rest only."""
    order_id = world.shop.place_order(lines=[{"sku": "MUG-RED-01", "quantity": 3, "locations": {EAST: 2, WEST: 1}}])
    order = await world.channel.get_order(order_id)
    assert {item.location_id for item in order.allocations} == {EAST, WEST}
    world.shop.faults.add(Fault(operation="fulfillmentCreate", kind=FaultKind.STATUS, status=503, skip=1))
    with pytest.raises(UnavailableError):
        await world.channel.fulfill(world.left(order))
    assert world.told() == 1
    done = await world.channel.fulfill(world.left(order))
    assert done.id is not None
    assert len(done.id.split(",")) == 2
    assert world.told() == 2
    assert (await world.channel.get_order(order_id)).status is OrderStatus.FULFILLED


async def test_moved_order_is_shipped_from_its_new_place(world: World) -> None:
    """The id of the fulfillment order is another after a move (pitfall 5)."""
    order_id = world.place()
    order = await world.channel.get_order(order_id)
    (share,) = world.shop.fulfillment_orders(order_id)
    world.shop.move(share["id"], WEST)
    done = await world.channel.fulfill(world.left(order))
    assert done.location_id == WEST


async def test_held_order_is_not_told(world: World) -> None:
    """The fraud app's hold counts (pitfall 6)."""
    order = await world.channel.get_order(world.place())
    world.shop.hold(order.id)
    with pytest.raises(ConflictError, match="HIGH_RISK_OF_FRAUD"):
        await world.channel.fulfill(world.left(order))
    assert world.told() == 0


async def test_cancelled_order_is_not_told(world: World) -> None:
    """The buyer has his money back."""
    order = await world.channel.get_order(world.place())
    world.shop.cancel(order.id)
    with pytest.raises(ConflictError, match="cancelled"):
        await world.channel.fulfill(world.left(order))


# --- mending and scans ---


async def test_fulfillment_is_taken_back_twice(world: World) -> None:
    """The lines are open again, in new fulfillment orders; the second time is no error."""
    order = await world.channel.get_order(world.place())
    done = await world.channel.fulfill(world.left(order))
    await world.channel.cancel_fulfillment(done)
    await world.channel.cancel_fulfillment(done)
    after = await world.channel.get_order(order.id)
    assert after.status is OrderStatus.UNFULFILLED
    assert [item.status for item in after.fulfillments] == [FulfillmentStatus.CANCELLED]
    assert {item.id for item in after.allocations} != {item.id for item in order.allocations}


async def test_number_is_mended(world: World) -> None:
    """A typing error in the number leads the buyer nowhere."""
    order = await world.channel.get_order(world.place())
    done = await world.channel.fulfill(world.left(order))
    mended = attrs.evolve(done, parcels=(FulfillmentParcel(carrier="fedex", tracking_number="770000000000"),))
    await world.channel.update_tracking(mended)
    (found,) = await world.channel.list_fulfillments(order.id)
    assert (found.parcels[0].carrier, found.parcels[0].tracking_number) == ("fedex", "770000000000")


async def test_scan_is_shown_once(world: World) -> None:
    """Events append; what is there is not added again, also after a lost answer."""
    order = await world.channel.get_order(world.place())
    done = await world.channel.fulfill(world.left(order))
    scan = TrackingEvent(status=TrackingStatus.OUT_FOR_DELIVERY, occurred_at=world.clock.now(), key="k")
    world.shop.faults.add(Fault(operation="fulfillmentEventCreate", kind=FaultKind.DROP_AFTER))
    with pytest.raises(TransportError):
        await world.channel.post_tracking_event(done, scan)
    await world.channel.post_tracking_event(done, scan)
    await world.channel.post_tracking_event(done, scan)
    assert world.calls("fulfillmentEventCreate") == 1


async def test_unknown_fulfillment_is_not_found(world: World) -> None:
    """For whatever is done with it."""
    order = await world.channel.get_order(world.place())
    nowhere = world.left(order, id="gid://shopify/Fulfillment/999999999999")
    scan = TrackingEvent(status=TrackingStatus.DELIVERED, occurred_at=world.clock.now(), key="k")
    with pytest.raises(NotFoundError):
        await world.channel.cancel_fulfillment(nowhere)
    with pytest.raises(NotFoundError):
        await world.channel.update_tracking(nowhere)
    with pytest.raises(NotFoundError):
        await world.channel.post_tracking_event(nowhere, scan)


# --- cancelling ---


async def test_order_is_cancelled_once(world: World) -> None:
    """The job runs in the background; the second call finds it done."""
    order_id = world.place()
    assert (await world.channel.cancel_order(order_id, reason="inventory")).status is CancellationStatus.DONE
    assert (await world.channel.cancel_order(order_id)).status is CancellationStatus.DONE
    assert world.calls("orderCancel") == 1
    assert (await world.channel.get_order(order_id)).status is OrderStatus.CANCELLED


async def test_lost_cancellation_is_looked_up(world: World) -> None:
    """The answer is lost, the job runs on (§17)."""
    order_id = world.place()
    world.shop.faults.add(Fault(operation="orderCancel", kind=FaultKind.DROP_AFTER))
    assert (await world.channel.cancel_order(order_id)).status is CancellationStatus.DONE
    assert world.calls("orderCancel") == 1


async def test_shipped_order_is_not_cancelled(world: World) -> None:
    """Its fulfillments must be taken back first."""
    order = await world.channel.get_order(world.place())
    await world.channel.fulfill(world.left(order))
    assert (await world.channel.cancel_order(order.id)).status is CancellationStatus.REFUSED
    assert (await world.channel.get_order(order.id)).status is OrderStatus.FULFILLED


# --- tokens and pushes ---


async def test_expiring_tokens_rotate(world: World) -> None:
    """Each refresh replaces the pair; the stored one leads on (pitfall 28)."""
    store = LastingTokenStore()
    settings = world.shop.credentials()["refresh"]
    first = world.sandbox.channel("shopify", account="a", access_token=None, tokens=store, **settings)
    assert isinstance(first, ShopifyChannel)
    world.place()
    for _ in range(3):
        assert len(await everything(first)) == 1
        world.clock.advance(3700)
    assert len(await everything(first)) == 1


async def test_revoked_token_is_an_authentication_error(world: World) -> None:
    """The app was uninstalled: the user must act."""
    world.shop.revoke_tokens()
    with pytest.raises(AuthenticationError):
        await everything(world.channel)


async def test_pushes_of_the_shop_are_understood(world: World) -> None:
    """What happens in the shop arrives as events, doubled and in disorder."""
    secret = world.shop.credentials()["webhooks"]["secret"]
    channel = world.sandbox.channel("shopify", account="hooks", webhook_secrets=[secret])
    assert isinstance(channel, ShopifyChannel)
    payload = {"id": 5100000000001, "admin_graphql_api_id": "gid://shopify/Order/5100000000001"}
    world.shop.push_webhook("ORDERS_UPDATED", payload, "https://hooks.example/")
    world.shop.push_webhook("ORDERS_CANCELLED", payload, "https://hooks.example/")
    events: list[Event] = []
    for sent in world.shop.deliveries(duplicates=1, shuffle=True):
        request = WebhookRequest(method="POST", url=sent["url"], headers=sent["headers"], body=sent["body"].encode())
        events += (await channel.receive(request)).events
    assert len(events) == 4
    assert len({event.id for event in events}) == 2
    assert {type(event) for event in events} == {OrderChanged, OrderCancelled}


async def test_logs_show_no_person_and_no_token(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """A log is read by people who must not know who buys."""
    token = world.shop.settings()["access_token"]
    with caplog.at_level(logging.DEBUG, logger="cartcarrier"):
        order = await world.channel.get_order(world.place())
        await world.channel.fulfill(world.left(order))
    assert caplog.records
    assert order.ship_to is not None
    for secret in (token, order.ship_to.street1, order.ship_to.name or "-", NUMBER):
        assert secret not in caplog.text
