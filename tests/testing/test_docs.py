"""The pages about tests: what they show runs, and is what lies in the example."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "acme_carrier"
TUTORIAL = ROOT / "docs" / "tutorials" / "write-a-driver.md"
HOW_TO = ROOT / "docs" / "how-to" / "test-your-code.md"
BLOCK = re.compile(r'^```(?P<language>\w+) title="(?P<title>[^"]+)"\n(?P<code>.*?)^```$', re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> dict[str, str]:
    """Return the code of a page by the file that it says it is."""
    return {match["title"]: match["code"] for match in BLOCK.finditer(page.read_text())}


SHOWN = blocks(TUTORIAL)
FILES = sorted(
    str(path.relative_to(EXAMPLE))
    for path in EXAMPLE.rglob("*")
    if path.suffix in {".py", ".toml"} and path.name != "ruff.toml"
)


@pytest.mark.parametrize("name", FILES)
def test_tutorial_shows_the_file_as_it_is(name: str) -> None:
    """Whoever types the page off gets the example that is tested."""
    assert SHOWN[name] == (EXAMPLE / name).read_text()


def test_tutorial_shows_nothing_else() -> None:
    """A file that was deleted must leave the page, too."""
    assert sorted(SHOWN) == FILES


def run_pytest(
    folder: Path, *arguments: str, plugins: tuple[str, ...] = ("anyio",)
) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder, as its owner would."""
    loaded = [part for plugin in plugins for part in ("-p", plugin)]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *loaded, *arguments]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)


def test_example_passes_its_tests() -> None:
    """The tutorial ends with a green run, and names its result."""
    run = run_pytest(EXAMPLE)
    assert run.returncode == 0, run.stdout
    result = run.stdout.splitlines()[-1].rpartition(" in ")[0]
    assert result in TUTORIAL.read_text()


def test_example_is_typed(tmp_path: Path) -> None:
    """An author who copies it starts from a package that passes mypy's strict checks."""
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path), "src", "tests"]
    run = subprocess.run(command, cwd=EXAMPLE, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_examples_entry_point_names_its_driver() -> None:
    """By the entry point ``open_carrier("acme")`` finds it."""
    from acme_carrier import AcmeCarrier

    points = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]["entry-points"]
    assert points == {"cartcarrier.carriers": {AcmeCarrier.driver: "acme_carrier:AcmeCarrier"}}


def test_how_to_examples_run(tmp_path: Path) -> None:
    """An example that does not run is worse than none."""
    shown = blocks(HOW_TO)
    tests = {title: code for title, code in shown.items() if title.startswith("test_")}
    assert len(tests) >= 6
    for title, code in shown.items():
        (tmp_path / title).write_text(code)
    run = run_pytest(tmp_path, "-W", "error")
    assert run.returncode == 0, run.stdout
    assert "skipped" not in run.stdout


def test_how_to_examples_are_typed(tmp_path: Path) -> None:
    """They are copied into typed code."""
    folder = tmp_path / "shown"
    folder.mkdir()
    for title, code in blocks(HOW_TO).items():
        (folder / title).write_text(code)
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path / "cache"), "--strict", "."]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
