"""What postage costs. The prices are invented; what they depend on is USPS's (field guide usps.md §2)."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Final

import attrs

from cartcarrier.sandbox.usps.answers import Node
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.products import (
    CLASSES,
    CUBIC,
    EXTRA_SERVICES,
    FLAT_INDICATORS,
    FLAT_RATES,
    FLAT_RATES_ABROAD,
    RATED_ABROAD,
    SINGLE_PIECE,
)

CENT: Final = Decimal("0.01")
OUNCE: Final = Decimal("0.0625")
CUBIC_FOOT: Final = Decimal(1728)
DIM_DIVISOR: Final = Decimal(166)
START: Final = "2025-07-13"
_PRICE_TYPES: Final = {
    "RETAIL": ("R", Decimal(1)),
    "COMMERCIAL": ("X", Decimal("0.86")),
    "CONTRACT": ("C", Decimal("0.78")),
}
_ENTRY: Final = {
    "NONE": ("X", Decimal(1)),
    "DESTINATION_NETWORK_DISTRIBUTION_CENTER": ("C", Decimal("0.90")),
    "DESTINATION_SECTIONAL_CENTER_FACILITY": ("F", Decimal("0.75")),
    "DESTINATION_SERVICE_HUB": ("B", Decimal("0.65")),
    "DESTINATION_DELIVERY_UNIT": ("D", Decimal("0.55")),
    "DESTINATION_REGIONAL_PROCESSING_DISTRIBUTION_CENTER": ("P", Decimal("0.85")),
    "INTERNATIONAL_SERVICE_CENTER": ("S", Decimal("0.97")),
}
_WORDS: Final = {"SP": "Single-piece", "PA": "Single-piece", "DR": "Dimensional Rectangular", "CP": "Cubic"} | {
    "DN": "Dimensional Nonrectangular",
    "OS": "Oversized",
}


@attrs.frozen(kw_only=True)
class Piece:
    """A parcel as its price sees it; pounds and inches.

    Attributes:
        weight: Pounds.
        sides: Longest first; empty when none were said.
        girth: Around the thickest part, of what is not rectangular.
        odd: Whether the caller says that it is hard to handle: a tube, a can, liquids.
    """

    weight: Decimal
    sides: tuple[Decimal, ...] = ()
    girth: Decimal | None = None
    odd: bool = False

    @property
    def volume(self) -> Decimal:
        """Cubic inches."""
        return self.sides[0] * self.sides[1] * self.sides[2] if self.sides else Decimal(0)

    @property
    def length_and_girth(self) -> Decimal:
        """Inches."""
        if not self.sides:
            return Decimal(0)
        girth = self.girth if self.girth is not None else 2 * (self.sides[1] + self.sides[2])
        return self.sides[0] + girth

    @property
    def dimensional(self) -> Decimal:
        """The weight that its size stands for: of more than a cubic foot, volume by 166; else nothing."""
        return (self.volume / DIM_DIVISOR).quantize(CENT, ROUND_CEILING) if self.volume > CUBIC_FOOT else Decimal(0)

    @property
    def is_machinable(self) -> bool:
        """Whether machines can sort it (guide §2.4; the numbers are unconfirmed)."""
        if self.odd or self.weight > 35:
            return False
        return not self.sides or (self.sides[0] <= 27 and self.sides[1] <= 17 and self.sides[2] <= 17)

    @property
    def category(self) -> str:
        """USPS's word for how it is handled."""
        return "MACHINABLE" if self.is_machinable else "NONSTANDARD"


@attrs.frozen(kw_only=True)
class Ingredients:
    """What a price is made of, and what the label must repeat: otherwise it costs something else (guide §2.2)."""

    mail_class: str
    indicator: str
    category: str
    facility: str = "NONE"
    price_type: str = "COMMERCIAL"


@attrs.frozen(kw_only=True)
class Price:
    """What one parcel costs one way.

    Attributes:
        of: Its ingredients.
        zone: The tariff zone, or the price group abroad.
        amount: Postage.
        fees: Name, SKU and amount of what comes on top for size and handling.
        weight: What was said.
        dimensional: What the size stands for; nothing where that does not count.
        sku: USPS's article number, 15 characters.
    """

    of: Ingredients
    zone: str
    amount: Decimal
    fees: tuple[tuple[str, str, Decimal], ...]
    weight: Decimal
    dimensional: Decimal
    sku: str

    @property
    def total(self) -> Decimal:
        """Postage and fees."""
        return self.amount + sum((fee[2] for fee in self.fees), Decimal(0))

    @property
    def description(self) -> str:
        """What people read."""
        known = CLASSES[self.of.mail_class]
        flat = (FLAT_RATES | FLAT_RATES_ABROAD).get(self.of.mail_class, {}).get(self.of.indicator)
        shape = flat[0] if flat is not None else _WORDS.get(self.of.indicator, self.of.indicator)
        entry = "" if self.of.facility == "NONE" else " " + "".join(word[0] for word in self.of.facility.split("_"))
        machine = "Machinable" if self.of.category == "MACHINABLE" else self.of.category.capitalize()
        return f"{known.name} {machine}{entry} {shape}"

    def fee_nodes(self) -> list[Node]:
        """Return the fees as USPS writes them."""
        return [{"name": name, "SKU": sku, "price": amount} for name, sku, amount in self.fees]


