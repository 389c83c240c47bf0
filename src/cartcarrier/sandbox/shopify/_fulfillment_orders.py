"""What apps and merchants do with fulfillment orders: hold, release, split, move, open, cancel, report progress.

Facts: field guide shopify.md §9, §19.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cartcarrier.sandbox.shopify._ids import Document, RefusedError, number_of
from cartcarrier.sandbox.shopify._routing import AT_A_SERVICE, Routing, holds_goods, supported_actions

MAX_HOLDS = 10
MAX_HANDLE = 64


class FulfillmentOrders(Routing):
    """The state machine of fulfillment orders, from outside."""

    def hold(self, value: object, hold: Mapping[str, Any], *, own: bool) -> tuple[Document, int, int | None]:
        """Put a hold on all or part of a fulfillment order.

        Returns:
            The hold, the number of the held fulfillment order, and of the one with the rest, if there is a rest.
        """
        with self._world.transaction():
            order, target = self.find(value)
            handle = hold.get("handle") or ""
            if len(handle) > MAX_HANDLE:
                raise RefusedError("Handle is too long (maximum is 64 characters)", field=["fulfillmentHold", "handle"])
            if "HOLD" not in supported_actions(target, at_service=False):
                raise RefusedError("Fulfillment order cannot be put on hold.", field=["id"], code="TAKEN")
            ours = [entry for entry in target["holds"] if entry["own"] == own]
            if any(entry["handle"] == handle for entry in ours):
                raise RefusedError(
                    "The handle provided for the fulfillment hold is already in use by this app for another hold"
                    " on this fulfillment order.",
                    field=["fulfillmentHold", "handle"],
                    code="DUPLICATE_FULFILLMENT_HOLD_HANDLE",
                )
            if len(ours) >= MAX_HOLDS:
                raise RefusedError(
                    "The maximum number of fulfillment holds for this fulfillment order has been reached.",
                    field=["id"],
                    code="FULFILLMENT_ORDER_HOLD_LIMIT_REACHED",
                )
            rest: int | None = None
            if hold.get("fulfillmentOrderLineItems"):
                if target["holds"]:
                    raise RefusedError(
                        "Fulfillment order is not splittable", field=["id"], code="FULFILLMENT_ORDER_NOT_SPLITTABLE"
                    )
                parts = self.select(target, hold["fulfillmentOrderLineItems"], ["fulfillmentHold"])
                rest = self.separate(order, target, parts)
            made = {
                "id": self._world.next_id(),
                "reason": hold["reason"],
                "notes": hold.get("reasonNotes"),
                "handle": handle,
                "external_id": hold.get("externalId"),
                "own": own,
            }
            first = not target["holds"]
            target["holds"].append(made)
            target["status"] = "ON_HOLD"
            self.touch(target)
            # A hold does not move Order.updatedAt (field guide shopify.md §0.11).
            self._world.save(order, touch=False)
            self._webhooks.hold_event(target, made, added=True, first_or_last=first)
        return made, int(target["id"]), rest

    def release_holds(self, value: object, hold_ids: Sequence[str] | None) -> int:
        """Release the named holds; without names, everybody's (field guide shopify.md §19.21)."""
        with self._world.transaction():
            order, target = self.find(value)
            chosen = None if hold_ids is None else {number_of(hold, "FulfillmentHold") for hold in hold_ids}
            known = {hold["id"] for hold in target["holds"]}
            if chosen is not None and not chosen <= known:
                raise RefusedError("Fulfillment hold does not exist.", field=["holdIds"], code="INVALID_ACCESS")
            gone = [hold for hold in target["holds"] if chosen is None or hold["id"] in chosen]
            target["holds"] = [hold for hold in target["holds"] if hold not in gone]
            if gone and not target["holds"]:
                target["status"] = "OPEN"
                self.settle(target)
            if gone:
                self.touch(target)
                self._world.save(order, touch=False)
                for hold in gone:
                    self._webhooks.hold_event(target, hold, added=False, first_or_last=not target["holds"])
        return int(target["id"])

    def split(self, value: object, lines: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
        """Split off the rest into a new fulfillment order; return the numbers of both."""
        with self._world.transaction():
            order, target = self.find(value)
            if not lines:
                raise RefusedError(
                    "No line items provided to split",
                    field=["fulfillmentOrderSplits"],
                    code="NO_LINE_ITEMS_PROVIDED_TO_SPLIT",
                )
            if target["status"] not in {"OPEN", "IN_PROGRESS"} or target["request_status"] in AT_A_SERVICE:
                raise RefusedError(
                    "Fulfillment order cannot be split in its current state", field=["fulfillmentOrderSplits"]
                )
            parts = self.select(target, lines, ["fulfillmentOrderSplits"])
            rest = self.separate(order, target, parts)
            if rest is None:
                raise RefusedError(
                    "Quantity must leave something to split off", field=["fulfillmentOrderSplits"], code="GREATER_THAN"
                )
            self._world.save(order, touch=False)
            self._webhooks.split_event(target, rest, lines)
        return int(target["id"]), rest

    def move(self, value: object, location: object, lines: Sequence[Mapping[str, Any]] | None) -> tuple[int, int]:
        """Move all or part to another location; return the numbers of the new and of the old fulfillment order."""
        with self._world.transaction():
            order, target = self.find(value, code=None)
            try:
                place = self.location(location)
            except ValueError as exc:
                raise RefusedError("Location does not exist.", field=["newLocationId"]) from exc
            source = target["location_id"]
            if target["progress"]:
                raise RefusedError(
                    "Cannot move a fulfillment order with reported progress.",
                    field=["id"],
                    code="CANNOT_MOVE_FULFILLMENT_ORDER_WITH_REPORTED_PROGRESS",
                )
            if not holds_goods(target) or target["request_status"] in AT_A_SERVICE:
                raise RefusedError("Fulfillment order cannot be moved in its current state.", field=["id"])
            if place == source:
                raise RefusedError("Cannot move a fulfillment order to its own location.", field=["newLocationId"])
            parts = self.select(target, lines, ["fulfillmentOrderLineItems"]) if lines else self.everything(target)
            holds = [] if lines else target["holds"]
            items = {line["id"]: line["item_id"] for line in order["lines"]}
            for part, _quantity in parts:
                if not self._inventory.stocked(items[part["line_id"]], place):
                    raise RefusedError("The location does not stock the item.", field=["newLocationId"])
            for part, quantity in parts:
                part["total"] -= quantity
                part["remaining"] -= quantity
                self._inventory.commit(items[part["line_id"]], source, -quantity)
                self._inventory.commit(items[part["line_id"]], place, quantity)
            moved = self.like(
                order,
                target,
                [(part["line_id"], quantity) for part, quantity in parts],
                location_id=place,
                holds=holds,
                status="ON_HOLD" if holds else "OPEN",
            )
            if not lines:
                target["holds"] = []
            self.touch(target)
            self.settle(target)
            self._world.save(order, touch=False)
            self._webhooks.moved_event(target, moved, source)
        return int(moved["id"]), int(target["id"])

    def open(self, value: object) -> int:
        """Open a scheduled fulfillment order, or end its reported progress."""
        with self._world.transaction():
            order, target = self.find(value, code=None)
            if "MARK_AS_OPEN" not in supported_actions(target, at_service=False):
                raise RefusedError("Fulfillment order must be scheduled.", field=["id"])
            target["status"] = "OPEN"
            target["progress"] = False
            target["fulfill_at"] = self._world.stamp()
            self.touch(target)
            self.settle(target)
            self._world.save(order, touch=False)
            self._webhooks.fulfillment_order_event("SCHEDULED_FULFILLMENT_ORDER_READY", target)
        return int(target["id"])

    def cancel(self, value: object) -> tuple[int, int]:
        """Cancel what lies at a service; return its number and that of its replacement."""
        with self._world.transaction():
            order, target = self.find(value)
            if target["request_status"] not in {"SUBMITTED", "CANCELLATION_REQUESTED"} or not holds_goods(target):
                raise RefusedError(
                    "Fulfillment order is not in cancellable request state and can't be canceled.", field=["id"]
                )
            rest = [(part["line_id"], quantity) for part, quantity in self.everything(target)]
            replacement = self.like(order, target, rest)
            self.void(target)
            target["request_status"] = "CANCELLATION_ACCEPTED"
            self._world.save(order, touch=False)
            self._webhooks.fulfillment_order_event("CANCELLED", target, replacement=replacement)
        return int(target["id"]), int(replacement["id"])

    def report_progress(self, value: object) -> int:
        """Say that somebody is at it."""
        with self._world.transaction():
            order, target = self.find(value)
            if "REPORT_PROGRESS" not in supported_actions(target, at_service=self.is_service(target["location_id"])):
                raise RefusedError(
                    "Fulfillment order status is invalid", field=["id"], code="FULFILLMENT_ORDER_STATUS_INVALID"
                )
            target["progress"] = True
            target["status"] = "IN_PROGRESS"
            self.touch(target)
            self._world.save(order, touch=False)
            self._webhooks.fulfillment_order_event("PROGRESS_REPORTED", target)
        return int(target["id"])

    def set_request_status(self, value: object, status: str) -> None:
        """Put it where a fulfillment service would have put it."""
        with self._world.transaction():
            order, target = self.find(value)
            target["request_status"] = status
            if status == "ACCEPTED":
                target["status"] = "IN_PROGRESS"
            self.touch(target)
            self._world.save(order, touch=False)
