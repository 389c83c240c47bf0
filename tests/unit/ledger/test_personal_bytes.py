"""Where a person's name is in the file's bytes, before and after it is erased."""

import random
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from cartcarrier.ledger import SQLiteLedger, StepKind, WorkState
from cartcarrier.models import OrderRef
from cartcarrier.testing import make_fulfillment, make_order, personal_data
from cartcarrier.testing._factories import NAME, NOW
from tests.unit.ledger.builders import buy, make_step, void
from tests.unit.ledger.conformance.moves import make_parcel_row, make_tracking

CANARIES = [word.encode() for word in personal_data()]
LATER = NOW + timedelta(days=1)
ORDERS = 40


async def fill(ledger: SQLiteLedger, number: int, padding: str) -> OrderRef:
    """Record an order and all that can be said about it, with personal data wherever there may be some."""
    order = make_order(id=f"order-{number}", notes=f"{NAME} {padding}")
    await ledger.record_orders([order], now=NOW)
    body = (NAME + padding).encode()
    _, claim = await buy(ledger, ref=order.ref, steps=(make_step(body=body), make_step(1, body=body)))
    step = await ledger.add_step(claim, StepKind.CONFIRM, now=NOW)
    await ledger.finish_step(claim, step.id, make_fulfillment(), now=NOW)
    await void(ledger, claim)
    tracking = make_tracking(signed_by=f"{NAME} {padding}")
    await ledger.follow_parcels([make_parcel_row(ref=order.ref, tracking=tracking, due_at=NOW)])
    await ledger.settle_order(order.ref, WorkState.SHIPPED, reason=f"{NAME} called", now=NOW)
    return order.ref


def found(folder: Path) -> list[tuple[str, str]]:
    """Return which canary is in which file."""
    return [
        (path.name, canary.decode())
        for path in sorted(folder.iterdir())
        for canary in CANARIES
        if canary in path.read_bytes()
    ]


def tables_with(path: Path, canary: bytes) -> set[str]:
    """Return the tables that have it in any column."""
    connection = sqlite3.connect(path)
    try:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name
            for name in names
            for row in connection.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - names from the file itself
            for value in row
            if canary in (value if isinstance(value, bytes) else str(value).encode())
        }
    finally:
        connection.close()


@pytest.mark.parametrize("canary", CANARIES, ids=["name", "street", "phone", "email"])
async def test_personal_data_is_in_one_table_only(tmp_path: Path, canary: bytes) -> None:
    """Erasing must not have to look in several places."""
    path = tmp_path / "shop.db"
    async with SQLiteLedger(path) as ledger:
        await fill(ledger, 0, "")
        assert tables_with(path, canary) == {"personal_data"}


@pytest.mark.parametrize("seed", range(4))
async def test_purge_leaves_no_name_in_any_byte_of_the_files(tmp_path: Path, seed: int) -> None:
    """Deleted rows are still in a file's free pages and in its log, unless they are overwritten there."""
    chance = random.Random(seed)  # noqa: S311 - the same sizes each time
    async with SQLiteLedger(tmp_path / "shop.db") as ledger:
        for number in range(ORDERS):
            # sizes from a part of a page to many pages, so that rows are moved about
            await fill(ledger, number, "x" * chance.choice([0, 100, 900, 2500, 3900, 9000, 30_000]))
        for number in range(0, ORDERS, 3):  # rows that were replaced leave their old contents behind
            await ledger.record_orders([make_order(id=f"order-{number}", notes=NAME)], now=NOW)
        assert {name for name, _ in found(tmp_path)} >= {"shop.db-wal"}
        assert await ledger.purge_personal_data(before=LATER) == ORDERS
        assert found(tmp_path) == []
        assert len(await ledger.list_shipments()) == ORDERS
    assert found(tmp_path) == []


async def test_erasing_one_order_leaves_none_of_it_in_the_files(tmp_path: Path) -> None:
    """One person's request is fulfilled without waiting for the others' age."""
    async with SQLiteLedger(tmp_path / "shop.db") as ledger:
        for number in range(3):
            other = make_order(id=f"other-{number}", ship_to=None, buyer=None, notes="x" * 3000)
            await ledger.record_orders([other], now=NOW)
        ref = await fill(ledger, 0, "y" * 3000)
        assert await ledger.erase_personal_data([ref]) == 1
        assert found(tmp_path) == []


async def test_log_in_use_by_a_reader_is_said_and_left_for_the_next_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The erasure is committed; that its bytes are still in the log must not be a secret."""
    path = tmp_path / "shop.db"
    async with SQLiteLedger(path, patience=timedelta(milliseconds=20)) as ledger:
        await fill(ledger, 0, "")
        reader = sqlite3.connect(path, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM orders").fetchone()
        assert await ledger.purge_personal_data(before=LATER) == 1
        reader.close()
        assert "its log is in use" in caplog.text
        assert NAME not in caplog.text
        assert await ledger.purge_personal_data(before=LATER) == 0
        assert found(tmp_path) == []
