"""Orders change while one works: found before buying, nothing is bought; found after, the label is dealt with and said."""

import pytest

import cartcarrier as cc
from cartcarrier.sandbox import Fault, FaultKind
from tests.routes.route import LAMP, MUG, NEWARK, Route, box, some


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Both: what is cancelled, waits or runs side by side here depends on the loop."""
    return str(request.param)


CHANGES = {
    "cancelled": lambda shop, order_id: shop.cancel(order_id),
    "held": lambda shop, order_id: shop.hold(order_id),
    "address": lambda shop, order_id: shop.edit_address(order_id, address1="11 Wall St", zip="10005"),
    "address, shares lag behind": lambda shop, order_id: shop.edit_address(
        order_id, propagate=False, address1="11 Wall St", zip="10005"
    ),
    "quantity": lambda shop, order_id: shop.edit_quantity(order_id, 0, 1),
    "quantity up": lambda shop, order_id: shop.edit_quantity(order_id, 0, 3),
    "moved": lambda shop, order_id: shop.move(shop.fulfillment_orders(order_id)[0]["id"], NEWARK),
    "cancellation asked": lambda shop, order_id: shop.set_request_status(
        shop.fulfillment_orders(order_id)[0]["id"], "CANCELLATION_REQUESTED"
    ),
}
WORDS = {
    "cancelled": "cancelled",
    "held": "on hold",
    "address": "address",
    "address, shares lag behind": "address",
    "quantity": "quantity",
    "quantity up": "quantity",
    "moved": "location",
    "cancellation asked": "cancellation requested",
}


@pytest.mark.parametrize("change", CHANGES)
async def test_change_between_reading_and_buying_buys_nothing(route: Route, change: str) -> None:
    """The order is read again before the carrier is asked for anything that costs."""
    order_id = route.place({**MUG, "quantity": 2})
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        CHANGES[change](route.shop, order_id)
        with pytest.raises(cc.OrderChangedError) as caught:
            await fulfiller.ship(order, parcels=[box()])
    assert any(WORDS[change] in said for said in caught.value.changes), caught.value.changes
    assert not caught.value.label_bought
    assert "Canary" not in str(caught.value)
    assert "Wall" not in str(caught.value)
    assert route.ups.calls["ship"] == 0
    assert route.shipments() == []
    route.audit(labels=0, fulfillments=0)


async def test_changed_order_ships_when_it_is_looked_at_again(route: Route) -> None:
    """To the new address, with the new quantity."""
    order_id = route.place({**MUG, "quantity": 3})
    async with route.open() as fulfiller:
        stale = await route.order(fulfiller, order_id)
        route.shop.edit_address(order_id, address1="11 Wall St", zip="10005")
        route.shop.edit_quantity(order_id, 0, 2)
        route.clock.advance(5)
        with pytest.raises(cc.OrderChangedError):
            await fulfiller.ship(stale, parcels=[box()])
        fresh = await route.order(fulfiller, order_id)
        await fulfiller.ship(fresh, parcels=[box()])
        assert await route.open_work(fulfiller) == []
    (bought,) = route.ups.world.shipments()
    assert bought["destination"]["postal_code"].startswith("10005")
    (shown,) = route.shop.orders()
    assert [line["quantity"] for line in shown["fulfillments"][0]["lines"]] == [2]
    route.audit(labels=1, fulfillments=1)


async def test_released_hold_ships(route: Route) -> None:
    """What waits is not yielded; what waits no longer is."""
    order_id = route.place()
    route.shop.hold(order_id)
    async with route.open() as fulfiller:
        assert await route.open_work(fulfiller) == []
        route.shop.release(order_id)
        route.clock.advance(5)
        await fulfiller.ship(await route.order(fulfiller, order_id), parcels=[box()])
    route.audit(labels=1, fulfillments=1)


class _Meanwhile:
    """Lets something happen at the shop at the moment at which UPS has sold the label."""

    def __init__(self, route: Route, change: str, order_id: str) -> None:
        self._route = route
        self._original = route.ups.count_call
        self._change = change
        self._order_id = order_id
        route.ups.count_call = self._count  # type: ignore[method-assign]  # the front door calls it before the platform acts

    def _count(self, operation: str) -> None:
        self._original(operation)
        if operation == "ship":
            CHANGES[self._change](self._route.shop, self._order_id)


@pytest.mark.parametrize("change", ["held", "address", "quantity", "cancellation asked"])
async def test_change_after_buying_keeps_the_label_and_tells_nobody(route: Route, change: str) -> None:
    """The label is on record, the channel is not told, and a person decides: here, to give it back."""
    order_id = route.place({**MUG, "quantity": 2})
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        _Meanwhile(route, change, order_id)
        with pytest.raises(cc.OrderChangedError) as caught:
            await fulfiller.ship(order, parcels=[box()])
        assert caught.value.label_bought
        assert any(WORDS[change] in said for said in caught.value.changes), caught.value.changes
        assert route.states() == ["bought"]
        route.audit(labels=1, fulfillments=0)
        with pytest.raises(cc.OrderChangedError):
            await fulfiller.ship(order, parcels=[box()])
        route.audit(labels=1, fulfillments=0)
        result = await fulfiller.void(order.ref)
        assert result.status is cc.VoidStatus.VOIDED
    assert route.states() == ["voided"]
    route.audit(labels=0, fulfillments=0, bought=1)


async def test_person_confirms_despite_a_changed_address(route: Route) -> None:
    """Somebody has looked: the parcel reaches the new address all the same."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        _Meanwhile(route, "address", order_id)
        with pytest.raises(cc.OrderChangedError):
            await fulfiller.ship(order, parcels=[box()])
        done = await fulfiller.confirm(order.ref, despite_changes=True)
    assert done.state == "confirmed"
    assert route.told(order_id) == [done.shipment.tracking_number]
    route.audit(labels=1, fulfillments=1)


