"""Ship one order on simulators: read it, buy its label, confirm it, follow it until it arrives."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

import cartcarrier as cc
from cartcarrier.http import ManualClock
from cartcarrier.sandbox import Sandbox
from cartcarrier.sandbox.shopify import ShopifySimulator

# --8<-- [start:warehouse]
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
# --8<-- [end:warehouse]
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


# --8<-- [start:ship]
async def ship_everything(shop: cc.Channel, ups: cc.Carrier, folder: Path, clock: ManualClock) -> None:
    """Ship what is open, print what became of it, and follow it."""
    async with cc.Fulfiller(
        channels=[shop],
        carriers=[ups],
        ledger=f"sqlite:///{folder / 'shop.db'}",
        ship_from=WAREHOUSE,
        clock=clock,
    ) as fulfiller:
        async for order in fulfiller.orders():
            done = await fulfiller.ship(order, parcels=[PARCEL], choose=cc.cheapest())
            print(order.number, done.state, done.shipment.tracking_number, done.shipment.total)
            for parcel in done.shipment.parcels:
                if parcel.label is not None:
                    print("label:", parcel.label.save(folder).suffix)
        async for tracking in fulfiller.follow():
            print(tracking.tracking_number, tracking.status)


# --8<-- [end:ship]


# --8<-- [start:main]
async def main() -> None:
    """Open the real drivers on simulators; on your accounts, open them with your settings and leave the rest as it is."""
    clock = ManualClock(datetime(2026, 11, 24, 14, 0, tzinfo=UTC))
    with TemporaryDirectory() as folder:
        async with Sandbox(clock=clock) as sandbox:
            shopify = sandbox.simulator("shopify")
            assert isinstance(shopify, ShopifySimulator)
            shopify.place_order(
                lines=[{"sku": "MUG", "title": "Mug", "quantity": 2, "price": "9.90", "weight_grams": 400}],
                address=HOME,
            )
            await ship_everything(sandbox.channel("shopify"), sandbox.carrier("ups"), Path(folder), clock)


# --8<-- [end:main]


if __name__ == "__main__":
    anyio.run(main)
