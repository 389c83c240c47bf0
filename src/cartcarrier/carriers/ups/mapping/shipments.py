"""What was bought, found or taken back: UPS's answers to our shipments."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import attrs

from cartcarrier.carriers.ups.codes import is_ups_tracking_number, service_name
from cartcarrier.carriers.ups.mapping.charges import (
    BASE,
    OPTIONS,
    SATURDAY,
    TRANSPORT,
    alert_texts,
    head_alerts,
    named_charge,
    to_charge_lines,
    to_money,
)
from cartcarrier.carriers.ups.mapping.labels import (
    DecodedLabel,
    image_documents,
    link_documents,
    paper_documents,
    raw_documents,
    to_label,
)
from cartcarrier.carriers.ups.mapping.recovery import PreparedFacts
from cartcarrier.carriers.ups.schemas import (
    LabelRecoveryResponse,
    ShipmentResults,
    VoidShipmentResponse,
    many,
)
from cartcarrier.carriers.ups.schemas._base import ResponseHead
from cartcarrier.carriers.ups.schemas.answers import LabelResults, PackageLevelResult, PackageResults
from cartcarrier.models import (
    Charge,
    Document,
    Label,
    LabelFormat,
    Service,
    Shipment,
    ShippedParcel,
    VoidResult,
    VoidStatus,
)

_MAIL_INNOVATIONS: Final = "M"
_OWN_LABEL: Final = frozenset({"9", "10"})
"""Return services whose label comes with the purchase."""
# CIE glues encoded carriage returns to its strings (field guide ups.md §1.3).
_DIRT: Final = re.compile(r"&#x?[0-9A-Fa-f]+;|\s")
_VOIDED: Final = "1"
VOIDED_BEFORE: Final = "UPS had voided it before"


@attrs.frozen(kw_only=True)
class Naming:
    """What an answer does not say and a shipment must.

    Attributes:
        carrier: The account's key.
        reference: Ours.
        now: The present.
        test: The account is in UPS's test environment.
    """

    carrier: str
    reference: str
    now: datetime
    test: bool


def _number(package: PackageResults, service: str) -> str:
    # Mail Innovations parcels are followed by the postal number (field guide ups.md §4.10).
    if service.startswith(_MAIL_INNOVATIONS) and package.usps_pic_number:
        return package.usps_pic_number
    return package.tracking_number


def to_shipment(
    results: ShipmentResults, head: ResponseHead | None, facts: PreparedFacts, naming: Naming
) -> Shipment | None:
    """Return what was bought; ``None`` when the answer names no parcel.

    Args:
        results: UPS's.
        head: Of the answer, with warnings.
        facts: Of the step.
        naming: What the answer does not say.
    """
    packages = many(results.package_results)
    if not packages:
        return None
    warnings = list(alert_texts(head_alerts(head)))
    parcels = []
    for package in packages:
        shown = package.shipping_label
        code = shown.image_format.code if shown is not None and shown.image_format is not None else None
        picture = shown.graphic_image if shown is not None else None
        # of a label that UPS mails, e-mails or brings along there may be no picture
        elsewhere = picture is None and facts.return_service not in {None, *_OWN_LABEL}
        decoded = DecodedLabel(None) if elsewhere else to_label(picture, code, facts.native)
        if decoded.warning is not None:
            warnings.append(decoded.warning)
        number = _number(package, facts.service)
        if number == package.tracking_number and number.startswith("1Z") and not is_ups_tracking_number(number):
            warnings.append(f"the check digit of {number} is wrong")
        papers = image_documents("receipt", [package.shipping_receipt] if package.shipping_receipt is not None else [])
        papers += paper_documents("customs_form", package.form)
        parcels.append(ShippedParcel(tracking_number=number, label=decoded.label, documents=papers))
    if len(parcels) != facts.parcels:
        warnings.append(f"{facts.parcels} parcels were asked for, UPS answers {len(parcels)}")
    charges = _charges(results)
    if facts.saturday and not any(charge.code == SATURDAY for charge in charges):
        # An indicator that UPS did not understand is dropped in silence (field guide ups.md §11, pitfall 1).
        warnings.append("Saturday delivery was asked for, but UPS does not charge for it: check the label")
    published = to_money(results.shipment_charges.total_charges if results.shipment_charges is not None else None)
    own = to_money(
        results.negotiated_rate_charges.total_charge if results.negotiated_rate_charges is not None else None
    )
    return Shipment(
        carrier=naming.carrier,
        id=results.shipment_identification_number or packages[0].tracking_number,
        service=Service(code=facts.service, name=service_name(facts.service, facts.origin)),
        tracking_number=parcels[0].tracking_number
        if facts.service.startswith(_MAIL_INNOVATIONS)
        else results.shipment_identification_number or parcels[0].tracking_number,
        parcels=parcels,
        documents=_documents(results),
        is_return=facts.return_service is not None,
        total=own or published,
        list_total=published,
        charges=charges,
        created_at=naming.now,
        reference=naming.reference,
        test=naming.test,
        warnings=dict.fromkeys(warnings),
    )


def _charges(results: ShipmentResults) -> list[Charge]:
    packages = many(results.package_results)
    own = results.negotiated_rate_charges
    if own is not None and to_money(own.total_charge) is not None:
        lines = to_charge_lines(many(own.itemized_charges))
        for package in packages:
            if package.negotiated_charges is not None:
                lines += to_charge_lines(many(package.negotiated_charges.itemized_charges))
        return lines
    published = results.shipment_charges
    if published is None:
        return []
    lines = to_charge_lines(many(published.itemized_charges))
    for package in packages:
        lines += to_charge_lines(many(package.itemized_charges))
    base = named_charge(BASE, "Base service charge", published.base_service_charge)
    if base and lines:
        return base + lines
    return (
        named_charge(TRANSPORT, "Transportation", published.transportation_charges)
        + named_charge(OPTIONS, "Service options", published.service_options_charges)
        + [line for line in lines if line.code == SATURDAY]
    )


def _documents(results: ShipmentResults) -> list[Document]:
    return (
        paper_documents("commercial_invoice", results.form)
        + image_documents("control_log", many(results.control_log_receipt))
        + paper_documents("high_value_report", results.high_value_report)
        + paper_documents("cod_turn_in_page", results.cod_turn_in_page)
        + raw_documents("dangerous_goods_paper", many(results.dg_paper_image))
        + link_documents("label_link", results.label_url)
        + link_documents("receipt_link", results.receipt_url)
    )


def found_numbers(answer: LabelRecoveryResponse) -> tuple[str, ...]:
    """Return the tracking numbers of several shipments that answer to a reference; empty when it is one."""
    return tuple(candidate.tracking_number for candidate in many(answer.tracking_candidate))


def _recovered(result: LabelResults, service: str) -> tuple[str | None, str | None, str | None]:
    image = result.label_image
    number = result.tracking_number
    if service.startswith(_MAIL_INNOVATIONS) and result.mail_innovations_tracking_number:
        number = result.mail_innovations_tracking_number
        image = result.mail_innovations_label_image or image
    code = image.label_image_format.code if image is not None and image.label_image_format is not None else None
    return number, image.graphic_image if image is not None else None, code


def to_found_shipment(
    answer: LabelRecoveryResponse, label: LabelFormat, facts: PreparedFacts, naming: Naming
) -> Shipment | None:
    """Return a shipment that a look-up found; ``None`` when the answer names no parcel.

    UPS does not say what it cost, nor when it was bought: the total is ``None``, and ``created_at`` is the look-up's own time.
    """
    warnings = list(alert_texts(head_alerts(answer.response)))
    parcels: list[ShippedParcel] = []
    for result in many(answer.label_results):
        number, text, code = _recovered(result, facts.service)
        number = number or (answer.shipment_identification_number if not parcels else None)
        if not number:
            continue
        if label is LabelFormat.PDF and text is None and parcels:
            # one PDF holds all labels, in the first result (field guide ups.md §9)
            parcels.append(ShippedParcel(tracking_number=number))
            continue
        decoded = to_label(text, code, label)
        if decoded.warning is not None:
            warnings.append(decoded.warning)
        papers = paper_documents("customs_form", result.form) + paper_documents("receipt", result.receipt)
        parcels.append(ShippedParcel(tracking_number=number, label=decoded.label, documents=papers))
    if not parcels:
        return None
    if _holds_all(parcels):
        warnings.append(f"the first parcel's PDF holds the labels of all {len(parcels)} parcels")
    if len(parcels) != facts.parcels:
        warnings.append(f"{facts.parcels} parcels were asked for, UPS answers {len(parcels)}")
    master = answer.shipment_identification_number
    mail = facts.service.startswith(_MAIL_INNOVATIONS)
    return Shipment(
        carrier=naming.carrier,
        id=master or parcels[0].tracking_number,
        service=Service(code=facts.service, name=service_name(facts.service, facts.origin)),
        tracking_number=parcels[0].tracking_number if mail else master or parcels[0].tracking_number,
        parcels=parcels,
        documents=(
            paper_documents("commercial_invoice", answer.form)
            + paper_documents("high_value_report", answer.high_value_report)
            + paper_documents("cod_turn_in_page", answer.cod_turn_in_page)
        ),
        created_at=naming.now,
        reference=naming.reference,
        is_return=facts.return_service is not None,
        test=naming.test,
        warnings=dict.fromkeys(warnings),
    )


def to_reprint(answer: LabelRecoveryResponse, label: LabelFormat, shipment: Shipment) -> list[ShippedParcel]:
    """Return the parcels of a shipment with the labels that UPS kept; empty when it names none of them.

    Args:
        answer: UPS's.
        label: Which label was asked for.
        shipment: As it was bought.
    """
    labels: dict[str, Label | None] = {}
    for result in many(answer.label_results):
        number, text, code = _recovered(result, shipment.service.code)
        number = number or (answer.shipment_identification_number if not labels else None)
        if number:
            labels[number] = to_label(text, code, label).label if text is not None else None
    return [
        attrs.evolve(parcel, label=labels[parcel.tracking_number])
        for parcel in shipment.parcels
        if parcel.tracking_number in labels
    ]


def _holds_all(parcels: Sequence[ShippedParcel]) -> bool:
    return len(parcels) > 1 and parcels[0].label is not None and all(parcel.label is None for parcel in parcels[1:])


def with_labels_of(shipment: Shipment, found: Shipment) -> Shipment | None:
    """Return a shipment with recovered labels in place of those that came with the purchase; ``None`` when some are missing.

    Args:
        shipment: As it was bought.
        found: As it was recovered; its first label may hold those of all parcels.
    """
    labels = {parcel.tracking_number: parcel.label for parcel in found.parcels}
    first = found.parcels[0].label
    if first is None or first.format is not LabelFormat.PDF:
        return None
    for_all = _holds_all(found.parcels)
    if not for_all and any(labels.get(parcel.tracking_number) is None for parcel in shipment.parcels):
        return None
    parcels = [
        attrs.evolve(parcel, label=first if place == 0 else None)
        if for_all
        else attrs.evolve(parcel, label=labels[parcel.tracking_number])
        for place, parcel in enumerate(shipment.parcels)
    ]
    return attrs.evolve(shipment, parcels=parcels, warnings=dict.fromkeys((*shipment.warnings, *found.warnings)))


def clean(text: str | None) -> str:
    """Return a text without the carriage returns that the test environment glues to it."""
    return _DIRT.sub("", text or "")


def to_void_result(answer: VoidShipmentResponse, asked: Sequence[str], *, whole: bool) -> VoidResult:
    """Return what became of a void.

    Args:
        answer: UPS's.
        asked: The numbers that were to be voided.
        whole: Whether that is the whole shipment.
    """
    summary = answer.summary_result.status if answer.summary_result is not None else None
    done = clean(summary.code if summary is not None else None) == _VOIDED
    said: dict[str, VoidStatus] = {}
    for result in (*many(answer.package_level_results), *many(answer.package_level_result)):
        number = clean(result.tracking_number)
        if number:
            said[number] = _package_status(result)
    if not said:
        status = VoidStatus.VOIDED if done else VoidStatus.REFUSED
        return VoidResult(
            status=status,
            parcels=dict.fromkeys(asked, status),
            message=None if done else "UPS did not void it and gives no reason",
        )
    # Partial success is possible: what UPS does not name counts by the summary, and only where all of it was to be voided.
    rest = VoidStatus.VOIDED if done and whole else VoidStatus.REFUSED
    parcels = {number: said.get(number, rest) for number in asked}
    return join_voids(parcels)


def join_voids(parcels: Mapping[str, VoidStatus], message: str | None = None) -> VoidResult:
    """Return the result for parcels of which each one's is known."""
    refused = [number for number, status in parcels.items() if status is VoidStatus.REFUSED]
    if not refused:
        return VoidResult(status=VoidStatus.VOIDED, parcels=parcels, message=message)
    why = message or f"UPS did not void {', '.join(refused)}"
    return VoidResult(status=VoidStatus.REFUSED, parcels=parcels, message=why)


def _package_status(result: PackageLevelResult) -> VoidStatus:
    # 1 stands for "voided" and for "voided before" (field guide ups.md §5).
    code = clean(result.status.code if result.status is not None else None)
    return VoidStatus.VOIDED if code == _VOIDED else VoidStatus.REFUSED