async def test_cancelled_while_buying_voids_the_label_at_once(route: Route) -> None:
    """The buyer's cancellation wins: the money comes back, and the error says so."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        _Meanwhile(route, "cancelled", order_id)
        with pytest.raises(cc.OrderChangedError, match="given back") as caught:
            await fulfiller.ship(order, parcels=[box()])
        assert caught.value.label_bought
        assert await route.open_work(fulfiller) == []
    assert route.states() == ["voided"]
    assert route.work() == {order_id: "cancelled"}
    assert route.ups.spent()["net"] == {"USD": "0.00"}
    route.audit(labels=0, fulfillments=0, bought=1)


async def test_cancelled_while_buying_and_void_lost_is_finished_by_recovery(route: Route) -> None:
    """The void's answer is lost again and again: the ledger says voiding until it is known."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        _Meanwhile(route, "cancelled", order_id)
        route.ups.faults.add(Fault(operation="void", kind=FaultKind.STATUS, status=503, times=50))
        with pytest.raises(cc.OrderChangedError):
            await fulfiller.ship(order, parcels=[box()])
        assert route.states() == ["voiding"]
        route.ups.faults.clear()
        report = await fulfiller.recover()
        assert report.voided == 1
    assert route.states() == ["voided"]
    route.audit(labels=0, fulfillments=0, bought=1)


async def test_digital_line_beside_goods_does_not_keep_the_order_open(route: Route) -> None:
    """Only what leaves in a parcel is ours to ship."""
    digital = {"sku": "EBOOK", "title": "E-book", "price": "7.00", "weight_grams": 0, "requires_shipping": False}
    order_id = route.place(MUG, {**digital, "quantity": 1})
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        await fulfiller.ship(order, parcels=[box()])
        assert await route.open_work(fulfiller) == []
    route.audit(labels=1, fulfillments=1)


async def test_other_parcel_of_the_order_is_no_change(route: Route) -> None:
    """What our own other shipment has done meanwhile must not stop this one from being confirmed."""
    order_id = route.place({**MUG, "quantity": 2}, LAMP)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        mug, lamp = order.lines
        await fulfiller.ship(order, parcels=[box(some(mug, 2))], key="mugs")
        fresh = await route.order(fulfiller, order_id)
        await fulfiller.ship(fresh, parcels=[box(some(lamp, 1))], key="lamp")
    assert route.states() == ["confirmed", "confirmed"]
    route.audit(labels=2, fulfillments=2)
