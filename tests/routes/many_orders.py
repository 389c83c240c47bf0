"""Thousands of orders over three channels, while buyers go on buying, editing and cancelling; compared as sets at the end.

``python -m tests.routes.many_orders --orders 10000``, or ``make many``. The platforms are the simulators, in a process of their
own over loopback HTTP with their limits raised, so the memory that is measured is the client's alone. What must be at the end:

* ``Fulfiller.changes`` has named every order that was ever placed, and last said of each what its platform says now;
* a last pass of ``Fulfiller.orders`` yields exactly what the platforms hold open;
* no order that was cancelled before it was bought for has a label, and none has two;
* the client's memory at the end is what it was after the first fifth.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeAlias

import anyio
import anyio.lowlevel
import anyio.to_thread
import attrs

import cartcarrier as cc
from cartcarrier.sandbox._clock import ShiftedClock
from tests.chaos._client import PARCEL, WAREHOUSE
from tests.chaos._harness import Platforms, served_settings

Json: TypeAlias = Any
CHANNELS: Final = ("shopify", "ebay", "amazon")
SETTLED: Final = 900  # seconds after which every list shows every change
EVERY: Final = 40  # one of so many is shipped while the others are read
PLACES: Final = (
    ("350 5th Ave", "New York", "NY", "New York", "10118"),
    ("1 E 1st St", "Reno", "NV", "Nevada", "89501"),
    ("12 Elm St", "Aurora", "CO", "Colorado", "80012"),
)


def plain_order(channel: str, draw: random.Random) -> dict[str, Json]:
    """Return an order that is paid and can be shipped, in the words of a simulator."""
    street, city, state, state_name, postal_code = draw.choice(PLACES)
    lines = [
        {"sku": f"SKU-{draw.randrange(500)}", "title": "Mug", "quantity": draw.randint(1, 3), "price": "12.50"}
        for _ in range(draw.randint(1, 3))
    ]
    address: dict[str, Json]
    if channel == "shopify":
        address = {"first_name": "Dana", "last_name": "Reyes", "address1": street, "city": city, "zip": postal_code}
        address |= {"province": state_name, "province_code": state, "country": "United States", "country_code": "US"}
    elif channel == "ebay":
        address = {"addressLine1": street, "city": city, "stateOrProvince": state, "postalCode": postal_code}
        address |= {"countryCode": "US"}
    else:
        address = {"name": "Dana Reyes", "address_line1": street, "city": city, "state_or_region": state}
        address |= {"postal_code": postal_code, "country_code": "US"}
    return {"lines": lines, "address": address}


@attrs.define
class Buyers:
    """Who places orders, and changes their mind while the client reads.

    Attributes:
        platforms: Where.
        draw: What chance is drawn from.
        placed: What was placed, by channel.
        deeds: How often each thing was done.
    """

    platforms: Platforms
    draw: random.Random
    placed: dict[str, list[str]] = attrs.Factory(lambda: {channel: [] for channel in CHANNELS})
    deeds: Counter[str] = attrs.Factory(Counter)

    def place(self, count: int) -> None:
        """Place so many orders, in turn at each channel."""
        for number in range(count):
            channel = CHANNELS[number % len(CHANNELS)]
            self.placed[channel].append(self.platforms.ask(channel, "place_order", **plain_order(channel, self.draw)))

    def meddle(self) -> None:
        """Do one thing to one order; a platform that refuses it (it has shipped, it is cancelled) has its reasons."""
        channel = self.draw.choice(CHANNELS)
        order_id = self.draw.choice(self.placed[channel])
        deed = self.draw.choice(("cancel", "hold", "release", "edit_address"))
        street = {"shopify": "address1", "ebay": "addressLine1", "amazon": "address_line1"}[channel]
        fields = {street: f"{self.draw.randrange(1, 999)} Elm St"} if deed == "edit_address" else {}
        done = self.platforms.tell(channel, deed, order_id=order_id, **fields)
        self.deeds[f"{deed}{'' if done else ' refused'}"] += 1


def held_open(channel: str, order: Mapping[str, Json]) -> bool:
    """Return whether a platform's own account of an order says that its seller should ship something now."""
    remaining = any(line["remaining"] > 0 for line in order["lines"])
    if order["cancelled"] or not remaining:
        return False
    if channel == "ebay":
        return bool(order["payment_status"] == "PAID" and order["cancel_state"] == "NONE_REQUESTED")
    return not order["held"]


