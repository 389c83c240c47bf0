"""What was bought. Nothing that Amazon may have sold is lost because a part of the answer cannot be read."""

from datetime import datetime
from decimal import Decimal
from typing import Final

import attrs

from cartcarrier.carriers.amazon_buy_shipping import codes, schemas
from cartcarrier.carriers.amazon_buy_shipping.mapping.documents import to_document, to_label
from cartcarrier.carriers.amazon_buy_shipping.mapping.purchase import Prepared
from cartcarrier.models import Money, Service, Shipment, ShippedParcel
from cartcarrier.platforms.amazon import carrier_name

_NO_NUMBER: Final = "Amazon gave no tracking number; the shipment's own id stands in its place"
_NO_LABEL: Final = "the label could not be read: print it from Seller Central, do not buy it again"


def to_shipment(
    answer: schemas.Purchased, facts: Prepared, *, carrier: str, reference: str, now: datetime, test: bool
) -> Shipment:
    """Return what was bought.

    Args:
        answer: Amazon's.
        facts: Of the step.
        carrier: The account's key.
        reference: Ours.
        now: The present.
        test: Whether it is Amazon's sandbox.
    """
    packages = answer.package_document_details or [schemas.PackageDocuments()]
    parcels: list[ShippedParcel] = []
    warnings: list[str] = []
    for package in packages:
        parcel = to_parcel(package)
        if parcel is None:
            warnings.append(_NO_NUMBER)
            parcel = to_parcel(package, number=answer.shipment_id)
        assert parcel is not None  # noqa: S101 - it has a number now
        parcels.append(parcel)
    if any(parcel.label is None for parcel in parcels):
        warnings.append(_NO_LABEL)
    return Shipment(
        carrier=carrier,
        id=answer.shipment_id,
        service=Service(code=facts.service, name=facts.name),
        tracking_number=parcels[0].tracking_number,
        parcels=parcels,
        # A purchase does not repeat its price: it is the rate's.
        total=Money(amount=Decimal(facts.total), currency=facts.currency),
        total_is_estimate=True,
        created_at=now,
        reference=reference,
        confirms_order=facts.amazon,
        carried_by=carrier_name(facts.carrier_id, facts.carrier_name),
        test=test,
        warnings=dict.fromkeys(warnings),
    )


def to_parcel(package: schemas.PackageDocuments, *, number: str | None = None) -> ShippedParcel | None:
    """Return a parcel with its label and papers; ``None`` when it has no number."""
    said = str(package.tracking_id).strip() if package.tracking_id is not None else ""
    if not said and number is None:
        return None
    label = None
    papers = []
    for document in package.package_documents or ():
        if document.type == codes.LABEL and label is None:
            label = to_label(document)
        elif (paper := to_document(document)) is not None:
            papers.append(paper)
    return ShippedParcel(tracking_number=said or number or "", label=label, documents=papers)


def needs_reprint(shipment: Shipment) -> bool:
    """Return whether a label is missing that may be had by asking once more."""
    return any(parcel.label is None for parcel in shipment.parcels)


def with_documents(shipment: Shipment, answer: schemas.Reprinted) -> Shipment:
    """Return the shipment with what asking once more gave; as it is when that has no label either."""
    first, *others = shipment.parcels
    found = to_parcel(answer.package_document_detail, number=first.tracking_number)
    if found is None or found.label is None:
        return shipment
    said = [warning for warning in shipment.warnings if warning != _NO_LABEL]
    if first.tracking_number == shipment.id and found.tracking_number != shipment.id:
        said = [warning for warning in said if warning != _NO_NUMBER]
    return attrs.evolve(shipment, tracking_number=found.tracking_number, parcels=[found, *others], warnings=said)
