"""What seals, how the keys come in, and a sealed ledger against what every ledger must do."""

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcarrier.errors import ConfigurationError, LedgerError
from cartcarrier.ledger import Ledger, SQLiteLedger, open_ledger
from cartcarrier.ledger._secrets import ENVIRONMENT, Sealer
from tests.unit.ledger.builders import REF
from tests.unit.ledger.conformance.suite import LedgerConformance
from tests.unit.ledger.sealed import NEW, OLD, OTHER, write

ROWS = st.lists(st.text(), min_size=1, max_size=5).map(tuple)


class TestSealedSQLite(LedgerConformance):
    """A sealed ledger does all that a plain one does."""

    @pytest.fixture
    async def ledger(self, tmp_path: Path) -> AsyncIterator[Ledger]:
        """Return an empty, sealed ledger in a file."""
        async with SQLiteLedger(tmp_path / "shop.db", keys=[NEW, OLD]) as ledger:
            yield ledger


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is."""
    return tmp_path / "shop.db"


# the cipher


@given(row=ROWS, value=st.binary())
def test_what_is_sealed_is_unsealed(row: tuple[str, ...], value: bytes) -> None:
    """Labels and bodies are any bytes."""
    sealer = Sealer([NEW, OLD])
    assert sealer.unseal(row, sealer.seal(row, value)) == value
    assert sealer.unseal(row, Sealer([OLD]).seal(row, value)) == value
    assert Sealer().unseal(row, Sealer().seal(row, value)) == value


@given(row=ROWS, value=st.text())
def test_texts_are_sealed_to_texts(row: tuple[str, ...], value: str) -> None:
    """Tokens are kept in a column for text."""
    sealer = Sealer([NEW])
    assert sealer.unseal_text(row, sealer.seal_text(row, value)) == value


@given(row=ROWS, other=ROWS)
def test_value_of_another_row_is_refused(row: tuple[str, ...], other: tuple[str, ...]) -> None:
    """Whoever can write the file could send one buyer's parcel to another."""
    sealer = Sealer([NEW])
    sealed = sealer.seal(row, b"value")
    if row == other:
        assert sealer.unseal(other, sealed) == b"value"
    else:
        with pytest.raises(LedgerError, match="sealed for another row"):
            sealer.unseal(other, sealed)


def test_same_value_is_sealed_differently_each_time() -> None:
    """Two orders of one person must not look alike."""
    sealer = Sealer([NEW])
    assert sealer.seal(("t", "a"), b"value") != sealer.seal(("t", "a"), b"value")


def test_key_stands_in_no_repr() -> None:
    """It would end in a log."""
    assert repr(Sealer([NEW])) == "<Sealer with 1 keys>"
    assert NEW not in repr(SQLiteLedger("sqlite://", keys=[NEW]))


# the way in


@pytest.mark.parametrize("bad", ["", "short", "x" * 44, "schlüssel"])
def test_malformed_key_is_refused_by_its_number(bad: str) -> None:
    """The message says which key it is, and not what it is."""
    with pytest.raises(ConfigurationError, match="key 2 of 2") as caught:
        open_ledger("sqlite://", keys=[NEW, bad])
    assert caught.value.field == "keys"
    assert not bad or bad not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_keys_come_from_the_environment(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An application changes nothing but where it is deployed."""
    await write(path, NEW, OLD)
    monkeypatch.setenv(ENVIRONMENT, f"{NEW},{OLD}\n")
    async with open_ledger(f"sqlite:///{path}") as ledger:  # type: ignore[attr-defined]  # the Protocol is no context manager
        assert await ledger.get_shipment(REF, "1") is None
        assert len(await ledger.list_shipments()) == 1
    with pytest.raises(ConfigurationError, match="no key was given"):
        await open_ledger(f"sqlite:///{path}", keys=()).open()
    monkeypatch.setenv(ENVIRONMENT, OTHER)
    async with open_ledger(f"sqlite:///{path}", keys=[NEW, OLD]) as ledger:  # type: ignore[attr-defined]  # as above
        assert len(await ledger.list_shipments()) == 1


def test_empty_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret that was not delivered must not become a plain ledger."""
    monkeypatch.setenv(ENVIRONMENT, " , ")
    with pytest.raises(ConfigurationError, match="no key in it") as caught:
        open_ledger("sqlite://")
    assert caught.value.field == "keys"


def test_cipher_loads_only_with_keys() -> None:
    """A plain ledger does not pay for it."""
    script = (
        "import sys; from cartcarrier.ledger import open_ledger; open_ledger('sqlite://', keys=());"
        "sys.exit('cryptography.fernet' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("keys", [[NEW], [NEW, OLD]], ids=["one", "two"])
def test_postgresql_is_not_opened_plain_where_keys_were_given(keys: list[str]) -> None:
    """Who gives keys believes that the ledger is sealed."""
    with pytest.raises(ConfigurationError, match="PostgreSQL cannot be sealed") as caught:
        open_ledger("postgresql://host/db", keys=keys)
    assert caught.value.field == "keys"
    assert repr(open_ledger("postgresql://host/db", keys=())).startswith("<PostgresLedger")
