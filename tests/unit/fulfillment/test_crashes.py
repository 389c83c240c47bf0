"""Whoever dies, wherever: after recovery and a repeat there is one label and one confirmation.

The matrix is not a list of places that somebody thought of: a run counts every place at which a process can die (before and
after each write to the ledger and each call outside), and then the process dies at each of them.
"""

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from cartcarrier.errors import CartCarrierError, PurchaseUncertainError
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment import Bought, NotBought
from cartcarrier.ledger import ShipmentState
from cartcarrier.models import OrderRef, ProviderOrderStatus
from tests.unit.fulfillment.conftest import Open, until_dead
from tests.unit.fulfillment.fakes import (
    AdoptCarrier,
    BlindCarrier,
    CancelCarrier,
    FakeProvider,
    Fate,
    KeyCarrier,
    World,
    make_order,
    make_parcel,
)

REF = OrderRef(channel="fakeshop:default", order_id="1001")
# How many places each run has; the last test of this file counts them. A label that is given back makes ten more.
SHIP, TWO_LABELS, LOST, VOID, CANCEL = 38, 44, 64, 22, 32
HAND_OVER, HAND_OVER_LOST, ASK_BACK = 60, 70, 32


async def ship(fulfiller: Fulfiller, world: World, *, parcels: int = 1) -> None:
    """Ship the order as a worker does that has just read it."""
    order = world.orders.get("1001") or make_order()
    await fulfiller.ship(order, parcels=[make_parcel()] * parcels)


async def settle_by_hand(fulfiller: Fulfiller, world: World) -> None:
    """A person looks at the carrier and says what is true, for every uncertain step."""
    for step in (await fulfiller.recover()).uncertain:
        sold = [label for label in world.labels if label.step_reference == step.reference]
        await fulfiller.resolve(step.ref, key=step.key, outcome=Bought(sold[0].shipment) if sold else NotBought())


async def finish(fulfiller: Fulfiller, world: World, work: Callable[[Fulfiller], Any]) -> None:
    """What a second process does: recover twice, settle by hand what nobody can know, and do the same work again."""
    once = await fulfiller.recover()
    labels = len(world.labels)
    again = await fulfiller.recover()
    assert len(world.labels) == labels, "recovery bought something"
    assert (again.adopted, again.confirmed, again.voided) == (0, 0, 0), "recovering twice did more than once"
    assert len(again.uncertain) == len(once.uncertain)
    await settle_by_hand(fulfiller, world)
    await work(fulfiller)


@pytest.mark.parametrize("carrier", [KeyCarrier, AdoptCarrier, CancelCarrier, BlindCarrier])
@pytest.mark.parametrize("die_at", range(SHIP))
async def test_death_anywhere_in_ship_leaves_one_label_and_one_confirmation(
    world: World, open_fulfiller: Open, carrier: type[BlindCarrier], die_at: int
) -> None:
    """This is the promise of the library."""
    world.add(make_order())
    world.fate = Fate(die_at=die_at)
    settings = {"carriers": [carrier(world)]}
    work = partial(ship, world=world)

    died = await until_dead(world, open_fulfiller, work, **settings)

    async with open_fulfiller(**settings) as fulfiller:
        if died:
            await finish(fulfiller, world, work)
        row = await fulfiller._desk.ledger.get_shipment(REF, "1")
        assert row is not None
        assert row.state is ShipmentState.CONFIRMED
    assert len(world.live) == 1
    assert len(world.told) == 1
    assert world.told[0].parcels[0].tracking_number == world.live[0].shipment.tracking_number


@pytest.mark.parametrize("carrier", [KeyCarrier, AdoptCarrier, BlindCarrier])
@pytest.mark.parametrize("die_at", range(TWO_LABELS))
async def test_death_anywhere_between_two_labels_leaves_two(
    world: World, open_fulfiller: Open, carrier: type[BlindCarrier], die_at: int
) -> None:
    """A carrier that sells label by label is resumed in the middle."""
    world.add(make_order())
    world.fate = Fate(die_at=die_at)
    settings = {"carriers": [carrier(world, per_parcel=True)]}
    work = partial(ship, world=world, parcels=2)

    if await until_dead(world, open_fulfiller, work, **settings):
        async with open_fulfiller(**settings) as fulfiller:
            await finish(fulfiller, world, work)

    assert len(world.live) == 2
    assert len(world.told) == 1
    assert len({label.step_reference for label in world.live}) == 2


