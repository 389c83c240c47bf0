"""Pushes: acted on once, remembered only after they were acted on."""

import pytest

from cartcarrier.errors import (
    AuthenticationError,
    ConfigurationError,
    LedgerError,
    UnavailableError,
    UnsupportedOperationError,
)
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.ledger import ShipmentState, WorkState
from cartcarrier.models import (
    AccountRevoked,
    Buyer,
    Event,
    OrderCancelled,
    OrderChanged,
    OrderRef,
    PersonalDataAction,
    PersonalDataRequest,
    WebhookRequest,
)
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import HOME, FakeChannel, KilledError, OrderChannel, World, make_order, make_parcel

REF = OrderRef(channel="fakeshop:default", order_id="1001")
KEY = "fakeshop:default"
PUSH = WebhookRequest(method="POST", url="https://hooks.example", headers={}, body=b"{}")


async def _push(fulfiller: Fulfiller, channel: FakeChannel, *events: Event) -> int:
    channel.pushes = events
    return len((await fulfiller.handle_webhook(KEY, PUSH)).events)


async def test_a_changed_order_is_read_again(world: World, open_fulfiller: Open) -> None:
    """The push is a hint; the order itself is what counts."""
    channel = FakeChannel(world)
    world.add(make_order())
    async with open_fulfiller(channels=[channel]) as fulfiller:
        changed = OrderChanged(id="1", account=KEY, order_id="1001", what="orders/edited")
        assert await _push(fulfiller, channel, changed, OrderChanged(id="2", account=KEY, what="x")) == 2
        row = await fulfiller._desk.ledger.get_order(REF)
    assert row is not None
    assert row.order is not None


async def test_a_pushed_cancellation_gives_the_label_back(world: World, open_fulfiller: Open) -> None:
    """Bought and not confirmed: the label must not go on a parcel."""
    channel = FakeChannel(world)
    world.add(order := make_order())
    world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
    async with open_fulfiller(channels=[channel]) as fulfiller:
        with pytest.raises(UnavailableError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        world.cancel("1001")
        await _push(fulfiller, channel, OrderCancelled(id="1", account=KEY, order_id="1001"))
        row = await fulfiller._desk.ledger.get_order(REF)
        shipment = await fulfiller._desk.ledger.get_shipment(REF, "1")
    assert row is not None
    assert row.state is WorkState.CANCELLED
    assert shipment is not None
    assert shipment.state is ShipmentState.VOIDED
    assert not world.live


async def test_a_push_is_remembered_only_after_it_was_acted_on(world: World, open_fulfiller: Open) -> None:
    """Whoever dies in between acts again at the next delivery."""
    channel = FakeChannel(world)
    world.add(make_order())
    event = OrderChanged(id="1", account=KEY, order_id="1001", what="orders/edited")
    world.fail("get_order", KilledError("in the middle"))
    async with open_fulfiller(channels=[channel]) as fulfiller:
        with pytest.raises(KilledError):
            await _push(fulfiller, channel, event)
        assert await fulfiller._desk.ledger.get_order(REF) is None
        assert await _push(fulfiller, channel, event) == 1
        assert await fulfiller._desk.ledger.get_order(REF) is not None
        assert await _push(fulfiller, channel, event) == 0


async def test_a_push_whose_order_cannot_be_read_is_answered(world: World, open_fulfiller: Open) -> None:
    """Before anything is bought the order is read in any case."""
    channel = FakeChannel(world)
    async with open_fulfiller(channels=[channel]) as fulfiller:
        assert await _push(fulfiller, channel, OrderChanged(id="1", account=KEY, order_id="gone", what="x")) == 1


async def test_a_ledger_that_cannot_be_written_lets_the_push_come_again(world: World, open_fulfiller: Open) -> None:
    """The error goes to the server, which answers 500."""
    channel = FakeChannel(world)
    world.fail("get_order", LedgerError("disk full"))
    async with open_fulfiller(channels=[channel]) as fulfiller:
        with pytest.raises(LedgerError):
            await _push(fulfiller, channel, OrderChanged(id="1", account=KEY, order_id="1001", what="x"))


async def test_a_forged_push_does_nothing(world: World, open_fulfiller: Open) -> None:
    """The driver verifies first."""
    world.fail("receive", AuthenticationError("bad signature", provider="fakeshop", operation="receive"))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(AuthenticationError):
            await fulfiller.handle_webhook(KEY, PUSH)


async def test_an_account_that_is_not_ours_or_does_not_push_is_said(world: World, open_fulfiller: Open) -> None:
    """A wrong route is a set-up error."""
    async with open_fulfiller(channels=[OrderChannel(world)]) as fulfiller:
        with pytest.raises(ConfigurationError):
            await fulfiller.handle_webhook("elsewhere:x", PUSH)
        with pytest.raises(UnsupportedOperationError):
            await fulfiller.handle_webhook(KEY, PUSH)


async def test_a_revoked_account_is_logged(
    world: World, open_fulfiller: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody ships for a seller who has left."""
    channel = FakeChannel(world)
    async with open_fulfiller(channels=[channel]) as fulfiller:
        assert await _push(fulfiller, channel, AccountRevoked(id="1", account=KEY)) == 1
    assert KEY in caplog.text


async def _has_address(fulfiller: Fulfiller, order_id: str) -> bool:
    row = await fulfiller._desk.ledger.get_order(OrderRef(channel=KEY, order_id=order_id))
    return row is not None and row.order is not None


@pytest.mark.parametrize(
    "request_",
    [
        PersonalDataRequest(id="1", account=KEY, action=PersonalDataAction.ERASE, order_ids=("shipped", "open")),
        PersonalDataRequest(id="1", account=KEY, action=PersonalDataAction.ERASE, customer_id="pat"),
        PersonalDataRequest(id="1", account=KEY, action=PersonalDataAction.ERASE_ACCOUNT),
    ],
    ids=["orders", "customer", "account"],
)
async def test_personal_data_is_erased_when_it_is_no_longer_needed(
    world: World, open_fulfiller: Open, request_: PersonalDataRequest
) -> None:
    """A settled order at once; one that must still be shipped keeps its address until it has left."""
    channel = FakeChannel(world)
    pat = Buyer(id="pat")
    world.add(make_order("shipped", buyer=pat), make_order("open", buyer=pat))
    async with open_fulfiller(channels=[channel]) as fulfiller:
        assert len([order async for order in fulfiller.orders()]) == 2
        await fulfiller.ship(world.orders["shipped"], parcels=[make_parcel()])
        await _push(fulfiller, channel, request_)
        assert not await _has_address(fulfiller, "shipped")
        assert await _has_address(fulfiller, "open")
        done = await fulfiller.ship(world.orders["open"], parcels=[make_parcel()])
        assert not await _has_address(fulfiller, "open")
    assert done.fulfillment is not None
    assert HOME.street1 not in repr(done)


async def test_another_customers_data_stay(world: World, open_fulfiller: Open) -> None:
    """Only whose deletion is asked."""
    channel = FakeChannel(world)
    world.add(order := make_order(buyer=Buyer(id="kim")))
    async with open_fulfiller(channels=[channel]) as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        erase = PersonalDataRequest(id="1", account=KEY, action=PersonalDataAction.ERASE, customer_id="pat")
        await _push(fulfiller, channel, erase)
        assert await _has_address(fulfiller, "1001")
