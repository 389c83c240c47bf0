"""Streams for label printers: every label whole, nothing changed, nothing between."""

import pytest

from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.labels import merge
from cartcarrier.models import Label, LabelFormat
from tests.unit.labels.makers import pdf_label, png_label

ONE = b"^XA^FO10,10^FDone^FS^XZ"
EPL_ONE = b'N\nq812\nA10,10,0,1,1,1,N,"one"\nP1\n'


def zpl(*labels: bytes) -> bytes:
    return merge([Label(format=LabelFormat.ZPL, data=data) for data in labels], to=LabelFormat.ZPL)


def epl(*labels: bytes) -> bytes:
    return merge([Label(format=LabelFormat.EPL, data=data) for data in labels], to=LabelFormat.EPL)


def test_labels_become_one_stream_in_order() -> None:
    """The printer takes them one after the other."""
    assert zpl(ONE, b"\r\n^XA^FDtwo^FS^XZ\x00", ONE) == ONE + b"\n^XA^FDtwo^FS^XZ\n" + ONE + b"\n"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"^XA^MMT^XZ\n^XA^FDx^FS^XZ", id="settings-first"),
        pytest.param(b"CT~~CD,~CC^~CT~\n^XA^FDx^FS^XZ", id="usual-characters"),
        pytest.param(b"^XA^CC^^CD,^CT~^FDx^FS^XZ", id="usual-characters-inside"),
        pytest.param(b"~DGR:LOGO.GRF,4,1,\nFFFF0000\n^XA^XGR:LOGO.GRF^FS^XZ", id="picture-first"),
        pytest.param(b"^XA~SD15^FDx^FS^XZ", id="darkness"),
        pytest.param(b"^XA^GFB,9,9,1,\x00^XZ^XA~\xff^FS^XZ", id="binary-that-looks-like-commands"),
        pytest.param(b"~DYR:LOGO,P,P,5,0,\x89^XA\x01^XA^FDx^FS^XZ", id="binary-download"),
        pytest.param("^XA^CI28^FDŁódź 北京^FS^XZ".encode(), id="utf-8"),
        pytest.param(b"^XA^FH^FD_5EXA^FS^XZ", id="escaped-caret"),
    ],
)
def test_whole_label_is_left_as_it_is(data: bytes) -> None:
    """A changed byte is a wrong barcode."""
    assert zpl(data, data) == (data + b"\n") * 2


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b"", "no \\^XA", id="empty"),
        pytest.param(b"  \n", "no \\^XA", id="blank"),
        pytest.param(b"~SD15", "no \\^XA", id="settings-only"),
        pytest.param(b"^XA^FDx^FS", "cut off", id="cut"),
        pytest.param(b"^XA^FDx^FS^XA^FDy^FS^XZ", "within another", id="open"),
        pytest.param(b"^XA^GFB,90,90,1,\x00^XZ", "cut off", id="cut-in-binary"),
        pytest.param(ONE + b"^FDy^FS", "no command", id="text-behind"),
        pytest.param(b"%PDF-1.7 ^XA^XZ", "no command", id="pdf"),
        pytest.param(b"<html>", "no command", id="html"),
        pytest.param(b"^XA^CC+^FDx^FS^XZ", "command characters", id="caret-changed"),
        pytest.param(b"^XA~CT^^FDx^FS^XZ", "command characters", id="tilde-changed"),
        pytest.param(b"^XA^CD;^FDx^FS^XZ", "command characters", id="comma-changed"),
        pytest.param(b"~CC+" + ONE, "command characters", id="caret-changed-outside"),
    ],
)
def test_broken_zpl_is_named_by_its_index(data: bytes, why: str) -> None:
    """An open block swallows the next label, and its parcel leaves without one."""
    with pytest.raises(InvalidValueError, match=why) as caught:
        zpl(ONE, data)
    assert caught.value.field == "labels[1]"
    assert "labels[1]" in str(caught.value)


@pytest.mark.parametrize("other", [pdf_label(), png_label(), Label(format=LabelFormat.EPL, data=EPL_ONE)])
def test_other_formats_do_not_go_into_zpl(other: Label) -> None:
    """The printer would print the PDF's bytes as text, by the meter."""
    with pytest.raises(UnsupportedOperationError, match=r"LabelFormat.ZPL") as caught:
        merge([Label(format=LabelFormat.ZPL, data=ONE), other], to=LabelFormat.ZPL)
    assert caught.value.field == "labels[1].format"


def test_zpl_needs_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """A warehouse with label printers only need not install what draws pages."""
    import sys

    for module in ("pypdf", "PIL", "PIL.Image", "fpdf"):
        monkeypatch.setitem(sys.modules, module, None)
    assert zpl(ONE) == ONE + b"\n"


def test_epl_labels_become_one_stream() -> None:
    """Each begins on a line of its own: EPL is read line by line."""
    assert epl(EPL_ONE, b"\n" + EPL_ONE, EPL_ONE.rstrip()) == (b"\n" + EPL_ONE) * 3


def test_epl_with_the_line_ends_of_windows_keeps_them() -> None:
    """As the carrier made it."""
    data = EPL_ONE.replace(b"\n", b"\r\n")
    assert epl(data, data) == (b"\n" + data) * 2


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(b"", "no line N", id="empty"),
        pytest.param(b'A10,10,0,1,1,1,N,"x"\nP1\n', "no line N", id="buffer-not-cleared"),
        pytest.param(b'N\nA10,10,0,1,1,1,N,"P1"\n', "no line N", id="not-printed"),
        pytest.param(b"P1\nN\nq812\n", "no line N", id="printed-before"),
        pytest.param(EPL_ONE + b'A10,10,0,1,1,1,N,"x"\n', "after its last P", id="left-over"),
        pytest.param(ONE, "no line N", id="zpl"),
    ],
)
def test_broken_epl_is_named_by_its_index(data: bytes, why: str) -> None:
    """What is not printed stays in the buffer, and comes out on the next label."""
    with pytest.raises(InvalidValueError, match=why) as caught:
        epl(EPL_ONE, data)
    assert caught.value.field == "labels[1]"
