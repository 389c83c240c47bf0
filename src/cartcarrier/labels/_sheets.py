"""Sheets of paper, the places on them, and how a label comes to lie in its place. Lengths are points: 1/72 inch."""

from decimal import Decimal
from enum import StrEnum
from typing import Final

import attrs
from typing_extensions import override

from cartcarrier.errors import InvalidValueError, UnsupportedOperationError

INCH: Final = 72.0  # pypdf counts in floats; no weight, money or parcel's side is reckoned here
_MM: Final = INCH / 25.4
_TOLERANCE: Final = (
    0.02 * INCH
)  # carriers' pages are off by a dot or two; half a millimeter is within every label's margin
_SAME: Final = 0.01


class Sheet(StrEnum):
    """What is printed on: ``LABEL`` is the roll of 4 by 6 inches."""

    LABEL = "4x6"
    A4 = "A4"
    LETTER = "Letter"


@attrs.frozen
class Size:
    """Width and height in points."""

    width: float
    height: float

    @property
    def turned(self) -> "Size":
        """The same, on its side."""
        return Size(self.height, self.width)

    def goes_into(self, place: "Size") -> bool:
        """Return whether it fits without turning, give or take a dot."""
        return self.width <= place.width + _TOLERANCE and self.height <= place.height + _TOLERANCE

    def is_same(self, other: "Size") -> bool:
        """Return whether the two are one size."""
        return abs(self.width - other.width) < _SAME and abs(self.height - other.height) < _SAME

    @override
    def __str__(self) -> str:
        return f"{self.width / INCH:.3g} x {self.height / INCH:.3g} in"


SIZES: Final = {
    Sheet.LABEL: Size(4 * INCH, 6 * INCH),
    Sheet.A4: Size(round(210 * _MM, 4), round(297 * _MM, 4)),
    Sheet.LETTER: Size(8.5 * INCH, 11 * INCH),
}


def to_sheet(sheet: Sheet | str) -> Sheet:
    """Return a sheet by its name.

    Raises:
        InvalidValueError: There is none of that name.
    """
    try:
        return Sheet(sheet)
    except ValueError:
        msg = f"sheet must be one of {', '.join(Sheet)}"
        raise InvalidValueError(msg, field="sheet") from None


@attrs.frozen
class Place:
    """Where on a sheet a label goes: its lower left corner, and its size."""

    left: float
    bottom: float
    size: Size


def places(sheet: Sheet, number: int | None) -> tuple[Place, ...]:
    """Return the places of a sheet, from the upper left to the lower right.

    Args:
        sheet: Which sheet.
        number: How many: 1, or on A4 and Letter also 2 (one above the other) and 4; ``None`` for 1 on a label, else 2.

    Raises:
        InvalidValueError: A sheet is not divided like that.
    """
    whole = SIZES[sheet]
    if number is None:
        number = 1 if sheet is Sheet.LABEL else 2
    columns, rows = {1: (1, 1), 2: (1, 2), 4: (2, 2)}.get(number, (0, 0))
    if not columns or (sheet is Sheet.LABEL and number != 1):
        msg = "per_sheet must be 1, or on A4 and Letter 2 or 4"
        raise InvalidValueError(msg, field="per_sheet")
    size = Size(whole.width / columns, whole.height / rows)
    return tuple(
        Place(column * size.width, (rows - 1 - row) * size.height, size)
        for row in range(rows)
        for column in range(columns)
    )


@attrs.frozen
class Lie:
    """How a label lies in its place.

    Attributes:
        turned: It is turned by a quarter: to the right when it was wider than high, otherwise to the left.
        scale: 1 for its real size.
        size: Of the label as it lies there.
    """

    turned: bool
    scale: float
    size: Size


def lie(label: Size, place: Size, least_scale: Decimal) -> Lie | None:
    """Return how a label comes to lie in a place, upright if it can; ``None`` when it does not fit."""
    for turned in (False, True):
        size = label.turned if turned else label
        if size.goes_into(place):
            return Lie(turned, 1.0, size)
    if least_scale == 1:
        return None
    # the way of lying that needs the least shrinking
    scales = [
        (min(place.width / size.width, place.height / size.height), turned, size)
        for turned, size in ((False, label), (True, label.turned))
    ]
    scale, turned, size = max(scales, key=lambda way: way[0])
    if scale < float(least_scale):
        return None
    return Lie(turned, scale, Size(size.width * scale, size.height * scale))


def too_large(name: str, label: Size, place: Size, number: int) -> UnsupportedOperationError:
    """Say that a label does not go into its place at its real size."""
    scale = max(
        min(place.width / size.width, place.height / size.height) for size in (label, label.turned)
    )  # fmt: skip
    fewer = "fewer per_sheet, " if number > 1 else ""
    msg = (
        f"{name} is {label} and does not go into {place} at its real size: give {fewer}a larger sheet, sheet=None for pages "
        f"of their own size, or allow shrinking with least_scale=Decimal('{int(scale * 1000) / 1000:g}')"
    )
    return UnsupportedOperationError(msg, field="sheet")
