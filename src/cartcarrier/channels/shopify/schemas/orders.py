"""Orders, with their lines, fulfillment orders and fulfillments.

What may be withheld for want of a permission is ``None`` here, although the platform's schema promises it.
"""

from cartcarrier.channels.shopify.schemas.base import (
    Destination,
    MailingAddress,
    Moment,
    MoneyBag,
    PageInfo,
    Ref,
    Struct,
    Weight,
)


class TaxLine(Struct, frozen=True):
    """One tax on a line."""

    price_set: MoneyBag


class LineItem(Struct, frozen=True):
    """A line of an order."""

    id: str
    title: str
    quantity: int
    current_quantity: int
    unfulfilled_quantity: int
    requires_shipping: bool
    sku: str | None = None
    original_unit_price_set: MoneyBag | None = None
    discounted_total_set: MoneyBag | None = None
    tax_lines: tuple[TaxLine, ...] = ()


class LineItems(Struct, frozen=True):
    """A page of lines."""

    page_info: PageInfo
    nodes: list[LineItem]


class Location(Struct, frozen=True):
    """A place that ships."""

    id: str
    is_fulfillment_service: bool | None = None


class AssignedLocation(Struct, frozen=True):
    """Which place is to ship; ``location`` is withheld without ``read_locations``."""

    country_code: str | None = None
    location: Location | None = None


class DeliveryMethod(Struct, frozen=True):
    """How it gets to the buyer."""

    method_type: str
    max_delivery_date_time: Moment | None = None


class FulfillmentHold(Struct, frozen=True):
    """Why a fulfillment order waits."""

    reason: str


class SupportedAction(Struct, frozen=True):
    """What may be done with a fulfillment order."""

    action: str


class FulfillmentOrderLineItem(Struct, frozen=True):
    """Pieces of one order line in one fulfillment order."""

    id: str
    remaining_quantity: int
    line_item: Ref
    requires_shipping: bool = True
    weight: Weight | None = None


class FulfillmentOrderLineItems(Struct, frozen=True):
    """A page of them."""

    page_info: PageInfo
    nodes: list[FulfillmentOrderLineItem]


class FulfillmentOrder(Struct, frozen=True):
    """The share of an order that one place ships in one way."""

    id: str
    status: str
    line_items: FulfillmentOrderLineItems
    request_status: str = ""
    updated_at: Moment | None = None
    fulfill_at: Moment | None = None
    fulfill_by: Moment | None = None
    assigned_location: AssignedLocation | None = None
    delivery_method: DeliveryMethod | None = None
    destination: Destination | None = None
    fulfillment_holds: tuple[FulfillmentHold, ...] = ()
    supported_actions: tuple[SupportedAction, ...] = ()


class FulfillmentOrders(Struct, frozen=True):
    """A page of them."""

    page_info: PageInfo
    nodes: list[FulfillmentOrder]


class TrackingInfo(Struct, frozen=True):
    """One number of a fulfillment."""

    company: str | None = None
    number: str | None = None
    url: str | None = None


class FulfillmentLineItem(Struct, frozen=True):
    """Pieces of one order line in a fulfillment."""

    line_item: Ref
    quantity: int | None = None


class FulfillmentLineItems(Struct, frozen=True):
    """A page of them."""

    page_info: PageInfo
    nodes: list[FulfillmentLineItem]


class Fulfillment(Struct, frozen=True):
    """What Shopify was told of a shipment."""

    id: str
    status: str
    created_at: Moment
    fulfillment_line_items: FulfillmentLineItems
    tracking_info: tuple[TrackingInfo, ...] = ()
    location: Ref | None = None


class ShippingLine(Struct, frozen=True):
    """What the buyer chose."""

    title: str


class Risk(Struct, frozen=True):
    """What Shopify thinks of the buyer."""

    recommendation: str | None = None


class Transaction(Struct, frozen=True):
    """A payment."""

    kind: str
    status: str
    manual_payment_gateway: bool = False


class Order(Struct, frozen=True):
    """An order."""

    id: str
    name: str
    created_at: Moment
    updated_at: Moment
    display_fulfillment_status: str
    line_items: LineItems
    fulfillment_orders: FulfillmentOrders
    fulfillments: list[Fulfillment]
    test: bool = False
    cancelled_at: Moment | None = None
    display_financial_status: str | None = None
    email: str | None = None
    phone: str | None = None
    note: str | None = None
    tags: tuple[str, ...] = ()
    current_total_price_set: MoneyBag | None = None
    total_shipping_price_set: MoneyBag | None = None
    current_total_tax_set: MoneyBag | None = None
    current_total_discounts_set: MoneyBag | None = None
    shipping_line: ShippingLine | None = None
    risk: Risk | None = None
    transactions: tuple[Transaction, ...] = ()
    shipping_address: MailingAddress | None = None


class Orders(Struct, frozen=True):
    """A page of orders."""

    page_info: PageInfo
    nodes: list[Order]


class OrdersData(Struct, frozen=True):
    """Answer to ``orders``."""

    orders: Orders


class OrderData(Struct, frozen=True):
    """Answer to ``order``."""

    order: Order | None
