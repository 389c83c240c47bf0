"""Buy Shipping's driver against the rules for every carrier, over the simulator: for an Amazon order, and for one from elsewhere."""

from datetime import timedelta
from typing import Any, ClassVar

import attrs
import pytest
from typing_extensions import override

from cartcarrier.carriers import Carrier
from cartcarrier.carriers.amazon_buy_shipping import AmazonBuyShippingCarrier, AmazonBuyShippingConfig
from cartcarrier.drivers import Driver
from cartcarrier.http import ManualClock, ReceivedRequest, asgi_transport
from cartcarrier.models import OrderRef, ParcelItem, Rate, Shipment, ShipmentRequest
from cartcarrier.sandbox.amazon import AmazonSimulator
from cartcarrier.testing import CarrierConformance, CarrierPlatform, make_parcel, make_request

OWN_FLEET = "Amazon"


def open_carrier(simulator: AmazonSimulator) -> AmazonBuyShippingCarrier:
    """Return the driver on a simulator."""
    settings: dict[str, Any] = simulator.label_settings()
    config = AmazonBuyShippingConfig(**settings)
    return AmazonBuyShippingCarrier(config, transport=asgi_transport(simulator.app), clock=simulator.clock)


class External(CarrierPlatform):
    """Amazon Shipping, for an order from outside Amazon."""

    token_path: ClassVar[str | None] = "/auth/o2/token"
    unknown_number: ClassVar[str] = "TBA999999999999"
    unknown_service: ClassVar[str] = "NO_SUCH_SERVICE"

    def __init__(self, simulator: AmazonSimulator) -> None:
        super().__init__()
        self.simulator = simulator
        self.rate: Rate | None = None

    async def quote(self) -> None:
        """Get a rate to buy at: Amazon sells at nothing else, and follows its own parcels only."""
        async with open_carrier(self.simulator) as carrier:
            rates = await carrier.get_rates(self.make_request())
        self.rate = next(rate for rate in rates if OWN_FLEET in rate.service.name)

    @override
    def make_request(self) -> ShipmentRequest:
        return make_request(rate=self.rate)

    @override
    def is_write(self, request: ReceivedRequest) -> bool:
        return request.path == "/shipping/v2/shipments" or request.path.endswith("/cancel")

    @override
    def bought(self) -> int:
        return sum(not label["cancelled"] for label in self.simulator.labels())

    @override
    def unknown_shipment(self, shipment: Shipment) -> Shipment:
        return attrs.evolve(shipment, id="amzn1.shp.ffffffffffffffffffffffff")

    @override
    async def pass_time(self, driver: Driver, duration: timedelta) -> None:
        await self.simulator.advance(duration.total_seconds())


class OfAmazon(External):
    """An order of Amazon's marketplace."""

    def __init__(self, simulator: AmazonSimulator) -> None:
        super().__init__(simulator)
        self.order_id = simulator.place_order()
        self.line_id = next(one for one in simulator.orders() if one["id"] == self.order_id)["lines"][0]["id"]

    @override
    def make_request(self) -> ShipmentRequest:
        item = ParcelItem(title="Book", quantity=1, order_line_id=self.line_id)
        order = OrderRef(channel="amazon:default", order_id=self.order_id)
        return make_request(order=order, parcels=[make_parcel(items=[item])], rate=self.rate)


@pytest.fixture
def simulator() -> AmazonSimulator:
    return AmazonSimulator(clock=ManualClock())


class TestExternal(CarrierConformance):
    """An order from elsewhere, of a seller who is enrolled in Amazon Shipping."""

    @pytest.fixture
    @override
    async def platform(self, simulator: AmazonSimulator) -> External:
        platform = External(simulator)
        await platform.quote()
        return platform

    @pytest.fixture
    @override
    def carrier(self, simulator: AmazonSimulator) -> Carrier:
        return open_carrier(simulator)


class TestOfAmazon(CarrierConformance):
    """An order of Amazon's marketplace; the label confirms it."""

    @pytest.fixture
    @override
    async def platform(self, simulator: AmazonSimulator) -> OfAmazon:
        platform = OfAmazon(simulator)
        await platform.quote()
        return platform

    @pytest.fixture
    @override
    def carrier(self, simulator: AmazonSimulator) -> Carrier:
        return open_carrier(simulator)
