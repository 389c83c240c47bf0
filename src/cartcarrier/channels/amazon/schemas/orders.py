"""Orders 2026-01-01, and what of Orders v0 has no successor (field guide amazon.md §2)."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from cartcarrier.channels.amazon.schemas._base import Base


class Money(Base, frozen=True, kw_only=True):
    """An amount."""

    amount: Decimal
    currency_code: str


class Breakdown(Base, frozen=True, kw_only=True):
    """A part of what the seller receives."""

    type: str
    subtotal: Money
    detailed_breakdowns: list["DetailedBreakdown"] | None = None


class DetailedBreakdown(Base, frozen=True, kw_only=True):
    """A part of a part."""

    subtype: str | None = None
    value: Money | None = None


class OrderProceeds(Base, frozen=True, kw_only=True):
    """What the seller receives for an order."""

    grand_total: Money | None = None
    breakdowns: list[Breakdown] | None = None


class ItemProceeds(Base, frozen=True, kw_only=True):
    """What the seller receives for a line."""

    proceeds_total: Money | None = None
    breakdowns: list[Breakdown] | None = None


class Window(Base, frozen=True, kw_only=True):
    """From when to when."""

    earliest_date_time: datetime | None = None
    latest_date_time: datetime | None = None


class OrderFulfillment(Base, frozen=True, kw_only=True):
    """How far an order is, and who sends it."""

    fulfillment_status: str
    fulfilled_by: str | None = None
    fulfillment_service_level: str | None = None
    ship_by_window: Window | None = None
    deliver_by_window: Window | None = None
    label_printing_window: Window | None = None


class SalesChannel(Base, frozen=True, kw_only=True):
    """Where it was sold."""

    channel_name: str | None = None
    marketplace_id: str | None = None
    marketplace_name: str | None = None


class Buyer(Base, frozen=True, kw_only=True):
    """Who bought."""

    buyer_name: str | None = None
    buyer_email: str | None = None
    buyer_company_name: str | None = None
    buyer_purchase_order_number: str | None = None


class ExtendedFields(Base, frozen=True, kw_only=True):
    """An address in Brazil, in its parts."""

    street_name: str | None = None
    street_number: str | None = None
    complement: str | None = None
    neighborhood: str | None = None


class CustomerAddress(Base, frozen=True, kw_only=True):
    """Where it goes."""

    name: str | None = None
    company_name: str | None = None
    address_line1: str | None = msgspec.field(default=None, name="addressLine1")
    address_line2: str | None = msgspec.field(default=None, name="addressLine2")
    address_line3: str | None = msgspec.field(default=None, name="addressLine3")
    city: str | None = None
    district_or_county: str | None = None
    state_or_region: str | None = None
    municipality: str | None = None
    postal_code: str | None = None
    country_code: str | None = None
    phone: str | None = None
    extended_fields: ExtendedFields | None = None
    address_type: str | None = None


class DeliveryPreference(Base, frozen=True, kw_only=True):
    """Where to leave it."""

    drop_off_location: str | None = None
    address_instruction: str | None = None


class Recipient(Base, frozen=True, kw_only=True):
    """Who gets it."""

    delivery_address: CustomerAddress | None = None
    delivery_preference: DeliveryPreference | None = None


class ItemPrice(Base, frozen=True, kw_only=True):
    """The price of one piece."""

    unit_price: Money | None = None


class ItemProduct(Base, frozen=True, kw_only=True):
    """What was bought."""

    asin: str | None = None
    title: str | None = None
    seller_sku: str | None = None
    price: ItemPrice | None = None


class CancellationRequest(Base, frozen=True, kw_only=True):
    """Who asks for a cancellation."""

    requester: str | None = None
    cancel_reason: str | None = None


class CancellationExecution(Base, frozen=True, kw_only=True):
    """Who cancelled."""

    cancelled_by: str | None = None
    cancel_reason: str | None = None


class ItemCancellation(Base, frozen=True, kw_only=True):
    """Whether a line is, or shall be, cancelled."""

    cancellation_request: CancellationRequest | None = None
    cancellation_execution: CancellationExecution | None = None


class GiftOption(Base, frozen=True, kw_only=True):
    """A present."""

    gift_message: str | None = None
    gift_wrap_level: str | None = None


class SerialNumberRequirement(Base, frozen=True, kw_only=True):
    """Whether serial numbers must be told."""

    requirement_type: str | None = None


class ItemPacking(Base, frozen=True, kw_only=True):
    """How to pack it."""

    gift_option: GiftOption | None = None
    serial_number_requirement: SerialNumberRequirement | None = None


class ShippingConstraints(Base, frozen=True, kw_only=True):
    """What the carrier must do; each is ``MANDATORY`` or missing."""

    pallet_delivery: str | None = None
    cash_on_delivery: str | None = None
    signature_confirmation: str | None = None
    recipient_identity_verification: str | None = None
    recipient_age_verification: str | None = None


class InternationalShipping(Base, frozen=True, kw_only=True):
    """For customs."""

    ioss_number: str | None = None


class ItemShipping(Base, frozen=True, kw_only=True):
    """How to send it."""

    scheduled_delivery_window: Window | None = None
    shipping_constraints: ShippingConstraints | None = None
    international_shipping: InternationalShipping | None = None


class ItemFulfillment(Base, frozen=True, kw_only=True):
    """How far a line is."""

    quantity_fulfilled: int | None = None
    quantity_unfulfilled: int | None = None
    packing: ItemPacking | None = None
    shipping: ItemShipping | None = None


class OrderItem(Base, frozen=True, kw_only=True):
    """One line."""

    order_item_id: str
    quantity_ordered: int
    programs: list[str] | None = None
    product: ItemProduct | None = None
    proceeds: ItemProceeds | None = None
    cancellation: ItemCancellation | None = None
    fulfillment: ItemFulfillment | None = None


class PackageStatus(Base, frozen=True, kw_only=True):
    """How far a package is."""

    status: str | None = None
    detailed_status: str | None = None


class PackageItem(Base, frozen=True, kw_only=True):
    """What is in a package."""

    order_item_id: str
    quantity: int


class OrderPackage(Base, frozen=True, kw_only=True):
    """A package that Amazon was told of; merchant's orders only."""

    package_reference_id: str
    created_time: datetime | None = None
    package_status: PackageStatus | None = None
    carrier: str | None = None
    ship_time: datetime | None = None
    shipping_service: str | None = None
    tracking_number: str | None = None
    package_items: list[PackageItem] | None = None


