"""Between models and columns: times, JSON, and the parting of a result into what may be kept and what is personal data."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import attrs
import msgspec

from cartcarrier.errors import InvalidValueError, LedgerError
from cartcarrier.models import (
    Document,
    Fulfillment,
    Label,
    LabelFormat,
    ProviderOrder,
    Shipment,
    ShipmentRequest,
    VoidResult,
    from_plain,
    to_plain,
)

T = TypeVar("T")
Result = Shipment | Fulfillment | VoidResult | ProviderOrder

# Kinds in personal_data. Every back-end seals these values on their way into SQL, where the row is known:
# ``Sealer.seal((PERSONAL_DATA, channel, order_id, kind, key), value)``, and ``unseal`` with the same row on their way out.
ORDER: Final = "order"
REASON: Final = "reason"
REQUEST: Final = "request"
BODY: Final = "body"
RESULT: Final = "result"
LABEL: Final = "label"
DOCUMENT: Final = "document"
TRACKING: Final = "tracking"

_RESULT_CLASSES: Final[Mapping[str, type[Result]]] = {
    "shipment": Shipment,
    "fulfillment": Fulfillment,
    "void": VoidResult,
    "provider_order": ProviderOrder,
}


def to_text(moment: datetime) -> str:
    """Return a moment as a UTC text that sorts.

    Raises:
        InvalidValueError: It has no time zone.
    """
    if moment.tzinfo is None:
        msg = "the ledger takes times with a time zone only"
        raise InvalidValueError(msg, field="now")
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def to_text_or_none(moment: datetime | None) -> str | None:
    """Return a moment as a UTC text, or ``None``."""
    return None if moment is None else to_text(moment)


def to_moment(text: str) -> datetime:
    """Return the moment that ``to_text`` wrote."""
    return datetime.fromisoformat(text)


def to_moment_or_none(text: str | None) -> datetime | None:
    """Return the moment that ``to_text_or_none`` wrote."""
    return None if text is None else datetime.fromisoformat(text)


def to_json(value: object) -> bytes:
    """Return plain values, or a model, as JSON."""
    return msgspec.json.encode(to_plain(value) if attrs.has(type(value)) else value)


def to_json_text(value: object) -> str:
    """Return plain values, or a model, as JSON in a text."""
    return to_json(value).decode()


def from_json(data: bytes | str) -> Any:  # noqa: ANN401 - whatever was written
    """Return the plain values.

    Raises:
        LedgerError: It is not JSON: the file is damaged.
    """
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError as exc:
        msg = "a row of the ledger cannot be read: it is damaged"
        raise LedgerError(msg) from exc


def read_model(cls: type[T], data: bytes | str) -> T:
    """Return the model that was written as JSON.

    Raises:
        LedgerError: The values do not fit the model any more.
    """
    return _to_model(cls, from_json(data))


def write_request(request: ShipmentRequest) -> bytes:
    """Return a request as JSON. A carrier's own options are left out: they are in the bytes of the purchase."""
    if request.options.carrier_options is not None:
        request = attrs.evolve(request, options=attrs.evolve(request.options, carrier_options=None))
    return to_json(request)


def _to_model(cls: type[T], plain: object) -> T:
    try:
        return from_plain(cls, plain)
    except InvalidValueError as exc:
        msg = f"a {cls.__name__} in the ledger cannot be read: {exc.field or 'a field'} does not fit this version"
        raise LedgerError(msg) from exc


@attrs.frozen
class SplitResult:
    """A result in two parts.

    Attributes:
        kind: Which model it is.
        kept: JSON of what stays after a purge: identities, numbers, money, states, times.
        personal: Kind, place and bytes of what does not: labels, documents, free text, addresses of pages.
    """

    kind: str
    kept: str
    personal: tuple[tuple[str, str, bytes], ...]


