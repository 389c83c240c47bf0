"""Ship: ``POST /ship/v1/shipments``, its asynchronous results, and ``PUT /ship/v1/shipments/cancel``."""

from decimal import Decimal

import msgspec

from cartcarrier.carriers.fedex.schemas._base import (
    Account,
    Alert,
    Amount,
    Commodity,
    Economy,
    MeasuredWeight,
    PackageServices,
    Party,
    Payment,
    Schema,
    ShipmentServices,
    Sides,
)
from cartcarrier.carriers.fedex.schemas.rating import OperationalDetail, Sum, Surcharge


class Reference(Schema, frozen=True, kw_only=True):
    """A reference, printed and searchable."""

    customer_reference_type: str
    value: str


class ShipPackage(Schema, frozen=True, kw_only=True):
    """A package to be shipped. References come back only where ``group_package_count`` is set (field guide fedex.md §4.6)."""

    sequence_number: int
    group_package_count: int
    customer_references: list[Reference]
    declared_value: Amount | None = None
    weight: MeasuredWeight
    dimensions: Sides | None = None
    item_description: str | None = None
    package_special_services: PackageServices | None = None


class CommercialInvoice(Schema, frozen=True, kw_only=True):
    """The invoice for customs."""

    customer_references: list[Reference] | None = None
    terms_of_sale: str | None = None
    shipment_purpose: str | None = None
    special_instructions: str | None = None


class ExportDetail(Schema, frozen=True, kw_only=True):
    """How the export is filed."""

    b13_a_filing_option: str | None = msgspec.field(default=None, name="b13AFilingOption")
    export_compliance_statement: str | None = None


class RecipientCustomsId(Schema, frozen=True, kw_only=True):
    """Who the recipient is to customs."""

    type: str
    value: str


class CustomsOption(Schema, frozen=True, kw_only=True):
    """Why goods come back."""

    type: str
    description: str | None = None


class CustomsDetail(Schema, frozen=True, kw_only=True):
    """What customs is told."""

    commercial_invoice: CommercialInvoice
    duties_payment: Payment | None = None
    commodities: list[Commodity]
    is_document_only: bool | None = None
    recipient_customs_id: RecipientCustomsId | None = None
    customs_option: CustomsOption | None = None
    export_detail: ExportDetail | None = None
    total_customs_value: Amount | None = None


class LabelSpecification(Schema, frozen=True, kw_only=True):
    """Which label."""

    label_format_type: str
    image_type: str
    label_stock_type: str


class DocumentFormat(Schema, frozen=True, kw_only=True):
    """Form of a paper."""

    stock_type: str
    doc_type: str


class InvoiceDocument(Schema, frozen=True, kw_only=True):
    """The printed invoice."""

    document_format: DocumentFormat


class DocumentSpecification(Schema, frozen=True, kw_only=True):
    """Which papers."""

    shipping_document_types: list[str]
    commercial_invoice_detail: InvoiceDocument


class NoticeRecipient(Schema, frozen=True, kw_only=True):
    """Who gets e-mails, and about what."""

    email_notification_recipient_type: str
    email_address: str
    notification_format_type: str
    notification_type: str
    locale: str
    notification_event_type: list[str]


class Notices(Schema, frozen=True, kw_only=True):
    """E-mails."""

    aggregation_type: str
    email_notification_recipients: list[NoticeRecipient]


class Shipment(Schema, frozen=True, kw_only=True):
    """What is to be shipped; ``recipients`` and ``shipDatestamp``, where Rate has other names (field guide fedex.md §0.4)."""

    ship_datestamp: str | None = None
    total_declared_value: Amount | None = None
    shipper: Party
    recipients: list[Party]
    sold_to: Party | None = None
    pickup_type: str
    service_type: str
    packaging_type: str
    total_weight: Decimal
    total_package_count: int
    shipping_charges_payment: Payment
    shipment_special_services: ShipmentServices | None = None
    email_notification_detail: Notices | None = None
    customs_clearance_detail: CustomsDetail | None = None
    smart_post_info_detail: Economy | None = None
    label_specification: LabelSpecification
    shipping_document_specification: DocumentSpecification | None = None
    rate_request_type: list[str]
    preferred_currency: str | None = None
    requested_package_line_items: list[ShipPackage]


