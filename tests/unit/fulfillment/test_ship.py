"""Shipping: what is checked before, what is bought, what a key means, what a changed order does."""

from datetime import timedelta

import attrs
import pytest
from typing_extensions import override

from cartcarrier.errors import (
    AddressRejectedError,
    ConfigurationError,
    ConflictError,
    IdempotencyConflictError,
    InvalidValueError,
    OrderChangedError,
    RateExpiredError,
    RateLimitError,
    RejectedError,
    UnavailableError,
    UnsupportedOperationError,
)
from cartcarrier.fulfiller import Fulfiller
from cartcarrier.fulfillment import Choice, fastest
from cartcarrier.http import ManualClock
from cartcarrier.ledger import ShipmentState, WorkState
from cartcarrier.models import (
    Allocation,
    FulfilledBy,
    Order,
    OrderStatus,
    Parcel,
    ParcelItem,
    PreparedPurchase,
    Rate,
    Service,
    ShipmentOptions,
    ShipmentRequest,
    Signature,
)
from tests.unit.fulfillment.conftest import Open
from tests.unit.fulfillment.fakes import (
    HOME,
    NOON,
    WAREHOUSE,
    AdoptCarrier,
    OrderChannel,
    World,
    make_order,
    make_parcel,
    usd,
)


async def test_ship_buys_one_label_and_tells_the_channel_its_number(world: World, open_fulfiller: Open) -> None:
    """The whole way, with nothing in it."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        done = await fulfiller.ship(order, parcels=[make_parcel()])
    assert done.state is ShipmentState.CONFIRMED
    assert [label.shipment.tracking_number for label in world.live] == [done.shipment.tracking_number]
    (told,) = world.told
    assert told.lines == {"a": 2, "b": 1}
    assert told.parcels[0].tracking_number == done.shipment.tracking_number
    assert told.parcels[0].carrier == "fakepost"
    assert done.fulfillment == told
    assert done.choice is not None
    assert done.choice.rate.service.code == "ground"


async def test_same_key_again_returns_the_stored_result(world: World, open_fulfiller: Open) -> None:
    """A job that is delivered twice costs nothing, also in another process with the order as it is then."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        first = await fulfiller.ship(order, parcels=[make_parcel()])
        second = await fulfiller.ship(order, parcels=[make_parcel()])
    async with open_fulfiller() as fulfiller:
        third = await fulfiller.ship(world.orders["1001"], parcels=[make_parcel()])
    assert first.shipment == second.shipment == third.shipment
    assert third.fulfillment == first.fulfillment
    assert (len(world.labels), len(world.told), world.calls["fulfill"]) == (1, 1, 1)


async def test_same_key_for_other_parcels_is_a_conflict(world: World, open_fulfiller: Open) -> None:
    """A key is not silently reused for something else."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        for other in ({"parcels": [make_parcel()] * 2}, {"options": ShipmentOptions(signature=Signature.ADULT)}):
            with pytest.raises(IdempotencyConflictError):
                await fulfiller.ship(order, **{"parcels": [make_parcel()], **other})  # type: ignore[arg-type]  # as given
    assert len(world.labels) == 1


async def test_a_weight_written_otherwise_is_the_same_shipment(world: World, open_fulfiller: Open) -> None:
    """``1`` and ``1.0`` pounds are one parcel, and the chooser and prices do not count."""
    world.add(order := make_order())
    parcel = make_parcel()
    written = attrs.evolve(parcel, weight=attrs.evolve(parcel.weight, value="1.00"))
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[parcel])
        await fulfiller.ship(order, parcels=[written], choose=fastest())
    assert len(world.labels) == 1


async def test_two_keys_ship_two_parts_of_an_order(world: World, open_fulfiller: Open) -> None:
    """A second parcel later is another key."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel(a=2)], key="1")
        row = await fulfiller._desk.ledger.get_order(order.ref)
        assert row is not None
        assert row.state is WorkState.OPEN
        await fulfiller.ship(world.orders["1001"], parcels=[make_parcel(b=1)], key="2")
        row = await fulfiller._desk.ledger.get_order(order.ref)
        assert row is not None
        assert row.state is WorkState.SHIPPED
    assert [dict(told.lines) for told in world.told] == [{"a": 2}, {"b": 1}]
    assert world.told[0].parcels[0].lines == {"a": 2}


