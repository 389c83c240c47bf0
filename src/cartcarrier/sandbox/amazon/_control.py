"""The control surface: orders, the account, feeds and messages, labels and fulfillment orders, and what harnesses compare."""

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from typing_extensions import override

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox import command
from cartcarrier.sandbox.amazon._audit import duplicates, summary
from cartcarrier.sandbox.amazon._control_account import AccountCommands
from cartcarrier.sandbox.amazon._control_orders import OrderCommands
from cartcarrier.sandbox.amazon._outbound_views import JOURNEYS as PACKAGE_JOURNEYS
from cartcarrier.sandbox.amazon._shipping_tracking import JOURNEYS as LABEL_JOURNEYS


class Control(OrderCommands, AccountCommands):
    """Commands of the Amazon simulator; the same in process and over HTTP."""

    # --- feeds and messages -------------------------------------------------------------------------------------------

    @command
    def feeds(self) -> list[dict[str, object]]:
        """Return every feed, oldest first: ``id``, ``type``, ``status``, ``region``."""
        self.platform.tick()
        rows = self.platform.world.table("feed").values()
        return [{name: row[name] for name in ("id", "type", "status", "region", "created")} for row in rows]

    @command
    def doom_next_feed(self, status: str = "FATAL") -> None:
        """Let the next feed end so: ``FATAL`` after half of its messages, or ``CANCELLED`` before the first.

        Raises:
            InvalidValueError: No such end.
        """
        if status not in {"FATAL", "CANCELLED"}:
            raise InvalidValueError(f"a feed does not end so: {status}", field="status")
        number = self.platform.world.next_number("fate")
        self.platform.world.put("fate", str(number), {"status": status})

    @command
    def messages(
        self,
        *,
        limit: int | None = None,
        duplicates: int = 0,
        shuffle: bool = False,
        keep: bool = False,
        notification_type: str | None = None,
    ) -> list[dict[str, Any]]:
        """Return what waits in the seller's queues, as the queue service hands it out; the notification is in ``Body``.

        Args:
            limit: At most so many.
            duplicates: How often each comes again.
            shuffle: Whether they come in another order.
            keep: Whether they stay in the queue.
            notification_type: Only those of this type.
        """
        self.platform.tick()
        return self.platform.messages.take(
            limit=limit, duplicates=duplicates, shuffle=shuffle, keep=keep, kind=notification_type
        )

    # --- labels and fulfillment orders --------------------------------------------------------------------------------

    @command
    def labels(self) -> list[dict[str, Any]]:
        """List every label ever bought, oldest first."""
        return [
            {
                "shipment_id": shipment["id"],
                "order_id": shipment["order"],
                "reference": package["reference"],
                "tracking_number": package["tracking"],
                "carrier_id": shipment["carrier_id"],
                "service": shipment["service"],
                "price": shipment["price"],
                "currency": shipment["currency"],
                "bought": shipment["bought"],
                "cancelled": shipment["cancelled"] is not None,
            }
            for shipment in self.platform.world.table("shipment").values()
            for package in shipment["packages"]
        ]

    @command
    def spent(self) -> dict[str, dict[str, str]]:
        """Return the money spent on labels, the money that came back for cancelled ones, and the difference, by currency."""
        bought: dict[str, Decimal] = defaultdict(Decimal)
        credited: dict[str, Decimal] = defaultdict(Decimal)
        for shipment in self.platform.world.table("shipment").values():
            bought[shipment["currency"]] += Decimal(shipment["price"])
            if shipment["cancelled"]:
                credited[shipment["currency"]] += Decimal(shipment["price"])
        net = {unit: amount - credited[unit] for unit, amount in bought.items()}
        sums = {"bought": bought, "credited": credited, "net": net}
        return {name: {unit: str(amount) for unit, amount in rows.items()} for name, rows in sums.items()}

    @command
    def set_journey(self, tracking_number: str, kind: str) -> None:
        """Choose what happens to a parcel that Amazon carries: ``delivered``, ``attempted``, ``returned`` or ``lost``.

        Raises:
            InvalidValueError: No such journey, or no such parcel.
        """
        if kind not in LABEL_JOURNEYS or kind not in PACKAGE_JOURNEYS:
            raise InvalidValueError(f"no such journey: {kind}; there are {', '.join(LABEL_JOURNEYS)}", field="kind")
        world = self.platform.world
        self.platform.tick()
        shipment = self.platform.shipping.find(tracking_number)
        if shipment is not None:
            world.put("shipment", shipment["key"], {**shipment, "journey": kind})
            return
        for order in list(world.table("outbound").values()):
            if any(each["tracking"] == tracking_number for each in order["shipments"]):
                world.put("outbound", order["key"], {**order, "journey": kind})
                return
        raise InvalidValueError("the sandbox's Amazon carries no parcel of that number", field="tracking_number")

    @command
    def fulfillment_orders(self) -> list[dict[str, Any]]:
        """List every multi-channel fulfillment order, oldest first."""
        self.platform.tick()
        return [
            {
                "id": order["id"],
                "displayable_id": order["displayable_id"],
                "status": order["status"],
                "items": [{"sku": item["sku"], "quantity": item["quantity"]} for item in order["items"]],
                "packages": [
                    {"package_number": each["package"], "tracking_number": each["tracking"]}
                    for each in order["shipments"]
                ],
            }
            for order in self.platform.world.table("outbound").values()
            if not order["sandbox"]
        ]

    # --- for harnesses ------------------------------------------------------------------------------------------------

    @command
    def orders(self) -> list[dict[str, Any]]:
        """Return every order with what left under which number: for comparing sets at the end of a run."""
        self.platform.tick()
        return [summary(order) for order in self.platform.orders.all()]

    @command
    def duplicates(self) -> list[dict[str, Any]]:
        """Return the orders of which more left than was ordered, or whose live packages share a number.

        A second label for the same units is among them.
        """
        return duplicates(self.platform.orders.all())

    @override
    def totals(self) -> Mapping[str, object]:
        self.platform.tick()
        orders = self.platform.orders.all()
        return {
            "orders": len(orders),
            "packages": sum(len(order["packages"]) for order in orders),
            "labels": len(self.labels()),
            "fulfillment_orders": len(self.fulfillment_orders()),
            "feeds": len(self.platform.world.table("feed")),
            "messages": len(self.platform.world.table("message")),
        }
