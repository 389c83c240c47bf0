"""Shopify's orders as ours."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from cartcarrier.channels.shopify import mapping, schemas
from cartcarrier.models import (
    Address,
    Allocation,
    FulfilledBy,
    FulfillmentStatus,
    Money,
    Order,
    OrderStatus,
    PaymentStatus,
    Weight,
    WeightUnit,
)
from tests.unit.channels.shopify import fakes as make

DECODER = msgspec.json.Decoder(schemas.Order)


def node(payload: dict[str, Any]) -> schemas.Order:
    return DECODER.decode(json.dumps(payload))


def mapped(payload: dict[str, Any], **more: Any) -> Order:
    return mapping.to_order(node(payload), channel="shopify:eu", **more)


def eur(amount: str) -> Money:
    return Money(amount=Decimal(amount), currency="EUR")


def test_order_carries_what_was_bought() -> None:
    """The whole of a plain order, field by field."""
    order = mapped(make.order(note="ring twice"))
    assert order.channel == "shopify:eu"
    assert (order.id, order.number) == ("gid://shopify/Order/1", "#1001")
    assert (order.status, order.payment_status) == (OrderStatus.UNFULFILLED, PaymentStatus.PAID)
    assert order.fulfilled_by is FulfilledBy.MERCHANT
    assert order.placed_at == datetime(2026, 11, 24, 7, 59, tzinfo=UTC)
    assert order.updated_at == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert order.ship_by == datetime(2026, 11, 25, 16, 0, tzinfo=UTC)
    assert order.deliver_by == datetime(2026, 11, 28, 18, 0, tzinfo=UTC)
    assert (order.total, order.shipping_total) == (eur("28.90"), eur("4.90"))
    assert (order.tax_total, order.discount_total) == (eur("4.61"), eur("1.00"))
    assert order.shipping_service == "Standard"
    assert order.notes == "ring twice"
    assert order.buyer is not None
    assert order.buyer.email == "ada@example.com"
    assert order.ship_to == Address(
        name="Ada Example",
        street1="Hauptstraße 1",
        city="Köln",
        region="NW",
        postal_code="50667",
        country_code="DE",
        phone="+49 221 5550100",
        email="ada@example.com",
    )
    assert (order.holds, order.cancel_requested, order.fulfillments, order.raw) == ((), False, (), None)


def test_line_carries_prices_and_weight_of_one_piece() -> None:
    """Labels and customs are made from these."""
    line = mapped(make.order()).lines[0]
    assert (line.id, line.sku, line.title) == ("gid://shopify/LineItem/1", "SKU-1", "Mug")
    assert (line.quantity, line.unfulfilled_quantity) == (2, 2)
    assert (line.unit_price, line.total, line.tax) == (eur("12.50"), eur("24.00"), eur("3.83"))
    assert line.weight == Weight(value=Decimal("0.35"), unit=WeightUnit.KILOGRAM)
    assert line.requires_shipping


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("GRAMS", WeightUnit.GRAM),
        ("OUNCES", WeightUnit.OUNCE),
        ("POUNDS", WeightUnit.POUND),
        ("KILOGRAMS", WeightUnit.KILOGRAM),
    ],
)
def test_units_of_weight(unit: str, expected: WeightUnit) -> None:
    """A pound taken for a kilogram doubles the postage."""
    weight = make.share_line(weight={"value": 3.5, "unit": unit})
    order = mapped(make.order(fulfillmentOrders=make.page(make.share(11, weight))))
    assert order.lines[0].weight == Weight(value=Decimal("3.5"), unit=expected)


@pytest.mark.parametrize(
    "weight", [{"value": 0.0, "unit": "KILOGRAMS"}, {"value": 1.0, "unit": "STONES"}, None], ids=str
)
def test_weight_that_nobody_entered_is_not_known(weight: dict[str, object] | None) -> None:
    """Shopify has 0 there: a label for nothing would be bought."""
    share = make.share(11, make.share_line(weight=weight))
    assert mapped(make.order(fulfillmentOrders=make.page(share))).lines[0].weight is None


def test_quantity_is_without_what_was_removed() -> None:
    """LineItem.quantity keeps removed and refunded units: shipping them gives goods away."""
    line = make.line(quantity=3, currentQuantity=1, unfulfilledQuantity=1)
    share = make.share(11, make.share_line(remaining=1))
    order = mapped(make.order(lineItems=make.page(line), fulfillmentOrders=make.page(share)))
    assert (order.lines[0].quantity, order.lines[0].unfulfilled_quantity) == (1, 1)
    # totals still count three pieces: a third of them would be a guess
    assert (order.lines[0].total, order.lines[0].tax) == (None, None)


def test_open_pieces_are_what_remains_in_the_fulfillment_orders() -> None:
    """Over open, held and scheduled ones; closed and cancelled ones have nothing left (§18.3)."""
    shares = [
        make.share(11, make.share_line(remaining=1)),
        make.share(12, make.share_line(remaining=1), status="ON_HOLD", fulfillmentHolds=[{"reason": "OTHER"}]),
        make.share(13, make.share_line(remaining=1), status="SCHEDULED"),
        make.share(14, make.share_line(remaining=5), status="CANCELLED"),
        make.share(15, make.share_line(remaining=0), status="CLOSED"),
    ]
    line = make.line(quantity=4, currentQuantity=4, unfulfilledQuantity=3)
    order = mapped(make.order(lineItems=make.page(line), fulfillmentOrders=make.page(*shares)))
    assert order.lines[0].unfulfilled_quantity == 3


def test_allocations_say_which_place_ships_what() -> None:
    """The address on the label's sender side depends on it."""
    shares = [make.share(11, make.share_line(1, 1), location=7), make.share(12, make.share_line(1, 1), location=8)]
    order = mapped(make.order(fulfillmentOrders=make.page(*shares)))
    assert order.allocations == (
        Allocation(
            line_id="gid://shopify/LineItem/1",
            quantity=1,
            location_id="gid://shopify/Location/7",
            id="gid://shopify/FulfillmentOrder/11",
        ),
        Allocation(
            line_id="gid://shopify/LineItem/1",
            quantity=1,
            location_id="gid://shopify/Location/8",
            id="gid://shopify/FulfillmentOrder/12",
        ),
    )


