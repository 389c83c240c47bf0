"""Orders that are not like the others: what must wait, what is not ours, what moves, what is told in pieces."""

import io
from datetime import timedelta

import pytest
from PIL import Image

import cartcarrier as cc
from tests.routes.route import LAMP, MUG, NEWARK, RENO, Gate, Json, Route, box, hours, some


async def test_order_that_is_not_routed_yet_waits(route: Route) -> None:
    """Fulfillment orders come some time after the order: no reason to ship nothing, or to give it up."""
    order_id = route.shop.place_order(lines=[MUG], settled=False)
    async with route.open() as fulfiller:
        route.clock.advance(5)
        assert await route.open_work(fulfiller) == []
        route.clock.advance(60)
        await fulfiller.ship(await route.order(fulfiller, order_id), parcels=[box()])
    route.audit(labels=1, fulfillments=1)


@pytest.mark.parametrize(
    ("shape", "ships"),
    [
        ({"test": True}, False),
        ({"financial_status": "PENDING", "gateway": "shopify_payments"}, False),
        ({"financial_status": "PENDING", "gateway": "Cash on Delivery (COD)"}, True),
        ({"financial_status": "AUTHORIZED"}, True),
        ({"fulfill_at": "2026-12-24T09:00:00Z"}, False),
    ],
    ids=["test order", "not paid", "cash on delivery", "authorized", "scheduled"],
)
async def test_only_what_may_ship_now_is_open_work(route: Route, shape: dict[str, Json], *, ships: bool) -> None:
    """Buying a label for the others would cost money for nothing."""
    order_id = route.place(**shape)
    async with route.open() as fulfiller:
        assert await route.open_work(fulfiller) == ([order_id] if ships else [])


async def test_payment_that_comes_in_opens_the_order(route: Route) -> None:
    """It waited, written down."""
    order_id = route.place(financial_status="PENDING", gateway="shopify_payments")
    async with route.open() as fulfiller:
        assert await route.open_work(fulfiller) == []
        route.shop.set_financial_status(order_id, "PAID")
        route.clock.advance(5)
        await fulfiller.ship(await route.order(fulfiller, order_id), parcels=[box()])
    route.audit(labels=1, fulfillments=1)


async def test_digital_order_is_not_ours_to_ship(route: Route) -> None:
    """Nothing of it leaves in a parcel."""
    digital = {"sku": "EBOOK", "title": "E-book", "quantity": 1, "price": "7.00", "requires_shipping": False}
    route.place(digital, needs_address=False)
    async with route.open() as fulfiller:
        assert await route.open_work(fulfiller) == []


async def test_missing_scope_is_an_error_and_not_an_empty_shop(route: Route) -> None:
    """The platform answers with an empty list: the library must not."""
    route.place()
    route.shop.set_scopes(["read_orders"])
    async with route.open() as fulfiller:
        with pytest.raises(cc.PermissionDeniedError, match="fulfillment_orders"):
            await route.open_work(fulfiller)


async def test_withheld_address_is_a_permission_and_no_blank_label(route: Route) -> None:
    """Level 2 was taken away: named, and nothing is shipped with blanks."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        route.shop.set_access_level(1)
        with pytest.raises(cc.PermissionDeniedError):
            await fulfiller.ship(order, parcels=[box()])
    assert route.shipments() == []
    route.audit(labels=0, fulfillments=0)


async def test_order_beyond_the_horizon_buys_nothing(route: Route) -> None:
    """Sixty days on, the shop does not show it any more: it cannot be read again, so nothing is bought."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        route.clock.advance(hours(24 * 61))
        with pytest.raises(cc.NotFoundError):
            await fulfiller.ship(order, parcels=[box()])
    assert route.shipments() == []
    route.audit(labels=0, fulfillments=0)


async def test_dismissed_order_is_not_yielded_again(route: Route) -> None:
    """Dealt with outside; in the next process, too."""
    order_id, other = route.place(), route.place()
    async with route.open() as fulfiller:
        await fulfiller.dismiss((await route.order(fulfiller, order_id)).ref, reason="picked up by hand")
        assert await route.open_work(fulfiller) == [other]
    async with route.open() as fulfiller:
        assert await route.open_work(fulfiller) == [other]


async def test_open_work_comes_again_until_it_is_done(route: Route) -> None:
    """At least once: an application that died before shipping sees it again."""
    order_id = route.place()
    for _ in range(2):
        async with route.open() as fulfiller:
            assert await route.open_work(fulfiller) == [order_id]


