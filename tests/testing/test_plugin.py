"""The plugin: known gaps are strict, and the marker for abilities skips with a reason."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "acme_carrier"

SETUP = """
from typing import ClassVar
import pytest
from cartcarrier.carriers import SupportsManifest, SupportsTracking
from cartcarrier.models import TrackingFailure
from cartcarrier.errors import ConflictError
from cartcarrier.testing import CarrierConformance, ManualClock, handler_transport
from acme_carrier import AcmeCarrier, AcmeConfig
from fake_acme import FakeAcme
from test_acme import AcmePlatform


class Confused(AcmeCarrier):
    async def track(self, refs):
        error = ConflictError("no", provider="acme", operation="track")
        return [TrackingFailure(tracking_number=str(ref), error=error) for ref in refs]


class Base(CarrierConformance):
    made: ClassVar = AcmeCarrier

    @pytest.fixture
    def platform(self):
        return AcmePlatform(FakeAcme(ManualClock()))

    @pytest.fixture
    def carrier(self, platform):
        config = AcmeConfig(client_id="acme-app", client_secret="acme-not-a-real-secret")
        return self.made(config, transport=handler_transport(platform.acme), clock=platform.acme.clock)

"""


class Suite:
    """A test file in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        paths = f'pythonpath = ["{EXAMPLE / "src"}", "{EXAMPLE / "tests"}"]'
        options = '[tool.pytest.ini_options]\naddopts = ["-p", "cartcarrier.testing", "-p", "no:cacheprovider"]\n'
        (folder / "pyproject.toml").write_text(f"{options}{paths}\n")

    def run(self, code: str, *options: str) -> str:
        """Return what pytest says of the tests."""
        (self.folder / "test_it.py").write_text(SETUP + code)
        command = [sys.executable, "-m", "pytest", "-p", "anyio", "-q", "-ra", "test_it.py", *options]
        few_plugins = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        run = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False, env=few_plugins)
        return run.stderr + run.stdout


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """A test file in a folder of its own."""
    return Suite(tmp_path)


UNKNOWN = "test_unknown_number_is_not_found"


def test_known_gap_is_an_expected_failure(suite: Suite) -> None:
    """A driver with a gap can still be held to all the other rules."""
    said = suite.run(
        f"""
class TestIt(Base):
    made = Confused
    known_gaps: ClassVar = {{"{UNKNOWN}": "Acme answers 409"}}
""",
        "-k",
        UNKNOWN,
    )
    assert "2 xfailed" in said
    assert "Acme answers 409" in said


def test_gap_that_is_closed_fails(suite: Suite) -> None:
    """A gap must not outlive its reason."""
    said = suite.run(
        f"""
class TestIt(Base):
    known_gaps: ClassVar = {{"{UNKNOWN}": "Acme answered 409 once"}}
""",
        "-k",
        UNKNOWN,
    )
    assert "XPASS(strict)" in said
    assert "2 failed" in said


def test_gap_may_name_one_case(suite: Suite) -> None:
    """One option that cannot be refused must not excuse the others."""
    said = suite.run(
        """
class Loud(AcmeCarrier):
    def prepare_shipment(self, request, *, reference):
        import attrs
        options = attrs.evolve(request.options, alcohol=False, lithium=None)
        return super().prepare_shipment(attrs.evolve(request, options=options), reference=reference)


class TestIt(Base):
    made = Loud
    known_gaps: ClassVar = {"test_option_is_said_or_refused[alcohol]": "Acme looks away"}
""",
        "-k",
        "alcohol or lithium or dry_ice",
    )
    assert "2 failed, 2 passed" in said
    assert "2 xfailed" in said
    assert said.count("lithium is neither said nor refused") > 0


@pytest.mark.parametrize(
    ("gaps", "complaint"),
    [
        ({"test_no_such_thing": "because"}, "which is no test of the suite"),
        ({"made": "because"}, "which is no test of the suite"),
        ({UNKNOWN: " "}, "gives no reason"),
    ],
    ids=["no such test", "not a test", "no reason"],
)
def test_wrong_gap_is_an_error(suite: Suite, gaps: dict[str, str], complaint: str) -> None:
    """A gap that excuses nothing hides a test that was renamed."""
    said = suite.run(f"class TestIt(Base):\n    known_gaps: ClassVar = {gaps!r}\n")
    assert complaint in said
    assert "passed" not in said


def test_missing_ability_skips_and_says_which(suite: Suite) -> None:
    """Whoever reads the run sees what the driver cannot do."""
    said = suite.run("class TestIt(Base):\n    pass\n", "-k", "manifest")
    assert "2 skipped" in said
    assert "AcmeCarrier has no SupportsManifest" in said


def test_marker_works_in_tests_of_ones_own(suite: Suite) -> None:
    """A driver's own tests may ask for abilities, too."""
    said = suite.run(
        """
class TestIt(Base):
    @pytest.mark.requires(capability=SupportsTracking)
    def test_own_one(self, carrier):
        assert carrier

    @pytest.mark.requires(capability=SupportsManifest)
    def test_own_two(self, carrier):
        raise AssertionError
""",
        "-k",
        "own_one or own_two",
    )
    assert "1 passed, 1 skipped" in said


def test_marker_without_keyword_is_an_error(suite: Suite) -> None:
    """A lone class would be decorated in place of a test, and nothing would run."""
    said = suite.run("""
class TestIt(Base):
    @pytest.mark.requires(7)
    def test_own(self, carrier):
        assert carrier
""")
    assert "name the ability by keyword" in said


def test_suite_without_its_fixture_says_what_is_missing(suite: Suite) -> None:
    """The first thing that a driver's author sees must be of help."""
    said = suite.run("class TestIt(CarrierConformance):\n    pass\n", "-k", "closing_twice_is_harmless")
    assert "needs a fixture `carrier`" in said


def test_one_fixture_is_enough(suite: Suite) -> None:
    """Without a platform fixture the rest of the suite runs, and skips what it cannot know."""
    said = suite.run(
        """
class TestIt(CarrierConformance):
    @pytest.fixture
    def carrier(self):
        config = AcmeConfig(client_id="acme-app", client_secret="acme-not-a-real-secret")
        return AcmeCarrier(config, transport=handler_transport(FakeAcme(ManualClock())))
""",
        "-k",
        "closing or key or text_forms_show or label_opens or failed_read",
    )
    assert "CarrierPlatform.make_request names no service" in said
    assert "failed" not in said.splitlines()[-1]
    assert "passed" in said.splitlines()[-1]


def test_plugin_and_factories_import_nothing_heavy() -> None:
    """The plugin is loaded at the start of every test run; coverage starts after it."""
    code = "import sys, cartcarrier.testing, cartcarrier.testing._plugin; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    ours = [name for name in loaded if name.startswith("cartcarrier")]
    assert ours == ["cartcarrier", "cartcarrier.testing", "cartcarrier.testing._plugin"]
    assert not {"httpx", "attrs", "msgspec"} & set(loaded)


def test_kit_needs_no_pytest_for_its_factories() -> None:
    """The factories serve any test runner."""
    code = (
        "import sys; sys.modules['pytest'] = None\n"
        "from cartcarrier.testing import make_order, handler_transport, FaultyTransport; print(make_order().number)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "#1001"
