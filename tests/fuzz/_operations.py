"""What is asked of each driver, and the worlds in which it is asked."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import attrs

import cartcarrier as cc
from cartcarrier.http import ManualClock
from cartcarrier.sandbox import Sandbox
from cartcarrier.testing import make_address, make_order, make_parcel, make_request, make_warehouse

SKU: Final = "FUZZ-1"
Operate = Callable[[Any, "Scene"], Awaitable[object]]
UNITED_STATES: Final = {
    "shopify": {
        "first_name": "Dana", "last_name": "Reyes", "address1": "350 5th Ave", "city": "New York", "province": "New York",
        "province_code": "NY", "zip": "10118", "country": "United States", "country_code": "US",
    },
    "ebay": {
        "addressLine1": "350 5th Ave", "city": "New York", "stateOrProvince": "NY", "postalCode": "10118",
        "countryCode": "US",
    },
    "amazon": {
        "name": "Dana Reyes", "address_line1": "350 5th Ave", "city": "New York", "state_or_region": "NY",
        "postal_code": "10118", "country_code": "US",
    },
}  # fmt: skip
LINES: Final = [{"sku": SKU, "title": "Mug", "quantity": 2, "price": "12.50"}]


@attrs.define
class Scene:
    """A world at one moment: what there is to ask about.

    Attributes:
        clock: Moved by hand.
        simulator: The platform.
        order_id: An order at the channel.
        order: As its channel shows it.
        fulfillment: What the channel is told of it.
        request: What the carrier is asked for.
        prepared: A purchase, not sent.
        shipment: One that was bought before.
        submitted: The reference of what a provider has.
    """

    clock: ManualClock
    simulator: Any
    order_id: str = ""
    order: Any = None
    fulfillment: Any = None
    request: Any = None
    prepared: Any = None
    shipment: Any = None
    submitted: str = ""


@attrs.frozen(kw_only=True)
class Operation:
    """One thing that is asked of one driver.

    Attributes:
        driver: Its name.
        kind: ``"channel"``, ``"carrier"`` or ``"provider"``.
        name: The method.
        ability: What a driver must be for it; ``None`` for any.
        run: Asks it.
        buys: Whether money is spent, so that the outcome must never be guessed.
    """

    driver: str
    kind: str
    name: str
    ability: type[Any] | None
    run: Operate
    buys: bool = False


async def make_scene(kind: str, driver: str) -> tuple[Scene, Sandbox]:
    """Set a world up, with a driver of its own that is not the one under test."""
    clock = ManualClock()
    sandbox = Sandbox(clock=clock, limits=False)
    simulator: Any = sandbox.simulator("amazon" if driver.startswith("amazon") else driver)
    scene = Scene(clock, simulator)
    if kind == "channel":
        await _furnish_channel(scene, sandbox, driver)
    elif kind == "carrier":
        await _furnish_carrier(scene, sandbox, driver)
    else:
        simulator.set_fba_stock(SKU, 100)
        scene.order = make_order(lines=[attrs.evolve(make_order().lines[0], sku=SKU)])
        provider = sandbox.provider(driver)
        scene.submitted = "cc-0123456789abcdef"
        await provider.submit(scene.order, reference=scene.submitted)
    return scene, sandbox


async def _furnish_channel(scene: Scene, sandbox: Sandbox, driver: str) -> None:
    scene.order_id = scene.simulator.place_order(lines=LINES, address=UNITED_STATES[driver])
    if driver == "ebay":
        scene.simulator.stock(SKU, 5)
    elif driver == "amazon":
        scene.simulator.add_listing(SKU)
    elif driver == "shopify":
        scene.simulator.add_item(SKU)
    scene.clock.advance(600)
    channel: Any = sandbox.channel(driver)
    scene.order = await channel.get_order(scene.order_id)
    scene.fulfillment = cc.Fulfillment(
        order_id=scene.order_id,
        lines={line.id: line.unfulfilled_quantity for line in scene.order.lines},
        parcels=[cc.FulfillmentParcel(carrier="ups", tracking_number="1Z999AA10123456784")],
        reference="cc-0123456789abcdef",
        shipped_at=scene.clock.now() - timedelta(minutes=5),
        notify_buyer=False,
    )


async def _furnish_carrier(scene: Scene, sandbox: Sandbox, driver: str) -> None:
    carrier: Any = sandbox.carrier(driver)
    request = make_request(ship_from=make_warehouse(), ship_to=make_address(), parcels=[make_parcel()])
    rates = await carrier.get_rates(request)
    # what can be followed, and closed for the day
    wanted = {"amazon-buy-shipping": "Amazon", "fedex": "Home Delivery"}.get(driver, "Ground")
    rate = next((rate for rate in rates if wanted in rate.service.name), rates[0])
    scene.request = attrs.evolve(request, rate=rate)
    first = carrier.prepare_shipment(scene.request, reference="cc-aaaaaaaaaaaaaaa1")
    scene.shipment = await carrier.purchase(first.steps[0])
    again = next((one for one in await carrier.get_rates(request) if one.service.code == rate.service.code), rate)
    scene.request = attrs.evolve(request, rate=again)
    scene.prepared = carrier.prepare_shipment(scene.request, reference="cc-bbbbbbbbbbbbbbb2")


async def _listed(channel: Any, _scene: Scene) -> object:
    return [order async for order in channel.list_orders(cc.OrderQuery())]


CHANNEL: Final[tuple[tuple[str, type[Any] | None, Operate], ...]] = (
    ("list_orders", cc.SupportsOrders, _listed),
    ("get_order", cc.SupportsOrders, lambda channel, scene: channel.get_order(scene.order_id)),
    ("fulfill", cc.SupportsFulfillment, lambda channel, scene: channel.fulfill(scene.fulfillment)),
    ("list_fulfillments", cc.SupportsFulfillment, lambda channel, scene: channel.list_fulfillments(scene.order_id)),
    ("cancel_order", cc.SupportsOrderCancellation, lambda channel, scene: channel.cancel_order(scene.order_id)),
    ("get_inventory", cc.SupportsInventory, lambda channel, _scene: channel.get_inventory([SKU])),
    (
        "set_inventory",
        cc.SupportsInventory,
        lambda channel, _scene: channel.set_inventory([cc.InventoryLevel(sku=SKU, available=3)]),
    ),
)
CARRIER: Final[tuple[tuple[str, type[Any] | None, Operate], ...]] = (
    ("get_rates", cc.SupportsRates, lambda carrier, scene: carrier.get_rates(attrs.evolve(scene.request, rate=None))),
    ("purchase", cc.SupportsLabels, lambda carrier, scene: carrier.purchase(scene.prepared.steps[0])),
    ("find_purchase", cc.SupportsShipmentLookup, lambda carrier, scene: carrier.find_purchase(scene.prepared.steps[0])),
    ("void_shipment", cc.SupportsVoid, lambda carrier, scene: carrier.void_shipment(scene.shipment)),
    ("track", cc.SupportsTracking, lambda carrier, scene: carrier.track([scene.shipment.tracking_number])),
    ("validate_address", cc.SupportsAddressValidation, lambda carrier, scene: carrier.validate_address(scene.request.ship_to)),
    ("get_transit_times", cc.SupportsTransitTimes, lambda carrier, scene: carrier.get_transit_times(attrs.evolve(scene.request, rate=None))),
    ("find_locations", cc.SupportsLocations, lambda carrier, scene: carrier.find_locations(scene.request.ship_to)),
    ("reprint_labels", cc.SupportsReprint, lambda carrier, scene: carrier.reprint_labels(scene.shipment)),
    ("create_manifest", cc.SupportsManifest, lambda carrier, scene: carrier.create_manifest([scene.shipment], ship_from=scene.request.ship_from)),
)  # fmt: skip
PROVIDER: Final[tuple[tuple[str, type[Any] | None, Operate], ...]] = (
    ("preview", None, lambda provider, scene: provider.preview(scene.order)),
    ("submit", None, lambda provider, scene: provider.submit(scene.order, reference="cc-fedcba9876543210")),
    ("get_status", None, lambda provider, scene: provider.get_status(scene.submitted)),
    ("cancel", None, lambda provider, scene: provider.cancel(scene.submitted)),
)
BUYS: Final = frozenset({"purchase", "submit"})


def operations() -> list[Operation]:
    """Return everything that the installed drivers can be asked."""
    found: list[Operation] = []
    for kind, table in (("channel", CHANNEL), ("carrier", CARRIER), ("provider", PROVIDER)):
        for driver in cc.available_drivers(f"cartcarrier.{kind}s"):
            found += [
                Operation(driver=driver, kind=kind, name=name, ability=ability, run=run, buys=name in BUYS)
                for name, ability, run in table
            ]
    return found
