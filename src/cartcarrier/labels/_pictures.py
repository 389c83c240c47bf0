"""A picture as a page of a PDF: every dot kept, nothing compressed with loss, at its real size."""

import io
import zlib
from typing import TYPE_CHECKING, Any, Final

import attrs

from cartcarrier.errors import InvalidValueError
from cartcarrier.labels._extra import use
from cartcarrier.labels._sheets import INCH, Size

if TYPE_CHECKING:
    from PIL import Image

_FORMATS: Final = {"png": "PNG", "gif": "GIF", "jpg": "JPEG", "jpeg": "JPEG", "tif": "TIFF", "tiff": "TIFF"}
PICTURES: Final = frozenset(_FORMATS)
_MOST_DOTS: Final = 40_000_000  # a letter page at 600 dots an inch has 34 million
_LEAST_DPI: Final = 100  # below, a stated resolution is a screen's, left there by a drawing program
_WHITE: Final = 250  # of 255; scans and anti-aliased edges are not quite white


@attrs.frozen
class Picture:
    """A picture, opened.

    Attributes:
        image: Its dots.
        size: On paper.
    """

    image: "Image.Image"
    size: Size

    def cut_to(self, place: Size) -> "Picture":
        """Return it without the white at the end of its long side, as much of it as is too long for a place.

        UPS draws 4 by 6 inches on a picture of 4 by 7 (field guide ups.md §4.8). Nothing but white is ever cut.
        """
        image_ops = use("PIL.ImageOps", "a picture on a page")
        upright = self.image.height >= self.image.width
        length = self.size.height if upright else self.size.width
        room = max(place.width, place.height)
        if length <= room:
            return self
        dots = self.image.height if upright else self.image.width
        window = int(dots * room / length)
        dark = image_ops.invert(self.image.convert("L")).point(lambda value: 255 if value > 255 - _WHITE else 0)
        box = dark.getbbox() or (0, 0, 1, 1)
        first, last = (box[1], box[3]) if upright else (box[0], box[2])
        if last - first > window:
            return self
        start = 0 if last <= window else last - window
        if upright:
            image = self.image.crop((0, start, self.image.width, start + window))
            return Picture(image, Size(self.size.width, room))
        image = self.image.crop((start, 0, start + window, self.image.height))
        return Picture(image, Size(room, self.size.height))


def read_picture(data: bytes, form: str, name: str, *, short_side: float) -> Picture:
    """Return a picture.

    Args:
        data: Its bytes.
        form: Its format; bytes of another are refused.
        name: What it is called in a message.
        short_side: In points; what its short side measures when the picture states no resolution.

    Raises:
        InvalidValueError: It is not a picture of that format, it is cut off, has several frames, or is too large to be true.
    """
    pil = use("PIL.Image", "a picture on a page")
    broken = f"{name} is not a {form.upper()} that can be read: get it again from its carrier, and see that its format is named right"
    image: Image.Image | None = None
    try:
        with pil.open(io.BytesIO(data), formats=[_FORMATS[form]]) as opened:
            dots, frames = opened.width * opened.height, getattr(opened, "n_frames", 1)
            stated = opened.info.get("dpi", (0, 0))
            if dots <= _MOST_DOTS and frames == 1:
                opened.load()
                image = _flat(opened, pil)
    except _unreadable(pil) as exc:
        raise InvalidValueError(broken, field=name) from exc
    if image is None:
        why = (
            f"more than {_MOST_DOTS} dots: that is no label"
            if frames == 1
            else "several pictures: give them one by one"
        )
        raise InvalidValueError(f"{name} has {why}", field=name)
    across, down = float(stated[0]), float(stated[1])
    if across < _LEAST_DPI or down < _LEAST_DPI:
        across = down = min(image.size) * INCH / short_side
    return Picture(image, Size(image.width / across * INCH, image.height / down * INCH))


def _unreadable(pil: Any) -> tuple[type[Exception], ...]:  # noqa: ANN401 - the module, imported late
    """Return what opening a broken picture ends in."""
    bombs = (pil.DecompressionBombError, pil.DecompressionBombWarning)
    return (*bombs, OSError, ValueError, SyntaxError, EOFError, IndexError)


def _flat(opened: "Image.Image", pil: Any) -> "Image.Image":  # noqa: ANN401 - the module, imported late
    """Return the picture on white, with no more colors than it needs: black and white, grey, or all."""
    if "A" in opened.getbands() or "transparency" in opened.info:
        rgba = opened.convert("RGBA")
        ground: Image.Image = pil.new("RGBA", rgba.size, "white")
        ground.alpha_composite(rgba)
        opened = ground
    if opened.mode not in {"1", "L"}:
        red, green, blue = opened.convert("RGB").split()
        if not red.tobytes() == green.tobytes() == blue.tobytes():
            return opened.convert("RGB")
        opened = red
    grey = opened.convert("L")
    return grey.convert("1", dither=pil.Dither.NONE) if not any(grey.histogram()[1:255]) else grey


def to_pdf(picture: Picture) -> bytes:
    """Return a PDF of one page with the picture on it, of its size."""
    image = picture.image
    space, bits = {"1": ("DeviceGray", 1), "L": ("DeviceGray", 8), "RGB": ("DeviceRGB", 8)}[image.mode]
    dots = zlib.compress(image.tobytes(), 6)
    width, height = f"{picture.size.width:.4f}", f"{picture.size.height:.4f}"
    draw = f"q {width} 0 0 {height} 0 0 cm /Label Do Q".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R "
        f"/Resources << /XObject << /Label 5 0 R >> >> >>".encode(),
        _stream("", draw),
        _stream(
            f"/Type /XObject /Subtype /Image /Width {image.width} /Height {image.height} /ColorSpace /{space} "
            f"/BitsPerComponent {bits} /Filter /FlateDecode",
            dots,
        ),
    )
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode()
    return bytes(out)


def _stream(entries: str, data: bytes) -> bytes:
    return f"<< {entries} /Length {len(data)} >>\nstream\n".encode() + data + b"\nendstream"
