"""An Amazon simulator in this process, and a client that is logged in."""

from collections.abc import AsyncIterator, Callable

import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox import Store
from cartcarrier.sandbox.amazon import AmazonSimulator
from tests.sandbox.amazon.client import AmazonClient


@pytest.fixture
def clock() -> ManualClock:
    """The time that client and simulator share: Monday, 5 January 2026, noon UTC."""
    return ManualClock()


@pytest.fixture
def simulator(clock: ManualClock) -> AmazonSimulator:
    return AmazonSimulator(clock=clock)


@pytest.fixture
async def amazon(simulator: AmazonSimulator, clock: ManualClock) -> AsyncIterator[AmazonClient]:
    """Return a client of a fresh simulator with the real limits, logged in."""
    client = AmazonClient(simulator, clock)
    async with client.http:
        await client.log_in()
        yield client


@pytest.fixture
def reopen(clock: ManualClock) -> Callable[[Store], AmazonClient]:
    """Return a function that makes a simulator and a client on a store: as often as a process is started anew."""

    def start(store: Store) -> AmazonClient:
        return AmazonClient(AmazonSimulator(store=store, clock=clock), clock)

    return start
