"""Words on labels: nothing is cut in silence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcarrier.carriers.ups.mapping.text import LINE, address_lines, limited, plain, wrapped
from cartcarrier.errors import InvalidValueError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("O\u2019Hara \u201cHome\u201d \u2013 2nd\u00a0floor\u2026", 'O\'Hara "Home" - 2nd floor...'),
        ("Cafe\u0301 M\u00fcnchen", "Caf\u00e9 M\u00fcnchen"),
        ("  two   spaces\n", "two spaces"),
    ],
    ids=["typographic", "composed", "spaces"],
)
def test_signs_of_word_processors_are_folded(text: str, expected: str) -> None:
    """Smart quotes and dashes come with every copied address, and UPS refuses them (121000)."""
    assert plain(text, "f") == expected


@pytest.mark.parametrize("text", ["\u0141\u00f3d\u017a", "\u6771\u4eac", "box \U0001f4e6", "tab\x07"])
def test_letters_that_a_label_lacks_are_an_error_that_names_the_field(text: str) -> None:
    """A guess at somebody's name is not ours to make."""
    with pytest.raises(InvalidValueError) as caught:
        plain(text, "ShipmentRequest.ship_to.city")
    assert caught.value.field == "ShipmentRequest.ship_to.city"
    assert text not in str(caught.value)


def test_transliterating_keeps_what_latin_1_has() -> None:
    """Asked for, the nearest letters are taken; accents that can be printed stay."""
    assert plain("\u0141\u00f3d\u017a, \u015awi\u0119tokrzyska", "f", transliterate=True) == "L\u00f3dz, Swietokrzyska"


def test_transliterating_does_not_invent_letters() -> None:
    """Where there is no nearest letter the error stays."""
    with pytest.raises(InvalidValueError):
        plain("\u6771\u4eac", "f", transliterate=True)


def test_too_long_is_an_error_and_not_cut() -> None:
    """UPS cuts what is too long, or refuses it, as it likes."""
    assert limited("x" * 35, 35, "f") == "x" * 35
    with pytest.raises(InvalidValueError) as caught:
        limited("x" * 36, 35, "f")
    assert caught.value.field == "f"


def test_long_street_is_split_between_words() -> None:
    """Streets of more than 35 characters are refused or cut (field guide ups.md pitfall 5)."""
    lines = address_lines(
        [("a.street1", "Building 12 North Entrance, 4500 Old Peachtree Road Southwest"), ("a.street2", "Apt 4")]
    )
    assert lines == ["Building 12 North Entrance, 4500", "Old Peachtree Road Southwest", "Apt 4"]


def test_street_that_needs_four_lines_names_the_long_part() -> None:
    """UPS has three lines; the fourth would be missing from the label."""
    parts = [("a.street1", "short"), ("a.street2", "word " * 20), ("a.street3", None)]
    with pytest.raises(InvalidValueError) as caught:
        address_lines(parts)
    assert caught.value.field == "a.street2"


def test_word_longer_than_a_line_is_an_error() -> None:
    """Splitting a word makes another one of it."""
    with pytest.raises(InvalidValueError) as caught:
        address_lines([("a.street1", "x" * 36)])
    assert caught.value.field == "a.street1"


@given(st.lists(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=LINE), min_size=1))
def test_wrapping_loses_nothing(words: list[str]) -> None:
    """Joined again, the lines are the text."""
    text = " ".join(words)
    lines = wrapped(text, LINE)
    assert lines is not None
    assert " ".join(lines) == text
    assert all(len(line) <= LINE for line in lines)
