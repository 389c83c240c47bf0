"""Services, packaging, label papers, words for durations, and the form of tracking numbers."""

import re
from decimal import Decimal
from typing import Final

from cartcarrier.models import LabelFormat

OWN_PACKAGING: Final = "YOUR_PACKAGING"
GROUND: Final = "FEDEX_GROUND"
HOME: Final = "GROUND_HOME_DELIVERY"
ECONOMY: Final = "SMART_POST"
GROUND_SERVICES: Final = frozenset({GROUND, HOME})
"""What the end-of-day close is about (field guide fedex.md §6)."""

# Field guide fedex.md §2.3 and FedEx's reference tables.
_NAMES: Final = {
    "FIRST_OVERNIGHT": "FedEx First Overnight",
    "PRIORITY_OVERNIGHT": "FedEx Priority Overnight",
    "STANDARD_OVERNIGHT": "FedEx Standard Overnight",
    "FEDEX_2_DAY_AM": "FedEx 2Day AM",
    "FEDEX_2_DAY": "FedEx 2Day",
    "FEDEX_EXPRESS_SAVER": "FedEx Express Saver",
    GROUND: "FedEx Ground",
    HOME: "FedEx Home Delivery",
    ECONOMY: "FedEx Ground Economy",
    "FEDEX_INTERNATIONAL_PRIORITY_EXPRESS": "FedEx International Priority Express",
    "FEDEX_INTERNATIONAL_PRIORITY": "FedEx International Priority",
    "INTERNATIONAL_PRIORITY": "FedEx International Priority",
    "INTERNATIONAL_FIRST": "FedEx International First",
    "INTERNATIONAL_ECONOMY": "FedEx International Economy",
    "FEDEX_INTERNATIONAL_CONNECT_PLUS": "FedEx International Connect Plus",
    "FEDEX_INTERNATIONAL_DEFERRED_FREIGHT": "FedEx International Deferred Freight",
    "FEDEX_REGIONAL_ECONOMY": "FedEx Regional Economy",
    "FEDEX_REGIONAL_ECONOMY_FREIGHT": "FedEx Regional Economy Freight",
    "FEDEX_FIRST": "FedEx First",
    "FEDEX_PRIORITY_EXPRESS": "FedEx Priority Express",
    "FEDEX_PRIORITY": "FedEx Priority",
    "FEDEX_PRIORITY_EXPRESS_FREIGHT": "FedEx Priority Express Freight",
    "FEDEX_PRIORITY_FREIGHT": "FedEx Priority Freight",
    "FEDEX_ECONOMY": "FedEx Economy",
    "FEDEX_ECONOMY_FREIGHT": "FedEx Economy Freight",
    "FEDEX_ECONOMY_SELECT": "FedEx Economy",
    "FEDEX_NEXT_DAY_10AM": "FedEx Next Day by 10am",
    "FEDEX_NEXT_DAY_12PM": "FedEx Next Day by 12 noon",
    "FEDEX_NEXT_DAY_END_OF_DAY": "FedEx Next Day",
    "FEDEX_NEXT_DAY": "FedEx Next Day",
    "FEDEX_NEXT_DAY_FREIGHT": "FedEx Next Day Freight",
    "FEDEX_DISTANCE_DEFERRED": "FedEx Distance Deferred",
    "FEDEX_FIRST_FREIGHT": "FedEx First Overnight Freight",
    "FIRST_OVERNIGHT_FREIGHT": "FedEx First Overnight Freight",
    "FEDEX_1_DAY_FREIGHT": "FedEx 1Day Freight",
    "FEDEX_2_DAY_FREIGHT": "FedEx 2Day Freight",
    "FEDEX_3_DAY_FREIGHT": "FedEx 3Day Freight",
    "INTERNATIONAL_PRIORITY_FREIGHT": "FedEx International Priority Freight",
    "INTERNATIONAL_ECONOMY_FREIGHT": "FedEx International Economy Freight",
    "SAME_DAY": "FedEx SameDay",
    "SAME_DAY_CITY": "FedEx SameDay City",
}


def service_name(code: str, said: str | None = None) -> str:
    """Return what a service is called. New ones appear without notice (field guide fedex.md §2.3).

    Args:
        code: FedEx's code.
        said: What FedEx itself calls it in the answer.
    """
    words = (said or "").replace("®", "").replace("\u2122", "").strip()
    return words or _NAMES.get(code) or code


def is_freight(code: str) -> bool:
    """Whether a service is for what is too heavy for the others."""
    return code.endswith("_FREIGHT")


