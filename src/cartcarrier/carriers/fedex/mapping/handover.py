"""The handing over: Ground's end of day, pickups, trade documents."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import attrs

from cartcarrier.carriers.fedex.codes import GROUND_SERVICES, standard_offset
from cartcarrier.carriers.fedex.codes.services import ECONOMY
from cartcarrier.carriers.fedex.config import FedExConfig
from cartcarrier.carriers.fedex.mapping.customs import UPLOAD_TYPES
from cartcarrier.carriers.fedex.mapping.labels import decode, form_of
from cartcarrier.carriers.fedex.mapping.lanes import Lane, fedex_country
from cartcarrier.carriers.fedex.mapping.measures import to_weight
from cartcarrier.carriers.fedex.mapping.parties import Side, to_address, to_contact
from cartcarrier.carriers.fedex.schemas import (
    CloseAnswer,
    CloseRequest,
    PickupAnswer,
    PickupCancelRequest,
    Upload,
)
from cartcarrier.carriers.fedex.schemas import PickupRequest as FedExPickupRequest
from cartcarrier.carriers.fedex.schemas._base import Account
from cartcarrier.carriers.fedex.schemas.handover import CloseDocuments, PickupLocation, PickupOrigin, UploadMeta
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import Address, Document, Manifest, Pickup, PickupRequest, Shipment, ShipmentRequest

_CLOSE: Final = "GCDR"
_REPRINT: Final = "RGCDR"
_EXPRESS_CARRIER: Final = "FDXE"
_GROUND_CARRIER: Final = "FDXG"
# Parts of some states are an hour west of the rest.
_WEST_OF_IT: Final = timedelta(hours=1)
_WESTERNMOST: Final = timedelta(hours=-12)
# Daylight saving, and a state's other zone.
_OFF: Final = timedelta(hours=2)


def ground_only(shipments: Sequence[Shipment]) -> list[Shipment]:
    """Return the shipments that a close is about: Ground's and Home Delivery's; Express has no close.

    Raises:
        InvalidValueError: There are no shipments.
        UnsupportedOperationError: None of them is Ground's.
    """
    if not shipments:
        raise InvalidValueError("shipments must not be empty", field="shipments")
    found = [one for one in shipments if one.service.code in GROUND_SERVICES and not one.is_return]
    if not found:
        msg = "fedex: only Ground and Home Delivery have a close of the day, Express needs none; nothing was sent"
        raise UnsupportedOperationError(msg, field="shipments")
    return found


def wall_date(now: datetime, sender: Address) -> date:
    """Return the date where the sender is: in an evening in America UTC has tomorrow's already."""
    return (now + (standard_offset(sender.country_code, sender.region) or timedelta())).date()


def is_over(day: date, now: datetime, sender: Address) -> bool:
    """Whether a day is over where the sender is; where that place's clock is not known, whether it is over everywhere."""
    offset = standard_offset(sender.country_code, sender.region)
    return day < (now + (offset - _WEST_OF_IT if offset is not None else _WESTERNMOST)).date()


def to_close(config: FedExConfig, day: date) -> CloseRequest:
    """Return the order to close Ground's day: all that the account has shipped and not closed yet."""
    return CloseRequest(
        account_number=Account(value=config.account_number),
        close_req_type=_CLOSE,
        ground_service_category="GROUND",
        close_date=day.isoformat(),
        close_document_specification=CloseDocuments(close_document_types=["MANIFEST"]),
    )


def to_reprint(config: FedExConfig, day: date, tracking_number: str | None) -> CloseRequest:
    """Return the order to print a manifest again: of a day, or the one that has a parcel."""
    return CloseRequest(
        account_number=Account(value=config.account_number),
        close_req_type=_REPRINT,
        ground_service_category="GROUND",
        close_date=day.isoformat(),
        tracking_number=tracking_number,
        reprint_option="BY_SHIP_DATE" if tracking_number is None else "BY_TRACKING_NUMBER",
        close_document_specification=CloseDocuments(close_document_types=["MANIFEST"]),
    )


