"""Money, measures, addresses."""

from decimal import Context, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

import attrs
from typing_extensions import override

from cartcarrier.errors import InvalidValueError
from cartcarrier.models._validators import (
    country,
    country_or_none,
    currency,
    filled,
    text_or_none,
    to_amount,
    to_decimal,
)

_EXACT: Final = Context(prec=34)
_CENTS: Final = 2
# ISO 4217: currencies without a minor unit.
_WHOLE: Final = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Money:
    """An amount in one currency. Arithmetic and comparison stay within it.

    Attributes:
        amount: In whole units of the currency, exact. A float is refused.
        currency: ISO 4217.
    """

    amount: Decimal = attrs.field(converter=to_amount)
    currency: str = attrs.field(validator=currency)

    def _same(self, other: "Money", what: str) -> None:
        if self.currency != other.currency:
            msg = f"cannot {what} {self.currency} and {other.currency}"
            raise InvalidValueError(msg, field="Money.currency")

    def __add__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other, "add")
        return Money(amount=self.amount + other.amount, currency=self.currency)

    def __sub__(self, other: "Money") -> "Money":
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other, "subtract")
        return Money(amount=self.amount - other.amount, currency=self.currency)

    def __mul__(self, factor: int | Decimal) -> "Money":
        return Money(amount=self.amount * to_decimal(factor, "factor"), currency=self.currency)

    __rmul__ = __mul__

    def __neg__(self) -> "Money":
        return Money(amount=-self.amount, currency=self.currency)

    def __lt__(self, other: "Money") -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other, "compare")
        return self.amount < other.amount

    def __le__(self, other: "Money") -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other, "compare")
        return self.amount <= other.amount

    def __gt__(self, other: "Money") -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other, "compare")
        return self.amount > other.amount

    def __ge__(self, other: "Money") -> bool:
        if not isinstance(other, Money):
            return NotImplemented
        self._same(other, "compare")
        return self.amount >= other.amount

    def __bool__(self) -> bool:
        return bool(self.amount)

    @override
    def __str__(self) -> str:
        amount = self.amount
        # two decimals at least, where the currency has them: 55.4 reads as if something were cut off
        if (
            self.currency not in _WHOLE
            and isinstance(exponent := amount.as_tuple().exponent, int)
            and exponent > -_CENTS
        ):
            amount = amount.quantize(Decimal("0.01"))
        return f"{amount} {self.currency}"


class WeightUnit(StrEnum):
    """Units of weight."""

    GRAM = "g"
    KILOGRAM = "kg"
    OUNCE = "oz"
    POUND = "lb"


class LengthUnit(StrEnum):
    """Units of length."""

    MILLIMETER = "mm"
    CENTIMETER = "cm"
    INCH = "in"


# Exact by definition: the international avoirdupois pound (1959) is 0.45359237 kg, the inch 25.4 mm.
_GRAMS: Final = {
    WeightUnit.GRAM: Fraction(1),
    WeightUnit.KILOGRAM: Fraction(1000),
    WeightUnit.OUNCE: Fraction(45359237, 1600000),
    WeightUnit.POUND: Fraction(45359237, 100000),
}
_MILLIMETERS: Final = {
    LengthUnit.MILLIMETER: Fraction(1),
    LengthUnit.CENTIMETER: Fraction(10),
    LengthUnit.INCH: Fraction(254, 10),
}


def _scale(value: Decimal, factor: Fraction) -> Decimal:
    if factor == 1:
        return value
    exact = Fraction(value) * factor
    return _EXACT.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def _weight_unit(unit: WeightUnit | str) -> WeightUnit:
    try:
        return WeightUnit(unit)
    except ValueError:
        msg = f"Weight.unit must be one of {', '.join(WeightUnit)}"
        raise InvalidValueError(msg, field="Weight.unit") from None


def _length_unit(unit: LengthUnit | str) -> LengthUnit:
    try:
        return LengthUnit(unit)
    except ValueError:
        msg = f"Dimensions.unit must be one of {', '.join(LengthUnit)}"
        raise InvalidValueError(msg, field="Dimensions.unit") from None


def _weight_value(value: Decimal | int | str) -> Decimal:
    number = to_decimal(value, "Weight.value")
    if number < 0:
        msg = "Weight.value must not be negative"
        raise InvalidValueError(msg, field="Weight.value")
    return number


