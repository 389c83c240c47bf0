"""As much of the map as the simulator needs: which state a ZIP code lies in, how far apart two are, which time it is there."""

from datetime import timedelta, timezone
from typing import Final

# First three digits of the ZIP code, inclusive ranges.
_RANGES: Final = {
    "AL": ((350, 369),), "AK": ((995, 999),), "AZ": ((850, 865),), "AR": ((716, 729),), "CA": ((900, 961),),
    "CO": ((800, 816),), "CT": ((60, 69),), "DE": ((197, 199),), "DC": ((200, 205),), "FL": ((320, 339), (341, 349)),
    "GA": ((300, 319), (398, 399)), "HI": ((967, 968),), "ID": ((832, 838),), "IL": ((600, 629),), "IN": ((460, 479),),
    "IA": ((500, 528),), "KS": ((660, 679),), "KY": ((400, 427),), "LA": ((700, 714),), "ME": ((39, 49),),
    "MD": ((206, 219),), "MA": ((10, 27), (55, 55)), "MI": ((480, 499),), "MN": ((550, 567),), "MS": ((386, 397),),
    "MO": ((630, 658),), "MT": ((590, 599),), "NE": ((680, 693),), "NV": ((889, 898),), "NH": ((30, 38),),
    "NJ": ((70, 89),), "NM": ((870, 884),), "NY": ((100, 149), (5, 5), (63, 63)), "NC": ((270, 289),), "ND": ((580, 588),),
    "OH": ((430, 459),), "OK": ((730, 732), (734, 749)), "OR": ((970, 979),), "PA": ((150, 196),), "RI": ((28, 29),),
    "SC": ((290, 299),), "SD": ((570, 577),), "TN": ((370, 385),), "TX": ((750, 799), (733, 733), (885, 885)),
    "UT": ((840, 847),), "VT": ((50, 54), (56, 59)), "VA": ((220, 246), (201, 201)), "WA": ((980, 994),),
    "WV": ((247, 268),), "WI": ((530, 549),), "WY": ((820, 831),), "PR": ((6, 7), (9, 9)), "VI": ((8, 8),),
    "AA": ((340, 340),), "AE": ((90, 98),), "AP": ((962, 966),), "GU": ((969, 969),), "AS": ((967, 967),),
    "MP": ((969, 969),), "FM": ((969, 969),), "MH": ((969, 969),), "PW": ((969, 969),),
}  # fmt: skip
STATES: Final = frozenset(_RANGES)
MILITARY: Final = frozenset({"AA", "AE", "AP"})
FREELY_ASSOCIATED: Final = frozenset({"FM", "MH", "PW"})
CUSTOMS_STATES: Final = MILITARY | FREELY_ASSOCIATED | {"AS", "GU", "MP"}
"""States and territories to which a customs form goes along, though the endpoint is the domestic one (guide §4.6)."""

# Standard time all year round: the sandbox's parcels do not know about summer time.
_OFFSETS: Final = {
    -5: "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV AA",
    -6: "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    -7: "AZ CO ID MT NM UT WY",
    -8: "CA NV OR WA",
    -9: "AK",
    -10: "HI",
    -11: "AS",
    -4: "PR VI",
    1: "AE",
    9: "AP PW",
    10: "GU MP FM MH",
}
_OFFSET_BY_STATE: Final = {state: hours for hours, states in _OFFSETS.items() for state in states.split()}
_OFFSET_BY_COUNTRY: Final = {"CA": -5, "GB": 0, "IE": 0, "PT": 0, "JP": 9, "AU": 10, "CN": 8, "MX": -6, "BR": -3}
CENTRAL: Final = timezone(timedelta(hours=-6))
"""USPS's manifest clock (guide §0.7)."""


def state_of(zip_code: str) -> str | None:
    """Return the state in which a ZIP code lies; ``None`` where no place has it."""
    prefix = int(zip_code[:3])
    return next(
        (state for state, ranges in _RANGES.items() if any(low <= prefix <= high for low, high in ranges)), None
    )


def lies_in(state: str, zip_code: str) -> bool:
    """Say whether a ZIP code lies in a state."""
    prefix = int(zip_code[:3])
    return any(low <= prefix <= high for low, high in _RANGES[state])


def zone(origin: str, destination: str) -> int:
    """Return the tariff zone between two ZIP codes, 1 to 9; distances are invented from their first digits."""
    state = state_of(destination)
    if state in FREELY_ASSOCIATED | {"AS", "GU", "MP"}:
        return 9
    return 1 + min(7, (abs(int(origin[:3]) - int(destination[:3])) + 99) // 110)


def local_time(state: str, country: str = "US") -> timezone:
    """Return the clock of a place, in standard time."""
    hours = _OFFSET_BY_STATE.get(state, -5) if country == "US" else _OFFSET_BY_COUNTRY.get(country, 1)
    return timezone(timedelta(hours=hours))
