"""Values that repeat from order to order, made once: amounts, weights, names of carriers.

Shipping, discounts and taxes of nought, the same article in many orders: a model that does not change can be shared, and making
one costs four times a look-up.
"""

from decimal import Decimal
from functools import lru_cache
from typing import ClassVar, Final

from cartcarrier.channels.shopify import codes, schemas
from cartcarrier.models import Money, Weight, compiled

_money: Final = compiled(Money)


class _Amounts(dict[str, Money]):
    """Money of one currency, by the text that Shopify sent.

    A plain dict answers in half the time of ``functools.lru_cache``, and touches less memory. It does not know which is old, so
    all go at once when it is full.
    """

    LIMIT: ClassVar = 8192

    __slots__ = ("_currency",)

    def __init__(self, currency: str) -> None:
        super().__init__()
        self._currency = currency

    def __missing__(self, amount: str) -> Money:
        if len(self) >= self.LIMIT:
            self.clear()
        money = self[amount] = _money(amount=Decimal(amount), currency=self._currency)
        return money


class _Currencies(dict[str, _Amounts]):
    """Amounts by currency; a shop books in one."""

    LIMIT: ClassVar = 200

    __slots__ = ()

    def __missing__(self, currency: str) -> _Amounts:
        if len(self) >= self.LIMIT:
            self.clear()
        amounts = self[currency] = _Amounts(currency)
        return amounts


_amounts: Final = _Currencies()


def to_money(bag: schemas.MoneyBag | None) -> Money | None:
    """Return an amount in the currency that the shop books."""
    if bag is None:
        return None
    sent = bag.shop_money
    return _amounts[sent.currency_code][sent.amount]


@lru_cache(maxsize=2048)
def to_weight(sent: schemas.Weight | None) -> Weight | None:
    """Return the weight of a piece. Shopify has 0 where nobody entered one; a unit that we do not know is not guessed."""
    if sent is None:
        return None
    unit = codes.WEIGHT_UNIT.get(sent.unit)
    return Weight(value=sent.value, unit=unit) if unit is not None and sent.value > 0 else None


carrier_name: Final = lru_cache(maxsize=256)(codes.carrier_name)
"""The driver's name for a company that Shopify names."""


def forget() -> None:
    """Begin anew, as in a process that has just started."""
    _amounts.clear()
    to_weight.cache_clear()
    carrier_name.cache_clear()
