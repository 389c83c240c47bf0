"""A shop, a carrier and a ledger file: what the tests of whole routes share.

The drivers are the real ones, the platforms are the simulators, the clock is moved by hand. What the tests believe in the end
is not what the library says but what the simulators counted and what the ledger's file holds.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import attrs

import cartcarrier as cc
from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.sandbox import Sandbox, Simulator
from cartcarrier.sandbox.shopify import ShopifySimulator
from cartcarrier.sandbox.ups import UPSSimulator

Json: TypeAlias = Any
Act = Callable[[], Awaitable[None]]

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)  # a Tuesday
RENO = "gid://shopify/Location/70000001"
NEWARK = "gid://shopify/Location/70000002"
MUG = {
    "sku": "MUG-1",
    "title": "Mug",
    "quantity": 2,
    "price": "12.50",
    "weight_grams": 350,
    "hs_code": "691200",
    "origin": "PT",
}
LAMP = {
    "sku": "LAMP-7",
    "title": "Desk lamp",
    "quantity": 1,
    "price": "59.50",
    "weight_grams": 1900,
    "hs_code": "940521",
    "origin": "CN",
}
NEW_YORK = {
    "first_name": "Quilla",
    "last_name": "Canary",
    "address1": "350 5th Ave",
    "address2": "Floor 7",
    "city": "New York",
    "province": "New York",
    "province_code": "NY",
    "zip": "10118",
    "country": "United States",
    "country_code": "US",
    "phone": "+12125550147",
}
TORONTO = {
    "first_name": "Owen",
    "last_name": "Clarke",
    "address1": "290 Bremner Blvd",
    "city": "Toronto",
    "province": "Ontario",
    "province_code": "ON",
    "zip": "M5V 3L9",
    "country": "Canada",
    "country_code": "CA",
    "phone": "+14165550144",
}
NOWHERE = {**NEW_YORK, "address1": "99999 Nonexistent Rd", "city": "Faketown", "zip": "00000"}

_WAREHOUSES = {
    RENO: ("1 E 1st St", "Reno", "NV", "89501"),
    NEWARK: ("2 Gateway Ctr", "Newark", "NJ", "07102"),
}


def warehouse(place: str = RENO) -> cc.Address:
    """Return where parcels of a location leave."""
    street, city, region, postal_code = _WAREHOUSES[place]
    return cc.Address(
        name="Shipping Desk",
        company="Example Goods",
        street1=street,
        city=city,
        region=region,
        postal_code=postal_code,
        country_code="US",
        phone="7755550100",
    )


def leave_from(_order: cc.Order, share: cc.Allocation) -> cc.Address:
    """Let each share of an order leave from its own place."""
    return warehouse(share.location_id or RENO)


def box(*items: cc.ParcelItem, pounds: str = "2", **changes: Json) -> cc.Parcel:
    """Return a box of that weight with these items in it."""
    size = cc.Dimensions(length=Decimal(10), width=Decimal(8), height=Decimal(4), unit=cc.LengthUnit.INCH)
    given = {
        "weight": cc.Weight(value=Decimal(pounds), unit=cc.WeightUnit.POUND),
        "dimensions": size,
        "items": items,
        **changes,
    }
    return cc.Parcel(**given)


def some(line: cc.OrderLine, quantity: int) -> cc.ParcelItem:
    """Return so many pieces of an order line, as a parcel holds them."""
    return cc.ParcelItem(
        sku=line.sku,
        title=line.title,
        quantity=quantity,
        order_line_id=line.id,
        unit_value=line.unit_price,
        weight=line.weight,
        hs_code=line.hs_code,
        country_of_origin=line.country_of_origin,
    )


def usd(amount: str) -> cc.Money:
    """Return an amount of US dollars."""
    return cc.Money(amount=Decimal(amount), currency="USD")


@attrs.define
class Route:
    """One shop and one carrier account in one sandbox, and a ledger file.

    Attributes:
        sandbox: What opens the drivers.
        clock: Its clock, moved by hand.
        shop: The other side of the shop.
        ups: The other side of the carrier.
        path: The ledger's file.
    """

    sandbox: Sandbox
    clock: ManualClock
    shop: ShopifySimulator
    ups: UPSSimulator
    path: Path

    @asynccontextmanager
    async def open(self, **settings: Json) -> AsyncIterator[cc.Fulfiller]:
        """Open a Fulfiller on the ledger file, as a process of an application does."""
        given: dict[str, Json] = {
            "channels": [self.channel()],
            "carriers": [self.sandbox.carrier("ups")],
            "ledger": self.ledger,
            "ship_from": leave_from,
            "clock": self.clock,
            **settings,
        }
        async with cc.Fulfiller(**given) as fulfiller:
            yield fulfiller

    def channel(self, **overrides: Json) -> cc.Channel:
        """Open the shop's driver, with the secret that its webhooks are signed under."""
        secret = self.shop.credentials()["webhooks"]["secret"]
        return self.sandbox.channel("shopify", webhook_secrets=[secret], **overrides)

    @property
    def ledger(self) -> str:
        """The ledger's address."""
        return f"sqlite:///{self.path}"

    def place(self, *lines: Mapping[str, Json], **shape: Json) -> str:
        """Let a buyer place an order that is there for everybody to see."""
        order_id = self.shop.place_order(lines=list(lines or (MUG,)), **{"address": NEW_YORK, **shape})
        self.clock.advance(5)
        return order_id

    async def order(self, fulfiller: cc.Fulfiller, order_id: str) -> cc.Order:
        """Return an order as the application meets it: out of the open work."""
        found = [order async for order in fulfiller.orders() if order.id == order_id]
        assert found, "the order is not among the open work"
        return found[0]

    async def open_work(self, fulfiller: cc.Fulfiller) -> list[str]:
        """Return the ids of all open work."""
        return [order.id async for order in fulfiller.orders()]

    # --- what is left behind ------------------------------------------------------------------------------------------

    def labels(self) -> list[str]:
        """Return the numbers of all labels that are live at the carrier."""
        return [str(label["tracking_number"]) for label in self.ups.labels() if not label["voided"]]

    def told(self, order_id: str) -> list[str]:
        """Return the numbers of an order that its shop has been told of and that are not taken back."""
        (order,) = [each for each in self.shop.orders() if each["id"] == order_id]
        return [
            info["number"] for each in order["fulfillments"] if each["status"] == "SUCCESS" for info in each["tracking"]
        ]

    def shipments(self) -> list[dict[str, Json]]:
        """Return the ledger's shipments with their newest steps, read from the file."""
        with closing(sqlite3.connect(self.path)) as connection:
            connection.row_factory = sqlite3.Row
            rows = [dict(row) for row in connection.execute("SELECT * FROM shipments ORDER BY id")]
            for row in rows:
                steps = connection.execute(
                    "SELECT kind, place, state, error_code, result FROM steps WHERE shipment_id = ? AND newest = 1"
                    " ORDER BY kind DESC, place",
                    (row["id"],),
                )
                row["steps"] = [dict(step) for step in steps]
                row["lines"] = json.loads(row["lines"])
        return rows

    def states(self) -> list[str]:
        """Return the states of the ledger's shipments, oldest first."""
        return [row["state"] for row in self.shipments()]

    def steps(self) -> list[tuple[str, str]]:
        """Return kind and state of every newest step, shipment by shipment."""
        return [(step["kind"], step["state"]) for row in self.shipments() for step in row["steps"]]

    def work(self) -> dict[str, str]:
        """Return what the ledger says has become of each order."""
        with closing(sqlite3.connect(self.path)) as connection:
            return dict(connection.execute("SELECT order_id, state FROM orders"))

    def audit(self, *, labels: int, fulfillments: int, bought: int | None = None) -> None:
        """Compare what the platforms counted with what was meant.

        Args:
            labels: How many are live at the carrier.
            fulfillments: How many the shop has been told of, those taken back not counted.
            bought: How many labels were bought in all, those given back included; as many as are live without one.
        """
        counts = self.ups.counts()
        assert self.ups.duplicates() == {}, "a label was bought twice"
        assert self.shop.duplicates() == [], "more left than was ordered, or a number was told twice"
        assert len(self.labels()) == labels
        assert counts["labels"] == (labels if bought is None else bought)
        assert self.shop.counts()["fulfillments"] == fulfillments
        live = {number for row in self.shipments() for number in _numbers(row)}
        assert set(self.labels()) <= live, "the carrier was paid for a label that the ledger does not know"


