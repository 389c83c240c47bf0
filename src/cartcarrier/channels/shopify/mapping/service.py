"""Requests to a fulfillment service (field guide shopify.md §13)."""

from collections.abc import Mapping
from typing import Final

from cartcarrier.channels.shopify import codes, schemas
from cartcarrier.channels.shopify.options import FulfillmentRequest, FulfillmentRequestKind
from cartcarrier.errors import InvalidValueError

ASKED: Final = {
    "SUBMITTED": FulfillmentRequestKind.SHIP,
    "CANCELLATION_REQUESTED": FulfillmentRequestKind.CANCEL,
}
"""What is asked for, by the status of the request."""

_KIND: Final = {
    FulfillmentRequestKind.SHIP: "FULFILLMENT_REQUEST",
    FulfillmentRequestKind.CANCEL: "CANCELLATION_REQUEST",
}


def to_request(share: schemas.AssignedFulfillmentOrder) -> FulfillmentRequest | None:
    """Return what a merchant asks for; ``None`` when it has been answered."""
    kind = ASKED.get(share.request_status)
    if kind is None:
        return None
    asked = next((each for each in share.merchant_requests.nodes if each.kind == _KIND[kind]), None)
    lines: dict[str, int] = {}
    for line in share.line_items.nodes:
        if line.remaining_quantity:
            lines[line.line_item.id] = lines.get(line.line_item.id, 0) + line.remaining_quantity
    options = asked.request_options if asked is not None else None
    notify = options.get("notify_customer") if isinstance(options, Mapping) else None
    place = share.assigned_location.location
    return FulfillmentRequest(
        id=share.id,
        kind=kind,
        order_id=share.order_id,
        order_number=share.order_name,
        location_id=place.id if place is not None else None,
        lines=lines,
        message=(asked.message or None) if asked is not None else None,
        notify_buyer=notify if isinstance(notify, bool) else None,
        requested_at=asked.sent_at if asked is not None else None,
    )


def to_rejection_reason(reason: str | None) -> str:
    """Return Shopify's word for why a request is declined.

    Raises:
        InvalidValueError: It is none of Shopify's.
    """
    word = (reason or "OTHER").strip().upper()
    if word not in codes.REJECTION_REASONS:
        msg = f"shopify takes one of these reasons: {', '.join(sorted(codes.REJECTION_REASONS))}"
        raise InvalidValueError(msg, field="reason")
    return word
