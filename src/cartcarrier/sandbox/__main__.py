"""``python -m cartcarrier.sandbox --port 8700 --state DIR``: the sandbox as a process of its own."""

import argparse
from functools import partial
from pathlib import Path

import anyio

from cartcarrier.sandbox._server import serve


def main() -> None:
    """Read the arguments and serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m cartcarrier.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8700, help="0 lets the system choose")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", type=Path, default=None, help="directory that keeps the state over restarts")
    parser.add_argument("--no-limits", action="store_true", help="raise the platforms' rate limits")
    parser.add_argument("--simulators", nargs="*", default=None, help="names; all by default")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    run = partial(
        serve,
        port=chosen.port,
        host=chosen.host,
        state=chosen.state,
        limits=not chosen.no_limits,
        simulators=chosen.simulators,
        seed=chosen.seed,
    )
    anyio.run(run)


if __name__ == "__main__":
    main()
