"""Where parcels are: asked at their pace, joined with what is known, told to the channel once."""

from datetime import timedelta

import pytest

from cartcarrier.errors import AuthenticationError, NotFoundError, OperationError, UnavailableError
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.http import ManualClock
from cartcarrier.models import (
    OrderRef,
    Tracking,
    TrackingEvent,
    TrackingFailure,
    TrackingStatus,
    TrackingUpdated,
    WebhookRequest,
)
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import NOON, AdoptCarrier, FakeChannel, World, make_order, make_parcel

REF = OrderRef(channel="fakeshop:default", order_id="1001")
PUSH = WebhookRequest(method="POST", url="https://hooks.example", headers={}, body=b"{}")


def scan(status: TrackingStatus, hour: int) -> TrackingEvent:
    """A scan some hours after noon."""
    return TrackingEvent(status=status, occurred_at=NOON + timedelta(hours=hour), key=f"{status}-{hour}")


async def _ship(world: World, fulfiller: Fulfiller) -> str:
    world.add(order := make_order())
    done = await fulfiller.ship(order, parcels=[make_parcel()])
    return done.shipment.tracking_number


async def test_follow_yields_news_at_each_status_pace_and_ends_with_the_delivery(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Two hours at first, four on the way, half an hour when it is out; then nothing travels."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller)
        begun = clock.now()
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 1)]
        at: list[timedelta] = []
        async for tracking in fulfiller.follow():
            at.append(clock.now() - begun)
            if tracking.status is TrackingStatus.IN_TRANSIT:
                world.scans[number].append(scan(TrackingStatus.OUT_FOR_DELIVERY, 5))
            if tracking.status is TrackingStatus.OUT_FOR_DELIVERY:
                world.scans[number].append(scan(TrackingStatus.DELIVERED, 6))
    assert at == [timedelta(hours=2), timedelta(hours=6), timedelta(hours=6, minutes=30)]
    assert world.calls["track"] == 3


async def test_the_channel_is_told_each_scan_once(world: World, open_fulfiller: Open) -> None:
    """What it has been told is remembered over processes."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller)
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 1), TrackingEvent(key="a note")]
        await fulfiller.track(REF)
    async with open_fulfiller() as fulfiller:
        world.scans[number].append(scan(TrackingStatus.DELIVERED, 2))
        await fulfiller.track(REF)
        await fulfiller.track(REF)
    assert [key for _, key in world.posted] == ["in_transit-1", "delivered-2"]


async def test_a_channel_that_cannot_be_told_loses_no_tracking(world: World, open_fulfiller: Open) -> None:
    """It is told with the next news."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller)
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 1)]
        world.fail("post_tracking_event", UnavailableError("down", provider="fakeshop", operation="post"))
        (found,) = await fulfiller.track(REF)
        assert isinstance(found, Tracking)
        assert world.posted == []
        await fulfiller.track(REF)
    assert len(world.posted) == 1


async def test_news_are_joined_with_what_is_known(world: World, open_fulfiller: Open) -> None:
    """A carrier that forgets old scans does not make us forget."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller)
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 1)]
        await fulfiller.track(REF)
        world.scans[number] = [scan(TrackingStatus.OUT_FOR_DELIVERY, 2)]
        (found,) = await fulfiller.track(REF)
    assert isinstance(found, Tracking)
    assert [event.key for event in found.events] == ["in_transit-1", "out_for_delivery-2"]
    assert found.status is TrackingStatus.OUT_FOR_DELIVERY


@pytest.mark.parametrize("error", [NotFoundError, AuthenticationError])
async def test_a_parcel_that_cannot_be_followed_is_a_result(
    world: World, open_fulfiller: Open, error: type[NotFoundError]
) -> None:
    """One number, or a whole carrier, that fails hides no other's."""
    carriers = [AdoptCarrier(world, "one"), AdoptCarrier(world, "two", price="1")]
    async with open_fulfiller(carriers=carriers) as fulfiller:
        await _ship(world, fulfiller)
        world.fail("track", error("no", provider="fakepost", operation="track"))
        (found,) = await fulfiller.track(REF)
    assert isinstance(found, TrackingFailure)
    assert isinstance(found.error, error)


async def test_a_carrier_that_is_gone_is_a_failure_of_its_parcels(world: World, open_fulfiller: Open) -> None:
    """An account that was closed does not break the others."""
    async with open_fulfiller() as fulfiller:
        await _ship(world, fulfiller)
    async with open_fulfiller(carriers=[AdoptCarrier(world, "other")]) as fulfiller:
        (found,) = await fulfiller.track(REF)
    assert isinstance(found, TrackingFailure)
    assert type(found.error) is OperationError


async def test_a_failing_carrier_is_asked_again_later(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """Not in a busy loop, and not never."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller)
        for _ in range(3):
            world.fail("track", UnavailableError("down", provider="fakepost", operation="track"))
        world.scans[number] = [scan(TrackingStatus.DELIVERED, 1)]
        assert [t.status async for t in fulfiller.follow()] == [TrackingStatus.DELIVERED]
    assert world.calls["track"] == 4
    assert clock.now() >= NOON + timedelta(hours=2)


async def test_a_push_joins_the_parcel_and_is_dropped_the_second_time(world: World, open_fulfiller: Open) -> None:
    """Pull and push say the same of the same scan; a repeated delivery is no news."""
    channel = FakeChannel(world)
    async with open_fulfiller(channels=[channel]) as fulfiller:
        number = await _ship(world, fulfiller)
        event = scan(TrackingStatus.IN_TRANSIT, 1)
        pushed = Tracking(
            carrier="fakepost:default", tracking_number=number, status=TrackingStatus.IN_TRANSIT, events=[event]
        )
        channel.pushes = (TrackingUpdated(id="e1", account=channel.key, tracking=pushed),)
        first = await fulfiller.handle_webhook(channel.key, PUSH)
        second = await fulfiller.handle_webhook(channel.key, PUSH)
        world.scans[number] = [event]
        (found,) = await fulfiller.track(REF)
    assert (len(first.events), len(second.events)) == (1, 0)
    assert isinstance(found, Tracking)
    assert found.events == (event,)
    assert len(world.posted) == 1


async def test_a_parcel_without_news_is_given_up(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """A label that was never used must not be asked about for ever: its number will be another parcel's."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller)
        world.scans[number] = [scan(TrackingStatus.PRE_TRANSIT, 1)]
        begun = clock.now()
        statuses = [tracking.status async for tracking in fulfiller.follow()]
    assert statuses == [TrackingStatus.PRE_TRANSIT]
    assert timedelta(days=120) < clock.now() - begun < timedelta(days=123)


async def test_a_parcel_that_the_carrier_never_knew_is_given_up(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Without any answer the day of the label counts."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller)
        world.scans[number] = []
        begun = clock.now()
        async for _ in fulfiller.follow():
            pass
    assert clock.now() - begun < timedelta(days=123)
