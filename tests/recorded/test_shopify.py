"""Shopify's driver over real HTTP, from recordings. See conftest.py for what they were made from."""

from collections.abc import AsyncIterator
from typing import Any, cast

import attrs
import httpx
import pytest

from cartcarrier import open_channel
from cartcarrier.channels.shopify import ShopifyChannel
from cartcarrier.errors import ConflictError, NotFoundError
from cartcarrier.models import FulfillmentParcel, Order, OrderQuery, OrderStatus
from cartcarrier.testing import make_address, make_fulfillment
from tests.recorded.conftest import Stage

PLATFORM = "shopify"
NUMBERS = ("1Z999AA10123456784", "1Z999AA10199999997")

pytestmark = [pytest.mark.vcr, pytest.mark.block_network]


@pytest.fixture
async def channel(stage: Stage, transport: httpx.AsyncHTTPTransport) -> AsyncIterator[ShopifyChannel]:
    """The driver, as an application opens it, on a shop that has open orders."""
    if stage.simulator is not None:
        person = make_address()
        address = {
            "first_name": "Quilla",
            "last_name": "Canary",
            "address1": person.street1,
            "city": person.city,
            "province_code": person.region,
            "zip": person.postal_code,
            "country_code": person.country_code,
            "phone": person.phone,
        }
        line = {"sku": "MUG-1", "title": "Mug", "quantity": 2, "price": "12.50"}
        for _ in range(3):
            cast("Any", stage.simulator).place_order(lines=[line], address=address, email=person.email)
    async with open_channel("shopify", transport=transport, clock=stage.clock, **stage.settings) as opened:  # type: ignore[arg-type]  # settings by name
        assert isinstance(opened, ShopifyChannel)
        yield opened


async def open_orders(channel: ShopifyChannel) -> list[Order]:
    """Read what is open, two orders a page."""
    query = OrderQuery(statuses=frozenset({OrderStatus.UNFULFILLED}), page_size=2)  # type: ignore[arg-type]  # the attrs plugin loses frozenset's type variable
    return [order async for order in channel.list_orders(query)]


async def test_open_orders_are_read(channel: ShopifyChannel, stage: Stage) -> None:
    """Over more than one page, each once."""
    orders = await open_orders(channel)
    stage.keep("orders", orders)
    assert len(orders) >= 3
    assert len({order.id for order in orders}) == len(orders)
    for order in orders:
        assert order.channel == "shopify:default"
        assert order.status is OrderStatus.UNFULFILLED
        assert order.ship_to is not None
        assert any(line.unfulfilled_quantity for line in order.lines)


async def test_order_leaves_and_comes_back(channel: ShopifyChannel, stage: Stage) -> None:
    """Fulfilled, not fulfilled again, its number replaced, and taken back."""
    order = (await open_orders(channel))[0]
    told = make_fulfillment(
        order_id=order.id,
        lines={line.id: line.unfulfilled_quantity for line in order.lines if line.unfulfilled_quantity},
        parcels=[FulfillmentParcel(carrier="ups", tracking_number=NUMBERS[0])],
        location_id=order.allocations[0].location_id,
    )
    done = await channel.fulfill(told)
    stage.keep("done", done)
    assert done.id
    assert (await channel.get_order(order.id)).status is OrderStatus.FULFILLED
    with pytest.raises(ConflictError):
        await channel.fulfill(
            attrs.evolve(told, parcels=[FulfillmentParcel(carrier="ups", tracking_number=NUMBERS[1])])
        )

    parcel = FulfillmentParcel(carrier="ups", tracking_number=NUMBERS[1])
    changed = await channel.update_tracking(attrs.evolve(done, parcels=[parcel]))
    stage.keep("changed", changed)
    (listed,) = await channel.list_fulfillments(order.id)
    assert [parcel.tracking_number for parcel in listed.parcels] == [NUMBERS[1]]

    await channel.cancel_fulfillment(done)
    assert (await channel.get_order(order.id)).status is OrderStatus.UNFULFILLED


async def test_unknown_order(channel: ShopifyChannel) -> None:
    """An id of the right form that belongs to nobody."""
    with pytest.raises(NotFoundError) as caught:
        await channel.get_order("gid://shopify/Order/999999999999")
    assert caught.value.provider == "shopify"
