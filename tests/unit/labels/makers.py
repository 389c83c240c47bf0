"""Labels for tests, and what stands where on a page: read by pypdf's own interpreter, not by the code under test."""

import io
from collections.abc import Sequence
from typing import Any

import attrs
from fpdf import FPDF
from PIL import Image, ImageDraw
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import RectangleObject

from cartcarrier.models import Label, LabelFormat

INCH = 72


def pdf(*pages: tuple[float, float, str]) -> bytes:
    """Return a PDF: width and height in points of each page, and a text whose foot is 20 points from left and top."""
    paper = FPDF(unit="pt")
    paper.set_auto_page_break(auto=False)
    for width, height, text in pages:
        paper.add_page(format=(width, height))
        paper.set_font("Helvetica", size=8)
        paper.text(20, 20, text)
    return bytes(paper.output())


def pdf_label(text: str = "LABEL", width: float = 4 * INCH, height: float = 6 * INCH) -> Label:
    return Label(format=LabelFormat.PDF, data=pdf((width, height, text)))


def changed(data: bytes, *, rotate: int = 0, crop: tuple[float, float, float, float] | None = None) -> bytes:
    """Return a PDF whose first page says that it is turned or cropped."""
    writer = PdfWriter(clone_from=io.BytesIO(data))
    page = writer.pages[0]
    if rotate:
        page.rotate(rotate)
    if crop is not None:
        page.cropbox = RectangleObject(crop)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def picture(
    width: int, height: int, *, kind: str = "PNG", mode: str = "L", dpi: int | None = None, mark: Sequence[int] = ()
) -> bytes:
    """Return a white picture with a dark corner of 8 by 8 dots at the upper left, or at ``mark``."""
    image = Image.new(mode, (width, height), "white" if mode != "P" else 0)
    if mode == "P":
        image.putpalette([255, 255, 255, 0, 0, 0])
    x, y = mark or (0, 0)
    ImageDraw.Draw(image).rectangle((x, y, x + 7, y + 7), fill=1 if mode == "P" else "black")
    out = io.BytesIO()
    image.save(out, kind, **({"dpi": (dpi, dpi)} if dpi else {}))
    return out.getvalue()


def png_label(width: int = 800, height: int = 1200, **changes: Any) -> Label:
    return Label(format=LabelFormat.PNG, data=picture(width, height, **changes))


def gif_label(width: int = 800, height: int = 1200, **changes: Any) -> Label:
    return Label(format=LabelFormat.GIF, data=picture(width, height, kind="GIF", **changes))


def pages(data: bytes) -> list[PageObject]:
    return list(PdfReader(io.BytesIO(data)).pages)


def sizes(data: bytes) -> list[tuple[float, float]]:
    return [(float(page.mediabox.width), float(page.mediabox.height)) for page in pages(data)]


def texts(data: bytes) -> list[str]:
    return [page.extract_text().strip() for page in pages(data)]


@attrs.frozen
class Spot:
    """Something on a page: where it is, in points, and which way its own right points (0, 90, 180, 270 degrees, to the left)."""

    x: float
    y: float
    degrees: int
    scale: float


def _spot(matrix: Sequence[float], x: float = 0, y: float = 0, unit: float = 1) -> Spot:
    a, b, c, d, e, f = (float(number) for number in matrix)
    degrees = {(1, 0): 0, (0, 1): 90, (-1, 0): 180, (0, -1): 270}[_sign(a), _sign(b)]
    return Spot(round(a * x + c * y + e, 1), round(b * x + d * y + f, 1), degrees, round((abs(a) + abs(b)) / unit, 3))


def _sign(number: float) -> int:
    return 0 if abs(number) < 1e-6 else 1 if number > 0 else -1


def where(page: PageObject, text: str) -> Spot:
    """Return where a text begins."""
    found: list[Spot] = []

    def visit(shown: str, matrix: list[float], text_matrix: list[float], *_: object) -> None:
        if text in shown:
            found.append(_spot(matrix, text_matrix[4], text_matrix[5]))

    page.extract_text(visitor_text=visit)
    (spot,) = found
    return spot


@attrs.frozen
class Drawn:
    """A picture on a page: its lower left corner and its size, in points, as it lies there."""

    left: float
    bottom: float
    width: float
    height: float
    degrees: int


def drawn(page: PageObject) -> list[Drawn]:
    """Return the pictures on a page."""
    found: list[Drawn] = []

    def visit(operator: bytes, _operands: object, matrix: list[float], _text_matrix: object) -> None:
        if operator == b"Do":
            a, b, c, d, e, f = (float(number) for number in matrix)
            xs, ys = [e, e + a, e + c, e + a + c], [f, f + b, f + d, f + b + d]
            found.append(
                Drawn(
                    round(min(xs), 1),
                    round(min(ys), 1),
                    round(max(xs) - min(xs), 1),
                    round(max(ys) - min(ys), 1),
                    _spot(matrix).degrees,
                )
            )

    page.extract_text(visitor_operand_before=visit)
    return found
