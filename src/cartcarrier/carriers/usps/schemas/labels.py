"""Labels at home and abroad, returns, reprints, cancellations, the payment token."""

from decimal import Decimal

import msgspec

from cartcarrier.carriers.usps.schemas._base import Fee, ForeignParty, Party, Schema, Warned


class Role(Schema, frozen=True, kw_only=True):
    """A party of a payment (field guide usps.md §1.1)."""

    role_name: str
    crid: str = msgspec.field(name="CRID")
    mid: str | None = msgspec.field(default=None, name="MID")
    manifest_mid: str | None = msgspec.field(default=None, name="manifestMID")
    account_type: str | None = None
    account_number: str | None = None
    permit_number: str | None = None
    permit_zip: str | None = msgspec.field(default=None, name="permitZIP")


class PaymentRequest(Schema, frozen=True, kw_only=True):
    """Who pays, and whose barcodes are used."""

    roles: list[Role]


class PaymentResponse(Schema, frozen=True, kw_only=True):
    """The payment token; a refusal can come as ``body`` in its place (field guide usps.md §1.1)."""

    payment_authorization_token: str | None = None
    body: str | None = None


class PaymentAccountResponse(Schema, frozen=True, kw_only=True):
    """Whether the account can pay."""

    sufficient_funds: bool | None = None


class ImageInfo(Schema, frozen=True, kw_only=True):
    """Which label is wanted."""

    image_type: str
    label_type: str
    receipt_option: str | None = None
    package_number: int | None = None
    total_packages: int | None = None


class CustomerReference(Schema, frozen=True, kw_only=True):
    """A reference; printed at home only."""

    reference_number: str
    print_reference_number: bool | None = None


class PackageOptions(Schema, frozen=True, kw_only=True):
    """What else is said about a parcel."""

    package_value: Decimal | None = None
    content_type: str | None = None
    non_delivery_option: str | None = None


class PackageDescription(Schema, frozen=True, kw_only=True):
    """A parcel, with the ingredients of its price."""

    mail_class: str
    rate_indicator: str
    processing_category: str
    destination_entry_facility_type: str | None = None
    weight_uom: str = msgspec.field(name="weightUOM")
    weight: Decimal
    dimensions_uom: str = msgspec.field(name="dimensionsUOM")
    length: Decimal
    width: Decimal
    height: Decimal
    girth: Decimal | None = None
    has_nonstandard_characteristics: bool | None = None
    mailing_date: str | None = None
    customer_reference: list[CustomerReference] | None = None
    extra_services: list[int] | None = None
    package_options: PackageOptions | None = None
    prepay_duties_taxes_fees: bool | None = None


class Content(Schema, frozen=True, kw_only=True):
    """A line of a customs form. Values and weights are of the whole line."""

    item_description: str
    item_quantity: int
    item_total_value: Decimal
    weight_uom: str = msgspec.field(name="weightUOM")
    item_total_weight: Decimal
    tariff_number: str | None = msgspec.field(default=None, name="HSTariffNumber")
    country_of_origin: str | None = msgspec.field(default=None, name="countryofOrigin")


class TaxReference(Schema, frozen=True, kw_only=True):
    """A tax number, abroad."""

    reference_type: str
    reference: str


class CustomsForm(Schema, frozen=True, kw_only=True):
    """What customs is told. The references are objects abroad and texts at home (field guide usps.md §4.7)."""

    customs_content_type: str
    content_comments: str | None = None
    aes_itn: str | None = msgspec.field(default=None, name="AESITN")
    invoice_number: str | None = None
    importers_reference: TaxReference | str | None = None
    exporters_reference: TaxReference | str | None = None
    contents: list[Content]


class LabelRequest(Schema, frozen=True, kw_only=True):
    """The purchase of a label, at home or as a return."""

    image_info: ImageInfo
    to_address: Party
    from_address: Party
    package_description: PackageDescription
    customs_form: CustomsForm | None = None


class ForeignLabelRequest(Schema, frozen=True, kw_only=True):
    """The purchase of a label abroad."""

    image_info: ImageInfo
    to_address: ForeignParty
    from_address: Party
    package_description: PackageDescription
    customs_form: CustomsForm


class ReprintRequest(Schema, frozen=True, kw_only=True):
    """Which form a reprint is wanted in."""

    image_info: ImageInfo


class BoughtService(Schema, frozen=True, kw_only=True):
    """An extra service that was bought; abroad the names differ."""

    name: str | None = None
    service_id: str | None = msgspec.field(default=None, name="serviceID")
    service_name: str | None = None
    sku: str | None = msgspec.field(default=None, name="SKU")
    price: Decimal | None = None
    warnings: list[Warned] | None = None


class ItemCost(Schema, frozen=True, kw_only=True):
    """Duties on goods."""

    duty_price: Decimal | None = None
    tax_price: Decimal | None = None


class PrepaidDuties(Schema, frozen=True, kw_only=True):
    """What prepaid duties cost."""

    package_fee: Decimal | None = None
    item_costs: list[ItemCost] | None = None


class LabelMetadata(Schema, frozen=True, kw_only=True):
    """What was bought. Abroad the number has another name."""

    tracking_number: str | None = None
    international_tracking_number: str | None = None
    postage: Decimal | None = None
    extra_services: list[BoughtService] | None = None
    fees: list[Fee] | None = None
    mailing_date: str | None = None


class LabelResponse(LabelMetadata, frozen=True, kw_only=True):
    """A label: flat under the vendor's media type, with ``labelMetadata`` under the plain one."""

    label_metadata: LabelMetadata | None = None
    label_image: str | None = None
    receipt_image: str | None = None
    prepaid_duties: PrepaidDuties | None = msgspec.field(default=None, name="prepaidDutiesTaxesFees")


class CancelResponse(Schema, frozen=True, kw_only=True):
    """What became of a cancellation: ``CANCELED``, or ``DISPUTED`` when a refund was asked for."""

    tracking_number: str | None = None
    status: str
    dispute_id: str | None = None