def test_only_our_places_count_where_they_are_named() -> None:
    """Two warehouses with a driver each must not both ship the same pieces."""
    shares = [make.share(11, make.share_line(1, 1), location=7), make.share(12, make.share_line(1, 1), location=8)]
    payload = make.order(fulfillmentOrders=make.page(*shares))
    order = mapped(payload, locations=mapping.location_gids(["8"]))
    assert [item.location_id for item in order.allocations] == ["gid://shopify/Location/8"]
    assert order.lines[0].unfulfilled_quantity == 1


def test_hold_at_another_place_does_not_hold_ours() -> None:
    """Its pieces are not ours to wait for, nor its deadline ours to keep."""
    held = make.share(
        12, location=8, status="ON_HOLD", fulfillmentHolds=[{"reason": "OTHER"}], fulfillBy="2026-11-24T10:00:00Z"
    )
    order = mapped(
        make.order(fulfillmentOrders=make.page(make.share(11), held)), locations=mapping.location_gids(["7"])
    )
    assert (order.holds, order.status) == ((), OrderStatus.UNFULFILLED)
    assert order.ship_by == datetime(2026, 11, 25, 16, 0, tzinfo=UTC)


def test_order_of_other_places_is_somebody_elses() -> None:
    """It is not taken for one that waits for its routing."""
    order = mapped(make.order(), locations=mapping.location_gids(["8"]))
    assert (order.fulfilled_by, order.status, order.allocations) == (FulfilledBy.CHANNEL, OrderStatus.UNFULFILLED, ())


