"""A FedEx simulator in this process, with a client of its own."""

from collections.abc import Callable

import pytest

from cartcarrier.http import ManualClock
from cartcarrier.sandbox import MemoryStore, Store
from cartcarrier.sandbox.fedex import FedExSimulator
from tests.sandbox.fedex.samples import FedExClient


@pytest.fixture
def clock() -> ManualClock:
    """The time that client and simulator share: Monday, 5 January 2026, noon UTC."""
    return ManualClock()


@pytest.fixture
def make_client(clock: ManualClock) -> Callable[..., FedExClient]:
    """Return a function that makes a simulator and a client for it."""

    def make(*, store: Store | None = None, limits: bool = False, seed: int = 0) -> FedExClient:
        simulator = FedExSimulator(
            store=store if store is not None else MemoryStore(), clock=clock, limits=limits, seed=seed
        )
        return FedExClient(simulator, clock)

    return make


@pytest.fixture
def fedex(make_client: Callable[..., FedExClient]) -> FedExClient:
    """Return a client of a fresh simulator without rate limits."""
    return make_client()
