"""Mail classes, packaging and extra services: USPS's codes. Source: field guide usps.md §2.3, §2.4, §4.2."""

from collections.abc import Mapping
from typing import Final

HOME: Final[Mapping[str, str]] = {
    "USPS_GROUND_ADVANTAGE": "USPS Ground Advantage",
    "PRIORITY_MAIL": "Priority Mail",
    "PRIORITY_MAIL_EXPRESS": "Priority Mail Express",
}
"""What is offered when no service is asked for."""
RESTRICTED: Final[Mapping[str, str]] = {
    "MEDIA_MAIL": "Media Mail",
    "LIBRARY_MAIL": "Library Mail",
    "BOUND_PRINTED_MATTER": "Bound Printed Matter",
    "PARCEL_SELECT": "Parcel Select",
    "USPS_CONNECT_LOCAL": "USPS Connect Local",
    "USPS_CONNECT_REGIONAL": "USPS Connect Regional",
    "USPS_CONNECT_MAIL": "USPS Connect Mail",
}
"""For certain contents, or handed in at certain places: only when asked for by name."""
ABROAD: Final[Mapping[str, str]] = {
    "FIRST-CLASS_PACKAGE_INTERNATIONAL_SERVICE": "First-Class Package International Service",
    "PRIORITY_MAIL_INTERNATIONAL": "Priority Mail International",
    "PRIORITY_MAIL_EXPRESS_INTERNATIONAL": "Priority Mail Express International",
}
RETURNS: Final[Mapping[str, str]] = {
    "USPS_GROUND_ADVANTAGE_RETURN_SERVICE": "USPS Ground Advantage Return Service",
    "PRIORITY_MAIL_RETURN_SERVICE": "Priority Mail Return Service",
    "PRIORITY_MAIL_EXPRESS_RETURN_SERVICE": "Priority Mail Express Return Service",
}
_NAMES: Final = {**HOME, **RESTRICTED, **ABROAD, **RETURNS}
_GROUND: Final = "USPS_GROUND_ADVANTAGE"
# Old names in users' settings (field guide usps.md §11, pitfall 31): all of them became Ground Advantage.
_OLD: Final = dict.fromkeys(
    [
        "FIRST_CLASS_PACKAGE_SERVICE",
        "FIRST_CLASS_PACKAGE",
        "FIRST_CLASS",
        "PARCEL_SELECT_GROUND",
        "PARCEL_SELECT_LIGHTWEIGHT",
        "RETAIL_GROUND",
        "USPS_RETAIL_GROUND",
        "STANDARD_POST",
        "GROUND_ADVANTAGE",
    ],
    _GROUND,
) | {"FIRST_CLASS_PACKAGE_INTERNATIONAL_SERVICE": "FIRST-CLASS_PACKAGE_INTERNATIONAL_SERVICE"}

EXPRESS: Final = frozenset({"PRIORITY_MAIL_EXPRESS", "PRIORITY_MAIL_EXPRESS_INTERNATIONAL"})
# The classes that price by volume (field guide usps.md §2.2).
BY_VOLUME: Final = frozenset({_GROUND, "PRIORITY_MAIL", "PRIORITY_MAIL_EXPRESS", "PARCEL_SELECT"})

