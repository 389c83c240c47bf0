"""Labels that can be opened, scanned and printed, and that nobody takes for real: each says SAMPLE.

Shared by the simulators of carriers and of marketplaces that sell labels. Pictures are drawn with pillow, pages with fpdf2;
thermal labels are text in the printer's own language.
"""

import io
import random
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import attrs
from fpdf import FPDF
from PIL import Image, ImageDraw, ImageFont

from cartcarrier.sandbox._code128 import code128, runs

WIDTH: Final = 800  # dots of a 4 inch label at 200 dpi
HEIGHT: Final = 1200  # 6 inches
MARGIN_HEIGHT: Final = 1400  # the picture is longer than the label: white space below it
_MM: Final = 25.4 / 200


@attrs.frozen(kw_only=True)
class LabelContent:
    """What stands on a label.

    Attributes:
        carrier: The carrier's name, large.
        service: The service's name.
        tracking_number: Printed, and in the barcode.
        sender: Lines of the sender's address.
        receiver: Lines of the receiver's address.
        routing: The sorting code, large: state, postal code, station.
        weight: As printed, with its unit.
        piece: Which piece of how many, ``1 OF 2``.
        references: Lines below the barcode, as printed.
        notes: Words in a frame: signature, Saturday, dry ice.
        billing: The line that says who pays.
    """

    carrier: str
    service: str
    tracking_number: str
    sender: tuple[str, ...]
    receiver: tuple[str, ...]
    routing: str = ""
    weight: str = ""
    piece: str = "1 OF 1"
    references: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    billing: str = ""


@attrs.frozen
class _Text:
    """A line of text at a place, in dots of the upright label."""

    x: int
    y: int
    size: int
    text: str


@attrs.frozen
class _Box:
    """A filled rectangle, in dots of the upright label."""

    x: int
    y: int
    width: int
    height: int


def gif(content: LabelContent) -> bytes:
    """Draw a label as a GIF in landscape, 1400 x 800 dots: the upright label turned to the left, with white space."""
    return _save(_picture(content), "GIF")


def png(content: LabelContent) -> bytes:
    """Draw a label as a PNG, in landscape like the GIF."""
    return _save(_picture(content), "PNG")


def upright_png(content: LabelContent) -> bytes:
    """Draw a label as an upright PNG of 800 x 1200 dots, without white space around it."""
    return _save(_upright(content).crop((0, 0, WIDTH, HEIGHT)), "PNG")


def pdf(contents: Sequence[LabelContent]) -> bytes:
    """Draw labels as a PDF, a page of 4 by 6 inches each; its text can be searched."""
    document = FPDF(unit="mm", format=(WIDTH * _MM, HEIGHT * _MM))
    document.set_auto_page_break(auto=False)
    document.set_margin(0)
    for content in contents:
        document.add_page()
        for item in _layout(content):
            if isinstance(item, _Box):
                document.rect(item.x * _MM, item.y * _MM, item.width * _MM, item.height * _MM, style="F")
            else:
                document.set_font(
                    "Helvetica", style="B" if item.size >= 30 else "", size=item.size * _MM / 25.4 * 72 * 0.82
                )
                document.text(item.x * _MM, (item.y + item.size * 0.82) * _MM, _latin(item.text))
    return bytes(document.output())


def text_page_pdf(title: str, lines: Sequence[str]) -> bytes:
    """Draw a paper that goes with a shipment, such as an invoice: a title and lines of text on letter pages."""
    document = FPDF(unit="mm", format="letter")
    document.set_margin(15)
    document.add_page()
    document.set_font("Helvetica", style="B", size=16)
    document.cell(0, 10, _latin(title), new_x="LMARGIN", new_y="NEXT")
    document.set_font("Helvetica", size=10)
    for line in lines:
        document.multi_cell(0, 5.5, _latin(line), new_x="LMARGIN", new_y="NEXT")
    document.ln(8)
    document.set_font("Helvetica", style="B", size=24)
    document.cell(0, 12, "SAMPLE - NOT FOR CUSTOMS", new_x="LMARGIN", new_y="NEXT")
    return bytes(document.output())


def zpl(content: LabelContent) -> bytes:
    """Write a label in ZPL II for a printer of 203 dpi: 812 x 1218 dots."""
    lines = ["^XA", "^CI28", "^PW812", f"^LL{1218}", "^LH0,0"]
    for item in _layout(content, barcode=False):
        if isinstance(item, _Box):
            lines.append(f"^FO{item.x},{item.y}^GB{item.width},{item.height},{min(item.width, item.height)}^FS")
        else:
            lines.append(f"^FO{item.x},{item.y}^A0N,{item.size},{item.size}^FD{_zpl_text(item.text)}^FS")
    lines.append(f"^BY3,2,{_BARCODE_HEIGHT}")
    lines.append(f"^FO{_BARCODE_X},{_BARCODE_Y}^BCN,{_BARCODE_HEIGHT},N,N,N,A^FD{content.tracking_number}^FS")
    lines.append("^XZ")
    return "\n".join(lines).encode()


def epl(content: LabelContent) -> bytes:
    """Write a label in EPL2 for a printer of 203 dpi."""
    lines = ["", "N", "q812", "Q1218,24", "ZT"]
    for item in _layout(content, barcode=False):
        if isinstance(item, _Box):
            lines.append(f"LO{item.x},{item.y},{item.width},{item.height}")
        else:
            font = 1 if item.size < 24 else 2 if item.size < 34 else 3 if item.size < 50 else 4
            lines.append(f'A{item.x},{item.y},0,{font},1,1,N,"{_epl_text(item.text)}"')
    lines.append(f'B{_BARCODE_X},{_BARCODE_Y},0,1,3,3,{_BARCODE_HEIGHT},N,"{content.tracking_number}"')
    lines.append("P1")
    return ("\n".join(lines) + "\n").encode("latin-1", "replace")


