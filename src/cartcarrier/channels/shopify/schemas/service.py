"""What a merchant asks of a fulfillment service (field guide shopify.md §13)."""

from typing import Any

from cartcarrier.channels.shopify.schemas.base import Moment, PageInfo, Ref, Struct, UserError
from cartcarrier.channels.shopify.schemas.orders import FulfillmentOrderLineItems
from cartcarrier.channels.shopify.schemas.reads import FulfillmentOrderState


class MerchantRequest(Struct, frozen=True):
    """One request, with what the merchant wrote to it."""

    kind: str
    sent_at: Moment
    message: str | None = None
    request_options: Any = None


class MerchantRequests(Struct, frozen=True):
    """The latest of them, newest first."""

    nodes: list[MerchantRequest]


class AssignedPlace(Struct, frozen=True):
    """Which of the service's places is to ship."""

    location: Ref | None = None


class AssignedFulfillmentOrder(Struct, frozen=True):
    """A fulfillment order at a place of ours."""

    id: str
    status: str
    request_status: str
    order_id: str
    order_name: str
    assigned_location: AssignedPlace
    merchant_requests: MerchantRequests
    line_items: FulfillmentOrderLineItems


class AssignedFulfillmentOrders(Struct, frozen=True):
    """A page of them."""

    page_info: PageInfo
    nodes: list[AssignedFulfillmentOrder]


class AssignedFulfillmentOrdersData(Struct, frozen=True):
    """Answer to ``assigned_fulfillment_orders``."""

    assigned_fulfillment_orders: AssignedFulfillmentOrders


class FulfillmentOrderStateData(Struct, frozen=True):
    """Answer to ``fulfillment_order_state``."""

    fulfillment_order: FulfillmentOrderState | None


class FulfillmentRequestPayload(Struct, frozen=True):
    """What the answers to a fulfillment request answer."""

    user_errors: list[UserError]
    fulfillment_order: FulfillmentOrderState | None = None


class AcceptFulfillmentRequestData(Struct, frozen=True):
    """Answer to ``fulfillment_request_accept``."""

    fulfillment_order_accept_fulfillment_request: FulfillmentRequestPayload | None


class RejectFulfillmentRequestData(Struct, frozen=True):
    """Answer to ``fulfillment_request_reject``."""

    fulfillment_order_reject_fulfillment_request: FulfillmentRequestPayload | None
