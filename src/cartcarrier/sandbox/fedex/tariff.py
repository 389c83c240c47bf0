"""What a shipment costs: a tariff of the simulator's own, the same for a quote and for the purchase that follows it.

The prices are invented; the parts they are made of are FedEx's (field guide fedex.md §2.2).
"""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Final

import attrs

from cartcarrier.sandbox._geography import EUROPEAN_UNION
from cartcarrier.sandbox.fedex.codes import Service
from cartcarrier.sandbox.fedex.lanes import Lane

_CENT: Final = Decimal("0.01")
POUNDS_PER_KILOGRAM: Final = Decimal("2.20462262")
_INCHES_PER_CENTIMETER: Final = 1 / Decimal("2.54")
FUEL_PERCENT: Final = Decimal("17.5")
DIM_DIVISOR: Final = 139
_ONE_RATE: Final = {
    "FEDEX_ENVELOPE": "11.40", "FEDEX_PAK": "12.95", "FEDEX_SMALL_BOX": "13.35", "FEDEX_MEDIUM_BOX": "15.95",
    "FEDEX_LARGE_BOX": "22.75", "FEDEX_EXTRA_LARGE_BOX": "33.15", "FEDEX_TUBE": "16.90", "FEDEX_BOX": "14.60",
}  # fmt: skip

# Service -> list price of the first pound in zone 2, of each further pound, discount of the account.
_PRICES: Final = {
    "FIRST_OVERNIGHT": ("86.40", "2.35", "0.30"),
    "PRIORITY_OVERNIGHT": ("52.10", "2.10", "0.38"),
    "STANDARD_OVERNIGHT": ("46.80", "1.95", "0.38"),
    "FEDEX_2_DAY_AM": ("32.60", "1.50", "0.35"),
    "FEDEX_2_DAY": ("28.20", "1.36", "0.35"),
    "FEDEX_EXPRESS_SAVER": ("20.90", "0.93", "0.30"),
    "FEDEX_GROUND": ("11.45", "0.42", "0.27"),
    "GROUND_HOME_DELIVERY": ("11.45", "0.42", "0.27"),
    "SMART_POST": ("9.25", "0.38", "0.21"),
    "INTERNATIONAL_FIRST": ("156.00", "4.25", "0.40"),
    "FEDEX_INTERNATIONAL_PRIORITY_EXPRESS": ("110.50", "3.80", "0.44"),
    "FEDEX_INTERNATIONAL_PRIORITY": ("99.40", "3.55", "0.45"),
    "INTERNATIONAL_ECONOMY": ("89.70", "3.20", "0.45"),
    "FEDEX_INTERNATIONAL_CONNECT_PLUS": ("61.30", "2.40", "0.30"),
    "FEDEX_REGIONAL_ECONOMY": ("24.80", "1.05", "0.33"),
    "FEDEX_FIRST": ("38.20", "1.10", "0.30"),
    "FEDEX_PRIORITY_EXPRESS": ("27.40", "0.90", "0.30"),
    "FEDEX_PRIORITY": ("18.60", "0.70", "0.30"),
    "FEDEX_ECONOMY": ("13.90", "0.50", "0.30"),
    "FEDEX_1_DAY_FREIGHT": ("410.00", "2.60", "0.25"),
    "FEDEX_2_DAY_FREIGHT": ("330.00", "2.10", "0.25"),
    "FEDEX_3_DAY_FREIGHT": ("270.00", "1.70", "0.25"),
}
# Units of a currency for one dollar of the tariff: invented, and fixed so that prices repeat.
EXCHANGE: Final = {
    "USD": Decimal(1), "CAD": Decimal("1.36"), "GBP": Decimal("0.79"), "MXN": Decimal("18.4"), "EUR": Decimal("0.92"),
    "JPY": Decimal(150), "AUD": Decimal("1.52"),
}  # fmt: skip
_CURRENCIES: Final = {"CA": "CAD", "GB": "GBP", "MX": "MXN", "JP": "JPY", "AU": "AUD"}
_NAMES: Final = {
    "FUEL": "Fuel Surcharge", "RESIDENTIAL_DELIVERY": "Residential delivery surcharge",
    "DELIVERY_AREA": "Delivery area surcharge", "SATURDAY_DELIVERY": "Saturday Delivery",
    "SIGNATURE_OPTION": "Signature option", "DRY_ICE": "Dry ice", "INSURED_VALUE": "Declared value",
    "ADDITIONAL_HANDLING": "Additional handling surcharge", "OVERSIZE": "Oversize", "RETURN_LABEL": "Return label",
    "DANGEROUS_GOODS": "Dangerous goods", "CLEARANCE_ENTRY_FEE": "Advancement fee",
}  # fmt: skip
_SIGNATURE_PRICES: Final = {"INDIRECT": "5.60", "DIRECT": "6.85", "ADULT": "8.15"}


