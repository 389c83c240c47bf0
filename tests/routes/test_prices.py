"""Prices on a route: two accounts, one of them down; a price that is over; how much more may be paid."""

from datetime import timedelta
from decimal import Decimal

import attrs
import pytest

import cartcarrier as cc
from cartcarrier.sandbox import Fault, FaultKind
from tests.routes.route import Route, box, second_shop, second_ups, usd


async def test_quote_of_two_accounts_names_each(route: Route) -> None:
    """Rates carry the account's key; the chooser sees both."""
    order_id = route.place()
    _, carrier = second_ups(route.clock, negotiated=False)
    async with route.open(carriers=[route.sandbox.carrier("ups"), carrier]) as fulfiller:
        order = await route.order(fulfiller, order_id)
        quote = await fulfiller.quote(order, parcels=[box()])
    assert {rate.carrier for rate in quote.rates} == {"ups:default", "ups:second"}
    assert quote.failures == {}
    totals = [rate.total.amount for rate in quote.rates]
    assert totals == sorted(totals)


async def test_one_failing_account_does_not_hide_the_other(route: Route) -> None:
    """The failure stands beside the rates, under its account's key."""
    order_id = route.place()
    other, carrier = second_ups(route.clock, negotiated=False)
    other.faults.add(Fault(operation="*", kind=FaultKind.STATUS, status=503, times=100))
    async with route.open(carriers=[route.sandbox.carrier("ups"), carrier]) as fulfiller:
        order = await route.order(fulfiller, order_id)
        quote = await fulfiller.quote(order, parcels=[box()])
        assert {rate.carrier for rate in quote.rates} == {"ups:default"}
        assert list(quote.failures) == ["ups:second"]
        failure = quote.failures["ups:second"]
        assert isinstance(failure, cc.UnavailableError)
        assert failure.account == "second"
        done = await fulfiller.ship(order, parcels=[box()])
    assert done.shipment.carrier == "ups:default"
    assert other.labels() == []
    route.audit(labels=1, fulfillments=1)


async def test_two_carrier_accounts_never_mix(route: Route) -> None:
    """Bought, looked up, voided and followed at the account whose rate it was; the other one sees nothing of it."""
    order_id = route.place()
    other, carrier = second_ups(route.clock, negotiated=False)
    async with route.open(carriers=[route.sandbox.carrier("ups"), carrier]) as fulfiller:
        order = await route.order(fulfiller, order_id)
        quote = await fulfiller.quote(order, parcels=[box()])
        rate = next(rate for rate in quote.rates if rate.carrier == "ups:second")
        other.add_fault(operation="ship", kind="drop_after")
        done = await fulfiller.ship(order, parcels=[box()], rate=rate)
        assert done.shipment.carrier == "ups:second"
        assert [label["tracking_number"] for label in other.labels()] == [done.shipment.tracking_number]
        assert route.ups.calls["recover"] == route.ups.calls["ship"] == 0
        await fulfiller.track(order.ref)
        assert sum(count for name, count in route.ups.calls.items() if name.startswith("track")) == 0
        assert (await fulfiller.void(order.ref)).status is cc.VoidStatus.VOIDED
    assert other.spent()["net"] == {"USD": "0.00"}
    assert route.ups.calls["void"] == 0
    assert route.shipments()[0]["carrier"] == "ups:second"


async def test_two_shops_never_mix(route: Route) -> None:
    """Two orders of one id, in two shops: each is read, confirmed and settled at its own."""
    other, channel = second_shop(route.clock)
    here = route.place()
    there = other.place_order(lines=[{"sku": "X", "quantity": 1, "price": "5.00"}])
    assert here == there, "the point of this test: both shops count from the same number"
    route.clock.advance(5)
    async with route.open(channels=[route.channel(), channel]) as fulfiller:
        orders = {order.channel: order async for order in fulfiller.orders()}
        assert set(orders) == {"shopify:default", "shopify:eu"}
        done = await fulfiller.ship(orders["shopify:eu"], parcels=[box()])
        assert route.told(here) == []
        assert other.orders()[0]["fulfillments"][0]["tracking"][0]["number"] == done.shipment.tracking_number
        assert [order.channel async for order in fulfiller.orders()] == ["shopify:default"]
        await fulfiller.ship(orders["shopify:default"], parcels=[box()])
        assert [order.channel async for order in fulfiller.orders()] == []
    assert [(row["channel"], row["state"]) for row in route.shipments()] == [
        ("shopify:eu", "confirmed"),
        ("shopify:default", "confirmed"),
    ]
    assert other.counts()["fulfillments"] == route.shop.counts()["fulfillments"] == 1
    assert route.ups.duplicates() == {}
    assert len(route.labels()) == 2


