"""The facade over a shared ledger: two workers at the same orders, and a database that is started again under them."""

from collections.abc import Sequence
from decimal import Decimal

import anyio
import anyio.to_thread
import pytest

import cartcarrier as cc
from cartcarrier.ledger import ShipmentState
from cartcarrier.sandbox import Sandbox
from cartcarrier.sandbox.shopify import ShopifySimulator
from tests.postgres.cluster import Cluster

ORDERS = 6
WAREHOUSE = cc.Address(
    name="Shipping Desk",
    company="Acme Goods",
    street1="1 Dock Rd",
    city="Alpharetta",
    region="GA",
    postal_code="30005",
    country_code="US",
    phone="7705550100",
)
PARCEL = cc.Parcel(
    weight=cc.Weight(value=Decimal(2), unit=cc.WeightUnit.POUND),
    dimensions=cc.Dimensions(length=Decimal(10), width=Decimal(8), height=Decimal(4), unit=cc.LengthUnit.INCH),
)
HOME = {
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
}


def place_orders(sandbox: Sandbox) -> None:
    """Have buyers order."""
    shopify = sandbox.simulator("shopify")
    assert isinstance(shopify, ShopifySimulator)
    mug = {"sku": "MUG", "title": "Mug", "quantity": 2, "price": "9.90", "weight_grams": 400}
    for _ in range(ORDERS):
        shopify.place_order(lines=[mug], address=HOME)


def worker(sandbox: Sandbox, url: str) -> cc.Fulfiller:
    """Return a worker with connections of its own."""
    channel, carrier = sandbox.channel("shopify"), sandbox.carrier("ups")
    return cc.Fulfiller(channels=[channel], carriers=[carrier], ledger=url, ship_from=WAREHOUSE)


async def ship_all(fulfiller: cc.Fulfiller, orders: Sequence[cc.Order]) -> dict[str, str]:
    """Ship them; return the tracking number of each."""
    shipped: dict[str, str] = {}
    async for done in fulfiller.ship_many(
        [cc.ShipPlan(order=order, parcels=[PARCEL], choose=cc.cheapest()) for order in orders]
    ):
        assert isinstance(done, cc.Shipped), done
        assert done.state is ShipmentState.CONFIRMED
        shipped[done.ref.order_id] = done.shipment.tracking_number
    return shipped


@pytest.mark.parametrize("mode", [None, "fast", "immediate"], ids=["running", "restarted", "crashed"])
async def test_two_workers_at_the_same_orders_buy_one_label_each(cluster: Cluster, url: str, mode: str | None) -> None:
    """The promise of the whole, over a network, also while the database is started again."""
    async with Sandbox() as sandbox:
        place_orders(sandbox)
        async with worker(sandbox, url) as one, worker(sandbox, url) as two:
            orders = [order async for order in one.orders()]
            assert len(orders) == ORDERS
            numbers: list[dict[str, str]] = []

            async def ship(fulfiller: cc.Fulfiller, orders: Sequence[cc.Order]) -> None:
                numbers.append(await ship_all(fulfiller, orders))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(ship, one, orders)
                tasks.start_soon(ship, two, orders[::-1])
                if mode is not None:
                    await one.quote(orders[0], parcels=[PARCEL])  # the others are at work meanwhile
                    try:
                        await anyio.to_thread.run_sync(cluster.stop, mode)
                    finally:
                        with anyio.CancelScope(shield=True):
                            await anyio.to_thread.run_sync(cluster.start)
        assert numbers[0] == numbers[1]
        assert len(set(numbers[0].values())) == ORDERS
        assert sandbox.simulator("ups").counts()["labels"] == ORDERS
