"""eBay's driver against the simulator: what a day brings."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import cartcarrier as cc
from cartcarrier.channels.ebay import EbayChannel, EbayConfig
from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    NotFoundError,
    OrderChangedError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
    TransportError,
)
from cartcarrier.http import ManualClock, MemoryLimitStore, MemoryTokenStore, asgi_transport
from cartcarrier.models import (
    CancellationStatus,
    Fulfillment,
    FulfillmentParcel,
    InventoryLevel,
    InventoryStatus,
    Order,
    OrderQuery,
    OrderStatus,
    PersonalDataRequest,
    WebhookOutcome,
    WebhookRequest,
)
from cartcarrier.sandbox import Fault, FaultKind, Sandbox
from cartcarrier.sandbox.ebay import EbaySimulator
from cartcarrier.testing import make_parcel, make_warehouse

pytestmark = pytest.mark.anyio
START = datetime(2026, 11, 24, 9, tzinfo=UTC)
NUMBER, OTHER_NUMBER = "1Z999AA10123456784", "1Z999AA10123456793"


class World:
    """A simulated eBay, and a driver.

    Attributes:
        clock: Moved by hand.
        ebay: The simulator's control.
        channel: The driver.
    """

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.ebay: Any = EbaySimulator(clock=self.clock)
        self._settings = dict(self.ebay.settings())
        self.channel = self.open()

    def open(self, *, account: str = "default", limits: MemoryLimitStore | None = None, **settings: Any) -> EbayChannel:
        """Return a driver."""
        config = EbayConfig(**{**self._settings, **settings})
        transport = asgi_transport(self.ebay.app)
        return EbayChannel(config, account=account, transport=transport, clock=self.clock, limits=limits)

    def german(self, **settings: Any) -> EbayChannel:
        """Return a driver of another seller, whom the law binds."""
        return self.open(**{**self.ebay.add_seller("acme_de", country="DE", marketplace="EBAY_DE"), **settings})

    def leaving(self, order: Order, number: str | None = NUMBER, pieces: int | None = None) -> Fulfillment:
        """Return what leaves of an order: all, or some pieces of each line."""
        return Fulfillment(
            order_id=order.id,
            lines={line.id: pieces or line.unfulfilled_quantity for line in order.lines},
            parcels=[FulfillmentParcel(carrier="ups", tracking_number=number)],
            reference="cc-1",
            shipped_at=self.clock.now(),
            notify_buyer=True,
        )

    async def receive_all(self, channel: EbayChannel | None = None, **how: Any) -> list[WebhookOutcome]:
        """Hand the queued pushes to the driver."""
        outcomes = []
        for sent in self.ebay.deliveries(**how):
            body = sent["body"].encode() if isinstance(sent["body"], str) else sent["body"]
            request = WebhookRequest(method="POST", url=sent["url"], headers=sent["headers"], body=body)
            outcomes.append(await (channel or self.channel).receive(request))
        return outcomes


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A simulated eBay with a seller in the US."""
    opened = World()
    yield opened
    await opened.channel.aclose()


async def ids(channel: EbayChannel, **query: Any) -> set[str]:
    return {order.id async for order in channel.list_orders(OrderQuery(**query))}


# --- orders ---------------------------------------------------------------------------------------------------------


async def test_order_that_is_listed_late_is_not_missed(world: World) -> None:
    """EBay shows a new order up to two minutes later: the poll before it did not see it, the next one must."""
    order_id = world.ebay.place_order(settled=False)
    poll = world.clock.now() + timedelta(seconds=30)
    world.clock.advance(30)
    assert order_id not in await ids(world.channel, updated_since=START - timedelta(minutes=15))
    world.clock.advance(600)
    assert order_id in await ids(world.channel, updated_since=poll)


async def test_every_order_is_found_over_all_pages(world: World) -> None:
    """Plain and awkward ones, none dropped in silence."""
    placed = set(world.ebay.seed_orders(60))
    assert placed <= await ids(world.channel, page_size=7)


