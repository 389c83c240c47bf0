"""USPS's mail classes, rate ingredients and extra services, as far as the simulator knows them (guide §2.3, §2.4, §4.2)."""

from decimal import Decimal
from typing import Final

import attrs


def _codes(line: str) -> frozenset[int]:
    return frozenset(int(code) for code in line.split())


@attrs.frozen(kw_only=True)
class MailClass:
    """A mail class.

    Attributes:
        name: What people call it.
        letter: Its letter in a SKU.
        service_type: The three digits in a tracking number.
        base: What the lightest parcel costs in the nearest zone, at retail.
        per_pound: What a pound more costs.
        per_zone: What a zone more costs, for the first pound.
        days: Days to the nearest zone, and to the farthest.
        most_pounds: The heaviest parcel.
        free_value: Up to which value it is insured without charge.
        is_return: Whether it brings something back.
        guaranteed: Whether the day is promised.
    """

    name: str
    letter: str
    service_type: str
    base: Decimal
    per_pound: Decimal
    per_zone: Decimal
    days: tuple[int, int]
    most_pounds: Decimal = Decimal(70)
    free_value: Decimal = Decimal(100)
    is_return: bool = False
    guaranteed: bool = False


def _class(name: str, letter: str, stc: str, prices: str, days: tuple[int, int], **more: object) -> MailClass:
    base, pound, zone = (Decimal(part) for part in prices.split())
    return MailClass(
        name=name,
        letter=letter,
        service_type=stc,
        base=base,
        per_pound=pound,
        per_zone=zone,
        days=days,
        **more,  # type: ignore[arg-type]  # keywords of MailClass
    )


