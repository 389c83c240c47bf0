"""Dry ice and regulated goods in a package (field guide ups.md §4.7; description of Shipping)."""

from decimal import Decimal
from typing import Final

from cartcarrier.sandbox.ups import fields
from cartcarrier.sandbox.ups.errors import INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.lanes import Lane
from cartcarrier.sandbox.ups.tariff import to_pounds

MAX_HAZMAT: Final = 3
_ICE_UNITS: Final = {"00": "KGS", "KG": "KGS", "KGS": "KGS", "01": "LBS", "LB": "LBS", "LBS": "LBS"}
_NORTH_AMERICA: Final = frozenset({"US", "PR", "CA"})
_REGULATIONS: Final = frozenset({"CFR", "IATA", "ADR", "TDG"})
_MODES: Final = frozenset({"Highway", "Ground", "PAX", "CAO"})
_CAPACITY: Final = ("ClassDivisionNumber", "Quantity", "UOM")
_NAMED: Final = ("IDNumber", *_CAPACITY, "PackagingType", "PackagingTypeQuantity")
# Level of regulation -> what must be said about the goods beside their name.
_NEEDED: Final = {"FR": (*_NAMED, "EmergencyPhone"), "LQ": _NAMED, "EQ": _CAPACITY, "LR": ("IDNumber",)}


def read_dry_ice(options: Node, lane: Lane, package_weight: Decimal) -> bool:
    """Say whether a package holds dry ice.

    Args:
        options: UPS's ``PackageServiceOptions`` object.
        lane: The countries: they decide which regulations there are.
        package_weight: In pounds.

    Raises:
        UPSError: 10002 a member is missing; 10003 regulations that do not fit the lane, or more ice than package.
    """
    ice = fields.child(options, "DryIce")
    if not ice:
        return False
    regulations = fields.required(ice, "RegulationSet")
    ends = {lane.origin, lane.destination}
    fits = {"CFR": ends <= _NORTH_AMERICA, "IATA": True, "ADR": lane.is_within_union}
    if not fits.get(regulations, False):
        raise UPSError(INVALID, "DryIce.RegulationSet is not valid between these countries.")
    unit = _ICE_UNITS.get(fields.required(ice, "DryIceWeight.UnitOfMeasurement.Code"))
    if unit is None:
        raise UPSError(INVALID, "DryIce.DryIceWeight.UnitOfMeasurement.Code must be 00, 01, KG, KGS or LBS.")
    weight = fields.number(ice, "DryIceWeight.Weight")
    written = fields.text(ice, "DryIceWeight.Weight")
    if not weight or len(written) > 5 or len(written.partition(".")[2]) > 1:
        raise UPSError(INVALID, "DryIce.DryIceWeight.Weight takes up to five characters, one of them a decimal.")
    if to_pounds(weight, unit) > package_weight:
        raise UPSError(INVALID, "The dry ice weight exceeds the package weight.")
    if fields.is_on(ice, "MedicalUseIndicator") and regulations != "CFR":
        raise UPSError(INVALID, "DryIce.MedicalUseIndicator is only valid with the regulation set CFR.")
    return True


def read_hazmat(options: Node, contracts: frozenset[str]) -> bool:
    """Say whether a package holds regulated goods: lithium batteries that are fully regulated are among them.

    Args:
        options: UPS's ``PackageServiceOptions`` object.
        contracts: What the account may ship.

    Raises:
        UPSError: 120052 without a contract; 10002 and 10003 for what is missing or wrong.
    """
    goods = fields.objects(options, "HazMat")
    if not goods:
        return False
    if "hazmat" not in contracts:
        raise UPSError("120052", "The account is not enabled for hazardous materials.", 403)
    if len(goods) > MAX_HAZMAT:
        raise UPSError(INVALID, "PackageServiceOptions.HazMat takes up to three commodities.")
    for commodity in goods:
        if fields.required(commodity, "RegulationSet") not in _REGULATIONS:
            raise UPSError(INVALID, "HazMat.RegulationSet must be CFR, IATA, ADR or TDG.")
        level = fields.required(commodity, "CommodityRegulatedLevelCode")
        if level not in _NEEDED:
            raise UPSError(INVALID, "HazMat.CommodityRegulatedLevelCode must be FR, LQ, EQ or LR.")
        number = fields.text(commodity, "IDNumber")
        if number and number[:2] not in {"UN", "ID", "NA"}:
            raise UPSError(INVALID, "HazMat.IDNumber must begin with UN, ID or NA.")
        for name in ("ProperShippingName", *_NEEDED[level]):
            fields.required(commodity, name, MISSING, f"HazMat.{name} is required for {level} goods.")
        mode = fields.text(commodity, "TransportationMode")
        if fields.text(commodity, "RegulationSet") != "ADR" and mode not in _MODES:
            raise UPSError(INVALID, "HazMat.TransportationMode is missing or invalid.")
    if len({fields.text(commodity, "RegulationSet") for commodity in goods}) > 1:
        raise UPSError(INVALID, "HazMat.RegulationSet must be the same across the shipment.")
    return True
