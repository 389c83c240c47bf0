"""Papers of your own for customs (field guide ups.md §4.4).

UPS's identity of a paper does not say what it is, and a shipment must know whether the invoice is among them. So the identity that
the driver gives out is UPS's kind of paper, a colon, and UPS's number; UPS's bare number is taken too, for a paper of unknown kind.
"""

import base64
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import attrs

from cartcarrier.carriers.ups.codes import PAPER_FORMATS, PAPER_KINDS
from cartcarrier.carriers.ups.schemas._base import Transaction, many
from cartcarrier.carriers.ups.schemas.papers import (
    CreatedForm,
    DocumentIds,
    PaperHead,
    PushRequest,
    PushRequestEnvelope,
    UploadRequest,
    UploadRequestEnvelope,
    UploadResponse,
)
from cartcarrier.errors import InvalidValueError
from cartcarrier.models import Document, Shipment

INVOICE: Final = "002"
MOST_PAPERS: Final = 13
_MOST_BYTES: Final = 10 * 1024 * 1024
_MOST_BYTES_IN_TESTS: Final = 1024 * 1024
_SMALL_PACKAGE: Final = "1"
_KIND: Final = re.compile(r"\d{3}")


@attrs.frozen
class OwnPaper:
    """A paper that UPS keeps.

    Attributes:
        kind: UPS's code; ``None`` when it is not known.
        number: UPS's identity of it.
    """

    kind: str | None
    number: str


def read_document_ids(identities: Sequence[str]) -> list[OwnPaper]:
    """Return papers that were handed in beforehand."""
    found = []
    for identity in identities:
        kind, colon, number = identity.partition(":")
        known = bool(colon) and _KIND.fullmatch(kind) is not None and bool(number)
        found.append(OwnPaper(kind, number) if known else OwnPaper(None, identity))
    return found


def to_upload(document: Document, *, account: str, sandbox: bool) -> UploadRequestEnvelope:
    """Return the request to keep a paper.

    Args:
        document: The paper.
        account: The shipper number.
        sandbox: Whether it goes to UPS's test environment, which takes a tenth of the size.

    Raises:
        InvalidValueError: UPS does not take that kind, form or size.
    """
    form = document.format.strip().lower().lstrip(".")
    form = {"jpeg": "jpg", "tiff": "tif"}.get(form, form)
    if form not in PAPER_FORMATS:
        msg = f"Document.format must be one of {', '.join(sorted(PAPER_FORMATS))} for UPS"
        raise InvalidValueError(msg, field="Document.format")
    kind = PAPER_KINDS.get(document.kind)
    if kind is None:
        msg = f"Document.kind must be one of {', '.join(sorted(PAPER_KINDS))} for UPS"
        raise InvalidValueError(msg, field="Document.kind")
    most = _MOST_BYTES_IN_TESTS if sandbox else _MOST_BYTES
    if not document.data or len(document.data) > most:
        msg = f"Document.data must have 1 to {most} bytes for UPS{' in its test environment' if sandbox else ''}"
        raise InvalidValueError(msg, field="Document.data")
    file = CreatedForm(
        file_name=f"{document.kind}.{form}",
        file=base64.b64encode(document.data).decode(),
        file_format=form,
        document_type=kind,
    )
    return UploadRequestEnvelope(
        upload_request=UploadRequest(request=_head(document.kind), shipper_number=account, user_created_form=[file])
    )


def _head(context: str) -> PaperHead:
    return PaperHead(transaction_reference=Transaction(customer_context=context))


def to_document_id(answer: UploadResponse, document: Document) -> str | None:
    """Return the identity of a paper that UPS keeps now; ``None`` when the answer has none."""
    numbers = many(answer.forms_history_document_id.document_id) if answer.forms_history_document_id else []
    return f"{PAPER_KINDS[document.kind]}:{numbers[0]}" if numbers else None


def to_push(shipment: Shipment, identities: Sequence[str], *, account: str) -> PushRequestEnvelope:
    """Return the request to join papers to a shipment that was bought already.

    Raises:
        InvalidValueError: There are none, or too many.
    """
    papers = read_document_ids(identities)
    if not 1 <= len(papers) <= MOST_PAPERS:
        raise InvalidValueError(f"document_ids must have 1 to {MOST_PAPERS}", field="document_ids")
    return PushRequestEnvelope(
        push_request=PushRequest(
            request=_head(shipment.reference or shipment.id),
            shipper_number=account,
            forms_history_document_id=DocumentIds(document_id=[paper.number for paper in papers]),
            shipment_identifier=shipment.id,
            shipment_date_and_time=_moment(shipment.created_at),
            shipment_type=_SMALL_PACKAGE,
            tracking_number=[parcel.tracking_number for parcel in shipment.parcels],
        )
    )


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d-%H.%M.%S}"
