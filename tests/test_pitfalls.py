"""Each pitfall of a platform has a row that names the tests which fail when the driver falls into it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.oracle import SHARED, needs_specs

ROOT = Path(__file__).parent.parent
PAGES = sorted(path for path in (ROOT / "docs" / "reference" / "pitfalls").glob("*.md") if path.name != "index.md")
NODE = re.compile(r"`(tests/[\w/]+\.py)::(\w+)(?:::(\w+))?[^`]*`")


def rows(page: Path) -> list[str]:
    """Return the table rows that begin with a number."""
    return [line for line in page.read_text().splitlines() if re.match(r"\|\s*\d+\s*\|", line)]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_each_row_names_a_test(page: Path) -> None:
    """A reason in place of a test is for one row in ten at most."""
    found = rows(page)
    assert found, f"{page} has no rows"
    without = [row for row in found if not NODE.search(row)]
    assert len(without) * 10 <= len(found), "\n".join(without)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_rows_are_numbered_without_gaps(page: Path) -> None:
    """A missing number is a pitfall that nobody looked at."""
    numbers = [int(re.match(r"\|\s*(\d+)", row)[1]) for row in rows(page)]  # type: ignore[index]  # rows() matched it
    assert numbers == list(range(1, len(numbers) + 1))


@needs_specs
@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_no_pitfall_of_the_guide_is_left_out(page: Path) -> None:
    """A table without its last row would look as whole as before."""
    assert SHARED is not None
    guide = (SHARED / "field-guide" / page.name).read_text(encoding="utf-8")
    section = re.search(r"^## [^\n]*Pitfalls[^\n]*\n(.*?)(?=^## |\Z)", guide, re.MULTILINE | re.DOTALL)
    assert section is not None
    assert len(rows(page)) == len(re.findall(r"^\d+\. ", section[1], re.MULTILINE))


def test_named_tests_exist() -> None:
    """A row that names a test that is gone protects nobody."""
    named: dict[str, set[str]] = {match[1]: set() for page in PAGES for match in NODE.finditer(page.read_text())}
    for page in PAGES:
        for match in NODE.finditer(page.read_text()):
            named[match[1]].add(match[3] or match[2])
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", *sorted(named)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    collected = set(re.findall(r"::(\w+)(?:\[|$)", run.stdout, re.MULTILINE))
    missing = {f"{file}::{test}" for file, tests in named.items() for test in tests if test not in collected}
    assert not missing, f"{sorted(missing)}\n{run.stdout[-2000:]}{run.stderr[-2000:]}"
