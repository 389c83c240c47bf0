"""The tables in PostgreSQL, made from the one SQL schema, and their versions. Imported when such a ledger is opened.

``schema.sql`` is the schema of both back-ends. It is written in SQLite's words; what PostgreSQL calls by other names is
replaced here. Texts are compared byte by byte (``COLLATE "C"``), as SQLite does it: times are texts that sort.
"""

import re
from collections.abc import Mapping
from importlib import resources
from typing import TYPE_CHECKING, Final

from cartcarrier.errors import LedgerError

if TYPE_CHECKING:
    from cartcarrier.ledger._postgres_session import Session

VERSION: Final = 2
"""The version of ``schema.sql``."""

MIGRATIONS: Final[Mapping[int, str]] = {}
"""What leads to each version from the one before, in SQLite's words. There never was a PostgreSQL ledger of version 1."""

OLDEST: Final = VERSION - len(MIGRATIONS)

_APPLICATION: Final = "cartcarrier ledger"
_WORDS: Final = (
    (r"\bINTEGER PRIMARY KEY( AUTOINCREMENT)?", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
    (r"\bINTEGER\b", "BIGINT"),
    (r"\bTEXT\b", 'TEXT COLLATE "C"'),
    (r"\bBLOB\b", "BYTEA"),
    (r"\bREAL\b", "DOUBLE PRECISION"),
    (r"\)\s*WITHOUT ROWID\b", ")"),
)


def to_postgres(sql: str) -> str:
    """Return the same statements in PostgreSQL's words."""
    code = re.sub(r"--[^\n]*", "", sql)
    for pattern, word in _WORDS:
        code = re.sub(pattern, word, code)
    return code


def tables() -> str:
    """Return the statements that make all tables: the schema of both back-ends, and what PostgreSQL needs beside it."""
    folder = resources.files("cartcarrier.ledger")
    shared = folder.joinpath("schema.sql").read_text(encoding="utf-8")
    return to_postgres(shared) + folder.joinpath("postgres.sql").read_text(encoding="utf-8")


async def prepare(session: "Session", schema: str, name: str) -> None:
    """Make the tables in an empty schema, or bring older ones up to date; workers that start together do it once.

    The caller has opened a transaction and commits it.

    Args:
        session: A connection whose search path is the schema.
        schema: Its name.
        name: What to call the ledger in errors.

    Raises:
        LedgerError: A newer version made them, or they belong to another program.
    """
    if await _version(session, schema, name) == VERSION:
        return  # without the lock, and without the right to make tables
    await session.value("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"cartcarrier.ledger/{schema}")
    version = await _version(session, schema, name)  # another worker may have done it meanwhile
    if version is None:
        if await session.value("SELECT count(*) FROM pg_tables WHERE schemaname = $1", schema):
            msg = f"{name}: that schema holds the tables of another program; give the ledger a schema of its own"
            raise LedgerError(msg)
        if not await session.value("SELECT count(*) FROM pg_namespace WHERE nspname = $1", schema):
            await session.script(f'CREATE SCHEMA "{schema}"')
        await session.script(tables())
        await session.run("INSERT INTO meta (key, value) VALUES ('application', $1)", _APPLICATION)
        await session.run("INSERT INTO meta (key, value) VALUES ('schema_version', $1)", str(VERSION))
        return
    if version > VERSION:
        msg = (
            f"{name} has schema version {version}, this cartcarrier knows up to {VERSION}: "
            "it was written by a newer one; update cartcarrier"
        )
        raise LedgerError(msg)
    if version < OLDEST:
        msg = f"{name} has schema version {version}, which no cartcarrier has written; it is damaged"
        raise LedgerError(msg)
    for step in range(version + 1, VERSION + 1):
        await session.script(to_postgres(MIGRATIONS[step]))
    await session.run("UPDATE meta SET value = $1 WHERE key = 'schema_version'", str(VERSION))


async def _version(session: "Session", schema: str, name: str) -> int | None:
    """Return which version is there; ``None`` where there is no ledger."""
    # From the catalog, which is read afresh: a name is looked up in what this connection remembers of the search path.
    columns = [
        column
        for (column,) in await session.rows(
            "SELECT attname::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
            " JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = $1 AND relname = 'meta' AND attnum > 0",
            schema,
        )
    ]
    if not columns:
        return None
    kept: dict[str, str] = {}
    if {"key", "value"} <= set(columns):
        kept.update(await session.rows(f'SELECT key::text, value::text FROM "{schema}".meta'))  # noqa: S608 - a checked name
    if kept.get("application") != _APPLICATION:
        msg = f"{name}: that schema holds the tables of another program; give the ledger a schema of its own"
        raise LedgerError(msg)
    version = str(kept.get("schema_version", ""))
    if not version.isdecimal():
        msg = f"{name} does not say its schema version; it is damaged"
        raise LedgerError(msg)
    return int(version)
