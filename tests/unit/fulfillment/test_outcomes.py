"""An answer that was lost: what each kind of carrier allows us to find out, and what stays unknown."""

from datetime import timedelta

import anyio
import pytest
from typing_extensions import override

from cartcarrier.errors import (
    ConflictError,
    IdempotencyConflictError,
    InsufficientFundsError,
    InvalidValueError,
    LedgerError,
    OrderChangedError,
    PurchaseUncertainError,
    RejectedError,
    TransportError,
    UnavailableError,
)
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment import Bought, NotBought, Voided
from cartcarrier.http import ManualClock
from cartcarrier.ledger import ShipmentState, StepState
from cartcarrier.models import OrderRef, PurchaseStep, Shipment, VoidStatus
from tests.unit.fulfillment.conftest import Open, until_dead
from tests.unit.fulfillment.fakes import (
    CARRIERS,
    AdoptCarrier,
    BlindCarrier,
    CancelCarrier,
    Fate,
    KeyAndLookCarrier,
    KeyCarrier,
    World,
    make_order,
    make_parcel,
    usd,
)

REF = OrderRef(channel="fakeshop:default", order_id="1001")


@pytest.mark.parametrize("carrier", [KeyCarrier, AdoptCarrier, CancelCarrier])
async def test_a_lost_answer_is_found_out_within_the_same_call(
    world: World, open_fulfiller: Open, carrier: type[BlindCarrier]
) -> None:
    """The caller never sees it."""
    world.add(order := make_order())
    world.lose("purchase")
    async with open_fulfiller(carriers=[carrier(world)]) as fulfiller:
        done = await fulfiller.ship(order, parcels=[make_parcel()])
    assert done.state is ShipmentState.CONFIRMED
    assert len(world.live) == 1
    assert done.shipment.parcels[0].label is not None
    assert len(world.labels) == (2 if carrier is CancelCarrier else 1)


async def test_a_carrier_that_cannot_be_asked_leaves_it_uncertain(world: World, open_fulfiller: Open) -> None:
    """Nothing is bought again, by any number of repeats; the error names step and reference."""
    world.add(order := make_order())
    world.lose("purchase")
    async with open_fulfiller(carriers=[BlindCarrier(world)]) as fulfiller:
        for _ in range(2):
            with pytest.raises(PurchaseUncertainError) as caught:
                await fulfiller.ship(order, parcels=[make_parcel()])
        report = await fulfiller.recover()
    assert caught.value.step == "fakeshop:default/1001/1/purchase/0"
    assert caught.value.reference == world.labels[0].step_reference
    assert world.calls["purchase"] == 1
    (uncertain,) = report.uncertain
    assert (uncertain.ref, uncertain.key, uncertain.reference) == (REF, "1", caught.value.reference)
    assert "resolve()" in uncertain.why


@pytest.mark.parametrize("effect", [True, False], ids=["bought", "not bought"])
async def test_a_key_protects_only_for_its_lifetime(
    world: World,
    open_fulfiller: Open,
    clock: ManualClock,
    effect: bool,
) -> None:
    """After it a second sending would be a second purchase."""
    world.add(order := make_order())
    for _ in range(20):
        world.lose("purchase", effect=effect)
    async with open_fulfiller(carriers=[KeyCarrier(world)]) as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        sent = world.calls["purchase"]
        assert sent > 2
        world.faults.clear()
        clock.advance(3600)
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])
    assert world.calls["purchase"] == sent
    assert len(world.labels) == (1 if effect else 0)


async def test_recovery_sends_the_same_bytes_while_the_key_protects(world: World, open_fulfiller: Open) -> None:
    """It is no new purchase: the platform repeats its first answer."""
    world.add(order := make_order())
    for _ in range(20):
        world.lose("purchase")
    async with open_fulfiller(carriers=[KeyCarrier(world)]) as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        world.faults.clear()
        report = await fulfiller.recover()
    assert (report.adopted, report.confirmed) == (1, 1)
    assert len(world.labels) == 1


