"""Many labels, one print job: in order, at their real size, text still text, and the broken one named."""

import io
import sys
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from cartcarrier.errors import ConfigurationError, InvalidValueError, UnsupportedOperationError
from cartcarrier.labels import Sheet, interleave, labels_of, merge
from cartcarrier.models import Document, Label, LabelFormat, ShippedParcel
from cartcarrier.testing import make_shipment
from tests.unit.labels.makers import (
    Drawn,
    Spot,
    changed,
    drawn,
    gif_label,
    pages,
    pdf,
    pdf_label,
    picture,
    png_label,
    sizes,
    texts,
    where,
)

ROLL, LETTER, A4 = (288.0, 432.0), (612.0, 792.0), (595.2756, 841.8898)


def test_labels_of_all_kinds_become_pages_of_4_by_6_in_order() -> None:
    """The pile that comes out of the printer must lie as the parcels do."""
    done = merge([pdf_label("first"), png_label(), pdf_label("third"), gif_label(), pdf_label("fifth")])
    assert sizes(done) == [ROLL] * 5
    assert texts(done) == ["first", "", "third", "", "fifth"]
    assert [len(drawn(page)) for page in pages(done)] == [0, 1, 0, 1, 0]


def test_every_page_of_a_label_is_printed() -> None:
    """A label's second page is the customs form that goes with it."""
    two = Label(format=LabelFormat.PDF, data=pdf((288, 432, "label"), (288, 432, "form")))
    assert texts(merge([two, pdf_label("next")])) == ["label", "form", "next"]


def test_iterator_of_labels_will_do() -> None:
    """A morning's labels need not be in memory at once."""
    assert texts(merge(pdf_label(str(number)) for number in range(3))) == ["0", "1", "2"]


def test_same_labels_give_the_same_bytes() -> None:
    """A print job that is sent again must be known as the same."""
    labels = [pdf_label("one"), png_label()]
    assert merge(labels) == merge(labels)


def test_label_in_landscape_is_turned_upright() -> None:
    """4 by 6 inches on its side does not go through the printer; turned to the right its top is up."""
    (page,) = pages(merge([pdf_label("SIDE", 432, 288)]))
    # the text begins 20 from the left and 20 from the top of the landscape page: turned, 20 from the top and the right
    assert where(page, "SIDE") == Spot(288 - 20, 432 - 20, 270, 1)


@pytest.mark.parametrize(("rotate", "width", "height"), [(90, 432, 288), (270, 432, 288), (180, 288, 432)])
def test_page_that_says_it_is_turned_is_printed_as_it_is_seen(rotate: int, width: int, height: int) -> None:
    """Some carriers draw in landscape and set the page's rotation; ignoring it prints the label sideways over the edge."""
    label = Label(format=LabelFormat.PDF, data=changed(pdf((width, height, "TURN")), rotate=rotate))
    done = merge([label])
    assert sizes(done) == [ROLL]
    (page,) = pages(done)
    spot = where(page, "TURN")
    assert {90: (268.0, 412.0, 270), 270: (20.0, 20.0, 90), 180: (268.0, 20.0, 180)}[rotate] == (
        spot.x,
        spot.y,
        spot.degrees,
    )
    assert not page.rotation


def test_only_what_a_page_shows_is_printed() -> None:
    """A label cropped out of a letter page: the rest of that page is not the label."""
    letter = pdf((612, 792, "CROP"))
    label = Label(format=LabelFormat.PDF, data=changed(letter, crop=(10, 350, 298, 782)))
    done = merge([label])
    assert sizes(done) == [ROLL]
    # 20, 792 - 20 less the crop's corner
    assert where(pages(done)[0], "CROP") == Spot(10, 422, 0, 1)


