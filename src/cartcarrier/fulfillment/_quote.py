"""Asking all carriers at once what they want, and picking a rate."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import anyio
import attrs

from cartcarrier.carriers import SupportsLabels, SupportsRates
from cartcarrier.errors import (
    AddressRejectedError,
    CartCarrierError,
    ConfigurationError,
    InsufficientFundsError,
    InvalidValueError,
    PermissionDeniedError,
    RateExpiredError,
    RateLimitError,
    RejectedError,
    ServiceUnavailableForLaneError,
    TransportError,
    UnavailableError,
    UnsupportedOperationError,
)
from cartcarrier.fulfillment._choose import Choice, Moment, cheapest, choosing_at, name_of
from cartcarrier.fulfillment._desk import Desk, log
from cartcarrier.fulfillment._reports import Quote, ShipPlan
from cartcarrier.fulfillment._tasks import task_group
from cartcarrier.models import Money, Rate, ShipmentRequest

# What tells the caller most about why nothing can be shipped: first what is wrong with the parcel, then with the set-up,
# last what may pass by itself.
_TELLING: tuple[type[CartCarrierError], ...] = (
    AddressRejectedError,
    InsufficientFundsError,
    InvalidValueError,
    UnsupportedOperationError,
    ServiceUnavailableForLaneError,
    RejectedError,
    ConfigurationError,
    PermissionDeniedError,
    RateLimitError,
    UnavailableError,
    TransportError,
    CartCarrierError,
)


@contextmanager
def bounded(desk: Desk, key: str, operation: str) -> Iterator[None]:
    """Wait for one of several accounts no longer than ``max_wait``: one that hangs must not hold up what the others say.

    Raises:
        TransportError: It did not answer in that time.
    """
    patience = desk.max_wait.total_seconds()
    try:
        with anyio.fail_after(patience):  # real time, not the clock's
            yield
    except TimeoutError as exc:
        driver, _, account = key.partition(":")
        msg = f"{key} did not answer within {patience:g} s: ask again, or allow more by max_wait"
        raise TransportError(msg, provider=driver, account=account, operation=operation) from exc


async def ask_carriers(desk: Desk, request: ShipmentRequest, *, to_buy: bool) -> Quote:
    """Ask every carrier that can say its price, all at once; none is waited for longer than ``max_wait``.

    Args:
        desk: The context.
        request: What is to be priced.
        to_buy: Leave out carriers that sell no labels.

    Raises:
        ConfigurationError: No carrier can be asked.
    """
    asked = {
        key: carrier
        for key, carrier in desk.carriers.items()
        if isinstance(carrier, SupportsRates) and (not to_buy or isinstance(carrier, SupportsLabels))
    }
    if not asked:
        msg = "this Fulfiller has no carrier that can be asked for a price: give it one, or ship at a rate of your own"
        raise ConfigurationError(msg, field="carriers")
    rates: list[Rate] = []
    failures: dict[str, CartCarrierError] = {}

    async def ask(key: str, carrier: SupportsRates) -> None:
        try:
            with bounded(desk, key, "get_rates"):
                rates.extend(await carrier.get_rates(request))
        except CartCarrierError as exc:
            log.info("%s gave no rates: %s", key, type(exc).__name__)
            failures[key] = exc

    async with task_group() as tasks:
        for key, carrier in asked.items():
            tasks.start_soon(ask, key, carrier)
    now = desk.now()
    good = [rate for rate in rates if rate.valid_until is None or rate.valid_until > now]
    good.sort(key=lambda rate: (rate.total.currency, rate.total.amount, rate.carrier, rate.service.code))
    return Quote(rates=tuple(good), failures=failures)


def most_telling(failures: Sequence[CartCarrierError]) -> CartCarrierError:
    """Return the failure that says most, with the others as notes."""
    ranked = sorted(failures, key=lambda exc: next(i for i, kind in enumerate(_TELLING) if isinstance(exc, kind)))
    first, *others = ranked
    for other in others:
        first.add_note(f"also: {type(other).__name__}: {other}")
    return first


@attrs.frozen(kw_only=True)
class Picked:
    """A choice, and what it was made among.

    Attributes:
        choice: The rate, and why.
        quote: All rates and failures.
        at: When.
    """

    choice: Choice
    quote: Quote
    at: datetime


async def choose_rate(desk: Desk, plan: ShipPlan, request: ShipmentRequest) -> Picked:
    """Quote and choose.

    Raises:
        CartCarrierError: No carrier has a rate: the most telling reason. Or what the chooser raises.
    """
    quote = await ask_carriers(desk, request, to_buy=True)
    if not quote.rates:
        if quote.failures:
            raise most_telling(list(quote.failures.values()))
        msg = f"no carrier offers a rate for order {plan.order.ref}"
        raise UnsupportedOperationError(msg, field="parcels")
    moment = Moment(now=desk.now(), ship_date=plan.ship_date)
    with choosing_at(moment):
        choice = (plan.choose or cheapest())(plan.order, quote.rates)
    if choice.rate not in quote.rates:
        msg = "the chooser returned a rate that was not among those it was given"
        raise InvalidValueError(msg, field="choose")
    log.info("order %s/%s: %s", plan.order.ref, plan.key, choice.reason)
    return Picked(choice=choice, quote=quote, at=moment.now)


def as_given(desk: Desk, rate: Rate, now_is: Rate) -> Picked:
    """Return a rate that the caller gave as a choice: that of the only one there was."""
    reason = f"{name_of(rate)} at {rate.total} was given by the caller"
    if now_is.total != rate.total:
        reason += f", and is at {now_is.total} now"
    return Picked(choice=Choice(rate=now_is, reason=reason), quote=Quote(rates=(now_is,)), at=desk.now())


async def still_good(
    desk: Desk, rate: Rate, request: ShipmentRequest, *, max_increase: Money | None, ask_again: bool = False
) -> Rate:
    """Return the rate while it is promised; else the same service's new one, if it costs no more than allowed.

    Args:
        desk: The context.
        rate: What the caller wants to pay.
        request: What is to be bought.
        max_increase: How much more may be paid; nothing without one.
        ask_again: The carrier has said that the price is over, whatever ``valid_until`` says.

    Raises:
        RateExpiredError: There is no new price, or it is too high.
    """
    if not ask_again and (rate.valid_until is None or rate.valid_until > desk.now()):
        return rate
    carrier = desk.carrier(rate.carrier)
    if not isinstance(carrier, SupportsRates):
        msg = f"{rate.carrier}: the price for {rate.service.code} is over, and the carrier cannot be asked for another"
        raise RateExpiredError(msg)
    offered = await carrier.get_rates(attrs.evolve(request, service=rate.service.code, rate=None))
    new = next((other for other in offered if other.service.code == rate.service.code), None)
    if new is None:
        msg = f"{rate.carrier}: the price for {rate.service.code} is over, and the service is not offered any more"
        raise RateExpiredError(msg)
    limit = rate.total if max_increase is None else rate.total + max_increase
    if new.total.currency != limit.currency or new.total > limit:
        msg = (
            f"{rate.carrier}: the price for {rate.service.code} is over; it was {rate.total}, is {new.total}, and at most"
            f" {limit} is allowed: quote again, or allow more by max_increase"
        )
        raise RateExpiredError(msg)
    return new
