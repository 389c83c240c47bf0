"""A rate limit that cannot be one is not believed: a tiny one would make every later wait too long for a clock."""

import pytest

from cartcarrier.platforms.amazon.operations import _rate


@pytest.mark.parametrize("text", ["1e-300", "0", "-1", "nan", "inf", "1e300", "", "fast", None])
def test_nonsense_is_no_rate(text: str | None) -> None:
    """The documented rate stays in force."""
    assert _rate(text) is None


@pytest.mark.parametrize(("text", "rate"), [("0.0056", 0.0056), ("0.5", 0.5), ("40", 40.0)])
def test_documented_rates_are_read(text: str, rate: float) -> None:
    """The slowest documented one is a call in three minutes."""
    assert _rate(text) == rate
