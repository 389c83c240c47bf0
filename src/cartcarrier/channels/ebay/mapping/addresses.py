"""Where an order goes (field guide ebay.md §5.2, §5.3)."""

import re
from collections.abc import Iterable
from typing import Final

from cartcarrier.channels.ebay import schemas
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Address, TaxId

_FEWEST_DIGITS: Final = 6
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
# Numbers that must reach customs with the parcel; the others are for the buyer's own books (§5.1).
_FOR_CUSTOMS: Final = frozenset({"IOSS", "VOEC"})


def to_phone(phone: schemas.PhoneNumber | None) -> str | None:
    """Return a phone number that a carrier can use; eBay masks some, or writes that they are invalid (§5.3)."""
    text = (phone.phone_number or "").strip() if phone is not None else ""
    return text if sum(sign.isdigit() for sign in text) >= _FEWEST_DIGITS else None


def tax_ids(order: schemas.Order) -> tuple[TaxId, ...]:
    """Return the numbers that customs will ask for: the buyer's own, and those under which eBay remits the tax."""
    found: dict[tuple[str, str], TaxId] = {}
    for name, value, country in [*_buyer_numbers(order), *_ebay_numbers(order)]:
        found.setdefault((name, value), TaxId(kind=name, value=value, country_code=country))
    return tuple(found.values())


def _buyer_numbers(order: schemas.Order) -> Iterable[tuple[str, str, str | None]]:
    number = order.buyer.tax_identifier if order.buyer is not None else None
    if number is not None and number.taxpayer_id and number.tax_identifier_type:
        country = number.issuing_country
        known = country if country is not None and _COUNTRY.fullmatch(country) else None
        yield number.tax_identifier_type, number.taxpayer_id, known


def _ebay_numbers(order: schemas.Order) -> Iterable[tuple[str, str, str | None]]:
    for line in order.line_items:
        for tax in line.ebay_collect_and_remit_taxes or ():
            reference = tax.ebay_reference
            if reference is not None and reference.name in _FOR_CUSTOMS and reference.value:
                yield reference.name, reference.value, None


def to_address(contact: schemas.Contact, *, reference: str | None, numbers: tuple[TaxId, ...]) -> Address | None:
    """Return a contact as an address; ``None`` when the street is withheld, as it is of old orders.

    Args:
        contact: As eBay has it.
        reference: What must stand on the label for a hub to know whose parcel it is.
        numbers: For customs.

    Raises:
        InvalidValueError: There is a street, but the rest cannot be expressed.
    """
    place = contact.contact_address
    if place is None or not (place.address_line1 or place.address_line2 or "").strip():
        return None
    first, second = _filled(place.address_line1), _filled(place.address_line2)
    if first is None:
        first, second = second, None
    if first is None or not _filled(place.city) or not _filled(place.country_code):
        raise InvalidValueError("the address has no city or no country", field="shipTo")
    return Address(
        name=_filled(contact.full_name),
        company=_filled(contact.company_name),
        street1=first,
        street2=second,
        city=place.city or "",
        region=_filled(place.state_or_province) or _filled(place.county),
        postal_code=_filled(place.postal_code),
        country_code=place.country_code or "",
        phone=to_phone(contact.primary_phone),
        email=_filled(contact.email),
        delivery_reference=_filled(reference),
        tax_ids=numbers,
    )


def same_place(one: schemas.PostalAddress | None, other: schemas.PostalAddress | None) -> bool:
    """Return whether two addresses are the same, whatever their case."""
    if one is None or other is None:
        return False
    return _place(one) == _place(other)


def _place(address: schemas.PostalAddress) -> tuple[str, ...]:
    parts = (address.address_line1, address.city, address.postal_code, address.country_code)
    return tuple((part or "").strip().casefold() for part in parts)


def _filled(text: str | None) -> str | None:
    return text if text is not None and text.strip() else None
