"""Weights, sides and sums as USPS takes them: pounds and inches, rounded up, never down: less than true is charged later."""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Final

import attrs

from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Dimensions, LengthUnit, Money, Weight, WeightUnit

_WEIGHT_STEP: Final = Decimal("0.0001")
_LEAST_WEIGHT: Final = Decimal("0.01")
_SIDE_STEP: Final = Decimal("0.01")
_CENT: Final = Decimal("0.01")
# Field guide usps.md §2.2: more than a cubic foot is priced by volume; the divisor is not in the descriptions.
CUBIC_FOOT: Final = Decimal(1728)
DIVISOR: Final = Decimal(166)
# Field guide usps.md §2.4 (figures unconfirmed): what machines do not take.
_LONGEST: Final = Decimal(27)
_SECOND: Final = Decimal(17)
_HEAVIEST: Final = Decimal(35)
_OVERSIZE: Final = Decimal(108)


def trimmed(number: Decimal) -> Decimal:
    """Return a number without zeros at its end and without an exponent."""
    made = number.normalize()
    return made.quantize(Decimal(1)) if made == made.to_integral_value() else made


def to_pounds(weight: Weight) -> Decimal:
    """Return a weight in pounds, rounded up to four decimals, at least a hundredth (field guide usps.md §11, pitfall 22)."""
    value = weight.to(WeightUnit.POUND).value.quantize(_WEIGHT_STEP, ROUND_CEILING)
    return trimmed(max(value, _LEAST_WEIGHT))


@attrs.frozen
class Sides:
    """The sides of a parcel in inches, the longest first.

    Attributes:
        length: The longest.
        width: The second.
        height: The third.
    """

    length: Decimal
    width: Decimal
    height: Decimal

    @property
    def volume(self) -> Decimal:
        """In cubic inches."""
        return self.length * self.width * self.height

    @property
    def around(self) -> Decimal:
        """The girth of a box."""
        return 2 * (self.width + self.height)


def to_sides(dimensions: Dimensions) -> Sides:
    """Return the sides in inches, rounded up to a hundredth, the longest first (field guide usps.md §2.1)."""
    there = dimensions.to(LengthUnit.INCH)
    sides = sorted(
        (trimmed(side.quantize(_SIDE_STEP, ROUND_CEILING)) for side in (there.length, there.width, there.height)),
        reverse=True,
    )
    return Sides(*sides)


def is_by_volume(sides: Sides, pounds: Decimal) -> bool:
    """Whether a parcel is priced by its volume: more than a cubic foot, and heavier by volume than by weight."""
    return sides.volume > CUBIC_FOOT and sides.volume / DIVISOR > pounds


def is_oversized(sides: Sides, girth: Decimal | None) -> bool:
    """Whether length and girth together are above the common limit."""
    return sides.length + (girth if girth is not None else sides.around) > _OVERSIZE


def is_machinable(sides: Sides, pounds: Decimal) -> bool:
    """Whether machines take it; unsaid, USPS charges for it later."""
    return sides.length <= _LONGEST and sides.width <= _SECOND and sides.height <= _SECOND and pounds <= _HEAVIEST


def to_dollars(money: Money, field: str) -> Decimal:
    """Return an amount of US dollars, in cents.

    Raises:
        InvalidValueError: It is another currency, or negative.
    """
    if money.currency != "USD":
        raise InvalidValueError(
            f"{field} must be in USD, which is all that USPS takes, not {money.currency}", field=field
        )
    if money.amount < 0:
        raise InvalidValueError(f"{field} must not be negative", field=field)
    return trimmed(money.amount.quantize(_CENT, ROUND_HALF_UP))
