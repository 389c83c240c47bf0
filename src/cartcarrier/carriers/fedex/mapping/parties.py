"""Addresses, people and phones."""

import re
from typing import Final

import attrs

from cartcarrier.carriers.fedex.codes import to_fedex_region
from cartcarrier.carriers.fedex.mapping.lanes import fedex_country
from cartcarrier.carriers.fedex.mapping.text import address_lines, limited, plain
from cartcarrier.carriers.fedex.schemas._base import (
    Account,
    Contact,
    Party,
    Payment,
    Payor,
    PostalAddress,
    ResponsibleParty,
    TaxNumber,
)
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Address, BillParty, BillTo, TaxId

# Field guide fedex.md §4.2.
_CITY: Final = 35
_POSTAL_CODE: Final = 10
_PERSON: Final = 70
_COMPANY: Final = 35
_EMAIL: Final = 80
_TAX_ID: Final = 18
_SHORTEST_PHONE: Final = 10
_LONGEST_PHONE: Final = 15
_EXTENSION: Final = 6
_TEN_DIGITS: Final = frozenset({"US", "CA", "PR", "VI", "GU"})
_STATES: Final = frozenset({"US", "CA", "PR"})

_US_CODE: Final = re.compile(r"\d{5}(?:-?\d{4})?")
_CA_CODE: Final = re.compile(r"[A-Z]\d[A-Z]\d[A-Z]\d")
_ACCOUNT: Final = re.compile(r"\d{9}")
_EXTENSION_MARK: Final = re.compile(r"(?:ext\.?|extension|x|#|;ext=)\s*:?\s*(\d+)\s*$", re.IGNORECASE)

# Which of FedEx's kinds a number is, and what it is for (field guide fedex.md §4.4).
_TAX_KINDS: Final = {
    "EIN": ("FEDERAL", None),
    "IRS": ("FEDERAL", None),
    "SSN": ("PERSONAL_NATIONAL", None),
    "CPF": ("PERSONAL_NATIONAL", "CPF"),
    "PASSPORT": ("PERSONAL_NATIONAL", "PASSPORT"),
    "VAT": ("BUSINESS_NATIONAL", "VAT"),
    "GST": ("BUSINESS_NATIONAL", "GST"),
    "CNPJ": ("BUSINESS_NATIONAL", "CNPJ"),
    "EORI": ("BUSINESS_UNION", "EORI"),
    "IOSS": ("BUSINESS_UNION", "IOSS"),
}


@attrs.frozen
class Side:
    """Whose address it is, for the names of fields.

    Attributes:
        path: ``"ShipmentRequest.ship_to"``.
    """

    path: str

    def field(self, name: str) -> str:
        """Return a field's path."""
        return f"{self.path}.{name}"


def to_postal_code(address: Address, side: Side) -> str | None:
    """Return the postal code in FedEx's form.

    Raises:
        InvalidValueError: It does not have the form of its country, or is missing where it is due.
    """
    field = side.field("postal_code")
    country = fedex_country(address)
    raw = (address.postal_code or "").strip().upper()
    if country in {"US", "PR"}:
        if not _US_CODE.fullmatch(raw):
            raise InvalidValueError(f"{field} must have 5 or 9 digits", field=field)
        return raw if len(raw) != 9 else f"{raw[:5]}-{raw[5:]}"
    if country == "CA":
        code = raw.replace("-", "").replace(" ", "")
        if not _CA_CODE.fullmatch(code):
            raise InvalidValueError(f"{field} must have the form A1A 1A1", field=field)
        return code
    return limited(raw, _POSTAL_CODE, field) or None


def to_region(address: Address, side: Side) -> str | None:
    """Return the state or province: two letters in the US and Canada; Quebec in FedEx's own spelling.

    Elsewhere a name that is longer than a code is left out: FedEx refuses full names (field guide fedex.md §11, pitfall 10), and
    delivers there by city and postal code.

    Raises:
        InvalidValueError: It is missing or spelled out in the US or Canada.
    """
    country = fedex_country(address)
    region = (address.region or "").strip().upper()
    region = region.removeprefix(f"{country}-")
    if country == "PR":
        return "PR"
    if country in _STATES:
        field = side.field("region")
        if len(region) != 2 or not region.isascii() or not region.isalpha():
            raise InvalidValueError(f"{field} must be the two letters of the state or province", field=field)
        return to_fedex_region(country, region)
    return region if 0 < len(region) <= 3 and region.isascii() and region.isalnum() else None


def to_phone(address: Address, side: Side) -> tuple[str, str | None]:
    """Return the phone number as digits, and its extension. Ship refuses a party without one (field guide fedex.md §11.25).

    Raises:
        InvalidValueError: It is missing, or has too many or too few digits.
    """
    field = side.field("phone")
    text = (address.phone or "").strip()
    if not text:
        raise InvalidValueError(f"{field} must be given: FedEx ships nothing without it", field=field)
    extension = None
    mark = _EXTENSION_MARK.search(text)
    if mark is not None:
        extension, text = mark[1], text[: mark.start()]
        if len(extension) > _EXTENSION:
            raise InvalidValueError(f"{field} has an extension of more than {_EXTENSION} digits", field=field)
    digits = re.sub(r"[^0-9]", "", text).removeprefix("00")
    if fedex_country(address) in _TEN_DIGITS:
        if len(digits) == 11 and digits.startswith("1"):
            digits = digits[1:]
        if len(digits) != _SHORTEST_PHONE:
            raise InvalidValueError(f"{field} must have 10 digits, as numbers of that country do", field=field)
    if not _SHORTEST_PHONE <= len(digits) <= _LONGEST_PHONE:
        msg = f"{field} must have {_SHORTEST_PHONE} to {_LONGEST_PHONE} digits, the country's code included"
        raise InvalidValueError(msg, field=field)
    return digits, extension


