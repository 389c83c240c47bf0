"""Visits: our request to UPS's, UPS's answer to our pickup (field guide ups.md §6)."""

import hashlib
from datetime import datetime
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Final

import attrs
import msgspec

from cartcarrier.carriers.ups.codes import POUND_ORIGINS, service_code
from cartcarrier.carriers.ups.config import UPSConfig
from cartcarrier.carriers.ups.mapping.lanes import ups_country
from cartcarrier.carriers.ups.mapping.parties import Side, to_names, to_phone, to_postal_code, to_region
from cartcarrier.carriers.ups.mapping.text import limited
from cartcarrier.carriers.ups.mapping.tracking import to_day
from cartcarrier.carriers.ups.schemas import (
    PickupCreationRequestEnvelope,
    PickupPendingStatusResponse,
    PickupRateRequestEnvelope,
    many,
)
from cartcarrier.carriers.ups.schemas.pickups import (
    PickupAccount,
    PickupAddress,
    PickupCreationRequest,
    PickupDateInfo,
    PickupHead,
    PickupPiece,
    PickupRateRequest,
    PickupRateResult,
    PickupShipper,
    RateAddress,
    TotalWeight,
)
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Money, Pickup, PickupRequest, WeightUnit

_COMPANY: Final = 27
_CONTACT: Final = 22
_LINE: Final = 73
_CITY: Final = 50
_POSTAL_CODE: Final = 8
_MOST_PIECES: Final = 999
_SUB_VERSION: Final = "2007"
_BY_ACCOUNT: Final = "01"
_ON_THAT_DAY: Final = "03"
_PACKAGES, _PALLETS = "01", "03"
_FREIGHT: Final = frozenset({"71", "96"})
_PATH: Final = "PickupRequest"


@attrs.frozen
class _When:
    day: str
    ready: str
    close: str


def _when(request: PickupRequest) -> _When:
    """Return when, by the clock of the place: the zone that the times were given in.

    Raises:
        InvalidValueError: The two are not on one day, or the wrong way round.
    """
    ready, close = request.ready_at, request.close_at
    if ready.utcoffset() != close.utcoffset() or ready.date() != close.date():
        field = f"{_PATH}.close_at"
        raise InvalidValueError(f"{field} must be on the day of ready_at, in the place's own time zone", field=field)
    if close <= ready:
        raise InvalidValueError(f"{_PATH}.close_at must be later than ready_at", field=f"{_PATH}.close_at")
    return _When(f"{ready:%Y%m%d}", f"{ready:%H%M}", f"{close:%H%M}")


def to_pickup(request: PickupRequest, config: UPSConfig) -> PickupCreationRequestEnvelope:
    """Return the request to come. The same request has the same reference, by which it is found again.

    Raises:
        InvalidValueError: Something does not fit; the error names it.
    """
    address = request.address
    side = Side(f"{_PATH}.address", transliterate=True, region_length=50)
    when = _when(request)
    country = ups_country(address)
    if request.parcels > _MOST_PIECES:
        raise InvalidValueError(f"{_PATH}.parcels is more than {_MOST_PIECES}", field=f"{_PATH}.parcels")
    phone = to_phone(address, side)
    if phone is None:
        raise InvalidValueError(
            f"{side.field('phone')} must be given: UPS's driver may call", field=side.field("phone")
        )
    company, contact = to_names(address, side)
    service = service_code(request.service or ("03" if country in POUND_ORIGINS else "11"))
    made = PickupCreationRequest(
        request=PickupHead(sub_version=_SUB_VERSION),
        rate_pickup_indicator="Y",
        shipper=PickupShipper(account=_account(request, config)),
        pickup_date_info=PickupDateInfo(close_time=when.close, ready_time=when.ready, pickup_date=when.day),
        pickup_address=PickupAddress(
            company_name=limited(company, _COMPANY, side.field("company" if address.company else "name")),
            contact_name=limited(contact, _CONTACT, side.field("name" if address.name else "company")),
            address_line=[_line(request)],
            city=limited(address.city, _CITY, side.field("city"), transliterate=True),
            state_province=to_region(address, side),
            postal_code=_postal_code(request, side),
            country_code=country,
            residential_indicator="Y" if address.residential is True else "N",
            phone=phone,
        ),
        # the address that is said counts, not the one in the account's profile, which is not known here
        alternate_address_indicator="Y",
        pickup_piece=[
            PickupPiece(
                service_code=f"{service:0>3}",
                quantity=str(request.parcels),
                destination_country_code=country,
                container_code=_PALLETS if service in _FREIGHT else _PACKAGES,
            )
        ],
        total_weight=_weight(request, in_pounds=country in POUND_ORIGINS),
        overweight_indicator="Y" if _is_overweight(request) else "N",
        payment_method=_BY_ACCOUNT,
        reference_number="",
    )
    digest = hashlib.sha256(msgspec.json.encode(made)).hexdigest()
    return PickupCreationRequestEnvelope(
        pickup_creation_request=msgspec.structs.replace(made, reference_number=f"cc-{digest[:24]}")
    )


