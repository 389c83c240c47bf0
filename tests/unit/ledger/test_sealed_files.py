"""Tokens and personal data in a file: sealed, bound to their rows, with keys that can be rotated."""

import random
import signal
import sqlite3
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from cartcarrier.errors import ConfigurationError, LedgerError
from cartcarrier.ledger import ShipmentState, SQLiteLedger, WorkState, _engine
from cartcarrier.ledger._sealing import Connection, Position
from cartcarrier.ledger._sealing import seal_more as real
from cartcarrier.ledger._secrets import PERSONAL_DATA, TOKENS, Sealer
from cartcarrier.ledger._stores import token_to_text
from cartcarrier.testing import make_order
from cartcarrier.testing._factories import NAME, NOW
from tests.unit.ledger.builders import REF, buy, make_labelled_shipment, make_step
from tests.unit.ledger.conformance.moves import read
from tests.unit.ledger.sealed import (
    LABEL,
    NEW,
    OLD,
    OTHER,
    SECRET,
    TOKEN,
    check,
    read_bytes,
    remove,
    run,
    secrets_in,
    shipments_of,
    unpack,
    write,
)
from tests.unit.ledger.test_personal_bytes import LATER, fill


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the ledger is."""
    return tmp_path / "shop.db"


async def test_no_secret_stands_in_any_byte_of_the_files(path: Path) -> None:
    """A stolen disk or copy has neither names nor streets, tokens or labels; what is searched by stays readable."""
    async with SQLiteLedger(path, keys=[NEW]) as ledger:
        ref = await fill(ledger, 0, LABEL.decode())
        await ledger.token_store().save("shopify/default", TOKEN)
        assert secrets_in(path.parent) == []
        assert ref.order_id.encode() in b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert secrets_in(path.parent) == []
    await check(path, NEW)


async def test_without_keys_the_values_are_plain(path: Path) -> None:
    """What the test above would find, were nothing sealed."""
    await write(path)
    assert {canary for _, canary in secrets_in(path.parent)} >= {NAME, SECRET, LABEL.decode()}


@pytest.mark.parametrize("seed", range(2))
async def test_plain_ledger_is_sealed_when_it_is_opened_with_keys(path: Path, seed: int) -> None:
    """Also what was plain before is nowhere in the file and its log any more."""
    chance = random.Random(seed)  # noqa: S311 - the same sizes each time
    async with SQLiteLedger(path) as ledger:
        for number in range(30):
            await fill(ledger, number, "x" * chance.choice([0, 100, 900, 2500, 3900, 9000, 30_000]))
        await ledger.token_store().save("shopify/default", TOKEN)
    async with SQLiteLedger(path, keys=[NEW]) as ledger:
        assert secrets_in(path.parent) == []
        assert len(await ledger.list_shipments()) == 30
    await check(path, NEW, number=29)


async def test_sealing_stops_at_a_value_that_was_changed_and_keeps_the_rest(path: Path) -> None:
    """It is not sealed anew as if it were genuine, and nothing is lost."""
    await write(path, OLD)
    run(path, "UPDATE meta SET value = replace(value, 'sealed', 'sealing') WHERE key = 'sealed'")
    run(path, "UPDATE tokens SET value = substr(value, 1, 60) || 'AAAA' || substr(value, 65)")
    for _ in range(2):
        with pytest.raises(LedgerError, match=r"table tokens, row shopify/default$"):
            await SQLiteLedger(path, keys=[NEW, OLD]).open()
    run(path, "DELETE FROM tokens")
    async with SQLiteLedger(path, keys=[NEW, OLD]) as ledger:
        assert len(await ledger.list_shipments()) == 1


async def test_log_in_use_while_a_file_is_sealed_is_said(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What was plain is still in the log, and that must not be a secret; the next erasure takes it away."""
    await write(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM orders").fetchone()
        async with SQLiteLedger(path, keys=[NEW], patience=timedelta(milliseconds=20)) as ledger:
            assert "its log is in use" in caplog.text
            reader.execute("ROLLBACK")
            await ledger.erase_personal_data([])
            assert secrets_in(path.parent) == []


@pytest.mark.parametrize("when", [1, 2, 4])
async def test_sealing_that_was_killed_goes_on_at_the_next_opening(path: Path, when: int) -> None:
    """A file of a thousand orders takes time, and machines stop; plain rows are readable until their turn comes."""
    async with SQLiteLedger(path) as ledger:
        for number in range(25):
            await fill(ledger, number, "")
        await ledger.token_store().save("shopify/default", TOKEN)
    script = f"""
import os, signal, anyio
from cartcarrier.ledger import SQLiteLedger, _engine
real, calls = _engine.seal_more, []
def seal_more(connection, after):
    calls.append(after)
    result = real(connection, after)
    if len(calls) == {when}:
        os.kill(os.getpid(), signal.SIGKILL)
    return result
_engine.seal_more = seal_more
anyio.run(SQLiteLedger({str(path)!r}, keys=[{OLD!r}]).open)
"""
    done = await anyio.run_process([sys.executable, "-c", script], check=False)
    assert done.returncode == -signal.SIGKILL
    assert run(path, "SELECT substr(value, 1, 7) FROM meta WHERE key = 'sealed'") == [("sealing",)]
    with pytest.raises(ConfigurationError, match="no key was given"):
        await SQLiteLedger(path).open()
    await check(path, NEW, OLD, number=24)
    assert secrets_in(path.parent) == []
    await check(path, NEW, number=0)  # what the first key had sealed is sealed anew on the way


@pytest.mark.parametrize(
    ("keys", "words"), [((), "no key was given"), ((OTHER,), "with a key that is not among the 1")]
)
async def test_sealed_ledger_without_its_key_is_refused_and_left_alone(
    path: Path, keys: tuple[str, ...], words: str
) -> None:
    """Before anything is read or written: a wrong key must not become a ledger that has forgotten its labels."""
    await write(path, NEW)
    before = read_bytes(path)
    ledger = SQLiteLedger(path, keys=keys)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match=words) as caught:
            await ledger.open()
        assert caught.value.field == "keys"
        assert not any(key in str(caught.value) for key in (NEW, OTHER))
    await ledger.aclose()
    assert read_bytes(path) == before
    await check(path, NEW)


