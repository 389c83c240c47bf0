"""Track: by number, by reference, proof of delivery; and pushes, which resemble the first."""

import msgspec

from cartcarrier.carriers.fedex.schemas._base import Alert, PostalAddress, Schema


class NumberInfo(Schema, frozen=True, kw_only=True):
    """A tracking number; the unique id tells apart those that were used again."""

    tracking_number: str | None = None
    carrier_code: str | None = None
    tracking_number_unique_id: str | None = None


class TrackingInfo(Schema, frozen=True, kw_only=True):
    """One number to be followed."""

    tracking_number_info: NumberInfo
    ship_date_begin: str | None = None
    ship_date_end: str | None = None


class TrackRequest(Schema, frozen=True, kw_only=True, omit_defaults=False):
    """Up to 30 numbers."""

    include_detailed_scans: bool
    tracking_info: list[TrackingInfo]


class ReferencesInformation(Schema, frozen=True, kw_only=True):
    """A reference; the last name is FedEx's (field guide fedex.md §7.1)."""

    type: str
    value: str
    account_number: str
    ship_date_begin: str
    ship_date_end_date: str


class ReferenceRequest(Schema, frozen=True, kw_only=True, omit_defaults=False):
    """A question by reference."""

    references_information: ReferencesInformation
    include_detailed_scans: bool


# --- answers --------------------------------------------------------------------------------------------------------------


class TrackError(Schema, frozen=True, kw_only=True):
    """Why there is nothing about one number. Its message is not read."""

    code: str | None = None


class Ancillary(Schema, frozen=True, kw_only=True):
    """Why something went otherwise."""

    reason: str | None = None
    reason_description: str | None = None


class Delay(Schema, frozen=True, kw_only=True):
    """What holds it up."""

    type: str | None = None
    status: str | None = None


class StatusDetail(Schema, frozen=True, kw_only=True):
    """Where the parcel stands; ``derived_code`` goes before ``code`` (field guide fedex.md §7.2)."""

    code: str | None = None
    derived_code: str | None = None
    status_by_locale: str | None = None
    description: str | None = None
    scan_location: PostalAddress | None = None
    ancillary_details: list[Ancillary] | None = None
    delay_detail: Delay | None = None


class ScanEvent(Schema, frozen=True, kw_only=True):
    """A scan."""

    date: str | None = None
    event_type: str | None = None
    event_description: str | None = None
    exception_code: str | None = None
    exception_description: str | None = None
    derived_status_code: str | None = None
    derived_status: str | None = None
    scan_location: PostalAddress | None = None
    delay_detail: Delay | None = None


class DateAndTime(Schema, frozen=True, kw_only=True):
    """A time of some kind."""

    type: str | None = None
    date_time: str | None = None


class TimeRange(Schema, frozen=True, kw_only=True):
    """From when to when."""

    begins: str | None = None
    ends: str | None = None


class TimeWindow(Schema, frozen=True, kw_only=True):
    """When it is expected."""

    window: TimeRange | None = None


class DeliveryDetails(Schema, frozen=True, kw_only=True):
    """Who took it, and how often FedEx tried."""

    received_by_name: str | None = None
    signed_by_name: str | None = None
    delivery_attempts: str | int | None = None


class ReturnInfo(Schema, frozen=True, kw_only=True):
    """It is on its way back."""

    authorization_name: str | None = None


class ServiceInfo(Schema, frozen=True, kw_only=True):
    """The service."""

    type: str | None = None
    description: str | None = None


class PackageIdentifier(Schema, frozen=True, kw_only=True):
    """Another number of the parcel: a reference of ours, the master of its shipment."""

    type: str | None = None
    values: list[str] | str | None = msgspec.field(default=None, name="value")


class AdditionalInfo(Schema, frozen=True, kw_only=True):
    """Other numbers."""

    package_identifiers: list[PackageIdentifier] | None = None


class PackageDetails(Schema, frozen=True, kw_only=True):
    """Which of how many."""

    sequence_number: str | int | None = None
    count: str | int | None = None


class TrackResult(Schema, frozen=True, kw_only=True):
    """What is known about one parcel, or an error in its place (field guide fedex.md §7.2)."""

    tracking_number_info: NumberInfo | None = None
    additional_tracking_info: AdditionalInfo | None = None
    error: TrackError | None = None
    latest_status_detail: StatusDetail | None = None
    scan_events: list[ScanEvent] | None = None
    date_and_times: list[DateAndTime] | None = None
    estimated_delivery_time_window: TimeWindow | None = None
    standard_transit_time_window: TimeWindow | None = None
    delivery_details: DeliveryDetails | None = None
    return_detail: ReturnInfo | None = None
    service_detail: ServiceInfo | None = None
    package_details: PackageDetails | None = None


class CompleteTrackResult(Schema, frozen=True, kw_only=True):
    """All that answers to one number; several where it was used again."""

    tracking_number: str | None = None
    track_results: list[TrackResult] | None = None


class TrackOutput(Schema, frozen=True, kw_only=True):
    """All numbers. ``alerts`` is described as a list and comes as a text, too (field guide fedex.md §11, pitfall 14)."""

    complete_track_results: list[CompleteTrackResult] | None = None
    alerts: list[Alert] | Alert | str | None = None


class TrackAnswer(Schema, frozen=True, kw_only=True):
    """The answer."""

    output: TrackOutput


class Push(Schema, frozen=True, kw_only=True):
    """A push: a result, several of them, or as Track would answer (field guide fedex.md §7.5: no description is published)."""

    output: TrackOutput | None = None
    complete_track_results: list[CompleteTrackResult] | None = None
    track_results: list[TrackResult] | None = None
    tracking_number: str | None = None
    tracking_number_info: NumberInfo | None = None
    latest_status_detail: StatusDetail | None = None
    scan_events: list[ScanEvent] | None = None


# --- proof of delivery ----------------------------------------------------------------------------------------------------


class ProofDetail(Schema, frozen=True, kw_only=True):
    """Which paper."""

    document_type: str
    document_format: str


class ProofSpecification(Schema, frozen=True, kw_only=True):
    """Of which parcel."""

    tracking_number_info: NumberInfo
    ship_date_begin: str | None = None
    ship_date_end: str | None = None
    account_number: str | None = None


class ProofRequest(Schema, frozen=True, kw_only=True):
    """A question for a proof of delivery."""

    track_document_detail: ProofDetail
    track_document_specification: list[ProofSpecification]


class ProofOutput(Schema, frozen=True, kw_only=True):
    """The papers."""

    document_format: str | None = None
    papers: list[str] | str | None = msgspec.field(default=None, name="document")
    alerts: list[Alert] | Alert | str | None = None


class ProofAnswer(Schema, frozen=True, kw_only=True):
    """The answer."""

    output: ProofOutput
