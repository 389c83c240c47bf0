"""What an order says: money with and without tax, where it goes, and what fades with time."""

from datetime import timedelta
from decimal import Decimal

import pytest

from cartcarrier.http import ManualClock
from tests.sandbox.ebay.client import EbayClient, Json


def amount(money: Json) -> Decimal:
    return Decimal(money["value"])


async def test_collected_tax_is_apart_without_the_breakdown(ebay: EbayClient) -> None:
    """The totals of the sale leave it out, the payment has it: they differ by design."""
    placed = ebay.place(lines=[{"sku": "A", "price": "10.00", "quantity": 2, "tax": "1.65"}], delivery_cost="5.00")
    plain = await ebay.order(placed)
    assert amount(plain["pricingSummary"]["total"]) == Decimal("25.00")
    assert "tax" not in plain["pricingSummary"]
    assert amount(plain["lineItems"][0]["total"]) == Decimal("25.00")
    assert amount(plain["paymentSummary"]["totalDueSeller"]) == Decimal("26.65")
    assert plain["lineItems"][0]["taxes"] == []
    assert plain["ebayCollectAndRemitTax"] is True
    broken_down = await ebay.order(placed, fieldGroups="TAX_BREAKDOWN")
    assert amount(broken_down["pricingSummary"]["total"]) == Decimal("26.65")
    assert amount(broken_down["pricingSummary"]["tax"]) == Decimal("1.65")
    line = broken_down["lineItems"][0]
    assert amount(line["total"]) == Decimal("26.65")
    # One tax, shown twice.
    assert (
        amount(line["taxes"][0]["amount"]) == amount(line["ebayCollectAndRemitTaxes"][0]["amount"]) == Decimal("1.65")
    )
    assert line["taxes"][0]["taxType"] == line["ebayCollectAndRemitTaxes"][0]["taxType"] == "STATE_SALES_TAX"


async def test_sellers_own_tax_is_always_in_the_total(ebay: EbayClient) -> None:
    """It is not eBay's to remit."""
    placed = ebay.place(lines=[{"sku": "A", "price": "10.00", "tax": "1.90", "tax_type": "VAT"}], collected=False)
    order = await ebay.order(placed)
    assert amount(order["pricingSummary"]["total"]) == Decimal("16.90")
    assert "ebayCollectAndRemitTax" not in order
    assert "ebayCollectAndRemitTaxes" not in order["lineItems"][0]


async def test_line_cost_is_of_all_units(ebay: EbayClient) -> None:
    """And a discount is negative in the summary."""
    line = {"sku": "A", "price": "3.33", "quantity": 3, "discount": "1.00"}
    order = await ebay.order(ebay.place(lines=[line], delivery_discount="2.00"))
    assert amount(order["lineItems"][0]["lineItemCost"]) == Decimal("9.99")
    assert amount(order["lineItems"][0]["discountedLineItemCost"]) == Decimal("8.99")
    assert amount(order["pricingSummary"]["priceDiscount"]) == Decimal("-1.00")
    assert amount(order["pricingSummary"]["deliveryDiscount"]) == Decimal("-2.00")
    assert amount(order["pricingSummary"]["total"]) == Decimal("11.99")


async def test_converted_amounts_keep_the_buyers(ebay: EbayClient) -> None:
    """A foreign buyer's own amount stands beside the seller's."""
    order = await ebay.order(ebay.place(lines=[{"price": "10.80"}], converted_from=("EUR", "1.08")))
    assert order["pricingSummary"]["priceSubtotal"] == {
        "value": "10.80",
        "currency": "USD",
        "convertedFromValue": "10.00",
        "convertedFromCurrency": "EUR",
    }


async def test_hub_order_has_reference_and_final_address(ebay: EbayClient) -> None:
    """The parcel goes to the hub under the buyer's name; the home is not to be shipped to."""
    order = await ebay.order(ebay.place(kind="international", full_name="Anna Schmidt", reference="PRB123"))
    instruction = order["fulfillmentStartInstructions"][0]
    step = instruction["shippingStep"]
    assert instruction["ebaySupportedFulfillment"] is True
    assert (step["shipToReferenceId"], step["shipTo"]["fullName"]) == ("PRB123", "Anna Schmidt")
    assert step["shipTo"]["contactAddress"]["city"] == "Erlanger"
    assert instruction["finalDestinationAddress"]["countryCode"] == "DE"
    assert "ebayInternationalShipping" in order["program"]