def test_two_to_a_letter_sheet_lie_one_above_the_other() -> None:
    """Half sheets are the usual stock of self-adhesive labels: 6 inches lie across, nothing is shrunk."""
    done = merge([pdf_label(text) for text in ("one", "two", "three")], sheet="Letter")
    assert sizes(done) == [LETTER, LETTER]
    first, second = pages(done)
    left, half = (612 - 432) / 2, (396 - 288) / 2
    # turned to the left: what was 20 from the left and the top is 20 from the bottom and the left
    assert where(first, "one") == Spot(left + 20, 396 + half + 20, 90, 1)
    assert where(first, "two") == Spot(left + 20, half + 20, 90, 1)
    assert where(second, "three") == Spot(left + 20, 396 + half + 20, 90, 1)


def test_small_labels_go_four_to_a_sheet_upright() -> None:
    """From the upper left to the lower right, as one peels them off."""
    done = merge([pdf_label(text, 288, 288) for text in "abcd"], sheet=Sheet.LETTER, per_sheet=4)
    (page,) = pages(done)
    across, down = (306 - 288) / 2, (396 - 288) / 2
    assert [where(page, text) for text in "abcd"] == [
        Spot(x + across + 20, y + down + 288 - 20, 0, 1) for y in (396, 0) for x in (0, 306)
    ]


def test_used_places_of_the_first_sheet_are_left_free() -> None:
    """Half a sheet of labels is left over every day."""
    done = merge([pdf_label("one"), pdf_label("two")], sheet="Letter", skip=1)
    first, second = pages(done)
    assert where(first, "one").y < 396
    assert where(second, "two").y > 396


def test_a4_is_a4() -> None:
    """210 by 297 millimeters; a printer driver that sees another size scales the barcode."""
    done = merge([pdf_label("one")], sheet="A4")
    assert sizes(done) == [A4]
    assert where(pages(done)[0], "one").scale == 1


def test_label_is_shrunk_only_when_that_is_allowed() -> None:
    """A barcode that is too small is not read: the default refuses, and says what would do."""
    four = [pdf_label(text) for text in "abcd"]
    with pytest.raises(UnsupportedOperationError, match=r"labels\[0\] is 4 x 6 in .* least_scale=Decimal\('0.974'\)"):
        merge(four, sheet="A4", per_sheet=4)
    (page,) = pages(merge(four, sheet="A4", per_sheet=4, least_scale=Decimal("0.974")))
    scale = A4[1] / 2 / 432
    assert where(page, "a").scale == round(scale, 3)
    assert where(page, "a").y == round(A4[1] - 20 * scale, 1)


def test_label_is_shrunk_no_further_than_is_allowed() -> None:
    """On Letter four need 0.917; who allows 0.95 has tried 0.95 with a scanner."""
    with pytest.raises(UnsupportedOperationError, match=r"least_scale=Decimal\('0.916'\)"):
        merge([pdf_label()], sheet="Letter", per_sheet=4, least_scale=Decimal("0.95"))


def test_paper_too_large_for_a_place_takes_a_sheet() -> None:
    """A customs form among labels; the next label begins a new sheet, for the pile's order."""
    form = Document(kind="commercial_invoice", format="pdf", data=pdf((612, 792, "form")))
    done = merge([pdf_label("one"), form, pdf_label("two")], sheet="Letter")
    assert texts(done) == ["one", "form", "two"]
    assert sizes(done) == [LETTER] * 3
    assert where(pages(done)[1], "form") == Spot(20, 772, 0, 1)


@pytest.mark.parametrize("sheet", ["4x6", "A4"])
def test_paper_larger_than_the_sheet_is_refused(sheet: str) -> None:
    """Cut or shrunk unasked, it would be found out at the parcel counter."""
    with pytest.raises(UnsupportedOperationError, match=r"labels\[1\] is 8.5 x 11 in and does not go into") as caught:
        merge([pdf_label(), pdf_label("big", 612, 792)], sheet=sheet)
    assert caught.value.field == "sheet"


def test_without_a_sheet_every_page_keeps_its_size() -> None:
    """For an archive, or a printer that chooses its tray."""
    done = merge([pdf_label("a", 288, 486), pdf_label("b", 612, 792), png_label(1200, 800)], sheet=None)
    assert sizes(done) == [(288.0, 486.0), (612.0, 792.0), (432.0, 288.0)]


