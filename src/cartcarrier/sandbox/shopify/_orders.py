"""Orders as the shop makes, edits and cancels them."""

from collections.abc import Mapping, Sequence
from typing import Any

from cartcarrier.sandbox.shopify._ids import Document, RefusedError, read_time, stamp
from cartcarrier.sandbox.shopify._inventory import Inventory
from cartcarrier.sandbox.shopify._routing import Routing, holds_goods
from cartcarrier.sandbox.shopify._status import fulfilled_quantities
from cartcarrier.sandbox.shopify._webhooks import Webhooks
from cartcarrier.sandbox.shopify._world import World

ADDRESS_FIELDS = (
    "first_name",
    "last_name",
    "company",
    "address1",
    "address2",
    "city",
    "province",
    "province_code",
    "zip",
    "country",
    "country_code",
    "phone",
)
DEFAULT_ADDRESS = {
    "first_name": "Ada",
    "last_name": "Byron",
    "address1": "350 5th Ave",
    "city": "New York",
    "province": "New York",
    "province_code": "NY",
    "zip": "10118",
    "country": "United States",
    "country_code": "US",
    "phone": "+12125550123",
}
DEFAULT_LINE: Mapping[str, object] = {"sku": "MUG-RED-01", "title": "Red mug", "price": "14.90", "weight_grams": 420}
MANUAL_GATEWAYS = frozenset({"Cash on Delivery (COD)", "Bank Deposit", "Money Order", "manual"})


def clean_address(address: Mapping[str, Any] | None) -> Document | None:
    """Return an address with every member, missing ones ``None``.

    Raises:
        ValueError: A member that no address has.
    """
    if address is None:
        return None
    unknown = set(address) - set(ADDRESS_FIELDS)
    if unknown:
        raise ValueError(f"an address has no {', '.join(sorted(unknown))}; it has {', '.join(ADDRESS_FIELDS)}")
    return {field: address.get(field) for field in ADDRESS_FIELDS}


