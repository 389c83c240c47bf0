"""A short run of the harness: every boundary once; and proof that the harness can find what it looks for."""

from tests.chaos._boundaries import BOUNDARIES
from tests.chaos._harness import run


def test_kill_at_every_boundary_buys_and_confirms_once() -> None:
    """The promise of the library, with real processes and real kills."""
    tally = run(len(BOUNDARIES), seed=3)
    assert tally.stories == []
    assert (tally.duplicates, tally.lost, tally.unexplained) == (0, 0, 0)
    assert tally.killed == len(BOUNDARIES), "a boundary was never reached"


def test_harness_finds_the_duplicates_of_a_wrong_design() -> None:
    """A check that cannot fail proves nothing: buying again after a crash buys twice."""
    tally = run(6, naive=True)
    assert tally.duplicates > 0
