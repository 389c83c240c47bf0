"""Amazon's orders in our words."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartcarrier.channels.amazon import mapping
from cartcarrier.channels.amazon.schemas import orders as schemas
from cartcarrier.errors import InvalidValueError
from cartcarrier.http import json_decoder
from cartcarrier.models import FulfilledBy, FulfillmentStatus, Money, Order, OrderStatus, PaymentStatus, TaxId
from tests.unit.channels.amazon.fakes import NOW, address, item, money, order, package, part


def node(**changes: Any) -> schemas.Order:
    """Return an order as Amazon has it."""
    return json_decoder(schemas.Order).decode(json.dumps(order(**changes)))


def mapped(**changes: Any) -> Order:
    """Return an order in our words."""
    return mapping.to_order(node(**changes), channel="amazon:us", now=NOW)


def fulfillment(**changes: Any) -> dict[str, Any]:
    """Return the block of the order's state."""
    return {**order()["fulfillment"], **changes}


def usd(amount: str) -> Money:
    """Return an amount."""
    return Money(amount=Decimal(amount), currency="USD")


def test_order_is_whole() -> None:
    """What whoever ships needs."""
    found = mapped()
    assert (found.channel, found.id, found.number) == ("amazon:us", "111-1234567-1234567", "111-1234567-1234567")
    assert (found.status, found.payment_status) == (OrderStatus.UNFULFILLED, PaymentStatus.PAID)
    assert found.fulfilled_by is FulfilledBy.MERCHANT
    assert found.placed_at == datetime(2026, 11, 24, 7, 59, tzinfo=UTC)
    assert found.updated_at == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert found.ship_by == datetime(2026, 11, 25, 7, 59, 59, tzinfo=UTC)
    assert found.deliver_by == datetime(2026, 11, 30, 7, 59, 59, tzinfo=UTC)
    assert (found.total, found.shipping_total, found.tax_total) == (usd("31.90"), usd("4.90"), usd("2.00"))
    assert (found.shipping_service, found.cancel_requested, found.holds) == ("STANDARD", False, ())
    assert found.buyer is not None
    assert (found.buyer.name, found.buyer.email) == ("Ada Example", "x1@marketplace.amazon.com")


def test_address_is_whole() -> None:
    """All that goes on the label."""
    ship_to = mapped(recipient={"deliveryAddress": address(addressLine2="Apt 2", companyName="Acme")}).ship_to
    assert ship_to is not None
    assert (ship_to.name, ship_to.company, ship_to.street1, ship_to.street2) == (
        "Ada Example",
        "Acme",
        "1 Main Street",
        "Apt 2",
    )
    assert (ship_to.city, ship_to.region, ship_to.postal_code, ship_to.country_code) == (
        "Springfield",
        "IL",
        "62701",
        "US",
    )
    assert (ship_to.phone, ship_to.residential) == ("+1 217 555 0100", True)


@pytest.mark.parametrize(
    ("kind", "residential"), [("RESIDENTIAL", True), ("COMMERCIAL", False), ("PICKUP_POINT", None), (None, None)]
)
def test_kind_of_address_decides_the_surcharge(kind: str | None, residential: bool | None) -> None:
    """Carriers ask for it; what is not known is not guessed."""
    ship_to = mapped(recipient={"deliveryAddress": address(addressType=kind)}).ship_to
    assert ship_to is not None
    assert ship_to.residential is residential


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ({"addressLine1": None, "addressLine2": "Back House"}, ("Back House", None, "Springfield")),
        (
            {"addressLine1": "", "extendedFields": {"streetName": "Rua A", "streetNumber": "5"}},
            ("Rua A, 5", None, "Springfield"),
        ),
        (
            {
                "addressLine1": None,
                "extendedFields": {"streetName": "Rua A", "streetNumber": "5", "neighborhood": "Centro"},
            },
            ("Rua A, 5", "Centro", "Springfield"),
        ),
        ({"city": None, "municipality": "Kyoto"}, ("1 Main Street", None, "Kyoto")),
        ({"city": "  ", "stateOrRegion": "Tokyo"}, ("1 Main Street", None, "Tokyo")),
    ],
    ids=["second line only", "brazil", "brazil with neighborhood", "municipality", "japan"],
)
def test_addresses_of_other_lands_are_read(given_: dict[str, Any], expected: tuple[str, str | None, str]) -> None:
    """Not every land writes a street in the first line, and a city of its own."""
    ship_to = mapped(recipient={"deliveryAddress": address(**given_)}).ship_to
    assert ship_to is not None
    assert (ship_to.street1, ship_to.street2, ship_to.city) == expected


