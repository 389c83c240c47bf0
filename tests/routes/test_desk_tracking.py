"""Parcels of three carriers on their way: news, delays, papers, pushes."""

from collections.abc import Sequence

import pytest

import cartcarrier as cc
from cartcarrier.fulfillment import NeverScanned
from tests.routes.desk import CARRIERS, carriers, other_side, shipped
from tests.routes.route import START, Route, hours


@pytest.mark.parametrize("name", CARRIERS)
async def test_a_parcel_of_each_carrier_is_followed_to_its_door(route: Route, name: str) -> None:
    """Asked a few dozen times, told to the shop once for each scan, and no code is strange to us."""
    async with route.open(carriers=carriers(route, name)) as fulfiller:
        order, done = await shipped(route, fulfiller, name)
        other_side(route, name).set_journey(tracking_number=done.shipment.tracking_number, kind="normal")
        news = [tracking async for tracking in fulfiller.follow()]
        assert await fulfiller.unknown_tracking_codes() == []
        assert await fulfiller.late_parcels() == []
    assert news[-1].status is cc.TrackingStatus.DELIVERED
    (shown,) = route.shop.orders()
    events = shown["fulfillments"][0]["events"]
    assert events[-1] == "DELIVERED"
    assert events.count("DELIVERED") == 1
    assert order.id == shown["id"]


@pytest.mark.parametrize("name", CARRIERS)
async def test_a_delay_is_known_before_the_promise_is_over(
    route: Route, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The rate had promised a day, the carrier's estimate moves beyond it: the desk hears of it before the buyer asks."""
    async with route.open(carriers=carriers(route, name)) as fulfiller:
        order, done = await shipped(route, fulfiller, name)
        other_side(route, name).set_journey(tracking_number=done.shipment.tracking_number, kind="delayed")
        record = await fulfiller.get_choice(order.ref)
        news = [tracking async for tracking in fulfiller.follow()]
    assert record is not None
    assert record.promised is not None
    assert news[-1].delivered_at is not None
    said = [line.message for line in caplog.records if line.message.startswith("ParcelLate")]
    assert news[-1].delivered_at > record.promised
    assert ["is expected by" in line for line in said] == [True, False], (
        "said ahead, and once more when the promise is over"
    )
    assert "has not arrived" in said[1]


async def test_a_paper_shows_who_took_it(route: Route) -> None:
    """Where the carrier gives one out; a failure stands beside the others."""
    async with route.open(carriers=carriers(route)) as fulfiller:
        papers: dict[str, tuple[cc.OrderRef, str]] = {}
        for name in CARRIERS:
            order, done = await shipped(route, fulfiller, name)
            number = done.shipment.tracking_number
            other_side(route, name).set_journey(tracking_number=number, kind="normal")
            assert isinstance((await fulfiller.proof_of_delivery(order.ref))[number], cc.TrackingFailure)
            papers[name] = (order.ref, number)
        async for _ in fulfiller.follow():
            pass
        found = {name: (await fulfiller.proof_of_delivery(ref))[number] for name, (ref, number) in papers.items()}
    assert isinstance(found["ups"], cc.Document)
    assert isinstance(found["fedex"], cc.Document)
    assert isinstance(found["usps"], cc.TrackingFailure)


async def test_a_label_that_never_left_the_desk_is_found(route: Route) -> None:
    """It is paid for, the shop believes that it left, and nobody has seen it."""
    async with route.open(carriers=carriers(route, "ups")) as fulfiller:
        order, done = await shipped(route, fulfiller, "ups")
        route.ups.set_journey(tracking_number=done.shipment.tracking_number, kind="untendered")
        route.clock.advance(hours(24 * 4))
        await fulfiller.track(order.ref)
        (late,) = await fulfiller.late_parcels()
        async for _ in fulfiller.follow():
            pass
        findings: Sequence[object] = [finding async for finding in fulfiller.reconcile(START)]
    assert late.why == "unseen"
    (finding,) = findings
    assert isinstance(finding, NeverScanned)
    assert done.shipment.tracking_number in finding.what
