"""Parcels that wait at an Access Point (field guide ups.md §4.7).

UPS prints the place's name and address and takes them with the purchase, and a purchase is prepared without asking anybody. So the
identity that ``find_locations`` gives a place holds them: UPS's own id, a tilde, and the rest.
"""

import base64
import binascii
import re
from typing import Final

import msgspec

from cartcarrier.carriers.ups.mapping.parties import Side, to_address, to_names
from cartcarrier.carriers.ups.mapping.services import ups_options
from cartcarrier.carriers.ups.mapping.text import LINE, limited
from cartcarrier.carriers.ups.schemas._base import AlternateDelivery, Coded
from cartcarrier.carriers.ups.schemas.shipping import Email, Locale, Notification
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Address, CarrierLocation, ShipmentRequest

_HOLD: Final = "01"
_DELIVER: Final = "02"
_ECONOMY: Final = "70"
_WAITING: Final = "012"
_EMAIL: Final = 50
_ID: Final = re.compile(r"[A-Z0-9]{9}")
_FIELD: Final = "options.hold_at_location"
_ENGLISH: Final = Locale(language="ENG", dialect="US")


class PlaceFacts(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """What the label shows of a place. The names are short, because they are in its identity."""

    n: str
    a: tuple[str, ...]
    c: str
    r: str | None = None
    p: str | None = None
    l: str  # noqa: E741 - the country: one letter, as the others


_FACTS: Final = msgspec.json.Decoder(PlaceFacts)


def to_location_id(access_point: str, name: str, address: Address) -> str:
    """Return an identity that holds what a purchase must say."""
    lines = tuple(line for line in (address.street1, address.street2, address.street3) if line)
    facts = PlaceFacts(n=name, a=lines, c=address.city, r=address.region, p=address.postal_code, l=address.country_code)
    packed = base64.urlsafe_b64encode(msgspec.json.encode(facts)).decode().rstrip("=")
    return f"{access_point}~{packed}"


def _read(identity: str) -> tuple[str, str, Address]:
    access_point, _, packed = identity.partition("~")
    try:
        facts = _FACTS.decode(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        lines = (*facts.a, None, None)
        address = Address(
            street1=facts.a[0],
            street2=lines[1],
            street3=lines[2],
            city=facts.c,
            region=facts.r,
            postal_code=facts.p,
            country_code=facts.l,
        )
    except (msgspec.MsgspecError, binascii.Error, IndexError, ValueError):
        raise InvalidValueError(f"{_FIELD} is not an identity that find_locations gave", field=_FIELD) from None
    return access_point, facts.n, address


def _place(request: ShipmentRequest) -> tuple[str, str, Address] | None:
    wanted = request.options.hold_at_location
    if wanted is None:
        return None
    if "~" in wanted:
        return _read(wanted)
    known: CarrierLocation | None = ups_options(request).access_point
    if known is None or known.id.partition("~")[0] != wanted:
        msg = f"{_FIELD} must come from find_locations, or UPSOptions.access_point must say which place it is"
        raise InvalidValueError(msg, field=_FIELD)
    return wanted, known.name, known.address


def to_indication(request: ShipmentRequest) -> list[Coded] | None:
    """Return that the parcel goes to an Access Point: 01 to be held, 02 as its destination."""
    if request.options.hold_at_location is None:
        return None
    service = request.rate.service.code if request.rate is not None else request.service
    deliver = ups_options(request).access_point_delivery or service == _ECONOMY
    return [Coded(code=_DELIVER if deliver else _HOLD)]


def to_access_point(request: ShipmentRequest, *, priced: bool = False) -> AlternateDelivery | None:
    """Return where the parcel waits.

    Args:
        request: What is shipped.
        priced: For Rating, which takes neither the person nor the id.

    Raises:
        InvalidValueError: Not enough is known of the place, or it does not fit.
    """
    found = _place(request)
    if found is None:
        return None
    access_point, name, address = found
    extra = ups_options(request)
    side = Side(_FIELD, extra.transliterate, 2 if priced else 5)
    shop = limited(name, LINE, _FIELD, transliterate=extra.transliterate)
    made = to_address(address, side)
    if priced:
        return AlternateDelivery(name=shop, address=made)
    if not _ID.fullmatch(access_point.upper()):
        raise InvalidValueError(f"{_FIELD} must begin with UPS's id of the Access Point, 9 characters", field=_FIELD)
    _, person = to_names(request.ship_to, Side("ShipmentRequest.ship_to", extra.transliterate))
    return AlternateDelivery(name=shop, attention_name=person, ups_access_point_id=access_point.upper(), address=made)


def to_waiting_notice(request: ShipmentRequest) -> Notification | None:
    """Return that UPS shall tell the recipient that the parcel waits.

    Raises:
        InvalidValueError: Nobody could be told: the recipient's e-mail address is missing.
    """
    if request.options.hold_at_location is None:
        return None
    field = "ShipmentRequest.ship_to.email"
    email = (request.ship_to.email or "").strip()
    if not email or len(email) > _EMAIL or not email.isascii():
        msg = f"{field} must be an e-mail address of up to {_EMAIL} characters: UPS writes there that the parcel waits"
        raise InvalidValueError(msg, field=field)
    return Notification(notification_code=_WAITING, email=Email(email=[email]), locale=_ENGLISH)
