"""Choosing a rate: the ways that most need and how they are put together, each with a sentence that explains it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import attrs
import pytest

from cartcarrier.errors import UnsupportedOperationError
from cartcarrier.fulfillment._choose import (
    Choice,
    Moment,
    NoRateFitsError,
    arrival,
    by_deadline,
    cheapest,
    choosing_at,
    fastest,
    first_of,
    only,
    prefer,
)
from cartcarrier.fulfillment._zones import zone, zone_name, zone_of
from cartcarrier.http import ManualClock
from cartcarrier.models import Money, Order, Rate, Service
from tests.unit.fulfillment.fakes import HOME, NOON, make_order, usd

CLOCK = ManualClock(NOON)  # a Monday


def rate(
    code: str,
    price: str,
    *,
    days: int | None = None,
    by: date | datetime | None = None,
    currency: str = "USD",
    carrier: str = "c:default",
) -> Rate:
    """A rate."""
    return Rate(
        carrier=carrier,
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
        (MIDDLE, datetime(2026, 1, 8, 23, 59, 59, tzinfo=UTC)),
        (rate("x", "1", days=5), datetime(2026, 1, 12, 23, 59, 59, tzinfo=UTC)),
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
    assert "cheapest of 4 at 1.00 USD" in choice.reason


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


def test_mixed_currencies_are_named_with_who_asks_in_them() -> None:
    """So that one can say which to leave out; and no other chooser is asked in its place."""
    mixed = [SLOW, rate("abroad", "1", currency="CAD", carrier="d:default")]
    with pytest.raises(UnsupportedOperationError, match="c:default in USD, d:default in CAD") as caught:
        first_of(cheapest(), fastest())(make_order(), mixed)
    assert not isinstance(caught.value, NoRateFitsError)
    assert only(cheapest(), carriers=["c"])(make_order(), mixed).rate is SLOW


def test_a_day_ends_where_the_recipient_lives() -> None:
    """The evening in Oregon is the next day in Greenwich; a promise until midnight there is kept by a rate of that day."""
    by_day = rate("day", "4", by=date(2026, 1, 8))
    dear = rate("dear", "40", by=NOON)
    there = datetime(2026, 1, 8, 23, 59, 59, tzinfo=zone("America/Los_Angeles"))
    choose = by_deadline(clock=CLOCK)
    assert choose(make_order(deliver_by=there), [by_day, dear]).rate is by_day
    assert choose(make_order(deliver_by=there - timedelta(hours=1)), [by_day, dear]).rate is dear
    in_greenwich = attrs.evolve(HOME, country_code="GB", region=None)
    assert (
        choose(make_order(ship_to=in_greenwich, deliver_by=there - timedelta(hours=8)), [by_day, dear]).rate is by_day
    )


def test_a_time_with_a_zone_is_compared_to_the_second() -> None:
    """Nothing is rounded to a day that the carrier has said to the hour."""
    exact = rate("exact", "4", by=NOON + timedelta(days=2))
    choose = by_deadline(strict=True, clock=CLOCK)
    assert choose(make_order(deliver_by=NOON + timedelta(days=2)), [exact]).rate is exact
    with pytest.raises(NoRateFitsError):
        choose(make_order(deliver_by=NOON + timedelta(days=2, seconds=-1)), [exact])


@pytest.mark.parametrize(
    ("ship_date", "days", "arrives"),
    [
        (date(2026, 1, 9), 1, date(2026, 1, 12)),
        (date(2026, 1, 10), 1, date(2026, 1, 13)),
        (date(2026, 1, 11), 0, date(2026, 1, 12)),
        (date(2026, 1, 1), 1, date(2026, 1, 6)),
    ],
    ids=["friday to monday", "a saturday is a monday", "a sunday is a monday", "never before today"],
)
def test_transit_days_count_from_the_handing_over(ship_date: date, days: int, arrives: date) -> None:
    """What is handed over on Friday is not on its way on Monday already."""
    due = arrival(rate("x", "1", days=days), NOON, ship_date=ship_date)
    assert due is not None
    assert due.date() == arrives


def test_only_looks_at_the_named_carriers_and_services() -> None:
    """By account or by driver; nothing left is a question that the next chooser may answer."""
    eu, us, post = (
        rate("03", price, carrier=key) for key, price in (("ups:eu", "9"), ("ups:us", "8"), ("post:a", "1"))
    )
    order = make_order()
    assert only(cheapest(), carriers=["ups"])(order, [eu, us, post]).rate is us
    assert only(cheapest(), carriers=["ups:eu"])(order, [eu, us, post]).rate is eu
    assert only(cheapest(), services=["slow"])(order, ALL).reason.startswith(
        "of slow only, c:default slow is the cheapest"
    )
    with pytest.raises(NoRateFitsError, match="among fedex 03"):
        only(cheapest(), carriers=["fedex"], services=["03"])(order, [eu, us, post])


def test_first_of_falls_through_and_tells_what_was_missed() -> None:
    """The sentence explains the whole way; a broken chooser ends it."""
    tomorrow = cheapest(within=timedelta(hours=1), clock=CLOCK)
    choice = first_of(tomorrow, fastest(max_total=usd("0")), cheapest())(make_order(), ALL)
    assert choice.rate is SILENT
    assert choice.reason.index("arrive within 1:00:00") < choice.reason.index("costs at most 0.00 USD")
    assert choice.reason.endswith("c:default silent is the cheapest of 4 at 1.00 USD")
    with pytest.raises(NoRateFitsError):
        first_of(tomorrow)(make_order(), ALL)
    with pytest.raises(NoRateFitsError):
        first_of()(make_order(), ALL)

    def broken(_order: Order, _rates: Sequence[Rate]) -> Choice:
        raise UnsupportedOperationError("no", field="choose")

    with pytest.raises(UnsupportedOperationError, match="no"):
        first_of(broken, cheapest())(make_order(), ALL)


def test_prefer_pays_a_little_more_and_not_more_than_that() -> None:
    """A tie-break at 0, a habit without a limit."""
    ours, theirs, same = (rate("x", price, carrier=key) for key, price in (("a:1", "9.5"), ("b:1", "9"), ("c:1", "9")))
    order = make_order()
    dime = usd("0.50")
    assert prefer(cheapest(), carriers=["a"], for_at_most=dime)(order, [theirs, ours]).rate is ours
    assert prefer(cheapest(), carriers=["a"], for_at_most=usd("0.49"))(order, [theirs, ours]).rate is theirs
    assert prefer(cheapest(), carriers=["c"], for_at_most=usd("0"))(order, [theirs, same]).rate is same
    assert prefer(cheapest(), carriers=["a"])(order, [theirs, rate("x", "99", carrier="a:1")]).rate.carrier == "a:1"
    none = prefer(cheapest(), carriers=["z"])(order, [theirs, ours])
    assert none.rate is theirs
    assert none.reason.startswith("z has no rate that fits")
    with pytest.raises(UnsupportedOperationError, match="EUR"):
        prefer(cheapest(), carriers=["a"], for_at_most=Money(amount=Decimal(1), currency="EUR"))(order, [theirs, ours])


@pytest.mark.parametrize(
    "choose",
    [
        cheapest(),
        fastest(clock=CLOCK),
        by_deadline(clock=CLOCK),
        only(cheapest(), carriers=["c"]),
        first_of(cheapest(within=timedelta(0), clock=CLOCK), cheapest()),
        prefer(cheapest(), services=["quick"], for_at_most=usd("99")),
    ],
    ids=["cheapest", "fastest", "by_deadline", "only", "first_of", "prefer"],
)
def test_every_choice_is_explained_in_one_sentence(choose: object) -> None:
    """It names the rate, and is one line."""
    choice = choose(make_order(deliver_by=NOON + timedelta(days=4)), ALL)  # type: ignore[operator]  # a chooser
    assert choice.rate.service.name in choice.reason
    assert "\n" not in choice.reason
    assert not choice.reason.endswith(".")


def test_the_moment_of_a_choice_that_is_made_again_is_then() -> None:
    """Neither today's date nor a chooser's own clock moves an old decision."""
    late = ManualClock(NOON + timedelta(days=300))
    with choosing_at(Moment(now=NOON)):
        assert cheapest(within=timedelta(days=2), clock=late)(make_order(), ALL).rate is QUICK
    assert cheapest(within=timedelta(days=2), clock=late)(make_order(), ALL).rate is MIDDLE


def test_zones_are_known_by_country_and_region() -> None:
    """What an address does not tell is Greenwich."""
    assert zone_name(HOME) == "America/Los_Angeles"
    assert zone_name(attrs.evolve(HOME, region="Elsewhere")) == "UTC"
    assert zone_name(attrs.evolve(HOME, country_code="DE", region=None)) == "Europe/Paris"
    assert zone_of(None) is UTC
    assert zone("No/Such") is UTC
