"""What harnesses compare at the end of a run."""

from collections.abc import Iterable

from cartcarrier.sandbox.shopify._ids import Document, gid
from cartcarrier.sandbox.shopify._status import fulfilled_quantities, remaining_quantities


def summary(order: Document) -> Document:
    """Return an order as sets can be compared: lines, what left under which number, what remains."""
    sku = {line["id"]: line["sku"] for line in order["lines"]}
    remaining = remaining_quantities(order)
    return {
        "id": gid("Order", order["id"]),
        "name": order["name"],
        "cancelled": order["cancelled_at"] is not None,
        "test": order["test"],
        "requires_shipping": any(line["requires_shipping"] for line in order["lines"]),
        "held": any(fo["holds"] for fo in order["fulfillment_orders"]),
        "lines": [
            {
                "id": gid("LineItem", line["id"]),
                "sku": line["sku"],
                "quantity": line["current_quantity"],
                "remaining": remaining[line["id"]],
                "requires_shipping": line["requires_shipping"],
            }
            for line in order["lines"]
        ],
        "fulfillments": [
            {
                "id": gid("Fulfillment", fulfillment["id"]),
                "status": fulfillment["status"],
                "location_id": gid("Location", fulfillment["location_id"]),
                "notify": fulfillment["notify"],
                "tracking": [
                    {"company": info["company"], "number": info["number"]} for info in fulfillment["tracking"]
                ],
                "lines": [
                    {
                        "sku": sku[line["line_id"]],
                        "line_id": gid("LineItem", line["line_id"]),
                        "quantity": line["quantity"],
                    }
                    for line in fulfillment["lines"]
                ],
                "events": [event["status"] for event in fulfillment["events"]],
            }
            for fulfillment in order["fulfillments"]
        ],
    }


def duplicates(orders: Iterable[Document]) -> list[Document]:
    """Return the orders of which more has left than was ordered, or two live fulfillments carry one number."""
    found: list[Document] = []
    for order in orders:
        gone = fulfilled_quantities(order)
        over = {
            line["sku"] or line["title"]: gone[line["id"]] - line["quantity"]
            for line in order["lines"]
            if gone[line["id"]] > line["quantity"]
        }
        seen: dict[str, int] = {}
        for fulfillment in order["fulfillments"]:
            if fulfillment["status"] == "SUCCESS":
                for number in {info["number"] for info in fulfillment["tracking"] if info["number"]}:
                    seen[number] = seen.get(number, 0) + 1
        twice = sorted(number for number, count in seen.items() if count > 1)
        if over or twice:
            found.append({"id": gid("Order", order["id"]), "over": over, "tracking_numbers": twice})
    return found
