"""What harnesses compare at the end of a run."""

from collections.abc import Iterable, Mapping

from cartcarrier.sandbox.ebay._orders import payment_state, shipped
from cartcarrier.sandbox.ebay._world import Document, Json


def summary(order: Mapping[str, Json]) -> Document:
    """Return an order as sets can be compared: lines, what left under which number, what remains."""
    gone = shipped(order)
    sku = {line["id"]: line["sku"] for line in order["lines"]}
    return {
        "id": order["id"],
        "seller": order["seller"],
        "kind": order["kind"],
        "status": order["status"],
        "payment_status": payment_state(order),
        "cancel_state": order["cancel_state"],
        "cancelled": order["cancel_state"] == "CANCELED",
        "lines": [
            {
                "id": line["id"],
                "sku": line["sku"],
                "quantity": line["quantity"],
                "remaining": line["quantity"] - gone[line["id"]],
            }
            for line in order["lines"]
        ],
        "fulfillments": [
            {
                "id": row["id"],
                "tracking_number": row["number"],
                "carrier": row["carrier"],
                "shipped_at": row["shipped"],
                "lines": [
                    {"line_id": part["id"], "sku": sku[part["id"]], "quantity": part["quantity"]}
                    for part in row["lines"]
                ],
            }
            for row in order["fulfillments"]
        ],
        "refunds": [{"id": row["id"], "amount": row["amount"], "status": row["status"]} for row in order["refunds"]],
        "cancellations": [
            {"id": row["id"], "state": row["state"], "initiator": row["initiator"]} for row in order["cancel_requests"]
        ],
    }


def duplicates(orders: Iterable[Mapping[str, Json]]) -> list[Document]:
    """Return the orders of which more left than was ordered, whose numbers repeat, or that left though cancelled."""
    found: list[Document] = []
    for order in orders:
        gone = shipped(order)
        over = {
            line["sku"] or line["title"]: gone[line["id"]] - line["quantity"]
            for line in order["lines"]
            if gone[line["id"]] > line["quantity"]
        }
        numbers = [row["number"].upper() for row in order["fulfillments"] if row["number"]]
        twice = sorted({number for number in numbers if numbers.count(number) > 1})
        left_though_cancelled = order["cancel_state"] == "CANCELED" and bool(order["fulfillments"])
        if over or twice or left_though_cancelled:
            found.append(
                {
                    "id": order["id"],
                    "over": over,
                    "tracking_numbers": twice,
                    "left_though_cancelled": left_though_cancelled,
                }
            )
    return found
