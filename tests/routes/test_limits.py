"""Many at once, at the platforms' real limits; throttling and tokens that end in the middle."""

from collections.abc import Mapping

import pytest

import cartcarrier as cc
from tests.routes.route import NOWHERE, Gate, Route, box


def plans(orders: Mapping[str, cc.Order]) -> list[cc.ShipPlan]:
    return [cc.ShipPlan(order=order, parcels=(box(),)) for order in orders.values()]


def count_throttled(route: Route) -> list[float]:
    """Return a list that grows with every query that the shop's bucket has no points for."""
    refused: list[float] = []
    bucket = route.shop.shop.bucket
    take = bucket.take

    def counted(points: float) -> bool:
        enough = take(points)
        if not enough:
            refused.append(points)
        return enough

    bucket.take = counted  # type: ignore[method-assign]  # a counter in front of the real one
    return refused


async def test_sixty_orders_at_real_limits_are_refused_nothing(route: Route) -> None:
    """Eight at a time: every order one label and one confirmation, and neither platform ever has to say no."""
    throttled = count_throttled(route)
    gate = Gate(route.ups, "")
    for _ in range(60):
        route.shop.place_order(lines=[{"sku": "MUG-1", "title": "Mug", "quantity": 1, "price": "9.00"}])
    route.clock.advance(30)
    async with route.open() as fulfiller:
        orders = {order.id: order async for order in fulfiller.orders()}
        assert len(orders) == 60
        results = [result async for result in fulfiller.ship_many(plans(orders), concurrency=8)]
        assert all(isinstance(result, cc.Shipped) for result in results), [
            result.error for result in results if isinstance(result, cc.ShipFailure)
        ]
        assert await route.open_work(fulfiller) == []
    assert throttled == []
    assert gate.statuses[429] == 0
    numbers = {result.shipment.tracking_number for result in results if isinstance(result, cc.Shipped)}
    assert len(numbers) == 60
    assert {number for order_id in orders for number in route.told(order_id)} == numbers == set(route.labels())
    assert route.ups.calls["ship"] == route.shop.calls["fulfillmentCreate"] == 60
    route.audit(labels=60, fulfillments=60)
    assert set(route.states()) == {"confirmed"}
    assert set(route.work().values()) == {"shipped"}


async def test_one_bad_order_among_many_stops_no_other(route: Route) -> None:
    """It comes back as a failure that holds its plan; the rest ships."""
    good = [route.place() for _ in range(5)]
    bad = route.place(address=NOWHERE)
    async with route.open() as fulfiller:
        orders = {order.id: order async for order in fulfiller.orders()}
        results = [result async for result in fulfiller.ship_many(plans(orders), concurrency=3)]
        failures = [result for result in results if isinstance(result, cc.ShipFailure)]
        assert [failure.plan.order.id for failure in failures] == [bad]
        assert isinstance(failures[0].error, cc.RejectedError)
        assert await route.open_work(fulfiller) == [bad]
    assert len(results) == len(good) + 1
    route.audit(labels=5, fulfillments=5)


async def test_lost_answers_among_many_lose_nothing(route: Route) -> None:
    """Every fifth purchase and every fifth confirmation loses its answer: counts are equal all the same."""
    for _ in range(15):
        route.place()
    for skip in (0, 4, 8):
        route.ups.add_fault(operation="ship", kind="drop_after", skip=skip)
        route.shop.add_fault(operation="fulfillmentCreate", kind="status_after", status=500, skip=skip)
    async with route.open() as fulfiller:
        orders = {order.id: order async for order in fulfiller.orders()}
        results = [result async for result in fulfiller.ship_many(plans(orders), concurrency=8)]
        assert all(isinstance(result, cc.Shipped) for result in results)
    route.audit(labels=15, fulfillments=15)