DOMESTIC: Final = {
    "USPS_GROUND_ADVANTAGE": _class("USPS Ground Advantage", "U", "001", "7.30 0.62 0.35", (2, 5)),
    "PRIORITY_MAIL": _class("Priority Mail", "P", "055", "9.35 1.10 0.55", (1, 3)),
    "PRIORITY_MAIL_EXPRESS": _class(
        "Priority Mail Express", "E", "701", "31.40 3.30 3.20", (1, 2), guaranteed=True
    ),
    "PARCEL_SELECT": _class("Parcel Select", "V", "612", "4.90 0.40 0.20", (2, 7), free_value=Decimal(0)),
    "MEDIA_MAIL": _class("Media Mail", "M", "065", "4.63 0.78 0.00", (3, 8), free_value=Decimal(0)),
    "LIBRARY_MAIL": _class("Library Mail", "L", "066", "4.37 0.74 0.00", (3, 8), free_value=Decimal(0)),
    "BOUND_PRINTED_MATTER": _class(
        "Bound Printed Matter", "B", "010", "5.10 0.30 0.20", (3, 8), most_pounds=Decimal(15), free_value=Decimal(0)
    ),
}  # fmt: skip
RETURNS: Final = {
    "USPS_GROUND_ADVANTAGE_RETURN_SERVICE": _class(
        "USPS Ground Advantage Returns", "G", "020", "7.10 0.60 0.35", (2, 5), is_return=True
    ),
    "PRIORITY_MAIL_RETURN_SERVICE": _class("Priority Mail Returns", "R", "023", "9.05 1.05 0.55", (1, 3), is_return=True),
    "PRIORITY_MAIL_EXPRESS_RETURN_SERVICE": _class(
        "Priority Mail Express Returns", "X", "702", "31.00 3.25 3.20", (1, 2), is_return=True
    ),
}  # fmt: skip
INTERNATIONAL: Final = {
    "FIRST-CLASS_PACKAGE_INTERNATIONAL_SERVICE": _class(
        "First-Class Package International Service", "F", "LX", "17.75 7.20 1.10", (0, 0), most_pounds=Decimal(4),
        free_value=Decimal(0),
    ),
    "PRIORITY_MAIL_INTERNATIONAL": _class(
        "Priority Mail International", "I", "CP", "47.20 4.10 2.30", (0, 0), most_pounds=Decimal(66),
        free_value=Decimal(200),
    ),
    "PRIORITY_MAIL_EXPRESS_INTERNATIONAL": _class(
        "Priority Mail Express International", "X", "EA", "65.50 5.60 3.60", (0, 0), most_pounds=Decimal(66),
        free_value=Decimal(200), guaranteed=True,
    ),
}  # fmt: skip
RATED_ABROAD: Final = INTERNATIONAL | {
    "GLOBAL_EXPRESS_GUARANTEED": _class(
        "Global Express Guaranteed", "Q", "", "83.50 9.10 5.00", (0, 0), guaranteed=True
    )
}
"""What prices list: one class more than labels take, since it is suspended (guide §2.3)."""
CLASSES: Final = DOMESTIC | RETURNS | RATED_ABROAD
LABEL_CLASSES: Final = (
    "PARCEL_SELECT PARCEL_SELECT_LIGHTWEIGHT USPS_CONNECT_LOCAL USPS_CONNECT_REGIONAL USPS_CONNECT_MAIL"
    " USPS_GROUND_ADVANTAGE PRIORITY_MAIL_EXPRESS PRIORITY_MAIL FIRST-CLASS_PACKAGE_SERVICE LIBRARY_MAIL MEDIA_MAIL"
    " BOUND_PRINTED_MATTER"
)
RETURN_CLASSES: Final = (
    "FIRST-CLASS_PACKAGE_RETURN_SERVICE GROUND_RETURN_SERVICE PRIORITY_MAIL_EXPRESS_RETURN_SERVICE"
    " PRIORITY_MAIL_RETURN_SERVICE USPS_GROUND_ADVANTAGE_RETURN_SERVICE"
)
RATED_CLASSES: Final = f"{LABEL_CLASSES} USPS_RETAIL_GROUND ALL"
OLD_NAMES: Final = {
    "FIRST-CLASS_PACKAGE_SERVICE": "USPS_GROUND_ADVANTAGE",
    "PARCEL_SELECT_LIGHTWEIGHT": "PARCEL_SELECT",
    "FIRST-CLASS_PACKAGE_RETURN_SERVICE": "USPS_GROUND_ADVANTAGE_RETURN_SERVICE",
    "GROUND_RETURN_SERVICE": "USPS_GROUND_ADVANTAGE_RETURN_SERVICE",
}
"""Deprecated names, which USPS still takes (guide §2.3)."""
CONTENT_RESTRICTED: Final = frozenset({"MEDIA_MAIL", "LIBRARY_MAIL", "BOUND_PRINTED_MATTER"})

FACILITIES: Final = (
    "NONE DESTINATION_NETWORK_DISTRIBUTION_CENTER DESTINATION_SECTIONAL_CENTER_FACILITY DESTINATION_DELIVERY_UNIT"
    " DESTINATION_SERVICE_HUB DESTINATION_REGIONAL_PROCESSING_DISTRIBUTION_CENTER"
)
CATEGORIES: Final = "LETTERS FLATS MACHINABLE IRREGULAR NON_MACHINABLE NONSTANDARD"
OLD_CATEGORIES: Final = {"IRREGULAR": "NONSTANDARD", "NON_MACHINABLE": "NONSTANDARD"}

