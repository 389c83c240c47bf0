"""What was bought, found or taken back: FedEx's answers to our shipments."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import attrs
import msgspec

from cartcarrier.carriers.fedex.codes import event_status, service_name
from cartcarrier.carriers.fedex.config import FedExConfig
from cartcarrier.carriers.fedex.mapping.charges import alert_texts, to_money, to_ship_charges
from cartcarrier.carriers.fedex.mapping.labels import decode, form_of, kind_of
from cartcarrier.carriers.fedex.mapping.purchase import PreparedFacts
from cartcarrier.carriers.fedex.mapping.text import said
from cartcarrier.carriers.fedex.schemas import (
    CancelRequest,
    ReferenceRequest,
    ResultsRequest,
    ShipAnswer,
    TrackAnswer,
    TrackResult,
)
from cartcarrier.carriers.fedex.schemas._base import Account
from cartcarrier.carriers.fedex.schemas.shipping import (
    Paper,
    Piece,
    ShipRateDetail,
    TransactionShipment,
)
from cartcarrier.carriers.fedex.schemas.tracking import ReferencesInformation
from cartcarrier.models import (
    Charge,
    Document,
    Label,
    Money,
    Service,
    Shipment,
    ShippedParcel,
    TrackingStatus,
    VoidResult,
    VoidStatus,
)

_LABEL: Final = frozenset({"LABEL", "ACCEPTANCE_LABEL"})
_LIST: Final = "PAYOR_LIST"
_ACCOUNT: Final = "ACCOUNT"
_MASTER: Final = "STANDARD_MPS"
_OURS: Final = "CUSTOMER_REFERENCE"
# The window of a look-up by reference: FedEx's own default, and a day around a ship date that is known (field guide fedex.md §7.1).
_BEFORE: Final = timedelta(days=30)
_AROUND: Final = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Naming:
    """What an answer does not say and a shipment must.

    Attributes:
        carrier: The account's key.
        reference: Ours.
        now: The present.
        test: The account is in FedEx's test environment.
    """

    carrier: str
    reference: str
    now: datetime
    test: bool


def bought(answer: ShipAnswer) -> TransactionShipment | None:
    """Return the shipment in an answer; ``None`` when it names no parcel.

    The answer has room for several. One was asked for: what else stands there is of its parcels and papers.
    """
    found = answer.output.transaction_shipments or []
    pieces = [piece for one in found for piece in one.piece_responses or []]
    if not any(said(piece.tracking_number) for piece in pieces):
        return next((one for one in found if said(one.master_tracking_number)), None)
    if len(found) == 1:
        return found[0]
    papers = [paper for one in found for paper in one.shipment_documents or []]
    return msgspec.structs.replace(found[0], piece_responses=pieces, shipment_documents=papers)


def label_urls(made: TransactionShipment) -> list[str]:
    """Return the addresses of papers that came without their bytes; they die after a day (field guide fedex.md §0.7)."""
    papers = [paper for piece in made.piece_responses or [] for paper in piece.package_documents or []]
    papers += made.shipment_documents or []
    return list(dict.fromkeys(paper.url for paper in papers if paper.url and not paper.encoded_label))


def to_results_question(answer: ShipAnswer, facts: PreparedFacts) -> ResultsRequest | None:
    """Return the question for what FedEx makes in its own time; ``None`` when it has answered at once."""
    job = answer.output.job_id
    if not job or bought(answer) is not None:
        return None
    return ResultsRequest(account_number=Account(value=facts.account), job_id=job)


def to_shipment(
    made: TransactionShipment,
    answer: ShipAnswer,
    facts: PreparedFacts,
    naming: Naming,
    *,
    fetched: Mapping[str, bytes],
    lost: Sequence[str] = (),
) -> Shipment:
    """Return what was bought.

    Args:
        made: FedEx's.
        answer: Around it, with warnings.
        facts: Of the step.
        naming: What the answer does not say.
        fetched: Papers by their addresses, where FedEx gave those only.
        lost: Why some could not be fetched.
    """
    warnings = [*alert_texts(answer.output.alerts), *alert_texts(made.alerts), *lost]
    pieces = _in_order(made.piece_responses or [])
    parcels = [_parcel(piece, facts, fetched, warnings) for piece in pieces if said(piece.tracking_number)]
    master = said(made.master_tracking_number) or next(
        (number for piece in pieces if (number := said(piece.master_tracking_number))), None
    )
    if not parcels and master is not None:
        parcels = [ShippedParcel(tracking_number=master)]
    if len(parcels) != facts.parcels:
        warnings.append(f"{facts.parcels} parcels were asked for, FedEx answers {len(parcels)}")
    code = said(made.service_type) or facts.service
    if code != facts.service:
        warnings.append(f"{facts.service} was asked for, FedEx answers {code}")
    total, published, charges = _prices(made)
    return Shipment(
        carrier=naming.carrier,
        id=master or parcels[0].tracking_number,
        service=Service(code=code, name=service_name(code, made.service_name)),
        tracking_number=master or parcels[0].tracking_number,
        parcels=parcels,
        documents=_documents(made.shipment_documents or [], fetched),
        total=total,
        list_total=published,
        charges=charges,
        created_at=naming.now,
        reference=naming.reference,
        is_return=facts.is_return,
        test=naming.test,
        warnings=dict.fromkeys(warnings),
    )


def _in_order(pieces: Sequence[Piece]) -> list[Piece]:
    return sorted(pieces, key=lambda piece: piece.package_sequence_number or 0)


def _bytes(paper: Paper, fetched: Mapping[str, bytes]) -> bytes | None:
    return decode(paper.encoded_label) or (fetched.get(paper.url) if paper.url else None)


def _parcel(piece: Piece, facts: PreparedFacts, fetched: Mapping[str, bytes], warnings: list[str]) -> ShippedParcel:
    label: Label | None = None
    others: list[Paper] = []
    for paper in piece.package_documents or []:
        data = _bytes(paper, fetched) if label is None and (paper.content_type or "LABEL") in _LABEL else None
        if data is None:
            others.append(paper)
            continue
        kind = kind_of(data, paper.doc_type, facts.form)
        if kind is not facts.form:
            warnings.append(f"FedEx gave the label as {kind}, not as {facts.form}")
        label = Label(format=kind, data=data)
    number = said(piece.tracking_number) or ""
    if label is None:
        warnings.append(
            f"FedEx's answer has no label that can be read for {number}: void the shipment and buy again, it is not given out"
            " a second time"
        )
    return ShippedParcel(tracking_number=number, label=label, documents=_documents(others, fetched))


def _documents(papers: Sequence[Paper], fetched: Mapping[str, bytes]) -> list[Document]:
    found = []
    for paper in papers:
        data = _bytes(paper, fetched)
        if data is not None:
            kind = (paper.content_type or "document").lower()
            found.append(Document(kind=_KINDS.get(kind, kind), format=form_of(data, paper.doc_type), data=data))
    return found


_KINDS: Final = {"proforma_invoice": "pro_forma_invoice"}


def _money(detail: ShipRateDetail) -> Money | None:
    return to_money(detail.total_net_charge, detail.currency)


def _prices(made: TransactionShipment) -> tuple[Money | None, Money | None, list[Charge]]:
    """Return what the account pays, the list price, and the parts. A piece's own sum may be 0 where somebody else pays."""
    done = made.completed_shipment_detail
    rating = done.shipment_rating if done is not None else None
    details = [one for one in (rating.shipment_rate_details or []) if _money(one) is not None] if rating else []
    if rating is None or not details:
        return None, None, []
    named = [one for one in details if one.rate_type is not None and one.rate_type == rating.actual_rate_type]
    own = [one for one in details if _ACCOUNT in (one.rate_type or "")]
    actual = (named or own or details)[0]
    total = _money(actual)
    assert total is not None  # noqa: S101 - those without were left out above
    published = next(
        (
            money
            for one in details
            if (one.rate_type or "").startswith(_LIST) and (money := _money(one)) is not None
            if money.currency == total.currency
        ),
        None,
    )
    return total, published, to_ship_charges(actual, total.currency)


