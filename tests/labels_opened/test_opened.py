"""Every label that a simulator sells, opened by programs that are not ours.

A label that a driver hands on is bytes; whether they are a label is found out at the printer. Here each carrier's label of each
format is bought in the sandbox and opened: PDFs by pypdf (and pdftotext, where it is installed), pictures by Pillow, and ZPL is
drawn as a label printer would, by zpl-renderer-js, and its barcode read back by zxing.

The last two are not part of the development environment: ``.ci/verify-labels`` installs them and says where they are, in the
variable ``CARTCARRIER_READ_ZPL``. Without it the tests of ZPL's picture are skipped by name; with it, a missing reader fails them.
"""

import importlib
import io
import os
import shutil
import subprocess
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from PIL import Image
from pypdf import PdfReader

from cartcarrier.carriers import SupportsLabels, SupportsRates
from cartcarrier.errors import UnsupportedOperationError
from cartcarrier.labels import merge
from cartcarrier.models import Label, LabelFormat, ShipmentOptions, ShippedParcel
from cartcarrier.registry import available_drivers
from cartcarrier.sandbox import Sandbox
from cartcarrier.testing import make_request
from cartcarrier.tracking_numbers import is_valid

READER = os.environ.get("CARTCARRIER_READ_ZPL")
needs_reader = pytest.mark.skipif(
    READER is None, reason="ZPL is drawn in .ci/verify-labels only: zpl-renderer-js and zxing are not here"
)
CARRIERS = sorted(available_drivers("cartcarrier.carriers"))
# What each sells, written down: a format that is no longer sold must not go unnoticed. A plug-in's carrier is taken as it comes.
SOLD = {
    "amazon-buy-shipping": {LabelFormat.PDF, LabelFormat.PNG, LabelFormat.ZPL},
    "fedex": {LabelFormat.PDF, LabelFormat.PNG, LabelFormat.ZPL, LabelFormat.EPL},
    "ups": set(LabelFormat),
    "usps": set(LabelFormat),
}


_BOUGHT: dict[tuple[str, LabelFormat], ShippedParcel | None] = {}


@pytest.fixture
def anyio_backend() -> str:
    """Labels do not depend on the event loop."""
    return "asyncio"


async def buy(carrier_name: str, form: LabelFormat) -> ShippedParcel | None:
    """Buy a label at the cheapest rate, once for all tests; ``None`` when the carrier does not sell that format."""
    if (carrier_name, form) not in _BOUGHT:
        _BOUGHT[carrier_name, form] = await _buy(carrier_name, form)
    return _BOUGHT[carrier_name, form]


async def _buy(carrier_name: str, form: LabelFormat) -> ShippedParcel | None:
    async with Sandbox() as sandbox:
        carrier = sandbox.carrier(carrier_name)
        assert isinstance(carrier, SupportsRates)
        assert isinstance(carrier, SupportsLabels)
        request = make_request(options=ShipmentOptions(label_formats=(form,)))
        try:
            rate = min(await carrier.get_rates(request), key=lambda rate: rate.total.amount)
            shipment = await carrier.create_shipment(attrs.evolve(request, rate=rate))
        except UnsupportedOperationError:
            return None
    return shipment.parcels[0]


def label_of(parcel: ShippedParcel) -> Label:
    assert parcel.label is not None
    return parcel.label


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("name", [name for name in CARRIERS if name in SOLD])
async def test_carrier_sells_the_formats_that_are_written_down(name: str) -> None:
    """The other tests pass over a format that is not sold: this one does not."""
    assert {form for form in LabelFormat if await buy(name, form) is not None} == SOLD[name]


@pytest.mark.parametrize("name", CARRIERS)
async def test_pdf_is_a_page_of_4_by_6_with_its_number_as_text(name: str, tmp_path: Path) -> None:
    """Text that is a picture cannot be searched; a page of another size is scaled by the printer."""
    parcel = await buy(name, LabelFormat.PDF)
    if parcel is None:
        return
    label = label_of(parcel)
    for data in (label.data, merge([label])):
        (page,) = PdfReader(io.BytesIO(data)).pages
        assert (float(page.mediabox.width), float(page.mediabox.height)) == pytest.approx((288, 432), abs=1)
        assert parcel.tracking_number in squeezed(page.extract_text())
    if program := shutil.which("pdftotext"):
        (tmp_path / "label.pdf").write_bytes(merge([label]))
        assert parcel.tracking_number in squeezed(run(program, tmp_path / "label.pdf", "-"))


