"""Packing slips: what lies in each parcel, and where the rest of the order is. Without prices: parcels may be gifts."""

import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs

from cartcarrier.errors import InvalidValueError
from cartcarrier.labels._extra import use
from cartcarrier.labels._fonts import Letters
from cartcarrier.labels._sheets import INCH, SIZES, Sheet, to_sheet
from cartcarrier.models import Address, Document, Order, Parcel

if TYPE_CHECKING:
    from fpdf import FPDF

_MM: Final = 25.4 / INCH


@attrs.frozen(kw_only=True)
class PackingSlip(Document):
    """The packing slip of one parcel, a PDF.

    Attributes:
        warnings: What could not be printed as it is written: characters that no font at hand has.
    """

    warnings: tuple[str, ...] = attrs.field(default=(), converter=tuple[str, ...])


@attrs.frozen(kw_only=True)
class SlipWords:
    """The words on a packing slip, to be given in the buyer's language.

    Attributes:
        title: What the paper is called.
        order: Before the order's number.
        date: Before the day of the order.
        ship_to: Above the receiver.
        sender: Above the seller.
        parcel: With ``{number}`` and ``{count}``.
        tracking: Before the tracking number.
        quantity: Above the pieces.
        sku: Above the seller's numbers.
        article: Above the titles.
        elsewhere: Above what lies in the order's other parcels.
        apart: Above what is in none of these parcels.
    """

    title: str = "Packing slip"
    order: str = "Order"
    date: str = "Ordered"
    ship_to: str = "Ship to"
    sender: str = "From"
    parcel: str = "Parcel {number} of {count}"
    tracking: str = "Tracking number"
    quantity: str = "Qty"
    sku: str = "SKU"
    article: str = "Article"
    elsewhere: str = "In other parcels of this order"
    apart: str = "Sent before, or still to come"


@attrs.frozen
class _Style:
    """Measures in millimeters, letters in points."""

    margin: float
    title: float
    text: float
    quantity: float
    sku: float


_STYLES: Final = {
    Sheet.LABEL: _Style(margin=5, title=13, text=8, quantity=9, sku=24),
    Sheet.A4: _Style(margin=18, title=18, text=10, quantity=14, sku=38),
    Sheet.LETTER: _Style(margin=18, title=18, text=10, quantity=14, sku=38),
}


def packing_slips(
    order: Order,
    parcels: Sequence[Parcel],
    *,
    seller: Address,
    sheet: Sheet | str = Sheet.LABEL,
    tracking_numbers: Sequence[str | None] = (),
    message: str | None = None,
    words: SlipWords | None = None,
    fonts: Sequence[Path | str] = (),
) -> tuple[PackingSlip, ...]:
    """Return a packing slip for each parcel: its articles, and where the rest of the order is.

    The letters of Western Europe need no font. For others, the fonts that systems bring are looked through; a character that is
    in none is printed as ``?`` and said in ``PackingSlip.warnings``. Give ``fonts`` to have the same paper on every machine.

    Args:
        order: Its number, day, receiver and lines are printed; no price, and not its notes.
        parcels: Each with its items.
        seller: Who sends; printed at the top, and where a return would go.
        sheet: ``"4x6"``, ``"A4"`` or ``"Letter"``.
        tracking_numbers: Of the parcels, in their order; empty for none.
        message: A line for the buyer at the end.
        words: In another language.
        fonts: TrueType or OpenType files, the first for everything it has, the next for what is missing.

    Raises:
        InvalidValueError: A parcel has no items, there are not as many numbers as parcels, or a font cannot be read.
        ConfigurationError: The extra ``labels`` is not installed.
    """
    if tracking_numbers and len(tracking_numbers) != len(parcels):
        msg = (
            f"there are {len(parcels)} parcels and {len(tracking_numbers)} tracking numbers: give one for each, or None"
        )
        raise InvalidValueError(msg, field="tracking_numbers")
    for place, parcel in enumerate(parcels):
        if not parcel.items:
            msg = f"parcels[{place}] has no items: nothing says what is in it; pack it with cartcarrier.packing"
            raise InvalidValueError(msg, field=f"parcels[{place}].items")
    kind, spoken = to_sheet(sheet), words or SlipWords()
    files = [Path(font) for font in fonts]
    return tuple(
        _Slip(order, parcels, place, seller=seller, sheet=kind, words=spoken, fonts=files).draw(
            tracking_numbers[place] if tracking_numbers else None, message
        )
        for place in range(len(parcels))
    )