async def test_changes_are_told_with_a_cursor_to_go_on_from(route: Route) -> None:
    """Each once, over two processes; a cancelled one is said to be."""
    first, second = route.place(), route.place()
    async with route.open() as fulfiller:
        seen = [change async for change in fulfiller.changes("shopify:default")]
        assert [(change.order.id, change.kind) for change in seen] == [(first, "new"), (second, "new")]
        cursor = seen[-1].cursor
    route.shop.cancel(first)
    third = route.place()
    async with route.open() as fulfiller:
        seen = [change async for change in fulfiller.changes("shopify:default", cursor)]
        assert {(change.order.id, change.kind) for change in seen} == {(first, "cancelled"), (third, "new")}
        assert [change async for change in fulfiller.changes("shopify:default", seen[-1].cursor)] == []
    assert "Canary" not in cursor


# --- ids and places that move -----------------------------------------------------------------------------------------


async def test_ids_that_change_after_buying_do_not_lose_the_confirmation(route: Route) -> None:
    """A colleague has split the share meanwhile: the pieces are found in the shares of now."""
    order_id = route.place({**MUG, "quantity": 3})
    gate = Gate(route.ups, "ship")

    async def split() -> None:
        entry: Json = route.shop.fulfillment_orders(order_id)[0]
        route.shop.split(entry["id"], [{"id": entry["lines"][0]["id"], "quantity": 1}])
        gate.act = None

    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        gate.act = split
        await fulfiller.ship(order, parcels=[box()])
        assert await route.open_work(fulfiller) == []
    (shown,) = route.shop.orders()
    assert [line["remaining"] for line in shown["lines"]] == [0]
    assert set(route.told(order_id)) == set(route.labels())
    assert route.states() == ["confirmed"]


async def test_somebody_else_ships_it_meanwhile(route: Route) -> None:
    """Before buying: nothing is bought. After: the label is on record, and not told over theirs."""
    before, after = route.place(), route.place()
    gate = Gate(route.ups, "ship")

    def ship_by_hand(order_id: str) -> None:
        entry: Json = route.shop.fulfillment_orders(order_id)[0]
        route.shop.shop.fulfillments.create(
            {
                "trackingInfo": {"company": "FedEx", "number": f"9{order_id[-6:]}"},
                "lineItemsByFulfillmentOrder": [{"fulfillmentOrderId": entry["id"]}],
            }
        )

    async def meanwhile() -> None:
        gate.act = None
        ship_by_hand(after)

    async with route.open() as fulfiller:
        orders = {order.id: order async for order in fulfiller.orders()}
        ship_by_hand(before)
        with pytest.raises(cc.OrderChangedError) as caught:
            await fulfiller.ship(orders[before], parcels=[box()])
        assert not caught.value.label_bought
        gate.act = meanwhile
        with pytest.raises(cc.OrderChangedError) as caught:
            await fulfiller.ship(orders[after], parcels=[box()])
        assert caught.value.label_bought
        assert route.states() == ["bought"]
        await fulfiller.void(orders[after].ref)
    route.audit(labels=0, fulfillments=2, bought=1)


async def test_place_that_two_could_ship_is_named(route: Route) -> None:
    """Two places with one mug each: the application says which, and that place's share is told."""
    order_id = route.place({**MUG, "quantity": 2, "locations": {RENO: 1, NEWARK: 1}})
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        one = box(some(order.lines[0], 1))
        with pytest.raises(cc.InvalidValueError) as caught:
            await fulfiller.ship(order, parcels=[one], key="x")
        assert caught.value.field == "location_id"
        await fulfiller.ship(order, parcels=[one], key="newark", location_id=NEWARK)
        fresh = await route.order(fulfiller, order_id)
        await fulfiller.ship(fresh, parcels=[one], key="reno")
        assert await route.open_work(fulfiller) == []
    (shown,) = route.shop.orders()
    assert [each["location_id"] for each in shown["fulfillments"]] == [NEWARK, RENO]
    origins = [shipment["origin"]["postal_code"] for shipment in route.ups.world.shipments()]
    assert origins == ["07102", "89501"]
    route.audit(labels=2, fulfillments=2)