@pytest.mark.parametrize(
    ("kind", "instruction", "ships", "program"),
    [
        ("ordinary", "SHIP_TO", True, None),
        ("gsp", "SHIP_TO", True, None),
        ("authenticity", "SHIP_TO", True, "authenticityVerification"),
        ("vault", "SHIP_TO", True, "ebayVault"),
        ("ebay_shipping", "SHIP_TO", True, "ebayShipping"),
        ("fulfilled_by_ebay", "FULFILLED_BY_EBAY", False, "fulfillmentProgram"),
        ("pickup", "PREPARE_FOR_PICKUP", False, None),
        ("click_and_collect", "SHIP_TO", True, None),
        ("digital", "DIGITAL", False, None),
        ("seller_defined", "SELLER_DEFINED", True, None),
    ],
)
async def test_kinds_of_orders(ebay: EbayClient, kind: str, instruction: str, ships: bool, program: str | None) -> None:
    """How each is recognised."""
    order = await ebay.order(ebay.place(kind=kind))
    said = order["fulfillmentStartInstructions"][0]
    assert said["fulfillmentInstructionsType"] == instruction
    assert ("shippingStep" in said) is ships
    assert list(order.get("program", {})) == ([program] if program else [])


async def test_personal_data_fade(ebay: EbayClient, clock: ManualClock) -> None:
    """The e-mail after two weeks, name, phone and street after ninety days; the place stays."""
    placed = ebay.place()

    async def contact() -> Json:
        ebay.forget_tokens()
        found: Json = (await ebay.order(placed))["fulfillmentStartInstructions"][0]["shippingStep"]["shipTo"]
        return found

    assert {"email", "fullName", "primaryPhone"} <= set(await contact())
    clock.advance(timedelta(days=14, seconds=1).total_seconds())
    assert "email" not in await contact()
    assert "fullName" in await contact()
    clock.advance(timedelta(days=76).total_seconds())
    faded = await contact()
    assert set(faded) == {"contactAddress"}
    assert set(faded["contactAddress"]) == {"city", "stateOrProvince", "postalCode", "countryCode"}


async def test_gift_recipient_fades_too(ebay: EbayClient, clock: ManualClock) -> None:
    """A digital good's only address."""
    placed = ebay.place(kind="digital")
    assert (await ebay.order(placed))["lineItems"][0]["giftDetails"] == {"recipientEmail": "gift@example.com"}
    clock.advance(timedelta(days=91).total_seconds())
    ebay.forget_tokens()
    assert "giftDetails" not in (await ebay.order(placed))["lineItems"][0]


async def test_tax_identifier_is_in_get_order_only(ebay: EbayClient) -> None:
    """As for Italian and Spanish buyers."""
    given = {"taxpayerId": "RSSMRA80A01H501U", "taxIdentifierType": "CODICE_FISCALE", "issuingCountry": "IT"}
    placed = ebay.place(tax_identifier=given)
    assert (await ebay.order(placed))["buyer"]["taxIdentifier"] == given
    assert "taxIdentifier" not in (await ebay.orders())["orders"][0]["buyer"]


async def test_held_payment_and_held_payout_differ(ebay: EbayClient) -> None:
    """The first must wait, the second must ship."""
    placed = ebay.place()
    ebay.simulator.hold(placed)
    assert (await ebay.order(placed))["orderPaymentStatus"] == "PENDING"
    ebay.simulator.release(placed)
    ebay.simulator.hold(placed, "payout")
    order = await ebay.order(placed)
    assert order["orderPaymentStatus"] == "PAID"
    assert order["paymentSummary"]["payments"][0]["paymentHolds"][0]["holdState"] == "HELD"


async def test_address_edit_need_not_touch_the_date(ebay: EbayClient, clock: ManualClock) -> None:
    """Whoever compares time stamps ships to the old address."""
    placed = ebay.place()
    before = (await ebay.order(placed))["lastModifiedDate"]
    clock.advance(60)
    ebay.simulator.edit_address(placed, addressLine1="2 New St")
    order = await ebay.order(placed)
    assert (
        order["fulfillmentStartInstructions"][0]["shippingStep"]["shipTo"]["contactAddress"]["addressLine1"]
        == "2 New St"
    )
    assert order["lastModifiedDate"] == before
    ebay.simulator.edit_address(placed, touch=True, city="Reno")
    assert (await ebay.order(placed))["lastModifiedDate"] > before