def to_address(address: Address, side: Side, *, residential: bool | None = None) -> PostalAddress:
    """Return an address in FedEx's words.

    Args:
        address: Ours.
        side: Whose.
        residential: A home or not; ``None`` says nothing, because a guess gives the wrong service (field guide fedex.md §11.5).

    Raises:
        InvalidValueError: A part does not fit; the error names it.
    """
    parts: list[tuple[str, str | None]] = [
        (side.field(name), getattr(address, name)) for name in ("street1", "street2", "street3")
    ]
    reference = address.delivery_reference
    if reference and not any(text and reference in text for _, text in parts):
        # must be printed, and of what the recipient's side of the label shows only the lines have room
        parts.append((side.field("delivery_reference"), reference))
    return PostalAddress(
        street_lines=address_lines(parts),
        city=limited(address.city, _CITY, side.field("city")),
        state_or_province_code=to_region(address, side),
        postal_code=to_postal_code(address, side),
        country_code=fedex_country(address),
        residential=residential,
    )


def to_place(address: Address, side: Side, *, residential: bool | None = None) -> PostalAddress:
    """Return where an address is, without its street: for prices. City and state go along, or only Ground is priced."""
    made = to_address(address, side, residential=residential)
    return PostalAddress(
        city=made.city,
        state_or_province_code=made.state_or_province_code,
        postal_code=made.postal_code,
        country_code=made.country_code,
        residential=residential,
    )


def to_contact(address: Address, side: Side) -> Contact:
    """Return person and firm.

    Raises:
        InvalidValueError: There is neither, or one is too long, or the phone does not fit.
    """
    person = limited(address.name or "", _PERSON, side.field("name")) or None
    company = limited(address.company or "", _COMPANY, side.field("company")) or None
    if person is None and company is None:
        field = side.field("name")
        raise InvalidValueError(f"{field} or {side.field('company')} must be given", field=field)
    phone, extension = to_phone(address, side)
    email = plain(address.email or "") or None
    return Contact(
        person_name=person,
        company_name=company,
        phone_number=phone,
        phone_extension=extension,
        # one that does not fit is left out: FedEx only sends notices to it
        email_address=email if email is not None and len(email) <= _EMAIL else None,
    )


def to_tax_numbers(address: Address, side: Side) -> list[TaxNumber] | None:
    """Return the tax numbers.

    Raises:
        InvalidValueError: One is longer than FedEx has room for.
    """
    return [_tax_number(tax, side) for tax in address.tax_ids] or None


def _tax_number(tax: TaxId, side: Side) -> TaxNumber:
    field = side.field("tax_ids")
    value = tax.value.replace(" ", "")
    if len(value) > _TAX_ID:
        raise InvalidValueError(f"{field} has a number of more than {_TAX_ID} characters", field=field)
    kind, usage = _TAX_KINDS.get(tax.kind.upper(), ("BUSINESS_NATIONAL", tax.kind.upper()))
    return TaxNumber(number=value, tin_type=kind, usage=usage)


def to_party(address: Address, side: Side, *, residential: bool | None = None, customs: bool = False) -> Party:
    """Return somebody in FedEx's words.

    Args:
        address: Ours.
        side: Whose.
        residential: It is a home.
        customs: The parcel crosses a border; then tax numbers go along.

    Raises:
        InvalidValueError: A part does not fit; the error names it.
    """
    return Party(
        contact=to_contact(address, side),
        address=to_address(address, side, residential=residential),
        tins=to_tax_numbers(address, side) if customs else None,
    )


def to_payment(bill: BillTo | None, account: str, field: str) -> Payment:
    """Return who pays for something (field guide fedex.md §4.3).

    Args:
        bill: Who; ``None`` for the sender.
        account: The sender's account; it is said again, since another one under ``SENDER`` is refused.
        field: The path of ``bill``, for errors.

    Raises:
        InvalidValueError: The payer's account is missing.
    """
    if bill is None or bill.party is BillParty.SENDER:
        if bill is not None and bill.account_number not in {None, account}:
            msg = f"{field}.account_number must be the account that ships; for another one use BillParty.THIRD_PARTY"
            raise InvalidValueError(msg, field=f"{field}.account_number")
        return Payment(payment_type="SENDER", payor=_payor(account))
    number = re.sub(r"[\s-]", "", bill.account_number or "")
    if not _ACCOUNT.fullmatch(number):
        raise InvalidValueError(
            f"{field}.account_number must be the payer's account number: 9 digits", field=f"{field}.account_number"
        )
    kind = "RECIPIENT" if bill.party is BillParty.RECEIVER else "THIRD_PARTY"
    return Payment(payment_type=kind, payor=_payor(number))


def _payor(account: str) -> Payor:
    return Payor(responsible_party=ResponsibleParty(account_number=Account(value=account)))
