"""Orders as they come: most of them plain, some of them awkward. The same draw gives the same ones."""

import random
from collections.abc import Mapping
from typing import Any

GOODS: tuple[Mapping[str, Any], ...] = (
    {"sku": "MUG-RED-01", "title": "Red mug", "price": "14.90"},
    {"sku": "TEE-BLK-M", "title": "T-shirt, black", "price": "24.00"},
    {"sku": "LAMP-7", "title": "Desk lamp", "price": "59.50"},
    {"sku": "BOOK-EN", "title": "A small book", "price": "11.25"},
    {"sku": "SOAP-3", "title": "Soap, three bars", "price": "9.00"},
)
PEOPLE: tuple[tuple[str, Mapping[str, str]], ...] = (
    (
        "Maria Gonzalez",
        {
            "addressLine1": "1600 Amphitheatre Pkwy",
            "city": "Mountain View",
            "stateOrProvince": "CA",
            "postalCode": "94043",
        },
    ),
    (
        "James O'Neill",
        {
            "addressLine1": "233 S Wacker Dr",
            "addressLine2": "Suite 4400",
            "city": "Chicago",
            "stateOrProvince": "IL",
            "postalCode": "60606",
        },
    ),
    (
        "Łukasz Żółkowski-Dvořák",
        {"addressLine1": "1120 SW 5th Ave", "city": "Portland", "stateOrProvince": "OR", "postalCode": "97204"},
    ),
    (
        "李 小龍",
        {
            "addressLine1": "268 Canal St",
            "addressLine2": "4F",
            "city": "New York",
            "stateOrProvince": "NY",
            "postalCode": "10013",
        },
    ),
    (
        "Ruth Whitaker",
        {"addressLine1": "PO Box 1187", "city": "Bozeman", "stateOrProvince": "MT", "postalCode": "59771"},
    ),
)
KINDS = (
    "ordinary",
    "ordinary",
    "multi",
    "international",
    "ordinary",
    "no_sku",
    "ordinary",
    "pending",
    "ordinary",
    "two_of_one_sku",
    "ordinary",
    "payout_hold",
)
RARE = (
    "gsp",
    "authenticity",
    "ebay_shipping",
    "digital",
    "pickup",
    "standard_envelope",
    "fulfilled_by_ebay",
    "other_currency",
)


def shape(draw: random.Random, index: int) -> dict[str, Any]:
    """Return the shape of an order.

    Args:
        draw: Where chance comes from.
        index: How many came before: every kind comes round, chance only varies it.
    """
    kind = RARE[index // 20 % len(RARE)] if index % 20 == 19 else KINDS[index % len(KINDS)]
    lines = [
        {**goods, "quantity": draw.choice((1, 1, 1, 2, 3))} for goods in draw.sample(GOODS, draw.choice((1, 1, 2, 3)))
    ]
    name, place = draw.choice(PEOPLE)
    order: dict[str, Any] = {
        "lines": lines,
        "full_name": name,
        "address": {**place, "countryCode": "US"},
        "email": f"buyer{index}@members.example.com",
        "tax_rate": draw.choice(("0", "0.0725", "0.08875")),
        "service": draw.choice(("USPSPriority", "UPSGround", "USPSParcel")),
    }
    twists: Mapping[str, dict[str, Any]] = {
        "multi": {"lines": [{**line, "quantity": draw.randint(2, 6)} for line in lines]},
        "no_sku": {"lines": [{"title": "Custom engraving ✍️", "price": "30.00"}]},
        "pending": {"payment_status": "PENDING"},
        "two_of_one_sku": {"lines": [lines[0], {**lines[0], "quantity": 1}]},
        "payout_hold": {"payout_hold": True, "note": "Please leave at the side door. 🐕"},
        "other_currency": {"converted_from": ("EUR", "1.08")},
    }
    order.update(twists.get(kind, {}))
    if kind in {"international", "gsp"}:
        order.update(kind=kind, address=None)
        order["lines"] = order["lines"][:1]
    elif kind in RARE and kind != "other_currency":
        order["kind"] = kind
    return order
