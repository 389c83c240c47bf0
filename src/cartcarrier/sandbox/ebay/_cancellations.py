"""Cancellations, the buyers' and the seller's, whole orders only and never at once (field guide ebay.md §9).

Post-Order has no published schemas: members are the guide's, and error codes beside 10005 are ours.
"""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from cartcarrier.sandbox.ebay._errors import EbayError
from cartcarrier.sandbox.ebay._fulfillments import Tell
from cartcarrier.sandbox.ebay._orders import Orders, days_after, refunded, total
from cartcarrier.sandbox.ebay._world import Document, Json, World, from_stamp, to_stamp

SELLER_REASONS = ("OUT_OF_STOCK_OR_CANNOT_FULFILL", "BUYER_ASKED_CANCEL", "ADDRESS_ISSUES", "ORDER_UNPAID")
BUYER_REASONS = (
    "ORDER_MISTAKE",
    "WONT_ARRIVE_IN_TIME",
    "FOUND_CHEAPER_PRICE",
    "PRICE_TOO_HIGH",
    "WRONG_PAYMENT_METHOD",
    "WRONG_SHIPPING_ADDRESS",
    "WRONG_SHIPPING_METHOD",
    "OTHER",
    "UNKNOWN",
)
OPEN = frozenset({"CANCEL_REQUESTED", "CANCEL_PENDING"})
ANSWER_DAYS, SELLER_DAYS, SEARCH_DAYS, SEARCH_SPAN_DAYS = 3, 30, 548, 90
USUAL, MOST = 25, 200


