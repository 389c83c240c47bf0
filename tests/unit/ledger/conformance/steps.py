"""What every ledger must do with steps and with lists of shipments."""

from datetime import timedelta

import attrs
import pytest

from cartcarrier.errors import InvalidValueError, LedgerError
from cartcarrier.ledger import (
    Ledger,
    ShipmentState,
    StepKind,
    StepState,
)
from cartcarrier.models import (
    Label,
    LabelFormat,
    OrderRef,
    Shipment,
    VoidResult,
    VoidStatus,
)
from cartcarrier.testing import make_fulfillment
from cartcarrier.testing._factories import NAME, NOW
from tests.unit.ledger.builders import (
    LEASE,
    REF,
    buy,
    make_labelled_shipment,
    make_new,
    make_step,
    plan,
    void,
)
from tests.unit.ledger.conformance.moves import ALLOWED, LATER, MOVES, WRITES, in_state, read


class StepConformance:
    """The steps, and what they add up to."""

    @pytest.mark.parametrize(("state", "move"), MOVES, ids=[f"{state}-{move}" for state, move in MOVES])
    async def test_step_moves_only_as_allowed(self, ledger: Ledger, state: StepState, move: str) -> None:
        """What was done cannot become undone, and nothing is sent twice under one record."""
        claim, step = await in_state(ledger, state)
        assert step.state is state
        before = await read(ledger)
        if (expected := ALLOWED[state].get(move)) is not None:
            moved = await WRITES[move](ledger, claim, step.id)
            newest = (await read(ledger)).steps[0]
            assert moved == newest
            assert newest.state is expected
        else:
            with pytest.raises(LedgerError, match=r"purchase/0 .*cannot become"):
                await WRITES[move](ledger, claim, step.id)
            assert await read(ledger) == before

    async def test_started_step_says_when(self, ledger: Ledger) -> None:
        """The settle time of a look-up and a key's lifetime count from here."""
        row, claim = await plan(ledger)
        step = await ledger.start_step(claim, row.steps[0].id, now=LATER)
        assert (step.sent_at, step.finished_at) == (LATER, None)
        assert step.purchase == row.steps[0].purchase

    async def test_purchase_comes_back_with_labels_and_documents(self, ledger: Ledger) -> None:
        """A label that was paid for can be printed again, to the byte."""
        step, _ = await buy(ledger)
        assert step.result == make_labelled_shipment()
        row = await read(ledger)
        assert row.steps == (step,)
        assert (row.state, step.finished_at) == (ShipmentState.BOUGHT, NOW)

    async def test_labels_stay_with_their_own_step(self, ledger: Ledger) -> None:
        """Step 1 and step 10 must not share labels because their numbers begin alike."""
        count = 12
        row, claim = await plan(ledger, steps=tuple(make_step(index) for index in range(count)))
        results: list[Shipment] = []
        for step in row.steps:
            shipment = make_labelled_shipment(id=f"s-{step.index}", warnings=(f"of {step.index}",))
            label = Label(format=LabelFormat.GIF, data=f"label {step.index}".encode())
            parcel = attrs.evolve(shipment.parcels[0], label=label)
            results.append(attrs.evolve(shipment, parcels=(parcel, *shipment.parcels[1:])))
            await ledger.finish_step(claim, step.id, results[-1], now=NOW)
        assert [step.result for step in (await read(ledger)).steps] == results

    async def test_doubt_keeps_why_and_when_it_was_sent(self, ledger: Ledger) -> None:
        """A person who resolves it needs both."""
        row, claim = await plan(ledger)
        await ledger.start_step(claim, row.steps[0].id, now=NOW)
        step = await ledger.doubt_step(claim, row.steps[0].id, code="ReadTimeout", message="no answer", now=LATER)
        assert (step.error_code, step.error_message) == ("ReadTimeout", "no answer")
        assert (step.sent_at, step.finished_at) == (NOW, None)
        assert (await read(ledger)).state is ShipmentState.UNCERTAIN

    async def test_outcome_found_later_ends_the_doubt(self, ledger: Ledger) -> None:
        """An adopted purchase must not look doubtful for ever."""
        claim, step = await in_state(ledger, StepState.UNCERTAIN)
        step = await ledger.finish_step(claim, step.id, make_labelled_shipment(), now=LATER)
        assert (step.error_code, step.error_message, step.finished_at) == (None, None, LATER)

    async def test_refusal_keeps_why(self, ledger: Ledger) -> None:
        """The reason is what the user sees when asking again."""
        claim, step = await in_state(ledger, StepState.SENDING)
        step = await ledger.refuse_step(claim, step.id, code="120100", message="no such service", now=LATER)
        assert (step.error_code, step.error_message, step.finished_at) == ("120100", "no such service", LATER)
        assert (await read(ledger)).state is ShipmentState.FAILED

    async def test_new_attempt_has_the_same_bytes(self, ledger: Ledger) -> None:
        """A repeat under a native key must be the same to the byte."""
        claim, step = await in_state(ledger, StepState.UNCERTAIN)
        again = await ledger.replan_step(claim, step.id, now=LATER)
        assert (again.attempt, again.state, again.purchase) == (2, StepState.PLANNED, step.purchase)
        assert (again.planned_at, again.sent_at, again.error_code) == (LATER, None, None)
        assert again.id != step.id

    async def test_new_attempt_takes_other_bytes(self, ledger: Ledger) -> None:
        """After a cancelled find, a purchase goes out under a new reference."""
        claim, step = await in_state(ledger, StepState.UNCERTAIN)
        other = make_step(reference="cc-new", body=b"other")
        again = await ledger.replan_step(claim, step.id, purchase=other, now=NOW)
        assert (again.purchase, again.reference) == (other, "cc-new")

    async def test_bytes_of_another_step_are_refused(self, ledger: Ledger) -> None:
        """Parcel 2 must not be bought in the place of parcel 1."""
        claim, step = await in_state(ledger, StepState.UNCERTAIN)
        with pytest.raises(LedgerError, match="not those of the step"):
            await ledger.replan_step(claim, step.id, purchase=make_step(1), now=NOW)

    async def test_earlier_attempt_cannot_be_written_any_more(self, ledger: Ledger) -> None:
        """A late answer belongs to its own attempt, and that one is history."""
        claim, step = await in_state(ledger, StepState.UNCERTAIN)
        await ledger.replan_step(claim, step.id, now=NOW)
        with pytest.raises(LedgerError, match="history"):
            await ledger.finish_step(claim, step.id, make_labelled_shipment(), now=NOW)

    async def test_step_of_another_shipment_is_refused(self, ledger: Ledger) -> None:
        """A claim is good for its own shipment only."""
        row, _ = await plan(ledger)
        _, other = await plan(ledger, key="2")
        for move in ("start", "finish", "refuse", "replan"):
            with pytest.raises(LedgerError, match="no step"):
                await WRITES[move](ledger, other, row.steps[0].id)

    @pytest.mark.parametrize("kind", [StepKind.CONFIRM, StepKind.VOID, StepKind.CANCEL, StepKind.SUBMIT])
    async def test_unfinished_step_is_returned_in_place_of_a_second(self, ledger: Ledger, kind: StepKind) -> None:
        """Two confirmations of one parcel would tell the buyer twice."""
        _, claim = await buy(ledger)
        step = await ledger.add_step(claim, kind, reference="cc-whole", now=NOW)
        assert (step.kind, step.index, step.attempt, step.reference) == (kind, 0, 1, "cc-whole")
        assert await ledger.add_step(claim, kind, now=LATER) == step
        started = await ledger.start_step(claim, step.id, now=NOW)
        assert await ledger.add_step(claim, kind, now=LATER) == started
        doubted = await ledger.doubt_step(claim, step.id, code="1", message="hm", now=NOW)
        assert await ledger.add_step(claim, kind, now=LATER) == doubted

    @pytest.mark.parametrize("end", ["finish", "refuse"])
    async def test_finished_step_is_followed_by_a_new_attempt(self, ledger: Ledger, end: str) -> None:
        """A void that was refused may be asked again."""
        _, claim = await buy(ledger)
        step = await ledger.add_step(claim, StepKind.CONFIRM, now=NOW)
        await ledger.start_step(claim, step.id, now=NOW)
        if end == "finish":
            await ledger.finish_step(claim, step.id, make_fulfillment(), now=NOW)
        else:
            await ledger.refuse_step(claim, step.id, code="1", message="no", now=NOW)
        again = await ledger.add_step(claim, StepKind.CONFIRM, now=LATER)
        assert (again.attempt, again.state, again.planned_at) == (2, StepState.PLANNED, LATER)
        assert [row.attempt for row in (await read(ledger)).steps if row.kind is StepKind.CONFIRM] == [2]

    async def test_steps_of_one_kind_stand_side_by_side(self, ledger: Ledger) -> None:
        """Each parcel may have a void of its own."""
        _, claim = await buy(ledger)
        first = await ledger.add_step(claim, StepKind.VOID, index=0, now=NOW)
        second = await ledger.add_step(claim, StepKind.VOID, index=1, now=NOW)
        assert (first.id, second.index, second.attempt) != (second.id, 0, 2)
        assert [(step.kind, step.index) for step in (await read(ledger)).steps] == [
            (StepKind.PURCHASE, 0),
            (StepKind.VOID, 0),
            (StepKind.VOID, 1),
        ]

    async def test_purchase_without_bytes_is_refused(self, ledger: Ledger) -> None:
        """Before every purchase its exact bytes are on record."""
        _, claim = await plan(ledger)
        with pytest.raises(InvalidValueError):
            await ledger.add_step(claim, StepKind.PURCHASE, now=NOW)

    async def test_fulfillment_comes_back_whole(self, ledger: Ledger) -> None:
        """What the channel was told is compared with what it shows."""
        _, claim = await buy(ledger)
        told = make_fulfillment(id="f-1")
        told = attrs.evolve(told, parcels=[attrs.evolve(told.parcels[0], tracking_url="https://example.com/1Z")])
        step = await ledger.add_step(claim, StepKind.CONFIRM, now=NOW)
        assert (await ledger.finish_step(claim, step.id, told, now=NOW)).result == told
        assert (await read(ledger)).state is ShipmentState.CONFIRMED

    @pytest.mark.parametrize(
        ("status", "state"),
        [
            (VoidStatus.VOIDED, ShipmentState.VOIDED),
            (VoidStatus.REFUND_PENDING, ShipmentState.REFUND_PENDING),
            (VoidStatus.REFUSED, ShipmentState.VOID_REFUSED),
        ],
    )
    async def test_void_comes_back_whole_and_decides_the_state(
        self, ledger: Ledger, status: VoidStatus, state: ShipmentState
    ) -> None:
        """Whether money comes back is read from the void's own answer."""
        _, claim = await buy(ledger)
        step = await void(ledger, claim, status=status)
        assert step.result == VoidResult(status=status, message=f"ask {NAME}")
        assert (await read(ledger)).state is state
        assert len(await ledger.list_shipments(states=[state])) == 1

    async def test_step_may_end_without_a_result(self, ledger: Ledger) -> None:
        """A cancelled order has nothing to keep but that it was cancelled."""
        _, claim = await buy(ledger)
        step = await ledger.add_step(claim, StepKind.CANCEL, now=NOW)
        step = await ledger.finish_step(claim, step.id, None, now=NOW)
        assert (step.state, step.result) == (StepState.DONE, None)

    async def test_shipment_bought_in_part_says_so(self, ledger: Ledger) -> None:
        """Two of three labels bought is neither failed nor bought."""
        row, claim = await plan(ledger, steps=(make_step(0), make_step(1)))
        await ledger.finish_step(claim, row.steps[0].id, make_labelled_shipment(), now=LATER)
        row = await read(ledger)
        assert (row.state, row.updated_at) == (ShipmentState.PARTLY_BOUGHT, LATER)
        assert [row.key for row in await ledger.list_shipments(states=[ShipmentState.PARTLY_BOUGHT])] == ["1"]

    async def test_shipments_are_listed_by_promise_then_age(self, ledger: Ledger) -> None:
        """What is due first is bought and confirmed first."""
        promises = {"c": None, "d": None, "b": LATER, "a": NOW}
        for seconds, (key, ship_by) in enumerate(promises.items()):
            await ledger.plan_shipment(
                make_new(key=key, ship_by=ship_by), owner="o", lease=LEASE, now=NOW + timedelta(seconds=seconds)
            )
        assert [row.key for row in await ledger.list_shipments()] == ["a", "b", "c", "d"]

    async def test_shipments_are_listed_by_order_state_carrier_and_time(self, ledger: Ledger) -> None:
        """Recovery asks by state, the day's end by carrier and time."""
        other = OrderRef(channel="ebay:uk", order_id="e-1")
        await buy(ledger)
        await plan(ledger, ref=other, carrier="fedex:default")
        await ledger.plan_shipment(make_new(key="2"), owner="o", lease=LEASE, now=LATER)
        listed = ledger.list_shipments
        assert [row.ref for row in await listed(ref=other)] == [other]
        assert [row.state for row in await listed(states=[ShipmentState.BOUGHT])] == [ShipmentState.BOUGHT]
        assert [row.ref for row in await listed(carrier="fedex:default")] == [other]
        assert [row.key for row in await listed(since=LATER)] == ["2"]
        assert len(await listed(since=NOW)) == 3
        assert await listed(states=[]) == []
        assert await listed(ref=REF, carrier="fedex:default") == []

    async def test_list_over_all_orders_leaves_the_bytes_of_labels_out(self, ledger: Ledger) -> None:
        """Thousands of labels do not fit into memory; of one order they come along."""
        await buy(ledger)
        bare = (await ledger.list_shipments())[0].steps[0].result
        assert isinstance(bare, Shipment)
        assert [parcel.label for parcel in bare.parcels] == [None, None, None]
        assert bare.warnings == make_labelled_shipment().warnings
        assert (await ledger.list_shipments(ref=REF))[0].steps[0].result == make_labelled_shipment()