def test_page_that_is_off_by_a_dot_goes_on_the_roll() -> None:
    """812 dots at 203 an inch are 4 inches; 813 are a hair more, and no reason to refuse."""
    done = merge([pdf_label("hair", 288.7, 432.9)])
    assert sizes(done) == [ROLL]
    assert where(pages(done)[0], "hair").scale == 1


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        pytest.param(png_label(800, 1200), Drawn(0, 0, 288, 432, 0), id="200-dots"),
        pytest.param(png_label(1200, 1800), Drawn(0, 0, 288, 432, 0), id="300-dots"),
        pytest.param(gif_label(800, 1200), Drawn(0, 0, 288, 432, 0), id="gif"),
        pytest.param(gif_label(800, 1200, mode="P"), Drawn(0, 0, 288, 432, 0), id="gif-palette"),
        pytest.param(png_label(1200, 800), Drawn(0, 0, 288, 432, 270), id="landscape"),
        pytest.param(png_label(812, 812), Drawn(0, 72, 288, 288, 0), id="4-by-4"),
        pytest.param(png_label(600, 900, dpi=300), Drawn(72, 108, 144, 216, 0), id="stated-resolution"),
        pytest.param(png_label(800, 1200, dpi=72), Drawn(0, 0, 288, 432, 0), id="resolution-of-a-screen"),
        pytest.param(png_label(800, 1400), Drawn(0, 0, 288, 432, 0), id="white-below"),
        pytest.param(gif_label(1400, 800), Drawn(0, 0, 288, 432, 270), id="white-beside"),
    ],
)
def test_picture_is_printed_at_its_real_size(label: Label, expected: Drawn) -> None:
    """Stretched bars are not read."""
    done = merge([label])
    assert sizes(done) == [ROLL]
    assert drawn(pages(done)[0]) == [expected]


@pytest.mark.parametrize("mark", [(0, 0), (0, 1392)], ids=["white-below", "white-above"])
def test_only_white_is_cut_off(mark: tuple[int, int]) -> None:
    """UPS draws a label of 6 inches on a picture of 7: the dark corner stays, wherever it is."""
    (page,) = pages(merge([png_label(800, 1400, mark=mark)]))
    (image,) = page.images
    assert image.image is not None
    assert image.image.size == (800, 1200)
    assert image.image.convert("L").getpixel((0, 0 if mark == (0, 0) else 1199)) == 0


def test_picture_with_something_on_all_its_length_is_refused() -> None:
    """7 inches of label do not go on 6."""
    data = io.BytesIO()
    from PIL import Image

    Image.new("L", (800, 1400), "black").save(data, "PNG")
    with pytest.raises(UnsupportedOperationError, match=r"labels\[0\] is 4 x 7 in"):
        merge([Label(format=LabelFormat.PNG, data=data.getvalue())])


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "LA", "I;16"])
def test_no_dot_of_a_picture_is_changed(mode: str) -> None:
    """Compression with loss greys the edges of bars: each dot must come out as it went in."""
    from PIL import Image

    image = Image.new("L", (400, 600), 255)
    image.putdata(
        [(x * 7 + y * 13) % 256 if mode != "1" else 255 * ((x ^ y) & 1) for y in range(600) for x in range(400)]
    )
    source = image.convert("RGB") if mode == "RGB" else image
    if mode == "RGB":
        source.putpixel((3, 3), (200, 10, 30))
    if mode in {"RGBA", "LA"}:
        source = image.convert(mode)
        source.putalpha(255)
    if mode == "I;16":
        source = image.convert("L")
    out = io.BytesIO()
    (source.convert("1") if mode == "1" else source).save(out, "PNG")
    (page,) = pages(merge([Label(format=LabelFormat.PNG, data=out.getvalue())]))
    (found,) = page.images
    assert found.image is not None
    assert found.image.convert("RGB").tobytes() == source.convert("RGB").tobytes()