VARIABLE: Final = "VARIABLE"
CUBIC: Final = "CUBIC_PARCELS"
FLAT_RATE: Final[Mapping[str, frozenset[str]]] = {
    "FLAT_RATE_ENVELOPE": frozenset({"FE", "E4"}),
    "LEGAL_FLAT_RATE_ENVELOPE": frozenset({"FA", "E6"}),
    "PADDED_FLAT_RATE_ENVELOPE": frozenset({"FP"}),
    "SM_FLAT_RATE_BOX": frozenset({"FS"}),
    "MD_FLAT_RATE_BOX": frozenset({"FB"}),
    "LG_FLAT_RATE_BOX": frozenset({"PL", "PM"}),
}
"""USPS's own packaging, with the rate indicators that it has."""
_TO_MILITARY: Final = {"LG_FLAT_RATE_BOX": "PM"}
"""A price of its own to the military post; to anybody else it is charged up weeks later (field guide usps.md §2.4)."""
_SOFT: Final = "CUBIC_SOFT_PACK"
OWN_BOX: Final = frozenset({"SP", "PA", "DR", "DN", "OS"})
_INDICATORS: Final[Mapping[str, frozenset[str]]] = {
    VARIABLE: OWN_BOX,
    CUBIC: frozenset({"CP"}),
    _SOFT: frozenset(["P5", "P6", "P7", "P8", "P9", "Q6", "Q7", "Q8", "Q9", "Q0"]),
    **FLAT_RATE,
}
_ON_EXPRESS: Final = {VARIABLE: "PA", "FLAT_RATE_ENVELOPE": "E4", "LEGAL_FLAT_RATE_ENVELOPE": "E6"}
_DEFAULT: Final = {
    VARIABLE: "SP",
    CUBIC: "CP",
    "FLAT_RATE_ENVELOPE": "FE",
    "LEGAL_FLAT_RATE_ENVELOPE": "FA",
    "PADDED_FLAT_RATE_ENVELOPE": "FP",
    "SM_FLAT_RATE_BOX": "FS",
    "MD_FLAT_RATE_BOX": "FB",
    "LG_FLAT_RATE_BOX": "PL",
}

SIGNED: Final = 921
SIGNED_RESTRICTED: Final = 924
ADULT: Final = 922
ADULT_RESTRICTED: Final = 923
EXPRESS_SIGNED: Final = 981
SUNDAY: Final = 991
INSURED: Final = 930
INSURED_HIGH: Final = 931
DRY_ICE: Final = 819
HAZARDOUS: Final = frozenset([*range(810, 833), 857])
LITHIUM: Final = frozenset({816, 817, 818, 820})
# Field guide usps.md §4.2: what the military post does not do (160025-160028, 160130).
NOT_MILITARY: Final = frozenset([912, 913, 921, 922, 923, 924, 931, 934, 940, 941, 957, *range(480, 490)])
# Field guide usps.md §4.7.
TAKEN_ABROAD: Final = frozenset({480, 481, 482, 483, 484, 486, 487, 488, 813, 820, 826, 857, 930, 931})
# 160135: what may go with a customs form.
HAZARDOUS_WITH_CUSTOMS: Final = frozenset({813, 820, 826})
# 160010 and the description's lists: an extra service's surcharge is known by its code or by these words
MOST_EXTRA: Final = 5
MOST_EXTRA_ABROAD: Final = 3


def mail_class(service: str) -> str | None:
    """Return USPS's code for a service, also for a name that it had before; ``None`` for what is none."""
    wanted = service.strip().upper().replace(" ", "_")
    if wanted in _NAMES:
        return wanted
    return _OLD.get(wanted.replace("-", "_"))


def service_name(code: str) -> str:
    """Return the name of a mail class."""
    return _NAMES.get(code, code.replace("_", " ").title())


def is_packaging(code: str) -> bool:
    """Whether that is packaging that can be asked for."""
    return code in _INDICATORS


def packaging_names() -> tuple[str, ...]:
    """Return all packaging that can be asked for."""
    return tuple(_INDICATORS)


def indicators(packaging: str, *, to_military: bool) -> frozenset[str]:
    """Return the rate indicators that stand for packaging."""
    return _INDICATORS[packaging] if to_military else _INDICATORS[packaging] - {_TO_MILITARY.get(packaging)}


def default_indicator(packaging: str, service: str, *, to_military: bool) -> str | None:
    """Return the rate indicator of packaging in a mail class; ``None`` where only a quote can tell."""
    if service in EXPRESS and packaging in _ON_EXPRESS:
        return _ON_EXPRESS[packaging]
    if to_military and packaging in _TO_MILITARY:
        return _TO_MILITARY[packaging]
    return _DEFAULT.get(packaging)
