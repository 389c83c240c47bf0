"""Whose tracking number is this, is it typed right, and how is it written when two are compared.

What a number looks like is a hint, never a proof: carriers' number ranges overlap, partners hand parcels over under each other's
numbers, and some inject numbers whose check digit is wrong. So ``recognize`` gives every reading, the most certain first, and a
wrong check digit is something to warn about, not to refuse.

The forms and rules are those of the field guides: ups.md §10, fedex.md §10, usps.md §10. That a FedEx Ground Economy number of 20
digits is checked as if it began with 92, and the form of Amazon's own numbers, are from the public collection
``jkeen/tracking_number_data`` (couriers/fedex.json, couriers/amazon.json).
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final

import attrs

__all__ = ["NumberKind", "TrackingNumber", "is_valid", "normalize", "recognize"]


class NumberKind(StrEnum):
    """Forms of a tracking number."""

    UPS_1Z = "1z"
    MAIL_INNOVATIONS = "mail_innovations"
    ROADIE = "roadie"
    WAYBILL = "waybill"
    INFO_NOTICE = "info_notice"
    FREIGHT = "freight"
    EXPRESS_12 = "express_12"
    EXPRESS_34 = "express_34"
    ASTRA_32 = "astra_32"
    GROUND_15 = "ground_15"
    GROUND_20 = "ground_20"
    GROUND_96 = "ground_96"
    GROUND_ECONOMY = "ground_economy"
    SSCC_18 = "sscc_18"
    IMPB_20 = "impb_20"
    IMPB_22 = "impb_22"
    IMPB_26 = "impb_26"
    S10 = "s10"
    AMAZON_LOGISTICS = "amazon_logistics"


@attrs.frozen(kw_only=True)
class TrackingNumber:
    """One reading of a tracking number.

    Attributes:
        carrier: The name of the carrier's driver, ``"ups"``; ``"amazon"`` for Amazon's own vans; ``None`` for a foreign post.
        kind: Which form.
        number: As it is looked up and compared: without spaces, dashes, or the routing code of a scan (``420`` and the ZIP
            code); of a FedEx scan of 32 or 34 digits the number in it.
        valid: Whether the check digit is right; ``None`` where the form has none, or its rule is not known.
        country: ISO 3166-1 alpha-2 of the post that issued an S10 number.
    """

    carrier: str | None
    kind: NumberKind
    number: str
    valid: bool | None
    country: str | None = None


def recognize(number: str) -> tuple[TrackingNumber, ...]:
    """Return every reading of a number, the most certain first; none when it has no form that is known.

    Readings with a right check digit come before those without one, and these before those with a wrong one; among equals the
    rarer form is first. A wrong check digit is no reason to throw a number away.

    Args:
        number: As typed or scanned: spaces, dashes, lower case and a scan's routing code do no harm.
    """
    bare = _bare(number)
    readings = [reading for form in _FORMS for reading in form(bare)]
    readings.sort(key=lambda reading: _CERTAINTY[reading.valid])  # sort() is stable: the order of the forms decides
    return tuple(readings)


def is_valid(number: str, carrier: str) -> bool | None:
    """Return whether a number can be that carrier's.

    Args:
        number: As typed or scanned.
        carrier: The driver's name, ``"ups"``; an account's key, ``"ups:default"``, does as well.

    Returns:
        ``True`` when it has one of the carrier's forms and its check digit is right; ``False`` when the check digit is wrong, or
        the form is none of the carrier's; ``None`` when nothing can be said: the form has no check digit, or nothing is known
        of the carrier.
    """
    name = carrier.partition(":")[0]
    if name not in _CARRIERS:
        return None
    mine = [reading.valid for reading in recognize(number) if reading.carrier == name]
    return mine[0] if mine else False


def normalize(number: str) -> str:
    """Return a number as it is looked up and compared: that of the most certain reading, or else without spaces and dashes.

    Doing it twice changes nothing.
    """
    readings = recognize(number)
    return readings[0].number if readings else _bare(number)


_CERTAINTY: Final = {True: 0, None: 1, False: 2}
_NOISE: Final = frozenset(
    {"Zs", "Zl", "Zp", "Cc", "Cf", "Pd"}
)  # spaces, line ends, controls (GS1's FNC1 among them), dashes
_AIM_PREFIX: Final = re.compile(r"^\][A-Z][0-9]")  # what a scanner may say first: which symbology it read


def _bare(number: str) -> str:
    """Return a number in capitals without what people and scanners put between."""
    text = unicodedata.normalize("NFKC", number)
    text = "".join(c for c in text if c not in "()" and unicodedata.category(c) not in _NOISE)
    return _AIM_PREFIX.sub("", text.upper())


# --- check digits ---------------------------------------------------------------------------------------------------


def _mod10_ok(digits: str) -> bool:
    """Check the last digit: from the right of the others weights 3, 1, 3, 1 …; it fills the sum up to a multiple of ten."""
    total = sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(reversed(digits)))
    return total % 10 == 0


def _express_ok(digits: str) -> bool:
    """Check FedEx's twelve digits: weights 3, 1, 7 … on eleven, the sum modulo 11, then modulo 10 (fedex.md §10)."""
    total = sum(int(digit) * (3, 1, 7)[place % 3] for place, digit in enumerate(digits[:11]))
    return total % 11 % 10 == int(digits[11])