async def test_orders_that_change_while_they_are_read_are_found(world: World) -> None:
    """The page moves under one's feet; what slips over its border is lost to a simpler reader."""
    placed = world.ebay.seed_orders(20)
    world.clock.advance(600)
    found: set[str] = set()
    async for order in world.channel.list_orders(OrderQuery(updated_since=START - timedelta(days=60), page_size=4)):
        if not found:
            world.ebay.edit_address(placed[0], touch=True, fullName="New Name")
            world.ebay.edit_address(placed[1], touch=True, fullName="New Name")
        found.add(order.id)
    assert set(placed) <= found


async def test_request_that_the_list_hides_is_seen_before_buying(world: World) -> None:
    """Even where the list keeps quiet about the whole cancellation."""
    world.ebay.set_switches(hide_cancel_state=True)
    order_id = world.ebay.place_order()
    world.ebay.request_cancellation(order_id)
    (listed,) = [order async for order in world.channel.list_orders() if order.id == order_id]
    assert not listed.cancel_requested
    assert (await world.channel.get_order(order_id)).cancel_requested


async def test_parcel_abroad_goes_to_the_hub_with_its_reference(world: World) -> None:
    """Without the reference the hub does not know whose it is."""
    order = await world.channel.get_order(world.ebay.place_order(kind="international", reference="PRB123"))
    assert order.ship_to is not None
    assert (order.ship_to.delivery_reference, order.ship_to.country_code) == ("PRB123", "US")


async def test_old_order_has_no_person_any_more(world: World) -> None:
    """After ninety days eBay withholds name and street; the rest is read."""
    order_id = world.ebay.place_order()
    world.clock.advance(timedelta(days=91).total_seconds())
    order = await world.channel.get_order(order_id)
    assert order.ship_to is None
    assert order.holds == ("ADDRESS_WITHHELD",)


async def test_tax_that_ebay_collects_is_told_apart(world: World) -> None:
    """It is in the total, and never reaches the seller."""
    order_id = world.ebay.place_order(
        lines=[{"sku": "A", "quantity": 3, "price": "10.00", "tax": "2.70", "collected": True}], delivery_cost="5.00"
    )
    order = await world.channel.get_order(order_id)
    (line,) = order.lines
    assert line.unit_price == cc.Money(amount="10.00", currency="USD")
    assert order.tax_total == cc.Money(amount="2.70", currency="USD")
    assert order.total is not None
    assert order.total.amount == Decimal("37.70")


async def test_payment_that_waits_is_pending_and_a_payout_that_waits_is_not(world: World) -> None:
    """One stops the parcel, the other only the seller's money."""
    unpaid, paid = world.ebay.place_order(), world.ebay.place_order()
    world.ebay.hold(unpaid, "payment")
    world.ebay.hold(paid, "payout")
    assert (await world.channel.get_order(unpaid)).status is OrderStatus.PENDING
    assert (await world.channel.get_order(paid)).status is OrderStatus.UNFULFILLED


# --- what has left --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [FaultKind.DROP_AFTER, FaultKind.STATUS_AFTER], ids=str)
@pytest.mark.parametrize("number", [NUMBER, None], ids=["numbered", "without a number"])
async def test_lost_confirmation_is_found_and_told_once(world: World, kind: FaultKind, number: str | None) -> None:
    """EBay knows no key of ours: the tracking number is one, and without it lines and time."""
    order = await world.channel.get_order(world.ebay.place_order(lines=[{"sku": "A", "quantity": 2}]))
    fulfillment = world.leaving(order, number)
    world.ebay.faults.add(Fault(operation="createShippingFulfillment", kind=kind))
    with pytest.raises(Exception, match="ebay") as caught:
        await world.channel.fulfill(fulfillment)
    assert getattr(caught.value, "outcome_unknown", None) is True
    await world.channel.fulfill(fulfillment)
    assert world.ebay.counts()["calls"]["createShippingFulfillment"] == 1
    assert world.ebay.duplicates() == []


async def test_confirmation_that_shows_late_is_awaited(world: World) -> None:
    """Told and not seen is not yet told."""
    world.ebay.set_switches(fulfillment_lag=4)
    order = await world.channel.get_order(world.ebay.place_order())
    assert (await world.channel.fulfill(world.leaving(order))).id == NUMBER
    assert world.clock.now() - START >= timedelta(seconds=4)


