"""Choosing a rate: three ways, each with a sentence that explains it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from cartcarrier.errors import UnsupportedOperationError
from cartcarrier.fulfillment import by_deadline, cheapest, fastest
from cartcarrier.fulfillment._choose import arrival
from cartcarrier.http import ManualClock
from cartcarrier.models import Money, Rate, Service
from tests.unit.fulfillment.fakes import NOON, make_order, usd

CLOCK = ManualClock(NOON)  # a Monday


def rate(
    code: str, price: str, *, days: int | None = None, by: date | datetime | None = None, currency: str = "USD"
) -> Rate:
    """A rate."""
    return Rate(
        carrier="c:default",
        service=Service(code=code, name=code),
        total=Money(amount=Decimal(price), currency=currency),
        transit_days=days,
        estimated_delivery=by,
    )


SLOW = rate("slow", "5", days=6)
MIDDLE = rate("middle", "9", by=date(2026, 1, 8))
QUICK = rate("quick", "30", by=NOON + timedelta(days=1))
SILENT = rate("silent", "1")
ALL = [QUICK, SILENT, SLOW, MIDDLE]


@pytest.mark.parametrize(
    ("offer", "arrives"),
    [
        (QUICK, NOON + timedelta(days=1)),
        (MIDDLE, datetime(2026, 1, 8, 23, 59, 59, 999999, tzinfo=UTC)),
        (rate("x", "1", days=5), datetime(2026, 1, 12, 23, 59, 59, 999999, tzinfo=UTC)),
        (SILENT, None),
    ],
    ids=["time", "day", "weekdays skip the weekend", "not said"],
)
def test_arrival_is_the_latest_that_is_promised(offer: Rate, arrives: datetime | None) -> None:
    """A day counts to its end, transit days are weekdays."""
    assert arrival(offer, NOON) == arrives


def test_cheapest_takes_the_lowest_total_and_says_why() -> None:
    """The default."""
    choice = cheapest()(make_order(), ALL)
    assert choice.rate is SILENT
    assert "cheapest of 4 at 1 USD" in choice.reason


def test_cheapest_within_leaves_out_who_does_not_say() -> None:
    """A promise cannot be kept by somebody who made none."""
    assert cheapest(within=timedelta(days=4), clock=CLOCK)(make_order(), ALL).rate is MIDDLE
    assert cheapest(within=timedelta(days=2), clock=CLOCK)(make_order(), ALL).rate is QUICK
    with pytest.raises(UnsupportedOperationError):
        cheapest(within=timedelta(hours=1), clock=CLOCK)(make_order(), ALL)


def test_fastest_takes_the_earliest_arrival_within_the_price() -> None:
    """Who does not say comes last; of equals the cheaper one."""
    assert fastest(clock=CLOCK)(make_order(), ALL).rate is QUICK
    assert fastest(max_total=usd("10"), clock=CLOCK)(make_order(), ALL).rate is MIDDLE
    assert fastest(max_total=usd("1"), clock=CLOCK)(make_order(), ALL).rate is SILENT
    twins = [rate("dear", "7", days=1), rate("cheap", "6", days=1)]
    assert fastest(clock=CLOCK)(make_order(), twins).rate is twins[1]
    with pytest.raises(UnsupportedOperationError):
        fastest(max_total=usd("0"), clock=CLOCK)(make_order(), ALL)


def test_by_deadline_takes_the_cheapest_that_keeps_the_promise() -> None:
    """Without a promise it is the cheapest; when none keeps it, the fastest, and the reason says so."""
    choose = by_deadline(clock=CLOCK)
    assert choose(make_order(deliver_by=NOON + timedelta(days=4)), ALL).rate is MIDDLE
    assert choose(make_order(), ALL).rate is SILENT
    late = choose(make_order(deliver_by=NOON), ALL)
    assert late.rate is QUICK
    assert late.reason.startswith("no rate is known to arrive by")


def test_currencies_are_not_compared() -> None:
    """Ten of what?"""
    mixed = [SLOW, rate("abroad", "1", currency="CAD", days=1)]
    for choose in (cheapest(), fastest(clock=CLOCK)):
        with pytest.raises(UnsupportedOperationError):
            choose(make_order(), mixed)