def test_order_without_fulfillment_orders_is_not_routed_yet() -> None:
    """Routing takes minutes at times: pieces are counted from the lines meanwhile (pitfall 1)."""
    order = mapped(make.order(fulfillmentOrders=make.page()))
    assert order.status is OrderStatus.PENDING
    assert order.lines[0].unfulfilled_quantity == 2
    assert order.allocations == ()


def test_taxes_of_a_line_are_added_up() -> None:
    """A US order has a state's tax and a county's."""
    line = make.line(taxLines=[{"priceSet": make.money("1.10")}, {"priceSet": make.money("0.25")}])
    assert mapped(make.order(lineItems=make.page(line))).lines[0].tax == eur("1.35")


def test_no_tax_lines_mean_no_tax() -> None:
    """Nought is known; it is not the same as not known."""
    assert mapped(make.order(lineItems=make.page(make.line(taxLines=[])))).lines[0].tax == eur("0")


@pytest.mark.parametrize("method", ["PICK_UP", "LOCAL", "RETAIL", "NONE"])
def test_what_is_not_sent_in_a_parcel_wants_no_label(method: str) -> None:
    """A label for a pick-up in the shop is money thrown away."""
    share = make.share(deliveryMethod={"methodType": method, "maxDeliveryDateTime": None})
    order = mapped(make.order(fulfillmentOrders=make.page(share), shippingAddress=None))
    assert not order.lines[0].requires_shipping
    assert order.holds == ()


def test_pickup_point_is_where_the_parcel_goes() -> None:
    """The carrier delivers to the locker, not to the buyer's home (§9)."""
    share = make.share(
        deliveryMethod={"methodType": "PICKUP_POINT", "maxDeliveryDateTime": None},
        destination=make.destination(company="Parcel locker 42", address1="Bahnhofplatz 3"),
    )
    order = mapped(make.order(fulfillmentOrders=make.page(share)))
    assert order.ship_to is not None
    assert (order.ship_to.company, order.ship_to.street1, order.ship_to.region) == (
        "Parcel locker 42",
        "Bahnhofplatz 3",
        "NW",
    )
    assert order.ship_to.name == "Ada Example"
    assert order.holds == ()


def test_missing_address_holds_the_order() -> None:
    """An order is never given a blank address silently."""
    order = mapped(make.order(shippingAddress=None))
    assert order.ship_to is None
    assert order.holds == (mapping.ADDRESS_MISSING,)
    assert order.status is OrderStatus.ON_HOLD


@pytest.mark.parametrize("field", ["address1", "city", "countryCodeV2"])
@pytest.mark.parametrize("value", [None, "  "], ids=["null", "blank"])
def test_incomplete_address_holds_the_order(field: str, value: str | None) -> None:
    """What is missing is not made up."""
    if field == "countryCodeV2" and value is not None:
        value = None
    order = mapped(make.order(shippingAddress=make.address(**{field: value})))
    assert order.ship_to is None
    assert order.holds == (mapping.ADDRESS_MISSING,)


def test_country_that_cannot_be_expressed_holds_the_order() -> None:
    """Shopify writes ZZ for a region it does not know; a label to it would be refused after it was paid, or worse."""
    order = mapped(make.order(shippingAddress=make.address(countryCodeV2="ZZ")))
    assert order.ship_to is None
    assert order.holds == (mapping.ADDRESS_MISSING,)
    assert order.status is OrderStatus.ON_HOLD


def test_digital_order_needs_no_address() -> None:
    """A gift card goes by mail of the other kind."""
    share = make.share(
        11,
        make.share_line(requiresShipping=False),
        deliveryMethod={"methodType": "NONE", "maxDeliveryDateTime": None},
    )
    payload = make.order(
        shippingAddress=None,
        lineItems=make.page(make.line(requiresShipping=False)),
        fulfillmentOrders=make.page(share),
    )
    assert mapped(payload).holds == ()
    assert not mapping.needs_address(node(payload))


