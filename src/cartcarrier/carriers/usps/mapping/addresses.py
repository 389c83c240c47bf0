"""Checked addresses: our address to USPS's question, USPS's answer to a verdict (field guide usps.md §3)."""

import re
from typing import Final

import attrs

from cartcarrier.carriers.usps.mapping.lanes import is_home, state_of
from cartcarrier.carriers.usps.mapping.parties import lines_of
from cartcarrier.carriers.usps.mapping.text import CITY, NAME, limited
from cartcarrier.carriers.usps.schemas import AddressResponse
from cartcarrier.errors import UnsupportedOperationError
from cartcarrier.models import Address, AddressValidation, AddressVerdict

_ZIP: Final = re.compile(r"(\d{5})(?:[- ]?(\d{4}))?")
_WORD: Final = re.compile(r"[^0-9A-Z]+")
_NO_STREET_DELIVERY: Final = frozenset({"R777", "R779"})
_NO_DEFAULT: Final = "22"
_DEFAULT: Final = "32"


def to_address_question(address: Address) -> dict[str, str]:
    """Return the question. Names of parameters are checked by USPS: nothing that is empty is sent.

    Raises:
        UnsupportedOperationError: USPS checks addresses of the US and its territories only.
        InvalidValueError: A part does not fit, or the state is missing.
    """
    if not is_home(address):
        msg = "usps: addresses abroad cannot be checked, only those of the US and its territories; nothing was sent"
        raise UnsupportedOperationError(msg, field="country_code")
    street, second, urbanization = lines_of(address, "Address")
    match = _ZIP.fullmatch((address.postal_code or "").strip())
    question = {
        "firm": limited(address.company or "", NAME, "Address.company"),
        "streetAddress": street,
        "secondaryAddress": second,
        "city": limited(address.city, CITY, "Address.city"),
        "state": state_of(address, "Address"),
        "urbanization": urbanization,
        # the four digits are what is to be found out: old ones are refused (pitfall 27)
        "ZIPCode": match[1] if match is not None else None,
    }
    return {name: text for name, text in question.items() if text}


def to_validation(answer: AddressResponse, asked: Address) -> AddressValidation:
    """Return the verdict."""
    info = answer.additional_info
    found = _candidate(answer, asked)
    corrections = {one.code for one in answer.corrections or () if one.code}
    confirmed = info.dpv_confirmation if info is not None else None
    messages = [*_messages(answer, confirmed)]
    if _NO_DEFAULT in corrections or _DEFAULT in corrections or confirmed == "D":
        verdict = AddressVerdict.AMBIGUOUS
    elif confirmed == "N":
        verdict = AddressVerdict.INVALID
    elif confirmed is None or found is None:
        verdict = AddressVerdict.UNKNOWN
    else:
        verdict = AddressVerdict.VALID if _words(found) == _words(asked) else AddressVerdict.CORRECTED
    return AddressValidation(
        verdict=verdict,
        candidates=[found] if found is not None else [],
        residential=found.residential if found is not None else None,
        messages=messages,
    )


def _messages(answer: AddressResponse, confirmed: str | None) -> list[str]:
    info = answer.additional_info
    said = [
        *((confirmed == "D", "the number of the apartment or suite is missing"),),
        (confirmed == "S", "the apartment or suite is not known to USPS"),
        (confirmed == "N", "USPS cannot confirm the address"),
    ]
    if info is not None:
        said += [
            ((info.carrier_route or "") in _NO_STREET_DELIVERY, "no street delivery: labels to it are refused"),
            (info.vacant == "Y", "the place is vacant"),
            (info.dpv_cmra == "Y", "a commercial mail receiving agency"),
        ]
    corrections = {one.code for one in answer.corrections or () if one.code}
    said += [
        (_DEFAULT in corrections, "a default fits: say more for the exact one (32)"),
        (_NO_DEFAULT in corrections, "several fit and none is the default (22)"),
    ]
    return [words for true, words in said if true]


def _candidate(answer: AddressResponse, asked: Address) -> Address | None:
    there = answer.address
    if not there.street_address or not there.city:
        return None
    code = there.zip_code
    if code and there.zip_plus4:
        code = f"{code}-{there.zip_plus4}"
    business = answer.additional_info.business if answer.additional_info is not None else None
    territory = asked.country_code != "US"
    second = there.secondary_address or None
    urbanization = there.urbanization or None
    return attrs.evolve(
        asked,
        street1=there.street_address,
        street2=second or urbanization,
        street3=urbanization if second else None,
        city=there.city,
        region=asked.region if territory else there.state or asked.region,
        postal_code=code or asked.postal_code,
        residential={"Y": False, "N": True}.get(business or "", asked.residential),
    )


def _words(address: Address) -> tuple[str, ...]:
    """Return what tells two addresses apart: not case, not points, not the four digits that USPS adds."""
    street = " ".join(part for part in (address.street1, address.street2, address.street3) if part)
    return (
        _WORD.sub(" ", street.upper()).strip(),
        _WORD.sub(" ", address.city.upper()).strip(),
        (address.region or "").strip().upper(),
        re.sub(r"[^0-9]", "", address.postal_code or "")[:5],
    )


def not_found(*, ambiguous: bool) -> AddressValidation:
    """Return the verdict for an address that USPS refuses as unknown: a verdict, not an error."""
    if ambiguous:
        return AddressValidation(verdict=AddressVerdict.AMBIGUOUS, messages=("several addresses fit; say more",))
    return AddressValidation(verdict=AddressVerdict.INVALID, messages=("USPS does not know the address",))