def _1z_ok(text: str) -> bool:
    """Check a 1Z number: digits as they are, letters as 2 to 9, 0, 1 …; every second one doubled (ups.md §10)."""
    body, check = text[2:17], text[17]
    if not check.isdecimal():
        return False
    values = [int(c) if c.isdecimal() else (ord(c) - 63) % 10 for c in body]
    total = sum(value * (1, 2)[place % 2] for place, value in enumerate(values))
    return -total % 10 == int(check)


def _s10_ok(digits: str) -> bool:
    """Check the nine digits of an S10 number: weights 8 6 4 2 3 5 9 7, modulo 11; 10 is written 0 and 11 is written 5."""
    total = sum(int(digit) * weight for digit, weight in zip(digits[:8], (8, 6, 4, 2, 3, 5, 9, 7), strict=True))
    check = 11 - total % 11
    return {10: 0, 11: 5}.get(check, check) == int(digits[8])


# --- forms: each yields its readings of a bare number ------------------------------------------------------------------


def _form(
    carrier: str, kind: NumberKind, pattern: str, ok: Callable[[str], bool] | None = None
) -> Callable[[str], Iterator[TrackingNumber]]:
    """Return a form that is the whole of a number; without a rule there is no telling whether it is valid."""
    shape = re.compile(pattern)

    def read(bare: str) -> Iterator[TrackingNumber]:
        if shape.fullmatch(bare):
            valid = None if ok is None else ok(bare)
            yield TrackingNumber(carrier=carrier, kind=kind, number=bare, valid=valid)

    return read


_S10: Final = re.compile(r"[A-Z]{2}([0-9]{9})([A-Z]{2})")


def _s10(bare: str) -> Iterator[TrackingNumber]:
    """Read a number of the world's posts; what the United States issued is USPS's."""
    if found := _S10.fullmatch(bare):
        country = found[2]
        yield TrackingNumber(
            carrier="usps" if country == "US" else None,
            kind=NumberKind.S10,
            number=bare,
            valid=_s10_ok(found[1]),
            country=country,
        )


_IMPB: Final = re.compile(r"(?:420[0-9]{5}(?:[0-9]{4})?)?(9[1-5][0-9]{20}|9[23][0-9]{24})")
_ROUTES: Final = ("420" + "[0-9]" * 9, "420" + "[0-9]" * 5, "")


