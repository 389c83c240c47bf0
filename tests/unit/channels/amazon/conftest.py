"""The Amazon that the driver's unit tests talk to."""

import pytest

from tests.unit.channels.amazon.fakes import Amazon


@pytest.fixture
def amazon() -> Amazon:
    """An Amazon that knows nothing yet."""
    return Amazon()
