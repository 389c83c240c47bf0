"""Addresses. What cannot be expressed is ``None``, never mended (field guide shopify.md §4, §9)."""

from typing import Final

from cartcarrier.channels.shopify import schemas
from cartcarrier.models import Address, compiled

_address: Final = compiled(Address)
_NOWHERE: Final = "ZZ"
"""Shopify's code for an unknown region: no carrier goes there."""


def _filled(text: str | None) -> str | None:
    return text if text and not text.isspace() else None


def shipping_address(given: schemas.MailingAddress | None, order: schemas.Order) -> Address | None:
    """Return the buyer's address, or ``None`` when there is none or a part that every label needs is missing."""
    if given is None:
        return None
    street, city, country = given.address1, given.city, given.country_code_v2
    if not street or not city or not country or street.isspace() or city.isspace() or country.isspace():
        return None
    if country == _NOWHERE:
        return None
    return _address(
        name=given.name or None,
        company=given.company or None,
        street1=street,
        street2=given.address2 or None,
        city=city,
        region=given.province_code or given.province or None,
        postal_code=given.zip or None,
        country_code=country,
        phone=given.phone or order.phone or None,
        email=order.email or None,
    )


def destination_address(given: schemas.Destination, order: schemas.Order) -> Address | None:
    """Return where a fulfillment order goes: the point where the buyer picks the parcel up."""
    street, city, country = _filled(given.address1), _filled(given.city), given.country_code
    if street is None or city is None or country is None or country == _NOWHERE:
        return None
    region = given.province or None
    buyer = order.shipping_address
    if buyer is not None and buyer.country_code_v2 == country and buyer.province == region:
        region = buyer.province_code or region
    name = " ".join(part for part in (given.first_name, given.last_name) if part)
    return Address(
        name=name or (buyer.name if buyer is not None else None) or None,
        company=given.company or None,
        street1=street,
        street2=given.address2 or None,
        city=city,
        region=region,
        postal_code=given.zip or None,
        country_code=country,
        phone=given.phone or order.phone or None,
        email=given.email or order.email or None,
    )


def _same(one: str | None, other: str | None) -> bool:
    # What is withheld on one side tells nothing.
    return not one or not other or one.strip().casefold() == other.strip().casefold()


def conflicts(destination: schemas.Destination, address: Address) -> bool:
    """Return whether a fulfillment order goes elsewhere than the order says."""
    if (
        destination.address1 == address.street1
        and destination.zip == address.postal_code
        and destination.city == address.city
        and destination.country_code == address.country_code
    ):
        return False
    return not (
        _same(destination.address1, address.street1)
        and _same(destination.city, address.city)
        and _same(destination.zip, address.postal_code)
        and _same(destination.country_code, address.country_code)
    )