def price_piece(piece: Piece, of: Ingredients, zone: int) -> Price:
    """Return what a parcel costs.

    Args:
        piece: The parcel.
        of: The ingredients.
        zone: The tariff zone, or abroad the price group's number.

    Raises:
        USPSError: 030002 when the ingredients do not go together, 030004 and 030008 when the parcel is too heavy or too
            large, 030007 and 030023 when its size asks for another rate indicator.
    """
    known = CLASSES[of.mail_class]
    if piece.weight > known.most_pounds:
        raise USPSError("030004", "Package weight does not qualify for this product.", "weight")
    flats = (FLAT_RATES | FLAT_RATES_ABROAD).get(of.mail_class, {})
    letter, share = _PRICE_TYPES[of.price_type]
    entry, discount = _ENTRY[of.facility]
    fees: list[tuple[str, str, Decimal]] = []
    if of.indicator in FLAT_INDICATORS:
        if of.indicator not in flats:
            raise no_sku()
        amount, billed = Decimal(flats[of.indicator][1]), piece.weight
    else:
        _check_indicator(piece, of)
        billed = max(piece.weight, piece.dimensional) if of.indicator not in CUBIC else piece.weight
        amount = _by_weight(of, billed, zone) if of.indicator not in CUBIC else _cubic(of, piece, zone)
        if not piece.is_machinable and of.mail_class not in RATED_ABROAD:
            fees = _handling(piece, known.letter)
    return Price(
        of=of,
        zone=f"{zone:02d}",
        amount=_round(amount * share * discount),
        fees=tuple(fees),
        weight=piece.weight,
        dimensional=piece.dimensional if of.indicator in {"DR", "DN"} else Decimal(0),
        sku=f"D{known.letter}{letter}{of.indicator}{entry}XX{zone:02d}{int(billed * 16) % 100_000:05d}",
    )


def _check_indicator(piece: Piece, of: Ingredients) -> None:
    single = SINGLE_PIECE.get(of.mail_class, "SP")
    oversized = piece.length_and_girth > 108
    if piece.length_and_girth > 130 or (oversized and "GROUND_ADVANTAGE" not in of.mail_class):
        raise USPSError("030008", "Package size exceeds maximum allowed for mail class", "length, height, width")
    if of.indicator == "OS" and oversized:
        return
    if oversized:
        raise USPSError(
            "030023",
            "Package size exceeds maximum allowed for requested product. Must be shipped as Oversized.",
            "length/width/height",
        )
    if of.indicator in CUBIC:
        if piece.volume == 0 or piece.volume > CUBIC_FOOT / 2 or piece.weight > 20 or of.price_type == "RETAIL":
            raise no_sku()
        if of.mail_class not in {"USPS_GROUND_ADVANTAGE", "PRIORITY_MAIL"}:
            raise no_sku()
        return
    heavier = piece.dimensional > piece.weight
    by_size = heavier and of.mail_class in {"USPS_GROUND_ADVANTAGE", "PRIORITY_MAIL"}
    if of.indicator == single and by_size:
        raise USPSError(
            "030007",
            "Package dimensions and weight result in dimensional weight rule applying, but rate ingredients are not"
            " dimensional.",
        )
    if of.indicator in {"DR", "DN"} and by_size:
        return
    if of.indicator != single:
        raise no_sku()


def no_sku() -> USPSError:
    """Return the complaint about ingredients that do not go together."""
    return USPSError("030002", "Could not find working sku from SSF ingredients", "packageDescription")


def _by_weight(of: Ingredients, pounds: Decimal, zone: int) -> Decimal:
    known = CLASSES[of.mail_class]
    if "GROUND_ADVANTAGE" in of.mail_class and pounds < 1:
        # below a pound, by bands of four ounces
        bands = (pounds / OUNCE / 4).to_integral_value(ROUND_CEILING)
        return known.base - Decimal("2.20") + bands * Decimal("0.55") + known.per_zone * (zone - 1) / 2
    more = pounds.to_integral_value(ROUND_CEILING) - 1
    return known.base + more * known.per_pound * (1 + Decimal(zone) / 20) + known.per_zone * (zone - 1)