def close_documents(answer: CloseAnswer) -> list[Document]:
    """Return the papers in an answer."""
    found = []
    for paper in answer.output.close_documents or []:
        parts = sorted(paper.parts or [], key=lambda part: part.document_part_sequence_number or 0)
        data = b"".join(piece for part in parts if (piece := decode(part.image)) is not None)
        if data:
            kind = (paper.type or "MANIFEST").lower()
            found.append(Document(kind=kind, format=_manifest_form(data), data=data))
    return found


def _manifest_form(data: bytes) -> str:
    form = form_of(data, None)
    return "txt" if form == "unknown" else form


def close_id(answer: CloseAnswer, day: date) -> str:
    """Return the identity of a close: FedEx's shipping cycle, or else the day."""
    cycles = [paper.shipping_cycle for paper in answer.output.close_documents or [] if paper.shipping_cycle]
    return cycles[0] if cycles else f"GROUND-{day.isoformat()}"


def to_manifest(shipments: Sequence[Shipment], documents: Sequence[Document], identity: str) -> Manifest:
    """Return the manifest."""
    numbers = dict.fromkeys(parcel.tracking_number for one in shipments for parcel in one.parcels)
    return Manifest(id=identity, documents=documents, tracking_numbers=numbers)


# --- pickup ---------------------------------------------------------------------------------------------------------------


def carrier_code(service: str | None) -> str:
    """Return which of FedEx's two networks comes: Ground and Express each send their own driver (field guide fedex.md §6).

    Raises:
        InvalidValueError: It is not said.
    """
    text = (service or "").strip().upper()
    if text in {_GROUND_CARRIER, *GROUND_SERVICES, ECONOMY}:
        return _GROUND_CARRIER
    if text:
        return _EXPRESS_CARRIER
    field = "PickupRequest.service"
    msg = f"{field} must name a service, or FDXE for Express and FDXG for Ground: each sends a driver of its own"
    raise InvalidValueError(msg, field=field)


def to_pickup_question(request: PickupRequest, config: FedExConfig, now: datetime) -> FedExPickupRequest:
    """Return the order to come.

    Raises:
        InvalidValueError: The window or the address does not fit; the error names it.
    """
    ready, close = request.ready_at, request.close_at.astimezone(request.ready_at.tzinfo)
    if close <= ready or close.date() != ready.date():
        field = "PickupRequest.close_at"
        raise InvalidValueError(f"{field} must be later on the same day as ready_at", field=field)
    there, said = standard_offset(request.address.country_code, request.address.region), ready.utcoffset()
    if there is not None and said is not None and abs(said - there) > _OFF:
        # FedEx takes the wall clock: the driver would come hours too early or too late
        field = "PickupRequest.ready_at"
        raise InvalidValueError(f"{field} must be in the time zone of the place", field=field)
    side = Side("PickupRequest.address")
    lane = Lane(origin=fedex_country(request.address), destination=fedex_country(request.address))
    same_day = ready.date() == now.astimezone(ready.tzinfo).date()
    return FedExPickupRequest(
        associated_account_number=Account(value=config.account_number),
        origin_detail=PickupOrigin(
            pickup_address_type="OTHER",
            pickup_location=PickupLocation(
                contact=to_contact(request.address, side),
                address=to_address(request.address, side, residential=request.address.residential),
            ),
            # the wall clock of the place; FedEx writes a Z behind it that does not mean UTC
            ready_date_timestamp=f"{ready:%Y-%m-%dT%H:%M:%S}Z",
            customer_close_time=f"{close:%H:%M:%S}",
            pickup_date_type="SAME_DAY" if same_day else "FUTURE_DAY",
        ),
        total_weight=to_weight(request.weight, in_pounds=lane.in_pounds, field="PickupRequest.weight")
        if request.weight is not None
        else None,
        package_count=request.parcels,
        carrier_code=carrier_code(request.service),
    )


