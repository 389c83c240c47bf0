"""Weights, sides and sums as FedEx takes them: rounded up, never down; a parcel that is heavier than said costs a correction."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Final

from cartcarrier.carriers.fedex.codes import to_fedex_currency
from cartcarrier.carriers.fedex.schemas._base import Amount, MeasuredWeight, Sides
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Dimensions, LengthUnit, Money, Weight, WeightUnit

_TENTH: Final = Decimal("0.1")
_HUNDREDTH: Final = Decimal("0.01")
_ONE: Final = Decimal(1)
_LONGEST_SIDE: Final = 999
# ISO 4217: currencies without a minor unit, and those with three digits of it. All others have two.
_DIGITS: Final = dict.fromkeys(
    ["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"], 0
) | dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3)


def to_weight(weight: Weight, *, in_pounds: bool, field: str, step: Decimal = _TENTH) -> MeasuredWeight:
    """Return a weight, rounded up.

    Args:
        weight: Ours.
        in_pounds: The shipment is weighed in pounds, else in kilograms.
        field: Its path, for the error.
        step: To which the weight is rounded up.

    Raises:
        InvalidValueError: It is nothing after all.
    """
    value = weight.to(WeightUnit.POUND if in_pounds else WeightUnit.KILOGRAM).value
    if value <= 0:
        raise InvalidValueError(f"{field} must be more than 0", field=field)
    return MeasuredWeight(units="LB" if in_pounds else "KG", value=_plain(value.quantize(step, ROUND_CEILING)))


def to_goods_weight(weight: Weight, quantity: int, *, in_pounds: bool, field: str) -> MeasuredWeight:
    """Return what a line of goods weighs; its unit must be the packages' (field guide fedex.md §4.4)."""
    return to_weight(weight * quantity, in_pounds=in_pounds, field=field, step=_HUNDREDTH)


def total_weight(weights: Iterable[MeasuredWeight]) -> Decimal:
    """Return the sum of weights in one unit."""
    return sum((one.value for one in weights), Decimal(0))


def to_sides(dimensions: Dimensions, *, in_pounds: bool, field: str) -> Sides:
    """Return the sides as whole numbers, rounded up: FedEx would cut 9.4 to 9 (field guide fedex.md §11, pitfall 6).

    Raises:
        InvalidValueError: A side is longer than FedEx has room for.
    """
    there = dimensions.to(LengthUnit.INCH if in_pounds else LengthUnit.CENTIMETER)
    length, width, height = (
        int(side.quantize(_ONE, ROUND_CEILING)) for side in (there.length, there.width, there.height)
    )
    if max(length, width, height) > _LONGEST_SIDE:
        raise InvalidValueError(f"{field} has a side of more than {_LONGEST_SIDE}", field=field)
    return Sides(length=length, width=width, height=height, units="IN" if in_pounds else "CM")


def to_amount(money: Money, field: str) -> Amount:
    """Return money in the currency's own digits, rounded half up.

    Raises:
        InvalidValueError: It is negative.
    """
    if money.amount < 0:
        raise InvalidValueError(f"{field} must not be negative", field=field)
    step = _ONE.scaleb(-_DIGITS.get(money.currency, 2))
    amount = money.amount.quantize(step, ROUND_HALF_UP)
    return Amount(amount=amount, currency=to_fedex_currency(money.currency))


def sum_of(amounts: Sequence[Amount]) -> Amount | None:
    """Return the sum of amounts in one currency, as they are said; ``None`` for none. Sums that do not fit their parts are refused."""
    if not amounts:
        return None
    total = sum((one.amount for one in amounts if one.amount is not None), Decimal(0))
    return Amount(amount=total, currency=amounts[0].currency)


def to_unit_price(money: Money, field: str) -> Amount:
    """Return what one piece is worth.

    Raises:
        InvalidValueError: It is nothing, or has more decimals than a price may: the invoice would show another value.
    """
    if money.amount <= 0 or money.amount != money.amount.quantize(Decimal("0.000001")):
        raise InvalidValueError(f"{field} must be more than 0, with up to 6 decimals", field=field)
    return Amount(amount=_plain(money.amount), currency=to_fedex_currency(money.currency))


def _plain(number: Decimal) -> Decimal:
    """Return a number without an exponent and without zeros at its end."""
    text = f"{number:f}"
    return Decimal(text.rstrip("0").rstrip(".") if "." in text else text)
