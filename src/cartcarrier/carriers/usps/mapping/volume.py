"""What an hourly quota allows, before anybody goes live with it."""

import math
from decimal import Decimal
from typing import Final

from cartcarrier.carriers.usps.options import VolumePlan
from cartcarrier.errors import InvalidValueError

_TOKENS_A_DAY: Final = 6
"""Both tokens, three times each: 8 hours (field guide usps.md §1)."""
_TRACKED_TOGETHER: Final = 35
_PLACES: Final = Decimal("0.01")


def _at_least(value: Decimal | int, least: Decimal | int, name: str) -> Decimal:
    number = Decimal(value)
    if number < least:
        raise InvalidValueError(f"{name} must be at least {least}", field=name)
    return number


def plan(
    *,
    calls_per_hour: int,
    burst: int,
    sustained: Decimal,
    parcels_per_day: int | None,
    hours: int,
    quotes_per_parcel: Decimal,
    addresses_per_parcel: Decimal,
    voids_per_parcel: Decimal,
    looks_per_parcel: Decimal,
    batch: bool,
) -> VolumePlan:
    """Return what a quota allows.

    Args:
        calls_per_hour: What USPS allows.
        burst: Calls that may come at once.
        sustained: Calls an hour that flow back.
        parcels_per_day: The volume that is asked about.
        hours: Working hours of a day.
        quotes_per_parcel: Prices that are asked for; those from memory do not count.
        addresses_per_parcel: Addresses that are checked; as above.
        voids_per_parcel: Share of labels that is given back.
        looks_per_parcel: How often a parcel is followed until it has arrived.
        batch: Whether 35 parcels are followed in a call (v3r2).

    Raises:
        InvalidValueError: A figure makes no sense.
    """
    if not 1 <= hours <= 24:
        raise InvalidValueError("hours must be from 1 to 24", field="hours")
    looks = _at_least(looks_per_parcel, 0, "looks_per_parcel")
    each = (
        1
        + _at_least(quotes_per_parcel, 0, "quotes_per_parcel")
        + _at_least(addresses_per_parcel, 0, "addresses_per_parcel")
        + _at_least(voids_per_parcel, 0, "voids_per_parcel")
        + (looks / _TRACKED_TOGETHER if batch else looks)
    )
    free = max(sustained * hours - _TOKENS_A_DAY, Decimal(0))
    a_day = int(free / each)
    an_hour = int(a_day / hours)
    at_once = int(Decimal(burst) / each)
    needed = fits = None
    if parcels_per_day is not None:
        _at_least(parcels_per_day, 1, "parcels_per_day")
        needed = math.ceil((parcels_per_day * each + _TOKENS_A_DAY) / hours * calls_per_hour / sustained)
        fits = parcels_per_day <= a_day
    each = each.quantize(_PLACES)
    return VolumePlan(
        calls_per_hour=calls_per_hour,
        calls_per_parcel=each,
        parcels_per_hour=an_hour,
        parcels_per_day=a_day,
        burst=at_once,
        calls_needed_per_hour=needed,
        fits=fits,
        sentence=_sentence(calls_per_hour, each, a_day, at_once, hours, parcels_per_day, needed),
    )


def _sentence(  # noqa: PLR0917 - private; the caller has all of them at hand
    calls: int, each: Decimal, a_day: int, at_once: int, hours: int, wanted: int | None, needed: int | None
) -> str:
    allows = (
        f"With {calls} calls an hour and {each} calls a parcel, USPS lets you ship about {a_day} parcels in {hours} hours,"
        f" {at_once} of them at once"
    )
    if wanted is None or needed is None:
        return f"{allows}."
    if needed <= calls:
        return f"{allows}: {wanted} a day fit."
    return f"{allows}: {wanted} a day do not fit. Ask USPS for {needed} calls an hour before you go live."
