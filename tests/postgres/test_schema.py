"""Schemas that are foreign, damaged or newer, and databases that sort otherwise."""

from datetime import timedelta

import anyio
import pytest

from cartcarrier.errors import LedgerError
from cartcarrier.ledger import PostgresLedger, WorkState, _postgres_schema
from cartcarrier.testing import make_order
from cartcarrier.testing._factories import NOW
from tests.postgres.cluster import Cluster
from tests.unit.ledger.builders import REF, buy, make_labelled_shipment
from tests.unit.ledger.conformance.moves import read


async def make(url: str) -> None:
    """Make a ledger with one shipment in it."""
    async with PostgresLedger(url) as ledger:
        await buy(ledger)


async def refuse(url: str, words: str) -> None:
    """Demand that opening fails, saying so, and that trying again says it again."""
    ledger = PostgresLedger(url)
    for _ in range(2):
        with pytest.raises(LedgerError, match=words):
            await ledger.open()
    await ledger.aclose()


async def test_what_was_written_is_there_after_closing(cluster: Cluster, url: str) -> None:
    """The record outlives the process that made it, and one object may have several lives."""
    ledger = PostgresLedger(url)
    await ledger.open()
    await buy(ledger)
    await ledger.aclose()
    await ledger.open()
    assert (await read(ledger)).steps[0].result == make_labelled_shipment()
    await ledger.aclose()


async def test_newer_version_is_refused_by_name_and_left_alone(cluster: Cluster, url: str) -> None:
    """An older worker that writes what it does not understand would spoil the record of all."""
    schema = url.partition("schema=")[2]
    await make(url)
    newer = _postgres_schema.VERSION + 1
    cluster.sql(f"UPDATE meta SET value = '{newer}' WHERE key = 'schema_version'", schema)  # noqa: S608 - a number
    await refuse(
        url, rf"{schema} on .* has schema version {newer}, this cartcarrier knows up to {newer - 1}.*update cartcarrier"
    )
    assert cluster.sql("SELECT value FROM meta WHERE key = 'schema_version'", schema) == [str(newer)]


@pytest.mark.parametrize("version", ["", "two", "0", "-1"])
async def test_version_that_nobody_wrote_is_damage(cluster: Cluster, url: str, version: str) -> None:
    """Guessing what the tables look like could cost a label."""
    await make(url)
    cluster.sql(f"UPDATE meta SET value = '{version}' WHERE key = 'schema_version'", url.partition("schema=")[2])  # noqa: S608 - of the test
    await refuse(url, "damaged")


@pytest.mark.parametrize(
    "table", ["CREATE TABLE orders (id int)", "CREATE TABLE meta (id int)", "CREATE TABLE meta (key text, value text)"]
)
async def test_schema_of_another_program_is_refused_and_left_alone(cluster: Cluster, table: str) -> None:
    """An application's own tables may have the same names."""
    schema = cluster.new_schema()
    cluster.sql(f"CREATE SCHEMA {schema}")
    cluster.sql(table, schema)
    await refuse(cluster.url(schema), "tables of another program")
    assert cluster.sql(f"SELECT count(*) FROM pg_tables WHERE schemaname = '{schema}'") == ["1"]  # noqa: S608 - of the test


async def test_empty_schema_that_an_administrator_made_is_used(cluster: Cluster) -> None:
    """A worker's user may not be allowed to make schemas."""
    schema = cluster.new_schema()
    cluster.sql(f"CREATE SCHEMA {schema}")
    await make(cluster.url(schema))
    assert cluster.sql("SELECT count(*) FROM shipments", schema) == ["1"]


