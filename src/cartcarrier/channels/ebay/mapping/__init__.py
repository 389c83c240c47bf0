"""eBay's words into ours and back; nothing here sends anything."""

from cartcarrier.channels.ebay.mapping.addresses import to_address, to_phone
from cartcarrier.channels.ebay.mapping.fulfillments import (
    Telling,
    is_told,
    normalized_number,
    number_key,
    tellings,
    to_details,
    to_fulfillment,
    to_fulfillments,
    to_text,
)
from cartcarrier.channels.ebay.mapping.orders import has_left, has_left_in_part, to_order
from cartcarrier.channels.ebay.mapping.queries import LARGEST_PAGE, Window, matches, windows
from cartcarrier.channels.ebay.mapping.status import cancel_state, is_cancelled
from cartcarrier.channels.ebay.mapping.stock import (
    NO_ANSWER,
    NOT_MANAGED,
    REPLACED,
    is_known,
    to_levels,
    to_results,
    to_updates,
    why,
    will_pass,
)

__all__ = [
    "LARGEST_PAGE",
    "NOT_MANAGED",
    "NO_ANSWER",
    "REPLACED",
    "Telling",
    "Window",
    "cancel_state",
    "has_left",
    "has_left_in_part",
    "is_cancelled",
    "is_known",
    "is_told",
    "matches",
    "normalized_number",
    "number_key",
    "tellings",
    "to_address",
    "to_details",
    "to_fulfillment",
    "to_fulfillments",
    "to_levels",
    "to_order",
    "to_phone",
    "to_results",
    "to_text",
    "to_updates",
    "why",
    "will_pass",
    "windows",
]
