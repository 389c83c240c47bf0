"""What a rate and a ship request have in common: reading parties and packages, and refusing what UPS refuses."""

from decimal import Decimal

import attrs

from cartcarrier.sandbox._geography import US_LIKE, is_postal_code, is_state, lies_in
from cartcarrier.sandbox.ups import fields
from cartcarrier.sandbox.ups.codes import PACKAGING
from cartcarrier.sandbox.ups.errors import INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.lanes import Lane
from cartcarrier.sandbox.ups.package_options import read_dry_ice, read_hazmat
from cartcarrier.sandbox.ups.tariff import PricedPackage, to_inches, to_pounds

MAX_PACKAGES = 200
# UPS's own boxes are named for what they hold (guide §2.4).
_BOX_KILOGRAMS = {"25": Decimal(10), "24": Decimal(25)}


@attrs.frozen(kw_only=True)
class Place:
    """An address as rules and prices see it."""

    country: str
    state: str
    postal_code: str
    city: str
    lines: tuple[str, ...]
    residential: bool = False


def read_place(address: Node, name: str) -> Place:
    """Read an address, and refuse what is wrong with its country, state and postal code.

    Args:
        address: UPS's ``Address`` object.
        name: Who lives there, for the message.

    Raises:
        UPSError: 110208 for the country, 111286 for the state, 111285 for the postal code or when it lies elsewhere.
    """
    country = fields.required(address, "CountryCode", "110208", f"Missing or illegal {name} Address CountryCode.")
    if len(country) != 2 or not country.isalpha() or not country.isupper():
        raise UPSError("110208", f"Missing or illegal {name} Address CountryCode.")
    state = fields.text(address, "StateProvinceCode")
    code = fields.text(address, "PostalCode")
    if country in {"US", "CA"} and not is_state(country, state):
        raise UPSError("111286", f"{state or 'blank'} is not a valid state for the specified {name} country.")
    if (country in US_LIKE or country == "CA") and not is_postal_code(country, code):
        raise UPSError("111285", f"The postal code {code or 'blank'} is invalid for the {name} country {country}.")
    if not is_postal_code(country, code):
        raise UPSError("111285", f"The postal code {code} is too long.")
    if country in {"US", "CA"} and not lies_in(country, state, code):
        raise UPSError("111285", f"The postal code {code} is invalid for {state} {country}.")
    return Place(
        country=country,
        state=state,
        postal_code=code,
        city=fields.text(address, "City"),
        lines=tuple(line for line in fields.items(address, "AddressLine") if isinstance(line, str) and line.strip()),
        residential=fields.is_on(address, "ResidentialAddressIndicator"),
    )


def read_packages(
    shipment: Node, lane: Lane, *, packaging: str, rating: bool, contracts: frozenset[str] = frozenset()
) -> tuple[PricedPackage, ...]:
    """Read the packages, and refuse what is wrong with weights, sizes and units.

    Args:
        shipment: UPS's ``Shipment`` object.
        lane: The countries: they decide on signatures and units.
        packaging: The member that holds the packaging: ``Packaging`` when shipping, ``PackagingType`` when rating.
        rating: Whether a price is asked for: units and lengths are looser then.
        contracts: What the account may ship beyond the ordinary: ``hazmat``.

    Raises:
        UPSError: The first rule that is broken.
    """
    packages = fields.objects(shipment, "Package")
    if not packages:
        raise UPSError(MISSING, "Shipment.Package is required.")
    if len(packages) > MAX_PACKAGES:
        raise UPSError("120020", "The number of packages exceeds the maximum of 200.")
    _check_units(packages, lane, rating=rating)
    return tuple(
        _read_package(package, lane, packaging=packaging, rating=rating, contracts=contracts) for package in packages
    )


def _read_package(
    package: Node, lane: Lane, *, packaging: str, rating: bool, contracts: frozenset[str]
) -> PricedPackage:
    other = "PackagingType" if packaging == "Packaging" else "Packaging"
    if not fields.child(package, packaging):
        hint = f"; {other} is not read here" if other in package else ""
        raise UPSError(MISSING, f"Package.{packaging}.Code is required{hint}.")
    kind = fields.required(package, f"{packaging}.Code")
    if kind not in PACKAGING:
        raise UPSError(INVALID, f"Package.{packaging}.Code is invalid.")
    simple = fields.text(package, "SimpleRate.Code")
    weight = _read_weight(package, rating=rating, optional=bool(simple))
    if weight > to_pounds(_BOX_KILOGRAMS.get(kind, Decimal(70)), "KGS"):
        raise UPSError("111035" if rating else "120616", "The package weight exceeds the limit of the packaging type.")
    sides = _read_sides(package, rating=rating)
    options = fields.child(package, "PackageServiceOptions")
    declared = Decimal(0)
    if fields.child(options, "DeclaredValue"):
        fields.required(options, "DeclaredValue.CurrencyCode")
        declared = fields.number(options, "DeclaredValue.MonetaryValue")
        if declared > 50_000:
            raise UPSError(INVALID, "The declared value exceeds the maximum of 50000 USD.")
    signature = _read_package_signature(options, lane)
    cod = bool(fields.child(options, "COD"))
    if cod and not lane.takes_package_cod:
        raise UPSError(INVALID, "Package COD is not available between these countries.")
    if cod and signature:
        raise UPSError("121020", "Delivery confirmation is not available on COD packages.")
    if fields.is_on(options, "ShipperReleaseIndicator") and not lane.is_within_us:
        raise UPSError(INVALID, "ShipperReleaseIndicator is only available within the US and Puerto Rico.")
    return PricedPackage(
        weight=weight,
        sides=sides,
        declared_value=declared,
        signature=signature,
        dry_ice=read_dry_ice(options, lane, weight),
        hazardous=read_hazmat(options, contracts),
        cod=cod,
        additional_handling=fields.is_on(package, "AdditionalHandlingIndicator"),
    )


