"""Three carriers side by side: their rates, rules over them, the addresses they know, and why one was taken."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest

import cartcarrier as cc
from cartcarrier.fulfillment import AddressNotGoodError, NoRateFitsError, first_of, only, prefer
from tests.routes.desk import AURORA, LAKE, carriers, full_box, other_side, shipped
from tests.routes.route import NOWHERE, Route, box, hours, usd


async def test_all_three_are_asked_and_the_cheapest_is_bought(route: Route) -> None:
    """And the shop is told whose number it is."""
    async with route.open(carriers=carriers(route)) as fulfiller:
        order_id = route.place()
        order = await route.order(fulfiller, order_id)
        quote = await fulfiller.quote(order, parcels=[full_box(order)])
        done = await fulfiller.ship(order, parcels=[full_box(order)])
    assert {rate.carrier for rate in quote.rates} == {"ups:default", "fedex:default", "usps:default"}
    assert quote.failures == {}
    assert done.choice is not None
    assert done.choice.rate.total == quote.rates[0].total == min(rate.total for rate in quote.rates)
    assert route.told(order_id) == [done.shipment.tracking_number]


async def test_one_that_is_down_hides_no_other(route: Route) -> None:
    """Its failure is in the quote, and stays beside the choice."""
    usps = other_side(route, "usps")
    async with route.open(carriers=carriers(route)) as fulfiller:
        order_id = route.place()
        order = await route.order(fulfiller, order_id)
        usps.add_fault(operation="*", kind="status", status=503, times=50)
        done = await fulfiller.ship(order, parcels=[full_box(order)])
        record = await fulfiller.get_choice(order.ref)
    assert record is not None
    assert [miss.carrier for miss in record.failures] == ["usps:default"]
    assert done.shipment.carrier == "ups:default"
    assert {rate.carrier for rate in record.rates} == {"ups:default", "fedex:default"}


async def test_a_rule_of_several_parts_is_explained_and_played_again(route: Route) -> None:
    """Months later the same rule takes the same rate, another one says what it would have taken."""
    rule = first_of(
        only(cc.cheapest(within=timedelta(hours=1)), carriers=["usps"]),
        prefer(cc.cheapest(within=timedelta(days=4)), carriers=["fedex"], for_at_most=usd("30")),
    )
    async with route.open(carriers=carriers(route)) as fulfiller:
        order_id = route.place()
        order = await route.order(fulfiller, order_id)
        done = await fulfiller.ship(order, parcels=[full_box(order)], choose=rule)
    route.clock.advance(hours(24 * 90))
    async with route.open(carriers=carriers(route)) as fulfiller:
        record = await fulfiller.get_choice(order.ref)
    assert record is not None
    assert done.choice is not None
    assert done.shipment.carrier == "fedex:default"
    assert "arrive within 1:00:00" in done.choice.reason
    assert record.replay(rule).reason == done.choice.reason == record.reason
    assert record.replay(rule).rate == record.rate
    assert record.replay(cc.cheapest()).rate.carrier == "usps:default"


async def test_the_promise_of_the_order_decides(route: Route) -> None:
    """The cheapest that comes in time, by each carrier's own day or hour; strictly, none is an answer, too."""
    async with route.open(carriers=carriers(route)) as fulfiller:
        order = await route.order(fulfiller, route.place())
        quote = await fulfiller.quote(order, parcels=[full_box(order)])
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)  # in two days
    taken = {
        days: cc.by_deadline()(attrs.evolve(order, deliver_by=noon + timedelta(days=days)), quote.rates)
        for days in (-1, 0, 1, 9)
    }
    assert taken[9].rate.total == quote.rates[0].total
    assert [taken[days].rate.total.amount for days in (-1, 0, 1, 9)] == sorted(
        (choice.rate.total.amount for choice in taken.values()), reverse=True
    )
    for days in (0, 1, 9):
        assert "that arrive by" in taken[days].reason
        estimate = taken[days].rate.estimated_delivery
        day = estimate.date() if isinstance(estimate, datetime) else estimate
        assert day is not None
        assert day <= (noon + timedelta(days=days)).date()
    with pytest.raises(NoRateFitsError):
        cc.by_deadline(strict=True)(attrs.evolve(order, deliver_by=route.clock.now()), quote.rates)


async def test_an_address_that_all_know_is_a_home_in_the_prices(route: Route) -> None:
    """Each carrier says what it thinks; the purchase goes on with the channel's own words."""
    async with route.open(carriers=carriers(route)) as fulfiller:
        order_id = route.place(address=AURORA)
        order = await route.order(fulfiller, order_id)
        check = await fulfiller.check_address(order)
        done = await fulfiller.ship(order, parcels=[full_box(order)], check_address=True)
    assert set(check.by_carrier) == {"ups:default", "fedex:default", "usps:default"}
    assert check.verdict in {cc.AddressVerdict.VALID, cc.AddressVerdict.CORRECTED}
    assert check.failures == {}
    assert done.fulfillment is not None
    assert route.told(order_id) == [done.shipment.tracking_number]


@pytest.mark.parametrize("address", [NOWHERE, LAKE], ids=["nowhere", "one of two streets"])
async def test_a_bad_address_is_refused_before_anything_is_written(route: Route, address: dict[str, str]) -> None:
    """No rate is asked for, no label bought, no row made; the key is free for the mended order."""
    async with route.open(carriers=carriers(route)) as fulfiller:
        order_id = route.place(address=address)
        order = await route.order(fulfiller, order_id)
        with pytest.raises(AddressNotGoodError) as caught:
            await fulfiller.ship(order, parcels=[box()], check_address=True)
    assert route.shipments() == []
    assert route.ups.counts()["labels"] == 0
    check = caught.value.check
    assert bool(check.candidates) == (address is LAKE)
    assert "Lake" not in str(caught.value)


async def test_a_rate_of_one_carrier_is_checked_by_that_one(route: Route) -> None:
    """What it costs is one call, of the carrier that moves it."""
    async with route.open(carriers=carriers(route)) as fulfiller:
        order, done = await shipped(route, fulfiller, "usps", address=AURORA)
        record = await fulfiller.get_choice(order.ref)
    assert done.shipment.carrier == "usps:default"
    assert record is not None
    assert record.promised is not None
    assert {rate.carrier for rate in record.rates} == {"ups:default", "fedex:default", "usps:default"}
