"""All carriers at once, none waited for too long; what was chosen is kept, and can be chosen again."""

from datetime import UTC, date, datetime, timedelta

import anyio
import attrs
import pytest

from cartcarrier.errors import RejectedError, TransportError, UnavailableError
from cartcarrier.fulfillment import Choice, by_deadline, cheapest, fastest, only
from cartcarrier.http import ManualClock
from cartcarrier.models import OrderRef
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import HOME, NOON, AdoptCarrier, BlindCarrier, World, make_order, make_parcel, usd

REF = OrderRef(channel="fakeshop:default", order_id="1001")


async def test_one_carrier_that_hangs_does_not_hold_up_the_others(world: World, open_fulfiller: Open) -> None:
    """Its failure stands beside their rates, and names the wait."""
    world.hooks["get_rates slow"] = anyio.sleep_forever
    settings = {
        "carriers": [AdoptCarrier(world), AdoptCarrier(world, "slow", price="1")],
        "max_wait": timedelta(milliseconds=50),
    }
    world.add(order := make_order())
    async with open_fulfiller(**settings) as fulfiller:
        quote = await fulfiller.quote(order, parcels=[make_parcel()])
        done = await fulfiller.ship(order, parcels=[make_parcel()])
    assert {rate.carrier for rate in quote.rates} == {"fakepost:default"}
    assert isinstance(quote.failures["fakepost:slow"], TransportError)
    assert "within 0.05 s" in str(quote.failures["fakepost:slow"])
    assert done.shipment.carrier == "fakepost:default"


async def test_all_accounts_are_asked_at_once(world: World, open_fulfiller: Open) -> None:
    """The second is asked before the first has answered."""
    asked: list[str] = []
    both = anyio.Event()

    def meet(name: str) -> object:
        async def hook() -> None:
            asked.append(name)
            if len(asked) == 2:
                both.set()
            await both.wait()

        return hook

    for name in ("one", "two"):
        world.hooks[f"get_rates {name}"] = meet(name)  # type: ignore[assignment]  # a hook
    world.add(order := make_order())
    async with open_fulfiller(carriers=[AdoptCarrier(world, "one"), AdoptCarrier(world, "two")]) as fulfiller:
        quote = await fulfiller.quote(order, parcels=[make_parcel()])
    assert len(quote.rates) == 4


async def test_a_choice_is_kept_with_all_that_was_looked_at(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """Months later somebody asks why; the ledger knows, in another process, too."""
    world.add(order := make_order(deliver_by=NOON + timedelta(days=4), buyer=None, notes="ring twice"))
    world.fail("get_rates down", UnavailableError("down", provider="fakepost", operation="get_rates"))
    settings = {"carriers": [AdoptCarrier(world), AdoptCarrier(world, "down")]}
    async with open_fulfiller(**settings) as fulfiller:
        done = await fulfiller.ship(order, parcels=[make_parcel()], choose=by_deadline())
        clock.advance(3600)
        await fulfiller.purge_personal_data(clock.now())
    async with open_fulfiller(**settings) as fulfiller:
        record = await fulfiller.get_choice(REF)
    assert record is not None
    assert done.choice is not None
    assert (record.rate, record.reason) == (done.choice.rate, done.choice.reason)
    assert [rate.service.code for rate in record.rates] == ["ground", "air"]
    assert [(miss.carrier, miss.error, miss.message) for miss in record.failures] == [
        ("fakepost:down", "UnavailableError", "down")
    ]
    assert (record.at, record.deliver_by, record.given) == (NOON, NOON + timedelta(days=4), False)
    assert record.promised == datetime(2026, 1, 7, 7, 59, 59, tzinfo=UTC)
    assert (record.order.ship_to, record.order.buyer, record.order.notes) == (None, None, None)
    assert HOME.street1 not in repr(record)


async def test_a_choice_played_again_is_the_same_and_another_rule_takes_another(
    world: World, open_fulfiller: Open, clock: ManualClock
) -> None:
    """It sees the rates and the clock of that time, whatever day it is."""
    world.add(order := make_order(deliver_by=NOON + timedelta(days=4)))
    async with open_fulfiller() as fulfiller:
        done = await fulfiller.ship(order, parcels=[make_parcel()], choose=by_deadline())
        clock.advance(timedelta(days=400).total_seconds())
        record = await fulfiller.get_choice(REF)
    assert record is not None
    assert record.replay(by_deadline()) == done.choice
    assert record.replay(by_deadline()).rate.service.code == "air"
    assert record.replay(cheapest()).rate.service.code == "ground"
    assert record.replay(cheapest(within=timedelta(days=3))).rate.service.code == "air"


async def test_the_day_of_the_handing_over_counts(world: World, open_fulfiller: Open) -> None:
    """What leaves on Friday does not arrive on Friday; kept, and played again, too."""
    world.add(order := make_order(deliver_by=NOON + timedelta(days=8)))
    async with open_fulfiller() as fulfiller:
        done = await fulfiller.ship(order, parcels=[make_parcel()], choose=by_deadline(), ship_date=date(2026, 1, 9))
        record = await fulfiller.get_choice(REF)
    assert record is not None
    assert done.shipment.service.code == "air"
    assert record.replay(by_deadline()) == done.choice


async def test_a_given_rate_is_written_down_as_given(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """Nothing was chosen; where its price had ended, the new one stands there."""
    world.add(order := make_order())
    carrier = AdoptCarrier(world)
    carrier.valid_for = timedelta(minutes=10)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        rate = (await fulfiller.quote(order, parcels=[make_parcel()])).rates[1]
        clock.advance(3600)
        carrier.price = "10.50"
        await fulfiller.ship(order, parcels=[make_parcel()], rate=rate, max_increase=usd("1"))
        record = await fulfiller.get_choice(REF)
    assert record is not None
    assert record.given
    assert (record.rate.service.code, record.rate.total) == ("air", usd("30.50"))
    assert record.rates == (record.rate,)
    assert "given" in record.reason


async def test_a_refused_plan_leaves_the_choice_of_the_one_that_stands(world: World, open_fulfiller: Open) -> None:
    """A key whose first purchase was refused is chosen for anew."""
    world.add(order := make_order())
    async with open_fulfiller(carriers=[BlindCarrier(world), BlindCarrier(world, "b")]) as fulfiller:
        world.fail("purchase", RejectedError("no", provider="fakepost", operation="purchase"))
        with pytest.raises(RejectedError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        await fulfiller.ship(order, parcels=[make_parcel()], choose=only(fastest(), carriers=["fakepost:b"]))
        record = await fulfiller.get_choice(REF)
    assert record is not None
    assert record.rate.carrier == "fakepost:b"


async def test_a_token_is_not_kept_with_a_choice(world: World, open_fulfiller: Open) -> None:
    """It repeats the address to the carrier."""
    world.add(order := make_order())

    def take(_order: object, rates: tuple[object, ...]) -> Choice:
        return Choice(rate=rates[0], reason="c:default x is the first")  # type: ignore[arg-type]  # a rate

    async with open_fulfiller() as fulfiller:
        quote = await fulfiller.quote(order, parcels=[make_parcel()])
        rate = attrs.evolve(quote.rates[0], token="2 Elm St", warnings=("to Pat",))
        await fulfiller.ship(order, parcels=[make_parcel()], rate=rate)
        await fulfiller.ship(order, parcels=[make_parcel()], rate=rate)
        record = await fulfiller.get_choice(REF)
    assert record is not None
    assert (record.rate.token, record.rate.warnings) == (None, ())
    assert take(order, quote.rates).rate is quote.rates[0]