def test_transparent_ground_is_white_paper() -> None:
    """Taken for black, it would print a black label."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGBA", (400, 600), (0, 0, 0, 0)).save(out, "PNG")
    (page,) = pages(merge([Label(format=LabelFormat.PNG, data=out.getvalue())]))
    assert page.images[0].image is not None
    assert page.images[0].image.convert("L").getextrema() == (255, 255)


def test_black_and_white_takes_a_bit_a_dot() -> None:
    """A thousand labels must go through the mail."""
    (page,) = pages(merge([png_label(800, 1200)]))
    resources: Any = page["/Resources"]
    (image,) = resources["/XObject"].values()
    assert image.get_object()["/BitsPerComponent"] == 1


def test_paper_that_is_a_picture_is_taken_for_a_letter_page() -> None:
    """UPS sends some forms as GIF, without a resolution."""
    form = Document(kind="high_value_report", format="gif", data=picture(850, 1100, kind="GIF"))
    assert sizes(merge([form], sheet=None)) == [(612.0, 792.0)]


@pytest.mark.parametrize(
    ("label", "field"),
    [
        pytest.param(Label(format=LabelFormat.PDF, data=b""), "labels[1]", id="empty"),
        pytest.param(Label(format=LabelFormat.PDF, data=b"%PDF-1.7\n" + b"x" * 200), "labels[1]", id="no-pdf"),
        pytest.param(Label(format=LabelFormat.PDF, data=pdf((288, 432, "x"))[:300]), "labels[1]", id="cut-pdf"),
        pytest.param(Label(format=LabelFormat.PDF, data=picture(8, 8)), "labels[1]", id="png-called-pdf"),
        pytest.param(Label(format=LabelFormat.PNG, data=pdf((288, 432, "x"))), "labels[1]", id="pdf-called-png"),
        pytest.param(Label(format=LabelFormat.GIF, data=picture(80, 120)), "labels[1]", id="png-called-gif"),
        pytest.param(Label(format=LabelFormat.PNG, data=picture(800, 1200)[:-40]), "labels[1]", id="cut-png"),
        pytest.param(Label(format=LabelFormat.PNG, data=b""), "labels[1]", id="empty-png"),
        pytest.param(Label(format=LabelFormat.PNG, data=picture(8000, 8000, mode="1")), "labels[1]", id="huge"),
    ],
)
def test_broken_label_is_named_by_its_index(label: Label, field: str) -> None:
    """Among two hundred labels, which one must be got again?"""
    with pytest.raises(InvalidValueError) as caught:
        merge([pdf_label(), label])
    assert caught.value.field == field
    assert field in str(caught.value)


def test_encrypted_label_is_named() -> None:
    """Printed blank, it would not be noticed."""
    writer = PdfWriter(clone_from=io.BytesIO(pdf((288, 432, "x"))))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    with pytest.raises(InvalidValueError, match=r"labels\[0\] is encrypted"):
        merge([Label(format=LabelFormat.PDF, data=out.getvalue())])


def test_animation_is_no_label() -> None:
    """Its first frame is not all of it."""
    from PIL import Image

    out = io.BytesIO()
    frames = [Image.new("L", (80, 120), color) for color in (0, 255)]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:])
    with pytest.raises(InvalidValueError, match=r"labels\[0\] has several pictures"):
        merge([Label(format=LabelFormat.GIF, data=out.getvalue())])


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_pdf_is_an_error_of_ours_or_none(data: st.DataObject) -> None:
    """What a proxy cut or a disk bent must not end in a stranger's exception."""
    whole = bytearray(pdf((288, 432, "DAMAGED")))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place : place + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=20))
    try:
        done = merge([Label(format=LabelFormat.PDF, data=bytes(whole))])
    except (InvalidValueError, UnsupportedOperationError):
        return
    assert PdfReader(io.BytesIO(done)).pages


@pytest.mark.parametrize(
    ("form", "word"), [(LabelFormat.ZPL, "to=LabelFormat.ZPL"), (LabelFormat.EPL, "to=LabelFormat.EPL")]
)
def test_printer_language_does_not_go_into_a_pdf(form: LabelFormat, word: str) -> None:
    """Only a printer can draw it: the message says how else."""
    with pytest.raises(UnsupportedOperationError) as caught:
        merge([pdf_label(), Label(format=form, data=b"^XA^XZ")])
    assert word in str(caught.value)
    assert caught.value.field == "labels[1].format"


