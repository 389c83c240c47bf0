"""Answers get lost: on the purchase, on the confirmation, on the void. Money is spent once, and what is not known is said."""

from datetime import timedelta

import pytest

import cartcarrier as cc
from cartcarrier.sandbox import Fault, FaultKind
from tests.routes.route import MUG, Route, box, some


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Both: what is cancelled, waits or runs side by side here depends on the loop."""
    return str(request.param)


AFTER = [
    Fault(operation="?", kind=FaultKind.DROP_AFTER),
    Fault(operation="?", kind=FaultKind.STATUS_AFTER, status=500),
    Fault(operation="?", kind=FaultKind.TRUNCATE),
]
BEFORE = [
    Fault(operation="?", kind=FaultKind.DROP_BEFORE),
    Fault(operation="?", kind=FaultKind.HTML, status=502),
    Fault(operation="?", kind=FaultKind.STATUS, status=500),
]


def name(fault: Fault) -> str:
    return f"{fault.kind} {fault.status}"


def lose(route: Route, operation: str, fault: Fault, *, times: int = 1) -> None:
    """Order a fault for an operation of either platform."""
    platform = route.ups if operation in {"ship", "void", "recover", "shop", "token"} else route.shop
    platform.add_fault(operation=operation, kind=fault.kind, status=fault.status, times=times)


@pytest.mark.parametrize("fault", AFTER, ids=name)
async def test_purchase_that_took_effect_is_found_and_adopted(route: Route, fault: Fault) -> None:
    """The label was sold, its answer was lost: UPS is asked by our reference, and its label is the one that ships."""
    order_id = route.place()
    lose(route, "ship", fault)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        done = await fulfiller.ship(order, parcels=[box()])
    assert done.shipment.parcels[0].label is not None
    assert route.ups.calls["ship"] == 1
    assert route.told(order_id) == route.labels() == [done.shipment.tracking_number]
    assert route.steps() == [("purchase", "done"), ("confirm", "done")]
    route.audit(labels=1, fulfillments=1)


@pytest.mark.parametrize("fault", BEFORE, ids=name)
async def test_purchase_that_may_not_have_happened_stays_uncertain(route: Route, fault: Fault) -> None:
    """UPS finds nothing, and that means nothing yet: no second purchase until somebody says so."""
    order_id = route.place()
    lose(route, "ship", fault)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.PurchaseUncertainError) as caught:
            await fulfiller.ship(order, parcels=[box()])
        assert caught.value.step == f"{order.ref}/1/purchase/0"
        assert route.states() == ["uncertain"]
        with pytest.raises(cc.PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[box()])
        (uncertain,) = (await fulfiller.recover()).uncertain
        assert uncertain.ref == order.ref
        assert route.ups.calls["ship"] == 1
        await fulfiller.resolve(order.ref, outcome=cc.NotBought())
        await fulfiller.ship(order, parcels=[box()])
    assert route.states() == ["confirmed"]
    route.audit(labels=1, fulfillments=1)


async def test_label_that_shows_late_is_adopted_by_recovery(route: Route) -> None:
    """Found only after 90 seconds: uncertain first, adopted then, and confirmed; never bought again."""
    order_id = route.place()
    route.ups.find_late(seconds=90)
    route.ups.add_fault(operation="ship", kind="drop_after")
    async with route.open(max_wait=timedelta(seconds=30)) as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[box()])
        assert route.steps() == [("purchase", "uncertain")]
        assert (await fulfiller.recover()).uncertain
        route.clock.advance(90)
        report = await fulfiller.recover()
        assert (report.adopted, report.confirmed, report.uncertain, report.problems) == (1, 1, (), ())
        done = await fulfiller.ship(order, parcels=[box()])
    assert route.told(order_id) == [done.shipment.tracking_number]
    assert done.shipment.total is not None
    assert route.ups.calls["ship"] == 1
    route.audit(labels=1, fulfillments=1)


async def test_label_that_shows_late_is_waited_for(route: Route) -> None:
    """Where there is time, the call itself finds it: the application sees nothing but a slow purchase."""
    order_id = route.place()
    route.ups.find_late(seconds=40)
    route.ups.add_fault(operation="ship", kind="drop_after")
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        await fulfiller.ship(order, parcels=[box()])
    route.audit(labels=1, fulfillments=1)


async def test_next_process_adopts_what_the_last_one_lost(route: Route) -> None:
    """The ledger file is all that is needed."""
    order_id = route.place()
    route.ups.find_late(seconds=90)
    route.ups.add_fault(operation="ship", kind="drop_after")
    async with route.open(max_wait=timedelta(seconds=5)) as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[box()])
    route.clock.advance(120)
    async with route.open() as fulfiller:
        report = await fulfiller.recover()
        assert report.adopted == 1
        assert await route.open_work(fulfiller) == []
    route.audit(labels=1, fulfillments=1)


async def test_label_that_a_person_found_is_adopted_by_word(route: Route) -> None:
    """Bought, says the carrier's web page: the shipment is taken as it is."""
    order_id = route.place()
    route.ups.find_late(seconds=10_000)
    route.ups.add_fault(operation="ship", kind="drop_after")
    async with route.open(max_wait=timedelta(seconds=5)) as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[box()])
        (number,) = route.labels()
        found = cc.Shipment(
            carrier="ups:default",
            id=number,
            service=cc.Service(code="03", name="UPS Ground"),
            tracking_number=number,
            parcels=(cc.ShippedParcel(tracking_number=number),),
            created_at=route.clock.now(),
            reference=route.shipments()[0]["reference"],
        )
        await fulfiller.resolve(order.ref, outcome=cc.Bought(found))
        await fulfiller.ship(order, parcels=[box()])
    assert route.told(order_id) == [number]
    route.audit(labels=1, fulfillments=1)


