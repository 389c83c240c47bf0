"""Amazon's driver against the simulator: whole stories, with time moved by hand."""

import re
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from cartcarrier.channels.amazon import AmazonChannel, AmazonConfig
from cartcarrier.errors import (
    AuthenticationError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    OperationError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
    TransportError,
    UnavailableError,
    UnsupportedOperationError,
)
from cartcarrier.http import ManualClock, asgi_transport
from cartcarrier.models import (
    CancellationStatus,
    Event,
    FulfilledBy,
    Fulfillment,
    FulfillmentParcel,
    InventoryLevel,
    InventoryStatus,
    Order,
    OrderCancelled,
    OrderChanged,
    OrderQuery,
    OrderStatus,
    PaymentStatus,
    WebhookRequest,
)
from cartcarrier.sandbox.amazon import AmazonSimulator

UPS_NUMBER = "1Z999AA10123456784"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:amazon-orders"


class World:
    """A seller, a simulator, and the time that both share."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.simulator: Any = AmazonSimulator(clock=self.clock)

    def channel(self, *, account: str = "default", max_wait: timedelta | None = None, **settings: Any) -> AmazonChannel:
        """Open the driver on the simulator."""
        config = AmazonConfig(**{**self.simulator.settings(), **settings})
        transport = asgi_transport(self.simulator.app)
        return AmazonChannel(config, account=account, transport=transport, clock=self.clock, max_wait=max_wait)

    def calls(self, operation: str) -> int:
        """Return how often an operation was called."""
        return int(self.simulator.calls[operation])

    def left(self, order: Order, pieces: Mapping[str, int] | None = None, **changes: Any) -> Fulfillment:
        """Return what Amazon is told when pieces of an order have left; by default all."""
        lines = pieces or {line.id: line.unfulfilled_quantity for line in order.lines}
        parcel = FulfillmentParcel(carrier="ups", tracking_number=UPS_NUMBER, service="UPS Ground")
        return Fulfillment(
            **{
                "order_id": order.id,
                "lines": lines,
                "parcels": (parcel,),
                "reference": "cc-0123456789abcdef",
                "shipped_at": self.clock.now(),
                "notify_buyer": True,
                **changes,
            }
        )


@pytest.fixture
def world() -> World:
    """A world of its own for each test."""
    return World()


def lines(*quantities: int, **more: object) -> list[dict[str, object]]:
    """Return lines of an order, with so many pieces each."""
    return [
        {"sku": f"SKU-{number}", "title": "Mug", "quantity": quantity, "price": "12.50", **more}
        for number, quantity in enumerate(quantities, start=1)
    ]


async def listed(channel: AmazonChannel, **query: Any) -> list[Order]:
    """Return all orders of a listing."""
    return [order async for order in channel.list_orders(OrderQuery(**query))]


async def until_error(channel: AmazonChannel) -> tuple[list[Order], OperationError | None]:
    """Return what a listing gave, and the error in which it ended."""
    found: list[Order] = []
    try:
        async for order in channel.list_orders():
            found.append(order)  # noqa: PERF401 - what came before an error is kept
    except OperationError as error:
        return found, error
    return found, None


# --- reading --------------------------------------------------------------------------------------------------------------


async def test_price_of_a_line_becomes_the_price_of_a_piece(world: World) -> None:
    """Amazon's ITEM part is the line's: taken for a piece's, customs would read three times the value."""
    order_id = world.simulator.place_order(lines=lines(3, discount="4.50", shipping="4.90", tax="3.00"))
    (line,) = (await world.channel().get_order(order_id)).lines
    assert line.unit_price is not None
    assert line.unit_price.amount == Decimal("12.50")
    assert line.total is not None
    assert line.total.amount == Decimal("33.00")
    assert line.tax is not None
    assert line.tax.amount == Decimal("3.00")


async def test_orders_of_amazon_are_told_from_the_merchants(world: World) -> None:
    """What Amazon ships must never get a label of ours."""
    ours = world.simulator.place_order()
    theirs = world.simulator.place_order(fulfilled_by="AMAZON")
    channel = world.channel()
    assert (await channel.get_order(ours)).fulfilled_by is FulfilledBy.MERCHANT
    assert (await channel.get_order(theirs)).fulfilled_by is FulfilledBy.CHANNEL
    only = [order.id for order in await listed(channel, fulfilled_by=FulfilledBy.MERCHANT)]
    assert (ours in only, theirs in only) == (True, False)


