"""Several at once: one purchase, whoever runs, in one process or in several."""

from datetime import timedelta

import anyio
import pytest

from cartcarrier.errors import IdempotencyConflictError, InvalidValueError, LedgerError, RejectedError
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment import ShipFailure, Shipped, ShipPlan
from cartcarrier.http import ManualClock
from cartcarrier.ledger import Claim, LeaseLostError, ShipmentState
from cartcarrier.models import Order, OrderRef
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import AdoptCarrier, BlindCarrier, World, make_order, make_parcel

REF = OrderRef(channel="fakeshop:default", order_id="1001")


async def _ship_into(fulfiller: Fulfiller, order: Order, results: list[object], **more: object) -> None:
    try:
        results.append(await fulfiller.ship(order, **{"parcels": [make_parcel()], **more}))  # type: ignore[arg-type]  # as given
    except (IdempotencyConflictError, InvalidValueError, LedgerError) as exc:
        results.append(exc)


async def test_ten_calls_with_one_key_buy_once(world: World, open_fulfiller: Open) -> None:
    """The others wait for the first and get its result."""
    world.add(order := make_order())
    results: list[object] = []
    async with open_fulfiller() as fulfiller, anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(_ship_into, fulfiller, order, results)
    assert len(world.labels) == len(world.told) == 1
    assert len({shipped.shipment for shipped in results if isinstance(shipped, Shipped)}) == 1
    assert len(results) == 10


async def test_two_workers_with_one_key_buy_once(world: World, open_fulfiller: Open) -> None:
    """Between processes the lease in the ledger does what the lock does within one."""
    world.add(order := make_order())
    results: list[object] = []
    carriers = [BlindCarrier(world)]
    async with (
        open_fulfiller(carriers=carriers) as one,
        open_fulfiller(carriers=carriers) as two,
        anyio.create_task_group() as tasks,
    ):
        for fulfiller in (one, two, one, two):
            tasks.start_soon(_ship_into, fulfiller, order, results)
    assert len(world.labels) == len(world.told) == 1
    assert all(isinstance(result, Shipped) for result in results)


async def test_two_keys_for_the_same_pieces_buy_at_most_once(world: World, open_fulfiller: Open) -> None:
    """A double click with two keys ships nothing twice."""
    world.add(order := make_order())
    results: list[object] = []
    async with open_fulfiller() as one, open_fulfiller() as two, anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: _ship_into(one, order, results, key="1"))
        tasks.start_soon(lambda: _ship_into(two, order, results, key="2"))
    assert len(world.labels) == len(world.told) <= 1
    assert len([result for result in results if isinstance(result, Shipped)]) == len(world.labels)


async def test_a_second_key_that_is_told_meanwhile_is_seen(world: World, open_fulfiller: Open) -> None:
    """The order as it was read does not show what another worker told the channel since."""
    world.add(order := make_order())
    async with open_fulfiller() as slow, open_fulfiller() as fast:

        async def overtake() -> None:
            del world.hooks["get_rates default"]
            await fast.ship(order, parcels=[make_parcel()], key="fast")

        world.hooks["get_rates default"] = overtake
        with pytest.raises(IdempotencyConflictError):
            await slow.ship(order, parcels=[make_parcel()], key="slow")
    assert len(world.labels) == len(world.told) == 1


