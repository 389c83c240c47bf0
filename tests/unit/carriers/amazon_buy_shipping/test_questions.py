"""What Amazon is asked."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import attrs
import pytest

from cartcarrier.carriers.amazon_buy_shipping import AmazonBuyShippingOptions
from cartcarrier.carriers.amazon_buy_shipping.mapping import to_question
from cartcarrier.errors import InvalidValueError, UnsupportedOperationError
from cartcarrier.models import (
    BillParty,
    BillTo,
    CustomsDeclaration,
    Dimensions,
    LengthUnit,
    Money,
    OrderRef,
    ShipmentOptions,
    ShipmentRequest,
    Signature,
    TaxId,
    Weight,
    WeightUnit,
)
from tests.unit.carriers.amazon_buy_shipping.samples import (
    LINE_ID,
    ORDER_ID,
    amazon_request,
    book,
    config,
    parcel,
    question_of,
    recipient,
    request,
    sender,
)


def test_amazon_order_is_named_without_its_recipient() -> None:
    """Amazon takes the recipient from its own order, and ignores what is said here."""
    asked = question_of(amazon_request())
    assert asked["channelDetails"] == {"channelType": "AMAZON", "amazonOrderDetails": {"orderId": ORDER_ID}}
    assert "shipTo" not in asked
    assert asked["packages"][0]["items"] == [{"description": "A book", "itemIdentifier": LINE_ID, "quantity": 2}]


@pytest.mark.parametrize("order", [None, OrderRef(channel="shopify:eu", order_id="1")], ids=["none", "shopify"])
def test_order_from_elsewhere_is_external(order: OrderRef | None) -> None:
    """A Shopify order's id means nothing to Amazon."""
    asked = question_of(request(order=order))
    assert asked["channelDetails"] == {"channelType": "EXTERNAL"}
    assert asked["shipTo"]["name"] == "Jill Doe"
    assert asked["packages"][0]["items"] == [{"quantity": 1}]


@pytest.mark.parametrize("items", [[], [book(order_line_id=None)]], ids=["none", "without its line"])
def test_amazon_order_must_say_what_lies_in_the_parcel(items: list[Any]) -> None:
    """Buying the label tells the buyer that these lines have left."""
    with pytest.raises(InvalidValueError) as caught:
        to_question(amazon_request(parcels=[parcel(items=items)]), config())
    assert caught.value.field == "ShipmentRequest.parcels[0].items"


def test_sides_and_weight_are_numbers_in_the_users_own_units() -> None:
    """Converting would only lose digits: Amazon takes both systems."""
    box = parcel(
        weight=Weight(value="1.50", unit=WeightUnit.KILOGRAM),
        dimensions=Dimensions(length="100", width="85.5", height="40", unit=LengthUnit.MILLIMETER),
    )
    made = question_of(request(parcels=[box]))["packages"][0]
    assert made["weight"] == {"value": 1.5, "unit": "KILOGRAM"}
    assert made["dimensions"] == {"length": 10, "width": 8.55, "height": 4, "unit": "CENTIMETER"}


def test_value_is_insured_only_when_asked_for() -> None:
    """Amazon demands the field; insurance that nobody asked for costs money on every parcel."""
    assert question_of(request())["packages"][0]["insuredValue"] == {"value": 0, "unit": "USD"}
    insured = parcel(insured_value=Money(amount="250.10", currency="USD"))
    assert question_of(request(parcels=[insured]))["packages"][0]["insuredValue"] == {"value": 250.1, "unit": "USD"}


def test_currency_is_that_of_the_goods() -> None:
    """A German parcel of a new business is not worth dollars."""
    box = parcel(items=[book(unit_value=Money(amount="9", currency="EUR"))])
    settings: dict[str, Any] = {"marketplace_ids": ["DE"], "region": "eu", "business_id": "AmazonShipping_DE"}
    made = question_of(request(parcels=[box]), **settings)["packages"][0]
    assert made["insuredValue"]["unit"] == made["items"][0]["itemValue"]["unit"] == "EUR"
    with pytest.raises(InvalidValueError) as caught:
        to_question(request(), config(**settings))
    assert caught.value.field == "ShipmentRequest.parcels[0].insured_value"


def test_reference_names_the_parcel() -> None:
    """It is the only text of ours that Amazon prints."""
    assert question_of(request(reference="order 7"))["packages"][0]["packageClientReferenceId"] == "order 7"
    assert question_of(request())["packages"][0]["packageClientReferenceId"] == "1"


def test_ship_date_is_that_day_in_every_zone() -> None:
    """Midnight UTC is the day before in Los Angeles."""
    assert question_of(request(ship_date=date(2026, 1, 7)))["shipDate"] == "2026-01-07T12:00:00Z"
    assert "shipDate" not in question_of(request())


def test_access_point_notes_and_gst_are_said() -> None:
    """What can be said to Amazon is."""
    options = ShipmentOptions(
        hold_at_location="AP-1", carrier_options=AmazonBuyShippingOptions(delivery_notes="ring twice")
    )
    taxed = sender(tax_ids=[TaxId(kind="gst", value="06FKCPS6109D3Z7")])
    asked = question_of(request(options=options, ship_from=taxed))
    assert asked["destinationAccessPointDetails"] == {"accessPointId": "AP-1"}
    assert asked["shipperInstruction"] == {"deliveryNotes": "ring twice"}
    assert asked["taxDetails"] == [{"taxType": "GST", "taxRegistrationNumber": "06FKCPS6109D3Z7"}]


