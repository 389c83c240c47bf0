"""Paperless Documents, v2: papers of your own for customs (field guide ups.md §4.4)."""

import msgspec

from cartcarrier.carriers.ups.schemas._base import ResponseHead, Schema, Transaction


class PaperHead(Schema, frozen=True, kw_only=True):
    """What a request begins with. It is demanded, and may not be empty."""

    transaction_reference: Transaction


class CreatedForm(Schema, frozen=True, kw_only=True):
    """A file, in base64."""

    file_name: str = msgspec.field(name="UserCreatedFormFileName")
    file: str = msgspec.field(name="UserCreatedFormFile")
    file_format: str = msgspec.field(name="UserCreatedFormFileFormat")
    document_type: str = msgspec.field(name="UserCreatedFormDocumentType")


class UploadRequest(Schema, frozen=True, kw_only=True):
    """Papers to be kept."""

    request: PaperHead
    shipper_number: str
    user_created_form: list[CreatedForm]


class UploadRequestEnvelope(Schema, frozen=True, kw_only=True):
    """Papers to be kept, as they are sent."""

    upload_request: UploadRequest


class DocumentIds(Schema, frozen=True, kw_only=True):
    """What UPS calls papers that it keeps."""

    document_id: list[str] | str | None = msgspec.field(default=None, name="DocumentID")


class UploadResponse(Schema, frozen=True, kw_only=True):
    """What was kept."""

    response: ResponseHead | None = None
    forms_history_document_id: DocumentIds | None = msgspec.field(default=None, name="FormsHistoryDocumentID")


class UploadResponseEnvelope(Schema, frozen=True, kw_only=True):
    """What was kept, as it comes."""

    upload_response: UploadResponse


class PushRequest(Schema, frozen=True, kw_only=True):
    """Papers that belong to a shipment that was bought already."""

    request: PaperHead
    shipper_number: str
    forms_history_document_id: DocumentIds = msgspec.field(name="FormsHistoryDocumentID")
    shipment_identifier: str
    shipment_date_and_time: str
    shipment_type: str
    tracking_number: list[str]


class PushRequestEnvelope(Schema, frozen=True, kw_only=True):
    """Papers for a shipment, as they are sent."""

    push_request: PushRequest = msgspec.field(name="PushToImageRepositoryRequest")


class PushResponse(Schema, frozen=True, kw_only=True):
    """The papers belong to the shipment now."""

    response: ResponseHead | None = None
    forms_group_id: str | None = msgspec.field(default=None, name="FormsGroupID")


class PushResponseEnvelope(Schema, frozen=True, kw_only=True):
    """The papers belong to the shipment now, as it comes."""

    push_response: PushResponse = msgspec.field(name="PushToImageRepositoryResponse")


class DeleteResponse(Schema, frozen=True, kw_only=True):
    """A paper is gone."""

    response: ResponseHead | None = None


class DeleteResponseEnvelope(Schema, frozen=True, kw_only=True):
    """A paper is gone, as it comes."""

    delete_response: DeleteResponse
