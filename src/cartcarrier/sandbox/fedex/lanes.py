"""Which services FedEx offers between two places, and when they arrive (field guide fedex.md §2.3)."""

from datetime import date, datetime, time, timedelta
from typing import Final

import attrs

from cartcarrier.sandbox._geography import EUROPEAN_UNION
from cartcarrier.sandbox.fedex.codes import SATURDAY_DAYS, SERVICES, US_EXPRESS, Service

_INTERNATIONAL: Final = (
    "INTERNATIONAL_FIRST",
    "FEDEX_INTERNATIONAL_PRIORITY_EXPRESS",
    "FEDEX_INTERNATIONAL_PRIORITY",
    "INTERNATIONAL_ECONOMY",
    "FEDEX_INTERNATIONAL_CONNECT_PLUS",
)
_FREIGHT: Final = ("FEDEX_1_DAY_FREIGHT", "FEDEX_2_DAY_FREIGHT", "FEDEX_3_DAY_FREIGHT")
_EUROPE: Final = EUROPEAN_UNION | {"GB", "CH", "NO"}
END_OF_DAY: Final = time(20)


@attrs.frozen(kw_only=True)
class Lane:
    """The two ends of a shipment, as far as rules depend on them.

    Attributes:
        origin: Country of departure.
        destination: Country of arrival.
        residential: Whether it goes to a home.
    """

    origin: str
    destination: str
    residential: bool = False

    @property
    def is_international(self) -> bool:
        """Whether customs look at it."""
        return self.origin != self.destination and not self.is_within_union

    @property
    def is_within_union(self) -> bool:
        """Whether both ends are in the customs union of Europe."""
        return {self.origin, self.destination} <= EUROPEAN_UNION

    def services(self) -> tuple[Service, ...]:
        """Return what is offered for parcels, fastest first; Ground goes to homes under its own name."""
        return tuple(SERVICES[code] for code in self._codes())

    def freight(self) -> tuple[Service, ...]:
        """Return what is offered for pieces above 150 pounds."""
        return tuple(SERVICES[code] for code in _FREIGHT) if (self.origin, self.destination) == ("US", "US") else ()

    def _codes(self) -> tuple[str, ...]:
        ends = (self.origin, self.destination)
        ground = "GROUND_HOME_DELIVERY" if self.residential else "FEDEX_GROUND"
        if ends == ("US", "US"):
            return (*US_EXPRESS, ground, "SMART_POST") if self.residential else (*US_EXPRESS, ground)
        if ends == ("CA", "CA"):
            return ("FIRST_OVERNIGHT", "PRIORITY_OVERNIGHT", "FEDEX_2_DAY", "FEDEX_GROUND")
        if ends in {("US", "CA"), ("CA", "US")}:
            return (*_INTERNATIONAL, "FEDEX_GROUND")
        if ends == ("MX", "MX"):
            return ("STANDARD_OVERNIGHT", "FEDEX_EXPRESS_SAVER")
        if self.origin == self.destination:
            return ("FEDEX_FIRST", "FEDEX_PRIORITY_EXPRESS", "FEDEX_PRIORITY", "FEDEX_ECONOMY")
        return (*_INTERNATIONAL, "FEDEX_REGIONAL_ECONOMY") if {*ends} <= _EUROPE else _INTERNATIONAL


@attrs.frozen(kw_only=True)
class Commitment:
    """When something arrives.

    Attributes:
        days: Working days in transit.
        at: Day and time by the destination's clock, without a zone, as FedEx says it.
        saturday: Whether that is a Saturday that was asked for.
    """

    days: int
    at: datetime
    saturday: bool


def commit(service: Service, zone: int, start: date, *, saturday: bool = False) -> Commitment:
    """Return when a service arrives.

    Args:
        service: Which.
        zone: How far, as the tariff counts it.
        start: The day of departure.
        saturday: Whether Saturday delivery was asked for.
    """
    days = service.days + service.days_per_zone * min(max(zone - 2, 0), 4)
    day = add_working_days(start, days, saturday=saturday)
    clock = time.fromisoformat(service.by) if service.by else END_OF_DAY
    return Commitment(days=days, at=datetime.combine(day, clock), saturday=saturday)


def delivers_saturday(service: Service, start: date) -> bool:
    """Say whether a service that leaves on that day can deliver on a Saturday (guide §4.6)."""
    return SATURDAY_DAYS.get(service.code) == start.weekday()


def add_working_days(start: date, days: int, *, saturday: bool = False) -> date:
    """Return the day that lies so many working days after another; a Saturday is one when it was asked for.

    A departure on a weekend counts as one on the Monday after.
    """
    day = start
    while day.weekday() >= 5:
        day += timedelta(days=1)
    left = days
    while left:
        day += timedelta(days=1)
        if day.weekday() < 5 or (saturday and day.weekday() == 5):
            left -= 1
    return day
