"""Stock: items by SKU, quantities by location. Facts: field guide shopify.md §6, §12."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cartcarrier.sandbox.shopify._ids import Document, RefusedError, number_of
from cartcarrier.sandbox.shopify._webhooks import Webhooks
from cartcarrier.sandbox.shopify._world import World

INITIAL_STOCK = 1000
MAX_QUANTITY = 1_000_000_000
URI = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://\S+")
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
        self.busy_seconds: float = 0.0

    def add(
        self, sku: str | None, available: int, locations: Sequence[int] | None, *, tracked: bool, mutable: bool
    ) -> int:
        """Add an article, also one more of a SKU that is taken; return its number."""
        title = sku or "An article"
        line: Document = {"sku": sku, "title": title, "vendor": "", "price": "10.00", "requires_shipping": True}
        line |= {"weight_grams": 500, "hs_code": None, "origin": None, "origin_province": None}
        with self._world.transaction():
            made = self._new_item(line, available)
            keys = made["levels"] if locations is None else {str(each) for each in locations}
            levels = {key: level for key, level in made["levels"].items() if key in keys}
            row = {**made, "levels": levels, "tracked": tracked, "mutable": mutable}
            self._world.put("item", made["key"], row)
        return int(made["id"])

    def item_for(self, line: Mapping[str, Any]) -> Document:
        """Return the item of a line's SKU, made when it is new; a line without one gets an item of its own."""
        sku = line["sku"]
        if sku:
            for row in self._world.table("item").values():
                if row["sku"] == sku:
                    return row
        return self._new_item(line, INITIAL_STOCK)

    def _new_item(self, line: Mapping[str, Any], available: int) -> Document:
        number = self._world.next_id()
        at = self._world.stamp()
        stock = dict.fromkeys(NAMES, 0)
        stock.update(available=available, on_hand=available)
        item: Document = {
            "id": number,
            "variant_id": self._world.next_id(),
            "product_id": self._world.next_id(),
            "sku": line["sku"],
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
            RefusedError: The key was used for something else, its first call is still running, or broke.
        """
        row = self._world.table("key").get(key)
        if row is None or row["at"] + KEY_LIFE_SECONDS < self._world.epoch():
            return None
        if row["at"] + self.busy_seconds > self._world.epoch():
            raise RefusedError(
                "This request is currently in progress, please try again.", code="IDEMPOTENCY_CONCURRENT_REQUEST"
            )
        if row["answer"] is None:
            raise RefusedError(
                "A previous request with this idempotency key failed. Retry with a new idempotency key.",
                code="IDEMPOTENCY_PREVIOUS_ATTEMPT_FAILED",
            )
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

    def spoil(self, key: str) -> None:
        """Remember that the first call under a key broke before it did anything."""
        if self._world.table("key").get(key) is None:
            self._world.put("key", key, {"at": self._world.epoch(), "arguments": None, "answer": None})

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
        document = arguments.get("referenceDocumentUri")
        if document is not None and not URI.fullmatch(document):
            field = ["input", "referenceDocumentUri"]
            raise RefusedError(
                "The specified reference document is invalid.", field=field, code="INVALID_REFERENCE_DOCUMENT"
            )
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
                if not item.get("mutable", True):
                    raise RefusedError(
                        "The specified inventory item is not allowed to be adjusted via API.",
                        field=[*entry["at"], "inventoryItemId"],
                        code="NON_MUTABLE_INVENTORY_ITEM",
                    )
                place = str(number_of(entry["locationId"], "Location"))
                level = item["levels"].get(place)
                if level is None or not self._writable(place):
                    raise RefusedError(
                        "The location does not stock the item, is not active, or another app's.",
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
                    word = "high" if level[name] + delta > 0 else "low"
                    code = f"INVALID_QUANTITY_TOO_{word.upper()}"
                    raise RefusedError(f"The quantity is too {word}.", field=entry["at"], code=code)
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

    def _writable(self, place: str) -> bool:
        """Whether this app may set stock there: an active location, the merchant's or its own service's."""
        row = self._world.table("location").get(place)
        return row is not None and row.get("active", True) and (not row["service"] or self._world.is_service_app)

    def activate(
        self, item_value: object, location_value: object, available: int | None, on_hand: int | None
    ) -> Document:
        """Stock an item at a location."""
        with self._world.transaction():
            item = self.item(item_value)
            if item is None:
                raise RefusedError("The inventory item does not exist.", field=["inventoryItemId"])
            place = str(number_of(location_value, "Location"))
            if place not in self._world.table("location") or not self._writable(place):
                raise RefusedError("The location does not exist, or is not active.", field=["locationId"])
            if available is not None and on_hand is not None:
                raise RefusedError("Only one of available and onHand may be given.", field=["onHand"])
            if (available or 0) < 0 or (on_hand or 0) < 0:
                raise RefusedError("Quantity can't be negative.", field=["available"])
            if place not in item["levels"]:
                start = available if available is not None else on_hand or 0
                level = {**dict.fromkeys(NAMES, 0), "available": start, "on_hand": start}
                item = {**item, "levels": {**item["levels"], place: level}}
                self._world.put("item", str(item["id"]), item)
        return {"item": item["id"], "location": int(place)}


def _canonical(name: str, arguments: Mapping[str, Any]) -> str:
    return json.dumps([name, arguments], sort_keys=True, separators=(",", ":"))
