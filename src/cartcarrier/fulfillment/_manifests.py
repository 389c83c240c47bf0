"""The end of the day: what leaves is closed for hand-over, by carrier and place, and written down before and after."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Final

import anyio
import attrs

from cartcarrier.carriers import SupportsManifest
from cartcarrier.errors import (
    CartCarrierError,
    ConflictError,
    LedgerError,
    ResponseError,
    UnsupportedOperationError,
)
from cartcarrier.fulfillment._desk import (
    Desk,
    bought_parts,
    is_partly_given_back,
    is_refund_refused,
    is_return,
    log,
)
from cartcarrier.fulfillment._find_out import outcome_unknown
from cartcarrier.fulfillment._zones import zone_of
from cartcarrier.ledger import ShipmentRow, ShipmentState
from cartcarrier.models import Address, Manifest, OrderRef, Shipment

_HANDED_OVER: Final = (
    ShipmentState.BOUGHT,
    ShipmentState.CONFIRMING,
    ShipmentState.CONFIRMED,
    ShipmentState.VOID_REFUSED,
)
_AHEAD: Final = timedelta(days=30)
"""So long before its day a label may have been bought."""


@attrs.frozen(kw_only=True)
class _Batch:
    """Shipments that are closed together.

    Attributes:
        shipments: The carrier's identities.
        done: Whether the carrier is known to have closed them; before, it may or may not have.
        id: The carrier's of the manifest; empty where its answer was lost.
        numbers: What is in it.
    """

    shipments: tuple[str, ...]
    done: bool = False
    id: str = ""
    numbers: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class _Leaving:
    part: Shipment
    ship_from: Address
    at: datetime


async def manifest(
    desk: Desk, carrier_key: str, day: date, *, tz: tzinfo | None, site: Address | None
) -> Sequence[Manifest]:
    """Close a day's parcels of a carrier, one manifest for each place they leave from; see ``Fulfiller.manifest``."""
    carrier = desk.carrier(carrier_key)
    if not isinstance(carrier, SupportsManifest):
        msg = f"{carrier_key} makes no manifests"
        raise UnsupportedOperationError(msg)
    # One at a time in this process. Another process that sends the same batch meets the carrier's ConflictError.
    async with desk.turn(OrderRef(channel=carrier_key, order_id=f"manifest {day}"), "manifest"):
        return await _Closing(desk, carrier_key, carrier, day).run(tz=tz, site=site)


async def manifests_of(desk: Desk, carrier_key: str, day: date) -> Sequence[Manifest]:
    """Return the manifests that were made for a day, without their papers; see ``Fulfiller.get_manifests``."""
    desk.carrier(carrier_key)
    return [_known(batch) for batch in await _load(desk, carrier_key, day) if batch.done and batch.numbers]


