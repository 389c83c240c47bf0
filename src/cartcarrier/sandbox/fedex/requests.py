"""What rate and ship requests have in common: reading places and packages, and refusing what FedEx refuses.

Codes are FedEx's own where the guide or a description names one; else they follow the pattern of those (``….REQUIRED``,
``….INVALID``, ``….TOO.LONG``, guide §8), and the message names the member.
"""

from decimal import ROUND_DOWN, Decimal

import attrs

from cartcarrier.sandbox._gazetteer import city_of
from cartcarrier.sandbox._geography import is_postal_code, is_state, lies_in
from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.codes import NOT_SERVED, SIGNATURES
from cartcarrier.sandbox.fedex.errors import FedExError, invalid_input
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.tariff import PricedPackage, to_inches, to_pounds

MIXED_UNITS = "MIXED.MEASURING.UNITS.INCLUDED"
WITHOUT_POSTAL_CODES = frozenset({"AE", "HK", "IE", "PA", "QA"})


@attrs.frozen(kw_only=True)
class Place:
    """An address as rules and prices see it."""

    country: str
    state: str
    postal_code: str
    city: str
    lines: tuple[str, ...]
    residential: bool = False

    @property
    def city_differs(self) -> bool:
        """Whether the city is another than the one that the postal code belongs to."""
        known = city_of(self.postal_code) if self.country == "US" else None
        return bool(self.city) and known is not None and known != self.city.upper()


def read_place(address: Node, who: str) -> Place:
    """Read an address, and refuse what is wrong with its country, state and postal code.

    Args:
        address: FedEx's ``address`` object.
        who: ``SHIPPER`` or ``RECIPIENTS``, as the codes begin.

    Raises:
        FedExError: The first rule that is broken.
    """
    end = "ORIGIN" if who == "SHIPPER" else "DESTINATION"
    country = fields.required(address, "countryCode", f"{who}.COUNTRYCODE.REQUIRED")
    if len(country) != 2 or not country.isalpha() or not country.isupper():
        raise FedExError(f"{who}.COUNTRYCODE.INVALID", "The country code is invalid.")
    if country in NOT_SERVED:
        raise FedExError(f"{end}.COUNTRY.NOTSERVED", f"FedEx does not serve {country}.")
    state = fields.text(address, "stateOrProvinceCode")
    code = fields.text(address, "postalCode").upper()
    if state and country in {"US", "CA", "PR"} and not _is_state(country, state):
        raise FedExError(
            f"{who}.ADDRESSSTATEORPROVINCECODE.MISMATCH", "The state or province code does not match the country."
        )
    if not code and country not in WITHOUT_POSTAL_CODES:
        raise FedExError(f"{who}.POSTALCODE.REQUIRED", "The postal code is required.")
    if len(code) > 10 or (code and not is_postal_code(country, code.replace(" ", "") if country == "CA" else code)):
        raise FedExError(f"{who}.POSTALCODE.INVALID", "The postal code is invalid for the country.")
    if state and country in {"US", "CA"} and not lies_in(country, _own(state), code):
        raise FedExError(
            "COUNTRY.POSTALANDSTATEORPROVINCECODE.MISMATCH", "The postal code does not lie in that state or province."
        )
    return Place(
        country=country,
        state=state,
        postal_code=code,
        city=fields.text(address, "city"),
        lines=tuple(line.strip() for line in fields.strings(address, "streetLines") if line.strip())[:3],
        residential=fields.flag(address, "residential"),
    )


def _is_state(country: str, state: str) -> bool:
    """Say whether FedEx knows a state or province; Quebec is PQ there, and QC is refused (guide §4.2)."""
    if country == "PR":
        return state == "PR"
    return state != "QC" and is_state(country, _own(state))


def _own(state: str) -> str:
    return "QC" if state == "PQ" else state


@attrs.frozen(kw_only=True)
class Piece:
    """A line of packages, read.

    Attributes:
        line: FedEx's object.
        count: How many identical packages it stands for.
        priced: Each of them as the tariff sees it.
        weight: As given.
        unit: KG or LB.
        sides: As given, decimals cut off; empty without.
        side_unit: IN or CM.
        has_zero_side: Whether a side is 0, which some clients send.
        currency: Of the declared value; empty without.
    """

    line: Node
    count: int
    priced: PricedPackage
    weight: Decimal
    unit: str
    sides: tuple[int, ...]
    side_unit: str
    has_zero_side: bool
    currency: str


