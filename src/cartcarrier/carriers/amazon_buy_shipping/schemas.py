"""Shipping v2 as far as it is used. What Amazon calls required may be missing or null in its answers (field guide amazon.md §8.17)."""

from decimal import Decimal

import msgspec


class Asked(
    msgspec.Struct, rename="camel", frozen=True, gc=False, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """A part of what is sent. What is ``None`` is left out: empty texts are refused."""


class Answered(msgspec.Struct, rename="camel", frozen=True, gc=False, kw_only=True):
    """A part of what comes back."""


# --- what is sent -------------------------------------------------------------------------------------------------------


class Currency(Asked, frozen=True, kw_only=True):
    """Money; the amount is a JSON number."""

    value: Decimal
    unit: str


class Measure(Asked, frozen=True, kw_only=True):
    """A weight."""

    value: Decimal
    unit: str


class Sides(Asked, frozen=True, kw_only=True):
    """The sides of a parcel."""

    length: Decimal
    width: Decimal
    height: Decimal
    unit: str


class Address(Asked, frozen=True, kw_only=True):
    """An address."""

    name: str
    address_line1: str = msgspec.field(name="addressLine1")
    address_line2: str | None = msgspec.field(default=None, name="addressLine2")
    address_line3: str | None = msgspec.field(default=None, name="addressLine3")
    company_name: str | None = None
    state_or_region: str
    city: str
    country_code: str
    postal_code: str
    email: str | None = None
    phone_number: str | None = None


class Item(Asked, frozen=True, kw_only=True):
    """What lies in the parcel; for an Amazon order, the id of its line."""

    item_value: Currency | None = None
    description: str | None = None
    item_identifier: str | None = None
    quantity: int
    weight: Measure | None = None


class Package(Asked, frozen=True, kw_only=True):
    """A parcel."""

    dimensions: Sides
    weight: Measure
    insured_value: Currency
    package_client_reference_id: str
    items: list[Item]


class AmazonOrderDetails(Asked, frozen=True, kw_only=True):
    """Which order of Amazon's marketplaces."""

    order_id: str


class ChannelDetails(Asked, frozen=True, kw_only=True):
    """Where it was sold: ``AMAZON`` or ``EXTERNAL``."""

    channel_type: str
    amazon_order_details: AmazonOrderDetails | None = None


class ShipperInstruction(Asked, frozen=True, kw_only=True):
    """For the driver at the door."""

    delivery_notes: str


class AccessPoint(Asked, frozen=True, kw_only=True):
    """Where the parcel waits for its recipient."""

    access_point_id: str


class TaxDetail(Asked, frozen=True, kw_only=True):
    """A tax number."""

    tax_type: str
    tax_registration_number: str


class RatesRequest(Asked, frozen=True, kw_only=True):
    """The question for prices."""

    ship_to: Address | None = None
    ship_from: Address
    ship_date: str | None = None
    shipper_instruction: ShipperInstruction | None = None
    packages: list[Package]
    tax_details: list[TaxDetail] | None = None
    channel_details: ChannelDetails
    destination_access_point_details: AccessPoint | None = None


class Size(Asked, frozen=True, kw_only=True):
    """Size of a document."""

    width: Decimal
    length: Decimal
    unit: str


class LabelCustomization(Asked, frozen=True, kw_only=True):
    """What is printed beside the usual."""

    request_attributes: list[str]


class DocumentSpecification(Asked, frozen=True, kw_only=True):
    """Which documents are wanted; it must be one of the rate's (field guide amazon.md §4.2)."""

    format: str
    size: Size
    dpi: int | None = None
    page_layout: str | None = None
    need_file_joining: bool
    requested_document_types: list[str]
    requested_label_customization: LabelCustomization | None = None


class ServiceChoice(Asked, frozen=True, kw_only=True):
    """A value-added service that is bought too."""

    id: str


class PurchaseRequest(Asked, frozen=True, kw_only=True):
    """The purchase."""

    request_token: str
    rate_id: str
    requested_document_specification: DocumentSpecification
    requested_value_added_services: list[ServiceChoice] | None = None
    additional_inputs: msgspec.Raw | None = None


# --- what comes back ----------------------------------------------------------------------------------------------------


class Price(Answered, frozen=True, kw_only=True):
    """Money."""

    value: Decimal
    unit: str


class Window(Answered, frozen=True, kw_only=True):
    """From when to when."""

    start: str | None = None
    end: str | None = None


class Promise(Answered, frozen=True, kw_only=True):
    """What is promised."""

    delivery_window: Window | None = None
    pickup_window: Window | None = None


class OfferedSize(Answered, frozen=True, kw_only=True):
    """Size of a document."""

    width: Decimal
    length: Decimal
    unit: str


class DocumentDetail(Answered, frozen=True, kw_only=True):
    """A kind of document, and whether it must be taken."""

    name: str
    is_mandatory: bool = False


class PrintOption(Answered, frozen=True, kw_only=True):
    """What goes together."""

    supported_dp_is: list[int] | None = msgspec.field(default=None, name="supportedDPIs")
    supported_page_layouts: list[str] | None = None
    supported_file_joining_options: list[bool] | None = None
    supported_document_details: list[DocumentDetail] | None = None


class OfferedDocument(Answered, frozen=True, kw_only=True):
    """A form in which the label can be had."""

    format: str
    size: OfferedSize
    print_options: list[PrintOption] | None = None


class ValueAddedService(Answered, frozen=True, kw_only=True):
    """A service that can be bought with the label."""

    id: str
    name: str | None = None
    cost: Price | None = None


class ServiceGroup(Answered, frozen=True, kw_only=True):
    """Services of which, where it is required, one must be taken."""

    group_id: str | None = None
    group_description: str | None = None
    is_required: bool = False
    value_added_services: list[ValueAddedService] | None = None


class RateItem(Answered, frozen=True, kw_only=True):
    """A part of the price."""

    rate_item_id: str | None = msgspec.field(default=None, name="rateItemID")
    rate_item_type: str | None = None
    rate_item_charge: Price | None = None
    rate_item_name_localization: str | None = None


class ExcludedBenefit(Answered, frozen=True, kw_only=True):
    """What Amazon does not give with this offer."""

    benefit: str | None = None
    reason_codes: list[str] | None = None


class Benefits(Answered, frozen=True, kw_only=True):
    """What Amazon gives with this offer."""

    included_benefits: list[str] | None = None
    excluded_benefits: list[ExcludedBenefit] | None = None


class OfferedRate(Answered, frozen=True, kw_only=True):
    """An offer."""

    rate_id: str
    carrier_id: str
    carrier_name: str | None = None
    service_id: str
    service_name: str | None = None
    total_charge: Price
    promise: Promise | None = None
    supported_document_specifications: list[OfferedDocument] | None = None
    available_value_added_service_groups: list[ServiceGroup] | None = None
    requires_additional_inputs: bool = False
    rate_item_list: list[RateItem] | None = None
    payment_type: str | None = None
    benefits: Benefits | None = None


class IneligibilityReason(Answered, frozen=True, kw_only=True):
    """Why there is no offer. Its text is not read: it may quote what was sent."""

    code: str = "UNKNOWN"


class IneligibleRate(Answered, frozen=True, kw_only=True):
    """A service that is not on offer."""

    service_id: str
    service_name: str | None = None
    carrier_id: str | None = None
    carrier_name: str | None = None
    ineligibility_reasons: list[IneligibilityReason] | None = None


class Rates(Answered, frozen=True, kw_only=True):
    """The answer to the question for prices."""

    request_token: str
    rates: list[OfferedRate] | None = None
    ineligible_rates: list[IneligibleRate] | None = None


class PackageDocument(Answered, frozen=True, kw_only=True):
    """A document, in base64."""

    type: str | None = None
    format: str | None = None
    contents: str | None = None


class PackageDocuments(Answered, frozen=True, kw_only=True):
    """What was bought for a parcel. Amazon's own example has the number as a JSON number."""

    package_client_reference_id: str | None = None
    package_documents: list[PackageDocument] | None = None
    tracking_id: str | int | None = None


class Purchased(Answered, frozen=True, kw_only=True):
    """The answer to a purchase."""

    shipment_id: str
    package_document_details: list[PackageDocuments] | None = None
    promise: Promise | None = None
    benefits: Benefits | None = None


class Reprinted(Answered, frozen=True, kw_only=True):
    """Documents, given once more."""

    shipment_id: str
    package_document_detail: PackageDocuments


class Place(Answered, frozen=True, kw_only=True):
    """Where something happened."""

    state_or_region: str | None = None
    city: str | None = None
    country_code: str | None = None
    postal_code: str | None = None


class Event(Answered, frozen=True, kw_only=True):
    """Something that happened to a parcel."""

    event_code: str | None = None
    location: Place | None = None
    event_time: str | None = None
    shipment_type: str | None = None


class DetailCodes(Answered, frozen=True, kw_only=True):
    """Details of the ways there and back."""

    forward: list[str] | None = None
    returns: list[str] | None = None


class Summary(Answered, frozen=True, kw_only=True):
    """How far it is."""

    status: str | None = None
    tracking_detail_codes: DetailCodes | None = None


class Followed(Answered, frozen=True, kw_only=True):
    """The answer about a parcel; everything but the number's name may be null (field guide amazon.md §6.2)."""

    tracking_id: str | int | None
    alternate_leg_tracking_id: str | None = None
    event_history: list[Event] | None = None
    promised_delivery_date: str | None = None
    summary: Summary | None = None