# Flat rates at retail: indicator -> class -> price. What fits in, flies (guide §2.4).
FLAT_RATES: Final = {
    "PRIORITY_MAIL": {
        "FE": ("Flat Rate Envelope", "10.40"),
        "FA": ("Legal Flat Rate Envelope", "10.75"),
        "FP": ("Padded Flat Rate Envelope", "11.20"),
        "FS": ("Small Flat Rate Box", "10.40"),
        "FB": ("Medium Flat Rate Box", "19.15"),
        "PL": ("Large Flat Rate Box", "26.00"),
        "PM": ("Large Flat Rate Box APO/FPO", "24.50"),
    },
    "PRIORITY_MAIL_EXPRESS": {
        "E4": ("Flat Rate Envelope", "31.40"),
        "E6": ("Legal Flat Rate Envelope", "31.55"),
        "FP": ("Padded Flat Rate Envelope", "32.00"),
    },
}
FLAT_RATES["PRIORITY_MAIL_RETURN_SERVICE"] = FLAT_RATES["PRIORITY_MAIL"]
FLAT_RATES["PRIORITY_MAIL_EXPRESS_RETURN_SERVICE"] = FLAT_RATES["PRIORITY_MAIL_EXPRESS"]
FLAT_RATES_ABROAD: Final = {
    "PRIORITY_MAIL_INTERNATIONAL": {
        "FE": ("Flat Rate Envelope", "45.00"),
        "FA": ("Legal Flat Rate Envelope", "45.60"),
        "FP": ("Padded Flat Rate Envelope", "46.20"),
        "FS": ("Small Flat Rate Box", "46.40"),
        "FB": ("Medium Flat Rate Box", "92.50"),
        "PL": ("Large Flat Rate Box", "119.00"),
    },
    "PRIORITY_MAIL_EXPRESS_INTERNATIONAL": {
        "E4": ("Flat Rate Envelope", "66.50"),
        "E6": ("Legal Flat Rate Envelope", "66.90"),
        "FP": ("Padded Flat Rate Envelope", "68.00"),
    },
}
FLAT_INDICATORS: Final = frozenset(["FE", "FA", "FP", "FS", "FB", "PL", "PM", "E4", "E6"])
CUBIC: Final = frozenset(["CP", "P5", "P6", "P7", "P8", "P9", "Q6", "Q7", "Q8", "Q9", "Q0"])
SINGLE_PIECE: Final = {
    "PRIORITY_MAIL_EXPRESS": "PA",
    "PRIORITY_MAIL_EXPRESS_RETURN_SERVICE": "PA",
    "PRIORITY_MAIL_EXPRESS_INTERNATIONAL": "PA",
}
"""The rate indicator of a parcel in its own box, where it is not SP."""
PACKAGING: Final = {
    "VARIABLE": "SP",
    "FLAT_RATE_ENVELOPE": "FE",
    "LEGAL_FLAT_RATE_ENVELOPE": "FA",
    "PADDED_FLAT_RATE_ENVELOPE": "FP",
    "SM_FLAT_RATE_BOX": "FS",
    "MD_FLAT_RATE_BOX": "FB",
    "LG_FLAT_RATE_BOX": "PL",
    "CUBIC_PARCELS": "CP",
    "CUBIC_SOFT_PACK": "P5",
}
PACKAGING_EXPRESS: Final = {"VARIABLE": "PA", "FLAT_RATE_ENVELOPE": "E4", "LEGAL_FLAT_RATE_ENVELOPE": "E6"}

