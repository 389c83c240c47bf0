"""What the runner says at the end of every run."""

from pathlib import Path

import pytest

ASSUMED = Path(__file__).parent / "contract" / "assumed"
ERRATA = Path(__file__).parent / "contract" / "errata"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the schemas that are ours because no platform publishes one: what they check is only as true as we are."""
    assumed, errata = (sorted(file.stem for file in folder.glob("*.json")) for folder in (ASSUMED, ERRATA))
    terminalreporter.write_sep("-", "contract")
    terminalreporter.write_line(f"{len(assumed)} schemas are assumed, not published: {', '.join(assumed)}")
    terminalreporter.write_line(f"{len(errata)} descriptions are corrected by an overlay: {', '.join(errata)}")
