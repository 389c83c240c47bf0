"""Whose number it is, and whether it is typed right.

The sums behind the examples were added up by hand; the worked columns stand in the table.
"""

import json
import os
import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cartcarrier.tracking_numbers import NumberKind, TrackingNumber, is_valid, normalize, recognize

# carrier, kind, a number whose check digit was worked out by hand
WORKED = [
    # CARTCC 03 1234567: 4 2·2 9 1·2 4 4·2 0 3·2 1 2·2 3 4·2 5 6·2 7 = 77, up to 80: 3
    pytest.param("ups", NumberKind.UPS_1Z, "1ZCARTCC0312345673", id="1z"),
    # 2·3 0 2·7 6·3 3·1 1·7 1·3 0 0 4·3 5·1 = 68, mod 11 = 2
    pytest.param("fedex", NumberKind.EXPRESS_12, "202631100452", id="express-12"),
    # as above with 2 for the last 5: 65, mod 11 = 10, written 0
    pytest.param("fedex", NumberKind.EXPRESS_12, "202631100420", id="express-12-ten-is-zero"),
    # from the right 0 7·1 0 6·1 0 5·1 0 4·1 0 3·1 0 2·1 0 1·1 = 28, up to 30: 2
    pytest.param("fedex", NumberKind.GROUND_15, "102030405060702", id="ground-15"),
    # the same fourteen digits behind 96, form 11, service 020
    pytest.param("fedex", NumberKind.GROUND_96, "9611020102030405060702", id="ground-96"),
    # 00 0000012 3 00…: from the right 17 digits, 3·1 (third place is 3) …: 5·3 + 4·1 + 3·3 = 28, up to 30: 2
    pytest.param("fedex", NumberKind.SSCC_18, "000000000000003452", id="sscc-18"),
    # 92 and 6129900000000000001: 1·3 9·3 9·1 2·3 1·1 6·3 2·1 9·3 = 93, up to 100: 7
    pytest.param("fedex", NumberKind.GROUND_ECONOMY, "61299000000000000017", id="ground-economy-20"),
    # from the right 3 0 0 0 0 0 27 8 21 6 15 4 9 2 3 0 15 5 0 2 27 = 147, up to 150: 3
    pytest.param("usps", NumberKind.IMPB_22, "9205501234567890000013", id="impb-22"),
    # 9·3 (25th place) 2·1 1·3 (the last) = 32, up to 40: 8
    pytest.param("usps", NumberKind.IMPB_26, "92000000000000000000000018", id="impb-26"),
    # 1·3 (the last) 7·3 (19th place) = 24, up to 30: 6
    pytest.param("usps", NumberKind.IMPB_20, "70000000000000000016", id="impb-20"),
    # as above with 91 in front: 24 + 1·1 + 9·3 = 52, up to 60: 8
    pytest.param("usps", NumberKind.IMPB_20, "70000000000000000018", id="impb-20-after-91"),
    # 2·8 0 2·4 6·2 1·3 1·5 2·9 4·7 = 90, mod 11 = 2, 11 - 2 = 9
    pytest.param("usps", NumberKind.S10, "LB202611249US", id="s10"),
    # 8·7 = 56, mod 11 = 1, 11 - 1 = 10, written 0
    pytest.param("usps", NumberKind.S10, "CP000000080US", id="s10-ten-is-zero"),
    # 3·8 + 1·9 = 33, mod 11 = 0, 11 - 0 = 11, written 5
    pytest.param("usps", NumberKind.S10, "CP300000105US", id="s10-eleven-is-five"),
]


@pytest.mark.parametrize(("carrier", "kind", "number"), WORKED)
def test_number_worked_by_hand_is_recognized_first_and_valid(carrier: str, kind: NumberKind, number: str) -> None:
    """A wrong rule would warn of every good label of that carrier."""
    first = recognize(number)[0]
    assert first == TrackingNumber(
        carrier=carrier, kind=kind, number=number, valid=True, country="US" if kind is NumberKind.S10 else None
    )
    assert is_valid(number, carrier) is True


@pytest.mark.parametrize(("carrier", "kind", "number"), [case for case in WORKED if "91" not in str(case.id)])
def test_only_one_check_digit_is_right(carrier: str, kind: NumberKind, number: str) -> None:
    """A rule that lets several digits pass finds fewer typing errors than it could; the 91 that may be left out is one such."""
    place = 10 if kind is NumberKind.S10 else len(number) - 1
    candidates = [f"{number[:place]}{digit}{number[place + 1 :]}" for digit in range(10)]
    right = [
        candidate
        for candidate in candidates
        if any(r.kind is kind and r.carrier == carrier and r.valid for r in recognize(candidate))
    ]
    assert len(right) == (2 if kind is NumberKind.IMPB_20 else 1)


