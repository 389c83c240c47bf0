"""Words as FedEx takes them. Nothing is cut in silence: what does not fit is an error that names the field."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from cartcarrier.errors import InvalidValueError

LINE: Final = 35
LINES: Final = 3
"""FedEx ignores further lines in silence (field guide fedex.md §4.2)."""

_SPACES: Final = re.compile(r"\s+")


def plain(text: str) -> str:
    """Return a text on one line, composed, without control characters."""
    folded = unicodedata.normalize("NFC", _SPACES.sub(" ", text))
    return "".join(c for c in folded if unicodedata.category(c)[0] != "C").strip()


def said(text: str | None) -> str | None:
    """Return a text of FedEx's without spaces around it; ``None`` for one that says nothing."""
    return (text or "").strip() or None


def limited(text: str, limit: int, field: str) -> str:
    """Return a text that is no longer than ``limit``.

    Raises:
        InvalidValueError: It is longer.
    """
    made = plain(text)
    if len(made) > limit:
        raise InvalidValueError(f"{field} has {len(made)} characters, FedEx takes {limit}", field=field)
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


def address_lines(parts: Sequence[tuple[str, str | None]]) -> list[str]:
    """Return an address's lines: at most 3 of 35 characters, long ones split between words.

    Args:
        parts: Path and text of each part, in order.

    Raises:
        InvalidValueError: They do not fit; the error names the part that is too long, or the last one.
    """
    lines: list[str] = []
    longest: str | None = None
    last = parts[0][0]
    for field, text in parts:
        made = plain(text or "")
        if not made:
            continue
        split = wrapped(made, LINE)
        if split is None:
            msg = f"{field} has a word of more than {LINE} characters, which FedEx does not take"
            raise InvalidValueError(msg, field=field)
        if len(split) > 1:
            longest = longest or field
        last = field
        lines += split
    if len(lines) > LINES:
        field = longest or last
        msg = f"{field} does not fit: the address takes {len(lines)} lines, FedEx takes {LINES} of {LINE} characters"
        raise InvalidValueError(msg, field=field)
    return lines