def _numbers(row: Mapping[str, Json]) -> set[str]:
    """Return the numbers of a shipment's purchases."""
    found: set[str] = set()
    for step in row["steps"]:
        if step["kind"] == "purchase" and step["result"]:
            result = json.loads(step["result"])
            found |= {parcel["tracking_number"] for parcel in result["parcels"]}
    return found


class Gate:
    """Stands in front of a platform, and does something when it is at an operation. Made before the driver is opened.

    Args:
        platform: The simulator.
        operation: Its name of the operation.
        before: Whether that happens before the platform acts; otherwise before its answer leaves.

    Attributes:
        act: What happens; nothing while it is ``None``.
        statuses: How often each HTTP status was answered.
    """

    def __init__(self, platform: Simulator, operation: str, *, before: bool = False) -> None:
        self.act: Act | None = None
        self.statuses: Counter[int] = Counter()
        self._platform = platform
        self._operation = operation
        self._before = before
        self._app = platform.app
        platform.__dict__["app"] = self

    async def __call__(self, scope: Json, receive: Json, send: Json) -> None:
        """Carry a request to the platform."""
        request = await receive()
        name = self._platform.operation(scope["method"], scope["path"], request["body"])
        if self.act is not None and name == self._operation and self._before:
            await self.act()
        answer: list[Json] = []

        async def keep(message: Json) -> None:
            answer.append(message)

        async def again() -> Json:
            return request

        await self._app(scope, again, keep)
        if self.act is not None and name == self._operation and not self._before:
            await self.act()
        self.statuses.update(message["status"] for message in answer if "status" in message)
        for message in answer:
            await send(message)


def second_ups(clock: ManualClock, **switches: Json) -> tuple[UPSSimulator, cc.Carrier]:
    """Return another UPS account with a world of its own, and its driver ``ups:second``."""
    simulator = UPSSimulator(clock=clock)
    simulator.set_switches(**switches)
    settings: dict[str, Json] = simulator.settings()
    carrier = cc.open_carrier("ups", account="second", transport=asgi_transport(simulator.app), clock=clock, **settings)
    return simulator, carrier


def second_shop(clock: ManualClock) -> tuple[ShopifySimulator, cc.Channel]:
    """Return another shop with a world and a token of its own, and its driver ``shopify:eu``."""
    simulator = ShopifySimulator(clock=clock, seed=7)
    settings: dict[str, Json] = simulator.settings()
    channel = cc.open_channel("shopify", account="eu", transport=asgi_transport(simulator.app), clock=clock, **settings)
    return simulator, channel


def hours(count: float) -> float:
    """Return so many hours in seconds."""
    return timedelta(hours=count).total_seconds()
