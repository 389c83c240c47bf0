"""1Z tracking numbers: how they are made and checked (field guide ups.md §10)."""

import re

TRACKING_NUMBER = re.compile(r"1Z[0-9A-Z]{16}")
INQUIRY_NUMBER = re.compile(r"[0-9A-Za-z]{7,34}")

# What stands in a 1Z for the service is not the rating code: signatures and Ground Saver have digits of their own.
SIGNATURE_DIGITS = "42"
ADULT_SIGNATURE_DIGITS = "A8"
GROUND_SAVER_DIGITS = "YW"


def check_digit(body: str) -> int:
    """Return the check digit of the 15 characters that follow ``1Z``."""
    total = 0
    for position, character in enumerate(body, start=1):
        value = int(character) if character.isdigit() else (ord(character) - 63) % 10
        total += value * 2 if position % 2 == 0 else value
    return (10 - total % 10) % 10


def make_tracking_number(account: str, service_digits: str, serial: int) -> str:
    """Make the number of a package.

    Args:
        account: Six characters.
        service_digits: Two characters.
        serial: Counts the account's packages; seven digits of it are used.
    """
    body = f"{account.upper()}{service_digits}{serial % 10_000_000:07d}"
    return f"1Z{body}{check_digit(body)}"


def service_digits(service: str, signature: str) -> str:
    """Return the two characters for a service.

    Args:
        service: The rating code.
        signature: ``signature``, ``adult``, or empty.
    """
    if service == "93":
        return GROUND_SAVER_DIGITS
    if service == "03" and signature:
        return ADULT_SIGNATURE_DIGITS if signature == "adult" else SIGNATURE_DIGITS
    return service.upper().rjust(2, "0")[-2:]