def test_edited_address_is_the_one_to_ship_to() -> None:
    """An address edit moves the order's time only: the fulfillment order still has the old one (pitfall 7)."""
    share = make.share(destination=make.destination(address1="Alte Gasse 9"), updatedAt="2026-11-24T08:00:00Z")
    order = mapped(make.order(updatedAt="2026-11-24T08:10:00Z", fulfillmentOrders=make.page(share)))
    assert order.ship_to is not None
    assert order.ship_to.street1 == "Hauptstraße 1"
    assert order.holds == ()


def test_addresses_that_contradict_each_other_hold_the_order() -> None:
    """Which of the two is right is for a person to say."""
    share = make.share(destination=make.destination(address1="Alte Gasse 9"), updatedAt="2026-11-24T08:10:00Z")
    order = mapped(make.order(updatedAt="2026-11-24T08:00:00Z", fulfillmentOrders=make.page(share)))
    assert order.holds == (mapping.ADDRESS_CONFLICT,)
    assert order.status is OrderStatus.ON_HOLD


def test_same_address_in_other_letters_is_no_conflict() -> None:
    """People and Shopify write capitals as they like."""
    share = make.share(destination=make.destination(address1="HAUPTSTRASSE 1 ", city="KÖLN", zip=None))
    payload = make.order(shippingAddress=make.address(address1="Hauptstrasse 1"), fulfillmentOrders=make.page(share))
    assert mapped(payload).holds == ()


def test_order_that_shopify_would_cancel_is_held() -> None:
    """Fraud that was seen must not be shipped."""
    order = mapped(make.order(risk={"recommendation": "CANCEL"}))
    assert (order.status, order.holds) == (OrderStatus.ON_HOLD, (mapping.RISK_CANCEL,))


def test_test_order_is_held_unless_wanted() -> None:
    """Test orders look like real ones (pitfall 35)."""
    assert mapped(make.order(test=True)).holds == (mapping.TEST_ORDER,)
    assert mapped(make.order(test=True), hold_tests=False).holds == ()


def test_who_asks_a_service_to_stop_is_heard() -> None:
    """Shipping after that is what the merchant wants to prevent."""
    share = make.share(requestStatus="CANCELLATION_REQUESTED", status="IN_PROGRESS")
    assert mapped(make.order(fulfillmentOrders=make.page(share))).cancel_requested


def test_place_of_a_service_is_not_ours() -> None:
    """Somebody else's warehouse ships it; our own service names its place in the settings."""
    share = make.share(
        assignedLocation={
            "countryCode": "DE",
            "location": {"id": "gid://shopify/Location/9", "isFulfillmentService": True},
        }
    )
    payload = make.order(fulfillmentOrders=make.page(share))
    assert mapped(payload).fulfilled_by is FulfilledBy.CHANNEL
    assert mapped(payload, locations=mapping.location_gids(["9"])).fulfilled_by is FulfilledBy.MERCHANT


def test_withheld_place_is_not_guessed() -> None:
    """Without read_locations nobody knows whose it is."""
    order = mapped(make.order(fulfillmentOrders=make.page(make.share(location=None))))
    assert order.fulfilled_by is FulfilledBy.UNKNOWN
    assert order.allocations[0].location_id is None


def test_fulfillments_come_with_the_order() -> None:
    """What has left is read with the order."""
    order = mapped(make.order(fulfillments=[make.told(21), make.told(22, {1: 1}, status="CANCELLED", trackingInfo=[])]))
    first, second = order.fulfillments
    assert (first.id, first.lines) == ("gid://shopify/Fulfillment/21", {"gid://shopify/LineItem/1": 2})
    assert (first.parcels[0].carrier, first.parcels[0].tracking_number) == ("ups", "1Z999AA10123456784")
    assert first.location_id == "gid://shopify/Location/7"
    assert first.status is FulfillmentStatus.ACTIVE
    assert (second.status, second.parcels) == (FulfillmentStatus.CANCELLED, ())