async def test_pieces_that_another_label_covers_are_not_shipped_again(world: World, open_fulfiller: Open) -> None:
    """While the channel has not been told, it still shows the pieces as open."""
    world.add(order := make_order())
    world.fail("fulfill", UnavailableError("down", provider="fakeshop", operation="fulfill"))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(UnavailableError):
            await fulfiller.ship(order, parcels=[make_parcel(a=2)], key="1")
        with pytest.raises(InvalidValueError) as caught:
            await fulfiller.ship(order, parcels=[make_parcel(a=1)], key="2")
    assert caught.value.field == "parcels[0].items[0].quantity"
    assert len(world.labels) == 1


async def test_a_replacement_is_not_told_to_the_channel(world: World, open_fulfiller: Open) -> None:
    """A lost parcel goes again though nothing is open."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        again = world.orders["1001"]
        with pytest.raises(InvalidValueError):
            await fulfiller.ship(again, parcels=[make_parcel()], key="2")
        done = await fulfiller.ship(again, parcels=[make_parcel()], key="2", replacement=True)
    assert done.fulfillment is None
    assert (len(world.live), len(world.told)) == (2, 1)


REFUSED = {
    "no parcels": ({"parcels": []}, {}, "parcels"),
    "blank key": ({"key": " "}, {}, "key"),
    "no address": ({}, {"ship_to": None}, "order.ship_to"),
    "unknown line": ({"parcels": [make_parcel(z=1)]}, {}, "parcels[0].items[0].order_line_id"),
    "too many": ({"parcels": [make_parcel(a=2), make_parcel(b=1, a=1)]}, {}, "parcels[1].items[1].quantity"),
    "by the channel": ({}, {"fulfilled_by": FulfilledBy.CHANNEL}, "order.fulfilled_by"),
    "cancelled": ({}, {"status": OrderStatus.CANCELLED}, "order.status"),
    "not paid": ({}, {"status": OrderStatus.PENDING}, "order.status"),
    "held": ({}, {"holds": ("fraud check",)}, "order.holds"),
    "cancellation asked": ({}, {"cancel_requested": True}, "order.cancel_requested"),
    "nothing open": ({}, {"lines": ()}, "order.lines"),
    "increase of what": ({"max_increase": usd("1")}, {}, "max_increase"),
    "two places": (
        {},
        {
            "allocations": (
                Allocation(line_id="a", quantity=2, location_id="east"),
                Allocation(line_id="b", quantity=1, location_id="west"),
            )
        },
        "parcels.items",
    ),
}


@pytest.mark.parametrize(("arguments", "changes", "field"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_cannot_be_is_refused_before_anything_is_written(
    world: World, open_fulfiller: Open, arguments: dict[str, object], changes: dict[str, object], field: str
) -> None:
    """The error names the field; the ledger has no trace."""
    world.add(order := make_order("1001", **changes))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(InvalidValueError) as caught:
            await fulfiller.ship(order, **{"parcels": [make_parcel()], **arguments})  # type: ignore[arg-type]  # on purpose
        assert await fulfiller._desk.ledger.list_shipments() == []
    assert caught.value.field == field
    assert not world.labels


async def test_an_unknown_channel_or_carrier_is_a_configuration_error(world: World, open_fulfiller: Open) -> None:
    """The message names what there is."""
    world.add(order := make_order())
    rate = Rate(carrier="other:x", service=Service(code="g", name="G"), total=usd("1"))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(ConfigurationError, match="other:x"):
            await fulfiller.ship(order, parcels=[make_parcel()], rate=rate)
        with pytest.raises(ConfigurationError, match="elsewhere"):
            await fulfiller.ship(attrs.evolve(order, channel="elsewhere:x"), parcels=[make_parcel()])


CHANGES = {
    "address": ({"ship_to": attrs.evolve(HOME, street1="3 Oak St")}, "address"),
    "cancelled": ({"status": OrderStatus.CANCELLED}, "cancelled"),
    "asked": ({"cancel_requested": True}, "cancellation requested"),
    "held": ({"holds": ("fraud check",), "status": OrderStatus.ON_HOLD}, "on hold: fraud check"),
    "unpaid": ({"status": OrderStatus.PENDING}, "payment pending"),
    "fewer": (
        {"lines": (attrs.evolve(make_order().lines[0], unfulfilled_quantity=1), make_order().lines[1])},
        "quantity of line a: 2 -> 1",
    ),
    "removed": ({"lines": make_order().lines[:1]}, "quantity of line b: 1 -> 0"),
}


@pytest.mark.parametrize(("changes", "words"), CHANGES.values(), ids=CHANGES.keys())
async def test_a_changed_order_is_not_bought_for(
    world: World, open_fulfiller: Open, changes: dict[str, object], words: str
) -> None:
    """The order is read again before buying, and compared by what matters, not by a time stamp."""
    world.add(held := make_order())
    world.change("1001", **changes)
    async with open_fulfiller() as fulfiller:
        with pytest.raises(OrderChangedError) as caught:
            await fulfiller.ship(held, parcels=[make_parcel()])
        assert await fulfiller._desk.ledger.list_shipments() == []
    assert words in caught.value.changes
    assert not caught.value.label_bought
    assert "Elm" not in str(caught.value)
    assert not world.labels


@pytest.mark.parametrize(("changes", "words"), CHANGES.values(), ids=CHANGES.keys())
async def test_an_order_that_changes_while_it_is_bought_is_not_confirmed(
    world: World, open_fulfiller: Open, changes: dict[str, object], words: str
) -> None:
    """It is read again before the channel is told; a cancelled one loses its label by itself."""
    world.add(order := make_order())

    async def change() -> None:
        world.change("1001", **changes)

    world.hooks["purchase"] = change
    async with open_fulfiller() as fulfiller:
        with pytest.raises(OrderChangedError) as caught:
            await fulfiller.ship(order, parcels=[make_parcel()])
        row = await fulfiller._desk.ledger.get_shipment(order.ref, "1")
    assert words in caught.value.changes
    assert caught.value.label_bought
    assert row is not None
    cancelled = words == "cancelled"
    assert row.state is (ShipmentState.VOIDED if cancelled else ShipmentState.BOUGHT)
    assert len(world.live) == (0 if cancelled else 1)
    assert not world.told


async def test_a_cancelled_order_whose_label_cannot_be_voided_is_named(
    world: World, open_fulfiller: Open, caplog: pytest.LogCaptureFixture
) -> None:
    """``CancelledButLive`` is never silent."""
    world.add(order := make_order())
    world.void_refused = True

    async def cancel() -> None:
        world.cancel("1001")

    world.hooks["purchase"] = cancel
    async with open_fulfiller() as fulfiller:
        with pytest.raises(OrderChangedError, match="CancelledButLive"):
            await fulfiller.ship(order, parcels=[make_parcel()])
    assert "CancelledButLive" in caplog.text


async def test_confirm_despite_changes_tells_the_channel(world: World, open_fulfiller: Open) -> None:
    """A person who has looked has the last word."""
    world.add(order := make_order())

    async def move() -> None:
        world.change("1001", ship_to=attrs.evolve(HOME, street1="3 Oak St"))

    world.hooks["purchase"] = move
    async with open_fulfiller() as fulfiller:
        with pytest.raises(OrderChangedError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        with pytest.raises(OrderChangedError):
            await fulfiller.confirm(order.ref)
        done = await fulfiller.confirm(order.ref, despite_changes=True)
    assert done.state is ShipmentState.CONFIRMED
    assert len(world.told) == 1


async def test_a_refused_purchase_leaves_the_key_free(world: World, open_fulfiller: Open) -> None:
    """No money was spent, and we know it: the same key may be tried again, with other parcels too."""
    world.add(order := make_order())
    world.fail("purchase", RejectedError("too heavy", provider="fakepost", operation="ship", code="42"))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(RejectedError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        row = await fulfiller._desk.ledger.get_shipment(order.ref, "1")
        assert row is not None
        assert row.state is ShipmentState.FAILED
        assert row.steps[0].error_code == "42"
        done = await fulfiller.ship(order, parcels=[make_parcel(), make_parcel()])
    assert len(done.shipment.parcels) == 2
    assert len(world.live) == 1


async def test_an_explicit_rate_is_bought_at(world: World, open_fulfiller: Open) -> None:
    """Quote, show, buy what was shown."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        quote = await fulfiller.quote(order, parcels=[make_parcel()])
        assert [rate.service.code for rate in quote.rates] == ["ground", "air"]
        done = await fulfiller.ship(order, parcels=[make_parcel()], rate=quote.rates[1])
    assert done.shipment.service.code == "air"
    assert done.choice is None