def spl(content: LabelContent) -> bytes:
    """Write a label as text of Star printers: the lines, top to bottom, and the number in a barcode command."""
    text = [item.text for item in _layout(content, barcode=False) if isinstance(item, _Text)]
    return ("\x1b@" + "\r\n".join(text) + f"\r\n\x1bb6211\x50{content.tracking_number}\x1e\r\n").encode(
        "latin-1", "replace"
    )


_BARCODE_X: Final = 60
_BARCODE_Y: Final = 800
_BARCODE_HEIGHT: Final = 170


def _layout(content: LabelContent, *, barcode: bool = True) -> list[_Text | _Box]:
    """Place everything on the upright label."""
    items: list[_Text | _Box] = []
    for index, line in enumerate(content.sender[:6]):
        items.append(_Text(24, 20 + index * 25, 22, line))
    items += [_Text(500, 20, 30, content.weight), _Text(660, 20, 30, content.piece)]
    items += [_Text(500, 62, 46, "SAMPLE"), _Text(500, 112, 20, "TEST LABEL - DO NOT SHIP")]
    items.append(_Text(24, 186, 28, "SHIP"))
    items.append(_Text(24, 214, 28, "TO:"))
    for index, line in enumerate(content.receiver[:6]):
        last = index == min(len(content.receiver), 6) - 1
        items.append(_Text(120, 186 + index * 36, 38 if last else 30, line))
    items.append(_Box(0, 424, WIDTH, 4))
    items += [_Box(230, 428, 4, 180), _Text(256, 446, 64, content.routing)]
    if barcode and content.routing:
        items += _bars(_ascii(content.routing), x=262, y=524, height=74, module=2)
    items.append(_Box(0, 608, WIDTH, 14))
    # a long name is written smaller, never cut: 22 letters of size 54 fill the width
    size = min(54, 54 * 22 // max(len(content.service), 1))
    items.append(_Text(24, 636, size, content.service.upper()))
    items.append(_Text(24, 698, 34, f"TRACKING #: {_spaced(content.tracking_number)}"))
    for index, note in enumerate(content.notes[:2]):
        items.append(_Text(540, 360 + index * 30, 24, note.upper()))
    items += [_Box(0, 744, WIDTH, 6), _Box(0, 1000, WIDTH, 14)]
    if barcode:
        modules = len(code128(content.tracking_number))
        module = 3 if modules * 3 <= WIDTH - 2 * _BARCODE_X else 2
        items += _bars(content.tracking_number, x=(WIDTH - modules * module) // 2, y=770, height=210, module=module)
    items.append(_Text(24, 1026, 24, f"BILLING: {content.billing}"))
    for index, line in enumerate(content.references[:4]):
        items.append(_Text(24, 1056 + index * 30, 24, line))
    items += [_Text(540, 1150, 30, content.carrier.upper()), _Text(24, 1176, 18, "cartcarrier sandbox")]
    return [item for item in items if not (isinstance(item, _Text) and not item.text)]


def _bars(text: str, *, x: int, y: int, height: int, module: int) -> list[_Text | _Box]:
    return [_Box(x + start * module, y, width * module, height) for start, width in runs(code128(text))]


def _upright(content: LabelContent) -> Image.Image:
    image = Image.new("L", (WIDTH, MARGIN_HEIGHT), 255)
    draw = ImageDraw.Draw(image)
    for item in _layout(content):
        if isinstance(item, _Box):
            draw.rectangle((item.x, item.y, item.x + item.width - 1, item.y + item.height - 1), fill=0)
        else:
            draw.text((item.x, item.y), item.text, fill=0, font=ImageFont.load_default(item.size))
    _bullseye(draw, content.tracking_number)
    watermark = Image.new("L", (760, 190), 0)
    ImageDraw.Draw(watermark).text((20, 0), "SAMPLE", fill=70, font=ImageFont.load_default(170))
    turned = watermark.rotate(32, expand=True)
    image.paste(0, ((WIDTH - turned.width) // 2, 160), turned)
    return image


def _bullseye(draw: ImageDraw.ImageDraw, seed: str) -> None:
    """Draw something that looks like the two-dimensional code of a parcel label; it holds nothing."""
    dots = random.Random(seed)  # noqa: S311 - decoration
    left, top, size, step = 24, 438, 180, 9
    for row in range(size // step):
        for column in range(size // step):
            x, y = left + column * step + (row % 2) * 4, top + row * 8
            near = (x - left - size // 2) ** 2 + (y - top - 80) ** 2 < 36**2
            if not near and dots.random() < 0.5:
                draw.ellipse((x, y, x + 6, y + 6), fill=0)
    center_x, center_y = left + size // 2, top + 80
    for radius, fill in ((30, 0), (24, 255), (18, 0), (12, 255), (6, 0)):
        draw.ellipse((center_x - radius, center_y - radius, center_x + radius, center_y + radius), fill=fill)


def _picture(content: LabelContent) -> Image.Image:
    return _upright(content).rotate(90, expand=True)


def _save(image: Image.Image, kind: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def _spaced(number: str) -> str:
    """Print a 1Z number in the groups in which people read it; others as they are."""
    if len(number) == 18 and number.startswith("1Z"):
        cuts = (0, 2, 5, 8, 10, 14, 18)
        return " ".join(number[start:end] for start, end in pairwise(cuts))
    return number


def _latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii") or " "


def _zpl_text(text: str) -> str:
    return text.replace("^", " ").replace("~", " ")


def _epl_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
