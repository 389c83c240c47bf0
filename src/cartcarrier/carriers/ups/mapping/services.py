"""What is asked for beside moving a box: the same words for a price and for a purchase, so that one is the other's."""

from typing import Final

from cartcarrier.carriers.ups.codes import NOT_FOR_RETURNS, OWN_PACKAGING, PALLET
from cartcarrier.carriers.ups.mapping.lanes import LETTER, Lane
from cartcarrier.carriers.ups.mapping.measures import check_limits, to_amount
from cartcarrier.carriers.ups.mapping.regulated import ONLY_PACKAGE, check_regulated, to_batteries, to_dry_ice
from cartcarrier.carriers.ups.options import UPSNotice, UPSOptions, UPSRestricted, UPSReturn
from cartcarrier.carriers.ups.schemas._base import (
    DeliveryConfirmation,
    PackageServiceOptions,
    RatingOptions,
    RestrictedArticles,
)
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import BillParty, Parcel, ShipmentOptions, ShipmentRequest, Signature

MOST_PARCELS: Final = 200
_MOST_RETURNS: Final = 20
_ONE_RETURN: Final = frozenset({"US", "PR"})
_MOST_DECLARED: Final = 50000
_OF_RETURNS: Final = frozenset({UPSNotice.LABEL_CREATED, UPSNotice.IN_TRANSIT})
_WITH_LINKS: Final = frozenset({UPSReturn.EMAIL_LABEL, UPSReturn.PRINT_LABEL, UPSReturn.EXCHANGE_PRINT_LABEL})
_RESTRICTED: Final = {
    UPSRestricted.BIOLOGICAL: "diagnostic_specimens_indicator",
    UPSRestricted.PERISHABLES: "perishables_indicator",
    UPSRestricted.PLANTS: "plants_indicator",
    UPSRestricted.SEEDS: "seeds_indicator",
    UPSRestricted.SPECIAL: "special_exceptions_indicator",
    UPSRestricted.TOBACCO: "tobacco_indicator",
    UPSRestricted.E_CIGARETTES: "e_cigarettes_indicator",
}
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
    extra = ups_options(request)
    if extra.simple_rate is not None and len(request.parcels) != 1:
        field = "UPSOptions.simple_rate"
        raise InvalidValueError(f"{field} is for one parcel", field=field)
    for field, wanted, why in (*_unsaid(request), *_unsaid_of_returns(request), *_unsaid_of_held(request)):
        if wanted:
            raise UnsupportedOperationError(f"ups: {field} {why}; nothing was sent", field=field)
    _check_parcels(request, Lane.of(request))
    check_regulated(request)


def _unsaid(request: ShipmentRequest) -> list[tuple[str, bool, str]]:
    options = request.options
    extra = ups_options(request)
    payer = options.bill_to.party if options.bill_to is not None else BillParty.SENDER
    return [
        (
            "options.signature",
            options.signature is Signature.INDIRECT,
            "is not offered indirectly: take DIRECT or ADULT",
        ),
        (
            "UPSOptions.notices",
            not request.is_return and bool(_OF_RETURNS & set(extra.notices)),
            "has notices that UPS sends about returns only",
        ),
        ("UPSOptions.payer_rates", extra.payer_rates and payer is BillParty.SENDER, "needs another payer in bill_to"),
    ]


def _unsaid_of_returns(request: ShipmentRequest) -> list[tuple[str, bool, str]]:
    """Return what UPS does not take with a return (field guide ups.md §4.3, §4.6, §4.7, §4.9)."""
    if not request.is_return:
        return []
    options, extra = request.options, ups_options(request)
    service = request.rate.service.code if request.rate is not None else request.service
    signed = options.signature in {Signature.DIRECT, Signature.ADULT}
    receiver = options.bill_to is not None and options.bill_to.party is BillParty.RECEIVER
    papers = request.customs is not None and bool(request.customs.document_ids)
    return [
        ("ShipmentRequest.service", service in NOT_FOR_RETURNS, "has no returns"),
        ("options.signature", signed, "is not offered for returns"),
        ("options.saturday_delivery", options.saturday_delivery, "is not offered for returns"),
        ("options.hold_at_location", options.hold_at_location is not None, "is not offered for returns"),
        ("options.bill_to", receiver, "cannot be the receiver of a return: your account pays, or a third party's"),
        ("UPSOptions.shipper_release", extra.shipper_release, "is not offered for returns"),
        ("UPSOptions.notices", UPSNotice.SHIPPED in extra.notices, "has a notice that UPS does not send about returns"),
        ("customs.document_ids", papers, "cannot be used for returns"),
        (
            "UPSOptions.return_links",
            extra.return_links and extra.return_service not in _WITH_LINKS,
            "are for labels that are printed or e-mailed",
        ),
    ]


