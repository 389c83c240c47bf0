"""Reading FedEx's dates."""

from datetime import date, datetime, timedelta, timezone

from cartcarrier.sandbox._geography import utc_offset
from cartcarrier.sandbox.fedex.account import World
from cartcarrier.sandbox.fedex.errors import FedExError

SHIP_DATE_INVALID = "AVAILABILITY.SHIP.DATE.INVALID"
LATEST = timedelta(days=10)


def read_date(written: str, code: str, message: str) -> date:
    """Read YYYY-MM-DD.

    Raises:
        FedExError: The code, for anything else.
    """
    try:
        found = date.fromisoformat(written)
    except ValueError:
        raise FedExError(code, message) from None
    if len(written) != 10:
        raise FedExError(code, message)
    return found


def read_ship_date(world: World, written: str, country: str, state: str) -> date:
    """Read the day of departure: today by default, not past, at most ten days ahead (guide §2.1).

    Raises:
        FedExError: AVAILABILITY.SHIP.DATE.INVALID.
    """
    today = world.now().astimezone(zone_of(country, state)).date()
    if not written:
        return today
    day = read_date(written, SHIP_DATE_INVALID, "The ship date is past, too far ahead, or no date.")
    earliest = min(today, world.now().date())
    if not earliest <= day <= today + LATEST:
        raise FedExError(SHIP_DATE_INVALID, "The ship date is past, too far ahead, or no date.")
    return day


def zone_of(country: str, state: str) -> timezone:
    """Return a place's own time, without summer time."""
    return timezone(timedelta(hours=utc_offset(country, "QC" if state == "PQ" else state)))


def local(moment: datetime, country: str, state: str) -> datetime:
    """Return a moment by a place's own clock."""
    return moment.astimezone(zone_of(country, state))
