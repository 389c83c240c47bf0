"""Serves the platforms, forks clients, kills them, lets them recover, and counts at the platforms."""

import json
import logging
import os
import random
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import attrs
import httpx

from tests.chaos._boundaries import BOUNDARIES, Deadline
from tests.chaos._client import World, recover_and_finish, settle_by_hand, ship_naively, ship_one

CHANNELS = ("shopify", "ebay", "amazon")
CARRIERS = ("ups", "fedex", "usps")
LINE = {"sku": "MUG", "title": "Mug", "quantity": 2, "price": "9.90"}
ADDRESSES = {
    "shopify": {
        "first_name": "Dana",
        "last_name": "Reyes",
        "address1": "12 Elm St",
        "city": "Aurora",
        "province": "Colorado",
        "province_code": "CO",
        "zip": "80012",
        "country": "United States",
        "country_code": "US",
        "phone": "+13035550101",
    },
    "ebay": {
        "addressLine1": "12 Elm St",
        "city": "Aurora",
        "stateOrProvince": "CO",
        "postalCode": "80012",
        "countryCode": "US",
    },
    "amazon": {
        "name": "Dana Reyes",
        "address_line1": "12 Elm St",
        "city": "Aurora",
        "state_or_region": "CO",
        "postal_code": "80012",
        "country_code": "US",
        "phone": "3035550101",
    },
}
FAULTS = ("", "", "", "drop_after", "status_after")
LATER = 120.0  # seconds until a client is started again: the dead one's lease is over


class Platforms:
    """The simulators, in a process of their own, with durable state.

    Args:
        state: The folder of their state; ``None`` keeps it in memory.
    """

    def __init__(self, state: Path | None) -> None:
        command = [sys.executable, "-m", "cartcarrier", "sandbox", "--port", "0", "--no-limits"]
        command += ["--state", str(state)] if state is not None else []
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert "ready on" in line, f"the sandbox did not start: {line!r}"
        self.url = line.split("ready on ")[1].split()[0]
        self._http = httpx.Client(base_url=self.url, timeout=30)
        self.ahead = 0.0

    def ask(self, simulator: str, command: str, **arguments: Any) -> Any:
        """Run a command of a simulator."""
        answer = self._http.post(f"/_control/{simulator}/{command}", json=arguments)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def tell(self, simulator: str, command: str, **arguments: Any) -> bool:
        """Run a command that may be refused; return whether it was done."""
        answer = self._http.post(f"/_control/{simulator}/{command}", json=arguments)
        assert answer.status_code in {200, 400}, answer.text
        return answer.status_code == 200

    def pass_time(self, seconds: float) -> None:
        """Let all platforms be that much later."""
        self.ask("shopify", "advance", seconds=seconds)  # one clock serves them all
        self.ahead += seconds

    def close(self) -> None:
        """Stop the process."""
        self._http.close()
        self._process.terminate()
        self._process.wait(timeout=10)
        if self._process.stdout is not None:
            self._process.stdout.close()


def in_child(work: Callable[[], Coroutine[Any, Any, Any]]) -> tuple[int, Any]:
    """Run async work in a forked process; return its wait status and what it returned, where it lived to say so."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        status = 1
        logging.disable()
        try:
            os.close(reading)
            result = anyio.run(work)
            os.write(writing, json.dumps(result).encode())
            status = 0
        except BaseException:  # noqa: BLE001 - a forked child must not return into the parent's code
            os.write(writing, json.dumps({"crash": traceback.format_exc()[-600:]}).encode())
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, wait_status = os.waitpid(pid, 0)
    return wait_status, json.loads(said) if said else None


@attrs.define(kw_only=True)
class Tally:
    """What the runs came to.

    Attributes:
        runs: How many clients were started.
        killed: How many of them died as they were told.
        duplicates: Orders with more than one live label, or more than one live fulfillment.
        lost: Orders with a label at the carrier that the client does not know of, or without a confirmed label at the end.
        uncertain: Purchases of which the client said that it does not know.
        unexplained: Uncertain ones without a reason, or where the platform's count contradicts what the client said.
        boundaries: Kills by boundary.
        carriers: Runs by channel and carrier.
        stories: Of what went wrong.
    """

    runs: int = 0
    killed: int = 0
    duplicates: int = 0
    lost: int = 0
    uncertain: int = 0
    unexplained: int = 0
    boundaries: Counter[str] = attrs.Factory(Counter)
    carriers: Counter[str] = attrs.Factory(Counter)
    stories: list[str] = attrs.Factory(list)

    @property
    def line(self) -> str:
        """The last line of a run."""
        return f"runs {self.runs} duplicates {self.duplicates} lost {self.lost} uncertain {self.uncertain} unexplained {self.unexplained}"


@contextmanager
def platforms() -> Iterator[tuple[Platforms, Path]]:
    """Serve the simulators for a while; yields them and a folder for ledgers."""
    with tempfile.TemporaryDirectory() as folder:
        served = Platforms(Path(folder) / "state")
        try:
            yield served, Path(folder)
        finally:
            served.close()


def run(runs: int, *, seed: int = 1, naive: bool = False, progress: Callable[[int], None] | None = None) -> Tally:
    """Kill ``runs`` clients, each at a boundary drawn from the seed (every boundary in turn), and count.

    Args:
        runs: How many.
        seed: What is drawn from.
        naive: Run the wrong design in place of the library's.
        progress: Told the number of each run.
    """
    draw = random.Random(seed)  # noqa: S311 - reproducible, not secret
    tally = Tally()
    calls = [boundary for boundary in BOUNDARIES if boundary[0] == "call"]
    with platforms() as (served, folder):
        settings = {name: served_settings(name) for name in (*CHANNELS, *CARRIERS)}
        for number in range(runs):
            pool = calls if naive else BOUNDARIES
            deadline = Deadline(*pool[number % len(pool)])
            # every boundary meets every carrier and every channel, though not each pair of them at once
            turn = number // len(pool)
            carrier = "ups" if naive else CARRIERS[(number + turn) % len(CARRIERS)]
            channel = "shopify" if naive else CHANNELS[(number // len(CARRIERS) + turn) % len(CHANNELS)]
            world = World(
                url=served.url,
                settings=settings,
                ledger=folder / f"ledger-{number}.db",
                channel=channel,
                carrier=carrier,
                ahead=served.ahead,
            )
            tally.carriers[f"{channel} to {carrier}"] += 1
            # a lost answer cannot be outlived
            fault = "" if naive or deadline.when == "answer" else draw.choice(FAULTS)
            one_run(served, world, deadline, fault, tally, naive=naive)
            if progress is not None:
                progress(number + 1)
    return tally


def served_settings(name: str) -> dict[str, Any]:
    """Return a served simulator's driver settings; they are the same for every instance of it."""
    from cartcarrier.sandbox import Sandbox

    return dict(Sandbox().simulator(name).settings())


