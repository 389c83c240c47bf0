"""A push hands an order to nobody: no count knows of what only a push has met. And a refusal does not undo a lost answer."""

from datetime import timedelta

import anyio
import attrs
import pytest
from typing_extensions import override

from cartcarrier.drivers import SupportsWebhooks
from cartcarrier.errors import IdempotencyConflictError, PurchaseUncertainError, RejectedError
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment import NotBought
from cartcarrier.http import ManualClock
from cartcarrier.ledger import ShipmentState
from cartcarrier.models import (
    Event,
    InventoryLevel,
    OrderChanged,
    OrderRef,
    OrderStatus,
    WebhookOutcome,
    WebhookRequest,
)
from tests.unit.fulfillment.conftest import Open, until_dead
from tests.unit.fulfillment.fakes import FakeChannel, FakeProvider, Fate, OrderChannel, World, make_order, make_parcel

SHOP = "fakeshop:default"
REF = OrderRef(channel=SHOP, order_id="1001")
WAREHOUSE = "fakewarehouse:default"
PUSH = WebhookRequest(method="POST", url="https://hooks.example", headers={}, body=b"{}")


@pytest.fixture
def channel(world: World) -> FakeChannel:
    """Keeps stock, and pushes."""
    return FakeChannel(world)


@pytest.fixture
def open_fulfiller(world: World, channel: FakeChannel, open_fulfiller: Open) -> Open:
    """As elsewhere, with a channel that pushes and a warehouse."""
    return lambda **settings: open_fulfiller(
        **{"channels": [channel], "providers": [FakeProvider(world)], **settings},
    )


class Pushing(OrderChannel, SupportsWebhooks):
    """A channel that pushes, and keeps no stock."""

    pushes: tuple[Event, ...] = ()

    @override
    async def receive(self, request: WebhookRequest) -> WebhookOutcome:
        return WebhookOutcome(events=self.pushes)


async def push(fulfiller: Fulfiller, channel: FakeChannel | Pushing, *order_ids: str) -> None:
    """Let the channel push that orders have changed."""
    pushed = sum(channel.world.calls.values())
    channel.pushes = tuple(
        OrderChanged(id=f"{pushed}/{order_id}", account=SHOP, order_id=order_id, what="orders/updated")
        for order_id in order_ids
    )
    await fulfiller.handle_webhook(SHOP, PUSH)


async def tell(fulfiller: Fulfiller, available: int = 10, **when: object) -> None:
    """Tell all channels of A."""
    await fulfiller.set_inventory([InventoryLevel(sku="A", available=available)], **when)  # type: ignore[arg-type]  # as_of


def told(world: World) -> int | None:
    """What the channel has."""
    return world.stock.get((SHOP, "A"))


async def drain(fulfiller: Fulfiller) -> list[str]:
    """All that is open work."""
    return [order.id async for order in fulfiller.orders()]


# --- stock


