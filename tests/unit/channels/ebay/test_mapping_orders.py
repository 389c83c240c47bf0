"""Orders, as eBay has them and as we have them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from cartcarrier.channels.ebay import schemas
from cartcarrier.channels.ebay.mapping import has_left_in_part, to_order
from cartcarrier.http import json_decoder
from cartcarrier.models import FulfilledBy, Money, Order, OrderStatus, PaymentStatus, TaxId
from tests.unit.channels.ebay.fakes import LINE, amount, contact, instruction, line, order, told


def usd(value: str) -> Money:
    return Money(amount=value, currency="USD")


def read(known: Sequence[dict[str, Any]] = (), **changes: object) -> Order:
    found = json_decoder(schemas.Order).decode(msgspec.json.encode(order(**changes)))
    parcels = json_decoder(list[schemas.ShippingFulfillment]).decode(msgspec.json.encode(list(known)))
    return to_order(found, channel="ebay:default", fulfillments=parcels)


def test_order_has_its_identity_and_its_number() -> None:
    """The id is eBay's, opaque and final; the number is what the seller sees."""
    found = read()
    assert (found.channel, found.id, found.number) == ("ebay:default", "12-34567-89012", "1042")


def test_order_id_is_that_of_rest() -> None:
    """Legacy ids change when an order is paid, and mixed forms in stored data never meet again."""
    assert read(legacyOrderId="110551100001-20002").id == "12-34567-89012"


def test_number_falls_back_to_the_id() -> None:
    """The record number may be missing."""
    changed = order()
    del changed["salesRecordReference"]
    found = json_decoder(schemas.Order).decode(msgspec.json.encode(changed))
    assert to_order(found, channel="ebay:default").number == "12-34567-89012"


@pytest.mark.parametrize(
    ("cost", "quantity", "price"),
    [("25.00", 2, "12.50"), ("10.00", 3, "3.3333"), ("12.50", 1, "12.50"), ("0.05", 4, "0.0125")],
)
def test_unit_price_is_the_lines_cost_divided(cost: str, quantity: int, price: str) -> None:
    """``lineItemCost`` is that of all pieces: taken as a piece's, it multiplies every total."""
    (found,) = read(lineItems=[line(lineItemCost=amount(cost), quantity=quantity)]).lines
    assert (str(found.unit_price), found.total) == (f"{price} USD", usd(cost))


def test_discounted_cost_is_the_lines_total() -> None:
    """The unit price stays what the listing says."""
    (found,) = read(lineItems=[line(discountedLineItemCost=amount("20.00"))]).lines
    assert (found.unit_price, found.total) == (usd("12.50"), usd("20.00"))


def test_line_without_sku_has_none() -> None:
    """Old listings have no number of the seller's; an empty one would match another."""
    bare = {name: value for name, value in line().items() if name != "sku"}
    assert [one.sku for one in read(lineItems=[bare]).lines] == [None]


def test_discounts_are_negative_at_ebay_and_positive_here() -> None:
    """Added up with the wrong sign, a discount makes an order dearer."""
    summary = {
        "priceSubtotal": amount("25.00"),
        "priceDiscount": amount("-5.00"),
        "deliveryCost": amount("6.00"),
        "deliveryDiscount": amount("-2.00"),
        "total": amount("24.00"),
    }
    found = read(pricingSummary=summary)
    assert (found.discount_total, found.shipping_total, found.total) == (usd("5.00"), usd("4.00"), usd("24.00"))


def test_tax_that_stands_in_both_lists_counts_once() -> None:
    """The same tax is shown as a tax and as one that eBay collects."""
    same = {"amount": amount("2.00"), "taxType": "STATE_SALES_TAX"}
    other = {"amount": amount("0.50"), "taxType": "GST"}
    found = read(lineItems=[line(taxes=[same], ebayCollectAndRemitTaxes=[{**same, "collectionMethod": "NET"}, other])])
    assert (found.lines[0].tax, found.tax_total) == (usd("2.50"), usd("2.50"))


