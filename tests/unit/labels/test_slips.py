"""Packing slips: what is in the parcel and where the rest is, in letters from everywhere."""

import io
import logging
import sys
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]  # it has no types
from fontTools.ttLib.tables._g_l_y_f import Glyph  # type: ignore[import-untyped]  # it has no types

from cartcarrier.errors import ConfigurationError, InvalidValueError
from cartcarrier.labels import PackingSlip, SlipWords, interleave, merge, packing_slips
from cartcarrier.labels import _fonts as fonts_room
from cartcarrier.models import Document, Order, Parcel, ParcelItem
from cartcarrier.testing import make_address, make_order, make_order_line, make_parcel, make_warehouse
from tests.unit.labels.makers import pages, pdf_label, sizes, texts

LATIN = "".join(map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x180))))


def make_font(folder: Path, name: str, characters: str) -> Path:
    """Return a font file with empty boxes for just these characters."""
    glyphs = {f"g{ord(character):x}": ord(character) for character in characters}
    builder = FontBuilder(1000)
    builder.setupGlyphOrder([".notdef", *glyphs])
    builder.setupCharacterMap({code: glyph for glyph, code in glyphs.items()})
    builder.setupGlyf({glyph: Glyph() for glyph in (".notdef", *glyphs)})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", *glyphs), (500, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": name, "styleName": "Regular", "psName": name})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200)
    builder.setupPost()
    path = folder / f"{name}.ttf"
    builder.save(path)
    return path


@pytest.fixture(autouse=True)
def no_system_fonts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder in place of the system's: the same result on every machine."""
    folder = tmp_path / "system"
    folder.mkdir()
    monkeypatch.setattr(fonts_room, "FOLDERS", (folder,))
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    return folder


def parcel_of(order: Order, **pieces: int) -> Parcel:
    lines = {line.id: line for line in order.lines}
    return make_parcel(
        items=[
            ParcelItem(sku=lines[line_id].sku, title=lines[line_id].title, quantity=count, order_line_id=line_id)
            for line_id, count in pieces.items()
        ]
    )


@pytest.fixture
def order() -> Order:
    return make_order(
        lines=[
            make_order_line(id="a", sku="MUG-1", title="Mug", quantity=5),
            make_order_line(id="b", sku="PLATE-2", title="Plate", quantity=1),
            make_order_line(id="c", sku="CARD", title="Gift card", quantity=1, requires_shipping=False),
        ]
    )


def slips_of(order: Order, *parcels: Parcel, **arguments: object) -> tuple[PackingSlip, ...]:
    return packing_slips(order, parcels, seller=make_warehouse(), **arguments)  # type: ignore[arg-type]  # by keyword


def lines(slip: PackingSlip) -> list[str]:
    """Return what stands on a slip, line by line; columns beside each other are one line."""
    return "\n".join(texts(slip.data)).splitlines()


def text(slip: PackingSlip) -> str:
    return "\n".join(lines(slip))


def test_slip_says_what_is_in_the_parcel_and_where_the_rest_is(order: Order) -> None:
    """Whoever opens one of two parcels wants to know whether something was forgotten."""
    first, second = slips_of(order, parcel_of(order, a=2), parcel_of(order, a=1, b=1))
    shown = lines(first)
    assert shown[shown.index("Qty SKU Article") + 1] == "2 MUG-1 Mug"
    assert "Parcel 1 of 2" in shown
    elsewhere, apart = shown.index("In other parcels of this order"), shown.index("Sent before, or still to come")
    assert shown[elsewhere + 2 : apart] == ["1 MUG-1 Mug", "1 PLATE-2 Plate"]
    assert shown[apart + 2 :] == ["2 MUG-1 Mug"]
    assert "Parcel 2 of 2" in lines(second)
    assert not any("Gift card" in line for line in shown)


def test_slip_of_a_whole_order_has_no_rest(order: Order) -> None:
    """An empty heading would be asked about."""
    (slip,) = slips_of(order, parcel_of(order, a=5, b=1))
    assert "In other parcels of this order" not in lines(slip)
    assert "Sent before, or still to come" not in lines(slip)


def test_slip_names_order_receiver_sender_and_number(order: Order) -> None:
    """What a return is sorted by."""
    (slip,) = slips_of(order, parcel_of(order, a=1), tracking_numbers=["1ZCARTCC0312345673"], message="Thank you!")
    shown = text(slip)
    for line in (
        "Packing slip", "Order #1001", "Ordered 2026-01-05", "Tracking number 1ZCARTCC0312345673", "Quilla Canary",
        "12 Canarybird Lane", "New York NY 10001", "Example Goods", "Los Angeles CA 90001", "Thank you!",
    ):  # fmt: skip
        assert line in shown


def test_slip_shows_no_price_and_no_note(order: Order) -> None:
    """Parcels may be gifts, and notes may be the seller's own."""
    order = make_order(lines=order.lines, notes="difficult customer")
    (slip,) = slips_of(order, parcel_of(order, a=1))
    shown = " ".join(lines(slip))
    assert "12.50" not in shown
    assert "difficult" not in shown