@pytest.mark.parametrize(
    ("status", "expected", "payment"),
    [
        ("PENDING", OrderStatus.PENDING, PaymentStatus.PENDING),
        ("PENDING_AVAILABILITY", OrderStatus.PENDING, PaymentStatus.PENDING),
        ("UNSHIPPED", OrderStatus.UNFULFILLED, PaymentStatus.PAID),
    ],
)
async def test_status_says_whether_it_may_be_shipped(
    world: World, status: str, expected: OrderStatus, payment: PaymentStatus
) -> None:
    """A pending order has no address and no payment yet."""
    order = await world.channel().get_order(world.simulator.place_order(status=status))
    assert (order.status, order.payment_status) == (expected, payment)
    assert (order.ship_to is None) == (expected is OrderStatus.PENDING)


async def test_prime_and_business_are_said(world: World) -> None:
    """Prime orders want labels from Amazon, business orders a purchase order number on the papers."""
    order_id = world.simulator.place_order(programs=["PRIME", "AMAZON_BUSINESS"], buyer={"po_number": "PO-77"})
    order = await world.channel().get_order(order_id)
    assert {"prime", "business"} <= set(order.tags)
    assert order.notes == "purchase order: PO-77"


async def test_buyers_cancel_request_is_seen_before_shipping(world: World) -> None:
    """The order stays UNSHIPPED: only its items carry the request."""
    order_id = world.simulator.place_order()
    channel = world.channel()
    assert not (await channel.get_order(order_id)).cancel_requested
    world.simulator.request_cancellation(order_id)
    order = await channel.get_order(order_id)
    assert (order.status, order.cancel_requested) == (OrderStatus.UNFULFILLED, True)


async def test_several_marketplaces_are_read_by_one_account(world: World) -> None:
    """A seller in the US and Canada has one authorization for both."""
    there = world.simulator.place_order(marketplace="CA")
    here = world.simulator.place_order()
    only_us, both = world.channel(), world.channel(account="both", marketplace_ids=["US", "CA"])
    assert {order.id for order in await listed(only_us)} == {here}
    assert {order.id for order in await listed(both)} == {here, there}


async def test_order_of_another_marketplace_is_confirmed_there(world: World) -> None:
    """The marketplace of a confirmation is the order's, not the first of the account."""
    channel = world.channel(marketplace_ids=["US", "CA"])
    order = await channel.get_order(world.simulator.place_order(marketplace="CA"))
    await channel.fulfill(world.left(order))
    assert (await channel.get_order(order.id)).status is OrderStatus.FULFILLED


async def test_every_order_is_listed_once(world: World) -> None:
    """Plain and awkward ones, over several pages."""
    placed = world.simulator.seed_orders(250)
    everywhere = world.simulator.credentials("na")["marketplace_ids"]
    found = [order.id for order in await listed(world.channel(marketplace_ids=everywhere))]
    assert sorted(found) == sorted(placed)
    assert world.calls("searchOrders") == 3


async def test_listing_costs_one_search_for_a_hundred_orders(world: World) -> None:
    """There are 20 searches an hour: addresses, prices and packages come with them, not after them."""
    world.simulator.seed_orders(100)
    await listed(world.channel())
    assert (world.calls("searchOrders"), world.calls("getOrder")) == (1, 0)


async def test_label_must_wait_for_its_window(world: World) -> None:
    """Amazon names a moment before which no label may be made."""
    after = world.clock.now() + timedelta(hours=6)
    order_id = world.simulator.place_order(label_after=after.isoformat())
    channel = world.channel()
    assert (await channel.get_order(order_id)).holds == ("LABEL_NOT_YET",)
    await world.simulator.advance(6 * 3600 + 1)
    assert (await channel.get_order(order_id)).holds == ()


async def test_regulated_order_is_held_until_it_is_verified(world: World) -> None:
    """Its state is in an old operation that wants a restricted token: one serves all orders for an hour."""
    pending = world.simulator.place_order(regulated="Pending")
    approved = world.simulator.place_order(regulated="Approved")
    plain = world.simulator.place_order()
    channel = world.channel(check_regulated=True)
    assert (await channel.get_order(pending)).holds == ("REGULATED_VERIFICATION_PENDING",)
    assert (await channel.get_order(approved)).holds == ()
    assert (await channel.get_order(plain)).holds == ()
    assert world.calls("createRestrictedDataToken") == 1


async def test_refused_data_set_leaves_the_place_in_the_list(world: World) -> None:
    """Amazon once refused FULFILLMENT for a day: that is an error, and no reason to believe that there are no orders."""
    order_id = world.simulator.place_order()
    channel = world.channel()
    world.simulator.set_switches(refuse_fulfillment_data=True)
    with pytest.raises(RejectedError):
        await listed(channel)
    world.simulator.set_switches(refuse_fulfillment_data=False)
    assert [order.id for order in await listed(channel)] == [order_id]


async def test_seller_in_europe_is_asked_for_in_europe(world: World) -> None:
    """Each region has a host and an authorization of its own."""
    order_id = world.simulator.place_order(marketplace="DE")
    channel = world.channel(**world.simulator.credentials("eu"))
    assert (await channel.get_order(order_id)).id == order_id
    with pytest.raises(NotFoundError):
        await world.channel(account="na").get_order(order_id)