def test_two_taxes_of_one_amount_count_twice() -> None:
    """Two kinds of tax may happen to be equal."""
    state = {"amount": amount("2.00"), "taxType": "STATE_SALES_TAX"}
    found = read(
        lineItems=[line(taxes=[state], ebayCollectAndRemitTaxes=[{"amount": amount("2.00"), "taxType": "GST"}])]
    )
    assert found.tax_total == usd("4.00")


def test_amounts_are_in_the_currency_that_the_seller_books() -> None:
    """Where eBay converted, the buyer's currency stands beside it."""
    converted = {**amount("30.00", "GBP"), "convertedFromValue": "35.00", "convertedFromCurrency": "EUR"}
    assert read(pricingSummary={"total": converted}).total == Money(amount="30.00", currency="GBP")


def test_promises_are_the_earliest_of_what_is_open() -> None:
    """A line that has left makes nobody hurry."""
    left = line(2, lineItemFulfillmentStatus="FULFILLED")
    left["lineItemFulfillmentInstructions"] = {"shipByDate": "2026-11-01T00:00:00.000Z"}
    found = read(lineItems=[line(), left])
    assert found.ship_by == datetime(2026, 11, 26, 7, 59, 59, tzinfo=UTC)
    assert found.deliver_by == datetime(2026, 11, 30, 8, tzinfo=UTC)


def test_open_pieces_are_what_no_parcel_took() -> None:
    """No such number is told; without it a second parcel would take all again."""
    partly = line(quantity=3, lineItemFulfillmentStatus="IN_PROGRESS")
    found = read([told("A1", {LINE: 1})], orderFulfillmentStatus="IN_PROGRESS", lineItems=[partly])
    assert [one.unfulfilled_quantity for one in found.lines] == [2]
    assert found.status is OrderStatus.PARTIALLY_FULFILLED
    assert [one.id for one in found.fulfillments] == ["A1"]


def test_nothing_of_a_cancelled_order_is_open() -> None:
    """Its lines stay at NOT_STARTED."""
    found = read(cancelStatus={"cancelState": "CANCELED"})
    assert (found.status, [one.unfulfilled_quantity for one in found.lines]) == (OrderStatus.CANCELLED, [0])


def test_hub_gets_the_parcel_and_its_reference() -> None:
    """Shipped to the final address, or without the reference, the parcel is lost between hub and buyer."""
    final = {"addressLine1": "Rue 1", "city": "Paris", "countryCode": "FR"}
    hub = contact(fullName="Jo Doe", addressLine1="1850 Airport Exchange Blvd", city="Erlanger", stateOrProvince="KY")
    step = instruction(
        shipTo=hub, shipToReferenceId="PRB7000002", ebaySupportedFulfillment=True, finalDestinationAddress=final
    )
    found = read(
        fulfillmentStartInstructions=[step], program={"ebayInternationalShipping": {"returnsManagedBy": "EBAY"}}
    )
    assert found.ship_to is not None
    assert (found.ship_to.street1, found.ship_to.city, found.ship_to.delivery_reference) == (
        "1850 Airport Exchange Blvd",
        "Erlanger",
        "PRB7000002",
    )
    assert found.status is OrderStatus.UNFULFILLED


def test_street_that_stands_in_the_second_line_only_is_the_street() -> None:
    """An address that has a street must not count as one that is withheld."""
    step = instruction(shipTo=contact(addressLine1=None, addressLine2="1 Elm St"))
    found = read(fulfillmentStartInstructions=[step]).ship_to
    assert found is not None
    assert (found.street1, found.street2) == ("1 Elm St", None)


def test_old_order_without_street_has_no_address() -> None:
    """After 90 days eBay withholds name and street: not known, which must never replace what is stored."""
    withheld = {"contactAddress": {"city": "Reno", "postalCode": "89501", "countryCode": "US"}}
    found = read(
        orderFulfillmentStatus="FULFILLED",
        lineItems=[line(lineItemFulfillmentStatus="FULFILLED")],
        fulfillmentStartInstructions=[instruction(shipTo=withheld)],
    )
    assert (found.ship_to, found.holds, found.status) == (None, (), OrderStatus.FULFILLED)


