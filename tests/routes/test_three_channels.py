"""Three channels behind one facade: their orders come side by side, and what happens on one neither hides nor blocks the others."""

from pathlib import Path
from typing import Any

import anyio
import pytest

import cartcarrier as cc
from cartcarrier.http import ManualClock
from cartcarrier.sandbox import Sandbox
from tests.routes.route import Gate, box
from tests.routes.three import CHANNELS, KEYS, Three, second

LISTS = {"shopify": "orders", "ebay": "getOrders", "amazon": "searchOrders"}
Changes = dict[str, Any]
CHANGES: dict[str, Changes] = {
    "cancelled": {name: lambda platform, order_id: platform.cancel(order_id) for name in CHANNELS},
    "held": {name: lambda platform, order_id: platform.hold(order_id) for name in CHANNELS},
    "address": {
        "shopify": lambda shop, order_id: shop.edit_address(order_id, address1="11 Wall St", zip="10005"),
        "ebay": lambda ebay, order_id: ebay.edit_address(order_id, addressLine1="11 Wall St", postalCode="10005"),
        "amazon": lambda amazon, order_id: amazon.edit_address(order_id, address_line1="11 Wall St"),
    },
    "quantity": {
        "shopify": lambda shop, order_id: shop.edit_quantity(order_id, 0, 1),
        "amazon": lambda amazon, order_id: amazon.edit_quantity(order_id, 0, 1),
    },
    "cancellation asked": {
        "ebay": lambda ebay, order_id: ebay.request_cancellation(order_id),
        "amazon": lambda amazon, order_id: amazon.request_cancellation(order_id),
    },
}
CASES = [(name, what) for what, by_channel in CHANGES.items() for name in by_channel]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Both: much runs side by side here."""
    return str(request.param)


@pytest.fixture
def three(sandbox: Sandbox, clock: ManualClock, tmp_path: Path) -> Three:
    """Three empty channels, a carrier, a warehouse, a ledger file."""
    return Three.inside(sandbox, clock, tmp_path / "ledger.db")


async def read_until_error(fulfiller: cc.Fulfiller, seen: list[str]) -> cc.OperationError:
    """Read the open work until it fails; what comes before that is in the list."""
    try:
        async for order in fulfiller.orders():
            seen.append(order.id)  # noqa: PERF401 - what came before the error is kept
    except cc.OperationError as error:
        return error
    pytest.fail("all channels were read")


async def test_orders_of_three_channels_come_side_by_side_and_ship(three: Three) -> None:
    """Each is labelled once and told once to the channel that it came from."""
    placed = {name: [three.place(name) for _ in range(3)] for name in CHANNELS}
    async with three.open() as fulfiller:
        found = [order async for order in fulfiller.orders()]
        assert {(order.channel, order.id) for order in found} == {
            (f"{name}:default", order_id) for name, ids in placed.items() for order_id in ids
        }
        order_of_channels = [order.channel for order in found]
        assert order_of_channels != sorted(order_of_channels), "one channel was read after the other"
        for order in found:
            done = await fulfiller.ship(order, parcels=[box()])
            name = order.channel.partition(":")[0]
            assert three.told(name, order.id) == [done.shipment.tracking_number]
        assert [order.id async for order in fulfiller.orders()] == []
    assert len(three.labels()) == 9
    three.nothing_twice()


async def test_a_channel_that_keeps_silent_blocks_none_of_the_others(three: Three) -> None:
    """Its list is asked for and not answered: the others' orders come, and ship."""
    placed = {name: three.place(name) for name in CHANNELS}
    gate = Gate(three.simulators["ebay"], LISTS["ebay"], before=True)
    silent = anyio.Event()
    gate.act = silent.wait
    async with three.open() as fulfiller:
        seen: list[str] = []
        async for order in fulfiller.orders():
            seen.append(order.id)
            await fulfiller.ship(order, parcels=[box()])
            if len(seen) == 2:
                silent.set()
    assert set(seen[:2]) == {placed["shopify"], placed["amazon"]}
    assert seen[2:] == [placed["ebay"]]
    three.nothing_twice()


@pytest.mark.parametrize("down", CHANNELS)
async def test_a_channel_that_is_down_hides_none_of_the_others(three: Three, down: str) -> None:
    """Theirs come first, then its error, which says whose it is."""
    placed = {name: three.place(name) for name in CHANNELS}
    three.simulators[down].add_fault(operation="*", kind="status", status=503, times=500)
    seen: list[str] = []
    async with three.open() as fulfiller:
        error = await read_until_error(fulfiller, seen)
    assert set(seen) == {order_id for name, order_id in placed.items() if name != down}
    assert error.provider == down