@pytest.mark.parametrize("carrier", [AdoptCarrier, CancelCarrier])
@pytest.mark.parametrize("die_at", range(LOST))
async def test_death_after_a_lost_answer_still_leaves_one_label(
    world: World, open_fulfiller: Open, carrier: type[BlindCarrier], die_at: int
) -> None:
    """The answer is lost first, and the process dies while it looks for what became of the purchase."""
    world.add(make_order())
    world.lose("purchase")
    world.lose("fulfill")
    world.fate = Fate(die_at=die_at)
    work = partial(ship, world=world)
    settings = {"carriers": [carrier(world)]}

    if await until_dead(world, open_fulfiller, work, **settings):
        async with open_fulfiller(**settings) as fulfiller:
            await finish(fulfiller, world, work)

    assert len(world.live) == 1
    assert len(world.told) == 1


async def void(fulfiller: Fulfiller) -> None:
    """Give back what was bought."""
    await fulfiller.void(REF)


@pytest.mark.parametrize("die_at", range(VOID))
async def test_death_anywhere_in_void_ends_in_a_void(world: World, open_fulfiller: Open, die_at: int) -> None:
    """A void that was begun is ended by recovery, the channel's part of it included."""
    world.add(make_order())
    async with open_fulfiller() as fulfiller:
        await ship(fulfiller, world)
    world.fate = Fate(die_at=die_at)

    if await until_dead(world, open_fulfiller, void):
        async with open_fulfiller() as fulfiller:
            await fulfiller.recover()
            await fulfiller.void(REF)

    assert not world.live
    assert not world.told


async def cancel(fulfiller: Fulfiller) -> None:
    """Cancel the order."""
    await fulfiller.cancel(REF)


@pytest.mark.parametrize("die_at", range(CANCEL))
async def test_death_anywhere_in_cancel_leaves_no_live_label_on_a_cancelled_order(
    world: World, open_fulfiller: Open, die_at: int
) -> None:
    """Between the channel's yes and the carrier's void nothing is forgotten."""
    world.add(make_order())
    world.fail("fulfill", PurchaseUncertainError("never mind", step="-"))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(CartCarrierError):
            await ship(fulfiller, world)
    assert len(world.live) == 1
    world.fate = Fate(die_at=die_at)

    if await until_dead(world, open_fulfiller, cancel):
        async with open_fulfiller() as fulfiller:
            await fulfiller.recover()

    cancelled = world.orders["1001"].status == "cancelled"
    assert len(world.live) == (0 if cancelled else 1)
    assert len(world.told) == (0 if cancelled else 1)


async def hand_over(fulfiller: Fulfiller, world: World) -> None:
    """Hand the order to a warehouse; it leaves in two packages, and the channel is told of both."""
    order = world.orders["1001"]
    await fulfiller.submit(order, provider="fakewarehouse:default")
    if not any(known.parcels for known in world.handed.values()):
        world.send("P1", status=ProviderOrderStatus.PARTIALLY_SHIPPED, a=2)
        world.send("P2", b=1)
    async for _ in fulfiller.follow_submissions():
        pass


async def finish_hand_over(fulfiller: Fulfiller, world: World) -> None:
    """What a second process does: recover twice, hand the order over again with what it knows, and follow it."""
    handed = dict(world.submitted)
    await fulfiller.recover()
    again = await fulfiller.recover()
    assert (again.adopted, again.confirmed, again.voided) == (0, 0, 0), "recovering twice did more than once"
    assert world.submitted == handed, "recovery handed something over"
    await hand_over(fulfiller, world)