async def test_older_version_is_brought_up_to_date_once(
    cluster: Cluster, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers that start together after an update must not both change the tables."""
    schema = url.partition("schema=")[2]
    await make(url)
    newer = _postgres_schema.VERSION + 1
    migration = (
        "CREATE TABLE extra (id INTEGER PRIMARY KEY, name TEXT) WITHOUT ROWID; INSERT INTO extra (name) VALUES ('x');"
    )
    monkeypatch.setattr(_postgres_schema, "MIGRATIONS", {newer: migration})
    monkeypatch.setattr(_postgres_schema, "VERSION", newer)

    async def open_and_read() -> None:
        async with PostgresLedger(url) as ledger:
            assert (await read(ledger)).steps[0].result == make_labelled_shipment()

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(open_and_read)
    assert cluster.sql("SELECT count(*) FROM extra", schema) == ["1"]
    assert cluster.sql("SELECT value FROM meta WHERE key = 'schema_version'", schema) == [str(newer)]


async def test_migration_that_fails_changes_nothing(
    cluster: Cluster, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of a change would be a ledger that no version can read."""
    schema = url.partition("schema=")[2]
    await make(url)
    newer = _postgres_schema.VERSION + 1
    monkeypatch.setattr(
        _postgres_schema, "MIGRATIONS", {newer: "CREATE TABLE extra (id INTEGER); SELECT no_such_column;"}
    )
    monkeypatch.setattr(_postgres_schema, "VERSION", newer)
    await refuse(url, "could not be opened")
    monkeypatch.undo()
    async with PostgresLedger(url) as ledger:
        assert await ledger.get_shipment(REF, "1") is not None
    assert cluster.sql("SELECT to_regclass('extra') IS NULL", schema) == ["t"]


async def test_user_without_rights_is_told_so(cluster: Cluster) -> None:
    """The administrator must read from the message what to grant."""
    name = cluster.new_schema()
    cluster.sql(f"CREATE ROLE {name} LOGIN")
    await refuse(cluster.url().replace("//postgres@", f"//{name}@"), "permission denied for database")


async def test_user_who_may_only_write_is_enough_for_tables_that_are_there(cluster: Cluster, url: str) -> None:
    """A worker need not be the owner."""
    schema = url.partition("schema=")[2]
    await make(url)
    name = cluster.new_schema()
    cluster.sql(
        f"CREATE ROLE {name} LOGIN; GRANT USAGE ON SCHEMA {schema} TO {name};"
        f" GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {name}"
    )
    async with PostgresLedger(url.replace("//postgres@", f"//{name}@")) as ledger:
        assert await ledger.get_shipment(REF, "1") is not None
        await buy(ledger, key="2")
        assert await ledger.erase_personal_data([REF]) == 1


async def test_times_sort_whatever_the_database_collates_by(cluster: Cluster) -> None:
    """A database's collation may ignore signs; then an order that is due would come last."""
    database = cluster.new_schema()
    cluster.sql(f"CREATE DATABASE {database} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US' LOCALE 'C'")
    url = cluster.url().replace("@/postgres?", f"@/{database}?")
    async with PostgresLedger(url) as ledger:
        orders = [make_order(id=name, ship_by=None) for name in ("b", "B", "a-1", "a+2", "_")]
        await ledger.record_orders(orders, now=NOW)
        listed = [row.ref.order_id for row in await ledger.list_orders(states=[WorkState.OPEN])]
        assert listed == ["B", "_", "a+2", "a-1", "b"]
        assert await ledger.purge_personal_data(before=NOW + timedelta(days=1)) == 0


async def test_two_ledgers_live_in_one_database(cluster: Cluster) -> None:
    """A shop and its rehearsal, side by side; what one knows the other does not."""
    async with PostgresLedger(cluster.url()) as one, PostgresLedger(cluster.url()) as two:
        await one.save_cursor("c", "1")
        assert await two.load_cursor("c") is None


async def test_two_that_record_the_same_orders_do_not_block_each_other(ledger: PostgresLedger, url: str) -> None:
    """Two workers list one channel, each in its own order; a deadlock would stop one of them."""
    orders = [make_order(id=str(number)) for number in range(60)]

    async def record(worker: PostgresLedger, *, backwards: bool) -> None:
        for _ in range(5):
            await worker.record_orders(orders[::-1] if backwards else orders, now=NOW)

    async with PostgresLedger(url) as other, anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: record(ledger, backwards=False))
        tasks.start_soon(lambda: record(other, backwards=True))
    assert len(await ledger.list_orders(states=[WorkState.OPEN])) == 60


async def test_order_given_twice_is_recorded_as_it_was_given_last(ledger: PostgresLedger) -> None:
    """A channel's pages overlap."""
    await ledger.record_orders([make_order(notes="old"), make_order(notes="new")], now=NOW)
    row = await ledger.get_order(REF)
    assert row is not None
    assert row.order is not None
    assert row.order.notes == "new"
