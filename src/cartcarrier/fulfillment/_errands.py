"""What a facade does besides shipping: stock on all channels, the day's manifests, somebody else's warehouse."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from cartcarrier.carriers import SupportsManifest
from cartcarrier.channels import SupportsInventory
from cartcarrier.errors import (
    CartCarrierError,
    ConfigurationError,
    IdempotencyConflictError,
    OrderChangedError,
    UnsupportedOperationError,
)
from cartcarrier.fulfillment._compare import order_changes
from cartcarrier.fulfillment._desk import Desk, bought_parts, log
from cartcarrier.fulfillment._reports import Submitted
from cartcarrier.fulfillment._tasks import task_group
from cartcarrier.ledger import ShipmentState
from cartcarrier.models import (
    Address,
    InventoryLevel,
    InventoryResult,
    InventoryStatus,
    Manifest,
    Order,
    Shipment,
)

_HANDED_OVER: Final = (ShipmentState.BOUGHT, ShipmentState.CONFIRMING, ShipmentState.CONFIRMED)


async def set_inventory(desk: Desk, levels: Sequence[InventoryLevel]) -> Mapping[str, Sequence[InventoryResult]]:
    """Set levels on all channels that keep stock; a channel that fails gives ``REJECTED`` results, none is lost."""
    results: dict[str, Sequence[InventoryResult]] = {}

    async def tell(channel: SupportsInventory) -> None:
        try:
            results[channel.key] = await channel.set_inventory(levels)
        except CartCarrierError as exc:
            log.warning("%s: stock was not set: %s", channel.key, type(exc).__name__)
            results[channel.key] = [
                InventoryResult(sku=level.sku, status=InventoryStatus.REJECTED, message=str(exc)) for level in levels
            ]

    async with task_group() as tasks:
        for channel in desk.channels.values():
            if isinstance(channel, SupportsInventory):
                tasks.start_soon(tell, channel)
    return results


async def manifest(desk: Desk, carrier_key: str, day: date) -> Sequence[Manifest]:
    """Close a day's parcels of a carrier, one manifest for each place they leave from; see ``Fulfiller.manifest``."""
    carrier = desk.carrier(carrier_key)
    if not isinstance(carrier, SupportsManifest):
        msg = f"{carrier_key} makes no manifests"
        raise UnsupportedOperationError(msg)
    cursor = f"manifest/{carrier_key}/{day.isoformat()}"
    closed: set[str] = set(json.loads(await desk.ledger.load_cursor(cursor) or "[]"))
    by_place: dict[Address, list[Shipment]] = {}
    for row in await desk.ledger.list_shipments(states=_HANDED_OVER, carrier=carrier_key):
        if row.request is None:
            continue
        for part in bought_parts(row):
            if part.created_at.date() == day and part.id not in closed:
                by_place.setdefault(row.request.ship_from, []).append(part)
    manifests: list[Manifest] = []
    for place, shipments in by_place.items():
        manifests.append(await carrier.create_manifest(shipments, ship_from=place))
        closed |= {shipment.id for shipment in shipments}
        await desk.ledger.save_cursor(cursor, json.dumps(sorted(closed)))
    return manifests


async def submit(desk: Desk, order: Order, *, provider: str, key: str) -> Submitted:
    """Hand an order to somebody else's warehouse, once; see ``Fulfiller.submit``.

    The reference is made from order and key, so a repeat names the same order at the provider, whatever was lost before.
    """
    warehouse = desk.providers.get(provider)
    if warehouse is None:
        known = ", ".join(sorted(desk.providers)) or "none"
        msg = f"this Fulfiller has no {provider!r} among its providers; it has: {known}"
        raise ConfigurationError(msg, field="provider")
    fresh = await desk.read_order(order.ref)
    changes = order_changes(order, fresh)
    reference = f"cc-{hashlib.sha256(f'{order.ref}/{key}'.encode()).hexdigest()[:16]}"
    cursor = f"submit/{order.ref}/{key}"
    asked_before = await desk.ledger.load_cursor(cursor)
    if asked_before is not None and asked_before != provider:
        msg = f"the key {key!r} of order {order.ref} was handed to {asked_before} before: use another key"
        raise IdempotencyConflictError(msg)
    if changes:
        msg = f"order {order.ref} has changed since it was read ({', '.join(changes)}): nothing was handed over"
        raise OrderChangedError(msg, changes=changes)
    await desk.ledger.save_cursor(cursor, provider)
    taken = await warehouse.submit(fresh, reference=reference)
    log.info("order %s was handed to %s", order.ref, provider)
    return Submitted(ref=order.ref, key=key, provider=provider, reference=reference, order=taken)
