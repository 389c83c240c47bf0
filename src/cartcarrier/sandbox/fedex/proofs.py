"""Proof of delivery: ``POST /track/v1/trackingdocuments`` (field guide fedex.md §7.1)."""

import base64
from typing import Final

from cartcarrier.sandbox import _labels as drawing
from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.account import World
from cartcarrier.sandbox.fedex.documents import label_content
from cartcarrier.sandbox.fedex.errors import FedExError, invalid_input
from cartcarrier.sandbox.fedex.fields import Node
from cartcarrier.sandbox.fedex.journey import Scan
from cartcarrier.sandbox.fedex.tracking import EMPTY, MAX_NUMBERS, NOT_FOUND, find_parcels, story

KINDS: Final = frozenset({"SIGNATURE_PROOF_OF_DELIVERY", "BILL_OF_LADING", "FREIGHT_BILLING_DOCUMENT"})
FORMATS: Final = frozenset({"PDF", "PNG"})
MISSING: Final = {
    "code": "TRACKING.DATA.NOTFOUND",
    "alertType": "WARNING",
    "message": "There is no proof of delivery.",
}


def prove(world: World, body: Node, locale: str) -> Node:
    """Answer a question about proofs of delivery: a document for each parcel that has arrived.

    Args:
        world: What the platform knows.
        body: The request.
        locale: The language and country of the answer.

    Raises:
        FedExError: A number that nobody knows, or not one proof.
    """
    kind = fields.choice(body, "trackDocumentDetail.documentType", KINDS, "TRACKING.DOCUMENTTYPE.EMPTY")
    shape = fields.text(body, "trackDocumentDetail.documentFormat") or "PDF"
    if shape not in FORMATS:
        raise invalid_input("documentFormat")
    questions = fields.objects(body, "trackDocumentSpecification")
    if not questions:
        raise FedExError(*EMPTY)
    if len(questions) > MAX_NUMBERS:
        raise FedExError("TRACKING.TRACKINGNUMBERS.INVALID", "A request takes at most 30 tracking numbers.")
    documents: list[str] = []
    for question in questions:
        found = find_parcels(world, question)
        if not found:
            raise FedExError(*NOT_FOUND)
        shipment, package = found[-1]
        delivered = story(world, shipment, package).delivered
        if delivered is not None and kind == "SIGNATURE_PROOF_OF_DELIVERY":
            documents.append(base64.b64encode(_letter(shipment, package, delivered, shape)).decode())
    if not documents:
        raise FedExError(str(MISSING["code"]), str(MISSING["message"]))
    language, _, country = locale.partition("_")
    made: Node = {
        "localization": {"languageCode": language, "localeCode": country or "US"},
        "documentType": kind,
        "documentFormat": shape,
        "document": documents,
    }
    return {**made, "alerts": [MISSING]} if len(documents) < len(questions) else made


def _letter(shipment: Document, package: Document, delivered: Scan, shape: str) -> bytes:
    receiver = shipment["destination"]
    moment = delivered.at.astimezone(delivered.zone)
    if shape == "PNG":
        return drawing.upright_png(label_content(shipment, shipment["packages"].index(package)))
    lines = [
        f"Tracking number: {package['tracking_number']}",
        f"Delivered: {moment:%Y-%m-%d %H:%M}",
        f"Delivered to: {receiver['city']} {receiver['state']} {receiver['country']}",
        f"Signed for by: {(receiver['attention'] or receiver['name']).upper()}",
        f"Weight: {package['weight']} {package['weight_unit']}",
    ]
    return drawing.text_page_pdf("Signature Proof of Delivery", lines)
