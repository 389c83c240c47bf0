"""Weights, sides and sums as UPS takes them: rounded up, never down; a parcel that is heavier than said costs a correction."""

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Final

from cartcarrier.carriers.ups.schemas._base import Amount, Coded, Measured, Sides
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Dimensions, LengthUnit, Money, Weight, WeightUnit

_TENTH: Final = Decimal("0.1")
_ONE: Final = Decimal(1)
# Field guide ups.md §4.2: a weight has up to 5 characters and one decimal, a side up to 3.
_LONGEST_WEIGHT: Final = 5
_LONGEST_SIDE: Final = 3
# Field guide ups.md §2.4: in pounds and in kilograms; longest side and length plus girth, in inches and in centimetres.
_MOST_WEIGHT: Final = (150, 70)
_MOST_SIDES: Final = {True: (108, 165), False: (270, 330)}
_POUNDS: Final = Coded(code="LBS", description="Pounds")
_KILOGRAMS: Final = Coded(code="KGS", description="Kilograms")
_INCHES: Final = Coded(code="IN", description="Inches")
_CENTIMETERS: Final = Coded(code="CM", description="Centimeters")
# ISO 4217: currencies without a minor unit, and those with three digits of it. All others have two.
_DIGITS: Final = dict.fromkeys(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"], 0
) | dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)


def _text(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def to_weight(weight: Weight, *, in_pounds: bool, field: str) -> Measured:
    """Return a weight, rounded up to a tenth.

    Raises:
        InvalidValueError: It has more digits than UPS has room for.
    """
    value = weight.to(WeightUnit.POUND if in_pounds else WeightUnit.KILOGRAM).value
    text = _text(value.quantize(_TENTH, ROUND_CEILING))
    if len(text) > _LONGEST_WEIGHT:
        text = _text(value.quantize(_ONE, ROUND_CEILING))
    if len(text) > _LONGEST_WEIGHT:
        raise InvalidValueError(f"{field} is more than UPS has room for", field=field)
    return Measured(unit_of_measurement=_POUNDS if in_pounds else _KILOGRAMS, weight=text)


def to_total_weight(weights: Iterable[Measured]) -> Measured:
    """Return the sum of weights in one unit."""
    found = list(weights)
    total = sum((Decimal(one.weight) for one in found), Decimal(0))
    return Measured(unit_of_measurement=found[0].unit_of_measurement, weight=_text(total))


def to_sides(dimensions: Dimensions, *, in_pounds: bool, field: str) -> Sides:
    """Return the sides, rounded up to whole numbers, the longest first (field guide ups.md §2.4).

    Raises:
        InvalidValueError: A side has more digits than UPS has room for.
    """
    there = dimensions.to(LengthUnit.INCH if in_pounds else LengthUnit.CENTIMETER)
    whole = [side.quantize(_ONE, ROUND_CEILING) for side in (there.length, there.width, there.height)]
    longest = max(whole)
    whole.remove(longest)
    texts = [_text(side) for side in (longest, *whole)]
    if len(texts[0]) > _LONGEST_SIDE:
        raise InvalidValueError(f"{field} has a side of more than UPS has room for", field=field)
    return Sides(
        unit_of_measurement=_INCHES if in_pounds else _CENTIMETERS, length=texts[0], width=texts[1], height=texts[2]
    )


def check_limits(dimensions: Dimensions | None, weight: Weight, *, in_pounds: bool, path: str) -> None:
    """Refuse a package that UPS does not carry: it would be charged for as if, or come back (field guide ups.md §2.4).

    Args:
        dimensions: Its sides, where known.
        weight: Of all of it.
        in_pounds: Whether it is weighed in pounds and measured in inches.
        path: Of the parcel.

    Raises:
        InvalidValueError: It is too heavy, too long, or too large around.
    """
    pounds, kilograms = _MOST_WEIGHT
    most = pounds if in_pounds else kilograms
    unit = WeightUnit.POUND if in_pounds else WeightUnit.KILOGRAM
    if weight.to(unit).value > most:
        raise InvalidValueError(
            f"{path}.weight is more than the {most} {unit} that UPS carries", field=f"{path}.weight"
        )
    if dimensions is None:
        return
    there = dimensions.to(LengthUnit.INCH if in_pounds else LengthUnit.CENTIMETER)
    # as they will be told
    sides = sorted(side.quantize(_ONE, ROUND_CEILING) for side in (there.length, there.width, there.height))
    longest, around = _MOST_SIDES[in_pounds]
    field = f"{path}.dimensions"
    if sides[2] > longest:
        raise InvalidValueError(
            f"{field} has a side of more than the {longest} {there.unit} that UPS carries", field=field
        )
    if sides[2] + 2 * (sides[0] + sides[1]) > around:
        msg = f"{field}: the longest side and twice the two others are more than the {around} {there.unit} that UPS carries"
        raise InvalidValueError(msg, field=field)


def to_amount(money: Money, field: str) -> Amount:
    """Return money in the currency's own digits, rounded half up.

    Raises:
        InvalidValueError: It is negative.
    """
    if money.amount < 0:
        raise InvalidValueError(f"{field} must not be negative", field=field)
    step = _ONE.scaleb(-_DIGITS.get(money.currency, 2))
    return Amount(currency_code=money.currency, monetary_value=f"{money.amount.quantize(step, ROUND_HALF_UP):f}")


def to_unit_value(money: Money, field: str) -> str:
    """Return what one piece is worth: more than 0, up to 6 decimals (field guide ups.md §4.4).

    Raises:
        InvalidValueError: It is not, or has more decimals: the invoice would show another value.
    """
    text = _text(money.amount)
    decimals = text.partition(".")[2]
    if money.amount <= 0 or len(decimals) > 6 or len(text) > 19:
        raise InvalidValueError(f"{field} must be more than 0, with up to 6 decimals", field=field)
    return text if decimals and len(decimals) != 1 else f"{money.amount.quantize(Decimal('0.01')):f}"