async def test_what_a_push_met_first_is_taken_off_until_it_is_handed_on(
    world: World, channel: FakeChannel, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Nobody was handed it, so whoever counts does not know of it: two of ten are sold."""
    world.add(make_order())
    async with open_fulfiller() as fulfiller:
        await push(fulfiller, channel, "1001")
        for _ in range(2):
            clock.advance(60)
            await tell(fulfiller)
            assert told(world) == 8
        clock.advance(60)
        assert await drain(fulfiller) == ["1001"]
        clock.advance(60)
        await tell(fulfiller, 8)
        assert told(world) == 8, "handed on: nothing is taken off twice"


async def test_what_a_push_reads_again_was_not_handed_on(
    world: World, channel: FakeChannel, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Met while stock was told, then edited: still nobody counts without it."""
    world.add(make_order())
    async with open_fulfiller() as fulfiller:
        await tell(fulfiller)
        for _ in range(2):
            clock.advance(60)
            await push(fulfiller, channel, "1001")
            clock.advance(60)
            await tell(fulfiller)
            assert told(world) == 8


async def test_what_a_push_releases_is_taken_off(
    world: World, channel: FakeChannel, open_fulfiller: Open, clock: ManualClock
) -> None:
    """It waited when orders() wrote it down and kept it back; paid for, it is still handed to nobody."""
    world.add(make_order(status=OrderStatus.PENDING))
    async with open_fulfiller() as fulfiller:
        assert await drain(fulfiller) == []
        clock.advance(60)
        world.change("1001", status=OrderStatus.UNFULFILLED, updated_at=clock.now())
        await push(fulfiller, channel, "1001")
        clock.advance(60)
        await tell(fulfiller)
        assert told(world) == 8


async def test_a_push_after_it_was_handed_on_takes_nothing_off_again(
    world: World, channel: FakeChannel, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Whoever counts after orders() gave it out knows of it, whatever is pushed of it later."""
    world.add(make_order())
    async with open_fulfiller() as fulfiller:
        await push(fulfiller, channel, "1001")
        clock.advance(60)
        assert await drain(fulfiller) == ["1001"]
        clock.advance(60)
        counted = clock.now()
        clock.advance(60)
        for _ in range(2):
            await push(fulfiller, channel, "1001")
            clock.advance(60)
            await tell(fulfiller, 8, as_of=counted)
            assert told(world) == 8


@pytest.mark.parametrize("status", [OrderStatus.CANCELLED, OrderStatus.FULFILLED])
async def test_what_a_push_ends_is_taken_off_no_more(
    world: World, channel: FakeChannel, open_fulfiller: Open, clock: ManualClock, status: OrderStatus
) -> None:
    """Cancelled, or gone from the shelf: the next count is whole."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await push(fulfiller, channel, "1001")
        clock.advance(60)
        gone = [attrs.evolve(line, unfulfilled_quantity=0) for line in order.lines]
        world.change("1001", status=status, lines=gone, updated_at=clock.now())
        await push(fulfiller, channel, "1001")
        clock.advance(60)
        await tell(fulfiller)
    assert told(world) == 10


async def test_pushes_while_stock_is_told_are_not_lost(
    world: World, channel: FakeChannel, open_fulfiller: Open, clock: ManualClock
) -> None:
    """A push is answered although the reading is slow, and what it marked outlives what the reading writes after it."""
    world.add(make_order("1"))
    reading, go_on = anyio.Event(), anyio.Event()

    async def slow() -> None:
        reading.set()
        await go_on.wait()

    async with open_fulfiller() as fulfiller:
        await tell(fulfiller)
        clock.advance(60)
        world.hooks["list_orders default"] = slow
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(tell, fulfiller)
            await reading.wait()
            world.add(make_order("2"), make_order("3"))
            clock.advance(1)
            with anyio.fail_after(5):
                async with anyio.create_task_group() as pushes:
                    for order_id in ("1", "2", "3"):
                        pushes.start_soon(push, fulfiller, channel, order_id)
            go_on.set()
        assert told(world) == 4
        clock.advance(60)
        await tell(fulfiller)
        assert told(world) == 4


async def test_a_push_that_dies_anywhere_forgets_nothing(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Marked before it is written down; a mark without its order does no harm."""
    for at in range(100):
        channel = FakeChannel(world)
        world.add(make_order(str(at)))
        world.fate = Fate(die_at=at)

        async def work(fulfiller: Fulfiller, channel: FakeChannel = channel, order_id: str = str(at)) -> None:
            await push(fulfiller, channel, order_id)

        died = await until_dead(world, open_fulfiller, work, channels=[channel])
        async with open_fulfiller() as fulfiller:
            clock.advance(60)
            await tell(fulfiller, 1000)
        assert told(world) == 1000 - 2 * (at + 1), world.fate.reached
        if not died:
            break
    assert not died


async def test_a_mark_that_another_process_wrote_over_is_written_again(
    world: World, channel: FakeChannel, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Two web processes are pushed at the same moment: the ledger's cursor is whoever's writes last."""
    world.add(make_order())
    async with open_fulfiller() as fulfiller:
        ledger = fulfiller._desk.ledger
        record = ledger.record_orders

        async def overwritten(*args: object, **kwargs: object) -> None:
            await ledger.save_cursor("stock", "[]")
            await record(*args, **kwargs)  # type: ignore[arg-type]  # as given

        ledger.record_orders = overwritten  # type: ignore[method-assign]  # the other process
        await push(fulfiller, channel, "1001")
        ledger.record_orders = record  # type: ignore[method-assign]  # as it was
        clock.advance(60)
        await tell(fulfiller)
        assert told(world) == 8


async def test_pushes_to_channels_without_stock_are_not_remembered(world: World, open_fulfiller: Open) -> None:
    """Nobody is told a count there: nothing but the order is written."""
    channel = Pushing(world)
    world.add(make_order())
    async with open_fulfiller(channels=[channel]) as fulfiller:
        await push(fulfiller, channel, "1001")
        assert await fulfiller._desk.ledger.load_cursor("stock") is None
        assert await fulfiller._desk.ledger.get_order(REF) is not None


async def test_who_never_tells_stock_does_not_gather_marks(
    world: World, channel: FakeChannel, open_fulfiller: Open, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was handed on the day before is forgotten now and then."""
    monkeypatch.setattr("cartcarrier.fulfillment._fresh._TIDIED", 3)
    async with open_fulfiller() as fulfiller:
        for day in range(5):
            world.add(make_order(str(day)))
            await push(fulfiller, channel, str(day))
            clock.advance(60)
            await drain(fulfiller)
            clock.advance(timedelta(days=1).total_seconds())
        marks = await fulfiller._desk.ledger.load_cursor("stock")
    assert (marks or "").count(SHOP) <= 3


# --- a refusal after a lost answer


REFUSAL = RejectedError("no stock", provider="fakewarehouse", operation="submit")


async def state(fulfiller: Fulfiller) -> ShipmentState:
    """Where the ledger says that it stands."""
    return (await fulfiller._desk.row(REF, "1")).state


async def test_a_refusal_after_a_lost_answer_proves_nothing(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """The first sending shows only later: until then no label is bought, and then it is adopted."""
    world.add(order := make_order())
    world.found_after = timedelta(minutes=5)
    world.lose("submit")
    world.fail("submit", REFUSAL)
    async with open_fulfiller() as fulfiller:
        with pytest.raises(PurchaseUncertainError) as caught:
            await fulfiller.submit(order, provider=WAREHOUSE)
        assert caught.value.__cause__ is REFUSAL
        assert await state(fulfiller) is ShipmentState.UNCERTAIN
        with pytest.raises(IdempotencyConflictError):
            await fulfiller.ship(order, parcels=[make_parcel()], key="2")
        world.fail("submit", REFUSAL)
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.submit(order, provider=WAREHOUSE)
        assert await state(fulfiller) is ShipmentState.UNCERTAIN, "in a later call, too"
        clock.advance(300)
        done = await fulfiller.submit(order, provider=WAREHOUSE)
    assert done.state is ShipmentState.SUBMITTED
    assert world.submitted == {done.reference: 1}
    assert not world.labels


async def test_a_refusal_that_lets_the_first_one_show_is_no_failure(world: World, open_fulfiller: Open) -> None:
    """Refused because it has it: asked after the refusal, the warehouse shows it."""
    world.add(order := make_order())
    world.found_after = timedelta(seconds=31)
    world.lose("submit")
    world.fail("submit", REFUSAL)

    async def show() -> None:
        if world.calls["submit"] == 1 and world.calls["get_order"] > 1:
            world.found_after = timedelta(0)

    world.hooks["get_order"] = show
    async with open_fulfiller() as fulfiller:
        done = await fulfiller.submit(order, provider=WAREHOUSE)
    assert done.state is ShipmentState.SUBMITTED
    assert world.calls["submit"] == 2


async def test_a_person_can_settle_a_refusal_after_a_lost_answer(world: World, open_fulfiller: Open) -> None:
    """Looked, and it never arrived: labels may be bought."""
    world.add(order := make_order())
    world.lose("submit", effect=False)
    world.fail("submit", REFUSAL)
    async with open_fulfiller() as fulfiller:
        with pytest.raises(PurchaseUncertainError):
            await fulfiller.submit(order, provider=WAREHOUSE)
        await fulfiller.resolve(REF, outcome=NotBought())
        assert await state(fulfiller) is ShipmentState.FAILED
        await fulfiller.ship(order, parcels=[make_parcel()])
    assert len(world.live) == 1


async def test_death_before_the_second_sending_keeps_the_reference(world: World, open_fulfiller: Open) -> None:
    """Planned once more after a lost answer is not "never sent": under a new reference it could be taken twice."""
    world.add(order := make_order())
    world.found_after = timedelta(minutes=5)
    deaths = 0
    for at in range(200):
        world.handed.clear()
        world.submitted.clear()
        key = f"k{at}"
        world.faults["submit"] = []
        world.lose("submit")
        world.fate = Fate(die_at=at)

        async def work(fulfiller: Fulfiller, key: str = key) -> None:
            await fulfiller.submit(order, provider=WAREHOUSE, key=key)

        died = await until_dead(world, open_fulfiller, work)
        world.faults["submit"] = []
        async with open_fulfiller() as fulfiller:
            await fulfiller.submit(order, provider=WAREHOUSE, key=key)
            assert len(world.submitted) == 1, at
            await fulfiller.void(OrderRef(channel=SHOP, order_id="1001"), key=key)
        deaths += died
        if not died:
            break
    assert deaths > 10