@attrs.frozen(kw_only=True)
class PricedPackage:
    """A package as the tariff sees it: pounds and inches.

    Attributes:
        weight: Actual weight in pounds.
        sides: The three sides in inches, longest first; empty when not given.
        declared_value: In the shipment's currency; zero when not declared.
        signature: FedEx's option, or empty.
        special_services: FedEx's types.
    """

    weight: Decimal
    sides: tuple[Decimal, ...] = ()
    declared_value: Decimal = Decimal(0)
    signature: str = ""
    special_services: frozenset[str] = frozenset()

    @property
    def girth(self) -> Decimal:
        """Length plus twice width and height."""
        return self.sides[0] + 2 * (self.sides[1] + self.sides[2]) if self.sides else Decimal(0)

    @property
    def dimensional(self) -> Decimal:
        """The dimensional weight in pounds; zero without sides."""
        return self.sides[0] * self.sides[1] * self.sides[2] / DIM_DIVISOR if self.sides else Decimal(0)

    @property
    def billable(self) -> Decimal:
        """The greater of actual and dimensional weight, in whole pounds."""
        return max(self.weight, self.dimensional, Decimal(1)).to_integral_value(ROUND_CEILING)


@attrs.frozen(kw_only=True)
class PricedShipment:
    """A shipment as the tariff sees it.

    Attributes:
        lane: The ends.
        zone: How far.
        packages: What is carried.
        postal_code: Of the destination: some lie in areas that cost more.
        packaging: FedEx's ``packagingType``.
        one_rate: Whether the flat price by packaging is asked for.
        saturday: Whether it is to be delivered on a Saturday.
        duties_prepaid: Whether the shipper pays duties.
        is_return: Whether it is a return.
    """

    lane: Lane
    zone: int
    packages: tuple[PricedPackage, ...]
    postal_code: str = ""
    packaging: str = "YOUR_PACKAGING"
    one_rate: bool = False
    saturday: bool = False
    duties_prepaid: bool = False
    is_return: bool = False

    @property
    def currency(self) -> str:
        """The origin's currency, in which prices are quoted unless another is preferred."""
        origin = self.lane.origin
        return _CURRENCIES.get(origin, "EUR" if origin in EUROPEAN_UNION else "USD")


@attrs.frozen(kw_only=True)
class Price:
    """A price in its parts.

    Attributes:
        currency: ISO 4217.
        base: Transport without discount.
        discount: What the account gets off.
        surcharges: Type and amount of every other charge, fuel among them.
        taxes: Type and amount.
    """

    currency: str
    base: Decimal
    discount: Decimal
    surcharges: tuple[tuple[str, Decimal], ...]
    taxes: tuple[tuple[str, Decimal], ...]

    @property
    def freight(self) -> Decimal:
        """Transport after discount."""
        return self.base - self.discount

    @property
    def extras(self) -> Decimal:
        """All surcharges."""
        return sum((amount for _, amount in self.surcharges), Decimal("0.00"))

    @property
    def tax(self) -> Decimal:
        """All taxes."""
        return sum((amount for _, amount in self.taxes), Decimal("0.00"))

    @property
    def before_tax(self) -> Decimal:
        """What FedEx earns."""
        return self.freight + self.extras

    @property
    def total(self) -> Decimal:
        """What is paid."""
        return self.before_tax + self.tax

    def named(self) -> list[tuple[str, str, Decimal]]:
        """Return type, name and amount of each surcharge."""
        return [(kind, _NAMES[kind], amount) for kind, amount in self.surcharges]


