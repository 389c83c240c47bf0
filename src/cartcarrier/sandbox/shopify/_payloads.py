"""The bodies of webhooks: the older, snake-case picture of the same objects, with bare numbers as ids."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cartcarrier.sandbox.shopify._ids import Document, gid, money_bag
from cartcarrier.sandbox.shopify._status import fulfilled_quantities, fulfillment_status, remaining_quantities, totals

VERSION = "2026-10"
APP_ID = 4_200_001

FULFILLMENT_STATUSES = {"FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}


def _money_set(document: Mapping[str, Any], amount: Decimal) -> Document:
    bag = money_bag(dict(document), amount)
    return {
        "shop_money": {"amount": bag["shopMoney"]["amount"], "currency_code": bag["shopMoney"]["currencyCode"]},
        "presentment_money": {
            "amount": bag["presentmentMoney"]["amount"],
            "currency_code": bag["presentmentMoney"]["currencyCode"],
        },
    }


def _address(address: Mapping[str, Any] | None) -> Document | None:
    if address is None:
        return None
    name = " ".join(part for part in (address["first_name"], address["last_name"]) if part)
    fields = ("first_name", "last_name", "company", "address1", "address2", "city", "zip", "province", "province_code")
    return {
        **{field: address[field] for field in fields},
        "country": address["country"],
        "country_code": address["country_code"],
        "phone": address["phone"],
        "name": name,
        "latitude": None,
        "longitude": None,
    }


def line_item(order: Mapping[str, Any], line: Mapping[str, Any]) -> Document:
    """Return an order's line as webhooks carry it."""
    return {
        **_goods(order, line, line["quantity"]),
        "attributed_staffs": [],
        "current_quantity": line["current_quantity"],
        "sales_line_item_group_id": None,
    }


def _goods(order: Mapping[str, Any], line: Mapping[str, Any], quantity: int) -> Document:
    price = Decimal(line["price"])
    gone, left = fulfilled_quantities(dict(order))[line["id"]], remaining_quantities(dict(order))[line["id"]]
    state = None if not gone else "partial" if left else "fulfilled"
    zero = _money_set(order, Decimal(0))
    return {
        "id": line["id"],
        "admin_graphql_api_id": gid("LineItem", line["id"]),
        "fulfillable_quantity": left,
        "fulfillment_service": "manual",
        "fulfillment_status": state,
        "gift_card": line["gift_card"],
        "grams": line["weight_grams"],
        "name": line["title"],
        "price": str(price),
        "price_set": _money_set(order, price),
        "product_exists": True,
        "product_id": line["product_id"],
        "properties": [],
        "quantity": quantity,
        "requires_shipping": line["requires_shipping"],
        "sku": line["sku"],
        "taxable": True,
        "title": line["title"],
        "total_discount": "0.00",
        "total_discount_set": zero,
        "variant_id": line["variant_id"],
        "variant_inventory_management": "shopify",
        "variant_title": line["variant_title"],
        "vendor": line["vendor"],
        "tax_lines": [],
        "duties": [],
        "discount_allocations": [],
    }


def order(document: Mapping[str, Any]) -> Document:
    """Return an order as webhooks carry it."""
    whole = dict(document)
    bought, now = totals(whole, current=False), totals(whole, current=True)
    paid = document["financial_status"] in {"PAID", "REFUNDED", "PARTIALLY_REFUNDED"}
    address = _address(document["address"])
    body: Document = {
        "id": document["id"],
        "admin_graphql_api_id": gid("Order", document["id"]),
        "app_id": APP_ID,
        "cancel_reason": document["cancel_reason"].lower() if document["cancel_reason"] else None,
        "cancelled_at": document["cancelled_at"],
        "closed_at": document["closed_at"],
        "confirmed": True,
        "contact_email": document["email"],
        "created_at": document["created_at"],
        "currency": document["currency"],
        "customer_locale": "en",
        "email": document["email"],
        "financial_status": document["financial_status"].lower(),
        "fulfillment_status": FULFILLMENT_STATUSES.get(fulfillment_status(whole)),
        "name": document["name"],
        "note": document["note"],
        "note_attributes": [{"name": key, "value": value} for key, value in document["attributes"].items()],
        "number": document["number"] - 1000,
        "order_number": document["number"],
        "payment_gateway_names": [document["gateway"]],
        "phone": None,
        "po_number": document["po_number"],
        "presentment_currency": document["presentment_currency"],
        "processed_at": document["processed_at"],
        "source_name": "web",
        "tags": ", ".join(document["tags"]),
        "tax_lines": [],
        "taxes_included": document["taxes_included"],
        "test": document["test"],
        "total_line_items_price": str(bought["goods"]),
        "total_outstanding": "0.00" if paid else str(now["total"]),
        "total_weight": sum(line["weight_grams"] * line["quantity"] for line in document["lines"]),
        "updated_at": document["updated_at"],
        "customer": _customer(document),
        "discount_applications": [],
        "discount_codes": [],
        "fulfillments": [fulfillment(document, entry) for entry in document["fulfillments"]],
        "line_items": [line_item(document, line) for line in document["lines"]],
        "line_item_groups": [],
        "refunds": [],
        "returns": [],
        "billing_address": _address(document["billing"]),
        "shipping_address": address,
        "shipping_lines": _shipping_lines(document),
    }
    for name, field in (("price", "total"), ("tax", "tax"), ("discounts", "discount")):
        body[f"total_{name}"] = str(bought[field])
        body[f"total_{name}_set"] = _money_set(document, bought[field])
        body[f"current_total_{name}"] = str(now[field])
        body[f"current_total_{name}_set"] = _money_set(document, now[field])
    body["total_shipping_price_set"] = _money_set(document, bought["shipping"])
    body["subtotal_price"] = str(bought["goods"] - bought["discount"])
    body["current_subtotal_price"] = str(now["goods"] - now["discount"])
    return body


