"""Senders and recipients: our addresses to USPS's."""

import re
from typing import Final

from cartcarrier.carriers.usps.codes import COUNTRIES
from cartcarrier.carriers.usps.mapping.lanes import state_of
from cartcarrier.carriers.usps.mapping.text import CITY, NAME, STREET, limited, plain
from cartcarrier.carriers.usps.schemas import ForeignParty, Party
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import Address

_ZIP: Final = re.compile(r"(\d{5})(?:[- ]?\d{4})?")
_FOREIGN_CODE: Final = 11
_PROVINCE: Final = 40
_EMAIL_LENGTH: Final = 50
# The description's own pattern: what it does not take is a 400 of the gateway.
_EMAIL: Final = re.compile(r"[a-zA-Z0-9_+&*-]+(?:\.[a-zA-Z0-9_+&*-]+)*@(?:[a-zA-Z0-9-]+\.)+[a-zA-Z]{2,}")
_PHONE: Final = re.compile(r"[0-9]{6,15}")
_EXTENSION: Final = re.compile(r"\s*(?:ext\.?|x|#).*$", re.IGNORECASE)
_URBANIZATION: Final = re.compile(r"URB(?:ANIZACI[OÓ]N)?\.?\s", re.IGNORECASE)
_CANADIAN: Final = re.compile(r"[A-Z]\d[A-Z]\d[A-Z]\d")
US_PHONE_DIGITS: Final = 10


def zip_of(address: Address, field: str) -> str:
    """Return the five digits of a ZIP code. The four after them are left out: old ones are refused (pitfall 27).

    Raises:
        InvalidValueError: It is missing, or has another form.
    """
    match = _ZIP.fullmatch((address.postal_code or "").strip())
    if match is None:
        raise InvalidValueError(
            f"{field}.postal_code must be a ZIP code of 5 or 9 digits", field=f"{field}.postal_code"
        )
    return match[1]


def split_name(name: str) -> tuple[str | None, str | None]:
    """Return first and last name; both are ``None`` for a name of one word, which goes as a firm (field guide usps.md §4.1)."""
    words = name.split()
    return (" ".join(words[:-1]), words[-1]) if len(words) > 1 else (None, None)


def names_of(address: Address, field: str, *, firm_due: bool = False) -> tuple[str | None, str | None, str | None]:
    """Return first name, last name and firm.

    Args:
        address: Whose.
        field: Its path, for errors.
        firm_due: A firm must be there: the sender's on customs forms (160023).

    Raises:
        InvalidValueError: There is neither name nor firm, or one is too long.
    """
    firm = limited(address.company, NAME, f"{field}.company") if address.company and address.company.strip() else None
    name = plain(address.name, f"{field}.name") if address.name and address.name.strip() else None
    if firm is None and name is None:
        raise InvalidValueError(f"{field}.name or {field}.company must be given", field=f"{field}.name")
    first, last = split_name(name) if name is not None else (None, None)
    for part in (first, last, name if first is None else None):
        if part is not None:
            limited(part, NAME, f"{field}.name")
    if firm is None and (first is None or firm_due):
        firm = limited(name or "", NAME, f"{field}.name")
    elif first is None and name is not None and name != firm:
        first = name  # beside a firm one name is enough
    return first, last, firm


def lines_of(address: Address, field: str) -> tuple[str, str | None, str | None]:
    """Return street, second line and, in Puerto Rico, urbanization.

    Raises:
        InvalidValueError: They do not fit into two lines of 50 characters.
    """
    street = limited(address.street1, STREET, f"{field}.street1")
    rest = [
        (name, plain(text, f"{field}.{name}"))
        for name in ("street2", "street3", "delivery_reference")
        if (text := getattr(address, name)) is not None and text.strip()
    ]
    # a reference that must be printed may stand in a line already
    seen = f"{street} {' '.join(text for name, text in rest if name != 'delivery_reference')}"
    rest = [(name, text) for name, text in rest if name != "delivery_reference" or text not in seen]
    urbanization = None
    if "PR" in {(address.region or "").strip().upper(), address.country_code}:
        urbanization = next((text for _, text in rest if _URBANIZATION.match(text)), None)
        rest = [(name, text) for name, text in rest if text != urbanization]
    second = " ".join(text for _, text in rest)
    if len(second) > STREET:
        name = rest[-1][0]
        msg = (
            f"{field}.{name} does not fit: the lines after the first have {len(second)} characters, USPS takes {STREET}"
        )
        raise InvalidValueError(msg, field=f"{field}.{name}")
    return street, second or None, urbanization


