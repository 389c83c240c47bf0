"""Tables: Shopify's words and ours (field guide shopify.md §5, §9, §10.3, §18)."""

from enum import StrEnum
from typing import Final

from cartcarrier.models import FulfillmentStatus, PaymentStatus, TrackingReason, TrackingStatus, WeightUnit

PAYMENT_STATUS: Final = {
    "PENDING": PaymentStatus.PENDING,
    "AUTHORIZED": PaymentStatus.AUTHORIZED,
    "PARTIALLY_PAID": PaymentStatus.PARTIALLY_PAID,
    "PAID": PaymentStatus.PAID,
    "PARTIALLY_REFUNDED": PaymentStatus.PARTIALLY_REFUNDED,
    "REFUNDED": PaymentStatus.REFUNDED,
    "VOIDED": PaymentStatus.VOIDED,
    "EXPIRED": PaymentStatus.EXPIRED,
}

WEIGHT_UNIT: Final = {
    "GRAMS": WeightUnit.GRAM,
    "KILOGRAMS": WeightUnit.KILOGRAM,
    "OUNCES": WeightUnit.OUNCE,
    "POUNDS": WeightUnit.POUND,
}

LIVE_FULFILLMENTS: Final = frozenset({"SUCCESS", "OPEN", "PENDING"})
"""What still stands; the last two are old names (field guide shopify.md §18.5)."""

FULFILLMENT_STATUS: Final = {
    "SUCCESS": FulfillmentStatus.ACTIVE,
    "OPEN": FulfillmentStatus.ACTIVE,
    "PENDING": FulfillmentStatus.ACTIVE,
    "CANCELLED": FulfillmentStatus.CANCELLED,
    "ERROR": FulfillmentStatus.FAILED,
    "FAILURE": FulfillmentStatus.FAILED,
}

# --- fulfillment orders (§9) ---

OPEN_STATUSES: Final = frozenset({"OPEN", "IN_PROGRESS"})
WAITING_STATUSES: Final = frozenset({"ON_HOLD", "SCHEDULED", "INCOMPLETE"})
OVER_STATUSES: Final = frozenset({"CLOSED", "CANCELLED"})
KNOWN_STATUSES: Final = OPEN_STATUSES | WAITING_STATUSES | OVER_STATUSES
# Pieces in these are still to be shipped (§18.3); INCOMPLETE was given up by its service and may come again.
COUNTED_STATUSES: Final = OPEN_STATUSES | frozenset({"ON_HOLD", "SCHEDULED"})
# All but these want a carrier's label (§9): picked up, driven by the merchant, handed over in a shop, not a thing at all.
NO_PARCEL_METHODS: Final = frozenset({"PICK_UP", "LOCAL", "RETAIL", "NONE"})

DONE_DISPLAY: Final = frozenset({"FULFILLED", "FULFILLMENT_NOT_REQUIRED"})
KNOWN_DISPLAY: Final = DONE_DISPLAY | frozenset(
    {
        "UNFULFILLED",
        "PARTIALLY_FULFILLED",
        "IN_PROGRESS",
        "ON_HOLD",
        "SCHEDULED",
        "REQUEST_DECLINED",
        "OPEN",
        "PENDING_FULFILLMENT",
        "RESTOCKED",
    }
)

# --- tracking (§18.4) ---

# Reading.
TRACKING_STATUS: Final = {
    "LABEL_PURCHASED": TrackingStatus.PRE_TRANSIT,
    "LABEL_PRINTED": TrackingStatus.PRE_TRANSIT,
    "CONFIRMED": TrackingStatus.PRE_TRANSIT,
    "SUBMITTED": TrackingStatus.PRE_TRANSIT,
    "FULFILLED": TrackingStatus.PRE_TRANSIT,
    "MARKED_AS_FULFILLED": TrackingStatus.PRE_TRANSIT,
    "CARRIER_PICKED_UP": TrackingStatus.IN_TRANSIT,
    "IN_TRANSIT": TrackingStatus.IN_TRANSIT,
    "DELAYED": TrackingStatus.IN_TRANSIT,
    "OUT_FOR_DELIVERY": TrackingStatus.OUT_FOR_DELIVERY,
    "ATTEMPTED_DELIVERY": TrackingStatus.DELIVERY_ATTEMPTED,
    "READY_FOR_PICKUP": TrackingStatus.AVAILABLE_FOR_PICKUP,
    "DELIVERED": TrackingStatus.DELIVERED,
    "PICKED_UP": TrackingStatus.DELIVERED,
    "FAILURE": TrackingStatus.EXCEPTION,
    "NOT_DELIVERED": TrackingStatus.EXCEPTION,
    "CANCELED": TrackingStatus.CANCELLED,
    "LABEL_VOIDED": TrackingStatus.CANCELLED,
}

