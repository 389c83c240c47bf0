"""Words as UPS's labels can carry them. Nothing is cut in silence: what does not fit is an error that names the field."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from cartcarrier.carriers.ups.codes import NEAR_LETTERS
from cartcarrier.errors import InvalidValueError

LINE: Final = 35
"""Characters in a name, an address line or a reference (field guide ups.md §4.2)."""
LINES: Final = 3

# Signs that word processors put in by themselves and that mean the same (field guide ups.md §11, pitfall 20).
_PLAIN: Final = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u2033": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
        "\u2026": "...", "\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\u00ad": "", "\u200b": "", "\ufeff": "",
    }
)  # fmt: skip
_SPACES: Final = re.compile(r"\s+")


def _is_printable(character: str) -> bool:
    return " " <= character <= "~" or "\xa1" <= character <= "\xff"


def plain(text: str, field: str, *, transliterate: bool = False) -> str:
    """Return a text in Latin-1, the letters of UPS's labels.

    Args:
        text: As it is.
        field: Its path, for the error.
        transliterate: Write other letters without what sets them apart, where that is possible.

    Raises:
        InvalidValueError: It has characters that cannot be written; UPS would refuse them (121000).
    """
    folded = unicodedata.normalize("NFC", text).translate(_PLAIN)
    folded = _SPACES.sub(" ", folded).strip()
    if all(map(_is_printable, folded)):
        return folded
    if transliterate:
        # letter by letter, so that those that Latin-1 has keep their accents
        folded = "".join(c if _is_printable(c) else _nearest(c) for c in folded)
        if all(map(_is_printable, folded)):
            return folded
    hint = "" if transliterate else ", or set UPSOptions.transliterate"
    msg = f"{field} has characters that UPS's labels cannot show; write it in Latin letters{hint}"
    raise InvalidValueError(msg, field=field)


def _nearest(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character.translate(NEAR_LETTERS))
    return "".join(part for part in parts if not unicodedata.combining(part))


def limited(text: str, limit: int, field: str, *, transliterate: bool = False) -> str:
    """Return a text in Latin-1 that is no longer than ``limit``.

    Raises:
        InvalidValueError: It is longer, or cannot be written.
    """
    made = plain(text, field, transliterate=transliterate)
    if len(made) > limit:
        msg = f"{field} has {len(made)} characters, UPS takes {limit}"
        raise InvalidValueError(msg, field=field)
    return made


def wrapped(text: str, width: int) -> list[str] | None:
    """Split a text between words into lines; ``None`` when a word is longer than a line."""
    lines: list[str] = []
    for word in text.split(" "):
        if len(word) > width:
            return None
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def address_lines(parts: Sequence[tuple[str, str | None]], *, transliterate: bool = False) -> list[str]:
    """Return an address's lines: at most 3 of 35 characters, long ones split between words.

    Args:
        parts: Path and text of each part, in order.
        transliterate: As ``plain``.

    Raises:
        InvalidValueError: They do not fit; the error names the part that is too long, or the last one.
    """
    lines: list[str] = []
    longest = parts[0][0]
    last = longest
    found_long = False
    for field, text in parts:
        if text is None or not text.strip():
            continue
        made = plain(text, field, transliterate=transliterate)
        split = wrapped(made, LINE)
        if split is None:
            msg = f"{field} has a word of more than {LINE} characters, which UPS does not take"
            raise InvalidValueError(msg, field=field)
        if len(split) > 1 and not found_long:
            longest, found_long = field, True
        last = field
        lines += split
    if len(lines) > LINES:
        field = longest if found_long else last
        msg = f"{field} does not fit: the address takes {len(lines)} lines, UPS takes {LINES} of {LINE} characters"
        raise InvalidValueError(msg, field=field)
    return lines
