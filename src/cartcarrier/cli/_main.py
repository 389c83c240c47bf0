"""The entry point: says which extra is missing, and turns errors of the library into one line and an exit status."""

import sys
from collections.abc import Sequence
from importlib.metadata import version

from cartcarrier.errors import CartCarrierError, ConfigurationError


def main(tokens: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status: 0 done, 1 refused, 2 wrong set-up.

    Args:
        tokens: The words after the program's name; those of the process without it.
    """
    words = list(sys.argv[1:] if tokens is None else tokens)
    if words == ["--version"]:
        sys.stdout.write(f"cartcarrier {version('cartcarrier')}\n")
        return 0
    try:
        from cartcarrier.cli._app import app  # noqa: PLC0415 - brings the extra `cli`
    except ModuleNotFoundError as exc:
        sys.stderr.write(f"cartcarrier: the command line needs the module {exc.name}: install cartcarrier[cli]\n")
        return 2
    try:
        app(words, result_action="return_value")
    except ConfigurationError as exc:
        sys.stderr.write(f"cartcarrier: {exc}\n")
        return 2
    except CartCarrierError as exc:
        sys.stderr.write(f"cartcarrier: {type(exc).__name__}: {exc}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
