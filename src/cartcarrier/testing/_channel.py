"""What holds for every channel."""

from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta

import attrs
import pytest
from typing_extensions import override

from cartcarrier.channels import (
    Channel,
    SupportsInventory,
    SupportsOrderCancellation,
    SupportsOrders,
    SupportsTrackingUpdates,
)
from cartcarrier.drivers import Driver
from cartcarrier.errors import ConflictError, NotFoundError
from cartcarrier.models import (
    CancellationStatus,
    InventoryLevel,
    InventoryStatus,
    Order,
    OrderQuery,
    OrderStatus,
    TrackingEvent,
    TrackingStatus,
)
from cartcarrier.testing._driver import Call, check_error
from cartcarrier.testing._factories import NOW
from cartcarrier.testing._fulfillments import FulfillmentRules
from cartcarrier.testing._leaks import personal_data
from cartcarrier.testing._platform import ChannelPlatform, Platform
from cartcarrier.testing._transport import FaultyTransport

SEVERAL = 5


class ChannelConformance(FulfillmentRules):
    """The rules for channels. Subclass it and give one fixture, ``channel``; most tests need a ``platform`` fixture, too.

    ::

        class TestMarket(ChannelConformance):
            @pytest.fixture
            def platform(self) -> MarketPlatform:
                return MarketPlatform()

            @pytest.fixture
            def channel(self, platform: MarketPlatform) -> MarketChannel:
                return MarketChannel(MarketConfig(api_key="not-a-real-key"), transport=platform.transport)
    """

    @pytest.fixture
    def channel(self) -> Channel:
        """The channel under test, on a transport of its own."""
        pytest.fail(f"{type(self).__name__} needs a fixture `channel` that returns the driver under test")

    @pytest.fixture
    @override
    def driver(self, channel: Channel) -> Driver:
        """The driver under test."""
        return channel

    @pytest.fixture
    @override
    def platform(self) -> ChannelPlatform:
        """What the suite knows of the channel's side."""
        return ChannelPlatform()

    @override
    async def reads(self, driver: Driver, platform: Platform) -> dict[str, Call]:
        assert isinstance(platform, ChannelPlatform)
        reads: dict[str, Call] = {}
        if isinstance(driver, SupportsOrders):
            order_id = await platform.place_order()
            reads["get_order"] = lambda: driver.get_order(order_id)
            reads["list_orders"] = lambda: _all_of(driver.list_orders())
        if isinstance(driver, SupportsInventory):
            reads["get_inventory"] = lambda: driver.get_inventory([platform.unknown_sku])
        if not reads:
            pytest.skip(f"{type(driver).__name__} has nothing that only reads")
        return reads

    # --- reading orders ---------------------------------------------------------------------------------------------

    @pytest.mark.requires(capability=SupportsOrders)
    async def test_order_is_whole(self, channel: SupportsOrders, platform: ChannelPlatform) -> None:
        """Whoever ships needs the address, the lines, and what is open of each."""
        order_id = await platform.place_order()
        order = await channel.get_order(order_id)
        assert (order.channel, order.id) == (channel.key, order_id)
        assert order.number
        assert order.status is OrderStatus.UNFULFILLED, "a new order that may be shipped"
        assert order.ship_to is not None
        assert any(line.requires_shipping and line.unfulfilled_quantity for line in order.lines)
        for moment in (order.placed_at, order.updated_at, order.ship_by, order.deliver_by):
            assert moment is None or moment.tzinfo is not None

    @pytest.mark.requires(capability=SupportsOrders)
    async def test_text_form_of_an_order_shows_no_person(
        self, channel: SupportsOrders, platform: ChannelPlatform
    ) -> None:
        """An order in a log line must not carry the buyer's address there."""
        order = await channel.get_order(await platform.place_order())
        assert order.ship_to is not None
        person = [order.ship_to.street1, order.ship_to.name, order.ship_to.phone, *personal_data()]
        assert [kind for kind, value in enumerate(person) if value and value in repr(order)] == []

    @pytest.mark.requires(capability=SupportsOrders)
    async def test_raw_is_off_unless_asked_for(self, channel: SupportsOrders, platform: ChannelPlatform) -> None:
        """The platform's own bytes are personal data: kept only by who wants them."""
        order_id = await platform.place_order()
        assert (await channel.get_order(order_id)).raw is None
        channel.keep_raw = True
        assert (await channel.get_order(order_id)).raw

    @pytest.mark.requires(capability=SupportsOrders)
    async def test_unknown_order_is_not_found(self, channel: SupportsOrders, platform: ChannelPlatform) -> None:
        """Not an empty order, and not a crash."""
        with pytest.raises(NotFoundError) as caught:
            await channel.get_order(platform.unknown_order_id)
        check_error(caught.value, channel)

    @pytest.mark.requires(capability=SupportsOrders)
    async def test_listing_goes_over_all_pages(self, channel: SupportsOrders, platform: ChannelPlatform) -> None:
        """An order on the second page is an order."""
        placed = {await platform.place_order() for _ in range(SEVERAL)}
        listed = [order.id async for order in channel.list_orders(OrderQuery(page_size=2))]
        assert placed <= set(listed)

    @pytest.mark.requires(capability=SupportsOrders)
    async def test_listed_order_is_the_one_got(self, channel: SupportsOrders, platform: ChannelPlatform) -> None:
        """What is compared before buying must not differ by the way it was read."""
        order_id = await platform.place_order()
        listed = [order async for order in channel.list_orders() if order.id == order_id]
        assert await channel.get_order(order_id) in listed

    @pytest.mark.requires(capability=SupportsOrders)
    async def test_only_asked_statuses_are_listed(self, channel: SupportsOrders, platform: ChannelPlatform) -> None:
        """Whoever asks for open orders must not be handed shipped ones."""
        order_id = await platform.place_order()
        open_ones, shipped = _with_status(OrderStatus.UNFULFILLED), _with_status(OrderStatus.FULFILLED)
        assert order_id in [order.id async for order in channel.list_orders(open_ones)]
        assert order_id not in [order.id async for order in channel.list_orders(shipped)]

    @pytest.mark.requires(capability=SupportsOrders)
    async def test_only_what_was_touched_since_is_listed(
        self, channel: SupportsOrders, platform: ChannelPlatform
    ) -> None:
        """A poll every minute must not read the whole history."""
        order_id = await platform.place_order()
        order = await channel.get_order(order_id)
        touched = order.updated_at or order.placed_at
        since, later = OrderQuery(updated_since=touched), OrderQuery(updated_since=touched + timedelta(days=1))
        assert order_id in [order.id async for order in channel.list_orders(since)]
        assert order_id not in [order.id async for order in channel.list_orders(later)]

    @pytest.mark.requires(capability=SupportsOrders)
    async def test_listing_can_be_stopped_at_any_time(
        self, channel: SupportsOrders, platform: ChannelPlatform, wire: FaultyTransport
    ) -> None:
        """Whoever has found the order asks for no further pages, and the driver goes on working."""
        for _ in range(SEVERAL):
            await platform.place_order()
        orders = channel.list_orders(OrderQuery(page_size=1))
        found = await anext(orders)
        sent = wire.count()
        if isinstance(orders, AsyncGenerator):
            await orders.aclose()
        assert wire.count() == sent
        assert (await channel.get_order(found.id)).id == found.id

    # --- cancelling -------------------------------------------------------------------------------------------------

    @pytest.mark.requires(capability=SupportsOrderCancellation)
    async def test_cancelling_twice_cancels_once(
        self, channel: SupportsOrderCancellation, platform: ChannelPlatform
    ) -> None:
        """A cancellation whose answer was lost is sent again."""
        order_id = await platform.place_order()
        for _ in range(2):
            result = await channel.cancel_order(order_id)
            assert result.status in {CancellationStatus.DONE, CancellationStatus.PENDING}, result.message
        if isinstance(channel, SupportsOrders) and result.status is CancellationStatus.DONE:
            assert (await channel.get_order(order_id)).status is OrderStatus.CANCELLED

    @pytest.mark.requires(capability=SupportsOrderCancellation)
    async def test_cancelling_an_unknown_order_is_not_found(
        self, channel: SupportsOrderCancellation, platform: ChannelPlatform
    ) -> None:
        """A success for what does not exist would hide a mix-up of accounts."""
        with pytest.raises(NotFoundError) as caught:
            await channel.cancel_order(platform.unknown_order_id)
        check_error(caught.value, channel)

    @pytest.mark.requires(capability=SupportsOrderCancellation)
    async def test_answer_to_no_request_conflicts(
        self, channel: SupportsOrderCancellation, platform: ChannelPlatform
    ) -> None:
        """Nobody asked: accepting would cancel an order out of the blue."""
        order_id = await platform.place_order()
        with pytest.raises(ConflictError) as caught:
            await channel.answer_cancel_request(order_id, accept=True)
        check_error(caught.value, channel)

    @pytest.mark.requires(capability=SupportsOrderCancellation)
    async def test_request_can_be_answered(self, channel: SupportsOrderCancellation, platform: ChannelPlatform) -> None:
        """A buyer who asks gets an answer, and the order is cancelled."""
        order_id = await platform.place_order()
        await platform.request_cancellation(order_id)
        result = await channel.answer_cancel_request(order_id, accept=True)
        assert result.status in {CancellationStatus.DONE, CancellationStatus.PENDING}, result.message

    # --- stock ------------------------------------------------------------------------------------------------------

    @pytest.mark.requires(capability=SupportsInventory)
    async def test_level_that_was_set_is_read(self, channel: SupportsInventory, platform: ChannelPlatform) -> None:
        """What is set is what buyers may buy."""
        sku = await platform.known_sku(channel)
        before = [level for level in await channel.get_inventory([sku]) if level.sku == sku]
        assert before, "the platform says that it keeps the stock of this article"
        level = attrs.evolve(before[0], available=before[0].available + 7)
        (result,) = await channel.set_inventory([level])
        assert (result.sku, result.status) == (sku, InventoryStatus.ACCEPTED), result.message
        assert level in await channel.get_inventory([sku])

    @pytest.mark.requires(capability=SupportsInventory)
    async def test_every_level_has_its_result(self, channel: SupportsInventory, platform: ChannelPlatform) -> None:
        """One article that the channel does not have must not keep the others from being set."""
        sku = await platform.known_sku(channel)
        location = (await channel.get_inventory([sku]))[0].location_id
        levels = [
            InventoryLevel(sku=platform.unknown_sku, available=3, location_id=location),
            InventoryLevel(sku=sku, available=4, location_id=location),
        ]
        results = await channel.set_inventory(levels)
        assert [result.sku for result in results] == [level.sku for level in levels]
        assert [result.status for result in results] == [InventoryStatus.REJECTED, InventoryStatus.ACCEPTED]
        assert results[0].message, "why?"

    @pytest.mark.requires(capability=SupportsInventory)
    async def test_stock_of_an_unknown_article_is_no_level(
        self, channel: SupportsInventory, platform: ChannelPlatform
    ) -> None:
        """None is not zero: zero would stop a sale that never was."""
        levels = await channel.get_inventory([platform.unknown_sku])
        assert [level for level in levels if level.sku == platform.unknown_sku] == []

    # --- tracking for the buyer -------------------------------------------------------------------------------------

    @pytest.mark.requires(capability=SupportsTrackingUpdates)
    async def test_scan_told_twice_is_no_error(
        self, channel: SupportsTrackingUpdates, platform: ChannelPlatform
    ) -> None:
        """A scan whose answer was lost is told again."""
        _, done = await self.ship_all(channel, platform)
        event = TrackingEvent(status=TrackingStatus.IN_TRANSIT, occurred_at=NOW, key="scan-1", description="Departed")
        for _ in range(2):
            await channel.post_tracking_event(done, event)

    @pytest.mark.requires(capability=SupportsTrackingUpdates)
    async def test_scan_of_an_unknown_fulfillment_is_not_found(
        self, channel: SupportsTrackingUpdates, platform: ChannelPlatform
    ) -> None:
        """A scan that reaches nobody must not look as if it did."""
        _, done = await self.ship_all(channel, platform)
        event = TrackingEvent(status=TrackingStatus.IN_TRANSIT, occurred_at=NOW, key="scan-1")
        with pytest.raises(NotFoundError) as caught:
            await channel.post_tracking_event(attrs.evolve(done, id=platform.unknown_fulfillment_id), event)
        check_error(caught.value, channel)


async def _all_of(orders: AsyncIterator[Order]) -> list[Order]:
    return [order async for order in orders]


def _with_status(status: OrderStatus) -> OrderQuery:
    return OrderQuery(statuses=frozenset({status}))  # type: ignore[arg-type]  # the attrs plugin loses frozenset's type variable
