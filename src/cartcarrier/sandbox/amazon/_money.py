"""What an order's lines cost, taken apart as both versions of the API show it.

Facts: field guide amazon.md §2.4. Prices are per line; discounts are positive and not yet subtracted.
"""

from collections.abc import Mapping
from decimal import Decimal

from cartcarrier.sandbox.amazon._marketplaces import MARKETPLACES
from cartcarrier.sandbox.amazon._shape import money
from cartcarrier.sandbox.amazon._world import Document


def parts_of(line: Document) -> Mapping[str, Decimal]:
    """Return what a line costs by kind, for all its units."""
    return {
        "ITEM": Decimal(line["price"]) * line["quantity"],
        "SHIPPING": Decimal(line["shipping"]),
        "GIFT_WRAP": Decimal(line["gift_wrap_price"]),
        "TAX": Decimal(line["tax"]) + Decimal(line["shipping_tax"]),
        "DISCOUNT": Decimal(line["discount"]) + Decimal(line["shipping_discount"]),
    }


def total_of(parts: Mapping[str, Decimal]) -> Decimal:
    """Return the sum, discounts subtracted."""
    return sum((-amount if kind == "DISCOUNT" else amount for kind, amount in parts.items()), Decimal(0))


def sum_of(order: Document) -> dict[str, Decimal]:
    """Return what all lines of an order cost by kind."""
    found: dict[str, Decimal] = {}
    for line in order["lines"]:
        for kind, amount in parts_of(line).items():
            found[kind] = found.get(kind, Decimal(0)) + amount
    return found


def amount(order: Document, value: Decimal | str) -> Document:
    """Write an amount as v2026 does."""
    return {"amount": money(value, MARKETPLACES[order["marketplace"]]), "currencyCode": order["currency"]}


def amount_v0(order: Document, value: Decimal | str) -> Document:
    """Write an amount as v0 does."""
    return {"CurrencyCode": order["currency"], "Amount": money(value, MARKETPLACES[order["marketplace"]])}
