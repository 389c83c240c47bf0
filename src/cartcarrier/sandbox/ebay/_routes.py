"""Every operation: its path, whose token it takes, under which scopes, out of which daily quota (field guide §1, §2.4, §3.4)."""

import re
from collections.abc import Mapping
from functools import cache

import attrs

PREFIX = "https://api.ebay.com/oauth/api_scope"
BASE = PREFIX
EVERY_SCOPE = (
    BASE,
    *(
        f"{PREFIX}/{name}"
        for name in (
            "sell.account",
            "sell.account.readonly",
            "sell.fulfillment",
            "sell.fulfillment.readonly",
            "sell.finances",
            "sell.inventory",
            "sell.inventory.readonly",
            "sell.cancellation",
            "sell.cancellation.read",
            "sell.return",
            "sell.inquiry",
            "commerce.shipping",
            "commerce.message",
            "commerce.notification.subscription",
            "commerce.notification.subscription.readonly",
        )
    ),
)
FULFILLMENT, INVENTORY = "/sell/fulfillment/v1", "/sell/inventory/v1"
NOTIFICATION, KEYS = "/commerce/notification/v1", "/developer/key_management/v1"
ANALYTICS, CANCELLATION = "/developer/analytics/v1_beta", "/post-order/v2/cancellation"


@attrs.frozen(kw_only=True)
class Operation:
    """One operation.

    Attributes:
        name: What faults and counters call it; eBay's own method name where it has one.
        method: The HTTP method.
        path: The path template.
        host: ``api`` or ``apiz``.
        audience: Whose token it takes: ``user`` or ``app``.
        scopes: Any one of these suffices; none means that any consent does.
        resource: The daily quota that a call is taken from; ``None`` has none.
        signed: Whether EU and UK law wants a signature.
        scheme: What stands before the token in ``Authorization``.
        locale: Whether ``Accept-Language`` must name a locale.
        language: Whether ``Content-Language`` must.
    """

    name: str
    method: str
    path: str
    host: str = "api"
    audience: str = "user"
    scopes: tuple[str, ...] = ()
    resource: str | None = None
    signed: bool = False
    scheme: str = "bearer"
    locale: bool = False
    language: bool = False

    @property
    def post_order(self) -> bool:
        """Whether it is one of the old API, which words its errors in another way."""
        return self.scheme == "iaf"


def _scopes(*names: str) -> tuple[str, ...]:
    return tuple(f"{PREFIX}/{name}" for name in names)


def _fulfillment(name: str, method: str, path: str, *, reads: bool = True) -> Operation:
    scopes = _scopes("sell.fulfillment", "sell.fulfillment.readonly") if reads else _scopes("sell.fulfillment")
    return Operation(name=name, method=method, path=FULFILLMENT + path, scopes=scopes, resource="sell.fulfillment")


def _inventory(
    name: str, method: str, path: str, *, reads: bool = True, locale: bool = False, language: bool = False
) -> Operation:
    scopes = _scopes("sell.inventory", "sell.inventory.readonly") if reads else _scopes("sell.inventory")
    return Operation(
        name=name,
        method=method,
        path=INVENTORY + path,
        scopes=scopes,
        resource="sell.inventory",
        locale=locale,
        language=language,
    )


def _cancellation(name: str, method: str, path: str, *, signed: bool = False) -> Operation:
    return Operation(
        name=name,
        method=method,
        path=CANCELLATION + path,
        resource="post-order.cancellation",
        signed=signed,
        scheme="iaf",
    )


def _notification(name: str, method: str, path: str, *, audience: str = "app", reads: bool = False) -> Operation:
    wanted = ["commerce.notification.subscription", *(["commerce.notification.subscription.readonly"] if reads else [])]
    scopes = (BASE,) if audience == "app" else (BASE, *_scopes(*wanted))
    return Operation(
        name=name,
        method=method,
        path=NOTIFICATION + path,
        audience=audience,
        scopes=scopes,
        resource="commerce.notification",
    )


def _developer(name: str, method: str, path: str, *, host: str, audience: str, resource: str | None) -> Operation:
    scopes = (
        (BASE,)
        if audience == "app"
        else _scopes("sell.inventory", "sell.inventory.readonly", "sell.marketing", "sell.marketing.readonly")
    )
    return Operation(
        name=name, method=method, path=path, host=host, audience=audience, scopes=scopes, resource=resource
    )


