"""Orders of Shopify and eBay that Amazon ships from its stock, and that their own channels are told of."""

from pathlib import Path

import pytest

import cartcarrier as cc
from cartcarrier.http import ManualClock
from cartcarrier.sandbox import Sandbox
from tests.routes.route import box, hours
from tests.routes.three import SKU, Three

MCF = "amazon-mcf:default"
CONFIRMATIONS = {"shopify": "fulfillmentCreate", "ebay": "createShippingFulfillment"}


@pytest.fixture
def three(sandbox: Sandbox, clock: ManualClock, tmp_path: Path) -> Three:
    """Three channels, and a hundred mugs in Amazon's warehouse."""
    three = Three.inside(sandbox, clock, tmp_path / "ledger.db")
    three.simulators["amazon"].set_fba_stock(SKU, 100)
    return three


def sent(three: Three) -> list[str]:
    """The numbers of all packages that Amazon has sent."""
    return [
        package["tracking_number"]
        for order in three.simulators["amazon"].fulfillment_orders()
        for package in order["packages"]
    ]


@pytest.mark.parametrize("name", ["shopify", "ebay"])
async def test_order_is_shipped_from_amazons_stock_and_confirmed_on_its_own_channel(three: Three, name: str) -> None:
    """One order at Amazon, its stock less by the pieces, and its number at the channel that sold them."""
    order_id = three.place(name)
    async with three.open() as fulfiller:
        order = await three.order(fulfiller, order_id)
        done = await fulfiller.submit(order, provider=MCF)
        assert [each.id async for each in fulfiller.orders()] == []
        news = [change async for change in fulfiller.follow_submissions()]
        assert news[-1].state == "confirmed"
        assert await fulfiller.submit(order, provider=MCF) == news[-1]
        assert [each.id async for each in fulfiller.orders()] == []
    (there,) = three.simulators["amazon"].fulfillment_orders()
    assert (there["id"], there["items"]) == (done.reference, [{"sku": SKU, "quantity": 2}])
    assert three.told(name, order_id) == sent(three)
    assert len(sent(three)) == 1
    assert three.simulators["amazon"].fba_stock(SKU) == 98
    assert three.labels() == []
    three.nothing_twice()


@pytest.mark.parametrize("name", ["shopify", "ebay"])
async def test_whatever_answer_is_lost_it_is_one_order_and_one_number(three: Three, name: str) -> None:
    """The hand-over's and the confirmation's: both took effect, both are looked up."""
    order_id = three.place(name)
    amazon = three.simulators["amazon"]
    amazon.add_fault(operation="createFulfillmentOrder", kind="drop_after")
    three.simulators[name].add_fault(operation=CONFIRMATIONS[name], kind="drop_after")
    async with three.open() as fulfiller:
        order = await three.order(fulfiller, order_id)
        await fulfiller.submit(order, provider=MCF)
        assert [change.state async for change in fulfiller.follow_submissions()][-1] == "confirmed"
    assert amazon.calls["createFulfillmentOrder"] == 1
    assert len(amazon.fulfillment_orders()) == 1
    assert three.told(name, order_id) == sent(three)
    three.nothing_twice()


@pytest.mark.parametrize("name", ["shopify", "ebay"])
async def test_process_that_ends_in_between_leaves_it_to_the_next(three: Three, name: str) -> None:
    """Handed over by one, told by another; and run() does both by itself."""
    order_id = three.place(name)
    async with three.open() as fulfiller:
        await fulfiller.submit(await three.order(fulfiller, order_id), provider=MCF)
    three.clock.advance(hours(5))
    async with three.open() as fulfiller:
        assert [change.state async for change in fulfiller.follow_submissions()] == ["confirmed"]
    assert three.told(name, order_id) == sent(three)
    three.nothing_twice()


async def test_cancelled_before_it_is_picked(three: Three) -> None:
    """Amazon takes note, and needs a moment; then the shop is asked, and nothing leaves."""
    order_id = three.place("shopify")
    async with three.open() as fulfiller:
        order = await three.order(fulfiller, order_id)
        await fulfiller.submit(order, provider=MCF)
        first = await fulfiller.cancel(order.ref)
        assert first.status is cc.CancellationStatus.PENDING
        with pytest.raises(cc.CartCarrierError):
            await fulfiller.ship(order, parcels=[box()], key="2")
        three.clock.advance(60)
        report = await fulfiller.recover()
        assert report.problems == ()
    (there,) = three.simulators["amazon"].fulfillment_orders()
    (shown,) = three.simulators["shopify"].orders()
    assert (there["status"], shown["cancelled"], sent(three)) == ("Cancelled", True, [])
    assert three.labels() == []


async def test_too_late_to_cancel(three: Three) -> None:
    """Picking has begun: refused, the shop is not asked, and the order is told as shipped."""
    order_id = three.place("shopify")
    async with three.open() as fulfiller:
        order = await three.order(fulfiller, order_id)
        await fulfiller.submit(order, provider=MCF)
        three.clock.advance(hours(1))
        result = await fulfiller.cancel(order.ref)
        assert result.status is cc.CancellationStatus.REFUSED
        assert "amazon-mcf" in (result.message or "")
        assert [change.state async for change in fulfiller.follow_submissions()][-1] == "confirmed"
    (shown,) = three.simulators["shopify"].orders()
    assert not shown["cancelled"]
    assert three.told("shopify", order_id) == sent(three)


async def test_cancelled_at_the_shop_while_amazon_has_it(three: Three) -> None:
    """Seen when Amazon is asked how far it is, before picking: taken back, and no label either."""
    order_id = three.place("shopify")
    async with three.open() as fulfiller:
        order = await three.order(fulfiller, order_id)
        await fulfiller.submit(order, provider=MCF)
        three.simulators["shopify"].cancel(order_id)
        states = [change.state async for change in fulfiller.follow_submissions()]
    assert states[-1:] == ["voided"]
    assert sent(three) == []


async def test_no_stock_is_a_refusal_and_the_order_is_labelled_instead(three: Three) -> None:
    """Nothing was handed over; the same key is free."""
    three.simulators["amazon"].set_fba_stock(SKU, 0)
    order_id = three.place("ebay")
    async with three.open() as fulfiller:
        order = await three.order(fulfiller, order_id)
        try:
            await fulfiller.submit(order, provider=MCF)
        except cc.RejectedError:
            pass
        else:  # Amazon may take it and say later that it cannot
            news = [change async for change in fulfiller.follow_submissions()]
            assert news[-1].order.status in {cc.ProviderOrderStatus.REJECTED, cc.ProviderOrderStatus.CANCELLED}
        again = await three.order(fulfiller, order_id)
        done = await fulfiller.ship(again, parcels=[box()], key="2")
    assert three.told("ebay", order_id) == [done.shipment.tracking_number]
    assert sent(three) == []
    three.nothing_twice()


async def test_amazons_own_order_goes_the_way_of_labels(three: Three) -> None:
    """Three channels, two ways out: each order leaves by one of them."""
    ids = {name: three.place(name) for name in ("shopify", "ebay", "amazon")}
    async with three.open() as fulfiller:
        async for order in fulfiller.orders():
            if order.channel == "amazon:default":
                await fulfiller.ship(order, parcels=[box()])
            else:
                await fulfiller.submit(order, provider=MCF)
        async for _ in fulfiller.follow_submissions():
            pass
    assert three.told("amazon", ids["amazon"]) == three.labels()
    assert sorted(three.told("shopify", ids["shopify"]) + three.told("ebay", ids["ebay"])) == sorted(sent(three))
    three.nothing_twice()