def _impb(bare: str) -> Iterator[TrackingNumber]:
    """Read a barcode of USPS, and of those who hand their parcels over to it: numbers with 92 and 93 may be theirs."""
    if not _IMPB.fullmatch(bare):
        return
    for route in _ROUTES:  # 34 digits are ZIP+4 and 22, or ZIP and 26: the check digits tell
        for length, kind in ((22, NumberKind.IMPB_22), (26, NumberKind.IMPB_26)):
            found = re.fullmatch(f"{route}(9[0-9]{{{length - 1}}})", bare)
            if found is None or not _IMPB.fullmatch(found[1]):
                continue
            number, valid = found[1], _mod10_ok(found[1])
            yield TrackingNumber(carrier="usps", kind=kind, number=number, valid=valid)
            if number.startswith("92") and length == 22:
                yield TrackingNumber(carrier="fedex", kind=NumberKind.GROUND_ECONOMY, number=number, valid=valid)
            if number.startswith(("92", "93")):
                yield TrackingNumber(carrier="ups", kind=NumberKind.MAIL_INNOVATIONS, number=number, valid=valid)


def _scan_of(kind: NumberKind, pattern: str) -> Callable[[str], Iterator[TrackingNumber]]:
    """Return a form of FedEx's long barcodes; the group of the pattern is the number of twelve digits in them."""
    shape = re.compile(pattern)

    def read(bare: str) -> Iterator[TrackingNumber]:
        if found := shape.fullmatch(bare):
            yield TrackingNumber(carrier="fedex", kind=kind, number=found[1], valid=_express_ok(found[1]))

    return read


def _impb20_ok(digits: str) -> bool:
    """Check a legacy number of USPS, as it stands or with the 91 that may be left out (usps.md §10)."""
    return _mod10_ok(digits) or _mod10_ok("91" + digits)


def _economy20_ok(digits: str) -> bool:
    return _mod10_ok(digits if digits.startswith("92") else "92" + digits)


# The order is the order of certainty among readings that are equally valid: the narrower a form, the earlier.
_FORMS: Final = (
    _form("ups", NumberKind.UPS_1Z, r"1Z[0-9A-Z]{16}", _1z_ok),
    _form("ups", NumberKind.ROADIE, r"1R(?:[0-9A-Z]{14}|[0-9A-Z]{26})"),
    _form("ups", NumberKind.WAYBILL, r"[AHJKTV][0-9]{10}"),
    _form("amazon", NumberKind.AMAZON_LOGISTICS, r"TBA[0-9]{12}"),
    _s10,
    _impb,
    # the shipper's and the parcel's digits are checked, not the service's in front of them
    _form("fedex", NumberKind.GROUND_96, r"96[0-9]{20}", lambda digits: _mod10_ok(digits[-15:])),
    _scan_of(NumberKind.EXPRESS_34, r"(?:[0-8][0-9]|96)[0-9]{18}00([0-9]{12})"),
    _scan_of(NumberKind.ASTRA_32, r"3[0-9]{15}([0-9]{12})[0-9]{4}"),
    _form("fedex", NumberKind.GROUND_ECONOMY, r"(?:6129[0-9]{16}|92[0-9]{18})", _economy20_ok),
    _form("usps", NumberKind.IMPB_20, r"[0-9]{20}", _impb20_ok),
    _form("fedex", NumberKind.GROUND_20, r"[0-9]{20}"),  # its rule is not confirmed
    _form("fedex", NumberKind.SSCC_18, r"[0-9]{18}", _mod10_ok),
    _form("fedex", NumberKind.GROUND_15, r"[0-9]{15}", _mod10_ok),
    _form("fedex", NumberKind.EXPRESS_12, r"[0-9]{12}", _express_ok),
    _form("ups", NumberKind.INFO_NOTICE, r"[0-9]{12}"),
    _form("ups", NumberKind.FREIGHT, r"[0-9]{9,10}"),
)
_CARRIERS: Final = frozenset({"ups", "fedex", "usps", "amazon"})
