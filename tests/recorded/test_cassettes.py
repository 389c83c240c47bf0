"""What lies in the recordings: where each came from, and nothing that should not be there."""

from pathlib import Path

import pytest
import yaml

from cartcarrier.http import ManualClock
from cartcarrier.sandbox import find_simulator
from cartcarrier.testing import personal_data
from tests.recorded.conftest import SIMULATED_AT

CASSETTES = sorted((Path(__file__).parent / "cassettes").rglob("*.yaml"))
KEPT = sorted((Path(__file__).parent / "cassettes").rglob("*.*"))


def ids(path: Path) -> str:
    """Name a file as short as can be."""
    return f"{path.parent.name}/{path.name}"


def test_both_platforms_are_recorded() -> None:
    """A folder that is empty would pass every test below."""
    assert {path.parent.name for path in CASSETTES} == {"test_ups", "test_shopify"}


@pytest.mark.parametrize("path", CASSETTES, ids=ids)
def test_cassette_says_what_it_was_made_from(path: Path) -> None:
    """A recording of our own simulator must not be taken for the platform's word."""
    head = path.read_text().splitlines()[:2]
    assert head[0] in {"recorded_from: 'simulator'", "recorded_from: 'platform'"}
    assert head[1].startswith("recorded_at: '20")


@pytest.mark.parametrize("path", KEPT, ids=ids)
def test_nothing_secret_or_personal_is_kept(path: Path) -> None:
    """Recordings are published with the source."""
    text = path.read_text()
    secrets = [
        str(value)
        for name in ("ups", "shopify")
        for key, value in find_simulator(name)(clock=ManualClock(SIMULATED_AT)).settings().items()
        if key != "sandbox"
    ]
    for canary in (*personal_data(), *secrets, "Canary", "127.0.0.1", "localhost", "uthorization", "ccess-Token"):
        assert canary not in text, canary


@pytest.mark.parametrize("path", CASSETTES, ids=ids)
def test_only_listed_header_fields_are_kept(path: Path) -> None:
    """A header field that nobody thought of may be a credential."""
    names = {
        name.lower()
        for exchange in yaml.safe_load(path.read_text())["interactions"]
        for side in ("request", "response")
        for name in exchange[side]["headers"]
    }
    kept = {"accept", "content-type", "retry-after", "x-request-id", "x-shopify-api-version", "transid", "apierrorcode"}
    assert names <= kept