@pytest.mark.parametrize(
    ("carrier", "kind", "number"),
    [
        pytest.param("amazon", NumberKind.AMAZON_LOGISTICS, "TBA123456789012", id="amazon"),
        pytest.param("ups", NumberKind.WAYBILL, "H1234567890", id="waybill"),
        pytest.param("ups", NumberKind.ROADIE, "1R12345678901234", id="roadie-16"),
        pytest.param("ups", NumberKind.ROADIE, "1R12345678901234567890123456", id="roadie-28"),
        pytest.param("ups", NumberKind.FREIGHT, "123456789", id="freight"),
    ],
)
def test_number_without_check_digit_is_neither_valid_nor_not(carrier: str, kind: NumberKind, number: str) -> None:
    """To say "valid" of what cannot be checked would be a guess."""
    assert recognize(number) == (TrackingNumber(carrier=carrier, kind=kind, number=number, valid=None),)
    assert is_valid(number, carrier) is None


@pytest.mark.parametrize(
    "typed",
    ["1Z CAR TCC 03 1234 5673", "1zcartcc0312345673", "1Z-CARTCC-03\N{EN DASH}1234-5673", "\t1ZCARTCC0312345673\r\n", "\N{FULLWIDTH DIGIT ONE}ZCARTCC0312345673"],
    ids=["spaces", "small", "dashes", "line-ends", "full-width"],
)  # fmt: skip
def test_what_people_put_between_does_no_harm(typed: str) -> None:
    """Numbers are pasted from mails and read from paper."""
    assert normalize(typed) == "1ZCARTCC0312345673"
    assert is_valid(typed, "ups") is True


@pytest.mark.parametrize(
    "scan",
    [
        "420900019205501234567890000013",
        "4209000112349205501234567890000013",
        "]C1420900019205501234567890000013",
        "\x1d42090001\x1d9205501234567890000013",
        "(420)90001 (92)05501234567890000013",
    ],
    ids=["zip", "zip+4", "aim-prefix", "fnc1", "brackets"],
)
def test_routing_code_of_a_scan_is_stripped(scan: str) -> None:
    """The scanner gives the ZIP code with the number; USPS is asked without it (usps.md §10)."""
    assert normalize(scan) == "9205501234567890000013"
    assert is_valid(scan, "usps") is True


def test_routing_code_before_26_digits_is_stripped() -> None:
    """34 digits are ZIP+4 and 22 digits, or ZIP and 26: here the 22 behind the ZIP+4 would begin with 00."""
    assert normalize("42090001" + "92000000000000000000000018") == "92000000000000000000000018"


def test_check_digit_decides_between_two_readings_of_34_digits() -> None:
    """Behind 420 and 90001 stand both 26 digits that begin with 92 and, four later, 22 that begin with 92."""
    # 9 2 1 2 in places 26 to 23 from the right weigh 1 3 1 3: 9 + 6 + 1 + 6 = 22, which spoils the check digit of the 26
    scan = "42090001" + "9212" + "9205501234567890000013"
    readings = recognize(scan)
    assert {reading.kind for reading in readings} >= {NumberKind.IMPB_22, NumberKind.IMPB_26}
    assert readings[0].number == "9205501234567890000013"
    assert readings[-1].valid is False


def test_number_handed_over_to_the_post_may_be_three_carriers() -> None:
    """Mail Innovations and Ground Economy parcels travel under USPS numbers: the prefix alone decides nothing (usps.md §10)."""
    assert [reading.carrier for reading in recognize("9205501234567890000013")] == ["usps", "fedex", "ups"]
    assert is_valid("9205501234567890000013", "ups") is True


def test_long_scan_of_fedex_holds_the_short_number() -> None:
    """FedEx is asked by twelve digits; its barcodes have 32 or 34 (fedex.md §10)."""
    for scan in (
        "1001901781990001000300" + "202631100452",
        "9622001900000000000000" + "202631100452",
        "3" + "0" * 15 + "202631100452" + "0000",
    ):
        assert normalize(scan) == "202631100452"
        assert recognize(scan)[0].carrier == "fedex"
        assert is_valid(scan, "fedex") is True


def test_foreign_post_has_a_country_and_no_carrier() -> None:
    """USPS did not issue it; whose it is, its country says."""
    (reading,) = recognize("LB202611249DE")
    assert (reading.carrier, reading.country, reading.valid) == (None, "DE", True)
    assert is_valid("LB202611249DE", "usps") is False


def test_right_check_digit_comes_first() -> None:
    """Twelve digits are FedEx's or a UPS InfoNotice: the check digit tips the balance, and its absence tips it back."""
    assert [reading.carrier for reading in recognize("202631100452")] == ["fedex", "ups"]
    assert [reading.carrier for reading in recognize("202631100453")] == ["ups", "fedex"]


