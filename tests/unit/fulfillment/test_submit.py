"""Somebody else's warehouse: an order is handed over once, and each of its packages told once to the channel it came from."""

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import cast

import anyio
import attrs
import pytest

from cartcarrier.errors import (
    CartCarrierError,
    ConfigurationError,
    ConflictError,
    IdempotencyConflictError,
    InvalidValueError,
    OperationError,
    OrderChangedError,
    RejectedError,
    TransportError,
    UnavailableError,
)
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment import Bought, NotBought, Submitted
from cartcarrier.http import ManualClock
from cartcarrier.ledger import ShipmentState, WorkState
from cartcarrier.models import CancellationStatus, OrderRef, OrderStatus, ProviderOrder, ProviderOrderStatus, VoidStatus
from cartcarrier.testing import make_shipment
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import (
    HOME,
    NOON,
    FakeProvider,
    World,
    make_order,
    make_parcel,
)

REF = OrderRef(channel="fakeshop:default", order_id="1001")
WAREHOUSE = "fakewarehouse:default"


@pytest.fixture
def open_fulfiller(world: World, open_fulfiller: Open) -> Open:
    """As elsewhere, with a warehouse."""
    return lambda **settings: open_fulfiller(**{"providers": [FakeProvider(world)], **settings})


async def state(fulfiller: Fulfiller, key: str = "1") -> ShipmentState:
    """Where the ledger says that it stands."""
    row = await fulfiller._desk.ledger.get_shipment(REF, key)
    assert row is not None
    return row.state


async def news(fulfiller: Fulfiller) -> list[Submitted]:
    """All that comes of it, until nothing is with the warehouse."""
    return [change async for change in fulfiller.follow_submissions()]


async def first_news(fulfiller: Fulfiller) -> Submitted:
    """What comes of it first; then nobody listens any more."""
    async with contextlib.aclosing(cast("AsyncGenerator[Submitted]", fulfiller.follow_submissions())) as follow:
        return await anext(follow)


