"""What harnesses compare at the end of a run."""

from collections.abc import Iterable

from cartcarrier.sandbox.amazon._orders import live_packages, packed, status_of
from cartcarrier.sandbox.amazon._world import Document


def summary(order: Document) -> Document:
    """Return an order as sets can be compared: lines, what left under which number, what remains."""
    sku = {line["id"]: line["sku"] for line in order["lines"]}
    return {
        "id": order["id"],
        "name": order["id"],
        "marketplace_id": order["marketplace"],
        "status": status_of(order),
        "fulfilled_by": order["fulfilled_by"],
        "cancelled": order["state"] == "CANCELLED",
        "cancelled_by": order["cancellation"]["by"] if order["cancellation"] else None,
        "refunded": order["refunded"],
        "held": order["state"] in {"PENDING", "PENDING_AVAILABILITY"},
        "requires_shipping": order["fulfilled_by"] == "MERCHANT",
        "lines": [
            {
                "id": line["id"],
                "sku": line["sku"],
                "quantity": line["quantity"],
                "remaining": max(line["quantity"] - line["fulfilled"], 0),
                "cancel_requested": line["cancel_request"] is not None,
            }
            for line in order["lines"]
        ],
        "fulfillments": [
            {
                "id": package["reference"],
                "status": package["status"],
                "source": package["source"],
                "edits": package["edits"],
                "tracking": [{"company": package["carrier"], "number": package["tracking"]}],
                "lines": [
                    {"line_id": entry["line_id"], "sku": sku[entry["line_id"]], "quantity": entry["quantity"]}
                    for entry in package["items"]
                ],
            }
            for package in order["packages"]
        ],
    }


def duplicates(orders: Iterable[Document]) -> list[Document]:
    """Return the orders of which more has left than was ordered, or two live packages carry one number."""
    found: list[Document] = []
    for order in orders:
        over = {
            line["sku"]: packed(order, line["id"]) - line["quantity"]
            for line in order["lines"]
            if packed(order, line["id"]) > line["quantity"]
        }
        numbers = [package["tracking"] for package in live_packages(order)]
        twice = sorted({number for number in numbers if numbers.count(number) > 1})
        if over or twice:
            found.append({"id": order["id"], "over": over, "tracking_numbers": twice})
    return found