async def test_all_that_fail_are_named(three: Three) -> None:
    """The first is raised, the others stand in its notes."""
    for simulator in three.simulators.values():
        simulator.add_fault(operation="*", kind="status", status=503, times=500)
    async with three.open() as fulfiller:
        with pytest.raises(cc.OperationError) as caught:
            assert [order async for order in fulfiller.orders()] == []
    said = " ".join([str(caught.value), *caught.value.__notes__]).lower()
    assert all(name in said for name in CHANNELS)


@pytest.mark.parametrize("name", ["shopify", "ebay"])
async def test_two_accounts_of_one_driver_never_mix(three: Three, name: str) -> None:
    """The two worlds give their orders the same ids, perhaps; each is told of its own parcel and of no other."""
    other, channel = second(name, three.clock)
    lines = [{"sku": "MUG-1", "title": "Mug", "price": "12.50", "quantity": 1}]
    here = three.place(name, 1)
    there = other.place_order(lines=lines)
    three.clock.advance(5)
    async with three.open(channels=[three.sandbox.channel(name), channel]) as fulfiller:
        found = {(order.channel, order.id): order async for order in fulfiller.orders()}
        assert set(found) == {(f"{name}:default", here), (f"{name}:eu", str(there))}
        numbers = {}
        for (key, _), order in found.items():
            numbers[key] = (await fulfiller.ship(order, parcels=[box()])).shipment.tracking_number
        cancelled = other.place_order(lines=lines)
        three.clock.advance(5)
        result = await fulfiller.cancel(cc.OrderRef(channel=f"{name}:eu", order_id=str(cancelled)))
        assert result.status in {cc.CancellationStatus.DONE, cc.CancellationStatus.PENDING}
    assert three.told(name, here) == [numbers[f"{name}:default"]]
    assert numbers[f"{name}:eu"] in str(other.orders())
    assert numbers[f"{name}:default"] not in str(other.orders())
    assert not any(order["cancelled"] for order in three.simulators[name].orders())
    assert not other.duplicates()
    three.nothing_twice()


async def test_two_accounts_under_one_name_are_refused(three: Three) -> None:
    """Their orders could not be told apart."""
    with pytest.raises(cc.ConfigurationError, match="shopify:default"):
        cc.Fulfiller(channels=[three.sandbox.channel("shopify"), three.sandbox.channel("shopify")])


@pytest.mark.parametrize(("name", "what"), CASES, ids=[f"{name}: {what}" for name, what in CASES])
async def test_what_changes_between_reading_and_buying_gets_no_label(three: Three, name: str, what: str) -> None:
    """On each of the channels, and while the others' orders ship."""
    placed = {each: three.place(each) for each in CHANNELS}
    async with three.open() as fulfiller:
        orders = {order.id: order async for order in fulfiller.orders()}
        CHANGES[what][name](three.simulators[name], placed[name])
        with pytest.raises(cc.OrderChangedError) as caught:
            await fulfiller.ship(orders[placed[name]], parcels=[box()])
        assert caught.value.changes
        assert not caught.value.label_bought
        with pytest.raises(cc.OrderChangedError):
            await fulfiller.submit(orders[placed[name]], provider="amazon-mcf:default")
        for other in CHANNELS:
            if other != name:
                await fulfiller.ship(orders[placed[other]], parcels=[box()])
    assert len(three.labels()) == 2
    assert three.simulators["amazon"].fulfillment_orders() == []
    assert three.told(name, placed[name]) == []
    three.nothing_twice()


@pytest.mark.parametrize("name", CHANNELS)
async def test_changes_come_without_a_gap_while_orders_are_placed_and_touched(three: Three, name: str) -> None:
    """Cancelled and placed while the list is read: each order comes, in its newest state, resumed from any cursor."""
    simulator = three.simulators[name]
    placed = [three.place(name) for _ in range(12)]
    gate = Gate(simulator, LISTS[name])
    left = [placed[3], placed[7]]

    async def touch() -> None:
        if left:
            simulator.cancel(left.pop())
            placed.append(three.place(name))

    async with three.open() as fulfiller:
        gate.act = touch
        seen: dict[str, str] = {}
        cursor: str | None = None
        for _ in range(4):
            async for change in fulfiller.changes(f"{name}:default", cursor):
                seen[change.order.id] = change.kind
                cursor = change.cursor
            three.clock.advance(120)
        gate.act = None
    assert set(seen) == set(placed)
    assert {order_id for order_id, kind in seen.items() if kind == "cancelled"} == {placed[3], placed[7]}


async def test_the_ledger_keeps_the_channels_apart(three: Three) -> None:
    """By account key, whatever the ids."""
    for name in CHANNELS:
        three.place(name)
    async with three.open() as fulfiller:
        found = [order async for order in fulfiller.orders()]
        assert {order.ref.channel for order in found} == set(KEYS)
        await fulfiller.dismiss(found[0].ref)
        left = {order.ref async for order in fulfiller.orders()}
    assert left == {order.ref for order in found[1:]}
