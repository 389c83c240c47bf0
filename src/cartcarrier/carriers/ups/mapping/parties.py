"""Addresses, people and phones."""

import re
from typing import Final

import attrs

from cartcarrier.carriers.ups.codes import TERRITORIES
from cartcarrier.carriers.ups.mapping.lanes import ups_country
from cartcarrier.carriers.ups.mapping.text import LINE, address_lines, limited
from cartcarrier.carriers.ups.schemas._base import Bill, Party, Phone, PostalAddress, ShipmentCharge, VendorInfo
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import Address, BillParty, BillTo

# Field guide ups.md §4.2.
_CITY: Final = 30
_POSTAL_CODE: Final = 9
_PHONE: Final = 15
_EXTENSION: Final = 4
_TAX_ID: Final = 15
_TEN_DIGITS: Final = frozenset({"US", "CA", "PR", "VI"})
_STATES: Final = frozenset({"US", "CA"})

_ZIP_COUNTRIES: Final = TERRITORIES | {"US"}
_US_CODE: Final = re.compile(r"\d{5}(?:\d{4})?")
_CA_CODE: Final = re.compile(r"[A-Z]\d[A-Z]\d[A-Z]\d")
_ACCOUNT: Final = re.compile(r"[A-Z0-9]{6}")
_EXTENSION_MARK: Final = re.compile(r"(?:ext\.?|extension|x|#|;ext=)\s*:?\s*(\d+)\s*$", re.IGNORECASE)

# Field guide ups.md §4.4: who collected the import tax.
_VENDOR_KINDS: Final = {"IOSS": "0356", "VOEC": "0357"}


@attrs.frozen
class Side:
    """Whose address it is, for the names of fields.

    Attributes:
        path: ``"ShipmentRequest.ship_to"``.
        transliterate: As ``text.plain``.
        region_length: How long the province of another country than the US or Canada may be; Ship takes 5, Rating 2.
    """

    path: str
    transliterate: bool = False
    region_length: int = 5

    def field(self, name: str) -> str:
        """Return a field's path."""
        return f"{self.path}.{name}"


def to_postal_code(address: Address, side: Side) -> str | None:
    """Return the postal code in UPS's form.

    Raises:
        InvalidValueError: It does not have the form of its country, or is missing where it is due.
    """
    field = side.field("postal_code")
    country = ups_country(address)
    raw = (address.postal_code or "").strip().upper()
    if country in _ZIP_COUNTRIES:
        code = raw.replace("-", "").replace(" ", "")
        if not _US_CODE.fullmatch(code):
            raise InvalidValueError(f"{field} must have 5 or 9 digits", field=field)
        return code
    if country == "CA":
        code = raw.replace("-", "").replace(" ", "")
        if not _CA_CODE.fullmatch(code):
            raise InvalidValueError(f"{field} must have the form A1A 1A1", field=field)
        return code
    return limited(raw, _POSTAL_CODE, field) or None


def to_region(address: Address, side: Side) -> str | None:
    """Return the state or province: two letters in the US and Canada; elsewhere where UPS has room for it.

    Other countries' provinces play no part in where UPS delivers, so a long name is left out, not cut.

    Raises:
        InvalidValueError: It is missing or spelled out in the US or Canada.
    """
    country = ups_country(address)
    region = (address.region or "").strip().upper()
    if country in _STATES:
        field = side.field("region")
        if len(region) != 2 or not region.isascii() or not region.isalpha():
            raise InvalidValueError(f"{field} must be the two letters of the state or province", field=field)
        return region
    fits = 0 < len(region) <= side.region_length and region.isascii()
    return region if fits else None


def to_phone(address: Address, side: Side) -> Phone | None:
    """Return the phone number as digits; ten of them in North America (field guide ups.md §11, pitfall 13).

    Raises:
        InvalidValueError: There are too many or too few.
    """
    if address.phone is None or not address.phone.strip():
        return None
    field = side.field("phone")
    text = address.phone.strip()
    extension = None
    mark = _EXTENSION_MARK.search(text)
    if mark is not None:
        extension, text = mark[1], text[: mark.start()]
        if len(extension) > _EXTENSION:
            raise InvalidValueError(f"{field} has an extension of more than {_EXTENSION} digits", field=field)
    digits = re.sub(r"[^0-9]", "", text).removeprefix("00")
    if ups_country(address) in _TEN_DIGITS:
        if len(digits) == 11 and digits.startswith("1"):
            digits = digits[1:]
        if len(digits) != 10:
            raise InvalidValueError(f"{field} must have 10 digits, as numbers of that country do", field=field)
    if not digits or len(digits) > _PHONE:
        raise InvalidValueError(f"{field} must have 1 to {_PHONE} digits", field=field)
    return Phone(number=digits, extension=extension)


