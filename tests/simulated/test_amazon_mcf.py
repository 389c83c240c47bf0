"""Multi-Channel Fulfillment over the simulator: what its warehouse sends is told to the channel that sold it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from cartcarrier.channels.ebay import EbayChannel, EbayConfig
from cartcarrier.channels.shopify.codes import company_name
from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.models import Fulfillment, Order, OrderStatus, ProviderOrder, ProviderOrderStatus
from cartcarrier.providers.amazon_mcf import AmazonMCFConfig, AmazonMCFProvider
from cartcarrier.sandbox.amazon import AmazonSimulator
from cartcarrier.sandbox.ebay import EbaySimulator

pytestmark = pytest.mark.anyio
START = datetime(2026, 11, 24, 9, tzinfo=UTC)
SHOWN = {"ups": "UPS", "usps": "USPS", "fedex": "FedEx"}


def left(order: Order, sent: ProviderOrder, at: datetime) -> Fulfillment:
    """Return what the channel is told: the packages as the warehouse names them."""
    return Fulfillment(
        order_id=order.id,
        lines={line.id: line.quantity for line in order.lines},
        parcels=sent.parcels,
        reference=sent.reference,
        shipped_at=at,
        notify_buyer=True,
    )


async def test_order_of_ebay_that_amazon_ships_is_confirmed_with_amazons_packages() -> None:
    """Each package with its number, its carrier in eBay's words, and the lines of eBay's own order that are in it."""
    clock = ManualClock(START)
    ebay: Any = EbaySimulator(clock=clock)
    amazon: Any = AmazonSimulator(clock=clock)
    for sku in ("MUG-1", "HAT-1"):
        amazon.set_fba_stock(sku, 100)
    channel = EbayChannel(EbayConfig(**ebay.settings()), transport=asgi_transport(ebay.app), clock=clock)
    mcf = AmazonMCFProvider(AmazonMCFConfig(**amazon.settings()), transport=asgi_transport(amazon.app), clock=clock)
    lines = [{"sku": "MUG-1", "quantity": 2}, {"sku": "HAT-1", "quantity": 1}]
    order = await channel.get_order(ebay.place_order(lines=lines))
    await mcf.submit(order, reference="cc-1")
    sent = await mcf.get_status("cc-1")
    while sent.status is not ProviderOrderStatus.SHIPPED:
        await amazon.advance(6 * 3600)
        sent = await mcf.get_status("cc-1")
    inside: dict[str, int] = {}
    for parcel in sent.parcels:
        assert parcel.tracking_number
        assert parcel.carrier in {"amazon", *SHOWN}
        for line_id, pieces in (parcel.lines or {}).items():
            inside[line_id] = inside.get(line_id, 0) + pieces
    assert inside == {line.id: line.quantity for line in order.lines}
    await channel.fulfill(left(order, sent, clock.now()))
    told = await channel.list_fulfillments(order.id)
    assert {one.parcels[0].tracking_number for one in told} == {parcel.tracking_number for parcel in sent.parcels}
    (shown,) = [one for one in ebay.orders() if order.id in str(one)]
    for parcel in sent.parcels:
        assert SHOWN.get(parcel.carrier, "Other") in str(shown)
        assert company_name(parcel.carrier) in {"Amazon", *SHOWN.values()}
    assert (await channel.get_order(order.id)).status is OrderStatus.FULFILLED
    await channel.aclose()
    await mcf.aclose()
