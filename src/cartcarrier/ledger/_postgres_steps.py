"""SQL on steps, in PostgreSQL.

A step is written as it is read: two statements, of which the second changes something only where the shipment is still as
the first has seen it, and the claim the newest. So a write costs two round trips, and nobody waits for a lock that somebody
else holds over several of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from cartcarrier.errors import LedgerError
from cartcarrier.ledger import _postgres_rows as personal_data
from cartcarrier.ledger._codec import (
    BODY,
    DOCUMENT,
    LABEL,
    RESULT,
    SplitResult,
    join_result,
    to_json_text,
    to_moment,
    to_text_or_none,
)
from cartcarrier.ledger._interface import Claim, StepKind, StepRow, StepState
from cartcarrier.ledger._states import shipment_state
from cartcarrier.ledger._steps import COLUMNS, Place, step_row
from cartcarrier.models import OrderRef, PurchaseStep

if TYPE_CHECKING:
    from cartcarrier.ledger._postgres_session import Row, Session

Stored = dict[str, Any]
"""A row of the table, by column."""

_NAMES: Final = tuple(COLUMNS.replace(" ", "").split(","))
_ORDER: Final = "ORDER BY CASE kind WHEN 'purchase' THEN 0 ELSE 1 END, kind, place"
_PERSONAL: Final = (BODY, RESULT, LABEL, DOCUMENT)
_OPEN_TO_REPLAN: Final = (StepState.UNCERTAIN, StepState.REFUSED, StepState.SENDING)


class ChangedError(Exception):
    """Somebody else wrote the shipment between our reading it and our writing it; nothing was written."""


# What every write to a step begins with: the shipment's row is changed only where it still is as it was read ($6, its version)
# and the claim is still the newest; nothing else is written where it was not. The connection counts the write in the same
# statement, so that after a broken connection it can be known whether it was committed.
_HELD: Final = (
    "WITH held AS (UPDATE shipments SET state = $1, updated_at = coalesce($2, updated_at), due_at = CASE WHEN $3 THEN $4 ELSE due_at END"
    " WHERE id = $5 AND ($6::text IS NULL OR (xmin = $6::text::xid AND owner = $7 AND fence = $8)) RETURNING id),"
    " counted AS (INSERT INTO writers (name, number) SELECT $9, $10 FROM held WHERE $9::text IS NOT NULL"
    " ON CONFLICT (name) DO UPDATE SET number = excluded.number)"
)
_CHANGE: Final = (
    f"{_HELD}, moved AS (UPDATE steps SET state = $12, sent_at = $13, finished_at = $14, error_code = $15,"  # noqa: S608 - constants
    " error_message = $16, result_kind = $17, result = $18 FROM held WHERE steps.id = $11),"
    " written AS (INSERT INTO personal_data (channel, order_id, kind, key, value)"
    " SELECT $19, $20, kind, key, value"
    " FROM held, unnest($21::text[], $22::text[], $23::bytea[]) AS given (kind, key, value)"
    " ON CONFLICT (channel, order_id, kind, key) DO UPDATE SET value = excluded.value)"
    " SELECT id FROM held"
)
_NUMBER: Final = "SELECT coalesce(max(attempt), 0) + 1 FROM steps WHERE shipment_id = $5 AND kind = $11 AND place = $12"
_INSERT: Final = (
    f"{_HELD}, history AS (UPDATE steps SET newest = 0 FROM held WHERE shipment_id = held.id AND kind = $11"  # noqa: S608 - constants
    " AND place = $12 AND newest = 1),"
    " planned AS (INSERT INTO steps (shipment_id, kind, place, attempt, newest, state, parcels, idempotency_key, expires_at,"
    f" reference, planned_at) SELECT held.id, $11, $12, ({_NUMBER}), 1, $13, $14, $15, $16, $17, $2 FROM held"
    f" RETURNING {COLUMNS}),"
    " bytes AS (INSERT INTO personal_data (channel, order_id, kind, key, value)"
    f" SELECT $18, $19, '{BODY}', id || '/', $20 FROM planned WHERE $20::bytea IS NOT NULL)"
    f" SELECT {COLUMNS} FROM planned"
)
_LOAD: Final = (
    f"SELECT shipments.id, shipments.owner, shipments.fence, shipments.xmin::text, bytes.value,"  # noqa: S608 - constants
    f" {', '.join(f'steps.{name}' for name in _NAMES)} FROM shipments"
    " LEFT JOIN steps ON shipment_id = shipments.id AND newest = 1"
    " LEFT JOIN personal_data bytes ON (bytes.channel, bytes.order_id, bytes.kind, bytes.key)"
    f" = (shipments.channel, shipments.order_id, '{BODY}', steps.id || '/') AND steps.id = $4"
    " WHERE shipments.channel = $1 AND shipments.order_id = $2 AND shipments.key = $3"
)


@attrs.define
class Mark:
    """Under which name and number a write is counted, and whether it was sent."""

    name: str
    number: int
    used: bool = False


class Steps:
    """The steps of one shipment: what is there, and what is written. Each write is one statement.

    Args:
        session: A connection; in a transaction, unless ``version`` is given.
        place: Of the shipment.
        now: When it is written.
        claim: The right to write, where it is to be checked with the write.
        version: Of the shipment's row as it was read.
        mark: Under what the write is counted.
    """

    def __init__(
        self,
        session: "Session",
        place: Place,
        now: str,
        *,
        claim: Claim | None = None,
        version: str | None = None,
        mark: Mark | None = None,
    ) -> None:
        self._session = session
        self._place = place
        self._now = now
        self._claim = claim
        self._version = version
        self._mark = mark
        self._newest: dict[int, Stored] = {}
        self._bodies: dict[int, bytes] = {}

    @classmethod
    async def load(
        cls, session: "Session", claim: Claim, now: str, *, step_id: int | None, mark: Mark | None
    ) -> "tuple[Steps, bool]":
        """Read the newest attempts; return them, and whether the claim is the newest.

        Args:
            session: A connection.
            claim: Of the shipment.
            now: When it is written.
            step_id: Of which step the bytes of the purchase are read, too.
            mark: Under what the write is counted.
        """
        place = (claim.ref.channel, claim.ref.order_id, claim.key)
        rows = await session.rows(_LOAD, *place, step_id)
        if not rows:
            return cls(session, Place(claim.ref, 0), now), False
        shipment_id, owner, fence, version = rows[0][:4]
        steps = cls(session, Place(claim.ref, shipment_id), now, claim=claim, version=version, mark=mark)
        for _, _, _, _, body, *row in rows:
            if row[0] is not None:
                steps._newest[row[0]] = dict(zip(_NAMES, row, strict=True))
            if body is not None:
                steps._bodies[row[0]] = body
        return steps, (owner, fence) == (claim.owner, claim.fence)

    def find(self, kind: StepKind, index: int) -> Stored | None:
        """Return the newest attempt of that kind and place."""
        return next((row for row in self._newest.values() if (row["kind"], row["place"]) == (kind, index)), None)

    def get(self, step_id: int) -> Stored | None:
        """Return a step, if it is a newest attempt of this shipment."""
        return self._newest.get(step_id)

    async def check(self, step_id: int, *, to: StepState, of: Sequence[StepState]) -> Stored:
        """Return a step that may become ``to``.

        Raises:
            LedgerError: The step is not one of this shipment, is history, or is in another state.
        """
        ref = self._place.ref
        row = self._newest.get(step_id)
        if row is None:
            old = await self._session.row(
                "SELECT kind, place, attempt FROM steps WHERE id = $1 AND shipment_id = $2",
                step_id,
                self._place.shipment_id,
            )
            if old is None:
                msg = f"the ledger has no step {step_id} in this shipment of {ref}"
                raise LedgerError(msg)
            kind, index, attempt = old
            msg = f"{ref}: attempt {attempt} of the step {kind}/{index} is history; a later one counts"
            raise LedgerError(msg)
        if row["state"] not in of:
            msg = f"{ref}: the step {row['kind']}/{row['place']} is {row['state']} and cannot become {to}"
            raise LedgerError(msg)
        return row

    async def insert(
        self, kind: StepKind, index: int, *, purchase: PurchaseStep | None, reference: str | None
    ) -> StepRow:
        """Plan a new attempt of a step, and write the shipment's state that follows. Earlier attempts become history.

        Raises:
            ChangedError: The shipment was written by somebody else meanwhile.
        """
        earlier = self.find(kind, index)
        if earlier is not None:
            del self._newest[earlier["id"]]
        blank = {"kind": kind, "place": index, "state": StepState.PLANNED, "reference": reference, "result_kind": None}
        row = await self._write(
            _INSERT,
            [*self._newest.values(), blank],
            kind,
            index,
            StepState.PLANNED,
            None if purchase is None else to_json_text(list(purchase.parcels)),
            None if purchase is None else purchase.key,
            None if purchase is None else to_text_or_none(purchase.expires_at),
            reference,
            self._place.ref.channel,
            self._place.ref.order_id,
            None if purchase is None else purchase.body,
            now=self._now,
        )
        stored = dict(zip(_NAMES, row, strict=True))
        self._newest[stored["id"]] = stored
        return step_row(row, {} if purchase is None else {(BODY, f"{stored['id']}/"): purchase.body})

    async def insert_purchases(self, steps: Iterable[PurchaseStep]) -> None:
        """Plan purchases; what was planned before under the same place becomes history."""
        for step in steps:
            await self.insert(StepKind.PURCHASE, step.index, purchase=step, reference=step.reference)

    async def replan(self, step_id: int, purchase: PurchaseStep | None) -> StepRow:
        """Plan a new attempt of a step, with its own bytes or with others.

        Raises:
            LedgerError: It is planned, done or history, or there is no such step.
        """
        stored = await self.check(step_id, to=StepState.PLANNED, of=_OPEN_TO_REPLAN)
        row = await self.read(stored)
        if purchase is None:
            purchase = row.purchase
        elif row.kind is not StepKind.PURCHASE or purchase.index != row.index:
            msg = f"{self._place.ref}: the bytes given are not those of the step {row.kind}/{row.index}"
            raise LedgerError(msg)
        reference = row.reference if purchase is None else purchase.reference
        return await self.insert(row.kind, row.index, purchase=purchase, reference=reference)

    async def change(
        self, stored: Stored, result: SplitResult | None, due: tuple[str | None] | None = None, /, **columns: str | None
    ) -> StepRow:
        """Write a step, its result with labels and documents, and the shipment's state that follows.

        Args:
            stored: The step as it is.
            result: What came of it, where that is new.
            due: When the warehouse is to be asked again, where that is new.
            columns: What else is new.

        Raises:
            ChangedError: The shipment was written by somebody else meanwhile.
        """
        # Only another date on which a warehouse is asked is no news of the shipment.
        now = self._now if columns or result is not None else None
        stored.update(columns)
        stored.update(error_code=_storable(stored["error_code"]), error_message=_storable(stored["error_message"]))
        pieces: Sequence[tuple[str, str, bytes]] = ()
        if result is not None:
            stored.update(result_kind=result.kind, result=result.kept)
            pieces = [(kind, f"{stored['id']}/{name}", value) for kind, name, value in result.personal]
        await self._write(
            _CHANGE,
            self._newest.values(),
            stored["id"],
            stored["state"],
            stored["sent_at"],
            stored["finished_at"],
            stored["error_code"],
            stored["error_message"],
            stored["result_kind"],
            stored["result"],
            self._place.ref.channel,
            self._place.ref.order_id,
            [kind for kind, _, _ in pieces],
            [key for _, key, _ in pieces],
            [value for _, _, value in pieces],
            now=now,
            due=due,
        )
        return await self.read(stored, pieces if result is not None else None)

    async def read(self, stored: Stored, pieces: Iterable[tuple[str, str, bytes]] | None = None) -> StepRow:
        """Return a step with its bytes and its result.

        Args:
            stored: The step.
            pieces: Of the result what is personal data, where it is known; it is read otherwise.
        """
        step_id = stored["id"]
        personal: dict[tuple[str, str], bytes] = {}
        if stored["result"] is not None and pieces is None:
            rows = await self._session.rows(
                "SELECT kind, key, value FROM personal_data WHERE channel = $1 AND order_id = $2"
                " AND kind = ANY($3::text[]) AND key >= $4 AND key < $5",
                self._place.ref.channel,
                self._place.ref.order_id,
                _PERSONAL,
                f"{step_id}/",
                f"{step_id}0",  # "0" follows "/"
            )
            personal.update({(kind, key): value for kind, key, value in rows})
        personal.update({(kind, key): value for kind, key, value in pieces or ()})
        if step_id in self._bodies:
            personal[BODY, f"{step_id}/"] = self._bodies[step_id]
        return step_row(tuple(stored[name] for name in _NAMES), personal)

    async def _write(
        self,
        statement: str,
        steps: Iterable[Stored],
        *values: object,
        now: str | None,
        due: tuple[str | None] | None = None,
    ) -> "Row":
        claim, mark = self._claim, self._mark
        if mark is not None:
            mark.used = True
        row = await self._session.row(
            statement,
            _derived(steps, self._now),
            now,
            due is not None,
            due[0] if due is not None else None,
            self._place.shipment_id,
            self._version,
            None if claim is None else claim.owner,
            None if claim is None else claim.fence,
            None if mark is None else mark.name,
            None if mark is None else mark.number,
            *values,
        )
        if row is None:
            raise ChangedError
        return row


def _derived(steps: Iterable[Stored], now: str) -> str:
    moment = to_moment(now)
    return shipment_state(
        [
            StepRow(
                id=0,
                kind=StepKind(row["kind"]),
                index=row["place"],
                attempt=0,
                state=StepState(row["state"]),
                reference=row["reference"],
                planned_at=moment,
                # Of the results only these count: reading the others' JSON would cost more than the rest of the write.
                result=join_result(row["result_kind"], row["result"], {})
                if row["result_kind"] in {"void", "provider_order"}
                else None,
            )
            for row in steps
        ]
    )


async def retire(session: "Session", place: Place) -> None:
    """Make all steps of a shipment history: it is planned anew."""
    await session.run("UPDATE steps SET newest = 0 WHERE shipment_id = $1", place.shipment_id)


async def list_steps(
    session: "Session", places: Sequence[Place], *, labels: bool, also: str
) -> tuple[Mapping[int, tuple[StepRow, ...]], Mapping[OrderRef, personal_data.Personal]]:
    """Return the newest attempts of each of these shipments, purchases first, and the personal data of their orders.

    Args:
        session: In a transaction that sees one state.
        places: Of the shipments.
        labels: Whether the bytes of labels and documents come along.
        also: Another kind of personal data to read.
    """
    rows = await session.rows(
        f"SELECT shipment_id, {COLUMNS} FROM steps WHERE shipment_id = ANY($1::bigint[]) AND newest = 1 {_ORDER}",  # noqa: S608 - constants
        [place.shipment_id for place in places],
    )
    kinds = (BODY, RESULT, LABEL, DOCUMENT, also) if labels else (BODY, RESULT, also)
    personal = await personal_data.load(session, [place.ref for place in places], kinds)
    found: dict[int, list[StepRow]] = {place.shipment_id: [] for place in places}
    refs = {place.shipment_id: place.ref for place in places}
    for shipment_id, *row in rows:
        found[shipment_id].append(step_row(tuple(row), personal[refs[shipment_id]]))
    return {shipment_id: tuple(steps) for shipment_id, steps in found.items()}, personal


def _storable(text: str | None) -> str | None:
    """Return a platform's text as PostgreSQL takes it: NUL and halves of pairs it does not; an outcome must be recorded."""
    if text is None:
        return None
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")
