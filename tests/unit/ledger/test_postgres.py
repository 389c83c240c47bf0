"""What can be said of the PostgreSQL ledger without a server; the rest is in ``tests/postgres``."""

import subprocess
import sys

import pytest

from cartcarrier.errors import ConfigurationError
from cartcarrier.ledger import PostgresLedger, _postgres_schema, _schema
from cartcarrier.ledger._postgres_schema import tables, to_postgres
from cartcarrier.ledger._postgres_url import is_postgres, postgres_address


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+asyncpg"])
def test_address_is_taken_apart(scheme: str) -> None:
    """Our own parameters are ours; asyncpg would send the server those that it does not know."""
    url = f"{scheme}://shop:hunter2@db.example.com:5433/orders?sslmode=require&schema=eu_1&min_size=2&max_size=20"
    assert is_postgres(url)
    address = postgres_address(url)
    assert address.dsn == "postgresql://shop:hunter2@db.example.com:5433/orders?sslmode=require"
    assert (address.schema, address.min_size, address.max_size) == ("eu_1", 2, 20)
    assert address.name == "the ledger orders/eu_1 on db.example.com:5433"


def test_address_has_defaults() -> None:
    """The shortest address is libpq's own."""
    address = postgres_address("postgresql://")
    assert (address.dsn, address.schema, address.min_size, address.max_size) == ("postgresql://", "cartcarrier", 1, 10)
    assert address.name == "the ledger its default database/cartcarrier on the local server"


def test_address_may_name_a_socket() -> None:
    """A server on the same machine is reached through its socket's folder."""
    address = postgres_address("postgresql:///orders?host=/run/postgresql")
    assert address.dsn == "postgresql:///orders?host=%2Frun%2Fpostgresql"
    assert address.name == "the ledger orders/cartcarrier on /run/postgresql"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///shop.db",
        "postgresql:shop",
        "postgresql+psycopg://u:hunter2@h/db",
        "postgresql://u:hunter2@h:port/db",
        "postgresql://u:hunter2@[h/db",
        "postgresql://u:hunter2@h/db?schema=",
        "postgresql://u:hunter2@h/db?schema=Shop",
        'postgresql://u:hunter2@h/db?schema=a"b',
        "postgresql://u:hunter2@h/db?schema=pg_catalog",
        "postgresql://u:hunter2@h/db?max_size=0",
        "postgresql://u:hunter2@h/db?max_size=-1",
        "postgresql://u:hunter2@h/db?max_size=many",
        "postgresql://u:hunter2@h/db?max_size=100000",
        "postgresql://u:hunter2@h/db?min_size=5&max_size=4",
    ],
)
def test_other_address_is_refused_by_field_without_the_password(url: str) -> None:
    """A slip must be named at the start, not by a server that is asked for nonsense; a password is not repeated."""
    with pytest.raises(ConfigurationError) as caught:
        PostgresLedger(url)
    assert caught.value.field == "ledger"
    assert "hunter2" not in f"{caught.value} {caught.value.__cause__} {caught.value.__suppress_context__ or ''}"


def test_ledger_shows_no_password() -> None:
    """Its text form ends up in logs."""
    ledger = PostgresLedger("postgresql://shop:hunter2@db/orders")
    assert repr(ledger) == "<PostgresLedger the ledger orders/cartcarrier on db, closed>"
    assert "hunter2" not in repr(vars(ledger))


@pytest.mark.parametrize("anyio_backend", ["trio"])
async def test_trio_is_refused_by_field(anyio_backend: str) -> None:
    """Asyncpg would fail in the middle of something, with words that nobody understands."""
    ledger = PostgresLedger("postgresql://")
    with pytest.raises(ConfigurationError, match="asyncio") as caught:
        await ledger.open()
    assert caught.value.field == "ledger"


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_missing_asyncpg_names_the_extra(anyio_backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An import error would not say what to install."""
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    monkeypatch.delitem(sys.modules, "cartcarrier.ledger._postgres_engine", raising=False)
    with pytest.raises(ConfigurationError, match=r"cartcarrier\[postgres\]") as caught:
        await PostgresLedger("postgresql://").open()
    assert caught.value.field == "ledger"


def test_making_a_ledger_loads_no_asyncpg() -> None:
    """A worker on SQLite does not pay for PostgreSQL, nor does one that reads its settings only."""
    script = (
        "import sys; from cartcarrier.ledger import PostgresLedger;"
        "PostgresLedger('postgresql://'); sys.exit('asyncpg' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_both_back_ends_are_at_the_same_version() -> None:
    """The schema is one file; whoever raises its version for SQLite must say how PostgreSQL gets there."""
    assert len(_schema.MIGRATIONS) + 1 == _postgres_schema.VERSION
    assert list(_postgres_schema.MIGRATIONS) == list(range(3, _postgres_schema.VERSION + 1))
    assert _postgres_schema.OLDEST == 2


def test_sqlites_words_become_postgresqls() -> None:
    """Texts are compared by their bytes: times are texts that sort."""
    sql = """
        CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER NOT NULL, t TEXT, b BLOB, r REAL); -- TEXT BLOB
        CREATE TABLE c (id INTEGER PRIMARY KEY, k TEXT PRIMARY KEY
        ) WITHOUT ROWID;
    """
    assert " ".join(to_postgres(sql).split()) == (
        'CREATE TABLE a (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n BIGINT NOT NULL, t TEXT COLLATE "C",'
        " b BYTEA, r DOUBLE PRECISION);"
        ' CREATE TABLE c (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, k TEXT COLLATE "C" PRIMARY KEY );'
    )


def test_no_word_of_sqlites_is_left() -> None:
    """A word that PostgreSQL takes for something else would be found by nobody."""
    words = set(tables().upper().replace("(", " ").replace(",", " ").split())
    assert not words & {"INTEGER", "BLOB", "REAL", "ROWID", "AUTOINCREMENT", "STRICT", "DATETIME"}
