"""What UPS refuses to pick up (field guide ups.md §6; description of Pickup)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Final

import attrs

from cartcarrier.sandbox._geography import is_postal_code, is_state, lies_in, utc_offset
from cartcarrier.sandbox.ups import fields
from cartcarrier.sandbox.ups.account import ACCOUNT_NUMBER, World
from cartcarrier.sandbox.ups.codes import CONTRACT_SERVICES, SERVICE_NAMES
from cartcarrier.sandbox.ups.errors import INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.numbers import TRACKING_NUMBER

CUT_OFF: Final = "1400"
"""The time by which a pickup of the same day must be ordered, and by which it must be ready; invented."""
LEAD_TIME: Final = timedelta(hours=1)
FURTHEST: Final = timedelta(days=60)
MAX_TRACKING: Final = 30
COMPANY_TOO_LONG: Final = "9500529"
_PAYMENTS: Final = frozenset({"00", "01", "03", "04", "05", "06", "07"})
_CONTAINERS: Final = frozenset({"01", "02", "03"})
_PALLET_SERVICES: Final = frozenset({"071", "096"})


@attrs.frozen(kw_only=True)
class Wanted:
    """A pickup as it is asked for, read and found good.

    Attributes:
        day: Local to the place.
        ready: From when, HHmm.
        close: Until when, HHmm.
        is_same_day: Whether it is today.
        is_residential: Whether it is a home.
        place: The address in one line: what tells two pickups apart.
        state: Of the place.
        country: Of the place.
        contact: Who hands over.
        reference: The customer's own, or empty.
        pieces: How many.
        is_paid: Whether it costs something.
        paid_by: The tracking numbers that pay for it.
    """

    day: date
    ready: str
    close: str
    is_same_day: bool
    is_residential: bool
    place: str
    state: str
    country: str
    contact: str = ""
    reference: str = ""
    pieces: int = 0
    is_paid: bool = True
    paid_by: tuple[str, ...] = ()


def read_rate(world: World, root: Node) -> Wanted:
    """Read a request for the price.

    Raises:
        UPSError: The first rule that is broken.
    """
    if not root:
        raise UPSError(MISSING, "PickupRateRequest is required.")
    _check_account(root, "ShipperAccount")
    address = fields.child(root, "PickupAddress")
    place, state, country, residential = _read_address(address, limits={})
    _read_yes_or_no(root, "AlternateAddressIndicator")
    option = fields.required(root, "ServiceDateOption")
    today = _today(world, country, state)
    if option == "03":
        day, ready, close = _read_times(world, root, country, state)
    elif option in {"01", "02"}:
        day, ready, close = today + timedelta(days=int(option) - 1), "0900", "1700"
    else:
        raise UPSError(INVALID, "ServiceDateOption must be 01, 02 or 03.")
    return Wanted(
        day=day,
        ready=ready,
        close=close,
        is_same_day=day == today,
        is_residential=residential,
        place=place,
        state=state,
        country=country,
    )


def read_creation(world: World, root: Node) -> Wanted:
    """Read an order.

    Raises:
        UPSError: The first rule that is broken.
    """
    if not root:
        raise UPSError(MISSING, "PickupCreationRequest is required.")
    _read_yes_or_no(root, "RatePickupIndicator")
    address = fields.child(root, "PickupAddress")
    if len(fields.required(address, "CompanyName")) > 27:
        raise UPSError(COMPANY_TOO_LONG, "PickupAddress.CompanyName takes up to 27 characters.")
    place, state, country, residential = _read_address(
        address, limits={"ContactName": 22, "Room": 8, "Floor": 3, "PickupPoint": 11}
    )
    fields.required(address, "ContactName")
    phone = fields.required(address, "Phone.Number")
    if len(phone) > 25 or not any(character.isdigit() for character in phone):
        raise UPSError(INVALID, "PickupAddress.Phone.Number is invalid.")
    _read_yes_or_no(root, "AlternateAddressIndicator")
    if fields.text(root, "OverweightIndicator"):
        _read_yes_or_no(root, "OverweightIndicator")
    pieces = _read_pieces(root)
    if len(fields.text(root, "SpecialInstruction")) > 57:
        raise UPSError(INVALID, "SpecialInstruction takes up to 57 characters.")
    if len(fields.text(root, "ReferenceNumber")) > 35:
        raise UPSError(INVALID, "ReferenceNumber takes up to 35 characters.")
    day, ready, close = _read_times(world, root, country, state)
    is_paid, paid_by = _read_payment(world, root)
    return Wanted(
        day=day,
        ready=ready,
        close=close,
        is_same_day=day == _today(world, country, state),
        is_residential=residential,
        place=place,
        state=state,
        country=country,
        contact=fields.text(address, "ContactName"),
        reference=fields.text(root, "ReferenceNumber"),
        pieces=pieces,
        is_paid=is_paid,
        paid_by=paid_by,
    )


def _check_account(root: Node, name: str) -> None:
    account = fields.child(root, name)
    if not account:
        return
    if fields.required(account, "AccountNumber") != ACCOUNT_NUMBER:
        raise UPSError("120120", "The account does not belong to the user.")
    if len(fields.required(account, "AccountCountryCode")) != 2:
        raise UPSError(INVALID, f"{name}.AccountCountryCode must be a country code of two letters.")


def _read_address(address: Node, limits: Mapping[str, int]) -> tuple[str, str, str, bool]:
    for name, most in limits.items():
        if len(fields.text(address, name)) > most:
            raise UPSError(INVALID, f"PickupAddress.{name} takes up to {most} characters.")
    lines = [line for line in fields.items(address, "AddressLine") if isinstance(line, str) and line.strip()]
    if limits and not lines:
        raise UPSError(MISSING, "PickupAddress.AddressLine is required.")
    if any(len(line) > 73 for line in lines):
        raise UPSError(INVALID, "PickupAddress.AddressLine takes up to 73 characters.")
    city, country = fields.required(address, "City"), fields.required(address, "CountryCode")
    state, code = fields.text(address, "StateProvince"), fields.text(address, "PostalCode")
    if country in {"US", "CA"} and not is_state(country, state):
        raise UPSError(INVALID, "PickupAddress.StateProvince is missing or invalid for the country.")
    if not code or not is_postal_code(country, code) or len(code) > 8:
        raise UPSError(INVALID, "PickupAddress.PostalCode is missing or invalid for the country.")
    if country in {"US", "CA"} and not lies_in(country, state, code):
        raise UPSError(INVALID, "PickupAddress.PostalCode does not lie in the state.")
    residential = _read_yes_or_no(address, "ResidentialIndicator")
    parts = (*lines, fields.text(address, "PickupPoint"), city, state, code, country)
    return " ".join(parts).upper(), state, country, residential


def _read_yes_or_no(node: Node, name: str) -> bool:
    mark = fields.required(node, name)
    if mark not in {"Y", "N"}:
        raise UPSError(INVALID, f"{name} must be Y or N.")
    return mark == "Y"


def _read_pieces(root: Node) -> int:
    pieces = fields.objects(root, "PickupPiece")
    if not pieces:
        raise UPSError(MISSING, "PickupPiece is required.")
    total = 0
    for piece in pieces:
        service = fields.required(piece, "ServiceCode")
        if len(service) != 3 or service.removeprefix("0") not in {*SERVICE_NAMES, *CONTRACT_SERVICES}:
            raise UPSError(INVALID, "PickupPiece.ServiceCode must be a service code of three digits.")
        quantity = fields.required(piece, "Quantity")
        if not quantity.isdigit() or not 1 <= int(quantity) <= 999:
            raise UPSError(INVALID, "PickupPiece.Quantity must be from 1 to 999.")
        if len(fields.required(piece, "DestinationCountryCode")) != 2:
            raise UPSError(INVALID, "PickupPiece.DestinationCountryCode must be a country code of two letters.")
        container = fields.required(piece, "ContainerCode")
        if container not in _CONTAINERS or (container == "03") != (service in _PALLET_SERVICES):
            raise UPSError(INVALID, "PickupPiece.ContainerCode must be 01 or 02, and 03 for pallets.")
        total += int(quantity)
    return total


def _read_times(world: World, root: Node, country: str, state: str) -> tuple[date, str, str]:
    when = fields.child(root, "PickupDateInfo")
    if not when:
        raise UPSError(MISSING, "PickupDateInfo is required.")
    written = fields.required(when, "PickupDate")
    ready, close = (fields.required(when, name).rjust(4, "0") for name in ("ReadyTime", "CloseTime"))
    try:
        day = datetime.strptime(written, "%Y%m%d").date()  # noqa: DTZ007 - a day of the place, without a zone
        opens, shuts = (datetime.strptime(hour, "%H%M") for hour in (ready, close))  # noqa: DTZ007 - times of day
    except ValueError:
        raise UPSError(INVALID, "PickupDateInfo must have a date yyyyMMdd and times HHmm.") from None
    if shuts - opens < LEAD_TIME:
        raise UPSError(INVALID, "PickupDateInfo.CloseTime must be an hour after ReadyTime, or later.")
    today = _today(world, country, state)
    if not today <= day <= today + FURTHEST:
        raise UPSError(INVALID, "PickupDateInfo.PickupDate lies in the past, or too far ahead.")
    if day.weekday() == 6:
        raise UPSError(INVALID, "Pickup is not available on Sundays.")
    now = world.now() + timedelta(hours=utc_offset(country, state))
    if day == today and (f"{now:%H%M}" > CUT_OFF or ready > CUT_OFF):
        raise UPSError(INVALID, "The time by which a pickup of the same day must be ordered has passed.")
    return day, ready, close


def _today(world: World, country: str, state: str) -> date:
    return (world.now() + timedelta(hours=utc_offset(country, state))).date()


def _read_payment(world: World, root: Node) -> tuple[bool, tuple[str, ...]]:
    method = fields.required(root, "PaymentMethod")
    if method not in _PAYMENTS:
        raise UPSError(INVALID, "PaymentMethod is invalid.")
    account = fields.child(root, "Shipper.Account")
    if method == "01" and not account:
        raise UPSError(MISSING, "Shipper.Account is required when the account pays.")
    _check_account(fields.child(root, "Shipper"), "Account")
    if method == "03" and not fields.child(root, "Shipper.ChargeCard"):
        raise UPSError(MISSING, "Shipper.ChargeCard is required when a card pays.")
    entries = fields.objects(root, "TrackingData")
    if len(entries) > MAX_TRACKING:
        raise UPSError(INVALID, "TrackingData takes up to 30 tracking numbers.")
    numbers = tuple(fields.required(entry, "TrackingNumber") for entry in entries)
    if not all(TRACKING_NUMBER.fullmatch(number) for number in numbers):
        raise UPSError(INVALID, "TrackingData.TrackingNumber is invalid.")
    if method == "04":
        if not numbers:
            raise UPSError(MISSING, "TrackingData is required when tracking numbers pay.")
        if any(world.shipment(number) is None for number in numbers):
            raise UPSError(INVALID, "TrackingData.TrackingNumber is not known.")
        if any(world.store.get("pickup_payers", number) for number in numbers):
            raise UPSError(INVALID, "A tracking number that has paid for a pickup cannot be used again.")
    return method != "00", numbers if method == "04" else ()
