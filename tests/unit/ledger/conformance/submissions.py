"""What a ledger must do for orders that somebody else's warehouse ships, and for orders as a whole."""

from datetime import timedelta

import attrs
import pytest

from cartcarrier.errors import LedgerError
from cartcarrier.ledger import Claim, LeaseLostError, Ledger, ShipmentRow, ShipmentState, StepKind, StepState, WorkState
from cartcarrier.models import FulfillmentParcel, OrderRef, ProviderOrder, ProviderOrderStatus, VoidResult, VoidStatus
from cartcarrier.testing import make_fulfillment, make_order
from cartcarrier.testing._factories import NAME, NOW
from tests.unit.ledger.builders import LEASE, REF, make_new

SOON = NOW + timedelta(minutes=30)
PAGE = "https://example.com/where/is/it"


async def hand_over(ledger: Ledger) -> tuple[ShipmentRow, Claim]:
    """Plan a hand-over and take it to its end."""
    new = make_new(carrier="amazon-mcf:default", request=None, steps=(), submits=True, due_at=SOON)
    row, claim = await ledger.plan_shipment(new, owner="worker-1", lease=LEASE, now=NOW)
    assert claim is not None
    (step,) = row.steps
    await ledger.start_step(claim, step.id, now=NOW)
    await ledger.finish_step(claim, step.id, at_warehouse(), now=NOW)
    return await read(ledger), claim


def at_warehouse(
    *numbers: str, status: ProviderOrderStatus = ProviderOrderStatus.RECEIVED, message: str | None = None
) -> ProviderOrder:
    """Return an order as its warehouse has it, with these packages sent."""
    parcels = [
        FulfillmentParcel(carrier="ups", tracking_number=number, tracking_url=PAGE, lines={"line-1": 1})
        for number in numbers
    ]
    return ProviderOrder(reference="cc-whole", id="theirs", status=status, parcels=parcels, message=message)


async def read(ledger: Ledger) -> ShipmentRow:
    """Return the shipment."""
    row = await ledger.get_shipment(REF, "1")
    assert row is not None
    return row


