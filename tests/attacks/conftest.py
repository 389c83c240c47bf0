"""A sandbox, and the platform under attack in it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import cartcarrier as cc
from cartcarrier.http import ManualClock
from cartcarrier.sandbox import Sandbox
from tests.attacks.senders import SENDERS, Sender
from tests.routes.route import START, leave_from

Open = Callable[..., AbstractAsyncContextManager[cc.Fulfiller]]


@pytest.fixture
def anyio_backend() -> str:
    """Asyncio; what happens at once is tried on trio, too."""
    return "asyncio"


@pytest.fixture
def clock() -> ManualClock:
    """Moved by hand."""
    return ManualClock(START)


@pytest.fixture
async def sandbox(clock: ManualClock) -> AsyncIterator[Sandbox]:
    """Six platforms that never say 429."""
    async with Sandbox(clock=clock, limits=False) as opened:
        yield opened


@pytest.fixture
def sender(sandbox: Sandbox, platform: str) -> Sender:
    """The platform of that name."""
    return SENDERS[platform](sandbox)


@pytest.fixture
def open_fulfiller(sandbox: Sandbox, clock: ManualClock, tmp_path: Path) -> Open:
    """Open a Fulfiller on one ledger file, as each process of an application does."""

    @asynccontextmanager
    async def opened(*senders: Sender, **settings: Any) -> AsyncIterator[cc.Fulfiller]:
        drivers = {sender.kind: [one.open() for one in senders if one.kind == sender.kind] for sender in senders}
        given: dict[str, Any] = {
            "channels": drivers.get("channel", []),
            "carriers": drivers.get("carrier", []),
            "ledger": f"sqlite:///{tmp_path / 'ledger.db'}",
            "ship_from": leave_from,
            "clock": clock,
            **settings,
        }
        async with cc.Fulfiller(**given) as fulfiller:
            yield fulfiller

    return opened
