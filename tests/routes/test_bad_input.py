"""Bad input on a route: a named error that says the field or the platform's code, nothing bought, nothing half-recorded."""

from decimal import Decimal
from typing import Any

import attrs
import pytest

import cartcarrier as cc
from cartcarrier.sandbox import Fault, FaultKind
from tests.routes.route import NOWHERE, Route, box, some, usd


def untouched(route: Route, order_id: str) -> None:
    """Nothing was bought or told, and the order is still open work without a shipment."""
    route.audit(labels=0, fulfillments=0)
    assert route.shipments() == []
    assert route.work() == {order_id: "open"}


def test_unknown_driver_is_named() -> None:
    """Before anything is opened."""
    with pytest.raises(cc.DriverNotFoundError, match="upps"):
        cc.open_carrier("upps", client_id="x")


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"client_id": "i", "client_secret": "s", "sandbox": True}, "account_number"),
        ({"client_id": "i", "client_secret": "s", "acount_number": "C4RT01", "sandbox": True}, "acount_number"),
        ({"client_id": "i", "client_secret": "s", "account_number": 17, "sandbox": True}, "account_number"),
    ],
    ids=["missing", "misspelt", "wrong kind"],
)
def test_wrong_setting_is_named(settings: dict[str, Any], field: str) -> None:
    """Nothing was sent; the value is not repeated."""
    with pytest.raises(cc.ConfigurationError) as caught:
        cc.open_carrier("ups", **settings)
    assert caught.value.field == field


def test_parcel_without_weight_cannot_be() -> None:
    """No carrier takes one."""
    with pytest.raises((cc.InvalidValueError, TypeError)):
        cc.Parcel()  # type: ignore[call-arg]  # what is tested


@pytest.mark.parametrize("value", ["-1", "0", "NaN"])
def test_weight_that_is_none_names_its_field(value: str) -> None:
    """A model that exists is valid."""
    with pytest.raises(cc.InvalidValueError) as caught:
        box(pounds=value)
    assert caught.value.field is not None


async def test_address_that_ups_does_not_take_is_refused_before_buying(route: Route) -> None:
    """The rating says so already; the channel's order stays open."""
    order_id = route.place(address=NOWHERE)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.RejectedError) as caught:
            await fulfiller.ship(order, parcels=[box()])
        assert caught.value.code
        assert caught.value.provider == "ups"
        assert "Nonexistent" not in str(caught.value)
        assert "Canary" not in str(caught.value)
        assert not caught.value.outcome_unknown
    assert route.ups.calls["ship"] == 0
    untouched(route, order_id)


async def test_order_without_an_address_is_refused_before_asking(route: Route) -> None:
    """Nothing to ship to."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.InvalidValueError) as caught:
            await fulfiller.ship(attrs.evolve(order, ship_to=None), parcels=[box()])
    assert caught.value.field == "order.ship_to"
    assert sum(route.ups.calls.values()) == 0
    untouched(route, order_id)


async def test_currencies_do_not_mix(route: Route) -> None:
    """What may be paid more is in the rate's currency, or it is no limit."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        rate = (await fulfiller.quote(order, parcels=[box()])).rates[0]
        with pytest.raises(cc.InvalidValueError) as caught:
            await fulfiller.ship(
                order, parcels=[box()], rate=rate, max_increase=cc.Money(amount=Decimal(1), currency="EUR")
            )
        assert caught.value.field == "max_increase"
    untouched(route, order_id)


