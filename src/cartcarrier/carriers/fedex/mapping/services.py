"""What is asked for beside moving a box: the same words for a price and for a purchase, so that one is the other's."""

from decimal import Decimal
from typing import Final

from cartcarrier.carriers.fedex.codes import ECONOMY, GROUND, HOME, OWN_PACKAGING
from cartcarrier.carriers.fedex.codes.services import (
    HEAVIEST,
    HEAVIEST_ECONOMY,
    HEAVIEST_IN,
    LIGHTEST_PARCEL_SELECT,
    ONE_RATE_SERVICES,
    is_freight,
)
from cartcarrier.carriers.fedex.mapping.lanes import Lane
from cartcarrier.carriers.fedex.mapping.measures import to_amount, to_weight
from cartcarrier.carriers.fedex.options import FedExBattery, FedExOptions
from cartcarrier.carriers.fedex.schemas._base import (
    AlcoholDetail,
    Amount,
    BatteryDetail,
    Economy,
    Hold,
    HomeDelivery,
    MeasuredWeight,
    PackageServices,
    ReturnAssociation,
    ReturnDetail,
    Rma,
    ShipmentServices,
    StandaloneBattery,
)
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import Parcel, ShipmentRequest, Signature, WeightUnit

MOST_LINES: Final = 30
"""Packages in one purchase (field guide fedex.md §4.5); a question for prices takes 100."""
MOST_PRICED: Final = 100
_HUNDREDTH: Final = Decimal("0.01")

_SIGNATURES: Final = {
    Signature.NOT_REQUIRED: "NO_SIGNATURE_REQUIRED",
    Signature.INDIRECT: "INDIRECT",
    Signature.DIRECT: "DIRECT",
    Signature.ADULT: "ADULT",
}
_ALONE: Final = {"UN3480": FedExBattery.ION_ALONE, "UN3090": FedExBattery.METAL_ALONE}
_MATERIALS: Final = {"ion": "LITHIUM_ION", "metal": "LITHIUM_METAL"}
_PACKINGS: Final = {
    "contained_in_equipment": "CONTAINED_IN_EQUIPMENT",
    "packed_with_equipment": "PACKED_WITH_EQUIPMENT",
}
_SECTION: Final = "IATA_SECTION_II"


def fedex_options(request: ShipmentRequest) -> FedExOptions:
    """Return the options that only FedEx has.

    Raises:
        InvalidValueError: They are another carrier's.
    """
    return request.options.own(FedExOptions) or FedExOptions()


def packaging_of(request: ShipmentRequest) -> str:
    """Return FedEx's code of the packaging: it is the shipment's, not the package's.

    Raises:
        UnsupportedOperationError: The parcels have several.
    """
    found = {parcel.packaging or OWN_PACKAGING for parcel in request.parcels}
    if len(found) > 1:
        field = "ShipmentRequest.parcels"
        raise UnsupportedOperationError(
            f"fedex: {field} must all have the same packaging; ship them apart", field=field
        )
    return found.pop()


def check_request(request: ShipmentRequest, lane: Lane, *, most: int, service: str | None) -> None:
    """Refuse what FedEx cannot be told, or would take for something that costs more.

    Args:
        request: What is asked.
        lane: From where to where.
        most: How many parcels there may be.
        service: FedEx's code, where one is asked for.

    Raises:
        InvalidValueError: Something does not fit; the error names it.
        UnsupportedOperationError: An option cannot be said.
    """
    field = "ShipmentRequest.parcels"
    if len(request.parcels) > most:
        raise InvalidValueError(f"{field} has {len(request.parcels)}, FedEx takes {most}", field=field)
    packaging = packaging_of(request)
    _check_weights(request, packaging, service)
    extra = fedex_options(request)
    if extra.one_rate:
        _check_one_rate(packaging, service)
    if service == ECONOMY:
        _check_economy(request, extra)
    if service in {GROUND, HOME, ECONOMY} and packaging != OWN_PACKAGING:
        raise InvalidValueError(f"{field}: {service} takes the sender's own packaging only", field=field)
    _check_dry_ice(request)
    _check_signature(request, lane)
    _check_home(request, lane, service, extra)