# Pounds a package may have (field guide fedex.md §2.3; packaging from FedEx's reference tables).
HEAVIEST: Final = Decimal(150)
HEAVIEST_ECONOMY: Final = Decimal(70)
LIGHTEST_PARCEL_SELECT: Final = Decimal(1)
HEAVIEST_IN: Final = {
    "FEDEX_ENVELOPE": Decimal(1),
    "FEDEX_PAK": Decimal(20),
    "FEDEX_TUBE": Decimal(20),
    "FEDEX_BOX": Decimal(20),
    "FEDEX_SMALL_BOX": Decimal(20),
    "FEDEX_MEDIUM_BOX": Decimal(20),
    "FEDEX_LARGE_BOX": Decimal(20),
    "FEDEX_EXTRA_LARGE_BOX": Decimal(20),
    "FEDEX_10KG_BOX": Decimal("22.05"),
    "FEDEX_25KG_BOX": Decimal("55.12"),
}
ONE_RATE_SERVICES: Final = frozenset(
    {
        "FIRST_OVERNIGHT",
        "PRIORITY_OVERNIGHT",
        "STANDARD_OVERNIGHT",
        "FEDEX_2_DAY_AM",
        "FEDEX_2_DAY",
        "FEDEX_EXPRESS_SAVER",
    }
)

# Field guide fedex.md §4.7. A thermal label on laser paper, or the reverse, fails or is re-drawn.
IMAGES: Final = {
    LabelFormat.PDF: "PDF",
    LabelFormat.PNG: "PNG",
    LabelFormat.ZPL: "ZPLII",
    LabelFormat.EPL: "EPL2",
}
FORMATS: Final = {image: form for form, image in IMAGES.items()}
THERMAL: Final = frozenset({LabelFormat.ZPL, LabelFormat.EPL})
LASER_STOCKS: Final = frozenset(
    {
        "PAPER_4X6",
        "PAPER_4X675",
        "PAPER_4X8",
        "PAPER_4X9",
        "PAPER_7X475",
        "PAPER_85X11_BOTTOM_HALF_LABEL",
        "PAPER_85X11_TOP_HALF_LABEL",
        "PAPER_LETTER",
    }
)
THERMAL_STOCKS: Final = frozenset(
    {
        "STOCK_4X6",
        "STOCK_4X675",
        "STOCK_4X8",
        "STOCK_4X9",
        "STOCK_4X675_LEADING_DOC_TAB",
        "STOCK_4X675_TRAILING_DOC_TAB",
        "STOCK_4X85_TRAILING_DOC_TAB",
        "STOCK_4X9_LEADING_DOC_TAB",
        "STOCK_4X9_TRAILING_DOC_TAB",
        "STOCK_4X105_TRAILING_DOC_TAB",
    }
)
# By our words for a size; FedEx writes 6.75 without its dot (field guide fedex.md §11, pitfall 18).
LASER_SIZES: Final = {
    "4x6": "PAPER_4X6",
    "4x6.75": "PAPER_4X675",
    "4x8": "PAPER_4X8",
    "4x9": "PAPER_4X9",
    "7x4.75": "PAPER_7X475",
    "8.5x11": "PAPER_85X11_TOP_HALF_LABEL",
    "letter": "PAPER_85X11_TOP_HALF_LABEL",
}
THERMAL_SIZES: Final = {
    "4x6": "STOCK_4X6",
    "4x6.75": "STOCK_4X675",
    "4x8": "STOCK_4X8",
    "4x9": "STOCK_4X9",
    "4x8.5": "STOCK_4X85_TRAILING_DOC_TAB",
    "4x10.5": "STOCK_4X105_TRAILING_DOC_TAB",
}

_ONES: Final = [
    "ONE",
    "TWO",
    "THREE",
    "FOUR",
    "FIVE",
    "SIX",
    "SEVEN",
    "EIGHT",
    "NINE",
    "TEN",
    "ELEVEN",
    "TWELVE",
    "THIRTEEN",
    "FOURTEEN",
    "FIFTEEN",
    "SIXTEEN",
    "SEVENTEEN",
    "EIGHTEEN",
    "NINETEEN",
    "TWENTY",
]
_DAYS: Final = {f"{word}_DAY{'' if number == 1 else 'S'}": number for number, word in enumerate(_ONES, start=1)}


def transit_days(words: str | None) -> int | None:
    """Return what FedEx's words for a duration mean; ``None`` for those that say nothing (field guide fedex.md §2.2)."""
    return _DAYS.get(words or "")


_EXPRESS_WEIGHTS: Final = (3, 1, 7)
_LONG: Final = re.compile(r"(?:[0-8]\d{33}|96\d{32})")
_ASTRA: Final = re.compile(r"3\d{31}")


def express_check_digit(body: str) -> int:
    """Return the check digit of the first 11 digits of an Express number (field guide fedex.md §10)."""
    return sum(int(digit) * _EXPRESS_WEIGHTS[place % 3] for place, digit in enumerate(body)) % 11 % 10


def plain_number(text: str) -> str:
    """Return the number that FedEx follows: without spaces, and out of the longer barcode that a scanner read.

    Source: field guide fedex.md §10.
    """
    number = "".join(text.split()).upper()
    if _LONG.fullmatch(number) and _is_express(number[22:]):
        return number[22:]
    if _ASTRA.fullmatch(number) and _is_express(number[16:28]):
        return number[16:28]
    return number


def _is_express(number: str) -> bool:
    return number.strip("0") != "" and express_check_digit(number[:11]) == int(number[11])
