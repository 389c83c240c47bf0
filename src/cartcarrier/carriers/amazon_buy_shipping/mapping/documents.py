"""Which label to ask for, and what came: base64 to bytes, named by what they are."""

import base64
import binascii
import gzip
import re
import zlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from cartcarrier.carriers.amazon_buy_shipping import codes, schemas
from cartcarrier.carriers.amazon_buy_shipping.options import AmazonBuyShippingOptions
from cartcarrier.models import Document, Label, LabelFormat, ShipmentOptions

_SIZE: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*[x*]\s*(\d+(?:\.\d+)?)\s*(in|cm)?\s*", re.IGNORECASE)
_USUAL: Final = ("INCH", Decimal(4), Decimal(6))
_USUAL_DPI: Final = 203
_GZIP: Final = b"\x1f\x8b"
_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", LabelFormat.PNG),
    (b"%PDF", LabelFormat.PDF),
    (b"^XA", LabelFormat.ZPL),
    (b"~", LabelFormat.ZPL),
    (b"GIF8", LabelFormat.GIF),
)
_CUT: Final = (gzip.BadGzipFile, EOFError, zlib.error)


def choose_document(
    offered: Sequence[schemas.OfferedDocument],
    options: ShipmentOptions,
    extra: AmazonBuyShippingOptions,
    *,
    print_reference: bool = False,
) -> schemas.DocumentSpecification | None:
    """Return the first wanted label that the offer has, exactly in one of its combinations; any other is refused (§4.2).

    Args:
        offered: As the offer has them.
        options: The wanted formats, in order, and the size.
        extra: The wanted resolution and layout.
        print_reference: Whether the parcel's name is to be printed.

    Returns:
        ``None`` when the offer has none of them.
    """
    for form in options.label_formats:
        same_form = [one for one in offered if one.format == codes.FORMATS.get(form)]
        for one in _by_size(same_form, options.label_size):
            for option in one.print_options or ():
                made = _specification(one, option, extra, print_reference=print_reference)
                if made is not None:
                    return made
    return None


def _by_size(offered: Sequence[schemas.OfferedDocument], size: str | None) -> list[schemas.OfferedDocument]:
    if size is None:
        return sorted(offered, key=lambda one: (one.size.unit, one.size.width, one.size.length) != _USUAL)
    read = _SIZE.fullmatch(size)
    if read is None:
        return []
    unit = "CENTIMETER" if (read[3] or "").lower() == "cm" else "INCH"
    wanted = (unit, Decimal(read[1]), Decimal(read[2]))
    return [one for one in offered if (one.size.unit, one.size.width, one.size.length) == wanted]


def _specification(
    document: schemas.OfferedDocument,
    option: schemas.PrintOption,
    extra: AmazonBuyShippingOptions,
    *,
    print_reference: bool,
) -> schemas.DocumentSpecification | None:
    resolutions = option.supported_dp_is or []
    layouts = option.supported_page_layouts or []
    details = option.supported_document_details or []
    if details and codes.LABEL not in {detail.name for detail in details}:
        return None
    if extra.dpi is not None and extra.dpi not in resolutions:
        return None
    if extra.page_layout is not None and extra.page_layout not in layouts:
        return None
    dpi = extra.dpi or (_USUAL_DPI if _USUAL_DPI in resolutions else next(iter(resolutions), None))
    joining = option.supported_file_joining_options or [False]
    joined = False not in joining
    # What must be taken, and the customs form where it comes as a file of its own.
    also = [
        detail.name
        for detail in details
        if detail.name != codes.LABEL and (detail.is_mandatory or (detail.name == codes.CUSTOMS and not joined))
    ]
    return schemas.DocumentSpecification(
        format=document.format,
        size=schemas.Size(width=document.size.width, length=document.size.length, unit=document.size.unit),
        dpi=dpi,
        page_layout=extra.page_layout or next(iter(layouts), None),
        need_file_joining=joined,
        requested_document_types=[codes.LABEL, *also],
        requested_label_customization=schemas.LabelCustomization(request_attributes=["PACKAGE_CLIENT_REFERENCE_ID"])
        if print_reference
        else None,
    )


def decode(contents: str | None) -> bytes | None:
    """Return the bytes of a document; ``None`` when they cannot be read.

    Shipping v2 packs nothing, its older sister does: the bytes decide (field guide amazon.md §8.26).
    """
    try:
        data = base64.b64decode("".join((contents or "").split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if data.startswith(_GZIP):
        try:
            data = gzip.decompress(data)
        except _CUT:
            return None
    return data or None


def _form_of(data: bytes) -> LabelFormat | None:
    start = data[:64].lstrip()
    return next((form for magic, form in _MAGIC if start.startswith(magic)), None)


def to_label(document: schemas.PackageDocument) -> Label | None:
    """Return a label, named by its own bytes; ``None`` when there is none that can be printed."""
    data = decode(document.contents)
    form = _form_of(data) if data is not None else None
    return Label(format=form, data=data) if data is not None and form is not None else None


def to_document(document: schemas.PackageDocument) -> Document | None:
    """Return a paper; ``None`` when it cannot be read."""
    data = decode(document.contents)
    if data is None:
        return None
    form = _form_of(data)
    kind = codes.DOCUMENT_KINDS.get(document.type or "", (document.type or "document").lower())
    return Document(kind=kind, format=form.value if form is not None else (document.format or "").lower(), data=data)
