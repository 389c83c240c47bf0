"""One count over three channels, by somebody who tells it oftener than he reads orders; and an article that none of them has."""

from pathlib import Path

import pytest

import cartcarrier as cc
from cartcarrier.http import ManualClock
from cartcarrier.sandbox import Sandbox
from tests.routes.route import RENO
from tests.routes.three import CHANNELS, KEYS, SKU, Three

ACCEPTED, REJECTED = cc.InventoryStatus.ACCEPTED, cc.InventoryStatus.REJECTED


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


@pytest.mark.parametrize("name", CHANNELS)
async def test_what_was_handed_to_nobody_is_taken_off_each_count(three: Three, name: str) -> None:
    """Two mugs were sold, on any of them; a job tells the count of twenty twice before orders are read again."""
    async with three.open() as fulfiller:
        three.place(name, 2)
        three.clock.advance(120)
        for _ in range(2):
            await fulfiller.set_inventory([cc.InventoryLevel(sku=SKU, available=20)])
            assert await stock(fulfiller) == (18, 18, 18)
            three.clock.advance(900)
        assert len([order async for order in fulfiller.orders()]) == 1
        three.clock.advance(60)
        await fulfiller.set_inventory([cc.InventoryLevel(sku=SKU, available=18)])
        assert await stock(fulfiller) == (18, 18, 18)


async def test_article_that_a_channel_does_not_have_is_a_result_of_its_own(three: Three) -> None:
    """On each channel it is refused, with why; the other is told all the same."""
    levels = [cc.InventoryLevel(sku="NO-SUCH", available=3), cc.InventoryLevel(sku=SKU, available=7)]
    async with three.open() as fulfiller:
        results = await fulfiller.set_inventory(levels)
        assert set(results) == set(KEYS)
        assert all([result.status for result in found] == [REJECTED, ACCEPTED] for found in results.values())
        assert all(found[0].message for found in results.values())
        assert await stock(fulfiller) == (7, 7, 7)
