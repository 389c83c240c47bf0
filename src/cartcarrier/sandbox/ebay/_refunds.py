"""``issueRefund``: no key that would make it safe to repeat, and done later than it is answered (field guide §7)."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from cartcarrier.sandbox.ebay._errors import EbayError
from cartcarrier.sandbox.ebay._orders import Orders, refunded, total
from cartcarrier.sandbox.ebay._world import Document, Json, World

REASONS = frozenset(
    {
        "BUYER_CANCEL",
        "SELLER_CANCEL",
        "ITEM_NOT_RECEIVED",
        "BUYER_RETURN",
        "ITEM_NOT_AS_DESCRIBED",
        "OTHER_ADJUSTMENT",
        "SHIPPING_DISCOUNT",
    }
)
# The field says 100 characters, the error says 1,000: the field's limit is the safe one, the error's the enforced one.
COMMENT_LENGTH = 1_000


def issue_refund(world: World, orders: Orders, seller: str, order_id: str, body: Json) -> Document:
    """Answer ``issueRefund``.

    Raises:
        EbayError: One of 34902 to 34929.
    """
    order = orders.get(order_id, seller)
    if order is None:
        raise EbayError(34913)
    if not isinstance(body, dict) or not body:
        raise EbayError(34902)
    if body.get("reasonForRefund") not in REASONS:
        raise EbayError(34903)
    if len(str(body.get("comment", ""))) > COMMENT_LENGTH:
        raise EbayError(34921)
    whole, items = body.get("orderLevelRefundAmount"), body.get("refundItems")
    if bool(whole) == bool(items):
        raise EbayError(34905)
    if order["payment_status"] != "PAID":
        raise EbayError(34929)
    if any(refund["status"] == "PENDING" for refund in order["refunds"]):
        raise EbayError(34922)
    rest = total(order, with_collected=False) - refunded(order)
    if rest <= 0:
        raise EbayError(34917)
    parts = _read_parts(order, whole, items)
    if sum(amount for _, amount in parts) > rest:
        raise EbayError(34915)
    with world.transaction():
        changed = orders.edit(order_id)
        made = [
            orders.refund(changed, amount, line_id=line_id, seconds=world.switch("refund_seconds"))
            for line_id, amount in parts
        ]
        for row in made[1:]:
            row["id"] = made[0]["id"]
        orders.save(changed)
    return {"refundId": made[0]["id"], "refundStatus": "PENDING"}


def _read_parts(order: Mapping[str, Json], whole: Json, items: Json) -> list[tuple[str | None, Decimal]]:
    if whole:
        return [(None, _amount(order, whole))]
    if not isinstance(items, list):
        raise EbayError(34905)
    lines = {line["id"]: line for line in order["lines"]}
    parts: list[tuple[str | None, Decimal]] = []
    for item in items:
        line_id = item.get("lineItemId") if isinstance(item, dict) else None
        if not line_id:
            raise EbayError(34910)
        if line_id not in lines:
            raise EbayError(34914)
        amount = _amount(order, item.get("refundAmount"))
        before = sum((Decimal(row["amount"]) for row in order["refunds"] if row["line_id"] == line_id), Decimal(0))
        line = lines[line_id]
        paid = Decimal(line["cost"]) - Decimal(line["discount"])
        if line is order["lines"][0]:
            paid += Decimal(order["delivery_cost"]) - Decimal(order["delivery_discount"])
        if before + amount > paid:
            raise EbayError(34924)
        parts.append((line_id, amount))
    return parts


def _amount(order: Mapping[str, Json], given: Json) -> Decimal:
    value = given.get("value") if isinstance(given, dict) else None
    if not value:
        raise EbayError(34906)
    if not given.get("currency"):
        raise EbayError(34908)
    if given["currency"] != order["currency"]:
        raise EbayError(34909)
    try:
        amount = Decimal(str(value))
    except InvalidOperation as exc:
        raise EbayError(34907) from exc
    if not amount.is_finite() or amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        raise EbayError(34907)
    return amount
