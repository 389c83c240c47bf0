"""SQL on shipments: planning, the right to work on one, and reading."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import attrs

from cartcarrier.errors import IdempotencyConflictError, LedgerError
from cartcarrier.ledger import _personal
from cartcarrier.ledger._codec import (
    REQUEST,
    from_json,
    read_model,
    to_json_text,
    to_moment,
    to_moment_or_none,
    to_text,
    to_text_or_none,
)
from cartcarrier.ledger._interface import (
    Claim,
    LeaseLostError,
    NewShipment,
    ShipmentRow,
    ShipmentState,
    StepKind,
    StepRow,
)
from cartcarrier.ledger._orders import ensure_order, reopen_to_data
from cartcarrier.ledger._steps import Place, derive_state, insert_purchases, insert_step, list_steps, retire_steps
from cartcarrier.models import OrderRef, ShipmentRequest

if TYPE_CHECKING:
    from cartcarrier.ledger._sealing import Connection

COLUMNS: Final = (
    "id, channel, order_id, key, carrier, request_hash, reference, lines, location_id, notify_buyer, confirms, ship_by,"
    " quoted_total, created_at, updated_at, state, due_at"
)


@attrs.frozen
class Worker:
    """Who wants to work on a shipment, for how long, from when."""

    owner: str
    lease: timedelta
    now: datetime

    def claim(self, ref: OrderRef, key: str, fence: int) -> Claim:
        """Return the right."""
        return Claim(ref=ref, key=key, owner=self.owner, fence=fence, until=self.now + self.lease)


def plan_shipment(
    connection: "Connection", new: NewShipment, request: bytes | None, worker: Worker
) -> tuple[ShipmentRow, Claim | None]:
    """See ``Ledger.plan_shipment``; the bytes are the request as JSON.

    Raises:
        IdempotencyConflictError: Another hash stands under this key, and it is not known that no money was spent.
    """
    row = connection.execute(
        "SELECT id, request_hash, state FROM shipments WHERE channel = ? AND order_id = ? AND key = ?",
        (new.ref.channel, new.ref.order_id, new.key),
    ).fetchone()
    if row is None:
        return _insert(connection, new, request, worker)
    shipment_id, request_hash, state = row
    place = Place(new.ref, shipment_id)
    if state != ShipmentState.FAILED and request_hash != new.request_hash:
        msg = (
            f"the key {new.key!r} of order {new.ref} was used before for a different shipment ({state}): "
            "use another key for another parcel, or resolve what stands under this one"
        )
        raise IdempotencyConflictError(msg)
    claim = take(connection, new.ref, new.key, worker)
    if claim is not None and state == ShipmentState.FAILED:
        now = to_text(worker.now)
        retire_steps(connection, place)
        columns = columns_of(new)
        connection.execute(
            f"UPDATE shipments SET {', '.join(f'{name} = ?' for name in columns)} WHERE id = ?",  # noqa: S608 - names from columns_of
            (*columns.values(), shipment_id),
        )
        _write_contents(connection, place, new, request, now)
    return _read(connection, place), claim


def _insert(
    connection: "Connection", new: NewShipment, request: bytes | None, worker: Worker
) -> tuple[ShipmentRow, Claim | None]:
    now = to_text(worker.now)
    claim = worker.claim(new.ref, new.key, fence=1)
    ensure_order(connection, new.ref, now)
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
    shipment_id = connection.execute(
        f"INSERT INTO shipments ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",  # noqa: S608 - names from above
        tuple(columns.values()),
    ).lastrowid
    if shipment_id is None:  # pragma: no cover - an insert has a row id
        msg = "the ledger did not number a shipment"
        raise LedgerError(msg)
    place = Place(new.ref, shipment_id)
    _write_contents(connection, place, new, request, now)
    return _read(connection, place), claim


def columns_of(new: NewShipment) -> Mapping[str, str | int | None]:
    """Return what is written of a new shipment, or of one that is planned anew."""
    return {
        "carrier": new.carrier,
        "request_hash": new.request_hash,
        "reference": new.reference,
        "lines": to_json_text(dict(new.lines)),
        "location_id": new.location_id,
        "notify_buyer": int(new.notify_buyer),
        "confirms": int(new.confirms),
        "ship_by": to_text_or_none(new.ship_by),
        "quoted_total": new.quoted_total,
        "due_at": to_text_or_none(new.due_at),
    }


def _write_contents(connection: "Connection", place: Place, new: NewShipment, request: bytes | None, now: str) -> None:
    reopen_to_data(connection, new.ref)
    if request is None:
        _personal.remove(connection, new.ref, REQUEST, new.key)
    else:
        _personal.put(connection, new.ref, REQUEST, new.key, request)
    insert_purchases(connection, place, new.steps, now)
    if new.submits:
        insert_step(connection, place, StepKind.SUBMIT, 0, purchase=None, reference=new.reference, now=now)
    derive_state(connection, place, now)


def take(connection: "Connection", ref: OrderRef, key: str, worker: Worker) -> Claim | None:
    """See ``Ledger.claim``.

    Raises:
        LedgerError: There is no such shipment.
    """
    if not key:
        return _take_order(connection, ref, worker)
    row = connection.execute(
        "SELECT id, owner, fence, lease_until FROM shipments WHERE channel = ? AND order_id = ? AND key = ?",
        (ref.channel, ref.order_id, key),
    ).fetchone()
    if row is None:
        msg = f"the ledger has no shipment {key!r} of order {ref}"
        raise LedgerError(msg)
    shipment_id, owner, fence, lease_until = row
    if owner is not None and owner != worker.owner and lease_until > to_text(worker.now):
        return None
    claim = worker.claim(ref, key, fence + 1)
    connection.execute(
        "UPDATE shipments SET owner = ?, fence = ?, lease_until = ? WHERE id = ?",
        (claim.owner, claim.fence, to_text(claim.until), shipment_id),
    )
    return claim


def _take_order(connection: "Connection", ref: OrderRef, worker: Worker) -> Claim | None:
    ensure_order(connection, ref, to_text(worker.now))
    place = (ref.channel, ref.order_id)
    owner, fence, lease_until = connection.execute(
        "SELECT owner, fence, lease_until FROM orders WHERE channel = ? AND order_id = ?", place
    ).fetchone()
    if owner is not None and owner != worker.owner and lease_until > to_text(worker.now):
        return None
    claim = worker.claim(ref, "", fence + 1)
    connection.execute(
        "UPDATE orders SET owner = ?, fence = ?, lease_until = ? WHERE channel = ? AND order_id = ?",
        (claim.owner, claim.fence, to_text(claim.until), *place),
    )
    return claim


def renew(connection: "Connection", claim: Claim, until: datetime) -> Claim:
    """See ``Ledger.renew``.

    Raises:
        LeaseLostError: Somebody else has it.
    """
    if not claim.key:
        renewed = connection.execute(
            "UPDATE orders SET lease_until = ? WHERE channel = ? AND order_id = ? AND owner = ? AND fence = ?",
            (to_text(until), claim.ref.channel, claim.ref.order_id, claim.owner, claim.fence),
        ).rowcount
        if not renewed:
            msg = f"order {claim.ref} is no longer claimed by {claim.owner} (fence {claim.fence})"
            raise LeaseLostError(msg)
        return attrs.evolve(claim, until=until)
    place = check(connection, claim)
    connection.execute("UPDATE shipments SET lease_until = ? WHERE id = ?", (to_text(until), place.shipment_id))
    return attrs.evolve(claim, until=until)


def release(connection: "Connection", claim: Claim) -> None:
    """See ``Ledger.release``."""
    if not claim.key:
        connection.execute(
            "UPDATE orders SET owner = NULL, lease_until = NULL"
            " WHERE channel = ? AND order_id = ? AND owner = ? AND fence = ?",
            (claim.ref.channel, claim.ref.order_id, claim.owner, claim.fence),
        )
        return
    connection.execute(
        "UPDATE shipments SET owner = NULL, lease_until = NULL"
        " WHERE channel = ? AND order_id = ? AND key = ? AND owner = ? AND fence = ?",
        (claim.ref.channel, claim.ref.order_id, claim.key, claim.owner, claim.fence),
    )


def check(connection: "Connection", claim: Claim) -> Place:
    """Return where the claimed shipment is.

    Raises:
        LeaseLostError: The claim is not the newest.
    """
    row = connection.execute(
        "SELECT id, owner, fence FROM shipments WHERE channel = ? AND order_id = ? AND key = ?",
        (claim.ref.channel, claim.ref.order_id, claim.key),
    ).fetchone()
    if row is None or row[1:] != (claim.owner, claim.fence):
        msg = (
            f"the shipment {claim.key!r} of order {claim.ref} is no longer claimed by {claim.owner} "
            f"(fence {claim.fence}): another worker may have taken it over; nothing was recorded"
        )
        raise LeaseLostError(msg)
    return Place(claim.ref, row[0])


def get_shipment(connection: "Connection", ref: OrderRef, key: str) -> ShipmentRow | None:
    """See ``Ledger.get_shipment``."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM shipments WHERE channel = ? AND order_id = ? AND key = ?",  # noqa: S608 - a constant
        (ref.channel, ref.order_id, key),
    ).fetchone()
    return None if row is None else _shipment_row(connection, row, labels=True)


