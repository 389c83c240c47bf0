"""Labels in the languages of label printers, one after the other in one stream."""

import re
from typing import Final

from cartcarrier.errors import InvalidValueError

_BLANK: Final = re.compile(rb"[\x00-\x20]*")
# What may stand between labels: commands for the printer itself and downloads of pictures, up to the next command. The one that
# sets the command characters is let through when it sets the usual ones.
_SETTING: Final = re.compile(rb"~[A-Z]{2}[^~^]*")
_USUAL_CHARACTERS: Final = re.compile(rb"(?:CT~~CD,~CC\^~CT~)")
_BINARY_FIELD: Final = re.compile(rb"\^GF[BC],(\d+),\d+,\d+,")
_BINARY_DOWNLOAD: Final = re.compile(rb"~DY[^,~^]*,[BPC],[^,~^]*,(\d+),[^,~^]*,")
_CHANGED_CHARACTERS: Final = re.compile(rb"[\^~]C[CTD](?![\^~,])|\^CC~|~CC~|[\^~]CT\^|[\^~]CD[\^~]")


def zpl(data: bytes, name: str) -> bytes:
    """Return a label in ZPL, as it is, when it is whole: blocks from ``^XA`` to ``^XZ`` and settings between them.

    Args:
        data: Its bytes.
        name: What it is called in a message.

    Raises:
        InvalidValueError: It has no block, an open one, or text outside; or it changes the printer's command characters, after
            which the next label would not be understood.
    """
    blocks, place = 0, _BLANK.match(data).end()  # type: ignore[union-attr]  # the pattern matches the empty text too
    while place < len(data):
        if data.startswith(b"^XA", place):
            place = _end_of_block(data, place, name)
            blocks += 1
        elif found := _BINARY_DOWNLOAD.match(data, place):
            place = found.end() + int(found[1])
        elif found := _USUAL_CHARACTERS.match(data, place) or _SETTING.match(data, place):
            _refuse_other_characters(data[place : found.end()], name)
            place = found.end()
        else:
            msg = f"{name} has something outside of ^XA and ^XZ that is no command: it is no whole ZPL; get it again"
            raise InvalidValueError(msg, field=name)
        place = _BLANK.match(data, place).end()  # type: ignore[union-attr]  # as above
    if not blocks:
        raise InvalidValueError(f"{name} has no ^XA: it is no ZPL; see that its format is named right", field=name)
    return data.strip(b"\x00\t\n\r ") + b"\n"


def _end_of_block(data: bytes, start: int, name: str) -> int:
    place = start + 3
    while True:
        carets = [at for at in (data.find(b"^", place), data.find(b"~", place)) if at >= 0]
        if not carets:
            raise InvalidValueError(f"{name} has a ^XA without ^XZ: it is cut off; get it again", field=name)
        place = min(carets)
        if data.startswith(b"^XZ", place):
            return place + 3
        if data.startswith(b"^XA", place):
            raise InvalidValueError(f"{name} has a ^XA within another: it is no whole ZPL; get it again", field=name)
        found = _BINARY_FIELD.match(data, place) or _BINARY_DOWNLOAD.match(data, place)
        if found is not None:
            place = found.end() + int(found[1])  # any byte may stand there, those of commands too
            continue
        _refuse_other_characters(data[place : place + 4], name)
        place += 1


def _refuse_other_characters(command: bytes, name: str) -> None:
    if not _USUAL_CHARACTERS.match(command) and _CHANGED_CHARACTERS.match(command):
        msg = f"{name} changes the printer's command characters: the label after it would not be understood; print it alone"
        raise InvalidValueError(msg, field=name)


_EPL_CLEAR: Final = re.compile(rb"(?m)^N\r?$")
_EPL_PRINT: Final = re.compile(rb"(?m)^PA?\d{1,5}(?:,\d{1,5})?\r?$")


def epl(data: bytes, name: str) -> bytes:
    """Return a label in EPL2, ended by a line end, when it is whole: it clears the buffer (``N``) and prints (``P1``).

    Args:
        data: Its bytes.
        name: What it is called in a message.

    Raises:
        InvalidValueError: It does not clear, does not print, or has something unprinted at its end.
    """
    clear = _EPL_CLEAR.search(data)
    prints = [found.end() for found in _EPL_PRINT.finditer(data)]
    if clear is None or not prints or prints[-1] < clear.end():
        msg = f"{name} has no line N with a line P1 after it: it is no whole EPL; get it again, and see its format"
        raise InvalidValueError(msg, field=name)
    if data[prints[-1] :].strip(b"\x00\t\n\r ."):
        msg = f"{name} has something after its last P that would run into the next label: it is no whole EPL; get it again"
        raise InvalidValueError(msg, field=name)
    start = b"" if data.startswith((b"\n", b"\r\n")) else b"\n"  # ends whatever the label before it left
    return start + data[: prints[-1]] + b"\n"