# --- roles, tokens, authorization -------------------------------------------------------------------------------------------


async def test_missing_address_role_is_an_error_and_no_blank_address(world: World) -> None:
    """Amazon answers 200 with the address left out; a label to nowhere would follow."""
    order_id = world.simulator.place_order()
    world.simulator.set_roles(["inventory_and_order_tracking"])
    channel = world.channel()
    with pytest.raises(PermissionDeniedError, match="Direct-to-Consumer") as caught:
        await channel.get_order(order_id)
    assert not caught.value.outcome_unknown
    found, error = await until_error(channel)
    assert isinstance(error, PermissionDeniedError)
    assert "Direct-to-Consumer" in error.message
    assert [(order.id, order.ship_to, order.holds) for order in found] == [(order_id, None, ("ADDRESS_WITHHELD",))]


async def test_application_without_addresses_can_still_read(world: World) -> None:
    """Who only watches orders needs no restricted role."""
    order_id = world.simulator.place_order()
    world.simulator.set_roles(["inventory_and_order_tracking"])
    channel = world.channel(read_addresses=False)
    assert [order.id for order in await listed(channel)] == [order_id]
    assert (await channel.get_order(order_id)).ship_to is None


async def test_denied_search_names_the_roles(world: World) -> None:
    """Some sellers get 403 whatever is asked for: that is for a person, and no empty list."""
    world.simulator.place_order()
    world.simulator.set_switches(deny_searching_orders=True)
    with pytest.raises(PermissionDeniedError, match="authorize again"):
        await listed(world.channel())


async def test_expired_access_token_is_replaced_unseen(world: World) -> None:
    """It lives an hour; nobody should notice."""
    order_id = world.simulator.place_order()
    channel = world.channel()
    await channel.get_order(order_id)
    world.simulator.expire_tokens()
    assert (await channel.get_order(order_id)).id == order_id
    assert world.calls("token") == 2


async def test_revoked_authorization_is_for_the_seller_to_mend(world: World) -> None:
    """Asking again and again would not bring it back."""
    order_id = world.simulator.place_order()
    channel = world.channel()
    await channel.get_order(order_id)
    world.simulator.revoke()
    with pytest.raises(AuthenticationError, match="authorize again"):
        await channel.get_order(order_id)
    assert world.calls("token") == 2


async def test_expired_client_secret_is_named(world: World) -> None:
    """Amazon lets it die after 180 days, with all calls at once."""
    channel = world.channel()
    world.simulator.rotate_secret()
    with pytest.raises(AuthenticationError, match="180 days"):
        await channel.get_order(world.simulator.place_order())


async def test_seller_connects_an_account(world: World) -> None:
    """From the consent page to settings that work."""
    settings = world.simulator.settings()
    app = world.channel(refresh_token=None, seller_id=None, application_id="amzn1.sp.solution.1")
    url = app.authorization_url(redirect_uri="https://app.example/back", state="s-1")
    assert url.startswith("https://sellercentral.amazon.com/apps/authorize/consent?application_id=amzn1.sp.solution.1")
    answer = world.simulator.consent(state="s-1")
    back = "https://app.example/back?" + "&".join(f"{name}={value}" for name, value in answer.items())
    found = app.verify_callback(back, state="s-1")
    kept = await app.exchange_code(found["code"], redirect_uri="https://app.example/back")
    assert found["seller_id"] == settings["seller_id"]
    connected = world.channel(account="connected", **dict[str, Any](kept, seller_id=found["seller_id"]))
    order_id = world.simulator.place_order()
    assert (await connected.get_order(order_id)).id == order_id


async def test_code_is_good_for_five_minutes(world: World) -> None:
    """A seller who comes back late must be sent again."""
    app = world.channel()
    found = world.simulator.consent(state="s-1")
    await world.simulator.advance(301)
    with pytest.raises(AuthenticationError):
        await app.exchange_code(found["spapi_oauth_code"], redirect_uri="https://app.example/back")


async def test_marketplaces_are_asked_for_once_a_day(world: World) -> None:
    """The call flows back at one a minute."""
    channel = world.channel()
    assert "ATVPDKIKX0DER" in await channel.marketplaces()
    await channel.marketplaces()
    assert world.calls("getMarketplaceParticipations") == 1


# --- limits -----------------------------------------------------------------------------------------------------------------