@pytest.mark.parametrize(
    ("price", "allowed", "bought"), [("10", None, 1), ("11", None, 0), ("11", "1", 1), ("12", "1", 0)]
)
async def test_an_expired_rate_is_bought_only_within_the_allowed_increase(
    world: World, open_fulfiller: Open, clock: ManualClock, *, price: str, allowed: str | None, bought: int
) -> None:
    """Nobody pays more than was said."""
    world.add(order := make_order())
    carrier = AdoptCarrier(world)
    carrier.valid_for = timedelta(minutes=10)
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        rate = (await fulfiller.quote(order, parcels=[make_parcel()])).rates[0]
        clock.advance(601)
        carrier.price = price
        increase = None if allowed is None else usd(allowed)
        if bought:
            await fulfiller.ship(order, parcels=[make_parcel()], rate=rate, max_increase=increase)
        else:
            with pytest.raises(RateExpiredError):
                await fulfiller.ship(order, parcels=[make_parcel()], rate=rate, max_increase=increase)
    assert len(world.live) == bought


async def test_a_price_that_ends_at_the_purchase_is_asked_once_more(world: World, open_fulfiller: Open) -> None:
    """The carrier says it is over whatever ``valid_until`` said; nothing was bought."""
    world.add(order := make_order())
    world.fail("purchase", RateExpiredError("over"))
    async with open_fulfiller() as fulfiller:
        done = await fulfiller.ship(order, parcels=[make_parcel()])
    assert done.state is ShipmentState.CONFIRMED
    assert len(world.labels) == 1


