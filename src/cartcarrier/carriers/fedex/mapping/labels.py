"""Labels and papers: base64 to bytes, named by what they are."""

import base64
import binascii
from typing import Final

from cartcarrier.models import LabelFormat

_MAGIC: Final = (
    (b"%PDF", LabelFormat.PDF),
    (b"\x89PNG\r\n\x1a\n", LabelFormat.PNG),
    (b"GIF8", LabelFormat.GIF),
    (b"^XA", LabelFormat.ZPL),
    (b"~", LabelFormat.ZPL),
    (b"\x10CT~~", LabelFormat.ZPL),
    (b"CT~~", LabelFormat.ZPL),
)
_TEXT_START: Final = b" \t\r\n"
_IMAGES: Final = {"ZPLII": LabelFormat.ZPL, "EPL2": LabelFormat.EPL, "PDF": LabelFormat.PDF, "PNG": LabelFormat.PNG}


def decode(text: str | None) -> bytes | None:
    """Return what a base64 text stands for; ``None`` when it cannot be read."""
    if not text:
        return None
    try:
        return base64.b64decode("".join(text.split()), validate=True) or None
    except (binascii.Error, ValueError):
        return None


def kind_of(data: bytes, said: str | None, asked: LabelFormat) -> LabelFormat:
    """Return what a label is: by its own bytes first, then by FedEx's word for it, then by what was asked for."""
    start = data[:64].lstrip(_TEXT_START)
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            return kind
    return _IMAGES.get((said or "").strip().upper(), asked)


def form_of(data: bytes, said: str | None) -> str:
    """Return the form of another paper: ``"pdf"`` and the like."""
    if data.startswith(b"%PDF"):
        return "pdf"
    if data.startswith(b"\x89PNG"):
        return "png"
    return (said or "").strip().lower() or "unknown"
