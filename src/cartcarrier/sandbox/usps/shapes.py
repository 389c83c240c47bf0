"""What the gateway lets through: it holds every request against the published description (field guide usps.md §0.11).

A shape is a function that takes a value and a pointer to it, and raises ``ShapeError`` when the value does not fit. Objects are
closed: a member that they do not list is refused, and so are ``null``, empty text, and a word in the wrong case.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from cartcarrier.sandbox.usps.answers import Node
from cartcarrier.sandbox.usps.errors import ShapeError

Shape = Callable[[object, str], None]

EMAIL: Final = r"[a-zA-Z0-9_+&*-]+(?:\.[a-zA-Z0-9_+&*-]+)*@(?:[a-zA-Z0-9-]+\.)+[a-zA-Z]{2,}"
PHONE: Final = r"\+?[1-9][0-9]{7,14}|[0-9]{6,15}"


def read_json(body: bytes) -> Any:  # noqa: ANN401 - any JSON value
    """Read a body; numbers are exact.

    Raises:
        ShapeError: It is not JSON.
    """
    if not body.strip():
        raise ShapeError("A request body is required but none found.", "")
    try:
        return json.loads(body, parse_float=Decimal)
    except ValueError:
        raise ShapeError("Unable to parse JSON", "") from None


def text(*, least: int = 1, most: int | None = None, pattern: str | None = None) -> Shape:
    """Return the shape of text, with limits to its length, and a pattern for the whole of it."""
    compiled = re.compile(pattern) if pattern is not None else None

    def check(value: object, pointer: str) -> None:
        if not isinstance(value, str):
            raise _wrong_type(value, "string", pointer)
        if len(value) < least:
            raise ShapeError(f"String is too short (length: {len(value)}, required minimum: {least})", pointer)
        if most is not None and len(value) > most:
            raise ShapeError(f"String is too long (length: {len(value)}, maximum allowed: {most})", pointer)
        if compiled is not None and compiled.fullmatch(value) is None:
            raise ShapeError(f'ECMA 262 regex "{pattern}" does not match input string', pointer)

    return check


def choice(words: str) -> Shape:
    """Return the shape of one of some words, given with blanks between them."""
    known = frozenset(words.split())

    def check(value: object, pointer: str) -> None:
        if not isinstance(value, str):
            raise _wrong_type(value, "string", pointer)
        if value not in known:
            raise ShapeError(f"Instance value ({json.dumps(value)}) not found in enum", pointer)

    return check


def number(*, least: str | None = None, most: str | None = None, above: str | None = None) -> Shape:
    """Return the shape of a number within limits."""
    low, high, floor = (Decimal(limit) if limit is not None else None for limit in (least, most, above))

    def check(value: object, pointer: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise _wrong_type(value, "number", pointer)
        if low is not None and value < low:
            raise ShapeError(f"Numeric instance is lower than the required minimum (minimum: {low})", pointer)
        if floor is not None and value <= floor:
            raise ShapeError(f"Numeric instance is not strictly greater than the required minimum {floor}", pointer)
        if high is not None and value > high:
            raise ShapeError(f"Numeric instance is greater than the required maximum (maximum: {high})", pointer)

    return check


def whole(*, least: int | None = None, most: int | None = None, of: frozenset[int] | None = None) -> Shape:
    """Return the shape of a whole number within limits, or one of some."""

    def check(value: object, pointer: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise _wrong_type(value, "integer", pointer)
        if of is not None and value not in of:
            raise ShapeError(f"Instance value ({value}) not found in enum", pointer)
        if (least is not None and value < least) or (most is not None and value > most):
            raise ShapeError("Numeric instance is out of its range", pointer)

    return check


def flag(value: object, pointer: str) -> None:
    """Check a truth value."""
    if not isinstance(value, bool):
        raise _wrong_type(value, "boolean", pointer)


def day(value: object, pointer: str) -> None:
    """Check a date."""
    if not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\d", value) is None or not _parses(date, value):
        raise ShapeError("String is invalid against requested date format(s) yyyy-MM-dd", pointer)


def moment(value: object, pointer: str) -> None:
    """Check a date, or a date and time."""
    if not isinstance(value, str) or not (_parses(date, value) or _parses(datetime, value)):
        raise ShapeError("Instance failed to match exactly one schema (matched 0 out of 2)", pointer)


def many(item: Shape, *, least: int = 0, most: int | None = None) -> Shape:
    """Return the shape of a list."""

    def check(value: object, pointer: str) -> None:
        if not isinstance(value, list):
            raise _wrong_type(value, "array", pointer)
        if len(value) < least:
            raise ShapeError(f"Array is too short: must have at least {least} elements", pointer)
        if most is not None and len(value) > most:
            raise ShapeError(f"Array is too long: must have at most {most} elements", pointer)
        for index, element in enumerate(value):
            item(element, f"{pointer}/{index}")

    return check


def group(members: Mapping[str, Shape]) -> Shape:
    """Return the shape of an object; members whose names end in ``*`` must be there, none may be that is not named."""
    known = {name.rstrip("*"): shape for name, shape in members.items()}
    required = [name.rstrip("*") for name in members if name.endswith("*")]

    def check(value: object, pointer: str) -> None:
        if not isinstance(value, dict):
            raise _wrong_type(value, "object", pointer)
        if missing := sorted(name for name in required if name not in value):
            raise ShapeError(f"Object has missing required properties ({json.dumps(missing)})", pointer)
        if strange := sorted(name for name in value if name not in known):
            raise ShapeError(
                f"Object instance has properties which are not allowed by the schema: {json.dumps(strange)}", pointer
            )
        for name, member in value.items():
            known[name](member, f"{pointer}/{name}")

    return check


def one_of(*shapes: Shape) -> Shape:
    """Return the shape of a value that fits exactly one of several."""

    def check(value: object, pointer: str) -> None:
        fitting = 0
        first: ShapeError | None = None
        for shape in shapes:
            try:
                shape(value, pointer)
            except ShapeError as error:
                first = first or error
            else:
                fitting += 1
        if fitting != 1:
            reason = f"Instance failed to match exactly one schema (matched {fitting} out of {len(shapes)})"
            raise ShapeError(reason if first is None else f"{reason}: {first.reason}", pointer)

    return check


def check_query(query: Mapping[str, str], members: Mapping[str, Shape], path: str) -> Node:
    """Check the parameters of a query, and return them; numbers are checked as text here.

    Raises:
        ShapeError: One is missing, strange or wrong.
    """
    known = {name.rstrip("*"): shape for name, shape in members.items()}
    for name in members:
        if name.endswith("*") and name.rstrip("*") not in query:
            raise ShapeError(f"Query parameter '{name.rstrip('*')}' is required on path '{path}' but not found", "")
    for name, value in query.items():
        if name not in known:
            raise ShapeError(f"Query parameter '{name}' is unexpected on path \"{path}\".", "")
        known[name](value, f"/{name}")
    return dict(query)


def _parses(kind: type[date], value: str) -> bool:
    try:
        kind.fromisoformat(value)
    except ValueError:
        return False
    return True


def _wrong_type(value: object, wanted: str, pointer: str) -> ShapeError:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", type(None): "null"}
    found = names.get(type(value), "number")
    return ShapeError(
        f'Instance type ({found}) does not match any allowed primitive type (allowed: ["{wanted}"])', pointer
    )
