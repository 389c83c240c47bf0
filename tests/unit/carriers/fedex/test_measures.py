"""Weights, sides, sums and words as FedEx takes them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcarrier.carriers.fedex.mapping.charges import alert_texts, to_money
from cartcarrier.carriers.fedex.mapping.measures import (
    to_amount,
    to_goods_weight,
    to_sides,
    to_unit_price,
    to_weight,
    total_weight,
)
from cartcarrier.carriers.fedex.mapping.text import address_lines, limited, plain, wrapped
from cartcarrier.carriers.fedex.schemas._base import Alert, Amount
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Dimensions, LengthUnit, Money, Weight, WeightUnit


@pytest.mark.parametrize(
    ("value", "unit", "in_pounds", "told"),
    [
        ("3.5", WeightUnit.POUND, True, "3.5"),
        ("3.51", WeightUnit.POUND, True, "3.6"),
        ("10", WeightUnit.POUND, True, "10"),
        ("1", WeightUnit.KILOGRAM, True, "2.3"),
        ("1", WeightUnit.OUNCE, True, "0.1"),
        ("16", WeightUnit.OUNCE, False, "0.5"),
        ("1000", WeightUnit.GRAM, False, "1"),
    ],
)
def test_weight_is_rounded_up(value: str, unit: WeightUnit, in_pounds: bool, told: str) -> None:
    """A parcel that is heavier than said costs a correction."""
    made = to_weight(Weight(value=value, unit=unit), in_pounds=in_pounds, field="w")
    assert (made.units, str(made.value)) == ("LB" if in_pounds else "KG", told)


@given(st.decimals(min_value="0.001", max_value="500", places=3))
def test_weight_is_never_less_than_it_is(value: Decimal) -> None:
    """Nor more by a tenth."""
    told = to_weight(Weight(value=value, unit=WeightUnit.POUND), in_pounds=True, field="w").value
    assert value <= told < value + Decimal("0.1")


def test_goods_weigh_the_line() -> None:
    """FedEx wants the line's weight, not the piece's (field guide fedex.md section 4.4)."""
    made = to_goods_weight(Weight(value="0.4", unit=WeightUnit.POUND), 3, in_pounds=True, field="w")
    assert str(made.value) == "1.2"


def test_weight_of_nothing_is_refused() -> None:
    """Customs refuses goods of no weight."""
    with pytest.raises(InvalidValueError) as caught:
        to_goods_weight(Weight(value=0, unit=WeightUnit.POUND), 3, in_pounds=True, field="items[0].weight")
    assert caught.value.field == "items[0].weight"


def test_total_is_the_sum_of_what_is_told() -> None:
    """A total of unrounded weights would be another one."""
    made = [to_weight(Weight(value="1.01", unit=WeightUnit.POUND), in_pounds=True, field="w") for _ in range(3)]
    assert total_weight(made) == Decimal("3.3")


def test_sides_are_rounded_up_to_whole_numbers() -> None:
    """FedEx cuts 9.4 to 9, and then corrects the price."""
    sides = to_sides(
        Dimensions(length="9.4", width="8", height="0.1", unit=LengthUnit.INCH), in_pounds=True, field="dimensions"
    )
    assert (sides.length, sides.width, sides.height, sides.units) == (10, 8, 1, "IN")


def test_sides_are_in_centimetres_with_kilograms() -> None:
    """One system a shipment."""
    sides = to_sides(Dimensions(length="10", width="8", height="4", unit=LengthUnit.INCH), in_pounds=False, field="d")
    assert (sides.length, sides.width, sides.height, sides.units) == (26, 21, 11, "CM")


def test_side_without_room_is_an_error() -> None:
    """Three digits are all there is."""
    with pytest.raises(InvalidValueError) as caught:
        to_sides(Dimensions(length="1000", width="1", height="1", unit=LengthUnit.INCH), in_pounds=True, field="d")
    assert caught.value.field == "d"


@pytest.mark.parametrize(
    ("money", "amount", "currency"),
    [
        (Money(amount="12.345", currency="USD"), "12.35", "USD"),
        (Money(amount="12", currency="EUR"), "12.00", "EUR"),
        (Money(amount="1200.5", currency="JPY"), "1201", "JYE"),
        (Money(amount="1.2345", currency="KWD"), "1.235", "KUD"),
        (Money(amount="5", currency="GBP"), "5.00", "UKL"),
    ],
)
def test_money_has_the_currencys_digits_and_fedex_code(money: Money, amount: str, currency: str) -> None:
    """FedEx has codes of its own for some currencies."""
    made = to_amount(money, "field")
    assert (str(made.amount), made.currency) == (amount, currency)


def test_negative_money_is_refused() -> None:
    """Nothing is worth less than nothing."""
    with pytest.raises(InvalidValueError) as caught:
        to_amount(Money(amount="-1", currency="USD"), "parcels[0].insured_value")
    assert caught.value.field == "parcels[0].insured_value"


@pytest.mark.parametrize("amount", ["0", "-1", "0.0000001"])
def test_price_of_a_piece_is_exact(amount: str) -> None:
    """The invoice would show another one."""
    with pytest.raises(InvalidValueError):
        to_unit_price(Money(amount=amount, currency="USD"), "unit_value")


def test_price_of_a_piece_keeps_its_decimals() -> None:
    """A screw for a tenth of a cent."""
    assert str(to_unit_price(Money(amount="0.0010", currency="USD"), "f").amount) == "0.001"


# --- sums that come back --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("total", "currency", "money"),
    [
        (Decimal("12.53"), "USD", Money(amount="12.53", currency="USD")),
        (Decimal("12.53"), "UKL", Money(amount="12.53", currency="GBP")),
        (Amount(amount=Decimal(3), currency="EUR"), "USD", Money(amount="3", currency="EUR")),
        (Amount(amount=Decimal(3)), "USD", Money(amount="3", currency="USD")),
        (Amount(), "USD", None),
        (None, "USD", None),
        (Decimal(1), None, None),
        (Decimal(1), "dollars", None),
    ],
)
def test_sum_is_read_in_both_shapes(total: Decimal | Amount | None, currency: str | None, money: Money | None) -> None:
    """A number, or an object; what cannot be read is not known, and never zero."""
    assert to_money(total, currency) == money


@pytest.mark.parametrize(
    ("alerts", "texts"),
    [
        (None, ()),
        ("", ()),
        (" late today ", ("late today",)),
        (Alert(code="A.B", message="words"), ("A.B: words",)),
        ([Alert(code="A.B"), Alert(message="words"), Alert(), Alert(code="A.B")], ("A.B", "words")),
    ],
)
def test_alerts_are_read_in_every_shape(alerts: list[Alert] | Alert | str | None, texts: tuple[str, ...]) -> None:
    """A list, one, or a bare text (field guide fedex.md section 11, pitfall 14)."""
    assert alert_texts(alerts) == texts


# --- words ----------------------------------------------------------------------------------------------------------------


def test_text_is_put_on_one_line() -> None:
    """A line break in an address breaks the label."""
    assert plain(" Jill\n Doe\u200b\t") == "Jill Doe"


def test_text_that_is_too_long_names_its_field() -> None:
    """FedEx refuses, or cuts."""
    with pytest.raises(InvalidValueError) as caught:
        limited("x" * 36, 35, "ship_to.company")
    assert caught.value.field == "ship_to.company"


def test_long_street_is_split_between_words() -> None:
    """It has 35 characters a line."""
    assert address_lines([("street1", "Rear entrance of the old mill, second gate"), ("street2", "Apt 4")]) == [
        "Rear entrance of the old mill,",
        "second gate",
        "Apt 4",
    ]


def test_word_longer_than_a_line_is_an_error() -> None:
    """Nobody knows where to break it."""
    assert wrapped("x" * 36, 35) is None
    with pytest.raises(InvalidValueError) as caught:
        address_lines([("street1", "9 Elm St"), ("street2", "x" * 36)])
    assert caught.value.field == "street2"


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ([("street1", "word " * 20), ("street2", "b"), ("street3", "c")], "street1"),
        ([("street1", "a"), ("street2", "b"), ("street3", "c"), ("delivery_reference", "d")], "delivery_reference"),
        ([("street1", "a"), ("street2", "word " * 20), ("street3", "word " * 20)], "street2"),
    ],
)
def test_street_that_needs_four_lines_names_the_long_part(parts: list[tuple[str, str]], field: str) -> None:
    """FedEx leaves the fourth one out in silence."""
    with pytest.raises(InvalidValueError) as caught:
        address_lines(parts)
    assert caught.value.field == field
