"""Who sends and who receives: what FedEx refuses about contacts and addresses (field guide fedex.md §4.2)."""

import re
from typing import Any

import attrs

from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.errors import FedExError
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.requests import Place, read_place

_TEN_DIGIT_COUNTRIES = frozenset({"US", "CA", "PR"})


@attrs.frozen(kw_only=True)
class Party:
    """A shipper or a recipient, read.

    Attributes:
        place: The address.
        person: The contact's name.
        company: The company.
        phone: As given.
        has_odd_phone: Whether the number has more than digits in it: FedEx takes it with a warning.
    """

    place: Place
    person: str
    company: str
    phone: str
    has_odd_phone: bool

    def document(self) -> dict[str, Any]:
        """Return what is remembered and printed."""
        place = self.place
        return {
            "name": self.company or self.person,
            "attention": self.person,
            "phone": self.phone,
            "lines": list(place.lines),
            "city": place.city,
            "state": place.state,
            "postal_code": place.postal_code,
            "country": place.country,
            "residential": place.residential,
        }


def read_party(node: Node, who: str) -> Party:
    """Read a party.

    Args:
        node: FedEx's object with ``contact`` and ``address``.
        who: ``SHIPPER`` or ``RECIPIENTS``, as the codes begin.

    Raises:
        FedExError: The first rule that is broken.
    """
    contact, address = fields.child(node, "contact"), fields.child(node, "address")
    person = fields.at_most(contact, "personName", 70, "PERSONNAME.TOO.LONG")
    company = fields.at_most(contact, "companyName", 35, "COMPANYNAME.TOO.LONG")
    if not person and not company:
        raise FedExError(f"{who}.PERSONNAME.REQUIRED", "The contact needs a person's or a company's name.")
    fields.at_most(contact, "emailAddress", 80, "EMAILADDRESS.TOO.LONG")
    fields.at_most(contact, "phoneExtension", 6, "PHONEEXTENSION.TOO.LONG")
    for tin in fields.objects(node, "tins"):
        fields.at_most(tin, "number", 18, "TINS.NUMBER.TOO.LONG")
        fields.required(tin, "number", "TINS.NUMBER.REQUIRED")
        fields.required(tin, "tinType", "TINS.TINTYPE.REQUIRED")
    _check_lines(address)
    fields.required(address, "city", f"{who}.CITY.REQUIRED", "The city is required.")
    fields.at_most(address, "city", 35, f"{who}.CITY.TOO.LONG")
    place = read_place(address, who)
    if place.country in _TEN_DIGIT_COUNTRIES and not place.state:
        raise FedExError(f"{who}.STATEORPROVINCECODE.REQUIRED", "The state or province code is required.")
    phone = fields.required(
        contact, "phoneNumber", f"{who}.PHONENUMBER.REQUIRED", "The contact's phone number is required."
    )
    _check_phone(phone, place.country, who)
    return Party(
        place=place, person=person, company=company, phone=phone, has_odd_phone=not phone.removeprefix("+").isdigit()
    )


def _check_lines(address: Node) -> None:
    lines = fields.strings(address, "streetLines")
    if not lines or not lines[0].strip():
        raise FedExError("STREETLINE1.EMPTY", "At least one line of the street is required.")
    for position, line in enumerate(lines[:3], start=1):
        if len(line.strip()) > 35:
            raise FedExError(f"STREETLINE{position}.TOO.LONG", "A line of the street takes at most 35 characters.")


def _check_phone(phone: str, country: str, who: str) -> None:
    digits = re.sub(r"\D", "", phone)
    if country in _TEN_DIGIT_COUNTRIES:
        fits = len(digits) == 10 or (len(digits) == 11 and digits.startswith("1"))
    else:
        fits = 10 <= len(digits) <= 15
    if not fits or len(phone) > 20:
        raise FedExError(f"{who}.PHONENUMBER.INVALID", "The phone number must have 10 digits, abroad up to 15.")
