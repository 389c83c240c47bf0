"""SQL on steps: what is about to happen outside, and what has."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from cartcarrier.errors import LedgerError
from cartcarrier.ledger import _personal
from cartcarrier.ledger._codec import (
    BODY,
    DOCUMENT,
    LABEL,
    RESULT,
    SplitResult,
    from_json,
    join_result,
    to_json_text,
    to_moment,
    to_moment_or_none,
    to_text_or_none,
)
from cartcarrier.ledger._interface import StepKind, StepRow, StepState
from cartcarrier.ledger._states import shipment_state
from cartcarrier.models import OrderRef, PurchaseStep

if TYPE_CHECKING:
    from cartcarrier.ledger._sealing import Connection

COLUMNS: Final = (
    "id, kind, place, attempt, state, parcels, idempotency_key, expires_at, reference, planned_at, sent_at, finished_at,"
    " error_code, error_message, result_kind, result"
)
_ORDER: Final = "ORDER BY CASE kind WHEN 'purchase' THEN 0 ELSE 1 END, kind, place"


@attrs.frozen
class Place:
    """Where a shipment is: its order and its number in the table."""

    ref: OrderRef
    shipment_id: int


def insert_purchases(connection: "Connection", place: Place, steps: Iterable[PurchaseStep], now: str) -> None:
    """Plan purchases; what was planned before under the same place becomes history."""
    for step in steps:
        insert_step(connection, place, StepKind.PURCHASE, step.index, purchase=step, reference=step.reference, now=now)


def insert_step(
    connection: "Connection",
    place: Place,
    kind: StepKind,
    index: int,
    *,
    purchase: PurchaseStep | None,
    reference: str | None,
    now: str,
) -> int:
    """Plan a new attempt of a step; return its id. Earlier attempts become history."""
    where = (place.shipment_id, kind, index)
    attempt = connection.execute(
        "SELECT coalesce(max(attempt), 0) + 1 FROM steps WHERE shipment_id = ? AND kind = ? AND place = ?", where
    ).fetchone()[0]
    connection.execute("UPDATE steps SET newest = 0 WHERE shipment_id = ? AND kind = ? AND place = ?", where)
    step_id = connection.execute(
        "INSERT INTO steps (shipment_id, kind, place, attempt, newest, state, parcels, idempotency_key, expires_at,"
        " reference, planned_at) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)",
        (
            *where,
            attempt,
            StepState.PLANNED,
            None if purchase is None else to_json_text(list(purchase.parcels)),
            None if purchase is None else purchase.key,
            None if purchase is None else to_text_or_none(purchase.expires_at),
            reference,
            now,
        ),
    ).lastrowid
    if step_id is None:  # pragma: no cover - an insert has a row id
        msg = "the ledger did not number a step"
        raise LedgerError(msg)
    if purchase is not None:
        _personal.put(connection, place.ref, BODY, f"{step_id}/", purchase.body)
    return step_id


def retire_steps(connection: "Connection", place: Place) -> None:
    """Make all steps of a shipment history: it is planned anew."""
    connection.execute("UPDATE steps SET newest = 0 WHERE shipment_id = ?", (place.shipment_id,))


def move_step(
    connection: "Connection",
    place: Place,
    step_id: int,
    *,
    to: StepState,
    of: Sequence[StepState],
    **columns: str | None,
) -> None:
    """Move a step into another state, and the shipment's state with it.

    Args:
        connection: The writer's.
        place: Of its shipment.
        step_id: Which step.
        to: The new state.
        of: The states from which that is allowed.
        columns: What else to write; the keys are constants of the callers.

    Raises:
        LedgerError: The step is not one of this shipment, is history, or is in another state.
    """
    check_step(connection, place, step_id, to=to, of=of)
    assignments = "".join(f", {name} = ?" for name in columns)
    connection.execute(
        f"UPDATE steps SET state = ?{assignments} WHERE id = ?",  # noqa: S608 - names from this module's callers
        (to, *columns.values(), step_id),
    )


def check_step(connection: "Connection", place: Place, step_id: int, *, to: StepState, of: Sequence[StepState]) -> None:
    """Make sure that a step may become ``to``.

    Raises:
        LedgerError: The step is not one of this shipment, is history, or is in another state.
    """
    row = connection.execute(
        "SELECT kind, place, attempt, newest, state FROM steps WHERE id = ? AND shipment_id = ?",
        (step_id, place.shipment_id),
    ).fetchone()
    if row is None:
        msg = f"the ledger has no step {step_id} in this shipment of {place.ref}"
        raise LedgerError(msg)
    kind, index, attempt, newest, state = row
    if not newest:
        msg = f"{place.ref}: attempt {attempt} of the step {kind}/{index} is history; a later one counts"
        raise LedgerError(msg)
    if state not in of:
        msg = f"{place.ref}: the step {kind}/{index} is {state} and cannot become {to}"
        raise LedgerError(msg)


def replan_step(connection: "Connection", place: Place, step_id: int, purchase: PurchaseStep | None, now: str) -> int:
    """Plan a new attempt of a step, with its own bytes or with others; return its id.

    Raises:
        LedgerError: It is planned, done or history, or there is no such step.
    """
    of = (StepState.UNCERTAIN, StepState.REFUSED, StepState.SENDING)
    check_step(connection, place, step_id, to=StepState.PLANNED, of=of)
    row = get_step(connection, place, step_id)
    if purchase is None:
        purchase = row.purchase
    elif row.kind is not StepKind.PURCHASE or purchase.index != row.index:
        msg = f"{place.ref}: the bytes given are not those of the step {row.kind}/{row.index}"
        raise LedgerError(msg)
    reference = row.reference if purchase is None else purchase.reference
    return insert_step(connection, place, row.kind, row.index, purchase=purchase, reference=reference, now=now)


def note_result(connection: "Connection", place: Place, step_id: int, result: SplitResult) -> None:
    """Write what is known by now of a step that is done.

    Raises:
        LedgerError: It is not done, or is no hand-over.
    """
    row = get_step(connection, place, step_id)
    check_step(connection, place, step_id, to=StepState.DONE, of=(StepState.DONE,))
    if row.kind is not StepKind.SUBMIT:
        msg = f"{place.ref}: the result of the step {row.kind}/{row.index} is final"
        raise LedgerError(msg)
    store_result(connection, place, step_id, result)


def store_result(connection: "Connection", place: Place, step_id: int, result: SplitResult) -> None:
    """Write what came of a step, with its labels and documents."""
    connection.execute("UPDATE steps SET result_kind = ?, result = ? WHERE id = ?", (result.kind, result.kept, step_id))
    for kind, name, value in result.personal:
        _personal.put(connection, place.ref, kind, f"{step_id}/{name}", value)


def get_step(connection: "Connection", place: Place, step_id: int) -> StepRow:
    """Return a step that is known to be there."""
    row = connection.execute(f"SELECT {COLUMNS} FROM steps WHERE id = ?", (step_id,)).fetchone()  # noqa: S608 - a constant
    with_personal_data = row[1] == StepKind.PURCHASE or row[-1] is not None
    return step_row(row, _personal.load_of_step(connection, place.ref, step_id) if with_personal_data else {})


def find_step(connection: "Connection", place: Place, kind: StepKind, index: int) -> StepRow | None:
    """Return the newest attempt of that kind and place."""
    row = connection.execute(
        "SELECT id FROM steps WHERE shipment_id = ? AND kind = ? AND place = ? AND newest = 1",
        (place.shipment_id, kind, index),
    ).fetchone()
    return None if row is None else get_step(connection, place, row[0])


def list_steps(connection: "Connection", place: Place, *, labels: bool) -> tuple[StepRow, ...]:
    """Return the newest attempts, purchases first."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM steps WHERE shipment_id = ? AND newest = 1 {_ORDER}",  # noqa: S608 - constants
        (place.shipment_id,),
    ).fetchall()
    kinds = (BODY, RESULT, LABEL, DOCUMENT) if labels else (BODY, RESULT)
    personal = _personal.load(connection, place.ref, kinds)
    return tuple(step_row(row, personal) for row in rows)


