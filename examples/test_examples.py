"""The examples of the documentation run, and end as they say."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCRIPTS = sorted(path for path in HERE.glob("*.py") if not path.name.startswith("test_"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_example_runs(script: Path) -> None:
    """A reader copies these."""
    run = subprocess.run([sys.executable, "-W", "error", str(script)], capture_output=True, text=True, check=False)  # noqa: S603 - our own file
    assert run.returncode == 0, run.stderr


def test_first_shipment_is_followed_until_it_arrives() -> None:
    """The tutorial promises it."""
    run = subprocess.run([sys.executable, str(HERE / "first_shipment.py")], capture_output=True, text=True, check=True)  # noqa: S603 - our own file
    lines = run.stdout.splitlines()
    assert "confirmed 1Z" in lines[0]
    assert lines[1] == "label: .gif"
    assert lines[-1].endswith(" delivered")