def test_wrong_check_digit_is_recognized_all_the_same() -> None:
    """Partners inject odd numbers: such a label is real, and is asked about under its number."""
    (reading,) = recognize("1ZCARTCC0312345674")
    assert (reading.carrier, reading.number, reading.valid) == ("ups", "1ZCARTCC0312345674", False)


@pytest.mark.parametrize("text", ["", "   ", "hello", "1Z", "99999999", "1" * 500, "١٢٣٤٥٦٧٨٩٠١٢"])
def test_what_has_no_form_is_recognized_as_nothing(text: str) -> None:
    """An order number or an empty field must not become somebody's tracking number; nor other scripts' digits."""
    assert recognize(text) == ()
    assert is_valid(text, "fedex") is False


def test_account_key_names_its_driver() -> None:
    """Shipments carry keys, not driver names."""
    assert is_valid("1ZCARTCC0312345673", "ups:west") is True


def test_nothing_is_said_of_a_carrier_that_is_not_known() -> None:
    """A plug-in's carrier must not be told that all its numbers are wrong."""
    assert is_valid("1ZCARTCC0312345673", "acme") is None


def test_carrier_without_that_form_says_false() -> None:
    """A UPS number booked on FedEx is a mix-up worth a warning."""
    assert is_valid("1ZCARTCC0312345673", "fedex") is False


def _digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


def _checked(prefix: str, body: str, kind: NumberKind, suffix: str = "") -> str:
    """Return the number with the check digit that is right; that there is just one has its own test."""
    for digit in "0123456789":
        number = f"{prefix}{body}{digit}{suffix}"
        if any(reading.kind is kind and reading.valid for reading in recognize(number)):
            return number
    msg = f"no check digit makes {prefix}{body} valid"
    raise AssertionError(msg)


def _says(number: str, kind: NumberKind) -> list[bool | None]:
    return [reading.valid for reading in recognize(number) if reading.kind is kind]


TENS = [
    pytest.param("", 14, NumberKind.GROUND_15, id="ground-15"),
    pytest.param("9611020", 14, NumberKind.GROUND_96, id="ground-96"),
    pytest.param("", 17, NumberKind.SSCC_18, id="sscc-18"),
    pytest.param("94", 19, NumberKind.IMPB_22, id="impb-22"),
    pytest.param("92", 23, NumberKind.IMPB_26, id="impb-26"),
    pytest.param("6129", 15, NumberKind.GROUND_ECONOMY, id="ground-economy"),
]


@pytest.mark.parametrize(("prefix", "length", "kind"), TENS)
@given(data=st.data())
def test_modulo_ten_finds_every_changed_digit(prefix: str, length: int, kind: NumberKind, data: st.DataObject) -> None:
    """The commonest typing error: weights 3 and 1 share no factor with ten, so none may slip through."""
    number = _checked(prefix, data.draw(_digits(length)), kind)
    place = data.draw(st.integers(len(prefix), len(number) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    assert _says(f"{number[:place]}{other}{number[place + 1 :]}", kind) == [False]


@pytest.mark.parametrize(("prefix", "length", "kind"), TENS)
@given(data=st.data())
def test_modulo_ten_finds_swapped_neighbours_unless_they_differ_by_five(
    prefix: str, length: int, kind: NumberKind, data: st.DataObject
) -> None:
    """3a + b and 3b + a differ by 2(a - b): a multiple of ten for equal digits and those five apart, and for no others."""
    number = _checked(prefix, data.draw(_digits(length)), kind)
    place = data.draw(st.integers(len(prefix), len(number) - 2))
    first, second = number[place], number[place + 1]
    found = abs(int(first) - int(second)) not in {0, 5}
    assert _says(f"{number[:place]}{second}{first}{number[place + 2 :]}", kind) == [not found]


_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Written out, so that the rule's own arithmetic is not what it is checked with.
_VALUE = dict(zip(_ALPHABET, [*range(10), *map(int, "23456789012345678901234567")], strict=True))


@given(body=st.text(_ALPHABET, min_size=15, max_size=15), data=st.data())
def test_1z_finds_a_changed_character_where_the_rule_can(body: str, data: st.DataObject) -> None:
    """Every second value is doubled: there, those five apart look alike. Letters share their values with digits."""
    number = _checked("1Z", body, NumberKind.UPS_1Z)
    place = data.draw(st.integers(0, 14))
    other = data.draw(st.sampled_from([c for c in _ALPHABET if c != body[place]]))
    apart = abs(_VALUE[other] - _VALUE[body[place]])
    found = apart not in ({0, 5} if place % 2 else {0})
    assert _says(f"1Z{body[:place]}{other}{body[place + 1 :]}{number[-1]}", NumberKind.UPS_1Z) == [not found]


@given(body=st.text(_ALPHABET, min_size=15, max_size=15), data=st.data())
def test_1z_finds_swapped_neighbours_where_the_rule_can(body: str, data: st.DataObject) -> None:
    """The sums a + 2b and b + 2a differ by a - b: only characters of one value look alike."""
    number = _checked("1Z", body, NumberKind.UPS_1Z)
    place = data.draw(st.integers(0, 13))
    first, second = body[place], body[place + 1]
    found = _VALUE[first] != _VALUE[second]
    swapped = f"1Z{body[:place]}{second}{first}{body[place + 2 :]}{number[-1]}"
    assert _says(swapped, NumberKind.UPS_1Z) == [not found]


@given(body=_digits(11), data=st.data())
def test_express_finds_changes_and_swaps_unless_the_check_digit_is_zero(body: str, data: st.DataObject) -> None:
    """The remainders 0 and 10 are both written 0; every other remainder has a digit of its own, and eleven is prime."""
    number = _checked("", body, NumberKind.EXPRESS_12)
    assume(number[-1] != "0")
    place = data.draw(st.integers(0, 10))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != body[place]]))
    assert _says(f"{number[:place]}{other}{number[place + 1 :]}", NumberKind.EXPRESS_12) == [False]
    place = data.draw(st.integers(0, 9))
    first, second = body[place], body[place + 1]
    swapped = f"{body[:place]}{second}{first}{body[place + 2 :]}{number[-1]}"
    assert _says(swapped, NumberKind.EXPRESS_12) == [first == second]