def test_web_page_does_not_go_into_a_pdf() -> None:
    """UPS sends some papers as HTML."""
    page = Document(kind="receipt", format="html", data=b"<html>")
    with pytest.raises(UnsupportedOperationError, match=r"labels\[0\] is HTML"):
        merge([page])


@pytest.mark.parametrize("to", [LabelFormat.PNG, LabelFormat.GIF])
def test_labels_are_not_merged_into_a_picture(to: LabelFormat) -> None:
    """One picture is one label."""
    with pytest.raises(UnsupportedOperationError, match="PDF, ZPL or EPL"):
        merge([png_label()], to=to)


@pytest.mark.parametrize("to", [LabelFormat.PDF, LabelFormat.ZPL, LabelFormat.EPL])
def test_no_label_is_no_print_job(to: LabelFormat) -> None:
    """An empty PDF does not open."""
    with pytest.raises(InvalidValueError, match="no label"):
        merge([], to=to)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        pytest.param({"sheet": "A5"}, "sheet", id="sheet"),
        pytest.param({"sheet": "A4", "per_sheet": 3}, "per_sheet", id="three"),
        pytest.param({"per_sheet": 2}, "per_sheet", id="two-on-a-label"),
        pytest.param({"sheet": "A4", "skip": 2}, "skip", id="skip"),
        pytest.param({"sheet": "A4", "skip": -1}, "skip", id="skip-back"),
        pytest.param({"least_scale": Decimal(0)}, "least_scale", id="nothing-left"),
        pytest.param({"least_scale": Decimal(2)}, "least_scale", id="larger"),
        pytest.param({"least_scale": 0.9}, "least_scale", id="float"),
    ],
)
def test_wrong_argument_is_named(arguments: dict[str, object], field: str) -> None:
    """Before a sheet is spoilt."""
    with pytest.raises(InvalidValueError) as caught:
        merge([pdf_label()], **cast("Any", arguments))
    assert caught.value.field == field


@pytest.mark.parametrize(("module", "label"), [("pypdf", pdf_label()), ("PIL.Image", png_label())])
def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch, module: str, label: Label) -> None:
    """Who reads it knows what to install."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ConfigurationError, match=r"cartcarrier\[labels\]"):
        merge([label])


def test_each_label_is_followed_by_its_slip() -> None:
    """The packer takes two papers from the pile and has one parcel's."""
    slips = [Document(kind="packing_slip", format="pdf", data=pdf((288, 432, text))) for text in ("slip a", "slip c")]
    labels = [pdf_label("a"), pdf_label("b"), pdf_label("c")]
    assert texts(merge(interleave(labels, [slips[0], None, slips[1]]))) == ["a", "slip a", "b", "c", "slip c"]


def test_slips_without_labels_are_a_mistake() -> None:
    """Off by one, every parcel gets its neighbour's slip."""
    with pytest.raises(InvalidValueError, match="2 labels and 1 slips"):
        interleave([pdf_label(), pdf_label()], [None])


def test_labels_of_shipments_come_parcel_by_parcel() -> None:
    """In the order of picking, which is the caller's."""
    one, two, three = (Label(format=LabelFormat.ZPL, data=data) for data in (b"^XA1^XZ", b"^XA2^XZ", b"^XA3^XZ"))
    first = make_shipment(
        parcels=[ShippedParcel(tracking_number="1", label=one), ShippedParcel(tracking_number="2", label=two)]
    )
    second = make_shipment(parcels=[ShippedParcel(tracking_number="3", label=three)])
    assert labels_of([second, first]) == (three, one, two)


def test_parcel_without_a_label_is_named() -> None:
    """Left out, its parcel would stay on the table."""
    with pytest.raises(InvalidValueError, match="parcel 1 has no label"):
        labels_of([make_shipment(parcels=[ShippedParcel(tracking_number="1")])])
