"""Stock: items by SKU, quantities by location. Facts: field guide shopify.md §6, §12."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cartcarrier.sandbox.shopify._ids import Document, RefusedError, number_of
from cartcarrier.sandbox.shopify._webhooks import Webhooks
from cartcarrier.sandbox.shopify._world import World

INITIAL_STOCK = 1000
MAX_QUANTITY = 1_000_000_000
KEY_LIFE_SECONDS = 24 * 3600
SET_NAMES = frozenset({"available", "on_hand"})
NAMES = ("available", "on_hand", "committed", "reserved", "incoming", "damaged", "safety_stock", "quality_control")
REASONS = frozenset(
    [
        "correction",
        "cycle_count_available",
        "damaged",
        "movement_created",
        "movement_updated",
        "movement_received",
        "movement_canceled",
        "other",
        "promotion",
        "quality_control",
        "received",
        "reservation_created",
        "reservation_deleted",
        "reservation_updated",
        "restock",
        "safety_stock",
        "shrinkage",
    ]
)


class Inventory:
    """The shop's stock.

    Args:
        world: The shop's memory.
        webhooks: Who is told.
    """

    def __init__(self, world: World, webhooks: Webhooks) -> None:
        self._world = world
        self._webhooks = webhooks

    def item_for(self, line: Mapping[str, Any]) -> Document:
        """Return the item of a line's SKU, made when it is new; a line without one gets an item of its own."""
        sku = line["sku"]
        if sku:
            for row in self._world.table("item").values():
                if row["sku"] == sku:
                    return row
        number = self._world.next_id()
        at = self._world.stamp()
        stock = dict.fromkeys(NAMES, 0)
        stock.update(available=INITIAL_STOCK, on_hand=INITIAL_STOCK)
        item: Document = {
            "id": number,
            "variant_id": self._world.next_id(),
            "product_id": self._world.next_id(),
            "sku": sku,
            "title": line["title"],
            "vendor": line["vendor"],
            "price": line["price"],
            "requires_shipping": line["requires_shipping"],
            "weight_grams": line["weight_grams"],
            "hs_code": line["hs_code"],
            "origin": line["origin"],
            "origin_province": line["origin_province"],
            "tracked": True,
            "created_at": at,
            "updated_at": at,
            "levels": {key: dict(stock) for key in self._world.table("location")},
        }
        self._world.put("item", str(number), item)
        return self._world.table("item")[str(number)]

    def item(self, value: object) -> Document | None:
        """Return an item by its global id."""
        return self._world.table("item").get(str(number_of(value, "InventoryItem")))

    def stocked(self, item_id: int, location_id: int) -> bool:
        """Whether a location keeps an item."""
        return str(location_id) in self._world.table("item")[str(item_id)]["levels"]

    def commit(self, item_id: int, location_id: int, quantity: int) -> None:
        """Move units from available to committed; a negative quantity moves them back."""
        self._change(item_id, location_id, available=-quantity, committed=quantity)

    def ship(self, item_id: int, location_id: int, quantity: int) -> None:
        """Let committed units leave; a negative quantity brings them back, committed."""
        self._change(item_id, location_id, on_hand=-quantity, committed=-quantity)

    def _change(self, item_id: int, location_id: int, **deltas: int) -> None:
        item = self._world.table("item")[str(item_id)]
        level = item["levels"].get(str(location_id))
        if level is None:
            return
        level = {name: value + deltas.get(name, 0) for name, value in level.items()}
        self._world.put("item", str(item_id), {**item, "levels": {**item["levels"], str(location_id): level}})

    # --- what apps do -------------------------------------------------------------------------------------------------

    def once(self, key: str, name: str, arguments: Mapping[str, Any]) -> Document | None:
        """Return what was answered to this key before; ``None`` when the key is new.

        Raises:
            RefusedError: The key was used for something else.
        """
        row = self._world.table("key").get(key)
        if row is None or row["at"] + KEY_LIFE_SECONDS < self._world.epoch():
            return None
        if row["arguments"] != _canonical(name, arguments):
            raise RefusedError(
                "The same idempotency key cannot be used with different operation parameters.",
                code="IDEMPOTENCY_KEY_PARAMETER_MISMATCH",
            )
        return dict(row["answer"])

    def keep(self, key: str, name: str, arguments: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Remember an answer for the key's life of 24 hours."""
        row = {"at": self._world.epoch(), "arguments": _canonical(name, arguments), "answer": dict(answer)}
        self._world.put("key", key, row)

    def set_quantities(self, arguments: Mapping[str, Any]) -> Document:
        """Set absolute quantities, all of them or none, and return the record of the change."""
        name = arguments["name"]
        if name not in SET_NAMES:
            raise RefusedError(
                "The quantity name must be available or on_hand.", field=["input", "name"], code="INVALID_NAME"
            )
        entries = [
            {**entry, "at": ["input", "quantities", str(index)]} for index, entry in enumerate(arguments["quantities"])
        ]
        for entry in entries:
            if entry["quantity"] < 0:
                raise RefusedError(
                    "Quantity can't be negative.", field=[*entry["at"], "quantity"], code="INVALID_QUANTITY_NEGATIVE"
                )
        pairs = {(entry["inventoryItemId"], entry["locationId"]) for entry in entries}
        if len(pairs) < len(entries):
            raise RefusedError(
                "The combination of item and location must be unique.",
                field=["input", "quantities"],
                code="NO_DUPLICATE_INVENTORY_ITEM_ID_GROUP_ID_PAIR",
            )
        return self._apply(arguments, entries, name, absolute=True)

    def adjust_quantities(self, arguments: Mapping[str, Any]) -> Document:
        """Change quantities by deltas, all of them or none, and return the record of the change."""
        name = arguments["name"]
        if name not in NAMES or name == "on_hand":
            raise RefusedError("The quantity name is invalid.", field=["input", "name"], code="INVALID_QUANTITY_NAME")
        entries = [
            {**entry, "at": ["input", "changes", str(index)]} for index, entry in enumerate(arguments["changes"])
        ]
        for entry in entries:
            if (entry.get("ledgerDocumentUri") is None) != (name == "available"):
                code = "INVALID_AVAILABLE_DOCUMENT" if name == "available" else "INVALID_QUANTITY_DOCUMENT"
                raise RefusedError(
                    "A ledger document goes with every name but available.", field=entry["at"], code=code
                )
        return self._apply(arguments, entries, name, absolute=False)

    def _apply(
        self, arguments: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], name: str, *, absolute: bool
    ) -> Document:
        if arguments["reason"] not in REASONS:
            raise RefusedError("The reason is invalid.", field=["input", "reason"], code="INVALID_REASON")
        changes: list[Document] = []
        with self._world.transaction():
            for entry in entries:
                item = self.item(entry["inventoryItemId"])
                if item is None:
                    raise RefusedError(
                        "The inventory item does not exist.",
                        field=[*entry["at"], "inventoryItemId"],
                        code="INVALID_INVENTORY_ITEM",
                    )
                place = str(number_of(entry["locationId"], "Location"))
                level = item["levels"].get(place)
                if level is None:
                    raise RefusedError(
                        "The location does not stock the item.",
                        field=[*entry["at"], "locationId"],
                        code="INVALID_LOCATION",
                    )
                if entry["changeFromQuantity"] not in {None, level[name]}:
                    raise RefusedError(
                        "The quantity has changed since it was read.",
                        field=[*entry["at"], "changeFromQuantity"],
                        code="CHANGE_FROM_QUANTITY_STALE",
                    )
                delta = entry["quantity"] - level[name] if absolute else entry["delta"]
                if abs(level[name] + delta) > MAX_QUANTITY:
                    raise RefusedError("The quantity is too high.", field=entry["at"], code="INVALID_QUANTITY_TOO_HIGH")
                other = "on_hand" if name == "available" else "available"
                moved = {name: level[name] + delta, other: level[other] + delta}
                if name not in SET_NAMES:
                    moved = {name: level[name] + delta, "on_hand": level["on_hand"] + delta}
                updated = {
                    **item,
                    "updated_at": self._world.stamp(),
                    "levels": {**item["levels"], place: {**level, **moved}},
                }
                self._world.put("item", str(item["id"]), updated)
                after = level[name] + delta
                changes.append(
                    {"item": item["id"], "location": int(place), "name": name, "delta": delta, "after": after}
                )
                self._webhooks.level_event(updated, int(place))
            group: Document = {
                "id": self._world.next_id(),
                "created_at": self._world.stamp(),
                "reason": arguments["reason"],
                "reference": arguments.get("referenceDocumentUri"),
                "changes": changes,
            }
        return group

    def activate(
        self, item_value: object, location_value: object, available: int | None, on_hand: int | None
    ) -> Document:
        """Stock an item at a location."""
        with self._world.transaction():
            item = self.item(item_value)
            if item is None:
                raise RefusedError("The inventory item does not exist.", field=["inventoryItemId"])
            place = str(number_of(location_value, "Location"))
            if place not in self._world.table("location"):
                raise RefusedError("The location does not exist.", field=["locationId"])
            if place not in item["levels"]:
                start = available if available is not None else on_hand or 0
                level = {**dict.fromkeys(NAMES, 0), "available": start, "on_hand": start}
                item = {**item, "levels": {**item["levels"], place: level}}
                self._world.put("item", str(item["id"]), item)
        return {"item": item["id"], "location": int(place)}


def _canonical(name: str, arguments: Mapping[str, Any]) -> str:
    return json.dumps([name, arguments], sort_keys=True, separators=(",", ":"))
