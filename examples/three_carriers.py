"""Shop for rates at three carriers, ship at home and abroad, print all labels and packing slips as one PDF, follow each parcel."""

import functools
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
from pypdf import PdfReader

import cartcarrier as cc
from cartcarrier.http import ManualClock
from cartcarrier.labels import Printable, interleave, labels_of, merge, packing_slips
from cartcarrier.packing import Box, FirstFit, pack
from cartcarrier.sandbox import Sandbox
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
    email="desk@example.com",
)
MUG = {"sku": "MUG", "title": "Mug", "price": "9.90", "weight_grams": 400, "hs_code": "691110", "origin": "US"}
LAMP = {
    "sku": "LAMP",
    "title": "Desk lamp",
    "price": "59.50",
    "weight_grams": 1900,
    "hs_code": "940521",
    "origin": "US",
}
AURORA = {
    "first_name": "Dana",
    "last_name": "Reyes",
    "address1": "12 Elm St",
    "city": "Aurora",
    "province_code": "CO",
    "zip": "80012",
    "country_code": "US",
    "phone": "+13035550101",
}
TORONTO = {
    "first_name": "Robin",
    "last_name": "Tremblay",
    "address1": "100 Queen St W",
    "city": "Toronto",
    "province_code": "ON",
    "zip": "M5H 2N2",
    "country_code": "CA",
    "phone": "+14165550142",
}
# Every carrier makes one of these, so that all labels go into one PDF.
OPTIONS = cc.ShipmentOptions(label_formats=(cc.LabelFormat.PDF, cc.LabelFormat.PNG, cc.LabelFormat.GIF))


BOXES = FirstFit(
    [
        Box(
            name="carton",
            inner=cc.Dimensions(
                length=Decimal(30), width=Decimal(25), height=Decimal(20), unit=cc.LengthUnit.CENTIMETER
            ),
            empty_weight=cc.Weight(value=Decimal(150), unit=cc.WeightUnit.GRAM),
        )
    ]
)


# --8<-- [start:plan]
async def plan_all(fulfiller: cc.Fulfiller, shop: cc.SupportsOrders) -> list[cc.ShipPlan]:
    """Ask all carriers about each order, show what they want, and choose."""
    plans = []
    async for listed in fulfiller.orders():
        order = await shop.get_order(listed.id)  # a list leaves out what only customs asks for
        parcels = pack(order, BOXES)
        quote = await fulfiller.quote(order, parcels=parcels, options=OPTIONS)
        for rate in quote.rates:
            print(f"{order.number}: {rate.carrier} {rate.service.name} {rate.total}")
        for carrier, error in quote.failures.items():
            print(f"{order.number}: {carrier} has no rate: {error}")
        choice = cc.cheapest()(order, quote.rates)
        print(f"{order.number}: {choice.reason}")
        plans.append(cc.ShipPlan(order=order, parcels=parcels, rate=choice.rate, options=OPTIONS))
    return plans


# --8<-- [end:plan]


# --8<-- [start:print]
async def ship_and_print(fulfiller: cc.Fulfiller, plans: Sequence[cc.ShipPlan], target: Path) -> None:
    """Buy all labels, confirm, and print the labels that were bought, each followed by its packing slip."""
    papers: list[Printable] = []
    results = [result async for result in fulfiller.ship_many(plans)]
    for plan in plans:
        for result in results:
            if isinstance(result, cc.ShipFailure) and result.plan is plan:
                print(f"{plan.order.number}: not shipped: {result.error}")
            elif isinstance(result, cc.Shipped) and result.ref == plan.order.ref:
                numbers = [parcel.tracking_number for parcel in result.shipment.parcels]
                print(f"{plan.order.number}: {result.state} {result.shipment.carrier} {' '.join(numbers)}")
                slips = packing_slips(plan.order, plan.parcels, seller=WAREHOUSE, tracking_numbers=numbers)
                papers += interleave(labels_of([result.shipment]), slips)
                papers += result.shipment.documents  # customs papers, where they do not come as part of the label
    job = await anyio.to_thread.run_sync(functools.partial(merge, papers, sheet="Letter"))  # work for the processor
    await anyio.Path(target).write_bytes(job)


# --8<-- [end:print]


async def main() -> None:
    """Run the whole on simulators; on your accounts, open the drivers with your settings."""
    clock = ManualClock(datetime(2026, 11, 24, 14, 0, tzinfo=UTC))
    with TemporaryDirectory() as folder:
        async with Sandbox(clock=clock) as sandbox:
            shopify = sandbox.simulator("shopify")
            assert isinstance(shopify, ShopifySimulator)
            shopify.place_order(lines=[{**MUG, "quantity": 2}], address=AURORA)
            shopify.place_order(lines=[{**LAMP, "quantity": 1}, {**MUG, "quantity": 1}], address=AURORA)
            shopify.place_order(lines=[{**LAMP, "quantity": 1}], address=TORONTO)
            shop = sandbox.channel("shopify")
            assert isinstance(shop, cc.SupportsOrders)
            async with cc.Fulfiller(
                channels=[shop],
                carriers=[sandbox.carrier(name) for name in ("ups", "fedex", "usps")],
                ledger=f"sqlite:///{Path(folder) / 'shop.db'}",
                ship_from=WAREHOUSE,
                clock=clock,
            ) as fulfiller:
                plans = await plan_all(fulfiller, shop)
                await ship_and_print(fulfiller, plans, Path(folder) / "labels.pdf")
                print("pages:", len(PdfReader(Path(folder) / "labels.pdf").pages))
                async for tracking in fulfiller.follow():
                    print(tracking.tracking_number, tracking.status)


if __name__ == "__main__":
    anyio.run(main)
