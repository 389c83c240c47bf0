"""Customs papers that the shipper made: upload, attach to a shipment, delete (field guide ups.md §4.4; description of Paperless)."""

import base64
import binascii
from datetime import datetime
from typing import Any, Final

from cartcarrier.sandbox.ups import answers, fields
from cartcarrier.sandbox.ups.account import ACCOUNT_NUMBER, World
from cartcarrier.sandbox.ups.errors import INVALID, MISSING, UPSError
from cartcarrier.sandbox.ups.fields import Node

FORMATS: Final = frozenset(["bmp", "doc", "docx", "gif", "jpg", "pdf", "png", "rtf", "tif", "txt", "xls", "xlsx"])
TYPES: Final = frozenset(f"{number:03d}" for number in range(1, 14))
MAX_FILES: Final = 13
MAX_BYTES: Final = 10 * 1024 * 1024
MAX_BYTES_CIE: Final = 1024 * 1024
MAX_NAME: Final = 300
UNKNOWN_DOCUMENT: Final = "9590022"
UNKNOWN_SHIPMENT: Final = "9590009"


def upload(world: World, body: Node, *, shipper: str | None) -> Node:
    """Take documents into the account's history of forms.

    Args:
        world: What the platform knows.
        body: The request.
        shipper: The header ``ShipperNumber``.

    Raises:
        UPSError: The first rule that is broken; nothing is kept then.
    """
    root = _read_root(world, body, "UploadRequest", shipper)
    forms = fields.objects(root, "UserCreatedForm")
    if not forms:
        raise UPSError(MISSING, "UploadRequest.UserCreatedForm is required.")
    if len(forms) > MAX_FILES:
        raise UPSError(INVALID, f"UploadRequest.UserCreatedForm takes up to {MAX_FILES} files.")
    read = [_read_form(world, form) for form in forms]
    with world.store.transaction():
        numbers = []
        for form in read:
            number = _make_id(world)
            world.store.put("documents", number, {"id": number, "shipments": [], **form})
            numbers.append(number)
    return {
        "UploadResponse": {
            "Response": answers.response(fields.child(root, "Request")),
            "FormsHistoryDocumentID": {"DocumentID": numbers},
        }
    }


def attach(world: World, body: Node, *, shipper: str | None) -> Node:
    """Attach uploaded documents to a shipment that was bought before.

    Args:
        world: What the platform knows.
        body: The request.
        shipper: The header ``ShipperNumber``.

    Raises:
        UPSError: 9590022 no such document; 9590009 no such shipment or parcel; else the first rule that is broken.
    """
    root = _read_root(world, body, "PushToImageRepositoryRequest", shipper)
    numbers = fields.items(root, "FormsHistoryDocumentID.DocumentID")
    if not numbers:
        raise UPSError(MISSING, "FormsHistoryDocumentID.DocumentID is required.")
    check_documents(world, numbers)
    if fields.required(root, "ShipmentType") != "1":
        raise UPSError(INVALID, "ShipmentType must be 1: the account ships small packages.")
    moment = fields.required(root, "ShipmentDateAndTime")
    try:
        datetime.strptime(moment, "%Y-%m-%d-%H.%M.%S")  # noqa: DTZ007 - local time of the shipper, without a zone
    except ValueError:
        raise UPSError(INVALID, "ShipmentDateAndTime must be yyyy-MM-dd-HH.mm.ss.") from None
    shipment = world.shipment(fields.required(root, "ShipmentIdentifier"))
    tracked = fields.items(root, "TrackingNumber")
    if not tracked:
        raise UPSError(MISSING, "TrackingNumber is required for small packages.")
    known = {package["tracking_number"] for package in shipment["packages"]} if shipment else set()
    if shipment is None or not all(isinstance(number, str) and number in known for number in tracked):
        raise UPSError(UNKNOWN_SHIPMENT, "The tracking number is not valid for the shipper.")
    group = fields.text(root, "FormsGroupID") or _make_id(world)
    if fields.text(root, "FormsGroupID") and world.store.get("form_groups", group) is None:
        raise UPSError(UNKNOWN_DOCUMENT, "The forms group was not found.")
    with world.store.transaction():
        world.store.put("form_groups", group, {"id": group, "shipment": shipment["id"], "documents": numbers})
        tie_documents(world, numbers, shipment["id"])
    return {
        "PushToImageRepositoryResponse": {
            "Response": answers.response(fields.child(root, "Request")),
            "FormsGroupID": group,
        }
    }