async def test_the_most_telling_failure_is_raised_with_the_others_as_notes(world: World, open_fulfiller: Open) -> None:
    """A refused address says more than a carrier that is down."""
    world.add(order := make_order())
    world.fail("get_rates one", UnavailableError("down", provider="fakepost", operation="rate"))
    world.fail("get_rates two", AddressRejectedError("no such street", provider="fakepost", operation="rate"))
    carriers = [AdoptCarrier(world, "one"), AdoptCarrier(world, "two")]
    async with open_fulfiller(carriers=carriers) as fulfiller:
        with pytest.raises(AddressRejectedError) as caught:
            await fulfiller.ship(order, parcels=[make_parcel()])
    assert any("UnavailableError" in note for note in caught.value.__notes__)


async def test_quote_has_failures_beside_the_rates(world: World, open_fulfiller: Open) -> None:
    """One carrier that is down hides no other's price."""
    order = make_order()
    world.fail("get_rates two", RateLimitError("slow down", provider="fakepost", operation="rate"))
    async with open_fulfiller(carriers=[AdoptCarrier(world, "one"), AdoptCarrier(world, "two")]) as fulfiller:
        quote = await fulfiller.quote(order, parcels=[make_parcel()])
    assert {rate.carrier for rate in quote.rates} == {"fakepost:one"}
    assert isinstance(quote.failures["fakepost:two"], RateLimitError)


async def test_a_chooser_may_not_invent_a_rate(world: World, open_fulfiller: Open) -> None:
    """What is bought is what a carrier has offered."""
    world.add(order := make_order())

    def invent(_: Order, rates: object) -> Choice:
        return Choice(
            rate=Rate(carrier="fakepost:default", service=Service(code="x", name="X"), total=usd("0")), reason="-"
        )

    async with open_fulfiller() as fulfiller:
        with pytest.raises(InvalidValueError):
            await fulfiller.ship(order, parcels=[make_parcel()], choose=invent)