# --- found again ----------------------------------------------------------------------------------------------------------


def to_look_up(reference: str, facts: PreparedFacts, today: date) -> ReferenceRequest:
    """Return the question what has our reference (field guide fedex.md §9)."""
    begin, end = today - _BEFORE, today + _AROUND
    if facts.ship_date is not None:
        begin, end = min(facts.ship_date, today) - _AROUND, max(facts.ship_date, today) + _AROUND
    return ReferenceRequest(
        references_information=ReferencesInformation(
            type=_OURS,
            value=reference,
            account_number=facts.account,
            ship_date_begin=begin.isoformat(),
            ship_date_end_date=end.isoformat(),
        ),
        include_detailed_scans=False,
    )


def _identifiers(result: TrackResult, kind: str) -> list[str]:
    info = result.additional_tracking_info
    found = [one for one in (info.package_identifiers or [] if info is not None else []) if one.type == kind]
    texts = [text for one in found for text in (one.values if isinstance(one.values, list) else [one.values])]
    return [value for text in texts if (value := said(text)) is not None]


def found_results(answer: TrackAnswer, reference: str) -> dict[str, TrackResult]:
    """Return what is live under a reference, by tracking number.

    What was cancelled counts as not there; so does what answers with other references. Whether FedEx keeps small letters is not
    known.
    """
    live: dict[str, TrackResult] = {}
    for complete in answer.output.complete_track_results or []:
        for result in complete.track_results or []:
            info = result.tracking_number_info
            number = said(info.tracking_number if info is not None else None) or said(complete.tracking_number)
            if result.error is not None or not number:
                continue
            references = {text.casefold() for text in _identifiers(result, _OURS)}
            if references and reference.casefold() not in references:
                continue
            detail = result.latest_status_detail
            code = (detail.derived_code or detail.code) if detail is not None else None
            if event_status(code) is not TrackingStatus.CANCELLED:
                live[number] = result
    return live


