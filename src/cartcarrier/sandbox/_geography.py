"""As much of the map as simulators need: which state a postal code lies in, how far away, in which time zone."""

import re
from typing import Final

_EUROPEAN_UNION: Final = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EUROPEAN_UNION: Final = frozenset(_EUROPEAN_UNION.split())
US_LIKE: Final = frozenset({"US", "PR"})

# First three digits of the ZIP code, inclusive ranges.
_ZIP_RANGES: Final = {
    "AL": ((350, 369),), "AK": ((995, 999),), "AZ": ((850, 865),), "AR": ((716, 729),), "CA": ((900, 961),),
    "CO": ((800, 816),), "CT": ((60, 69),), "DE": ((197, 199),), "DC": ((200, 205),), "FL": ((320, 349),),
    "GA": ((300, 319), (398, 399)), "HI": ((967, 968),), "ID": ((832, 838),), "IL": ((600, 629),), "IN": ((460, 479),),
    "IA": ((500, 528),), "KS": ((660, 679),), "KY": ((400, 427),), "LA": ((700, 714),), "ME": ((39, 49),),
    "MD": ((206, 219),), "MA": ((10, 27), (55, 55)), "MI": ((480, 499),), "MN": ((550, 567),), "MS": ((386, 397),),
    "MO": ((630, 658),), "MT": ((590, 599),), "NE": ((680, 693),), "NV": ((889, 898),), "NH": ((30, 38),),
    "NJ": ((70, 89),), "NM": ((870, 884),), "NY": ((100, 149), (5, 5), (63, 63)), "NC": ((270, 289),), "ND": ((580, 588),),
    "OH": ((430, 459),), "OK": ((730, 732), (734, 749)), "OR": ((970, 979),), "PA": ((150, 196),), "RI": ((28, 29),),
    "SC": ((290, 299),), "SD": ((570, 577),), "TN": ((370, 385),), "TX": ((750, 799), (733, 733), (885, 885)),
    "UT": ((840, 847),), "VT": ((50, 54), (56, 59)), "VA": ((220, 246), (201, 201)), "WA": ((980, 994),),
    "WV": ((247, 268),), "WI": ((530, 549),), "WY": ((820, 831),), "PR": ((6, 7), (9, 9)), "VI": ((8, 8),),
    "AA": ((340, 340),), "AE": ((90, 98),), "AP": ((962, 966),),
}  # fmt: skip
US_STATES: Final = frozenset(_ZIP_RANGES)

_PROVINCES: Final = {
    "NL": "A", "NS": "B", "PE": "C", "NB": "E", "QC": "GHJ", "ON": "KLMNP", "MB": "R", "SK": "S", "AB": "T", "BC": "V",
    "NT": "X", "NU": "X", "YT": "Y",
}  # fmt: skip
_ZIP: Final = re.compile(r"\d{5}(-?\d{4})?")
_CANADIAN: Final = re.compile(r"[A-Z]\d[A-Z]\d[A-Z]\d")

# Standard time all year round: the sandbox's parcels do not know about summer time.
_OFFSETS: Final = {
    -5: "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV ON QC",
    -6: "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI MB SK",
    -7: "AZ CO ID MT NM UT WY AB",
    -8: "CA NV OR WA BC",
    -9: "AK",
    -10: "HI",
    -4: "PR VI NS NB PE NL",
}
_OFFSET_BY_STATE: Final = {state: hours for hours, states in _OFFSETS.items() for state in states.split()}
_OFFSET_BY_COUNTRY: Final = {
    "GB": 0,
    "IE": 0,
    "PT": 0,
    "JP": 9,
    "AU": 10,
    "CN": 8,
    "IN": 5,
    "MX": -6,
    "BR": -3,
    "AE": 4,
}


def is_postal_code(country: str, code: str) -> bool:
    """Say whether a postal code has the form that carriers take for the country."""
    if country in US_LIKE:
        return _ZIP.fullmatch(code) is not None
    if country == "CA":
        return _CANADIAN.fullmatch(code) is not None
    return len(code) <= 9


def is_state(country: str, state: str) -> bool:
    """Say whether a state or province exists, for the countries that the simulator knows; others pass."""
    if country == "US":
        return state in US_STATES
    if country == "CA":
        return state in _PROVINCES
    return True


def lies_in(country: str, state: str, code: str) -> bool:
    """Say whether a postal code lies in a state or province; unknown countries pass."""
    if country == "US":
        prefix = int(code[:3])
        return any(low <= prefix <= high for low, high in _ZIP_RANGES[state])
    if country == "CA":
        return code[0] in _PROVINCES[state]
    return True


def zone(origin: tuple[str, str], destination: tuple[str, str]) -> int:
    """Return the tariff zone between two places, each a country and a postal code: 2 (near) to 8, abroad 40 and up.

    The distance is invented: how far apart the first three digits of the ZIP codes are.
    """
    (from_country, from_code), (to_country, to_code) = origin, destination
    if from_country != to_country and not {from_country, to_country} <= US_LIKE:
        return _foreign_zone(from_country, to_country)
    if from_country not in US_LIKE:
        return 2 if from_code[:1] == to_code[:1] else 5
    return 2 + min(6, abs(int(from_code[:3]) - int(to_code[:3])) // 120)


def _foreign_zone(origin: str, destination: str) -> int:
    pair = {origin, destination}
    if pair <= EUROPEAN_UNION:
        return 41
    if pair <= {"US", "CA", "MX", "PR"}:
        return 42
    if pair <= EUROPEAN_UNION | {"GB", "CH", "NO"}:
        return 43
    return 45 if pair & (EUROPEAN_UNION | {"GB", "CH", "NO"}) else 47


def utc_offset(country: str, state: str) -> int:
    """Return the hours from UTC of a place, in standard time."""
    if country in {"US", "CA", "PR"}:
        return _OFFSET_BY_STATE.get(state, _OFFSET_BY_STATE.get(country, -5))
    return _OFFSET_BY_COUNTRY.get(country, 1)