async def test_used_up_searches_still_give_what_notifications_named(world: World) -> None:
    """A new order must not wait an hour for a search that getOrder can spare."""
    channel = world.channel()
    known = world.simulator.place_order()
    world.simulator.set_limit("searchOrders", 0.0056, 1)
    assert [order.id for order in await listed(channel)] == [known]
    new = world.simulator.place_order()
    await channel.receive(_order_change(new, world))
    found, error = await until_error(channel)
    while error is None:
        found, error = await until_error(channel)
    assert [order.id for order in found] == [new]
    assert isinstance(error, RateLimitError)
    assert error.retry_after is not None
    assert error.retry_after <= timedelta(seconds=179)


async def test_search_is_never_slept_for_in_silence(world: World) -> None:
    """Three minutes of sleep look like hanging: the caller is told when to come back."""
    channel = world.channel()
    world.simulator.place_order()
    before = world.clock.now()
    errors = [(await until_error(channel))[1] for _ in range(25)]
    assert errors[:20] == [None] * 20
    assert all(isinstance(error, RateLimitError) and error.retry_after for error in errors[20:])
    assert world.clock.now() - before < timedelta(seconds=5)
    assert world.calls("searchOrders") == 20


async def test_caller_may_allow_the_wait(world: World) -> None:
    """A nightly job has the time."""
    channel = world.channel(max_wait=timedelta(minutes=10))
    world.simulator.place_order()
    for _ in range(22):
        await listed(channel)
    assert world.calls("searchOrders") == 22


async def test_fifty_new_orders_an_hour_are_read_without_waiting(world: World) -> None:
    """Pushed one by one, each is read by getOrder; searches stay for the reconciliation."""
    channel = world.channel(search_minutes=15)
    seen: set[str] = set()
    placed: set[str] = set()
    for _ in range(50):
        new = world.simulator.place_order()
        placed.add(new)
        await channel.receive(_order_change(new, world))
        seen |= {order.id for order in await listed(channel, statuses={OrderStatus.UNFULFILLED})}
        assert new in seen
        await world.simulator.advance(72)
    assert seen == placed
    assert world.calls("searchOrders") <= 5


async def test_interrupted_walk_goes_on_where_it_stopped(world: World) -> None:
    """With more pages than searches, starting anew each time would never reach the last page."""
    placed = {world.simulator.place_order() for _ in range(30)}
    channel = world.channel()
    world.simulator.set_limit("searchOrders", 0.0056, 4)
    seen: set[str] = set()
    for _ in range(40):
        try:
            async for order in channel.list_orders(OrderQuery(page_size=2)):
                seen.add(order.id)
        except RateLimitError:
            await world.simulator.advance(3600)
        if seen == placed:
            break
    assert seen == placed


# --- confirming -------------------------------------------------------------------------------------------------------------


async def test_parts_of_an_order_leave_one_after_the_other(world: World) -> None:
    """Two shipments, two packages, and the order is shipped."""
    channel = world.channel()
    order = await channel.get_order(world.simulator.place_order(lines=lines(3)))
    (line,) = order.lines
    first = await channel.fulfill(world.left(order, {line.id: 1}))
    after = await channel.get_order(order.id)
    assert (after.status, after.lines[0].unfulfilled_quantity) == (OrderStatus.PARTIALLY_FULFILLED, 2)
    other = FulfillmentParcel(carrier="usps", tracking_number="9400111899560000000001", service="Ground Advantage")
    second = await channel.fulfill(world.left(order, {line.id: 2}, parcels=(other,), reference="cc-fedcba"))
    assert first.id != second.id
    known = await channel.list_fulfillments(order.id)
    assert [(one.parcels[0].carrier, dict(one.lines)) for one in known] == [
        ("ups", {line.id: 1}),
        ("usps", {line.id: 2}),
    ]
    assert (await channel.get_order(order.id)).status is OrderStatus.FULFILLED


async def test_parcels_with_known_contents_are_packages_of_their_own(world: World) -> None:
    """One call is one package."""
    channel = world.channel()
    order = await channel.get_order(world.simulator.place_order(lines=lines(1, 1)))
    one, two = order.lines
    parcels = (
        FulfillmentParcel(carrier="ups", tracking_number=UPS_NUMBER, lines={one.id: 1}),
        FulfillmentParcel(carrier="fedex", tracking_number="794600000001", lines={two.id: 1}),
    )
    done = await channel.fulfill(world.left(order, parcels=parcels))
    known = await channel.list_fulfillments(order.id)
    assert {fulfillment.id for fulfillment in known} == set((done.id or "").split(","))
    assert {fulfillment.parcels[0].carrier for fulfillment in known} == {"ups", "fedex"}


async def test_confirming_again_is_no_error(world: World) -> None:
    """After a crash the same is told again."""
    channel = world.channel()
    order = await channel.get_order(world.simulator.place_order())
    first = await channel.fulfill(world.left(order))
    assert await channel.fulfill(world.left(order)) == first
    assert len(await channel.list_fulfillments(order.id)) == 1


