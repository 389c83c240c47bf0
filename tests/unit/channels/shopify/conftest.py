"""The shop that the driver's unit tests talk to."""

import pytest

from tests.unit.channels.shopify.fakes import Shop


@pytest.fixture
def shop() -> Shop:
    """A shop that knows nothing yet."""
    return Shop()