class Orders:
    """The shop's side of orders.

    Args:
        world: The shop's memory.
        routing: What makes fulfillment orders of them.
        inventory: Where their goods are reserved.
        webhooks: Who is told.
        routing_delay: Seconds until a new order that is not settled has fulfillment orders.
    """

    def __init__(
        self, world: World, routing: Routing, inventory: Inventory, webhooks: Webhooks, routing_delay: float
    ) -> None:
        self._world = world
        self._routing = routing
        self._inventory = inventory
        self._webhooks = webhooks
        self._routing_delay = routing_delay

    def place(
        self,
        *,
        lines: Sequence[Mapping[str, Any]] = (DEFAULT_LINE,),
        address: Mapping[str, Any] | None = None,
        needs_address: bool = True,
        currency: str = "USD",
        presentment_currency: str | None = None,
        presentment_rate: str = "1",
        financial_status: str = "PAID",
        gateway: str = "shopify_payments",
        shipping_title: str | None = "Standard",
        shipping_code: str | None = "standard",
        shipping_price: str = "5.00",
        discount: str = "0.00",
        tax_rate: str = "0.00",
        taxes_included: bool = False,
        note: str | None = None,
        tags: Sequence[str] = (),
        email: str | None = "buyer@example.com",
        po_number: str | None = None,
        test: bool = False,
        settled: bool = True,
        placed_at: str | None = None,
        fulfill_at: str | None = None,
        fulfill_by: str | None = None,
        deliver_by: str | None = None,
        attributes: Mapping[str, str] | None = None,
        localized_fields: Mapping[str, str] | None = None,
        risk: str = "ACCEPT",
    ) -> int:
        """Place an order; see ``ShopifySimulator.place_order``."""
        world = self._world
        moment = (read_time(placed_at) if placed_at else None) or world.now()
        at = stamp(moment)
        with world.transaction():
            number = world.next_order_number()
            order: Document = {
                "id": world.next_id(),
                "number": number,
                "name": f"#{number}",
                "created_at": at,
                "updated_at": at,
                "processed_at": at,
                "cancelled_at": None,
                "cancel_reason": None,
                "staff_note": None,
                "closed_at": None,
                "test": test,
                "edited": False,
                "financial_status": financial_status,
                "gateway": gateway,
                "manual_gateway": gateway in MANUAL_GATEWAYS,
                "transaction_id": world.next_id(),
                "return_status": "NO_RETURN",
                "risk": risk,
                "currency": currency,
                "presentment_currency": presentment_currency or currency,
                "presentment_rate": presentment_rate,
                "discount": discount,
                "tax_rate": tax_rate,
                "taxes_included": taxes_included,
                "note": note,
                "tags": list(tags),
                "email": email,
                "po_number": po_number,
                "source_identifier": None,
                "customer_id": world.next_id(),
                "address_id": world.next_id(),
                "attributes": dict(attributes or {}),
                "localized_fields": dict(localized_fields or {}),
                "address": clean_address(address or DEFAULT_ADDRESS) if needs_address else None,
                "billing": None,
                "shipping": None,
                "lines": [],
                "fulfillment_orders": [],
                "fulfillments": [],
                "routing_announced": False,
                "routed_at": moment.timestamp() + (0 if settled else self._routing_delay),
                "job_due": None,
                "index": [],
            }
            order["billing"] = order["address"]
            if shipping_title is not None and needs_address:
                shipping = {"title": shipping_title, "code": shipping_code, "price": shipping_price}
                order["shipping"] = {"id": world.next_id(), **shipping}
            places = [self._add_line(order, dict(line)) for line in lines]
            self._routing.plan(order, places, fulfill_at=fulfill_at, fulfill_by=fulfill_by, deliver_by=deliver_by)
            self._routing.reserve(order)
            order["routing_announced"] = settled
            world.save(order, touch=False, search="now" if settled else "later")
            self._webhooks.order_event(order, "ORDERS_CREATE")
            if settled:
                self._announce(order)
            if financial_status == "PAID":
                self._webhooks.order_event(order, "ORDERS_PAID")
        return int(order["id"])

    def _add_line(self, order: Document, line: Document) -> dict[int, int]:
        """Add a line, and return how many of it each location is to send."""
        split = line.pop("locations", None)
        shape = {
            "sku": line.pop("sku", None),
            "title": line.pop("title", "Item"),
            "variant_title": line.pop("variant_title", None),
            "quantity": int(line.pop("quantity", 1)),
            "price": str(line.pop("price", "10.00")),
            "weight_grams": int(line.pop("weight_grams", 250)),
            "requires_shipping": bool(line.pop("requires_shipping", True)),
            "gift_card": bool(line.pop("gift_card", False)),
            "hs_code": line.pop("hs_code", None),
            "origin": line.pop("origin", None),
            "origin_province": line.pop("origin_province", None),
            "vendor": line.pop("vendor", "Sandbox Goods"),
        }
        location = line.pop("location_id", None)
        if line:
            raise ValueError(f"a line has no {', '.join(sorted(line))}")
        item = self._inventory.item_for(shape)
        order["lines"].append(
            {
                "id": self._world.next_id(),
                **shape,
                "current_quantity": shape["quantity"],
                "item_id": item["id"],
                "variant_id": item["variant_id"],
                "product_id": item["product_id"],
            }
        )
        if split is None:
            return {self._routing.location(location): shape["quantity"]}
        places = {self._routing.location(place): int(count) for place, count in dict(split).items()}
        if sum(places.values()) != shape["quantity"]:
            raise ValueError("the locations of a line must share out exactly its quantity")
        return places

    def tick(self) -> None:
        """Let happen what time has brought: orders that are routed by now, jobs that are done."""
        now = self._world.epoch()
        for waiting in self._world.waiting():
            with self._world.transaction():
                if not waiting["routing_announced"] and waiting["routed_at"] <= now:
                    order = self._world.edit(waiting["id"])
                    order["routing_announced"] = True
                    self._world.save(order, touch=False, search="unchanged")
                    self._announce(order)
            due = waiting["job_due"]
            if due and due[0] <= now:
                self._finish_cancellation(waiting["id"], due[1])

    def _announce(self, order: Document) -> None:
        for fulfillment_order in order["fulfillment_orders"]:
            self._webhooks.fulfillment_order_event("ORDER_ROUTING_COMPLETE", fulfillment_order)

    def edit_address(self, number: int, *, propagate: bool, fields: Mapping[str, Any]) -> None:
        """Change the shipping address. The order's ``updatedAt`` moves, that of its fulfillment orders doesn't."""
        with self._world.transaction():
            order = self._world.edit(number)
            order["address"] = clean_address({**(order["address"] or {}), **fields})
            if propagate:
                for fulfillment_order in order["fulfillment_orders"]:
                    if fulfillment_order["destination"] is not None:
                        fulfillment_order["destination"] = {**order["address"], "email": order["email"]}
            self._world.save(order)
            self._webhooks.order_event(order, "ORDERS_UPDATED")

    def edit_quantity(self, number: int, index: int, quantity: int) -> None:
        """Edit the order: a line is to have this many units; those that left already stay.

        Raises:
            ValueError: Fewer than have left, or the order is cancelled.
        """
        with self._world.transaction():
            order = self._world.edit(number)
            line = order["lines"][index]
            if order["cancelled_at"] or quantity < fulfilled_quantities(order)[line["id"]]:
                raise ValueError("a cancelled order, or units that have left, cannot be edited")
            change = quantity - line["current_quantity"]
            line["current_quantity"] = quantity
            line["quantity"] = max(line["quantity"], quantity)
            self._routing.change_quantity(order, line, change)
            order["edited"] = True
            self._world.save(order)
            self._webhooks.order_event(order, "ORDERS_EDITED")
            self._webhooks.order_event(order, "ORDERS_UPDATED")

    def set_financial_status(self, number: int, status: str) -> None:
        """Let a payment come in, fail or be refunded."""
        with self._world.transaction():
            order = self._world.edit(number)
            order["financial_status"] = status
            self._world.save(order)
            self._webhooks.order_event(order, "ORDERS_UPDATED")
            if status == "PAID":
                self._webhooks.order_event(order, "ORDERS_PAID")

    # --- cancelling (field guide shopify.md §11.1) --------------------------------------------------------------------

    def start_cancellation(
        self, number: int | None, *, reason: str, restock: bool, refund: bool, note: str | None
    ) -> str:
        """Accept a cancellation as a job, and return the job's key.

        Raises:
            RefusedError: No such order, cancelled already, or something has left and stands.
        """
        order = self._world.order(number)
        if order is None:
            raise RefusedError("Order does not exist", field=["orderId"], code="NOT_FOUND")
        if order["cancelled_at"] or order["job_due"]:
            raise RefusedError("Order has already been cancelled", field=["orderId"], code="INVALID")
        if sum(fulfilled_quantities(order).values()):
            raise RefusedError(
                "Cannot cancel an order with fulfillments: cancel the fulfillments first",
                field=["orderId"],
                code="INVALID",
            )
        if order["return_status"] not in {"NO_RETURN", "RETURNED"}:
            raise RefusedError("Cannot cancel an order with active returns", field=["orderId"], code="INVALID")
        if note is not None and len(note) > 255:
            raise RefusedError(
                "Staff note is too long (maximum is 255 characters)", field=["staffNote"], code="INVALID"
            )
        with self._world.transaction():
            copy = self._world.edit(order["id"])
            key = self._world.job_key(self._world.next_id())
            plan = {"reason": reason, "restock": restock, "refund": refund, "note": note}
            copy["job_due"] = [self._world.epoch() + self._world.job_seconds, key]
            self._world.put("job", key, {"order": order["id"], "status": "STARTED", "errors": [], "plan": plan})
            self._world.save(copy, touch=False, search="unchanged")
        return key

    def _finish_cancellation(self, number: int, key: str) -> None:
        """End the job. What has left meanwhile makes it fail: ``done``, and the order alive (field guide §19.27)."""
        with self._world.transaction():
            order = self._world.edit(number)
            job = dict(self._world.table("job")[key])
            order["job_due"] = None
            if sum(fulfilled_quantities(order).values()):
                job["status"] = "FAILED"
                job["errors"] = [{"code": "INVALID", "field": None, "message": "Order has fulfillments"}]
                self._world.save(order, touch=False, search="unchanged")
            else:
                job["status"] = "SUCCEEDED"
                self._cancel(order, job["plan"])
            self._world.put("job", key, job)

    def cancel_now(self, number: int, *, reason: str, restock: bool = True) -> None:
        """Cancel as the merchant does it in the admin: at once.

        Raises:
            ValueError: Something has left and stands, or it is cancelled already.
        """
        with self._world.transaction():
            order = self._world.edit(number)
            if order["cancelled_at"] or sum(fulfilled_quantities(order).values()):
                raise ValueError("an order with live fulfillments, or a cancelled one, cannot be cancelled")
            self._cancel(order, {"reason": reason, "restock": restock, "refund": True, "note": None})

    def _cancel(self, order: Document, plan: Mapping[str, Any]) -> None:
        self._routing.release(order, restock=plan["restock"])
        for fulfillment_order in list(order["fulfillment_orders"]):
            if holds_goods(fulfillment_order):
                self._routing.void(fulfillment_order)
                self._webhooks.fulfillment_order_event("CANCELLED", fulfillment_order)
        order["cancelled_at"] = self._world.stamp()
        order["cancel_reason"] = plan["reason"]
        order["staff_note"] = plan["note"]
        for line in order["lines"]:
            line["current_quantity"] = 0
        if order["financial_status"] in {"AUTHORIZED", "PENDING"}:
            order["financial_status"] = "VOIDED"
        elif plan["refund"] and order["financial_status"] in {"PAID", "PARTIALLY_PAID"}:
            order["financial_status"] = "REFUNDED"
        self._world.save(order)
        self._webhooks.order_event(order, "ORDERS_CANCELLED")
        self._webhooks.order_event(order, "ORDERS_UPDATED")
