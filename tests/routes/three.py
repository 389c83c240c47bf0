"""Three channels, a carrier and a warehouse in one sandbox: what the tests of routes over several channels share."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import attrs

import cartcarrier as cc
from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.sandbox import Sandbox, Simulator
from cartcarrier.sandbox.ebay import EbaySimulator
from cartcarrier.sandbox.shopify import ShopifySimulator
from tests.routes.route import NEW_YORK, leave_from, warehouse

Json: TypeAlias = Any
CHANNELS = ("shopify", "ebay", "amazon")
KEYS = tuple(f"{name}:default" for name in CHANNELS)
SKU = "MUG-1"
_MUG = {"sku": SKU, "title": "Mug", "price": "12.50"}


@attrs.define
class Three:
    """One account of each channel, one of the carrier, one warehouse, and a ledger file.

    Attributes:
        sandbox: What opens the drivers.
        clock: Its clock, moved by hand.
        path: The ledger's file.
        simulators: The other sides of the channels, by name.
        ups: The other side of the carrier.
    """

    sandbox: Sandbox
    clock: ManualClock
    path: Path
    simulators: Mapping[str, Json]
    ups: Json

    @classmethod
    def inside(cls, sandbox: Sandbox, clock: ManualClock, path: Path) -> "Three":
        """Return it, with an empty warehouse and empty channels."""
        simulators = {name: sandbox.simulator(name) for name in CHANNELS}
        return cls(sandbox, clock, path, simulators, sandbox.simulator("ups"))

    @asynccontextmanager
    async def open(self, **settings: Json) -> AsyncIterator[cc.Fulfiller]:
        """Open a Fulfiller on the ledger file, as a process of an application does."""
        given: dict[str, Json] = {
            "channels": [self.sandbox.channel(name) for name in CHANNELS],
            "carriers": [self.sandbox.carrier("ups")],
            "providers": [self.sandbox.provider("amazon-mcf")],
            "ledger": f"sqlite:///{self.path}",
            "ship_from": leave_from,
            "clock": self.clock,
            **settings,
        }
        async with cc.Fulfiller(**given) as fulfiller:
            yield fulfiller

    def place(self, name: str, quantity: int = 2) -> str:
        """Let a buyer place an order for mugs on a channel; it is there for everybody to see. Returns its id."""
        lines = [{**_MUG, "quantity": quantity}]
        shape = {"address": NEW_YORK} if name == "shopify" else {}
        order_id: str = self.simulators[name].place_order(lines=lines, **shape)
        self.clock.advance(5)
        return order_id

    def ref(self, name: str, order_id: str) -> cc.OrderRef:
        """Return how the library names an order."""
        return cc.OrderRef(channel=f"{name}:default", order_id=order_id)

    async def order(self, fulfiller: cc.Fulfiller, order_id: str) -> cc.Order:
        """Return an order as the application meets it: out of the open work."""
        found = [order async for order in fulfiller.orders() if order.id == order_id]
        assert found, "the order is not among the open work"
        return found[0]

    def told(self, name: str, order_id: str) -> list[str]:
        """Return the numbers that a channel has been told of an order, as its own records have them."""
        simulator = self.simulators[name]
        (order,) = [each for each in simulator.orders() if each["id"] == order_id]
        if name == "shopify":
            done = [each for each in order["fulfillments"] if each["status"] == "SUCCESS"]
            return [info["number"] for each in done for info in each["tracking"]]
        if name == "ebay":
            return [each["tracking_number"] for each in order["fulfillments"]]
        return [number for each in order["fulfillments"] for number in _numbers(each)]

    def labels(self) -> list[str]:
        """Return the numbers of all labels that are live at the carrier."""
        return [str(label["tracking_number"]) for label in self.ups.labels() if not label["voided"]]

    def nothing_twice(self) -> None:
        """Demand that no label, number or piece was sent or told twice, anywhere."""
        assert not self.ups.duplicates()
        for name in CHANNELS:
            assert not self.simulators[name].duplicates(), name


def _numbers(fulfillment: Mapping[str, Json]) -> list[str]:
    return [str(info["number"]) for info in fulfillment["tracking"]]


def second(name: str, clock: ManualClock, **settings: Json) -> tuple[Json, cc.Channel]:
    """Return another account of a driver on a world of its own, under the name ``eu``."""
    kinds: dict[str, Callable[..., Simulator]] = {"shopify": ShopifySimulator, "ebay": EbaySimulator}
    simulator = kinds[name](clock=clock, seed=7)
    given: dict[str, Json] = {**simulator.settings(), **settings}
    channel = cc.open_channel(name, account="eu", transport=asgi_transport(simulator.app), clock=clock, **given)
    return simulator, channel


__all__ = ["CHANNELS", "KEYS", "SKU", "Three", "second", "warehouse"]
