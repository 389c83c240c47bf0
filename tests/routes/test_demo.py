"""The demo's day: sixty orders as they come, most of them plain, some of them awkward, and six that change under way."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import attrs

import cartcarrier as cc
from tests.routes.route import NEWARK, RENO, Route, box, some

# What the shop sells, with what customs ask: an application knows its own goods.
CUSTOMS = {
    "MUG-RED-01": ("691200", "PT"),
    "TEE-BLK-M": ("610910", "IN"),
    "LAMP-7": ("940521", "CN"),
    "BOOK-EN": ("490199", "US"),
    "SOAP-3": ("340111", "FR"),
}


def plans(order: cc.Order) -> Iterator[cc.ShipPlan]:
    """One parcel for each place that ships something of the order."""
    places = dict.fromkeys(share.location_id for share in order.allocations if share.quantity)
    for place in places:
        goods = []
        for line in order.lines:
            pieces = sum(
                share.quantity for share in order.allocations if share.line_id == line.id and share.location_id == place
            )
            if pieces and line.requires_shipping:
                code, origin = CUSTOMS.get(line.sku or "", (None, "US"))
                goods.append(attrs.evolve(some(line, pieces), hs_code=code, country_of_origin=origin))
        if goods:
            yield cc.ShipPlan(order=order, parcels=(box(*goods),), key=str(place)[-4:], location_id=place)


async def test_sixty_awkward_orders_go_the_whole_way(route: Route, tmp_path: Path) -> None:
    """What can be shipped is, once, and its label opens; what cannot is refused by name; nothing is in between."""
    order_ids = route.shop.seed_orders(60, seed=2)
    route.clock.advance(30)
    async with route.open() as fulfiller:
        orders = {order.id: order async for order in fulfiller.orders()}
        plain = [order_id for order_id, order in orders.items() if len(list(plans(order))) == 1][:5]
        cancelled, held, moved_in, edited, asked = plain
        route.shop.cancel(cancelled)
        route.shop.hold(held)
        route.shop.edit_address(moved_in, address1="11 Wall St", city="New York", province_code="NY", zip="10005")
        route.shop.edit_quantity(edited, 0, 9)
        route.shop.set_request_status(str(route.shop.fulfillment_orders(asked)[0]["id"]), "CANCELLATION_REQUESTED")
        wanted = [plan for order in orders.values() for plan in plans(order)]
        shipped: list[cc.Shipped] = []
        refused: list[cc.ShipFailure] = []
        async for result in fulfiller.ship_many(wanted):
            if isinstance(result, cc.Shipped):
                shipped.append(result)
            else:
                refused.append(result)
        left = await route.open_work(fulfiller)
        news = [tracking async for tracking in fulfiller.follow()]
    assert len(shipped) + len(refused) == len(wanted) > 40
    changed = {each.plan.order.id for each in refused if isinstance(each.error, cc.OrderChangedError)}
    assert changed >= {cancelled, held, moved_in, edited, asked}
    others = [each for each in refused if each.plan.order.id not in plain]
    for each in others:
        # UPS refuses the street, or the library says before that UPS's labels cannot show or hold the name.
        assert isinstance(each.error, cc.RejectedError | cc.InvalidValueError), each.error
        assert each.error.code if isinstance(each.error, cc.RejectedError) else each.error.field
    assert {each.plan.order.id for each in others} <= set(left), "what was refused is still open work"
    assert {moved_in, edited} <= set(left)
    assert not {cancelled, held, asked} & set(left)
    numbers = Counter(parcel.tracking_number for each in shipped for parcel in each.shipment.parcels)
    assert set(numbers.values()) == {1}
    assert {number for order_id in order_ids for number in route.told(order_id)} == set(numbers)
    route.audit(labels=len(numbers), fulfillments=len(shipped))
    for done in shipped:
        label = done.shipment.parcels[0].label
        assert label is not None
        assert label.save(tmp_path / done.shipment.tracking_number).stat().st_size > 100
        assert done.choice is not None
        assert done.choice.reason
    assert {tracking.tracking_number for tracking in news if tracking.status is cc.TrackingStatus.DELIVERED} == set(
        numbers
    )
    crossed = [
        each for each in shipped if any(d for d in (*each.shipment.documents, *each.shipment.parcels[0].documents))
    ]
    assert crossed, "the mix holds orders to Canada, and their forms come back"


async def test_shares_of_one_order_from_two_places_ship_side_by_side(route: Route) -> None:
    """Planned from one reading of the order, for each place its own key: none waits for the other, both are told."""
    route.place(
        {"sku": "MUG-RED-01", "title": "Mug", "quantity": 3, "price": "9.00", "locations": {RENO: 2, NEWARK: 1}}
    )
    async with route.open() as fulfiller:
        (order,) = [order async for order in fulfiller.orders()]
        results = [result async for result in fulfiller.ship_many(list(plans(order)))]
        assert [type(result) for result in results] == [cc.Shipped, cc.Shipped]
        assert await route.open_work(fulfiller) == []
    route.audit(labels=2, fulfillments=2)