def _options(**changes: Any) -> Callable[[ShipmentRequest], ShipmentRequest]:
    return lambda made: attrs.evolve(made, options=ShipmentOptions(**changes))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda made: attrs.evolve(made, parcels=[parcel(), parcel()]), "parcels"),
        (
            lambda made: attrs.evolve(made, parcels=[parcel(packaging="USPS_MediumFlatRateBox1")]),
            "parcels[0].packaging",
        ),
        (_options(lithium="UN3481"), "options.lithium"),
        (_options(signature=Signature.INDIRECT), "options.signature"),
        (_options(saturday_delivery=True), "options.saturday_delivery"),
        (_options(dry_ice=Weight(value=Decimal(1), unit=WeightUnit.KILOGRAM)), "options.dry_ice"),
        (_options(alcohol=True), "options.alcohol"),
        (_options(bill_to=BillTo(party=BillParty.THIRD_PARTY)), "options.bill_to"),
        (lambda made: attrs.evolve(made, is_return=True), "is_return"),
        (lambda made: attrs.evolve(made, customs=CustomsDeclaration()), "customs"),
        (
            lambda made: attrs.evolve(made, ship_to=recipient(tax_ids=[TaxId(kind="IOSS", value="IM1")])),
            "tax_ids",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_said_is_refused(change: Callable[[ShipmentRequest], ShipmentRequest], field: str) -> None:
    """Dropped in silence it would be missing at the door."""
    with pytest.raises(UnsupportedOperationError) as caught:
        to_question(change(request()), config())
    assert caught.value.field == field


@pytest.mark.parametrize("field", ["parcels[0].packaging", "options.lithium"])
def test_what_only_merchant_fulfillment_can_do_says_so(field: str) -> None:
    """Whoever needs it learns where it is to be had."""
    asked = {
        "parcels[0].packaging": request(parcels=[parcel(packaging="FedEx_Box_25kg")]),
        "options.lithium": request(options=ShipmentOptions(lithium="LQHazmat")),
    }[field]
    with pytest.raises(UnsupportedOperationError, match="Merchant Fulfillment"):
        to_question(asked, config())


def test_customs_of_an_amazon_order_are_amazons() -> None:
    """Amazon makes the papers of its own orders; the facade adds a declaration to every order that crosses a border."""
    abroad = amazon_request(customs=CustomsDeclaration(), ship_to=recipient(country_code="CA", region="ON"))
    assert question_of(abroad) == question_of(amazon_request())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ship_to": recipient(name="x" * 51)}, "ship_to.name"),
        ({"ship_to": recipient(name=None)}, "ship_to.company"),
        ({"ship_to": recipient(street1="x" * 61)}, "ship_to.street1"),
        ({"ship_to": recipient(phone="1" * 21)}, "ship_to.phone"),
        ({"ship_to": recipient(email=f"{'x' * 60}@e.de")}, "ship_to.email"),
        ({"ship_to": recipient(region=None)}, "ship_to.region"),
        ({"ship_from": sender(postal_code=None)}, "ship_from.postal_code"),
        ({"parcels": [parcel(dimensions=None)]}, "parcels[0].dimensions"),
        (
            {"ship_to": recipient(street2="b", street3="c", delivery_reference="hub 7")},
            "ship_to.delivery_reference",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_part_that_does_not_fit_is_named(changes: dict[str, Any], field: str) -> None:
    """Amazon says InvalidInput and no more; cut in silence, the parcel would go astray."""
    with pytest.raises(InvalidValueError) as caught:
        to_question(request(**changes), config())
    assert caught.value.field == f"ShipmentRequest.{field}"


def test_hub_reference_is_printed_as_an_address_line() -> None:
    """Without it the hub cannot tell whose parcel it is."""
    made = question_of(request(ship_to=recipient(delivery_reference="hub 7")))["shipTo"]
    assert made["addressLine2"] == "hub 7"


def test_country_without_regions_leaves_the_demanded_field_empty() -> None:
    """Amazon demands the key; inventing a county would be worse."""
    made = question_of(request(ship_to=recipient(country_code="GB", region=None, postal_code="EX33 2JL")))["shipTo"]
    assert made["stateOrRegion"] == ""


def test_tax_numbers_of_an_amazon_order_are_amazons() -> None:
    """Amazon knows the IOSS number of its own order; a GST number is the seller's to say."""
    taxed = sender(tax_ids=[TaxId(kind="IOSS", value="IM1"), TaxId(kind="GST", value="06F")])
    made = question_of(amazon_request(ship_from=taxed))
    assert made["taxDetails"] == [{"taxType": "GST", "taxRegistrationNumber": "06F"}]


def test_other_carriers_options_are_refused() -> None:
    """They would be ignored."""
    with pytest.raises(InvalidValueError) as caught:
        to_question(request(options=ShipmentOptions(carrier_options=object())), config())
    assert caught.value.field == "ShipmentOptions.carrier_options"


@pytest.mark.parametrize(
    "settings",
    [{"delivery_notes": "x" * 257}, {"delivery_notes": ""}, {"additional_inputs": "[]"}, {"additional_inputs": "{"}],
    ids=str,
)
def test_options_that_amazon_would_refuse_cannot_be_made(settings: dict[str, Any]) -> None:
    """A model that exists is valid."""
    with pytest.raises(InvalidValueError):
        AmazonBuyShippingOptions(**settings)


def test_same_parcel_written_otherwise_is_the_same_question() -> None:
    """A rate is bound to its question: 3 and 3.0 pounds must not part them."""
    one = to_question(request(), config())
    other = to_question(request(parcels=[parcel(weight=Weight(value="3.0", unit=WeightUnit.POUND))]), config())
    assert one.digest == other.digest