def derive_state(connection: "Connection", place: Place, now: str) -> None:
    """Write the state that the steps add up to beside the shipment, for queries."""
    rows = connection.execute(
        "SELECT kind, place, state, reference, result_kind, result FROM steps WHERE shipment_id = ? AND newest = 1",
        (place.shipment_id,),
    )
    moment = to_moment(now)
    steps = [
        StepRow(
            id=0,
            kind=StepKind(kind),
            index=index,
            attempt=0,
            state=StepState(state),
            reference=reference,
            planned_at=moment,
            # Of the results only these count: reading the others' JSON would cost more than the rest of the write.
            result=join_result(result_kind, result, {}) if result_kind in {"void", "provider_order"} else None,
        )
        for kind, index, state, reference, result_kind, result in rows
    ]
    connection.execute(
        "UPDATE shipments SET state = ?, updated_at = ? WHERE id = ?", (shipment_state(steps), now, place.shipment_id)
    )


def step_row(row: tuple[Any, ...], personal: _personal.Personal) -> StepRow:
    """Return a step from its ``COLUMNS``, and what there is of personal data about its order or about itself."""
    (
        step_id,
        kind,
        index,
        attempt,
        state,
        parcels,
        idempotency_key,
        expires_at,
        reference,
        planned_at,
        sent_at,
        finished_at,
        error_code,
        error_message,
        result_kind,
        result,
    ) = row
    purchase = None
    if parcels is not None:
        purchase = PurchaseStep(
            index=index,
            parcels=from_json(parcels),
            reference=reference,
            key=idempotency_key,
            body=personal.get((BODY, f"{step_id}/"), b""),
            expires_at=to_moment_or_none(expires_at),
        )
    mine = f"{step_id}/"
    own: dict[tuple[str, str], bytes] = {}
    if result_kind is not None:
        own = {(name, key[len(mine) :]): value for (name, key), value in personal.items() if key.startswith(mine)}
    return StepRow(
        id=step_id,
        kind=StepKind(kind),
        index=index,
        attempt=attempt,
        state=StepState(state),
        purchase=purchase,
        reference=reference,
        planned_at=to_moment(planned_at),
        sent_at=to_moment_or_none(sent_at),
        finished_at=to_moment_or_none(finished_at),
        error_code=error_code,
        error_message=error_message,
        result=None if result_kind is None else join_result(result_kind, result, own),
    )
