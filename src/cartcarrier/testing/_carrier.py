"""What holds for every carrier."""

from decimal import Decimal

import attrs
import pytest
from typing_extensions import override

from cartcarrier.carriers import (
    Carrier,
    SupportsAddressValidation,
    SupportsLabels,
    SupportsManifest,
    SupportsRates,
    SupportsShipmentLookup,
    SupportsTracking,
)
from cartcarrier.drivers import Driver
from cartcarrier.errors import ConflictError, ServiceUnavailableForLaneError
from cartcarrier.models import AddressVerdict, TrackingFailure
from cartcarrier.testing._driver import Call
from cartcarrier.testing._platform import CarrierPlatform, Platform
from cartcarrier.testing._purchases import PurchaseRules
from cartcarrier.testing._tracking import TrackingRules


class CarrierConformance(PurchaseRules, TrackingRules):
    """The rules for carriers. Subclass it and give one fixture, ``carrier``; with a ``platform`` fixture more tests run.

    ::

        class TestAcme(CarrierConformance):
            @pytest.fixture
            def carrier(self) -> AcmeCarrier:
                config = AcmeConfig(api_key="not-a-real-key")
                return AcmeCarrier(config, transport=handler_transport(AcmeSimulator()), clock=ManualClock())
    """

    @pytest.fixture
    def carrier(self) -> Carrier:
        """The carrier under test, on a transport of its own."""
        pytest.fail(f"{type(self).__name__} needs a fixture `carrier` that returns the driver under test")

    @pytest.fixture
    @override
    def driver(self, carrier: Carrier) -> Driver:
        """The driver under test."""
        return carrier

    @pytest.fixture
    @override
    def platform(self) -> CarrierPlatform:
        """What the suite knows of the carrier's side."""
        return CarrierPlatform()

    @override
    async def reads(self, driver: Driver, platform: Platform) -> dict[str, Call]:
        assert isinstance(platform, CarrierPlatform)
        reads: dict[str, Call] = {}
        request, address = platform.make_request(), platform.make_address()
        if isinstance(driver, SupportsRates):
            reads["get_rates"] = lambda: driver.get_rates(request)
        if isinstance(driver, SupportsAddressValidation):
            reads["validate_address"] = lambda: driver.validate_address(address)
        if (
            isinstance(driver, SupportsShipmentLookup)
            and isinstance(driver, SupportsLabels)
            and not platform.what_is_missing(driver)
        ):
            step = platform.other_step(driver)
            reads["find_purchase"] = lambda: driver.find_purchase(step)
        if isinstance(driver, SupportsTracking):
            reads["track"] = lambda: self._track_one(driver, platform.unknown_number)
        if not reads:
            pytest.skip(f"{type(driver).__name__} has nothing that only reads")
        return reads

    @override
    async def talks(self, driver: Driver, platform: Platform) -> dict[str, Call]:
        assert isinstance(platform, CarrierPlatform)
        talks = await self.reads(driver, platform)
        if isinstance(driver, SupportsLabels) and not platform.what_is_missing(driver):
            step = platform.other_step(driver)
            talks["purchase"] = lambda: driver.purchase(step)
        return talks

    async def _track_one(self, carrier: SupportsTracking, number: str) -> object:
        """Follow one parcel. A failure beside the results is raised, unless it is that the number is unknown."""
        (result,) = await carrier.track([number])
        if isinstance(result, TrackingFailure) and not self._is_unknown(result):
            raise result.error
        return result

    # --- prices -----------------------------------------------------------------------------------------------------

    @pytest.mark.requires(capability=SupportsRates)
    async def test_rates_are_of_this_account(self, carrier: SupportsRates, platform: CarrierPlatform) -> None:
        """With two accounts of one carrier the key tells who promised the price."""
        rates = await carrier.get_rates(platform.make_request())
        assert rates, "no rate for a shipment that the platform says it sells"
        assert {rate.carrier for rate in rates} == {carrier.key}
        assert all(rate.total.amount >= Decimal(0) for rate in rates)

    @pytest.mark.requires(capability=SupportsRates)
    async def test_asked_service_is_the_only_one_priced(
        self, carrier: SupportsRates, platform: CarrierPlatform
    ) -> None:
        """Whoever asks for Ground must not be handed the price of overnight."""
        request = platform.make_request()
        for service in {rate.service.code for rate in await carrier.get_rates(attrs.evolve(request, service=None))}:
            rates = await carrier.get_rates(attrs.evolve(request, service=service))
            assert {rate.service.code for rate in rates} == {service}

    @pytest.mark.requires(capability=SupportsRates)
    async def test_unknown_service_is_no_empty_list(self, carrier: SupportsRates, platform: CarrierPlatform) -> None:
        """Nothing to offer is an error with a reason, so that nobody takes silence for "free"."""
        request = attrs.evolve(platform.make_request(), service=platform.unknown_service)
        with pytest.raises(ServiceUnavailableForLaneError):
            await carrier.get_rates(request)

    # --- addresses, manifests ---------------------------------------------------------------------------------------

    @pytest.mark.requires(capability=SupportsAddressValidation)
    async def test_address_gets_a_verdict(self, carrier: SupportsAddressValidation, platform: CarrierPlatform) -> None:
        """An address is judged, not refused: an invalid one is a verdict, too."""
        result = await carrier.validate_address(platform.make_address())
        assert result.verdict in set(AddressVerdict)
        if result.verdict is AddressVerdict.CORRECTED:
            assert result.candidates, "corrected to what?"

    @pytest.mark.requires(capability=SupportsManifest)
    async def test_manifest_closes_a_shipment_once(self, carrier: SupportsManifest, platform: CarrierPlatform) -> None:
        """A parcel that stands on two manifests is billed or searched for twice."""
        assert isinstance(carrier, SupportsLabels)
        shipment = await self.buy(carrier, platform)
        sender = platform.make_request().ship_from
        manifest = await carrier.create_manifest([shipment], ship_from=sender)
        assert manifest.id
        with pytest.raises(ConflictError):
            await carrier.create_manifest([shipment], ship_from=sender)
