"""Orders that are mapped by the short cut are those that the validated constructors make, and what is shared stays right."""

import json
from decimal import Decimal
from typing import Any

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcarrier.channels.shopify import mapping, schemas
from cartcarrier.channels.shopify.mapping import repeated
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Money, Order, OrderLine, OrderStatus, Weight, WeightUnit, from_plain, to_plain
from tests.unit.channels.shopify import fakes as make

DECODER = msgspec.json.Decoder(schemas.Order)

words = st.sampled_from(["", " ", "a", "Zoë", "x" * 40])
maybe = st.none() | words
amounts = st.sampled_from(["0", "0.00", "12.50", "-3.10", "1000000.005"])
counts = st.integers(min_value=0, max_value=3)


@st.composite
def payloads(draw: st.DrawFn) -> dict[str, Any]:
    """Return an order that Shopify might send."""
    numbers = range(1, draw(counts) + 1)
    lines = [
        make.line(
            number,
            sku=draw(maybe),
            title=draw(words),
            currentQuantity=draw(counts),
            unfulfilledQuantity=draw(counts),
            requiresShipping=draw(st.booleans()),
            originalUnitPriceSet=draw(st.none() | amounts.map(make.money)),
            discountedTotalSet=draw(st.none() | amounts.map(make.money)),
            taxLines=[{"priceSet": make.money(amount)} for amount in draw(st.lists(amounts, max_size=2))],
        )
        for number in numbers
    ]
    weights = st.none() | st.fixed_dictionaries(
        {"value": st.sampled_from([0, 0.35, 2.5]), "unit": st.sampled_from(["KILOGRAMS", "OUNCES", "STONES"])}
    )
    shares = [
        make.share(
            own,
            *[make.share_line(number, draw(counts), weight=draw(weights)) for number in numbers],
            status=draw(st.sampled_from(["OPEN", "ON_HOLD", "CLOSED", "CANCELLED", "NEW_WORD"])),
            deliveryMethod=draw(st.none() | st.just({"methodType": "PICK_UP", "maxDeliveryDateTime": None})),
        )
        for own in range(1, draw(counts) + 1)
    ]
    address = {"name": "Ada", "address1": "High Street 1", "city": "Leeds", "countryCodeV2": "GB", "zip": draw(maybe)}
    return make.order(
        lineItems=make.page(*lines),
        fulfillmentOrders=make.page(*shares),
        fulfillments=[make.told(number, {1: 1, 2: 2}) for number in range(draw(counts))],
        email=draw(maybe),
        phone=draw(maybe),
        note=draw(maybe),
        shippingAddress=draw(st.none() | st.just(address)),
        currentTotalPriceSet=draw(st.none() | amounts.map(make.money)),
        displayFinancialStatus=draw(st.sampled_from([None, "PAID", "PENDING", "NEW_WORD"])),
    )


def anew(model: Any) -> Any:
    """Return the model made once more, by constructors all the way down."""
    if isinstance(model, tuple):
        return tuple(anew(each) for each in model)
    if not attrs.has(type(model)):
        return model
    return type(model)(**{field.name: anew(getattr(model, field.name)) for field in attrs.fields(type(model))})


@given(payload=payloads())
def test_mapped_order_is_what_the_constructors_make(payload: dict[str, Any]) -> None:
    """The short cut must leave nothing out: no check, no conversion, no field."""
    order = mapping.to_order(DECODER.decode(json.dumps(payload)), channel="shopify:eu")
    usual = anew(order)
    assert order == usual
    assert type(order) is Order
    assert (hash(order), repr(order)) == (hash(usual), repr(usual))
    assert from_plain(Order, to_plain(order)) == order


def address(**changes: object) -> dict[str, Any]:
    """Return the changes of an order's address."""
    return {"shippingAddress": {"address1": "High Street 1", "city": "Leeds", "countryCodeV2": "GB", **changes}}


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        (make.order(id=""), "Order.id"),
        (make.order(id=" "), "Order.id"),
        (make.order(lineItems=make.page(make.line(id=" "))), "OrderLine.id"),
        (make.order(lineItems=make.page(make.line(currentQuantity=-1))), "OrderLine.quantity"),
        (make.order(lineItems=make.page(make.line(originalUnitPriceSet=make.money("1", "eur")))), "Money.currency"),
        (make.order(lineItems=make.page(make.line(originalUnitPriceSet=make.money("NaN")))), "Money.amount"),
        (make.order(currentTotalPriceSet=make.money("Infinity")), "Money.amount"),
        (make.order(**address(countryCodeV2="GBR")), "Address.country_code"),
        (make.order(**address(countryCodeV2="gb")), "Address.country_code"),
    ],
    ids=["no id", "blank id", "blank line", "negative", "currency", "nan", "infinite", "country", "small country"],
)
def test_value_that_cannot_be_is_refused(payload: dict[str, Any], field: str) -> None:
    """What the schema does not promise is checked on the short cut too, twice: a refusal must not be kept as a value."""
    node = DECODER.decode(json.dumps(payload))
    for _ in range(2):
        with pytest.raises(InvalidValueError) as caught:
            mapping.to_order(node, channel="shopify:eu")
        assert caught.value.field == field


