"""Money, measures and addresses: exact, within one currency, never personal in their text form."""

import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcarrier import (
    Address,
    Dimensions,
    InvalidValueError,
    LengthUnit,
    Money,
    Weight,
    WeightUnit,
    from_plain,
    to_plain,
)

amounts = st.decimals(min_value="-1e12", max_value="1e12", places=3, allow_nan=False)
weights = st.decimals(min_value=0, max_value="1e7", places=6, allow_nan=False)
units = st.sampled_from(list(WeightUnit))


@given(amounts, amounts)
def test_sum_and_difference_undo_each_other(a: Decimal, b: Decimal) -> None:
    """A price put together must come apart again to the cent."""
    first, second = Money(amount=a, currency="EUR"), Money(amount=b, currency="EUR")
    assert first + second - second == first
    assert first + second == second + first
    assert -(-first) == first


@given(amounts, st.integers(min_value=-1000, max_value=1000))
def test_product_is_repeated_sum(a: Decimal, n: int) -> None:
    """Three pieces cost three times one piece, from either side."""
    price = Money(amount=a, currency="USD")
    assert price * n == n * price
    assert (price * n).amount == a * n


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_currencies_do_not_mix(operation: str) -> None:
    """Dollars and euros added up are a wrong bill."""
    one, other = Money(amount=1, currency="USD"), Money(amount=1, currency="EUR")
    with pytest.raises(InvalidValueError, match="USD and EUR") as caught:
        getattr(one, operation)(other)
    assert caught.value.field == "Money.currency"
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    "amount", [1.5, float("nan"), True, None, "1,5", "", "NaN", "Infinity", Decimal("sNaN")], ids=repr
)
def test_amount_is_an_exact_finite_number(amount: object) -> None:
    """A float has lost cents before it arrives here."""
    with pytest.raises(InvalidValueError) as caught:
        Money(amount=amount, currency="USD")  # type: ignore[arg-type]  # what callers without a type checker do
    assert caught.value.field == "Money.amount"


@pytest.mark.parametrize("currency", ["usd", "US", "USDX", "", "U$D", "ÜSD", None, 840], ids=repr)
def test_currency_has_the_form_of_iso_4217(currency: object) -> None:
    """A symbol or a number is not a currency."""
    with pytest.raises(InvalidValueError) as caught:
        Money(amount=1, currency=currency)  # type: ignore[arg-type]  # what callers without a type checker do
    assert caught.value.field == "Money.currency"


@given(weights, units, units)
def test_weight_survives_the_way_there_and_back(value: Decimal, unit: WeightUnit, other: WeightUnit) -> None:
    """Grams to pounds and back must give the grams, to 30 digits."""
    there_and_back = Weight(value=value, unit=unit).to(other).to(unit).value
    assert abs(there_and_back - value) <= abs(value) * Decimal("1e-30")


@pytest.mark.parametrize(
    ("value", "unit", "other", "expected"),
    [
        ("1", WeightUnit.POUND, WeightUnit.GRAM, "453.59237"),
        ("16", WeightUnit.OUNCE, WeightUnit.POUND, "1"),
        ("1", WeightUnit.OUNCE, WeightUnit.GRAM, "28.349523125"),
        ("2500", WeightUnit.GRAM, WeightUnit.KILOGRAM, "2.5"),
    ],
    ids=["lb-g", "oz-lb", "oz-g", "g-kg"],
)
def test_weight_converts_by_definition(value: str, unit: WeightUnit, other: WeightUnit, expected: str) -> None:
    """The international pound is 453.59237 g, exactly."""
    assert Weight(value=value, unit=unit).to(other).value == Decimal(expected)


@given(weights, weights, units, units)
def test_weights_compare_across_units(a: Decimal, b: Decimal, one: WeightUnit, other: WeightUnit) -> None:
    """Comparing must not depend on the unit that a weight happens to be in."""
    first, second = Weight(value=a, unit=one), Weight(value=b, unit=one).to(other)
    if abs(a - b) > Decimal("1e-5"):
        assert (first < second) == (a < b)
        assert (first > second) == (a > b)


@pytest.mark.parametrize("value", ["-0.1", -1], ids=str)
def test_weight_is_never_negative(value: object) -> None:
    """A negative weight would be priced as something else."""
    with pytest.raises(InvalidValueError) as caught:
        Weight(value=value, unit=WeightUnit.GRAM)  # type: ignore[arg-type]  # what callers without a type checker do
    assert caught.value.field == "Weight.value"


