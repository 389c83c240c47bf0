"""The blocking library is the async one in a thread: same results, same errors, everything closed."""

import inspect
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from cartcarrier import fulfiller, sync
from cartcarrier.carriers import SupportsManifest, SupportsPickup
from cartcarrier.errors import ConfigurationError, NotFoundError, RejectedError, UnavailableError
from cartcarrier.fulfillment import NotConfirmed, ShipFailure, Shipped, ShipPlan
from cartcarrier.http import ManualClock
from cartcarrier.models import InventoryLevel, Order, OrderRef, VoidStatus
from cartcarrier.sync import BlockingDriver
from tests.unit.fulfillment.fakes import (
    NOON,
    WAREHOUSE,
    AdoptCarrier,
    FakeChannel,
    FakeProvider,
    World,
    make_order,
    make_parcel,
)

REF = OrderRef(channel="fakeshop:default", order_id="1001")


@pytest.fixture
def world() -> World:
    """An empty world."""
    return World(clock=ManualClock(NOON))


def opened(world: World, tmp_path: Path, **settings: Any) -> sync.Fulfiller:
    """A blocking Fulfiller, not entered yet."""
    given: dict[str, Any] = {
        "channels": [FakeChannel(world)],
        "carriers": [AdoptCarrier(world)],
        "ledger": f"sqlite:///{tmp_path / 'shop.db'}",
        "ship_from": WAREHOUSE,
        "clock": world.clock,
        **settings,
    }
    return sync.Fulfiller(**given)


def test_orders_are_shipped_in_a_loop(world: World, tmp_path: Path) -> None:
    """The example of the manual."""
    world.add(make_order("1"), make_order("2"))
    with opened(world, tmp_path) as worker:
        for order in worker.orders():
            worker.ship(order, parcels=[make_parcel()])
    assert len(world.live) == len(world.told) == 2


def test_every_method_of_the_facade_is_there_with_the_same_arguments() -> None:
    """No twin is forgotten, none differs."""
    for name, method in inspect.getmembers(fulfiller.Fulfiller, inspect.isfunction):
        if name.startswith("_"):
            continue
        twin = getattr(sync.Fulfiller, name)
        assert list(inspect.signature(twin).parameters) == list(inspect.signature(method).parameters), name
        assert not inspect.iscoroutinefunction(twin)
    assert list(inspect.signature(sync.Fulfiller).parameters) == list(inspect.signature(fulfiller.Fulfiller).parameters)


def test_every_method_works(world: World, tmp_path: Path) -> None:
    """Each reaches its async twin and brings back its result."""
    world.add(order := make_order())
    world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
    with opened(world, tmp_path) as worker:
        assert [change.kind for change in worker.changes("fakeshop:default")] == ["new"]
        rate = worker.quote(order, parcels=[make_parcel()]).rates[0]
        with pytest.raises(UnavailableError):
            worker.ship(order, parcels=[make_parcel()], rate=rate)
        (finding,) = worker.reconcile(NOON)
        assert isinstance(finding.finding, NotConfirmed)
        finding.fix()
        assert worker.confirm(REF).fulfillment is not None
        assert worker.recover().found == 0
        assert len(worker.track(REF)) == 1
        assert worker.deadlines_at_risk(within=world.clock.now() - NOON) == []
        assert len(worker.manifest("fakepost:default", NOON.date())) == 1
        assert set(worker.set_inventory([])) == {"fakeshop:default"}
        assert worker.void(REF).status is VoidStatus.VOIDED
        worker.dismiss(REF)
        assert list(worker.orders()) == []
        assert worker.purge_personal_data(NOON) == 0
        assert worker.cancel(REF).status == "done"


def test_a_warehouse_is_used_and_followed(world: World, tmp_path: Path) -> None:
    """The hand-over, its news, and a count that knows of what was sold."""
    world.add(order := make_order())
    settings = {"providers": [FakeProvider(world)], "stock_buffers": {"fakeshop:default": 1}}
    with opened(world, tmp_path, **settings) as worker:
        assert worker.submit(order, provider="fakewarehouse:default", service="fast").state == "submitted"
        world.send("P1", a=2, b=1)
        assert [change.state for change in worker.follow_submissions()] == ["confirmed"]
        levels = [InventoryLevel(sku="A", available=9)]
        worker.set_inventory(levels, as_of=NOON - timedelta(hours=1))
    assert world.stock == {("fakeshop:default", "A"): 6}


