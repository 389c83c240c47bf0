"""Labels and receipts as pictures (field guide usps.md §4.3); each can be opened and says SAMPLE."""

import base64
import io
from typing import Any, Final

from PIL import Image, ImageDraw, ImageFont

from cartcarrier.sandbox import _labels as drawing
from cartcarrier.sandbox._store import Document
from cartcarrier.sandbox.usps.products import CLASSES, EXTRA_SERVICES

MEDIA_TYPES: Final = {
    "PDF": "application/pdf",
    "PNG": "image/png",
    "GIF": "image/gif",
    "JPG": "image/jpeg",
    "TIFF": "image/tiff",
    "SVG": "image/svg+xml",
    "ZPL203DPI": "application/zpl",
    "ZPL300DPI": "application/zpl",
    "EPL300DPI": "application/epl",
}
THERMAL: Final = frozenset({"ZPL203DPI", "ZPL300DPI", "EPL300DPI"})
_SIZES: Final = {"4X6LABEL": (800, 1200), "4X5LABEL": (800, 1000), "4X4LABEL": (800, 800), "2X7LABEL": (400, 1400)}
_LETTER: Final = (1700, 2200)  # dots of a letter page at 200 dpi
_PILLOW: Final = {"PNG": "PNG", "GIF": "GIF", "JPG": "JPEG", "TIFF": "TIFF", "PDF": "PDF"}


def label_image(label: Document, image: dict[str, Any]) -> str:
    """Return a label's picture, in base64.

    Args:
        label: The label.
        image: ``imageType``, ``labelType`` and ``receiptOption`` of the request.
    """
    kind = image["imageType"]
    contents = [label_content(label), *([customs_content(label)] if label["customs"] else [])]
    if kind in THERMAL:
        printer = drawing.epl if kind == "EPL300DPI" else drawing.zpl
        data = b"".join(printer(content) for content in contents)
        if image["receiptOption"] == "SEPARATE_PAGE":
            data += printer(_receipt_content(label))
    elif image["receiptOption"] == "SAME_PAGE":
        data = _save(_letter_page(label), kind=kind)
    elif kind == "PDF":
        data = drawing.pdf(contents)
    else:
        data = _save(*(_sized(content, image["labelType"]) for content in contents), kind=kind)
    return base64.b64encode(data).decode()


def draw(content: drawing.LabelContent, kind: str) -> bytes:
    """Return a picture of something else than a label, drawn like one."""
    return _save(_sized(content, "4X6LABEL"), kind=kind)


def receipt_image(label: Document, kind: str) -> str:
    """Return a label's receipt on a page of its own, in base64."""
    if kind == "PDF":
        data = drawing.text_page_pdf("SAMPLE Online e-Label Record", receipt_lines(label))
    else:
        page = Image.new("RGB", (800, 1200), "white")
        _write(page, ["SAMPLE Online e-Label Record", *receipt_lines(label)], x=40, y=40)
        data = _save(page, kind=kind)
    return base64.b64encode(data).decode()


def qr_image(label: Document) -> str:
    """Return the picture that a post office scans to print the label, in base64: here a card with the number."""
    page = Image.new("RGB", (600, 600), "white")
    _write(page, ["SAMPLE", "Label Broker ID", label["broker_id"]], x=60, y=200)
    return base64.b64encode(_save(page, kind="PNG")).decode()


def label_content(label: Document) -> drawing.LabelContent:
    """Return what stands on a label."""
    receiver, sender = label["to"], label["from"]
    services = [EXTRA_SERVICES[service["code"]][0].upper() for service in label["services"] if service["code"] != 920]
    return drawing.LabelContent(
        carrier="USPS",
        service=CLASSES[label["mail_class"]].name,
        tracking_number=label["number"],
        sender=_lines(sender),
        receiver=_lines(receiver),
        routing=f"{receiver['state']} {receiver['zip_code']}" if receiver["country"] == "US" else receiver["country"],
        weight=f"{label['weight']} LB",
        piece=f"{label['piece'][0]} OF {label['piece'][1]}",
        references=tuple(label["printed_references"])[:3],
        notes=tuple(services)[:2],
        billing="" if label["suppress_postage"] else f"US POSTAGE {label['charge']}",
    )


def customs_content(label: Document) -> drawing.LabelContent:
    """Return what stands on the customs declaration, which is a second page of the label."""
    customs = label["customs"]
    return drawing.LabelContent(
        carrier="USPS",
        service="CUSTOMS DECLARATION CN 22",
        tracking_number=label["number"],
        sender=_lines(label["from"]),
        receiver=_lines(label["to"]),
        routing=label["to"]["country"],
        weight=f"{label['weight']} LB",
        references=tuple(customs["lines"])[:3],
        notes=(customs["type"],),
        billing=customs["aes"],
    )


def receipt_lines(label: Document) -> list[str]:
    """Return the lines of a receipt."""
    return [
        f"USPS TRACKING #: {label['number']}",
        f"Service: {CLASSES[label['mail_class']].name}",
        f"Mailing date: {label['mailing_date']}",
        f"Postage: ${label['postage']}",
        *(f"{service['name']}: ${service['price']}" for service in label["services"]),
        *(f"{fee['name']}: ${fee['price']}" for fee in label["fees"]),
        f"Total: ${label['charge']}",
        "From: " + ", ".join(_lines(label["from"])),
        "To: " + ", ".join(_lines(label["to"])),
    ]


def _receipt_content(label: Document) -> drawing.LabelContent:
    return drawing.LabelContent(
        carrier="USPS",
        service="ONLINE E-LABEL RECORD",
        tracking_number=label["number"],
        sender=_lines(label["from"]),
        receiver=_lines(label["to"]),
        references=(f"Total: ${label['charge']}",),
    )


def _lines(place: dict[str, Any]) -> tuple[str, ...]:
    last = " ".join(part for part in (place["city"], place["state"], place["zip_code"]) if part)
    country = place["country"] if place["country"] != "US" else ""
    lines = (place["name"], place["firm"], *place["lines"], last, country)
    return tuple(line.upper() for line in lines if line)


def _sized(content: drawing.LabelContent, label_type: str) -> Image.Image:
    picture = Image.open(io.BytesIO(drawing.upright_png(content))).convert("RGB")
    size = _SIZES[label_type]
    return picture if picture.size == size else picture.resize(size)


def _letter_page(label: Document) -> Image.Image:
    page = Image.new("RGB", _LETTER, "white")
    page.paste(_sized(label_content(label), "4X6LABEL"), (60, 60))
    _write(page, ["SAMPLE Online e-Label Record", *receipt_lines(label)], x=60, y=1340)
    return page


def _write(page: Image.Image, lines: list[str], *, x: int, y: int) -> None:
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(28)
    for index, line in enumerate(lines):
        draw.text((x, y + index * 44), line, fill="black", font=font)


def _save(*pictures: Image.Image, kind: str) -> bytes:
    """Write pictures as one file; formats of several pages keep them all, others the first."""
    first, *rest = pictures
    if kind == "SVG":
        inner = io.BytesIO()
        first.save(inner, "PNG")
        width, height = first.size
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
            f'<title>SAMPLE</title><image width="{width}" height="{height}" href="data:image/png;base64,'
            f'{base64.b64encode(inner.getvalue()).decode()}"/></svg>'
        ).encode()
    file = io.BytesIO()
    packed: dict[str, Any] = {"compression": "tiff_lzw"} if kind == "TIFF" else {}
    if kind == "TIFF" and rest:
        packed |= {"save_all": True, "append_images": rest}
    first.save(file, _PILLOW[kind], **packed)
    return file.getvalue()
