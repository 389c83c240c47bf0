"""A simulated eBay in this process, with a client of its own."""

from collections.abc import AsyncIterator

import pytest

from cartcarrier.http import ManualClock
from tests.sandbox.ebay.client import START, EbayClient, make_client


@pytest.fixture
def clock() -> ManualClock:
    """The time that client and simulator share: Tuesday, 24 November 2026, nine o'clock UTC."""
    return ManualClock(START)


@pytest.fixture
async def ebay(clock: ManualClock) -> AsyncIterator[EbayClient]:
    """Return a client of a fresh simulator."""
    client = make_client(clock)
    async with client.http:
        yield client
