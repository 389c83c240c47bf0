"""Orders as GraphQL sees them: prepared dictionaries that the default resolver walks."""

from collections.abc import Callable
from decimal import Decimal

from typing_extensions import override

from cartcarrier.sandbox.shopify import _view_parts as parts
from cartcarrier.sandbox.shopify._fulfillment_views import FulfillmentViews
from cartcarrier.sandbox.shopify._ids import Document, Json, gid, money_bag
from cartcarrier.sandbox.shopify._payloads import APP_ID
from cartcarrier.sandbox.shopify._places import Places
from cartcarrier.sandbox.shopify._search import listed
from cartcarrier.sandbox.shopify._status import fulfillment_status, remaining_quantities, totals
from cartcarrier.sandbox.shopify._world import World


class Views(FulfillmentViews):
    """Makes GraphQL objects of documents, and keeps those of orders until the order changes.

    Args:
        world: The shop's memory.
        places: Makes the objects of locations, items, variants: what is not an order's own.
    """

    def __init__(self, world: World, places: Places) -> None:
        super().__init__(world, places)
        self._kept: dict[int, tuple[object, Document]] = {}

    @override
    def order(self, document: Document) -> Document:
        """Return an order's object."""
        number = document["id"]
        state = (self._world.version(number), document["updated_at"])
        kept = self._kept.get(number)
        if kept is not None and kept[0] == state and state[0] >= 0:
            return kept[1]
        made = self._order(document)
        self._kept[number] = (state, made)
        return made

    def _order(self, order: Document) -> Document:
        number = order["id"]
        bought, now = totals(order, current=False), totals(order, current=True)
        status = order["financial_status"]
        total = now["total"]
        paid = status in {"PAID", "REFUNDED", "PARTIALLY_REFUNDED"}
        refunded = bought["total"] if status == "REFUNDED" else Decimal(0)
        lines = {line["id"]: self.line(order, line) for line in order["lines"]}
        shipping = parts.shipping_line(order)
        zero = money_bag(order, Decimal(0))

        def bag(amount: Decimal) -> Document:
            return money_bag(order, amount)

        def address(field: str, suffix: int) -> Callable[..., Document | None]:
            return self.personal(
                lambda: parts.mailing_address(order[field], order["address_id"], suffix), f"{field}Address"
            )

        shown: Document = {
            "__typename": "Order",
            "id": gid("Order", number),
            "legacyResourceId": str(number),
            "name": order["name"],
            "number": order["number"],
            "confirmationNumber": parts.confirmation(number),
            "createdAt": order["created_at"],
            "updatedAt": order["updated_at"],
            "processedAt": order["processed_at"],
            "cancelledAt": order["cancelled_at"],
            "cancelReason": order["cancel_reason"],
            "cancellation": {"staffNote": order["staff_note"]} if order["cancelled_at"] else None,
            "closed": order["closed_at"] is not None,
            "closedAt": order["closed_at"],
            "confirmed": True,
            "test": order["test"],
            "edited": order["edited"],
            "fulfillable": bool(sum(remaining_quantities(order).values())),
            "fullyPaid": paid,
            "unpaid": not paid,
            "capturable": status == "AUTHORIZED",
            "requiresShipping": any(line["requires_shipping"] for line in order["lines"]),
            "refundable": paid and status != "REFUNDED",
            "restockable": bool(sum(remaining_quantities(order).values())),
            "merchantEditable": not order["cancelled_at"],
            "displayFinancialStatus": status,
            "displayFulfillmentStatus": _known_to_version(fulfillment_status(order)),
            "returnStatus": order["return_status"],
            "currencyCode": order["currency"],
            "presentmentCurrencyCode": order["presentment_currency"],
            "taxesIncluded": order["taxes_included"],
            "taxExempt": False,
            "dutiesIncluded": False,
            "estimatedTaxes": False,
            "note": order["note"],
            "tags": order["tags"],
            "poNumber": order["po_number"],
            "email": self._withheld(order["email"]),
            "phone": None,
            "customerLocale": "en",
            "sourceName": "web",
            "sourceIdentifier": order["source_identifier"],
            "paymentGatewayNames": [order["gateway"]],
            "discountCode": None,
            "discountCodes": [],
            "customAttributes": [{"key": key, "value": value} for key, value in order["attributes"].items()],
            "shippingAddress": address("address", 1),
            "displayAddress": address("address", 1),
            "billingAddress": address("billing", 2),
            "billingAddressMatchesShippingAddress": order["billing"] == order["address"],
            "shippingLine": shipping,
            "shippingLines": listed(
                [order["shipping"]] if shipping else [], lambda _row: shipping or {}, f"sl{number}"
            ),
            "customer": self.personal(lambda: parts.customer(order), "customer"),
            "app": {"id": gid("App", APP_ID), "name": "Online Store"},
            "taxLines": parts.tax_lines(order, bought["tax"]),
            "currentTaxLines": parts.tax_lines(order, now["tax"]),
            "totalWeight": str(sum(line["weight_grams"] * line["quantity"] for line in order["lines"])),
            "currentTotalWeight": str(sum(line["weight_grams"] * line["current_quantity"] for line in order["lines"])),
            "subtotalLineItemsQuantity": sum(line["quantity"] for line in order["lines"]),
            "currentSubtotalLineItemsQuantity": sum(line["current_quantity"] for line in order["lines"]),
            "lineItems": listed(order["lines"], lambda line: lines[line["id"]], f"li{number}"),
            "nonFulfillableLineItems": listed([], lambda line: line, f"nf{number}"),
            "fulfillments": lambda _info, first=None, query=None: [  # noqa: ARG005 - an argument of the schema
                self.fulfillment(order, entry) for entry in order["fulfillments"][:first]
            ],
            "fulfillmentsCount": {"count": len(order["fulfillments"]), "precision": "EXACT"},
            "fulfillmentOrders": lambda _info, **arguments: self.fulfillment_order_page(order, arguments),
            "transactions": lambda _info, **_arguments: parts.transactions(order, bought["total"]),
            "transactionsCount": {"count": 1, "precision": "EXACT"},
            "risk": {"recommendation": order["risk"], "assessments": []},
            "localizedFields": listed(parts.localized_fields(order), lambda row: row, f"lf{number}"),
            "retailLocation": None,
            "currentTotalDutiesSet": None,
            "originalTotalDutiesSet": None,
            "totalReceivedSet": bag(bought["total"] if paid else Decimal(0)),
            "netPaymentSet": bag(bought["total"] - refunded if paid else Decimal(0)),
            "totalCapturableSet": bag(bought["total"] if status == "AUTHORIZED" else Decimal(0)),
            "totalOutstandingSet": bag(Decimal(0) if paid or order["cancelled_at"] else total),
            "totalRefundedSet": bag(refunded),
            "totalRefundedShippingSet": bag(bought["shipping"] if status == "REFUNDED" else Decimal(0)),
            "totalTipReceivedSet": zero,
            "totalPriceSet": bag(bought["total"]),
            "originalTotalPriceSet": bag(bought["total"]),
            "currentTotalPriceSet": bag(total),
            "subtotalPriceSet": bag(bought["goods"] - bought["discount"]),
            "currentSubtotalPriceSet": bag(now["goods"] - now["discount"]),
            "totalTaxSet": bag(bought["tax"]),
            "currentTotalTaxSet": bag(now["tax"]),
            "totalDiscountsSet": bag(bought["discount"]),
            "currentTotalDiscountsSet": bag(now["discount"]),
            "totalShippingPriceSet": bag(bought["shipping"]),
            "currentShippingPriceSet": bag(now["shipping"]),
        }
        return shown

    def _withheld(self, value: object) -> Callable[..., object]:
        return lambda _info: value if self._world.access_level >= 2 else None


def _known_to_version(status: str) -> Callable[..., str]:
    """Return a field that says ``FULFILLED`` to versions that do not know a newer status yet."""

    def field(info: Json) -> str:
        return status if status in info.schema.type_map["OrderDisplayFulfillmentStatus"].values else "FULFILLED"

    return field
