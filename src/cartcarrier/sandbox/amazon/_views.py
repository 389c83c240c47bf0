"""Orders as v2026-01-01 shows them: what was asked for, as far as the application's roles reach.

Facts: field guide amazon.md §1.6, §2.1 to §2.5.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from cartcarrier.sandbox.amazon._marketplaces import MARKETPLACES
from cartcarrier.sandbox.amazon._money import amount, parts_of, sum_of, total_of
from cartcarrier.sandbox.amazon._orders import SHIPPABLE, WITH_ADDRESS, status_of
from cartcarrier.sandbox.amazon._routes import DIRECT_TO_CONSUMER, TAX_INVOICING, TAX_REMITTANCE
from cartcarrier.sandbox.amazon._world import Document, stamp

DATA_SETS: Final = frozenset(
    {
        "BUYER",
        "RECIPIENT",
        "PROCEEDS",
        "EXPENSE",
        "PROMOTION",
        "CANCELLATION",
        "FULFILLMENT",
        "PACKAGES",
        "TAX",
        "PAYMENT",
        "FULFILLMENT_ORDERS",
    }
)
# Members of an address that only the Direct-to-Consumer role opens, beside the three address lines.
_PERSONAL: Final = ("name", "address_line1", "address_line2", "address_line3", "postal_code", "phone")
_ADDRESS: Final[Mapping[str, str]] = {
    "name": "name",
    "company_name": "companyName",
    "address_line1": "addressLine1",
    "address_line2": "addressLine2",
    "address_line3": "addressLine3",
    "city": "city",
    "district_or_county": "districtOrCounty",
    "state_or_region": "stateOrRegion",
    "municipality": "municipality",
    "postal_code": "postalCode",
    "country_code": "countryCode",
    "phone": "phone",
    "address_type": "addressType",
}
_PENDING: Final = frozenset({"PENDING", "PENDING_AVAILABILITY"})


def kept(mapping: Mapping[str, object]) -> Document:
    """Return the members that have a value: Amazon leaves the others out."""
    return {name: value for name, value in mapping.items() if value is not None}


def visible_phone(order: Document, now: datetime) -> bool:
    """Whether the phone is shown: never for Amazon's orders, nor for shipped ones past the latest delivery (guide §2.2)."""
    if order["fulfilled_by"] == "AMAZON":
        return False
    return not (status_of(order) == "SHIPPED" and stamp(now) > order["deliver_by"][1])


def visible_email(order: Document, roles: frozenset[str]) -> bool:
    """Whether the buyer's e-mail address is shown (guide §1.6)."""
    return DIRECT_TO_CONSUMER in roles and order["fulfilled_by"] == "MERCHANT" and status_of(order) in WITH_ADDRESS


def visible_name(roles: frozenset[str]) -> bool:
    """Whether the buyer's name is shown (guide §1.6)."""
    return bool({TAX_INVOICING, TAX_REMITTANCE} & roles)


def order_view(order: Document, data: frozenset[str], roles: frozenset[str], now: datetime) -> Document:
    """Show an order with these data sets."""
    sections: Mapping[str, Callable[[], Document]] = {
        "BUYER": lambda: {"buyer": _buyer(order, roles)},
        "RECIPIENT": lambda: _recipient(order, roles, now),
        "PROCEEDS": lambda: _proceeds(order),
        "TAX": lambda: {"tax": {"taxInvoicing": {"buyerInvoicePreference": "INDIVIDUAL"}}},
        "PAYMENT": lambda: _payment(order),
        "FULFILLMENT": lambda: {"fulfillment": _fulfillment(order)},
        "PACKAGES": lambda: _packages(order),
    }
    view: Document = {
        "orderId": order["id"],
        "createdTime": order["created"],
        "lastUpdatedTime": order["updated"],
        "salesChannel": _sales_channel(order),
        "orderItems": [_item(order, line, data, roles) for line in order["lines"]],
    }
    if order["seller_order_id"]:
        view["orderAliases"] = [{"aliasId": order["seller_order_id"], "aliasType": "SELLER_ORDER_ID"}]
    if order["programs"]:
        view["programs"] = order["programs"]
    if order["replaces"]:
        view["associatedOrders"] = [{"orderId": order["replaces"], "associationType": "REPLACEMENT_ORIGINAL_ID"}]
    for name, section in sections.items():
        if name in data:
            view.update(section())
    return view


