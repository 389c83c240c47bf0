"""Unified models and Amazon's objects, each made from the other. Pure."""

from cartcarrier.channels.amazon.mapping.cancelling import read_cancel_report, to_cancel_document, to_cancel_reason
from cartcarrier.channels.amazon.mapping.fulfillments import (
    OrderFacts,
    Package,
    order_facts,
    package_reference,
    plan_packages,
    to_confirmation,
    to_fulfillment,
    told_package,
    with_packages,
)
from cartcarrier.channels.amazon.mapping.orders import has_address, lacks_address, to_order
from cartcarrier.channels.amazon.mapping.queries import is_order_id, matches, search_parameters
from cartcarrier.channels.amazon.mapping.stock import (
    combined,
    feed_results,
    latest_only,
    submission_result,
    to_levels,
    to_listing_patch,
    to_listings_feed,
)

__all__ = [
    "OrderFacts",
    "Package",
    "combined",
    "feed_results",
    "has_address",
    "is_order_id",
    "lacks_address",
    "latest_only",
    "matches",
    "order_facts",
    "package_reference",
    "plan_packages",
    "read_cancel_report",
    "search_parameters",
    "submission_result",
    "to_cancel_document",
    "to_cancel_reason",
    "to_confirmation",
    "to_fulfillment",
    "to_levels",
    "to_listing_patch",
    "to_listings_feed",
    "to_order",
    "told_package",
    "with_packages",
]
