"""What was bought, and what became of it when it was given back."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

import attrs

from cartcarrier.carriers.usps.codes import ABROAD, service_name
from cartcarrier.carriers.usps.mapping.purchase import Wanted, to_format
from cartcarrier.carriers.usps.mapping.text import clean
from cartcarrier.carriers.usps.schemas import CancelResponse, LabelMetadata, LabelResponse
from cartcarrier.models import (
    Charge,
    Document,
    Label,
    LabelFormat,
    Money,
    Service,
    Shipment,
    ShippedParcel,
    VoidResult,
    VoidStatus,
)

_MAGIC: Final = (
    (b"GIF8", LabelFormat.GIF),
    (b"\x89PNG\r\n\x1a\n", LabelFormat.PNG),
    (b"%PDF", LabelFormat.PDF),
    (b"^XA", LabelFormat.ZPL),
)
_REFUNDED: Final = "DISPUTED"
_CANCELLED: Final = frozenset({"CANCELED", "CANCELLED"})


@attrs.frozen(kw_only=True)
class Naming:
    """What a shipment is called.

    Attributes:
        carrier: The account's key.
        reference: Ours.
        now: When it was bought.
        test: In the test environment.
    """

    carrier: str
    reference: str
    now: datetime
    test: bool


def decode(text: str | None) -> bytes | None:
    """Return what a base64 text stands for; ``None`` when it cannot be read. ZPL may come as it is."""
    if not text:
        return None
    if text.lstrip().startswith("^XA"):
        return text.encode()
    try:
        return base64.b64decode("".join(text.split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def kind_of(data: bytes, asked: LabelFormat) -> LabelFormat:
    """Return the form of a label, by its own bytes rather than by what was asked for."""
    start = data[:64].lstrip()
    return next((kind for magic, kind in _MAGIC if start.startswith(magic)), asked)


def metadata_of(answer: LabelResponse) -> LabelMetadata:
    """Return what an answer says, wherever it says it."""
    return answer.label_metadata if answer.label_metadata is not None else answer


def number_of(answer: LabelResponse) -> str | None:
    """Return the tracking number; abroad it has another name."""
    metadata = metadata_of(answer)
    return metadata.tracking_number or metadata.international_tracking_number or None


def to_shipped_parcel(answer: LabelResponse, number: str, image: str) -> tuple[ShippedParcel, tuple[str, ...]]:
    """Return a parcel with its label, and what the user should know about it."""
    asked = to_format(image)
    data = decode(answer.label_image)
    warnings: tuple[str, ...] = ()
    label = None
    if data is None:
        warnings = ("USPS's answer has no label that can be read: reprint it by the tracking number",)
    else:
        kind = kind_of(data, asked)
        label = Label(format=kind, data=data)
        if kind is not asked:
            warnings = (f"USPS gave the label as {kind}, not as {asked}",)
    receipt = decode(answer.receipt_image)
    papers = [Document(kind="receipt", format=kind_of(receipt, asked), data=receipt)] if receipt is not None else []
    return ShippedParcel(tracking_number=number, label=label, documents=papers), warnings


def to_shipment(answer: LabelResponse, wanted: Wanted, naming: Naming) -> Shipment | None:
    """Return what was bought; ``None`` when the answer names no number.

    The postage is without extra services and fees: the total is the sum of all (field guide usps.md §4.4).
    """
    number = number_of(answer)
    if number is None:
        return None
    metadata = metadata_of(answer)
    parcel, warnings = to_shipped_parcel(answer, number, wanted.image)
    charges = _charges(answer, metadata)
    if wanted.duties and answer.prepaid_duties is None:
        warnings = (*warnings, "USPS does not say what the prepaid duties cost: they are not in the total")
    total = sum((charge.amount.amount for charge in charges), Decimal(0)) if metadata.postage is not None else None
    said = [
        warning.warning_description or warning.warning_code
        for service in metadata.extra_services or ()
        for warning in service.warnings or ()
    ]
    return Shipment(
        carrier=naming.carrier,
        id=number,
        service=Service(code=wanted.service, name=service_name(wanted.service)),
        tracking_number=number,
        parcels=(parcel,),
        total=Money(amount=total, currency="USD") if total is not None else None,
        charges=charges,
        created_at=naming.now,
        reference=naming.reference,
        is_return=wanted.operation == "return",
        test=naming.test,
        warnings=tuple(dict.fromkeys([*warnings, *(text for one in said if (text := clean(one)))])),
    )


def _charges(answer: LabelResponse, metadata: LabelMetadata) -> list[Charge]:
    lines: list[tuple[str, str, Decimal | None]] = [("POSTAGE", "Postage", metadata.postage)]
    for service in metadata.extra_services or ():
        code = service.service_id or service.sku or "EXTRA"
        lines.append((code, clean(service.name or service.service_name) or "Extra service", service.price))
    lines += [(fee.sku or "FEE", clean(fee.name) or "Fee", fee.price) for fee in metadata.fees or ()]
    duties = answer.prepaid_duties
    if duties is not None:
        prices = [
            duties.package_fee,
            *(price for item in duties.item_costs or () for price in (item.duty_price, item.tax_price)),
        ]
        lines += [("DUTIES", "Prepaid duties, taxes and fees", price) for price in prices if price]
    return [
        Charge(code=code, description=words, amount=Money(amount=price, currency="USD"))
        for code, words, price in lines
        if price is not None
    ]


def is_abroad(shipment: Shipment) -> bool:
    """Whether a shipment left the US for USPS: it is given back and reprinted elsewhere."""
    return shipment.service.code in ABROAD


def to_void(answer: CancelResponse) -> tuple[VoidStatus, str | None]:
    """Return what became of one label: two outcomes that differ in money (field guide usps.md §5)."""
    status = answer.status.strip().upper()
    if status in _CANCELLED:
        return VoidStatus.VOIDED, None
    if status == _REFUNDED:
        named = f" (dispute {answer.dispute_id})" if answer.dispute_id else ""
        return (
            VoidStatus.REFUND_PENDING,
            f"USPS has been told of the label already: a refund was asked for{named}, and USPS decides",
        )
    return VoidStatus.REFUSED, f"USPS says {status}" if status.isalpha() else "USPS gives no reason"


def join_voids(parcels: Mapping[str, tuple[VoidStatus, str | None]]) -> VoidResult:
    """Return the result for labels of which each one's is known."""
    statuses = {number: status for number, (status, _) in parcels.items()}
    whole = next(
        (status for status in (VoidStatus.REFUSED, VoidStatus.REFUND_PENDING) if status in statuses.values()),
        VoidStatus.VOIDED,
    )
    message = "; ".join(dict.fromkeys(_words(parcels.values()))) or None
    return VoidResult(status=whole, parcels=statuses, message=message)


def _words(results: Iterable[tuple[VoidStatus, str | None]]) -> list[str]:
    return [words for _, words in results if words]