def _sales_channel(order: Document) -> Document:
    if order["non_amazon"]:
        return {"channelName": "NON_AMAZON"}
    marketplace = MARKETPLACES[order["marketplace"]]
    return {
        "channelName": "AMAZON",
        "marketplaceId": marketplace.id,
        "marketplaceName": marketplace.domain.removeprefix("www.").capitalize(),
    }


def _buyer(order: Document, roles: frozenset[str]) -> Document:
    buyer = order["buyer"]
    return kept(
        {
            "buyerName": buyer.get("name", order["address"].get("name")) if visible_name(roles) else None,
            "buyerEmail": buyer["email"] if visible_email(order, roles) else None,
            "buyerCompanyName": buyer.get("company_name"),
            "buyerPurchaseOrderNumber": buyer.get("po_number"),
        }
    )


def _recipient(order: Document, roles: frozenset[str], now: datetime) -> Document:
    if status_of(order) not in WITH_ADDRESS:
        return {}
    address = dict(order["address"])
    if not visible_phone(order, now):
        address.pop("phone", None)
    if DIRECT_TO_CONSUMER not in roles:
        for name in _PERSONAL:
            address.pop(name, None)
    shown = {_ADDRESS[name]: value for name, value in address.items() if value}
    recipient: Document = {"deliveryAddress": shown}
    if order["delivery_preference"] and DIRECT_TO_CONSUMER in roles:
        recipient["deliveryPreference"] = {"addressInstruction": order["delivery_preference"]}
    return {"recipient": recipient}


def _proceeds(order: Document) -> Document:
    if order["state"] in _PENDING:
        return {}
    parts = sum_of(order)
    breakdowns = [
        {"type": kind, "subtotal": amount(order, value)} for kind, value in parts.items() if value or kind == "ITEM"
    ]
    total = total_of(parts)
    if order["tip"]:
        tip = amount(order, order["tip"])
        breakdowns.append({"type": "DELIVERY_TIP", "status": "PENDING", "subtotal": tip})
        total += Decimal(tip["amount"])
    return {"proceeds": {"grandTotal": amount(order, total), "breakdowns": breakdowns}}


def _payment(order: Document) -> Document:
    if order["state"] in _PENDING:
        return {}
    execution = {"paymentMethod": order["payment_method"], "paymentAmount": amount(order, total_of(sum_of(order)))}
    return {"payment": {"paymentExecutions": [execution]}}


def _fulfillment(order: Document) -> Document:
    ship, deliver = order["ship_by"], order["deliver_by"]
    return kept(
        {
            "fulfillmentStatus": status_of(order),
            "fulfilledBy": order["fulfilled_by"],
            "fulfillmentServiceLevel": order["service_level"],
            "shipByWindow": {"earliestDateTime": ship[0], "latestDateTime": ship[1]},
            "deliverByWindow": {"earliestDateTime": deliver[0], "latestDateTime": deliver[1]},
            "labelPrintingWindow": {"earliestDateTime": order["label_after"]} if order["label_after"] else None,
        }
    )


def _packages(order: Document) -> Document:
    if order["fulfilled_by"] != "MERCHANT" or not order["packages"]:
        return {}
    return {"packages": [_package(package) for package in order["packages"]]}


def _package(package: Document) -> Document:
    return kept(
        {
            "packageReferenceId": package["reference"],
            "createdTime": package["created"],
            "packageStatus": kept({"status": package["status"], "detailedStatus": package["detailed_status"]}),
            "carrier": package["carrier"],
            "shipTime": package["ship_time"],
            "shippingService": package["method"],
            "trackingNumber": package["tracking"],
            "packageItems": [
                kept(
                    {
                        "orderItemId": entry["line_id"],
                        "quantity": entry["quantity"],
                        "transparencyCodes": entry.get("transparency_codes") or None,
                    }
                )
                for entry in package["items"]
            ],
        }
    )


# --- items ------------------------------------------------------------------------------------------------------------


