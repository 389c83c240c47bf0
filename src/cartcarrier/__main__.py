"""``python -m cartcarrier`` is ``cartcarrier``."""

import sys

from cartcarrier.cli import main

if __name__ == "__main__":
    sys.exit(main())
