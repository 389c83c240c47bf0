"""Channels sell. Their interface; the built-in drivers are below, each in a package of its own."""

from cartcarrier.channels._interface import (
    Channel,
    SupportsFulfillment,
    SupportsFulfillmentChanges,
    SupportsInventory,
    SupportsOrderCancellation,
    SupportsOrders,
    SupportsTrackingUpdates,
)
from cartcarrier.drivers import SupportsAuthorization, SupportsSubscriptions, SupportsWebhooks

__all__ = [
    "Channel",
    "SupportsAuthorization",
    "SupportsFulfillment",
    "SupportsFulfillmentChanges",
    "SupportsInventory",
    "SupportsOrderCancellation",
    "SupportsOrders",
    "SupportsSubscriptions",
    "SupportsTrackingUpdates",
    "SupportsWebhooks",
]