async def test_same_number_under_another_reference_is_known_already(world: World) -> None:
    """A lost ledger makes a new reference: Amazon says that it finds no package, and the order tells that all is well."""
    channel = world.channel()
    order = await channel.get_order(world.simulator.place_order())
    first = await channel.fulfill(world.left(order))
    again = await channel.fulfill(world.left(order, reference="cc-other"))
    assert again.id == first.id
    assert len(await channel.list_fulfillments(order.id)) == 1


async def test_other_number_for_a_shipped_order_conflicts(world: World) -> None:
    """Somebody else has shipped it."""
    channel = world.channel()
    order = await channel.get_order(world.simulator.place_order())
    await channel.fulfill(world.left(order))
    other = FulfillmentParcel(carrier="ups", tracking_number="1Z999AA10199999997")
    with pytest.raises(ConflictError, match="left already"):
        await channel.fulfill(world.left(order, parcels=(other,), reference="cc-other"))


async def test_number_of_a_package_is_replaced(world: World) -> None:
    """A label bought anew."""
    channel = world.channel()
    order = await channel.get_order(world.simulator.place_order())
    done = await channel.fulfill(world.left(order))
    changed = world.left(order, parcels=(FulfillmentParcel(carrier="dhl", tracking_number="JD01"),), id=done.id)
    await channel.update_tracking(changed)
    (known,) = await channel.list_fulfillments(order.id)
    assert (known.id, known.parcels[0].carrier, known.parcels[0].tracking_number) == (done.id, "dhl", "JD01")


async def test_replacing_an_unknown_package_makes_none(world: World) -> None:
    """To Amazon an unknown reference is a new package."""
    channel = world.channel()
    order = await channel.get_order(world.simulator.place_order())
    with pytest.raises(NotFoundError):
        await channel.update_tracking(world.left(order, id="424242"))
    assert await channel.list_fulfillments(order.id) == []


async def test_order_that_was_cancelled_is_not_confirmed(world: World) -> None:
    """The label must be given back."""
    channel = world.channel()
    order = await channel.get_order(world.simulator.place_order())
    world.simulator.cancel(order.id)
    with pytest.raises(ConflictError, match="cancelled"):
        await channel.fulfill(world.left(order))


@pytest.mark.parametrize("program", ["FBM_SHIP_PLUS", "AMAZON_EASY_SHIP", "DELIVERY_BY_AMAZON"])
async def test_orders_with_a_flow_of_their_own_are_not_confirmed(world: World, program: str) -> None:
    """Amazon would answer 400 without saying why."""
    channel = world.channel()
    order = await channel.get_order(world.simulator.place_order(programs=[program]))
    with pytest.raises(UnsupportedOperationError):
        await channel.fulfill(world.left(order))
    assert world.calls("confirmShipment") == 0


async def test_order_of_amazon_is_not_confirmed(world: World) -> None:
    """Amazon ships it itself."""
    channel = world.channel()
    order = await channel.get_order(world.simulator.place_order(fulfilled_by="AMAZON"))
    with pytest.raises(UnsupportedOperationError):
        await channel.fulfill(world.left(order, {order.lines[0].id: 1}))


async def test_unknown_carrier_is_told_by_its_name(world: World) -> None:
    """Other, with the name beside it."""
    channel = world.channel()
    order = await channel.get_order(world.simulator.place_order())
    await channel.fulfill(
        world.left(order, parcels=(FulfillmentParcel(carrier="Snail Express", tracking_number="S1"),))
    )
    (known,) = await channel.list_fulfillments(order.id)
    assert known.parcels[0].carrier == "Snail Express"


async def test_transparency_codes_are_told(world: World) -> None:
    """Without them Amazon refuses."""
    channel = world.channel()
    order = await channel.get_order(world.simulator.place_order(lines=lines(1, transparency=True)))
    with pytest.raises(RejectedError):
        await channel.fulfill(world.left(order))
    code = "AZ:" + "A1" * 13
    await channel.fulfill(world.left(order), transparency_codes={order.lines[0].id: [code]})
    assert (await channel.get_order(order.id)).status is OrderStatus.FULFILLED


@pytest.mark.parametrize("kind", ["drop_after", "status_after"])
async def test_lost_answer_to_a_confirmation_is_uncertain_and_told_once(world: World, kind: str) -> None:
    """The charge may have happened: look, then tell again."""
    channel = world.channel()
    order = await channel.get_order(world.simulator.place_order())
    world.simulator.add_fault(operation="confirmShipment", kind=kind)
    with pytest.raises((TransportError, UnavailableError)) as caught:
        await channel.fulfill(world.left(order))
    assert caught.value.outcome_unknown
    (known,) = await channel.list_fulfillments(order.id)
    assert known.parcels[0].tracking_number == UPS_NUMBER
    await channel.fulfill(world.left(order))
    assert len(await channel.list_fulfillments(order.id)) == 1


