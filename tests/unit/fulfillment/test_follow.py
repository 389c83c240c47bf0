"""Where parcels are: asked at their pace, joined with what is known, told to the channel once."""

from datetime import date, timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartcarrier.errors import (
    AuthenticationError,
    NotFoundError,
    OperationError,
    RateLimitError,
    RejectedError,
    UnavailableError,
)
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment import _follow
from cartcarrier.fulfillment._parcels import next_look, was_seen
from cartcarrier.http import ManualClock
from cartcarrier.ledger import TrackingRow
from cartcarrier.models import (
    OrderRef,
    Tracking,
    TrackingEvent,
    TrackingFailure,
    TrackingStatus,
    TrackingUpdated,
    WebhookRequest,
    status_after,
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
    """Six hours at first, four on the way, half an hour when it is out; then nothing travels."""
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
    assert at == [timedelta(hours=6), timedelta(hours=10), timedelta(hours=10, minutes=30)]
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
    """A parcel that got lost must not be asked about for ever: its number will be another parcel's."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller)
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 1)]
        begun = clock.now()
        statuses = [tracking.status async for tracking in fulfiller.follow()]
    assert statuses == [TrackingStatus.IN_TRANSIT]
    assert timedelta(days=120) < clock.now() - begun < timedelta(days=123)


@pytest.mark.parametrize("announced", [True, False])
async def test_a_parcel_that_no_carrier_has_seen_is_given_up_and_said(
    world: World, open_fulfiller: Open, clock: ManualClock, caplog: pytest.LogCaptureFixture, announced: bool
) -> None:
    """That its label was announced is no scan; after a month the label is void, and somebody has paid for it."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller)
        world.scans[number] = [scan(TrackingStatus.PRE_TRANSIT, 1)] if announced else []
        begun = clock.now()
        async for _ in fulfiller.follow():
            pass
    assert timedelta(days=30) < clock.now() - begun < timedelta(days=33)
    assert [record.message for record in caplog.records if "NeverScanned" in record.message] == [
        "NeverScanned: 1F0001 of fakeshop:default/1001/1 is followed no more"
    ]
    assert world.calls["track"] < 100


async def test_a_carrier_over_its_limit_is_asked_no_more_in_that_round(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """All its parcels wait as long as it says, and no other question is wasted on the same limit."""
    async with open_fulfiller() as fulfiller:
        rows = [_followed(f"N{n}") for n in range(70)]
        world.add(order := make_order())
        await fulfiller._desk.ledger.record_orders([order], now=clock.now())
        await fulfiller._desk.ledger.follow_parcels(rows)
        limit = RateLimitError("later", provider="fakepost", operation="track", retry_after=timedelta(minutes=50))
        world.fail("track", limit)
        assert await _follow.ask_about_due(fulfiller._desk) == []
        assert world.calls["track"] == 1
        due = {row.due_at for row in await fulfiller._desk.ledger.list_parcels()}
        assert due == {clock.now() + timedelta(minutes=50)}
        clock.advance(3000)
        await _follow.ask_about_due(fulfiller._desk)
    assert world.calls["track"] == 4


def _followed(number: str) -> TrackingRow:
    return TrackingRow(ref=REF, key="1", carrier="fakepost:default", tracking_number=number, due_at=NOON)


async def test_a_push_that_comes_while_the_carrier_is_asked_is_not_lost(world: World, open_fulfiller: Open) -> None:
    """The answer was made before it: both are joined, and nothing is told twice."""
    channel = FakeChannel(world)
    async with open_fulfiller(channels=[channel]) as fulfiller:
        number = await _ship(world, fulfiller)
        pushed = scan(TrackingStatus.OUT_FOR_DELIVERY, 2)
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 1)]
        tracking = _tracking(number, pushed)
        channel.pushes = (TrackingUpdated(id="e1", account=channel.key, tracking=tracking),)

        async def push() -> None:
            del world.hooks["track"]
            await fulfiller.handle_webhook(channel.key, PUSH)

        world.hooks["track"] = push
        (found,) = await fulfiller.track(REF)
        (row,) = await fulfiller._desk.ledger.list_parcels(ref=REF)
    assert isinstance(found, Tracking)
    assert row.tracking == found
    assert found.status is TrackingStatus.OUT_FOR_DELIVERY
    assert sorted(key for _, key in world.posted) == ["in_transit-1", "out_for_delivery-2"]


