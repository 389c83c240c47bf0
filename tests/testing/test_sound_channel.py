"""A sound channel keeps every rule. Without this the tests of broken ones would prove nothing."""

import pytest
from typing_extensions import override

from cartcarrier.testing import ChannelConformance, handler_transport
from tests.testing.market import MarketChannel, MarketConfig, MarketPlatform


class TestMarket(ChannelConformance):
    """The rules for channels."""

    @pytest.fixture
    @override
    def platform(self) -> MarketPlatform:
        return MarketPlatform()

    @pytest.fixture
    @override
    def channel(self, platform: MarketPlatform) -> MarketChannel:
        market = platform.market
        return MarketChannel(MarketConfig(), transport=handler_transport(market), clock=market.clock)
