"""Addresses as Shipping v2 takes them. Nothing is cut: what has no room is an error that names the field."""

from typing import Final

from cartcarrier.carriers.amazon_buy_shipping import schemas
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Address

# Published lengths (field guide amazon.md §4.2).
_NAME: Final = 50
_LINE: Final = 60
_PHONE: Final = 20
_EMAIL: Final = 64
_LINES: Final = 3
# Where an address without its state or province cannot be delivered.
_WITH_REGIONS: Final = frozenset({"US", "CA", "MX", "BR", "IN", "AU", "JP", "CN"})
_WITHOUT_POSTAL_CODES: Final = frozenset({"AE"})


def _fitting(text: str | None, limit: int, field: str) -> str | None:
    said = (text or "").strip()
    if len(said) > limit:
        raise InvalidValueError(f"{field} has {len(said)} characters, and Amazon has room for {limit}", field=field)
    return said or None


def _required(text: str | None, limit: int, field: str) -> str:
    said = _fitting(text, limit, field)
    if said is None:
        raise InvalidValueError(f"{field} must be given: Amazon demands it", field=field)
    return said


def to_address(address: Address, path: str) -> schemas.Address:
    """Return an address in Amazon's words.

    Args:
        address: Ours.
        path: Where it stands, for errors.

    Raises:
        InvalidValueError: A part is missing or too long; the error names it.
    """
    lines = [
        said
        for name in ("street1", "street2", "street3")
        if (said := _fitting(getattr(address, name), _LINE, f"{path}.{name}")) is not None
    ]
    reference = _fitting(address.delivery_reference, _LINE, f"{path}.delivery_reference")
    if reference is not None and not any(reference in line for line in lines):
        # It must be printed, and only the lines are.
        lines.append(reference)
        if len(lines) > _LINES:
            field = f"{path}.delivery_reference"
            raise InvalidValueError(f"{field}: Amazon prints three lines, and none is left for it", field=field)
    person = "name" if (address.name or "").strip() else "company"
    region = (address.region or "").strip()
    if not region and address.country_code in _WITH_REGIONS:
        raise InvalidValueError(f"{path}.region must be given: Amazon demands it", field=f"{path}.region")
    postal_code = (address.postal_code or "").strip()
    if not postal_code and address.country_code not in _WITHOUT_POSTAL_CODES:
        raise InvalidValueError(f"{path}.postal_code must be given: Amazon demands it", field=f"{path}.postal_code")
    return schemas.Address(
        name=_required(getattr(address, person), _NAME, f"{path}.{person}"),
        address_line1=lines[0],
        address_line2=lines[1] if len(lines) > 1 else None,
        address_line3=lines[2] if len(lines) > 2 else None,
        company_name=(address.company or "").strip() or None if person == "name" else None,
        # A key that Amazon demands; empty where the country has none (§4.2: no minimum length stands on it).
        state_or_region=region,
        city=address.city.strip(),
        country_code=address.country_code,
        postal_code=postal_code,
        email=_fitting(address.email, _EMAIL, f"{path}.email"),
        phone_number=_fitting(address.phone, _PHONE, f"{path}.phone"),
    )
