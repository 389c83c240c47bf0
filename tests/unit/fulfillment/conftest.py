"""A world, a clock that is moved by hand, and Fulfillers that open on one ledger file."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cartcarrier.fulfiller import Fulfiller
from cartcarrier.http import ManualClock
from cartcarrier.ledger import SQLiteLedger
from tests.unit.fulfillment.fakes import NOON, WAREHOUSE, AdoptCarrier, FakeChannel, Fate, KilledError, World

Open = Callable[..., AbstractAsyncContextManager[Fulfiller]]


class MortalLedger:
    """A ledger in a process that may die before or after each of its writes."""

    READS = frozenset(
        {
            "get_shipment",
            "list_shipments",
            "get_order",
            "list_orders",
            "list_parcels",
            "next_parcel_due",
            "next_shipment_due",
        }
    )

    def __init__(self, ledger: SQLiteLedger, fate: Fate) -> None:
        self._ledger = ledger
        self._fate = fate

    async def open(self) -> None:
        """Open."""
        await self._ledger.open()

    async def aclose(self) -> None:
        """Close; the file is closed when a process dies, too."""
        await self._ledger.aclose()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._ledger, name)
        if name in self.READS or name in {"load_cursor", "renew", "token_store", "limit_store"}:
            return method

        async def mortal(*args: Any, **kwargs: Any) -> Any:
            await self._fate.reach(f"before {name}")
            result = await method(*args, **kwargs)
            await self._fate.reach(f"after {name}")
            return result

        return mortal


@pytest.fixture
def clock() -> ManualClock:
    """The one clock of the world and of whoever works in it."""
    return ManualClock(NOON)


@pytest.fixture
def world(clock: ManualClock) -> World:
    """An empty world."""
    return World(clock=clock)


@pytest.fixture
def open_fulfiller(world: World, clock: ManualClock, tmp_path: Path) -> Open:
    """Open a Fulfiller on the ledger file of this test; with carriers of one's own, or one that can be asked."""

    @asynccontextmanager
    async def opened(**settings: object) -> AsyncIterator[Fulfiller]:
        ledger = MortalLedger(SQLiteLedger(tmp_path / "ledger.db"), world.fate)
        given: dict[str, Any] = {
            "channels": [FakeChannel(world)],
            "carriers": [AdoptCarrier(world)],
            "ledger": ledger,
            "ship_from": WAREHOUSE,
            "clock": clock,
            **settings,
        }
        async with Fulfiller(**given) as fulfiller:
            yield fulfiller

    return opened


async def until_dead(world: World, open_fulfiller: Open, work: Callable[[Fulfiller], Any], **settings: object) -> bool:
    """Run work in a process that dies where its fate says; returns whether it died. The next process is born alive."""
    try:
        async with open_fulfiller(**settings) as fulfiller:
            await work(fulfiller)
    except KilledError:
        died = True
    else:
        died = False
    world.fate = Fate()
    return died
