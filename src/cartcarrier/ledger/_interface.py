"""The ledger's contract: rows, states, and what a back-end must do. Every method is one transaction, durable when it returns."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

import attrs

from cartcarrier.errors import LedgerError
from cartcarrier.models import (
    Fulfillment,
    Order,
    OrderRef,
    ProviderOrder,
    PurchaseStep,
    Shipment,
    ShipmentRequest,
    Tracking,
    VoidResult,
)


class LeaseLostError(LedgerError):
    """Another worker has taken this shipment over; whoever lost it can write nothing more."""


class StepKind(StrEnum):
    """What a step writes outside."""

    PURCHASE = "purchase"
    CONFIRM = "confirm"
    VOID = "void"
    CANCEL = "cancel"
    SUBMIT = "submit"


class StepState(StrEnum):
    """planned → sending → done | refused | uncertain; uncertain → done | planned, by look-up or by a person."""

    PLANNED = "planned"
    SENDING = "sending"
    DONE = "done"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


class ShipmentState(StrEnum):
    """Derived from the steps, never stored on its own authority. ``FAILED`` only where no money was spent, and we know it.

    What was handed to somebody else's warehouse is ``SUBMITTING`` while that is not answered and ``SUBMITTED`` while it is
    there; it is ``CONFIRMED`` when all has left and the channel knows every number, and ``VOIDED`` when it was taken back.
    """

    PLANNED = "planned"
    BUYING = "buying"
    PARTLY_BOUGHT = "partly_bought"
    BOUGHT = "bought"
    CONFIRMING = "confirming"
    CONFIRMED = "confirmed"
    VOIDING = "voiding"
    REFUND_PENDING = "refund_pending"
    VOIDED = "voided"
    VOID_REFUSED = "void_refused"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"


class WorkState(StrEnum):
    """What has become of an order, as far as the ledger is concerned."""

    OPEN = "open"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"
    DISMISSED = "dismissed"


@attrs.frozen(kw_only=True)
class OrderRow:
    """An order that was seen.

    Attributes:
        ref: Which.
        number: What people say.
        state: What has become of it.
        reason: Why it is in that state, where somebody said so.
        order: As it was last recorded; ``None`` after its personal data was purged.
        ship_by: The channel's promise.
        first_seen: When it was recorded first.
        last_seen: When it was recorded last.
    """

    ref: OrderRef
    number: str
    state: WorkState
    reason: str | None = None
    order: Order | None = attrs.field(default=None, repr=False)
    ship_by: datetime | None = None
    first_seen: datetime
    last_seen: datetime


@attrs.frozen(kw_only=True)
class StepRow:
    """One outside write, before and after.

    Attributes:
        id: The ledger's.
        kind: What it does.
        index: Its place among the steps of its kind.
        attempt: 1 for the first; a step that is planned anew counts up, its earlier attempts stay on record.
        state: Where it stands.
        purchase: For a purchase: the exact bytes, reference, key; the body is empty after a purge.
        reference: What a look-up names; of a confirmation of what a warehouse sent, the package it tells of.
        planned_at: When it was written down.
        sent_at: When it was about to be sent.
        finished_at: When its outcome was known.
        error_code: Of the refusal or doubt: the platform's code or the error's class.
        error_message: In words, without personal data.
        result: What came of it: a ``Shipment`` with its labels, a ``Fulfillment``, a ``VoidResult``, or how far a warehouse
            is with what was handed over.
    """

    id: int
    kind: StepKind
    index: int
    attempt: int
    state: StepState
    purchase: PurchaseStep | None = attrs.field(default=None, repr=False)
    reference: str | None = None
    planned_at: datetime
    sent_at: datetime | None = None
    finished_at: datetime | None = None
    error_code: str | None = None
    error_message: str | None = None
    result: Shipment | Fulfillment | VoidResult | ProviderOrder | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class ShipmentRow:
    """A shipment and all its steps (the newest attempt of each).

    An order that was handed to somebody else's warehouse is one, too: with a ``SUBMIT`` step in the place of purchases.

    Attributes:
        ref: Whose order.
        key: Which shipment of that order.
        carrier: The account's key; of a submission, the provider's.
        request_hash: Of parcels, options and explicit rate.
        reference: Ours, of the whole shipment.
        state: Derived from the steps.
        lines: Pieces by order line id that this shipment covers.
        location_id: Where it leaves from, where the channel asks.
        notify_buyer: For the confirmation.
        confirms: False when the marketplace confirms by itself, or there is no channel to tell.
        ship_by: The channel's promise.
        request: What was asked; ``None`` after a purge.
        quoted_total: ``amount currency`` of the rate it was bought at, as a text.
        due_at: When the provider is asked again; ``None`` where none is to be asked.
        steps: Newest attempt of each kind and index, purchases first.
        created_at: When it was planned.
        updated_at: When it was last written.
    """

    ref: OrderRef
    key: str
    carrier: str
    request_hash: str
    reference: str
    state: ShipmentState
    lines: Mapping[str, int]
    location_id: str | None = None
    notify_buyer: bool = True
    confirms: bool = True
    ship_by: datetime | None = None
    request: ShipmentRequest | None = attrs.field(default=None, repr=False)
    quoted_total: str | None = None
    due_at: datetime | None = None
    steps: tuple[StepRow, ...]
    created_at: datetime
    updated_at: datetime


@attrs.frozen(kw_only=True)
class NewShipment:
    """What is to be written down before anything is sent. Attributes as in ``ShipmentRow``; ``steps`` are the purchases.

    With ``submits`` the order goes to somebody else's warehouse: there are no purchases, and one ``SUBMIT`` step is planned.
    """

    ref: OrderRef
    key: str
    carrier: str
    request_hash: str
    reference: str
    lines: Mapping[str, int]
    location_id: str | None = None
    notify_buyer: bool = True
    confirms: bool = True
    ship_by: datetime | None = None
    request: ShipmentRequest | None = attrs.field(default=None, repr=False)
    quoted_total: str | None = None
    steps: tuple[PurchaseStep, ...] = ()
    submits: bool = False
    due_at: datetime | None = None


@attrs.frozen(kw_only=True)
class Claim:
    """The right to work on a shipment, or on an order as a whole, until the lease ends.

    Attributes:
        ref: Whose order.
        key: Which shipment; empty for the order as a whole.
        owner: Who holds it.
        fence: Higher than that of any earlier owner; every write names it.
        until: When the lease ends.
    """

    ref: OrderRef
    key: str
    owner: str
    fence: int
    until: datetime


@attrs.frozen(kw_only=True)
class TrackingRow:
    """A parcel that is followed.

    Attributes:
        ref: Whose order.
        key: Which shipment.
        carrier: The account's key.
        tracking_number: Which parcel.
        tracking: What is known; ``None`` before the first answer.
        due_at: When to ask again; ``None`` when it has arrived.
        told: Keys of the events that the channel was told.
    """

    ref: OrderRef
    key: str
    carrier: str
    tracking_number: str
    tracking: Tracking | None = None
    due_at: datetime | None = None
    told: frozenset[str] = frozenset()


class Ledger(Protocol):
    """The durable record of every paid step.

    Writes that take a ``Claim`` check owner and fence in the same transaction and raise ``LeaseLostError`` when it is not the
    newest. All methods raise ``LedgerError`` when the store cannot be read or written (disk full, locked, corrupt, newer
    schema): the caller sends nothing after that.
    """

    async def open(self) -> None:
        """Open or create the store. Opening twice does nothing."""
        ...

    async def aclose(self) -> None:
        """Close it; what was written stays. Closing twice does nothing."""
        ...

    # orders

    async def record_orders(self, orders: Sequence[Order], *, now: datetime) -> None:
        """Write the orders down, or freshen what is known of them; a settled order stays settled."""
        ...

    async def get_order(self, ref: OrderRef) -> OrderRow | None:
        """Return one order's row."""
        ...

    async def list_orders(
        self, *, states: Sequence[WorkState], channel: str | None = None, seen_since: datetime | None = None
    ) -> Sequence[OrderRow]:
        """Return orders in these states, the earliest promise first.

        Args:
            states: Only in these.
            channel: Only of this account.
            seen_since: Only what was recorded for the first time at or after that time.
        """
        ...

    async def settle_order(self, ref: OrderRef, state: WorkState, *, reason: str | None = None, now: datetime) -> None:
        """Say what became of an order (or that it is open again)."""
        ...

    # shipments and steps

    async def plan_shipment(
        self, new: NewShipment, *, owner: str, lease: timedelta, now: datetime
    ) -> tuple[ShipmentRow, Claim | None]:
        """Write a shipment down with its planned purchases and claim it, or return what stands under this key.

        * No such row: it is inserted and claimed.
        * Same hash: the row that stands; claimed as by ``claim`` (``None`` when somebody else holds it).
        * The row is ``FAILED`` (no money was spent): it is planned anew from ``new``, whatever the hash; old attempts stay.

        Raises:
            IdempotencyConflictError: Another hash stands under this key, and the row is not ``FAILED``: also where nothing
                was sent yet, for somebody may be about to.
        """
        ...

    async def claim(self, ref: OrderRef, key: str, *, owner: str, lease: timedelta, now: datetime) -> Claim | None:
        """Take the right to work on a shipment, unless another owner's lease still runs. Raises the fence.

        The same owner may claim again; its earlier claim is worth nothing then. No such shipment: ``LedgerError``. With the
        empty key it is the right to decide on the order as a whole, whether it was recorded before or not; ``renew`` and
        ``release`` take such a claim, writes to shipments do not.
        """
        ...

    async def renew(self, claim: Claim, *, lease: timedelta, now: datetime) -> Claim:
        """Lengthen the lease."""
        ...

    async def release(self, claim: Claim) -> None:
        """Give the right back; does nothing when it was lost."""
        ...

    async def add_step(
        self, claim: Claim, kind: StepKind, *, index: int = 0, reference: str | None = None, now: datetime
    ) -> StepRow:
        """Plan a confirm, void or cancel step; an unfinished one of that kind and index is returned in its place.

        A finished one (done, refused) is followed by a new attempt.
        """
        ...

    async def start_step(self, claim: Claim, step_id: int, *, now: datetime) -> StepRow:
        """Move planned → sending. After this returns the call may be made."""
        ...

    async def finish_step(
        self,
        claim: Claim,
        step_id: int,
        result: Shipment | Fulfillment | VoidResult | ProviderOrder | None,
        *,
        now: datetime,
    ) -> StepRow:
        """Move sending | uncertain | planned → done, with its result; labels and documents are stored in the same transaction."""
        ...

    async def note_progress(
        self, claim: Claim, step_id: int, order: ProviderOrder | None, *, due_at: datetime | None, now: datetime
    ) -> StepRow:
        """Write down how far a warehouse is with what was handed over, and when to ask it again.

        Args:
            claim: The right to do so.
            step_id: The ``SUBMIT`` step.
            order: As the warehouse has it now, for a step that is done; ``None`` leaves what is known.
            due_at: When to ask again; ``None`` for never.
            now: The present.
        """
        ...

    async def refuse_step(self, claim: Claim, step_id: int, *, code: str, message: str, now: datetime) -> StepRow:
        """Move sending | uncertain | planned → refused: we know that nothing was done."""
        ...

    async def doubt_step(self, claim: Claim, step_id: int, *, code: str, message: str, now: datetime) -> StepRow:
        """Move sending | uncertain → uncertain, with why."""
        ...

    async def replan_step(
        self, claim: Claim, step_id: int, *, purchase: PurchaseStep | None = None, now: datetime
    ) -> StepRow:
        """Move uncertain | refused | sending → a new attempt in state planned, with other bytes where given."""
        ...

    async def get_shipment(self, ref: OrderRef, key: str) -> ShipmentRow | None:
        """Return one shipment with its steps, results and labels."""
        ...

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
            ref: Only of this order. Without it the bytes of labels and documents are left out of the results (``label`` is
                ``None``): ``get_shipment`` has them.
            states: Only in these states.
            carrier: Only of this account.
            since: Only what was written (``updated_at``) at or after that time.
            due_before: Only those whose warehouse is to be asked at or before that time.
        """
        ...

    async def next_shipment_due(self) -> datetime | None:
        """Return when the next warehouse is to be asked; ``None`` when none is."""
        ...

    # tracking

    async def follow_parcels(self, rows: Sequence[TrackingRow]) -> None:
        """Insert or replace what is known of parcels."""
        ...

    async def list_parcels(
        self, *, due_before: datetime | None = None, ref: OrderRef | None = None, tracking_number: str | None = None
    ) -> Sequence[TrackingRow]:
        """Return parcels that are due (``due_at`` at or before), of an order, or of a number; the earliest first."""
        ...

    async def next_parcel_due(self) -> datetime | None:
        """Return when the next parcel is due; ``None`` when none travels."""
        ...

    # pushes and cursors

    async def record_event(self, account: str, event_id: str, *, now: datetime) -> bool:
        """Return True when this event is new; from then on, for at least thirty days, it is not."""
        ...

    async def load_cursor(self, name: str) -> str | None:
        """Return a named position."""
        ...

    async def save_cursor(self, name: str, value: str) -> None:
        """Keep a named position."""
        ...

    # personal data

    async def purge_personal_data(self, *, before: datetime) -> int:
        """Erase names, addresses, bodies and labels of orders settled before; the money trail stays. Returns how many orders.

        Their parcels are followed no more, and ``record_orders`` takes nothing personal in again until the order is open
        again or another shipment of it is planned.
        """
        ...

    async def erase_personal_data(self, refs: Sequence[OrderRef]) -> int:
        """Erase them for these orders, whatever their age."""
        ...