@attrs.define
class _Closing:
    desk: Desk
    key: str
    carrier: SupportsManifest
    day: date
    batches: list[_Batch] = attrs.field(factory=list)
    closed_here: set[Address] = attrs.field(factory=set)

    async def run(self, *, tz: tzinfo | None, site: Address | None) -> Sequence[Manifest]:
        desk, key, day = self.desk, self.key, self.day
        self.batches = await _load(desk, key, day)
        waiting = await self._waiting()
        todo: list[tuple[_Batch, list[_Leaving]]] = []
        for batch in [batch for batch in self.batches if not batch.done]:
            parcels = [waiting[name] for name in batch.shipments if name in waiting]
            if parcels:
                todo.append((batch, parcels))
            else:  # all were given back meanwhile
                await self._forget(batch)
        taken = {name for batch in self.batches for name in batch.shipments}
        # the days beside it, too: days may have been counted in another zone then
        for other in (day - timedelta(days=1), day + timedelta(days=1)):
            taken |= {name for batch in await _load(desk, key, other) for name in batch.shipments}
        by_place: dict[Address, list[_Leaving]] = {}
        for name, parcel in waiting.items():
            if name not in taken and _day_of(parcel, tz) == day:
                by_place.setdefault(parcel.ship_from, []).append(parcel)
        todo += [(_Batch(shipments=tuple(one.part.id for one in there)), there) for there in by_place.values()]
        return await self._close_all([(batch, there) for batch, there in todo if site in {None, there[0].ship_from}])

    async def _close_all(self, todo: Sequence[tuple[_Batch, list[_Leaving]]]) -> Sequence[Manifest]:
        """Close one place after the other; one that fails holds up none of the others, and is closed by the next call."""
        made: list[Manifest] = []
        failures: list[CartCarrierError] = []
        for batch, parcels in todo:
            try:
                new = await self._close(batch, parcels)
            except LedgerError:
                raise
            except CartCarrierError as exc:
                log.warning("%s: a manifest of %s was not made: %s", self.key, self.day, exc)
                failures.append(exc)
            else:
                made += [new] if new is not None else []
        if failures and not made:
            raise failures[0]
        return made

    async def _waiting(self) -> dict[str, _Leaving]:
        """Return what leaves, by the carrier's identity: no returns, nothing that was given back."""
        since = datetime.combine(self.day, time.min, tzinfo=UTC) - _AHEAD
        rows = await self.desk.ledger.list_shipments(states=_HANDED_OVER, carrier=self.key, since=since)
        return {
            part.id: _Leaving(
                part=part, ship_from=row.request.ship_from, at=_leaves_at(part, row, row.request.ship_from)
            )
            for row in sorted(rows, key=lambda row: row.created_at)
            if row.request is not None and _leaves(row)
            for part in bought_parts(row)
        }

    async def _close(self, batch: _Batch, parcels: Sequence[_Leaving]) -> Manifest | None:
        """Close these; nothing comes back of what an earlier call of ours has closed, for its papers are lost."""
        sent_before = batch in self.batches
        if not sent_before:
            self.batches.append(batch)
            await self._save()
        ship_from = parcels[0].ship_from
        numbers = tuple(number.tracking_number for parcel in parcels for number in parcel.part.parcels)
        made: Manifest | None = None
        try:
            made = await self.carrier.create_manifest([parcel.part for parcel in parcels], ship_from=ship_from)
        except ConflictError:
            # Our own earlier call, whose answer was lost; or a carrier that closes the whole account at the first place.
            if not sent_before and not self.closed_here:
                await self._forget(batch)
                raise
            log.info("%s: %d shipments of %s were closed by an earlier call", self.key, len(parcels), self.day)
        except CartCarrierError as exc:
            if not outcome_unknown(exc) and not isinstance(exc, ResponseError):
                await self._forget(batch)
            raise
        closed = attrs.evolve(
            batch,
            shipments=tuple(parcel.part.id for parcel in parcels),
            done=True,
            id=made.id if made is not None else "",
            numbers=made.tracking_numbers or numbers if made is not None else numbers,
        )
        with anyio.CancelScope(shield=True):
            self.batches[self.batches.index(batch)] = closed
            await self._save()
        self.closed_here.add(ship_from)
        return made

    async def _forget(self, batch: _Batch) -> None:
        self.batches.remove(batch)
        await self._save()

    async def _save(self) -> None:
        plain = [attrs.asdict(batch) for batch in self.batches]
        await self.desk.ledger.save_cursor(_cursor(self.key, self.day), json.dumps({"batches": plain}))


def _leaves(row: ShipmentRow) -> bool:
    return not (is_return(row) or is_refund_refused(row) or is_partly_given_back(row))


def _leaves_at(part: Shipment, row: ShipmentRow, ship_from: Address) -> datetime:
    """Return the moment that decides on its day: when it was bought; noon of the day that it was said to leave on later."""
    planned = row.request.ship_date if row.request is not None else None
    here = zone_of(ship_from)
    if planned is None or planned <= part.created_at.astimezone(here).date():
        return part.created_at
    return datetime.combine(planned, time(12), tzinfo=here)


def _day_of(parcel: _Leaving, tz: tzinfo | None) -> date:
    return parcel.at.astimezone(tz or zone_of(parcel.ship_from)).date()


def _known(batch: _Batch) -> Manifest:
    return Manifest(id=batch.id, tracking_numbers=batch.numbers)


async def _load(desk: Desk, carrier: str, day: date) -> list[_Batch]:
    text = await desk.ledger.load_cursor(_cursor(carrier, day))
    if text is None:
        return []
    plain: Any = json.loads(text)
    if isinstance(plain, list):  # an earlier version wrote down only what was closed
        plain = {"batches": [{"shipments": plain, "done": True}]}
    return [
        _Batch(**{**batch, "shipments": tuple(batch["shipments"]), "numbers": tuple(batch.get("numbers", ()))})
        for batch in plain["batches"]
    ]


def _cursor(carrier: str, day: date) -> str:
    return f"manifest/{carrier}/{day.isoformat()}"