async def test_where_it_leaves_from_may_depend_on_the_allocation(world: World, open_fulfiller: Open) -> None:
    """The channel says which place ships, the caller knows its address, and the channel is told that place."""
    share = Allocation(line_id="a", quantity=2, location_id="east")
    world.add(order := make_order(allocations=(share, Allocation(line_id="b", quantity=1, location_id="west"))))
    asked: list[Allocation] = []

    def start(_: Order, allocation: Allocation) -> object:
        asked.append(allocation)
        return WAREHOUSE

    async with open_fulfiller(ship_from=start) as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel(a=2)])
    assert set(asked) == {share}
    assert world.told[0].location_id == "east"


async def test_without_ship_from_nothing_is_shipped(world: World, open_fulfiller: Open) -> None:
    """The set-up is wrong, and says so."""
    world.add(order := make_order())
    async with open_fulfiller(ship_from=None) as fulfiller:
        with pytest.raises(ConfigurationError) as caught:
            await fulfiller.ship(order, parcels=[make_parcel()])
    assert caught.value.field == "ship_from"


async def test_a_marketplace_label_is_not_confirmed_again(world: World, open_fulfiller: Open) -> None:
    """Who sold the label knows."""
    world.add(order := make_order())
    carrier = AdoptCarrier(world)
    carrier.marketplace = True
    async with open_fulfiller(carriers=[carrier]) as fulfiller:
        done = await fulfiller.ship(order, parcels=[make_parcel()])
        again = await fulfiller.ship(order, parcels=[make_parcel()])
        row = await fulfiller._desk.ledger.get_order(order.ref)
    assert done.state is again.state is ShipmentState.BOUGHT
    assert world.calls["fulfill"] == 0
    assert row is not None
    assert row.state is WorkState.SHIPPED


async def test_a_channel_that_cannot_be_told_is_not(world: World, open_fulfiller: Open) -> None:
    """Its order is dealt with all the same, and does not come back as open work."""
    world.add(order := make_order())
    async with open_fulfiller(channels=[OrderChannel(world)]) as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        assert [open_order async for open_order in fulfiller.orders()] == []


ABROAD = attrs.evolve(HOME, country_code="CA", region="ON", postal_code="K1A 0B1")


async def _request_of(fulfiller: Fulfiller, order: Order) -> ShipmentRequest:
    row = await fulfiller._desk.ledger.get_shipment(order.ref, "1")
    assert row is not None
    assert row.request is not None
    return row.request


async def test_customs_are_made_from_the_order_lines(world: World, open_fulfiller: Open) -> None:
    """A parcel across a border is declared without the caller's asking, when all is known."""
    lines = tuple(attrs.evolve(line, country_of_origin="PT", hs_code="6912") for line in make_order().lines)
    world.add(order := make_order(ship_to=ABROAD, lines=lines))
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        request = await _request_of(fulfiller, order)
    assert request.customs is not None
    assert request.customs.incoterm == "DAP"
    assert [(item.title, item.quantity, item.unit_value, item.hs_code) for item in request.customs.items] == [
        ("Mug", 2, usd("8"), "6912"),
        ("Tea", 1, usd("5"), "6912"),
    ]


async def test_an_unknown_origin_at_a_border_is_named(world: World, open_fulfiller: Open) -> None:
    """Nothing is guessed on a customs form."""
    world.add(order := make_order(ship_to=ABROAD))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(InvalidValueError) as caught:
            await fulfiller.ship(order, parcels=[make_parcel()])
    assert caught.value.field == "parcels.items.country_of_origin"


async def test_inside_the_eu_nothing_is_declared(world: World, open_fulfiller: Open) -> None:
    """There is no border for goods."""
    berlin = attrs.evolve(WAREHOUSE, country_code="DE")
    world.add(order := make_order(ship_to=attrs.evolve(HOME, country_code="FR")))
    async with open_fulfiller(ship_from=berlin) as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()])
        assert (await _request_of(fulfiller, order)).customs is None


async def test_an_item_without_a_line_does_not_narrow_what_is_covered(world: World, open_fulfiller: Open) -> None:
    """Items for the packing slip alone leave all open lines covered."""
    world.add(order := make_order())
    parcel = Parcel(weight=make_parcel().weight, items=(ParcelItem(title="Gift", quantity=1),))
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[parcel])
    assert world.told[0].lines == {"a": 2, "b": 1}


