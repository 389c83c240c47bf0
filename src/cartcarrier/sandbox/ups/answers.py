"""The parts that UPS's answers are made of."""

from decimal import Decimal
from typing import Any

from cartcarrier.sandbox.ups import fields
from cartcarrier.sandbox.ups.fields import Node
from cartcarrier.sandbox.ups.tariff import Price

ITEMIZED_FROM = 1601
PACKAGE_LEVEL_FROM = 1607
BASE_CHARGE_FROM = 1701
ZONE_FROM = 2409


def response(request: Node, alerts: list[tuple[str, str]] | None = None) -> Node:
    """Return the ``Response`` object: success, warnings, and the caller's own context back."""
    made: Node = {"ResponseStatus": {"Code": "1", "Description": "Success"}}
    if alerts:
        made["Alert"] = [{"Code": code, "Description": description} for code, description in alerts]
    reference = fields.child(request, "TransactionReference")
    if reference:
        context = fields.text(reference, "CustomerContext")
        made["TransactionReference"] = {"CustomerContext": context} if context else {}
    return made


def money(amount: Decimal, currency: str) -> Node:
    """Return an amount as UPS writes it."""
    return {"CurrencyCode": currency, "MonetaryValue": f"{amount:.2f}"}


def itemized(price: Price) -> list[Node]:
    """Return the charges beside the base, each with its code."""
    return [
        {"Code": code, "Description": name, **money(amount, price.currency)} for code, name, amount in price.itemized
    ]


def sub_version(request: Node) -> int:
    """Return ``Request.SubVersion`` as a number; without one the oldest answers come back."""
    written = fields.text(request, "SubVersion")
    return int(written) if written.isdigit() else 0


def one_or_many(elements: list[Any], *, single_as_object: bool) -> Any:  # noqa: ANN401 - an object or a list, as UPS does it
    """Return a list; in the older shape a lone element stands bare."""
    return elements[0] if single_as_object and len(elements) == 1 else elements