def test_many_are_shipped_and_failures_are_results(world: World, tmp_path: Path) -> None:
    """An iterator over what becomes of each."""
    world.add(*(make_order(str(n)) for n in range(4)))
    world.fail("purchase", RejectedError("too heavy", provider="fakepost", operation="ship"))
    plans = (ShipPlan(order=order, parcels=[make_parcel()]) for order in list(world.orders.values()))
    with opened(world, tmp_path) as worker:
        results = list(worker.ship_many(plans))
    assert [sum(isinstance(result, kind) for result in results) for kind in (Shipped, ShipFailure)] == [3, 1]


def test_an_iterator_left_early_does_not_hang(world: World, tmp_path: Path) -> None:
    """``break`` closes it; so does the end of the block."""
    world.add(*(make_order(str(n)) for n in range(100)))
    with opened(world, tmp_path) as worker:
        for _ in worker.orders():
            break
        kept = worker.orders()
        next(kept)
    with pytest.raises(ConfigurationError):
        next(kept)


def test_nothing_works_outside_the_block(world: World, tmp_path: Path) -> None:
    """Before and after."""
    worker = opened(world, tmp_path)
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            worker.recover()
        with worker:
            worker.recover()
            with pytest.raises(ConfigurationError):
                worker.__enter__()


def test_a_single_driver_blocks(world: World) -> None:
    """Methods return, iterators are plain ones, errors are the driver's, attributes are seen through."""
    world.add(make_order("1"), make_order("2"))
    channel = FakeChannel(world)
    with BlockingDriver(channel) as blocking:
        assert blocking.get_order("1").id == "1"
        assert [order.id for order in blocking.list_orders()] == ["1", "2"]
        with pytest.raises(NotFoundError):
            blocking.get_order("9")
        assert blocking.key == "fakeshop:default"
        with pytest.raises(ConfigurationError):
            blocking.__enter__()
    assert channel.closed == 1
    with pytest.raises(ConfigurationError):
        blocking.get_order("1")


def test_abilities_are_asked_of_the_driver_behind(world: World) -> None:
    """``isinstance`` cannot see through."""
    blocking = BlockingDriver(AdoptCarrier(world))
    assert blocking.supports(SupportsManifest)
    assert not blocking.supports(SupportsPickup)
    assert "fakepost:default" in repr(blocking)


def test_blocking_drivers_may_be_handed_over(world: World, tmp_path: Path) -> None:
    """They share the Fulfiller's loop while it is open, and must not have one of their own."""
    world.add(make_order())
    channel = BlockingDriver(FakeChannel(world))
    carrier = BlockingDriver(AdoptCarrier(world))
    settings = {"carriers": [carrier], "ship_from": WAREHOUSE, "clock": world.clock}
    with sync.Fulfiller(channels=[channel], ledger=f"sqlite:///{tmp_path / 'shop.db'}", **settings) as worker:  # type: ignore[arg-type]  # as given
        order = channel.get_order("1001")
        worker.ship(order, parcels=[make_parcel()])
    with pytest.raises(ConfigurationError):
        channel.get_order("1001")
    with channel, pytest.raises(ConfigurationError):
        sync.Fulfiller(channels=[channel], ledger="sqlite://")
    assert len(world.told) == 1


def test_drivers_are_opened_by_name() -> None:
    """Errors are those of the async functions."""
    for open_one in (sync.open_channel, sync.open_carrier, sync.open_provider):
        with pytest.raises(ConfigurationError):
            open_one("no-such-driver")


def test_the_async_iterator_is_closed(world: World) -> None:
    """What a driver holds while it lists is let go of."""
    closed = []

    class Listing(FakeChannel):
        @override
        async def list_orders(self, query: object = None) -> AsyncIterator[Order]:
            try:
                while True:
                    yield make_order()
            finally:
                closed.append(True)

    with BlockingDriver(Listing(world)) as blocking:
        for _ in blocking.list_orders():
            break
    assert closed == [True]