@pytest.mark.parametrize("phone", ["Invalid Request", "12345", "", "***-01"])
def test_phone_that_no_carrier_can_use_is_left_out(phone: str) -> None:
    """Some are masked, some say that they are none."""
    step = instruction(shipTo=contact(primaryPhone={"phoneNumber": phone}))
    found = read(fulfillmentStartInstructions=[step]).ship_to
    assert found is not None
    assert found.phone is None


def test_country_that_cannot_be_expressed_is_a_hold() -> None:
    """The order is there, and is not shipped by mistake."""
    found = read(fulfillmentStartInstructions=[instruction(shipTo=contact(countryCode="ZZZ"))])
    assert (found.ship_to, found.holds, found.status) == (None, ("ADDRESS_NOT_EXPRESSIBLE",), OrderStatus.ON_HOLD)


def test_currency_that_cannot_be_expressed_is_a_hold() -> None:
    """An amount that is not known must not become nought."""
    found = read(pricingSummary={"total": amount("30.00", "dollars")})
    assert (found.total, found.holds) == (None, ("CURRENCY_NOT_EXPRESSIBLE",))


def test_numbers_for_customs_come_with_the_address() -> None:
    """Without the IOSS number the buyer pays the tax a second time at the border."""
    taxed = line(
        ebayCollectAndRemitTaxes=[
            {"amount": amount("2.00"), "taxType": "VAT", "ebayReference": {"name": "IOSS", "value": "IM2760000742"}},
            {"amount": amount("1.00"), "taxType": "GST", "ebayReference": {"name": "ABN", "value": "64652016681"}},
        ]
    )
    buyer = {
        "username": "jodoe",
        "taxIdentifier": {
            "taxpayerId": "RSSMRA80A01H501U",
            "taxIdentifierType": "CODICE_FISCALE",
            "issuingCountry": "IT",
        },
    }
    found = read(lineItems=[taxed, {**taxed, "lineItemId": "2"}], buyer=buyer).ship_to
    assert found is not None
    assert found.tax_ids == (
        TaxId(kind="CODICE_FISCALE", value="RSSMRA80A01H501U", country_code="IT"),
        TaxId(kind="IOSS", value="IM2760000742"),
    )


