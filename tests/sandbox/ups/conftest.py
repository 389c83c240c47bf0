"""A UPS simulator in this process, with a client of its own."""

from collections.abc import Callable

import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox import MemoryStore, Store
from cartcarrier.sandbox.ups import UPSSimulator
from tests.sandbox.ups.samples import UPSClient


@pytest.fixture
def clock() -> ManualClock:
    """The time that client and simulator share: Monday, 5 January 2026, noon UTC."""
    return ManualClock()


@pytest.fixture
def make_client(clock: ManualClock) -> Callable[..., UPSClient]:
    """Return a function that makes a simulator and a client for it."""

    def make(*, store: Store | None = None, limits: bool = False, seed: int = 0) -> UPSClient:
        simulator = UPSSimulator(
            store=store if store is not None else MemoryStore(), clock=clock, limits=limits, seed=seed
        )
        return UPSClient(simulator, clock)

    return make


@pytest.fixture
def ups(make_client: Callable[..., UPSClient]) -> UPSClient:
    """Return a client of a fresh simulator without rate limits."""
    return make_client()
