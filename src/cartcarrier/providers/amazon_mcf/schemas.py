"""Fulfillment Outbound 2020-07-01 as far as it is used. In answers everything but identities may be missing."""

from decimal import Decimal

import msgspec


class Asked(
    msgspec.Struct, rename="camel", frozen=True, gc=False, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A part of what is sent. What is ``None`` is left out."""


class Answered(msgspec.Struct, rename="camel", frozen=True, gc=False, kw_only=True):
    """A part of what comes back."""


# --- what is sent -------------------------------------------------------------------------------------------------------


class Address(Asked, frozen=True, kw_only=True):
    """An address."""

    name: str
    address_line1: str = msgspec.field(name="addressLine1")
    address_line2: str | None = msgspec.field(default=None, name="addressLine2")
    address_line3: str | None = msgspec.field(default=None, name="addressLine3")
    city: str | None = None
    state_or_region: str | None = None
    postal_code: str
    country_code: str
    phone: str | None = None


class PreviewItem(Asked, frozen=True, kw_only=True):
    """Pieces of an article, for a preview."""

    seller_sku: str
    seller_fulfillment_order_item_id: str
    quantity: int


class OrderItem(PreviewItem, frozen=True, kw_only=True):
    """Pieces of an article."""


class Feature(Asked, frozen=True, kw_only=True):
    """A feature that is demanded: the order is refused where it cannot be had."""

    feature_name: str
    feature_fulfillment_policy: str


class PreviewRequest(Asked, frozen=True, kw_only=True):
    """The question what it would cost, and when it would arrive."""

    marketplace_id: str
    address: Address
    items: list[PreviewItem]
    shipping_speed_categories: list[str]
    feature_constraints: list[Feature] | None = None


class OrderRequest(Asked, frozen=True, kw_only=True):
    """An order for the warehouse."""

    marketplace_id: str
    seller_fulfillment_order_id: str
    displayable_order_id: str
    displayable_order_date: str
    displayable_order_comment: str
    shipping_speed_category: str
    destination_address: Address
    fulfillment_action: str
    fulfillment_policy: str
    notification_emails: list[str] | None = None
    feature_constraints: list[Feature] | None = None
    items: list[OrderItem]


# --- what comes back ----------------------------------------------------------------------------------------------------


class Price(Answered, frozen=True, kw_only=True):
    """Money; the value is a text with a number in it."""

    currency_code: str
    value: Decimal


class Fee(Answered, frozen=True, kw_only=True):
    """A part of the price."""

    name: str
    amount: Price


class PreviewShipment(Answered, frozen=True, kw_only=True):
    """A shipment as it is planned."""

    earliest_arrival_date: str | None = None
    latest_arrival_date: str | None = None


class UnfulfillableItem(Answered, frozen=True, kw_only=True):
    """Pieces that cannot be shipped."""

    seller_sku: str | None = None
    item_unfulfillable_reasons: list[str] | None = None


class Preview(Answered, frozen=True, kw_only=True):
    """What one speed would cost."""

    shipping_speed_category: str
    is_fulfillable: bool = False
    estimated_fees: list[Fee] | None = None
    fulfillment_preview_shipments: list[PreviewShipment] | None = None
    unfulfillable_preview_items: list[UnfulfillableItem] | None = None
    order_unfulfillable_reasons: list[str] | None = None


class Previews(Answered, frozen=True, kw_only=True):
    """The answer about prices."""

    fulfillment_previews: list[Preview]


class OrderHead(Answered, frozen=True, kw_only=True):
    """How an order stands."""

    seller_fulfillment_order_id: str
    shipping_speed_category: str | None = None
    fulfillment_order_status: str | None = None


class PlacedItem(Answered, frozen=True, kw_only=True):
    """Pieces of an article, as the warehouse has them."""

    seller_sku: str | None = None
    seller_fulfillment_order_item_id: str
    quantity: int = 0
    cancelled_quantity: int | None = None
    unfulfillable_quantity: int | None = None


class ShippedItem(Answered, frozen=True, kw_only=True):
    """Pieces in a shipment, and in which of its packages."""

    seller_fulfillment_order_item_id: str
    quantity: int = 0
    package_number: int | None = None


class ShippedPackage(Answered, frozen=True, kw_only=True):
    """A package."""

    package_number: int
    carrier_code: str | None = None
    tracking_number: str | None = None
    amazon_fulfillment_tracking_number: str | None = None


class PlacedShipment(Answered, frozen=True, kw_only=True):
    """A shipment of an order."""

    fulfillment_shipment_status: str | None = None
    fulfillment_shipment_item: list[ShippedItem] | None = None
    fulfillment_shipment_package: list[ShippedPackage] | None = None


class PlacedOrder(Answered, frozen=True, kw_only=True):
    """The answer about an order."""

    fulfillment_order: OrderHead
    fulfillment_order_items: list[PlacedItem] | None = None
    fulfillment_shipments: list[PlacedShipment] | None = None


class Place(Answered, frozen=True, kw_only=True):
    """Where something happened."""

    city: str | None = None
    state: str | None = None
    country: str | None = None


class PackageEvent(Answered, frozen=True, kw_only=True):
    """Something that happened to a package."""

    event_date: str | None = None
    event_address: Place | None = None
    event_code: str | None = None
    event_description: str | None = None


class PackageDetails(Answered, frozen=True, kw_only=True):
    """The answer about a package."""

    package_number: int
    tracking_number: str | None = None
    carrier_code: str | None = None
    estimated_arrival_date: str | None = None
    current_status: str | None = None
    signed_for_by: str | None = None
    tracking_events: list[PackageEvent] | None = None