def list_shipments(
    connection: "Connection",
    ref: OrderRef | None,
    states: Sequence[ShipmentState] | None,
    carrier: str | None,
    *,
    since: str | None,
    due_before: str | None,
) -> Sequence[ShipmentRow]:
    """See ``Ledger.list_shipments``."""
    conditions: list[str] = []
    values: list[str] = []
    if ref is not None:
        conditions.append("channel = ? AND order_id = ?")
        values += [ref.channel, ref.order_id]
    if states is not None:
        conditions.append(f"state IN ({', '.join('?' * len(states))})")
        values += states
    if carrier is not None:
        conditions.append("carrier = ?")
        values.append(carrier)
    if since is not None:
        conditions.append("updated_at >= ?")
        values.append(since)
    if due_before is not None:
        conditions.append("due_at <= ?")
        values.append(due_before)
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM shipments WHERE {' AND '.join(conditions) or 'TRUE'}"  # noqa: S608 - constants and question marks
        " ORDER BY ship_by IS NULL, ship_by, created_at, id",
        values,
    ).fetchall()
    return [_shipment_row(connection, row, labels=ref is not None) for row in rows]


def look_again(connection: "Connection", place: Place, due_at: str | None) -> None:
    """Write down when a shipment's warehouse is to be asked again."""
    connection.execute("UPDATE shipments SET due_at = ? WHERE id = ?", (due_at, place.shipment_id))


