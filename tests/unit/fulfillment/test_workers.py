"""A killed worker's lease is not waited for; a living one's is."""

import subprocess
import sys

from cartcarrier.fulfillment._workers import _machine, _started, is_dead, new_name
from cartcarrier.http import ManualClock
from cartcarrier.ledger import Claim, ShipmentState
from cartcarrier.models import OrderRef
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import NOON, World, make_order, make_parcel

REF = OrderRef(channel="fakeshop:default", order_id="1001")


def _name_of(pid: int, started: str | None) -> str:
    return f"{_machine()}-{pid}-{started or ''}-0123456789ab"


def test_a_process_is_dead_once_it_was_killed() -> None:
    """Also while nobody has buried it, and after its number was given to another."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    name = _name_of(child.pid, _started(child.pid))
    try:
        assert not is_dead(name, machine=_machine())
        assert is_dead(_name_of(child.pid, "1"), machine=_machine()), "an earlier process of that number"
    finally:
        child.kill()
        assert child.stdin is not None
        child.stdin.close()
        child.wait()
    assert is_dead(name, machine=_machine())
    assert not is_dead(name, machine="another"), "of another machine nothing is known"


def test_names_that_are_not_ours_are_not_judged() -> None:
    """Whatever somebody has written there."""
    assert not is_dead("worker", machine=_machine())
    assert not is_dead(new_name(), machine=_machine())
    assert new_name() != new_name()


async def _left_by_the_dead(world: World, open_fulfiller: Open, owner: str, *, registered: bool) -> Claim:
    """Plan a shipment and leave its lease to somebody who is gone."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:

        async def take_over() -> None:
            del world.hooks["purchase"]
            row = await fulfiller._desk.ledger.get_shipment(REF, "1")
            assert row is not None
            world.fate.dead = True

        world.hooks["purchase"] = take_over
        try:
            await fulfiller.ship(order, parcels=[make_parcel()])
        except BaseException:  # noqa: BLE001 - the process dies here
            world.fate.dead = False
        desk = fulfiller._desk
        world.clock.advance(31)  # type: ignore[attr-defined]  # a clock that is moved by hand
        claim = await desk.ledger.claim(REF, "1", owner=owner, lease=desk.max_wait, now=desk.now())
        assert claim is not None
        if registered:
            known = f'{{"{owner}": "{NOON.isoformat()}"}}'
            await desk.ledger.save_cursor("workers", known)
    return claim


async def test_what_a_dead_worker_held_is_taken_over_at_once(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """A restarted service goes on without waiting."""
    await _left_by_the_dead(world, open_fulfiller, _name_of(2**22 + 1, "1"), registered=True)
    before = clock.now()
    async with open_fulfiller() as fulfiller:
        report = await fulfiller.recover()
    assert (report.adopted, report.confirmed) == (1, 1)
    assert clock.now() == before
    assert len(world.labels) == len(world.told) == 1


async def test_an_unknown_workers_lease_is_waited_for(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """On another machine it may be alive."""
    await _left_by_the_dead(world, open_fulfiller, "elsewhere-1-1-a", registered=True)
    before = clock.now()
    async with open_fulfiller() as fulfiller:
        report = await fulfiller.recover()
        assert report.busy != () or clock.now() > before
        clock.advance(60)
        await fulfiller.recover()
        row = await fulfiller._desk.ledger.get_shipment(REF, "1")
    assert row is not None
    assert row.state is ShipmentState.CONFIRMED


async def test_a_worker_that_ends_takes_its_name_back(open_fulfiller: Open) -> None:
    """The list of names does not grow with every start."""
    for _ in range(3):
        async with open_fulfiller() as fulfiller:
            names = await fulfiller._desk.ledger.load_cursor("workers")
    assert names is not None
    assert names.count("-") == names.count("-", 0)
    assert names.count('": "') == 1
