"""Secrets and personal data: what they are in a test, and whether they were said aloud."""

import logging
from collections.abc import Iterable, Iterator
from typing import Final

import attrs

from cartcarrier.drivers import Driver
from cartcarrier.testing._factories import EMAIL, NAME, PHONE, STREET

_SECRET_WORDS: Final = ("secret", "token", "password", "key", "credential")
_SHORTEST: Final = 6  # shorter values turn up by chance


def personal_data() -> tuple[str, ...]:
    """Return what the factories put into addresses: found anywhere it should not be, it has leaked."""
    return (NAME, STREET, PHONE, EMAIL)


def secrets_of(driver: Driver) -> Iterator[str]:
    """Yield the values of the driver's config that are secret: by name, or because their author hid them."""
    for field in attrs.fields(type(driver.config)):
        if field.repr is not False and not any(word in field.name for word in _SECRET_WORDS):
            continue
        value = getattr(driver.config, field.name)
        for text in value if isinstance(value, tuple | list | frozenset) else (value,):
            if isinstance(text, str) and len(text) >= _SHORTEST:
                yield text


def spoken(error: BaseException) -> str:
    """Return all that an error says when it is printed or logged: itself, its notes and facts, and what it came from."""
    said: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        said += [f"{type(current).__name__}: {current}", repr(current), *getattr(current, "__notes__", ())]
        said += [repr(value) for name, value in vars(current).items() if name != "__notes__"]
        if current.__cause__ is not None or current.__suppress_context__:
            current = current.__cause__
        else:
            current = current.__context__
    return "\n".join(said)


def logged(records: Iterable[logging.LogRecord]) -> str:
    """Return all that was logged: messages, arguments, tracebacks."""
    said: list[str] = []
    for record in records:
        said += [record.getMessage(), repr(record.args), record.exc_text or ""]
        if record.exc_info and record.exc_info[1] is not None:
            said.append(spoken(record.exc_info[1]))
    return "\n".join(said)


def check_no_leak(text: str, canaries: Iterable[str], where: str) -> None:
    """Fail when one of the canaries is in the text. The failure does not repeat it.

    Args:
        text: What was said.
        canaries: What must not be in it.
        where: What said it, for the failure.
    """
    for number, canary in enumerate(canaries, start=1):
        if canary in text:
            kind = "personal data" if canary in personal_data() else f"a secret (the {number}th, {len(canary)} letters)"
            raise AssertionError(f"{where} shows {kind}")
