"""Global ids, times and money as this API writes them."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, TypeAlias

Document = dict[str, Any]
# What graphql-core hands over without a type: arguments, nodes, values of any shape.
Json: TypeAlias = Any

CENT = Decimal("0.01")


class RefusedError(Exception):
    """A mutation says no: what goes into ``userErrors``.

    Args:
        message: The platform's words.
        field: Path of the refused argument.
        code: The typed code, where the mutation has typed errors.
    """

    def __init__(self, message: str, *, field: list[str] | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code


def gid(kind: str, number: int | str) -> str:
    """Write a global id."""
    return f"gid://shopify/{kind}/{number}"


def number_of(value: object, kind: str) -> int | None:
    """Read a global id of that kind; anything else, also another kind's id, is ``None``."""
    text = str(value)
    prefix = f"gid://shopify/{kind}/"
    if not text.startswith(prefix):
        return None
    digits = text.removeprefix(prefix).partition("?")[0]
    return int(digits) if digits.isascii() and digits.isdigit() else None


def order_number(value: int | str) -> int:
    """Read an order's id as commands take it: a global id or the bare number."""
    number = number_of(value, "Order")
    return number if number is not None else int(value)


def stamp(moment: datetime) -> str:
    """Write a time: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_time(text: str) -> datetime | None:
    """Read a time or a date; without a zone it is UTC. What is no time is ``None``."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def cents(value: Decimal | str | int) -> Decimal:
    """Round to two places, half up."""
    return Decimal(value).quantize(CENT, rounding=ROUND_HALF_UP)


def money_bag(document: Document, amount: Decimal) -> Document:
    """Write an amount of the shop's currency in both of an order's currencies."""
    shop, shown = document["currency"], document["presentment_currency"]
    rounded = cents(amount)
    other = rounded if shop == shown else cents(amount * Decimal(document["presentment_rate"]))
    return {
        "shopMoney": {"amount": str(rounded), "currencyCode": shop},
        "presentmentMoney": {"amount": str(other), "currencyCode": shown},
    }
