"""What every ledger must do when a shipment is planned and claimed."""

from datetime import timedelta

import anyio
import attrs
import pytest

from cartcarrier.errors import IdempotencyConflictError, LedgerError
from cartcarrier.ledger import (
    Claim,
    LeaseLostError,
    Ledger,
    ShipmentState,
    StepKind,
    StepState,
    WorkState,
)
from cartcarrier.models import (
    ShipmentOptions,
)
from cartcarrier.testing import make_request
from cartcarrier.testing._factories import NOW
from tests.unit.ledger.builders import (
    LEASE,
    REF,
    make_labelled_shipment,
    make_new,
    make_step,
    plan,
)
from tests.unit.ledger.conformance.moves import AFTER_LEASE, LATER, WRITES, Write, in_state, read


class PlanConformance:
    """Planning, and the right to work on a shipment."""

    async def test_planned_shipment_comes_back_whole(self, ledger: Ledger) -> None:
        """What is recorded before the purchase is all that a successor has."""
        new = make_new(
            steps=(make_step(0), make_step(1, key=None, expires_at=None)), notify_buyer=False, confirms=False
        )
        row, claim = await ledger.plan_shipment(new, owner="worker-1", lease=LEASE, now=NOW)
        assert claim == Claim(ref=REF, key="1", owner="worker-1", fence=1, until=NOW + LEASE)
        assert row == await read(ledger)
        for name in attrs.fields_dict(type(new)):
            if name not in {"steps", "submits"}:
                assert getattr(row, name) == getattr(new, name), name
        assert [step.purchase for step in row.steps] == list(new.steps)
        assert {(step.kind, step.state, step.attempt) for step in row.steps} == {
            (StepKind.PURCHASE, StepState.PLANNED, 1)
        }
        assert [step.reference for step in row.steps] == ["cc-0", "cc-1"]
        assert (row.state, row.created_at, row.updated_at) == (ShipmentState.PLANNED, NOW, NOW)

    async def test_carriers_own_options_are_left_out_of_the_request(self, ledger: Ledger) -> None:
        """They are no plain values, and what they said is in the bytes already; they must not make planning fail."""
        request = make_request(options=ShipmentOptions(alcohol=True, carrier_options=object()))
        row, _ = await plan(ledger, request=request)
        assert row.request == make_request(options=ShipmentOptions(alcohol=True))

    async def test_unknown_shipment_is_none(self, ledger: Ledger) -> None:
        """A look-up that finds nothing is no failure."""
        assert await ledger.get_shipment(REF, "1") is None

    async def test_planning_makes_a_row_for_an_unrecorded_order(self, ledger: Ledger) -> None:
        """A purge must find the personal data of every order that was shipped."""
        await plan(ledger)
        row = await ledger.get_order(REF)
        assert row is not None
        assert row.state is WorkState.OPEN

    async def test_same_hash_gives_what_stands_and_no_claim_while_it_is_held(self, ledger: Ledger) -> None:
        """The second of two workers waits; it must not buy beside the first."""
        first, _ = await plan(ledger)
        row, claim = await ledger.plan_shipment(make_new(), owner="worker-2", lease=LEASE, now=NOW)
        assert (row, claim) == (first, None)

    async def test_same_hash_is_claimed_when_the_lease_is_over(self, ledger: Ledger) -> None:
        """Whoever died in the middle must not block an order for ever."""
        await plan(ledger)
        row, claim = await ledger.plan_shipment(make_new(), owner="worker-2", lease=LEASE, now=AFTER_LEASE)
        assert claim is not None
        assert claim.fence == 2
        assert len(row.steps) == 1

    @pytest.mark.parametrize("state", [StepState.PLANNED, StepState.SENDING, StepState.UNCERTAIN, StepState.DONE])
    async def test_other_hash_is_a_conflict_naming_order_and_key(self, ledger: Ledger, state: StepState) -> None:
        """A key that stands for two different parcels would lose one of them."""
        await in_state(ledger, state)
        before = await read(ledger)
        with pytest.raises(IdempotencyConflictError) as caught:
            await ledger.plan_shipment(make_new(request_hash="other"), owner="worker-2", lease=LEASE, now=AFTER_LEASE)
        assert "shopify:default/order-1" in str(caught.value)
        assert "'1'" in str(caught.value)
        assert await read(ledger) == before

    async def test_other_key_is_another_shipment(self, ledger: Ledger) -> None:
        """A second parcel later, or a replacement, is a shipment of its own."""
        await plan(ledger)
        await plan(ledger, key="2", request_hash="other")
        assert [row.key for row in await ledger.list_shipments(ref=REF)] == ["1", "2"]

    async def test_failed_shipment_is_planned_anew_whatever_the_hash(self, ledger: Ledger) -> None:
        """No money was spent, so the corrected address or parcel may use the key again."""
        row, claim = await plan(ledger, steps=(make_step(0), make_step(1)))
        await ledger.refuse_step(claim, row.steps[0].id, code="1", message="no", now=NOW)
        await ledger.release(claim)
        new = make_new(
            request_hash="other", lines={"line-1": 1}, steps=(make_step(0, body=b"new"),), carrier="fedex:eu"
        )
        row, second = await ledger.plan_shipment(new, owner="worker-2", lease=LEASE, now=LATER)
        assert second is not None
        assert second.fence > claim.fence
        assert (row.request_hash, row.lines, row.carrier, row.state) == ("other", {"line-1": 1}, "fedex:eu", "planned")
        assert [(step.index, step.attempt, step.state) for step in row.steps] == [(0, 2, StepState.PLANNED)]
        assert row.steps[0].purchase == new.steps[0]
        assert (row.created_at, row.updated_at) == (NOW, LATER)

    async def test_failed_shipment_that_somebody_holds_is_left_alone(self, ledger: Ledger) -> None:
        """Two who plan anew at once would both buy."""
        row, claim = await plan(ledger)
        await ledger.refuse_step(claim, row.steps[0].id, code="1", message="no", now=NOW)
        row, second = await ledger.plan_shipment(make_new(request_hash="other"), owner="worker-2", lease=LEASE, now=NOW)
        assert second is None
        assert (row.request_hash, row.state) == ("hash-1", ShipmentState.FAILED)

    async def test_many_tasks_that_plan_one_key_make_one_row_and_one_claim(self, ledger: Ledger) -> None:
        """Two workers, one label."""
        claims: list[Claim] = []

        async def worker(name: str) -> None:
            _, claim = await ledger.plan_shipment(make_new(), owner=name, lease=LEASE, now=NOW)
            if claim is not None:
                claims.append(claim)

        async with anyio.create_task_group() as tasks:
            for number in range(10):
                tasks.start_soon(worker, f"worker-{number}")
        assert len(claims) == 1
        assert len(await ledger.list_shipments()) == 1

    async def test_claim_is_refused_while_anothers_lease_runs(self, ledger: Ledger) -> None:
        """One shipment, one worker."""
        await plan(ledger)
        almost = AFTER_LEASE - timedelta(microseconds=1)
        assert await ledger.claim(REF, "1", owner="worker-2", lease=LEASE, now=almost) is None
        claim = await ledger.claim(REF, "1", owner="worker-2", lease=LEASE, now=AFTER_LEASE)
        assert claim == Claim(ref=REF, key="1", owner="worker-2", fence=2, until=AFTER_LEASE + LEASE)

    @pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
    async def test_whoever_lost_the_lease_writes_nothing(self, ledger: Ledger, write: Write) -> None:
        """A slow worker that wakes up must not overwrite what its successor did."""
        row, lost = await plan(ledger)
        await ledger.claim(REF, "1", owner="worker-2", lease=LEASE, now=AFTER_LEASE)
        before = await read(ledger)
        with pytest.raises(LeaseLostError) as caught:
            await write(ledger, lost, row.steps[0].id)
        assert str(REF) in str(caught.value)
        assert await read(ledger) == before

    @pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
    async def test_earlier_claim_of_the_same_owner_writes_nothing(self, ledger: Ledger, write: Write) -> None:
        """The fencing number decides, not the name: a name may be used again after a restart."""
        row, lost = await plan(ledger)
        again = await ledger.claim(REF, "1", owner=lost.owner, lease=LEASE, now=NOW)
        assert again is not None
        assert again.fence == lost.fence + 1
        with pytest.raises(LeaseLostError):
            await write(ledger, lost, row.steps[0].id)

    async def test_lease_that_ran_out_but_was_not_taken_still_writes(self, ledger: Ledger) -> None:
        """A purchase that took longer than its lease must be recorded all the same."""
        row, claim = await plan(ledger)
        await ledger.start_step(claim, row.steps[0].id, now=NOW)
        await ledger.finish_step(claim, row.steps[0].id, make_labelled_shipment(), now=LATER)
        assert (await read(ledger)).state is ShipmentState.BOUGHT

    async def test_renewed_lease_runs_longer(self, ledger: Ledger) -> None:
        """A slow carrier must not cost the worker its claim."""
        _, claim = await plan(ledger)
        renewed = await ledger.renew(claim, lease=LEASE, now=AFTER_LEASE)
        assert renewed == attrs.evolve(claim, until=AFTER_LEASE + LEASE)
        assert await ledger.claim(REF, "1", owner="worker-2", lease=LEASE, now=AFTER_LEASE) is None

    async def test_released_shipment_can_be_claimed_at_once(self, ledger: Ledger) -> None:
        """The next step should not wait for a lease that nobody needs."""
        row, claim = await plan(ledger)
        await ledger.release(claim)
        second = await ledger.claim(REF, "1", owner="worker-2", lease=LEASE, now=NOW)
        assert second is not None
        with pytest.raises(LeaseLostError):
            await ledger.start_step(claim, row.steps[0].id, now=NOW)

    async def test_released_claim_writes_nothing(self, ledger: Ledger) -> None:
        """Whoever gave the right back has it no more, also when nobody took it."""
        row, claim = await plan(ledger)
        await ledger.release(claim)
        with pytest.raises(LeaseLostError):
            await ledger.start_step(claim, row.steps[0].id, now=NOW)

    async def test_releasing_a_lost_claim_takes_nothing_from_the_successor(self, ledger: Ledger) -> None:
        """A clean-up that comes late must not open the door for a third worker."""
        _, lost = await plan(ledger)
        await ledger.claim(REF, "1", owner="worker-2", lease=LEASE, now=AFTER_LEASE)
        await ledger.release(lost)
        assert await ledger.claim(REF, "1", owner="worker-3", lease=LEASE, now=AFTER_LEASE) is None

    async def test_claim_of_an_unknown_shipment_is_refused(self, ledger: Ledger) -> None:
        """Waiting for a shipment that does not exist would be waiting for ever."""
        with pytest.raises(LedgerError, match="no shipment"):
            await ledger.claim(REF, "1", owner="worker-1", lease=LEASE, now=NOW)
