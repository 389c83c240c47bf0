"""Services, packaging, and the form of tracking numbers."""

import re
from typing import Final

OWN_PACKAGING: Final = "02"
"""The customer's own box (field guide ups.md §2.4)."""

PALLET: Final = "30"
NOT_FOR_RETURNS: Final = frozenset({"13", "59", "82", "83", "84", "85", "86", "C6", "C7", "C8"})
"""Services that carry nothing back (field guide ups.md §4.9)."""

# Field guide ups.md §2.3.
_NAMES: Final = {
    "01": "UPS Next Day Air",
    "02": "UPS 2nd Day Air",
    "03": "UPS Ground",
    "07": "UPS Worldwide Express",
    "08": "UPS Worldwide Expedited",
    "11": "UPS Standard",
    "12": "UPS 3 Day Select",
    "13": "UPS Next Day Air Saver",
    "14": "UPS Next Day Air Early",
    "17": "UPS Worldwide Economy DDU",
    "54": "UPS Worldwide Express Plus",
    "59": "UPS 2nd Day Air A.M.",
    "65": "UPS Worldwide Saver",
    "70": "UPS Access Point Economy",
    "71": "UPS Worldwide Express Freight Midday",
    "72": "UPS Worldwide Economy DDP",
    "74": "UPS Express 12:00",
    "75": "UPS Heavy Goods",
    "82": "UPS Today Standard",
    "83": "UPS Today Dedicated Courier",
    "84": "UPS Today Intercity",
    "85": "UPS Today Express",
    "86": "UPS Today Express Saver",
    "93": "UPS Ground Saver",
    "96": "UPS Worldwide Express Freight",
    "C6": "Roadie XD AM",
    "C7": "Roadie XD PM",
    "C8": "Roadie XD",
    "M2": "UPS First Class Mail Innovations",
    "M3": "UPS Priority Mail Innovations",
    "M4": "UPS Expedited Mail Innovations",
    "M5": "UPS Priority Mail Innovations International",
    "M6": "UPS Economy Mail Innovations International",
    "M7": "UPS Mail Innovations Returns",
    "T0": "UPS Trade Direct",
    "T1": "UPS Trade Direct LTL",
}
# The same code is sold under another name elsewhere.
_NAMES_FROM: Final = {
    "CA": {"01": "UPS Express", "02": "UPS Expedited", "13": "UPS Express Saver", "14": "UPS Express Early"},
}


def service_code(code: str) -> str:
    """Return the code with two characters; Rating pads some to three (field guide ups.md §2.3)."""
    return code[1:] if len(code) == 3 and code.startswith("0") else code


def service_name(code: str, origin: str) -> str:
    """Return what a service is called where it starts.

    Args:
        code: UPS's code, two characters.
        origin: ISO 3166-1 alpha-2.
    """
    return _NAMES_FROM.get(origin, {}).get(code) or _NAMES.get(code) or f"UPS service {code}"


_ONE_Z: Final = re.compile(r"1Z[0-9A-Z]{15}[0-9]")


def check_digit(body: str) -> int:
    """Return the check digit of the 15 characters after ``1Z`` (field guide ups.md §10)."""
    total = 0
    for place, character in enumerate(body, start=1):
        value = int(character) if character.isdigit() else (ord(character) - 63) % 10
        total += value if place % 2 else 2 * value
    return -total % 10


def is_ups_tracking_number(number: str) -> bool:
    """Say whether a number has the form of UPS's 1Z numbers, check digit included.

    UPS delivers under other numbers too (Roadie, Mail Innovations, waybills), so a ``False`` is a reason to warn, never to refuse.
    """
    return bool(_ONE_Z.fullmatch(number)) and check_digit(number[2:17]) == int(number[17])


# Letters that have no decomposition into a Latin-1 letter and an accent.
NEAR_LETTERS: Final = str.maketrans(
    {
        "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "Ħ": "H", "ħ": "h", "\u0131": "i", "Œ": "OE", "œ": "oe", "Ŋ": "N", "ŋ": "n",
        "Ŧ": "T", "ŧ": "t", "ẞ": "SS", "ĸ": "k", "ŉ": "n",
    }
)  # fmt: skip