async def test_an_already_told_order_is_adopted_not_an_error(world: World, open_fulfiller: Open) -> None:
    """The channel says "it has left already", and it was us: that is success."""
    world.add(order := make_order())
    world.lose("fulfill")
    world.fail("list_fulfillments", UnavailableError("down", provider="fakeshop", operation="list"))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(Exception, match="line went dead"):
            await fulfiller.ship(order, parcels=[make_parcel()])
        done = await fulfiller.ship(order, parcels=[make_parcel()])
    assert done.state is ShipmentState.CONFIRMED
    assert (len(world.told), world.calls["fulfill"]) == (1, 1)


async def test_somebody_elses_confirmation_is_a_conflict(world: World, open_fulfiller: Open) -> None:
    """The lines left under another number: the label stays, and the caller is told."""
    world.add(order := make_order())
    world.fail("fulfill", ConflictError("it has left already", provider="fakeshop", operation="fulfill"))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(ConflictError):
            await fulfiller.ship(order, parcels=[make_parcel()])
        row = await fulfiller._desk.ledger.get_shipment(order.ref, "1")
    assert row is not None
    assert row.state is ShipmentState.BOUGHT


@attrs.frozen
class _CarrierOptions:
    """A carrier's own options."""

    codes: frozenset[str] = frozenset()
    limits: dict[str, int] = attrs.field(factory=dict)
    anything: object = None


async def test_a_carriers_own_options_make_the_shipment_another_one(world: World, open_fulfiller: Open) -> None:
    """Sets and mappings count by what is in them; what cannot be compared is refused before buying."""
    world.add(order := make_order())

    def options(**values: object) -> ShipmentOptions:
        return ShipmentOptions(carrier_options=_CarrierOptions(**values))  # type: ignore[arg-type]  # any of them

    from cartcarrier.fulfillment import ShipPlan
    from cartcarrier.fulfillment._fingerprint import fingerprint

    def hashed(**values: object) -> str:
        return fingerprint(ShipPlan(order=order, parcels=[make_parcel()], options=options(**values)))

    assert hashed(codes=frozenset("ab")) == hashed(codes=frozenset("ba")) != hashed(codes=frozenset("a"))
    assert hashed(limits={"x": 1}) != hashed(limits={"x": 2})
    assert hashed(anything=NOON.date()) != hashed(anything=b"x") != hashed(anything=[1])
    async with open_fulfiller() as fulfiller:
        with pytest.raises(InvalidValueError):
            await fulfiller.ship(order, parcels=[make_parcel()], options=options(anything=object()))


async def test_a_digital_line_cannot_be_packed(world: World, open_fulfiller: Open) -> None:
    """It has no weight."""
    lines = (attrs.evolve(make_order().lines[0], requires_shipping=False), make_order().lines[1])
    world.add(order := make_order(lines=lines))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(InvalidValueError) as caught:
            await fulfiller.ship(order, parcels=[make_parcel(a=1)])
    assert caught.value.field == "parcels[0].items[0].order_line_id"


@pytest.mark.parametrize("how", ["another service only", "other currency"])
async def test_an_expired_rate_without_a_successor_is_expired(
    world: World, open_fulfiller: Open, clock: ManualClock, how: str
) -> None:
    """The service is gone, or is priced in other money."""
    world.add(order := make_order())
    gone = Rate(
        carrier="fakepost:default",
        service=Service(code="sea" if how == "another service only" else "ground", name="-"),
        total=usd("10") if how == "another service only" else attrs.evolve(usd("10"), currency="CAD"),
        valid_until=clock.now(),
    )
    async with open_fulfiller() as fulfiller:
        with pytest.raises(RateExpiredError):
            await fulfiller.ship(order, parcels=[make_parcel()], rate=gone)
    assert not world.labels