def test_uk_is_gb() -> None:
    """Amazon writes UK; carriers know GB only."""
    ship_to = mapped(recipient={"deliveryAddress": address(countryCode="UK")}).ship_to
    assert ship_to is not None
    assert ship_to.country_code == "GB"


@pytest.mark.parametrize(
    "recipient",
    [
        None,
        {},
        {"deliveryAddress": {"city": "Springfield", "stateOrRegion": "IL", "postalCode": "62701", "countryCode": "US"}},
        {"deliveryAddress": address(addressLine1="")},
        {"deliveryAddress": address(countryCode=None)},
    ],
    ids=["no recipient", "no address", "what is left without a role", "blank street", "no country"],
)
def test_withheld_address_holds_the_order(recipient: dict[str, Any] | None) -> None:
    """Without a role Amazon leaves fields out and says nothing: half an address must not be printed."""
    found = mapped(recipient=recipient)
    assert (found.ship_to, found.holds) == (None, ("ADDRESS_WITHHELD",))
    assert mapping.lacks_address(node(recipient=recipient))


@pytest.mark.parametrize("status", ["PENDING", "PENDING_AVAILABILITY", "SHIPPED", "CANCELLED"])
def test_address_is_not_due_before_payment_and_after_shipping(status: str) -> None:
    """Amazon gives it in two states only; elsewhere its absence means nothing."""
    assert not mapping.lacks_address(node(recipient=None, fulfillment=fulfillment(fulfillmentStatus=status)))


def test_address_of_an_order_that_amazon_ships_is_not_due() -> None:
    """We never print it."""
    assert not mapping.lacks_address(node(recipient=None, fulfillment=fulfillment(fulfilledBy="AMAZON")))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("PENDING_AVAILABILITY", OrderStatus.PENDING),
        ("PENDING", OrderStatus.PENDING),
        ("UNSHIPPED", OrderStatus.UNFULFILLED),
        ("PARTIALLY_SHIPPED", OrderStatus.PARTIALLY_FULFILLED),
        ("SHIPPED", OrderStatus.FULFILLED),
        ("INVOICE_UNCONFIRMED", OrderStatus.FULFILLED),
        ("CANCELLED", OrderStatus.CANCELLED),
        ("UNFULFILLABLE", OrderStatus.ON_HOLD),
        ("SOMETHING_NEW", OrderStatus.UNKNOWN),
    ],
)
def test_status_is_ours(status: str, expected: OrderStatus) -> None:
    """A new word is unknown, not guessed."""
    assert mapped(fulfillment=fulfillment(fulfillmentStatus=status)).status is expected


def test_missing_state_is_unknown_and_opens_nothing() -> None:
    """Where FULFILLMENT was withheld, nothing says that the order may be shipped (pitfall 2)."""
    found = mapped(fulfillment=None, orderItems=[item(fulfillment=None)])
    assert (found.status, found.fulfilled_by) == (OrderStatus.UNKNOWN, FulfilledBy.UNKNOWN)
    assert found.payment_status is PaymentStatus.UNKNOWN
    assert found.lines[0].unfulfilled_quantity == 0


def test_new_words_and_nulls_are_read() -> None:
    """Amazon adds words without a new version, and sends null where it has nothing (pitfall 17)."""
    found = mapped(
        programs=["BRAND_NEW"],
        buyer={"buyerName": None},
        proceeds=None,
        packages=None,
        orderItems=[item(programs=None, cancellation=None, proceeds=None, product={"asin": "B1"})],
        fulfillment=fulfillment(fulfilledBy="SOMEBODY", fulfillmentServiceLevel="TELEPORT", shipByWindow=None),
    )
    assert (found.fulfilled_by, found.shipping_service, found.ship_by) == (FulfilledBy.UNKNOWN, "TELEPORT", None)
    assert (found.lines[0].title, found.lines[0].unit_price, found.buyer) == ("B1", None, None)