def _item(order: Document, line: Document, data: frozenset[str], roles: frozenset[str]) -> Document:
    pending = order["state"] in _PENDING
    programs = [name for name in ("TRANSPARENCY", "SUBSCRIBE_AND_SAVE") if line[name.lower()]]
    view: Document = {
        "orderItemId": line["id"],
        "quantityOrdered": line["quantity"],
        "product": _product(order, line, roles, pending=pending),
    }
    if programs:
        view["programs"] = programs
    if "PROCEEDS" in data and not pending:
        view["proceeds"] = _item_proceeds(order, line)
    if "PROMOTION" in data and not pending and line["promotion_ids"]:
        view["promotion"] = {"breakdowns": [{"promotionId": each} for each in line["promotion_ids"]]}
    if "CANCELLATION" in data and (line["cancel_request"] or line["cancelled_by"]):
        view["cancellation"] = _cancellation(line)
    if "FULFILLMENT" in data:
        view["fulfillment"] = _item_fulfillment(order, line, roles)
    if "TAX" in data and not pending and order["region"] == "na":
        view["tax"] = {
            "taxCollections": [{"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon Services, Inc."}]
        }
    return view


def _product(order: Document, line: Document, roles: frozenset[str], *, pending: bool) -> Document:
    business = "AMAZON_BUSINESS" in order["programs"]
    url = line["customized_url"] if DIRECT_TO_CONSUMER in roles else None
    price = kept(
        {"unitPrice": amount(order, line["price"]), "priceDesignation": "BUSINESS_PRICE" if business else None}
    )
    return kept(
        {
            "asin": line["asin"],
            "title": line["title"],
            "sellerSku": line["sku"],
            "condition": kept({"conditionType": line["condition"], "conditionNote": line["condition_note"]}),
            "price": None if pending else price,
            "customization": {"customizedUrl": url} if url else None,
        }
    )


def _item_proceeds(order: Document, line: Document) -> Document:
    parts = parts_of(line)
    details: Mapping[str, tuple[tuple[str, str], ...]] = {
        "TAX": (("ITEM", line["tax"]), ("SHIPPING", line["shipping_tax"])),
        "DISCOUNT": (("ITEM", line["discount"]), ("SHIPPING", line["shipping_discount"])),
    }
    breakdowns: list[Document] = []
    for kind, value in parts.items():
        if not value and kind != "ITEM":
            continue
        row: Document = {"type": kind, "subtotal": amount(order, value)}
        if kind in details:
            row["detailedBreakdowns"] = [
                {"subtype": subtype, "value": amount(order, part)} for subtype, part in details[kind] if Decimal(part)
            ]
        breakdowns.append(row)
    return {"proceedsTotal": amount(order, total_of(parts)), "breakdowns": breakdowns}


def _cancellation(line: Document) -> Document:
    request, execution = line["cancel_request"], line["cancelled_by"]
    return kept(
        {
            "cancellationRequest": {"requester": "BUYER", "cancelReason": request["reason"]} if request else None,
            "cancellationExecution": {"cancelledBy": execution["by"], "cancelReason": execution["reason"]}
            if execution
            else None,
        }
    )


def _item_fulfillment(order: Document, line: Document, roles: frozenset[str]) -> Document:
    open_ = line["quantity"] - line["fulfilled"] if order["state"] != "CANCELLED" else 0
    gift = kept(
        {
            "giftMessage": line["gift_message"] if DIRECT_TO_CONSUMER in roles else None,
            "giftWrapLevel": line["gift_wrap_level"],
        }
    )
    packing = kept(
        {
            "giftOption": gift or None,
            "serialNumberRequirement": {"requirementType": "REQUIRED"} if line["serial_number_required"] else None,
        }
    )
    shipping = kept(
        {
            "shippingConstraints": dict.fromkeys(line["constraints"], "MANDATORY") or None,
            "internationalShipping": {"iossNumber": line["ioss_number"]} if line["ioss_number"] else None,
        }
    )
    return kept(
        {
            "quantityFulfilled": line["fulfilled"],
            "quantityUnfulfilled": max(open_, 0),
            "packing": packing or None,
            "shipping": shipping or None,
        }
    )


def may_ship(order: Document) -> bool:
    """Whether the merchant may ship something of an order."""
    return order["fulfilled_by"] == "MERCHANT" and status_of(order) in SHIPPABLE