async def test_order_leaves_in_two_parcels(world: World) -> None:
    """Each piece once, each number once."""
    order = await world.channel.get_order(world.ebay.place_order(lines=[{"sku": "A", "quantity": 2}]))
    await world.channel.fulfill(world.leaving(order, NUMBER, pieces=1))
    half = await world.channel.get_order(order.id)
    assert (half.status, half.lines[0].unfulfilled_quantity) == (OrderStatus.PARTIALLY_FULFILLED, 1)
    await world.channel.fulfill(world.leaving(half, OTHER_NUMBER))
    whole = await world.channel.get_order(order.id)
    assert whole.status is OrderStatus.FULFILLED
    assert [one.id for one in whole.fulfillments] == [NUMBER, OTHER_NUMBER]
    assert world.ebay.duplicates() == []


async def test_order_shipped_elsewhere_is_not_told_again(world: World) -> None:
    """Somebody marked it in Seller Hub between our look and our call."""
    order = await world.channel.get_order(world.ebay.place_order())
    world.ebay.ship_elsewhere(order.id, "9400111202555842761024")
    with pytest.raises(ConflictError):
        await world.channel.fulfill(world.leaving(order))
    assert world.ebay.duplicates() == []


async def test_carrier_that_ebay_does_not_know_is_told_as_other(world: World) -> None:
    """Where eBay is strict about its codes, an invented one would refuse the number."""
    world.ebay.set_switches(strict_carriers=True)
    order = await world.channel.get_order(world.ebay.place_order())
    parcel = FulfillmentParcel(carrier="speedy-bg", tracking_number="SP12345")
    told = Fulfillment(
        order_id=order.id,
        lines={order.lines[0].id: 1},
        parcels=[parcel],
        shipped_at=world.clock.now(),
        notify_buyer=True,
    )
    assert (await world.channel.fulfill(told)).id == "SP12345"


# --- cancelling -----------------------------------------------------------------------------------------------------


async def test_cancellation_comes_to_its_end(world: World) -> None:
    """At first eBay works on it; then the order says so."""
    order_id = world.ebay.place_order()
    assert (await world.channel.cancel_order(order_id)).status is CancellationStatus.PENDING
    world.clock.advance(300)
    assert (await world.channel.cancel_order(order_id)).status is CancellationStatus.DONE
    assert (await world.channel.get_order(order_id)).status is OrderStatus.CANCELLED


async def test_shipped_order_is_not_cancelled(world: World) -> None:
    """That is an answer, not a failure."""
    order = await world.channel.get_order(world.ebay.place_order())
    await world.channel.fulfill(world.leaving(order))
    assert (await world.channel.cancel_order(order.id)).status is CancellationStatus.REFUSED


async def test_lost_cancellation_is_not_asked_twice(world: World) -> None:
    """The money may be on its way: the repeat looks first."""
    order_id = world.ebay.place_order()
    world.ebay.faults.add(Fault(operation="createCancellation", kind=FaultKind.DROP_AFTER))
    with pytest.raises(TransportError) as caught:
        await world.channel.cancel_order(order_id)
    assert caught.value.outcome_unknown
    assert (await world.channel.cancel_order(order_id)).status is CancellationStatus.PENDING
    assert world.ebay.counts()["calls"]["createCancellation"] == 1


async def test_buyer_who_was_declined_gets_the_parcel(world: World) -> None:
    """The order may be shipped again."""
    order_id = world.ebay.place_order()
    world.ebay.request_cancellation(order_id)
    await world.channel.answer_cancel_request(order_id, accept=False)
    order = await world.channel.get_order(order_id)
    assert (order.cancel_requested, order.status) == (False, OrderStatus.UNFULFILLED)


async def test_law_asks_sellers_of_the_union_to_sign(world: World) -> None:
    """Without a key the error says which setting is missing; with one the order is cancelled."""
    order_id_of = {}
    channel = world.german()
    for name in ("without", "with"):
        order_id_of[name] = world.ebay.place_order(seller="acme_de", currency="EUR")
    with pytest.raises(PermissionDeniedError, match="signing_key"):
        await channel.cancel_order(order_id_of["without"])
    key = json.dumps(world.ebay.credentials("acme_de")["signing_key"])
    signing = world.german(signing_key=key)
    assert (await signing.cancel_order(order_id_of["with"])).status is CancellationStatus.PENDING