def test_pieces_in_no_visible_fulfillment_order_are_counted() -> None:
    """A missing scope shows as pieces that are nowhere (pitfall 2)."""
    line = make.line(quantity=5, currentQuantity=5, unfulfilledQuantity=5)
    payload = make.order(lineItems=make.page(line))
    assert mapping.hidden_pieces(node(payload)) == 3
    assert mapping.hidden_pieces(node({**payload, "cancelledAt": "2026-11-24T08:00:00Z"})) == 0
    assert mapping.hidden_pieces(node(make.order())) == 0
    assert mapping.hidden_pieces(node(make.order(fulfillmentOrders=make.page()))) == 0
    assert mapping.hidden_pieces(node(make.order(lineItems=make.page(make.line(unfulfilledQuantity=0))))) == 0


def test_border_is_crossed_when_place_and_buyer_differ() -> None:
    """Customs data costs a query; within a country nobody asks for it."""
    abroad = make.order(shippingAddress=make.address(countryCodeV2="CH"))
    for payload, expected in ((make.order(), False), (abroad, True), (make.order(shippingAddress=None), False)):
        found = node(payload)
        assert mapping.crosses_border(found, mapping.to_order(found, channel="shopify:eu")) is expected


def test_customs_data_comes_onto_the_line() -> None:
    """A declaration needs code and origin."""
    article = schemas.InventoryItem(harmonized_system_code="691200", country_code_of_origin="PT")
    line = mapped(make.order(), customs={"gid://shopify/LineItem/1": article}).lines[0]
    assert (line.hs_code, line.country_of_origin) == ("691200", "PT")


def test_text_forms_hold_no_personal_data() -> None:
    """An order in a log must not show who bought."""
    text = repr(mapped(make.order(note="for Ada")))
    assert "Ada" not in text
    assert "example.com" not in text
    assert "Hauptstra" not in text


def test_pickup_point_that_is_not_named_leaves_the_buyers_address() -> None:
    """An incomplete point is not made up; the contradiction, if there is one, is for a person to see."""
    for point in (None, make.destination(address1=None)):
        share = make.share(
            deliveryMethod={"methodType": "PICKUP_POINT", "maxDeliveryDateTime": None}, destination=point
        )
        order = mapped(make.order(fulfillmentOrders=make.page(share)))
        assert order.ship_to is not None
        assert order.ship_to.street1 == "Hauptstraße 1"


def test_pickup_point_in_another_region_keeps_its_regions_name() -> None:
    """The code of the buyer's region is not that of the point's."""
    share = make.share(
        deliveryMethod={"methodType": "PICKUP_POINT", "maxDeliveryDateTime": None},
        destination=make.destination(firstName=None, lastName=None, province="Hessen", city="Kassel"),
    )
    order = mapped(make.order(fulfillmentOrders=make.page(share)))
    assert order.ship_to is not None
    assert (order.ship_to.region, order.ship_to.name) == ("Hessen", "Ada Example")


def test_same_destination_is_no_conflict() -> None:
    """The plain case."""
    share = make.share(destination=make.destination(), updatedAt="2026-11-24T08:10:00Z")
    assert mapped(make.order(fulfillmentOrders=make.page(share))).holds == ()


def test_who_needs_an_address() -> None:
    """Only pieces that are still to be sent."""
    plain, closed = make.order(), make.order(fulfillmentOrders=make.page(make.share(status="CLOSED")))
    card = make.share(11, make.share_line(requiresShipping=False))
    assert mapping.needs_address(node(plain))
    assert not mapping.needs_address(node(closed))
    assert not mapping.needs_address(node({**plain, "cancelledAt": "2026-11-24T08:00:00Z"}))
    assert not mapping.needs_address(node(make.order(fulfillmentOrders=make.page(card))))


