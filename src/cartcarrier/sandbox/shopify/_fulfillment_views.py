"""Fulfillment orders and fulfillments as GraphQL sees them."""

from abc import abstractmethod
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cartcarrier.sandbox.shopify import _view_parts as parts
from cartcarrier.sandbox.shopify._ids import Document, gid, money_bag
from cartcarrier.sandbox.shopify._line_views import LineViews
from cartcarrier.sandbox.shopify._routing import supported_actions
from cartcarrier.sandbox.shopify._search import Ranked, connection, list_name, listed
from cartcarrier.sandbox.shopify._status import OPEN_STATUSES


class FulfillmentViews(LineViews):
    """Views of what is to leave and of what left."""

    @abstractmethod
    def order(self, document: Document) -> Document:
        """Return an order's object."""

    # --- fulfillment orders -------------------------------------------------------------------------------------------

    def fulfillment_order_page(self, order: Document, arguments: Mapping[str, Any]) -> Document:
        wanted = {key: value for key, value in arguments.items() if key not in {"displayable", "query"}}
        rows = [Ranked((0, entry["id"]), entry) for entry in self.visible(order)]
        name = list_name("order.fulfillmentOrders", order["id"])
        return connection(rows, lambda entry: self.fulfillment_order(order, entry), bound_to=name, **wanted)

    def fulfillment_order(self, order: Document, entry: Document) -> Document:
        """Return a fulfillment order's object."""
        number = entry["id"]
        lines = {line["id"]: line for line in order["lines"]}
        at_service = bool(self._world.table("location")[str(entry["location_id"])]["service"])
        grams = sum(lines[line["line_id"]]["weight_grams"] * line["remaining"] for line in entry["lines"])
        shipping = parts.shipping_line(order) if entry["method_type"] == "SHIPPING" else None

        def line(row: Document) -> Document:
            return self._fulfillment_order_line(order, lines[row["line_id"]], row, shipping)

        return {
            "__typename": "FulfillmentOrder",
            "id": gid("FulfillmentOrder", number),
            "status": entry["status"],
            "requestStatus": entry["request_status"],
            "createdAt": entry["created_at"],
            "updatedAt": entry["updated_at"],
            "fulfillAt": entry["fulfill_at"],
            "fulfillBy": entry["fulfill_by"],
            "orderId": gid("Order", order["id"]),
            "orderName": order["name"],
            "orderProcessedAt": order["processed_at"],
            "order": lambda _info: self.order(order),
            "assignedLocation": lambda _info: self._places.assigned(entry["location_id"]),
            "deliveryMethod": parts.delivery_method(order, entry),
            "destination": self.personal(
                lambda: parts.destination(entry["destination"], entry["destination_id"]), "destination"
            ),
            "internationalDuties": parts.international_duties(entry),
            "fulfillmentHolds": [parts.hold(hold) for hold in entry["holds"]],
            "supportedActions": [
                {"action": action, "externalUrl": None}
                for action in supported_actions(entry, at_service=at_service, as_service=self._world.is_service_app)
            ],
            "lineItems": listed(entry["lines"], line, f"fl{number}"),
            "fulfillments": listed(
                [
                    made
                    for made in order["fulfillments"]
                    if any(part["fulfillment_order_id"] == number for part in made["lines"])
                ],
                lambda made: self.fulfillment(order, made),
                f"ff{number}",
            ),
            "locationsForMove": lambda _info, **arguments: self._places.for_move(entry, arguments),
            "merchantRequests": lambda _info, kind=None, **arguments: listed(
                [row for row in entry.get("requests", []) if kind in {None, row["kind"]}],
                lambda row: self.merchant_request(order, entry, row),
                f"mr{number}{kind}",
            )(_info, **arguments),
            "remainingLineItemsWeight": {"value": float(grams), "unit": "GRAMS"},
        }

    def merchant_request(self, order: Document, entry: Document, row: Mapping[str, Any]) -> Document:
        """Return the object of what a merchant asks of a service."""
        return {
            "__typename": "FulfillmentOrderMerchantRequest",
            "id": gid("FulfillmentOrderMerchantRequest", row["id"]),
            "kind": row["kind"],
            "message": row["message"],
            "requestOptions": row["options"],
            "responseData": row["response"],
            "sentAt": row["sent_at"],
            "fulfillmentOrder": lambda _info: self.fulfillment_order(order, entry),
        }

    def _fulfillment_order_line(
        self, order: Document, line: Document, row: Document, shipping: Document | None
    ) -> Document:
        price = money_bag(order, Decimal(line["price"]))
        return {
            "__typename": "FulfillmentOrderLineItem",
            "id": gid("FulfillmentOrderLineItem", row["id"]),
            "lineItem": lambda _info: self.line(order, line),
            "sku": line["sku"],
            "productTitle": line["title"],
            "variantTitle": line["variant_title"],
            "vendor": line["vendor"],
            "totalQuantity": row["total"],
            "remainingQuantity": row["remaining"],
            "requiresShipping": line["requires_shipping"],
            "inventoryItemId": gid("InventoryItem", line["item_id"]),
            "weight": {"value": float(line["weight_grams"]), "unit": "GRAMS"},
            "variant": lambda _info: self._places.variant(line["item_id"]),
            "shippingLine": shipping,
            "warnings": [],
            "financialSummaries": [
                {"approximateDiscountedUnitPriceSet": price, "originalUnitPriceSet": price, "quantity": row["total"]}
            ],
        }

    # --- fulfillments -------------------------------------------------------------------------------------------------

    def fulfillment(self, order: Document, entry: Document) -> Document:
        """Return a fulfillment's object."""
        number = entry["id"]
        lines = {line["id"]: line for line in order["lines"]}
        sources = {part["fulfillment_order_id"] for part in entry["lines"]}

        def line(row: Document) -> Document:
            return {
                "__typename": "FulfillmentLineItem",
                "id": gid("FulfillmentLineItem", row["id"]),
                "quantity": row["quantity"],
                "lineItem": lambda _info: self.line(order, lines[row["line_id"]]),
                "originalTotalSet": money_bag(order, Decimal(lines[row["line_id"]]["price"]) * row["quantity"]),
                "discountedTotalSet": money_bag(order, Decimal(lines[row["line_id"]]["price"]) * row["quantity"]),
            }

        def first_time(*statuses: str) -> str | None:
            return next((event["happened_at"] for event in entry["events"] if event["status"] in statuses), None)

        estimates = [event["estimated_delivery_at"] for event in entry["events"] if event["estimated_delivery_at"]]
        return {
            "__typename": "Fulfillment",
            "id": gid("Fulfillment", number),
            "legacyResourceId": str(number),
            "name": entry["name"],
            "status": entry["status"],
            "displayStatus": parts.display_status(entry),
            "createdAt": entry["created_at"],
            "updatedAt": entry["updated_at"],
            "deliveredAt": first_time("DELIVERED"),
            "inTransitAt": first_time("IN_TRANSIT", "CARRIER_PICKED_UP"),
            "estimatedDeliveryAt": estimates[-1] if estimates else None,
            "requiresShipping": any(lines[row["line_id"]]["requires_shipping"] for row in entry["lines"]),
            "totalQuantity": sum(row["quantity"] for row in entry["lines"]),
            "trackingInfo": lambda _info, first=None: entry["tracking"][:first],
            "fulfillmentLineItems": listed(entry["lines"], line, f"fi{number}"),
            "fulfillmentOrders": listed(
                [source for source in self.visible(order) if source["id"] in sources],
                lambda source: self.fulfillment_order(order, source),
                f"fo{number}",
            ),
            "events": lambda _info, sortKey=None, **arguments: self._events(entry, sortKey, arguments),  # noqa: N803 - the schema's name
            "location": lambda _info: self._places.location(entry["location_id"]),
            "originAddress": parts.origin_address(entry["origin"]),
            "order": lambda _info: self.order(order),
            "service": lambda _info: self._places.service(entry["location_id"]),
        }

    def _events(self, entry: Mapping[str, Any], sort_key: str | None, arguments: Mapping[str, Any]) -> Document:
        by_time = sort_key == "HAPPENED_AT"
        rows = sorted(
            (Ranked((event["happened_at"] if by_time else 0, event["id"]), event) for event in entry["events"]),
            key=lambda ranked: ranked.key,
        )
        name = list_name("events", entry["id"], by_time)
        return connection(rows, parts.event, bound_to=name, **arguments)


def open_fulfillment_order(entry: Mapping[str, Any]) -> bool:
    """Whether lists that leave out closed ones show it."""
    return entry["status"] in OPEN_STATUSES
