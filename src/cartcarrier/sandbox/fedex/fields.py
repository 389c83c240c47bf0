"""Reading FedEx's requests: JSON with numbers that are numbers and booleans that are booleans, unlike UPS's."""

from decimal import Decimal
from typing import Any

from cartcarrier.sandbox.fedex.errors import FedExError, invalid_input

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
        FedExError: Something else than an object stands there.
    """
    found = find(node, path)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise invalid_input(path)
    return found


def text(node: object, path: str) -> str:
    """Return the string at a path, stripped; empty when it is missing.

    Raises:
        FedExError: Something else than a string stands there.
    """
    found = find(node, path)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise invalid_input(path)
    return found.strip()


def required(node: object, path: str, code: str, message: str = "") -> str:
    """Return the string at a path.

    Raises:
        FedExError: The code, when it is missing or blank.
    """
    found = text(node, path)
    if not found:
        raise FedExError(code, message or f"{path} is required.")
    return found


def choice(node: object, path: str, choices: frozenset[str], code: str) -> str:
    """Return the string at a path, one of a closed list.

    Raises:
        FedExError: The code, when it is missing; 422 when it is none of the list, as for every enumeration.
    """
    found = required(node, path, code)
    if found not in choices:
        raise invalid_input(path)
    return found


def flag(node: object, path: str) -> bool:
    """Return the boolean at a path, ``False`` when it is missing.

    Raises:
        FedExError: Something else stands there.
    """
    found = find(node, path)
    if found is None:
        return False
    if not isinstance(found, bool):
        raise invalid_input(path)
    return found


def number(node: object, path: str) -> Decimal | None:
    """Return the number at a path, ``None`` when it is missing.

    Raises:
        FedExError: Something else than a number stands there.
    """
    found = find(node, path)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | Decimal):
        raise invalid_input(path)
    return Decimal(found)


def objects(node: object, path: str) -> list[Node]:
    """Return the elements of the list at a path, all of them objects; none when it is missing.

    Raises:
        FedExError: It is no list, or one is something else.
    """
    found = find(node, path)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise invalid_input(path)
    return found


def strings(node: object, path: str) -> list[str]:
    """Return the elements of the list at a path, all of them strings; none when it is missing.

    Raises:
        FedExError: It is no list, or one is something else.
    """
    found = find(node, path)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise invalid_input(path)
    return found


def at_most(node: object, path: str, length: int, code: str) -> str:
    """Return the string at a path, no longer than so many characters.

    Raises:
        FedExError: The code, when it is longer.
    """
    found = text(node, path)
    if len(found) > length:
        raise FedExError(code, f"{path} exceeds the maximum of {length} characters.")
    return found
