"""The end of the day: everything that leaves is closed once, whoever dies, whatever answer is lost."""

from datetime import UTC, date, timedelta
from functools import partial

import attrs
import pytest

from cartcarrier.errors import ConflictError, RejectedError, TransportError, UnsupportedOperationError
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.http import ManualClock
from tests.unit.fulfillment.conftest import Open, until_dead
from tests.unit.fulfillment.desk_fakes import DeskCarrier
from tests.unit.fulfillment.fakes import NOON, WAREHOUSE, Fate, OrderChannel, World, make_order, make_parcel

DAY = NOON.date()
POST = "fakepost:default"
PLACES = 10  # at which closing a day may die


async def _ship(world: World, fulfiller: Fulfiller, *numbers: str, **more: object) -> None:
    for number in numbers:
        world.add(order := make_order(number))
        await fulfiller.ship(order, parcels=[make_parcel()], **more)  # type: ignore[arg-type]  # as given


async def test_the_papers_are_returned_and_the_numbers_kept(world: World, open_fulfiller: Open) -> None:
    """The paper is for the driver of the truck; what was closed can be asked for later."""
    async with open_fulfiller(carriers=[DeskCarrier(world)]) as fulfiller:
        await _ship(world, fulfiller, "1", "2")
        (made,) = await fulfiller.manifest(POST, DAY)
        (known,) = await fulfiller.get_manifests(POST, DAY)
    assert [paper.data for paper in made.documents] == [b"%PDF M1"]
    assert (known.id, known.tracking_numbers) == (made.id, made.tracking_numbers) == ("M1", ("1F0001", "1F0002"))
    assert known.documents == ()


async def test_returns_and_labels_given_back_are_left_out(world: World, open_fulfiller: Open) -> None:
    """They do not leave from here today."""
    async with open_fulfiller(carriers=[DeskCarrier(world)]) as fulfiller:
        await _ship(world, fulfiller, "1", "2", "3")
        await fulfiller.ship_return(world.orders["1"].ref, parcels=[make_parcel()], key="back")
        await fulfiller.void(world.orders["2"].ref)
        (made,) = await fulfiller.manifest(POST, DAY)
    assert made.tracking_numbers == ("1F0001", "1F0003")


async def test_a_label_whose_void_was_refused_leaves(world: World, open_fulfiller: Open) -> None:
    """It is live, and on a parcel."""
    async with open_fulfiller(carriers=[DeskCarrier(world)]) as fulfiller:
        await _ship(world, fulfiller, "1")
        world.void_refused = True
        await fulfiller.void(world.orders["1"].ref)
        assert len(await fulfiller.manifest(POST, DAY)) == 1


