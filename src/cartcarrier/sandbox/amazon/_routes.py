"""The operations: their paths, usage plans and roles.

Rates and bursts are those of the published descriptions (field guide amazon.md §9).
"""

import re
from typing import Final
from urllib.parse import unquote

import attrs

ORDER_TRACKING: Final = "inventory_and_order_tracking"
DIRECT_TO_CONSUMER: Final = "direct_to_consumer"
TAX_INVOICING: Final = "tax_invoicing"
TAX_REMITTANCE: Final = "tax_remittance"
PRODUCT_LISTING: Final = "product_listing"
AMAZON_FULFILLMENT: Final = "amazon_fulfillment"
AMAZON_LOGISTICS: Final = "amazon_logistics"
ROLES: Final = (
    ORDER_TRACKING,
    DIRECT_TO_CONSUMER,
    TAX_INVOICING,
    TAX_REMITTANCE,
    PRODUCT_LISTING,
    AMAZON_FULFILLMENT,
    AMAZON_LOGISTICS,
)
_SHIPPING_ROLES: Final = (DIRECT_TO_CONSUMER, AMAZON_LOGISTICS)


@attrs.frozen
class Plan:
    """A usage plan.

    Attributes:
        rate: Calls that flow back in a second.
        burst: Calls that the full bucket holds.
    """

    rate: float
    burst: float


@attrs.frozen(kw_only=True)
class Operation:
    """One operation of the API.

    Attributes:
        name: How faults, counters and plans call it; v0 operations whose name v2026 has too end in ``V0``.
        method: The HTTP method.
        template: The path, with names in braces.
        plan: Its usage plan.
        roles: One of them is needed; none are needed if empty.
        grantless: Whether it takes a token of the application itself, and no seller's.
        unauthorized: The status for a missing or unknown token.
        sandbox_only: Whether it exists in the sandbox alone.
    """

    name: str
    method: str
    template: str
    plan: Plan
    roles: tuple[str, ...] = ()
    grantless: bool = False
    unauthorized: int = 403
    sandbox_only: bool = False


def _v0(
    name: str, path: str, plan: Plan, *, method: str = "GET", roles: tuple[str, ...], unauthorized: int = 403
) -> Operation:
    return Operation(
        name=name,
        method=method,
        template=f"/orders/v0/orders{path}",
        plan=plan,
        roles=roles,
        unauthorized=unauthorized,
    )


def _feeds(name: str, method: str, path: str, plan: Plan) -> Operation:
    return Operation(
        name=name,
        method=method,
        template=f"/feeds/2021-06-30{path}",
        plan=plan,
        roles=(ORDER_TRACKING, PRODUCT_LISTING),
        unauthorized=403 if name == "createFeedDocument" else 401,
    )


def _notifications(name: str, method: str, path: str, *, grantless: bool) -> Operation:
    return Operation(
        name=name, method=method, template=f"/notifications/v1{path}", plan=Plan(1, 5), grantless=grantless
    )


def _shipping(name: str, method: str, path: str) -> Operation:
    return Operation(
        name=name,
        method=method,
        template=f"/shipping/v2{path}",
        plan=Plan(80, 100),
        roles=_SHIPPING_ROLES,
        unauthorized=401,
    )


def _outbound(name: str, method: str, path: str, *, sandbox_only: bool = False) -> Operation:
    return Operation(
        name=name,
        method=method,
        template=f"/fba/outbound/2020-07-01{path}",
        plan=Plan(2, 30),
        roles=(AMAZON_FULFILLMENT,),
        unauthorized=401,
        sandbox_only=sandbox_only,
    )


_READ: Final = Plan(0.5, 30)
_ORDERS: Final = (ORDER_TRACKING,)

