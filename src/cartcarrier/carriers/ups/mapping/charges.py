"""UPS's sums, as money. What cannot be read is not known, and never costs a bought label."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from cartcarrier.carriers.ups.schemas import Alert, Amount, many
from cartcarrier.carriers.ups.schemas._base import ResponseHead
from cartcarrier.carriers.ups.schemas.rating import ItemizedCharge
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Charge, Money

# Field guide ups.md §2.5.
_WORDS = {
    "100": "Additional handling",
    "110": "Cash on delivery",
    "120": "Delivery confirmation",
    "121": "Delivery confirmation",
    "190": "Extended area",
    "200": "Dry ice",
    "270": "Residential",
    "300": "Saturday delivery",
    "310": "Saturday international processing",
    "375": "Fuel",
    "376": "Delivery area",
    "377": "Large package",
    "378": "Shipper pays duty and tax",
    "379": "Shipper pays duty and tax",
    "400": "Declared value",
    "401": "Additional handling of the shipment",
    "402": "Shipper release",
    "407": "Extended-area pickup",
    "430": "Peak",
    "431": "Peak, large package",
    "432": "Peak, additional handling",
    "441": "Carbon neutral",
    "480": "Security",
    "553": "Simple Rate",
}
SATURDAY = "300"
BASE = "base"
TRANSPORT = "transportation"
OPTIONS = "service-options"


def to_money(amount: Amount | ItemizedCharge | None) -> Money | None:
    """Return an amount, or ``None`` when it is missing or cannot be read."""
    if amount is None or amount.currency_code is None or amount.monetary_value is None:
        return None
    try:
        return Money(amount=Decimal(amount.monetary_value.strip()), currency=amount.currency_code.strip())
    except (InvalidOperation, InvalidValueError):
        return None


def to_charge_lines(items: Iterable[ItemizedCharge]) -> list[Charge]:
    """Return itemized charges; those without a readable amount are left out."""
    lines = []
    for item in items:
        money = to_money(item)
        if money is None:
            continue
        code = item.code or ""
        words = item.description or _WORDS.get(code) or f"UPS charge {code}".rstrip()
        lines.append(Charge(code=code, description=words, amount=money))
    return lines


def named_charge(code: str, words: str, amount: Amount | None) -> list[Charge]:
    """Return one charge that has a member of its own, if it is there."""
    money = to_money(amount)
    return [] if money is None else [Charge(code=code, description=words, amount=money)]


def alert_texts(*groups: list[Alert] | Alert | None) -> tuple[str, ...]:
    """Return alerts as ``"120900: words"``, each once."""
    texts = [
        ": ".join(part for part in (alert.code, alert.description) if part) for group in groups for alert in many(group)
    ]
    return tuple(dict.fromkeys(text for text in texts if text))


def head_alerts(head: ResponseHead | None) -> list[Alert]:
    """Return the alerts of an answer's head."""
    return many(head.alert) if head is not None else []
