"""What is asked for beside moving a box: the same words for a price and for a purchase, so that one is the other's."""

from typing import Final

from cartcarrier.carriers.ups.codes import OWN_PACKAGING
from cartcarrier.carriers.ups.mapping.lanes import LETTER, Lane
from cartcarrier.carriers.ups.mapping.measures import to_amount
from cartcarrier.carriers.ups.options import UPSOptions
from cartcarrier.carriers.ups.schemas._base import DeliveryConfirmation, PackageServiceOptions, RestrictedArticles
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import Parcel, ShipmentOptions, ShipmentRequest, Signature

MOST_PARCELS: Final = 200
# Field guide ups.md §4.6: the codes of the two levels differ by one.
_ON_PACKAGE: Final = {Signature.DIRECT: "2", Signature.ADULT: "3"}
_ON_SHIPMENT: Final = {Signature.DIRECT: "1", Signature.ADULT: "2"}


def ups_options(request: ShipmentRequest) -> UPSOptions:
    """Return the options that only UPS has.

    Raises:
        InvalidValueError: They are another carrier's.
    """
    return request.options.own(UPSOptions) or UPSOptions()


def check_request(request: ShipmentRequest) -> None:
    """Refuse what UPS cannot be told, or cannot be told accurately.

    Raises:
        InvalidValueError: There are more parcels than one shipment may have, or not one for Simple Rate.
        UnsupportedOperationError: An option cannot be said.
    """
    if len(request.parcels) > MOST_PARCELS:
        field = "ShipmentRequest.parcels"
        raise InvalidValueError(f"{field} has {len(request.parcels)}, UPS takes {MOST_PARCELS}", field=field)
    if ups_options(request).simple_rate is not None and len(request.parcels) != 1:
        field = "UPSOptions.simple_rate"
        raise InvalidValueError(f"{field} is for one parcel", field=field)
    for field, wanted, why in _unsaid(request):
        if wanted:
            raise UnsupportedOperationError(f"ups: {field} {why}; nothing was sent", field=field)


def _unsaid(request: ShipmentRequest) -> list[tuple[str, bool, str]]:
    options = request.options
    return [
        ("is_return", request.is_return, "is not offered by this driver yet"),
        (
            "options.hold_at_location",
            options.hold_at_location is not None,
            "needs the place's address, not its id alone",
        ),
        ("options.dry_ice", options.dry_ice is not None, "needs a declaration that this driver cannot make yet"),
        ("options.lithium", options.lithium is not None, "has no words of its own at UPS"),
        (
            "options.signature",
            options.signature is Signature.INDIRECT,
            "is not offered indirectly: take DIRECT or ADULT",
        ),
    ]


def _confirmation(options: ShipmentOptions, codes: dict[Signature, str]) -> DeliveryConfirmation | None:
    code = codes.get(options.signature) if options.signature is not None else None
    return DeliveryConfirmation(dcis_type=code) if code is not None else None


def package_confirmation(options: ShipmentOptions, lane: Lane) -> DeliveryConfirmation | None:
    """Return who must sign, where the lane wants it on the package."""
    return _confirmation(options, _ON_PACKAGE) if lane.signature_on_packages else None


def shipment_confirmation(options: ShipmentOptions, lane: Lane) -> DeliveryConfirmation | None:
    """Return who must sign, where the lane wants it on the shipment."""
    return None if lane.signature_on_packages else _confirmation(options, _ON_SHIPMENT)


def package_options(request: ShipmentRequest, index: int, lane: Lane) -> PackageServiceOptions | None:
    """Return what is asked for one package; ``None`` for nothing: UPS refuses empty containers (121000)."""
    parcel = request.parcels[index]
    confirmation = package_confirmation(request.options, lane)
    release = "" if ups_options(request).shipper_release else None
    value = parcel.insured_value
    declared = None
    if value is not None and value.amount:
        declared = to_amount(value, f"ShipmentRequest.parcels[{index}].insured_value")
    if confirmation is None and release is None and declared is None:
        return None
    return PackageServiceOptions(
        delivery_confirmation=confirmation, declared_value=declared, shipper_release_indicator=release
    )


def restricted_articles(options: ShipmentOptions) -> RestrictedArticles | None:
    """Return which goods need a contract."""
    return RestrictedArticles(alcoholic_beverages_indicator="") if options.alcohol else None


def packaging_of(parcel: Parcel) -> str:
    """Return UPS's code of the packaging."""
    return parcel.packaging or OWN_PACKAGING


def has_sides(parcel: Parcel) -> bool:
    """Whether its sides are told: a letter has none."""
    return parcel.dimensions is not None and packaging_of(parcel) != LETTER