async def test_an_order_is_handed_over_followed_and_confirmed_package_by_package(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """The whole way: one order at the warehouse, each number once at the channel, and nothing is left open."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        done = await fulfiller.submit(order, provider=WAREHOUSE)
        assert (done.state, done.order.status) == (ShipmentState.SUBMITTED, ProviderOrderStatus.RECEIVED)
        assert [open_order async for open_order in fulfiller.orders()] == []
        world.send("P1", status=ProviderOrderStatus.PARTIALLY_SHIPPED, a=2)
        follow = fulfiller.follow_submissions()
        first = await anext(follow)
        assert [told.parcels[0].tracking_number for told in first.fulfillments] == ["P1"]
        assert world.orders["1001"].status is OrderStatus.PARTIALLY_FULFILLED
        world.send("P2", b=1)
        (last,) = [change async for change in follow]
        assert last.state is ShipmentState.CONFIRMED
        assert await fulfiller._desk.ledger.next_shipment_due() is None
        row = await fulfiller._desk.ledger.get_order(REF)
        assert row is not None
        assert row.state is WorkState.SHIPPED
    assert [(told.parcels[0].tracking_number, dict(told.lines)) for told in world.told] == [
        ("P1", {"a": 2}),
        ("P2", {"b": 1}),
    ]
    assert world.submitted == {done.reference: 1}


async def test_a_lost_answer_is_looked_up(world: World, open_fulfiller: Open) -> None:
    """What the warehouse has is adopted; nothing is sent again."""
    world.add(order := make_order())
    world.lose("submit")
    async with open_fulfiller() as fulfiller:
        done = await fulfiller.submit(order, provider=WAREHOUSE)
        assert await state(fulfiller) is ShipmentState.SUBMITTED
        again = await fulfiller.submit(order, provider=WAREHOUSE)
    assert again == done
    assert world.submitted == {done.reference: 1}


async def test_a_hand_over_that_shows_late_is_found(world: World, open_fulfiller: Open) -> None:
    """Right after it "not found" means nothing."""
    world.add(order := make_order())
    world.lose("submit")
    world.found_after = timedelta(seconds=9)
    async with open_fulfiller() as fulfiller:
        done = await fulfiller.submit(order, provider=WAREHOUSE)
    assert world.submitted == {done.reference: 1}


async def test_what_never_arrived_is_sent_once_more_under_the_same_reference(
    world: World, open_fulfiller: Open
) -> None:
    """The same reference twice is one order, so this is safe."""
    world.add(order := make_order())
    world.lose("submit", effect=False)
    async with open_fulfiller() as fulfiller:
        done = await fulfiller.submit(order, provider=WAREHOUSE)
    assert world.calls["submit"] == 2
    assert world.submitted == {done.reference: 1}


async def test_what_cannot_be_known_stays_uncertain_until_the_warehouse_answers(
    world: World, open_fulfiller: Open
) -> None:
    """The warehouse is down: no label is bought meanwhile, and recovery finds what it has."""
    world.add(order := make_order())
    world.lose("submit")
    down = UnavailableError("down", provider="fakewarehouse", operation="get_status")
    world.fail("get_status", down)
    async with open_fulfiller() as fulfiller:
        with pytest.raises(TransportError):
            await fulfiller.submit(order, provider=WAREHOUSE)
        assert await state(fulfiller) is ShipmentState.UNCERTAIN
        with pytest.raises(IdempotencyConflictError):
            await fulfiller.ship(order, parcels=[make_parcel()], key="2")
        report = await fulfiller.recover()
        assert (report.found, report.adopted, report.uncertain) == (1, 1, ())
        assert await state(fulfiller) is ShipmentState.SUBMITTED
        assert (await fulfiller.recover()).found == 0
    assert not world.labels


async def test_recovery_hands_nothing_over(world: World, open_fulfiller: Open) -> None:
    """What the warehouse does not know is said; the caller, who knows the order, decides."""
    world.add(order := make_order())
    for _ in range(2):
        world.lose("submit", effect=False)
    async with open_fulfiller() as fulfiller:
        with pytest.raises(TransportError):
            await fulfiller.submit(order, provider=WAREHOUSE)
        report = await fulfiller.recover()
        assert "resolve()" in report.uncertain[0].why
        assert world.calls["submit"] == 2
        await fulfiller.resolve(REF, outcome=NotBought())
        assert await state(fulfiller) is ShipmentState.FAILED
        await fulfiller.ship(order, parcels=[make_parcel()])
    assert len(world.live) == 1
    assert not world.handed


async def test_a_refusal_frees_the_key_and_the_next_try_has_another_reference(
    world: World, open_fulfiller: Open
) -> None:
    """Nothing was taken; a warehouse may refuse the old reference for ever."""
    world.add(order := make_order())
    world.fail("submit", RejectedError("no stock", provider="fakewarehouse", operation="submit"))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(RejectedError):
            await fulfiller.submit(order, provider=WAREHOUSE)
        assert await state(fulfiller) is ShipmentState.FAILED
        assert [open_order.id async for open_order in fulfiller.orders()] == ["1001"]
        refused = await fulfiller._desk.ledger.get_shipment(REF, "1")
        done = await fulfiller.submit(order, provider=WAREHOUSE)
    assert refused is not None
    assert done.reference != refused.reference
    assert list(world.handed) == [done.reference]


async def test_an_older_order_under_our_reference_is_said(world: World, open_fulfiller: Open) -> None:
    """The first try arrived after all, and the order was edited since: the warehouse ships the old one."""
    world.add(order := make_order())
    for _ in range(2):
        world.lose("submit", effect=False)
    async with open_fulfiller() as fulfiller:
        with pytest.raises(TransportError):
            await fulfiller.submit(order, provider=WAREHOUSE)
        world.found_after = timedelta(0)

        async def arrive() -> None:
            (row,) = await fulfiller._desk.ledger.list_shipments(ref=REF)
            received = ProviderOrder(reference=row.reference, status=ProviderOrderStatus.RECEIVED)
            world.handed[row.reference] = received
            world.handed_at[row.reference] = NOON

        world.fail("submit", ConflictError("other goods", provider="fakewarehouse", operation="submit"))
        looks = 0

        async def hook() -> None:
            nonlocal looks
            looks += 1
            if looks == 1:
                await arrive()

        world.hooks["get_order"] = hook
        with pytest.raises(OrderChangedError, match="before it changed"):
            await fulfiller.submit(order, provider=WAREHOUSE)
        assert await state(fulfiller) is ShipmentState.SUBMITTED


@pytest.mark.parametrize(
    "change",
    [
        {"ship_to": attrs.evolve(HOME, city="Bend")},
        {"status": OrderStatus.CANCELLED},
        {"holds": ("fraud",)},
        {"cancel_requested": True},
        {"lines": (attrs.evolve(make_order().lines[0], quantity=1, unfulfilled_quantity=1), make_order().lines[1])},
    ],
    ids=["address", "cancelled", "held", "cancellation asked", "edited"],
)
async def test_a_changed_order_is_not_handed_over(
    world: World, open_fulfiller: Open, change: dict[str, object]
) -> None:
    """As for our own labels."""
    world.add(order := make_order())
    world.change("1001", **change)
    async with open_fulfiller() as fulfiller:
        with pytest.raises(OrderChangedError):
            await fulfiller.submit(order, provider=WAREHOUSE)
        assert await fulfiller._desk.ledger.list_shipments(ref=REF) == []
    assert not world.submitted


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"status": OrderStatus.ON_HOLD}, "order.status"), ({"lines": ()}, "order.lines")],
    ids=["held", "nothing open"],
)
async def test_what_must_not_be_shipped_is_not_handed_over(
    world: World, open_fulfiller: Open, changes: dict[str, object], field: str
) -> None:
    """Nothing is written down."""
    world.add(order := attrs.evolve(make_order(), **changes))  # type: ignore[arg-type]  # any field of an order
    async with open_fulfiller() as fulfiller:
        with pytest.raises(InvalidValueError) as caught:
            await fulfiller.submit(order, provider=WAREHOUSE)
        with pytest.raises(ConfigurationError):
            await fulfiller.submit(order, provider="nobody:x")
        with pytest.raises(InvalidValueError):
            await fulfiller.submit(order, provider=WAREHOUSE, key="a/b")
    assert caught.value.field == field


async def test_an_order_has_one_way_out(world: World, open_fulfiller: Open) -> None:
    """Handed over, it is not labelled; labelled, it is not handed over; and it is not handed over twice."""

    class Other(FakeProvider):
        driver = "otherwarehouse"

    world.add(order := make_order(), labelled := make_order("2"))
    async with open_fulfiller(providers=[FakeProvider(world), Other(world)]) as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        for key in ("1", "2"):
            with pytest.raises(IdempotencyConflictError, match="handed to"):
                await fulfiller.ship(order, parcels=[make_parcel()], key=key)
            with pytest.raises(IdempotencyConflictError, match="handed to"):
                await fulfiller.ship(order, parcels=[make_parcel(a=2)], key=key)
            with pytest.raises(IdempotencyConflictError):
                await fulfiller.submit(order, provider="otherwarehouse:default", key=key)
        world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
        with pytest.raises(UnavailableError):
            await fulfiller.ship(labelled, parcels=[make_parcel()])
        for key in ("1", "2"):
            with pytest.raises(IdempotencyConflictError):
                await fulfiller.submit(labelled, provider=WAREHOUSE, key=key)
    assert len(world.live) == 1
    assert len(world.handed) == 1


async def test_what_labels_left_open_can_be_handed_over(world: World, open_fulfiller: Open) -> None:
    """Half by us, half by the warehouse: each piece once."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel(a=2)])
        await fulfiller.submit(world.orders["1001"], provider=WAREHOUSE, key="2")
        world.send("P1", b=1)
        await news(fulfiller)
        row = await fulfiller._desk.ledger.get_order(REF)
        assert row is not None
        assert row.state is WorkState.SHIPPED
    assert [dict(told.lines) for told in world.told] == [{"a": 2}, {"b": 1}]


@pytest.mark.parametrize("keys", [("1", "1"), ("1", "2")], ids=["one key", "two keys"])
async def test_two_workers_hand_it_over_once(world: World, open_fulfiller: Open, keys: tuple[str, str]) -> None:
    """Ship and submit, or submit twice, at the same moment: at most one way out."""
    world.add(order := make_order())
    async with open_fulfiller() as one, open_fulfiller() as other:
        results: list[object] = []

        async def attempt(fulfiller: Fulfiller, key: str, *, label: bool) -> None:
            try:
                if label:
                    results.append(await fulfiller.ship(order, parcels=[make_parcel()], key=key))
                else:
                    results.append(await fulfiller.submit(order, provider=WAREHOUSE, key=key))
            except CartCarrierError as exc:
                results.append(exc)

        async with anyio.create_task_group() as tasks:
            for fulfiller, key, label in ((one, keys[0], False), (other, keys[1], False), (other, keys[1], True)):
                tasks.start_soon(partial(attempt, fulfiller, key, label=label))
    assert len(world.handed) + len(world.live) <= 1
    assert all(count == 1 for count in world.submitted.values())


async def test_a_package_is_told_once_whatever_is_lost(world: World, open_fulfiller: Open) -> None:
    """The channel takes a second fulfillment for the same pieces, so it is read first."""
    world.add(order := make_order())
    world.takes_twice = True
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        world.send("P1", a=2, b=1)
        world.lose("fulfill")
        await news(fulfiller)
        assert await state(fulfiller) is ShipmentState.CONFIRMED
        await fulfiller.recover()
    assert [told.parcels[0].tracking_number for told in world.told] == ["P1"]


async def test_one_package_that_cannot_be_told_holds_up_none_of_the_others(world: World, open_fulfiller: Open) -> None:
    """It is told the next time."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        world.send("P1", a=2)
        world.send("P2", b=1)
        world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
        changes = await news(fulfiller)
        assert [len(change.fulfillments) for change in changes] == [1, 2]
    assert [told.parcels[0].tracking_number for told in world.told] == ["P2", "P1"]


async def test_recovery_tells_what_the_process_before_did_not(world: World, open_fulfiller: Open) -> None:
    """Told to nobody yet, known to the ledger."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        world.send("P1", a=2, b=1)
        world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
        assert (await first_news(fulfiller)).state is ShipmentState.SUBMITTED
        report = await fulfiller.recover()
        assert report.confirmed == 1
        assert (await fulfiller.recover()).found == 0
    assert len(world.told) == 1


async def test_packages_that_do_not_say_what_is_in_them_are_told_together_at_the_end(
    world: World, open_fulfiller: Open
) -> None:
    """Which pieces left is known only once all have."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        world.send("P1", status=ProviderOrderStatus.PARTIALLY_SHIPPED)
        follow = fulfiller.follow_submissions()
        assert (await anext(follow)).fulfillments == ()
        world.send("P2")
        (last,) = [change async for change in follow]
        assert last.state is ShipmentState.CONFIRMED
    (told,) = world.told
    assert dict(told.lines) == {"a": 2, "b": 1}
    assert [parcel.tracking_number for parcel in told.parcels] == ["P1", "P2"]


@pytest.mark.parametrize("status", [ProviderOrderStatus.REJECTED, ProviderOrderStatus.CANCELLED])
async def test_what_the_warehouse_will_not_ship_is_open_work_again(
    world: World, open_fulfiller: Open, status: ProviderOrderStatus
) -> None:
    """No stock after all: the order is handed on again, and a label may be bought."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        done = await fulfiller.submit(order, provider=WAREHOUSE)
        world.handed[done.reference] = attrs.evolve(done.order, status=status)
        assert [change.order.status for change in await news(fulfiller)] == [status]
        (again,) = [open_order async for open_order in fulfiller.orders()]
        await fulfiller.ship(again, parcels=[make_parcel()], key="2")
    assert len(world.live) == 1


async def test_a_part_that_will_not_come_is_closed_by_a_persons_word(world: World, open_fulfiller: Open) -> None:
    """What left is told; the rest is open again."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        world.send("P1", status=ProviderOrderStatus.PARTIALLY_SHIPPED, a=2)
        await first_news(fulfiller)
        with pytest.raises(InvalidValueError):
            await fulfiller.resolve(REF, outcome=Bought(make_shipment()))
        await fulfiller.resolve(REF, outcome=NotBought())
        with pytest.raises(IdempotencyConflictError):
            await fulfiller.resolve(REF, outcome=NotBought())
        (again,) = [open_order async for open_order in fulfiller.orders()]
        await fulfiller.ship(again, parcels=[make_parcel()], key="2")
    assert [dict(told.lines) for told in world.told] == [{"a": 2}, {"b": 1}]


async def test_a_part_that_will_not_come_is_closed_by_the_warehouses_word(world: World, open_fulfiller: Open) -> None:
    """Amazon says that an order is complete in part: nobody waits for the rest, which is open again."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        world.send("P1", status=ProviderOrderStatus.PARTIALLY_SHIPPED, final=True, a=2)
        await news(fulfiller)
        assert await state(fulfiller) is ShipmentState.CONFIRMED
        assert await fulfiller._desk.ledger.next_shipment_due() is None
        (again,) = [open_order async for open_order in fulfiller.orders()]
        await fulfiller.ship(again, parcels=[make_parcel()], key="2")
    assert [dict(told.lines) for told in world.told] == [{"a": 2}, {"b": 1}]


async def test_what_was_told_of_a_part_covers_nothing_more(world: World, open_fulfiller: Open) -> None:
    """One of two mugs came, the other will not: just that one is left to be labelled."""
    world.add(order := make_order(lines=make_order().lines[:1]))
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        world.send("P1", status=ProviderOrderStatus.CANCELLED, a=1)
        await news(fulfiller)
        assert await state(fulfiller) is ShipmentState.CONFIRMED
        (again,) = [open_order async for open_order in fulfiller.orders()]
        await fulfiller.ship(again, parcels=[make_parcel()], key="2")
    assert [dict(told.lines) for told in world.told] == [{"a": 1}, {"a": 1}]


# --- cancelling


async def test_cancelling_asks_the_warehouse_first(world: World, open_fulfiller: Open) -> None:
    """Then the channel; nothing is shipped, nothing told."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        done = await fulfiller.submit(order, provider=WAREHOUSE)
        asked: list[str] = []
        world.hooks["cancel"] = _noting(asked, "warehouse")
        world.hooks["cancel_order"] = _noting(asked, "channel")
        result = await fulfiller.cancel(REF)
        assert result.status is CancellationStatus.DONE
        assert asked == ["warehouse", "channel"]
        assert await state(fulfiller) is ShipmentState.VOIDED
        assert await news(fulfiller) == []
        with pytest.raises(CartCarrierError):
            await fulfiller.submit(order, provider=WAREHOUSE)
    assert world.handed[done.reference].status is ProviderOrderStatus.CANCELLED
    assert world.orders["1001"].status is OrderStatus.CANCELLED


def _noting(asked: list[str], name: str) -> Callable[[], Awaitable[None]]:
    async def note() -> None:
        asked.append(name)

    return note


async def test_what_the_warehouse_ships_is_not_cancelled(world: World, open_fulfiller: Open) -> None:
    """Picking has begun: refused, the channel is not asked, and the package is told when it leaves."""
    world.add(order := make_order())
    world.warehouse_answer = CancellationStatus.REFUSED
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        result = await fulfiller.cancel(REF)
        assert (result.status, "fakewarehouse" in (result.message or "")) == (CancellationStatus.REFUSED, True)
        assert world.calls["cancel_order"] == 0
        world.send("P1", a=2, b=1)
        await news(fulfiller)
        assert await state(fulfiller) is ShipmentState.CONFIRMED
    assert world.orders["1001"].status is OrderStatus.FULFILLED


async def test_a_warehouse_that_has_not_decided_is_asked_again(world: World, open_fulfiller: Open) -> None:
    """Meanwhile the order is neither shipped nor cancelled; recovery brings it to its end."""
    world.add(order := make_order())
    world.warehouse_answer = CancellationStatus.PENDING
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        assert (await fulfiller.cancel(REF)).status is CancellationStatus.PENDING
        assert await state(fulfiller) is ShipmentState.VOIDING
        world.warehouse_answer = CancellationStatus.DONE
        report = await fulfiller.recover()
        assert report.problems == ()
    assert world.orders["1001"].status is OrderStatus.CANCELLED


async def test_a_channel_that_refuses_leaves_an_order_to_hand_over_again(world: World, open_fulfiller: Open) -> None:
    """The warehouse has let go, the buyer still waits: that is said."""
    world.add(order := make_order())
    world.cancel_answer = CancellationStatus.REFUSED
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        result = await fulfiller.cancel(REF)
        assert result.status is CancellationStatus.REFUSED
        assert "hand it over again" in (result.message or "")
        (again,) = [open_order async for open_order in fulfiller.orders()]
        await fulfiller.submit(again, provider=WAREHOUSE, key="2")


async def test_an_order_cancelled_at_its_channel_is_asked_back(world: World, open_fulfiller: Open) -> None:
    """Seen when the warehouse is looked at, before anything has left."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        world.cancel("1001")
        (change,) = await news(fulfiller)
        assert change.state is ShipmentState.VOIDED
    assert not world.told


async def test_cancelled_and_shipped_all_the_same_is_found(world: World, open_fulfiller: Open) -> None:
    """Nobody can take it back: a person is told, and asked no more."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        world.send("P1", a=2, b=1)
        world.cancel("1001")
        await news(fulfiller)
        findings = [finding async for finding in fulfiller.reconcile(NOON)]
        assert [type(finding).__name__ for finding in findings] == ["CancelledButLive"]
        result = await fulfiller.cancel(REF)
        assert "CancelledButLive" in (result.message or "")
    assert not world.told


async def test_void_asks_the_warehouse_back(world: World, open_fulfiller: Open) -> None:
    """The order stays open, and another key may ship it; a repeat says the same."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        for _ in range(2):
            assert (await fulfiller.void(REF)).status is VoidStatus.VOIDED
        await fulfiller.ship(order, parcels=[make_parcel()], key="2")
    assert world.calls["cancel"] == 1
    assert len(world.live) == 1


async def test_void_of_what_has_left_or_is_not_decided(world: World, open_fulfiller: Open) -> None:
    """Refused, or an error that says to ask again."""
    world.add(order := make_order())
    world.warehouse_answer = CancellationStatus.PENDING
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        with pytest.raises(OperationError, match="not decided"):
            await fulfiller.void(REF)
        world.send("P1", a=2, b=1)
        assert (await fulfiller.void(REF)).status is VoidStatus.REFUSED
        await news(fulfiller)
        assert (await fulfiller.void(REF)).status is VoidStatus.REFUSED
    assert len(world.told) == 1


async def test_reconcile_tells_the_channel_what_it_forgot(world: World, open_fulfiller: Open) -> None:
    """And does not take the warehouse's numbers for somebody else's."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.submit(order, provider=WAREHOUSE)
        world.send("P1", a=2, b=1)
        await news(fulfiller)
        assert [finding async for finding in fulfiller.reconcile(NOON)] == []
        world.fulfillments.clear()
        world.takes_twice = True
        world.change("1001", lines=order.lines, status=OrderStatus.UNFULFILLED)
        (finding,) = [finding async for finding in fulfiller.reconcile(NOON)]
        assert type(finding).__name__ == "NotConfirmed"
        await finding.fix()
        await finding.fix()
    assert [told.parcels[0].tracking_number for told in world.told] == ["P1"]
