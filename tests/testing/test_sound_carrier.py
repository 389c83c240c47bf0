"""A sound carrier keeps every rule. Without this the tests of broken ones would prove nothing."""

import pytest
from typing_extensions import override

from cartcarrier.testing import CarrierConformance, handler_transport
from tests.testing.full_acme import CONFIG, FullAcme, FullPlatform


class TestFullAcme(CarrierConformance):
    """The rules for carriers."""

    @pytest.fixture
    @override
    def platform(self) -> FullPlatform:
        return FullPlatform()

    @pytest.fixture
    @override
    def carrier(self, platform: FullPlatform) -> FullAcme:
        return FullAcme(CONFIG, transport=handler_transport(platform.acme), clock=platform.acme.clock)
