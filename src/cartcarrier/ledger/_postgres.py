"""The ledger in PostgreSQL: for any number of workers on any number of machines."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import anyio
from typing_extensions import override

from cartcarrier.errors import ConfigurationError, InvalidValueError, LedgerError
from cartcarrier.ledger import _postgres_rows as rows_of
from cartcarrier.ledger import _postgres_shipments as shipments
from cartcarrier.ledger._codec import (
    Result,
    split_result,
    to_json,
    to_moment_or_none,
    to_text,
    to_text_or_none,
    write_request,
)
from cartcarrier.ledger._interface import (
    Claim,
    NewShipment,
    OrderRow,
    ShipmentRow,
    ShipmentState,
    StepKind,
    StepRow,
    StepState,
    TrackingRow,
    WorkState,
)
from cartcarrier.ledger._postgres_steps import Steps, Stored
from cartcarrier.ledger._postgres_stores import PostgresLimitStore, PostgresTokenStore
from cartcarrier.ledger._postgres_url import postgres_address
from cartcarrier.ledger._shipments import Worker
from cartcarrier.models import Order, OrderRef, ProviderOrder, PurchaseStep

if TYPE_CHECKING:
    from cartcarrier.ledger._postgres_engine import Engine

_FINISHED: Final = frozenset({StepState.DONE, StepState.REFUSED})
_UNSURE: Final = (StepState.SENDING, StepState.UNCERTAIN)
_UNFINISHED: Final = (*_UNSURE, StepState.PLANNED)
_PATIENCE: Final = timedelta(seconds=30)
_REMEMBERED: Final = timedelta(days=30)
"""How long an event is remembered."""


class PostgresLedger:
    """The durable record in a PostgreSQL database; see ``Ledger`` for what each method promises.

    Workers of any number of machines may share it. Their clocks must agree to within a few seconds: leases end by the clock of
    whoever asks. It needs asyncio (asyncpg knows no trio), and one object serves one event loop.

    A server that is restarted is waited for; what was under way is done again where it had left no trace. Where a connection
    breaks while a commit is under way, the next one reads whether it was committed; only where that cannot be read either does
    ``LedgerError`` say that the outcome is not known. Then read the row again: nothing may be sent on the old one's word.

    Args:
        url: ``postgresql://user:password@host:5432/database``, with ``schema`` (of the tables, ``cartcarrier`` unless told),
            ``min_size`` (1) and ``max_size`` (10) of the pool of connections among its parameters.
        patience: How long a call waits for a connection, for other workers' locks and for a server that is starting again,
            before it raises ``LedgerError``.

    Raises:
        ConfigurationError: The address is not one of PostgreSQL's. Its field is ``ledger``.
    """

    def __init__(self, url: str, *, patience: timedelta = _PATIENCE) -> None:
        self._address = postgres_address(url)
        self._patience = patience
        self._engine: Engine | None = None
        self._opening: asyncio.Lock | None = None

    @override
    def __repr__(self) -> str:
        return f"<PostgresLedger {self._address.name}, {'closed' if self._engine is None else 'open'}>"

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def open(self) -> None:
        """Connect, and make the tables or bring them up to date. Opening twice does nothing.

        Raises:
            ConfigurationError: asyncpg is not installed, or the event loop is not asyncio's.
            LedgerError: The server cannot be reached or refuses, a newer version wrote the tables, or another program did.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            msg = (
                "ledger: PostgreSQL's ledger needs asyncio (asyncpg knows no other event loop); on trio use sqlite:///…"
            )
            raise ConfigurationError(msg, field="ledger") from None
        self._opening = self._opening or asyncio.Lock()
        async with self._opening:
            if self._engine is None:
                engine = self._new_engine()
                await engine.open()
                self._engine = engine

    async def aclose(self) -> None:
        """Let what has begun come to its end and close the connections. Closing twice does nothing."""
        engine, self._engine = self._engine, None
        self._opening = None
        if engine is not None:
            with anyio.CancelScope(shield=True):
                await engine.close()

    def token_store(self) -> PostgresTokenStore:
        """Return the tokens that all workers on this database share."""
        return PostgresTokenStore(self._running)

    def limit_store(self) -> PostgresLimitStore:
        """Return the limits that all workers on this database share."""
        return PostgresLimitStore(self._running)

    def _running(self) -> "Engine":
        if self._engine is None:
            msg = "the ledger is not open; nothing was recorded"
            raise LedgerError(msg)
        return self._engine

    # orders

    async def record_orders(self, orders: Sequence[Order], *, now: datetime) -> None:
        """Write the orders down; an order whose personal data was erased is not taken in again while it is settled."""
        rows = [(order, to_json(order)) for order in orders]
        moment = to_text(now)
        await self._running().write(lambda session: rows_of.record_orders(session, rows, moment))

    async def get_order(self, ref: OrderRef) -> OrderRow | None:
        """Return one order's row."""
        return await self._running().read(lambda session: rows_of.get_order(session, ref))

    async def list_orders(
        self, *, states: Sequence[WorkState], channel: str | None = None, seen_since: datetime | None = None
    ) -> Sequence[OrderRow]:
        """Return orders in these states, the earliest promise first; those without one come last, the oldest first."""
        moment = to_text_or_none(seen_since)
        return await self._running().read(lambda session: rows_of.list_orders(session, states, channel, moment))

    async def settle_order(self, ref: OrderRef, state: WorkState, *, reason: str | None = None, now: datetime) -> None:
        """Say what became of an order, also of one that was never recorded."""
        moment = to_text(now)
        await self._running().write(lambda session: rows_of.settle_order(session, ref, state, reason, moment))

    # shipments and steps

    async def plan_shipment(
        self, new: NewShipment, *, owner: str, lease: timedelta, now: datetime
    ) -> tuple[ShipmentRow, Claim | None]:
        """Write a shipment down and claim it, or return what stands under this key."""
        request = None if new.request is None else write_request(new.request)
        worker = Worker(owner, lease, now)
        return await self._running().write(lambda session: shipments.plan_shipment(session, new, request, worker))

    async def claim(self, ref: OrderRef, key: str, *, owner: str, lease: timedelta, now: datetime) -> Claim | None:
        """Take the right to work on a shipment, or with the empty key on the order as a whole.

        Raises:
            LedgerError: There is no such shipment.
        """
        worker = Worker(owner, lease, now)
        return await self._running().repeat(lambda session: shipments.take(session, ref, key, worker))

    async def renew(self, claim: Claim, *, lease: timedelta, now: datetime) -> Claim:
        """Lengthen the lease; also one that has run out, as long as nobody took the shipment over."""
        return await self._running().repeat(lambda session: shipments.renew(session, claim, now + lease))

    async def release(self, claim: Claim) -> None:
        """Give the right back; does nothing when it was lost."""
        await self._running().repeat(lambda session: shipments.release(session, claim))

    async def add_step(
        self, claim: Claim, kind: StepKind, *, index: int = 0, reference: str | None = None, now: datetime
    ) -> StepRow:
        """Plan a step that is not a purchase; an unfinished one of that kind and index is returned in its place.

        Raises:
            InvalidValueError: Purchases are planned by ``plan_shipment`` and ``replan_step``, with their bytes.
            LeaseLostError: The claim is not the newest.
        """
        if kind is StepKind.PURCHASE:
            msg = "a purchase is planned with its bytes: plan_shipment or replan_step"
            raise InvalidValueError(msg, field="kind")

        async def work(steps: Steps) -> StepRow:
            standing = steps.find(kind, index)
            if standing is not None and standing["state"] not in _FINISHED:
                return await steps.read(standing)
            return await steps.insert(kind, index, purchase=None, reference=reference)

        return await self._step(claim, now, work, written=lambda steps: steps.find(kind, index))

    async def start_step(self, claim: Claim, step_id: int, *, now: datetime) -> StepRow:
        """Move planned → sending. After this returns the call may be made."""
        return await self._move(claim, step_id, StepState.SENDING, (StepState.PLANNED,), now, sent_at=to_text(now))

    async def finish_step(self, claim: Claim, step_id: int, result: Result | None, *, now: datetime) -> StepRow:
        """Move sending | uncertain | planned → done, with its result, labels and documents."""
        split = None if result is None else split_result(result)
        done = {"finished_at": to_text(now), "error_code": None, "error_message": None}

        async def work(steps: Steps) -> StepRow:
            stored = await steps.check(step_id, to=StepState.DONE, of=_UNFINISHED)
            return await steps.change(stored, split, state=StepState.DONE, **done)

        return await self._step(claim, now, work, step_id=step_id)

    async def note_progress(
        self, claim: Claim, step_id: int, order: ProviderOrder | None, *, due_at: datetime | None, now: datetime
    ) -> StepRow:
        """Write down how far a warehouse is with what was handed over, and when to ask it again.

        Raises:
            LedgerError: The step is no hand-over that is done.
            LeaseLostError: The claim is not the newest.
        """
        due = to_text_or_none(due_at)
        split = None if order is None else split_result(order)
        of = tuple(StepState) if split is None else (StepState.DONE,)

        async def work(steps: Steps) -> StepRow:
            stored = await steps.check(step_id, to=StepState.DONE, of=of)
            if split is not None and stored["kind"] != StepKind.SUBMIT:
                msg = f"{claim.ref}: the result of the step {stored['kind']}/{stored['place']} is final"
                raise LedgerError(msg)
            return await steps.change(stored, split, (due,))

        return await self._step(claim, now, work, step_id=step_id)

    async def refuse_step(self, claim: Claim, step_id: int, *, code: str, message: str, now: datetime) -> StepRow:
        """Move sending | uncertain | planned → refused: we know that nothing was done."""
        why = {"finished_at": to_text(now), "error_code": code, "error_message": message}
        return await self._move(claim, step_id, StepState.REFUSED, _UNFINISHED, now, **why)

    async def doubt_step(self, claim: Claim, step_id: int, *, code: str, message: str, now: datetime) -> StepRow:
        """Move sending | uncertain → uncertain, with why."""
        why = {"error_code": code, "error_message": message}
        return await self._move(claim, step_id, StepState.UNCERTAIN, _UNSURE, now, **why)

    async def replan_step(
        self, claim: Claim, step_id: int, *, purchase: PurchaseStep | None = None, now: datetime
    ) -> StepRow:
        """Move uncertain | refused | sending → a new attempt in state planned, with other bytes where given."""
        place: list[tuple[StepKind, int]] = []

        async def work(steps: Steps) -> StepRow:
            stored = steps.get(step_id)
            place[:] = [] if stored is None else [(StepKind(stored["kind"]), stored["place"])]
            return await steps.replan(step_id, purchase)

        return await self._step(claim, now, work, step_id=step_id, written=lambda steps: steps.find(*place[0]))

    async def _move(
        self, claim: Claim, step_id: int, to: StepState, of: Sequence[StepState], now: datetime, **columns: str | None
    ) -> StepRow:
        async def work(steps: Steps) -> StepRow:
            stored = await steps.check(step_id, to=to, of=of)
            return await steps.change(stored, None, state=to, **columns)

        return await self._step(claim, now, work, step_id=step_id)

    async def _step(
        self,
        claim: Claim,
        now: datetime,
        work: Callable[[Steps], Awaitable[StepRow]],
        *,
        step_id: int | None = None,
        written: Callable[[Steps], Stored | None] | None = None,
    ) -> StepRow:
        """Write to the steps of a claimed shipment; see ``shipments.StepWrite``."""
        write = shipments.StepWrite(claim, to_text(now), work, step_id=step_id, written=written)
        return await self._running().swap(write.write, write.read)

    async def get_shipment(self, ref: OrderRef, key: str) -> ShipmentRow | None:
        """Return one shipment with its steps, results and labels."""
        return await self._running().look(lambda session: shipments.get_shipment(session, ref, key))

    async def list_shipments(
        self,
        *,
        ref: OrderRef | None = None,
        states: Sequence[ShipmentState] | None = None,
        carrier: str | None = None,
        since: datetime | None = None,
        due_before: datetime | None = None,
    ) -> Sequence[ShipmentRow]:
        """Return shipments, the earliest promise first, then the oldest.

        Args:
            ref: Only of this order. Without it the bytes of labels and documents are left out: thousands of them would not
                fit into memory; ``get_shipment`` has them.
            states: Only in these states.
            carrier: Only of this account.
            since: Only what was written at or after that time.
            due_before: Only those whose warehouse is to be asked at or before that time.
        """
        moment, due = to_text_or_none(since), to_text_or_none(due_before)
        return await self._running().look(
            lambda session: shipments.list_shipments(session, ref, states, carrier, since=moment, due_before=due)
        )

    async def next_shipment_due(self) -> datetime | None:
        """Return when the next warehouse is to be asked; ``None`` when none is."""
        return to_moment_or_none(await self._running().read(shipments.next_due))

    # tracking

    async def follow_parcels(self, rows: Sequence[TrackingRow]) -> None:
        """Insert or replace what is known of parcels; of an order whose data was erased only the numbers are kept."""
        written = [(row, None if row.tracking is None else to_json(row.tracking)) for row in rows]
        moment = to_text(datetime.now(UTC))  # for an order that nobody recorded; others keep their own times
        await self._running().write(lambda session: rows_of.follow_parcels(session, written, moment))

    async def list_parcels(
        self, *, due_before: datetime | None = None, ref: OrderRef | None = None, tracking_number: str | None = None
    ) -> Sequence[TrackingRow]:
        """Return parcels that are due, of an order, or of a number; the earliest first."""
        moment = to_text_or_none(due_before)
        return await self._running().look(lambda session: rows_of.list_parcels(session, moment, ref, tracking_number))

    async def next_parcel_due(self) -> datetime | None:
        """Return when the next parcel is due; ``None`` when none travels."""
        return to_moment_or_none(await self._running().read(rows_of.next_parcel_due))

    # pushes and cursors

    async def record_event(self, account: str, event_id: str, *, now: datetime) -> bool:
        """Return True when this event is new; from then on, for thirty days, it is not."""
        moment, forget = to_text(now), to_text(now - _REMEMBERED)
        return await self._running().write(
            lambda session: rows_of.record_event(session, account, event_id, moment, forget)
        )

    async def load_cursor(self, name: str) -> str | None:
        """Return a named position."""
        return await self._running().read(lambda session: rows_of.load_cursor(session, name))

    async def save_cursor(self, name: str, value: str) -> None:
        """Keep a named position."""
        await self._running().write(lambda session: rows_of.save_cursor(session, name, value))

    # personal data

    async def purge_personal_data(self, *, before: datetime) -> int:
        """Erase the personal data of orders settled before that time.

        PostgreSQL gives the space of what was deleted back with a vacuum, which follows; its write-ahead log and its copies
        elsewhere keep what they have until they are overwritten or thrown away.

        Returns:
            Of how many orders there was something to erase.
        """
        moment = to_text(before)
        erased = await self._running().write(lambda session: rows_of.erase_settled(session, moment))
        await self._running().scrub("personal_data")
        return erased

    async def erase_personal_data(self, refs: Sequence[OrderRef]) -> int:
        """Erase the personal data of these orders, whatever their age or state; see ``purge_personal_data``.

        Returns:
            Of how many orders there was something to erase.
        """
        erased = await self._running().write(lambda session: rows_of.erase(session, refs))
        await self._running().scrub("personal_data")
        return erased

    def _new_engine(self) -> "Engine":
        try:
            from cartcarrier.ledger._postgres_engine import Engine  # noqa: PLC0415 - asyncpg loads when it is needed
        except ModuleNotFoundError as exc:
            if exc.name != "asyncpg":
                raise
            msg = "ledger: PostgreSQL needs asyncpg, which is not installed: pip install 'cartcarrier[postgres]'"
            raise ConfigurationError(msg, field="ledger") from exc
        return Engine(self._address, self._patience)
