"""Cancel against ship: each interleaving ends in one of three ways, and each is said."""

from datetime import timedelta

import anyio
import pytest

import cartcarrier as cc
from tests.routes.route import MUG, NEWARK, RENO, Gate, Route, box, hours, some


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Both: what is cancelled, waits or runs side by side here depends on the loop."""
    return str(request.param)


async def test_cancelled_before_buying_is_cancelled_and_costs_nothing(route: Route) -> None:
    """No label, no money; and nothing can be bought for it any more."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        result = await fulfiller.cancel(order.ref, reason="CUSTOMER")
        assert result.status is cc.CancellationStatus.DONE
        assert await route.open_work(fulfiller) == []
        with pytest.raises((cc.OrderChangedError, cc.InvalidValueError)):
            await fulfiller.ship(order, parcels=[box()])
    (shown,) = route.shop.orders()
    assert shown["cancelled"]
    assert route.work() == {order_id: "cancelled"}
    route.audit(labels=0, fulfillments=0)


async def test_first_ending_cancelled_and_the_label_voided(route: Route) -> None:
    """Bought, not told yet: the order is cancelled and the money comes back."""
    order_id = route.place()
    route.shop.add_fault(operation="fulfillmentCreate", kind="status", status=503, times=50)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.OperationError):
            await fulfiller.ship(order, parcels=[box()])
        route.shop.clear_faults()
        result = await fulfiller.cancel(order.ref)
        assert result.status is cc.CancellationStatus.DONE
        assert "CancelledButLive" not in (result.message or "")
    assert route.states() == ["voided"]
    assert route.work() == {order_id: "cancelled"}
    assert route.ups.spent()["net"] == {"USD": "0.00"}
    route.audit(labels=0, fulfillments=0, bought=1)


async def test_second_ending_shipped_and_the_cancel_refused(route: Route) -> None:
    """What the shop was told of has left: the cancellation is refused, and the label stays good."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        await fulfiller.ship(order, parcels=[box()])
        route.clock.advance(hours(9))
        result = await fulfiller.cancel(order.ref)
    assert result.status is cc.CancellationStatus.REFUSED
    (shown,) = route.shop.orders()
    assert not shown["cancelled"]
    assert route.states() == ["confirmed"]
    route.audit(labels=1, fulfillments=1)


async def test_third_ending_cancelled_but_live(route: Route) -> None:
    """Cancelled at the shop, and UPS has scanned the parcel: it refuses the void, and a person is told."""
    order_id = route.place()
    route.shop.add_fault(operation="fulfillmentCreate", kind="status", status=503, times=50)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.OperationError):
            await fulfiller.ship(order, parcels=[box()])
        route.shop.clear_faults()
        route.clock.advance(hours(9))
        result = await fulfiller.cancel(order.ref)
        assert result.status is cc.CancellationStatus.DONE
        assert result.message is not None
        assert "CancelledButLive" in result.message
        assert route.states() == ["void_refused"]
        findings = [finding async for finding in fulfiller.reconcile(route.clock.now() - timedelta(days=2))]
        assert [type(finding).__name__ for finding in findings] == ["CancelledButLive"]
    (shown,) = route.shop.orders()
    assert shown["cancelled"]
    route.audit(labels=1, fulfillments=0)


async def test_cancelled_at_the_shop_and_live_is_found_when_confirming(route: Route) -> None:
    """The merchant cancels in the admin while the label waits to be told, and the parcel is under way."""
    order_id = route.place()
    route.shop.add_fault(operation="fulfillmentCreate", kind="status", status=503, times=50)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.OperationError):
            await fulfiller.ship(order, parcels=[box()])
        route.shop.clear_faults()
        route.shop.cancel(order_id)
        route.clock.advance(hours(9))
        with pytest.raises(cc.OrderChangedError, match="CancelledButLive"):
            await fulfiller.ship(order, parcels=[box()])
    assert route.states() == ["void_refused"]
    route.audit(labels=1, fulfillments=0)


async def test_cancellation_whose_answer_is_lost_is_looked_up(route: Route) -> None:
    """It took effect: the order says so, and nothing is sent twice."""
    order_id = route.place()
    route.shop.add_fault(operation="orderCancel", kind="drop_after")
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        assert (await fulfiller.cancel(order.ref)).status is cc.CancellationStatus.DONE
    assert route.work() == {order_id: "cancelled"}
    assert route.shop.calls["orderCancel"] == 1
    route.audit(labels=0, fulfillments=0)


async def test_cancellation_of_which_nobody_knows_is_finished_by_recovery(route: Route) -> None:
    """The shop goes down at that moment: nothing is bought meanwhile, and recovery finds out."""
    order_id = route.place()
    gate = Gate(route.shop, "orderCancel", before=True)

    async def go_down() -> None:
        route.shop.add_fault(operation="*", kind="status", status=503, times=500)

    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        route.shop.add_fault(operation="orderCancel", kind="drop_after")
        gate.act = go_down
        with pytest.raises(cc.OperationError) as caught:
            await fulfiller.cancel(order.ref)
        assert caught.value.outcome_unknown, "the shop may have cancelled it, and it had"
        gate.act = None
        route.shop.clear_faults()
        route.clock.advance(60)
        assert (await fulfiller.recover()).problems == ()
        assert await route.open_work(fulfiller) == []
    assert route.work() == {order_id: "cancelled"}
    assert route.shop.calls["orderCancel"] == 1
    route.audit(labels=0, fulfillments=0)


async def test_cancel_and_ship_at_the_same_moment_end_in_one_way(route: Route) -> None:
    """Whoever comes first: never a live label for a cancelled order without a word."""
    order_ids = [route.place() for _ in range(6)]
    async with route.open() as fulfiller:
        orders = {order.id: order async for order in fulfiller.orders()}
        said: dict[str, list[object]] = {order_id: [] for order_id in order_ids}

        async def ship(order: cc.Order) -> None:
            try:
                said[order.id].append(await fulfiller.ship(order, parcels=[box()]))
            except cc.CartCarrierError as exc:
                said[order.id].append(exc)

        async def cancel(order: cc.Order, wait: float) -> None:
            await route.clock.sleep(wait)
            said[order.id].append(await fulfiller.cancel(order.ref))

        for index, order_id in enumerate(order_ids):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(ship, orders[order_id])
                tasks.start_soon(cancel, orders[order_id], index * 0.05)
    live = set(route.labels())
    for shown in route.shop.orders():
        numbers = set(route.told(shown["id"]))
        if shown["cancelled"]:
            assert not numbers, "an order that was cancelled is told as shipped"
        else:
            assert len(numbers & live) == 1, said[shown["id"]]
    assert len(live) == sum(not shown["cancelled"] for shown in route.shop.orders())
    assert route.ups.duplicates() == {}
    assert route.shop.duplicates() == []


async def test_refused_void_after_shipping_says_why(route: Route) -> None:
    """On its way: the shop keeps believing, rightly, that it left."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        await fulfiller.ship(order, parcels=[box()])
        route.clock.advance(hours(9))
        result = await fulfiller.void(order.ref)
        assert result.status is cc.VoidStatus.REFUSED
        assert "190101" in (result.message or "")
        assert await route.open_work(fulfiller) == []
    assert route.states() == ["void_refused"]
    assert len(route.told(order_id)) == 1
    route.audit(labels=1, fulfillments=1)


