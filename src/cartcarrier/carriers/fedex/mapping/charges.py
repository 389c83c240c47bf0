"""FedEx's sums, as money. What cannot be read is not known, and never costs a bought label."""

from collections.abc import Sequence
from decimal import Decimal

from cartcarrier.carriers.fedex.codes import from_fedex_currency
from cartcarrier.carriers.fedex.schemas._base import Alert, Amount
from cartcarrier.carriers.fedex.schemas.rating import CustomerMessage, RatedShipmentDetail, Sum, Surcharge
from cartcarrier.carriers.fedex.schemas.shipping import ShipRateDetail
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Charge, Money

BASE = "BASE"
DISCOUNT = "DISCOUNT"


def to_money(total: Sum, currency: str | None) -> Money | None:
    """Return an amount, or ``None`` when it or its currency is missing: a number, or an object with a currency of its own."""
    amount: Decimal | None
    if isinstance(total, Amount):
        amount, currency = total.amount, total.currency or currency
    else:
        amount = total
    code = from_fedex_currency(currency)
    if amount is None or code is None:
        return None
    try:
        return Money(amount=amount, currency=code)
    except InvalidValueError:
        return None


def _lines(items: Sequence[Surcharge] | None, currency: str, *, sign: int = 1) -> list[Charge]:
    lines = []
    for item in items or ():
        money = to_money(item.amount, currency)
        if money is None or not money.amount:
            continue
        code = item.type or ""
        lines.append(Charge(code=code, description=item.description or code, amount=money * sign))
    return lines


def to_charges(detail: RatedShipmentDetail, currency: str) -> list[Charge]:
    """Return what a price is made of: the base, less discounts, plus surcharges and taxes."""
    base = to_money(detail.total_base_charge, currency)
    lines = [] if base is None else [Charge(code=BASE, description="Base charge", amount=base)]
    under = detail.shipment_rate_detail
    if under is None:
        return lines
    return (
        lines
        + _lines(under.freight_discount, currency, sign=-1)
        + _lines(under.sur_charges, currency)
        + _lines(under.taxes, currency)
    )


def to_ship_charges(detail: ShipRateDetail, currency: str) -> list[Charge]:
    """Return what a bought shipment's price is made of; Ship has other names for the parts than Rate."""
    base = to_money(detail.total_base_charge, currency)
    lines = [] if base is None else [Charge(code=BASE, description="Base charge", amount=base)]
    discounts = [
        Surcharge(type=one.rate_discount_type, description=one.description, amount=one.amount)
        for one in detail.freight_discounts or ()
    ]
    if not discounts:
        # what makes up the discount is often not said, but its sum is
        discounts = [Surcharge(type=DISCOUNT, description="Discounts", amount=detail.total_freight_discounts)]
    surcharges = [
        Surcharge(type=one.surcharge_type, description=one.description, amount=one.amount)
        for one in detail.surcharges or ()
    ]
    return lines + _lines(discounts, currency, sign=-1) + _lines(surcharges, currency) + _lines(detail.taxes, currency)


def alert_texts(alerts: Sequence[Alert | CustomerMessage] | Alert | str | None) -> tuple[str, ...]:
    """Return alerts as ``"CODE: words"``, each once; FedEx sends a list, one, or a bare text."""
    if alerts is None:
        return ()
    if isinstance(alerts, str):
        return (alerts.strip(),) if alerts.strip() else ()
    listed: Sequence[Alert | CustomerMessage] = [alerts] if isinstance(alerts, Alert) else alerts
    texts = [": ".join(part for part in (alert.code, alert.message) if part) for alert in listed]
    return tuple(dict.fromkeys(text for text in texts if text))