@pytest.mark.parametrize(
    ("program", "step", "hold"),
    [
        ({"ebayShipping": {"shippingLabelProvidedBy": "EBAY"}}, {}, "EBAY_LABEL"),
        ({"ebayVault": {"fulfillmentType": "VAULT_TO_BUYER"}}, {}, "VAULT"),
        ({}, {"shippingServiceCode": "US_eBayStandardEnvelope"}, "STANDARD_ENVELOPE"),
        ({}, {"fulfillmentInstructionsType": "SELLER_DEFINED"}, "SELLER_DEFINED"),
        ({}, {"fulfillmentInstructionsType": "PREPARE_FOR_PICKUP"}, "PICKUP"),
        ({}, {"fulfillmentInstructionsType": "BY_DRONE"}, "UNKNOWN_INSTRUCTION"),
        ({"ebayInternationalShipping": {}}, {"ebaySupportedFulfillment": True}, "HUB_REFERENCE_MISSING"),
        (
            {"authenticityVerification": {"status": "PENDING"}},
            {"finalDestinationAddress": contact()["contactAddress"], "ebaySupportedFulfillment": True},
            "AUTHENTICATOR_UNKNOWN",
        ),
        ({}, {"shipTo": None}, "ADDRESS_WITHHELD"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_order_for_which_no_label_may_be_bought_waits(program: dict[str, Any], step: dict[str, Any], hold: str) -> None:
    """A label for any of these is money lost."""
    how = {name: value for name, value in instruction(**step).items() if value is not None}
    how["shippingStep"] = {name: value for name, value in how["shippingStep"].items() if value is not None}
    found = read(program=program, fulfillmentStartInstructions=[how])
    assert (found.holds, found.status) == ((hold,), OrderStatus.ON_HOLD)


def test_order_on_its_way_to_two_places_waits() -> None:
    """There is one instruction today; a second one is something new."""
    assert read(fulfillmentStartInstructions=[instruction(), instruction()]).holds == ("SEVERAL_DESTINATIONS",)


def test_order_to_the_vault_is_shipped() -> None:
    """Documented in words, seen as an enumeration."""
    for spelling in ("SELLER_TO_VAULT", "Seller to Vault"):
        assert read(program={"ebayVault": {"fulfillmentType": spelling}}).status is OrderStatus.UNFULFILLED


@pytest.mark.parametrize(
    ("program", "kind"),
    [({"fulfillmentProgram": {"fulfilledBy": "EBAY"}}, "SHIP_TO"), ({}, "FULFILLED_BY_EBAY")],
    ids=["program", "instruction"],
)
def test_order_that_ebay_fulfills_is_not_ours(program: dict[str, Any], kind: str) -> None:
    """It has no address, and nobody may buy a label for it."""
    how = {"fulfillmentInstructionsType": kind}
    found = read(program=program, fulfillmentStartInstructions=[how])
    assert (found.fulfilled_by, found.holds) == (FulfilledBy.CHANNEL, ())


def test_digital_goods_are_not_shipped() -> None:
    """A download needs no label, and no address."""
    found = read(fulfillmentStartInstructions=[{"fulfillmentInstructionsType": "DIGITAL"}])
    assert ([one.requires_shipping for one in found.lines], found.holds) == ([False], ())


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, OrderStatus.UNFULFILLED),
        ({"cancelStatus": {"cancelState": "CANCELED"}}, OrderStatus.CANCELLED),
        ({"orderPaymentStatus": "FULLY_REFUNDED"}, OrderStatus.CANCELLED),
        ({"orderPaymentStatus": "FULLY_REFUNDED", "orderFulfillmentStatus": "FULFILLED"}, OrderStatus.FULFILLED),
        ({"orderPaymentStatus": "PENDING"}, OrderStatus.PENDING),
        ({"orderPaymentStatus": "FAILED"}, OrderStatus.PENDING),
        ({"cancelStatus": {"cancelState": "IN_PROGRESS"}}, OrderStatus.ON_HOLD),
        (
            {"cancelStatus": {"cancelState": "IN_PROGRESS"}, "orderFulfillmentStatus": "FULFILLED"},
            OrderStatus.FULFILLED,
        ),
        ({"orderFulfillmentStatus": "FULFILLED"}, OrderStatus.FULFILLED),
        ({"orderFulfillmentStatus": "ON_THE_MOON"}, OrderStatus.UNKNOWN),
        ({"orderPaymentStatus": "IN_SHELLS"}, OrderStatus.UNKNOWN),
        ({"cancelStatus": {"cancelState": "PERHAPS"}}, OrderStatus.UNKNOWN),
    ],
    ids=str,
)
def test_status(changes: dict[str, Any], status: OrderStatus) -> None:
    """What eBay may say anew is never guessed into what may be shipped."""
    assert read(**changes).status is status


def test_open_cancellation_in_a_list_is_seen() -> None:
    """Lists leave the requests out, but say that something is going on."""
    found = read(cancelStatus={"cancelState": "IN_PROGRESS"})
    assert (found.cancel_requested, found.status) == (True, OrderStatus.ON_HOLD)


def test_payout_on_hold_holds_nothing_else() -> None:
    """The seller's money waits; the buyer's parcel must not."""
    payment = {"paymentStatus": "PAID", "paymentHolds": [{"holdState": "HELD"}]}
    assert read(paymentSummary={"payments": [payment]}).status is OrderStatus.UNFULFILLED


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("PAID", PaymentStatus.PAID),
        ("PENDING", PaymentStatus.PENDING),
        ("PARTIALLY_REFUNDED", PaymentStatus.PARTIALLY_REFUNDED),
        ("FULLY_REFUNDED", PaymentStatus.REFUNDED),
        ("IN_SHELLS", PaymentStatus.UNKNOWN),
    ],
)
def test_payment_status(word: str, status: PaymentStatus) -> None:
    """Paid is what eBay calls paid."""
    assert read(orderPaymentStatus=word).payment_status is status


