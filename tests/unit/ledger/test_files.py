"""Files that are damaged, foreign, older or newer."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from cartcarrier.errors import LedgerError
from cartcarrier.ledger import SQLiteLedger, _schema
from tests.unit.ledger.builders import REF, buy


def run(path: Path, *statements: str) -> list[object]:
    """Run SQL on a file, as another program would; return the first row of the last."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        rows: list[object] = []
        for statement in statements:
            rows = list(connection.execute(statement).fetchone() or ())
        return rows
    finally:
        connection.close()


async def make(path: Path) -> None:
    """Make a ledger with one shipment in it."""
    async with SQLiteLedger(path) as ledger:
        await buy(ledger)


async def refuse(path: Path, words: str) -> None:
    """Demand that opening fails, saying so, and that trying again says it again."""
    ledger = SQLiteLedger(path)
    for _ in range(2):
        with pytest.raises(LedgerError, match=words):
            await ledger.open()
    await ledger.aclose()


async def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A path that was mistyped must not be overwritten."""
    path = tmp_path / "notes.txt"
    path.write_text("Buy milk. " * 500)
    await refuse(path, "file is not a database")
    assert path.read_text() == "Buy milk. " * 500


async def test_damaged_table_is_a_ledger_error(tmp_path: Path) -> None:
    """A ledger that cannot be read must stop the shipping, not forget what was bought."""
    path = tmp_path / "shop.db"
    await make(path)
    root = run(path, "SELECT rootpage FROM sqlite_master WHERE name = 'shipments'")[0]
    size = run(path, "PRAGMA page_size")[0]
    assert isinstance(root, int)
    assert isinstance(size, int)
    data = bytearray(path.read_bytes())
    data[(root - 1) * size : root * size] = b"\xaa" * size
    path.write_bytes(data)
    async with SQLiteLedger(path) as ledger:
        with pytest.raises(LedgerError, match="could not be read: database disk image is malformed"):
            await ledger.get_shipment(REF, "1")


@pytest.mark.parametrize("value", ["{", '{"channel": 1}'], ids=["no JSON", "no order"])
async def test_row_that_cannot_be_read_is_a_ledger_error(tmp_path: Path, value: str) -> None:
    """Somebody edited the file by hand; the caller hears it in our own words."""
    path = tmp_path / "shop.db"
    await make(path)
    run(path, f"UPDATE personal_data SET value = CAST('{value}' AS BLOB) WHERE kind = 'request'")  # noqa: S608 - our own words
    async with SQLiteLedger(path) as ledger:
        with pytest.raises(LedgerError, match="cannot be read"):
            await ledger.get_shipment(REF, "1")


async def test_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    """An old worker beside new ones would write rows that they misread."""
    path = tmp_path / "shop.db"
    await make(path)
    run(path, "UPDATE meta SET value = '99' WHERE key = 'schema_version'")
    await refuse(path, "schema version 99.*update cartcarrier")
    assert run(path, "SELECT value FROM meta WHERE key = 'schema_version'") == ["99"]


async def test_file_without_a_version_is_refused(tmp_path: Path) -> None:
    """What the file holds cannot be guessed."""
    path = tmp_path / "shop.db"
    await make(path)
    run(path, "DELETE FROM meta")
    await refuse(path, "does not say its schema version")


async def test_older_schema_is_brought_up_to_date_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An update of the library must take the records along."""
    path = tmp_path / "shop.db"
    await make(path)
    first = "CREATE TABLE a (x TEXT);\nINSERT INTO a VALUES ('one; two');\n"
    more = [first, "ALTER TABLE a ADD COLUMN y TEXT;"]
    monkeypatch.setattr(_schema, "MIGRATIONS", [*_schema.MIGRATIONS, *more])
    async with SQLiteLedger(path) as ledger:
        assert await ledger.get_shipment(REF, "1") is not None
    assert run(path, "SELECT x, y FROM a") == ["one; two", None]
    assert run(path, "SELECT value FROM meta WHERE key = 'schema_version'") == ["4"]
    async with SQLiteLedger(path):
        pass  # a second opening does not run them again: the table exists


async def test_migration_that_fails_leaves_the_old_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a migration is a file that no version can read."""
    path = tmp_path / "shop.db"
    await make(path)
    more = ["CREATE TABLE a (x TEXT);", "ALTER TABLE nowhere ADD COLUMN y TEXT;"]
    monkeypatch.setattr(_schema, "MIGRATIONS", [*_schema.MIGRATIONS, *more])
    await refuse(path, "could not be opened: no such table: nowhere")
    assert run(path, "SELECT value FROM meta WHERE key = 'schema_version'") == ["2"]
    assert run(path, "SELECT count(*) FROM sqlite_master WHERE name = 'a'") == [0]


async def test_database_of_another_program_is_refused_and_left_alone(tmp_path: Path) -> None:
    """The shop's own database is the likeliest wrong path."""
    path = tmp_path / "shop.db"
    run(path, "CREATE TABLE orders (id INTEGER)")
    await refuse(path, "database of another program")
    assert run(path, "SELECT count(*) FROM sqlite_master") == [1]


async def test_file_in_a_missing_folder_is_a_ledger_error(tmp_path: Path) -> None:
    """A wrong path is told at the start, not at the first purchase."""
    await refuse(tmp_path / "nowhere" / "shop.db", "could not be opened: No such file or directory")


async def test_file_that_another_process_is_making_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite does not wait when the log cannot be switched on: workers that start together would fail by chance."""
    path = tmp_path / "shop.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    pauses: list[float] = []

    class Pause:
        def wait(self, seconds: float) -> None:
            pauses.append(seconds)
            other.execute("ROLLBACK")

    monkeypatch.setattr(_schema, "Event", Pause)
    async with SQLiteLedger(path):
        assert len(pauses) == 1
    other.close()


async def test_file_that_another_process_does_not_let_go_is_a_ledger_error(tmp_path: Path) -> None:
    """Waiting has an end."""
    path = tmp_path / "shop.db"
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerError, match="could not be opened: database is locked"):
        await SQLiteLedger(path, patience=timedelta(milliseconds=50)).open()
    other.close()
