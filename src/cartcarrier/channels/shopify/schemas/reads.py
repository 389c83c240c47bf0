"""What the smaller queries answer: further pages, plans, states, scans, scopes."""

from cartcarrier.channels.shopify.schemas.base import Moment, PageInfo, Struct
from cartcarrier.channels.shopify.schemas.orders import (
    Fulfillment,
    FulfillmentLineItems,
    FulfillmentOrderLineItems,
    FulfillmentOrders,
    LineItems,
    TrackingInfo,
)


class PlanOrder(Struct, frozen=True):
    """What is read right before a fulfillment is made."""

    id: str
    fulfillment_orders: FulfillmentOrders
    fulfillments: list[Fulfillment]
    cancelled_at: Moment | None = None


class PlanData(Struct, frozen=True):
    """Answer to ``plan``."""

    order: PlanOrder | None


class OrderPart(Struct, frozen=True):
    """One more page of one part of an order."""

    line_items: LineItems | None = None
    fulfillment_orders: FulfillmentOrders | None = None
    fulfillments: list[Fulfillment] | None = None


class PartData(Struct, frozen=True):
    """Answer to ``order_lines``, ``order_fulfillment_orders`` and ``order_fulfillments``."""

    order: OrderPart | None


class FulfillmentOrderPart(Struct, frozen=True):
    """One more page of a fulfillment order."""

    line_items: FulfillmentOrderLineItems


class FulfillmentOrderPartData(Struct, frozen=True):
    """Answer to ``fulfillment_order_lines``."""

    fulfillment_order: FulfillmentOrderPart | None


class FulfillmentPart(Struct, frozen=True):
    """One more page of a fulfillment."""

    fulfillment_line_items: FulfillmentLineItems


class FulfillmentPartData(Struct, frozen=True):
    """Answer to ``fulfillment_lines``."""

    fulfillment: FulfillmentPart | None


class FulfillmentData(Struct, frozen=True):
    """Answer to ``fulfillment``."""

    fulfillment: Fulfillment | None


class FulfillmentEvent(Struct, frozen=True):
    """A scan that Shopify knows."""

    id: str
    status: str
    happened_at: Moment
    message: str | None = None


class FulfillmentEvents(Struct, frozen=True):
    """A page of scans."""

    page_info: PageInfo
    nodes: list[FulfillmentEvent]


class EventedFulfillment(Struct, frozen=True):
    """A fulfillment with its scans."""

    id: str
    status: str
    events: FulfillmentEvents
    tracking_info: tuple[TrackingInfo, ...] = ()


class FulfillmentEventsData(Struct, frozen=True):
    """Answer to ``fulfillment_events``."""

    fulfillment: EventedFulfillment | None


class FulfillmentOrderState(Struct, frozen=True):
    """How far a fulfillment order is."""

    id: str
    status: str
    request_status: str


class FulfillmentOrderStates(Struct, frozen=True):
    """A page of them."""

    page_info: PageInfo
    nodes: list[FulfillmentOrderState]


class OrderState(Struct, frozen=True):
    """Whether an order is cancelled, or is asked to be."""

    id: str
    fulfillment_orders: FulfillmentOrderStates
    cancelled_at: Moment | None = None


class OrderStateData(Struct, frozen=True):
    """Answer to ``order_state``."""

    order: OrderState | None


class ChangedFulfillmentOrder(Struct, frozen=True):
    """A fulfillment order that was touched."""

    id: str
    order_id: str
    updated_at: Moment


class ChangedFulfillmentOrders(Struct, frozen=True):
    """A page of them."""

    page_info: PageInfo
    nodes: list[ChangedFulfillmentOrder]


class ChangedFulfillmentOrdersData(Struct, frozen=True):
    """Answer to ``changed_fulfillment_orders``."""

    fulfillment_orders: ChangedFulfillmentOrders


class InventoryItem(Struct, frozen=True):
    """What customs want to know."""

    harmonized_system_code: str | None = None
    country_code_of_origin: str | None = None


class Variant(Struct, frozen=True):
    """The article of a line."""

    inventory_item: InventoryItem | None = None


class CustomsLine(Struct, frozen=True):
    """A line with its article; ``None`` when that was deleted."""

    id: str
    variant: Variant | None = None


class CustomsLines(Struct, frozen=True):
    """A page of them."""

    page_info: PageInfo
    nodes: list[CustomsLine]


class CustomsOrder(Struct, frozen=True):
    """An order as customs see it."""

    line_items: CustomsLines


class CustomsData(Struct, frozen=True):
    """Answer to ``customs``."""

    order: CustomsOrder | None


class AccessScope(Struct, frozen=True):
    """A permission."""

    handle: str


class AppInstallation(Struct, frozen=True):
    """What the app may do in this shop."""

    access_scopes: list[AccessScope]


class ScopesData(Struct, frozen=True):
    """Answer to ``scopes``."""

    current_app_installation: AppInstallation


class Job(Struct, frozen=True):
    """Work that goes on in the background."""

    id: str
    done: bool


class JobData(Struct, frozen=True):
    """Answer to ``job``."""

    job: Job | None