OPERATIONS: Final[tuple[Operation, ...]] = (
    Operation(
        name="createRestrictedDataToken",
        method="POST",
        template="/tokens/2021-03-01/restrictedDataToken",
        plan=Plan(1, 10),
        unauthorized=401,
    ),
    Operation(
        name="getMarketplaceParticipations",
        method="GET",
        template="/sellers/v1/marketplaceParticipations",
        plan=Plan(0.016, 15),
    ),
    Operation(
        name="searchOrders",
        method="GET",
        template="/orders/2026-01-01/orders",
        plan=Plan(0.0056, 20),
        roles=_ORDERS,
    ),
    Operation(name="getOrder", method="GET", template="/orders/2026-01-01/orders/{orderId}", plan=_READ, roles=_ORDERS),
    _v0("getOrdersV0", "", Plan(0.0167, 20), roles=_ORDERS),
    _v0("getOrderV0", "/{orderId}", _READ, roles=_ORDERS),
    _v0("getOrderItemsV0", "/{orderId}/orderItems", _READ, roles=_ORDERS),
    _v0("getOrderAddressV0", "/{orderId}/address", _READ, roles=_ORDERS),
    _v0("getOrderBuyerInfoV0", "/{orderId}/buyerInfo", _READ, roles=_ORDERS),
    _v0("getOrderItemsBuyerInfoV0", "/{orderId}/orderItems/buyerInfo", _READ, roles=_ORDERS),
    _v0("getOrderRegulatedInfo", "/{orderId}/regulatedInfo", _READ, roles=(DIRECT_TO_CONSUMER,)),
    _v0(
        "confirmShipment",
        "/{orderId}/shipmentConfirmation",
        Plan(2, 10),
        method="POST",
        roles=_ORDERS,
        unauthorized=401,
    ),
    Operation(
        name="patchListingsItem",
        method="PATCH",
        template="/listings/2021-08-01/items/{sellerId}/{sku}",
        plan=Plan(5, 5),
        roles=(PRODUCT_LISTING,),
    ),
    Operation(
        name="getListingsItem",
        method="GET",
        template="/listings/2021-08-01/items/{sellerId}/{sku}",
        plan=Plan(5, 10),
        roles=(PRODUCT_LISTING,),
    ),
    Operation(
        name="searchListingsItems",
        method="GET",
        template="/listings/2021-08-01/items/{sellerId}",
        plan=Plan(5, 5),
        roles=(PRODUCT_LISTING,),
    ),
    _feeds("createFeedDocument", "POST", "/documents", Plan(0.5, 15)),
    _feeds("getFeedDocument", "GET", "/documents/{feedDocumentId}", Plan(0.0222, 10)),
    _feeds("createFeed", "POST", "/feeds", Plan(0.0083, 15)),
    _feeds("getFeeds", "GET", "/feeds", Plan(0.0222, 10)),
    _feeds("getFeed", "GET", "/feeds/{feedId}", Plan(2, 15)),
    _feeds("cancelFeed", "DELETE", "/feeds/{feedId}", Plan(2, 15)),
    Operation(
        name="getInventorySummaries",
        method="GET",
        template="/fba/inventory/v1/summaries",
        plan=Plan(2, 2),
        roles=(AMAZON_FULFILLMENT,),
    ),
    _notifications("createDestination", "POST", "/destinations", grantless=True),
    _notifications("getDestinations", "GET", "/destinations", grantless=True),
    _notifications("getDestination", "GET", "/destinations/{destinationId}", grantless=True),
    _notifications("deleteDestination", "DELETE", "/destinations/{destinationId}", grantless=True),
    _notifications("getSubscriptions", "GET", "/subscriptions", grantless=False),
    _notifications("createSubscription", "POST", "/subscriptions/{notificationType}", grantless=False),
    _notifications("getSubscription", "GET", "/subscriptions/{notificationType}", grantless=False),
    _notifications("getSubscriptionById", "GET", "/subscriptions/{notificationType}/{subscriptionId}", grantless=True),
    _notifications(
        "deleteSubscriptionById", "DELETE", "/subscriptions/{notificationType}/{subscriptionId}", grantless=True
    ),
    _shipping("getRates", "POST", "/shipments/rates"),
    _shipping("purchaseShipment", "POST", "/shipments"),
    _shipping("directPurchaseShipment", "POST", "/shipments/directPurchase"),
    _shipping("oneClickShipment", "POST", "/oneClickShipment"),
    _shipping("getAdditionalInputs", "GET", "/shipments/additionalInputs/schema"),
    _shipping("getShipmentDocuments", "GET", "/shipments/{shipmentId}/documents"),
    _shipping("cancelShipment", "PUT", "/shipments/{shipmentId}/cancel"),
    _shipping("getTracking", "GET", "/tracking"),
    _outbound("getFulfillmentPreview", "POST", "/fulfillmentOrders/preview"),
    _outbound("createFulfillmentOrder", "POST", "/fulfillmentOrders"),
    _outbound("listAllFulfillmentOrders", "GET", "/fulfillmentOrders"),
    _outbound("getFulfillmentOrder", "GET", "/fulfillmentOrders/{sellerFulfillmentOrderId}"),
    _outbound("updateFulfillmentOrder", "PUT", "/fulfillmentOrders/{sellerFulfillmentOrderId}"),
    _outbound("cancelFulfillmentOrder", "PUT", "/fulfillmentOrders/{sellerFulfillmentOrderId}/cancel"),
    _outbound(
        "submitFulfillmentOrderStatusUpdate",
        "PUT",
        "/fulfillmentOrders/{sellerFulfillmentOrderId}/status",
        sandbox_only=True,
    ),
    _outbound("getPackageTrackingDetails", "GET", "/tracking"),
)
BY_NAME: Final = {operation.name: operation for operation in OPERATIONS}