class _Slip:
    """One slip while it is drawn."""

    def __init__(
        self,
        order: Order,
        parcels: Sequence[Parcel],
        place: int,
        *,
        seller: Address,
        sheet: Sheet,
        words: SlipWords,
        fonts: Sequence[Path],
    ) -> None:
        self._order, self._parcels, self._place = order, parcels, place
        self._seller, self._words, self._fonts, self._style = seller, words, fonts, _STYLES[sheet]
        size = SIZES[sheet]
        self._width, self._height = size.width * _MM, size.height * _MM
        self._paper: FPDF = use("fpdf", "a packing slip").FPDF(unit="mm", format=(self._width, self._height))
        self._paper.set_auto_page_break(auto=False)
        self._paper.set_margin(0)
        self._paper.c_margin = 0
        self._paper.set_creation_date(order.placed_at)  # not the present: the same slip is the same bytes
        self._y = 0.0

    def draw(self, tracking_number: str | None, message: str | None) -> PackingSlip:
        """Draw it all and return the paper."""
        words, order = self._words, self._order
        receiver = _address_lines(order.ship_to) if order.ship_to is not None else []
        sender = _address_lines(self._seller)
        rows = [(item.quantity, item.sku or "", item.title) for item in self._parcels[self._place].items]
        elsewhere, apart = _rest(order, self._parcels, self._place)
        parcel = words.parcel.format(number=self._place + 1, count=len(self._parcels))
        facts = [
            f"{words.order} {order.number or order.id}",
            f"{words.date} {order.placed_at.date().isoformat()}",
            parcel,
            *([f"{words.tracking} {tracking_number}"] if tracking_number else []),
        ]
        every = [text for row in (*rows, *elsewhere, *apart) for text in (str(row[0]), *row[1:])]
        spoken = [value for value in attrs.astuple(words) if isinstance(value, str)]
        self._letters = Letters(
            self._paper, [*spoken, *facts, *receiver, *sender, *every, message or "", "0123456789?"], self._fonts
        )
        self._begin_page()
        self._line(words.title, "words", self._style.title)
        for fact in facts:
            self._line(fact, "order's number", self._style.text)
        self._gap()
        self._columns((words.ship_to, receiver, "receiver's address"), (words.sender, sender, "seller's address"))
        self._table(rows)
        for heading, others in ((words.elsewhere, elsewhere), (words.apart, apart)):
            if others:
                self._gap()
                self._line(heading, "words", self._style.text)
                self._table(others)
        if message:
            self._gap()
            self._line(message, "message", self._style.text)
        out = io.BytesIO(bytes(self._paper.output() or b""))
        return PackingSlip(kind="packing_slip", format="pdf", data=out.getvalue(), warnings=self._letters.warnings)

    # --- pieces of drawing: each leaves the cursor below what it drew -------------------------------------------------

    def _begin_page(self) -> None:
        self._paper.add_page()
        self._letters.begin()
        self._y = self._style.margin

    def _gap(self) -> None:
        self._y += self._style.text * _MM

    def _step(self, points: float) -> float:
        return points * _MM * 1.3

    def _room_for(self, points: float) -> None:
        if self._y + self._step(points) > self._height - self._style.margin:
            self._begin_page()

    def _split(self, text: str, what: str, width: float, points: float) -> list[str]:
        """Return a text in lines that are no wider than that; at least one."""
        self._paper.set_font_size(points)
        written = self._letters.write(text, what)
        if not written:
            return [""]
        lines = self._paper.multi_cell(width, text=written, align="L", dry_run=True, output="LINES")
        return [str(line) for line in lines] if isinstance(lines, list) else [written]

    def _put(self, x: float, line: str, width: float, points: float) -> None:
        self._paper.set_font_size(points)
        self._paper.set_xy(x, self._y)
        if line.strip():
            self._paper.cell(width, self._step(points), line.rstrip())

    def _line(self, text: str, what: str, points: float) -> None:
        width = self._width - 2 * self._style.margin
        for line in self._split(text, what, width, points):
            self._room_for(points)
            self._put(self._style.margin, line, width, points)
            self._y += self._step(points)

    def _rows(self, cells: Sequence[tuple[float, float, list[str]]]) -> None:
        """Print columns of lines beside each other; a page may end between two lines."""
        points = self._style.text
        for number in range(max(len(lines) for _, _, lines in cells)):
            self._room_for(points)
            for x, width, lines in cells:
                self._put(x, lines[number] if number < len(lines) else "", width, points)
            self._y += self._step(points)

    def _columns(self, *columns: tuple[str, list[str], str]) -> None:
        width = (self._width - 2 * self._style.margin) / len(columns)
        cells = []
        for number, (heading, texts, what) in enumerate(columns):
            usable = width - 3
            lines = self._split(heading, "words", usable, self._style.text)
            lines += [line for text in texts for line in self._split(text, what, usable, self._style.text)]
            cells.append((self._style.margin + number * width, usable, lines))
        self._rows(cells)
        self._gap()

    def _table(self, rows: Sequence[tuple[int, str, str]]) -> None:
        style, words = self._style, self._words
        xs = (style.margin, style.margin + style.quantity, style.margin + style.quantity + style.sku)
        widths = (style.quantity - 2, style.sku - 2, self._width - style.margin - xs[2])
        self._room_for(style.text)
        self._cells((words.quantity, words.sku, words.article), xs, widths, "words")
        self._paper.set_line_width(0.2)
        self._paper.line(style.margin, self._y, self._width - style.margin, self._y)
        self._y += 0.8
        for quantity, sku, title in rows:
            self._cells((str(quantity), sku, title), xs, widths, "articles")

    def _cells(self, texts: Sequence[str], xs: Sequence[float], widths: Sequence[float], what: str) -> None:
        split = [
            (x, width, self._split(text, what, width, self._style.text))
            for text, x, width in zip(texts, xs, widths, strict=True)
        ]
        self._rows(split)


def _address_lines(address: Address) -> list[str]:
    place = " ".join(part for part in (address.city, address.region, address.postal_code) if part)
    lines = (
        address.name, address.company, address.street1, address.street2, address.street3, place, address.country_code,
        address.delivery_reference,
    )  # fmt: skip
    return [line for line in lines if line and line.strip()]


def _rest(
    order: Order, parcels: Sequence[Parcel], here: int
) -> tuple[list[tuple[int, str, str]], list[tuple[int, str, str]]]:
    """Return what lies in the order's other parcels, and what is in none of them."""
    elsewhere: Counter[str | None] = Counter()
    packed: Counter[str | None] = Counter()
    for place, parcel in enumerate(parcels):
        for item in parcel.items:
            packed[item.order_line_id] += item.quantity
            if place != here:
                elsewhere[item.order_line_id] += item.quantity
    lines = [line for line in order.lines if line.requires_shipping]
    return (
        [(elsewhere[line.id], line.sku or "", line.title) for line in lines if elsewhere[line.id]],
        [
            (line.quantity - packed[line.id], line.sku or "", line.title)
            for line in lines
            if line.quantity > packed[line.id]
        ],
    )