def memory() -> int:
    """Return what this process holds in memory now, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@attrs.define
class Reader:
    """The application: one Fulfiller that reads, ships a few, and follows changes.

    Attributes:
        fulfiller: Open.
        changed: The last that ``changes`` said of each order, by channel.
        cursors: How far it has come, by channel.
        yielded: How many orders were yielded.
        shipped: Which were shipped.
        refused: Why others were not.
        samples: Memory after so many orders.
    """

    fulfiller: cc.Fulfiller
    changed: dict[str, dict[str, bool]] = attrs.Factory(lambda: {channel: {} for channel in CHANNELS})
    cursors: dict[str, str | None] = attrs.Factory(lambda: dict.fromkeys(CHANNELS))
    yielded: int = 0
    shipped: set[str] = attrs.Factory(set)
    refused: Counter[str] = attrs.Factory(Counter)
    samples: list[tuple[int, int]] = attrs.Factory(list)

    async def read_orders(self, *, ship: bool = True) -> set[tuple[str, str]]:
        """Go once over what is open, and ship a few of it on the way, where asked to."""
        seen: set[tuple[str, str]] = set()
        async for order in self.fulfiller.orders():
            self.yielded += 1
            seen.add((order.channel.partition(":")[0], order.id))
            if self.yielded % 250 == 0:
                self.samples.append((self.yielded, memory()))
            if ship and self.yielded % EVERY == 0:
                await self.ship(order)
        return seen

    async def ship(self, order: cc.Order) -> None:
        """Buy a label and tell the channel; an order that was changed meanwhile is refused, its label given back, and counted."""
        try:
            done = await self.fulfiller.ship(order, parcels=[PARCEL])
        except cc.OrderChangedError as exc:
            self.refused["after the label, which was voided" if exc.label_bought else "before it"] += 1
            if exc.label_bought:
                await self.fulfiller.void(order.ref)
            return
        self.shipped.add(done.ref.order_id)

    async def read_changes(self) -> int:
        """Take in what is new since the last time, over all channels; return how much that was."""
        news = 0
        for channel in CHANNELS:
            async for change in self.fulfiller.changes(f"{channel}:default", self.cursors[channel]):
                self.cursors[channel] = change.cursor
                self.changed[channel][change.order.id] = change.order.status is cc.OrderStatus.CANCELLED
                news += 1
        return news


@attrs.frozen(kw_only=True)
class Result:
    """What a run came to.

    Attributes:
        placed: How many orders there were.
        wrong: What should not be; empty when all is well.
        growth: By how many bytes the client's memory grew from the first fifth of the first pass to the end.
        lines: For people.
    """

    placed: int
    wrong: tuple[str, ...]
    growth: int
    lines: tuple[str, ...]


async def run(count: int, *, seed: int = 1, folder: Path) -> Result:
    """Place four fifths of the orders, then read while the rest is placed and one in ten is edited, held or cancelled."""
    started = time.monotonic()
    draw = random.Random(seed)  # noqa: S311 - reproducible, not secret
    platforms = Platforms(None)
    try:
        buyers = Buyers(platforms, draw)
        await anyio.to_thread.run_sync(buyers.place, count * 4 // 5)
        placing = time.monotonic() - started
        clock = ShiftedClock()
        async with make_fulfiller(platforms, folder, clock) as fulfiller:
            reader = Reader(fulfiller)
            before = memory()
            finished = anyio.Event()

            async def be_busy() -> None:
                rest, meddling = count - count * 4 // 5, count // 10
                while rest or meddling:
                    portion = min(rest, 6)
                    await anyio.to_thread.run_sync(buyers.place, portion)
                    rest -= portion
                    for _ in range(min(meddling, 3)):
                        await anyio.to_thread.run_sync(buyers.meddle)
                    meddling -= min(meddling, 3)
                    await anyio.sleep(0.01)
                finished.set()

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(be_busy)
                passes = 0
                while not finished.is_set() or not passes:
                    await reader.read_orders()
                    passes += 1
            platforms.ask("shopify", "advance", seconds=SETTLED)  # the one clock of all that is served
            clock.advance(SETTLED)
            # A cursor marks a thousand orders at most: of more that were touched at once some are named again, and none is lost.
            for _ in range(2):
                await reader.read_changes()
            last = await reader.read_orders(ship=False)
            grown = memory() - early(reader.samples, count)
        wrong = compare(platforms, buyers, reader, last)
    finally:
        platforms.close()
    took = time.monotonic() - started
    lines = (
        f"{count} orders over {len(CHANNELS)} channels, {count - count * 4 // 5} placed while they were read",
        f"{passes + 1} passes, {reader.yielded} orders yielded, {len(reader.shipped)} shipped",
        "done to them meanwhile: " + ", ".join(f"{name} {n}" for name, n in sorted(buyers.deeds.items())),
        f"not shipped because the order had changed: {dict(reader.refused) or 'none'}",
        f"memory: {before / 2**20:.0f} MiB when opened, {grown / 2**20:+.1f} MiB from the first fifth to the end",
        f"{took:.0f} s, {placing:.0f} of them for placing",
    )
    return Result(placed=count, wrong=tuple(wrong), growth=grown, lines=lines)


def early(samples: list[tuple[int, int]], count: int) -> int:
    """Return the memory at the first sample at or after a fifth of the orders."""
    return next((held for seen, held in samples if seen >= count // 5), samples[0][1] if samples else memory())


def make_fulfiller(platforms: Platforms, folder: Path, clock: ShiftedClock) -> cc.Fulfiller:
    """Make the application's Fulfiller on the served platforms."""

    def hosts(*names: str, at: str) -> dict[str, str]:
        return dict.fromkeys(names, f"{platforms.url}/{at}")

    channels = (
        cc.open_channel("shopify", hosts=hosts("api", at="shopify"), **served_settings("shopify")),
        cc.open_channel("ebay", hosts=hosts("api", "apiz", "auth", at="ebay"), **served_settings("ebay")),
        cc.open_channel("amazon", hosts=hosts("api", "token", at="amazon"), **served_settings("amazon")),
    )
    ups = cc.open_carrier("ups", hosts=hosts("api", at="ups"), **served_settings("ups"))
    return cc.Fulfiller(
        channels=channels,
        carriers=[ups],
        ledger=f"sqlite:///{folder / 'many.db'}",
        ship_from=WAREHOUSE,
        max_wait=timedelta(seconds=120),
        clock=clock,
    )


