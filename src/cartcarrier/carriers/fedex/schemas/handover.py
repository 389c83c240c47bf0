"""The handing over: end of day, pickup, trade documents."""

from cartcarrier.carriers.fedex.schemas._base import (
    Account,
    Alert,
    Contact,
    MeasuredWeight,
    PostalAddress,
    Schema,
)


class CloseDocuments(Schema, frozen=True, kw_only=True):
    """Which papers."""

    close_document_types: list[str]


class CloseRequest(Schema, frozen=True, kw_only=True):
    """Close the day of Ground, or print the manifest again."""

    account_number: Account
    close_req_type: str
    ground_service_category: str
    close_date: str
    tracking_number: str | None = None
    reprint_option: str | None = None
    close_document_specification: CloseDocuments


class CloseDocumentPart(Schema, frozen=True, kw_only=True):
    """A part of a paper, base64."""

    document_part_sequence_number: int | None = None
    image: str | None = None


class CloseDocument(Schema, frozen=True, kw_only=True):
    """A paper."""

    type: str | None = None
    shipping_cycle: str | None = None
    parts: list[CloseDocumentPart] | None = None


class CloseOutput(Schema, frozen=True, kw_only=True):
    """The papers."""

    close_documents: list[CloseDocument] | None = None
    alerts: list[Alert] | Alert | str | None = None


class CloseAnswer(Schema, frozen=True, kw_only=True):
    """The answer."""

    transaction_id: str | None = None
    output: CloseOutput


# --- pickup ---------------------------------------------------------------------------------------------------------------


class PickupLocation(Schema, frozen=True, kw_only=True):
    """Where, and whom to ask for."""

    contact: Contact
    address: PostalAddress


class PickupOrigin(Schema, frozen=True, kw_only=True):
    """Where and when."""

    pickup_address_type: str
    pickup_location: PickupLocation
    ready_date_timestamp: str
    customer_close_time: str
    pickup_date_type: str


class PickupRequest(Schema, frozen=True, kw_only=True):
    """Ask FedEx to come."""

    associated_account_number: Account
    origin_detail: PickupOrigin
    total_weight: MeasuredWeight | None = None
    package_count: int
    carrier_code: str


class PickupOutput(Schema, frozen=True, kw_only=True):
    """FedEx will come."""

    pickup_confirmation_code: str | None = None
    location: str | None = None
    alerts: list[Alert] | Alert | str | None = None


class PickupAnswer(Schema, frozen=True, kw_only=True):
    """The answer."""

    output: PickupOutput


class PickupCancelRequest(Schema, frozen=True, kw_only=True):
    """Tell FedEx not to come; Express needs the location (field guide fedex.md §6)."""

    associated_account_number: Account
    pickup_confirmation_code: str
    carrier_code: str
    scheduled_date: str
    location: str | None = None


class PickupCancelOutput(Schema, frozen=True, kw_only=True):
    """FedEx will not come."""

    pickup_confirmation_code: str | None = None


class PickupCancelAnswer(Schema, frozen=True, kw_only=True):
    """The answer."""

    output: PickupCancelOutput


# --- trade documents ------------------------------------------------------------------------------------------------------


class UploadMeta(Schema, frozen=True, kw_only=True):
    """What a paper is, and for which border."""

    ship_document_type: str
    origin_country_code: str
    destination_country_code: str


class Upload(Schema, frozen=True, kw_only=True):
    """The field ``document`` of the form."""

    workflow_name: str
    name: str
    content_type: str
    meta: UploadMeta


class UploadedMeta(Schema, frozen=True, kw_only=True):
    """What it became."""

    document_type: str | None = None
    doc_id: str | None = None


class UploadOutput(Schema, frozen=True, kw_only=True):
    """What it became."""

    meta: UploadedMeta | None = None


class UploadAnswer(Schema, frozen=True, kw_only=True):
    """The answer."""

    output: UploadOutput