def test_words_that_ebay_may_add_are_read() -> None:
    """New taxes, programs and reasons come without notice; a strict reader would lose the order."""
    found = read(
        lineItems=[
            line(taxes=[{"amount": amount("1.00"), "taxType": "AIR_TAX"}], soldFormat="RAFFLE", newMember={"a": 1})
        ],
        program={"moonProgram": {"phase": "FULL"}},
    )
    assert (found.status, found.tax_total) == (OrderStatus.UNFULFILLED, usd("1.00"))


def test_buyer_is_known_by_the_user_name() -> None:
    """A notice that an account was closed names it, and the data to erase is found by it."""
    assert read().buyer is not None
    assert read().buyer.id == "jodoe"  # type: ignore[union-attr]  # the line above


def test_absurd_amounts_are_not_divided() -> None:
    """A number that no decimal context holds must not end the reading of a page."""
    (found,) = read(lineItems=[line(lineItemCost=amount("Infinity"))]).lines
    assert found.unit_price is None
    assert Decimal("12.50") == read().lines[0].unit_price.amount  # type: ignore[union-attr]  # it has one


def test_address_without_a_city_is_a_hold() -> None:
    """A street alone finds nobody."""
    found = read(fulfillmentStartInstructions=[instruction(shipTo=contact(city=None))])
    assert (found.ship_to, found.holds) == (None, ("ADDRESS_NOT_EXPRESSIBLE",))


def test_authenticator_is_trusted_where_the_addresses_differ() -> None:
    """Only when the parcel would go to the buyer's home a person must look."""
    how = instruction(shipTo=contact(city="Las Vegas"), finalDestinationAddress=contact()["contactAddress"])
    found = read(fulfillmentStartInstructions=[how], program={"authenticityVerification": {"status": "PENDING"}})
    assert (found.holds, found.status) == ((), OrderStatus.UNFULFILLED)
    bare = instruction(shipTo=contact())
    assert read(fulfillmentStartInstructions=[bare], program={"authenticityVerification": {}}).holds == ()


def test_amounts_in_two_currencies_are_not_added() -> None:
    """A sum of two currencies is no amount."""
    mixed = {"deliveryCost": amount("5.00"), "deliveryDiscount": amount("-1.00", "EUR"), "total": amount("30.00")}
    assert read(pricingSummary=mixed).shipping_total is None


def test_order_without_prices_buyer_and_instructions_is_read() -> None:
    """All but identity and dates may be missing."""
    bare = {
        name: value
        for name, value in order().items()
        if name not in {"pricingSummary", "buyer", "fulfillmentStartInstructions", "cancelStatus"}
    }
    found = to_order(json_decoder(schemas.Order).decode(msgspec.json.encode(bare)), channel="ebay:default")
    assert (found.total, found.buyer, found.ship_to, found.cancel_requested) == (None, None, None, False)
    assert found.holds == ("ADDRESS_WITHHELD",)


def test_instruction_without_a_step_has_no_address() -> None:
    """What goes nowhere must wait."""
    assert read(fulfillmentStartInstructions=[{"fulfillmentInstructionsType": "SHIP_TO"}]).holds == (
        "ADDRESS_WITHHELD",
    )


def test_rest_of_an_order_waits_like_the_whole() -> None:
    """A second label for an order that eBay makes the labels of is money lost, too."""
    partly = line(quantity=3, lineItemFulfillmentStatus="IN_PROGRESS")
    found = read(
        [told("A1", {LINE: 1})],
        orderFulfillmentStatus="IN_PROGRESS",
        lineItems=[partly],
        program={"ebayShipping": {"shippingLabelProvidedBy": "EBAY"}},
    )
    assert (found.status, found.holds) == (OrderStatus.ON_HOLD, ("EBAY_LABEL",))


def test_parcel_that_names_another_line_takes_nothing() -> None:
    """Linked lines belong to other orders."""
    partly = line(lineItemFulfillmentStatus="IN_PROGRESS")
    found = read([told("A1", {"other": 2})], orderFulfillmentStatus="IN_PROGRESS", lineItems=[partly])
    assert [one.unfulfilled_quantity for one in found.lines] == [2]


