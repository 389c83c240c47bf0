"""Makes the example driver importable, as if it were installed."""

import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "acme_carrier"

for folder in ("src", "tests"):
    sys.path.append(str(EXAMPLE / folder))
