"""Which clock hangs on the wall where somebody lives, as far as an address says that without a map."""

from datetime import UTC, tzinfo
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cartcarrier.models import Address

# Of a state or country with several zones the westernmost that many live in: a day ends there last, so nothing that was
# promised for a day is called late too early.
_BY_REGION: Final = {
    "US": {
        "America/New_York": "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
        "America/Detroit": "MI",
        "America/Indiana/Indianapolis": "IN",
        "America/Chicago": "AL AR FL IA IL KY LA MN MO MS OK TN TX WI",
        "America/Denver": "CO KS MT ND NE NM SD UT WY",
        "America/Phoenix": "AZ",
        "America/Los_Angeles": "CA ID NV OR WA",
        "America/Anchorage": "AK",
        "Pacific/Honolulu": "HI",
        "America/Puerto_Rico": "PR VI",
        "Pacific/Guam": "GU MP",
    },
    "CA": {
        "America/St_Johns": "NL",
        "America/Halifax": "NB NS PE",
        "America/Toronto": "ON QC",
        "America/Winnipeg": "MB NU",
        "America/Regina": "SK",
        "America/Edmonton": "AB NT",
        "America/Vancouver": "BC YT",
    },
    "AU": {
        "Australia/Sydney": "ACT NSW VIC TAS",
        "Australia/Brisbane": "QLD",
        "Australia/Adelaide": "SA NT",
        "Australia/Perth": "WA",
    },
}
_BY_COUNTRY: Final = {
    "Europe/London": "GB",
    "Europe/Dublin": "IE",
    "Europe/Lisbon": "PT",
    "Europe/Paris": "FR BE NL LU ES DE AT CH LI IT DK SE NO PL CZ SK HU SI HR MT",
    "Europe/Athens": "GR BG RO FI EE LV LT CY",
    "Asia/Tokyo": "JP",
    "Asia/Seoul": "KR",
    "Asia/Shanghai": "CN",
    "Asia/Hong_Kong": "HK",
    "Asia/Singapore": "SG",
    "Asia/Kolkata": "IN",
    "Asia/Dubai": "AE",
    "Pacific/Auckland": "NZ",
    "Africa/Johannesburg": "ZA",
    "America/Mexico_City": "MX",
    "America/Puerto_Rico": "PR VI",
    "Pacific/Guam": "GU MP",
}


def zone_name(address: Address | None) -> str:
    """Return the IANA name of the zone that an address lies in; ``"UTC"`` where its country and region do not say."""
    if address is None:
        return "UTC"
    region = (address.region or "").upper()
    for name, regions in _BY_REGION.get(address.country_code, {}).items():
        if region in regions.split():
            return name
    return next((name for name, countries in _BY_COUNTRY.items() if address.country_code in countries.split()), "UTC")


@cache
def zone(name: str) -> tzinfo:
    """Return a zone by its name; UTC where this machine does not know it (Windows without the package ``tzdata``)."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def zone_of(address: Address | None) -> tzinfo:
    """Return the zone that an address lies in; UTC where that is not known."""
    return zone(zone_name(address))
