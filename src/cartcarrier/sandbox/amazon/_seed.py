"""Orders as they come: most of them plain, some of them awkward."""

import random
from typing import Any, Final

from cartcarrier.sandbox.amazon._shape import GOODS

_KINDS: Final = (
    "plain",
    "prime",
    "plain",
    "multi",
    "amazon",
    "plain",
    "business",
    "canada",
    "plain",
    "po_box",
    "gift",
    "pending",
)


def seed_shape(draw: random.Random, index: int) -> dict[str, Any]:
    """Return the shape of an order: the same draw gives the same one, and every kind comes round."""
    lines = [
        {**goods, "quantity": draw.choice((1, 1, 1, 2, 3))} for goods in draw.sample(GOODS, draw.choice((1, 1, 2)))
    ]
    kind = _KINDS[index % len(_KINDS)]
    if kind == "multi":
        lines = [{**line, "quantity": draw.randint(2, 5)} for line in lines]
    elif kind == "amazon":
        lines = [{**line, "sku": f"FBA-{line['sku']}"} for line in lines]
    elif kind == "gift":
        lines[0] |= {"gift_message": "Happy birthday! 🎂", "gift_wrap_level": "Classic", "gift_wrap_price": "3.99"}
    twists: dict[str, dict[str, Any]] = {
        "prime": {"programs": ["PRIME"], "service_level": "SECOND_DAY"},
        "amazon": {"fulfilled_by": "AMAZON", "programs": ["PRIME"]},
        "business": {
            "programs": ["AMAZON_BUSINESS"],
            "buyer": {"company_name": "Harbor & Sons, LLC", "po_number": f"PO-{index:05d}"},
        },
        "canada": {"marketplace": "CA"},
        "po_box": {
            "address": {
                "name": "Ruth Whitaker",
                "address_line1": "PO Box 1187",
                "city": "Bozeman",
                "state_or_region": "MT",
                "postal_code": "59771",
                "country_code": "US",
            }
        },
        "pending": {"status": "PENDING"},
    }
    return {"lines": lines, **twists.get(kind, {})}
