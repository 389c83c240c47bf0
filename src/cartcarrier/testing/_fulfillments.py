"""What holds for every channel that is told what has left: once, found again, never silently lost."""

import attrs
import pytest

from cartcarrier.channels import Channel, SupportsFulfillment, SupportsFulfillmentChanges, SupportsOrders
from cartcarrier.errors import CartCarrierError, ConflictError, NotFoundError, RateLimitError, TransportError
from cartcarrier.models import Fulfillment, FulfillmentParcel, FulfillmentStatus, Order, OrderStatus
from cartcarrier.testing._driver import DriverConformance, check_error, error_of
from cartcarrier.testing._platform import ChannelPlatform
from cartcarrier.testing._transport import Failure, FaultyTransport

OTHER_NUMBER = "1Z999AA10199999997"


class FulfillmentRules(DriverConformance):
    """The rules about fulfillments; part of ``ChannelConformance``."""

    async def an_order(self, channel: Channel, platform: ChannelPlatform) -> Order:
        """Return a new order that may be shipped."""
        if not isinstance(channel, SupportsOrders):
            pytest.skip(f"{type(channel).__name__} has no SupportsOrders")
        return await channel.get_order(await platform.place_order())

    async def ship_all(self, channel: Channel, platform: ChannelPlatform) -> tuple[Order, Fulfillment]:
        """Tell the channel that a new order has left, and return the order as it was, and the fulfillment."""
        if not isinstance(channel, SupportsFulfillment):
            pytest.skip(f"{type(channel).__name__} has no SupportsFulfillment")
        order = await self.an_order(channel, platform)
        return order, await channel.fulfill(platform.make_fulfillment(order))

    @pytest.mark.requires(capability=SupportsFulfillment)
    async def test_fulfillment_is_listed_afterwards(
        self, channel: SupportsFulfillment, platform: ChannelPlatform
    ) -> None:
        """What was told is found again, with its number and its lines."""
        order, done = await self.ship_all(channel, platform)
        assert done.id, "a fulfillment that was accepted has the channel's id"
        (listed,) = await channel.list_fulfillments(order.id)
        assert listed.id == done.id
        assert listed.order_id == order.id
        assert listed.status is FulfillmentStatus.ACTIVE
        assert listed.lines == done.lines
        assert _numbers(listed) == _numbers(done)

    @pytest.mark.requires(capability=SupportsFulfillment)
    async def test_fulfilled_order_has_nothing_open(
        self, channel: SupportsFulfillment, platform: ChannelPlatform
    ) -> None:
        """What has left must not be packed again."""
        order, done = await self.ship_all(channel, platform)
        assert isinstance(channel, SupportsOrders)
        after = await channel.get_order(order.id)
        assert after.status is OrderStatus.FULFILLED
        assert [line.unfulfilled_quantity for line in after.lines if line.id in done.lines] == [0] * len(done.lines)
        assert [fulfillment.id for fulfillment in after.fulfillments] == [done.id]

    @pytest.mark.requires(capability=SupportsFulfillment)
    async def test_order_without_fulfillments_lists_none(
        self, channel: SupportsFulfillment, platform: ChannelPlatform
    ) -> None:
        """After a lost answer an empty list means: tell it again."""
        order = await self.an_order(channel, platform)
        assert list(await channel.list_fulfillments(order.id)) == []

    @pytest.mark.requires(capability=SupportsFulfillment)
    async def test_part_of_an_order_can_leave(self, channel: SupportsFulfillment, platform: ChannelPlatform) -> None:
        """One piece of two: the other one stays open."""
        order = await self.an_order(channel, platform)
        assert isinstance(channel, SupportsOrders)
        line = next((line for line in order.lines if line.unfulfilled_quantity > 1), None)
        if line is None:
            pytest.skip("the platform's orders have no line of several pieces")
        await channel.fulfill(attrs.evolve(platform.make_fulfillment(order), lines={line.id: 1}))
        after = await channel.get_order(order.id)
        assert after.status is OrderStatus.PARTIALLY_FULFILLED
        (rest,) = [left.unfulfilled_quantity for left in after.lines if left.id == line.id]
        assert rest == line.unfulfilled_quantity - 1

    @pytest.mark.requires(capability=SupportsFulfillment)
    async def test_fulfilling_again_conflicts(self, channel: SupportsFulfillment, platform: ChannelPlatform) -> None:
        """The same pieces cannot leave twice; that the channel says so is what makes a retry safe."""
        order, _ = await self.ship_all(channel, platform)
        with pytest.raises(ConflictError) as caught:
            await channel.fulfill(platform.make_fulfillment(order, number=OTHER_NUMBER))
        assert not caught.value.outcome_unknown
        check_error(caught.value, channel)
        assert len(await channel.list_fulfillments(order.id)) == 1

    @pytest.mark.requires(capability=SupportsFulfillment)
    async def test_fulfilling_an_unknown_order_is_not_found(
        self, channel: SupportsFulfillment, platform: ChannelPlatform
    ) -> None:
        """A confirmation that reaches no order must not look as if it did."""
        order = await self.an_order(channel, platform)
        stray = attrs.evolve(platform.make_fulfillment(order), order_id=platform.unknown_order_id)
        with pytest.raises(NotFoundError) as caught:
            await channel.fulfill(stray)
        check_error(caught.value, channel)

    @pytest.mark.requires(capability=SupportsFulfillment)
    async def test_fulfillments_of_an_unknown_order_are_not_found(
        self, channel: SupportsFulfillment, platform: ChannelPlatform
    ) -> None:
        """An empty list would mean: not told yet, tell it again."""
        with pytest.raises(NotFoundError) as caught:
            await channel.list_fulfillments(platform.unknown_order_id)
        check_error(caught.value, channel)

    # --- when the answer is lost ------------------------------------------------------------------------------------

    @pytest.mark.requires(capability=SupportsFulfillment)
    @pytest.mark.parametrize("failure", [Failure.LOST, Failure.CUT, Failure.UNAVAILABLE_AFTER])
    async def test_lost_fulfillment_is_uncertain_and_found(
        self, channel: SupportsFulfillment, platform: ChannelPlatform, wire: FaultyTransport, failure: Failure
    ) -> None:
        """The channel may have written to the buyer; before telling it again, one looks."""
        order = await self.an_order(channel, platform)
        fulfillment = platform.make_fulfillment(order)
        with wire.failing(failure, platform.is_write):
            error = await error_of(lambda: channel.fulfill(fulfillment))
        assert error.outcome_unknown, f"{type(error).__name__} says that nothing was told, and cannot know"
        check_error(error, channel)
        (found,) = await channel.list_fulfillments(order.id)
        assert _numbers(found) == _numbers(fulfillment), "and it was told once"

    @pytest.mark.requires(capability=SupportsFulfillment)
    @pytest.mark.parametrize(
        ("failure", "kind"), [(Failure.REFUSED, TransportError), (Failure.LIMITED, RateLimitError)], ids=str
    )
    async def test_fulfillment_that_never_arrived_is_known_to_have_failed(
        self,
        channel: SupportsFulfillment,
        platform: ChannelPlatform,
        wire: FaultyTransport,
        failure: Failure,
        kind: type[CartCarrierError],
    ) -> None:
        """Where nothing was told, it may be told again at once."""
        order = await self.an_order(channel, platform)
        with wire.failing(failure, platform.is_write):
            error = await error_of(lambda: channel.fulfill(platform.make_fulfillment(order)))
        assert isinstance(error, kind)
        assert not error.outcome_unknown
        check_error(error, channel)

    # --- mending ----------------------------------------------------------------------------------------------------

    @pytest.mark.requires(capability=SupportsFulfillmentChanges)
    async def test_number_can_be_replaced_twice(
        self, channel: SupportsFulfillmentChanges, platform: ChannelPlatform
    ) -> None:
        """After a label was bought anew the buyer must see the new number; sent again, nothing else happens."""
        order, done = await self.ship_all(channel, platform)
        assert isinstance(channel, SupportsFulfillment)
        parcel = FulfillmentParcel(carrier="ups", tracking_number=OTHER_NUMBER, service="UPS Ground")
        for _ in range(2):
            changed = await channel.update_tracking(attrs.evolve(done, parcels=(parcel,)))
            assert changed.id == done.id
        (listed,) = await channel.list_fulfillments(order.id)
        assert _numbers(listed) == [OTHER_NUMBER]

    @pytest.mark.requires(capability=SupportsFulfillmentChanges)
    async def test_taking_back_twice_takes_back_once(
        self, channel: SupportsFulfillmentChanges, platform: ChannelPlatform
    ) -> None:
        """A label that was voided has not left; its lines are open again, once."""
        order, done = await self.ship_all(channel, platform)
        assert isinstance(channel, SupportsOrders)
        for _ in range(2):
            await channel.cancel_fulfillment(done)
        after = await channel.get_order(order.id)
        opened = {line.id: line.unfulfilled_quantity for line in after.lines if line.id in done.lines}
        assert opened == dict(done.lines)
        assert after.status is OrderStatus.UNFULFILLED

    @pytest.mark.requires(capability=SupportsFulfillmentChanges)
    async def test_mending_an_unknown_fulfillment_is_not_found(
        self, channel: SupportsFulfillmentChanges, platform: ChannelPlatform
    ) -> None:
        """The buyer would go on looking for the old number."""
        _, done = await self.ship_all(channel, platform)
        stray = attrs.evolve(done, id=platform.unknown_fulfillment_id)
        for change in (channel.update_tracking, channel.cancel_fulfillment):
            with pytest.raises(NotFoundError) as caught:
                await change(stray)
            check_error(caught.value, channel)


def _numbers(fulfillment: Fulfillment) -> list[str | None]:
    return [parcel.tracking_number for parcel in fulfillment.parcels]