def delete(world: World, *, number: str | None, shipper: str | None) -> Node:
    """Delete a document: both its number and the shipper's stand in headers.

    Raises:
        UPSError: 9590022 no such document, or no longer.
    """
    _check_account(world, shipper)
    if not number:
        raise UPSError(MISSING, "The header DocumentId is required.")
    check_documents(world, [number])
    world.store.delete("documents", number)
    return {"DeleteResponse": {"Response": answers.response({})}}


def check_documents(world: World, numbers: list[Any]) -> None:
    """Refuse what names documents that are not there.

    Raises:
        UPSError: 9590022, or 10003 for more than 13.
    """
    if len(numbers) > MAX_FILES:
        raise UPSError(INVALID, f"DocumentID takes up to {MAX_FILES} documents.")
    for number in numbers:
        if not isinstance(number, str) or world.store.get("documents", number) is None:
            raise UPSError(UNKNOWN_DOCUMENT, "The document was not found in the forms history.")


def tie_documents(world: World, numbers: list[Any], shipment: str) -> None:
    """Remember that documents belong to a shipment."""
    for number in numbers:
        document = world.store.get("documents", number)
        if document is not None:
            world.store.put("documents", number, {**document, "shipments": [*document["shipments"], shipment]})


def _read_root(world: World, body: Node, name: str, shipper: str | None) -> Node:
    root = fields.child(body, name)
    if not root:
        raise UPSError(MISSING, f"{name} is required.")
    _check_account(world, shipper)
    if "Request" not in root:
        raise UPSError(MISSING, f"{name}.Request is required.")
    if fields.required(root, "ShipperNumber") != ACCOUNT_NUMBER:
        raise UPSError("120120", "The shipper number does not belong to the user.")
    return root


def _check_account(world: World, shipper: str | None) -> None:
    if not shipper:
        raise UPSError(MISSING, "The header ShipperNumber is required.")
    if shipper != ACCOUNT_NUMBER:
        raise UPSError("120120", "The shipper number does not belong to the user.")
    if not world.switch("paperless_enabled"):
        raise UPSError("120052", "Upload Forms Created Offline is not enabled for the account.", 403)


def _read_form(world: World, form: Node) -> Node:
    name = fields.required(form, "UserCreatedFormFileName")
    if len(name) > MAX_NAME:
        raise UPSError(INVALID, f"UserCreatedFormFileName takes up to {MAX_NAME} characters.")
    kind = fields.required(form, "UserCreatedFormFileFormat")
    if kind.lower() not in FORMATS:
        raise UPSError(INVALID, "UserCreatedFormFileFormat is not a format that is taken.")
    purpose = fields.required(form, "UserCreatedFormDocumentType")
    if purpose not in TYPES:
        raise UPSError(INVALID, "UserCreatedFormDocumentType must be 001 to 013.")
    written = fields.required(form, "UserCreatedFormFile")
    try:
        content = base64.b64decode(written, validate=True)
    except binascii.Error:
        raise UPSError(INVALID, "UserCreatedFormFile must be encoded in base64.") from None
    limit = MAX_BYTES_CIE if world.switch("cie_paperless") else MAX_BYTES
    if not 0 < len(content) <= limit:
        raise UPSError(INVALID, f"UserCreatedFormFile is empty or exceeds {limit // (1024 * 1024)} MB.")
    return {"name": name, "format": kind.lower(), "type": purpose, "bytes": len(content)}


def _make_id(world: World) -> str:
    """Make a number as UPS does: 26 characters, the moment of the upload and a count in place of its fraction."""
    return f"{world.now():%Y-%m-%d-%H.%M.%S}.{world.next_number('documents') % 1_000_000:06d}"