async def test_a_scan_that_the_channel_refuses_for_good_blocks_no_later_one(world: World, open_fulfiller: Open) -> None:
    """The buyer sees the delivery although the shop did not like the depot."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller)
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 1), scan(TrackingStatus.DELIVERED, 2)]
        world.fail("post_tracking_event", RejectedError("no", provider="fakeshop", operation="post"))
        await fulfiller.track(REF)
        await fulfiller.track(REF)
    assert [key for _, key in world.posted] == ["delivered-2"]
    assert world.calls["post_tracking_event"] == 2


async def test_a_code_that_nobody_knows_is_not_told_to_the_buyer(world: World, open_fulfiller: Open) -> None:
    """It means nothing to anybody yet."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller)
        world.scans[number] = [scan(TrackingStatus.UNKNOWN, 1), scan(TrackingStatus.IN_TRANSIT, 2)]
        await fulfiller.track(REF)
    assert [key for _, key in world.posted] == ["in_transit-2"]


async def test_an_estimate_that_moves_is_news(world: World, open_fulfiller: Open) -> None:
    """Without any new scan; the carrier's answer of now replaces what it said before, whether it is later or earlier."""
    async with open_fulfiller() as fulfiller:
        number = await _ship(world, fulfiller)
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 1)]
        seen: list[object] = []
        for day in (9, 12, 10):
            world.estimates[number] = date(2026, 1, day)
            (found,) = await fulfiller.track(REF)
            assert isinstance(found, Tracking)
            seen.append(found.estimated_delivery)
        world.estimates.clear()
        (found,) = await fulfiller.track(REF)
        assert isinstance(found, Tracking)
    assert seen == [date(2026, 1, 9), date(2026, 1, 12), date(2026, 1, 10)]
    assert found.estimated_delivery == date(2026, 1, 10)


async def test_an_old_push_does_not_move_the_estimate_back(world: World, open_fulfiller: Open) -> None:
    """It may have been on its way for hours; with newer scans it is believed."""
    channel = FakeChannel(world)
    async with open_fulfiller(channels=[channel]) as fulfiller:
        number = await _ship(world, fulfiller)
        world.scans[number] = [scan(TrackingStatus.IN_TRANSIT, 3)]
        world.estimates[number] = date(2026, 1, 12)
        await fulfiller.track(REF)
        estimates: list[object] = []
        for hour, day in ((3, 9), (2, 8), (4, 13)):
            pushed = attrs.evolve(
                _tracking(number, scan(TrackingStatus.IN_TRANSIT, hour)), estimated_delivery=date(2026, 1, day)
            )
            channel.pushes = (TrackingUpdated(id=f"e{hour}", account=channel.key, tracking=pushed),)
            await fulfiller.handle_webhook(channel.key, PUSH)
            (row,) = await fulfiller._desk.ledger.list_parcels(ref=REF)
            assert row.tracking is not None
            estimates.append(row.tracking.estimated_delivery)
    assert estimates == [date(2026, 1, 12), date(2026, 1, 12), date(2026, 1, 13)]


def _tracking(number: str, *events: TrackingEvent) -> Tracking:
    status = status_after(events) or TrackingStatus.UNKNOWN
    return Tracking(carrier="fakepost:default", tracking_number=number, status=status, events=events)


OUT, WAY, END = TrackingStatus.OUT_FOR_DELIVERY, TrackingStatus.IN_TRANSIT, TrackingStatus.DELIVERED


