"""Files that earlier versions have written are opened, brought up to date, and lose nothing."""

import gzip
import hashlib
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import pytest

from cartcarrier.http import Lane, Limit
from cartcarrier.ledger import ShipmentState, SQLiteLedger, StepKind, StepState, WorkState
from cartcarrier.models import Fulfillment, OrderRef, ProviderOrder, ProviderOrderStatus, Shipment
from cartcarrier.testing._factories import NAME, NOW
from tests.unit.ledger.builders import LEASE, make_labelled_shipment

KEPT = Path(__file__).parent / "kept"


def ref(number: int) -> OrderRef:
    """The kept orders' names."""
    return OrderRef(channel="shopify:default", order_id=f"gid://shopify/Order/{number}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A copy of the file that version 1 wrote: eight orders, and a shipment in every state that matters."""
    copy = tmp_path / "ledger.db"
    copy.write_bytes(gzip.decompress((KEPT / "version-1.db.gz").read_bytes()))
    return copy


def schema(path: Path) -> Mapping[str, str]:
    """Columns and indexes, however they came about."""
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {name: sorted(row[1:4] for row in connection.execute(f"PRAGMA table_info({name})")) for name in names}
        indexes = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'index'")]
    return {**{name: str(found) for name, found in columns.items()}, "indexes": str(sorted(indexes))}


async def test_version_1_becomes_what_is_made_today(path: Path, tmp_path: Path) -> None:
    """The same tables, columns and indexes as in a new file."""
    for file in (path, tmp_path / "new.db"):
        async with SQLiteLedger(file):
            pass
    assert schema(path) == schema(tmp_path / "new.db")
    async with SQLiteLedger(path):
        pass  # and again: nothing is left to be done


async def test_version_1_keeps_its_shipments_labels_and_orders(path: Path) -> None:
    """What was bought stays bought."""
    async with SQLiteLedger(path) as ledger:
        states = [(await ledger.list_shipments(ref=ref(number)))[0].state for number in range(1, 7)]
        assert states == [
            ShipmentState.PLANNED,
            ShipmentState.BUYING,
            ShipmentState.UNCERTAIN,
            ShipmentState.BOUGHT,
            ShipmentState.CONFIRMED,
            ShipmentState.VOIDED,
        ]
        confirmed = await ledger.get_shipment(ref(5), "1")
        assert confirmed is not None
        purchase, told = confirmed.steps
        assert isinstance(purchase.result, Shipment)
        assert purchase.result == make_labelled_shipment()
        assert isinstance(told.result, Fulfillment)
        assert confirmed.request is not None
        assert confirmed.request.ship_to.name == NAME
        orders = await ledger.list_orders(states=tuple(WorkState))
        assert len(orders) == 8
        assert all(row.order is not None for row in orders)
        assert {row.ref.order_id: row.state for row in orders}[ref(8).order_id] is WorkState.CANCELLED
        (parcel,) = await ledger.list_parcels()
        assert parcel.told == {"a"}
        assert not await ledger.record_event("shopify:default", "event-1", now=NOW)
        assert await ledger.load_cursor(f"erase/{ref(4)}") == "asked"
        token = await ledger.token_store().load("shopify/default")
        assert token is not None
        limit = Limit(capacity=10, rate=1)
        wait = await ledger.limit_store().acquire("shopify/default", cost=10, limit=limit, lane=Lane.PURCHASE, now=NOW)
        assert wait.total_seconds() > 0, "the unit that was taken is back"


async def test_version_1_goes_on_where_it_stopped(path: Path) -> None:
    """A step that was under way is finished, an order is claimed."""
    async with SQLiteLedger(path) as ledger:
        claim = await ledger.claim(ref(2), "1", owner="worker-2", lease=LEASE, now=NOW + LEASE)
        assert claim is not None
        row = await ledger.get_shipment(ref(2), "1")
        assert row is not None
        await ledger.finish_step(claim, row.steps[0].id, make_labelled_shipment(), now=NOW)
        row = await ledger.get_shipment(ref(2), "1")
        assert row is not None
        assert row.state is ShipmentState.BOUGHT
        assert await ledger.claim(ref(2), "", owner="worker-2", lease=LEASE, now=NOW) is not None


async def test_what_version_1_handed_to_a_warehouse_can_be_found_out(path: Path) -> None:
    """It wrote down the provider before the call and nothing after it: uncertain, under the reference that it used."""
    async with SQLiteLedger(path) as ledger:
        row = await ledger.get_shipment(ref(7), "1")
        assert row is not None
        (step,) = row.steps
        assert (row.carrier, row.state, dict(row.lines)) == (
            "amazon-mcf:default",
            ShipmentState.UNCERTAIN,
            {"line-1": 2},
        )
        assert (step.kind, step.state) == (StepKind.SUBMIT, StepState.UNCERTAIN)
        assert row.reference == f"cc-{hashlib.sha256(f'{ref(7)}/1'.encode()).hexdigest()[:16]}"
        assert await ledger.load_cursor(f"submit/{ref(7)}/1") is None
        claim = await ledger.claim(ref(7), "1", owner="worker", lease=LEASE, now=NOW)
        assert claim is not None
        found = ProviderOrder(reference=row.reference, status=ProviderOrderStatus.PROCESSING)
        await ledger.finish_step(claim, step.id, found, now=NOW)
        after = await ledger.get_shipment(ref(7), "1")
        assert after is not None
        assert after.state is ShipmentState.SUBMITTED