# --- stock ----------------------------------------------------------------------------------------------------------


async def test_stock_of_many_articles_is_set_whatever_a_call_takes(world: World) -> None:
    """EBay's texts disagree about that: one for each, and none lost."""
    world.ebay.set_switches(one_sku_per_call=True)
    for number in range(3):
        world.ebay.stock(f"S-{number}", 5)
    world.ebay.list_elsewhere("E-1", 5)
    levels = [InventoryLevel(sku=sku, available=9) for sku in ("S-0", "E-1", "S-1", "S-2")]
    results = await world.channel.set_inventory(levels)
    assert [(result.sku, result.status) for result in results] == [
        ("S-0", InventoryStatus.ACCEPTED),
        ("E-1", InventoryStatus.REJECTED),
        ("S-1", InventoryStatus.ACCEPTED),
        ("S-2", InventoryStatus.ACCEPTED),
    ]
    assert {sku: known["quantity"] for sku, known in world.ebay.inventory().items()} == {f"S-{n}": 9 for n in range(3)}


@pytest.mark.parametrize("code", [25001, 25025, 0], ids=["system", "at work", "no answer"])
async def test_article_that_ebay_is_not_ready_for_is_set_in_the_end(world: World, code: int) -> None:
    """It passes; the number is absolute, so that a repeat does no harm."""
    world.ebay.stock("A", 5)
    world.ebay.fail_sku("A", code, times=1)
    (result,) = await world.channel.set_inventory([InventoryLevel(sku="A", available=3)])
    assert result.status is InventoryStatus.ACCEPTED
    assert world.ebay.inventory()["A"]["quantity"] == 3


async def test_revisions_are_not_wasted(world: World) -> None:
    """A listing takes 250 a day: what is right already is not sent."""
    world.ebay.stock("A", 5)
    for _ in range(300):
        (result,) = await world.channel.set_inventory([InventoryLevel(sku="A", available=5)])
        assert result.status is InventoryStatus.ACCEPTED
    assert "bulkUpdatePriceQuantity" not in world.ebay.counts()["calls"]


# --- quotas and access ----------------------------------------------------------------------------------------------


async def test_polls_of_all_sellers_leave_calls_for_confirmations(world: World) -> None:
    """Two sellers of one application, one store of limits: the share holds for both together."""
    store = MemoryLimitStore()
    one = world.open(limits=store)
    other = world.open(account="de", limits=store, **world.ebay.add_seller("acme_de"))
    order = await one.get_order(world.ebay.place_order())
    world.ebay.use_quota("sell.fulfillment", remaining=20_000)
    await one.read_quotas()
    for channel in (one, other):
        with pytest.raises(RateLimitError):
            await ids(channel)
    assert (await one.fulfill(world.leaving(order))).id == NUMBER


async def test_spent_quota_says_when_it_is_over(world: World) -> None:
    """Midnight in California, and no call before."""
    order_id = world.ebay.place_order()
    world.ebay.use_quota("sell.fulfillment")
    for _ in range(3):
        with pytest.raises(RateLimitError) as caught:
            await world.channel.get_order(order_id)
        assert caught.value.retry_after == timedelta(hours=23)
    assert world.ebay.counts()["calls"]["getOrder"] == 1
    world.clock.advance(timedelta(hours=23, seconds=1).total_seconds())
    assert (await world.channel.get_order(order_id)).id == order_id


async def test_withdrawn_consent_is_named_and_a_new_one_works(world: World) -> None:
    """The seller changed the password: connect again, and go on."""
    order_id = world.ebay.place_order()
    world.ebay.revoke()
    world.ebay.expire_tokens()
    with pytest.raises(AuthenticationError, match="authorize again"):
        await world.channel.get_order(order_id)
    calls = world.ebay.counts()["calls"]
    assert (calls["token"], calls.get("getOrder", 0)) == (1, 0)
    url = world.channel.authorization_url(redirect_uri="https://app.example.com/back", state="s-1")
    back = parse_qs(urlsplit(world.ebay.consent(url)).query)
    assert back["state"] == ["s-1"]
    settings = await world.channel.exchange_code(back["code"][0], redirect_uri="https://app.example.com/back")
    assert (await world.open(**dict[str, Any](settings)).get_order(order_id)).id == order_id


