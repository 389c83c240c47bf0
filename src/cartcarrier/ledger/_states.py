"""The state of a shipment, from the states of its steps. Pure."""

from collections.abc import Sequence

from cartcarrier.ledger._interface import ShipmentState, StepKind, StepRow, StepState
from cartcarrier.models import FulfillmentParcel, ProviderOrder, ProviderOrderStatus, VoidResult, VoidStatus

_UNSURE = frozenset({StepState.SENDING, StepState.UNCERTAIN})
_OPEN = _UNSURE | {StepState.PLANNED}


def package_id(parcel: FulfillmentParcel) -> str:
    """Return what tells a package from the others of its order: its number, or what is in it where it has none."""
    if parcel.tracking_number:
        return parcel.tracking_number
    contents = sorted((parcel.lines or {}).items())
    return "/".join((parcel.carrier, *(f"{line}*{pieces}" for line, pieces in contents)))


def package_ids(order: ProviderOrder) -> frozenset[str]:
    """Return what there is to tell a channel of: a name for each package; those without contents are told of together."""
    said = {package_id(parcel) for parcel in order.parcels if parcel.lines}
    silent = [package_id(parcel) for parcel in order.parcels if not parcel.lines]
    return frozenset({*said, *silent[:1]})


def shipment_state(steps: Sequence[StepRow]) -> ShipmentState:  # noqa: PLR0911 - one line a state reads best
    """Return the state that these steps (the newest attempt of each) add up to.

    A void speaks before a confirmation, a confirmation before the purchases: what was done last counts.
    """
    purchases = [step for step in steps if step.kind is StepKind.PURCHASE]
    submit = next((step for step in steps if step.kind is StepKind.SUBMIT), None)
    if submit is not None and not purchases:
        return _submission_state(submit, steps)
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


def _submission_state(submit: StepRow, steps: Sequence[StepRow]) -> ShipmentState:  # noqa: PLR0911 - one line a state
    """Return the state of what was handed to a warehouse; taking it back speaks before anything else."""
    withdrawal = next((step for step in steps if step.kind is StepKind.CANCEL), None)
    if withdrawal is not None and withdrawal.state in _OPEN:
        return ShipmentState.VOIDING
    if withdrawal is not None and withdrawal.state is StepState.DONE:
        return ShipmentState.VOIDED
    if submit.state is not StepState.DONE:
        return _SUBMIT_STATES[submit.state]
    order = submit.result if isinstance(submit.result, ProviderOrder) else None
    packages = package_ids(order) if order is not None else frozenset()
    status = order.status if order is not None else ProviderOrderStatus.UNKNOWN
    if not packages and status is ProviderOrderStatus.REJECTED:
        return ShipmentState.FAILED
    if not packages and status is ProviderOrderStatus.CANCELLED:
        return ShipmentState.VOIDED
    confirms = [step for step in steps if step.kind is StepKind.CONFIRM]
    if any(step.state in _OPEN for step in confirms):
        return ShipmentState.CONFIRMING
    told = {step.reference for step in confirms if step.state is StepState.DONE}
    over = status in _NO_MORE_COMES or (order is not None and order.final)
    if over and packages <= told:
        return ShipmentState.CONFIRMED
    return ShipmentState.SUBMITTED


_SUBMIT_STATES = {
    StepState.PLANNED: ShipmentState.PLANNED,
    StepState.SENDING: ShipmentState.SUBMITTING,
    StepState.UNCERTAIN: ShipmentState.UNCERTAIN,
    StepState.REFUSED: ShipmentState.FAILED,
}
_NO_MORE_COMES = frozenset({ProviderOrderStatus.SHIPPED, ProviderOrderStatus.CANCELLED, ProviderOrderStatus.REJECTED})
