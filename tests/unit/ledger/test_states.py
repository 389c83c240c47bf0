"""What the states of steps add up to."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcarrier.ledger import ShipmentState, StepKind, StepRow, StepState, shipment_state
from cartcarrier.models import VoidResult, VoidStatus
from cartcarrier.testing._factories import NOW

P, S, D, R, U = StepState.PLANNED, StepState.SENDING, StepState.DONE, StepState.REFUSED, StepState.UNCERTAIN
MAYBE_PAID = {S, D, U}


def make_row(kind: StepKind, state: StepState, index: int = 0, result: VoidResult | None = None) -> StepRow:
    """Return a step in that state."""
    return StepRow(id=index, kind=kind, index=index, attempt=1, state=state, planned_at=NOW, result=result)


def purchases(*states: StepState) -> list[StepRow]:
    """Return purchases in these states."""
    return [make_row(StepKind.PURCHASE, state, index) for index, state in enumerate(states)]


STEP_STATES = st.sampled_from(StepState)
PURCHASES = st.lists(STEP_STATES, min_size=1, max_size=5)
OPTIONAL = st.none() | STEP_STATES
VOIDS = st.none() | st.tuples(STEP_STATES, st.none() | st.builds(VoidResult, status=st.sampled_from(VoidStatus)))
OTHERS = st.lists(st.tuples(st.sampled_from([StepKind.CANCEL, StepKind.SUBMIT]), STEP_STATES), max_size=2)


@st.composite
def all_steps(draw: st.DrawFn) -> Sequence[StepRow]:
    """Return any steps that a shipment may have."""
    steps = purchases(*draw(PURCHASES))
    if (confirm := draw(OPTIONAL)) is not None:
        steps.append(make_row(StepKind.CONFIRM, confirm))
    if (void := draw(VOIDS)) is not None:
        state, result = void
        steps.append(make_row(StepKind.VOID, state, result=result if state is D else None))
    steps += [make_row(kind, state) for kind, state in draw(OTHERS)]
    return draw(st.permutations(steps))


def states_of(steps: Sequence[StepRow], kind: StepKind) -> set[StepState]:
    """Return the states of the steps of one kind."""
    return {step.state for step in steps if step.kind is kind}


@given(all_steps())
def test_failed_only_where_no_money_was_or_may_have_been_spent(steps: Sequence[StepRow]) -> None:
    """A failed shipment is bought anew without a look; it must never hide a label."""
    if shipment_state(steps) is ShipmentState.FAILED:
        bought = states_of(steps, StepKind.PURCHASE)
        assert not bought & MAYBE_PAID
        assert R in bought


@given(all_steps())
def test_planned_only_where_nothing_was_sent(steps: Sequence[StepRow]) -> None:
    """What is planned may be sent without a look."""
    if shipment_state(steps) is ShipmentState.PLANNED:
        assert states_of(steps, StepKind.PURCHASE) == {P}


@given(all_steps())
def test_doubt_about_money_is_never_hidden_without_a_void(steps: Sequence[StepRow]) -> None:
    """One lost answer among five labels is enough to say that it is not known."""
    if U in states_of(steps, StepKind.PURCHASE) and not states_of(steps, StepKind.VOID):
        assert shipment_state(steps) is ShipmentState.UNCERTAIN


@given(all_steps())
def test_bought_only_where_every_parcel_is(steps: Sequence[StepRow]) -> None:
    """A confirmation tells the buyer that all has left."""
    if shipment_state(steps) in {ShipmentState.BOUGHT, ShipmentState.CONFIRMING, ShipmentState.CONFIRMED}:
        assert states_of(steps, StepKind.PURCHASE) == {D}


@given(all_steps())
def test_confirmed_only_where_the_channel_was_told(steps: Sequence[StepRow]) -> None:
    """An order that is believed confirmed is never confirmed again."""
    if shipment_state(steps) is ShipmentState.CONFIRMED:
        assert states_of(steps, StepKind.CONFIRM) == {D}


@given(all_steps())
def test_money_back_only_where_a_void_was_done(steps: Sequence[StepRow]) -> None:
    """A void that may not have arrived gives no money back."""
    if shipment_state(steps) in {ShipmentState.VOIDED, ShipmentState.REFUND_PENDING}:
        assert states_of(steps, StepKind.VOID) == {D}


@given(all_steps(), st.randoms())
def test_order_of_the_steps_does_not_matter(steps: Sequence[StepRow], chance: "object") -> None:
    """The state is derived from a set; a query may return it in any order."""
    assert shipment_state(list(reversed(steps))) is shipment_state(steps)


@given(all_steps())
def test_orders_own_steps_do_not_change_the_shipments_state(steps: Sequence[StepRow]) -> None:
    """Cancelling an order says nothing about a label."""
    kinds = {StepKind.CANCEL, StepKind.SUBMIT}
    assert shipment_state([step for step in steps if step.kind not in kinds]) is shipment_state(steps)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((P,), ShipmentState.PLANNED),
        ((S,), ShipmentState.BUYING),
        ((D,), ShipmentState.BOUGHT),
        ((R,), ShipmentState.FAILED),
        ((U,), ShipmentState.UNCERTAIN),
        ((D, P), ShipmentState.PARTLY_BOUGHT),
        ((D, R), ShipmentState.PARTLY_BOUGHT),
        ((R, P), ShipmentState.FAILED),
        ((D, S), ShipmentState.BUYING),
        ((D, U), ShipmentState.UNCERTAIN),
        ((S, U), ShipmentState.UNCERTAIN),
        ((D, D), ShipmentState.BOUGHT),
    ],
    ids=str,
)
def test_purchases_add_up(states: tuple[StepState, ...], expected: ShipmentState) -> None:
    """Each state of the architecture's list has its cause."""
    assert shipment_state(purchases(*states)) is expected


@pytest.mark.parametrize(
    ("confirm", "expected"),
    [
        (P, ShipmentState.CONFIRMING),
        (S, ShipmentState.CONFIRMING),
        (U, ShipmentState.CONFIRMING),
        (R, ShipmentState.BOUGHT),
        (D, ShipmentState.CONFIRMED),
    ],
)
def test_confirmation_speaks_after_the_purchase(confirm: StepState, expected: ShipmentState) -> None:
    """What was done last counts; a refused confirmation leaves a bought label."""
    assert shipment_state([*purchases(D), make_row(StepKind.CONFIRM, confirm)]) is expected


@pytest.mark.parametrize(
    ("state", "status", "expected"),
    [
        (P, None, ShipmentState.VOIDING),
        (S, None, ShipmentState.VOIDING),
        (U, None, ShipmentState.VOIDING),
        (R, None, ShipmentState.VOID_REFUSED),
        (D, VoidStatus.VOIDED, ShipmentState.VOIDED),
        (D, VoidStatus.REFUND_PENDING, ShipmentState.REFUND_PENDING),
        (D, VoidStatus.REFUSED, ShipmentState.VOID_REFUSED),
    ],
)
def test_void_speaks_before_a_confirmation(
    state: StepState, status: VoidStatus | None, expected: ShipmentState
) -> None:
    """A confirmed shipment whose label was voided is voided."""
    result = None if status is None else VoidResult(status=status)
    steps = [*purchases(D), make_row(StepKind.CONFIRM, D), make_row(StepKind.VOID, state, result=result)]
    assert shipment_state(steps) is expected