def _read_weight(package: Node, *, rating: bool, optional: bool) -> Decimal:
    if optional and not fields.child(package, "PackageWeight"):
        return Decimal(1)
    value = fields.number(package, "PackageWeight.Weight")
    written = fields.text(package, "PackageWeight.Weight")
    longest = 6 if rating else 5
    if len(written) > longest or (not rating and len(written.partition(".")[2]) > 1):
        raise UPSError(INVALID, f"PackageWeight.Weight takes up to {longest} characters, one of them a decimal.")
    unit = fields.text(package, "PackageWeight.UnitOfMeasurement.Code")
    pounds = to_pounds(value, unit)
    if value == 0:
        raise UPSError(INVALID, "PackageWeight.Weight must be greater than zero.")
    if value > (70 if unit == "KGS" else 2400 if unit == "OZS" else 150):
        raise UPSError("111035" if rating else "121050", "The package exceeds the maximum weight of 150 LBS or 70 KGS.")
    return pounds


def _read_sides(package: Node, *, rating: bool) -> tuple[Decimal, ...]:
    dimensions = fields.child(package, "Dimensions")
    if not dimensions:
        return ()
    written = [fields.required(dimensions, name) for name in ("Length", "Width", "Height")]
    if not rating and any(len(side) > 3 or not side.isdigit() for side in written):
        raise UPSError(INVALID, "Dimensions take whole numbers of one to three digits.")
    length, width, height = (fields.number(dimensions, name) for name in ("Length", "Width", "Height"))
    if length < max(width, height):
        raise UPSError("121056", "The length must be the longest side of the package.")
    metric = fields.text(dimensions, "UnitOfMeasurement.Code") == "CM"
    if length > (270 if metric else 108):
        raise UPSError("121055", "The package exceeds the maximum length of 108 inches or 270 centimeters.")
    if length + 2 * (width + height) > (330 if metric else 165):
        # The guide gives 330 cm beside 165 in: two limits of their own, not one converted.
        raise UPSError("121056", "The package exceeds the maximum of length and girth, 165 inches or 330 centimeters.")
    unit = "CM" if metric else "IN"
    return tuple(to_inches(side, unit) for side in sorted((length, width, height), reverse=True))


def _check_units(packages: list[Node], lane: Lane, *, rating: bool) -> None:
    weights = [
        fields.text(package, "PackageWeight.UnitOfMeasurement.Code")
        for package in packages
        if "PackageWeight" in package
    ]
    lengths = [
        fields.text(package, "Dimensions.UnitOfMeasurement.Code") for package in packages if "Dimensions" in package
    ]
    if any(unit not in {"LBS", "KGS", "OZS"} for unit in weights):
        raise UPSError(INVALID, "PackageWeight.UnitOfMeasurement.Code must be LBS, KGS or OZS.")
    if any(unit not in {"IN", "CM"} for unit in lengths):
        raise UPSError(INVALID, "Dimensions.UnitOfMeasurement.Code must be IN or CM.")
    if len(set(weights)) > 1:
        raise UPSError("120528", "All packages of a shipment must have the same weight unit.")
    if len(set(lengths)) > 1:
        raise UPSError("120529", "All packages of a shipment must have the same dimension unit.")
    if (weights[:1], lengths[:1]) in ((["KGS"], ["IN"]), (["LBS"], ["CM"])):
        raise UPSError("120548", "Units of weight and dimension must be of the same system.")
    # Canada is used with both systems; everywhere else the origin decides (guide §11-24).
    foreign_weight, foreign_length = ("KGS", "CM") if lane.origin in US_LIKE else ("LBS", "IN")
    if lane.origin != "CA":
        if foreign_weight in weights:
            raise UPSError("111057" if rating else "120546", "This weight unit is not valid for the origin country.")
        if foreign_length in lengths:
            raise UPSError("111057" if rating else "120547", "This dimension unit is not valid for the origin country.")


def _read_package_signature(options: Node, lane: Lane) -> str:
    """Read ``DeliveryConfirmation`` of a package: 2 signature, 3 adult, on lanes that ask packages for it (guide §4.6)."""
    if not fields.child(options, "DeliveryConfirmation"):
        return ""
    if not lane.takes_package_signature:
        raise UPSError("120598", "Delivery confirmation is not available on packages between these countries.")
    code = fields.required(options, "DeliveryConfirmation.DCISType")
    if code not in {"2", "3"}:
        raise UPSError("121150", "The delivery confirmation type is not supported on packages.")
    return "adult" if code == "3" else "signature"


def read_shipment_signature(options: Node, lane: Lane) -> str:
    """Read ``DeliveryConfirmation`` of a shipment: 1 signature, 2 adult, on the other lanes.

    Raises:
        UPSError: 120599 on a lane that asks packages for it, 121150 for another code.
    """
    if not fields.child(options, "DeliveryConfirmation"):
        return ""
    if lane.takes_package_signature:
        raise UPSError("120599", "Delivery confirmation is not available on shipments between these countries.")
    code = fields.required(options, "DeliveryConfirmation.DCISType")
    if code not in {"1", "2"}:
        raise UPSError("121150", "The delivery confirmation type is not supported on shipments.")
    return "adult" if code == "2" else "signature"