# --- lines and prices -----------------------------------------------------------------------------------------------------


def test_amount_of_a_line_is_divided_by_its_pieces() -> None:
    """Amazon's amounts are of the line (pitfall 11)."""
    (line,) = mapped().lines
    assert (line.id, line.sku, line.title, line.quantity, line.unfulfilled_quantity) == ("1", "SKU-1", "Mug", 2, 2)
    assert (line.unit_price, line.total, line.tax) == (usd("12.5"), usd("25.00"), usd("2.00"))


def test_price_that_amazon_gives_is_not_divided() -> None:
    """Its unit price is per piece already."""
    (line,) = mapped(orderItems=[item(product={"price": {"unitPrice": money("12.99")}})]).lines
    assert line.unit_price == usd("12.99")


def test_price_that_does_not_divide_is_rounded_and_the_total_kept() -> None:
    """Ten for three."""
    (line,) = mapped(orderItems=[item(quantity=3, proceeds={"breakdowns": [part("ITEM", "10.00")]})]).lines
    assert (line.unit_price, line.total) == (usd("3.3333"), usd("10.00"))


@pytest.mark.parametrize("sign", ["", "-"], ids=["positive", "negative"])
def test_discounts_are_taken_off_whatever_their_sign(sign: str) -> None:
    """Nothing documents the sign; a discount that raised the price would be absurd."""
    breakdowns = [part("ITEM", "25.00"), part("DISCOUNT", f"{sign}4.00", ITEM=f"{sign}3.00", SHIPPING=f"{sign}1.00")]
    found = mapped(orderItems=[item(proceeds={"breakdowns": breakdowns})])
    assert found.lines[0].total == usd("22.00"), "what is off the shipping is not off the article"
    assert found.discount_total == usd("4.00")


@given(
    quantity=st.integers(min_value=1, max_value=999),
    price=st.decimals(min_value=Decimal("0.01"), max_value=Decimal("99999.99"), places=2),
)
def test_price_of_a_piece_times_pieces_is_the_price_of_the_line(quantity: int, price: Decimal) -> None:
    """For every price and every quantity."""
    line_price = price * quantity
    (line,) = mapped(
        orderItems=[item(quantity=quantity, proceeds={"breakdowns": [part("ITEM", str(line_price))]})]
    ).lines
    assert line.unit_price is not None
    assert line.unit_price.amount == price
    assert line.total == usd(str(line_price))


def test_sums_of_the_order_come_before_those_of_its_lines() -> None:
    """The order has shipping that no line has."""
    found = mapped(proceeds={"grandTotal": money("40.00"), "breakdowns": [part("SHIPPING", "9.90")]})
    assert found.shipping_total == usd("9.90")
    assert found.tax_total == usd("2.00")


def test_part_that_has_left_is_not_open() -> None:
    """One of two."""
    (line,) = mapped(orderItems=[item(done=1)], fulfillment=fulfillment(fulfillmentStatus="PARTIALLY_SHIPPED")).lines
    assert (line.quantity, line.unfulfilled_quantity) == (2, 1)


def test_cancelled_line_is_not_open() -> None:
    """Its amounts are of pieces that nobody pays."""
    cancelled = {"cancellationExecution": {"cancelledBy": "BUYER"}}
    first, second = mapped(orderItems=[item(1, cancellation=cancelled, fulfillment=None), item(2)]).lines
    assert (first.quantity, first.unfulfilled_quantity, first.total, first.tax) == (0, 0, None, None)
    assert second.unfulfilled_quantity == 2


def test_cancelled_order_has_nothing_open() -> None:
    """Whatever its lines say."""
    found = mapped(fulfillment=fulfillment(fulfillmentStatus="CANCELLED"))
    assert [line.unfulfilled_quantity for line in found.lines] == [0]


def test_quantity_that_is_not_said_is_open_only_before_anything_has_left() -> None:
    """Sent twice is worse than sent late."""
    silent = [item(fulfillment=None)]
    assert mapped(orderItems=silent).lines[0].unfulfilled_quantity == 2
    partly = mapped(orderItems=silent, fulfillment=fulfillment(fulfillmentStatus="PARTIALLY_SHIPPED"))
    assert partly.lines[0].unfulfilled_quantity == 0


