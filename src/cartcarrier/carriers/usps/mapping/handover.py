"""Handing over: SCAN forms, pickups, post offices, how long it takes (field guide usps.md §6, §2)."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from cartcarrier.carriers.usps.codes import ABROAD, RETURNS, service_name
from cartcarrier.carriers.usps.codes.places import TERRITORIES
from cartcarrier.carriers.usps.config import USPSConfig
from cartcarrier.carriers.usps.mapping.lanes import day_in, is_home, state_of
from cartcarrier.carriers.usps.mapping.measures import to_pounds
from cartcarrier.carriers.usps.mapping.parties import (
    US_PHONE_DIGITS,
    email_of,
    lines_of,
    phone_of,
    split_name,
    to_party,
    zip_of,
)
from cartcarrier.carriers.usps.mapping.pieces import NO_FACILITY, to_day
from cartcarrier.carriers.usps.mapping.questions import Quoting
from cartcarrier.carriers.usps.mapping.shipments import decode
from cartcarrier.carriers.usps.mapping.text import CITY, NAME, limited, plain
from cartcarrier.carriers.usps.schemas import (
    Contact,
    Estimate,
    LocationsResponse,
    PickupAddress,
    PickupLocation,
    PickupPackages,
    PickupQuestion,
    PickupStreet,
    ScanFormRequest,
    ScanFormResponse,
    ScanImageInfo,
    ScanMetadata,
    ScanShipment,
    StreetAddress,
)
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import (
    Address,
    CarrierLocation,
    Document,
    Manifest,
    Pickup,
    PickupRequest,
    Service,
    Shipment,
    TransitTime,
)

MOST_ON_A_FORM: Final = 40_000
_FORM_SIZE: Final = "8.5X11LABEL"
_PDF: Final = "PDF"
_PICKUP_TYPES: Final = frozenset({"PRIORITY_MAIL_EXPRESS", "PRIORITY_MAIL", "USPS_GROUND_ADVANTAGE"})
_ON_FORM: Final = re.compile(r"SCAN form ([0-9]+)")
_LABEL: Final = re.compile(r"label ([0-9A-Z]{13,26})\b")
_DAYS: Final = re.compile(r"\d+")


def numbers_for_form(shipments: Sequence[Shipment]) -> list[str]:
    """Return what goes on a form. Returns do not: they are handed in by others.

    Raises:
        InvalidValueError: There is nothing, or more than a form takes.
    """
    numbers = dict.fromkeys(
        parcel.tracking_number for shipment in shipments if not shipment.is_return for parcel in shipment.parcels
    )
    if not 0 < len(numbers) <= MOST_ON_A_FORM:
        raise InvalidValueError(
            f"shipments must have 1 to {MOST_ON_A_FORM} parcels that are no returns", field="shipments"
        )
    return list(numbers)


def to_scan_form(numbers: Sequence[str], ship_from: Address, day: date) -> ScanFormRequest:
    """Return the request for a form.

    The labels take the form's date: what is closed now is handed over now, whatever day stood on the label (field guide usps.md §6).

    Raises:
        InvalidValueError: The sender's address does not fit.
    """
    return ScanFormRequest(
        image_info=ScanImageInfo(image_type=_PDF, label_type=_FORM_SIZE),
        mailing_date=day.isoformat(),
        overwrite_mailing_date=True,
        entry_facility_zip_code=zip_of(ship_from, "ship_from"),
        destination_entry_facility_type=NO_FACILITY,
        shipment=ScanShipment(tracking_numbers=list(numbers)),
        from_address=to_party(ship_from, "ship_from"),
    )


def to_manifest(answer: ScanFormResponse, asked: Sequence[str]) -> Manifest | None:
    """Return the manifest, with what is really on it; ``None`` when the answer names no form."""
    metadata: ScanMetadata = answer.metadata if answer.metadata is not None else answer
    if not metadata.manifest_number:
        return None
    data = decode(answer.image)
    papers = [Document(kind="manifest", format="pdf", data=data)] if data is not None else []
    return Manifest(
        id=metadata.manifest_number,
        documents=papers,
        tracking_numbers=metadata.tracking_numbers if metadata.tracking_numbers is not None else asked,
    )


def form_in(message: str) -> str | None:
    """Return the number of the form that a refusal names."""
    match = _ON_FORM.search(message)
    return match[1] if match is not None else None


def label_in(message: str) -> str | None:
    """Return the label that a refusal names."""
    match = _LABEL.search(message)
    return match[1] if match is not None else None


def to_pickup_question(request: PickupRequest, config: USPSConfig) -> PickupQuestion:
    """Return the question for a pickup.

    Raises:
        InvalidValueError: Name, contact or weight are missing.
        UnsupportedOperationError: It is not in the US.
    """
    address, field = request.address, "PickupRequest.address"
    if not is_home(address):
        msg = f"usps: {field} must be in the US; nothing was sent"
        raise UnsupportedOperationError(msg, field=f"{field}.country_code")
    first, last = split_name(plain(address.name or "", f"{field}.name"))
    if first is None or last is None:
        raise InvalidValueError(
            f"{field}.name must have a first and a last name: the carrier asks for it", field=f"{field}.name"
        )
    if request.weight is None:
        raise InvalidValueError(
            "PickupRequest.weight must be given: USPS wants an estimate", field="PickupRequest.weight"
        )
    street, second, urbanization = lines_of(address, field)
    return PickupQuestion(
        # the place's own day: an evening there is tomorrow's by UTC
        pickup_date=day_in(state_of(address, field), request.ready_at).isoformat(),
        pickup_address=PickupAddress(
            first_name=limited(first, NAME, f"{field}.name"),
            last_name=limited(last, NAME, f"{field}.name"),
            firm=limited(address.company, NAME, f"{field}.company") if address.company else None,
            address=PickupStreet(
                street_address=street,
                secondary_address=second,
                city=limited(address.city, CITY, f"{field}.city"),
                state=state_of(address, field),
                zip_code=zip_of(address, field),
                urbanization=urbanization,
            ),
            contact=_contact(address, field),
        ),
        packages=[PickupPackages(package_type=_package_type(request.service), package_count=request.parcels)],
        estimated_weight=to_pounds(request.weight),
        pickup_location=PickupLocation(
            package_location=config.pickup_location, special_instructions=config.pickup_instructions
        ),
    )


def _contact(address: Address, field: str) -> list[Contact]:
    digits = re.sub(r"[^0-9]", "", address.phone or "").removeprefix("1")
    if len(digits) == US_PHONE_DIGITS:
        return [Contact(cell_number=digits)]
    if address.email:
        return [Contact(email=email_of(address, field))]
    return [Contact(cell_number=phone_of(address, field, at_home=True))]


def _package_type(service: str | None) -> str:
    code = (service or "").strip().upper()
    if code in ABROAD:
        return "INTERNATIONAL"
    if code in RETURNS:
        return "RETURNS"
    return code if code in _PICKUP_TYPES else "OTHER"


def to_pickup(number: str, carrier: str) -> Pickup:
    """Return the pickup. The carrier comes with the mail: there is no window, and it costs nothing."""
    return Pickup(carrier=carrier, id=number)


def to_location_question(address: Address, limit: int) -> dict[str, str]:
    """Return the question for post offices that hold parcels.

    Raises:
        UnsupportedOperationError: It is not in the US.
        InvalidValueError: Neither ZIP code nor city and state are given.
    """
    if not is_home(address):
        msg = "usps: places abroad cannot be asked for; nothing was sent"
        raise UnsupportedOperationError(msg, field="address.country_code")
    # one of several ways to say where, and only one (160171, 160230)
    where = (
        {"ZIPCode": zip_of(address, "address")}
        if address.postal_code
        else {"city": limited(address.city, CITY, "address.city"), "state": state_of(address, "address")}
    )
    return {**where, "pickupService": "HOLD_FOR_PICKUP", "limit": str(max(1, min(limit, 100)))}


def to_locations(answer: LocationsResponse, limit: int) -> list[CarrierLocation]:
    """Return the places, as USPS sorts them; one without an id or address is of no use."""
    places = []
    for office in answer.locations or ():
        address = _place(office.facility_address, office.facility_name)
        number = office.facility_id or office.facility_id_too
        if not number or address is None:
            continue
        places.append(
            CarrierLocation(
                id=number,
                name=office.facility_name or "",
                address=address,
                kind=office.post_office_type,
                distance=f"{office.distance} mi" if office.distance is not None else None,
            )
        )
    return places[:limit]


def _place(street: StreetAddress | None, name: str | None) -> Address | None:
    if street is None or not street.street_address or not street.city:
        return None
    state = street.state or None
    code = f"{street.zip_code}-{street.zip_plus4}" if street.zip_code and street.zip_plus4 else street.zip_code
    return Address(
        company=name,
        street1=street.street_address,
        street2=street.secondary_address or None,
        city=street.city,
        region=state,
        postal_code=code or None,
        country_code="US" if state not in TERRITORIES else state,
    )


def to_standard_question(quoting: Quoting, service: str) -> dict[str, str]:
    """Return the question how long a mail class takes."""
    return {
        "originZIPCode": zip_of(quoting.request.ship_from, "ShipmentRequest.ship_from"),
        "destinationZIPCode": zip_of(quoting.request.ship_to, "ShipmentRequest.ship_to"),
        "acceptanceDate": quoting.day.isoformat(),
        "mailClass": service,
    }


def to_transit_times(estimates: Sequence[Estimate], service: str) -> list[TransitTime]:
    """Return how long a mail class takes; the first answer about it: others are for parcels that wait at a post office."""
    for estimate in estimates:
        if estimate.mail_class.strip().upper().replace(" ", "_") != service:
            continue
        days = _DAYS.match(str(estimate.service_standard if estimate.service_standard is not None else ""))
        delivery = estimate.delivery
        return [
            TransitTime(
                service=Service(code=service, name=service_name(service)),
                transit_days=int(days[0]) if days is not None else None,
                estimated_delivery=to_day(delivery.scheduled_delivery_date_time) if delivery is not None else None,
            )
        ]
    return []


def to_dollar_text(amount: Decimal) -> str:
    """Return an amount as a query takes it."""
    return f"{amount:.2f}"
