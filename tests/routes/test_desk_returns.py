"""The way back with each carrier: bought once, told to no shop, found again after a lost answer."""

import pytest

import cartcarrier as cc
from cartcarrier.fulfillment import only
from tests.routes.desk import CARRIERS, carriers, full_box, other_side, shipped
from tests.routes.route import Route, warehouse


@pytest.mark.parametrize("name", CARRIERS)
async def test_a_return_of_each_carrier_is_bought_once_and_told_to_nobody(route: Route, name: str) -> None:
    """The shop knows of the way there only, and the order stays shipped."""
    async with route.open(carriers=carriers(route)) as fulfiller:
        order, there = await shipped(route, fulfiller, name)
        choose = only(cc.cheapest(), carriers=[name])
        back = await fulfiller.ship_return(order, parcels=[full_box(order)], key="back", choose=choose)
        again = await fulfiller.ship_return(order.ref, parcels=[full_box(order)], key="back", choose=choose)
        row = await fulfiller._desk.row(order.ref, "back")
        assert await route.open_work(fulfiller) == []
    assert back.shipment.is_return
    assert again.shipment.tracking_number == back.shipment.tracking_number != there.shipment.tracking_number
    assert row.request is not None
    assert row.request.ship_to == warehouse()
    assert route.told(order.id) == [there.shipment.tracking_number]
    assert route.states() == ["confirmed", "bought"]
    assert len(other_side(route, name).labels()) == 2


@pytest.mark.parametrize("name", CARRIERS)
async def test_a_lost_answer_of_a_return_buys_nothing_twice(route: Route, name: str) -> None:
    """Looked for as on the way there."""
    simulator = other_side(route, name)
    async with route.open(carriers=carriers(route, name)) as fulfiller:
        order, _ = await shipped(route, fulfiller, name)
        before = simulator.calls["ship"]
        simulator.add_fault(operation="ship", kind="drop_after", times=1)
        back = await fulfiller.ship_return(order, parcels=[full_box(order)], key="back")
    assert back.shipment.is_return
    assert simulator.calls["ship"] == before + (
        1 if name == "ups" else 2
    )  # found; cancelled and bought anew; sent again
    live = [label for label in simulator.labels() if not label["voided"]]
    assert len(live) == 2
    assert simulator.duplicates() == {}


async def test_a_return_is_given_back_where_the_carrier_does_that(route: Route) -> None:
    """USPS says that an unused one costs nothing; the order stays shipped in both cases."""
    async with route.open(carriers=carriers(route)) as fulfiller:
        order, _ = await shipped(route, fulfiller, "ups")
        for name in ("fedex", "usps"):
            choose = only(cc.cheapest(), carriers=[name])
            await fulfiller.ship_return(order, parcels=[full_box(order)], key=name, choose=choose)
        given_back = await fulfiller.void(order.ref, key="fedex")
        refused = await fulfiller.void(order.ref, key="usps")
        assert await route.open_work(fulfiller) == []
    assert given_back.status is cc.VoidStatus.VOIDED
    assert refused.status is cc.VoidStatus.REFUSED
    assert "until they are used" in (refused.message or "")
    assert set(route.work().values()) == {"shipped"}