def test_words_may_be_in_another_language(order: Order) -> None:
    """The buyer reads it."""
    words = SlipWords(title="Lieferschein", parcel="Paket {number} von {count}", article="Artikel")
    (slip,) = slips_of(order, parcel_of(order, a=1), words=words)
    assert {"Lieferschein", "Paket 1 von 1", "Qty SKU Artikel"} <= set(lines(slip))


@pytest.mark.parametrize(
    ("sheet", "size"), [("4x6", (288.0, 432.0)), ("Letter", (612.0, 792.0)), ("A4", (595.28, 841.89))]
)
def test_slip_has_the_size_of_its_sheet(order: Order, sheet: str, size: tuple[float, float]) -> None:
    """It goes through the printer of the labels."""
    (slip,) = slips_of(order, parcel_of(order, a=1), sheet=sheet)
    assert sizes(slip.data) == [pytest.approx(size, abs=0.01)]


def test_slip_goes_behind_its_label_on_the_roll_and_beside_it_on_a_sheet(order: Order) -> None:
    """The point of it all."""
    (slip,) = slips_of(order, parcel_of(order, a=1))
    roll = merge(interleave([pdf_label("LABEL")], [slip]))
    assert sizes(roll) == [(288.0, 432.0)] * 2
    assert texts(roll)[0] == "LABEL"
    assert "Packing slip" in texts(roll)[1]
    (page,) = pages(merge(interleave([pdf_label("LABEL")], [slip]), sheet="Letter"))
    assert "LABEL" in page.extract_text()
    assert "Packing slip" in page.extract_text()


def test_long_order_goes_on_to_the_next_page_with_every_line() -> None:
    """Nothing may fall off the lower edge."""
    order = make_order(
        lines=[make_order_line(id=f"l{number}", sku=f"SKU-{number}", title=f"Article {number}") for number in range(90)]
    )
    (slip,) = slips_of(order, parcel_of(order, **{line.id: 2 for line in order.lines}))
    shown = lines(slip)
    assert len(pages(slip.data)) > 2
    assert [line for line in shown if "SKU-" in line] == [f"2 SKU-{number} Article {number}" for number in range(90)]


def test_long_title_is_wrapped_and_whole() -> None:
    """Marketplaces' titles have two hundred characters."""
    title = " ".join(f"word{number}" for number in range(40)) + " " + "x" * 300
    order = make_order(lines=[make_order_line(id="a", title=title)])
    (slip,) = slips_of(order, parcel_of(order, a=1))
    assert title.replace(" ", "") in "".join(lines(slip)).replace(" ", "")


def test_same_slip_is_the_same_bytes(order: Order) -> None:
    """The present is not in it."""
    assert slips_of(order, parcel_of(order, a=1)) == slips_of(order, parcel_of(order, a=1))