def read_pieces(shipment: Node, *, weight_optional: bool) -> tuple[Piece, ...]:
    """Read the package lines, and refuse what is wrong with weights, sizes, units and values.

    Args:
        shipment: FedEx's ``requestedShipment``.
        weight_optional: Whether a weight may be left out, as with flat prices.

    Raises:
        FedExError: The first rule that is broken.
    """
    lines = fields.objects(shipment, "requestedPackageLineItems")
    if not lines:
        raise FedExError("REQUESTEDPACKAGELINEITEMS.REQUIRED", "At least one package is required.")
    pieces = tuple(_read_piece(line, weight_optional=weight_optional) for line in lines)
    weights, sides = {piece.unit for piece in pieces}, {piece.side_unit for piece in pieces if piece.side_unit}
    if len(weights) > 1 or len(sides) > 1 or (weights, sides) in (({"KG"}, {"IN"}), ({"LB"}, {"CM"})):
        raise FedExError(MIXED_UNITS, "All weights and dimensions of a shipment must be of one system of units.")
    if len({piece.currency for piece in pieces if piece.currency}) > 1:
        raise FedExError("CURRENCYTYPE.PACKAGES.MUST", "All packages must have one currency.")
    return pieces


def _read_piece(line: Node, *, weight_optional: bool) -> Piece:
    count = fields.number(line, "groupPackageCount")
    if count is not None and (count < 1 or count % 1):
        raise FedExError("GROUPPACKAGECOUNT.INVALID", "groupPackageCount must be 1 or more.")
    weight, unit = _read_weight(line, optional=weight_optional)
    sides, side_unit, zero = _read_sides(line)
    amount, currency = read_money(line, "declaredValue")
    special = fields.child(line, "packageSpecialServices")
    signature = fields.text(special, "signatureOptionType")
    if signature and signature not in SIGNATURES:
        raise invalid_input("signatureOptionType")
    return Piece(
        line=line,
        count=int(count or 1),
        priced=PricedPackage(
            weight=to_pounds(weight, unit),
            sides=tuple(sorted((to_inches(Decimal(side), side_unit) for side in sides), reverse=True)),
            declared_value=amount,
            signature=signature,
            special_services=frozenset(fields.strings(special, "specialServiceTypes")),
        ),
        weight=weight,
        unit=unit,
        sides=sides,
        side_unit=side_unit,
        has_zero_side=zero,
        currency=currency,
    )


def _read_weight(line: Node, *, optional: bool) -> tuple[Decimal, str]:
    if optional and not fields.child(line, "weight"):
        return Decimal(1), "LB"
    unit = fields.required(line, "weight.units", "PACKAGEWEIGHT.UNITS.REQUIRED")
    if unit not in {"KG", "LB"}:
        raise invalid_input("weight.units")
    value = fields.number(line, "weight.value")
    if value is None:
        raise FedExError("PACKAGEWEIGHT.VALUE.REQUIRED", "The weight of each package is required.")
    if value <= 0:
        raise FedExError("PACKAGEWEIGHT.VALUE.INVALID", "The weight must be greater than zero.")
    return value, unit


def _read_sides(line: Node) -> tuple[tuple[int, ...], str, bool]:
    """Read length, width, height: all or none; decimals are cut off (guide §2.1)."""
    dimensions = fields.child(line, "dimensions")
    if not dimensions:
        return (), "", False
    written = [fields.number(dimensions, name) for name in ("length", "width", "height")]
    if any(side is None for side in written):
        raise FedExError("DIMENSIONS.REQUIRED", "Length, width and height must be given together.")
    sides = tuple(int((side or Decimal(0)).to_integral_value(ROUND_DOWN)) for side in written)
    if any(not 0 <= side <= 999 for side in sides):
        raise FedExError("DIMENSIONS.INVALID", "Dimensions must be between 1 and 999.")
    unit = "CM" if fields.text(dimensions, "units") == "CM" else "IN"  # anything else counts as inches
    return (() if 0 in sides else sides), unit, 0 in sides


def read_money(node: Node, path: str, digits: int = 5) -> tuple[Decimal, str]:
    """Read an amount and its currency; zero and empty when it is missing.

    Args:
        node: What holds it.
        path: Where.
        digits: How many may stand before the decimal point.

    Raises:
        FedExError: Negative, too long, or without a currency.
    """
    if not fields.child(node, path):
        return Decimal(0), ""
    name = path.upper()
    amount = fields.number(node, f"{path}.amount")
    if amount is None:
        raise FedExError(f"{name}.AMOUNT.REQUIRED", f"{path}.amount is required.")
    if amount < 0 or amount >= 10**digits:
        raise FedExError(f"{name}.AMOUNT.INVALID", f"{path}.amount takes at most {digits} digits before the point.")
    currency = fields.required(node, f"{path}.currency", f"{name}.CURRENCY.REQUIRED")
    if len(currency) != 3 or not currency.isalpha():
        raise FedExError(f"{name}.CURRENCY.INVALID", f"{path}.currency is invalid.")
    return amount, currency


def as_packages(pieces: tuple[Piece, ...]) -> tuple[PricedPackage, ...]:
    """Return every package on its own."""
    return tuple(piece.priced for piece in pieces for _ in range(piece.count))


def too_big(package: PricedPackage, *, ground: bool) -> bool:
    """Say whether a package is longer or larger than FedEx takes (guide §2.3)."""
    longest = 108 if ground else 119
    return bool(package.sides) and (package.sides[0] > longest or package.girth > 165)