async def test_nothing_is_bought_anew_without_leave_however_long_it_takes(route: Route) -> None:
    """Three days later UPS still finds nothing: uncertain it stays, and the shipment is not planned anew."""
    order_id = route.place()
    route.ups.add_fault(operation="ship", kind="drop_before")
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[box()])
    route.clock.advance(3 * 24 * 3600)
    async with route.open() as fulfiller:
        assert len((await fulfiller.recover()).uncertain) == 1
        with pytest.raises(cc.PurchaseUncertainError):
            await fulfiller.ship(await route.order(fulfiller, order_id), parcels=[box()])
    assert route.steps() == [("purchase", "uncertain")]
    assert route.ups.calls["ship"] == 1
    route.audit(labels=0, fulfillments=0)


async def test_rebuying_after_the_settle_time_is_opted_into(route: Route) -> None:
    """Never sold, and long enough ago: with the user's leave it is planned anew, and bought by the next call."""
    order_id = route.place()
    route.ups.add_fault(operation="ship", kind="drop_before")
    async with route.open(rebuy_after_settle=True) as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[box()])
        route.clock.advance(24 * 3600)
        assert (await fulfiller.recover()).uncertain == ()
        await fulfiller.ship(await route.order(fulfiller, order_id), parcels=[box()])
    route.audit(labels=1, fulfillments=1)


@pytest.mark.parametrize("fault", AFTER, ids=name)
async def test_confirmation_that_took_effect_is_not_repeated(route: Route, fault: Fault) -> None:
    """The shop's fulfillments are read before anything is sent again."""
    order_id = route.place()
    lose(route, "fulfillmentCreate", fault)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        done = await fulfiller.ship(order, parcels=[box()])
    assert done.fulfillment is not None
    assert route.shop.calls["fulfillmentCreate"] == 1
    assert route.told(order_id) == [done.shipment.tracking_number]
    assert route.steps() == [("purchase", "done"), ("confirm", "done")]
    route.audit(labels=1, fulfillments=1)


@pytest.mark.parametrize("after", [True, False], ids=["after", "before"])
async def test_internal_error_of_the_shop_is_looked_into(route: Route, *, after: bool) -> None:
    """INTERNAL_SERVER_ERROR inside a 200: it may have run."""
    order_id = route.place()
    route.shop.break_down("fulfillmentCreate", after=after)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        done = await fulfiller.ship(order, parcels=[box()])
    assert route.told(order_id) == [done.shipment.tracking_number]
    assert route.shop.calls["fulfillmentCreate"] == (1 if after else 2)
    route.audit(labels=1, fulfillments=1)


@pytest.mark.parametrize("fault", BEFORE, ids=name)
async def test_confirmation_that_did_not_happen_is_sent_once_more(route: Route, fault: Fault) -> None:
    """Looked for twice, not found, sent again: with the same explicit lines it cannot take the rest along."""
    order_id = route.place({**MUG, "quantity": 3})
    lose(route, "fulfillmentCreate", fault)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        await fulfiller.ship(order, parcels=[box(some(order.lines[0], 2))])
    (shown,) = route.shop.orders()
    assert [line["quantity"] for line in shown["fulfillments"][0]["lines"]] == [2]
    assert [line["remaining"] for line in shown["lines"]] == [1]
    route.audit(labels=1, fulfillments=1)


async def test_confirmation_that_fails_for_good_keeps_the_label(route: Route) -> None:
    """The label is bought, the shop is down: the same call later, or recovery, tells it; nothing is bought again."""
    order_id = route.place()
    route.shop.add_fault(operation="fulfillmentCreate", kind="status", status=503, times=50)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.OperationError):
            await fulfiller.ship(order, parcels=[box()])
        assert route.states()[0] in {"bought", "confirming"}
        route.shop.clear_faults()
        report = await fulfiller.recover()
        assert report.confirmed == 1
    assert route.states() == ["confirmed"]
    route.audit(labels=1, fulfillments=1)


@pytest.mark.parametrize("fault", [*AFTER, *BEFORE], ids=name)
async def test_void_whose_answer_is_lost_is_asked_again(route: Route, fault: Fault) -> None:
    """A void may be repeated: already void is success, and the money comes back once."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        await fulfiller.ship(order, parcels=[box()])
        lose(route, "void", fault)
        result = await fulfiller.void(order.ref)
        assert result.status is cc.VoidStatus.VOIDED
        assert await route.open_work(fulfiller) == [order_id]
    assert route.states() == ["voided"]
    assert route.ups.spent()["net"] == {"USD": "0.00"}
    route.audit(labels=0, fulfillments=0, bought=1)


async def test_look_up_that_fails_says_uncertain(route: Route) -> None:
    """The purchase is lost, and so is the look-up: nobody knows, and it says so."""
    order_id = route.place()
    route.ups.add_fault(operation="ship", kind="drop_after")
    route.ups.add_fault(operation="recover", kind="status", status=503, times=200)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[box()])
        assert route.states() == ["uncertain"]
        route.ups.clear_faults()
        await fulfiller.ship(order, parcels=[box()])
    route.audit(labels=1, fulfillments=1)


async def test_multi_piece_purchase_that_was_lost_is_adopted_whole(route: Route) -> None:
    """Both labels, both numbers."""
    order_id = route.place({**MUG, "quantity": 2})
    route.ups.add_fault(operation="ship", kind="drop_after")
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        done = await fulfiller.ship(order, parcels=[box(), box(pounds="3")])
    assert sorted(parcel.tracking_number for parcel in done.shipment.parcels) == sorted(route.labels())
    assert all(parcel.label is not None for parcel in done.shipment.parcels)
    assert sorted(route.told(order_id)) == sorted(route.labels())
    assert route.ups.calls["ship"] == 1
