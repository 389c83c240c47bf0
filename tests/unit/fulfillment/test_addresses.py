"""Whether an address is good, before money is spent on it."""

import attrs
import pytest

from cartcarrier.errors import ConfigurationError, InvalidValueError, UnavailableError
from cartcarrier.fulfillment import AddressNotGoodError
from cartcarrier.models import AddressValidation, AddressVerdict, OrderRef
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.desk_fakes import DeskCarrier
from tests.unit.fulfillment.fakes import HOME, AdoptCarrier, World, make_order, make_parcel

REF = OrderRef(channel="fakeshop:default", order_id="1001")
ELM = attrs.evolve(HOME, street1="2 Elm Ave")
V = AddressVerdict


def _says(world: World, account: str, verdict: AddressVerdict, **more: object) -> DeskCarrier:
    carrier = DeskCarrier(world, account)
    carrier.validation = AddressValidation(verdict=verdict, **more)  # type: ignore[arg-type]  # as given
    return carrier


@pytest.mark.parametrize(
    ("verdicts", "merged"),
    [
        ((V.VALID, V.VALID), V.VALID),
        ((V.VALID, V.CORRECTED), V.CORRECTED),
        ((V.CORRECTED, V.AMBIGUOUS), V.AMBIGUOUS),
        ((V.INVALID, V.VALID), V.AMBIGUOUS),
        ((V.INVALID, V.UNKNOWN), V.INVALID),
        ((V.AMBIGUOUS, V.INVALID), V.INVALID),
        ((V.UNKNOWN, V.UNKNOWN), V.UNKNOWN),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else str(value),
)
async def test_the_verdicts_become_one(
    world: World, open_fulfiller: Open, verdicts: tuple[V, V], merged: AddressVerdict
) -> None:
    """Each carrier's own stays beside it."""
    carriers = [_says(world, name, verdict) for name, verdict in zip("ab", verdicts, strict=True)]
    async with open_fulfiller(carriers=[*carriers, AdoptCarrier(world)]) as fulfiller:
        check = await fulfiller.check_address(HOME)
    assert check.verdict is merged
    assert [one.verdict for one in check.by_carrier.values()] == list(verdicts)
    assert list(check.by_carrier) == ["fakepost:a", "fakepost:b"]


async def test_candidates_and_words_are_told_with_whose_they_are(world: World, open_fulfiller: Open) -> None:
    """Each address once; a home is one where all that know say so."""
    one = _says(world, "a", V.AMBIGUOUS, candidates=[ELM, HOME], residential=True, messages=["which street?"])
    two = _says(world, "b", V.CORRECTED, candidates=[ELM])
    async with open_fulfiller(carriers=[one, two]) as fulfiller:
        check = await fulfiller.check_address(make_order())
    assert check.candidates == (ELM, HOME)
    assert check.residential is True
    assert check.messages == ("fakepost:a: which street?",)
    assert "Elm" not in repr(check)


async def test_a_carrier_that_fails_stands_beside_the_others(world: World, open_fulfiller: Open) -> None:
    """One that is down hides no verdict."""
    world.fail("validate_address a", UnavailableError("down", provider="fakepost", operation="validate_address"))
    async with open_fulfiller(carriers=[_says(world, "a", V.VALID), _says(world, "b", V.INVALID)]) as fulfiller:
        check = await fulfiller.check_address(HOME)
    assert check.verdict is V.INVALID
    assert list(check.failures) == ["fakepost:a"]


async def test_only_the_named_carriers_are_asked(world: World, open_fulfiller: Open) -> None:
    """One that is not here, or that cannot, is an error of the set-up."""
    carriers = [_says(world, "a", V.VALID), _says(world, "b", V.INVALID), AdoptCarrier(world)]
    async with open_fulfiller(carriers=carriers) as fulfiller:
        check = await fulfiller.check_address(HOME, carriers=["fakepost:a"])
        assert check.verdict is V.VALID
        for missing in ("fakepost:z", "fakepost:default"):
            with pytest.raises(ConfigurationError, match=missing):
                await fulfiller.check_address(HOME, carriers=[missing])
    assert world.calls["validate_address b"] == 0
    async with open_fulfiller() as fulfiller:
        with pytest.raises(ConfigurationError):
            await fulfiller.check_address(HOME)
        with pytest.raises(InvalidValueError):
            await fulfiller.check_address(make_order(ship_to=None))


@pytest.mark.parametrize("verdict", [V.INVALID, V.AMBIGUOUS])
async def test_ship_refuses_what_is_not_good_and_proposes_others(
    world: World, open_fulfiller: Open, verdict: AddressVerdict
) -> None:
    """Before anything is written down, priced or bought; the message names no address."""
    carrier = _says(world, "default", verdict, candidates=[ELM])
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        world.add(order := make_order())
        with pytest.raises(AddressNotGoodError, match=f"is {verdict}") as caught:
            await fulfiller.ship(order, parcels=[make_parcel()], check_address=True)
        assert await fulfiller._desk.ledger.get_shipment(REF, "1") is None
    assert caught.value.check.candidates == (ELM,)
    assert "Elm" not in str(caught.value)
    assert (world.calls["get_rates default"], world.labels) == (0, [])


@pytest.mark.parametrize("verdict", [V.VALID, V.CORRECTED, V.UNKNOWN])
async def test_ship_goes_on_with_what_may_be_good(world: World, open_fulfiller: Open, verdict: AddressVerdict) -> None:
    """To the address of the channel, as it stands; a home that was not known to be one is priced as one."""
    carrier = _says(world, "default", verdict, candidates=[ELM], residential=True)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        world.add(order := make_order())
        done = await fulfiller.ship(order, parcels=[make_parcel()], check_address=True)
    (asked,) = carrier.requests
    assert asked.ship_to == attrs.evolve(HOME, residential=True)
    assert done.fulfillment is not None


async def test_what_the_channel_says_of_a_home_counts(world: World, open_fulfiller: Open) -> None:
    """The buyer knows best."""
    carrier = _says(world, "default", V.VALID, residential=True)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        world.add(order := make_order(ship_to=attrs.evolve(HOME, residential=False)))
        await fulfiller.ship(order, parcels=[make_parcel()], check_address=True)
    assert carrier.requests[0].ship_to.residential is False


async def test_it_is_off_unless_asked_for_and_asked_once_for_a_key(world: World, open_fulfiller: Open) -> None:
    """It costs a call."""
    async with open_fulfiller(carriers=[_says(world, "default", V.INVALID)]) as fulfiller:
        world.add(order := make_order())
        await fulfiller.ship(order, parcels=[make_parcel()])
        await fulfiller.ship(order, parcels=[make_parcel()], check_address=True)
    assert world.calls["validate_address default"] == 0


async def test_with_a_rate_its_own_carrier_is_asked(world: World, open_fulfiller: Open) -> None:
    """What another one thinks of the address does not matter."""
    good, bad = _says(world, "a", V.VALID), _says(world, "b", V.INVALID)
    async with open_fulfiller(carriers=[good, bad]) as fulfiller:
        world.add(order := make_order())
        quote = await fulfiller.quote(order, parcels=[make_parcel()])
        rate = next(rate for rate in quote.rates if rate.carrier == "fakepost:a")
        await fulfiller.ship(order, parcels=[make_parcel()], rate=rate, check_address=True)
    assert world.calls["validate_address b"] == 0


async def test_without_any_answer_nothing_is_bought(world: World, open_fulfiller: Open) -> None:
    """The caller wanted to know; where nobody here can check, there is nothing to know."""
    world.fail("validate_address default", UnavailableError("down", provider="fakepost", operation="validate_address"))
    async with open_fulfiller(carriers=[_says(world, "default", V.VALID)]) as fulfiller:
        world.add(order := make_order())
        with pytest.raises(UnavailableError):
            await fulfiller.ship(order, parcels=[make_parcel()], check_address=True)
        assert world.labels == []
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()], check_address=True)
    assert len(world.labels) == 1