# Writing. CANCELLED and UNKNOWN are not posted.
EVENT_STATUS: Final = {
    TrackingStatus.PRE_TRANSIT: "LABEL_PRINTED",
    TrackingStatus.IN_TRANSIT: "IN_TRANSIT",
    TrackingStatus.OUT_FOR_DELIVERY: "OUT_FOR_DELIVERY",
    TrackingStatus.AVAILABLE_FOR_PICKUP: "READY_FOR_PICKUP",
    TrackingStatus.DELIVERY_ATTEMPTED: "ATTEMPTED_DELIVERY",
    TrackingStatus.DELIVERED: "DELIVERED",
    TrackingStatus.EXCEPTION: "DELAYED",
    TrackingStatus.RETURN_TO_SENDER: "FAILURE",
    TrackingStatus.RETURNED: "FAILURE",
}
# An exception for one of these reasons is the end: nothing will be delivered.
FINAL_REASONS: Final = frozenset({TrackingReason.LOST, TrackingReason.DAMAGED, TrackingReason.REFUSED})

# --- carriers (§10.3): exact spelling makes links and automatic tracking ---

COMPANY: Final = {
    "ups": "UPS",
    "usps": "USPS",
    "fedex": "FedEx",
    "amazon-shipping": "Amazon",
    "amazon-buy-shipping": "Amazon",
    "amazon": "Amazon",
    "dhl": "DHL Express",
    "dhl-express": "DHL Express",
    "dhl-ecommerce": "DHL eCommerce",
    "canada-post": "Canada Post",
    "purolator": "Purolator",
    "canpar": "Canpar",
    "ontrac": "OnTrac",
    "lasership": "Lasership",
    "royal-mail": "Royal Mail",
    "evri": "Evri",
    "dpd": "DPD",
    "dpd-uk": "DPD UK",
    "deutsche-post": "Deutsche Post",
    "gls": "GLS",
    "bpost": "BPost",
    "postnl": "PostNL",
    "chronopost": "Chronopost",
    "colissimo": "Colissimo",
    "mondial-relay": "Mondial Relay",
    "correos": "Correos",
    "poste-italiane": "Poste Italiane",
    "swiss-post": "Swiss Post",
    "australia-post": "Australia Post",
    "startrack": "StarTrack",
    "sendle": "Sendle",
    "new-zealand-post": "New Zealand Post",
    "singapore-post": "Singapore Post",
    "china-post": "China Post",
    "4px": "4PX",
    "yunexpress": "YunExpress",
    "sf-express": "SF Express",
    "tnt": "TNT",
}
"""Names of carriers, as ours and others' drivers write them, in Shopify's spelling."""

_BY_COMPANY: Final = {company.casefold(): driver for driver, company in reversed(COMPANY.items())}


def company_name(carrier: str) -> str:
    """Return a carrier in Shopify's spelling. Whatever Shopify does not know passes as it is.

    Args:
        carrier: A driver's name (``"ups"``), an account's key (``"ups:eu"``), or a company's name in any case.
    """
    name = carrier.partition(":")[0].strip()
    key = name.casefold().replace(" ", "-").replace("_", "-")
    return COMPANY.get(key, name)


def carrier_name(company: str | None) -> str:
    """Return the driver's name for a company that Shopify names; ``"unknown"`` when it names none."""
    if company is None or not company.strip():
        return "unknown"
    return _BY_COMPANY.get(company.strip().casefold(), company.strip())


# --- cancellation ---

CANCEL_REASONS: Final = frozenset({"CUSTOMER", "DECLINED", "FRAUD", "INVENTORY", "OTHER", "STAFF"})

# --- errors (§5.3) ---


class Kind(StrEnum):
    """What an error code means for the caller."""

    RATE_LIMIT = "rate_limit"
    TOO_COSTLY = "too_costly"
    PERMISSION = "permission"
    UNAVAILABLE = "unavailable"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    REJECTED = "rejected"


ERROR_KIND: Final = {
    "THROTTLED": Kind.RATE_LIMIT,
    "MAX_COST_EXCEEDED": Kind.TOO_COSTLY,
    "ACCESS_DENIED": Kind.PERMISSION,
    "SHOP_INACTIVE": Kind.PERMISSION,
    "FORBIDDEN": Kind.PERMISSION,
    "INTERNAL_SERVER_ERROR": Kind.UNAVAILABLE,
    "TIMEOUT": Kind.UNAVAILABLE,
    "SERVICE_UNAVAILABLE": Kind.UNAVAILABLE,
    "NOT_FOUND": Kind.NOT_FOUND,
    "RESOURCE_NOT_FOUND": Kind.NOT_FOUND,
    "BAD_REQUEST": Kind.REJECTED,
    "INVALID_FIELD_ARGUMENTS": Kind.REJECTED,
    "INTERNAL_ERROR": Kind.UNAVAILABLE,
    "INVALID": Kind.REJECTED,
    "NO_REFUND_PERMISSION": Kind.PERMISSION,
    "NO_REFUND_TO_STORE_CREDIT_PERMISSION": Kind.PERMISSION,
    "STORE_CREDIT_REFUND_B2B_NOT_SUPPORTED": Kind.REJECTED,
    "STORE_CREDIT_REFUND_EXPIRATION_IN_PAST": Kind.REJECTED,
    "STORE_CREDIT_REFUND_MISSING_CUSTOMER": Kind.REJECTED,
}
"""Codes of top-level errors and of user errors. An unknown one is a refusal."""