def test_cancelled_order_asks_for_no_parcels() -> None:
    """Whatever had left of it, nothing is open."""
    found = json_decoder(schemas.Order).decode(
        msgspec.json.encode(
            order(cancelStatus={"cancelState": "CANCELED"}, lineItems=[line(lineItemFulfillmentStatus="IN_PROGRESS")])
        )
    )
    assert not has_left_in_part(found)


def test_arrival_is_promised_by_the_order_where_its_lines_do_not() -> None:
    """The instruction has a date of its own."""
    bare = line(lineItemFulfillmentInstructions={"shipByDate": "2026-11-26T07:59:59.000Z"})
    assert read(lineItems=[bare]).deliver_by == datetime(2026, 12, 1, 8, tzinfo=UTC)


# --- tags and notes -------------------------------------------------------------------------------------------------


def _typed(kind: str) -> dict[str, object]:
    return {"fulfillmentStartInstructions": [instruction(fulfillmentInstructionsType=kind)]}


@pytest.mark.parametrize(
    ("changes", "tags"),
    [
        ({}, ()),
        ({"program": {"authenticityVerification": {"status": "PENDING"}}}, ("authenticity_guarantee",)),
        ({"program": {"ebayInternationalShipping": {}}}, ("international_shipping",)),
        ({"program": {"ebayVault": {"fulfillmentType": "SELLER_TO_VAULT"}}}, ("vault",)),
        ({"program": {"ebayShipping": {"shippingLabelProvidedBy": "EBAY"}}}, ("ebay_shipping",)),
        ({"program": {"fulfillmentProgram": {"fulfilledBy": "EBAY"}}}, ("fulfilled_by_ebay",)),
        (_typed("FULFILLED_BY_EBAY"), ("fulfilled_by_ebay",)),
        (_typed("PREPARE_FOR_PICKUP"), ("pickup",)),
        (_typed("DIGITAL"), ("digital",)),
        (
            {
                "fulfillmentStartInstructions": [
                    instruction(ebaySupportedFulfillment=True, finalDestinationAddress={"countryCode": "DE"})
                ]
            },
            ("international_shipping",),
        ),
        (
            {
                "program": {"authenticityVerification": {"status": "PENDING"}},
                "fulfillmentStartInstructions": [
                    instruction(ebaySupportedFulfillment=True, finalDestinationAddress={"countryCode": "US"})
                ],
            },
            ("authenticity_guarantee",),
        ),
        (
            {"lineItems": [line(1, soldFormat="AUCTION"), line(2, soldFormat="AUCTION")]},
            ("auction",),
        ),
        (
            {
                "lineItems": [
                    line(soldFormat="FIXED_PRICE", properties={"fromBestOffer": True, "soldViaAdCampaign": True})
                ]
            },
            ("best_offer", "ad_campaign"),
        ),
        ({"lineItems": [line(giftDetails={"senderName": "Jo"}, properties={"buyerProtection": True})]}, ("gift",)),
    ],
    ids=[
        "none",
        "authenticated",
        "abroad",
        "vault",
        "label-by-ebay",
        "by-ebay",
        "by-ebay-by-type",
        "pickup",
        "digital",
        "abroad-by-hub",
        "hub-of-the-authenticator",
        "auction",
        "properties",
        "gift",
    ],
)
def test_tags_are_what_ebay_marks_an_order_with(changes: dict[str, Any], tags: tuple[str, ...]) -> None:
    """For sorting the day's work: in small letters, each once."""
    assert read(**changes).tags == tags


def test_notes_are_what_the_buyer_wrote() -> None:
    """At checkout, and to whom it is a present for."""
    gift = line(giftDetails={"message": "Happy birthday", "senderName": "Jo"})
    assert read(buyerCheckoutNotes="ring twice", lineItems=[gift]).notes == f"ring twice\nline {LINE}: Happy birthday"
    assert read().notes is None
