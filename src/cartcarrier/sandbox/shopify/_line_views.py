"""What every view of an order needs: who may see what, and the order's lines."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from graphql import GraphQLError

from cartcarrier.sandbox.shopify import _view_parts as parts
from cartcarrier.sandbox.shopify._ids import Document, cents, gid, money_bag
from cartcarrier.sandbox.shopify._places import Places
from cartcarrier.sandbox.shopify._status import fulfilled_quantities, goods_total, remaining_quantities
from cartcarrier.sandbox.shopify._world import World

FULFILLMENT_ORDER_SCOPES = (
    "read_merchant_managed_fulfillment_orders",
    "write_merchant_managed_fulfillment_orders",
)
SERVICE_SCOPES = (
    "read_third_party_fulfillment_orders",
    "write_third_party_fulfillment_orders",
    "read_assigned_fulfillment_orders",
    "write_assigned_fulfillment_orders",
)


def denied(what: str, required: str) -> GraphQLError:
    """Return the error of a field that the app may not use."""
    return GraphQLError(
        f"Access denied for {what} field. Required access: {required}.",
        extensions={"code": "ACCESS_DENIED", "requiredAccess": required},
    )


class LineViews:
    """Views of lines, and the rules of access.

    Args:
        world: The shop's memory.
        places: Makes the objects of locations, items, variants: what is not an order's own.
    """

    def __init__(self, world: World, places: Places) -> None:
        self._world = world
        self._places = places

    def visible(self, order: Mapping[str, Any]) -> list[Document]:
        """Return the fulfillment orders that the app may see by now: without the scope, none and no error."""
        if order["routed_at"] > self._world.epoch():
            return []
        scopes = self._world.scopes
        own, others = bool(scopes & {*FULFILLMENT_ORDER_SCOPES}), bool(scopes & {*SERVICE_SCOPES})
        if own and others:
            return list(order["fulfillment_orders"])
        locations = self._world.table("location")
        return [
            entry
            for entry in order["fulfillment_orders"]
            if (others if locations[str(entry["location_id"])]["service"] else own)
        ]

    def personal(self, make: Callable[[], Document | None], what: str) -> Callable[..., Document | None]:
        """Return a field that only access to customers' contact data (level 2) opens."""

        def field(_info: object) -> Document | None:
            if self._world.access_level < 2:
                raise GraphQLError(
                    f"This app is not approved to access the {what} field.",
                    extensions={"code": "ACCESS_DENIED", "documentation": "https://shopify.dev/docs/apps/launch"},
                )
            return make()

        return field

    def line(self, order: Document, line: Document) -> Document:
        price, quantity = Decimal(line["price"]), line["quantity"]
        whole = goods_total(order, current=False)
        share = cents(Decimal(order["discount"]) * price * quantity / whole) if whole else Decimal(0)
        left = remaining_quantities(order)[line["id"]]
        gone = fulfilled_quantities(order)[line["id"]]
        rate = Decimal(order["tax_rate"])
        after = price * quantity - share
        net = cents(after / (1 + rate)) if order["taxes_included"] else after
        original = money_bag(order, price * quantity)

        def total(_info: object, withCodeDiscounts: bool | None = None) -> Document:  # noqa: N803, FBT001 - the schema's names
            return money_bag(order, after) if withCodeDiscounts else original

        return {
            "__typename": "LineItem",
            "id": gid("LineItem", line["id"]),
            "quantity": quantity,
            "currentQuantity": line["current_quantity"],
            "unfulfilledQuantity": left,
            "nonFulfillableQuantity": max(quantity - left - gone, 0),
            "refundableQuantity": line["current_quantity"],
            "fulfillableQuantity": left,
            "fulfillmentStatus": "fulfilled" if gone and not left else "partial" if gone else "unfulfilled",
            "requiresShipping": line["requires_shipping"],
            "isGiftCard": line["gift_card"],
            "taxable": True,
            "restockable": True,
            "merchantEditable": True,
            "sku": line["sku"],
            "title": line["title"],
            "variantTitle": line["variant_title"],
            "name": f"{line['title']} - {line['variant_title']}" if line["variant_title"] else line["title"],
            "vendor": line["vendor"],
            "originalUnitPriceSet": money_bag(order, price),
            "originalTotalSet": original,
            "discountedUnitPriceSet": money_bag(order, price),
            "discountedTotalSet": total,
            "discountedUnitPriceAfterAllDiscountsSet": money_bag(order, after / quantity if quantity else Decimal(0)),
            "priceAfterAllDiscountsBeforeTaxesSet": money_bag(order, net),
            "totalDiscountSet": money_bag(order, share),
            "unfulfilledDiscountedTotalSet": money_bag(order, after * left / quantity if quantity else Decimal(0)),
            "unfulfilledOriginalTotalSet": money_bag(order, price * left),
            "taxLines": lambda _info, **_arguments: parts.tax_lines(order, net * rate),
            "discountAllocations": [{"allocatedAmountSet": money_bag(order, share)}] if share else [],
            "duties": [],
            "variant": lambda _info: self._places.variant(line["item_id"]),
            "product": lambda _info: self._places.product(line["item_id"]),
            "customAttributes": [],
            "lineItemGroup": None,
            "weight": {"value": float(line["weight_grams"]), "unit": "GRAMS"},
        }
