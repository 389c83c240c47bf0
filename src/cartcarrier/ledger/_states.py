"""The state of a shipment, from the states of its steps. Pure."""

from collections.abc import Sequence

from cartcarrier.ledger._interface import ShipmentState, StepKind, StepRow, StepState
from cartcarrier.models import VoidResult, VoidStatus

_UNSURE = frozenset({StepState.SENDING, StepState.UNCERTAIN})


def shipment_state(steps: Sequence[StepRow]) -> ShipmentState:  # noqa: PLR0911 - one line a state reads best
    """Return the state that these steps (the newest attempt of each) add up to.

    A void speaks before a confirmation, a confirmation before the purchases: what was done last counts.
    """
    purchases = [step for step in steps if step.kind is StepKind.PURCHASE]
    confirm = next((step for step in steps if step.kind is StepKind.CONFIRM), None)
    void = next((step for step in steps if step.kind is StepKind.VOID), None)
    states = {step.state for step in purchases}
    if void is not None:
        state = _void_state(void)
        if state is not None:
            return state
    if StepState.UNCERTAIN in states:
        return ShipmentState.UNCERTAIN
    if StepState.SENDING in states:
        return ShipmentState.BUYING
    if states == {StepState.DONE}:
        if confirm is None or confirm.state is StepState.REFUSED:
            return ShipmentState.BOUGHT
        return ShipmentState.CONFIRMED if confirm.state is StepState.DONE else ShipmentState.CONFIRMING
    if StepState.DONE in states:
        return ShipmentState.PARTLY_BOUGHT
    if StepState.REFUSED in states:
        return ShipmentState.FAILED
    return ShipmentState.PLANNED


def _void_state(void: StepRow) -> ShipmentState | None:
    if void.state in _UNSURE or void.state is StepState.PLANNED:
        return ShipmentState.VOIDING
    if void.state is StepState.REFUSED:
        return ShipmentState.VOID_REFUSED
    status = void.result.status if isinstance(void.result, VoidResult) else VoidStatus.VOIDED
    return {
        VoidStatus.VOIDED: ShipmentState.VOIDED,
        VoidStatus.REFUND_PENDING: ShipmentState.REFUND_PENDING,
        VoidStatus.REFUSED: ShipmentState.VOID_REFUSED,
    }[status]