def one_run(served: Platforms, world: World, deadline: Deadline, fault: str, tally: Tally, *, naive: bool) -> None:
    """Place an order, kill its client at the boundary, let another recover, compare with the platforms' counts."""
    order_id: str = served.ask(
        world.channel, "place_order", lines=[dict(LINE)], address=ADDRESSES[world.channel], **_more(world.channel)
    )
    before = len(served.ask(world.carrier, "labels"))
    if fault:
        served.ask(world.carrier, "add_fault", operation="ship", kind=fault)
    work = ship_naively if naive else ship_one
    status, said = in_child(lambda: work(world, order_id, deadline))
    tally.runs += 1
    name = f"{deadline.where} {deadline.operation} {deadline.when}"
    served.ask(world.carrier, "clear_faults")
    if os.WIFSIGNALED(status):
        tally.killed += 1
        tally.boundaries[name] += 1
    elif said and "crash" in said and not fault:
        tally.stories.append(f"{name}: the client failed before its boundary: {said['crash']}")
        tally.unexplained += 1
    name = f"{name}, {world.channel} to {world.carrier}{', ' + fault if fault else ''}"
    if naive:
        in_child(lambda: ship_naively(world, order_id, Deadline()))
    else:
        served.pass_time(LATER)
        again = attrs.evolve(world, ahead=served.ahead)
        _, report = in_child(lambda: recover_and_finish(again, order_id))
        judge_report(served, world, order_id, before, report, name, tally)
    judge_platforms(served, world, order_id, before, name, tally)


def _more(channel: str) -> dict[str, Any]:
    return {"full_name": "Dana Reyes", "phone": "3035550101"} if channel == "ebay" else {}


def new_labels(served: Platforms, world: World, before: int) -> list[dict[str, Any]]:
    """Return the live labels that were sold since."""
    return [label for label in served.ask(world.carrier, "labels")[before:] if not label["voided"]]


def numbers_told(order: dict[str, Any]) -> list[list[str]]:
    """Return the tracking numbers of each live fulfillment of an order, however its simulator writes them."""
    live = [made for made in order["fulfillments"] if made.get("status") not in {"CANCELLED", "ERROR", "FAILURE"}]
    return [
        [made["tracking_number"]] if "tracking_number" in made else [row["number"] for row in made["tracking"]]
        for made in live
    ]


def judge_report(  # noqa: PLR0917 - all of one run
    served: Platforms,
    world: World,
    order_id: str,
    before: int,
    report: object,
    name: str,
    tally: Tally,
) -> None:
    """Check what the restarted client said against what the carrier sold."""
    if not isinstance(report, dict) or "crash" in report:
        tally.unexplained += 1
        tally.stories.append(f"{name}: recovery crashed: {report}")
        return
    sold = new_labels(served, world, before)
    for step, why in report["uncertain"]:
        tally.uncertain += 1
        if not why:
            tally.unexplained += 1
            tally.stories.append(f"{name}: {step} is uncertain without a reason")
        if sold:
            tally.lost += 1
            tally.stories.append(f"{name}: the carrier sold {sold}, and the client does not know")
    if report["uncertain"] and not sold:
        served.pass_time(LATER)
        later = attrs.evolve(world, ahead=served.ahead)
        status, said = in_child(lambda: settle_by_hand(later, order_id))
        if status != 0:
            tally.unexplained += 1
            tally.stories.append(f"{name}: resolve() and ship() failed: {said}")
    elif report["error"] or report["problems"]:
        tally.unexplained += 1
        tally.stories.append(f"{name}: {report['error']} {report['problems']}")


def judge_platforms(  # noqa: PLR0917 - all of one run
    served: Platforms, world: World, order_id: str, before: int, name: str, tally: Tally
) -> None:
    """Each order ends with one live label and one live fulfillment that bears its number."""
    sold = [label["tracking_number"] for label in new_labels(served, world, before)]
    order = next(order for order in served.ask(world.channel, "orders") if order["id"] == order_id)
    told = numbers_told(order)
    if len(sold) > 1 or len(told) > 1:
        tally.duplicates += 1
        tally.stories.append(f"{name}: {len(sold)} labels, {len(told)} fulfillments")
    elif not sold or [number for numbers in told for number in numbers] != sold:
        tally.lost += 1
        tally.stories.append(f"{name}: sold {sold}, told {told}")
