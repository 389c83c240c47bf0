"""Letters for names from everywhere, without a font of our own: whose licence and size would go with every installation.

A PDF's built-in Helvetica has the letters of Western Europe (Latin-1). For all others a font of the user's or of the system is
embedded. A character that none has is printed as a question mark, counted, and said in a warning: never left out unsaid.
"""

import io
import os
import struct
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cartcarrier.errors import InvalidValueError
from cartcarrier.labels._extra import use

if TYPE_CHECKING:
    from fpdf import FPDF

# Where systems keep their fonts, and which of them have many scripts; the first that has a character draws it.
FOLDERS: Final = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path("/System/Library/Fonts"),
    Path("/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
NAMES: Final = (
    "DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "arial.ttf", "Arial Unicode.ttf",
    "NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.ttf", "NotoSansJP-Regular.ttf", "NotoSansKR-Regular.ttf",
    "DroidSansFallbackFull.ttf", "wqy-zenhei.ttc", "wqy-microhei.ttc", "msyh.ttc", "malgun.ttf", "YuGothR.ttc",
    "NotoSansArabic-Regular.ttf", "NotoSansHebrew-Regular.ttf", "NotoSansThai-Regular.ttf",
    "NotoSansDevanagari-Regular.ttf", "FreeSans.ttf", "unifont.ttf",
)  # fmt: skip
_INVISIBLE: Final = frozenset({"Cf", "Mn"})
_JOINING: Final = frozenset({"R", "AL"})


_BROKEN: Final = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    NotImplementedError,
    AssertionError,
    struct.error,
)


def _characters(font: Path) -> Mapping[int, object] | None:
    """Return what a font has letters for, the first of a collection; ``None`` when it cannot be read."""
    library = use("fontTools.ttLib", "a packing slip")
    try:
        # from memory: the library leaves a file that it cannot read open
        with library.TTFont(io.BytesIO(font.read_bytes()), fontNumber=0, lazy=True) as opened:
            return dict(opened.getBestCmap() or {})
    except (library.TTLibError, *_BROKEN):
        return None


@cache
def system_fonts(folders: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the fonts of the system that are worth trying, in the order of trying."""
    found: dict[str, Path] = {}
    for folder in folders:
        for where, _, files in sorted(os.walk(folder)):
            for name in files:
                if name in NAMES:
                    found.setdefault(name, Path(where) / name)
    return tuple(found[name] for name in NAMES if name in found)


class Letters:
    """The fonts of one paper, and what they could not write.

    Args:
        paper: Which paper.
        texts: Everything that will be written on it.
        fonts: The user's fonts, tried before those of the system.

    Raises:
        InvalidValueError: One of the user's fonts cannot be read.
    """

    def __init__(self, paper: "FPDF", texts: Sequence[str], fonts: Sequence[Path]) -> None:
        self._paper = paper
        self._missing: Counter[str] = Counter()
        self._unjoined: set[str] = set()
        self._has: list[Callable[[str], bool]] = []
        self._names: list[str] = []
        self._tried = 0
        wanted = {character for text in texts for character in clean(text)}
        for font in fonts:
            if not self._add(font, wanted, always=True):
                msg = f"the font {font.name} cannot be read: give a TrueType or OpenType font"
                raise InvalidValueError(msg, field="fonts")
        if not fonts and all(_is_latin(character) for character in wanted):
            self._has = [_is_latin]
        else:
            for font in system_fonts(FOLDERS):
                if self._lacking(wanted):
                    self._add(font, wanted, always=False)
        self._joins = find_spec("uharfbuzz") is not None

    def _lacking(self, wanted: set[str]) -> set[str]:
        return {character for character in wanted if not any(has(character) for has in self._has)}

    def _add(self, font: Path, wanted: set[str], *, always: bool) -> bool:
        """Take a font in, if it helps; return whether it can be read."""
        cmap = _characters(font)
        if cmap is None:
            return False
        # the first font writes what is common to all papers, so it must know the plain letters
        useful = any(ord(character) in cmap for character in self._lacking(wanted))
        if always or (useful and (self._names or ord("A") in cmap)):
            name = f"letters{len(self._names)}"
            try:
                self._paper.add_font(name, fname=font)
            except (use("fpdf.errors", "a packing slip").FPDFException, *_BROKEN):
                return False
            self._names.append(name)
            self._has.append(lambda character: ord(character) in cmap)
        return True

    def begin(self) -> None:
        """Make the fonts those of the paper."""
        if not self._names:
            self._paper.set_font("Helvetica")
            if not self._has:
                self._has = [_is_latin]
            return
        self._paper.set_font(self._names[0])
        self._paper.set_fallback_fonts(self._names[1:], exact_match=False)
        if self._joins:
            self._paper.set_text_shaping(use_shaping_engine=True)

    def write(self, text: str, what: str) -> str:
        """Return a text as it can be printed.

        Args:
            text: Any text.
            what: What it is, for the warning.
        """
        printed = []
        for character in clean(text):
            if any(has(character) for has in self._has):
                printed.append(character)
                if not self._joins and unicodedata.bidirectional(character) in _JOINING:
                    self._unjoined.add(what)
            elif unicodedata.category(character) not in _INVISIBLE:
                printed.append("?")
                self._missing[what] += 1
        return "".join(printed)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader of the paper will miss; without the text, which may be personal."""
        lost = [
            f"{number} character{'s' if number > 1 else ''} of the {what} {'are' if number > 1 else 'is'} in no font here and "
            f"printed as '?': give fonts= a file that has {'them' if number > 1 else 'it'}"
            for what, number in sorted(self._missing.items())
        ]
        bent = [
            f"the {what} has letters that are written from right to left: install uharfbuzz to have them joined and in order"
            for what in sorted(self._unjoined)
        ]
        return (*lost, *bent)


def clean(text: str) -> str:
    """Return a text in one line, with composed letters, and without what is no text."""
    characters = (
        " " if c.isspace() or unicodedata.category(c) == "Cc" else c for c in unicodedata.normalize("NFC", text)
    )
    return " ".join(
        "".join("\N{REPLACEMENT CHARACTER}" if "\ud800" <= c <= "\udfff" else c for c in characters).split()
    )


def _is_latin(character: str) -> bool:
    return " " <= character <= "~" or "\N{INVERTED EXCLAMATION MARK}" <= character <= "ÿ"