@pytest.mark.parametrize(
    ("status", "hours_ago", "estimate", "pace"),
    [
        (OUT, 1, None, timedelta(minutes=30)),
        (WAY, 1, None, timedelta(hours=4)),
        (WAY, 1, date(2026, 1, 9), timedelta(hours=4)),
        (WAY, 1, date(2026, 1, 5), timedelta(hours=1)),
        (WAY, 1, NOON + timedelta(hours=11), timedelta(hours=1)),
        (WAY, 1, NOON + timedelta(hours=13), timedelta(hours=4)),
        (WAY, 1, NOON - timedelta(hours=25), timedelta(hours=4)),
        (TrackingStatus.EXCEPTION, 1, None, timedelta(hours=2)),
        (WAY, 24 * 4, None, timedelta(hours=8)),
        (OUT, 24 * 11, date(2026, 1, 5), timedelta(days=1)),
        (WAY, 24 * 122, None, None),
        (END, 1, None, None),
        (TrackingStatus.RETURNED, 1, None, None),
        (TrackingStatus.CANCELLED, 1, None, None),
    ],
    ids=[
        "out for delivery",
        "on the way",
        "expected in days",
        "expected today",
        "expected tonight",
        "expected tomorrow",
        "overdue for a day",
        "held up",
        "silent for days",
        "silent for weeks",
        "silent for months",
        "delivered",
        "returned",
        "cancelled",
    ],
)
def test_a_parcel_is_asked_about_as_often_as_something_may_happen(
    status: TrackingStatus, hours_ago: int, estimate: date | None, pace: timedelta | None
) -> None:
    """More often when it is about to arrive, less often after long silence, never after its end."""
    known = attrs.evolve(_tracking("1", scan(status, -hours_ago)), estimated_delivery=estimate)
    assert next_look(known, NOON) == (None if pace is None else NOON + pace)


def test_a_code_that_is_not_known_is_a_scan_all_the_same() -> None:
    """Whoever scanned it has it."""
    assert was_seen(_tracking("1", scan(TrackingStatus.UNKNOWN, 1)))
    assert not was_seen(_tracking("1", scan(TrackingStatus.PRE_TRANSIT, 1), TrackingEvent(key="note")))
    assert not was_seen(None)


STATUSES = st.sampled_from([None, *TrackingStatus])


@settings(deadline=None)
@given(st.data(), st.lists(STATUSES, min_size=1, max_size=8))
def test_pulls_and_pushes_in_any_order_lead_to_one_state(
    data: st.DataObject, journey: list[TrackingStatus | None]
) -> None:
    """However often and in whatever order they come, what is known is what all scans together say."""
    events = [
        TrackingEvent(status=s, occurred_at=NOON + timedelta(hours=n), key=f"k{n}") for n, s in enumerate(journey)
    ]
    pulls = [_tracking("1", *events[: n + 1]) for n in range(len(events))]
    pushes = [_tracking("1", event) for event in events]
    deliveries = data.draw(st.permutations([*((p, True) for p in pulls), *((p, False) for p in pushes)]))
    again = data.draw(st.lists(st.sampled_from(deliveries), max_size=5))
    known: Tracking | None = None
    for news, asked in [*deliveries, *again]:
        known = _follow._joined(known, news, asked=asked)
    assert known is not None
    assert list(known.events) == events
    assert known.status is (status_after(events) or TrackingStatus.UNKNOWN)


@given(st.lists(STATUSES, max_size=6), st.lists(STATUSES, max_size=6))
def test_a_delivery_is_left_by_a_correction_only(
    before: list[TrackingStatus | None], after: list[TrackingStatus | None]
) -> None:
    """A depot scan that comes late does not put a parcel back on the way; on the way back a delivery is a return."""
    journey = [*before, TrackingStatus.DELIVERED, *after]
    events = [
        TrackingEvent(status=s, occurred_at=NOON + timedelta(hours=n), key=f"k{n}") for n, s in enumerate(journey)
    ]
    status = status_after(events)
    corrections = {
        TrackingStatus.EXCEPTION,
        TrackingStatus.DELIVERY_ATTEMPTED,
        TrackingStatus.RETURN_TO_SENDER,
        TrackingStatus.RETURNED,
    }
    if not corrections & {*before, *after}:
        assert status is TrackingStatus.DELIVERED
    if TrackingStatus.RETURN_TO_SENDER in before:
        assert status is TrackingStatus.RETURNED
