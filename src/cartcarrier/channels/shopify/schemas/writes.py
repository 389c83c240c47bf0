"""What mutations answer, and what is sent."""

from datetime import datetime
from typing import Any

from cartcarrier.channels.shopify.schemas.base import Moment, Struct, UserError
from cartcarrier.channels.shopify.schemas.reads import FulfillmentEvent, FulfillmentOrderState, Job


class MadeFulfillment(Struct, frozen=True):
    """A fulfillment after a mutation."""

    id: str
    status: str
    created_at: Moment | None = None


class FulfillmentPayload(Struct, frozen=True):
    """What mutations of fulfillments answer."""

    user_errors: list[UserError]
    fulfillment: MadeFulfillment | None = None


class FulfillmentCreateData(Struct, frozen=True):
    """Answer to ``fulfillment_create``."""

    fulfillment_create: FulfillmentPayload | None


class FulfillmentCancelData(Struct, frozen=True):
    """Answer to ``fulfillment_cancel``."""

    fulfillment_cancel: FulfillmentPayload | None


class TrackingUpdateData(Struct, frozen=True):
    """Answer to ``tracking_update``."""

    fulfillment_tracking_info_update: FulfillmentPayload | None


class EventPayload(Struct, frozen=True):
    """What ``fulfillmentEventCreate`` answers."""

    user_errors: list[UserError]
    fulfillment_event: FulfillmentEvent | None = None


class EventCreateData(Struct, frozen=True):
    """Answer to ``event_create``."""

    fulfillment_event_create: EventPayload | None


class OrderCancelPayload(Struct, frozen=True):
    """What ``orderCancel`` answers."""

    order_cancel_user_errors: list[UserError]
    job: Job | None = None


class OrderCancelData(Struct, frozen=True):
    """Answer to ``order_cancel``."""

    order_cancel: OrderCancelPayload | None


class CancellationRequestPayload(Struct, frozen=True):
    """What the answers to a cancellation request answer."""

    user_errors: list[UserError]
    fulfillment_order: FulfillmentOrderState | None = None


class AcceptCancellationRequestData(Struct, frozen=True):
    """Answer to ``cancellation_request_accept``."""

    fulfillment_order_accept_cancellation_request: CancellationRequestPayload | None


class RejectCancellationRequestData(Struct, frozen=True):
    """Answer to ``cancellation_request_reject``."""

    fulfillment_order_reject_cancellation_request: CancellationRequestPayload | None


class Question(Struct, frozen=True):
    """The body of a request."""

    query: str
    variables: dict[str, Any]


class TrackingInput(Struct, frozen=True, omit_defaults=True):
    """Numbers of a fulfillment: one, or several, never both (field guide shopify.md §10.1)."""

    company: str | None = None
    number: str | None = None
    numbers: list[str] | None = None
    url: str | None = None
    urls: list[str] | None = None


class FulfillmentOrderLineItemInput(Struct, frozen=True):
    """Pieces that left."""

    id: str
    quantity: int


class FulfillmentOrderLineItemsInput(Struct, frozen=True):
    """Pieces that left, out of one fulfillment order. Always given: left out, all that remains would count as sent."""

    fulfillment_order_id: str
    fulfillment_order_line_items: list[FulfillmentOrderLineItemInput]


class FulfillmentInput(Struct, frozen=True, omit_defaults=True):
    """What ``fulfillmentCreate`` is told."""

    line_items_by_fulfillment_order: list[FulfillmentOrderLineItemsInput]
    notify_customer: bool
    tracking_info: TrackingInput | None = None


class EventInput(Struct, frozen=True, omit_defaults=True):
    """What ``fulfillmentEventCreate`` is told."""

    fulfillment_id: str
    status: str
    happened_at: datetime | None = None
    message: str | None = None
    city: str | None = None
    province: str | None = None
    zip: str | None = None
    country: str | None = None