def test_inch_is_25_4_millimeters() -> None:
    """Exact by definition."""
    box = Dimensions(length=Decimal(10), width=Decimal(8), height=Decimal("0.5"), unit=LengthUnit.INCH)
    assert box.to(LengthUnit.MILLIMETER) == Dimensions(
        length=Decimal(254), width=Decimal("203.2"), height=Decimal("12.7"), unit=LengthUnit.MILLIMETER
    )


@pytest.mark.parametrize("side", [0, -1], ids=str)
def test_side_is_more_than_nothing(side: int) -> None:
    """A flat box has no volume to be priced."""
    with pytest.raises(InvalidValueError, match="Dimensions"):
        Dimensions(length=Decimal(side), width=Decimal(1), height=Decimal(1), unit=LengthUnit.INCH)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("street1", ""),
        ("street1", "  "),
        ("city", ""),
        ("country_code", "usa"),
        ("country_code", "us"),
        ("country_code", ""),
        ("name", 7),
    ],
    ids=str,
)
def test_address_names_the_field_that_is_wrong(field: str, value: object) -> None:
    """Whoever typed it must know which box of the form to mend."""
    values: dict[str, object] = {"street1": "1 Dock Rd", "city": "Reno", "country_code": "US", field: value}
    with pytest.raises(InvalidValueError) as caught:
        Address(**values)  # type: ignore[arg-type]  # wrong on purpose
    assert caught.value.field == f"Address.{field}"


def test_address_shows_nothing_personal() -> None:
    """A log line with an address in it is a leak."""
    address = Address(
        name="Canary Name",
        company="Canary Firm",
        street1="Canary Street",
        street2="Canary 2",
        street3="Canary 3",
        city="Canaryville",
        region="NV",
        postal_code="Canary-Code",
        country_code="US",
        phone="Canary-Phone",
        email="canary@example.com",
        delivery_reference="Canary-Ref",
    )
    assert "anary" not in repr(address) + str(address)
    assert "NV" in repr(address)


@given(amounts)
def test_money_survives_plain_json(amount: Decimal) -> None:
    """What an application stores must come back to the cent."""
    money = Money(amount=amount, currency="JPY")
    assert from_plain(Money, to_plain(money)) == money
    assert pickle.loads(pickle.dumps(money)) == money  # noqa: S301 - our own bytes


@pytest.mark.parametrize("value", ["1e16", "1E+999999", Decimal("1e999999"), "1e-40"], ids=repr)
def test_number_has_a_size_that_occurs(value: object) -> None:
    """Writing out 1E+999999 takes a machine down; a driver would meet it after the label was planned."""
    for make, field in (
        (lambda: Weight(value=value, unit=WeightUnit.GRAM), "Weight.value"),  # type: ignore[arg-type]  # wrong on purpose
        (lambda: Money(amount=value, currency="USD"), "Money.amount"),  # type: ignore[arg-type]  # wrong on purpose
    ):
        with pytest.raises(InvalidValueError) as caught:
            make()
        assert caught.value.field == field


@pytest.mark.parametrize("unit", ["stone", "", None, 3], ids=repr)
def test_unknown_unit_names_its_field(unit: object) -> None:
    """An error that is none of ours is caught by nobody."""
    with pytest.raises(InvalidValueError) as caught:
        Weight(value=1, unit=unit)  # type: ignore[arg-type]  # wrong on purpose
    assert caught.value.field == "Weight.unit"
    with pytest.raises(InvalidValueError) as caught:
        Dimensions(length=1, width=1, height=1, unit=unit)  # type: ignore[arg-type]  # wrong on purpose
    assert caught.value.field == "Dimensions.unit"


def test_money_and_a_bare_number_do_not_mix() -> None:
    """Python says so in its own words, as for any two types."""
    with pytest.raises(TypeError):
        Money(amount=1, currency="USD") + 1  # type: ignore[operator]


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("55.4", "USD", "55.40 USD"),
        ("55", "EUR", "55.00 EUR"),
        ("0", "USD", "0.00 USD"),
        ("-1.5", "USD", "-1.50 USD"),
        ("1.2345", "USD", "1.2345 USD"),
        ("1200", "JPY", "1200 JPY"),
        ("1E+3", "USD", "1000.00 USD"),
    ],
)
def test_money_reads_as_people_write_it(amount: str, currency: str, text: str) -> None:
    """A price of 55.4 reads as if something were cut off; nothing is ever rounded away."""
    assert str(Money(amount=Decimal(amount), currency=currency)) == text
