"""Rating, v2409."""

import msgspec

from cartcarrier.carriers.ups.schemas._base import (
    Alert,
    AlternateDelivery,
    Amount,
    Coded,
    DeliveryConfirmation,
    Measured,
    PackageServiceOptions,
    Party,
    Payment,
    RatingOptions,
    ResponseHead,
    RestrictedArticles,
    Schema,
    Sides,
    Transaction,
)


class RequestHead(Schema, frozen=True, kw_only=True):
    """What the request begins with."""

    sub_version: str
    transaction_reference: Transaction | None = None


class Pickup(Schema, frozen=True, kw_only=True):
    """When the parcel is handed over."""

    date: str


class DeliveryTimeInformation(Schema, frozen=True, kw_only=True):
    """What the time in transit is computed from."""

    package_bill_type: str
    pickup: Pickup | None = None


class RatedPackageRequest(Schema, frozen=True, kw_only=True):
    """A package to be priced."""

    packaging_type: Coded
    dimensions: Sides | None = None
    package_weight: Measured
    package_service_options: PackageServiceOptions | None = None
    additional_handling_indicator: str | None = None
    simple_rate: Coded | None = None


class RateServiceOptions(Schema, frozen=True, kw_only=True):
    """What is asked for the whole shipment."""

    saturday_delivery_indicator: str | None = None
    direct_delivery_only_indicator: str | None = None
    delivery_confirmation: DeliveryConfirmation | None = None
    carbon_neutral_indicator: str | None = msgspec.field(default=None, name="UPScarbonneutralIndicator")
    restricted_articles: RestrictedArticles | None = None
    return_service: Coded | None = None


class RateShipment(Schema, frozen=True, kw_only=True):
    """A shipment to be priced."""

    shipper: Party
    ship_to: Party
    ship_from: Party
    alternate_delivery_address: AlternateDelivery | None = None
    shipment_indication_type: list[Coded] | None = None
    payment_details: Payment
    shipment_rating_options: RatingOptions
    service: Coded | None = None
    delivery_time_information: DeliveryTimeInformation | None = None
    invoice_line_total: Amount | None = None
    shipment_total_weight: Measured
    documents_only_indicator: str | None = None
    package: list[RatedPackageRequest]
    shipment_service_options: RateServiceOptions | None = None


class RateRequest(Schema, frozen=True, kw_only=True):
    """The question."""

    request: RequestHead
    pickup_type: Coded
    customer_classification: Coded | None = None
    shipment: RateShipment


class RateRequestEnvelope(Schema, frozen=True, kw_only=True):
    """The question, as it is sent."""

    rate_request: RateRequest


class ItemizedCharge(Schema, frozen=True, kw_only=True):
    """A part of a price."""

    code: str | None = None
    description: str | None = None
    currency_code: str | None = None
    monetary_value: str | None = None
    sub_type: str | None = None


class NegotiatedRateCharges(Schema, frozen=True, kw_only=True):
    """The account's own price. The total is ``TotalCharge``, singular (field guide ups.md §2.2)."""

    base_service_charge: list[Amount] | Amount | None = None
    itemized_charges: list[ItemizedCharge] | ItemizedCharge | None = None
    total_charge: Amount | None = None


class NegotiatedPackageCharges(Schema, frozen=True, kw_only=True):
    """The account's own price of one package."""

    itemized_charges: list[ItemizedCharge] | ItemizedCharge | None = None


class RatedPackage(Schema, frozen=True, kw_only=True):
    """One package's part of the price."""

    itemized_charges: list[ItemizedCharge] | ItemizedCharge | None = None
    negotiated_charges: NegotiatedPackageCharges | None = None


class Arrival(Schema, frozen=True, kw_only=True):
    """When it arrives, by the clock of the destination."""

    date: str | None = None
    time: str | None = None


class EstimatedArrival(Schema, frozen=True, kw_only=True):
    """The time in transit."""

    arrival: Arrival | None = None
    business_days_in_transit: str | None = None
    total_transit_days: str | None = None


class ServiceSummary(Schema, frozen=True, kw_only=True):
    """One service's time in transit."""

    guaranteed_indicator: str | None = None
    estimated_arrival: EstimatedArrival | None = None
    saturday_delivery: str | None = None


class TimeInTransit(Schema, frozen=True, kw_only=True):
    """The time in transit."""

    service_summary: ServiceSummary | None = None


class GuaranteedDelivery(Schema, frozen=True, kw_only=True):
    """The older, coarser block."""

    business_days_in_transit: str | None = None
    delivery_by_time: str | None = None
    scheduled_delivery_date: str | None = None


class RatedShipment(Schema, frozen=True, kw_only=True):
    """One service and its price."""

    service: Coded
    rated_shipment_alert: list[Alert] | Alert | None = None
    transportation_charges: Amount | None = None
    base_service_charge: Amount | None = None
    itemized_charges: list[ItemizedCharge] | ItemizedCharge | None = None
    service_options_charges: Amount | None = None
    total_charges: Amount | None = None
    negotiated_rate_charges: NegotiatedRateCharges | None = None
    rated_package: list[RatedPackage] | RatedPackage | None = None
    time_in_transit: TimeInTransit | None = None
    guaranteed_delivery: GuaranteedDelivery | None = None


class RateResponse(Schema, frozen=True, kw_only=True):
    """The answer."""

    response: ResponseHead
    rated_shipment: list[RatedShipment] | RatedShipment | None = None


class RateResponseEnvelope(Schema, frozen=True, kw_only=True):
    """The answer, as it comes."""

    rate_response: RateResponse