class ShipRequest(Schema, frozen=True, kw_only=True):
    """A purchase."""

    label_response_options: str
    account_number: Account
    requested_shipment: Shipment


# --- answers --------------------------------------------------------------------------------------------------------------


class Paper(Schema, frozen=True, kw_only=True):
    """A label or another paper: its bytes, or where they can be fetched for a day."""

    content_type: str | None = None
    doc_type: str | None = None
    encoded_label: str | None = None
    url: str | None = None


class Piece(Schema, frozen=True, kw_only=True):
    """A package that was bought."""

    tracking_number: str | None = None
    master_tracking_number: str | None = None
    package_sequence_number: int | None = None
    net_charge_amount: Sum = None
    package_documents: list[Paper] | None = None


class ShipSurcharge(Schema, frozen=True, kw_only=True):
    """A part of a price; its amount is described as a text."""

    surcharge_type: str | None = None
    description: str | None = None
    amount: Sum = None


class ShipDiscount(Schema, frozen=True, kw_only=True):
    """What is taken off a price."""

    rate_discount_type: str | None = None
    description: str | None = None
    amount: Sum = None


class ShipRateDetail(Schema, frozen=True, kw_only=True):
    """A price of one kind."""

    rate_type: str | None = None
    total_net_charge: Sum = None
    total_base_charge: Sum = None
    currency: str | None = None
    total_freight_discounts: Sum = None
    freight_discounts: list[ShipDiscount] | None = None
    surcharges: list[ShipSurcharge] | None = None
    taxes: list[Surcharge] | None = None


class ShipRating(Schema, frozen=True, kw_only=True):
    """The prices; the one named ``actual_rate_type`` is charged."""

    actual_rate_type: str | None = None
    shipment_rate_details: list[ShipRateDetail] | None = None


class CompletedDetail(Schema, frozen=True, kw_only=True):
    """What FedEx made of it."""

    operational_detail: OperationalDetail | None = None
    shipment_rating: ShipRating | None = None


class TransactionShipment(Schema, frozen=True, kw_only=True):
    """A shipment that was bought."""

    master_tracking_number: str | None = None
    service_type: str | None = None
    service_name: str | None = None
    ship_datestamp: str | None = None
    piece_responses: list[Piece] | None = None
    shipment_documents: list[Paper] | None = None
    completed_shipment_detail: CompletedDetail | None = None
    alerts: list[Alert] | Alert | str | None = None


class ShipOutput(Schema, frozen=True, kw_only=True):
    """The shipment, or the job that makes it."""

    transaction_shipments: list[TransactionShipment] | None = None
    job_id: str | None = None
    alerts: list[Alert] | Alert | str | None = None


class ShipAnswer(Schema, frozen=True, kw_only=True):
    """The answer."""

    transaction_id: str | None = None
    output: ShipOutput


class ResultsRequest(Schema, frozen=True, kw_only=True):
    """What became of a job."""

    account_number: Account
    job_id: str


class CancelRequest(Schema, frozen=True, kw_only=True):
    """Give a shipment back, whole."""

    account_number: Account
    deletion_control: str
    tracking_number: str


class CancelOutput(Schema, frozen=True, kw_only=True):
    """A success only when ``cancelled_shipment`` is true (field guide fedex.md §5)."""

    cancelled_shipment: bool | None = None
    cancelled_history: bool | None = None
    alerts: list[Alert] | Alert | str | None = None


class CancelAnswer(Schema, frozen=True, kw_only=True):
    """The answer."""

    output: CancelOutput