def bag(amount: str, currency: str = "EUR") -> schemas.MoneyBag:
    """Return an amount as Shopify sends it."""
    return schemas.MoneyBag(schemas.MoneyV2(amount, currency))


def test_same_amount_is_one_object() -> None:
    """A page has hundreds of them."""
    assert repeated.to_money(bag("12.50")) is repeated.to_money(bag("12.50"))


def test_amounts_of_two_currencies_are_told_apart() -> None:
    """A shop that changes the currency it books in must not see the old one."""
    assert repeated.to_money(bag("1.00")) == Money(amount=Decimal("1.00"), currency="EUR")
    assert repeated.to_money(bag("1.00", "USD")) == Money(amount=Decimal("1.00"), currency="USD")


def test_spelling_of_an_amount_is_kept() -> None:
    """``1.0`` and ``1.00`` are equal, but are written back as they came."""
    for amount in ("1.0", "1.00"):
        made = repeated.to_money(bag(amount))
        assert made is not None
        assert str(made.amount) == amount


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that reads orders for months must not grow for it."""
    repeated.forget()
    amounts = repeated._amounts  # the store that is bounded
    monkeypatch.setattr(type(amounts["EUR"]), "LIMIT", 3)
    monkeypatch.setattr(type(amounts), "LIMIT", 2)
    for number in range(10):
        assert repeated.to_money(bag(str(number))) == Money(amount=Decimal(number), currency="EUR")
        assert len(amounts["EUR"]) <= 3
    for currency in ("USD", "GBP", "CAD"):
        assert repeated.to_money(bag("1", currency)) == Money(amount=Decimal(1), currency=currency)
        assert len(amounts) <= 2
    repeated.forget()
    assert not amounts


def test_no_amount_is_none() -> None:
    """Shopify leaves out what it may not show."""
    assert repeated.to_money(None) is None


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (None, None),
        (schemas.Weight(Decimal("0.35"), "KILOGRAMS"), Weight(value=Decimal("0.35"), unit=WeightUnit.KILOGRAM)),
        (schemas.Weight(Decimal(0), "KILOGRAMS"), None),
        (schemas.Weight(Decimal(2), "STONES"), None),
    ],
    ids=["none", "kilograms", "nought", "unknown unit"],
)
def test_weight_is_known_or_none(sent: schemas.Weight | None, expected: Weight | None) -> None:
    """Nought is what Shopify has where nobody entered a weight."""
    assert repeated.to_weight(sent) == expected


def test_several_taxes_are_added() -> None:
    """A line in Canada has two."""
    taxes = [{"priceSet": make.money("1.10")}, {"priceSet": make.money("0.05")}]
    order = mapping.to_order(
        DECODER.decode(json.dumps(make.order(lineItems=make.page(make.line(taxLines=taxes))))), channel="shopify:eu"
    )
    line: OrderLine = order.lines[0]
    assert line.tax == Money(amount=Decimal("1.15"), currency="EUR")


PICK_UP: dict[str, Any] = {"deliveryMethod": {"methodType": "PICK_UP", "maxDeliveryDateTime": None}}


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([make.share(1, make.share_line())], True),
        ([make.share(1, make.share_line(), **PICK_UP)], False),
        ([make.share(1, make.share_line(), **PICK_UP), make.share(2, make.share_line())], True),
    ],
    ids=["sent", "picked up", "both"],
)
def test_line_is_sent_unless_all_of_it_is_picked_up(shares: list[dict[str, Any]], expected: bool) -> None:
    """What one fulfillment order hands over in the shop may have to be sent by another."""
    payload = make.order(fulfillmentOrders=make.page(*shares))
    order = mapping.to_order(DECODER.decode(json.dumps(payload)), channel="shopify:eu")
    assert order.lines[0].requires_shipping is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [("SUCCESS", OrderStatus.PARTIALLY_FULFILLED), ("CANCELLED", OrderStatus.UNFULFILLED)],
    ids=["stands", "cancelled"],
)
def test_cancelled_fulfillment_has_not_left(status: str, expected: OrderStatus) -> None:
    """It is still in the list."""
    payload = make.order(fulfillments=[make.told(status=status)])
    assert mapping.to_order(DECODER.decode(json.dumps(payload)), channel="shopify:eu").status is expected