OPERATIONS: tuple[Operation, ...] = (
    _fulfillment("getOrders", "GET", "/order"),
    _fulfillment("getOrder", "GET", "/order/{orderId}"),
    _fulfillment("createShippingFulfillment", "POST", "/order/{orderId}/shipping_fulfillment", reads=False),
    _fulfillment("getShippingFulfillments", "GET", "/order/{orderId}/shipping_fulfillment"),
    _fulfillment("getShippingFulfillment", "GET", "/order/{orderId}/shipping_fulfillment/{fulfillmentId}"),
    Operation(
        name="issueRefund",
        method="POST",
        path=f"{FULFILLMENT}/order/{{orderId}}/issue_refund",
        scopes=_scopes("sell.finances"),
        resource="sell.fulfillment.refund",
        signed=True,
    ),
    _cancellation("checkCancellationEligibility", "POST", "/check_eligibility"),
    _cancellation("searchCancellations", "GET", "/search"),
    _cancellation("createCancellation", "POST", "", signed=True),
    _cancellation("getCancellation", "GET", "/{cancelId}"),
    _cancellation("approveCancellation", "POST", "/{cancelId}/approve", signed=True),
    _cancellation("rejectCancellation", "POST", "/{cancelId}/reject"),
    _cancellation("confirmRefundReceived", "POST", "/{cancelId}/confirm"),
    _inventory("bulkUpdatePriceQuantity", "POST", "/bulk_update_price_quantity", reads=False),
    _inventory("bulkGetInventoryItem", "POST", "/bulk_get_inventory_item", locale=True),
    _inventory("bulkMigrateListing", "POST", "/bulk_migrate_listing", reads=False),
    _inventory("getInventoryItems", "GET", "/inventory_item", locale=True),
    _inventory("getInventoryItem", "GET", "/inventory_item/{sku}", locale=True),
    _inventory("createOrReplaceInventoryItem", "PUT", "/inventory_item/{sku}", reads=False, language=True),
    _inventory("deleteInventoryItem", "DELETE", "/inventory_item/{sku}", reads=False),
    _inventory("getOffers", "GET", "/offer", locale=True),
    _inventory("createOffer", "POST", "/offer", reads=False, language=True),
    _inventory("getOffer", "GET", "/offer/{offerId}", locale=True),
    _inventory("updateOffer", "PUT", "/offer/{offerId}", reads=False, language=True),
    _inventory("deleteOffer", "DELETE", "/offer/{offerId}", reads=False),
    _inventory("publishOffer", "POST", "/offer/{offerId}/publish", reads=False),
    _inventory("withdrawOffer", "POST", "/offer/{offerId}/withdraw", reads=False),
    _inventory("getInventoryLocations", "GET", "/location", locale=True),
    _inventory("getInventoryLocation", "GET", "/location/{merchantLocationKey}", locale=True),
    _notification("getConfig", "GET", "/config"),
    _notification("updateConfig", "PUT", "/config"),
    _notification("getDestinations", "GET", "/destination"),
    _notification("createDestination", "POST", "/destination"),
    _notification("getDestination", "GET", "/destination/{destinationId}"),
    _notification("updateDestination", "PUT", "/destination/{destinationId}"),
    _notification("deleteDestination", "DELETE", "/destination/{destinationId}"),
    _notification("getPublicKey", "GET", "/public_key/{publicKeyId}"),
    _notification("getTopics", "GET", "/topic"),
    _notification("getTopic", "GET", "/topic/{topicId}"),
    _notification("getSubscriptions", "GET", "/subscription", audience="user", reads=True),
    _notification("createSubscription", "POST", "/subscription", audience="user"),
    _notification("getSubscription", "GET", "/subscription/{subscriptionId}", audience="user", reads=True),
    _notification("updateSubscription", "PUT", "/subscription/{subscriptionId}", audience="user"),
    _notification("deleteSubscription", "DELETE", "/subscription/{subscriptionId}", audience="user"),
    _notification("enableSubscription", "POST", "/subscription/{subscriptionId}/enable", audience="user"),
    _notification("disableSubscription", "POST", "/subscription/{subscriptionId}/disable", audience="user"),
    _notification("testSubscription", "POST", "/subscription/{subscriptionId}/test", audience="user"),
    _notification("createSubscriptionFilter", "POST", "/subscription/{subscriptionId}/filter", audience="user"),
    _developer(
        "getRateLimits",
        "GET",
        f"{ANALYTICS}/rate_limit/",
        host="api",
        audience="app",
        resource="developer.analytics",
    ),
    _developer(
        "getUserRateLimits",
        "GET",
        f"{ANALYTICS}/user_rate_limit/",
        host="api",
        audience="user",
        resource="developer.analytics",
    ),
    _developer("createSigningKey", "POST", f"{KEYS}/signing_key", host="apiz", audience="app", resource=None),
    _developer("getSigningKeys", "GET", f"{KEYS}/signing_key", host="apiz", audience="app", resource=None),
    _developer(
        "getSigningKey", "GET", f"{KEYS}/signing_key/{{signingKeyId}}", host="apiz", audience="app", resource=None
    ),
)
TOKEN_PATH, CONSENT_PATH = "/identity/v1/oauth2/token", "/oauth2/authorize"
DECISION_PATH = "/oauth2/consent"


def find(method: str, path: str) -> tuple[Operation | None, dict[str, str], bool]:
    """Find the operation that a request is for.

    Returns:
        The operation, what its path's members are, and whether the path exists under another method.
    """
    known = False
    for pattern, operation in _patterns():
        if (match := pattern.fullmatch(path)) is not None:
            if operation.method == method:
                return operation, match.groupdict(), True
            known = True
    return None, {}, known


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], Operation], ...]:
    return tuple(
        (re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.path.rstrip("/")) + "/?"), operation)
        for operation in OPERATIONS
    )


QUOTAS: Mapping[str, tuple[str, str, str, int]] = {
    # resource: context, API, version, calls a day (field guide ebay.md §3.4, as seen live)
    "sell.fulfillment": ("sell", "Fulfillment", "v1", 100_000),
    "sell.fulfillment.refund": ("sell", "Fulfillment", "v1", 100_000),
    "sell.inventory": ("sell", "Inventory", "v1", 2_000_000),
    "post-order.cancellation": ("sell", "PostOrder", "v2", 5_000),
    "commerce.notification": ("commerce", "Notification", "v1", 10_000),
    "developer.analytics": ("developer", "Analytics", "v1_beta", 5_000),
}
GRANT_QUOTAS: Mapping[str, int] = {"client_credentials": 1_000, "authorization_code": 10_000, "refresh_token": 50_000}
