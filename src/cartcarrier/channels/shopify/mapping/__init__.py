"""Pure functions between Shopify's words and ours; no I/O."""

from cartcarrier.channels.shopify.mapping.fulfillments import (
    event_status,
    knows_event,
    line_quantities,
    to_cancel_reason,
    to_event_input,
    to_fulfillment,
    to_fulfillments,
    to_tracking_input,
)
from cartcarrier.channels.shopify.mapping.ids import join_ids, location_gids, split_ids, to_gid
from cartcarrier.channels.shopify.mapping.orders import (
    ADDRESS_CONFLICT,
    ADDRESS_MISSING,
    RISK_CANCEL,
    TEST_ORDER,
    crosses_border,
    hidden_pieces,
    is_foreign,
    needs_address,
    to_order,
)
from cartcarrier.channels.shopify.mapping.plan import Call, Part, PlanError, adopt, plan_calls, split_parts
from cartcarrier.channels.shopify.mapping.queries import matches, order_search, window

__all__ = [
    "ADDRESS_CONFLICT",
    "ADDRESS_MISSING",
    "RISK_CANCEL",
    "TEST_ORDER",
    "Call",
    "Part",
    "PlanError",
    "adopt",
    "crosses_border",
    "event_status",
    "hidden_pieces",
    "is_foreign",
    "join_ids",
    "knows_event",
    "line_quantities",
    "location_gids",
    "matches",
    "needs_address",
    "order_search",
    "plan_calls",
    "split_ids",
    "split_parts",
    "to_cancel_reason",
    "to_event_input",
    "to_fulfillment",
    "to_fulfillments",
    "to_gid",
    "to_order",
    "to_tracking_input",
    "window",
]