class TaxRegistration(Base, frozen=True, kw_only=True):
    """Under which number somebody is known to a tax office."""

    entity_type: str | None = None
    tax_registration_type: str | None = None
    tax_registration_number: str | None = None


class OrderTax(Base, frozen=True, kw_only=True):
    """Tax data of an order."""

    tax_registrations: list[TaxRegistration] | None = None


class Alias(Base, frozen=True, kw_only=True):
    """Another name of an order."""

    alias_id: str
    alias_type: str


class AssociatedOrder(Base, frozen=True, kw_only=True):
    """The order that this one replaces."""

    order_id: str | None = None
    association_type: str | None = None


class Order(Base, frozen=True, kw_only=True):
    """An order of Orders 2026-01-01."""

    order_id: str
    created_time: datetime
    last_updated_time: datetime
    sales_channel: SalesChannel
    order_items: list[OrderItem]
    order_aliases: list[Alias] | None = None
    programs: list[str] | None = None
    associated_orders: list[AssociatedOrder] | None = None
    buyer: Buyer | None = None
    recipient: Recipient | None = None
    proceeds: OrderProceeds | None = None
    tax: OrderTax | None = None
    fulfillment: OrderFulfillment | None = None
    packages: list[OrderPackage] | None = None


class Pagination(Base, frozen=True, kw_only=True):
    """Where the next page begins."""

    next_token: str | None = None


class OrderPage(Base, frozen=True, kw_only=True):
    """A page of orders, each still to be read: one that cannot be read does not take the others with it."""

    orders: list[msgspec.Raw]
    pagination: Pagination | None = None


class OneOrder(Base, frozen=True, kw_only=True):
    """An order, still to be read."""

    order: msgspec.Raw


class OrderName(Base, frozen=True, kw_only=True):
    """So much of an order that it can be named when the rest cannot be read."""

    order_id: Any = None


# --- Orders v0 ------------------------------------------------------------------------------------------------------------


class ConfirmedItem(Base, frozen=True, kw_only=True):
    """What of a line is in a package."""

    order_item_id: str
    quantity: int
    transparency_codes: list[str] | None = None


class PackageDetail(Base, frozen=True, kw_only=True):
    """One package, as Amazon is told of it. ``package_reference_id`` is a text of digits (pitfall 9)."""

    package_reference_id: str
    carrier_code: str
    carrier_name: str | None = None
    shipping_method: str | None = None
    tracking_number: str
    ship_date: str
    ship_from_supply_source_id: str | None = None
    order_items: list[ConfirmedItem]


class Confirmation(Base, frozen=True, kw_only=True):
    """What ``confirmShipment`` sends."""

    marketplace_id: str
    cod_collection_method: str | None = None
    package_detail: PackageDetail


class VerificationStatus(Base, frozen=True, kw_only=True, rename="pascal"):
    """How far the verification of a regulated order is."""

    status: str | None = None
    requires_merchant_action: bool | None = None


class RegulatedInfo(Base, frozen=True, kw_only=True, rename="pascal"):
    """What is known of a regulated order."""

    regulated_order_verification_status: VerificationStatus | None = None


class RegulatedAnswer(Base, frozen=True, kw_only=True):
    """The envelope of ``getOrderRegulatedInfo``."""

    payload: RegulatedInfo | None = None