def test_western_letters_need_no_font(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is searched for and nothing embedded where it is not needed."""
    monkeypatch.setattr(fonts_room, "system_fonts", lambda _folders: pytest.fail("looked for fonts"))
    order = make_order(lines=order.lines, ship_to=make_address(name="Zoë Ñandú Ærø", city="Düsseldorf"))
    (slip,) = slips_of(order, parcel_of(order, a=1))
    assert "Zoë Ñandú Ærø" in text(slip)
    assert slip.warnings == ()


def test_letters_that_no_font_has_are_marked_and_said(order: Order) -> None:
    """A name lost in silence is a parcel for nobody; the warning does not repeat the name."""
    order = make_order(lines=order.lines, ship_to=make_address(name="Łukasz 北京", city="Łódź"))
    (slip,) = slips_of(order, parcel_of(order, a=1))
    assert "?ukasz ??" in text(slip)
    assert "?ód?" in text(slip)
    (warning,) = slip.warnings
    assert "5 characters of the receiver's address" in warning
    assert "ukasz" not in warning


def test_font_of_the_user_writes_all_letters(order: Order, tmp_path: Path) -> None:
    """The first font for what it has, the next for the rest; the text can be searched."""
    latin, han = make_font(tmp_path, "latin", LATIN), make_font(tmp_path, "han", "北京")
    order = make_order(lines=order.lines, ship_to=make_address(name="Łukasz 北京"))
    (slip,) = slips_of(order, parcel_of(order, a=1), fonts=[latin, str(han)])
    assert "Łukasz北京" in "".join(lines(slip)).replace(" ", "")
    assert slip.warnings == ()


def test_fonts_of_the_system_are_found(order: Order, no_system_fonts: Path) -> None:
    """On most machines a Polish name needs no setting."""
    (no_system_fonts / "deep").mkdir()
    for name, characters in (("DejaVuSans", LATIN), ("NotoSansSC-Regular", "北京"), ("unifont", "北")):
        make_font(no_system_fonts / "deep", name, characters)
    (no_system_fonts / "arial.ttf").write_bytes(b"broken")
    fonts_room.system_fonts.cache_clear()
    order = make_order(lines=order.lines, ship_to=make_address(name="Łukasz 北京"))
    (slip,) = slips_of(order, parcel_of(order, a=1))
    assert "Łukasz北京" in "".join(lines(slip)).replace(" ", "")
    assert slip.warnings == ()


def test_accents_apart_are_put_together(order: Order) -> None:
    """Apple's keyboards write e and its accent as two characters."""
    order = make_order(lines=order.lines, ship_to=make_address(name="Jose\N{COMBINING ACUTE ACCENT}"))
    (slip,) = slips_of(order, parcel_of(order, a=1))
    assert "José" in text(slip)
    assert slip.warnings == ()


@pytest.mark.parametrize(
    "strange", ["a\x00b\n\tc", "half \ud83d emoji", "\N{ZERO WIDTH SPACE}", "**not bold** --nor this--"],
    ids=["controls", "half-a-pair", "invisible", "no-markup"],
)  # fmt: skip
def test_strange_text_does_no_harm(strange: str) -> None:
    """Titles come from anywhere."""
    order = make_order(lines=[make_order_line(id="a", title=strange, sku=strange)])
    (slip,) = slips_of(order, parcel_of(order, a=1), message=strange)
    assert "Packing slip" in text(slip)
    if "bold" in strange:
        assert strange in lines(slip)


@pytest.fixture
def arabic(order: Order, tmp_path: Path) -> tuple[Order, Path]:
    """An order for a name in Arabic, and a font that has its letters."""
    return (
        make_order(lines=order.lines, ship_to=make_address(name="محمد")),
        make_font(tmp_path, "arabic", LATIN + "محد"),
    )


def test_letters_from_right_to_left_are_said(arabic: tuple[Order, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the shaping library they stand apart and in the wrong order: better said than found out."""
    monkeypatch.setattr(fonts_room, "find_spec", lambda _name: None)
    (slip,) = slips_of(arabic[0], parcel_of(arabic[0], a=1), fonts=[arabic[1]])
    (warning,) = slip.warnings
    assert "right to left" in warning
    assert "receiver's address" in warning


def test_letters_from_right_to_left_are_joined_where_that_can_be_done(
    arabic: tuple[Order, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the shaping library there is nothing to warn of."""
    asked: list[bool] = []
    monkeypatch.setattr(fonts_room, "find_spec", lambda _name: object())
    monkeypatch.setattr(
        "fpdf.FPDF.set_text_shaping", lambda _self, *, use_shaping_engine: asked.append(use_shaping_engine)
    )
    (slip,) = slips_of(arabic[0], parcel_of(arabic[0], a=1), fonts=[arabic[1]])
    assert asked == [True]
    assert slip.warnings == ()


def test_font_that_cannot_be_embedded_is_refused(order: Order, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A font may be readable and of a kind that the PDF library does not take."""

    def refuse(*_: object, **__: object) -> None:
        raise NotImplementedError

    font = make_font(tmp_path, "odd", LATIN)
    monkeypatch.setattr("fpdf.FPDF.add_font", refuse)
    with pytest.raises(InvalidValueError, match=r"odd\.ttf"):
        slips_of(order, parcel_of(order, a=1), fonts=[font])


def test_font_that_cannot_be_read_is_refused(order: Order, tmp_path: Path) -> None:
    """A wrong path in the settings must not end in question marks."""
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    for name in ("broken.ttf", "absent.ttf"):
        with pytest.raises(InvalidValueError, match=name) as caught:
            slips_of(order, parcel_of(order, a=1), fonts=[tmp_path / name])
        assert caught.value.field == "fonts"


def test_parcel_without_items_is_refused(order: Order) -> None:
    """An empty slip says that the parcel is empty."""
    with pytest.raises(InvalidValueError, match=r"parcels\[1\] has no items") as caught:
        slips_of(order, parcel_of(order, a=1), make_parcel())
    assert caught.value.field == "parcels[1].items"


def test_numbers_must_be_as_many_as_parcels(order: Order) -> None:
    """Off by one, every slip has its neighbour's number."""
    with pytest.raises(InvalidValueError, match="1 parcels and 2 tracking numbers"):
        slips_of(order, parcel_of(order, a=1), tracking_numbers=["1", "2"])


def test_unknown_sheet_is_refused(order: Order) -> None:
    """Before anything is drawn."""
    with pytest.raises(InvalidValueError, match="sheet must be one of"):
        slips_of(order, parcel_of(order, a=1), sheet="A5")


def test_missing_extra_is_named(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who reads it knows what to install."""
    monkeypatch.setitem(sys.modules, "fpdf", None)
    with pytest.raises(ConfigurationError, match=r"cartcarrier\[labels\]"):
        slips_of(order, parcel_of(order, a=1))


def test_slip_is_a_document(order: Order) -> None:
    """It can be kept beside a shipment's other papers."""
    (slip,) = slips_of(order, parcel_of(order, a=1))
    assert isinstance(slip, Document)
    assert (slip.kind, slip.format) == ("packing_slip", "pdf")
    assert io.BytesIO(slip.data).read(5) == b"%PDF-"
    assert "Quilla" not in repr(slip)