async def test_a_refusal_repeated_by_the_key_is_a_refusal(world: World, open_fulfiller: Open) -> None:
    """The platform's first answer was no."""
    world.add(order := make_order())
    world.lose("purchase", effect=False)
    world.fail("purchase", RejectedError("too heavy", provider="fakepost", operation="ship"))
    async with open_fulfiller(carriers=[KeyCarrier(world)]) as fulfiller:
        with pytest.raises(RejectedError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        row = await fulfiller._desk.ledger.get_shipment(REF, "1")
    assert row is not None
    assert row.state is ShipmentState.FAILED


async def test_a_value_that_cannot_be_in_an_answer_is_no_refusal(world: World, open_fulfiller: Open) -> None:
    """A driver that stumbles over the answer has bought: the label is looked up, and no second one is bought."""
    world.add(order := make_order())
    carrier = AdoptCarrier(world)
    buy = carrier.purchase

    async def stumble(step: PurchaseStep) -> Shipment:
        await buy(step)
        raise InvalidValueError("Shipment.id must not be empty", field="Shipment.id")

    carrier.purchase = stumble  # type: ignore[method-assign]  # a driver with a hole
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        done = await fulfiller.ship(order, parcels=[make_parcel()])
    assert [label.shipment.tracking_number for label in world.labels] == [done.shipment.tracking_number]


async def test_a_refusal_after_a_lost_answer_is_looked_into(world: World, open_fulfiller: Open) -> None:
    """The mailing day may have ended between the two sendings: what is refused now may have been bought before."""
    world.add(order := make_order())
    world.lose("purchase")
    world.fail("purchase", RejectedError("the mailing day is over", provider="fakepost", operation="ship"))
    async with open_fulfiller(carriers=[KeyAndLookCarrier(world)]) as fulfiller:
        done = await fulfiller.ship(order, parcels=[make_parcel()])
    assert [label.shipment.tracking_number for label in world.live] == [done.shipment.tracking_number]


async def test_a_refusal_that_cannot_be_looked_into_is_not_believed(world: World, open_fulfiller: Open) -> None:
    """It would let the next call buy a second label."""
    world.add(order := make_order())
    world.lose("purchase")
    world.fail("purchase", RejectedError("the mailing day is over", provider="fakepost", operation="ship"))
    world.fail("find", UnavailableError("down", provider="fakepost", operation="find"))
    async with open_fulfiller(carriers=[KeyAndLookCarrier(world)]) as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])
    assert len(world.live) == 1


async def test_an_empty_account_after_a_lost_answer_proves_nothing(world: World, open_fulfiller: Open) -> None:
    """The lost purchase may be what emptied it."""
    world.add(order := make_order())
    world.lose("purchase", effect=False)
    for _ in range(20):
        world.fail("purchase", InsufficientFundsError("no money", provider="fakepost", operation="ship"))
    async with open_fulfiller(carriers=[KeyCarrier(world)]) as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])


async def test_a_label_that_shows_late_is_waited_for(world: World, open_fulfiller: Open) -> None:
    """A look-up that finds nothing at first means nothing."""
    world.add(order := make_order())
    world.lose("purchase")
    world.found_after = timedelta(seconds=40)
    async with open_fulfiller() as fulfiller:
        done = await fulfiller.ship(order, parcels=[make_parcel()])
    assert world.calls["find"] > 3
    assert len(world.labels) == 1
    assert (done.shipment.total, done.shipment.total_is_estimate) == (usd("10"), True)


