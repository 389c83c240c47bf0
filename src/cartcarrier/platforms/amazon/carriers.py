"""Who carries a parcel, in Amazon's free text, and the name by which channels know the carrier."""

from typing import Final

OWN_FLEET: Final = "amazon"
"""Amazon's own; every channel's driver knows it by this name."""

# By letters and digits alone: Amazon writes the same carrier in several ways (field guide amazon.md §5.1).
_NAMES: Final = {
    "usps": "usps",
    "unitedstatespostalservice": "usps",
    "uspostalservice": "usps",
    "ups": "ups",
    "unitedparcelservice": "ups",
    "upsmi": "UPS Mail Innovations",
    "upsmailinnovations": "UPS Mail Innovations",
    "fedex": "fedex",
    "federalexpress": "fedex",
    "fedexground": "fedex",
    "fedexexpress": "fedex",
    "fedexsmartpost": "fedex",
    "fedexgroundeconomy": "fedex",
    "ontrac": "ontrac",
    "amazon": OWN_FLEET,
    "amazoncom": OWN_FLEET,
    "amazonlogistics": OWN_FLEET,
    "amazonshipping": OWN_FLEET,
}
# "AMZN_US", "AMZL_UK" and their like
_FLEETS: Final = ("amzn", "amzl")


def carrier_name(*said: str | None) -> str | None:
    """Return a carrier's name: a driver's (``"ups"``) where there is one, else Amazon's own words.

    Args:
        said: What Amazon says of the carrier, the surest first: an id, a name. What is empty is passed over.

    Returns:
        ``None`` where Amazon says nothing.
    """
    words = [" ".join(text.split()) for text in said if text and text.strip()]
    for text in words:
        first = text.lower().replace("_", " ").replace("-", " ").split(" ")[0]
        if first in _FLEETS:
            return OWN_FLEET
        known = _NAMES.get("".join(letter for letter in text.lower() if letter.isalnum()))
        if known is not None:
            return known
    # A name is for people; an id is not.
    return words[-1] if words else None