def _account(request: PickupRequest, config: UPSConfig) -> PickupAccount:
    return PickupAccount(account_number=config.account_number, account_country_code=ups_country(request.address))


def _line(request: PickupRequest) -> str:
    # UPS takes one line here (its description of ``AddressLine``)
    parts = (request.address.street1, request.address.street2, request.address.street3)
    text = ", ".join(part.strip() for part in parts if part and part.strip())
    return limited(text, _LINE, f"{_PATH}.address.street1", transliterate=True)


def _postal_code(request: PickupRequest, side: Side) -> str | None:
    code = to_postal_code(request.address, side)
    # nine digits are one more than there is room for; five say the place
    return code[:5] if code is not None and len(code) > _POSTAL_CODE and code.isdecimal() else code


def _weight(request: PickupRequest, *, in_pounds: bool) -> TotalWeight | None:
    if request.weight is None or not request.weight.value:
        return None
    value = request.weight.to(WeightUnit.POUND if in_pounds else WeightUnit.KILOGRAM).value
    text = f"{value.quantize(Decimal('0.1'), ROUND_CEILING):f}"
    if len(text) > 6:
        raise InvalidValueError(f"{_PATH}.weight is more than UPS has room for", field=f"{_PATH}.weight")
    return TotalWeight(weight=text, unit_of_measurement="LBS" if in_pounds else "KGS")


def _is_overweight(request: PickupRequest) -> bool:
    """Say whether a parcel must be over 70 lb: when they are so on the average. What is heavier than that is not known."""
    if request.weight is None:
        return False
    return request.weight.to(WeightUnit.POUND).value > 70 * request.parcels


def to_pickup_question(request: PickupRequest, config: UPSConfig) -> PickupRateRequestEnvelope:
    """Return the question what a visit would cost.

    Raises:
        InvalidValueError: Something does not fit; the error names it.
    """
    address = request.address
    side = Side(f"{_PATH}.address", transliterate=True, region_length=50)
    when = _when(request)
    return PickupRateRequestEnvelope(
        pickup_rate_request=PickupRateRequest(
            request=PickupHead(sub_version=_SUB_VERSION),
            shipper_account=_account(request, config),
            pickup_address=RateAddress(
                address_line=_line(request),
                city=limited(address.city, _CITY, side.field("city"), transliterate=True),
                state_province=to_region(address, side),
                postal_code=_postal_code(request, side),
                country_code=ups_country(address),
                residential_indicator="Y" if address.residential is True else "N",
            ),
            alternate_address_indicator="Y",
            service_date_option=_ON_THAT_DAY,
            pickup_date_info=PickupDateInfo(close_time=when.close, ready_time=when.ready, pickup_date=when.day),
        )
    )


def to_pickup_charge(result: PickupRateResult | None) -> Money | None:
    """Return what a visit costs, the account's own price where there is one; ``None`` when UPS does not say."""
    if result is None or not result.currency_code:
        return None
    text = result.grand_total_of_all_incented_charge or result.grand_total_of_all_charge
    try:
        return Money(amount=Decimal((text or "").strip()), currency=result.currency_code.strip())
    except (InvalidOperation, InvalidValueError):
        return None


def to_pickup_result(prn: str, request: PickupRequest, carrier: str, charge: Money | None) -> Pickup:
    """Return the visit."""
    window: tuple[datetime, datetime] = (request.ready_at, request.close_at)
    return Pickup(carrier=carrier, id=prn, window=window, charge=charge)


def find_pending(answer: PickupPendingStatusResponse, sent: PickupCreationRequestEnvelope) -> str | None:
    """Return the number of the visit that was asked for by that request, if UPS knows of it."""
    asked = sent.pickup_creation_request
    day = to_day(asked.pickup_date_info.pickup_date)
    for pending in many(answer.pending_status):
        if pending.prn and pending.reference_number == asked.reference_number and to_day(pending.service_date) == day:
            return pending.prn
    return None


def pending_numbers(answer: PickupPendingStatusResponse) -> frozenset[str]:
    """Return the numbers of the visits that are still to come."""
    return frozenset(pending.prn for pending in many(answer.pending_status) if pending.prn)
