"""The end of the day with the real drivers: manifests, voids within and after the carrier's time, refunds."""

from datetime import timedelta

import pytest

import cartcarrier as cc
from cartcarrier.fulfillment import only
from tests.routes.desk import carriers, full_box, other_side, shipped
from tests.routes.route import START, Route, hours

TODAY = START.date()


async def test_the_day_is_closed_once_with_its_paper(route: Route) -> None:
    """A return and a label given back are not on it; what comes later has a form of its own."""
    async with route.open(carriers=carriers(route)) as fulfiller:
        order, first = await shipped(route, fulfiller, "usps")
        choose = only(cc.cheapest(), carriers=["usps"])
        await fulfiller.ship_return(order, parcels=[full_box(order)], key="back", choose=choose)
        other, _ = await shipped(route, fulfiller, "usps")
        await fulfiller.void(other.ref)
        (made,) = await fulfiller.manifest("usps:default", TODAY)
        assert await fulfiller.manifest("usps:default", TODAY) == []
        _, late = await shipped(route, fulfiller, "usps")
        (second,) = await fulfiller.manifest("usps:default", TODAY)
        known = await fulfiller.get_manifests("usps:default", TODAY)
    assert made.tracking_numbers == (first.shipment.tracking_number,)
    assert [paper.data[:4] for paper in made.documents] == [b"%PDF"]
    assert second.tracking_numbers == (late.shipment.tracking_number,)
    assert [one.id for one in known] == [made.id, second.id]


async def test_a_form_whose_answer_is_lost_is_made_once(route: Route) -> None:
    """By the driver's own second try, or by ours: the parcels are on one form."""
    usps = other_side(route, "usps")
    async with route.open(carriers=carriers(route, "usps")) as fulfiller:
        _, done = await shipped(route, fulfiller, "usps")
        usps.add_fault(operation="manifest", kind="drop_after", times=4)
        with pytest.raises(cc.OperationError):
            await fulfiller.manifest("usps:default", TODAY)
        assert await fulfiller.get_manifests("usps:default", TODAY) == []
        usps.faults.clear()
        assert await fulfiller.manifest("usps:default", TODAY) == []
        (known,) = await fulfiller.get_manifests("usps:default", TODAY)
        assert await fulfiller.manifest("usps:default", TODAY) == []
    assert known.tracking_numbers == (done.shipment.tracking_number,)


async def test_fedex_closes_ground_and_says_so_of_express(route: Route) -> None:
    """Its paper lists what the truck takes; there is nothing to close for Express."""
    async with route.open(carriers=carriers(route, "fedex")) as fulfiller:
        order_id = route.place()
        order = await route.order(fulfiller, order_id)
        await fulfiller.ship(order, parcels=[full_box(order)], choose=cc.fastest())
        with pytest.raises(cc.UnsupportedOperationError, match="Express"):
            await fulfiller.manifest("fedex:default", TODAY)
        _, ground = await shipped(route, fulfiller, "fedex")
        (made,) = await fulfiller.manifest("fedex:default", TODAY)
    assert made.tracking_numbers == (ground.shipment.tracking_number,)
    assert made.documents


async def test_ups_has_no_manifest(route: Route) -> None:
    """That is said, and is no empty day."""
    async with route.open(carriers=carriers(route)) as fulfiller:
        with pytest.raises(cc.UnsupportedOperationError):
            await fulfiller.manifest("ups:default", TODAY)


async def test_a_void_after_the_carriers_time_says_when_it_ended(route: Route) -> None:
    """UPS takes labels back for four weeks; asking later does no harm."""
    async with route.open(carriers=carriers(route, "ups")) as fulfiller:
        order, _ = await shipped(route, fulfiller, "ups")
        route.clock.advance(hours(24 * 40))
        result = await fulfiller.void(order.ref)
    assert result.status is cc.VoidStatus.REFUSED
    assert "takes labels back for 28 days, until 2026-12-22" in (result.message or "")


async def test_a_refund_that_takes_time_is_followed_and_settled_by_a_person(route: Route) -> None:
    """USPS tells that it was asked for, and never how it ended: the portal does, and a person reads that."""
    usps = other_side(route, "usps")
    async with route.open(carriers=carriers(route, "usps")) as fulfiller:
        order, done = await shipped(route, fulfiller, "usps")
        usps.set_journey(tracking_number=done.shipment.tracking_number, kind="untendered")
        await fulfiller.manifest("usps:default", TODAY)
        route.clock.advance(hours(24))
        result = await fulfiller.void(order.ref)
        assert result.status is cc.VoidStatus.REFUND_PENDING
        assert route.states() == ["refund_pending"]
        route.clock.advance(hours(24))
        report = await fulfiller.recover()
        (waiting,) = await fulfiller.check_refunds()
        assert [refund.status for refund in report.refunds] == [cc.VoidStatus.REFUND_PENDING]
        assert waiting.status is cc.VoidStatus.REFUND_PENDING
        route.clock.advance(timedelta(days=40).total_seconds())
        assert usps.refunds()[0]["decision"] == "APPROVED"
        await fulfiller.resolve(order.ref, outcome=cc.Voided())
        assert await fulfiller.check_refunds() == []
    assert route.states() == ["voided"]
    assert usps.spent()["net"] == {"USD": "0.00"}
