"""Services that labels are sold for, and what they cost. Prices are invented; names are the marketplace's.

Facts: field guide amazon.md §4.2.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

import attrs

from cartcarrier.sandbox.amazon._world import Document

BUSINESSES: Final[Mapping[str, tuple[str, str]]] = {
    "AmazonShipping_US": ("na", "USD"),
    "AmazonShipping_UK": ("eu", "GBP"),
    "AmazonShipping_IT": ("eu", "EUR"),
    "AmazonShipping_ES": ("eu", "EUR"),
    "AmazonShipping_FR": ("eu", "EUR"),
    "AmazonShipping_IN": ("eu", "INR"),
    "AmazonShipping_UAE": ("eu", "AED"),
    "AmazonShipping_SA": ("eu", "SAR"),
    "AmazonShipping_EG": ("eu", "EGP"),
    "AmazonShipping_JP": ("fe", "JPY"),
}
DEFAULT_BUSINESS: Final = "AmazonShipping_UK"
CONFIRMATION_GROUP: Final = "VAS_GROUP_ID_CONFIRMATION"
CONFIRMATIONS: Final[Mapping[str, tuple[str, str]]] = {
    "VAS_NO_CONFIRMATION": ("No confirmation", "0.00"),
    "VAS_SIGNATURE_CONFIRMATION": ("Signature confirmation", "2.50"),
    "VAS_ADULT_SIGNATURE_CONFIRMATION": ("Adult signature confirmation", "4.25"),
}
_GRAMS: Final = {
    "GRAM": Decimal(1),
    "KILOGRAM": Decimal(1000),
    "OUNCE": Decimal("28.349523125"),
    "POUND": Decimal("453.59237"),
}
_CENTIMETERS: Final = {"INCH": Decimal("2.54"), "CENTIMETER": Decimal(1)}
_CENT: Final = Decimal("0.01")


@attrs.frozen(kw_only=True)
class Service:
    """A service of a carrier.

    Attributes:
        id: Amazon's id of it.
        name: As people call it.
        carrier_id: Amazon's id of the carrier.
        carrier_name: As people call it.
        base: The price of the first kilogram.
        per_kilogram: The price of each further one.
        days: Days until it arrives.
        most_kilograms: What a parcel may weigh.
        needs_confirmation: Whether one kind of delivery confirmation must be chosen.
    """

    id: str
    name: str
    carrier_id: str
    carrier_name: str
    base: Decimal
    per_kilogram: Decimal
    days: int
    most_kilograms: int
    needs_confirmation: bool

    @property
    def by_amazon(self) -> bool:
        """Whether Amazon itself carries, so that it knows where the parcel is."""
        return self.carrier_id.startswith("AMZN")


def _make(id_: str, name: str, carrier: tuple[str, str], base: str, each: str, days: int, most: int) -> Service:  # noqa: PLR0917 - one row of a table
    return Service(
        id=id_,
        name=name,
        carrier_id=carrier[0],
        carrier_name=carrier[1],
        base=Decimal(base),
        per_kilogram=Decimal(each),
        days=days,
        most_kilograms=most,
        needs_confirmation=carrier[0] == "UPS",
    )


_AMERICAN: Final = (
    _make("USPS_PTP_GA", "USPS Ground Advantage", ("USPS", "USPS"), "5.85", "1.90", 4, 31),
    _make("USPS_PTP_PRI", "USPS Priority Mail", ("USPS", "USPS"), "8.40", "2.60", 2, 31),
    _make("UPS_PTP_GND", "UPS Ground", ("UPS", "UPS"), "9.10", "1.40", 4, 68),
    _make("UPS_PTP_2ND_DAY_AIR", "UPS 2nd Day Air", ("UPS", "UPS"), "17.75", "4.10", 2, 68),
    _make("FEDEX_PTP_PRIORITY_OVERNIGHT", "FedEx Priority Overnight", ("FEDEX", "FedEx"), "34.20", "6.00", 1, 68),
    _make("std-us-swa-mfn", "Amazon Shipping Ground", ("AMZN_US", "Amazon Shipping"), "6.70", "1.10", 3, 23),
)


def services_of(business: str) -> tuple[Service, ...]:
    """Return what a business sells."""
    if business == "AmazonShipping_US":
        return _AMERICAN
    code = business.removeprefix("AmazonShipping_")
    return (
        _make(f"SWA-{code}-2D", "Amazon Shipping Two Day", (f"AMZN_{code}", "Amazon Shipping"), "4.20", "0.80", 2, 23),
        _make(
            f"SWA-{code}-OVERNIGHT",
            "Amazon Shipping One Day",
            (f"AMZN_{code}", "Amazon Shipping"),
            "6.90",
            "1.10",
            1,
            23,
        ),
    )


def kilograms(weight: Mapping[str, Any]) -> Decimal:
    """Return a weight in kilograms.

    Raises:
        ValueError: No such unit, or no weight.
    """
    return _measure(weight.get("value"), _GRAMS, weight.get("unit")) / 1000


def longest_side(dimensions: Mapping[str, Any]) -> Decimal:
    """Return the longest side in centimeters.

    Raises:
        ValueError: No such unit, or a side is missing.
    """
    unit = dimensions.get("unit")
    return max(_measure(dimensions.get(name), _CENTIMETERS, unit) for name in ("length", "width", "height"))


def _measure(value: object, units: Mapping[str, Decimal], unit: object) -> Decimal:
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{value} is not a positive number")
    if not isinstance(unit, str) or unit not in units:
        raise ValueError(f"{unit} is not a unit")
    return Decimal(str(value)) * units[unit]


def price_of(service: Service, weights: list[Decimal]) -> Decimal:
    """Return what parcels of these kilograms cost together."""
    total = sum((service.base + service.per_kilogram * max(weight - 1, Decimal(0)) for weight in weights), Decimal(0))
    return total.quantize(_CENT, rounding=ROUND_HALF_UP)


def currency(value: Decimal | str, unit: str) -> Document:
    """Write an amount as this API does: a number."""
    return {"value": float(Decimal(value)), "unit": unit}
