"""How long an import takes, as a ratio to ``import httpx, attrs, cattrs`` in the same run. The target is 1.25 at most."""

import statistics
import subprocess
import sys
import time

TARGET = 1.25
BASE = "import httpx, attrs, cattrs"
CASES = {
    "import cartcarrier": "import cartcarrier",
    "... and its models": "import cartcarrier; cartcarrier.Order",
    "... and open_carrier('ups', ...)": (
        "import cartcarrier; cartcarrier.open_carrier('ups', client_id='a', client_secret='b', account_number='AB12C3', sandbox=True)"
    ),
    "... and Fulfiller": "import cartcarrier; cartcarrier.Fulfiller",
}


def once(code: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own words
    return time.perf_counter() - start


def main(rounds: int = 15) -> None:
    """Time each case in turn, round by round, so that a busy machine slows all of them alike."""
    codes = {"": "pass", BASE: BASE, **CASES}
    times: dict[str, list[float]] = {name: [] for name in codes}
    for _ in range(rounds):
        for name, code in codes.items():
            times[name].append(once(code))
    start = statistics.median(times[""])
    base = statistics.median(times[BASE]) - start
    print(
        f"{BASE}: {base * 1000:.1f} ms (median of {rounds}, the interpreter's own start of {start * 1000:.1f} ms taken off)"
    )
    for name in CASES:
        took = statistics.median(times[name]) - start
        print(f"{name}: {took * 1000:.1f} ms, {took / base:.2f} x")
        if name == "import cartcarrier" and took / base > TARGET:
            sys.exit(f"the target is {TARGET} x at most")


if __name__ == "__main__":
    main()
