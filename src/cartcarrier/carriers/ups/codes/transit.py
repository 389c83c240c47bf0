"""Time in Transit's own service codes (field guide ups.md §2.2)."""

from typing import Final

# The letter S at the end: delivered on Saturday.
_BY_CODE: Final = {
    "1DM": ("14", False),
    "1DMS": ("14", True),
    "1DA": ("01", False),
    "1DAS": ("01", True),
    "1DP": ("13", False),
    "2DM": ("59", False),
    "2DA": ("02", False),
    "2DAS": ("02", True),
    "3DS": ("12", False),
    "GND": ("03", False),
}
# Across borders the codes are two digits, which are not Rating's and whose list is not published; the names are known.
_BY_NAME: Final = {
    "ups worldwide express": "07",
    "ups worldwide express plus": "54",
    "ups worldwide expedited": "08",
    "ups worldwide saver": "65",
    "ups worldwide express saver": "65",
    "ups standard": "11",
    "ups worldwide express freight": "96",
    "ups worldwide express freight midday": "71",
    "ups worldwide economy ddu": "17",
    "ups worldwide economy ddp": "72",
    "ups 3 day select": "12",
}
UNKNOWN_PREFIX: Final = "transit-"
"""Before a code that cannot be said in Rating's terms: UPS's two lists use the same digits for different services."""


def transit_service(code: str, name: str) -> tuple[str, bool]:
    """Return Rating's code of a service, and whether it is its Saturday delivery.

    Args:
        code: Time in Transit's.
        name: What UPS calls it, in English.
    """
    if code in _BY_CODE:
        return _BY_CODE[code]
    words = " ".join(name.replace("\u00ae", "").split()).lower()
    return _BY_NAME.get(words, f"{UNKNOWN_PREFIX}{code}"), False
