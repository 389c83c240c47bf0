"""The smaller objects of orders: addresses, payments, holds, events."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from cartcarrier.sandbox.shopify._ids import Document, cents, gid, money_bag
from cartcarrier.sandbox.shopify._payloads import APP_ID

HOLD_TITLES = {
    "AWAITING_PAYMENT": "Awaiting payment",
    "AWAITING_RETURN_ITEMS": "Awaiting return items",
    "HIGH_RISK_OF_FRAUD": "High risk of fraud",
    "INCORRECT_ADDRESS": "Incorrect address",
    "INVENTORY_OUT_OF_STOCK": "Inventory out of stock",
    "ONLINE_STORE_POST_PURCHASE_CROSS_SELL": "Post-purchase offer",
    "OTHER": "Other",
    "UNKNOWN_DELIVERY_DATE": "Unknown delivery date",
}


def confirmation(number: int) -> str:
    """Return a confirmation number: short, and not unique over time."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:9].upper()


def full_name(address: Mapping[str, Any]) -> str | None:
    """Return first and last name together, or ``None``."""
    return " ".join(part for part in (address["first_name"], address["last_name"]) if part) or None


def mailing_address(address: Mapping[str, Any] | None, number: int, suffix: int) -> Document | None:
    """Return an order's address."""
    if address is None:
        return None
    lines = [
        address["address1"],
        address["address2"],
        " ".join(part for part in (address["city"], address["province_code"], address["zip"]) if part),
        address["country"],
    ]
    return {
        "__typename": "MailingAddress",
        "id": f"{gid('MailingAddress', number + suffix)}?model_name=Address",
        "firstName": address["first_name"],
        "lastName": address["last_name"],
        "name": full_name(address),
        "company": address["company"],
        "address1": address["address1"],
        "address2": address["address2"],
        "city": address["city"],
        "province": address["province"],
        "provinceCode": address["province_code"],
        "zip": address["zip"],
        "country": address["country"],
        "countryCode": address["country_code"],
        "countryCodeV2": address["country_code"],
        "phone": address["phone"],
        "latitude": None,
        "longitude": None,
        "coordinatesValidated": False,
        "validationResultSummary": "NO_ISSUES" if address["zip"] else "WARNING",
        "timeZone": None,
        "formattedArea": ", ".join(part for part in (address["city"], address["province_code"]) if part) or None,
        "formatted": lambda _info, **_arguments: [line for line in lines if line],
    }


def destination(address: Mapping[str, Any] | None, number: int) -> Document | None:
    """Return where a fulfillment order is to go."""
    if address is None:
        return None
    return {
        "__typename": "FulfillmentOrderDestination",
        "id": gid("FulfillmentOrderDestination", number),
        "firstName": address["first_name"],
        "lastName": address["last_name"],
        "company": address["company"],
        "address1": address["address1"],
        "address2": address["address2"],
        "city": address["city"],
        "province": address["province"],
        "zip": address["zip"],
        "countryCode": address["country_code"],
        "phone": address["phone"],
        "email": address.get("email"),
        "location": None,
    }


def customer(order: Mapping[str, Any]) -> Document:
    """Return who bought."""
    address = order["billing"] or {"first_name": None, "last_name": None, "phone": None}
    email, phone = order["email"], address["phone"]
    return {
        "__typename": "Customer",
        "id": gid("Customer", order["customer_id"]),
        "legacyResourceId": str(order["customer_id"]),
        "displayName": full_name(address) or email or "",
        "firstName": address["first_name"],
        "lastName": address["last_name"],
        "email": email,
        "phone": phone,
        "defaultEmailAddress": {"emailAddress": email} if email else None,
        "defaultPhoneNumber": {"phoneNumber": phone} if phone else None,
        "locale": "en",
        "note": None,
        "tags": [],
        "taxExempt": False,
        "verifiedEmail": bool(email),
        "createdAt": order["created_at"],
        "updatedAt": order["created_at"],
    }


def shipping_line(order: Mapping[str, Any]) -> Document | None:
    """Return the buyer's choice of shipping."""
    shipping = order["shipping"]
    if not shipping:
        return None
    price = money_bag(dict(order), Decimal(shipping["price"]))
    return {
        "id": gid("ShippingLine", shipping["id"]),
        "title": shipping["title"],
        "code": shipping["code"],
        "carrierIdentifier": None,
        "source": "shopify",
        "phone": None,
        "custom": False,
        "isRemoved": False,
        "deliveryCategory": None,
        "shippingRateHandle": None,
        "originalPriceSet": price,
        "discountedPriceSet": price,
        "currentDiscountedPriceSet": price,
        "taxLines": [],
    }


def tax_lines(order: Mapping[str, Any], amount: Decimal) -> list[Document]:
    """Return the tax in one line, or no line when there is none."""
    rate = Decimal(order["tax_rate"])
    if not rate:
        return []
    return [
        {
            "title": "Sales Tax",
            "rate": float(rate),
            "ratePercentage": float(rate * 100),
            "priceSet": money_bag(dict(order), cents(amount)),
            "channelLiable": False,
            "source": "Shopify",
        }
    ]