# --- cancelling -------------------------------------------------------------------------------------------------------------


async def test_cancellation_is_pending_until_amazon_has_worked_on_it(world: World) -> None:
    """A feed takes minutes; asking again sends no second one."""
    channel = world.channel()
    order_id = world.simulator.place_order()
    first = await channel.cancel_order(order_id, reason="NoInventory")
    assert first.status is CancellationStatus.PENDING
    await world.simulator.advance(1800)
    assert (await channel.cancel_order(order_id)).status is CancellationStatus.DONE
    assert (await channel.get_order(order_id)).status is OrderStatus.CANCELLED
    assert world.calls("createFeed") == 1


async def test_cancellation_can_be_waited_for(world: World) -> None:
    """Who has the time gets the answer."""
    channel = world.channel(feed_wait_seconds=3600)
    assert (await channel.cancel_order(world.simulator.place_order())).status is CancellationStatus.DONE


async def test_shipped_order_is_not_cancelled(world: World) -> None:
    """The feed would refund all of it."""
    channel = world.channel()
    order = await channel.get_order(world.simulator.place_order(lines=lines(2)))
    await channel.fulfill(world.left(order, {order.lines[0].id: 1}))
    result = await channel.cancel_order(order.id)
    assert result.status is CancellationStatus.REFUSED
    assert world.calls("createFeed") == 0


async def test_feed_that_is_done_may_have_refused(world: World) -> None:
    """Shipped between reading and working: the report says no, and so do we."""
    channel = world.channel()
    order = await channel.get_order(world.simulator.place_order())
    assert (await channel.cancel_order(order.id)).status is CancellationStatus.PENDING
    await channel.fulfill(world.left(order))
    await world.simulator.advance(1800)
    assert (await channel.cancel_order(order.id)).status is CancellationStatus.REFUSED


async def test_feed_that_dies_is_a_refusal_and_can_be_tried_again(world: World) -> None:
    """FATAL is not forever."""
    channel = world.channel(feed_wait_seconds=3600)
    order_id = world.simulator.place_order()
    world.simulator.doom_next_feed("CANCELLED")
    assert (await channel.cancel_order(order_id)).status is CancellationStatus.REFUSED
    assert (await channel.cancel_order(order_id)).status is CancellationStatus.DONE


async def test_buyers_request_is_accepted(world: World) -> None:
    """And the order is cancelled."""
    channel = world.channel(feed_wait_seconds=3600)
    order_id = world.simulator.place_order()
    world.simulator.request_cancellation(order_id)
    assert (await channel.answer_cancel_request(order_id, accept=True)).status is CancellationStatus.DONE
    with pytest.raises(ConflictError):
        await channel.answer_cancel_request(order_id, accept=True)


# --- stock ------------------------------------------------------------------------------------------------------------------


async def test_stock_keeps_its_lead_time(world: World) -> None:
    """A replacement would wipe what the seller promised."""
    world.simulator.set_switches(listing_delay_seconds=0)
    world.simulator.add_listing("MUG-1", quantity=1)
    channel = world.channel()
    (result,) = await channel.set_inventory([InventoryLevel(sku="MUG-1", available=8)])
    assert result.status is InventoryStatus.ACCEPTED
    (entry,) = world.simulator.listing("MUG-1")["fulfillment_availability"]
    assert entry == {"fulfillment_channel_code": "DEFAULT", "quantity": 8, "lead_time_to_ship_max_days": 2}


async def test_accepted_stock_shows_later(world: World) -> None:
    """Amazon takes it and works on it: reading tells when it is done."""
    world.simulator.add_listing("MUG-1", quantity=1)
    channel = world.channel()
    await channel.set_inventory([InventoryLevel(sku="MUG-1", available=8)])
    await world.simulator.advance(3600)
    assert await channel.get_inventory(["MUG-1"]) == [InventoryLevel(sku="MUG-1", available=8)]


async def test_awkward_numbers_are_set_and_read(world: World) -> None:
    """Slash, plus, blank, comma, percent: each breaks somebody's path."""
    world.simulator.set_switches(listing_delay_seconds=0)
    skus = ["A/1", "A+1", "A 1", "A,1", "A%1", "Ä-1"]
    for sku in skus:
        world.simulator.add_listing(sku, quantity=1)
    channel = world.channel()
    results = await channel.set_inventory([InventoryLevel(sku=sku, available=4) for sku in skus])
    assert [(one.sku, one.status) for one in results] == [(sku, InventoryStatus.ACCEPTED) for sku in skus]
    assert {(level.sku, level.available) for level in await channel.get_inventory(skus)} == {(sku, 4) for sku in skus}