def test_order_whose_places_are_withheld_is_nobodys() -> None:
    """Where places are named, a place that is not shown is not one of them."""
    hidden = node(make.order(fulfillmentOrders=make.page(make.share(location=None))))
    assert mapping.is_foreign(hidden, mapping.location_gids(["7"]))
    assert not mapping.is_foreign(hidden, frozenset())
    assert not mapping.is_foreign(node(make.order()), mapping.location_gids(["7"]))


def test_pieces_in_closed_fulfillment_orders_are_not_seen() -> None:
    """What is over holds nothing that could still leave."""
    closed = make.share(12, make.share_line(1, 2), status="CLOSED")
    payload = make.order(fulfillmentOrders=make.page(closed))
    assert mapping.hidden_pieces(node(payload)) == 2


def test_fulfillment_line_without_pieces_counts_for_nothing() -> None:
    """Shopify allows null there."""
    lines = make.page({"quantity": None, "lineItem": {"id": "gid://shopify/LineItem/1"}})
    order = mapped(make.order(fulfillments=[make.told(21, fulfillmentLineItems=lines)]))
    assert dict(order.fulfillments[0].lines) == {}


def closed(number: int, location: int, *, service: bool = False, **changes: Any) -> dict[str, Any]:
    """Return a fulfillment order of which all has left."""
    place = {"id": f"gid://shopify/Location/{location}", "isFulfillmentService": service}
    assigned = {"countryCode": "DE", "location": place}
    return make.share(number, make.share_line(1, 0), status="CLOSED", assignedLocation=assigned, **changes)


@pytest.mark.parametrize(
    ("shares", "who"),
    [
        pytest.param([closed(11, 7)], FulfilledBy.MERCHANT, id="own"),
        pytest.param([closed(11, 9, service=True)], FulfilledBy.CHANNEL, id="service"),
        pytest.param([closed(11, 9, service=True), closed(12, 7)], FulfilledBy.MERCHANT, id="both"),
        pytest.param(
            [closed(11, 7, lineItems=make.page()), closed(12, 9, service=True)], FulfilledBy.CHANNEL, id="moved-away"
        ),
        pytest.param([closed(11, 7) | {"status": "CANCELLED"}], FulfilledBy.MERCHANT, id="cancelled"),
        pytest.param(
            [closed(11, 7) | {"status": "CANCELLED"}, closed(12, 9, service=True)], FulfilledBy.CHANNEL, id="taken-back"
        ),
        pytest.param([closed(11, 7), make.share(12, location=None)], FulfilledBy.UNKNOWN, id="rest-withheld"),
        pytest.param([make.share(status="CLOSED", location=None)], FulfilledBy.UNKNOWN, id="withheld"),
    ],
)
def test_shipped_order_says_who_shipped_it(shares: list[dict[str, Any]], who: FulfilledBy) -> None:
    """Nothing waits any more, and still it was somebody's."""
    order = mapped(make.order(displayFulfillmentStatus="FULFILLED", fulfillmentOrders=make.page(*shares)))
    assert order.fulfilled_by is who


def test_rest_of_a_shipped_order_is_the_one_that_counts() -> None:
    """What the merchant shipped already makes what the service has to ship none of his."""
    shares = make.page(closed(11, 7), closed(12, 9, service=True) | {"status": "OPEN"})
    assert mapped(make.order(fulfillmentOrders=shares)).fulfilled_by is FulfilledBy.CHANNEL


def test_own_service_shipped_it_where_its_place_is_named() -> None:
    """A fulfillment service names its own place in the settings."""
    payload = make.order(fulfillmentOrders=make.page(closed(11, 9, service=True)))
    assert mapped(payload, locations=mapping.location_gids(["9"])).fulfilled_by is FulfilledBy.MERCHANT


def test_tags_are_as_the_shop_wrote_them() -> None:
    """People sort by them."""
    assert mapped(make.order(tags=["VIP", "gift wrap"])).tags == ("VIP", "gift wrap")
    assert mapped(make.order()).tags == ()
