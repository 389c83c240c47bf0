"""Listens to everything that leaves the library beside its results: logs, errors, warnings, texts of objects, files."""

import logging
import pickle
import sqlite3
import traceback
import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import attrs
from typing_extensions import override

import cartcarrier as cc
from cartcarrier.testing._leaks import spoken
from tests.canaries.planted import Canaries

LOUD: Final = ("httpx", "httpcore", "httpcore.connection", "httpcore.http11", "asyncio", "cartcarrier", "anyio")


@attrs.frozen
class Said:
    """One thing that was said.

    Attributes:
        where: By whom.
        text: All of it.
    """

    where: str
    text: str = attrs.field(repr=False)


class Ear(logging.Handler):
    """Keeps all that is logged, as it would be written and as it was given."""

    def __init__(self, watch: "Watch") -> None:
        super().__init__(level=0)
        self._watch = watch
        self._format = logging.Formatter("%(name)s %(levelname)s %(message)s")

    @override
    def emit(self, record: logging.LogRecord) -> None:
        parts = [self._format.format(record), str(record.msg), repr(record.args), repr(vars(record))]
        if record.exc_info and record.exc_info[1] is not None:
            parts.append(spoken(record.exc_info[1]))
        self._watch.say(f"log {record.name}", "\n".join(parts))


class Watch:
    """Everything that was said while it was open.

    Args:
        canaries: What is looked for afterwards.

    Attributes:
        said: All of it.
        errors: How many errors were heard, by name.
        strangers: Errors that are none of the library's.
    """

    def __init__(self, canaries: Canaries) -> None:
        self.canaries = canaries
        self.said: list[Said] = []
        self.errors: dict[str, int] = {}
        self.strangers: list[str] = []
        self._ear = Ear(self)
        self._levels: dict[str, tuple[int, bool]] = {}
        self._warned = warnings.catch_warnings(record=True)
        self._warnings: list[warnings.WarningMessage] | None = None

    def __enter__(self) -> Self:
        for name in {*LOUD, *logging.root.manager.loggerDict}:
            logger = logging.getLogger(name)
            self._levels[name] = (logger.level, logger.disabled)
            logger.setLevel(logging.DEBUG)
            logger.disabled = False
        self._levels[""] = (logging.root.level, False)
        logging.root.setLevel(logging.DEBUG)
        logging.root.addHandler(self._ear)
        self._warnings = self._warned.__enter__()
        warnings.simplefilter("always")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for warning in self._warnings or ():
            self.say("warning", f"{warning.message!r} {warning.message} {warning.line}")
        self._warned.__exit__(kind, error, trace)
        logging.root.removeHandler(self._ear)
        for name, (level, disabled) in self._levels.items():
            logger = logging.getLogger(name)
            logger.setLevel(level)
            logger.disabled = disabled

    def say(self, where: str, text: str) -> None:
        """Keep something that was said."""
        self.said.append(Said(where, text))

    def look(self, thing: object, where: str) -> None:
        """Keep the text forms of an object, without the platform's own words where it is known to show them."""
        text = f"{thing!r}\n{thing}"
        for words in _words_of(thing):
            text = text.replace(repr(words), "...")
        self.say(f"repr {where}", text)

    def hear(self, error: BaseException, where: str) -> None:
        """Keep all that an error says: itself, its causes, its notes, its traceback without locals, its pickle."""
        name = type(error).__name__
        self.errors[name] = self.errors.get(name, 0) + 1
        if not isinstance(error, cc.CartCarrierError):
            self.strangers.append(f"{where}: {name}")
        lines = "".join(traceback.format_exception(error))
        self.say(f"{name} of {where}", f"{spoken(error)}\n{error.args!r}\n{lines}")
        if isinstance(error, cc.CartCarrierError):
            self.say(f"pickled {name} of {where}", pickle.dumps(error).decode("latin-1"))
        for inner in error.exceptions if isinstance(error, BaseExceptionGroup) else ():
            self.hear(inner, where)

    async def attempt(self, where: str, call: Callable[[], Awaitable[object]]) -> object:
        """Do something, and keep the error that it ends in, or the text of its result."""
        try:
            result = await call()
        except Exception as error:  # noqa: BLE001 - whatever leaves the library is listened to
            self.hear(error, where)
            return None
        self.look(result, where)
        return result

    def leaks(self) -> list[str]:
        """Return what was said and should not have been, each once."""
        found: dict[str, None] = {}
        if not self.canaries.found_in("\n".join(one.text for one in self.said)):
            return []
        for one in self.said:
            for canary in self.canaries.found_in(one.text):
                found[f"{one.where}: {canary}"] = None
        return list(found)


FREE_TEXT: Final = {
    "Rate": "warnings",
    "Shipment": "warnings",
    "AddressValidation": "messages",
    "VoidResult": "message",
    "CancellationResult": "message",
    "ProviderOrder": "message",
    "InventoryResult": "message",
}
"""What a platform says in its own words; ``repr`` shows none of it but that about stock: see ``test_models.py``."""
SHOWN_TEXT: Final = {"InventoryResult": "message"}


def _words_of(thing: object) -> Iterator[object]:
    kind: Any = type(thing)
    if attrs.has(kind):
        name = SHOWN_TEXT.get(kind.__name__)
        if name is not None and getattr(thing, name, None):
            yield getattr(thing, name)
        for field in attrs.fields(kind):
            yield from _words_of(getattr(thing, field.name))
    elif isinstance(thing, list | tuple):
        for part in thing:
            yield from _words_of(part)
    elif isinstance(thing, Mapping):
        yield from _words_of(list(thing.values()))


def tables(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the name of each of a ledger's tables, and all that is in it as one text."""
    with closing(sqlite3.connect(path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            cells = [
                cell.decode("latin-1") if isinstance(cell, bytes) else str(cell)
                for row in connection.execute(f"SELECT * FROM {name}")  # noqa: S608 - a name out of the schema
                for cell in row
            ]
            yield name, "\n".join(cells)
