"""The life of orders: placed, paid, changed, cancelled, shipped."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from cartcarrier.sandbox.amazon._marketplaces import MARKETPLACES
from cartcarrier.sandbox.amazon._shape import compose, money
from cartcarrier.sandbox.amazon._world import Document, World, stamp

OPEN: Final = "UNSHIPPED"
SHIPPABLE: Final = frozenset({"UNSHIPPED", "PARTIALLY_SHIPPED"})
WITH_ADDRESS: Final = frozenset({"UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED"})

Listener = Callable[[Document, str, str], None]  # the order, the kind of change, why
StockKeeper = Callable[
    [Document, Document, int], None
]  # the order, the line, units that leave (or, negative, come back)


def live_packages(order: Document) -> list[Document]:
    """Return the packages of an order that are not cancelled."""
    return [package for package in order["packages"] if package["status"] != "CANCELLED"]


def packed(order: Document, line_id: str, *, without: str | None = None) -> int:
    """Return how many units of a line are in live packages, leaving one package out if asked to."""
    return sum(
        entry["quantity"]
        for package in live_packages(order)
        if package["reference"] != without
        for entry in package["items"]
        if entry["line_id"] == line_id
    )


def status_of(order: Document) -> str:
    """Return the order's fulfillment status as v2026 calls it."""
    if order["state"] != OPEN:
        return str(order["state"])
    wanted = sum(line["quantity"] for line in order["lines"])
    gone = sum(min(line["fulfilled"], line["quantity"]) for line in order["lines"])
    if gone == 0:
        return "UNSHIPPED"
    return "SHIPPED" if gone >= wanted else "PARTIALLY_SHIPPED"