def _cubic(of: Ingredients, piece: Piece, zone: int) -> Decimal:
    tier = (piece.volume / (CUBIC_FOOT / 10)).to_integral_value(ROUND_CEILING)
    known = CLASSES[of.mail_class]
    return known.base + tier * Decimal("0.45") + known.per_zone * (zone - 1)


def _handling(piece: Piece, letter: str) -> list[tuple[str, str, Decimal]]:
    fees = []
    longest = piece.sides[0] if piece.sides else Decimal(0)
    if longest > 30:
        fees.append(("Nonstandard Length Fee > 30 in.", f"D{letter}NL3XXXXXXXXXX", Decimal("8.40")))
    elif longest > 22:
        fees.append(("Nonstandard Length Fee > 22 in.", f"D{letter}NL2XXXXXXXXXX", Decimal("4.00")))
    if piece.volume > 2 * CUBIC_FOOT:
        fees.append(("Nonstandard Volume Fee > 2 cu. ft.", f"D{letter}NV2XXXXXXXXXX", Decimal("21.00")))
    return fees


def price_service(code: int, value: Decimal, price_type: str) -> Node:
    """Return an extra service as USPS writes it.

    Args:
        code: The service.
        value: Of the goods.
        price_type: RETAIL, COMMERCIAL or CONTRACT.

    Raises:
        USPSError: 030024 for an insurance without a value, 030012 beyond 5000 dollars, 030021 for an unknown service.
    """
    if code not in EXTRA_SERVICES:
        raise USPSError("030021", "No extra services found.", "extraServices")
    name, price = EXTRA_SERVICES[code]
    if price == "value":
        if value <= 0:
            raise USPSError("030024", "A non-zero item value is required for this extra service code.", "packageValue")
        if value > 5000:
            raise USPSError("030012", "Provided value exceeds maximum allowable insurance for this price group.")
        if code == 930 and value > 500:
            code, name = 931, EXTRA_SERVICES[931][0]  # USPS turns the one into the other (guide §4.2)
        amount = Decimal("2.65") + (value / 100).to_integral_value(ROUND_CEILING) * Decimal("0.95")
        amount += Decimal("9.00") if code == 934 else 0
    else:
        amount = Decimal(price)
    return {
        "extraService": str(code),
        "name": name,
        "SKU": f"DXX{code}XXXXX0000{_PRICE_TYPES[price_type][0][0]}"[:15],
        "priceType": price_type,
        "price": _round(amount),
    }


def rate_node(price: Price) -> Node:
    """Return a price as USPS writes it in ``rates``."""
    return {
        "SKU": price.sku,
        "description": price.description,
        "priceType": price.of.price_type,
        "price": price.amount,
        "weight": price.weight,
        "dimWeight": price.dimensional,
        "fees": price.fee_nodes(),
        "startDate": START,
        "endDate": "",
        "mailClass": price.of.mail_class,
        "zone": price.zone,
        "productName": CLASSES[price.of.mail_class].name,
        "productDefinition": "",
        "processingCategory": price.of.category,
        "rateIndicator": price.of.indicator,
        "destinationEntryFacilityType": price.of.facility,
    }


def transit_days(mail_class: str, zone: int) -> int:
    """Return the days in transit of a domestic class."""
    nearest, farthest = CLASSES[mail_class].days
    return nearest + (farthest - nearest) * (min(zone, 9) - 1) // 8


def add_days(start: date, days: int, *, sunday: bool = False) -> date:
    """Return the day that lies so many days of delivery after another: every day but Sunday (guide §2.1)."""
    day = start
    left = days
    while left:
        day += timedelta(days=1)
        if day.weekday() != 6 or sunday:
            left -= 1
    return day


def read_piece(description: Mapping[str, object]) -> Piece:
    """Read weight and sides.

    Raises:
        USPSError: 160294 some sides are zero and others are not.
    """
    sides = [_decimal(description.get(name, 0)) for name in ("length", "width", "height")]
    if any(side <= 0 for side in sides) and any(side > 0 for side in sides):
        raise USPSError(
            "160294", "length, width, and height must either be all zero or greater than zero", "length, width, height"
        )
    girth = description.get("girth")
    return Piece(
        weight=_decimal(description.get("weight", 0)),
        sides=tuple(sorted(sides, reverse=True)) if sides[0] > 0 else (),
        girth=_decimal(girth) if girth else None,
        odd=description.get("hasNonstandardCharacteristics") is True,
    )


def _decimal(value: object) -> Decimal:
    return Decimal(str(value))


def _round(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