@pytest.mark.parametrize("lost", [False, True], ids=["answered", "answers lost"])
@pytest.mark.parametrize("die_at", range(HAND_OVER_LOST))
async def test_death_anywhere_in_a_hand_over_leaves_one_order_there_and_each_number_once(
    world: World, open_fulfiller: Open, die_at: int, lost: bool
) -> None:
    """The channel here takes the same pieces twice without a word, so a number that is told twice is seen."""
    world.add(make_order())
    world.takes_twice = True
    world.fate = Fate(die_at=die_at)
    if lost:
        world.lose("submit")
        world.lose("fulfill")
    settings = {"providers": [FakeProvider(world)]}

    if await until_dead(world, open_fulfiller, partial(hand_over, world=world), **settings):
        async with open_fulfiller(**settings) as fulfiller:
            await finish_hand_over(fulfiller, world)

    assert len(world.handed) == 1
    assert sorted(told.parcels[0].tracking_number or "" for told in world.told) == ["P1", "P2"]
    assert not world.labels


@pytest.mark.parametrize("die_at", range(ASK_BACK))
async def test_death_anywhere_in_cancelling_a_hand_over_ends_in_one_way(
    world: World, open_fulfiller: Open, die_at: int
) -> None:
    """Cancelled on both sides, or still with the warehouse and open: never cancelled at the channel and shipped."""
    world.add(order := make_order())
    settings = {"providers": [FakeProvider(world)]}
    async with open_fulfiller(**settings) as fulfiller:
        await fulfiller.submit(order, provider="fakewarehouse:default")
    world.fate = Fate(die_at=die_at)

    if await until_dead(world, open_fulfiller, cancel, **settings):
        async with open_fulfiller(**settings) as fulfiller:
            await fulfiller.recover()

    (there,) = world.handed.values()
    cancelled = world.orders["1001"].status == "cancelled"
    assert cancelled == (there.status is ProviderOrderStatus.CANCELLED)


@pytest.mark.parametrize(
    ("work", "prepare", "places"),
    [
        (partial(ship, parcels=1), None, SHIP),
        (partial(ship, parcels=2), None, TWO_LABELS),
        (partial(ship, parcels=1), "lose", LOST),
        (void, "ship", VOID),
        (cancel, "ship", CANCEL),
        (hand_over, None, HAND_OVER),
        (hand_over, "lose submit", HAND_OVER_LOST),
        (cancel, "submit", ASK_BACK),
    ],
    ids=["ship", "two labels", "lost answers", "void", "cancel", "hand over", "hand over, lost", "ask back"],
)
async def test_the_matrix_reaches_every_place(
    world: World, open_fulfiller: Open, work: Callable[..., Any], prepare: str | None, places: int
) -> None:
    """The ranges above are as long as the runs; a run that grows needs a longer range."""
    world.add(make_order())
    kind = CancelCarrier if places == LOST else AdoptCarrier
    settings = {"carriers": [kind(world, per_parcel=places == TWO_LABELS)], "providers": [FakeProvider(world)]}
    async with open_fulfiller(**settings) as fulfiller:
        if prepare == "ship":
            if work is cancel:
                world.fail("fulfill", PurchaseUncertainError("never mind", step="-"))
            with contextlib.suppress(CartCarrierError):
                await ship(fulfiller, world)
        elif prepare == "lose":
            world.lose("purchase")
            world.lose("fulfill")
        elif prepare == "lose submit":
            world.lose("submit")
            world.lose("fulfill")
        elif prepare == "submit":
            await fulfiller.submit(world.orders["1001"], provider="fakewarehouse:default")
    world.fate = Fate()
    async with open_fulfiller(**settings) as fulfiller:
        alone = work in {void, cancel}
        await (work(fulfiller) if alone else work(fulfiller, world=world))
    assert len(world.fate.reached) == places
    outside = {"after purchase", "after fulfill"}
    if work is hand_over:
        outside = {"after submit", "after get_status", "after fulfill"}
    elif alone:
        outside = {"after cancel", "after cancel_order"} if prepare == "submit" else {"after void"}
    assert outside <= {*world.fate.reached}