async def test_one_shop_that_is_down_does_not_hide_the_other(route: Route) -> None:
    """The good one's orders come first, the error after them."""
    other, channel = second_shop(route.clock)
    here = route.place()
    other.faults.add(Fault(operation="*", kind=FaultKind.STATUS, status=503, times=100))
    seen: list[str] = []
    async with route.open(channels=[route.channel(), channel]) as fulfiller:

        async def read() -> None:
            async for order in fulfiller.orders():
                seen.append(order.id)  # noqa: PERF401 - what came before the error is what is tested

        with pytest.raises(cc.OperationError) as caught:
            await read()
    assert seen == [here]
    assert caught.value.account == "eu"


async def test_two_accounts_of_one_key_are_refused(route: Route) -> None:
    """At once: rows of the ledger could not be told apart."""
    with pytest.raises(cc.ConfigurationError):
        cc.Fulfiller(carriers=[route.sandbox.carrier("ups"), route.sandbox.carrier("ups")], ledger=route.ledger)


async def test_given_rate_is_bought_and_no_other(route: Route) -> None:
    """Not the cheapest: what the caller chose."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        quote = await fulfiller.quote(order, parcels=[box()])
        dearest = max(quote.rates, key=lambda rate: rate.total.amount)
        done = await fulfiller.ship(order, parcels=[box()], rate=dearest)
    assert done.shipment.service.code == dearest.service.code
    assert done.shipment.total == dearest.total
    route.audit(labels=1, fulfillments=1)


async def test_price_that_is_over_and_unchanged_is_asked_again_and_paid(route: Route) -> None:
    """The promise has ended, the price has not moved: that is no reason to stop."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        rate = (await fulfiller.quote(order, parcels=[box()])).rates[0]
        old = attrs.evolve(rate, valid_until=route.clock.now() + timedelta(minutes=10))
        route.clock.advance(3600)
        asked = route.ups.calls["rate"] + route.ups.calls["shop"]
        done = await fulfiller.ship(order, parcels=[box()], rate=old)
        assert route.ups.calls["rate"] + route.ups.calls["shop"] == asked + 1
    assert done.shipment.total == rate.total
    route.audit(labels=1, fulfillments=1)


@pytest.mark.parametrize("allowed", [None, "0.10"], ids=["nothing", "too little"])
async def test_dearer_price_than_allowed_buys_nothing(route: Route, allowed: str | None) -> None:
    """Expired, and the account's own prices have gone meanwhile: the caller decides."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        rate = (await fulfiller.quote(order, parcels=[box()])).rates[0]
        old = attrs.evolve(rate, valid_until=route.clock.now())
        route.ups.set_switches(negotiated=False)
        more = usd(allowed) if allowed else None
        with pytest.raises(cc.RateExpiredError):
            await fulfiller.ship(order, parcels=[box()], rate=old, max_increase=more)
        assert await route.open_work(fulfiller) == [order_id]
    assert route.shipments() == []
    route.audit(labels=0, fulfillments=0)


async def test_dearer_price_within_what_is_allowed_is_paid(route: Route) -> None:
    """And the result says what it cost."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        rate = (await fulfiller.quote(order, parcels=[box()])).rates[0]
        route.ups.set_switches(negotiated=False)
        old = attrs.evolve(rate, valid_until=route.clock.now())
        done = await fulfiller.ship(order, parcels=[box()], rate=old, max_increase=usd("50.00"))
    assert done.shipment.total is not None
    assert rate.total.amount < done.shipment.total.amount <= rate.total.amount + Decimal(50)
    route.audit(labels=1, fulfillments=1)


async def test_negotiated_price_is_what_is_paid(route: Route) -> None:
    """Chosen by the account's own price, and charged it."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        rate = (await fulfiller.quote(order, parcels=[box()])).rates[0]
        assert rate.list_total is not None
        assert rate.total.amount < rate.list_total.amount
        done = await fulfiller.ship(order, parcels=[box()], rate=rate)
    assert done.shipment.total == rate.total
    assert route.ups.spent()["bought"] == {"USD": str(rate.total.amount)}


async def test_chooser_may_refuse_all(route: Route) -> None:
    """Too dear for this order: nothing is bought, and the chooser's own error comes out."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.UnsupportedOperationError):
            await fulfiller.ship(order, parcels=[box()], choose=cc.fastest(max_total=usd("0.50")))
    assert route.shipments() == []
    route.audit(labels=0, fulfillments=0)
