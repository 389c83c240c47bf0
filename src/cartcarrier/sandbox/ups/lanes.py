"""Which services UPS offers between two countries, and how long they take (field guide ups.md §2.3, §4.6)."""

from datetime import date, timedelta
from typing import Final

import attrs

from cartcarrier.sandbox._geography import EUROPEAN_UNION, US_LIKE

_US_DOMESTIC: Final = ("14", "01", "13", "59", "02", "12", "03")
_FROM_US_ABROAD: Final = ("54", "07", "65", "08")


@attrs.frozen(kw_only=True)
class Lane:
    """The two ends of a shipment, as far as rules depend on them.

    Attributes:
        origin: Country of departure.
        destination: Country of arrival.
    """

    origin: str
    destination: str

    @property
    def is_international(self) -> bool:
        """Whether customs look at it: the countries differ, and it is not within the US and Puerto Rico."""
        return self.origin != self.destination and not {self.origin, self.destination} <= US_LIKE

    @property
    def is_within_union(self) -> bool:
        """Whether both ends are in the European Union."""
        return {self.origin, self.destination} <= EUROPEAN_UNION

    @property
    def takes_package_references(self) -> bool:
        """Whether references stand on packages; elsewhere on the shipment (guide §4.7)."""
        return (self.origin, self.destination) in {("US", "US"), ("PR", "PR")}

    @property
    def takes_package_signature(self) -> bool:
        """Whether a signature is asked for on packages; elsewhere on the shipment (guide §4.6)."""
        within_us = self.origin in US_LIKE and self.destination in US_LIKE
        return within_us or (self.origin, self.destination) == ("CA", "CA")

    @property
    def is_within_us(self) -> bool:
        """Whether both ends are in the US and Puerto Rico, where the driver may release without a signature (guide §4.7)."""
        return {self.origin, self.destination} <= US_LIKE

    @property
    def takes_package_cod(self) -> bool:
        """Whether money is collected for packages: within the US and Puerto Rico, within Canada, from Canada to the US."""
        return self.is_within_us or (self.origin == "CA" and self.destination in {"CA", "US"})

    @property
    def needs_line_total(self) -> bool:
        """Whether ``InvoiceLineTotal`` is wanted when shipping: from the US to Puerto Rico and Canada (guide §4.4)."""
        return self.origin == "US" and self.destination in {"PR", "CA"}

    def services(self, *, residential: bool) -> tuple[str, ...]:
        """Return the codes offered, fastest first."""
        return tuple(code for code in self._all_services() if code != "93" or residential)

    def _all_services(self) -> tuple[str, ...]:
        ends = (self.origin, self.destination)
        if self.origin in US_LIKE and self.destination in US_LIKE:
            return (*_US_DOMESTIC, "93") if ends == ("US", "US") else ("01", "02", "03")
        if self.origin in US_LIKE:
            if self.destination == "CA":
                return ("54", "07", "65", "12", "08", "11")
            return (*_FROM_US_ABROAD, "11") if self.destination == "MX" else _FROM_US_ABROAD
        if ends == ("CA", "CA"):
            return ("14", "01", "13", "02", "11")
        if self.is_within_union or self.origin == self.destination:
            return ("54", "07", "65", "11")
        return (
            ("54", "07", "65", "08", "11") if {*ends} <= {"US", "CA", "MX", "GB"} | EUROPEAN_UNION else _FROM_US_ABROAD
        )


# Service -> working days in the nearest zone, more per zone, hour and minute of the commitment (none: end of day).
_TRANSIT: Final = {
    "14": (1, 0, "080000"),
    "01": (1, 0, "103000"),
    "13": (1, 0, "150000"),
    "59": (2, 0, "120000"),
    "02": (2, 0, ""),
    "12": (3, 0, ""),
    "03": (1, 1, ""),
    "93": (2, 1, ""),
    "54": (1, 0, "090000"),
    "07": (2, 0, "120000"),
    "65": (3, 0, ""),
    "08": (5, 0, ""),
    "11": (4, 0, ""),
}
END_OF_DAY: Final = "233000"
GUARANTEED: Final = frozenset({"01", "02", "07", "13", "14", "54", "59", "65"})


def working_days(service: str, zone: int) -> int:
    """Return the working days in transit."""
    days, more, _ = _TRANSIT.get(service, (5, 0, ""))
    return days + more * min(max(zone - 2, 0), 4)


def arrival_time(service: str) -> str:
    """Return the time of day by which it arrives, HHMMSS, local to the destination."""
    return _TRANSIT.get(service, (5, 0, ""))[2] or END_OF_DAY


def add_working_days(start: date, days: int, *, saturday: bool = False) -> date:
    """Return the day that lies so many working days after another.

    Args:
        start: The day of departure; on a weekend it counts as the Monday after.
        days: Working days.
        saturday: Whether the last of them may be a Saturday.
    """
    day = start
    while day.weekday() >= 5:
        day += timedelta(days=1)
    left = days
    while left:
        day += timedelta(days=1)
        if day.weekday() < 5 or (saturday and left == 1 and day.weekday() == 5):
            left -= 1
    return day