@given(body=_digits(8), data=st.data())
def test_s10_finds_changes_and_swaps_unless_the_check_digit_is_five(body: str, data: st.DataObject) -> None:
    """11 is written 5, and so is 5; every other remainder has a digit of its own."""
    number = _checked("RR", body, NumberKind.S10, suffix="US")
    assume(number[10] != "5")
    place = data.draw(st.integers(0, 7))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != body[place]]))
    assert _says(f"RR{body[:place]}{other}{body[place + 1 :]}{number[10:]}", NumberKind.S10) == [False]
    place = data.draw(st.integers(0, 6))
    first, second = body[place], body[place + 1]
    swapped = f"RR{body[:place]}{second}{first}{body[place + 2 :]}{number[10:]}"
    assert _says(swapped, NumberKind.S10) == [first == second]


@given(
    st.one_of(
        st.text(max_size=40),
        st.text("0123456789 -", max_size=45),
        st.from_regex(r"420[0-9]{5}([0-9]{4})?9[1-5][0-9]{20}([0-9]{4})?", fullmatch=True),
        st.from_regex(r"(1Z[0-9A-Z]{16}|3[0-9]{31}|[0-9]{20}00[0-9]{12})", fullmatch=True),
    )
)
def test_normalizing_twice_changes_nothing(text: str) -> None:
    """What is stored normalized is normalized again when it is looked up."""
    once = normalize(text)
    assert normalize(once) == once


def _specs() -> Path | None:
    given_path = os.environ.get("CARTCARRIER_SHARED")
    shared = Path(given_path) if given_path else Path(__file__).resolve().parents[2].parent / "shared"
    return shared / "specs" if (shared / "specs").is_dir() else None


needs_specs = pytest.mark.skipif(
    _specs() is None, reason="the published API descriptions (../shared/specs) are not here"
)


def _published(platform: str, pattern: str) -> set[str]:
    folder = _specs()
    assert folder is not None
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in sorted((folder / platform).rglob("*.*")))
    return {number for text in texts for number in re.findall(rf"\b{pattern}\b", json.dumps(text, ensure_ascii=False))}


@needs_specs
@pytest.mark.parametrize(
    ("carrier", "pattern", "share"),
    [
        pytest.param("ups", "1Z[0-9A-Z]{16}", 0.5, id="ups-1z"),
        pytest.param("fedex", "[1-9][0-9]{11}", 0.5, id="fedex-12"),
        pytest.param("fedex", "10[0-9]{18}00[0-9]{12}", 0.5, id="fedex-34"),
        pytest.param("usps", "9[1-5][0-9]{20}", 0.5, id="usps-22"),
        pytest.param("usps", "[A-Z]{2}[0-9]{9}US", 0.5, id="usps-s10"),
    ],
)
def test_most_published_examples_are_valid(carrier: str, pattern: str, share: float) -> None:
    """Writers of descriptions invent some numbers; a wrong rule would hold for one in ten of them, not for most."""
    numbers = _published(carrier, pattern)
    assert numbers
    assert sum(is_valid(number, carrier) is True for number in numbers) > share * len(numbers)
