"""Carriers move. Their interface; the built-in drivers are below, each in a package of its own."""

from cartcarrier.carriers._interface import (
    Carrier,
    SupportsAddressValidation,
    SupportsLabels,
    SupportsManifest,
    SupportsPickup,
    SupportsRates,
    SupportsShipmentLookup,
    SupportsTracking,
    SupportsVoid,
)
from cartcarrier.carriers._purchase import join_shipments, new_reference
from cartcarrier.drivers import SupportsWebhooks
from cartcarrier.models import PurchaseSafety

__all__ = [
    "Carrier",
    "PurchaseSafety",
    "SupportsAddressValidation",
    "SupportsLabels",
    "SupportsManifest",
    "SupportsPickup",
    "SupportsRates",
    "SupportsShipmentLookup",
    "SupportsTracking",
    "SupportsVoid",
    "SupportsWebhooks",
    "join_shipments",
    "new_reference",
]
