"""What a shipment costs: a tariff of the simulator's own, the same for a quote and for the purchase that follows it.

The prices are invented; the parts they are made of are UPS's (field guide ups.md §2.2, §2.4, §2.5).
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Final

import attrs

from cartcarrier.sandbox._geography import EUROPEAN_UNION, US_LIKE
from cartcarrier.sandbox.ups.codes import CHARGE_NAMES, GROUND_SAVER, RETURN_CHARGES
from cartcarrier.sandbox.ups.lanes import Lane

_CENT: Final = Decimal("0.01")
_POUNDS_PER_KILOGRAM: Final = Decimal("2.20462262")
_INCHES_PER_CENTIMETER: Final = 1 / Decimal("2.54")
_FUEL: Final = Decimal("0.185")

# Service -> price of the first pound in zone 2, of each further pound, discount of the negotiated price.
_PRICES: Final = {
    "03": ("11.32", "0.41", "0.28"),
    "93": ("9.14", "0.37", "0.22"),
    "12": ("19.85", "0.88", "0.30"),
    "02": ("27.40", "1.32", "0.35"),
    "59": ("31.15", "1.45", "0.35"),
    "13": ("44.90", "1.90", "0.38"),
    "01": ("49.75", "2.05", "0.38"),
    "14": ("83.60", "2.30", "0.30"),
    "11": ("21.70", "0.95", "0.33"),
    "08": ("88.20", "3.10", "0.45"),
    "65": ("97.55", "3.45", "0.45"),
    "07": ("104.30", "3.70", "0.45"),
    "54": ("152.80", "4.10", "0.40"),
}
# Units of the origin's currency for one dollar of the tariff: invented, and fixed so that prices repeat.
_CURRENCIES: Final = {
    "US": ("USD", "1"),
    "PR": ("USD", "1"),
    "CA": ("CAD", "1.36"),
    "GB": ("GBP", "0.79"),
    "MX": ("MXN", "18.4"),
}


@attrs.frozen(kw_only=True)
class PricedPackage:
    """A package as the tariff sees it: pounds and inches.

    Attributes:
        weight: Actual weight in pounds.
        sides: The three sides in inches, longest first; empty when not given.
        declared_value: In dollars; zero when not declared.
        signature: ``signature``, ``adult`` or empty.
        dry_ice: Whether it holds some.
        hazardous: Whether it holds regulated goods.
        cod: Whether money is collected for it.
        additional_handling: Whether the shipper asks for it.
    """

    weight: Decimal
    sides: tuple[Decimal, ...] = ()
    declared_value: Decimal = Decimal(0)
    signature: str = ""
    dry_ice: bool = False
    hazardous: bool = False
    cod: bool = False
    additional_handling: bool = False

    @property
    def girth(self) -> Decimal:
        """Length plus twice width and height."""
        return self.sides[0] + 2 * (self.sides[1] + self.sides[2]) if self.sides else Decimal(0)

    @property
    def billable(self) -> Decimal:
        """The greater of actual and dimensional weight, in whole pounds (list divisor 139, guide §2.4)."""
        volume = self.sides[0] * self.sides[1] * self.sides[2] / 139 if self.sides else Decimal(0)
        return max(self.weight, volume, Decimal(1)).to_integral_value(ROUND_CEILING)

    @property
    def is_awkward(self) -> bool:
        """Whether additional handling applies: heavy, long, wide, or asked for."""
        large = bool(self.sides) and (self.sides[0] > 48 or self.sides[1] > 30)
        return self.additional_handling or self.weight > 50 or large


@attrs.frozen(kw_only=True)
class PricedShipment:
    """A shipment as the tariff sees it.

    Attributes:
        lane: The countries.
        zone: How far.
        packages: What is carried.
        residential: Whether it goes to a home.
        postal_code: Of the destination: some lie in areas that cost more.
        saturday: Whether it is to be delivered on a Saturday.
        signature: For the whole shipment: ``signature``, ``adult`` or empty.
        carbon_neutral: Whether emissions are offset.
        duties_prepaid: Whether the shipper pays duties.
        return_code: The return service, or empty.
        access_point: Whether it waits for its receiver at an Access Point.
    """

    lane: Lane
    zone: int
    packages: tuple[PricedPackage, ...]
    residential: bool = False
    postal_code: str = ""
    saturday: bool = False
    signature: str = ""
    carbon_neutral: bool = False
    duties_prepaid: bool = False
    return_code: str = ""
    access_point: bool = False


@attrs.frozen(kw_only=True)
class Price:
    """A price in its parts.

    Attributes:
        currency: Of the origin.
        base: Transport without fuel.
        fuel: The fuel surcharge.
        extras: Every other charge: code and amount.
    """

    currency: str
    base: Decimal
    fuel: Decimal
    extras: tuple[tuple[str, Decimal], ...]

    @property
    def transportation(self) -> Decimal:
        """Transport with fuel."""
        return self.base + self.fuel

    @property
    def options(self) -> Decimal:
        """All that is neither transport nor fuel."""
        return sum((amount for _, amount in self.extras), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.transportation + self.options

    @property
    def itemized(self) -> tuple[tuple[str, str, Decimal], ...]:
        """Code, name and amount of everything but the base."""
        return tuple((code, CHARGE_NAMES[code], amount) for code, amount in (("375", self.fuel), *self.extras))


def price(shipment: PricedShipment, service: str, *, negotiated: bool = False) -> Price:
    """Return what a shipment costs by a service.

    Args:
        shipment: What goes where.
        service: The rating code; one that the tariff does not know costs as Worldwide Express.
        negotiated: The account's own price, in place of the published one.
    """
    first, per_pound, discount = (Decimal(part) for part in _PRICES.get(service, _PRICES["07"]))
    currency, rate = _currency(shipment.lane.origin)
    factor = rate * (1 - discount if negotiated else 1)
    distance = 1 + Decimal(shipment.zone - 2) / 10 if shipment.zone < 40 else 1 + Decimal(shipment.zone - 41) / 8
    base = sum(
        (_round((first + per_pound * (package.billable - 1)) * distance * factor) for package in shipment.packages),
        Decimal("0.00"),
    )
    extra_factor = rate * (Decimal("0.80") if negotiated else 1)
    extras = [(code, _round(amount * extra_factor)) for code, amount in _extras(shipment, service)]
    fuel = _round(base * _FUEL)
    return Price(currency=currency, base=base, fuel=fuel, extras=tuple(_merge(extras)))


def billing_weight(packages: Sequence[PricedPackage]) -> Decimal:
    """Return the weight that is charged, in pounds, by the published divisor."""
    return sum((package.billable for package in packages), Decimal(0))


def to_pounds(value: Decimal, unit: str) -> Decimal:
    """Turn a weight of UPS's units into pounds."""
    return {"KGS": value * _POUNDS_PER_KILOGRAM, "OZS": value / 16}.get(unit, value)


