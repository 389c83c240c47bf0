"""The questions that the root answers."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from graphql import GraphQLError

from cartcarrier.sandbox.shopify import _view_parts as parts
from cartcarrier.sandbox.shopify._fulfillment_views import open_fulfillment_order
from cartcarrier.sandbox.shopify._ids import Document, Json, gid, number_of, stamp
from cartcarrier.sandbox.shopify._line_views import denied
from cartcarrier.sandbox.shopify._places import Places
from cartcarrier.sandbox.shopify._schema import VERSIONS
from cartcarrier.sandbox.shopify._search import PAGING, Ranked, compile_query, connection, list_name
from cartcarrier.sandbox.shopify._views import Views
from cartcarrier.sandbox.shopify._world import World

HORIZON = timedelta(days=60)
COUNT_CAP = 10_000
ORDER_KEYS: Mapping[str, str] = {
    "UPDATED_AT": "updated_at",
    "CREATED_AT": "created_at",
    "PROCESSED_AT": "processed_at",
    "ID": "id",
    "ORDER_NUMBER": "number",
    "FINANCIAL_STATUS": "financial_status",
    "FULFILLMENT_STATUS": "fulfillment_status",
}

Resolver = Callable[..., Any]


class Queries:
    """Answers queries.

    Args:
        world: The shop's memory.
        views: What makes objects of documents.
        places: What makes objects of locations and items.
        shop: The shop's permanent domain.
    """

    def __init__(self, world: World, views: Views, places: Places, shop: str) -> None:
        self._world = world
        self._views = views
        self._places = places
        self._shop = shop
        self._others: dict[str, Resolver] = {}

    def join(self, others: Mapping[str, Resolver]) -> None:
        """Let the root answer more questions."""
        self._others.update(others)

    def root(self) -> dict[str, Resolver]:
        """Return the root object: a resolver for each of its fields."""
        return {
            "order": self._order,
            "orders": self._orders,
            "ordersCount": self._orders_count,
            "node": self._node,
            "nodes": lambda info, ids: [self._node(info, each) for each in ids],
            "fulfillmentOrder": self._fulfillment_order,
            "fulfillmentOrders": self._fulfillment_orders,
            "assignedFulfillmentOrders": self._assigned,
            "manualHoldsFulfillmentOrders": self._manual_holds,
            "fulfillment": lambda _info, id: self._fulfillment(id),  # noqa: A006 - the schema's name
            "location": lambda _info, id=None: self._location(id),  # noqa: A006 - the schema's name
            "locations": self._locations,
            "currentAppInstallation": self._installation,
            "appInstallation": lambda info, id=None: self._installation(info),  # noqa: A006, ARG005 - the schema's name
            "publicApiVersions": lambda _info: [version(handle) for handle in VERSIONS],
            "shop": self._shop_object,
            "job": lambda _info, id: self._job(id),  # noqa: A006 - the schema's name
            "inventoryItem": lambda _info, id: self._item(id),  # noqa: A006 - the schema's name
            "inventoryItems": self._items,
            "inventoryLevel": lambda _info, id: self._level(id),  # noqa: A006 - the schema's name
            "webhookSubscription": lambda _info, id: self._subscription(id),  # noqa: A006 - the schema's name
            "webhookSubscriptions": self._subscriptions,
            "webhookSubscriptionsCount": self._subscriptions_count,
            **self._others,
        }

    def _require(self, what: str, *scopes: str) -> None:
        if not self._world.scopes & {*scopes, *(scope.replace("read_", "write_") for scope in scopes)}:
            raise denied(what, " or ".join(f"`{scope}` access scope" for scope in scopes))

    # --- orders -------------------------------------------------------------------------------------------------------

    def _horizon(self) -> str:
        """Return the time before which orders are silently missing."""
        if "read_all_orders" in self._world.scopes:
            return ""
        return stamp(self._world.now() - HORIZON)

    def readable_order(self, number: int | None) -> Document | None:
        """Return an order that the app may read; one beyond the horizon is not there."""
        order = self._world.order(number)
        return order if order is not None and order["created_at"] >= self._horizon() else None

    def _order(self, _info: object, id: str) -> Document | None:  # noqa: A002 - the schema's name
        self._require("order", "read_orders")
        order = self.readable_order(number_of(id, "Order"))
        return None if order is None else self._views.order(order)

    def _found(self, query: str | None) -> list[tuple[Document, Document]]:
        """Return what the search index finds: what it knew of an order, and the order as it is now."""
        now, horizon = self._world.epoch(), self._horizon()
        matches = compile_query(query, "order", self._world.now())
        found: list[tuple[Document, Document]] = []
        for order in self._world.orders():
            known = next((entry[1] for entry in reversed(order["index"]) if entry[0] <= now), None)
            if known is not None and order["created_at"] >= horizon and matches(known):
                found.append((known, order))
        return found

    def _orders(self, _info: object, query: str | None = None, **arguments: Json) -> Document:
        self._require("orders", "read_orders")
        field = ORDER_KEYS.get(arguments.get("sortKey") or "PROCESSED_AT", "processed_at")
        rows = sorted(
            (Ranked((known[field], order["id"]), order) for known, order in self._found(query)),
            key=lambda ranked: ranked.key,
        )
        paging = {name: value for name, value in arguments.items() if name in PAGING}
        return connection(rows, self._views.order, bound_to=list_name("orders", query, field), **paging)

    def _orders_count(
        self, _info: object, query: str | None = None, limit: int | None = COUNT_CAP, **_rest: Json
    ) -> Document:
        self._require("ordersCount", "read_orders")
        count, cap = len(self._found(query)), limit if limit is not None else COUNT_CAP * COUNT_CAP
        return {"count": min(count, cap), "precision": "EXACT" if count <= cap else "AT_LEAST"}

    # --- fulfillment orders and fulfillments --------------------------------------------------------------------------

    def _visible(self) -> list[tuple[Document, Document]]:
        horizon = self._horizon()
        return [
            (order, entry)
            for order in self._world.orders()
            if order["created_at"] >= horizon
            for entry in self._views.visible(order)
        ]

    def _fulfillment_order(self, _info: object, id: str) -> Document | None:  # noqa: A002 - the schema's name
        order = self._world.owner("FulfillmentOrder", number_of(id, "FulfillmentOrder"))
        if order is None or self.readable_order(order["id"]) is None:
            return None
        for entry in self._views.visible(order):
            if gid("FulfillmentOrder", entry["id"]) == id:
                return self._views.fulfillment_order(order, entry)
        return None

    def _page_of(
        self,
        rows: list[tuple[Document, Document]],
        name: str,
        arguments: Mapping[str, Any],
        sort_key: str | None = None,
    ) -> Document:
        field = "updated_at" if sort_key == "UPDATED_AT" else "id"
        ranked = sorted(
            (Ranked((entry[field], entry["id"]), (order, entry)) for order, entry in rows), key=lambda r: r.key
        )
        paging = {key: value for key, value in arguments.items() if key in PAGING}
        bound = list_name(name, arguments.get("query"), field, arguments.get("includeClosed"))
        return connection(ranked, lambda pair: self._views.fulfillment_order(*pair), bound_to=bound, **paging)

    def _fulfillment_orders(self, _info: object, **arguments: Json) -> Document:
        matches = compile_query(arguments.get("query"), "fulfillment_order", self._world.now())
        closed = bool(arguments.get("includeClosed"))
        rows = [
            (order, entry)
            for order, entry in self._visible()
            if (closed or open_fulfillment_order(entry)) and matches({**entry, "name": order["name"]})
        ]
        return self._page_of(rows, "fulfillmentOrders", arguments, arguments.get("sortKey"))

    def _assigned(self, _info: object, **arguments: Json) -> Document:
        self._require("assignedFulfillmentOrders", "read_assigned_fulfillment_orders")
        places = {number_of(each, "Location") for each in arguments.get("locationIds") or ()}
        status = {
            "FULFILLMENT_REQUESTED": "SUBMITTED",
            "FULFILLMENT_ACCEPTED": "ACCEPTED",
            "CANCELLATION_REQUESTED": "CANCELLATION_REQUESTED",
            "FULFILLMENT_UNSUBMITTED": "UNSUBMITTED",
        }.get(arguments.get("assignmentStatus") or "")
        locations = self._world.table("location")
        rows = [
            (order, entry)
            for order, entry in self._visible()
            if locations[str(entry["location_id"])]["service"]
            and status in {None, entry["request_status"]}
            and (status or entry["status"] != "CLOSED")
            and (not places or entry["location_id"] in places)
        ]
        return self._page_of(rows, "assigned", arguments, arguments.get("sortKey"))

    def _merchant_request(self, value: str) -> Document | None:
        number = number_of(value, "FulfillmentOrderMerchantRequest")
        for order, entry in self._visible():
            for row in entry.get("requests", []):
                if row["id"] == number:
                    return self._views.merchant_request(order, entry, row)
        return None

    def _manual_holds(self, _info: object, **arguments: Json) -> Document:
        rows = [(order, entry) for order, entry in self._visible() if entry["status"] == "ON_HOLD"]
        return self._page_of(rows, "manualHolds", arguments)

    def _fulfillment(self, value: str) -> Document | None:
        self._require("fulfillment", "read_orders", "read_fulfillments")
        number = number_of(value, "Fulfillment")
        order = self._world.owner("Fulfillment", number)
        if order is None or self.readable_order(order["id"]) is None:
            return None
        return next((self._views.fulfillment(order, row) for row in order["fulfillments"] if row["id"] == number), None)

    # --- places and goods ---------------------------------------------------------------------------------------------

    def _location(self, value: str | None) -> Document | None:
        self._require("location", "read_locations")
        locations = self._world.table("location")
        number = int(next(iter(locations))) if value is None else number_of(value, "Location")
        return None if number is None else self._places.location(number)

    def _locations(self, _info: object, query: str | None = None, **arguments: Json) -> Document:
        self._require("locations", "read_locations")
        matches = compile_query(query, "location", self._world.now())
        rows = [Ranked((0, row["id"]), row) for row in self._world.table("location").values() if matches(row)]
        paging = {key: value for key, value in arguments.items() if key in PAGING}
        name = list_name("locations", query)
        return connection(rows, lambda row: self._places.location(row["id"]) or {}, bound_to=name, **paging)

    def _item(self, value: str) -> Document | None:
        self._require("inventoryItem", "read_inventory", "read_products")
        row = self._world.table("item").get(str(number_of(value, "InventoryItem")))
        return None if row is None else self._places.item(row)

    def _items(self, _info: object, query: str | None = None, **arguments: Json) -> Document:
        self._require("inventoryItems", "read_inventory", "read_products")
        matches = compile_query(query, "item", self._world.now())
        rows = [Ranked((0, row["id"]), row) for row in self._world.table("item").values() if matches(row)]
        paging = {key: value for key, value in arguments.items() if key in PAGING}
        return connection(rows, self._places.item, bound_to=list_name("items", query), **paging)

    def _level(self, value: str) -> Document | None:
        self._require("inventoryLevel", "read_inventory")
        row = self._world.table("item").get(value.partition("inventory_item_id=")[2])
        return None if row is None else self._places.level(row, number_of(value, "InventoryLevel"))

    # --- the app and the shop -----------------------------------------------------------------------------------------

    def _installation(self, _info: object) -> Document:
        scopes = [{"handle": scope, "description": scope.replace("_", " ")} for scope in sorted(self._world.scopes)]
        return {
            "__typename": "AppInstallation",
            "id": gid("AppInstallation", 1),
            "accessScopes": scopes,
            "app": parts.app(),
            "launchUrl": "https://example.com/app",
        }

    def _shop_object(self, _info: object) -> Document:
        return {
            "__typename": "Shop",
            "id": gid("Shop", 1),
            "name": "cartcarrier sandbox",
            "myshopifyDomain": self._shop,
            "email": "shop@example.com",
            "contactEmail": "shop@example.com",
            "currencyCode": "USD",
            "primaryDomain": {
                "__typename": "Domain",
                "id": gid("Domain", 1),
                "host": self._shop,
                "url": f"https://{self._shop}",
                "sslEnabled": True,
            },
            "ianaTimezone": "America/New_York",
            "timezoneAbbreviation": "EST",
            "weightUnit": "POUNDS",
            "url": f"https://{self._shop}",
            "plan": {
                "partnerDevelopment": True,
                "publicDisplayName": "Basic",
                "shopifyPlus": False,
                "displayName": "Basic",
            },
            "shopAddress": parts.shop_address(next(iter(self._world.table("location").values()))),
            "shipsToCountries": ["US", "CA"],
            "taxesIncluded": False,
            "createdAt": "2025-01-15T12:00:00Z",
            "updatedAt": "2025-01-15T12:00:00Z",
        }

    def _job(self, value: str) -> Document | None:
        row = self._world.table("job").get(value.rpartition("/")[2])
        if row is None:
            return None
        return {"id": value, "done": row["status"] != "STARTED", "query": self.root()}

    def job_result(self, key: str) -> Document:
        """Return what a cancellation's job says of itself."""
        row = self._world.table("job")[key]
        order = self._world.order(row["order"])
        return {
            "__typename": "OrderCancelJobResult",
            "id": gid("OrderCancelJobResult", key),
            "done": row["status"] != "STARTED",
            "status": row["status"],
            "errors": row["errors"],
            "order": self._views.order(order) if order else None,
        }

    def _subscription(self, value: str) -> Document | None:
        row = self._world.table("subscription").get(str(number_of(value, "WebhookSubscription")))
        return None if row is None else subscription(row)

    def _subscriptions(self, _info: object, **arguments: Json) -> Document:
        topics, uri = arguments.get("topics"), arguments.get("uri") or arguments.get("callbackUrl")
        matches = compile_query(arguments.get("query"), "subscription", self._world.now())
        wanted = arguments.get("format")
        rows = [
            Ranked((0, row["id"]), row)
            for row in self._world.table("subscription").values()
            if (not topics or row["topic"] in topics)
            and (not uri or row["uri"] == uri)
            and (not wanted or row["format"] == wanted)
            and matches(row)
        ]
        paging = {key: value for key, value in arguments.items() if key in PAGING}
        bound = list_name("subscriptions", topics, uri, wanted, arguments.get("query"))
        return connection(rows, subscription, bound_to=bound, **paging)

    def _subscriptions_count(self, _info: object, query: str | None = None, limit: int | None = None) -> Document:
        matches = compile_query(query, "subscription", self._world.now())
        count, cap = sum(1 for row in self._world.table("subscription").values() if matches(row)), limit or COUNT_CAP
        return {"count": min(count, cap), "precision": "EXACT" if count <= cap else "AT_LEAST"}

    def _node(self, info: object, id: str) -> Document | None:  # noqa: A002 - the schema's name
        kind = id.removeprefix("gid://shopify/").partition("/")[0]
        resolvers: dict[str, Callable[[], Document | None]] = {
            "Order": lambda: self._order(info, id),
            "FulfillmentOrder": lambda: self._fulfillment_order(info, id),
            "Fulfillment": lambda: self._fulfillment(id),
            "Location": lambda: self._location(id),
            "InventoryItem": lambda: self._item(id),
            "InventoryLevel": lambda: self._level(id),
            "WebhookSubscription": lambda: self._subscription(id),
            "FulfillmentOrderMerchantRequest": lambda: self._merchant_request(id),
            "BulkOperation": lambda: self._others["bulkOperation"](info, id=id),
        }
        if not id.startswith("gid://shopify/"):
            raise GraphQLError(f"Invalid global id '{id}'", extensions={"code": "argumentLiteralsIncompatible"})
        found = resolvers.get(kind)
        if kind == "OrderCancelJobResult" and id.rpartition("/")[2] in self._world.table("job"):
            return self.job_result(id.rpartition("/")[2])
        return found() if found else None


def version(handle: str) -> Document:
    """Return an API version's object."""
    return {"handle": handle, "displayName": handle, "supported": True}


def subscription(row: Mapping[str, Any]) -> Document:
    """Return a webhook subscription's object."""
    return {
        "__typename": "WebhookSubscription",
        "id": gid("WebhookSubscription", row["id"]),
        "legacyResourceId": str(row["id"]),
        "topic": row["topic"],
        "uri": row["uri"],
        "callbackUrl": row["uri"],
        "endpoint": {"__typename": "WebhookHttpEndpoint", "callbackUrl": row["uri"]},
        "format": row["format"],
        "filter": row["filter"],
        "includeFields": row["fields"],
        "metafieldNamespaces": [],
        "name": row["name"],
        "apiVersion": version(VERSIONS[-1]),
        "createdAt": row["created_at"],
        "updatedAt": row["updated_at"],
    }
