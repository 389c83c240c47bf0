"""Our orders as Amazon's warehouse takes them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.http import json_encode
from cartcarrier.models import Buyer, FulfilledBy, Order, OrderStatus
from cartcarrier.providers.amazon_mcf.mapping import check_reference, check_shippable, conflict, to_order, to_preview
from cartcarrier.providers.amazon_mcf.mapping.orders import line_id
from tests.unit.providers.amazon_mcf.samples import (
    LINE,
    REFERENCE,
    config,
    item_id,
    line,
    order,
    placed,
    read_placed,
    recipient,
    request_of,
)


def test_order_is_handed_over_whole() -> None:
    """Under our reference, which Amazon takes once."""
    made = request_of(order())
    assert made == {
        "marketplaceId": "ATVPDKIKX0DER",
        "sellerFulfillmentOrderId": REFERENCE,
        "displayableOrderId": "#1001",
        "displayableOrderDate": "2026-01-04T09:30:00+00:00",
        "displayableOrderComment": "Thank you for your order!",
        "shippingSpeedCategory": "Standard",
        "destinationAddress": {
            "name": "Jill Doe",
            "addressLine1": "9 Elm St",
            "city": "Aurora",
            "stateOrRegion": "CO",
            "postalCode": "80012",
            "countryCode": "US",
            "phone": "3035550101",
        },
        "fulfillmentAction": "Ship",
        "fulfillmentPolicy": "FillOrKill",
        "items": [{"sellerSku": "MUG-1", "sellerFulfillmentOrderItemId": item_id(), "quantity": 2}],
    }


def test_settings_are_said() -> None:
    """Speed, policy, comment, features and whom to write to."""
    made = request_of(
        order(),
        shipping_speed="Expedited",
        fulfillment_policy="FillAll",
        comment="Hello",
        blank_box=True,
        notify_buyer=True,
    )
    assert made["shippingSpeedCategory"] == "Expedited"
    assert made["fulfillmentPolicy"] == "FillAll"
    assert made["displayableOrderComment"] == "Hello"
    assert made["featureConstraints"] == [{"featureName": "BLANK_BOX", "featureFulfillmentPolicy": "Required"}]
    assert made["notificationEmails"] == ["jill@example.com"]


def test_asked_speed_counts_before_the_setting() -> None:
    """The caller chose it from the preview."""
    assert request_of(order(), service="Priority", shipping_speed="Expedited")["shippingSpeedCategory"] == "Priority"


def test_scheduled_delivery_is_refused() -> None:
    """It needs a window that an order does not have."""
    with pytest.raises(UnsupportedOperationError) as caught:
        request_of(order(), service="ScheduledDelivery")
    assert caught.value.field == "service"
    with pytest.raises(InvalidValueError):
        request_of(order(), service="standard")


def test_only_what_is_open_and_travels_is_handed_over() -> None:
    """A download cannot be picked from a shelf, and what has left is not sent again."""
    lines = [
        line(id="1", quantity=3, unfulfilled_quantity=1),
        line(id="2", unfulfilled_quantity=0),
        line(id="3", requires_shipping=False),
    ]
    made = request_of(order(lines=lines))["items"]
    assert [(line_id(one["sellerFulfillmentOrderItemId"]), one["quantity"]) for one in made] == [("1", 1)]


def test_item_leads_back_to_its_line() -> None:
    """The channel is told which of its lines are in which package."""
    assert line_id(item_id()) == LINE
    assert line_id("somebody-elses") == "somebody-elses"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("#1001", "#1001"),
        (" 1001 ", "1001"),
        ("Zoë-7", "Zoë-7"),
        ("注文7", REFERENCE),
        ("a  b", REFERENCE),
        ("", REFERENCE),
        ("x" * 41, REFERENCE),
    ],
    ids=["usual", "trimmed", "latin", "other script", "two spaces", "empty", "long"],
)
def test_number_that_amazon_cannot_show_is_replaced(number: str, shown: str) -> None:
    """It stands on the packing slip; a refused order would be the worse outcome."""
    assert request_of(order(number=number))["displayableOrderId"] == shown


def test_city_begins_the_address_in_japan() -> None:
    """Amazon demands the field everywhere else, and refuses it there."""
    tokyo = recipient(country_code="JP", city="千代田区", street1="丸の内1-1", region="東京都", postal_code="100-0005")
    made = request_of(order(ship_to=tokyo), marketplace_ids=["JP"], region="fe")["destinationAddress"]
    assert "city" not in made
    assert made["addressLine1"] == "千代田区 丸の内1-1"
    known = attrs.evolve(tokyo, street1="千代田区丸の内1-1")
    again = request_of(order(ship_to=known), marketplace_ids=["JP"], region="fe")["destinationAddress"]
    assert again["addressLine1"] == "千代田区丸の内1-1"


def test_company_and_hub_reference_take_the_free_lines() -> None:
    """There is no field of their own, and without them the parcel does not find its desk."""
    made = request_of(order(ship_to=recipient(company="Acme", delivery_reference="hub 7")))["destinationAddress"]
    assert (made["addressLine2"], made["addressLine3"]) == ("Acme", "hub 7")
    firm = request_of(order(ship_to=recipient(name=None, company="Acme")))["destinationAddress"]
    assert firm["name"] == "Acme"
    assert "addressLine2" not in firm


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ship_to": None}, "order.ship_to"),
        ({"ship_to": recipient(name=None)}, "order.ship_to.name"),
        ({"ship_to": recipient(postal_code=None)}, "order.ship_to.postal_code"),
        ({"ship_to": recipient(street2="b", street3="c", company="Acme")}, "order.ship_to.company"),
        (
            {"ship_to": recipient(street2="b", street3="c", delivery_reference="hub 7")},
            "order.ship_to.delivery_reference",
        ),
        ({"lines": []}, "order.lines"),
        ({"lines": [line(unfulfilled_quantity=0)]}, "order.lines"),
        ({"lines": [line(quantity=251)]}, "order.lines"),
        ({"lines": [line(id=str(n), quantity=1) for n in range(101)]}, "order.lines"),
        ({"lines": [line(sku=None)]}, "order.lines[0].sku"),
        ({"lines": [line(), line(id="2", sku="x" * 51)]}, "order.lines[1].sku"),
        ({"lines": [line(id="x" * 42)]}, "order.lines[0].id"),
    ],
    ids=[
        "no address",
        "no name",
        "no postal code",
        "no line for the firm",
        "no line for the hub",
        "no lines",
        "nothing open",
        "too many pieces",
        "too many lines",
        "no sku",
        "long sku",
        "long id",
    ],
)
def test_part_that_does_not_fit_is_named(changes: dict[str, Any], field: str) -> None:
    """Amazon says InvalidInput and no more."""
    with pytest.raises(InvalidValueError) as caught:
        request_of(order(**changes))
    assert caught.value.field == field


def test_largest_order_fits() -> None:
    """A hundred lines and 250 pieces are allowed."""
    lines = [line(id=str(n), quantity=3 if n < 50 else 2) for n in range(100)]
    assert len(request_of(order(lines=lines))["items"]) == 100


@pytest.mark.parametrize("buyer", [None, Buyer(email="x" * 65)], ids=["none", "long"])
def test_buyer_without_an_address_cannot_be_notified(buyer: Buyer | None) -> None:
    """Whoever asked for it learns that nobody will be written to."""
    with pytest.raises(InvalidValueError) as caught:
        request_of(order(ship_to=recipient(email=None), buyer=buyer), notify_buyer=True)
    assert caught.value.field == "order.ship_to.email"


def test_india_is_refused() -> None:
    """It wants payment information; sent without, the order would be refused with a code that says nothing."""
    with pytest.raises(UnsupportedOperationError) as caught:
        request_of(order(), marketplace_ids=["IN"], region="eu")
    assert caught.value.field == "marketplace_ids"


def test_preview_asks_for_every_speed() -> None:
    """The choice is the caller's."""
    made = json.loads(json_encode(to_preview(order(), config(overbox=True))))
    assert made["shippingSpeedCategories"] == ["Standard", "Expedited", "Priority"]
    assert made["items"] == request_of(order())["items"]
    assert made["address"] == request_of(order())["destinationAddress"]
    assert made["featureConstraints"] == [{"featureName": "OVERBOX", "featureFulfillmentPolicy": "Required"}]


