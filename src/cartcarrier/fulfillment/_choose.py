"""Choosing a rate: what callers may hand in, the ways that most need, and how they are put together."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, overload

import attrs

from cartcarrier.errors import UnsupportedOperationError
from cartcarrier.fulfillment._zones import zone_of
from cartcarrier.http import Clock, SystemClock
from cartcarrier.models import Money, Order, Rate

_SATURDAY: Final = 5
_NEVER: Final = datetime.max.replace(tzinfo=UTC)


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


class NoRateFitsError(UnsupportedOperationError):
    """A chooser finds none of the rates good enough; ``first_of`` asks the next one. Yours may raise it, too."""


@attrs.frozen(kw_only=True)
class Moment:
    """When and where a choice is made.

    Attributes:
        now: The present.
        ship_date: When the parcels are handed over; ``None`` for today.
        zone: The zone that the recipient lives in; ``None`` for that of the order's address.
    """

    now: datetime
    ship_date: date | None = None
    zone: tzinfo | None = None


_moment: ContextVar[Moment | None] = ContextVar("cartcarrier_choosing_at", default=None)


@contextmanager
def choosing_at(moment: Moment) -> Iterator[None]:
    """Let choosers believe that it is then: the ``Fulfiller``'s clock, or the time of a choice that is made again."""
    before = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(before)


def _here(order: Order, clock: Clock | None) -> Moment:
    moment = _moment.get() or Moment(now=(clock or SystemClock()).now())
    return moment if moment.zone is not None else attrs.evolve(moment, zone=zone_of(order.ship_to))


def arrival(rate: Rate, now: datetime, *, zone: tzinfo = UTC, ship_date: date | None = None) -> datetime | None:
    """Return when a rate promises to arrive, at the latest; ``None`` when the carrier does not say.

    Args:
        rate: What the carrier offers.
        now: The present.
        zone: Where the recipient lives: a bare day counts to its end there, a time without zone is the clock there.
        ship_date: When it is handed over; ``None`` for today. On a weekend that is Monday. Transit days are counted in
            business days from then, Monday to Friday; holidays are not known.
    """
    if rate.estimated_delivery is not None:
        return day_ends(rate.estimated_delivery, zone)
    if rate.transit_days is None:
        return None
    today = now.astimezone(zone).date()
    day = today if ship_date is None else max(today, ship_date)
    while day.weekday() >= _SATURDAY:
        day += timedelta(days=1)
    left = rate.transit_days
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() < _SATURDAY
    return day_ends(day, zone)


@overload
def day_ends(moment: datetime | date, zone: tzinfo) -> datetime: ...
@overload
def day_ends(moment: None, zone: tzinfo) -> None: ...
def day_ends(moment: datetime | date | None, zone: tzinfo) -> datetime | None:
    """Return a moment as it is, a bare day as its last second in that zone; a time without zone is the clock there."""
    if moment is None or (isinstance(moment, datetime) and moment.tzinfo is not None):
        return moment
    if isinstance(moment, datetime):
        return moment.replace(tzinfo=zone)
    return datetime.combine(moment, time(23, 59, 59), tzinfo=zone)


def _due(rate: Rate, here: Moment) -> datetime | None:
    return arrival(rate, here.now, zone=here.zone or UTC, ship_date=here.ship_date)


def _one_currency(rates: Sequence[Rate]) -> None:
    currencies = sorted({rate.total.currency for rate in rates})
    if len(currencies) > 1:
        asked = (
            f"{name} in {'/'.join(_currencies_of(rates, name))}" for name in sorted({rate.carrier for rate in rates})
        )
        msg = (
            f"rates in {' and '.join(currencies)} cannot be compared ({', '.join(asked)}): keep to one by only(carriers=…),"
            " or pass a chooser of your own"
        )
        raise UnsupportedOperationError(msg, field="choose")


def _currencies_of(rates: Sequence[Rate], carrier: str) -> list[str]:
    return sorted({rate.total.currency for rate in rates if rate.carrier == carrier})


def _by_price(rate: Rate) -> tuple[Money, str, str]:
    return (rate.total, rate.carrier, rate.service.code)


def _cheapest_of(rates: Sequence[Rate]) -> Rate:
    _one_currency(rates)
    return min(rates, key=_by_price)


def _some(rates: Sequence[Rate], otherwise: str) -> Sequence[Rate]:
    if not rates:
        raise NoRateFitsError(otherwise, field="choose")
    return rates


def cheapest(*, within: timedelta | None = None, clock: Clock | None = None) -> Chooser:
    """Take the lowest total.

    Args:
        within: Only rates known to arrive within that time from now; those that do not say are left out.
        clock: Where "now" comes from when it is called outside of a ``Fulfiller``, which lends its own.
    """

    def choose(order: Order, rates: Sequence[Rate]) -> Choice:
        if within is None:
            best = _cheapest_of(_some(rates, f"no carrier has a rate for order {order.ref}"))
            return Choice(rate=best, reason=f"{name_of(best)} is the cheapest of {len(rates)} at {best.total}")
        here = _here(order, clock)
        timely = [rate for rate in rates if (due := _due(rate, here)) is not None and due <= here.now + within]
        best = _cheapest_of(_some(timely, f"no rate for order {order.ref} is known to arrive within {within}"))
        why = f"{name_of(best)} is the cheapest of the {len(timely)} that arrive within {within}, at {best.total}"
        return Choice(rate=best, reason=why)

    return choose