HTTP_KIND: Final = {
    402: (Kind.PERMISSION, "the shop is frozen for want of payment"),
    403: (Kind.PERMISSION, "the shop does not allow it: a scope, a permission, or the shop is closed"),
    423: (Kind.PERMISSION, "the shop is locked; ask Shopify's support"),
    430: (Kind.PERMISSION, "Shopify's security refuses our requests; stop sending"),
}
"""Statuses that mean something of their own here (field guide shopify.md §5.2)."""

# --- scopes (§4) ---

READ_SHARES: Final = (
    "read_merchant_managed_fulfillment_orders",
    "read_assigned_fulfillment_orders",
    "read_third_party_fulfillment_orders",
    "read_marketplace_fulfillment_orders",
)
WRITE_SHARES: Final = (
    "write_merchant_managed_fulfillment_orders",
    "write_assigned_fulfillment_orders",
    "write_third_party_fulfillment_orders",
)
ABILITY_SCOPES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "orders": (("read_orders", "read_marketplace_orders"), READ_SHARES),
    "fulfill": (("read_orders", "read_marketplace_orders"), READ_SHARES, WRITE_SHARES),
    "fulfillments": (("read_orders", "read_marketplace_orders"),),
    "changes": (WRITE_SHARES,),
    "tracking": (("write_fulfillments",),),
    "cancel": (("write_orders", "write_marketplace_orders"), READ_SHARES),
    "cancel_requests": (("write_assigned_fulfillment_orders",),),
    "inventory": (("read_inventory",), ("read_locations",)),
    "set_inventory": (("write_inventory",), ("read_locations",)),
    "requests": (("read_assigned_fulfillment_orders",),),
    "answers": (("write_assigned_fulfillment_orders",),),
}
"""For each ability, the scopes it needs: one of each group."""


# --- webhooks (§15) ---

TOPIC_FAMILIES: Final = frozenset(
    {
        "app",
        "app_subscriptions",
        "bulk_operations",
        "customers",
        "draft_orders",
        "fulfillment_events",
        "fulfillment_holds",
        "fulfillment_orders",
        "fulfillments",
        "inventory_items",
        "inventory_levels",
        "inventory_shipments",
        "inventory_transfers",
        "locations",
        "order_transactions",
        "orders",
        "products",
        "refunds",
        "returns",
        "reverse_deliveries",
        "reverse_fulfillment_orders",
        "shop",
        "variants",
    }
)
"""First parts of topics, where the word of the schema has an underscore for the slash."""

_ORDERS: Final = ("read_orders", "read_marketplace_orders", "read_buyer_membership_orders")
TOPIC_SCOPES: Final[dict[str, tuple[str, ...]]] = {
    "orders": _ORDERS,
    "orders/create": _ORDERS[:2],
    "orders/delete": _ORDERS[:1],
    "orders/fulfilled": _ORDERS[:2],
    "orders/paid": _ORDERS[:2],
    "orders/partially_fulfilled": _ORDERS[:2],
    "orders/risk_assessment_changed": _ORDERS[:1],
    "refunds": _ORDERS,
    "order_transactions": _ORDERS,
    "fulfillments": ("read_fulfillments", "read_marketplace_orders"),
    "fulfillment_events": ("read_fulfillments",),
    "fulfillment_orders": (*READ_SHARES, "read_buyer_membership_orders"),
    "fulfillment_holds": READ_SHARES,
    "inventory_levels": ("read_inventory",),
    "inventory_items": ("read_inventory", "read_products"),
    "locations": ("read_locations",),
    "products": ("read_products",),
    "variants": ("read_products",),
}
"""Of which scopes a topic needs one, by topic or by its first part; the schema's texts say so."""

REJECTION_REASONS: Final = frozenset(
    {
        "INCORRECT_ADDRESS",
        "INCORRECT_PRODUCT_INFO",
        "INELIGIBLE_PRODUCT",
        "INTERNATIONAL_SHIPPING_UNAVAILABLE",
        "INVALID_CONTACT_INFORMATION",
        "INVALID_SKU",
        "INVENTORY_OUT_OF_STOCK",
        "MERCHANT_BLOCKED_OR_SUSPENDED",
        "MISSING_CUSTOMS_INFO",
        "ORDER_TOO_LARGE",
        "OTHER",
        "PACKAGE_PREFERENCE_NOT_SET",
        "PAYMENT_DECLINED",
        "UNDELIVERABLE_DESTINATION",
    }
)
"""Why a fulfillment service declines a request (§13)."""


def with_implied(scopes: frozenset[str]) -> frozenset[str]:
    """Return the scopes with what they imply: whoever may write may read."""
    return scopes | {f"read_{scope.removeprefix('write_')}" for scope in scopes if scope.startswith("write_")}