async def test_who_lost_the_lease_writes_nothing(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """A worker that slept through its lease finds another owner, and stops."""
    world.add(order := make_order())
    async with open_fulfiller() as slow, open_fulfiller() as fast:

        async def oversleep() -> None:
            del world.hooks["purchase"]
            clock.advance(3600)
            report = await fast.recover()
            assert (report.adopted, report.confirmed) == (1, 1)

        world.hooks["purchase"] = oversleep
        with pytest.raises(LeaseLostError):
            await slow.ship(order, parcels=[make_parcel()])
        row = await fast._desk.ledger.get_shipment(REF, "1")
    assert row is not None
    assert row.state is ShipmentState.CONFIRMED
    assert len(world.labels) == len(world.told) == 1


async def test_recovery_leaves_a_living_workers_shipment_alone(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """It waits for one lease; whoever renews it lives."""
    world.add(order := make_order())
    async with open_fulfiller() as buyer, open_fulfiller() as other:

        async def recover_meanwhile() -> None:
            del world.hooks["purchase"]
            turn = next(iter(buyer._desk._claims._active))
            done = anyio.Event()

            async def keep_alive() -> None:
                while not done.is_set():
                    await turn.renew()
                    await clock.sleep(5)

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(keep_alive)
                report = await other.recover()
                done.set()
            assert [busy.key for busy in report.busy] == ["1"]
            assert report.found == 0

        world.hooks["purchase"] = recover_meanwhile
        done = await buyer.ship(order, parcels=[make_parcel()])
    assert done.state is ShipmentState.CONFIRMED
    assert world.calls["find"] == 0


async def test_ship_many_ships_all_and_stops_for_none(world: World, open_fulfiller: Open) -> None:
    """A failure is a result among the others."""
    orders = [make_order(str(n)) for n in range(20)]
    world.add(*orders)
    world.fail("purchase", RejectedError("too heavy", provider="fakepost", operation="ship"))
    plans = [ShipPlan(order=order, parcels=[make_parcel()]) for order in orders]
    async with open_fulfiller() as fulfiller:
        results = [result async for result in fulfiller.ship_many(plans, concurrency=4)]
    failures = [result for result in results if isinstance(result, ShipFailure)]
    assert len(results) == 20
    assert [type(failure.error) for failure in failures] == [RejectedError]
    assert len(world.live) == len(world.told) == 19


async def test_ship_many_takes_plans_as_they_come(world: World, open_fulfiller: Open) -> None:
    """Orders that stream in can be shipped while the rest is read."""
    world.add(*(make_order(str(n)) for n in range(5)))
    async with open_fulfiller() as fulfiller:

        async def plans() -> object:
            async for order in fulfiller.orders():
                yield ShipPlan(order=order, parcels=[make_parcel()])

        results = [result async for result in fulfiller.ship_many(plans(), concurrency=2)]  # type: ignore[arg-type]  # an async generator
    assert len(results) == len(world.told) == 5


async def test_ship_many_left_early_ends_what_it_has_begun(world: World, open_fulfiller: Open) -> None:
    """No purchase is cut off; nothing new is begun."""
    world.add(*(make_order(str(n)) for n in range(40)))
    plans = [ShipPlan(order=order, parcels=[make_parcel()]) for order in world.orders.values()]
    async with open_fulfiller() as fulfiller:
        async for _ in fulfiller.ship_many(plans, concurrency=3):
            break
    assert 0 < len(world.labels) == len(world.told) < 40
    async with open_fulfiller() as fulfiller:
        assert (await fulfiller.recover()).found == 0


async def test_ship_many_needs_somebody_to_work(open_fulfiller: Open) -> None:
    """Nought at a time would wait for ever."""
    async with open_fulfiller() as fulfiller:
        with pytest.raises(InvalidValueError):
            fulfiller.ship_many([], concurrency=0)


async def test_a_held_shipment_is_not_waited_for_longer_than_allowed(world: World, open_fulfiller: Open) -> None:
    """Waiting in silence would be hanging."""
    world.add(order := make_order())
    async with (
        open_fulfiller(max_wait=timedelta(seconds=5)) as one,
        open_fulfiller(max_wait=timedelta(seconds=5)) as two,
    ):

        async def meanwhile() -> None:
            del world.hooks["purchase"]
            with pytest.raises(LedgerError, match="another worker"):
                await two.ship(order, parcels=[make_parcel()])

        world.hooks["purchase"] = meanwhile
        await one.ship(order, parcels=[make_parcel()])
    assert len(world.labels) == 1


def test_carriers_of_the_matrix_are_all_here() -> None:
    """A fifth kind of safety needs its row in the crash matrix."""
    from cartcarrier.models import PurchaseSafety
    from tests.unit.fulfillment.fakes import CARRIERS

    assert {carrier.purchase_safety for carrier in CARRIERS} == set(PurchaseSafety)
    assert AdoptCarrier in CARRIERS


async def test_a_renewal_that_comes_late_does_not_bring_an_old_lease_back(world: World, open_fulfiller: Open) -> None:
    """While the lease is renewed the shipment is planned anew under a higher fence: that one counts."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        desk = fulfiller._desk
        async with desk.turn(REF, "1") as turn:
            await turn.take(patience=timedelta(0))
            old = turn.claim
            renew = desk.ledger.renew

            async def slow_renew(claim: Claim, **rest: object) -> Claim:
                renewed = await renew(claim, **rest)  # type: ignore[arg-type]  # passed on
                newer = await desk.ledger.claim(REF, "1", owner=turn.owner, lease=timedelta(seconds=30), now=desk.now())
                assert newer is not None
                turn.given(newer)
                return renewed

            desk.ledger.renew = slow_renew  # type: ignore[method-assign]  # a ledger that is slow
            await turn.renew()
            assert turn.claim.fence > old.fence
