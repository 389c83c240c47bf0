"""Locations, items, variants and stock as GraphQL sees them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cartcarrier.sandbox.shopify._ids import Document, cents, gid, number_of
from cartcarrier.sandbox.shopify._search import listed
from cartcarrier.sandbox.shopify._view_parts import location_address
from cartcarrier.sandbox.shopify._world import World


class Places:
    """Locations, items and variants.

    Args:
        world: The shop's memory.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def location(self, number: int) -> Document | None:
        """Return a location's object."""
        row = self._world.table("location").get(str(number))
        if row is None:
            return None
        items = [item for item in self._world.table("item").values() if str(number) in item["levels"]]
        return {
            "__typename": "Location",
            "id": gid("Location", number),
            "legacyResourceId": str(number),
            "name": row["name"],
            "isActive": row.get("active", True),
            "isPrimary": row["primary"],
            "fulfillsOnlineOrders": True,
            "shipsInventory": True,
            "hasActiveInventory": True,
            "hasUnfulfilledOrders": True,
            "isFulfillmentService": row["service"],
            "activatable": False,
            "deactivatable": False,
            "deletable": False,
            "addressVerified": True,
            "address": location_address(row),
            "fulfillmentService": lambda _info: self.service(number),
            "createdAt": row["created_at"],
            "updatedAt": row["created_at"],
            "deactivatedAt": None,
            "inventoryLevel": lambda _info, inventoryItemId, **_rest: self._level_by_id(inventoryItemId, number),  # noqa: N803 - the schema's name
            "inventoryLevels": lambda _info, query=None, includeInactive=None, **arguments: listed(  # noqa: ARG005, N803 - the schema's names
                items, lambda item: self.level(item, number) or {}, f"ll{number}"
            )(_info, **arguments),
        }

    def assigned(self, number: int) -> Document:
        """Return a location as a fulfillment order carries it."""
        row = self._world.table("location")[str(number)]
        return {
            "name": row["name"],
            "address1": row["address1"],
            "address2": None,
            "city": row["city"],
            "countryCode": row["country_code"],
            "phone": None,
            "province": row["province"],
            "zip": row["zip"],
            "location": lambda _info: self.location(number),
        }

    def service(self, number: int) -> Document | None:
        """Return the fulfillment service of a location: the merchant's own one is the manual one."""
        row = self._world.table("location")[str(number)]
        name = row["name"] if row["service"] else "Manual"
        return {
            "id": f"{gid('FulfillmentService', number)}?id=true",
            "handle": name.lower().replace(" ", "-"),
            "serviceName": name,
            "type": "THIRD_PARTY" if row["service"] else "MANUAL",
            "location": lambda _info: self.location(number),
            "callbackUrl": None,
            "inventoryManagement": row["service"],
            "trackingSupport": row["service"],
            "requiresShippingMethod": True,
        }

    def for_move(self, entry: Mapping[str, Any], arguments: Mapping[str, Any]) -> Document:
        """Return the locations to which a fulfillment order may move."""
        paging = {
            key: value for key, value in arguments.items() if key in {"first", "last", "after", "before", "reverse"}
        }
        rows = [{"id": int(key)} for key in self._world.table("location") if int(key) != entry["location_id"]]
        return listed(
            rows,
            lambda row: {"location": self.location(row["id"]), "message": None, "movable": True},
            f"mv{entry['id']}",
        )(None, **paging)

    # --- items --------------------------------------------------------------------------------------------------------

    def variant(self, item_id: int) -> Document | None:
        """Return the variant of an item."""
        row = self._world.table("item").get(str(item_id))
        if row is None:
            return None
        return {
            "__typename": "ProductVariant",
            "id": gid("ProductVariant", row["variant_id"]),
            "legacyResourceId": str(row["variant_id"]),
            "sku": row["sku"],
            "title": "Default Title",
            "displayName": row["title"],
            "barcode": None,
            "price": row["price"],
            "inventoryQuantity": sum(level["available"] for level in row["levels"].values()),
            "inventoryItem": lambda _info: self.item(row),
            "product": lambda _info: self.product(item_id),
        }

    def product(self, item_id: int) -> Document | None:
        """Return the product of an item."""
        row = self._world.table("item").get(str(item_id))
        if row is None:
            return None
        return {
            "__typename": "Product",
            "id": gid("Product", row["product_id"]),
            "legacyResourceId": str(row["product_id"]),
            "title": row["title"],
            "handle": row["title"].lower().replace(" ", "-"),
            "vendor": row["vendor"],
            "productType": "",
            "tags": [],
        }

    def item(self, row: Mapping[str, Any]) -> Document:
        """Return an item's object."""
        number = row["id"]
        places = [{"id": int(key)} for key in row["levels"]]
        same = sum(1 for other in self._world.table("item").values() if other["sku"] and other["sku"] == row["sku"])
        cost = {"amount": str(cents(Decimal(row["price"]) / 2)), "currencyCode": "USD"}
        return {
            "__typename": "InventoryItem",
            "id": gid("InventoryItem", number),
            "legacyResourceId": str(number),
            "sku": row["sku"],
            "tracked": row["tracked"],
            "requiresShipping": row["requires_shipping"],
            "countryCodeOfOrigin": row["origin"],
            "provinceCodeOfOrigin": row["origin_province"],
            "harmonizedSystemCode": row["hs_code"],
            "countryHarmonizedSystemCodes": listed([], lambda code: code, f"hs{number}"),
            "measurement": {
                "__typename": "InventoryItemMeasurement",
                "id": gid("InventoryItemMeasurement", number),
                "weight": {"value": float(row["weight_grams"]), "unit": "GRAMS"},
            },
            "unitCost": cost,
            "duplicateSkuCount": max(same - 1, 0),
            "locationsCount": {"count": len(places), "precision": "EXACT"},
            "inventoryLevel": lambda _info, locationId, **_rest: self.level(row, number_of(locationId, "Location")),  # noqa: N803 - the schema's name
            "inventoryLevels": lambda _info, query=None, includeInactive=None, **arguments: listed(  # noqa: ARG005, N803 - the schema's names
                places, lambda place: self.level(row, place["id"]) or {}, f"lv{number}"
            )(_info, **arguments),
            "createdAt": row["created_at"],
            "updatedAt": row["updated_at"],
            "variant": lambda _info: self.variant(number),
            "variants": listed([{"id": row["variant_id"]}], lambda _row: self.variant(number) or {}, f"va{number}"),
        }

    def _level_by_id(self, value: object, location: int) -> Document | None:
        row = self._world.table("item").get(str(number_of(value, "InventoryItem")))
        return None if row is None else self.level(row, location)

    def level(self, row: Mapping[str, Any], location: int | None) -> Document | None:
        """Return an item's stock at a location, or ``None`` when it is not kept there."""
        stock = row["levels"].get(str(location))
        if stock is None or location is None:
            return None
        level_id = f"{gid('InventoryLevel', location)}?inventory_item_id={row['id']}"

        def quantities(_info: object, names: list[str]) -> list[Document]:
            return [
                {
                    "__typename": "InventoryQuantity",
                    "id": f"{gid('InventoryQuantity', location)}?inventory_item_id={row['id']}&name={name}",
                    "name": name,
                    "quantity": stock[name],
                    "updatedAt": row["updated_at"],
                }
                for name in names
                if name in stock
            ]

        return {
            "__typename": "InventoryLevel",
            "id": level_id,
            "item": lambda _info: self.item(row),
            "location": lambda _info: self.location(location),
            "quantities": quantities,
            "isActive": True,
            "canDeactivate": False,
            "deactivationAlert": None,
            "createdAt": row["created_at"],
            "updatedAt": row["updated_at"],
        }