def split_result(result: Result) -> SplitResult:
    """Part a result. ``join_result`` puts it together again."""
    if isinstance(result, Shipment):
        return _split_shipment(result)
    if isinstance(result, Fulfillment):
        pages = [parcel.tracking_url for parcel in result.parcels]
        kept = attrs.evolve(result, parcels=[attrs.evolve(parcel, tracking_url=None) for parcel in result.parcels])
        personal = ((RESULT, "", to_json({"tracking_urls": pages})),) if any(pages) else ()
        return SplitResult("fulfillment", to_json_text(kept), personal)
    if isinstance(result, ProviderOrder):
        pages = [parcel.tracking_url for parcel in result.parcels]
        kept_order = attrs.evolve(
            result, message=None, parcels=[attrs.evolve(parcel, tracking_url=None) for parcel in result.parcels]
        )
        contents = to_json({"message": result.message, "tracking_urls": pages})
        return SplitResult("provider_order", to_json_text(kept_order), ((RESULT, "", contents),))
    personal = () if result.message is None else ((RESULT, "", to_json({"message": result.message})),)
    return SplitResult("void", to_json_text(attrs.evolve(result, message=None)), personal)


def _split_shipment(shipment: Shipment) -> SplitResult:
    parcels = shipment.parcels
    labels = [(place, parcel.label) for place, parcel in enumerate(parcels) if parcel.label is not None]
    documents: list[tuple[int | None, Document]] = [(None, document) for document in shipment.documents]
    documents += [(place, document) for place, parcel in enumerate(parcels) for document in parcel.documents]
    contents = {
        "warnings": list(shipment.warnings),
        "labels": [[place, label.format] for place, label in labels],
        "documents": [[place, document.kind, document.format] for place, document in documents],
    }
    kept = attrs.evolve(
        shipment,
        parcels=[attrs.evolve(parcel, label=None, documents=()) for parcel in parcels],
        documents=(),
        warnings=(),
    )
    personal = [(RESULT, "", to_json(contents))]
    personal += [(LABEL, str(number), label.data) for number, (_, label) in enumerate(labels)]
    personal += [(DOCUMENT, str(number), document.data) for number, (_, document) in enumerate(documents)]
    return SplitResult("shipment", to_json_text(kept), tuple(personal))


def join_result(kind: str, kept: str, personal: Mapping[tuple[str, str], bytes]) -> Result:
    """Put a result together.

    Args:
        kind: As ``SplitResult.kind``.
        kept: As ``SplitResult.kept``.
        personal: What there is of ``SplitResult.personal``, by kind and place. What is missing is left out of the result.

    Raises:
        LedgerError: It cannot be read.
    """
    result = read_model(_RESULT_CLASSES[kind], kept)
    described = personal.get((RESULT, ""))
    if described is None:
        return result
    contents = from_json(described)
    if isinstance(result, Fulfillment | ProviderOrder):
        pairs = zip(result.parcels, contents["tracking_urls"], strict=True)
        parcels = [attrs.evolve(parcel, tracking_url=page) for parcel, page in pairs]
        if isinstance(result, ProviderOrder):
            return attrs.evolve(result, parcels=parcels, message=contents["message"])
        return attrs.evolve(result, parcels=parcels)
    if isinstance(result, VoidResult):
        return attrs.evolve(result, message=contents["message"])
    return _join_shipment(result, contents, personal)


def _join_shipment(shipment: Shipment, contents: Any, personal: Mapping[tuple[str, str], bytes]) -> Shipment:  # noqa: ANN401 - plain JSON
    labels: dict[int, Label] = {}
    for number, (place, form) in enumerate(contents["labels"]):
        data = personal.get((LABEL, str(number)))
        if data is not None:
            labels[place] = Label(format=LabelFormat(form), data=data)
    documents: dict[int | None, list[Document]] = {}
    for number, (place, kind, form) in enumerate(contents["documents"]):
        data = personal.get((DOCUMENT, str(number)))
        if data is not None:
            documents.setdefault(place, []).append(Document(kind=kind, format=form, data=data))
    return attrs.evolve(
        shipment,
        parcels=[
            attrs.evolve(parcel, label=labels.get(place), documents=documents.get(place, ()))
            for place, parcel in enumerate(shipment.parcels)
        ],
        documents=documents.get(None, ()),
        warnings=contents["warnings"],
    )
