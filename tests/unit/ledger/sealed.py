"""Files with secrets in them, and the search for those in the bytes."""

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

from cryptography.fernet import Fernet

from cartcarrier.http import Token
from cartcarrier.ledger import ShipmentRow, SQLiteLedger
from tests.unit.ledger.builders import make_labelled_shipment
from tests.unit.ledger.test_personal_bytes import fill, found

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
SECRET = "shpat_rotating-canary"
LABEL = b"label-canary"
TOKEN = Token(access_token=SECRET, refresh_token=f"{SECRET}-refresh")
KEPT = Path(__file__).parent / "kept"


async def write(path: Path, *keys: str, number: int = 0) -> None:
    """Put an order with all that may be said about it, and a token, into the ledger."""
    async with SQLiteLedger(path, keys=keys) as ledger:
        await fill(ledger, number, LABEL.decode())
        await ledger.token_store().save("shopify/default", TOKEN)


async def check(path: Path, *keys: str, number: int = 0) -> None:
    """Demand that what was written can be read."""
    async with SQLiteLedger(path, keys=keys) as ledger:
        (row,) = [row for row in await ledger.list_shipments() if row.ref.order_id == f"order-{number}"]
        whole = await ledger.get_shipment(row.ref, "1")
        assert whole is not None
        assert whole.steps[0].result == make_labelled_shipment()
        assert await ledger.token_store().load("shopify/default") == TOKEN


def run(path: Path, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Run SQL on the file, as somebody without the library would."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(statement, values).fetchall()


def read_bytes(path: Path) -> bytes:
    """Return what is in the file."""
    return path.read_bytes()


def unpack(version: int, path: Path) -> None:
    """Put the file that a version wrote there."""
    path.write_bytes(gzip.decompress((KEPT / f"version-{version}.db.gz").read_bytes()))


def remove(path: Path) -> None:
    """Delete the file."""
    path.unlink()


async def shipments_of(ledger: SQLiteLedger) -> list[ShipmentRow | None]:
    """Return all shipments with their labels, but for what version 1 handed over: a migration writes that with its own time."""
    rows = await ledger.list_shipments()
    return [await ledger.get_shipment(row.ref, row.key) for row in rows if row.steps[0].error_code != "version_1"]


def secrets_in(folder: Path) -> list[tuple[str, str]]:
    """Return which secret or personal datum stands in which file."""
    more = [
        (path.name, canary.decode())
        for path in sorted(folder.iterdir())
        for canary in (SECRET.encode(), LABEL)
        if canary in path.read_bytes()
    ]
    return found(folder) + more
