"""Keys: the same one gives the same shipment, another one another; voids free the pieces, not the key."""

import anyio
import pytest

import cartcarrier as cc
from tests.routes.route import MUG, Route, box, some


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Both: what is cancelled, waits or runs side by side here depends on the loop."""
    return str(request.param)


async def test_same_key_gives_the_stored_result(route: Route) -> None:
    """A job queue delivers the job again: nothing is bought, and the answer is the same."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        first = await fulfiller.ship(order, parcels=[box()])
        again = await fulfiller.ship(order, parcels=[box()])
    assert again.shipment == first.shipment
    assert again.fulfillment == first.fulfillment
    async with route.open() as fulfiller:
        assert (await fulfiller.ship(order, parcels=[box()])).shipment == first.shipment
    route.audit(labels=1, fulfillments=1)


@pytest.mark.parametrize("change", ["weight", "two parcels", "options", "lines"])
async def test_same_key_with_something_else_is_a_conflict(route: Route, change: str) -> None:
    """The key stands for one shipment; another one is a mistake of the caller."""
    order_id = route.place({**MUG, "quantity": 2})
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        await fulfiller.ship(order, parcels=[box()])
        parcels, options = [box()], cc.ShipmentOptions()
        if change == "weight":
            parcels = [box(pounds="3")]
        elif change == "two parcels":
            parcels = [box(), box()]
        elif change == "lines":
            parcels = [box(some(order.lines[0], 1))]
        else:
            options = cc.ShipmentOptions(saturday_delivery=True)
        with pytest.raises(cc.IdempotencyConflictError):
            await fulfiller.ship(order, parcels=parcels, options=options)
    route.audit(labels=1, fulfillments=1)


async def test_another_chooser_is_no_other_shipment(route: Route) -> None:
    """Prices, default dates and the chooser are not part of the key's hash."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        first = await fulfiller.ship(order, parcels=[box()], choose=cc.cheapest())
        again = await fulfiller.ship(order, parcels=[box()], choose=cc.fastest())
    assert again.shipment == first.shipment
    route.audit(labels=1, fulfillments=1)


async def test_voided_key_is_used_up_and_a_new_one_ships(route: Route) -> None:
    """The order is open again; the shop is told of the second label only."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        first = await fulfiller.ship(order, parcels=[box()])
        assert (await fulfiller.void(order.ref)).status is cc.VoidStatus.VOIDED
        assert (await fulfiller.void(order.ref)).status is cc.VoidStatus.VOIDED
        route.clock.advance(5)
        with pytest.raises(cc.IdempotencyConflictError):
            await fulfiller.ship(order, parcels=[box()])
        fresh = await route.order(fulfiller, order_id)
        second = await fulfiller.ship(fresh, parcels=[box()], key="2")
        assert await route.open_work(fulfiller) == []
    assert second.shipment.tracking_number != first.shipment.tracking_number
    assert route.told(order_id) == route.labels() == [second.shipment.tracking_number]
    assert route.states() == ["voided", "confirmed"]
    assert route.ups.calls["void"] == 1
    route.audit(labels=1, fulfillments=1, bought=2)


async def test_replacement_is_another_key_and_is_not_told(route: Route) -> None:
    """A parcel was lost: another label for the order as it is now, fulfilled; the shop's record stays as it is."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        first = await fulfiller.ship(order, parcels=[box()])
        route.clock.advance(5)
        changes = [change async for change in fulfiller.changes("shopify:default")]
        assert changes[-1].order.status is cc.OrderStatus.FULFILLED
        second = await fulfiller.ship(changes[-1].order, parcels=[box()], key="replacement", replacement=True)
    assert second.fulfillment is None
    assert route.told(order_id) == [first.shipment.tracking_number]
    assert len(set(route.labels())) == 2
    route.audit(labels=2, fulfillments=1)


async def test_eight_calls_with_one_key_buy_one_label(route: Route) -> None:
    """At the same moment, in one process: all get the same shipment."""
    order_id = route.place()
    done: list[cc.Shipped] = []
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)

        async def ship() -> None:
            done.append(await fulfiller.ship(order, parcels=[box()]))

        async with anyio.create_task_group() as tasks:
            for _ in range(8):
                tasks.start_soon(ship)
    assert len({each.shipment.tracking_number for each in done}) == 1
    assert len(done) == 8
    route.audit(labels=1, fulfillments=1)


async def test_two_keys_for_the_same_pieces_ship_once(route: Route) -> None:
    """At the same moment: at most one goes on, and the other says why not."""
    order_id = route.place()
    outcomes: list[str] = []
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)

        async def ship(key: str) -> None:
            try:
                await fulfiller.ship(order, parcels=[box()], key=key)
            except (cc.IdempotencyConflictError, cc.InvalidValueError, cc.OrderChangedError) as exc:
                outcomes.append(type(exc).__name__)
            else:
                outcomes.append("shipped")

        async with anyio.create_task_group() as tasks:
            for key in ("a", "b"):
                tasks.start_soon(ship, key)
    assert outcomes.count("shipped") <= 1
    assert len(outcomes) == 2
    assert len(route.labels()) == outcomes.count("shipped") == len(route.told(order_id))


async def test_two_processes_with_one_key_buy_one_label(route: Route) -> None:
    """Two workers on one ledger file: the lease decides, and both end with the same number."""
    order_id = route.place()
    done: list[cc.Shipped] = []
    async with route.open() as one, route.open() as two:
        order = await route.order(one, order_id)

        async def ship(fulfiller: cc.Fulfiller) -> None:
            done.append(await fulfiller.ship(order, parcels=[box()]))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ship, one)
            tasks.start_soon(ship, two)
    assert len({each.shipment.tracking_number for each in done}) == 1
    route.audit(labels=1, fulfillments=1)
