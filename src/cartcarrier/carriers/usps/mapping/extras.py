"""What is asked for beside moving a box: the same for a price and for a purchase, so that one is the other's."""

from decimal import Decimal
from typing import Final

import attrs

from cartcarrier.carriers.usps.codes import services as codes
from cartcarrier.carriers.usps.mapping.lanes import Lane
from cartcarrier.carriers.usps.mapping.measures import to_dollars
from cartcarrier.carriers.usps.options import USPSOptions
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import BillParty, Parcel, ShipmentOptions, ShipmentRequest, Signature

_INSURANCE_STEP: Final = 500
_FACILITY: Final = 7
_HAZARDOUS: Final = "HAZMAT"
_SIGNED: Final = frozenset({Signature.DIRECT, Signature.INDIRECT})


@attrs.frozen(kw_only=True)
class Extras:
    """What is asked for beside moving one parcel.

    Attributes:
        services: USPS's codes, sorted.
        value: What the parcel is worth, where a service needs it.
        content_type: What is in it, where USPS must know.
    """

    services: tuple[int, ...] = ()
    value: Decimal | None = None
    content_type: str | None = None


def usps_options(request: ShipmentRequest) -> USPSOptions:
    """Return the options that only USPS has.

    Raises:
        InvalidValueError: They are another carrier's.
    """
    return request.options.own(USPSOptions) or USPSOptions()


def check_request(request: ShipmentRequest, lane: Lane) -> None:
    """Refuse what USPS cannot be told.

    Raises:
        UnsupportedOperationError: An option cannot be said.
        InvalidValueError: Two options exclude each other.
    """
    options = request.options
    bill = options.bill_to
    held = options.hold_at_location
    for field, wanted, why in (
        ("options.saturday_delivery", options.saturday_delivery, "is nothing to ask for: Saturday is a delivery day"),
        ("options.alcohol", options.alcohol, "is not carried by USPS"),
        (
            "options.bill_to",
            bill is not None and (bill.party is not BillParty.SENDER or bill.account_number is not None),
            "is said by the account: open the driver a second time with the payer's CRID and account",
        ),
        ("options.hold_at_location", held is not None and lane.is_abroad, "is for parcels within the US"),
        ("options.hold_at_location", held is not None and lane.is_return, "is not for returns"),
        ("options.hold_at_location", held is not None and lane.needs_customs, "does not go with a customs form"),
        (
            "options.signature",
            options.signature in {*_SIGNED, Signature.ADULT} and lane.is_abroad,
            "is not offered abroad",
        ),
        ("options.dry_ice", options.dry_ice is not None and lane.needs_customs, "does not go with a customs form"),
    ):
        if wanted:
            raise UnsupportedOperationError(f"usps: {field} {why}; nothing was sent", field=field)
    if held is not None and not 0 < len(held.strip()) <= _FACILITY:
        field = "options.hold_at_location"
        raise InvalidValueError(f"{field} must be a facility's id of at most {_FACILITY} characters", field=field)


def to_extras(request: ShipmentRequest, index: int, lane: Lane, service: str | None) -> Extras:
    """Return what is asked for one parcel.

    Args:
        request: What is to be priced or bought.
        index: Of the parcel.
        lane: Of the request.
        service: The mail class, where one is named.

    Raises:
        InvalidValueError: Services exclude each other, or there are too many.
        UnsupportedOperationError: A service is not offered there.
    """
    extra = usps_options(request)
    parcel = request.parcels[index]
    found = {*extra.extra_services, *_signature(request.options, extra, service)}
    if extra.sunday_delivery:
        found.add(codes.SUNDAY)
    value = parcel.insured_value
    dollars = None
    if value is not None and value.amount:
        dollars = to_dollars(value, f"ShipmentRequest.parcels[{index}].insured_value")
        found.add(codes.INSURED if dollars <= _INSURANCE_STEP else codes.INSURED_HIGH)
    hazardous = _hazardous(request.options)
    found |= hazardous
    _check(found, lane)
    content = extra.content_type
    if hazardous or found & codes.HAZARDOUS:
        content = content or _HAZARDOUS
    return Extras(services=tuple(sorted(found)), value=dollars, content_type=content)