# Extra services: code -> name, price. "value": by the value of the goods.
EXTRA_SERVICES: Final[dict[int, tuple[str, str]]] = {
    365: ("Global Direct Entry", "0.00"),
    370: ("Prepaid Duties Fee", "5.00"),
    415: ("Label Delivery", "1.25"),
    813: ("Hazardous Materials - Class 7 Radioactive Package", "0.00"),
    815: ("Hazardous Materials - Class 8 Corrosive Materials", "0.00"),
    816: ("Hazardous Materials - Class 9 Lithium Battery Marked - Ground Only", "0.00"),
    817: ("Hazardous Materials - Class 9 Lithium Battery - Returns", "0.00"),
    818: ("Hazardous Materials - Class 9 Lithium Batteries, marked", "0.00"),
    819: ("Hazardous Materials - Class 9 Dry Ice", "0.00"),
    820: ("Hazardous Materials - Class 9 Lithium Batteries, unmarked", "0.00"),
    826: ("Hazardous Materials - Division 6.2 Biological Materials", "0.00"),
    827: ("Hazardous Materials - Excepted Quantity Provision", "0.00"),
    829: ("Hazardous Materials - ID8000 Consumer Commodity", "0.00"),
    831: ("Hazardous Materials - Limited Quantity Ground", "0.00"),
    832: ("Hazardous Materials - Small Quantity Provision", "0.00"),
    857: ("Hazardous Materials", "0.00"),
    910: ("Certified Mail", "4.85"),
    911: ("Certified Mail Restricted Delivery", "12.75"),
    912: ("Certified Mail Adult Signature Required", "12.75"),
    913: ("Certified Mail Adult Signature Restricted Delivery", "12.75"),
    915: ("Collect on Delivery", "12.60"),
    917: ("Collect on Delivery Restricted Delivery", "20.50"),
    920: ("USPS Tracking", "0.00"),
    921: ("Signature Confirmation", "3.70"),
    922: ("Adult Signature Required", "9.35"),
    923: ("Adult Signature Restricted Delivery", "9.65"),
    924: ("Signature Confirmation Restricted Delivery", "11.60"),
    925: ("Priority Mail Express Merchandise Insurance", "value"),
    930: ("Insurance <= $500", "value"),
    931: ("Insurance > $500", "value"),
    934: ("Insurance Restricted Delivery", "value"),
    940: ("Registered Mail", "18.60"),
    941: ("Registered Mail Restricted Delivery", "26.50"),
    955: ("Return Receipt", "4.10"),
    957: ("Return Receipt Electronic", "2.62"),
    981: ("Signature Requested (Priority Mail Express only)", "0.00"),
    986: ("PO to Addressee (Priority Mail Express only)", "0.00"),
    991: ("Sunday Delivery", "12.50"),
    **dict.fromkeys(range(480, 486), ("Tracking Plus", "3.00")),
    489: ("Tracking Plus", "3.00"),
    **dict.fromkeys(range(486, 489), ("Tracking Plus Signature", "4.50")),
}
HAZARDOUS: Final = frozenset(range(810, 833)) | {857}
INSURANCE: Final = frozenset({925, 930, 931, 934})
SIGNATURES: Final = _codes("910 911 912 913 921 922 923 924 925 934 955 981")
EXPRESS_ONLY: Final = _codes("925 981 986 991")
RATING_ONLY: Final = _codes("370 915 917 940 941")
NOT_MILITARY: Final = {
    "160025": _codes("931"),
    "160026": _codes("912 913 922 923 924"),
    "160027": _codes("957"),
    "160028": _codes("940 941 950"),
    "160130": _codes("480 481 482 483 484 485 486 487 488 489 921 934"),
}
LABEL_EXTRA_SERVICES: Final = (
    _codes("365 415 910 911 912 913 920 921 922 923 924 925 930 931 934 955 957 981 986 991 857")
    | frozenset(range(480, 490))
    | frozenset(range(810, 833))
)
RATED_EXTRA_SERVICES: Final = LABEL_EXTRA_SERVICES | _codes("452 498 500 501 502 853 856 858 915 917 940 941")
ABROAD_EXTRA_SERVICES: Final = _codes("480 481 482 483 484 486 487 488 813 820 826 857 930 931 955")
ABROAD_RATED_EXTRA_SERVICES: Final = _codes("370 813 820 826 857 930 931 955")
ABROAD_BY_CLASS: Final = {
    "FIRST-CLASS_PACKAGE_INTERNATIONAL_SERVICE": _codes("480 481 482 483 484 486 487 488 813 820 826 857"),
    "PRIORITY_MAIL_INTERNATIONAL": _codes("480 481 482 483 484 813 820 826 857 930 931"),
    "PRIORITY_MAIL_EXPRESS_INTERNATIONAL": _codes("480 481 482 483 484 857 930 931"),
}
