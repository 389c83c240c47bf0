"""Where simulators keep their state: JSON documents by kind and id, in memory or written through to SQLite."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from typing_extensions import override

Document = dict[str, Any]


class Store(Protocol):
    """State as JSON documents. What ``put`` has written is there before the call returns.

    Documents go in and come out as copies: changing one changes nothing until it is put back.
    """

    def put(self, kind: str, key: str, document: Document) -> None:
        """Write a document; one that exists keeps its place in the order."""
        ...

    def get(self, kind: str, key: str) -> Document | None:
        """Return a document, or ``None``."""
        ...

    def delete(self, kind: str, key: str) -> None:
        """Forget a document; one that is not there is no error."""
        ...

    def all(self, kind: str) -> list[Document]:
        """Return every document of a kind, oldest first."""
        ...

    def count(self, kind: str) -> int:
        """Return how many documents of a kind there are."""
        ...

    def clear(self, prefix: str = "") -> None:
        """Forget every document whose kind starts like that."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """Write all or nothing: an exception undoes the writes inside. Nested ones join the outer. Never await inside."""
        ...

    def close(self) -> None:
        """Let go of the file, if there is one."""
        ...


class MemoryStore:
    """A store that ends with the process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._kinds: dict[str, dict[str, bytes]] = {}
        self._before: dict[str, dict[str, bytes]] = {}
        self._depth = 0

    def put(self, kind: str, key: str, document: Document) -> None:
        """Write a document; one that exists keeps its place in the order."""
        data = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
        with self._lock:
            self._remember(kind)
            self._write(kind, key, data)
            self._kinds.setdefault(kind, {})[key] = data

    def get(self, kind: str, key: str) -> Document | None:
        """Return a document, or ``None``."""
        with self._lock:
            data = self._kinds.get(kind, {}).get(key)
        return None if data is None else json.loads(data)

    def delete(self, kind: str, key: str) -> None:
        """Forget a document; one that is not there is no error."""
        with self._lock:
            self._remember(kind)
            self._write(kind, key, None)
            self._kinds.get(kind, {}).pop(key, None)

    def all(self, kind: str) -> list[Document]:
        """Return every document of a kind, oldest first."""
        with self._lock:
            rows = list(self._kinds.get(kind, {}).values())
        return [json.loads(row) for row in rows]

    def count(self, kind: str) -> int:
        """Return how many documents of a kind there are."""
        with self._lock:
            return len(self._kinds.get(kind, {}))

    def clear(self, prefix: str = "") -> None:
        """Forget every document whose kind starts like that."""
        with self.transaction():
            for kind in [kind for kind in self._kinds if kind.startswith(prefix)]:
                for key in list(self._kinds[kind]):
                    self.delete(kind, key)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all or nothing: an exception undoes the writes inside. Nested ones join the outer. Never await inside."""
        with self._lock:
            self._depth += 1
            try:
                yield
            except BaseException:
                if self._depth == 1:
                    self._kinds.update(self._before)
                    self._roll_back()
                raise
            else:
                if self._depth == 1:
                    self._commit()
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._before = {}

    def close(self) -> None:
        """Do nothing: there is no file."""

    def _remember(self, kind: str) -> None:
        if self._depth and kind not in self._before:
            self._before[kind] = dict(self._kinds.get(kind, {}))

    def _write(self, kind: str, key: str, data: bytes | None) -> None:
        """Write through; ``None`` deletes. Here: nothing."""

    def _commit(self) -> None:
        """Make an outermost transaction's writes last. Here: nothing."""

    def _roll_back(self) -> None:
        """Undo an outermost transaction's writes. Here: nothing."""


class SQLiteStore(MemoryStore):
    """A store that survives the process: read into memory once, every write committed before the call returns.

    Commits reach the operating system, so a killed process loses nothing; they are not flushed to the disk one by one,
    since a simulator need not survive a power cut.

    Args:
        path: The database file; made when missing.
    """

    def __init__(self, path: Path | str) -> None:
        super().__init__()
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS documents"
            " (position INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, document BLOB NOT NULL,"
            " UNIQUE (kind, key))"
        )
        for kind, key, document in self._connection.execute(
            "SELECT kind, key, document FROM documents ORDER BY position"
        ):
            self._kinds.setdefault(kind, {})[key] = document

    @override
    def close(self) -> None:
        self._connection.close()

    @override
    def _write(self, kind: str, key: str, data: bytes | None) -> None:
        if self._depth and not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")
        if data is None:
            self._connection.execute("DELETE FROM documents WHERE kind = ? AND key = ?", (kind, key))
            return
        self._connection.execute(
            "INSERT INTO documents (kind, key, document) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET document = excluded.document",
            (kind, key, data),
        )

    @override
    def _commit(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")

    @override
    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


class ScopedStore:
    """A simulator's own part of a shared store: every kind gets the simulator's name in front.

    Args:
        store: The shared store.
        scope: The simulator's name.
    """

    def __init__(self, store: Store, scope: str) -> None:
        self._store = store
        self._prefix = f"{scope}."

    def put(self, kind: str, key: str, document: Document) -> None:
        """Write a document; one that exists keeps its place in the order."""
        self._store.put(self._prefix + kind, key, document)

    def get(self, kind: str, key: str) -> Document | None:
        """Return a document, or ``None``."""
        return self._store.get(self._prefix + kind, key)

    def delete(self, kind: str, key: str) -> None:
        """Forget a document; one that is not there is no error."""
        self._store.delete(self._prefix + kind, key)

    def all(self, kind: str) -> list[Document]:
        """Return every document of a kind, oldest first."""
        return self._store.all(self._prefix + kind)

    def count(self, kind: str) -> int:
        """Return how many documents of a kind there are."""
        return self._store.count(self._prefix + kind)

    def clear(self, prefix: str = "") -> None:
        """Forget every document of this simulator whose kind starts like that."""
        self._store.clear(self._prefix + prefix)

    def transaction(self) -> AbstractContextManager[None]:
        """Write all or nothing; see ``Store.transaction``."""
        return self._store.transaction()

    def close(self) -> None:
        """Let go of the shared store's file."""
        self._store.close()