async def test_cancel_of_one_of_two_shipments_gives_back_what_was_not_told(route: Route) -> None:
    """Half of the order has left: the shop refuses the cancellation, and nothing is voided."""
    order_id = route.place({**MUG, "quantity": 3})
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        await fulfiller.ship(order, parcels=[box(some(order.lines[0], 2))])
        result = await fulfiller.cancel(order.ref)
    assert result.status is cc.CancellationStatus.REFUSED
    route.audit(labels=1, fulfillments=1)


async def test_request_to_cancel_is_answered_by_cancelling(route: Route) -> None:
    """Somebody asks for it at the channel: nothing is bought while that stands, and accepting it ends the work."""
    route.shop.set_scopes([*route.shop.shop.world.scopes, "write_assigned_fulfillment_orders"])
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        route.shop.set_request_status(str(route.shop.fulfillment_orders(order_id)[0]["id"]), "CANCELLATION_REQUESTED")
        assert await route.open_work(fulfiller) == []
        result = await fulfiller.cancel(order.ref)
        assert result.status in {cc.CancellationStatus.DONE, cc.CancellationStatus.PENDING}
    assert route.shop.fulfillment_orders(order_id)[0]["request_status"] == "CANCELLATION_ACCEPTED"
    route.audit(labels=0, fulfillments=0)


async def test_two_places_one_label_each_both_come_back(route: Route) -> None:
    """Two shipments bought and not told: cancelling gives back both."""
    order_id = route.place({**MUG, "quantity": 2, "locations": {RENO: 1, NEWARK: 1}})
    route.shop.add_fault(operation="fulfillmentCreate", kind="status", status=503, times=200)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        for place in (RENO, NEWARK):
            with pytest.raises(cc.OperationError):
                await fulfiller.ship(order, parcels=[box(some(order.lines[0], 1))], key=place[-1], location_id=place)
        route.shop.clear_faults()
        result = await fulfiller.cancel(order.ref)
        assert result.status is cc.CancellationStatus.DONE
    assert route.states() == ["voided", "voided"]
    route.audit(labels=0, fulfillments=0, bought=2)