def phone_of(address: Address, field: str, *, at_home: bool) -> str:
    """Return a phone number in digits.

    Raises:
        InvalidValueError: It is missing, or has too few or too many digits.
    """
    path = f"{field}.phone"
    digits = re.sub(r"[^0-9]", "", _EXTENSION.sub("", address.phone or "")).removeprefix("00")
    if at_home:
        if len(digits) == US_PHONE_DIGITS + 1 and digits.startswith("1"):
            digits = digits[1:]
        if len(digits) != US_PHONE_DIGITS:
            raise InvalidValueError(f"{path} must be given, with 10 digits", field=path)
    if not _PHONE.fullmatch(digits):
        raise InvalidValueError(f"{path} must be given, with 6 to 15 digits", field=path)
    return digits


def email_of(address: Address, field: str) -> str:
    """Return an e-mail address.

    Raises:
        InvalidValueError: It is missing, or not one that USPS takes.
    """
    path = f"{field}.email"
    email = (address.email or "").strip()
    if len(email) > _EMAIL_LENGTH or not _EMAIL.fullmatch(email):
        raise InvalidValueError(f"{path} must be given, with at most {_EMAIL_LENGTH} characters", field=path)
    return email


def to_party(
    address: Address,
    field: str,
    *,
    firm_due: bool = False,
    contact_due: bool = False,
    with_contact: bool = False,
    facility: str | None = None,
) -> Party:
    """Return somebody at home. Phone and e-mail are left out where nobody reads them.

    Args:
        address: Ours.
        field: Its path, for errors.
        firm_due: A firm must be there.
        contact_due: Phone and e-mail must be there.
        with_contact: Phone and e-mail go along where they are given.
        facility: The parcel waits there.

    Raises:
        InvalidValueError: A part is missing or does not fit.
    """
    first, last, firm = names_of(address, field, firm_due=firm_due)
    street, second, urbanization = lines_of(address, field)
    phoned = contact_due or (with_contact and bool(address.phone))
    mailed = contact_due or (with_contact and bool(address.email))
    return Party(
        first_name=first,
        last_name=last,
        firm=firm,
        street_address=street,
        secondary_address=second,
        city=limited(address.city, CITY, f"{field}.city"),
        state=state_of(address, field),
        zip_code=zip_of(address, field),
        urbanization=urbanization,
        phone=phone_of(address, field, at_home=True) if phoned else None,
        email=email_of(address, field) if mailed else None,
        hold_for_pickup=True if facility is not None else None,
        facility_id=facility,
    )


def country_name(address: Address, field: str) -> str:
    """Return a country's name.

    Raises:
        UnsupportedOperationError: USPS has no such destination.
    """
    name = COUNTRIES.get(address.country_code)
    if name is None:
        path = f"{field}.country_code"
        raise UnsupportedOperationError(f"usps: {path} is no destination of USPS's; nothing was sent", field=path)
    return name


def foreign_code(address: Address, field: str) -> str | None:
    """Return a postal code abroad.

    Raises:
        InvalidValueError: It is too long, or not Canada's (160197).
    """
    path = f"{field}.postal_code"
    code = limited(address.postal_code or "", _FOREIGN_CODE, path).upper() or None
    if address.country_code == "CA":
        tight = (code or "").replace(" ", "").replace("-", "")
        if not _CANADIAN.fullmatch(tight):
            raise InvalidValueError(f"{path} must have the form A1A 1A1", field=path)
        return f"{tight[:3]} {tight[3:]}"
    return code


def to_foreign_party(address: Address, field: str) -> ForeignParty:
    """Return somebody abroad.

    Raises:
        InvalidValueError: A part is missing or does not fit.
        UnsupportedOperationError: USPS has no such destination.
    """
    first, last, firm = names_of(address, field)
    street, second, _ = lines_of(address, field)
    region = limited(address.region or "", _PROVINCE, f"{field}.region")
    code = region.upper() if len(region) == 2 and region.isascii() and region.isalpha() else None
    return ForeignParty(
        first_name=first,
        last_name=last,
        firm=firm,
        street_address=street,
        secondary_address=second,
        city=limited(address.city, CITY, f"{field}.city"),
        postal_code=foreign_code(address, field),
        province=region or None,
        province_code=code,
        country=country_name(address, field),
        country_code=address.country_code,
        phone=phone_of(address, field, at_home=False),
    )