async def test_iterator_that_is_left_early_ends_what_it_began(route: Route) -> None:
    """The application stops after the first result: no label is left untold, and the rest is still open."""
    for _ in range(6):
        route.place()
    async with route.open() as fulfiller:
        orders = {order.id: order async for order in fulfiller.orders()}
        results = fulfiller.ship_many(plans(orders), concurrency=2)
        async for _ in results:
            break
        await results.aclose()  # type: ignore[attr-defined]  # what contextlib.aclosing() calls
        left = await route.open_work(fulfiller)
    assert set(route.states()) == {"confirmed"}
    assert len(route.labels()) + len(left) == 6
    route.audit(labels=len(route.labels()), fulfillments=len(route.labels()))


async def test_throttled_in_the_middle_waits_and_goes_on(route: Route) -> None:
    """Another process has used up the shop's points: the call did not run, so it is simply made later."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        route.shop.drain_bucket()
        began = route.clock.now()
        await fulfiller.ship(order, parcels=[box()])
        assert (route.clock.now() - began).total_seconds() < 60
    route.audit(labels=1, fulfillments=1)


@pytest.mark.parametrize("operation", ["shop", "ship"])
async def test_too_many_calls_at_ups_in_the_middle_waits_and_goes_on(route: Route, operation: str) -> None:
    """A refusal for haste is certain: the purchase did not run, and is made once."""
    order_id = route.place()
    route.ups.add_fault(operation=operation, kind="status", status=429)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        await fulfiller.ship(order, parcels=[box()])
    route.audit(labels=1, fulfillments=1)


async def test_too_many_calls_for_too_long_is_said(route: Route) -> None:
    """A wait that never ends would be hanging: the error says when to come again, and nothing was bought."""
    order_id = route.place()
    route.ups.add_fault(operation="ship", kind="status", status=429, times=1000)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.RateLimitError) as caught:
            await fulfiller.ship(order, parcels=[box()])
        assert not caught.value.outcome_unknown
        assert route.states() == ["failed"]
        route.ups.clear_faults()
        await fulfiller.ship(order, parcels=[box()])
    route.audit(labels=1, fulfillments=1)


@pytest.mark.parametrize("where", ["before buying", "before confirming"])
async def test_shop_token_that_ends_in_the_middle_is_renewed(route: Route, where: str) -> None:
    """A client's token lives a day; the work goes on under the next one."""
    order_id = route.place()
    credentials = route.shop.credentials()["client_credentials"]
    channel = route.channel(**{**credentials, "access_token": None})
    async with route.open(channels=[channel]) as fulfiller:
        order = await route.order(fulfiller, order_id)
        if where == "before buying":
            route.shop.expire_tokens()
        else:
            _expire_at_purchase(route)
        await fulfiller.ship(order, parcels=[box()])
    assert route.shop.calls["token"] == 2
    route.audit(labels=1, fulfillments=1)


def _expire_at_purchase(route: Route) -> None:
    count = route.ups.count_call

    def counted(operation: str) -> None:
        count(operation)
        if operation == "ship":
            route.shop.expire_tokens()

    route.ups.count_call = counted  # type: ignore[method-assign]  # called by the front door before the platform acts


@pytest.mark.parametrize("operation", ["shop", "ship", "void"])
async def test_carrier_token_that_is_refused_in_the_middle_is_renewed_once(route: Route, operation: str) -> None:
    """A 401 did nothing: one new token, and the call again."""
    order_id = route.place()
    route.ups.add_fault(operation=operation, kind="status", status=401)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        await fulfiller.ship(order, parcels=[box()])
        if operation == "void":
            assert (await fulfiller.void(order.ref)).status is cc.VoidStatus.VOIDED
    assert route.ups.calls["token"] == 2
    gone = operation == "void"
    route.audit(labels=0 if gone else 1, fulfillments=0 if gone else 1, bought=1)


async def test_tokens_survive_the_process(route: Route) -> None:
    """They are in the ledger: the next process does not ask for another one."""
    first, second = route.place(), route.place()
    async with route.open() as fulfiller:
        await fulfiller.ship(await route.order(fulfiller, first), parcels=[box()])
    async with route.open() as fulfiller:
        await fulfiller.ship(await route.order(fulfiller, second), parcels=[box()])
    assert route.ups.calls["token"] == 1
    route.audit(labels=2, fulfillments=2)
