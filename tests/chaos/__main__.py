"""``python -m tests.chaos --runs 200 --seed 1``: the long run, as ``make chaos``."""

import argparse
import sys
import time

from tests.chaos._harness import run


def main() -> int:
    """Run, print what was killed where, and end with the figures; the exit status is 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--naive", action="store_true", help="the wrong design: the harness must find its duplicates")
    options = parser.parse_args()
    started = time.monotonic()
    say = sys.stdout.write

    def progress(number: int) -> None:
        if number % 20 == 0:
            say(f"{number} of {options.runs} clients, {time.monotonic() - started:.0f} s\n")
            sys.stdout.flush()

    tally = run(options.runs, seed=options.seed, naive=options.naive, progress=progress)
    for boundary, count in sorted(tally.boundaries.items()):
        say(f"  killed {count:4d} x {boundary}\n")
    say("  runs: " + ", ".join(f"{pair} {count}" for pair, count in sorted(tally.carriers.items())) + "\n")
    for story in tally.stories[:20]:
        say(f"  ! {story}\n")
    say(
        f"killed {tally.killed} of {tally.runs} by SIGKILL, seed {options.seed}, in {time.monotonic() - started:.0f} s\n"
    )
    say(f"{tally.line}\n")
    return 1 if tally.duplicates or tally.lost or tally.unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
