"""Where a shipment goes, as far as USPS's rules hang on it, and which day that is there."""

from datetime import date, datetime, time, timedelta, timezone

import attrs

from cartcarrier.carriers.usps.codes import CUSTOMS_STATES, MILITARY, STATES, TERRITORIES, utc_offset
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import Address, ShipmentRequest


def is_home(address: Address) -> bool:
    """Whether USPS delivers there as at home: the states, the territories, the military post."""
    return address.country_code == "US" or address.country_code in TERRITORIES


def state_of(address: Address, field: str) -> str:
    """Return the state of a place at home; a territory is one, whether it stands as a country or as a region.

    Raises:
        InvalidValueError: There is none, or it is spelled out.
    """
    if address.country_code in TERRITORIES:
        return address.country_code
    state = (address.region or "").strip().upper()
    if state not in STATES:
        raise InvalidValueError(
            f"{field}.region must be the two letters of a US state or territory", field=f"{field}.region"
        )
    return state


def zone_of(state: str) -> timezone:
    """Return a zone whose days are the state's (see ``utc_offset``)."""
    return timezone(timedelta(hours=utc_offset(state)))


def day_in(state: str, now: datetime) -> date:
    """Return which day it is in a state."""
    return now.astimezone(zone_of(state)).date()


def end_of(day: date, state: str) -> datetime:
    """Return when a mailing date is over: labels of it cannot be bought later (160001)."""
    return datetime.combine(day + timedelta(days=1), time(), zone_of(state))


@attrs.frozen(kw_only=True)
class Lane:
    """From where to where.

    Attributes:
        origin: The state that it leaves.
        destination: The state that it goes to; ``None`` when that is abroad.
        is_return: It goes back to the seller.
    """

    origin: str
    destination: str | None
    is_return: bool

    @classmethod
    def of(cls, request: ShipmentRequest) -> "Lane":
        """Return the lane of a request.

        Raises:
            UnsupportedOperationError: It does not leave from the US, or is a return from abroad.
            InvalidValueError: A state is missing.
        """
        field = "ShipmentRequest.ship_from.country_code"
        if not is_home(request.ship_from):
            msg = f"usps: {field} must be the US or one of its territories; nothing was sent"
            raise UnsupportedOperationError(msg, field=field)
        origin = state_of(request.ship_from, "ShipmentRequest.ship_from")
        abroad = not is_home(request.ship_to)
        if abroad and request.is_return:
            raise UnsupportedOperationError(
                "usps: is_return is for parcels within the US; nothing was sent", field="is_return"
            )
        destination = None if abroad else state_of(request.ship_to, "ShipmentRequest.ship_to")
        return cls(origin=origin, destination=destination, is_return=request.is_return)

    @property
    def is_abroad(self) -> bool:
        """Whether it leaves the US for USPS."""
        return self.destination is None

    @property
    def is_military(self) -> bool:
        """Whether one end is the military post."""
        return self.origin in MILITARY or self.destination in MILITARY

    @property
    def to_military(self) -> bool:
        """Whether it goes to the military post."""
        return self.destination in MILITARY

    @property
    def needs_customs(self) -> bool:
        """Whether a customs form is due (field guide usps.md §4.6)."""
        if self.is_abroad:
            return True
        return self.origin != self.destination and bool({self.origin, self.destination} & CUSTOMS_STATES)
