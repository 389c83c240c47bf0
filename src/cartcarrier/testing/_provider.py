"""What holds for every provider: somebody else's warehouse."""

import attrs
import pytest
from typing_extensions import override

from cartcarrier.drivers import Driver
from cartcarrier.errors import ConflictError, NotFoundError
from cartcarrier.models import CancellationStatus, ProviderOrderStatus
from cartcarrier.providers import FulfillmentProvider
from cartcarrier.testing._driver import Call, DriverConformance, check_error, error_of
from cartcarrier.testing._platform import Platform, ProviderPlatform
from cartcarrier.testing._transport import Failure, FaultyTransport

REFERENCE = "cc-0000000000000001"


class ProviderConformance(DriverConformance):
    """The rules for providers. Subclass it and give one fixture, ``provider``."""

    @pytest.fixture
    def provider(self) -> FulfillmentProvider:
        """The provider under test, on a transport of its own."""
        pytest.fail(f"{type(self).__name__} needs a fixture `provider` that returns the driver under test")

    @pytest.fixture
    @override
    def driver(self, provider: FulfillmentProvider) -> Driver:
        """The driver under test."""
        return provider

    @pytest.fixture
    @override
    def platform(self) -> ProviderPlatform:
        """What the suite knows of the provider's side."""
        return ProviderPlatform()

    @override
    async def reads(self, driver: Driver, platform: Platform) -> dict[str, Call]:
        assert isinstance(driver, FulfillmentProvider)
        assert isinstance(platform, ProviderPlatform)
        order = platform.make_order()
        return {"preview": lambda: driver.preview(order)}

    async def test_preview_is_of_this_account(self, provider: FulfillmentProvider, platform: ProviderPlatform) -> None:
        """The key tells who promised the price."""
        assert {rate.carrier for rate in await provider.preview(platform.make_order())} == {provider.key}

    async def test_same_reference_twice_is_one_order(
        self, provider: FulfillmentProvider, platform: ProviderPlatform
    ) -> None:
        """An order whose answer was lost is handed over again; the goods leave once."""
        before = platform.submitted()
        for _ in range(2):
            taken = await provider.submit(platform.make_order(), reference=REFERENCE)
            assert taken.reference == REFERENCE
        assert platform.submitted() == before + 1

    async def test_same_reference_for_other_goods_conflicts(
        self, provider: FulfillmentProvider, platform: ProviderPlatform
    ) -> None:
        """The first order is not silently kept in place of the second one."""
        order = platform.make_order()
        await provider.submit(order, reference=REFERENCE)
        other = attrs.evolve(order, id="order-2", lines=[attrs.evolve(line, quantity=9) for line in order.lines])
        with pytest.raises(ConflictError) as caught:
            await provider.submit(other, reference=REFERENCE)
        check_error(caught.value, provider)

    async def test_lost_order_has_an_unknown_outcome(
        self, provider: FulfillmentProvider, platform: ProviderPlatform, wire: FaultyTransport
    ) -> None:
        """The warehouse may have taken it."""
        order = platform.make_order()
        with wire.failing(Failure.LOST, platform.is_write):
            error = await error_of(lambda: provider.submit(order, reference=REFERENCE))
        assert error.outcome_unknown
        check_error(error, provider)
        assert (await provider.get_status(REFERENCE)).reference == REFERENCE

    async def test_unknown_reference_is_not_found(
        self, provider: FulfillmentProvider, platform: ProviderPlatform
    ) -> None:
        """Not taken yet is not the same as taken and waiting."""
        for call in (provider.get_status, provider.cancel):
            with pytest.raises(NotFoundError) as caught:
                await call(platform.unknown_reference)
            check_error(caught.value, provider)

    async def test_cancelling_twice_cancels_once(
        self, provider: FulfillmentProvider, platform: ProviderPlatform
    ) -> None:
        """A cancellation whose answer was lost is sent again."""
        await provider.submit(platform.make_order(), reference=REFERENCE)
        for _ in range(2):
            result = await provider.cancel(REFERENCE)
            assert result.status in {CancellationStatus.DONE, CancellationStatus.PENDING}, result.message
        if result.status is CancellationStatus.DONE:
            assert (await provider.get_status(REFERENCE)).status is ProviderOrderStatus.CANCELLED
