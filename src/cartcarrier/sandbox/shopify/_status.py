"""What an order's parts add up to: quantities, totals, and the statuses that people see."""

from collections import Counter
from decimal import Decimal

from cartcarrier.sandbox.shopify._ids import Document, cents

OPEN_STATUSES = frozenset({"OPEN", "IN_PROGRESS", "ON_HOLD", "SCHEDULED", "INCOMPLETE"})
LIVE_FULFILLMENTS = frozenset({"SUCCESS", "OPEN", "PENDING"})


def fulfilled_quantities(order: Document) -> Counter[int]:
    """Return how many of each line have left, by line number; cancelled fulfillments do not count."""
    total: Counter[int] = Counter()
    for fulfillment in order["fulfillments"]:
        if fulfillment["status"] in LIVE_FULFILLMENTS:
            for line in fulfillment["lines"]:
                total[line["line_id"]] += line["quantity"]
    return total


def remaining_quantities(order: Document) -> Counter[int]:
    """Return how many of each line are still to leave, by line number."""
    total: Counter[int] = Counter()
    for fulfillment_order in order["fulfillment_orders"]:
        if fulfillment_order["status"] in OPEN_STATUSES:
            for line in fulfillment_order["lines"]:
                total[line["line_id"]] += line["remaining"]
    return total


def fulfillment_status(order: Document) -> str:
    """Return the order's ``displayFulfillmentStatus``."""
    if not any(line["current_quantity"] for line in order["lines"]) and not order["cancelled_at"]:
        return "FULFILLMENT_NOT_REQUIRED"
    left = sum(fulfilled_quantities(order).values())
    if left:
        return "PARTIALLY_FULFILLED" if sum(remaining_quantities(order).values()) else "FULFILLED"
    open_ones = [fo for fo in order["fulfillment_orders"] if fo["status"] in OPEN_STATUSES]
    statuses = {fo["status"] for fo in open_ones}
    if statuses in ({"ON_HOLD"}, {"SCHEDULED"}):
        return str(*statuses)
    if "IN_PROGRESS" in statuses:
        return "IN_PROGRESS"
    return "REQUEST_DECLINED" if any(fo["request_status"] == "REJECTED" for fo in open_ones) else "UNFULFILLED"


def goods_total(order: Document, *, current: bool) -> Decimal:
    """Return the sum of the lines, before discount: as bought, or as it is now."""
    field = "current_quantity" if current else "quantity"
    return sum((Decimal(line["price"]) * line[field] for line in order["lines"]), Decimal(0))


def totals(order: Document, *, current: bool) -> dict[str, Decimal]:
    """Return goods, discount, shipping, tax and total of an order in the shop's currency."""
    goods = goods_total(order, current=current)
    whole = goods_total(order, current=False)
    share = goods / whole if whole else Decimal(1 if not current else 0)
    discount = cents(Decimal(order["discount"]) * share)
    shipping = Decimal(order["shipping"]["price"]) if order["shipping"] else Decimal(0)
    if current and order["cancelled_at"] and order["financial_status"] in {"REFUNDED", "VOIDED"}:
        shipping = Decimal(0)
    rate = Decimal(order["tax_rate"])
    if order["taxes_included"]:
        tax = cents((goods - discount) * rate / (1 + rate))
        total = goods - discount + shipping
    else:
        tax = cents((goods - discount) * rate)
        total = goods - discount + shipping + tax
    return {"goods": goods, "discount": discount, "shipping": shipping, "tax": tax, "total": total}


def snapshot(order: Document) -> Document:
    """Return what searches know of an order."""
    return {
        "id": order["id"],
        "name": order["name"],
        "created_at": order["created_at"],
        "updated_at": order["updated_at"],
        "processed_at": order["processed_at"],
        "financial_status": order["financial_status"],
        "fulfillment_status": fulfillment_status(order),
        "left": sum(fulfilled_quantities(order).values()),
        "cancelled": order["cancelled_at"] is not None,
        "closed": order["closed_at"] is not None,
        "test": order["test"],
        "tags": list(order["tags"]),
        "email": order["email"],
        "skus": [line["sku"] for line in order["lines"] if line["sku"]],
        "locations": sorted({fo["location_id"] for fo in order["fulfillment_orders"]}),
        "methods": sorted({fo["method_type"] for fo in order["fulfillment_orders"]}),
        "returns": order["return_status"],
        "risk": order["risk"],
        "source_identifier": order["source_identifier"],
        "number": order["number"],
        "total": str(totals(order, current=False)["total"]),
    }
