"""Fulfillment orders: how they are made, what may be done with them, and what that does to their ids.

Facts: field guide shopify.md §9, §10, §19.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cartcarrier.sandbox.shopify._ids import Document, Json, RefusedError, number_of
from cartcarrier.sandbox.shopify._inventory import Inventory
from cartcarrier.sandbox.shopify._status import OPEN_STATUSES
from cartcarrier.sandbox.shopify._webhooks import Webhooks
from cartcarrier.sandbox.shopify._world import World

AT_A_SERVICE = frozenset({"SUBMITTED", "ACCEPTED", "CANCELLATION_REQUESTED", "CANCELLATION_REJECTED"})


def holds_goods(fulfillment_order: Mapping[str, Any]) -> bool:
    """Whether something of it is still to leave."""
    return fulfillment_order["status"] in OPEN_STATUSES


def supported_actions(fulfillment_order: Mapping[str, Any], *, at_service: bool, as_service: bool = False) -> list[str]:
    """Return what may be done with a fulfillment order in its present state.

    Args:
        fulfillment_order: Which one.
        at_service: Whether its location is a fulfillment service's.
        as_service: Whether the service itself asks: what it has accepted, it ships.
    """
    status = fulfillment_order["status"]
    if status == "SCHEDULED":
        return ["MARK_AS_OPEN"]
    if status == "ON_HOLD":
        return ["RELEASE_HOLD", "HOLD", "MOVE"]
    if status not in {"OPEN", "IN_PROGRESS"}:
        return []
    if fulfillment_order["request_status"] in AT_A_SERVICE:
        if fulfillment_order["request_status"] not in {"ACCEPTED", "CANCELLATION_REJECTED"}:
            return ["CANCEL_FULFILLMENT_ORDER"]
        return ["CREATE_FULFILLMENT"] * as_service + ["REQUEST_CANCELLATION"]
    actions = ["REQUEST_FULFILLMENT"] if at_service else ["CREATE_FULFILLMENT", "REPORT_PROGRESS"]
    if fulfillment_order["progress"]:
        actions.append("MARK_AS_OPEN")
    else:
        actions.append("MOVE")
    actions.append("HOLD")
    if sum(line["remaining"] for line in fulfillment_order["lines"]) > 1:
        actions.append("SPLIT")
    return actions


class Routing:
    """Makes fulfillment orders of an order's lines, and knows their pieces.

    Args:
        world: The shop's memory.
        inventory: Where goods are reserved.
        webhooks: Who is told.
    """

    def __init__(self, world: World, inventory: Inventory, webhooks: Webhooks) -> None:
        self._world = world
        self._inventory = inventory
        self._webhooks = webhooks

    # --- making -------------------------------------------------------------------------------------------------------

    def location(self, value: object) -> int:
        """Return a location's number from a global id, a number, or ``None`` for the first one.

        Raises:
            ValueError: There is no such location.
        """
        locations = self._world.table("location")
        if value is None:
            return int(next(iter(locations)))
        number = number_of(value, "Location")
        key = str(value if number is None else number)
        if key not in locations:
            raise ValueError(f"there is no location {value}")
        return int(key)

    def is_service(self, location_id: int) -> bool:
        """Whether a location belongs to a fulfillment service."""
        return bool(self._world.table("location")[str(location_id)]["service"])

    def plan(
        self,
        order: Document,
        places: Sequence[Mapping[int, int]],
        *,
        fulfill_at: str | None,
        fulfill_by: str | None,
        deliver_by: str | None,
    ) -> None:
        """Make the fulfillment orders: one for each location and way of delivery."""
        groups: dict[tuple[int, str], list[tuple[Document, int]]] = {}
        for line, shares in zip(order["lines"], places, strict=True):
            method = "SHIPPING" if line["requires_shipping"] else "NONE"
            for location, quantity in shares.items():
                groups.setdefault((location, method), []).append((line, quantity))
        for (location, method), lines in groups.items():
            made = self._make(order, location, method, [(line["id"], quantity) for line, quantity in lines])
            made["fulfill_by"] = fulfill_by
            made["deliver_by"] = deliver_by
            if fulfill_at:
                made["fulfill_at"] = fulfill_at
                made["status"] = "SCHEDULED"

    def _make(self, order: Document, location: int, method: str, lines: Sequence[tuple[int, int]]) -> Document:
        at = self._world.stamp()
        destination = None
        if method == "SHIPPING" and order["address"] is not None:
            destination = {**order["address"], "email": order["email"]}
        made: Document = {
            "id": self._world.next_id(),
            "status": "OPEN",
            "request_status": "UNSUBMITTED",
            "location_id": location,
            "method_type": method,
            "created_at": at,
            "updated_at": at,
            "fulfill_at": order["created_at"],
            "fulfill_by": None,
            "deliver_by": None,
            "destination": destination,
            "destination_id": self._world.next_id(),
            "method_id": self._world.next_id(),
            "holds": [],
            "progress": False,
            "requests": [],
            "lines": [
                {"id": self._world.next_id(), "line_id": line_id, "total": quantity, "remaining": quantity}
                for line_id, quantity in lines
            ],
        }
        order["fulfillment_orders"].append(made)
        return made

    def like(
        self, order: Document, model: Mapping[str, Any], lines: Sequence[tuple[int, int]], **changes: Json
    ) -> Document:
        """Make another fulfillment order on the pattern of one that is there: new ids all through."""
        made = self._make(order, changes.pop("location_id", model["location_id"]), model["method_type"], lines)
        for field in ("fulfill_at", "fulfill_by", "deliver_by", "destination"):
            made[field] = model[field]
        made.update(changes)
        return made

    def reserve(self, order: Document) -> None:
        """Commit the goods of a new order."""
        for fulfillment_order, line, item in self._goods(order):
            self._inventory.commit(item, fulfillment_order["location_id"], line["remaining"])

    def release(self, order: Document, *, restock: bool) -> None:
        """Give back what is committed to a cancelled order."""
        for fulfillment_order, line, item in self._goods(order):
            if restock:
                self._inventory.commit(item, fulfillment_order["location_id"], -line["remaining"])
            else:
                self._inventory.ship(item, fulfillment_order["location_id"], line["remaining"])

    def _goods(self, order: Document) -> Iterator[tuple[Document, Document, int]]:
        items = {line["id"]: line["item_id"] for line in order["lines"]}
        for fulfillment_order in order["fulfillment_orders"]:
            if holds_goods(fulfillment_order):
                for line in fulfillment_order["lines"]:
                    yield fulfillment_order, line, items[line["line_id"]]

    def void(self, fulfillment_order: Document) -> None:
        """End a fulfillment order without sending anything more."""
        self.touch(fulfillment_order)
        fulfillment_order["status"] = "CANCELLED"
        fulfillment_order["holds"] = []
        for line in fulfillment_order["lines"]:
            line["remaining"] = 0

    def change_quantity(self, order: Document, line: Document, change: int) -> None:
        """Follow an order edit: units come to the first open fulfillment order, or go from the last ones."""
        method = "SHIPPING" if line["requires_shipping"] else "NONE"
        open_ones = [fo for fo in order["fulfillment_orders"] if holds_goods(fo) and fo["method_type"] == method]
        if change > 0:
            for fulfillment_order in open_ones:
                for part in fulfillment_order["lines"]:
                    if part["line_id"] == line["id"]:
                        part["total"] += change
                        part["remaining"] += change
                        self.touch(fulfillment_order)
                        self._inventory.commit(line["item_id"], fulfillment_order["location_id"], change)
                        return
            made = self._make(order, self.location(None), method, [(line["id"], change)])
            self._inventory.commit(line["item_id"], made["location_id"], change)
            return
        for fulfillment_order in reversed(open_ones):
            for part in fulfillment_order["lines"]:
                taken = min(-change, part["remaining"]) if part["line_id"] == line["id"] else 0
                if taken:
                    part["total"] -= taken
                    part["remaining"] -= taken
                    change += taken
                    self.touch(fulfillment_order)
                    self._inventory.commit(line["item_id"], fulfillment_order["location_id"], -taken)
            self.settle(fulfillment_order)

    def find(self, value: object, *, code: str | None = "FULFILLMENT_ORDER_NOT_FOUND") -> tuple[Document, Document]:
        """Return an order's copy and the fulfillment order of that global id in it.

        Raises:
            RefusedError: There is none, its id was replaced, or it is another kind's id.
        """
        number = number_of(value, "FulfillmentOrder")
        owner = self._world.owner("FulfillmentOrder", number)
        if owner is None or owner["routed_at"] > self._world.epoch():
            raise RefusedError("Fulfillment order does not exist.", field=["id"], code=code)
        order = self._world.edit(owner["id"])
        return order, next(fo for fo in order["fulfillment_orders"] if fo["id"] == number)

    # --- pieces -------------------------------------------------------------------------------------------------------

    def everything(self, target: Document) -> list[tuple[Document, int]]:
        """Return every line that has something left, with all of it."""
        return [(line, line["remaining"]) for line in target["lines"] if line["remaining"]]

    def select(
        self, target: Document, wanted: Sequence[Mapping[str, Any]], field: list[str]
    ) -> list[tuple[Document, int]]:
        """Return the wanted lines with their quantities.

        Raises:
            RefusedError: A line of another kind or place, a quantity of none, or of more than remains.
        """
        lines = {line["id"]: line for line in target["lines"]}
        chosen: dict[int, int] = {}
        for entry in wanted:
            number = number_of(entry["id"], "FulfillmentOrderLineItem")
            if number is None or number not in lines:
                raise RefusedError("Fulfillment order line item does not exist.", field=field)
            if number in chosen:
                raise RefusedError(
                    "Duplicated fulfillment order line items",
                    field=field,
                    code="DUPLICATED_FULFILLMENT_ORDER_LINE_ITEMS",
                )
            if entry["quantity"] < 1:
                raise RefusedError("Quantity must be greater than 0", field=field, code="GREATER_THAN_ZERO")
            if entry["quantity"] > lines[number]["remaining"]:
                raise RefusedError(
                    "Invalid fulfillment order line item quantity requested.",
                    field=field,
                    code="INVALID_LINE_ITEM_QUANTITY",
                )
            chosen[number] = entry["quantity"]
        return [(lines[number], quantity) for number, quantity in chosen.items()]

    def separate(self, order: Document, target: Document, keep: Sequence[tuple[Document, int]]) -> int | None:
        """Leave only these quantities; the rest goes to a new fulfillment order, whose number is returned."""
        kept = {line["id"]: quantity for line, quantity in keep}
        rest: list[tuple[int, int]] = []
        for line in target["lines"]:
            over = line["remaining"] - kept.get(line["id"], 0)
            if over:
                rest.append((line["line_id"], over))
                line["remaining"] -= over
                line["total"] -= over
        if not rest:
            return None
        target["lines"] = [line for line in target["lines"] if line["total"]]
        self.touch(target)
        return int(self.like(order, target, rest, status="OPEN")["id"])

    def touch(self, target: Document) -> None:
        target["updated_at"] = self._world.stamp()

    def settle(self, target: Document) -> None:
        """Set the status that follows from what is left."""
        target["lines"] = [line for line in target["lines"] if line["total"]]
        if not sum(line["remaining"] for line in target["lines"]):
            target["status"] = "CLOSED"
            target["holds"] = []
        elif target["status"] == "OPEN" and (
            target["progress"] or any(line["remaining"] < line["total"] for line in target["lines"])
        ):
            target["status"] = "IN_PROGRESS"
