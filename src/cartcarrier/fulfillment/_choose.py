"""Choosing a rate: what callers may hand in, and three ways that most need."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final

import attrs

from cartcarrier.errors import UnsupportedOperationError
from cartcarrier.http import Clock, SystemClock
from cartcarrier.models import Money, Order, Rate

_SATURDAY: Final = 5


@attrs.frozen(kw_only=True)
class Choice:
    """A rate, and why it was taken.

    Attributes:
        rate: The one to buy at.
        reason: One sentence, for people and logs.
    """

    rate: Rate
    reason: str


Chooser = Callable[[Order, Sequence[Rate]], Choice]
"""Picks one of the rates for an order. May raise any error of the library; nothing is bought then."""


def arrival(rate: Rate, now: datetime) -> datetime | None:
    """Return when a rate promises to arrive, at the latest; ``None`` when the carrier does not say.

    A bare day counts to its end, transit days are counted in weekdays from now.
    """
    promised = rate.estimated_delivery
    if isinstance(promised, datetime):
        return promised if promised.tzinfo is not None else promised.replace(tzinfo=UTC)
    if promised is not None:
        return datetime.combine(promised, time.max, tzinfo=UTC)
    if rate.transit_days is None:
        return None
    day = now.astimezone(UTC).date()
    left = rate.transit_days
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return datetime.combine(day, time.max, tzinfo=UTC)


def _one_currency(rates: Sequence[Rate]) -> None:
    currencies = sorted({rate.total.currency for rate in rates})
    if len(currencies) > 1:
        msg = f"rates in {' and '.join(currencies)} cannot be compared: pass a chooser of your own"
        raise UnsupportedOperationError(msg, field="choose")


def _by_price(rate: Rate) -> tuple[Money, str, str]:
    return (rate.total, rate.carrier, rate.service.code)


def _cheapest_of(rates: Sequence[Rate]) -> Rate:
    _one_currency(rates)
    return min(rates, key=_by_price)


def _some(rates: Sequence[Rate], otherwise: str) -> Sequence[Rate]:
    if not rates:
        raise UnsupportedOperationError(otherwise, field="choose")
    return rates


def cheapest(*, within: timedelta | None = None, clock: Clock | None = None) -> Chooser:
    """Take the lowest total.

    Args:
        within: Only rates known to arrive within that time from now; those that do not say are left out.
        clock: Where "now" comes from.
    """

    def choose(order: Order, rates: Sequence[Rate]) -> Choice:
        if within is None:
            best = _cheapest_of(_some(rates, f"no carrier has a rate for order {order.ref}"))
            return Choice(rate=best, reason=f"{_name(best)} is the cheapest of {len(rates)} at {best.total}")
        now = (clock or SystemClock()).now()
        timely = [rate for rate in rates if (due := arrival(rate, now)) is not None and due <= now + within]
        best = _cheapest_of(_some(timely, f"no rate for order {order.ref} is known to arrive within {within}"))
        why = f"{_name(best)} is the cheapest of the {len(timely)} that arrive within {within}, at {best.total}"
        return Choice(rate=best, reason=why)

    return choose


def fastest(*, max_total: Money | None = None, clock: Clock | None = None) -> Chooser:
    """Take the earliest promised arrival; of equals the cheaper one.

    Args:
        max_total: Only rates up to this total, in its currency.
        clock: Where "now" comes from.
    """

    def choose(order: Order, rates: Sequence[Rate]) -> Choice:
        payable = [
            rate
            for rate in rates
            if max_total is None or (rate.total.currency == max_total.currency and rate.total <= max_total)
        ]
        _some(payable, f"no rate for order {order.ref} costs at most {max_total}")
        _one_currency(payable)
        now = (clock or SystemClock()).now()
        never = datetime.max.replace(tzinfo=UTC)
        best = min(payable, key=lambda rate: (arrival(rate, now) or never, *_by_price(rate)))
        return Choice(rate=best, reason=f"{_name(best)} arrives first of {len(payable)}, for {best.total}")

    return choose


def by_deadline(*, clock: Clock | None = None) -> Chooser:
    """Take the cheapest rate that keeps the channel's promise to the buyer.

    Without a promise it is the cheapest; when none keeps it, the fastest, and the reason says so.

    Args:
        clock: Where "now" comes from.
    """

    def choose(order: Order, rates: Sequence[Rate]) -> Choice:
        if order.deliver_by is None:
            return cheapest()(order, rates)
        now = (clock or SystemClock()).now()
        timely = [rate for rate in rates if (due := arrival(rate, now)) is not None and due <= order.deliver_by]
        if not timely:
            late = fastest(clock=clock)(order, rates)
            return attrs.evolve(late, reason=f"no rate is known to arrive by {order.deliver_by}: {late.reason}")
        best = _cheapest_of(timely)
        why = f"{_name(best)} is the cheapest of the {len(timely)} that arrive by {order.deliver_by}, at {best.total}"
        return Choice(rate=best, reason=why)

    return choose


def _name(rate: Rate) -> str:
    return f"{rate.carrier} {rate.service.name}"
