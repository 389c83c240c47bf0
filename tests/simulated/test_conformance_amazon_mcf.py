"""Multi-Channel Fulfillment's driver against the rules for every provider, over the simulator."""

from datetime import timedelta
from typing import Any, ClassVar

import pytest
from typing_extensions import override

from cartcarrier.drivers import Driver
from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.providers import FulfillmentProvider
from cartcarrier.providers.amazon_mcf import AmazonMCFConfig, AmazonMCFProvider
from cartcarrier.sandbox.amazon import AmazonSimulator
from cartcarrier.testing import ProviderConformance, ProviderPlatform


class MCFPlatform(ProviderPlatform):
    """What the suite must know of Amazon's warehouse."""

    token_path: ClassVar[str | None] = "/auth/o2/token"

    def __init__(self, simulator: AmazonSimulator) -> None:
        self.simulator = simulator

    @override
    def submitted(self) -> int:
        return len(self.simulator.fulfillment_orders())

    @override
    async def pass_time(self, driver: Driver, duration: timedelta) -> None:
        await self.simulator.advance(duration.total_seconds())


@pytest.fixture
def simulator() -> AmazonSimulator:
    made = AmazonSimulator(clock=ManualClock())
    made.set_fba_stock("MUG-1", 100)
    return made


class TestAmazonMCF(ProviderConformance):
    """Mugs of another channel, from FBA stock."""

    @pytest.fixture
    @override
    def platform(self, simulator: AmazonSimulator) -> MCFPlatform:
        return MCFPlatform(simulator)

    @pytest.fixture
    @override
    def provider(self, simulator: AmazonSimulator) -> FulfillmentProvider:
        config = AmazonMCFConfig(**_settings(simulator))
        return AmazonMCFProvider(config, transport=asgi_transport(simulator.app), clock=simulator.clock)


def _settings(simulator: AmazonSimulator) -> dict[str, Any]:
    return dict(simulator.settings())
