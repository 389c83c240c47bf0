"""Amazon's proceeds as amounts: of lines, so divided where a piece's price is due (field guide amazon.md §2.4)."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache
from typing import Final

from cartcarrier.channels.amazon.schemas import orders as schemas
from cartcarrier.models import Money

_PLACES: Final = Decimal("0.0001")


# The same amounts come again and again; a model that does not change can be shared.
@lru_cache(maxsize=8192)
def _money(amount: Decimal, currency: str) -> Money:
    return Money(amount=amount, currency=currency)


def to_money(value: schemas.Money | None) -> Money | None:
    """Return an amount; ``None`` where Amazon gives none."""
    return _money(value.amount, value.currency_code) if value is not None else None


def part(breakdowns: Iterable[schemas.Breakdown] | None, kind: str) -> Money | None:
    """Return the sum of one kind of breakdown; ``None`` where there is none."""
    return total(one.subtotal for one in breakdowns or () if one.type == kind)


def total(values: Iterable[schemas.Money | None]) -> Money | None:
    """Return the sum of amounts; ``None`` for the sum of none."""
    found = [value for value in values if value is not None]
    if not found:
        return None
    return _money(sum((value.amount for value in found), Decimal()), found[0].currency_code)


def discount(breakdowns: Iterable[schemas.Breakdown] | None) -> Money | None:
    """Return all that was taken off, as a positive amount; its sign is documented nowhere."""
    found = part(breakdowns, "DISCOUNT")
    return _money(abs(found.amount), found.currency) if found is not None else None


def item_discount(breakdowns: Iterable[schemas.Breakdown] | None) -> Decimal:
    """Return what was taken off the article itself: without what was taken off its shipping, which is told apart (§2.3)."""
    amount = Decimal()
    for one in breakdowns or ():
        if one.type == "DISCOUNT":
            details = one.detailed_breakdowns or ()
            shipping = sum(
                (abs(each.value.amount) for each in details if each.subtype == "SHIPPING" and each.value is not None),
                Decimal(),
            )
            amount += abs(one.subtotal.amount) - shipping
    return amount


def line_total(breakdowns: Iterable[schemas.Breakdown] | None) -> Money | None:
    """Return what a line costs after its discounts: these are not taken off the ``ITEM`` part yet (§2.4)."""
    price = part(breakdowns, "ITEM")
    return None if price is None else _money(price.amount - item_discount(breakdowns), price.currency)


def unit_price(item: schemas.OrderItem) -> Money | None:
    """Return the price of one piece: Amazon's own where it gives it, else the line's divided by its pieces (pitfall 11)."""
    product = item.product
    if product is not None and product.price is not None and product.price.unit_price is not None:
        return to_money(product.price.unit_price)
    price = part(item.proceeds.breakdowns if item.proceeds is not None else None, "ITEM")
    if price is None or item.quantity_ordered < 1:
        return None
    share = price.amount / item.quantity_ordered
    exact = share * item.quantity_ordered == price.amount
    return _money(share if exact else share.quantize(_PLACES), price.currency)
