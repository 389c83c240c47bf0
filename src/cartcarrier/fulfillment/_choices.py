"""What was chosen for a shipment, among what, when and why: kept in the ledger, and made again from it."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import attrs

from cartcarrier.errors import CartCarrierError, InvalidValueError, LedgerError
from cartcarrier.fulfillment._choose import Choice, Chooser, Moment, arrival, choosing_at
from cartcarrier.fulfillment._desk import Desk
from cartcarrier.fulfillment._quote import Picked
from cartcarrier.fulfillment._zones import zone, zone_name
from cartcarrier.ledger import OrderRow, ShipmentRow
from cartcarrier.models import Order, OrderRef, Rate, from_plain, to_plain

_FORM: Final = 1


@attrs.frozen(kw_only=True)
class MissingRate:
    """An account that was asked and had no rate.

    Attributes:
        carrier: The account's key.
        error: The error's class, ``"RateLimitError"``.
        message: Why, in words.
    """

    carrier: str
    error: str
    message: str


def _to_rates(rates: Sequence[Rate]) -> tuple[Rate, ...]:
    return tuple(rates)


@attrs.frozen(kw_only=True)
class ChoiceRecord:
    """How the rate of a shipment was chosen.

    It holds no personal data: the order is without address, buyer, notes and titles, the rates are without their tokens and charges.

    Attributes:
        rate: The one that was bought at.
        reason: The sentence that explained it then.
        rates: All that were looked at.
        failures: Who was asked and had none, and why.
        at: When.
        order: What the chooser saw, as far as it may be kept.
        ship_date: When the parcels were to be handed over; ``None`` for the same day.
        zone: The IANA name of the recipient's zone, in which days end.
        given: The caller gave the rate; nothing was chosen.
    """

    rate: Rate
    reason: str
    rates: tuple[Rate, ...] = attrs.field(converter=_to_rates)
    failures: tuple[MissingRate, ...] = ()
    at: datetime
    order: Order
    ship_date: date | None = None
    zone: str = "UTC"
    given: bool = False

    @property
    def promised(self) -> datetime | None:
        """When the rate promised to arrive, at the latest; ``None`` when the carrier did not say."""
        return arrival(self.rate, self.at, zone=zone(self.zone), ship_date=self.ship_date)

    @property
    def deliver_by(self) -> datetime | None:
        """What the channel had promised the buyer."""
        return self.order.deliver_by

    def replay(self, choose: Chooser) -> Choice:
        """Choose again, among the same rates, at the time it was then.

        Raises:
            CartCarrierError: What the chooser raises.
        """
        with choosing_at(Moment(now=self.at, ship_date=self.ship_date, zone=zone(self.zone))):
            return choose(self.order, self.rates)


def make_record(picked: Picked, order: Order, *, ship_date: date | None, given: bool) -> ChoiceRecord:
    """Return what is to be kept of a choice."""
    quote = picked.quote
    return ChoiceRecord(
        rate=_bare_rate(picked.choice.rate),
        reason=picked.choice.reason,
        rates=[_bare_rate(rate) for rate in quote.rates],
        failures=tuple(_missing(key, exc) for key, exc in sorted(quote.failures.items())),
        at=picked.at.astimezone(UTC),
        order=_bare_order(order),
        ship_date=ship_date,
        zone=zone_name(order.ship_to),
        given=given,
    )


def _missing(key: str, error: CartCarrierError) -> MissingRate:
    return MissingRate(carrier=key, error=type(error).__name__, message=error.message)


def _bare_rate(rate: Rate) -> Rate:
    """Return a rate without what was said for its purchase only, without its parts, and without a carrier's free text."""
    return attrs.evolve(rate, token=None, warnings=(), charges=())


def _without_gaps(plain: Any) -> Any:  # noqa: ANN401 - plain JSON
    """Leave out what is not known: a record of twenty rates is half as long, and is read the same."""
    if isinstance(plain, dict):
        return {name: _without_gaps(value) for name, value in plain.items() if value is not None}
    return [_without_gaps(value) for value in plain] if isinstance(plain, list) else plain


def _bare_order(order: Order) -> Order:
    lines = [attrs.evolve(line, title=line.sku or line.id) for line in order.lines]
    return attrs.evolve(
        order, ship_to=None, buyer=None, notes=None, raw=None, fulfillments=(), holds=(), tags=order.tags, lines=lines
    )


async def keep_choice(desk: Desk, reference: str, record: ChoiceRecord) -> None:
    """Write a choice down under the reference of the shipment that is planned next; a plan that never comes hurts nobody."""
    value = json.dumps({"form": _FORM, **_without_gaps(to_plain(record))}, separators=(",", ":"))
    await desk.ledger.save_cursor(_name(reference), value)


async def load_choice(desk: Desk, row: ShipmentRow) -> ChoiceRecord | None:
    """Return how the rate of a shipment was chosen; ``None`` where an earlier version did not write that down.

    Raises:
        LedgerError: It cannot be read.
    """
    value = await desk.ledger.load_cursor(_name(row.reference))
    if value is None:
        return None
    try:
        return from_plain(ChoiceRecord, {k: v for k, v in json.loads(value).items() if k != "form"})
    except (InvalidValueError, ValueError) as exc:
        msg = f"the choice of shipment {row.ref}/{row.key} cannot be read: it is of another version, or damaged"
        raise LedgerError(msg) from exc


async def get_choice(desk: Desk, ref: OrderRef, key: str) -> ChoiceRecord | None:
    """Return how the rate of a shipment was chosen; see ``Fulfiller.get_choice``."""
    return await load_choice(desk, await desk.asked_row(ref, key))


def deliver_by(order: OrderRow | None, choice: ChoiceRecord | None) -> datetime | None:
    """Return what the buyer counts on: the channel's promise, or else what the rate promised when it was chosen."""
    if order is not None and order.order is not None and order.order.deliver_by is not None:
        return order.order.deliver_by
    if choice is None:
        return None
    return choice.deliver_by or choice.promised


def _name(reference: str) -> str:
    return f"choice/{reference}"
