"""A USPS simulator in this process, with a client of its own."""

from collections.abc import Callable

import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox import MemoryStore, Store
from cartcarrier.sandbox.usps import USPSSimulator
from tests.sandbox.usps.samples import USPSClient


@pytest.fixture
def clock() -> ManualClock:
    """The time that client and simulator share: Monday, 5 January 2026, noon UTC."""
    return ManualClock()


@pytest.fixture
def make_client(clock: ManualClock) -> Callable[..., USPSClient]:
    """Return a function that makes a simulator and a client for it."""

    def make(*, store: Store | None = None, limits: bool = False, seed: int = 0) -> USPSClient:
        simulator = USPSSimulator(
            store=store if store is not None else MemoryStore(), clock=clock, limits=limits, seed=seed
        )
        return USPSClient(simulator, clock)

    return make


@pytest.fixture
def usps(make_client: Callable[..., USPSClient]) -> USPSClient:
    """Return a client of a fresh simulator without quotas."""
    return make_client()