async def test_missing_scope_is_named(world: World) -> None:
    """A new scope needs a new consent."""
    world.ebay.set_scopes(["https://api.ebay.com/oauth/api_scope"])
    with pytest.raises(PermissionDeniedError, match=r"sell\.fulfillment"):
        await ids(world.open())


async def test_suspended_seller_is_told(world: World) -> None:
    """Nothing can be confirmed before eBay lifts it."""
    order = await world.channel.get_order(world.ebay.place_order())
    world.ebay.set_switches(suspended=True)
    with pytest.raises(PermissionDeniedError, match="suspended"):
        await world.channel.fulfill(world.leaving(order))


# --- subscriptions --------------------------------------------------------------------------------------------------

HOOK = "https://app.example.com/ebay/notifications"
ORDERS, CANCELS = "ORDER_CONFIRMATION", "ORDER_CANCELLATION_ACTIVITY"


def hand_over(world: World, driver: EbayChannel, hook: str = HOOK) -> None:
    """Let the endpoint be the driver's receive, as an application has it."""

    async def receiver(
        method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        outcome = await driver.receive(WebhookRequest(method=method, url=url, headers=headers, body=body))
        return outcome.status, outcome.headers, outcome.body

    world.ebay.attach_receiver(hook, receiver)


async def test_orders_are_pushed_after_subscribing(world: World) -> None:
    """From nothing to the first push, over the challenge that the driver answers itself."""
    driver = world.open(alert_email="ops@example.com", webhook_endpoint=HOOK)
    hand_over(world, driver)
    (made,) = await driver.subscribe(HOOK)
    assert (made.topic, made.destination, made.active) == (ORDERS, HOOK, True)
    assert [one["answered"] for one in world.ebay.challenges()] == [True]
    order_id = world.ebay.place_order()
    events = [event for outcome in await world.receive_all(driver) for event in outcome.events]
    assert {getattr(event, "order_id", None) for event in events} == {order_id}
    assert list(await driver.list_subscriptions()) == [made]


async def test_subscribing_again_changes_nothing(world: World) -> None:
    """It is done at every start; each topic has one subscription."""
    driver = world.open(alert_email="ops@example.com")
    hand_over(world, driver)
    first = await driver.subscribe(HOOK, topics=[ORDERS, CANCELS])
    assert await driver.subscribe(HOOK, topics=[ORDERS, CANCELS]) == first
    assert len(world.ebay.challenges()) == 1
    assert len(await driver.list_subscriptions()) == 2


async def test_endpoint_that_moved_takes_its_subscriptions_along(world: World) -> None:
    """And the ones that were disabled are enabled."""
    driver = world.open(alert_email="ops@example.com")
    hand_over(world, driver)
    moved = f"{HOOK}/v2"
    hand_over(world, driver, moved)
    (first,) = await driver.subscribe(HOOK)
    await driver.disable_subscription(first)
    assert [one.active for one in await driver.list_subscriptions()] == [False]
    (second,) = await driver.subscribe(moved)
    assert (second.id, second.destination) == (first.id, moved)
    world.ebay.place_order()
    assert {sent["url"] for sent in world.ebay.deliveries()} == {moved}


async def test_destination_that_ebay_marked_down_is_put_up_again(world: World) -> None:
    """An endpoint that failed for a day gets nothing any more, until somebody says so."""
    driver = world.open(alert_email="ops@example.com")
    hand_over(world, driver)
    await driver.subscribe(HOOK)
    world.ebay.seed_orders(20)
    for _ in range(20):
        for sent in world.ebay.deliveries():
            world.ebay.report_delivery(json.loads(sent["body"])["notification"]["notificationId"], 503)
    assert [one.active for one in await driver.list_subscriptions()] == [False]
    (again,) = await driver.subscribe(HOOK)
    assert again.active
    assert [one.active for one in await driver.list_subscriptions()] == [True]


async def test_endpoint_that_is_not_up_is_refused(world: World) -> None:
    """EBay asks for the challenge before it takes an endpoint."""
    driver = world.open(alert_email="ops@example.com")
    world.ebay.answer_challenges(HOOK, None)
    with pytest.raises(RejectedError, match="challenge") as caught:
        await driver.subscribe(HOOK)
    assert str(driver.config.verification_token) not in str(caught.value)


async def test_topic_beyond_the_consent_is_named(world: World) -> None:
    """The seller must agree to it first."""
    base = "https://api.ebay.com/oauth/api_scope"
    world.ebay.set_scopes([base, f"{base}/sell.fulfillment", f"{base}/commerce.notification.subscription"])
    driver = world.open(alert_email="ops@example.com")
    hand_over(world, driver)
    with pytest.raises(PermissionDeniedError, match=rf"{CANCELS}.*sell\.cancellation"):
        await driver.subscribe(HOOK, topics=[CANCELS])


async def test_test_message_arrives(world: World) -> None:
    """Signed as the others are."""
    driver = world.open(alert_email="ops@example.com")
    hand_over(world, driver)
    (made,) = await driver.subscribe(HOOK)
    await driver.test_subscription(made)
    assert len(await world.receive_all(driver)) == 1


async def test_ended_subscription_pushes_nothing(world: World) -> None:
    """And may be ended twice."""
    driver = world.open(alert_email="ops@example.com")
    hand_over(world, driver)
    (made,) = await driver.subscribe(HOOK)
    await driver.unsubscribe(made)
    await driver.unsubscribe(made)
    world.ebay.place_order()
    assert world.ebay.deliveries() == []
    assert list(await driver.list_subscriptions()) == []


# --- two sellers ----------------------------------------------------------------------------------------------------


async def test_two_sellers_of_one_application_never_mix(world: World) -> None:
    """One keyset, one store of tokens and limits: orders, tokens and subscriptions are each seller's own; the quota is shared."""
    tokens, limits = MemoryTokenStore(), MemoryLimitStore()
    german = world.ebay.add_seller("acme_de", country="DE", marketplace="EBAY_DE")
    both = [
        EbayChannel(
            EbayConfig(**{**world.ebay.settings(), **settings, "alert_email": "ops@example.com"}),
            account=name,
            transport=asgi_transport(world.ebay.app),
            clock=world.clock,
            tokens=tokens,
            limits=limits,
        )
        for name, settings in (("us", {}), ("de", german))
    ]
    us, de = both
    theirs = {us: world.ebay.place_order(), de: world.ebay.place_order(seller="acme_de")}
    world.clock.advance(600)
    for driver, order_id in theirs.items():
        assert await ids(driver) == {order_id}
        (order,) = [one async for one in driver.list_orders()]
        assert order.channel == driver.key
    with pytest.raises(NotFoundError):
        await us.get_order(theirs[de])
    hooks = {driver: f"{HOOK}/{driver.account}" for driver in both}
    made = {}
    for driver in both:
        hand_over(world, driver, hooks[driver])
        (made[driver],) = await driver.subscribe(hooks[driver])
    assert made[us].id != made[de].id
    for driver in both:
        assert list(await driver.list_subscriptions()) == [made[driver]]
    await us.unsubscribe(made[us])
    assert list(await de.list_subscriptions()) == [made[de]]
    order_id = world.ebay.place_order(seller="acme_de")
    world.ebay.place_order()
    assert {sent["url"] for sent in world.ebay.deliveries(keep=True)} == {hooks[de]}
    (outcome,) = await world.receive_all(de)
    assert {(event.account, getattr(event, "order_id", None)) for event in outcome.events} == {("ebay:de", order_id)}
    # The day's calls are the application's: both drivers count in one place.
    counted = {name: quota["used"] for name, quota in world.ebay.quotas().items()}
    assert (await us.read_quotas())["sell.fulfillment"].remaining == 100_000 - counted["sell.fulfillment"]
    for driver in both:
        await driver.aclose()


async def test_two_applications_count_apart(world: World) -> None:
    """What one keyset has used up does not stop another in the same store."""
    limits = MemoryLimitStore()
    mine, other = (
        world.open(account="mine", limits=limits),
        world.open(account="other", limits=limits, client_id="OTHER"),
    )
    keys = {driver: driver._client._limits.key("x:sell.fulfillment", world.clock.now()) for driver in (mine, other)}
    assert keys[mine] != keys[other]
    same = world.open(account="third", limits=limits)
    assert same._client._limits.key("y:sell.fulfillment", world.clock.now()) == keys[mine]


# --- pushes ---------------------------------------------------------------------------------------------------------


async def test_pushes_survive_duplicates_disorder_and_a_new_key(world: World) -> None:
    """Each delivery of one push has one id; a key that was replaced is asked for anew."""
    order_id = world.ebay.place_order()
    for topic in ("ORDER_CONFIRMATION", "ITEM_MARKED_SHIPPED", "ORDER_RETURN_ACTIVITY"):
        world.ebay.push_notification(topic, {"order": {"orderId": order_id}})
    outcomes = await world.receive_all(duplicates=2, shuffle=True)
    assert len(outcomes) == 9
    assert len({event.id for outcome in outcomes for event in outcome.events}) == 3
    world.ebay.rotate_notification_key()
    world.ebay.push_notification("ORDER_CONFIRMATION", {"order": {"orderId": order_id}})
    assert [len(outcome.events) for outcome in await world.receive_all()] == [1]


async def test_closed_account_asks_for_erasure(world: World) -> None:
    """Every keyset must take these."""
    order = await world.channel.get_order(world.ebay.place_order(buyer="jodoe"))
    world.ebay.delete_account("jodoe")
    (outcome,) = await world.receive_all()
    asked = [event.customer_id for event in outcome.events if isinstance(event, PersonalDataRequest)]
    assert order.buyer is not None
    assert order.buyer.id in asked


# --- with the facade ------------------------------------------------------------------------------------------------


async def test_order_is_shipped_through_the_facade(world: World, tmp_path: Path) -> None:
    """Read here, bought at UPS, confirmed here, once, with the label's own number."""
    world.ebay.place_order(lines=[{"sku": "A", "quantity": 2}])
    async with (
        Sandbox(clock=world.clock) as sandbox,
        cc.Fulfiller(
            channels=[world.channel],
            carriers=[sandbox.carrier("ups")],
            ledger=f"sqlite:///{tmp_path / 'shop.db'}",
            ship_from=make_warehouse(),
            clock=world.clock,
        ) as fulfiller,
    ):
        orders = [order async for order in fulfiller.orders()]
        assert len(orders) == 1
        done = await fulfiller.ship(orders[0], parcels=[make_parcel()], choose=cc.cheapest())
        (told,) = await world.channel.list_fulfillments(orders[0].id)
    assert done.shipment is not None
    assert [parcel.tracking_number for parcel in told.parcels] == [done.shipment.tracking_number]
    assert world.ebay.duplicates() == []


async def test_order_that_the_buyer_wants_to_cancel_gets_no_label(world: World, tmp_path: Path) -> None:
    """Asked between reading and buying: the list said nothing of it."""
    world.ebay.set_switches(hide_cancel_state=True)
    order_id = world.ebay.place_order()
    async with (
        Sandbox(clock=world.clock) as sandbox,
        cc.Fulfiller(
            channels=[world.channel],
            carriers=[sandbox.carrier("ups")],
            ledger=f"sqlite:///{tmp_path / 'shop.db'}",
            ship_from=make_warehouse(),
            clock=world.clock,
        ) as fulfiller,
    ):
        (order,) = [order async for order in fulfiller.orders()]
        world.ebay.request_cancellation(order_id)
        with pytest.raises(OrderChangedError):
            await fulfiller.ship(order, parcels=[make_parcel()], choose=cc.cheapest())
        assert sandbox.simulator("ups").counts()["calls"].get("ship", 0) == 0  # type: ignore[attr-defined]  # a mapping of counters


async def test_number_that_does_not_fit_is_refused_by_name(world: World) -> None:
    """The error names number and way out; nothing was told without it."""
    order = await world.channel.get_order(world.ebay.place_order())
    world.ebay.set_switches(strict_carriers=True)
    channel = world.open(carrier_codes={"ups": "NoSuchCarrier"})
    with pytest.raises(RejectedError) as caught:
        await channel.fulfill(world.leaving(order))
    assert caught.value.code == "32300"
    assert list(await channel.list_fulfillments(order.id)) == []