@attrs.frozen(kw_only=True, weakref_slot=False)
class Weight:
    """A weight with its unit; never negative.

    Attributes:
        value: Exact. A float is refused.
        unit: What it is measured in.
    """

    value: Decimal = attrs.field(converter=_weight_value)
    unit: WeightUnit = attrs.field(converter=_weight_unit)

    def to(self, unit: WeightUnit) -> "Weight":
        """Return the same weight in another unit: exact where a decimal can be, else to 34 significant digits."""
        return Weight(value=_scale(self.value, _GRAMS[self.unit] / _GRAMS[unit]), unit=unit)

    def __add__(self, other: "Weight") -> "Weight":
        return Weight(value=self.value + other.to(self.unit).value, unit=self.unit)

    def __mul__(self, factor: int) -> "Weight":
        return Weight(value=self.value * factor, unit=self.unit)

    __rmul__ = __mul__

    def __lt__(self, other: "Weight") -> bool:
        return Fraction(self.value) * _GRAMS[self.unit] < Fraction(other.value) * _GRAMS[other.unit]

    def __gt__(self, other: "Weight") -> bool:
        return other < self

    def __bool__(self) -> bool:
        return bool(self.value)

    @override
    def __str__(self) -> str:
        return f"{self.value} {self.unit}"


def _side(value: Decimal | int | str) -> Decimal:
    number = to_decimal(value, "Dimensions")
    if number <= 0:
        msg = "Dimensions: every side must be more than 0"
        raise InvalidValueError(msg, field="Dimensions")
    return number


@attrs.frozen(kw_only=True)
class Dimensions:
    """The outer sides of a parcel; each more than 0.

    Attributes:
        length: Exact, as ``width`` and ``height``.
        width: See ``length``.
        height: See ``length``.
        unit: What they are measured in.
    """

    length: Decimal = attrs.field(converter=_side)
    width: Decimal = attrs.field(converter=_side)
    height: Decimal = attrs.field(converter=_side)
    unit: LengthUnit = attrs.field(converter=_length_unit)

    def to(self, unit: LengthUnit) -> "Dimensions":
        """Return the same sides in another unit: exact where a decimal can be, else to 34 significant digits."""
        factor = _MILLIMETERS[self.unit] / _MILLIMETERS[unit]
        return Dimensions(
            length=_scale(self.length, factor),
            width=_scale(self.width, factor),
            height=_scale(self.height, factor),
            unit=unit,
        )

    @override
    def __str__(self) -> str:
        return f"{self.length} x {self.width} x {self.height} {self.unit}"


@attrs.frozen(kw_only=True)
class TaxId:
    """A number under which somebody is known to a tax or customs office.

    Attributes:
        kind: ``"IOSS"``, ``"VAT"``, ``"EORI"``, ``"EIN"`` and the like.
        value: The number; personal data.
        country_code: Whose office, ISO 3166-1 alpha-2.
    """

    kind: str = attrs.field(validator=filled)
    value: str = attrs.field(validator=filled, repr=False)
    country_code: str | None = attrs.field(default=None, validator=country_or_none)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Address:
    """Where somebody or something is. Its text form shows region and country only: the rest is personal data.

    Attributes:
        name: The person.
        company: The firm.
        street1: First line; required.
        street2: Second line.
        street3: Third line.
        city: Required.
        region: State, province or the like, as the country's post writes it (``"CA"``).
        postal_code: As the country's post writes it.
        country_code: ISO 3166-1 alpha-2.
        phone: As people write it.
        email: For the carrier's notices.
        residential: ``None`` when it is not known.
        delivery_reference: Must be printed on the label: an eBay hub's or an Amazon locker's code.
        tax_ids: For customs.
    """

    name: str | None = attrs.field(default=None, validator=text_or_none, repr=False)
    company: str | None = attrs.field(default=None, validator=text_or_none, repr=False)
    street1: str = attrs.field(validator=filled, repr=False)
    street2: str | None = attrs.field(default=None, validator=text_or_none, repr=False)
    street3: str | None = attrs.field(default=None, validator=text_or_none, repr=False)
    city: str = attrs.field(validator=filled, repr=False)
    region: str | None = attrs.field(default=None, validator=text_or_none)
    postal_code: str | None = attrs.field(default=None, validator=text_or_none, repr=False)
    country_code: str = attrs.field(validator=country)
    phone: str | None = attrs.field(default=None, validator=text_or_none, repr=False)
    email: str | None = attrs.field(default=None, validator=text_or_none, repr=False)
    residential: bool | None = None
    delivery_reference: str | None = attrs.field(default=None, validator=text_or_none, repr=False)
    tax_ids: tuple[TaxId, ...] = attrs.field(default=(), converter=tuple[TaxId, ...], repr=False)
