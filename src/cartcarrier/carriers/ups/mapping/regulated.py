"""Dry ice and lithium batteries: goods that are carried by rules of their own (field guide ups.md §4.7)."""

from typing import Final

from cartcarrier.carriers.ups.mapping.lanes import Lane
from cartcarrier.carriers.ups.mapping.measures import to_weight
from cartcarrier.carriers.ups.options import UPSBattery
from cartcarrier.carriers.ups.schemas._base import Coded, DryIce, HazMat, Measured, PricedHazMat
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import ShipmentRequest, WeightUnit

ONLY_PACKAGE: Final = "1"
"""Which package it is: the one there is."""
_ONLY_RECORD: Final = "1"
_STANDARD: Final = "11"
# Ground, 3 Day Select, Ground Saver: they stay on the road.
_ON_THE_ROAD: Final = frozenset({"03", _STANDARD, "12", "93"})
_LIGHTLY: Final = "LR"
# Names and numbers of the UN's list of dangerous goods; alone they may not fly with passengers.
_BATTERIES: Final = {
    UPSBattery.ION_IN_EQUIPMENT: ("UN3481", "Lithium ion batteries contained in equipment", False),
    UPSBattery.ION_WITH_EQUIPMENT: ("UN3481", "Lithium ion batteries packed with equipment", False),
    UPSBattery.ION_ALONE: ("UN3480", "Lithium ion batteries", True),
    UPSBattery.METAL_IN_EQUIPMENT: ("UN3091", "Lithium metal batteries contained in equipment", False),
    UPSBattery.METAL_WITH_EQUIPMENT: ("UN3091", "Lithium metal batteries packed with equipment", False),
    UPSBattery.METAL_ALONE: ("UN3090", "Lithium metal batteries", True),
}
_GROUND, _WITH_PASSENGERS, _CARGO_ONLY = "Ground", "PAX", "CAO"
_PRICED_MODES: Final = {_GROUND: "02", _WITH_PASSENGERS: "03", _CARGO_ONLY: "04"}


def check_regulated(request: ShipmentRequest) -> None:
    """Refuse what cannot be, or cannot be told: in which of several parcels it is would be a guess.

    Raises:
        UnsupportedOperationError: There are several parcels, or that kind of battery has no words.
        InvalidValueError: There is more dry ice than the parcel weighs, or none.
    """
    options = request.options
    for field, there in (("options.dry_ice", options.dry_ice), ("options.lithium", options.lithium)):
        if there is not None and len(request.parcels) != 1:
            raise UnsupportedOperationError(f"ups: {field} must be said of one parcel: ship them apart", field=field)
    if options.lithium is not None and options.lithium not in _BATTERIES:
        words = ", ".join(_BATTERIES)
        field = "options.lithium"
        raise UnsupportedOperationError(f"ups: {field} must be one of {words}; nothing was sent", field=field)
    ice = options.dry_ice
    if ice is None:
        return
    if not ice.value:
        raise InvalidValueError("options.dry_ice must be more than 0", field="options.dry_ice")
    if ice.to(WeightUnit.GRAM).value > request.parcels[0].weight.to(WeightUnit.GRAM).value:
        msg = "options.dry_ice is more than the parcel weighs with everything in it"
        raise InvalidValueError(msg, field="options.dry_ice")


def _service(request: ShipmentRequest) -> str | None:
    return request.rate.service.code if request.rate is not None else request.service


def _rules(request: ShipmentRequest, lane: Lane) -> str:
    """Return whose rules hold: CFR within the US and by ground to Canada, ADR by Standard within the EU, else IATA."""
    service = _service(request)
    if lane.is_within_us or (lane.origin == "US" and lane.destination == "CA" and service == _STANDARD):
        return "CFR"
    return "ADR" if lane.is_within_eu and service in {None, _STANDARD} else "IATA"


def to_dry_ice(request: ShipmentRequest, lane: Lane, *, priced: bool, medical: bool) -> DryIce | None:
    """Return the dry ice and the rules that it goes by.

    Args:
        request: What is shipped.
        lane: From where to where.
        priced: For Rating, which names units by number (UPS's description of ``DryIceWeight``).
        medical: It cools something for medical use; only the rules of the US know that.
    """
    ice = request.options.dry_ice
    if ice is None:
        return None
    rules = _rules(request, lane)
    weight = to_weight(ice, in_pounds=lane.in_pounds, field="options.dry_ice")
    if priced:
        unit = Coded(code="01" if lane.in_pounds else "00", description="LB" if lane.in_pounds else "KG")
        weight = Measured(unit_of_measurement=unit, weight=weight.weight)
    indicator = "" if medical and rules == "CFR" else None
    return DryIce(regulation_set=rules, dry_ice_weight=weight, medical_use_indicator=indicator)


def to_batteries(request: ShipmentRequest, lane: Lane, *, priced: bool) -> list[HazMat] | PricedHazMat | None:
    """Return the batteries, as lightly regulated goods: for these UPS wants number and name only.

    Where no service is named the package counts as prepared for aircraft, which does for the road, too.

    Args:
        request: What is shipped.
        lane: From where to where.
        priced: For Rating, which has them one level deeper and names the ways by number.
    """
    if request.options.lithium is None:
        return None
    number, name, alone = _BATTERIES[UPSBattery(request.options.lithium)]
    by_air = _CARGO_ONLY if alone else _WITH_PASSENGERS
    mode = _GROUND if _service(request) in _ON_THE_ROAD else by_air
    record = HazMat(
        id_number=number,
        proper_shipping_name=name,
        regulation_set=_rules(request, lane),
        transportation_mode=_PRICED_MODES[mode] if priced else mode,
        commodity_regulated_level_code=_LIGHTLY,
        chemical_record_identifier=_ONLY_RECORD,
    )
    if priced:
        return PricedHazMat(package_identifier=ONLY_PACKAGE, haz_mat_chemical_record=[record])
    return [record]