class SubmissionConformance:
    """Hand-overs, and claims on orders."""

    async def test_hand_over_is_a_shipment_with_one_step(self, ledger: Ledger) -> None:
        """It shares the keys and the claims of labels, so that nothing leaves in both ways."""
        new = make_new(carrier="amazon-mcf:default", request=None, steps=(), submits=True, due_at=SOON)
        row, claim = await ledger.plan_shipment(new, owner="worker-1", lease=LEASE, now=NOW)
        (step,) = row.steps
        assert (step.kind, step.state, step.reference) == (StepKind.SUBMIT, StepState.PLANNED, "cc-whole")
        assert (row.state, row.request, row.due_at) == (ShipmentState.PLANNED, None, SOON)
        assert claim is not None
        await ledger.start_step(claim, step.id, now=NOW)
        assert (await read(ledger)).state is ShipmentState.SUBMITTING

    async def test_progress_is_written_and_read_back(self, ledger: Ledger) -> None:
        """Packages, their numbers and what the warehouse says; and when to ask again."""
        row, claim = await hand_over(ledger)
        assert row.state is ShipmentState.SUBMITTED
        (step,) = row.steps
        sent = at_warehouse("P1", "P2", status=ProviderOrderStatus.SHIPPED, message=f"ask {NAME}")
        await ledger.note_progress(claim, step.id, sent, due_at=None, now=NOW + LEASE)
        row = await read(ledger)
        assert row.steps[0].result == sent
        assert (row.due_at, row.updated_at, row.state) == (None, NOW + LEASE, ShipmentState.SUBMITTED)
        again = at_warehouse("P1", "P2", status=ProviderOrderStatus.SHIPPED)
        await ledger.note_progress(claim, step.id, again, due_at=SOON, now=NOW + LEASE)
        await ledger.note_progress(claim, step.id, None, due_at=SOON, now=SOON)
        row = await read(ledger)
        assert (row.steps[0].result, row.due_at, row.updated_at) == (again, SOON, NOW + LEASE)

    async def test_confirmed_when_the_channel_knows_every_package(self, ledger: Ledger) -> None:
        """And not before the warehouse says that no more comes."""
        row, claim = await hand_over(ledger)
        step = row.steps[0]
        for number, status, expected in (
            ("P1", ProviderOrderStatus.PARTIALLY_SHIPPED, ShipmentState.SUBMITTED),
            ("P2", ProviderOrderStatus.SHIPPED, ShipmentState.CONFIRMED),
        ):
            numbers = ("P1", "P2")[: 1 + (number == "P2")]
            await ledger.note_progress(claim, step.id, at_warehouse(*numbers, status=status), due_at=SOON, now=NOW)
            told = await ledger.add_step(claim, StepKind.CONFIRM, index=int(number == "P2"), reference=number, now=NOW)
            assert (await read(ledger)).state is ShipmentState.CONFIRMING
            await ledger.finish_step(claim, told.id, make_fulfillment(), now=NOW)
            assert (await read(ledger)).state is expected

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            (ProviderOrderStatus.REJECTED, ShipmentState.FAILED),
            (ProviderOrderStatus.CANCELLED, ShipmentState.VOIDED),
            (ProviderOrderStatus.UNKNOWN, ShipmentState.SUBMITTED),
            (ProviderOrderStatus.PROCESSING, ShipmentState.SUBMITTED),
        ],
    )
    async def test_what_the_warehouse_says_is_the_state(
        self, ledger: Ledger, status: ProviderOrderStatus, expected: ShipmentState
    ) -> None:
        """Rejected is as good as never handed over."""
        row, claim = await hand_over(ledger)
        await ledger.note_progress(claim, row.steps[0].id, at_warehouse(status=status), due_at=None, now=NOW)
        assert (await read(ledger)).state is expected

    async def test_taking_back_speaks_before_all_else(self, ledger: Ledger) -> None:
        """Asked for, it is neither shipped nor free; refused, it is shipped."""
        _, claim = await hand_over(ledger)
        step = await ledger.add_step(claim, StepKind.CANCEL, now=NOW)
        assert (await read(ledger)).state is ShipmentState.VOIDING
        await ledger.refuse_step(claim, step.id, code="refused", message="picked", now=NOW)
        assert (await read(ledger)).state is ShipmentState.SUBMITTED
        step = await ledger.add_step(claim, StepKind.CANCEL, now=NOW)
        await ledger.finish_step(claim, step.id, VoidResult(status=VoidStatus.VOIDED), now=NOW)
        assert (await read(ledger)).state is ShipmentState.VOIDED

    async def test_due_ones_are_listed(self, ledger: Ledger) -> None:
        """At their time, not before."""
        await hand_over(ledger)
        assert await ledger.next_shipment_due() == SOON
        assert await ledger.list_shipments(due_before=SOON - timedelta(seconds=1)) == []
        assert [row.key for row in await ledger.list_shipments(due_before=SOON)] == ["1"]

    async def test_only_a_hand_over_that_is_done_has_progress(self, ledger: Ledger) -> None:
        """The result of a purchase is final."""
        row, claim = await ledger.plan_shipment(make_new(), owner="worker-1", lease=LEASE, now=NOW)
        assert claim is not None
        with pytest.raises(LedgerError):
            await ledger.note_progress(claim, row.steps[0].id, at_warehouse(), due_at=None, now=NOW)
        lost = attrs.evolve(claim, fence=claim.fence - 1)
        with pytest.raises(LeaseLostError):
            await ledger.note_progress(lost, row.steps[0].id, None, due_at=None, now=NOW)

    # orders as a whole

    async def test_one_decides_on_an_order_at_a_time(self, ledger: Ledger) -> None:
        """Two who cancel it at once would share one mark."""
        first = await ledger.claim(REF, "", owner="one", lease=LEASE, now=NOW)
        assert first is not None
        assert await ledger.claim(REF, "", owner="two", lease=LEASE, now=NOW) is None
        renewed = await ledger.renew(first, lease=2 * LEASE, now=NOW)
        assert renewed.until == NOW + 2 * LEASE
        assert await ledger.claim(REF, "", owner="two", lease=LEASE, now=NOW + LEASE) is None
        await ledger.release(renewed)
        second = await ledger.claim(REF, "", owner="two", lease=LEASE, now=NOW)
        assert second is not None
        assert second.fence > first.fence
        with pytest.raises(LeaseLostError):
            await ledger.renew(first, lease=LEASE, now=NOW)
        await ledger.release(first)
        assert await ledger.claim(REF, "", owner="one", lease=LEASE, now=NOW) is None

    async def test_claim_on_an_order_is_none_on_its_shipments(self, ledger: Ledger) -> None:
        """Nor the other way round, or a cancellation would wait for itself."""
        row, claim = await hand_over(ledger)
        whole = await ledger.claim(REF, "", owner="two", lease=LEASE, now=NOW)
        assert whole is not None
        with pytest.raises(LeaseLostError):
            await ledger.add_step(whole, StepKind.CANCEL, now=NOW)
        await ledger.renew(claim, lease=LEASE, now=NOW)
        assert (await read(ledger)).ref == row.ref

    async def test_order_claim_runs_out(self, ledger: Ledger) -> None:
        """Whoever died blocks nobody for ever."""
        await ledger.claim(REF, "", owner="one", lease=LEASE, now=NOW)
        assert await ledger.claim(REF, "", owner="two", lease=LEASE, now=NOW + LEASE) is not None

    async def test_orders_are_listed_by_when_they_were_seen_first(self, ledger: Ledger) -> None:
        """Seeing it again is no first time."""
        for minutes, order_id in ((0, "old"), (5, "new")):
            await ledger.record_orders([make_order(id=order_id)], now=NOW + timedelta(minutes=minutes))
        await ledger.record_orders([make_order(id="old")], now=NOW + timedelta(minutes=9))
        rows = await ledger.list_orders(states=tuple(WorkState), seen_since=NOW + timedelta(minutes=5))
        assert [row.ref.order_id for row in rows] == ["new"]
        elsewhere = OrderRef(channel="ebay:default", order_id="new").channel
        assert await ledger.list_orders(states=tuple(WorkState), channel=elsewhere, seen_since=NOW) == []

    async def test_events_are_forgotten_after_thirty_days(self, ledger: Ledger) -> None:
        """Longer than any platform delivers again; and not kept for ever."""
        assert await ledger.record_event("a", "1", now=NOW)
        later = NOW + timedelta(days=29)
        assert not await ledger.record_event("a", "1", now=later)
        assert await ledger.record_event("a", "2", now=NOW + timedelta(days=31))
        assert await ledger.record_event("a", "1", now=NOW + timedelta(days=31))