@pytest.mark.parametrize("currency", ["US", "usd", "", "DOLLAR"])
def test_currency_that_cannot_be_expressed_is_an_error(currency: str) -> None:
    """Not a number without a unit."""
    with pytest.raises(InvalidValueError):
        mapped(proceeds={"grandTotal": money("1.00", currency)})


# --- what holds it --------------------------------------------------------------------------------------------------------


def test_buyers_request_is_on_the_items_only() -> None:
    """The order stays UNSHIPPED (pitfall 12)."""
    asked = {"cancellationRequest": {"requester": "BUYER", "cancelReason": "ORDERED_BY_MISTAKE"}}
    assert mapped(orderItems=[item(1), item(2, cancellation=asked)]).cancel_requested


def test_request_that_was_decided_asks_no_more() -> None:
    """Shipped, or cancelled."""
    asked = {"cancellationRequest": {"requester": "BUYER"}, "cancellationExecution": {"cancelledBy": "BUYER"}}
    assert not mapped(orderItems=[item(1), item(2, cancellation=asked)]).cancel_requested
    shipped = fulfillment(fulfillmentStatus="SHIPPED")
    assert not mapped(orderItems=[item(cancellation={"cancellationRequest": {}})], fulfillment=shipped).cancel_requested


@pytest.mark.parametrize("program", ["AMAZON_EASY_SHIP", "DELIVERY_BY_AMAZON", "IN_STORE_PICK_UP"])
def test_orders_with_a_flow_of_their_own_are_held(program: str) -> None:
    """Amazon, or the buyer, comes for them."""
    assert mapped(programs=["PRIME", program]).holds == (program,)


def test_label_before_its_window_is_held() -> None:
    """Amazon names the earliest moment; at that moment it may be made."""
    window = {"earliestDateTime": NOW.isoformat()}
    early = node(fulfillment=fulfillment(labelPrintingWindow=window))
    assert mapping.to_order(early, channel="a:b", now=NOW - timedelta(seconds=1)).holds == ("LABEL_NOT_YET",)
    assert mapping.to_order(early, channel="a:b", now=NOW).holds == ()


def test_order_that_cannot_be_fulfilled_is_held() -> None:
    """Nothing is to be shipped."""
    assert mapped(fulfillment=fulfillment(fulfillmentStatus="UNFULFILLABLE")).holds == ("UNFULFILLABLE",)


@pytest.mark.parametrize(
    ("verification", "holds"),
    [
        (None, ()),
        ("Approved", ()),
        ("Pending", ("REGULATED_VERIFICATION_PENDING",)),
        ("Rejected", ("REGULATED_VERIFICATION_REJECTED",)),
        ("Brand New", ("REGULATED_VERIFICATION_BRAND NEW",)),
    ],
)
def test_regulated_order_waits_for_its_approval(verification: str | None, holds: tuple[str, ...]) -> None:
    """What is not approved is not shipped, new words neither."""
    found = mapping.to_order(node(), channel="a:b", now=NOW, verification=verification)
    assert found.holds == holds


# --- the rest -------------------------------------------------------------------------------------------------------------


def test_tax_numbers_reach_the_carrier() -> None:
    """IOSS decides who pays customs; the buyer's number is demanded in Turkey and Brazil (pitfall 34)."""
    shipping = {"internationalShipping": {"iossNumber": "IM1234567890"}}
    tax = {
        "taxRegistrations": [
            {"entityType": "BUYER", "taxRegistrationType": "CPF", "taxRegistrationNumber": "123"},
            {"entityType": "MERCHANT", "taxRegistrationType": "VAT", "taxRegistrationNumber": "456"},
        ]
    }
    lines = [item(1, fulfillment={"shipping": shipping}), item(2, fulfillment={"shipping": shipping})]
    ship_to = mapped(orderItems=lines, tax=tax).ship_to
    assert ship_to is not None
    assert ship_to.tax_ids == (TaxId(kind="IOSS", value="IM1234567890"), TaxId(kind="CPF", value="123"))