def fastest(*, max_total: Money | None = None, clock: Clock | None = None) -> Chooser:
    """Take the earliest promised arrival; of equals the cheaper one.

    Args:
        max_total: Only rates up to this total, in its currency.
        clock: Where "now" comes from when it is called outside of a ``Fulfiller``, which lends its own.
    """

    def choose(order: Order, rates: Sequence[Rate]) -> Choice:
        payable = [
            rate
            for rate in rates
            if max_total is None or (rate.total.currency == max_total.currency and rate.total <= max_total)
        ]
        _some(payable, f"no rate for order {order.ref} costs at most {max_total}")
        _one_currency(payable)
        here = _here(order, clock)
        best = min(payable, key=lambda rate: (_due(rate, here) or _NEVER, *_by_price(rate)))
        return Choice(rate=best, reason=f"{name_of(best)} arrives first of {len(payable)}, for {best.total}")

    return choose


def by_deadline(*, strict: bool = False, clock: Clock | None = None) -> Chooser:
    """Take the cheapest rate that keeps the channel's promise to the buyer, ``Order.deliver_by``.

    Without a promise it is the cheapest; when none keeps it, the fastest, and the reason says so.

    Args:
        strict: When none keeps it, find none.
        clock: Where "now" comes from when it is called outside of a ``Fulfiller``, which lends its own.
    """

    def choose(order: Order, rates: Sequence[Rate]) -> Choice:
        promise = order.deliver_by
        if promise is None:
            found = cheapest()(order, rates)
            return attrs.evolve(found, reason=f"no arrival was promised: {found.reason}")
        here = _here(order, clock)
        timely = [rate for rate in rates if (due := _due(rate, here)) is not None and due <= promise]
        if not timely:
            if strict:
                msg = f"no rate for order {order.ref} is known to arrive by {promise}"
                raise NoRateFitsError(msg, field="choose")
            late = fastest(clock=clock)(order, rates)
            return attrs.evolve(late, reason=f"no rate is known to arrive by {promise}: {late.reason}")
        best = _cheapest_of(timely)
        why = f"{name_of(best)} is the cheapest of the {len(timely)} that arrive by {promise}, at {best.total}"
        return Choice(rate=best, reason=why)

    return choose


def only(choose: Chooser, *, carriers: Sequence[str] = (), services: Sequence[str] = ()) -> Chooser:
    """Let a chooser see some of the rates only.

    Args:
        choose: Picks one of them.
        carriers: Account keys (``"ups:eu"``) or drivers (``"ups"``); empty for all.
        services: The carriers' own codes; empty for all.
    """

    def choose_among(order: Order, rates: Sequence[Rate]) -> Choice:
        left = [rate for rate in rates if _is_one_of(rate, carriers, services)]
        what = " ".join((*carriers, *services))
        found = choose(order, _some(left, f"no rate for order {order.ref} is among {what}"))
        return attrs.evolve(found, reason=f"of {what} only, {found.reason}")

    return choose_among


def first_of(*choosers: Chooser) -> Chooser:
    """Ask one chooser after the other, until one finds a rate that fits it.

    Only a ``NoRateFitsError`` passes the question on. The sentence tells who found nothing before.
    """

    def choose(order: Order, rates: Sequence[Rate]) -> Choice:
        missed: list[str] = []
        for chooser in choosers:
            try:
                found = chooser(order, rates)
            except NoRateFitsError as exc:
                missed.append(exc.message)
            else:
                return attrs.evolve(
                    found, reason=": ".join(("; ".join(missed), found.reason)) if missed else found.reason
                )
        raise NoRateFitsError("; ".join(missed) or "first_of() was given no chooser", field="choose")

    return choose


def prefer(
    choose: Chooser, *, carriers: Sequence[str] = (), services: Sequence[str] = (), for_at_most: Money | None = None
) -> Chooser:
    """Take what a chooser picks among the preferred rates, as long as that costs little more than what it picks among all.

    Args:
        choose: Picks, twice.
        carriers: Account keys (``"ups:eu"``) or drivers (``"ups"``); empty for all.
        services: The carriers' own codes; empty for all.
        for_at_most: How much more the preferred one may cost; ``None`` for anything, an amount of 0 makes it a tie-break.
    """

    def choose_preferred(order: Order, rates: Sequence[Rate]) -> Choice:
        of_all = choose(order, rates)
        what = " ".join((*carriers, *services))
        try:
            wanted = only(choose, carriers=carriers, services=services)(order, rates)
        except NoRateFitsError:
            return attrs.evolve(of_all, reason=f"{what} has no rate that fits: {of_all.reason}")
        if wanted.rate == of_all.rate:
            return of_all
        if for_at_most is not None:
            limit = of_all.rate.total.currency, for_at_most.currency
            if set(limit) != {wanted.rate.total.currency}:
                msg = f"prefer(for_at_most=…) is in {for_at_most.currency}, the rates are in {' and '.join(limit[:1])}"
                raise UnsupportedOperationError(msg, field="choose")
            if wanted.rate.total > of_all.rate.total + for_at_most:
                why = f"{name_of(wanted.rate)} costs over {for_at_most} more: {of_all.reason}"
                return attrs.evolve(of_all, reason=why)
        return attrs.evolve(
            wanted, reason=f"preferred to {name_of(of_all.rate)} at {of_all.rate.total}: {wanted.reason}"
        )

    return choose_preferred


def _is_one_of(rate: Rate, carriers: Sequence[str], services: Sequence[str]) -> bool:
    moved_by = not carriers or rate.carrier in carriers or rate.carrier.partition(":")[0] in carriers
    return moved_by and (not services or rate.service.code in services)


def name_of(rate: Rate) -> str:
    """Return how a sentence names a rate."""
    return f"{rate.carrier} {rate.service.name}"