async def test_process_without_keys_is_stopped_when_another_seals_the_file(path: Path) -> None:
    """It would write plain rows between the sealed ones."""
    async with SQLiteLedger(path) as plain:
        await plain.record_orders([make_order()], now=NOW)
        async with SQLiteLedger(path, keys=[NEW]) as sealed:
            with pytest.raises(ConfigurationError, match="no key was given"):
                await plain.record_orders([make_order(id="order-2")], now=NOW)
            with pytest.raises(ConfigurationError, match="no key was given"):
                await plain.get_order(REF)
            row = await sealed.get_order(REF)
            assert row is not None
            assert row.order == make_order()
            assert len(await sealed.list_orders(states=tuple(WorkState))) == 1


async def test_values_are_not_taken_for_plain_once_all_are_sealed(path: Path) -> None:
    """Whoever can write the file cannot slip an address in without a key."""
    await write(path, NEW)
    run(path, "UPDATE personal_data SET value = ? WHERE kind = 'request'", b"{}")
    async with SQLiteLedger(path, keys=[NEW]) as ledger:
        with pytest.raises(LedgerError, match="is not sealed, as the others are: table personal_data, row "):
            await ledger.list_shipments()


async def test_changed_value_is_an_error_that_names_table_and_row_only(path: Path) -> None:
    """One flipped bit, and who has to find it knows where; the rest of the ledger works on."""
    await write(path, NEW)
    run(
        path,
        "UPDATE personal_data SET value = CAST(substr(value, 1, 60) || 'AAAA' || substr(value, 65) AS BLOB) WHERE kind = 'request'",
    )
    run(path, "UPDATE tokens SET value = substr(value, 1, 60) || 'AAAA' || substr(value, 65)")
    async with SQLiteLedger(path, keys=[NEW]) as ledger:
        with pytest.raises(LedgerError) as caught:
            await ledger.list_shipments()
        where = "table personal_data, row shopify:default | order-0 | request | 1"
        assert (
            str(caught.value)
            == f"a value in the ledger cannot be unsealed: it was changed, or a key is missing: {where}"
        )
        assert caught.value.__cause__ is None
        with pytest.raises(LedgerError, match=r"table tokens, row shopify/default$"):
            await ledger.token_store().load("shopify/default")
        assert len(await ledger.list_orders(states=tuple(WorkState))) == 1


async def test_swapped_rows_are_found_out(path: Path) -> None:
    """Both are genuine, and each is in the other's place: the parcel would go to somebody else."""
    await write(path, NEW)
    await write(path, NEW, number=1)
    (one,) = run(path, "SELECT value FROM personal_data WHERE order_id = 'order-0' AND kind = 'order'")
    run(path, "UPDATE personal_data SET value = ? WHERE order_id = 'order-1' AND kind = 'order'", *one)
    async with SQLiteLedger(path, keys=[NEW]) as ledger:
        with pytest.raises(LedgerError, match=r"sealed for another row: table personal_data, .* order-1 \| order \| $"):
            await ledger.list_orders(states=tuple(WorkState))


async def test_purge_of_a_sealed_ledger_leaves_not_even_what_is_sealed(path: Path) -> None:
    """Keys leak later than files: what must be gone is gone, not only unreadable."""
    async with SQLiteLedger(path, keys=[NEW]) as ledger:
        await fill(ledger, 0, "x" * 5000)
        sealed = [
            bytes(str(row[0]), "ascii")
            for row in run(path, "SELECT CAST(substr(value, 1, 200) AS TEXT) FROM personal_data")
        ]
        assert len(sealed) > 5
        assert await ledger.purge_personal_data(before=LATER) == 1
        assert not [value for value in sealed for file in path.parent.iterdir() if value in file.read_bytes()]
        (row,) = await ledger.list_shipments()
        assert row.state is ShipmentState.VOIDED