def compare(platforms: Platforms, buyers: Buyers, reader: Reader, last: set[tuple[str, str]]) -> list[str]:
    """Return every difference between what the client knows and what the platforms hold."""
    wrong: list[str] = []
    labels = Counter(label["tracking_number"] for label in platforms.ask("ups", "labels") if not label["voided"])
    told: Counter[str] = Counter()
    for channel in CHANNELS:
        held = platforms.ask(channel, "orders")
        by_id = {order["id"]: order for order in held}
        missing = set(buyers.placed[channel]) - set(reader.changed[channel])
        if missing:
            wrong.append(f"{channel}: changes() never named {len(missing)} of {len(by_id)} orders")
        stale = [key for key, gone in reader.changed[channel].items() if gone is not by_id[key]["cancelled"]]
        if stale:
            wrong.append(f"{channel}: of {len(stale)} orders changes() did not say last what holds now")
        expected = {order["id"] for order in held if held_open(channel, order)}
        found = {order_id for name, order_id in last if name == channel}
        if expected != found:
            wrong.append(f"{channel}: orders() missed {len(expected - found)} and has {len(found - expected)} too many")
        for order in held:
            made = [entry for entry in order["fulfillments"] if entry.get("status") not in {"CANCELLED", "ERROR"}]
            told.update(number for entry in made for number in numbers_of(entry))
            if len(made) > 1:
                wrong.append(f"{channel}: one order was told of {len(made)} shipments")
            if made and order["cancelled"]:
                wrong.append(f"{channel}: a cancelled order was told of a shipment")
    if told != labels:
        wrong.append(f"{sum(labels.values())} labels are live, the channels were told of {sum(told.values())}")
    return wrong


def numbers_of(entry: Mapping[str, Json]) -> list[str]:
    """Return the tracking numbers of a fulfillment, however its simulator writes them."""
    return [entry["tracking_number"]] if "tracking_number" in entry else [row["number"] for row in entry["tracking"]]


def main() -> int:
    """Run, print what came of it; the exit status is 1 when something was lost, or memory grew with the orders."""
    parser = argparse.ArgumentParser(prog="python -m tests.routes.many_orders", description=__doc__)
    parser.add_argument("--orders", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--growth", type=float, default=16.0, help="how much memory may grow, in MiB")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = anyio.run(lambda: run(options.orders, seed=options.seed, folder=Path(folder)))
    for line in (*result.lines, *(f"! {what}" for what in result.wrong)):
        sys.stdout.write(f"{line}\n")
    grown = result.growth > options.growth * 2**20
    sys.stdout.write(f"orders {result.placed} differences {len(result.wrong)} memory {'grew' if grown else 'steady'}\n")
    return 1 if result.wrong or grown else 0


if __name__ == "__main__":
    sys.exit(main())