@attrs.frozen(kw_only=True)
class PickupIdentity:
    """What a cancellation must say; FedEx has no list of pickups to look it up in (field guide fedex.md §6).

    Attributes:
        carrier_code: Which network comes.
        code: FedEx's confirmation.
        day: When.
        location: Of FedEx, for Express.
    """

    carrier_code: str
    code: str
    day: date
    location: str | None

    def text(self) -> str:
        """Return it as the identity of a ``Pickup``."""
        return "/".join((self.carrier_code, self.day.isoformat(), self.code, self.location or ""))


_IDENTITY: Final = re.compile(r"(FDX[EG])/(\d{4}-\d{2}-\d{2})/([^/]+)/([^/]*)")


def read_pickup_identity(text: str) -> PickupIdentity:
    """Read the identity of a pickup.

    Raises:
        InvalidValueError: It is not one of this driver's.
    """
    found = _IDENTITY.fullmatch(text)
    if found is None:
        raise InvalidValueError("Pickup.id is not one of this driver's", field="Pickup.id")
    try:
        day = date.fromisoformat(found[2])
    except ValueError:
        raise InvalidValueError("Pickup.id is not one of this driver's", field="Pickup.id") from None
    return PickupIdentity(carrier_code=found[1], code=found[3], day=day, location=found[4] or None)


def to_pickup(answer: PickupAnswer, request: PickupRequest, carrier: str) -> Pickup | None:
    """Return the pickup; ``None`` when the answer has no confirmation."""
    output = answer.output
    if not output.pickup_confirmation_code:
        return None
    identity = PickupIdentity(
        carrier_code=carrier_code(request.service),
        code=output.pickup_confirmation_code,
        day=request.ready_at.date(),
        location=output.location,
    )
    return Pickup(carrier=carrier, id=identity.text(), window=(request.ready_at, request.close_at))


def to_pickup_cancel(pickup: Pickup, config: FedExConfig) -> PickupCancelRequest:
    """Return the order not to come.

    Raises:
        InvalidValueError: The pickup is not one of this driver's.
    """
    identity = read_pickup_identity(pickup.id)
    return PickupCancelRequest(
        associated_account_number=Account(value=config.account_number),
        pickup_confirmation_code=identity.code,
        carrier_code=identity.carrier_code,
        scheduled_date=identity.day.isoformat(),
        location=identity.location,
    )


# --- trade documents ------------------------------------------------------------------------------------------------------

_CONTENT_TYPES: Final = {
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "rtf": "application/rtf",
    "txt": "text/plain",
    "bmp": "image/bmp",
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "tiff": "image/tiff",
}


def to_upload(document: Document, request: ShipmentRequest) -> Upload:
    """Return what an upload says about its paper.

    Raises:
        InvalidValueError: FedEx does not take that kind or form, or the paper is empty.
    """
    kind = document.kind.strip().upper()
    if kind not in UPLOAD_TYPES:
        known = ", ".join(sorted(one.lower() for one in UPLOAD_TYPES))
        raise InvalidValueError(f"Document.kind must be one of {known} for FedEx", field="Document.kind")
    form = document.format.strip().lower()
    content_type = _CONTENT_TYPES.get(form)
    if content_type is None:
        known = ", ".join(sorted(_CONTENT_TYPES))
        raise InvalidValueError(f"Document.format must be one of {known} for FedEx", field="Document.format")
    if not document.data:
        raise InvalidValueError("Document.data must not be empty", field="Document.data")
    lane = Lane.of(request)
    return Upload(
        workflow_name="ETDPreshipment",
        name=f"{kind.lower()}.{form}",
        content_type=content_type,
        meta=UploadMeta(
            ship_document_type=kind,
            origin_country_code=lane.origin,
            destination_country_code=lane.destination,
        ),
    )


def document_identity(upload: Upload, doc_id: str) -> str:
    """Return the identity of a paper, with its kind, which the purchase must repeat."""
    return f"{upload.meta.ship_document_type}:{doc_id}"
