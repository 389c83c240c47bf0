"""Where USPS brings parcels abroad, and in which price group a country is. The groups are invented."""

from typing import Final

from cartcarrier.sandbox.usps.errors import USPSError

_GROUPS: Final = {
    1: "CA",
    2: "MX",
    3: "GB IE FR DE NL BE LU AT CH",
    4: "ES PT IT GR PL CZ SK HU RO BG HR SI DK SE FI NO EE LV LT MT CY IS",
    5: "JP KR CN HK TW SG",
    6: "AU NZ",
    7: "BR AR CL CO PE",
    8: "IL TR AE SA IN TH VN MY PH ID ZA EG NG KE MA",
}
_GROUP_BY_COUNTRY: Final = {country: group for group, countries in _GROUPS.items() for country in countries.split()}
SUSPENDED: Final = frozenset({"RU", "BY", "KP", "SY", "YE", "SD", "SO", "LY", "CU", "IR"})


def price_group(country: str) -> int:
    """Return a country's price group.

    Raises:
        USPSError: 030013 where there is no service.
    """
    if country in SUSPENDED or country == "US":
        raise USPSError(
            "030013", "There was no valid international price group for the provided country, date and mail class."
        )
    return _GROUP_BY_COUNTRY.get(country, 9)