def transactions(order: Mapping[str, Any], total: Decimal) -> list[Document]:
    """Return the payment."""
    status = order["financial_status"]
    return [
        {
            "__typename": "OrderTransaction",
            "id": gid("OrderTransaction", order["transaction_id"]),
            "kind": "AUTHORIZATION" if status in {"AUTHORIZED", "EXPIRED", "VOIDED"} else "SALE",
            "status": "PENDING" if status == "PENDING" else "SUCCESS",
            "gateway": order["gateway"],
            "formattedGateway": order["gateway"],
            "manualPaymentGateway": order["manual_gateway"],
            "amountSet": money_bag(dict(order), total),
            "createdAt": order["created_at"],
            "processedAt": order["processed_at"],
            "test": order["test"],
            "parentTransaction": None,
            "errorCode": None,
            "paymentId": None,
            "authorizationExpiresAt": None,
        }
    ]


def localized_fields(order: Mapping[str, Any]) -> list[Document]:
    """Return tax ids and the like."""
    return [
        {
            "id": index,
            "key": key,
            "value": value,
            "countryCode": key.rpartition("_")[2],
            "purpose": "TAX" if key.startswith("TAX_") else "SHIPPING",
            "title": key,
        }
        for index, (key, value) in enumerate(order["localized_fields"].items(), start=1)
    ]


def delivery_method(order: Mapping[str, Any], entry: Mapping[str, Any]) -> Document:
    """Return how a fulfillment order is to travel."""
    shipping = order["shipping"] if entry["method_type"] == "SHIPPING" else None
    return {
        "__typename": "DeliveryMethod",
        "id": gid("DeliveryMethod", entry["method_id"]),
        "methodType": entry["method_type"],
        "serviceCode": shipping["code"] if shipping else None,
        "presentedName": shipping["title"] if shipping else None,
        "minDeliveryDateTime": None,
        "maxDeliveryDateTime": entry["deliver_by"],
        "sourceReference": None,
        "additionalInformation": None,
        "brandedPromise": None,
    }


def international_duties(entry: Mapping[str, Any]) -> Document | None:
    """Return who pays duties; only parcels that leave the country have it."""
    there = entry["destination"]
    return {"incoterm": "DAP"} if there and there["country_code"] != "US" else None


def hold(entry: Mapping[str, Any]) -> Document:
    """Return a hold."""
    return {
        "__typename": "FulfillmentHold",
        "id": gid("FulfillmentHold", entry["id"]),
        "reason": entry["reason"],
        "reasonNotes": entry["notes"],
        "handle": entry["handle"] or None,
        "displayReason": HOLD_TITLES.get(entry["reason"], entry["reason"]),
        "heldByRequestingApp": entry["own"],
        "heldByApp": app() if entry["own"] else None,
    }


def app() -> Document:
    """Return the app that asks."""
    return {
        "__typename": "App",
        "id": gid("App", APP_ID),
        "title": "cartcarrier",
        "handle": "cartcarrier",
        "apiKey": "key",
    }


def event(entry: Mapping[str, Any]) -> Document:
    """Return a tracking event."""
    return {
        "__typename": "FulfillmentEvent",
        "id": gid("FulfillmentEvent", entry["id"]),
        "status": entry["status"],
        "happenedAt": entry["happened_at"],
        "createdAt": entry["created_at"],
        "estimatedDeliveryAt": entry["estimated_delivery_at"],
        **{name: entry[name] for name in ("message", "address1", "city", "province", "country", "zip")},
        "latitude": entry["latitude"],
        "longitude": entry["longitude"],
    }


def display_status(entry: Mapping[str, Any]) -> str:
    """Return a fulfillment's status for people: its last event's, where there is one."""
    if entry["status"] == "CANCELLED":
        return "CANCELED"
    if entry["events"]:
        return str(max(entry["events"], key=lambda row: (row["happened_at"], row["id"]))["status"])
    return "FULFILLED"


def origin_address(origin: Mapping[str, Any] | None) -> Document | None:
    """Return where a fulfillment left from, when the app said so."""
    if not origin:
        return None
    return {name: origin.get(name) for name in ("address1", "address2", "city", "countryCode", "provinceCode", "zip")}


def location_address(row: Mapping[str, Any]) -> Document:
    """Return a location's address."""
    lines = [row["address1"], f"{row['city']} {row['province_code']} {row['zip']}", row["country_code"]]
    return {
        "address1": row["address1"],
        "address2": None,
        "city": row["city"],
        "country": row["country"],
        "countryCode": row["country_code"],
        "formatted": lines,
        "latitude": None,
        "longitude": None,
        "phone": None,
        "province": row["province"],
        "provinceCode": row["province_code"],
        "zip": row["zip"],
    }


def shop_address(row: Mapping[str, Any]) -> Document:
    """Return the shop's own address: that of its first location."""
    return {
        "__typename": "ShopAddress",
        "id": gid("ShopAddress", 1),
        "company": "cartcarrier sandbox",
        **{key: value for key, value in location_address(row).items() if key != "formatted"},
        "countryCodeV2": row["country_code"],
        "formattedArea": f"{row['city']} {row['province_code']}",
        "coordinatesValidated": False,
        "formatted": lambda _info, **_arguments: [row["address1"], row["city"]],
    }
