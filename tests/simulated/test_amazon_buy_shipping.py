"""Labels that Amazon sold for an order of another channel: that channel is told who really carries the parcel."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import cartcarrier as cc
from cartcarrier.carriers.amazon_buy_shipping import AmazonBuyShippingCarrier, AmazonBuyShippingConfig
from cartcarrier.channels.ebay import EbayChannel, EbayConfig
from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.sandbox.amazon import AmazonSimulator
from cartcarrier.sandbox.ebay import EbaySimulator
from cartcarrier.testing import make_parcel, make_warehouse

pytestmark = pytest.mark.anyio
TOLD = {"ups": "UPS", "usps": "USPS", "fedex": "FedEx"}


async def test_order_of_ebay_is_confirmed_with_the_carrier_on_the_label(tmp_path: Path) -> None:
    """Told who sold the label, eBay would look for the number at the wrong place."""
    clock = ManualClock(datetime(2026, 11, 24, 9, tzinfo=UTC))
    ebay: Any = EbaySimulator(clock=clock)
    amazon: Any = AmazonSimulator(clock=clock)
    channel = EbayChannel(EbayConfig(**ebay.settings()), transport=asgi_transport(ebay.app), clock=clock)
    config = AmazonBuyShippingConfig(**amazon.label_settings())
    carrier = AmazonBuyShippingCarrier(config, transport=asgi_transport(amazon.app), clock=clock)
    async with cc.Fulfiller(
        channels=[channel],
        carriers=[carrier],
        ledger=f"sqlite:///{tmp_path / 'shop.db'}",
        ship_from=make_warehouse(),
        clock=clock,
    ) as fulfiller:
        carriers = set()
        for number in range(2):
            ebay.place_order()
            clock.advance(600)
            order = [one async for one in fulfiller.orders()][-1]
            parcels = [make_parcel()]
            rates = (await fulfiller.quote(order, parcels=parcels)).rates
            # Now by Amazon's own fleet, now by somebody else.
            own = [rate for rate in rates if ("Amazon" in rate.service.name) == (number == 0)]
            done = await fulfiller.ship(order, parcels=parcels, rate=own[0])
            assert done.shipment is not None
            carried_by = done.shipment.carried_by
            assert carried_by is not None
            assert (carried_by == "amazon") == (number == 0)
            carriers.add(carried_by)
            (shown,) = [one for one in ebay.orders() if order.id in str(one)]
            assert done.shipment.tracking_number in str(shown)
            assert TOLD.get(carried_by, "Other") in str(shown)
        assert len(carriers) == 2