async def test_a_label_that_shows_too_late_is_adopted_by_recovery(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Longer than ``max_wait`` nobody waits; the step stays on record."""
    world.add(order := make_order())
    world.lose("purchase")
    world.found_after = timedelta(minutes=5)
    async with open_fulfiller() as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        assert (await fulfiller.recover()).adopted == 0
        clock.advance(300)
        report = await fulfiller.recover()
    assert (report.adopted, report.confirmed, report.uncertain) == (1, 1, ())
    assert len(world.labels) == 1


@pytest.mark.parametrize("allowed", [False, True], ids=["stays uncertain", "by the user's wish"])
async def test_not_found_after_the_settle_time_is_believed_only_on_request(
    world: World,
    open_fulfiller: Open,
    clock: ManualClock,
    allowed: bool,
) -> None:
    """How soon a fresh label can be found is not known: rebuying is the user's decision, and never recovery's."""
    world.add(order := make_order())
    world.lose("purchase", effect=False)
    async with open_fulfiller(rebuy_after_settle=allowed) as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        clock.advance(540)
        report = await fulfiller.recover()
        assert len(report.uncertain) == 1, "the call may have waited for its rate limit before it was sent"
        clock.advance(120)
        report = await fulfiller.recover()
        assert len(report.uncertain) == (0 if allowed else 1)
        assert not world.labels, "recovery buys nothing"
        if allowed:
            await fulfiller.ship(order, parcels=[make_parcel()])
        else:
            with pytest.raises(PurchaseUncertainError):
                await fulfiller.ship(order, parcels=[make_parcel()])
    assert len(world.labels) == int(allowed)


async def test_several_shipments_under_one_reference_are_a_persons_matter(world: World, open_fulfiller: Open) -> None:
    """Which of them is ours cannot be known."""
    world.add(order := make_order())
    world.lose("purchase")
    world.fail("find", ConflictError("two shipments", provider="fakepost", operation="find"))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(PurchaseUncertainError, match="two shipments"):
            await fulfiller.ship(order, parcels=[make_parcel()])
    assert world.calls["find"] == 1


async def test_a_look_up_that_fails_is_repeated(world: World, open_fulfiller: Open) -> None:
    """A carrier that loses one answer often loses the next."""
    world.add(order := make_order())
    world.lose("purchase")
    world.fail("find", UnavailableError("down", provider="fakepost", operation="find"))
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
    assert world.calls["find"] == 2


async def test_a_found_label_that_cannot_be_given_back_stays_uncertain(world: World, open_fulfiller: Open) -> None:
    """Buying beside it would be the second label."""
    world.add(order := make_order())
    world.lose("purchase")
    world.void_refused = True
    async with open_fulfiller(carriers=[CancelCarrier(world)]) as fulfiller:
        with pytest.raises(PurchaseUncertainError, match="will not take it back"):
            await fulfiller.ship(order, parcels=[make_parcel()])
        world.void_refused = False
        report = await fulfiller.recover()
        assert report.voided == 1
        assert world.calls["purchase"] == 1
        await fulfiller.ship(order, parcels=[make_parcel()])
    assert len(world.live) == 1


async def test_labels_without_bytes_are_not_bought_for_ever(world: World, open_fulfiller: Open) -> None:
    """Two rounds, then somebody must look."""
    world.add(order := make_order())
    for _ in range(4):
        world.lose("purchase")
    async with open_fulfiller(carriers=[CancelCarrier(world)]) as fulfiller:
        with pytest.raises(LedgerError, match="no third one"):
            await fulfiller.ship(order, parcels=[make_parcel()])
    assert len(world.labels) == 2
    assert not world.live


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_a_definite_failure_is_no_doubt(world: World, open_fulfiller: Open, carrier: type[BlindCarrier]) -> None:
    """A connection that was refused sent nothing: the key is free at once."""
    world.add(order := make_order())
    world.fail("purchase", TransportError("refused", provider="fakepost", operation="ship"))
    async with open_fulfiller(carriers=[carrier(world)]) as fulfiller:
        with pytest.raises(TransportError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        assert (await fulfiller.recover()).found == 0
        await fulfiller.ship(order, parcels=[make_parcel()])
    assert len(world.labels) == 1


async def test_a_ledger_error_inside_the_driver_is_a_doubt(world: World, open_fulfiller: Open) -> None:
    """The driver keeps limits in the ledger after it was answered: the label may be bought."""
    world.add(order := make_order())
    world.fail("purchase", LedgerError("disk full"), after_effect=True)
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
    assert len(world.labels) == 1


async def test_cancellation_in_the_middle_of_a_purchase_leaves_it_on_record(world: World, open_fulfiller: Open) -> None:
    """A time-out around ship() is a crash in small: recovery finds the label."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        with anyio.CancelScope() as scope:

            async def cancel() -> None:
                scope.cancel()
                await anyio.lowlevel.checkpoint()

            world.hooks["purchase"] = cancel
            await fulfiller.ship(order, parcels=[make_parcel()])
        del world.hooks["purchase"]
        row = await fulfiller._desk.ledger.get_shipment(REF, "1")
        assert row is not None
        assert row.steps[0].state is StepState.SENDING
        report = await fulfiller.recover()
    assert (report.adopted, report.confirmed) == (1, 1)
    assert len(world.labels) == 1


async def test_a_second_label_that_is_refused_leaves_the_first(world: World, open_fulfiller: Open) -> None:
    """What was bought is visible and kept; the same key goes on from there."""
    world.add(order := make_order())
    carrier = BlindCarrier(world, per_parcel=True)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:

        async def refuse_next() -> None:
            if world.calls["purchase"] == 1:
                world.fail("purchase", RejectedError("too heavy", provider="fakepost", operation="ship"))

        world.hooks["purchase"] = refuse_next
        with pytest.raises(RejectedError):
            await fulfiller.ship(order, parcels=[make_parcel()] * 2)
        row = await fulfiller._desk.ledger.get_shipment(REF, "1")
        assert row is not None
        assert row.state is ShipmentState.PARTLY_BOUGHT
        assert [p.key for p in (await fulfiller.recover()).planned] == ["1"]
        assert len(world.labels) == 1
        done = await fulfiller.ship(order, parcels=[make_parcel()] * 2)
    assert len(world.live) == 2
    assert len(done.shipment.parcels) == 2
    assert done.shipment.total == usd("20")
    assert len({label.step_reference for label in world.labels}) == 2


async def test_resolve_bought_adopts_what_the_person_found(world: World, open_fulfiller: Open) -> None:
    """Then the channel is told, by recovery or by a repeat."""
    world.add(order := make_order())
    world.lose("purchase")
    async with open_fulfiller(carriers=[BlindCarrier(world)]) as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        await fulfiller.resolve(REF, outcome=Bought(world.labels[0].shipment))
        done = await fulfiller.ship(order, parcels=[make_parcel()])
    assert done.state is ShipmentState.CONFIRMED
    assert len(world.labels) == 1


async def test_resolve_not_bought_frees_the_key(world: World, open_fulfiller: Open) -> None:
    """The person has looked: there is no label."""
    world.add(order := make_order())
    world.lose("purchase", effect=False)
    async with open_fulfiller(carriers=[BlindCarrier(world)]) as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        await fulfiller.resolve(REF, outcome=NotBought())
        await fulfiller.ship(order, parcels=[make_parcel()])
        with pytest.raises(IdempotencyConflictError):
            await fulfiller.resolve(REF, outcome=NotBought())
    assert len(world.labels) == 1


async def test_resolve_voided_closes_the_key(world: World, open_fulfiller: Open) -> None:
    """The label was found and given back by hand: the next one has another key."""
    world.add(order := make_order())
    world.lose("purchase")
    async with open_fulfiller(carriers=[BlindCarrier(world)]) as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        world.labels[0].void = True
        await fulfiller.resolve(REF, outcome=Voided())
        with pytest.raises(IdempotencyConflictError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        await fulfiller.ship(order, parcels=[make_parcel()], key="2")
    assert len(world.live) == 1


async def test_resolve_refuses_another_carriers_shipment_and_unknown_keys(world: World, open_fulfiller: Open) -> None:
    """A slip of the person must not become the record."""
    world.add(order := make_order())
    world.lose("purchase")
    other = BlindCarrier(world, "other")
    async with open_fulfiller(carriers=[BlindCarrier(world)]) as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        foreign = await other.purchase(
            other.prepare_shipment((await fulfiller._desk.row(REF, "1")).request, reference="x").steps[0]  # type: ignore[arg-type]  # it is there
        )
        with pytest.raises(InvalidValueError):
            await fulfiller.resolve(REF, outcome=Bought(foreign))
        with pytest.raises(InvalidValueError):
            await fulfiller.resolve(REF, key="9", outcome=NotBought())


async def test_recovery_confirms_what_was_bought_and_reads_the_order_first(world: World, open_fulfiller: Open) -> None:
    """A label that nobody told the channel of is told late, unless the order was cancelled: then it is given back."""
    for order_id in ("1", "2"):
        world.add(order := make_order(order_id))
        world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
        async with open_fulfiller() as fulfiller:
            with pytest.raises(UnavailableError):
                await fulfiller.ship(order, parcels=[make_parcel()])
    world.cancel("2")
    async with open_fulfiller() as fulfiller:
        report = await fulfiller.recover()
        again = await fulfiller.recover()
    assert (report.found, report.confirmed, report.voided) == (2, 1, 1)
    assert report.problems == (), "nothing is left to be done about a label that was given back"
    assert again.found == 0
    assert len(world.live) == len(world.told) == 1


async def test_recovery_names_the_label_that_a_carrier_does_not_take_back(world: World, open_fulfiller: Open) -> None:
    """The order was cancelled, and its label is live: a person must look."""
    world.add(order := make_order())
    world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
    world.void_refused = True
    async with open_fulfiller() as fulfiller:
        with pytest.raises(UnavailableError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        world.cancel("1001")
        (problem,) = (await fulfiller.recover()).problems
    assert isinstance(problem.error, OrderChangedError)
    assert "CancelledButLive" in str(problem.error)


async def test_recovery_lists_what_was_planned_and_buys_none_of_it(world: World, open_fulfiller: Open) -> None:
    """Whether it is still wanted, the next ship() says."""
    world.add(order := make_order())

    async def ship(fulfiller: Fulfiller) -> None:
        await fulfiller.ship(order, parcels=[make_parcel()])

    async with open_fulfiller() as fulfiller:
        world.add(other := make_order("1000"))
        await fulfiller.ship(other, parcels=[make_parcel()])
        assert (await fulfiller.void(other.ref)).status is VoidStatus.VOIDED
    world.labels.clear()
    world.fate = Fate(die_at=world.fate.reached.index("after plan_shipment"))
    assert await until_dead(world, open_fulfiller, ship)
    async with open_fulfiller() as fulfiller:
        for _ in range(2):
            report = await fulfiller.recover()
            assert [(planned.ref, planned.key) for planned in report.planned] == [(REF, "1")]
        assert not world.labels
        assert (await fulfiller.void(REF)).status is VoidStatus.VOIDED
        assert (await fulfiller.recover()).planned == ()
    assert not world.labels


async def test_an_answer_that_arrives_with_the_cancellation_is_recorded(world: World, open_fulfiller: Open) -> None:
    """The label is bought and its bytes are here: they are not thrown away because somebody has lost patience."""
    world.add(order := make_order())
    scope = anyio.CancelScope()

    class Late(BlindCarrier):
        @override
        async def purchase(self, step: PurchaseStep) -> Shipment:
            sold = self._sell(step)
            scope.cancel()
            return sold

    async with open_fulfiller(carriers=[Late(world)]) as fulfiller:
        with scope:
            await fulfiller.ship(order, parcels=[make_parcel()])
        assert scope.cancelled_caught
        row = await fulfiller._desk.ledger.get_shipment(REF, "1")
        assert row is not None
        assert row.steps[0].state is StepState.DONE
        assert isinstance(row.steps[0].result, Shipment)
        assert row.steps[0].result.parcels[0].label is not None