def _unsaid_of_held(request: ShipmentRequest) -> list[tuple[str, bool, str]]:
    """Return what UPS does not take with a parcel that waits at an Access Point."""
    extra = ups_options(request)
    if request.options.hold_at_location is None:
        why = "needs hold_at_location"
        return [("UPSOptions.access_point_delivery", extra.access_point_delivery, why)]
    return [
        ("UPSOptions.direct_delivery_only", extra.direct_delivery_only, "contradicts hold_at_location"),
        ("UPSOptions.notices", len(set(extra.notices)) > 2, "has room for two beside the one about the Access Point"),
    ]


def _check_parcels(request: ShipmentRequest, lane: Lane) -> None:
    if request.is_return:
        most = 1 if lane.origin in _ONE_RETURN else _MOST_RETURNS
        if len(request.parcels) > most:
            field = "ShipmentRequest.parcels"
            raise InvalidValueError(f"{field} has {len(request.parcels)}, UPS takes {most} of a return", field=field)
    simple = ups_options(request).simple_rate is not None
    for index, parcel in enumerate(request.parcels):
        path = f"ShipmentRequest.parcels[{index}]"
        value = parcel.insured_value
        if value is not None and value.currency == "USD" and value.amount > _MOST_DECLARED:
            field = f"{path}.insured_value"
            raise InvalidValueError(f"{field} is more than the {_MOST_DECLARED} USD that UPS takes", field=field)
        if packaging_of(parcel) != PALLET and not simple:
            sides = parcel.dimensions if has_sides(parcel) else None
            check_limits(sides, parcel.weight, in_pounds=lane.in_pounds, path=path)


def _confirmation(options: ShipmentOptions, codes: dict[Signature, str]) -> DeliveryConfirmation | None:
    code = codes.get(options.signature) if options.signature is not None else None
    return DeliveryConfirmation(dcis_type=code) if code is not None else None


def package_confirmation(options: ShipmentOptions, lane: Lane) -> DeliveryConfirmation | None:
    """Return who must sign, where the lane wants it on the package."""
    return _confirmation(options, _ON_PACKAGE) if lane.signature_on_packages else None


def shipment_confirmation(options: ShipmentOptions, lane: Lane) -> DeliveryConfirmation | None:
    """Return who must sign, where the lane wants it on the shipment."""
    return None if lane.signature_on_packages else _confirmation(options, _ON_SHIPMENT)


def package_options(
    request: ShipmentRequest, index: int, lane: Lane, *, priced: bool = False
) -> PackageServiceOptions | None:
    """Return what is asked for one package; ``None`` for nothing: UPS refuses empty containers (121000)."""
    parcel = request.parcels[index]
    confirmation = package_confirmation(request.options, lane)
    release = "" if ups_options(request).shipper_release else None
    value = parcel.insured_value
    declared = None
    if value is not None and value.amount:
        declared = to_amount(value, f"ShipmentRequest.parcels[{index}].insured_value")
    made = PackageServiceOptions(
        delivery_confirmation=confirmation,
        declared_value=declared,
        shipper_release_indicator=release,
        haz_mat=to_batteries(request, lane, priced=priced),
        dry_ice=to_dry_ice(request, lane, priced=priced, medical=ups_options(request).dry_ice_medical),
        package_identifier=ONLY_PACKAGE if request.options.lithium is not None and not priced else None,
    )
    return None if made == PackageServiceOptions() else made


def restricted_articles(request: ShipmentRequest) -> RestrictedArticles | None:
    """Return which goods need a contract."""
    kinds = [_RESTRICTED[kind] for kind in ups_options(request).restricted]
    if request.options.alcohol:
        kinds.append("alcoholic_beverages_indicator")
    return RestrictedArticles(**dict.fromkeys(kinds, "")) if kinds else None


def rating_options(request: ShipmentRequest) -> RatingOptions:
    """Return whose prices are wanted: the account's own, or also those of another payer (field guide ups.md §2.1)."""
    payer = "" if ups_options(request).payer_rates else None
    return RatingOptions(negotiated_rates_indicator="", tpfc_negotiated_rates_indicator=payer)


def packaging_of(parcel: Parcel) -> str:
    """Return UPS's code of the packaging."""
    return parcel.packaging or OWN_PACKAGING


def has_sides(parcel: Parcel) -> bool:
    """Whether its sides are told: a letter has none."""
    return parcel.dimensions is not None and packaging_of(parcel) != LETTER