class Cancellations:
    """Cancellations, each a document; their orders keep a short copy.

    Args:
        world: The memory.
        orders: The orders.
        tell: Tells subscribers.
    """

    def __init__(self, world: World, orders: Orders, tell: Tell) -> None:
        self._world = world
        self._orders = orders
        self._tell = tell

    # --- beginnings ---------------------------------------------------------------------------------------------------

    def obstacle(self, order: Mapping[str, Json]) -> str | None:
        """Return why a seller cannot cancel an order, or ``None``."""
        if order["cancel_state"] == "CANCELED":
            return "ORDER_ALREADY_CANCELLED"
        if order["cancel_state"] == "IN_PROGRESS":
            return "CANCELLATION_ALREADY_OPEN"
        if order["fulfillments"]:
            return "ORDER_ALREADY_SHIPPED"
        if days_after(order["created"], SELLER_DAYS) < self._world.stamp():
            return "TOO_LATE"
        return None

    def eligibility(self, seller: str, body: Json) -> Document:
        """Answer ``check_eligibility``.

        Raises:
            EbayError: No order is named, or it is unknown.
        """
        order = self._named(seller, body)
        obstacle = self.obstacle(order)
        reasons = [reason for reason in SELLER_REASONS if reason != "ORDER_UNPAID" or order["payment_status"] != "PAID"]
        return {
            "legacyOrderId": order["id"],
            "eligible": obstacle is None,
            "eligibleCancelReason": reasons if obstacle is None else [],
            "failureReason": [obstacle] if obstacle else [],
            "itemEligibilityResult": [
                {
                    "itemId": line["item_id"],
                    "transactionId": line["id"],
                    "eligible": obstacle is None,
                    "failureReason": [obstacle] if obstacle else [],
                }
                for line in order["lines"]
            ],
        }

    def create(self, seller: str, body: Json) -> Document:
        """Answer ``POST /cancellation``: the seller cancels.

        Raises:
            EbayError: A member is wrong, or the order's state does not allow it.
        """
        order = self._named(seller, body)
        reason = body.get("cancelReason")
        if reason not in SELLER_REASONS:
            raise EbayError(10002, field="cancelReason")
        if not isinstance(body.get("buyerPaid", False), bool):
            raise EbayError(10002, field="buyerPaid")
        if (obstacle := self.obstacle(order)) is not None:
            raise EbayError(10005, reason=obstacle)
        if reason == "ORDER_UNPAID" and order["payment_status"] == "PAID":
            raise EbayError(10005, reason="ORDER_IS_PAID")
        made = self.open(order["id"], reason=reason, by="SELLER")
        return {"cancelId": made["id"], "legacyOrderId": order["id"]}

    def open(self, order_id: str, *, reason: str, by: str) -> Document:
        """Begin a cancellation; a buyer's waits for the seller, a seller's runs at once."""
        now = self._world.stamp()
        with self._world.transaction():
            order = self._orders.edit(order_id)
            number = str(5_100_000_000 + self._world.next_number("cancellation"))
            row: Document = {
                "id": number,
                "order": order_id,
                "seller": order["seller"],
                "by": by,
                "reason": reason,
                "state": "APPROVAL_PENDING",
                "status": "CANCEL_REQUESTED",
                "requested": now,
                "closed": None,
                "shipment_date": None,
                "number": None,
                "history": [],
            }
            order["cancel_state"] = "IN_PROGRESS"
            order["cancel_by_seller"] = by == "SELLER"
            order["cancel_requests"].append(
                {
                    "id": number,
                    "state": "REQUESTED",
                    "initiator": by.title(),
                    "reason": reason,
                    "requested": now,
                    "completed": None,
                }
            )
            self._note(row, by, "CREATE")
            self._orders.save(order)
            if by == "SELLER":
                self._run(row)
            self._announce(row)
        return row

    # --- answers ------------------------------------------------------------------------------------------------------

    def approve(self, seller: str, cancel_id: str, body: bytes) -> None:
        """Accept the buyer's request; the refund starts by itself and takes its time.

        Raises:
            EbayError: A body was sent (a system error, as seen by others), or there is nothing to accept.
        """
        if body:
            raise EbayError(10001)
        with self._world.transaction():
            row = self._waiting(seller, cancel_id)
            order = self._orders.edit(row["order"])
            order["cancel_by_seller"] = True
            self._orders.save(order)
            self._note(row, "SELLER", "APPROVE")
            self._run(row)
            self._announce(row)

    def reject(self, seller: str, cancel_id: str, body: Json) -> None:
        """Refuse the buyer's request, usually since it has shipped.

        Raises:
            EbayError: A member cannot be read, or there is nothing to refuse.
        """
        if not isinstance(body, dict):
            raise EbayError(10002, field="body")
        shipment_date = (body.get("shipmentDate") or {}).get("value") if body else None
        if shipment_date is not None:
            try:
                from_stamp(shipment_date)
            except (ValueError, TypeError) as exc:
                raise EbayError(10002, field="shipmentDate") from exc
        with self._world.transaction():
            row = self._waiting(seller, cancel_id)
            row["shipment_date"], row["number"] = shipment_date, body.get("trackingNumber")
            self._refuse(row, "SELLER")

    def decline(self, order_id: str) -> None:
        """Close the buyer's open request, since the order ships."""
        for row in self._world.rows("cancellation"):
            if row["order"] == order_id and row["status"] == "CANCEL_REQUESTED":
                self._refuse(self._world.edit("cancellation", row["key"]), "SYSTEM")

    def tick(self) -> None:
        """Close the cancellations whose time has come."""
        for row in self._world.rows("due"):
            if row["key"].startswith("cancel:") and row["due"] <= self._world.epoch():
                self.finish(row["cancellation"])

    def finish(self, cancel_id: str) -> None:
        """Close a running cancellation: the money goes back, and the order is cancelled."""
        with self._world.transaction():
            self._world.drop("due", f"cancel:{cancel_id}")
            row = self._world.edit("cancellation", cancel_id)
            order = self._orders.edit(row["order"])
            now = self._world.stamp()
            rest = total(order, with_collected=False) - refunded(order)
            paid = order["payment_status"] == "PAID"
            if paid and rest > Decimal(0):
                self._orders.refund(order, rest, seconds=0)
                self._orders.settle(order)
            row["state"], row["closed"] = "CLOSED", now
            row["status"] = "CANCEL_CLOSED_WITH_REFUND" if paid else "CANCEL_CLOSED_NO_REFUND"
            if row["reason"] == "ORDER_UNPAID":
                row["status"] = "CANCEL_CLOSED_FOR_COMMITMENT"
            order["cancel_state"], order["cancelled_at"] = "CANCELED", now
            _request(order, cancel_id).update(state="COMPLETED", completed=now)
            self._note(row, "SYSTEM", "CLOSE")
            self._orders.save(order)
            self._announce(row)

    # --- reading ------------------------------------------------------------------------------------------------------

    def detail(self, seller: str, cancel_id: str) -> Document:
        """Answer ``GET /cancellation/{cancelId}``.

        Raises:
            EbayError: There is none.
        """
        row = self._get(seller, cancel_id)
        order = self._orders.get(row["order"])
        lines = order["lines"] if order else []
        made = self._summary(row)
        made["activityHistories"] = row["history"]
        made["lineItems"] = [
            {"itemId": line["item_id"], "transactionId": line["id"], "cancelQuantity": line["quantity"]}
            for line in lines
        ]
        if order is not None and row["status"] == "CANCEL_CLOSED_WITH_REFUND":
            amount = {"value": str(refunded(order)), "currency": order["currency"]}
            made["refundInfo"] = {"initiator": "SYSTEM", "actualRefundDetail": {"actualRefund": amount}}
        return {"cancelDetail": made}

    def search(self, seller: str, query: Mapping[str, str]) -> Document:
        """Answer ``GET /cancellation/search``.

        Raises:
            EbayError: A parameter cannot be read, or reaches back more than 18 months.
        """
        limit, offset = _number(query, "limit", USUAL), _number(query, "offset", 0)
        if not 1 <= limit <= MOST:
            raise EbayError(10002, field="limit")
        start, end = self._window(query)
        order_id, cancel_id, item = (query.get(name) for name in ("legacy_order_id", "cancel_id", "item_id"))
        if query.get("role", "SELLER") not in {"SELLER", "BUYER"}:
            raise EbayError(10002, field="role")
        found = [
            row
            for row in self._world.rows("cancellation")
            if row["seller"] == seller
            and query.get("role", "SELLER") == "SELLER"
            and order_id in {None, row["order"]}
            and cancel_id in {None, row["id"]}
            and (item is None or item in {line["item_id"] for line in self._orders.edit(row["order"])["lines"]})
            and start <= row["requested"] <= (end or row["requested"])
        ]
        found.sort(key=lambda row: str(row["requested"]), reverse=not query.get("sort", "").startswith("REQUEST_DATE"))
        return {
            "cancellations": [self._summary(row) for row in found[offset : offset + limit]],
            "total": len(found),
            "paginationOutput": {
                "limit": limit,
                "offset": offset,
                "totalEntries": len(found),
                "totalPages": -(-len(found) // limit),
            },
        }

    # --- pieces -------------------------------------------------------------------------------------------------------

    def _window(self, query: Mapping[str, str]) -> tuple[str, str]:
        first, last = query.get("creation_date_range_from"), query.get("creation_date_range_to")
        try:
            start = to_stamp(from_stamp(first)) if first else ""
            end = to_stamp(from_stamp(last)) if last else ""
        except ValueError as exc:
            raise EbayError(10002, field="creation_date_range_from") from exc
        if start and start < to_stamp(self._world.now() - timedelta(days=SEARCH_DAYS)):
            raise EbayError(10003, field="creation_date_range_from")
        return start, end or (days_after(start, SEARCH_SPAN_DAYS) if start else "")

    def _named(self, seller: str, body: Json) -> Document:
        order_id = body.get("legacyOrderId") if isinstance(body, dict) else None
        if not isinstance(order_id, str) or not order_id:
            raise EbayError(10002, field="legacyOrderId")
        order = self._orders.get(order_id, seller)
        if order is None:
            raise EbayError(10007, legacyOrderId=order_id)
        return order

    def _get(self, seller: str, cancel_id: str) -> Document:
        row = self._world.get("cancellation", cancel_id)
        if row is None or row["seller"] != seller:
            raise EbayError(10004, cancelId=cancel_id)
        return row

    def _waiting(self, seller: str, cancel_id: str) -> Document:
        row = self._get(seller, cancel_id)
        if row["status"] != "CANCEL_REQUESTED":
            raise EbayError(10006, state=row["status"])
        return self._world.edit("cancellation", cancel_id)

    def _run(self, row: Document) -> None:
        row["state"], row["status"] = "REFUND_PENDING", "CANCEL_PENDING"
        due = self._world.epoch() + self._world.switch("cancel_seconds")
        self._world.put("cancellation", row["id"], row)
        self._world.put("due", f"cancel:{row['id']}", {"cancellation": row["id"], "due": due})

    def _refuse(self, row: Document, by: str) -> None:
        row["state"], row["status"], row["closed"] = "CLOSED", "CANCEL_REJECTED", self._world.stamp()
        order = self._orders.edit(row["order"])
        order["cancel_state"] = "NONE_REQUESTED"
        _request(order, row["id"])["state"] = "REJECTED"
        self._note(row, by, "REJECT")
        self._orders.save(order)
        self._announce(row)

    def _note(self, row: Document, by: str, what: str) -> None:
        entry = {"activityParty": by, "activityType": what, "actionDate": {"value": self._world.stamp()}}
        row["history"] = [*row["history"], entry]
        self._world.put("cancellation", row["id"], row)

    def _announce(self, row: Mapping[str, Json]) -> None:
        data: Document = {"cancelId": row["id"], "orderId": row["order"], "cancelStatus": row["status"]}
        self._tell("ORDER_CANCELLATION_ACTIVITY", row["seller"], data)

    def _summary(self, row: Mapping[str, Json]) -> Document:
        order = self._orders.get(row["order"])
        made: Document = {
            "cancelId": row["id"],
            "marketplaceId": order["marketplace"] if order else "EBAY_US",
            "legacyOrderId": row["order"],
            "requestorType": row["by"],
            "cancelState": row["state"],
            "cancelStatus": row["status"],
            "cancelReason": row["reason"],
            "cancelRequestDate": {"value": row["requested"]},
        }
        if row["by"] == "BUYER":
            made["sellerResponseDueDate"] = {"value": days_after(row["requested"], ANSWER_DAYS)}
        if row["closed"]:
            made["cancelCloseDate"] = {"value": row["closed"]}
        if row["shipment_date"]:
            made["shipmentDate"] = {"value": row["shipment_date"]}
        return made


def _request(order: Document, cancel_id: str) -> Document:
    found: Document = next(row for row in order["cancel_requests"] if row["id"] == cancel_id)
    return found


def _number(query: Mapping[str, str], name: str, usual: int) -> int:
    text = query.get(name, str(usual))
    if not text.isascii() or not text.isdigit():
        raise EbayError(10002, field=name)
    return int(text)
