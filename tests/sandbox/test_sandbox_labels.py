"""Labels can be opened and scanned, and say that they are samples."""

import io

import pytest
from PIL import Image
from pypdf import PdfReader

from cartcarrier.errors import InvalidValueError
from cartcarrier.sandbox import _labels
from cartcarrier.sandbox._code128 import _WIDTHS, code128, runs

NUMBER = "1ZC4RT010300000018"


def content(**changes: object) -> _labels.LabelContent:
    """Return what stands on a label."""
    given: dict[str, object] = {
        "carrier": "UPS",
        "service": "UPS Ground",
        "tracking_number": NUMBER,
        "sender": ("ACME", "1 DOCK RD", "ALPHARETTA GA 30005"),
        "receiver": ("JOSÉ MUÑOZ", "9 ELM ST", "AURORA CO 80012"),
        "routing": "CO 800 2-03",
        "weight": "3 LBS",
        "references": ("TRX REF NO.: cc-0001",),
        "billing": "P/P",
    }
    return _labels.LabelContent(**{**given, **changes})  # type: ignore[arg-type]  # the fields' own types


def decode(modules: str) -> str:
    """Read a barcode as a scanner does: widths to symbols, sets B and C, checksum."""
    widths, previous, count = [], modules[0], 0
    for module in modules:
        if module == previous:
            count += 1
        else:
            widths.append(count)
            previous, count = module, 1
    widths.append(count)
    symbols = ["".join(map(str, widths[index : index + 6])) for index in range(0, len(widths) - 7, 6)]
    assert "".join(map(str, widths[-7:])) == _WIDTHS[106]
    values = [_WIDTHS.index(symbol) for symbol in symbols]
    *data, check = values
    assert (data[0] + sum(position * value for position, value in enumerate(data[1:], start=1))) % 103 == check
    text, in_c = "", data[0] == 105
    for value in data[1:]:
        if in_c and value < 100:
            text += f"{value:02d}"
        elif value == 99 and not in_c:
            in_c = True
        elif value == 100 and in_c:
            in_c = False
        else:
            text += chr(value + 32)
    return text


@pytest.mark.parametrize(
    "text", [NUMBER, "CO 800 2-03", "1Z", "12345", "123456", "A12345B", "420800129205590164917312751089"]
)
def test_a_barcode_reads_back(text: str) -> None:
    """What the scanner reads is what was meant."""
    assert decode(code128(text)) == text


def test_the_symbols_are_well_formed() -> None:
    """Each is eleven modules wide and has an even number of dark ones: a wrong digit in the table would break that."""
    assert len(set(_WIDTHS)) == 107
    assert {sum(map(int, widths)) for widths in _WIDTHS[:106]} == {11}
    assert {sum(map(int, widths[::2])) % 2 for widths in _WIDTHS[:106]} == {0}


@pytest.mark.parametrize("text", ["", "é", "a\nb"])
def test_a_barcode_refuses_what_it_cannot_hold(text: str) -> None:
    """Rather than to print something else."""
    with pytest.raises(InvalidValueError):
        code128(text)


@pytest.mark.parametrize(
    ("draw", "kind", "size"),
    [(_labels.gif, "GIF", (1400, 800)), (_labels.png, "PNG", (1400, 800)), (_labels.upright_png, "PNG", (800, 1200))],
)
def test_a_picture_opens_and_its_barcode_reads_back(draw: object, kind: str, size: tuple[int, int]) -> None:
    """Read from the dots of the picture, not from what was meant to be drawn."""
    assert callable(draw)
    with Image.open(io.BytesIO(draw(content()))) as image:
        assert (image.format, image.size) == (kind, size)
        turned = -90 if size == (1400, 800) else 0
        upright = image.convert("L").rotate(turned, expand=True)
    row = upright.crop((0, 870, 800, 871)).tobytes()
    dark = "".join("1" if value < 128 else "0" for value in row).strip("0")

    assert decode(dark[::3]) == NUMBER


def test_a_pdf_has_a_page_a_label_with_text(tmp_path: object) -> None:
    """Four by six inches, and searchable."""
    pages = PdfReader(io.BytesIO(_labels.pdf([content(), content(tracking_number="9400")]))).pages

    assert len(pages) == 2
    assert [round(float(edge)) for edge in pages[0].mediabox[2:]] == [288, 432]
    assert "SAMPLE" in pages[0].extract_text()
    assert NUMBER in pages[0].extract_text().replace(" ", "")
    assert "9400" in pages[1].extract_text()


def test_printers_get_no_commands_from_names() -> None:
    """A name with a caret, a tilde or a quote must not end the field it stands in."""
    nasty = content(receiver=('A^XZ~"B"\\', "9 ELM ST", "AURORA CO 80012"))

    assert _labels.zpl(nasty).count(b"^XZ") == 1
    assert b'"A^XZ~\\"B\\"\\\\"' in _labels.epl(nasty)


@pytest.mark.parametrize("write", [_labels.zpl, _labels.epl, _labels.spl])
def test_thermal_labels_say_sample(write: object) -> None:
    """Nobody shall take one for real."""
    assert callable(write)
    assert b"SAMPLE" in write(content())
    assert NUMBER.encode() in write(content())


def test_dark_bars_are_listed_with_their_places() -> None:
    """What the drawing is made from."""
    assert runs("1101000") == [(0, 2), (3, 1)]
    assert runs("0110") == [(1, 2)]
