"""Tracking numbers: IMpb with 22 digits at home, S10 with 13 characters abroad (field guide usps.md §10)."""

import re
from typing import Final

IMPB: Final = re.compile(r"9[1-5]\d{20}")
S10: Final = re.compile(r"[A-Z]{2}\d{9}US")
_S10_WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)


def impb_check_digit(payload: str) -> int:
    """Return the check digit of an IMpb: from the right, weights 3 and 1 in turn."""
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(payload)))
    return (10 - total % 10) % 10


def s10_check_digit(digits: str) -> int:
    """Return the check digit of the eight digits of an S10 number."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, _S10_WEIGHTS, strict=True))
    check = 11 - total % 11
    return {10: 0, 11: 5}.get(check, check)


def make_impb(service_type: str, mailer_id: str, serial: int) -> str:
    """Make a number: 92 for a mailer id of nine digits, 93 for one of six.

    Args:
        service_type: Three digits that name class and services.
        mailer_id: Six or nine digits.
        serial: Counts the account's labels.
    """
    start = "92" if len(mailer_id) == 9 else "93"
    room = 16 - len(mailer_id)
    payload = f"{start}{service_type}{mailer_id}{serial % 10**room:0{room}d}"
    return f"{payload}{impb_check_digit(payload)}"


def make_s10(prefix: str, serial: int) -> str:
    """Make an international number."""
    digits = f"{10_000_000 + serial % 80_000_000:08d}"
    return f"{prefix}{digits}{s10_check_digit(digits)}US"
