"""Being a fulfillment service of Shopify's, against the simulator; and cancelling what is being cancelled."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, cast

import pytest

from cartcarrier.channels.shopify import FulfillmentRequest, FulfillmentRequestKind, ShopifyChannel
from cartcarrier.errors import ConflictError, NotFoundError, PermissionDeniedError
from cartcarrier.http import ManualClock
from cartcarrier.models import CancellationStatus, FulfilledBy, Fulfillment, FulfillmentParcel, OrderStatus
from cartcarrier.sandbox import Fault, FaultKind, Sandbox

SERVICE = "gid://shopify/Location/70000003"
ASSIGNED = ("read_assigned_fulfillment_orders", "write_assigned_fulfillment_orders")


class World:
    """A shop that hands orders to a service, and the service's driver.

    Attributes:
        clock: Moved by hand.
        shop: The simulator's control.
        channel: The driver.
    """

    def __init__(self, sandbox: Sandbox, clock: ManualClock) -> None:
        self.clock = clock
        self.shop = cast("Any", sandbox.simulator("shopify"))
        self.shop.set_scopes([*self.shop.shop.world.scopes, *ASSIGNED])
        channel = sandbox.channel("shopify")
        assert isinstance(channel, ShopifyChannel)
        self.channel = channel

    def place(self) -> str:
        """Let a buyer order three mugs."""
        line = {"sku": "MUG", "title": "Mug", "quantity": 3, "price": "5.00"}
        order_id: str = self.shop.place_order(lines=[line], tags=["Gift", "VIP"])
        self.clock.advance(60)
        return order_id

    def hand_over(self) -> tuple[str, str]:
        """Let the merchant ask the service to ship an order; return order and fulfillment order."""
        order_id = self.place()
        share_id: str = self.shop.move(self.shop.fulfillment_orders(order_id)[0]["id"], SERVICE)
        self.shop.request_fulfillment(share_id, "gently, please", notify=True)
        return order_id, share_id

    def status(self, order_id: str, share_id: str) -> str:
        """Return how a request stands."""
        (status,) = (
            share["request_status"] for share in self.shop.fulfillment_orders(order_id) if share["id"] == share_id
        )
        return str(status)

    async def request(self) -> FulfillmentRequest:
        """Return the only request."""
        (request,) = await self.channel.list_fulfillment_requests()
        return request


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A shop whose app is a service."""
    clock = ManualClock()
    async with Sandbox(clock=clock) as sandbox:
        yield World(sandbox, clock)


async def test_request_says_what_is_asked(world: World) -> None:
    """Which order, how many pieces of which line, and what the merchant wrote."""
    order_id, share_id = world.hand_over()
    request = await world.request()
    order = await world.channel.get_order(order_id)
    assert (request.id, request.kind) == (share_id, FulfillmentRequestKind.SHIP)
    assert (request.order_id, request.order_number) == (order_id, order.number)
    assert request.location_id == SERVICE
    assert dict(request.lines) == {order.lines[0].id: 3}
    assert (request.message, request.notify_buyer) == ("gently, please", True)
    assert "gently" not in repr(request)


async def test_accepted_request_is_shipped(world: World) -> None:
    """Accepting makes it ours; the same answer twice is no error."""
    order_id, share_id = world.hand_over()
    request = await world.request()
    for _ in range(2):
        await world.channel.answer_fulfillment_request(
            request, accept=True, message="tomorrow", ships_at=world.clock.now() + timedelta(days=1)
        )
    assert world.status(order_id, share_id) == "ACCEPTED"
    assert await world.channel.list_fulfillment_requests() == []
    order = await world.channel.get_order(order_id)
    await world.channel.fulfill(
        Fulfillment(
            order_id=order_id,
            lines={order.lines[0].id: 3},
            parcels=(FulfillmentParcel(carrier="ups", tracking_number="1Z1"),),
            reference="r",
            shipped_at=world.clock.now(),
            notify_buyer=False,
        )
    )
    done = await world.channel.get_order(order_id)
    assert (done.status, done.fulfilled_by) == (OrderStatus.FULFILLED, FulfilledBy.CHANNEL)