# --- parcels told in pieces -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["drop_after", "drop_before", "status_after", "html"])
@pytest.mark.parametrize("skip", [0, 1])
async def test_two_parcels_are_told_once_each_whatever_is_lost(route: Route, kind: str, skip: int) -> None:
    """Whether the shop keeps them as one fulfillment or two: no piece and no number is told twice, none is left out."""
    order_id = route.place({**MUG, "quantity": 3}, LAMP)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        mug, lamp = order.lines
        route.shop.add_fault(operation="fulfillmentCreate", kind=kind, skip=skip, status=500)
        try:
            await fulfiller.ship(order, parcels=[box(some(mug, 3)), box(some(lamp, 1), pounds="5")])
        except cc.CartCarrierError:
            route.shop.clear_faults()
            await fulfiller.recover()
        assert await route.open_work(fulfiller) == []
    (shown,) = route.shop.orders()
    assert [line["remaining"] for line in shown["lines"]] == [0, 0]
    assert sorted(route.told(order_id)) == sorted(route.labels())
    assert route.shop.duplicates() == []
    assert route.ups.calls["ship"] == 1
    assert route.states() == ["confirmed"]


async def test_two_parcels_are_taken_back_whole(route: Route) -> None:
    """Both labels, and all that the shop was told."""
    order_id = route.place({**MUG, "quantity": 3}, LAMP)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        mug, lamp = order.lines
        await fulfiller.ship(order, parcels=[box(some(mug, 3)), box(some(lamp, 1), pounds="5")])
        result = await fulfiller.void(order.ref)
        assert set(result.parcels.values()) <= {cc.VoidStatus.VOIDED}
        assert result.message is None
        route.clock.advance(5)
        fresh = await route.order(fulfiller, order_id)
        assert [line.unfulfilled_quantity for line in fresh.lines] == [3, 1]
        findings = [finding async for finding in fulfiller.reconcile(route.clock.now() - timedelta(days=1))]
        assert findings == []
    assert route.told(order_id) == []
    assert route.ups.spent()["net"] == {"USD": "0.00"}
    route.audit(labels=0, fulfillments=0, bought=2)


async def test_two_parcels_leave_nothing_for_reconcile(route: Route) -> None:
    """What is well must not be mended."""
    order_id = route.place({**MUG, "quantity": 3}, LAMP)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        mug, lamp = order.lines
        await fulfiller.ship(order, parcels=[box(some(mug, 3)), box(some(lamp, 1), pounds="5")])
        assert [finding async for finding in fulfiller.reconcile(route.clock.now() - timedelta(days=1))] == []


# --- labels -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [cc.LabelFormat.PDF, cc.LabelFormat.GIF, cc.LabelFormat.PNG, cc.LabelFormat.ZPL])
async def test_label_opens_in_the_format_that_was_asked(route: Route, wanted: cc.LabelFormat, tmp_path: Json) -> None:
    """What lies in the folder can be printed."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        done = await fulfiller.ship(order, parcels=[box()], options=cc.ShipmentOptions(label_formats=(wanted,)))
    label = done.shipment.parcels[0].label
    assert label is not None
    assert label.format is wanted
    saved = label.save(tmp_path / "label")
    data = saved.read_bytes()
    if wanted is cc.LabelFormat.PDF:
        assert data.startswith(b"%PDF")
    elif wanted is cc.LabelFormat.ZPL:
        assert data.strip().startswith(b"^XA")
        assert data.strip().endswith(b"^XZ")
    else:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
            assert picture.format == wanted.name
    route.audit(labels=1, fulfillments=1)


async def test_page_that_cannot_be_fetched_loses_no_label(route: Route) -> None:
    """A PDF is fetched after the purchase: while that fails the money is spent all the same, and the ledger knows it."""
    order_id = route.place()
    route.ups.add_fault(operation="recover", kind="status", status=503, times=500)
    options = cc.ShipmentOptions(label_formats=(cc.LabelFormat.PDF,))
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        try:
            await fulfiller.ship(order, parcels=[box()], options=options)
        except cc.CartCarrierError:
            assert route.states()[0] in {"uncertain", "bought", "confirming"}
        route.ups.clear_faults()
        done = await fulfiller.ship(order, parcels=[box()], options=options)
    assert route.told(order_id) == route.labels() == [done.shipment.tracking_number]
    assert done.shipment.parcels[0].label is not None
    route.audit(labels=1, fulfillments=1)


async def test_carrier_that_makes_no_manifest_says_so(route: Route) -> None:
    """UPS closes no day."""
    async with route.open() as fulfiller:
        with pytest.raises(cc.UnsupportedOperationError):
            await fulfiller.manifest("ups:default", route.clock.now().date())