def price(shipment: PricedShipment, service: Service, *, account: bool, currency: str = "") -> Price:
    """Return what a shipment costs by a service.

    Args:
        shipment: What goes where.
        service: Which.
        account: The account's own price, in place of the published one.
        currency: Converted into that one; by default the origin's.
    """
    first, per_pound, discount = (Decimal(part) for part in _PRICES[service.code])
    money = currency if currency in EXCHANGE else shipment.currency
    rate = EXCHANGE[money]
    zone = shipment.zone
    distance = 1 + Decimal(zone - 2) / 10 if zone < 40 else 1 + Decimal(zone - 41) / 8
    if shipment.one_rate:
        flat = Decimal(_ONE_RATE[shipment.packaging]) * (2 if service.days == 1 else 1)
        base = sum((_round(flat * rate) for _ in shipment.packages), Decimal("0.00"))
    else:
        base = sum(
            (_round((first + per_pound * (package.billable - 1)) * distance * rate) for package in shipment.packages),
            Decimal("0.00"),
        )
    off = _round(base * discount) if account and not shipment.one_rate else Decimal("0.00")
    fuel = Decimal("0.00") if shipment.one_rate else _round((base - off) * FUEL_PERCENT / 100)
    extras = [(kind, _round(amount * rate)) for kind, amount in _extras(shipment, service)]
    surcharges = _merge([("FUEL", fuel), *extras])
    taxable = base - off + sum((amount for _, amount in surcharges), Decimal(0))
    taxes = (("GST", _round(taxable * Decimal("0.05"))),) if shipment.lane.origin == "CA" else ()
    return Price(currency=money, base=base, discount=off, surcharges=tuple(surcharges), taxes=taxes)


def to_pounds(value: Decimal, unit: str) -> Decimal:
    """Turn a weight into pounds."""
    return value * POUNDS_PER_KILOGRAM if unit == "KG" else value


def to_inches(value: Decimal, unit: str) -> Decimal:
    """Turn a length into inches."""
    return value * _INCHES_PER_CENTIMETER if unit == "CM" else value


def _extras(shipment: PricedShipment, service: Service) -> list[tuple[str, Decimal]]:
    found = [charge for package in shipment.packages for charge in _package_extras(package)]
    pieces = len(shipment.packages)
    if shipment.lane.residential and service.code != "SMART_POST" and not shipment.one_rate:
        found.append(("RESIDENTIAL_DELIVERY", Decimal("5.85" if service.is_ground else "6.35") * pieces))
    if _costs_more(shipment) and not shipment.one_rate:
        found.append(("DELIVERY_AREA", Decimal("4.05") * pieces))
    if shipment.saturday:
        found.append(("SATURDAY_DELIVERY", Decimal("16.00")))
    if shipment.duties_prepaid:
        found.append(("CLEARANCE_ENTRY_FEE", Decimal("15.00")))
    if shipment.is_return:
        found.append(("RETURN_LABEL", Decimal("1.15") * pieces))
    return found


def _package_extras(package: PricedPackage) -> list[tuple[str, Decimal]]:
    found: list[tuple[str, Decimal]] = []
    if package.signature in _SIGNATURE_PRICES:
        found.append(("SIGNATURE_OPTION", Decimal(_SIGNATURE_PRICES[package.signature])))
    if package.weight > 50 or (package.sides and (package.sides[0] > 48 or package.sides[1] > 30)):
        found.append(("ADDITIONAL_HANDLING", Decimal("27.00")))
    if package.girth > 130:
        found.append(("OVERSIZE", Decimal("115.00")))
    if "DRY_ICE" in package.special_services:
        found.append(("DRY_ICE", Decimal("7.25")))
    if package.special_services & {"DANGEROUS_GOODS", "HAZARDOUS_MATERIALS"}:
        found.append(("DANGEROUS_GOODS", Decimal("41.00")))
    if package.declared_value > 100:
        hundreds = (package.declared_value / 100).to_integral_value(ROUND_CEILING)
        found.append(("INSURED_VALUE", max(Decimal("4.15"), hundreds * Decimal("1.40"))))
    return found


def _costs_more(shipment: PricedShipment) -> bool:
    """Say whether the destination lies in a delivery area with a surcharge: one ZIP code in seven, invented."""
    digits = shipment.postal_code[:5]
    return shipment.lane.destination == "US" and digits.isdigit() and int(digits) % 7 == 0


def _merge(extras: list[tuple[str, Decimal]]) -> list[tuple[str, Decimal]]:
    sums: dict[str, Decimal] = {}
    for kind, amount in extras:
        if amount:
            sums[kind] = sums.get(kind, Decimal("0.00")) + amount
    return list(sums.items())


def _round(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
