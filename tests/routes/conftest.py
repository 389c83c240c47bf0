"""A sandbox whose time is moved by hand, and a route through it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox import Sandbox
from cartcarrier.sandbox.shopify import ShopifySimulator
from cartcarrier.sandbox.ups import UPSSimulator
from tests.routes.route import START, Route


@pytest.fixture
def anyio_backend() -> str:
    """Asyncio; the files in which more happens at once ask for trio, too."""
    return "asyncio"


@pytest.fixture
def clock() -> ManualClock:
    """The one clock of platforms and library."""
    return ManualClock(START)


@pytest.fixture
async def sandbox(clock: ManualClock) -> AsyncIterator[Sandbox]:
    """A sandbox at real limits."""
    async with Sandbox(clock=clock) as opened:
        yield opened


@pytest.fixture
def route(sandbox: Sandbox, clock: ManualClock, tmp_path: Path) -> Route:
    """One shop, one carrier account, one ledger file."""
    shop, ups = sandbox.simulator("shopify"), sandbox.simulator("ups")
    assert isinstance(shop, ShopifySimulator)
    assert isinstance(ups, UPSSimulator)
    return Route(sandbox, clock, shop, ups, tmp_path / "ledger.db")
