"""The SQLite ledger against what every ledger must do, and what is its own."""

import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cartcarrier.errors import ConfigurationError
from cartcarrier.ledger import Ledger, PostgresLedger, SharedStores, SQLiteLedger, open_ledger
from cartcarrier.testing import make_order
from cartcarrier.testing._factories import NOW
from tests.unit.ledger.builders import REF, buy, make_labelled_shipment
from tests.unit.ledger.conformance.moves import read
from tests.unit.ledger.conformance.suite import LedgerConformance


class TestSQLiteFile(LedgerConformance):
    """In a file, as users have it."""

    @pytest.fixture
    async def ledger(self, tmp_path: Path) -> AsyncIterator[Ledger]:
        """Return an empty ledger in a file."""
        async with SQLiteLedger(tmp_path / "shop.db") as ledger:
            yield ledger


class TestSQLiteMemory(LedgerConformance):
    """In memory, as examples and tests have it."""

    @pytest.fixture
    async def ledger(self) -> AsyncIterator[Ledger]:
        """Return an empty ledger in memory."""
        async with SQLiteLedger("sqlite://") as ledger:
            yield ledger


async def test_what_was_written_is_there_after_closing(tmp_path: Path) -> None:
    """The record outlives the process that made it."""
    async with SQLiteLedger(tmp_path / "shop.db") as ledger:
        await ledger.record_orders([make_order()], now=NOW)
        await buy(ledger)
    async with SQLiteLedger(tmp_path / "shop.db") as ledger:
        assert (await read(ledger)).steps[0].result == make_labelled_shipment()
        row = await ledger.get_order(REF)
    assert row is not None
    assert row.order == make_order()


async def test_closed_ledger_can_be_opened_again(tmp_path: Path) -> None:
    """A test or a worker may use one object over several lives."""
    ledger = SQLiteLedger(tmp_path / "shop.db")
    for expected in (None, "a"):
        await ledger.open()
        assert await ledger.load_cursor("c") == expected
        await ledger.save_cursor("c", "a")
        await ledger.aclose()


def modes_in(folder: Path) -> list[int]:
    """Return the permissions of each file."""
    return [stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()]


async def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    """It holds addresses and tokens."""
    async with SQLiteLedger(tmp_path / "shop.db") as ledger:
        await ledger.save_cursor("a", "b")
        modes = modes_in(tmp_path)
    assert modes == [0o600, 0o600, 0o600]  # the file, its log, the log's index


def test_importing_loads_no_database() -> None:
    """An application that never opens a ledger does not pay for one."""
    script = "import sys, cartcarrier.ledger; sys.exit('sqlite3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_making_a_ledger_does_no_io(tmp_path: Path) -> None:
    """A constructor can be called anywhere, also where there is no disk."""
    SQLiteLedger(tmp_path / "nowhere" / "shop.db")
    assert list(tmp_path.iterdir()) == []


def test_ledger_offers_stores_for_tokens_and_limits() -> None:
    """The facade binds them to the drivers where a ledger has them."""
    assert isinstance(SQLiteLedger("sqlite://"), SharedStores)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///shop.db", "shop.db"),
        ("sqlite:////var/lib/shop.db", "/var/lib/shop.db"),
        ("sqlite:///C:/data/shop.db", "C:/data/shop.db"),
    ],
)
def test_url_names_a_file(url: str, path: str) -> None:
    """Three slashes are relative to the working directory, four absolute, as people know it from elsewhere."""
    assert repr(open_ledger(url)) == f"<SQLiteLedger {path}, closed>"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///"])
def test_url_without_a_file_is_memory(url: str) -> None:
    """Trying things out leaves no file behind."""
    assert repr(open_ledger(url)) == "<SQLiteLedger in memory, closed>"


@pytest.mark.parametrize(
    "url",
    ["", "shop.db", "mysql://u:hunter2@h/db", "sqlite://host/shop.db", "sqlite:///shop.db?mode=ro", "sqlite:/shop.db"],
)
def test_other_url_is_refused_by_field(url: str) -> None:
    """A mistyped address must not become a fresh ledger that has forgotten every purchase; a password is not repeated."""
    with pytest.raises(ConfigurationError) as caught:
        open_ledger(url)
    assert caught.value.field == "ledger"
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_postgresql_url_names_the_other_back_end(scheme: str) -> None:
    """Several machines share one; the address is all that an application changes."""
    ledger = open_ledger(f"{scheme}://user:hunter2@host/db")
    assert isinstance(ledger, PostgresLedger)
    assert repr(ledger) == "<PostgresLedger the ledger db/cartcarrier on host, closed>"


@pytest.mark.parametrize("path", ["", "mysql://host/db", "a\0b"])
def test_other_path_is_refused_by_field(path: str) -> None:
    """The class takes the same care as the function."""
    with pytest.raises(ConfigurationError) as caught:
        SQLiteLedger(path)
    assert caught.value.field == "ledger"