async def test_the_day_is_that_of_the_place(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """At six in the evening in Nevada it is tomorrow in Greenwich."""
    clock.advance(timedelta(hours=14).total_seconds())
    assert clock.now().date() > DAY
    async with open_fulfiller(carriers=[DeskCarrier(world)]) as fulfiller:
        await _ship(world, fulfiller, "1")
        assert await fulfiller.manifest(POST, DAY + timedelta(days=1)) == []
        assert len(await fulfiller.manifest(POST, DAY)) == 1
        assert (
            await fulfiller.manifest(POST, DAY + timedelta(days=1), tz=UTC) == []
        )  # closed already, under another day


async def test_a_zone_that_is_named_counts(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """For a place that lies elsewhere than its address tells."""
    clock.advance(timedelta(hours=14).total_seconds())
    async with open_fulfiller(carriers=[DeskCarrier(world)]) as fulfiller:
        await _ship(world, fulfiller, "1")
        assert len(await fulfiller.manifest(POST, DAY + timedelta(days=1), tz=UTC)) == 1


async def test_a_label_for_another_day_waits_for_it(world: World, open_fulfiller: Open) -> None:
    """It was bought ahead."""
    async with open_fulfiller(carriers=[DeskCarrier(world)]) as fulfiller:
        await _ship(world, fulfiller, "1", ship_date=date(2026, 1, 7))
        assert await fulfiller.manifest(POST, DAY) == []
        assert len(await fulfiller.manifest(POST, date(2026, 1, 7))) == 1


async def test_one_place_is_closed_alone(world: World, open_fulfiller: Open) -> None:
    """The truck comes at four here, at six there."""
    other = attrs.evolve(WAREHOUSE, street1="9 Pier")
    settings = {
        "carriers": [DeskCarrier(world)],
        "ship_from": lambda order, _: WAREHOUSE if order.id == "1" else other,
    }
    async with open_fulfiller(**settings) as fulfiller:
        await _ship(world, fulfiller, "1", "2")
        (one,) = await fulfiller.manifest(POST, DAY, site=other)
        (rest,) = await fulfiller.manifest(POST, DAY)
    assert (one.tracking_numbers, rest.tracking_numbers) == (("1F0002",), ("1F0001",))


async def test_our_own_lost_call_is_success(world: World, open_fulfiller: Open) -> None:
    """The carrier says that it has them: it has, from us. What came since goes into another one."""
    carrier = DeskCarrier(world)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _ship(world, fulfiller, "1", "2")
        world.lose("create_manifest")
        with pytest.raises(TransportError):
            await fulfiller.manifest(POST, DAY)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _ship(world, fulfiller, "3")
        (new,) = await fulfiller.manifest(POST, DAY)
        assert await fulfiller.manifest(POST, DAY) == []
        known = await fulfiller.get_manifests(POST, DAY)
    assert (new.id, new.tracking_numbers) == ("M2", ("1F0003",))
    assert [(one.id, one.tracking_numbers) for one in known] == [("", ("1F0001", "1F0002")), ("M2", ("1F0003",))]


async def test_a_call_that_was_lost_on_its_way_there_is_made_again(world: World, open_fulfiller: Open) -> None:
    """With what was not given back meanwhile."""
    async with open_fulfiller(carriers=[DeskCarrier(world)]) as fulfiller:
        await _ship(world, fulfiller, "1", "2")
        world.lose("create_manifest", effect=False)
        with pytest.raises(TransportError):
            await fulfiller.manifest(POST, DAY)
        await fulfiller.void(world.orders["2"].ref)
        (made,) = await fulfiller.manifest(POST, DAY)
    assert (made.id, made.tracking_numbers) == ("M1", ("1F0001",))


async def test_a_strangers_manifest_is_a_conflict(world: World, open_fulfiller: Open) -> None:
    """Somebody closed it in the carrier's portal: a person must know; nothing is written down as ours."""
    carrier = DeskCarrier(world)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _ship(world, fulfiller, "1")
        carrier.manifested["S1F0001"] = "THEIRS"
        for _ in range(2):
            with pytest.raises(ConflictError):
                await fulfiller.manifest(POST, DAY)
        assert await fulfiller.get_manifests(POST, DAY) == []


async def test_a_carrier_that_closes_the_whole_account_has_closed_the_second_place(
    world: World, open_fulfiller: Open
) -> None:
    """Our first call has; the second place's conflict is that call's success."""
    carrier = DeskCarrier(world)
    other = attrs.evolve(WAREHOUSE, street1="9 Pier")
    settings = {"carriers": [carrier], "ship_from": lambda order, _: WAREHOUSE if order.id == "1" else other}
    async with open_fulfiller(**settings) as fulfiller:
        await _ship(world, fulfiller, "1", "2")

        async def close_all() -> None:
            carrier.manifested["S1F0002"] = "M1"

        world.hooks["create_manifest"] = close_all
        (made,) = await fulfiller.manifest(POST, DAY)
        known = await fulfiller.get_manifests(POST, DAY)
    assert made.tracking_numbers == ("1F0001",)
    assert [(one.id, one.tracking_numbers) for one in known] == [("M1", ("1F0001",)), ("", ("1F0002",))]


async def test_a_refusal_leaves_the_day_open(world: World, open_fulfiller: Open) -> None:
    """It is asked again with everything, and nothing is taken for sent."""
    async with open_fulfiller(carriers=[DeskCarrier(world)]) as fulfiller:
        await _ship(world, fulfiller, "1")
        world.fail("create_manifest", RejectedError("no", provider="fakepost", operation="create_manifest"))
        with pytest.raises(RejectedError):
            await fulfiller.manifest(POST, DAY)
        await _ship(world, fulfiller, "2")
        (made,) = await fulfiller.manifest(POST, DAY)
    assert made.tracking_numbers == ("1F0001", "1F0002")


async def test_what_an_earlier_version_closed_stays_closed(world: World, open_fulfiller: Open) -> None:
    """It wrote a bare list of what it had closed."""
    carrier = DeskCarrier(world)
    cursor = f"manifest/{POST}/{DAY}"
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _ship(world, fulfiller, "1", "2", "3")
        await fulfiller._desk.ledger.save_cursor(cursor, '["S1F0001"]')
        (made,) = await fulfiller.manifest(POST, DAY)
        assert made.tracking_numbers == ("1F0002", "1F0003")
        assert await fulfiller.manifest(POST, DAY) == []
        assert [one.tracking_numbers for one in await fulfiller.get_manifests(POST, DAY)] == [("1F0002", "1F0003")]


async def test_a_carrier_that_makes_none_says_so(world: World, open_fulfiller: Open) -> None:
    """It is not an empty day."""
    async with open_fulfiller() as fulfiller:
        fulfiller._desk.carriers["other"] = OrderChannel(world)  # type: ignore[assignment]  # no carrier at all
        with pytest.raises(UnsupportedOperationError):
            await fulfiller.manifest("other", DAY)


async def _close(fulfiller: Fulfiller, made: list[str]) -> None:
    made += [number for one in await fulfiller.manifest(POST, DAY) for number in one.tracking_numbers]


@pytest.mark.parametrize("die_at", range(PLACES))
async def test_death_anywhere_closes_each_shipment_once(world: World, open_fulfiller: Open, die_at: int) -> None:
    """Nothing is in two manifests, nothing is in none, and nothing ends in an error."""
    carrier = DeskCarrier(world)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _ship(world, fulfiller, "1", "2")
    world.fate = Fate(die_at=die_at)
    made: list[str] = []
    died = await until_dead(world, open_fulfiller, partial(_close, made=made), carriers=[carrier])
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _ship(world, fulfiller, "3")
        await _close(fulfiller, made)
        await _close(fulfiller, made)
        known = [number for one in await fulfiller.get_manifests(POST, DAY) for number in one.tracking_numbers]
    assert died
    assert sorted(known) == ["1F0001", "1F0002", "1F0003"]
    assert len(carrier.manifested) == 3
    assert {*made} <= {*known}


async def test_the_places_of_that_matrix_are_all_there_are(world: World, open_fulfiller: Open) -> None:
    """A new write needs a new row."""
    carrier = DeskCarrier(world)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _ship(world, fulfiller, "1", "2")
    world.fate = Fate()
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        await _close(fulfiller, [])
    assert len(world.fate.reached) == PLACES
    assert {"before create_manifest", "after create_manifest"} <= {*world.fate.reached}
