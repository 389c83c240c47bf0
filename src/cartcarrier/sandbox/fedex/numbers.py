"""FedEx tracking numbers: how they are made and checked (field guide fedex.md §10)."""

import re
from typing import Final

EXPRESS: Final = re.compile(r"\d{12}")
GROUND: Final = re.compile(r"\d{15}")
ANY: Final = re.compile(r"[0-9A-Z]{8,34}")
_WEIGHTS: Final = (3, 1, 7)
SHIPPER: Final = "7405610"


def express_check(body: str) -> int:
    """Return the check digit of the eleven digits of an express number."""
    total = sum(int(digit) * _WEIGHTS[index % 3] for index, digit in enumerate(body))
    return total % 11 % 10


def mod10_check(body: str) -> int:
    """Return the check digit of a ground number's digits: weights 3, 1 from the right."""
    total = sum(int(digit) * (3 if index % 2 == 0 else 1) for index, digit in enumerate(reversed(body)))
    return (10 - total % 10) % 10


def is_valid(number: str) -> bool:
    """Say whether a number of FedEx's two common forms has the right check digit; other forms pass."""
    if EXPRESS.fullmatch(number):
        return express_check(number[:-1]) == int(number[-1])
    if GROUND.fullmatch(number):
        return mod10_check(number[:-1]) == int(number[-1])
    return True


def make_express(serial: int) -> str:
    """Make the twelve digits of an express package."""
    body = f"79{serial % 1_000_000_000:09d}"
    return f"{body}{express_check(body)}"


def make_ground(serial: int) -> str:
    """Make the fifteen digits of a ground package."""
    body = f"{SHIPPER}{serial % 10_000_000:07d}"
    return f"{body}{mod10_check(body)}"


def make_economy(serial: int) -> str:
    """Make the twenty digits under which the postal service delivers a Ground Economy package."""
    body = f"6129{SHIPPER}{serial % 100_000_000:08d}"
    return f"{body}{mod10_check(body)}"


def barcode(number: str, postal_code: str) -> str:
    """Return the 34 digits of a label's barcode: what the sorter needs, then the number, padded to fourteen."""
    digits = "".join(character for character in postal_code if character.isdigit())[:9].ljust(9, "0")
    head = f"96{digits}{SHIPPER}01"[:20]
    return f"{head}{number[-14:].zfill(14)}"