class Orders:
    """The orders of all regions, and what happens to them.

    Args:
        world: The platform's memory.
        changed: Told of changes that Amazon notifies.
        stock: Told when units are bound by an order, or come back.
    """

    def __init__(self, world: World, changed: Listener, stock: StockKeeper) -> None:
        self._world = world
        self._changed = changed
        self._stock = stock

    def all(self) -> list[Document]:
        """Return every order, oldest first."""
        return list(self._world.table("order").values())

    def get(self, order_id: str) -> Document | None:
        """Return an order to look at."""
        return self._world.get("order", order_id)

    # --- what buyers do -----------------------------------------------------------------------------------------------

    def place(self, shape: Mapping[str, Any], *, settled: bool) -> Document:
        """Place an order.

        Raises:
            ValueError: The shape cannot be an order.
        """
        number = self._world.next_number("order")
        draw = self._world.draw(f"order:{number}")
        moment = self._world.now()
        if settled:
            moment -= timedelta(seconds=self._world.switch("search_lag_seconds"))
        order = compose(draw, shape, moment)
        with self._world.transaction():
            order["id"] = self._order_id(order["region"], number)
            for index, line in enumerate(order["lines"]):
                digest = int(hashlib.sha256(f"{order['id']}:{index}".encode()).hexdigest()[:12], 16)
                line["id"] = f"{digest % 10**14:014d}"
                self._stock(order, line, line["quantity"])
            order["updated"] = stamp(moment)
            self._world.put("order", order["id"], order)
            self._changed(order, "OrderStatusChange", "OrderStatusChange")
        return order

    def request_cancellation(self, order_id: str, reason: str, line_index: int | None, *, settled: bool) -> None:
        """Let the buyer ask for a cancellation: the order stays as it is, its items bear the request (guide §2.8).

        Raises:
            ValueError: The order cannot be cancelled any more.
        """
        with self._world.transaction():
            order = self._world.edit("order", order_id)
            if status_of(order) not in SHIPPABLE | {"PENDING", "PENDING_AVAILABILITY"}:
                raise ValueError(f"order {order_id} is {status_of(order)}: nothing to cancel")
            lines = order["lines"] if line_index is None else [order["lines"][line_index]]
            for line in lines:
                line["cancel_request"] = {"reason": reason}
            self._keep(order, settled=settled)
            self._changed(order, "BuyerRequestedChange", "Buyer Requested Cancel")

    def edit_quantity(self, order_id: str, line_index: int, quantity: int, *, settled: bool) -> None:
        """Change how many units of a line are ordered; 0 cancels the line, and the order when it was the last.

        Raises:
            ValueError: Fewer than have left already.
        """
        with self._world.transaction():
            order = self._world.edit("order", order_id)
            line = order["lines"][line_index]
            if quantity < line["fulfilled"]:
                raise ValueError(f"{line['fulfilled']} units have left already")
            marketplace = MARKETPLACES[order["marketplace"]]
            if line["quantity"]:
                line["tax"] = money(Decimal(line["tax"]) * quantity / line["quantity"], marketplace)
            self._stock(order, line, quantity - line["quantity"])
            line["quantity"] = quantity
            if quantity == 0:
                line["cancelled_by"] = {"by": "BUYER", "reason": "BUYER_CANCELLED"}
            if not any(each["quantity"] for each in order["lines"]):
                order["state"] = "CANCELLED"
                order["cancellation"] = {"by": "BUYER", "reason": "BUYER_CANCELLED"}
            self._keep(order, settled=settled)
            self._changed(order, "OrderStatusChange", "OrderStatusChange")

    def edit_address(self, order_id: str, fields: Mapping[str, Any], *, settled: bool) -> None:
        """Change members of the address."""
        with self._world.transaction():
            order = self._world.edit("order", order_id)
            order["address"].update(fields)
            self._keep(order, settled=settled)

    # --- what Amazon and the seller do --------------------------------------------------------------------------------

    def set_state(self, order_id: str, state: str, *, settled: bool) -> None:
        """Put an unshipped order back to pending payment, or let the payment be authorized.

        Raises:
            ValueError: Something of it has left, or it is cancelled.
        """
        with self._world.transaction():
            order = self._world.edit("order", order_id)
            if status_of(order) not in {"UNSHIPPED", "PENDING", "PENDING_AVAILABILITY"}:
                raise ValueError(f"order {order_id} is {status_of(order)}")
            order["state"] = state
            self._keep(order, settled=settled)
            self._changed(order, "OrderStatusChange", "OrderStatusChange")

    def cancel(self, order_id: str, *, by: str, reason: str, restock: bool = True, settled: bool = False) -> None:
        """Cancel a whole order.

        Raises:
            ValueError: Something of it has left, or it is cancelled already.
        """
        with self._world.transaction():
            order = self._world.edit("order", order_id)
            status = status_of(order)
            if status not in {"UNSHIPPED", "PENDING", "PENDING_AVAILABILITY"}:
                raise ValueError(f"order {order_id} is {status}")
            order["state"] = "CANCELLED"
            order["cancellation"] = {"by": by, "reason": reason}
            for line in order["lines"]:
                line["cancelled_by"] = line["cancelled_by"] or {"by": by, "reason": reason}
                if restock:
                    self._stock(order, line, -line["quantity"])
            self._keep(order, settled=settled)
            self._changed(order, "OrderStatusChange", "OrderStatusChange")

    def bind(self, order_id: str, merchant_id: str) -> None:
        """Let the order bear the seller's own id."""
        with self._world.transaction():
            order = self._world.edit("order", order_id)
            order["seller_order_id"] = merchant_id or None
            self._keep(order, settled=False)

    def refund(self, order_id: str) -> None:
        """Pay the whole order back, as a late ``Failure`` does (guide §2.9); what left stays away."""
        with self._world.transaction():
            order = self._world.edit("order", order_id)
            order["refunded"] = True
            self._keep(order, settled=False)

    def put_package(self, order_id: str, package: Document, *, settled: bool = False) -> Document:
        """Keep a package, new or edited, and let its units have left."""
        with self._world.transaction():
            order = self._world.edit("order", order_id)
            before = status_of(order)
            places = {entry["reference"]: index for index, entry in enumerate(order["packages"])}
            if package["reference"] in places:
                order["packages"][places[package["reference"]]] = package
            else:
                order["packages"].append(package)
            for line in order["lines"]:
                line["fulfilled"] = max(line["fulfilled"], packed(order, line["id"]))
            self._keep(order, settled=settled)
            if status_of(order) != before:
                self._changed(order, "OrderStatusChange", "OrderStatusChange")
        return order

    def set_package_status(
        self, order_id: str, reference: str, status: str, detailed: str | None, *, settled: bool
    ) -> None:
        """Move a package on. Cancelling one leaves the order as it is (guide §4.1).

        Raises:
            ValueError: No such package.
        """
        with self._world.transaction():
            order = self._world.edit("order", order_id)
            package = next((entry for entry in order["packages"] if entry["reference"] == reference), None)
            if package is None:
                raise ValueError(f"order {order_id} has no package {reference}")
            package["status"] = status
            package["detailed_status"] = detailed
            self._keep(order, settled=settled)

    def _keep(self, order: Document, *, settled: bool) -> None:
        lag = self._world.switch("search_lag_seconds") if settled else 0
        order["updated"] = max(order["updated"], self._world.stamp(-lag))
        self._world.put("order", order["id"], order)

    def _order_id(self, region: str, number: int) -> str:
        first = {"na": 112, "eu": 302, "fe": 250}[region]
        return f"{first}-{(number * 7_368_787 + self._world.seed) % 10**7:07d}-{(number * 2_750_159) % 10**7:07d}"
