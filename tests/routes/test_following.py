"""Following parcels until they arrive, and telling the shop."""

import pytest

import cartcarrier as cc
from tests.routes.route import MUG, Route, box, hours, some


async def shipped(route: Route, fulfiller: cc.Fulfiller, *, journey: str = "normal", key: str = "1") -> cc.Shipped:
    """Ship an order whose parcel has that journey."""
    order_id = route.place()
    done = await fulfiller.ship(await route.order(fulfiller, order_id), parcels=[box()], key=key)
    route.ups.set_journey(tracking_number=done.shipment.tracking_number, kind=journey)
    return done


async def test_parcel_is_followed_until_delivered(route: Route) -> None:
    """Each news comes once, forwards in time, and it ends with the delivery."""
    async with route.open() as fulfiller:
        done = await shipped(route, fulfiller)
        news = [tracking async for tracking in fulfiller.follow()]
        assert [tracking async for tracking in fulfiller.follow()] == []
    statuses = [tracking.status for tracking in news]
    assert statuses[-1] is cc.TrackingStatus.DELIVERED
    assert cc.TrackingStatus.IN_TRANSIT in statuses
    assert {tracking.tracking_number for tracking in news} == {done.shipment.tracking_number}
    last = news[-1]
    assert last.delivered_at is not None
    assert last.delivered_at.tzinfo is not None
    moments = [event.occurred_at for event in last.events if event.occurred_at]
    assert moments == sorted(moments)
    assert len({event.key for event in last.events}) == len(last.events)


@pytest.mark.parametrize(
    ("journey", "met", "end"),
    [
        ("delayed", cc.TrackingStatus.EXCEPTION, cc.TrackingStatus.DELIVERED),
        ("attempted", cc.TrackingStatus.DELIVERY_ATTEMPTED, cc.TrackingStatus.DELIVERED),
        ("returned", cc.TrackingStatus.RETURN_TO_SENDER, cc.TrackingStatus.RETURNED),
    ],
)
async def test_journey_with_a_mishap_ends_where_it_ends(
    route: Route, journey: str, met: cc.TrackingStatus, end: cc.TrackingStatus
) -> None:
    """Delayed and attempted parcels arrive; a refused one is returned, and never said to be delivered."""
    async with route.open() as fulfiller:
        await shipped(route, fulfiller, journey=journey)
        news = [tracking async for tracking in fulfiller.follow()]
    seen = [event.status for tracking in news for event in tracking.events]
    assert news[-1].status is end
    assert met in seen
    if end is cc.TrackingStatus.RETURNED:
        assert cc.TrackingStatus.DELIVERED not in [tracking.status for tracking in news]


async def test_delay_says_why(route: Route) -> None:
    """Weather; and the promised day moves."""
    async with route.open() as fulfiller:
        await shipped(route, fulfiller, journey="delayed")
        news = [tracking async for tracking in fulfiller.follow()]
    reasons = {event.reason for event in news[-1].events}
    assert reasons & {cc.TrackingReason.WEATHER, cc.TrackingReason.DELAYED}


async def test_parcels_of_several_orders_are_followed_side_by_side(route: Route) -> None:
    """And the last one to arrive ends it."""
    async with route.open() as fulfiller:
        numbers = {
            journey: (await shipped(route, fulfiller, journey=journey)).shipment.tracking_number
            for journey in ("normal", "attempted", "returned")
        }
        last: dict[str, cc.TrackingStatus] = {}
        async for tracking in fulfiller.follow():
            last[tracking.tracking_number] = tracking.status
    assert last == {
        numbers["normal"]: cc.TrackingStatus.DELIVERED,
        numbers["attempted"]: cc.TrackingStatus.DELIVERED,
        numbers["returned"]: cc.TrackingStatus.RETURNED,
    }


async def test_number_that_the_carrier_denies_is_a_failure_beside_the_others(route: Route) -> None:
    """Two parcels of one order: one unknown, one under way; neither hides the other."""
    order_id = route.place({**MUG, "quantity": 2})
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        first = await fulfiller.ship(order, parcels=[box(some(order.lines[0], 1))])
        again = await route.order(fulfiller, order_id)
        second = await fulfiller.ship(again, parcels=[box(some(again.lines[0], 1))], key="2")
        route.ups.set_journey(tracking_number=first.shipment.tracking_number, kind="not_found")
        route.clock.advance(hours(12))
        found = {result.tracking_number: result for result in await fulfiller.track(order.ref)}
    failure, tracking = found[first.shipment.tracking_number], found[second.shipment.tracking_number]
    assert isinstance(failure, cc.TrackingFailure)
    assert isinstance(failure.error, cc.NotFoundError)
    assert isinstance(tracking, cc.Tracking)
    assert tracking.status is cc.TrackingStatus.IN_TRANSIT


async def test_following_outlives_the_process_and_lost_answers(route: Route) -> None:
    """What is followed is in the ledger; a carrier that is down for an hour costs nothing but the hour."""
    async with route.open() as fulfiller:
        await shipped(route, fulfiller)
    route.ups.add_fault(operation="*", kind="status", status=503, times=12)
    async with route.open() as fulfiller:
        news = [tracking async for tracking in fulfiller.follow()]
    assert news[-1].status is cc.TrackingStatus.DELIVERED


async def test_voided_parcel_is_followed_no_more(route: Route) -> None:
    """Nothing travels."""
    async with route.open() as fulfiller:
        done = await shipped(route, fulfiller)
        await fulfiller.void(done.ref)
        asked = sum(count for name, count in route.ups.calls.items() if name.startswith("track"))
        assert [tracking async for tracking in fulfiller.follow()] == []
        assert sum(count for name, count in route.ups.calls.items() if name.startswith("track")) == asked


async def test_carrier_is_asked_at_its_pace(route: Route) -> None:
    """A week of following one parcel is some dozen questions, not thousands."""
    async with route.open() as fulfiller:
        await shipped(route, fulfiller)
        began = route.clock.now()
        async for _ in fulfiller.follow():
            pass
        days = (route.clock.now() - began).total_seconds() / 86400
    asked = sum(count for name, count in route.ups.calls.items() if name.startswith("track"))
    assert days > 1
    assert asked <= days * 15


async def test_shop_is_told_of_each_event_once(route: Route) -> None:
    """The buyer sees on the order page where the parcel is, and reads nothing twice."""
    order_id = route.place()
    async with route.open() as fulfiller:
        await fulfiller.ship(await route.order(fulfiller, order_id), parcels=[box()])
        async for _ in fulfiller.follow():
            pass
    (shown,) = route.shop.orders()
    events = shown["fulfillments"][0]["events"]
    assert events[-1] == "DELIVERED"
    assert events.count("DELIVERED") == 1
    assert events.count("OUT_FOR_DELIVERY") == 1
