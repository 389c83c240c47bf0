"""Weights and sides: rounded up, never down."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcarrier.carriers.ups.mapping.measures import to_amount, to_sides, to_total_weight, to_unit_value, to_weight
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Dimensions, LengthUnit, Money, Weight, WeightUnit

WEIGHTS = st.decimals(min_value="0.001", max_value="99999", places=3)


@pytest.mark.parametrize(
    ("value", "unit", "in_pounds", "expected", "code"),
    [
        ("3", "lb", True, "3", "LBS"),
        ("3.01", "lb", True, "3.1", "LBS"),
        ("48", "oz", True, "3", "LBS"),
        ("1", "kg", True, "2.3", "LBS"),
        ("1", "lb", False, "0.5", "KGS"),
        ("1500", "g", False, "1.5", "KGS"),
        ("1000.2", "lb", True, "1001", "LBS"),
    ],
)
def test_weights_are_rounded_up_to_a_tenth(value: str, unit: str, in_pounds: bool, expected: str, code: str) -> None:
    """A parcel that weighs more than it says is corrected by UPS, for a fee."""
    made = to_weight(Weight(value=value, unit=WeightUnit(unit)), in_pounds=in_pounds, field="f")
    assert (made.weight, made.unit_of_measurement.code) == (expected, code)


@given(WEIGHTS)
def test_weight_is_never_less_than_it_was(value: Decimal) -> None:
    """And it fits into UPS's five characters."""
    made = to_weight(Weight(value=value, unit=WeightUnit.POUND), in_pounds=True, field="f")
    assert Decimal(made.weight) >= value
    assert len(made.weight) <= 5


def test_weight_without_room_is_an_error() -> None:
    """Six digits would be cut to five."""
    with pytest.raises(InvalidValueError) as caught:
        to_weight(
            Weight(value="100000", unit=WeightUnit.POUND), in_pounds=True, field="ShipmentRequest.parcels[0].weight"
        )
    assert caught.value.field == "ShipmentRequest.parcels[0].weight"


def test_total_is_the_sum_of_what_was_said() -> None:
    """UPS compares the two."""
    parts = [to_weight(Weight(value=v, unit=WeightUnit.POUND), in_pounds=True, field="f") for v in ("1.11", "2")]
    assert to_total_weight(parts).weight == "3.2"


def test_sides_are_whole_and_the_longest_comes_first() -> None:
    """Ship takes whole numbers, and measures girth around the longest side (field guide ups.md sections 2.4, 4.2)."""
    made = to_sides(Dimensions(length="4.2", width="10", height="7", unit=LengthUnit.INCH), in_pounds=True, field="f")
    assert (made.length, made.width, made.height, made.unit_of_measurement.code) == ("10", "5", "7", "IN")


def test_sides_are_in_centimetres_for_metric_origins() -> None:
    """Inches from a metric country are refused (field guide ups.md pitfall 24)."""
    made = to_sides(Dimensions(length="10", width="8", height="4", unit=LengthUnit.INCH), in_pounds=False, field="f")
    assert (made.length, made.width, made.height, made.unit_of_measurement.code) == ("26", "21", "11", "CM")


def test_side_without_room_is_an_error() -> None:
    """Four digits would be cut to three."""
    with pytest.raises(InvalidValueError) as caught:
        to_sides(Dimensions(length="1000", width="1", height="1", unit=LengthUnit.INCH), in_pounds=True, field="f")
    assert caught.value.field == "f"


@pytest.mark.parametrize(
    ("amount", "currency", "expected"), [("15", "USD", "15.00"), ("15", "JPY", "15"), ("1.5", "KWD", "1.500")]
)
def test_amounts_have_the_digits_of_their_currency(amount: str, currency: str, expected: str) -> None:
    """Yen have no cents."""
    assert to_amount(Money(amount=amount, currency=currency), "f").monetary_value == expected


def test_negative_amount_is_an_error() -> None:
    """Nothing is insured for less than nothing."""
    with pytest.raises(InvalidValueError) as caught:
        to_amount(Money(amount="-1", currency="USD"), "f")
    assert caught.value.field == "f"


@pytest.mark.parametrize(("amount", "expected"), [("15", "15.00"), ("0.5", "0.50"), ("0.123456", "0.123456")])
def test_unit_value_keeps_all_its_decimals(amount: str, expected: str) -> None:
    """The invoice multiplies it: a rounded piece is another total."""
    assert to_unit_value(Money(amount=amount, currency="USD"), "f") == expected


@pytest.mark.parametrize("amount", ["0", "-1", "0.1234567"])
def test_unit_value_that_the_invoice_cannot_show_is_an_error(amount: str) -> None:
    """Free goods have a value for customs, too."""
    with pytest.raises(InvalidValueError):
        to_unit_value(Money(amount=amount, currency="USD"), "f")