def _customer(document: Mapping[str, Any]) -> Document:
    address = document["address"] or {}
    return {
        "id": document["customer_id"],
        "admin_graphql_api_id": gid("Customer", document["customer_id"]),
        "email": document["email"],
        "first_name": address.get("first_name"),
        "last_name": address.get("last_name"),
    }


def _shipping_lines(document: Mapping[str, Any]) -> list[Document]:
    shipping = document["shipping"]
    if not shipping:
        return []
    price = Decimal(shipping["price"])
    return [
        {
            "id": shipping["id"],
            "carrier_identifier": None,
            "code": shipping["code"],
            "price": str(price),
            "price_set": _money_set(document, price),
            "is_removed": False,
            "phone": None,
            "source": "shopify",
            "title": shipping["title"],
            "tax_lines": [],
            "discount_allocations": [],
        }
    ]


def fulfillment(document: Mapping[str, Any], entry: Mapping[str, Any]) -> Document:
    """Return a fulfillment as webhooks carry it."""
    lines = {line["id"]: line for line in document["lines"]}
    numbers = [info["number"] for info in entry["tracking"] if info["number"]]
    urls = [info["url"] for info in entry["tracking"] if info["url"]]
    return {
        "id": entry["id"],
        "admin_graphql_api_id": gid("Fulfillment", entry["id"]),
        "order_id": document["id"],
        "name": entry["name"],
        "status": entry["status"].lower(),
        "created_at": entry["created_at"],
        "updated_at": entry["updated_at"],
        "service": "manual",
        "shipment_status": entry["events"][-1]["status"].lower() if entry["events"] else None,
        "location_id": entry["location_id"],
        "origin_address": None,
        "email": document["email"],
        "destination": _address(document["address"]),
        "tracking_company": entry["tracking"][0]["company"] if entry["tracking"] else None,
        "tracking_number": numbers[0] if numbers else None,
        "tracking_numbers": numbers,
        "tracking_url": urls[0] if urls else None,
        "tracking_urls": urls,
        "receipt": {},
        "line_items": [_goods(document, lines[line["line_id"]], line["quantity"]) for line in entry["lines"]],
    }


def fulfillment_event(document: Mapping[str, Any], entry: Mapping[str, Any], event: Mapping[str, Any]) -> Document:
    """Return a tracking event as webhooks carry it."""
    fields = ("message", "city", "province", "country", "zip", "address1", "latitude", "longitude")
    return {
        "id": event["id"],
        "admin_graphql_api_id": gid("FulfillmentEvent", event["id"]),
        "fulfillment_id": entry["id"],
        "order_id": document["id"],
        "shop_id": 1,
        "status": event["status"].lower(),
        "happened_at": event["happened_at"],
        "created_at": event["created_at"],
        "updated_at": event["created_at"],
        "estimated_delivery_at": event["estimated_delivery_at"],
        **{field: event[field] for field in fields},
    }


def fulfillment_order(target: Mapping[str, Any]) -> Document:
    """Return a fulfillment order as webhooks carry it: its global id and little more."""
    return {"id": gid("FulfillmentOrder", target["id"]), "status": target["status"].lower()}


def hold(entry: Mapping[str, Any]) -> Document:
    """Return a hold as webhooks carry it."""
    return {
        "id": gid("FulfillmentHold", entry["id"]),
        "reason": entry["reason"].lower(),
        "reason_notes": entry["notes"],
        "held_by_requesting_app": entry["own"],
        "handle": entry["handle"] or None,
        "held_by_app": {"id": gid("App", APP_ID)} if entry["own"] else None,
    }


def level(item: Mapping[str, Any], location: int) -> Document:
    """Return a stock level as webhooks carry it."""
    return {
        "inventory_item_id": item["id"],
        "location_id": location,
        "available": item["levels"][str(location)]["available"],
        "updated_at": item["updated_at"],
        "admin_graphql_api_id": f"{gid('InventoryLevel', location)}?inventory_item_id={item['id']}",
    }


def merchant_request(request: Mapping[str, Any]) -> Document:
    """Return what a merchant asks of a fulfillment service, as webhooks carry it."""
    return {"id": gid("FulfillmentOrderMerchantRequest", request["id"]), "message": request["message"]}


def bulk_operation(row: Mapping[str, Any]) -> Document:
    """Return a bulk operation as webhooks carry it: enumerations in lower case."""
    return {
        "admin_graphql_api_id": gid("BulkOperation", row["id"]),
        "completed_at": row["completed_at"],
        "created_at": row["created_at"],
        "error_code": row["error_code"].lower() if row["error_code"] else None,
        "status": row["status"].lower(),
        "type": "query",
    }
