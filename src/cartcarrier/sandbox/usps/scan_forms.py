"""The end of the day on one sheet: ``POST /scan-forms/v3/scan-form`` (field guide usps.md §6)."""

import base64
from datetime import date, timedelta
from typing import Final

from cartcarrier.sandbox import _labels as drawing
from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps import documents
from cartcarrier.sandbox.usps.account import World
from cartcarrier.sandbox.usps.answers import Answer, Node, Part, write_parts
from cartcarrier.sandbox.usps.errors import USPSError
from cartcarrier.sandbox.usps.geography import local_time
from cartcarrier.sandbox.usps.label_shapes import FROM
from cartcarrier.sandbox.usps.manifest import is_manifested
from cartcarrier.sandbox.usps.numbers import make_impb
from cartcarrier.sandbox.usps.products import FACILITIES
from cartcarrier.sandbox.usps.shapes import choice, day, flag, group, many, one_of, text

MOST: Final = 40_000
DAYS_AHEAD: Final = timedelta(days=30)
_MAILER_ID: Final = text(pattern=r"\d{6}|\d{9}")
_KINDS: Final = "PDF TIFF JPG PNG GIF SVG ZPL203DPI ZPL300DPI NONE"
REQUEST: Final = group(
    {
        "imageInfo": group({"imageType": choice(_KINDS), "labelType": choice("8.5X11LABEL 4X6LABEL")}),
        "form": choice("5630"),
        "imageType": choice("PDF TIFF JPG PNG GIF SVG NONE"),
        "labelType": choice("8.5x11LABEL"),
        "mailingDate*": day,
        "overwriteMailingDate": flag,
        "entryFacilityZIPCode*": text(pattern=r"\d{5}"),
        "destinationEntryFacilityType*": choice(FACILITIES),
        "shipment*": one_of(
            group({"trackingNumbers*": many(text(), least=1, most=MOST)}),
            group({"MID*": _MAILER_ID}),
            group({"manifestMID*": _MAILER_ID}),
        ),
        "fromAddress*": FROM,
    }
)


def create(world: World, body: Node, accept: str) -> Answer:
    """Put labels on a SCAN form: they count as handed over with one scan, and are manifested a quarter of an hour later.

    One label that does not belong fails the whole form.

    Raises:
        ShapeError: What the gateway does not let through.
        USPSError: 160006, 160034, 160037, 160039, 160040, 160160 to 160168, 160397, 160398.
    """
    REQUEST(body, "")
    sender = body["fromAddress"]
    if not sender.get("firm") and not (sender.get("firstName") and sender.get("lastName")):
        raise USPSError("160168", "must provide either first and last name or firm", "firstName/lastName/firm")
    wanted = date.fromisoformat(body["mailingDate"])
    today = world.now().astimezone(local_time(sender["state"])).date()
    if not today <= wanted <= today + DAYS_AHEAD:
        raise USPSError("160034", "cannot be in the past or more than 30 days in the future", "mailingDate")
    shipment = body["shipment"]
    if "trackingNumbers" in shipment:
        labels = _find(world, list(dict.fromkeys(shipment["trackingNumbers"])))
        for label in labels:
            _check(world, label, body)
        if len({label["manifest_mid"] for label in labels}) > 1:
            raise USPSError(
                "160165", "barcodes cannot be grouped together in a SCAN Form due to Manifest MID mismatch", "barcode"
            )
    else:
        labels = [label for label in world.labels() if _is_swept(world, label, body)]
    if not labels:
        raise USPSError(
            "160037",
            "The SCAN Form could not be created because no labels met the given criteria",
            "mailingDate,entryFacilityZIPCode,destinationEntryFacilityType",
        )
    with world.store.transaction():
        form = _make(world, labels, body)
    return _answer(form, body, accept)


def _find(world: World, numbers: list[str]) -> list[Document]:
    found = []
    for number in numbers:
        label = world.label(number)
        if label is None:
            raise USPSError("160039", f"barcode {number} does not exist", "barcode")
        found.append(label)
    return found