def to_address(address: Address, side: Side, *, residential: bool = False) -> PostalAddress:
    """Return an address in UPS's words.

    Args:
        address: Ours.
        side: Whose.
        residential: Say that it is a home. The indicator's mere presence says so (field guide ups.md §11, pitfall 2).

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
        address_line=address_lines(parts, transliterate=side.transliterate),
        city=limited(address.city, _CITY, side.field("city"), transliterate=side.transliterate),
        state_province_code=to_region(address, side),
        postal_code=to_postal_code(address, side),
        country_code=ups_country(address),
        residential_address_indicator="" if residential else None,
    )


def to_names(address: Address, side: Side) -> tuple[str, str]:
    """Return the firm (or else the person) and the person (or else the firm).

    Raises:
        InvalidValueError: There is neither, or one is too long.
    """
    first = "company" if address.company and address.company.strip() else "name"
    second = "name" if address.name and address.name.strip() else first
    if not (getattr(address, first) or "").strip():
        field = side.field("name")
        raise InvalidValueError(f"{field} or {side.field('company')} must be given", field=field)
    names = [
        limited(getattr(address, part), LINE, side.field(part), transliterate=side.transliterate)
        for part in (first, second)
    ]
    return names[0], names[1]


def to_tax_id(address: Address, side: Side) -> str | None:
    """Return the one tax number that UPS has room for.

    Raises:
        UnsupportedOperationError: There are several, or it is too long: one would be left out of the forms.
    """
    numbers = [tax for tax in address.tax_ids if tax.kind.upper() not in _VENDOR_KINDS]
    if not numbers:
        return None
    field = side.field("tax_ids")
    if len(numbers) > 1:
        raise UnsupportedOperationError(f"UPS has room for one tax number in {field}", field=field)
    value = numbers[0].value.replace(" ", "")
    if len(value) > _TAX_ID:
        raise UnsupportedOperationError(f"UPS has room for {_TAX_ID} characters in {field}", field=field)
    return value


def to_vendor_info(address: Address) -> VendorInfo | None:
    """Return under which number the import tax was collected, if it was."""
    for tax in address.tax_ids:
        kind = _VENDOR_KINDS.get(tax.kind.upper())
        if kind is not None:
            return VendorInfo(vendor_collect_id_type_code=kind, vendor_collect_id_number=tax.value.replace(" ", ""))
    return None


def to_party(
    address: Address,
    side: Side,
    *,
    account: str | None = None,
    residential: bool = False,
    customs: bool = False,
    vendor: bool = False,
) -> Party:
    """Return somebody in UPS's words.

    Args:
        address: Ours.
        side: Whose.
        account: The account number, for the shipper.
        residential: It is a home.
        customs: The parcel crosses a border; then tax numbers go along.
        vendor: Also say who collected the import tax; for the sender.

    Raises:
        InvalidValueError: A part does not fit; the error names it.
        UnsupportedOperationError: There are more tax numbers than UPS has room for.
    """
    name, attention = to_names(address, side)
    return Party(
        name=name,
        attention_name=attention,
        tax_identification_number=to_tax_id(address, side) if customs else None,
        phone=to_phone(address, side),
        shipper_number=account,
        address=to_address(address, side, residential=residential),
        vendor_info=to_vendor_info(address) if customs and vendor else None,
    )


def to_charge(kind: str, bill: BillTo | None, account: str, field: str) -> ShipmentCharge:
    """Return who pays for something (field guide ups.md §4.3).

    Args:
        kind: ``"01"`` transport, ``"02"`` duties and taxes.
        bill: Who; ``None`` for the sender.
        account: The sender's account.
        field: The path of ``bill``, for errors.

    Raises:
        InvalidValueError: The payer's account, postal code or country is missing.
    """
    if bill is None or bill.party is BillParty.SENDER:
        if bill is not None and bill.account_number not in {None, account}:
            msg = f"{field}.account_number must be the account that ships; for another one use BillParty.THIRD_PARTY"
            raise InvalidValueError(msg, field=f"{field}.account_number")
        return ShipmentCharge(type=kind, bill_shipper=Bill(account_number=account))
    number = (bill.account_number or "").strip().upper()
    if not _ACCOUNT.fullmatch(number):
        raise InvalidValueError(
            f"{field}.account_number must be the payer's account number: 6 letters or digits",
            field=f"{field}.account_number",
        )
    code = (bill.postal_code or "").replace(" ", "").replace("-", "").upper()
    if not code or len(code) > _POSTAL_CODE:
        # 120437: it must be the one registered with that account (field guide ups.md §11, pitfall 22)
        raise InvalidValueError(
            f"{field}.postal_code must be the one registered with the payer's account", field=f"{field}.postal_code"
        )
    if bill.party is BillParty.RECEIVER:
        receiver = Bill(account_number=number, address=PostalAddress(postal_code=code))
        return ShipmentCharge(type=kind, bill_receiver=receiver)
    if bill.country_code is None:
        raise InvalidValueError(
            f"{field}.country_code must be the country of the payer's account", field=f"{field}.country_code"
        )
    third = Bill(account_number=number, address=PostalAddress(postal_code=code, country_code=bill.country_code))
    return ShipmentCharge(type=kind, bill_third_party=third)
