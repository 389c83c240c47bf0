"""Rates and transit times: ``POST /rate/v1/rates/quotes`` and ``POST /availability/v1/transittimes``."""

from decimal import Decimal

import msgspec

from cartcarrier.carriers.fedex.schemas._base import (
    Account,
    AlcoholDetail,
    Alert,
    Amount,
    Commodity,
    Economy,
    MeasuredWeight,
    Payment,
    PostalAddress,
    Schema,
    ShipmentServices,
    Sides,
    StandaloneBattery,
)


class Place(Schema, frozen=True, kw_only=True):
    """From or to where."""

    address: PostalAddress


class RateBattery(Schema, frozen=True, kw_only=True):
    """Lithium batteries in, or with, what they power; in words that differ from Ship's."""

    material: str
    regulatory_sub_type: str
    packing: str


class RatePackageServices(Schema, frozen=True, kw_only=True):
    """What is asked for one package."""

    special_service_types: list[str]
    signature_option_type: str | None = None
    alcohol_detail: AlcoholDetail | None = None
    battery_details: list[RateBattery] | None = None
    standalone_battery_details: list[StandaloneBattery] | None = None
    dry_ice_weight: MeasuredWeight | None = None


class RatePackage(Schema, frozen=True, kw_only=True):
    """A package to be priced."""

    group_package_count: int | None = None
    declared_value: Amount | None = None
    weight: MeasuredWeight
    dimensions: Sides | None = None
    package_special_services: RatePackageServices | None = None


class RateCustoms(Schema, frozen=True, kw_only=True):
    """Goods that cross a border."""

    duties_payment: Payment | None = None
    commodities: list[Commodity]


class RateShipment(Schema, frozen=True, kw_only=True):
    """What is to be priced; ``recipient`` and ``shipDateStamp``, where Ship has other names (field guide fedex.md §0.4)."""

    shipper: Place
    recipient: Place
    service_type: str | None = None
    preferred_currency: str | None = None
    rate_request_type: list[str]
    ship_date_stamp: str | None = None
    pickup_type: str
    packaging_type: str | None = None
    total_package_count: int | None = None
    total_weight: Decimal | None = None
    document_shipment: bool | None = None
    requested_package_line_items: list[RatePackage]
    shipment_special_services: ShipmentServices | None = None
    customs_clearance_detail: RateCustoms | None = None
    smart_post_info_detail: Economy | None = None


class RateControls(Schema, frozen=True, kw_only=True):
    """How to answer."""

    return_transit_times: bool | None = None
    variable_options: str | None = None


class RateRequest(Schema, frozen=True, kw_only=True):
    """A question for prices."""

    account_number: Account
    rate_request_control_parameters: RateControls
    requested_shipment: RateShipment


# A number, or the older interface's object (field guide fedex.md §2.2).
Sum = Decimal | Amount | None


class Surcharge(Schema, frozen=True, kw_only=True):
    """A part of a price."""

    type: str | None = None
    description: str | None = None
    amount: Sum = None


class ShipmentRateDetail(Schema, frozen=True, kw_only=True):
    """How a price came about."""

    currency: str | None = None
    sur_charges: list[Surcharge] | None = None
    taxes: list[Surcharge] | None = None
    freight_discount: list[Surcharge] | None = None


class RatedShipmentDetail(Schema, frozen=True, kw_only=True):
    """A price of one kind: the account's, the list's, one in a wished-for currency. The description has no currency here."""

    rate_type: str | None = None
    total_net_charge: Sum = None
    total_net_fed_ex_charge: Sum = msgspec.field(default=None, name="totalNetFedExCharge")
    total_base_charge: Sum = None
    currency: str | None = None
    shipment_rate_detail: ShipmentRateDetail | None = None


class DateDetail(Schema, frozen=True, kw_only=True):
    """When it arrives, by the destination's wall clock; Rate writes ``day_format``, transit times ``day``."""

    day_format: str | None = None
    day: str | None = None


class TransitDays(Schema, frozen=True, kw_only=True):
    """How long it takes, in words."""

    minimum_transit_time: str | None = None
    maximum_transit_time: str | None = None
    description: str | None = None


class Commit(Schema, frozen=True, kw_only=True):
    """What FedEx promises."""

    date_detail: DateDetail | None = None
    transit_days: TransitDays | None = None
    guaranteed_type: str | None = None
    saturday_delivery: bool | None = None


class OperationalDetail(Schema, frozen=True, kw_only=True):
    """What FedEx plans."""

    delivery_date: str | None = None
    commit_date: str | None = None
    transit_time: str | None = None
    ineligible_for_money_back_guarantee: bool | None = None


class CustomerMessage(Schema, frozen=True, kw_only=True):
    """What FedEx wants known."""

    code: str | None = None
    message: str | None = None


class RateReplyDetail(Schema, frozen=True, kw_only=True):
    """A service and its prices."""

    service_type: str | None = None
    service_name: str | None = None
    packaging_type: str | None = None
    customer_messages: list[CustomerMessage] | None = None
    rated_shipment_details: list[RatedShipmentDetail] | None = None
    operational_detail: OperationalDetail | None = None
    commit: Commit | None = None


class RateOutput(Schema, frozen=True, kw_only=True):
    """All services."""

    rate_reply_details: list[RateReplyDetail] | None = None
    alerts: list[Alert] | Alert | str | None = None


class RateAnswer(Schema, frozen=True, kw_only=True):
    """The answer."""

    transaction_id: str | None = None
    output: RateOutput


# --- transit times --------------------------------------------------------------------------------------------------------


class TransitCustoms(Schema, frozen=True, kw_only=True):
    """Goods that cross a border."""

    commodities: list[Commodity]


class TransitShipment(Schema, frozen=True, kw_only=True):
    """What is asked about: ``recipients`` as in Ship."""

    shipper: Place
    recipients: list[Place]
    service_type: str | None = None
    packaging_type: str
    ship_datestamp: str | None = None
    pickup_type: str | None = None
    requested_package_line_items: list[RatePackage]
    customs_clearance_detail: TransitCustoms | None = None


class TransitRequest(Schema, frozen=True, kw_only=True):
    """A question for durations."""

    requested_shipment: TransitShipment
    carrier_codes: list[str] | None = None


class TransitTimeDetail(Schema, frozen=True, kw_only=True):
    """A service and how long it takes."""

    service_type: str | None = None
    service_name: str | None = None
    commit: Commit | None = None


class TransitTimes(Schema, frozen=True, kw_only=True):
    """Services between two places."""

    transit_time_details: list[TransitTimeDetail] | None = None


class TransitOutput(Schema, frozen=True, kw_only=True):
    """All services."""

    transit_times: list[TransitTimes] | None = None
    alerts: list[Alert] | Alert | str | None = None


class TransitAnswer(Schema, frozen=True, kw_only=True):
    """The answer."""

    output: TransitOutput
