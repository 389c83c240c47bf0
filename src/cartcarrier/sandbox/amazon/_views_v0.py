"""Orders as v0 shows them, for clients that still read so until 2027-03-27.

Facts: field guide amazon.md §1.5, §1.6, §2.2, §2.3.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from cartcarrier.sandbox.amazon._marketplaces import MARKETPLACES
from cartcarrier.sandbox.amazon._money import amount_v0, parts_of, sum_of, total_of
from cartcarrier.sandbox.amazon._orders import WITH_ADDRESS, status_of
from cartcarrier.sandbox.amazon._views import kept, visible_phone
from cartcarrier.sandbox.amazon._world import Document

STATUSES: Final[Mapping[str, str]] = {
    "PENDING_AVAILABILITY": "PendingAvailability",
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "PartiallyShipped",
    "SHIPPED": "Shipped",
    "CANCELLED": "Canceled",
    "UNFULFILLABLE": "Unfulfillable",
}
CHANNELS: Final[Mapping[str, str]] = {"MERCHANT": "MFN", "AMAZON": "AFN"}
_LEVELS: Final[Mapping[str, str]] = {
    "EXPEDITED": "Expedited",
    "FREE_ECONOMY": "FreeEconomy",
    "NEXT_DAY": "NextDay",
    "PRIORITY": "Priority",
    "SAME_DAY": "SameDay",
    "SECOND_DAY": "SecondDay",
    "SCHEDULED": "Scheduled",
    "STANDARD": "Standard",
}
_ADDRESS: Final[Mapping[str, str]] = {
    "name": "Name",
    "company_name": "CompanyName",
    "address_line1": "AddressLine1",
    "address_line2": "AddressLine2",
    "address_line3": "AddressLine3",
    "city": "City",
    "district_or_county": "County",
    "state_or_region": "StateOrRegion",
    "municipality": "Municipality",
    "postal_code": "PostalCode",
    "country_code": "CountryCode",
    "phone": "Phone",
}
_WITHOUT_TOKEN: Final = ("City", "StateOrRegion", "PostalCode", "CountryCode")


def order_view(order: Document, elements: frozenset[str], now: datetime) -> Document:
    """Show an order; ``elements`` is what the token opens."""
    status = status_of(order)
    programs = order["programs"]
    shipped = sum(line["fulfilled"] for line in order["lines"])
    view = kept(
        {
            "AmazonOrderId": order["id"],
            "SellerOrderId": order["seller_order_id"] or order["id"],
            "PurchaseDate": order["created"],
            "LastUpdateDate": order["updated"],
            "OrderStatus": STATUSES[status],
            "FulfillmentChannel": CHANNELS[order["fulfilled_by"]],
            "SalesChannel": MARKETPLACES[order["marketplace"]].domain.removeprefix("www.").capitalize(),
            "ShipServiceLevel": "Std US D2D Dom",
            "NumberOfItemsShipped": shipped,
            "NumberOfItemsUnshipped": sum(line["quantity"] for line in order["lines"]) - shipped,
            "PaymentMethod": "Other",
            "PaymentMethodDetails": [order["payment_method"]],
            "MarketplaceId": order["marketplace"],
            "ShipmentServiceLevelCategory": _LEVELS[order["service_level"]],
            "OrderType": "Preorder" if "PREORDER" in programs else "StandardOrder",
            "EarliestShipDate": order["ship_by"][0],
            "LatestShipDate": order["ship_by"][1],
            "EarliestDeliveryDate": order["deliver_by"][0],
            "LatestDeliveryDate": order["deliver_by"][1],
            "IsBusinessOrder": "AMAZON_BUSINESS" in programs,
            "IsPrime": "PRIME" in programs,
            "IsPremiumOrder": "PREMIUM" in programs,
            "IsGlobalExpressEnabled": False,
            "IsReplacementOrder": bool(order["replaces"]),
            "ReplacedOrderId": order["replaces"],
            "IsSoldByAB": False,
            "IsIBA": "INVOICE_BY_AMAZON" in programs,
            "IsISPU": "IN_STORE_PICK_UP" in programs,
            "IsAccessPointOrder": order["address"].get("address_type") == "PICKUP_POINT",
            "HasRegulatedItems": order["regulated"] is not None,
        }
    )
    if status not in {"PENDING", "PENDING_AVAILABILITY"}:
        view["OrderTotal"] = amount_v0(order, total_of(sum_of(order)))
    view["BuyerInfo"] = buyer_view(order, elements)
    if status in WITH_ADDRESS:
        view["ShippingAddress"] = address_view(order, elements, now)
    return view


def address_view(order: Document, elements: frozenset[str], now: datetime) -> Document:
    """Show the address; without the element only its coarse part."""
    shown = {_ADDRESS[name]: value for name, value in order["address"].items() if name in _ADDRESS and value}
    if not visible_phone(order, now):
        shown.pop("Phone", None)
    if "shippingAddress" not in elements:
        return {name: value for name, value in shown.items() if name in _WITHOUT_TOKEN}
    if order["address"].get("address_type") in {"RESIDENTIAL", "COMMERCIAL"}:
        shown["AddressType"] = order["address"]["address_type"].capitalize()
    return shown


def buyer_view(order: Document, elements: frozenset[str]) -> Document:
    """Show the buyer; without the element only the purchase order number."""
    buyer = order["buyer"]
    personal = "buyerInfo" in elements
    return kept(
        {
            "BuyerEmail": buyer["email"] if personal and order["fulfilled_by"] == "MERCHANT" else None,
            "BuyerName": buyer.get("name", order["address"].get("name")) if personal else None,
            "PurchaseOrderNumber": buyer.get("po_number"),
        }
    )


def item_view(order: Document, line: Document, elements: frozenset[str]) -> Document:
    """Show an item; prices, gifts and promotions are withheld while the order is pending (guide §2.1)."""
    view = kept(
        {
            "ASIN": line["asin"],
            "SellerSKU": line["sku"],
            "OrderItemId": line["id"],
            "Title": line["title"],
            "QuantityOrdered": line["quantity"],
            "QuantityShipped": line["fulfilled"],
            "ProductInfo": {"NumberOfItems": "1"},
            "ConditionId": line["condition"].capitalize(),
            "ConditionNote": line["condition_note"],
            "IsTransparency": line["transparency"],
            "SerialNumberRequired": line["serial_number_required"],
            "IossNumber": line["ioss_number"],
            "BuyerRequestedCancel": _cancel_request(line),
        }
    )
    if order["state"] in {"PENDING", "PENDING_AVAILABILITY"}:
        return view
    parts = parts_of(line)
    view["IsGift"] = "true" if line["gift_message"] or line["gift_wrap_level"] else "false"
    view["ItemPrice"] = amount_v0(order, parts["ITEM"])
    view["ItemTax"] = amount_v0(order, line["tax"])
    view["PromotionDiscount"] = amount_v0(order, line["discount"])
    if parts["SHIPPING"]:
        view["ShippingPrice"] = amount_v0(order, parts["SHIPPING"])
        view["ShippingTax"] = amount_v0(order, line["shipping_tax"])
        view["ShippingDiscount"] = amount_v0(order, line["shipping_discount"])
    if line["promotion_ids"]:
        view["PromotionIds"] = line["promotion_ids"]
    if "AMAZON_BUSINESS" in order["programs"]:
        view["PriceDesignation"] = "BusinessPrice"
    if constraints := _constraints(line):
        view["ShippingConstraints"] = constraints
    if order["region"] == "na":
        view["TaxCollection"] = {"Model": "MarketplaceFacilitator", "ResponsibleParty": "Amazon Services, Inc."}
    view["BuyerInfo"] = item_buyer_view(order, line, elements)
    return view


def item_buyer_view(order: Document, line: Document, elements: frozenset[str]) -> Document:
    """Show what the buyer wants done with an item."""
    personal = "buyerInfo" in elements
    wrapped = Decimal(line["gift_wrap_price"])
    return kept(
        {
            "GiftWrapPrice": amount_v0(order, wrapped) if wrapped else None,
            "GiftMessageText": line["gift_message"] if personal else None,
            "GiftWrapLevel": line["gift_wrap_level"],
            "BuyerCustomizedInfo": {"CustomizedURL": line["customized_url"]}
            if personal and line["customized_url"]
            else None,
        }
    )


def regulated_view(order: Document) -> Document:
    """Show where the verification of a regulated order stands."""
    status = order["regulated"] or "Approved"
    return {
        "AmazonOrderId": order["id"],
        "RegulatedInformation": {
            "Fields": [
                {
                    "FieldId": "pets_rx_name",
                    "FieldLabel": "Name of the animal",
                    "FieldType": "Text",
                    "FieldValue": "Ruffus",
                }
            ]
            if order["regulated"]
            else []
        },
        "RequiresDosageLabel": False,
        "RegulatedOrderVerificationStatus": {
            "Status": status,
            "RequiresMerchantAction": status == "Pending",
            "ValidRejectionReasons": [
                {"RejectionReasonId": "rx_invalid", "RejectionReasonDescription": "The prescription is not valid"}
            ]
            if status == "Pending"
            else [],
        },
    }


def _cancel_request(line: Document) -> Document:
    request = line["cancel_request"]
    if request is None:
        return {"IsBuyerRequestedCancel": "false", "BuyerCancelReason": ""}
    return {"IsBuyerRequestedCancel": "true", "BuyerCancelReason": request["reason"]}


def _constraints(line: Document) -> Document:
    names = {name[0].upper() + name[1:] for name in line["constraints"]} - {"CashOnDelivery"}
    return dict.fromkeys(sorted(names), "MANDATORY")
