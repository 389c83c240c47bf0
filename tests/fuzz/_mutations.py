"""Answers made wrong in one or more places: mostly in their values, so that they are still read; some in their bytes or status."""

import json
import random
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

import attrs

Json: TypeAlias = Any
Place = tuple[Json, Any]  # a container, and the key or index in it

STRINGS: Final = (
    "",
    " ",
    "0",
    "-1",
    "NaN",
    "1e999",
    "null",
    "ZZZ",
    "é" * 40,
    "x" * 9000,
    "\u202e\x00\x07",
    "2026-13-45T99:99:99Z",
    "0000-00-00",
    "9999-12-31T23:59:59.999999999Z",
    "USD",
    "🦆",
)
NUMBERS: Final = (0, -1, 1, 10**30, -(10**18), 0.1, 1e308, 2**53 + 1, True)
STATUSES: Final = (201, 202, 204, 207, 301, 400, 401, 403, 404, 409, 410, 418, 422, 429, 500, 502, 503, 599)


@attrs.frozen(kw_only=True)
class Answered:
    """What a platform said.

    Attributes:
        status: HTTP status.
        headers: With the content type.
        body: The bytes.
    """

    status: int
    headers: dict[str, str]
    body: bytes


def mutate(answer: Answered, draw: random.Random) -> Answered:
    """Return the answer with something wrong: nine in ten times in a JSON value, otherwise in bytes or status."""
    kind = draw.random()
    if kind < 0.06:
        return attrs.evolve(answer, body=_broken_bytes(answer.body, draw))
    if kind < 0.1:
        return attrs.evolve(answer, status=draw.choice(STATUSES))
    try:
        value = json.loads(answer.body)
    except ValueError:
        return attrs.evolve(answer, body=_broken_bytes(answer.body, draw))
    holder = [value]
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        places = list(_places(holder))
        if not places:
            break
        leaves = [place for place in places if not isinstance(place[0][place[1]], dict | list)]
        container, key = draw.choice(leaves if leaves and draw.random() < 0.75 else places)
        draw.choice(DEEDS)(container, key, draw)
    body = json.dumps(holder[0] if holder else None).encode("utf-8", "surrogatepass")
    return attrs.evolve(answer, body=body)


def _places(value: Json) -> Iterator[Place]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield value, key
            yield from _places(part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield value, index
            yield from _places(part)


def _drop(container: Json, key: Any, draw: random.Random) -> None:
    del container[key]
    if not container and draw.random() < 0.2:
        container.extend([None]) if isinstance(container, list) else container.update(x=None)


def _nothing(container: Json, key: Any, _draw: random.Random) -> None:
    container[key] = None


def _odd_value(container: Json, key: Any, draw: random.Random) -> None:
    container[key] = draw.choice(NUMBERS if isinstance(container[key], int | float) else STRINGS)


def _other_kind(container: Json, key: Any, draw: random.Random) -> None:
    container[key] = draw.choice(({}, [], "text", 7, 1.5, False, [None], {"": 0}, [[]]))


def _altered_text(container: Json, key: Any, draw: random.Random) -> None:
    text = str(container[key])[:200]
    at = draw.randrange(len(text) + 1)
    container[key] = draw.choice(
        (text[:at] + draw.choice("0Zé-") + text[at + 1 :], text[::-1], text.swapcase(), text * 2)
    )


def _as_text(container: Json, key: Any, _draw: random.Random) -> None:
    if not isinstance(container[key], str):
        container[key] = json.dumps(container[key])[:400]
    else:
        container[key] = container[key].strip()


def _repeated(container: Json, key: Any, draw: random.Random) -> None:
    value = container[key]
    if isinstance(value, list):
        container[key] = draw.choice((value * 2, value[::-1], value[:1], []))
    elif isinstance(container, list):
        container.append(value)
    else:
        container[f"{key}Copy"] = value


DEEDS: Final[tuple[Callable[[Json, Any, random.Random], None], ...]] = (
    _drop,
    _nothing,
    _odd_value,
    _odd_value,
    _altered_text,
    _altered_text,
    _altered_text,
    _other_kind,
    _as_text,
    _repeated,
)


def _broken_bytes(body: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(body) + 1)
    return draw.choice(
        (
            b"",
            body[:at],
            body[:at] + bytes([draw.randrange(256)]) + body[at + 1 :],
            b"<html><body>Service Unavailable</body></html>",
            b"\xff\xfe" + body,
            body + body,
            body.replace(b'"', b"'"),
            b"[" * 2000,
        )
    )
