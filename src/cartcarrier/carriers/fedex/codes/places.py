"""Countries and regions as FedEx groups them."""

from datetime import timedelta
from typing import Final

# The US post writes these as states, FedEx as countries.
TERRITORIES: Final = frozenset({"AS", "GU", "MP", "PR", "VI"})
# Origins that weigh in pounds and measure in inches; one system a shipment (field guide fedex.md §2.1).
POUND_ORIGINS: Final = frozenset({"US"}) | TERRITORIES

# FedEx writes Quebec as no other does (field guide fedex.md §4.2).
_TO_FEDEX: Final = {("CA", "QC"): "PQ"}
_FROM_FEDEX: Final = {("CA", "PQ"): "QC"}


def to_fedex_region(country: str, region: str) -> str:
    """Return a state or province as FedEx writes it."""
    return _TO_FEDEX.get((country, region), region)


def from_fedex_region(country: str, region: str) -> str:
    """Return a state or province as its post writes it."""
    return _FROM_FEDEX.get((country, region), region)


def _hours(groups: tuple[tuple[int, str], ...]) -> dict[str, int]:
    return {region: hours for hours, regions in groups for region in regions.split()}


# Standard time of where most of a state or province lives. FedEx closes days and takes dates by the sender's wall clock, and in
# the evening UTC's date is tomorrow's there; an hour of daylight saving does not matter for that.
_STANDARD_HOURS: Final = {
    "US": _hours(
        (
            (-5, "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV"),
            (-6, "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI"),
            (-7, "AZ CO ID MT NM UT WY"),
            (-8, "CA NV OR WA"),
            (-9, "AK"),
            (-10, "HI"),
        )
    ),
    "CA": _hours(((-3, "NL"), (-4, "NB NS PE"), (-5, "ON QC NU"), (-6, "MB SK"), (-7, "AB NT YT"), (-8, "BC"))),
}


def standard_offset(country: str, region: str | None) -> timedelta | None:
    """Return how far a place's standard time is from UTC; ``None`` where it is not known."""
    hours = _STANDARD_HOURS.get(country, {}).get((region or "").strip().upper())
    return timedelta(hours=hours) if hours is not None else None
