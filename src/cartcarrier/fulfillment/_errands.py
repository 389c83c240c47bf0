"""What a facade does at the end of the day: the manifests of what was handed over."""

import json
from collections.abc import Sequence
from datetime import date
from typing import Final

import anyio
import attrs

from cartcarrier.carriers import SupportsManifest
from cartcarrier.errors import CartCarrierError, ConflictError, LedgerError, UnsupportedOperationError
from cartcarrier.fulfillment._desk import Desk, bought_parts, log
from cartcarrier.fulfillment._find_out import outcome_unknown
from cartcarrier.ledger import ShipmentState
from cartcarrier.models import Address, Manifest, Shipment

_HANDED_OVER: Final = (ShipmentState.BOUGHT, ShipmentState.CONFIRMING, ShipmentState.CONFIRMED)


async def manifest(desk: Desk, carrier_key: str, day: date) -> Sequence[Manifest]:
    """Close a day's parcels of a carrier, one manifest for each place they leave from; see ``Fulfiller.manifest``."""
    carrier = desk.carrier(carrier_key)
    if not isinstance(carrier, SupportsManifest):
        msg = f"{carrier_key} makes no manifests"
        raise UnsupportedOperationError(msg)
    book = await _Book.load(desk, f"manifest/{carrier_key}/{day.isoformat()}")
    by_place: dict[Address, dict[str, Shipment]] = {}
    for row in await desk.ledger.list_shipments(states=_HANDED_OVER, carrier=carrier_key):
        if row.request is None:
            continue
        for part in bought_parts(row):
            if part.created_at.date() == day and part.id not in book.closed:
                by_place.setdefault(row.request.ship_from, {})[part.id] = part
    manifests: list[Manifest] = []
    failures: list[CartCarrierError] = []
    for place, there in by_place.items():
        for ids in book.batches(list(there)):
            try:
                made = await _close(carrier, [there[name] for name in ids], place, book, begun=ids in book.begun)
            except LedgerError:
                raise
            except CartCarrierError as exc:
                log.warning("%s: a manifest of %s was not made: %s", carrier_key, day, exc)
                failures.append(exc)
            else:
                manifests += made
    if failures and not manifests:
        raise failures[0]
    return manifests


async def _close(
    carrier: SupportsManifest, shipments: Sequence[Shipment], place: Address, book: "_Book", *, begun: bool
) -> list[Manifest]:
    """Close these shipments; nothing comes back of what an earlier call of ours has closed and not written down."""
    ids = [shipment.id for shipment in shipments]
    await book.begin(ids)
    try:
        made = await carrier.create_manifest(shipments, ship_from=place)
    except ConflictError:
        if not begun:
            await book.give_up(ids)
            raise
        log.info("%s: %d parcels are in a manifest that an earlier call has made", carrier.key, len(ids))
        await book.close(ids)
        return []
    except CartCarrierError as exc:
        if not outcome_unknown(exc):
            await book.give_up(ids)
        raise
    with anyio.CancelScope(shield=True):
        await book.close(ids)
    return [made]


@attrs.define
class _Book:
    """What has become of a day's parcels: those in a manifest, and those of which that is not known.

    Attributes:
        closed: The ids of shipments that are in a manifest.
        begun: The ids that a call was made for, call by call; whoever died, or lost the answer, left them.
    """

    _desk: Desk
    _cursor: str
    closed: set[str]
    begun: list[list[str]]

    @classmethod
    async def load(cls, desk: Desk, cursor: str) -> "_Book":
        known = json.loads(await desk.ledger.load_cursor(cursor) or "[]")
        if isinstance(known, list):  # what the first version wrote
            known = {"closed": known, "begun": []}
        return cls(desk, cursor, set(known["closed"]), known["begun"])

    def batches(self, ids: Sequence[str]) -> list[list[str]]:
        """Return these shipments as they are to be closed: what was begun together together, then all the rest."""
        again = [batch for batch in self.begun if set(batch) <= set(ids)]
        known = {name for batch in again for name in batch}
        rest = [name for name in ids if name not in known]
        return [*again, *([rest] if rest else [])]

    async def begin(self, ids: list[str]) -> None:
        if ids not in self.begun:
            self.begun.append(ids)
            await self._save()

    async def give_up(self, ids: list[str]) -> None:
        self.begun = [batch for batch in self.begun if batch != ids]
        await self._save()

    async def close(self, ids: list[str]) -> None:
        self.closed |= set(ids)
        await self.give_up(ids)

    async def _save(self) -> None:
        known = {"closed": sorted(self.closed), "begun": self.begun}
        await self._desk.ledger.save_cursor(self._cursor, json.dumps(known))
