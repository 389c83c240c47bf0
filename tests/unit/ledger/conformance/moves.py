"""Writes and moves that the suites share."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from cartcarrier.ledger import (
    Claim,
    Ledger,
    ShipmentRow,
    StepKind,
    StepRow,
    StepState,
    TrackingRow,
)
from cartcarrier.models import (
    OrderRef,
    Tracking,
    TrackingEvent,
    TrackingStatus,
)
from cartcarrier.testing._factories import NAME, NOW
from tests.unit.ledger.builders import (
    LEASE,
    REF,
    make_labelled_shipment,
    plan,
)

LATER = NOW + timedelta(hours=1)
AFTER_LEASE = NOW + LEASE

Write = Callable[[Ledger, Claim, int], Awaitable[object]]
WRITES: dict[str, Write] = {
    "renew": lambda ledger, claim, _: ledger.renew(claim, lease=LEASE, now=NOW),
    "add": lambda ledger, claim, _: ledger.add_step(claim, StepKind.CONFIRM, now=NOW),
    "start": lambda ledger, claim, step: ledger.start_step(claim, step, now=NOW),
    "finish": lambda ledger, claim, step: ledger.finish_step(claim, step, make_labelled_shipment(), now=NOW),
    "refuse": lambda ledger, claim, step: ledger.refuse_step(claim, step, code="1", message="no", now=NOW),
    "doubt": lambda ledger, claim, step: ledger.doubt_step(claim, step, code="1", message="hm", now=NOW),
    "replan": lambda ledger, claim, step: ledger.replan_step(claim, step, now=NOW),
}
# Which moves a step allows, from the table in the architecture: planned → sending → done | refused | uncertain; ...
ALLOWED = {
    StepState.PLANNED: {"start": StepState.SENDING, "finish": StepState.DONE, "refuse": StepState.REFUSED},
    StepState.SENDING: {
        "finish": StepState.DONE,
        "refuse": StepState.REFUSED,
        "doubt": StepState.UNCERTAIN,
        "replan": StepState.PLANNED,
    },
    StepState.UNCERTAIN: {
        "finish": StepState.DONE,
        "refuse": StepState.REFUSED,
        "doubt": StepState.UNCERTAIN,
        "replan": StepState.PLANNED,
    },
    StepState.REFUSED: {"replan": StepState.PLANNED},
    StepState.DONE: {},
}
PATH_TO = {
    StepState.PLANNED: (),
    StepState.SENDING: ("start",),
    StepState.UNCERTAIN: ("start", "doubt"),
    StepState.REFUSED: ("start", "refuse"),
    StepState.DONE: ("start", "finish"),
}
MOVES = [(state, move) for state in StepState for move in ("start", "finish", "refuse", "doubt", "replan")]


async def read(ledger: Ledger, ref: OrderRef = REF, key: str = "1") -> ShipmentRow:
    """Return a shipment that must be there."""
    row = await ledger.get_shipment(ref, key)
    assert row is not None
    return row


async def in_state(ledger: Ledger, state: StepState) -> tuple[Claim, StepRow]:
    """Return the first step of a new shipment, brought into that state."""
    row, claim = await plan(ledger)
    for move in PATH_TO[state]:
        await WRITES[move](ledger, claim, row.steps[0].id)
    return claim, (await read(ledger)).steps[0]


def make_tracking(number: str = "1Z1", **changes: object) -> Tracking:
    """Return a delivered parcel that somebody signed for."""
    values = {
        "carrier": "ups:default",
        "tracking_number": number,
        "status": TrackingStatus.DELIVERED,
        "events": (TrackingEvent(key="e1", status=TrackingStatus.DELIVERED, description=f"left with {NAME}"),),
        "signed_by": NAME,
    }
    return Tracking(**{**values, **changes})  # type: ignore[arg-type]  # the fields of Tracking


def make_parcel_row(number: str = "1Z1", **changes: object) -> TrackingRow:
    """Return a parcel that is followed."""
    values = {"ref": REF, "key": "1", "carrier": "ups:default", "tracking_number": number}
    return TrackingRow(**{**values, **changes})  # type: ignore[arg-type]  # the fields of TrackingRow