def _check_weights(request: ShipmentRequest, packaging: str, service: str | None) -> None:
    heaviest = HEAVIEST_ECONOMY if service == ECONOMY else HEAVIEST
    heaviest = min(heaviest, HEAVIEST_IN.get(packaging, heaviest))
    if service is not None and is_freight(service):
        return
    for index, parcel in enumerate(request.parcels):
        if parcel.weight.to(WeightUnit.POUND).value > heaviest:
            path = f"ShipmentRequest.parcels[{index}].weight"
            raise InvalidValueError(f"{path} is more than the {heaviest} lb that FedEx takes so", field=path)


def _check_dry_ice(request: ShipmentRequest) -> None:
    path = "options.dry_ice"
    ice = request.options.dry_ice
    if ice is None:
        return
    if len(request.parcels) > 1:
        raise UnsupportedOperationError(f"fedex: {path} must be said of one parcel: ship them apart", field=path)
    if ice > request.parcels[0].weight:
        raise InvalidValueError(f"{path} is more than the parcel weighs with everything in it", field=path)


def _check_one_rate(packaging: str, service: str | None) -> None:
    path = "FedExOptions.one_rate"
    if packaging == OWN_PACKAGING:
        raise InvalidValueError(f"{path} needs FedEx's own packaging", field=path)
    if service is not None and service not in ONE_RATE_SERVICES:
        raise InvalidValueError(f"{path} is for FedEx's express services within the US", field=path)


def _check_economy(request: ShipmentRequest, extra: FedExOptions) -> None:
    if extra.smartpost_hub is None:
        path = "FedExOptions.smartpost_hub"
        raise InvalidValueError(f"{path} must name the hub of FedEx Ground Economy", field=path)
    if len(request.parcels) > 1:
        path = "ShipmentRequest.parcels"
        raise InvalidValueError(f"{path}: FedEx Ground Economy takes one parcel a shipment", field=path)


def _check_signature(request: ShipmentRequest, lane: Lane) -> None:
    path = "options.signature"
    signature = request.options.signature
    if signature is Signature.INDIRECT and not (
        lane.origin == lane.destination == "US" and request.ship_to.residential is True
    ):
        raise InvalidValueError(f"{path}: FedEx asks for it indirectly at homes in the US only", field=path)
    if request.options.alcohol and signature not in {None, Signature.ADULT}:
        raise InvalidValueError(f"{path} must be ADULT for alcohol", field=path)


def _check_home(request: ShipmentRequest, lane: Lane, service: str | None, extra: FedExOptions) -> None:
    home = request.ship_to.residential
    if service == HOME and home is not True:
        path = "ShipmentRequest.ship_to.residential"
        raise InvalidValueError(
            f"{path} must be true for {HOME}: validate the address, or take {GROUND} for a business", field=path
        )
    if service == GROUND and home is True and lane.origin == lane.destination == "US" and not request.is_return:
        path = "ShipmentRequest.service"
        raise InvalidValueError(f"{path} must be {HOME} for a home in the US: FedEx surcharges {GROUND}", field=path)
    if extra.home_delivery is not None and service not in {HOME, None}:
        path = "FedExOptions.home_delivery"
        raise InvalidValueError(f"{path} is for the service {HOME}", field=path)


