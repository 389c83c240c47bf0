"""The operations of this driver with their usage plans (field guide amazon.md §9)."""

from typing import Final

from cartcarrier.platforms.amazon import Grant, Operation

_ORDERS: Final = "/orders/2026-01-01/orders"
_ORDERS_V0: Final = "/orders/v0/orders/{orderId}"
_LISTINGS: Final = "/listings/2021-08-01/items/{sellerId}"
_FEEDS: Final = "/feeds/2021-06-30"
_NOTICES: Final = "/notifications/v1"

SEARCH_ORDERS: Final = Operation(id="searchOrders", method="GET", template=_ORDERS, rate=0.0056, burst=20)
# What is read before buying and confirming must not wait for what is read to know more.
GET_ORDER: Final = Operation(
    id="getOrder", method="GET", template=f"{_ORDERS}/{{orderId}}", rate=0.5, burst=30, reserve=0.2
)
# The same body twice does no harm, but its outcome is looked at before it is sent again: the driver does not repeat it itself.
CONFIRM_SHIPMENT: Final = Operation(
    id="confirmShipment", method="POST", template=f"{_ORDERS_V0}/shipmentConfirmation", rate=2, burst=10, safe=False
)
GET_REGULATED_INFO: Final = Operation(
    id="getOrderRegulatedInfo",
    method="GET",
    template=f"{_ORDERS_V0}/regulatedInfo",
    rate=0.5,
    burst=30,
    grant=Grant.RESTRICTED,
)
# Quantities are absolute, so a repeat does no harm.
PATCH_LISTING: Final = Operation(
    id="patchListingsItem", method="PATCH", template=f"{_LISTINGS}/{{sku}}", rate=5, burst=5
)
GET_LISTING: Final = Operation(id="getListingsItem", method="GET", template=f"{_LISTINGS}/{{sku}}", rate=5, burst=10)
SEARCH_LISTINGS: Final = Operation(id="searchListingsItems", method="GET", template=_LISTINGS, rate=5, burst=5)
GET_SUMMARIES: Final = Operation(
    id="getInventorySummaries", method="GET", template="/fba/inventory/v1/summaries", rate=2, burst=2
)
CREATE_FEED_DOCUMENT: Final = Operation(
    id="createFeedDocument", method="POST", template=f"{_FEEDS}/documents", rate=0.5, burst=15
)
CREATE_FEED: Final = Operation(
    id="createFeed", method="POST", template=f"{_FEEDS}/feeds", rate=0.0083, burst=15, safe=False
)
# Five in five minutes, per region, since 2025-05-06 (§3.2); what follows the path names the plan, and is not sent.
CREATE_LISTINGS_FEED: Final = Operation(
    id="createFeed:JSON_LISTINGS_FEED",
    method="POST",
    template=f"{_FEEDS}/feeds (JSON_LISTINGS_FEED)",
    rate=5 / 300,
    burst=5,
    safe=False,
)
GET_FEED: Final = Operation(id="getFeed", method="GET", template=f"{_FEEDS}/feeds/{{feedId}}", rate=2, burst=15)
GET_FEEDS: Final = Operation(id="getFeeds", method="GET", template=f"{_FEEDS}/feeds", rate=0.0222, burst=10)
GET_FEED_DOCUMENT: Final = Operation(
    id="getFeedDocument", method="GET", template=f"{_FEEDS}/documents/{{feedDocumentId}}", rate=0.0222, burst=10
)


def _notice(name: str, method: str, template: str, *, grantless: bool) -> Operation:
    grant = Grant.GRANTLESS if grantless else Grant.SELLER
    return Operation(
        id=name, method=method, template=_NOTICES + template, rate=1, burst=5, safe=method != "POST", grant=grant
    )


_SUBSCRIPTIONS: Final = "/subscriptions/{notificationType}"
CREATE_DESTINATION: Final = _notice("createDestination", "POST", "/destinations", grantless=True)
GET_DESTINATIONS: Final = _notice("getDestinations", "GET", "/destinations", grantless=True)
DELETE_DESTINATION: Final = _notice("deleteDestination", "DELETE", "/destinations/{destinationId}", grantless=True)
CREATE_SUBSCRIPTION: Final = _notice("createSubscription", "POST", _SUBSCRIPTIONS, grantless=False)
# All versions of a type, and those with a filter expression of somebody else's, which getSubscription leaves out.
GET_SUBSCRIPTIONS: Final = _notice("getSubscriptions", "GET", "/subscriptions", grantless=False)
DELETE_SUBSCRIPTION: Final = _notice(
    "deleteSubscriptionById", "DELETE", f"{_SUBSCRIPTIONS}/{{subscriptionId}}", grantless=True
)

OPERATIONS: Final = (
    SEARCH_ORDERS,
    GET_ORDER,
    CONFIRM_SHIPMENT,
    GET_REGULATED_INFO,
    PATCH_LISTING,
    GET_LISTING,
    SEARCH_LISTINGS,
    GET_SUMMARIES,
    CREATE_FEED_DOCUMENT,
    CREATE_FEED,
    CREATE_LISTINGS_FEED,
    GET_FEED,
    GET_FEEDS,
    GET_FEED_DOCUMENT,
    CREATE_DESTINATION,
    GET_DESTINATIONS,
    DELETE_DESTINATION,
    CREATE_SUBSCRIPTION,
    GET_SUBSCRIPTIONS,
    DELETE_SUBSCRIPTION,
)
