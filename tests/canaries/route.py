"""All that an application does with an order, step by step, each of which may fail."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from decimal import Decimal

import attrs

import cartcarrier as cc
from tests.canaries.planted import SKU
from tests.canaries.world import World
from tests.routes.route import box, some


async def travel(world: World) -> None:
    """Go the whole way twice over: with one order that is shipped, and with one that is cancelled on the way."""
    with world.watch:
        world.place()
        async with world.open() as fulfiller:
            world.disturb(world.share)
            await _ship_and_follow(world, fulfiller)
        world.place()
        async with world.open() as fulfiller:
            world.disturb(world.share)
            await _change_the_mind(world, fulfiller)
        async with world.open() as fulfiller:
            await _tidy(world, fulfiller)


async def _orders(world: World, fulfiller: cc.Fulfiller) -> list[cc.Order]:
    """Return the open work; what meddling hid is read from the channel itself."""
    found: list[cc.Order] = []

    async def read() -> list[cc.Order]:
        async for order in fulfiller.orders():
            found.append(order)  # noqa: PERF401 - what came before an error is kept
        return found

    await world.watch.attempt("orders", read)
    if not found:
        world.disturb(0)
        await read()
        world.disturb(world.share)
    return found


async def _ship_and_follow(world: World, fulfiller: cc.Fulfiller) -> None:
    attempt = world.watch.attempt
    orders = await _orders(world, fulfiller)
    if not orders:
        return
    order = orders[-1]
    for part in (order, order.ship_to, order.buyer, *order.lines, *order.allocations):
        world.watch.look(part, "order")

    await attempt("changes", lambda: _all(fulfiller.changes(f"{world.channel}:default")))
    quote = await attempt("quote", lambda: fulfiller.quote(order, parcels=packed(order)))
    if isinstance(quote, cc.Quote):
        for failure in quote.failures.values():
            world.watch.hear(failure, "quote")
    wrong = attrs.evolve(order, ship_to=attrs.evolve(order.ship_to, region="ZZ") if order.ship_to else None)
    await attempt("changed order", lambda: fulfiller.ship(wrong, parcels=packed(order), key="wrong"))
    heavy = attrs.evolve(packed(order)[0], weight=cc.Weight(value=Decimal(9000), unit=cc.WeightUnit.POUND))
    await attempt("too heavy", lambda: fulfiller.ship(order, parcels=[heavy], key="heavy"))
    for _ in range(3):  # as an application repeats it
        shipped = await attempt("ship", lambda: fulfiller.ship(order, parcels=packed(order)))
        if isinstance(shipped, cc.Shipped):
            for parcel in shipped.shipment.parcels:
                world.watch.look(parcel, "parcel")
                if parcel.label is not None:
                    world.labels.append(parcel.label.data)
            break
        await attempt("recover", fulfiller.recover)
        world.clock.advance(700)
    await attempt("same key", lambda: fulfiller.ship(order, parcels=[heavy]))
    await attempt("confirm", lambda: fulfiller.confirm(order.ref))
    for days in (1, 6):
        world.clock.advance(days * 86_400)
        results = await attempt("track", lambda: fulfiller.track(order.ref))
        for result in results if isinstance(results, list | tuple) else ():
            if isinstance(result, cc.TrackingFailure):
                world.watch.hear(result.error, "track")
            for event in result.events if isinstance(result, cc.Tracking) else ():
                world.watch.look(event, "tracking event")
    level = cc.InventoryLevel(sku=SKU, available=3)
    await attempt("set_inventory", lambda: fulfiller.set_inventory([level]))
    for key, push in world.pushes():
        world.watch.look(push, "push")
        await attempt("handle_webhook", lambda key=key, push=push: fulfiller.handle_webhook(key, push))  # type: ignore[misc]  # bound now
    await attempt("reconcile", lambda: _all(fulfiller.reconcile(world.clock.now() - timedelta(days=30))))
    await attempt("manifest", lambda: fulfiller.manifest(f"{world.carrier}:default", date(2026, 11, 24)))


async def _change_the_mind(world: World, fulfiller: cc.Fulfiller) -> None:
    attempt = world.watch.attempt
    orders = await _orders(world, fulfiller)
    if not orders:
        return
    order = orders[-1]
    await attempt("submit", lambda: fulfiller.submit(order, provider="amazon-mcf:default", key="3"))
    await attempt("void", lambda: fulfiller.void(order.ref, key="3"))
    await attempt("ship", lambda: fulfiller.ship(order, parcels=packed(order)))
    await attempt("void", lambda: fulfiller.void(order.ref))
    await attempt("resolve", lambda: fulfiller.resolve(order.ref, outcome=cc.NotBought()))
    await attempt("ship", lambda: fulfiller.ship(order, parcels=packed(order), key="2"))
    await attempt("cancel", lambda: fulfiller.cancel(order.ref))
    await attempt("deadlines", lambda: fulfiller.deadlines_at_risk(within=timedelta(days=30)))
    await attempt("recover", fulfiller.recover)


async def _tidy(world: World, fulfiller: cc.Fulfiller) -> None:
    """Bring to an end what is open, with all going well, and look at what is left."""
    world.disturb(0)
    world.clock.advance(3600)
    await world.watch.attempt("recover", fulfiller.recover)
    async for order in fulfiller.orders():
        await fulfiller.dismiss(order.ref, reason=f"asked by phone: {order.ship_to.name if order.ship_to else ''}")


async def _all(found: AsyncIterator[object]) -> list[object]:
    return [one async for one in found]


def packed(order: cc.Order) -> list[cc.Parcel]:
    """Return one parcel with all that is open of an order; shops that sell labels want to know what lies in it."""
    if not order.channel.startswith("amazon"):
        return [box()]
    items = [some(line, line.unfulfilled_quantity) for line in order.lines if line.unfulfilled_quantity]
    weight = cc.Weight(value=Decimal("0.9"), unit=cc.WeightUnit.POUND)
    return [box(*(attrs.evolve(item, weight=item.weight or weight) for item in items))]
