"""Trade documents: ``POST /documents/v1/…`` on the document host (field guide fedex.md §4.4)."""

import json
import re
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Final

from cartcarrier.sandbox.fedex import fields
from cartcarrier.sandbox.fedex.account import World
from cartcarrier.sandbox.fedex.codes import NO_TRADE_DOCUMENTS
from cartcarrier.sandbox.fedex.errors import FedExError
from cartcarrier.sandbox.fedex.fields import Node

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_FILES: Final = 5
WORKFLOWS: Final = frozenset({"ETDPreshipment", "ETDPostshipment"})
SHORT_TYPES: Final = {
    "CERTIFICATE_OF_ORIGIN": "CO",
    "COMMERCIAL_INVOICE": "CI",
    "ETD_LABEL": "AWB",
    "USMCA_CERTIFICATION_OF_ORIGIN": "CO",
    "USMCA_COMMERCIAL_INVOICE_CERTIFICATION_OF_ORIGIN": "CI",
    "OTHER": "OTHER",
    "PRO_FORMA_INVOICE": "PRO",
}
CONTENT_TYPES: Final = frozenset(
    {
        "application/pdf", "application/x-soffice", "application/doc", "text/richtext", "text/rtf", "application/x-rtf",
        "application/rtf", "application/msword", "text/plain", "image/bmp", "image/png", "image/gif", "image/jpeg",
        "image/tiff", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/vnd.ms-excel",
    }
)  # fmt: skip
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


def upload(world: World, parts: dict[str, list[bytes]]) -> Node:
    """Take one document before or after a shipment, and return its id.

    Args:
        world: What the platform knows.
        parts: The parts of the form: ``document`` (JSON) and ``attachment`` (the file).

    Raises:
        FedExError: 1001 for wrong details, 1002 without a file.
    """
    document = _read_part(parts, "document")
    (attachment,) = _files(parts, "attachment", 1)
    meta = fields.child(document, "meta")
    return {"meta": _keep(world, document, document, meta, attachment)}


def upload_several(world: World, parts: dict[str, list[bytes]]) -> Node:
    """Take up to five documents at once.

    Args:
        world: What the platform knows.
        parts: The parts of the form: ``documentInformation`` (JSON) and ``fileAttachments`` (files, in order).

    Raises:
        FedExError: 1001 for wrong details, 1002 when files are missing.
    """
    information = _read_part(parts, "documentInformation")
    metas = fields.objects(information, "metaData")
    if not 1 <= len(metas) <= MAX_FILES:
        raise _wrong("Invalid document details")
    files = _files(parts, "fileAttachments", len(metas))
    shared = {
        "originCountryCode": fields.find(information, "orginCountryCode"),  # FedEx spells it like that
        "destinationCountryCode": fields.find(information, "destinationCountryCode"),
        "trackingNumber": fields.find(information, "trackingNumber"),
        "shipmentDate": fields.find(information, "shipmentDate"),
    }
    made = []
    for each, content in zip(metas, files, strict=True):
        document = {"name": fields.text(each, "fileName"), "contentType": fields.text(each, "contentType")}
        kept = _keep(world, information, document, {**shared, **each}, content)
        entry: Node = {"metaData": kept}
        if reference := fields.text(each, "fileReferenceId"):
            entry["fileReferenceId"] = reference
        made.append(entry)
    return {"documentResponses": made}


def _keep(world: World, workflow: Node, document: Node, meta: Node, content: bytes) -> Node:
    name = fields.required(workflow, "workflowName", "1001", "The input is invalid: Invalid workflow name")
    kind = fields.text(meta, "shipDocumentType")
    if name not in WORKFLOWS or kind not in SHORT_TYPES or not fields.text(document, "name"):
        raise _wrong("Invalid document details")
    if fields.text(document, "contentType") not in CONTENT_TYPES:
        raise _wrong("Invalid content type")
    for end in ("originCountryCode", "destinationCountryCode"):
        if not _COUNTRY.fullmatch(fields.text(meta, end)):
            raise _wrong(f"Invalid {end}")
    if kind.startswith("USMCA") and fields.text(meta, "formCode") != "USMCA":
        raise _wrong("Invalid form code")
    if {fields.text(meta, "originCountryCode"), fields.text(meta, "destinationCountryCode")} & NO_TRADE_DOCUMENTS:
        raise FedExError("1024", "This country takes no electronic trade documents.")
    if name == "ETDPostshipment":
        _check_shipment(world, meta)
    if not content or len(content) > MAX_BYTES:
        raise FedExError("1002", "No file, or one that is too large.")
    document_id = f"090927d6{world.next_number('documents'):08x}"
    row = {
        "id": document_id,
        "type": kind,
        "bytes": len(content),
        "tracking_number": fields.text(meta, "trackingNumber"),
    }
    world.store.put("documents", document_id, row)
    return {"documentType": SHORT_TYPES[kind], "docId": document_id, "folderId": [f"0b0493e1{document_id[-8:]}"]}


def _check_shipment(world: World, meta: Node) -> None:
    shipment = world.shipment(fields.text(meta, "trackingNumber"))
    if shipment is None or not fields.text(meta, "shipmentDate"):
        raise _wrong("Invalid tracking number or shipment date")
    if shipment["etd"] is None:
        raise FedExError("1024", "The shipment has no electronic trade documents.")


def _wrong(what: str) -> FedExError:
    return FedExError("1001", f"The input is invalid: {what}")


def _read_part(parts: dict[str, list[bytes]], name: str) -> Node:
    if len(parts.get(name, ())) != 1:
        raise _wrong("Invalid document details")
    try:
        found: Any = json.loads(parts[name][0])
    except ValueError:
        raise _wrong("Invalid document details") from None
    if not isinstance(found, dict):
        raise _wrong("Invalid document details")
    return found


def _files(parts: dict[str, list[bytes]], name: str, count: int) -> list[bytes]:
    files = parts.get(name, [])
    if len(files) != count:
        raise FedExError("1002", "No file, or one that is too large.")
    return files


def read_form(content_type: str, body: bytes) -> dict[str, list[bytes]]:
    """Take a multipart form apart: name to contents.

    Raises:
        FedExError: 1001: it is none.
    """
    if not content_type.startswith("multipart/form-data"):
        raise _wrong("The content type must be multipart/form-data")
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise _wrong("The form cannot be read")
    parts: dict[str, list[bytes]] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            parts.setdefault(name, []).append(payload)
    return parts