async def test_feed_with_three_refused_of_many_gives_each_its_result(world: World) -> None:
    """Nothing is dropped in silence."""
    skus = [f"SKU-{number}" for number in range(400)]
    for sku in skus:
        world.simulator.add_listing(sku, quantity=1)
    wrong = {3, 77, 399}
    levels = [
        InventoryLevel(sku=f"NO-SUCH-{index}" if index in wrong else sku, available=5) for index, sku in enumerate(skus)
    ]
    channel = world.channel(feed_wait_seconds=7200)
    results = await channel.set_inventory(levels)
    assert [result.sku for result in results] == [level.sku for level in levels]
    assert {index for index, result in enumerate(results) if result.status is InventoryStatus.REJECTED} == wrong
    assert {result.status for result in results} == {InventoryStatus.ACCEPTED, InventoryStatus.REJECTED}
    assert all(results[index].message for index in wrong)
    assert (world.calls("createFeed"), world.calls("patchListingsItem")) == (1, 0)


async def test_result_of_a_slow_feed_is_asked_for_later(world: World) -> None:
    """PENDING names the feed."""
    skus = [f"SKU-{number}" for number in range(60)]
    for sku in skus:
        world.simulator.add_listing(sku, quantity=1)
    channel = world.channel(feed_wait_seconds=0)
    results = await channel.set_inventory([InventoryLevel(sku=sku, available=5) for sku in skus])
    assert {result.status for result in results} == {InventoryStatus.PENDING}
    await world.simulator.advance(7200)
    feed_id = world.simulator.feeds()[-1]["id"]
    later = await channel.get_inventory_results(feed_id)
    assert {result.status for result in later} == {InventoryStatus.ACCEPTED}


async def test_three_of_ten_thousand_are_refused_and_none_is_lost(world: World) -> None:
    """A result for each, in the order given; the three are named, and all others are set."""
    amount = 10_000
    wrong = {0, 4_711, amount - 1}
    for number in range(amount):
        if number not in wrong:
            world.simulator.add_listing(f"SKU-{number}", quantity=1)
    levels = [InventoryLevel(sku=f"SKU-{number}", available=5) for number in range(amount)]
    results = await world.channel(feed_wait_seconds=7200).set_inventory(levels)
    assert [result.sku for result in results] == [level.sku for level in levels]
    assert {index for index, one in enumerate(results) if one.status is InventoryStatus.REJECTED} == wrong
    assert sum(one.status is InventoryStatus.ACCEPTED for one in results) == amount - 3
    assert all(results[index].message for index in wrong)
    assert world.calls("createFeed") == 1


def feed_named_in(message: str | None) -> str:
    """Return the feed's id that a message names."""
    found = re.search(r"feed ([\w-]+)", message or "")
    assert found is not None
    return found[1]


async def test_pending_stock_is_settled_after_a_restart(world: World) -> None:
    """The process that handed the feed in is gone: its id and the levels are enough, in whatever order they were kept."""
    levels = [InventoryLevel(sku=f"SKU-{number}", available=5) for number in range(60)]
    for level in levels[1:]:
        world.simulator.add_listing(level.sku, quantity=1)
    results = await world.channel(feed_wait_seconds=0).set_inventory(levels)
    (feed_id,) = {feed_named_in(result.message) for result in results}
    await world.simulator.advance(7200)
    later = world.channel()
    with pytest.raises(NotFoundError, match="levels"):
        await later.get_inventory_results(feed_id)
    settled = await later.get_inventory_results(feed_id, levels=levels[::-1])
    assert [one.sku for one in settled] == [level.sku for level in levels[::-1]]
    assert [one.status for one in settled] == [InventoryStatus.ACCEPTED] * 59 + [InventoryStatus.REJECTED]
    # Levels that were never in it are not taken for set.
    more = [*levels, InventoryLevel(sku="NEVER", available=1)]
    assert {one.status for one in await later.get_inventory_results(feed_id, levels=more)} == {
        InventoryStatus.PENDING,
        InventoryStatus.REJECTED,
    }


async def test_pending_cancellation_is_settled_after_a_restart(world: World) -> None:
    """By the feed's id, and without a second feed."""
    order_id = world.simulator.place_order()
    result = await world.channel(feed_wait_seconds=0).cancel_order(order_id)
    assert result.status is CancellationStatus.PENDING
    feed_id = feed_named_in(result.message)
    later = world.channel(feed_wait_seconds=7200)
    assert (await later.get_cancellation_result(order_id, feed_id=feed_id)).status is CancellationStatus.DONE
    assert (await later.get_cancellation_result(order_id, feed_id=feed_id)).status is CancellationStatus.DONE
    assert world.calls("createFeed") == 1
    with pytest.raises(NotFoundError):
        await later.get_cancellation_result(world.simulator.place_order(), feed_id="nobody's")


