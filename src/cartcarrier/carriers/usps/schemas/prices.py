"""Prices: Shipping Options, Domestic Prices, International Prices, Service Standards."""

from decimal import Decimal

import msgspec

from cartcarrier.carriers.usps.schemas._base import Fee, Schema, Warned


class PaymentAccount(Schema, frozen=True, kw_only=True):
    """Whose contract prices."""

    account_type: str
    account_number: str
    crid: str | None = msgspec.field(default=None, name="CRID")


class PricingOption(Schema, frozen=True, kw_only=True):
    """Which prices are wanted."""

    price_type: str
    payment_account: PaymentAccount | None = None


class OptionsPackage(Schema, frozen=True, kw_only=True):
    """A parcel, as Shipping Options takes it."""

    weight: Decimal
    length: Decimal
    width: Decimal
    height: Decimal
    girth: Decimal | None = None
    has_nonstandard_characteristics: bool | None = None
    mail_class: str
    extra_services: list[int] | None = None
    package_value: Decimal | None = None
    mailing_date: str


class QuotedItem(Schema, frozen=True, kw_only=True):
    """Goods, for a quote of duties."""

    item_id: str
    item_value: Decimal
    item_quantity: int
    country_of_origin: str | None = None
    tariff_number: str | None = msgspec.field(default=None, name="HSTariffNumber")


class OptionsRequest(Schema, frozen=True, kw_only=True):
    """A question to Shipping Options: all services, prices, extra services and delivery days of one parcel in one call."""

    origin_zip_code: str = msgspec.field(name="originZIPCode")
    destination_zip_code: str | None = msgspec.field(default=None, name="destinationZIPCode")
    destination_country_code: str | None = None
    foreign_postal_code: str | None = None
    pricing_options: list[PricingOption]
    package_description: OptionsPackage
    request_duties_taxes_fees: bool | None = None
    destination_city: str | None = None
    destination_state: str | None = None
    items: list[QuotedItem] | None = None


class PricesRequest(Schema, frozen=True, kw_only=True):
    """A question to Prices: ``total-rates`` or ``base-rates-list``, at home or abroad."""

    origin_zip_code: str = msgspec.field(name="originZIPCode")
    destination_zip_code: str | None = msgspec.field(default=None, name="destinationZIPCode")
    destination_country_code: str | None = None
    foreign_postal_code: str | None = None
    weight: Decimal
    length: Decimal
    width: Decimal
    height: Decimal
    mail_class: str | None = None
    mail_classes: list[str] | None = None
    price_type: str
    mailing_date: str
    account_type: str | None = None
    account_number: str | None = None
    has_nonstandard_characteristics: bool | None = None
    item_value: Decimal | None = None
    extra_services: list[int] | None = None


class Rate(Schema, frozen=True, kw_only=True):
    """A price with its ingredients: a label that repeats them costs the same (field guide usps.md §2.2)."""

    sku: str | None = msgspec.field(default=None, name="SKU")
    description: str | None = None
    price_type: str | None = None
    price: Decimal | None = None
    fees: list[Fee] | None = None
    mail_class: str | None = None
    product_name: str | None = None
    processing_category: str | None = None
    rate_indicator: str | None = None
    destination_entry_facility_type: str | None = None


class ExtraService(Schema, frozen=True, kw_only=True):
    """The price of an extra service."""

    extra_service: str | None = None
    name: str | None = None
    sku: str | None = msgspec.field(default=None, name="SKU")
    price: Decimal | None = None
    warnings: list[Warned] | None = None


class Commitment(Schema, frozen=True, kw_only=True):
    """How long it takes."""

    name: str | None = None
    schedule_delivery_date: str | None = None
    expected_delivery_date: str | None = None
    guaranteed_delivery: bool | None = None


class ItemDuties(Schema, frozen=True, kw_only=True):
    """Duties on goods."""

    duty_price: Decimal | None = None
    tax_price: Decimal | None = None


class Duties(Schema, frozen=True, kw_only=True):
    """What prepaid duties cost."""

    package_fee: Decimal | None = None
    item_quotes: list[ItemDuties] | None = None


class RateOption(Schema, frozen=True, kw_only=True):
    """One way to send it."""

    commitment: Commitment | None = None
    total_price: Decimal | None = None
    total_base_price: Decimal | None = None
    rates: list[Rate] | None = None
    extra_services: list[ExtraService] | None = None
    duties: Duties | None = msgspec.field(default=None, name="dutiesTaxesFeesQuote")


class ShippingOption(Schema, frozen=True, kw_only=True):
    """One mail class."""

    mail_class: str | None = None
    rate_options: list[RateOption] | None = None


class PricedOptions(Schema, frozen=True, kw_only=True):
    """What was found under one type of price."""

    shipping_options: list[ShippingOption] | None = None


class OptionsResponse(Schema, frozen=True, kw_only=True):
    """The answer of Shipping Options."""

    pricing_options: list[PricedOptions]


class PricesResponse(Schema, frozen=True, kw_only=True):
    """The answer of Prices."""

    rate_options: list[RateOption]


class EstimatedDelivery(Schema, frozen=True, kw_only=True):
    """When it should be there."""

    scheduled_delivery_date_time: str | None = None


class Estimate(Schema, frozen=True, kw_only=True):
    """A service standard. USPS publishes examples only (field guide usps.md §2)."""

    mail_class: str
    service_standard: int | str | None = None
    service_standard_message: str | None = None
    delivery: EstimatedDelivery | None = None