def _check(world: World, label: Document, body: Node) -> None:
    """Refuse a label that does not belong on the form."""
    number = label["number"]
    if label["status"] == "CANCELED":
        raise USPSError(
            "160397", f"barcode {number} has been canceled and is not eligible to be added to a SCAN Form", "barcode"
        )
    if label["scan_form"] is not None:
        efn = label["scan_form"]["efn"]
        raise USPSError(
            "160040", f"barcode {number} is already part of another SCAN Form with efn {efn}", "scanFormEfn"
        )
    if label["kind"] == "return" or label["status"] != "ACTIVE":
        raise USPSError("160160", f"barcode {number} is not eligible for SCAN Form", "status")
    if is_manifested(label, world.now()):
        raise USPSError(
            "160398", f"barcode {number} has manifested and is not eligible to be added to a SCAN Form", "barcode"
        )
    if label["image"]["imageType"] == "LABEL_BROKER":
        raise USPSError(
            "160163", f"barcode {number} has ImageType of LABEL_BROKER and is not eligible for SCAN Form", "imageType"
        )
    if any(service["code"] == 415 for service in label["services"]):
        raise USPSError(
            "160164", f"barcode {number} has Extra Service 415 and is not eligible for SCAN Form", "imageType"
        )
    if label["locker"]:
        raise USPSError(
            "160166",
            f"barcode {number} is a parcel locker delivery and is not eligible for SCAN Form",
            "parcelLockerDelivery",
        )
    entry = body["entryFacilityZIPCode"]
    if label["entry_zip"] != entry:
        text_ = f"barcode {number} with zip {label['entry_zip']} does not match SCAN Form request zip {entry}"
        raise USPSError("160161", text_, "entryFacilityZipCode")
    facility = body["destinationEntryFacilityType"]
    if label["facility"] != facility:
        text_ = f"barcode {number} with facility type {label['facility']} does not match SCAN Form request facility type {facility}"
        raise USPSError("160162", text_, "destinationEntryFacilityType")
    if label["mailing_date"] != body["mailingDate"] and not body.get("overwriteMailingDate"):
        text_ = (
            f"barcode {number} with mailing date {label['mailing_date']} does not match SCAN Form request mailing date"
            f" {body['mailingDate']}"
        )
        raise USPSError("160006", text_, "mailingDate")


def _is_swept(world: World, label: Document, body: Node) -> bool:
    """Say whether a label belongs to the mailer id and fits the form."""
    shipment = body["shipment"]
    name, member = ("mid", "MID") if "MID" in shipment else ("manifest_mid", "manifestMID")
    if label[name] != shipment[member]:
        return False
    try:
        _check(world, label, body)
    except USPSError:
        return False
    return True


def _make(world: World, labels: list[Document], body: Node) -> Document:
    manifest_mid = labels[0]["manifest_mid"]
    efn = make_impb("750", manifest_mid, world.next_number("forms"))
    at = world.now().isoformat()
    for label in labels:
        label["scan_form"] = {"efn": efn, "at": at}
        if body.get("overwriteMailingDate"):
            label["mailing_date"] = body["mailingDate"]
        world.save_label(label)
    form: Document = {
        "efn": efn,
        "at": at,
        "numbers": [label["number"] for label in labels],
        "date": body["mailingDate"],
    }
    world.store.put("forms", efn, form)
    return form


def _answer(form: Document, body: Node, accept: str) -> Answer:
    image = {"imageType": "PDF", "labelType": "8.5X11LABEL"} | body.get("imageInfo", {})
    if "imageType" in body and "imageInfo" not in body:
        image["imageType"] = body["imageType"]
    made: Node = {
        "imageInfo": image,
        "form": "5630",
        "mailingDate": body["mailingDate"],
        "overwriteMailingDate": bool(body.get("overwriteMailingDate")),
        "entryFacilityZIPCode": body["entryFacilityZIPCode"],
        "destinationEntryFacilityType": body["destinationEntryFacilityType"],
        "shipment": body["shipment"],
        "manifestNumber": form["efn"],
        "trackingNumbers": form["numbers"],
        "fromAddress": body["fromAddress"],
    }
    parts = [Part(name="SCANFormMetaData", body=made)]
    kind = image["imageType"]
    if kind != "NONE":
        picture = base64.b64encode(_draw(form, kind, body)).decode()
        media = documents.MEDIA_TYPES[kind]
        parts.append(
            Part(name="SCANFormImage", body=picture, file_name=f"scan-form.{kind[:3].lower()}", media_type=media)
        )
    return write_parts(parts, accept)


def _draw(form: Document, kind: str, body: Node) -> bytes:
    sender = body["fromAddress"]
    lines = [
        f"Shipment date: {form['date']}",
        f"Shipped from: {sender.get('firm', '')} {sender['streetAddress']}, {sender['city']} {sender['state']}",
        f"Total volume: {len(form['numbers'])}",
        f"Barcode: {form['efn']}",
    ]
    title = "SAMPLE PS Form 5630 Shipment Confirmation Acceptance Notice"
    if kind == "PDF":
        return drawing.text_page_pdf(title, lines)
    content = drawing.LabelContent(
        carrier="USPS",
        service="SCAN FORM 5630",
        tracking_number=form["efn"],
        sender=tuple(lines[:2]),
        receiver=tuple(lines[2:]),
    )
    return drawing.zpl(content) if kind in documents.THERMAL else documents.draw(content, kind)
