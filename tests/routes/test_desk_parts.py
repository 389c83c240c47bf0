"""Four parcels are four purchases at USPS, and the third fails: what is bought can be kept, or given back."""

from typing import Any

import pytest

import cartcarrier as cc
from cartcarrier.fulfillment import only
from tests.routes.desk import carriers, other_side
from tests.routes.route import Route, box, some

LINE = {"sku": "MUG-1", "title": "Mug", "quantity": 4, "price": "12.50", "weight_grams": 350}


async def third_fails(route: Route, fulfiller: cc.Fulfiller) -> tuple[cc.Order, dict[str, Any], Any]:
    """Buy two of four labels; USPS refuses the third."""
    usps = other_side(route, "usps")
    order = await route.order(fulfiller, route.place(LINE))
    how: dict[str, Any] = {
        "parcels": [box(some(order.lines[0], 1)) for _ in range(4)],
        "choose": only(cc.cheapest(), carriers=["usps"]),
    }
    usps.add_fault(operation="ship", kind="status", status=400, skip=2, times=1)
    with pytest.raises(cc.RejectedError):
        await fulfiller.ship(order, **how)
    assert len(live(usps)) == 2
    assert route.told(order.id) == []
    return order, how, usps


def live(usps: Any) -> list[str]:
    """Return the numbers of the labels that are paid for."""
    return [label["tracking_number"] for label in usps.labels() if not label["voided"]]


async def test_what_was_bought_is_kept_and_the_rest_is_bought_under_the_same_key(route: Route) -> None:
    """Four labels in all, told in one confirmation."""
    async with route.open(carriers=carriers(route, "usps")) as fulfiller:
        order, how, usps = await third_fails(route, fulfiller)
        first_two = live(usps)
        done = await fulfiller.ship(order, **how)
    assert len(live(usps)) == 4
    assert [parcel.tracking_number for parcel in done.shipment.parcels[:2]] == first_two
    assert sorted(route.told(order.id)) == sorted(live(usps))


async def test_what_was_bought_is_given_back_and_the_order_is_open(route: Route) -> None:
    """Nothing of it is paid for any more, and the order can be shipped otherwise under another key."""
    async with route.open(carriers=carriers(route, "usps", "ups")) as fulfiller:
        order, how, usps = await third_fails(route, fulfiller)
        result = await fulfiller.void(order.ref)
        assert result.status in {cc.VoidStatus.VOIDED, cc.VoidStatus.REFUND_PENDING}
        assert live(usps) == []
        how["choose"] = only(cc.cheapest(), carriers=["ups"])
        done = await fulfiller.ship(order, key="2", **how)
    assert live(usps) == []
    assert sorted(route.told(order.id)) == sorted(parcel.tracking_number for parcel in done.shipment.parcels)