async def test_increase_must_fit_the_rate(world: World, open_fulfiller: Open) -> None:
    """Same money, not negative, and no chooser beside a rate."""
    world.add(order := make_order())
    async with open_fulfiller() as fulfiller:
        rate = (await fulfiller.quote(order, parcels=[make_parcel()])).rates[0]
        for increase in (attrs.evolve(usd("1"), currency="CAD"), usd("-1")):
            with pytest.raises(InvalidValueError) as caught:
                await fulfiller.ship(order, parcels=[make_parcel()], rate=rate, max_increase=increase)
            assert caught.value.field == "max_increase"
        with pytest.raises(InvalidValueError) as caught:
            await fulfiller.ship(order, parcels=[make_parcel()], rate=rate, choose=fastest())
    assert caught.value.field == "choose"


async def test_without_a_price_nothing_is_bought(world: World, open_fulfiller: Open) -> None:
    """No carrier, or none that offers anything."""
    world.add(order := make_order())

    class Silent(AdoptCarrier):
        @override
        async def get_rates(self, request: ShipmentRequest) -> list[Rate]:
            return []

    async with open_fulfiller(carriers=[]) as fulfiller:
        with pytest.raises(ConfigurationError):
            await fulfiller.ship(order, parcels=[make_parcel()])
    async with open_fulfiller(carriers=[Silent(world)]) as fulfiller:
        with pytest.raises(UnsupportedOperationError):
            await fulfiller.ship(order, parcels=[make_parcel()])


async def test_planned_bytes_that_ended_are_made_anew(world: World, open_fulfiller: Open, clock: ManualClock) -> None:
    """The second of two labels was not sent before its bytes ended: it is priced and made again."""
    world.add(order := make_order())

    class Hasty(AdoptCarrier):
        @override
        def prepare_shipment(self, request: ShipmentRequest, *, reference: str) -> PreparedPurchase:
            made = super().prepare_shipment(request, reference=reference)
            ends = clock.now() + timedelta(minutes=5)
            return attrs.evolve(made, steps=[attrs.evolve(step, expires_at=ends) for step in made.steps])

    async def oversleep() -> None:
        if len(world.labels) == 1:
            clock.advance(600)

    world.hooks["purchase"] = oversleep
    async with open_fulfiller(carriers=[Hasty(world, per_parcel=True)]) as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel()] * 2)
    first, second = (label.step_reference.rpartition("-")[0] for label in world.labels)
    assert first != second
    assert len(world.live) == 2


SHARED = (
    Allocation(line_id="a", quantity=1, location_id="east"),
    Allocation(line_id="a", quantity=1, location_id="west"),
    Allocation(line_id="b", quantity=1, location_id="west"),
)


async def test_a_line_that_two_places_could_ship_must_name_its_place(world: World, open_fulfiller: Open) -> None:
    """A guess would buy a label for a place that has nothing left, and the channel would refuse it afterwards."""
    world.add(order := make_order(allocations=SHARED))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(InvalidValueError, match="location_id") as caught:
            await fulfiller.ship(order, parcels=[make_parcel(a=1)])
    assert caught.value.field == "location_id"
    assert not world.labels


@pytest.mark.parametrize("place", ["east", "nowhere"])
async def test_a_place_that_has_not_so_many_pieces_is_refused(world: World, open_fulfiller: Open, place: str) -> None:
    """East has one piece of the line, nowhere has none."""
    world.add(order := make_order(allocations=SHARED))
    async with open_fulfiller() as fulfiller:
        with pytest.raises(InvalidValueError, match="does not ship these lines") as caught:
            await fulfiller.ship(order, parcels=[make_parcel(a=1, b=1)], location_id=place)
    assert caught.value.field == "location_id"
    assert not world.labels


async def test_the_channel_is_told_the_place_that_was_named(world: World, open_fulfiller: Open) -> None:
    """Each place's share is confirmed from that place, under a key of its own."""
    world.add(order := make_order(allocations=SHARED))
    async with open_fulfiller() as fulfiller:
        await fulfiller.ship(order, parcels=[make_parcel(a=1)], key="east", location_id="east")
        again = world.orders["1001"]
        await fulfiller.ship(again, parcels=[make_parcel(a=1, b=1)], key="west", location_id="west")
        with pytest.raises(IdempotencyConflictError):
            await fulfiller.ship(order, parcels=[make_parcel(a=1)], key="east", location_id="west")
    assert [told.location_id for told in world.told] == ["east", "west"]
    assert len(world.live) == 2
