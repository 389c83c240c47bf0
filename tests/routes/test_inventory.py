"""One count told to three channels: with a buffer for each, and none raised above what is left."""

from pathlib import Path

import pytest

import cartcarrier as cc
from cartcarrier.http import ManualClock
from cartcarrier.sandbox import Sandbox
from tests.routes.route import RENO, Gate
from tests.routes.three import CHANNELS, KEYS, SKU, Three

ACCEPTED, STALE = cc.InventoryStatus.ACCEPTED, cc.InventoryStatus.STALE


@pytest.fixture
def three(sandbox: Sandbox, clock: ManualClock, tmp_path: Path) -> Three:
    """Three channels that each offer five mugs."""
    three = Three.inside(sandbox, clock, tmp_path / "ledger.db")
    shop, ebay, amazon = (three.simulators[name] for name in CHANNELS)
    shop.set_scopes([*shop.shop.world.scopes, "read_inventory", "write_inventory", "read_locations"])
    shop.add_item(SKU, available=5, locations=[RENO])
    ebay.stock(SKU, 5)
    amazon.set_switches(listing_delay_seconds=0)
    amazon.add_listing(SKU, quantity=5)
    clock.advance(60)
    return three


async def stock(fulfiller: cc.Fulfiller) -> tuple[int, ...]:
    """What the three channels offer, as they say themselves."""
    found = []
    for key in KEYS:
        channel = fulfiller._desk.channels[key]
        assert isinstance(channel, cc.SupportsInventory)
        (level,) = await channel.get_inventory([SKU])
        found.append(level.available)
    return tuple(found)


def mugs(available: int) -> list[cc.InventoryLevel]:
    """A count of mugs."""
    return [cc.InventoryLevel(sku=SKU, available=available)]


async def test_count_reaches_all_three_less_their_buffers(three: Three) -> None:
    """Two and three pieces are kept from those that are slow to say what they sold."""
    async with three.open(stock_buffers={"ebay:default": 2, "amazon:default": 3}) as fulfiller:
        results = await fulfiller.set_inventory(mugs(20))
        assert {key: found[0].status for key, found in results.items()} == dict.fromkeys(KEYS, ACCEPTED)
        assert await stock(fulfiller) == (20, 18, 17)


@pytest.mark.parametrize("name", CHANNELS)
async def test_what_was_sold_on_one_is_taken_off_on_all(three: Three, name: str) -> None:
    """Two mugs were sold after the count, on any of them."""
    async with three.open() as fulfiller:
        counted = three.clock.now()
        three.clock.advance(30)
        three.place(name, 2)
        await fulfiller.set_inventory(mugs(20), as_of=counted)
        assert await stock(fulfiller) == (18, 18, 18)


async def test_while_one_cannot_be_read_none_is_raised(three: Three) -> None:
    """What eBay has sold is not known: five stay five; but the count of three is told where it can be."""
    three.simulators["ebay"].add_fault(operation="getOrders", kind="status", status=500, times=50)
    async with three.open() as fulfiller:
        results = await fulfiller.set_inventory(mugs(20))
        assert {key: found[0].status for key, found in results.items()} == dict.fromkeys(KEYS, STALE)
        assert all("ebay:default" in (found[0].message or "") for found in results.values())
        assert await stock(fulfiller) == (5, 5, 5)
        lowered = await fulfiller.set_inventory(mugs(3))
        assert {key: found[0].status for key, found in lowered.items()} == dict.fromkeys(KEYS, ACCEPTED)
        assert await stock(fulfiller) == (3, 3, 3)
        three.simulators["ebay"].clear_faults()
        await fulfiller.set_inventory(mugs(20))
        assert await stock(fulfiller) == (20, 20, 20)


async def test_one_that_cannot_be_told_loses_no_other(three: Three) -> None:
    """It says why; the others have the number."""
    three.simulators["amazon"].add_fault(operation="patchListingsItem", kind="status", status=403, times=50)
    async with three.open() as fulfiller:
        results = await fulfiller.set_inventory(mugs(20))
        assert results["amazon:default"][0].status is not ACCEPTED
        assert results["amazon:default"][0].message
        assert (await stock(fulfiller))[:2] == (20, 20)


async def test_sold_between_reading_and_writing_is_the_bound(three: Three) -> None:
    """That is what remains: an order placed while eBay is told. The next call puts it right."""
    gate = Gate(three.simulators["ebay"], "bulkUpdatePriceQuantity", before=True)
    async with three.open() as fulfiller:
        sold: list[str] = []

        async def sell() -> None:
            if not sold:
                sold.append(three.place("shopify", 1))

        gate.act = sell
        counted = three.clock.now()
        await fulfiller.set_inventory(mugs(20), as_of=counted)
        assert len(sold) == 1
        await fulfiller.set_inventory(mugs(20), as_of=counted)
        assert await stock(fulfiller) == (19, 19, 19)