@pytest.mark.parametrize("reference", ["", "a b", "a+b", "a/b", "ä", "x" * 41], ids=str)
def test_reference_that_cannot_be_fetched_back_is_refused(reference: str) -> None:
    """Amazon takes such ids, and answers 403 or nothing to every question about them."""
    with pytest.raises(InvalidValueError) as caught:
        check_reference(reference)
    assert caught.value.field == "reference"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"status": OrderStatus.CANCELLED}, "order.status"),
        ({"status": OrderStatus.PENDING}, "order.status"),
        ({"status": OrderStatus.ON_HOLD}, "order.status"),
        ({"cancel_requested": True}, "order.cancel_requested"),
        ({"holds": ["fraud"]}, "order.holds"),
        ({"fulfilled_by": FulfilledBy.CHANNEL}, "order.fulfilled_by"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(map(str, value.values())),
)
def test_order_that_must_wait_is_not_handed_over(changes: dict[str, Any], field: str) -> None:
    """Picked once, it cannot be called back."""
    with pytest.raises(InvalidValueError) as caught:
        check_shippable(order(**changes))
    assert caught.value.field == field
    check_shippable(order())


@pytest.mark.parametrize(
    "change",
    [
        lambda made: made,
        lambda made: attrs.evolve(made, updated_at=datetime(2026, 1, 6, tzinfo=UTC)),
        lambda made: attrs.evolve(made, lines=[line(unfulfilled_quantity=0)]),
        lambda made: attrs.evolve(made, lines=[line(unfulfilled_quantity=1)]),
        lambda made: attrs.evolve(made, status=OrderStatus.FULFILLED),
        lambda made: attrs.evolve(made, number="#9"),
    ],
    ids=["same", "touched", "all has left", "some has left", "fulfilled", "renamed"],
)
def test_repeat_of_the_same_order_is_no_conflict(change: Callable[[Order], Order]) -> None:
    """An order whose answer was lost is handed over again, perhaps after it has left."""
    assert conflict(change(order()), read_placed(placed()), speed="Standard") is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda made: attrs.evolve(made, id="2"), "another order"),
        (lambda made: attrs.evolve(made, channel="ebay:de"), "another order"),
        (lambda made: attrs.evolve(made, ship_to=recipient(street1="10 Elm St")), "another address"),
        (lambda made: attrs.evolve(made, lines=[line(sku="MUG-2")]), "other articles"),
        (lambda made: attrs.evolve(made, lines=[line(id="9")]), "other articles"),
        (lambda made: attrs.evolve(made, lines=[line(quantity=1)]), "2 pieces"),
        (lambda made: attrs.evolve(made, lines=[line(quantity=3)]), "2 pieces"),
        (lambda made: attrs.evolve(made, lines=[line(), line(id="9", sku="CUP-1")]), "0 pieces of line 9"),
    ],
    ids=["other id", "other channel", "other address", "other sku", "other line", "fewer", "more", "added line"],
)
def test_reference_that_stands_for_something_else_is_a_conflict(change: Callable[[Order], Order], why: str) -> None:
    """Kept silently in place of the second, the first would go to the wrong door."""
    said = conflict(change(order()), read_placed(placed()), speed="Standard")
    assert said is not None
    assert why in said


def test_order_whose_address_was_erased_is_not_taken_for_the_same() -> None:
    """Where it goes cannot be compared any more: somebody must look."""
    said = conflict(order(ship_to=None), read_placed(placed()), speed="Standard")
    assert said is not None
    assert "another address" in said


def test_another_speed_is_a_conflict() -> None:
    """The buyer paid for overnight."""
    assert conflict(order(), read_placed(placed(speed="STANDARD")), speed="Standard") is None
    said = conflict(order(), read_placed(placed()), speed="Priority")
    assert said is not None
    assert "Standard" in said


def test_order_that_somebody_else_placed_is_a_conflict() -> None:
    """Its ids are not of our making: nothing is known about it."""
    other = [{"sellerSku": "MUG-1", "sellerFulfillmentOrderItemId": LINE, "quantity": 2}]
    assert conflict(order(), read_placed(placed(items=other)), speed="Standard") is not None


def test_order_is_the_same_bytes_each_time() -> None:
    """A repeat must not be another order."""
    made = [json_encode(to_order(order(), config(), reference=REFERENCE, service=None)) for _ in range(2)]
    assert made[0] == made[1]