def to_inches(value: Decimal, unit: str) -> Decimal:
    """Turn a length of UPS's units into inches."""
    return value * _INCHES_PER_CENTIMETER if unit == "CM" else value


def _extras(shipment: PricedShipment, service: str) -> list[tuple[str, Decimal]]:
    found = [charge for package in shipment.packages for charge in _package_extras(package)]
    pieces = len(shipment.packages)
    if shipment.residential and service != GROUND_SAVER and not shipment.access_point:
        found.append(("270", Decimal("5.95" if service in {"03", "11"} else "6.45") * pieces))
    if _costs_more(shipment):
        found.append(("376", Decimal("4.10") * pieces))
    if shipment.saturday:
        found.append(("300", Decimal("16.00")))
    if shipment.signature:
        found.append(("121", Decimal("9.35" if shipment.signature == "adult" else "6.95")))
    if shipment.carbon_neutral:
        found.append(("441", Decimal("0.20") * pieces))
    if shipment.duties_prepaid:
        found.append(("378", Decimal("15.00")))
    if shipment.return_code:
        code = RETURN_CHARGES.get(shipment.return_code, "280")
        found.append((code, Decimal("1.25") * pieces))
    if shipment.access_point:
        found.append(("540", Decimal("1.50") * pieces))
    return found


def _package_extras(package: PricedPackage) -> list[tuple[str, Decimal]]:
    found: list[tuple[str, Decimal]] = []
    if package.signature:
        found.append(("120", Decimal("9.35" if package.signature == "adult" else "6.95")))
    if package.is_awkward:
        found.append(("100", Decimal("26.50")))
    if package.girth > 130:
        found.append(("377", Decimal("110.00")))
    if package.dry_ice:
        found.append(("200", Decimal("7.50")))
    if package.hazardous:
        found.append(("199", Decimal("48.75")))
    if package.cod:
        found.append(("110", Decimal("19.50")))
    if package.declared_value > 100:
        hundreds = (package.declared_value / 100).to_integral_value(ROUND_CEILING)
        found.append(("400", max(Decimal("4.05"), hundreds * Decimal("1.35"))))
    return found


def _costs_more(shipment: PricedShipment) -> bool:
    """Say whether the destination lies in a delivery area with a surcharge: one ZIP code in seven, invented."""
    digits = shipment.postal_code[:5]
    return shipment.lane.destination in US_LIKE and digits.isdigit() and int(digits) % 7 == 0


def _merge(extras: list[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    sums: dict[str, Decimal] = {}
    for code, amount in extras:
        sums[code] = sums.get(code, Decimal("0.00")) + amount
    return sorted(sums.items())


def _currency(origin: str) -> tuple[str, Decimal]:
    code, rate = _CURRENCIES.get(origin, ("EUR", "0.92") if origin in EUROPEAN_UNION else ("USD", "1"))
    return code, Decimal(rate)


def _round(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
