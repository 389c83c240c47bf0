"""A shop with three carriers at hand: what the tests of the shipping desk share."""

from typing import Any, TypeAlias

import cartcarrier as cc
from cartcarrier.fulfillment import only
from tests.routes.route import NEW_YORK, Route, box, some

Json: TypeAlias = Any
CARRIERS = ("ups", "fedex", "usps")
AURORA = {
    **NEW_YORK,
    "address1": "12 Elm St",
    "address2": "",
    "city": "Aurora",
    "province": "Colorado",
    "province_code": "CO",
    "zip": "80012",
}
LAKE = {
    **AURORA,
    "address1": "123 Lake St",
    "city": "Chicago",
    "province": "Illinois",
    "province_code": "IL",
    "zip": "60614",
}


def carriers(route: Route, *names: str) -> list[cc.Carrier]:
    """Open the drivers of these carriers, all three without names, on their simulators."""
    return [route.sandbox.carrier(name) for name in names or CARRIERS]


def other_side(route: Route, name: str) -> Json:
    """Return the simulator of a carrier."""
    return route.sandbox.simulator(name)


async def shipped(
    route: Route, fulfiller: cc.Fulfiller, carrier: str, *, address: Json = NEW_YORK, **more: Json
) -> tuple[cc.Order, cc.Shipped]:
    """Place an order and ship all of it with a carrier at its cheapest rate."""
    order_id = route.place(address=address)
    order = await route.order(fulfiller, order_id)
    done = await fulfiller.ship(
        order, parcels=[full_box(order)], choose=only(cc.cheapest(), carriers=[carrier]), **more
    )
    return order, done


def full_box(order: cc.Order) -> cc.Parcel:
    """Return a box with everything in it that was ordered."""
    return box(*(some(line, line.quantity) for line in order.lines))
