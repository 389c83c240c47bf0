"""The plain way, and the awkward shapes that still end well."""

from datetime import timedelta

import attrs
import pytest

import cartcarrier as cc
from tests.routes.route import LAMP, MUG, NEWARK, RENO, TORONTO, Route, box, some


async def test_order_is_rated_labelled_confirmed_and_followed(route: Route) -> None:
    """From open work to delivered, with one label, one confirmation, and nothing left open."""
    order_id = route.place(MUG, LAMP)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        quote = await fulfiller.quote(order, parcels=[box()])
        done = await fulfiller.ship(order, parcels=[box()], choose=cc.cheapest())
        assert done.choice is not None
        assert done.choice.rate.total == min(rate.total for rate in quote.rates)
        assert done.shipment.total == done.choice.rate.total
        assert done.shipment.parcels[0].label is not None
        assert done.fulfillment is not None
        assert await route.open_work(fulfiller) == []
        news = [tracking async for tracking in fulfiller.follow()]
    assert news[-1].status is cc.TrackingStatus.DELIVERED
    assert route.told(order_id) == [done.shipment.tracking_number]
    assert route.ups.spent()["net"] == {"USD": str(done.shipment.total.amount)} if done.shipment.total else False
    assert route.states() == ["confirmed"]
    assert route.work() == {order_id: "shipped"}
    route.audit(labels=1, fulfillments=1)


async def test_partial_stock_then_the_rest_under_another_key(route: Route) -> None:
    """Two of three mugs today; the third one and the lamp next week: two labels, two confirmations, every piece once."""
    order_id = route.place({**MUG, "quantity": 3}, LAMP)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        mug, lamp = order.lines
        first = await fulfiller.ship(order, parcels=[box(some(mug, 2))])
        assert route.work() == {order_id: "open"}
        again = await route.order(fulfiller, order_id)
        assert again.status is cc.OrderStatus.PARTIALLY_FULFILLED
        assert [line.unfulfilled_quantity for line in again.lines] == [1, 1]
        rest = await fulfiller.ship(again, parcels=[box(some(mug, 1), some(lamp, 1))], key="2")
        assert await route.open_work(fulfiller) == []
    assert route.told(order_id) == [first.shipment.tracking_number, rest.shipment.tracking_number]
    (shown,) = route.shop.orders()
    assert [[line["quantity"] for line in each["lines"]] for each in shown["fulfillments"]] == [[2], [1, 1]]
    assert [row["lines"] for row in route.shipments()] == [{mug.id: 2}, {mug.id: 1, lamp.id: 1}]
    route.audit(labels=2, fulfillments=2)


async def test_more_than_is_open_is_refused_before_anything(route: Route) -> None:
    """A parcel that claims pieces which another key covers would be shipped twice."""
    order_id = route.place({**MUG, "quantity": 3})
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        (mug,) = order.lines
        await fulfiller.ship(order, parcels=[box(some(mug, 2))])
        fresh = await route.order(fulfiller, order_id)
        with pytest.raises(cc.InvalidValueError) as caught:
            await fulfiller.ship(fresh, parcels=[box(some(mug, 2))], key="2")
    assert caught.value.field == "parcels[0].items[0].quantity"
    assert route.states() == ["confirmed"]
    route.audit(labels=1, fulfillments=1)


async def test_two_parcels_are_one_shipment_with_two_labels(route: Route) -> None:
    """Multi-piece: one purchase, each parcel its own label and number, and the channel knows both numbers."""
    order_id = route.place({**MUG, "quantity": 2}, LAMP)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        mug, lamp = order.lines
        done = await fulfiller.ship(order, parcels=[box(some(mug, 2)), box(some(lamp, 1), pounds="5")])
    numbers = [parcel.tracking_number for parcel in done.shipment.parcels]
    assert len(set(numbers)) == 2
    assert all(parcel.label is not None and parcel.label.data for parcel in done.shipment.parcels)
    assert sorted(route.told(order_id)) == sorted(numbers)
    assert route.ups.calls["ship"] == 1
    (shown,) = route.shop.orders()
    assert [line["remaining"] for line in shown["lines"]] == [0, 0]
    counts = route.shop.counts()
    route.audit(labels=2, fulfillments=counts["fulfillments"])  # type: ignore[arg-type]  # a number in a JSON document
    assert route.states() == ["confirmed"]


