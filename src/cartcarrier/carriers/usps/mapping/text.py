"""Words as USPS's labels can carry them. Nothing is cut in silence: what does not fit is an error that names the field."""

import html
import re
import unicodedata
from typing import Final

from cartcarrier.errors import InvalidValueError

# Field guide usps.md §4.1, §4.7.
NAME: Final = 50
STREET: Final = 50
CITY: Final = 28
REFERENCE: Final = 30
DESCRIPTION: Final = 30
COMMENTS: Final = 25

# Signs that word processors put in by themselves and that mean the same.
_PLAIN: Final = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u2033": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
        "\u2026": "...", "\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\u00ad": "", "\u200b": "", "\ufeff": "",
    }
)  # fmt: skip
_SPACES: Final = re.compile(r"\s+")
_TAGS: Final = re.compile(r"<[^<>]*>")
_LAST_LATIN: Final = "\u024f"


def plain(text: str, field: str) -> str:
    """Return a text in Latin letters, with single spaces.

    Raises:
        InvalidValueError: It has other letters: a carrier in the US could not read the label.
    """
    folded = _SPACES.sub(" ", unicodedata.normalize("NFC", text).translate(_PLAIN)).strip()
    if all(" " <= letter <= _LAST_LATIN and not "\x7f" <= letter <= "\xa0" for letter in folded):
        return folded
    raise InvalidValueError(
        f"{field} has letters that USPS's labels cannot show; write it in Latin letters", field=field
    )


def limited(text: str, limit: int, field: str) -> str:
    """Return a text that is no longer than ``limit``.

    Raises:
        InvalidValueError: It is longer, or cannot be written.
    """
    made = plain(text, field)
    if len(made) > limit:
        raise InvalidValueError(f"{field} has {len(made)} characters, USPS takes {limit}", field=field)
    return made


def clean(text: str | None) -> str | None:
    """Return USPS's words without the HTML that is in them (field guide usps.md §11, pitfall 18)."""
    if not text:
        return None
    made = _SPACES.sub(" ", html.unescape(_TAGS.sub("", html.unescape(text)))).strip()
    return made or None