def _marked() -> Order:
    """Return an order with all that it can be marked with."""
    shipping = {"shippingConstraints": {"signatureConfirmation": "MANDATORY", "palletDelivery": "OPTIONAL"}}
    packing = {
        "giftOption": {"giftMessage": "Happy birthday", "giftWrapLevel": "Red"},
        "serialNumberRequirement": {"requirementType": "REQUIRED"},
    }
    return mapped(
        programs=["PRIME", "AMAZON_BUSINESS", "PREMIUM", "FBM_SHIP_PLUS", "SOMETHING NEW"],
        buyer={"buyerCompanyName": "Acme", "buyerPurchaseOrderNumber": "PO-1"},
        orderAliases=[{"aliasId": "S-1", "aliasType": "SELLER_ORDER_ID"}, {"aliasId": "X", "aliasType": "OTHER"}],
        associatedOrders=[{"orderId": "111-0000000-0000001", "associationType": "REPLACEMENT_ORIGINAL_ID"}],
        recipient={
            "deliveryAddress": address(addressType="PICKUP_POINT"),
            "deliveryPreference": {"dropOffLocation": "Porch", "addressInstruction": "Gate 7"},
        },
        orderItems=[
            item(1, programs=["TRANSPARENCY"], fulfillment={"shipping": shipping, "packing": packing}),
            item(2, programs=["TRANSPARENCY"]),
        ],
    )


def test_tags_are_what_amazon_marks_an_order_with() -> None:
    """For sorting the day's work: in small letters, each once, and a program that is new under its own name."""
    assert _marked().tags == (
        "prime",
        "business",
        "premium",
        "fbm_ship_plus",
        "something_new",
        "replacement",
        "replacement_of:111-0000000-0000001",
        "pickup_point",
        "transparency",
        "gift",
        "gift_wrap:red",
        "serial_numbers",
        "signature_confirmation",
    )
    assert mapped().tags == ()


def test_association_that_is_new_or_says_nothing_is_no_replacement() -> None:
    """Amazon adds words; an empty one marks nothing."""
    others = [{"associationType": "SPLIT_ORIGINAL_ID"}, {"orderId": "111-0000000-0000001"}]
    assert mapped(associatedOrders=others).tags == ("split_original_id",)
    assert mapped(associatedOrders=[{"associationType": "EXCHANGE_ORIGINAL_ID"}]).tags == ("exchange",)


def test_notes_are_what_people_wrote() -> None:
    """Numbers of theirs, where to leave it, the card of a present: nothing of Amazon's."""
    found = _marked().notes
    assert found is not None
    assert found.splitlines() == [
        "purchase order: PO-1",
        "buyer's company: Acme",
        "seller's number: S-1",
        "Porch",
        "Gate 7",
        "line 1: Happy birthday",
    ]
    assert mapped().notes is None


def test_packages_are_fulfillments() -> None:
    """What left already, by whomever it was told."""
    cancelled = package("2", {"1": 1}, packageStatus={"status": "CANCELLED"}, carrier="Royal Mail", trackingNumber=None)
    first, second = mapped(packages=[package("1"), cancelled]).fulfillments
    assert (first.id, dict(first.lines), first.status) == ("1", {"1": 2}, FulfillmentStatus.ACTIVE)
    assert (first.parcels[0].carrier, first.parcels[0].tracking_number) == ("ups", "1Z999AA10123456784")
    assert first.shipped_at == datetime(2026, 11, 24, 8, 29, tzinfo=UTC)
    assert (second.status, second.parcels[0].carrier, second.parcels[0].tracking_number) == (
        FulfillmentStatus.CANCELLED,
        "Royal Mail",
        None,
    )


def test_package_without_contents_has_no_lines() -> None:
    """An item of no pieces is not in it."""
    (found,) = mapped(packages=[package("1", {"1": 0}, carrier=None, shipTime=None)]).fulfillments
    assert (dict(found.lines), found.parcels[0].carrier) == ({}, "unknown")
    assert found.shipped_at == datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


def test_gift_without_a_message_is_a_gift() -> None:
    """No invoice in the parcel."""
    found = mapped(orderItems=[item(fulfillment={"packing": {"giftOption": {}}})])
    assert (found.tags, found.notes) == (("gift",), None)


def test_text_form_shows_no_person() -> None:
    """Orders end up in log lines."""
    shown = repr(mapped())
    for private in ("Ada", "Main Street", "555 0100", "marketplace.amazon.com"):
        assert private not in shown