async def test_two_locations_are_two_shipments(route: Route) -> None:
    """Each place ships its own lines, from its own address."""
    order_id = route.place({**MUG, "quantity": 3, "locations": {RENO: 2, NEWARK: 1}})
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        (mug,) = order.lines
        with pytest.raises(cc.InvalidValueError) as caught:
            await fulfiller.ship(order, parcels=[box()])
        assert caught.value.field == "parcels.items"
        assert route.shipments() == []
        first = await fulfiller.ship(order, parcels=[box(some(mug, 2))], key="reno")
        again = await route.order(fulfiller, order_id)
        second = await fulfiller.ship(again, parcels=[box(some(mug, 1))], key="newark")
    (shown,) = route.shop.orders()
    assert [(each["location_id"], each["tracking"][0]["number"]) for each in shown["fulfillments"]] == [
        (RENO, first.shipment.tracking_number),
        (NEWARK, second.shipment.tracking_number),
    ]
    assert [row["location_id"] for row in route.shipments()] == [RENO, NEWARK]
    origins = [shipment["origin"]["postal_code"] for shipment in route.ups.world.shipments()]
    assert origins == ["89501", "07102"]
    route.audit(labels=2, fulfillments=2)


async def test_canada_is_declared_from_what_the_channel_knows(route: Route) -> None:
    """An order to Canada out of the open work needs nothing more: the shop has tariff number and origin of each article."""
    order_id = route.place(MUG, LAMP, address=TORONTO)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        done = await fulfiller.ship(order, parcels=[box()])
    (bought,) = route.ups.world.shipments()
    assert bought["international"]
    assert done.shipment.documents
    route.audit(labels=1, fulfillments=1)


async def test_quote_to_canada_needs_no_more_than_the_order(route: Route) -> None:
    """The price is asked before the label is bought, with the same order."""
    order_id = route.place(MUG, LAMP, address=TORONTO)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        assert (await fulfiller.quote(order, parcels=[box()])).rates


async def test_canada_is_declared_and_its_form_comes_back(route: Route) -> None:
    """Items with tariff number and origin reach the invoice; the invoice reaches the application."""
    order_id = route.place(MUG, LAMP, address=TORONTO)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        goods = [
            attrs.evolve(
                some(line, line.quantity), hs_code=str(shape["hs_code"]), country_of_origin=str(shape["origin"])
            )
            for line, shape in zip(order.lines, (MUG, LAMP), strict=True)
        ]
        done = await fulfiller.ship(order, parcels=[box(*goods)])
    documents = [*done.shipment.documents, *(each for parcel in done.shipment.parcels for each in parcel.documents)]
    assert [document.format.lower() for document in documents] == ["pdf"]
    assert documents[0].data.startswith(b"%PDF")
    (bought,) = route.ups.world.shipments()
    assert bought["international"]
    for shape, line in zip((MUG, LAMP), bought["invoice"]["products"], strict=True):
        assert str(shape["hs_code"]) in line
        assert str(shape["origin"]) in line
    assert route.states() == ["confirmed"]
    route.audit(labels=1, fulfillments=1)


async def test_border_without_an_origin_is_refused_before_buying(route: Route) -> None:
    """UPS would refuse the invoice; the field is named before anything is written down."""
    order_id = route.place({**MUG, "origin": None}, address=TORONTO)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.InvalidValueError) as caught:
            await fulfiller.ship(order, parcels=[box()])
    assert caught.value.field == "parcels.items.country_of_origin"
    assert route.shipments() == []
    route.audit(labels=0, fulfillments=0)


async def test_deadline_is_told_ahead(route: Route) -> None:
    """The channel's ship-by time is the priority."""
    order_id = route.place(fulfill_by="2026-11-24T12:00:00Z")
    calm = route.place(fulfill_by="2026-11-28T12:00:00Z")
    async with route.open() as fulfiller:
        assert set(await route.open_work(fulfiller)) == {order_id, calm}
        (risk,) = await fulfiller.deadlines_at_risk(within=timedelta(hours=4))
        assert risk.ref.order_id == order_id
        assert timedelta(hours=2) < risk.left < timedelta(hours=3)