def package_services(request: ShipmentRequest) -> PackageServices | None:
    """Return what is asked for one package; ``None`` for nothing.

    Raises:
        InvalidValueError: The kind of battery is not one of FedEx's words.
    """
    options = request.options
    extra = fedex_options(request)
    kinds: list[str] = []
    signature = options.signature or (Signature.ADULT if options.alcohol else None)
    if signature is not None:
        kinds.append("SIGNATURE_OPTION")
    if options.alcohol:
        kinds.append("ALCOHOL")
    ice: MeasuredWeight | None = None
    if options.dry_ice is not None:
        kinds.append("DRY_ICE")
        # always in kilograms (field guide fedex.md §4.6)
        ice = to_weight(options.dry_ice, in_pounds=False, field="options.dry_ice", step=_HUNDREDTH)
    battery = _battery(options.lithium) if options.lithium is not None else None
    if battery is not None:
        kinds.append("BATTERY" if isinstance(battery, BatteryDetail) else "STANDALONE_BATTERY")
    if not kinds:
        return None
    return PackageServices(
        special_service_types=kinds,
        signature_option_type=_SIGNATURES[signature] if signature is not None else None,
        alcohol_detail=AlcoholDetail(alcohol_recipient_type=extra.alcohol_recipient) if options.alcohol else None,
        battery_details=[battery] if isinstance(battery, BatteryDetail) else None,
        standalone_battery_details=[battery] if isinstance(battery, StandaloneBattery) else None,
        dry_ice_weight=ice,
    )


def _battery(words: str) -> BatteryDetail | StandaloneBattery:
    text = words.strip()
    kind = _ALONE.get(text.upper().replace(" ", ""), text.lower())
    if kind not in set(FedExBattery):
        field = "options.lithium"
        raise InvalidValueError(f"{field} must be one of {', '.join(FedExBattery)}", field=field)
    material, _, packing = kind.removeprefix("lithium_").partition("_")
    if packing not in _PACKINGS:
        return StandaloneBattery(battery_material_type=_MATERIALS[material])
    return BatteryDetail(
        battery_packing_type=_PACKINGS[packing],
        battery_regulatory_type=_SECTION,
        battery_material_type=_MATERIALS[material],
    )


def shipment_services(request: ShipmentRequest) -> ShipmentServices | None:
    """Return what is asked for the whole shipment, but for papers; ``None`` for nothing."""
    extra = fedex_options(request)
    kinds: list[str] = []
    if request.options.saturday_delivery:
        kinds.append("SATURDAY_DELIVERY")
    hold = None
    if request.options.hold_at_location is not None:
        kinds.append("HOLD_AT_LOCATION")
        hold = Hold(location_id=request.options.hold_at_location)
    if extra.one_rate:
        kinds.append("FEDEX_ONE_RATE")
    back = None
    if request.is_return:
        kinds.append("RETURN_SHIPMENT")
        back = ReturnDetail(
            return_type="PRINT_RETURN_LABEL",
            rma=Rma(reason=extra.rma_reason) if extra.rma_reason is not None else None,
            return_association_detail=ReturnAssociation(tracking_number=extra.return_of)
            if extra.return_of is not None
            else None,
        )
    premium = None
    if extra.home_delivery is not None:
        kinds.append("HOME_DELIVERY_PREMIUM")
        day = extra.home_delivery_date
        premium = HomeDelivery(
            premium_type=extra.home_delivery, delivery_date=day.isoformat() if day is not None else None
        )
    if not kinds:
        return None
    return ShipmentServices(
        special_service_types=kinds,
        hold_at_location_detail=hold,
        return_shipment_detail=back,
        home_delivery_premium_detail=premium,
    )


def economy_detail(request: ShipmentRequest) -> Economy | None:
    """Return Ground Economy's own details, where its hub is known; the kind goes by the weight (field guide fedex.md §2.3)."""
    extra = fedex_options(request)
    if extra.smartpost_hub is None:
        return None
    # by what FedEx is told, which is rounded up: both must say the same
    told = to_weight(request.parcels[0].weight, in_pounds=True, field="ShipmentRequest.parcels[0].weight")
    light = told.value < LIGHTEST_PARCEL_SELECT
    return Economy(
        hub_id=extra.smartpost_hub,
        indicia=extra.smartpost_indicia or ("PRESORTED_STANDARD" if light else "PARCEL_SELECT"),
        ancillary_endorsement=extra.smartpost_endorsement,
    )


def declared_value(parcel: Parcel, index: int) -> Amount | None:
    """Return what FedEx is liable for; it is no insurance (field guide fedex.md §4.6)."""
    value = parcel.insured_value
    if value is None or not value.amount:
        return None
    return to_amount(value, f"ShipmentRequest.parcels[{index}].insured_value")
