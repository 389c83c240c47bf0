"""Checked addresses: our address to UPS's question, UPS's answer to a verdict."""

import re
from typing import Final

import attrs

from cartcarrier.carriers.ups.mapping.lanes import ups_country
from cartcarrier.carriers.ups.mapping.text import plain
from cartcarrier.carriers.ups.schemas import (
    AddressKeyFormat,
    XAVRequest,
    XAVRequestEnvelope,
    XAVResponse,
    many,
)
from cartcarrier.carriers.ups.schemas._base import Coded
from cartcarrier.errors import UnsupportedOperationError
from cartcarrier.models import Address, AddressValidation, AddressVerdict

_CHECKED: Final = frozenset({"US", "PR"})
_RESIDENTIAL: Final = {"1": False, "2": True}
_WORD: Final = re.compile(r"[^0-9A-Z]+")


def to_address_question(address: Address) -> XAVRequestEnvelope:
    """Return the question.

    Raises:
        UnsupportedOperationError: UPS checks addresses of the US and Puerto Rico only (field guide ups.md §3).
        InvalidValueError: A line has characters that UPS does not take.
    """
    country = ups_country(address)
    if country not in _CHECKED:
        msg = f"ups: addresses of {country} cannot be checked, only those of the US and Puerto Rico; nothing was sent"
        raise UnsupportedOperationError(msg, field="country_code")
    lines = [
        plain(text, f"Address.{name}")
        for name in ("street1", "street2", "street3")
        if (text := getattr(address, name)) and text.strip()
    ]
    low, high = _postal_code(address.postal_code)
    return XAVRequestEnvelope(
        xav_request=XAVRequest(
            address_key_format=AddressKeyFormat(
                address_line=lines,
                political_division2=plain(address.city, "Address.city"),
                political_division1=(address.region or "").strip().upper() or None,
                postcode_primary_low=low,
                postcode_extended_low=high,
                country_code=country,
            )
        )
    )


def _postal_code(code: str | None) -> tuple[str | None, str | None]:
    digits = re.sub(r"[^0-9]", "", code or "")
    return digits[:5] or None, digits[5:9] or None


def to_validation(answer: XAVResponse, asked: Address) -> AddressValidation:
    """Return the verdict. An address that UPS does not know is a verdict, not an error."""
    candidates = tuple(
        made
        for candidate in many(answer.candidate)
        if (made := _candidate(candidate.address_key_format, candidate.address_classification, asked)) is not None
    )
    residential = _residential(answer.address_classification)
    if answer.valid_address_indicator is not None:
        if residential is None and len(candidates) == 1:
            residential = candidates[0].residential
        # UPS corrects in passing what it calls valid (field guide ups.md §3).
        same = not candidates or _words(candidates[0]) == _words(asked)
        verdict = AddressVerdict.VALID if same else AddressVerdict.CORRECTED
    elif answer.ambiguous_address_indicator is not None:
        verdict = AddressVerdict.AMBIGUOUS
    elif answer.no_candidates_indicator is not None:
        verdict = AddressVerdict.INVALID
    else:
        verdict = AddressVerdict.UNKNOWN
    head = answer.response
    messages = tuple(
        f"{alert.code}: {alert.description}" for alert in many(head.alert if head is not None else None) if alert.code
    )
    return AddressValidation(verdict=verdict, candidates=candidates, residential=residential, messages=messages)


def _residential(classification: Coded | None) -> bool | None:
    return _RESIDENTIAL.get((classification.code or "") if classification is not None else "")


def _candidate(key: AddressKeyFormat | None, classification: Coded | None, asked: Address) -> Address | None:
    lines = [line for line in many(key.address_line) if line.strip()] if key is not None else []
    if key is None or not lines or not key.political_division2:
        return None
    low, high = key.postcode_primary_low, key.postcode_extended_low
    code = f"{low}-{high}" if low and high else low
    return attrs.evolve(
        asked,
        street1=lines[0],
        street2=lines[1] if len(lines) > 1 else None,
        street3=" ".join(lines[2:]) or None,
        city=key.political_division2,
        region=key.political_division1 or asked.region,
        postal_code=code or asked.postal_code,
        residential=_residential(classification),
    )


def _words(address: Address) -> tuple[str, ...]:
    """Return what tells two addresses apart: not case, not points, not the four digits that UPS adds."""
    street = " ".join(part for part in (address.street1, address.street2, address.street3) if part)
    return (
        _WORD.sub(" ", street.upper()).strip(),
        _WORD.sub(" ", address.city.upper()).strip(),
        (address.region or "").strip().upper(),
        re.sub(r"[^0-9]", "", address.postal_code or "")[:5],
    )
