"""Weights and sides: never less than true, because what is missing is charged later."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcarrier.carriers.usps.mapping.measures import (
    Sides,
    is_by_volume,
    is_machinable,
    is_oversized,
    to_dollars,
    to_pounds,
    to_sides,
    trimmed,
)
from cartcarrier.carriers.usps.mapping.text import clean, limited, plain
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Dimensions, LengthUnit, Money, Weight, WeightUnit
from tests.unit.carriers.usps.samples import dollars


@pytest.mark.parametrize(
    ("value", "unit", "pounds"),
    [
        ("20", WeightUnit.OUNCE, "1.25"),
        ("1", WeightUnit.OUNCE, "0.0625"),
        ("113.398", WeightUnit.GRAM, "0.25"),
        ("0.001", WeightUnit.OUNCE, "0.01"),
        ("2", WeightUnit.POUND, "2"),
        ("100", WeightUnit.POUND, "100"),
        ("1", WeightUnit.KILOGRAM, "2.2047"),
    ],
)
def test_weights_become_pounds(value: str, unit: WeightUnit, pounds: str) -> None:
    """Ounces taken for pounds cost sixteen times; 0.04 lb taken for 0 is refused (pitfall 22)."""
    assert str(to_pounds(Weight(value=Decimal(value), unit=unit))) == pounds


@given(st.decimals(min_value="0.0001", max_value="70000", places=4), st.sampled_from(list(WeightUnit)))
def test_weight_is_never_less_than_true(value: Decimal, unit: WeightUnit) -> None:
    """And at most a hundredth of a pound more."""
    weight = Weight(value=value, unit=unit)
    made = to_pounds(weight)
    true = weight.to(WeightUnit.POUND).value
    assert true <= made <= max(true + Decimal("0.0001"), Decimal("0.01"))


def test_sides_are_sorted_inches() -> None:
    """Length must be the longest (field guide usps.md §2.1)."""
    made = to_sides(
        Dimensions(length=Decimal(10), width=Decimal("25.4"), height=Decimal(5), unit=LengthUnit.CENTIMETER)
    )
    assert made == Sides(Decimal(10), Decimal("3.94"), Decimal("1.97"))


def test_rules_of_volume_and_machines() -> None:
    """What is not said beforehand is charged later."""
    cube = Sides(Decimal(20), Decimal(20), Decimal(20))
    assert is_by_volume(cube, Decimal(5))
    assert not is_by_volume(cube, Decimal(60))
    assert not is_by_volume(Sides(Decimal(12), Decimal(12), Decimal(12)), Decimal(1))
    assert is_machinable(Sides(Decimal(27), Decimal(17), Decimal(17)), Decimal(35))
    for sides, pounds in (
        (Sides(Decimal("27.01"), Decimal(1), Decimal(1)), 1),
        (Sides(Decimal(18), Decimal("17.01"), Decimal(1)), 1),
        (Sides(Decimal(9), Decimal(6), Decimal(4)), 36),
    ):
        assert not is_machinable(sides, Decimal(pounds))
    assert is_oversized(Sides(Decimal(60), Decimal(15), Decimal(15)), None)
    assert not is_oversized(Sides(Decimal(60), Decimal(15), Decimal(15)), Decimal(40))


def test_dollars_only() -> None:
    """Customs and insurance are in US dollars."""
    assert to_dollars(dollars("12.345"), "x") == Decimal("12.35")
    for money in (Money(amount=Decimal(1), currency="EUR"), dollars("-1")):
        with pytest.raises(InvalidValueError) as caught:
            to_dollars(money, "x")
        assert caught.value.field == "x"


def test_numbers_have_no_exponent() -> None:
    """``1E+2`` is JSON, and not what a gateway's pattern takes."""
    assert [str(trimmed(Decimal(text))) for text in ("100", "1E+2", "1.500", "0.010")] == ["100", "100", "1.5", "0.01"]


def test_signs_of_word_processors_are_folded() -> None:
    """They mean the same, and labels have no letters for them."""
    assert plain(" O\u2019Hara\u00a0\u2013  Lane ", "x") == "O'Hara - Lane"
    assert plain("Jo\u0308rg \u0141", "x") == "J\u00f6rg \u0141"


@pytest.mark.parametrize("text", ["東京", "Ελλάδα", "a\x07b", "☃"])
def test_letters_that_a_label_lacks_are_an_error(text: str) -> None:
    """A carrier in the US could not read them."""
    with pytest.raises(InvalidValueError) as caught:
        plain(text, "ship_to.name")
    assert caught.value.field == "ship_to.name"
    assert text not in caught.value.message


def test_long_text_is_an_error_and_not_cut() -> None:
    """Half a street leads nowhere."""
    assert limited("x" * 50, 50, "f") == "x" * 50
    with pytest.raises(InvalidValueError, match="51"):
        limited("x" * 51, 50, "f")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Priority Mail<SUP>&reg;</SUP>", "Priority Mail®"),
        ("USPS Tracking<SUP>&#174;</SUP>", "USPS Tracking®"),
        ("A&lt;b&gt;B", "AB"),
        ("  ", None),
        (None, None),
    ],
)
def test_html_is_taken_out(text: str | None, words: str | None) -> None:
    """USPS's texts have tags and entities in them (pitfall 18)."""
    assert clean(text) == words
