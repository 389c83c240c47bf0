"""Access Points near an address."""

from typing import Final

from cartcarrier.carriers.ups.mapping.holding import to_location_id
from cartcarrier.carriers.ups.mapping.lanes import ups_country
from cartcarrier.carriers.ups.mapping.text import plain
from cartcarrier.carriers.ups.schemas import LocatorRequestEnvelope, LocatorResponse, many
from cartcarrier.carriers.ups.schemas._base import Coded
from cartcarrier.carriers.ups.schemas.locations import (
    AccessPointSearch,
    DropLocation,
    LocationSearchCriteria,
    LocatorHead,
    LocatorRequest,
    OriginAddress,
    OriginKey,
    SortCriteria,
    Translate,
)
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Address, CarrierLocation

_MOST: Final = 50
_FREE: Final = "01"
_CLOSEST: Final = "01"
_KIND_OF_PLACE: Final = "01"
_IN_MILES: Final = frozenset({"US", "PR", "GB"})
_RADIUS: Final = {"MI": "100", "KM": "150"}


def to_location_question(address: Address, *, limit: int) -> LocatorRequestEnvelope:
    """Return the question.

    Raises:
        InvalidValueError: The limit is out of range, or a line has characters that UPS does not take.
    """
    if not 1 <= limit <= _MOST:
        raise InvalidValueError(f"limit must be from 1 to {_MOST}", field="limit")
    country = ups_country(address)
    unit = "MI" if country in _IN_MILES else "KM"
    low, _, high = (
        (address.postal_code or "").strip().upper().partition("-")
        if country == "US"
        else ((address.postal_code or "").strip().upper(), "", "")
    )
    key = OriginKey(
        address_line=plain(address.street1, "Address.street1", transliterate=True),
        political_division2=plain(address.city, "Address.city", transliterate=True),
        political_division1=plain(address.region or "", "Address.region", transliterate=True) or None,
        postcode_primary_low=low or None,
        postcode_extended_low=high or None,
        country_code=country,
    )
    return LocatorRequestEnvelope(
        locator_request=LocatorRequest(
            request=LocatorHead(request_action="Locator"),
            origin_address=OriginAddress(address_key_format=key, maximum_list_size=str(limit)),
            translate=Translate(locale="en_US"),
            unit_of_measurement=Coded(code=unit),
            location_search_criteria=LocationSearchCriteria(
                maximum_list_size=str(limit),
                search_radius=_RADIUS[unit],
                access_point_search=AccessPointSearch(access_point_status=_FREE),
            ),
            sort_criteria=SortCriteria(sort_type=_CLOSEST),
        )
    )


def location_codes(answer: LocatorResponse) -> list[str]:
    """Return the codes of what went wrong; they stand inside a 200."""
    head = answer.response
    return [error.error_code for error in many(head.error if head is not None else None) if error.error_code]


def is_guess(answer: LocatorResponse) -> bool:
    """Say whether UPS does not know the address and offers others in place of locations."""
    found = answer.search_results
    return found is not None and not many(found.drop_location) and bool(many(found.geocode_candidate))


def to_locations(answer: LocatorResponse, *, limit: int) -> list[CarrierLocation]:
    """Return the Access Points, the nearest first; one without an id cannot be named in a shipment and is left out."""
    found = answer.search_results
    made = [_place(place) for place in many(found.drop_location if found is not None else None)]
    return [place for place in made if place is not None][:limit]


def _place(place: DropLocation) -> CarrierLocation | None:
    key, access_point = place.address_key_format, place.access_point_information
    identity = (access_point.public_access_point_id or "").strip() if access_point is not None else ""
    lines = [line.strip() for line in many(key.address_line if key is not None else None) if line.strip()]
    if key is None or not identity or not lines or not key.political_division2 or not key.country_code:
        return None
    phones = many(place.phone_number)
    name = (key.consignee_name or "").strip() or f"UPS Access Point {identity}"
    address = Address(
        company=name,
        street1=lines[0],
        street2=lines[1] if len(lines) > 1 else None,
        street3=" ".join(lines[2:]) or None,
        city=key.political_division2,
        region=key.political_division1 or None,
        postal_code=key.postcode_primary_low or None,
        country_code=key.country_code,
        phone=phones[0] if phones else None,
    )
    return CarrierLocation(
        id=to_location_id(identity, name, address),
        name=name,
        address=address,
        kind=_kind(place),
        distance=_distance(place),
    )


def _kind(place: DropLocation) -> str | None:
    for attribute in many(place.location_attribute):
        if attribute.option_type is not None and attribute.option_type.code == _KIND_OF_PLACE:
            words = [code.description for code in many(attribute.option_code) if code.description]
            return words[0] if words else None
    return None


def _distance(place: DropLocation) -> str | None:
    far = place.distance
    if far is None or not far.value:
        return None
    unit = far.unit_of_measurement.code if far.unit_of_measurement is not None else None
    return f"{far.value} {unit.lower()}" if unit else far.value