@pytest.mark.parametrize("end", ["FATAL", "CANCELLED"])
async def test_feed_that_dies_says_so_for_each(world: World, end: str) -> None:
    """FATAL may have set half of it; CANCELLED has set nothing."""
    skus = [f"SKU-{number}" for number in range(60)]
    for sku in skus:
        world.simulator.add_listing(sku, quantity=1)
    world.simulator.doom_next_feed(end)
    channel = world.channel(feed_wait_seconds=7200)
    results = await channel.set_inventory([InventoryLevel(sku=sku, available=5) for sku in skus])
    assert len(results) == 60
    assert InventoryStatus.ACCEPTED not in {result.status for result in results}


async def test_lost_answer_of_a_feed_makes_no_second_one(world: World) -> None:
    """There are five in five minutes."""
    for number in range(60):
        world.simulator.add_listing(f"SKU-{number}", quantity=1)
    world.simulator.add_fault(operation="createFeed", kind="drop_after")
    channel = world.channel(feed_wait_seconds=7200)
    results = await channel.set_inventory([InventoryLevel(sku=f"SKU-{number}", available=5) for number in range(60)])
    assert {result.status for result in results} == {InventoryStatus.ACCEPTED}
    assert len(world.simulator.feeds()) == 1


async def test_stock_at_amazon_is_read_and_not_set(world: World) -> None:
    """What is on its way to a warehouse cannot be sold yet; what lies there is counted by Amazon."""
    world.simulator.set_fba_stock("FBA-1", 12, inbound=30)
    channel = world.channel()
    levels = await channel.get_fba_inventory(["FBA-1", "NO-SUCH"])
    assert [(level.sku, level.available, level.location_id) for level in levels] == [("FBA-1", 12, "AMAZON_NA")]
    (result,) = await channel.set_inventory(levels)
    assert result.status is InventoryStatus.REJECTED


# --- notifications ----------------------------------------------------------------------------------------------------------


def _order_change(order_id: str, world: World) -> WebhookRequest:
    """Return the notification of a new order, as the simulator's queue would hold it."""
    import json

    note = {
        "NotificationType": "ORDER_CHANGE",
        "EventTime": world.clock.now().isoformat(),
        "Payload": {
            "OrderChangeNotification": {
                "SellerId": world.simulator.settings()["seller_id"],
                "AmazonOrderId": order_id,
                "OrderChangeType": "OrderStatusChange",
                "Summary": {"OrderStatus": "Unshipped"},
            }
        },
        "NotificationMetadata": {"NotificationId": f"n-{order_id}"},
    }
    return WebhookRequest(method="POST", url="sqs", headers={}, body=json.dumps(note).encode())


async def test_notifications_are_set_up_and_flow(world: World) -> None:
    """From the queue's ARN to events; setting up twice makes nothing twice."""
    channel = world.channel()
    (subscription,) = await channel.subscribe(QUEUE)
    assert (subscription.topic, subscription.destination) == ("ORDER_CHANGE", QUEUE)
    assert await channel.subscribe(QUEUE) == [subscription]
    assert list(await channel.list_subscriptions()) == [subscription]
    assert (world.calls("createDestination"), world.calls("createSubscription")) == (1, 1)
    await world.simulator.advance(7200)
    order_id = world.simulator.place_order()
    world.simulator.request_cancellation(order_id)
    events: list[Event] = []
    for message in world.simulator.messages(notification_type="ORDER_CHANGE", duplicates=1):
        request = WebhookRequest(method="POST", url="sqs", headers={}, body=message["Body"].encode())
        outcome = await channel.receive(request)
        assert outcome.status == 200
        events += outcome.events
    assert {event.account for event in events} == {"amazon:default"}
    assert {event.order_id for event in events if isinstance(event, OrderChanged | OrderCancelled)} == {order_id}
    assert any(isinstance(event, OrderCancelled) and event.requested for event in events)
    assert len({event.id for event in events}) == len(events) // 2, "a message that comes twice has its id twice"
    await channel.unsubscribe(subscription)
    await channel.unsubscribe(subscription)
    assert list(await channel.list_subscriptions()) == []


async def test_queue_that_moved_takes_its_notifications_along(world: World) -> None:
    """Nothing goes to the old one any more; there is one subscription of a type."""
    channel = world.channel()
    (first,) = await channel.subscribe(QUEUE)
    (second,) = await channel.subscribe(f"{QUEUE}-2")
    assert first.id != second.id
    assert list(await channel.list_subscriptions()) == [second]
    await channel.delete_destination(QUEUE)
    await channel.delete_destination(QUEUE)


async def test_queue_that_gets_nothing_is_refused(world: World) -> None:
    """Amazon takes a FIFO queue, and nothing ever arrives."""
    with pytest.raises(InvalidValueError, match="FIFO"):
        await world.channel().subscribe(f"{QUEUE}.fifo")
    assert world.calls("createDestination") == 0