async def test_customs_value_in_two_currencies_is_refused_before_buying(route: Route) -> None:
    """An invoice is in one currency."""
    order_id = route.place(
        address={**NOWHERE, "country": "Canada", "country_code": "CA", "province_code": "ON", "zip": "M5V 3L9"}
    )
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        goods = attrs.evolve(some(order.lines[0], 1), country_of_origin="PT", hs_code="691200")
        euros = attrs.evolve(goods, unit_value=cc.Money(amount=Decimal("9.00"), currency="EUR"))
        with pytest.raises((cc.InvalidValueError, cc.RejectedError)):
            await fulfiller.ship(order, parcels=[box(goods, euros)])
    assert route.ups.calls["ship"] == 0
    untouched(route, order_id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"parcels": []}, "parcels"),
        ({"key": " "}, "key"),
        ({"key": "a/b"}, "key"),
        ({"max_increase": usd("1.00")}, "max_increase"),
    ],
    ids=["no parcels", "blank key", "slash in key", "limit without a rate"],
)
async def test_plan_that_cannot_be_names_its_field(route: Route, changes: dict[str, Any], field: str) -> None:
    """Before anything is asked."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.InvalidValueError) as caught:
            await fulfiller.ship(order, **{"parcels": [box()], **changes})
    assert caught.value.field == field
    untouched(route, order_id)


async def test_line_of_another_order_is_named(route: Route) -> None:
    """A mixed-up parcel must not confirm somebody else's goods."""
    order_id, other_id = route.place(), route.place()
    async with route.open() as fulfiller:
        order, other = await route.order(fulfiller, order_id), await route.order(fulfiller, other_id)
        with pytest.raises(cc.InvalidValueError) as caught:
            await fulfiller.ship(order, parcels=[box(some(other.lines[0], 1))])
    assert caught.value.field == "parcels[0].items[0].order_line_id"
    assert route.shipments() == []


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FaultKind.HTML, cc.OperationError),
        (FaultKind.TRUNCATE, cc.ResponseError),
        (FaultKind.STATUS, cc.UnavailableError),
        (FaultKind.DROP_BEFORE, cc.TransportError),
    ],
)
@pytest.mark.parametrize("where", ["shopify", "ups"])
async def test_answer_that_cannot_be_read_before_buying_buys_nothing(
    route: Route, kind: FaultKind, error: type[cc.OperationError], where: str
) -> None:
    """Reading the order again, or asking the price, fails for good: a named error, and the ledger is as before."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        platform = route.shop if where == "shopify" else route.ups
        platform.faults.add(Fault(operation="*", kind=kind, times=100))
        with pytest.raises(error) as caught:
            await fulfiller.ship(order, parcels=[box()])
        assert caught.value.provider == where
        platform.faults.clear()
        untouched(route, order_id)
        await fulfiller.ship(order, parcels=[box()])
    route.audit(labels=1, fulfillments=1)


async def test_one_lost_read_is_read_again(route: Route) -> None:
    """Reading may be repeated: nobody needs to know."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        route.shop.faults.add(Fault(operation="order", kind=FaultKind.DROP_AFTER))
        route.ups.faults.add(Fault(operation="shop", kind=FaultKind.STATUS, status=503))
        await fulfiller.ship(order, parcels=[box()])
    route.audit(labels=1, fulfillments=1)


async def test_label_format_that_cannot_be_had_is_refused_before_buying(route: Route) -> None:
    """A label that no printer takes is money for nothing."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        done = await fulfiller.ship(
            order, parcels=[box()], options=cc.ShipmentOptions(label_formats=(cc.LabelFormat.ZPL, cc.LabelFormat.PNG))
        )
    label = done.shipment.parcels[0].label
    assert label is not None
    assert label.format is cc.LabelFormat.ZPL
    assert label.data.startswith(b"^XA")


@pytest.mark.parametrize("platform", ["shopify", "ups"])
async def test_token_that_is_refused_for_good_is_an_authentication_error(route: Route, platform: str) -> None:
    """The application is told to look at its credentials; nothing was bought."""
    order_id = route.place()
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        if platform == "shopify":
            route.shop.revoke_tokens()
        else:
            route.ups.faults.add(Fault(operation="*", kind=FaultKind.STATUS, status=401, times=100))
        with pytest.raises(cc.AuthenticationError) as caught:
            await fulfiller.ship(order, parcels=[box()])
        assert caught.value.provider == platform
    untouched(route, order_id)


async def test_declined_payment_is_insufficient_funds(route: Route) -> None:
    """UPS answers the purchase itself with it: refused, so the key may be used again when there is money."""
    order_id = route.place()
    route.ups.set_switches(payment_declined=True)
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises(cc.InsufficientFundsError) as caught:
            await fulfiller.ship(order, parcels=[box()])
        assert caught.value.code == "120414"
        assert route.states() == ["failed"]
        assert route.labels() == []
        assert await route.open_work(fulfiller) == [order_id]
        route.ups.set_switches(payment_declined=False)
        await fulfiller.ship(order, parcels=[box()])
    assert route.states() == ["confirmed"]
    route.audit(labels=1, fulfillments=1)


async def test_product_that_is_not_enabled_is_said_by_the_carrier(route: Route) -> None:
    """UPS answers 401 for a missing product: the message must not send anybody to the wrong place only."""
    order_id = route.place()
    route.ups.set_switches(disabled_products=["rating"])
    async with route.open() as fulfiller:
        order = await route.order(fulfiller, order_id)
        with pytest.raises((cc.AuthenticationError, cc.PermissionDeniedError)):
            await fulfiller.ship(order, parcels=[box()])
    untouched(route, order_id)
