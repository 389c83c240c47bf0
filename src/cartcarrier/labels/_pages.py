"""Pages of PDFs onto sheets: moved, turned, never redrawn, so that text stays text."""

import io
import struct
import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import attrs

from cartcarrier.errors import InvalidValueError
from cartcarrier.labels._extra import use
from cartcarrier.labels._sheets import SIZES, Place, Sheet, Size, lie, places, too_large

if TYPE_CHECKING:
    from pypdf import PageObject, PdfWriter, Transformation

# What reading a broken PDF ends in: pypdf checks much, but not all, of what a file may get wrong.
_BROKEN: Final = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError, RuntimeError, TypeError, ValueError,
    struct.error, zlib.error,
)  # fmt: skip


@attrs.frozen
class Page:
    """A page to be printed.

    Attributes:
        page: As pypdf has it.
        size: As it is seen: what is cropped is off, and it is turned as the page says.
        name: What it is called in a message.
    """

    page: "PageObject"
    size: Size
    name: str

    @property
    def is_plain(self) -> bool:
        """Whether it lies at the origin, neither cropped nor turned."""
        box = self.page.mediabox
        return not self.page.rotation and (box.left, box.bottom) == (0, 0) and self.page.cropbox == box


def read_pages(data: bytes, name: str) -> Iterator[Page]:
    """Yield the pages of a PDF.

    Args:
        data: Its bytes.
        name: What it is called in a message.

    Raises:
        InvalidValueError: It cannot be read, is encrypted, or has no page.
    """
    pypdf = use("pypdf", "merging labels")
    broken = (
        f"{name} is not a PDF that can be read: get it again from its carrier, and see that its format is named right"
    )
    if b"%PDF-" not in data[:1024]:
        raise InvalidValueError(broken, field=name)
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        encrypted = reader.is_encrypted
        pages = [] if encrypted else list(reader.pages)
        sizes = [_seen(page) for page in pages]
        for page in pages:
            page.get_contents()  # read now, so that a broken stream is found while its label can be named
    except (*_BROKEN, pypdf.errors.PyPdfError) as exc:
        raise InvalidValueError(broken, field=name) from exc
    if encrypted:
        raise InvalidValueError(f"{name} is encrypted: a label that needs a password is not merged", field=name)
    if not pages or any(size.width <= 0 or size.height <= 0 for size in sizes):
        raise InvalidValueError(f"{name} is a PDF without a page: get it again from its carrier", field=name)
    for page, size in zip(pages, sizes, strict=True):
        yield Page(page, size, name)


def _seen(page: "PageObject") -> Size:
    size = Size(float(page.cropbox.width), float(page.cropbox.height))
    return size.turned if page.rotation % 180 else size


class Printout:
    """A PDF that grows by pages.

    Args:
        sheet: What is printed on; ``None`` for pages of their own size.
        per_sheet: How many places a sheet has; see ``places``.
        skip: How many places of the first sheet are used up already.
        least_scale: How far a page may be shrunk to go into its place; 1 for never.
    """

    def __init__(self, *, sheet: Sheet | None, per_sheet: int | None, skip: int, least_scale: Decimal) -> None:
        self._pypdf = use("pypdf", "merging labels")
        self._writer: PdfWriter = self._pypdf.PdfWriter()
        self._sheet = sheet
        self._places = places(sheet, per_sheet) if sheet is not None else ()
        self._least_scale = least_scale
        self._free: list[Place] = []
        self._open: PageObject | None = None
        if not 0 <= skip < max(len(self._places), 1):
            msg = "skip must be at least 0 and less than the places of a sheet"
            raise InvalidValueError(msg, field="skip")
        self._skip = skip

    @property
    def place(self) -> Size | None:
        """How large a place is; ``None`` when pages keep their size."""
        return self._places[0].size if self._places else None

    def add(self, page: Page) -> None:
        """Put a page on the next free place, or, where it is too large for half a sheet, on a sheet of its own.

        Raises:
            InvalidValueError: Its content cannot be read.
            UnsupportedOperationError: It is larger than the sheet, or a label for which the places are too small.
        """
        try:
            if self._sheet is None:
                self._writer.add_page(page.page)
            else:
                self._put(page, self._sheet)
        except (*_BROKEN, self._pypdf.errors.PyPdfError) as exc:
            msg = f"{page.name} has a page that cannot be read: get it again from its carrier"
            raise InvalidValueError(msg, field=page.name) from exc

    def _put(self, page: Page, sheet: Sheet) -> None:
        whole = SIZES[sheet]
        place, lying = self._places[0], lie(page.size, self._places[0].size, self._least_scale)
        if lying is None:
            place = Place(0, 0, whole)
            # what goes on half a sheet is a label on too small a place, what does not is a paper among labels
            is_label = len(self._places) > 2 and lie(page.size, places(sheet, 2)[0].size, Decimal(1)) is not None
            lying = None if is_label else lie(page.size, whole, self._least_scale)
            if lying is None:
                raise too_large(page.name, page.size, self._places[0].size, len(self._places))
        if place.size.is_same(whole):
            self._free = []
            if page.is_plain and page.size.is_same(whole):
                self._writer.add_page(page.page)
                return
            target = self._writer.add_blank_page(whole.width, whole.height)
        else:
            if not self._free or self._open is None:
                self._open = self._writer.add_blank_page(whole.width, whole.height)
                self._free = list(self._places[self._skip :])
                self._skip = 0
            target = self._open
            place = self._free.pop(0)
        left = place.left + (place.size.width - lying.size.width) / 2
        bottom = place.bottom + (place.size.height - lying.size.height) / 2
        quarters = page.page.rotation // 90 + ((1 if page.size.width > page.size.height else 3) if lying.turned else 0)
        matrix = _turn(page.page, quarters % 4).scale(lying.scale, lying.scale).translate(left, bottom)
        target.merge_transformed_page(page.page, matrix, over=True, expand=False)

    def finish(self) -> bytes:
        """Return the PDF."""
        out = io.BytesIO()
        self._writer.write(out)
        return out.getvalue()


def _turn(page: "PageObject", quarters: int) -> "Transformation":
    """Return what moves the visible part of a page to the origin, turned to the right by so many quarters."""
    transformation: type[Transformation] = use("pypdf", "merging labels").Transformation
    box = page.cropbox
    width, height = float(box.width), float(box.height)
    turn = {
        0: (1, 0, 0, 1, 0, 0),
        1: (0, -1, 1, 0, 0, width),
        2: (-1, 0, 0, -1, width, height),
        3: (0, 1, -1, 0, height, 0),
    }[quarters]
    moved = transformation().translate(-float(box.left), -float(box.bottom))
    return moved.transform(transformation(turn))
