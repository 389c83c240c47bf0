"""One server for all tests of this folder, and an empty schema for each test."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from cartcarrier.ledger import PostgresLedger
from tests.postgres.cluster import Cluster, UnavailableError


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run on asyncio: asyncpg knows no other event loop."""
    return "asyncio"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Return a running server; without one the tests are skipped, and say so."""
    pytest.importorskip("asyncpg", reason="asyncpg is not installed: pip install 'cartcarrier[postgres]'")
    try:
        cluster = Cluster()
    except UnavailableError as exc:
        if os.environ.get("CARTCARRIER_NEED_POSTGRES"):
            pytest.fail(f"{exc}; CARTCARRIER_NEED_POSTGRES is set")
        pytest.skip(f"the ledger in PostgreSQL is not tested: {exc}")
    yield cluster
    cluster.remove()


@pytest.fixture
def url(cluster: Cluster) -> str:
    """Return the address of a ledger that is not there yet."""
    return cluster.url()


@pytest.fixture
async def ledger(url: str) -> AsyncIterator[PostgresLedger]:
    """Return an empty ledger."""
    async with PostgresLedger(url) as ledger:
        yield ledger