def look_up_errors(answer: TrackAnswer) -> list[str]:
    """Return the codes that stand in place of results: one that says nothing about "not found" must not be read as it."""
    return [
        result.error.code
        for complete in answer.output.complete_track_results or []
        for result in complete.track_results or []
        if result.error is not None and result.error.code
    ]


def masters(found: Mapping[str, TrackResult], facts: PreparedFacts) -> list[str]:
    """Return the master numbers of what was found: one for a shipment, several when there are several shipments.

    Where FedEx names no master, as many parcels as were asked for are one shipment: its first parcel's number stands for it.
    """
    named = dict.fromkeys(value for result in found.values() for value in _identifiers(result, _MASTER))
    if named:
        apart = [
            number for number, result in found.items() if not _identifiers(result, _MASTER) and number not in named
        ]
        return [*named, *apart]
    numbers = sorted(found, key=lambda number: _sequence(found[number]))
    return numbers[:1] if len(numbers) <= facts.parcels else numbers


def to_found_shipment(found: Mapping[str, TrackResult], master: str, facts: PreparedFacts, naming: Naming) -> Shipment:
    """Return a shipment that a look-up found. Its label is gone, and FedEx does not say what it cost: cancel it, buy anew."""
    numbers = sorted(found, key=lambda number: (number != master, _sequence(found[number])))
    warnings = ["found by its reference: FedEx gives no label out twice, so void it and buy again"]
    if len(numbers) != facts.parcels:
        warnings.append(f"{facts.parcels} parcels were asked for, FedEx knows {len(numbers)} of them so far")
    service = next(iter(found.values())).service_detail
    code = said(service.type if service is not None else None) or facts.service
    words = service.description if service is not None else None
    return Shipment(
        carrier=naming.carrier,
        id=master,
        service=Service(code=code, name=service_name(code, words)),
        tracking_number=master,
        parcels=[ShippedParcel(tracking_number=number) for number in numbers],
        created_at=naming.now,
        reference=naming.reference,
        is_return=facts.is_return,
        test=naming.test,
        warnings=warnings,
    )


def _sequence(result: TrackResult) -> int:
    details = result.package_details
    text = str(details.sequence_number) if details is not None and details.sequence_number is not None else ""
    return int(text) if text.isdecimal() else 0


# --- given back -----------------------------------------------------------------------------------------------------------


def to_cancel(shipment_id: str, config: FedExConfig) -> CancelRequest:
    """Return the order to give a shipment back: all of it, by its master number (field guide fedex.md §5)."""
    return CancelRequest(
        account_number=Account(value=config.account_number),
        deletion_control="DELETE_ALL_PACKAGES",
        tracking_number=shipment_id,
    )


def to_void_result(shipment: Shipment, status: VoidStatus, message: str | None = None) -> VoidResult:
    """Return what became of a void: of all parcels the same."""
    parcels = {parcel.tracking_number: status for parcel in shipment.parcels}
    return VoidResult(status=status, parcels=parcels, message=message)
