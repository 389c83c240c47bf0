"""Carriers move. Their interface; the built-in drivers are below, each in a package of its own."""

from cartcarrier.carriers._interface import (
    Carrier,
    SupportsAddressValidation,
    SupportsLabels,
    SupportsLocations,
    SupportsManifest,
    SupportsPickup,
    SupportsProofOfDelivery,
    SupportsRates,
    SupportsReprint,
    SupportsShipmentLookup,
    SupportsTracking,
    SupportsTrackingSubscriptions,
    SupportsTradeDocuments,
    SupportsTransitTimes,
    SupportsVoid,
    SupportsVoidStatus,
)
from cartcarrier.carriers._purchase import join_shipments, new_reference
from cartcarrier.drivers import SupportsSubscriptions, SupportsWebhooks
from cartcarrier.models import PurchaseSafety

__all__ = [
    "Carrier",
    "PurchaseSafety",
    "SupportsAddressValidation",
    "SupportsLabels",
    "SupportsLocations",
    "SupportsManifest",
    "SupportsPickup",
    "SupportsProofOfDelivery",
    "SupportsRates",
    "SupportsReprint",
    "SupportsShipmentLookup",
    "SupportsSubscriptions",
    "SupportsTracking",
    "SupportsTrackingSubscriptions",
    "SupportsTradeDocuments",
    "SupportsTransitTimes",
    "SupportsVoid",
    "SupportsVoidStatus",
    "SupportsWebhooks",
    "join_shipments",
    "new_reference",
]
