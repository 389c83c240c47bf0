"""What every ledger must erase, and what it must keep."""

import attrs

from cartcarrier.ledger import (
    Ledger,
    StepKind,
    WorkState,
)
from cartcarrier.models import (
    OrderRef,
    VoidResult,
    VoidStatus,
)
from cartcarrier.testing import make_fulfillment, make_order
from cartcarrier.testing._factories import NAME, NOW
from tests.unit.ledger.builders import (
    BODY,
    REF,
    buy,
    make_labelled_shipment,
    make_step,
    plan,
    void,
)
from tests.unit.ledger.conformance.moves import LATER, make_parcel_row, make_tracking, read


class PersonalDataConformance:
    """What is erased, and what stays."""

    async def _shipped(self, ledger: Ledger) -> None:
        await ledger.record_orders([make_order(ship_by=LATER)], now=NOW)
        _, claim = await buy(ledger)
        told = make_fulfillment()
        told = attrs.evolve(told, parcels=[attrs.evolve(told.parcels[0], tracking_url=f"https://e.com/{NAME}")])
        step = await ledger.add_step(claim, StepKind.CONFIRM, now=NOW)
        await ledger.finish_step(claim, step.id, told, now=NOW)
        await void(ledger, claim, status=VoidStatus.REFUSED)
        await ledger.follow_parcels([make_parcel_row(tracking=make_tracking(), due_at=NOW, told=frozenset({"e1"}))])
        await ledger.settle_order(REF, WorkState.SHIPPED, reason=f"{NAME} called", now=NOW)

    async def test_purge_erases_the_person_and_keeps_the_money_trail(self, ledger: Ledger) -> None:
        """Names go after their time; what was paid for which parcel stays."""
        await self._shipped(ledger)
        before = await read(ledger)
        assert await ledger.purge_personal_data(before=LATER) == 1
        order = await ledger.get_order(REF)
        assert order is not None
        assert (order.order, order.reason) == (None, None)
        assert (order.number, order.state, order.ship_by) == ("#1001", WorkState.SHIPPED, LATER)
        row = await read(ledger)
        assert row == attrs.evolve(before, request=None, steps=row.steps)
        for step, was in zip(row.steps, before.steps, strict=True):
            assert step == attrs.evolve(was, purchase=step.purchase, result=step.result)
        purchase, confirm, cancelled = row.steps
        assert purchase.purchase == make_step(body=b"")
        bought = make_labelled_shipment()
        assert purchase.result == attrs.evolve(
            bought,
            parcels=[attrs.evolve(parcel, label=None, documents=()) for parcel in bought.parcels],
            documents=(),
            warnings=(),
        )
        assert confirm.result == make_fulfillment()
        assert cancelled.result == VoidResult(status=VoidStatus.REFUSED)
        assert await ledger.list_parcels(ref=REF) == [make_parcel_row(told=frozenset({"e1"}))]

    async def test_purge_spares_open_and_younger_orders(self, ledger: Ledger) -> None:
        """What is still being worked on needs its address."""
        names = ["open", "young", "old"]
        await ledger.record_orders([make_order(id=name) for name in names], now=NOW)
        refs = [OrderRef(channel="shopify:default", order_id=name) for name in names]
        await ledger.settle_order(refs[1], WorkState.SHIPPED, now=LATER)
        await ledger.settle_order(refs[2], WorkState.CANCELLED, now=NOW)
        assert await ledger.purge_personal_data(before=LATER) == 1
        rows = [await ledger.get_order(ref) for ref in refs]
        assert [row.order is None for row in rows if row is not None] == [False, False, True]
        assert await ledger.purge_personal_data(before=LATER) == 0

    async def test_saying_shipped_again_does_not_make_the_order_younger(self, ledger: Ledger) -> None:
        """A poll that settles every day would keep names for ever."""
        await ledger.record_orders([make_order()], now=NOW)
        await ledger.settle_order(REF, WorkState.SHIPPED, now=NOW)
        await ledger.settle_order(REF, WorkState.SHIPPED, now=LATER)
        assert await ledger.purge_personal_data(before=LATER) == 1

    async def test_erasure_does_not_ask_for_the_age(self, ledger: Ledger) -> None:
        """Who asks for erasure gets it; others' data stays."""
        other = OrderRef(channel="shopify:default", order_id="other")
        await ledger.record_orders([make_order(), make_order(id="other")], now=NOW)
        unknown = OrderRef(channel="shopify:default", order_id="unknown")
        assert await ledger.erase_personal_data([REF, unknown]) == 1
        erased, kept = await ledger.get_order(REF), await ledger.get_order(other)
        assert erased is not None
        assert kept is not None
        assert erased.order is None
        assert kept.order is not None

    async def test_erased_order_is_not_taken_in_again(self, ledger: Ledger) -> None:
        """The channel lists the order again the next minute, and the carrier's answer about its parcel may still come."""
        await self._shipped(ledger)
        await ledger.erase_personal_data([REF])
        await ledger.record_orders([make_order()], now=LATER)
        await ledger.follow_parcels([make_parcel_row(tracking=make_tracking(), due_at=LATER)])
        row = await ledger.get_order(REF)
        assert row is not None
        assert (row.order, row.last_seen) == (None, LATER)
        assert await ledger.list_parcels(ref=REF) == [make_parcel_row()]
        assert await ledger.next_parcel_due() is None

    async def test_order_that_is_open_again_is_taken_in(self, ledger: Ledger) -> None:
        """A returned order that is shipped again needs its address again."""
        await self._shipped(ledger)
        await ledger.erase_personal_data([REF])
        await ledger.settle_order(REF, WorkState.OPEN, now=LATER)
        await ledger.record_orders([make_order()], now=LATER)
        row = await ledger.get_order(REF)
        assert row is not None
        assert row.order == make_order()

    async def test_new_shipment_of_an_erased_order_can_be_followed(self, ledger: Ledger) -> None:
        """A replacement is a new business with the person, and a later purge erases that, too."""
        await self._shipped(ledger)
        await ledger.erase_personal_data([REF])
        row, _ = await plan(ledger, key="2")
        assert row.steps[0].purchase is not None
        assert row.steps[0].purchase.body == BODY
        parcel = make_parcel_row(key="2", tracking=make_tracking(), due_at=NOW)
        await ledger.follow_parcels([parcel])
        assert await ledger.list_parcels(due_before=NOW) == [parcel]
        assert await ledger.purge_personal_data(before=LATER) == 1
