"""Labels and papers: base64 to bytes, named by what they are, upright where that can be done."""

import base64
import binascii
import io
from collections.abc import Iterable
from typing import Final

import attrs

from cartcarrier.carriers.ups.schemas.answers import Image, Paper
from cartcarrier.models import Document, Label, LabelFormat

_MAGIC: Final = (
    (b"GIF8", LabelFormat.GIF),
    (b"\x89PNG\r\n\x1a\n", LabelFormat.PNG),
    (b"%PDF", LabelFormat.PDF),
    (b"^XA", LabelFormat.ZPL),
)
_PICTURES: Final = frozenset({LabelFormat.GIF, LabelFormat.PNG})
_SIDEWAYS: Final = "the label lies on its side, as UPS draws it: turn it by 90 degrees before printing, install cartcarrier[labels], or ask for ZPL"


@attrs.frozen
class DecodedLabel:
    """A label, and what the user should know about it.

    Attributes:
        label: ``None`` when there is none, or it cannot be read.
        warning: Why, or that it lies on its side.
    """

    label: Label | None
    warning: str | None = None


def decode(text: str | None) -> bytes | None:
    """Return what a base64 text stands for; ``None`` when it cannot be read."""
    if not text:
        return None
    try:
        return base64.b64decode("".join(text.split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def to_label(text: str | None, code: str | None, asked: LabelFormat) -> DecodedLabel:
    """Return a label, upright, named by its own bytes rather than by what was asked for.

    UPS draws pictures in landscape (field guide ups.md §4.8). They are turned clockwise, losslessly, where Pillow is installed
    (the extra ``labels``); otherwise the bytes stay as UPS sent them and a warning says so.

    Args:
        text: Base64.
        code: UPS's name of the format.
        asked: What was asked for.
    """
    data = decode(text)
    if data is None:
        return DecodedLabel(None, "UPS's answer has no label that can be read: recover it by the tracking number")
    kind = _kind(data, code, asked)
    warning = None if kind is asked else f"UPS gave the label as {kind}, not as {asked}"
    if kind in _PICTURES:
        turned = _upright(data)
        if turned is None:
            return DecodedLabel(Label(format=kind, data=data), _joined(warning, _SIDEWAYS))
        data = turned
    return DecodedLabel(Label(format=kind, data=data), warning)


def _joined(first: str | None, second: str) -> str:
    return second if first is None else f"{first}; {second}"


def _kind(data: bytes, code: str | None, asked: LabelFormat) -> LabelFormat:
    start = data[:64].lstrip()
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            return kind
    try:
        return LabelFormat((code or "").strip().lower())
    except ValueError:
        return asked


def _upright(data: bytes) -> bytes | None:
    """Return a picture in portrait; ``None`` when nobody here can turn it."""
    try:
        from PIL import Image as Picture  # noqa: PLC0415 - an extra, and not light
        from PIL import UnidentifiedImageError  # noqa: PLC0415 - as above
    except ImportError:
        return None
    try:
        with Picture.open(io.BytesIO(data)) as picture:
            if picture.height >= picture.width:
                return data
            turned = io.BytesIO()
            picture.transpose(Picture.Transpose.ROTATE_270).save(turned, format=picture.format)
    except (UnidentifiedImageError, Picture.DecompressionBombError, OSError, ValueError, SyntaxError):
        return None
    return turned.getvalue()


def _document(kind: str, image: Image | None) -> list[Document]:
    if image is None:
        return []
    data = decode(image.graphic_image)
    if data is None:
        return []
    code = image.image_format.code if image.image_format is not None else None
    form = "pdf" if data.startswith(b"%PDF") else (code or "").strip().lower() or "unknown"
    return [Document(kind=kind, format=form, data=data)]


def paper_documents(kind: str, paper: Paper | None) -> list[Document]:
    """Return a paper as a document, if it is there."""
    return _document(kind, paper.image) if paper is not None else []


def image_documents(kind: str, images: Iterable[Image]) -> list[Document]:
    """Return pictures of papers as documents."""
    return [document for image in images for document in _document(kind, image)]


def raw_documents(kind: str, texts: Iterable[str]) -> list[Document]:
    """Return bare base64 texts as documents."""
    return image_documents(kind, (Image(graphic_image=text) for text in texts))


def link_documents(kind: str, link: str | None) -> list[Document]:
    """Return a link as a document, if it is there. Whoever has it sees the address: personal data."""
    return [Document(kind=kind, format="url", data=link.strip().encode())] if link and link.strip() else []
