"""What an order costs, and the tax in it (field guide ebay.md §1, §5)."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Final

from cartcarrier.channels.ebay import schemas
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Money

_FINER: Final = Decimal("0.0001")
_ABSURD: Final = Decimal("1e20")


@lru_cache(maxsize=4096)
def _money(value: Decimal, currency: str) -> Money | None:
    try:
        return Money(amount=value, currency=currency)
    except InvalidValueError:
        return None


def to_money(amount: schemas.Amount | None) -> Money | None:
    """Return an amount in the seller's currency; ``None`` where it cannot be expressed."""
    return _money(amount.value, amount.currency) if amount is not None else None


def to_unit_price(line: schemas.LineItem) -> Money | None:
    """Return the price of one piece: eBay's ``lineItemCost`` is that of all of them (pitfall 10).

    Where it does not divide evenly it is rounded to four decimals; the line's total is what counts then.
    """
    cost = line.line_item_cost
    if cost is None or line.quantity < 1 or not abs(cost.value) < _ABSURD:
        return None
    price = (cost.value / line.quantity).quantize(cost.value)
    if price * line.quantity != cost.value:
        price = (cost.value / line.quantity).quantize(_FINER, ROUND_HALF_EVEN)
    return _money(price, cost.currency)


def _taxes(line: schemas.LineItem) -> Iterable[schemas.Amount]:
    """Yield the taxes on a line; one that stands in both lists is one tax shown twice (§5)."""
    rest = [(tax.tax_type, tax.amount) for tax in line.ebay_collect_and_remit_taxes or ()]
    for tax in line.taxes or ():
        yield tax.amount
        if (tax.tax_type, tax.amount) in rest:
            rest.remove((tax.tax_type, tax.amount))
    for _, amount in rest:
        yield amount


def to_tax(line: schemas.LineItem) -> Money | None:
    """Return the tax on a line; ``None`` where eBay names none."""
    return total_of(to_money(amount) for amount in _taxes(line))


def total_of(amounts: Iterable[Money | None]) -> Money | None:
    """Return the sum of what is known; ``None`` when nothing is, or when the currencies differ."""
    total: Money | None = None
    for amount in amounts:
        if amount is None:
            continue
        if total is not None and total.currency != amount.currency:
            return None
        total = amount if total is None else total + amount
    return total


def has_foreign_money(order: schemas.Order) -> bool:
    """Return whether an amount of the order is in a currency that cannot be expressed."""
    amounts = [line.line_item_cost for line in order.line_items]
    if order.pricing_summary is not None:
        amounts.append(order.pricing_summary.total)
    return any(amount is not None and to_money(amount) is None for amount in amounts)