UPLOAD_PATH: Final = "/tortuga/"
TOKEN_PATH: Final = "/auth/o2/token"  # noqa: S105 - a path
_PREFIX: Final = re.compile(r"^(?:/amazon)?(?P<sandbox>/sandbox)?(?:/(?P<region>na|eu|fe))?(?=/)")


@attrs.frozen(kw_only=True)
class Place:
    """Where a path leads, when the simulator is served below one address.

    Attributes:
        path: The platform's own path, still percent-encoded.
        region: The region that stands in front of it, if one does.
        sandbox: Whether Amazon's sandbox is meant.
    """

    path: str
    region: str | None
    sandbox: bool


def read_place(path: str) -> Place:
    """Take the optional ``/amazon``, ``/sandbox`` and region away from the front of a path."""
    match = _PREFIX.match(path)
    if match is None:
        return Place(path=path, region=None, sandbox=False)
    return Place(path=path[match.end() :], region=match["region"], sandbox=match["sandbox"] is not None)


def find_operation(method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """Find the operation of a percent-encoded path, with its parameters decoded.

    A slash inside a parameter must be encoded: unencoded, it makes another path, which nobody answers (guide §8.13).
    """
    segments = path.split("/")
    for operation in OPERATIONS:
        if operation.method != method:
            continue
        pattern = operation.template.split("/")
        if len(pattern) != len(segments):
            continue
        if all(p == s or (p.startswith("{") and s) for p, s in zip(pattern, segments, strict=True)):
            names = {p[1:-1]: unquote(s) for p, s in zip(pattern, segments, strict=True) if p.startswith("{")}
            return operation, names
    return None


def name_operation(method: str, path: str) -> str:
    """Name what a decoded path is for, as faults and counters call it."""
    place = read_place(path)
    if place.path == TOKEN_PATH:
        return "token"
    if place.path.startswith(UPLOAD_PATH):
        return "upload" if method == "PUT" else "download"
    found = find_operation(method, place.path)
    if found is not None:
        return found[0].name
    if place.path.startswith("/listings/2021-08-01/items/"):  # a SKU with a slash in it, decoded
        return "patchListingsItem" if method == "PATCH" else "getListingsItem"
    return "unknown"
