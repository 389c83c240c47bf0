"""Orders and what has left of them (Fulfillment API v1.20)."""

import msgspec

from cartcarrier.channels.ebay.schemas.base import Amount, Moment, Struct


class PostalAddress(Struct, frozen=True):
    """Where it goes. Streets are missing from orders of more than 90 days (field guide ebay.md §5.3)."""

    address_line1: str | None = None
    address_line2: str | None = None
    city: str | None = None
    country_code: str | None = None
    county: str | None = None
    postal_code: str | None = None
    state_or_province: str | None = None


class PhoneNumber(Struct, frozen=True):
    """A phone number as the buyer typed it."""

    phone_number: str | None = None


class Contact(Struct, frozen=True):
    """Somebody with an address."""

    full_name: str | None = None
    company_name: str | None = None
    contact_address: PostalAddress | None = None
    primary_phone: PhoneNumber | None = None
    email: str | None = None


class ShippingStep(Struct, frozen=True):
    """Where the label must say that it goes, and the service that the buyer chose."""

    ship_to: Contact | None = None
    ship_to_reference_id: str | None = None
    shipping_carrier_code: str | None = None
    shipping_service_code: str | None = None


class StartInstruction(Struct, frozen=True):
    """How an order is fulfilled."""

    ebay_supported_fulfillment: bool = False
    final_destination_address: PostalAddress | None = None
    fulfillment_instructions_type: str | None = None
    max_estimated_delivery_date: Moment | None = None
    shipping_step: ShippingStep | None = None


class EbayShipping(Struct, frozen=True):
    """Who makes the label."""

    shipping_label_provided_by: str | None = None


class EbayVault(Struct, frozen=True):
    """Which way an order with a vault goes."""

    fulfillment_type: str | None = None


class FulfillmentProgram(Struct, frozen=True):
    """Who fulfills."""

    fulfilled_by: str | None = None


class Present(Struct, frozen=True):
    """Something of which only the presence counts."""


class Program(Struct, frozen=True):
    """eBay's programs that an order is in."""

    authenticity_verification: Present | None = None
    ebay_shipping: EbayShipping | None = None
    ebay_vault: EbayVault | None = None
    ebay_international_shipping: Present | None = None
    fulfillment_program: FulfillmentProgram | None = None


class CancelRequest(Struct, frozen=True):
    """Somebody's wish to cancel; in lists there are none, whatever was asked (field guide ebay.md §4.3)."""

    cancel_request_id: str | None = None
    cancel_request_state: str | None = None
    cancel_initiator: str | None = None


class CancelStatus(Struct, frozen=True):
    """Whether an order is cancelled, or is to be."""

    cancel_state: str | None = None
    cancel_requests: list[CancelRequest] | None = None


class TaxIdentifier(Struct, frozen=True):
    """The buyer's number at a tax office; Italy and Spain only."""

    taxpayer_id: str | None = None
    tax_identifier_type: str | None = None
    issuing_country: str | None = None


class Buyer(Struct, frozen=True):
    """Who bought."""

    username: str | None = None
    tax_identifier: TaxIdentifier | None = None
    buyer_registration_address: Contact | None = None


class PricingSummary(Struct, frozen=True):
    """What an order costs; with ``TAX_BREAKDOWN`` the total has the tax that eBay collects in it."""

    price_subtotal: Amount | None = None
    price_discount: Amount | None = None
    delivery_cost: Amount | None = None
    delivery_discount: Amount | None = None
    total: Amount | None = None


class Payment(Struct, frozen=True):
    """One payment."""

    payment_date: Moment | None = None
    payment_status: str | None = None


class PaymentSummary(Struct, frozen=True):
    """What was paid."""

    payments: list[Payment] | None = None


class EbayReference(Struct, frozen=True):
    """The number under which eBay remits a tax, for customs."""

    name: str | None = None
    value: str | None = None


class Tax(Struct, frozen=True):
    """A tax on a line; ``ebay_reference`` where eBay collects it."""

    amount: Amount
    tax_type: str | None = None
    ebay_reference: EbayReference | None = None


class LineInstructions(Struct, frozen=True):
    """What the buyer was promised."""

    ship_by_date: Moment | None = None
    max_estimated_delivery_date: Moment | None = None


class LineProperties(Struct, frozen=True):
    """How a line was sold."""

    from_best_offer: bool | None = None
    sold_via_ad_campaign: bool | None = None


class GiftDetails(Struct, frozen=True):
    """What the buyer wrote to whom it is a present for."""

    message: str | None = None


class LineItem(Struct, frozen=True):
    """One listing or variation that was bought."""

    line_item_id: str
    title: str = ""
    sku: str | None = None
    legacy_item_id: str | None = None
    legacy_variation_id: str | None = None
    quantity: int = 1
    line_item_cost: Amount | None = None
    discounted_line_item_cost: Amount | None = None
    taxes: list[Tax] | None = None
    ebay_collect_and_remit_taxes: list[Tax] | None = None
    line_item_fulfillment_status: str | None = None
    line_item_fulfillment_instructions: LineInstructions | None = None
    properties: LineProperties | None = None
    sold_format: str | None = None
    gift_details: GiftDetails | None = None


class Order(Struct, frozen=True):
    """An order."""

    order_id: str
    creation_date: Moment
    last_modified_date: Moment
    legacy_order_id: str | None = None
    sales_record_reference: str | None = None
    order_fulfillment_status: str | None = None
    order_payment_status: str | None = None
    cancel_status: CancelStatus | None = None
    buyer: Buyer | None = None
    buyer_checkout_notes: str | None = None
    fulfillment_hrefs: list[str] | None = None
    fulfillment_start_instructions: list[StartInstruction] | None = None
    line_items: list[LineItem] = msgspec.field(default_factory=list)
    payment_summary: PaymentSummary | None = None
    pricing_summary: PricingSummary | None = None
    program: Program | None = None


class OrderPage(Struct, frozen=True):
    """One page of orders."""

    orders: list[Order]
    total: int
    next: str | None = None


class RawOrderPage(Struct, frozen=True):
    """One page of orders, as their own bytes."""

    orders: list[msgspec.Raw]


class LineReference(Struct, frozen=True):
    """Pieces of a line. A missing quantity means one (field guide ebay.md §6)."""

    line_item_id: str
    quantity: int = 1


class ShippingFulfillment(Struct, frozen=True):
    """A parcel that eBay was told of; its id is the tracking number, or without one a number that means nothing."""

    fulfillment_id: str
    shipped_date: Moment
    line_items: list[LineReference] = msgspec.field(default_factory=list)
    shipment_tracking_number: str | None = None
    shipping_carrier_code: str | None = None


class ShippingFulfillments(Struct, frozen=True):
    """All parcels of an order."""

    fulfillments: list[ShippingFulfillment]
    total: int | None = None


class ShippedLine(Struct, frozen=True):
    """Pieces of a line, as eBay is told."""

    line_item_id: str
    quantity: int


class ShippingFulfillmentDetails(Struct, frozen=True, omit_defaults=True):
    """A parcel, as eBay is told of it: number and carrier together, or neither."""

    line_items: list[ShippedLine]
    shipped_date: str
    shipping_carrier_code: str | None = None
    tracking_number: str | None = None