@pytest.mark.parametrize("form", [LabelFormat.PNG, LabelFormat.GIF])
@pytest.mark.parametrize("name", CARRIERS)
async def test_picture_is_upright_and_goes_on_4_by_6(name: str, form: LabelFormat) -> None:
    """A picture on its side, or of other proportions, comes out shrunk or cut."""
    parcel = await buy(name, form)
    if parcel is None:
        return
    label = label_of(parcel)
    with Image.open(io.BytesIO(label.data)) as image:
        assert image.format == form.upper()
        image.load()
        assert image.width >= 4 * 200
        assert 1.5 <= Decimal(image.height) / image.width <= Decimal("1.76")
    (page,) = PdfReader(io.BytesIO(merge([label]))).pages
    assert (float(page.mediabox.width), float(page.mediabox.height)) == (288, 432)


@pytest.mark.parametrize("form", [LabelFormat.ZPL, LabelFormat.EPL])
@pytest.mark.parametrize("name", CARRIERS)
async def test_labels_for_printers_become_one_stream(name: str, form: LabelFormat) -> None:
    """Two of a carrier's labels, as it makes them, are two labels after merging."""
    parcel = await buy(name, form)
    if parcel is None:
        return
    label = label_of(parcel)
    stream = merge([label, label], to=form)
    assert stream.count(label.data.strip()) == 2
    assert stream.count(parcel.tracking_number.encode()) >= 2


@needs_reader
@pytest.mark.parametrize("name", CARRIERS)
async def test_zpl_is_drawn_and_its_barcode_is_the_tracking_number(name: str, tmp_path: Path) -> None:
    """What the scanner reads in the truck is what the channel was told."""
    parcel = await buy(name, LabelFormat.ZPL)
    if parcel is None:
        return
    first = label_of(parcel)
    second = Label(format=LabelFormat.ZPL, data=b"^XA^FO80,80^BY3^BCN,200,N,N,N,A^FDSECOND-1234^FS^XZ")
    one, two = draw(merge([first, second], to=LabelFormat.ZPL), tmp_path)
    assert any(parcel.tracking_number in read for read in barcodes(one)), barcodes(one)
    assert barcodes(two) == ["SECOND-1234"]


@needs_reader
@pytest.mark.parametrize("form", [LabelFormat.PDF, LabelFormat.PNG, LabelFormat.GIF])
@pytest.mark.parametrize("name", CARRIERS)
async def test_barcode_is_read_from_the_printed_page(name: str, form: LabelFormat, tmp_path: Path) -> None:
    """After merging, and drawn at the resolution of a label printer: nothing was stretched or smeared."""
    program = shutil.which("pdftoppm")
    parcel = await buy(name, form)
    if parcel is None or program is None:
        return
    for arguments in ({}, {"sheet": "Letter"}, {"sheet": "A4", "per_sheet": 4, "least_scale": Decimal("0.97")}):
        (tmp_path / "job.pdf").write_bytes(merge([label_of(parcel)], **arguments))
        run(program, "-r", "203", "-png", "-singlefile", tmp_path / "job.pdf", tmp_path / "job")
        with Image.open(tmp_path / "job.png") as image:
            assert any(parcel.tracking_number in read for read in barcodes(image)), arguments


@pytest.mark.parametrize("name", [name for name in CARRIERS if name in {"ups", "fedex", "usps"}])
async def test_number_on_the_label_is_the_carriers(name: str) -> None:
    """Simulated numbers follow the carriers' rules, so that code which checks them can be tried."""
    parcel = await buy(name, LabelFormat.ZPL)
    assert parcel is not None
    assert is_valid(parcel.tracking_number, name) is True


def draw(stream: bytes, folder: Path) -> list[Image.Image]:
    """Return the labels of a ZPL stream as a printer would print them."""
    assert READER is not None
    (folder / "stream.zpl").write_bytes(stream)
    node = shutil.which("node")
    assert node is not None, "CARTCARRIER_READ_ZPL is set, but node is not here"
    count = int(run(node, Path(READER) / "draw.js", folder / "stream.zpl", folder))
    return [Image.open(folder / f"{place}.png").convert("L") for place in range(count)]


def run(*command: str | Path) -> str:
    """Run a program and return what it prints; its complaint is the failure's message."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def barcodes(image: Image.Image) -> list[str]:
    """Return what a scanner reads, from the left to the right and down."""
    zxing = importlib.import_module("zxingcpp")
    return [str(found.text) for found in zxing.read_barcodes(image)]
