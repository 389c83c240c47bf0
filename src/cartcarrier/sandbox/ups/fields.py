"""Reading requests as UPS does: members by path, one element or a list alike, indicators by their mere presence."""

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from cartcarrier.sandbox.ups.errors import ILLEGAL_CHARACTERS, INVALID, MISSING, UPSError

Node = dict[str, Any]


def find(node: object, path: str) -> Any:  # noqa: ANN401 - any JSON value may stand there
    """Return what stands at a dotted path, or ``None`` when a part of it is missing."""
    for part in path.split("."):
        if not isinstance(node, dict) or part not in node:
            return None
        node = node[part]
    return node


def child(node: object, path: str) -> Node:
    """Return the object at a path, empty when it is missing.

    Raises:
        UPSError: Something else than an object stands there.
    """
    found = find(node, path)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise UPSError(MISSING, f"{path} must be a JSON object.")
    return found


def text(node: object, path: str) -> str:
    """Return the string at a path, empty when it is missing. UPS's scalars are all strings, numbers included.

    Raises:
        UPSError: Something else than a string stands there.
    """
    found = find(node, path)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise UPSError(MISSING, f"{path} must be a JSON string.")
    return found.strip()


def required(node: object, path: str, code: str = MISSING, message: str = "") -> str:
    """Return the string at a path.

    Raises:
        UPSError: It is missing, blank or no string.
    """
    found = text(node, path)
    if not found:
        raise UPSError(code, message or f"Missing or invalid {path}.")
    return found


def items(node: object, path: str) -> list[Any]:
    """Return the elements at a path: none when it is missing, one when a bare value stands in place of a list."""
    found = find(node, path)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def objects(node: object, path: str) -> list[Node]:
    """Return the elements at a path, all of them objects.

    Raises:
        UPSError: One is something else.
    """
    found = items(node, path)
    if not all(isinstance(item, dict) for item in found):
        raise UPSError(MISSING, f"{path} must hold JSON objects.")
    return found


def is_on(node: object, path: str) -> bool:
    """Say whether an indicator is set: its key is there, with whatever value (guide §0-4).

    A JSON boolean is the exception: UPS drops it in silence, ``true`` as well as ``false`` (guide §11-1).
    """
    parent_path, _, name = path.rpartition(".")
    parent = find(node, parent_path) if parent_path else node
    return isinstance(parent, dict) and name in parent and not isinstance(parent[name], bool)


def number(node: object, path: str, code: str = INVALID) -> Decimal:
    """Return the number in the string at a path.

    Raises:
        UPSError: It is missing, no number, or negative.
    """
    written = required(node, path, code)
    try:
        value = Decimal(written)
    except InvalidOperation:
        raise UPSError(code, f"{path} is not a number.") from None
    if not value.is_finite() or value < 0:
        raise UPSError(code, f"{path} is not a positive number.")
    return value


def check_characters(node: object) -> None:
    """Refuse what is not Latin-1: emoji, typographic quotes, other scripts (guide §11-20).

    Raises:
        UPSError: 121000, naming the member.
    """
    for path, value in _strings(node, ""):
        if any(ord(character) > 0xFF or (ord(character) < 0x20 and character not in "\r\n\t") for character in value):
            raise UPSError(ILLEGAL_CHARACTERS, f"The request contains an invalid character in {path.lstrip('.')}.")


def is_blank(node: object) -> bool:
    """Say whether a value holds nothing but empty containers and empty strings."""
    if isinstance(node, dict):
        return all(is_blank(value) for value in node.values())
    if isinstance(node, list):
        return all(is_blank(value) for value in node)
    return node is None or node == ""


def _strings(node: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _strings(value, f"{path}.{name}")
    elif isinstance(node, list):
        for value in node:
            yield from _strings(value, path)
    elif isinstance(node, str):
        yield path, node
