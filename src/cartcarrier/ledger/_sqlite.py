"""The ledger in a SQLite file: the default, for one machine and any number of its processes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

import anyio
import anyio.to_thread
from typing_extensions import override

from cartcarrier.errors import ConfigurationError, InvalidValueError, LedgerError
from cartcarrier.ledger import _orders, _personal, _shipments, _steps
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
from cartcarrier.ledger._secrets import Sealer
from cartcarrier.ledger._stores import SQLiteLimitStore, SQLiteTokenStore
from cartcarrier.ledger._url import sqlite_path
from cartcarrier.models import Order, OrderRef, ProviderOrder, PurchaseStep

if TYPE_CHECKING:
    from cartcarrier.ledger._engine import Engine
    from cartcarrier.ledger._sealing import Connection

_FINISHED: Final = frozenset({StepState.DONE, StepState.REFUSED})
_PATIENCE: Final = timedelta(seconds=30)
_REMEMBERED: Final = timedelta(days=30)
"""How long an event is remembered."""


class SQLiteLedger:
    """The durable record in a SQLite file; see ``Ledger`` for what each method promises.

    Several processes of one machine may open the same file. A network file system is no place for it: SQLite's locks do not
    hold there.

    Args:
        path_or_url: The file, ``":memory:"``, or an address as ``open_ledger`` takes it.
        patience: How long a call waits for other processes that write, before it raises ``LedgerError``.
        keys: What seals tokens and personal data, newest first; each as ``cryptography.fernet.Fernet.generate_key()`` makes it.
            Without keys they are kept as they are.

    Raises:
        ConfigurationError: The address is not one of SQLite's, or a key is none.
    """

    def __init__(self, path_or_url: str | Path, *, patience: timedelta = _PATIENCE, keys: Sequence[str] = ()) -> None:
        self._path = sqlite_path(path_or_url)
        self._sealer = Sealer(keys)
        self._patience = patience
        self._engine: Engine | None = None
        self._opening = Lock()

    @override
    def __repr__(self) -> str:
        return f"<SQLiteLedger {self._path or 'in memory'}, {'closed' if self._engine is None else 'open'}>"

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def open(self) -> None:
        """Open or create the file. Opening twice does nothing. With keys, what is plain in it is sealed first.

        Raises:
            ConfigurationError: It is sealed, and there is no key or another one. Nothing was read.
            LedgerError: It cannot be opened, is damaged, was written by a newer version or by another program.
        """
        if self._engine is None:
            await anyio.to_thread.run_sync(self._open)

    async def aclose(self) -> None:
        """Write what is in the queue and close the file. Closing twice does nothing."""
        if self._engine is not None:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._close)

    async def rotate_keys(self) -> int:
        """Seal with the newest key what is sealed with an older one, so that the older ones can be thrown away.

        Every process on the file must have the newest key before, and in front when this ends: one that still writes with an
        older one is then refused. What a kill leaves undone the next call does.

        Returns:
            How many values were sealed anew.

        Raises:
            ConfigurationError: This ledger has no keys.
            LedgerError: A value was changed, or belongs to another row. Those before it are sealed anew.
        """
        if not self._sealer.ids:
            msg = "keys: this ledger was opened without keys; there is nothing to rotate"
            raise ConfigurationError(msg, field="keys")
        return await self._running().reseal()

    def token_store(self) -> SQLiteTokenStore:
        """Return the tokens that all processes on this file share."""
        return SQLiteTokenStore(self._running)

    def limit_store(self) -> SQLiteLimitStore:
        """Return the limits that all processes on this file share."""
        return SQLiteLimitStore(self._running)

    def _open(self) -> None:
        from cartcarrier.ledger._engine import Engine  # noqa: PLC0415 - sqlite3 loads when a ledger is opened

        with self._opening:
            if self._engine is None:
                self._engine = Engine(self._path, self._patience, self._sealer)

    def _close(self) -> None:
        with self._opening:
            engine, self._engine = self._engine, None
            if engine is not None:
                engine.close()

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
        await self._running().write(lambda connection: _orders.record_orders(connection, rows, moment))

    async def get_order(self, ref: OrderRef) -> OrderRow | None:
        """Return one order's row."""
        return await self._running().read(lambda connection: _orders.get_order(connection, ref))

    async def list_orders(
        self, *, states: Sequence[WorkState], channel: str | None = None, seen_since: datetime | None = None
    ) -> Sequence[OrderRow]:
        """Return orders in these states, the earliest promise first; those without one come last, the oldest first."""
        moment = to_text_or_none(seen_since)
        return await self._running().read(lambda connection: _orders.list_orders(connection, states, channel, moment))

    async def settle_order(self, ref: OrderRef, state: WorkState, *, reason: str | None = None, now: datetime) -> None:
        """Say what became of an order, also of one that was never recorded."""
        moment = to_text(now)
        await self._running().write(lambda connection: _orders.settle_order(connection, ref, state, reason, moment))

    # shipments and steps

    async def plan_shipment(
        self, new: NewShipment, *, owner: str, lease: timedelta, now: datetime
    ) -> tuple[ShipmentRow, Claim | None]:
        """Write a shipment down and claim it, or return what stands under this key."""
        request = None if new.request is None else write_request(new.request)
        worker = _shipments.Worker(owner, lease, now)
        return await self._running().write(
            lambda connection: _shipments.plan_shipment(connection, new, request, worker)
        )

    async def claim(self, ref: OrderRef, key: str, *, owner: str, lease: timedelta, now: datetime) -> Claim | None:
        """Take the right to work on a shipment, or with the empty key on the order as a whole.

        Raises:
            LedgerError: There is no such shipment.
        """
        worker = _shipments.Worker(owner, lease, now)
        return await self._running().write(lambda connection: _shipments.take(connection, ref, key, worker))

    async def renew(self, claim: Claim, *, lease: timedelta, now: datetime) -> Claim:
        """Lengthen the lease; also one that has run out, as long as nobody took the shipment over."""
        return await self._running().write(lambda connection: _shipments.renew(connection, claim, now + lease))

    async def release(self, claim: Claim) -> None:
        """Give the right back; does nothing when it was lost."""
        await self._running().write(lambda connection: _shipments.release(connection, claim))

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
        moment = to_text(now)

        def work(connection: "Connection") -> StepRow:
            place = _shipments.check(connection, claim)
            standing = _steps.find_step(connection, place, kind, index)
            if standing is not None and standing.state not in _FINISHED:
                return standing
            step_id = _steps.insert_step(connection, place, kind, index, purchase=None, reference=reference, now=moment)
            _steps.derive_state(connection, place, moment)
            return _steps.get_step(connection, place, step_id)

        return await self._running().write(work)

    async def start_step(self, claim: Claim, step_id: int, *, now: datetime) -> StepRow:
        """Move planned → sending. After this returns the call may be made."""
        return await self._move(claim, step_id, StepState.SENDING, (StepState.PLANNED,), now, sent_at=to_text(now))

    async def finish_step(self, claim: Claim, step_id: int, result: Result | None, *, now: datetime) -> StepRow:
        """Move sending | uncertain | planned → done, with its result, labels and documents."""
        moment = to_text(now)
        split = None if result is None else split_result(result)
        of = (StepState.SENDING, StepState.UNCERTAIN, StepState.PLANNED)

        def work(connection: "Connection") -> StepRow:
            place = _shipments.check(connection, claim)
            _steps.move_step(
                connection,
                place,
                step_id,
                to=StepState.DONE,
                of=of,
                finished_at=moment,
                error_code=None,
                error_message=None,
            )
            if split is not None:
                _steps.store_result(connection, place, step_id, split)
            _steps.derive_state(connection, place, moment)
            return _steps.get_step(connection, place, step_id)

        return await self._running().write(work)

    async def note_progress(
        self, claim: Claim, step_id: int, order: ProviderOrder | None, *, due_at: datetime | None, now: datetime
    ) -> StepRow:
        """Write down how far a warehouse is with what was handed over, and when to ask it again.

        Raises:
            LedgerError: The step is no hand-over that is done.
            LeaseLostError: The claim is not the newest.
        """
        moment = to_text(now)
        due = to_text_or_none(due_at)
        split = None if order is None else split_result(order)

        def work(connection: "Connection") -> StepRow:
            place = _shipments.check(connection, claim)
            if split is not None:
                _steps.note_result(connection, place, step_id, split)
                _steps.derive_state(connection, place, moment)
            _shipments.look_again(connection, place, due)
            return _steps.get_step(connection, place, step_id)

        return await self._running().write(work)

    async def refuse_step(self, claim: Claim, step_id: int, *, code: str, message: str, now: datetime) -> StepRow:
        """Move sending | uncertain | planned → refused: we know that nothing was done."""
        of = (StepState.SENDING, StepState.UNCERTAIN, StepState.PLANNED)
        return await self._move(
            claim,
            step_id,
            StepState.REFUSED,
            of,
            now,
            finished_at=to_text(now),
            error_code=code,
            error_message=message,
        )

    async def doubt_step(self, claim: Claim, step_id: int, *, code: str, message: str, now: datetime) -> StepRow:
        """Move sending | uncertain → uncertain, with why."""
        of = (StepState.SENDING, StepState.UNCERTAIN)
        return await self._move(claim, step_id, StepState.UNCERTAIN, of, now, error_code=code, error_message=message)

    async def replan_step(
        self, claim: Claim, step_id: int, *, purchase: PurchaseStep | None = None, now: datetime
    ) -> StepRow:
        """Move uncertain | refused | sending → a new attempt in state planned, with other bytes where given."""
        moment = to_text(now)

        def work(connection: "Connection") -> StepRow:
            place = _shipments.check(connection, claim)
            new_id = _steps.replan_step(connection, place, step_id, purchase, moment)
            _steps.derive_state(connection, place, moment)
            return _steps.get_step(connection, place, new_id)

        return await self._running().write(work)

    async def _move(
        self,
        claim: Claim,
        step_id: int,
        to: StepState,
        of: Sequence[StepState],
        now: datetime,
        **columns: str | None,
    ) -> StepRow:
        moment = to_text(now)

        def work(connection: "Connection") -> StepRow:
            place = _shipments.check(connection, claim)
            _steps.move_step(connection, place, step_id, to=to, of=of, **columns)
            _steps.derive_state(connection, place, moment)
            return _steps.get_step(connection, place, step_id)

        return await self._running().write(work)

    async def get_shipment(self, ref: OrderRef, key: str) -> ShipmentRow | None:
        """Return one shipment with its steps, results and labels."""
        return await self._running().read(lambda connection: _shipments.get_shipment(connection, ref, key))

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
        moment = to_text_or_none(since)
        due = to_text_or_none(due_before)
        return await self._running().read(
            lambda connection: _shipments.list_shipments(connection, ref, states, carrier, since=moment, due_before=due)
        )

    async def next_shipment_due(self) -> datetime | None:
        """Return when the next warehouse is to be asked; ``None`` when none is."""
        return to_moment_or_none(await self._running().read(_shipments.next_due))

    # tracking

    async def follow_parcels(self, rows: Sequence[TrackingRow]) -> None:
        """Insert or replace what is known of parcels; of an order whose data was erased only the numbers are kept."""
        written = [(row, None if row.tracking is None else to_json(row.tracking)) for row in rows]
        moment = to_text(datetime.now(UTC))  # for an order that nobody recorded; others keep their own times
        await self._running().write(lambda connection: _orders.follow_parcels(connection, written, moment))

    async def list_parcels(
        self, *, due_before: datetime | None = None, ref: OrderRef | None = None, tracking_number: str | None = None
    ) -> Sequence[TrackingRow]:
        """Return parcels that are due, of an order, or of a number; the earliest first."""
        moment = to_text_or_none(due_before)
        return await self._running().read(
            lambda connection: _orders.list_parcels(connection, moment, ref, tracking_number)
        )

    async def next_parcel_due(self) -> datetime | None:
        """Return when the next parcel is due; ``None`` when none travels."""
        return to_moment_or_none(await self._running().read(_orders.next_parcel_due))

    # pushes and cursors

    async def record_event(self, account: str, event_id: str, *, now: datetime) -> bool:
        """Return True when this event is new; from then on, for thirty days, it is not.

        No platform delivers one again after so long: a queue of Amazon's keeps its messages for 14 days, the others give up
        within days. Then it is forgotten, so that the table does not grow for ever.
        """
        moment = to_text(now)
        forget = to_text(now - _REMEMBERED)
        return await self._running().write(
            lambda connection: _orders.record_event(connection, account, event_id, moment, forget)
        )

    async def load_cursor(self, name: str) -> str | None:
        """Return a named position."""
        return await self._running().read(lambda connection: _orders.load_cursor(connection, name))

    async def save_cursor(self, name: str, value: str) -> None:
        """Keep a named position."""
        await self._running().write(lambda connection: _orders.save_cursor(connection, name, value))

    # personal data

    async def purge_personal_data(self, *, before: datetime) -> int:
        """Erase the personal data of orders settled before that time, in the file and in the log beside it.

        Returns:
            Of how many orders there was something to erase.
        """
        moment = to_text(before)
        erased = await self._running().write(lambda connection: _personal.erase_settled(connection, moment))
        await self._running().scrub()
        return erased

    async def erase_personal_data(self, refs: Sequence[OrderRef]) -> int:
        """Erase the personal data of these orders, whatever their age or state, in the file and in the log beside it.

        Returns:
            Of how many orders there was something to erase.
        """
        erased = await self._running().write(lambda connection: _personal.erase(connection, refs))
        await self._running().scrub()
        return erased
