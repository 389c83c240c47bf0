"""Unified models to Fulfillment Outbound and back; no I/O."""

from cartcarrier.providers.amazon_mcf.mapping.orders import (
    check_reference,
    check_shippable,
    conflict,
    to_order,
    to_preview,
    to_speed,
)
from cartcarrier.providers.amazon_mcf.mapping.results import (
    cancellation,
    package_numbers,
    refused,
    to_provider_order,
    to_rates,
    unfulfillable,
)
from cartcarrier.providers.amazon_mcf.mapping.tracking import to_tracking

__all__ = [
    "cancellation",
    "check_reference",
    "check_shippable",
    "conflict",
    "package_numbers",
    "refused",
    "to_order",
    "to_preview",
    "to_provider_order",
    "to_rates",
    "to_speed",
    "to_tracking",
    "unfulfillable",
]
