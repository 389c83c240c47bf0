"""Code 128 barcodes: which bars stand for a text."""

from itertools import pairwise
from typing import Final

from cartcarrier.errors import InvalidValueError

# Widths of bar, space, bar, space, bar, space for the values 0 to 105, and of the stop pattern (ISO/IEC 15417).
_PATTERNS: Final = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 "
    "123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 "
    "232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 "
    "313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 "
    "111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 "
    "111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 "
    "114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112"
)
_WIDTHS: Final = tuple(_PATTERNS.split())
_START_B: Final = 104
_START_C: Final = 105
_TO_B: Final = 100
_TO_C: Final = 99
_STOP: Final = 106


def code128(text: str) -> str:
    """Return the modules of a barcode: ``1`` for a dark one, ``0`` for a light one, without the quiet zones.

    Args:
        text: Printable ASCII; runs of digits are packed two to a symbol.

    Raises:
        InvalidValueError: A character cannot be said in Code 128 set B.
    """
    values = _values(text)
    checksum = (values[0] + sum(position * value for position, value in enumerate(values[1:], start=1))) % 103
    modules = []
    for value in (*values, checksum, _STOP):
        for index, width in enumerate(_WIDTHS[value]):
            modules.append(("0" if index % 2 else "1") * int(width))
    return "".join(modules)


def runs(modules: str) -> list[tuple[int, int]]:
    """Return the dark bars of a barcode: where each starts, and how wide it is, in modules."""
    edges = [0, *(index for index in range(1, len(modules)) if modules[index] != modules[index - 1]), len(modules)]
    return [(start, end - start) for start, end in pairwise(edges) if modules[start] == "1"]


def _values(text: str) -> list[int]:
    if not text or any(not 32 <= ord(character) <= 126 for character in text):
        raise InvalidValueError("a Code 128 barcode holds printable ASCII only", field="text")
    values: list[int] = []
    in_c = False
    position = 0
    while position < len(text):
        digits = 0
        while position + digits < len(text) and text[position + digits].isdigit():
            digits += 1
        if digits >= 4:
            if not in_c:
                if digits % 2:
                    values += [] if values else [_START_B]
                    values.append(ord(text[position]) - 32)
                    position += 1
                    digits -= 1
                values.append(_TO_C if values else _START_C)
                in_c = True
            even = digits - digits % 2
            values += [int(text[index : index + 2]) for index in range(position, position + even, 2)]
            position += even
            continue
        if in_c:
            values.append(_TO_B)
            in_c = False
        elif not values:
            values.append(_START_B)
        values.append(ord(text[position]) - 32)
        position += 1
    return values