def _signature(options: ShipmentOptions, extra: USPSOptions, service: str | None) -> set[int]:
    """Return who must sign (field guide usps.md §4.2). Express has a code of its own; its default is that nobody signs."""
    restricted = extra.restricted_delivery
    if options.signature is Signature.ADULT:
        return {codes.ADULT_RESTRICTED if restricted else codes.ADULT}
    if options.signature in _SIGNED:
        if restricted:
            return {codes.SIGNED_RESTRICTED}
        return {codes.EXPRESS_SIGNED if service in codes.EXPRESS else codes.SIGNED}
    if restricted:
        field = "USPSOptions.restricted_delivery"
        raise InvalidValueError(f"{field} needs options.signature DIRECT or ADULT", field=field)
    return set()


def _hazardous(options: ShipmentOptions) -> set[int]:
    found = {codes.DRY_ICE} if options.dry_ice is not None else set()
    if options.lithium is not None:
        field = "options.lithium"
        words = options.lithium.strip()
        known = ", ".join(str(code) for code in sorted(codes.LITHIUM))
        if not words.isdecimal() or int(words) not in codes.LITHIUM:
            msg = f"usps: {field} must be USPS's code ({known}: 816 marked, ground only; 817 returns; 818 marked; 820 unmarked)"
            raise UnsupportedOperationError(msg, field=field)
        found.add(int(words))
    return found


def _check(found: set[int], lane: Lane) -> None:
    field = "USPSOptions.extra_services"
    dangerous = found & codes.HAZARDOUS
    if len(dangerous) > 1:
        raise InvalidValueError(
            f"{field}: USPS takes one code for dangerous goods, not {len(dangerous)} (160261)", field=field
        )
    most = codes.MOST_EXTRA_ABROAD if lane.is_abroad else codes.MOST_EXTRA
    if len(found) > most:
        raise InvalidValueError(f"{field}: USPS takes {most} extra services, not {len(found)}", field=field)
    refused: set[int] = set()
    where = ""
    if lane.is_abroad:
        refused, where = found - codes.TAKEN_ABROAD, "abroad"
    elif lane.is_military:
        refused, where = found & codes.NOT_MILITARY, "by the military post"
    if not refused and lane.needs_customs and dangerous - codes.HAZARDOUS_WITH_CUSTOMS:
        refused, where = dangerous, "with a customs form"
    if refused:
        path = _field_of(min(refused))
        raise UnsupportedOperationError(
            f"usps: {path} asks for the service {min(refused)}, which is not offered {where}; nothing was sent",
            field=path,
        )


def _field_of(code: int) -> str:
    if code in codes.LITHIUM:
        return "options.lithium"
    if code == codes.DRY_ICE:
        return "options.dry_ice"
    if code in {codes.SIGNED, codes.SIGNED_RESTRICTED, codes.ADULT, codes.ADULT_RESTRICTED, codes.EXPRESS_SIGNED}:
        return "options.signature"
    if code in {codes.INSURED, codes.INSURED_HIGH}:
        return "parcels.insured_value"
    return "USPSOptions.extra_services"


def packaging_of(parcel: Parcel, index: int) -> str:
    """Return USPS's word for the packaging; the sender's own where none is named.

    Raises:
        InvalidValueError: USPS has no such packaging.
    """
    field = f"ShipmentRequest.parcels[{index}].packaging"
    code = (parcel.packaging or codes.VARIABLE).strip().upper()
    if not codes.is_packaging(code):
        raise InvalidValueError(f"{field} must be one of {', '.join(codes.packaging_names())}", field=field)
    return code
