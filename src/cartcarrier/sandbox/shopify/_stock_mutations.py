"""The mutations of stock: those that demand an idempotency key. Field guide shopify.md §6, §12."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from graphql import FieldNode

from cartcarrier.sandbox.shopify._ids import Document, Json, RefusedError, gid
from cartcarrier.sandbox.shopify._inventory import Inventory
from cartcarrier.sandbox.shopify._line_views import denied
from cartcarrier.sandbox.shopify._places import Places
from cartcarrier.sandbox.shopify._schema import idempotency_key
from cartcarrier.sandbox.shopify._view_parts import app
from cartcarrier.sandbox.shopify._world import World

Resolver = Callable[..., Any]


def said(refused: RefusedError) -> list[Document]:
    """Return a refusal as ``userErrors``."""
    return [{"field": refused.field, "message": refused.message, "code": refused.code}]


def scoped(world: World, name: str, scopes: tuple[str, ...], run: Resolver) -> Resolver:
    """Return a resolver that needs one of these scopes."""

    def resolve(info: Json, **arguments: Json) -> Json:
        if not world.scopes & {*scopes}:
            raise denied(name, " or ".join(f"`{scope}` access scope" for scope in scopes))
        return run(info, **arguments)

    return resolve


class StockMutations:
    """Carries out mutations of stock.

    Args:
        world: The shop's memory.
        inventory: Stock.
        places: What makes objects of items.
    """

    def __init__(self, world: World, inventory: Inventory, places: Places) -> None:
        self._world = world
        self._inventory = inventory
        self._places = places

    def root(self, fields: Mapping[str, FieldNode], variables: Mapping[str, Any]) -> dict[str, Resolver]:
        """Return a resolver for each of these mutations; see ``Mutations.root``."""

        def keyed(name: str, run: Resolver) -> Resolver:
            def resolve(info: Json, **arguments: Json) -> Document:
                field = fields.get(str(info.path.key))
                key = idempotency_key(field, variables) if field else None
                return self._once(name, key or "", arguments, run)

            return resolve

        def stock(name: str, run: Resolver) -> Resolver:
            return scoped(self._world, name, ("write_inventory",), keyed(name, run))

        return {
            "inventorySetQuantities": stock("inventorySetQuantities", self._set_quantities),
            "inventoryAdjustQuantities": stock("inventoryAdjustQuantities", self._adjust),
            "inventoryActivate": stock("inventoryActivate", self._activate),
        }

    def _once(self, name: str, key: str, arguments: Mapping[str, Any], run: Resolver) -> Document:
        """Run under an idempotency key: the first answer is given again for 24 hours."""
        try:
            known = self._inventory.once(key, name, arguments)
        except RefusedError as exc:
            return self._stock_payload({"refused": said(exc)})
        if known is None:
            try:
                with self._world.transaction():
                    known = run(None, **arguments)
                    self._inventory.keep(key, name, arguments, known)
            except RefusedError as exc:
                known = {"refused": said(exc)}
                self._inventory.keep(key, name, arguments, known)
        return self._stock_payload(known)

    def break_off(self, fields: Sequence[FieldNode], variables: Mapping[str, Any]) -> None:
        """Remember that calls under these fields' keys broke before they did anything."""
        for field in fields:
            key = idempotency_key(field, variables)
            if key:
                self._inventory.spoil(key)

    def _set_quantities(self, _info: object, input: Mapping[str, Any]) -> Document:  # noqa: A002 - the schema's name
        return {"group": self._inventory.set_quantities(input)}

    def _adjust(self, _info: object, input: Mapping[str, Any]) -> Document:  # noqa: A002 - the schema's name
        return {"group": self._inventory.adjust_quantities(input)}

    def _activate(
        self,
        _info: object,
        inventoryItemId: str,  # noqa: N803 - the schema's name
        locationId: str,  # noqa: N803 - the schema's name
        available: int | None = None,
        onHand: int | None = None,  # noqa: N803 - the schema's name
        **_others: Json,
    ) -> Document:
        return {"level": self._inventory.activate(inventoryItemId, locationId, available, onHand)}

    def _stock_payload(self, answer: Mapping[str, Any]) -> Document:
        group, level = answer.get("group"), answer.get("level")
        items = self._world.table("item")
        shown: Document = {
            "userErrors": answer.get("refused", []),
            "inventoryAdjustmentGroup": None,
            "inventoryLevel": None,
        }
        if level:
            shown["inventoryLevel"] = self._places.level(items[str(level["item"])], level["location"])
        if group:
            shown["inventoryAdjustmentGroup"] = {
                "__typename": "InventoryAdjustmentGroup",
                "id": gid("InventoryAdjustmentGroup", group["id"]),
                "createdAt": group["created_at"],
                "reason": group["reason"],
                "referenceDocumentUri": group["reference"],
                "app": app(),
                "changes": lambda _info, **_arguments: [
                    {
                        "name": change["name"],
                        "delta": change["delta"],
                        "quantityAfterChange": change["after"],
                        "ledgerDocumentUri": None,
                        "item": self._places.item(items[str(change["item"])]),
                        "location": self._places.location(change["location"]),
                    }
                    for change in group["changes"]
                ],
            }
        return shown
