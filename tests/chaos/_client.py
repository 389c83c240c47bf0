"""What a client process does: one order, read, labelled, confirmed; or recovery after it was killed."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio.lowlevel
import attrs

import cartcarrier as cc
from cartcarrier.http import SystemClock
from cartcarrier.ledger import open_ledger
from tests.chaos._boundaries import Deadline, MortalLedger, MortalTransport

WAREHOUSE = cc.Address(
    name="Desk",
    company="Acme",
    street1="1 Dock Rd",
    city="Alpharetta",
    region="GA",
    postal_code="30005",
    country_code="US",
    phone="7705550100",
)
HOSTS = {
    "shopify": ("api",),
    "ebay": ("api", "apiz", "auth"),
    "amazon": ("api", "token"),
    "ups": ("api",),
    "fedex": ("api", "documents"),
    "usps": ("api",),
}
PARCEL = cc.Parcel(
    weight=cc.Weight(value=Decimal(2), unit=cc.WeightUnit.POUND),
    dimensions=cc.Dimensions(length=Decimal(10), width=Decimal(8), height=Decimal(4), unit=cc.LengthUnit.INCH),
)


class HurriedClock:
    """Real time, some time later; whoever sleeps by it moves it on in place of waiting.

    Args:
        later: How far ahead of real time it starts.
    """

    def __init__(self, later: timedelta) -> None:
        self._clock = SystemClock()
        self._ahead = later

    def now(self) -> datetime:
        """Return the hurried present, in UTC."""
        return self._clock.now() + self._ahead

    def monotonic(self) -> float:
        """Return seconds that never go backwards."""
        return self._clock.monotonic() + self._ahead.total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Let that time pass at once."""
        self._ahead += timedelta(seconds=seconds)
        await anyio.lowlevel.checkpoint()


@attrs.frozen(kw_only=True)
class World:
    """Where the platforms are.

    Attributes:
        url: Of the served sandbox.
        settings: Of the drivers, by name.
        ledger: The client's ledger file.
        channel: Where the order was placed.
        carrier: Who sells the label.
        ahead: How far the platforms' time is ahead of real time, in seconds.
        max_wait: How long a client looks for a lost label before it says that it does not know, in seconds.
    """

    url: str
    settings: Mapping[str, Mapping[str, Any]]
    ledger: Path
    channel: str = "shopify"
    carrier: str = "ups"
    ahead: float = 0.0
    max_wait: float = 5.0

    def drivers(self, deadline: Deadline) -> tuple[cc.Channel, cc.Carrier]:
        """Open the drivers over loopback HTTP."""
        shop = cc.open_channel(
            self.channel,
            transport=MortalTransport(deadline),
            hosts=dict.fromkeys(HOSTS[self.channel], f"{self.url}/{self.channel}"),
            **self.settings[self.channel],
        )
        carrier = cc.open_carrier(
            self.carrier,
            transport=MortalTransport(deadline),
            hosts=dict.fromkeys(HOSTS[self.carrier], f"{self.url}/{self.carrier}"),
            **self.settings[self.carrier],
        )
        return shop, carrier

    @property
    def key(self) -> str:
        """The channel's account key."""
        return f"{self.channel}:default"

    def fulfiller(self, deadline: Deadline) -> cc.Fulfiller:
        """Make the client under test, at the platforms' time."""
        shop, carrier = self.drivers(deadline)
        ledger: Any = MortalLedger(open_ledger(f"sqlite:///{self.ledger}"), deadline)
        return cc.Fulfiller(
            channels=[shop],
            carriers=[carrier],
            ledger=ledger,
            ship_from=WAREHOUSE,
            max_wait=timedelta(seconds=self.max_wait),
            clock=HurriedClock(timedelta(seconds=self.ahead)),
        )


async def ship_one(world: World, order_id: str, deadline: Deadline) -> None:
    """Ship one order of the shop, as an application would: from what ``orders()`` yields."""
    async with world.fulfiller(deadline) as fulfiller:
        async for order in fulfiller.orders():
            if order.id == order_id:
                await fulfiller.ship(order, parcels=[PARCEL])


async def recover_and_finish(world: World, order_id: str) -> dict[str, Any]:
    """Do what a restarted application does, and report what it knows."""
    alive = Deadline()
    async with world.fulfiller(alive) as fulfiller:
        report = await fulfiller.recover()
        again = await fulfiller.recover()
        error = ""
        async for order in fulfiller.orders():
            if order.id == order_id:
                try:
                    await fulfiller.ship(order, parcels=[PARCEL])
                except cc.CartCarrierError as exc:
                    error = f"{type(exc).__name__}: {exc}"
    return {
        "adopted": report.adopted + again.adopted,
        "confirmed": report.confirmed + again.confirmed,
        "uncertain": [[step.step, step.why] for step in again.uncertain],
        "problems": [str(problem.error) for problem in again.problems],
        "error": error,
    }


async def settle_by_hand(world: World, order_id: str) -> None:
    """Do what a person does after looking at the carrier's page and finding nothing: say so, and ship again."""
    async with world.fulfiller(Deadline()) as fulfiller:
        await fulfiller.resolve(cc.OrderRef(channel=world.key, order_id=order_id), outcome=cc.NotBought())
        async for order in fulfiller.orders():
            if order.id == order_id:
                await fulfiller.ship(order, parcels=[PARCEL])


async def ship_naively(world: World, order_id: str, deadline: Deadline) -> None:
    """The wrong design that the harness must find: buy, confirm, and after a crash do it all again."""
    shop, ups = world.drivers(deadline)
    async with shop, ups:
        assert isinstance(shop, cc.SupportsOrders)
        assert isinstance(shop, cc.SupportsFulfillment)
        assert isinstance(ups, cc.SupportsLabels)
        order = await shop.get_order(order_id)
        if order.status is not cc.OrderStatus.UNFULFILLED:
            return
        assert order.ship_to is not None
        request = cc.ShipmentRequest(ship_from=WAREHOUSE, ship_to=order.ship_to, parcels=(PARCEL,), service="03")
        shipment = await ups.create_shipment(request)
        await shop.fulfill(
            cc.Fulfillment(
                order_id=order.id,
                lines={line.id: line.unfulfilled_quantity for line in order.lines},
                parcels=(cc.FulfillmentParcel(carrier="ups", tracking_number=shipment.tracking_number),),
                reference=shipment.reference,
                shipped_at=shipment.created_at,
                notify_buyer=False,
            )
        )
