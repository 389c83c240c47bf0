"""The facade's own part: opening and closing, lending stores and clock, refusing a wrong set-up."""

from datetime import timedelta
from pathlib import Path

import pytest

from cartcarrier.errors import ConfigurationError, LedgerError
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.http import ManualClock
from cartcarrier.ledger import SQLiteLedger
from tests.unit.fulfillment.fakes import NOON, AdoptCarrier, FakeChannel, FakeProvider, World, make_order, make_parcel


@pytest.fixture
def world() -> World:
    """An empty world."""
    return World(clock=ManualClock(NOON))


def test_making_one_touches_nothing(world: World, tmp_path: Path) -> None:
    """No file, no call."""
    Fulfiller(channels=[FakeChannel(world)], ledger=f"sqlite:///{tmp_path / 'shop.db'}")
    assert list(tmp_path.iterdir()) == []
    assert not world.calls


@pytest.mark.parametrize("kind", ["channels", "carriers", "providers"])
def test_two_accounts_of_one_key_are_refused(world: World, kind: str) -> None:
    """Orders, rates and ledger rows could not be told apart."""
    make = {"channels": FakeChannel, "carriers": AdoptCarrier, "providers": FakeProvider}[kind]
    with pytest.raises(ConfigurationError) as caught:
        Fulfiller(**{kind: [make(world), make(world)]}, ledger="sqlite://")  # type: ignore[arg-type]  # each its own kind
    assert caught.value.field == kind


def test_a_wrong_ledger_address_is_refused() -> None:
    """At once, not at the first order."""
    with pytest.raises(ConfigurationError) as caught:
        Fulfiller(ledger="mysql://x")
    assert caught.value.field == "ledger"


async def test_nothing_works_before_it_is_open_or_after(world: World) -> None:
    """The message says what to do."""
    fulfiller = Fulfiller(channels=[FakeChannel(world)], ledger="sqlite://")
    order = make_order()
    with pytest.raises(ConfigurationError, match="async with"):
        await fulfiller.ship(order, parcels=[make_parcel()])
    async with fulfiller:
        with pytest.raises(ConfigurationError, match="open already"):
            await fulfiller.__aenter__()
    for call in (fulfiller.orders, fulfiller.follow, lambda: fulfiller.changes("x"), lambda: fulfiller.reconcile(NOON)):
        with pytest.raises(ConfigurationError):
            call()
    with pytest.raises(ConfigurationError):
        await fulfiller.recover()


async def test_drivers_get_stores_clock_and_patience_and_are_closed(world: World) -> None:
    """Limits and tokens are shared through the ledger; what a driver was given it keeps."""
    own = ManualClock(NOON)
    channel, carrier = FakeChannel(world), AdoptCarrier(world)
    carrier.clock = own
    clock = ManualClock(NOON)
    async with Fulfiller(
        channels=[channel], carriers=[carrier], ledger="sqlite://", clock=clock, max_wait=timedelta(seconds=7)
    ):
        assert channel.tokens is not None
        assert channel.tokens.durable is not None
        assert channel.limits is not None
        assert (channel.clock, carrier.clock) == (clock, own)
        assert channel.max_wait == timedelta(seconds=7)
    assert (channel.closed, carrier.closed) == (1, 1)


async def test_everything_is_closed_after_an_error_too(world: World) -> None:
    """The caller's own error comes out as it is, not wrapped."""
    channel = FakeChannel(world)
    fulfiller = Fulfiller(channels=[channel], ledger=(ledger := SQLiteLedger(":memory:")))
    with pytest.raises(KeyError, match="mine"):
        async with fulfiller:
            raise KeyError("mine")
    assert channel.closed == 1
    with pytest.raises(LedgerError):
        await ledger.load_cursor("x")


async def test_an_opening_that_fails_closes_what_was_open(world: World, tmp_path: Path) -> None:
    """A ledger that cannot be opened leaves no driver behind."""
    (tmp_path / "shop.db").write_text("this is no ledger, but it is long enough to look at" * 50)
    channel = FakeChannel(world)
    with pytest.raises(LedgerError):
        async with Fulfiller(channels=[channel], ledger=f"sqlite:///{tmp_path / 'shop.db'}"):
            pass
    assert channel.closed == 0


async def test_it_can_be_opened_again(world: World, tmp_path: Path) -> None:
    """A service that restarts its worker."""
    fulfiller = Fulfiller(channels=[FakeChannel(world)], ledger=f"sqlite:///{tmp_path / 'shop.db'}")
    world.add(make_order())
    for _ in range(2):
        async with fulfiller:
            assert len([order async for order in fulfiller.orders()]) == 1


def test_its_text_form_names_the_accounts(world: World) -> None:
    """And nothing else."""
    assert repr(Fulfiller(channels=[FakeChannel(world, "eu")], ledger="sqlite://")) == "<Fulfiller fakeshop:eu>"
