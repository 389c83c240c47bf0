"""What is sent to Ship (v2409) and to Label Recovery (v1)."""

import msgspec

from cartcarrier.carriers.ups.schemas._base import (
    AlternateDelivery,
    Amount,
    Coded,
    DeliveryConfirmation,
    Measured,
    PackageServiceOptions,
    Party,
    Payment,
    RatingOptions,
    RestrictedArticles,
    Schema,
    Sides,
    Transaction,
)


class RequestHead(Schema, frozen=True, kw_only=True):
    """What the request begins with."""

    request_option: str
    sub_version: str
    transaction_reference: Transaction | None = None


class Reference(Schema, frozen=True, kw_only=True):
    """A reference number; on packages or on the shipment, as the lane has it (field guide ups.md §4.7)."""

    code: str | None = None
    value: str


class Package(Schema, frozen=True, kw_only=True):
    """A package. Returns describe what is in it."""

    description: str | None = None
    packaging: Coded
    dimensions: Sides | None = None
    package_weight: Measured
    reference_number: list[Reference] | None = None
    additional_handling_indicator: str | None = None
    simple_rate: Coded | None = None
    package_service_options: PackageServiceOptions | None = None


class Email(Schema, frozen=True, kw_only=True):
    """To whom a notice goes."""

    email: list[str] = msgspec.field(name="EMailAddress")


class Locale(Schema, frozen=True, kw_only=True):
    """In which language an Access Point's notice is written."""

    language: str
    dialect: str


class Notification(Schema, frozen=True, kw_only=True):
    """A notice by e-mail."""

    notification_code: str
    email: Email = msgspec.field(name="EMail")
    locale: Locale | None = None


class LabelEmail(Schema, frozen=True, kw_only=True):
    """To whom a return label goes."""

    email: str = msgspec.field(name="EMailAddress")


class LabelDelivery(Schema, frozen=True, kw_only=True):
    """How the customer gets a return label (field guide ups.md §4.9)."""

    email: LabelEmail | None = msgspec.field(default=None, name="EMail")
    label_links_indicator: str | None = None


class Contacts(Schema, frozen=True, kw_only=True):
    """Who else is named on the forms."""

    sold_to: Party


class UserCreatedForm(Schema, frozen=True, kw_only=True):
    """Papers that were handed in beforehand."""

    document_id: list[str] = msgspec.field(name="DocumentID")


class Unit(Schema, frozen=True, kw_only=True):
    """How many pieces, and what one of them is worth."""

    number: str
    unit_of_measurement: Coded
    value: str


class Product(Schema, frozen=True, kw_only=True):
    """A line of the invoice."""

    description: list[str]
    unit: Unit
    commodity_code: str | None = None
    part_number: str
    origin_country_code: str
    product_weight: Measured | None = None


class ShipperFiled(Schema, frozen=True, kw_only=True):
    """The export filing that the shipper made."""

    code: str
    pre_departure_itn_number: str | None = msgspec.field(default=None, name="PreDepartureITNNumber")
    exemption_legend: str | None = None


class EEIFilingOption(Schema, frozen=True, kw_only=True):
    """Who filed the export."""

    code: str
    shipper_filed: ShipperFiled


class InternationalForms(Schema, frozen=True, kw_only=True):
    """The forms that UPS makes."""

    form_type: list[str]
    user_created_form: UserCreatedForm | None = None
    eei_filing_option: EEIFilingOption | None = msgspec.field(default=None, name="EEIFilingOption")
    contacts: Contacts | None = None
    product: list[Product]
    invoice_number: str
    invoice_date: str | None = None
    terms_of_shipment: str | None = None
    reason_for_export: str
    currency_code: str


class ShipmentServiceOptions(Schema, frozen=True, kw_only=True):
    """What is asked for the whole shipment."""

    saturday_delivery_indicator: str | None = None
    direct_delivery_only_indicator: str | None = None
    notification: list[Notification] | None = None
    label_delivery: LabelDelivery | None = None
    international_forms: InternationalForms | None = None
    delivery_confirmation: DeliveryConfirmation | None = None
    carbon_neutral_indicator: str | None = msgspec.field(default=None, name="UPScarbonneutralIndicator")
    restricted_articles: RestrictedArticles | None = None


class Shipment(Schema, frozen=True, kw_only=True):
    """A shipment to be bought."""

    description: str | None = None
    return_service: Coded | None = None
    documents_only_indicator: str | None = None
    shipper: Party
    ship_to: Party
    alternate_delivery_address: AlternateDelivery | None = None
    ship_from: Party
    payment_information: Payment
    shipment_rating_options: RatingOptions | None = None
    reference_number: list[Reference] | None = None
    service: Coded
    shipment_indication_type: list[Coded] | None = None
    invoice_line_total: Amount | None = None
    shipment_service_options: ShipmentServiceOptions | None = None
    shipment_date: str | None = None
    package: list[Package]


class StockSize(Schema, frozen=True, kw_only=True):
    """The label's paper, in inches."""

    height: str
    width: str


class LabelSpecification(Schema, frozen=True, kw_only=True):
    """The label."""

    label_image_format: Coded
    http_user_agent: str | None = msgspec.field(default=None, name="HTTPUserAgent")
    label_stock_size: StockSize | None = None


class ShipmentRequest(Schema, frozen=True, kw_only=True):
    """A purchase."""

    request: RequestHead
    shipment: Shipment
    label_specification: LabelSpecification


class ShipmentRequestEnvelope(Schema, frozen=True, kw_only=True):
    """A purchase, as it is sent."""

    shipment_request: ShipmentRequest


class RecoveryHead(Schema, frozen=True, kw_only=True):
    """What a look-up begins with."""

    sub_version: str
    transaction_reference: Transaction | None = None


class ReferenceValue(Schema, frozen=True, kw_only=True):
    """Our reference."""

    value: str


class ReferenceValues(Schema, frozen=True, kw_only=True):
    """Our reference, and whose shipment it is."""

    reference_number: ReferenceValue
    shipper_number: str


class LabelRecoveryRequest(Schema, frozen=True, kw_only=True):
    """A look-up, by our reference or by number."""

    request: RecoveryHead
    label_specification: LabelSpecification
    tracking_number: str | None = None
    reference_values: ReferenceValues | None = None


class LabelRecoveryRequestEnvelope(Schema, frozen=True, kw_only=True):
    """A look-up, as it is sent."""

    label_recovery_request: LabelRecoveryRequest