def next_due(connection: "Connection") -> str | None:
    """See ``Ledger.next_shipment_due``."""
    moment: str | None = connection.execute("SELECT min(due_at) FROM shipments WHERE due_at IS NOT NULL").fetchone()[0]
    return moment


def _read(connection: "Connection", place: Place) -> ShipmentRow:
    row = connection.execute(
        f"SELECT {COLUMNS} FROM shipments WHERE id = ?",  # noqa: S608 - a constant
        (place.shipment_id,),
    ).fetchone()
    return _shipment_row(connection, row, labels=True)


def _shipment_row(connection: "Connection", row: tuple[Any, ...], *, labels: bool) -> ShipmentRow:
    place = Place(OrderRef(channel=row[1], order_id=row[2]), row[0])
    personal = _personal.load(connection, place.ref, (REQUEST,))
    return shipment_row(row, personal, list_steps(connection, place, labels=labels))


def shipment_row(row: tuple[Any, ...], personal: _personal.Personal, steps: tuple[StepRow, ...]) -> ShipmentRow:
    """Return a shipment from its ``COLUMNS``, what there is of personal data about its order, and its steps."""
    (
        _,
        channel,
        order_id,
        key,
        carrier,
        request_hash,
        reference,
        lines,
        location_id,
        notify_buyer,
        confirms,
        ship_by,
        quoted_total,
        created_at,
        updated_at,
        state,
        due_at,
    ) = row
    request = personal.get((REQUEST, key))
    return ShipmentRow(
        ref=OrderRef(channel=channel, order_id=order_id),
        key=key,
        carrier=carrier,
        request_hash=request_hash,
        reference=reference,
        state=ShipmentState(state),
        lines=from_json(lines),
        location_id=location_id,
        notify_buyer=bool(notify_buyer),
        confirms=bool(confirms),
        ship_by=to_moment_or_none(ship_by),
        request=None if request is None else read_model(ShipmentRequest, request),
        quoted_total=quoted_total,
        due_at=to_moment_or_none(due_at),
        steps=steps,
        created_at=to_moment(created_at),
        updated_at=to_moment(updated_at),
    )
