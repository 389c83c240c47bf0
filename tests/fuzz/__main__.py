"""``python -m tests.fuzz --answers 100000 --seed 1``: the long run, as ``make fuzz``."""

import argparse
import logging
import random
import sys
import time
from collections import Counter

import anyio

from tests.fuzz._harness import Tally, Trial, make_trial
from tests.fuzz._operations import operations


async def run(answers: int, *, seed: int, only: str = "") -> Tally:
    """Give so many wrong answers, in turn to every operation of every driver."""
    tally = Tally()
    draw = random.Random(seed)  # noqa: S311 - reproducible, not secret
    trials: list[Trial] = []
    for operation in operations():
        if only in f"{operation.driver} {operation.name}":
            trial = await make_trial(operation)
            if trial is not None:
                trials.append(trial)
    for number in range(answers):
        await trials[number % len(trials)].run(draw, tally)
    tally.drivers = Counter(trial.operation.driver for trial in trials)
    return tally


def main() -> int:
    """Run and print the figures; the exit status is 1 when anything left a driver that should not have."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--answers", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only operations whose 'driver name' holds this")
    options = parser.parse_args()
    logging.disable()
    started = time.monotonic()
    tally = anyio.run(lambda: run(options.answers, seed=options.seed, only=options.only))
    say = sys.stdout.write
    say("operations: " + ", ".join(f"{driver} {count}" for driver, count in sorted(tally.drivers.items())) + "\n")
    say("what came of it: " + ", ".join(f"{name} {count}" for name, count in tally.outcomes.most_common()) + "\n")
    for story in tally.stories[:20]:
        say(f"  ! {story}\n")
    share = tally.read / max(tally.answers, 1)
    say(f"{time.monotonic() - started:.0f} s, seed {options.seed}\n")
    say(f"answers {tally.answers} mapped {tally.read} ({share:.0%}) wrong {len(tally.stories)}\n")
    return 1 if tally.stories or share < 0.5 else 0


if __name__ == "__main__":
    sys.exit(main())