# rotation


async def test_rotation_seals_everything_with_the_newest_key(path: Path) -> None:
    """Afterwards the old key opens nothing, and can be thrown away."""
    async with SQLiteLedger(path, keys=[OLD]) as ledger:
        for number in range(25):
            await fill(ledger, number, "")
        await ledger.token_store().save("shopify/default", TOKEN)
    values = run(path, "SELECT count(*) FROM personal_data")[0][0]
    assert isinstance(values, int)
    assert values > 200, "more than two batches"
    async with SQLiteLedger(path, keys=[NEW, OLD]) as ledger:
        assert await ledger.rotate_keys() == values + 1
        assert await ledger.rotate_keys() == 0
    with pytest.raises(ConfigurationError, match="not among the 1 given"):
        await SQLiteLedger(path, keys=[OLD]).open()
    await check(path, NEW, number=24)


async def test_before_rotation_both_keys_are_needed(path: Path) -> None:
    """An old key that is thrown away too early is missed at the start, not at the first old order."""
    await write(path, OLD)
    async with SQLiteLedger(path, keys=[NEW, OLD]) as ledger:
        assert (await ledger.token_store().load("shopify/default")) == TOKEN
    for keys in ([NEW], [OLD]):
        with pytest.raises(ConfigurationError, match="not among the 1 given"):
            await SQLiteLedger(path, keys=keys).open()
    await check(path, OLD, NEW)


async def test_rotation_goes_on_beside_writers_and_shuts_out_the_older_key_at_its_end(path: Path) -> None:
    """A worker that is not restarted yet must not leave rows behind that the key to come cannot read."""
    async with SQLiteLedger(path, keys=[OLD, NEW]) as older, SQLiteLedger(path, keys=[NEW, OLD]) as newer:
        await buy(older, steps=(make_step(),))
        await buy(newer, key="2")
        assert (await read(older)).steps[0].result == make_labelled_shipment()
        await newer.rotate_keys()
        with pytest.raises(ConfigurationError, match="rotated while it was open"):
            await older.record_orders([make_order()], now=NOW)
        with pytest.raises(ConfigurationError, match="rotated while it was open"):
            await older.get_shipment(REF, "1")
        assert (await read(newer)).steps[0].result == make_labelled_shipment()
    async with SQLiteLedger(path, keys=[NEW]) as ledger:
        assert len(await ledger.list_shipments(ref=REF)) == 2


async def test_rotation_looks_again_at_what_was_written_behind_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker may write with the old key to a row that was passed already."""
    await write(path, OLD)
    late: list[Position] = []

    def seal_more(connection: Connection, after: Position | None) -> tuple[int, Position | None]:
        if after is not None and after.table == PERSONAL_DATA and not late:
            late.append(after)
            value = Sealer([OLD]).seal_text((TOKENS, "shopify/default"), token_to_text(TOKEN))
            connection.execute("UPDATE tokens SET value = ?", (value,))
        return real(connection, after)

    monkeypatch.setattr(_engine, "seal_more", seal_more)
    async with SQLiteLedger(path, keys=[NEW, OLD]) as ledger:
        await ledger.rotate_keys()
    assert late
    await check(path, NEW)


async def test_rotation_without_keys_is_refused(path: Path) -> None:
    """Nothing is sealed, and nobody should believe it is."""
    async with SQLiteLedger(path) as ledger:
        with pytest.raises(ConfigurationError, match="without keys"):
            await ledger.rotate_keys()


# what earlier versions have written


@pytest.mark.parametrize("version", [1, 2])
async def test_kept_file_is_sealed_and_loses_nothing(path: Path, version: int) -> None:
    """An update and a key on the same day."""
    plain = path.with_name("plain.db")
    for copy in (path, plain):
        unpack(version, copy)
    states = tuple(WorkState)
    async with SQLiteLedger(plain) as ledger:
        orders, parcels = await ledger.list_orders(states=states), await ledger.list_parcels()
        shipments = await shipments_of(ledger)
        token = await ledger.token_store().load("shopify/default")
    assert token is not None
    assert any(row is not None and row.state is ShipmentState.CONFIRMED for row in shipments)
    remove(plain)
    async with SQLiteLedger(path, keys=[NEW]) as ledger:
        assert secrets_in(path.parent) == []
        assert await ledger.list_orders(states=states) == orders
        assert await ledger.list_parcels() == parcels
        assert await shipments_of(ledger) == shipments
        assert await ledger.token_store().load("shopify/default") == token