async def test_declined_request_goes_back_to_the_merchant(world: World) -> None:
    """With a reason of Shopify's; another answer afterwards is a conflict."""
    order_id, share_id = world.hand_over()
    request = await world.request()
    await world.channel.answer_fulfillment_request(request, accept=False, reason="inventory_out_of_stock")
    assert world.status(order_id, share_id) == "REJECTED"
    with pytest.raises(ConflictError):
        await world.channel.answer_fulfillment_request(request, accept=True)


@pytest.mark.parametrize(("accept", "status"), [(True, "CANCELLATION_ACCEPTED"), (False, "CANCELLATION_REJECTED")])
async def test_cancellation_is_answered(world: World, status: str, *, accept: bool) -> None:
    """What is on its way cannot be stopped; what is not, can."""
    order_id, share_id = world.hand_over()
    await world.channel.answer_fulfillment_request(await world.request(), accept=True)
    world.shop.request_cancellation(share_id, "sorry")
    request = await world.request()
    assert (request.kind, request.message) == (FulfillmentRequestKind.CANCEL, "sorry")
    await world.channel.answer_fulfillment_request(request, accept=accept, message="done")
    assert world.status(order_id, share_id) == status


@pytest.mark.parametrize("accept", [True, False])
async def test_lost_answer_is_looked_up(world: World, *, accept: bool) -> None:
    """How the request stands tells."""
    order_id, share_id = world.hand_over()
    request = await world.request()
    world.shop.faults.add(Fault(operation="fulfillmentOrderAcceptFulfillmentRequest", kind=FaultKind.DROP_AFTER))
    world.shop.faults.add(Fault(operation="fulfillmentOrderRejectFulfillmentRequest", kind=FaultKind.DROP_AFTER))
    await world.channel.answer_fulfillment_request(request, accept=accept)
    assert world.status(order_id, share_id) == ("ACCEPTED" if accept else "REJECTED")


async def test_unknown_request_is_not_found(world: World) -> None:
    """Nothing was answered."""
    request = FulfillmentRequest(
        id="gid://shopify/FulfillmentOrder/1", kind=FulfillmentRequestKind.SHIP, order_id="1", order_number="#1"
    )
    with pytest.raises(NotFoundError):
        await world.channel.answer_fulfillment_request(request, accept=True)


async def test_app_that_is_no_service_is_told_so(world: World) -> None:
    """By the name of the scope; an empty list would look like nothing to do."""
    world.shop.set_scopes(["read_orders", "read_merchant_managed_fulfillment_orders"])
    with pytest.raises(PermissionDeniedError, match="read_assigned_fulfillment_orders"):
        await world.channel.list_fulfillment_requests()


async def test_shipped_order_says_who_shipped_it(world: World) -> None:
    """Nothing waits any more, and still it was the merchant's; tags are as the shop wrote them."""
    order_id = world.place()
    order = await world.channel.get_order(order_id)
    assert order.tags == ("Gift", "VIP")
    assert order.fulfilled_by is FulfilledBy.MERCHANT
    told = Fulfillment(
        order_id=order_id,
        lines={order.lines[0].id: 3},
        parcels=(FulfillmentParcel(carrier="ups", tracking_number="1Z1"),),
        reference="r",
        shipped_at=world.clock.now(),
        notify_buyer=False,
    )
    await world.channel.fulfill(told)
    done = await world.channel.get_order(order_id)
    assert (done.status, done.fulfilled_by) == (OrderStatus.FULFILLED, FulfilledBy.MERCHANT)


async def test_cancellation_that_runs_already_is_not_refused(world: World) -> None:
    """Somebody in the admin was faster by seconds: the shop refuses the second call, and cancels all the same."""
    order_id = world.place()
    world.shop.faults.add(Fault(operation="job", kind=FaultKind.DROP_BEFORE, times=6))
    first = await world.channel.cancel_order(order_id)
    assert first.status is CancellationStatus.PENDING
    second = await world.channel.cancel_order(order_id)
    assert second.status in {CancellationStatus.DONE, CancellationStatus.PENDING}
