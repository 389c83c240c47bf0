"""The eBay that the driver's unit tests talk to."""

import pytest

from tests.unit.channels.ebay.fakes import Ebay


@pytest.fixture
def ebay() -> Ebay:
    """An eBay that knows nothing yet."""
    return Ebay()
