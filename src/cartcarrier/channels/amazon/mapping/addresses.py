"""Amazon's recipients as addresses (field guide amazon.md §2.2, §2.3)."""

from collections.abc import Sequence

from cartcarrier.channels.amazon.schemas import orders as schemas
from cartcarrier.models import Address, TaxId


def _text(value: str | None) -> str | None:
    return value.strip() or None if value is not None else None


def _streets(address: schemas.CustomerAddress) -> list[str]:
    lines = [_text(line) for line in (address.address_line1, address.address_line2, address.address_line3)]
    streets = [line for line in lines if line is not None]
    extended = address.extended_fields
    if not streets and extended is not None:
        # Brazil: the address in its parts.
        parts = [_text(extended.street_name), _text(extended.street_number), _text(extended.complement)]
        streets = [", ".join(part for part in parts if part is not None)]
        neighborhood = _text(extended.neighborhood)
        streets += [neighborhood] if neighborhood is not None else []
    return [street for street in streets if street]


def to_address(node: schemas.Order) -> Address | None:
    """Return where an order goes; ``None`` while the address, or so much of it that nothing could arrive, is withheld.

    Amazon gives city, region and postal code of an order even where it withholds name and street (§1.6).

    Args:
        node: The order, with its recipient.
    """
    address = node.recipient.delivery_address if node.recipient is not None else None
    if address is None:
        return None
    streets = _streets(address)
    # Japanese addresses have no city of their own; the region stands in the line that is left.
    city = next(
        (
            text
            for part in (address.city, address.municipality, address.district_or_county, address.state_or_region)
            if (text := _text(part)) is not None
        ),
        None,
    )
    country = (_text(address.country_code) or "").upper()
    if not streets or city is None or not country:
        return None
    kind = address.address_type
    return Address(
        name=_text(address.name),
        company=_text(address.company_name),
        street1=streets[0],
        street2=streets[1] if len(streets) > 1 else None,
        street3=", ".join(streets[2:]) or None,
        city=city,
        region=_text(address.state_or_region),
        postal_code=_text(address.postal_code),
        # Amazon writes UK where ISO has GB (§1.2).
        country_code="GB" if country == "UK" else country,
        phone=_text(address.phone),
        residential={"RESIDENTIAL": True, "COMMERCIAL": False}.get(kind or ""),
        tax_ids=_tax_ids(node),
    )


def _tax_ids(node: schemas.Order) -> tuple[TaxId, ...]:
    found: list[TaxId] = []
    for item in node.order_items:
        shipping = item.fulfillment.shipping if item.fulfillment is not None else None
        customs = shipping.international_shipping if shipping is not None else None
        ioss = _text(customs.ioss_number) if customs is not None else None
        if ioss is not None:
            # It must reach the carrier (§2.3).
            found.append(TaxId(kind="IOSS", value=ioss))
    registrations: Sequence[schemas.TaxRegistration] = (
        (node.tax.tax_registrations or ()) if node.tax is not None else ()
    )
    for entry in registrations:
        kind, value = _text(entry.tax_registration_type), _text(entry.tax_registration_number)
        if entry.entity_type == "BUYER" and kind is not None and value is not None:
            found.append(TaxId(kind=kind, value=value))
    return tuple(dict.fromkeys(found))
