"""Sell one stock on Amazon, eBay and Shopify, keep all three honest, and let Amazon's warehouse ship what it has."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

import cartcarrier as cc
from cartcarrier.http import ManualClock
from cartcarrier.sandbox import Sandbox
from cartcarrier.sandbox.amazon import AmazonSimulator
from cartcarrier.sandbox.ebay import EbaySimulator
from cartcarrier.sandbox.shopify import ShopifySimulator

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
BOX = cc.Parcel(
    weight=cc.Weight(value=Decimal(2), unit=cc.WeightUnit.POUND),
    dimensions=cc.Dimensions(length=Decimal(10), width=Decimal(8), height=Decimal(4), unit=cc.LengthUnit.INCH),
)
AT_AMAZON = {"LAMP"}  # the SKUs that lie in Amazon's warehouse


def place_orders(sandbox: Sandbox) -> None:
    """Be the buyers: on each platform somebody wants a mug, and on Shopify somebody a lamp, too."""
    amazon, ebay, shopify = (sandbox.simulator(name) for name in ("amazon", "ebay", "shopify"))
    assert isinstance(amazon, AmazonSimulator)
    assert isinstance(ebay, EbaySimulator)
    assert isinstance(shopify, ShopifySimulator)
    amazon.add_listing("MUG", quantity=10)
    ebay.stock("MUG", 10)
    shopify.add_item("MUG", available=10, locations=["gid://shopify/Location/70000001"])
    amazon.set_fba_stock("LAMP", 5)
    mug = {"sku": "MUG", "title": "Mug", "price": "9.90"}
    amazon.place_order(lines=[{**mug, "quantity": 1}])
    ebay.place_order(lines=[{**mug, "quantity": 2}])
    shopify.place_order(lines=[{**mug, "quantity": 1}])
    shopify.place_order(lines=[{"sku": "LAMP", "title": "Desk lamp", "quantity": 1, "price": "59.50"}])


# --8<-- [start:open]
def open_all(sandbox: Sandbox, channels: Sequence[cc.Channel], ledger: str) -> cc.Fulfiller:
    """Join all accounts; on your own, open them with ``cc.open_channel`` and its likes."""
    return cc.Fulfiller(
        channels=channels,
        carriers=[sandbox.carrier("ups"), sandbox.carrier("usps")],
        providers=[sandbox.provider("amazon-mcf")],
        ledger=ledger,
        ship_from=WAREHOUSE,
        stock_buffers={"ebay:default": 1, "shopify:default": 2},
        clock=sandbox.clock,
    )


# --8<-- [end:open]


# --8<-- [start:ship]
async def ship_everything(fulfiller: cc.Fulfiller) -> None:
    """Read all channels as one list; what lies at Amazon leaves from there, the rest from the own warehouse."""
    async for order in fulfiller.orders():
        if {line.sku for line in order.lines} <= AT_AMAZON:
            submitted = await fulfiller.submit(order, provider="amazon-mcf:default")
            print(order.channel, "handed to", submitted.provider)
        else:
            done = await fulfiller.ship(order, parcels=[BOX], choose=cc.cheapest())
            print(order.channel, done.state, done.shipment.carrier)


# --8<-- [end:ship]


# --8<-- [start:stock]
async def tell_stock(fulfiller: cc.Fulfiller, counted: int, counted_at: datetime) -> None:
    """Tell every channel what is left of a count; orders that came after the counting are taken off it."""
    levels = [cc.InventoryLevel(sku="MUG", available=counted)]
    results = await fulfiller.set_inventory(levels, as_of=counted_at)
    for channel, of_channel in sorted(results.items()):
        for result in of_channel:
            print("stock:", channel, result.sku, result.status, result.message or "")


# --8<-- [end:stock]


async def show_stock(channels: Sequence[cc.Channel]) -> None:
    """Print what each channel believes now."""
    for channel in channels:
        assert isinstance(channel, cc.SupportsInventory)
        levels = await channel.get_inventory(["MUG"])
        print("stock:", channel.key, sum(level.available for level in levels))


async def main() -> None:
    """Run the whole on simulators; on your accounts, open the drivers with your settings."""
    clock = ManualClock(datetime(2026, 11, 24, 14, 0, tzinfo=UTC))
    with TemporaryDirectory() as folder:
        async with Sandbox(clock=clock) as sandbox:
            counted_at = clock.now()
            clock.advance(600)
            place_orders(sandbox)
            channels = [sandbox.channel(name) for name in ("amazon", "ebay", "shopify")]
            async with open_all(sandbox, channels, f"sqlite:///{Path(folder) / 'shop.db'}") as fulfiller:
                await tell_stock(fulfiller, 12, counted_at)
                clock.advance(900)  # Amazon takes some minutes until it shows a number
                await show_stock(channels)
                await ship_everything(fulfiller)
                async for submitted in fulfiller.follow_submissions():
                    print(submitted.ref.channel, submitted.provider, submitted.order.status, submitted.state)


if __name__ == "__main__":
    anyio.run(main)
