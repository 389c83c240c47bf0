"""Checked addresses, postal codes and places."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final

import attrs

from cartcarrier.carriers.fedex.codes import from_fedex_region, to_fedex_region
from cartcarrier.carriers.fedex.mapping.charges import alert_texts
from cartcarrier.carriers.fedex.mapping.lanes import fedex_country
from cartcarrier.carriers.fedex.mapping.text import plain
from cartcarrier.carriers.fedex.options import FedExPostalCode
from cartcarrier.carriers.fedex.schemas import (
    AddressAnswer,
    AddressRequest,
    LocationAnswer,
    LocationRequest,
    PostalAnswer,
    PostalRequest,
)
from cartcarrier.carriers.fedex.schemas._base import PostalAddress
from cartcarrier.carriers.fedex.schemas.addresses import (
    AddressToValidate,
    Attributes,
    Capability,
    Distance,
    LocationControls,
    LocationDetail,
    Message,
    ResolvedAddress,
    SearchPlace,
    Sort,
    Token,
)
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Address, AddressValidation, AddressVerdict, CarrierLocation

_RESIDENTIAL: Final = {"BUSINESS": False, "RESIDENTIAL": True}
_WORD: Final = re.compile(r"[^0-9A-Z]+")
_SUITE: Final = frozenset({"SUITE.NUMBER.REQUIRED", "INVALID.SUITE.NUMBER"})
_NOT_FOUND: Final = "STANDARDIZED.ADDRESS.NOTFOUND"
_WITH_DELIVERY_POINTS: Final = frozenset({"US", "PR"})
_MOST_PLACES: Final = 100
_NEAR: Final = Decimal(50)
_MILES: Final = frozenset({"US", "PR", "GB"})


def _asked(address: Address) -> PostalAddress:
    """Return an address as it is: what does not fit is for FedEx to judge, not for us to refuse."""
    country = fedex_country(address)
    region = plain(address.region or "").upper()
    return PostalAddress(
        street_lines=[
            plain(line) for line in (address.street1, address.street2, address.street3) if line and line.strip()
        ],
        city=plain(address.city),
        state_or_province_code=to_fedex_region(country, region) or None,
        postal_code=plain(address.postal_code or "") or None,
        country_code=country,
    )


def to_address_question(address: Address) -> AddressRequest:
    """Return the question."""
    return AddressRequest(addresses_to_validate=[AddressToValidate(address=_asked(address))])


def to_validation(answer: AddressAnswer, asked: Address) -> AddressValidation:
    """Return the verdict. An address that FedEx does not know is a verdict, not an error (field guide fedex.md §3)."""
    general = alert_texts(answer.output.alerts)
    found = next(iter(answer.output.resolved_addresses or []), None)
    if found is None:
        return AddressValidation(verdict=AddressVerdict.UNKNOWN, messages=general)
    codes, messages = _messages(found.customer_message or [])
    candidate = _candidate(found, asked)
    verdict = _verdict(found, candidate, asked, codes)
    shown = candidate is not None and verdict is not AddressVerdict.INVALID and verdict is not AddressVerdict.UNKNOWN
    return AddressValidation(
        verdict=verdict,
        candidates=(candidate,) if candidate is not None and shown else (),
        residential=_RESIDENTIAL.get(found.classification or ""),
        messages=(*general, *messages),
    )


def _is(value: str | bool | None) -> bool | None:  # noqa: FBT001 - FedEx sends texts and truth values for the same
    if value is None or isinstance(value, bool):
        return value
    return value.strip().lower() == "true"


def _messages(items: Sequence[str | Message]) -> tuple[set[str], list[str]]:
    codes: set[str] = set()
    texts: list[str] = []
    for item in items:
        code, text = (item, item) if isinstance(item, str) else (item.code or "", item.message or "")
        codes.add(code.strip().upper())
        words = code if code == text else ": ".join(part for part in (code, text) if part)
        if words:
            texts.append(words)
    return codes, texts


def _verdict(found: ResolvedAddress, candidate: Address | None, asked: Address, codes: set[str]) -> AddressVerdict:
    facts = found.attributes or Attributes()
    if _is(facts.country_supported) is False:
        return AddressVerdict.UNKNOWN
    suite = _is(facts.suite_required_but_missing) or _is(facts.invalid_suite_number) or bool(codes & _SUITE)
    known = _is(facts.resolved) or _is(facts.matched) or False
    point = _is(facts.dpv)
    if fedex_country(asked) in _WITH_DELIVERY_POINTS and point is not None:
        known = point
    if suite or _is(facts.multiple_matches):
        return AddressVerdict.AMBIGUOUS
    if not known or candidate is None or _NOT_FOUND in codes:
        return AddressVerdict.INVALID
    changed = any(_changed(found)) or _words(candidate) != _words(asked)
    return AddressVerdict.CORRECTED if changed and _words(candidate) != _words(asked) else AddressVerdict.VALID


def _changed(found: ResolvedAddress) -> list[bool]:
    tokens: list[str | Token | None] = [*(found.street_lines_token or []), *(found.city_token or [])]
    tokens.append(found.postal_code_token)
    return [token.changed is True for token in tokens if isinstance(token, Token)]


def _text(token: str | Token) -> str:
    return (token if isinstance(token, str) else token.value or "").strip()


def _candidate(found: ResolvedAddress, asked: Address) -> Address | None:
    lines = [text for token in found.street_lines_token or [] if (text := _text(token))]
    cities = [text for token in found.city_token or [] if (text := _text(token))]
    city = (found.city or "").strip() or next(iter(cities), "")
    if not lines or not city:
        return None
    parsed = found.parsed_postal_code
    code = None
    if parsed is not None and parsed.base:
        code = f"{parsed.base}-{parsed.add_on}" if parsed.add_on else parsed.base
    elif found.postal_code_token is not None:
        code = found.postal_code_token.value
    region = (found.state_or_province_code or "").strip()
    return attrs.evolve(
        asked,
        street1=lines[0],
        street2=lines[1] if len(lines) > 1 else None,
        street3=" ".join(lines[2:]) or None,
        city=city,
        region=from_fedex_region(fedex_country(asked), region) or asked.region,
        postal_code=code or asked.postal_code,
        residential=_RESIDENTIAL.get(found.classification or ""),
    )


def _words(address: Address) -> tuple[str, ...]:
    """Return what tells two addresses apart: not case, not points, not the four digits that are added to a ZIP code."""
    street = " ".join(part for part in (address.street1, address.street2, address.street3) if part)
    code = _WORD.sub("", (address.postal_code or "").upper())
    return (
        _WORD.sub(" ", street.upper()).strip(),
        _WORD.sub(" ", address.city.upper()).strip(),
        (address.region or "").strip().upper(),
        code[:5] if fedex_country(address) in _WITH_DELIVERY_POINTS else code,
    )


# --- postal codes ---------------------------------------------------------------------------------------------------------


def to_postal_question(
    postal_code: str, *, country_code: str, region: str | None, ground: bool, day: date
) -> PostalRequest:
    """Return the question whether a postal code exists and is served.

    Raises:
        InvalidValueError: The postal code or the country is empty.
    """
    for name, value in (("postal_code", postal_code), ("country_code", country_code)):
        if not value.strip():
            raise InvalidValueError(f"{name} must not be empty", field=name)
    return PostalRequest(
        carrier_code="FDXG" if ground else "FDXE",
        country_code=country_code.strip().upper(),
        state_or_province_code=(region or "").strip().upper(),
        postal_code=postal_code.strip().upper(),
        ship_date=day.isoformat(),
    )


def to_postal_code(answer: PostalAnswer) -> FedExPostalCode:
    """Return what FedEx thinks of a postal code."""
    output = answer.output
    areas = [place.service_area for place in output.location_descriptions or [] if place.service_area]
    region = (output.state_or_province_code or "").strip()
    country = output.country_code
    return FedExPostalCode(
        valid=bool(output.cleaned_postal_code or areas),
        postal_code=output.cleaned_postal_code,
        region=from_fedex_region(country or "", region) or None,
        country_code=country,
        service_areas=dict.fromkeys(areas),
        messages=alert_texts(output.alerts),
    )


# --- places ---------------------------------------------------------------------------------------------------------------


def to_location_question(address: Address, limit: int) -> LocationRequest:
    """Return the question for places where a parcel can wait, the nearest first.

    Raises:
        InvalidValueError: ``limit`` is not from 1 to 100.
    """
    if not 1 <= limit <= _MOST_PLACES:
        raise InvalidValueError(f"limit must be from 1 to {_MOST_PLACES}", field="limit")
    units = "MI" if fedex_country(address) in _MILES else "KM"
    return LocationRequest(
        locations_summary_request_control_parameters=LocationControls(
            distance=Distance(units=units, value=_NEAR), max_results=limit
        ),
        location_search_criterion="ADDRESS",
        location=SearchPlace(address=_asked(address)),
        multiple_matches_action="RETURN_ALL",
        sort=Sort(criteria="DISTANCE", order="ASCENDING"),
        location_capabilities=[Capability(transfer_of_possession_type="HOLD_AT_LOCATION")],
    )


def to_locations(answer: LocationAnswer, limit: int) -> list[CarrierLocation]:
    """Return the places; those without an identity or an address are left out."""
    made = (_location(detail) for detail in answer.output.location_detail_list or [])
    return [place for place in made if place is not None][:limit]


def _location(detail: LocationDetail) -> CarrierLocation | None:
    about = detail.contact_and_address
    where = _place(about.address) if about is not None else None
    if about is None or where is None or not detail.location_id:
        return None
    shown = about.address_ancillary_detail.display_name if about.address_ancillary_detail is not None else None
    firm = about.contact.company_name if about.contact is not None else None
    distance = detail.distance
    return CarrierLocation(
        id=detail.location_id,
        name=(shown or firm or "FedEx").strip(),
        address=where,
        kind=detail.location_type,
        distance=f"{distance.value.normalize():f} {(distance.units or '').lower()}".strip()
        if distance is not None and distance.value is not None
        else None,
    )


def _place(address: PostalAddress | None) -> Address | None:
    lines = [line.strip() for line in (address.street_lines or []) if line.strip()] if address is not None else []
    if address is None or not lines or not (address.city or "").strip() or not address.country_code:
        return None
    region = (address.state_or_province_code or "").strip()
    try:
        return Address(
            street1=lines[0],
            street2=lines[1] if len(lines) > 1 else None,
            street3=" ".join(lines[2:]) or None,
            city=(address.city or "").strip(),
            region=from_fedex_region(address.country_code, region) or None,
            postal_code=address.postal_code or None,
            country_code=address.country_code,
            residential=address.residential,
        )
    except InvalidValueError:
        return None
