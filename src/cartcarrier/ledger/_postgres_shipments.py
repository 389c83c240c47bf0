"""SQL on shipments, in PostgreSQL: planning, the right to work on one, and reading."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from cartcarrier.errors import IdempotencyConflictError, LedgerError
from cartcarrier.ledger import _postgres_rows as rows_of
from cartcarrier.ledger._codec import REQUEST, to_text
from cartcarrier.ledger._interface import (
    Claim,
    LeaseLostError,
    NewShipment,
    ShipmentRow,
    ShipmentState,
    StepKind,
    StepRow,
    WorkState,
)
from cartcarrier.ledger._postgres_steps import ChangedError, Mark, Steps, Stored, list_steps, retire
from cartcarrier.ledger._shipments import COLUMNS, Worker, columns_of, shipment_row
from cartcarrier.ledger._steps import Place
from cartcarrier.models import OrderRef

if TYPE_CHECKING:
    from datetime import datetime

    from cartcarrier.ledger._postgres_session import Row, Session

_HERE: Final = "channel = $1 AND order_id = $2 AND key = $3"
_FREE: Final = "(owner IS NULL OR owner = $4 OR lease_until <= $5)"


async def plan_shipment(
    session: "Session", new: NewShipment, request: bytes | None, worker: Worker
) -> tuple[ShipmentRow, Claim | None]:
    """See ``Ledger.plan_shipment``; the bytes are the request as JSON.

    Raises:
        IdempotencyConflictError: Another hash stands under this key, and it is not known that no money was spent.
    """
    standing = f"SELECT id, request_hash, state FROM shipments WHERE {_HERE} FOR UPDATE"  # noqa: S608 - a constant
    where = (new.ref.channel, new.ref.order_id, new.key)
    row = await session.row(standing, *where)
    if row is None:
        planned = await _insert(session, new, request, worker)
        if planned is not None:
            return planned
        row = await session.row(standing, *where)  # another worker has planned it in this very moment
    if row is None:
        msg = f"the shipment {new.key!r} of order {new.ref} was there and is gone"
        raise LedgerError(msg)
    shipment_id, request_hash, state = row
    place = Place(new.ref, shipment_id)
    if state != ShipmentState.FAILED and request_hash != new.request_hash:
        msg = (
            f"the key {new.key!r} of order {new.ref} was used before for a different shipment ({state}): "
            "use another key for another parcel, or resolve what stands under this one"
        )
        raise IdempotencyConflictError(msg)
    claim = await _take(session, new.ref, new.key, worker, waiting="")
    if claim is not None and state == ShipmentState.FAILED:
        await retire(session, place)
        columns = columns_of(new)
        await session.run(
            f"UPDATE shipments SET {', '.join(f'{name} = ${at}' for at, name in enumerate(columns, 2))} WHERE id = $1",  # noqa: S608 - names from columns_of
            shipment_id,
            *columns.values(),
        )
        await _reopen_to_data(session, new.ref, to_text(worker.now))
        await _write_contents(session, place, new, request, to_text(worker.now))
    return await _read(session, place), claim


async def _insert(
    session: "Session", new: NewShipment, request: bytes | None, worker: Worker
) -> tuple[ShipmentRow, Claim] | None:
    now = to_text(worker.now)
    claim = worker.claim(new.ref, new.key, fence=1)
    await _reopen_to_data(session, new.ref, now)
    columns = {
        "channel": new.ref.channel,
        "order_id": new.ref.order_id,
        "key": new.key,
        **columns_of(new),
        "state": ShipmentState.PLANNED,
        "created_at": now,
        "updated_at": now,
        "owner": claim.owner,
        "fence": claim.fence,
        "lease_until": to_text(claim.until),
    }
    shipment_id = await session.value(
        f"INSERT INTO shipments ({', '.join(columns)})"  # noqa: S608 - names from above
        f" VALUES ({', '.join(f'${at}' for at in range(1, len(columns) + 1))})"
        " ON CONFLICT DO NOTHING RETURNING id",
        *columns.values(),
    )
    if shipment_id is None:
        return None
    place = Place(new.ref, shipment_id)
    await _write_contents(session, place, new, request, now)
    return await _read(session, place), claim


async def _reopen_to_data(session: "Session", ref: OrderRef, now: str) -> None:
    """Take personal data of that order in (again): it is being worked on."""
    await session.run(
        "INSERT INTO orders (channel, order_id, number, state, first_seen, last_seen) VALUES ($1, $2, $2, $3, $4, $4)"
        " ON CONFLICT (channel, order_id) DO UPDATE SET erased = 0",
        ref.channel,
        ref.order_id,
        WorkState.OPEN,
        now,
    )


async def _write_contents(session: "Session", place: Place, new: NewShipment, request: bytes | None, now: str) -> None:
    if request is None:
        await rows_of.remove(session, new.ref, REQUEST, new.key)
    else:
        await rows_of.put(session, new.ref, [(REQUEST, new.key, request)])
    steps = Steps(session, place, now)
    await steps.insert_purchases(new.steps)
    if new.submits:
        await steps.insert(StepKind.SUBMIT, 0, purchase=None, reference=new.reference)
    if not new.steps and not new.submits:
        await session.run(
            "UPDATE shipments SET state = $1, updated_at = $2 WHERE id = $3",
            ShipmentState.PLANNED,
            now,
            place.shipment_id,
        )


# the right to work on one


async def take(session: "Session", ref: OrderRef, key: str, worker: Worker) -> Claim | None:
    """See ``Ledger.claim``.

    Raises:
        LedgerError: There is no such shipment.
    """
    if not key:
        return await _take_order(session, ref, worker)
    # Nobody queues behind a worker that is taking this shipment or writing it in this moment: it is passed over.
    claim = await _take(session, ref, key, worker, waiting="SKIP LOCKED")
    if claim is None and not await session.value(
        f"SELECT count(*) FROM shipments WHERE {_HERE}",  # noqa: S608 - a constant
        ref.channel,
        ref.order_id,
        key,
    ):
        msg = f"the ledger has no shipment {key!r} of order {ref}"
        raise LedgerError(msg)
    return claim


async def _take(session: "Session", ref: OrderRef, key: str, worker: Worker, *, waiting: str) -> Claim | None:
    until = to_text(worker.now + worker.lease)
    fence = await session.value(
        f"WITH free AS (SELECT id FROM shipments WHERE {_HERE} AND {_FREE} FOR UPDATE {waiting})"  # noqa: S608 - constants
        " UPDATE shipments SET owner = $4, fence = fence + 1, lease_until = $6 FROM free WHERE shipments.id = free.id"
        " RETURNING fence",
        ref.channel,
        ref.order_id,
        key,
        worker.owner,
        to_text(worker.now),
        until,
    )
    return None if fence is None else worker.claim(ref, key, fence)


async def _take_order(session: "Session", ref: OrderRef, worker: Worker) -> Claim | None:
    fence = await session.value(
        "INSERT INTO orders (channel, order_id, number, state, first_seen, last_seen, owner, fence, lease_until)"
        " VALUES ($1, $2, $2, $3, $5, $5, $4, 1, $6)"
        " ON CONFLICT (channel, order_id) DO UPDATE SET owner = excluded.owner, fence = orders.fence + 1,"
        " lease_until = excluded.lease_until"
        " WHERE orders.owner IS NULL OR orders.owner = excluded.owner OR orders.lease_until <= $5"
        " RETURNING fence",
        ref.channel,
        ref.order_id,
        WorkState.OPEN,
        worker.owner,
        to_text(worker.now),
        to_text(worker.now + worker.lease),
    )
    return None if fence is None else worker.claim(ref, "", fence)


async def renew(session: "Session", claim: Claim, until: "datetime") -> Claim:
    """See ``Ledger.renew``.

    Raises:
        LeaseLostError: Somebody else has it.
    """
    held, names = _held(claim)
    renewed = await session.run(f"UPDATE {held} SET lease_until = $1 WHERE {names}", to_text(until), *_whose(claim))  # noqa: S608 - constants
    if not renewed:
        raise lost(claim)
    return attrs.evolve(claim, until=until)


async def release(session: "Session", claim: Claim) -> None:
    """See ``Ledger.release``."""
    held, names = _held(claim)
    await session.run(
        f"UPDATE {held} SET owner = NULL, lease_until = $1 WHERE {names}",  # noqa: S608 - constants
        None,
        *_whose(claim),
    )


def _held(claim: Claim) -> tuple[str, str]:
    names = "channel = $2 AND order_id = $3 AND owner = $4 AND fence = $5"
    return ("shipments", f"{names} AND key = $6") if claim.key else ("orders", names)


def _whose(claim: Claim) -> tuple[str | int, ...]:
    whose = (claim.ref.channel, claim.ref.order_id, claim.owner, claim.fence)
    return (*whose, claim.key) if claim.key else whose


def lost(claim: Claim) -> LeaseLostError:
    """Return the error for whoever holds that claim no more."""
    if not claim.key:
        return LeaseLostError(f"order {claim.ref} is no longer claimed by {claim.owner} (fence {claim.fence})")
    return LeaseLostError(
        f"the shipment {claim.key!r} of order {claim.ref} is no longer claimed by {claim.owner} "
        f"(fence {claim.fence}): another worker may have taken it over; nothing was recorded"
    )


class StepWrite:
    """A write to the steps of a claimed shipment.

    Args:
        claim: The right to do so.
        now: The present.
        work: What to write. It begins anew where somebody else wrote between its reading and its writing.
        step_id: The step that is meant.
        written: Finds what was written, where that is not the step that is meant.
    """

    def __init__(
        self,
        claim: Claim,
        now: str,
        work: Callable[[Steps], Awaitable[StepRow]],
        *,
        step_id: int | None,
        written: Callable[[Steps], Stored | None] | None,
    ) -> None:
        self._claim = claim
        self._now = now
        self._work = work
        self._step_id = step_id
        self._written = written

    async def write(self, session: "Session", mark: Mark) -> StepRow:
        """Read, and write where what was read still stands.

        Raises:
            LeaseLostError: The claim is not the newest.
        """
        while True:  # each turn but the last is another worker's write that was done
            steps, held = await Steps.load(session, self._claim, self._now, step_id=self._step_id, mark=mark)
            if not held:
                raise lost(self._claim)
            try:
                return await self._work(steps)
            except ChangedError:
                continue

    async def read(self, session: "Session") -> StepRow:
        """Return what was written, when it is known that it was, and only the answer is lost.

        Raises:
            LedgerError: Another worker has planned the step anew since.
        """
        steps, _ = await Steps.load(session, self._claim, self._now, step_id=self._step_id, mark=None)
        stored = self._written(steps) if self._written is not None else steps.get(self._step_id or 0)
        if stored is None:
            msg = f"{self._claim.ref}: the step was recorded, and has been planned anew by another worker since"
            raise LedgerError(msg)
        steps, _ = await Steps.load(session, self._claim, self._now, step_id=stored["id"], mark=None)
        return await steps.read(stored)


# reading


async def get_shipment(session: "Session", ref: OrderRef, key: str) -> ShipmentRow | None:
    """See ``Ledger.get_shipment``."""
    rows = await session.rows(f"SELECT {COLUMNS} FROM shipments WHERE {_HERE}", ref.channel, ref.order_id, key)  # noqa: S608 - constants
    return (await _shipment_rows(session, rows, labels=True))[0] if rows else None


async def list_shipments(
    session: "Session",
    ref: OrderRef | None,
    states: Sequence[ShipmentState] | None,
    carrier: str | None,
    *,
    since: str | None,
    due_before: str | None,
) -> Sequence[ShipmentRow]:
    """See ``Ledger.list_shipments``."""
    conditions: list[str] = []
    values: list[object] = []
    wanted: list[tuple[str, object]] = [
        ("channel = {}", None if ref is None else ref.channel),
        ("order_id = {}", None if ref is None else ref.order_id),
        ("state = ANY({}::text[])", None if states is None else list(states)),
        ("carrier = {}", carrier),
        ("updated_at >= {}", since),
        ("due_at <= {}", due_before),
    ]
    for condition, value in wanted:
        if value is not None:
            values.append(value)
            conditions.append(condition.format(f"${len(values)}"))
    rows = await session.rows(
        f"SELECT {COLUMNS} FROM shipments WHERE {' AND '.join(conditions) or 'TRUE'}"  # noqa: S608 - constants
        " ORDER BY ship_by IS NULL, ship_by, created_at, id",
        *values,
    )
    return await _shipment_rows(session, rows, labels=ref is not None)


async def next_due(session: "Session") -> str | None:
    """See ``Ledger.next_shipment_due``."""
    moment: str | None = await session.value("SELECT min(due_at) FROM shipments WHERE due_at IS NOT NULL")
    return moment


async def _read(session: "Session", place: Place) -> ShipmentRow:
    rows = await session.rows(f"SELECT {COLUMNS} FROM shipments WHERE id = $1", place.shipment_id)  # noqa: S608 - a constant
    return (await _shipment_rows(session, rows, labels=True))[0]


async def _shipment_rows(session: "Session", rows: Sequence["Row"], *, labels: bool) -> list[ShipmentRow]:
    if not rows:
        return []
    places = [Place(OrderRef(channel=row[1], order_id=row[2]), row[0]) for row in rows]
    steps, personal = await list_steps(session, places, labels=labels, also=REQUEST)
    return [
        shipment_row(row, personal[place.ref], steps[place.shipment_id])
        for place, row in zip(places, rows, strict=True)
    ]
