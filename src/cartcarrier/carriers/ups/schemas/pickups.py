"""Pickup, v2409 (field guide ups.md §6). Flags are Y and N here, not presence."""

import msgspec

from cartcarrier.carriers.ups.schemas._base import Phone, ResponseHead, Schema


class PickupAccount(Schema, frozen=True, kw_only=True):
    """Who pays."""

    account_number: str
    account_country_code: str


class PickupShipper(Schema, frozen=True, kw_only=True):
    """Who asks."""

    account: PickupAccount


class PickupDateInfo(Schema, frozen=True, kw_only=True):
    """When, by the clock of the place."""

    close_time: str
    ready_time: str
    pickup_date: str


class PickupAddress(Schema, frozen=True, kw_only=True):
    """Where, for a visit."""

    company_name: str
    contact_name: str
    address_line: list[str]
    city: str
    state_province: str | None = None
    postal_code: str | None = None
    country_code: str
    residential_indicator: str
    phone: Phone


class PickupPiece(Schema, frozen=True, kw_only=True):
    """How many of what."""

    service_code: str
    quantity: str
    destination_country_code: str
    container_code: str


class TotalWeight(Schema, frozen=True, kw_only=True):
    """How heavy all of it is."""

    weight: str
    unit_of_measurement: str


class PickupHead(Schema, frozen=True, kw_only=True):
    """What a request begins with."""

    sub_version: str


class PickupCreationRequest(Schema, frozen=True, kw_only=True):
    """Come."""

    request: PickupHead
    rate_pickup_indicator: str
    shipper: PickupShipper
    pickup_date_info: PickupDateInfo
    pickup_address: PickupAddress
    alternate_address_indicator: str
    pickup_piece: list[PickupPiece]
    total_weight: TotalWeight | None = None
    overweight_indicator: str
    payment_method: str
    reference_number: str


class PickupCreationRequestEnvelope(Schema, frozen=True, kw_only=True):
    """Come, as it is sent."""

    pickup_creation_request: PickupCreationRequest


class PickupRateResult(Schema, frozen=True, kw_only=True):
    """What the visit costs."""

    currency_code: str | None = None
    grand_total_of_all_charge: str | None = None
    grand_total_of_all_incented_charge: str | None = None


class PickupCreationResponse(Schema, frozen=True, kw_only=True):
    """UPS will come."""

    response: ResponseHead | None = None
    prn: str | None = msgspec.field(default=None, name="PRN")
    rate_result: PickupRateResult | None = None


class PickupCreationResponseEnvelope(Schema, frozen=True, kw_only=True):
    """UPS will come, as it comes."""

    pickup_creation_response: PickupCreationResponse


class RateAddress(Schema, frozen=True, kw_only=True):
    """Where, for a price: one line, as a text."""

    address_line: str | None = None
    city: str
    state_province: str | None = None
    postal_code: str | None = None
    country_code: str
    residential_indicator: str


class PickupRateRequest(Schema, frozen=True, kw_only=True):
    """What would it cost?"""

    request: PickupHead
    shipper_account: PickupAccount
    pickup_address: RateAddress
    alternate_address_indicator: str
    service_date_option: str
    pickup_date_info: PickupDateInfo


class PickupRateRequestEnvelope(Schema, frozen=True, kw_only=True):
    """What would it cost, as it is sent."""

    pickup_rate_request: PickupRateRequest


class PickupRateResponse(Schema, frozen=True, kw_only=True):
    """What it would cost."""

    response: ResponseHead | None = None
    rate_result: PickupRateResult | None = None


class PickupRateResponseEnvelope(Schema, frozen=True, kw_only=True):
    """What it would cost, as it comes."""

    pickup_rate_response: PickupRateResponse


class PendingStatus(Schema, frozen=True, kw_only=True):
    """A visit that is still to come."""

    service_date: str | None = None
    prn: str | None = msgspec.field(default=None, name="PRN")
    reference_number: str | None = None


class PickupPendingStatusResponse(Schema, frozen=True, kw_only=True):
    """The visits that are still to come, of today and tomorrow."""

    response: ResponseHead | None = None
    pending_status: list[PendingStatus] | PendingStatus | None = None


class PickupPendingStatusResponseEnvelope(Schema, frozen=True, kw_only=True):
    """The visits that are still to come, as it comes."""

    pickup_pending_status_response: PickupPendingStatusResponse


class PickupCancelResponse(Schema, frozen=True, kw_only=True):
    """UPS will not come."""

    response: ResponseHead | None = None
    pickup_type: str | None = None


class PickupCancelResponseEnvelope(Schema, frozen=True, kw_only=True):
    """UPS will not come, as it comes."""

    pickup_cancel_response: PickupCancelResponse
