"""Many labels, one print job."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain
from typing import Final

from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.labels._pages import Printout, read_pages
from cartcarrier.labels._pictures import PICTURES, read_picture, to_pdf
from cartcarrier.labels._printers import epl, zpl
from cartcarrier.labels._sheets import INCH, Sheet, to_sheet
from cartcarrier.models import Document, Label, LabelFormat, Shipment

Printable = Label | Document
"""What ``merge`` takes: labels, and papers such as packing slips and customs forms."""

_LANGUAGES: Final = {LabelFormat.ZPL: zpl, LabelFormat.EPL: epl}


def merge(
    labels: Iterable[Printable],
    *,
    to: LabelFormat = LabelFormat.PDF,
    sheet: Sheet | str | None = Sheet.LABEL,
    per_sheet: int | None = None,
    skip: int = 0,
    least_scale: Decimal = Decimal(1),
) -> bytes:
    """Return one print job with all labels, in the order given.

    Into a PDF go PDFs, every page of them, and pictures. Each keeps its real size and is turned by a quarter where it does not go
    into its place upright; a paper that is too large for half a sheet takes one to itself. Text of a PDF stays text. A picture's
    real size is what its resolution says; where it states none, the short side of a label is taken for 4 inches, that of a paper
    for 8.5. White at the end of a picture that is too long is cut off; anything else never is.

    ZPL and EPL become one stream for the printer. Nothing in them is changed: what one label sets (darkness, orientation) holds
    for the next, as it does when they are sent one by one. With these, ``sheet`` and what follows has no meaning.

    Args:
        labels: Labels and papers. They are read one after the other, so a generator may make them.
        to: ``PDF``, ``ZPL`` or ``EPL``.
        sheet: What is printed on: ``"4x6"``, ``"A4"`` or ``"Letter"``; ``None`` for pages of their own sizes.
        per_sheet: How many to a sheet of A4 or Letter: 1, 2 or 4. ``None`` for 2, which holds 4 by 6 inches at real size.
        skip: How many places of the first sheet are used up already.
        least_scale: How far a label may be shrunk to go into its place, 1 for never: a barcode that is too small is not read.
            Four labels of 4 by 6 inches go on A4 with ``Decimal("0.97")``, on Letter with ``Decimal("0.91")``.

    Returns:
        The bytes of the PDF, or of the stream.

    Raises:
        InvalidValueError: There is no label, or one is broken; its index is named.
        UnsupportedOperationError: A label has a form that does not go into that kind of print job, or is too large.
        ConfigurationError: The extra ``labels`` is not installed.
    """
    if to in _LANGUAGES:
        stream = b"".join(
            _LANGUAGES[to](label.data, _name(place)) for place, label in enumerate(labels) if _is(label, to, place)
        )
        if not stream:
            raise InvalidValueError("there is no label to print", field="labels")
        return stream
    if to is not LabelFormat.PDF:
        msg = f"labels are merged into PDF, ZPL or EPL, not {to}: a {to} holds one picture"
        raise UnsupportedOperationError(msg, field="to")
    if not isinstance(least_scale, Decimal) or not 0 < least_scale <= 1:  # type: ignore[redundant-expr]  # callers may be untyped
        raise InvalidValueError("least_scale must be a Decimal above 0 and at most 1", field="least_scale")
    printout = Printout(
        sheet=None if sheet is None else to_sheet(sheet), per_sheet=per_sheet, skip=skip, least_scale=least_scale
    )
    empty = True
    for place, label in enumerate(labels):
        for page in read_pages(_as_pdf(label, place, printout), _name(place)):
            printout.add(page)
        empty = False
    if empty:
        raise InvalidValueError("there is no label to print", field="labels")
    return printout.finish()


def interleave(labels: Sequence[Printable], slips: Sequence[Printable | None]) -> tuple[Printable, ...]:
    """Return each label followed by its slip.

    Args:
        labels: One for each parcel.
        slips: In the same order; ``None`` for a parcel without.

    Raises:
        InvalidValueError: There are not as many slips as labels.
    """
    if len(labels) != len(slips):
        msg = f"there are {len(labels)} labels and {len(slips)} slips: each label needs its slip, or None"
        raise InvalidValueError(msg, field="slips")
    pairs = chain.from_iterable(zip(labels, slips, strict=True))
    return tuple(one for one in pairs if one is not None)


def labels_of(shipments: Iterable[Shipment]) -> tuple[Label, ...]:
    """Return the labels of shipments, parcel by parcel, in the order given: sort the shipments in the order of picking first.

    Raises:
        InvalidValueError: A parcel has no label: it must be fetched apart.
    """
    labels = []
    for shipment in shipments:
        for parcel in shipment.parcels:
            if parcel.label is None:
                msg = f"parcel {parcel.tracking_number} has no label: get it again from its carrier"
                raise InvalidValueError(msg, field="ShippedParcel.label")
            labels.append(parcel.label)
    return tuple(labels)


def _name(place: int) -> str:
    return f"labels[{place}]"


def _is(label: Printable, wanted: LabelFormat, place: int) -> bool:
    """Return ``True``, or say what to do with a label that is no such stream."""
    if label.format == wanted:
        return True
    shown = str(label.format).upper()
    msg = (
        f"{_name(place)} is {shown} and cannot be said in {wanted.upper()}: buy it with label_formats=(LabelFormat.{wanted.upper()},), "
        f"or merge {'it' if label.format in {*PICTURES, 'pdf'} else 'those of its format'} apart"
    )
    raise UnsupportedOperationError(msg, field=f"{_name(place)}.format")


def _as_pdf(label: Printable, place: int, printout: Printout) -> bytes:
    form = str(label.format).lower()
    if form == LabelFormat.PDF:
        return label.data
    if form in PICTURES:
        short_side = 4 * INCH if isinstance(label, Label) else 8.5 * INCH
        picture = read_picture(label.data, form, _name(place), short_side=short_side)
        return to_pdf(picture if printout.place is None else picture.cut_to(printout.place))
    if form in {LabelFormat.ZPL, LabelFormat.EPL}:
        msg = (
            f"{_name(place)} is {form.upper()}, which only a label printer can draw: merge with to=LabelFormat.{form.upper()}, "
            "or buy the label as PDF, PNG or GIF"
        )
    else:
        msg = f"{_name(place)} is {form.upper()}, which does not go into a PDF: only PDFs and pictures do"
    raise UnsupportedOperationError(msg, field=f"{_name(place)}.format")
